//! A store in one folder: sealed customers in a redb file, their keys in a small file beside it.
//!
//! Order of a commit: new keys are added and synced, then the customers in one transaction, then the keys of those
//! who go are destroyed. A crash in between leaves a key without a customer at most, and that goes at the next
//! start. After an error nothing is taken until [`recover`](Store::recover) has opened everything anew: what a
//! failed sync left behind is never built on.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition};
use zeroize::Zeroizing;

use super::blocks::Blocks;
use super::disk::{Disk, FolderDisk};
use super::keys::{FILE, Key, Keys};
use super::{Batch, Entry, IdHash, Store, StoreError, sealed};
use crate::mutant::mutant;
use crate::profile::{Damage, Reader, put_bytes, put_number};

const DATA: &str = "customers.onward";
const FORMAT: u64 = 1;
/// What redb keeps of the file in memory.
const CACHE: usize = 32 << 20;

const PEOPLE: TableDefinition<'static, u64, &'static [u8]> = TableDefinition::new("people");
const IDS: TableDefinition<'static, IdHash, u64> = TableDefinition::new("ids");
const META: TableDefinition<'static, &'static str, &'static [u8]> = TableDefinition::new("meta");

/// Where keys and nonces come from: fills with bytes that nobody can guess.
type Chance = Box<dyn FnMut(&mut [u8]) + Send>;

/// A [`Store`] in one folder, open in one process at a time.
///
/// - What is kept of a customer, external ids included, is sealed with a key of the customer's own
///   (XChaCha20-Poly1305). Erasing destroys the key: nothing readable is left in any file, nor in a copy of the
///   data that was made before.
/// - Cost: a commit is two or three syncs of the disk, however many customers are in it, one more where
///   customers are new, and a rewrite of 48 bytes per customer where one is erased. In memory: 32 bytes per
///   customer for the key.
pub struct Folder {
    disk: Box<dyn Disk>,
    chance: Mutex<Chance>,
    /// That of the keys, for whoever looks up an id while a commit runs.
    secret: Zeroizing<Key>,
    inner: Mutex<Inner>,
}

impl std::fmt::Debug for Folder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Folder").field("disk", &self.disk).finish_non_exhaustive()
    }
}

#[derive(Debug)]
struct Inner {
    keys: Keys,
    /// Nothing while it is being opened anew.
    data: Option<Database>,
    /// Who is there and whose key cannot be read.
    lacking: BTreeSet<u64>,
    /// What failed.
    trouble: Option<StoreError>,
}

/// redb takes it for granted that what it reads is what it wrote; where that is not so it may panic.
fn guarded<T>(run: impl FnOnce() -> Result<T, redb::Error>) -> Result<T, StoreError> {
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(done) => done.map_err(said),
        Err(_) => Err(StoreError::damaged("the customers' file")),
    }
}

fn said(error: redb::Error) -> StoreError {
    match error {
        redb::Error::Io(error) => error.into(),
        redb::Error::Corrupted(_) => StoreError::damaged("the customers' file"),
        redb::Error::UpgradeRequired(_) => {
            StoreError::damaged("the customers' file, or its form is not this release's,")
        }
        other => StoreError::System { why: other.to_string() },
    }
}

impl Folder {
    /// Opens the store of a folder that is there; an empty one where it has none.
    ///
    /// `chance` fills with bytes that nobody can guess, such as the system's; the library has no such source.
    ///
    /// # Errors
    /// [`StoreError`]: no such folder, open elsewhere, of a newer release, damaged.
    pub fn open(
        folder: impl AsRef<Path>,
        chance: impl FnMut(&mut [u8]) + Send + 'static,
    ) -> Result<Self, StoreError> {
        Self::on(Box::new(FolderDisk::open(folder.as_ref())?), chance)
    }

