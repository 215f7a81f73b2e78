//! Ids for what rules read of a customer: attribute slots, symbols, consents, language tags.
//!
//! Append-only and owned by the engine, so that no swap rewrites the cache. Symbols are only words that rules
//! declare or compare with; they never come from data.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::value::{Type, Typed, fold};

use super::consent::ConsentIds;
use super::events::symbol;
use super::hot::{self, Room, Shape};
use super::spent::Spent;
use super::state::{Damage, Reader, put_bytes, put_number};

/// A value that is known and that no rule names.
pub(crate) const OTHER: u64 = u64::MAX;

/// What makes two attributes share a slot.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SlotKey {
    pub(crate) name: String,
    pub(crate) kind: Type,
    /// Personal data never lies in the hot part.
    pub(crate) personal: bool,
    /// Earlier names, whose raw values fill it too.
    pub(crate) was: Vec<String>,
    /// Earlier words of its values, with today's.
    pub(crate) renamed: BTreeMap<String, String>,
}

/// Where a typed attribute lies in every record of this engine.
#[derive(Clone, Debug)]
pub(crate) struct Slot {
    pub(crate) key: SlotKey,
    /// Its name and the earlier ones, whose raw values fill it.
    pub(crate) sources: Vec<String>,
    /// Where it lies, as [`hot`] writes it.
    pub(crate) place: u32,
    /// Words: 1, more only for a `some of` with over 64 values.
    pub(crate) width: u32,
    symbols: BTreeMap<String, u64>,
}

/// See the module.
#[derive(Clone, Debug, Default)]
pub(crate) struct Dictionary {
    slots: Vec<Slot>,
    by_source: BTreeMap<String, Vec<usize>>,
    room: Room,
    cold: u32,
    consents: ConsentIds,
    /// Lower-case tags; ids 0 and 1 mean unknown and known but named by no rule.
    languages: BTreeMap<String, u16>,
    /// Slots whose records must be filled (again) before a program that reads them is published.
    stale: BTreeSet<usize>,
    derived_stale: bool,
    /// Events by name, each with its number.
    events: BTreeMap<String, u32>,
    /// Per event, the name of each column and what its words are.
    columns: Vec<Vec<(String, String)>>,
    /// What is used of the budgets of actions, by name.
    spent: BTreeMap<String, Arc<Spent>>,
}

impl Dictionary {
    /// The slot of an attribute, new where none has this name and type.
    pub(crate) fn slot(&mut self, key: SlotKey) -> usize {
        let same_name = self.by_source.get(&key.name).map_or(&[][..], Vec::as_slice);
        let same = |index: &&usize| self.slots.get(**index).is_some_and(|slot| slot.key == key);
        let found = same_name.iter().find(same).copied();
        found.unwrap_or_else(|| self.new_slot(key))
    }

    fn new_slot(&mut self, key: SlotKey) -> usize {
        let (symbols, width) = match &key.kind {
            Type::OneOf(values) | Type::SomeOf(values) => {
                let symbols: BTreeMap<String, u64> = values.iter().cloned().zip(0..).collect();
                let many = matches!(key.kind, Type::SomeOf(_));
                let words = if many { values.len().div_ceil(64).max(1) } else { 1 };
                (symbols, u32::try_from(words).unwrap_or(u32::MAX))
            }
            _ => (BTreeMap::new(), 1),
        };
        let place = match shape(&key.kind).filter(|_| !key.personal) {
            Some(shape) => self.room.take(shape),
            None => None,
        };
        let place = place.unwrap_or_else(|| {
            self.cold += width;
            hot::cold(self.cold - width)
        });
        let index = self.slots.len();
        let mut sources = vec![key.name.clone()];
        sources.extend(key.was.iter().filter(|was| **was != key.name).cloned());
        for source in &sources {
            self.by_source.entry(source.clone()).or_default().push(index);
        }
        self.slots.push(Slot { key, sources, place, width, symbols });
        self.stale.insert(index);
        index
    }

    /// The slot with this index.
    pub(crate) fn get(&self, slot: usize) -> Option<&Slot> {
        self.slots.get(slot)
    }

    /// Slots that a raw value of this name fills.
    pub(crate) fn filled_by(&self, name: &str) -> impl Iterator<Item = &Slot> {
        let indexes = self.by_source.get(name).map_or(&[][..], Vec::as_slice);
        indexes.iter().filter_map(|index| self.slots.get(*index))
    }

