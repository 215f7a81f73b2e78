//! The mistakes authors make in a line, each with what it is, why it is refused and the line as it should be.

use std::ops::Range;

use super::mistake_shapes as shapes;
use super::mistake_values as values;
use super::mistake_words as words;
use super::unreadable::{Line, reads};
use crate::diagnostic::Code;

/// A mistake that was recognised.
#[derive(Debug)]
pub(super) struct Hit {
    pub(super) code: Code,
    /// The smallest wrong stretch of the line.
    pub(super) at: Range<usize>,
    pub(super) headline: String,
    pub(super) why: String,
    /// The line as it should be; several where the author must choose.
    pub(super) repairs: Vec<String>,
    /// Lines to paste of which only the author knows what they shall say.
    pub(super) examples: Vec<String>,
    /// What to do, in words.
    pub(super) advice: Vec<String>,
    /// Whether a single repair can only be meant so.
    pub(super) certain: bool,
}

impl Hit {
    pub(super) fn new(
        code: &'static str,
        at: Range<usize>,
        headline: impl Into<String>,
        why: impl Into<String>,
    ) -> Self {
        Self {
            code: Code(code),
            at,
            headline: headline.into(),
            why: why.into(),
            repairs: Vec::new(),
            examples: Vec::new(),
            advice: Vec::new(),
            certain: true,
        }
    }

    pub(super) fn repair(mut self, line: impl Into<String>) -> Self {
        self.repairs.push(line.into());
        self
    }

    /// A line to paste, where the author's own cannot be mended.
    pub(super) fn paste(mut self, line: impl Into<String>) -> Self {
        self.examples.push(line.into());
        self
    }

    pub(super) fn advice(mut self, words: impl Into<String>) -> Self {
        self.advice.push(words.into());
        self
    }

    pub(super) fn unsure(mut self) -> Self {
        self.certain = false;
        self
    }
}

/// A word, number, sign or text of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) text: &'a str,
    pub(super) at: Range<usize>,
}

/// Cuts a line into words (with digits and `_`), texts, and signs in runs.
pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let mut rest = 0;
    while let Some(c) = text.get(rest..).and_then(|tail| tail.chars().next()) {
        let kind = class(c);
        let end = match kind {
            Class::Blank => {
                rest += c.len_utf8();
                continue;
            }
            Class::Quote => super::structure::text_end(text.as_bytes(), rest),
            Class::Single => rest + c.len_utf8(),
            _ => {
                let tail = text.get(rest..).unwrap_or("");
                rest + tail.find(|c| class(c) != kind).unwrap_or(tail.len())
            }
        };
        found.push(Token { text: text.get(rest..end).unwrap_or(""), at: rest..end });
        rest = end.max(rest + c.len_utf8());
    }
    found
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Word,
    Blank,
    Quote,
    /// Signs that stand together: `!=`, `>=`, `&&`.
    Sign,
    Single,
}

fn class(c: char) -> Class {
    match c {
        '"' => Class::Quote,
        '=' | '<' | '>' | '!' | '&' | '|' | '≥' | '≤' | '≠' => Class::Sign,
        _ if c.is_whitespace() => Class::Blank,
        _ if super::letters::is_word_char(c) => Class::Word,
        _ => Class::Single,
    }
}

/// The line with some stretches replaced, which are in order.
pub(super) fn replaced(text: &str, changes: &[(Range<usize>, String)]) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut done = 0;
    for (at, by) in changes {
        out.push_str(text.get(done..at.start).unwrap_or(""));
        out.push_str(by);
        done = at.end;
    }
    out.push_str(text.get(done..).unwrap_or(""));
    out
}

/// The first mistake that is recognised.
pub(super) fn recognise(line: &Line<'_>) -> Option<Hit> {
    let found = tokens(line.text);
    let tokens = found.as_slice();
    comment_sign(line)
        .or_else(|| semicolon(line, tokens))
        .or_else(|| colon_before_block(line, tokens))
        .or_else(|| else_if(line, tokens))
        .or_else(|| values::quotes(line, tokens))
        .or_else(|| answer(line))
        .or_else(|| words::windows(line, tokens))
        .or_else(|| words::range_behind_is(line, tokens))
        .or_else(|| words::retry_twice(line, tokens))
        .or_else(|| other_words(line, tokens))
        .or_else(|| joined(line, tokens))
        .or_else(|| leading_not(line, tokens))
        .or_else(|| signs(line, tokens))
        .or_else(|| not_known(line, tokens))
        .or_else(|| values::dates(line))
        .or_else(|| values::clocks(line))
        .or_else(|| values::money(line))
        .or_else(|| values::numbers(line))
        .or_else(|| values::durations(line, tokens))
        .or_else(|| shapes::nearly(line, tokens))
        .or_else(|| missing_value(line))
        .or_else(|| no_test(line, tokens))
        .or_else(|| channels_without_choice(line))
        .or_else(|| missing_colon(line, tokens))
        .or_else(|| long_heading(line, tokens))
        .or_else(|| behind_block(line))
        .or_else(|| words::misspelt(line, tokens))
        .or_else(|| values::plain_word(line))
        .or_else(|| reserved_name(line, tokens))
}

