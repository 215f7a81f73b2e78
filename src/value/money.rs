//! Money: exact minor units with their ISO 4217 code in front.

use serde::{Deserialize, Serialize};

/// An ISO 4217 currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency {
    code: [u8; 3],
    decimals: u8,
}

impl Serialize for Currency {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = String::deserialize(deserializer)?;
        Self::new(&code).ok_or_else(|| serde::de::Error::custom("no ISO 4217 currency code"))
    }
}

/// An amount of one currency, in minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    /// Its currency.
    pub currency: Currency,
    /// Cents, pence, yen.
    pub minor: i64,
}

/// Why an amount could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MoneyError {
    /// Not `EUR 12.50`: no code, or no plain decimal amount.
    #[error("write money as a currency code and an amount, such as EUR 12.50")]
    Shape,
    /// The code is no ISO 4217 currency.
    #[error("no currency has this code")]
    UnknownCurrency,
    /// `EUR 1.234`
    #[error("more decimals than the currency has")]
    Decimals,
    /// More than fits 64 bits of minor units.
    #[error("the amount is too large")]
    TooLarge,
}

impl Currency {
    /// The euro.
    pub const EUR: Self = Self { code: *b"EUR", decimals: 2 };

    /// The currency of a code such as `EUR`; `None` where ISO 4217 has none.
    #[must_use]
    pub fn new(code: &str) -> Option<Self> {
        let known = iso_currency::Currency::from_code(code)?;
        let code: [u8; 3] = code.as_bytes().try_into().ok()?;
        let decimals = known.exponent().and_then(|digits| u8::try_from(digits).ok()).unwrap_or(0);
        Some(Self { code, decimals })
    }

    /// `EUR`
    #[must_use]
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.code).unwrap_or("XXX")
    }

    /// Decimals of the amount: 2 for EUR, 0 for JPY, 3 for KWD.
    #[must_use]
    pub fn decimals(&self) -> u8 {
        self.decimals
    }

    /// Reads a plain decimal amount (`1250.50`) into minor units.
    ///
    /// # Errors
    /// [`MoneyError::Shape`], [`MoneyError::Decimals`] or [`MoneyError::TooLarge`].
    pub fn minor(&self, amount: &str) -> Result<i64, MoneyError> {
        let (negative, digits) = match amount.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, amount),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) || digits.ends_with('.')
        {
            return Err(MoneyError::Shape);
        }
        let fraction = fraction.trim_end_matches('0');
        let decimals = usize::from(self.decimals);
        if fraction.len() > decimals {
            return Err(MoneyError::Decimals);
        }
        let padding = std::iter::repeat_n(b'0', decimals - fraction.len());
        let mut digits = whole.bytes().chain(fraction.bytes()).chain(padding);
        // Downwards for a debt, so that the smallest amount fits too.
        let minor = digits.try_fold(0_i64, |minor, digit| {
            let digit = i64::from(digit - b'0');
            let shifted = minor.checked_mul(10)?;
            if negative { shifted.checked_sub(digit) } else { shifted.checked_add(digit) }
        });
        minor.ok_or(MoneyError::TooLarge)
    }

    /// `EUR 1250.50`
    #[must_use]
    pub fn show(&self, minor: i64) -> String {
        format!("{} {}", self.code(), self.amount(minor))
    }

    /// `1250.50`
    #[must_use]
    pub fn amount(&self, minor: i64) -> String {
        let decimals = usize::from(self.decimals);
        let digits = format!("{:0>1$}", minor.unsigned_abs(), decimals + 1);
        let (whole, fraction) = digits.split_at(digits.len() - decimals);
        let sign = if minor < 0 { "-" } else { "" };
        if decimals == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
    }
}

impl Money {
    /// Reads `EUR 1250.50`.
    ///
    /// # Errors
    /// Any [`MoneyError`].
    pub fn parse(text: &str) -> Result<Self, MoneyError> {
        let (code, amount) = text.split_once(' ').ok_or(MoneyError::Shape)?;
        let currency = Currency::new(code).ok_or(MoneyError::UnknownCurrency)?;
        Ok(Self { currency, minor: currency.minor(amount.trim_start())? })
    }
}

impl std::fmt::Display for Money {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.currency.show(self.minor))
    }
}
