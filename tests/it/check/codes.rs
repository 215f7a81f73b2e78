//! Every code is registered once, tells a story, and is produced by a case.

use std::collections::BTreeSet;

use onward::check;
use onward::diagnostic::all_codes;

use super::cases::cases;

#[test]
fn codes_are_unique_and_tell_a_story() {
    let mut seen = BTreeSet::new();
    for info in all_codes() {
        assert!(seen.insert(info.code), "{} stands twice", info.code);
        assert!(info.story.len() > 60, "{} tells too little", info.code);
        assert!(!info.title.ends_with('.'), "{}", info.code);
    }
}

#[test]
fn each_code_of_names_types_and_unknowns_is_produced_by_a_case() {
    let mut produced: BTreeSet<&str> = BTreeSet::from([
        "E0223", // by an empty folder, see `names`
        "W0330", // against earlier rules, see `events`
    ]);
    for case in cases("check") {
        let found = check(&case.sources, &case.context).diagnostics;
        produced.extend(found.iter().map(|problem| problem.code.0));
    }
    let ours = |code: &&str| ["02", "03", "04"].contains(&&code[1..3]);
    let registered: BTreeSet<&str> = all_codes().map(|info| info.code).filter(ours).collect();
    let missing: Vec<_> = registered.difference(&produced).collect();
    assert!(missing.is_empty(), "no case produces {missing:?}");
    let unknown: Vec<_> = produced.iter().filter(|c| ours(c) && !registered.contains(*c)).collect();
    assert!(unknown.is_empty(), "not registered: {unknown:?}");
}
