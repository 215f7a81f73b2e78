//! The complete example of the language page: read, printed, as JSON.

use onward::syntax::{normal, print};

use super::{COMPLETE, good, read};

#[test]
fn it_reads_without_a_problem() {
    let file = good(COMPLETE);
    assert_eq!(file.definitions.len(), 44);
}

#[test]
fn printing_twice_is_printing_once() {
    let file = good(COMPLETE);
    let once = print(&file);
    let again = good(&once);
    assert_eq!(print(&again), once);
    assert_eq!(comments_of(&once), comments_of(COMPLETE));
    for (line, text) in once.lines().enumerate() {
        assert!(
            text.chars().count() <= 100 || text.contains('"') || text.contains('#'),
            "line {}: {text}",
            line + 1
        );
    }
}

fn comments_of(text: &str) -> Vec<String> {
    let mut found: Vec<String> = text
        .lines()
        .filter_map(|line| line.split_once("# ").map(|(_, c)| c.trim().to_owned()))
        .collect();
    found.sort();
    found
}

#[test]
fn json_gives_the_tree_back() {
    let (file, _) = read(COMPLETE);
    let json = serde_json::to_string(&file).unwrap();
    let back: onward::syntax::ast::File = serde_json::from_str(&json).unwrap();
    assert_eq!(back, file);
    assert_eq!(print(&back), print(&file));
    let (again, _) = read(&print(&back));
    assert_eq!(print(&again), print(&file));
}

#[test]
fn the_canonical_text_survives_printing() {
    let file = good(COMPLETE);
    let again = good(&print(&file));
    for (one, two) in file.definitions.iter().zip(&again.definitions) {
        assert_eq!(normal(one), normal(two));
    }
}
