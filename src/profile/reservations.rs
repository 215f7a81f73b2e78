//! What is promised to one customer and not sent yet, and what decisions of the last days were given.
//!
//! A reservation lives until it is committed, released or expires. It is remembered for a while after that, so that
//! the same decision asked again is given the same and takes nothing.

use std::sync::Arc;

use crate::decision::Decision;
use crate::mutant::mutant;
use crate::value::DAY;

use super::contacts::Key;
use super::spent::Spent;

/// For how long a decision is remembered once its hold is over, in microseconds: 7 days.
const REMEMBERED: i64 = 7 * DAY;

/// Decisions that are remembered of one customer, the live ones apart.
const MOST: usize = 1_000;

/// One treatment that is promised.
#[derive(Clone, Debug)]
pub(crate) struct Slot {
    pub(crate) key: Key,
    /// The consent without which it may not be sent.
    pub(crate) consent: Option<u32>,
    /// The budget that it took a unit of, and the day that the unit belongs to.
    pub(crate) spent: Option<(Arc<Spent>, i32)>,
}

impl Slot {
    /// Gives its unit of the budget back.
    pub(crate) fn give_back(&self) {
        if let Some((spent, day)) = &self.spent {
            spent.give_back(*day);
        }
    }
}

/// What a decision was given.
#[derive(Debug)]
pub(crate) struct Given {
    pub(crate) decision: Decision,
    pub(crate) slots: Box<[Slot]>,
    /// The effective time at which it was taken, and the one at which it expires.
    pub(crate) taken: i64,
    pub(crate) expires: i64,
}

/// How far a reservation came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Promised.
    Live,
    /// Sent.
    Committed,
    /// Given back, or expired.
    Over,
}

#[derive(Clone, Debug)]
pub(super) struct Reservation {
    /// The hash of the decision.
    pub(super) decision: u64,
    pub(super) state: State,
    pub(super) given: Arc<Given>,
}

impl Reservation {
    fn lives(&self, at: i64) -> bool {
        let expired = || self.given.expires <= at && !mutant!("reservation_expired_still_counts");
        self.state == State::Live && !expired()
    }
}

/// All of one customer's, in the order in which they were taken.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reservations {
    pub(super) all: Vec<Reservation>,
    /// None before it is live: worked out from the others, so that a decision need not look at what is only
    /// remembered.
    first_live: usize,
}

impl Reservations {
    /// What this decision was given, if it is remembered.
    pub(crate) fn find(&self, decision: u64) -> Option<(&Arc<Given>, State)> {
        let found = self.all.iter().rev().find(|one| one.decision == decision)?;
        Some((&found.given, found.state))
    }

    /// Remembers what a decision was given.
    pub(crate) fn add(&mut self, decision: u64, given: Arc<Given>) {
        let now = given.taken;
        // What expired unseen is given back by whoever comes upon it.
        self.all.retain(|one| {
            one.state == State::Live || one.given.expires.saturating_add(REMEMBERED) > now
        });
        if self.all.len() >= MOST
            && let Some(oldest) = self.all.iter().position(|one| one.state != State::Live)
        {
            self.all.remove(oldest);
        }
        // A decision that is given nothing promises nothing.
        let state = if given.slots.is_empty() { State::Over } else { State::Live };
        self.all.push(Reservation { decision, state, given });
        self.derive();
    }

    /// Works out what is not kept by itself.
    pub(super) fn derive(&mut self) {
        let live = self.all.iter().position(|one| one.state == State::Live);
        self.first_live = live.unwrap_or(self.all.len());
    }

    /// The reservation of a permit. Where customers are merged, two of one decision come together; where one was out
    /// of memory meanwhile, its permit knows another copy of what was given.
    fn place(&self, decision: u64, given: &Given) -> Option<usize> {
        let keys = |of: &Given| of.slots.iter().map(|slot| slot.key).collect::<Vec<_>>();
        let same = |own: &Given| {
            (own.taken, own.expires) == (given.taken, given.expires) && keys(own) == keys(given)
        };
        let very = self.all.iter().position(|one| std::ptr::eq(&*one.given, given));
        let like = |one: &Reservation| one.decision == decision && same(&one.given);
        very.or_else(|| self.all.iter().position(like))
    }

    /// How far the reservation of a permit came, if it is remembered.
    pub(crate) fn state(&self, decision: u64, given: &Given) -> Option<State> {
        self.all.get(self.place(decision, given)?).map(|one| one.state)
    }

    /// Moves the reservation of a permit on; how far it had come, if it is remembered.
    pub(crate) fn settle(&mut self, decision: u64, given: &Given, to: State) -> Option<State> {
        let place = self.place(decision, given)?;
        let was = self.all.get_mut(place).map(|one| std::mem::replace(&mut one.state, to));
        self.derive();
        was
    }

    /// When promises end that hold budgets, with the hashes of their decisions.
    pub(crate) fn held_budgets(&self) -> impl Iterator<Item = (i64, u64)> {
        let holds = |one: &&Reservation| {
            let spent = one.given.slots.iter().any(|slot| slot.spent.is_some());
            one.state == State::Live && spent
        };
        self.all.iter().filter(holds).map(|one| (one.given.expires, one.decision))
    }

    /// Ends what expired by a time, and gives its budget back; how many slots it was.
    pub(crate) fn expire(&mut self, at: i64) -> usize {
        let mut returned = 0;
        for one in &mut self.all {
            if one.state == State::Live && !one.lives(at) {
                one.state = State::Over;
                one.given.slots.iter().for_each(Slot::give_back);
                returned += one.given.slots.len();
            }
        }
        self.derive();
        returned
    }

    /// Gives back every budget that is promised and not sent: nobody will.
    pub(crate) fn give_all_back(&mut self) -> usize {
        self.expire(i64::MAX)
    }

    /// What is promised at a time, with the time at which each promise ends.
    pub(crate) fn live(&self, at: i64) -> impl Iterator<Item = (&Key, i64)> {
        let lives =
            move |one: &&Reservation| one.lives(at) && !mutant!("reservation_live_not_counted");
        let from = self.first_live + usize::from(mutant!("reservation_first_live_is_missed"));
        let all = self.all.get(from..).unwrap_or_default();
        all.iter()
            .filter(lives)
            .flat_map(|one| one.given.slots.iter().map(|slot| (&slot.key, one.given.expires)))
    }
}
