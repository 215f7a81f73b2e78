//! Lines: their ends, their length, their bytes.

use onward::ingest::{Format, LINE_BYTES, PROBLEMS_KEPT};
use onward::value::Value;

use super::{problems, read};

fn ids(bytes: &[u8]) -> Vec<String> {
    read(bytes, &Format::Identify).0.iter().map(|customer| customer.id().to_owned()).collect()
}

#[test]
fn the_last_line_needs_no_end_and_blank_lines_are_no_rows() {
    let call = |id: &str| {
        format!(
            "{{\"type\":\"identify\",\"timestamp\":\"2026-03-01T00:00:00Z\",\"userId\":\"{id}\"}}"
        )
    };
    let text = format!("{}\n\n  \n{}", call("a"), call("b"));
    let (customers, report) = read(text.as_bytes(), &Format::Identify);
    assert_eq!((customers.len(), report.rows, report.kept), (2, 2, 2));
    assert_eq!(read(b"", &Format::Identify).1.rows, 0);
}

#[test]
fn a_byte_order_mark_and_crlf_are_no_part_of_the_data() {
    let csv = "\u{feff}id;plan\r\n1;gold\r\n2;basic\r\n";
    let format =
        super::mapping("format = \"csv\"\nseparator = \";\"\nid = \"id\"\n[attributes.plan]\n");
    let (customers, report) = read(csv.as_bytes(), &format);
    assert_eq!(problems(&report), Vec::<String>::new());
    let plans: Vec<&Value> = customers.iter().map(|c| &c.attributes()["plan"]).collect();
    assert_eq!(plans, [&Value::Text("gold".into()), &Value::Text("basic".into())]);
}

#[test]
fn a_byte_order_mark_in_the_middle_is_not_taken_away() {
    let text = "{\"type\":\"identify\",\"timestamp\":\"2026-03-01T00:00:00Z\",\"userId\":\"a\"}\n\u{feff}{\"type\":\"identify\",\"timestamp\":\"2026-03-01T00:00:00Z\",\"userId\":\"b\"}\n";
    let (customers, report) = read(text.as_bytes(), &Format::Identify);
    assert_eq!((customers.len(), report.refused), (1, 1));
    assert_eq!(problems(&report), ["line 2: no JSON: a value is expected here (column 1)"]);
}

/// An `identify` call that is exactly so long.
fn padded(id: &str, bytes: usize) -> Vec<u8> {
    let call = format!(
        "{{\"type\":\"identify\",\"timestamp\":\"2026-03-01T00:00:00Z\",\"userId\":\"{id}\"}}"
    );
    let mut line = call.into_bytes();
    line.resize(bytes, b' ');
    line
}

#[test]
fn a_line_of_the_limit_is_read_and_one_byte_more_is_not() {
    let mut text = padded("fits", LINE_BYTES);
    text.push(b'\n');
    text.extend(padded("too_long", LINE_BYTES + 1));
    text.push(b'\n');
    text.extend(padded("after", 100));
    assert_eq!(ids(&text), ["fits", "after"]);
    let (_, report) = read(&text, &Format::Identify);
    assert_eq!(problems(&report), ["line 2: longer than the limit of 1048576 bytes"]);
}

#[test]
fn a_row_that_is_no_utf8_costs_itself_only() {
    let mut text =
        b"{\"type\":\"identify\",\"timestamp\":\"2026-03-01T00:00:00Z\",\"userId\":\"caf\xe9\"}\n"
            .to_vec();
    text.extend(padded("good", 100));
    let (customers, report) = read(&text, &Format::Identify);
    assert_eq!(customers.len(), 1);
    assert_eq!(problems(&report), ["line 1: byte 68 is no UTF-8; save the file as UTF-8"]);
}

#[test]
fn utf16_is_named_instead_of_a_thousand_wrong_rows() {
    let (customers, report) = read(b"\xff\xfe{\0\"\0\n\0}\0", &Format::Identify);
    assert!(customers.is_empty());
    assert_eq!(report.stopped.as_deref(), Some("line 1: this is UTF-16; save the file as UTF-8"));
    assert!(!report.is_clean());
}

#[test]
fn an_input_that_breaks_off_is_told_and_what_came_before_is_kept() {
    struct Breaks(Vec<u8>);
    impl std::io::Read for Breaks {
        fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
            if self.0.is_empty() {
                return Err(std::io::Error::other("the archive is damaged"));
            }
            let n = self.0.len().min(into.len());
            into[..n].copy_from_slice(&self.0.drain(..n).collect::<Vec<_>>());
            Ok(n)
        }
    }
    let mut first = padded("a", 100);
    first.push(b'\n');
    let reader = std::io::BufReader::new(Breaks(first));
    let report = onward::ingest::read_customers(reader, &Format::Identify, &mut |_, _| Ok(()));
    assert_eq!(report.kept, 1);
    assert_eq!(report.stopped.as_deref(), Some("line 2: cannot read on: the archive is damaged"));
}

#[test]
fn all_problems_are_counted_and_the_first_thousand_kept() {
    let text = "no\n".repeat(PROBLEMS_KEPT + 5);
    let (_, report) = read(text.as_bytes(), &Format::Identify);
    assert_eq!((report.refused, report.problems.len()), (1005, 1000));
    assert_eq!(report.problems.last().map(|problem| problem.line), Some(1000));
}

#[test]
fn what_the_engine_refuses_is_a_problem_of_its_row() {
    let text =
        b"{\"type\":\"identify\",\"timestamp\":\"2026-03-01T00:00:00Z\",\"userId\":\"a\"}\n{\"type\":\"identify\",\"timestamp\":\"2026-03-01T00:00:00Z\",\"userId\":\"b\"}\n";
    let report = onward::ingest::read_customers(&text[..], &Format::Identify, &mut |line, _| {
        let attribute = "plan".to_owned();
        if line == 2 { Err(onward::CustomerError::Missing { attribute }) } else { Ok(()) }
    });
    assert_eq!((report.rows, report.kept, report.refused), (2, 1, 1));
    assert_eq!(problems(&report), ["line 2, `plan`: required and missing"]);
}
