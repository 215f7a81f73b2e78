//! Questions about events at decision time: from the rows of one frozen log, as of the moment.
//!
//! What happens after the moment does not count. Where an event of the time that is asked about is not in the
//! log any more, there is no answer rather than a wrong one.

use crate::check::rules::Function;
use crate::compile::{AggregatePlan, Leaf, Op, Place, Predicate, Window};
use crate::mutant::mutant;
use crate::profile::{Log, NEVER, Row, View};
use crate::value::Timestamp;

use super::{Moment, Walk};

/// What is known of a question.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Asked {
    /// Not asked yet.
    #[default]
    Open,
    /// The answer.
    Word(u64),
    /// Nothing happened that could answer it, or its amounts are beyond what can be counted.
    Nothing,
    /// Events of that time are missing; the newest of them happened then.
    Partly(i64),
}

impl Walk<'_> {
    /// The answer to a question about events, where there is one; worked out once per decision.
    pub(super) fn asked(&self, index: u32) -> Option<u64> {
        let plan = self.program.aggregates.get(index as usize)?;
        let find = || ask(plan, &self.program.windows, self.view, &self.moment);
        match self.memo.asked(index, find)? {
            Asked::Word(word) => Some(word),
            Asked::Open | Asked::Nothing | Asked::Partly(_) => None,
        }
    }
}

/// The answer to a question about events.
pub(crate) fn ask(
    plan: &AggregatePlan,
    windows: &[Window],
    view: &View,
    moment: &Moment<'_>,
) -> Asked {
    let Some(log) = view.events(plan.kind) else { return of_none(plan) };
    let rows = Rows { plan, windows, moment, log };
    let (first, last) =
        plan.window.as_ref().map_or((NEVER, moment.micros()), |window| moment.window(window));
    let early = i64::from(mutant!("events_older_end_is_included"))
        + 3_600_000_000 * i64::from(mutant!("events_window_is_an_hour_longer"));
    let first = first.saturating_sub(early);
    match plan.function {
        Function::Count if plan.window.is_none() => rows.ever(),
        Function::DaysSinceLast => rows.days_since_last(),
        Function::Last => rows.last(first, last),
        Function::First => rows.first(first, last),
        _ => rows.over(first, last),
    }
}

/// Whether a predicate about the fields of an event holds; `word` reads a column.
pub(crate) fn row_holds(
    predicate: &Predicate,
    word: &impl Fn(u32) -> Option<u64>,
    windows: &[Window],
    moment: &Moment<'_>,
) -> bool {
    let read = |place: Place| match place {
        Place::Field(column) => word(column),
        Place::Customer(_) | Place::Request(_) | Place::Event(_) => None,
    };
    match predicate {
        Predicate::Always(value) => *value,
        Predicate::Known(place, wanted) => read(*place).is_some() == *wanted,
        Predicate::Leaf(leaf) => row_leaf(leaf, read(leaf.place), windows, moment),
        Predicate::All(parts) => parts.iter().all(|part| row_holds(part, word, windows, moment)),
        Predicate::Any(parts) => parts.iter().any(|part| row_holds(part, word, windows, moment)),
        // The checker lets no segment into a filter.
        Predicate::Segment(..) => false,
    }
}

fn row_leaf(leaf: &Leaf, word: Option<u64>, windows: &[Window], moment: &Moment<'_>) -> bool {
    let Some(word) = word else { return leaf.unknown };
    let holds = match &leaf.op {
        Op::Window(window) => windows.get(*window as usize).is_some_and(|window| {
            let (first, last) = moment.window(window);
            (first..=last).contains(&word.cast_signed())
        }),
        op => op.holds(word),
    };
    holds == leaf.expect
}

/// The answer where nothing happened.
fn of_none(plan: &AggregatePlan) -> Asked {
    match plan.function {
        Function::Count => Asked::Word(0.0_f64.to_bits()),
        // 0 as a float and 0 as a whole number are the same word.
        Function::Total => Asked::Word(0),
        _ => Asked::Nothing,
    }
}

struct Rows<'a> {
    plan: &'a AggregatePlan,
    windows: &'a [Window],
    moment: &'a Moment<'a>,
    log: &'a Log,
}

