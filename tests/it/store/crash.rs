//! The power goes at any moment, again and again: what was acknowledged is there, and nothing is half there.

use std::collections::BTreeMap;
use std::sync::Arc;

use onward::Engine;
use onward::store::{Batch, Entry, Folder, Store};
use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::SeedableRng;

use super::disk::{FaultDisk, Lost, Trouble};
use super::{below, chance, everybody, happen, rules};

/// What a store holds: ids and bytes by number.
type Held = BTreeMap<u64, (Vec<String>, Vec<u8>)>;

fn held(store: &Folder) -> Held {
    let mut held = Held::new();
    let mut each = |entry: Entry| {
        held.insert(entry.person, (entry.ids, entry.state));
    };
    store.walk(&mut each).expect("a store that was not damaged can be read");
    let known = store.ids().unwrap();
    assert_eq!(known.len(), held.values().map(|(ids, _)| ids.len()).sum::<usize>());
    for (person, (ids, _)) in &held {
        for id in ids {
            assert!(known.contains(&(store.hash(id), *person)), "{id} leads nowhere");
        }
    }
    held
}

/// A batch after which a store that held `before` holds the second.
fn batch(rng: &mut Pcg64Mcg, before: &Held, next: &mut u64) -> (Batch, Held) {
    let (mut batch, mut after) = (Batch::default(), before.clone());
    for _ in 0..below(rng, 2) {
        let gone = after.keys().copied().nth(usize::try_from(below(rng, 8)).unwrap());
        if let Some(gone) = gone {
            after.remove(&gone);
            batch.erase.push(gone);
        }
    }
    for _ in 0..=below(rng, 3) {
        let old = after.keys().copied().nth(usize::try_from(below(rng, 8)).unwrap());
        let person = old.unwrap_or(*next);
        *next = (*next).max(person + 1);
        let long = usize::try_from(below(rng, 9) * below(rng, 900)).unwrap();
        let state = vec![u8::try_from(below(rng, 256)).unwrap(); long];
        let entry = Entry { person, ids: vec![format!("id {person}")], state };
        after.insert(person, (entry.ids.clone(), entry.state.clone()));
        batch.put.retain(|other| other.person != person);
        batch.put.push(entry);
    }
    (batch, after)
}

/// Commits until the power goes; what is safe for certain, and what may be there instead.
fn work(
    store: &Folder,
    rng: &mut Pcg64Mcg,
    mut safe: Held,
    next: &mut u64,
) -> (Held, Option<Held>) {
    for _ in 0..6 {
        let (batch, after) = batch(rng, &safe, next);
        match store.commit(&batch) {
            Ok(()) => safe = after,
            Err(_) => return (safe, Some(after)),
        }
    }
    (safe, None)
}

fn points(count: u64, seed: u64) -> Lost {
    let mut rng = Pcg64Mcg::seed_from_u64(seed);
    let (mut lost, mut in_recovery, mut new, mut cut_off) = (Lost::default(), 0, 0, 0);
    let mut point = 0;
    while point < count {
        let (mut disk, mut safe, mut next) = (FaultDisk::default(), Held::new(), 0);
        // A store's life: some power cuts, each at any operation, opening included.
        for _ in 0..20 {
            point += 1;
            let recovering = below(&mut rng, 10) < 3;
            let reach = if recovering { 8 } else { 60 };
            disk.fail(below(&mut rng, reach), Trouble::Power);
            let mut may = None;
            match Folder::on(Box::new(disk.clone()), chance(point)) {
                Ok(store) => {
                    assert_eq!(held(&store), safe, "point {point} of seed {seed}");
                    (safe, may) = work(&store, &mut rng, safe, &mut next);
                }
                Err(_) => in_recovery += 1,
            }
            let (after, here) = disk.after_power_cut(&mut rng);
            lost.writes += here.writes;
            lost.torn += here.torn;
            lost.reordered += here.reordered;
            lost.growth += here.growth;
            lost.replacements += here.replacements;
            disk = after;
            // What was under way is there as a whole or not at all.
            if let Some(may) = may {
                cut_off += 1;
                let looked = disk.copy();
                let store =
                    Folder::on(Box::new(looked), chance(point)).expect("a store after a power cut");
                let found = held(&store);
                assert!(found == safe || found == may, "point {point} of seed {seed}");
                new += u64::from(found == may && found != safe);
                safe = found;
            }
        }
    }
    println!(
        "{point} power cuts (seed {seed}), {in_recovery} while opening, {cut_off} during a commit, {new} of them \
         after it took hold; lost: {lost:?}"
    );
    assert!(in_recovery > count / 50 && cut_off > count / 10 && new > 0);
    lost
}

/// Goal 16. `ONWARD_POWER_CUTS=N` takes more.
#[test]
fn what_was_acknowledged_outlasts_five_thousand_power_cuts() {
    let count =
        std::env::var("ONWARD_POWER_CUTS").ok().and_then(|n| n.parse().ok()).unwrap_or(5_000);
    let lost = points(count, 20_260_908);
    // Every rare thing happened.
    assert!(lost.writes > 100 && lost.torn > 100 && lost.reordered > 100, "{lost:?}");
    assert!(lost.growth > 10 && lost.replacements > 0, "{lost:?}");
}

/// The same with the engine on top: events, consent, merges, forgetting.
#[test]
fn an_engine_finds_what_was_acknowledged_and_nothing_by_halves() {
    let mut rng = Pcg64Mcg::seed_from_u64(5);
    let rules = rules();
    let (mut disk, mut safe) = (FaultDisk::default(), Vec::new());
    let mut cut_off = 0;
    for round in 0..60 {
        disk.fail(20 + below(&mut rng, 80), Trouble::Power);
        let mut may = None;
        if let Ok(store) = Folder::on(Box::new(disk.clone()), chance(round)) {
            let engine = Engine::open(&rules, Arc::new(store)).unwrap();
            engine.load_all().unwrap();
            assert_eq!(everybody(&engine), safe, "round {round}");
            while may.is_none() {
                for _ in 0..below(&mut rng, 30) {
                    happen(&engine, &mut rng, 15);
                }
                match engine.durable() {
                    Ok(()) => safe = everybody(&engine),
                    Err(_) => may = Some(everybody(&engine)),
                }
            }
        }
        (disk, _) = disk.after_power_cut(&mut rng);
        if let Some(may) = may {
            let store = Folder::on(Box::new(disk.copy()), chance(round)).unwrap();
            let engine = Engine::open(&rules, Arc::new(store)).unwrap();
            engine.load_all().unwrap();
            let found = everybody(&engine);
            assert!(found == safe || found == may, "round {round}");
            cut_off += 1;
            safe = found;
        }
    }
    assert!(cut_off > 30 && !safe.is_empty(), "{cut_off}");
}
