//! How long steps wait: lengths, times of day, days, and events.
//!
//! In: `wait` lines. Out: [`Until`]s and lengths in microseconds. What a wait could never know is an error here.

use super::super::aggregates::find_field;
use super::super::literal::{clock, date, moment};
use super::super::nearest::{listed, nearest};
use super::super::rules::{EventFilter, Need, Origin, Per, Until};
use super::super::scope::{Kind, Problems, Scope};
use super::super::spans::{count, days_of, word as unit_word};
use super::entry::is_error;
use super::lines::{entered, event_filter};
use super::{Entered, Seat};
use crate::diagnostic::{Code, Diagnostic};
use crate::mutant::mutant;
use crate::syntax::ast::{Atom, Body, Duration, LiteralKind, Unit, Word};
use crate::syntax::{Source, Span};
use crate::value::{DAY, Day, MINUTE, Type};

/// Monday to Sunday.
const WEEKDAYS: [&str; 7] =
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// A length of time, which never changes: in minutes, hours, days or weeks.
pub(super) fn length(
    file: &Source,
    duration: &Duration,
    scope: &Scope<'_>,
    problems: &mut Problems,
) -> Option<i64> {
    let number = count(file, duration, problems)?;
    let minutes = match duration.unit {
        Unit::Minute => 1,
        Unit::Hour => 60,
        Unit::Day => 1440,
        Unit::Week => 7 * 1440,
        Unit::Month | Unit::Quarter | Unit::Year => 0,
    };
    if minutes == 0 || duration.calendar {
        let text = match days_of(duration.unit) {
            Some(days) => format!("{} days", number.saturating_mul(days)),
            None => format!("{number} {}", unit_word(duration.unit, number)),
        };
        let line = scope.line_with(file, duration.span, &text);
        problems.push(
            Diagnostic::new(
                Code("E1019"),
                file.name(),
                duration.span,
                "a journey counts in minutes, hours, days and weeks",
                "they have one length, wherever and whenever somebody waits",
            )
            .choice(line, duration.span, text),
        );
        return None;
    }
    Some(i64::from(number) * minutes * MINUTE)
}

