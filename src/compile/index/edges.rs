//! The edges: which bit row each reading of each level leads to, and the rows themselves.
//!
//! A row starts from its neighbour and changes the bits of the conjunctions that tell the two apart, so the
//! cost is that of the tests, not of tests times readings.

use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasher;

use foldhash::fast::FixedState;

use super::input::{LevelKind, Span};
use super::normal::{Conjunction, Pool};
use super::passes::Passes;
use super::{BLOCK, Line};
use crate::mutant::mutant;

/// Symbols up to here are looked up in a table, greater ones by search.
const DENSE: usize = 1 << 16;

/// Where no row is needed.
pub(crate) const NO_ROW: u32 = u32::MAX;

/// A level read through `tables`: unknown, then one place per symbol (or no and yes), then all others.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SymbolEdge {
    pub(crate) level: u32,
    pub(crate) start: u32,
    /// The last place, for others.
    pub(crate) last: u32,
}

/// A level of symbols with great numbers.
#[derive(Clone, Debug)]
pub(crate) struct SparseEdge {
    pub(crate) level: u32,
    pub(crate) unknown: u32,
    pub(crate) other: u32,
    /// (symbol, row), sorted.
    pub(crate) rows: Vec<(u32, u32)>,
}

/// A level of numbers: the row of the count of thresholds that are not above the reading.
///
/// Equal buckets of keys say how many thresholds lie in the buckets before; within one there are at most
/// `steps` more to compare.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NumberEdge {
    pub(crate) level: u32,
    /// In `thresholds`: first and end.
    pub(crate) thresholds: (u32, u32),
    /// In `tables`: unknown first.
    pub(crate) start: u32,
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

/// A level of sets: the AND of `base` with the OR of its members' `any` rows, and with their `keep` rows.
#[derive(Clone, Debug)]
pub(crate) struct SetEdge {
    pub(crate) level: u32,
    pub(crate) unknown: u32,
    /// Conjunctions that ask for no member.
    pub(crate) base: u32,
    /// (symbol, row of those that ask for it, row of those that do not forbid it), sorted by symbol;
    /// [`NO_ROW`] where there is none.
    members: Vec<(u32, u32, u32)>,
    /// By symbol: its place in `members`; empty where symbols are too great.
    places: Vec<u32>,
}

impl SetEdge {
    /// The rows of one member: of those that ask for it, and of those that do not forbid it.
    pub(crate) fn member(&self, symbol: u32) -> Option<(u32, u32)> {
        let place = if self.places.is_empty() {
            self.members.binary_search_by_key(&symbol, |row| row.0).ok()?
        } else {
            *self.places.get(symbol as usize)? as usize
        };
        self.members.get(place).map(|row| (row.1, row.2))
    }
}

/// From readings to rows.
#[derive(Debug, Default)]
pub(crate) struct Edges {
    pub(crate) symbols: Vec<SymbolEdge>,
    pub(crate) sparse: Vec<SparseEdge>,
    pub(crate) numbers: Vec<NumberEdge>,
    pub(crate) sets: Vec<SetEdge>,
    pub(crate) tables: Vec<u32>,
    thresholds: Vec<i64>,
    buckets: Vec<u16>,
}

impl Edges {
    /// The place of a number's row in `tables`.
    #[inline]
    pub(crate) fn number(&self, edge: &NumberEdge, key: i64) -> usize {
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
        edge.start as usize + if known { 1 + count } else { 0 }
    }

    /// Adds a level of numbers, its rows already in `tables`.
    fn add_number(&mut self, level: u32, start: u32, thresholds: &[i64]) {
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
        self.numbers.push(NumberEdge {
            level,
            thresholds: (first_threshold, self.thresholds.len() as u32),
            start,
            low,
            shift,
            buckets: (first, last as u32),
            steps,
        });
    }

    pub(crate) fn bytes(&self) -> usize {
        let sparse: usize = self.sparse.iter().map(|edge| edge.rows.len() * 8).sum();
        let members: usize =
            self.sets.iter().map(|edge| edge.members.len() * 12 + edge.places.len() * 4).sum();
        self.symbols.len() * size_of::<SymbolEdge>()
            + self.numbers.len() * size_of::<NumberEdge>()
            + self.tables.len() * 4
            + self.thresholds.len() * 8
            + self.buckets.len() * 2
            + sparse
            + members
    }

    /// Most rows that one customer can ask for: (to be ANDed, to be ORed, sets).
    pub(crate) fn most(&self) -> (usize, usize, usize) {
        let members: usize = self.sets.iter().map(|edge| edge.members.len() + 1).sum();
        let levels = self.symbols.len() + self.sparse.len() + self.numbers.len();
        (levels + members, members, self.sets.len())
    }
}

