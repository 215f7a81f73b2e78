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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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
    /// Whether it is the one that this was given by. Two of one decision come together where customers are merged.
    fn is(&self, decision: u64, given: &Given) -> bool {
        let same = |own: &Given| {
            let keys = |of: &Given| of.slots.iter().map(|slot| slot.key).collect::<Vec<_>>();
            (own.taken, own.expires) == (given.taken, given.expires) && keys(own) == keys(given)
        };
        self.decision == decision && (std::ptr::eq(&*self.given, given) || same(&self.given))
    }

    fn lives(&self, at: i64) -> bool {
        let expired = self.given.expires <= at && !mutant!("reservation_expired_still_counts");
        self.state == State::Live && !expired
    }
}

/// All of one customer's, in the order in which they were taken.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reservations {
    pub(super) all: Vec<Reservation>,
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
    }

    /// How far the reservation of a permit came, if it is remembered.
    pub(crate) fn state(&self, decision: u64, given: &Given) -> Option<State> {
        let own = self.all.iter().filter(|one| one.is(decision, given));
        own.map(|one| one.state).min()
    }

    /// Moves a live reservation on; what it was given, unless it is not live any more.
    pub(crate) fn settle(
        &mut self,
        decision: u64,
        given: &Given,
        state: State,
    ) -> Option<Arc<Given>> {
        let live = |one: &&mut Reservation| one.is(decision, given) && one.state == State::Live;
        let found = self.all.iter_mut().find(live)?;
        found.state = state;
        Some(Arc::clone(&found.given))
    }

    /// Notes that a committed one was given back.
    pub(crate) fn undo(&mut self, decision: u64, given: &Given) {
        let sent =
            |one: &&mut Reservation| one.is(decision, given) && one.state == State::Committed;
        if let Some(one) = self.all.iter_mut().find(sent) {
            one.state = State::Over;
        }
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
        self.all
            .iter()
            .filter(lives)
            .flat_map(|one| one.given.slots.iter().map(|slot| (&slot.key, one.given.expires)))
    }
}
