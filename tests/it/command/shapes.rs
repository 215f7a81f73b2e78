//! Help, versions and the lines that the issue says must work.

use super::{folder, run, shop};

#[test]
fn help_and_version_are_there() {
    let folder = folder(&[]);
    let ran = run(folder.path(), &["--help"]);
    assert_eq!(ran.code, 0);
    for word in ["check", "fmt", "test", "decide", "explain", "segments", "demo", "Exit codes"] {
        assert!(ran.out.contains(word), "no {word} in {}", ran.out);
    }
    assert_eq!(
        run(folder.path(), &["--version"]).out,
        format!("onward {}\n", env!("CARGO_PKG_VERSION"))
    );
    assert_eq!(run(folder.path(), &[]).code, 2);
}

#[test]
fn every_json_shape_is_told_in_the_help() {
    let folder = shop();
    for (command, keys) in [
        ("check", "code, severity"),
        ("decide", "customer, rank, action, channel, language, score, fallback, refused"),
        ("explain", "decision"),
        ("segments", "name, customers"),
    ] {
        let help = run(folder.path(), &[command, "--help"])
            .out
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        assert!(help.contains(keys), "no `{keys}` in the help of {command}: {help}");
    }
}
