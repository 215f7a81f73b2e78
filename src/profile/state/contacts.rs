//! Contacts and what became of them as a kind of customer state: of two identities' all.

use super::super::contacts::{Came, Contact, Contacts, Gone, Key};
use super::super::events::NEVER;
use super::bytes::{Reader, put_number, put_signed};
use super::{Damage, Exported, ExportedContact, ExportedGone, ExportedOutcome, Kind, Names};
use crate::check::rules::Outcome;
use crate::mutant::mutant;
use crate::value::Timestamp;

fn put_word(out: &mut Vec<u8>, word: u64) {
    out.extend(word.to_le_bytes());
}

fn put_key(out: &mut Vec<u8>, key: &Key) {
    [key.action, key.channel, key.purpose].into_iter().for_each(|word| put_word(out, word));
}

/// What names somebody was reached with.
pub(super) fn key(bytes: &mut Reader<'_>) -> Result<Key, Damage> {
    Ok(Key { action: bytes.word()?, channel: bytes.word()?, purpose: bytes.word()? })
}

/// The place of a row, whatever was reported of it since.
fn find(rows: &[Contact], of: &Contact) -> Option<usize> {
    let same = |row: &Contact| (row.key, row.at, row.decision) == (of.key, of.at, of.decision);
    rows.iter().rposition(same)
}

impl Kind for Contacts {
    const TAG: u8 = 3;
    const VERSION: u8 = 1;

    fn is_empty(&self) -> bool {
        let never = [self.acted, self.lost, self.outcomes_lost].iter().all(|time| *time == NEVER);
        never && self.rows.is_empty() && self.outcomes.is_empty()
    }

    /// Union: every contact of both counts, and totals add up. An outcome of one decision that both have counts
    /// once. The clock of promises is the later one.
    fn merge(&mut self, loser: &Self, _: usize) {
        if !mutant!("merge_forgets_the_losers_contacts") {
            self.rows.extend(&loser.rows);
            // Of one time, the survivor's lie first.
            self.rows.sort_by_key(|row| row.at);
        }
        let own = self.outcomes.len();
        for came in &loser.outcomes {
            let known = self.outcomes.get(..own).unwrap_or_default();
            if !known.iter().any(|old| old.is_same_report(came)) {
                self.outcomes.push(*came);
            }
        }
        self.outcomes.sort_by_key(|row| row.at);
        for gone in &loser.gone {
            self.count_gone(gone.key, gone.times, gone.newest);
        }
        self.acted = self.acted.max(loser.acted);
        self.lost = self.lost.max(loser.lost);
        self.outcomes_lost = self.outcomes_lost.max(loser.outcomes_lost);
        self.trim();
        self.derive();
    }

    /// What is counted beside the rows.
    fn before(&self, _: &Self) -> Self {
        let (gone, lost, outcomes_lost) = (self.gone.clone(), self.lost, self.outcomes_lost);
        Self { gone, lost, outcomes_lost, ..Self::default() }
    }

    /// Takes the loser's contacts out, one for one; what came later stays, and counts. A row of the loser's that
    /// went since goes on counting here too: nobody knows any more whose it was, and a cap may not grow by it.
    fn unmerge(&mut self, before: &Self, loser: &Self) {
        for row in &loser.rows {
            if let Some(at) = find(&self.rows, row) {
                self.rows.remove(at);
            }
        }
        for came in &loser.outcomes {
            if let Some(at) = self.outcomes.iter().rposition(|row| row == came) {
                self.outcomes.remove(at);
            }
        }
        for gone in &loser.gone {
            let own = before.gone.iter().find(|own| own.key == gone.key).map(|own| own.newest);
            self.uncount_gone(gone, own);
        }
        let back = |now: i64, own: i64, theirs: i64| if now == own.max(theirs) { own } else { now };
        self.lost = back(self.lost, before.lost, loser.lost);
        self.outcomes_lost = back(self.outcomes_lost, before.outcomes_lost, loser.outcomes_lost);
        self.derive();
    }

