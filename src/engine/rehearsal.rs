//! An engine beside the one that serves: the same customers, but nobody was reached yet, and no store.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

use super::Engine;
use super::store::called;
use crate::check::Rules;
use crate::profile::{Dictionary, Record, View};
use crate::store::{Entry, Store, StoreError};
use crate::value::Timestamp;

impl Engine {
    /// An engine in memory with all customers of a store: what they are, what they agreed to and what happened to
    /// them, as it stands now, for a [`Replay`](crate::replay::Replay). No budget is used. The store is only read.
    ///
    /// - Cost: all customers are read from the disk and are in memory afterwards.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn rehearsal(rules: Arc<Rules>, store: &dyn Store) -> Result<Self, StoreError> {
        let legend = store.legend()?;
        let dictionary = legend.as_deref().map(Dictionary::with_legend).transpose();
        let dictionary = dictionary.map_err(|damage| called("the legend", damage))?;
        let engine = Self::begun(rules, dictionary.unwrap_or_default(), None);
        let mut failed = None;
        store.walk(&mut |entry| {
            if let Err(error) = engine.rehearse(&entry) {
                failed = Some(error);
            }
        })?;
        engine.cache.begin_at(store.next_person());
        failed.map_or(Ok(engine), Err)
    }

    fn rehearse(&self, entry: &Entry) -> Result<(), StoreError> {
        let dictionary = self.dictionary.read().unwrap_or_else(PoisonError::into_inner);
        let record = Record::decode(&entry.state, &dictionary, &self.zones);
        drop(dictionary);
        let whose = || format!("what is kept of customer {}", entry.person);
        let mut record = record.map_err(|damage| called(&whose(), damage))?;
        super::hold(&self.program.load(), &mut record);
        self.cache.identities().load(entry.person, &entry.ids, record);
        Ok(())
    }

    /// The engine as if nobody had been reached and nothing promised, and without its store.
    pub(crate) fn unreached(mut self) -> Self {
        self.kept = None;
        self.cache.sweep(Record::was_never_reached);
        self
    }

    /// When an event happened, of all customers in memory, oldest first; of one moment, by the first id of each
    /// person. Of what is no longer kept nothing is known. Nothing for an event that the rules do not declare.
    ///
    /// - Cost: linear in the customers and in what is given.
    #[must_use]
    pub fn moments(&self, event: &str) -> Vec<(String, Timestamp)> {
        let program = self.program.load();
        let plan = program.event_names.get(event).and_then(|at| program.events.get(*at));
        let Some(kind) = plan.map(|plan| plan.kind) else { return Vec::new() };
        let mut people = BTreeMap::new();
        for id in self.customer_ids() {
            if let Some(key) = self.cache.key(&id) {
                people.entry(self.cache.now(key)).or_insert(id);
            }
        }
        let mut moments = Vec::new();
        for (key, id) in people {
            let view: View = self.cache.look(key, Record::view).unwrap_or_default();
            let Some(log) = view.events(kind) else { continue };
            let times = (0..log.len()).filter_map(|row| log.time(row));
            moments.extend(times.map(|time| (id.clone(), Timestamp::from_micros(time))));
        }
        moments.sort_by(|a, b| (a.1, &a.0).cmp(&(b.1, &b.0)));
        moments
    }
}
