//! What happened as a kind of customer state: of two identities' events all, one of each message id.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::super::events::{Events, HEAD, Log, NEVER, NOTHING};
use super::bytes::{Reader, put_number, put_signed};
use super::{Damage, Exported, ExportedEvents, ExportedRow, Kind, Names};
use crate::mutant::mutant;
use crate::value::{Currency, Date, Timestamp};

/// More columns than an event can have by far: what is read back may not ask for more.
const COLUMNS: u64 = 4096;

fn of(events: &Events, kind: u32) -> Option<&Arc<Log>> {
    let at = events.logs.binary_search_by_key(&kind, |log| log.kind).ok()?;
    events.logs.get(at)
}

fn rows(log: &Log) -> std::slice::ChunksExact<'_, u64> {
    log.rows.chunks_exact(log.stride())
}

fn message_of(row: &[u64]) -> u64 {
    row.get(1).copied().unwrap_or(0)
}

fn time_of(row: &[u64]) -> i64 {
    row.first().map_or(NEVER, |time| time.cast_signed())
}

/// The message ids of a log; events without one are not told apart.
fn messages(log: &Log) -> BTreeSet<u64> {
    rows(log).map(message_of).filter(|id| *id != 0).collect()
}

impl Log {
    /// The rows of both in the order of time; of one time those of this one first. A message id that both
    /// have counts once. Totals add up; first and last are those of both.
    fn unite(&mut self, other: &Self, most: usize) {
        let width = self.width.max(other.width) as usize;
        let mut theirs = other.clone();
        self.widen(width);
        theirs.widen(width);
        let known = messages(self);
        let double = |row: &[u64]| {
            known.contains(&message_of(row)) && !mutant!("merge_counts_a_message_twice")
        };
        let mut all: Vec<&[u64]> = rows(self).collect();
        let own = all.len() as u64;
        all.extend(rows(&theirs).filter(|row| !double(row)));
        let doubles = own + theirs.len() as u64 - all.len() as u64;
        all.sort_by_key(|row| time_of(row));
        self.rows = all.concat();
        let ever = |of: &Self| (of.times > 0).then_some((of.first, of.last));
        (self.first, self.last) = match (ever(self), ever(other)) {
            (Some(a), Some(b)) => (a.0.min(b.0), a.1.max(b.1)),
            (one, two) => one.or(two).unwrap_or((NEVER, NEVER)),
        };
        self.times = self.times.saturating_add(other.times).saturating_sub(doubles);
        self.gone = self.gone.max(other.gone);
        self.lost = self.lost.max(other.lost);
        self.late.extend(theirs.late);
        let late: BTreeMap<u32, i64> =
            self.late.iter().fold(BTreeMap::new(), |mut late, (at, time)| {
                let kept = late.entry(*at).or_insert(*time);
                *kept = (*kept).max(*time);
                late
            });
        self.late = late.into_iter().collect();
        self.drop_rows(self.len().saturating_sub(most.max(1)));
    }

    /// What the log says beside its rows.
    fn head(&self) -> Self {
        Self { rows: Vec::new(), late: self.late.clone(), ..*self }
    }

    fn encode(&self, out: &mut Vec<u8>) {
        put_number(out, u64::from(self.kind));
        put_number(out, u64::from(self.width));
        for time in [self.first, self.last, self.gone, self.lost] {
            put_signed(out, time);
        }
        put_number(out, self.times);
        put_number(out, self.late.len() as u64);
        for (column, time) in &self.late {
            put_number(out, u64::from(*column));
            put_signed(out, *time);
        }
        put_number(out, self.len() as u64);
        let mut before = 0_i64;
        for row in rows(self) {
            put_signed(out, time_of(row).wrapping_sub(before));
            before = time_of(row);
            out.extend(message_of(row).to_le_bytes());
            row.iter().skip(HEAD).for_each(|word| put_word(out, *word));
        }
    }

