//! Placeholders: a text or a content file becomes a [`Template`], or says exactly which brace is wrong.
//!
//! In a text of a rule file every `{` opens a placeholder, `{NAME}` or `{NAME else WORDS}`; a brace of its own is
//! written `\{`. In a content file, which may be HTML, CSS or JSON, a `{` is a placeholder only where one of
//! these two shapes follows at once, without a blank and on one line; every other brace stands for itself, and
//! `\{` keeps a brace that would be taken for a placeholder. Lookalikes that a customer would read as they
//! stand (`{{first_name}}`, `{ first_name }`) are errors in both.

use std::collections::BTreeSet;

use super::rules::{Need, Origin, Piece, Template};
use super::scope::{Problems, Scope};
use crate::diagnostic::{Code, Diagnostic};
use crate::mutant::mutant;
use crate::syntax::ast::Word;
use crate::syntax::{Source, Span};
use crate::value::{Type, nfc};

/// A text and where it stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Passage<'t> {
    /// The file to report in.
    pub(crate) file: &'t Source,
    /// As written, escapes included.
    pub(crate) text: &'t str,
    /// Its first byte in the file.
    pub(crate) start: usize,
    /// Whether it is a content file rather than a text between quotes.
    pub(crate) content_file: bool,
}

impl Passage<'_> {
    fn span(&self, from: usize, to: usize) -> Span {
        Span::new(self.start + from, self.start + to)
    }
}

/// Reads a passage. `known` are the attributes that `who` proves; required attributes that it shows are added
/// to `required`. Cost: linear in the text.
pub(crate) fn template(
    passage: Passage<'_>,
    known: &BTreeSet<usize>,
    required: &mut BTreeSet<usize>,
    scope: &mut Scope<'_>,
    problems: &mut Problems,
) -> Template {
    let mut pieces = Pieces::default();
    let mut at = 0;
    while let Some(rest) = passage.text.get(at..)
        && let Some(c) = rest.chars().next()
    {
        let next = rest.chars().nth(1);
        at += match (c, next) {
            ('\\', Some('{')) => {
                pieces.text.push('{');
                2
            }
            ('\\', Some(escaped)) if !passage.content_file => {
                // One that means nothing was reported when the file was read.
                pieces.text.push(escaped);
                1 + escaped.len_utf8()
            }
            ('{', _) => {
                let (piece, length) = brace(passage, at, known, required, scope, problems);
                match piece {
                    Some(piece) => pieces.push(piece),
                    None => pieces.text.push_str(passage.text.get(at..at + length).unwrap_or("")),
                }
                length
            }
            _ => {
                // Up to the next sign that may mean something; one that means nothing here stands for itself.
                let plain = rest.bytes().skip(1).position(|byte| matches!(byte, b'\\' | b'{'));
                let length = plain.map_or(rest.len(), |plain| plain + 1);
                pieces.text.push_str(rest.get(..length).unwrap_or(""));
                length
            }
        };
    }
    pieces.finish()
}

/// Collects pieces, joining neighbouring texts.
#[derive(Default)]
struct Pieces {
    done: Template,
    text: String,
}

impl Pieces {
    fn push(&mut self, piece: Piece) {
        if !self.text.is_empty() {
            self.done.push(Piece::Text(std::mem::take(&mut self.text)));
        }
        self.done.push(piece);
    }

    fn finish(mut self) -> Template {
        if !self.text.is_empty() {
            self.done.push(Piece::Text(self.text));
        }
        self.done
    }
}

/// What stands between two braces.
struct Inside<'t> {
    name: &'t str,
    /// Bytes from the opening brace to the name.
    name_at: usize,
    otherwise: Option<&'t str>,
    /// With blanks inside the braces or a doubled brace: nearly a placeholder.
    sloppy: bool,
    /// From the opening brace past the closing one.
    length: usize,
}

fn is_name(word: &str) -> bool {
    let mut chars = word.chars();
    chars.next().is_some_and(|c| c.is_alphabetic() || c == '_')
        && chars.all(|c| c.is_alphanumeric() || c == '_' || !c.is_ascii() && !c.is_whitespace())
}

fn is_path(word: &str) -> bool {
    word.split_once('.').is_some_and(|(first, second)| is_name(first) && is_name(second))
}