fn comment_sign(line: &Line<'_>) -> Option<Hit> {
    let text = line.text;
    let sign = ["//", "/*", "--", "<!--"].into_iter().find(|sign| text.starts_with(sign));
    let (at, sign) = match sign {
        Some(sign) => (0, sign),
        None => [" //", " /*", " --"].into_iter().find_map(|sign| {
            let before = text.find(sign)?;
            (text.get(..before)?.matches('"').count() % 2 == 0)
                .then_some((before + 1, sign.trim_start()))
        })?,
    };
    let before = text.get(..at)?;
    let rest = text.get(at + sign.len()..)?.trim_start_matches(['*', '/']);
    let rest = rest.trim().trim_end_matches("*/").trim_end_matches("-->").trim();
    let hit = Hit::new(
        "E0154",
        at..at + sign.len(),
        "a comment starts with `#`",
        format!("`{sign}` starts no comment in rules"),
    );
    let hit = hit.repair(format!("{before}# {rest}").trim_end());
    Some(if sign == "/*" { hit.unsure() } else { hit })
}

fn semicolon(line: &Line<'_>, tokens: &[Token<'_>]) -> Option<Hit> {
    let first = tokens.iter().find(|token| token.text == ";")?;
    let stripped = line.text.trim_end().trim_end_matches(';').trim_end();
    let inner: Vec<_> = tokens
        .iter()
        .filter(|token| token.text == ";" && token.at.start < stripped.len())
        .map(|token| (token.at.clone(), ",".to_owned()))
        .collect();
    let hit = Hit::new(
        "E0153",
        first.at.clone(),
        "a line needs no `;`",
        "lines end by themselves, or with a comma where several stand on one line",
    );
    Some(hit.repair(replaced(stripped, &inner)))
}

/// `who: {`
fn colon_before_block(line: &Line<'_>, tokens: &[Token<'_>]) -> Option<Hit> {
    let pair =
        tokens.windows(2).find(|pair| matches!(pair, [a, b] if a.text == ":" && b.text == "{"))?;
    let (colon, brace) = (pair.first()?, pair.get(1)?);
    let repair = replaced(line.text, &[(colon.at.start..brace.at.start, " ".to_owned())]);
    let hit = Hit::new(
        "E0145",
        colon.at.clone(),
        "no colon stands before a block",
        "a colon stands before a value, and `{` says by itself that a block begins",
    );
    Some(hit.repair(repair))
}

fn else_if(line: &Line<'_>, tokens: &[Token<'_>]) -> Option<Hit> {
    let first = tokens.first()?;
    let lower = first.text.to_lowercase();
    let second = tokens.get(1).map_or("", |token| token.text);
    let (end, behind) = match lower.as_str() {
        "else" | "otherwise" if second == "if" || second == "when" => {
            let second = tokens.get(1)?;
            (second.at.end, second.at.end)
        }
        "elseif" | "elif" | "if" => (first.at.end, first.at.end),
        "else" => {
            let rest = line.text.get(first.at.end..)?.trim_start_matches([':', ' ']);
            let hit = Hit::new(
                "E0152",
                first.at.clone(),
                "the last case is called `otherwise`",
                "a branch lists its cases with `when`, and `otherwise` takes everybody else",
            );
            return Some(hit.repair(format!("otherwise: {rest}")));
        }
        _ => return None,
    };
    let rest = line.text.get(behind..)?.trim();
    let repair = format!("when {}", rest.replacen(" then ", ": ", 1));
    let hit = Hit::new(
        "E0152",
        first.at.start..end,
        "cases are listed with `when`",
        "the first case that holds is taken, so there is no `if` and no `else if`",
    );
    Some(if reads(&repair) {
        hit.repair(repair)
    } else {
        hit.paste("branch { when vip is yes: go to vip_desk, otherwise: continue }")
    })
}

