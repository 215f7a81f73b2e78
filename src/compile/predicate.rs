//! Conditions as two-valued predicates: one that holds where a line is surely true, one where surely false.

use crate::check::rules::{
    AttributeTest, Bound, Condition, Need, Origin, RelativeSpan, SegmentTest, SpanLength, Test,
};
use crate::mutant::mutant;
use crate::value::{DAY, Type, Typed};

use super::Compiler;

/// Where a value is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    /// In the customer's view.
    Customer(u32),
    /// Among the request's attributes.
    Request(u32),
    /// The answer to a question about events.
    Event(u32),
    /// A column of one event, in a filter.
    Field(u32),
}

/// A condition that is true or false, never unknown.
#[derive(Clone, Debug)]
pub(crate) enum Predicate {
    /// Settled at compile time.
    Always(bool),
    /// Whether a value is there.
    Known(Place, bool),
    /// A test of a value.
    Leaf(Box<Leaf>),
    /// All hold.
    All(Box<[Predicate]>),
    /// At least one holds.
    Any(Box<[Predicate]>),
    /// What is said of a segment.
    Segment(u32, Wanted),
}

/// What is asked of a segment, whose value may be unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Surely in.
    True,
    /// Surely out.
    False,
    /// Out or unknown.
    NotTrue,
    /// In or unknown.
    NotFalse,
}

/// One test.
#[derive(Clone, Debug)]
pub(crate) struct Leaf {
    /// What is read.
    pub(crate) place: Place,
    /// What is asked.
    pub(crate) op: Op,
    /// The answer that makes the predicate hold.
    pub(crate) expect: bool,
    /// Whether it holds where the value is unknown.
    pub(crate) unknown: bool,
    /// The declared default, where the answer depends on the moment.
    pub(crate) stand_in: Option<u64>,
}

/// What is asked of a word.
#[derive(Clone, Debug)]
pub(crate) enum Op {
    /// Is this word.
    Word(u64),
    /// Is one of these words.
    Words(Box<[u64]>),
    /// Is one of these numbers.
    Reals(Box<[f64]>),
    /// Lies between; the flags say whether the ends belong to it.
    Real { low: f64, low_in: bool, high: f64, high_in: bool },
    /// Lies between, both ends included: money, days, instants.
    Whole { low: i64, high: i64 },
    /// Lies in a span seen from the moment; index into the program's windows.
    Window(u32),
    /// The set shares a bit.
    HasAny(Box<[u64]>),
    /// The set has all bits.
    HasAll(Box<[u64]>),
}

/// A span of time that a line asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    /// As written.
    pub(crate) span: RelativeSpan,
    /// Of instants rather than days.
    pub(crate) instants: bool,
}

/// What a type's values are compared by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scale {
    /// Floats.
    Real,
    /// Minor units.
    Money,
    /// Instants.
    Time,
    /// Whole numbers or words.
    Other,
}

impl Scale {
    fn of(kind: &Type) -> Self {
        match kind {
            Type::Number { .. } | Type::Percent { .. } => Self::Real,
            Type::Money { .. } => Self::Money,
            Type::Time => Self::Time,
            _ => Self::Other,
        }
    }
}

impl Window {
    /// First and last distance from the moment, in days or microseconds; `None` where the calendar decides.
    /// Ends that do not belong are moved in by one.
    pub(crate) fn distance(&self) -> Option<(i64, i64)> {
        let micros = match (self.span.length, self.instants) {
            (SpanLength::Calendar { .. }, _) => return None,
            // The checker lets no rolling span onto a date.
            (SpanLength::Rolling { .. }, false) => return Some((0, -1)),
            (SpanLength::Days { count }, false) => {
                let days = i64::from(count);
                return Some(if self.span.next { (0, days) } else { (-days, 0) });
            }
            (SpanLength::Rolling { micros }, true) => micros,
            (SpanLength::Days { count }, true) => i64::from(count).saturating_mul(DAY),
        };
        if self.span.next {
            return Some((0, micros.saturating_sub(1)));
        }
        let open = i64::from(!mutant!("runtime_window_old_end_is_included"));
        Some((micros.saturating_neg().saturating_add(open), 0))
    }
}