    /// Opens the store of a disk; what [`open`](Self::open) does with a folder's.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn on(
        disk: Box<dyn Disk>,
        chance: impl FnMut(&mut [u8]) + Send + 'static,
    ) -> Result<Self, StoreError> {
        let mut chance: Chance = Box::new(chance);
        let inner = Inner::open(&*disk, &mut chance, false)?;
        let secret = inner.keys.secret.clone();
        Ok(Self { disk, chance: Mutex::new(chance), secret, inner: Mutex::new(inner) })
    }

    /// Copies the data as of one moment into a folder that is there and empty, while the store goes on. The keys
    /// are not in it: [`restore`](Self::restore) takes them from a store that lives, so that whoever was erased
    /// since does not come back.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn snapshot(&self, to: impl AsRef<Path>) -> Result<(), StoreError> {
        let disk = FolderDisk::open(to.as_ref())?;
        if std::fs::exists(disk.folder().join(DATA))? {
            return Err(StoreError::System { why: "the folder holds data already".to_owned() });
        }
        let read = {
            let inner = self.inner();
            let data = inner.data()?;
            guarded(|| Ok(data.begin_read()?))?
        };
        let data = begin(&disk, true)?;
        guarded(|| {
            let write = begin_write(&data)?;
            {
                let mut people = write.open_table(PEOPLE)?;
                for row in read.open_table(PEOPLE)?.iter()? {
                    let (person, state) = row?;
                    people.insert(person.value(), state.value())?;
                }
                let mut ids = write.open_table(IDS)?;
                for row in read.open_table(IDS)?.iter()? {
                    let (id, person) = row?;
                    ids.insert(id.value(), person.value())?;
                }
                let mut meta = write.open_table(META)?;
                for row in read.open_table(META)?.iter()? {
                    let (name, value) = row?;
                    meta.insert(name.value(), value.value())?;
                }
            }
            Ok(write.commit()?)
        })
    }

    /// Makes a store in `to`, a folder that is there and empty, from the data in `snapshot` and the keys in
    /// `keys`, the folder of the store that the snapshot is of (or a copy of its file of keys). Who has no key any
    /// more is not in it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn restore(
        snapshot: impl AsRef<Path>,
        keys: impl AsRef<Path>,
        to: impl AsRef<Path>,
    ) -> Result<(), StoreError> {
        let disk = FolderDisk::open(to.as_ref())?;
        if std::fs::exists(disk.folder().join(DATA))? || std::fs::exists(disk.folder().join(FILE))?
        {
            return Err(StoreError::System { why: "the folder holds a store already".to_owned() });
        }
        std::fs::copy(snapshot.as_ref().join(DATA), disk.folder().join(DATA))?;
        let mut keys = Keys::parse(&std::fs::read(keys.as_ref().join(FILE))?)?;
        keys.write(&disk)?;
        let mut none: Chance = Box::new(|_| {});
        Inner::open(&disk, &mut none, true).map(|_| ())
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read_entry(keys: &Keys, person: u64, state: &[u8]) -> Result<Entry, StoreError> {
        let damaged = || StoreError::damaged(format!("what is kept of customer {person}"));
        let key = keys.get(person).ok_or_else(damaged)?;
        let plain = sealed::open(key, person, state).ok_or_else(damaged)?;
        let mut bytes = Reader::new(&plain);
        let mut read = || -> Result<Entry, Damage> {
            let mut ids = Vec::new();
            for _ in 0..bytes.count()? {
                ids.push(bytes.text()?.to_owned());
            }
            Ok(Entry { person, ids, state: bytes.take(bytes.left())?.to_vec() })
        };
        read().map_err(|_| damaged())
    }
}

/// Opens the file; `fresh` says whether an empty one will do.
fn begin(disk: &dyn Disk, fresh: bool) -> Result<Database, StoreError> {
    let blocks = Blocks::open(disk.open(DATA)?, fresh)?;
    guarded(|| Ok(Database::builder().set_cache_size(CACHE).create_with_backend(blocks)?))
}

fn begin_write(data: &Database) -> Result<redb::WriteTransaction, redb::Error> {
    let mut write = data.begin_write()?;
    write.set_two_phase_commit(true);
    write.set_quick_repair(true);
    Ok(write)
}

/// The host's names apart from ours.
fn noted(name: &str) -> String {
    format!("note {name}")
}

impl Inner {
    fn open(disk: &dyn Disk, chance: &mut Chance, prune: bool) -> Result<Self, StoreError> {
        let keys = match Keys::read(disk)? {
            Some(keys) => keys,
            None => {
                if disk.read(DATA)?.is_some_and(|data| !data.is_empty()) {
                    return Err(StoreError::damaged(
                        "the file of keys: it is missing, and the store",
                    ));
                }
                let (mut store, mut secret) = ([0; 16], [0; 32]);
                chance(&mut store);
                chance(&mut secret);
                let mut keys = Keys::new(store, secret);
                keys.write(disk)?;
                keys
            }
        };
        let data = begin(disk, keys.persons().next().is_none() && keys.unreadable == 0)?;
        let about = guarded(|| {
            let read = data.begin_read()?;
            let meta = match read.open_table(META) {
                Err(redb::TableError::TableDoesNotExist(_)) => return Ok(None),
                meta => meta?,
            };
            let get = |name: &str| meta.get(name).map(|raw| raw.map(|raw| raw.value().to_vec()));
            Ok(Some((get("format")?, get("store")?)))
        })?;
        match about {
            Some((Some(format), Some(store))) => {
                let format = format.first_chunk().map_or(u64::MAX, |raw| u64::from_le_bytes(*raw));
                if format > FORMAT {
                    let what = "the customers' file";
                    return Err(StoreError::Newer { what: what.to_owned(), format, ours: FORMAT });
                }
                if store != keys.store {
                    return Err(StoreError::damaged(
                        "the file of keys: it is another store's, and this one",
                    ));
                }
            }
            Some(_) => return Err(StoreError::damaged("the customers' file")),
            None if keys.persons().next().is_some() => {
                return Err(StoreError::damaged("the customers' file"));
            }
            None => guarded(|| {
                let write = begin_write(&data)?;
                write.open_table(PEOPLE)?;
                write.open_table(IDS)?;
                let mut meta = write.open_table(META)?;
                meta.insert("format", &FORMAT.to_le_bytes()[..])?;
                meta.insert("store", &keys.store[..])?;
                drop(meta);
                Ok(write.commit()?)
            })?,
        }
        let mut inner = Self { keys, data: Some(data), lacking: BTreeSet::new(), trouble: None };
        inner.settle(disk, prune)?;
        Ok(inner)
    }

