//! The decision index: a decision tree stored by its edges, so that one customer meets only what can match.
//!
//! In: the levels that conditions test, and [`Item`]s (candidates with a bound of their score and a
//! condition). Out: an [`Index`] that `runtime::walk` reads. Every condition becomes a few conjunctions; they
//! stand in the order (bound descending, name), 512 to a block; and for every reading of every level one bit
//! row says which conjunctions that reading does not exclude; levels of few readings share a row for each of
//! their combinations. A decision is the AND of one row per level, or per such joint.
//!
//! Unknown is a reading like any other, with a row of its own. What does not fit a row (a second clause on
//! one set, a number edge beyond the cap, an `any` group beyond the cap) lets too many through and is
//! verified on those that come through. Knows nothing of customers, placements or source text.

mod edges;
mod input;
mod joints;
mod normal;
mod parts;
mod passes;
mod sets;
mod sure;
mod table;
mod verify;

use std::fmt;

pub use input::{
    Accept, Condition, Item, LevelKind, Literal, Reading, Readings, SetTest, Span, real_key,
};

pub(crate) use edges::{Edges, Rows};
pub(crate) use sure::Sure;
pub(crate) use verify::Program;

use input::{order, tidy};
use parts::{Expanded, expanded};

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
    /// Most bit lines (of 512 conjunctions each) of a joint: levels of few readings share the rows of their
    /// combinations. An eighth of it is allowed however many conjunctions there are; 0 joins nothing.
    pub joint_lines: usize,
    /// Items that are expanded at a time. With more items than that the index is built in parts, on several threads
    /// where there are many; the result is the same.
    pub part: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { conjunctions: 8, number_edges: 255, head_blocks: 8, joint_lines: 512, part: 512 }
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
        Self::build_held(levels, &vec![true; levels.len()], items, options)
    }

    /// As [`build`](Self::build), where the rows of some levels are found beforehand: `held` says of each level
    /// whether its reading hangs on the customer alone. Only such levels share rows.
    ///
    /// # Errors
    /// [`BuildError`] where a literal does not fit its level.
    pub fn build_held(
        levels: &[LevelKind],
        held: &[bool],
        items: &[Item],
        options: Options,
    ) -> Result<Self, BuildError> {
        let mut order_of: Vec<(f64, u32, u32)> = items
            .iter()
            .zip(0..)
            .map(|(item, number)| (tidy(item.bound), item.rank, number))
            .collect();
        order_of.sort_by(|a, b| order((a.0, a.1), (b.0, b.1)).then(a.2.cmp(&b.2)));

        let Expanded { entries, conjunctions, mut pool, possible } =
            expanded(levels, items, &order_of, options)?;

        let blocks = entries.len().div_ceil(BLOCK);
        let mut table = table::Table::new(entries.len(), blocks);
        let mut edges = Edges::default();
        let most = options.number_edges.max(1);
        let loose = if items.len() > options.part {
            table.levels_apart(levels, &conjunctions, &pool, most, &mut edges)
        } else {
            table.levels(levels, &conjunctions, &pool, most, &mut edges)
        };
        let lines = options.joint_lines;
        let combinations = (lines / table.blocks().max(1)).max(lines / 8);
        table.join(loose, held, combinations, &mut edges);
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

        edges.count();
        let kept = edges.renumber();
        let rows = kept.len();
        let head_blocks = options.head_blocks.min(blocks);
        let (head, tail) = table.lay_out(&kept, head_blocks);
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

    /// How many rows hang on the customer alone; `None` where their numbers are too great to be kept.
    #[must_use]
    pub fn held(&self) -> Option<usize> {
        (self.rows <= 1 << 16).then_some(self.edges.held.0 + self.edges.held.1)
    }

    /// Adds the numbers of those rows for one customer: what [`walk::best_held`](crate::runtime::walk::best_held)
    /// starts from, as long as nothing is known anew of the customer.
    pub fn hold(&self, readings: &Readings<'_>, into: &mut Vec<u16>) {
        self.edges.hold(readings, into);
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
        let lines = (&self.head, &self.tail, &self.check);
        format!("{:?} {:?} {:?} {:?}", self.edges, self.entries, lines, self.program)
    }
}
