//! Mistakes in values: dates, times, money, numbers, durations, quotes.

use std::ops::Range;

use super::mistakes::{Hit, Token, replaced};
use super::unreadable::{Line, reads};

/// Stretches between blanks and brackets, outside texts: `01/09/2026`, `€40`, `9:00`.
fn chunks(text: &str) -> Vec<(Range<usize>, &str)> {
    let mut found = Vec::new();
    let mut start = None;
    let mut at = 0;
    let mut push = |start: &mut Option<usize>, end: usize| {
        if let Some(from) = start.take()
            && let Some(chunk) = text.get(from..end)
        {
            found.push((from..end, chunk));
        }
    };
    while let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) {
        if c == '"' {
            push(&mut start, at);
            at = super::structure::text_end(text.as_bytes(), at);
            continue;
        }
        if c.is_whitespace() || matches!(c, '[' | ']' | '(' | ')' | '{' | '}' | ',' | ';') {
            push(&mut start, at);
        } else if start.is_none() {
            start = Some(at);
        }
        at += c.len_utf8();
    }
    push(&mut start, text.len());
    found
}

fn is_number(text: &str) -> bool {
    let mut parts = text.split('.');
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    parts.next().is_some_and(digits) && parts.next().is_none_or(digits) && parts.next().is_none()
}

/// `'FR'`, `` `FR` ``
pub(super) fn quotes(line: &Line<'_>, tokens: &[Token<'_>]) -> Option<Hit> {
    let first = tokens.iter().find(|token| matches!(token.text, "'" | "`"))?;
    let same: Vec<&Token<'_>> = tokens.iter().filter(|token| token.text == first.text).collect();
    let changes: Vec<(Range<usize>, String)> =
        same.iter().map(|token| (token.at.clone(), "\"".to_owned())).collect();
    let close = same.get(1).map_or(first.at.end, |token| token.at.end);
    let hit = Hit::new(
        "E0149",
        first.at.start..close,
        "texts stand between `\"` signs",
        "other quotes are not used in rules",
    );
    Some(if same.len().is_multiple_of(2) {
        hit.repair(replaced(line.text, &changes))
    } else {
        hit.advice("\"Hello\"")
    })
}

/// `01/09/2026`, `01.09.2026`, `2026-9-1`
pub(super) fn dates(line: &Line<'_>) -> Option<Hit> {
    let found: Vec<(Range<usize>, [&str; 3], char)> = chunks(line.text)
        .into_iter()
        .filter_map(|(at, chunk)| {
            let chunk = chunk.trim_end_matches(':');
            let sign = chunk.chars().find(|c| !c.is_ascii_digit())?;
            if !matches!(sign, '/' | '.' | '-') {
                return None;
            }
            let parts: Vec<&str> = chunk.split(sign).collect();
            let [a, b, c] = parts.as_slice() else { return None };
            let digits = |part: &str| {
                (1..=4).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
            };
            let right = sign == '-' && a.len() == 4 && b.len() == 2 && c.len() == 2;
            let year = a.len() == 4 || c.len() == 4;
            (digits(a) && digits(b) && digits(c) && year && !right).then_some((
                at.start..at.start + chunk.len(),
                [*a, *b, *c],
                sign,
            ))
        })
        .collect();
    let (at, [a, b, _], sign) = found.first()?.clone();
    let number = |part: &str| part.parse::<u32>().unwrap_or(0);
    let day_first = found.iter().any(|(_, [a, ..], _)| a.len() != 4 && number(a) > 12);
    let month_first = found.iter().any(|(_, [a, b, _], _)| a.len() != 4 && number(b) > 12);
    let iso = |[a, b, c]: [&str; 3], day_first: bool| {
        let (year, month, day) = if a.len() == 4 {
            (a, b, c)
        } else if day_first {
            (c, b, a)
        } else {
            (c, a, b)
        };
        format!("{year}-{month:0>2}-{day:0>2}")
    };
    let all = |day_first: bool| {
        let changes: Vec<_> =
            found.iter().map(|(at, parts, _)| (at.clone(), iso(*parts, day_first))).collect();
        replaced(line.text, &changes)
    };
    let why = "dates are written year-month-day";
    if a.len() == 4 {
        let hit = Hit::new("E0142", at, "a date has four, two and two digits", why);
        return Some(hit.repair(all(true)));
    }
    let unclear = sign != '.' && number(a) <= 12 && number(b) <= 12 && number(a) != number(b);
    let headline = if unclear {
        format!(
            "is {a}{sign}{b} the {} or the {}?",
            spoken(number(a), number(b)),
            spoken(number(b), number(a))
        )
    } else {
        "a date is written year-month-day".to_owned()
    };
    let why = if unclear { why } else { "the order of day and month differs between countries" };
    let hit = Hit::new("E0142", at, headline, why);
    let known = sign == '.' || day_first || month_first || !unclear;
    Some(if known {
        hit.repair(all(day_first || sign == '.' || !month_first))
    } else {
        hit.repair(all(true)).repair(all(false)).unsure()
    })
}

