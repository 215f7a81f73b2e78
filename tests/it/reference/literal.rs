//! Literals and raw values, read by hand: `60%`, `EUR 12.50`, `2026-10-01`.

use std::collections::BTreeSet;

use chrono::DateTime;
use onward::syntax::ast::{Atom, Literal, LiteralKind};
use onward::value::Value;
use unicode_normalization::UnicodeNormalization;

use super::calendar;

/// What an attribute is declared as, as far as reading and comparing needs it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    YesNo,
    Number,
    Percent,
    Money(String),
    Date,
    Time,
    OneOf,
    SomeOf,
    Text,
    Code,
}

/// A value once read. Percentages are fractions, money is minor units, days count from 1970-01-01,
/// instants are Unix microseconds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Val {
    YesNo(bool),
    Number(f64),
    Minor(i64),
    Day(i64),
    Instant(i64),
    /// Compared exactly.
    Word(String),
    Set(BTreeSet<String>),
    /// Compared folded.
    Folded(Folded),
}

/// A text: compared folded, shown as it was written, in NFC.
#[derive(Clone, Debug)]
pub(crate) struct Folded {
    pub(crate) folded: String,
    pub(crate) written: String,
}

impl PartialEq for Folded {
    fn eq(&self, other: &Self) -> bool {
        self.folded == other.folded
    }
}

fn folded(text: &str) -> Val {
    Val::Folded(Folded { folded: fold(text), written: text.nfc().collect() })
}

impl Val {
    /// As a factor of a score: money in minor units, percent as a fraction.
    pub(crate) fn score(&self) -> f64 {
        match self {
            Self::Number(number) => *number,
            Self::Minor(minor) => *minor as f64,
            other => panic!("{other:?} is no number"),
        }
    }
}

/// What stands between quotes, with its escapes undone.
pub(crate) fn unescape(raw: &str) -> String {
    let mut text = String::new();
    let mut chars = raw.chars();
    while let Some(next) = chars.next() {
        text.extend(if next == '\\' { chars.next() } else { Some(next) });
    }
    text
}

/// The text of a word, text or literal, as a value of a list.
pub(crate) fn word_of(atom: &Atom) -> String {
    match atom {
        Atom::Word(word) => word.text.nfc().collect(),
        Atom::Text(text) => unescape(&text.raw).nfc().collect(),
        Atom::Literal(literal) => literal.raw.clone(),
        other => panic!("{other:?} is no word"),
    }
}

/// An atom as a value of a kind.
pub(crate) fn atom(atom: &Atom, kind: &Kind) -> Val {
    match (kind, atom) {
        (Kind::YesNo, Atom::Word(word)) => Val::YesNo(match word.text.as_str() {
            "yes" => true,
            "no" => false,
            other => panic!("{other} is neither yes nor no"),
        }),
        (Kind::OneOf | Kind::Code, _) => Val::Word(word_of(atom)),
        (Kind::Text, _) => folded(&word_of(atom)),
        (_, Atom::Literal(it)) => literal(it),
        other => panic!("{other:?} cannot be read"),
    }
}

/// A literal by its looks.
pub(crate) fn literal(literal: &Literal) -> Val {
    match literal.kind {
        LiteralKind::Number => Val::Number(number(&literal.raw)),
        LiteralKind::Percent => Val::Number(percent(&literal.raw)),
        LiteralKind::Money => Val::Minor(money(&literal.raw)),
        LiteralKind::Date => Val::Day(date(&literal.raw)),
        LiteralKind::Clock | LiteralKind::Moment => panic!("{} is no value", literal.raw),
    }
}

