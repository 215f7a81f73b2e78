//! A placement's candidates as items of its index: what their conditions ask becomes tests of levels.
//!
//! In: plans with two-valued predicates. Out: the index, and what each of its levels reads at run time. What
//! depends on the channel (consent, hours, content), on switches, and on required attributes that are missing
//! is left to the walk, which asks for it at the few candidates that come through.

use std::collections::{BTreeMap, BTreeSet};

use super::bound::{Factors, bound, factors, settled};
use super::index::{
    Accept, Condition, Index, Item, LevelKind, Literal, Options, SetTest, Span, Sure, real_key,
};
use super::{
    ActionPlan, Consent, Entry, Leaf, Op, Place, PlacementPlan, Predicate, SegmentPlan, Wanted,
    Window,
};
use crate::mutant::mutant;
use crate::shares::shared_out;

/// A placement with more segments than this that hang on the moment or the request reads them as one set, which
/// costs a row for each that the customer is in, not for each that there is.
const SEGMENTS: usize = 24;

/// So do those with more of the others, whose rows are found when the customer is put.
const HELD_SEGMENTS: usize = 256;

/// Most tests of a segment that is read test by test.
const SHORT: usize = 8;

/// Most lists of factors that a decision works out to lower its bounds.
const FACTORS: usize = 8;

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
    /// What is settled of each item.
    pub(crate) ready: Vec<Ready>,
    /// The factors that scores have and bounds have at their most, every distinct list of them; empty where they
    /// are not known of all.
    pub(crate) factors: Vec<Factors>,
    /// The levels whose reading hangs on more than the customer.
    pub(crate) rest: Vec<u32>,
    /// Where the rows of the other levels stand among those of the program; `None` where none are kept.
    pub(crate) held: Option<(u32, u32)>,
    /// Of each item the conditions that ask about events, its other ones left out: the index lets in all that those
    /// let in, and these are asked once it comes through. Events come without a put, so that no row may hang on
    /// them.
    pub(crate) asks: Vec<Box<[Predicate]>>,
    /// Per block of the index, the items of which only the language is left to be asked, which is this one's of all.
    pub(crate) sure: Vec<Sure>,
    pub(crate) spoken: Option<Spoken>,
}

/// The one language that something is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Spoken {
    /// Its id.
    language: u16,
    /// Whether it is the workspace's first.
    first: bool,
}

impl Spoken {
    /// Whether it is for a customer of this language and its base; 0 where nothing is known of it.
    #[inline]
    pub(crate) fn is_read_by(self, (language, base): (u16, u16)) -> bool {
        if language == 0 && !mutant!("ready_unknown_language_is_a_language") {
            return self.first;
        }
        self.language == language || self.language == base
    }
}

/// What is settled of a candidate before anybody asks, in 24 bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ready {
    /// Its score; NaN where it hangs on the customer or the request.
    pub(crate) score: f64,
    /// Index of the action.
    pub(crate) action: u32,
    /// Index of its one content.
    content: u32,
    channel: u16,
    /// The one language it is written in.
    spoken: Spoken,
    /// One channel that asks for no consent, no hours, no attribute; one content; no event is asked about.
    simple: bool,
    /// Whether contact policy or a budget is asked all the same.
    pub(crate) gated: bool,
}

impl Ready {
    /// Of a candidate that `asks` about events no treatment is settled.
    fn new(plan: &PlacementPlan, entry: &Entry, action: &ActionPlan, asks: bool) -> Self {
        let score = settled(&plan.ranking, action).unwrap_or(f64::NAN);
        let mut ready = Self {
            score,
            action: entry.action,
            content: 0,
            channel: 0,
            spoken: Spoken { language: 0, first: false },
            simple: false,
            gated: false,
        };
        if let [only] = &entry.treatments[..]
            && let Some(treatment) = action.treatments.get(*only as usize)
            && let [(language, content)] = treatment.contents[..]
            && let Ok(channel) = u16::try_from(treatment.channel)
        {
            let first = treatment.first_language.is_some();
            let simple = (!asks || mutant!("ready_forgets_what_the_index_cannot_ask"))
                && treatment.consent == Consent::Free
                && treatment.hours.is_none()
                && treatment.required.is_empty()
                && action.required.is_empty();
            let (spoken, gated) = (Spoken { language, first }, treatment.gated);
            ready = Self { content, channel, spoken, simple, gated, ..ready };
        }
        ready
    }

