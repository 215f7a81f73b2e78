//! `onward fmt` and `onward test`.

use super::{SHOP, folder, put, run, shop};

const UGLY: &str = "segment young{age<30}\n# kept\nsegment old   {\n      age>=60  # behind\n}\n";

#[test]
fn formatted_files_are_left_alone_and_silent() {
    let folder = shop();
    let path = folder.path().join("shop/rules.journey");
    let before = std::fs::metadata(&path).expect("there").modified().expect("a time");
    for arguments in [&["fmt", "shop"][..], &["fmt", "shop", "--check"]] {
        let ran = run(folder.path(), arguments);
        assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (0, "", ""));
    }
    assert_eq!(std::fs::metadata(&path).expect("there").modified().expect("a time"), before);
}

#[test]
fn check_shows_the_difference_and_changes_nothing() {
    let folder = folder(&[("rules.journey", SHOP), ("ugly.journey", UGLY)]);
    let ran = run(folder.path(), &["fmt", ".", "--check"]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("--- ugly.journey\n"), "{}", ran.out);
    assert!(
        ran.out.contains("-segment young{age<30}\n+segment young { age < 30 }\n"),
        "{}",
        ran.out
    );
    assert_eq!(std::fs::read_to_string(folder.path().join("ugly.journey")).expect("there"), UGLY);
}

#[test]
fn files_are_written_in_one_style_and_comments_stay() {
    let folder = folder(&[("rules.journey", SHOP), ("ugly.journey", UGLY)]);
    let ran = run(folder.path(), &["fmt", "."]);
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (0, "", ""));
    let text = std::fs::read_to_string(folder.path().join("ugly.journey")).expect("there");
    assert!(text.contains("segment young { age < 30 }"), "{text}");
    assert!(text.contains("# kept") && text.contains("# behind"), "{text}");
    assert_eq!(run(folder.path(), &["fmt", ".", "--check"]).code, 0);
}

#[test]
fn a_file_that_cannot_be_read_is_left_and_the_others_written() {
    let broken = "segment broken { age >= \n";
    let folder = folder(&[("broken.journey", broken), ("ugly.journey", UGLY)]);
    let ran = run(folder.path(), &["fmt", "."]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("broken.journey:1:"), "{}", ran.out);
    assert_eq!(
        std::fs::read_to_string(folder.path().join("broken.journey")).expect("there"),
        broken
    );
    assert_ne!(std::fs::read_to_string(folder.path().join("ugly.journey")).expect("there"), UGLY);
}

#[test]
fn scenarios_pass_in_silence_and_by_name_if_asked() {
    let folder = shop();
    let ran = run(folder.path(), &["test", "shop"]);
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (0, "", ""));
    let ran = run(folder.path(), &["test", "shop", "-v"]);
    assert_eq!(ran.code, 0);
    assert!(ran.out.starts_with("passed rules.journey:"), "{}", ran.out);
    assert!(ran.out.ends_with("\"Lea sees the upgrade\"\n"), "{}", ran.out);
    assert_eq!(ran.err, "1 scenario, 0 failed\n");
}

#[test]
fn a_failing_scenario_fails_and_stops_decisions_too() {
    let folder = shop();
    let wrong = "scenario \"Lea sees nothing\" {\n  given lea\n  at 2026-03-02 10:00 ask home expect nothing\n}\n";
    put(folder.path(), "shop/wrong.journey", wrong);
    let ran = run(folder.path(), &["test", "shop", "-v"]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("failed wrong.journey:1 \"Lea sees nothing\""), "{}", ran.out);
    assert!(ran.out.contains("wrong.journey:3:"), "{}", ran.out);
    // `check` looks at the rules only.
    assert_eq!(run(folder.path(), &["check", "shop"]).code, 0);
    let decide = [
        "decide",
        "shop",
        "--customers",
        "customers.jsonl",
        "--placement",
        "home",
        "--at",
        "2026-03-02T10:00:00Z",
    ];
    let ran = run(folder.path(), &decide);
    assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{}", ran.err);
    assert!(ran.err.contains("Lea sees nothing"), "{}", ran.err);
}
