//! What keeps customers when the process ends: one trait, and a folder on disk that implements it.
//!
//! In: [`Batch`]es of what changed. Out: the same again after a restart, a crash or a power cut, or a clear
//! [`StoreError`]. A batch is taken whole or not at all, and once `commit` has returned it is safe. Knows nothing
//! of rules, decisions or what the bytes of a customer mean; the hour never comes here, and chance comes from the host.

#[cfg(feature = "store")]
mod blocks;
#[cfg(feature = "store")]
mod disk;
#[cfg(feature = "store")]
mod folder;
#[cfg(feature = "store")]
mod keys;
#[cfg(feature = "store")]
mod sealed;

#[cfg(feature = "store")]
pub use disk::{Disk, DiskFile, FolderDisk};
#[cfg(feature = "store")]
pub use folder::Folder;

/// Changes that are taken together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// Customers that are no more. Taken first.
    pub erase: Vec<u64>,
    /// Ids that stand for nobody any more, unless one of `put` has them.
    pub unnamed: Vec<String>,
    /// Customers as they are now.
    pub put: Vec<Entry>,
    /// What the numbers in the customers' bytes mean, where that grew.
    pub legend: Option<Vec<u8>>,
    /// What the host wrote down beside the customers, by name; see [`Store::note`].
    pub notes: Vec<(String, Vec<u8>)>,
}

/// One customer as it is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// The person's number; never given to another one.
    pub person: u64,
    /// Every external id that stands for the person.
    pub ids: Vec<String>,
    /// The state.
    pub state: Vec<u8>,
}

/// An id as the store looks it up: a hash under a secret of the store.
pub type IdHash = [u8; 16];

/// Something that keeps customers.
///
/// The embedded one is [`Folder`] (feature `store`). Every call may be made by several threads at once; commits
/// take turns.
pub trait Store: Send + Sync + std::fmt::Debug {
    /// Takes a batch whole or not at all. Once this has returned `Ok` it outlasts a crash and a power cut.
    ///
    /// # Errors
    /// [`StoreError`]; whether the batch was taken is open then, and nothing else is taken until
    /// [`recover`](Self::recover) succeeds. The same batch may be handed in again afterwards.
    fn commit(&self, batch: &Batch) -> Result<(), StoreError>;

    /// One customer, by number; `None` where there is none.
    ///
    /// # Errors
    /// [`StoreError`], also where what was kept is damaged.
    fn read(&self, person: u64) -> Result<Option<Entry>, StoreError>;

    /// Every customer in the order of numbers, of one moment.
    ///
    /// # Errors
    /// [`StoreError`]; those before the damaged one were handed out.
    fn walk(&self, each: &mut dyn FnMut(Entry)) -> Result<(), StoreError>;

    /// Every id that is known with the person it stands for.
    ///
    /// # Errors
    /// [`StoreError`].
    fn ids(&self) -> Result<Vec<(IdHash, u64)>, StoreError>;

    /// How [`ids`](Self::ids) calls an external id.
    fn hash(&self, id: &str) -> IdHash;

    /// What the last batch with a legend said.
    ///
    /// # Errors
    /// [`StoreError`].
    fn legend(&self) -> Result<Option<Vec<u8>>, StoreError>;

    /// What the host last wrote down under a name, such as how far an import came: safe together with the
    /// customers of its batch, and not sealed. Nothing personal belongs there.
    ///
    /// # Errors
    /// [`StoreError`].
    fn note(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError>;

    /// The first number that no person was ever given.
    fn next_person(&self) -> u64;

    /// Starts anew from what is safe, after a commit failed.
    ///
    /// # Errors
    /// [`StoreError`], where the trouble lasts.
    fn recover(&self) -> Result<(), StoreError>;
}

/// Why customers cannot be kept or read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// There is no such folder.
    #[error("there is no folder `{folder}`")]
    Missing {
        /// As it was given.
        folder: String,
    },
    /// Another process has the store open.
    #[error("`{folder}` is open in another process")]
    Locked {
        /// As it was given.
        folder: String,
    },
    /// A newer release wrote it.
    #[error(
        "{what} was written by a newer release, in format {format}; this one reads up to {ours}"
    )]
    Newer {
        /// Which part of the store.
        what: String,
        /// Its format.
        format: u64,
        /// The newest that this release reads.
        ours: u64,
    },
    /// It is not as it was written.
    #[error("{what} is damaged")]
    Damaged {
        /// What cannot be read.
        what: String,
    },
    /// There is no room left.
    #[error("there is no room left on the disk")]
    Full,
    /// The system says no.
    #[error("the disk says: {why}")]
    System {
        /// In its words.
        why: String,
    },
    /// Nothing is taken since something failed.
    #[error("nothing is taken since this failed: {why}")]
    ReadOnly {
        /// What failed.
        why: String,
    },
}

impl StoreError {
    /// What is damaged.
    #[must_use]
    pub fn damaged(what: impl Into<String>) -> Self {
        Self::Damaged { what: what.into() }
    }
}

impl From<std::io::Error> for StoreError {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Self::Full,
            std::io::ErrorKind::InvalidData => Self::damaged(error.to_string()),
            _ => Self::System { why: error.to_string() },
        }
    }
}