    /// Channel and content, where nothing but gates and the customer's language (its id and that of its base) is
    /// left to be asked; the inner `None` refuses.
    #[inline]
    pub(crate) fn treatment(&self, language: (u16, u16)) -> Option<Option<(u32, u32)>> {
        let written = self.spoken.is_read_by(language);
        self.simple.then(|| written.then_some((u32::from(self.channel), self.content)))
    }
}

/// The segments whose truth hangs on the customer alone, neither on the moment nor on the request.
pub(super) fn held_segments(segments: &[SegmentPlan], order: &[u32]) -> Vec<bool> {
    fn held(predicate: &Predicate, below: &[bool]) -> bool {
        match predicate {
            Predicate::Always(_) => true,
            Predicate::Known(place, _) => matches!(place, Place::Customer(_)),
            Predicate::Leaf(leaf) => {
                matches!(leaf.place, Place::Customer(_)) && !matches!(leaf.op, Op::Window(_))
            }
            Predicate::All(parts) | Predicate::Any(parts) => {
                parts.iter().all(|part| held(part, below))
            }
            Predicate::Segment(segment, _) => below.get(*segment as usize) == Some(&true),
        }
    }
    let mut found = vec![false; segments.len()];
    for index in order {
        let Some(plan) = segments.get(*index as usize) else { continue };
        let required = plan.required.iter().all(|place| matches!(place, Place::Customer(_)));
        let all = required && held(&plan.surely_true, &found) && held(&plan.surely_false, &found);
        if let Some(place) = found.get_mut(*index as usize) {
            *place = all;
        }
    }
    found
}

/// The index of a placement; `None` only where the plan holds what cannot be asked so.
pub(super) fn candidates(
    plan: &PlacementPlan,
    actions: &[ActionPlan],
    plans: &[SegmentPlan],
    segments: &[bool],
    windows: &[Window],
    kinds: &BTreeMap<Place, Kind>,
) -> Option<Candidates> {
    let open: Vec<Option<&SegmentPlan>> = plans
        .iter()
        .zip(segments)
        .map(|(plan, held)| Some(plan).filter(|plan| !held && is_short(&plan.surely_true)))
        .collect();
    let mut used = BTreeSet::new();
    for entry in &plan.candidates {
        let action = actions.get(entry.action as usize)?;
        named(&action.who, &open, &mut used);
        named(&action.not_excluded, &open, &mut used);
    }
    used.retain(|segment| (*segment as usize) < segments.len());
    let (own, other): (BTreeSet<u32>, BTreeSet<u32>) =
        used.into_iter().partition(|segment| segments.get(*segment as usize) == Some(&true));
    let mut set = BTreeSet::new();
    for (list, most) in [(own, HELD_SEGMENTS), (other, SEGMENTS)] {
        if list.len() > most {
            set.extend(list);
        }
    }
    let levels = Levels::new(kinds, windows, &open, &set);
    let worth = plan.candidates.len() / WORTH;
    let parts = shared_out(plan.candidates.len().div_ceil(PART), worth, |number| {
        let from = number * PART;
        let own = plan.candidates.get(from..plan.candidates.len().min(from + PART));
        Part::new(plan, own.unwrap_or_default(), actions, levels.fork())
    });
    let mut parts = parts.into_iter();
    let mut all = parts.next().unwrap_or_else(|| Some(Part::empty(levels.fork())))?;
    for part in parts {
        all.append(part?);
    }
    let Part { levels: Levels { list, .. }, asks, items, ready, tight } = all;
    let kinds: Vec<LevelKind> = list.iter().map(Level::kind).collect();
    let held: Vec<bool> = list.iter().map(|level| level.held(segments)).collect();
    let index = Index::build_held(&kinds, &held, &items, Options::default()).ok()?;
    let rest = (0..).zip(&held).filter(|(_, held)| !**held).map(|(level, _)| level).collect();
    let segments = set.into_iter().collect();
    let factors = tight.unwrap_or_default();
    let spoken = ready.iter().find(|one| one.simple).map(|one| one.spoken);
    let sure = Sure::of(&index, |item| {
        ready
            .get(item as usize)
            .is_some_and(|one| one.simple && !one.gated && Some(one.spoken) == spoken)
    });
    Some(Candidates {
        levels: list,
        segments,
        index,
        ready,
        factors,
        rest,
        held: None,
        asks,
        sure,
        spoken,
    })
}

