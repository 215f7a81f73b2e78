//! A damaged store: a clear error or the right data, never wrong data.

use onward::store::{Entry, Folder, Store, StoreError};
use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::SeedableRng;

use super::disk::FaultDisk;
use super::{below, chance};

fn entry(person: u64) -> Entry {
    let state = format!("state {person} ").repeat(usize::try_from(person % 40 * 5).unwrap());
    Entry { person, ids: vec![format!("id {person}")], state: state.into_bytes() }
}

/// Goal 18. `ONWARD_DAMAGES=N` takes more.
#[test]
fn five_hundred_damaged_stores_say_so_or_are_right() {
    let count = std::env::var("ONWARD_DAMAGES").ok().and_then(|n| n.parse().ok()).unwrap_or(500);
    let good = FaultDisk::default();
    {
        let store = Folder::on(Box::new(good.clone()), chance(1)).unwrap();
        for round in 0..4 {
            let put = (round * 100..round * 100 + 100).map(entry).collect();
            store.commit(&onward::store::Batch { put, ..Default::default() }).unwrap();
        }
    }
    let mut rng = Pcg64Mcg::seed_from_u64(11);
    let (mut refused, mut parts, mut right) = (0, 0, 0);
    for round in 0..count {
        let disk = good.copy();
        let name = if round % 10 == 0 { "keys.onward" } else { "customers.onward" };
        disk.damage(name, |bytes| {
            let length = bytes.len() as u64;
            // In a fifth of the pages, or in one, or right at the beginning; bits, bytes or whole blocks.
            let pages = [length / 4096 / 5, 1, 1][usize::try_from(round % 3).unwrap()].max(1);
            for _ in 0..pages {
                let reach = if round % 3 == 2 { length.min(9000) } else { length };
                let at = usize::try_from(below(&mut rng, reach)).unwrap();
                match below(&mut rng, 5) {
                    0 => bytes[at] = !bytes[at],
                    1 => {
                        let end = bytes.len().min(at + 4096);
                        bytes[at..end].fill(0);
                    }
                    2 => {
                        let end = bytes.len().min(at + 512);
                        bytes[at..end].fill(0xff);
                    }
                    _ => bytes[at] ^= 1 << below(&mut rng, 8),
                }
            }
            if below(&mut rng, 20) == 0 {
                bytes.truncate(usize::try_from(below(&mut rng, length)).unwrap());
            }
        });
        match Folder::on(Box::new(disk), chance(2)) {
            Err(error) => {
                assert!(
                    matches!(error, StoreError::Damaged { .. } | StoreError::System { .. }),
                    "{error}"
                );
                refused += 1;
            }
            Ok(store) => {
                let mut whole = true;
                for person in (0..400).filter(|person| person % 9 == round % 9) {
                    match store.read(person) {
                        Ok(found) => assert_eq!(found, Some(entry(person)), "round {round}"),
                        Err(_) => whole = false,
                    }
                }
                if let Ok(ids) = store.ids() {
                    assert_eq!(ids.len(), 400, "round {round}");
                }
                let mut walked = 0;
                let walk = store.walk(&mut |found| {
                    assert_eq!(found, entry(found.person));
                    walked += 1;
                });
                assert!(walk.is_err() || walked == 400, "round {round}: {walked}");
                if whole { right += 1 } else { parts += 1 }
            }
        }
    }
    println!("{count} damages: {refused} refused as a whole, {parts} in part, {right} did no harm");
    assert!(refused > 0 && parts > 0 && right > 0, "{refused} {parts} {right}");
}
