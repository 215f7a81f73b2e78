//! Random lists of conditions that obey the rule on unknowns.
//!
//! A line that reads optional data needs its answer where it is negative or stands under `none` or `never`.
//! A segment that may be used by a negative line without an answer has answers on all its lines.

use std::collections::BTreeSet;

use onward::syntax::ast::{
    Atom, CompareOp, Condition, Item, Reach, SegmentTest, Shape, Span, Subject, Test, Unit,
};

use super::tree::{self, Dice, lit, word};
use super::world::{self, Attr, Facts, Need, Seg, Ty};

/// Writes the lines of one `who`, `never` or segment. No attribute is asked about twice, through segments
/// neither, so that no line contradicts another; only the alternatives of an `any` may share one.
pub(crate) struct Writer<'a> {
    facts: &'a Facts,
    /// Whether `request.x` may be read.
    request: bool,
    pub(crate) used: BTreeSet<String>,
    /// Whether the list written so far can be unknown where all required attributes are present.
    pub(crate) may_be_unknown: bool,
}

/// `owner is known`
pub(crate) fn is_known(name: &str) -> Condition {
    let subject = Subject::Word(word(name));
    Condition { subject, test: Test::IsKnown, if_unknown: None, span: Span::default() }
}

/// The customer attributes that a list of `who` proves known: asked about at its top in a positive line that
/// has no answer for the unknown.
pub(crate) fn proven(lines: &[Item]) -> BTreeSet<String> {
    let known = |item: &Item| match &item.shape {
        Shape::Condition(Condition {
            subject: Subject::Word(word),
            test,
            if_unknown: None,
            ..
        }) => (!matches!(test, Test::IsUnknown)).then(|| word.text.clone()),
        _ => None,
    };
    lines.iter().filter_map(known).collect()
}

/// A value that fits the type, in the words of a rule.
pub(crate) fn value(dice: &mut Dice, facts: &Facts, ty: &Ty) -> Atom {
    match ty {
        Ty::YesNo => tree::atom(if dice.percent(50) { "yes" } else { "no" }),
        Ty::Number(_) => lit(&number(dice, ty)),
        Ty::Percent(high) => lit(&percent(dice, *high)),
        Ty::Money(range) => lit(&world::money(facts.currency, minor(dice, *range))),
        Ty::OneOf(words) | Ty::SomeOf(words) => tree::atom(dice.pick(words).as_str()),
        Ty::Text => tree::atom(&dice.word(&TEXTS)),
        Ty::Code => tree::atom(&dice.word(&CODES)),
        Ty::Date => lit(&world::day_text(day(dice, facts))),
        Ty::Time => lit(&moment(dice, facts)),
    }
}

/// Some of these are equal once folded, and some only after NFC.
pub(crate) const TEXTS: [&str; 7] =
    ["Straße", "STRASSE", "strasse", "Città", "citta\u{300}", "ฟรี", "İstanbul"];
pub(crate) const CODES: [&str; 6] = ["fr", "en", "fr-CA", "FR", "x_1", "citta\u{300}"];

pub(crate) fn number(dice: &mut Dice, ty: &Ty) -> String {
    let all = ["0", "1", "2", "0.5", "5", "7.25", "10", "-1", "-5", "1.5"];
    let Ty::Number(range) = ty else { panic!("{ty:?}") };
    loop {
        let text = dice.word(&all);
        let value: f64 = text.parse().unwrap();
        if range.is_none_or(|(low, high)| f64::from(low) <= value && value <= f64::from(high)) {
            return text;
        }
    }
}

pub(crate) fn percent(dice: &mut Dice, high: u32) -> String {
    loop {
        let text = dice.word(&["0%", "4%", "7%", "29%", "60%", "60.0%", "12.5%", "100%", "250%"]);
        if text.trim_end_matches('%').parse::<f64>().unwrap() <= f64::from(high) {
            return text;
        }
    }
}

pub(crate) fn minor(dice: &mut Dice, range: Option<(i64, i64)>) -> i64 {
    loop {
        let value = *dice.pick(&[0, 1, 100, 1250, 4000, 99_999, -100, -5000]);
        if range.is_none_or(|(low, high)| low <= value && value <= high) {
            return value;
        }
    }
}

/// Near the base day, on the ends of the usual windows.
pub(crate) fn day(dice: &mut Dice, facts: &Facts) -> i64 {
    let near =
        [-366, -92, -91, -31, -30, -29, -8, -7, -6, -2, -1, 0, 1, 2, 6, 7, 8, 30, 31, 32, 92, 365];
    facts.base + dice.pick(&near)
}

/// `2026-03-29 02:30`, on the workspace's clock, which may skip it or show it twice.
pub(crate) fn moment(dice: &mut Dice, facts: &Facts) -> String {
    let clock = dice.word(&["00:00", "01:30", "02:30", "09:00", "23:59"]);
    format!("{} {clock}", world::day_text(day(dice, facts)))
}

