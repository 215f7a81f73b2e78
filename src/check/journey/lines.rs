//! Lines that only journeys have: `entry.value >= EUR 150`, `when ...`, and filters that compare with the entry.
//!
//! In: conditions where `entry.` may be read. Out: typed lines. What a run entered with is looked up by the event that
//! the scope says. Knows nothing of steps.

use super::super::aggregates::find_field;
use super::super::conditions::{Under, asked_of, entries, filter, segment, test};
use super::super::rules::{
    AttributeTest, Condition, Conditions, EntryTest, EventFilter, SameAsEntry,
};
use super::super::scope::{Problems, Scope};
use super::Entered;
use crate::diagnostic::{Code, Diagnostic};
use crate::syntax::ast::{self, Atom, Body, Item, Shape, Subject};
use crate::syntax::{Source, print_item};

/// A test of what a run of a journey entered with.
pub(crate) fn entry_test(
    scope: &mut Scope<'_>,
    word: &ast::Word,
    condition: &ast::Condition,
    file: &Source,
    under: Under,
    problems: &mut Problems,
) -> Option<Condition> {
    if scope.filtered.is_some() {
        problems.push(
            Diagnostic::new(
                Code("E0336"),
                file.name(),
                condition.span,
                "a filter reads the fields of its event first",
                "what is asked here is asked of each event",
            )
            .advice("write it the other way round, such as `order_id is entry.order_id`"),
        );
        return None;
    }
    let event = entered(scope, word, file, problems)?;
    let field = find_field(scope, event, word, file, problems)?;
    let read = asked_of(scope, (Some(event), field), condition, file, under, problems)?;
    let AttributeTest { attribute, test, if_unknown, line } = read;
    Some(Condition::Entry(EntryTest { field: attribute, test, if_unknown, line }))
}

/// The event that `entry.` reads here.
pub(crate) fn entered(
    scope: &Scope<'_>,
    word: &ast::Word,
    file: &Source,
    problems: &mut Problems,
) -> Option<usize> {
    match scope.entered {
        Some(Entered::Event(event)) => Some(event),
        Some(Entered::Nothing) => {
            problems.push(
                Diagnostic::new(
                    Code("E1006"),
                    file.name(),
                    word.span,
                    format!("there is no `entry.{}`", word.text),
                    "only who enters with an event brings something along",
                )
                .advice("use an attribute of the customer, or let an event begin the journey"),
            );
            None
        }
        Some(Entered::Unread) | None => None,
    }
}

/// The lines of one `when`, under no block of their own.
pub(crate) fn when_line(
    scope: &mut Scope<'_>,
    condition: &ast::WhenCondition,
    file: &Source,
    user: &str,
    problems: &mut Problems,
) -> Conditions {
    let under = Under { negative: false, turned: false };
    match condition {
        ast::WhenCondition::One(condition) => {
            test(scope, condition, file, under, problems).into_iter().collect()
        }
        ast::WhenCondition::Segment(test) => segment(scope, test, file, user, under, problems)
            .map(Condition::Segment)
            .into_iter()
            .collect(),
        ast::WhenCondition::All(body) => entries(scope, body, file, user, under, problems),
    }
}

/// The lines of a filter in a journey: about the fields of an event, also beside those of the entry.
pub(crate) fn event_filter(
    scope: &mut Scope<'_>,
    body: &Body,
    file: &Source,
    event: usize,
    problems: &mut Problems,
) -> EventFilter {
    let mut read = EventFilter::default();
    let mut rest = Body { items: Vec::new(), ..body.clone() };
    for item in &body.items {
        match same_line(item) {
            Some((word, entry)) => {
                read.same.extend(same_as_entry(scope, word, entry, item, event, file, problems));
            }
            None => rest.items.push(item.clone()),
        }
    }
    if !rest.items.is_empty() || body.items.is_empty() {
        read.conditions = filter(scope, &rest, file, event, problems);
    }
    read
}

/// `order_id is entry.order_id`.
fn same_line(item: &Item) -> Option<(&ast::Word, &ast::Word)> {
    match &item.shape {
        Shape::Condition(ast::Condition {
            subject: Subject::Word(word),
            test: ast::Test::Is(Atom::Path(first, entry)),
            if_unknown: None,
            ..
        }) if first.text == "entry" => Some((word, entry)),
        _ => None,
    }
}

fn same_as_entry(
    scope: &mut Scope<'_>,
    word: &ast::Word,
    entry: &ast::Word,
    item: &Item,
    event: usize,
    file: &Source,
    problems: &mut Problems,
) -> Option<SameAsEntry> {
    let field = find_field(scope, event, word, file, problems);
    let from = entered(scope, entry, file, problems)?;
    let other = find_field(scope, from, entry, file, problems);
    let (field, other) = (field?, other?);
    let kind = |event: usize, field: usize| {
        scope.events.get(event).and_then(|event| event.fields.get(field)).map(|field| &field.kind)
    };
    let (own, theirs) = (kind(event, field)?, kind(from, other)?);
    if own != theirs {
        problems.push(
            Diagnostic::new(
                Code("E1006"),
                file.name(),
                item.span,
                format!("`{}` and `entry.{}` are never the same", word.text, entry.text),
                format!("one is declared as {}, the other as {}", own.word(), theirs.word()),
            )
            .advice("compare fields that are declared alike"),
        );
        return None;
    }
    let line = scope.line(file, item.span, print_item(item));
    Some(SameAsEntry { field, entry: other, line })
}
