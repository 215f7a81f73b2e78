//! What the engine knows of all runs together: when the next one is due, who stands where, and which old rules some
//! still follow.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::compile::Program;
use crate::mutant::mutant;
use crate::profile::{NO_TIME, Runs};

/// A journey, its version and a step, as hashes.
pub(in crate::engine) type Place = (u64, u64, u64);

/// See the module. Its lock is taken while a customer's entry is held, and holds nothing else.
#[derive(Debug, Default)]
pub(in crate::engine) struct Board(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    /// When a customer's next run is due, with the customer's key: one place per customer.
    timers: BTreeSet<(i64, u64)>,
    /// How many runs stand on each step.
    standing: BTreeMap<Place, u64>,
    /// Who has messages that nobody has taken yet.
    pending: BTreeSet<u64>,
    /// Programs that runs entered under and that decide no more, by journey and version.
    versions: BTreeMap<(u64, u64), Arc<Program>>,
}

/// What of one customer's runs the board knows.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::engine) struct Seen {
    due: Option<i64>,
    standing: Vec<Place>,
    pending: bool,
}

impl Seen {
    /// Of these runs; `longest` says when a run ends at the latest.
    pub(in crate::engine) fn of(runs: Option<&Runs>) -> Self {
        let Some(runs) = runs else { return Self::default() };
        let due = runs.live.iter().map(|run| run.due.min(run.ends)).min();
        let places = runs.live.iter().map(|run| (run.journey, run.version, run.step));
        Self {
            due: due.filter(|due| *due != NO_TIME),
            standing: places.collect(),
            pending: !runs.outbox.is_empty(),
        }
    }
}

impl Board {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes what became of a customer's runs.
    pub(in crate::engine) fn note(&self, key: u64, before: &Seen, after: &Seen) {
        if before == after {
            return;
        }
        let mut known = self.known();
        if before.due != after.due {
            before.due.map(|due| known.timers.remove(&(due, key)));
            let due = after.due.filter(|_| !mutant!("journey_timer_is_lost"));
            due.map(|due| known.timers.insert((due, key)));
        }
        for place in &before.standing {
            if let Some(count) = known.standing.get_mut(place) {
                *count -= 1;
                if *count == 0 {
                    known.standing.remove(place);
                }
            }
        }
        for place in &after.standing {
            *known.standing.entry(*place).or_default() += 1;
        }
        if after.pending {
            known.pending.insert(key);
        } else {
            known.pending.remove(&key);
        }
    }

    /// The next customer whose run is due by a time, and when; earliest first, of one time by key.
    pub(in crate::engine) fn due(&self, to: i64) -> Option<(i64, u64)> {
        self.known().timers.first().filter(|(due, _)| *due <= to).copied()
    }

    /// Lets go of a timer that nobody answered for.
    pub(in crate::engine) fn drop_timer(&self, timer: (i64, u64)) {
        self.known().timers.remove(&timer);
    }

    /// Who has messages that nobody has taken yet.
    pub(in crate::engine) fn pending(&self) -> Vec<u64> {
        self.known().pending.iter().copied().collect()
    }

    /// How many runs stand on each step.
    pub(in crate::engine) fn standing(&self) -> BTreeMap<Place, u64> {
        self.known().standing.clone()
    }

    /// The program that a run of before entered under.
    pub(in crate::engine) fn version(&self, journey: u64, version: u64) -> Option<Arc<Program>> {
        self.known().versions.get(&(journey, version)).cloned()
    }

    /// Keeps a program that decides no more for the runs that follow it, and lets go of those that nobody follows.
    pub(in crate::engine) fn keep(&self, old: &Arc<Program>, new: &Program) {
        let mut known = self.known();
        let Known { standing, versions, .. } = &mut *known;
        let followed = |journey: u64, version: u64| {
            let from = (journey, version, 0);
            let found = standing.range(from..).next();
            found.is_some_and(|((name, of, _), _)| (*name, *of) == (journey, version))
        };
        versions.retain(|(journey, version), _| followed(*journey, *version));
        for plan in &old.journeys {
            let same = new.journeys.iter().any(|other| other.version == plan.version);
            for name in plan.keys.iter().filter(|_| !same) {
                if followed(*name, plan.version) {
                    versions.insert((*name, plan.version), Arc::clone(old));
                }
            }
        }
    }
}
