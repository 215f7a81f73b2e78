//! What a journey says beside its steps: `longest`, `goal`, `while here`, `on_change`, `moved`.
//!
//! In: the fields and blocks of a journey. Out: typed parts; `None` is always reported, or missing and compulsory.

use std::collections::BTreeMap;

use super::super::conditions::{Place, conditions};
use super::super::fields::{Fields, name_text, value_span};
use super::super::rules::{Goal, GoalBy, Lift, OnChange, Per};
use super::super::scope::{Kind, Problems, Scope};
use super::Seat;
use super::entry::is_error;
use super::steps::Table;
use super::waits::{awaited, length, spoken};
use crate::diagnostic::{Code, Diagnostic};
use crate::mutant::mutant;
use crate::syntax::ast::{Atom, Block, Entry, Key, LiteralKind, Name, Range, Shape, Value, Word};
use crate::syntax::{Source, Span, print_item};

/// How far a weight may be lifted.
const HIGHEST: f64 = 1000.0;

/// How long a run lasts at most.
pub(super) fn longest(
    fields: &Fields<'_>,
    scope: &Scope<'_>,
    problems: &mut Problems,
) -> Option<i64> {
    match fields.value("longest")? {
        Value::Atom(Atom::Duration(duration)) => length(fields.file(), duration, scope, problems),
        _ => {
            fields.wrong("longest", "a length of time", problems);
            None
        }
    }
}

/// The goal; `Some(None)` where there is none.
#[allow(clippy::option_option, reason = "refused, or none, or some")]
pub(super) fn goal(
    fields: &Fields<'_>,
    per: Option<Per>,
    longest: Option<i64>,
    seat: Seat<'_, '_>,
    scope: &mut Scope<'_>,
    problems: &mut Problems,
) -> Option<Option<Goal>> {
    let file = seat.file;
    let block = fields.block("goal", problems);
    let Some(value) = fields.value("goal") else {
        return match block {
            None => Some(None),
            Some(block) => state(block, seat, scope, problems).map(Some),
        };
    };
    if let Some(block) = block {
        problems.push(
            Diagnostic::new(
                Code("E0211"),
                file.name(),
                name_text(&block.heading).1,
                format!("journey `{}` says its `goal` twice", seat.name),
                "only one of the two can hold",
            )
            .also(file.name(), fields.key_span("goal"), "first said here")
            .advice("keep the event, or the lines"),
        );
        return None;
    }
    let (word, body, within) = match value {
        Value::Atom(Atom::Word(word)) => (word, None, None),
        Value::Event(phrase) if !phrase.first => {
            if phrase.within.is_some() && !phrase.of_entering {
                let span = phrase.within.as_ref().map_or_else(Span::default, |d| d.span);
                let end = Span { start: span.end, end: span.end };
                let text = file.text().get(span.range()).unwrap_or("3 days");
                problems.push(
                    Diagnostic::new(
                        Code("E1005"),
                        file.name(),
                        span,
                        "this does not say from when it is counted",
                        "a goal is reached within some time of entering",
                    )
                    .fix(
                        format!("within {text} of entering"),
                        end,
                        " of entering",
                    ),
                );
                return None;
            }
            (&phrase.event, phrase.filter.as_ref(), phrase.within.as_ref())
        }
        Value::Segment(word) => {
            let line = format!("goal {{ in segment {} }}", word.text);
            problems.push(
                Diagnostic::new(
                    Code("E1005"),
                    file.name(),
                    word.span,
                    "a goal is an event, or lines that hold",
                    "what must be true stands in a block",
                )
                .paste(line),
            );
            return None;
        }
        _ => {
            let span = value_span(value).unwrap_or_else(|| fields.key_span("goal"));
            problems.push(
                Diagnostic::new(
                    Code("E1005"),
                    file.name(),
                    span,
                    "a goal is an event, or lines that hold",
                    "the run ends as soon as it is reached",
                )
                .paste("goal: purchase within 3 days of entering")
                .paste("goal { plan is fibre }"),
            );
            return None;
        }
    };
    let by = awaited(word, body, per, seat, scope, problems);
    let within = match within {
        None => None,
        Some(duration) => {
            let read = length(file, duration, scope, problems)?;
            if let Some(longest) = longest
                && read > longest
            {
                problems.push(
                    Diagnostic::new(
                        Code("W1002"),
                        file.name(),
                        duration.span,
                        format!("the goal counts for {} at most", spoken(longest)),
                        format!("`longest` ends the journey after {}", spoken(longest)),
                    )
                    .advice("write a shorter time, or lengthen `longest`"),
                );
            }
            Some(read)
        }
    };
    let (event, filter) = by?;
    let line = scope.line(file, fields.key_span("goal"), goal_text(fields));
    Some(Some(Goal { by: GoalBy::Event { event, filter }, within, line }))
}

