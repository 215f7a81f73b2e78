//! A copy of the data while the store goes on, and back.

use std::sync::atomic::{AtomicBool, Ordering};

use onward::store::{Folder, StoreError};

use super::{buy, opened};

/// Goal 34, of this release: events come in threes, so that a copy of a moment has all three or none.
#[test]
fn a_copy_made_under_load_is_of_one_moment() {
    let dir = tempfile::tempdir().unwrap();
    let (engine, store) = opened(dir.path(), 1);
    let done = AtomicBool::new(false);
    let copies: Vec<_> = (0..4).map(|_| tempfile::tempdir().unwrap()).collect();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut n = 0;
            while !done.load(Ordering::Relaxed) {
                for part in ["a", "b", "c"] {
                    buy(&engine, &format!("{part}{}", n % 200), 1, &format!("m{n}"));
                }
                n += 1;
                if n % 5 == 0 {
                    engine.durable().unwrap();
                }
            }
        });
        for copy in &copies {
            std::thread::sleep(std::time::Duration::from_millis(60));
            store.snapshot(copy.path()).unwrap();
        }
        done.store(true, Ordering::Relaxed);
    });
    engine.durable().unwrap();
    let mut sizes = Vec::new();
    for copy in &copies {
        let to = tempfile::tempdir().unwrap();
        Folder::restore(copy.path(), dir.path(), to.path()).unwrap();
        let (restored, _store) = opened(to.path(), 2);
        restored.load_all().unwrap();
        let mut total = 0;
        for n in 0..200 {
            let times = |part: &str| {
                let found = restored.export(&format!("{part}{n}"));
                found.map(|found| found.events["purchase"].times)
            };
            assert_eq!(times("a"), times("b"), "{n}");
            assert_eq!(times("a"), times("c"), "{n}");
            total += times("a").unwrap_or(0);
        }
        assert_eq!(total % 5, 0, "a batch was taken by halves");
        sizes.push(total);
    }
    assert!(sizes.is_sorted() && sizes[0] < sizes[3], "{sizes:?}");
    let again = Folder::restore(copies[0].path(), dir.path(), dir.path());
    assert!(matches!(again, Err(StoreError::Locked { .. })), "{again:?}");
    let again = store.snapshot(copies[0].path());
    assert!(matches!(again, Err(StoreError::System { .. })), "nor is a copy: {again:?}");
    drop((engine, store));
    let again = Folder::restore(copies[0].path(), dir.path(), dir.path());
    assert!(
        matches!(again, Err(StoreError::System { .. })),
        "a store is not written over: {again:?}"
    );
}
