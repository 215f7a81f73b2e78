//! `onward bench`: what it prints, and what it refuses. Figures differ from run to run; shapes do not.

use super::{onward, put, ran, run, shop};

const AT: &str = "2026-03-02T10:00:00Z";

fn json(folder: &std::path::Path, more: &[&str]) -> serde_json::Value {
    let mut arguments =
        vec!["bench", "shop", "--customers", "customers.jsonl", "--at", AT, "--format", "json"];
    arguments.extend(more);
    let ran = run(folder, &arguments);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
    serde_json::from_str(&ran.out).expect("one JSON object")
}

#[test]
fn json_has_every_placement_with_its_figures() {
    let folder = shop();
    let told = json(folder.path(), &["--threads", "1"]);
    assert_eq!(told["at"], AT);
    assert_eq!(told["threads"], 1);
    assert_eq!(told["customers"]["count"], 3);
    assert_eq!(told["customers"]["profile_bytes"], serde_json::Value::Null, "too few to tell");
    assert_eq!(told["rules"]["actions"], 2);
    assert!(told["rules"]["conjunctions"].as_u64() >= Some(2), "{told}");
    for stage in ["files", "parse", "check", "scenarios", "compile"] {
        assert!(told["rules"]["seconds"][stage].as_f64() >= Some(0.0), "{stage}: {told}");
    }
    let placements = told["placements"].as_array().expect("a list");
    let names: Vec<&str> = placements.iter().filter_map(|line| line["name"].as_str()).collect();
    assert_eq!(names, ["home", "mail"]);
    for line in placements {
        let percentile = |name: &str| line["nanoseconds"][name].as_u64().expect("a number");
        let all = ["p50", "p90", "p99", "p99.9", "max"].map(percentile);
        assert!(all[0] > 0 && all.is_sorted(), "{all:?}");
        assert!(line["decisions_per_second"].as_u64() > Some(0), "{line}");
        assert_eq!(line["decisions"].as_u64().map(|all| all % 3), Some(0), "whole rounds");
    }
    // Lea and Max each have one offer; for Kim nothing stands, and the index says so without a look.
    let home = &placements[0];
    assert_eq!(home["candidates"], 2);
    let close = |key: &str, wanted: f64| (home[key].as_f64().unwrap_or(-1.0) - wanted).abs() < 1e-9;
    assert!(close("looked_at", 2.0 / 3.0) && close("empty", 1.0 / 3.0), "{home}");
}

#[test]
fn one_placement_and_several_threads_may_be_asked_for() {
    let folder = shop();
    let told = json(folder.path(), &["--placement", "home", "--threads", "64"]);
    assert_eq!(told["threads"], 3, "no more threads than customers");
    assert_eq!(told["placements"].as_array().map(Vec::len), Some(1));
}

#[test]
fn people_get_tables() {
    let folder = shop();
    let ran = run(
        folder.path(),
        &["bench", "shop", "--customers", "customers.jsonl", "--placement", "home", "--at", AT],
    );
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    for part in [
        "reading and checking",
        "running the scenarios",
        "compiling",
        "program: 2 actions at 2 placements, ",
        "customers: 3 loaded in ",
        "decisions a second",
        "p99.9",
        "at 2026-03-02T10:00:00Z, ",
    ] {
        assert!(ran.out.contains(part), "{part} is missing from\n{}", ran.out);
    }
    let row = ran.out.lines().map(str::trim).find(|line| line.starts_with("home ")).expect("a row");
    assert!(row.contains(" ns ") && row.ends_with("33.3%"), "{row}");
}

#[test]
fn what_cannot_be_measured_is_refused() {
    let folder = shop();
    let bench = |more: &[&str]| {
        let mut arguments = vec!["bench", "shop", "--at", AT];
        arguments.extend(more);
        let ran = run(folder.path(), &arguments);
        assert_eq!(ran.out, "", "nothing is measured");
        (ran.code, ran.err)
    };
    let (code, err) = bench(&["--customers", "customers.jsonl", "--placement", "hom"]);
    assert!(code == 2 && err.contains("did you mean `home`?"), "{err}");
    let (code, err) = bench(&["--customers", "customers.jsonl", "--request", "pge=cart"]);
    assert!(code == 2 && err.contains("did you mean `page`?"), "{err}");
    let (code, err) = bench(&["--customers", "no.jsonl"]);
    assert!(code == 2 && err.contains("cannot read `no.jsonl`"), "{err}");
    put(folder.path(), "none.jsonl", "");
    let (code, err) = bench(&["--customers", "none.jsonl"]);
    assert!(code == 1 && err.contains("no customer"), "{code} {err}");
    put(folder.path(), "shop/broken.journey", "segment s { age >== 3 }\n");
    let (code, err) = bench(&["--customers", "customers.jsonl"]);
    assert!(code == 1 && err.contains("broken.journey"), "{err}");
}

#[test]
fn help_says_what_the_figures_are() {
    let folder = shop();
    let ran = ran(onward(folder.path(), &["bench", "--help"]).output().expect("it starts"));
    for part in ["percentiles", "reading the clock", "--customers <FILE>", "--format json prints"] {
        assert!(ran.out.contains(part), "{part}: {}", ran.out);
    }
}
