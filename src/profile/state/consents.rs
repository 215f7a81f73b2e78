//! Consent as a kind of customer state: of two identities' words the more restrictive, per channel and purpose.

use std::collections::BTreeSet;

use super::super::consent::{Consents, Word};
use super::bytes::{Reader, put_bytes, put_number, put_signed};
use super::{Damage, Exported, ExportedConsent, Kind, Names};
use crate::mutant::mutant;
use crate::value::Timestamp;

impl Consents {
    /// What it says under these very names: the word, or that all was withdrawn there.
    fn under(&self, channel: &str, purpose: &str) -> Option<Word> {
        let said = self.said.get(channel).and_then(|purposes| purposes.get(purpose)).copied();
        said.or_else(|| self.withdrawn.get(channel).map(|at| (*at, false)))
    }

    fn newest_grant(&self) -> Option<Timestamp> {
        let words = self.said.values().flat_map(|purposes| purposes.values());
        words.filter(|(_, granted)| *granted).map(|(time, _)| *time).max()
    }

    /// Every pair of names that a word was said under.
    fn names(&self) -> impl Iterator<Item = (&str, &str)> {
        self.said
            .iter()
            .flat_map(|(channel, said)| said.keys().map(move |purpose| (&**channel, &**purpose)))
    }
}

impl Kind for Consents {
    const TAG: u8 = 2;
    const VERSION: u8 = 1;

    fn is_empty(&self) -> bool {
        self.said.is_empty() && self.withdrawn.is_empty()
    }

    /// Granted where one granted and the other did not withdraw, whatever was said later; where one said
    /// nothing, the other's word. A withdrawal counts as of the other's newest grant, so that it also holds
    /// where rules take two names for one channel.
    fn merge(&mut self, loser: &Self, _: usize) {
        let pairs: BTreeSet<(&str, &str)> = self.names().chain(loser.names()).collect();
        let (own_grant, their_grant) = (self.newest_grant(), loser.newest_grant());
        let mut merged = Self::default();
        let said = |of: &Self, channel: &str, purpose: &str, other: Option<Timestamp>| {
            let (time, granted) = of.under(channel, purpose)?;
            Some((
                if granted { time } else { other.map_or(time, |other| time.max(other)) },
                granted,
            ))
        };
        for (channel, purpose) in pairs {
            let own = said(self, channel, purpose, their_grant);
            let theirs = said(loser, channel, purpose, own_grant);
            let both = |a: bool, b: bool| {
                if mutant!("merge_grants_consent") { a || b } else { a && b }
            };
            let word = match (own, theirs) {
                (Some(a), Some(b)) => Some((a.0.max(b.0), both(a.1, b.1))),
                (one, other) => one.or(other),
            };
            if let Some(word) = word {
                let purposes = merged.said.entry(channel.into()).or_default();
                purposes.insert(purpose.into(), word);
            }
        }
        let mut mark = |of: &Self, other: Option<Timestamp>| {
            for (channel, at) in &of.withdrawn {
                let at = other.map_or(*at, |other| other.max(*at));
                let kept = merged.withdrawn.entry(channel.clone()).or_insert(at);
                *kept = at.max(*kept);
            }
        };
        mark(self, their_grant);
        mark(loser, own_grant);
        *self = merged;
    }

    fn before(&self, _: &Self) -> Self {
        self.clone()
    }

    /// A word that is still that of the merge gives way to the survivor's own; a later one stays.
    fn unmerge(&mut self, before: &Self, loser: &Self) {
        let mut merged = before.clone();
        Kind::merge(&mut merged, loser, 0);
        for (channel, said) in &merged.said {
            let Some(now) = self.said.get_mut(channel) else { continue };
            for (purpose, came) in said {
                if now.get(purpose) == Some(came) {
                    match before.said.get(channel).and_then(|said| said.get(purpose)) {
                        Some(own) => now.insert(purpose.clone(), *own),
                        None => now.remove(purpose),
                    };
                }
            }
            if now.is_empty() {
                self.said.remove(channel);
            }
        }
        for (channel, came) in &merged.withdrawn {
            if self.withdrawn.get(channel) == Some(came) {
                match before.withdrawn.get(channel) {
                    Some(own) => self.withdrawn.insert(channel.clone(), *own),
                    None => self.withdrawn.remove(channel),
                };
            }
        }
    }

    fn encode(&self, out: &mut Vec<u8>) {
        put_number(out, self.said.len() as u64);
        for (channel, purposes) in &self.said {
            put_bytes(out, channel.as_bytes());
            put_number(out, purposes.len() as u64);
            for (purpose, (time, granted)) in purposes {
                put_bytes(out, purpose.as_bytes());
                put_signed(out, time.micros());
                out.push(u8::from(*granted));
            }
        }
        put_number(out, self.withdrawn.len() as u64);
        for (channel, time) in &self.withdrawn {
            put_bytes(out, channel.as_bytes());
            put_signed(out, time.micros());
        }
    }

    fn decode(_: u8, bytes: &mut Reader<'_>) -> Result<Self, Damage> {
        let mut read = Self::default();
        for _ in 0..bytes.count()? {
            let purposes = read.said.entry(bytes.text()?.into()).or_default();
            for _ in 0..bytes.count()? {
                let purpose = bytes.text()?;
                let time = Timestamp::from_micros(bytes.signed()?);
                let granted = match bytes.byte()? {
                    0 => false,
                    1 => true,
                    _ => return Err(Damage::Wrong),
                };
                purposes.insert(purpose.into(), (time, granted));
            }
        }
        for _ in 0..bytes.count()? {
            let channel = bytes.text()?;
            read.withdrawn.insert(channel.into(), Timestamp::from_micros(bytes.signed()?));
        }
        Ok(read)
    }

    fn export(&self, _: &Names<'_>, into: &mut Exported) {
        for (channel, purposes) in &self.said {
            for (purpose, (at, granted)) in purposes {
                let (channel, purpose) = (channel.to_string(), Some(purpose.to_string()));
                into.consent.push(ExportedConsent { channel, purpose, granted: *granted, at: *at });
            }
        }
        for (channel, at) in &self.withdrawn {
            let channel = channel.to_string();
            into.consent.push(ExportedConsent { channel, purpose: None, granted: false, at: *at });
        }
    }

    fn erase(&mut self) {
        *self = Self::default();
    }
}
