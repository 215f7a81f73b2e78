//! `onward decide`, `explain` and `segments`.

use std::io::Write;
use std::process::Stdio;

use super::{CUSTOMERS, onward, put, ran, run, shop};

const AT: &str = "2026-03-02T10:00:00Z";

fn decide<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let mut arguments =
        vec!["decide", "shop", "--customers", "customers.jsonl", "--placement", "home", "--at", AT];
    arguments.extend(more);
    arguments
}

#[test]
fn a_table_shows_decisions_and_what_they_come_to() {
    let ran = run(shop().path(), &decide(&[]));
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let words = |start: &str| {
        let line = ran.out.lines().rev().find(|line| line.trim_start().starts_with(start));
        line.unwrap_or_else(|| panic!("no {start} in\n{}", ran.out))
            .split_whitespace()
            .collect::<Vec<_>>()
    };
    assert_eq!(words("lea"), ["lea", "upgrade", "web", "en", "EUR", "2.00"]);
    assert_eq!(words("upgrade"), ["upgrade", "1", "33.3%", "EUR", "2.00"]);
    assert_eq!(words("accessory"), ["accessory", "1", "33.3%", "EUR", "1.00"]);
    assert_eq!(words("nothing "), ["nothing", "1", "33.3%"]);
    assert!(ran.out.contains("kim") && ran.out.contains("nothing: who 2"), "{}", ran.out);
    assert!(ran.out.contains("3 decisions in "), "{}", ran.out);
}

#[test]
fn json_lines_have_one_decision_per_customer_in_the_order_of_the_file() {
    let folder = shop();
    let one = run(folder.path(), &decide(&["--format", "jsonl", "--threads", "1"]));
    let many = run(folder.path(), &decide(&["--format", "jsonl", "--threads", "3"]));
    assert_eq!(one.code, 0);
    assert_eq!(one.out, many.out, "the number of threads changes nothing");
    let rows: Vec<serde_json::Value> =
        one.out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let customers: Vec<&str> = rows.iter().filter_map(|row| row["customer"].as_str()).collect();
    assert_eq!(customers, ["lea", "max", "kim"]);
    assert_eq!(rows[0]["treatments"][0]["action"], "upgrade");
    assert_eq!(rows[0]["treatments"][0]["score"], 200.0);
    assert_eq!(rows[2]["treatments"], serde_json::json!([]));
    assert_eq!(rows[2]["summary"]["candidates"], 2);
    assert!(one.err.contains("3 decisions in "), "the summary is beside the data: {}", one.err);
}

#[test]
fn csv_has_a_line_per_treatment_and_one_for_nothing() {
    let ran = run(shop().path(), &decide(&["--format", "csv"]));
    assert_eq!(
        ran.out,
        "customer,rank,action,channel,language,score,fallback,refused\n\
         lea,1,upgrade,web,en,200,no,\n\
         max,1,accessory,web,en,100,no,\n\
         kim,,,,,,,who 2\n"
    );
}

#[test]
fn out_takes_all_decisions_and_leaves_the_summary() {
    let folder = shop();
    let ran = run(folder.path(), &decide(&["--out", "all.csv"]));
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("expected value"), "{}", ran.out);
    let text = std::fs::read_to_string(folder.path().join("all.csv")).expect("written");
    assert_eq!(text.lines().count(), 4);
    let ran = run(folder.path(), &decide(&["--out", "no/such/folder/all.csv"]));
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("cannot write"), "{}", ran.err);
}

#[test]
fn gzip_and_standard_input_are_read_alike() {
    let folder = shop();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(CUSTOMERS.as_bytes()).expect("packed");
    std::fs::write(folder.path().join("customers.gz"), packed.finish().expect("packed"))
        .expect("written");
    let plain = run(folder.path(), &decide(&["--format", "csv"]));
    let mut arguments = decide(&["--format", "csv"]);
    arguments[3] = "customers.gz";
    assert_eq!(run(folder.path(), &arguments).out, plain.out);
    arguments[3] = "-";
    let mut child = onward(folder.path(), &arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
    child.stdin.take().expect("piped").write_all(CUSTOMERS.as_bytes()).expect("written");
    assert_eq!(ran(child.wait_with_output().expect("ends")).out, plain.out);
}

#[test]
fn wrong_rows_are_named_and_counted_and_strict_refuses_all() {
    let folder = shop();
    let rows = format!(
        "{CUSTOMERS}{{\"type\":\"identify\",\"timestamp\":\"2026-03-01T00:00:00Z\",\"userId\":\"bad\",\"traits\":{{\"plan\":\"silver\"}}}}\nno json\n"
    );
    put(folder.path(), "customers.jsonl", &rows);
    let ran = run(folder.path(), &decide(&["--format", "csv"]));
    assert_eq!(ran.code, 0);
    assert_eq!(ran.out.lines().count(), 4);
    let told: Vec<&str> = ran.err.lines().take(3).collect();
    assert_eq!(
        told,
        [
            "warning: customers.jsonl line 4, `plan`: `silver` is not one of basic, gold",
            "warning: customers.jsonl line 5: no JSON: a value is expected here (column 2)",
            "3 of 5 rows kept, 2 wrong",
        ]
    );
    let ran = run(folder.path(), &decide(&["--format", "csv", "--strict"]));
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("error: --strict: no customer is taken"), "{}", ran.err);
    assert_eq!(ran.out, "", "nothing is answered, not even a heading");
}

