//! Declared types and the values read under them.

use serde::{Deserialize, Serialize};

use super::{Currency, Date, Timestamp};

/// What an attribute is declared as.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Type {
    /// `yes_no`
    YesNo,
    /// `number`, `number 0 to 10`: a finite 64-bit float; the range includes both ends.
    Number {
        /// Declared range.
        range: Option<(f64, f64)>,
    },
    /// `percent`, as a fraction; `0% to 100%` where no other range is declared.
    Percent {
        /// Declared range, as fractions.
        range: (f64, f64),
    },
    /// `money`, `money EUR 0 to EUR 500`: minor units of one currency.
    Money {
        /// The workspace's, where the type does not say.
        currency: Currency,
        /// Declared range in minor units.
        range: Option<(i64, i64)>,
    },
    /// `date`: a whole day.
    Date,
    /// `time`: an instant.
    Time,
    /// `one of [...]`: the values in NFC, sorted; compared exactly.
    OneOf(Vec<String>),
    /// `some of [...]`: the values in NFC, sorted; compared exactly.
    SomeOf(Vec<String>),
    /// `text`: compared after NFC and full case folding.
    Text,
    /// `code`: compared exactly, after NFC.
    Code,
}

/// A value read under its type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Typed {
    /// `yes` or `no`
    YesNo(bool),
    /// Finite, and `-0` is `0`.
    Number(f64),
    /// As a fraction: `60%` is `0.6`.
    Percent(f64),
    /// Minor units of the type's currency.
    Money(i64),
    /// A whole day.
    Date(Date),
    /// An instant.
    Time(Timestamp),
    /// One value of `one of`.
    One(String),
    /// The values of `some of`, sorted, without repetition; may be empty, which is known.
    Some(Vec<String>),
    /// A text, NFC, as the customer wrote it; comparisons fold both sides.
    Text(String),
    /// A code, NFC.
    Code(String),
}

impl Type {
    /// The type's word, as authors write it.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::YesNo => "yes_no",
            Self::Number { .. } => "number",
            Self::Percent { .. } => "percent",
            Self::Money { .. } => "money",
            Self::Date => "date",
            Self::Time => "time",
            Self::OneOf(_) => "one of",
            Self::SomeOf(_) => "some of",
            Self::Text => "text",
            Self::Code => "code",
        }
    }
}

impl Typed {
    /// As authors write it: `60%`, `EUR 12.50` (with the type's currency), `2026-10-01`, `[a, b]`.
    #[must_use]
    pub fn show(&self, kind: &Type) -> String {
        match (self, kind) {
            (Self::Money(minor), Type::Money { currency, .. }) => currency.show(*minor),
            (Self::Money(minor), _) => minor.to_string(),
            (Self::YesNo(yes), _) => if *yes { "yes" } else { "no" }.to_owned(),
            (Self::Number(number), _) => number.to_string(),
            (Self::Percent(fraction), _) => super::read::show_percent(*fraction),
            (Self::Date(date), _) => date.to_string(),
            (Self::Time(time), _) => time.to_string(),
            (Self::One(word) | Self::Code(word) | Self::Text(word), _) => word.clone(),
            (Self::Some(words), _) => format!("[{}]", words.join(", ")),
        }
    }
}
