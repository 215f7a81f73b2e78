//! One customer: a hot part that a decision copies, and a cold one that it only points at.

use std::sync::Arc;

use crate::customer::Customer;
use crate::value::{Timestamp, Type, Typed, Unit, Value, read, renamed};

use super::consent::Consents;
use super::contacts::{Contact, Contacts, Key, name};
use super::dictionary::{Dictionary, Slot};
use super::events::{Events, Incoming, Log, Taken};
use super::held::Held;
use super::hot::{self, Hot};
use super::raw::Raw;
use super::runs::Runs;
use super::state::Identity;
use super::zones::Zones;

/// Raw originals with their times, what does not fit the hot part, and personal data.
///
/// Every field but the first three, which are worked out from the others, is a kind of customer state: it
/// stands in the registry (`src/profile/state/mod.rs`), or this does not compile.
#[derive(Clone, Debug, Default)]
pub(super) struct Cold {
    pub(super) words: Vec<u64>,
    pub(super) known: Vec<u64>,
    pub(super) consent: Vec<u64>,
    pub(super) raw: Raw,
    pub(super) consents: Consents,
    /// What happened.
    pub(super) events: Events,
    /// Further ids of the person, and what was merged.
    pub(super) identity: Identity,
}

/// A customer as the cache keeps it. The cold part is shared with views and copied on the next write.
#[derive(Clone, Debug, Default)]
pub(crate) struct Record {
    pub(super) hot: Hot,
    /// Where the programs of today lead to with it.
    pub(crate) held: Held,
    pub(super) cold: Arc<Cold>,
    /// How the customer was reached; shared and copied as the cold part is, and apart from it.
    pub(super) contacts: Option<Arc<Contacts>>,
    /// Where the customer stands in journeys; no view has it.
    pub(super) runs: Option<Arc<Runs>>,
}

/// A frozen copy of one customer: `decide` and `explain` of the same view speak of the same state.
#[derive(Clone, Debug, Default)]
pub struct View {
    hot: Hot,
    cold: Option<Arc<Cold>>,
    contacts: Option<Arc<Contacts>>,
}

impl Record {
    /// Merges news: per attribute and consent the newest time wins, equal times go to the later arrival. What was
    /// shown is a contact for the purpose that its action has by the rules of now.
    pub(crate) fn merge(
        &mut self,
        news: &Customer,
        dictionary: &Dictionary,
        zones: &Zones,
        purpose_of: impl Fn(&str) -> u64,
    ) {
        let at = news.time();
        let cold = Arc::make_mut(&mut self.cold);
        // A cleared attribute keeps its time, so that older news cannot bring the value back.
        let changed = cold.raw.merge(at, news.attributes());
        cold.consents.merge(news);
        self.fill_from_raw(dictionary, Some(changed));
        self.derive(dictionary, zones);
        self.hot.version += 1;
        self.held.forget();
        if news.history().is_empty() {
            return;
        }
        self.change_contacts(|contacts| {
            for show in news.history() {
                let key = Key {
                    action: name(&show.action),
                    channel: name(&show.channel),
                    purpose: purpose_of(&show.action),
                };
                let at = show.at.micros();
                if !contacts.was_told(&key, at) {
                    contacts.add(Contact { key, at, shown: at, decision: 0 });
                }
            }
        });
    }

    /// Fills the slots that hang on these names, or on all.
    fn fill_from_raw(&mut self, dictionary: &Dictionary, changed: Option<Vec<&str>>) {
        let cold = Arc::make_mut(&mut self.cold);
        // Out of the record for as long as its slots are filled from it.
        let raw = std::mem::take(&mut cold.raw);
        let listed = raw.list();
        for name in changed.unwrap_or_else(|| listed.names().collect()) {
            for slot in dictionary.filled_by(name) {
                let value = listed.newest(slot.sources.iter().map(String::as_str));
                write_slot(&mut self.hot, cold, slot, value.as_ref());
            }
        }
        drop(listed);
        cold.raw = raw;
    }

    /// Works out all that depends on rules from what is kept.
    pub(super) fn rebuild(&mut self, dictionary: &Dictionary, zones: &Zones) {
        self.held.forget();
        let cold = Arc::make_mut(&mut self.cold);
        cold.words.clear();
        cold.known.clear();
        let version = self.hot.version;
        let shown = self.contacts.as_ref().is_some_and(|contacts| !contacts.is_empty());
        self.hot = Hot::default();
        (self.hot.version, self.hot.shown) = (version, shown);
        self.fill_from_raw(dictionary, None);
        self.derive(dictionary, zones);
    }

    /// Changes what is known of contacts; whoever holds a view keeps what was.
    pub(crate) fn change_contacts<T>(&mut self, change: impl FnOnce(&mut Contacts) -> T) -> T {
        let contacts = Arc::make_mut(self.contacts.get_or_insert_default());
        let done = change(contacts);
        self.hot.shown = !contacts.is_empty();
        self.hot.version += 1;
        done
    }

    /// Forgets how the customer was reached, what is promised, and where the customer stands in journeys.
    pub(crate) fn was_never_reached(&mut self) {
        self.contacts = None;
        self.runs = None;
        self.hot.shown = false;
    }

