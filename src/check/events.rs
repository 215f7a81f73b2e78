//! Events: what may happen to a customer, for how long it is kept, and with which fields.
//!
//! In: `event` blocks. Out: an [`EventType`] per block, broken ones too, so that positions agree with names.
//! Knows nothing of the questions that lines ask about them.

use std::collections::BTreeMap;

use super::rules::{Attribute, EventType, Manifest, Origin, SpanLength};
use super::scope::{Def, Problems, Scope, earlier_names};
use super::spans::{days_of, span};
use super::types::declared;
use crate::diagnostic::{Code, Diagnostic};
use crate::mutant::mutant;
use crate::syntax::ast::{
    Atom, BaseType, Clause, Duration, Entry, Field, Item, Key, List, Reach, Shape, TypeSpec, Unit,
    Value, Word,
};
use crate::syntax::{Source, Span, print_heading};
use crate::value::{DAY, Timestamp, Type, nfc};

/// Words that begin a path to something else.
const TAKEN: [&str; 2] = ["entry", "request"];

/// Reads all events into the scope.
pub(crate) fn events(scope: &mut Scope<'_>, problems: &mut Problems) {
    for (name, def) in scope.all("event") {
        if TAKEN.contains(&name.as_str()) {
            problems.push(
                Diagnostic::new(
                    Code("E0331"),
                    def.file.name(),
                    def.name_span(),
                    format!("no event can be called `{name}`"),
                    format!("`{name}.` stands before what comes from elsewhere"),
                )
                .advice("give it a name that says what happened, such as `app_opened`"),
            );
        }
        let kept = kept(&name, def, scope, problems);
        let fields = fields(&name, def, scope, problems);
        let line = scope.line(def.file, def.name_span(), print_heading(def.node));
        let (was, description) = (def.was(), def.description());
        scope.events.push(EventType { name, was, description, kept, fields, line });
    }
    less_than_before(scope, problems);
}

/// How long an event is kept, in microseconds; a hundred years where that could not be read, which is reported.
fn kept(name: &str, def: Def<'_>, scope: &Scope<'_>, problems: &mut Problems) -> i64 {
    let never_short = 36_525 * DAY;
    let mut written = def.node.clauses.iter().filter_map(|clause| match clause {
        Clause::Kept(duration) => Some(duration),
        Clause::Was(_) | Clause::Retired(_) => None,
    });
    let Some(duration) = written.next() else {
        let end = def.name_span().end;
        problems.push(
            Diagnostic::new(
                Code("E0330"),
                def.file.name(),
                def.name_span(),
                format!("event `{name}` does not say how long it is kept"),
                "what is kept for ever would be asked about for ever, and forgotten never",
            )
            .choice(
                format!("event {name} kept 90 days"),
                Span { start: end, end },
                " kept 90 days".to_owned(),
            ),
        );
        return never_short;
    };
    if let Some(second) = written.next() {
        problems.push(
            Diagnostic::new(
                Code("E0211"),
                def.file.name(),
                second.span,
                format!("event `{name}` says twice how long it is kept"),
                "only one of the two can hold",
            )
            .also(def.file.name(), duration.span, "first said here")
            .advice("remove one of the two"),
        );
    }
    let unequal = matches!(duration.unit, Unit::Month | Unit::Quarter | Unit::Year);
    if unequal || duration.calendar {
        let count = duration.count.raw.parse::<u32>().unwrap_or(1).max(1);
        let text = format!("{} days", count.saturating_mul(days_of(duration.unit).unwrap_or(1)));
        problems.push(
            Diagnostic::new(
                Code("E0330"),
                def.file.name(),
                duration.span,
                "how long an event is kept is counted in days",
                "months differ in length, and the calendar in where its days begin",
            )
            .choice(format!("kept {text}"), duration.span, text),
        );
        return never_short;
    }
    let reach = Reach { next: false, duration: duration.clone() };
    let Some(read) = span(scope, def.file, &reach, &Type::Time, name, problems) else {
        return never_short;
    };
    match read.length {
        SpanLength::Rolling { micros } => micros,
        SpanLength::Days { count } => i64::from(count) * DAY,
        SpanLength::Calendar { .. } => never_short,
    }
}

fn fields<'a>(
    event: &str,
    def: Def<'a>,
    scope: &mut Scope<'a>,
    problems: &mut Problems,
) -> Vec<Attribute> {
    let mut found: BTreeMap<String, (Attribute, Span)> = BTreeMap::new();
    for item in &def.node.body.items {
        let Some((field, key)) = field_of(item) else {
            if let Shape::Unreadable(text) = &item.shape {
                let mut words = text.split(|c: char| !(c.is_alphanumeric() || c == '_'));
                let name = nfc(words.find(|part| !part.is_empty()).unwrap_or(""));
                scope.excused.insert(("field", format!("{event}.{name}")));
            } else {
                problems.push(
                    Diagnostic::new(
                        Code("E0212"),
                        def.file.name(),
                        item.span,
                        "this line declares no field",
                        "an event has names with their types",
                    )
                    .paste("amount: required money"),
                );
            }
            continue;
        };
        let name = nfc(&key.text);
        if let Some((_, first)) = found.get(&name) {
            problems.push(
                Diagnostic::new(
                    Code("E0202"),
                    def.file.name(),
                    key.span,
                    format!("`{event}.{name}` exists twice"),
                    "only one of the two can hold",
                )
                .also(def.file.name(), *first, "the first one")
                .advice("remove one of the two lines"),
            );
            continue;
        }
        let written = of_products(&field.value, scope, def.file, problems);
        let read = written
            .and_then(|value| declared(scope, def.file, &key.text, &value, problems))
            .filter(|read| single(&read.kind, &name, item, def.file, problems));
        match read {
            Some(read) => {
                let (kind, need) = (read.kind, read.need);
                let was = earlier_names(&field.clauses);
                let personal_data = read.personal_data;
                let (origin, own) = (Origin::Event, name.clone());
                let renamed = BTreeMap::new();
                let field =
                    Attribute { origin, name: own, kind, need, personal_data, was, renamed };
                found.insert(name, (field, key.span));
            }
            None => {
                scope.excused.insert(("field", format!("{event}.{name}")));
            }
        }
    }
    found.into_values().map(|(field, _)| field).collect()
}

