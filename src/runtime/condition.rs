//! Conditions at run time: true or false, never unknown.

use std::cell::Cell;

use crate::compile::{Leaf, Op, Place, Predicate, Program, SegmentPlan, Wanted};
use crate::mutant::mutant;

use super::Walk;
use super::events::Asked;

/// Deeper than this, segments are evaluated from the bottom instead of by recursion.
const DEEP: u32 = 64;

/// The request's attributes as words.
#[derive(Debug, Default)]
pub(crate) struct Bound {
    words: Vec<Option<u64>>,
    /// Where a text is brought into the form that it is compared in.
    form: String,
}

impl Bound {
    /// Forgets the last request and makes room.
    pub(crate) fn reset(&mut self, words: usize) {
        self.words.clear();
        self.words.resize(words, None);
    }

    /// Sets a word.
    pub(crate) fn set(&mut self, place: u32, word: u64) {
        if let Some(kept) = self.words.get_mut(place as usize) {
            *kept = Some(word);
        }
    }

    /// Adds to the set that begins at a place.
    pub(crate) fn add(&mut self, place: u32, bit: u64) {
        let at = usize::try_from(bit / 64).ok().map(|offset| place as usize + offset);
        if let Some(Some(word)) = at.and_then(|at| self.words.get_mut(at)) {
            *word |= 1 << (bit % 64);
        }
    }

    /// A text in the form that `write` gives it.
    pub(crate) fn form(&mut self, text: &str, write: impl Fn(&str, &mut String)) -> &str {
        self.form.clear();
        write(text, &mut self.form);
        &self.form
    }
}

/// What a segment says of the customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SegmentTruth {
    /// Not asked yet.
    Open,
    /// Surely in.
    In,
    /// Surely out.
    Out,
    /// Some value that decides it is not known.
    Unknown,
}

/// Segments and windows are worked out once per decision. What was noted in an earlier decision bears an
/// earlier stamp, so that nothing has to be wiped.
#[derive(Debug, Default)]
pub(crate) struct Memo {
    stamp: u32,
    segments: Vec<(u32, SegmentTruth)>,
    windows: Vec<(u32, (i64, i64))>,
    asked: Vec<Cell<(u32, Asked)>>,
    pub(super) policy: super::limits::Asked,
}

impl Memo {
    /// Forgets the last decision.
    pub(crate) fn reset(&mut self, program: &Program) {
        if self.stamp == u32::MAX {
            self.segments.clear();
            self.windows.clear();
            self.asked.clear();
            self.policy.clear();
            self.stamp = 0;
        }
        self.stamp += 1;
        if program.has_policy {
            self.policy.reset(program, self.stamp);
        }
        if self.segments.len() != program.segments.len() {
            self.segments.resize(program.segments.len(), (0, SegmentTruth::Open));
        }
        if self.windows.len() != program.windows.len() {
            self.windows.resize(program.windows.len(), (0, (1, 0)));
        }
        if self.asked.len() != program.aggregates.len() {
            self.asked.resize(program.aggregates.len(), Cell::new((0, Asked::Open)));
        }
    }

    /// What was noted of a segment; `None` for one that is not there.
    fn segment(&self, index: u32) -> Option<SegmentTruth> {
        let (stamp, truth) = self.segments.get(index as usize).copied()?;
        Some(if stamp == self.stamp { truth } else { SegmentTruth::Open })
    }

    /// The answer to a question about events: as noted, or as found now; `None` for one that is not there.
    pub(super) fn asked(&self, index: u32, find: impl FnOnce() -> Asked) -> Option<Asked> {
        let kept = self.asked.get(index as usize)?;
        match kept.get() {
            (stamp, found)
                if found != Asked::Open
                    && (stamp == self.stamp || mutant!("events_answer_of_another_decision")) =>
            {
                Some(found)
            }
            _ => {
                let found = find();
                kept.set((self.stamp, found));
                Some(found)
            }
        }
    }
}