/// Words of other languages for what has a word of its own here.
fn other_words(line: &Line<'_>, tokens: &[Token<'_>]) -> Option<Hit> {
    let words: Vec<String> = tokens.iter().map(|token| token.text.to_lowercase()).collect();
    let word = |at: usize| words.get(at).map_or("", String::as_str);
    for at in 0..tokens.len() {
        let (many, by): (usize, &str) = match (word(at), word(at + 1), word(at + 2)) {
            ("is", "between", _) => (2, "in"),
            ("between", ..) => (1, "in"),
            ("does", "not", "contain" | "include" | "have") => (3, "lacks"),
            ("contains" | "includes" | "contain", ..) => (1, "has"),
            ("equals", ..) => (1, "is"),
            ("is", "equal", "to") => (3, "is"),
            ("is", "greater" | "more", "than") => (3, ">"),
            ("is", "less" | "fewer", "than") => (3, "<"),
            ("is", "at", "least") => (3, ">="),
            ("is", "at", "most") => (3, "<="),
            ("is", "not", "in") => (3, "not in"),
            ("is", "in", _) => (2, "in"),
            ("is", "any" | "one", "of") => (3, "in"),
            _ => continue,
        };
        let from = tokens.get(at)?.at.start;
        let end = tokens.get(at + many - 1)?.at.end;
        let mut changes = vec![(from..end, by.to_owned())];
        if word(at) == "between" || word(at + 1) == "between" {
            let joint =
                tokens.get(at..)?.iter().find(|token| matches!(token.text, "and" | "AND" | "-"))?;
            changes.push((joint.at.clone(), "to".to_owned()));
        }
        let wrong = line.text.get(from..end)?;
        let hit = Hit::new(
            "E0157",
            from..end,
            format!("use `{by}` instead of `{wrong}`"),
            "every question has one spelling, so that all rules read alike",
        );
        return Some(hit.repair(replaced(line.text, &changes)));
    }
    None
}

/// Conditions joined with "and" and "or".
fn joined(line: &Line<'_>, tokens: &[Token<'_>]) -> Option<Hit> {
    let joint = |token: &Token<'_>| match token.text {
        "and" | "AND" | "And" | "&&" | "&" => Some(true),
        "or" | "OR" | "Or" | "||" | "|" => Some(false),
        _ => None,
    };
    let joints: Vec<(bool, &Token<'_>)> =
        tokens.iter().filter_map(|token| joint(token).map(|and| (and, token))).collect();
    let first = joints.first()?.1;
    let mut parts = Vec::new();
    let mut from = 0;
    for (_, token) in &joints {
        parts.push(line.text.get(from..token.at.start)?.trim());
        from = token.at.end;
    }
    parts.push(line.text.get(from..)?.trim());
    let brackets = parts.iter().any(|part| part.contains(['(', ')', '{', ':']));
    let signs: Vec<bool> = joints.iter().map(|(and, _)| *and).collect();
    let mixed = signs.contains(&true) && signs.contains(&false);
    let why = if mixed {
        "this line can be read in two ways, shown below as blocks"
    } else {
        "every line must hold; where one of several is enough, they stand in `any { ... }`"
    };
    let hit = Hit::new(
        "E0140",
        first.at.clone(),
        "conditions are listed, not joined with \"and\" or \"or\"",
        why,
    );
    if brackets {
        return Some(
            hit.advice(
                "one condition per line; those of which one is enough go into `any { ... }`",
            ),
        );
    }
    if let Some(list) = one_of_values(&parts, &signs) {
        return Some(hit.repair(list));
    }
    if !parts.iter().all(|part| reads(part)) || parts.len() > 8 {
        return Some(
            hit.advice(
                "one condition per line; those of which one is enough go into `any { ... }`",
            ),
        );
    }
    let any = |parts: &[&str]| match parts {
        [one] => (*one).to_owned(),
        many => format!("any {{ {} }}", many.join(", ")),
    };
    // Reading B: each "and" separates; what "or" joins between them is one block.
    let groups = split(&parts, &signs, true);
    let all_of_any: Vec<String> = groups.iter().map(|group| any(group)).collect();
    let hit = hit.repair(all_of_any.join("\n"));
    if !mixed {
        return Some(hit);
    }
    // Reading A: "and" binds first; every way to take one of each "or" side must hold.
    let sides = split(&parts, &signs, false);
    let mut lines: Vec<Vec<&str>> = vec![Vec::new()];
    for side in &sides {
        let mut next = Vec::new();
        for line in &lines {
            for part in side {
                let mut longer = line.clone();
                longer.push(part);
                next.push(longer);
            }
        }
        lines = next;
        if lines.len() > 8 {
            return Some(hit.unsure());
        }
    }
    let any_of_all: Vec<String> = lines.iter().map(|line| any(line)).collect();
    let mut hit = hit.unsure();
    hit.repairs.insert(0, any_of_all.join("\n"));
    Some(hit)
}

