//! Work shared out among threads; the results have the order of the parts, however they were shared out.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::mutant::mutant;

/// Most threads that work, the caller's among them.
const THREADS: usize = 16;

/// Does `work` for each number below `parts`, on at most `worth` threads; `out[i]` is of `i`.
pub(super) fn shared_out<T: Send>(
    parts: usize,
    worth: usize,
    work: impl Fn(usize) -> T + Sync,
) -> Vec<T> {
    let most = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let threads = most.min(THREADS).min(parts).min(worth).max(1);
    if threads == 1 {
        return (0..parts).map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let some = || {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            if at >= parts {
                return done;
            }
            done.push((at, work(at)));
        }
    };
    let mut all = std::thread::scope(|scope| {
        // Where the system gives no thread, the others have the more to do.
        let helpers: Vec<_> = (1..threads)
            .filter_map(|_| std::thread::Builder::new().spawn_scoped(scope, some).ok())
            .collect();
        let mut all = some();
        for helper in helpers {
            match helper.join() {
                Ok(done) => all.extend(done),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        all
    });
    if !mutant!("check_reads_in_the_order_of_threads") {
        all.sort_by_key(|(at, _)| *at);
    }
    all.into_iter().map(|(_, read)| read).collect()
}
