//! Lines with what they saw.
//!
//! A segment is opened where it is first met; later mentions show its verdict. With the cap on the lines of
//! one list this keeps an account readable, and its size by what the rules say rather than by how often
//! they say it.

use std::collections::BTreeSet;

use crate::check::rules::{Condition, Line};
use crate::decision::Trace;
use crate::value::{Type, Typed};

use super::facts::Facts;

/// Segments within segments are opened this far; deeper ones show their verdict only.
const OPENED: usize = 4;

/// Lines within segments that one list shows at most; its own lines are always shown.
const LINES: usize = 1_000;

/// What a list has shown so far.
struct Shown {
    segments: BTreeSet<usize>,
    lines: usize,
}

impl Facts<'_> {
    /// Every line of a list, in the order written.
    pub(super) fn traces(&self, lines: &[Condition]) -> Vec<Trace> {
        let mut shown = Shown { segments: BTreeSet::new(), lines: 0 };
        self.inner(lines, OPENED, &mut shown)
    }

    fn inner(&self, lines: &[Condition], open: usize, shown: &mut Shown) -> Vec<Trace> {
        lines.iter().map(|line| self.trace(line, open, shown)).collect()
    }

    fn trace(&self, condition: &Condition, open: usize, shown: &mut Shown) -> Trace {
        let (seen, inner) = match condition {
            Condition::Test(test) => (self.seen(test.attribute), Vec::new()),
            Condition::Segment(test) => {
                let segment = self.rules.segments.get(test.segment);
                let lines = segment.map_or(&[][..], |segment| segment.conditions.as_slice());
                let fits = open > 0 && shown.lines + lines.len() <= LINES;
                if fits && shown.segments.insert(test.segment) {
                    shown.lines += lines.len();
                    (None, self.inner(lines, open - 1, shown))
                } else {
                    (None, Vec::new())
                }
            }
            Condition::Any(lines, _) | Condition::None(lines, _) => {
                (None, self.inner(lines, open, shown))
            }
            Condition::Entry(_) => (None, Vec::new()),
        };
        let verdict = self.verdict(condition);
        Trace {
            line: line(condition).clone(),
            truth: verdict.truth,
            seen,
            answered: verdict.answered,
            inner,
        }
    }

    /// A value as authors write it; personal data stays out.
    pub(super) fn seen(&self, attribute: usize) -> Option<String> {
        let found = self.rules.attributes.get(attribute)?;
        let value = self.value(attribute)?;
        Some(if found.personal_data {
            "(personal data)".to_owned()
        } else {
            show(value, &found.kind)
        })
    }
}

fn show(value: &Typed, kind: &Type) -> String {
    match (value, kind) {
        // A mean of amounts, to the nearest minor unit.
        (Typed::Number(mean), Type::Money { .. }) => super::score::show(*mean, kind),
        _ => value.show(kind),
    }
}

/// Where a condition stands.
pub(super) fn line(condition: &Condition) -> &Line {
    match condition {
        Condition::Test(test) => &test.line,
        Condition::Segment(test) => &test.line,
        Condition::Entry(test) => &test.line,
        Condition::Any(_, line) | Condition::None(_, line) => line,
    }
}
