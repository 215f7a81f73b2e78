//! Working memory of a walk.

use super::CHUNK;
use super::found::Found;
use super::kernel::Sums;
use crate::compile::index::{Index, Readings, Rows};

/// Working memory of a walk, owned by the caller and used again: it allocates only when it first meets a
/// larger index.
#[derive(Debug)]
pub struct Scratch {
    pub(super) rows: Rows,
    pub(super) sums: Sums,
    pub(super) found: Found,
}

impl Default for Scratch {
    fn default() -> Self {
        Self::new()
    }
}

impl Scratch {
    /// Working memory for any index.
    #[must_use]
    pub fn new() -> Self {
        Self { rows: Rows::default(), sums: Sums::default(), found: Found::default() }
    }

    /// Working memory that never grows on this index.
    #[must_use]
    pub fn for_index(index: &Index) -> Self {
        let mut scratch = Self::new();
        scratch.read(index, &Readings { levels: &[], members: &[] });
        scratch.reserve_sums(index);
        scratch
    }

    /// Room for the sums of the tail, where there is a tail.
    pub(super) fn reserve_sums(&mut self, index: &Index) {
        if index.blocks > index.head_blocks {
            self.sums.grow(CHUNK);
        }
    }

    /// Finds the rows of one customer.
    pub(crate) fn read(&mut self, index: &Index, readings: &Readings<'_>) {
        index.edges.read(readings, &mut self.rows);
    }

    /// Finds the rows that are not the customer's alone; those that are were found before, and those of them that are
    /// to be ANDed are given back.
    #[inline]
    pub(crate) fn read_rest<'a>(
        &mut self,
        index: &Index,
        held: &'a [u16],
        readings: &Readings<'_>,
    ) -> &'a [u16] {
        index.edges.read_rest(held, readings, &mut self.rows)
    }
}
