//! The registry of customer state: every kind of it, with what each must be able to do.
//!
//! In: two records to merge, bytes to read, a record to write, export or erase. Out: the record, the bytes, or
//! [`Damage`]. [`State`] takes a record apart, [`look`] and [`change`] take the state apart, field by field: one that
//! is not named there does not compile, so that merge, store, export and erase cannot forget a kind. A kind beside
//! the cold part becomes a field of [`State`]. Knows nothing of rules, files or keys.

mod attributes;
mod bytes;
mod consents;
mod contacts;
mod events;
mod exported;
mod identity;
mod reservations;
mod runs;

pub(crate) use bytes::{Reader, put_bytes, put_number, put_signed};
pub(crate) use exported::Names;
pub use exported::{
    Exported, ExportedAttribute, ExportedConsent, ExportedContact, ExportedEvents, ExportedGone,
    ExportedMerge, ExportedOutcome, ExportedPromise, ExportedRow, ExportedRun,
};
pub(crate) use identity::Identity;

use std::sync::{Arc, LazyLock};

use xxhash_rust::xxh3::xxh3_64;

use super::contacts::Contacts;
use super::dictionary::Dictionary;
use super::record::{Cold, Record};
use super::reservations::Reservations;
use super::runs::Runs;
use super::zones::Zones;

/// The form that records are written in. A reader of a newer form refuses nothing older.
const FORMAT: u8 = 1;

/// Why bytes are no record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Damage {
    /// They end too early.
    #[error("it ends too early")]
    Short,
    /// They are not as they were written.
    #[error("it is not as it was written")]
    Wrong,
    /// A newer release wrote them.
    #[error("a newer release wrote it")]
    Newer,
}

/// A kind of customer state.
///
/// Laws (`survivor.merge(loser)`): what each kind does with two histories of one person stands at its `merge`.
/// `unmerge` is given what `before` kept, and leaves what came after the merge with the survivor.
pub(super) trait Kind: Default {
    /// What it is called on disk; never used again for another kind.
    const TAG: u8;
    /// The newest form of its bytes; `decode` reads every one up to it.
    const VERSION: u8;

    /// Whether there is nothing to keep.
    fn is_empty(&self) -> bool;
    /// Takes in what another identity of the same person has.
    fn merge(&mut self, loser: &Self, most_events: usize);
    /// What must be kept of this so that a merge with `loser` can be undone.
    fn before(&self, loser: &Self) -> Self;
    /// Takes out again what came by a merge.
    fn unmerge(&mut self, before: &Self, loser: &Self);
    /// Writes itself.
    fn encode(&self, out: &mut Vec<u8>);
    /// Reads what a version up to its own wrote.
    fn decode(version: u8, bytes: &mut Reader<'_>) -> Result<Self, Damage>;
    /// Adds itself to what the customer is shown.
    fn export(&self, names: &Names<'_>, into: &mut Exported);
    /// Overwrites what is personal, as far as nobody else holds it, and empties itself.
    fn erase(&mut self);
}

/// What of a record is kept: all but what is worked out from the rest.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    cold: Arc<Cold>,
    contacts: Option<Arc<Contacts>>,
    runs: Option<Arc<Runs>>,
}

/// Of whom nothing is known.
static NOBODY: LazyLock<Contacts> = LazyLock::new(Contacts::default);
static NOWHERE: LazyLock<Runs> = LazyLock::new(Runs::default);

impl State {
    /// Takes a record apart; a field that is kept goes into the state.
    fn of(record: &Record) -> Self {
        let Record { hot: _, held: _, cold, contacts, runs } = record;
        Self { cold: Arc::clone(cold), contacts: contacts.clone(), runs: runs.clone() }
    }

    /// Moves the state out of a record.
    fn take(record: &mut Record) -> Self {
        let Record { hot: _, held: _, cold, contacts, runs } = record;
        Self { cold: std::mem::take(cold), contacts: contacts.take(), runs: runs.take() }
    }

    /// Puts a state into a record, of which everything else is worked out again.
    fn put(self, record: &mut Record, dictionary: &Dictionary, zones: &Zones) {
        let Self { cold, contacts, runs } = self;
        (record.cold, record.contacts, record.runs) = (cold, contacts, runs);
        record.rebuild(dictionary, zones);
    }

    /// Who it is.
    fn identity(&self) -> &Identity {
        &self.cold.identity
    }

    fn identity_mut(&mut self) -> &mut Identity {
        &mut Arc::make_mut(&mut self.cold).identity
    }

    fn runs(&self) -> &Runs {
        self.runs.as_deref().unwrap_or(&NOWHERE)
    }

    fn contacts(&self) -> &Contacts {
        self.contacts.as_deref().unwrap_or(&NOBODY)
    }

