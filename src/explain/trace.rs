//! Lines with what they saw.

use crate::check::rules::{Condition, Line};
use crate::decision::Trace;
use crate::value::{Type, Typed};

use super::facts::Facts;

/// Segments within segments are opened this far; deeper ones show their verdict only.
const OPENED: usize = 4;

impl Facts<'_> {
    /// Every line of a list, in the order written.
    pub(super) fn traces(&self, lines: &[Condition]) -> Vec<Trace> {
        self.inner(lines, OPENED)
    }

    fn inner(&self, lines: &[Condition], open: usize) -> Vec<Trace> {
        lines.iter().map(|line| self.trace(line, open)).collect()
    }

    fn trace(&self, condition: &Condition, open: usize) -> Trace {
        let (seen, inner) = match condition {
            Condition::Test(test) => (self.seen(test.attribute), Vec::new()),
            Condition::Segment(test) => {
                let segment = self.rules.segments.get(test.segment).filter(|_| open > 0);
                let lines = segment.map_or(&[][..], |segment| segment.conditions.as_slice());
                (None, self.inner(lines, open.saturating_sub(1)))
            }
            Condition::Any(lines, _) | Condition::None(lines, _) => (None, self.inner(lines, open)),
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
    value.show(kind)
}

/// Where a condition stands.
pub(super) fn line(condition: &Condition) -> &Line {
    match condition {
        Condition::Test(test) => &test.line,
        Condition::Segment(test) => &test.line,
        Condition::Any(_, line) | Condition::None(_, line) => line,
    }
}
