//! The door: what each row becomes, and what each wrong row is told.

mod consent;
mod csv;
mod events;
mod identify;
mod json;
mod lines;
mod mapping;
mod real;

use onward::Customer;
use onward::ingest::{Format, Mapping, Report, read_customers};
use onward::value::Value;

/// Reads all rows; keeps every customer.
fn read(bytes: &[u8], format: &Format) -> (Vec<Customer>, Report) {
    let mut customers = Vec::new();
    let report = read_customers(bytes, format, &mut |_, customer| {
        customers.push(customer);
        Ok(())
    });
    (customers, report)
}

fn mapping(text: &str) -> Format {
    Format::Mapped(Mapping::parse(text).expect("a good mapping"))
}

/// JSON lines under `id` and the given attributes.
fn mapped(attributes: &str, rows: &str) -> (Vec<Customer>, Report) {
    let text = format!("format = \"jsonl\"\nid = \"id\"\n{attributes}");
    read(rows.as_bytes(), &mapping(&text))
}

/// The value of `a` in a single row `{"id":"1","a":VALUE}`, or the row's problem.
fn one(attribute: &str, value: &str) -> Result<Value, String> {
    let rows = format!("{{\"id\":\"1\",\"a\":{value}}}\n");
    let (customers, report) = mapped(&format!("[attributes.a]\n{attribute}\n"), &rows);
    match customers.first() {
        Some(customer) => Ok(customer.attributes().get("a").expect("set").clone()),
        None => Err(report.problems.first().expect("a reason").to_string()),
    }
}

fn text(text: &str) -> Result<Value, String> {
    Ok(Value::Text(text.to_owned()))
}

fn problems(report: &Report) -> Vec<String> {
    report.problems.iter().map(ToString::to_string).collect()
}