impl<'a> Writer<'a> {
    pub(crate) fn new(facts: &'a Facts, request: bool) -> Self {
        Self { facts, request, used: BTreeSet::new(), may_be_unknown: false }
    }

    /// One to `most` lines; none only in an inner list.
    pub(crate) fn list(
        &mut self,
        dice: &mut Dice,
        depth: usize,
        must_answer: bool,
        most: usize,
    ) -> Vec<Item> {
        let count = dice.between(1, most);
        let mut lines: Vec<Item> =
            (0..count).filter_map(|_| self.line(dice, depth, must_answer)).collect();
        // Nothing is asked about yet at the top of a list, so that one of these always finds an attribute.
        for _ in 0..40 {
            if lines.is_empty() {
                lines.extend(self.test(dice, must_answer));
            }
        }
        lines
    }

    fn line(&mut self, dice: &mut Dice, depth: usize, must_answer: bool) -> Option<Item> {
        match dice.below(10) {
            0 | 1 if depth < 2 => {
                let none = dice.percent(45);
                let lines = if none || must_answer {
                    self.list(dice, depth + 1, true, 3)
                } else {
                    let count = dice.between(1, 3);
                    self.alternatives(dice, depth + 1, count)
                };
                let heading = if none { "none" } else { "any" };
                (!lines.is_empty()).then(|| tree::block(heading, None, lines))
            }
            2 | 3 if !self.facts.segments.is_empty() => self.segment(dice, must_answer),
            _ => self.test(dice, must_answer),
        }
    }

    /// The lines of an `any` that is not under `none` or `never`: each may read what the others read.
    fn alternatives(&mut self, dice: &mut Dice, depth: usize, count: usize) -> Vec<Item> {
        let (before, mut after) = (self.used.clone(), self.used.clone());
        let mut lines = Vec::new();
        for _ in 0..count {
            self.used = before.clone();
            lines.extend(self.line(dice, depth, false));
            after.append(&mut self.used);
        }
        self.used = after;
        lines
    }

    /// An `any` of two to four lines, where so much is left to ask about.
    pub(crate) fn any(&mut self, dice: &mut Dice) -> Option<Item> {
        let count = dice.between(2, 4);
        let lines = self.alternatives(dice, 2, count);
        (!lines.is_empty()).then(|| tree::block("any", None, lines))
    }

    fn segment(&mut self, dice: &mut Dice, must_answer: bool) -> Option<Item> {
        let Seg { name, may_be_unknown, reads } = dice.pick(&self.facts.segments).clone();
        if !self.used.is_disjoint(&reads) {
            return None;
        }
        self.used.extend(reads);
        let negative = dice.percent(40);
        let needs = may_be_unknown && (negative || must_answer);
        let answered = needs || dice.percent(if may_be_unknown { 25 } else { 4 });
        self.may_be_unknown |= may_be_unknown && !answered;
        let if_unknown = answered.then(|| tree::answer(dice.percent(50)));
        let segment = word(&name);
        let span = Span::default();
        let test = SegmentTest { negative, segment, if_unknown, span };
        Some(tree::item(Shape::SegmentTest(test)))
    }

    fn test(&mut self, dice: &mut Dice, must_answer: bool) -> Option<Item> {
        let attrs = &self.facts.attrs;
        let attr: &Attr = dice.pick(attrs);
        let key = format!("{} {}", attr.request, attr.name);
        if attr.request && !self.request || !self.used.insert(key) {
            return None;
        }
        let subject = if attr.request {
            Subject::Path(word("request"), word(&attr.name))
        } else {
            Subject::Word(word(&attr.name))
        };
        let (test, negative) = self.question(dice, attr);
        let definite = matches!(test, Test::IsKnown | Test::IsUnknown);
        let optional = attr.need == Need::Optional && !definite;
        let needs = optional && (negative || must_answer);
        let answered = needs || dice.percent(if optional { 20 } else { 3 });
        self.may_be_unknown |= optional && !answered;
        let if_unknown = answered.then(|| tree::answer(dice.percent(50)));
        let condition = Condition { subject, test, if_unknown, span: Span::default() };
        Some(tree::item(Shape::Condition(condition)))
    }

