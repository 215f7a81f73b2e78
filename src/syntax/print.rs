//! The formatter: a tree as text, in the one style there is.
//!
//! Two blanks of indent, at most 100 characters a line where a line can be broken, comments kept. What the
//! author put on one line stays on one line while it fits. Printing what was printed changes nothing.

use super::ast::{
    Aggregate, Atom, Body, Comment, Condition, Definition, File, Formula, Item, SegmentTest,
};
use super::pieces::{Line, Piece, flat_entry, flat_list};
use crate::mutant::mutant;

const WIDTH: usize = 100;
const STEP: usize = 2;

/// The text of a file.
///
/// Empty lines: at most one; between two definitions where the author had one, and always around a
/// definition of several lines. Cost: linear in the tree, times its depth.
///
/// # Example
/// ```
/// use onward::syntax::{Limits, Source, parse, print};
/// let source = Source::new("a.journey", "segment  young { age in 18 to 29 ,plan is fibre }");
/// let (file, problems) = parse(&source, &Limits::default());
/// assert!(problems.is_empty());
/// assert_eq!(print(&file), "segment young { age in 18 to 29, plan is fibre }\n");
/// ```
#[must_use]
pub fn print(file: &File) -> String {
    let mut out = String::new();
    let mut before_is_tall = false;
    for (at, definition) in file.definitions.iter().enumerate() {
        let text = definition_text(definition);
        let tall = text.contains('\n');
        let first_blank = definition
            .comments
            .first()
            .map_or(definition.blank_above, |comment| comment.blank_above);
        if at > 0 && (first_blank || tall || before_is_tall) {
            out.push('\n');
        }
        comments(&mut out, &definition.comments, 0, true);
        if definition.blank_above && !definition.comments.is_empty() {
            out.push('\n');
        }
        out.push_str(&text);
        trailing(&mut out, definition.comment.as_ref());
        out.push('\n');
        before_is_tall = tall;
    }
    let blank = file.end_comments.first().is_some_and(|comment| comment.blank_above);
    if !file.definitions.is_empty() && (blank || (before_is_tall && !file.end_comments.is_empty()))
    {
        out.push('\n');
    }
    comments(&mut out, &file.end_comments, 0, true);
    out
}

/// One line as text, without the comments around it; blocks are written on the same line.
///
/// # Example
/// ```
/// use onward::syntax::{Limits, Source, parse, print_item};
/// let source = Source::new("a.journey", "segment young { age   in 18 to 29 }");
/// let (file, _) = parse(&source, &Limits::default());
/// assert_eq!(print_item(&file.definitions[0].body.items[0]), "age in 18 to 29");
/// ```
#[must_use]
pub fn print_item(item: &Item) -> String {
    Line::flat(|line| line.shape(&item.shape))
}

/// A condition as one line: `churn_risk >= 60% (if_unknown: no)`.
#[must_use]
pub fn print_condition(condition: &Condition) -> String {
    Line::flat(|line| line.condition(condition))
}

/// A question about events as one line: `count of purchase in the last 30 days`.
#[must_use]
pub fn print_aggregate(aggregate: &Aggregate) -> String {
    Line::flat(|line| line.aggregate(aggregate))
}

/// A question about a segment as one line: `not in segment loyal`.
#[must_use]
pub fn print_segment_test(test: &SegmentTest) -> String {
    Line::flat(|line| line.segment_test(test))
}

/// One value, name or path: `EUR 40`, `request.page`.
#[must_use]
pub fn print_atom(atom: &Atom) -> String {
    Line::flat(|line| line.atom(atom))
}

/// A formula as one line: `propensity * value * weight`.
#[must_use]
pub fn print_formula(formula: &Formula) -> String {
    Line::flat(|line| line.formula(formula))
}

/// The heading of a definition as the author would write it: `event purchase kept 800 days`.
#[must_use]
pub fn print_heading(definition: &Definition) -> String {
    Line::flat(|line| line.heading(definition, &definition.clauses))
}

fn definition_text(definition: &Definition) -> String {
    lay_out(&Line::of_definition(definition), 0)
}

fn width(text: &str) -> usize {
    text.chars().count()
}

fn pad(out: &mut String, indent: usize) {
    out.extend(std::iter::repeat_n(' ', indent));
}

fn comments(out: &mut String, comments: &[Comment], indent: usize, mut first: bool) {
    for comment in comments {
        if comment.blank_above && !first {
            out.push('\n');
        }
        pad(out, indent);
        out.push_str(&comment.text);
        out.push('\n');
        first = false;
    }
}

fn trailing(out: &mut String, comment: Option<&Comment>) {
    if let Some(comment) = comment
        && !mutant!("print_drops_comment")
    {
        out.push_str("  ");
        out.push_str(&comment.text);
    }
}

/// Whether a block can stand on one line: the author had it so, or it is empty, and no comment is in it.
fn can_be_flat(body: &Body) -> bool {
    (body.one_line || body.items.is_empty())
        && body.opening_comment.is_none()
        && body.end_comments.is_empty()
        && body.items.iter().all(|item| {
            item.comment.is_none()
                && item.comments.is_empty()
                && line_can_be_flat(&Line::of(&item.shape))
        })
}

fn line_can_be_flat(line: &Line<'_>) -> bool {
    line.pieces.iter().all(|piece| match piece {
        Piece::Block(body, _) => can_be_flat(body),
        Piece::Words(words) => !words.contains('\n'),
        Piece::List(..) => true,
    })
}

