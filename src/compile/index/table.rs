//! The bit rows while they are built.
//!
//! A row starts from its neighbour and changes the bits of the conjunctions that tell the two apart, so the
//! cost is that of the tests, not of tests times readings.

use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasher;

use foldhash::fast::FixedState;

use super::edges::{Coder, DENSE, Edges};
use super::input::{LevelKind, Span};
use super::normal::{Conjunction, Pool};
use super::passes::Passes;
use super::{BLOCK, Line};
use crate::mutant::mutant;

/// One bit per conjunction.
#[derive(Clone, Debug)]
pub(super) struct Row(Vec<Line>);

impl Row {
    pub(super) fn put(&mut self, conjunction: u32, on: bool) {
        let place = conjunction as usize;
        if let Some(line) = self.0.get_mut(place / BLOCK)
            && let Some(word) = line.0.get_mut(place % BLOCK / 64)
        {
            let bit = 1 << (place % 64);
            *word = if on { *word | bit } else { *word & !bit };
        }
    }

    /// Joined word by word with another row.
    pub(super) fn with(mut self, other: &[Line], join: impl Fn(u64, u64) -> u64) -> Self {
        for (line, other) in self.0.iter_mut().zip(other) {
            for (word, other) in line.0.iter_mut().zip(&other.0) {
                *word = join(*word, *other);
            }
        }
        self
    }

    pub(super) fn lines(&self) -> &[Line] {
        &self.0
    }
}

/// The tests of one level: (conjunction, readings that pass), ascending.
pub(super) type Tests = Vec<(u32, u32)>;

/// A level with the row of every code.
#[derive(Debug)]
pub(super) struct Level {
    pub(super) level: u32,
    pub(super) coder: Coder,
    pub(super) rows: Vec<u32>,
}

/// Levels before they are joined.
#[derive(Debug, Default)]
pub(super) struct Loose {
    /// One row each, to be ANDed.
    pub(super) all: Vec<Level>,
    /// Of each group one row each, to be ORed.
    pub(super) groups: Vec<Vec<Level>>,
}

/// All rows while they are built, row by row.
#[derive(Debug)]
pub(crate) struct Table {
    blocks: usize,
    lines: Vec<Line>,
    pub(super) live: Row,
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

    pub(super) fn blocks(&self) -> usize {
        self.blocks
    }

    /// The tests that the rows of a conjunction leave open.
    pub(crate) fn left_open(&self, conjunction: usize) -> &[(u32, u32)] {
        self.left_open.get(&(conjunction as u32)).map_or(&[], Vec::as_slice)
    }

    pub(super) fn leave_open(&mut self, conjunction: u32, test: (u32, u32)) {
        self.left_open.entry(conjunction).or_default().push(test);
    }

    /// A row without any bit.
    pub(super) fn none(&self) -> Row {
        Row(vec![Line::NONE; self.blocks])
    }

    /// The lines of a row.
    pub(super) fn lines(&self, row: u32) -> &[Line] {
        let start = row as usize * self.blocks;
        self.lines.get(start..start + self.blocks).unwrap_or_default()
    }

    /// The number of a row; equal rows stand once.
    pub(super) fn row(&mut self, row: &Row) -> u32 {
        self.row_of(&row.0)
    }

    /// The number of the row of these lines.
    pub(super) fn row_of(&mut self, row: &[Line]) -> u32 {
        let by_first = mutant!("index_row_shared_by_its_first_block");
        let compared = if by_first { self.blocks.min(1) } else { self.blocks };
        let words: Vec<u64> = row.iter().take(compared).flat_map(|line| line.0).collect();
        let hash = self.hasher.hash_one(&words);
        let numbers = self.same.entry(hash).or_default();
        for number in numbers.iter() {
            let start = *number as usize * self.blocks;
            if self.lines.get(start..start + compared) == row.get(..compared) {
                return *number;
            }
        }
        let number = self.lines.len().checked_div(self.blocks).unwrap_or(0) as u32;
        numbers.push(number);
        self.lines.extend_from_slice(row);
        number
    }

    /// How many rows there are.
    pub(super) fn count(&self) -> u32 {
        self.lines.len().checked_div(self.blocks).unwrap_or(0) as u32
    }

    /// A table of its own, with nothing but the live row.
    pub(super) fn fork(&self) -> Self {
        let mut table = Self {
            blocks: self.blocks,
            lines: Vec::new(),
            live: self.live.clone(),
            same: HashMap::default(),
            hasher: self.hasher.clone(),
            left_open: BTreeMap::new(),
        };
        table.row_of(&self.live.0);
        table
    }

    /// Leaves open what a fork left open.
    pub(super) fn leave_open_also(&mut self, fork: Self) {
        for (conjunction, tests) in fork.left_open {
            self.left_open.entry(conjunction).or_default().extend(tests);
        }
    }

