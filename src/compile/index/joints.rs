//! Levels of few codes become joints with one row for each combination.

use std::collections::BTreeMap;

use super::edges::{Edges, Joint, NO_ROW, Reader};
use super::table::{Level, Loose, Table};
use crate::mutant::mutant;

/// A level with its codes numbered by the row that they lead to.
struct Classed {
    level: Level,
    /// The distinct rows.
    rows: Vec<u32>,
    /// By code: its place in `rows`.
    classes: Vec<u32>,
}

fn classed(level: Level) -> Classed {
    let mut rows = Vec::new();
    let mut of: BTreeMap<u32, u32> = BTreeMap::new();
    let classes = level
        .rows
        .iter()
        .map(|row| {
            *of.entry(*row).or_insert_with(|| {
                rows.push(*row);
                rows.len() as u32 - 1
            })
        })
        .collect();
    Classed { level, rows, classes }
}

impl Table {
    /// Joins levels that are the customer's alone (`held`), at most `most` rows to a joint.
    pub(super) fn join(&mut self, loose: Loose, held: &[bool], most: usize, edges: &mut Edges) {
        let is_held = |level: &Level| held.get(level.level as usize).copied().unwrap_or(false);
        let mut bins: Vec<(usize, Vec<Classed>)> = Vec::new();
        let mut single = Vec::new();
        let (mut own, others): (Vec<Level>, Vec<Level>) = loose.all.into_iter().partition(is_held);
        let mut own: Vec<Classed> = own.drain(..).map(classed).collect();
        // The largest first, each into the first joint that has room for it.
        own.sort_by_key(|level| std::cmp::Reverse(level.rows.len()));
        for level in own {
            // Row 0 lets everything through.
            if level.rows == [0] {
                continue;
            }
            let size = level.rows.len();
            match bins.iter_mut().find(|bin| bin.0.saturating_mul(size) <= most) {
                Some(bin) => {
                    bin.0 *= size;
                    bin.1.push(level);
                }
                None => bins.push((size, vec![level])),
            }
        }
        edges.held.0 = bins.len();
        single.extend(others.into_iter().map(|level| vec![classed(level)]));
        for levels in bins.into_iter().map(|bin| bin.1).chain(single) {
            let joint = self.joint(levels, edges);
            edges.all.push(joint);
        }
        // Groups that are the customer's alone first.
        let (own, others): (Vec<_>, Vec<_>) =
            loose.groups.into_iter().partition(|group| group.iter().all(is_held));
        for (groups, held) in [(own, true), (others, false)] {
            for group in groups {
                for level in group {
                    let joint = self.joint(vec![classed(level)], edges);
                    edges.any.push(joint);
                }
                edges.ends.push(edges.any.len() as u32);
            }
            if held {
                edges.held.1 = edges.any.len();
            }
        }
    }

    fn joint(&mut self, levels: Vec<Classed>, edges: &mut Edges) -> Joint {
        let start = edges.tables.len() as u32;
        let mut rows = vec![0];
        for level in &levels {
            let stride = rows.len() as u32;
            let first = level.classes.iter().map(|class| class * stride);
            edges.readers.push(Reader {
                level: level.level.level,
                coder: level.level.coder.clone(),
                classes: edges.classes.len() as u32,
            });
            edges.classes.extend(first);
            let mut joined = Vec::with_capacity(rows.len() * level.rows.len());
            for own in &level.rows {
                for row in &rows {
                    joined.push(self.both(*row, *own));
                }
            }
            rows = joined;
        }
        edges.tables.extend(rows);
        let end = edges.readers.len() as u32;
        Joint { readers: (end - levels.len() as u32, end), start }
    }

    /// The AND of two rows.
    fn both(&mut self, a: u32, b: u32) -> u32 {
        match (a, b) {
            (0, row) | (row, 0) => row,
            (a, b) if a == b || mutant!("codes_joint_keeps_its_first_level") => a,
            (a, b) => {
                let row = self.none().with(self.lines(a), |_, a| a);
                let row = row.with(self.lines(b), |a, b| a & b);
                self.row(&row)
            }
        }
    }
}

impl Edges {
    /// Numbers the rows that are used anew, without gaps; their old numbers, in the new order. Row 0 stays.
    pub(super) fn renumber(&mut self) -> Vec<u32> {
        let mut most = 0;
        self.each_row(&mut |row| most = most.max(*row as usize));
        // By old number: whether it is used, then its new number.
        let mut new: Vec<u32> = vec![0; most + 1];
        if let Some(first) = new.first_mut() {
            *first = 1;
        }
        self.each_row(&mut |row| {
            if let Some(used) = new.get_mut(*row as usize) {
                *used = 1;
            }
        });
        let kept: Vec<u32> =
            (0..).zip(&new).filter(|(_, used)| **used == 1).map(|(old, _)| old).collect();
        for (number, old) in (0..).zip(&kept) {
            if let Some(place) = new.get_mut(*old as usize) {
                *place = number;
            }
        }
        self.each_row(&mut |row| *row = new.get(*row as usize).copied().unwrap_or(0));
        kept
    }

    fn each_row(&mut self, visit: &mut dyn FnMut(&mut u32)) {
        self.tables.iter_mut().for_each(&mut *visit);
        for edge in &mut self.sets {
            visit(&mut edge.unknown);
            visit(&mut edge.base);
            for (_, any, keep) in &mut edge.members {
                for row in [any, keep] {
                    if *row != NO_ROW {
                        visit(row);
                    }
                }
            }
        }
    }
}
