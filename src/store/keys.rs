//! The keys of customers: one small file, added to as customers come, and written anew as a whole when one goes.
//!
//! 48 bytes a customer. A person's key stands nowhere else: with it goes all that can be read of the person, in
//! this store and in every copy of its data.

use std::collections::BTreeSet;

use xxhash_rust::xxh3::xxh3_64;
use zeroize::Zeroizing;

use super::StoreError;
use super::disk::Disk;

pub(super) const FILE: &str = "keys.onward";
const MAGIC: &[u8; 12] = b"onward keys\n";
const FORMAT: u32 = 1;
const HEAD: usize = 80;
const ROW: usize = 48;

/// What one person's values are sealed with.
pub(super) type Key = [u8; 32];

/// See the module.
pub(super) struct Keys {
    /// Which store it belongs to.
    pub(super) store: [u8; 16],
    /// What external ids are hashed under.
    pub(super) secret: Zeroizing<Key>,
    /// The first number that was never given.
    pub(super) next: u64,
    /// By number; those that are gone are all zeros.
    rows: Zeroizing<Vec<u8>>,
    /// Length of the file, where it is as this says.
    length: Option<u64>,
    /// Rows that could not be read.
    pub(super) unreadable: usize,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys").field("next", &self.next).finish_non_exhaustive()
    }
}

fn damaged() -> StoreError {
    StoreError::damaged("the file of keys")
}

fn number<const N: usize>(bytes: &[u8], at: usize) -> Result<[u8; N], StoreError> {
    bytes.get(at..).and_then(|rest| rest.first_chunk()).copied().ok_or_else(damaged)
}

impl Keys {
    pub(super) fn new(store: [u8; 16], secret: Key) -> Self {
        Self {
            store,
            secret: Zeroizing::new(secret),
            next: 0,
            rows: Zeroizing::default(),
            length: None,
            unreadable: 0,
        }
    }

    pub(super) fn read(disk: &dyn Disk) -> Result<Option<Self>, StoreError> {
        disk.read(FILE)?.map(|bytes| Self::parse(&Zeroizing::new(bytes))).transpose()
    }

    pub(super) fn parse(bytes: &[u8]) -> Result<Self, StoreError> {
        if bytes.get(..12) != Some(MAGIC) {
            return Err(damaged());
        }
        let format = u32::from_le_bytes(number(bytes, 12)?);
        let (head, rows) = bytes.split_at_checked(HEAD).ok_or_else(damaged)?;
        let fits = xxh3_64(head.get(..HEAD - 8).unwrap_or_default()).to_le_bytes();
        if number(head, HEAD - 8)? != fits {
            return Err(damaged());
        }
        if format > FORMAT {
            let (format, ours) = (u64::from(format), u64::from(FORMAT));
            return Err(StoreError::Newer { what: "the file of keys".to_owned(), format, ours });
        }
        let mut keys = Self::new(number(head, 16)?, number(head, 32)?);
        keys.next = u64::from_le_bytes(number(head, 64)?);
        // No more numbers than rows were ever given since the file was written anew.
        let most = keys.next.saturating_add(bytes.len() as u64);
        for row in rows.chunks(ROW) {
            let body = row.get(..ROW - 8).unwrap_or_default();
            let fits = row.get(ROW - 8..) == Some(&xxh3_64(body).to_le_bytes()[..]);
            let person = u64::from_le_bytes(number(row, 0).unwrap_or_default());
            if fits && person < most {
                keys.set(person, &number(row, 8)?);
            } else {
                keys.unreadable += 1;
            }
        }
        keys.length = (keys.unreadable == 0).then_some(bytes.len() as u64);
        Ok(keys)
    }

    fn set(&mut self, person: u64, key: &Key) {
        let Ok(at) = usize::try_from(person) else { return };
        if self.rows.len() < (at + 1) * 32 {
            if self.rows.capacity() < (at + 1) * 32 {
                // Moved by hand, so that what is left behind is overwritten.
                let mut more = Zeroizing::new(Vec::with_capacity((at + 1) * 64));
                more.extend_from_slice(&self.rows);
                self.rows = more;
            }
            self.rows.resize((at + 1) * 32, 0);
        }
        if let Some(place) = self.rows.get_mut(at * 32..(at + 1) * 32) {
            place.copy_from_slice(key);
        }
        self.next = self.next.max(person.saturating_add(1));
    }

    pub(super) fn get(&self, person: u64) -> Option<&Key> {
        let at = usize::try_from(person).ok()?;
        let key: &Key = self.rows.get(at.checked_mul(32)?..)?.first_chunk()?;
        (*key != [0; 32]).then_some(key)
    }

    pub(super) fn persons(&self) -> impl Iterator<Item = u64> {
        (0..).zip(self.rows.chunks_exact(32)).filter(|(_, key)| **key != [0; 32]).map(|(at, _)| at)
    }

    fn row(person: u64, key: &Key) -> [u8; ROW] {
        let mut row = [0; ROW];
        row[..8].copy_from_slice(&person.to_le_bytes());
        row[8..40].copy_from_slice(key);
        let sum = xxh3_64(&row[..40]).to_le_bytes();
        row[40..].copy_from_slice(&sum);
        row
    }

    /// Adds keys for good, before anything is sealed with them.
    pub(super) fn add(&mut self, disk: &dyn Disk, new: &[(u64, Key)]) -> Result<(), StoreError> {
        for (person, key) in new {
            self.set(*person, key);
        }
        let Some(length) = self.length.take() else { return self.write(disk) };
        let mut bytes = Zeroizing::new(Vec::with_capacity(new.len() * ROW));
        for (person, key) in new {
            bytes.extend_from_slice(&Self::row(*person, key));
        }
        let file = disk.open(FILE)?;
        file.write_at(length, &bytes)?;
        file.sync()?;
        self.length = Some(length + bytes.len() as u64);
        Ok(())
    }

    /// Takes keys out for good.
    pub(super) fn destroy(
        &mut self,
        disk: &dyn Disk,
        gone: &BTreeSet<u64>,
    ) -> Result<(), StoreError> {
        for person in gone.iter().filter_map(|person| usize::try_from(*person).ok()) {
            if let Some(place) = self.rows.get_mut(person * 32..(person + 1) * 32) {
                place.fill(0);
            }
        }
        self.write(disk)
    }

    /// Writes the whole file anew.
    pub(super) fn write(&mut self, disk: &dyn Disk) -> Result<(), StoreError> {
        self.length = None;
        let mut bytes = Zeroizing::new(Vec::with_capacity(HEAD + self.rows.len() / 32 * ROW));
        bytes.extend_from_slice(MAGIC);
        bytes.extend(FORMAT.to_le_bytes());
        bytes.extend(self.store);
        bytes.extend_from_slice(&*self.secret);
        bytes.extend(self.next.to_le_bytes());
        let sum = xxh3_64(&bytes);
        bytes.extend(sum.to_le_bytes());
        for person in self.persons() {
            if let Some(key) = self.get(person) {
                bytes.extend_from_slice(&Self::row(person, key));
            }
        }
        disk.replace(FILE, &bytes)?;
        self.unreadable = 0;
        self.length = Some(bytes.len() as u64);
        Ok(())
    }
}
