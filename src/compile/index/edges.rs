//! The edges: which bit rows the readings of one customer lead to.
//!
//! Every level gives a small code, 0 for unknown. Levels of few codes share a joint: one row for each
//! combination of theirs, so that a decision reads one row where it would read several.

use super::input::Readings;
use crate::mutant::mutant;

/// Symbols up to here are looked up in a table, greater ones by search.
pub(crate) const DENSE: usize = 1 << 16;

/// Where no row is needed.
pub(crate) const NO_ROW: u32 = u32::MAX;

/// A level's reading as a code.
#[derive(Clone, Debug)]
pub(crate) struct Reader {
    pub(crate) level: u32,
    pub(crate) coder: Coder,
    /// In `classes`: what each code adds to the place in the joint's rows.
    pub(crate) classes: u32,
}

/// How a reading becomes a code.
#[derive(Clone, Debug)]
pub(crate) enum Coder {
    /// Unknown, then one code per symbol (or no and yes), then all others.
    Symbol {
        /// The code of all others.
        last: u32,
    },
    /// Symbols with great numbers: unknown, all others, then one code for each of these, sorted.
    Sparse(Box<[u32]>),
    /// Unknown, then the count of thresholds that are not above the reading.
    Number(NumberEdge),
    /// Unknown, then one code for each subset of these few members, sorted.
    Members(Box<[u32]>),
}

impl Coder {
    /// Moves its thresholds and buckets to where they begin now.
    pub(super) fn shift(&mut self, (thresholds, buckets): (u32, u32)) {
        if let Self::Number(edge) = self {
            edge.thresholds.0 += thresholds;
            edge.thresholds.1 += thresholds;
            edge.buckets.0 += buckets;
        }
    }
}

/// Readers that share rows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Joint {
    /// In `readers`: first and end.
    pub(crate) readers: (u32, u32),
    /// In `tables`.
    pub(crate) start: u32,
}

/// A level of numbers: the count of thresholds that are not above the reading.
///
/// Equal buckets of keys say how many thresholds lie in the buckets before; within one there are at most
/// `steps` more to compare.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NumberEdge {
    /// In `thresholds`: first and end.
    thresholds: (u32, u32),
    /// Where buckets begin, just below the lowest threshold.
    low: i64,
    /// Keys to a bucket, as a power of two.
    shift: u32,
    /// In `buckets`: first and last.
    buckets: (u32, u32),
    /// Beyond [`STEPS`]: thresholds lie so unevenly that a search is better.
    steps: u32,
}

/// Most thresholds of one bucket.
const STEPS: u32 = 6;

/// Most buckets of one level.
const BUCKETS: u64 = 512;

/// A level of sets of many members: the AND of `base` with the OR of its members' `any` rows, and with their
/// `keep` rows.
#[derive(Clone, Debug)]
pub(crate) struct SetEdge {
    pub(crate) level: u32,
    pub(crate) unknown: u32,
    /// Conjunctions that ask for no member.
    pub(crate) base: u32,
    /// (symbol, row of those that ask for it, row of those that do not forbid it), sorted by symbol;
    /// [`NO_ROW`] where there is none.
    pub(crate) members: Vec<(u32, u32, u32)>,
    /// By symbol: its place in `members`; empty where symbols are too great.
    pub(crate) places: Vec<u32>,
}

impl SetEdge {
    /// The rows of one member: of those that ask for it, and of those that do not forbid it.
    fn member(&self, symbol: u32) -> Option<(u32, u32)> {
        let place = if self.places.is_empty() {
            self.members.binary_search_by_key(&symbol, |row| row.0).ok()?
        } else {
            *self.places.get(symbol as usize)? as usize
        };
        self.members.get(place).map(|row| (row.1, row.2))
    }
}

/// From readings to rows. Joints of levels that are the customer's alone stand first in either list.
#[derive(Debug, Default)]
pub(crate) struct Edges {
    pub(crate) readers: Vec<Reader>,
    /// One row each, to be ANDed.
    pub(crate) all: Vec<Joint>,
    /// One row each, to be ORed group by group.
    pub(crate) any: Vec<Joint>,
    /// Where each group ends in `any`; the result of a group is ANDed.
    pub(crate) ends: Vec<u32>,
    /// How many of `all`, and of `any`, are the customer's alone.
    pub(crate) held: (usize, usize),
    pub(crate) sets: Vec<SetEdge>,
    /// Most rows to be ANDed, to be ORed, and groups, of one customer.
    most: (usize, usize, usize),
    pub(crate) classes: Vec<u32>,
    pub(crate) tables: Vec<u32>,
    thresholds: Vec<i64>,
    buckets: Vec<u16>,
}

