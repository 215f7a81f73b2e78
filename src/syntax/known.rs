//! Lines that were read before: equal text is read once.
//!
//! Rules repeat themselves: `in segment loyal`, `purpose: marketing`, `who {`. What one line of a block means hangs on
//! its text alone, so that the shape that the grammar gave once is moved to where the line stands again. Only
//! lines that nothing around them can change are known: brackets closed, texts closed, no comment inside. A block
//! is known by what stands before its brace; its lines are read line by line in turn.

use std::collections::HashMap;
use std::hash::BuildHasher;
use std::ops::Range;

use foldhash::fast::FixedState;

use super::ast::{Block, Body, Name, Shape};
use super::moved::Moved;
use super::structure::text_end;
use crate::mutant::mutant;

/// Longer lines are seldom written twice.
const LONGEST: usize = 160;
/// Most text of lines that is remembered, in bytes; their shapes take about thirteen times as much.
const MOST: usize = 512 << 10;
/// How many lines may be seen once before one of them is forgotten.
const SEEN: usize = 8192;

/// A line, or one of several between commas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    /// Where it stands in the block.
    pub(super) at: Range<usize>,
    /// What it is known by: all of it, or what stands before its block, brace included.
    pub(super) key: Range<usize>,
}

impl Cell {
    /// Whether it is a block.
    pub(super) fn is_block(&self) -> bool {
        self.key.end < self.at.end
    }
}

/// The lines of the inside of a block that nothing around them can change, in order. What stands between them, or
/// behind a bracket that does not fit, is left to the grammar.
pub(super) struct Cells<'a> {
    bytes: &'a [u8],
    at: usize,
    brackets: Vec<u8>,
}

impl<'a> Cells<'a> {
    pub(super) fn new(inside: &'a str) -> Self {
        Self { bytes: inside.as_bytes(), at: 0, brackets: Vec::new() }
    }

    /// The comment that starts here ends before this.
    fn line_end(&self, from: usize) -> usize {
        let rest = self.bytes.get(from..).unwrap_or_default();
        rest.iter().position(|byte| *byte == b'\n').map_or(self.bytes.len(), |end| from + end)
    }
}

impl Iterator for Cells<'_> {
    type Item = Cell;

    fn next(&mut self) -> Option<Cell> {
        let bytes = self.bytes;
        loop {
            while let Some(b' ' | b'\t' | b'\n' | b',') = bytes.get(self.at) {
                self.at += 1;
            }
            let start = self.at;
            if start >= bytes.len() {
                return None;
            }
            let (mut at, mut plain, mut open, mut closed) = (start, true, None, None);
            self.brackets.clear();
            while let Some(byte) = bytes.get(at) {
                match byte {
                    b'"' => {
                        let end = text_end(bytes, at);
                        let is_closed = end > at + 1 && bytes.get(end - 1) == Some(&b'"');
                        plain &= closed.is_none() && (is_closed || self.brackets.contains(&b'}'));
                        at = end;
                        continue;
                    }
                    b'#' if self.brackets.is_empty() => break,
                    b'#' => {
                        plain &= self.brackets.contains(&b'}');
                        at = self.line_end(at);
                        continue;
                    }
                    b'\n' | b',' if self.brackets.is_empty() => break,
                    b'{' => {
                        if self.brackets.is_empty() {
                            plain &= open.is_none();
                            open = open.or(Some(at));
                        }
                        plain &= self.brackets.is_empty() || self.brackets.first() == Some(&b'}');
                        self.brackets.push(b'}');
                    }
                    b'[' | b'(' => {
                        plain &= closed.is_none();
                        self.brackets.push(if *byte == b'[' { b']' } else { b')' });
                    }
                    b'}' | b']' | b')' => {
                        if self.brackets.pop() != Some(*byte) {
                            self.at = bytes.len();
                            return None;
                        }
                        if self.brackets.is_empty() && *byte == b'}' {
                            closed = Some(at);
                        }
                    }
                    b' ' | b'\t' => {}
                    b'\r' => {
                        plain &= bytes.get(at + 1) == Some(&b'\n') || !self.brackets.is_empty()
                    }
                    _ => {
                        plain &= closed.is_none();
                        let rest = bytes.get(at + 1..).unwrap_or_default();
                        at += rest.iter().take_while(|byte| is_ordinary(**byte)).count();
                    }
                }
                at += 1;
            }
            if !self.brackets.is_empty() {
                self.at = bytes.len();
                return None;
            }
            self.at = match bytes.get(at) {
                Some(b'#') => self.line_end(at),
                _ => at,
            };
            let mut end = at;
            while let Some(b' ' | b'\t' | b'\r') = end.checked_sub(1).and_then(|at| bytes.get(at)) {
                end -= 1;
            }
            let key = start..open.map_or(end, |open| open + 1);
            if plain && end > start && key.len() <= LONGEST {
                return Some(Cell { at: start..end, key });
            }
        }
    }
}

/// Whether a byte stands for itself alone: most of them do.
const fn is_ordinary(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'.' | b' ' | b'A'..=b'Z')
}

/// The shapes of the lines that were read so far, of one file or of several one after another.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// With the place, in its file, of the line that the shape was read from; looked up, never walked.
    shapes: HashMap<Box<str>, (Shape, usize), FixedState>,
    /// Bytes of text.
    bytes: usize,
    /// Tags of lines that were seen: only what stands twice is remembered.
    seen: Vec<u32>,
}

impl Known {
    /// The shape of a line that starts at `start` of its file, if such a line was read before; a block
    /// comes without its lines.
    pub(super) fn get(&self, key: &str, start: usize) -> Option<Shape> {
        let (shape, from) = self.shapes.get(key)?;
        let mut shape = shape.clone();
        if !mutant!("syntax_known_lines_stay_where_they_were") {
            shape.moved(offset(*from, start));
        }
        Some(shape)
    }

    /// Whether a line should be put: it was seen before.
    pub(super) fn is_wanted(&mut self, key: &str) -> bool {
        if self.bytes >= MOST {
            return false;
        }
        if self.seen.is_empty() {
            self.seen = vec![0; SEEN];
        }
        let hash = self.shapes.hasher().hash_one(key);
        let tag = (hash >> 32) as u32 | 1;
        match self.seen.get_mut(hash as usize % SEEN) {
            Some(seen) if *seen == tag => true,
            Some(seen) => {
                *seen = tag;
                false
            }
            None => false,
        }
    }

    /// Remembers what a line is that starts at `start` of its file, if its text says it all.
    pub(super) fn put(&mut self, key: &str, is_block: bool, shape: &Shape, start: usize) {
        let kept = match shape {
            Shape::Block(block) if is_block => {
                let (heading, name) = (block.heading.clone(), block.name.clone());
                Shape::Block(Block { heading, name, body: Body::default() })
            }
            _ if is_block => return,
            _ if shape.can_move() => shape.clone(),
            _ => return,
        };
        self.bytes += key.len();
        self.shapes.insert(key.into(), (kept, start));
    }
}

/// The word of a heading, as blocks around a line are named.
pub(super) fn heading_word(heading: &Name) -> &str {
    match heading {
        Name::Word(word) => &word.text,
        Name::Text(_) => "",
    }
}

/// How far it is from one place to another, in either direction.
fn offset(from: usize, to: usize) -> i64 {
    i64::try_from(to).unwrap_or(i64::MAX).saturating_sub(i64::try_from(from).unwrap_or(i64::MAX))
}
