//! The hot part: up to 64 attributes of a customer in four cache lines, each as wide as its type needs.
//!
//! A place is a `u32`: in the hot part the byte where the value begins, the number of its known bit and its
//! shape; with the highest bit set, the number of a word of the cold part.

use super::dictionary::OTHER;
use crate::mutant::mutant;

/// Bytes for values.
const BYTES: usize = 224;

/// Attributes with a known bit.
const ATTRIBUTES: u32 = 64;

/// The bit of places that do not lie here.
const COLD: u32 = 1 << 31;

/// Everything that most decisions read: no text, no pointer.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(super) struct Hot {
    pub(super) version: u64,
    pub(super) consent: u64,
    known: u64,
    pub(super) zone: u16,
    pub(super) language: u16,
    pub(super) base: u16,
    /// Whether anything was ever shown.
    pub(super) shown: bool,
    bytes: [u8; BYTES],
}

const _: () = assert!(size_of::<Hot>() <= 256, "the hot part stays within four cache lines");

/// How a value lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// So many bytes (1, 2, 4 or 8) that are never negative.
    Bits(u32),
    /// So many bytes (2 or 4); the greatest number is [`OTHER`].
    Symbol(u32),
    /// Four bytes with a sign: days.
    Signed,
}

impl Shape {
    fn width(self) -> u32 {
        match self {
            Self::Bits(width) | Self::Symbol(width) => width,
            Self::Signed => 4,
        }
    }

    const fn code(self) -> u32 {
        match self {
            Self::Bits(1) => 0,
            Self::Bits(2) => 1,
            Self::Bits(4) => 2,
            Self::Bits(_) => 3,
            Self::Symbol(2) => 4,
            Self::Symbol(_) => 5,
            Self::Signed => 6,
        }
    }
}

/// What is left of the hot part.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Room {
    bytes: u32,
    known: u32,
}

impl Room {
    /// A place for one more value, if there is room.
    pub(super) fn take(&mut self, shape: Shape) -> Option<u32> {
        let end = self.bytes + shape.width();
        if end as usize > BYTES || self.known >= ATTRIBUTES {
            return None;
        }
        let place = self.bytes | self.known << 8 | shape.code() << 16;
        self.bytes = end;
        self.known += 1;
        Some(place)
    }
}

/// The place of a word of the cold part.
pub(super) fn cold(word: u32) -> u32 {
    word | COLD
}

/// The word of the cold part at a place, unless it lies in the hot part.
#[inline]
pub(super) fn cold_word(place: u32) -> Option<usize> {
    (place & COLD != 0).then_some((place & !COLD) as usize)
}

/// Whether a place lies in the cold part.
pub(crate) fn lies_cold(place: u32) -> bool {
    place & COLD != 0
}

impl Default for Hot {
    fn default() -> Self {
        Self {
            version: 0,
            consent: 0,
            known: 0,
            zone: 0,
            language: 0,
            base: 0,
            shown: false,
            bytes: [0; BYTES],
        }
    }
}

impl Hot {
    /// The word at a place, where known.
    #[inline]
    pub(super) fn word(&self, place: u32) -> Option<u64> {
        if self.known >> (place >> 8 & 63) & 1 == 0 {
            return None;
        }
        let at = (place & 0xff) as usize;
        Some(match place >> 16 {
            0 => u64::from(u8::from_le_bytes(self.read(at))),
            1 => u64::from(u16::from_le_bytes(self.read(at))),
            2 => u64::from(u32::from_le_bytes(self.read(at))),
            3 => u64::from_le_bytes(self.read(at)),
            4 => match u16::from_le_bytes(self.read(at)) {
                u16::MAX => OTHER,
                symbol => u64::from(symbol),
            },
            5 => match u32::from_le_bytes(self.read(at)) {
                u32::MAX => OTHER,
                symbol => u64::from(symbol),
            },
            _ => {
                let days = i32::from_le_bytes(self.read(at));
                if mutant!("hot_day_loses_its_sign") {
                    return Some(u64::from(days.cast_unsigned()));
                }
                i64::from(days).cast_unsigned()
            }
        })
    }

    #[inline]
    fn read<const N: usize>(&self, at: usize) -> [u8; N] {
        let bytes = self.bytes.get(at..at + N).and_then(<[u8]>::first_chunk::<N>);
        bytes.copied().unwrap_or([0; N])
    }

    /// Sets or clears the word at a place.
    pub(super) fn set(&mut self, place: u32, word: Option<u64>) {
        let bit = 1 << (place >> 8 & 63);
        self.known = if word.is_some() { self.known | bit } else { self.known & !bit };
        let at = (place & 0xff) as usize;
        let width = match place >> 16 {
            0 => 1,
            1 | 4 => 2,
            3 => 8,
            _ => 4,
        };
        // The lowest bytes hold what the shape can hold; OTHER has all bits set.
        let bytes = word.unwrap_or(0).to_le_bytes();
        if let (Some(into), Some(from)) = (self.bytes.get_mut(at..at + width), bytes.get(..width)) {
            into.copy_from_slice(from);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Hot, OTHER, Room, Shape};

    #[test]
    fn every_shape_gives_back_what_it_was_given() {
        let mut room = Room::default();
        let mut hot = Hot::default();
        let day = |days: i64| days.cast_unsigned();
        let cases = [
            (Shape::Bits(1), vec![0, 1, 255]),
            (Shape::Bits(2), vec![0, 65_535]),
            (Shape::Bits(4), vec![0, u64::from(u32::MAX)]),
            (Shape::Bits(8), vec![0, u64::MAX, 1.5_f64.to_bits(), day(-1)]),
            (Shape::Symbol(2), vec![0, 59_999, OTHER]),
            (Shape::Symbol(4), vec![0, 1 << 20, OTHER]),
            (Shape::Signed, vec![day(0), day(-200), day(i64::from(i32::MIN)), day(20_704)]),
        ];
        let places: Vec<u32> = cases.iter().map(|case| room.take(case.0).unwrap()).collect();
        for (place, (shape, words)) in places.iter().zip(&cases) {
            assert_eq!(hot.word(*place), None, "{shape:?}");
            for word in words {
                hot.set(*place, Some(*word));
                assert_eq!(hot.word(*place), Some(*word), "{shape:?}");
            }
        }
        // A neighbour is not touched.
        for (place, (shape, words)) in places.iter().zip(&cases) {
            assert_eq!(hot.word(*place), words.last().copied(), "{shape:?}");
            hot.set(*place, None);
            assert_eq!(hot.word(*place), None, "{shape:?}");
        }
    }

    #[test]
    fn forty_attributes_of_a_usual_mix_fit_and_room_ends() {
        let mut room = Room::default();
        let mix = [(Shape::Symbol(2), 14), (Shape::Bits(8), 16), (Shape::Bits(1), 8)];
        let taken = mix.iter().flat_map(|(shape, count)| std::iter::repeat_n(*shape, *count));
        assert!(taken.chain([Shape::Bits(2); 2]).all(|shape| room.take(shape).is_some()));
        // 168 of 224 bytes are taken: six more of eight bytes and eight of one fill it to the last.
        assert_eq!((0..6).filter(|_| room.take(Shape::Bits(8)).is_some()).count(), 6);
        assert_eq!((0..100).filter(|_| room.take(Shape::Bits(1)).is_some()).count(), 8);
    }
}