impl Compiler<'_> {
    /// A list of lines that must all hold: where it is surely `want`.
    pub(super) fn sure_list(&mut self, lines: &[Condition], want: bool) -> Predicate {
        let parts: Vec<_> = lines.iter().map(|line| self.sure(line, want)).collect();
        if want { all(parts) } else { any(parts) }
    }

    /// Exclusions: none may hold and none may be unknown.
    pub(super) fn surely_none(&mut self, lines: &[Condition]) -> Predicate {
        all(lines.iter().map(|line| self.sure(line, false)).collect())
    }

    fn sure(&mut self, line: &Condition, want: bool) -> Predicate {
        match line {
            Condition::Test(test) => self.sure_test(test, want),
            Condition::Segment(test) => sure_segment(test, want),
            Condition::Entry(test) => self.entry_test(test, want),
            Condition::Any(lines, _) => {
                let parts: Vec<_> = lines.iter().map(|line| self.sure(line, want)).collect();
                if want ^ mutant!("compile_any_as_all") { any(parts) } else { all(parts) }
            }
            Condition::None(lines, _) => {
                let parts: Vec<_> = lines.iter().map(|line| self.sure(line, !want)).collect();
                if want { all(parts) } else { any(parts) }
            }
        }
    }

    fn sure_test(&mut self, line: &AttributeTest, want: bool) -> Predicate {
        let Some(attribute) = self.asked_of(line.attribute) else {
            return Predicate::Always(false);
        };
        let place = self.place(line.attribute);
        let default = match &attribute.need {
            // An event brings its defaults with it, and a count is unknown where the history is not whole.
            Need::Default(value) if attribute.origin != Origin::Event => Some(value.clone()),
            Need::Default(_) | Need::Required | Need::Optional => None,
        };
        let required = attribute.need == Need::Required && attribute.origin != Origin::Event;
        let scale = Scale::of(&attribute.kind);
        let negative = match &line.test {
            Test::Known { negative } => {
                return match (required, &default) {
                    (_, Some(_)) => Predicate::Always(want != *negative),
                    // A required attribute that is missing leaves even this line undecided.
                    (true, _) if want == *negative => Predicate::Always(false),
                    (true, _) => Predicate::Known(place, true),
                    (false, _) => Predicate::Known(place, want != *negative),
                };
            }
            Test::Equals { negative, .. }
            | Test::Between { negative, .. }
            | Test::Within { negative, .. }
            | Test::HasAny { negative, .. } => *negative,
            Test::HasAll { .. } => false,
        };
        let op = self.op(line.attribute, scale, &line.test);
        let mut leaf = Leaf {
            place,
            op,
            expect: want != negative,
            unknown: !required && line.if_unknown == Some(want),
            stand_in: None,
        };
        if let Some(value) = default {
            match (&leaf.op, &value) {
                (Op::Window(_), _) => leaf.stand_in = self.word(line.attribute, &value),
                (op, Typed::Some(values)) => {
                    leaf.unknown = op.holds_set(&self.words(line.attribute, values)) == leaf.expect;
                }
                (op, value) => {
                    // A default text is compared folded, as every other value is.
                    let word = match value {
                        Typed::Text(text) => Typed::Text(crate::value::fold(text)),
                        other => other.clone(),
                    };
                    let op = op.clone();
                    let word = self.word(line.attribute, &word);
                    leaf.unknown = word.is_some_and(|word| op.holds(word) == leaf.expect);
                }
            }
        }
        if mutant!("compile_unknown_passes_a_negative_line") && negative {
            leaf.unknown = want;
        }
        Predicate::Leaf(Box::new(leaf))
    }

    fn op(&mut self, attribute: usize, scale: Scale, test: &Test) -> Op {
        match test {
            Test::Known { .. } => Op::Words(Box::default()),
            Test::Equals { values, .. } => self.equals(attribute, values),
            Test::Between { low, high, .. } => match scale {
                Scale::Money if self.is_mean(attribute) => {
                    let (low, high) = (float_end(low.as_ref()), float_end(high.as_ref()));
                    self.between_floats(low.as_ref(), high.as_ref())
                }
                Scale::Real => self.between_floats(low.as_ref(), high.as_ref()),
                _ => {
                    let low = low.as_ref().map_or(Some(i64::MIN), |bound| {
                        let step = i64::from(!bound.included);
                        whole(&bound.value).and_then(|end| end.checked_add(step))
                    });
                    let high = high.as_ref().map_or(Some(i64::MAX), |bound| {
                        let step = i64::from(!bound.included);
                        whole(&bound.value).and_then(|end| end.checked_sub(step))
                    });
                    match low.zip(high) {
                        Some((low, high)) => Op::Whole { low, high },
                        None => Op::Whole { low: 1, high: 0 },
                    }
                }
            },
            Test::Within { span, .. } => {
                let window = Window { span: *span, instants: scale == Scale::Time };
                let found = self.windows.iter().position(|known| *known == window);
                let index = found.unwrap_or_else(|| {
                    self.windows.push(window);
                    self.windows.len() - 1
                });
                Op::Window(u32::try_from(index).unwrap_or(u32::MAX))
            }
            Test::HasAny { values, .. } => {
                Op::HasAny(self.words(attribute, values).into_boxed_slice())
            }
            Test::HasAll { values } => Op::HasAll(self.words(attribute, values).into_boxed_slice()),
        }
    }

    #[allow(clippy::unused_self, reason = "beside its sisters")]
    fn between_floats(&self, low: Option<&Bound>, high: Option<&Bound>) -> Op {
        let end = |bound: Option<&Bound>, open: f64| match bound {
            Some(Bound { value: Typed::Number(number) | Typed::Percent(number), included }) => {
                (*number, *included)
            }
            _ => (open, true),
        };
        let (low, low_in) = end(low, f64::NEG_INFINITY);
        let (high, high_in) = end(high, f64::INFINITY);
        let high_in = high_in && !mutant!("compile_range_end_open");
        Op::Real { low, low_in, high, high_in }
    }

    fn equals(&mut self, attribute: usize, values: &[Typed]) -> Op {
        let mean = self.is_mean(attribute);
        let reals: Option<Box<[f64]>> = values
            .iter()
            .map(|value| match value {
                Typed::Number(number) | Typed::Percent(number) => Some(*number),
                value if mean => super::score::number(value),
                _ => None,
            })
            .collect();
        if let Some(reals) = reals {
            return Op::Reals(reals);
        }
        let words: Vec<u64> =
            values.iter().filter_map(|value| self.word(attribute, value)).collect();
        match words.as_slice() {
            [word] => Op::Word(*word),
            _ => Op::Words(words.into_boxed_slice()),
        }
    }
}

