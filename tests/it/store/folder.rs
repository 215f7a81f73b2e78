//! A store in a folder: what a restart finds, what is in memory, and what is said where it cannot be opened.

use std::sync::Arc;

use onward::store::{Folder, Store, StoreError};
use onward::{BindError, Customer, CustomerError, Engine, EventError, Request};
use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::SeedableRng;

use super::{
    ago, buy, chance, everybody, folder, happen, home, noon, opened, purchase, rules, rules_of,
};

#[test]
fn a_restart_finds_everything() {
    let dir = tempfile::tempdir().unwrap();
    let mut rng = Pcg64Mcg::seed_from_u64(3);
    let mut before = Vec::new();
    for round in 0..6 {
        let (engine, _store) = opened(dir.path(), round);
        assert_eq!(engine.customers(), 0);
        engine.load_all().unwrap();
        assert_eq!(everybody(&engine), before, "round {round}");
        for _ in 0..300 {
            happen(&engine, &mut rng, 20);
        }
        engine.durable().unwrap();
        before = everybody(&engine);
        assert!(before.len() > 10);
        // What is not acknowledged may be lost: here it is.
        engine.put(&Customer::new("customer 1").set("city", "nowhere")).unwrap();
    }
}

#[test]
fn decisions_are_the_same_after_a_restart_and_a_key_is_too() {
    let dir = tempfile::tempdir().unwrap();
    let (engine, store) = opened(dir.path(), 1);
    engine.put(&Customer::new("lea").set("vip", true).grant("email", "marketing")).unwrap();
    engine.put(&Customer::new("lea").shown("for_vips", "web", ago(5))).unwrap();
    buy(&engine, "lea", 10, "a");
    buy(&engine, "lea", 20, "b");
    engine.durable().unwrap();
    let request = Request::new("lea", "home").at(noon());
    let (decision, key) = (engine.decide(&request).unwrap(), engine.key("lea"));
    assert_eq!(home(&engine, "lea"), "for_buyers for_vips", "never shown comes first");
    drop((engine, store));
    let (engine, _store) = opened(dir.path(), 2);
    assert_eq!(engine.load(["lea"]), Ok(1));
    assert_eq!(
        (engine.decide(&request).unwrap().treatments, engine.key("lea")),
        (decision.treatments, key)
    );
    assert_eq!(super::asked(&engine, "lea", "mail"), "for_vips");
    // A new customer takes the next number.
    engine.put(&Customer::new("tim")).unwrap();
    assert!(engine.key("tim") > key);
}

#[test]
fn rules_may_change_while_nobody_runs() {
    let dir = tempfile::tempdir().unwrap();
    let (engine, store) = opened(dir.path(), 1);
    buy(&engine, "lea", 10, "a");
    buy(&engine, "lea", 20, "b");
    engine.durable().unwrap();
    drop((engine, store));
    // Another event comes first, and a field is gone: numbers of before keep their meaning.
    let text = super::RULES.replace(
        "event purchase kept 400 days { amount: required money, product: optional one of [phone, case] }",
        "event arrived kept 9 days { shop: optional code }\nevent purchase kept 400 days { note: optional code, amount: required money }",
    );
    let engine = Engine::open(&rules_of(&text), folder(dir.path(), 2).unwrap()).unwrap();
    engine.load(["lea"]).unwrap();
    assert_eq!(home(&engine, "lea"), "for_buyers");
    let exported = engine.export("lea").unwrap();
    assert_eq!(exported.events["purchase"].rows[0].fields["amount"], "EUR 12.50");
    assert!(!exported.events.contains_key("arrived"));
}

#[test]
fn who_is_in_the_store_and_not_in_memory_is_not_taken_for_a_stranger() {
    let dir = tempfile::tempdir().unwrap();
    let (engine, _store) = opened(dir.path(), 1);
    for id in ["lea", "tim"] {
        engine.put(&Customer::new(id).set("vip", true)).unwrap();
    }
    engine.alias("device", "lea", noon()).unwrap();
    assert_eq!(engine.evict(["lea"]), 0, "not safe yet");
    engine.durable().unwrap();
    let key = engine.key("lea").unwrap();
    assert_eq!(engine.evict(["lea", "nobody"]), 1);
    assert_eq!(engine.customers(), 1);
    for id in ["lea", "device"] {
        let request = Request::new(id, "home").at(noon());
        assert_eq!(engine.decide(&request), Err(BindError::NotLoaded));
        assert!(matches!(engine.explain(&request), Err(BindError::NotLoaded)));
        assert_eq!(engine.put(&Customer::new(id)), Err(CustomerError::NotLoaded));
        assert_eq!(engine.track(&purchase(id, 1, "a"), noon()), Err(EventError::NotLoaded));
        assert!(engine.alias(id, "tim", noon()).is_err());
    }
    assert_eq!(engine.decide(&Request::by_key(key, "home")), Err(BindError::NotLoaded));
    let many = engine.decide_many(&[Request::new("lea", "home"), Request::new("new", "home")]);
    assert_eq!(many[0], Err(BindError::NotLoaded));
    assert!(many[1].is_ok(), "a stranger is somebody of whom nothing is known");
    assert_eq!(engine.load(["device", "lea", "new"]), Ok(1));
    assert_eq!((home(&engine, "lea").as_str(), engine.key("device")), ("for_vips", Some(key)));
    // Forgotten without being loaded.
    engine.evict(["tim"]);
    assert!(engine.forget("tim"));
    assert_eq!(engine.load(["tim"]), Ok(0));
    assert_eq!(home(&engine, "tim"), "");
    engine.durable().unwrap();
    assert_eq!(engine.load_all(), Ok(0));
    assert!(!engine.forget("tim"));
}

