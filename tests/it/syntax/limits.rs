//! Limits and text hygiene: sizes, nesting, encodings, and what no case file can hold.

use onward::diagnostic::Diagnostics;
use onward::syntax::{Limits, Source, Span, parse};

use super::{COMPLETE, good, read};

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
fn a_control_character_in_a_text_of_two_lines_is_reported() {
    let text = "segment a {\n  plan is \"x\u{1}y\nz\"\n}\n";
    assert!(codes_in(text).contains(&"E0103"));
}

#[test]
fn a_run_of_control_characters_hides_nothing_behind_it() {
    let text = "segment a {\n  plan is \0\0\u{7F}\0x\n  country = FR\n}\n";
    let problems = read(text).1;
    let at = |code: &str| {
        problems.iter().find(|found| found.code.0 == code).map(|found| found.primary.span)
    };
    assert_eq!(at("E0103"), Some(Span::new(22, 23)));
    assert_eq!(at("E0141"), Some(Span::new(38, 39)));
    assert_eq!(problems.len(), 2);
    assert_eq!(problems[0].fixes[0].paste, "plan is x");
}

#[test]
fn words_that_start_lines_are_free_as_names() {
    for line in [
        "given has music",
        "send lacks music",
        "finish has any of [a, b]",
        "wait is known",
        "when in 1 to 2",
        "value: gone",
        "value: continued",
        "go: transfer_fee",
        "at: first",
    ] {
        good(&format!("segment a {{\n  {line}\n}}\n"));
    }
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
