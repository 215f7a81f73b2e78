//! A placement's candidates as items of its index: what their conditions ask becomes tests of levels.
//!
//! In: plans with two-valued predicates. Out: the index, and what each of its levels reads at run time. What
//! depends on the channel (consent, hours, content), on switches, and on required attributes that are missing
//! is left to the walk, which asks for it at the few candidates that come through.

use std::collections::{BTreeMap, BTreeSet};

use super::bound::bound;
use super::index::{
    Accept, Condition, Index, Item, LevelKind, Literal, Options, SetTest, Span, real_key,
};
use super::{ActionPlan, Leaf, Op, Place, PlacementPlan, Predicate, SegmentPlan, Wanted, Window};
use crate::mutant::mutant;

/// A placement with more segments than this reads them as one set, which costs a row for each that the
/// customer is in, not for each that there is.
const SEGMENTS: usize = 24;

/// What the words at a place are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// 0 or 1.
    Flag,
    /// Symbols.
    Symbol,
    /// Signed whole numbers: money, days, instants.
    Whole,
    /// Floats.
    Real,
    /// So many words of bits.
    Set(u32),
}

/// What a level reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// Yes or no.
    Flag(Place),
    /// A symbol.
    Symbol(Place),
    /// A whole number.
    Whole(Place),
    /// A float.
    Real(Place),
    /// A set in so many words.
    Set(Place, u32),
    /// Days from today to a day; the declared default stands in.
    DaysAway(Place, Option<u64>),
    /// Microseconds from the moment to an instant; the declared default stands in.
    MicrosAway(Place, Option<u64>),
    /// Whether it lies in a window whose ends hang on the calendar; the declared default stands in.
    Inside(Place, u32, Option<u64>),
    /// The day of the decision.
    Today,
    /// In, out or unknown.
    Segment(u32),
    /// The segments that the customer is surely in (twice the number) and surely out of (plus one).
    Segments,
}

/// A placement's candidates, ready to be asked.
#[derive(Debug)]
pub(crate) struct Candidates {
    /// What the levels of the index read.
    pub(crate) levels: Vec<Level>,
    /// The segments that [`Level::Segments`] tells of.
    pub(crate) segments: Vec<u32>,
    /// Items are numbered as the placement's candidates.
    pub(crate) index: Index,
}

/// The index of a placement; `None` only where the plan holds what cannot be asked so.
pub(super) fn candidates(
    plan: &PlacementPlan,
    actions: &[ActionPlan],
    segments: &[SegmentPlan],
    windows: &[Window],
    kinds: &BTreeMap<Place, Kind>,
) -> Option<Candidates> {
    let mut used = BTreeSet::new();
    for entry in &plan.candidates {
        let action = actions.get(entry.action as usize)?;
        named(&action.who, &mut used);
        named(&action.not_excluded, &mut used);
    }
    used.retain(|segment| (*segment as usize) < segments.len());
    let many = used.len() > SEGMENTS;
    let mut levels = Levels { kinds, windows, many, of: BTreeMap::new(), list: Vec::new() };
    let mut items = Vec::with_capacity(plan.candidates.len());
    for entry in &plan.candidates {
        let action = actions.get(entry.action as usize)?;
        let mut all = vec![levels.condition(&action.who)?, levels.condition(&action.not_excluded)?];
        if let Some((first, last)) = action.days() {
            let span = Span { low: i64::from(first), high: i64::from(last) };
            all.push(levels.numbers(Level::Today, vec![span], false));
        }
        // Actions are numbered in the order of their names.
        items.push(Item {
            bound: bound(&plan.ranking, action),
            rank: entry.action,
            condition: Condition::All(all),
        });
    }
    let kinds: Vec<LevelKind> = levels.list.iter().map(Level::kind).collect();
    let index = Index::build(&kinds, &items, Options::default()).ok()?;
    let segments = if many { used.into_iter().collect() } else { Vec::new() };
    Some(Candidates { levels: levels.list, segments, index })
}

/// The segments that a predicate names.
fn named(predicate: &Predicate, into: &mut BTreeSet<u32>) {
    match predicate {
        Predicate::Segment(segment, _) => {
            into.insert(*segment);
        }
        Predicate::All(parts) | Predicate::Any(parts) => {
            parts.iter().for_each(|part| named(part, into));
        }
        Predicate::Always(_) | Predicate::Known(..) | Predicate::Leaf(_) => {}
    }
}