#[test]
fn strict_leaves_the_file_of_decisions_as_it_was() {
    let folder = shop();
    put(folder.path(), "customers.jsonl", &format!("{CUSTOMERS}no json\n"));
    put(folder.path(), "old.csv", "yesterday\n");
    for name in ["old.csv", "new.csv"] {
        assert_eq!(run(folder.path(), &decide(&["--strict", "--out", name])).code, 1);
    }
    let old = std::fs::read_to_string(folder.path().join("old.csv")).expect("still there");
    assert_eq!(old, "yesterday\n");
    assert!(!folder.path().join("new.csv").exists());
    assert_eq!(run(folder.path(), &decide(&["--out", "old.csv"])).code, 0);
    let old = std::fs::read_to_string(folder.path().join("old.csv")).expect("written");
    assert!(old.starts_with("customer,rank") && !old.contains("yesterday"), "{old}");
}

#[test]
fn a_table_that_is_cut_says_what_gives_all() {
    let folder = shop();
    let row = |n: u32| {
        format!(
            "{{\"type\":\"identify\",\"timestamp\":\"2026-03-01T00:00:00Z\",\"userId\":\"c{n}\",\"traits\":{{\"plan\":\"basic\"}}}}\n"
        )
    };
    put(folder.path(), "customers.jsonl", &(0..12).map(row).collect::<String>());
    let ran = run(folder.path(), &decide(&[]));
    assert!(
        ran.out.contains(
            "... and 2 more customers; --format jsonl, --format csv or --out FILE gives all\n"
        ),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("c9 ") && !ran.out.contains("c10"), "{}", ran.out);
}

#[test]
fn an_explanation_of_a_refused_row_tells_that_row_and_no_other() {
    let folder = shop();
    let bad = |id: &str, plan: &str| {
        format!(
            "{{\"type\":\"identify\",\"timestamp\":\"2026-03-01T00:00:00Z\",\"userId\":\"{id}\",\"traits\":{{\"plan\":\"{plan}\"}}}}\n"
        )
    };
    let time = "{\"type\":\"identify\",\"userId\":\"late\",\"timestamp\":\"soon\"}\n";
    let rows =
        format!("no json\n{}{}{time}{CUSTOMERS}", bad("first", "tin"), bad("second", "zinc"));
    put(folder.path(), "customers.jsonl", &rows);
    let ran = run(folder.path(), &explain("second", &[]));
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
    assert_eq!(
        ran.err,
        "warning: customers.jsonl line 3, `plan`: `zinc` is not one of basic, gold\n\
         error: the row of this customer was refused, so there is nothing to explain\n"
    );
    let ran = run(folder.path(), &explain("late", &[]));
    assert!(ran.code == 1 && ran.err.contains("line 4, `timestamp`: `soon` is not"), "{}", ran.err);
    let ran = run(folder.path(), &explain("lea", &[]));
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "another's row is no matter of lea's");
    let ran = run(folder.path(), &explain("lea", &["--strict"]));
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
    assert!(ran.err.contains("line 2, `plan`: `tin` is not"), "{}", ran.err);
}

