//! Consent: what a customer said, kept by the names it was said under, and what it says under today's names.
//!
//! Channels and purposes are renamed (`was`), what was said is not: for a channel and a purpose the newest word
//! under any of their names holds, and of words of one time the more restrictive.

use std::collections::BTreeMap;

use crate::customer::Customer;
use crate::mutant::mutant;
use crate::value::Timestamp;

use super::events::symbol;

/// Ids of the consents that rules need, by every name of channel and purpose. Append-only.
#[derive(Clone, Debug, Default)]
pub(crate) struct ConsentIds {
    channels: Names,
    purposes: Names,
    /// (channel, purpose), as [`Names`] counts them
    ids: BTreeMap<(u32, u32), u32>,
}

/// Things with all their names, today's first; one that takes a further name is another thing.
#[derive(Clone, Debug, Default)]
struct Names {
    things: BTreeMap<Vec<String>, u32>,
    by_name: BTreeMap<String, Vec<u32>>,
}

impl Names {
    fn thing(&mut self, names: &[String]) -> u32 {
        if let Some(known) = self.things.get(names) {
            return *known;
        }
        let thing = u32::try_from(self.things.len()).unwrap_or(u32::MAX);
        self.things.insert(names.to_vec(), thing);
        let heard = if mutant!("consent_earlier_names_are_not_heard") { 1 } else { names.len() };
        for name in names.iter().take(heard) {
            self.by_name.entry(name.clone()).or_default().push(thing);
        }
        thing
    }

    fn hashed(&self, hash: u64) -> &[u32] {
        let found = self.by_name.iter().find(|(name, _)| symbol(name) == hash);
        found.map_or(&[], |(_, things)| things.as_slice())
    }

    fn called(&self, name: &str) -> &[u32] {
        self.by_name.get(name).map_or(&[], Vec::as_slice)
    }
}

impl ConsentIds {
    /// The id of consent for a purpose on a channel, each by all its names; whether it is new.
    pub(crate) fn id(&mut self, channel: &[String], purpose: &[String]) -> (u32, bool) {
        let key = (self.channels.thing(channel), self.purposes.thing(purpose));
        let next = u32::try_from(self.ids.len()).unwrap_or(u32::MAX);
        let new = !self.ids.contains_key(&key);
        (*self.ids.entry(key).or_insert(next), new)
    }

    /// The id of consent by the hashes of a channel's and a purpose's name; of several, that of the newest rules.
    pub(super) fn find(&self, channel: u64, purpose: u64) -> Option<u32> {
        let (channels, purposes) = (self.channels.hashed(channel), self.purposes.hashed(purpose));
        let pairs = channels.iter().flat_map(|one| purposes.iter().map(|other| (*one, *other)));
        pairs.filter_map(|key| self.ids.get(&key).copied()).max()
    }
}

/// When something was said, and whether consent was granted.
pub(super) type Word = (Timestamp, bool);

/// What one customer said, name by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Consents {
    /// channel → purpose
    pub(super) said: BTreeMap<Box<str>, BTreeMap<Box<str>, Word>>,
    /// channel → when consent was withdrawn there for every purpose
    pub(super) withdrawn: BTreeMap<Box<str>, Timestamp>,
}

impl Consents {
    /// Takes news: under one name the newest time wins, equal times go to the later arrival. A withdrawal for all
    /// purposes comes before what the same news say of single ones.
    pub(super) fn merge(&mut self, news: &Customer) {
        // Undated news are of after all that was said, whatever the names.
        let at = news.time_after(self.newest());
        for channel in news.withdrawn_channels() {
            // The mark says it for every purpose; what was said before says nothing any more.
            if let Some(said) = self.said.get_mut(channel.as_str())
                && !mutant!("profile_withdraw_all_forgets_earlier_grants")
            {
                said.retain(|_, (kept, _)| *kept > at);
            }
            let mark = self.withdrawn.entry(channel.as_str().into()).or_insert(at);
            *mark = at.max(*mark);
        }
        for (channel, purposes) in news.consents() {
            let all = self.withdrawn.get(channel.as_str()).copied();
            let kept = self.said.entry(channel.as_str().into()).or_default();
            for (purpose, granted) in purposes {
                // Older than a withdrawal for all purposes: nothing that it could still change.
                let newest = kept.get(purpose.as_str()).map(|(time, _)| *time).max(all);
                if newest.is_none_or(|newest| {
                    newest <= at
                        || mutant!("profile_old_grant_passes_withdraw_all") && all == Some(newest)
                }) {
                    kept.insert(purpose.as_str().into(), (at, *granted));
                }
            }
        }
    }

    fn newest(&self) -> Option<Timestamp> {
        let said = self.said.values().flat_map(BTreeMap::values).map(|(time, _)| *time);
        said.chain(self.withdrawn.values().copied()).max()
    }

    /// Ids of the consents that are granted.
    pub(super) fn granted(&self, known: &ConsentIds) -> Vec<u32> {
        // By channel as the rules know it: what was said under each of its names, by purpose.
        let mut words: BTreeMap<(u32, u32), Word> = BTreeMap::new();
        for (channel_name, purposes) in &self.said {
            for channel in known.channels.called(channel_name) {
                for (purpose_name, word) in purposes {
                    for purpose in known.purposes.called(purpose_name) {
                        let is_name = |name: &str| known.channels.called(name).contains(channel);
                        if self.is_over(channel_name, *word, is_name) {
                            continue;
                        }
                        let word = *word;
                        let kept = words.entry((*channel, *purpose)).or_insert(word);
                        *kept = later(*kept, word);
                    }
                }
            }
        }
        let granted = words
            .into_iter()
            .filter(|(_, (_, granted))| *granted || mutant!("profile_withdrawal_is_lost"));
        granted.filter_map(|(key, _)| known.ids.get(&key).copied()).collect()
    }

    /// What holds for a purpose on a channel, each by all its names; `None` where nothing was said.
    pub(super) fn word(&self, channel: &[&str], purpose: &[&str]) -> Option<bool> {
        let mut newest: Option<Word> = None;
        for name in channel {
            let Some(purposes) = self.said.get(*name) else { continue };
            for word in purpose.iter().filter_map(|purpose| purposes.get(*purpose)) {
                if !self.is_over(name, *word, |other| channel.contains(&other)) {
                    newest = Some(newest.map_or(*word, |kept| later(kept, *word)));
                }
            }
        }
        let withdrawn = || channel.iter().any(|name| self.withdrawn.contains_key(*name));
        newest.map(|(_, granted)| granted).or_else(|| withdrawn().then_some(false))
    }

    /// Whether a grant was followed by a withdrawal for all purposes under another name of the channel. Under its
    /// own name that was settled when the later of the two came in.
    fn is_over(&self, own: &str, (at, granted): Word, is_name: impl Fn(&str) -> bool) -> bool {
        let mut withdrawn = self.withdrawn.iter().map(|(name, mark)| (&**name, *mark));
        granted
            && withdrawn.any(|(name, mark)| mark >= at && name != own && is_name(name))
            && !mutant!("consent_withdrawn_for_all_by_one_name_only")
    }
}

/// Of two words the newer; at one time, the more restrictive.
fn later(a: Word, b: Word) -> Word {
    if a.0 == b.0 && !mutant!("consent_tie_goes_to_the_grant") {
        return (a.0, a.1 && b.1);
    }
    if b.0 > a.0 || b.0 == a.0 && b.1 { b } else { a }
}
