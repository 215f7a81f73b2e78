//! Sets of values that a test lets through: what contradictions and lines that hold for everyone are found by.

use std::borrow::Cow;
use std::cell::Cell;
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

/// Texts in order, each once; most of them stand in the rules.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Texts<'t>(Vec<Cow<'t, str>>);

impl<'t> Texts<'t> {
    fn new(texts: impl Iterator<Item = Cow<'t, str>>) -> Self {
        let mut texts: Vec<Cow<'t, str>> = texts.collect();
        if !texts.is_sorted_by(|a, b| a < b) {
            texts.sort_unstable();
            texts.dedup();
        }
        Self(texts)
    }

    fn of(texts: &'t [String]) -> Self {
        Self::new(texts.iter().map(|text| Cow::Borrowed(text.as_str())))
    }

    fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|text| &**text)
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn contains(&self, text: &str) -> bool {
        self.0.binary_search_by(|own| (**own).cmp(text)).is_ok()
    }
}

/// Which known values pass.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Passes<'t> {
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
        listed: Texts<'t>,
        /// All but the listed ones.
        others: bool,
    },
    /// At least one of these tags.
    AnyTag(Texts<'t>),
    /// All of these tags.
    AllTags(Texts<'t>),
    /// None of these tags.
    NoTag(Texts<'t>),
    /// Not all of these tags.
    MissesTag(Texts<'t>),
    /// A span of the calendar, or what lies outside.
    Calendar(RelativeSpan, bool),
}

/// The known values that pass a test.
pub(crate) fn passes<'t>(test: &'t Test, attribute: &Attribute) -> Passes<'t> {
    match test {
        Test::Known { negative: false } => Passes::All,
        Test::Known { negative: true } => Passes::Nothing,
        Test::Equals { values, negative } => equals(values, *negative, &attribute.kind),
        Test::Between { low, high, negative } => {
            let stretch = between(low.as_ref(), high.as_ref(), &attribute.kind);
            ordered(vec![stretch], *negative, &attribute.kind)
        }
        Test::Within { span, negative } => within(*span, *negative),
        Test::HasAny { values, negative: false } => Passes::AnyTag(Texts::of(values)),
        Test::HasAny { values, negative: true } => Passes::NoTag(Texts::of(values)),
        Test::HasAll { values } => Passes::AllTags(Texts::of(values)),
    }
}

/// The known values that do not pass.
pub(crate) fn fails<'t>(test: &'t Test, attribute: &Attribute) -> Passes<'t> {
    match passes(test, attribute) {
        Passes::All => Passes::Nothing,
        Passes::Nothing => Passes::All,
        Passes::Ordered(stretches) => ordered(stretches, true, &attribute.kind),
        Passes::Relative(stretches) => Passes::Relative(outside(&stretches)),
        Passes::Symbols { listed, others } => Passes::Symbols { listed, others: !others },
        Passes::AnyTag(tags) => Passes::NoTag(tags),
        Passes::NoTag(tags) => Passes::AnyTag(tags),
        Passes::AllTags(tags) => Passes::MissesTag(tags),
        Passes::MissesTag(tags) => Passes::AllTags(tags),
        Passes::Calendar(span, negative) => Passes::Calendar(span, !negative),
    }
}

/// Whether no known value of the type is in the set.
pub(crate) fn is_empty(set: &Passes<'_>, kind: &Type) -> bool {
    match set {
        Passes::Nothing => true,
        Passes::Ordered(stretches) | Passes::Relative(stretches) => stretches.is_empty(),
        Passes::Symbols { listed, others: false } => listed.is_empty(),
        Passes::Symbols { listed, others: true } => lists_all(listed, kind),
        Passes::AnyTag(tags) => tags.is_empty(),
        _ => false,
    }
}

/// Whether every known value that the type has is in the set.
pub(crate) fn is_everything(set: &Passes<'_>, attribute: &Attribute) -> bool {
    match (set, &attribute.kind) {
        (Passes::All, _) => true,
        (Passes::Ordered(stretches), kind) => {
            ordered(stretches.clone(), true, kind) == Passes::Ordered(Vec::new())
        }
        (Passes::Relative(stretches), _) => outside(stretches).is_empty(),
        (Passes::Symbols { listed, others: false }, kind) => lists_all(listed, kind),
        (Passes::Symbols { listed, others: true }, _) => listed.is_empty(),
        _ => false,
    }
}

/// Whether the type has no value besides the listed ones.
fn lists_all(listed: &Texts<'_>, kind: &Type) -> bool {
    match kind {
        Type::OneOf(values) => {
            listed.len() >= values.len() && values.iter().all(|value| listed.contains(value))
        }
        Type::YesNo => listed.len() == 2,
        _ => false,
    }
}

/// How much work a set makes: its values or stretches.
pub(crate) fn size(set: &Passes<'_>) -> usize {
    match set {
        Passes::All | Passes::Nothing | Passes::Calendar(..) => 1,
        Passes::Ordered(stretches) | Passes::Relative(stretches) => 1 + stretches.len(),
        Passes::Symbols { listed, .. } => 1 + listed.len(),
        Passes::AnyTag(tags)
        | Passes::AllTags(tags)
        | Passes::NoTag(tags)
        | Passes::MissesTag(tags) => 1 + tags.len(),
    }
}