impl Rows<'_> {
    /// The newest event, from `first` on, that is missing or misses what is asked about.
    fn lacks(&self, first: i64) -> Option<i64> {
        let lost = self.log.lost(&self.plan.columns);
        (lost != NEVER && lost >= first).then_some(lost)
    }

    /// Whether a row counts.
    #[inline]
    fn counts(&self, row: Row<'_>) -> bool {
        let filter = self.plan.filter.as_ref().filter(|_| !mutant!("events_filter_is_ignored"));
        filter.is_none_or(|filter| {
            row_holds(filter, &|column| row.word(column), self.windows, self.moment)
        })
    }

    /// How many times up to now, by the number that is kept for ever.
    fn ever(&self) -> Asked {
        let now = self.moment.micros();
        let (first, _, times) = self.log.ever();
        if times == 0 || first > now {
            return of_none(self.plan);
        }
        if self.log.gone() > now {
            return Asked::Partly(self.log.gone());
        }
        let rows = self.log.len();
        let later = rows - self.log.until(now);
        let times = if mutant!("events_ever_is_what_is_kept") { rows as u64 } else { times };
        Asked::Word(float(times.saturating_sub(later as u64)))
    }

    /// Whole days from the day of the last one to today, by the customer's calendar.
    fn days_since_last(&self) -> Asked {
        let now = self.moment.micros();
        let rows = self.log.until(now);
        let found = self.log.rows(0..rows).rev().find(|row| self.counts(*row)).and_then(Row::time);
        let filtered = self.plan.filter.is_some();
        let gone = self.log.gone();
        let last = match found {
            Some(time) => time,
            // Its row may be gone, and its time is kept all the same.
            None if !filtered && gone != NEVER && gone <= now => gone,
            None => {
                return self.lacks(NEVER).map_or_else(|| of_none(self.plan), Asked::Partly);
            }
        };
        if let Some(lost) = self.lacks(last.saturating_add(1)) {
            return Asked::Partly(lost);
        }
        let day = self.moment.day_of(Timestamp::from_micros(last));
        let days = i64::from(self.moment.today().days()) - i64::from(day.days());
        Asked::Word(float(days.unsigned_abs()))
    }

    fn last(&self, first: i64, last: i64) -> Asked {
        let rows = self.log.rows(self.log.between(first, last));
        let found = rows.rev().find(|row| self.counts(*row));
        let from = found.and_then(Row::time).unwrap_or(first);
        match self.lacks(from) {
            Some(lost) => Asked::Partly(lost),
            None => self.value(found),
        }
    }

    fn first(&self, first: i64, last: i64) -> Asked {
        if let Some(lost) = self.lacks(first) {
            return Asked::Partly(lost);
        }
        let mut rows = self.log.rows(self.log.between(first, last));
        self.value(rows.find(|row| self.counts(*row)))
    }

    fn value(&self, row: Option<Row<'_>>) -> Asked {
        let word = row.zip(self.plan.column).and_then(|(row, column)| row.word(column));
        word.map_or(Asked::Nothing, Asked::Word)
    }

    /// Counts, totals, means and extremes.
    fn over(&self, first: i64, last: i64) -> Asked {
        if let Some(lost) = self.lacks(first) {
            return Asked::Partly(lost);
        }
        let range = self.log.between(first, last);
        let Some(column) = self.plan.column else {
            let count = match self.plan.filter {
                None => range.len(),
                Some(_) => self.log.rows(range).filter(|row| self.counts(*row)).count(),
            };
            return Asked::Word(float(count as u64));
        };
        let words = self.log.rows(range).filter(|row| self.counts(*row));
        let words = words.filter_map(|row| row.word(column));
        if self.plan.whole { self.of_wholes(words) } else { self.of_floats(words) }
    }

    #[allow(clippy::cast_precision_loss, reason = "a mean is a float by definition")]
    fn of_wholes(&self, words: impl Iterator<Item = u64>) -> Asked {
        let numbers = words.map(u64::cast_signed);
        let word = |number: Option<i64>| {
            number.map_or(Asked::Nothing, |number| Asked::Word(number.cast_unsigned()))
        };
        match self.plan.function {
            Function::Largest => word(numbers.max()),
            Function::Smallest => word(numbers.min()),
            function => {
                // Ten thousand times the largest amount fits many times.
                let (mut count, mut sum) = (0_u64, 0_i128);
                for number in numbers {
                    count += 1;
                    sum += i128::from(number);
                }
                match function {
                    Function::Average if count == 0 => Asked::Nothing,
                    Function::Average => Asked::Word((sum as f64 / count as f64).to_bits()),
                    _ => word(i64::try_from(sum).ok()),
                }
            }
        }
    }

    #[allow(clippy::cast_precision_loss, reason = "at most as many as rows are kept")]
    fn of_floats(&self, words: impl Iterator<Item = u64>) -> Asked {
        let numbers = words.map(f64::from_bits);
        let word = |number: f64| {
            if number.is_finite() { Asked::Word((number + 0.0).to_bits()) } else { Asked::Nothing }
        };
        match self.plan.function {
            Function::Largest => numbers.reduce(f64::max).map_or(Asked::Nothing, word),
            Function::Smallest => numbers.reduce(f64::min).map_or(Asked::Nothing, word),
            function => {
                let (mut count, mut sum) = (0_u64, 0.0);
                for number in numbers {
                    count += 1;
                    sum += number;
                }
                match function {
                    Function::Average if count == 0 => Asked::Nothing,
                    Function::Average => word(sum / count as f64),
                    _ => word(sum),
                }
            }
        }
    }
}

#[allow(clippy::cast_precision_loss, reason = "no customer has 2^53 events or days")]
fn float(number: u64) -> u64 {
    (number as f64).to_bits()
}
