//! The author's error as data: a code, where it is, why, and a fix that can be pasted.
//!
//! In: what a stage found wrong. Out: [`Diagnostics`], sorted by place, the same for the same sources.
//! Nothing is rendered here; the command draws them. Knows nothing of how rules run.

mod codes;
mod codes_check;
mod codes_events;
mod codes_journeys;
mod codes_limits;
mod codes_meaning;
mod lines;

pub use codes::{Code, CodeInfo, all_codes};
pub use lines::{LineIndex, Place};

use serde::Serialize;

use crate::syntax::{Source, Span};

/// How bad it is: an error keeps the workspace from loading, a warning does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The workspace does not load.
    Error,
    /// It loads, and probably does not do what the author meant.
    Warning,
}

/// A stretch of one source file, and what is to be said of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Label {
    /// Name of the file, as in [`Source::name`].
    pub file: String,
    /// The bytes meant.
    #[serde(serialize_with = "span_as_pair")]
    pub span: Span,
    /// What is said there; may be empty.
    pub text: String,
}

/// A change of the sources that mends the problem.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fix {
    /// The line or lines to paste, as the author would write them; shown behind `fix:`.
    pub paste: String,
    /// What `onward check --fix` replaces; empty where only the author knows the place.
    pub edits: Vec<Edit>,
    /// Whether it can only be meant this way, so that `--fix` may apply it.
    pub certain: bool,
}

/// Replaces the bytes of `span` in `file` by `text`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Edit {
    /// Name of the file.
    pub file: String,
    /// The bytes replaced; empty for an insertion.
    #[serde(serialize_with = "span_as_pair")]
    pub span: Span,
    /// What stands there instead.
    pub text: String,
}

/// One problem: what is wrong, where, why, and what to do.
///
/// Wording: lower case, names in backticks, the author's words, one sentence each, no full stop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// Stable code, such as `E0203`.
    pub code: Code,
    /// Error or warning; fixed by the code.
    pub severity: Severity,
    /// One sentence in the author's words.
    pub headline: String,
    /// The author's line with the mark; its text is the *why*.
    pub primary: Label,
    /// Other places that belong to it.
    pub others: Vec<Label>,
    /// More to know, one sentence each.
    pub notes: Vec<String>,
    /// What to do, in words: where only the author can say what the line shall be.
    pub help: Vec<String>,
    /// What to paste; several where the author must choose.
    pub fixes: Vec<Fix>,
}

impl Diagnostic {
    /// A problem with `code` at `span` of `file`; the severity is the code's.
    ///
    /// # Example
    /// ```
    /// use onward::diagnostic::{Code, Diagnostic, Severity};
    /// use onward::syntax::Span;
    /// let found = Diagnostic::new(
    ///     Code("E0201"), "a.journey", Span::new(3, 9),
    ///     "no customer attribute is called `chrun_risk`", "the closest is `churn_risk`",
    /// )
    /// .fix("churn_risk >= 60%", Span::new(3, 9), "churn_risk");
    /// assert_eq!(found.severity, Severity::Error);
    /// assert_eq!(found.fixes[0].edits[0].text, "churn_risk");
    /// ```
    #[must_use]
    pub fn new(
        code: Code,
        file: &str,
        span: Span,
        headline: impl Into<String>,
        why: impl Into<String>,
    ) -> Self {
        Self {
            code,
            severity: code.severity(),
            headline: headline.into(),
            primary: Label { file: file.to_owned(), span, text: why.into() },
            others: Vec::new(),
            notes: Vec::new(),
            help: Vec::new(),
            fixes: Vec::new(),
        }
    }

    /// Adds another place.
    #[must_use]
    pub fn also(mut self, file: &str, span: Span, text: impl Into<String>) -> Self {
        self.others.push(Label { file: file.to_owned(), span, text: text.into() });
        self
    }

    /// Adds a sentence.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Adds a fix that replaces `span` of the primary file by `text` and can only be meant so.
    #[must_use]
    pub fn fix(mut self, paste: impl Into<String>, span: Span, text: impl Into<String>) -> Self {
        let edit = Edit { file: self.primary.file.clone(), span, text: text.into() };
        self.fixes.push(Fix { paste: paste.into(), edits: vec![edit], certain: true });
        self
    }

    /// Adds a fix as one choice among several: shown with its edit, never applied by itself.
    #[must_use]
    pub fn choice(mut self, paste: impl Into<String>, span: Span, text: impl Into<String>) -> Self {
        let edit = Edit { file: self.primary.file.clone(), span, text: text.into() };
        self.fixes.push(Fix { paste: paste.into(), edits: vec![edit], certain: false });
        self
    }

    /// Adds what to do, in words.
    #[must_use]
    pub fn advice(mut self, words: impl Into<String>) -> Self {
        self.help.push(words.into());
        self
    }

    /// Adds a line to paste of which nobody but the author knows where it belongs.
    #[must_use]
    pub fn paste(mut self, paste: impl Into<String>) -> Self {
        self.fixes.push(Fix { paste: paste.into(), edits: Vec::new(), certain: false });
        self
    }
}

/// All problems of one run, sorted by file, place and code; never two of one cause.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    /// Sorted; exact repetitions are dropped.
    #[must_use]
    pub fn new(mut found: Vec<Diagnostic>) -> Self {
        found.sort_by(|a, b| {
            (&a.primary.file, a.primary.span.start, a.primary.span.end, a.code, &a.headline).cmp(&(
                &b.primary.file,
                b.primary.span.start,
                b.primary.span.end,
                b.code,
                &b.headline,
            ))
        });
        found.dedup_by(|a, b| {
            a.code == b.code
                && a.headline == b.headline
                && a.primary.file == b.primary.file
                && a.primary.span.range() == b.primary.span.range()
        });
        Self(found)
    }

    /// The problems, in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.0.iter()
    }

    /// Whether nothing was found.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many were found.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether one of them keeps the workspace from loading.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|found| found.severity == Severity::Error)
    }

    /// Both, sorted together.
    #[must_use]
    pub fn and(self, more: Self) -> Self {
        let mut all = self.0;
        all.extend(more.0);
        Self::new(all)
    }

    /// As a plain list.
    #[must_use]
    pub fn into_vec(self) -> Vec<Diagnostic> {
        self.0
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// One line per problem, `file: E0203 headline`: for logs and tests; the command draws them properly.
impl std::fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for found in &self.0 {
            writeln!(f, "{}: {} {}", found.primary.file, found.code, found.headline)?;
        }
        Ok(())
    }
}

impl std::error::Error for Diagnostics {}

/// Finds a file by the name a label gives.
#[must_use]
pub fn source_of<'a>(sources: &'a [Source], file: &str) -> Option<&'a Source> {
    sources.iter().find(|source| source.name() == file)
}

fn span_as_pair<S: serde::Serializer>(span: &Span, serializer: S) -> Result<S::Ok, S::Error> {
    (span.start, span.end).serialize(serializer)
}
