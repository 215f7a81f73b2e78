//! The two walks over the index: the best few with early exit, and all that match.
//!
//! In: an [`Index`], one customer's [`Readings`], and a closure that scores a candidate or refuses it.
//! Out: a [`Slate`] of at most `k` hits, best first, and a [`Tally`] of what was met on the way.
//!
//! Candidates come in the order (bound descending, name), each once, however many of its conjunctions match.
//! The best-few walk stops when nothing left can enter: `k` hits stand, and the last one's score is greater
//! than the bound of what is left, or equal while it was never shown and its name sorts first. Filters that
//! refuse a candidate make the walk go on. Nothing is allocated. Knows nothing of how the index was built.

mod found;
mod kernel;
mod scratch;
mod slate;

use crate::compile::index::{BLOCK, Entry, Index, Line, Program, Readings, Sure};
use crate::mutant::mutant;

use found::Found;

pub use scratch::Scratch;
pub use slate::{Hit, Scored, Slate};

/// A candidate whose conditions hold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate {
    /// Its number: its place among the items of the build.
    pub item: u32,
    /// The bound of its score.
    pub bound: f64,
}

/// What a walk met.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Candidates whose conditions hold.
    pub matched: u32,
    /// Of those, candidates that were given a score.
    pub passed: u32,
}

/// Blocks of the tail read at once by a full walk: 16 KiB of sums, which stay in the first cache.
const CHUNK: usize = 256;

/// What a walk asks of its caller.
pub(crate) trait Asked {
    /// Whether a conjunction holds whose rows leave something open.
    fn holds(&mut self, program: &Program, conjunction: u32) -> bool;
    /// A score, never above the candidate's bound, or a refusal.
    fn visit(&mut self, candidate: Candidate) -> Option<Scored>;
    /// What of a block stands once its conditions hold, whoever is asked.
    fn sure(&self, _block: usize) -> Option<&Sure> {
        None
    }
}

/// A caller with all readings at hand.
struct Known<'a, V> {
    readings: &'a Readings<'a>,
    visit: V,
}

impl<V: FnMut(Candidate) -> Option<Scored>> Asked for Known<'_, V> {
    fn holds(&mut self, program: &Program, conjunction: u32) -> bool {
        program.holds(conjunction, self.readings)
    }
    #[inline(always)]
    fn visit(&mut self, candidate: Candidate) -> Option<Scored> {
        (self.visit)(candidate)
    }
}

/// The best few: `slate` holds them afterwards, best first.
///
/// - `visit` gives a score, never above the candidate's bound, or refuses with `None`.
/// - Cost: one AND per level and 512 conjunctions, until the bound of what is left is too low.
pub fn best(
    index: &Index,
    readings: &Readings<'_>,
    scratch: &mut Scratch,
    slate: &mut Slate,
    visit: impl FnMut(Candidate) -> Option<Scored>,
) -> Tally {
    scratch.read(index, readings);
    walk::<true>(index, &[], scratch, slate, &mut Known { readings, visit })
}

/// As [`best`], from rows that [`Index::hold`] found before for the same customer.
///
/// `readings` tells of the levels that are not the customer's alone, and of those whose conjunctions may have to
/// be verified.
pub fn best_held(
    index: &Index,
    held: &[u16],
    readings: &Readings<'_>,
    scratch: &mut Scratch,
    slate: &mut Slate,
    visit: impl FnMut(Candidate) -> Option<Scored>,
) -> Tally {
    let own = scratch.read_rest(index, held, readings);
    walk::<true>(index, own, scratch, slate, &mut Known { readings, visit })
}

/// All that match: every candidate is visited and counted; `slate` holds the best few of them.
pub fn all(
    index: &Index,
    readings: &Readings<'_>,
    scratch: &mut Scratch,
    slate: &mut Slate,
    visit: impl FnMut(Candidate) -> Option<Scored>,
) -> Tally {
    scratch.read(index, readings);
    walk::<false>(index, &[], scratch, slate, &mut Known { readings, visit })
}

