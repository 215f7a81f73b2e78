//! The concurrent map of customers: the only file with dashmap, and only closures get at what lies in it.
//!
//! External ids lie in a table of their own that can forget; records lie under integer keys that are never
//! reused. Locks are taken in one order, id before record, and never two of one map.
//!
//! A merge takes two entries one after the other, under a lock that all changes of identity share: first the
//! loser is marked (`busy`), so that whoever wants to write to it waits and comes again; then its state goes into
//! the survivor, its key and its ids lead there, and its own entry goes. Whoever reads meanwhile sees the loser as
//! it was.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use dashmap::try_result::TryResult;
use dashmap::{DashMap, Entry};
use foldhash::quality::RandomState;

use super::name::Name;
use super::record::{Record, View};
use crate::mutant::mutant;

/// Nobody's key.
const NOBODY: u64 = u64::MAX;

/// See the module.
#[derive(Debug)]
pub(crate) struct Cache {
    ids: DashMap<Name, u64, RandomState>,
    records: DashMap<u64, Record, RandomState>,
    /// Keys of those who were merged into another, with that one's.
    moved: DashMap<u64, u64, RandomState>,
    next: AtomicU64,
    /// Whose entry nobody may write to now; changed by whoever holds `identity`.
    busy: AtomicU64,
    identity: Mutex<()>,
}

impl Default for Cache {
    fn default() -> Self {
        Self {
            ids: DashMap::default(),
            records: DashMap::default(),
            moved: DashMap::default(),
            next: AtomicU64::default(),
            busy: AtomicU64::new(NOBODY),
            identity: Mutex::default(),
        }
    }
}

/// The right to say who is who: one thread at a time.
#[derive(Debug)]
pub(crate) struct Identities<'a> {
    cache: &'a Cache,
    _turn: MutexGuard<'a, ()>,
}

/// What came of naming two ids one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Joined {
    /// They were.
    Same,
    /// One of them is new.
    Added { key: u64 },
    /// Two persons became one.
    Merged { key: u64, gone: u64 },
    /// The person would have more ids than allowed.
    TooMany,
    /// Somebody came in or was forgotten meanwhile.
    Again,
}

impl Cache {
    /// Changes the record of a customer, a new one where there was none and `may_begin` says that one may begin;
    /// `None` where it does not.
    pub(crate) fn change<T>(
        &self,
        id: &str,
        may_begin: impl Fn() -> bool,
        change: impl FnOnce(u64, &mut Record) -> T,
    ) -> Option<T> {
        let mut change = Some(change);
        loop {
            {
                // The id stays locked meanwhile, so that a `forget` comes before or after, never in between.
                let mut found = match self.ids.entry(Name::new(id)) {
                    Entry::Occupied(found) => found.into_ref(),
                    Entry::Vacant(free) => {
                        if !may_begin() {
                            return None;
                        }
                        free.insert(self.begin())
                    }
                };
                match self.enter(*found) {
                    Ok(Some(key)) => {
                        if let Some(mut record) = self.records.get_mut(&key)
                            && self.is_free(key)
                        {
                            return change.take().map(|change| change(key, &mut record));
                        }
                    }
                    // Forgotten under another id: this one begins anew.
                    Ok(None) => *found = self.begin(),
                    Err(Busy) => {}
                }
            }
            self.wait();
        }
    }

    /// A new person's key.
    fn begin(&self) -> u64 {
        let key = self.next.fetch_add(1, Ordering::Relaxed);
        self.records.insert(key, Record::default());
        key
    }

    fn is_free(&self, key: u64) -> bool {
        self.busy.load(Ordering::SeqCst) != key || mutant!("merge_lets_writers_in")
    }

    /// Where the record of a key is now.
    fn enter(&self, mut key: u64) -> Result<Option<u64>, Busy> {
        loop {
            if !self.is_free(key) {
                return Err(Busy);
            }
            if self.records.contains_key(&key) {
                return Ok(Some(key));
            }
            match self.moved.get(&key).map(|next| *next) {
                Some(next) => key = next,
                None => return Ok(None),
            }
        }
    }

    /// A frozen copy; no lock is held afterwards.
    pub(crate) fn view(&self, id: &str) -> Option<View> {
        self.look(self.key(id)?, Record::view)
    }

    /// The key that an external id stands for.
    pub(crate) fn key(&self, id: &str) -> Option<u64> {
        self.ids.get(id.as_bytes()).map(|key| *key)
    }

    /// Reads a record; it is locked meanwhile and no longer.
    #[inline]
    pub(crate) fn look<T>(&self, key: u64, read: impl FnOnce(&Record) -> T) -> Option<T> {
        match self.records.get(&key) {
            Some(record) => Some(read(&record)),
            None => self.look_where_it_went(key, read),
        }
    }

