//! Lines of any reader: bounded, counted, UTF-8, without their ends.

use std::collections::VecDeque;
use std::io::BufRead;

use crate::mutant::mutant;

/// Bytes of one line at most (of one record, in CSV); a longer one is refused and passed over.
pub const LINE_BYTES: usize = 1 << 20;

/// What can be wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LineProblem {
    /// This line; the next is fine.
    Row(String),
    /// The input itself; nothing more can be read.
    Stopped(String),
}

/// Reads line after line; never holds more than one and what was put back.
pub(crate) struct Lines<R> {
    reader: R,
    line: u64,
    back: VecDeque<Result<String, LineProblem>>,
    ended: bool,
}

impl<R: BufRead> Lines<R> {
    pub(crate) fn new(reader: R) -> Self {
        Self { reader, line: 0, back: VecDeque::new(), ended: false }
    }

    /// The next line with its number (from 1), without `\n` or `\r\n`; the last may lack them.
    pub(crate) fn next(&mut self) -> Option<(u64, Result<String, LineProblem>)> {
        if let Some(text) = self.back.pop_front() {
            self.line += 1;
            return Some((self.line, text));
        }
        if self.ended {
            return None;
        }
        let mut bytes = Vec::new();
        let read = self.bytes(&mut bytes);
        if matches!(read, Ok(None)) {
            return None;
        }
        self.line += 1;
        Some((self.line, read.and_then(|long| self.text(bytes, long == Some(true)))))
    }

    /// Gives lines back that were read too far; the first of them is the next line again.
    pub(crate) fn put_back(&mut self, lines: Vec<Result<String, LineProblem>>) {
        self.line = self.line.saturating_sub(lines.len() as u64);
        for text in lines.into_iter().rev() {
            self.back.push_front(text);
        }
    }

    /// Fills `bytes` up to the line's end; whether it was too long, `None` at the end of the input.
    fn bytes(&mut self, bytes: &mut Vec<u8>) -> Result<Option<bool>, LineProblem> {
        let (mut any, mut long) = (false, false);
        loop {
            let chunk = match self.reader.fill_buf() {
                Ok(chunk) => chunk,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => {
                    self.ended = true;
                    return Err(LineProblem::Stopped(format!("cannot read on: {error}")));
                }
            };
            if chunk.is_empty() {
                self.ended = true;
                return Ok(any.then_some(long));
            }
            any = true;
            let end = chunk.iter().position(|byte| *byte == b'\n');
            let piece = chunk.get(..end.unwrap_or(chunk.len())).unwrap_or_default();
            if bytes.len() + piece.len() > LINE_BYTES + usize::from(mutant!("ingest_line_limit")) {
                long = true;
            } else if !long {
                bytes.extend_from_slice(piece);
            }
            let used = piece.len() + usize::from(end.is_some());
            self.reader.consume(used);
            if end.is_some() {
                return Ok(Some(long));
            }
        }
    }

    fn text(&mut self, mut bytes: Vec<u8>, long: bool) -> Result<String, LineProblem> {
        if self.line == 1 {
            if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
                self.ended = true;
                let why = "this is UTF-16; save the file as UTF-8";
                return Err(LineProblem::Stopped(why.to_owned()));
            }
            if bytes.starts_with(&[0xEF, 0xBB, 0xBF]) {
                bytes.drain(..3);
            }
        }
        if long {
            return Err(LineProblem::Row(format!("longer than the limit of {LINE_BYTES} bytes")));
        }
        if bytes.last() == Some(&b'\r') && !mutant!("ingest_keeps_cr") {
            bytes.pop();
        }
        String::from_utf8(bytes).map_err(|broken| {
            let at = broken.utf8_error().valid_up_to() + 1;
            LineProblem::Row(format!("byte {at} is no UTF-8; save the file as UTF-8"))
        })
    }
}