/// The line as it is written.
fn goal_text(fields: &Fields<'_>) -> String {
    fields.get("goal").map_or_else(String::new, |field| {
        let shape = Shape::Field(field.clone());
        let item = crate::syntax::ast::Item {
            comments: Vec::new(),
            blank_above: false,
            joined: false,
            shape,
            comment: None,
            span: Span::default(),
        };
        print_item(&item)
    })
}

fn state(
    block: &Block,
    seat: Seat<'_, '_>,
    scope: &mut Scope<'_>,
    problems: &mut Problems,
) -> Option<Goal> {
    let (_, span) = name_text(&block.heading);
    if block.body.items.is_empty() {
        problems.push(
            Diagnostic::new(
                Code("E0309"),
                seat.file.name(),
                span,
                "`goal` has no lines",
                "everybody would have reached it",
            )
            .advice("add lines, or remove the block"),
        );
        return None;
    }
    let before = problems.0.len();
    let lines = conditions(scope, &block.body, seat.file, seat.user, Place::Who, problems);
    if problems.0.iter().skip(before).any(is_error) {
        return None;
    }
    let line = scope.line(seat.file, span, "goal".to_owned());
    Some(Goal { by: GoalBy::State(lines), within: None, line })
}

/// Weights while somebody is here; `None` where a line is wrong, which is reported.
pub(super) fn while_here(
    fields: &Fields<'_>,
    seat: Seat<'_, '_>,
    scope: &mut Scope<'_>,
    problems: &mut Problems,
) -> Option<Vec<Lift>> {
    let Some(block) = fields.block("while", problems) else { return Some(Vec::new()) };
    let file = seat.file;
    if !matches!(&block.name, Some(Name::Word(word)) if word.text == "here") {
        let span = name_text(&block.heading).1;
        problems.push(
            Diagnostic::new(
                Code("E1020"),
                file.name(),
                span,
                "this block is called `while here`",
                "it holds while somebody is in the journey",
            )
            .choice("while here { weight of cart_reminder: 1.5 }", span, "while here"),
        );
        return None;
    }
    let mut found: BTreeMap<usize, (Lift, Span)> = BTreeMap::new();
    let mut broken = false;
    for item in &block.body.items {
        if matches!(item.shape, Shape::Unreadable(_)) {
            broken = true;
            continue;
        }
        let Some((word, value)) = weight_line(&item.shape) else {
            problems.push(
                Diagnostic::new(
                    Code("E1020"),
                    file.name(),
                    item.span,
                    "this line lifts no weight",
                    "while somebody is here, actions can weigh more or less at the placements",
                )
                .paste("weight of cart_reminder: 1.5"),
            );
            broken = true;
            continue;
        };
        let action = scope.find(Kind::Action, word, file, seat.user, problems);
        let factor = factor(value, item.span, file, problems);
        let (Some(action), Some(factor)) = (action, factor) else {
            broken = true;
            continue;
        };
        broken |= !competes(word, action, seat, problems);
        let line = scope.line(file, item.span, print_item(item));
        if let Some((_, first)) = found.get(&action) {
            problems.push(
                Diagnostic::new(
                    Code("E0211"),
                    file.name(),
                    word.span,
                    format!("the weight of `{}` is said twice", word.text),
                    "only one of the two can hold",
                )
                .also(file.name(), *first, "first said here")
                .advice("remove one of the two lines"),
            );
            broken = true;
            continue;
        }
        found.insert(action, (Lift { action, factor, line }, word.span));
    }
    (!broken).then(|| found.into_values().map(|(lift, _)| lift).collect())
}

fn weight_line(shape: &Shape) -> Option<(&Word, &Value)> {
    match shape {
        Shape::Field(field) => match &field.key {
            Key::Of(what, word) if what.text == "weight" => Some((word, &field.value)),
            _ => None,
        },
        _ => None,
    }
}