    /// Gives back the budgets that are promised to the customer and not sent.
    pub(crate) fn give_budgets_back(&mut self) -> usize {
        match &self.contacts {
            Some(_) => self.change_contacts(|contacts| contacts.reservations.give_all_back()),
            None => 0,
        }
    }

    /// When promises to the customer end that hold budgets, with the hashes of their decisions.
    pub(crate) fn held_budgets(&self) -> impl Iterator<Item = (i64, u64)> {
        self.contacts.iter().flat_map(|contacts| contacts.reservations.held_budgets())
    }

    /// Whether the consent with this id is granted.
    pub(crate) fn granted(&self, id: u32) -> bool {
        granted(&self.hot, Some(&self.cold), id)
    }

    /// How the customer was reached, where anything is known of it.
    pub(crate) fn contacts(&self) -> Option<&Contacts> {
        self.contacts.as_deref()
    }

    /// Where the customer stands in journeys, where there is or was a run.
    pub(crate) fn runs(&self) -> Option<&Runs> {
        self.runs.as_deref()
    }

    /// Takes out where the customer stands, to be put back by [`put_runs`](Self::put_runs).
    pub(crate) fn take_runs(&mut self) -> Runs {
        self.runs.take().map(Arc::unwrap_or_clone).unwrap_or_default()
    }

    /// Puts it back.
    pub(crate) fn put_runs(&mut self, runs: Runs) {
        self.runs = (!runs.is_empty()).then(|| Arc::new(runs));
    }

    /// Counts the accepted news.
    pub(crate) fn version(&self) -> u64 {
        self.hot.version
    }

    /// Reads a slot from the raw values; whether a value was there that does not fit.
    pub(crate) fn fill(&mut self, slot: &Slot) -> bool {
        self.held.forget();
        let cold = Arc::make_mut(&mut self.cold);
        let raw = cold.raw.newest(slot.sources.iter().map(String::as_str));
        write_slot(&mut self.hot, cold, slot, raw.as_ref())
    }

    /// Consent bits, zone and language from what is kept by name.
    pub(crate) fn derive(&mut self, dictionary: &Dictionary, zones: &Zones) {
        let cold = Arc::make_mut(&mut self.cold);
        self.hot.consent = 0;
        cold.consent.clear();
        for id in cold.consents.granted(dictionary.consents()) {
            if id < 64 {
                self.hot.consent |= 1 << id;
                continue;
            }
            let word = (id / 64 - 1) as usize;
            if cold.consent.len() <= word {
                cold.consent.resize(word + 1, 0);
            }
            if let Some(bits) = cold.consent.get_mut(word) {
                *bits |= 1 << (id % 64);
            }
        }
        let text = |name: &str| match read(&cold.raw.newest([name])?, &Type::Code, Unit::None) {
            Ok(Some(Typed::Code(text))) => Some(text),
            _ => None,
        };
        self.hot.zone = text("timezone").and_then(|name| zones.id(&name)).unwrap_or(0);
        (self.hot.language, self.hot.base) =
            text("language").map_or((0, 0), |tag| dictionary.find_language(&tag));
    }

    /// Whether there was no news of the customer yet.
    pub(crate) fn is_new(&self) -> bool {
        self.hot.version == 0
    }

    /// Takes in what happened.
    pub(crate) fn happened(&mut self, new: Incoming<'_>) -> Taken {
        let taken = Arc::make_mut(&mut self.cold).events.take(new);
        self.hot.version += u64::from(taken == Taken::Kept);
        taken
    }

    /// How often an event of a kind happened in all.
    pub(crate) fn happened_times(&self, kind: u32) -> u64 {
        self.cold.events.of(kind).map_or(0, |log| log.ever().2)
    }

    /// Lets go of events that are too old, by the kind's own time; how many.
    pub(crate) fn expire(&mut self, oldest: impl Fn(u32) -> Option<i64>) -> u64 {
        Arc::make_mut(&mut self.cold).events.expire(oldest)
    }

    /// Whether anything is kept of what happened to the customer.
    pub(crate) fn has_events(&self) -> bool {
        !self.cold.events.is_empty()
    }

    /// A frozen copy.
    pub(crate) fn view(&self) -> View {
        View { hot: self.hot, cold: Some(Arc::clone(&self.cold)), contacts: self.contacts.clone() }
    }

    /// A frozen copy into a view that is used again. Without its cold part and its contacts, unless they are
    /// asked for (contacts also where they may settle a tie): nobody counts who points at them then.
    #[inline]
    pub(crate) fn look(&self, cold: bool, contacts: bool, into: &mut View) {
        into.hot = self.hot;
        into.cold = cold.then(|| Arc::clone(&self.cold));
        if contacts || self.hot.shown {
            into.contacts.clone_from(&self.contacts);
        }
    }

    /// Keeps rows that were found from a view of this very state.
    pub(crate) fn keep(&mut self, of: &View, serial: u64, rows: &[u16], grow: bool) {
        if of.hot.version == self.hot.version {
            self.held.keep(serial, rows, grow);
        }
    }
}

