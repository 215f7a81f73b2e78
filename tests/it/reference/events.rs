//! What happened, scanned from the start for every question.
//!
//! In: every event that was handed in, in the order of arrival, with the host's time. Out: the answer to a
//! question, `None` where there is none. What is too old, too far ahead or there already is told apart anew.

use std::collections::BTreeMap;

use onward::Event;
use onward::decision::Truth;
use onward::syntax::ast::{
    Aggregate, AggregateKind, Atom, BaseType, Body, Clause, Definition, Formula, Shape, Subject,
    Test, Unit, Value,
};

use super::calendar;
use super::literal::{self, Kind, Val};
use super::logic::{Asked, and, not, or};
use super::names::{self, Declared, Need, Rules};

const HOUR: i64 = 3_600_000_000;
const DAY: i64 = 24 * HOUR;

/// What is known of one customer's past, by the name of the event today.
#[derive(Clone, Debug, Default)]
pub(crate) struct History {
    happened: Vec<Happened>,
    /// Events that are not kept, because they came too late or went.
    missing: Vec<(String, i64)>,
    /// The newest of those that went.
    went: BTreeMap<String, i64>,
    /// All that ever was kept.
    ever: Vec<(String, i64)>,
}

#[derive(Clone, Debug)]
struct Happened {
    event: String,
    at: i64,
    message: Option<String>,
    fields: BTreeMap<String, Val>,
}

/// `kept 30 days` in microseconds.
fn kept(definition: &Definition) -> i64 {
    let kept = definition.clauses.iter().find_map(|clause| match clause {
        Clause::Kept(duration) => Some(duration),
        _ => None,
    });
    let kept = kept.unwrap();
    kept.count.raw.parse::<i64>().unwrap() * length(kept.unit)
}

fn length(unit: Unit) -> i64 {
    match unit {
        Unit::Minute => HOUR / 60,
        Unit::Hour => HOUR,
        Unit::Day => DAY,
        Unit::Week => 7 * DAY,
        other => panic!("{other:?} has no length"),
    }
}

impl Rules<'_> {
    /// What remains of all that was handed in for a customer.
    pub(crate) fn history(&self, customer: &str, handed_in: &[(Event, i64)]) -> History {
        let mut history = History::default();
        for (event, now) in handed_in.iter().filter(|(event, _)| event.customer() == customer) {
            self.take(event, *now, &mut history);
        }
        history
    }

    fn take(&self, event: &Event, now: i64, history: &mut History) {
        let of_today = |name: &String| {
            let definition = self.the("event", name);
            name == event.name() || Rules::was(definition).iter().any(|was| was == event.name())
        };
        let Some(name) = self.names("event").into_iter().find(of_today) else { return };
        let definition = self.the("event", &name);
        let at = event.time().micros();
        if at > now + 24 * HOUR {
            return;
        }
        let Some(fields) = self.fields_of(definition, event) else { return };
        let message = event.message_id().map(str::to_owned);
        let same = |old: &Happened| old.event == name && old.message == message;
        if message.is_some() && history.happened.iter().any(same) {
            return;
        }
        let oldest = now - kept(definition);
        if at <= oldest || history.went.get(&name).is_some_and(|went| at <= *went) {
            history.missing.push((name, at));
            return;
        }
        // A day longer, for whoever asks about the moment before.
        let (gone, left): (Vec<_>, Vec<_>) = std::mem::take(&mut history.happened)
            .into_iter()
            .partition(|old| old.event == name && old.at <= oldest - DAY);
        history.happened = left;
        for old in gone {
            let newest = history.went.entry(name.clone()).or_insert(old.at);
            *newest = old.at.max(*newest);
            history.missing.push((name.clone(), old.at));
        }
        history.ever.push((name.clone(), at));
        history.happened.push(Happened { event: name, at, message, fields });
    }

    pub(super) fn fields_of(
        &self,
        definition: &Definition,
        event: &Event,
    ) -> Option<BTreeMap<String, Val>> {
        let mut fields = BTreeMap::new();
        for item in &definition.body.items {
            let Shape::Field(field) = &item.shape else { panic!("{item:?} is no field") };
            let onward::syntax::ast::Key::Word(name) = &field.key else { panic!("{field:?}") };
            let declared = self.field(definition, &name.text);
            let given = event.fields().get(&name.text);
            let value = given.and_then(|value| literal::arrived(value, &declared.kind));
            match (value, declared.need) {
                (Some(value), _) | (None, Need::Default(value)) => {
                    fields.insert(name.text.clone(), value);
                }
                (None, Need::Required) => return None,
                (None, Need::Optional) => {}
            }
        }
        Some(fields)
    }

    /// What an event declares of a field.
    pub(super) fn field(&self, definition: &Definition, name: &str) -> Declared {
        let value = names::field(&definition.body, name).unwrap();
        if let Value::Type(spec) = value
            && let BaseType::Named(word, _) = &spec.base
            && word.text == "product"
        {
            let required = spec.presence == Some(onward::syntax::ast::Presence::Required);
            let need = if required { Need::Required } else { Need::Optional };
            return Declared { kind: Kind::OneOf, need, personal: false };
        }
        self.declaration(value)
    }

    /// The type of a question's answer.
    pub(crate) fn asked_kind(&self, asked: &Aggregate) -> Kind {
        match &asked.field {
            None => Kind::Number,
            Some(field) => self.field(self.the("event", &asked.event.text), &field.text).kind,
        }
    }
}

