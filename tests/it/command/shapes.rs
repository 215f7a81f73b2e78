//! Help, versions and the lines that the issue says must work.

use super::{folder, put, run, shop};

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

#[test]
fn the_first_workspace_of_the_help_works_as_it_stands() {
    let place = folder(&[]);
    let help = run(place.path(), &["--help"]).out;
    let between = |start: &str, end: &str| {
        let (_, rest) = help.split_once(start).expect(start);
        let (block, _) = rest.split_once(end).expect(end);
        block
            .lines()
            .map(|line| line.strip_prefix("  ").unwrap_or(line).to_owned() + "\n")
            .collect()
    };
    let rules: String = between("save this as shop/rules.journey", "\nand this as customers.csv");
    put(place.path(), "shop/rules.journey", rules.trim_start());
    let customers: String = between("as customers.csv", "\nand this as map.toml");
    put(place.path(), "customers.csv", customers.trim_start());
    let map: String = between("as map.toml", "\nThen");
    put(place.path(), "map.toml", map.trim_start());
    let (_, commands) = help.split_once("\nThen\n").expect("commands");
    let mut last = String::new();
    let mut lines = 0;
    for line in commands.lines().filter_map(|line| line.trim().strip_prefix("onward ")) {
        let ran = run(place.path(), &line.split_whitespace().collect::<Vec<_>>());
        assert_eq!(ran.code, 0, "{line}: {}{}", ran.out, ran.err);
        (last, lines) = (ran.out, lines + 1);
    }
    assert_eq!(lines, 3);
    assert!(last.contains("upgrade") && last.contains("EUR 2.00"), "{last}");
    // And it is in the one style already.
    assert_eq!(run(place.path(), &["fmt", "--check", "shop"]).code, 0);
}

#[test]
fn what_a_newcomer_forgets_is_told_with_the_next_step() {
    let place = shop();
    let ran = run(place.path(), &["check", "nothing.journey"]);
    assert_eq!(ran.code, 2);
    std::fs::create_dir(place.path().join("mine")).expect("made");
    let ran = run(place.path(), &["check", "mine"]);
    assert!(ran.err.contains("`onward --help` shows a first one"), "{}", ran.err);
    put(place.path(), "c.csv", "id,plan\n1,gold\n");
    let time = "2026-03-02T10:00:00Z";
    let ran = run(
        place.path(),
        &["decide", "shop", "--customers", "c.csv", "--placement", "home", "--at", time],
    );
    assert_eq!((ran.code, ran.out.as_str()), (1, ""), "nobody came in: nothing is answered");
    assert!(
        ran.err.ends_with(
            "error: no row is a customer; without --map each line must be an `identify` call (see --help)\n"
        ),
        "{}",
        ran.err
    );
}
