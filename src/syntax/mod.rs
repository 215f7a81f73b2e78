//! Reading: rule text to a tree, and back.
//!
//! In: a [`Source`] and its [`Limits`]. Out: a [`File`] with every definition that could be read,
//! and one [`Diagnostic`] per cause. The only place with pest. Knows nothing of schemas, types or running
//! rules.
//!
//! Three passes, all linear: `scan` checks characters, `structure` checks brackets and cuts the text at its
//! definitions, and the grammar reads them block by block. A line that no shape fits becomes
//! [`Shape::Unreadable`](ast::Shape::Unreadable), and `unreadable` finds the author's mistake in it.

pub mod ast;
mod clean;
mod known;
mod letters;
mod lower;
mod lower_parts;
mod mistake_shapes;
mod mistake_values;
mod mistake_words;
mod mistakes;
mod moved;
mod normal;
mod parser;
mod pieces;
mod print;
mod problems;
mod scan;
mod source;
mod structure;
mod unreadable;

pub use ast::Span;
pub(crate) use known::Known;
pub use normal::normal;
pub use print::{
    print, print_aggregate, print_atom, print_condition, print_formula, print_heading, print_item,
    print_segment_test,
};
pub use source::{Limits, Source};

use crate::diagnostic::{Code, Diagnostic, Severity};
use ast::{Comment, File};

/// Reads one file.
///
/// - Shape: every definition that could be read, in the order written; a broken line stays in it as
///   [`Shape::Unreadable`](ast::Shape::Unreadable), a definition whose braces do not match is left out.
/// - Cost: linear in the text; memory at most a few dozen times its size. Never panics or hangs, and needs
///   little stack, however the text is nested.
/// - Problems are in no particular order; [`Diagnostics::new`](crate::diagnostic::Diagnostics::new) sorts them.
///
/// # Example
/// ```
/// use onward::syntax::{Limits, Source, parse};
/// let source = Source::new("fr.journey", "segment french {\n  country = FR\n}\n");
/// let (file, problems) = parse(&source, &Limits::default());
/// assert_eq!(file.definitions.len(), 1);
/// assert_eq!(problems[0].headline, "use `is` to compare");
/// assert_eq!(problems[0].fixes[0].paste, "country is FR");
/// ```
#[must_use]
pub fn parse(source: &Source, limits: &Limits) -> (File, Vec<Diagnostic>) {
    let (file, found, more) = parse_counting(source, limits, &mut Known::default());
    (file, shorten(found, more, source.name(), limits.problems))
}

/// As [`parse`], with the problems found and the number of those that were only counted. `known` are lines of files
/// that were read before: with them it is quicker, and the same.
pub(crate) fn parse_counting(
    source: &Source,
    limits: &Limits,
    known: &mut Known,
) -> (File, Vec<Diagnostic>, usize) {
    if source.bytes() > limits.file_bytes {
        return (File::default(), vec![too_large(source, limits)], 0);
    }
    let scanned = scan::scan(source, limits);
    let mut clean = scanned.clean;
    let structure = structure::structure(&clean, limits);
    let mut problems = scanned.problems;
    problems.append(structure.problems);
    clean.mute(structure.muted);
    let mut reader = lower::Reader::new(&clean, limits, std::mem::take(known));
    let mut file = File::default();
    file.definitions.reserve_exact(structure.definitions.len());
    let mut gap = Gap::default();
    for found in &structure.definitions {
        gap.read(clean.text.get(found.gap_from..found.cut.start).unwrap_or(""), found.gap_from);
        if let (Some(comment), Some(last)) = (gap.trailing.take(), file.definitions.last_mut()) {
            last.comment = Some(comment);
        }
        let Some(mut definition) = reader.definition(&found.cut) else { continue };
        definition.comments = std::mem::take(&mut gap.comments);
        definition.blank_above =
            gap.blank_above && !(file.definitions.is_empty() && definition.comments.is_empty());
        file.definitions.push(definition);
    }
    gap.read(clean.text.get(structure.end..).unwrap_or(""), structure.end);
    if let (Some(comment), Some(last)) = (gap.trailing.take(), file.definitions.last_mut()) {
        last.comment = Some(comment);
    }
    file.end_comments = gap.comments;
    *known = reader.known;
    problems.append(reader.found);
    (file, problems.found, problems.more)
}

/// The comments between two definitions.
#[derive(Default)]
struct Gap {
    /// Behind the closing brace of the definition before.
    trailing: Option<Comment>,
    comments: Vec<Comment>,
    /// An empty line stands right above what follows.
    blank_above: bool,
}

impl Gap {
    fn read(&mut self, text: &str, from: usize) {
        self.trailing = None;
        self.comments.clear();
        let mut blank = false;
        let count = text.matches('\n').count();
        for (at, line) in text.split('\n').enumerate() {
            let line = line.trim_matches([' ', '\t', ',', '\r']);
            if line.starts_with('#') {
                let text = line.trim_end().to_owned();
                if at == 0 && from > 0 {
                    self.trailing = Some(Comment { text, blank_above: false });
                } else {
                    let first = self.comments.is_empty() && from == 0;
                    self.comments.push(Comment { text, blank_above: blank && !first });
                }
                blank = false;
            } else if line.is_empty() && at > 0 && at < count {
                blank = true;
            }
        }
        self.blank_above = blank;
    }
}

fn too_large(source: &Source, limits: &Limits) -> Diagnostic {
    Diagnostic::new(
        Code("E0101"),
        source.name(),
        Span::new(0, 0),
        format!(
            "this file has {} bytes, more than the {} a rule file may have",
            source.bytes(),
            limits.file_bytes
        ),
        "the limit keeps a wrong file, such as an export of customers, from holding up the check",
    )
    .advice("split it into several files; all files of the folder are one workspace")
}

/// The first `most` problems of a file by place, errors before warnings, and one that counts the rest, `more` of
/// which were never worded.
pub(crate) fn shorten(
    mut found: Vec<Diagnostic>,
    more: usize,
    file: &str,
    most: usize,
) -> Vec<Diagnostic> {
    if found.len() <= most && more == 0 {
        return found;
    }
    found.sort_by_key(|found| {
        (found.severity, found.primary.span.start, found.primary.span.end, found.code)
    });
    let more = more + found.len().saturating_sub(most);
    // What is not worded is an error; of warnings alone the rest is none either.
    let errors = found.iter().any(|found| found.severity == Severity::Error);
    found.truncate(most);
    // Behind all that are shown.
    let at = found.iter().map(|found| found.primary.span.end).max().unwrap_or_default();
    let at = Span { start: at, end: at };
    let (code, what) =
        if errors { (Code("E0107"), "problems") } else { (Code("W0101"), "warnings") };
    found.push(Diagnostic::new(
        code,
        file,
        at,
        format!("{more} more {what} in this file are not shown"),
        "mending the first ones usually mends many of the others",
    ));
    found
}
