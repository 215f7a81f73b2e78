//! Goal 10: the same questions to another process, and to other numbers of threads, have the same answers, byte for
//! byte; every build shares one digest.
//!
//! The digest is a golden file. `cargo test --test it command::replay` compares the optimised test build with it;
//! `cargo test --release --test it command::replay` and `CARGO_PROFILE_TEST_OPT_LEVEL=0 cargo test --test it
//! command::replay` the release build and one without any optimisation. `.ci/long` runs both.

use std::fmt::Write;
use std::path::Path;

use super::{put, run};

const CUSTOMERS: usize = 10_000;
const AT: &str = "2018-08-01T14:00:00Z";
/// The rules, apart from the examples, which people edit.
const RULES: &str = "tests/cases/command/replay";
/// FNV-1a of all decisions of the run, per placement. It changes with the rules, with the customers drawn below, or
/// where a decision changes; `UPDATE_EXPECT=1` writes it anew.
const DIGEST: &str = "tests/cases/command/replay.digest";

/// Seeded and plain, so that the customers are the same in each build: splitmix64.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % n
    }
    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[usize::try_from(self.below(from.len() as u64)).unwrap()]
    }
}

/// Members as identify records: every attribute absent now and then, all consents mixed.
fn members() -> String {
    let mut dice = Dice(20_260_908);
    let mut rows = String::new();
    for number in 0..CUSTOMERS {
        let year = 2013 + dice.below(6);
        let (month, day) = (1 + dice.below(7), 1 + dice.below(28));
        let mut traits = format!("\"member_since\":\"{year}-{month:02}-{day:02}\"");
        if dice.below(4) > 0 {
            write!(traits, ",\"age\":{}", 18 + dice.below(80)).unwrap();
        }
        if dice.below(4) > 0 {
            write!(traits, ",\"gender\":\"{}\"", dice.pick(&["female", "male", "other"])).unwrap();
        }
        if dice.below(4) > 0 {
            write!(traits, ",\"income\":\"USD {}\"", 30_000 + 1_000 * dice.below(90)).unwrap();
        }
        if dice.below(3) == 0 {
            write!(traits, ",\"bogo_accept_p\":\"{}%\"", dice.below(101)).unwrap();
        }
        if dice.below(3) == 0 {
            let last = 1 + dice.below(31);
            write!(traits, ",\"last_visit\":\"2018-07-{last:02}T09:30:00Z\"").unwrap();
        }
        if dice.below(2) == 0 {
            let (one, other) =
                (dice.pick(&["espresso", "latte"]), dice.pick(&["tea", "bakery", "single_origin"]));
            write!(traits, ",\"favourites\":[\"{one}\",\"{other}\"]").unwrap();
        }
        if dice.below(10) == 0 {
            traits.push_str(",\"offers_off\":true");
        }
        if dice.below(3) > 0 {
            write!(
                traits,
                ",\"language\":\"{}\"",
                dice.pick(&["en", "th", "id", "it", "it-CH", "de"])
            )
            .unwrap();
        }
        if dice.below(5) > 0 {
            let zone = dice.pick(&["America/New_York", "Asia/Bangkok", "Europe/Rome"]);
            write!(traits, ",\"timezone\":\"{zone}\"").unwrap();
        }
        if dice.below(2) == 0 {
            let own = dice.pick(&["email", "mobile", "web"]);
            write!(traits, ",\"preferred_channel\":\"{own}\"").unwrap();
        }
        let mut word = || dice.pick(&["granted", "granted", "withdrawn"]);
        let consent = ["email", "mobile", "social"]
            .map(|channel| format!("\"{channel}\":{{\"marketing\":\"{}\"}}", word()))
            .join(",");
        writeln!(
            rows,
            "{{\"type\":\"identify\",\"userId\":\"m{number}\",\"timestamp\":\"2018-07-31T00:00:00Z\",\
             \"traits\":{{{traits},\"consent\":{{{consent}}}}}}}"
        )
        .unwrap();
    }
    rows
}

fn fnv(text: &str) -> u64 {
    text.bytes().fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    })
}

/// All decisions of a process of its own, as JSON lines.
fn decisions(folder: &Path, placement: &str, threads: &str) -> String {
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join(RULES);
    let rules = rules.to_str().unwrap();
    let mut arguments = vec!["decide", rules, "--customers", "members.jsonl", "--at", AT];
    arguments.extend(["--placement", placement, "--format", "jsonl", "--threads", threads]);
    let ran = run(folder, &arguments);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(!ran.err.contains("warning:"), "every member is taken: {}", ran.err);
    ran.out
}

#[test]
fn another_process_with_more_threads_gives_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "members.jsonl", &members());
    let mut digest = String::new();
    for placement in ["home_screen", "best_reach", "receipt"] {
        let one = decisions(folder.path(), placement, "1");
        let many = decisions(folder.path(), placement, "4");
        assert_eq!(one.lines().count(), CUSTOMERS);
        // Not `assert_eq`: ten thousand lines are no message.
        let differs = one.lines().zip(many.lines()).find(|(one, many)| one != many);
        assert!(one == many, "{placement}: two processes differ: {differs:?}");
        let mut answers = std::collections::BTreeSet::new();
        let (mut full, mut empty) = (0, 0);
        // The digest is over what was decided, bit by bit; names of rules and versions of profiles are left out.
        let mut decided = String::new();
        for line in one.lines() {
            let row: serde_json::Value = serde_json::from_str(line).unwrap();
            let treatments = row["treatments"].as_array().unwrap();
            full += usize::from(!treatments.is_empty());
            empty += usize::from(treatments.is_empty());
            write!(decided, "{}", row["customer"]).unwrap();
            for it in treatments {
                let score = it["score"].as_f64().map_or(0, f64::to_bits);
                write!(decided, " {}/{}/{}/{score:x}", it["action"], it["channel"], it["language"])
                    .unwrap();
            }
            writeln!(decided, " {}", row["summary"]).unwrap();
            answers.insert(row["treatments"].to_string());
        }
        assert!(full > CUSTOMERS / 4, "{placement}: only {full} answers");
        assert!(
            placement != "best_reach" || empty > 100,
            "{placement}: only {empty} empty answers"
        );
        assert!(answers.len() >= 20, "{placement}: only {} different answers", answers.len());
        writeln!(digest, "{placement} {CUSTOMERS} {:016x}", fnv(&decided)).unwrap();
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(DIGEST);
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, &digest).unwrap();
    }
    let wanted = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(digest, wanted, "decisions differ from those of the build that wrote {DIGEST}");
}
