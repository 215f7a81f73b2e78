//! Values: how they arrive, what they are declared as, and what they are once read.
//!
//! In: a raw [`Value`] of the host or a file, and the [`Type`] that its attribute declares. Out: a [`Typed`]
//! value, or why it does not fit. Exact where money and days are meant; knows nothing of rules or customers.

mod kind;
mod money;
mod read;
mod time;
mod zone;

pub use kind::{Type, Typed};
pub use money::{Currency, Money, MoneyError};
pub use read::{ReadError, Unit, fold, nfc, read, renamed};
pub(crate) use read::{fold_into, nfc_into};
pub(crate) use time::{DAY, MINUTE};
pub use time::{Date, Day, TimeError, Timestamp};
pub use zone::Zone;

use serde::{Deserialize, Serialize};

/// A value as it arrives from outside, before the rules say what it is.
///
/// Percentages arrive as `Text("60%")`, money as `Text("EUR 12.50")`, dates as `Text("2026-10-01")`,
/// instants as RFC 3339 texts; a bare number is refused for `percent` and `money` ([`read`]).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// Known to be nothing: clears the attribute.
    Null,
    /// `yes` or `no`.
    YesNo(bool),
    /// A number by its decimal text, so that no digit is lost on the way.
    Number(String),
    /// Anything written as text.
    Text(String),
    /// A list of texts, for `some of`.
    List(Vec<String>),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}
impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}
impl From<bool> for Value {
    fn from(yes: bool) -> Self {
        Self::YesNo(yes)
    }
}
impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(number.to_string())
    }
}
impl From<f64> for Value {
    /// Shortest text that reads back; NaN and infinities are refused when they are read.
    fn from(number: f64) -> Self {
        Self::Number(number.to_string())
    }
}
impl From<&[&str]> for Value {
    fn from(words: &[&str]) -> Self {
        Self::List(words.iter().map(|word| (*word).to_owned()).collect())
    }
}
