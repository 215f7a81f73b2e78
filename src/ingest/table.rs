//! CSV (RFC 4180, any separator of one byte), split into fields by `csv-core`, the engine of the `csv` package.
//!
//! The lines are ours, so that a record is bounded ([`LINE_BYTES`](super::LINE_BYTES)) and a quote that is never
//! closed costs its own row, not the rest of the file. As that package does, text behind a closing quote is
//! taken as part of its field.

use std::io::BufRead;

use csv_core::{ReadRecordResult, ReaderBuilder, Terminator};

use super::json::Json;
use super::lines::{LINE_BYTES, LineProblem, Lines};
use super::mapping::nearest;
use super::{Report, Wrong};

/// Rows whose quote is never closed, at most: each costs reading [`LINE_BYTES`] ahead and back.
const OPEN_QUOTES: u32 = 16;

/// What becomes of a row: its line, and a way to its fields by the names of the heading.
pub(super) type EachRow<'a> = &'a mut dyn FnMut(u64, &dyn Fn(&str) -> Option<Json>, &mut Report);

/// Every row under a heading that has these fields.
pub(super) fn rows(
    lines: &mut Lines<impl BufRead>,
    separator: u8,
    wanted: &[String],
    report: &mut Report,
    each: EachRow<'_>,
) {
    let mut records = Records::new(separator);
    let header = match records.next(lines) {
        None => return,
        Some((_, Ok(fields))) => fields,
        Some((line, Err(LineProblem::Row(why) | LineProblem::Stopped(why)))) => {
            report.stopped = Some(format!("line {line}: the heading cannot be read: {why}"));
            return;
        }
    };
    if let Err(why) = columns_there(wanted, &header, separator) {
        report.stopped = Some(why);
        return;
    }
    while let Some((line, fields)) = records.next(lines) {
        let fields = match fields {
            Ok(fields) => fields,
            Err(LineProblem::Stopped(why)) => {
                report.stopped = Some(format!("line {line}: {why}"));
                return;
            }
            Err(LineProblem::Row(why)) => {
                report.rows += 1;
                report.refuse(Wrong::row(why).on(line));
                continue;
            }
        };
        report.rows += 1;
        if fields.len() != header.len() {
            let s = if fields.len() == 1 { "" } else { "s" };
            let why = format!("{} field{s}, the heading has {}", fields.len(), header.len());
            report.refuse(Wrong::row(why).on(line));
            continue;
        }
        let field = |name: &str| {
            let at = header.iter().position(|column| column == name)?;
            let text = fields.get(at)?;
            Some(if text.is_empty() { Json::Null } else { Json::Text(text.clone()) })
        };
        each(line, &field, report);
    }
}

fn columns_there(wanted: &[String], header: &[String], separator: u8) -> Result<(), String> {
    for field in wanted {
        match header.iter().filter(|column| *column == field).count() {
            1 => {}
            0 => {
                let near = nearest(field, header.iter().map(String::as_str));
                let help = match near {
                    _ if header.len() == 1 => {
                        let separator = char::from(separator);
                        format!("the heading is one column; is `{separator}` the separator?")
                    }
                    Some(near) => format!("the closest is `{near}`"),
                    None => format!("there are {}", header.join(", ")),
                };
                return Err(format!("no column is called `{field}`; {help}"));
            }
            _ => return Err(format!("several columns are called `{field}`")),
        }
    }
    Ok(())
}

/// Splits lines into records; keeps its buffers from one to the next.
struct Records {
    splitter: csv_core::Reader,
    text: Vec<u8>,
    ends: Vec<usize>,
    open_quotes: u32,
}

impl Records {
    fn new(separator: u8) -> Self {
        // The lines have lost their ends; a carriage return within one is data.
        let splitter =
            ReaderBuilder::new().delimiter(separator).terminator(Terminator::Any(b'\n')).build();
        Self { splitter, text: Vec::new(), ends: Vec::new(), open_quotes: 0 }
    }

    /// The next record that is not blank, with the line it begins on.
    fn next(
        &mut self,
        lines: &mut Lines<impl BufRead>,
    ) -> Option<(u64, Result<Vec<String>, LineProblem>)> {
        let (start, first) = loop {
            match lines.next()? {
                (_, Ok(text)) if text.trim().is_empty() => {}
                (start, Ok(text)) => break (start, text),
                (start, Err(problem)) => return Some((start, Err(problem))),
            }
        };
        let mut record = Split::default();
        let (mut bytes, mut further) = (first.len(), Vec::new());
        let mut closed = self.feed(&mut record, &first);
        // A quote is open: the record goes on with the next line.
        while !closed && bytes < LINE_BYTES {
            match lines.next() {
                Some((_, Ok(next))) => {
                    bytes += next.len() + 1;
                    closed = self.feed(&mut record, &next);
                    further.push(Ok(next));
                }
                Some((_, Err(LineProblem::Stopped(why)))) => {
                    return Some((start, Err(LineProblem::Stopped(why))));
                }
                Some((_, problem)) => {
                    further.push(problem);
                    break;
                }
                None => break,
            }
        }
        if closed {
            return Some((start, Ok(self.fields(&record))));
        }
        self.splitter.reset();
        lines.put_back(further);
        self.open_quotes += 1;
        let why = "a quote is opened and never closed".to_owned();
        Some((
            start,
            Err(if self.open_quotes > OPEN_QUOTES {
                LineProblem::Stopped(format!(
                    "{why}, as in {OPEN_QUOTES} rows before; is this CSV?"
                ))
            } else {
                LineProblem::Row(why)
            }),
        ))
    }

    /// Splits one more line; whether the record ends with it.
    fn feed(&mut self, record: &mut Split, line: &str) -> bool {
        for mut piece in [line.as_bytes(), b"\n"] {
            while !piece.is_empty() {
                // Fields are never longer than what they are written as.
                self.text.resize(self.text.len().max(record.text + piece.len()), 0);
                self.ends.resize(self.ends.len().max(record.ends + 64), 0);
                let (Some(text), Some(ends)) =
                    (self.text.get_mut(record.text..), self.ends.get_mut(record.ends..))
                else {
                    return false;
                };
                let (result, read, written, ended) = self.splitter.read_record(piece, text, ends);
                record.text += written;
                record.ends += ended;
                piece = piece.get(read..).unwrap_or_default();
                if result == ReadRecordResult::Record {
                    return true;
                }
            }
        }
        false
    }

    fn fields(&self, record: &Split) -> Vec<String> {
        let mut start = 0;
        let ends = self.ends.iter().take(record.ends);
        ends.map(|end| {
            let field = self.text.get(start..*end).unwrap_or_default();
            start = *end;
            // Whole characters: the lines are UTF-8, and separator and quote are ASCII.
            String::from_utf8_lossy(field).into_owned()
        })
        .collect()
    }
}

/// How much of the buffers a record has filled.
#[derive(Default)]
struct Split {
    text: usize,
    ends: usize,
}