/// The rows of one customer; those to be ANDed that were found before are not among them.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    /// Rows to be ANDed.
    pub(crate) all: Vec<u32>,
    /// Rows to be ORed, group by group; the result is ANDed.
    pub(crate) any: Vec<u32>,
    /// Where each group's rows end in `any`.
    pub(crate) ends: Vec<u32>,
}

impl Rows {
    /// Empty, with room for all that one customer can ask for.
    fn clear(&mut self, edges: &Edges) {
        self.all.clear();
        self.any.clear();
        self.ends.clear();
        let (all, any, ends) = edges.most;
        if self.all.capacity() < all || self.any.capacity() < any || self.ends.capacity() < ends {
            self.all.reserve(all);
            self.any.reserve(any);
            self.ends.reserve(ends);
        }
    }
}

impl Edges {
    /// Finds the rows of one customer.
    pub(crate) fn read(&self, readings: &Readings<'_>, rows: &mut Rows) {
        rows.clear(self);
        rows.all.extend(self.all.iter().map(|joint| self.row(joint, readings)));
        rows.any.extend(self.any.iter().map(|joint| self.row(joint, readings)));
        rows.ends.extend_from_slice(&self.ends);
        self.read_sets(readings, rows);
    }

    /// As [`read`](Self::read), where the rows that are the customer's alone were found before. Gives back those of
    /// them that are to be ANDed, which are read from where they lie.
    #[inline]
    pub(crate) fn read_rest<'a>(
        &self,
        held: &'a [u16],
        readings: &Readings<'_>,
        rows: &mut Rows,
    ) -> &'a [u16] {
        rows.clear(self);
        let (own, any) = held.split_at_checked(self.held.0).unwrap_or((held, &[]));
        for joint in self.all.get(self.held.0..).unwrap_or_default() {
            rows.all.push(self.row(joint, readings));
        }
        // They are few: quicker one by one than as lists.
        for row in any {
            rows.any.push(u32::from(*row));
        }
        for joint in self.any.get(self.held.1..).unwrap_or_default() {
            rows.any.push(self.row(joint, readings));
        }
        for end in &self.ends {
            rows.ends.push(*end);
        }
        if !self.sets.is_empty() {
            self.read_sets(readings, rows);
        }
        own
    }

    /// Adds the rows that are the customer's alone; all of them have numbers below 65,536.
    pub(crate) fn hold(&self, readings: &Readings<'_>, into: &mut Vec<u16>) {
        let held = |joints: &[Joint], held: usize, into: &mut Vec<u16>| {
            let rows = joints.iter().take(held).map(|joint| self.row(joint, readings));
            into.extend(rows.map(|row| u16::try_from(row).unwrap_or(0)));
        };
        held(&self.all, self.held.0, into);
        held(&self.any, self.held.1, into);
    }

    fn row(&self, joint: &Joint, readings: &Readings<'_>) -> u32 {
        let (first, end) = joint.readers;
        let mut place = joint.start as usize;
        for reader in self.readers.get(first as usize..end as usize).unwrap_or_default() {
            let code = self.code(reader, readings);
            let class = self.classes.get(reader.classes as usize + code);
            place += class.copied().unwrap_or(0) as usize;
        }
        self.tables.get(place).copied().unwrap_or(0)
    }

    fn code(&self, reader: &Reader, readings: &Readings<'_>) -> usize {
        let reading = readings.level(reader.level);
        match &reader.coder {
            // Unknown is far below zero and takes the first code; what no rule lists takes the last.
            Coder::Symbol { last } => {
                let known = reading.0.max(-1) + 1;
                let dropped = reading.is_unknown() && mutant!("codes_unknown_symbol_dropped");
                known.min(i64::from(*last)).max(i64::from(dropped)) as usize
            }
            Coder::Sparse(symbols) => match u32::try_from(reading.0) {
                Err(_) => usize::from(!reading.is_unknown()),
                Ok(symbol) => symbols.binary_search(&symbol).map_or(1, |place| place + 2),
            },
            Coder::Number(edge) => self.number(edge, reading.0),
            Coder::Members(members) => {
                if reading.is_unknown() {
                    return 0;
                }
                let bit = |member: &u32| members.binary_search(member).map_or(0, |bit| 1 << bit);
                1 + readings.set(reading).iter().fold(0, |bits, member| bits | bit(member))
            }
        }
    }

    fn number(&self, edge: &NumberEdge, key: i64) -> usize {
        let (first, end) = edge.thresholds;
        let count = if edge.steps > STEPS {
            let thresholds = self.thresholds.get(first as usize..end as usize);
            thresholds.unwrap_or_default().partition_point(|threshold| *threshold <= key)
        } else {
            let beyond = key.max(edge.low).wrapping_sub(edge.low).cast_unsigned();
            let bucket = (beyond >> edge.shift).min(u64::from(edge.buckets.1)) as usize;
            let before = self.buckets.get(edge.buckets.0 as usize + bucket);
            let mut at = first as usize + before.copied().unwrap_or(0) as usize;
            for _ in 0..edge.steps {
                let threshold = self.thresholds.get(at).copied().unwrap_or(i64::MAX);
                at += usize::from(threshold <= key);
            }
            // Past its own thresholds it may have counted the next level's.
            at.min(end as usize) - first as usize
        };
        let known = key != i64::MIN || mutant!("index_unknown_row_dropped");
        if known { 1 + count } else { 0 }
    }

    fn read_sets(&self, readings: &Readings<'_>, rows: &mut Rows) {
        for edge in &self.sets {
            let reading = readings.level(edge.level);
            if reading.is_unknown() {
                rows.all.push(edge.unknown);
                continue;
            }
            rows.any.push(edge.base);
            for member in readings.set(reading) {
                if let Some((asked, keep)) = edge.member(*member) {
                    if asked != NO_ROW {
                        rows.any.push(asked);
                    }
                    if keep != NO_ROW && !mutant!("index_lacks_forgotten") {
                        rows.all.push(keep);
                    }
                }
            }
            rows.ends.push(rows.any.len() as u32);
        }
    }

    /// Counts how many rows a customer can ask for, once all levels are there.
    pub(super) fn count(&mut self) {
        let members: usize = self.sets.iter().map(|edge| edge.members.len() + 1).sum();
        let ends = self.ends.len() + self.sets.len();
        self.most = (self.all.len() + members, self.any.len() + members, ends);
    }

    /// A coder of numbers.
    pub(super) fn number_coder(&mut self, thresholds: &[i64]) -> Coder {
        // Buckets begin below the lowest threshold, so that the first one counts none.
        let low = thresholds.first().map_or(0, |edge| edge.saturating_sub(1));
        let width = thresholds.last().map_or(0, |last| last.wrapping_sub(low).cast_unsigned());
        let mut shift = 0;
        while width >> shift >= BUCKETS {
            shift += 1;
        }
        let bucket = |edge: i64| edge.wrapping_sub(low).cast_unsigned() >> shift;
        let (first, last) = (self.buckets.len() as u32, width >> shift);
        let mut steps = 0;
        let mut before = 0;
        for number in 0..=last {
            let within = thresholds.iter().skip(before).take_while(|edge| bucket(**edge) == number);
            let count = within.count();
            // A bucket of one key needs no further steps.
            self.buckets.push(if shift == 0 { before + count } else { before } as u16);
            steps = steps.max(if shift == 0 { 0 } else { count as u32 });
            before += count;
        }
        if thresholds.len() > usize::from(u16::MAX) {
            steps = u32::MAX;
        }
        let first_threshold = self.thresholds.len() as u32;
        self.thresholds.extend(thresholds);
        Coder::Number(NumberEdge {
            thresholds: (first_threshold, self.thresholds.len() as u32),
            low,
            shift,
            buckets: (first, last as u32),
            steps,
        })
    }

    /// Takes over what was made for one level apart, its rows numbered by `row`; gives back where its thresholds
    /// and buckets begin here.
    pub(super) fn adopt(&mut self, own: Self, row: impl Fn(&mut u32)) -> (u32, u32) {
        let first = (self.thresholds.len() as u32, self.buckets.len() as u32);
        self.thresholds.extend(own.thresholds);
        self.buckets.extend(own.buckets);
        for mut edge in own.sets {
            row(&mut edge.unknown);
            row(&mut edge.base);
            for (_, asked, keep) in &mut edge.members {
                [asked, keep].into_iter().filter(|number| **number != NO_ROW).for_each(&row);
            }
            self.sets.push(edge);
        }
        first
    }

    pub(crate) fn bytes(&self) -> usize {
        let members: usize =
            self.sets.iter().map(|edge| edge.members.len() * 12 + edge.places.len() * 4).sum();
        let sparse = |reader: &Reader| match &reader.coder {
            Coder::Sparse(list) | Coder::Members(list) => list.len() * 4,
            Coder::Symbol { .. } | Coder::Number(_) => 0,
        };
        self.readers.len() * size_of::<Reader>()
            + self.readers.iter().map(sparse).sum::<usize>()
            + (self.all.len() + self.any.len()) * size_of::<Joint>()
            + (self.tables.len() + self.classes.len()) * 4
            + self.thresholds.len() * 8
            + self.buckets.len() * 2
            + members
    }
}
