//! README.md tells the truth: its rule file is the one in `rules/cafe`, and each `$ onward ...` prints what
//! stands below it. `UPDATE_EXPECT=1` rewrites the output.

use std::process::Command;

use super::package;

fn readme() -> String {
    std::fs::read_to_string(package().join("README.md")).expect("README.md is there")
}

#[test]
fn the_rule_file_shown_is_the_one_in_the_folder() {
    let readme = readme();
    let shown = readme.split("```journey\n").nth(1).and_then(|rest| rest.split("```").next());
    let file = std::fs::read_to_string(package().join("rules/cafe/cafe.journey")).expect("there");
    assert_eq!(shown, Some(file.as_str()));
}

#[test]
#[cfg(feature = "cli")]
fn every_command_shown_prints_what_stands_below_it() {
    let readme = readme();
    let mut told = String::new();
    let mut ran = 0;
    for (at, block) in readme.split("```").enumerate() {
        if at > 0 {
            told.push_str("```");
        }
        let Some(command) = block.strip_prefix("console\n$ onward ").and_then(|b| b.lines().next())
        else {
            told.push_str(block);
            continue;
        };
        let output = Command::new(env!("CARGO_BIN_EXE_onward"))
            .args(command.split_whitespace())
            .current_dir(package())
            .env("NO_COLOR", "1")
            .output()
            .expect("the command runs");
        let lines = String::from_utf8(output.stdout).expect("text");
        told.push_str(&format!("console\n$ onward {command}\n{}\n", lines.trim_end()));
        ran += 1;
    }
    assert!(ran >= 2, "README.md shows at least two commands");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(package().join("README.md"), &told).expect("writable");
    } else {
        assert_eq!(told, readme, "UPDATE_EXPECT=1 rewrites README.md");
    }
}
