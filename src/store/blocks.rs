//! A file in which no flipped bit goes unnoticed: each block of 4 KiB carries its sum, and the first block, the
//! only one that redb writes in place, lies there twice.
//!
//! redb trusts what it reads; here a block whose sum does not fit is an error of reading. Of the two first
//! blocks the newer counts; before a sync returns that settles a commit both are the same, so that a damaged
//! one is never mistaken for one that was not written.

use std::io::{self, ErrorKind};
use std::sync::{Mutex, PoisonError};

use redb::StorageBackend;
use xxhash_rust::xxh3::xxh3_128_with_seed;

use super::disk::DiskFile;
use crate::mutant::mutant;

const BLOCK: usize = 4096;
const SUM: usize = 16;
/// A block with its sum.
const WHOLE: u64 = (BLOCK + SUM) as u64;
/// The first block with its number and its sum.
const HEAD: usize = BLOCK + 8 + SUM;
const HEADS: u64 = 2 * HEAD as u64;

/// See the module.
#[derive(Debug)]
pub(super) struct Blocks {
    file: Box<dyn DiskFile>,
    first: Mutex<First>,
}

#[derive(Debug)]
struct First {
    block: Vec<u8>,
    /// Grows with each write of it.
    number: u64,
    changed: bool,
    /// Whether other blocks were written since the last sync: it does not settle a commit then.
    others: bool,
}

fn damaged() -> io::Error {
    io::Error::new(ErrorKind::InvalidData, "a block of the customers' file")
}

/// Where a block but the first lies.
fn place(block: u64) -> u64 {
    HEADS + block.saturating_sub(1) * WHOLE
}

fn sum(block: u64, bytes: &[u8]) -> [u8; SUM] {
    xxh3_128_with_seed(bytes, block).to_le_bytes()
}

fn is_zero(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == 0)
}

impl Blocks {
    /// Takes a file; `fresh` says whether one that was never written whole may be begun anew.
    pub(super) fn open(file: Box<dyn DiskFile>, fresh: bool) -> io::Result<Self> {
        let heads = [read_head(&*file, 0)?, read_head(&*file, 1)?];
        let best = heads.iter().flatten().max_by_key(|(number, _)| *number).cloned();
        let Some((number, block)) = best else {
            if !fresh {
                return Err(damaged());
            }
            file.set_length(0)?;
            let first = First { block: vec![0; BLOCK], number: 0, changed: false, others: false };
            return Ok(Self { file, first: Mutex::new(first) });
        };
        let other = heads.iter().flatten().filter(|(own, _)| *own == number).count();
        let first = First { block, number, changed: false, others: false };
        if other < 2 {
            // Both alike again, before anything builds on the one.
            write_head(&*file, number + 1, &first)?;
            write_head(&*file, number, &first)?;
            file.sync()?;
        }
        Ok(Self { file, first: Mutex::new(first) })
    }

    fn first(&self) -> std::sync::MutexGuard<'_, First> {
        self.first.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads whole blocks, none of them the first.
    fn read_blocks(&self, block: u64, count: usize) -> io::Result<Vec<u8>> {
        let mut raw = vec![0; count * (BLOCK + SUM)];
        self.file.read_at(place(block), &mut raw)?;
        let mut out = Vec::with_capacity(count * BLOCK);
        for (number, whole) in (block..).zip(raw.chunks_exact(BLOCK + SUM)) {
            let (bytes, kept) = whole.split_at(BLOCK);
            // What was never written is zeros, the sum too.
            let fits = sum(number, bytes) == kept || is_zero(whole);
            if !fits && !mutant!("store_sums_are_not_looked_at") {
                return Err(damaged());
            }
            out.extend_from_slice(bytes);
        }
        Ok(out)
    }

