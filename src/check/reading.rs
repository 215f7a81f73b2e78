//! Reading all rule files of a workspace, on several threads where that pays; the result has the order of the
//! files, however they were shared out.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::diagnostic::Diagnostic;
use crate::mutant::mutant;
use crate::syntax::{self, Limits, Source, ast};

/// Most threads that read, the caller's among them.
const THREADS: usize = 16;
/// Text that keeps a thread busy for long enough to be worth starting.
const BYTES: u64 = 64 << 10;

/// What one file gave: its tree, its problems, and how many more were only counted.
pub(super) type Read = (ast::File, Vec<Diagnostic>, usize);

/// Reads every source; `out[i]` is of `sources[i]`.
pub(super) fn read(sources: &[&Source], limits: &Limits) -> Vec<Read> {
    let bytes: u64 = sources.iter().map(|source| source.bytes()).sum();
    let worth = usize::try_from(bytes / BYTES).unwrap_or(usize::MAX);
    let most = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let threads = most.min(THREADS).min(sources.len()).min(worth).max(1);
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(source) = sources.get(at) else { return done };
            done.push((at, syntax::parse_counting(source, limits)));
        }
    };
    let mut all = std::thread::scope(|scope| {
        // Where the system gives no thread, the others have the more to do.
        let helpers: Vec<_> = (1..threads)
            .filter_map(|_| std::thread::Builder::new().spawn_scoped(scope, work).ok())
            .collect();
        let mut all = work();
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
