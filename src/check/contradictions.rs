//! Lines of one list that exclude each other, so that nobody is left.
//!
//! Every line becomes what it demands of one attribute: which known values pass, and whether the unknown
//! does. Segments are opened up, `any` is tried choice by choice, `none` is turned round. Nothing is reported
//! that somebody could pass.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::conditions::line_of;
use super::rules::{Action, Attribute, Condition, Line, Need, SegmentTest, Test};
use super::scope::{Problems, Scope};
use super::sets::{self, Allowance, Passes};
use crate::diagnostic::{Code, Diagnostic, source_of};
use crate::mutant::mutant;
use crate::syntax::Source;

/// How many demands are looked at; a longer list is given the benefit of the doubt.
const MOST: usize = 500;

/// How many combinations of choices are tried, and how many values and lines are touched on the way.
const WORLDS: usize = 256;
const TOUCHED: usize = 200_000;

/// How deep segments are opened up.
const DEEPEST: usize = 64;

/// What one line demands of an attribute.
#[derive(Clone, Debug)]
struct Demand<'c> {
    attribute: usize,
    /// Whether the unknown passes.
    unknown: bool,
    /// Shared by all worlds that the demand is part of.
    known: Rc<Passes<'c>>,
    line: &'c Line,
    /// The line of the list itself that it comes from.
    top: &'c Line,
}

/// What a condition must come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Want {
    /// True rather than false.
    truth: bool,
    /// Or unknown: a line that must not be the other.
    open: bool,
}

const HOLD: Want = Want { truth: true, open: false };
const FAIL: Want = Want { truth: false, open: false };

impl Want {
    /// What a line behind a negation must come to.
    fn turned(self) -> Self {
        Self { truth: !self.truth, ..self }
    }

    /// What is wanted where an unknown counts as said.
    fn answered(self, if_unknown: Option<bool>) -> Self {
        Self { open: if_unknown.map_or(self.open, |yes| yes == self.truth), ..self }
    }
}

/// A condition and what it must come to.
type Must<'c> = (&'c Condition, Want);

/// What has been opened up so far.
#[derive(Clone, Debug, Default)]
struct World<'c> {
    demands: Vec<Demand<'c>>,
    inside: BTreeMap<usize, &'c Line>,
    outside: BTreeMap<usize, &'c Line>,
    choices: Vec<(Rc<[Must<'c>]>, &'c Line)>,
    /// Segments whose lines are in it, and whether they may be unknown.
    opened: BTreeSet<(usize, bool)>,
    /// Lines of the list that name a segment: what clashes within one is reported with that segment.
    named: Rc<[&'c Line]>,
}

/// What a list is looked at with.
#[derive(Clone, Copy)]
struct Look<'c> {
    scope: &'c Scope<'c>,
    allowance: &'c Allowance<'c>,
}

