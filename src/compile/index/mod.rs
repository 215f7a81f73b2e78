//! The decision index: a decision tree stored by its edges, so that one customer meets only what can match.
//!
//! In: the levels that conditions test, and [`Item`]s (candidates with a bound of their score and a
//! condition). Out: an [`Index`] that `runtime::walk` reads. Every condition becomes a few conjunctions; they
//! stand in the order (bound descending, name), 512 to a block; and for every reading of every level one bit
//! row says which conjunctions that reading does not exclude. A decision is the AND of one row per level.
//!
//! Unknown is a reading like any other, with a row of its own. What does not fit a row (a second clause on
//! one set, a number edge beyond the cap, an `any` group beyond the cap) lets too many through and is
//! verified on those that come through. Knows nothing of customers, placements or source text.

mod edges;
mod input;
mod normal;
mod passes;
mod verify;

use std::fmt;

pub use input::{
    Accept, Condition, Item, LevelKind, Literal, Reading, Readings, SetTest, Span, real_key,
};

pub(crate) use edges::{Edges, NO_ROW};
pub(crate) use verify::Program;

use input::{order, tidy};
use normal::Expander;

/// Bits of one row for one block: one cache line.
#[repr(align(64))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Line(pub(crate) [u64; 8]);

impl Line {
    pub(crate) const NONE: Self = Self([0; 8]);
}

/// Conjunctions to a block.
pub(crate) const BLOCK: usize = 512;

/// How the index is laid out; the defaults are the measured ones.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Most conjunctions an item becomes; beyond it, a superset that is verified.
    pub conjunctions: usize,
    /// Most edges of a number level; beyond it, coarser ones that are verified.
    pub number_edges: usize,
    /// Blocks whose rows stand together, for the best few; later blocks stand row by row, for full walks.
    pub head_blocks: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { conjunctions: 8, number_edges: 255, head_blocks: 8 }
    }
}

/// Why levels and items do not fit together: a fault of the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// A literal names a level that was not given.
    #[error("no level has the number {level}")]
    UnknownLevel {
        /// As written.
        level: u32,
    },
    /// A literal's readings are of another kind than its level.
    #[error("a test of level {level} is for another kind of level")]
    OtherKind {
        /// As written.
        level: u32,
    },
}

/// A conjunction's item, with what the stopping rule reads of it: 16 bytes, one cache miss a hit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) bound: f64,
    pub(crate) item: u32,
    pub(crate) rank: u32,
}

/// Items by what can match them; immutable, shared between threads.
pub struct Index {
    pub(crate) edges: Edges,
    /// One per conjunction, in order.
    pub(crate) entries: Vec<Entry>,
    /// Rows of one block in a row.
    pub(crate) rows: usize,
    pub(crate) blocks: usize,
    pub(crate) head_blocks: usize,
    /// `[block][row]`, the first `head_blocks`.
    pub(crate) head: Vec<Line>,
    /// `[row][block]`, the blocks after them.
    pub(crate) tail: Vec<Line>,
    /// Conjunctions to verify, per block.
    pub(crate) check: Vec<Line>,
    pub(crate) program: Program,
    items: usize,
    verified: usize,
}

impl fmt::Debug for Index {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Index").field("size", &self.size()).finish_non_exhaustive()
    }
}

/// What an index holds, for reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Items that some customer can match.
    pub items: usize,
    /// Conjunctions they became.
    pub conjunctions: usize,
    /// Conjunctions that are verified when they come through.
    pub verified: usize,
    /// Bit rows, each of one bit per conjunction.
    pub rows: usize,
    /// Bytes held.
    pub bytes: usize,
}

impl Index {
    /// Builds the index of `items`; an item's number is its place in the slice.
    ///
    /// - Cost: about 9 µs and 630 bytes an item at 100,000 items on the benchmark's workload.
    /// - The same input gives the same index.
    ///
    /// # Errors
    /// [`BuildError`] where a literal does not fit its level.
    pub fn build(
        levels: &[LevelKind],
        items: &[Item],
        options: Options,
    ) -> Result<Self, BuildError> {
        let mut order_of: Vec<(f64, u32, u32)> = items
            .iter()
            .zip(0..)
            .map(|(item, number)| (tidy(item.bound), item.rank, number))
            .collect();
        order_of.sort_by(|a, b| order((a.0, a.1), (b.0, b.1)).then(a.2.cmp(&b.2)));

        let mut expander =
            Expander { pool: normal::Pool::default(), levels, cap: options.conjunctions.max(1) };
        let mut entries = Vec::with_capacity(items.len() * 2);
        let mut conjunctions = Vec::with_capacity(items.len() * 2);
        let mut possible = 0;
        for (bound, rank, number) in order_of {
            let Some(item) = items.get(number as usize) else { continue };
            let found = expander.expand(&item.condition)?;
            possible += usize::from(!found.is_empty());
            for conjunction in found {
                entries.push(Entry { bound, item: number, rank });
                conjunctions.push(conjunction);
            }
        }
        let mut pool = expander.pool;

        let blocks = entries.len().div_ceil(BLOCK);
        let mut table = edges::Table::new(entries.len(), blocks);
        let edges = table.levels(levels, &conjunctions, &pool, options.number_edges.max(1));
        let mut check = vec![Line::NONE; blocks];
        let mut verified = 0;
        let mut program = Program::default();
        for (conjunction, number) in conjunctions.iter().zip(0..) {
            let left = table.left_open(number);
            if conjunction.verify.is_empty() && left.is_empty() {
                continue;
            }
            verified += 1;
            if let Some(line) = check.get_mut(number / BLOCK)
                && let Some(word) = line.0.get_mut(number % BLOCK / 64)
            {
                *word |= 1 << (number % 64);
            }
            program.add(number as u32, left, &conjunction.verify, &mut pool);
        }
        program.keep(pool.passes);

        let rows = table.rows();
        let head_blocks = options.head_blocks.min(blocks);
        let (head, tail) = table.lay_out(head_blocks);
        Ok(Self {
            edges,
            entries,
            rows,
            blocks,
            head_blocks,
            head,
            tail,
            check,
            program,
            items: possible,
            verified,
        })
    }

    /// What it holds.
    #[must_use]
    pub fn size(&self) -> Size {
        let lines = self.head.len() + self.tail.len() + self.check.len();
        Size {
            items: self.items,
            conjunctions: self.entries.len(),
            verified: self.verified,
            rows: self.rows,
            bytes: lines * size_of::<Line>()
                + self.entries.len() * size_of::<Entry>()
                + self.edges.bytes(),
        }
    }

    /// Every bit and table as text, to compare two builds.
    #[doc(hidden)]
    #[must_use]
    pub fn image(&self) -> String {
        format!("{:?} {:?} {:?}", self.edges, self.entries, (&self.head, &self.tail, &self.check))
    }
}