    fn decode(bytes: &mut Reader<'_>) -> Result<Self, Damage> {
        let small = |number: u64| u32::try_from(number).map_err(|_| Damage::Wrong);
        let mut log = Self::new(small(bytes.number()?)?);
        let width = bytes.number()?;
        if width > COLUMNS {
            return Err(Damage::Wrong);
        }
        log.width = small(width)?;
        log.first = bytes.signed()?;
        log.last = bytes.signed()?;
        log.gone = bytes.signed()?;
        log.lost = bytes.signed()?;
        log.times = bytes.number()?;
        for _ in 0..bytes.count()? {
            log.late.push((small(bytes.number()?)?, bytes.signed()?));
        }
        let count = bytes.count()?;
        let mut before = 0_i64;
        for row in 0..count {
            let time = before.wrapping_add(bytes.signed()?);
            if row > 0 && time < before {
                return Err(Damage::Wrong);
            }
            before = time;
            log.rows.push(time.cast_unsigned());
            log.rows.push(bytes.word()?);
            for _ in 0..width {
                log.rows.push(word(bytes)?);
            }
        }
        log.rows.shrink_to_fit();
        Ok(log)
    }

    fn export(&self, columns: &[(String, String)]) -> ExportedEvents {
        let time = |micros: i64| (micros != NEVER).then(|| Timestamp::from_micros(micros));
        let row = |row: &[u64]| {
            let fields = row.iter().skip(HEAD).zip(columns);
            let fields = fields
                .filter(|(word, _)| **word != NOTHING)
                .map(|(word, (name, class))| (name.clone(), spelt(*word, class)));
            ExportedRow { at: Timestamp::from_micros(time_of(row)), fields: fields.collect() }
        };
        ExportedEvents {
            first: time(self.first),
            last: time(self.last),
            times: self.times,
            complete_since: time(self.lost),
            rows: rows(self).map(row).collect(),
        }
    }
}

/// A word in the shortest of three ways: amounts and days are small numbers, floats end in zeros.
fn put_word(out: &mut Vec<u8>, word: u64) {
    let turned = word.swap_bytes();
    let short = |number: u64| number < 1 << 48;
    match word {
        NOTHING => out.push(0),
        word if short(word) => {
            out.push(1);
            put_number(out, word);
        }
        _ if short(turned) => {
            out.push(2);
            put_number(out, turned);
        }
        word => {
            out.push(3);
            out.extend(word.to_le_bytes());
        }
    }
}

fn word(bytes: &mut Reader<'_>) -> Result<u64, Damage> {
    match bytes.byte()? {
        0 => Ok(NOTHING),
        1 => bytes.number(),
        2 => bytes.number().map(u64::swap_bytes),
        3 => bytes.word(),
        _ => Err(Damage::Wrong),
    }
}

/// A word as its column means it; of words that were kept as a hash, the hash.
fn spelt(word: u64, class: &str) -> String {
    let whole = word.cast_signed();
    match class {
        "yes_no" => if word == 1 { "yes" } else { "no" }.to_owned(),
        "number" => f64::from_bits(word).to_string(),
        "percent" => format!("{}%", f64::from_bits(word) * 100.0),
        "date" => i32::try_from(whole)
            .map_or_else(|_| whole.to_string(), |d| Date::from_days(d).to_string()),
        "time" => Timestamp::from_micros(whole).to_string(),
        _ => match class.strip_prefix("money ").and_then(Currency::new) {
            Some(currency) => currency.show(whole),
            None => format!("#{word:016x}"),
        },
    }
}

impl Kind for Events {
    const TAG: u8 = 4;
    const VERSION: u8 = 1;

    fn is_empty(&self) -> bool {
        self.logs.is_empty()
    }

    /// Union, kind by kind.
    fn merge(&mut self, loser: &Self, most: usize) {
        for theirs in &loser.logs {
            match self.logs.binary_search_by_key(&theirs.kind, |log| log.kind) {
                Ok(at) => {
                    if let Some(own) = self.logs.get_mut(at) {
                        Arc::make_mut(own).unite(theirs, most);
                    }
                }
                Err(at) => self.logs.insert(at, Arc::clone(theirs)),
            }
        }
    }