    /// As it is kept beside another: what is worked out goes, and what is promised and where the person stands, which
    /// the survivor has now.
    fn bare(mut self) -> Self {
        let cold = Arc::make_mut(&mut self.cold);
        (cold.words, cold.known, cold.consent) = (Vec::new(), Vec::new(), Vec::new());
        if let Some(contacts) = &mut self.contacts {
            Arc::make_mut(contacts).reservations = Reservations::default();
        }
        if let Some(runs) = &mut self.runs {
            let runs = Arc::make_mut(runs);
            (runs.live, runs.outbox) = (Vec::new(), Vec::new());
        }
        self
    }
}

/// Something to be done with each kind of a record.
pub(super) trait Look {
    fn kind<K: Kind>(&mut self, kind: &K) -> Result<(), Damage>;
}

/// Something to be done to each kind of a record, with the same kind of two others.
pub(super) trait Change {
    fn kind<K: Kind>(&mut self, own: &mut K, a: &K, b: &K) -> Result<(), Damage>;
}

/// Every kind of a state, one after the other.
pub(super) fn look(state: &State, with: &mut impl Look) -> Result<(), Damage> {
    let State { cold, contacts: _, runs: _ } = state;
    let Cold { words: _, known: _, consent: _, raw, consents, events, identity } = &**cold;
    let contacts = state.contacts();
    with.kind(raw)?;
    with.kind(consents)?;
    with.kind(contacts)?;
    with.kind(&contacts.reservations)?;
    with.kind(state.runs())?;
    with.kind(events)?;
    with.kind(identity)
}

/// Every kind of a state, to be changed.
pub(super) fn change(
    own: &mut State,
    a: &State,
    b: &State,
    with: &mut impl Change,
) -> Result<(), Damage> {
    let State { cold, contacts, runs } = own;
    let Cold { words: _, known: _, consent: _, raw, consents, events, identity } =
        Arc::make_mut(cold);
    let known = Arc::make_mut(contacts.get_or_insert_default());
    with.kind(raw, &a.cold.raw, &b.cold.raw)?;
    with.kind(consents, &a.cold.consents, &b.cold.consents)?;
    with.kind(known, a.contacts(), b.contacts())?;
    let (ours, theirs) = (&a.contacts().reservations, &b.contacts().reservations);
    with.kind(&mut known.reservations, ours, theirs)?;
    if Kind::is_empty(known) && Kind::is_empty(&known.reservations) {
        *contacts = None;
    }
    let stands = Arc::make_mut(runs.get_or_insert_default());
    with.kind(stands, a.runs(), b.runs())?;
    if Kind::is_empty(stands) {
        *runs = None;
    }
    with.kind(events, &a.cold.events, &b.cold.events)?;
    with.kind(identity, &a.cold.identity, &b.cold.identity)
}

struct Merge(usize);
impl Change for Merge {
    fn kind<K: Kind>(&mut self, own: &mut K, loser: &K, _: &K) -> Result<(), Damage> {
        own.merge(loser, self.0);
        Ok(())
    }
}

struct Before;
impl Change for Before {
    fn kind<K: Kind>(&mut self, own: &mut K, survivor: &K, loser: &K) -> Result<(), Damage> {
        *own = survivor.before(loser);
        Ok(())
    }
}

struct Unmerge;
impl Change for Unmerge {
    fn kind<K: Kind>(&mut self, own: &mut K, before: &K, loser: &K) -> Result<(), Damage> {
        own.unmerge(before, loser);
        Ok(())
    }
}

struct Erase;
impl Change for Erase {
    fn kind<K: Kind>(&mut self, own: &mut K, _: &K, _: &K) -> Result<(), Damage> {
        own.erase();
        Ok(())
    }
}

struct Encode<'a>(&'a mut Vec<u8>);
impl Look for Encode<'_> {
    fn kind<K: Kind>(&mut self, kind: &K) -> Result<(), Damage> {
        if !kind.is_empty() {
            self.0.extend([K::TAG, K::VERSION]);
            let mut body = Vec::new();
            kind.encode(&mut body);
            put_bytes(self.0, &body);
        }
        Ok(())
    }
}

struct Decode<'a> {
    tag: u8,
    version: u8,
    bytes: Reader<'a>,
    found: bool,
}
impl Change for Decode<'_> {
    fn kind<K: Kind>(&mut self, own: &mut K, _: &K, _: &K) -> Result<(), Damage> {
        if K::TAG != self.tag {
            return Ok(());
        }
        if self.version > K::VERSION {
            return Err(Damage::Newer);
        }
        if self.found || !own.is_empty() {
            return Err(Damage::Wrong);
        }
        self.found = true;
        *own = K::decode(self.version, &mut self.bytes)?;
        if self.bytes.is_empty() { Ok(()) } else { Err(Damage::Wrong) }
    }
}

