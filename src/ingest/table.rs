//! CSV (RFC 4180, any separator): records of lines, fields of records.
//!
//! Written out rather than taken from a package so that a record is bounded ([`LINE_BYTES`](super::LINE_BYTES))
//! and a quote that is never closed costs its own row, not the rest of the file.

use std::io::BufRead;

use super::json::Json;
use super::lines::{LINE_BYTES, LineProblem, Lines};
use super::mapping::{Mapping, nearest};
use super::{Report, Wrong, mapped, take};
use crate::customer::{Customer, CustomerError};

pub(super) fn read(
    lines: &mut Lines<impl BufRead>,
    mapping: &Mapping,
    keep: &mut dyn FnMut(u64, Customer) -> Result<(), CustomerError>,
    report: &mut Report,
) {
    let separator = mapping.separator.unwrap_or(',');
    let header = loop {
        match record(lines, separator) {
            None => return,
            Some((_, Ok(fields))) if is_blank(&fields) => {}
            Some((_, Ok(fields))) => break fields,
            Some((line, Err(LineProblem::Row(why) | LineProblem::Stopped(why)))) => {
                report.stopped = Some(format!("line {line}: the heading cannot be read: {why}"));
                return;
            }
        }
    };
    if let Err(why) = columns_there(mapping, &header, separator) {
        report.stopped = Some(why);
        return;
    }
    while let Some((line, fields)) = record(lines, separator) {
        let fields = match fields {
            Ok(fields) if is_blank(&fields) => continue,
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
            let why = format!("{} fields, the heading has {}", fields.len(), header.len());
            report.refuse(Wrong::row(why).on(line));
            continue;
        }
        let field = |name: &str| {
            let at = header.iter().position(|column| column == name)?;
            let text = fields.get(at)?;
            Some(if text.is_empty() { Json::Null } else { Json::Text(text.clone()) })
        };
        match mapped::customer(mapping, line, &field) {
            Ok(customer) => take(line, customer, keep, report),
            Err(wrong) => report.refuse(wrong.on(line)),
        }
    }
}

fn is_blank(fields: &[String]) -> bool {
    matches!(fields, [only] if only.trim().is_empty())
}

fn columns_there(mapping: &Mapping, header: &[String], separator: char) -> Result<(), String> {
    for field in mapping.fields() {
        match header.iter().filter(|column| **column == field).count() {
            1 => {}
            0 => {
                let near = nearest(&field, header.iter().map(String::as_str));
                let help = match near {
                    _ if header.len() == 1 => {
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

/// The next record with the line it begins on.
fn record(
    lines: &mut Lines<impl BufRead>,
    separator: char,
) -> Option<(u64, Result<Vec<String>, LineProblem>)> {
    let (start, first) = lines.next()?;
    let mut text = match first {
        Ok(text) => text,
        Err(problem) => return Some((start, Err(problem))),
    };
    let mut further = Vec::new();
    loop {
        match split(&text, separator) {
            Ok(Some(fields)) => return Some((start, Ok(fields))),
            Err(why) => {
                lines.put_back(further);
                return Some((start, Err(LineProblem::Row(why))));
            }
            Ok(None) => {}
        }
        // A quote is open: the field goes on up to the next line with an odd number of quotes.
        let mut closed = false;
        while !closed && text.len() < LINE_BYTES {
            match lines.next() {
                Some((_, Ok(next))) => {
                    closed = next.bytes().filter(|byte| *byte == b'"').count() % 2 == 1;
                    text.push('\n');
                    text.push_str(&next);
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
        if !closed {
            lines.put_back(further);
            let why = "a quote is opened and never closed".to_owned();
            return Some((start, Err(LineProblem::Row(why))));
        }
    }
}

/// The fields of a record; `None` where a quote is still open at its end.
fn split(text: &str, separator: char) -> Result<Option<Vec<String>>, String> {
    let mut fields = Vec::new();
    let mut rest = text;
    loop {
        let Some(quoted) = rest.strip_prefix('"') else {
            let end = rest.find(separator);
            fields.push(rest.get(..end.unwrap_or(rest.len())).unwrap_or("").to_owned());
            match end.and_then(|end| rest.get(end + separator.len_utf8()..)) {
                Some(next) => rest = next,
                None => return Ok(Some(fields)),
            }
            continue;
        };
        let mut field = String::new();
        rest = quoted;
        loop {
            let Some((before, after)) = rest.split_once('"') else { return Ok(None) };
            field.push_str(before);
            rest = after;
            match after.strip_prefix('"') {
                Some(more) => {
                    field.push('"');
                    rest = more;
                }
                None => break,
            }
        }
        fields.push(field);
        if rest.is_empty() {
            return Ok(Some(fields));
        }
        let number = fields.len();
        rest = rest.strip_prefix(separator).ok_or_else(|| {
            format!("something stands behind the closing quote of field {number}")
        })?;
    }
}
