//! The planted faults: `tests/mutants/*.md` names each with the test that must notice it.
//!
//! `cargo test --test it mutants -- --ignored --nocapture` builds the suite once with the faults in, unoptimised,
//! then runs each named test: with no fault on it must pass, with its fault on it must fail. Part of `.ci/run`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

struct Planted {
    name: String,
    killed_by: String,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The rows `| mutant | what it breaks | killed by |` of every list.
fn listed() -> Vec<Planted> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(root().join("tests/mutants"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "md"))
        .collect();
    files.sort();
    let mut found = Vec::new();
    for file in files {
        for row in std::fs::read_to_string(&file).unwrap().lines() {
            let cells: Vec<_> = row.split('|').map(|cell| cell.trim().trim_matches('`')).collect();
            let heading = |cell: &str| cell.starts_with('-') || cell == "mutant";
            if let ["", name, _, killed_by, ""] = cells[..]
                && !heading(name)
            {
                found.push(Planted { name: name.to_owned(), killed_by: killed_by.to_owned() });
            }
        }
    }
    found
}

/// Every name that stands in `mutant!("...")` below `src`.
fn planted(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            planted(&path, found);
        } else if !path.ends_with("mutant.rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            found.extend(
                text.split("mutant!(\"")
                    .skip(1)
                    .filter_map(|rest| rest.split_once('"').map(|(name, _)| name.to_owned())),
            );
        }
    }
}

#[test]
fn every_planted_fault_is_listed_once_with_its_test() {
    let mut in_code = BTreeSet::new();
    planted(&root().join("src"), &mut in_code);
    let list = listed();
    let names: BTreeSet<_> = list.iter().map(|row| row.name.clone()).collect();
    assert_eq!(names.len(), list.len(), "a fault is listed twice");
    assert_eq!(names, in_code, "tests/mutants/*.md and mutant!(...) in src differ");
    assert!(names.len() >= 12, "at least twelve planted faults: {}", names.len());
}

/// The names of all tests of this binary, as its own harness lists them.
fn tests_here() -> BTreeSet<String> {
    let binary = std::env::current_exe().unwrap();
    let output = Command::new(binary).arg("--list").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().filter_map(|line| line.strip_suffix(": test")).map(str::to_owned).collect()
}

#[test]
fn every_test_that_is_said_to_notice_a_fault_exists() {
    let tests = tests_here();
    assert!(
        tests.contains("mutants::every_planted_fault_is_noticed"),
        "the harness lists its tests in another form: {:?}",
        tests.iter().next()
    );
    let unknown: Vec<_> = listed()
        .into_iter()
        .filter(|row| !tests.contains(&row.killed_by))
        .map(|row| format!("{}: no test is called {}", row.name, row.killed_by))
        .collect();
    assert!(unknown.is_empty(), "{}", unknown.join("\n"));
}

/// Builds the suite with the faults in, apart from the normal build; the path of its binary.
fn build() -> String {
    let target = std::env::var_os("CARGO_TARGET_DIR");
    let target = target.map_or_else(|| root().join("target"), PathBuf::from);
    let build = Command::new(env!("CARGO"))
        .current_dir(root())
        .args(["test", "--test", "it", "--no-run", "--message-format=json"])
        .env("RUSTFLAGS", "--cfg mutants")
        .env("CARGO_TARGET_DIR", target.join("mutants"))
        // Each test runs twice at most: compiling is what costs.
        .env("CARGO_PROFILE_TEST_OPT_LEVEL", "0")
        .output()
        .unwrap();
    assert!(build.status.success(), "{}", String::from_utf8_lossy(&build.stderr));
    String::from_utf8_lossy(&build.stdout)
        .lines()
        .filter(|line| line.contains("\"name\":\"it\""))
        .filter_map(|line| {
            line.split("\"executable\":\"").nth(1)?.split('"').next().map(str::to_owned)
        })
        .next_back()
        .expect("the built test binary")
}

/// What happened to one test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ran {
    Passed,
    Failed,
    /// It did not run to its own end: no test of this name, or the process died.
    Neither,
}

/// One process for one test, so that the fault is on from its first moment.
fn run(binary: &str, test: &str, fault: Option<&str>) -> Ran {
    let mut command = Command::new(binary);
    command.current_dir(root()).args(["--exact", test]).env_remove("ONWARD_MUTANT");
    if let Some(fault) = fault {
        command.env("ONWARD_MUTANT", fault);
    }
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if text.contains("test result: ok. 1 passed") {
        Ran::Passed
    } else if text.contains("test result: FAILED. 0 passed; 1 failed") {
        Ran::Failed
    } else {
        Ran::Neither
    }
}

/// Each on one of two threads; what `ran` says of it, in the order of the list.
fn on_two_threads<T: Sync>(list: &[T], ran: impl Fn(&T) -> Ran + Sync) -> Vec<Ran> {
    let (next, found) = (AtomicUsize::new(0), Mutex::new(vec![Ran::Neither; list.len()]));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    let Some(one) = list.get(place) else { break };
                    let came = ran(one);
                    found.lock().unwrap()[place] = came;
                }
            });
        }
    });
    found.into_inner().unwrap()
}

#[test]
#[ignore = "builds the suite a second time; run by name, see the header"]
fn every_planted_fault_is_noticed() {
    let began = Instant::now();
    let binary = build();
    let built = began.elapsed();
    let list = listed();
    let tests: BTreeSet<_> = list.iter().map(|row| row.killed_by.clone()).collect();
    let tests: Vec<_> = tests.into_iter().collect();
    let mut troubles = Vec::new();
    for (test, ran) in tests.iter().zip(on_two_threads(&tests, |test| run(&binary, test, None))) {
        if ran != Ran::Passed {
            troubles.push(format!("{test}: {ran:?} without any fault"));
        }
    }
    let with_fault = on_two_threads(&list, |row| run(&binary, &row.killed_by, Some(&row.name)));
    let mut noticed = 0;
    for (row, ran) in list.iter().zip(with_fault) {
        match ran {
            Ran::Failed => noticed += 1,
            Ran::Passed => troubles.push(format!("{} SURVIVED {}", row.name, row.killed_by)),
            Ran::Neither => troubles.push(format!("{} killed the process", row.name)),
        }
    }
    let seconds = (began.elapsed() - built).as_secs();
    println!(
        "{} planted, {noticed} noticed by {} tests in {seconds} s, after {} s of building",
        list.len(),
        tests.len(),
        built.as_secs()
    );
    assert!(troubles.is_empty(), "{}", troubles.join("\n"));
}
