//! What the rows leave open, as flat jumping tests; run on survivors only.

use std::collections::BTreeMap;

use super::input::{Condition, Readings};
use super::normal::Pool;
use super::passes::Passes;
use crate::mutant::mutant;

/// Where a test goes on: another test, or one of the two ends.
const PASS: u32 = u32::MAX;
const FAIL: u32 = u32::MAX - 1;

/// A test of one level and where to go on.
#[derive(Clone, Copy, Debug)]
struct Step {
    level: u32,
    passes: u32,
    on_true: u32,
    on_false: u32,
}

/// The tests of all conjunctions that need any.
#[derive(Debug, Default)]
pub(crate) struct Program {
    passes: Vec<Passes>,
    steps: Vec<Step>,
    /// (conjunction, first step), sorted.
    starts: Vec<(u32, u32)>,
    /// Equal lists of tests stand once.
    known: BTreeMap<(u32, u32, u32, u32), u32>,
}

impl Program {
    /// Adds a conjunction, in ascending order: tests that all must pass, and conditions likewise.
    pub(crate) fn add<'a>(
        &mut self,
        conjunction: u32,
        tests: &[(u32, u32)],
        conditions: &[&'a Condition],
        pool: &mut Pool<'a>,
    ) {
        // Written from the end, so that every step knows where it goes on.
        let mut next = PASS;
        for condition in conditions.iter().rev() {
            next = self.write(condition, next, FAIL, pool);
        }
        for (level, passes) in tests.iter().rev() {
            next = self.step(*level, *passes, next, FAIL);
        }
        self.starts.push((conjunction, next));
    }

    fn step(&mut self, level: u32, passes: u32, on_true: u32, on_false: u32) -> u32 {
        let steps = &mut self.steps;
        *self.known.entry((level, passes, on_true, on_false)).or_insert_with(|| {
            steps.push(Step { level, passes, on_true, on_false });
            steps.len() as u32 - 1
        })
    }

    fn write<'a>(
        &mut self,
        condition: &'a Condition,
        on_true: u32,
        on_false: u32,
        pool: &mut Pool<'a>,
    ) -> u32 {
        match condition {
            Condition::Literal(literal) => {
                let passes = pool.written(&literal.accept);
                self.step(literal.level, passes, on_true, on_false)
            }
            Condition::All(list) => list
                .iter()
                .rev()
                .fold(on_true, |next, entry| self.write(entry, next, on_false, pool)),
            Condition::Any(list) => list
                .iter()
                .rev()
                .fold(on_false, |next, entry| self.write(entry, on_true, next, pool)),
        }
    }

    /// Takes over the readings that pass, once all conjunctions are added.
    pub(crate) fn keep(&mut self, passes: Vec<Passes>) {
        self.known = BTreeMap::new();
        if !self.steps.is_empty() {
            self.passes = passes;
        }
    }

    /// Whether a conjunction that came through its rows holds.
    pub(crate) fn holds(&self, conjunction: u32, readings: &Readings<'_>) -> bool {
        self.holds_by(conjunction, |level, passes| passes.test(readings.level(level), readings))
    }

    /// As [`holds`](Self::holds); `test` says whether the reading of a level passes, and is asked of as few as it takes.
    #[inline]
    pub(crate) fn holds_by(
        &self,
        conjunction: u32,
        mut test: impl FnMut(u32, &Passes) -> bool,
    ) -> bool {
        if mutant!("index_verify_skipped") {
            return true;
        }
        let Ok(place) = self.starts.binary_search_by_key(&conjunction, |start| start.0) else {
            return true;
        };
        let mut at = self.starts.get(place).map_or(PASS, |start| start.1);
        while let Some(step) = self.steps.get(at as usize) {
            let passes = self.passes.get(step.passes as usize);
            let passes = passes.is_some_and(|passes| test(step.level, passes));
            at = if passes { step.on_true } else { step.on_false };
        }
        at == PASS
    }
}
