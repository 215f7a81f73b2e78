//! The disk under a store: a few files by name. Tests put one under it that fails and forgets.

use std::fmt::Debug;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::StoreError;

/// Files by name. What was synced stays; of anything else any part may be gone after a power cut.
pub trait Disk: Send + Sync + Debug {
    /// Opens a file to be read and written, an empty one where there is none.
    ///
    /// # Errors
    /// What the system says.
    fn open(&self, name: &str) -> io::Result<Box<dyn DiskFile>>;

    /// A whole file; `None` where there is none.
    ///
    /// # Errors
    /// What the system says.
    fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>>;

    /// Puts a whole file in the place of an old one. Whoever reads sees the old or the new, never half, and once
    /// this has returned the new one stays.
    ///
    /// # Errors
    /// What the system says; the old or the new one is there then.
    fn replace(&self, name: &str, bytes: &[u8]) -> io::Result<()>;
}

/// One file of a [`Disk`].
pub trait DiskFile: Send + Sync + Debug {
    /// Reads to fill `out`.
    ///
    /// # Errors
    /// What the system says; `UnexpectedEof` beyond the end.
    fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<()>;

    /// Writes all of `bytes`; the file grows where needed.
    ///
    /// # Errors
    /// What the system says.
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()>;

    /// Length in bytes.
    ///
    /// # Errors
    /// What the system says.
    fn length(&self) -> io::Result<u64>;

    /// Cuts it, or adds zeros.
    ///
    /// # Errors
    /// What the system says.
    fn set_length(&self, length: u64) -> io::Result<()>;

    /// Makes what was written stay.
    ///
    /// # Errors
    /// What the system says; what was written since the last sync may be gone then.
    fn sync(&self) -> io::Result<()>;
}

/// A folder of the system, locked for as long as this lives.
#[derive(Debug)]
pub struct FolderDisk {
    folder: PathBuf,
    /// Held, not read.
    _lock: File,
}

/// Written beside a file that is being replaced.
fn beside(name: &str) -> String {
    format!("{name}.new")
}

impl FolderDisk {
    /// Locks a folder that is there.
    ///
    /// # Errors
    /// [`StoreError::Missing`], [`StoreError::Locked`], or what the system says.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self, StoreError> {
        let folder = folder.into();
        let shown = || folder.to_string_lossy().into_owned();
        if !folder.is_dir() {
            return Err(StoreError::Missing { folder: shown() });
        }
        let mut options = OpenOptions::new();
        let lock = options.create(true).truncate(false).write(true).open(folder.join("lock"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => {
                return Err(StoreError::Locked { folder: shown() });
            }
            Err(std::fs::TryLockError::Error(error)) => return Err(error.into()),
        }
        Ok(Self { folder, _lock: lock })
    }

    /// Where it is.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Disk for FolderDisk {
    fn open(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        let path = self.folder.join(name);
        let new = !path.exists();
        let mut options = OpenOptions::new();
        let file = options.create(true).truncate(false).read(true).write(true).open(path)?;
        if new {
            sync_folder(&self.folder)?;
        }
        Ok(Box::new(OpenFile(Mutex::new(file))))
    }

    fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        // What a crash left half replaced goes: what it holds may be what was to be forgotten since.
        match std::fs::remove_file(self.folder.join(beside(name))) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        match std::fs::read(self.folder.join(name)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn replace(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let new = self.folder.join(beside(name));
        let mut file = File::create(&new)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&new, self.folder.join(name))?;
        sync_folder(&self.folder)
    }
}

#[derive(Debug)]
struct OpenFile(Mutex<File>);

impl OpenFile {
    fn at<T>(&self, then: impl FnOnce(&mut File) -> io::Result<T>) -> io::Result<T> {
        then(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl DiskFile for OpenFile {
    fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.at(|file| {
            file.seek(SeekFrom::Start(offset))?;
            file.read_exact(out)
        })
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.at(|file| {
            file.seek(SeekFrom::Start(offset))?;
            file.write_all(bytes)
        })
    }

    fn length(&self) -> io::Result<u64> {
        self.at(|file| Ok(file.metadata()?.len()))
    }

    fn set_length(&self, length: u64) -> io::Result<()> {
        self.at(|file| file.set_len(length))
    }

    fn sync(&self) -> io::Result<()> {
        self.at(|file| file.sync_all())
    }
}

/// Makes a rename or a new file last. Where folders cannot be opened there is nothing to be done.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
