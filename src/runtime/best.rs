//! The best few of a placement through its index: only what can match is looked at, best bound first.
//!
//! The index answers dates, `who` and `never`. Attributes that are missing, consent, hours, content and
//! switches are asked of the candidates that come through, as are lines about events; where they refuse one, the walk goes on.

use super::walk::{Asked, Candidate, Scored, Scratch, Slate, Tally, walk as walk_index};
use super::{Bound, Hit, Memo, Moment, Outcome, SegmentTruth, Walk};
use crate::compile::index::{self, Reading, Readings, Sure};
use crate::compile::{Candidates, Level, Place, PlacementPlan, Program};
use crate::mutant::mutant;
use crate::profile::{Kept, View};
use crate::value::Timestamp;
use std::collections::BTreeSet;

/// Nothing is excluded, nothing paused.
pub(crate) static NOBODY: BTreeSet<String> = BTreeSet::new();

/// Working memory of one answer, used again: a warm decision allocates nothing.
#[derive(Debug)]
pub(crate) struct Room {
    /// The rows of the customer's own that the decision starts from, where they were kept.
    pub(crate) held: Kept,
    /// Where such rows are found anew.
    pub(crate) found: Vec<u16>,
    readings: Vec<Reading>,
    members: Vec<u32>,
    scratch: Scratch,
    slate: Slate,
    /// Item, channel and content of candidates that stood, of whom more was asked than is settled beforehand.
    stood: Vec<(u32, u32, u32)>,
    /// Hits that are still to be taken, and those that are.
    pub(super) next: Vec<Hit>,
    pub(super) taken: Vec<Hit>,
}

impl Default for Room {
    fn default() -> Self {
        Self {
            held: Kept::default(),
            found: Vec::new(),
            readings: Vec::new(),
            members: Vec::new(),
            scratch: Scratch::new(),
            slate: Slate::new(0),
            stood: Vec::new(),
            next: Vec::new(),
            taken: Vec::new(),
        }
    }
}

/// Fills `out` with the best few that stand; leaves it empty where none does. Without `STOP` it looks at every
/// candidate that matches. Returns what was met.
pub(super) fn best<const STOP: bool>(
    walk: &mut Walk<'_>,
    plan: &PlacementPlan,
    candidates: &Candidates,
    room: &mut Room,
    out: &mut Outcome,
) -> Tally {
    if !plan.required.iter().all(|place| walk.known(*place)) {
        return Tally::default();
    }
    if !plan.common.is_empty() && !walk.are_open(&plan.common) {
        return Tally::default();
    }
    let Room { held, readings, members, scratch, slate, stood, .. } = room;
    stood.clear();
    let index = &candidates.index;
    members.clear();
    let from_held = held.is_there() && candidates.held.is_some();
    if readings.len() != candidates.levels.len() {
        readings.clear();
        readings.resize(candidates.levels.len(), Reading::UNKNOWN);
    }
    let own = if from_held {
        walk.read_rest(candidates, readings, members);
        scratch.read_rest(index, held.rows(), &Readings { levels: readings, members })
    } else {
        walk.read_all(candidates, readings, members);
        scratch.read(index, &Readings { levels: readings, members });
        &[]
    };
    slate.resize(plan.show);
    slate.share(plan.share.as_ref().map_or(usize::MAX, |(most, _)| *most));
    if STOP && let Some(share) = walk.share_of_bounds(candidates) {
        slate.lower_bounds(share);
    }
    let preferred = walk.preferred(plan);
    let language = walk.view.language();
    let under_way = walk.program.has_policy && walk.memo.policy.is_under_way();
    let switched = under_way || !walk.excluded.is_empty() || !walk.paused.is_empty();
    let mut finder = Finder {
        stood,
        walk,
        plan,
        candidates,
        readings,
        members,
        complete: !from_held,
        preferred,
        language,
        switched,
        under_way,
    };
    let tally = walk_index::<STOP>(index, own, scratch, slate, &mut finder);
    // Cheaper to find the few channels once more than to keep all that ever stood.
    for hit in slate.hits() {
        if let Some((channel, content)) = finder.again(hit.item)
            && let Some(ready) = candidates.ready.get(hit.item as usize)
        {
            out.hits.push(Hit { action: ready.action, channel, content, score: Some(hit.score) });
        }
    }
    tally
}

