//! How one customer was reached: contacts in the order of time, what became of them, and until when it is known.
//!
//! Names are kept as hashes, so that a rename needs no second look at the data. Contacts are kept [`KEPT`] and at
//! most [`MOST`] of a customer; of what goes the number stays, and the newest time, so that a window that reaches
//! back to it is told that the count is not whole.

use std::collections::BTreeMap;

use crate::check::rules::{KEPT_DAYS, Outcome};
use crate::mutant::mutant;
use crate::value::DAY;

use super::events::{NEVER, symbol};
use super::reservations::Reservations;

/// For how long contacts and outcomes are kept, in microseconds.
pub(crate) const KEPT: i64 = KEPT_DAYS * DAY;

/// Contacts, and outcomes, that are kept of one customer.
pub(crate) const MOST: usize = 10_000;

/// Names of actions that are asked about one by one.
const FEW: usize = 4;

/// The hash of the name of an action, a channel or a purpose.
pub(crate) fn name(word: &str) -> u64 {
    symbol(word)
}

/// No purpose: the rules did not know the action.
pub(crate) const NO_PURPOSE: u64 = 0;

/// What somebody was reached with, as hashes of names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) action: u64,
    pub(crate) channel: u64,
    pub(crate) purpose: u64,
}

/// One contact, in 48 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Contact {
    pub(crate) key: Key,
    /// When it was committed.
    pub(crate) at: i64,
    /// When it was reported as shown; [`NEVER`] until then.
    pub(crate) shown: i64,
    /// The hash of the decision; 0 where there is none.
    pub(crate) decision: u64,
}

impl Contact {
    /// One that is committed, and not reported as shown yet.
    pub(crate) fn new(key: Key, at: i64, decision: u64) -> Self {
        Self { key, at, shown: NEVER, decision }
    }

    /// When it counts, for a cap on what was shown or on what was sent.
    pub(crate) fn counts_at(&self, shown: bool) -> i64 {
        if shown && self.shown != NEVER { self.shown } else { self.at }
    }

    /// How long after its commit it was shown.
    fn lateness(&self) -> i64 {
        self.counts_at(true).saturating_sub(self.at)
    }
}

const _: () = assert!(size_of::<Contact>() == 48, "a contact is six words");

/// What became of a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Came {
    pub(crate) key: Key,
    pub(crate) outcome: Outcome,
    pub(crate) at: i64,
    pub(crate) decision: u64,
}

/// How many contacts went, and the newest of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Gone {
    pub(super) key: Key,
    pub(super) times: u64,
    pub(super) newest: i64,
}

impl Came {
    /// Whether two are reports of the same: without a decision, none is.
    pub(super) fn is_same_report(&self, new: &Self) -> bool {
        let told = |came: &Self| (came.decision, came.outcome, came.key.action);
        new.decision != 0 && told(self) == told(new)
    }
}

/// All of one customer's.
#[derive(Clone, Debug)]
pub(crate) struct Contacts {
    /// The newest time that was acted on.
    pub(crate) acted: i64,
    pub(super) rows: Vec<Contact>,
    /// The newest commit per action, sorted by the action; worked out from the rows and what went.
    pub(super) newest: Vec<(u64, i64)>,
    /// No contact that is kept was shown longer after its commit; worked out from the rows, may be too long.
    pub(super) late: i64,
    /// Sorted by the key.
    pub(super) gone: Vec<Gone>,
    pub(super) lost: i64,
    pub(super) outcomes: Vec<Came>,
    pub(super) outcomes_lost: i64,
    pub(crate) reservations: Reservations,
}

impl Default for Contacts {
    fn default() -> Self {
        Self {
            acted: NEVER,
            rows: Vec::new(),
            newest: Vec::new(),
            late: 0,
            gone: Vec::new(),
            lost: NEVER,
            outcomes: Vec::new(),
            outcomes_lost: NEVER,
            reservations: Reservations::default(),
        }
    }
}

impl Contacts {
    /// The time at which promises are judged: never before one that was acted on.
    pub(crate) fn effective(&self, at: i64) -> i64 {
        if mutant!("contacts_clock_goes_back") { at } else { at.max(self.acted) }
    }

    /// Acts at a moment: the effective time, from which promises never go back.
    pub(crate) fn act(&mut self, at: i64) -> i64 {
        self.acted = self.effective(at);
        self.purge(self.acted.saturating_sub(KEPT));
        self.acted
    }

    /// Adds a contact where it belongs; of one time, behind those that are there.
    pub(crate) fn add(&mut self, contact: Contact) {
        let place = self.rows.partition_point(|row| row.at <= contact.at);
        self.rows.insert(place, contact);
        self.late = self.late.max(contact.lateness());
        match self.newest.binary_search_by_key(&contact.key.action, |(action, _)| *action) {
            Ok(found) => {
                if let Some((_, at)) = self.newest.get_mut(found) {
                    *at = (*at).max(contact.at);
                }
            }
            Err(free) => self.newest.insert(free, (contact.key.action, contact.at)),
        }
        self.trim();
    }

