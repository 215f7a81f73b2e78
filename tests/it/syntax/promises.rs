//! Goals 1 to 3 and 5: whatever comes in, an answer comes out, soon and in little memory.

use std::time::{Duration, Instant};

use allocation_counter::measure;
use onward::diagnostic::Diagnostic;
use onward::syntax::ast::File;
use onward::syntax::{Limits, Source, parse, print};

use super::COMPLETE;
use super::generate::Dice;

const RUNS: u64 = 250_000;

/// The text that the fuzzer starts from, definition by definition.
fn seeds() -> Vec<Vec<u8>> {
    let mut found: Vec<Vec<u8>> = Vec::new();
    for (at, line) in COMPLETE.lines().enumerate() {
        if at == 0 || line.starts_with(|c: char| c.is_ascii_lowercase()) {
            found.push(Vec::new());
        }
        let last = found.last_mut().unwrap();
        last.extend_from_slice(line.as_bytes());
        last.push(b'\n');
    }
    found
}

const TOKENS: [&str; 48] = [
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    "\"",
    "#",
    ",",
    ":",
    "\n",
    "\r",
    "\\",
    ".",
    "%",
    "=",
    ">=",
    "EUR 40",
    "1,250",
    "30 days",
    "2026-09-01",
    "09:00",
    "is",
    "not",
    "in",
    "to",
    "by",
    "of",
    "per",
    "else",
    "where {",
    "when {",
    "any {",
    "min of [",
    "at most",
    "retry for 1 day then",
    "action x {",
    "segment y {",
    "and",
    "or",
    "\u{202E}",
    "“",
    "\u{A0}",
    "а",
    "👩‍👧",
    "\u{0}",
    "//",
    "if_unknown",
];

/// One or two seeds, with a few random changes.
pub(crate) fn mutated(seeds: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = seeds[dice.below(seeds.len())].clone();
    if dice.one_in(3) {
        bytes.extend_from_slice(&seeds[dice.below(seeds.len())]);
    }
    for _ in 0..=dice.below(4) {
        let at = dice.below(bytes.len() + 1);
        let end = (at + dice.below(12)).min(bytes.len());
        match dice.below(8) {
            0 => bytes.insert(at, dice.roll() as u8),
            1 => drop(bytes.drain(at..end)),
            2 => {
                let token = TOKENS[dice.below(TOKENS.len())];
                bytes.splice(at..end, token.bytes());
            }
            3 => {
                let token = format!(" {} ", TOKENS[dice.below(TOKENS.len())]);
                bytes.splice(at..at, token.repeat(1 + dice.below(3)).into_bytes());
            }
            4 => {
                let piece = bytes[at..end].to_vec();
                bytes.splice(at..at, piece.repeat(1 + dice.below(20)));
            }
            // Line-wise: repeat, drop, or take one from elsewhere.
            5 | 6 => {
                let mut lines: Vec<Vec<u8>> =
                    bytes.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
                let one = dice.below(lines.len());
                let other = dice.below(lines.len());
                if dice.one_in(2) {
                    lines.swap(one, other);
                } else {
                    drop(lines.remove(one));
                }
                bytes = lines.join(&b'\n');
            }
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << dice.below(8);
                }
            }
        }
    }
    bytes
}

fn checked(source: &Source, limits: &Limits) -> (File, Vec<Diagnostic>) {
    let (file, problems) = parse(source, limits);
    for found in &problems {
        let text = source.text();
        let spans = found.fixes.iter().flat_map(|fix| fix.edits.iter().map(|edit| edit.span));
        for span in spans.chain([found.primary.span]) {
            assert!(text.get(span.range()).is_some(), "{}: {span:?} of {text:?}", found.code);
        }
        assert!(found.code.info().is_some(), "{} is not registered", found.code);
        assert!(!found.headline.is_empty() && !found.primary.text.is_empty());
    }
    (file, problems)
}