fn field_of(item: &Item) -> Option<(&Field, &Word)> {
    match &item.shape {
        Shape::Field(field) => match &field.key {
            Key::Word(key) => Some((field, key)),
            _ => None,
        },
        _ => None,
    }
}

/// A field of several values cannot be kept in a column.
fn single(kind: &Type, name: &str, item: &Item, file: &Source, problems: &mut Problems) -> bool {
    if !matches!(kind, Type::SomeOf(_)) {
        return true;
    }
    problems.push(
        Diagnostic::new(
            Code("E0901"),
            file.name(),
            item.span,
            "`some of` in an event is not yet supported",
            "nothing that is written may be silently ignored, so these rules do not load",
        )
        .advice(format!("declare `{name}` as `one of`, or leave it out for now")),
    );
    false
}

/// `product: required product` is one of the products.
fn of_products(
    value: &Value,
    scope: &Scope<'_>,
    file: &Source,
    problems: &mut Problems,
) -> Option<Value> {
    let bare = |word: &Word| word.text == "product";
    let Value::Type(spec) = value else { return Some(value.clone()) };
    if !matches!(&spec.base, BaseType::Named(word, None) if bare(word)) {
        return Some(value.clone());
    }
    if scope.products.is_empty() {
        problems.push(
            Diagnostic::new(
                Code("E0314"),
                file.name(),
                spec.span,
                "there are no products",
                "a field of type `product` is one of those that the workspace declares",
            )
            .paste("product phone { }"),
        );
        return None;
    }
    let word = |text: &String| Atom::Word(Word { text: text.clone(), span: spec.span });
    let entries = scope.products.iter().map(|product| Entry::Atom(word(&product.name)));
    let list = List { entries: entries.collect(), span: spec.span };
    let base = BaseType::OneOf(list);
    Some(Value::Type(Box::new(TypeSpec { base, ..TypeSpec::clone(spec) })))
}

/// Where more is to be kept than the rules before kept: what came earlier is not whole, and says from when it is.
fn less_than_before(scope: &Scope<'_>, problems: &mut Problems) {
    let Some(previous) = &scope.context.previous else { return };
    for ((_, def), event) in scope.all("event").into_iter().zip(&scope.events) {
        let names = std::iter::once(&event.name).chain(&event.was);
        let Some(before) = names.clone().find_map(|name| previous.events.get(name)) else {
            continue;
        };
        let name = &event.name;
        if before.micros < event.kept && !mutant!("raised_kept_is_not_told") {
            let (was, now) = (whole_days(before.micros), whole_days(event.kept));
            let from = exact_from(scope, event.kept - before.micros);
            problems.push(
                Diagnostic::new(
                    Code("W0330"),
                    def.file.name(),
                    def.name_span(),
                    format!("`{name}` was kept for {was} until now"),
                    format!(
                        "what is older is gone, so that windows of more than {was} are unknown for some customers{from}"
                    ),
                )
                .advice(format!("load the older events again, or wait until {now} are there")),
            );
        }
        let new = event.fields.iter().filter(|field| {
            let mut names = std::iter::once(&field.name).chain(&field.was);
            !names.any(|name| before.fields.contains(name))
        });
        for field in new {
            let from = exact_from(scope, event.kept);
            problems.push(
                Diagnostic::new(
                    Code("W0330"),
                    def.file.name(),
                    def.name_span(),
                    format!("`{name}` had no field `{}` until now", field.name),
                    format!(
                        "events from before lack it, so that windows that read it are unknown for customers who have such events{from}"
                    ),
                )
                .advice("load the earlier events again into a new engine, or wait"),
            );
        }
    }
}

fn whole_days(micros: i64) -> String {
    match micros / DAY {
        1 => "1 day".to_owned(),
        days if days > 0 => format!("{days} days"),
        _ => format!("{} hours", micros / 3_600_000_000),
    }
}

/// `; from 2026-10-01 on they are exact`, where the host says what day it is.
fn exact_from(scope: &Scope<'_>, after: i64) -> String {
    let Some(workspace) = &scope.workspace else { return String::new() };
    let days = i32::try_from((after + DAY - 1) / DAY).unwrap_or(i32::MAX);
    let today = scope.context.today.or_else(|| {
        let now: Timestamp = scope.context.now?;
        Some(now.on_clock(&workspace.zone).date)
    });
    today.map_or_else(String::new, |today| {
        format!("; from {} on they are exact", today.plus_days(days.saturating_add(1)))
    })
}

/// What the next check must know of what is kept.
pub(crate) fn remember(scope: &Scope<'_>, manifest: &mut Manifest) {
    for event in &scope.events {
        let fields = event.fields.iter().map(|field| field.name.clone()).collect();
        let kept = super::rules::Kept { micros: event.kept, fields };
        manifest.events.insert(event.name.clone(), kept);
    }
}

/// How long an event is kept, as its heading says it.
pub(crate) fn kept_words(def: Def<'_>) -> String {
    let kept = def.node.clauses.iter().find_map(|clause| match clause {
        Clause::Kept(Duration { span, .. }) => def.file.text().get(span.range()),
        _ => None,
    });
    kept.unwrap_or("some time").trim().to_owned()
}
