//! The message for a line that no shape fits: from its words and the block it stands in.
//!
//! A recogniser knows one mistake and repairs it; the repair is offered only where the repaired line can
//! be read. What nothing recognises gets the shapes that would fit into the block. Words of the grammar are
//! never shown.

use super::ast::Span;
use super::clean::Clean;
use super::mistakes::{self, Hit};
use super::parser::{self, Rule};
use super::structure::{KINDS, text_end};
use crate::diagnostic::{Code, Diagnostic, Edit, Fix};

/// A comment that does not start with `#`.
pub(super) const FOREIGN_COMMENT: Code = Code("E0154");

/// Longer lines are not looked into.
const LOOKED_INTO: usize = 600;

/// The line as the recognisers see it.
pub(super) struct Line<'a> {
    /// The words; the inside of a block is left out.
    pub(super) text: &'a str,
    /// Headings around it, outermost first: `action`, `who`.
    pub(super) around: &'a [&'a str],
}

impl Line<'_> {
    /// Whether the block lists conditions rather than facts.
    pub(super) fn among_conditions(&self) -> bool {
        self.around.last().is_some_and(|block| {
            matches!(
                *block,
                "segment"
                    | "who"
                    | "never"
                    | "any"
                    | "none"
                    | "exit"
                    | "where"
                    | "when"
                    | "require"
            )
        })
    }
}

/// What is said of the line `raw`, which starts at `start` of the cleaned text.
pub(super) fn line(clean: &Clean<'_>, start: usize, raw: &str, around: &[&str]) -> Diagnostic {
    let (text, hole) = without_inside(raw);
    if text.len() > LOOKED_INTO {
        let whole =
            clean.span(start, start + text.chars().take(60).map(char::len_utf8).sum::<usize>());
        return fallback(clean, whole, around);
    }
    let line = Line { text: &text, around };
    let Some(hit) = mistakes::recognise(&line) else {
        return fallback(clean, clean.span(start, start + head(raw).len()), around);
    };
    let place = |at: usize| start + if at > hole.0 { at + hole.1 } else { at };
    let span = clean.span(place(hit.at.start), place(hit.at.end));
    let mut found = Diagnostic::new(hit.code, clean.file, span, hit.headline, hit.why);
    let mut repaired: Vec<String> = Vec::new();
    for repair in hit.repairs {
        let repair = repair_further(repair, around);
        if !repaired.contains(&repair) {
            repaired.push(repair);
        }
    }
    let single = repaired.len() == 1;
    for repair in repaired {
        let (from, to, by) = difference(&text, &repair);
        let edit = Edit {
            file: clean.file.to_owned(),
            span: clean.span(place(from), place(to)),
            text: by.to_owned(),
        };
        let certain = hit.certain && single && reads(&repair);
        found.fixes.push(Fix { paste: pasted(&repair, raw, hole.0), edits: vec![edit], certain });
    }
    for example in hit.examples {
        found = found.paste(example);
    }
    for advice in hit.advice {
        found = found.advice(advice);
    }
    found
}

/// Whether text can be read, line by line.
pub(super) fn reads(text: &str) -> bool {
    parser::items(text).is_some_and(|pieces| {
        !pieces.is_empty() && pieces.iter().all(|piece| piece.as_rule() != Rule::unreadable)
    })
}

/// A second mistake in one line is repaired with the first, so that the line pasted can be read.
fn repair_further(mut repair: String, around: &[&str]) -> String {
    for _ in 0..3 {
        if reads(&repair) || repair.len() > LOOKED_INTO {
            break;
        }
        let more = mistakes::recognise(&Line { text: &repair, around });
        match more.and_then(|hit: Hit| hit.repairs.into_iter().next()) {
            Some(next) if next != repair => repair = next,
            _ => break,
        }
    }
    repair
}

/// The line with its first block emptied; where that was, and how many bytes were left out.
fn without_inside(raw: &str) -> (String, (usize, usize)) {
    let bytes = raw.as_bytes();
    let (mut at, mut open, mut depth) = (0, None, 0_usize);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => {
                at = text_end(bytes, at);
                continue;
            }
            b'#' if depth > 0 => {
                at += raw.get(at..).and_then(|rest| rest.find('\n')).unwrap_or(raw.len() - at);
                continue;
            }
            b'{' => {
                depth += 1;
                open = open.or(Some(at));
            }
            b'}' => {
                depth = depth.saturating_sub(1);
                if let Some(open) = open
                    && depth == 0
                {
                    let start = raw.get(..=open).unwrap_or("");
                    let rest = raw.get(at..).unwrap_or("");
                    return (format!("{start} {rest}"), (open + 1, (at - open).saturating_sub(2)));
                }
            }
            _ => {}
        }
        at += 1;
    }
    (raw.to_owned(), (raw.len(), 0))
}

/// What is shown to paste: with the inside of its block where that is on one line.
fn pasted(repair: &str, raw: &str, hole: usize) -> String {
    let inside = raw.get(hole..).and_then(|rest| rest.split_once('}')).map(|(inside, _)| inside);
    match inside {
        Some(inside) if !inside.contains('\n') && repair.contains("{ }") => {
            repair.replacen("{ }", &format!("{{{inside}}}"), 1)
        }
        Some(_) => repair.split_once(" }").map_or(repair, |(head, _)| head).to_owned(),
        None => head(repair).to_owned(),
    }
}

