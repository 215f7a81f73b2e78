//! The house rules of ARCHITECTURE.md that are absences: checked by reading `src/`.

use std::path::{Path, PathBuf};

/// Every Rust file below `folder` with its text, sorted by path.
fn sources(folder: &str) -> Vec<(String, String)> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                found.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    walk(&root.join(folder), &mut found);
    found.sort();
    assert!(!found.is_empty(), "no Rust file below {folder}");
    let name = |path: &Path| path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
    found.iter().map(|path| (name(path), std::fs::read_to_string(path).unwrap())).collect()
}

/// The code of a file: comments and the test module left out.
fn code(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// Files below `folder` whose code holds one of `words`.
fn offenders(folder: &str, words: &[&str], allowed: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for (name, text) in sources(folder) {
        if allowed.iter().any(|place| name.starts_with(place)) {
            continue;
        }
        let code = code(&text);
        found.extend(
            words.iter().filter(|word| code.contains(*word)).map(|word| format!("{name}: {word}")),
        );
    }
    found
}

#[test]
fn pest_is_known_to_syntax_alone() {
    assert_eq!(offenders("src", &["pest::", "pest_derive"], &["src/syntax/"]), [""; 0]);
}

#[test]
fn dashmap_is_known_to_the_cache_alone() {
    assert_eq!(offenders("src", &["dashmap"], &["src/profile/cache.rs"]), [""; 0]);
}

#[test]
fn arc_swap_is_known_to_the_engine_alone() {
    assert_eq!(offenders("src", &["arc_swap"], &["src/engine.rs"]), [""; 0]);
}

#[test]
fn the_library_reads_no_clock_no_file_and_no_chance_and_prints_nothing() {
    let words = [
        "SystemTime",
        "Instant::now",
        "Timestamp::now",
        "Zoned::now",
        "std::fs",
        "File::open",
        "std::net",
        "thread_rng",
        "use rand",
        " rand::",
        "println!",
        "eprintln!",
        "print!(",
        "std::env",
    ];
    let allowed = ["src/bin/", "src/mutant.rs"];
    assert_eq!(offenders("src", &words, &allowed), [""; 0]);
}

#[test]
fn running_knows_nothing_of_reading() {
    let words = ["syntax::", "crate::syntax"];
    for folder in ["src/compile", "src/runtime", "src/profile"] {
        assert_eq!(offenders(folder, &words, &[]), [""; 0], "{folder}");
    }
    assert_eq!(offenders("src/runtime", &["check::check", "check::Context"], &[]), [""; 0]);
}

#[test]
fn reading_knows_nothing_of_running() {
    let words = ["crate::runtime", "crate::compile", "crate::profile", "crate::engine"];
    for folder in ["src/syntax", "src/check", "src/diagnostic", "src/value"] {
        assert_eq!(offenders(folder, &words, &[]), [""; 0], "{folder}");
    }
    assert_eq!(offenders("src/syntax", &["crate::check", "crate::decision"], &[]), [""; 0]);
}

#[test]
fn the_reference_shares_no_code_with_the_engine() {
    let words =
        ["onward::check", "onward::compile", "onward::runtime", "onward::value::read", "Engine"];
    assert_eq!(offenders("tests/it/reference", &words, &[]), [""; 0]);
}

#[test]
fn files_keep_to_one_noun() {
    let long: Vec<_> = sources("src")
        .into_iter()
        .filter(|(name, text)| text.lines().count() > 800 && name != "src/syntax/ast.rs")
        .map(|(name, text)| format!("{name}: {} lines", text.lines().count()))
        .collect();
    assert_eq!(long, [""; 0], "near 800 lines, look for the second noun");
}

#[test]
fn every_mod_rs_says_what_comes_in_and_goes_out() {
    for (name, text) in sources("src").iter().filter(|(name, _)| name.ends_with("/mod.rs")) {
        let header: Vec<_> = text.lines().take_while(|line| line.starts_with("//!")).collect();
        assert!(header.len() >= 2, "{name} has no header that says what it is");
    }
}
