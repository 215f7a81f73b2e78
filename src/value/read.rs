//! The door: a [`Value`] as it arrived becomes a [`Typed`] value under its [`Type`], or says why not.

use std::borrow::Cow;
use std::collections::BTreeMap;

use caseless::Caseless;
use unicode_normalization::{UnicodeNormalization, is_nfc};

use super::{Date, Money, MoneyError, Timestamp, Type, Typed, Value};

/// How bare numbers are to be understood; declared by a mapping, never guessed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unit {
    /// Nothing is declared: a bare number is refused for `percent` and `money`.
    #[default]
    None,
    /// `0.6` is 60 %.
    Fraction,
    /// `60` is 60 %.
    Percent,
    /// `12.5` is 12.50 of the type's currency.
    Major,
    /// `1250` is 12.50 of the type's currency.
    Minor,
}

/// Why a value does not fit its type; the text is for the person who has the data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// Another type of value.
    #[error("{found} is not {wanted}")]
    Kind {
        /// What arrived.
        found: String,
        /// What the type wants, with an example.
        wanted: &'static str,
    },
    /// Not among the declared values.
    #[error("`{found}` is not one of {}", .values.join(", "))]
    NotListed {
        /// What arrived.
        found: String,
        /// What is declared.
        values: Vec<String>,
    },
    /// Outside the declared range.
    #[error("{found} is outside {low} to {high}")]
    Range {
        /// What arrived.
        found: String,
        /// Smallest allowed.
        low: String,
        /// Largest allowed.
        high: String,
    },
    /// A number without its unit.
    #[error(
        "{found} is a bare number; say what it means (unit = \"fraction\", \"percent\", \"major\" or \"minor\")"
    )]
    BareNumber {
        /// What arrived.
        found: String,
    },
    /// Money of another currency; nothing is converted.
    #[error("{found} is not in {wanted}; nothing is converted")]
    Currency {
        /// What arrived.
        found: String,
        /// The type's currency.
        wanted: String,
    },
    /// Other trouble with an amount.
    #[error("{found}: {why}")]
    Money {
        /// What arrived.
        found: String,
        /// The trouble.
        why: MoneyError,
    },
    /// NaN, an infinity, or a number beyond 64-bit floats.
    #[error("{found} is not a finite number")]
    NotFinite {
        /// What arrived.
        found: String,
    },
}

impl ReadError {
    /// The same trouble without the value itself, for personal data.
    #[must_use]
    pub fn masked(mut self) -> Self {
        let (Self::Kind { found, .. }
        | Self::NotListed { found, .. }
        | Self::Range { found, .. }
        | Self::BareNumber { found }
        | Self::Currency { found, .. }
        | Self::Money { found, .. }
        | Self::NotFinite { found }) = &mut self;
        "(personal data)".clone_into(found);
        self
    }
}