impl Asked<'_> {
    /// The answer to a question about events.
    pub(crate) fn happened(&self, asked: &Aggregate) -> Option<Val> {
        let history = &self.person.history;
        let name = &asked.event.text;
        let (first, last) = self.span(asked);
        let missing = |from: i64| history.missing.iter().any(|(of, at)| of == name && *at >= from);
        let mut rows: Vec<&Happened> = history
            .happened
            .iter()
            .filter(|row| row.event == *name && first <= row.at && row.at <= last)
            .filter(|row| asked.filter.as_ref().is_none_or(|it| self.fits(it, row) == Truth::True))
            .collect();
        // By time; of equal ones in the order of arrival.
        rows.sort_by_key(|row| row.at);
        let went = history.went.get(name).copied();
        let value = |row: &Happened| row.fields.get(&asked.field.as_ref().unwrap().text).cloned();
        match asked.function {
            AggregateKind::Count if asked.ever => {
                let times = history.ever.iter().filter(|(of, at)| of == name && *at <= last);
                let times = times.count();
                if times > 0 && went.is_some_and(|went| went > last) {
                    return None;
                }
                Some(Val::Number(times as f64))
            }
            AggregateKind::DaysSinceLast => {
                let went = went.filter(|went| *went <= last && asked.filter.is_none());
                let newest = rows.last().map(|row| row.at).or(went)?;
                if missing(newest + 1) {
                    return None;
                }
                let day = calendar::local(newest, self.zone()).0;
                Some(Val::Number((self.today() - day) as f64))
            }
            AggregateKind::Last => {
                let newest = rows.last().copied();
                if missing(newest.map_or(first, |row| row.at)) {
                    return None;
                }
                value(newest?)
            }
            _ if missing(first) => None,
            AggregateKind::First => value(rows.first()?),
            AggregateKind::Count => Some(Val::Number(rows.len() as f64)),
            function => {
                let values: Vec<Val> = rows.into_iter().filter_map(value).collect();
                sum(function, &values, &self.rules.asked_kind(asked))
            }
        }
    }

    /// First and last microsecond of the time that is asked about.
    fn span(&self, asked: &Aggregate) -> (i64, i64) {
        let Some(reach) = &asked.reach else { return (i64::MIN, self.at) };
        let count: i64 = reach.duration.count.raw.parse().unwrap();
        if reach.duration.calendar {
            let start = calendar::unit_start(self.today(), reach.duration.unit, 1 - count);
            return (calendar::instant(start, 0, self.zone()), self.at);
        }
        (self.at - count * length(reach.duration.unit) + 1, self.at)
    }

    /// Whether an event fits the lines of a filter.
    fn fits(&self, filter: &Body, row: &Happened) -> Truth {
        and(self.row_lines(filter, row))
    }

    fn row_lines(&self, body: &Body, row: &Happened) -> Vec<Truth> {
        let lines = body.items.iter().map(|item| match &item.shape {
            Shape::Condition(condition) => {
                let Subject::Word(word) = &condition.subject else { panic!("{condition:?}") };
                let definition = self.rules.the("event", &row.event);
                let kind = self.rules.field(definition, &word.text).kind;
                let definite = |holds| if holds { Truth::True } else { Truth::False };
                match (&condition.test, row.fields.get(&word.text)) {
                    (Test::IsKnown, value) => definite(value.is_some()),
                    (Test::IsUnknown, value) => definite(value.is_none()),
                    (_, None) => match &condition.if_unknown {
                        Some(said) => definite(said.answer.text == "yes"),
                        None => Truth::Unknown,
                    },
                    (test, Some(value)) => definite(self.holds(value, test, &kind)),
                }
            }
            Shape::Block(block) => match names::text(&block.heading).as_str() {
                "any" => or(self.row_lines(&block.body, row)),
                "none" => not(or(self.row_lines(&block.body, row))),
                other => panic!("{other}"),
            },
            other => panic!("{other:?} in a filter"),
        });
        lines.collect()
    }

    /// The questions of a formula that must have an answer: counts and totals without `else`, which lack it only
    /// where the history is not whole.
    pub(crate) fn unanswered(&self, formula: &Formula, into: &mut Vec<String>) {
        match formula {
            Formula::Sum(first, rest) => {
                self.unanswered(first, into);
                rest.iter().for_each(|(_, part)| self.unanswered(part, into));
            }
            Formula::Product(first, rest) => {
                self.unanswered(first, into);
                rest.iter().for_each(|(_, part)| self.unanswered(part, into));
            }
            Formula::Group(inner) => self.unanswered(inner, into),
            Formula::Min(parts) | Formula::Max(parts) => {
                parts.iter().for_each(|part| self.unanswered(part, into));
            }
            Formula::Aggregate(asked, None) if self.happened(asked).is_none() => {
                into.push(onward::syntax::print_aggregate(asked));
            }
            Formula::Aggregate(..) | Formula::Operand(..) => {}
        }
    }

    /// A question as a number of a score.
    pub(crate) fn number_asked(&self, asked: &Aggregate, otherwise: Option<&Atom>) -> f64 {
        let own = self.happened(asked).or_else(|| match otherwise? {
            Atom::Literal(it) => Some(literal::literal(it)),
            other => panic!("else {other:?}"),
        });
        own.unwrap().score()
    }
}

