//! How a journey is entered: `enter`, `again`, `at_once`, `include`.
//!
//! In: the fields of a journey. Out: an [`Enter`] and whether somebody may come again, and per what.

use super::super::aggregates::find_field;
use super::super::conditions::filter;
use super::super::fields::{Fields, value_span};
use super::super::literal::clock;
use super::super::rules::{Again, Attribute, Enter, Need, Per};
use super::super::scope::{Def, Kind, Problems, Scope};
use super::Entered;
use super::waits::{length, weekday};
use crate::diagnostic::{Code, Diagnostic};
use crate::mutant::mutant;
use crate::syntax::ast::{Atom, EventPhrase, Value, Word};
use crate::syntax::{Source, Span};
use crate::value::Type;

/// The most runs that somebody may have in one journey.
const MOST_RUNS: u32 = 1000;

/// What makes somebody enter.
pub(super) fn enter(
    value: &Value,
    fields: &Fields<'_>,
    user: &str,
    scope: &mut Scope<'_>,
    problems: &mut Problems,
) -> Option<Enter> {
    let file = fields.file();
    let already_in = include(value, fields, problems);
    match value {
        Value::Atom(Atom::Word(word)) if word.text == "request" => Some(Enter::Request),
        Value::Atom(Atom::Word(word)) => {
            if let Some(found) = segment_as_event(word, file, scope) {
                problems.push(found);
                return None;
            }
            let event = scope.find(Kind::Event, word, file, user, problems)?;
            Some(Enter::Event { event, filter: Vec::new(), first: false })
        }
        Value::Event(phrase) => event_phrase(phrase, file, user, scope, problems),
        Value::Segment(word) => {
            let segment = scope.find(Kind::Segment, word, file, user, problems)?;
            Some(Enter::Segment { segment, already_in })
        }
        Value::Every(word, at) => {
            let day = match word.text.as_str() {
                "day" => Some(None),
                _ => weekday(word, &["day"], file, problems).map(Some),
            };
            let Some(at) = at else {
                problems.push(
                    Diagnostic::new(
                        Code("E1001"),
                        file.name(),
                        word.span,
                        "this does not say at what time",
                        "a schedule goes by each customer's clock",
                    )
                    .choice(
                        format!("enter: every {} at 09:00", word.text),
                        word.span,
                        format!("{} at 09:00", word.text),
                    ),
                );
                return None;
            };
            let minute = clock(file, at, problems);
            Some(Enter::Schedule { weekday: day?, minute: minute? })
        }
        _ => {
            let span = value_span(value).unwrap_or_else(|| fields.key_span("enter"));
            problems.push(
                Diagnostic::new(
                    Code("E1001"),
                    file.name(),
                    span,
                    "nobody enters a journey like this",
                    "an event, a segment, a schedule or a request of the application begins it",
                )
                .paste("enter: cart_abandoned where { value >= EUR 40 }")
                .paste("enter: segment lapsed")
                .paste("enter: every monday at 09:00")
                .paste("enter: request"),
            );
            None
        }
    }
}

/// A segment that was written like an event.
fn segment_as_event(word: &Word, file: &Source, scope: &Scope<'_>) -> Option<Diagnostic> {
    let known =
        |kind: &str| scope.definitions.get(kind).is_some_and(|all| all.contains_key(&word.text));
    if !known("segment") || known("event") {
        return None;
    }
    let right = format!("segment {}", word.text);
    Some(
        Diagnostic::new(
            Code("E1001"),
            file.name(),
            word.span,
            format!("`{}` is a segment, not an event", word.text),
            "who enters by a segment does so when its answer turns to yes",
        )
        .fix(format!("enter: {right}"), word.span, right),
    )
}

fn event_phrase(
    phrase: &EventPhrase,
    file: &Source,
    user: &str,
    scope: &mut Scope<'_>,
    problems: &mut Problems,
) -> Option<Enter> {
    if let Some(within) = &phrase.within {
        problems.push(
            Diagnostic::new(
                Code("E1001"),
                file.name(),
                within.span,
                "`within` does not belong behind `enter`",
                "somebody enters at the moment of the event",
            )
            .advice("remove `within`, or write it behind `goal`"),
        );
    }
    let event = scope.find(Kind::Event, &phrase.event, file, user, problems)?;
    let filter = match &phrase.filter {
        Some(body) => {
            let before = problems.0.len();
            let lines = filter(scope, body, file, event, problems);
            if problems.0.iter().skip(before).any(is_error) {
                return None;
            }
            lines
        }
        None => Vec::new(),
    };
    Some(Enter::Event { event, filter, first: phrase.first })
}

pub(super) fn is_error(found: &Diagnostic) -> bool {
    found.severity == crate::diagnostic::Severity::Error
}

/// `include: those already in`.
fn include(enter: &Value, fields: &Fields<'_>, problems: &mut Problems) -> bool {
    match fields.value("include") {
        None => false,
        Some(Value::ThoseAlreadyIn) => {
            if !matches!(enter, Value::Segment(_)) {
                problems.push(
                    Diagnostic::new(
                        Code("E1001"),
                        fields.file().name(),
                        fields.key_span("include"),
                        "nobody is already in",
                        "only a segment has people in it when the journey begins",
                    )
                    .advice("remove this line, or enter by a segment"),
                );
            }
            true
        }
        Some(_) => {
            fields.wrong("include", "`those already in`", problems);
            false
        }
    }
}

