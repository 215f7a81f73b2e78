//! What the index is built from, and what it is asked with: levels, items, literals and readings.

use std::cmp::Ordering;

/// What a level can read. A level is one attribute that conditions test, or a derived one (days from today
/// to a date, membership of a segment).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LevelKind {
    /// One of many symbols; symbols that no literal lists read alike.
    Symbol,
    /// A number in a total order, as an `i64` key ([`real_key`] for an `f64`).
    Number,
    /// Yes or no.
    Flag,
    /// A set of symbols, possibly empty.
    Set,
}

/// One candidate: what must hold for it, and how high it can score.
#[derive(Clone, Debug)]
pub struct Item {
    /// No score of this item is ever above it. NaN counts as infinite.
    pub bound: f64,
    /// Position of its name among all names: settles equal scores. Different for every item.
    pub rank: u32,
    /// When it may be shown: true or false for every customer, unknowns already answered by the literals.
    pub condition: Condition,
}

/// A condition in surely-true form; negation is pushed into the literals.
#[derive(Clone, Debug)]
pub enum Condition {
    /// All hold; an empty list holds.
    All(Vec<Condition>),
    /// At least one holds; an empty list does not.
    Any(Vec<Condition>),
    /// A test of one level.
    Literal(Literal),
}

/// A test of one level.
#[derive(Clone, Debug)]
pub struct Literal {
    /// Index into the levels given to the build.
    pub level: u32,
    /// The readings that pass.
    pub accept: Accept,
}

/// The readings of a level that pass.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Accept {
    /// For a [`LevelKind::Symbol`].
    Symbols {
        /// The symbols listed, in any order.
        listed: Vec<u32>,
        /// Whether all but the listed ones pass, rather than the listed ones.
        except: bool,
        /// Whether an unknown reading passes.
        unknown: bool,
    },
    /// For a [`LevelKind::Number`].
    Numbers {
        /// In any order; they may overlap.
        spans: Vec<Span>,
        /// Whether an unknown reading passes.
        unknown: bool,
    },
    /// For a [`LevelKind::Flag`].
    Flags {
        /// Whether yes passes.
        yes: bool,
        /// Whether no passes.
        no: bool,
        /// Whether an unknown reading passes.
        unknown: bool,
    },
    /// For a [`LevelKind::Set`].
    Set {
        /// What a known set must have or lack.
        test: SetTest,
        /// Whether an unknown reading passes.
        unknown: bool,
    },
}

/// What a known set must have or lack. `HasAny` of nothing never passes, `HasAll` and `Lacks` of nothing
/// always do.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum SetTest {
    /// At least one of these.
    HasAny(Vec<u32>),
    /// All of these.
    HasAll(Vec<u32>),
    /// None of these.
    Lacks(Vec<u32>),
}

/// Keys from `low` to `high`, both included; empty where `low > high`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The lowest key.
    pub low: i64,
    /// The highest key.
    pub high: i64,
}

impl Span {
    /// Every key.
    pub const ALL: Self = Self { low: i64::MIN, high: i64::MAX };
    /// No key.
    pub const NONE: Self = Self { low: i64::MAX, high: i64::MIN };

    /// Between two ends; `None` is no end, `true` means that the end itself belongs to the span.
    ///
    /// Whole keys make an open end the next key: above 3 is from 4, above a [`real_key`] is from the next
    /// greater `f64`.
    #[must_use]
    pub fn between(low: Option<(i64, bool)>, high: Option<(i64, bool)>) -> Self {
        let low = match low {
            None => Some(i64::MIN),
            Some((key, true)) => Some(key),
            Some((key, false)) => key.checked_add(1),
        };
        let high = match high {
            None => Some(i64::MAX),
            Some((key, true)) => Some(key),
            Some((key, false)) => key.checked_sub(1),
        };
        match (low, high) {
            (Some(low), Some(high)) => Self { low, high },
            _ => Self::NONE,
        }
    }

    /// Whether it holds no key.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.low > self.high
    }

    /// Whether it holds `key`.
    #[must_use]
    pub const fn holds(self, key: i64) -> bool {
        self.low <= key && key <= self.high
    }
}

/// The key of an `f64`: keys order as the numbers do, `-0` is `0`, neighbours are neighbours.
#[must_use]
pub const fn real_key(number: f64) -> i64 {
    let bits = (number + 0.0).to_bits().cast_signed();
    bits ^ (bits >> 63).cast_unsigned().wrapping_shr(1).cast_signed()
}

/// What one level reads for one customer, in 8 bytes.
///
/// `i64::MIN` is kept for unknown, so a number key of `i64::MIN` reads as the next key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading(pub(crate) i64);

impl Reading {
    /// Nothing is known.
    pub const UNKNOWN: Self = Self(i64::MIN);

    /// A symbol.
    #[must_use]
    pub const fn symbol(symbol: u32) -> Self {
        Self(symbol as i64)
    }
    /// A number's key.
    #[must_use]
    pub const fn number(key: i64) -> Self {
        Self(if key == i64::MIN { i64::MIN + 1 } else { key })
    }
    /// An `f64`; NaN is unknown.
    #[must_use]
    pub const fn real(number: f64) -> Self {
        if number.is_nan() { Self::UNKNOWN } else { Self::number(real_key(number)) }
    }
    /// Yes or no.
    #[must_use]
    pub const fn flag(yes: bool) -> Self {
        Self(yes as i64)
    }
    /// A set: `length` members from `start` in [`Readings::members`].
    #[must_use]
    pub const fn set(start: u32, length: u32) -> Self {
        Self((start as i64) << 31 | (length & 0x7fff_ffff) as i64)
    }
    /// Whether nothing is known.
    #[must_use]
    pub const fn is_unknown(self) -> bool {
        self.0 == i64::MIN
    }
    /// Where a set's members stand: (start, end).
    pub(crate) const fn members(self) -> (usize, usize) {
        let start = (self.0 >> 31) as usize;
        (start, start + (self.0 & 0x7fff_ffff) as usize)
    }
}

/// What every level reads for one customer.
#[derive(Clone, Copy, Debug)]
pub struct Readings<'a> {
    /// One per level; levels beyond the end are unknown.
    pub levels: &'a [Reading],
    /// The members of all sets, in any order.
    pub members: &'a [u32],
}

impl<'a> Readings<'a> {
    /// What a level reads.
    pub(crate) fn level(&self, level: u32) -> Reading {
        self.levels.get(level as usize).copied().unwrap_or(Reading::UNKNOWN)
    }
    /// The members of a set that is known; members that are not there count as absent.
    pub(crate) fn set(&self, reading: Reading) -> &'a [u32] {
        let (start, end) = reading.members();
        self.members.get(start..end).unwrap_or_default()
    }
}

/// Bounds in the order of the index: highest first, then by name.
pub(crate) fn order(a: (f64, u32), b: (f64, u32)) -> Ordering {
    b.0.total_cmp(&a.0).then(a.1.cmp(&b.1))
}

/// A bound as the index keeps it: never NaN, never `-0`.
pub(crate) fn tidy(bound: f64) -> f64 {
    if bound.is_nan() { f64::INFINITY } else { bound + 0.0 }
}