impl Level {
    fn kind(&self) -> LevelKind {
        match self {
            Self::Flag(_) | Self::Inside(..) | Self::Segment(_) => LevelKind::Flag,
            Self::Symbol(_) => LevelKind::Symbol,
            Self::Whole(_)
            | Self::Real(_)
            | Self::DaysAway(..)
            | Self::MicrosAway(..)
            | Self::Today => LevelKind::Number,
            Self::Set(..) | Self::Segments => LevelKind::Set,
        }
    }
}

/// Levels, in the order in which conditions first ask for them.
struct Levels<'a> {
    kinds: &'a BTreeMap<Place, Kind>,
    windows: &'a [Window],
    many: bool,
    of: BTreeMap<Level, u32>,
    list: Vec<Level>,
}

impl Levels<'_> {
    fn literal(&mut self, level: Level, accept: Accept) -> Condition {
        let next = u32::try_from(self.list.len()).unwrap_or(u32::MAX);
        let number = *self.of.entry(level).or_insert(next);
        if number == next {
            self.list.push(level);
        }
        Condition::Literal(Literal { level: number, accept })
    }

    fn numbers(&mut self, level: Level, spans: Vec<Span>, unknown: bool) -> Condition {
        self.literal(level, Accept::Numbers { spans, unknown })
    }

    fn condition(&mut self, predicate: &Predicate) -> Option<Condition> {
        Some(match predicate {
            Predicate::Always(true) => Condition::All(Vec::new()),
            Predicate::Always(false) => Condition::Any(Vec::new()),
            Predicate::All(parts) => Condition::All(
                parts.iter().map(|part| self.condition(part)).collect::<Option<_>>()?,
            ),
            Predicate::Any(parts) => Condition::Any(
                parts.iter().map(|part| self.condition(part)).collect::<Option<_>>()?,
            ),
            Predicate::Known(place, known) => self.known(*place, *known)?,
            Predicate::Segment(segment, wanted) => self.segment(*segment, *wanted),
            Predicate::Leaf(leaf) => self.leaf(leaf)?,
        })
    }

    fn known(&mut self, place: Place, known: bool) -> Option<Condition> {
        let unknown = !known;
        Some(match self.kinds.get(&place)? {
            Kind::Flag => self.flags(Level::Flag(place), known, known, unknown),
            Kind::Symbol => {
                let accept = Accept::Symbols { listed: Vec::new(), except: known, unknown };
                self.literal(Level::Symbol(place), accept)
            }
            Kind::Whole => self.numbers(Level::Whole(place), every(known), unknown),
            Kind::Real => self.numbers(Level::Real(place), every(known), unknown),
            Kind::Set(words) => {
                let test =
                    if known { SetTest::Lacks(Vec::new()) } else { SetTest::HasAny(Vec::new()) };
                self.literal(Level::Set(place, *words), Accept::Set { test, unknown })
            }
        })
    }

    fn flags(&mut self, level: Level, yes: bool, no: bool, unknown: bool) -> Condition {
        self.literal(level, Accept::Flags { yes, no, unknown })
    }

    fn segment(&mut self, segment: u32, wanted: Wanted) -> Condition {
        if self.many {
            let (inside, outside) = (
                vec![segment.saturating_mul(2)],
                vec![segment.saturating_mul(2).saturating_add(1)],
            );
            let test = match wanted {
                Wanted::True => SetTest::HasAny(inside),
                Wanted::False => SetTest::HasAny(outside),
                Wanted::NotTrue => SetTest::Lacks(inside),
                Wanted::NotFalse => SetTest::Lacks(outside),
            };
            return self.literal(Level::Segments, Accept::Set { test, unknown: false });
        }
        let (yes, no, unknown) = match wanted {
            Wanted::True => (true, false, false),
            Wanted::False => (false, true, mutant!("candidates_unknown_segment_is_out")),
            Wanted::NotTrue => (false, true, true),
            Wanted::NotFalse => (true, false, true),
        };
        self.flags(Level::Segment(segment), yes, no, unknown)
    }

    fn leaf(&mut self, leaf: &Leaf) -> Option<Condition> {
        let Leaf { place, op, expect, unknown, stand_in } = leaf;
        let (place, expect, unknown) = (*place, *expect, *unknown);
        if let Op::Window(number) = op {
            let window = self.windows.get(*number as usize)?;
            let Some((low, high)) = window.distance() else {
                let level = Level::Inside(place, *number, *stand_in);
                return Some(self.flags(level, expect, !expect, unknown));
            };
            let level = if window.instants {
                Level::MicrosAway(place, *stand_in)
            } else {
                Level::DaysAway(place, *stand_in)
            };
            return Some(self.numbers(level, wanted(vec![Span { low, high }], expect), unknown));
        }
        Some(match self.kinds.get(&place)? {
            Kind::Flag => {
                let holds = |word| op.holds(word) == expect;
                self.flags(Level::Flag(place), holds(1), holds(0), unknown)
            }
            Kind::Symbol => {
                let words = match op {
                    Op::Word(word) => std::slice::from_ref(word),
                    Op::Words(words) => words,
                    _ => return None,
                };
                let listed =
                    words.iter().map(|word| u32::try_from(*word)).collect::<Result<_, _>>();
                let accept = Accept::Symbols { listed: listed.ok()?, except: !expect, unknown };
                self.literal(Level::Symbol(place), accept)
            }
            Kind::Whole => {
                let point = |word: &u64| {
                    let key = word.cast_signed();
                    Span { low: key, high: key }
                };
                let spans = match op {
                    Op::Word(word) => vec![point(word)],
                    Op::Words(words) => words.iter().map(point).collect(),
                    Op::Whole { low, high } => vec![Span { low: *low, high: *high }],
                    _ => return None,
                };
                self.numbers(Level::Whole(place), wanted(spans, expect), unknown)
            }
            Kind::Real => {
                let point = |number: &f64| {
                    let key = real_key(*number);
                    Span { low: key, high: key }
                };
                let spans = match op {
                    Op::Reals(numbers) => numbers.iter().map(point).collect(),
                    Op::Words(words) if words.is_empty() => Vec::new(),
                    Op::Real { low, low_in, high, high_in } => {
                        let low = (real_key(*low), *low_in);
                        vec![Span::between(Some(low), Some((real_key(*high), *high_in)))]
                    }
                    _ => return None,
                };
                self.numbers(Level::Real(place), wanted(spans, expect), unknown)
            }
            Kind::Set(words) => self.set(Level::Set(place, *words), op, expect, unknown)?,
        })
    }

    fn set(&mut self, level: Level, op: &Op, expect: bool, unknown: bool) -> Option<Condition> {
        let test = match (op, expect) {
            (Op::HasAny(bits), true) => SetTest::HasAny(members(bits)),
            (Op::HasAny(bits), false) => SetTest::Lacks(members(bits)),
            (Op::HasAll(bits), true) => SetTest::HasAll(members(bits)),
            (Op::HasAll(bits), false) => {
                // Lacks one of them; nothing lacks one of none.
                let lacks = members(bits).into_iter().map(|member| SetTest::Lacks(vec![member]));
                let tests = lacks.chain([SetTest::HasAny(Vec::new())]);
                let literals = tests.map(|test| self.literal(level, Accept::Set { test, unknown }));
                return Some(Condition::Any(literals.collect()));
            }
            _ => return None,
        };
        Some(self.literal(level, Accept::Set { test, unknown }))
    }
}

fn every(all: bool) -> Vec<Span> {
    if all { vec![Span::ALL] } else { Vec::new() }
}

/// The spans, or all that lies outside them.
fn wanted(mut spans: Vec<Span>, inside: bool) -> Vec<Span> {
    if inside {
        return spans;
    }
    spans.retain(|span| !span.is_empty());
    spans.sort_unstable();
    let mut out = Vec::with_capacity(spans.len() + 1);
    let mut low = Some(i64::MIN);
    for span in spans {
        if let Some(low) = low
            && let Some(high) = span.low.checked_sub(1)
            && low <= high
        {
            out.push(Span { low, high });
        }
        let next =
            span.high.checked_add(i64::from(!mutant!("candidates_complement_keeps_its_end")));
        low = low.zip(next).map(|(low, next)| low.max(next));
    }
    out.extend(low.map(|low| Span { low, high: i64::MAX }));
    out
}

/// The numbers of the bits that are set.
fn members(words: &[u64]) -> Vec<u32> {
    let bits = (0_u32..).zip(words).flat_map(|(at, word)| {
        (0..64).filter(move |bit| word >> bit & 1 == 1).map(move |bit| at * 64 + bit)
    });
    bits.collect()
}
