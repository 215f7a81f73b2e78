//! The concurrent map of customers: the only file with dashmap, and only closures get at what lies in it.
//!
//! External ids lie in a table of their own that can forget; records lie under integer keys that are never
//! reused. Locks are taken in one order, id before record, and never two of one map.

use std::sync::atomic::{AtomicU64, Ordering};

use dashmap::try_result::TryResult;
use dashmap::{DashMap, Entry};
use foldhash::quality::RandomState;

use super::name::Name;
use super::record::{Record, View};

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Cache {
    ids: DashMap<Name, u64, RandomState>,
    records: DashMap<u64, Record, RandomState>,
    next: AtomicU64,
}

impl Cache {
    /// Changes the record of a customer, a new one where there was none.
    pub(crate) fn change(&self, id: &str, change: impl FnOnce(&mut Record)) {
        // The id stays locked meanwhile, so that a `forget` comes before or after, never in between.
        match self.ids.entry(Name::new(id)) {
            Entry::Occupied(found) => {
                change(&mut self.records.entry(*found.get()).or_default());
            }
            Entry::Vacant(free) => {
                let key = self.next.fetch_add(1, Ordering::Relaxed);
                let found = free.insert(key);
                change(&mut self.records.entry(*found).or_default());
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
        self.records.get(&key).map(|record| read(&record))
    }

    /// Changes the record with a key, if there is one.
    pub(crate) fn change_at<T>(
        &self,
        key: u64,
        change: impl FnOnce(&mut Record) -> T,
    ) -> Option<T> {
        self.records.get_mut(&key).map(|mut record| change(&mut record))
    }

    /// Changes a record if nobody is at it, and does nothing otherwise.
    pub(crate) fn touch(&self, key: u64, change: impl FnOnce(&mut Record)) {
        if let TryResult::Present(mut record) = self.records.try_get_mut(&key) {
            change(&mut record);
        }
    }

    /// Forgets a customer, the id included; what was known of it, where it was known.
    pub(crate) fn forget(&self, id: &str) -> Option<Record> {
        match self.ids.entry(Name::new(id)) {
            Entry::Occupied(found) => {
                let record = self.records.remove(found.get());
                found.remove();
                Some(record.map(|(_, record)| record).unwrap_or_default())
            }
            Entry::Vacant(_) => None,
        }
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
