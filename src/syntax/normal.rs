//! The canonical text of a definition: what it says, without comments, layout and the order that means nothing.

use super::ast::{Clause, Definition};
use super::pieces::{Line, Piece, flat_entry};
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
    let mut clauses = definition.clauses.clone();
    clauses.sort_by_key(|clause| match clause {
        Clause::Kept(_) => (0, String::new()),
        Clause::Was(word) => (1, word.text.clone()),
        Clause::Retired(date) => (2, date.raw.clone()),
    });
    let sorted;
    let definition = if clauses == definition.clauses {
        definition
    } else {
        sorted = Definition { clauses, ..definition.clone() };
        &sorted
    };
    line(&Line::of_definition(definition))
}

fn is_ordered(heading: &str) -> bool {
    matches!(heading, "steps" | "path" | "branch" | "scenario") && !mutant!("normal_sorts_steps")
}

fn line(of: &Line<'_>) -> String {
    let mut out = String::new();
    for piece in &of.pieces {
        match piece {
            Piece::Words(words) => out.push_str(words),
            Piece::List(list, ordered) => {
                let mut entries: Vec<String> = list.entries.iter().map(flat_entry).collect();
                if !ordered {
                    entries.sort();
                }
                out.push('[');
                out.push_str(&entries.join(", "));
                out.push(']');
            }
            Piece::Block(body, heading) => {
                let mut lines: Vec<String> =
                    body.items.iter().map(|item| line(&Line::of(&item.shape))).collect();
                if !is_ordered(heading) {
                    lines.sort();
                }
                out.push_str("{ ");
                out.push_str(&lines.join(", "));
                out.push_str(" }");
            }
        }
    }
    out
}
