//! Brackets and definitions: one linear pass that guards the stack and cuts a file at its definitions.
//!
//! In: the cleaned text. Out: one [`Cut`] per definition that can be read, and what is wrong with the
//! brackets. A known kind with a name and a brace, at the start of a line that is not indented further
//! than the definition before it, begins a new definition at any depth; so one missing brace costs one
//! report. Lines orphaned by a broken block are not reported again.

use std::ops::Range;

use super::clean::Clean;
use super::lower::Cut;
use super::problems::Problems;
use super::source::Limits;
use super::unreadable;
use crate::diagnostic::{Code, Diagnostic};
use crate::mutant::mutant;

/// The kinds of definitions, in the order of the language page.
pub(super) const KINDS: [&str; 22] = [
    "workspace",
    "team",
    "purpose",
    "product",
    "send_hours",
    "channel",
    "customer",
    "event",
    "segment",
    "ranking",
    "action",
    "limits",
    "holdout",
    "experiment",
    "placement",
    "journey",
    "require",
    "persona",
    "scenario",
    "request",
    "model",
    "script",
];

/// A heading with more bytes does not end a definition whose brace is missing.
const LONGEST_HEADING: usize = 4_000;

/// A definition, and where the comments above it begin.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) cut: Cut,
    /// End of what stands before it and is not a comment of its own.
    pub(super) gap_from: usize,
}

/// What the pass found.
#[derive(Debug)]
pub(super) struct Structure {
    pub(super) definitions: Vec<Found>,
    /// Where the comments behind the last definition begin.
    pub(super) end: usize,
    pub(super) problems: Problems,
    /// Stretches of the cleaned text that are reported already.
    pub(super) muted: Vec<Range<usize>>,
}

/// Open brackets that are kept; what lies deeper is refused anyway.
const KEPT: usize = 4_096;

#[derive(Clone, Copy, Debug)]
struct Open {
    bracket: u8,
    at: usize,
    /// Start of the item it belongs to.
    item: usize,
    indent: usize,
}

/// The definition being passed through.
#[derive(Debug)]
struct Current {
    start: usize,
    indent: usize,
    /// Its heading cannot be told, or a limit is exceeded: left out, reported already.
    broken: bool,
    /// The first closing brace that stands under another line than its opener's, with that opener.
    misplaced: Option<(Open, usize)>,
}

struct Scan<'a, 'c> {
    clean: &'c Clean<'a>,
    text: &'c str,
    bytes: &'c [u8],
    limits: &'c Limits,
    out: Structure,
    stack: Vec<Open>,
    /// Brackets opened within those, and only counted.
    deeper: usize,
    current: Option<Current>,
    at: usize,
    line_start: usize,
    /// Start of the item that is being read; `None` right after a line end, comma or brace.
    item: Option<usize>,
    /// What the item follows: a line end, `,`, `{` or `}`.
    follows: u8,
    /// End of the last definition or skipped stretch.
    gap_from: usize,
    /// A block was reported as broken: orphans are expected until the next definition.
    after_broken: bool,
}

/// Cuts a cleaned text into its definitions.
pub(super) fn structure(clean: &Clean<'_>, limits: &Limits) -> Structure {
    let text: &str = &clean.text;
    let mut scan = Scan {
        clean,
        text,
        bytes: text.as_bytes(),
        limits,
        out: Structure {
            definitions: Vec::new(),
            end: 0,
            problems: Problems::new(limits.problems),
            muted: Vec::new(),
        },
        stack: Vec::new(),
        deeper: 0,
        current: None,
        at: 0,
        line_start: 0,
        item: None,
        follows: b'\n',
        gap_from: 0,
        after_broken: false,
    };
    scan.run();
    scan.out
}