    /// A question that the type can answer, and whether it is a negative one.
    fn question(&self, dice: &mut Dice, attr: &Attr) -> (Test, bool) {
        let facts = self.facts;
        if dice.percent(10) {
            return (if dice.percent(50) { Test::IsKnown } else { Test::IsUnknown }, false);
        }
        let negative = dice.percent(35);
        let one = |dice: &mut Dice| value(dice, facts, &attr.ty);
        let several = |dice: &mut Dice| {
            let mut values: Vec<Atom> = Vec::new();
            for _ in 0..dice.between(1, 3) {
                let next = one(dice);
                if !values.contains(&next) {
                    values.push(next);
                }
            }
            tree::list(values)
        };
        let test = match &attr.ty {
            Ty::YesNo if negative => Test::IsNot(one(dice)),
            Ty::YesNo => Test::Is(one(dice)),
            Ty::OneOf(_) | Ty::Code | Ty::Text => match (dice.percent(50), negative) {
                (true, false) => Test::Is(one(dice)),
                (true, true) => Test::IsNot(one(dice)),
                (false, false) => Test::InList(several(dice)),
                (false, true) => Test::NotInList(several(dice)),
            },
            Ty::SomeOf(_) if negative => Test::Lacks(one(dice)),
            Ty::SomeOf(_) => match dice.below(3) {
                0 => Test::Has(one(dice)),
                1 => Test::HasAny(several(dice)),
                _ => Test::HasAll(several(dice)),
            },
            Ty::Time if dice.percent(35) => return self.ordered(dice, attr, negative),
            Ty::Time if negative => Test::NotWithin(reach(dice, true)),
            Ty::Time => Test::Within(reach(dice, true)),
            Ty::Date if negative && dice.percent(50) => Test::NotWithin(reach(dice, false)),
            Ty::Date if dice.percent(50) && !negative => Test::Within(reach(dice, false)),
            Ty::Number(_) | Ty::Percent(_) | Ty::Money(_) | Ty::Date => {
                return self.ordered(dice, attr, negative);
            }
        };
        (test, negative)
    }

    fn ordered(&self, dice: &mut Dice, attr: &Attr, negative: bool) -> (Test, bool) {
        let one = |dice: &mut Dice| value(dice, self.facts, &attr.ty);
        let test = match (dice.below(10), negative) {
            (0..=1, false) if attr.ty != Ty::Time => Test::Is(one(dice)),
            (0..=3, true) if attr.ty != Ty::Time => Test::IsNot(one(dice)),
            (0..=4, false) | (_, true) => {
                let (low, high) = self.two(dice, attr);
                let range = tree::range(low, high);
                if negative {
                    Test::NotInRange(Box::new(range))
                } else {
                    Test::InRange(Box::new(range))
                }
            }
            (_, false) => {
                use CompareOp::{Above, AtLeast, AtMost, Below};
                let op = *dice.pick(&[AtLeast, AtMost, Above, Below]);
                Test::Compare(op, one(dice))
            }
        };
        (test, negative)
    }

    /// Two values in order.
    fn two(&self, dice: &mut Dice, attr: &Attr) -> (Atom, Atom) {
        match &attr.ty {
            Ty::Date => {
                let first = day(dice, self.facts);
                let last = first + i64::try_from(dice.between(0, 40)).unwrap();
                (lit(&world::day_text(first)), lit(&world::day_text(last)))
            }
            Ty::Time => {
                let (a, b) = (moment(dice, self.facts), moment(dice, self.facts));
                if a <= b { (lit(&a), lit(&b)) } else { (lit(&b), lit(&a)) }
            }
            Ty::Money(range) => {
                let (a, b) = (minor(dice, *range), minor(dice, *range));
                let shown = |minor| lit(&world::money(self.facts.currency, minor));
                (shown(a.min(b)), shown(a.max(b)))
            }
            Ty::Percent(high) => {
                let (a, b) = (percent(dice, *high), percent(dice, *high));
                let size = |text: &str| text.trim_end_matches('%').parse::<f64>().unwrap();
                if size(&a) <= size(&b) { (lit(&a), lit(&b)) } else { (lit(&b), lit(&a)) }
            }
            ty => {
                let (a, b) = (number(dice, ty), number(dice, ty));
                let size = |text: &str| text.parse::<f64>().unwrap();
                if size(&a) <= size(&b) { (lit(&a), lit(&b)) } else { (lit(&b), lit(&a)) }
            }
        }
    }
}

/// `in the last 30 days`; only a time knows minutes and hours, and months need `calendar`.
fn reach(dice: &mut Dice, time: bool) -> Reach {
    let calendar = dice.percent(40);
    let units: &[Unit] = match (calendar, time) {
        (true, _) => &world::UNITS[2..],
        (false, true) => &world::UNITS[..4],
        (false, false) => &world::UNITS[2..4],
    };
    let unit = *dice.pick(units);
    let count = match unit {
        Unit::Minute | Unit::Hour => *dice.pick(&[1, 24, 48, 90]),
        Unit::Day => *dice.pick(&[1, 2, 7, 30, 31]),
        _ => *dice.pick(&[1, 2, 3]),
    };
    Reach { next: dice.percent(40), duration: tree::duration(count, calendar, unit) }
}