/// Cuts the parts at the joints that are "and" (`true`) or "or".
fn split<'a>(parts: &[&'a str], signs: &[bool], at: bool) -> Vec<Vec<&'a str>> {
    let mut groups: Vec<Vec<&str>> = vec![Vec::new()];
    for (index, part) in parts.iter().enumerate() {
        if index > 0 && signs.get(index - 1) == Some(&at) {
            groups.push(Vec::new());
        }
        if let Some(group) = groups.last_mut() {
            group.push(part);
        }
    }
    groups
}

/// `plan is prepaid or fibre`
fn one_of_values(parts: &[&str], signs: &[bool]) -> Option<String> {
    let (first, others) = parts.split_first()?;
    let word = |part: &&str| !part.is_empty() && !part.contains([' ', '<', '>', '=']);
    if !others.iter().all(word) {
        return None;
    }
    let (subject, test, value) = [(" is not ", "not in"), (" is ", "in"), (" has ", "has any of")]
        .into_iter()
        .find_map(|(joint, test)| first.split_once(joint).map(|(s, v)| (s, test, v)))?;
    let test =
        if test == "has any of" && signs.first() == Some(&true) { "has all of" } else { test };
    let list = format!("{subject} {test} [{}, {}]", value.trim(), others.join(", "));
    reads(&list).then_some(list)
}

/// `not vip is yes`
fn leading_not(line: &Line<'_>, tokens: &[Token<'_>]) -> Option<Hit> {
    let first = tokens.first()?;
    let bang = first.text == "!";
    if !bang && !first.text.eq_ignore_ascii_case("not") {
        return None;
    }
    let rest = line.text.get(first.at.end..)?.trim();
    let rest = rest.strip_prefix('(').and_then(|r| r.strip_suffix(')')).unwrap_or(rest);
    if !reads(rest) {
        return None;
    }
    let repair = match rest.split_once(" is ") {
        Some((subject, value)) if !value.starts_with("not ") => match value.trim() {
            "known" => format!("{subject} is unknown"),
            "unknown" => format!("{subject} is known"),
            value => format!("{subject} is not {value}"),
        },
        _ => format!("none {{ {rest} }}"),
    };
    let hit = Hit::new(
        "E0140",
        first.at.clone(),
        "`not` does not stand before a condition",
        "one condition is turned round by its own words, several by `none { ... }`",
    );
    Some(hit.repair(repair))
}

/// `=`, `==`, `!=`, `≥`, `=>`
fn signs(line: &Line<'_>, tokens: &[Token<'_>]) -> Option<Hit> {
    let (at, token) = tokens.iter().enumerate().find(|(_, token)| {
        matches!(
            token.text,
            "=" | "==" | "===" | "!=" | "!==" | "<>" | "≠" | "≥" | "≤" | "=>" | "=<" | "!"
        )
    })?;
    let field = !line.among_conditions() && at == 1 && matches!(token.text, "=" | "==" | "=>");
    let colon_before = at.checked_sub(1).and_then(|i| tokens.get(i)).is_some_and(|t| t.text == ":");
    let by = match token.text {
        "=" if colon_before => "",
        _ if field => ":",
        "=" | "==" | "===" => "is",
        "≥" | "=>" => ">=",
        "≤" | "=<" => "<=",
        _ => "is not",
    };
    let space = |there: Option<char>| {
        if there.is_some_and(char::is_whitespace) || matches!(by, ":" | "") { "" } else { " " }
    };
    let before = line.text.get(..token.at.start).and_then(|t| t.chars().next_back());
    let after = line.text.get(token.at.end..).and_then(|t| t.chars().next());
    let (from, tail) = if field {
        let from = line.text.get(..token.at.start)?.trim_end().len();
        (from, if after.is_some_and(char::is_whitespace) { "" } else { " " })
    } else {
        (token.at.start, space(after))
    };
    let changed = format!("{}{by}{tail}", if field { "" } else { space(before) });
    // What is only taken away leaves no double blank behind.
    let rest = line.text.get(token.at.end..).unwrap_or("");
    let blanks = if by.is_empty() { rest.len() - rest.trim_start().len() } else { 0 };
    let repair = replaced(line.text, &[(from..token.at.end + blanks, changed)]);
    let sign = token.text;
    let (headline, why) = if by.is_empty() {
        ("`:` alone stands before a value".to_owned(), format!("`{sign}` is not used in rules"))
    } else if by == ":" {
        ("use `:` before a value".to_owned(), format!("`{sign}` is not used in rules"))
    } else {
        (format!("use `{by}` to compare"), format!("`{sign}` is not used in rules"))
    };
    Some(Hit::new("E0141", token.at.clone(), headline, why).repair(repair))
}