/// The walk over the rows in `own` and `scratch`: with `STOP` until nothing left can enter, else to the end.
pub(crate) fn walk<const STOP: bool>(
    index: &Index,
    own: &[u16],
    scratch: &mut Scratch,
    slate: &mut Slate,
    asked: &mut impl Asked,
) -> Tally {
    let mut tally = Tally::default();
    slate.clear();
    if STOP && slate.k() == 0 {
        return tally;
    }
    let mut last = u32::MAX;
    for (block, lines) in index.head.chunks_exact(index.rows.max(1)).enumerate() {
        if STOP && slate.stands_against_block(index, block) {
            return tally;
        }
        let line = kernel::head(lines, own, &scratch.rows);
        let Scratch { found, .. } = scratch;
        if !sift::<STOP>(index, block, &line, found, &mut last, slate, &mut tally, asked) {
            return tally;
        }
    }
    if index.blocks == index.head_blocks {
        return tally;
    }
    scratch.reserve_sums(index);
    scratch.rows.all.extend(own.iter().map(|row| u32::from(*row)));
    let mut block = index.head_blocks;
    let mut chunk = if STOP { 4 } else { CHUNK };
    while block < index.blocks {
        if STOP && slate.stands_against_block(index, block) {
            return tally;
        }
        let end = (block + chunk).min(index.blocks);
        let Scratch { rows, sums, found, .. } = scratch;
        let lines = kernel::tail(index, block, end, rows, sums);
        for (line, number) in lines.iter().zip(block..) {
            if !sift::<STOP>(index, number, line, found, &mut last, slate, &mut tally, asked) {
                return tally;
            }
        }
        block = end;
        chunk = (chunk * 2).min(CHUNK);
    }
    tally
}

/// Visits the candidates of one block; `false` where the walk may stop.
#[allow(clippy::too_many_arguments, reason = "the state of one walk, kept in registers")]
#[inline(always)]
fn sift<const STOP: bool>(
    index: &Index,
    block: usize,
    line: &Line,
    found: &mut Found,
    last: &mut u32,
    slate: &mut Slate,
    tally: &mut Tally,
    asked: &mut impl Asked,
) -> bool {
    let first = block * BLOCK;
    let entries = index.entries.get(first..).unwrap_or_default();
    let mut left;
    let mut line = line;
    // Behind the last score that has a place nobody is looked at whose conditions are all that counts.
    if !STOP
        && entries.first().is_some_and(|entry| slate.is_closed_to(entry))
        && let Some(sure) = asked.sure(block)
    {
        left = Line(line.0);
        let count = sure.take(&mut left);
        (tally.matched, tally.passed) = (tally.matched + count, tally.passed + count);
        line = &left;
    }
    found.clear();
    for (word, bits) in line.0.iter().enumerate() {
        found.take(*bits, word as u16 * 64);
    }
    let check = index.check.get(block).unwrap_or(&Line::NONE);
    for at in found.places() {
        let at = usize::from(*at);
        let Some(entry) = entries.get(at) else { continue };
        // Conjunctions of one item stand side by side.
        if entry.item == *last && !mutant!("index_item_of_two_conjunctions_twice") {
            continue;
        }
        if STOP && slate.stands_against(entry) {
            return false;
        }
        let verify = check.0.get(at / 64).copied().unwrap_or(0) >> (at % 64) & 1 == 1;
        if verify && !asked.holds(&index.program, (first + at) as u32) {
            continue;
        }
        *last = entry.item;
        tally.matched += 1;
        if let Some(scored) = asked.visit(Candidate { item: entry.item, bound: entry.bound }) {
            tally.passed += 1;
            slate.offer(entry, scored);
        }
    }
    true
}

impl Slate {
    fn stands_against_block(&self, index: &Index, block: usize) -> bool {
        let next: Option<&Entry> = index.entries.get(block * BLOCK);
        if mutant!("index_walk_stops_one_block_too_soon") {
            return self.is_full();
        }
        next.is_none_or(|entry| self.stands_against(entry))
    }
}
