//! Reading and printing: shapes, messages, limits and the fuzzers.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "tests")]

mod cases;
mod complete;
pub(crate) mod generate;
mod hygiene;
mod known;
mod limits;
pub(crate) mod promises;
mod real_text;
mod round_trip;

use onward::diagnostic::Diagnostic;
use onward::syntax::ast::File;
use onward::syntax::{Limits, Source, parse};

/// The complete example of the language page.
pub(crate) const COMPLETE: &str = include_str!("../../cases/syntax/complete.journey");

/// Reads a text that must be free of problems.
fn good(text: &str) -> File {
    let (file, problems) = read(text);
    assert!(problems.is_empty(), "{problems:#?}\n{text}");
    file
}

fn read(text: &str) -> (File, Vec<Diagnostic>) {
    parse(&Source::new("a.journey", text), &Limits::default())
}
