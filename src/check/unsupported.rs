//! What the language has and this release does not: an error each, so that nothing written is silently ignored.
//!
//! In: the definitions. Out: one `not yet supported` per definition of an unknown kind, else one per line. Goes
//! through every body, so that the other checks may pass such lines over in silence.

use super::scope::{Def, Problems, Scope};
use crate::diagnostic::{Code, Diagnostic};
use crate::mutant::mutant;
use crate::syntax::ast::{Body, Item, Key, Name, Shape, Value};
use crate::syntax::{Source, Span};

/// Kinds of definitions that do nothing yet.
pub(crate) const KINDS: [&str; 3] = ["experiment", "holdout", "script"];

/// Reports everything that is read but not yet enforced.
pub(crate) fn report(scope: &Scope<'_>, problems: &mut Problems) {
    for (kind, named) in &scope.definitions {
        for def in named.values() {
            if KINDS.contains(kind) {
                let heading = crate::syntax::print_heading(def.node);
                let end = def.node.name.as_ref().map_or(def.node.kind.span, |_| def.name_span());
                push(def.file, def.node.kind.span.to(end), &format!("`{heading}`"), problems);
            } else if *kind == "journey" {
                not_played(*def, scope, problems);
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

/// Journeys are read and checked whole; of what they may say, this is not played yet.
fn not_played(def: Def<'_>, scope: &Scope<'_>, problems: &mut Problems) {
    if scope.context.unplayed {
        return;
    }
    for item in &def.node.body.items {
        match &item.shape {
            Shape::Field(field) => {
                let enters = matches!(&field.key, Key::Word(key) if key.text == "enter");
                match &field.value {
                    Value::Segment(_) if enters => {
                        push(def.file, item.span, "entering a journey by a segment", problems);
                    }
                    Value::Every(..) if enters => {
                        push(def.file, item.span, "entering a journey by the clock", problems);
                    }
                    _ => {}
                }
            }
            Shape::Block(block) => {
                if matches!(&block.heading, Name::Word(word) if word.text == "while") {
                    push(def.file, item.span, "`while here`", problems);
                }
            }
            _ => {}
        }
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
        Shape::Block(block) => body(kind, &block.body, file, problems),
        _ => {}
    }
}