    /// Whether data told of this very contact before: the same action on the same channel at the same time. What an
    /// engine sent itself is no such record.
    pub(crate) fn was_told(&self, key: &Key, at: i64) -> bool {
        let start = self.rows.partition_point(|row| row.at < at);
        let then = self.rows.iter().skip(start).take_while(|row| row.at == at);
        let mut told = then.filter(|row| row.decision == 0 && row.shown == at);
        told.any(|row| (row.key.action, row.key.channel) == (key.action, key.channel))
            && !mutant!("contacts_told_twice_count_twice")
    }

    /// Lets go of what is too much and too old.
    pub(super) fn trim(&mut self) {
        let many = self.rows.len().saturating_sub(MOST);
        self.let_go(many);
        let many = self.outcomes.len().saturating_sub(MOST);
        self.lose_outcomes(many);
        if self.acted != NEVER {
            self.purge(self.acted.saturating_sub(KEPT));
        }
    }

    /// Works out what is not kept by itself.
    pub(super) fn derive(&mut self) {
        let rows = self.rows.iter().map(|row| (row.key.action, row.at));
        let gone = self.gone.iter().map(|gone| (gone.key.action, gone.newest));
        let mut newest: BTreeMap<u64, i64> = BTreeMap::new();
        for (action, at) in rows.chain(gone) {
            let kept = newest.entry(action).or_insert(at);
            *kept = at.max(*kept);
        }
        self.newest = newest.into_iter().collect();
        self.late = self.rows.iter().map(Contact::lateness).max().unwrap_or(0).max(0);
    }

    /// Takes back contacts of a decision, one of each key; their keys.
    pub(crate) fn take_back(
        &mut self,
        decision: u64,
        keys: impl IntoIterator<Item = Key>,
    ) -> Vec<Key> {
        let mut taken = Vec::new();
        for key in keys {
            let own = |row: &Contact| row.decision == decision && row.key == key;
            if let Some(at) = self.rows.iter().position(own) {
                self.rows.remove(at);
                taken.push(key);
            }
        }
        if !taken.is_empty() {
            self.derive();
        }
        taken
    }

    /// Notes when the contacts of a decision were shown; the first report stands. How many it was news of.
    pub(crate) fn shown(&mut self, decision: u64, action: Option<u64>, at: i64) -> usize {
        let mut noted = 0;
        for row in &mut self.rows {
            let own = row.decision == decision && action.is_none_or(|own| own == row.key.action);
            if own && row.shown == NEVER {
                row.shown = at;
                self.late = self.late.max(row.lateness());
                noted += 1;
            }
        }
        noted
    }

    /// Takes an outcome in; `false` where it was there before.
    pub(crate) fn came(&mut self, new: Came) -> bool {
        if self.outcomes.iter().any(|old| old.is_same_report(&new)) {
            return false;
        }
        let place = self.outcomes.partition_point(|row| row.at <= new.at);
        self.outcomes.insert(place, new);
        let many = self.outcomes.len().saturating_sub(MOST);
        self.lose_outcomes(many);
        true
    }

    fn purge(&mut self, oldest: i64) {
        let old = self.rows.partition_point(|row| row.at <= oldest);
        self.let_go(old);
        let old = self.outcomes.partition_point(|row| row.at <= oldest);
        self.lose_outcomes(old);
    }

    fn lose_outcomes(&mut self, many: usize) {
        for row in self.outcomes.drain(..many) {
            self.outcomes_lost = self.outcomes_lost.max(row.at);
        }
    }

    fn let_go(&mut self, many: usize) {
        if many == 0 {
            return;
        }
        let mut went: Vec<Contact> = self.rows.drain(..many).collect();
        went.sort_by_key(|row| row.key);
        for row in went {
            self.lost = self.lost.max(row.counts_at(true)).max(row.at);
            self.count_gone(row.key, 1, row.at);
        }
    }

    /// Counts contacts that went.
    pub(super) fn count_gone(&mut self, key: Key, times: u64, newest: i64) {
        match self.gone.binary_search_by_key(&key, |gone| gone.key) {
            Ok(found) => {
                if let Some(gone) = self.gone.get_mut(found) {
                    gone.times = gone.times.saturating_add(times);
                    gone.newest = gone.newest.max(newest);
                }
            }
            Err(free) => self.gone.insert(free, Gone { key, times, newest }),
        }
    }

    /// Takes back what was counted of another's that went.
    pub(super) fn uncount_gone(&mut self, of: &Gone, own: Option<i64>) {
        if let Ok(at) = self.gone.binary_search_by_key(&of.key, |gone| gone.key)
            && let Some(gone) = self.gone.get_mut(at)
        {
            gone.times = gone.times.saturating_sub(of.times);
            if gone.newest == of.newest.max(own.unwrap_or(of.newest)) {
                gone.newest = own.unwrap_or(gone.newest);
            }
            if gone.times == 0 {
                self.gone.remove(at);
            }
        }
    }

    /// When an action was last reached with, under one of these names.
    pub(crate) fn last_shown(&self, names: impl IntoIterator<Item = u64>) -> Option<i64> {
        let mut newest = None;
        for name in names {
            if let Ok(at) = self.newest.binary_search_by_key(&name, |(action, _)| *action) {
                newest = newest.max(self.newest.get(at).map(|(_, time)| *time));
            }
        }
        newest
    }

