//! `in the last 30 days`, `in the next 2 calendar months`: how far a date or a time may lie from now.

use super::rules::{CalendarUnit, RelativeSpan, SpanLength};
use super::scope::{Problems, Scope};
use crate::diagnostic::{Code, Diagnostic};
use crate::syntax::Source;
use crate::syntax::ast::{Duration, Reach, Unit};
use crate::value::{MINUTE, Type};

/// The longest span: a hundred years, in days.
const LONGEST: u32 = 36_525;

/// Reads a span for an attribute of type `date` or `time`.
pub(crate) fn span(
    scope: &Scope<'_>,
    file: &Source,
    reach: &Reach,
    kind: &Type,
    name: &str,
    problems: &mut Problems,
) -> Option<RelativeSpan> {
    let duration = &reach.duration;
    let count = count(file, duration, problems)?;
    let refuse = |found: Diagnostic, problems: &mut Problems| {
        problems.push(found);
        None
    };
    let date = matches!(kind, Type::Date);
    let rolling =
        |minutes: i64| SpanLength::Rolling { micros: i64::from(count) * minutes * MINUTE };
    let days = |days: u32| {
        if date {
            SpanLength::Days { count: count * days }
        } else {
            rolling(i64::from(days) * 1440)
        }
    };
    let length = match (duration.unit, duration.calendar) {
        (Unit::Minute | Unit::Hour, true) => {
            let why = "the calendar has days, weeks, months, quarters and years";
            let found = Diagnostic::new(
                Code("E0311"),
                file.name(),
                duration.span,
                "hours and minutes have no calendar",
                why,
            );
            let text = format!("{count} {}", word(duration.unit, count));
            return refuse(found.choice(text.clone(), duration.span, text), problems);
        }
        (Unit::Minute | Unit::Hour, false) if date => {
            let found = Diagnostic::new(
                Code("E0311"),
                file.name(),
                duration.span,
                format!("`{name}` is a whole day and has no hours"),
                "dates are compared by whole days",
            );
            let text = "1 day";
            let line = scope.line_with(file, duration.span, text);
            return refuse(found.choice(line, duration.span, text), problems);
        }
        (Unit::Minute, false) => rolling(1),
        (Unit::Hour, false) => rolling(60),
        (Unit::Day, false) => days(1),
        (Unit::Week, false) => days(7),
        (Unit::Month | Unit::Quarter | Unit::Year, false) => {
            return refuse(months(scope, file, duration, count), problems);
        }
        (unit, true) => SpanLength::Calendar { count, unit: calendar(unit)? },
    };
    Some(RelativeSpan { next: reach.next, length })
}

/// How many units a length has.
pub(super) fn count(file: &Source, duration: &Duration, problems: &mut Problems) -> Option<u32> {
    let raw = &duration.count.raw;
    let unit = match duration.unit {
        Unit::Minute => 1440 * LONGEST,
        Unit::Hour => 24 * LONGEST,
        Unit::Day => LONGEST,
        Unit::Week => LONGEST / 7,
        Unit::Month => LONGEST / 31,
        Unit::Quarter => LONGEST / 92,
        Unit::Year => 100,
    };
    let count = raw.parse::<u32>().ok().filter(|count| (1..=unit).contains(count));
    if count.is_none() {
        problems.push(
            Diagnostic::new(
                Code("E0320"),
                file.name(),
                duration.count.span,
                format!("{raw} is no length that can be counted"),
                "a length is a whole number from 1 up, and at most a hundred years",
            )
            .advice("a whole number such as 30"),
        );
    }
    count
}

/// The calendar's unit; minutes and hours have none.
pub(super) fn calendar(unit: Unit) -> Option<CalendarUnit> {
    match unit {
        Unit::Minute | Unit::Hour => None,
        Unit::Day => Some(CalendarUnit::Day),
        Unit::Week => Some(CalendarUnit::Week),
        Unit::Month => Some(CalendarUnit::Month),
        Unit::Quarter => Some(CalendarUnit::Quarter),
        Unit::Year => Some(CalendarUnit::Year),
    }
}

/// The days that a fix offers instead of a unit that has a calendar.
pub(super) fn days_of(unit: Unit) -> Option<u32> {
    match unit {
        Unit::Minute | Unit::Hour => None,
        Unit::Day => Some(1),
        Unit::Week => Some(7),
        Unit::Month => Some(30),
        Unit::Quarter => Some(90),
        Unit::Year => Some(365),
    }
}

fn months(scope: &Scope<'_>, file: &Source, duration: &Duration, count: u32) -> Diagnostic {
    let plural = word(duration.unit, 2);
    let days = days_of(duration.unit).unwrap_or(1);
    let rolling = format!("{} days", count.saturating_mul(days));
    let calendar = format!("{count} calendar {}", word(duration.unit, count));
    let line = |text: &str| scope.line_with(file, duration.span, text);
    let headline = format!("{plural} differ in length");
    let why = "a length that is counted from now needs days, or the word `calendar`";
    Diagnostic::new(Code("E0310"), file.name(), duration.span, headline, why)
        .choice(line(&rolling), duration.span, rolling.clone())
        .choice(line(&calendar), duration.span, calendar.clone())
}

/// A unit as it is written behind that many.
pub(super) fn word(unit: Unit, count: u32) -> &'static str {
    match (unit, count) {
        (Unit::Minute, 1) => "minute",
        (Unit::Minute, _) => "minutes",
        (Unit::Hour, 1) => "hour",
        (Unit::Hour, _) => "hours",
        (Unit::Day, 1) => "day",
        (Unit::Day, _) => "days",
        (Unit::Week, 1) => "week",
        (Unit::Week, _) => "weeks",
        (Unit::Month, 1) => "month",
        (Unit::Month, _) => "months",
        (Unit::Quarter, 1) => "quarter",
        (Unit::Quarter, _) => "quarters",
        (Unit::Year, 1) => "year",
        (Unit::Year, _) => "years",
    }
}