/// One bit per conjunction.
#[derive(Clone, Debug)]
struct Row(Vec<Line>);

impl Row {
    fn put(&mut self, conjunction: u32, on: bool) {
        let place = conjunction as usize;
        if let Some(line) = self.0.get_mut(place / BLOCK)
            && let Some(word) = line.0.get_mut(place % BLOCK / 64)
        {
            let bit = 1 << (place % 64);
            *word = if on { *word | bit } else { *word & !bit };
        }
    }
}

/// The tests of one level: (conjunction, readings that pass), ascending.
type Tests = Vec<(u32, u32)>;

/// All rows while they are built, row by row.
#[derive(Debug)]
pub(crate) struct Table {
    blocks: usize,
    lines: Vec<Line>,
    live: Row,
    /// Rows by their hash; looked up, never walked.
    same: HashMap<u64, Vec<u32>, FixedState>,
    hasher: FixedState,
    left_open: BTreeMap<u32, Vec<(u32, u32)>>,
}

impl Table {
    pub(crate) fn new(conjunctions: usize, blocks: usize) -> Self {
        let mut live = Row(vec![Line::NONE; blocks]);
        for conjunction in 0..conjunctions as u32 {
            live.put(conjunction, true);
        }
        let mut table = Self {
            blocks,
            lines: Vec::new(),
            live: live.clone(),
            same: HashMap::default(),
            hasher: FixedState::default(),
            left_open: BTreeMap::new(),
        };
        table.row(&live);
        table
    }

    pub(crate) fn rows(&self) -> usize {
        self.lines.len().checked_div(self.blocks).unwrap_or(0)
    }

    /// The tests that the rows of a conjunction leave open.
    pub(crate) fn left_open(&self, conjunction: usize) -> &[(u32, u32)] {
        self.left_open.get(&(conjunction as u32)).map_or(&[], Vec::as_slice)
    }

    fn leave_open(&mut self, conjunction: u32, test: (u32, u32)) {
        self.left_open.entry(conjunction).or_default().push(test);
    }

    /// The number of a row; equal rows stand once.
    fn row(&mut self, row: &Row) -> u32 {
        let by_first = mutant!("index_row_shared_by_its_first_block");
        let compared = if by_first { self.blocks.min(1) } else { self.blocks };
        let words: Vec<u64> = row.0.iter().take(compared).flat_map(|line| line.0).collect();
        let hash = self.hasher.hash_one(&words);
        let numbers = self.same.entry(hash).or_default();
        for number in numbers.iter() {
            let start = *number as usize * self.blocks;
            if self.lines.get(start..start + compared) == row.0.get(..compared) {
                return *number;
            }
        }
        let number = self.lines.len().checked_div(self.blocks).unwrap_or(0) as u32;
        numbers.push(number);
        self.lines.extend_from_slice(&row.0);
        number
    }