struct Export<'a>(&'a Names<'a>, &'a mut Exported);
impl Look for Export<'_> {
    fn kind<K: Kind>(&mut self, kind: &K) -> Result<(), Damage> {
        kind.export(self.0, self.1);
        Ok(())
    }
}

/// Writes every kind that there is something of.
pub(super) fn encode_state(state: &State, out: &mut Vec<u8>) {
    let _ = look(state, &mut Encode(out));
}

/// Reads kinds to the end.
pub(super) fn decode_state(bytes: &mut Reader<'_>) -> Result<State, Damage> {
    let (mut state, none) = (State::default(), State::default());
    while !bytes.is_empty() {
        let (tag, version) = (bytes.byte()?, bytes.byte()?);
        let mut one = Decode { tag, version, bytes: bytes.part()?, found: false };
        change(&mut state, &none, &none, &mut one)?;
        if !one.found {
            // A kind that this release does not have: reading past it would lose it at the next write.
            return Err(Damage::Newer);
        }
    }
    Ok(state)
}

impl Record {
    /// The record as bytes, with a sum over all of them.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = vec![FORMAT];
        put_number(&mut out, self.hot.version);
        encode_state(&State::of(self), &mut out);
        let sum = xxh3_64(&out);
        out.extend(sum.to_le_bytes());
        out
    }

    /// Reads what [`encode`](Self::encode) wrote, and works out what depends on rules.
    pub(crate) fn decode(
        bytes: &[u8],
        dictionary: &Dictionary,
        zones: &Zones,
    ) -> Result<Self, Damage> {
        let split = bytes.len().checked_sub(8).ok_or(Damage::Short)?;
        let (body, sum) = bytes.split_at_checked(split).ok_or(Damage::Short)?;
        if sum != xxh3_64(body).to_le_bytes() {
            return Err(Damage::Wrong);
        }
        let mut body = Reader::new(body);
        if body.byte()? > FORMAT {
            return Err(Damage::Newer);
        }
        let version = body.number()?;
        let state = decode_state(&mut body)?;
        let mut record = Self::default();
        record.hot.version = version;
        state.put(&mut record, dictionary, zones);
        if let Some(contacts) = &mut record.contacts {
            Arc::make_mut(contacts).reservations.resolve(dictionary);
        }
        Ok(record)
    }

    /// Takes in another identity of the same person, by the law of each kind; remembered, so that
    /// [`unmerge`](Self::unmerge) can take it out again.
    pub(crate) fn absorb(
        &mut self,
        loser: &Self,
        at: crate::value::Timestamp,
        most_events: usize,
        dictionary: &Dictionary,
        zones: &Zones,
    ) {
        let theirs = State::of(loser);
        let (mut own, mut before) = (State::take(self), State::default());
        let _ = change(&mut before, &own, &theirs, &mut Before);
        let _ = change(&mut own, &theirs, &State::default(), &mut Merge(most_events));
        own.identity_mut().remember(at, before, theirs.bare());
        self.hot.version += loser.hot.version + 1;
        own.put(self, dictionary, zones);
    }

    /// Takes the newest merge back: the other person as it was, with what it was called; `None` where nothing
    /// was merged. What came after the merge stays here.
    pub(crate) fn unmerge(&mut self, dictionary: &Dictionary, zones: &Zones) -> Option<Self> {
        if self.identity().merges() == 0 {
            return None;
        }
        let mut own = State::take(self);
        let parted = own.identity_mut().recall();
        self.hot.version += 1;
        let other = parted.map(|(before, loser)| {
            let _ = change(&mut own, &before, &loser, &mut Unmerge);
            let mut other = Self::default();
            other.hot.version = self.hot.version;
            loser.put(&mut other, dictionary, zones);
            other
        });
        own.put(self, dictionary, zones);
        other
    }

    /// Ids of the person and its merges.
    pub(crate) fn identity(&self) -> &Identity {
        &self.cold.identity
    }

    /// Ids of the person and its merges, to be changed; whoever holds a view keeps what was.
    pub(crate) fn identity_mut(&mut self) -> &mut Identity {
        &mut Arc::make_mut(&mut self.cold).identity
    }

    /// All that is kept of the person, in words.
    pub(crate) fn export(&self, names: &Names<'_>) -> Exported {
        let mut exported = Exported { version: self.hot.version, ..Exported::default() };
        let _ = look(&State::of(self), &mut Export(names, &mut exported));
        exported
    }

    /// Overwrites what is personal, as far as no view holds it.
    pub(crate) fn erase(&mut self) {
        let mut state = State::take(self);
        if Arc::get_mut(&mut state.cold).is_some() {
            let none = State::default();
            let _ = change(&mut state, &none, &none, &mut Erase);
        }
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests;
