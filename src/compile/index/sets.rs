//! The rows of levels of sets: exact for few members, in parts for more, member by member for many.

use std::collections::{BTreeMap, BTreeSet};

use super::edges::{Coder, DENSE, Edges, NO_ROW, SetEdge};
use super::normal::Pool;
use super::passes::Passes;
use super::table::{Level, Loose, Row, Table, Tests};
use crate::mutant::mutant;

/// Up to so many members there is a row for every subset.
const EXACT: usize = 8;

/// Members of one part of a larger set.
const PART: usize = 6;

/// Beyond so many members their rows are found one by one.
const PARTS: usize = 48;

/// The members that tests name, and the conjunctions that ask for or forbid each.
struct Named {
    /// Conjunctions by the member of theirs that finds them.
    asked: BTreeMap<u32, Vec<u32>>,
    forbidden: BTreeMap<u32, Vec<u32>>,
}

impl Table {
    pub(super) fn sets(
        &mut self,
        level: u32,
        tests: &Tests,
        pool: &Pool<'_>,
        edges: &mut Edges,
        into: &mut Loose,
    ) {
        let mut members = BTreeSet::new();
        for (_, id) in tests {
            if let Some(Passes::Set { any, lacks, .. }) = pool.get(*id) {
                members.extend(any.iter().flatten().chain(lacks).copied());
            }
        }
        let members: Vec<u32> = members.into_iter().collect();
        if members.len() <= EXACT {
            into.all.push(self.every_subset(level, tests, pool, &members));
            return;
        }
        let named = self.named(level, tests, pool);
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
        if members.len() <= PARTS {
            self.in_parts(level, &members, &named, (&unknown, &base), into);
        } else {
            let edge = self.one_by_one(level, &named, (&unknown, &base));
            edges.sets.push(edge);
        }
    }

    /// One row for every subset of the members: nothing is left open.
    fn every_subset(
        &mut self,
        level: u32,
        tests: &Tests,
        pool: &Pool<'_>,
        members: &[u32],
    ) -> Level {
        let bits = |list: &[u32]| {
            let bit = |member: &u32| members.binary_search(member).map_or(0, |bit| 1_u32 << bit);
            list.iter().fold(0, |bits, member| bits | bit(member))
        };
        let codes = 1 + (1_u32 << members.len());
        let mut passing: BTreeMap<u32, Vec<bool>> = BTreeMap::new();
        for (_, id) in tests {
            passing.entry(*id).or_insert_with(|| {
                let Some(Passes::Set { any, lacks, unknown }) = pool.get(*id) else {
                    return Vec::new();
                };
                let any: Vec<u32> = any.iter().map(|list| bits(list)).collect();
                let forgotten = mutant!("index_lacks_forgotten");
                let lacks = if forgotten { 0 } else { bits(lacks) };
                let known = (0..codes - 1)
                    .map(|set| any.iter().all(|list| list & set != 0) && lacks & set == 0);
                std::iter::once(*unknown).chain(known).collect()
            });
        }
        let by_test: Vec<(u32, &[bool])> = tests
            .iter()
            .filter_map(|(conjunction, id)| Some((*conjunction, passing.get(id)?.as_slice())))
            .collect();
        let mut rows = Vec::with_capacity(codes as usize);
        for code in 0..codes as usize {
            let mut row = self.live.clone();
            for (conjunction, passing) in &by_test {
                if !passing.get(code).copied().unwrap_or(false) {
                    row.put(*conjunction, false);
                }
            }
            rows.push(self.row(&row));
        }
        Level { level, coder: Coder::Members(members.into()), rows }
    }

    fn named(&mut self, level: u32, tests: &Tests, pool: &Pool<'_>) -> Named {
        let mut named = Named { asked: BTreeMap::new(), forbidden: BTreeMap::new() };
        for (conjunction, id) in tests {
            let Some(Passes::Set { any, lacks, .. }) = pool.get(*id) else { continue };
            // One list finds its place in the rows, the shortest; the others are verified.
            for member in any.iter().min_by_key(|list| list.len()).into_iter().flatten() {
                named.asked.entry(*member).or_default().push(*conjunction);
            }
            for member in lacks {
                named.forbidden.entry(*member).or_default().push(*conjunction);
            }
            if any.len() > 1 {
                self.leave_open(*conjunction, (level, *id));
            }
        }
        named
    }

    /// Parts of a few members each: the OR of one row a part, and one row a part of what is not forbidden.
    fn in_parts(
        &mut self,
        level: u32,
        members: &[u32],
        named: &Named,
        (unknown, base): (&Row, &Row),
        into: &mut Loose,
    ) {
        let parts = members.len().div_ceil(PART).max(1);
        let mut group = Vec::with_capacity(parts);
        for (number, part) in members.chunks(members.len().div_ceil(parts).max(1)).enumerate() {
            let first = number == 0;
            let none = self.none();
            let asked = |member: &u32| marked(none.clone(), named.asked.get(member), true);
            let start = if first { base.clone() } else { self.none() };
            let without = if first { unknown.clone() } else { self.none() };
            let rows = subsets(part.iter().map(asked).collect(), start, |a, b| a | b);
            let rows = self.numbered(without, rows);
            group.push(Level { level, coder: Coder::Members(part.into()), rows });
            if part.iter().any(|member| named.forbidden.contains_key(member)) {
                let live = self.live.clone();
                let keep = |member: &u32| marked(live.clone(), named.forbidden.get(member), false);
                let kept = subsets(part.iter().map(keep).collect(), live.clone(), |a, b| a & b);
                let rows = self.numbered(live.clone(), kept);
                into.all.push(Level { level, coder: Coder::Members(part.into()), rows });
            }
        }
        into.groups.push(group);
    }

    fn numbered(&mut self, unknown: Row, rows: Vec<Row>) -> Vec<u32> {
        std::iter::once(unknown).chain(rows).map(|row| self.row(&row)).collect()
    }

    fn one_by_one(&mut self, level: u32, named: &Named, (unknown, base): (&Row, &Row)) -> SetEdge {
        let mut members: BTreeMap<u32, (u32, u32)> = BTreeMap::new();
        for (member, conjunctions) in &named.asked {
            let row = marked(self.none(), Some(conjunctions), true);
            members.entry(*member).or_insert((NO_ROW, NO_ROW)).0 = self.row(&row);
        }
        for (member, conjunctions) in &named.forbidden {
            let row = marked(self.live.clone(), Some(conjunctions), false);
            members.entry(*member).or_insert((NO_ROW, NO_ROW)).1 = self.row(&row);
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
        SetEdge { level, unknown: self.row(unknown), base: self.row(base), members, places }
    }
}

fn marked(mut row: Row, conjunctions: Option<&Vec<u32>>, on: bool) -> Row {
    for conjunction in conjunctions.into_iter().flatten() {
        row.put(*conjunction, on);
    }
    row
}

/// The rows of every subset, from those of its members.
fn subsets(members: Vec<Row>, empty: Row, join: fn(u64, u64) -> u64) -> Vec<Row> {
    let mut rows = vec![empty];
    for member in members {
        let with: Vec<Row> =
            rows.iter().map(|row| row.clone().with(member.lines(), join)).collect();
        rows.extend(with);
    }
    rows
}