    fn encode(&self, out: &mut Vec<u8>) {
        for time in [self.acted, self.lost, self.outcomes_lost] {
            put_signed(out, time);
        }
        put_number(out, self.rows.len() as u64);
        let mut before = 0_i64;
        for row in &self.rows {
            put_key(out, &row.key);
            put_signed(out, row.at.wrapping_sub(before));
            before = row.at;
            put_signed(out, row.shown);
            put_word(out, row.decision);
        }
        put_number(out, self.gone.len() as u64);
        for gone in &self.gone {
            put_key(out, &gone.key);
            put_number(out, gone.times);
            put_signed(out, gone.newest);
        }
        put_number(out, self.outcomes.len() as u64);
        for came in &self.outcomes {
            put_key(out, &came.key);
            let outcome = Outcome::ALL.iter().position(|one| *one == came.outcome);
            put_number(out, outcome.unwrap_or_default() as u64);
            put_signed(out, came.at);
            put_word(out, came.decision);
        }
    }

    fn decode(_: u8, bytes: &mut Reader<'_>) -> Result<Self, Damage> {
        let mut read = Self {
            acted: bytes.signed()?,
            lost: bytes.signed()?,
            outcomes_lost: bytes.signed()?,
            ..Self::default()
        };
        let mut before = 0_i64;
        for at in 0..bytes.count()? {
            let key = key(bytes)?;
            let time = before.wrapping_add(bytes.signed()?);
            // They lie by time: one that does not would not be counted.
            if at > 0 && time < before {
                return Err(Damage::Wrong);
            }
            before = time;
            let (shown, decision) = (bytes.signed()?, bytes.word()?);
            read.rows.push(Contact { key, at: time, shown, decision });
        }
        for _ in 0..bytes.count()? {
            let (key, times, newest) = (key(bytes)?, bytes.number()?, bytes.signed()?);
            if read.gone.last().is_some_and(|last| last.key >= key) {
                return Err(Damage::Wrong);
            }
            read.gone.push(Gone { key, times, newest });
        }
        for _ in 0..bytes.count()? {
            let key = key(bytes)?;
            let outcome = usize::try_from(bytes.number()?).ok();
            let outcome = outcome.and_then(|at| Outcome::ALL.get(at)).ok_or(Damage::Newer)?;
            let came =
                Came { key, outcome: *outcome, at: bytes.signed()?, decision: bytes.word()? };
            if read.outcomes.last().is_some_and(|last| last.at > came.at) {
                return Err(Damage::Wrong);
            }
            read.outcomes.push(came);
        }
        read.derive();
        Ok(read)
    }

    fn export(&self, names: &Names<'_>, into: &mut Exported) {
        let time = |micros: i64| (micros != NEVER).then(|| Timestamp::from_micros(micros));
        into.contacts.extend(self.rows.iter().map(|row| ExportedContact {
            at: Timestamp::from_micros(row.at),
            action: names.word(row.key.action),
            channel: names.word(row.key.channel),
            purpose: names.purpose(row.key.purpose),
            shown: time(row.shown),
        }));
        into.earlier_contacts.extend(self.gone.iter().map(|gone| ExportedGone {
            action: names.word(gone.key.action),
            channel: names.word(gone.key.channel),
            purpose: names.purpose(gone.key.purpose),
            times: gone.times,
            newest: Timestamp::from_micros(gone.newest),
        }));
        into.outcomes.extend(self.outcomes.iter().map(|came| ExportedOutcome {
            at: Timestamp::from_micros(came.at),
            action: names.word(came.key.action),
            channel: names.word(came.key.channel),
            outcome: came.outcome,
        }));
    }

    fn erase(&mut self) {
        *self = Self { reservations: std::mem::take(&mut self.reservations), ..Self::default() };
    }
}
