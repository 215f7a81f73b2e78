//! `onward demo`: true in every line.

use super::{folder, run};

#[test]
fn the_demo_decides_explains_and_swaps() {
    let folder = folder(&[]);
    let ran = run(folder.path(), &["demo"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert!(!ran.out.contains('\u{1b}'), "no colours in a pipe");
    for says in [
        "action ten_day_treat {",
        "10,000 decisions in ",
        "+ ",
        "generation 2 is live after ",
        "error[E0203]: no customer attribute is called `agee`",
        " decisions by generation 1 of the rules",
        " decisions by generation 2 of the rules",
        "\n0 failed, 0 by older rules after newer ones, on 2 query threads",
        "onward check FOLDER",
    ] {
        assert!(ran.out.contains(says), "no `{says}` in\n{}", ran.out);
    }
}

#[test]
fn the_decisions_of_the_demo_are_the_same_each_time() {
    let folder = folder(&[]);
    let table = || {
        let out = run(folder.path(), &["demo"]).out;
        let (_, rest) = out.split_once("\n2. ").expect("its second part");
        let (table, _) = rest.split_once("10,000 decisions").expect("its table");
        table.to_owned()
    };
    assert_eq!(table(), table());
}
