//! Customers in: lines of JSON or CSV become [`Customer`]s, or say which row, which field and why not.
//!
//! In: any [`BufRead`] and a [`Format`]. Out: each good row to a closure, and a [`Report`] that counts every
//! row and keeps the first thousand problems. A wrong row costs itself and no other. Works on readers,
//! never on paths; knows nothing of rules: whether a value fits its declared type, the engine says, through
//! the closure.
//!
//! JSON is read by `serde_json` (its words in the problems, its limit of 127 brackets within each other), CSV by
//! `csv-core`. Numbers keep their decimal text on the whole way; one beyond a 64-bit float is refused.

mod decimal;
mod events;
mod identify;
mod json;
mod lines;
mod mapped;
mod mapping;
mod table;

pub use events::{EventFormat, EventMapping, KeepEvent, read_events};
pub use lines::LINE_BYTES;
pub use mapping::{Mapping, MappingError};

use std::io::BufRead;

use serde::Serialize;

use crate::customer::{Customer, CustomerError};
use crate::mutant::mutant;
use lines::{LineProblem, Lines};

/// The shape that customers come in.
#[derive(Clone, Debug)]
pub enum Format {
    /// JSON lines as Segment's `identify` calls: `userId`, `traits`, `timestamp`. Each is news of a customer:
    /// what it does not mention stays as it is. Calls of other types are passed over and counted.
    Identify,
    /// JSON lines or CSV of any shape. Each row is a whole record: what it lacks is unknown from then on.
    Mapped(Mapping),
}

impl Format {
    /// Whether rows are whole records (for [`Engine::put_whole`](crate::Engine::put_whole)) rather than news
    /// (for [`Engine::put`](crate::Engine::put)).
    #[must_use]
    pub fn is_whole(&self) -> bool {
        matches!(self, Self::Mapped(_))
    }
}

/// One row that was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RowProblem {
    /// Line of the input on which the row begins, from 1.
    pub line: u64,
    /// The customer's id, where the row could be read as far as that.
    pub customer: Option<String>,
    /// The field or attribute meant, where it is one.
    pub field: Option<String>,
    /// Why, for the person who has the data.
    pub why: String,
    /// Whether the row withdraws consent, and that alone was taken.
    pub withdrawal_taken: bool,
}

impl std::fmt::Display for RowProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.field {
            Some(field) => write!(f, "line {}, `{field}`: {}", self.line, self.why)?,
            None => write!(f, "line {}: {}", self.line, self.why)?,
        }
        if self.withdrawal_taken {
            f.write_str(" (its withdrawal of consent is taken)")?;
        }
        Ok(())
    }
}

/// What becomes of each row.
pub type Keep<'a> = &'a mut dyn FnMut(Row) -> Result<(), CustomerError>;

/// How many problems a [`Report`] keeps; all are counted.
pub const PROBLEMS_KEPT: usize = 1000;

/// What came of reading one input.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Rows looked at; empty lines are none.
    pub rows: u64,
    /// Rows taken.
    pub kept: u64,
    /// Rows that are no customers: calls of other types among `identify` calls.
    pub passed_over: u64,
    /// Rows refused.
    pub refused: u64,
    /// Those among them that withdraw consent, of which that alone was taken.
    pub withdrawals_taken: u64,
    /// The first of them.
    pub problems: Vec<RowProblem>,
    /// Fields that the mapping reads and no row has: mostly a misspelling.
    pub absent_fields: Vec<String>,
    /// Why reading ended before the end of the input: a missing column, a damaged archive.
    pub stopped: Option<String>,
}

impl Report {
    /// Whether every row was taken or rightly passed over.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.refused == 0 && self.stopped.is_none()
    }

    fn refuse(&mut self, problem: RowProblem) {
        self.refused += 1;
        if self.problems.len() < PROBLEMS_KEPT {
            self.problems.push(problem);
        }
    }
}

/// What is wrong inside a row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Wrong {
    customer: Option<String>,
    field: Option<String>,
    why: String,
    /// What the row withdraws all the same.
    withdrawals: Option<Box<Customer>>,
}

impl Wrong {
    fn row(why: impl Into<String>) -> Self {
        Self { customer: None, field: None, why: why.into(), withdrawals: None }
    }
    fn at(field: &str, why: impl Into<String>) -> Self {
        Self { field: Some(field.to_owned()), ..Self::row(why) }
    }
    fn of(self, id: &str) -> Self {
        Self { customer: Some(id.to_owned()), ..self }
    }
    fn withdrawing(self, withdrawals: Option<Customer>) -> Self {
        Self { withdrawals: withdrawals.map(Box::new), ..self }
    }
}

/// What a row gives.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Line of the input on which it begins, from 1.
    pub line: u64,
    /// Whom it speaks of.
    pub customer: Customer,
    /// Whether the row is refused and this is only the withdrawal of consent in it, which both
    /// [`Engine::put`](crate::Engine::put) and [`Engine::put_whole`](crate::Engine::put_whole) take.
    pub only_withdrawals: bool,
}