/// Two lines that cannot both hold, or one `any` of which no choice can.
enum Clash<'c> {
    Pair(&'c Line, &'c Line, &'c Line, &'c Line),
    Several(Vec<&'c Line>),
    Any(&'c Line),
}

/// Reports a list that nobody can pass; `user` is `action x` or `segment x`.
pub(crate) fn report(
    scope: &Scope<'_>,
    file: &Source,
    user: &str,
    list: &[Condition],
    problems: &mut Problems,
) {
    against(scope, file, user, list, &[], problems);
}

/// Reports an action whose `never` excludes everyone that `who` lets through; where `who` itself lets nobody
/// through, that was reported with it.
pub(crate) fn who_and_never(scope: &Scope<'_>, action: &Action, problems: &mut Problems) {
    if action.never.is_empty() {
        return;
    }
    let Some(file) = source_of(scope.sources, &action.line.file) else { return };
    let mut alone = Problems::default();
    let user = format!("action {}", action.name);
    report(scope, file, &user, &action.who, &mut alone);
    if alone.0.is_empty() {
        against(scope, file, &user, &action.who, &action.never, problems);
    }
}

/// Reports a list that nobody can pass who is not excluded by `never`.
pub(crate) fn against(
    scope: &Scope<'_>,
    file: &Source,
    user: &str,
    list: &[Condition],
    never: &[Condition],
    problems: &mut Problems,
) {
    if mutant!("contradictions_unseen") {
        return;
    }
    let allowance = Allowance::new(TOUCHED, &scope.touched);
    let look = Look { scope, allowance: &allowance };
    let segments = list.iter().chain(never).filter(|line| matches!(line, Condition::Segment(_)));
    let mut world = World { named: segments.map(line_of).collect(), ..World::default() };
    for condition in list {
        world.add(look, (condition, HOLD), line_of(condition), 0);
    }
    for condition in never {
        world.add(look, (condition, FAIL), line_of(condition), 0);
    }
    let Some(clash) = world.clash(look) else { return };
    let (kind, name) = user.split_once(' ').unwrap_or(("", user));
    let verb = if matches!(kind, "segment" | "journey") { "be in" } else { "get" };
    let headline = format!("nobody can {verb} `{name}`");
    let found = |at: &Line, why: String| {
        Diagnostic::new(Code("E0403"), file.name(), scope.span_of(at), &*headline, why)
    };
    let report = match clash {
        Clash::Pair(first, second, top_first, top_second) => {
            let (a, b) = if (first.line, first.column) <= (second.line, second.column) {
                (first, second)
            } else {
                (second, first)
            };
            // Both come from one segment: it is reported there.
            if top_first == top_second && world.names_segment(top_first) {
                return;
            }
            let why = if a.file == b.file {
                format!("lines {} and {} exclude each other", a.line, b.line)
            } else {
                format!(
                    "{} line {} and {} line {} exclude each other",
                    a.file, a.line, b.file, b.line
                )
            };
            let (at, other) =
                if (top_first.line, top_first.column) <= (top_second.line, top_second.column) {
                    (top_second, first)
                } else {
                    (top_first, second)
                };
            let own = if other == at { second } else { other };
            let found = found(at, why).also(&own.file, scope.span_of(own), "excludes it");
            found.advice("use `any { }` if either line is enough, or remove one of them")
        }
        Clash::Several(lines) => {
            let mut numbers: Vec<String> = lines.iter().map(|line| line.line.to_string()).collect();
            numbers.dedup();
            let why = format!(
                "lines {} exclude each other together",
                super::nearest::listed(&numbers, "and")
            );
            let Some(last) = lines.last() else { return };
            found(last, why).advice("use `any { }` if one of these lines is enough")
        }
        Clash::Any(line) => {
            let why = if line.text.starts_with("any") {
                "no line of this `any` can hold together with the other lines"
            } else {
                "however this line comes to hold, other lines exclude it"
            };
            found(line, why.to_owned()).advice("remove the lines that exclude all choices")
        }
    };
    problems.push(report);
}

impl<'c> World<'c> {
    fn add(&mut self, look: Look<'c>, (condition, want): Must<'c>, top: &'c Line, depth: usize) {
        let work = match condition {
            Condition::Test(test) => 1 + values(&test.test),
            _ => 1,
        };
        if self.demands.len() > MOST || depth > DEEPEST || !look.allowance.spend(work) {
            return;
        }
        match condition {
            Condition::Test(test) => {
                let Some(attribute) = look.scope.attributes.get(test.attribute) else { return };
                let known = match want.truth {
                    true => sets::passes(&test.test, attribute),
                    false => sets::fails(&test.test, attribute),
                };
                let unknown = match test.test {
                    Test::Known { negative } => negative == want.truth,
                    _ => want.answered(test.if_unknown).open,
                };
                self.demand(test.attribute, attribute, unknown, known, &test.line, top);
            }
            Condition::Segment(test) => self.segment(look, test, want, top, depth),
            // Each of them may hold.
            Condition::Entry(_) => {}
            Condition::Any(inner, _) => self.several(look, inner, want, top, depth),
            // None of them holds: not any of them does.
            Condition::None(inner, _) => self.several(look, inner, want.turned(), top, depth),
        }
    }

    /// Lines of which one must come to be true, or all to be false.
    fn several(
        &mut self,
        look: Look<'c>,
        inner: &'c [Condition],
        want: Want,
        top: &'c Line,
        depth: usize,
    ) {
        if want.truth {
            self.choices.push((inner.iter().map(|condition| (condition, want)).collect(), top));
            return;
        }
        for condition in inner {
            self.add(look, (condition, want), top, depth + 1);
        }
    }

    fn demand(
        &mut self,
        index: usize,
        attribute: &Attribute,
        unknown: bool,
        known: Passes<'c>,
        line: &'c Line,
        top: &'c Line,
    ) {
        // A line that no value passes by itself is reported as that.
        let itself = sets::is_empty(&known, &attribute.kind) && !matches!(known, Passes::Nothing);
        if !itself || !std::ptr::eq(line, top) {
            let known = Rc::new(known);
            self.demands.push(Demand { attribute: index, unknown, known, line, top });
        }
    }

    fn segment(
        &mut self,
        look: Look<'c>,
        test: &'c SegmentTest,
        want: Want,
        top: &'c Line,
        depth: usize,
    ) {
        let want = want.answered(test.if_unknown);
        let want = if test.negative { want.turned() } else { want };
        let read = look.scope.segments.get(&test.segment);
        if want.truth {
            if !want.open {
                self.inside.entry(test.segment).or_insert(top);
            }
            if let Some(segment) = read
                && self.opened.insert((test.segment, want.open))
            {
                for condition in &segment.conditions {
                    self.add(look, (condition, want), top, depth + 1);
                }
            }
            return;
        }
        self.outside.entry(test.segment).or_insert(top);
        match read.map(|segment| segment.conditions.as_slice()) {
            None => {}
            Some([only]) => self.add(look, (only, want), top, depth + 1),
            Some(lines) => {
                self.choices.push((lines.iter().map(|line| (line, want)).collect(), top));
            }
        }
    }

    /// A copy, for trying a choice; `None` once the allowance is used up.
    fn copy(&self, look: Look<'c>) -> Option<Self> {
        let parts = [self.demands.len(), self.inside.len(), self.outside.len(), self.opened.len()];
        let work = parts.iter().sum::<usize>() + self.choices.len();
        look.allowance.spend(work).then(|| self.clone())
    }

    /// The first clash there is, in order of lines.
    fn clash(&self, look: Look<'c>) -> Option<Clash<'c>> {
        if let Some(found) = self.plain_clash(look) {
            return Some(found);
        }
        let mut budget = WORLDS;
        // Where one line alone lets nobody through, that is reported with what it names.
        if self.choices.is_empty()
            || self.is_impossible(look)
            || possible(self.copy(look)?, look, &mut budget, 0)
        {
            return None;
        }
        let line = self.choices.last().map(|(_, line)| *line)?;
        let mut one = self.choices.iter().take(16).filter(|choice| {
            let Some(world) = self.copy(look) else { return false };
            let world = World { choices: vec![(*choice).clone()], ..world };
            !possible(world, look, &mut WORLDS.clone(), 0)
        });
        Some(Clash::Any(one.next().map_or(line, |(_, line)| *line)))
    }

    /// Whether the lines that must all hold let nobody through, choices left aside.
    fn is_impossible(&self, look: Look<'_>) -> bool {
        if self.inside.iter().any(|(segment, _)| self.outside.contains_key(segment)) {
            return true;
        }
        self.by_attribute().into_iter().any(|(index, demands)| {
            let attribute = look.scope.attributes.get(index);
            attribute.is_some_and(|attribute| impossible(&demands, attribute, look.allowance))
        })
    }

    fn names_segment(&self, line: &Line) -> bool {
        self.named.iter().any(|named| std::ptr::eq(*named, line))
    }

    fn by_attribute(&self) -> BTreeMap<usize, Vec<&Demand<'c>>> {
        let mut by_attribute: BTreeMap<usize, Vec<&Demand<'c>>> = BTreeMap::new();
        for demand in &self.demands {
            by_attribute.entry(demand.attribute).or_default().push(demand);
        }
        by_attribute
    }

    /// A clash among the lines that must all hold, choices left aside.
    fn plain_clash(&self, look: Look<'_>) -> Option<Clash<'c>> {
        for (segment, inside) in &self.inside {
            if let Some(outside) = self.outside.get(segment)
                && inside != outside
            {
                return Some(Clash::Pair(inside, outside, inside, outside));
            }
        }
        for (index, demands) in self.by_attribute() {
            let Some(attribute) = look.scope.attributes.get(index) else { continue };
            if !impossible(&demands, attribute, look.allowance) {
                continue;
            }
            for (at, second) in demands.iter().enumerate() {
                for first in demands.iter().take(at) {
                    if impossible(&[first, second], attribute, look.allowance) {
                        return Some(Clash::Pair(first.line, second.line, first.top, second.top));
                    }
                }
            }
            let mut tops: Vec<&Line> = demands.iter().map(|demand| demand.top).collect();
            tops.sort_by_key(|line| (line.line, line.column));
            tops.dedup();
            if tops.len() > 1 {
                return Some(Clash::Several(tops));
            }
            // Of one block: its own lines.
            if demands.len() > 1 && !tops.iter().any(|top| self.names_segment(top)) {
                let mut lines: Vec<&Line> = demands.iter().map(|demand| demand.line).collect();
                lines.sort_by_key(|line| (line.line, line.column));
                lines.dedup();
                return Some(Clash::Several(lines));
            }
        }
        None
    }
}

/// How many values a test names.
fn values(test: &Test) -> usize {
    match test {
        Test::Equals { values, .. } => values.len(),
        Test::HasAny { values, .. } | Test::HasAll { values } => values.len(),
        Test::Known { .. } | Test::Between { .. } | Test::Within { .. } => 1,
    }
}

/// Whether neither the unknown nor any known value passes all demands.
fn impossible(demands: &[&Demand<'_>], attribute: &Attribute, allowance: &Allowance<'_>) -> bool {
    let unknown = attribute.need == Need::Optional
        && demands.iter().all(|demand| demand.unknown)
        && !mutant!("unknown_never_saves");
    if unknown {
        return false;
    }
    let known: Vec<&Passes<'_>> = demands.iter().map(|demand| &*demand.known).collect();
    sets::exclude(&known, &attribute.kind, allowance)
}

/// Whether some choice of each `any` goes with all other lines; `true` once the budget is used up.
fn possible<'c>(mut world: World<'c>, look: Look<'c>, budget: &mut usize, depth: usize) -> bool {
    if *budget == 0 || depth > DEEPEST || look.allowance.is_spent() {
        return true;
    }
    *budget -= 1;
    if world.is_impossible(look) {
        return false;
    }
    let Some((choices, top)) = world.choices.pop() else { return true };
    // An `any` whose lines were all broken says nothing.
    choices.is_empty()
        || choices.iter().any(|must| {
            let Some(mut next) = world.copy(look) else { return true };
            next.add(look, *must, top, depth);
            possible(next, look, budget, depth + 1)
        })
}