/// Reads `{NAME}` and `{NAME else WORDS}` at the start of `rest`, with its near misses.
fn inside(rest: &str) -> Option<Inside<'_>> {
    let doubled = rest.starts_with("{{");
    let open = if doubled { 2 } else { 1 };
    let line = rest.get(open..)?;
    let close = line.find(['}', '{', '\n'])?;
    let inner = line.get(..close)?;
    if !line.get(close..)?.starts_with('}') {
        return None;
    }
    let mut length = open + close + 1;
    if doubled && rest.get(length..).is_some_and(|after| after.starts_with('}')) {
        length += 1;
    }
    let trimmed = inner.trim();
    let (name, otherwise) = match trimmed.split_once(char::is_whitespace) {
        None => (trimmed, None),
        Some((name, more)) => {
            let words = more.trim_start().strip_prefix("else")?;
            let words = words.strip_prefix(char::is_whitespace).unwrap_or(words);
            if !words.is_empty() && more.trim_start().len() == "else".len() + words.len() {
                return None;
            }
            (name, Some(words.trim()))
        }
    };
    (is_name(name) || is_path(name)).then(|| Inside {
        name,
        name_at: open + (inner.len() - inner.trim_start().len()),
        otherwise,
        sloppy: doubled || trimmed.len() != inner.len(),
        length,
    })
}

/// The placeholder at byte `at`, or `None` for a brace that stands for itself; and how many bytes it takes.
fn brace(
    passage: Passage<'_>,
    at: usize,
    known: &BTreeSet<usize>,
    required: &mut BTreeSet<usize>,
    scope: &mut Scope<'_>,
    problems: &mut Problems,
) -> (Option<Piece>, usize) {
    let rest = passage.text.get(at..).unwrap_or("");
    let Some(found) = inside(rest) else {
        if !passage.content_file {
            lone_brace(passage, at, rest, problems);
        }
        return (None, 1);
    };
    let whole = passage.span(at, at + found.length);
    if found.otherwise == Some("") {
        problems.push(
            Diagnostic::new(
                Code("E0604"),
                passage.file.name(),
                whole,
                format!("`{}` has an `else` without words", found.name),
                "behind `else` stand the words for customers without it",
            )
            .choice(
                format!("{{{} else there}}", found.name),
                whole,
                format!("{{{} else there}}", found.name),
            ),
        );
        return (None, found.length);
    }
    if found.sloppy {
        let declared = scope.attributes.iter().any(|a| a.name == nfc(found.name));
        if passage.content_file && !declared {
            return (None, 1);
        }
        let right = match found.otherwise {
            Some(words) => format!("{{{} else {words}}}", found.name),
            None => format!("{{{}}}", found.name),
        };
        problems.push(
            Diagnostic::new(
                Code("E0604"),
                passage.file.name(),
                whole,
                "a placeholder is one brace, the name and one brace",
                "as it stands, the customer would read the braces",
            )
            .choice(right.clone(), whole, right),
        );
        return (None, found.length);
    }
    (placeholder(passage, at, &found, known, required, scope, problems), found.length)
}

fn lone_brace(passage: Passage<'_>, at: usize, rest: &str, problems: &mut Problems) {
    let closed = rest.find('}').filter(|close| !rest.get(1..*close).unwrap_or("").contains('{'));
    let length = closed.map_or(1, |close| close + 1);
    let headline = if closed.is_some() {
        "these braces hold no placeholder"
    } else {
        "this `{` opens a placeholder that is not closed"
    };
    problems.push(
        Diagnostic::new(
            Code("E0604"),
            passage.file.name(),
            passage.span(at, at + length),
            headline,
            "a placeholder is `{name}` or `{name else words}`, and a brace of its own is `\\{`",
        )
        .choice("\\{", passage.span(at, at + 1), "\\{"),
    );
}

