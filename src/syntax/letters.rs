//! Characters that only look like others, and those that cannot be seen.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_security::{RestrictionLevel, RestrictionLevelDetection};

use crate::mutant::mutant;

/// Moves text around or hides where it ends: refused everywhere, comments and texts included.
pub(super) fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Cannot be seen. Joiners and the zero-width space belong into texts (emoji, Indic scripts, Thai line
/// breaks), and only there.
pub(super) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{180E}' | '\u{200B}'..='\u{200D}' | '\u{2060}'..='\u{2064}' | '\u{FEFF}'
        | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

/// Invisible, and yet right inside a text.
pub(super) fn joins_in_text(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{200B}'..='\u{200D}' | '\u{2060}' | '\u{E0000}'..='\u{E007F}')
}

/// A control character, or a line end that is none for other tools.
pub(super) fn is_control(c: char) -> bool {
    (c.is_control() && !matches!(c, '\t' | '\n')) || matches!(c, '\u{2028}' | '\u{2029}')
}

/// What a sign outside texts only looks like.
pub(super) fn looks_like(c: char) -> Option<&'static str> {
    Some(match c {
        '\u{A0}' | '\u{1680}' | '\u{2000}'..='\u{200A}' | '\u{202F}' | '\u{205F}' | '\u{3000}' => {
            " "
        }
        '“' | '”' | '„' | '‟' | '«' | '»' | '″' | '＂' | '‘' | '’' | '‚' | '‛' | '＇' => {
            "\""
        }
        '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' | '－' => "-",
        '：' | '∶' => ":",
        '，' | '、' => ",",
        '．' => ".",
        '（' => "(",
        '）' => ")",
        '［' | '【' => "[",
        '］' | '】' => "]",
        '｛' => "{",
        '｝' => "}",
        '＞' => ">",
        '＜' => "<",
        '＝' => "=",
        '％' | '٪' => "%",
        '＃' => "#",
        '＊' | '×' | '∗' => "*",
        '÷' | '∕' | '／' => "/",
        '＋' => "+",
        '＿' => "_",
        _ => return None,
    })
}

/// Whether a sign opens a text that was pasted from a document.
pub(super) fn is_curly_quote(c: char) -> bool {
    looks_like(c) == Some("\"")
}

/// Part of a name, as far as the pre-scan is concerned.
pub(super) fn is_word_char(c: char) -> bool {
    c == '_' || c.is_alphanumeric() || (!c.is_ascii() && is_combining_mark(c))
}

/// What is wrong with the letters of a name.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum BadWord {
    /// The first letter that only looks like a Latin one, that Latin letter, and the name as it should be.
    LooksLatin(char, char, String),
    /// Alphabets that do not go together.
    Mixed,
}

/// Checks a name: one script, or Latin with one other that is neither Cyrillic nor Greek.
pub(super) fn check_word(word: &str) -> Option<BadWord> {
    let composed: String = word.nfc().collect();
    let judged: String = composed.chars().flat_map(its_letters).collect();
    if judged.as_str().check_restriction_level(RestrictionLevel::ModeratelyRestrictive) {
        return None;
    }
    let mut first = None;
    let mut latin = String::with_capacity(word.len());
    for c in composed.chars() {
        match latin_twin(c) {
            Some(twin) => {
                first.get_or_insert((c, twin));
                latin.push(twin);
            }
            None => latin.push(c),
        }
    }
    match first {
        Some((c, twin)) if latin.is_ascii() => Some(BadWord::LooksLatin(c, twin, latin)),
        _ => Some(BadWord::Mixed),
    }
}

/// The letters that a joined letter of everyday writing stands for: Thai `ำ`, Lao `ຳ`, Armenian `և`.
///
/// The profile of UTS 39 leaves them out because they fall apart under NFKC, but no Thai name can do without.
/// Presentation forms and what falls apart into ASCII (`ﬁ`) stay out: they do only look like other letters.
fn its_letters(c: char) -> impl Iterator<Item = char> {
    let apart: Vec<char> = std::iter::once(c).nfkc().collect();
    let joined = c < '\u{FB00}' && apart.len() > 1 && !apart.iter().any(char::is_ascii);
    let letters = if joined && !mutant!("joined_letters_are_refused") { apart } else { vec![c] };
    letters.into_iter()
}

fn latin_twin(c: char) -> Option<char> {
    if c.is_ascii() {
        return None;
    }
    let mut buffer = [0; 4];
    let mut twin = unicode_security::skeleton(c.encode_utf8(&mut buffer));
    match (twin.next(), twin.next()) {
        (Some(one), None) if one.is_ascii_alphanumeric() => Some(one),
        _ => None,
    }
}