    #[cold]
    fn look_where_it_went<T>(&self, key: u64, read: impl FnOnce(&Record) -> T) -> Option<T> {
        let key = self.went_to(key)?;
        self.records.get(&key).map(|record| read(&record))
    }

    /// Where the record of a key went by merges.
    fn went_to(&self, key: u64) -> Option<u64> {
        if mutant!("merge_leaves_the_old_key_behind") {
            return None;
        }
        let mut next = self.moved.get(&key).map(|next| *next)?;
        while let Some(further) = self.moved.get(&next).map(|next| *next) {
            next = further;
        }
        Some(next)
    }

    /// The key that a key leads to now.
    pub(crate) fn now(&self, key: u64) -> u64 {
        if self.records.contains_key(&key) { key } else { self.went_to(key).unwrap_or(key) }
    }

    /// Changes the record that a key leads to now, if there is one.
    pub(crate) fn change_at<T>(
        &self,
        key: u64,
        change: impl FnOnce(u64, &mut Record) -> T,
    ) -> Option<T> {
        let mut key = key;
        loop {
            if let Some(mut record) = self.records.get_mut(&key)
                && self.is_free(key)
            {
                return Some(change(key, &mut record));
            }
            match self.enter(key) {
                Ok(now) => key = now?,
                Err(Busy) => self.wait(),
            }
        }
    }

    /// Waits for the turn of whoever is at a record to end; whoever waits holds nothing.
    fn wait(&self) {
        drop(self.identity.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Changes a record if nobody is at it, and does nothing otherwise.
    pub(crate) fn touch(&self, key: u64, change: impl FnOnce(&mut Record)) {
        if let TryResult::Present(mut record) = self.records.try_get_mut(&key) {
            change(&mut record);
        }
    }

    /// The right to merge, to forget, to load and to evict.
    pub(crate) fn identities(&self) -> Identities<'_> {
        let turn = self.identity.lock().unwrap_or_else(PoisonError::into_inner);
        Identities { cache: self, _turn: turn }
    }

    /// Keys below this one are taken.
    pub(crate) fn begin_at(&self, next: u64) {
        self.next.fetch_max(next, Ordering::Relaxed);
    }

    /// How many customers there are.
    pub(crate) fn len(&self) -> usize {
        self.records.len()
    }

    /// Changes every record that exists now, one at a time.
    pub(crate) fn sweep(&self, mut change: impl FnMut(&mut Record)) {
        let keys: Vec<u64> = self.records.iter().map(|entry| *entry.key()).collect();
        for key in keys {
            if let Some(mut record) = self.records.get_mut(&key) {
                change(&mut record);
            }
        }
    }

    /// External ids, sorted.
    pub(crate) fn ids(&self) -> Vec<String> {
        let mut ids: Vec<String> = self.ids.iter().map(|entry| entry.key().text()).collect();
        ids.sort_unstable();
        ids
    }
}

/// Somebody merges, forgets or evicts the record.
#[derive(Debug)]
struct Busy;

impl Identities<'_> {
    /// The key that an id stands for now.
    pub(crate) fn key(&self, id: &str) -> Option<u64> {
        let key = self.cache.key(id)?;
        if self.cache.records.contains_key(&key) { Some(key) } else { self.cache.went_to(key) }
    }

    /// Reads a record.
    pub(crate) fn look<T>(&self, key: u64, read: impl FnOnce(&Record) -> T) -> Option<T> {
        self.cache.look(key, read)
    }

    /// Changes a record that is there.
    pub(crate) fn change<T>(&self, key: u64, change: impl FnOnce(&mut Record) -> T) -> Option<T> {
        self.cache.records.get_mut(&key).map(|mut record| change(&mut record))
    }

    /// Every id of a person, who is known by `id` at least.
    pub(crate) fn ids_of(&self, key: u64, id: &str) -> Vec<Box<str>> {
        let ids = self.look(key, |record| record.identity().ids().to_vec()).unwrap_or_default();
        if ids.is_empty() { vec![id.into()] } else { ids }
    }

    /// Lets nobody write to a record until it is given free; whoever was at it is through.
    fn hold(&self, key: u64) {
        self.cache.busy.store(key, Ordering::SeqCst);
        drop(self.cache.records.get_mut(&key));
    }

    fn release(&self) {
        self.cache.busy.store(NOBODY, Ordering::SeqCst);
    }