/// `1 September`
fn spoken(day: u32, month: u32) -> String {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let month = (month as usize).checked_sub(1).and_then(|at| MONTHS.get(at)).unwrap_or(&"?");
    let end = match day {
        1 | 21 | 31 => "st",
        2 | 22 => "nd",
        3 | 23 => "rd",
        _ => "th",
    };
    format!("{day}{end} of {month}")
}

/// `9:00`, `9am`, `09:00-20:00`
pub(super) fn clocks(line: &Line<'_>) -> Option<Hit> {
    let mut changes = Vec::new();
    for (at, chunk) in chunks(line.text) {
        let body = chunk.trim_end_matches(':');
        let mended = match body.split_once(['-', '–']) {
            Some((from, to)) => {
                clock(from).zip(clock(to)).map(|(from, to)| format!("{from} to {to}"))
            }
            None => clock(body),
        };
        if let Some(mended) = mended
            && mended != body
        {
            changes.push((at.start..at.start + body.len(), mended));
        }
    }
    let first = changes.first()?.0.clone();
    let hit = Hit::new(
        "E0155",
        first,
        "a time of day is written with two digits for hours and minutes",
        "the clock runs from 00:00 to 23:59",
    );
    Some(hit.repair(replaced(line.text, &changes)))
}

fn clock(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let (digits, half) = match lower.strip_suffix("am") {
        Some(digits) => (digits, Some(0)),
        None => match lower.strip_suffix("pm") {
            Some(digits) => (digits, Some(12)),
            None => (lower.as_str(), None),
        },
    };
    let (hour, minute) = match digits.split_once(':') {
        Some((hour, minute)) if minute.len() == 2 => (hour, minute),
        None if half.is_some() => (digits, "00"),
        _ => return None,
    };
    if hour.is_empty() || hour.len() > 2 {
        return None;
    }
    let mut hour: u32 = hour.parse().ok()?;
    let minute: u32 = minute.parse().ok()?;
    if let Some(half) = half {
        hour = hour % 12 + half;
    }
    (hour < 24 && minute < 60).then(|| format!("{hour:02}:{minute:02}"))
}

/// `€40`, `40 EUR`, `$40`, `eur 40`, `EUR40`
pub(super) fn money(line: &Line<'_>) -> Option<Hit> {
    let chunks = chunks(line.text);
    for (index, (at, chunk)) in chunks.iter().enumerate() {
        let next = chunks.get(index + 1);
        let previous = index.checked_sub(1).and_then(|i| chunks.get(i));
        let sign = chunk.chars().find(|c| matches!(c, '€' | '£' | '$' | '¥'));
        let (whole, codes, amount): (Range<usize>, &[&str], String) = if let Some(sign) = sign {
            let bare: String = chunk.chars().filter(|c| *c != sign).collect();
            let (whole, amount) = if !bare.is_empty() {
                (at.clone(), bare)
            } else if let Some((there, amount)) = next.filter(|(_, text)| is_number(text)) {
                (at.start..there.end, (*amount).to_owned())
            } else if let Some((there, amount)) = previous.filter(|(_, text)| is_number(text)) {
                (there.start..at.end, (*amount).to_owned())
            } else {
                continue;
            };
            let codes: &[&str] = match sign {
                '€' => &["EUR"],
                '£' => &["GBP"],
                '¥' => &["JPY", "CNY"],
                _ => &["USD", "CAD", "AUD"],
            };
            (whole, codes, amount)
        } else if let Some((there, amount)) = previous.filter(|(_, text)| is_number(text))
            && let Some(code) = currency(chunk)
        {
            (there.start..at.end, code, (*amount).to_owned())
        } else if let Some((there, amount)) = next.filter(|(_, text)| is_number(text))
            && let Some(code) = currency(chunk)
            && !code.contains(chunk)
        {
            (at.start..there.end, code, (*amount).to_owned())
        } else if chunk.len() > 3
            && let Some((code, amount)) = chunk.split_at_checked(3)
            && let Some(code) = currency(code)
            && is_number(amount)
        {
            (at.clone(), code, amount.to_owned())
        } else {
            continue;
        };
        if !is_number(&amount) {
            continue;
        }
        let hit = Hit::new(
            "E0148",
            whole.clone(),
            "an amount is written with its currency code in front",
            "signs such as `$` stand for several currencies, and one spelling reads alike everywhere",
        );
        let sure = codes.len() == 1;
        let hit = codes.iter().fold(hit, |hit, code| {
            hit.repair(replaced(line.text, &[(whole.clone(), format!("{code} {amount}"))]))
        });
        return Some(if sure { hit } else { hit.unsure() });
    }
    None
}

fn currency(code: &str) -> Option<&'static [&'static str]> {
    const CODES: [&str; 14] = [
        "EUR", "USD", "GBP", "CHF", "JPY", "CNY", "SEK", "NOK", "DKK", "PLN", "THB", "IDR", "INR",
        "AUD",
    ];
    let upper = code.to_ascii_uppercase();
    CODES.iter().position(|known| *known == upper).and_then(|at| CODES.get(at..=at))
}