fn placeholder(
    passage: Passage<'_>,
    at: usize,
    found: &Inside<'_>,
    known: &BTreeSet<usize>,
    required: &mut BTreeSet<usize>,
    scope: &mut Scope<'_>,
    problems: &mut Problems,
) -> Option<Piece> {
    let name_at = at + found.name_at;
    let span = passage.span(name_at, name_at + found.name.len());
    let whole = passage.span(at, at + found.length);
    if is_path(found.name) {
        problems.push(
            Diagnostic::new(
                Code("E0605"),
                passage.file.name(),
                span,
                format!("a message cannot show `{}`", found.name),
                "a message is filled from what is known of the customer, also long after the question",
            )
            .advice("use an attribute of the customer"),
        );
        return None;
    }
    let word = Word { text: nfc(found.name), span };
    let index = scope.attribute(Origin::Customer, &word, passage.file, problems)?;
    let attribute = scope.attributes.get(index)?;
    let optional = matches!(attribute.need, Need::Optional);
    if matches!(attribute.need, Need::Required) {
        required.insert(index);
    }
    match found.otherwise {
        None if optional && !known.contains(&index) && !mutant!("placeholder_needs_no_else") => {
            let right = format!("{{{} else {}}}", found.name, stand_in(&attribute.kind));
            problems.push(
                Diagnostic::new(
                    Code("E0601"),
                    passage.file.name(),
                    whole,
                    format!("`{}` may be missing here", found.name),
                    format!(
                        "the customer would read \"{}\"",
                        without(passage.text, at, found.length)
                    ),
                )
                .choice(right.clone(), whole, right),
            );
            None
        }
        Some(_) if !optional => {
            let right = format!("{{{}}}", found.name);
            problems.push(
                Diagnostic::new(
                    Code("W0501"),
                    passage.file.name(),
                    whole,
                    format!("the `else` of `{}` is never used", found.name),
                    never_used(&attribute.need),
                )
                .fix(right.clone(), whole, right),
            );
            Some(Piece::Attribute { attribute: index, otherwise: None })
        }
        otherwise => Some(Piece::Attribute {
            attribute: index,
            otherwise: otherwise.filter(|_| optional).map(str::to_owned),
        }),
    }
}

/// Why an `else` cannot matter.
pub(crate) fn never_used(need: &Need) -> &'static str {
    match need {
        Need::Required => {
            "it is required, and where it is missing all the same the action is blocked"
        }
        _ => "it has a default, so it is never missing",
    }
}

fn stand_in(kind: &Type) -> &'static str {
    match kind {
        Type::Text | Type::Code | Type::OneOf(_) => "there",
        Type::Date | Type::Time => "soon",
        _ => "some",
    }
}

/// The text around a placeholder, as a customer without the value would read it.
fn without(text: &str, at: usize, length: usize) -> String {
    let before = text.get(..at).unwrap_or("");
    let after = text.get(at + length..).unwrap_or("");
    let before = before.rsplit('\n').next().unwrap_or("");
    let after = after.lines().next().unwrap_or("");
    let from = before.char_indices().rev().nth(15).map_or(0, |(at, _)| at);
    let to = after.char_indices().nth(15).map_or(after.len(), |(at, _)| at);
    format!("{}{}", before.get(from..).unwrap_or(""), after.get(..to).unwrap_or(""))
        .trim()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_shapes_and_their_near_misses() {
        let shape = |text: &str| inside(text).map(|i| (i.name.to_owned(), i.sloppy, i.length));
        assert_eq!(shape("{a}"), Some(("a".into(), false, 3)));
        assert_eq!(shape("{a else you there} x"), Some(("a".into(), false, 18)));
        assert_eq!(shape("{{a}}"), Some(("a".into(), true, 5)));
        assert_eq!(shape("{ a }"), Some(("a".into(), true, 5)));
        assert_eq!(shape("{color:red}"), None);
        assert_eq!(shape("{ color: red }"), None);
        assert_eq!(shape("{a b}"), None);
        assert_eq!(shape("{a elsewhere}"), None);
        assert_eq!(shape("{\n a }"), None);
        assert_eq!(shape("{}"), None);
        assert_eq!(shape("{1}"), None);
        assert_eq!(inside("{a else b c}").and_then(|i| i.otherwise), Some("b c"));
        assert_eq!(inside("{a else}").and_then(|i| i.otherwise), Some(""));
        assert!(inside("{ชื่อ}").is_some());
    }

    #[test]
    fn what_the_customer_would_read() {
        assert_eq!(without("Hi {first_name},", 3, 12), "Hi ,");
    }
}