/// The line on one line, if the author's layout and the width allow it.
fn flat(line: &Line<'_>, column: usize) -> Option<String> {
    if !line_can_be_flat(line) {
        return None;
    }
    let text = Line::joined(&line.pieces);
    (column + width(&text) <= WIDTH).then_some(text)
}

/// What of a line is broken.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Breaking {
    /// The blocks that cannot be flat, or the last one where all could.
    Needed,
    /// Every block that has lines.
    Blocks,
    /// Every block and every list.
    All,
}

/// The line with its blocks, on as many lines as it takes; the first one is not indented.
fn lay_out(line: &Line<'_>, indent: usize) -> String {
    if let Some(text) = flat(line, indent) {
        return text;
    }
    let mut text = String::new();
    for breaking in [Breaking::Needed, Breaking::Blocks, Breaking::All] {
        text = broken(line, indent, breaking);
        // Only the line's own lines count: those of its blocks are broken by themselves.
        if own_lines_fit(line, indent, breaking) {
            break;
        }
    }
    text
}

/// Which pieces are broken, in order.
fn breaks(line: &Line<'_>, breaking: Breaking) -> Vec<bool> {
    let all_flat = line_can_be_flat(line);
    let last_block = line
        .pieces
        .iter()
        .rposition(|piece| matches!(piece, Piece::Block(body, _) if !body.items.is_empty()));
    line.pieces
        .iter()
        .enumerate()
        .map(|(at, piece)| match piece {
            Piece::Words(_) => false,
            Piece::List(list, _) => breaking == Breaking::All && !list.entries.is_empty(),
            Piece::Block(body, _) => {
                !can_be_flat(body)
                    || (!body.items.is_empty()
                        && (breaking != Breaking::Needed || (all_flat && last_block == Some(at))))
            }
        })
        .collect()
}

fn own_lines_fit(line: &Line<'_>, indent: usize, breaking: Breaking) -> bool {
    let mut column = indent;
    for (piece, broken) in line.pieces.iter().zip(breaks(line, breaking)) {
        match piece {
            Piece::Words(words) => column += width(words),
            Piece::List(..) | Piece::Block(..) if broken => {
                if column + 1 > WIDTH {
                    return false;
                }
                column = indent + 1;
            }
            Piece::List(list, _) => column += width(&flat_list(list)),
            Piece::Block(body, heading) => {
                column += width(&Line::joined(&[Piece::Block(body, heading)]));
            }
        }
        if column > WIDTH {
            return false;
        }
    }
    true
}

fn broken(line: &Line<'_>, indent: usize, breaking: Breaking) -> String {
    let mut out = String::new();
    for (piece, broken) in line.pieces.iter().zip(breaks(line, breaking)) {
        match piece {
            Piece::Words(words) => out.push_str(words),
            Piece::List(list, _) if broken => {
                out.push('[');
                let entries = list.entries.iter().map(flat_entry);
                fill(&mut out, entries, indent + STEP);
                out.push('\n');
                pad(&mut out, indent);
                out.push(']');
            }
            Piece::List(list, _) => out.push_str(&flat_list(list)),
            Piece::Block(body, _) if broken => block(&mut out, body, indent),
            Piece::Block(body, heading) => {
                out.push_str(&Line::joined(&[Piece::Block(body, heading)]));
            }
        }
    }
    out
}

/// Entries on as few lines as they need.
fn fill(out: &mut String, entries: impl Iterator<Item = String>, indent: usize) {
    let mut column = WIDTH;
    for (at, entry) in entries.enumerate() {
        let wide = width(&entry);
        if at > 0 {
            out.push(',');
        }
        if column + 2 + wide > WIDTH - 1 {
            out.push('\n');
            pad(out, indent);
            column = indent + wide;
        } else {
            out.push(' ');
            column += 2 + wide;
        }
        out.push_str(&entry);
    }
}

/// A block over several lines, from its opening brace to its closing one.
fn block(out: &mut String, body: &Body, indent: usize) {
    out.push('{');
    trailing(out, body.opening_comment.as_ref());
    let inner = indent + STEP;
    let mut column = 0;
    let mut can_join = false;
    for (at, item) in body.items.iter().enumerate() {
        let line = Line::of(&item.shape);
        if item.joined
            && can_join
            && item.comments.is_empty()
            && let Some(text) = flat(&line, column + 2)
        {
            out.push_str(", ");
            out.push_str(&text);
            column += 2 + width(&text);
        } else {
            out.push('\n');
            let first_blank =
                item.comments.first().map_or(item.blank_above, |comment| comment.blank_above);
            if at > 0 && first_blank {
                out.push('\n');
            }
            comments(out, &item.comments, inner, true);
            if item.blank_above && !item.comments.is_empty() {
                out.push('\n');
            }
            pad(out, inner);
            let text = lay_out(&line, inner);
            can_join = !text.contains('\n');
            column = inner + width(&text);
            out.push_str(&text);
        }
        if item.comment.is_some() {
            trailing(out, item.comment.as_ref());
            can_join = false;
        }
    }
    out.push('\n');
    let blank = body.end_comments.first().is_some_and(|comment| comment.blank_above);
    if blank && !body.items.is_empty() {
        out.push('\n');
    }
    comments(out, &body.end_comments, inner, true);
    pad(out, indent);
    out.push('}');
}
