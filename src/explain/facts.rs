//! What is known, as typed values, and conditions with three values over it.

use crate::check::Rules;
use crate::check::rules::{
    Aggregate, Attribute, AttributeTest, Bound, Condition, Function, Need, Origin, SegmentTest,
    Test,
};
use crate::compile::{Program, Window, segment_order};
use crate::decision::Truth;
use crate::profile::{View, symbol};
use crate::request::Request;
use crate::runtime::{Asked, Moment, ask};
use crate::value::{Date, Timestamp, Type, Typed, fold};

/// Everything a condition may ask.
pub(super) struct Facts<'a> {
    pub(super) rules: &'a Rules,
    values: Vec<Option<Typed>>,
    stood_in: Vec<bool>,
    segments: Vec<Truth>,
    moment: Moment<'a>,
    /// Questions about events without an answer, because the history is not whole.
    partly: Vec<String>,
}

/// What came of one line.
#[derive(Clone, Copy)]
pub(super) struct Verdict {
    pub(super) truth: Truth,
    pub(super) answered: bool,
}

impl<'a> Facts<'a> {
    pub(super) fn new(
        program: &'a Program,
        view: &View,
        request: &Request,
        moment: Moment<'a>,
    ) -> Self {
        let rules = &*program.rules;
        let mut partly = Vec::new();
        let value = |(index, attribute): (usize, &Attribute)| {
            if attribute.origin == Origin::Event {
                let (value, note) = happened(program, index, attribute, view, &moment);
                partly.extend(note);
                let missing = value.is_none();
                return (value, missing);
            }
            let raw = match attribute.origin {
                Origin::Customer => view.raw(&attribute.name, &attribute.was),
                Origin::Request | Origin::Event => {
                    request.attributes().get(&attribute.name).cloned()
                }
            };
            let value = raw.and_then(|raw| attribute.read(&raw).ok()).flatten();
            let missing = value.is_none();
            let value = match &attribute.need {
                Need::Default(default) => value.or_else(|| Some(default.clone())),
                Need::Required | Need::Optional => value,
            };
            (value, missing)
        };
        let (values, stood_in) = rules.attributes.iter().enumerate().map(value).unzip();
        let segments = vec![Truth::Unknown; rules.segments.len()];
        let mut facts = Self { rules, values, stood_in, segments, moment, partly };
        for index in segment_order(rules).0 {
            let truth = facts.segment(index as usize);
            if let Some(kept) = facts.segments.get_mut(index as usize) {
                *kept = truth;
            }
        }
        facts
    }

    /// Why some questions about events have no answer.
    pub(super) fn partly(&self) -> &[String] {
        &self.partly
    }

    /// The value of an attribute, its default included.
    pub(super) fn value(&self, attribute: usize) -> Option<&Typed> {
        self.values.get(attribute)?.as_ref()
    }

    /// Whether the customer or the request brought no value, so that a declared one stands in.
    pub(super) fn stood_in(&self, attribute: usize) -> bool {
        self.stood_in.get(attribute).copied().unwrap_or(true)
    }

    /// Whether there is no value, not even a default.
    pub(super) fn missing(&self, attribute: usize) -> bool {
        self.value(attribute).is_none()
    }

    /// A word of the customer: `language`, `preferred_channel`.
    pub(super) fn customer_word(&self, name: &str) -> Option<String> {
        let find = |found: &Attribute| found.origin == Origin::Customer && found.name == name;
        let index = self.rules.attributes.iter().position(find)?;
        match self.value(index)? {
            Typed::Code(word) | Typed::One(word) | Typed::Text(word) => Some(word.clone()),
            _ => None,
        }
    }

    fn segment(&self, index: usize) -> Truth {
        let Some(segment) = self.rules.segments.get(index) else { return Truth::Unknown };
        if segment.required.iter().any(|attribute| self.missing(*attribute)) {
            return Truth::Unknown;
        }
        all(segment.conditions.iter().map(|line| self.verdict(line).truth))
    }

