//! Identity as a kind of customer state: the ids that stand for one person, and what was merged into it.

use zeroize::Zeroize;

use super::bytes::{Reader, put_bytes, put_number, put_signed};
use super::{Damage, Exported, ExportedMerge, Kind, Names, State, decode_state, encode_state};
use crate::value::Timestamp;

/// See the module. Most customers have one id and no merge, and take a pointer's room.
#[derive(Clone, Debug, Default)]
pub(crate) struct Identity(Option<Box<Several>>);

#[derive(Clone, Debug, Default)]
struct Several {
    /// Every id, the first one first; may be empty where there is one only, which the table of ids knows.
    ids: Vec<Box<str>>,
    /// Oldest first; those that came with a merged person stand before its own.
    merges: Vec<Merge>,
}

/// What it takes to undo a merge.
#[derive(Clone, Debug)]
struct Merge {
    at: Timestamp,
    /// So many merges before this one came with it.
    inner: usize,
    /// What of the survivor's state the merge changed.
    before: State,
    /// The other's state, with its ids and without its merges.
    loser: State,
}

impl Identity {
    /// Every id, as far as they are written down: always where there are several, or a store.
    pub(crate) fn ids(&self) -> &[Box<str>] {
        self.0.as_deref().map_or(&[], |several| &several.ids)
    }

    /// How many merges can be undone.
    pub(crate) fn merges(&self) -> usize {
        self.0.as_deref().map_or(0, |several| several.merges.len())
    }

    /// The ids that came by the newest merge.
    pub(crate) fn newest(&self) -> &[Box<str>] {
        let newest = self.0.as_deref().and_then(|several| several.merges.last());
        newest.map_or(&[], |merge| merge.loser.identity().ids())
    }

    /// Another id of the person who is known as `first`.
    pub(crate) fn add(&mut self, first: &str, id: &str) {
        let several = self.0.get_or_insert_default();
        for id in [first, id] {
            if several.ids.iter().all(|known| **known != *id) {
                several.ids.push(id.into());
            }
        }
    }

    /// Writes down the one id of a person where none is written down.
    pub(crate) fn name(&mut self, id: &str) {
        if self.ids().is_empty() {
            // Room for one: that is what most have.
            self.0.get_or_insert_default().ids = vec![id.into()];
        }
    }

    /// Writes a merge down, after the ids are united.
    pub(super) fn remember(&mut self, at: Timestamp, before: State, mut loser: State) {
        let several = self.0.get_or_insert_default();
        let theirs = loser.identity_mut().0.as_deref_mut();
        let theirs = theirs.map(|of| std::mem::take(&mut of.merges)).unwrap_or_default();
        let inner = theirs.len();
        several.merges.extend(theirs);
        several.merges.push(Merge { at, inner, before, loser });
    }

    /// Takes the newest merge out: what was before it, and the other's state, with its own merges.
    pub(super) fn recall(&mut self) -> Option<(State, State)> {
        let several = self.0.as_deref_mut()?;
        let Merge { inner, before, mut loser, .. } = several.merges.pop()?;
        let theirs = several.merges.split_off(several.merges.len().saturating_sub(inner));
        if !theirs.is_empty() {
            loser.identity_mut().0.get_or_insert_default().merges = theirs;
        }
        Some((before, loser))
    }
}

impl Kind for Identity {
    const TAG: u8 = 5;
    const VERSION: u8 = 1;

    fn is_empty(&self) -> bool {
        self.0.as_deref().is_none_or(|several| several.ids.is_empty() && several.merges.is_empty())
    }

    /// Union.
    fn merge(&mut self, loser: &Self, _: usize) {
        let several = self.0.get_or_insert_default();
        for id in loser.ids() {
            if !several.ids.contains(id) {
                several.ids.push(id.clone());
            }
        }
    }

    fn before(&self, _: &Self) -> Self {
        Self::default()
    }

    fn unmerge(&mut self, _: &Self, loser: &Self) {
        if let Some(several) = self.0.as_deref_mut() {
            several.ids.retain(|id| !loser.ids().contains(id));
        }
    }

    fn encode(&self, out: &mut Vec<u8>) {
        let Some(several) = self.0.as_deref() else { return };
        put_number(out, several.ids.len() as u64);
        several.ids.iter().for_each(|id| put_bytes(out, id.as_bytes()));
        put_number(out, several.merges.len() as u64);
        for merge in &several.merges {
            put_signed(out, merge.at.micros());
            put_number(out, merge.inner as u64);
            for state in [&merge.before, &merge.loser] {
                let mut body = Vec::new();
                encode_state(state, &mut body);
                put_bytes(out, &body);
            }
        }
    }

    fn decode(_: u8, bytes: &mut Reader<'_>) -> Result<Self, Damage> {
        let mut several = Several::default();
        for _ in 0..bytes.count()? {
            several.ids.push(bytes.text()?.into());
        }
        for at in 0..bytes.count()? {
            let time = Timestamp::from_micros(bytes.signed()?);
            let inner = usize::try_from(bytes.number()?).map_err(|_| Damage::Wrong)?;
            let before = decode_state(&mut bytes.inner()?)?;
            let loser = decode_state(&mut bytes.inner()?)?;
            // A merged person's merges stand beside it: deeper nesting was never written.
            let nested = before.identity().merges() + loser.identity().merges() > 0;
            if inner > at || nested {
                return Err(Damage::Wrong);
            }
            several.merges.push(Merge { at: time, inner, before, loser });
        }
        Ok(Self(Some(Box::new(several))))
    }

    fn export(&self, _: &Names<'_>, into: &mut Exported) {
        let text = |ids: &[Box<str>]| ids.iter().map(|id| id.to_string()).collect::<Vec<_>>();
        into.ids.extend(text(self.ids()));
        for merge in self.0.iter().flat_map(|several| &several.merges) {
            let ids = text(merge.loser.identity().ids());
            into.merges.push(ExportedMerge { at: merge.at, ids });
        }
    }

    fn erase(&mut self) {
        if let Some(several) = self.0.as_deref_mut() {
            several.ids.iter_mut().for_each(Zeroize::zeroize);
            let none = State::default();
            for merge in &mut several.merges {
                for state in [&mut merge.before, &mut merge.loser] {
                    let _ = super::change(state, &none, &none, &mut super::Erase);
                }
            }
        }
        *self = Self::default();
    }
}