#[test]
fn a_mapping_makes_whole_records() {
    let folder = shop();
    put(folder.path(), "c.csv", "nr;alter;tarif\n1;31;B\n2;;G\n3;5;\n");
    let map = "format = \"csv\"\nseparator = \";\"\nid = \"nr\"\n[attributes.age]\nfrom = \"alter\"\n[attributes.plan]\nfrom = \"tarif\"\nvalues = { B = \"basic\", G = \"gold\" }\n";
    put(folder.path(), "map.toml", map);
    let mut arguments = decide(&["--format", "csv", "--map", "map.toml"]);
    arguments[3] = "c.csv";
    let ran = run(folder.path(), &arguments);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("1,1,upgrade") && ran.out.contains("2,,,,"), "{}", ran.out);
    assert!(ran.err.contains("line 4, `plan`: required and missing"), "{}", ran.err);
    put(folder.path(), "map.toml", &map.replace("attributes.age", "attributes.agee"));
    let ran = run(folder.path(), &arguments);
    assert!(
        ran.err.contains(
            "the mapping fills `agee`, which the rules do not declare; did you mean `age`?"
        ),
        "{}",
        ran.err
    );
    put(folder.path(), "map.toml", "fromat = 1");
    let ran = run(folder.path(), &arguments);
    assert_eq!(ran.code, 2);
    assert!(
        ran.err.contains("`fromat` is no key of a mapping; the closest is `format`"),
        "{}",
        ran.err
    );
}

#[test]
fn names_and_times_that_are_none_are_usage() {
    let folder = shop();
    let wrong = |arguments: &[&str], says: &str| {
        let ran = run(folder.path(), arguments);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{arguments:?}: {}", ran.err);
        assert!(ran.err.contains(says), "{}", ran.err);
    };
    let mut arguments = decide(&[]);
    arguments[5] = "hom";
    wrong(&arguments, "no placement is called `hom`; did you mean `home`?");
    arguments[5] = "zzz";
    wrong(&arguments, "; there are home, mail");
    let mut arguments = decide(&[]);
    arguments[3] = "custmers.jsonl";
    wrong(&arguments, "cannot read `custmers.jsonl`");
    let mut arguments = decide(&[]);
    arguments[7] = "2026-03-02";
    wrong(&arguments, "not an instant such as 2026-10-01T09:30:00Z");
    wrong(
        &decide(&["--request", "pgae=cart"]),
        "no request attribute `pgae`; did you mean `page`?",
    );
    wrong(&decide(&["--request", "page=moon"]), "request attribute `page`");
    wrong(&decide(&["--request", "page"]), "write KEY=VALUE");
    wrong(&decide(&["--threads", "0"]), "--threads");
    wrong(&["decide", "shop"], "--customers");
    wrong(&["decied"], "decide");
}

#[test]
fn a_reader_that_leaves_is_no_error() {
    let folder = shop();
    let rows: String = (0..20_000)
        .map(|n| {
            format!(
                "{{\"type\":\"identify\",\"timestamp\":\"2026-03-01T00:00:00Z\",\"userId\":\"c{n}\",\"traits\":{{\"plan\":\"gold\"}}}}\n"
            )
        })
        .collect();
    put(folder.path(), "customers.jsonl", &rows);
    let mut child = onward(folder.path(), &decide(&["--format", "csv"]))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
    drop(child.stdout.take());
    let ran = ran(child.wait_with_output().expect("ends"));
    assert_eq!(ran.code, 0);
    assert!(!ran.err.contains("panic"), "{}", ran.err);
}

fn explain<'a>(id: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let mut arguments =
        vec!["explain", "shop", "--customers", "customers.jsonl", "--placement", "home"];
    arguments.extend(["--at", AT, "--customer", id]);
    arguments.extend(more);
    arguments
}

#[test]
fn an_explanation_names_the_line_the_truth_and_the_value_seen() {
    let folder = shop();
    let ran = run(folder.path(), &explain("lea", &[]));
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert!(
        ran.out.starts_with(
            "lea at home, 2026-03-02T10:00:00Z\n1. upgrade by web in en, score EUR 2.00\n"
        ),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("+ upgrade by web: chosen, number 1\n"), "{}", ran.out);
    assert!(
        ran.out.contains("- accessory by web: outranked by upgrade, EUR 1.00 less\n"),
        "{}",
        ran.out
    );
    assert!(
        ran.out.contains("who   true    plan is basic  saw basic  rules.journey:"),
        "{}",
        ran.out
    );
    let kim = run(folder.path(), &explain("kim", &[])).out;
    assert!(
        kim.contains("nothing: who 2\n") && kim.contains("x accessory by web: blocked\n"),
        "{kim}"
    );
    assert!(
        kim.contains("unknown in segment adults") && kim.contains("unknown age >= 18"),
        "{kim}"
    );
    assert!(kim.contains("false   plan is basic  saw gold"), "{kim}");
}

#[test]
fn an_explanation_is_data_too_and_an_unknown_customer_is_usage() {
    let folder = shop();
    let ran = run(folder.path(), &explain("max", &["--format", "json"]));
    let told: serde_json::Value = serde_json::from_str(&ran.out).expect("JSON");
    assert_eq!(told["decision"]["treatments"][0]["action"], "accessory");
    assert_eq!(told["candidates"].as_array().map(Vec::len), Some(2));
    let ran = run(folder.path(), &explain("leo", &[]));
    assert_eq!(ran.code, 2);
    assert_eq!(ran.err, "error: no customer `leo` among 3 rows; did you mean `lea`?\n");
}