/// Adds the rows of all placements that hang on the customer alone: what is kept beside the profile.
pub(crate) fn held(
    program: &Program,
    view: &View,
    memo: &mut Memo,
    room: &mut Room,
    into: &mut Vec<u16>,
) {
    into.clear();
    memo.reset(program);
    let mut walk = Walk {
        program,
        view,
        request: &Bound::default(),
        moment: Moment::new(Timestamp::default(), None, &program.zone),
        excluded: &NOBODY,
        paused: &NOBODY,
        memo,
    };
    let Room { readings, members, .. } = room;
    for candidates in program.placements.iter().filter_map(|plan| plan.index.as_ref()) {
        if candidates.held.is_none() {
            continue;
        }
        readings.clear();
        readings.resize(candidates.levels.len(), Reading::UNKNOWN);
        members.clear();
        let mut rest = candidates.rest.iter().copied().peekable();
        for ((number, level), place) in (0..).zip(&candidates.levels).zip(readings.iter_mut()) {
            if rest.next_if_eq(&number).is_none() {
                *place = walk.reading(level, candidates, members);
            }
        }
        candidates.index.hold(&Readings { levels: readings, members }, into);
    }
}

/// Treatments that are kept of candidates that stood: as many as are mostly shown.
const STOOD: usize = 8;

/// What the walk over an index asks.
struct Finder<'a, 'b> {
    /// Of the first few; of others the same is found again.
    stood: &'a mut Vec<(u32, u32, u32)>,
    walk: &'a mut Walk<'b>,
    plan: &'a PlacementPlan,
    candidates: &'a Candidates,
    readings: &'a mut Vec<Reading>,
    members: &'a mut Vec<u32>,
    /// Whether `readings` tells of all levels.
    complete: bool,
    preferred: Option<u32>,
    language: (u16, u16),
    /// Whether anything is excluded or paused, or the answer is under way.
    switched: bool,
    /// Whether some actions are settled that are not to be found again.
    under_way: bool,
}

impl Finder<'_, '_> {
    /// Channel and content of a candidate, unless something refuses it.
    #[inline]
    fn treatment(&mut self, item: u32) -> Option<(u32, u32)> {
        if !self.switched {
            let ready = self.candidates.ready.get(item as usize)?;
            if let Some(settled) = ready.treatment(self.language) {
                let open = !ready.gated || self.walk.lets_through(ready.action, settled?.0);
                return settled.filter(|_| open);
            }
        }
        let (channel, content) = self.treatment_of(item)?;
        if self.stood.len() < STOOD {
            self.stood.push((item, channel, content));
        }
        Some((channel, content))
    }

    /// As [`treatment`](Self::treatment), of a candidate that was let through.
    fn again(&mut self, item: u32) -> Option<(u32, u32)> {
        if !self.switched
            && let Some(settled) =
                self.candidates.ready.get(item as usize)?.treatment(self.language)
        {
            return settled;
        }
        match self.stood.iter().find(|(of, ..)| *of == item) {
            Some((_, channel, content)) => Some((*channel, *content)),
            None => self.treatment(item),
        }
    }

    #[inline(never)]
    fn treatment_of(&mut self, item: u32) -> Option<(u32, u32)> {
        let entry = self.plan.candidates.get(item as usize)?;
        if self.under_way && self.walk.memo.policy.is_settled(entry.action) {
            return None;
        }
        let program = self.walk.program;
        let action = program.actions.get(entry.action as usize)?;
        if let Some(asks) = self.candidates.asks.get(item as usize)
            && !mutant!("best_forgets_what_the_index_cannot_ask")
            && !asks.iter().all(|open| self.walk.holds(open))
        {
            return None;
        }
        let complete = action.required.iter().all(|place| self.walk.known(*place));
        if !complete && !mutant!("best_forgets_missing_required") {
            return None;
        }
        self.walk.best_treatment(action, entry, self.preferred, true, |_| ())
    }

    #[inline(never)]
    fn score(&self, action: u32) -> Option<f64> {
        let action = self.walk.program.actions.get(action as usize)?;
        Some(self.walk.score(&self.plan.ranking, action))
    }
}

impl Asked for Finder<'_, '_> {
    #[inline(never)]
    fn holds(&mut self, program: &index::Program, conjunction: u32) -> bool {
        let Self { walk, candidates, readings, members, complete, .. } = self;
        if *complete {
            return program.holds(conjunction, &Readings { levels: readings, members });
        }
        // Mostly one test is left open: its level is read for it alone.
        program.holds_by(conjunction, |level, passes| {
            let Some(level) = candidates.levels.get(level as usize) else { return false };
            members.clear();
            let reading = walk.reading(level, candidates, members);
            passes.test(reading, &Readings { levels: &[], members })
        })
    }

