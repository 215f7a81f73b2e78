//! The house rules of ARCHITECTURE.md that are absences: checked by reading `src/`.

use std::collections::BTreeMap;
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

/// The code of a file: comments and test modules left out.
///
/// A test module is what stands below `#[cfg(test)]` up to the closing brace at the same indentation, or one
/// line where it is `mod tests;`.
fn code(text: &str) -> String {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut kept = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line.trim() == "#[cfg(test)]" {
            let opened = lines.by_ref().find(|line| !line.trim_start().starts_with("#["));
            if opened.is_some_and(|line| line.trim_end().ends_with('{')) {
                let _ =
                    lines.by_ref().find(|next| next.trim() == "}" && indent(next) == indent(line));
            }
        } else if !line.trim_start().starts_with("//") {
            kept.push(line);
        }
    }
    kept.join("\n")
}

#[test]
fn code_is_what_stands_outside_comments_and_test_modules() {
    let text = "use a;\n// std::fs\n#[cfg(test)]\n#[allow(x)]\nmod tests {\n    fn f() {\n    }\n}\nfn g() {}\n\
                #[cfg(test)]\nmod more;\nfn h() {}\n";
    assert_eq!(code(text), "use a;\nfn g() {}\nfn h() {}");
}

/// Files below `folder` whose code holds one of `words`.
fn offenders(folder: &str, words: &[&str], allowed: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for (name, text) in sources(folder) {
        // `mod tests;` stands below `#[cfg(test)]`.
        let tests = name.starts_with("src") && name.ends_with("/tests.rs");
        if tests || allowed.iter().any(|place| name.starts_with(place)) {
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
    let mut words = vec![
        "SystemTime",
        "Instant::now",
        "Timestamp::now",
        "Zoned::now",
        "std::fs",
        "File::open",
        "std::net",
        "thread_rng",
        " rand::",
        "rand_core",
        "rand_pcg",
        "println!",
        "eprintln!",
        "print!(",
        "std::env",
    ];
    let allowed = ["src/bin/", "src/mutant.rs", "src/watch/", "src/store/"];
    assert_eq!(offenders("src", &words, &allowed), [""; 0]);
    // Watching a folder needs files and the passing of time, and neither the hour nor anything else.
    words.retain(|word| !["Instant::now", "std::fs", "File::open"].contains(word));
    assert_eq!(offenders("src/watch", &words, &[]), [""; 0]);
    // Keeping customers needs files, and neither the hour nor chance of its own.
    words.push("Instant::now");
    assert_eq!(offenders("src/store", &words, &[]), [""; 0]);
    words.extend(["std::fs", "File::open"]);
    let disk = ["src/store/disk.rs", "src/store/folder.rs"];
    assert_eq!(offenders("src/store", &words, &disk), [""; 0]);
}

/// A change that goes past it is lost at the next start.
#[test]
fn records_are_changed_where_the_store_is_told() {
    assert_eq!(offenders("src", &["cache.change"], &["src/engine/store.rs"]), [""; 0]);
    // These work out anew, let go of what would go by itself, or have no store.
    let sweeping = ["src/engine/rehearsal.rs", "src/engine/swap.rs", "src/engine/track.rs"];
    assert_eq!(offenders("src", &["cache.sweep"], &sweeping), [""; 0]);
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

/// What a header lacks of: a first line, `In:`, `Out:`, and what the stage knows nothing of or cannot do.
fn header_lacks(text: &str) -> Vec<&'static str> {
    let header: Vec<&str> = text.lines().map_while(|line| line.strip_prefix("//!")).collect();
    let header = header.join("\n");
    let absence = ["nows nothing of", "never comes here"];
    let mut lacks = Vec::new();
    if header.lines().next().is_none_or(|first| first.trim().is_empty()) {
        lacks.push("a first line");
    }
    lacks.extend(["In: ", "Out: "].into_iter().filter(|word| !header.contains(word)));
    if !absence.iter().any(|word| header.contains(word)) {
        lacks.push("what it knows nothing of");
    }
    lacks
}

#[test]
fn every_mod_rs_says_what_comes_in_and_goes_out() {
    assert_eq!(header_lacks("//! A.\n//!\n//! In: a. Out: b. Knows nothing of c.\n"), [""; 0]);
    assert_eq!(header_lacks("//! A.\n//! B.\n// In: a. Out: b.\nmod x;\n").len(), 3);
    let mut wrong = Vec::new();
    let mut seen = 0;
    for (name, text) in sources("src").iter().filter(|(name, _)| name.ends_with("/mod.rs")) {
        seen += 1;
        let lacks = header_lacks(text);
        if !lacks.is_empty() {
            wrong.push(format!("{name} lacks {lacks:?}"));
        }
    }
    assert!(seen >= 8, "only {seen} stages");
    assert_eq!(wrong, [""; 0]);
}

/// A map without order may be looked into; walked, its order would reach a decision or an output.
#[test]
fn nothing_keeps_a_map_without_order() {
    let words = ["HashMap", "HashSet", "hash_map::", "hash_set::", "IndexMap"];
    // These look up what they met before, and never walk it; each with the names of its maps.
    let allowed = [
        ("src/bin/onward/customers.rs", &["seen"][..]),
        ("src/check/forks.rs", &["own", "numbers"][..]),
        ("src/compile/mod.rs", &["known"][..]),
        ("src/syntax/known.rs", &["shapes"][..]),
        ("src/compile/index/table.rs", &["same"][..]),
        ("src/compile/index/normal.rs", &["ids", "written"][..]),
    ];
    assert_eq!(offenders("src", &words, &allowed.map(|(name, _)| name)), [""; 0]);
    let sources_by_name: BTreeMap<_, _> = sources("src").into_iter().collect();
    for (name, maps) in allowed {
        let code = code(&sources_by_name[name]);
        for map in maps {
            let asks = [".insert(", ".entry(", ".get("];
            assert!(asks.iter().any(|way| code.contains(&format!("{map}{way}"))), "{name}: {map}");
            for way in [".iter(", ".drain(", ".into_iter(", ".keys(", ".values(", ".retain("] {
                assert!(!code.contains(&format!("{map}{way}")), "{name}: {map}{way}");
            }
            for walk in [format!("in {map}"), format!("in &{map}"), format!("in self.{map}")] {
                assert!(!code.contains(&format!("{walk} {{")), "{name}: {walk}");
            }
        }
    }
    // The one concurrent map: what leaves it in bulk is sorted, or each record is changed on its own.
    let (_, cache) =
        sources("src/profile").into_iter().find(|(name, _)| name.ends_with("cache.rs")).unwrap();
    let cache = code(&cache);
    let functions: Vec<&str> = cache.split(" fn ").skip(1).collect();
    let walks = |text: &str| {
        let maps = ["self.ids", "self.records", "self.moved"];
        let ways = [".iter()", ".iter_mut()", ".retain(", ".into_iter()"];
        maps.iter().any(|map| ways.iter().any(|way| text.contains(&format!("{map}{way}"))))
    };
    let walking: Vec<&str> = functions.into_iter().filter(|text| walks(text)).collect();
    assert!(
        !walking.is_empty(),
        "the concurrent map is walked in words that this test does not know"
    );
    for text in walking {
        let harmless = text.contains("sort_unstable()") || text.starts_with("sweep(");
        assert!(harmless, "the order of the concurrent map gets out:\n{text}");
    }
}
