//! The canonical text of a definition: what it says, without comments, layout and the order that means nothing.

use std::ops::Range;

use super::ast::{Body, Clause, Definition, List};
use super::pieces::{Line, Written};
use crate::mutant::mutant;

/// Canonical text for the fingerprint: equal for definitions that say the same in another order or layout.
///
/// Lines and plain lists are sorted. The order is kept where it means something: in `steps`, `path`,
/// `branch` and scenarios, in `first of` and `preferred of`, in `languages`, in what a scenario expects to
/// be shown, in formulas and ranges. Cost: n log n in the lines of a block.
///
/// # Example
/// ```
/// use onward::syntax::{Limits, Source, normal, parse};
/// let read = |text: &str| parse(&Source::new("a.journey", text), &Limits::default()).0;
/// let one = read("segment s { plan in [a, b]\n vip is yes } # regulars");
/// let two = read("segment s { vip is yes, plan in [b, a] }");
/// assert_eq!(normal(&one.definitions[0]), normal(&two.definitions[0]));
/// ```
#[must_use]
pub fn normal(definition: &Definition) -> String {
    Line::written(true, |line| {
        if definition.clauses.len() < 2 {
            return line.definition(definition, &definition.clauses);
        }
        let mut clauses = definition.clauses.clone();
        clauses.sort_by_key(|clause| match clause {
            Clause::Kept(_) => (0, String::new()),
            Clause::Was(word) => (1, word.text.clone()),
            Clause::Retired(date) => (2, date.raw.clone()),
        });
        line.definition(definition, &clauses);
    })
}

fn is_ordered(heading: &str) -> bool {
    matches!(heading, "steps" | "path" | "branch" | "scenario") && !mutant!("normal_sorts_steps")
}

impl<'a> Line<'a> {
    /// A block whose lines stand in the order of their texts, unless theirs means something.
    pub(super) fn normal_block(&mut self, body: &'a Body, heading: &str) {
        self.put("{ ");
        self.in_order(!is_ordered(heading), body.items.iter(), |line, item| {
            line.shape(&item.shape)
        });
        self.put(" }");
    }

    /// A list whose order means nothing.
    pub(super) fn normal_list(&mut self, list: &List) {
        self.put("[");
        self.in_order(true, list.entries.iter(), Self::entry);
        self.put("]");
    }

    /// Writes parts with commas between them, in the order of their texts where they are `sorted`.
    fn in_order<T>(
        &mut self,
        sorted: bool,
        parts: impl Iterator<Item = T>,
        write: impl Fn(&mut Self, T),
    ) {
        let length = |line: &Self| line.written.as_ref().map_or(0, |written| written.text.len());
        let start = length(self);
        let mut places: Vec<Range<usize>> = Vec::with_capacity(parts.size_hint().0);
        for part in parts {
            if !places.is_empty() {
                self.put(", ");
            }
            let from = length(self) - start;
            write(self, part);
            places.push(from..length(self) - start);
        }
        let Some(Written { text, .. }) = self.written.as_mut().filter(|_| sorted) else { return };
        if mutant!("normal_keeps_the_order_written") {
            return;
        }
        let all = text.get(start..).unwrap_or("");
        let part = |place: &Range<usize>| all.get(place.clone()).unwrap_or("");
        if places.is_sorted_by(|a, b| part(a) <= part(b)) {
            return;
        }
        let all = text.split_off(start);
        let part = |place: &Range<usize>| all.get(place.clone()).unwrap_or("");
        places.sort_by(|a, b| part(a).cmp(part(b)));
        for (at, place) in places.iter().enumerate() {
            if at > 0 {
                text.push_str(", ");
            }
            text.push_str(part(place));
        }
    }
}