/// `is not known`, `is not unknown`
fn not_known(line: &Line<'_>, tokens: &[Token<'_>]) -> Option<Hit> {
    let found = tokens.windows(3).find(|three| {
        matches!(three, [a, b, c] if a.text == "is" && b.text == "not" && matches!(c.text, "known" | "unknown"))
    })?;
    let (first, last) = (found.first()?, found.last()?);
    let right = if last.text == "known" { "is unknown" } else { "is known" };
    let at = first.at.start..last.at.end;
    let hit = Hit::new(
        "E0143",
        at.clone(),
        format!("use `{right}` instead of `is not {}`", last.text),
        "every question has one spelling, so that all rules read alike",
    );
    Some(hit.repair(replaced(line.text, &[(at, right.to_owned())])))
}

/// `if_unknown=yes`, `if_unknown yes`, without brackets.
fn answer(line: &Line<'_>) -> Option<Hit> {
    let at = line.text.find("if_unknown")?;
    let before = line.text.get(..at)?.trim_end().trim_end_matches(['(', ',']).trim_end();
    let behind = line.text.get(at + "if_unknown".len()..)?;
    let written = line.text.get(..at)?.ends_with('(') && behind.trim_start().starts_with(':');
    if written && behind.contains(')') {
        return None;
    }
    let word =
        behind.split(|c: char| !(c.is_alphanumeric() || c == '_')).find(|word| !word.is_empty());
    let hit = Hit::new(
        "E0159",
        at..at + "if_unknown".len(),
        "the answer for unknown values stands in brackets with a colon",
        "it belongs to the condition before it, and the brackets show that",
    );
    let Some(word) = word.filter(|word| matches!(*word, "yes" | "no")) else {
        return Some(
            hit.paste(format!("{before} (if_unknown: yes)"))
                .paste(format!("{before} (if_unknown: no)")),
        );
    };
    Some(hit.repair(format!("{before} (if_unknown: {word})")))
}

/// `owner:`
fn missing_value(line: &Line<'_>) -> Option<Hit> {
    let key = line.text.trim_end().strip_suffix(':')?;
    let end = key.len();
    let hit = Hit::new(
        "E0146",
        0..end + 1,
        format!("the value of `{}` is missing", key.trim()),
        "behind the colon stands what it is",
    );
    let example = match key.trim() {
        "owner" => "owner: retail_crm",
        "purpose" => "purpose: marketing",
        "value" => "value: EUR 20",
        "weight" => "weight: 1",
        "propensity" => "propensity: 8%",
        "dates" => "dates: 2026-09-01 to 2026-12-31",
        _ => return Some(hit.advice(format!("{}: ...", key.trim()))),
    };
    Some(hit.paste(example))
}

/// `vip`, alone among conditions; `plan is`, `churn_risk >=`
fn no_test(line: &Line<'_>, tokens: &[Token<'_>]) -> Option<Hit> {
    let last = tokens.last()?;
    if tokens.len() >= 2
        && matches!(last.text, "is" | "not" | "in" | ">=" | "<=" | ">" | "<" | "has" | "lacks")
    {
        let hit = Hit::new(
            "E0160",
            last.at.clone(),
            format!("behind `{}` the value is missing", last.text),
            "a condition compares with something",
        );
        let example = match last.text {
            "in" => "plan in [prepaid, fibre]",
            ">=" | "<=" | ">" | "<" => "churn_risk >= 60%",
            "has" | "lacks" => "interests has films",
            _ => "plan is fibre",
        };
        return Some(hit.paste(example));
    }
    if !line.among_conditions() || !reads(&format!("{} is known", line.text)) {
        return None;
    }
    let text = line.text.trim();
    let hit = Hit::new(
        "E0160",
        0..text.len(),
        format!("this line does not say what `{text}` must be"),
        "a condition compares with something",
    );
    Some(hit.repair(format!("{text} is yes")).repair(format!("{text} is known")).unsure())
}

