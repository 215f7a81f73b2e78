//! What stays of a workspace: its names and references, its approvals, and the fingerprint of all it says.
//!
//! In: the definitions and the content files. Out: a [`Manifest`] and a [`Fingerprint`], both the same for rules
//! that say the same, in whatever order, layout and file. Knows nothing of what the rules mean.

use std::collections::BTreeSet;

use xxhash_rust::xxh3::Xxh3;

use super::action::ReadAction;
use super::rules::{Fingerprint, Manifest};
use super::scope::{Def, Scope};
use crate::diagnostic::source_of;
use crate::mutant::mutant;
use crate::shares::shared_out;
use crate::syntax::ast::{Body, Definition, Item, Key, Shape, Value};
use crate::syntax::{Source, normal};

/// Names, references and approvals for the next check.
pub(crate) fn manifest(scope: &Scope<'_>, actions: &[Option<ReadAction<'_>>]) -> Manifest {
    let names = scope
        .definitions
        .iter()
        .filter(|(kind, _)| **kind != "require")
        .flat_map(|(kind, named)| {
            named.keys().map(move |name| format!("{kind} {name}").trim_end().to_owned())
        })
        .collect();
    let approvals = actions
        .iter()
        .flatten()
        .filter_map(|read| {
            let (approval, _) = read.approved_by.clone()?;
            Some((read.action.name.clone(), (approval, approval_digest(read.def, scope))))
        })
        .collect();
    let references = scope.references.pairs();
    let mut manifest = Manifest { names, references, approvals, ..Manifest::default() };
    super::events::remember(scope, &mut manifest);
    manifest
}

/// Definitions whose normal forms one thread writes at a time, and how many of them are worth a thread.
const PART: usize = 32;
const WORTH: usize = 200;

/// Of the normal form of every definition and of every content file that one names, by its path; comments, and
/// files that no definition names, are left out.
pub(crate) fn fingerprint(scope: &Scope<'_>) -> Fingerprint {
    let all: Vec<(Def<'_>, Option<String>)> = scope
        .definitions
        .values()
        .flat_map(|named| named.values())
        .map(|def| (*def, home(*def, scope)))
        .collect();
    let parts = shared_out(all.len().div_ceil(PART), all.len() / WORTH, |number| {
        let from = number * PART;
        let own = all.get(from..all.len().min(from + PART)).unwrap_or_default();
        let said = own.iter().map(|(def, home)| {
            let files = files_of(&def.node.body, def.file);
            (located(*def, home.as_deref(), !files.is_empty()), files)
        });
        said.collect::<Vec<_>>()
    });
    let mut content = BTreeSet::new();
    let mut texts: Vec<String> = Vec::with_capacity(all.len());
    for (text, files) in parts.into_iter().flatten() {
        texts.push(text);
        content.extend(files);
    }
    texts.sort();
    let mut hash = Hash::default();
    for text in &texts {
        hash.add(text);
    }
    for source in scope.sources.iter().filter(|source| content.contains(source.name())) {
        if mutant!("the_fingerprint_skips_content") {
            continue;
        }
        hash.add(source.name());
        hash.add(source.text());
    }
    hash.done()
}

/// The normal form, with file references by their full path, so that it does not matter where it stands, and
/// with the owner that its folder gives where it writes none.
fn located(def: Def<'_>, home: Option<&str>, names_files: bool) -> String {
    let mut text = if names_files {
        let mut node = def.node.clone();
        full_paths(&mut node.body, def.file);
        normal(&node)
    } else {
        normal(def.node)
    };
    if let Some(team) = home {
        text.push_str("\nowner ");
        text.push_str(team);
    }
    text
}

/// The owner that an action's folder gives, where it writes none.
fn home(def: Def<'_>, scope: &Scope<'_>) -> Option<String> {
    if def.node.kind.text != "action" || owner_of(&def.node.body).is_some() {
        return None;
    }
    scope.team_of(def.file).filter(|team| !team.central).map(|team| team.name.clone())
}

/// Writes every file reference as the path within the workspace; bodies are at most 32 deep.
fn full_paths(body: &mut Body, file: &Source) {
    for item in &mut body.items {
        match &mut item.shape {
            Shape::Block(block) => full_paths(&mut block.body, file),
            Shape::Field(field) => {
                if let Value::File(reference) = &mut field.value {
                    let path = file.resolve(&reference.raw).map(|path| format!("/{path}"));
                    reference.raw = path.unwrap_or_else(|| reference.raw.clone());
                }
            }
            _ => {}
        }
    }
}

fn owner_of(body: &Body) -> Option<&Value> {
    body.items.iter().find_map(|item| match &item.shape {
        Shape::Field(field) => match &field.key {
            Key::Word(key) if key.text == "owner" => Some(&field.value),
            _ => None,
        },
        _ => None,
    })
}

/// The digest of what an approval was given for: the action's lines, without the approval itself, its name and
/// its comments, and the content files that it names.
pub(crate) fn approval_digest(def: Def<'_>, scope: &Scope<'_>) -> Fingerprint {
    let mut node: Definition = def.node.clone();
    node.name = None;
    node.clauses.clear();
    node.comments.clear();
    node.body.items.retain(|item| !is_approval(item));
    full_paths(&mut node.body, def.file);
    let mut hash = Hash::default();
    hash.add(&normal(&node));
    for path in files_of(&def.node.body, def.file) {
        hash.add(&path);
        if let Some(source) = source_of(scope.sources, &path) {
            hash.add(source.text());
        }
    }
    hash.done()
}

fn is_approval(item: &Item) -> bool {
    matches!(&item.shape, Shape::Field(field)
        if matches!(&field.key, Key::Word(key) if key.text == "approved_by"))
}

/// The paths of the files that a body names.
fn files_of(body: &Body, file: &Source) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open = vec![body];
    while let Some(body) = open.pop() {
        for item in &body.items {
            match &item.shape {
                Shape::Block(block) => open.push(&block.body),
                Shape::Field(field) => {
                    if let Value::File(reference) = &field.value
                        && let Some(path) = file.resolve(&reference.raw)
                    {
                        found.insert(path.into_owned());
                    }
                }
                _ => {}
            }
        }
    }
    found
}

/// Texts one after another, each with its length, so that no two lists of texts run together alike.
struct Hash(Xxh3);

impl Default for Hash {
    fn default() -> Self {
        Self(Xxh3::new())
    }
}

impl Hash {
    fn add(&mut self, text: &str) {
        self.0.update(&(text.len() as u64).to_le_bytes());
        self.0.update(text.as_bytes());
    }

    fn done(self) -> Fingerprint {
        Fingerprint(self.0.digest128())
    }
}
