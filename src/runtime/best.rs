//! The best few of a placement through its index: only what can match is looked at, best bound first.
//!
//! The index answers dates, `who` and `never`. Attributes that are missing, consent, hours, content and
//! switches are asked of the candidates that come through; where they refuse one, the walk goes on.

use super::walk::{self, Scored, Scratch, Slate};
use super::{Hit, Outcome, SegmentTruth, Walk};
use crate::compile::index::{Reading, Readings};
use crate::compile::{Candidates, Level, Place, PlacementPlan};
use crate::mutant::mutant;

/// Working memory of one answer, used again: a warm decision allocates nothing.
#[derive(Debug)]
pub(crate) struct Room {
    readings: Vec<Reading>,
    members: Vec<u32>,
    scratch: Scratch,
    slate: Slate,
}

impl Default for Room {
    fn default() -> Self {
        Self {
            readings: Vec::new(),
            members: Vec::new(),
            scratch: Scratch::new(),
            slate: Slate::new(0),
        }
    }
}

/// Fills `out` with the best few that stand; leaves it empty where none does. With `ALL` it looks at every
/// candidate that matches. Returns what was met.
pub(super) fn best<const ALL: bool>(
    walk: &mut Walk<'_>,
    plan: &PlacementPlan,
    candidates: &Candidates,
    room: &mut Room,
    out: &mut Outcome,
) -> walk::Tally {
    if !plan.required.iter().all(|place| walk.known(*place)) {
        return walk::Tally::default();
    }
    room.readings.clear();
    room.members.clear();
    for level in &candidates.levels {
        let reading = walk.reading(level, candidates, &mut room.members);
        room.readings.push(reading);
    }
    let walk = &*walk;
    let preferred = walk.preferred(plan);
    let treatment = |item: u32| {
        let entry = plan.candidates.get(item as usize)?;
        let action = walk.program.actions.get(entry.action as usize)?;
        let complete = action.required.iter().all(|place| walk.known(*place));
        let found = || walk.best_treatment(action, entry, preferred, true, |_| ());
        let (channel, content) =
            (complete || mutant!("best_forgets_missing_required")).then(found).flatten()?;
        Some((entry, action, channel, content))
    };
    let readings = Readings { levels: &room.readings, members: &room.members };
    room.slate.resize(plan.show);
    let visit = |candidate: walk::Candidate| {
        let (entry, action, ..) = treatment(candidate.item)?;
        let score = walk.score(&plan.ranking, action);
        Some(Scored { score, shown: walk.shown(entry.action), group: None })
    };
    let (index, scratch, slate) = (&candidates.index, &mut room.scratch, &mut room.slate);
    let tally = if ALL {
        walk::all(index, &readings, scratch, slate, visit)
    } else {
        walk::best(index, &readings, scratch, slate, visit)
    };
    // Cheaper to find the few channels once more than to keep all that ever stood.
    out.hits.extend(room.slate.hits().iter().filter_map(|hit| {
        let (entry, _, channel, content) = treatment(hit.item)?;
        Some(Hit { action: entry.action, channel, content, score: Some(hit.score) })
    }));
    tally
}

impl Walk<'_> {
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
