//! `onward import` and `onward customer`: into a store, on after a break, and out again.

use std::fmt::Write;

use super::{folder, put, run, shop};

const BOUGHT: &str = "
event purchase kept 400 days { amount: required money }
segment buyers { count of purchase in the last 30 days >= 1 }
";

#[test]
fn customers_and_events_are_imported_shown_exported_and_erased() {
    let dir = shop();
    let rules = std::fs::read_to_string(dir.path().join("shop/rules.journey")).unwrap();
    put(dir.path(), "shop/rules.journey", &format!("{rules}{BOUGHT}"));
    let calls = format!(
        "{}{}\n{}\n",
        super::CUSTOMERS,
        r#"{"type":"track","userId":"lea","event":"purchase","properties":{"amount":"EUR 12.50"},"timestamp":"2026-03-01T10:00:00Z","messageId":"m1"}"#,
        r#"{"type":"track","userId":"lea","event":"sale","properties":{},"timestamp":"2026-03-01T10:00:00Z"}"#,
    );
    put(dir.path(), "calls.jsonl", &calls);
    let import = ["import", "shop", "--store", "kept", "--rejects", "wrong.jsonl", "calls.jsonl"];
    let ran = run(dir.path(), &import);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.err.contains("line 5"), "{}", ran.err);
    assert!(ran.err.contains("4 rows imported"), "{}", ran.err);
    let wrong = std::fs::read_to_string(dir.path().join("wrong.jsonl")).unwrap();
    let wrong: serde_json::Value = serde_json::from_str(wrong.trim_end()).unwrap();
    assert_eq!((wrong["line"].as_u64(), wrong["file"].as_str()), (Some(5), Some("calls.jsonl")));
    // Again: nothing is counted twice.
    let ran = run(dir.path(), &import);
    assert!(ran.code == 0 && ran.err.contains("calls.jsonl: imported before"), "{}", ran.err);
    let ran = run(dir.path(), &["customer", "export", "--store", "kept", "lea"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let kept: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(kept["ids"], serde_json::json!(["lea"]));
    assert_eq!(kept["events"]["purchase"]["times"], 1);
    assert_eq!(kept["events"]["purchase"]["rows"][0]["fields"]["amount"], "EUR 12.50");
    let ran = run(dir.path(), &["customer", "show", "--store", "kept", "lea"]);
    assert!(ran.out.contains("plan") && ran.out.contains("1 times, 1 kept"), "{}", ran.out);
    let ran = run(dir.path(), &["customer", "erase", "--store", "kept", "lea"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, "erased\n"));
    for what in ["show", "export", "erase"] {
        let ran = run(dir.path(), &["customer", what, "--store", "kept", "lea"]);
        assert_eq!(ran.code, 1);
        assert!(ran.err.contains("the store keeps nobody called `lea`"), "{}", ran.err);
    }
    let ran = run(dir.path(), &["customer", "show", "--store", "kept", "max"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
}

#[test]
fn an_import_that_was_killed_goes_on_and_counts_nothing_twice() {
    let rules = format!("{}{BOUGHT}", super::SHOP);
    let map = "format = \"csv\"\ncustomer = \"id\"\nevent = \"what\"\n[time]\nfrom = \"at\"\n[events.buy]\nname = \"purchase\"\n[events.buy.fields.amount]\n";
    let mut rows = "id,what,at,amount\n".to_owned();
    for n in 0..250_000 {
        let _ = writeln!(rows, "c{},buy,2026-03-01T10:00:00Z,EUR 1.00", n % 100);
    }
    let dir = folder(&[("shop/rules.journey", &*rules), ("map.toml", map), ("rows.csv", &*rows)]);
    let import = ["import", "shop", "--store", "kept", "--map", "map.toml", "rows.csv"];
    let mut broken = 0;
    for wait in [400, 700, 1_000] {
        let mut child =
            super::onward(dir.path(), &import).stderr(std::process::Stdio::null()).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(wait));
        child.kill().unwrap();
        broken += u32::from(!child.wait().unwrap().success());
    }
    let ran = run(dir.path(), &import);
    assert_eq!(ran.code, 0, "{}", ran.err);
    for customer in ["c0", "c57", "c99"] {
        let ran = run(dir.path(), &["customer", "export", "--store", "kept", customer]);
        let kept: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
        assert_eq!(kept["events"]["purchase"]["times"], 2_500, "{customer}");
    }
    println!("{broken} of 3 imports were cut off");
}

#[test]
fn decisions_explanations_and_counts_take_customers_of_a_store() {
    let dir = shop();
    let ran = run(dir.path(), &["import", "shop", "--store", "kept", "customers.jsonl"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let at = "2026-03-02T10:00:00Z";
    let of = |command: &str, from: [&str; 2], more: &[&str]| {
        let arguments = [&[command, "shop", from[0], from[1], "--at", at][..], more].concat();
        let ran = run(dir.path(), &arguments);
        assert_eq!(ran.code, 0, "{}", ran.err);
        let mut lines: Vec<String> = ran.out.lines().map(str::to_owned).collect();
        lines.sort_unstable();
        lines
    };
    let (file, store) = (["--customers", "customers.jsonl"], ["--store", "kept"]);
    for (command, more) in [
        ("decide", &["--placement", "home", "--format", "jsonl"][..]),
        ("segments", &["--format", "json"][..]),
        ("explain", &["--placement", "home", "--customer", "kim"][..]),
    ] {
        assert_eq!(of(command, store, more), of(command, file, more), "{command}");
    }
    let ran = run(dir.path(), &["decide", "shop", "--placement", "home", "--at", at]);
    assert_eq!(ran.code, 2);
    let ran =
        run(dir.path(), &["decide", "shop", "--store", "shop", "--placement", "home", "--at", at]);
    assert!(ran.code == 2 && ran.err.contains("there is no store in `shop`"), "{}", ran.err);
}
