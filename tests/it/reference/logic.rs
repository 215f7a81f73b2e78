//! Conditions, line by line, in three values: surely true, surely false, unknown.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use chrono_tz::Tz;
use onward::decision::Truth;
use onward::syntax::ast::{
    Atom, Body, CompareOp, Condition, Duration, IfUnknown, List, Reach, SegmentTest, Shape,
    Subject, Test, Unit,
};

use super::calendar;
use super::literal::{self, Kind, Val};
use super::names::{self, Need, Person, Read, Rules};
use super::policy::Memory;

/// One question: these rules, this person, this moment.
pub(crate) struct Asked<'a> {
    pub(crate) rules: &'a Rules<'a>,
    pub(crate) person: &'a Person,
    pub(crate) request: BTreeMap<String, Val>,
    /// Unix microseconds.
    pub(crate) at: i64,
    /// What lines that nobody can decide count as: nothing but a question about the questions, "what if".
    pub(crate) forced: Option<bool>,
    /// The customer's contacts, found once for the question.
    pub(super) contacts: OnceCell<Memory>,
}

/// Kleene: false if one is false, else unknown if one is unknown, else true.
pub(crate) fn and(truths: impl IntoIterator<Item = Truth>) -> Truth {
    let truths: Vec<Truth> = truths.into_iter().collect();
    if truths.contains(&Truth::False) {
        Truth::False
    } else if truths.contains(&Truth::Unknown) {
        Truth::Unknown
    } else {
        Truth::True
    }
}

/// Kleene: the mirror of [`and`].
pub(crate) fn or(truths: impl IntoIterator<Item = Truth>) -> Truth {
    not(and(truths.into_iter().map(not)))
}

/// Kleene: unknown stays unknown.
pub(crate) fn not(truth: Truth) -> Truth {
    match truth {
        Truth::True => Truth::False,
        Truth::False => Truth::True,
        Truth::Unknown => Truth::Unknown,
    }
}

fn definite(holds: bool) -> Truth {
    if holds { Truth::True } else { Truth::False }
}

/// What a subject reads.
pub(crate) fn read_of(subject: &Subject) -> Read {
    match subject {
        Subject::Word(word) => Read { request: false, name: word.text.clone() },
        Subject::Path(first, name) if first.text == "request" => {
            Read { request: true, name: name.text.clone() }
        }
        other => panic!("{other:?} is no attribute"),
    }
}

/// What the lines of a body read themselves, `any` and `none` included, segments not.
pub(crate) fn direct_reads(body: &Body, into: &mut BTreeSet<Read>) {
    for item in &body.items {
        match &item.shape {
            // What happened is no attribute.
            Shape::Condition(Condition { subject: Subject::Aggregate(_), .. }) => {}
            Shape::Condition(condition) => {
                into.insert(read_of(&condition.subject));
            }
            Shape::Block(block) => direct_reads(&block.body, into),
            _ => {}
        }
    }
}

/// The segments that the lines of a body name.
fn segments_of(body: &Body, into: &mut BTreeSet<String>) {
    for item in &body.items {
        match &item.shape {
            Shape::SegmentTest(test) => {
                into.insert(test.segment.text.clone());
            }
            Shape::Block(block) => segments_of(&block.body, into),
            _ => {}
        }
    }
}

/// What one line comes to, and the lines within it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) truth: Truth,
    /// Whether `if_unknown` gave the answer.
    pub(crate) answered: bool,
    /// The value that the line looks at, as authors write it.
    pub(crate) seen: Option<String>,
    pub(crate) inner: Vec<Said>,
}