/// The number of a weekday; `also` are other words that would fit.
pub(super) fn weekday(
    word: &Word,
    also: &[&'static str],
    file: &Source,
    problems: &mut Problems,
) -> Option<u8> {
    if let Some(at) = WEEKDAYS.iter().position(|day| *day == word.text) {
        return u8::try_from(at).ok();
    }
    let names: Vec<&'static str> = also.iter().copied().chain(WEEKDAYS).collect();
    let found = |why: String| {
        let headline = format!("`{}` is no day of the week", word.text);
        Diagnostic::new(Code("E1019"), file.name(), word.span, headline, why)
    };
    problems.push(match nearest(&word.text, names.iter().copied()) {
        Some(near) => found(format!("the closest is `{near}`")).fix(near, word.span, near),
        None => found(format!("it can be {}", listed(&names, "or")))
            .choice("monday", word.span, "monday"),
    });
    None
}

/// `until 09:00`, `until monday 09:00`, `until 2026-12-24`, `until entry.due`.
pub(super) fn until(
    day: Option<&Word>,
    to: &Atom,
    file: &Source,
    scope: &mut Scope<'_>,
    problems: &mut Problems,
) -> Option<Until> {
    let weekday = match day {
        Some(word) => Some(self::weekday(word, &[], file, problems)?),
        None => None,
    };
    match to {
        Atom::Literal(literal) => match literal.kind {
            LiteralKind::Clock => {
                clock(file, literal, problems).map(|minute| Until::Clock { weekday, minute })
            }
            LiteralKind::Moment => moment(file, literal, problems).map(Until::Moment),
            LiteralKind::Date => {
                date(file, literal, problems).map(|date| Until::Moment(Day { date, minute: 0 }))
            }
            _ => None,
        },
        Atom::Word(word) => {
            let declared = scope.attribute_index(Origin::Customer, &word.text).is_some();
            if WEEKDAYS.contains(&word.text.as_str()) && !declared {
                let text = format!("{} 09:00", word.text);
                problems.push(
                    Diagnostic::new(
                        Code("E1019"),
                        file.name(),
                        word.span,
                        "this does not say at what time",
                        "a wait ends at a time of the customer's clock",
                    )
                    .choice(format!("wait until {text}"), word.span, text),
                );
                return None;
            }
            let index = scope.attribute(Origin::Customer, word, file, problems)?;
            let found = scope.attributes.get(index)?;
            dated(&found.kind, &found.need, &word.text, word.span, file, problems)?;
            Some(Until::Attribute(index))
        }
        Atom::Path(first, last) if first.text == "entry" => {
            let event = entered(scope, last, file, problems)?;
            let index = find_field(scope, event, last, file, problems)?;
            let found = scope.events.get(event)?.fields.get(index)?;
            let name = format!("entry.{}", last.text);
            dated(&found.kind, &found.need, &name, first.span.to(last.span), file, problems)?;
            Some(Until::Entry(index))
        }
        Atom::Path(first, last) => {
            problems.push(
                Diagnostic::new(
                    Code("E1019"),
                    file.name(),
                    first.span.to(last.span),
                    format!("nobody can wait until `{}.{}`", first.text, last.text),
                    "a wait reads attributes of the customer, or what the run entered with",
                )
                .advice("an attribute that is a date or a time, or `entry.` and a field"),
            );
            None
        }
        Atom::Duration(_) | Atom::Text(_) => None,
    }
}

/// A wait must know until when.
fn dated(
    kind: &Type,
    need: &Need,
    name: &str,
    span: Span,
    file: &Source,
    problems: &mut Problems,
) -> Option<()> {
    let (why, advice) = if !matches!(kind, Type::Date | Type::Time) {
        ("it is no date and no time".to_owned(), "use a date or a time".to_owned())
    } else if *need == Need::Optional && !mutant!("a_wait_may_be_for_the_unknown") {
        let why = "for some it is unknown, and they would wait for ever, or not at all".to_owned();
        (why, format!("declare `{name}` as required or with a default, or wait for a length"))
    } else {
        return Some(());
    };
    problems.push(
        Diagnostic::new(
            Code("E1019"),
            file.name(),
            span,
            format!("nobody can wait until `{name}`"),
            why,
        )
        .advice(advice),
    );
    None
}

/// `cart_opened where { ... }`: an event that a run waits for, or that is its goal.
pub(super) fn awaited(
    word: &Word,
    body: Option<&Body>,
    per: Option<Per>,
    place: Seat<'_, '_>,
    scope: &mut Scope<'_>,
    problems: &mut Problems,
) -> Option<(usize, EventFilter)> {
    let file = place.file;
    let event = scope.find(Kind::Event, word, file, place.user, problems)?;
    let before = problems.0.len();
    let filter = match body {
        Some(body) => event_filter(scope, body, file, event, problems),
        None => EventFilter::default(),
    };
    if problems.0.iter().skip(before).any(is_error) {
        return None;
    }
    own_run(word, &filter, event, per, file, scope, problems)?;
    Some((event, filter))
}

/// With one run per order, the event of one order must not move the run of another.
fn own_run(
    word: &Word,
    filter: &EventFilter,
    event: usize,
    per: Option<Per>,
    file: &Source,
    scope: &Scope<'_>,
    problems: &mut Problems,
) -> Option<()> {
    let (Some(per), Some(Entered::Event(from))) = (per, scope.entered) else { return Some(()) };
    let key = scope.events.get(from)?.fields.get(per.field)?;
    let fields = &scope.events.get(event)?.fields;
    let has = fields.iter().any(|field| field.name == key.name && field.kind == key.kind);
    let said = filter.same.iter().any(|same| same.entry == per.field);
    if !has || said || mutant!("any_order_moves_the_run") {
        return Some(());
    }
    let (name, end) = (&key.name, Span { start: word.span.end, end: word.span.end });
    let line = format!("{name} is entry.{name}");
    let found = Diagnostic::new(
        Code("E1007"),
        file.name(),
        word.span,
        format!("`{}` of another `{name}` would count here", word.text),
        format!("there is one run per `{name}`, and this does not say which one is meant"),
    );
    let written = !filter.conditions.is_empty() || !filter.same.is_empty();
    problems.push(if written {
        found.paste(line)
    } else {
        found.choice(
            format!("{} where {{ {line} }}", word.text),
            end,
            format!(" where {{ {line} }}"),
        )
    });
    None
}

/// A length in the author's words: `10 days`, `36 hours`.
pub(super) fn spoken(micros: i64) -> String {
    let (number, noun) = if micros % DAY == 0 {
        (micros / DAY, "day")
    } else if micros % (60 * MINUTE) == 0 {
        (micros / (60 * MINUTE), "hour")
    } else {
        (micros / MINUTE, "minute")
    };
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