/// Candidates that are read together, and how many of them are worth a thread.
const PART: usize = 512;
const WORTH: usize = 500;

/// What some candidates became, with levels of its own numbers.
struct Part<'a> {
    levels: Levels<'a>,
    asks: Vec<Box<[Predicate]>>,
    items: Vec<Item>,
    ready: Vec<Ready>,
    /// Every distinct list of factors; `None` where they are not known of all.
    tight: Option<Vec<Factors>>,
}

impl<'a> Part<'a> {
    fn empty(levels: Levels<'a>) -> Self {
        let (asks, items, ready) = (Vec::new(), Vec::new(), Vec::new());
        Self { levels, asks, items, ready, tight: Some(Vec::new()) }
    }

    fn new(
        plan: &PlacementPlan,
        entries: &[Entry],
        actions: &[ActionPlan],
        levels: Levels<'a>,
    ) -> Option<Self> {
        let mut part = Self::empty(levels);
        let levels = &mut part.levels;
        for entry in entries {
            let action = actions.get(entry.action as usize)?;
            levels.asks = false;
            let mut all =
                vec![levels.condition(&action.who)?, levels.condition(&action.not_excluded)?];
            let mut open = Vec::new();
            if levels.asks {
                let lines = [&action.who, &action.not_excluded];
                lines.into_iter().for_each(|line| unasked(line, &mut open));
            }
            part.asks.push(open.into());
            if let Some((first, last)) = action.days() {
                let span = Span { low: i64::from(first), high: i64::from(last) };
                all.push(levels.numbers(Level::Today, vec![span], false));
            }
            // Actions are numbered in the order of their names.
            part.items.push(Item {
                bound: bound(&plan.ranking, action),
                rank: entry.action,
                condition: Condition::All(all),
            });
            part.ready.push(Ready::new(plan, entry, action, levels.asks));
            part.tight = part.tight.zip(factors(&plan.ranking, action)).and_then(with);
        }
        Some(part)
    }

    /// Adds the next candidates; their levels get the numbers that they would have got in one go.
    fn append(&mut self, part: Self) {
        let levels = part.levels.list.into_iter();
        let numbers: Vec<u32> = levels.map(|level| self.levels.number(level)).collect();
        self.asks.extend(part.asks);
        self.ready.extend(part.ready);
        self.items.extend(part.items.into_iter().map(|mut item| {
            if !mutant!("candidates_number_levels_by_part") {
                renumber(&mut item.condition, &numbers);
            }
            item
        }));
        let both = self.tight.take().zip(part.tight);
        self.tight = both.and_then(|(all, lists)| {
            lists.into_iter().try_fold(all, |all, list| with((all, list)))
        });
    }
}

/// Gives the levels of a condition other numbers.
fn renumber(condition: &mut Condition, numbers: &[u32]) {
    match condition {
        Condition::Literal(literal) => {
            literal.level = numbers.get(literal.level as usize).copied().unwrap_or(literal.level);
        }
        Condition::All(parts) | Condition::Any(parts) => {
            parts.iter_mut().for_each(|part| renumber(part, numbers));
        }
    }
}

/// A list of lists with one more, if it is not in it; `None` where they get too many to be asked each time, or
/// where one knows of no factor and no bound can be lowered.
fn with((mut lists, list): (Vec<Factors>, Factors)) -> Option<Vec<Factors>> {
    if list.is_empty() {
        return None;
    }
    if !lists.contains(&list) {
        lists.push(list);
    }
    (lists.len() <= FACTORS).then_some(lists)
}

/// Adds the parts of a list of conditions that ask about events: an index answers the others in full.
fn unasked(predicate: &Predicate, into: &mut Vec<Predicate>) {
    match predicate {
        Predicate::All(parts) => parts.iter().for_each(|part| unasked(part, into)),
        other if asks_about_events(other) => into.push(other.clone()),
        _ => {}
    }
}

/// Whether the index cannot tell. A segment it can, whatever it asks: as a whole it is a level.
fn asks_about_events(predicate: &Predicate) -> bool {
    match predicate {
        Predicate::Leaf(leaf) => matches!(leaf.place, Place::Event(_)),
        Predicate::Known(place, _) => matches!(place, Place::Event(_)),
        Predicate::All(parts) | Predicate::Any(parts) => parts.iter().any(asks_about_events),
        Predicate::Always(_) | Predicate::Segment(..) => false,
    }
}

