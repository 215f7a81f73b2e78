//! Erased is gone: no readable byte in any file, nor in a copy of the data made before, nor after a crash.

use std::path::Path;
use std::sync::Arc;

use onward::store::{Folder, Store};
use onward::{Customer, Engine, Event};
use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::SeedableRng;

use super::disk::{FaultDisk, Trouble};
use super::{ago, below, chance, noon, opened, rules};

/// 32 bytes that stand nowhere else.
fn canary(person: usize, what: &str) -> String {
    format!("canary-{person:04}-{what:-<20}")
}

/// Canaries in every field that takes text.
fn person(engine: &Engine, n: usize) {
    let id = canary(n, "id");
    let news = Customer::new(id.as_str())
        .updated(ago(10))
        .set("city", canary(n, "city"))
        .set("undeclared", canary(n, "undeclared"))
        .set(canary(n, "name"), true)
        .grant(canary(n, "channel"), canary(n, "purpose"))
        .withdraw_all(canary(n, "withdrawn"))
        .shown(canary(n, "action"), "web", ago(3));
    engine.put(&news).unwrap();
    let event = Event::new(id.as_str(), "purchase", ago(5)).set("amount", "EUR 1");
    engine.track(&event.message(canary(n, "message")), noon()).unwrap();
    engine.put(&Customer::new(canary(n, "device")).set("city", canary(n, "before"))).unwrap();
    engine.alias(&canary(n, "device"), &id, noon()).unwrap();
}

fn readable(bytes: &[u8], n: usize) -> bool {
    let canary = format!("canary-{n:04}-");
    bytes.windows(canary.len()).any(|window| window == canary.as_bytes())
}

fn files(folder: &Path) -> Vec<Vec<u8>> {
    let all = std::fs::read_dir(folder).unwrap();
    all.map(|entry| std::fs::read(entry.unwrap().path()).unwrap()).collect()
}

/// Goal 29: twenty of forty customers go. Nobody is readable without a key, and those who go have none any more.
#[test]
fn no_readable_byte_is_left_of_twenty_customers() {
    let dir = tempfile::tempdir().unwrap();
    let copy = tempfile::tempdir().unwrap();
    let restored = tempfile::tempdir().unwrap();
    let (engine, store) = opened(dir.path(), 1);
    for n in 0..40 {
        person(&engine, n);
    }
    engine.durable().unwrap();
    store.snapshot(copy.path()).unwrap();
    // Changed, so that pages with what was before are free and not overwritten.
    for n in 0..40 {
        let news = Customer::new(canary(n, "id")).updated(ago(1)).set("city", canary(n, "later"));
        engine.put(&news).unwrap();
    }
    engine.durable().unwrap();
    engine.evict((10..20).map(|n| canary(n, "id")));
    for n in 0..20 {
        let id = canary(n, if n % 2 == 0 { "id" } else { "device" });
        assert_eq!(engine.erase(&id), Ok(true), "{id}");
        assert_eq!(engine.export(&id), None);
    }
    for n in 0..40 {
        for bytes in files(dir.path()).iter().chain(&files(copy.path())) {
            assert!(!readable(bytes, n), "customer {n}");
        }
    }
    drop((engine, store));
    // The keys of those who went are nowhere: whoever has all files, of before too, cannot read them.
    Folder::restore(copy.path(), dir.path(), restored.path()).unwrap();
    for (folder, city) in [(dir.path(), "later"), (restored.path(), "city")] {
        let (engine, _store) = opened(folder, 2);
        assert_eq!(engine.load_all(), Ok(20), "{city}");
        for n in 0..40 {
            let found = engine.export(&canary(n, "device"));
            assert_eq!(found.is_some(), n >= 20, "customer {n}");
            if let Some(found) = found {
                assert_eq!(found.attributes["city"].value, canary(n, city).into());
                assert_eq!(found.ids.len(), 2);
            }
        }
    }
}