    /// What a line comes to.
    pub(super) fn verdict(&self, line: &Condition) -> Verdict {
        let plain = |truth| Verdict { truth, answered: false };
        match line {
            Condition::Test(test) => self.test(test),
            Condition::Segment(test) => self.membership(test),
            // Only journeys have such lines, and actions are explained here.
            Condition::Entry(_) => plain(Truth::Unknown),
            Condition::Any(lines, _) => {
                plain(any(lines.iter().map(|line| self.verdict(line).truth)))
            }
            Condition::None(lines, _) => {
                plain(not(any(lines.iter().map(|line| self.verdict(line).truth))))
            }
        }
    }

    fn membership(&self, line: &SegmentTest) -> Verdict {
        let truth = self.segments.get(line.segment).copied().unwrap_or(Truth::Unknown);
        let truth = if line.negative { not(truth) } else { truth };
        answer(truth, line.if_unknown)
    }

    fn test(&self, line: &AttributeTest) -> Verdict {
        let attribute = self.rules.attributes.get(line.attribute);
        let required = attribute.is_some_and(|attribute| attribute.need == Need::Required);
        let Some((value, attribute)) = self.value(line.attribute).zip(attribute) else {
            if required {
                return Verdict { truth: Truth::Unknown, answered: false };
            }
            if let Test::Known { negative } = line.test {
                return Verdict { truth: truth(negative), answered: false };
            }
            return answer(Truth::Unknown, line.if_unknown);
        };
        let truth = truth(self.holds(&line.test, value, &attribute.kind));
        Verdict { truth, answered: false }
    }

    fn holds(&self, test: &Test, value: &Typed, kind: &Type) -> bool {
        match test {
            Test::Known { negative } => !negative,
            Test::Equals { values, negative } => {
                values.iter().any(|wanted| equal(value, wanted)) != *negative
            }
            Test::Between { low, high, negative } => {
                (above(value, low.as_ref()) && below(value, high.as_ref())) != *negative
            }
            Test::Within { span, negative } => {
                let window = Window { span: *span, instants: *kind == Type::Time };
                let (first, last) = self.moment.window(&window);
                let inside = match value {
                    Typed::Date(date) => (first..=last).contains(&i64::from(date.days())),
                    Typed::Time(time) => (first..=last).contains(&time.micros()),
                    _ => false,
                };
                inside != *negative
            }
            Test::HasAny { values, negative } => match value {
                Typed::Some(own) => values.iter().any(|word| own.contains(word)) != *negative,
                _ => false,
            },
            Test::HasAll { values } => match value {
                Typed::Some(own) => values.iter().all(|word| own.contains(word)),
                _ => false,
            },
        }
    }
}

/// The answer to a question about events as a value, or why there is none.
fn happened(
    program: &Program,
    index: usize,
    attribute: &Attribute,
    view: &View,
    moment: &Moment<'_>,
) -> (Option<Typed>, Option<String>) {
    let first = program.rules.attributes.len() - program.rules.aggregates.len();
    let asked = index
        .checked_sub(first)
        .and_then(|at| program.aggregates.get(at).zip(program.rules.aggregates.get(at)));
    let Some((plan, question)) = asked else { return (None, None) };
    match ask(plan, &program.windows, view, moment) {
        Asked::Word(word) => {
            let mean = question.function == Function::Average;
            (Some(typed(word, &attribute.kind, mean, program, question)), None)
        }
        Asked::Partly(newest) => {
            let event = program.rules.events.get(question.event).map_or("", |event| &event.name);
            let newest = Timestamp::from_micros(newest);
            let name = &attribute.name;
            let note = format!(
                "`{name}` is not known: events of `{event}` up to {newest} are not all kept"
            );
            (None, Some(note))
        }
        Asked::Open | Asked::Nothing => (None, None),
    }
}