/// Totals, means and extremes; a mean of amounts is a number of minor units.
fn sum(function: AggregateKind, values: &[Val], kind: &Kind) -> Option<Val> {
    let wholes = || {
        values.iter().map(|value| match value {
            Val::Minor(it) | Val::Day(it) | Val::Instant(it) => i128::from(*it),
            other => panic!("{other:?} is no whole number"),
        })
    };
    let floats = || {
        values.iter().map(|value| match value {
            Val::Number(it) => *it,
            other => panic!("{other:?} is no number"),
        })
    };
    let of_floats = matches!(kind, Kind::Number | Kind::Percent);
    let whole = |it: i128| {
        let it = i64::try_from(it).ok()?;
        Some(match kind {
            Kind::Money(_) => Val::Minor(it),
            Kind::Date => Val::Day(it),
            _ => Val::Instant(it),
        })
    };
    match function {
        AggregateKind::Total if of_floats => Some(Val::Number(floats().fold(0.0, |a, b| a + b))),
        AggregateKind::Total => whole(wholes().sum()),
        _ if values.is_empty() => None,
        AggregateKind::Average if of_floats => {
            Some(Val::Number(floats().fold(0.0, |a, b| a + b) / values.len() as f64))
        }
        AggregateKind::Average => {
            Some(Val::Number(wholes().sum::<i128>() as f64 / values.len() as f64))
        }
        AggregateKind::Largest if of_floats => floats().reduce(f64::max).map(Val::Number),
        AggregateKind::Largest => wholes().max().and_then(whole),
        AggregateKind::Smallest if of_floats => floats().reduce(f64::min).map(Val::Number),
        AggregateKind::Smallest => wholes().min().and_then(whole),
        other => panic!("{other:?}"),
    }
}
