//! Sets of values that a test lets through: what contradictions and lines that hold for everyone are found by.

use std::collections::BTreeSet;

use super::rules::{Attribute, Bound, RelativeSpan, SpanLength, Test};
use crate::mutant::mutant;
use crate::value::{Type, Typed, fold};

/// A stretch of an ordered scale; ends may be open.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Stretch {
    low: f64,
    low_in: bool,
    high: f64,
    high_in: bool,
}

impl Stretch {
    fn is_empty(self) -> bool {
        self.low > self.high || (self.low == self.high && !(self.low_in && self.high_in))
    }

    fn and(self, other: Self) -> Self {
        let (low, low_in) = if self.low > other.low {
            (self.low, self.low_in)
        } else if other.low > self.low {
            (other.low, other.low_in)
        } else {
            (self.low, self.low_in && other.low_in)
        };
        let (high, high_in) = if self.high < other.high {
            (self.high, self.high_in)
        } else if other.high < self.high {
            (other.high, other.high_in)
        } else {
            (self.high, self.high_in && other.high_in)
        };
        Self { low, low_in, high, high_in }
    }
}

const EVERYTHING: Stretch =
    Stretch { low: f64::NEG_INFINITY, low_in: true, high: f64::INFINITY, high_in: true };

/// Which known values pass.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Passes {
    /// Any known value.
    All,
    /// No known value.
    Nothing,
    /// Values on a scale, in disjoint stretches.
    Ordered(Vec<Stretch>),
    /// Values seen from today or now: days for dates, microseconds for times.
    Relative(Vec<Stretch>),
    /// These texts, or all but these.
    Symbols {
        /// Sorted.
        listed: BTreeSet<String>,
        /// All but the listed ones.
        others: bool,
    },
    /// At least one of these tags.
    AnyTag(BTreeSet<String>),
    /// All of these tags.
    AllTags(BTreeSet<String>),
    /// None of these tags.
    NoTag(BTreeSet<String>),
    /// Not all of these tags.
    MissesTag(BTreeSet<String>),
    /// A span of the calendar, or what lies outside.
    Calendar(RelativeSpan, bool),
}

/// The known values that pass a test.
pub(crate) fn passes(test: &Test, attribute: &Attribute) -> Passes {
    match test {
        Test::Known { negative: false } => Passes::All,
        Test::Known { negative: true } => Passes::Nothing,
        Test::Equals { values, negative } => equals(values, *negative, &attribute.kind),
        Test::Between { low, high, negative } => {
            let stretch = between(low.as_ref(), high.as_ref(), &attribute.kind);
            ordered(vec![stretch], *negative, &attribute.kind)
        }
        Test::Within { span, negative } => within(*span, *negative),
        Test::HasAny { values, negative: false } => {
            Passes::AnyTag(values.iter().cloned().collect())
        }
        Test::HasAny { values, negative: true } => Passes::NoTag(values.iter().cloned().collect()),
        Test::HasAll { values } => Passes::AllTags(values.iter().cloned().collect()),
    }
}

/// The known values that do not pass.
pub(crate) fn fails(test: &Test, attribute: &Attribute) -> Passes {
    match passes(test, attribute) {
        Passes::All => Passes::Nothing,
        Passes::Nothing => Passes::All,
        Passes::Ordered(stretches) => ordered(stretches, true, &attribute.kind),
        Passes::Relative(stretches) => Passes::Relative(complement(&stretches)),
        Passes::Symbols { listed, others } => symbols(listed, !others, &attribute.kind),
        Passes::AnyTag(tags) => Passes::NoTag(tags),
        Passes::NoTag(tags) => Passes::AnyTag(tags),
        Passes::AllTags(tags) => Passes::MissesTag(tags),
        Passes::MissesTag(tags) => Passes::AllTags(tags),
        Passes::Calendar(span, negative) => Passes::Calendar(span, !negative),
    }
}

/// Whether no known value is in the set.
pub(crate) fn is_empty(set: &Passes) -> bool {
    match set {
        Passes::Nothing => true,
        Passes::Ordered(stretches) | Passes::Relative(stretches) => stretches.is_empty(),
        Passes::Symbols { listed, others } => listed.is_empty() && !others,
        Passes::AnyTag(tags) => tags.is_empty(),
        _ => false,
    }
}

