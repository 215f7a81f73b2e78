//! Every folder of `rules/` is a good example: no problem found, formatted, and all its scenarios hold.

use onward::syntax::{Limits, ast, parse, print};

use super::{sources, workspaces};

#[test]
fn there_are_three_examples() {
    let names: Vec<_> =
        workspaces().iter().map(|folder| folder.file_name().expect("a name").to_owned()).collect();
    assert_eq!(names, ["bank", "coffee", "telecom"]);
}

#[test]
fn every_file_is_formatted() {
    let mut wrong = Vec::new();
    for folder in workspaces() {
        for source in sources(&folder).iter().filter(|file| file.name().ends_with(".journey")) {
            let (tree, problems) = parse(source, &Limits::default());
            assert!(problems.is_empty(), "{}: {problems:#?}", source.name());
            let printed = print(&tree);
            if printed != source.text() {
                if std::env::var_os("UPDATE_EXPECT").is_some() {
                    std::fs::write(folder.join(source.name()), &printed).expect("writable");
                }
                wrong.push(folder.join(source.name()));
            }
        }
    }
    assert!(wrong.is_empty(), "`onward fmt` would change {wrong:#?}");
}

#[test]
fn every_tree_survives_the_way_to_json_and_back() {
    let mut files = 0;
    for folder in workspaces() {
        for source in sources(&folder).iter().filter(|file| file.name().ends_with(".journey")) {
            let (tree, _) = parse(source, &Limits::default());
            let json = serde_json::to_string(&tree).expect("a tree is JSON");
            let back: ast::File = serde_json::from_str(&json).expect("and reads back");
            assert_eq!(back, tree, "{}", source.name());
            assert_eq!(print(&back), source.text(), "{}", source.name());
            files += 1;
        }
    }
    assert!(files >= 15, "only {files} rule files were seen");
}
