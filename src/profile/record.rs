//! One customer: a hot part that a decision copies, and a cold one that it only points at.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::customer::Customer;
use crate::mutant::mutant;
use crate::value::{Timestamp, Type, Typed, Unit, Value, read};

use super::dictionary::{Dictionary, Slot};
use super::zones::Zones;

/// Words of the hot part.
pub(crate) const HOT: usize = 26;

/// Everything that most decisions read: no text, no pointer.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Hot {
    version: u64,
    consent: u64,
    known: u32,
    zone: u16,
    language: u16,
    base: u16,
    words: [u64; HOT],
}

const _: () = assert!(size_of::<Hot>() <= 256, "the hot part stays within four cache lines");

/// Raw originals with their times, what does not fit the hot part, and personal data.
#[derive(Clone, Debug, Default)]
struct Cold {
    words: Vec<u64>,
    known: Vec<u64>,
    consent: Vec<u64>,
    raw: BTreeMap<Box<str>, (Timestamp, Value)>,
    /// channel → purpose
    consents: BTreeMap<Box<str>, Purposes>,
    /// channel → when consent was withdrawn there for every purpose
    withdrawn: BTreeMap<Box<str>, Timestamp>,
    /// Newest show per action, sorted by name.
    shown: Vec<(Box<str>, Timestamp)>,
}

/// Purpose, with when it was said and whether consent was granted.
type Purposes = BTreeMap<Box<str>, (Timestamp, bool)>;

/// A customer as the cache keeps it. The cold part is shared with views and copied on the next write.
#[derive(Clone, Debug, Default)]
pub(crate) struct Record {
    hot: Hot,
    cold: Arc<Cold>,
}

/// A frozen copy of one customer: `decide` and `explain` of the same view speak of the same state.
#[derive(Clone, Debug, Default)]
pub struct View {
    hot: Hot,
    cold: Option<Arc<Cold>>,
}

impl Record {
    /// Merges news: per attribute and consent the newest time wins, equal times go to the later arrival.
    pub(crate) fn merge(&mut self, news: &Customer, dictionary: &Dictionary, zones: &Zones) {
        let at = news.time();
        let cold = Arc::make_mut(&mut self.cold);
        let mut changed = Vec::new();
        for (name, value) in news.attributes() {
            let older = |kept: Timestamp| {
                at < kept || mutant!("profile_tie_keeps_the_earlier_arrival") && at == kept
            };
            if cold.raw.get(name.as_str()).is_some_and(|(kept, _)| older(*kept)) {
                continue;
            }
            // A cleared attribute keeps its time, so that older news cannot bring the value back.
            cold.raw.insert(name.as_str().into(), (at, value.clone()));
            changed.push(name.as_str());
        }
        merge_consents(cold, news);
        for show in news.history() {
            match cold.shown.binary_search_by(|(name, _)| (**name).cmp(&show.action)) {
                Ok(found) => {
                    if let Some((_, newest)) = cold.shown.get_mut(found) {
                        *newest = (*newest).max(show.at);
                    }
                }
                Err(place) => cold.shown.insert(place, (show.action.as_str().into(), show.at)),
            }
        }
        for name in changed {
            for slot in dictionary.filled_by(name) {
                self.fill(slot);
            }
        }
        self.derive(dictionary, zones);
        self.hot.version += 1;
    }

    /// Reads a slot from the raw values; whether a value was there that does not fit.
    pub(crate) fn fill(&mut self, slot: &Slot) -> bool {
        let cold = Arc::make_mut(&mut self.cold);
        let raw = newest(&cold.raw, slot.sources.iter().map(String::as_str)).cloned();
        let read = raw.as_ref().map(|value| read(value, &slot.key.kind, Unit::None));
        let unfit = matches!(read, Some(Err(_)));
        let value = read.and_then(Result::ok).flatten();
        let words = match &value {
            None => None,
            Some(Typed::Some(values)) => Some(slot.words(values)),
            Some(value) => slot.word(value).map(|word| vec![word]),
        };
        for offset in 0..slot.width {
            let word = words.as_ref().and_then(|words| words.get(offset as usize)).copied();
            set_word(&mut self.hot, cold, (slot.place + offset) as usize, word);
        }
        unfit
    }

    /// Consent bits, zone and language from what is kept by name.
    pub(crate) fn derive(&mut self, dictionary: &Dictionary, zones: &Zones) {
        let cold = Arc::make_mut(&mut self.cold);
        self.hot.consent = 0;
        cold.consent.clear();
        for (channel, purposes) in &cold.consents {
            for (purpose, (_, granted)) in purposes {
                let granted = *granted || mutant!("profile_withdrawal_is_lost");
                let Some(id) = dictionary.find_consent(channel, purpose).filter(|_| granted) else {
                    continue;
                };
                if id < 64 {
                    self.hot.consent |= 1 << id;
                } else {
                    let word = (id / 64 - 1) as usize;
                    if cold.consent.len() <= word {
                        cold.consent.resize(word + 1, 0);
                    }
                    if let Some(bits) = cold.consent.get_mut(word) {
                        *bits |= 1 << (id % 64);
                    }
                }
            }
        }
        let text = |name: &str| match cold.raw.get(name) {
            Some((_, value)) => match read(value, &Type::Code, Unit::None) {
                Ok(Some(Typed::Code(text))) => Some(text),
                _ => None,
            },
            None => None,
        };
        self.hot.zone = text("timezone").and_then(|name| zones.id(&name)).unwrap_or(0);
        (self.hot.language, self.hot.base) =
            text("language").map_or((0, 0), |tag| dictionary.find_language(&tag));
    }