fn granted(hot: &Hot, cold: Option<&Cold>, id: u32) -> bool {
    if id < 64 {
        return (hot.consent >> id) & 1 == 1;
    }
    let bits = cold.and_then(|cold| cold.consent.get((id / 64 - 1) as usize));
    bits.is_some_and(|bits| (bits >> (id % 64)) & 1 == 1)
}

/// Reads a slot from a raw value; whether there is one that does not fit.
fn write_slot(hot: &mut Hot, cold: &mut Cold, slot: &Slot, raw: Option<&Value>) -> bool {
    let read =
        raw.map(|value| read(&renamed(value, &slot.key.renamed), &slot.key.kind, Unit::None));
    let unfit = matches!(read, Some(Err(_)));
    let value = read.and_then(Result::ok).flatten();
    let words = match &value {
        None => None,
        Some(Typed::Some(values)) => Some(slot.words(values)),
        Some(value) => slot.word(value).map(|word| vec![word]),
    };
    for offset in 0..slot.width {
        let word = words.as_ref().and_then(|words| words.get(offset as usize)).copied();
        set_word(hot, cold, slot.place + offset, word);
    }
    unfit
}

fn set_word(hot: &mut Hot, cold: &mut Cold, place: u32, word: Option<u64>) {
    let Some(place) = hot::cold_word(place) else {
        hot.set(place, word);
        return;
    };
    if cold.words.len() <= place {
        if word.is_none() {
            return;
        }
        cold.words.resize(place + 1, 0);
        cold.known.resize(place / 64 + 1, 0);
    }
    if let Some(kept) = cold.words.get_mut(place) {
        *kept = word.unwrap_or(0);
    }
    if let Some(bits) = cold.known.get_mut(place / 64) {
        *bits = (*bits & !(1 << (place % 64))) | (u64::from(word.is_some()) << (place % 64));
    }
}

impl View {
    /// Lets go of the cold part, outside every lock.
    #[inline]
    pub(crate) fn let_go(&mut self) {
        self.cold = None;
        self.contacts = None;
    }

    /// Bytes of a customer that a decision reads: the hot part, and the rows that are kept with it.
    #[doc(hidden)]
    pub const READ: usize = size_of::<Hot>() + Held::READ;

    /// Counts the accepted news of this customer; 0 for one of whom nothing is known.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.hot.version
    }

    /// The word at a place, where known.
    #[inline]
    pub(crate) fn word(&self, place: u32) -> Option<u64> {
        match hot::cold_word(place) {
            None => self.hot.word(place),
            Some(word) => self.cold_word(word),
        }
    }

    fn cold_word(&self, place: usize) -> Option<u64> {
        let cold = self.cold.as_deref()?;
        let bits = cold.known.get(place / 64)?;
        if (bits >> (place % 64)) & 1 == 1 { cold.words.get(place).copied() } else { None }
    }

    /// Whether the consent with this id is granted.
    pub(crate) fn granted(&self, id: u32) -> bool {
        granted(&self.hot, self.cold.as_deref(), id)
    }

    /// Id of the customer's zone, 0 where unknown.
    pub(crate) fn zone(&self) -> u16 {
        self.hot.zone
    }

    /// Ids of the customer's language and of its base, 0 where unknown.
    pub(crate) fn language(&self) -> (u16, u16) {
        (self.hot.language, self.hot.base)
    }

    /// Whether anything was ever shown.
    pub(crate) fn seen_anything(&self) -> bool {
        self.hot.shown
    }

    /// When an action was last shown under one of its names.
    pub(crate) fn last_shown<'a>(
        &self,
        names: impl IntoIterator<Item = &'a str>,
    ) -> Option<Timestamp> {
        self.last_contact(names.into_iter().map(name))
    }

    /// As [`last_shown`](Self::last_shown), by the hashes of the names.
    pub(crate) fn last_contact(&self, names: impl IntoIterator<Item = u64>) -> Option<Timestamp> {
        self.contacts()?.last_shown(names).map(Timestamp::from_micros)
    }

    /// How the customer was reached; `None` where nothing is known of it, or the view was taken without.
    #[inline]
    pub(crate) fn contacts(&self) -> Option<&Contacts> {
        self.contacts.as_deref()
    }

    /// Lets go of what is known of contacts, so that a change need not copy it.
    pub(crate) fn let_contacts_go(&mut self) {
        self.contacts = None;
    }

    /// An attribute as it came, under its own or an earlier name; the newest.
    pub(crate) fn raw(&self, name: &str, was: &[String]) -> Option<Value> {
        let names = std::iter::once(name).chain(was.iter().map(String::as_str));
        self.cold.as_deref()?.raw.newest(names)
    }

    /// What happened of one kind of event.
    pub(crate) fn events(&self, kind: u32) -> Option<&Log> {
        self.cold.as_deref()?.events.of(kind)
    }

    /// Whether consent was granted, by all names of channel and purpose.
    pub(crate) fn consent(&self, channel: &[&str], purpose: &[&str]) -> Option<bool> {
        self.cold.as_deref()?.consents.word(channel, purpose)
    }
}
