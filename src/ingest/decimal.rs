//! Decimal texts, changed as texts: no float comes near them.

/// Largest power of ten that is written out; more is no amount that anybody means.
const ZEROS: i64 = 400;

/// A number taken apart: `-112e3` is negative, `112`, 3.
struct Decimal {
    negative: bool,
    digits: String,
    /// The value is `digits` × 10^`exponent`.
    exponent: i64,
}

/// `text` × 10^`shift` as a plain decimal (`1.5e3` by 0 is `1500`), with all digits; `None` where it is no
/// number such as `12.5`, `-3` or `1e6`.
pub(crate) fn shifted(text: &str, shift: i64) -> Option<String> {
    let number = parse(text)?;
    let exponent = number.exponent.checked_add(shift)?;
    if exponent.abs() > ZEROS {
        return None;
    }
    let mut digits = number.digits;
    let mut fraction = String::new();
    if exponent >= 0 {
        digits.extend(std::iter::repeat_n('0', usize::try_from(exponent).ok()?));
    } else {
        let places = usize::try_from(-exponent).ok()?;
        let padded = format!("{digits:0>0$}", places + 1);
        let (whole, rest) = padded.split_at(padded.len() - places);
        fraction = rest.trim_end_matches('0').to_owned();
        digits = whole.to_owned();
    }
    let whole = digits.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let sign = if number.negative { "-" } else { "" };
    let point = if fraction.is_empty() { "" } else { "." };
    Some(format!("{sign}{whole}{point}{fraction}"))
}

/// Whether both are numbers, and the same one: `118` and `118.0`.
pub(crate) fn same(a: &str, b: &str) -> bool {
    let plain = |text: &str| {
        let plain = shifted(text, 0)?;
        Some(if plain == "-0" { "0".to_owned() } else { plain })
    };
    matches!((plain(a), plain(b)), (Some(a), Some(b)) if a == b)
}

fn parse(text: &str) -> Option<Decimal> {
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
        None => (unsigned, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let exponent = exponent.checked_sub(i64::try_from(fraction.len()).ok()?)?;
    Some(Decimal { negative, digits, exponent })
}

#[cfg(test)]
mod tests {
    use super::{same, shifted};

    #[test]
    fn the_point_moves_and_no_digit_is_lost() {
        let cases = [
            ("0.6", 2, "60"),
            ("0.123456789012345678901", 2, "12.3456789012345678901"),
            ("1250", -2, "12.5"),
            ("5", -2, "0.05"),
            ("-5", -3, "-0.005"),
            ("1.12e5", 0, "112000"),
            ("112000.00", 0, "112000"),
            ("007", 0, "7"),
            ("+3.", 0, "3"),
            (".5", 0, "0.5"),
            ("1e-3", 2, "0.1"),
        ];
        for (text, shift, want) in cases {
            assert_eq!(shifted(text, shift).as_deref(), Some(want), "{text} by {shift}");
        }
    }

    #[test]
    fn what_is_no_number_stays_none() {
        for text in ["", ".", "-", "1,250", "1 250", "NaN", "inf", "0x10", "1e", "1e999", "--1"] {
            assert_eq!(shifted(text, 0), None, "{text}");
        }
    }

    #[test]
    fn equal_numbers_are_equal_however_written() {
        assert!(same("118", "118.0") && same("1.18e2", "118") && same("-0", "0"));
        assert!(!same("118", "118.1") && !same("a", "a"));
    }
}