/// Reads customers, row by row, and hands each good one with its line number to `keep`.
///
/// - Order: as in the input.
/// - Cost: linear in the input; memory is one row ([`LINE_BYTES`] at most) and the problems kept.
/// - A row is taken whole or refused whole, but for one thing: consent that it withdraws stays withdrawn. Such a
///   row comes (again) as a record of its withdrawals alone; [`read_rows`] says which those are.
/// - What `keep` refuses becomes that row's problem.
///
/// # Example
/// ```
/// use onward::ingest::{Format, read_customers};
/// let lines = r#"{"type":"identify","userId":"lea","traits":{"age":31},"timestamp":"2026-03-01T00:00:00Z"}"#;
/// let mut ids = Vec::new();
/// let report = read_customers(lines.as_bytes(), &Format::Identify, &mut |_, customer| {
///     ids.push(customer.id().to_owned());
///     Ok(())
/// });
/// assert_eq!((report.kept, ids), (1, vec!["lea".to_owned()]));
/// ```
pub fn read_customers(
    reader: impl BufRead,
    format: &Format,
    keep: &mut dyn FnMut(u64, Customer) -> Result<(), CustomerError>,
) -> Report {
    read_rows(reader, format, &mut |row| keep(row.line, row.customer))
}

/// As [`read_customers`], telling whole rows from the withdrawals of refused ones.
pub fn read_rows(reader: impl BufRead, format: &Format, keep: Keep<'_>) -> Report {
    let mut report = Report::default();
    let mut lines = Lines::new(reader);
    match format {
        Format::Mapped(mapping) if mapping.is_csv() => {
            let (separator, fields) = (mapping.separator.unwrap_or(b','), mapping.fields());
            table::rows(&mut lines, separator, &fields, &mut report, &mut |line, field, report| {
                match mapped::customer(mapping, line, field) {
                    Ok(customer) => take(line, customer, keep, report),
                    Err(wrong) => refuse(line, wrong, keep, report),
                }
            });
        }
        Format::Mapped(mapping) => read_mapped(&mut lines, mapping, keep, &mut report),
        Format::Identify => {
            each_line(&mut lines, &mut report, &mut |line, text, report| match json::read(text)
                .map_err(Wrong::row)
                .and_then(identify::customer)
            {
                Ok(Some(customer)) => take(line, customer, keep, report),
                Ok(None) => report.passed_over += 1,
                Err(wrong) => refuse(line, wrong, keep, report),
            })
        }
    }
    report
}

fn read_mapped(
    lines: &mut Lines<impl BufRead>,
    mapping: &Mapping,
    keep: Keep<'_>,
    report: &mut Report,
) {
    let fields = mapping.fields();
    let mut seen = vec![false; fields.len()];
    each_line(lines, report, &mut |line, text, report| {
        let row = match json::read(text) {
            Ok(json::Json::Object(row)) => row,
            Ok(_) => return report.refuse(Wrong::row("a row is an object, `{...}`").on(line)),
            Err(why) => return report.refuse(Wrong::row(why).on(line)),
        };
        for (field, seen) in fields.iter().zip(&mut seen) {
            *seen = *seen || json::field(&row, field).is_some();
        }
        match mapped::customer(mapping, line, &|field| json::field(&row, field).cloned()) {
            Ok(customer) => take(line, customer, keep, report),
            Err(wrong) => refuse(line, wrong, keep, report),
        }
    });
    if report.rows > 0 {
        let absent = fields.iter().zip(&seen).filter(|(_, seen)| !**seen);
        report.absent_fields = absent.map(|(field, _)| field.clone()).collect();
    }
}

impl Wrong {
    fn on(self, line: u64) -> RowProblem {
        let Self { customer, field, why, .. } = self;
        RowProblem { line, customer, field, why, withdrawal_taken: false }
    }
}

/// Every line that is not blank, as text; lines that are none are the report's.
fn each_line(
    lines: &mut Lines<impl BufRead>,
    report: &mut Report,
    row: &mut dyn FnMut(u64, &str, &mut Report),
) {
    while let Some((line, text)) = lines.next() {
        match text {
            Ok(text) if text.trim_ascii().is_empty() => {}
            Ok(text) => {
                report.rows += 1;
                row(line, &text, report);
            }
            Err(LineProblem::Stopped(why)) => {
                report.stopped = Some(format!("line {line}: {why}"));
                return;
            }
            Err(LineProblem::Row(why)) => {
                report.rows += 1;
                report.refuse(Wrong::row(why).on(line));
            }
        }
    }
}

fn take(line: u64, customer: Customer, keep: Keep<'_>, report: &mut Report) {
    let id = customer.id().to_owned();
    let withdrawals = customer.only_withdrawals();
    match keep(Row { line, customer, only_withdrawals: false }) {
        Ok(()) => report.kept += 1,
        Err(_) if mutant!("ingest_refusal_is_kept") => report.kept += 1,
        Err(error) => {
            let wrong = refusal(error).of(&id).withdrawing(withdrawals);
            refuse(line, wrong, keep, report);
        }
    }
}

/// Refuses a row, but takes what it withdraws: for consent the safe side is to believe it.
fn refuse(line: u64, mut wrong: Wrong, keep: Keep<'_>, report: &mut Report) {
    let withdrawals = wrong.withdrawals.take().filter(|_| !mutant!("ingest_withdrawal_is_lost"));
    let taken = withdrawals.is_some_and(|customer| {
        keep(Row { line, customer: *customer, only_withdrawals: true }).is_ok()
    });
    report.withdrawals_taken += u64::from(taken);
    report.refuse(RowProblem { withdrawal_taken: taken, ..wrong.on(line) });
}

fn refusal(error: CustomerError) -> Wrong {
    match error {
        CustomerError::Value { attribute, why } => Wrong::at(&attribute, why.to_string()),
        CustomerError::Missing { attribute } => Wrong::at(&attribute, "required and missing"),
        CustomerError::Zone { zone } => {
            Wrong::at("timezone", format!("no time zone is called `{zone}`"))
        }
        other => Wrong::row(other.to_string()),
    }
}
