//! Lines that are a word away from the shape they were meant to have.

use super::mistakes::{Hit, Token, replaced};
use super::unreadable::{Line, reads};

/// The first of them that fits.
pub(super) fn nearly(line: &Line<'_>, tokens: &[Token<'_>]) -> Option<Hit> {
    bare_segment(line, tokens)
        .or_else(|| before_a_day(line, tokens))
        .or_else(|| expect_without_shown(line, tokens))
        .or_else(|| at_without_day(line, tokens))
        .or_else(|| list_without_of(line, tokens))
}

/// `segment at_risk` among conditions.
fn bare_segment(line: &Line<'_>, tokens: &[Token<'_>]) -> Option<Hit> {
    let (first, second) = (tokens.first()?, tokens.get(1)?);
    let repair = replaced(line.text, &[(first.at.clone(), "in segment".to_owned())]);
    (line.among_conditions() && first.text == "segment" && reads(&repair)).then(|| {
        Hit::new(
            "E0157",
            first.at.start..second.at.end,
            format!("use `in segment {}` to ask who is in it", second.text),
            "a condition says what it asks, and a segment is something one is in",
        )
        .repair(repair)
    })
}

/// `contract_end before 2026-10-01`
fn before_a_day(line: &Line<'_>, tokens: &[Token<'_>]) -> Option<Hit> {
    if !line.among_conditions() {
        return None;
    }
    let at = (1..tokens.len()).find(|at| {
        let word = tokens.get(*at).map_or("", |token| token.text);
        let next = tokens.get(at + 1).map_or("", |token| token.text);
        matches!(word, "before" | "after" | "since" | "until" | "till")
            && next.starts_with(|c: char| c.is_ascii_digit())
    })?;
    let (sign, why) = match tokens.get(at)?.text {
        "before" => ("<", "days are compared by size, and `<` leaves the day itself out"),
        "after" => (">", "days are compared by size, and `>` leaves the day itself out"),
        "since" => (">=", "days are compared by size, and `>=` takes the day itself in"),
        _ => ("<=", "days are compared by size, and `<=` takes the day itself in"),
    };
    let from = at - usize::from(tokens.get(at - 1).is_some_and(|token| token.text == "is"));
    let range = tokens.get(from)?.at.start..tokens.get(at)?.at.end;
    let wrong = line.text.get(range.clone())?;
    let repair = replaced(line.text, &[(range.clone(), sign.to_owned())]);
    reads(&repair).then(|| {
        Hit::new("E0157", range.clone(), format!("use `{sign}` instead of `{wrong}`"), why)
            .repair(repair)
    })
}

/// `at 2026-09-08 10:00 ask home_banner expect hello`
fn expect_without_shown(line: &Line<'_>, tokens: &[Token<'_>]) -> Option<Hit> {
    if line.around.last() != Some(&"scenario") {
        return None;
    }
    let expect = tokens.iter().find(|token| token.text == "expect")?;
    let repair = replaced(line.text, &[(expect.at.end..expect.at.end, " shown".to_owned())]);
    let rest = line.text.get(expect.at.end..)?.trim();
    // `nothin` is a slip of its own.
    let slip = strsim::osa_distance(rest, "nothing") <= 2;
    (!slip && reads(&repair)).then(|| {
        Hit::new(
            "E0157",
            expect.at.clone(),
            format!("use `expect shown {rest}` for what is to be answered"),
            "an expectation says whether the action is shown or blocked",
        )
        .repair(repair)
    })
}

/// `at 10:00 ask home_banner expect nothing`
fn at_without_day(line: &Line<'_>, tokens: &[Token<'_>]) -> Option<Hit> {
    let at = tokens.first().filter(|token| token.text == "at")?;
    let rest = line.text.get(at.at.end..)?.trim_start();
    let time: String = rest.chars().take_while(|c| c.is_ascii_digit() || *c == ':').collect();
    let dated = format!("at 2026-09-08 {rest}");
    (line.around.last() == Some(&"scenario") && time.contains(':') && reads(&dated)).then(|| {
        let start = line.text.len() - rest.len();
        Hit::new(
            "E0150",
            start..start + time.len(),
            format!("{time} of which day?"),
            "a test says day and time, so that its answer is the same tomorrow",
        )
        .paste(dated)
    })
}

/// `country: required [FR, BE]`
fn list_without_of(line: &Line<'_>, tokens: &[Token<'_>]) -> Option<Hit> {
    let declares =
        line.around.last().is_some_and(|block| matches!(*block, "customer" | "request" | "event"));
    let open = tokens.iter().position(|token| token.text == "[").filter(|_| declares)?;
    let before = tokens.get(open.checked_sub(1)?)?;
    let (start, end) = (tokens.get(open)?.at.start, tokens.get(open)?.at.end);
    let with = |words: &str| replaced(line.text, &[(start..start, format!("{words} of "))]);
    (matches!(before.text, "required" | "optional" | ":") && reads(&with("one"))).then(|| {
        Hit::new(
            "E0150",
            start..end,
            "this list does not say how many of its values somebody has",
            "`one of` holds one of them, `some of` any number",
        )
        .repair(with("one"))
        .repair(with("some"))
        .unsure()
    })
}
