//! Goal 4, text hygiene, on fifty whole files: every byte made no UTF-8, byte order marks, Windows line ends and
//! control characters; each is told with the right code, at the right line and column.

use std::path::{Path, PathBuf};

use onward::diagnostic::{Diagnostic, Diagnostics, LineIndex, Place};
use onward::syntax::{Limits, Source, parse, print};

/// Fifty of the examples' rule files and of the decision cases' rules: first those with letters beyond ASCII, then
/// the shortest. The largest are left out, since every byte of a file costs one reading of the whole file.
fn fifty_files() -> Vec<(String, String)> {
    fn walk(folder: &Path, into: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, into);
            } else if path.extension().is_some_and(|ending| ending == "journey") {
                into.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut rules, mut cases) = (Vec::new(), Vec::new());
    walk(&root.join("rules"), &mut rules);
    walk(&root.join("tests/cases/decide"), &mut cases);
    rules.sort();
    cases.sort();
    let rules_only = |path: &PathBuf| {
        let text = std::fs::read_to_string(path).unwrap();
        // A case file holds more than rules below the first line of dashes.
        let end = text.find("\n--- ").map_or(text.len(), |at| at + 1);
        (path.strip_prefix(root).unwrap().display().to_string(), text[..end].to_owned())
    };
    let mut files: Vec<_> = rules.iter().chain(&cases).map(rules_only).collect();
    files.retain(|(_, text)| text.len() < 3_500);
    files.sort_by_key(|(name, text)| (text.is_ascii(), text.len(), name.clone()));
    files.truncate(50);
    assert_eq!(files.len(), 50, "fewer than fifty files of rules");
    files
}

fn problems(bytes: impl Into<Vec<u8>>) -> (Source, Vec<Diagnostic>) {
    let source = Source::new("a.journey", bytes);
    let found = Diagnostics::new(parse(&source, &Limits::default()).1).iter().cloned().collect();
    (source, found)
}

/// Line and columns of what stands behind these bytes, counted by hand.
fn place_after(before: &str) -> Place {
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    let last = before.rsplit('\n').next().unwrap();
    let count = |n: usize| u32::try_from(n + 1).unwrap();
    Place {
        line: u32::try_from(line).unwrap(),
        column: count(last.chars().count()),
        column_utf16: count(last.encode_utf16().count()),
        column_utf8: count(last.len()),
    }
}

fn place_of(source: &Source, found: &Diagnostic) -> Place {
    LineIndex::new(source.text()).place(found.primary.span.start as usize)
}

#[test]
fn the_fifty_files_are_good_as_they_are() {
    let files = fifty_files();
    for (name, text) in &files {
        let (_, found) = problems(text.as_str());
        assert!(found.is_empty(), "{name}: {found:#?}");
    }
    let beyond_ascii = files.iter().filter(|(_, text)| !text.is_ascii()).count();
    assert!(beyond_ascii >= 5, "only {beyond_ascii} of the files have letters beyond ASCII");
}

#[test]
fn one_broken_byte_anywhere_in_fifty_files_is_told_at_its_place() {
    let mut tried = 0;
    for (name, text) in fifty_files() {
        for at in 0..text.len() {
            let mut bytes = text.as_bytes().to_vec();
            bytes[at] = 0xFF;
            // A broken later byte of a letter makes the whole letter wrong: it begins earlier.
            let wrong = (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap();
            let (source, found) = problems(bytes);
            let broken: Vec<_> = found.iter().filter(|it| it.code.0 == "E0102").collect();
            assert_eq!(broken.len(), 1, "{name}, byte {at}: {found:#?}");
            assert_eq!(
                place_of(&source, broken[0]),
                place_after(&text[..wrong]),
                "{name}, byte {at}"
            );
            tried += 1;
        }
    }
    assert!(tried > 20_000, "only {tried} bytes");
}

#[test]
fn a_file_that_ends_inside_a_letter_is_told_at_that_letter() {
    let mut tried = 0;
    for (name, text) in fifty_files() {
        for (at, letter) in text.char_indices().filter(|(_, letter)| letter.len_utf8() > 1) {
            let (source, found) = problems(&text.as_bytes()[..=at]);
            let broken = found.iter().find(|it| it.code.0 == "E0102");
            let broken =
                broken.unwrap_or_else(|| panic!("{name}, cut inside {letter}: {found:#?}"));
            assert_eq!(place_of(&source, broken), place_after(&text[..at]), "{name}, byte {at}");
            tried += 1;
        }
    }
    assert!(tried > 200, "only {tried} letters");
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_change_no_tree() {
    for (name, text) in fifty_files() {
        let limits = Limits::default();
        let tree = |text: String| parse(&Source::new("a.journey", text), &limits);
        let (plain, _) = tree(text.clone());
        for other in [
            format!("\u{FEFF}{text}"),
            text.replace('\n', "\r\n"),
            format!("\u{FEFF}{}", text.replace('\n', "\r\n")),
        ] {
            let (file, found) = tree(other);
            assert!(found.is_empty(), "{name}: {found:#?}");
            assert_eq!(print(&file), print(&plain), "{name}");
        }
    }
}

/// A sign put between any two characters of each file, at a stride that comes by every kind of place.
fn put_in(sign: &str, code: &str, stride: usize) {
    let mut tried = 0;
    for (number, (name, text)) in fifty_files().into_iter().enumerate() {
        for (at, _) in text.char_indices().skip(number % stride).step_by(stride) {
            let (before, after) = text.split_at(at);
            let (source, found) = problems(format!("{before}{sign}{after}"));
            let told: Vec<_> = found.iter().filter(|it| it.code.0 == code).collect();
            assert_eq!(told.len(), 1, "{name}, byte {at}: {found:#?}");
            assert_eq!(place_of(&source, told[0]), place_after(before), "{name}, byte {at}");
            tried += 1;
        }
    }
    assert!(tried > 1_000, "only {tried} places");
}

#[test]
fn a_zero_character_is_told_at_its_place() {
    put_in("\u{0}", "E0103", 7);
}

#[test]
fn a_mark_that_turns_the_reading_direction_is_told_at_its_place() {
    put_in("\u{202E}", "E0108", 13);
}

#[test]
fn a_lone_carriage_return_is_told_at_its_place() {
    // Before a line end it would be half of a Windows line end, which is good.
    let mut tried = 0;
    for (name, text) in fifty_files() {
        for (at, _) in text.char_indices().filter(|(_, c)| *c != '\n').step_by(11) {
            let (before, after) = text.split_at(at);
            let (source, found) = problems(format!("{before}\r{after}"));
            let told: Vec<_> = found.iter().filter(|it| it.code.0 == "E0103").collect();
            assert_eq!(told.len(), 1, "{name}, byte {at}: {found:#?}");
            assert_eq!(place_of(&source, told[0]), place_after(before), "{name}, byte {at}");
            tried += 1;
        }
    }
    assert!(tried > 1_000, "only {tried} places");
}
