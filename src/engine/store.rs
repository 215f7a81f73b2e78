//! An engine that outlasts its process: what changes is noted, and handed to the store in one batch for many.
//!
//! Whoever asks for [`durable`](Engine::durable) first writes for all that changed until then; who asks meanwhile
//! waits for that, or for the next round. Customers that are in the store and not in memory are known by the hash
//! of their ids, so that nobody begins them a second time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::Engine;
use super::journeys::Seen;
use crate::check::Rules;
use crate::compile::Program;
use crate::mutant::mutant;
use crate::profile::{
    Damage, Dictionary, Exported, Identities, Names, Reader, Record, Spent, name_hash, put_bytes,
    put_number, put_signed,
};
use crate::request::Request;
use crate::store::{Batch, Entry, IdHash, Store, StoreError};

/// The store of an engine, with what it has not been told yet.
#[derive(Debug)]
pub(super) struct Kept {
    store: Arc<dyn Store>,
    waiting: Mutex<Waiting>,
    /// How far everything is safe; held by whoever commits.
    safe: Mutex<u64>,
    outside: RwLock<Outside>,
    /// Why nothing is taken.
    trouble: RwLock<Option<StoreError>>,
    /// Shared by whoever changes promises: a batch has budgets and the promises that hold them of one moment.
    gate: RwLock<()>,
}

/// What changed since the last batch.
#[derive(Debug, Default)]
struct Waiting {
    /// Counts changes.
    number: u64,
    changed: BTreeSet<u64>,
    gone: BTreeSet<u64>,
    /// Ids that somebody had and nobody has.
    unnamed: BTreeSet<Box<str>>,
    /// What the host writes down beside the customers.
    notes: BTreeMap<String, Vec<u8>>,
    /// The legend that the store has.
    legend: Vec<u8>,
    /// The budgets that the store has.
    budgets: Vec<u8>,
}

/// Who is in the store and not in memory.
#[derive(Debug, Default)]
struct Outside {
    ids: BTreeMap<IdHash, u64>,
    persons: BTreeSet<u64>,
}

impl Kept {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn safe(&self) -> MutexGuard<'_, u64> {
        self.safe.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn share_gate(&self) -> RwLockReadGuard<'_, ()> {
        self.gate.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn close_gate(&self) -> RwLockWriteGuard<'_, ()> {
        self.gate.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn person_outside(&self, id: &str) -> Option<u64> {
        let outside = self.outside.read().unwrap_or_else(PoisonError::into_inner);
        if outside.ids.is_empty() {
            return None;
        }
        outside.ids.get(&self.store.hash(id)).copied()
    }

    fn change_outside<T>(&self, change: impl FnOnce(&mut Outside) -> T) -> T {
        change(&mut self.outside.write().unwrap_or_else(PoisonError::into_inner))
    }