#[test]
fn the_fuzzer_finds_no_panic_no_hang_and_no_waste() {
    let seeds = seeds();
    let limits = Limits::default();
    let mut good = 0;
    for seed in 0..RUNS {
        let bytes = mutated(&seeds, &mut Dice(seed));
        let size = bytes.len();
        let source = Source::new("a.journey", bytes);
        let bound = Duration::from_micros(1000 + 2 * size as u64);
        let mut best = Duration::MAX;
        let mut most = 0;
        let mut result = None;
        // The clock of a busy machine is noisy: an offender is measured again, and its best counts.
        for _ in 0..25 {
            let before = Instant::now();
            let info = measure(|| result = Some(parse(&source, &limits)));
            best = best.min(before.elapsed());
            most = info.bytes_max;
            if best <= bound {
                break;
            }
        }
        assert!(best <= bound, "seed {seed}: {best:?} for {size} bytes");
        assert!(most <= (1 << 20) + 50 * size as u64, "seed {seed}: {most} bytes for {size}");
        if seed % 5 == 0 {
            let (file, problems) = checked(&source, &limits);
            if problems.is_empty() {
                good += 1;
                let text = print(&file);
                let (again, problems) = checked(&Source::new("a.journey", text.as_str()), &limits);
                assert!(problems.is_empty(), "seed {seed}: {problems:?}\n{text}");
                assert_eq!(print(&again), text, "seed {seed}");
            }
        }
    }
    assert!(good > 1_000, "the fuzzer hardly ever makes good text: {good}");
}

/// What is opened again and again, and closed again.
const KINDS: [(&str, &str); 16] = [
    ("{", "}"),
    ("who { ", "}"),
    ("any {\n", "}\n"),
    ("a: [", "]"),
    ("score: (", ")"),
    ("score: min of [", "]"),
    ("count of x where { ", "}"),
    ("when { ", "}: continue"),
    ("retry for 1 day then ", ""),
    ("not ", ""),
    ("score: a + ", ""),
    ("- ", ""),
    ("\"", ""),
    ("\\", ""),
    ("#", ""),
    ("action a { who { ", "} }"),
];

#[test]
fn deep_nesting_is_refused_on_a_small_stack() {
    let run = || {
        for (open, close) in KINDS {
            for levels in [33, 1_000, 100_000, 1_000_000] {
                let sizes = if levels <= 100_000 { usize::MAX } else { 256 << 10 };
                let limits =
                    Limits { file_bytes: u64::MAX, definition_bytes: sizes, ..Limits::default() };
                for closed in [false, true] {
                    let mut text = format!("action a {{\n{}", open.repeat(levels));
                    if closed {
                        text.push('x');
                        text.push_str(&close.repeat(levels));
                        text.push_str("\n}\n");
                    }
                    let source = Source::new("a.journey", text);
                    let (_, problems) = parse(&source, &limits);
                    // A comment of many signs is a comment, as long as its definition is not too large.
                    let good = open == "#" && closed && levels <= sizes;
                    assert_eq!(problems.is_empty(), good, "{levels} of `{open}`");
                }
            }
        }
    };
    let small = std::thread::Builder::new().stack_size(512 << 10).spawn(run);
    small.unwrap().join().unwrap();
}

#[test]
fn nested_lines_that_fail_late_cost_no_more_than_others() {
    for (open, close) in KINDS {
        let text =
            format!("action a {{\n{}x{} ?\n}}\n", open.repeat(30), format!("{close} ?").repeat(30));
        let source = Source::new("a.journey", text);
        let bound = Duration::from_millis(20);
        let mut best = Duration::MAX;
        for _ in 0..5 {
            best = best.min(time_of(&source, &Limits::default()));
            if best < bound {
                break;
            }
        }
        assert!(best < bound, "{open}: {best:?}");
    }
}

#[test]
fn a_hundred_megabytes_are_refused_early() {
    let source = Source::new("a.journey", vec![b'a'; 100 << 20]);
    let mut codes = Vec::new();
    let info = measure(|| {
        codes = parse(&source, &Limits::default()).1.iter().map(|found| found.code.0).collect();
    });
    assert_eq!(codes, ["E0101"]);
    assert!(time_of(&source, &Limits::default()) < Duration::from_millis(50));
    assert!(info.bytes_max < 8 << 20, "{} bytes", info.bytes_max);
}

fn time_of(source: &Source, limits: &Limits) -> Duration {
    let once = || {
        let before = Instant::now();
        let _ = parse(source, limits);
        before.elapsed()
    };
    (0..3).map(|_| once()).min().unwrap()
}

