//! Reading all rule files of a workspace, on several threads where that pays; the result has the order of the
//! files.

use std::sync::{Arc, Mutex, PoisonError};

use super::kept::{KeptFiles, Reading};
use super::scope::ParsedFile;
use crate::diagnostic::LineIndex;
use crate::shares::shared_out;
use crate::syntax::{self, Known, Limits, Source};

/// Text that keeps a thread busy for long enough to be worth starting.
const BYTES: u64 = 64 << 10;
/// Definitions that take as long to be freed.
const FREED: usize = 500;

/// What one source gave.
pub(super) struct Read<'a> {
    /// Absent where it is no rule file.
    pub(super) reading: Option<Reading>,
    pub(super) lines: LineIndex<'a>,
}

/// Reads every source, but for those that are `kept` as they are; `out[i]` is of `sources[i]`.
pub(super) fn read<'a>(
    sources: &'a [Source],
    limits: &Limits,
    kept: Option<&KeptFiles>,
) -> Vec<Read<'a>> {
    let known: Vec<Option<Reading>> =
        sources.iter().map(|source| kept.and_then(|kept| kept.get(source))).collect();
    let new = sources.iter().zip(&known).filter(|(_, known)| known.is_none());
    let bytes: u64 = new.map(|(source, _)| source.bytes()).sum();
    let worth = usize::try_from(bytes / BYTES).unwrap_or(usize::MAX);
    // Lines that one thread read help it with the next file.
    let known_lines: Mutex<Vec<Known>> = Mutex::default();
    let pool = || known_lines.lock().unwrap_or_else(PoisonError::into_inner);
    let one = |(source, known): (&'a Source, &Option<Reading>)| {
        let lines = LineIndex::new(source.text());
        let reading = source.name().ends_with(".journey").then(|| {
            known.clone().unwrap_or_else(|| {
                let mut lines = pool().pop().unwrap_or_default();
                let (tree, found, more) = syntax::parse_counting(source, limits, &mut lines);
                pool().push(lines);
                Reading { tree: Arc::new(tree), found, more }
            })
        });
        Read { reading, lines }
    };
    let read = shared_out(sources.len(), worth, |at| sources.get(at).zip(known.get(at)).map(one));
    read.into_iter().flatten().collect()
}

/// Frees the trees that are kept nowhere else, which takes as long as a tenth of the reading.
pub(super) fn free(files: Vec<ParsedFile<'_>>) {
    let own = files.iter().filter(|file| Arc::strong_count(&file.tree) == 1);
    let worth = own.map(|file| file.tree.definitions.len()).sum::<usize>() / FREED;
    let files: Vec<_> = files.into_iter().map(|file| Mutex::new(Some(file.tree))).collect();
    shared_out(files.len(), worth, |at| {
        let file = files.get(at).map(|file| file.lock().unwrap_or_else(PoisonError::into_inner));
        drop(file.and_then(|mut file| file.take()));
    });
}
