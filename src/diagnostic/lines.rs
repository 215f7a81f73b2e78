//! From byte offsets to lines and columns, in the three units that editors use.

use serde::Serialize;

/// A place as an editor names it; line and columns start at 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The line.
    pub line: u32,
    /// Column in characters (Unicode scalar values): what the command prints.
    pub column: u32,
    /// Column in UTF-16 units: what most editors count.
    pub column_utf16: u32,
    /// Column in bytes.
    pub column_utf8: u32,
}

/// Where each line of a text begins. Building is linear; a look-up is two binary searches plus at most half a
/// kilobyte of the line, however long the line is.
#[derive(Clone, Debug)]
pub struct LineIndex<'a> {
    text: &'a str,
    starts: Vec<usize>,
    marks: Vec<Mark>,
}

/// How far apart marks within a long line are, in bytes.
const APART: usize = 512;

/// A place within a long line, and how many characters and UTF-16 units of the line stand before it.
#[derive(Clone, Copy, Debug)]
struct Mark {
    at: usize,
    characters: usize,
    units: usize,
}

impl<'a> LineIndex<'a> {
    /// Lines end at `\n`; a `\r` before it belongs to its line.
    #[must_use]
    pub fn new(text: &'a str) -> Self {
        let mut starts = vec![0];
        starts.extend(text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(at, _)| at + 1));
        let mut index = Self { text, starts, marks: Vec::new() };
        for (number, start) in index.starts.iter().enumerate() {
            let end = index.starts.get(number + 1).copied().unwrap_or(text.len());
            if end - start > APART {
                marks(text, *start, end, &mut index.marks);
            }
        }
        index
    }

    /// The place of a byte offset; one past the end of the text is its last place.
    #[must_use]
    pub fn place(&self, offset: usize) -> Place {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.starts.partition_point(|start| *start <= offset).saturating_sub(1);
        let start = self.starts.get(line).copied().unwrap_or(0);
        let last = self.marks.partition_point(|mark| mark.at <= offset).checked_sub(1);
        let mark = last.and_then(|last| self.marks.get(last)).filter(|mark| mark.at > start);
        let mark = mark.copied().unwrap_or(Mark { at: start, characters: 0, units: 0 });
        let before = self.text.get(mark.at..offset).unwrap_or("");
        let count = |n: usize| u32::try_from(n + 1).unwrap_or(u32::MAX);
        Place {
            line: count(line),
            column: count(mark.characters + before.chars().count()),
            column_utf16: count(mark.units + before.encode_utf16().count()),
            column_utf8: count(offset - start),
        }
    }

    /// The byte at which a line (from 1) begins; the end of the text for a line behind the last.
    #[must_use]
    pub fn start(&self, line: u32) -> usize {
        let index = (line as usize).saturating_sub(1);
        self.starts.get(index).copied().unwrap_or(self.text.len())
    }

    /// The text of a line (from 1), without its end.
    #[must_use]
    pub fn line(&self, line: u32) -> &'a str {
        let index = (line as usize).saturating_sub(1);
        let Some(start) = self.starts.get(index).copied() else { return "" };
        let end = self.starts.get(index + 1).copied().unwrap_or(self.text.len());
        self.text.get(start..end).unwrap_or("").trim_end_matches(['\n', '\r'])
    }
}

/// Marks for one long line.
fn marks(text: &str, start: usize, end: usize, into: &mut Vec<Mark>) {
    let line = text.get(start..end).unwrap_or("");
    let mut mark = Mark { at: start, characters: 0, units: 0 };
    let mut last = start;
    for (at, letter) in line.char_indices() {
        mark.at = start + at;
        if mark.at - last >= APART {
            last = mark.at;
            into.push(mark);
        }
        mark.characters += 1;
        mark.units += letter.len_utf16();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_is_counted_as_a_short_one() {
        let line = "aé€𝄞".repeat(700);
        let text = format!("short\n{line}\n{line}");
        let index = LineIndex::new(&text);
        for (start, number) in [(6, 2), (7 + line.len(), 3)] {
            for (characters, (at, _)) in line.char_indices().enumerate() {
                let before = line.get(..at).unwrap_or("");
                let place = index.place(start + at);
                assert_eq!(place.line, number);
                assert_eq!(place.column as usize, characters + 1);
                assert_eq!(place.column_utf8 as usize, at + 1);
                assert_eq!(place.column_utf16 as usize, before.encode_utf16().count() + 1);
            }
        }
    }
}
