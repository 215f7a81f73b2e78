//! CSV: separators, quotes, headings.

use onward::Customer;
use onward::ingest::Report;
use onward::value::Value;

use super::{mapping, problems, read};

fn csv(text: &str) -> (Vec<Customer>, Report) {
    read(text.as_bytes(), &mapping("format = \"csv\"\nid = \"id\"\n[attributes.a]\n"))
}

fn values(customers: &[Customer]) -> Vec<Value> {
    customers.iter().map(|customer| customer.attributes()["a"].clone()).collect()
}

fn texts(words: &[&str]) -> Vec<Value> {
    words.iter().map(|word| Value::Text((*word).to_owned())).collect()
}

#[test]
fn quotes_hold_separators_quotes_and_line_ends() {
    let (customers, report) =
        csv("id,a\n1,\"x,y\"\n2,\"say \"\"hi\"\"\"\n3,\"two\nlines\"\n4,plain\n");
    assert_eq!(problems(&report), Vec::<String>::new());
    assert_eq!(values(&customers), texts(&["x,y", "say \"hi\"", "two\nlines", "plain"]));
}

#[test]
fn a_quote_that_is_never_closed_costs_its_row_not_the_file() {
    let (customers, report) = csv("id,a\n1,\"open\n2,b\n3,c\n");
    assert_eq!(values(&customers), texts(&["b", "c"]));
    assert_eq!(problems(&report), ["line 2: a quote is opened and never closed"]);
}

#[test]
fn line_numbers_count_lines_not_records() {
    let (_, report) = csv("id,a\r\n1,\"two\r\nlines\"\r\n\r\n2,x,y\r\n3\r\n");
    assert_eq!(
        problems(&report),
        ["line 5: 3 fields, the heading has 2", "line 6: 1 field, the heading has 2"]
    );
}

#[test]
fn an_empty_field_is_unknown_and_a_blank_is_not() {
    let (customers, _) = csv("id,a\n1,\n2,\"\"\n3, \n");
    assert_eq!(values(&customers), [Value::Null, Value::Null, Value::Text(" ".into())]);
}

#[test]
fn a_missing_column_stops_with_the_nearest() {
    let (customers, report) = csv("id,b\n1,2\n");
    assert!(customers.is_empty());
    assert_eq!(report.stopped.as_deref(), Some("no column is called `a`; there are id, b"));
    let format = mapping("format = \"csv\"\nid = \"id\"\n[attributes.income]\n");
    let stopped = |text: &str| read(text.as_bytes(), &format).1.stopped.expect("stopped");
    assert_eq!(stopped("id,incom\n"), "no column is called `income`; the closest is `incom`");
    assert_eq!(
        stopped("id;income\n"),
        "no column is called `id`; the heading is one column; is `,` the separator?"
    );
    assert_eq!(stopped("id,income,income\n"), "several columns are called `income`");
}

#[test]
fn only_a_heading_is_no_customer_and_no_problem() {
    let (customers, report) = csv("id,a\n");
    assert!(customers.is_empty() && report.is_clean());
}

#[test]
fn a_record_over_the_limit_is_refused_and_the_rest_is_read() {
    let mut text = "id,a\n1,\"".to_owned();
    for _ in 0..400_000 {
        text.push_str("xx\n");
    }
    text.push_str("2,good\n");
    let started = std::time::Instant::now();
    let (customers, report) = csv(&text);
    assert_eq!(values(&customers), texts(&["good"]));
    assert_eq!(report.problems[0].why, "a quote is opened and never closed");
    // Each line after the broken one is a row of its own: one field, the heading has two.
    assert_eq!(report.refused, 400_000);
    assert!(started.elapsed().as_secs() < 20, "not linear: {:?}", started.elapsed());
}

#[test]
fn text_behind_a_closing_quote_and_quotes_inside_are_part_of_the_field() {
    let (customers, report) = csv("id,a\n1,\"x\"y\n2,x\"y\n");
    assert_eq!(problems(&report), Vec::<String>::new());
    assert_eq!(values(&customers), texts(&["xy", "x\"y"]));
}

#[test]
fn row_after_row_with_an_open_quote_stops_instead_of_reading_for_ever() {
    // Read from its own start each of these lines opens a quote; read on, none closes it.
    let text = format!("id,a\n{}", "x\",\"\n".repeat(200_000));
    let started = std::time::Instant::now();
    let (customers, report) = csv(&text);
    assert!(customers.is_empty());
    assert_eq!(
        report.stopped.as_deref(),
        Some("line 18: a quote is opened and never closed, as in 16 rows before; is this CSV?")
    );
    assert!(started.elapsed().as_secs() < 20, "not bounded: {:?}", started.elapsed());
}

#[test]
fn a_row_of_many_fields_is_split_whole() {
    let columns: Vec<String> = (0..1_000).map(|n| format!("c{n}")).collect();
    let text = format!("id,a,{}\n1,x,{}\n", columns.join(","), columns.join(","));
    let (customers, report) = csv(&text);
    assert_eq!((values(&customers), problems(&report)), (texts(&["x"]), Vec::new()));
}
