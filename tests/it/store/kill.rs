//! `kill -9` at any moment: a process of its own tracks and says what is acknowledged, the parent ends it.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use onward::Customer;
use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::SeedableRng;

use super::promises::over;
use super::{below, buy};

const FOLDER: &str = "ONWARD_KILLED_FOLDER";
const ROUND: &str = "ONWARD_KILLED_ROUND";
const CUSTOMERS: u64 = 20;
/// In microseconds.
const HOUR: u64 = 3_600_000_000;
const DAY: i64 = 86_400_000_000;
const HOLD: i64 = 60_000_000;

/// What the process that is ended does; not a test by itself.
#[test]
#[ignore = "run by the test below"]
fn the_process_that_is_killed() {
    let Some(dir) = std::env::var_os(FOLDER) else { return };
    let round: u64 = std::env::var(ROUND).unwrap().parse().unwrap();
    let engine = over(Path::new(&dir), round);
    engine.load_all().unwrap();
    for n in 0..7 {
        engine.put(&Customer::new(format!("customer {n}")).set("vip", true)).unwrap();
    }
    let mut out = std::io::stdout().lock();
    let mut number = round * 1_000_000;
    writeln!(out, "open").unwrap();
    loop {
        let first = number;
        for _ in 0..3 {
            let id = format!("customer {}", number % CUSTOMERS);
            buy(&engine, &id, 10, &format!("m{number}"));
            number += 1;
        }
        // And is sent something, where the caps let it: two a day, and the clock of the rounds goes on.
        let now = super::noon().plus_micros(i64::try_from(round * HOUR + number % HOUR).unwrap());
        let who = format!("customer {}", number % 7);
        let sent = engine
            .reserve_send(&who, "for_vips", "web", now, &number.to_string(), HOLD)
            .is_ok_and(|permit| engine.commit(&permit, now).is_go());
        let counted = i64::try_from(number).unwrap();
        engine.put(&Customer::new("counter").updated(super::noon()).set("city", counted)).unwrap();
        engine.durable().unwrap();
        writeln!(out, "safe {first} {number}").unwrap();
        if sent {
            writeln!(out, "sent {} {}", number % 7, now.micros()).unwrap();
        }
        out.flush().unwrap();
    }
}

/// Goal 15. `ONWARD_KILLS=N` takes more.
#[test]
fn what_was_acknowledged_outlasts_sixty_kills() {
    let kills = std::env::var("ONWARD_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(60_u64);
    let dir = tempfile::tempdir().unwrap();
    let mut rng = Pcg64Mcg::seed_from_u64(15);
    let mut safe: Vec<(u64, u64)> = Vec::new();
    let mut sent: Vec<(String, i64)> = Vec::new();
    let (mut early, mut slowest) = (0_u64, Duration::ZERO);
    for round in 1..=kills {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "store::kill::the_process_that_is_killed",
                "--ignored",
                "--nocapture",
            ])
            .env(FOLDER, dir.path())
            .env(ROUND, round.to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let during_recovery = round % 10 < 3;
        let wait =
            Duration::from_micros(below(&mut rng, if during_recovery { 15_000 } else { 60_000 }));
        let begun = Instant::now();
        let mut opened_at = None;
        if during_recovery {
            std::thread::sleep(wait);
            child.kill().unwrap();
        }
        let mut until = None;
        for line in lines {
            let Ok(line) = line else { break };
            let words: Vec<&str> = line.split(' ').collect();
            match words[..] {
                [.., "open"] => {
                    opened_at = Some(begun.elapsed());
                    until = Some(Instant::now() + wait);
                }
                ["sent", who, at] => sent.push((who.to_owned(), at.parse().unwrap())),
                ["safe", first, next] => safe.push((first.parse().unwrap(), next.parse().unwrap())),
                _ => {}
            }
            if until.is_some_and(|until| Instant::now() >= until) {
                child.kill().unwrap();
            }
        }
        child.wait().unwrap();
        match opened_at {
            Some(took) => slowest = slowest.max(took),
            None => early += 1,
        }
    }
    let engine = over(dir.path(), 0);
    engine.load_all().unwrap();
    // What was sent is known, and nobody was reached more often than twice a day.
    for (who, at) in &sent {
        let known = engine.export(&format!("customer {who}")).unwrap().contacts;
        assert!(known.iter().any(|one| one.at.micros() == *at), "{who} {at}");
        let day =
            sent.iter().filter(|(other, time)| other == who && *time <= *at && time + DAY > *at);
        assert!(day.count() <= 2, "{who} {at}");
    }
    // Each event that was acknowledged is there: handed in again, it is known.
    let acknowledged: u64 = safe.iter().map(|(first, next)| next - first).sum();
    for number in safe.iter().flat_map(|(first, next)| *first..*next) {
        let id = format!("customer {}", number % CUSTOMERS);
        let again = buy(&engine, &id, 10, &format!("m{number}"));
        assert_eq!(again, onward::Tracked::Duplicate, "event {number} is lost");
    }
    let last = safe.iter().map(|(_, next)| *next).max().unwrap();
    let counted = engine.export("counter").unwrap().attributes["city"].clone();
    let onward::value::Value::Number(counted) = counted.value else { panic!("{counted:?}") };
    assert!(counted.parse::<u64>().unwrap() >= last);
    println!(
        "{kills} kills, {early} of them before the store was open, {acknowledged} events and {} sends acknowledged, none lost \
         and no cap passed; slowest start {slowest:?}",
        sent.len()
    );
    assert!(
        acknowledged > 3 * kills / 2 && sent.len() as u64 > kills / 10,
        "{acknowledged} {sent:?}"
    );
    assert!(early > 0 && early < kills, "{early}");
    // Bigger than the promise where the machine is busy; the promise is 2 s.
    assert!(slowest < Duration::from_secs(20), "{slowest:?}");
}