    /// Whether anybody was ever reached.
    pub(crate) fn is_empty(&self) -> bool {
        self.newest.is_empty()
    }

    /// The contacts that count from a time on (that time included), by commit or by show.
    pub(crate) fn since(&self, first: i64, shown: bool) -> impl Iterator<Item = &Contact> {
        let rows = self.committed_since(self.commits_from(first, shown));
        rows.iter().filter(move |row| row.counts_at(shown) >= first)
    }

    /// No contact that counts from a time on was committed before this one: where shows count, it may have been
    /// shown late.
    fn commits_from(&self, first: i64, shown: bool) -> i64 {
        let late = if shown && !mutant!("contacts_shown_late_is_missed") { self.late } else { 0 };
        first.saturating_sub(late)
    }

    fn committed_since(&self, first: i64) -> &[Contact] {
        let start = self.rows.partition_point(|row| row.at < first);
        self.rows.get(start..).unwrap_or_default()
    }

    /// At most so many contacts count from a time on; of one kind of action where `actions` are its names. A look
    /// at no contact: mostly it is few enough.
    pub(crate) fn at_most(&self, first: i64, shown: bool, actions: Option<&[u64]>) -> usize {
        let from = self.commits_from(first, shown);
        match actions {
            Some(names)
                if names.len() <= FEW
                    && self.last_shown(names.iter().copied()).is_none_or(|last| last < from) =>
            {
                0
            }
            _ => self.committed_since(from).len(),
        }
    }

    /// How many contacts of each key went.
    pub(crate) fn gone(&self) -> impl Iterator<Item = (&Key, u64)> {
        self.gone.iter().map(|gone| (&gone.key, gone.times))
    }

    /// The newest time of a contact that is not kept any more; [`NEVER`] where all are.
    pub(crate) fn lost(&self) -> i64 {
        self.lost
    }

    /// What became of contacts, oldest first.
    pub(crate) fn outcomes(&self) -> &[Came] {
        &self.outcomes
    }

    /// The newest time of an outcome that is not kept any more; [`NEVER`] where all are.
    pub(crate) fn outcomes_lost(&self) -> i64 {
        self.outcomes_lost
    }
}

#[cfg(test)]
mod tests {
    use super::{Contact, Contacts, KEPT, Key, MOST, NEVER, name};

    fn key(action: &str) -> Key {
        Key { action: name(action), channel: name("web"), purpose: name("news") }
    }

    fn contact(action: &str, at: i64, decision: u64) -> Contact {
        Contact { key: key(action), at, shown: NEVER, decision }
    }

    #[test]
    fn what_is_taken_back_is_no_longer_the_newest() {
        let mut contacts = Contacts::default();
        contacts.add(contact("a", 5, 1));
        contacts.add(contact("a", 9, 2));
        contacts.add(contact("b", 7, 2));
        assert_eq!(contacts.last_shown([name("a")]), Some(9));
        assert_eq!(contacts.take_back(2, [key("a"), key("b")]).len(), 2);
        assert_eq!(contacts.last_shown([name("a")]), Some(5));
        assert_eq!(contacts.last_shown([name("b")]), None);
        assert_eq!(contacts.last_shown([name("a"), name("b")]), Some(5));
        assert!(contacts.take_back(2, [key("a"), key("b")]).is_empty());
    }

    #[test]
    fn what_goes_is_counted_and_its_time_is_known() {
        let mut contacts = Contacts::default();
        for at in 0..=MOST as i64 {
            contacts.add(contact("a", at, 0));
        }
        assert_eq!(contacts.lost(), 0);
        assert_eq!(contacts.gone().map(|(_, times)| times).sum::<u64>(), 1);
        assert_eq!(contacts.since(0, false).count(), MOST);
        contacts.act(KEPT + 4);
        assert_eq!(contacts.lost(), 4);
        assert_eq!(contacts.gone().map(|(_, times)| times).sum::<u64>(), 5);
        assert_eq!(contacts.last_shown([name("a")]), Some(MOST as i64));
    }

    #[test]
    fn a_contact_shown_late_counts_then() {
        let mut contacts = Contacts::default();
        contacts.add(contact("a", 5, 1));
        assert_eq!(contacts.shown(1, None, 50), 1);
        assert_eq!(contacts.shown(1, None, 60), 0, "the first report stands");
        assert_eq!(contacts.since(6, false).count(), 0);
        assert_eq!(contacts.since(50, true).count(), 1);
        assert_eq!(contacts.since(51, true).count(), 0);
        let at_most = |first, shown| {
            let of = |name: &str| contacts.at_most(first, shown, Some(&[super::name(name)]));
            (contacts.at_most(first, shown, None), of("a"), of("b"))
        };
        assert_eq!((at_most(5, false), at_most(6, false)), ((1, 1, 0), (0, 0, 0)));
        assert_eq!((at_most(50, true), at_most(51, true)), ((1, 1, 0), (0, 0, 0)));
    }
}