/// A word as a value. Words that no rule names are kept as hashes only.
fn typed(word: u64, kind: &Type, mean: bool, program: &Program, question: &Aggregate) -> Typed {
    let text = || {
        let event = program.rules.events.get(question.event);
        let field = event.zip(question.field).and_then(|(event, at)| event.fields.get(at));
        let listed = match field.map(|field| &field.kind) {
            Some(Type::OneOf(values)) => values.as_slice(),
            _ => &[],
        };
        let named = program.words.get(&word).cloned();
        let listed = listed.iter().find(|value| symbol(value) == word).cloned();
        listed.or(named).unwrap_or_else(|| "a word that no rule names".to_owned())
    };
    match kind {
        Type::YesNo => Typed::YesNo(word != 0),
        Type::Money { .. } if !mean => Typed::Money(word.cast_signed()),
        Type::Number { .. } | Type::Money { .. } => Typed::Number(f64::from_bits(word)),
        Type::Percent { .. } => Typed::Percent(f64::from_bits(word)),
        Type::Date => {
            let days = i32::try_from(word.cast_signed()).unwrap_or_default();
            Typed::Date(Date::from_days(days))
        }
        Type::Time => Typed::Time(Timestamp::from_micros(word.cast_signed())),
        Type::OneOf(_) | Type::SomeOf(_) => Typed::One(text()),
        Type::Code => Typed::Code(text()),
        Type::Text => Typed::Text(text()),
    }
}

#[allow(clippy::cast_precision_loss, reason = "a mean of amounts is a float of minor units")]
fn equal(value: &Typed, wanted: &Typed) -> bool {
    match (value, wanted) {
        (Typed::Number(mean), Typed::Money(minor)) => *mean == *minor as f64,
        (Typed::Text(text), Typed::Text(folded)) => fold(text) == *folded,
        (value, wanted) => value == wanted,
    }
}

fn above(value: &Typed, low: Option<&Bound>) -> bool {
    low.is_none_or(|low| match compare(value, &low.value) {
        Some(std::cmp::Ordering::Greater) => true,
        Some(std::cmp::Ordering::Equal) => low.included,
        _ => false,
    })
}

fn below(value: &Typed, high: Option<&Bound>) -> bool {
    high.is_none_or(|high| match compare(value, &high.value) {
        Some(std::cmp::Ordering::Less) => true,
        Some(std::cmp::Ordering::Equal) => high.included,
        _ => false,
    })
}

#[allow(clippy::cast_precision_loss, reason = "a mean of amounts is a float of minor units")]
fn compare(a: &Typed, b: &Typed) -> Option<std::cmp::Ordering> {
    match (a, b) {
        (Typed::Number(mean), Typed::Money(minor)) => mean.partial_cmp(&(*minor as f64)),
        (Typed::Number(a), Typed::Number(b)) | (Typed::Percent(a), Typed::Percent(b)) => {
            a.partial_cmp(b)
        }
        (Typed::Money(a), Typed::Money(b)) => Some(a.cmp(b)),
        (Typed::Date(a), Typed::Date(b)) => Some(a.cmp(b)),
        (Typed::Time(a), Typed::Time(b)) => Some(a.cmp(b)),
        _ => None,
    }
}

fn answer(truth: Truth, if_unknown: Option<bool>) -> Verdict {
    match (truth, if_unknown) {
        (Truth::Unknown, Some(yes)) => Verdict { truth: self::truth(yes), answered: true },
        _ => Verdict { truth, answered: false },
    }
}

fn truth(holds: bool) -> Truth {
    if holds { Truth::True } else { Truth::False }
}

pub(super) fn not(truth: Truth) -> Truth {
    match truth {
        Truth::True => Truth::False,
        Truth::False => Truth::True,
        Truth::Unknown => Truth::Unknown,
    }
}

pub(super) fn all(truths: impl Iterator<Item = Truth>) -> Truth {
    truths.fold(Truth::True, |so_far, truth| match (so_far, truth) {
        (Truth::False, _) | (_, Truth::False) => Truth::False,
        (Truth::Unknown, _) | (_, Truth::Unknown) => Truth::Unknown,
        _ => Truth::True,
    })
}

pub(super) fn any(truths: impl Iterator<Item = Truth>) -> Truth {
    not(all(truths.map(not)))
}
