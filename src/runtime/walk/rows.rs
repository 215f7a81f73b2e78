//! From a customer's readings to rows: once per decision, no branches on values.

use super::CHUNK;
use super::kernel::Sums;
use crate::compile::index::{Edges, Index, NO_ROW, Readings};
use crate::mutant::mutant;

/// The rows of one customer.
#[derive(Debug, Default)]
pub(super) struct Rows {
    /// Rows to be ANDed.
    pub(super) all: Vec<u32>,
    /// Rows to be ORed, set by set; the result is ANDed.
    pub(super) any: Vec<u32>,
    /// Where each set's rows end in `any`.
    pub(super) ends: Vec<u32>,
}

/// Working memory of a walk, owned by the caller and used again: it allocates only when it first meets a
/// larger index.
#[derive(Debug)]
pub struct Scratch {
    pub(super) rows: Rows,
    pub(super) sums: Sums,
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
        Self { rows: Rows::default(), sums: Sums::default() }
    }

    /// Working memory that never grows on this index.
    #[must_use]
    pub fn for_index(index: &Index) -> Self {
        let mut scratch = Self::new();
        scratch.reserve(&index.edges);
        scratch.reserve_sums(index);
        scratch
    }

    /// Room for the sums of the tail, where there is a tail.
    pub(super) fn reserve_sums(&mut self, index: &Index) {
        if index.blocks > index.head_blocks {
            self.sums.grow(CHUNK);
        }
    }

    fn reserve(&mut self, edges: &Edges) {
        let (all, any, sets) = edges.most();
        self.rows.all.clear();
        self.rows.any.clear();
        self.rows.ends.clear();
        self.rows.all.reserve(all);
        self.rows.any.reserve(any);
        self.rows.ends.reserve(sets);
    }

    /// Finds the rows of one customer.
    pub(super) fn read(&mut self, index: &Index, readings: &Readings<'_>) {
        let edges = &index.edges;
        self.reserve(edges);
        let Rows { all, any, ends } = &mut self.rows;
        let table = |place: usize| edges.tables.get(place).copied().unwrap_or(0);
        all.extend(edges.symbols.iter().map(|edge| {
            // Unknown is far below zero and takes the first place; what no rule lists takes the last.
            let place = (readings.level(edge.level).0.max(-1) + 1).min(i64::from(edge.last));
            table(edge.start as usize + place as usize)
        }));
        let numbers = edges.numbers.iter();
        all.extend(numbers.map(|edge| table(edges.number(edge, readings.level(edge.level).0))));
        for edge in &edges.sparse {
            let reading = readings.level(edge.level);
            all.push(match u32::try_from(reading.0) {
                Err(_) if reading.is_unknown() => edge.unknown,
                Err(_) => edge.other,
                Ok(symbol) => edge
                    .rows
                    .binary_search_by_key(&symbol, |row| row.0)
                    .ok()
                    .and_then(|place| edge.rows.get(place))
                    .map_or(edge.other, |row| row.1),
            });
        }
        for edge in &edges.sets {
            let reading = readings.level(edge.level);
            if reading.is_unknown() {
                all.push(edge.unknown);
                continue;
            }
            any.push(edge.base);
            for member in readings.set(reading) {
                if let Some((asked, keep)) = edge.member(*member) {
                    if asked != NO_ROW {
                        any.push(asked);
                    }
                    if keep != NO_ROW && !mutant!("index_lacks_forgotten") {
                        all.push(keep);
                    }
                }
            }
            ends.push(any.len() as u32);
        }
    }
}