/// Reads `value` under `kind`; `None` for [`Value::Null`], which clears.
///
/// Numbers are read from their decimal text: `60%` and `0.6` (as a fraction) give the same bits.
///
/// # Errors
/// [`ReadError`], with what arrived and what was wanted.
///
/// # Example
/// ```
/// use onward::value::{read, Type, Typed, Unit, Value};
/// let percent = Type::Percent { range: (0.0, 1.0) };
/// assert_eq!(read(&"60%".into(), &percent, Unit::None), Ok(Some(Typed::Percent(0.6))));
/// assert!(read(&Value::Number("0.6".into()), &percent, Unit::None).is_err());
/// assert_eq!(read(&0.6.into(), &percent, Unit::Fraction), Ok(Some(Typed::Percent(0.6))));
/// ```
pub fn read(value: &Value, kind: &Type, unit: Unit) -> Result<Option<Typed>, ReadError> {
    let wrong = |wanted| ReadError::Kind { found: shown(value), wanted };
    let typed = match (kind, value) {
        (_, Value::Null) => return Ok(None),
        (Type::YesNo, Value::YesNo(yes)) => Typed::YesNo(*yes),
        (Type::YesNo, Value::Text(text)) => match text.as_str() {
            "yes" | "true" => Typed::YesNo(true),
            "no" | "false" => Typed::YesNo(false),
            _ => return Err(wrong("yes or no")),
        },
        (Type::YesNo, _) => return Err(wrong("yes or no")),
        (Type::Number { range }, Value::Number(text) | Value::Text(text)) => {
            let number =
                finite(text).ok_or_else(|| not_a_number(value, "a number such as 12.5"))?;
            if let Some((low, high)) = range
                && !(*low <= number && number <= *high)
            {
                return Err(out_of(value, &low.to_string(), &high.to_string()));
            }
            Typed::Number(number)
        }
        (Type::Number { .. }, _) => return Err(wrong("a number such as 12.5")),
        (Type::Percent { range }, Value::Number(text) | Value::Text(text)) => {
            let fraction = read_percent(value, text, unit)?;
            if !(range.0 <= fraction && fraction <= range.1) {
                return Err(out_of(value, &show_percent(range.0), &show_percent(range.1)));
            }
            Typed::Percent(fraction)
        }
        (Type::Percent { .. }, _) => return Err(wrong("a percentage such as 60%")),
        (Type::Money { currency, range }, Value::Number(text) | Value::Text(text)) => {
            let minor = read_money(value, text, *currency, unit)?;
            if let Some((low, high)) = range
                && !(*low <= minor && minor <= *high)
            {
                return Err(out_of(value, &currency.show(*low), &currency.show(*high)));
            }
            Typed::Money(minor)
        }
        (Type::Money { .. }, _) => return Err(wrong("money such as EUR 12.50")),
        (Type::Date, Value::Text(text)) => {
            Typed::Date(Date::parse(text).map_err(|_| wrong("a date such as 2026-10-01"))?)
        }
        (Type::Date, _) => return Err(wrong("a date such as 2026-10-01")),
        (Type::Time, Value::Text(text)) => Typed::Time(
            Timestamp::parse(text).map_err(|_| wrong("an instant such as 2026-10-01T09:30:00Z"))?,
        ),
        (Type::Time, _) => return Err(wrong("an instant such as 2026-10-01T09:30:00Z")),
        (Type::OneOf(values), Value::Text(text) | Value::Number(text)) => {
            Typed::One(listed(text, values)?)
        }
        (Type::OneOf(_), _) => return Err(wrong("one of the declared values")),
        (Type::SomeOf(values), Value::List(texts)) => {
            let mut read = Vec::with_capacity(texts.len());
            for text in texts {
                read.push(listed(text, values)?);
            }
            read.sort();
            read.dedup();
            Typed::Some(read)
        }
        (Type::SomeOf(_), _) => return Err(wrong("a list of the declared values")),
        (Type::Text, Value::Text(text) | Value::Number(text)) => Typed::Text(nfc(text)),
        (Type::Code, Value::Text(text) | Value::Number(text)) => Typed::Code(nfc(text)),
        (Type::Text | Type::Code, _) => return Err(wrong("a text")),
    };
    Ok(Some(typed))
}

/// The value by today's name, where what arrived is an earlier name of it; anything else as it is.
#[must_use]
pub fn renamed<'v>(value: &'v Value, earlier: &BTreeMap<String, String>) -> Cow<'v, Value> {
    let today = match value {
        Value::Text(text) if !earlier.is_empty() => earlier.get(&nfc(text)),
        _ => None,
    };
    today.map_or(Cow::Borrowed(value), |today| Cow::Owned(Value::Text(today.clone())))
}

/// Unicode NFC.
#[must_use]
pub fn nfc(text: &str) -> String {
    if is_nfc(text) { text.to_owned() } else { text.nfc().collect() }
}

/// NFC and full case folding without locale: what `text` values are compared by.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    fold_into(text, &mut folded);
    folded
}

/// Appends the text in NFC.
pub(crate) fn nfc_into(text: &str, into: &mut String) {
    if text.is_ascii() { into.push_str(text) } else { into.extend(text.nfc()) }
}

/// Appends the text as [`fold`] gives it.
pub(crate) fn fold_into(text: &str, into: &mut String) {
    if text.is_ascii() {
        into.extend(text.chars().map(|letter| letter.to_ascii_lowercase()));
    } else {
        into.extend(text.nfc().default_case_fold().nfc());
    }
}

/// `60%` for 0.6, with the fewest digits that read back to the same bits: those of the fraction, with the point
/// moved. A mean times 100 may be rounded to another one's number.
pub(crate) fn show_percent(fraction: f64) -> String {
    let digits = fraction.abs().to_string();
    let (whole, rest) = digits.split_once('.').unwrap_or((&digits, ""));
    let mut rest = rest.chars();
    let mut whole = whole.to_owned();
    whole.extend((0..2).map(|_| rest.next().unwrap_or('0')));
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let rest = rest.as_str();
    let point = if rest.is_empty() { "" } else { "." };
    let sign = if fraction < 0.0 { "-" } else { "" };
    format!("{sign}{whole}{point}{rest}%")
}

/// Moves the decimal point of a percentage.
const SHIFT: &str = "e-2";

