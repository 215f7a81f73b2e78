//! Reading all rule files of a workspace, on several threads where that pays; the result has the order of the
//! files.

use std::sync::{Mutex, PoisonError};

use super::scope::ParsedFile;
use super::shares::shared_out;
use crate::diagnostic::{Diagnostic, LineIndex};
use crate::syntax::{self, Limits, Source, ast};

/// Text that keeps a thread busy for long enough to be worth starting.
const BYTES: u64 = 64 << 10;
/// Definitions that take as long to be freed.
const FREED: usize = 500;

/// What one source gave.
pub(super) struct Read<'a> {
    /// Absent where it is no rule file.
    pub(super) tree: Option<ast::File>,
    pub(super) found: Vec<Diagnostic>,
    /// How many more problems were only counted.
    pub(super) more: usize,
    pub(super) lines: LineIndex<'a>,
}

/// Reads every source; `out[i]` is of `sources[i]`.
pub(super) fn read<'a>(sources: &'a [Source], limits: &Limits) -> Vec<Read<'a>> {
    let bytes: u64 = sources.iter().map(Source::bytes).sum();
    let worth = usize::try_from(bytes / BYTES).unwrap_or(usize::MAX);
    let one = |source: &'a Source| {
        let lines = LineIndex::new(source.text());
        if !source.name().ends_with(".journey") {
            return Read { tree: None, found: Vec::new(), more: 0, lines };
        }
        let (tree, found, more) = syntax::parse_counting(source, limits);
        Read { tree: Some(tree), found, more, lines }
    };
    shared_out(sources.len(), worth, |at| sources.get(at).map(one)).into_iter().flatten().collect()
}

/// Frees the trees, which takes as long as a tenth of the reading.
pub(super) fn free(files: Vec<ParsedFile<'_>>) {
    let worth = files.iter().map(|file| file.tree.definitions.len()).sum::<usize>() / FREED;
    let files: Vec<_> = files.into_iter().map(|file| Mutex::new(Some(file.tree))).collect();
    shared_out(files.len(), worth, |at| {
        let file = files.get(at).map(|file| file.lock().unwrap_or_else(PoisonError::into_inner));
        drop(file.and_then(|mut file| file.take()));
    });
}
