//! Limits and text hygiene: sizes, nesting, encodings, and what no case file can hold.

use onward::diagnostic::{Diagnostics, LineIndex};
use onward::syntax::{Limits, Source, parse};

use super::COMPLETE;

fn codes_of(source: &Source, limits: &Limits) -> Vec<&'static str> {
    Diagnostics::new(parse(source, limits).1).iter().map(|found| found.code.0).collect()
}

fn codes_in(bytes: impl Into<Vec<u8>>) -> Vec<&'static str> {
    codes_of(&Source::new("a.journey", bytes), &Limits::default())
}

/// Codes that are shown here rather than by a case file.
pub(super) fn codes() -> Vec<&'static str> {
    let small = Limits { definition_bytes: 20, operators: 2, problems: 1, ..Limits::default() };
    let mut found = codes_of(&Source::refused("a.journey", 1 << 40), &Limits::default());
    found.extend(codes_in(*b"# \xFF"));
    found.extend(codes_in("# \u{0}"));
    found.extend(codes_in(nested("who { ", "}", 40)));
    found.extend(codes_of(&Source::new("a", "segment long_enough { vip is yes }"), &small));
    let small = Limits { operators: 2, problems: 1, ..Limits::default() };
    found.extend(codes_of(&Source::new("a", "ranking a { score: a + b + c + d }"), &small));
    found.extend(codes_of(&Source::new("a", "segment a { b = c, d = e }"), &small));
    found
}

fn nested(open: &str, close: &str, levels: usize) -> String {
    format!("action a {{ {}{} }}", open.repeat(levels), close.repeat(levels))
}

#[test]
fn a_huge_file_is_refused_unread() {
    let source = Source::refused("a.journey", 100 << 20);
    assert_eq!(codes_of(&source, &Limits::default()), ["E0101"]);
}

#[test]
fn thirty_two_levels_are_read_and_one_more_is_refused() {
    assert!(codes_in(nested("who { ", "}", 31)).is_empty());
    assert_eq!(codes_in(nested("who { ", "}", 32)), ["E0104"]);
}

#[test]
fn a_byte_order_mark_is_skipped_at_the_start_only() {
    assert!(codes_in("\u{FEFF}segment a { vip is yes }").is_empty());
    assert_eq!(codes_in("segment a { \u{FEFF}vip is yes }"), ["E0108"]);
}

#[test]
fn windows_line_ends_are_read_and_lone_ones_refused() {
    let windows = COMPLETE.replace('\n', "\r\n");
    assert!(codes_in(windows).is_empty());
    assert_eq!(codes_in("segment a {\r  vip is yes\r}\r"), ["E0103"]);
}

#[test]
fn a_curly_quote_that_a_lone_line_end_leaves_open_is_shown_whole() {
    let text = "segment a { plan is \u{201c}d\r }\n";
    let source = Source::new("a.journey", text);
    let (_, problems) = parse(&source, &Limits::default());
    let open = problems.iter().find(|found| found.code.0 == "E0112").unwrap();
    assert_eq!(&text[open.primary.span.range()], "\u{201c}");
    assert_eq!(open.fixes[0].edits[0].span.start, 24, "behind the `d`");
}

#[test]
fn joiners_are_right_in_texts_and_wrong_in_names() {
    assert!(codes_in("segment a { plan is \"👩\u{200D}👧 ก\u{200B}ข\" }").is_empty());
    assert_eq!(codes_in("segment a { pl\u{200D}an is x }"), ["E0108"]);
    assert_eq!(codes_in("segment a { plan is \"a\u{202E}b\" }"), ["E0108"]);
    assert!(codes_in("segment a { plan is \"prix\u{A0}: “x”\" }").is_empty());
}

#[test]
fn names_of_one_script_are_read() {
    assert!(codes_in("segment สมาชิก { città is ก_1, プラン is yes, план is yes }").is_empty());
    assert_eq!(codes_in("segment a { pl\u{430}n is yes }"), ["E0110"]);
}

/// Breaks the byte at `at` and compares the place that is named with the one counted by hand.
fn broken_at(name: &str, good: &str, at: usize) {
    let mut bytes = good.as_bytes().to_vec();
    bytes[at] = 0xFF;
    let source = Source::new("a.journey", bytes);
    let found = Diagnostics::new(parse(&source, &Limits::default()).1);
    let first = found.iter().find(|found| found.code.0 == "E0102");
    assert!(first.is_some(), "{name}: nothing is said of byte {at}");
    let span = first.map(|found| found.primary.span).unwrap_or_default();
    let place = LineIndex::new(source.text()).place(span.start as usize);
    // A broken later byte makes the character wrong that it belongs to.
    let wrong = (0..=at).rev().find(|at| good.is_char_boundary(*at)).unwrap_or(0);
    let before = &good[..wrong];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
    assert_eq!((place.line as usize, place.column as usize), (line, column), "{name}: byte {at}");
}

#[test]
fn broken_utf8_is_reported_where_it_stands() {
    let short = [
        "segment a {\n  plan is \"caf\u{e9}\"\n  vip is yes\n}\n",
        "segment \u{e2a}\u{e21}\u{e32}\u{e0a}\u{e34}\u{e01} {\n  \u{e41}\u{e1c}\u{e19} is \"\u{e01}\" # \u{e02}\n}\n",
        "# \u{1F469}\u{200D}\u{1F467}\r\naction a {\r\n  value: EUR 120, note: \"\u{201c}x\u{201d}\"\r\n}\r\n",
        "scenario \"L\u{e9}a\" { given lea\n\tat 2026-09-08 10:00 ask home expect nothing }",
    ];
    for good in short {
        for at in 0..good.len() {
            broken_at(good, good, at);
        }
    }
    let mut files = Vec::new();
    for folder in ["tests/cases", "rules"] {
        journeys(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut files);
    }
    files.sort();
    assert!(files.len() >= 50, "only {} files", files.len());
    let stride = files.len() / 50;
    for path in files.iter().step_by(stride).take(50) {
        let good = std::fs::read_to_string(path).unwrap();
        // Seven places of each file, its first and last byte among them.
        for part in 0..7 {
            broken_at(&path.display().to_string(), &good, (good.len() - 1) * part / 6);
        }
    }
}

fn journeys(folder: &std::path::Path, into: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            journeys(&path, into);
        } else if path.extension().is_some_and(|ending| ending == "journey") {
            into.push(path);
        }
    }
}
