//! The price of a text message: how many parts a text is charged as, and what makes it so many.
//!
//! In: the longest text a customer can get. Out: [`Parts`]. GSM 03.38 with its extension table packs 160
//! characters in one message and 153 in each part of several; one character outside it turns the whole text to
//! UCS-2 with 70 and 67. An escape pair or a surrogate pair is never cut in two. Knows nothing of rules.

use crate::mutant::mutant;

/// What a text costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Parts {
    /// How many messages are charged.
    pub(crate) parts: usize,
    /// Characters, as a person counts them.
    pub(crate) characters: usize,
    /// The first character that the short alphabet lacks.
    pub(crate) odd: Option<char>,
    /// What is paid for: characters, with those of the extension table counted twice.
    pub(crate) units: usize,
    /// The characters counted twice, such as `` `€` and `[` ``; only in the short alphabet.
    pub(crate) double: Option<String>,
}

impl Parts {
    /// What one message holds, and each part of several.
    pub(crate) fn room(&self) -> (usize, usize) {
        if self.odd.is_some() { (70, 67) } else { (160, 153) }
    }
}

/// The basic table of GSM 03.38; the escape itself is left out.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";

/// The extension table: two units each.
const EXTENSION: &str = "\u{c}^{}\\[~]|€";

/// Units of one character in the short alphabet; `None` where it has none.
fn short_units(c: char) -> Option<usize> {
    if BASIC.contains(c) {
        Some(1)
    } else if EXTENSION.contains(c) {
        Some(if mutant!("sms_extension_is_one") { 1 } else { 2 })
    } else {
        None
    }
}

/// Whether the short alphabet has every character of `text`.
pub(crate) fn is_short(text: &str) -> bool {
    text.chars().all(|c| short_units(c).is_some())
}

/// Counts the parts that `text` is charged as; an empty text is one.
pub(crate) fn parts(text: &str) -> Parts {
    let odd = text.chars().find(|c| short_units(*c).is_none());
    let units = |c: char| match odd {
        None => short_units(c).unwrap_or(1),
        Some(_) => c.len_utf16(),
    };
    let total: usize = text.chars().map(units).sum();
    let characters = text.chars().count();
    let mut counted = Parts { parts: 1, characters, odd, units: total, double: doubled(text, odd) };
    let (single, each) = counted.room();
    if total > single || mutant!("sms_single_is_shorter") && total == single {
        let mut filled = 0;
        for size in text.chars().map(units) {
            if filled + size > each {
                counted.parts += 1;
                filled = 0;
            }
            filled += size;
        }
    }
    counted
}

/// The characters of the extension table in a text that is all of the short alphabet.
fn doubled(text: &str, odd: Option<char>) -> Option<String> {
    let mut found: Vec<String> = Vec::new();
    for c in text.chars().filter(|c| EXTENSION.contains(*c)) {
        let shown = if c == '\u{c}' { "a page break".to_owned() } else { format!("`{c}`") };
        if !found.contains(&shown) {
            found.push(shown);
        }
    }
    (odd.is_none() && !found.is_empty()).then(|| super::nearest::listed(&found, "and"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn charged(text: &str) -> usize {
        parts(text).parts
    }

    #[test]
    fn one_message_holds_160_and_two_hold_306() {
        assert_eq!(charged(""), 1);
        assert_eq!(charged(&"a".repeat(160)), 1);
        assert_eq!(charged(&"a".repeat(161)), 2);
        assert_eq!(charged(&"a".repeat(306)), 2);
        assert_eq!(charged(&"a".repeat(307)), 3);
    }

    #[test]
    fn one_foreign_letter_cuts_to_70_and_67() {
        assert_eq!(charged(&format!("ê{}", "a".repeat(69))), 1);
        assert_eq!(charged(&format!("ê{}", "a".repeat(70))), 2);
        assert_eq!(charged(&format!("ê{}", "a".repeat(133))), 2);
        assert_eq!(charged(&format!("ê{}", "a".repeat(134))), 3);
        assert_eq!(parts("prêt").odd, Some('ê'));
        assert_eq!(parts("réparons, à bientôt").odd, Some('ô'));
    }

    #[test]
    fn the_extension_table_costs_two_units() {
        assert_eq!(charged(&"€".repeat(80)), 1);
        assert_eq!(charged(&"€".repeat(81)), 2);
        // 153 is odd: a pair is not cut, so that a part holds 76 of them.
        assert_eq!(charged(&"€".repeat(152)), 2);
        assert_eq!(charged(&"€".repeat(153)), 3);
        let cost = parts(&format!("[{}€€", "a".repeat(155)));
        assert_eq!((cost.parts, cost.units, cost.double.as_deref()), (2, 161, Some("`[` and `€`")));
        assert_eq!(parts("ê€").double, None);
    }

    #[test]
    fn a_surrogate_pair_is_never_cut() {
        // 67 is odd: 33 pairs a part.
        assert_eq!(charged(&"🎬".repeat(35)), 1);
        assert_eq!(charged(&"🎬".repeat(66)), 2);
        assert_eq!(charged(&"🎬".repeat(67)), 3);
    }
}