/// Whether every known value that the type has is in the set.
pub(crate) fn is_everything(set: &Passes, attribute: &Attribute) -> bool {
    match (set, &attribute.kind) {
        (Passes::All, _) => true,
        (Passes::Ordered(stretches), kind) => {
            ordered(stretches.clone(), true, kind) == Passes::Ordered(Vec::new())
        }
        (Passes::Relative(stretches), _) => complement(stretches).is_empty(),
        (Passes::Symbols { listed, others: false }, Type::OneOf(values)) => {
            values.iter().all(|value| listed.contains(value))
        }
        (Passes::Symbols { listed, others: false }, Type::YesNo) => listed.len() == 2,
        (Passes::Symbols { listed, others: true }, _) => listed.is_empty(),
        _ => false,
    }
}

/// Whether no known value is in all of the sets.
pub(crate) fn exclude(sets: &[&Passes]) -> bool {
    if sets.iter().any(|set| is_empty(set)) {
        return true;
    }
    let mut absolute = vec![EVERYTHING];
    let mut relative = vec![EVERYTHING];
    let mut symbols: Option<(BTreeSet<String>, bool)> = None;
    let mut needed: BTreeSet<&String> = BTreeSet::new();
    let mut refused: BTreeSet<&String> = BTreeSet::new();
    for set in sets {
        match set {
            Passes::Ordered(stretches) => absolute = common(&absolute, stretches),
            Passes::Relative(stretches) => relative = common(&relative, stretches),
            Passes::Symbols { listed, others } => {
                symbols = Some(match symbols {
                    None => (listed.clone(), *others),
                    Some(before) => meet(before, (listed, *others)),
                });
            }
            Passes::AllTags(tags) => needed.extend(tags),
            Passes::NoTag(tags) => refused.extend(tags),
            _ => {}
        }
    }
    let symbols_empty = symbols.is_some_and(|(listed, others)| listed.is_empty() && !others);
    let tags_clash = needed.iter().any(|tag| refused.contains(tag))
        || sets.iter().any(|set| match set {
            Passes::AnyTag(tags) => tags.iter().all(|tag| refused.contains(tag)),
            Passes::MissesTag(tags) => tags.iter().all(|tag| needed.contains(tag)),
            _ => false,
        });
    let calendar = sets.iter().any(|set| match set {
        Passes::Calendar(span, negative) => sets
            .iter()
            .any(|other| matches!(other, Passes::Calendar(s, n) if s == span && n != negative)),
        _ => false,
    });
    absolute.is_empty() || relative.is_empty() || symbols_empty || tags_clash || calendar
}

fn meet(
    (mine, mine_others): (BTreeSet<String>, bool),
    (other, other_others): (&BTreeSet<String>, bool),
) -> (BTreeSet<String>, bool) {
    match (mine_others, other_others) {
        (false, false) => (mine.intersection(other).cloned().collect(), false),
        (false, true) => (mine.difference(other).cloned().collect(), false),
        (true, false) => (other.difference(&mine).cloned().collect(), false),
        (true, true) => (mine.union(other).cloned().collect(), true),
    }
}

fn common(mine: &[Stretch], other: &[Stretch]) -> Vec<Stretch> {
    let pairs = mine.iter().flat_map(|a| other.iter().map(|b| a.and(*b)));
    pairs.filter(|stretch| !stretch.is_empty()).collect()
}

/// What lies outside sorted, disjoint stretches.
fn complement(stretches: &[Stretch]) -> Vec<Stretch> {
    let mut rest = vec![EVERYTHING];
    for stretch in stretches {
        let below = Stretch { high: stretch.low, high_in: !stretch.low_in, ..EVERYTHING };
        let above = Stretch { low: stretch.high, low_in: !stretch.high_in, ..EVERYTHING };
        let outside: Vec<Stretch> = [below, above]
            .into_iter()
            .filter(|part| {
                part.low < part.high || part.low_in && part.high_in && part.low == part.high
            })
            .collect();
        let infinite =
            |part: &Stretch| (part.high == f64::NEG_INFINITY) || (part.low == f64::INFINITY);
        let outside: Vec<Stretch> = outside.into_iter().filter(|part| !infinite(part)).collect();
        rest = common(&rest, &outside);
    }
    rest
}

/// Whether values of the type have no others between neighbours.
fn is_discrete(kind: &Type) -> bool {
    matches!(kind, Type::Money { .. } | Type::Date | Type::Time)
}

