//! Attributes as a kind of customer state: of two identities' values the newer one, each by itself.

use super::super::raw::Raw;
use super::bytes::{Reader, put_bytes};
use super::{Damage, Exported, ExportedAttribute, Kind, Names};
use crate::mutant::mutant;

impl Kind for Raw {
    const TAG: u8 = 1;
    const VERSION: u8 = 1;

    fn is_empty(&self) -> bool {
        self.is_empty()
    }

    /// The newest time wins; of one time, the survivor's.
    fn merge(&mut self, loser: &Self, _: usize) {
        let mut all = self.all();
        for (name, (time, value)) in loser.all() {
            let older = all.get(&name).is_none_or(|(kept, _)| {
                *kept < time || mutant!("merge_takes_the_older_attribute") && *kept > time
            });
            if older {
                all.insert(name, (time, value));
            }
        }
        *self = Self::of(&all);
    }

    fn before(&self, loser: &Self) -> Self {
        let (mut changed, theirs) = (self.all(), loser.all());
        changed.retain(|name, _| theirs.contains_key(name));
        Self::of(&changed)
    }

    /// A value that is still the loser's gives way to the survivor's own; a later one stays.
    fn unmerge(&mut self, before: &Self, loser: &Self) {
        let mut merged = before.clone();
        Kind::merge(&mut merged, loser, 0);
        let (mut all, own) = (self.all(), before.all());
        for (name, came) in merged.all() {
            if all.get(&name) == Some(&came) {
                match own.get(&name) {
                    Some(own) => all.insert(name, own.clone()),
                    None => all.remove(&name),
                };
            }
        }
        *self = Self::of(&all);
    }

    /// As it lies in memory, which is as short.
    fn encode(&self, out: &mut Vec<u8>) {
        put_bytes(out, self.bytes());
    }

    fn decode(_: u8, bytes: &mut Reader<'_>) -> Result<Self, Damage> {
        Self::read(bytes.bytes()?).ok_or(Damage::Wrong)
    }

    fn export(&self, _: &Names<'_>, into: &mut Exported) {
        let all = self.all().into_iter();
        let shown = |(updated, value)| ExportedAttribute { value, updated };
        into.attributes.extend(all.map(|(name, kept)| (name, shown(kept))));
    }

    fn erase(&mut self) {
        self.overwrite();
    }
}
