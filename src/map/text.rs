//! Words in a drawing: how wide they are, where they are broken, and what must be escaped.
//!
//! Widths are estimates by the kind of character, in hundredths of the size of the font: nothing here has a font.

/// How wide a box's words become before they are broken.
pub(super) const WIDEST: u32 = 2_600;

/// The width of a text in hundredths of the font's size.
pub(super) fn width(text: &str) -> u32 {
    text.chars().map(width_of).sum()
}

/// Marks above, below and within other letters take no room of their own.
fn is_mark(letter: char) -> bool {
    matches!(u32::from(letter),
        0x300..=0x36F | 0x483..=0x489 | 0x591..=0x5BD | 0x5BF | 0x5C1..=0x5C2 | 0x610..=0x61A
        | 0x64B..=0x65F | 0x670 | 0x6D6..=0x6DC | 0x900..=0x902 | 0x93A | 0x93C | 0x941..=0x948 | 0x94D
        | 0xE31 | 0xE34..=0xE3A | 0xE47..=0xE4E | 0xEB1 | 0xEB4..=0xEBC | 0xEC8..=0xECE
        | 0x200B..=0x200F | 0x20D0..=0x20FF | 0xFE00..=0xFE0F | 0xFE20..=0xFE2F)
}

fn width_of(letter: char) -> u32 {
    match letter {
        _ if is_mark(letter) => 0,
        'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' => 28,
        'f' | 't' | 'r' | '(' | ')' | '[' | ']' | '{' | '}' | '/' | ' ' | '"' => 36,
        'm' | 'w' | 'M' | 'W' | '%' | '@' | '→' | '…' => 92,
        'A'..='Z' => 68,
        '_' | '-' | '0'..='9' | 'a'..='z' | '<' | '>' | '=' => 58,
        // Han, Kana, Hangul, full-width signs, pictures.
        _ if matches!(u32::from(letter),
            0x1100..=0x115F | 0x2E80..=0xA4CF | 0xAC00..=0xD7A3 | 0xF900..=0xFAFF | 0xFE30..=0xFE6F
            | 0xFF00..=0xFF60 | 0xFFE0..=0xFFE6 | 0x1F300..=0x1FAFF | 0x20000..=0x3FFFD) =>
        {
            100
        }
        _ => 62,
    }
}

/// A text in lines that are not wider than `most`: broken at blanks, else within a word, never before a mark.
pub(super) fn wrapped(text: &str, most: u32) -> Vec<String> {
    let mut lines = Vec::new();
    let (mut line, mut taken) = (String::new(), 0);
    for word in text.split_whitespace() {
        let wide = width(word);
        let blank = if line.is_empty() { 0 } else { width_of(' ') };
        if taken + blank + wide <= most {
            if blank > 0 {
                line.push(' ');
            }
            line.push_str(word);
            taken += blank + wide;
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
            taken = 0;
        }
        for letter in word.chars() {
            let wide = width_of(letter);
            if taken + wide > most && !line.is_empty() {
                lines.push(std::mem::take(&mut line));
                taken = 0;
            }
            line.push(letter);
            taken += wide;
        }
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

/// All lines of a box, wrapped.
pub(super) fn wrapped_all(lines: &[String], most: u32) -> Vec<String> {
    lines.iter().flat_map(|line| wrapped(line, most)).collect()
}

/// For text and attributes of SVG and HTML.
pub(super) fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // What XML cannot hold at all.
            control if control < ' ' => out.push(' '),
            other => out.push(other),
        }
    }
    out
}

/// For a label of Mermaid between double quotes.
pub(super) fn mermaid(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '"' | '#' | '<' | '>' | '&' | '`' | '\\' | ';' => {
                out.push_str(&format!("#{};", u32::from(letter)));
            }
            control if control < ' ' => out.push(' '),
            other => out.push(other),
        }
    }
    out
}

/// For a label of Graphviz between double quotes.
pub(super) fn dot(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            control if control < ' ' => out.push(' '),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_take_no_room() {
        assert_eq!(width("ที่"), width("ท"));
        assert_eq!(width("ผู้"), width("ผ"));
        assert_eq!(width("e\u{301}"), width("e"));
        assert!(width("漢") > width("a") && width("W") > width("i"));
    }

    #[test]
    fn long_words_are_broken_and_never_before_a_mark() {
        let lines = wrapped("กี่กี่กี่กี่กี่", 130);
        assert_eq!(lines, ["กี่กี่", "กี่กี่", "กี่"]);
        assert_eq!(wrapped("one two  three", width("one two")), ["one two", "three"]);
        assert_eq!(wrapped("", 300), [""]);
    }

    #[test]
    fn what_means_something_to_the_reader_is_escaped() {
        assert_eq!(xml("<a href='x'>&\"\u{7}"), "&lt;a href=&#39;x&#39;&gt;&amp;&quot; ");
        assert_eq!(mermaid("a \"b\" #c;\n"), "a #34;b#34; #35;c#59; ");
        assert_eq!(dot("a \"b\\\n"), "a \\\"b\\\\ ");
    }
}