fn factor(value: &Value, span: Span, file: &Source, problems: &mut Problems) -> Option<f64> {
    let read = match value {
        Value::Atom(Atom::Literal(literal)) if literal.kind == LiteralKind::Number => {
            literal.raw.parse::<f64>().ok()
        }
        _ => None,
    };
    let read = read.filter(|factor| (0.0..=HIGHEST).contains(factor));
    if read.is_none() {
        problems.push(
            Diagnostic::new(
                Code("E1020"),
                file.name(),
                value_span(value).unwrap_or(span),
                "a weight is multiplied by a number from 0 to 1000",
                "what is below zero would turn the best into the worst",
            )
            .advice("a number such as 1.5"),
        );
    }
    read
}

/// Only what competes at placements can weigh more there.
fn competes(word: &Word, action: usize, seat: Seat<'_, '_>, problems: &mut Problems) -> bool {
    let Some(read) = seat.actions.get(action).and_then(Option::as_ref) else { return false };
    if read.action.competes() && !read.action.only_in_journeys {
        return true;
    }
    problems.push(
        Diagnostic::new(
            Code("E1020"),
            seat.file.name(),
            word.span,
            format!("`{}` competes nowhere", word.text),
            "a weight counts where actions are ranked",
        )
        .also(read.def.file.name(), read.def.name_span(), "defined here")
        .advice("name an action that gives value and propensity, or remove the line"),
    );
    false
}

/// `on_change: move`.
pub(super) fn on_change(fields: &Fields<'_>, problems: &mut Problems) -> Option<OnChange> {
    match fields.value("on_change") {
        None => Some(OnChange::Stay),
        Some(Value::Atom(Atom::Word(word))) if word.text == "stay" => Some(OnChange::Stay),
        Some(Value::Atom(Atom::Word(word))) if word.text == "move" => Some(OnChange::Move),
        Some(_) => {
            fields.wrong("on_change", "stay or move", problems);
            None
        }
    }
}

/// `moved: old_step to new_step`, or a list of them; `None` where one is wrong, which is reported.
pub(super) fn moved(
    fields: &Fields<'_>,
    table: Option<&Table>,
    file: &Source,
    problems: &mut Problems,
) -> Option<Vec<(String, usize)>> {
    let ranges: Vec<&Range> = match fields.value("moved") {
        None => return Some(Vec::new()),
        Some(Value::Range(range)) => vec![range],
        Some(Value::List(list))
            if !list.entries.is_empty()
                && list.entries.iter().all(|entry| matches!(entry, Entry::Range(_))) =>
        {
            let ranges = list.entries.iter().filter_map(|entry| match entry {
                Entry::Range(range) => Some(&**range),
                Entry::Atom(_) => None,
            });
            ranges.collect()
        }
        Some(_) => {
            fields.wrong("moved", "an old and a new name", problems);
            return None;
        }
    };
    let table = table?;
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    let mut broken = false;
    for range in ranges {
        let (Atom::Word(old), Atom::Word(new)) = (&range.low, &range.high) else {
            fields.wrong("moved", "an old and a new name", problems);
            return None;
        };
        let at = |word: &Word| table.steps.iter().position(|step| step.name == word.text);
        let report = |span: Span, headline: String, why: &str, advice: String| {
            Diagnostic::new(Code("E1020"), file.name(), span, headline, why).advice(advice)
        };
        if at(old).is_some() && !mutant!("a_step_that_is_there_may_have_moved") {
            problems.push(report(
                old.span,
                format!("step `{}` is still there", old.text),
                "only who stands on a step that is gone has to be moved",
                "remove this, or rename the step".to_owned(),
            ));
            broken = true;
        } else if let Some(index) = at(new) {
            if found.insert(old.text.clone(), index).is_some() {
                problems.push(report(
                    old.span,
                    format!("`{}` is moved twice", old.text),
                    "whoever stood there goes on in one place",
                    "remove one of the two".to_owned(),
                ));
                broken = true;
            }
        } else {
            problems.push(no_step(new, table, file));
            broken = true;
        }
    }
    (!broken).then(|| found.into_iter().collect())
}

fn no_step(word: &Word, table: &Table, file: &Source) -> Diagnostic {
    let names: Vec<&str> =
        table.steps.iter().filter(|step| step.named).map(|step| step.name.as_str()).collect();
    let headline = format!("there is no step `{}`", word.text);
    let found = |why: String| Diagnostic::new(Code("E1020"), file.name(), word.span, headline, why);
    match super::super::nearest::nearest(&word.text, names.iter().copied()) {
        Some(near) => found(format!("the closest is `{near}`")).fix(near, word.span, near),
        None => {
            found("a step is called like its wait, or like the action that it sends".to_owned())
                .advice("name the wait, such as `wait first_pause: 2 hours`")
        }
    }
}