/// A value as it arrives with a customer or a request; `None` clears.
pub(crate) fn arrived(value: &Value, kind: &Kind) -> Option<Val> {
    Some(match (kind, value) {
        (_, Value::Null) => return None,
        (Kind::YesNo, Value::YesNo(yes)) => Val::YesNo(*yes),
        (Kind::YesNo, Value::Text(text)) => Val::YesNo(text == "yes" || text == "true"),
        (Kind::Number, Value::Number(text) | Value::Text(text)) => Val::Number(number(text)),
        (Kind::Percent, Value::Text(text)) => Val::Number(percent(text)),
        (Kind::Money(_), Value::Text(text)) => Val::Minor(money(text)),
        (Kind::Date, Value::Text(text)) => Val::Day(date(text)),
        (Kind::Time, Value::Text(text)) => Val::Instant(instant(text)),
        (Kind::SomeOf, Value::List(words)) => {
            Val::Set(words.iter().map(|word| word.nfc().collect()).collect())
        }
        (Kind::OneOf | Kind::Code, Value::Text(text) | Value::Number(text)) => {
            Val::Word(text.nfc().collect())
        }
        (Kind::Text, Value::Text(text) | Value::Number(text)) => folded(text),
        other => panic!("{other:?} does not fit"),
    })
}

/// NFC, full case folding, NFC.
pub(crate) fn fold(text: &str) -> String {
    use caseless::Caseless;
    text.nfc().default_case_fold().nfc().collect()
}

/// Decimal text; `-0` is `0`.
pub(crate) fn number(raw: &str) -> f64 {
    raw.parse::<f64>().unwrap() + 0.0
}

/// The nearest float of the decimal with its point moved two places to the left.
pub(crate) fn percent(raw: &str) -> f64 {
    let digits = raw.strip_suffix('%').unwrap();
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |rest| ("-", rest));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let padded = format!("{whole:0>3}");
    let (units, hundredths) = padded.split_at(padded.len() - 2);
    number(&format!("{sign}{units}.{hundredths}{fraction}"))
}

/// `EUR 12.5` in minor units.
pub(crate) fn money(raw: &str) -> i64 {
    let (code, amount) = raw.split_once(' ').unwrap();
    let decimals = decimals(code);
    let (sign, amount) = amount.strip_prefix('-').map_or((1, amount), |rest| (-1, rest));
    let (whole, fraction) = amount.split_once('.').unwrap_or((amount, ""));
    let mut minor: i64 = whole.parse().unwrap();
    let mut fraction = fraction.chars();
    for _ in 0..decimals {
        minor = minor * 10 + i64::from(fraction.next().map_or(0, |d| d.to_digit(10).unwrap()));
    }
    assert!(fraction.all(|digit| digit == '0'), "{raw} has too many decimals");
    sign * minor
}

/// Decimals of a currency.
pub(crate) fn decimals(code: &str) -> usize {
    match code {
        "JPY" => 0,
        "KWD" => 3,
        "EUR" | "USD" | "GBP" | "THB" => 2,
        other => panic!("the reference does not know {other}"),
    }
}

/// What a literal of a formula is, by its looks.
pub(crate) fn kind(atom: &Atom) -> Kind {
    match atom {
        Atom::Literal(it) => match it.kind {
            LiteralKind::Percent => Kind::Percent,
            LiteralKind::Money => Kind::Money(it.raw.split(' ').next().unwrap().to_owned()),
            _ => Kind::Number,
        },
        other => panic!("{other:?} is no literal"),
    }
}

/// `2026-10-01` as days from 1970-01-01.
pub(crate) fn date(raw: &str) -> i64 {
    let parts: Vec<i64> = raw.split('-').map(|part| part.parse().unwrap()).collect();
    calendar::days_from_civil(parts[0], parts[1], parts[2])
}

/// `09:30` in minutes.
pub(crate) fn clock(raw: &str) -> i64 {
    let (hour, minute) = raw.split_once(':').unwrap();
    hour.parse::<i64>().unwrap() * 60 + minute.parse::<i64>().unwrap()
}

/// `2026-10-01 09:30` on a clock, in Unix microseconds.
pub(crate) fn moment(raw: &str, zone: chrono_tz::Tz) -> i64 {
    let (day, time) = raw.split_once(' ').unwrap();
    calendar::instant(date(day), clock(time), zone)
}

/// RFC 3339 in Unix microseconds.
pub(crate) fn instant(raw: &str) -> i64 {
    DateTime::parse_from_rfc3339(raw).unwrap().timestamp_micros()
}
