//! A disk in memory that forgets what was not synced, tears what it half wrote, and fails when told to.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::sync::{Arc, Mutex, MutexGuard};

use onward::store::{Disk, DiskFile};
use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::SeedableRng;

use super::below;

/// What the hardware writes whole or not at all.
const SECTOR: u64 = 512;

/// What is done to a file between two syncs.
#[derive(Clone, Debug)]
enum Change {
    Write(u64, Vec<u8>),
    Length(u64),
}

#[derive(Clone, Debug, Default)]
struct Content {
    /// As it is read.
    now: Vec<u8>,
    /// As it is after a power cut, but for `changes`.
    safe: Vec<u8>,
    changes: Vec<Change>,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// From this operation on, no room.
    Full,
    /// This operation alone fails.
    Error,
    /// The power goes at this operation: it may be half done, and nothing works afterwards.
    Power,
}

#[derive(Debug, Default)]
struct State {
    files: BTreeMap<String, Content>,
    /// Writes, syncs and replacements so far.
    operations: u64,
    trouble: Option<(u64, Trouble)>,
    dead: bool,
    /// How often each kind of loss happened.
    lost: Lost,
}

/// How often each kind of thing happened at power cuts.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Lost {
    pub(super) writes: u64,
    pub(super) torn: u64,
    pub(super) reordered: u64,
    pub(super) growth: u64,
    pub(super) replacements: u64,
}

/// See the module. Clones are the same disk.
#[derive(Clone, Debug, Default)]
pub(super) struct FaultDisk(Arc<Mutex<State>>);

#[derive(Debug)]
struct FaultFile(FaultDisk, String);

impl FaultDisk {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// What goes wrong at the n-th operation from now.
    pub(super) fn fail(&self, after: u64, trouble: Trouble) {
        let mut state = self.state();
        state.trouble = Some((state.operations + after, trouble));
    }

    /// Nothing goes wrong any more.
    pub(super) fn mend(&self) {
        self.state().trouble = None;
    }

    pub(super) fn operations(&self) -> u64 {
        self.state().operations
    }

    /// The disk after a power cut: what was synced, and of the rest what chance leaves.
    pub(super) fn after_power_cut(&self, rng: &mut Pcg64Mcg) -> (Self, Lost) {
        let mut state = self.state();
        let mut lost = state.lost;
        let files = state.files.iter().map(|(name, file)| (name.clone(), file.cut(rng, &mut lost)));
        let files = files.collect();
        state.dead = true;
        (Self(Arc::new(Mutex::new(State { files, ..State::default() }))), lost)
    }

    /// Every byte there is, file by file.
    pub(super) fn bytes(&self) -> Vec<(String, Vec<u8>)> {
        let state = self.state();
        let both = |(name, file): (&String, &Content)| {
            [(name.clone(), file.now.clone()), (name.clone(), file.safe.clone())]
        };
        state.files.iter().flat_map(both).collect()
    }

    /// Changes a file behind everybody's back.
    pub(super) fn damage(&self, name: &str, change: impl FnOnce(&mut Vec<u8>)) {
        let mut state = self.state();
        let file = state.files.get_mut(name).unwrap();
        change(&mut file.now);
        file.safe = file.now.clone();
    }

    /// A disk of its own with the same content.
    pub(super) fn copy(&self) -> Self {
        let files = self.state().files.clone();
        Self(Arc::new(Mutex::new(State { files, ..State::default() })))
    }

    /// Counts an operation, or says that it fails. `half` is done where the power goes.
    fn operation(
        &self,
        half: impl FnOnce(&mut State, &mut Pcg64Mcg),
    ) -> io::Result<MutexGuard<'_, State>> {
        let mut state = self.state();
        if state.dead {
            return Err(io::Error::other("no power"));
        }
        state.operations += 1;
        let now = state.operations;
        match state.trouble {
            Some((from, Trouble::Full)) if now >= from => Err(ErrorKind::StorageFull.into()),
            Some((from, Trouble::Error)) if now == from => Err(io::Error::other("bad sector")),
            Some((from, Trouble::Power)) if now >= from => {
                half(&mut state, &mut Pcg64Mcg::seed_from_u64(now));
                state.dead = true;
                Err(io::Error::other("no power"))
            }
            _ => Ok(state),
        }
    }
}