/// All values of the type.
fn universe(kind: &Type) -> Stretch {
    let (low, high) = match kind {
        Type::Number { range: Some((low, high)) } | Type::Percent { range: (low, high) } => {
            (*low, *high)
        }
        Type::Money { range: Some((low, high)), .. } => (*low as f64, *high as f64),
        _ => return EVERYTHING,
    };
    Stretch { low, low_in: true, high, high_in: true }
}

fn ordered(stretches: Vec<Stretch>, negative: bool, kind: &Type) -> Passes {
    let stretches = if negative { complement(&stretches) } else { stretches };
    let closed: Vec<Stretch> = stretches.into_iter().map(|stretch| close(stretch, kind)).collect();
    Passes::Ordered(common(&closed, &[universe(kind)]))
}

/// On a scale of whole steps an open end is the next step.
fn close(stretch: Stretch, kind: &Type) -> Stretch {
    if !is_discrete(kind) {
        return stretch;
    }
    let mut closed = stretch;
    if !closed.low_in {
        closed.low += 1.0;
        closed.low_in = true;
    }
    if !closed.high_in {
        closed.high -= 1.0;
        closed.high_in = true;
    }
    closed
}

/// A value's place on its scale.
fn place(value: &Typed) -> Option<f64> {
    match value {
        Typed::Number(number) | Typed::Percent(number) => Some(*number),
        Typed::Money(minor) => Some(*minor as f64),
        Typed::Date(date) => Some(f64::from(date.days())),
        Typed::Time(time) => Some(time.micros() as f64),
        _ => None,
    }
}

fn between(low: Option<&Bound>, high: Option<&Bound>, kind: &Type) -> Stretch {
    let end = |bound: Option<&Bound>, open: f64| {
        let found = bound.and_then(|bound| Some((place(&bound.value)?, bound.included)));
        found.unwrap_or((open, true))
    };
    let (low, low_in) = end(low, f64::NEG_INFINITY);
    let (high, high_in) = end(high, f64::INFINITY);
    let high_in = high_in || mutant!("range_end_included_twice");
    close(Stretch { low, low_in, high, high_in }, kind)
}

fn equals(values: &[Typed], negative: bool, kind: &Type) -> Passes {
    let places: Vec<f64> = values.iter().filter_map(place).collect();
    if places.len() == values.len() && !values.is_empty() {
        let mut places = places;
        places.sort_by(f64::total_cmp);
        places.dedup();
        let stretches = places
            .into_iter()
            .map(|at| Stretch { low: at, low_in: true, high: at, high_in: true })
            .collect();
        return ordered(stretches, negative, kind);
    }
    let listed = values.iter().map(|value| symbol(value, kind)).collect();
    symbols(listed, negative, kind)
}

fn symbol(value: &Typed, kind: &Type) -> String {
    match value {
        Typed::Text(text) => fold(text),
        other => other.show(kind),
    }
}

/// Where the type lists its values, "all but" becomes the rest of the list.
fn symbols(listed: BTreeSet<String>, others: bool, kind: &Type) -> Passes {
    let all: Vec<String> = match kind {
        Type::OneOf(values) => values.clone(),
        Type::YesNo => vec!["no".to_owned(), "yes".to_owned()],
        _ => return Passes::Symbols { listed, others },
    };
    let kept = all.into_iter().filter(|value| listed.contains(value) != others).collect();
    Passes::Symbols { listed: kept, others: false }
}

fn within(span: RelativeSpan, negative: bool) -> Passes {
    let stretch = match span.length {
        SpanLength::Days { count } => {
            let far = f64::from(count);
            let (low, high) = if span.next { (0.0, far) } else { (-far, 0.0) };
            Stretch { low, low_in: true, high, high_in: true }
        }
        SpanLength::Rolling { micros } => {
            let far = micros as f64;
            if span.next {
                Stretch { low: 0.0, low_in: true, high: far, high_in: false }
            } else {
                Stretch { low: -far, low_in: false, high: 0.0, high_in: true }
            }
        }
        SpanLength::Calendar { .. } => return Passes::Calendar(span, negative),
    };
    let stretches = if negative { complement(&[stretch]) } else { vec![stretch] };
    // Days are whole steps; instants are too, a microsecond each.
    let closed = stretches.into_iter().map(|stretch| close(stretch, &Type::Date)).collect();
    Passes::Relative(closed)
}
