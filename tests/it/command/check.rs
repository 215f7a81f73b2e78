//! `onward check`: silence, problems in three forms, fixes.

use super::{SHOP, expect, folder, onward, put, ran, run, shop};

/// Mistakes of three stages, with Thai, emoji and combining characters before the mark.
const WRONG: &str = "\
segment young { aeg < 30 }
segment thai {
  plan is \"บาท\"  # ที่นี่
}
segment emoji { plan is \"👩‍🚀 cafe\u{301}\", age >= 18 }
segment asks { plan = basic }
segment after { plan in [\"ที่นี่\", \"👩‍🚀\"], aeg < 3 }
";

fn wrong() -> tempfile::TempDir {
    folder(&[("rules.journey", SHOP), ("wrong.journey", WRONG)])
}

#[test]
fn a_good_workspace_is_silent() {
    let folder = shop();
    let ran = run(folder.path(), &["check", "shop"]);
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (0, "", ""));
    let ran = run(folder.path(), &["check", "shop/rules.journey"]);
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (0, "", ""));
    let ran = run(folder.path(), &["check", "shop", "--format", "json"]);
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (0, "[]\n", ""));
}

#[test]
fn problems_are_drawn_for_people() {
    let ran = run(wrong().path(), &["check", "."]);
    assert_eq!(ran.code, 1);
    expect("check_human.txt", &format!("{}--- stderr\n{}", ran.out, ran.err));
}

#[test]
fn problems_are_said_in_sentences_for_screen_readers() {
    let ran = run(wrong().path(), &["check", ".", "--format", "plain"]);
    assert_eq!(ran.code, 1);
    assert!(!ran.out.contains(['|', '^']), "drawings in {}", ran.out);
    expect("check_plain.txt", &ran.out);
}

#[test]
fn problems_are_data_for_editors() {
    let ran = run(wrong().path(), &["check", ".", "--format", "json"]);
    assert_eq!((ran.code, ran.err.as_str()), (1, ""));
    let all: serde_json::Value = serde_json::from_str(&ran.out).expect("JSON");
    let one = &all.as_array().expect("an array")[0];
    for key in [
        "code", "severity", "headline", "why", "file", "start", "end", "span", "others", "notes",
        "fixes", "help",
    ] {
        assert!(one.get(key).is_some(), "no `{key}` in {one}");
    }
    expect("check_json.txt", &ran.out);
}

#[test]
fn colours_are_off_in_pipes_and_under_no_color() {
    let folder = wrong();
    assert!(!run(folder.path(), &["check", "."]).out.contains('\u{1b}'));
    let forced = ran(onward(folder.path(), &["check", "."])
        .env("CLICOLOR_FORCE", "1")
        .output()
        .expect("runs"));
    assert!(forced.out.contains('\u{1b}'), "a terminal would see colours");
    let none = ran(onward(folder.path(), &["check", "."])
        .env("CLICOLOR_FORCE", "1")
        .env("NO_COLOR", "1")
        .output()
        .expect("runs"));
    assert!(!none.out.contains('\u{1b}'), "NO_COLOR wins");
}

#[test]
fn fix_applies_what_can_only_be_meant_one_way_and_looks_again() {
    let folder =
        folder(&[("rules.journey", SHOP), ("ask.journey", "segment asks { plan = basic }\n")]);
    let before = run(folder.path(), &["check", "."]);
    assert_eq!(before.code, 1);
    let ran = run(folder.path(), &["check", ".", "--fix"]);
    assert_eq!(
        (ran.code, ran.out.as_str(), ran.err.as_str()),
        (0, "", "fixed 1 problem in 1 file\n")
    );
    let text = std::fs::read_to_string(folder.path().join("ask.journey")).expect("readable");
    assert_eq!(text, "segment asks { plan is basic }\n");
    let names: Vec<_> = std::fs::read_dir(folder.path()).expect("readable").collect();
    assert_eq!(names.len(), 2, "nothing is left beside the files: {names:?}");
    // And there is nothing more to do.
    let again = run(folder.path(), &["check", ".", "--fix"]);
    assert_eq!((again.code, again.err.as_str()), (0, "fixed 0 problems in 0 files\n"));
}

#[test]
fn fix_keeps_the_rights_of_a_file() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder(&[("rules.journey", SHOP)]);
    let path = put(folder.path(), "ask.journey", "segment asks { plan = basic }\n");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).expect("set");
    assert_eq!(run(folder.path(), &["check", ".", "--fix"]).code, 0);
    assert_eq!(std::fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o640);
}

#[test]
fn warnings_pass_unless_denied() {
    // The same value twice in a list is a warning.
    let folder = folder(&[
        ("rules.journey", SHOP),
        ("twice.journey", "segment s { plan in [gold, gold] }\n"),
    ]);
    let ran = run(folder.path(), &["check", "."]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(ran.out.starts_with("warning[W"), "{}", ran.out);
    assert!(ran.err.starts_with("1 warning\n`onward check --explain W"), "{}", ran.err);
    assert_eq!(run(folder.path(), &["check", ".", "--deny", "warnings"]).code, 1);
}

#[test]
fn a_code_has_its_story_and_an_unknown_one_the_nearest() {
    let folder = folder(&[]);
    let ran = run(folder.path(), &["check", "--explain", "e0203"]);
    assert_eq!(ran.code, 0);
    assert!(ran.out.starts_with("E0203: "), "{}", ran.out);
    assert!(ran.out.lines().count() > 3, "a story: {}", ran.out);
    let ran = run(folder.path(), &["check", "--explain", "E9999"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.starts_with("error: no problem has the code `E9999`"), "{}", ran.err);
    let ran = run(folder.path(), &["check", "--explain"]);
    assert_eq!(ran.code, 0);
    assert!(ran.out.contains("\nE0203  "), "the list of codes: {}", ran.out);
}

#[test]
fn a_manifest_is_saved_and_compared_with() {
    let folder = shop();
    let ran = run(folder.path(), &["check", "shop", "--save-manifest", "manifest.json"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let ran = run(folder.path(), &["check", "shop", "--against", "manifest.json"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{}", ran.err);
    put(folder.path(), "manifest.json", "{");
    let ran = run(folder.path(), &["check", "shop", "--against", "manifest.json"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("`manifest.json` is no manifest"), "{}", ran.err);
}