impl Content {
    fn apply(bytes: &mut Vec<u8>, change: &Change) {
        match change {
            Change::Write(offset, written) => {
                let (start, end) = (usize::try_from(*offset).unwrap(), written.len());
                if bytes.len() < start + end {
                    bytes.resize(start + end, 0);
                }
                bytes[start..start + end].copy_from_slice(written);
            }
            Change::Length(length) => bytes.resize(usize::try_from(*length).unwrap(), 0),
        }
    }

    fn change(&mut self, change: Change) {
        Self::apply(&mut self.now, &change);
        self.changes.push(change);
    }

    fn cut(&self, rng: &mut Pcg64Mcg, lost: &mut Lost) -> Self {
        // Nothing, all, or any part of what was not synced, in any order, sector by sector.
        let keep = [0, 100, 50, 90, 10][usize::try_from(below(rng, 5)).unwrap()];
        let mut pieces = Vec::new();
        for change in &self.changes {
            match change {
                Change::Length(length) => {
                    if below(rng, 100) < keep {
                        pieces.push(Change::Length(*length));
                    } else {
                        lost.growth += 1;
                    }
                }
                Change::Write(offset, bytes) => {
                    let (mut at, mut rest) = (*offset, &bytes[..]);
                    let (mut kept, mut gone) = (0_u64, 0_u64);
                    while !rest.is_empty() {
                        let count = usize::try_from(SECTOR - at % SECTOR).unwrap().min(rest.len());
                        if below(rng, 100) < keep {
                            pieces.push(Change::Write(at, rest[..count].to_vec()));
                            kept += 1;
                        } else {
                            gone += 1;
                        }
                        (at, rest) = (at + count as u64, &rest[count..]);
                    }
                    lost.writes += u64::from(gone > 0);
                    lost.torn += u64::from(gone > 0 && kept > 0);
                }
            }
        }
        if below(rng, 2) == 0 && pieces.len() > 1 {
            lost.reordered += 1;
            for place in (1..pieces.len()).rev() {
                pieces.swap(place, usize::try_from(below(rng, place as u64 + 1)).unwrap());
            }
        }
        let mut now = self.safe.clone();
        pieces.iter().for_each(|piece| Self::apply(&mut now, piece));
        Self { safe: now.clone(), now, changes: Vec::new() }
    }
}

impl Disk for FaultDisk {
    fn open(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        let mut state = self.operation(|_, _| {})?;
        state.files.entry(name.to_owned()).or_default();
        Ok(Box::new(FaultFile(self.clone(), name.to_owned())))
    }

    fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        let state = self.state();
        if state.dead {
            return Err(io::Error::other("no power"));
        }
        Ok(state.files.get(name).map(|file| file.now.clone()))
    }

    fn replace(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let new = Content { now: bytes.to_vec(), safe: bytes.to_vec(), changes: Vec::new() };
        let mut state = self.operation(|state, rng| {
            if below(rng, 2) == 0 {
                state.files.insert(name.to_owned(), new.clone());
            } else {
                state.lost.replacements += 1;
            }
        })?;
        state.files.insert(name.to_owned(), new);
        Ok(())
    }
}

impl FaultFile {
    fn content<T>(state: &mut State, name: &str, then: impl FnOnce(&mut Content) -> T) -> T {
        then(state.files.entry(name.to_owned()).or_default())
    }
}

impl DiskFile for FaultFile {
    fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let state = self.0.state();
        if state.dead {
            return Err(io::Error::other("no power"));
        }
        let bytes = &state.files[&self.1].now;
        let start = usize::try_from(offset).unwrap();
        let read = bytes.get(start..start + out.len()).ok_or(ErrorKind::UnexpectedEof)?;
        out.copy_from_slice(read);
        Ok(())
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let write = Change::Write(offset, bytes.to_vec());
        let half = write.clone();
        let mut state = self.0.operation(|state, _| {
            Self::content(state, &self.1, |file| file.changes.push(half));
        })?;
        Self::content(&mut state, &self.1, |file| file.change(write));
        Ok(())
    }

    fn length(&self) -> io::Result<u64> {
        let state = self.0.state();
        if state.dead {
            return Err(io::Error::other("no power"));
        }
        Ok(state.files[&self.1].now.len() as u64)
    }

    fn set_length(&self, length: u64) -> io::Result<()> {
        let mut state = self.0.operation(|_, _| {})?;
        Self::content(&mut state, &self.1, |file| file.change(Change::Length(length)));
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let mut state = self.0.operation(|_, _| {})?;
        Self::content(&mut state, &self.1, |file| {
            file.safe.clone_from(&file.now);
            file.changes.clear();
        });
        Ok(())
    }
}