    fn trouble(&self) -> Option<StoreError> {
        self.trouble.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set_trouble(&self, trouble: Option<StoreError>) {
        *self.trouble.write().unwrap_or_else(PoisonError::into_inner) = trouble;
    }
}

/// Under which name the store keeps what is used of budgets.
const BUDGETS: &str = "onward.budgets";

/// What cannot be read, by its name.
pub(super) fn called(what: &str, damage: Damage) -> StoreError {
    match damage {
        Damage::Newer => StoreError::Newer { what: what.to_owned(), format: 2, ours: 1 },
        Damage::Short | Damage::Wrong => StoreError::damaged(what),
    }
}

/// The names of a program's rules by their hashes; today's names go before earlier ones.
fn words(program: &Program) -> BTreeMap<u64, &str> {
    let rules = &program.rules;
    let actions = rules.actions.iter().map(|one| (&one.name, &one.was));
    let channels = rules.channels.iter().map(|one| (&one.name, &one.was));
    let purposes = rules.purposes.iter().map(|one| (&one.name, &one.was));
    let journeys = rules.journeys.iter().map(|one| (&one.name, &one.was));
    let all: Vec<_> = actions.chain(channels).chain(purposes).chain(journeys).collect();
    let earlier = all.iter().flat_map(|(_, was)| was.iter().map(String::as_str));
    let now = all.iter().map(|(name, _)| name.as_str());
    let steps = rules.journeys.iter().flat_map(|one| &one.steps).map(|step| step.name.as_str());
    steps.chain(earlier).chain(now).map(|name| (name_hash(name), name)).collect()
}

/// Goes on with the budgets of an earlier engine; the persons whose open reservations hold some.
fn read_budgets(bytes: &[u8], dictionary: &mut Dictionary) -> Result<Vec<u64>, Damage> {
    let mut bytes = Reader::new(bytes);
    if bytes.is_empty() {
        return Ok(Vec::new());
    }
    if bytes.byte()? != 1 {
        return Err(Damage::Newer);
    }
    for _ in 0..bytes.count()? {
        let mut names = Vec::new();
        for _ in 0..bytes.count()? {
            names.push(bytes.text()?.to_owned());
        }
        let mut days = BTreeMap::new();
        for _ in 0..bytes.count()? {
            let day = i32::try_from(bytes.signed()?).map_err(|_| Damage::Wrong)?;
            days.insert(day, bytes.number()?);
        }
        if !mutant!("store_budgets_begin_anew") {
            dictionary.begin_budget(&names, &Arc::new(Spent::of(days)));
        }
    }
    let mut holders = Vec::new();
    for _ in 0..bytes.count()? {
        holders.push(bytes.number()?);
    }
    Ok(holders)
}

impl Engine {
    /// An engine whose customers outlast it: those that the store has, none of them in memory yet.
    ///
    /// Customers come into memory by [`load`](Self::load) or [`load_all`](Self::load_all), the only calls that read
    /// the disk; one that is new needs neither. What is put, tracked, merged and forgotten is in memory at once and
    /// safe once [`durable`](Self::durable) has returned.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn open(rules: &Rules, store: Arc<dyn Store>) -> Result<Self, StoreError> {
        Self::open_shared(Arc::new(rules.clone()), store)
    }

