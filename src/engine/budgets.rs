//! What of budgets comes back by itself: reservations that nobody commits, engine-wide, in the order of their ends.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use super::Engine;
use crate::profile::State;

/// How far behind a clock may be before it counts as gone back: a minute, in microseconds.
const BEHIND: i64 = 60_000_000;

/// End of a reservation, the customer's key, the decision.
type End = Reverse<(i64, u64, u64)>;

/// The reservations that hold budgets, and what is counted of promises.
#[derive(Debug, Default)]
pub(super) struct Promises {
    ends: Mutex<BinaryHeap<End>>,
    /// Calls whose time was behind what was acted on.
    behind: AtomicU64,
    /// Grows with whatever is given back.
    returned: AtomicU64,
}

impl Promises {
    /// Remembers when a reservation that holds budgets ends.
    pub(super) fn note(&self, expires: i64, key: u64, decision: u64) {
        let mut ends = self.ends.lock().unwrap_or_else(PoisonError::into_inner);
        ends.push(Reverse((expires, key, decision)));
    }

    /// The next one that has ended by a time.
    fn ended(&self, now: i64) -> Option<(u64, u64)> {
        let mut ends = self.ends.lock().unwrap_or_else(PoisonError::into_inner);
        let Reverse((expires, key, decision)) = *ends.peek()?;
        if expires > now {
            return None;
        }
        ends.pop();
        Some((key, decision))
    }

    /// Who has a reservation that holds a budget, or had one, by key.
    pub(super) fn holders(&self) -> BTreeSet<u64> {
        let ends = self.ends.lock().unwrap_or_else(PoisonError::into_inner);
        ends.iter().map(|Reverse((_, key, _))| *key).collect()
    }

    /// Minds the clock of a call.
    pub(super) fn mind(&self, acted: Option<i64>, at: i64) {
        if acted.is_some_and(|acted| at < acted.saturating_sub(BEHIND)) {
            self.behind.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Notes that something was given back.
    pub(super) fn returned(&self, slots: usize) {
        if slots > 0 {
            self.returned.fetch_add(slots as u64, Ordering::Relaxed);
        }
    }

    /// How much was given back so far.
    pub(super) fn all_returned(&self) -> u64 {
        self.returned.load(Ordering::Relaxed)
    }

    /// How often a clock was behind.
    pub(super) fn behind(&self) -> u64 {
        self.behind.load(Ordering::Relaxed)
    }
}

impl Engine {
    /// Gives back the budgets of reservations that ended by a time and that nobody came for.
    pub(super) fn return_expired(&self, now: i64) {
        while let Some((key, decision)) = self.promises.ended(now) {
            let returned = self.change_at(key, |record| {
                let state = record.contacts()?.reservations.find(decision).map(|(_, state)| state);
                let live = state == Some(State::Live);
                live.then(|| record.change_contacts(|contacts| contacts.reservations.expire(now)))
            });
            self.promises.returned(returned.flatten().unwrap_or(0));
        }
    }
}
