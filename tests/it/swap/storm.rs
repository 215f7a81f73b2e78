//! PROMISES 14: a storm of file events is harmless: few compiles, the last good rules, and the newest ones after it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use onward::watch::{Settings, Status};

use super::{Hour, Place, question, rename_save, shop, until, visitor};

/// Saves of many kinds for so long, while somebody decides; then the last text must serve.
fn storm(lasting: Duration) -> (u64, Status, Duration) {
    let place = Place::new(&shop(10, 4));
    let settings = Settings::new(|| Hour::at(0));
    let watch = place.start_with(settings);
    until(&watch, |status| status.events);
    let engine = watch.engine();
    engine.put(&visitor(5)).unwrap();
    let (started, files) = (Instant::now(), AtomicU64::new(0));
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut generation = 0;
            while !over.load(Ordering::Relaxed) {
                let decision = engine.decide(&question(5)).expect("no decision fails");
                assert!(decision.generation >= generation && decision.treatments.len() == 3);
                generation = decision.generation;
                std::thread::sleep(Duration::from_micros(200));
            }
        });
        let mut euros = 10;
        let mut next = lasting / 8;
        while started.elapsed() < lasting {
            // Files that nobody names, made, written, renamed and removed: each at least four events.
            for n in 0..50 {
                let (one, two) =
                    (place.rules.join(format!("t{n}.tmp")), place.rules.join(format!("u{n}.tmp")));
                std::fs::write(&one, "x").unwrap();
                std::fs::rename(&one, &two).unwrap();
                std::fs::remove_file(&two).unwrap();
            }
            files.fetch_add(50, Ordering::Relaxed);
            // Not faster than it is asked for.
            let due = Duration::from_micros(files.load(Ordering::Relaxed) * 400);
            std::thread::sleep(due.saturating_sub(started.elapsed()));
            if started.elapsed() > next {
                next += lasting / 8;
                euros += 10;
                match euros / 10 % 4 {
                    0 => place.write("shop.journey", "half a file {"),
                    1 => rename_save(&place.rules.join("shop.journey"), &shop(euros, 4)),
                    2 => place.replace(&[("shop.journey".into(), shop(euros, 4).into())]),
                    _ => std::fs::remove_dir_all(&place.rules)
                        .and_then(|()| std::fs::create_dir(&place.rules))
                        .unwrap(),
                }
            }
        }
        over.store(true, Ordering::Relaxed);
    });
    let took = started.elapsed();
    let compiles = watch.status().compiles;
    place.replace(&[("shop.journey".into(), shop(500, 4).into())]);
    let last = super::rules(&shop(500, 4)).fingerprint;
    let status = until(&watch, |status| status.fingerprint == last && status.problem.is_none());
    let most = took.as_millis() / 200 + 2;
    assert!(u128::from(compiles) <= most, "{compiles} compiles in {took:?}");
    // Made, opened, written, closed, renamed from and to, removed.
    (files.into_inner() * 6, status, took)
}

#[test]
fn a_storm_of_events_causes_few_compiles_and_the_newest_rules_serve_after_it() {
    let (events, status, took) = storm(Duration::from_secs(2));
    println!("{events} events in {took:?}, {} compiles, {} looks", status.compiles, status.looks);
    assert!(events >= 5_000, "no storm: {events} events in {took:?}");
    assert!(status.generation > 1 && status.looks > 0);
}

#[test]
#[ignore = "twenty storms of ten seconds, by name: for_long"]
fn twenty_storms_for_long() {
    for _ in 0..20 {
        let (events, status, took) = storm(Duration::from_secs(10));
        println!(
            "{events} events in {took:?}, {} compiles, {} looks",
            status.compiles, status.looks
        );
        assert!(events >= 100_000, "no storm: {events} events in {took:?}");
    }
}