impl Op {
    /// Of a known word; windows and sets are not decided here.
    pub(crate) fn holds(&self, word: u64) -> bool {
        match self {
            Self::Word(wanted) => word == *wanted,
            Self::Words(wanted) => wanted.contains(&word),
            Self::Reals(wanted) => wanted.contains(&f64::from_bits(word)),
            Self::Real { low, low_in, high, high_in } => {
                let number = f64::from_bits(word);
                (number > *low || *low_in && number == *low)
                    && (number < *high || *high_in && number == *high)
            }
            Self::Whole { low, high } => (*low..=*high).contains(&word.cast_signed()),
            Self::Window(_) | Self::HasAny(_) | Self::HasAll(_) => false,
        }
    }

    fn holds_set(&self, words: &[u64]) -> bool {
        match self {
            Self::HasAny(wanted) => wanted.iter().zip(words).any(|(want, word)| want & word != 0),
            Self::HasAll(wanted) => {
                wanted.iter().zip(words).all(|(want, word)| want & word == *want)
            }
            _ => false,
        }
    }
}

/// An end in money as a float of minor units.
fn float_end(bound: Option<&Bound>) -> Option<Bound> {
    let bound = bound?;
    let number = super::score::number(&bound.value)?;
    Some(Bound { value: Typed::Number(number), included: bound.included })
}

fn whole(value: &Typed) -> Option<i64> {
    match value {
        Typed::Money(minor) => Some(*minor),
        Typed::Date(date) => Some(i64::from(date.days())),
        Typed::Time(time) => Some(time.micros()),
        _ => None,
    }
}

fn sure_segment(line: &SegmentTest, want: bool) -> Predicate {
    let segment = u32::try_from(line.segment).unwrap_or(u32::MAX);
    // `not in` is true where membership is false.
    let member = want != line.negative;
    let answered = line.if_unknown == Some(want);
    let wanted = match (member, answered) {
        (true, false) => Wanted::True,
        (true, true) => Wanted::NotFalse,
        (false, false) if mutant!("compile_unknown_segment_counts_as_out") => Wanted::NotTrue,
        (false, false) => Wanted::False,
        (false, true) => Wanted::NotTrue,
    };
    Predicate::Segment(segment, wanted)
}

fn all(parts: Vec<Predicate>) -> Predicate {
    join(parts, false, Predicate::All)
}

pub(super) fn any(parts: Vec<Predicate>) -> Predicate {
    join(parts, true, Predicate::Any)
}

/// One settled part with the value `decides` settles the whole; settled parts without it fall away.
fn join(
    mut parts: Vec<Predicate>,
    decides: bool,
    list: fn(Box<[Predicate]>) -> Predicate,
) -> Predicate {
    if parts.iter().any(|part| matches!(part, Predicate::Always(value) if *value == decides)) {
        return Predicate::Always(decides);
    }
    parts.retain(|part| !matches!(part, Predicate::Always(_)));
    match parts.len() {
        0 => Predicate::Always(!decides),
        1 => parts.pop().unwrap_or(Predicate::Always(!decides)),
        _ => list(parts.into_boxed_slice()),
    }
}
