//! The text of a file after the pre-scan: what the grammar reads, and the way back to the file.
//!
//! A character that only looks like another one is reported once and replaced, so that the lines around it
//! can still be read. Offsets of the cleaned text are turned into offsets of the file by arithmetic.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::ops::Range;

use super::ast::Span;

/// A text with its corrections applied.
#[derive(Debug)]
pub(super) struct Clean<'a> {
    /// Name of the file, for messages.
    pub(super) file: &'a str,
    /// As it stands in the file.
    pub(super) original: &'a str,
    /// With corrections.
    pub(super) text: Cow<'a, str>,
    /// Sorted: from this offset of `text` on, add that much to get an offset of the file.
    shifts: Vec<(usize, i64)>,
    /// Stretches of `text` that were reported already, sorted: nothing more is said of them.
    muted: Vec<Range<usize>>,
    /// Where the lines of the file begin; only asked for messages.
    lines: OnceCell<Vec<usize>>,
}

/// Replaces the bytes `at` of the file by `by`, for the grammar's eyes only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Correction {
    pub(super) at: Range<usize>,
    pub(super) by: Cow<'static, str>,
}

impl<'a> Clean<'a> {
    /// Applies `corrections`, which are sorted and do not overlap.
    pub(super) fn new(file: &'a str, original: &'a str, corrections: &[Correction]) -> Self {
        if corrections.is_empty() {
            let text = Cow::Borrowed(original);
            return Self {
                file,
                original,
                text,
                shifts: Vec::new(),
                muted: Vec::new(),
                lines: OnceCell::new(),
            };
        }
        let mut text = String::with_capacity(original.len());
        let mut shifts = Vec::with_capacity(corrections.len());
        let mut done = 0;
        for Correction { at, by } in corrections {
            text.push_str(original.get(done..at.start).unwrap_or(""));
            text.push_str(by);
            shifts.push((text.len(), at.end as i64 - text.len() as i64));
            done = at.end;
        }
        text.push_str(original.get(done..).unwrap_or(""));
        Self {
            file,
            original,
            text: Cow::Owned(text),
            shifts,
            muted: Vec::new(),
            lines: OnceCell::new(),
        }
    }

    /// Whether nothing was corrected: offsets are those of the file.
    pub(super) fn is_as_written(&self) -> bool {
        self.shifts.is_empty()
    }

    /// Offset in the file of an offset in the cleaned text.
    pub(super) fn in_file(&self, at: usize) -> usize {
        let index = self.shifts.partition_point(|(from, _)| *from <= at);
        let shift =
            index.checked_sub(1).and_then(|i| self.shifts.get(i)).map_or(0, |(_, shift)| *shift);
        usize::try_from(at as i64 + shift).unwrap_or(at)
    }

    /// Offset in the cleaned text of an offset in the file.
    pub(super) fn cleaned(&self, at: usize) -> usize {
        let index = self.shifts.partition_point(|(from, shift)| *from as i64 + shift <= at as i64);
        let shift =
            index.checked_sub(1).and_then(|i| self.shifts.get(i)).map_or(0, |(_, shift)| *shift);
        usize::try_from(at as i64 - shift).unwrap_or(at)
    }

    /// The line of the file, from 1, of an offset in the cleaned text.
    pub(super) fn line_of(&self, at: usize) -> usize {
        let starts = self.lines.get_or_init(|| {
            let breaks = self.original.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
            breaks.map(|(at, _)| at + 1).collect()
        });
        let at = self.in_file(at);
        starts.partition_point(|start| *start <= at) + 1
    }

    /// The span in the file of `start..end` in the cleaned text.
    pub(super) fn span(&self, start: usize, end: usize) -> Span {
        if self.shifts.is_empty() {
            return Span::new(start, end);
        }
        // The end is taken from the last byte, so that a correction behind it is not swallowed.
        let last = end.saturating_sub(1).max(start);
        let end = if end > start { self.in_file(last) + 1 } else { self.in_file(end) };
        let mut end = end;
        while end < self.original.len() && !self.original.is_char_boundary(end) {
            end += 1;
        }
        let end = end.min(self.original.len());
        // A word of look-alikes is corrected as a whole: within it a letter may have more bytes than its twin.
        let mut start = self.in_file(start).min(end);
        while start > 0 && !self.original.is_char_boundary(start) {
            start -= 1;
        }
        Span::new(start, end)
    }

    /// Nothing more is to be said of these stretches of the cleaned text.
    pub(super) fn mute(&mut self, mut stretches: Vec<Range<usize>>) {
        self.muted.append(&mut stretches);
        self.muted.sort_by_key(|range| (range.start, range.end));
        // Merged, so that one search is enough.
        let mut merged: Vec<Range<usize>> = Vec::with_capacity(self.muted.len());
        for range in self.muted.drain(..) {
            match merged.last_mut() {
                Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
                _ => merged.push(range),
            }
        }
        self.muted = merged;
    }

    /// Whether a stretch of the cleaned text touches one that was reported already.
    pub(super) fn is_muted(&self, range: Range<usize>) -> bool {
        let index = self.muted.partition_point(|muted| muted.end <= range.start);
        self.muted.get(index).is_some_and(|muted| muted.start < range.end)
    }
}