    /// Builds the rows of every level that some conjunction tests.
    pub(crate) fn levels(
        &mut self,
        levels: &[LevelKind],
        conjunctions: &[Conjunction<'_>],
        pool: &Pool<'_>,
        number_edges: usize,
    ) -> Edges {
        let mut tests: Vec<Tests> = vec![Tests::new(); levels.len()];
        for (conjunction, number) in conjunctions.iter().zip(0..) {
            for (level, passes) in &conjunction.tests {
                if let Some(tests) = tests.get_mut(*level as usize) {
                    tests.push((number, *passes));
                }
            }
        }
        let mut edges = Edges::default();
        for ((kind, tests), level) in levels.iter().zip(&tests).zip(0..) {
            if tests.is_empty() {
                continue;
            }
            match kind {
                LevelKind::Flag => self.flags(level, tests, pool, &mut edges),
                LevelKind::Symbol => self.symbols(level, tests, pool, &mut edges),
                LevelKind::Number => self.numbers(level, tests, pool, number_edges, &mut edges),
                LevelKind::Set => self.sets(level, tests, pool, &mut edges),
            }
        }
        edges
    }

    /// The live row without the conjunctions that `passes` refuses.
    fn without(&self, tests: &Tests, pool: &Pool<'_>, passes: impl Fn(&Passes) -> bool) -> Row {
        let mut row = self.live.clone();
        for (conjunction, id) in tests {
            if !pool.get(*id).is_some_and(&passes) {
                row.put(*conjunction, false);
            }
        }
        row
    }

    fn flags(&mut self, level: u32, tests: &Tests, pool: &Pool<'_>, edges: &mut Edges) {
        let start = edges.tables.len() as u32;
        for bit in 0..3 {
            let row = self.without(
                tests,
                pool,
                |passes| matches!(passes, Passes::Flags(b) if b >> bit & 1 == 1),
            );
            edges.tables.push(self.row(&row));
        }
        edges.symbols.push(SymbolEdge { level, start, last: 2 });
    }

    fn symbols(&mut self, level: u32, tests: &Tests, pool: &Pool<'_>, edges: &mut Edges) {
        let unknown = self.without(
            tests,
            pool,
            |passes| matches!(passes, Passes::Symbols { unknown, .. } if *unknown),
        );
        let other = self.without(
            tests,
            pool,
            |passes| matches!(passes, Passes::Symbols { except, .. } if *except),
        );
        let mut changes: Vec<(u32, u32, bool)> = Vec::new();
        for (conjunction, id) in tests {
            if let Some(Passes::Symbols { listed, except, .. }) = pool.get(*id) {
                changes.extend(listed.iter().map(|symbol| (*symbol, *conjunction, !except)));
            }
        }
        changes.sort_unstable();
        let mut rows: Vec<(u32, u32)> = Vec::new();
        for group in changes.chunk_by(|a, b| a.0 == b.0) {
            let mut row = other.clone();
            for (_, conjunction, on) in group {
                row.put(*conjunction, *on);
            }
            if let Some((symbol, _, _)) = group.first() {
                rows.push((*symbol, self.row(&row)));
            }
        }
        let (unknown, other) = (self.row(&unknown), self.row(&other));
        let greatest = rows.last().map_or(0, |row| row.0 as usize);
        if greatest >= DENSE {
            edges.sparse.push(SparseEdge { level, unknown, other, rows });
            return;
        }
        let start = edges.tables.len();
        edges.tables.push(unknown);
        edges.tables.resize(start + greatest + 3, other);
        for (symbol, row) in rows {
            if let Some(place) = edges.tables.get_mut(start + 1 + symbol as usize) {
                *place = row;
            }
        }
        let last = greatest as u32 + 2;
        edges.symbols.push(SymbolEdge { level, start: start as u32, last });
    }

    fn numbers(
        &mut self,
        level: u32,
        tests: &Tests,
        pool: &Pool<'_>,
        most: usize,
        edges: &mut Edges,
    ) {
        let spans = |id: u32| match pool.get(id) {
            Some(Passes::Numbers { spans, .. }) => spans.as_slice(),
            _ => &[],
        };
        let mut wanted: Vec<i64> = Vec::new();
        for (_, id) in tests {
            for span in spans(*id) {
                wanted.extend(low_edge(*span));
                wanted.extend(high_edge(*span));
            }
        }
        let thresholds = chosen(wanted, most);
        let exact =
            |edge: Option<i64>| edge.is_none_or(|edge| thresholds.binary_search(&edge).is_ok());
        // Code 0 is unknown.
        let code = |key: i64| 1 + thresholds.partition_point(|edge| *edge <= key) as u32;

        let unknown = self.without(
            tests,
            pool,
            |passes| matches!(passes, Passes::Numbers { unknown, .. } if *unknown),
        );
        let mut row = self.live.clone();
        let mut changes: Vec<(u32, u32, bool)> = Vec::new();
        let mut ranges: Vec<(u32, u32)> = Vec::new();
        for (conjunction, id) in tests {
            ranges.clear();
            for span in spans(*id) {
                let (from, to) = (code(span.low), code(span.high));
                match ranges.last_mut() {
                    // Coarse edges may make neighbours meet.
                    Some(last) if from <= last.1 + 1 => last.1 = to,
                    _ => ranges.push((from, to)),
                }
            }
            if ranges.first().is_none_or(|first| first.0 > 1) {
                row.put(*conjunction, false);
            }
            for (from, to) in &ranges {
                if *from > 1 {
                    changes.push((*from, *conjunction, true));
                }
                changes.push((to + 1, *conjunction, false));
            }
            if !spans(*id).iter().all(|span| exact(low_edge(*span)) && exact(high_edge(*span))) {
                self.leave_open(*conjunction, (level, *id));
            }
        }
        changes.sort_unstable();
        let unknown = self.row(&unknown);
        let start = edges.tables.len() as u32;
        edges.tables.push(unknown);
        edges.tables.push(self.row(&row));
        let mut changes = changes.into_iter().peekable();
        for code in 2..thresholds.len() as u32 + 2 {
            while let Some((_, conjunction, on)) = changes.next_if(|change| change.0 <= code) {
                row.put(conjunction, on);
            }
            edges.tables.push(self.row(&row));
        }
        edges.add_number(level, start, &thresholds);
    }

    fn sets(&mut self, level: u32, tests: &Tests, pool: &Pool<'_>, edges: &mut Edges) {
        let unknown = self.without(
            tests,
            pool,
            |passes| matches!(passes, Passes::Set { unknown, .. } if *unknown),
        );
        let base = self.without(
            tests,
            pool,
            |passes| matches!(passes, Passes::Set { any, .. } if any.is_empty()),
        );
        let (mut asked, mut forbidden) = (Vec::new(), Vec::new());
        for (conjunction, id) in tests {
            let Some(Passes::Set { any, lacks, .. }) = pool.get(*id) else { continue };
            // One list finds its place in the rows, the shortest; the others are verified.
            if let Some(list) = any.iter().min_by_key(|list| list.len()) {
                asked.extend(list.iter().map(|symbol| (*symbol, *conjunction)));
            }
            forbidden.extend(lacks.iter().map(|symbol| (*symbol, *conjunction)));
            if any.len() > 1 {
                self.leave_open(*conjunction, (level, *id));
            }
        }
        let mut members: BTreeMap<u32, (u32, u32)> = BTreeMap::new();
        asked.sort_unstable();
        for group in asked.chunk_by(|a, b| a.0 == b.0) {
            let mut row = Row(vec![Line::NONE; self.blocks]);
            for (_, conjunction) in group {
                row.put(*conjunction, true);
            }
            let number = self.row(&row);
            if let Some((symbol, _)) = group.first() {
                members.entry(*symbol).or_insert((NO_ROW, NO_ROW)).0 = number;
            }
        }
        forbidden.sort_unstable();
        for group in forbidden.chunk_by(|a, b| a.0 == b.0) {
            let mut row = self.live.clone();
            for (_, conjunction) in group {
                row.put(*conjunction, false);
            }
            let number = self.row(&row);
            if let Some((symbol, _)) = group.first() {
                members.entry(*symbol).or_insert((NO_ROW, NO_ROW)).1 = number;
            }
        }
        let members: Vec<(u32, u32, u32)> =
            members.into_iter().map(|(symbol, (any, keep))| (symbol, any, keep)).collect();
        let greatest = members.last().map_or(0, |row| row.0 as usize);
        let mut places = Vec::new();
        if greatest < DENSE {
            places.resize(greatest + 1, u32::MAX);
            for ((symbol, _, _), number) in members.iter().zip(0..) {
                if let Some(place) = places.get_mut(*symbol as usize) {
                    *place = number;
                }
            }
        }
        let (unknown, base) = (self.row(&unknown), self.row(&base));
        edges.sets.push(SetEdge { level, unknown, base, members, places });
    }

    /// The first blocks with their rows together, the later ones row by row.
    pub(crate) fn lay_out(self, head_blocks: usize) -> (Vec<Line>, Vec<Line>) {
        let rows = self.rows();
        let mut head = Vec::with_capacity(rows * head_blocks);
        for block in 0..head_blocks {
            head.extend(
                self.lines.chunks_exact(self.blocks.max(1)).filter_map(|row| row.get(block)),
            );
        }
        let mut tail = Vec::with_capacity(rows * (self.blocks - head_blocks));
        for row in self.lines.chunks_exact(self.blocks.max(1)) {
            tail.extend_from_slice(row.get(head_blocks..).unwrap_or_default());
        }
        (head, tail)
    }
}

/// The first key of a span, where keys below it are told apart.
fn low_edge(span: Span) -> Option<i64> {
    (span.low > i64::MIN + 1).then_some(span.low)
}

/// The first key after a span.
fn high_edge(span: Span) -> Option<i64> {
    if mutant!("index_range_ends_before_its_last_key") {
        return (span.high < i64::MAX).then_some(span.high);
    }
    span.high.checked_add(1)
}

/// At most `most` of the edges wanted, each with about the same number of tests between them.
fn chosen(mut wanted: Vec<i64>, most: usize) -> Vec<i64> {
    wanted.sort_unstable();
    let mut distinct = wanted.clone();
    distinct.dedup();
    if distinct.len() <= most {
        return distinct;
    }
    let step = wanted.len().div_ceil(most);
    let mut kept: Vec<i64> = wanted.into_iter().skip(step / 2).step_by(step).collect();
    kept.dedup();
    kept
}
