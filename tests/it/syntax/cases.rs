//! The message of every mistake: `tests/cases/syntax/*.journey`, source and expectation in one file.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use onward::diagnostic::{Diagnostic, Diagnostics, LineIndex, all_codes};
use onward::syntax::{Limits, Source, parse};

const MARK: &str = "--- problems\n";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/syntax")
}

fn cases() -> Vec<(PathBuf, String)> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        (path, text)
    };
    files.into_iter().map(read).filter(|(_, text)| text.contains(MARK)).collect()
}

fn problems(text: &str) -> Vec<Diagnostic> {
    let source = Source::new("a.journey", text);
    Diagnostics::new(parse(&source, &Limits::default()).1).into_vec()
}

fn rendered(text: &str) -> String {
    let index = LineIndex::new(text);
    let mut out = String::new();
    for found in problems(text) {
        let start = index.place(found.primary.span.start as usize);
        let end = index.place(found.primary.span.end as usize);
        let _ = writeln!(
            out,
            "{} {}:{}-{}:{} {}\n  why: {}",
            found.code,
            start.line,
            start.column,
            end.line,
            end.column,
            found.headline,
            found.primary.text
        );
        for help in &found.help {
            let _ = writeln!(out, "  help: {help}");
        }
        for fix in &found.fixes {
            let sure = if fix.certain { "fix!" } else { "fix" };
            let _ = writeln!(out, "  {sure}: {}", fix.paste.replace('\n', "\n    | "));
        }
    }
    out
}

#[test]
fn every_case_says_what_it_should() {
    let update = std::env::var_os("UPDATE_EXPECT").is_some();
    let mut wrong = Vec::new();
    for (path, text) in cases() {
        let (source, expected) = text.split_once(MARK).unwrap();
        let found = rendered(source);
        if update {
            std::fs::write(&path, format!("{source}{MARK}{found}")).unwrap();
        } else if found != expected {
            wrong.push(format!("{}\nexpected:\n{expected}\nfound:\n{found}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Applies the certain fixes, from the back so that offsets stay right.
fn mended(text: &str) -> String {
    let mut edits: Vec<_> = problems(text)
        .into_iter()
        .filter(|found| found.fixes.len() == 1)
        .flat_map(|found| found.fixes)
        .filter(|fix| fix.certain)
        .flat_map(|fix| fix.edits)
        .collect();
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.span.start));
    let mut out = text.to_owned();
    for edit in edits {
        out.replace_range(edit.span.range(), &edit.text);
    }
    out
}

#[test]
fn certain_fixes_mend_what_they_say() {
    let mut mended_some = 0;
    for (path, text) in cases() {
        let (source, _) = text.split_once(MARK).unwrap();
        let before = problems(source);
        let certain =
            before.iter().filter(|found| found.fixes.iter().any(|fix| fix.certain)).count();
        let left = problems(&mended(source));
        assert!(
            left.len() + certain <= before.len(),
            "{}: {} of {} were certain, left:\n{}",
            path.display(),
            certain,
            before.len(),
            rendered(&mended(source)),
        );
        mended_some += certain;
    }
    assert!(mended_some >= 40, "only {mended_some} certain fixes in all cases");
}

#[test]
fn every_choice_can_be_applied_too() {
    for (path, text) in cases() {
        let (source, _) = text.split_once(MARK).unwrap();
        for found in problems(source) {
            for fix in found.fixes {
                let mut changed = source.to_owned();
                let mut edits = fix.edits.clone();
                edits.sort_by_key(|edit| std::cmp::Reverse(edit.span.start));
                for edit in edits {
                    changed.replace_range(edit.span.range(), &edit.text);
                }
                let same = problems(&changed).iter().filter(|p| p.code == found.code).count();
                let before = problems(source).iter().filter(|p| p.code == found.code).count();
                assert!(
                    fix.edits.is_empty() || same < before || found.code.0 == "E0112",
                    "{}: {} `{}` leaves the problem:\n{changed}",
                    path.display(),
                    found.code,
                    fix.paste
                );
            }
        }
    }
}

#[test]
fn every_code_has_a_story_and_a_case() {
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for (_, text) in cases() {
        let (source, _) = text.split_once(MARK).unwrap();
        seen.extend(problems(source).iter().map(|found| found.code.0));
    }
    seen.extend(super::limits::codes());
    let registered: BTreeSet<&str> =
        all_codes().map(|info| info.code).filter(|code| code.starts_with("E01")).collect();
    assert_eq!(seen, registered);
    for info in all_codes().filter(|info| info.code.starts_with("E01")) {
        assert!(info.story.len() > 80, "{} has no story", info.code);
    }
}
