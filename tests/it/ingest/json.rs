//! JSON as the door reads it, against another reader, and at its edges.

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
    assert_eq!(problems(&report), ["line 1: no JSON: the key `a` stands there twice (column 22)"]);
    // The same key in different objects is two keys.
    let rows = "{\"id\":\"1\",\"a\":{\"x\":1},\"b\":{\"x\":2}}";
    assert_eq!(mapped("[attributes.v]\nfrom = \"b.x\"\n", rows).1.kept, 1);
}

#[test]
fn sixty_four_levels_are_read_and_one_more_is_refused() {
    let nested = |levels: usize| {
        format!("{{\"id\":\"1\",\"x\":{}{}}}", "[".repeat(levels), "]".repeat(levels))
    };
    assert_eq!(mapped("[attributes.id]\n", &nested(63)).1.kept, 1);
    let (_, report) = mapped("[attributes.id]\n", &nested(64));
    assert_eq!(problems(&report), ["line 1: no JSON: more than 64 levels of brackets (column 78)"]);
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

/// Everything that another reader takes is taken, and nothing else, on small random texts of JSON's own
/// characters; keys that stand twice and numbers beyond its floats are the known differences.
#[test]
fn it_agrees_with_serde_json() {
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
        "\"\\n\"",
        "1",
        "-0",
        "01",
        "1.5",
        ".5",
        "1.",
        "1e5",
        "1e",
        "-",
        "true",
        "false",
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
    for _ in 0..60_000 {
        let inner: String = (0..=next(6)).map(|_| pieces[next(pieces.len())]).collect();
        let row = format!("{{\"id\":\"1\",\"x\":{inner}}}");
        let ours = mapped("[attributes.y]\n", &row).1;
        let theirs = serde_json::from_str::<serde_json::Value>(&row);
        let beyond = theirs.as_ref().is_err_and(|error| error.to_string().contains("out of range"));
        if beyond {
            continue;
        }
        let theirs = theirs.is_ok();
        let twice = problems(&ours).iter().any(|problem| problem.contains("stands there twice"));
        assert!((ours.kept == 1) == theirs || twice, "{row}: {:?}", problems(&ours));
        taken += u32::from(theirs);
    }
    assert!(taken > 4_000, "only {taken} rows were JSON");
}
