//! JSON as the door reads it, at its edges.

use onward::ingest::Format;
use onward::value::Value;

use super::{mapped, one, problems, read, text};

#[test]
fn numbers_keep_every_digit() {
    assert_eq!(
        one("", "0.1000000000000000055511151231257827"),
        Ok(Value::Number("0.1000000000000000055511151231257827".into()))
    );
    assert_eq!(one("", "-1.5E+3"), Ok(Value::Number("-1.5E+3".into())));
}

#[test]
fn no_key_may_stand_twice() {
    let (customers, report) = mapped("[attributes.a]\n", "{\"id\":\"1\",\"a\":1,\"a\":2}\n");
    assert!(customers.is_empty());
    assert_eq!(problems(&report), ["line 1: no JSON: the key `a` stands there twice (column 19)"]);
    // The same key in different objects is two keys.
    let rows = "{\"id\":\"1\",\"a\":{\"x\":1},\"b\":{\"x\":2}}";
    assert_eq!(mapped("[attributes.v]\nfrom = \"b.x\"\n", rows).1.kept, 1);
}

#[test]
fn brackets_too_deep_within_each_other_are_refused() {
    let nested = |levels: usize| {
        format!("{{\"id\":\"1\",\"x\":{}{}}}", "[".repeat(levels), "]".repeat(levels))
    };
    assert_eq!(mapped("[attributes.id]\n", &nested(126)).1.kept, 1);
    let (_, report) = mapped("[attributes.id]\n", &nested(127));
    assert_eq!(
        problems(&report),
        ["line 1: no JSON: too many brackets within each other (column 141)"]
    );
}

#[test]
fn a_million_brackets_are_refused_not_crashed_on() {
    let rows = "[".repeat(1_000_000);
    let (_, report) = read(rows.as_bytes(), &Format::Identify);
    assert_eq!(report.refused, 1);
}

#[test]
fn escapes_are_read_and_halves_of_pairs_refused() {
    assert_eq!(one("", r#""a\"\\\/\b\f\n\r\tA""#), text("a\"\\/\u{8}\u{c}\n\r\tA"));
    assert_eq!(one("", r#""\ud83c\udf89""#), text("🎉"));
    assert!(one("", r#""\ud83c""#).is_err());
    assert!(one("", r#""\udf89""#).is_err());
    assert!(one("", r#""\ud83cA""#).is_err());
    assert!(one("", r#""\x41""#).is_err());
    assert!(one("", "\"a\tb\"").is_err());
}

/// Whatever the line is: a customer or a problem with a column inside the line, and never two readings.
#[test]
fn every_line_is_a_customer_or_a_problem_with_its_column() {
    let pieces = [
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"a\"",
        "\"b\"",
        "\"\\u00e9\"",
        "1",
        "-0",
        "01",
        "1.5",
        ".5",
        "1.",
        "1e5",
        "1e",
        "1e999",
        "-",
        "true",
        "null",
        "nul",
        " ",
        "\t",
        "\"",
        "\\",
        "{\"a\":1}",
        "[1,2]",
        "{\"a\":[",
        "[[",
        "]]",
        "\u{e9}",
    ];
    let mut seed = 7_u64;
    let mut next = |bound: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % bound
    };
    let mut taken = 0;
    for _ in 0..20_000 {
        let inner: String = (0..=next(6)).map(|_| pieces[next(pieces.len())]).collect();
        let row = format!("{{\"id\":\"1\",\"x\":{inner}}}");
        let (customers, report) = mapped("[attributes.y]\n", &row);
        assert_eq!((report.rows, customers.len() as u64 + report.refused), (1, 1), "{row}");
        if let [problem] = problems(&report).as_slice() {
            let column =
                problem.rsplit_once("(column ").and_then(|(_, rest)| rest.split(')').next());
            let column: usize = column.expect(problem).parse().expect(problem);
            assert!((1..=row.chars().count() + 1).contains(&column), "{row}: {problem}");
        }
        taken += customers.len();
    }
    assert!(taken > 1_000, "only {taken} rows were JSON");
}

#[test]
fn a_number_beyond_a_float_is_refused() {
    assert!(
        one("", "1e999")
            .expect_err("too large")
            .starts_with("line 1: no JSON: number out of range")
    );
}

#[test]
fn a_number_keeps_its_text_whatever_stands_in_texts_before_it() {
    let rows =
        r#"{"id":"1","x 7":"a\"8,9","\\":"\\","b":[1,"2",{"3":4e0,"é5":-6}],"a":0.50,"c":7}"#;
    let (customers, _) = mapped("[attributes.a]\n[attributes.c]\n", rows);
    let one = customers.first().expect("a customer");
    assert_eq!(one.attributes()["a"], Value::Number("0.50".into()));
    assert_eq!(one.attributes()["c"], Value::Number("7".into()));
}