/// Whether no known value of the type is in all of the sets; `false` once the allowance is used up.
pub(crate) fn exclude(sets: &[&Passes<'_>], kind: &Type, allowance: &Allowance<'_>) -> bool {
    if sets.iter().any(|set| is_empty(set, kind)) {
        return true;
    }
    if let [one @ (Passes::Ordered(_) | Passes::Relative(_) | Passes::Symbols { .. })] = sets {
        // It is not empty, and there is nothing to exclude it.
        allowance.spend(size(one));
        return false;
    }
    let mut absolute = Cow::Borrowed([EVERYTHING].as_slice());
    let mut relative = Cow::Borrowed([EVERYTHING].as_slice());
    let mut symbols = Meeting::default();
    let mut needed: BTreeSet<&str> = BTreeSet::new();
    let mut refused: BTreeSet<&str> = BTreeSet::new();
    let mut spans: Vec<(RelativeSpan, bool)> = Vec::new();
    for set in sets {
        let before = match set {
            Passes::Ordered(_) => absolute.len(),
            Passes::Relative(_) => relative.len(),
            _ => 0,
        };
        if !allowance.spend(size(set) + before) {
            return false;
        }
        match set {
            Passes::Ordered(stretches) => absolute = Cow::Owned(common(&absolute, stretches)),
            Passes::Relative(stretches) => relative = Cow::Owned(common(&relative, stretches)),
            Passes::Symbols { listed, others } => symbols.add(listed, *others),
            Passes::AllTags(tags) => needed.extend(tags.iter()),
            Passes::NoTag(tags) => refused.extend(tags.iter()),
            Passes::Calendar(span, negative) => {
                if *kind == Type::Date {
                    relative = Cow::Owned(common(&relative, &about(*span, *negative)));
                }
                spans.push((*span, *negative));
            }
            _ => {}
        }
    }
    if absolute.is_empty() || relative.is_empty() {
        return true;
    }
    if symbols.is_empty(kind, allowance) || needed.iter().any(|tag| refused.contains(tag)) {
        return true;
    }
    tags_exclude(sets, needed, refused, allowance)
        || spans.iter().any(|(inner, negative)| {
            allowance.spend(spans.len())
                && !negative
                && spans.iter().any(|(outer, negative)| *negative && lies_within(*inner, *outer))
        })
}

/// Whether no set of tags is left. Of tags of which one must be there the last that may be is needed, and the
/// other way round, until nothing changes.
fn tags_exclude<'s>(
    sets: &[&'s Passes<'s>],
    mut needed: BTreeSet<&'s str>,
    mut refused: BTreeSet<&'s str>,
    allowance: &Allowance<'_>,
) -> bool {
    loop {
        let before = needed.len() + refused.len();
        for set in sets {
            let (tags, settled, other) = match set {
                Passes::AnyTag(tags) => (tags, &refused, &mut needed),
                Passes::MissesTag(tags) => (tags, &needed, &mut refused),
                _ => continue,
            };
            if !allowance.spend(tags.len()) {
                return false;
            }
            let mut left = tags.iter().filter(|tag| !settled.contains(tag));
            match (left.next(), left.next()) {
                (None, _) => return true,
                (Some(last), None) => {
                    other.insert(last);
                }
                (Some(_), Some(_)) => {}
            }
        }
        if needed.iter().any(|tag| refused.contains(tag)) {
            return true;
        }
        if needed.len() + refused.len() == before {
            return false;
        }
    }
}

/// Whether every moment of one span of the calendar is one of the other, whatever the day.
fn lies_within(inner: RelativeSpan, outer: RelativeSpan) -> bool {
    match (inner.length, outer.length) {
        (
            SpanLength::Calendar { count, unit },
            SpanLength::Calendar { count: most, unit: other },
        ) => inner.next == outer.next && unit == other && count <= most,
        _ => false,
    }
}

/// Days, seen from today, of which all lie that a span of the calendar lets through, or refuses, on some day.
fn about(span: RelativeSpan, negative: bool) -> Vec<Stretch> {
    let SpanLength::Calendar { count, unit } = span.length else { return vec![EVERYTHING] };
    let (shortest, longest) = unit.days();
    // The unit that today is in has begun, or ends, today at the latest.
    let far = match negative {
        false => f64::from(count) * f64::from(longest) - 1.0,
        true => f64::from(count.saturating_sub(1)) * f64::from(shortest),
    };
    let (low, high) = if span.next { (0.0, far) } else { (-far, 0.0) };
    let stretch = Stretch { low, low_in: true, high, high_in: true };
    if negative { outside(&[stretch]) } else { vec![stretch] }
}

/// What several lists of texts have in common, by reference: the shortest list that must hold the text, the
/// other such lists, and all texts ruled out.
#[derive(Default)]
struct Meeting<'s> {
    shortest: Option<&'s Texts<'s>>,
    others: Vec<&'s Texts<'s>>,
    out: BTreeSet<&'s str>,
}