impl Walk<'_> {
    /// The word at a place, where known.
    pub(crate) fn word(&self, place: Place, offset: u32) -> Option<u64> {
        match place {
            Place::Customer(place) => self.view.word(place.saturating_add(offset)),
            Place::Request(place) => {
                self.request.words.get((place + offset) as usize).copied().flatten()
            }
            Place::Event(question) => self.asked(question),
            // Read from rows only.
            Place::Field(_) => None,
        }
    }

    /// Whether a value is there.
    pub(super) fn known(&self, place: Place) -> bool {
        self.word(place, 0).is_some()
    }

    /// Whether a predicate holds.
    pub(crate) fn holds(&mut self, predicate: &Predicate) -> bool {
        match predicate {
            Predicate::Always(value) => *value,
            Predicate::Known(place, wanted) => self.known(*place) == *wanted,
            Predicate::Leaf(leaf) => self.leaf(leaf),
            Predicate::All(parts) => parts.iter().all(|part| self.holds(part)),
            Predicate::Any(parts) => parts.iter().any(|part| self.holds(part)),
            Predicate::Segment(segment, wanted) => {
                let truth = self.segment(*segment);
                match wanted {
                    Wanted::True => truth == SegmentTruth::In,
                    Wanted::False => truth == SegmentTruth::Out,
                    Wanted::NotTrue => truth != SegmentTruth::In,
                    Wanted::NotFalse => truth != SegmentTruth::Out,
                }
            }
        }
    }

    fn leaf(&mut self, leaf: &Leaf) -> bool {
        let Some(word) = self.word(leaf.place, 0).or(leaf.stand_in) else { return leaf.unknown };
        let holds = match &leaf.op {
            Op::Window(window) => {
                let (first, last) = self.window(*window);
                (first..=last).contains(&word.cast_signed())
            }
            Op::HasAny(wanted) => {
                let mut words = (0..).zip(wanted.iter());
                words.any(|(at, want)| self.word(leaf.place, at).unwrap_or(0) & want != 0)
            }
            Op::HasAll(wanted) => {
                let mut words = (0..).zip(wanted.iter());
                words.all(|(at, want)| self.word(leaf.place, at).unwrap_or(0) & want == *want)
            }
            op => op.holds(word),
        };
        holds == leaf.expect
    }

    pub(super) fn window(&mut self, index: u32) -> (i64, i64) {
        let index = index as usize;
        if let Some((stamp, found)) = self.memo.windows.get(index).copied()
            && stamp == self.memo.stamp
        {
            return found;
        }
        // An empty span, should the program not have it.
        let window = self.program.windows.get(index);
        let found = window.map_or((1, 0), |window| self.moment.window(window));
        if let Some(kept) = self.memo.windows.get_mut(index) {
            *kept = (self.memo.stamp, found);
        }
        found
    }

    /// What a segment says; worked out once.
    pub(crate) fn segment(&mut self, index: u32) -> SegmentTruth {
        match self.memo.segment(index) {
            Some(SegmentTruth::Open) => {}
            Some(truth) => return truth,
            None => return SegmentTruth::Unknown,
        }
        let program = self.program;
        let Some(plan) = program.segments.get(index as usize) else { return SegmentTruth::Unknown };
        if plan.depth > DEEP {
            for below in program.order.iter().take(plan.rank as usize) {
                if self.memo.segment(*below) == Some(SegmentTruth::Open)
                    && let Some(plan) = program.segments.get(*below as usize)
                {
                    self.work_out(*below, plan);
                }
            }
        }
        self.work_out(index, plan)
    }

    fn work_out(&mut self, index: u32, plan: &SegmentPlan) -> SegmentTruth {
        let complete = plan.required.iter().all(|place| self.known(*place));
        let truth = if complete && self.holds(&plan.surely_true) {
            SegmentTruth::In
        } else if complete && self.holds(&plan.surely_false) {
            SegmentTruth::Out
        } else {
            SegmentTruth::Unknown
        };
        if let Some(kept) = self.memo.segments.get_mut(index as usize) {
            *kept = (self.memo.stamp, truth);
        }
        truth
    }
}