    /// What is said beside the rows, and the rows whose message id both have.
    fn before(&self, loser: &Self) -> Self {
        let both = self.logs.iter().filter_map(|own| Some((own, of(loser, own.kind)?)));
        let logs = both.map(|(own, theirs)| {
            let known = messages(theirs);
            let double = |row: &&[u64]| known.contains(&message_of(row));
            let mut kept = own.head();
            kept.rows = rows(own).filter(double).flatten().copied().collect();
            Arc::new(kept)
        });
        Self { logs: logs.collect() }
    }

    /// Takes the loser's rows out, one for one; what came later stays, and counts.
    fn unmerge(&mut self, before: &Self, loser: &Self) {
        for theirs in &loser.logs {
            let Ok(at) = self.logs.binary_search_by_key(&theirs.kind, |log| log.kind) else {
                continue;
            };
            let Some(now) = self.logs.get_mut(at) else { continue };
            let now = Arc::make_mut(now);
            let own = of(before, theirs.kind).map(|log| &**log);
            let kept = own.map(messages).unwrap_or_default();
            let mut wide = theirs.as_ref().clone();
            wide.widen(now.width as usize);
            // How many rows of each content are to go.
            let mut going: BTreeMap<Vec<u64>, u64> = BTreeMap::new();
            let mut came = 0_u64;
            for row in rows(&wide).filter(|row| !kept.contains(&message_of(row))) {
                *going.entry(row.to_vec()).or_default() += 1;
                came += 1;
            }
            let doubles = theirs.len() as u64 - came;
            let mut stay = |row: &[u64]| match going.get_mut(row) {
                Some(left) if *left > 0 => {
                    *left -= 1;
                    false
                }
                _ => true,
            };
            // The survivor's own of one content and time lie first: the last ones are the loser's.
            let mut left: Vec<&[u64]> = rows(now).rev().filter(|row| stay(row)).collect();
            left.reverse();
            now.rows = left.concat();
            let merged_times = theirs.times.saturating_sub(doubles);
            now.times = now.times.saturating_sub(merged_times);
            let (gone, lost) = own.map_or((NEVER, NEVER), |own| (own.gone, own.lost));
            let back =
                |now: i64, own: i64, theirs: i64| if now == own.max(theirs) { own } else { now };
            now.gone = back(now.gone, gone, theirs.gone);
            now.lost = back(now.lost, lost, theirs.lost);
            if now.times == 0 {
                self.logs.remove(at);
                continue;
            }
            let ever = own.filter(|own| own.times > 0).map(|own| (own.first, own.last));
            let held = now.len().checked_sub(1);
            let held = held.and_then(|last| Some((now.time(0)?, now.time(last)?)));
            let both = match (ever, held) {
                (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
                (one, two) => one.or(two),
            };
            (now.first, now.last) = both.unwrap_or((now.first, now.last));
        }
    }

    fn encode(&self, out: &mut Vec<u8>) {
        put_number(out, self.logs.len() as u64);
        self.logs.iter().for_each(|log| log.encode(out));
    }

    fn decode(_: u8, bytes: &mut Reader<'_>) -> Result<Self, Damage> {
        let mut logs: Vec<Arc<Log>> = Vec::new();
        for _ in 0..bytes.count()? {
            let log = Log::decode(bytes)?;
            if logs.last().is_some_and(|before| before.kind >= log.kind) {
                return Err(Damage::Wrong);
            }
            logs.push(Arc::new(log));
        }
        Ok(Self { logs })
    }

    fn export(&self, names: &Names<'_>, into: &mut Exported) {
        for log in &self.logs {
            if let Some((name, columns)) = names.dictionary.event_named(log.kind) {
                into.events.insert(name.to_owned(), log.export(columns));
            }
        }
    }

    fn erase(&mut self) {
        *self = Self::default();
    }
}
