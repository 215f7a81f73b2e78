//! `onward replay`: a history walked in time order, from files and from a store.

use std::fmt::Write;
use std::path::Path;

use super::{Ran, folder, put, run};

const MORE: &str = "
event visit kept 400 days { }
event news kept 400 days { }
limits pressure {
  purpose: marketing
  at most 1 per 168 hours
}
";

/// Who, what, when, message id.
const HISTORY: [(&str, &str, &str, &str); 8] = [
    // The second comes a second too early, the third when the week is over.
    ("lea", "visit", "2026-03-08T10:00:00Z", "m3"),
    ("lea", "visit", "2026-03-01T10:00:00Z", "m1"),
    ("lea", "visit", "2026-03-08T09:59:59Z", "m2"),
    ("lea", "visit", "2026-03-01T10:00:00Z", "m1"),
    ("lea", "news", "2026-03-20T10:00:00Z", "m9"),
    ("max", "visit", "2026-03-02T10:00:00Z", "m4"),
    ("kim", "visit", "2026-03-03T10:00:00Z", "m5"),
    ("max", "news", "2026-03-03T10:00:00Z", "m8"),
];

fn calls(history: &[(&str, &str, &str, &str)]) -> String {
    let mut calls = String::new();
    for (who, what, at, id) in history {
        let _ = writeln!(
            calls,
            r#"{{"type":"track","userId":"{who}","event":"{what}","timestamp":"{at}","messageId":"{id}"}}"#
        );
    }
    calls
}

fn shop() -> tempfile::TempDir {
    let rules = format!("{}{MORE}", super::SHOP);
    let events = calls(&HISTORY);
    let all = format!("{}{events}", super::CUSTOMERS);
    folder(&[
        ("shop/rules.journey", &*rules),
        ("customers.jsonl", super::CUSTOMERS),
        ("events.jsonl", &*events),
        ("calls.jsonl", &*all),
    ])
}

const FILES: [&str; 4] = ["--customers", "customers.jsonl", "--events", "events.jsonl"];

fn replay(dir: &Path, from: &[&str], more: &[&str]) -> Ran {
    let command = ["replay", "shop", "--placement", "home", "--on", "visit"];
    run(dir, &[&command[..], from, more].concat())
}

#[test]
fn a_replay_says_what_was_sent_and_which_line_held_back_the_rest() {
    let dir = shop();
    let ran = replay(dir.path(), &FILES, &[]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    super::expect("replay.txt", &ran.out);
    for needed in ["5 requests of 3 customers", "limits pressure", "at most 1 per 168 hours"] {
        assert!(ran.out.contains(needed), "{}", ran.out);
    }
}

#[test]
fn a_store_is_replayed_as_its_files_are_and_stays_as_it_was() {
    let dir = shop();
    let ran = run(dir.path(), &["import", "shop", "--store", "kept", "calls.jsonl"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let kept = |id: &str| run(dir.path(), &["customer", "export", "--store", "kept", id]).out;
    let before = ["lea", "max", "kim"].map(kept);
    for format in ["text", "jsonl"] {
        let more = ["--format", format];
        let files = replay(dir.path(), &FILES, &more);
        // Twice: the first one leaves nothing behind.
        for _ in 0..2 {
            let store = replay(dir.path(), &["--store", "kept"], &more);
            assert_eq!((store.code, &store.out), (0, &files.out), "{}", store.err);
        }
    }
    assert_eq!(["lea", "max", "kim"].map(kept), before);
}

#[test]
fn each_request_of_a_replay_is_a_line() {
    let dir = shop();
    let ran = replay(dir.path(), &FILES, &["--format", "jsonl"]);
    let lines: Vec<serde_json::Value> =
        ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |line: &serde_json::Value| {
        let sent = line["sent"][0]["action"].as_str().unwrap_or("-").to_owned();
        let why = line["held_back"][0]["name"].as_str().unwrap_or("-").to_owned();
        (line["customer"].as_str().unwrap().to_owned(), sent, why)
    };
    let told: Vec<_> = lines.iter().map(of).collect();
    let told: Vec<(&str, &str, &str)> = told.iter().map(|(a, b, c)| (&**a, &**b, &**c)).collect();
    assert_eq!(
        told,
        [
            ("lea", "upgrade", "-"),
            ("max", "accessory", "-"),
            ("kim", "-", "-"),
            ("lea", "-", "pressure"),
            ("lea", "upgrade", "-"),
        ]
    );
    assert_eq!(lines[2]["held_back"][0]["stage"], "who");
    assert_eq!(lines[3]["held_back"][0]["text"], "at most 1 per 168 hours");
    assert!(ran.err.contains("5 requests of 3 customers"), "{}", ran.err);
}

#[test]
fn a_replay_without_a_history_or_of_an_unknown_event_says_so() {
    let dir = shop();
    let ran = replay(dir.path(), &["--customers", "customers.jsonl"], &[]);
    assert!(ran.code == 2 && ran.err.contains("name it with --store or --events"), "{}", ran.err);
    let ran = replay(dir.path(), &FILES, &["--on", "visits"]);
    assert!(ran.code == 2 && ran.err.contains("did you mean `visit`?"), "{}", ran.err);
    let ran = replay(dir.path(), &["--store", "shop"], &[]);
    assert!(ran.code == 2 && ran.err.contains("there is no store in `shop`"), "{}", ran.err);
    let wrong = calls(&[("lea", "visti", "2026-03-01T10:00:00Z", "m1")]);
    put(dir.path(), "wrong.jsonl", &wrong);
    let from = ["--events", "wrong.jsonl"];
    let ran = replay(dir.path(), &from, &["--strict"]);
    assert!(ran.code == 1 && ran.err.contains("no event is called `visti`"), "{}", ran.err);
    assert!(ran.out.contains("nothing was asked"), "{}", ran.out);
}
