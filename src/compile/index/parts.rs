//! An index built in parts, on several threads where that pays, and put together as if it were one.
//!
//! Items are expanded part by part and levels laid out one by one, each with numbers of its own; these are given
//! anew in the order of the parts, which is the order in which one pass would have given them.

use super::edges::Edges;
use super::input::LevelKind;
use super::normal::{Conjunction, Expander, Pool};
use super::table::{Loose, Table};
use super::{BuildError, Entry, Item, Options};
use crate::mutant::mutant;
use crate::shares::shared_out;

/// Items, and bit lines of all rows of a level, that are worth a thread.
const WORTH: usize = 250;

/// An item's bound, its rank, and its number.
pub(super) type Ordered = (f64, u32, u32);

/// What items became.
#[derive(Debug, Default)]
pub(super) struct Expanded<'a> {
    pub(super) entries: Vec<Entry>,
    pub(super) conjunctions: Vec<Conjunction<'a>>,
    pub(super) pool: Pool<'a>,
    /// Items that can hold at all.
    pub(super) possible: usize,
}

/// Expands items in the order given.
pub(super) fn expanded<'a>(
    levels: &'a [LevelKind],
    items: &'a [Item],
    order: &[Ordered],
    options: Options,
) -> Result<Expanded<'a>, BuildError> {
    let size = options.part.max(1);
    let parts = order.len().div_ceil(size).max(1);
    let found = shared_out(parts, order.len() / WORTH, |number| {
        let own = order.get(number * size..order.len().min((number + 1) * size));
        part(levels, items, own.unwrap_or_default(), options)
    });
    let mut found = found.into_iter();
    let mut all = found.next().unwrap_or_else(|| Ok(Expanded::default()))?;
    for part in found {
        all.append(part?);
    }
    Ok(all)
}

fn part<'a>(
    levels: &'a [LevelKind],
    items: &'a [Item],
    order: &[Ordered],
    options: Options,
) -> Result<Expanded<'a>, BuildError> {
    let mut expander = Expander { pool: Pool::default(), levels, cap: options.conjunctions.max(1) };
    let mut found = Expanded::default();
    for (bound, rank, number) in order {
        let Some(item) = items.get(*number as usize) else { continue };
        let conjunctions = expander.expand(&item.condition)?;
        found.possible += usize::from(!conjunctions.is_empty());
        for conjunction in conjunctions {
            found.entries.push(Entry { bound: *bound, item: *number, rank: *rank });
            found.conjunctions.push(conjunction);
        }
    }
    found.pool = expander.pool;
    Ok(found)
}

impl<'a> Expanded<'a> {
    /// Adds what the next items became.
    fn append(&mut self, part: Self) {
        let numbers: Vec<u32> =
            part.pool.passes.into_iter().map(|passes| self.pool.id(passes)).collect();
        self.entries.extend(part.entries);
        self.possible += part.possible;
        self.conjunctions.reserve(part.conjunctions.len());
        for mut conjunction in part.conjunctions {
            for (_, id) in &mut conjunction.tests {
                let number = numbers.get(*id as usize).copied();
                *id = number.filter(|_| !mutant!("index_parts_number_alike")).unwrap_or(*id);
            }
            self.conjunctions.push(conjunction);
        }
    }
}

impl Table {
    /// As [`levels`](Self::levels), each level in a table of its own and all of them put together afterwards.
    pub(super) fn levels_apart(
        &mut self,
        levels: &[LevelKind],
        conjunctions: &[Conjunction<'_>],
        pool: &Pool<'_>,
        number_edges: usize,
        edges: &mut Edges,
    ) -> Loose {
        let tests = Self::tests(levels, conjunctions);
        let found = shared_out(levels.len(), conjunctions.len() / WORTH, |at| {
            let (kind, tests) = levels.get(at).zip(tests.get(at)).filter(|(_, t)| !t.is_empty())?;
            let (mut table, mut own) = (self.fork(), Edges::default());
            let mut loose = Loose::default();
            table.level(at as u32, *kind, tests, pool, number_edges, &mut own, &mut loose);
            Some((table, own, loose))
        });
        let mut all = Loose::default();
        for (table, own, loose) in found.into_iter().flatten() {
            self.take(table, own, loose, edges, &mut all);
        }
        all
    }

    fn take(&mut self, table: Self, own: Edges, loose: Loose, edges: &mut Edges, all: &mut Loose) {
        let count = table.count();
        let rows: Vec<u32> = (0..count).map(|row| self.row_of(table.lines(row))).collect();
        let row = |row: &mut u32| *row = rows.get(*row as usize).copied().unwrap_or(*row);
        let first = edges.adopt(own, row);
        for mut level in loose.all {
            level.rows.iter_mut().for_each(row);
            level.coder.shift(first);
            all.all.push(level);
        }
        for mut group in loose.groups {
            group.iter_mut().flat_map(|level| &mut level.rows).for_each(row);
            all.groups.push(group);
        }
        self.leave_open_also(table);
    }
}
