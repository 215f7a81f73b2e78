//! Checking: trees become typed rules, or problems an author can mend.
//!
//! In: the [`Source`]s of a workspace and a [`Context`]. Out: [`Rules`] and [`Diagnostics`]: names, types,
//! units, unknowns, contradictions, content and governance. Knows nothing of running rules; reads no clock.

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
mod types;

pub use rules::{Fingerprint, Manifest, Rules};

use crate::diagnostic::Diagnostics;
use crate::syntax::{Limits, Source};
use crate::value::Date;

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
    let _ = (sources, context);
    Checked { rules: None, diagnostics: Diagnostics::default() }
}
