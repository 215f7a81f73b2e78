//! Checking: trees become typed rules, or problems an author can mend.
//!
//! In: the [`Source`]s of a workspace and a [`Context`]. Out: [`Rules`] and [`Diagnostics`]: names, types,
//! units, unknowns, contradictions, content and governance. Knows nothing of running rules; reads no clock.

#[allow(dead_code, reason = "the checks of meaning use it")]
mod conditions;
mod contradictions;
mod declare;
#[allow(dead_code, reason = "the checks of meaning use it")]
mod fields;
mod hours;
#[allow(dead_code, reason = "the checks of meaning use it")]
mod literal;
mod nearest;
mod register;
pub mod rules;
#[allow(dead_code, reason = "the checks of meaning use it")]
mod scope;
mod segments;
mod sets;
mod spans;
mod types;
mod unknowns;

pub use rules::{Fingerprint, Manifest, Rules};

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Severity};
use crate::syntax::{self, Limits, Source, Span};
use crate::value::Date;
use scope::{ParsedFile, Problems, Scope};

/// What a check may know besides the sources.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// The manifest of the rules that run now; absent on a first check.
    pub previous: Option<Manifest>,
    /// Today, for `retired`; absent: nothing is taken as past.
    pub today: Option<Date>,
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
    let mut sources = sources.to_vec();
    sources.sort_by(|a, b| a.name().cmp(b.name()));
    let mut problems = Problems::default();
    let mut broken = Vec::new();
    let mut files = Vec::new();
    for source in sources.iter().filter(|source| source.name().ends_with(".journey")) {
        let (tree, found) = syntax::parse(source, &context.limits);
        if found.iter().any(|problem| problem.severity == Severity::Error) {
            broken.push(source);
        }
        problems.0.extend(found);
        files.push(ParsedFile { source, tree });
    }
    if files.is_empty() {
        problems.push(nothing_to_read());
    }
    let mut scope = Scope::new(context, &sources);
    register::register(&mut scope, &files, &mut problems);
    for source in broken {
        register::excuse_broken(&mut scope, source);
    }
    declare::declare(&mut scope, &mut problems);
    register::folders(&scope, &mut problems);
    let segments = segments::segments(&mut scope, &mut problems);
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
        rankings: Vec::new(),
        actions: Vec::new(),
        placements: Vec::new(),
        personas: Vec::new(),
        scenarios: Vec::new(),
        fingerprint: Fingerprint(0),
        manifest: Manifest { references: scope.references, ..Manifest::default() },
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