    /// As [`open`](Self::open), with rules that are handed over or shared.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn open_shared(rules: Arc<Rules>, store: Arc<dyn Store>) -> Result<Self, StoreError> {
        let legend = store.legend()?;
        let dictionary = legend.as_deref().map(Dictionary::with_legend).transpose();
        let dictionary = dictionary.map_err(|damage| called("the legend", damage))?;
        let mut dictionary = dictionary.unwrap_or_default();
        let budgets = store.note(BUDGETS)?.unwrap_or_default();
        let holders = read_budgets(&budgets, &mut dictionary)
            .map_err(|damage| called("what is used of budgets", damage))?;
        let mut outside = Outside::default();
        for (id, person) in store.ids()? {
            outside.ids.insert(id, person);
            outside.persons.insert(person);
        }
        let next = store.next_person().max(outside.persons.last().map_or(0, |last| last + 1));
        let legend = legend.unwrap_or_default();
        let waiting = Waiting { legend, budgets, ..Waiting::default() };
        let kept = Kept {
            store,
            waiting: Mutex::new(waiting),
            safe: Mutex::default(),
            outside: RwLock::new(outside),
            trouble: RwLock::default(),
            gate: RwLock::default(),
        };
        let engine = Self::begun(rules, dictionary, Some(kept));
        engine.cache.begin_at(next);
        // A promise that holds a budget ends by itself, and gives it back: who has one is always in memory.
        engine.load_persons(&holders)?;
        // And whoever is on a journey goes on by itself.
        if !engine.program.load().journeys.is_empty() {
            engine.load_travellers()?;
        }
        Ok(engine)
    }

    /// Changes the record of a customer, a new one where there was none; `None` where the customer is in the store
    /// and not in memory. The one way for a change that is to outlast the process: it is noted here, under the
    /// customer's own entry.
    pub(super) fn change<T>(&self, id: &str, change: impl FnOnce(&mut Record) -> T) -> Option<T> {
        self.change_keyed(id, |_, record| change(record))
    }

    /// As [`change`](Self::change), with the customer's key.
    pub(super) fn change_keyed<T>(
        &self,
        id: &str,
        change: impl FnOnce(u64, &mut Record) -> T,
    ) -> Option<T> {
        // A journey may take a unit of a budget.
        let _shared = self.kept.as_ref().map(Kept::share_gate);
        let begin = || !self.is_outside(id);
        self.cache.change(id, begin, |key, record| {
            let done = change(key, record);
            if self.kept.is_some() {
                // The store needs to know whose the record is.
                record.identity_mut().name(id);
                self.changed(key);
            }
            done
        })
    }

    /// Changes the record that a key leads to now, if it is in memory. The one way for a change of promises.
    pub(super) fn change_at<T>(
        &self,
        key: u64,
        change: impl FnOnce(&mut Record) -> T,
    ) -> Option<T> {
        self.change_at_now(key, |_, record| change(record))
    }

    /// As [`change_at`](Self::change_at), with the key that it leads to.
    pub(super) fn change_at_now<T>(
        &self,
        key: u64,
        change: impl FnOnce(u64, &mut Record) -> T,
    ) -> Option<T> {
        let _shared = self.kept.as_ref().map(Kept::share_gate);
        self.cache.change_at(key, |key, record| {
            let done = change(key, record);
            if !mutant!("store_is_not_told_of_promises") {
                self.changed(key);
            }
            done
        })
    }

    /// Whether a key leads to a customer who is in the store and not in memory.
    pub(super) fn key_is_outside(&self, key: u64) -> bool {
        self.kept.as_ref().is_some_and(|kept| {
            let outside = kept.outside.read().unwrap_or_else(PoisonError::into_inner);
            outside.persons.contains(&self.cache.now(key))
        })
    }

    /// Notes that a customer changed; called while nobody can hand the record to the store.
    pub(super) fn changed(&self, key: u64) {
        let Some(kept) = &self.kept else { return };
        let mut waiting = kept.waiting();
        waiting.number += 1;
        waiting.changed.insert(key);
    }

    /// Notes that a person is no more, and which ids stand for nobody now.
    pub(super) fn gone(&self, key: u64, unnamed: Vec<Box<str>>) {
        let Some(kept) = &self.kept else { return };
        let mut waiting = kept.waiting();
        waiting.number += 1;
        waiting.changed.remove(&key);
        waiting.gone.insert(key);
        waiting.unnamed.extend(unnamed);
    }

    /// Whether an id stands for a customer who is in the store and not in memory.
    pub(super) fn is_outside(&self, id: &str) -> bool {
        self.kept.as_ref().is_some_and(|kept| kept.person_outside(id).is_some())
    }

    /// Whether the customer of a question, who was not found, is in the store and not in memory, or came into
    /// memory just now.
    pub(super) fn is_elsewhere(&self, request: &Request) -> bool {
        let Some(kept) = &self.kept else { return false };
        match (request.key(), request.customer()) {
            (Some(key), _) => {
                let key = self.cache.now(key.0);
                let outside = kept.outside.read().unwrap_or_else(PoisonError::into_inner);
                outside.persons.contains(&key) || self.cache.look(key, |_| ()).is_some()
            }
            (None, Some(id)) => kept.person_outside(id).is_some() || self.cache.key(id).is_some(),
            (None, None) => false,
        }
    }

    /// Why nothing is taken, where the store takes nothing.
    pub(super) fn refuses(&self) -> Option<String> {
        self.kept.as_ref()?.trouble().map(|why| why.to_string())
    }

    /// Makes sure that everything changed before this call outlasts a crash and a power cut. At once where there
    /// is no store, and nothing then outlasts anything.
    ///
    /// - Cost: one commit of the store for all that changed since the last one; who calls while another commits
    ///   waits for that, and for one more at most.
    /// - After an error nothing more is taken: [`put`](Self::put) and [`track`](Self::track) say so, decisions go
    ///   on. The next call tries anew from what is safe, and where that succeeds all is as before.
    ///
    /// # Errors
    /// [`StoreError`]; what changed is not acknowledged then, and not lost as long as this process lives.
    pub fn durable(&self) -> Result<(), StoreError> {
        let Some(kept) = &self.kept else { return Ok(()) };
        let wanted = kept.waiting().number;
        let mut safe = kept.safe();
        if *safe >= wanted && kept.trouble().is_none() {
            return Ok(());
        }
        if mutant!("store_acknowledges_before_the_commit") && kept.trouble().is_none() {
            return Ok(());
        }
        match self.hand_over(kept) {
            Ok(number) => {
                *safe = number;
                kept.set_trouble(None);
                Ok(())
            }
            Err(error) => {
                kept.set_trouble(Some(error.clone()));
                Err(error)
            }
        }
    }

    /// Writes something down beside the customers, safe with the next [`durable`](Self::durable) and never without
    /// the changes before it: how far an import came, so that it goes on there. Nothing personal: it is not
    /// sealed. [`Store::note`] reads it.
    pub fn note(&self, name: impl Into<String>, note: impl Into<Vec<u8>>) {
        let Some(kept) = &self.kept else { return };
        let mut waiting = kept.waiting();
        waiting.number += 1;
        waiting.notes.insert(name.into(), note.into());
    }

    /// Hands over all that waits; how far everything is safe then.
    fn hand_over(&self, kept: &Kept) -> Result<u64, StoreError> {
        if kept.trouble().is_some() {
            kept.store.recover()?;
        }
        let mut batch = Batch::default();
        let (changed, gone, unnamed, notes, number, budgets) = {
            // Nobody takes or gives back a unit of a budget, merges or forgets meanwhile: what belongs together is
            // in one batch.
            let _gate = kept.close_gate();
            let identities = self.cache.identities();
            let mut waiting = kept.waiting();
            let changed = std::mem::take(&mut waiting.changed);
            let gone = std::mem::take(&mut waiting.gone);
            let unnamed = std::mem::take(&mut waiting.unnamed);
            let notes = std::mem::take(&mut waiting.notes);
            let number = waiting.number;
            drop(waiting);
            for person in &changed {
                let entry = identities.look(*person, |record| {
                    let ids = record.identity().ids().iter().map(|id| id.to_string()).collect();
                    Entry { person: *person, ids, state: record.encode() }
                });
                batch.put.extend(entry);
            }
            let budgets = self.put_budgets(&identities);
            (changed, gone, unnamed, notes, number, budgets)
        };
        batch.erase.extend(&gone);
        batch.unnamed.extend(unnamed.iter().map(|id| id.to_string()));
        batch.notes.extend(notes.clone());
        if kept.waiting().budgets != budgets {
            batch.notes.push((BUDGETS.to_owned(), budgets.clone()));
        }
        let legend = self.dictionary.read().unwrap_or_else(PoisonError::into_inner).legend();
        let new = kept.waiting().legend != legend;
        batch.legend = new.then(|| legend.clone());
        let nothing = batch == Batch::default();
        let done = if nothing { Ok(()) } else { kept.store.commit(&batch) };
        let mut waiting = kept.waiting();
        match done {
            Ok(()) => {
                waiting.legend = legend;
                waiting.budgets = budgets;
                Ok(number)
            }
            Err(error) => {
                let still: Vec<u64> =
                    changed.into_iter().filter(|person| !waiting.gone.contains(person)).collect();
                waiting.changed.extend(still);
                waiting.gone.extend(gone);
                waiting.unnamed.extend(unnamed);
                for (name, note) in notes {
                    waiting.notes.entry(name).or_insert(note);
                }
                Err(error)
            }
        }
    }

    /// What is used of budgets, by the names of their actions, and who has a reservation that holds some.
    fn put_budgets(&self, identities: &Identities<'_>) -> Vec<u8> {
        let dictionary = self.dictionary.read().unwrap_or_else(PoisonError::into_inner);
        // One that was renamed stands under each of its names.
        let mut budgets: Vec<(Vec<&str>, &Arc<Spent>)> = Vec::new();
        let mut places: BTreeMap<usize, usize> = BTreeMap::new();
        for (name, spent) in dictionary.budgets() {
            let place = *places.entry(Arc::as_ptr(spent).addr()).or_insert(budgets.len());
            match budgets.get_mut(place) {
                Some((names, _)) => names.push(name),
                None => budgets.push((vec![name], spent)),
            }
        }
        if budgets.is_empty() {
            return Vec::new();
        }
        let mut out = vec![1];
        put_number(&mut out, budgets.len() as u64);
        for (names, spent) in budgets {
            put_number(&mut out, names.len() as u64);
            names.iter().for_each(|name| put_bytes(&mut out, name.as_bytes()));
            let days = spent.days();
            put_number(&mut out, days.len() as u64);
            for (day, units) in days {
                put_signed(&mut out, i64::from(day));
                put_number(&mut out, units);
            }
        }
        let holds = |key: &u64| {
            identities.look(*key, |record| record.held_budgets().next().is_some()) == Some(true)
        };
        let holders: BTreeSet<u64> = self
            .promises
            .holders()
            .into_iter()
            .map(|key| self.cache.now(key))
            .filter(holds)
            .collect();
        put_number(&mut out, holders.len() as u64);
        holders.iter().for_each(|person| put_number(&mut out, *person));
        out
    }

    /// Brings customers from the store into memory; how many came. Those who are there, and ids that nobody has,
    /// are passed over. Reads the disk.
    ///
    /// # Errors
    /// [`StoreError`]; those before the one that could not be read are there.
    pub fn load<I: AsRef<str>>(
        &self,
        ids: impl IntoIterator<Item = I>,
    ) -> Result<usize, StoreError> {
        let Some(kept) = &self.kept else { return Ok(0) };
        let mut came = 0;
        for id in ids {
            let Some(person) = kept.person_outside(id.as_ref()) else { continue };
            let entry = kept.store.read(person)?;
            match entry {
                Some(entry) => came += usize::from(self.bring(kept, &entry)?),
                // Taken out meanwhile, or the store is not whole.
                None if kept.person_outside(id.as_ref()) == Some(person) => {
                    return Err(StoreError::damaged(format!("what is kept of customer {person}")));
                }
                None => {}
            }
        }
        Ok(came)
    }

    /// Brings everybody who is on a journey.
    fn load_travellers(&self) -> Result<(), StoreError> {
        let Some(kept) = &self.kept else { return Ok(()) };
        let mut failed = None;
        kept.store.walk(&mut |entry| {
            let dictionary = self.dictionary.read().unwrap_or_else(PoisonError::into_inner);
            let record = Record::decode(&entry.state, &dictionary, &self.zones);
            drop(dictionary);
            let stands = record.map(|record| Seen::of(record.runs()) != Seen::default());
            // One that cannot be read is told here as everywhere.
            if stands.unwrap_or(true)
                && let Err(error) = self.bring(kept, &entry)
            {
                failed = Some(error);
            }
        })?;
        failed.map_or(Ok(()), Err)
    }

    /// As [`load`](Self::load), by number.
    fn load_persons(&self, persons: &[u64]) -> Result<(), StoreError> {
        let Some(kept) = &self.kept else { return Ok(()) };
        for person in persons {
            if let Some(entry) = kept.store.read(*person)? {
                self.bring(kept, &entry)?;
            }
        }
        Ok(())
    }

    /// Brings all customers of the store into memory; how many came.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn load_all(&self) -> Result<usize, StoreError> {
        let Some(kept) = &self.kept else { return Ok(0) };
        let (mut came, mut failed) = (0, None);
        kept.store.walk(&mut |entry| match self.bring(kept, &entry) {
            Ok(new) => came += usize::from(new),
            Err(error) => failed = Some(error),
        })?;
        failed.map_or(Ok(came), Err)
    }

    /// Whether somebody came: not where the person is in memory, or forgotten, since it was read.
    fn bring(&self, kept: &Kept, entry: &Entry) -> Result<bool, StoreError> {
        let identities = self.cache.identities();
        let outside = kept.outside.read().unwrap_or_else(PoisonError::into_inner);
        if !outside.persons.contains(&entry.person) {
            return Ok(false);
        }
        drop(outside);
        let dictionary = self.dictionary.read().unwrap_or_else(PoisonError::into_inner);
        let record = Record::decode(&entry.state, &dictionary, &self.zones);
        drop(dictionary);
        let whose = || format!("what is kept of customer {}", entry.person);
        let mut record = record.map_err(|damage| called(&whose(), damage))?;
        for (ends, decision) in record.held_budgets() {
            self.promises.note(ends, entry.person, decision);
        }
        super::hold(&self.program.load(), &mut record);
        self.board.note(entry.person, &Seen::default(), &Seen::of(record.runs()));
        identities.load(entry.person, &entry.ids, record);
        kept.change_outside(|outside| {
            outside.persons.remove(&entry.person);
            for id in &entry.ids {
                outside.ids.remove(&kept.store.hash(id));
            }
        });
        Ok(true)
    }

    /// Lets go of customers in memory who are safe in the store; how many went. One with changes that are not
    /// safe yet stays: [`durable`](Self::durable) comes first; so do one whose open reservation holds a budget, and
    /// one who is on a journey.
    /// Does nothing without a store.
    pub fn evict<I: AsRef<str>>(&self, ids: impl IntoIterator<Item = I>) -> usize {
        let Some(kept) = &self.kept else { return 0 };
        // No batch is on its way meanwhile.
        let _safe = kept.safe();
        let identities = self.cache.identities();
        let mut went = 0;
        for id in ids {
            let Some(key) = identities.key(id.as_ref()) else { continue };
            let goes = identities.evict(key, id.as_ref(), |record, ids| {
                let holds = record.held_budgets().next().is_some()
                    && !mutant!("evict_lets_budget_holders_go");
                let stands = Seen::of(record.runs()) != Seen::default();
                if kept.waiting().changed.contains(&key) || holds || stands {
                    return false;
                }
                kept.change_outside(|outside| {
                    outside.persons.insert(key);
                    outside.ids.extend(ids.iter().map(|id| (kept.store.hash(id), key)));
                });
                true
            });
            went += usize::from(goes);
        }
        went
    }

    /// Forgets a customer, every id included; whether there was one. With a store it is gone from there once
    /// [`durable`](Self::durable) has returned, and so is the key that what was kept is sealed with.
    pub fn forget(&self, id: &str) -> bool {
        let _shared = self.kept.as_ref().map(Kept::share_gate);
        let identities = self.cache.identities();
        if let Some(key) = identities.key(id) {
            // Nobody else would give back what was promised.
            let ids = identities.forget(key, id, |record| {
                self.promises.returned(record.give_budgets_back());
                self.board.note(key, &Seen::of(record.runs()), &Seen::default());
            });
            self.gone(key, ids);
            return true;
        }
        let Some(kept) = &self.kept else { return false };
        let Some(person) = kept.person_outside(id) else { return false };
        kept.change_outside(|outside| {
            outside.persons.remove(&person);
            outside.ids.retain(|_, of| *of != person);
        });
        self.gone(person, Vec::new());
        true
    }

    /// Forgets a customer for good: [`forget`](Self::forget), and once this has returned no readable byte of the
    /// person is left in any file of the store, nor in a copy of its data made before. Views and answers that
    /// somebody holds live on until they are dropped.
    ///
    /// # Errors
    /// [`StoreError`]; the customer is gone from memory then, and from the store once a later
    /// [`durable`](Self::durable) succeeds.
    pub fn erase(&self, id: &str) -> Result<bool, StoreError> {
        let found = self.forget(id);
        self.durable()?;
        Ok(found)
    }

    /// All that is kept of a customer in memory, in words; serialize it for whoever asks what is known of them.
    #[must_use]
    pub fn export(&self, id: &str) -> Option<Exported> {
        let key = self.cache.key(id)?;
        let program = self.program.load();
        let dictionary = self.dictionary.read().unwrap_or_else(PoisonError::into_inner);
        let names = Names { dictionary: &dictionary, words: words(&program) };
        let mut exported = self.cache.look(key, |record| record.export(&names))?;
        if exported.ids.is_empty() {
            exported.ids.push(id.to_owned());
        }
        Some(exported)
    }
}