    /// The symbol of a word that a rule compares with; texts come folded.
    pub(crate) fn symbol(&mut self, slot: usize, word: &str) -> u64 {
        let Some(found) = self.slots.get_mut(slot) else { return OTHER - 1 };
        let next = found.symbols.len() as u64;
        if let Some(symbol) = found.symbols.get(word) {
            return *symbol;
        }
        found.symbols.insert(word.to_owned(), next);
        // A record may hold this very word as `OTHER`.
        self.stale.insert(slot);
        next
    }

    /// The id of consent for a purpose on a channel, each by all its names, today's first.
    pub(crate) fn consent(&mut self, channel: &[String], purpose: &[String]) -> u32 {
        let (id, new) = self.consents.id(channel, purpose);
        self.derived_stale |= new;
        id
    }

    /// The consents that rules need.
    pub(crate) fn consents(&self) -> &ConsentIds {
        &self.consents
    }

    /// The id of a language tag that content is written in.
    pub(crate) fn language(&mut self, tag: &str) -> u16 {
        let tag = tag.to_ascii_lowercase();
        let next = u16::try_from(self.languages.len() + 2).unwrap_or(u16::MAX);
        let known = self.languages.contains_key(&tag);
        self.derived_stale |= !known;
        *self.languages.entry(tag).or_insert(next)
    }

    /// Ids of a customer's tag and of its base; 1 where no content is written in it.
    pub(crate) fn find_language(&self, tag: &str) -> (u16, u16) {
        let tag = tag.to_ascii_lowercase();
        let id = |tag: &str| self.languages.get(tag).copied().unwrap_or(1);
        (id(&tag), id(tag.split('-').next().unwrap_or(&tag)))
    }

    /// The number of an event; one that was renamed keeps it.
    pub(crate) fn event(&mut self, name: &str, was: &[String]) -> u32 {
        let known = std::iter::once(name).chain(was.iter().map(String::as_str));
        let known = known.into_iter().find_map(|name| self.events.get(name)).copied();
        let number = known.unwrap_or_else(|| {
            self.columns.push(Vec::new());
            u32::try_from(self.columns.len() - 1).unwrap_or(u32::MAX)
        });
        self.events.insert(name.to_owned(), number);
        number
    }

    /// The column of an event's field; a field that was renamed keeps its own.
    pub(crate) fn column(&mut self, event: u32, name: &str, was: &[String], class: &str) -> u32 {
        let Some(columns) = self.columns.get_mut(event as usize) else { return u32::MAX };
        let names = std::iter::once(name).chain(was.iter().map(String::as_str));
        let same =
            |name: &str| columns.iter().position(|(own, words)| own == name && words == class);
        let known = names.into_iter().find_map(same);
        let column = known.unwrap_or_else(|| {
            columns.push((name.to_owned(), class.to_owned()));
            columns.len() - 1
        });
        u32::try_from(column).unwrap_or(u32::MAX)
    }

    /// What is used of an action's budget; one that was renamed keeps it. A new one only with `create`.
    pub(crate) fn spent(&mut self, name: &str, was: &[String], create: bool) -> Option<Arc<Spent>> {
        let mut names = std::iter::once(name).chain(was.iter().map(String::as_str));
        let known = names.find_map(|name| self.spent.get(name)).cloned();
        let found = known.or_else(|| create.then(Arc::default))?;
        self.spent.insert(name.to_owned(), Arc::clone(&found));
        Some(found)
    }

    /// What is used of the budget of the action whose name has this hash.
    pub(crate) fn spent_on(&self, action: u64) -> Option<Arc<Spent>> {
        let found = self.spent.iter().find(|(name, _)| symbol(name) == action);
        found.map(|(_, spent)| Arc::clone(spent))
    }

    /// Every budget that was ever counted, by each name of its action.
    pub(crate) fn budgets(&self) -> impl Iterator<Item = (&str, &Arc<Spent>)> {
        self.spent.iter().map(|(name, spent)| (name.as_str(), spent))
    }

    /// Goes on with a budget of an earlier engine, by all names of its action.
    pub(crate) fn begin_budget(&mut self, names: &[String], spent: &Arc<Spent>) {
        self.spent.extend(names.iter().map(|name| (name.clone(), Arc::clone(spent))));
    }

    /// How many columns an event has.
    pub(crate) fn event_width(&self, event: u32) -> usize {
        self.columns.get(event as usize).map_or(0, Vec::len)
    }

    /// An event by its number, with the name of each column and what its words are.
    pub(crate) fn event_named(&self, event: u32) -> Option<(&str, &[(String, String)])> {
        let name = self.events.iter().find(|(_, number)| **number == event)?.0;
        Some((name, self.columns.get(event as usize)?))
    }