#[test]
fn segments_count_customers_and_unknowns() {
    let folder = shop();
    let arguments = ["segments", "shop", "--customers", "customers.jsonl", "--at", AT];
    let ran = run(folder.path(), &arguments);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let line = ran.out.lines().nth(1).expect("a segment");
    assert_eq!(line.split_whitespace().collect::<Vec<_>>(), ["adults", "2", "66.7%", "1"]);
    let ran = run(folder.path(), &[&arguments[..], &["--format", "json"]].concat());
    let counts: serde_json::Value = serde_json::from_str(&ran.out).expect("JSON");
    assert_eq!(counts["customers"], 3);
    assert_eq!(counts["segments"][0]["customers"], 2);
    assert_eq!(counts["segments"][0]["unknown"], 1);
}

#[test]
fn a_withdrawal_in_a_refused_row_is_taken_and_told() {
    let folder = shop();
    let row = |day: u32, traits: &str| {
        format!(
            "{{\"type\":\"identify\",\"timestamp\":\"2026-03-{day:02}T00:00:00Z\",\"userId\":\"lea\",\"traits\":{{{traits}}}}}\n"
        )
    };
    let mail = [
        "decide",
        "shop",
        "--customers",
        "customers.jsonl",
        "--placement",
        "mail",
        "--at",
        "2026-04-01T10:00:00Z",
        "--format",
        "csv",
    ];
    let granted = row(1, r#""plan":"basic","consent":{"email":{"marketing":"granted"}}"#);
    put(folder.path(), "customers.jsonl", &granted);
    let before = run(folder.path(), &mail);
    assert!(before.out.contains("lea,1,upgrade,email"), "{}", before.out);
    let withdrawn = row(2, r#""age":"old","consent":{"email":"withdrawn"}"#);
    put(folder.path(), "customers.jsonl", &format!("{granted}{withdrawn}"));
    let after = run(folder.path(), &mail);
    assert!(after.out.contains("lea,,,,,,,consent 1"), "{}", after.out);
    assert!(after.err.contains("line 2, `age`: "), "{}", after.err);
    assert!(after.err.contains(" (its withdrawal of consent is taken)\n"), "{}", after.err);
    assert!(
        after.err.contains("1 of 2 rows kept, 1 wrong; of 1 the withdrawal of consent is taken\n"),
        "{}",
        after.err
    );
    let told = run(
        folder.path(),
        &[
            "explain",
            "shop",
            "--customers",
            "customers.jsonl",
            "--customer",
            "lea",
            "--placement",
            "mail",
            "--at",
            "2026-04-01T10:00:00Z",
        ],
    );
    assert!(told.out.contains("was withdrawn"), "{}{}", told.out, told.err);
    // Nobody becomes a customer by a row that is refused.
    put(
        folder.path(),
        "customers.jsonl",
        &format!("{withdrawn}{}", CUSTOMERS.replace("lea", "leo")),
    );
    assert!(!run(folder.path(), &mail).out.contains("lea"));
}

#[test]
fn consent_under_names_that_no_rule_has_is_warned_of_once() {
    let folder = shop();
    let row = |n: u32, consent: &str| {
        format!(
            "{{\"type\":\"identify\",\"timestamp\":\"2026-03-01T00:00:00Z\",\"userId\":\"c{n}\",\"traits\":{{\"plan\":\"basic\",\"consent\":{consent}}}}}\n"
        )
    };
    let rows = [
        row(1, r#"{"emial":{"marketing":"granted"}}"#),
        row(2, r#"{"emial":"withdrawn","email":{"marketing":"granted"}}"#),
        row(3, r#"{"email":{"marketting":"granted"},"web":{"marketting":"granted"}}"#),
        row(4, r#"{"emial":{"marketing":"withdrawn"}},"age":"old""#),
    ];
    put(folder.path(), "customers.jsonl", &rows.concat());
    let ran = run(folder.path(), &decide(&["--format", "csv"]));
    let told: Vec<&str> = ran.err.lines().filter(|line| line.contains(" consent ")).collect();
    assert_eq!(
        told[2..],
        [
            "warning: customers.jsonl: 3 rows give consent on `emial`, which is no channel of the rules; did you mean `email`?",
            "warning: customers.jsonl: 1 row gives consent for `marketting`, which is no purpose of the rules; did you mean `marketing`?",
        ],
        "{}",
        ran.err
    );
}