    /// Lets go of keys that nobody has: an erasure or a first write that a crash cut off.
    fn settle(&mut self, disk: &dyn Disk, prune: bool) -> Result<(), StoreError> {
        let known: BTreeSet<u64> = self.ids()?.into_iter().map(|(_, person)| person).collect();
        let lacking: BTreeSet<u64> =
            known.iter().copied().filter(|person| self.keys.get(*person).is_none()).collect();
        if prune && !lacking.is_empty() {
            let data = self.data()?;
            guarded(|| {
                let write = begin_write(data)?;
                {
                    let mut people = write.open_table(PEOPLE)?;
                    for person in &lacking {
                        people.remove(person)?;
                    }
                    write.open_table(IDS)?.retain(|_, person| !lacking.contains(&person))?;
                }
                Ok(write.commit()?)
            })?;
        }
        let orphans: BTreeSet<u64> =
            self.keys.persons().filter(|person| !known.contains(person)).collect();
        let damaged = self.keys.unreadable > 0 && !lacking.is_empty() && !prune;
        if (!orphans.is_empty() || self.keys.unreadable > 0) && !damaged {
            self.keys.destroy(disk, &orphans)?;
        }
        if !prune {
            self.lacking = lacking;
        }
        Ok(())
    }

    fn data(&self) -> Result<&Database, StoreError> {
        let lost = || StoreError::ReadOnly { why: "the store could not be opened anew".to_owned() };
        self.data.as_ref().ok_or_else(lost)
    }

    fn ids(&self) -> Result<Vec<(IdHash, u64)>, StoreError> {
        let data = self.data()?;
        guarded(|| {
            let ids = data.begin_read()?.open_table(IDS)?;
            let mut all = Vec::new();
            for row in ids.iter()? {
                let (id, person) = row?;
                all.push((id.value(), person.value()));
            }
            Ok(all)
        })
    }

    fn commit(
        &mut self,
        disk: &dyn Disk,
        chance: &mut Chance,
        batch: &Batch,
    ) -> Result<(), StoreError> {
        let new: Vec<(u64, Key)> = batch
            .put
            .iter()
            .filter(|entry| self.keys.get(entry.person).is_none())
            .map(|entry| {
                let mut key = Key::default();
                chance(&mut key);
                (entry.person, key)
            })
            .collect();
        if !new.is_empty() {
            self.keys.add(disk, &new)?;
        }
        let mut sealed_states = Vec::with_capacity(batch.put.len());
        let mut ids: BTreeMap<IdHash, u64> = BTreeMap::new();
        for entry in &batch.put {
            let key = self.keys.get(entry.person);
            let key = key.ok_or_else(|| StoreError::damaged("the file of keys"))?;
            let mut plain = Vec::with_capacity(entry.state.len() + 64);
            put_number(&mut plain, entry.ids.len() as u64);
            for id in &entry.ids {
                put_bytes(&mut plain, id.as_bytes());
                ids.insert(sealed::hash(&self.keys.secret, id), entry.person);
            }
            plain.extend_from_slice(&entry.state);
            let mut nonce = [0; 24];
            chance(&mut nonce);
            sealed_states.push((entry.person, sealed::seal(key, entry.person, nonce, &plain)?));
        }
        let gone: BTreeSet<u64> = batch.erase.iter().copied().collect();
        let unnamed = batch.unnamed.iter().map(|id| sealed::hash(&self.keys.secret, id));
        let unnamed: Vec<IdHash> = unnamed.collect();
        let mut forget = BTreeSet::new();
        for person in &gone {
            // The ids that stood for the person are inside what is sealed.
            match self.read(*person) {
                Ok(Some(entry)) => {
                    forget.extend(entry.ids.iter().map(|id| sealed::hash(&self.keys.secret, id)))
                }
                Ok(None) => {}
                // Damaged: found by looking at all of them.
                Err(_) => forget.extend(
                    self.ids()?.into_iter().filter(|(_, of)| of == person).map(|(id, _)| id),
                ),
            }
        }
        let data = self.data()?;
        guarded(|| {
            let write = begin_write(data)?;
            {
                let mut people = write.open_table(PEOPLE)?;
                let mut known = write.open_table(IDS)?;
                for person in &gone {
                    people.remove(person)?;
                }
                for id in &forget {
                    let own = known.get(id)?.is_some_and(|person| gone.contains(&person.value()));
                    if own {
                        known.remove(id)?;
                    }
                }
                for id in &unnamed {
                    known.remove(id)?;
                }
                for (person, state) in &sealed_states {
                    people.insert(person, state.as_slice())?;
                }
                for (id, person) in &ids {
                    if known.get(id)?.is_none_or(|kept| kept.value() != *person) {
                        known.insert(id, person)?;
                    }
                }
                let mut meta = write.open_table(META)?;
                if let Some(legend) = &batch.legend {
                    meta.insert("legend", legend.as_slice())?;
                }
                for (name, note) in &batch.notes {
                    meta.insert(noted(name).as_str(), note.as_slice())?;
                }
            }
            Ok(write.commit()?)
        })?;
        if !gone.is_empty() && !mutant!("erase_leaves_the_key") {
            self.keys.destroy(disk, &gone)?;
        }
        Ok(())
    }