impl<'s> Meeting<'s> {
    fn add(&mut self, listed: &'s Texts<'s>, others: bool) {
        if others {
            self.out.extend(listed.iter());
            return;
        }
        match self.shortest {
            Some(shortest) if shortest.len() <= listed.len() => self.others.push(listed),
            Some(shortest) => {
                self.others.push(shortest);
                self.shortest = Some(listed);
            }
            None => self.shortest = Some(listed),
        }
    }

    fn is_empty(&self, kind: &Type, allowance: &Allowance<'_>) -> bool {
        let passes =
            |text: &str| !self.out.contains(text) && self.others.iter().all(|l| l.contains(text));
        let Some(shortest) = self.shortest else {
            // Only a type that lists its values can run out of them.
            return match kind {
                Type::OneOf(values) => {
                    self.out.len() >= values.len()
                        && values.iter().all(|value| self.out.contains(value.as_str()))
                }
                Type::YesNo => self.out.len() == 2,
                _ => false,
            };
        };
        allowance.spend(shortest.len().saturating_mul(1 + self.others.len()))
            && !shortest.iter().any(passes)
    }
}

/// How many values may still be touched: of this list, and of the whole run. What is not looked at is given
/// the benefit of the doubt, so that a check costs what its text is long.
#[derive(Debug)]
pub(crate) struct Allowance<'r> {
    list: Cell<usize>,
    run: &'r Cell<usize>,
}

impl<'r> Allowance<'r> {
    /// For one list of conditions, out of what the run still has.
    pub(crate) fn new(list: usize, run: &'r Cell<usize>) -> Self {
        Self { list: Cell::new(list), run }
    }

    /// Takes `work` away; `false` where that much is no longer there.
    pub(crate) fn spend(&self, work: usize) -> bool {
        for left in [&self.list, self.run] {
            match left.get().checked_sub(work) {
                Some(rest) => left.set(rest),
                None => {
                    self.list.set(0);
                    return false;
                }
            }
        }
        true
    }

    /// Whether nothing is left for this list.
    pub(crate) fn is_spent(&self) -> bool {
        self.list.get() == 0
    }
}

/// What two lists of sorted, disjoint stretches have in common, in one pass over both.
fn common(mine: &[Stretch], other: &[Stretch]) -> Vec<Stretch> {
    let mut both = Vec::with_capacity(mine.len().max(other.len()));
    let (mut left, mut right) = (mine.iter().peekable(), other.iter().peekable());
    while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
        let stretch = a.and(**b);
        if !stretch.is_empty() {
            both.push(stretch);
        }
        // Whichever ends first meets nothing further on.
        let first = a.high < b.high || (a.high == b.high && !a.high_in);
        if first {
            left.next()
        } else {
            right.next()
        };
    }
    both
}

/// What lies outside sorted, disjoint stretches.
fn complement(stretches: &[Stretch]) -> Vec<Stretch> {
    let mut rest = Vec::with_capacity(stretches.len() + 1);
    let mut gap = EVERYTHING;
    for stretch in stretches.iter().filter(|stretch| !stretch.is_empty()) {
        (gap.high, gap.high_in) = (stretch.low, !stretch.low_in);
        if stretch.low != f64::NEG_INFINITY && !gap.is_empty() {
            rest.push(gap);
        }
        gap = Stretch { low: stretch.high, low_in: !stretch.high_in, ..EVERYTHING };
    }
    if gap.low != f64::INFINITY {
        rest.push(gap);
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

fn ordered(stretches: Vec<Stretch>, negative: bool, kind: &Type) -> Passes<'static> {
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

fn equals<'t>(values: &'t [Typed], negative: bool, kind: &Type) -> Passes<'t> {
    let places: Option<Vec<f64>> = values.iter().map(place).collect();
    if let Some(mut places) = places.filter(|places| !places.is_empty()) {
        places.sort_by(f64::total_cmp);
        places.dedup();
        let stretches = places
            .into_iter()
            .map(|at| Stretch { low: at, low_in: true, high: at, high_in: true })
            .collect();
        return ordered(stretches, negative, kind);
    }
    let listed = Texts::new(values.iter().map(|value| symbol(value, kind)));
    Passes::Symbols { listed, others: negative }
}

fn symbol<'t>(value: &'t Typed, kind: &Type) -> Cow<'t, str> {
    match value {
        Typed::Text(text) => Cow::Owned(fold(text)),
        Typed::One(word) | Typed::Code(word) => Cow::Borrowed(word),
        other => Cow::Owned(other.show(kind)),
    }
}

fn within(span: RelativeSpan, negative: bool) -> Passes<'static> {
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
    let closed = close(stretch, &Type::Date);
    Passes::Relative(if negative { outside(&[closed]) } else { vec![closed] })
}

/// What lies outside stretches that are seen from today or now. Days are whole steps; instants are too, a
/// microsecond each.
fn outside(stretches: &[Stretch]) -> Vec<Stretch> {
    let rest = complement(stretches).into_iter();
    rest.map(|stretch| close(stretch, &Type::Date)).filter(|stretch| !stretch.is_empty()).collect()
}