/// Whether a segment that hangs on more than the customer is a short list of tests: then it is read test by test,
/// of which most hang on the customer alone. One that asks about events is not: as a whole it is a level, and
/// the index asks it once for all.
fn is_short(predicate: &Predicate) -> bool {
    let test = |part: &Predicate| match part {
        Predicate::Leaf(leaf) => !matches!(leaf.place, Place::Event(_)),
        Predicate::Known(place, _) => !matches!(place, Place::Event(_)),
        _ => false,
    };
    match predicate {
        Predicate::All(parts) => parts.len() <= SHORT && parts.iter().all(test),
        other => test(other),
    }
}

/// The segments that a predicate names and that are not read test by test.
fn named(predicate: &Predicate, open: &[Option<&SegmentPlan>], into: &mut BTreeSet<u32>) {
    match predicate {
        Predicate::Segment(segment, wanted) => {
            let is_open = open.get(*segment as usize).is_some_and(Option::is_some);
            if !(is_open && *wanted == Wanted::True) {
                into.insert(*segment);
            }
        }
        Predicate::All(parts) | Predicate::Any(parts) => {
            parts.iter().for_each(|part| named(part, open, into));
        }
        Predicate::Always(_) | Predicate::Known(..) | Predicate::Leaf(_) => {}
    }
}

impl Level {
    /// Whether it hangs on the customer alone.
    fn held(&self, segments: &[bool]) -> bool {
        match self {
            Self::Flag(place)
            | Self::Symbol(place)
            | Self::Whole(place)
            | Self::Real(place)
            | Self::Set(place, _) => matches!(place, Place::Customer(_)),
            Self::Segment(segment) => segments.get(*segment as usize) == Some(&true),
            Self::DaysAway(..) | Self::MicrosAway(..) | Self::Inside(..) | Self::Today => {
                mutant!("codes_days_away_kept")
            }
            Self::Segments => false,
        }
    }

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
    /// Segments that are read test by test where they must surely hold.
    open: &'a [Option<&'a SegmentPlan>],
    /// Segments that are read as one set.
    set: &'a BTreeSet<u32>,
    of: BTreeMap<Level, u32>,
    list: Vec<Level>,
    /// Whether a condition asks about events.
    asks: bool,
}

impl<'a> Levels<'a> {
    fn new(
        kinds: &'a BTreeMap<Place, Kind>,
        windows: &'a [Window],
        open: &'a [Option<&'a SegmentPlan>],
        set: &'a BTreeSet<u32>,
    ) -> Self {
        Self { kinds, windows, open, set, of: BTreeMap::new(), list: Vec::new(), asks: false }
    }

    /// For the same conditions, without any level.
    fn fork(&self) -> Self {
        Self::new(self.kinds, self.windows, self.open, self.set)
    }

    /// The number of a level.
    fn number(&mut self, level: Level) -> u32 {
        let next = u32::try_from(self.list.len()).unwrap_or(u32::MAX);
        let number = *self.of.entry(level).or_insert(next);
        if number == next {
            self.list.push(level);
        }
        number
    }

    fn literal(&mut self, level: Level, accept: Accept) -> Condition {
        Condition::Literal(Literal { level: self.number(level), accept })
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
            Predicate::Segment(segment, wanted) => {
                match self.open.get(*segment as usize).copied().flatten() {
                    Some(plan) if *wanted == Wanted::True => self.opened(plan)?,
                    _ => self.segment(*segment, *wanted),
                }
            }
            Predicate::Leaf(leaf) => self.leaf(leaf)?,
        })
    }

    /// Not an edge of the index, whoever passes the rest is asked: all are let in. Predicates hold no negation, so that more here is more above.
    fn maybe(&mut self) -> Condition {
        self.asks = true;
        Condition::All(Vec::new())
    }

    fn known(&mut self, place: Place, known: bool) -> Option<Condition> {
        if matches!(place, Place::Event(_)) {
            return Some(self.maybe());
        }
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

    /// A segment that surely holds: nothing required is missing, and every line holds.
    fn opened(&mut self, plan: &SegmentPlan) -> Option<Condition> {
        let mut all = vec![self.condition(&plan.surely_true)?];
        for place in &plan.required {
            all.push(self.known(*place, true)?);
        }
        Some(Condition::All(all))
    }

    fn segment(&mut self, segment: u32, wanted: Wanted) -> Condition {
        if self.set.contains(&segment) {
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
        if matches!(place, Place::Event(_)) {
            return Some(self.maybe());
        }
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