    fn write_blocks(&self, block: u64, bytes: &[u8]) -> io::Result<()> {
        let mut raw = Vec::with_capacity(bytes.len() + bytes.len() / BLOCK * SUM);
        for (number, bytes) in (block..).zip(bytes.chunks_exact(BLOCK)) {
            raw.extend_from_slice(bytes);
            raw.extend(sum(number, bytes));
        }
        self.file.write_at(place(block), &raw)
    }
}

/// Number and block of one of the two; `None` where it does not fit, or was never written.
fn read_head(file: &dyn DiskFile, which: u64) -> io::Result<Option<(u64, Vec<u8>)>> {
    let mut raw = vec![0; HEAD];
    match file.read_at(which * HEAD as u64, &mut raw) {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(None),
        read => read?,
    }
    let split = |at: usize| raw.split_at_checked(at).ok_or_else(damaged);
    let (body, kept) = split(BLOCK + 8)?;
    let (block, number) = split(BLOCK)?;
    let number = number.first_chunk().map(|bytes| u64::from_le_bytes(*bytes)).unwrap_or(0);
    Ok((number > 0 && sum(0, body) == kept).then(|| (number, block.to_vec())))
}

fn write_head(file: &dyn DiskFile, slot: u64, first: &First) -> io::Result<()> {
    let mut raw = first.block.clone();
    raw.extend(first.number.to_le_bytes());
    raw.extend(sum(0, &raw));
    file.write_at(slot % 2 * HEAD as u64, &raw)
}

impl StorageBackend for Blocks {
    fn len(&self) -> io::Result<u64> {
        Ok(match self.file.length()? {
            length if length < HEADS => 0,
            length => (1 + (length - HEADS) / WHOLE) * BLOCK as u64,
        })
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let block = BLOCK as u64;
        if offset + out.len() as u64 > self.len()? {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        let (mut at, mut out) = (offset, out);
        while !out.is_empty() {
            let inside = usize::try_from(at % block).unwrap_or(0);
            let (bytes, count) = if at < block {
                let first = self.first().block.clone();
                (first, out.len().min(BLOCK - inside))
            } else {
                let blocks = (inside + out.len()).div_ceil(BLOCK);
                (self.read_blocks(at / block, blocks)?, out.len())
            };
            let read = bytes.get(inside..inside + count).ok_or_else(damaged)?;
            let (now, rest) = out.split_at_mut(count);
            now.copy_from_slice(read);
            (at, out) = (at + count as u64, rest);
        }
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.first().others = true;
        self.file.set_length(place(len.div_ceil(BLOCK as u64)))
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut first = self.first();
        if first.changed {
            first.number += 1;
            write_head(&*self.file, first.number, &first)?;
        }
        if !mutant!("store_sync_is_skipped") {
            self.file.sync()?;
        }
        if first.changed && !first.others {
            write_head(&*self.file, first.number + 1, &first)?;
            self.file.sync()?;
        }
        (first.changed, first.others) = (false, false);
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let block = BLOCK as u64;
        let (mut at, mut data) = (offset, data);
        while !data.is_empty() {
            let inside = usize::try_from(at % block).unwrap_or(0);
            let whole = if inside == 0 && at >= block { data.len() / BLOCK * BLOCK } else { 0 };
            let count = if whole > 0 { whole } else { data.len().min(BLOCK - inside) };
            let (now, rest) = data.split_at(count);
            let mut first = self.first();
            if at < block {
                if let Some(place) = first.block.get_mut(inside..inside + count) {
                    place.copy_from_slice(now);
                }
                first.changed = true;
            } else {
                first.others = true;
                drop(first);
                if whole > 0 {
                    self.write_blocks(at / block, now)?;
                } else {
                    let mut bytes = self.read_blocks(at / block, 1)?;
                    if let Some(place) = bytes.get_mut(inside..inside + count) {
                        place.copy_from_slice(now);
                    }
                    self.write_blocks(at / block, &bytes)?;
                }
            }
            (at, data) = (at + count as u64, rest);
        }
        Ok(())
    }
}