    /// A frozen copy.
    pub(crate) fn view(&self) -> View {
        View { hot: self.hot, cold: Some(Arc::clone(&self.cold)) }
    }
}

/// A withdrawal for all purposes comes before what the same news say of single ones.
fn merge_consents(cold: &mut Cold, news: &Customer) {
    for channel in news.withdrawn_channels() {
        let mut newest = cold.withdrawn.get(channel.as_str()).copied();
        for (kept, granted) in
            cold.consents.get_mut(channel.as_str()).into_iter().flat_map(BTreeMap::values_mut)
        {
            let at = news.time_after(Some(*kept));
            if *kept <= at && !mutant!("profile_withdraw_all_forgets_earlier_grants") {
                (*kept, *granted) = (at, false);
            }
            newest = newest.max(Some(*kept));
        }
        let at = news.time_after(newest);
        let mark = cold.withdrawn.entry(channel.as_str().into()).or_insert(at);
        *mark = at.max(*mark);
    }
    for (channel, purposes) in news.consents() {
        let all = cold.withdrawn.get(channel.as_str()).copied();
        let kept = cold.consents.entry(channel.as_str().into()).or_default();
        for (purpose, granted) in purposes {
            // Older than a withdrawal for all purposes: nothing that it could still change.
            let newest = kept.get(purpose.as_str()).map(|(time, _)| *time).max(all);
            let at = news.time_after(newest);
            if newest.is_none_or(|newest| {
                newest <= at
                    || mutant!("profile_old_grant_passes_withdraw_all") && all == Some(newest)
            }) {
                kept.insert(purpose.as_str().into(), (at, *granted));
            }
        }
    }
}

fn set_word(hot: &mut Hot, cold: &mut Cold, place: usize, word: Option<u64>) {
    if let Some(kept) = hot.words.get_mut(place) {
        *kept = word.unwrap_or(0);
        hot.known = (hot.known & !(1 << place)) | (u32::from(word.is_some()) << place);
        return;
    }
    let place = place - HOT;
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

/// The newest raw value among an attribute's names; its own name comes first and wins a tie.
fn newest<'a, 'b>(
    raw: &'a BTreeMap<Box<str>, (Timestamp, Value)>,
    names: impl IntoIterator<Item = &'b str>,
) -> Option<&'a Value> {
    let mut best: Option<&(Timestamp, Value)> = None;
    for name in names {
        if let Some(found) = raw.get(name)
            && best.is_none_or(|(time, _)| found.0 > *time)
        {
            best = Some(found);
        }
    }
    best.map(|(_, value)| value)
}

impl View {
    /// Counts the accepted news of this customer; 0 for one of whom nothing is known.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.hot.version
    }

    /// The word at a place, where known.
    pub(crate) fn word(&self, place: u32) -> Option<u64> {
        let place = place as usize;
        if let Some(word) = self.hot.words.get(place) {
            return ((self.hot.known >> place) & 1 == 1).then_some(*word);
        }
        let place = place - HOT;
        let cold = self.cold.as_deref()?;
        let bits = cold.known.get(place / 64)?;
        if (bits >> (place % 64)) & 1 == 1 { cold.words.get(place).copied() } else { None }
    }

    /// Whether the consent with this id is granted.
    pub(crate) fn granted(&self, id: u32) -> bool {
        if id < 64 {
            return (self.hot.consent >> id) & 1 == 1;
        }
        let cold = self.cold.as_deref();
        let bits = cold.and_then(|cold| cold.consent.get((id / 64 - 1) as usize));
        bits.is_some_and(|bits| (bits >> (id % 64)) & 1 == 1)
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
        self.cold.as_deref().is_some_and(|cold| !cold.shown.is_empty())
    }

    /// When an action was last shown under one of its names.
    pub(crate) fn last_shown<'a>(
        &self,
        names: impl IntoIterator<Item = &'a str>,
    ) -> Option<Timestamp> {
        let shown = &self.cold.as_deref()?.shown;
        let mut newest = None;
        for name in names {
            if let Ok(at) = shown.binary_search_by(|(known, _)| (**known).cmp(name)) {
                newest = newest.max(shown.get(at).map(|(_, time)| *time));
            }
        }
        newest
    }

    /// An attribute as it came, under its own or an earlier name; the newest.
    pub(crate) fn raw(&self, name: &str, was: &[String]) -> Option<&Value> {
        let names = std::iter::once(name).chain(was.iter().map(String::as_str));
        newest(&self.cold.as_deref()?.raw, names)
    }

    /// Whether consent was granted, by names.
    pub(crate) fn consent(&self, channel: &str, purpose: &str) -> Option<bool> {
        let cold = self.cold.as_deref()?;
        let said = cold.consents.get(channel).and_then(|purposes| purposes.get(purpose));
        let all = cold.withdrawn.contains_key(channel).then_some(false);
        said.map(|(_, granted)| *granted).or(all)
    }
}