    /// Makes two ids stand for one person; `other`'s state goes into `known`'s where both have one. `absorb` is
    /// handed the survivor and a copy of the loser.
    pub(crate) fn join(
        &self,
        other: &str,
        known: &str,
        most: usize,
        absorb: impl FnOnce(&mut Record, &Record),
    ) -> Joined {
        let (from, to) = (self.key(other), self.key(known));
        let (key, old, new) = match (from, to) {
            (Some(from), Some(to)) if from == to => return Joined::Same,
            (Some(from), Some(to)) => return self.merge((from, other), (to, known), most, absorb),
            (Some(from), None) => (from, other, known),
            (None, Some(to)) => (to, known, other),
            (None, None) => {
                let Entry::Vacant(free) = self.cache.ids.entry(Name::new(known)) else {
                    return Joined::Again;
                };
                let key = self.cache.begin();
                drop(free.insert(key));
                (key, known, other)
            }
        };
        if other == known {
            let _ = self.change(key, |record| record.identity_mut().name(known));
            return Joined::Added { key };
        }
        if self.ids_of(key, old).len() >= most {
            return Joined::TooMany;
        }
        // Or somebody came in under it just now.
        let Entry::Vacant(free) = self.cache.ids.entry(Name::new(new)) else {
            return Joined::Again;
        };
        drop(free.insert(key));
        match self.change(key, |record| record.identity_mut().add(old, new)) {
            Some(()) => Joined::Added { key },
            None => Joined::Again,
        }
    }

    fn merge(
        &self,
        (from, other): (u64, &str),
        (to, known): (u64, &str),
        most: usize,
        absorb: impl FnOnce(&mut Record, &Record),
    ) -> Joined {
        let theirs = self.ids_of(from, other);
        if theirs.len() + self.ids_of(to, known).len() > most {
            return Joined::TooMany;
        }
        self.hold(from);
        let loser = self.look(from, Record::clone);
        let merged = loser.and_then(|mut loser| {
            loser.identity_mut().name(other);
            self.change(to, |record| {
                record.identity_mut().name(known);
                absorb(record, &loser);
            })
        });
        if merged.is_some() {
            self.cache.moved.insert(from, to);
            self.lead(&theirs, to);
            self.cache.records.remove(&from);
        }
        self.release();
        if merged.is_some() { Joined::Merged { key: to, gone: from } } else { Joined::Again }
    }

    fn lead(&self, ids: &[Box<str>], to: u64) {
        for id in ids {
            self.cache.ids.insert(Name::new(id), to);
        }
    }

    /// Takes the newest merge of a person back: who came out of it and under which ids; `None` where there is none.
    pub(crate) fn part(
        &self,
        key: u64,
        unmerge: impl FnOnce(&mut Record) -> Option<Record>,
    ) -> Option<(u64, Vec<Box<str>>)> {
        self.hold(key);
        let parted = self.change(key, |record| {
            let ids = record.identity().newest().to_vec();
            Some((unmerge(record)?, ids))
        });
        let parted = parted.flatten().map(|(other, ids)| {
            let new = self.cache.next.fetch_add(1, Ordering::Relaxed);
            self.cache.records.insert(new, other);
            self.lead(&ids, new);
            (new, ids)
        });
        self.release();
        parted
    }

    /// Forgets a person, every id included; which ones. `last` sees the record before it is overwritten.
    pub(crate) fn forget(
        &self,
        key: u64,
        id: &str,
        last: impl FnOnce(&mut Record),
    ) -> Vec<Box<str>> {
        let ids = self.ids_of(key, id);
        self.hold(key);
        if let Some((_, mut record)) = self.cache.records.remove(&key) {
            last(&mut record);
            record.erase();
        }
        self.release();
        for id in &ids {
            self.cache.ids.remove_if(id.as_bytes(), |_, kept| {
                *kept == key || self.cache.went_to(*kept) == Some(key)
            });
        }
        ids
    }

    /// Lets go of a person who is safe elsewhere: `safe` is asked once nobody can write any more, with the ids.
    pub(crate) fn evict(
        &self,
        key: u64,
        id: &str,
        safe: impl FnOnce(&Record, &[Box<str>]) -> bool,
    ) -> bool {
        let ids = self.ids_of(key, id);
        self.hold(key);
        let goes = self.look(key, |record| safe(record, &ids)).unwrap_or(false);
        if goes {
            for id in &ids {
                self.cache.ids.remove(id.as_bytes());
            }
            self.cache.records.remove(&key);
        }
        self.release();
        goes
    }

    /// Brings a person back under a key and ids of before.
    pub(crate) fn load(&self, key: u64, ids: &[String], record: Record) {
        self.cache.records.insert(key, record);
        for id in ids {
            self.cache.ids.insert(Name::new(id), key);
        }
    }
}
