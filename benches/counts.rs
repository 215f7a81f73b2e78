//! What noise cannot touch: instructions of a decision, heap allocations of a decision, bytes of a profile and
//! of a program. Seeded workload, 1 % match, 1,000 customers, found by external id; `past` is `best` of
//! customers with events and contacts, `windows` with five questions about the former, `limits` with four limits,
//! `both` with both, and `repeat` with a `repeat` in each action and a pause on top.
//!
//! `cargo bench --bench counts` counts under valgrind's callgrind at 100, 1,000 and 10,000 actions, compares with
//! `benches/counts.golden` and fails where a count differs by more than 2 %; `UPDATE_COUNTS=1` writes the file
//! anew. Without valgrind it says so and counts the rest. Numbers behind the name choose sizes.

#![allow(clippy::expect_used, reason = "a bench that cannot start must stop")]

mod workload;

use std::collections::BTreeMap;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::Command;

use allocation_counter::measure;
use onward::{Answer, Engine, Request};
use workload::world::{World, customer, events, rules, sources};
use workload::{Match, Shape, Workload};

const CUSTOMERS: usize = 1_000;
const ALLOWED: f64 = 0.02;

/// Questions of customers with a past.
const PAST: [&str; 5] = ["past", "windows", "limits", "both", "repeat"];

#[inline(never)]
fn counted_best(engine: &Engine, requests: &[Request], answer: &mut Answer) {
    for request in requests {
        engine.decide_into(request, answer).expect("a good question");
        black_box(answer.len());
    }
}

#[inline(never)]
fn counted_all(engine: &Engine, requests: &[Request], answer: &mut Answer) {
    for request in requests {
        black_box(engine.count_eligible(request, answer).expect("a good question"));
    }
}

/// What is counted, in a process of its own: warm, then once for each customer.
fn child(n: usize, query: &str) {
    let plain = Shape::new(n, Match::One);
    let shape = match query {
        "past" => plain.strict(0, 0),
        "windows" => plain.strict(5, 0),
        "limits" => plain.strict(0, 4),
        "both" => plain.strict(5, 4),
        "repeat" => Shape { repeat: true, ..plain.strict(5, 4) },
        _ => plain,
    };
    let World { engine, requests, .. } = World::new(shape, CUSTOMERS);
    let mut answer = Answer::default();
    for request in &requests {
        engine.decide_into(request, &mut answer).expect("a good question");
        engine.count_eligible(request, &mut answer).expect("a good question");
    }
    match query {
        "all" => counted_all(&engine, &requests, &mut answer),
        _ => counted_best(&engine, &requests, &mut answer),
    }
}

/// Instructions of a decision.
fn instructions(n: usize, query: &str, folder: &Path) -> f64 {
    let out = folder.join(format!("{query}.{n}"));
    let status = Command::new("valgrind")
        .args(["--tool=callgrind", "--quiet"])
        .arg(format!("--toggle-collect=*counted_{}*", if query == "all" { "all" } else { "best" }))
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(std::env::current_exe().expect("this program"))
        .args(["child", &n.to_string(), query])
        .status();
    assert!(status.is_ok_and(|status| status.success()), "the counted run failed");
    let text = std::fs::read_to_string(out).expect("callgrind wrote its counts");
    let total = text.lines().find_map(|line| line.strip_prefix("totals: "));
    let total = total.and_then(|count| count.trim().parse::<f64>().ok()).expect("a total");
    assert!(total > 0.0, "nothing was counted: has the function another name?");
    total / CUSTOMERS as f64
}

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/counts.golden")
}

/// `best 100 2302`: query, actions, instructions a decision.
fn read_golden() -> BTreeMap<(String, usize), f64> {
    let text = std::fs::read_to_string(golden()).unwrap_or_default();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let words = lines.map(|line| line.split_whitespace().collect::<Vec<_>>());
    words
        .filter_map(|words| match words[..] {
            [query, n, count] => Some(((query.to_owned(), n.parse().ok()?), count.parse().ok()?)),
            _ => None,
        })
        .collect()
}

