//! What the language has and this release does not: an error each, so that nothing written is silently ignored.
//!
//! In: the definitions. Out: one `not yet supported` per definition of an unknown kind, else one per line. Goes
//! through every body, so that the other checks may pass such lines over in silence.

use super::scope::{Def, Problems, Scope};
use crate::diagnostic::{Code, Diagnostic};
use crate::mutant::mutant;
use crate::syntax::ast::{At, Body, Expect, Item, Key, Shape};
use crate::syntax::{Source, Span};

/// Kinds of definitions that do nothing yet.
pub(crate) const KINDS: [&str; 4] = ["experiment", "holdout", "journey", "script"];

/// Reports everything that is read but not yet enforced.
pub(crate) fn report(scope: &Scope<'_>, problems: &mut Problems) {
    for (kind, named) in &scope.definitions {
        for def in named.values() {
            if KINDS.contains(kind) {
                let heading = crate::syntax::print_heading(def.node);
                let end = def.node.name.as_ref().map_or(def.node.kind.span, |_| def.name_span());
                push(def.file, def.node.kind.span.to(end), &format!("`{heading}`"), problems);
            } else if *kind == "require" {
                every_journey(*def, problems);
            } else {
                body(kind, &def.node.body, def.file, problems);
            }
        }
    }
}

fn push(file: &Source, span: Span, what: &str, problems: &mut Problems) {
    problems.push(
        Diagnostic::new(
            Code("E0901"),
            file.name(),
            span,
            format!("{what} is not yet supported"),
            "nothing that is written may be silently ignored, so these rules do not load",
        )
        .advice("leave it out for now"),
    );
}

/// Whether the definition demands something of journeys.
pub(crate) fn is_of_journeys(def: Def<'_>) -> bool {
    def.node.every.as_ref().is_some_and(|every| every.kind.text == "journey")
}

fn every_journey(def: Def<'_>, problems: &mut Problems) {
    if is_of_journeys(def) {
        let end = def.node.every.as_ref().map_or(def.node.kind.span, |every| every.kind.span);
        push(def.file, def.node.kind.span.to(end), "`require every journey`", problems);
    }
}

fn body(kind: &str, within: &Body, file: &Source, problems: &mut Problems) {
    for item in &within.items {
        line(kind, item, file, problems);
    }
}

fn line(kind: &str, item: &Item, file: &Source, problems: &mut Problems) {
    match &item.shape {
        Shape::Field(field) => {
            let Key::Word(key) = &field.key else { return };
            if kind == "model" && key.text == "learns" && !mutant!("learns_is_ignored") {
                push(file, item.span, &format!("`{}`", key.text), problems);
            }
        }
        Shape::At(at) => {
            if let Some(what) = unsupported_step(at) {
                push(file, item.span, what, problems);
            }
        }
        Shape::Block(block) => body(kind, &block.body, file, problems),
        _ => {}
    }
}

/// What of a scenario's line is not yet supported.
pub(crate) fn unsupported_step(at: &At) -> Option<&'static str> {
    match &at.expect {
        // What a journey sent by itself.
        Some(Expect::Sent(Some(_), _)) if at.act.is_none() => Some("`expect sent` of an action"),
        Some(Expect::AtStep(_)) => Some("`expect at step`"),
        Some(Expect::FinishedAs(_)) => Some("`expect finished as`"),
        _ => None,
    }
}
