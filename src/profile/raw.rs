//! What was handed in of a customer, as it came: names, times and values in one run of bytes.
//!
//! In: news by name. Out: the newest value under some names. Sorted by name; a change writes all anew, which for
//! a customer of the usual size is a few hundred bytes. Knows nothing of what rules declare.

use std::collections::BTreeMap;

use zeroize::Zeroize;

use crate::mutant::mutant;
use crate::value::{Timestamp, Value};

/// See the module.
///
/// The distinct times, as a count and eight bytes each; then for every name its text, the place of its time among
/// them, and the value.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Raw(Box<[u8]>);

/// All of it, to be asked many times.
pub(super) struct Listed<'a>(Vec<Entry<'a>>);

#[derive(Clone, Copy)]
struct Entry<'a> {
    name: &'a str,
    time: Timestamp,
    piece: Piece<'a>,
}

/// A value where it lies.
#[derive(Clone, Copy)]
enum Piece<'a> {
    Null,
    YesNo(bool),
    Number(&'a str),
    /// A number whose text is that of a whole one, as numbers are written shortest.
    Whole(u64),
    Text(&'a str),
    List(&'a [String]),
    /// A list of so many texts, written.
    Written(usize, Reader<'a>),
}

impl Raw {
    /// Takes news of one time in, where nothing newer is there; the names whose value was taken.
    pub(super) fn merge<'n>(
        &mut self,
        at: Timestamp,
        news: &'n BTreeMap<String, Value>,
    ) -> Vec<&'n str> {
        let mut taken = Vec::new();
        let mut all = self.list().0;
        let known = all.len();
        for (name, value) in news {
            let entry = Entry { name, time: at, piece: Piece::of(value) };
            let old = all.get(..known).unwrap_or_default();
            match old.binary_search_by(|old| old.name.cmp(name)) {
                Err(_) => all.push(entry),
                Ok(found) => {
                    let Some(old) = all.get_mut(found) else { continue };
                    let kept = old.time;
                    if at < kept || mutant!("profile_tie_keeps_the_earlier_arrival") && at == kept {
                        continue;
                    }
                    *old = entry;
                }
            }
            taken.push(name.as_str());
        }
        all.sort_unstable_by(|a, b| a.name.cmp(b.name));
        let bytes = write(&all);
        self.0 = bytes;
        taken
    }

    /// Whether there is nothing.
    pub(super) fn is_empty(&self) -> bool {
        self.entries().next().is_none()
    }

    /// All of it by name, as it came.
    pub(super) fn all(&self) -> BTreeMap<String, (Timestamp, Value)> {
        let kept = |entry: Entry<'_>| (entry.name.to_owned(), (entry.time, entry.piece.value()));
        self.entries().map(kept).collect()
    }

    /// These values.
    pub(super) fn of(all: &BTreeMap<String, (Timestamp, Value)>) -> Self {
        let all: Vec<Entry<'_>> = all
            .iter()
            .map(|(name, (time, value))| Entry { name, time: *time, piece: Piece::of(value) })
            .collect();
        Self(write(&all))
    }

    /// The run of bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// A run of bytes as [`bytes`](Self::bytes) gave it; `None` for any other.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let read = Self(bytes.into());
        let again = Self::of(&read.all());
        (again.0 == read.0).then_some(read)
    }

    /// Leaves nothing, in the memory either.
    pub(super) fn overwrite(&mut self) {
        self.0.zeroize();
        *self = Self::default();
    }

    /// All of it.
    pub(super) fn list(&self) -> Listed<'_> {
        Listed(self.entries().collect())
    }

    /// The newest value among some names; the first of them wins a tie. Cost: all before is looked at, per name.
    pub(super) fn newest<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> Option<Value> {
        let find = |name: &str| self.entries().find(|entry| entry.name == name);
        newest(names.into_iter().filter_map(find))
    }

    fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        let mut reader = Reader(&self.0);
        let count = reader.number().unwrap_or(0) as usize;
        let times = Reader(reader.take(count.saturating_mul(8)).unwrap_or_default());
        std::iter::from_fn(move || reader.entry(times))
    }
}

impl<'a> Listed<'a> {
    /// Every name.
    pub(super) fn names(&self) -> impl Iterator<Item = &'a str> {
        self.0.iter().map(|entry| entry.name)
    }

    /// As [`Raw::newest`].
    pub(super) fn newest<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> Option<Value> {
        newest(names.into_iter().filter_map(|name| {
            let place = self.0.binary_search_by(|entry| entry.name.cmp(name)).ok()?;
            self.0.get(place).copied()
        }))
    }
}

fn newest<'a>(found: impl Iterator<Item = Entry<'a>>) -> Option<Value> {
    let newer =
        |best: Entry<'a>, entry: Entry<'a>| if entry.time > best.time { entry } else { best };
    found.reduce(newer).map(|entry| entry.piece.value())
}

