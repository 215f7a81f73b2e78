//! Mistakes in words: windows of time in another wording, ranges behind `is`, words that are one letter off.

use super::mistakes::{Hit, Token, replaced};
use super::unreadable::{Line, reads};
use crate::mutant::mutant;

/// `joined in last 30 days`, `last_visit within 3 days`, `in the past 3 days`
pub(super) fn windows(line: &Line<'_>, tokens: &[Token<'_>]) -> Option<Hit> {
    if !line.among_conditions() {
        return None;
    }
    let word = |at: usize| tokens.get(at).map_or("", |token| token.text);
    let is_count = |at: usize| word(at).starts_with(|c: char| c.is_ascii_digit());
    // The first word is what is tested.
    let (at, many) = (1..tokens.len()).find_map(|at| {
        let many = match (word(at), word(at + 1), word(at + 2)) {
            ("in" | "within" | "during", "the", "last" | "past" | "previous" | "next") => 3,
            ("in" | "within" | "during", "last" | "past" | "previous" | "next" | "the", _) => 2,
            ("within" | "during", ..) => 1,
            ("last" | "past" | "previous" | "next", ..)
                if !matches!(word(at - 1), "the" | "in") =>
            {
                1
            }
            _ => return None,
        };
        let right = many == 3 && word(at) == "in" && matches!(word(at + 2), "last" | "next");
        ((is_count(at + many) || word(at + many) == "calendar") && !right).then_some((at, many))
    })?;
    let (first, last) = (tokens.get(at)?, tokens.get(at + many - 1)?);
    let range = first.at.start..last.at.end;
    let wrong = line.text.get(range.clone())?;
    let mend = |right: &str| replaced(line.text, &[(range.clone(), right.to_owned())]);
    let (past, next) = ("in the last", "in the next");
    let why = "every question has one spelling, so that all rules read alike";
    let named = |right: &str| {
        Hit::new("E0157", range.clone(), format!("use `{right}` instead of `{wrong}`"), why)
    };
    Some(match last.text {
        "next" => named(next).repair(mend(next)),
        "last" | "past" | "previous" => named(past).repair(mend(past)),
        // Back or ahead: only the author knows; the past is asked for far more often.
        _ => Hit::new(
            "E0157",
            range.clone(),
            format!("`{wrong}` does not say whether it looks back or ahead"),
            "a stretch of time lies in the past or in the future",
        )
        .repair(mend(past))
        .repair(mend(next))
        .unsure(),
    })
}

/// `age is 18 to 29`
pub(super) fn range_behind_is(line: &Line<'_>, tokens: &[Token<'_>]) -> Option<Hit> {
    let at = tokens.iter().position(|token| token.text == "is")?;
    let negative = tokens.get(at + 1).is_some_and(|token| token.text == "not");
    let value = at + 1 + usize::from(negative);
    let joint = tokens.get(value + 1..)?.iter().position(|token| token.text == "to")?;
    let end = tokens.get(at + usize::from(negative))?.at.end;
    let right = if negative && !mutant!("a_range_loses_its_not") { "not in" } else { "in" };
    let from = tokens.get(at)?.at.start;
    let repair = replaced(line.text, &[(from..end, right.to_owned())]);
    // Money, times and dates have several words on each side of `to`.
    if joint > 6 || !reads(&repair) {
        return None;
    }
    let wrong = line.text.get(from..end)?;
    let hit = Hit::new(
        "E0157",
        from..end,
        format!("use `{right}` instead of `{wrong}` before a range"),
        "`is` compares with one value, `in` with a range, both ends included",
    );
    Some(hit.repair(repair))
}

/// `{ if_blocked: retry for 2 hours then retry for 1 day then continue }`
pub(super) fn retry_twice(line: &Line<'_>, tokens: &[Token<'_>]) -> Option<Hit> {
    let then = tokens
        .windows(2)
        .find(|pair| matches!(pair, [a, b] if a.text == "then" && b.text == "retry"))?;
    let second = then.get(1)?;
    let hit = Hit::new(
        "E0165",
        second.at.clone(),
        "`retry` cannot follow `retry`",
        "one stretch of trying again is enough, and behind `then` stands what happens after it",
    );
    // What would come at the very end follows the first stretch.
    let rest = line.text.get(second.at.start..)?;
    let last = rest.rfind(" then ").map(|at| second.at.start + at + " then ".len());
    let repair = last.map(|last| replaced(line.text, &[(second.at.start..last, String::new())]));
    Some(match repair.filter(|repair| reads(repair)) {
        Some(repair) => hit.repair(repair).unsure(),
        None => hit.paste("if_blocked: retry for 12 hours then continue"),
    })
}

/// The words that lines are made of.
const WORDS: [&str; 44] = [
    "ask",
    "and",
    "any",
    "at",
    "blocked",
    "by",
    "calendar",
    "candidates",
    "continue",
    "default",
    "else",
    "expect",
    "finish",
    "first",
    "for",
    "given",
    "has",
    "in",
    "is",
    "known",
    "lacks",
    "last",
    "never",
    "next",
    "none",
    "not",
    "nothing",
    "of",
    "one",
    "optional",
    "otherwise",
    "preferred",
    "required",
    "segment",
    "send",
    "shown",
    "some",
    "the",
    "then",
    "to",
    "unknown",
    "wait",
    "when",
    "within",
];

/// `expect nothin`, `plan si fibre`: the line reads once one word is another that is close to it.
pub(super) fn misspelt(line: &Line<'_>, tokens: &[Token<'_>]) -> Option<Hit> {
    // Each try reads the whole line again, so there are few, and only where reading is quick.
    const TRIED: usize = 2;
    if line.text.len() > 120 || line.text.matches(['{', '[', '(']).count() > 2 {
        return None;
    }
    let mut tries = 0;
    for token in tokens.iter().take(16) {
        let size = token.text.chars().count();
        if !(2..=12).contains(&size) || WORDS.contains(&token.text) {
            continue;
        }
        let allowed = if size <= 3 { 1 } else { 2 };
        let written = token.text.to_lowercase();
        let mut close: Vec<(usize, &str)> = WORDS
            .iter()
            .filter(|word| word.len().abs_diff(size) <= allowed)
            .map(|word| (strsim::osa_distance(&written, word), *word))
            .filter(|(distance, _)| *distance <= allowed)
            .collect();
        close.sort_unstable();
        for (_, word) in close {
            tries += 1;
            if tries > TRIED {
                return None;
            }
            let repair = replaced(line.text, &[(token.at.clone(), word.to_owned())]);
            if reads(&repair) {
                let wrong = token.text;
                let hit = Hit::new(
                    "E0150",
                    token.at.clone(),
                    format!("`{wrong}` is not understood here"),
                    format!("the closest word is `{word}`"),
                );
                return Some(hit.repair(repair));
            }
        }
    }
    None
}
