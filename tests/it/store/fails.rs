//! A disk that is full or fails: nothing is acknowledged that is not safe, decisions go on, and all is well again
//! once the disk is, without a restart.

use std::sync::Arc;

use onward::store::{Folder, Store, StoreError};
use onward::{Customer, CustomerError, Engine, EventError};
use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::SeedableRng;

use super::disk::{FaultDisk, Trouble};
use super::{ago, buy, chance, everybody, happen, home, noon, purchase, rules};

fn on(disk: &FaultDisk, seed: u64) -> Result<Engine, StoreError> {
    let store: Arc<dyn Store> = Arc::new(Folder::on(Box::new(disk.clone()), chance(seed))?);
    Engine::open(&rules(), store)
}

/// Goal 17: the n-th write, sync or replacement fails, for every n up to 200, with no room or with an error.
#[test]
fn the_disk_fails_at_each_of_two_hundred_operations() {
    let rules = rules();
    for trouble in [Trouble::Full, Trouble::Error] {
        let mut failed = 0;
        for n in 1..=200 {
            let disk = FaultDisk::default();
            let store = Folder::on(Box::new(disk.clone()), chance(n)).unwrap();
            let engine = Engine::open(&rules, Arc::new(store)).unwrap();
            let mut rng = Pcg64Mcg::seed_from_u64(n);
            engine.put(&Customer::new("lea").set("vip", true)).unwrap();
            engine.durable().unwrap();
            let mut safe = everybody(&engine);
            disk.fail(n, trouble);
            let mut stopped = false;
            for _ in 0..60 {
                for _ in 0..3 {
                    happen(&engine, &mut rng, 8);
                }
                match engine.durable() {
                    Ok(()) => safe = everybody(&engine),
                    Err(_) => {
                        stopped = true;
                        break;
                    }
                }
            }
            failed += u32::from(stopped);
            if stopped {
                // Nothing more is promised; who only asks is answered.
                let put = engine.put(&Customer::new("new").set("vip", true));
                assert!(matches!(put, Err(CustomerError::Store { .. })), "{n}: {put:?}");
                let track = engine.track(&purchase("new", 1, ""), noon());
                assert!(matches!(track, Err(EventError::Store { .. })), "{n}: {track:?}");
                assert!(engine.alias("new", "other", noon()).is_err());
                assert_eq!(home(&engine, "lea"), "for_vips");
                // What is on the disk now is what was acknowledged, or the whole of what was under way.
                let now = everybody(&engine);
                let copy = on(&disk.copy(), n).unwrap();
                copy.load_all().unwrap();
                let found = everybody(&copy);
                assert!(found == safe || found == now, "{n}");
                // Room again: no restart, nothing lost.
                disk.mend();
                engine.durable().unwrap();
                engine.put(&Customer::new("new").set("vip", true)).unwrap();
                engine.durable().unwrap();
            }
            let here = everybody(&engine);
            let (after, _) = disk.after_power_cut(&mut rng);
            let again = on(&after, n).unwrap();
            again.load_all().unwrap();
            assert_eq!(everybody(&again), here, "{trouble:?} at {n}");
        }
        assert!(failed > 150, "{trouble:?}: only {failed} of 200 came to bear");
    }
}

#[test]
fn a_store_that_has_no_room_says_so_and_a_withdrawal_holds_at_once() {
    let disk = FaultDisk::default();
    let engine = on(&disk, 1).unwrap();
    engine.put(&Customer::new("lea").set("vip", true).grant("email", "marketing")).unwrap();
    engine.durable().unwrap();
    disk.fail(1, Trouble::Full);
    buy(&engine, "lea", 1, "a");
    assert_eq!(engine.durable(), Err(StoreError::Full));
    let withdraws =
        Customer::new("lea").updated(ago(1)).withdraw("email", "marketing").set("vip", false);
    let refused = engine.put(&withdraws).unwrap_err().to_string();
    assert_eq!(refused, "the store takes nothing: there is no room left on the disk");
    assert_eq!(super::asked(&engine, "lea", "mail"), "", "the withdrawal holds");
    assert_eq!(home(&engine, "lea"), "for_vips", "the rest of it was refused");
    assert!(engine.durable().is_err());
    disk.mend();
    engine.durable().unwrap();
    let again = on(&disk.copy(), 2).unwrap();
    again.load(["lea"]).unwrap();
    assert_eq!(super::asked(&again, "lea", "mail"), "");
    assert_eq!(again.export("lea").unwrap().events["purchase"].times, 1);
}

/// A sync that failed is never tried again and believed: what it should have kept is written anew.
#[test]
fn a_failed_sync_is_not_repeated_and_believed() {
    for n in 1..40 {
        let disk = FaultDisk::default();
        let engine = on(&disk, n).unwrap();
        engine.put(&Customer::new("lea").set("vip", true)).unwrap();
        engine.durable().unwrap();
        buy(&engine, "lea", 1, "a");
        disk.fail(n, Trouble::Error);
        let first = engine.durable();
        let before = disk.operations();
        if first.is_err() {
            engine.durable().unwrap();
            assert!(disk.operations() > before + 3, "{n}: acknowledged without writing");
        }
        let mut rng = Pcg64Mcg::seed_from_u64(n);
        let (after, _) = disk.after_power_cut(&mut rng);
        let again = on(&after, n).unwrap();
        again.load(["lea"]).unwrap();
        assert_eq!(again.export("lea").unwrap().events["purchase"].times, 1, "{n}");
    }
}