    /// The numbers of events and columns, for whoever keeps rows beyond this engine's life.
    pub(crate) fn legend(&self) -> Vec<u8> {
        let mut out = vec![1];
        put_number(&mut out, self.columns.len() as u64);
        for columns in &self.columns {
            put_number(&mut out, columns.len() as u64);
            for text in columns.iter().flat_map(|(name, class)| [name, class]) {
                put_bytes(&mut out, text.as_bytes());
            }
        }
        put_number(&mut out, self.events.len() as u64);
        for (name, number) in &self.events {
            put_bytes(&mut out, name.as_bytes());
            put_number(&mut out, u64::from(*number));
        }
        out
    }

    /// A dictionary that goes on with the numbers of an earlier engine.
    pub(crate) fn with_legend(bytes: &[u8]) -> Result<Self, Damage> {
        let mut dictionary = Self::default();
        let mut bytes = Reader::new(bytes);
        if bytes.byte()? != 1 {
            return Err(Damage::Newer);
        }
        for _ in 0..bytes.count()? {
            let mut columns = Vec::new();
            for _ in 0..bytes.count()? {
                columns.push((bytes.text()?.to_owned(), bytes.text()?.to_owned()));
            }
            dictionary.columns.push(columns);
        }
        for _ in 0..bytes.count()? {
            let name = bytes.text()?.to_owned();
            let number = u32::try_from(bytes.number()?).map_err(|_| Damage::Wrong)?;
            if dictionary.columns.get(number as usize).is_none() {
                return Err(Damage::Wrong);
            }
            dictionary.events.insert(name, number);
        }
        Ok(dictionary)
    }

    /// What must be filled before the next program is published: slots, and whether consents and languages.
    pub(crate) fn take_stale(&mut self) -> (BTreeSet<usize>, bool) {
        (std::mem::take(&mut self.stale), std::mem::take(&mut self.derived_stale))
    }
}

impl Slot {
    /// The word of a value with one word; `None` for a value of another type or a set.
    pub(crate) fn word(&self, value: &Typed) -> Option<u64> {
        encode(value, |word| self.symbols.get(word).copied())
    }

    /// The words of a set.
    pub(crate) fn words(&self, values: &[String]) -> Vec<u64> {
        set(values, self.width as usize, |word| self.symbols.get(word).copied())
    }
}

/// How a type lies in the hot part; `None` where it is too wide for it.
fn shape(kind: &Type) -> Option<Shape> {
    Some(match kind {
        Type::YesNo => Shape::Bits(1),
        Type::Number { .. } | Type::Percent { .. } | Type::Money { .. } | Type::Time => {
            Shape::Bits(8)
        }
        Type::Date => Shape::Signed,
        // Declared values get no further ones, texts and codes may.
        Type::OneOf(values) if values.len() < 60_000 => Shape::Symbol(2),
        Type::OneOf(_) | Type::Text | Type::Code => Shape::Symbol(4),
        Type::SomeOf(values) => match values.len() {
            0..=8 => Shape::Bits(1),
            9..=16 => Shape::Bits(2),
            17..=32 => Shape::Bits(4),
            33..=64 => Shape::Bits(8),
            _ => return None,
        },
    })
}

/// A value as one word.
pub(crate) fn encode(value: &Typed, symbol: impl Fn(&str) -> Option<u64>) -> Option<u64> {
    Some(match value {
        Typed::YesNo(yes) => u64::from(*yes),
        Typed::Number(number) | Typed::Percent(number) => number.to_bits(),
        Typed::Money(minor) => minor.cast_unsigned(),
        Typed::Date(date) => i64::from(date.days()).cast_unsigned(),
        Typed::Time(time) => time.micros().cast_unsigned(),
        Typed::One(word) | Typed::Code(word) => symbol(word).unwrap_or(OTHER),
        Typed::Text(text) => symbol(&fold(text)).unwrap_or(OTHER),
        Typed::Some(_) => return None,
    })
}

/// A set as bits.
pub(crate) fn set(
    values: &[String],
    width: usize,
    symbol: impl Fn(&str) -> Option<u64>,
) -> Vec<u64> {
    let mut words = vec![0_u64; width];
    for value in values {
        let Some(bit) = symbol(value) else { continue };
        let word = usize::try_from(bit / 64).ok().and_then(|at| words.get_mut(at));
        if let Some(word) = word {
            *word |= 1 << (bit % 64);
        }
    }
    words
}