impl Scan<'_, '_> {
    fn run(&mut self) {
        while let Some(byte) = self.bytes.get(self.at).copied() {
            match byte {
                b'\n' => {
                    if self.stack.is_empty() {
                        self.top_line_ends();
                    }
                    self.at += 1;
                    self.line_start = self.at;
                    self.next_item(b'\n');
                }
                b' ' | b'\t' | b'\r' => self.at += 1,
                b'#' => {
                    if self.stack.is_empty() {
                        self.top_line_ends();
                        self.item = None;
                    }
                    self.at = self.line_end();
                }
                b',' => {
                    self.at += 1;
                    if !self.stack.is_empty() || self.item.is_none() {
                        self.next_item(b',');
                    }
                }
                b'{' | b'[' | b'(' => self.open(byte),
                b'}' => self.close_brace(),
                b']' | b')' => self.close_bracket(byte),
                b'"' => {
                    self.begin_item();
                    self.at = text_end(self.bytes, self.at);
                }
                _ => {
                    if self.item.is_none() {
                        if !self.stack.is_empty() && self.is_new_definition() {
                            self.not_closed(Some(self.at));
                        }
                        self.begin_item();
                    }
                    self.at += 1;
                }
            }
        }
        if self.stack.is_empty() {
            self.top_line_ends();
        } else {
            self.not_closed(None);
        }
        self.out.end = self.gap_from;
    }

    fn next_item(&mut self, follows: u8) {
        self.item = None;
        self.follows = follows;
    }

    fn begin_item(&mut self) {
        if self.item.is_none() {
            self.item = Some(self.at);
        }
    }

    fn line_end(&self) -> usize {
        let rest = self.bytes.get(self.at..).unwrap_or(&[]);
        rest.iter().position(|byte| *byte == b'\n').map_or(self.bytes.len(), |n| self.at + n)
    }

    fn indent(&self, at: usize) -> usize {
        let line = self.bytes.get(self.line_start..at).unwrap_or(&[]);
        line.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
    }

    /// Whether the definition that is passed through was reported as a whole.
    fn is_broken(&self) -> bool {
        self.current.as_ref().is_some_and(|current| current.broken)
    }

    fn line_of(&self, at: usize) -> usize {
        self.clean.line_of(at)
    }

    fn open(&mut self, bracket: u8) {
        let item = self.item.unwrap_or(self.at);
        self.begin_item();
        let indent = self.indent(self.at);
        if self.stack.is_empty() && bracket == b'{' {
            self.begin_definition(item, indent);
        }
        if bracket == b'{' {
            self.close_inner(self.at);
        }
        if !self.stack.is_empty() || bracket == b'{' {
            if self.stack.len() < KEPT.max(self.limits.depth.saturating_add(1)) {
                self.stack.push(Open { bracket, at: self.at, item, indent });
            } else {
                self.deeper += 1;
            }
        }
        if self.stack.len() > self.limits.depth && !mutant!("depth_is_not_limited") {
            self.too_deep();
        }
        self.at += 1;
        if bracket == b'{' {
            self.next_item(b'{');
        }
    }

