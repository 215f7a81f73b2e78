//! Checking: trees become typed rules, or problems an author can mend.
//!
//! In: the [`Source`]s of a workspace and a [`Context`]. Out: [`Rules`] and [`Diagnostics`]: names, types,
//! units, unknowns, contradictions, content and governance. Knows nothing of running rules; reads no clock.

mod action;
mod conditions;
mod content;
mod contradictions;
mod declare;
#[allow(dead_code, reason = "the checks of meaning use it")]
mod fields;
mod governance;
mod hours;
#[allow(dead_code, reason = "the checks of meaning use it")]
mod literal;
mod manifest;
mod meaning;
mod nearest;
mod operand;
mod placement;
mod ranking;
mod register;
pub mod rules;
#[allow(dead_code, reason = "the checks of meaning use it")]
mod scope;
mod scenario;
mod segments;
mod sms;
mod spans;
mod sets;
mod template;
mod types;
mod unknowns;
mod unsupported;

pub use content::DATA_ENDINGS;
pub use rules::{Fingerprint, Manifest, Rules};

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Severity};
use crate::syntax::{self, Limits, Source, Span};
use crate::value::{Date, Timestamp};
use scope::{ParsedFile, Problems, Scope};

/// What a check may know besides the sources.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// The manifest of the rules that run now; absent on a first check.
    pub previous: Option<Manifest>,
    /// Today, for `retired`; absent: as `now` says.
    pub today: Option<Date>,
    /// The moment whose day in the workspace's zone is today, where `today` is absent; without either nothing
    /// is taken as past.
    pub now: Option<Timestamp>,
    /// How large files may be.
    pub limits: Limits,
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
/// - Cost: linear in the text; reads no clock, no file.
/// - Errors: in [`Checked::diagnostics`], all of them in one run, at most one per cause.
#[must_use]
pub fn check(sources: &[Source], context: &Context) -> Checked {
    let mut problems = Problems::default();
    let files: Vec<ParsedFile<'_>> = sources
        .iter()
        .filter(|source| source.name().ends_with(".journey"))
        .map(|source| {
            let (tree, found) = crate::syntax::parse(source, &context.limits);
            problems.0.extend(found);
            ParsedFile { source, tree }
        })
        .collect();
    let mut scope = Scope::new(context, sources);
    register::register(&mut scope, &files, &mut problems);
    // A file of which nothing could be read may have held anything, the workspace block too.
    if files.iter().any(|file| file.tree.definitions.is_empty() && broken.contains(&file.source)) {
        scope.excused.insert(("workspace", String::new()));
    }
    for source in broken {
        register::excuse_broken(&mut scope, source);
    }
    declare::declare(&mut scope, &mut problems);
    let _ = segments::segments(&mut scope, &mut problems);
    let meaning = meaning::meaning(&mut scope, &mut problems);
    contradictions::who_and_never(&scope, &meaning.actions, &mut problems);
    // What nobody can be shown follows from what is broken; it is said once the rest is mended.
    if problems.0.iter().any(|problem| problem.severity == Severity::Error) {
        problems.0.retain(|problem| problem.code != Code("W0505"));
    }
    let diagnostics = Diagnostics::new(problems.0);
    let workspace = scope.workspace.filter(|_| !diagnostics.has_errors());
    let rules = workspace.map(|workspace| Rules {
        workspace,
        teams: scope.teams,
        purposes: scope.purposes,
        channels: scope.channels,
        products: scope.products,
        attributes: scope.attributes,
        segments,
        rankings: meaning.rankings,
        actions: meaning.actions,
        placements: meaning.placements,
        personas: meaning.personas,
        scenarios: meaning.scenarios,
        fingerprint: meaning.fingerprint,
        manifest: meaning.manifest,
    });
    Checked { rules, diagnostics }
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