    /// Builds the rows of every level that some conjunction tests.
    pub(super) fn levels(
        &mut self,
        levels: &[LevelKind],
        conjunctions: &[Conjunction<'_>],
        pool: &Pool<'_>,
        number_edges: usize,
        edges: &mut Edges,
    ) -> Loose {
        let tests = Self::tests(levels, conjunctions);
        let mut loose = Loose::default();
        for ((kind, tests), level) in levels.iter().zip(&tests).zip(0..) {
            if !tests.is_empty() {
                self.level(level, *kind, tests, pool, number_edges, edges, &mut loose);
            }
        }
        loose
    }

    /// The tests of every level.
    pub(super) fn tests(levels: &[LevelKind], conjunctions: &[Conjunction<'_>]) -> Vec<Tests> {
        let mut tests: Vec<Tests> = vec![Tests::new(); levels.len()];
        for (conjunction, number) in conjunctions.iter().zip(0..) {
            for (level, passes) in &conjunction.tests {
                if let Some(tests) = tests.get_mut(*level as usize) {
                    tests.push((number, *passes));
                }
            }
        }
        tests
    }

    /// Builds the rows of one level.
    #[expect(clippy::too_many_arguments, reason = "all of it belongs to the one level")]
    pub(super) fn level(
        &mut self,
        level: u32,
        kind: LevelKind,
        tests: &Tests,
        pool: &Pool<'_>,
        number_edges: usize,
        edges: &mut Edges,
        loose: &mut Loose,
    ) {
        match kind {
            LevelKind::Flag => loose.all.push(self.flags(level, tests, pool)),
            LevelKind::Symbol => loose.all.push(self.symbols(level, tests, pool)),
            LevelKind::Number => {
                loose.all.push(self.numbers(level, tests, pool, number_edges, edges));
            }
            LevelKind::Set => self.sets(level, tests, pool, edges, loose),
        }
    }

    /// The live row without the conjunctions that `passes` refuses.
    pub(super) fn without(
        &self,
        tests: &Tests,
        pool: &Pool<'_>,
        passes: impl Fn(&Passes) -> bool,
    ) -> Row {
        let mut row = self.live.clone();
        for (conjunction, id) in tests {
            if !pool.get(*id).is_some_and(&passes) {
                row.put(*conjunction, false);
            }
        }
        row
    }

    fn flags(&mut self, level: u32, tests: &Tests, pool: &Pool<'_>) -> Level {
        let mut rows = Vec::with_capacity(3);
        for bit in 0..3 {
            let row = self.without(
                tests,
                pool,
                |passes| matches!(passes, Passes::Flags(b) if b >> bit & 1 == 1),
            );
            rows.push(self.row(&row));
        }
        Level { level, coder: Coder::Symbol { last: 2 }, rows }
    }

    fn symbols(&mut self, level: u32, tests: &Tests, pool: &Pool<'_>) -> Level {
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
        let changes = by_first(changes);
        let mut listed: Vec<(u32, u32)> = Vec::new();
        for group in changes.chunk_by(|a, b| a.0 == b.0) {
            let mut row = other.clone();
            for (_, conjunction, on) in group {
                row.put(*conjunction, *on);
            }
            if let Some((symbol, _, _)) = group.first() {
                listed.push((*symbol, self.row(&row)));
            }
        }
        let (unknown, other) = (self.row(&unknown), self.row(&other));
        let greatest = listed.last().map_or(0, |row| row.0 as usize);
        if greatest >= DENSE {
            let (symbols, listed): (Vec<u32>, Vec<u32>) = listed.into_iter().unzip();
            let rows = [unknown, other].into_iter().chain(listed).collect();
            return Level { level, coder: Coder::Sparse(symbols.into()), rows };
        }
        let mut rows = vec![other; greatest + 3];
        for (symbol, row) in listed {
            if let Some(place) = rows.get_mut(1 + symbol as usize) {
                *place = row;
            }
        }
        if let Some(first) = rows.first_mut() {
            *first = unknown;
        }
        Level { level, coder: Coder::Symbol { last: greatest as u32 + 2 }, rows }
    }

    fn numbers(
        &mut self,
        level: u32,
        tests: &Tests,
        pool: &Pool<'_>,
        most: usize,
        edges: &mut Edges,
    ) -> Level {
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
        let mut rows = vec![self.row(&unknown), self.row(&row)];
        let mut changes = by_first(changes).into_iter().peekable();
        for code in 2..thresholds.len() as u32 + 2 {
            while let Some((_, conjunction, on)) = changes.next_if(|change| change.0 <= code) {
                row.put(conjunction, on);
            }
            rows.push(self.row(&row));
        }
        Level { level, coder: edges.number_coder(&thresholds), rows }
    }

    /// The rows `kept`, in this order: the first blocks with their rows together, the later ones row by row.
    pub(crate) fn lay_out(self, kept: &[u32], head_blocks: usize) -> (Vec<Line>, Vec<Line>) {
        let mut head = Vec::with_capacity(kept.len() * head_blocks);
        for block in 0..head_blocks {
            head.extend(kept.iter().filter_map(|row| self.lines(*row).get(block)));
        }
        let mut tail = Vec::with_capacity(kept.len() * (self.blocks - head_blocks));
        for row in kept {
            tail.extend_from_slice(self.lines(*row).get(head_blocks..).unwrap_or_default());
        }
        (head, tail)
    }
}

/// Changes sorted by their first number; those of one number keep their order, which is that of the conjunctions.
fn by_first(mut changes: Vec<(u32, u32, bool)>) -> Vec<(u32, u32, bool)> {
    let greatest = changes.iter().map(|change| change.0 as usize).max().unwrap_or(0);
    if greatest >= DENSE {
        changes.sort_unstable();
        return changes;
    }
    // Counted rather than compared: they are many, and their numbers few.
    let mut next = vec![0_usize; greatest + 2];
    for change in &changes {
        if let Some(count) = next.get_mut(change.0 as usize + 1) {
            *count += 1;
        }
    }
    let mut before = 0;
    for start in &mut next {
        before += *start;
        *start = before;
    }
    let mut sorted = vec![(0, 0, false); changes.len()];
    for change in changes {
        if let Some(place) = next.get_mut(change.0 as usize) {
            if let Some(place) = sorted.get_mut(*place) {
                *place = change;
            }
            *place += 1;
        }
    }
    sorted
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