/// The nearest float of a percentage's decimal, found by moving the decimal point, not by dividing.
pub(crate) fn percent_text(digits: &str) -> Option<f64> {
    if !plain_decimal(digits) {
        return None;
    }
    // As long as people write them, without a trip to the heap.
    let mut room = [0_u8; 40];
    let text = match room.get_mut(..digits.len() + SHIFT.len()) {
        Some(text) => {
            let (head, tail) = text.split_at_mut(digits.len());
            head.copy_from_slice(digits.as_bytes());
            tail.copy_from_slice(SHIFT.as_bytes());
            std::str::from_utf8(text).ok()?.parse().ok()
        }
        None => format!("{digits}{SHIFT}").parse().ok(),
    };
    text.map(positive_zero)
}

/// A finite number of its decimal text; `-0` is `0`.
pub(crate) fn finite(text: &str) -> Option<f64> {
    let shaped = text.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b));
    let number: f64 = shaped.then(|| text.parse().ok()).flatten()?;
    number.is_finite().then(|| positive_zero(number))
}

fn positive_zero(number: f64) -> f64 {
    if number == 0.0 { 0.0 } else { number }
}

fn plain_decimal(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    all(whole) && all(fraction)
}

fn read_percent(value: &Value, text: &str, unit: Unit) -> Result<f64, ReadError> {
    let wrong = || not_a_number(value, "a percentage such as 60%");
    if let Some(digits) = text.strip_suffix('%') {
        return percent_text(digits.trim_end()).ok_or_else(wrong);
    }
    let number = finite(text).ok_or_else(wrong)?;
    match unit {
        Unit::Fraction => Ok(number),
        Unit::Percent if plain_decimal(text) => percent_text(text).ok_or_else(wrong),
        Unit::Percent => Ok(positive_zero(number / 100.0)),
        _ => Err(ReadError::BareNumber { found: shown(value) }),
    }
}

fn read_money(
    value: &Value,
    text: &str,
    currency: super::Currency,
    unit: Unit,
) -> Result<i64, ReadError> {
    let trouble = |why| ReadError::Money { found: shown(value), why };
    if text.bytes().next().is_some_and(|b| b.is_ascii_alphabetic()) {
        let money = Money::parse(text).map_err(trouble)?;
        if money.currency != currency {
            let wanted = currency.code().to_owned();
            return Err(ReadError::Currency { found: shown(value), wanted });
        }
        return Ok(money.minor);
    }
    match unit {
        Unit::Major => currency.minor(&plain(text)).map_err(trouble),
        Unit::Minor => {
            let whole = plain(text);
            let whole = whole.strip_suffix(".0").unwrap_or(&whole);
            whole.parse().map_err(|_| trouble(MoneyError::Decimals))
        }
        _ if finite(text).is_some() => Err(ReadError::BareNumber { found: shown(value) }),
        _ => Err(trouble(MoneyError::Shape)),
    }
}

/// `1e3` and `112000.0` as plain decimals, exactly; anything else as it is.
fn plain(text: &str) -> String {
    if plain_decimal(text) {
        return text.to_owned();
    }
    match finite(text) {
        Some(number) => number.to_string(),
        None => text.to_owned(),
    }
}

fn listed(text: &str, values: &[String]) -> Result<String, ReadError> {
    let text = nfc(text);
    if values.binary_search(&text).is_ok() {
        return Ok(text);
    }
    Err(ReadError::NotListed { found: text, values: values.to_vec() })
}

fn not_a_number(value: &Value, wanted: &'static str) -> ReadError {
    let found = shown(value);
    let infinite = |text: &str| text.parse::<f64>().is_ok_and(|number| !number.is_finite());
    match value {
        Value::Number(text) | Value::Text(text) if infinite(text) => ReadError::NotFinite { found },
        _ => ReadError::Kind { found, wanted },
    }
}

fn out_of(value: &Value, low: &str, high: &str) -> ReadError {
    ReadError::Range { found: shown(value), low: low.to_owned(), high: high.to_owned() }
}

/// What arrived, short enough for a message.
fn shown(value: &Value) -> String {
    let short = |text: &str| {
        let mut cut: String = text.chars().take(40).collect();
        if cut.len() < text.len() {
            cut.push('…');
        }
        cut
    };
    match value {
        Value::Null => "null".to_owned(),
        Value::YesNo(yes) => yes.to_string(),
        Value::Number(text) => short(text),
        Value::Text(text) => format!("`{}`", short(text)),
        Value::List(texts) => format!("[{}]", short(&texts.join(", "))),
    }
}