/// The first line of a text, which is what is shown.
fn head(text: &str) -> &str {
    let line = text.split('\n').next().unwrap_or("").trim_end();
    if line.len() <= 200 || text.len() <= LOOKED_INTO { text.trim_end() } else { line }
}

/// The smallest replacement that makes `old` into `new`.
fn difference<'a>(old: &str, new: &'a str) -> (usize, usize, &'a str) {
    let mut start = old.bytes().zip(new.bytes()).take_while(|(a, b)| a == b).count();
    while !old.is_char_boundary(start) || !new.is_char_boundary(start) {
        start -= 1;
    }
    let most = old.len().min(new.len()) - start;
    let same =
        old.bytes().rev().zip(new.bytes().rev()).take(most).take_while(|(a, b)| a == b).count();
    let mut end = same;
    while !old.is_char_boundary(old.len() - end) || !new.is_char_boundary(new.len() - end) {
        end -= 1;
    }
    (start, old.len() - end, new.get(start..new.len() - end).unwrap_or(""))
}

/// A line outside every block that starts like a comment elsewhere.
pub(super) fn comment_at_top(file: &str, text: &str, span: Span) -> Option<Diagnostic> {
    let sign = ["//", "--", "/*", "<!--"].into_iter().find(|sign| text.starts_with(sign))?;
    let rest = text.get(sign.len()..)?.trim_start_matches(['*', '/']).trim();
    let rest = rest.trim_end_matches("*/").trim_end_matches("-->").trim_end();
    let mended = format!("# {rest}");
    let found = Diagnostic::new(
        FOREIGN_COMMENT,
        file,
        Span { start: span.start, end: span.start + u32::try_from(sign.len()).unwrap_or(0) },
        "a comment starts with `#`",
        format!("`{sign}` starts no comment in rules"),
    );
    Some(found.fix(mended.trim_end().to_owned(), span, mended.trim_end()))
}

/// What is said of a heading that cannot be read.
pub(super) fn heading(file: &str, text: &str, span: Span) -> Diagnostic {
    let text = text.trim_end();
    let shown: String = text.chars().take(80).collect();
    let (kind, rest) = text.split_once([' ', '\t', ':']).unwrap_or((text, ""));
    let mut found = Diagnostic::new(
        Code("E0131"),
        file,
        span,
        format!("`{shown}` is no heading"),
        "a heading is a kind and one name of letters, digits and `_`",
    );
    let name: Vec<&str> = rest
        .split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .filter(|word| !word.is_empty())
        .collect();
    let joined = name.join("_");
    let mended = format!("{kind} {joined}");
    if text.len() <= LOOKED_INTO && !name.is_empty() && parser::heading(&mended).is_some() {
        found = found.choice(format!("{mended} {{"), span, mended);
    } else if KINDS.contains(&kind) {
        found = found.advice(format!("{kind} my_{kind} {{"));
    }
    found
}

/// A formula with more signs than the limit.
pub(super) fn long_formula(file: &str, span: Span, key: &str, most: usize) -> Diagnostic {
    Diagnostic::new(
        Code("E0106"),
        file,
        Span { start: span.start, end: span.end.min(span.start + 60) },
        format!("`{key}` has more than {most} signs such as `+` and `*`"),
        "nobody can review so long a formula, and the limit keeps every decision quick",
    )
    .advice("drop the parts that hardly change the result, or write the score as a script")
}

fn fallback(clean: &Clean<'_>, span: Span, around: &[&str]) -> Diagnostic {
    let block = around.last().copied().unwrap_or("");
    let (what, shapes): (&str, &[&str]) = match block {
        "segment" | "who" | "never" | "any" | "none" | "exit" | "where" | "when" => (
            "a line here is one condition",
            &["plan is fibre", "churn_risk >= 60%", "in segment loyal", "any {"],
        ),
        "limits" => (
            "a line here is a limit, or a fact with a colon",
            &["at most 3 per 7 days on email", "purpose: marketing"],
        ),
        "steps" | "path" => (
            "a line here is a step",
            &["wait 2 hours", "send reminder by email { if_blocked: continue }", "finish done"],
        ),
        "branch" => {
            ("a line here is a case", &["when vip is yes: go to vip_desk", "otherwise: continue"])
        }
        "scenario" => (
            "a line here says what is given, or what happens and what must come of it",
            &["given lea", "at 2026-09-08 10:00 ask home_banner expect nothing"],
        ),
        "customer" | "request" | "event" => (
            "a line here is a name, a colon and a type",
            &["country: required one of [FR, BE]", "churn_risk: optional percent"],
        ),
        "require" => {
            ("a line here is something that must hold", &["owner is known", "weight <= 3"])
        }
        "message" | "send" | "transfer" | "given" | "wait" | "arm" | "persona" => {
            ("a line here is a fact with a colon", &["plan: fibre", "subject: \"Hello\""])
        }
        _ => (
            "a line here is a fact with a colon, or a block in braces",
            &["owner: telco_growth", "who { plan is fibre }"],
        ),
    };
    let place = if block.is_empty() { "here".to_owned() } else { format!("in `{block}`") };
    let listed: Vec<String> = shapes.iter().map(|shape| format!("`{shape}`")).collect();
    // Examples, not fixes: pasting one of them would not say what the author meant.
    Diagnostic::new(
        Code("E0150"),
        clean.file,
        span,
        format!("this line cannot be understood {place}"),
        what,
    )
    .note(format!("like {}", listed.join(" or ")))
}
