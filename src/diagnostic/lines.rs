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

/// Where each line of a text begins. Building is linear; a look-up is a binary search plus one line.
#[derive(Clone, Debug)]
pub struct LineIndex<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> LineIndex<'a> {
    /// Lines end at `\n`; a `\r` before it belongs to its line.
    #[must_use]
    pub fn new(text: &'a str) -> Self {
        let mut starts = vec![0];
        starts.extend(text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(at, _)| at + 1));
        Self { text, starts }
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
        let before = self.text.get(start..offset).unwrap_or("");
        let count = |n: usize| u32::try_from(n + 1).unwrap_or(u32::MAX);
        Place {
            line: count(line),
            column: count(before.chars().count()),
            column_utf16: count(before.encode_utf16().count()),
            column_utf8: count(before.len()),
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
