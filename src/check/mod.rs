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

pub use rules::{Fingerprint, Manifest, Rules};

use scope::{ParsedFile, Problems, Scope};

use crate::diagnostic::Diagnostics;
use crate::syntax::{Limits, Source};
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
    declare::declare(&mut scope, &mut problems);
    let _ = segments::segments(&mut scope, &mut problems);
    let meaning = meaning::meaning(&mut scope, &mut problems);
    let _ = meaning;
    Checked { rules: None, diagnostics: Diagnostics::new(problems.0) }
}