/// `60 %`, `.5`, `5.`, `50 percent`, `50k`
pub(super) fn numbers(line: &Line<'_>) -> Option<Hit> {
    let chunks = chunks(line.text);
    for (index, (at, chunk)) in chunks.iter().enumerate() {
        let previous = index.checked_sub(1).and_then(|i| chunks.get(i));
        if matches!(*chunk, "%" | "percent" | "pct")
            && let Some((there, number)) = previous.filter(|(_, text)| is_number(text))
        {
            let whole = there.start..at.end;
            let hit = Hit::new(
                "E0147",
                whole.clone(),
                "the `%` stands right behind the number",
                "one spelling reads alike everywhere",
            );
            return Some(hit.repair(replaced(line.text, &[(whole, format!("{number}%"))])));
        }
        if let Some(thousands) = chunk.strip_suffix(['k', 'K']).filter(|text| is_number(text)) {
            let hit = Hit::new(
                "E0147",
                at.clone(),
                format!("`{chunk}` is no plain number"),
                "numbers are written out, so that nobody has to know what `k` stands for",
            );
            return Some(match thousand_times(thousands) {
                Some(plain) => hit.repair(replaced(line.text, &[(at.clone(), plain)])),
                None => hit.advice("50000, or USD 50000 where it is money"),
            });
        }
        let bare = chunk.trim_end_matches('%');
        let percent = if bare.len() < chunk.len() { "%" } else { "" };
        let mended = match (bare.strip_prefix('.'), bare.strip_suffix('.')) {
            (Some(rest), _) if is_number(rest) => format!("0.{rest}{percent}"),
            (_, Some(rest)) if is_number(rest) => format!("{rest}{percent}"),
            _ => continue,
        };
        let hit = Hit::new(
            "E0147",
            at.clone(),
            "a number has digits on both sides of its point",
            "a lone point is easily overlooked",
        );
        return Some(hit.repair(replaced(line.text, &[(at.clone(), mended)])));
    }
    None
}

/// `1.5` becomes `1500`, by moving the point; `None` where that leaves a part.
fn thousand_times(text: &str) -> Option<String> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = (part.len() <= 3).then(|| format!("{whole}{part:0<3}"))?;
    let plain = digits.trim_start_matches('0');
    Some(if plain.is_empty() { "0".to_owned() } else { plain.to_owned() })
}

/// `30days`, `30d`, `12h`
pub(super) fn durations(line: &Line<'_>, tokens: &[Token<'_>]) -> Option<Hit> {
    let unit_of = |unit: &str| {
        Some(match unit.to_ascii_lowercase().as_str() {
            "d" | "day" | "days" => "days",
            "h" | "hr" | "hrs" | "hour" | "hours" => "hours",
            "m" | "min" | "mins" | "minute" | "minutes" => "minutes",
            "w" | "wk" | "week" | "weeks" => "weeks",
            "month" | "months" => "months",
            "y" | "yr" | "year" | "years" => "years",
            _ => return None,
        })
    };
    for token in tokens {
        let digits = token.text.bytes().take_while(u8::is_ascii_digit).count();
        let (Some(count), Some(unit)) = (token.text.get(..digits), token.text.get(digits..)) else {
            continue;
        };
        let Some(unit) = (!count.is_empty()).then(|| unit_of(unit)).flatten() else { continue };
        let unit = if count == "1" { unit.trim_end_matches('s') } else { unit };
        let hit = Hit::new(
            "E0156",
            token.at.clone(),
            format!("`{}` is no length of time", token.text),
            "a length of time is a number, a space and a unit",
        );
        return Some(
            hit.repair(replaced(line.text, &[(token.at.clone(), format!("{count} {unit}"))])),
        );
    }
    None
}

/// `plan is sim-only`
pub(super) fn plain_word(line: &Line<'_>) -> Option<Hit> {
    let joints = [" is not ", " is ", " has ", " lacks ", ": ", " >= ", " <= ", " > ", " < "];
    let (from, value) = joints.iter().find_map(|joint| {
        let at = line.text.find(joint)?;
        let from = at + joint.len();
        line.text.get(from..).map(|value| (from, value))
    })?;
    let (value, tail) = match value.find(" (if_unknown") {
        Some(at) => value.split_at_checked(at)?,
        None => (value, ""),
    };
    let trimmed = value.trim();
    if trimmed.is_empty() || trimmed.contains(['"', '{', '}', '[', ']']) {
        return None;
    }
    // A formula between quotes would read, and mean nothing.
    if line.text.trim_start().starts_with("score") {
        return None;
    }
    let start = from + (value.len() - value.trim_start().len());
    let end = start + trimmed.len();
    let repair = format!("{}\"{trimmed}\"{tail}", line.text.get(..start)?);
    if !reads(&repair) {
        return None;
    }
    let hit = Hit::new(
        "E0151",
        start..end,
        format!("`{trimmed}` is not one plain word"),
        "a value of other signs than letters, digits and `_` stands between `\"` signs",
    );
    Some(hit.repair(repair))
}