/// The event whose fields `entry.` reads.
pub(super) fn event(enter: &Enter) -> Option<usize> {
    match enter {
        Enter::Event { event, .. } => Some(*event),
        Enter::Segment { .. } | Enter::Schedule { .. } | Enter::Request => None,
    }
}

/// A schedule comes for everyone, so it says for whom.
pub(super) fn needs_who(
    enter: &Option<Enter>,
    fields: &Fields<'_>,
    def: Def<'_>,
    problems: &mut Problems,
) {
    let said = fields.block("who", &mut Problems::default()).is_some();
    if matches!(enter, Some(Enter::Schedule { .. })) && !said && !mutant!("a_schedule_needs_no_who")
    {
        problems.push(
            Diagnostic::new(
                Code("E1002"),
                def.file.name(),
                fields.key_span("enter"),
                "this does not say who enters",
                "at that time every customer there is would begin the journey",
            )
            .paste("who { in segment lapsed }"),
        );
    }
}

/// Whether somebody may come again, and with one run for what.
#[allow(clippy::option_option, reason = "refused, or none, or some")]
pub(super) fn again(
    fields: &Fields<'_>,
    scope: &Scope<'_>,
    problems: &mut Problems,
) -> Option<(Again, Option<Per>)> {
    let (again, per) = match fields.value("again")? {
        Value::Atom(Atom::Word(word)) => match word.text.as_str() {
            "never" => (Some(Again::Never), None),
            "always" => (Some(Again::Always), None),
            "restart" => (Some(Again::Restart), None),
            _ => (wrong(fields, problems), None),
        },
        Value::AfterLeaving(duration) => {
            (length(fields.file(), duration, scope, problems).map(Again::After), None)
        }
        Value::AlwaysPer(word) => (Some(Again::Always), Some(word)),
        Value::AgainPer(again) => {
            let how = match &again.how {
                crate::syntax::ast::AgainHow::Never => Some(Again::Never),
                crate::syntax::ast::AgainHow::Restart => Some(Again::Restart),
                crate::syntax::ast::AgainHow::After(duration) => {
                    length(fields.file(), duration, scope, problems).map(Again::After)
                }
            };
            (how, Some(&again.per))
        }
        _ => (wrong(fields, problems), None),
    };
    let per = match per {
        Some(word) => Some(self::per(word, fields, scope, problems)),
        None => {
            if fields.get("at_once").is_some() {
                problems.push(
                    Diagnostic::new(
                        Code("E1004"),
                        fields.file().name(),
                        fields.key_span("at_once"),
                        "without `per` somebody is here once at a time",
                        "`at_once` bounds how many runs a customer has, one per value of a field",
                    )
                    .advice("remove this line, or write `again: always per order_id`"),
                );
            }
            None
        }
    };
    match per {
        Some(None) => None,
        Some(per) => Some((again?, per)),
        None => Some((again?, None)),
    }
}

fn wrong(fields: &Fields<'_>, problems: &mut Problems) -> Option<Again> {
    let span = fields.value("again").and_then(value_span);
    problems.push(
        Diagnostic::new(
            Code("E1004"),
            fields.file().name(),
            span.unwrap_or_else(|| fields.key_span("again")),
            "this does not say whether somebody may come again",
            "it is never, some time after leaving, always, or restart",
        )
        .paste("again: never")
        .paste("again: 14 days after leaving")
        .paste("again: always")
        .paste("again: restart"),
    );
    None
}

/// One run for each value of a field.
fn per(
    word: &Word,
    fields: &Fields<'_>,
    scope: &Scope<'_>,
    problems: &mut Problems,
) -> Option<Per> {
    let file = fields.file();
    let at_once = if fields.get("at_once").is_some() {
        fields.whole("at_once", 1, MOST_RUNS, problems)
    } else {
        problems.push(
            Diagnostic::new(
                Code("E1004"),
                file.name(),
                word.span,
                format!("this does not say how many `{}`s somebody may have at once", word.text),
                "one customer could fill the memory with runs",
            )
            .paste("at_once: 20"),
        );
        None
    };
    let event = match scope.entered {
        Some(Entered::Event(event)) => event,
        Some(Entered::Nothing) => {
            problems.push(
                Diagnostic::new(
                    Code("E1004"),
                    file.name(),
                    word.span,
                    format!("there is no `{}` to have one run per", word.text),
                    "only who enters with an event brings a field along",
                )
                .advice("let an event begin the journey, or leave `per` out"),
            );
            return None;
        }
        _ => return None,
    };
    let field = find_field(scope, event, word, file, problems)?;
    let declared = scope.events.get(event)?.fields.get(field)?;
    fits(declared, word.span, file, problems)?;
    Some(Per { field, at_once: at_once? })
}

fn fits(declared: &Attribute, span: Span, file: &Source, problems: &mut Problems) -> Option<()> {
    let name = &declared.name;
    let why = if matches!(declared.kind, Type::SomeOf(_)) {
        "it holds several values, and a run has one"
    } else if declared.need != Need::Required && !mutant!("per_may_be_missing") {
        "an event without it would belong to no run"
    } else {
        return Some(());
    };
    problems.push(
        Diagnostic::new(
            Code("E1004"),
            file.name(),
            span,
            format!("there cannot be one run per `{name}`"),
            why,
        )
        .advice(format!("use a field that the event requires, such as `{name}: required text`")),
    );
    None
}