#[test]
fn time_and_memory_are_linear_in_the_file() {
    let limits = Limits { file_bytes: u64::MAX, ..Limits::default() };
    let of = |unit: &str, bytes: usize| Source::new("a.journey", unit.repeat(bytes / unit.len()));
    for unit in [
        COMPLETE,
        "segment a { b = c }\n",
        "{",
        "}",
        "\"",
        "a\n",
        "\u{A0}",
        "\r",
        "a\r",
        "\r\u{0}",
        "\u{0}",
        "\u{0}a",
        "\u{200B}",
        "a\u{200B} ",
        "“",
        "1,1",
        "1,1 ",
        "[",
        "# \n",
        "а",
    ] {
        let one = time_of(&of(unit, 256 << 10), &limits);
        let four = time_of(&of(unit, 1 << 20), &limits);
        let slow = |one: Duration, four: Duration| four >= one * 10 + Duration::from_millis(20);
        let mut measured = (one, four);
        for _ in 0..4 {
            if !slow(measured.0, measured.1) {
                break;
            }
            let whole = time_of(&of(unit, 1 << 20), &limits).min(measured.1);
            measured = (measured.0, whole);
        }
        let (one, four) = measured;
        assert!(!slow(one, four), "{unit:.20}: {one:?} for a quarter, {four:?} for the whole");
        let source = of(unit, 1 << 20);
        let most = measure(|| drop(parse(&source, &limits))).bytes_max;
        assert!(most <= (1 << 20) + (50 << 20), "{unit:.20}: {most} bytes for one megabyte");
        // Small and in between too: what grows by doubling is at its worst right behind a power of two.
        for bytes in [9 << 10, 11 << 10, 21 << 10, 33 << 10, 66 << 10, 270 << 10] {
            let source = of(unit, bytes);
            let most = measure(|| drop(parse(&source, &limits))).bytes_max;
            let bound = (1 << 20) + 50 * bytes as u64;
            assert!(most <= bound, "{unit:.20}: {most} bytes for {bytes}");
        }
    }
}

#[test]
fn bytes_that_are_no_text_cost_no_more_memory() {
    for bytes in [9 << 10, 33 << 10, 270 << 10, 1 << 20] {
        for unit in [&b"\xFF"[..], b"\xFFa", b"\xFF\n", b"\xFF\r"] {
            let source = Source::new("a.journey", unit.repeat(bytes / unit.len()));
            let most = measure(|| drop(parse(&source, &Limits::default()))).bytes_max;
            let bound = (1 << 20) + 50 * bytes as u64;
            assert!(most <= bound, "{unit:?}: {most} bytes for {bytes}");
        }
    }
}

#[test]
fn what_stands_behind_ten_thousand_mistakes_of_the_keyboard_is_not_read() {
    // A file with the line ends of old machines: one report of them, and none of what they hid.
    for lines in [9_000, 30_000] {
        let text = "segment a {\r  plan is fibre\r}\r".repeat(lines / 3);
        let (_, problems) = checked(&Source::new("a.journey", text), &Limits::default());
        let codes: Vec<&str> = problems.iter().map(|found| found.code.0).collect();
        assert_eq!(codes, ["E0103"], "{lines}");
    }
}

/// Every prefix, and every text with one byte less.
fn cut(text: &str) -> usize {
    let limits = Limits::default();
    let mut refused = 0;
    for at in 0..text.len() {
        let mut shorter = text.as_bytes().to_vec();
        shorter.remove(at);
        for bytes in [text.as_bytes()[..at].to_vec(), shorter] {
            let source = Source::new("a.journey", bytes);
            let (file, problems) = checked(&source, &limits);
            if problems.is_empty() {
                let (again, more) = parse(&Source::new("a.journey", print(&file)), &limits);
                assert!(more.is_empty(), "{at}: {more:?}");
                assert_eq!(again.definitions.len(), file.definitions.len());
            } else {
                refused += 1;
            }
        }
    }
    refused
}

#[test]
fn cut_files_are_valid_or_refused() {
    let refused = cut(COMPLETE);
    assert!(refused > COMPLETE.len() / 2, "only {refused} of {} were refused", 2 * COMPLETE.len());
    let thai = "segment สมาชิก {\n  แผน is \"ก\"\n  any { age in 18 to 29, vip is yes }\n}\n";
    let refused = cut(thai);
    // A prefix is good only before the first word, or when the last line end is missing.
    assert!(refused > thai.len() / 2);
}

#[test]
fn a_missing_line_costs_at_most_two_reports() {
    let lines: Vec<&str> = COMPLETE.lines().collect();
    for skip in 0..lines.len() {
        let kept = lines.iter().enumerate().filter(|(at, _)| *at != skip).map(|(_, line)| *line);
        let text = kept.collect::<Vec<_>>().join("\n");
        let (_, problems) = parse(&Source::new("a.journey", text), &Limits::default());
        assert!(problems.len() <= 2, "without `{}`: {problems:#?}", lines[skip]);
    }
}