    fn sure(&self, block: usize) -> Option<&Sure> {
        let Candidates { sure, spoken, .. } = self.candidates;
        let all = !self.switched && spoken.is_some_and(|one| one.is_read_by(self.language));
        sure.get(block).filter(|_| all)
    }

    #[inline]
    fn visit(&mut self, candidate: Candidate) -> Option<Scored> {
        self.treatment(candidate.item)?;
        let ready = self.candidates.ready.get(candidate.item as usize)?;
        let score = if ready.score.is_nan() { self.score(ready.action)? } else { ready.score };
        let groups = self.plan.share.as_ref();
        let group = groups.and_then(|(_, of)| of.get(candidate.item as usize).copied().flatten());
        Some(Scored { score, shown: self.walk.shown(ready.action), group })
    }
}

impl Walk<'_> {
    fn read_all(
        &mut self,
        candidates: &Candidates,
        readings: &mut [Reading],
        members: &mut Vec<u32>,
    ) {
        for (level, place) in candidates.levels.iter().zip(readings) {
            *place = self.reading(level, candidates, members);
        }
    }

    /// The readings that hang on more than the customer.
    fn read_rest(
        &mut self,
        candidates: &Candidates,
        readings: &mut [Reading],
        members: &mut Vec<u32>,
    ) {
        for number in &candidates.rest {
            if let Some(level) = candidates.levels.get(*number as usize)
                && let Some(place) = readings.get_mut(*number as usize)
            {
                *place = self.reading(level, candidates, members);
            }
        }
    }

    fn reading(
        &mut self,
        level: &Level,
        candidates: &Candidates,
        members: &mut Vec<u32>,
    ) -> Reading {
        let from = |place: Place, stand_in: Option<u64>| self.word(place, 0).or(stand_in);
        let known =
            |word: Option<u64>, read: &dyn Fn(u64) -> Reading| word.map_or(Reading::UNKNOWN, read);
        match level {
            Level::Flag(place) => known(from(*place, None), &|word| Reading::flag(word != 0)),
            // Words that no rule names all read alike.
            Level::Symbol(place) => known(from(*place, None), &|word| {
                Reading::symbol(u32::try_from(word).unwrap_or(u32::MAX))
            }),
            Level::Whole(place) => {
                known(from(*place, None), &|word| Reading::number(word.cast_signed()))
            }
            Level::Real(place) => {
                known(from(*place, None), &|word| Reading::real(f64::from_bits(word)))
            }
            Level::DaysAway(place, stand_in) => known(from(*place, *stand_in), &|word| {
                let today = i64::from(self.moment.today().days());
                Reading::number(word.cast_signed().saturating_sub(today))
            }),
            Level::MicrosAway(place, stand_in) => known(from(*place, *stand_in), &|word| {
                Reading::number(word.cast_signed().saturating_sub(self.moment.micros()))
            }),
            Level::Inside(place, window, stand_in) => {
                let Some(word) = from(*place, *stand_in) else { return Reading::UNKNOWN };
                let (first, last) = self.window(*window);
                Reading::flag((first..=last).contains(&word.cast_signed()))
            }
            Level::Today => Reading::number(i64::from(self.moment.today().days())),
            Level::Segment(segment) => match self.segment(*segment) {
                SegmentTruth::In => Reading::flag(true),
                SegmentTruth::Out => Reading::flag(false),
                SegmentTruth::Open | SegmentTruth::Unknown => Reading::UNKNOWN,
            },
            Level::Set(place, words) => {
                if !self.known(*place) {
                    return Reading::UNKNOWN;
                }
                let start = members.len();
                for at in 0..*words {
                    let mut bits = self.word(*place, at).unwrap_or(0);
                    while bits != 0 {
                        members.push(at * 64 + bits.trailing_zeros());
                        bits &= bits - 1;
                    }
                }
                set(start, members)
            }
            Level::Segments => {
                let start = members.len();
                for segment in &candidates.segments {
                    match self.segment(*segment) {
                        SegmentTruth::In => members.push(segment * 2),
                        SegmentTruth::Out => members.push(segment * 2 + 1),
                        SegmentTruth::Open | SegmentTruth::Unknown => {}
                    }
                }
                set(start, members)
            }
        }
    }
}

/// The members from `start` on.
fn set(start: usize, members: &[u32]) -> Reading {
    let length = members.len() - start;
    Reading::set(u32::try_from(start).unwrap_or(0), u32::try_from(length).unwrap_or(0))
}