/// A key is 32 bytes without meaning: those of the erased are looked for byte by byte in what is left.
#[test]
fn the_key_of_an_erased_customer_is_in_no_file() {
    let disk = FaultDisk::default();
    let store = Folder::on(Box::new(disk.clone()), chance(1)).unwrap();
    let engine = Engine::open(&rules(), Arc::new(store)).unwrap();
    for n in 0..20 {
        person(&engine, n);
    }
    engine.durable().unwrap();
    let keys_file = |disk: &FaultDisk| {
        let all = disk.bytes().into_iter().find(|(name, _)| name == "keys.onward");
        all.unwrap().1
    };
    let before = keys_file(&disk);
    let rows: Vec<&[u8]> = before[80..].chunks(48).collect();
    let key_of = |id: &str| {
        let key = engine.key(id).unwrap();
        // The number of a person is the first thing in its row.
        let number = format!("{key:?}").chars().filter(char::is_ascii_digit).collect::<String>();
        let number: u64 = number.parse().unwrap();
        let row = rows.iter().find(|row| row[..8] == number.to_le_bytes()).unwrap();
        row[8..40].to_vec()
    };
    let gone = key_of(&canary(3, "id"));
    let stays = key_of(&canary(4, "id"));
    engine.erase(&canary(3, "id")).unwrap();
    let holds = |key: &[u8]| {
        disk.bytes().iter().any(|(_, bytes)| bytes.windows(32).any(|window| window == key))
    };
    assert!(holds(&stays) && !holds(&gone));
}

/// The power goes in the middle of an erasure: the customer is wholly there, or wholly gone.
#[test]
fn an_erasure_that_a_crash_cuts_off_is_whole_or_not_begun() {
    let mut rng = Pcg64Mcg::seed_from_u64(1);
    let rules = rules();
    let (mut there, mut gone) = (0, 0);
    for n in 0..60 {
        let disk = FaultDisk::default();
        let store = Folder::on(Box::new(disk.clone()), chance(n)).unwrap();
        let engine = Engine::open(&rules, Arc::new(store)).unwrap();
        person(&engine, 1);
        person(&engine, 2);
        engine.durable().unwrap();
        disk.fail(1 + below(&mut rng, 60), Trouble::Power);
        let erased = engine.erase(&canary(1, "id"));
        let (after, _) = disk.after_power_cut(&mut rng);
        let store = Folder::on(Box::new(after.clone()), chance(n)).unwrap();
        let known = store.ids().unwrap().len();
        let again = Engine::open(&rules, Arc::new(store)).unwrap();
        again.load_all().unwrap();
        let found = again.export(&canary(1, "id"));
        assert!(again.export(&canary(2, "device")).is_some());
        assert_eq!(known, if found.is_some() { 4 } else { 2 });
        match found {
            Some(found) => {
                assert!(erased.is_err(), "round {n}: acknowledged, and there");
                assert_eq!(found.ids.len(), 2);
                there += 1;
            }
            None => {
                gone += 1;
                let keys = after.bytes().into_iter().filter(|(name, _)| name == "keys.onward");
                for (_, bytes) in keys {
                    assert_eq!(bytes.len(), 80 + 48, "round {n}: a key without a customer");
                }
            }
        }
        for (name, bytes) in after.bytes() {
            assert!(!readable(&bytes, 1) && !readable(&bytes, 2), "{name}");
        }
    }
    assert!(there > 5 && gone > 5, "{there} {gone}");
}

/// Goal 30, of what this part says: errors name no customer.
#[test]
fn no_message_of_the_store_holds_what_is_personal() {
    let disk = FaultDisk::default();
    let store = Folder::on(Box::new(disk.clone()), chance(1)).unwrap();
    let engine = Engine::open(&rules(), Arc::new(store)).unwrap();
    person(&engine, 7);
    engine.durable().unwrap();
    engine.evict([canary(7, "id")]);
    let mut said = vec![
        format!("{:?}", engine.put(&Customer::new(canary(7, "id")))),
        format!("{:?}", engine.alias(&canary(7, "id"), "x", noon())),
        format!("{:?}", engine.unmerge(&canary(7, "id"))),
    ];
    disk.damage("customers.onward", |bytes| {
        bytes.iter_mut().skip(9000).for_each(|byte| *byte ^= 1)
    });
    let opened = Folder::on(Box::new(disk.copy()), chance(1));
    said.push(match opened {
        Ok(store) => {
            let again = Engine::open(&rules(), Arc::new(store));
            format!("{:?}", again.and_then(|engine| engine.load([canary(7, "id")])))
        }
        Err(error) => format!("Err {error:?}"),
    });
    assert!(said.iter().all(|text| text.contains("Err")), "{said:?}");
    disk.fail(1, Trouble::Full);
    engine.put(&Customer::new(canary(8, "id"))).unwrap();
    said.push(format!("{:?} {:?}", engine.durable(), engine.put(&Customer::new(canary(8, "id")))));
    for text in said {
        assert!(!text.contains("canary"), "{text}");
    }
}