    /// What stands under a name beside the customers.
    fn about(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let data = self.data()?;
        guarded(|| {
            let meta = data.begin_read()?.open_table(META)?;
            Ok(meta.get(name)?.map(|value| value.value().to_vec()))
        })
    }

    fn read(&self, person: u64) -> Result<Option<Entry>, StoreError> {
        let data = self.data()?;
        let state = guarded(|| {
            let people = data.begin_read()?.open_table(PEOPLE)?;
            Ok(people.get(person)?.map(|state| state.value().to_vec()))
        })?;
        state.map(|state| Folder::read_entry(&self.keys, person, &state)).transpose()
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        let data = self.data.take();
        let _ = catch_unwind(AssertUnwindSafe(|| drop(data)));
    }
}

impl Store for Folder {
    fn commit(&self, batch: &Batch) -> Result<(), StoreError> {
        let mut inner = self.inner();
        if let Some(trouble) = &inner.trouble {
            return Err(StoreError::ReadOnly { why: trouble.to_string() });
        }
        let mut chance = self.chance.lock().unwrap_or_else(PoisonError::into_inner);
        let done = inner.commit(&*self.disk, &mut chance, batch);
        if let Err(error) = &done {
            inner.trouble = Some(error.clone());
        }
        done
    }

    fn read(&self, person: u64) -> Result<Option<Entry>, StoreError> {
        self.inner().read(person)
    }

    fn walk(&self, each: &mut dyn FnMut(Entry)) -> Result<(), StoreError> {
        let people = {
            let inner = self.inner();
            let data = inner.data()?;
            guarded(|| Ok(data.begin_read()?.open_table(PEOPLE)?))?
        };
        let mut rows = guarded(|| Ok(people.iter()?))?;
        loop {
            let row = guarded(|| rows.next().transpose().map_err(Into::into))?;
            let Some((person, state)) = row else { return Ok(()) };
            let inner = self.inner();
            // Erased since the walk began: there is no reading it any more.
            let person_now = person.value();
            if inner.keys.get(person_now).is_none() && !inner.lacking.contains(&person_now) {
                continue;
            }
            let entry = Self::read_entry(&inner.keys, person.value(), state.value())?;
            drop(inner);
            each(entry);
        }
    }

    fn ids(&self) -> Result<Vec<(IdHash, u64)>, StoreError> {
        self.inner().ids()
    }

    fn hash(&self, id: &str) -> IdHash {
        sealed::hash(&self.secret, id)
    }

    fn legend(&self) -> Result<Option<Vec<u8>>, StoreError> {
        self.inner().about("legend")
    }

    fn note(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.inner().about(&noted(name))
    }

    fn next_person(&self) -> u64 {
        self.inner().keys.next
    }

    fn recover(&self) -> Result<(), StoreError> {
        let mut inner = self.inner();
        if inner.trouble.is_none() {
            return Ok(());
        }
        let old = inner.data.take();
        let _ = catch_unwind(AssertUnwindSafe(|| drop(old)));
        let mut chance = self.chance.lock().unwrap_or_else(PoisonError::into_inner);
        match Inner::open(&*self.disk, &mut chance, false) {
            Ok(new) => {
                *inner = new;
                Ok(())
            }
            Err(error) => Err(error),
        }
    }
}