impl Asked<'_> {
    /// Every line of a list, in the order written; segments are opened `open` deep.
    pub(crate) fn said(&self, body: &Body, open: usize) -> Vec<Said> {
        body.items.iter().map(|item| self.said_by(&item.shape, open)).collect()
    }

    fn said_by(&self, shape: &Shape, open: usize) -> Said {
        let truth = self.line(shape);
        match shape {
            Shape::Condition(Condition {
                subject: Subject::Aggregate(asked),
                test,
                if_unknown,
                ..
            }) => {
                let known = self.happened(asked).is_some();
                let definite = matches!(test, Test::IsKnown | Test::IsUnknown);
                let answered = if_unknown.is_some() && !known && !definite;
                Said { truth, answered, seen: self.seen_asked(asked), inner: Vec::new() }
            }
            Shape::Condition(condition) => {
                let read = read_of(&condition.subject);
                let known = self.value(&read).is_some();
                let definite = matches!(condition.test, Test::IsKnown | Test::IsUnknown);
                let silent = known || definite || self.lacks_required(&read);
                let answered = condition.if_unknown.is_some() && !silent;
                Said { truth, answered, seen: self.seen(&read), inner: Vec::new() }
            }
            Shape::SegmentTest(test) => {
                let name = &test.segment.text;
                let unknown = self.segment(name) == Truth::Unknown;
                let answered = test.if_unknown.is_some() && unknown;
                let inner = match open {
                    0 => Vec::new(),
                    _ => self.said(&self.rules.the("segment", name).body, open - 1),
                };
                Said { truth, answered, seen: None, inner }
            }
            Shape::Block(block) => {
                Said { truth, answered: false, seen: None, inner: self.said(&block.body, open) }
            }
            other => panic!("{other:?} is no condition"),
        }
    }

    /// The value, with its default where it has one.
    pub(crate) fn value(&self, read: &Read) -> Option<Val> {
        let known = if read.request { &self.request } else { &self.person.attributes };
        match (known.get(&read.name), self.rules.declared(read).need) {
            (Some(value), _) => Some(value.clone()),
            (None, Need::Default(value)) => Some(value),
            (None, _) => None,
        }
    }

    /// Whether a required attribute is missing.
    pub(crate) fn lacks_required(&self, read: &Read) -> bool {
        self.rules.declared(read).need == Need::Required && self.value(read).is_none()
    }

    /// A code or `one of` value of the customer.
    pub(crate) fn word(&self, name: &str) -> Option<String> {
        match self.value(&Read { request: false, name: name.to_owned() })? {
            Val::Word(word) => Some(word),
            other => panic!("{name} is {other:?}"),
        }
    }

    /// The customer's own zone.
    pub(crate) fn own_zone(&self) -> Option<Tz> {
        self.word("timezone").map(|name| calendar::zone(&name))
    }

    /// The zone of whole-day questions: the customer's, else the workspace's.
    pub(crate) fn zone(&self) -> Tz {
        self.own_zone().unwrap_or_else(|| self.rules.zone())
    }

    /// Today by that zone.
    pub(crate) fn today(&self) -> i64 {
        calendar::local(self.at, self.zone()).0
    }

    /// A segment: unknown outright where a required attribute that it reads is missing.
    pub(crate) fn segment(&self, name: &str) -> Truth {
        let body = &self.rules.the("segment", name).body;
        let (mut reads, mut todo, mut seen) = (BTreeSet::new(), vec![body], BTreeSet::new());
        while let Some(body) = todo.pop() {
            direct_reads(body, &mut reads);
            let mut inner = BTreeSet::new();
            segments_of(body, &mut inner);
            for name in inner {
                if seen.insert(name.clone()) {
                    todo.push(&self.rules.the("segment", &name).body);
                }
            }
        }
        if reads.iter().any(|read| self.lacks_required(read)) {
            return Truth::Unknown;
        }
        self.all(body)
    }

    /// A list of conditions: all must hold.
    pub(crate) fn all(&self, body: &Body) -> Truth {
        and(self.lines(body))
    }

    /// A list of conditions: one is enough.
    pub(crate) fn any(&self, body: &Body) -> Truth {
        or(self.lines(body))
    }

    fn lines(&self, body: &Body) -> Vec<Truth> {
        body.items.iter().map(|item| self.line(&item.shape)).collect()
    }

    pub(super) fn line(&self, shape: &Shape) -> Truth {
        match shape {
            Shape::Condition(condition) => self.condition(condition),
            Shape::SegmentTest(test) => self.segment_test(test),
            Shape::Block(block) => match names::text(&block.heading).as_str() {
                "any" => self.any(&block.body),
                "none" => not(self.any(&block.body)),
                other => panic!("{other} is no list of conditions"),
            },
            other => panic!("{other:?} is no condition"),
        }
    }

    fn answer(&self, truth: Truth, if_unknown: Option<&IfUnknown>) -> Truth {
        match (truth, if_unknown, self.forced) {
            (Truth::Unknown, Some(said), _) => definite(said.answer.text == "yes"),
            (Truth::Unknown, None, Some(holds)) => definite(holds),
            _ => truth,
        }
    }

    fn segment_test(&self, test: &SegmentTest) -> Truth {
        let inside = self.segment(&test.segment.text);
        self.answer(if test.negative { not(inside) } else { inside }, test.if_unknown.as_ref())
    }

    fn condition(&self, condition: &Condition) -> Truth {
        if let Subject::Aggregate(asked) = &condition.subject {
            return match (&condition.test, self.happened(asked)) {
                (Test::IsKnown, value) => definite(value.is_some()),
                (Test::IsUnknown, value) => definite(value.is_none()),
                (_, None) => self.answer(Truth::Unknown, condition.if_unknown.as_ref()),
                (test, Some(value)) => {
                    definite(self.holds(&value, test, &self.rules.asked_kind(asked)))
                }
            };
        }
        let read = read_of(&condition.subject);
        if self.lacks_required(&read) {
            return Truth::Unknown;
        }
        let value = self.value(&read);
        match (&condition.test, value) {
            (Test::IsKnown, value) => definite(value.is_some()),
            (Test::IsUnknown, value) => definite(value.is_none()),
            (_, None) => self.answer(Truth::Unknown, condition.if_unknown.as_ref()),
            (test, Some(value)) => {
                definite(self.holds(&value, test, &self.rules.declared(&read).kind))
            }
        }
    }

    /// A test of a known value.
    pub(crate) fn holds(&self, value: &Val, test: &Test, kind: &Kind) -> bool {
        let equals = |atom: &Atom| match (literal::atom(atom, kind), value) {
            // A mean of amounts is a number of minor units.
            (Val::Minor(minor), Val::Number(mean)) => minor as f64 == *mean,
            (wanted, value) => wanted == *value,
        };
        let listed = |list: &List| {
            let same = |word: &String| match value {
                Val::Word(own) => own == word,
                Val::Folded(own) => own.folded == literal::fold(word),
                _ => false,
            };
            let atoms = list.entries.iter().filter_map(|entry| match entry {
                onward::syntax::ast::Entry::Atom(atom) => Some(atom),
                onward::syntax::ast::Entry::Range(_) => None,
            });
            match kind {
                Kind::OneOf | Kind::Code | Kind::Text => names::words(list).iter().any(same),
                _ => atoms.into_iter().any(equals),
            }
        };
        let has = |word: &String| matches!(value, Val::Set(own) if own.contains(word));
        match test {
            Test::Is(atom) => equals(atom),
            Test::IsNot(atom) => !equals(atom),
            Test::InList(list) => listed(list),
            Test::NotInList(list) => !listed(list),
            Test::Compare(op, atom) => self.compares(value, *op, atom),
            Test::InRange(range) => self.between(value, &range.low, &range.high),
            Test::NotInRange(range) => !self.between(value, &range.low, &range.high),
            Test::Within(reach) => self.within(value, reach),
            Test::NotWithin(reach) => !self.within(value, reach),
            Test::Has(atom) => has(&literal::word_of(atom)),
            Test::Lacks(atom) => !has(&literal::word_of(atom)),
            Test::HasAny(list) => names::words(list).iter().any(has),
            Test::HasAll(list) => names::words(list).iter().all(has),
            Test::IsKnown | Test::IsUnknown => panic!("answered before"),
        }
    }

    /// The order of two values of one kind.
    fn order(&self, value: &Val, atom: &Atom) -> std::cmp::Ordering {
        let Atom::Literal(wanted) = atom else { panic!("{atom:?} has no order") };
        if let Val::Instant(own) = value {
            // A time in a rule is on the workspace's clock.
            return own.cmp(&literal::moment(&wanted.raw, self.rules.zone()));
        }
        match (value, literal::literal(wanted)) {
            (Val::Number(own), Val::Number(other)) => own.partial_cmp(&other).unwrap(),
            (Val::Minor(own), Val::Minor(other)) => own.cmp(&other),
            (Val::Number(mean), Val::Minor(other)) => mean.partial_cmp(&(other as f64)).unwrap(),
            (Val::Day(own), Val::Day(other)) => own.cmp(&other),
            other => panic!("{other:?} cannot be compared"),
        }
    }

    fn compares(&self, value: &Val, op: CompareOp, atom: &Atom) -> bool {
        let order = self.order(value, atom);
        match op {
            CompareOp::AtLeast => order.is_ge(),
            CompareOp::AtMost => order.is_le(),
            CompareOp::Above => order.is_gt(),
            CompareOp::Below => order.is_lt(),
        }
    }

    /// Both ends belong to it.
    fn between(&self, value: &Val, low: &Atom, high: &Atom) -> bool {
        self.order(value, low).is_ge() && self.order(value, high).is_le()
    }

    fn within(&self, value: &Val, reach: &Reach) -> bool {
        let Duration { count, calendar, unit, .. } = &reach.duration;
        let count: i64 = count.raw.parse().unwrap();
        let today = self.today();
        match value {
            // Whole days: today, and the days before or after it.
            Val::Day(day) if !calendar => {
                let days = match unit {
                    Unit::Day => count,
                    Unit::Week => 7 * count,
                    other => panic!("{other:?} of a date needs `calendar`"),
                };
                let (first, last) =
                    if reach.next { (today, today + days) } else { (today - days, today) };
                (first..=last).contains(day)
            }
            // From the first day of the first unit to today; or today to the last day of the last.
            Val::Day(day) if reach.next => {
                (today..calendar::unit_start(today, *unit, count)).contains(day)
            }
            Val::Day(day) => (calendar::unit_start(today, *unit, 1 - count)..=today).contains(day),
            // Rolling: older end excluded, now included; or now included, later end excluded.
            Val::Instant(time) if !calendar => {
                let minutes = match unit {
                    Unit::Minute => count,
                    Unit::Hour => 60 * count,
                    Unit::Day => 1440 * count,
                    Unit::Week => 7 * 1440 * count,
                    other => panic!("{other:?} of a time needs `calendar`"),
                };
                let length = minutes * 60_000_000;
                if reach.next {
                    self.at <= *time && *time < self.at + length
                } else {
                    self.at - length < *time && *time <= self.at
                }
            }
            Val::Instant(time) if reach.next => {
                let end = calendar::unit_start(today, *unit, count);
                self.at <= *time && *time < calendar::instant(end, 0, self.zone())
            }
            Val::Instant(time) => {
                let start = calendar::unit_start(today, *unit, 1 - count);
                calendar::instant(start, 0, self.zone()) <= *time && *time <= self.at
            }
            other => panic!("{other:?} is no date or time"),
        }
    }
}
