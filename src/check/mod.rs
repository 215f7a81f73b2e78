//! Checking: trees become typed rules, or problems an author can mend.
//!
//! In: the [`Source`]s of a workspace and a [`Context`]. Out: [`Rules`] and [`Diagnostics`]: names, types,
//! units, unknowns, contradictions, content and governance. Knows nothing of running rules; reads no clock.

mod action;
mod actions;
mod aggregates;
mod caps;
mod conditions;
mod content;
mod contradictions;
mod declare;
mod events;
mod fields;
mod forks;
mod governance;
mod hours;
mod journey;
mod kept;
mod limits;
mod literal;
mod manifest;
mod meaning;
mod nearest;
mod operand;
mod placement;
mod ranking;
mod reading;
mod register;
pub mod rules;
mod scenario;
mod scope;
mod segments;
mod sends;
mod sets;
mod sms;
mod spans;
mod template;
mod types;
mod unknowns;
mod unsupported;

pub use content::DATA_ENDINGS;
pub use kept::KeptFiles;
pub use rules::{Fingerprint, Manifest, Rules};

use std::collections::BTreeMap;

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Severity};
use crate::syntax::{self, Limits, Source, Span};
use crate::value::{Date, Timestamp};
use kept::Reading;
use reading::Read;
use scope::{ParsedFile, Problems, Scope, line_with};

/// What a check may know besides the sources.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// The manifest of the rules that run now; absent on a first check.
    pub previous: Option<Manifest>,
    /// Today, for `retired`. Where it is absent, the day of `now` is meant; where both are, nothing is past.
    pub today: Option<Date>,
    /// The instant of the check: its day by the workspace's clock is today, in whatever zone the host runs.
    pub now: Option<Timestamp>,
    /// How large files may be.
    pub limits: Limits,
    /// Whether journeys may be there although nothing plays them yet: for those who draw or study them.
    pub unplayed: bool,
}

/// What a check gives.
#[derive(Debug)]
pub struct Checked {
    /// The rules; absent where an error was found.
    pub rules: Option<Rules>,
    /// All problems, warnings included.
    pub diagnostics: Diagnostics,
}

/// Checks a whole workspace: `.journey` files are rules, all others are content that `file "..."` names.
///
/// - Cost: linear in the text; files and actions are read on as many threads as there are processors, 16 at
///   most, the rest is done on the caller's. Reads no clock, no file.
/// - Errors: in [`Checked::diagnostics`], all of them in one run, at most one per cause; of each file at most
///   [`Limits::problems`], and one more that counts the rest.
#[must_use]
pub fn check(sources: &[Source], context: &Context) -> Checked {
    checked(sources, context, None)
}

