//! Goal 6: text, tree and JSON agree; formatting twice is formatting once.

use onward::syntax::ast::File;
use onward::syntax::{normal, print};
use serde_json::Value;

use super::generate::Dice;
use super::{good, read};

/// What a tree says, without its layout.
fn said(file: &File) -> Value {
    let mut value = serde_json::to_value(file).unwrap();
    strip(&mut value);
    value
}

fn strip(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for layout in ["joined", "one_line", "blank_above"] {
                fields.remove(layout);
            }
            fields.values_mut().for_each(strip);
        }
        Value::Array(entries) => entries.iter_mut().for_each(strip),
        _ => {}
    }
}

#[test]
fn generated_trees_survive_text_and_json() {
    for seed in 0..20_000 {
        let file = Dice(seed).file();
        let text = print(&file);
        let (back, problems) = read(&text);
        assert!(problems.is_empty(), "seed {seed}: {problems:#?}\n{text}");
        if said(&back) != said(&file) {
            let (one, two) = (said(&file), said(&back));
            panic!("seed {seed}\n{text}\n{one:#}\n{two:#}");
        }
        assert_eq!(print(&back), text, "seed {seed}: formatting twice differs");
        let json = serde_json::to_string(&back).unwrap();
        let from_json: File = serde_json::from_str(&json).unwrap();
        assert_eq!(from_json, back, "seed {seed}");
        for (one, two) in file.definitions.iter().zip(&back.definitions) {
            assert_eq!(normal(one), normal(two), "seed {seed}");
        }
    }
}

fn normal_of(text: &str) -> String {
    normal(&good(text).definitions[0])
}

#[test]
fn canonical_text_ignores_order_only_where_it_means_nothing() {
    let same = |a: &str, b: &str| normal_of(a) == normal_of(b);
    assert!(same("segment s { a is x, b is y }", "segment s { b is y # why\n a is x }"));
    assert!(same("segment s { a in [x, y] }", "segment s {\n a in [y, x]\n}"));
    assert!(same(
        "limits l { at most 1 per 1 days on [a, b] each }",
        "limits l { at most 1 per 1 day on [b, a] each }"
    ));
    assert!(!same(
        "journey j { steps { wait 1 hour, finish x } }",
        "journey j { steps { finish x, wait 1 hour } }"
    ));
    assert!(!same(
        "journey j { send_by: first of [a, b] }",
        "journey j { send_by: first of [b, a] }"
    ));
    assert!(!same("workspace w { languages: [en, fr] }", "workspace w { languages: [fr, en] }"));
    assert!(!same("ranking r { score: a - b }", "ranking r { score: b - a }"));
    assert!(!same("segment s { a in 1 to 2 }", "segment s { a in 2 to 1 }"));
}

#[test]
fn the_formatter_keeps_short_lines_and_breaks_long_ones() {
    let once = |text: &str| print(&good(text));
    assert_eq!(once("segment  s{a is x,b is y}"), "segment s { a is x, b is y }\n");
    assert_eq!(
        once("segment s {\n\n\n a is x\n\n\n b is y\n\n}"),
        "segment s {\n  a is x\n\n  b is y\n}\n"
    );
    assert_eq!(
        once(
            "action a { repeat: at most 1 per 1 days on [email] }\njourney j { steps { send x by first of [sms] { } } }"
        ),
        "action a { repeat: at most 1 per 1 day on email }\njourney j { steps { send x by sms { } } }\n"
    );
    let long = "value_number_".repeat(3);
    let text = format!("customer {{ x: one of [{long}a, {long}b, {long}c] }}");
    let printed = once(&text);
    assert!(printed.lines().all(|line| line.chars().count() <= 100), "{printed}");
    assert_eq!(once(&printed), printed);
}

#[test]
fn comments_inside_brackets_move_above_their_line() {
    let text = "segment s {\n  plan in [\n    a, # first\n    b\n  ]\n}\n";
    assert_eq!(print(&good(text)), "segment s {\n  # first\n  plan in [a, b]\n}\n");
}

/// Blocks as deep as the limit lets them be, and how deep their JSON is.
#[test]
fn the_deepest_file_reads_back_from_json_within_two_hundred_levels() {
    for block in ["any", "none"] {
        let text = format!(
            "segment deep {{\n{}vip is yes{}\n}}\n",
            format!("{block} {{\n").repeat(31),
            "\n}".repeat(31)
        );
        let tree = good(&text);
        let json = serde_json::to_string(&tree).unwrap();
        let (mut level, mut deepest) = (0_u32, 0);
        for byte in json.bytes() {
            match byte {
                b'{' | b'[' => level += 1,
                b'}' | b']' => level -= 1,
                _ => {}
            }
            deepest = deepest.max(level);
        }
        assert!((128..=200).contains(&deepest), "{deepest} levels");
        assert!(serde_json::from_str::<File>(&json).is_err(), "the usual reader stops at 128");
        let mut reader = serde_json::Deserializer::from_str(&json);
        reader.disable_recursion_limit();
        let back: File = serde::Deserialize::deserialize(&mut reader).unwrap();
        assert_eq!(back, tree);
        assert_eq!(print(&back), print(&tree));
    }
}
