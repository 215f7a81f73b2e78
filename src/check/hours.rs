//! `send_hours`: the week by its days, each said once, spans within one day.

use super::literal::clock;
use super::nearest::nearest;
use super::rules::SendHours;
use super::scope::{Def, Problems};
use crate::diagnostic::{Code, Diagnostic};
use crate::mutant::mutant;
use crate::syntax::ast::{
    Atom, Entry, Field, Key, Literal, LiteralKind, Range, Shape, Value, Word,
};
use crate::syntax::{Source, Span};

const DAYS: [&str; 7] =
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// A week as far as it is said: each day's spans, and the line that says them.
type Week = [Option<(Vec<(u16, u16)>, Span)>; 7];

/// Reads one `send_hours` block; days that could not be read are closed.
pub(crate) fn hours(name: &str, def: Def<'_>, problems: &mut Problems) -> SendHours {
    let mut week = Week::default();
    let mut broken = false;
    for item in &def.node.body.items {
        match &item.shape {
            Shape::Field(field) => {
                broken |= line(name, def.file, field, item.span, &mut week, problems).is_none();
            }
            Shape::Unreadable(_) => broken = true,
            _ => {
                broken = true;
                problems.push(
                    Diagnostic::new(
                        Code("E0212"),
                        def.file.name(),
                        item.span,
                        format!("this line does not belong into `{name}`"),
                        "hours are said by day",
                    )
                    .paste("monday to friday: 09:00 to 20:00"),
                );
            }
        }
    }
    let missing: Vec<&str> =
        DAYS.iter().zip(&week).filter(|(_, spans)| spans.is_none()).map(|(day, _)| *day).collect();
    if !missing.is_empty() && !broken {
        let lines: Vec<String> = missing.iter().map(|day| format!("{day}: never")).collect();
        problems.push(
            Diagnostic::new(
                Code("E0313"),
                def.file.name(),
                def.name_span(),
                format!("`{name}` does not say {}", super::nearest::listed(&missing, "and")),
                "a day without hours could mean all day or not at all",
            )
            .paste(lines.join(", ")),
        );
    }
    SendHours { name: name.to_owned(), week: week.map(|day| day.map_or_else(Vec::new, |d| d.0)) }
}

fn line(
    name: &str,
    file: &Source,
    field: &Field,
    at: Span,
    week: &mut Week,
    problems: &mut Problems,
) -> Option<()> {
    let (first, last) = match &field.key {
        Key::Word(word) => (day(file, word, problems)?, day(file, word, problems)?),
        Key::Range(first, last) => {
            let (low, high) = (day(file, first, problems)?, day(file, last, problems)?);
            if low > high {
                problems.push(
                    trouble(
                        file,
                        first.span.to(last.span),
                        format!("{} to {} runs over the end of the week", first.text, last.text),
                        "the week goes from monday to sunday",
                    )
                    .advice(if low == 6 {
                        format!("sunday: ..., monday to {}: ...", last.text)
                    } else if high == 0 {
                        format!("{} to sunday: ..., monday: ...", first.text)
                    } else {
                        format!("{} to sunday: ..., monday to {}: ...", first.text, last.text)
                    }),
                );
                return None;
            }
            (low, high)
        }
        _ => {
            problems.push(
                trouble(
                    file,
                    at,
                    format!("this line does not belong into `{name}`"),
                    "hours are said by day",
                )
                .paste("monday to friday: 09:00 to 20:00"),
            );
            return None;
        }
    };
    let spans = spans(file, &field.value, at, problems)?;
    for (index, slot) in week.iter_mut().enumerate().take(last + 1).skip(first) {
        match slot {
            Some((_, before)) => {
                let day = DAYS.get(index).copied().unwrap_or("this day");
                problems.push(
                    trouble(
                        file,
                        at,
                        format!("`{name}` says {day} twice"),
                        "only one of the two can hold",
                    )
                    .advice(format!(
                        "say {day} on one line: `{day}: [09:00 to 12:00, 14:00 to 20:00]`"
                    ))
                    .also(file.name(), *before, "first said here"),
                );
                return None;
            }
            None => *slot = Some((spans.clone(), at)),
        }
    }
    Some(())
}

fn day(file: &Source, word: &Word, problems: &mut Problems) -> Option<usize> {
    let found = DAYS.iter().position(|day| *day == word.text);
    if found.is_none() {
        let headline = format!("`{}` is not a day of the week", word.text);
        let report = Diagnostic::new(
            Code("E0313"),
            file.name(),
            word.span,
            headline,
            "days are written out, from monday to sunday",
        );
        let lower = word.text.to_lowercase();
        let short = DAYS.iter().copied().find(|day| lower.len() >= 3 && day.starts_with(&*lower));
        problems.push(match short.or_else(|| nearest(&word.text, DAYS)) {
            Some(near) => report.choice(near, word.span, near),
            None => report.advice("monday"),
        });
    }
    found
}

