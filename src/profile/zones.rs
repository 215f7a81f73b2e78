//! Time zones by small numbers: written at the door, read without a lock.

use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock, PoisonError};

use crate::value::Zone;

/// More than the IANA database has names.
const ROOM: usize = 1024;

/// Spellings remembered: what comes from outside may not fill the memory.
const SPELLINGS: usize = 8 * ROOM;

/// The zones that customers of one engine are in; ids are never reused. 0 means unknown.
#[derive(Debug)]
pub(crate) struct Zones {
    table: Box<[OnceLock<Zone>]>,
    ids: Mutex<BTreeMap<String, u16>>,
}

impl Default for Zones {
    fn default() -> Self {
        Self {
            table: (0..ROOM).map(|_| OnceLock::new()).collect(),
            ids: Mutex::new(BTreeMap::new()),
        }
    }
}

impl Zones {
    /// The id of an IANA name; `None` where no zone has it.
    pub(crate) fn id(&self, name: &str) -> Option<u16> {
        let mut ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(id) = ids.get(name) {
            return Some(*id);
        }
        let zone = Zone::named(name).ok()?;
        // `europe/paris` and `Europe/Paris` are one zone; the spelling is looked up once.
        let known = ids.get(zone.name()).copied();
        let id = match known {
            Some(id) => id,
            None => {
                let id = ids.values().max().copied().unwrap_or(0) + 1;
                self.table.get(usize::from(id))?.set(zone.clone()).ok()?;
                ids.insert(zone.name().to_owned(), id);
                id
            }
        };
        if ids.len() < SPELLINGS {
            ids.insert(name.to_owned(), id);
        }
        Some(id)
    }

    /// The zone of an id.
    pub(crate) fn get(&self, id: u16) -> Option<&Zone> {
        self.table.get(usize::from(id))?.get()
    }
}

#[cfg(test)]
mod tests {
    use super::Zones;

    #[test]
    fn another_spelling_is_the_same_zone_and_is_remembered() {
        let zones = Zones::default();
        let id = zones.id("Europe/Paris");
        assert!(id.is_some());
        assert_eq!(zones.id("europe/paris"), id);
        assert!(zones.ids.lock().is_ok_and(|ids| ids.contains_key("europe/paris")));
        assert_eq!(zones.id("europe/pari"), None);
        assert_ne!(zones.id("Europe/Rome"), id);
    }
}