    fn begin_definition(&mut self, item: usize, indent: usize) {
        let mut broken = false;
        let heading = self.text.get(item..self.at).unwrap_or("").trim_end();
        let kind = heading.split(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or("");
        let orphan = !KINDS.contains(&kind) && indent > 0;
        if orphan && (self.after_broken || self.closed_early(item)) {
            broken = true;
        } else if heading.is_empty() {
            let span = self.clean.span(self.at, self.at + 1);
            let found = Diagnostic::new(
                Code("E0128"),
                self.clean.file,
                span,
                "this block has no heading",
                "before `{` stands what the block is, and its name",
            )
            .advice("segment loyal {");
            self.out.problems.push(found);
            broken = true;
        } else {
            self.after_broken = false;
        }
        self.current = Some(Current { start: item, indent, broken, misplaced: None });
    }

    /// An indented block behind a definition: that one was closed too early. Reported once.
    fn closed_early(&mut self, item: usize) -> bool {
        let Some(last) = self.out.definitions.last().map(|found| found.cut.clone()) else {
            return false;
        };
        let heading = self.text.get(last.start..last.open).unwrap_or("").trim_end();
        let span = self.clean.span(last.close, last.close + 1);
        let found = Diagnostic::new(
            Code("E0127"),
            self.clean.file,
            span,
            format!("`{heading}` ends here, but line {} seems to belong to it", self.line_of(item)),
            "there is one `}` more than `{`",
        )
        .choice("remove this `}`", span, "");
        self.out.problems.push(found);
        self.after_broken = true;
        true
    }

    fn too_deep(&mut self) {
        let Some(current) = self.current.as_mut() else { return };
        if std::mem::replace(&mut current.broken, true) {
            return;
        }
        let span = self.clean.span(self.at, self.at + 1);
        let found = Diagnostic::new(
            Code("E0104"),
            self.clean.file,
            span,
            format!("more than {} brackets stand within each other here", self.limits.depth),
            "nobody can read rules nested so deeply, and the limit keeps every file quick to check",
        )
        .advice("name the inner lines as a segment and write `in segment NAME`");
        self.out.problems.push(found);
    }

    /// Brackets still open where a brace stands were forgotten.
    fn close_inner(&mut self, until: usize) {
        while let Some(open) = self.stack.last().copied()
            && open.bracket != b'{'
        {
            self.stack.pop();
            // Reported already, or only counted: then it need not be worded.
            if self.is_broken() || self.out.problems.is_full() {
                self.out.problems.more += usize::from(!self.is_broken());
                self.mute(open.item..until);
                continue;
            }
            let (bracket, closing) = if open.bracket == b'[' { ("[", "]") } else { ("(", ")") };
            let span = self.clean.span(open.at, open.at + 1);
            let end = self.text.get(open.at..).and_then(|rest| rest.find(['\n', '#', '}']));
            let end = open.at + end.unwrap_or(1);
            let line = self.text.get(open.at..end).unwrap_or("").trim_end().trim_end_matches(',');
            let insert = self.clean.span(open.at + line.len(), open.at + line.len());
            let paste = self.text.get(open.item..open.at + line.len()).unwrap_or("").trim();
            let found = Diagnostic::new(
                Code("E0125"),
                self.clean.file,
                span,
                format!("this `{bracket}` is not closed"),
                format!("a `{bracket}` needs its `{closing}` before the block goes on"),
            )
            .choice(format!("{paste}{closing}"), insert, closing);
            self.out.problems.push(found);
            self.mute(open.item..until);
        }
    }

    /// Nothing more is to be said of a stretch; one with the stretch before where they meet.
    fn mute(&mut self, range: Range<usize>) {
        match self.out.muted.last_mut() {
            Some(last) if range.start <= last.end && last.start <= range.end => {
                *last = last.start.min(range.start)..last.end.max(range.end);
            }
            _ => self.out.muted.push(range),
        }
    }

    /// Whether what closes here closes a bracket that was only counted.
    fn closes_deeper(&mut self) -> bool {
        let counted = self.deeper > 0;
        self.deeper -= usize::from(counted);
        self.at += usize::from(counted);
        counted
    }

    fn close_bracket(&mut self, byte: u8) {
        self.begin_item();
        if self.closes_deeper() {
            return;
        }
        let opener = if byte == b']' { b'[' } else { b'(' };
        match self.stack.last() {
            Some(open) if open.bracket == opener => {
                self.stack.pop();
            }
            _ if self.stack.is_empty() => {}
            open => {
                let wrong = open.filter(|open| open.bracket != b'{').copied();
                let span = self.clean.span(self.at, self.at + 1);
                let sign = char::from(byte);
                let why = match wrong {
                    Some(open) => {
                        format!("the bracket open here is `{}`", char::from(open.bracket))
                    }
                    None => "no bracket is open here".to_owned(),
                };
                let found = Diagnostic::new(
                    Code("E0126"),
                    self.clean.file,
                    span,
                    format!("this `{sign}` closes nothing"),
                    why,
                );
                let found = match wrong {
                    Some(open) => {
                        let right = if open.bracket == b'[' { "]" } else { ")" };
                        found.choice(format!("`{right}` in its place"), span, right)
                    }
                    None => found.choice(format!("remove this `{sign}`"), span, ""),
                };
                if !self.is_broken() {
                    self.out.problems.push(found);
                }
                let from = wrong.map_or(self.item.unwrap_or(self.at), |open| open.item);
                if wrong.is_some() {
                    self.stack.pop();
                }
                // The rest of a line is looked for once, not for each of its brackets.
                let muted = self.out.muted.last();
                if !muted.is_some_and(|muted| muted.start <= from && self.at < muted.end) {
                    self.mute(from..self.line_end());
                }
            }
        }
        self.at += 1;
    }

    fn close_brace(&mut self) {
        if self.closes_deeper() {
            return self.next_item(b'}');
        }
        self.close_inner(self.at);
        let first_on_line = self
            .bytes
            .get(self.line_start..self.at)
            .is_some_and(|b| b.iter().all(u8::is_ascii_whitespace));
        match self.stack.pop() {
            Some(open) => {
                if first_on_line
                    && self.at - self.line_start != open.indent
                    && let Some(current) = self.current.as_mut()
                    && current.misplaced.is_none()
                {
                    current.misplaced = Some((open, self.at));
                }
                if self.stack.is_empty() {
                    self.end_definition(open.at);
                }
            }
            None => {
                self.top_line_ends();
                if !self.after_broken {
                    let span = self.clean.span(self.at, self.at + 1);
                    let found = Diagnostic::new(
                        Code("E0127"),
                        self.clean.file,
                        span,
                        "this `}` closes nothing",
                        "every `{` before it is closed already",
                    )
                    .choice("remove this `}`", span, "");
                    self.out.problems.push(found);
                }
                self.after_broken = true;
                self.gap_from = self.at + 1;
            }
        }
        self.at += 1;
        self.next_item(b'}');
    }

    fn end_definition(&mut self, open: usize) {
        let Some(current) = self.current.take() else { return };
        let gap_from = std::mem::replace(&mut self.gap_from, self.at + 1);
        if current.broken {
            return;
        }
        let cut = Cut { start: current.start, open, close: self.at };
        if self.within_size(&cut) {
            self.out.definitions.push(Found { cut, gap_from });
        }
    }

    fn within_size(&mut self, cut: &Cut) -> bool {
        let most = self.limits.definition_bytes;
        if cut.close + 1 - cut.start <= most {
            return true;
        }
        let heading = self.text.get(cut.start..cut.open).unwrap_or("").trim_end();
        let heading: String = heading.chars().take(80).collect();
        let span = self.clean.span(cut.start, cut.start + heading.len());
        let found = Diagnostic::new(
            Code("E0105"),
            self.clean.file,
            span,
            format!("`{heading}` is longer than {most} bytes"),
            "a definition of that size cannot be reviewed, and the limit keeps every file quick to check",
        )
        .advice("split it into several definitions");
        self.out.problems.push(found);
        false
    }

    /// A known kind with a name and a brace at the start of an item, not indented into the block.
    fn is_new_definition(&self) -> bool {
        let first_on_line = self.follows == b'\n';
        if !first_on_line && self.follows != b'}' {
            return false;
        }
        let Some(current) = self.current.as_ref() else { return false };
        if first_on_line && self.at - self.line_start > current.indent {
            return false;
        }
        let Some(kind) = KINDS.iter().find(|kind| {
            let rest = self.bytes.get(self.at..).unwrap_or(&[]);
            rest.starts_with(kind.as_bytes())
                && matches!(rest.get(kind.len()), Some(b' ' | b'\t' | b'{'))
        }) else {
            return false;
        };
        // No heading is longer, and a line of many blocks is not searched to its end for each.
        let near = self.bytes.get(self.at..).unwrap_or(&[]).iter().take(LONGEST_HEADING);
        let brace = near.copied().enumerate().find(|(_, byte)| matches!(byte, b'{' | b'\n'));
        let Some((brace, b'{')) = brace else { return false };
        let heading = self.text.get(self.at + kind.len()..self.at + brace);
        let Some(heading) = heading else { return false };
        let nameless = matches!(*kind, "customer" | "request");
        let named = !heading.trim().is_empty() && !heading.contains([':', ',', '}', '[']);
        named || (nameless && heading.trim().is_empty() && first_on_line)
    }

    /// The definition ends without its brace: at the next one, or at the end of the file.
    fn not_closed(&mut self, next: Option<usize>) {
        let end = next.unwrap_or(self.bytes.len());
        self.close_inner(end);
        let Some(current) = self.current.take() else { return };
        let Some(outer) = self.stack.first().copied() else { return };
        let gap_from = self.gap_from;
        let body_end = self.text.get(..end).unwrap_or("").trim_end().len();
        self.gap_from = body_end.max(outer.at + 1);
        if !current.broken {
            let alone = self.stack.len() == 1 && current.misplaced.is_none();
            if self.out.problems.is_full() {
                self.out.problems.more += 1;
            } else {
                let found = self.not_closed_report(&current, next, body_end);
                self.out.problems.push(found);
            }
            if alone {
                let cut =
                    Cut { start: current.start, open: outer.at, close: body_end.max(outer.at + 1) };
                if self.within_size(&cut) {
                    self.out.definitions.push(Found { cut, gap_from });
                }
            }
        }
        self.stack.clear();
        self.deeper = 0;
        self.item = None;
        self.after_broken = false;
    }

    fn not_closed_report(
        &self,
        current: &Current,
        next: Option<usize>,
        body_end: usize,
    ) -> Diagnostic {
        let innermost = self.stack.last().copied();
        let (opener, misplaced) = match (current.misplaced, innermost) {
            (Some((open, at)), _) => (open, Some(at)),
            (None, Some(open)) => (open, None),
            (None, None) => (Open { bracket: b'{', at: 0, item: current.start, indent: 0 }, None),
        };
        let heading = self.text.get(opener.item..opener.at).unwrap_or("").trim_end();
        let heading: String = heading.chars().take(80).collect();
        let span = self.clean.span(opener.item, (opener.item + heading.len()).max(opener.item + 1));
        let line = self.line_of(opener.item);
        let insert_before = misplaced.or(next);
        let why = match (misplaced, next) {
            (Some(at), _) => {
                let outer = self.text.get(current.start..).and_then(|rest| rest.split('{').next());
                let outer = outer.unwrap_or("").trim_end();
                format!("the `}}` in line {} stands where `{outer}` would end", self.line_of(at))
            }
            (None, Some(next)) => {
                format!("the next definition starts at line {}", self.line_of(next))
            }
            (None, None) => "the file ends before its `}`".to_owned(),
        };
        let found = Diagnostic::new(
            Code("E0124"),
            self.clean.file,
            span,
            format!("`{heading}` (line {line}) is not closed"),
            why,
        );
        let indent = " ".repeat(opener.indent);
        match insert_before {
            Some(before) => {
                let line_start =
                    self.text.get(..before).and_then(|t| t.rfind('\n')).map_or(0, |at| at + 1);
                let at = self.clean.span(line_start, line_start);
                let paste = format!("add `}}` before line {}", self.line_of(before));
                found.choice(paste, at, format!("{indent}}}\n"))
            }
            None => {
                let at = self.clean.span(body_end, body_end);
                found.choice("add `}` at the end of the file", at, format!("\n{indent}}}"))
            }
        }
    }

    /// A line outside every block that opens none.
    fn top_line_ends(&mut self) {
        let Some(item) = self.item.take() else { return };
        let line = self.text.get(item..self.at).unwrap_or("").trim_end();
        // A heading whose brace stands on the next line is one definition, with its brace moved up.
        let rest = self.text.get(self.at..).unwrap_or("");
        let blank = rest.len() - rest.trim_start().len();
        let kind = line.split(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or("");
        if rest.trim_start().starts_with('{') && KINDS.contains(&kind) {
            let from = item + line.len();
            let span = self.clean.span(self.at + blank, self.at + blank + 1);
            let found = Diagnostic::new(
                Code("E0129"),
                self.clean.file,
                span,
                "this `{` belongs at the end of the heading",
                "a line goes on only inside brackets",
            )
            .fix(format!("{line} {{"), self.clean.span(from, self.at + blank), " ");
            self.out.problems.push(found);
            // Read on as if the brace stood there: the item stays open over the line end.
            self.at += blank;
            self.line_start =
                self.text.get(..self.at).and_then(|t| t.rfind('\n')).map_or(0, |at| at + 1);
            self.item = Some(item);
            self.open(b'{');
            self.at -= 1;
            return;
        }
        self.gap_from = self.at;
        if self.after_broken || self.clean.is_muted(item..item + line.len().max(1)) {
            return;
        }
        let span = self.clean.span(item, item + line.len());
        if let Some(found) = unreadable::comment_at_top(self.clean.file, line, span) {
            return self.out.problems.push(found);
        }
        self.after_broken = true;
        let shown: String = line.chars().take(80).collect();
        let found = Diagnostic::new(
            Code("E0130"),
            self.clean.file,
            span,
            "this line stands outside every block",
            "a file holds definitions, and each of them is `kind name { ... }`",
        );
        let found = if KINDS.contains(&kind) {
            found.paste(format!("{shown} {{ }}"))
        } else {
            found.advice("put it between the `{` and `}` of the definition that it belongs to")
        };
        self.out.problems.push(found);
    }
}

/// One past the text that starts at `at`: behind its closing quote, or at the end of its line.
pub(super) fn text_end(bytes: &[u8], at: usize) -> usize {
    let mut at = at + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\n' => return at,
            b'\\' if bytes.get(at + 1).is_some_and(|next| *next != b'\n') => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}