#[test]
fn the_cache_may_be_smaller_than_the_store() {
    let dir = tempfile::tempdir().unwrap();
    let (engine, store) = opened(dir.path(), 1);
    let id = |n: usize| format!("customer {n}");
    for n in 0..2_000 {
        buy(&engine, &id(n), 10, "a");
        if n % 100 == 99 {
            engine.durable().unwrap();
            engine.evict((0..=n).map(id));
            assert_eq!(engine.customers(), 0);
        }
    }
    for n in (0..2_000).step_by(7) {
        assert_eq!(engine.load([id(n)]), Ok(1));
        buy(&engine, &id(n), 10, "a");
        buy(&engine, &id(n), 10, "b");
    }
    engine.durable().unwrap();
    let mut walked = 0;
    store.walk(&mut |entry| walked += usize::from(entry.ids.len() == 1)).unwrap();
    assert_eq!(walked, 2_000);
    engine.load_all().unwrap();
    for n in 0..2_000 {
        let expected = if n % 7 == 0 { 2 } else { 1 };
        assert_eq!(engine.export(&id(n)).unwrap().events["purchase"].times, expected);
    }
}

#[test]
fn several_threads_share_commits_and_each_is_told_when_its_own_is_safe() {
    let dir = tempfile::tempdir().unwrap();
    let (engine, store) = opened(dir.path(), 1);
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (engine, store) = (&engine, &store);
            scope.spawn(move || {
                for n in 0..15 {
                    let id = format!("customer {thread} {n}");
                    buy(engine, &id, 10, "a");
                    engine.durable().unwrap();
                    let hash = store.hash(&id);
                    assert!(store.ids().unwrap().iter().any(|(known, _)| *known == hash), "{id}");
                }
            });
        }
    });
}

#[test]
fn what_cannot_be_opened_is_said_clearly() {
    let dir = tempfile::tempdir().unwrap();
    let missing = dir.path().join("missing");
    let error = Folder::open(&missing, chance(1)).unwrap_err();
    assert_eq!(error.to_string(), format!("there is no folder `{}`", missing.display()));
    let (engine, store) = opened(dir.path(), 1);
    engine.put(&Customer::new("lea")).unwrap();
    engine.durable().unwrap();
    let error = Folder::open(dir.path(), chance(1)).unwrap_err();
    assert_eq!(error, StoreError::Locked { folder: dir.path().display().to_string() });
    drop((engine, store));
    // A newer release.
    let keys = dir.path().join("keys.onward");
    let good = std::fs::read(&keys).unwrap();
    let mut newer = good.clone();
    newer[12] = 2;
    let sum = xxhash_rust::xxh3::xxh3_64(&newer[..72]);
    newer[72..80].copy_from_slice(&sum.to_le_bytes());
    std::fs::write(&keys, &newer).unwrap();
    let error = Folder::open(dir.path(), chance(1)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the file of keys was written by a newer release, in format 2; this one reads up to 1"
    );
    // The keys are gone, or another store's.
    std::fs::remove_file(&keys).unwrap();
    assert!(matches!(Folder::open(dir.path(), chance(1)), Err(StoreError::Damaged { .. })));
    let other = tempfile::tempdir().unwrap();
    drop(folder(other.path(), 9).unwrap());
    std::fs::copy(other.path().join("keys.onward"), &keys).unwrap();
    assert!(matches!(Folder::open(dir.path(), chance(1)), Err(StoreError::Damaged { .. })));
    std::fs::write(&keys, &good).unwrap();
    let store: Arc<dyn Store> = folder(dir.path(), 2).unwrap();
    assert_eq!(Engine::open(&rules(), store).unwrap().load_all(), Ok(1));
}
