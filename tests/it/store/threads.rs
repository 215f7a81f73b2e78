//! One customer's entry at a time: merges among puts, events, decisions and forgetting, on several threads.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use onward::engine::Aliased;
use onward::{Customer, Engine, Request};
use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::SeedableRng;

use super::{below, buy, engine, noon};

/// Events without a message id: one that is lost or doubled shows in the total.
#[test]
fn nothing_is_lost_or_doubled_while_two_ids_become_one() {
    for round in 0..200_u64 {
        // However many there are until the merges are through, none goes for being too many.
        let engine = engine().most_events(10_000_000);
        let (tracked, done) = (AtomicU64::new(0), AtomicBool::new(false));
        std::thread::scope(|scope| {
            for thread in 0..3_u64 {
                let (engine, tracked, done) = (&engine, &tracked, &done);
                scope.spawn(move || {
                    let mut rng = Pcg64Mcg::seed_from_u64(round * 10 + thread);
                    let mut after = 20;
                    while after > 0 {
                        after -= u32::from(done.load(Ordering::Relaxed));
                        let id = ["a", "b", "c", "d"][usize::try_from(below(&mut rng, 4)).unwrap()];
                        buy(engine, id, 5, "");
                        tracked.fetch_add(1, Ordering::Relaxed);
                        let _ = engine.decide(&Request::new(id, "home").at(noon()));
                    }
                });
            }
            let merges = [("a", "b"), ("c", "d"), ("b", "c")];
            for (anonymous, known) in merges {
                std::thread::yield_now();
                engine.alias(anonymous, known, noon()).unwrap();
            }
            done.store(true, Ordering::Relaxed);
        });
        assert_eq!(engine.customers(), 1);
        let exported = engine.export("a").unwrap();
        assert_eq!(
            exported.events["purchase"].times,
            tracked.load(Ordering::Relaxed),
            "round {round}"
        );
        let mut ids = exported.ids;
        ids.sort_unstable();
        assert_eq!(ids, ["a", "b", "c", "d"]);
    }
}

/// Everything at once; what must hold is that it ends, and that who is who stays one story.
#[test]
fn merging_parting_forgetting_and_asking_at_once_come_to_an_end() {
    let engine = engine();
    let customers = 12;
    let work = |engine: &Engine, seed: u64| {
        let mut rng = Pcg64Mcg::seed_from_u64(seed);
        for _ in 0..4_000 {
            super::happen(engine, &mut rng, customers);
            let id = format!("customer {}", below(&mut rng, customers));
            engine.decide(&Request::new(id.as_str(), "home").at(noon())).unwrap();
            let _ = engine.export(&id);
        }
    };
    std::thread::scope(|scope| {
        for seed in 0..4 {
            let engine = &engine;
            scope.spawn(move || work(engine, seed));
        }
    });
    let mut people = std::collections::BTreeSet::new();
    for id in engine.customer_ids() {
        let exported = engine.export(&id).unwrap();
        assert!(exported.ids.contains(&id), "{id} is not among {:?}", exported.ids);
        for other in &exported.ids {
            assert_eq!(engine.key(other), engine.key(&id), "{id} and {other}");
        }
        people.insert(engine.key(&id));
    }
    assert_eq!(people.len(), engine.customers());
}

/// A withdrawal that was acknowledged under either id holds for every later decision under the other, while the
/// two become one.
#[test]
fn a_withdrawal_holds_for_both_ids_while_they_become_one() {
    for round in 0..300_u64 {
        let engine = engine();
        for id in ["device", "lea"] {
            engine.put(&Customer::new(id).set("vip", true).grant("email", "marketing")).unwrap();
        }
        let merged = AtomicBool::new(false);
        let said = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let at = super::ago(0);
                let id = if round % 2 == 0 { "device" } else { "lea" };
                engine.put(&Customer::new(id).updated(at).withdraw("email", "marketing")).unwrap();
                said.store(true, Ordering::SeqCst);
            });
            scope.spawn(|| {
                assert_eq!(engine.alias("device", "lea", noon()), Ok(Aliased::Merged));
                merged.store(true, Ordering::SeqCst);
            });
            for _ in 0..50 {
                let sure = said.load(Ordering::SeqCst) && merged.load(Ordering::SeqCst);
                for id in ["device", "lea"] {
                    let own = said.load(Ordering::SeqCst) && (id == "device") == (round % 2 == 0);
                    let mail = engine.decide(&Request::new(id, "mail").at(noon())).unwrap();
                    let sends = mail.actions().count() > 0;
                    assert!(!(sends && (sure || own)), "round {round}: {id} is written to");
                }
            }
        });
        assert_eq!(super::asked(&engine, "lea", "mail"), "");
    }
}