/// As [`check()`]; files that are `kept` and did not change are not read again, and those of now are kept.
fn checked(sources: &[Source], context: &Context, mut kept: Option<&mut KeptFiles>) -> Checked {
    let mut sources = sources.to_vec();
    sources.sort_by(|a, b| a.name().cmp(b.name()));
    let mut problems = Problems::default();
    let mut broken = Vec::new();
    let mut counted = BTreeMap::new();
    let mut files = Vec::new();
    let mut lines = Vec::with_capacity(sources.len());
    let read = reading::read(&sources, &context.limits, kept.as_deref());
    if let Some(kept) = &mut kept {
        let readings = read.iter().map(|read| read.reading.clone());
        kept.keep(
            sources.iter().zip(readings).filter_map(|(source, reading)| Some((source, reading?))),
        );
    }
    for (source, read) in sources.iter().zip(read) {
        let Read { reading, lines: begin } = read;
        lines.push(begin);
        let Some(Reading { tree, found, more }) = reading else { continue };
        if more > 0 {
            counted.insert(source.name(), more);
        }
        if found.iter().any(|problem| problem.severity == Severity::Error) {
            broken.push(source);
        }
        problems.0.extend(found);
        files.push(ParsedFile { source, tree });
    }
    if files.is_empty() {
        problems.push(nothing_to_read());
    }
    let mut scope = Scope::new(context, &sources, lines);
    register::register(&mut scope, &files, &mut problems);
    // A file of which nothing could be read may have held anything, the workspace block too.
    if files.iter().any(|file| file.tree.definitions.is_empty() && broken.contains(&file.source)) {
        scope.excused.insert(("workspace", String::new()));
    }
    for source in broken {
        register::excuse_broken(&mut scope, source);
    }
    declare::declare(&mut scope, &mut problems);
    register::folders(&scope, &mut problems);
    let segments = segments::segments(&mut scope, &mut problems);
    let meaning = meaning::meaning(&mut scope, &mut problems);
    // What nobody can be shown follows from what is broken; it is said once the rest is mended.
    if problems.0.iter().any(|problem| problem.severity == Severity::Error) {
        problems.0.retain(|problem| problem.code != Code("W0505"));
    }
    for problem in &mut problems.0 {
        on_characters(problem, &sources);
        whole_lines(problem, &sources);
    }
    let most = context.limits.problems;
    let diagnostics = shorten(Diagnostics::new(problems.0), counted, most);
    let declared = scope.into_declared();
    let workspace = declared.workspace.filter(|_| !diagnostics.has_errors());
    let rules = workspace.map(|workspace| Rules {
        workspace,
        teams: declared.teams,
        purposes: declared.purposes,
        channels: declared.channels,
        products: declared.products,
        attributes: declared.attributes,
        events: declared.events,
        aggregates: declared.aggregates,
        segments,
        rankings: meaning.rankings,
        actions: meaning.actions,
        limits: meaning.limits,
        placements: meaning.placements,
        journeys: meaning.journeys,
        personas: meaning.personas,
        scenarios: meaning.scenarios,
        fingerprint: meaning.fingerprint,
        manifest: meaning.manifest,
    });
    reading::free(files);
    Checked { rules, diagnostics }
}

/// At most `most` problems of each file, and one that counts the rest; `counted` were found and never worded.
fn shorten(all: Diagnostics, mut counted: BTreeMap<&str, usize>, most: usize) -> Diagnostics {
    let mut files: BTreeMap<String, Vec<Diagnostic>> = BTreeMap::new();
    for found in all.into_vec() {
        files.entry(found.primary.file.clone()).or_default().push(found);
    }
    let mut kept = Vec::new();
    for (file, found) in files {
        let more = counted.remove(&*file).unwrap_or(0);
        kept.extend(syntax::shorten(found, more, &file, most));
    }
    Diagnostics::new(kept)
}

/// Widens places to whole characters. In a file whose signs were corrected to be read at all, a place worked
/// out within a text may be off by the bytes of a sign.
fn on_characters(problem: &mut Diagnostic, sources: &[Source]) {
    let edits = problem.fixes.iter_mut().flat_map(|fix| &mut fix.edits);
    let places = edits.map(|edit| (&edit.file, &mut edit.span)).chain(
        std::iter::once(&mut problem.primary)
            .chain(&mut problem.others)
            .map(|label| (&label.file, &mut label.span)),
    );
    for (file, span) in places {
        let at = sources.binary_search_by(|source| source.name().cmp(file));
        let Some(source) = at.ok().and_then(|at| sources.get(at)) else { continue };
        let text = source.text();
        if text.get(span.range()).is_none() {
            let end = span.range().end.min(text.len());
            let end = (end..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(end);
            let start = span.range().start.min(end);
            let start = (0..=start).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            *span = Span::new(start, end);
        }
    }
}

/// A fix of a word shows the line that it stands on, so that what is shown can be pasted.
fn whole_lines(problem: &mut Diagnostic, sources: &[Source]) {
    for fix in &mut problem.fixes {
        let [edit] = fix.edits.as_slice() else { continue };
        let at = sources.binary_search_by(|source| source.name().cmp(&edit.file));
        if let Some(source) = at.ok().and_then(|at| sources.get(at))
            && fix.paste == edit.text
            && source.name().ends_with(".journey")
            && !edit.text.contains('\n')
        {
            fix.paste = line_with(source, edit.span, &edit.text);
        }
    }
}

/// A workspace without a single rule file.
fn nothing_to_read() -> Diagnostic {
    Diagnostic::new(
        Code("E0223"),
        "",
        Span::default(),
        "there are no rule files here",
        "the names of rule files end in .journey",
    )
    .advice("a file such as acme.journey with a `workspace` block")
}