/// Of nothing, no bytes.
fn write(all: &[Entry<'_>]) -> Box<[u8]> {
    if all.is_empty() {
        return Box::default();
    }
    let mut times: Vec<Timestamp> = all.iter().map(|entry| entry.time).collect();
    times.sort_unstable();
    times.dedup();
    let mut out = Vec::new();
    number(times.len() as u64, &mut out);
    for time in &times {
        out.extend(time.micros().to_le_bytes());
    }
    for entry in all {
        text(entry.name, &mut out);
        number(times.binary_search(&entry.time).unwrap_or(0) as u64, &mut out);
        entry.piece.write(&mut out);
    }
    out.into()
}

/// Seven bits a byte, the lowest first.
fn number(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn text(text: &str, out: &mut Vec<u8>) {
    number(text.len() as u64, out);
    out.extend(text.as_bytes());
}

impl<'a> Piece<'a> {
    fn of(value: &'a Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::YesNo(yes) => Self::YesNo(*yes),
            Value::Number(text) => match text.parse::<u64>() {
                Ok(whole) if whole.to_string() == *text => Self::Whole(whole),
                _ => Self::Number(text),
            },
            Value::Text(text) => Self::Text(text),
            Value::List(texts) => Self::List(texts),
        }
    }

    fn value(self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::YesNo(yes) => Value::YesNo(yes),
            Self::Number(text) => Value::Number(text.to_owned()),
            Self::Whole(number) => Value::Number(number.to_string()),
            Self::Text(text) => Value::Text(text.to_owned()),
            Self::List(texts) => Value::List(texts.to_vec()),
            Self::Written(count, mut reader) => {
                let texts = (0..count).filter_map(|_| reader.text()).map(str::to_owned);
                Value::List(texts.collect())
            }
        }
    }

    fn write(self, out: &mut Vec<u8>) {
        let mut tagged = |tag: u8, short: &str| {
            out.push(tag);
            text(short, out);
        };
        match self {
            Self::Null => out.push(0),
            Self::YesNo(yes) => out.push(1 + u8::from(yes)),
            Self::Number(short) => tagged(3, short),
            Self::Whole(whole) => {
                out.push(4);
                number(whole, out);
            }
            Self::Text(short) => tagged(5, short),
            Self::List(texts) => {
                out.push(6);
                number(texts.len() as u64, out);
                texts.iter().for_each(|one| text(one, out));
            }
            Self::Written(count, mut reader) => {
                out.push(6);
                number(count as u64, out);
                (0..count).filter_map(|_| reader.text()).for_each(|one| text(one, out));
            }
        }
    }
}

/// What is left to be read.
#[derive(Clone, Copy)]
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn entry(&mut self, times: Reader<'a>) -> Option<Entry<'a>> {
        let name = self.text()?;
        let place = (self.number()? as usize).checked_mul(8)?;
        let micros = times.0.get(place..)?.first_chunk::<8>()?;
        let time = Timestamp::from_micros(i64::from_le_bytes(*micros));
        Some(Entry { name, time, piece: self.piece()? })
    }

    fn piece(&mut self) -> Option<Piece<'a>> {
        let tag = *self.take(1)?.first()?;
        Some(match tag {
            0 => Piece::Null,
            1 | 2 => Piece::YesNo(tag == 2),
            3 => Piece::Number(self.text()?),
            4 => Piece::Whole(self.number()?),
            5 => Piece::Text(self.text()?),
            _ => {
                let count = self.number()? as usize;
                let texts = *self;
                for _ in 0..count {
                    self.text()?;
                }
                Piece::Written(count, texts)
            }
        })
    }

    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = *self.take(1)?.first()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    fn text(&mut self) -> Option<&'a str> {
        let length = self.number()? as usize;
        std::str::from_utf8(self.take(length)?).ok()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::Raw;
    use crate::value::{Timestamp, Value};

    fn news<const N: usize>(news: [(&str, Value); N]) -> BTreeMap<String, Value> {
        news.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    fn number(text: &str) -> Value {
        Value::Number(text.to_owned())
    }

    #[test]
    fn every_value_comes_back_as_it_came() {
        let texts = |texts: &[&str]| Value::List(texts.iter().map(|t| (*t).to_owned()).collect());
        let long = "ä".repeat(200);
        let mut values = vec![
            Value::Null,
            Value::YesNo(false),
            Value::YesNo(true),
            Value::from(""),
            Value::from(long.as_str()),
            texts(&[]),
            texts(&["", "a", long.as_str()]),
        ];
        let numbers = ["0", "7", "127", "128", "18446744073709551615", "18446744073709551616"];
        values.extend(numbers.map(number));
        values.extend(["-0", "-1", "007", "1.50", "1e3", "+4"].map(number));
        let mut raw = Raw::default();
        for (at, value) in values.iter().enumerate() {
            let name = format!("n{at}");
            raw.merge(Timestamp::from_micros(at as i64 - 5), &news([(&name, value.clone())]));
        }
        for (at, value) in values.iter().enumerate() {
            let name = format!("n{at}");
            assert_eq!(raw.newest([name.as_str()]).as_ref(), Some(value));
            assert_eq!(raw.list().newest([name.as_str()]).as_ref(), Some(value));
        }
        assert_eq!(raw.newest(["n99"]), None);
    }

    #[test]
    fn the_newest_stays_and_the_first_name_wins_a_tie() {
        let at = Timestamp::from_micros;
        let mut raw = Raw::default();
        assert_eq!(raw.merge(at(5), &news([("a", number("1")), ("b", number("2"))])), ["a", "b"]);
        assert_eq!(raw.merge(at(4), &news([("a", number("3")), ("c", number("4"))])), ["c"]);
        assert_eq!(raw.merge(at(5), &news([("b", number("5"))])), ["b"]);
        let newest = |names: &[&str]| raw.newest(names.iter().copied());
        assert_eq!(newest(&["a"]), Some(number("1")));
        assert_eq!(newest(&["a", "b"]), Some(number("1")));
        assert_eq!(newest(&["b", "a"]), Some(number("5")));
        assert_eq!(newest(&["c", "b"]), Some(number("5")));
    }

    #[test]
    fn forty_values_take_a_few_hundred_bytes() {
        let mut raw = Raw::default();
        let all = (0..40).map(|at| (format!("attribute_{at:02}"), number("345"))).collect();
        raw.merge(Timestamp::from_micros(1), &all);
        assert_eq!(raw.0.len(), 1 + 8 + 40 * (1 + 12 + 1 + 1 + 2));
    }
}