/// Whether every count is as it was.
fn gate(sizes: &[usize]) -> bool {
    println!(
        "\n| query | actions | instructions a decision | golden | change |\n|---|---:|---:|---:|---:|"
    );
    let folder = tempfile::tempdir().expect("a folder for a while");
    let mut golden_counts = read_golden();
    let update = std::env::var_os("UPDATE_COUNTS").is_some();
    let mut good = true;
    for n in sizes {
        // What events and limits cost is promised at this size.
        let past = if *n == 1_000 { &PAST[..] } else { &[] };
        for query in ["best", "all"].iter().chain(past).copied() {
            let count = instructions(*n, query, folder.path());
            let key = (query.to_owned(), *n);
            let known = golden_counts.get(&key).copied();
            let change = known.map(|known| count / known - 1.0);
            let told =
                change.map_or("new".to_owned(), |change| format!("{:+.2} %", change * 100.0));
            let known = known.map_or_else(String::new, |known| format!("{known:.0}"));
            println!("| {query} | {n} | {count:.0} | {known} | {told} |");
            good &= change.is_some_and(|change| change.abs() <= ALLOWED) || update;
            golden_counts.insert(key, count.round());
        }
    }
    if update {
        let mut text = String::from(
            "# Instructions a decision: query, actions, count. Written by `UPDATE_COUNTS=1 cargo bench --bench counts`.\n",
        );
        for ((query, n), count) in &golden_counts {
            text += &format!("{query} {n} {count}\n");
        }
        std::fs::write(golden(), text).expect("the counts are written");
    }
    good
}

/// Nothing is allocated once the answer has met every customer.
fn allocations(shape: Shape, name: &str) {
    let n = shape.actions;
    let mut world = World::new(shape, CUSTOMERS);
    world.assert_answers(50);
    let World { engine, requests, .. } = &world;
    let mut answer = Answer::default();
    counted_best(engine, requests, &mut answer);
    counted_all(engine, requests, &mut answer);
    let best = measure(|| counted_best(engine, requests, &mut answer)).count_total;
    let all = measure(|| counted_all(engine, requests, &mut answer)).count_total;
    println!("| {n}{name} | {best} | {all} |");
    assert_eq!((best, all), (0, 0), "a warm decision allocates");
}

/// Bytes that stay allocated, as asked for: the allocator's own overhead is not in it.
fn bytes(n: usize, customers: usize) {
    let workload = Workload::new(Shape::new(n, Match::One).strict(0, 0));
    let sources = sources(&workload);
    let (mut copy, mut engine) = (None, None);
    let rules = rules(&sources);
    // Of a copy, because a check allocates on several threads.
    let typed = measure(|| copy = Some(rules.clone())).bytes_current;
    drop(copy);
    let program = measure(|| engine = Some(Engine::new(&rules))).bytes_current;
    let engine = engine.expect("an engine");
    let profiles: Vec<_> = workload.draw().take(customers).enumerate().collect();
    let given: Vec<_> = profiles.iter().map(|(id, of)| customer(&workload, *id, of)).collect();
    let held = measure(|| {
        for customer in &given {
            engine.put(customer).expect("a good customer");
        }
    });
    let happened: Vec<_> = (0..profiles.len()).flat_map(events).collect();
    let past = measure(|| {
        for event in &happened {
            engine.track(event, event.time()).expect("a good event");
        }
    });
    let per = |bytes: i64, count: usize| bytes / i64::try_from(count.max(1)).unwrap_or(1);
    println!(
        "| {n} | {} | {} | {} | {} | {customers} | {} | {} | {} |",
        typed >> 10,
        per(typed, n),
        program >> 10,
        per(program, n),
        per(held.bytes_current, customers),
        per(held.bytes_current + past.bytes_current, customers),
        size_of::<onward::View>(),
    );
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [first, n, query] = &arguments[..]
        && first == "child"
    {
        return child(n.parse().expect("a number of actions"), query);
    }
    let test = arguments.iter().any(|argument| argument == "--test");
    let named: Vec<usize> = arguments.iter().filter_map(|a| a.parse().ok()).collect();
    let sizes = match (test, named.is_empty()) {
        (true, _) => vec![100],
        (false, true) => vec![100, 1_000, 10_000],
        (false, false) => named,
    };
    println!(
        "\n| actions | allocations of {CUSTOMERS} warm decisions, best 3 | all |\n|---:|---:|---:|"
    );
    for n in &sizes {
        let shape = Shape::new(*n, Match::One);
        allocations(shape, "");
        let strict = Shape { repeat: true, ..shape.strict(5, 4) };
        allocations(strict, ", 5 windows, 4 limits, `repeat`, a pause");
    }
    println!(
        "\n| actions | typed rules KiB | bytes an action | program KiB (rules in it) | bytes an action | customers | bytes a profile (with its id and raw values) | with 20 events | of them copied by a decision |\n|---:|---:|---:|---:|---:|---:|---:|---:|---:|"
    );
    for n in &sizes {
        bytes(*n, if test { 500 } else { 10_000 });
    }
    if test {
        return;
    }
    if Command::new("valgrind").arg("--version").output().is_err() {
        println!("\ninstructions are not counted: there is no valgrind here");
        return;
    }
    if !gate(&sizes) {
        eprintln!(
            "a count differs from benches/counts.golden by more than 2 % (UPDATE_COUNTS=1 writes it anew)"
        );
        std::process::exit(1);
    }
}