fn spans(
    file: &Source,
    value: &Value,
    at: Span,
    problems: &mut Problems,
) -> Option<Vec<(u16, u16)>> {
    let ranges: Vec<&Range> = match value {
        Value::Atom(Atom::Word(word)) if word.text == "never" => return Some(Vec::new()),
        Value::Range(range) => vec![range],
        Value::List(list) if !list.entries.is_empty() => list
            .entries
            .iter()
            .filter_map(|entry| match entry {
                Entry::Range(range) => Some(&**range),
                Entry::Atom(_) => None,
            })
            .collect(),
        _ => Vec::new(),
    };
    let whole = match value {
        Value::List(list) => list.entries.len() == ranges.len(),
        _ => true,
    };
    if ranges.is_empty() || !whole {
        problems.push(
            trouble(
                file,
                at,
                "hours are missing here".to_owned(),
                "a day has hours from one time to another, or `never`",
            )
            .paste("monday: 09:00 to 20:00"),
        );
        return None;
    }
    let mut read: Vec<(u16, u16, Span)> = Vec::new();
    for range in ranges {
        read.push(span(file, range, problems)?);
    }
    read.sort_by_key(|(from, to, _)| (*from, *to));
    for pair in read.windows(2) {
        if let [(_, end, first), (start, _, second)] = pair
            && (start < end && !mutant!("hours_may_overlap"))
        {
            problems.push(
                trouble(
                    file,
                    *second,
                    "these hours overlap".to_owned(),
                    "one span begins before the other ends",
                )
                .advice("write one span from the earlier start to the later end")
                .also(file.name(), *first, "the other span"),
            );
            return None;
        }
    }
    Some(read.into_iter().map(|(from, to, _)| (from, to)).collect())
}

fn span(file: &Source, range: &Range, problems: &mut Problems) -> Option<(u16, u16, Span)> {
    let (Atom::Literal(low), Atom::Literal(high)) = (&range.low, &range.high) else {
        problems.push(
            trouble(
                file,
                range.span,
                "these are not hours".to_owned(),
                "hours go from one time of day to another",
            )
            .advice("09:00 to 20:00"),
        );
        return None;
    };
    if let Some(meant) = whole_hours(low, high) {
        let headline = format!("{} to {} is not a span of hours", low.raw, high.raw);
        problems.push(
            Diagnostic::new(
                Code("E0313"),
                file.name(),
                range.span,
                headline,
                "a time of day is written with its minutes",
            )
            .choice(meant.clone(), range.span, meant),
        );
        return None;
    }
    let (from, to) = (clock(file, low, problems), clock(file, high, problems));
    let (from, to) = (from?, to?);
    if from > to {
        problems.push(trouble(file, range.span, format!("{} to {} runs over midnight", low.raw, high.raw), "each day's hours stand with that day").advice(format!(
                "`{} to 24:00` on this day and `00:00 to {}` on the next: `[00:00 to {}, {} to 24:00]` on every day",
                low.raw, high.raw, high.raw, low.raw
            )));
        return None;
    }
    if from == to {
        problems.push(
            trouble(
                file,
                range.span,
                format!("{} to {} is no time at all", low.raw, high.raw),
                "the end itself does not belong to the span",
            )
            .advice("`never`, or `00:00 to 24:00` for the whole day"),
        );
        return None;
    }
    Some((from, to, range.span))
}

/// `9 to 20` as it is meant, where both ends are hours or times of day and one has no minutes.
fn whole_hours(low: &Literal, high: &Literal) -> Option<String> {
    let plain = |end: &Literal| end.kind == LiteralKind::Number;
    if !plain(low) && !plain(high) {
        return None;
    }
    let clock = |end: &Literal| match end.kind {
        LiteralKind::Number => {
            let hour = end.raw.parse::<u8>().ok().filter(|hour| *hour <= 24)?;
            Some(format!("{hour:02}:00"))
        }
        LiteralKind::Clock => Some(end.raw.clone()),
        _ => None,
    };
    Some(format!("{} to {}", clock(low)?, clock(high)?))
}

fn trouble(file: &Source, span: Span, headline: String, why: &str) -> Diagnostic {
    Diagnostic::new(Code("E0313"), file.name(), span, headline, why)
}
