//! Help, versions and the lines that the issue says must work.

use super::{folder, put, run, shop};

#[test]
fn help_and_version_are_there() {
    let folder = folder(&[]);
    let ran = run(folder.path(), &["--help"]);
    assert_eq!(ran.code, 0);
    for word in
        ["check", "fmt", "test", "decide", "explain", "segments", "map", "demo", "Exit codes"]
    {
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
            "error: no row is a customer; without --map each line must be an `identify` call; `onward decide --help` shows a mapping\n"
        ),
        "{}",
        ran.err
    );
    let ran = run(
        place.path(),
        &[
            "explain",
            "shop",
            "--customers",
            "c.csv",
            "--placement",
            "home",
            "--at",
            time,
            "--customer",
            "1",
        ],
    );
    assert!(ran.code == 1 && ran.err.contains("no row is a customer"), "{}", ran.err);
}

#[test]
fn an_input_that_breaks_off_is_answered_as_far_as_it_goes_and_is_not_good() {
    use std::io::Write;
    let place = shop();
    let rows: String = (0..5_000_u32)
        .map(|n| {
            let age = n.wrapping_mul(2_654_435_761) % 100;
            format!("{{\"type\":\"identify\",\"timestamp\":\"2026-03-01T00:00:00Z\",\"userId\":\"c{n}\",\"traits\":{{\"plan\":\"basic\",\"age\":{age}}}}}\n")
        })
        .collect();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(rows.as_bytes()).expect("packed");
    let mut packed = packed.finish().expect("packed");
    packed.truncate(packed.len() / 2);
    std::fs::write(place.path().join("half.gz"), packed).expect("written");
    let time = "2026-03-02T10:00:00Z";
    let decide = |more: &[&str]| {
        let base = [
            "decide",
            "shop",
            "--customers",
            "half.gz",
            "--placement",
            "home",
            "--at",
            time,
            "--format",
            "csv",
        ];
        run(place.path(), &[&base[..], more].concat())
    };
    let ran = decide(&[]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.lines().count() > 100, "{}", ran.out.lines().count());
    assert!(
        ran.err.contains("error: half.gz: line ") && ran.err.contains("cannot read on"),
        "{}",
        ran.err
    );
    let ran = decide(&["--strict"]);
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
}

#[test]
fn the_mapping_of_the_help_is_a_mapping_and_says_all_that_can_be_said() {
    let help = run(folder(&[]).path(), &["decide", "--help"]).out;
    let (_, text) = help.split_once("what the fields of the data mean:\n").expect("the mapping");
    let between = "A mapping of events (--events-map) says what the rows of --events mean:\n";
    let (text, of_events) = text.split_once(between).expect("the mapping of events");
    let mapping = onward::ingest::EventMapping::parse(of_events).map_err(|error| error.to_string());
    assert_eq!(mapping.expect("the mapping of events").events(), ["purchase"]);
    let mapping = onward::ingest::Mapping::parse(text).map_err(|error| error.to_string());
    let mapping = mapping.expect("the mapping of the help");
    let attributes =
        ["age", "country", "gender", "income", "interests", "joined", "last_login", "vip"];
    assert_eq!(mapping.attributes(), attributes);
    // The message of a wrong key names every key there is; each stands in the help.
    let wrong = "format = \"jsonl\"\nid = \"id\"\n[attributes.a]\nzzz = 1\n";
    let told = onward::ingest::Mapping::parse(wrong).expect_err("no key").to_string();
    let (_, keys) = told.split_once("it can be ").expect("the keys");
    for key in keys.split(", ") {
        assert!(text.contains(&format!("  {key} = ")), "no `{key}` in the help");
    }
}