/// `by [email, sms]`
fn channels_without_choice(line: &Line<'_>) -> Option<Hit> {
    let at = line.text.find(" by [")?;
    let close = at + line.text.get(at..)?.find(']')? + 1;
    let repair = |how: &str| replaced(line.text, &[(at + 4..at + 4, format!("{how} of "))]);
    let hit = Hit::new(
        "E0164",
        at + 4..close,
        "several channels need to say how one of them is chosen",
        "the list could be tried in its order, or the customer's preferred channel first",
    );
    Some(hit.repair(repair("first")).repair(repair("preferred")).unsure())
}

/// `owner telco`
fn missing_colon(line: &Line<'_>, tokens: &[Token<'_>]) -> Option<Hit> {
    let [first, second, ..] = tokens else { return None };
    if line.among_conditions() || second.text == ":" || second.text == "{" || second.text == "." {
        return None;
    }
    let repair = replaced(line.text, &[(first.at.end..second.at.start, ": ".to_owned())]);
    if !reads(&repair) {
        return None;
    }
    let hit = Hit::new(
        "E0144",
        first.at.end..second.at.start.max(first.at.end + 1),
        format!("a colon is missing behind `{}`", first.text),
        "a colon stands before a value",
    );
    Some(hit.repair(repair))
}

/// `message email french {`
fn long_heading(line: &Line<'_>, tokens: &[Token<'_>]) -> Option<Hit> {
    let brace = tokens.iter().position(|token| token.text == "{")?;
    let names = tokens.get(..brace)?;
    let word = |token: &Token<'_>| {
        token.text.starts_with('"') || token.text.chars().all(super::letters::is_word_char)
    };
    if names.len() < 3 || !names.iter().all(word) {
        return None;
    }
    let extra = names.get(2)?.at.start..names.last()?.at.end;
    let shown = line.text.get(..names.last()?.at.end)?;
    let kept = line.text.get(..names.get(1)?.at.end)?;
    let hit = Hit::new(
        "E0161",
        extra.clone(),
        format!("`{shown}` has too many words for a block"),
        "before `{` stand one or two words: what the block is, and its name",
    );
    let inner = line.text.get(extra)?;
    Some(
        hit.advice(format!("{kept} {{ {inner} {{"))
            .advice(format!("{} {{", shown.replace(' ', "_"))),
    )
}

/// `who { ... } vip is yes`
fn behind_block(line: &Line<'_>) -> Option<Hit> {
    let close = line.text.find("{ }")? + 3;
    let rest = line.text.get(close..)?;
    let from = close + (rest.len() - rest.trim_start().len());
    if rest.trim().is_empty() || !reads(line.text.get(..close)?) {
        return None;
    }
    let hit = Hit::new(
        "E0162",
        from..line.text.trim_end().len(),
        "this stands behind the `}` of a block",
        "a block ends its line, and what follows is a line of its own",
    );
    let repair = replaced(line.text, &[(close..from, "\n".to_owned())]);
    Some(if reads(&repair) {
        hit.repair(repair)
    } else {
        hit.advice("put it on a line of its own")
    })
}

/// A joining word where a name belongs.
fn reserved_name(line: &Line<'_>, tokens: &[Token<'_>]) -> Option<Hit> {
    const JOINING: [&str; 14] = [
        "is", "in", "not", "to", "by", "of", "per", "else", "within", "then", "for", "where",
        "known", "unknown",
    ];
    for token in tokens.iter().filter(|token| JOINING.contains(&token.text)).take(4) {
        let name = format!("{}_", token.text);
        let repair = replaced(line.text, &[(token.at.clone(), name.clone())]);
        if reads(&repair) {
            let hit = Hit::new(
                "E0158",
                token.at.clone(),
                format!("`{}` cannot be a name", token.text),
                "it is one of the words that join a line together",
            );
            return Some(hit.repair(repair).unsure());
        }
    }
    None
}
