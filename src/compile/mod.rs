//! Compiling: typed rules become one immutable [`Program`]. It cannot fail.
//!
//! In: [`Rules`] and the engine's [`Dictionary`], which gives new attributes and words their ids. Out: plans
//! that hold ids and numbers; conditions in surely-true and surely-false forms, so that running is two-valued.
//! Knows nothing of source text: the rules with their lines are carried along, unread, for `explain`.

mod bound;
mod candidates;
mod events;
pub mod index;
mod journeys;
mod limits;
mod plan;
mod predicate;
mod score;

pub(crate) use candidates::{Candidates, Kind, Level};
pub(crate) use events::{AggregatePlan, EventPlan};
pub(crate) use journeys::{
    DoesPlan, EnterPlan, GoalByPlan, JourneyPlan, StepPlan, UntilPlan, WaitedPlan,
};
pub(crate) use limits::{BudgetPlan, Gate, Gates};
pub(crate) use plan::{ActionPlan, Consent, Entry, PlacementPlan, TreatmentPlan};
pub(crate) use predicate::{Leaf, Op, Place, Predicate, Wanted, Window};
pub(crate) use score::{RankingPlan, Score, Term, number};

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use foldhash::fast::FixedState;

use crate::check::Rules;
use crate::check::rules::{Action, Attribute, Condition, Function, Need, Origin, Piece};
use crate::mutant::mutant;
use crate::profile::{Dictionary, SlotKey, lies_cold, name_hash};
use crate::value::{Type, Typed, Zone};

/// Compiled rules, bound to the engine that compiled them (symbol and attribute ids are its own).
#[derive(Debug)]
pub struct Program {
    /// Which engine's ids these are.
    pub(crate) engine: Arc<()>,
    /// Set when it is published.
    pub(crate) generation: u64,
    /// Which program this is among all of this process; never 0.
    pub(crate) serial: u64,
    /// Whether a decision or its messages may read more of a customer than the hot part.
    pub(crate) reads_cold: bool,
    /// How many rows of a customer's own all placements have together.
    pub(crate) held_rows: u32,
    /// For `explain` and `render`; a decision never looks here.
    pub(crate) rules: Arc<Rules>,
    /// The workspace's zone.
    pub(crate) zone: Zone,
    /// In the order of the rules.
    pub(crate) segments: Vec<SegmentPlan>,
    /// Segments, each after those that it reads.
    pub(crate) order: Vec<u32>,
    /// Every distinct span of time that a line asks for.
    pub(crate) windows: Vec<Window>,
    /// In the order of the rules, which is by name.
    pub(crate) actions: Vec<ActionPlan>,
    /// In the order of the rules.
    pub(crate) placements: Vec<PlacementPlan>,
    placement_names: BTreeMap<String, usize>,
    /// What the words at each place are.
    kinds: BTreeMap<Place, Kind>,
    /// What a request may carry, by name.
    pub(crate) request: BTreeMap<String, RequestPlan>,
    /// Words of one request's attributes.
    pub(crate) request_words: usize,
    /// Where the preferred channel lies, and the channel of each symbol.
    pub(crate) preferred: Option<(Place, Vec<Option<u32>>)>,
    /// Attributes by name with their index: what the door reads values under.
    pub(crate) declared: BTreeMap<String, usize>,
    /// Events at the door, in the order of the rules.
    pub(crate) events: Vec<EventPlan>,
    /// Events by every name they go by.
    pub(crate) event_names: BTreeMap<String, usize>,
    /// Questions about events, in the order of the rules.
    pub(crate) aggregates: Vec<AggregatePlan>,
    /// The words that questions about events compare with, by their symbols; for `explain`.
    pub(crate) words: BTreeMap<u64, String>,
    /// Everything that contact policy may put before a treatment.
    pub(crate) gates: Gates,
    /// Whether a decision asks about contacts or budgets.
    pub(crate) has_policy: bool,
    /// Actions by every name they go by.
    pub(crate) action_names: BTreeMap<String, u32>,
    /// The hash of each channel's name.
    pub(crate) channel_keys: Box<[u64]>,
    /// What customers go through, in the order of the rules.
    pub(crate) journeys: Vec<JourneyPlan>,
    /// Journeys by the hash of every name they go by.
    pub(crate) journey_names: BTreeMap<u64, u32>,
    /// Words of a request with what a run entered with behind them.
    pub(crate) entry_words: usize,
    /// Dropped with it: tells a test where a program is freed.
    rider: Option<Box<dyn std::any::Any + Send + Sync>>,
}

/// How large a program is, all placements together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProgramSize {
    /// Lists of tests that candidates were written out as.
    pub conjunctions: usize,
    /// Of those, how many are looked at once more when they come through.
    pub verified: usize,
    /// Bytes of the decision indexes.
    pub index_bytes: usize,
}

/// A segment in both forms.
#[derive(Debug)]
pub(crate) struct SegmentPlan {
    /// Required attributes without which it is unknown.
    pub(crate) required: Vec<Place>,
    /// Every line surely holds.
    pub(crate) surely_true: Predicate,
    /// Some line surely does not.
    pub(crate) surely_false: Predicate,
    /// Its place in [`Program::order`].
    pub(crate) rank: u32,
    /// How many segments deep it reads.
    pub(crate) depth: u32,
}

/// One attribute of the request.
#[derive(Debug)]
pub(crate) struct RequestPlan {
    /// Index into the rules' attributes.
    pub(crate) attribute: usize,
    /// Where its words lie.
    pub(crate) place: Place,
    /// The words that rules name.
    pub(crate) symbols: BTreeMap<String, u64>,
    /// Whether a question without it is refused.
    pub(crate) required: bool,
}

/// What compiling needs to look up.
pub(crate) struct Compiler<'a> {
    rules: &'a Rules,
    dictionary: &'a mut Dictionary,
    attributes: Vec<Read>,
    windows: Vec<Window>,
    /// The fields of a row with their columns, while a filter is compiled.
    row: Option<(Vec<Attribute>, Vec<u32>)>,
    /// The fields of the entry event, the place of each among those that a run keeps, and where these begin, while
    /// a journey is compiled.
    entry: Option<(Vec<Attribute>, Vec<u32>, u32)>,
    words: BTreeMap<u64, String>,
}

/// Where an attribute is read, and what stands in for it.
#[derive(Clone, Debug)]
struct Read {
    place: Place,
    slot: Option<usize>,
    symbols: BTreeMap<String, u64>,
    /// Symbols that the dictionary gave so far, because rules name the same few words again and again; looked up,
    /// never walked.
    known: HashMap<String, u64, FixedState>,
}

impl Read {
    fn new(place: Place, slot: Option<usize>, symbols: BTreeMap<String, u64>) -> Self {
        Self { place, slot, symbols, known: HashMap::default() }
    }
}

/// Programs are told apart by a number, since what is kept with customers outlives them.
static SERIAL: AtomicU64 = AtomicU64::new(1);

fn next_serial() -> u64 {
    SERIAL.fetch_add(1, Ordering::Relaxed)
}

/// Most rows kept with a customer; placements beyond find theirs in every decision.
const HELD_ROWS: u32 = 1024;

/// Compiles rules for one engine. The program has no generation until it is published.
pub(crate) fn compile(
    shared: Arc<Rules>,
    dictionary: &mut Dictionary,
    engine: &Arc<()>,
) -> Program {
    let rules = &*shared;
    let mut compiler = Compiler {
        rules,
        dictionary,
        attributes: Vec::new(),
        windows: Vec::new(),
        row: None,
        entry: None,
        words: BTreeMap::new(),
    };
    let request_words = compiler.place_attributes();
    let events = compiler.events();
    let aggregates =
        rules.aggregates.iter().map(|asked| compiler.aggregate(asked, &events)).collect();
    let (order, depths) = segment_order(rules);
    let mut ranks = vec![0_u32; rules.segments.len()];
    for (rank, segment) in (0..).zip(&order) {
        if let Some(place) = ranks.get_mut(*segment as usize) {
            *place = rank;
        }
    }
    let segments = rules
        .segments
        .iter()
        .zip(ranks.into_iter().zip(depths))
        .map(|(segment, (rank, depth))| SegmentPlan {
            required: compiler.places(&segment.required),
            surely_true: compiler.sure_list(&segment.conditions, true),
            surely_false: compiler.sure_list(&segment.conditions, false),
            rank,
            depth,
        })
        .collect();
    let mut keeper = compiler.gatekeeper();
    let mut actions = Vec::with_capacity(rules.actions.len());
    for (index, action) in rules.actions.iter().enumerate() {
        actions.push(compiler.action(index, action, &mut keeper));
    }
    let gates = keeper.done();
    let placements = rules
        .placements
        .iter()
        .map(|placement| compiler.placement(placement, &actions, &gates))
        .collect();
    let journeys = compiler.journeys(&events, request_words);
    let entry_words =
        request_words + journeys.iter().map(|plan| plan.kept.len()).max().unwrap_or(0);
    let gated = |action: &ActionPlan| action.treatments.iter().any(|treatment| treatment.gated);
    Program {
        engine: Arc::clone(engine),
        generation: 0,
        serial: next_serial(),
        has_policy: actions.iter().any(gated),
        gates,
        action_names: action_names(rules),
        channel_keys: rules.channels.iter().map(|one| name_hash(&one.name)).collect(),
        reads_cold: compiler.reads_cold(&actions),
        held_rows: 0,
        zone: rules.workspace.zone.clone(),
        segments,
        order,
        placements,
        entry_words,
        journey_names: journey_names(rules),
        journeys,
        kinds: compiler.kinds(),
        placement_names: rules.placements.iter().map(|p| p.name.clone()).zip(0..).collect(),
        preferred: compiler.preferred(),
        declared: declared(rules),
        event_names: event_names(rules),
        events,
        aggregates,
        // Last: words that conditions compare with have their symbols by now.
        request: compiler.request(),
        request_words,
        words: compiler.words,
        windows: compiler.windows,
        actions,
        rules: Arc::clone(&shared),
        rider: None,
    }
}

/// The customer's attributes by every name they go by; where two claim one, it is whose today it is.
fn declared(rules: &Rules) -> BTreeMap<String, usize> {
    let own = || {
        let all = rules.attributes.iter().zip(0..);
        all.filter(|(attribute, _)| attribute.origin == Origin::Customer)
    };
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    for (attribute, index) in own() {
        names.extend(attribute.was.iter().map(|earlier| (earlier.clone(), index)));
    }
    names.extend(own().map(|(attribute, index)| (attribute.name.clone(), index)));
    names
}

/// Events by every name they go by; where two claim one, it is whose today it is.
fn event_names(rules: &Rules) -> BTreeMap<String, usize> {
    let all = || rules.events.iter().zip(0..);
    let earlier = all().flat_map(|(event, index)| event.was.iter().map(move |was| (was, index)));
    let today = all().map(|(event, index)| (&event.name, index));
    earlier.chain(today).map(|(name, index)| (name.clone(), index)).collect()
}

/// Actions by every name they go by; where two claim one, it is whose today it is.
fn action_names(rules: &Rules) -> BTreeMap<String, u32> {
    let all = || rules.actions.iter().zip(0..);
    let earlier = all().flat_map(|(action, index)| action.was.iter().map(move |was| (was, index)));
    let today = all().map(|(action, index)| (&action.name, index));
    earlier.chain(today).map(|(name, index)| (name.clone(), index)).collect()
}

/// Journeys by the hash of every name they go by; where two claim one, it is whose today it is.
fn journey_names(rules: &Rules) -> BTreeMap<u64, u32> {
    let all = || rules.journeys.iter().zip(0..);
    let earlier = all().flat_map(|(one, index)| one.was.iter().map(move |was| (was, index)));
    let today = all().map(|(one, index)| (&one.name, index));
    earlier.chain(today).map(|(name, index)| (name_hash(name), index)).collect()
}

impl Program {
    /// The hash of the purpose of an action, by any of its names; none where the rules do not know it.
    pub(crate) fn purpose_of(&self, action: &str) -> u64 {
        let found = self.action_names.get(action).and_then(|at| self.actions.get(*at as usize));
        found.map_or(crate::profile::NO_PURPOSE, |plan| plan.purpose)
    }

    /// Builds the index of every placement. Apart from compiling, because it asks the dictionary for nothing
    /// and takes longer.
    pub(crate) fn index(&mut self) {
        let Self { placements, actions, segments, windows, kinds, order, held_rows, .. } = self;
        let own = candidates::held_segments(segments, order);
        for plan in placements {
            plan.index = candidates::candidates(plan, actions, segments, &own, windows, kinds);
            if let Some(candidates) = &mut plan.index
                && let Some(rows) = candidates.index.held()
                && let Ok(rows) = u32::try_from(rows)
                && held_rows.saturating_add(rows) <= HELD_ROWS
            {
                candidates.held = Some((*held_rows, *held_rows + rows));
                *held_rows += rows;
            }
        }
    }

    /// The placement with this name.
    pub(crate) fn placement(&self, name: &str) -> Option<usize> {
        self.placement_names.get(name).copied()
    }

    /// Whether the placement of this number has this name.
    pub(crate) fn is_placement(&self, number: usize, name: &str) -> bool {
        self.rules.placements.get(number).is_some_and(|placement| placement.name == name)
    }

    /// Which rules these are: equal for equal rules.
    #[must_use]
    pub fn fingerprint(&self) -> crate::check::rules::Fingerprint {
        self.rules.fingerprint
    }

    /// How large the index of a placement is; `None` where every candidate is looked at in turn.
    #[doc(hidden)]
    #[must_use]
    pub fn index_size(&self, placement: &str) -> Option<index::Size> {
        let plan = self.placements.get(self.placement(placement)?)?;
        plan.index.as_ref().map(|candidates| candidates.index.size())
    }

    /// As another program: it takes nothing that was kept for it before.
    pub(crate) fn renew(&mut self) {
        self.serial = next_serial();
    }

    /// Hands it something that is dropped when, and where, the program is freed.
    #[doc(hidden)]
    pub fn carry(&mut self, rider: impl std::any::Any + Send + Sync) {
        self.rider = Some(Box::new(rider));
    }

    /// How large it is.
    #[must_use]
    pub fn size(&self) -> ProgramSize {
        let indexes = self.placements.iter().filter_map(|placement| placement.index.as_ref());
        let sizes = indexes.map(|candidates| candidates.index.size());
        sizes.fold(ProgramSize::default(), |sum, size| ProgramSize {
            conjunctions: sum.conjunctions + size.conjunctions,
            verified: sum.verified + size.verified,
            index_bytes: sum.index_bytes + size.bytes,
        })
    }

    /// The rules it was compiled from.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.rules
    }
}

impl Compiler<'_> {
    /// Gives every attribute its place; returns the words that a request's attributes take.
    fn place_attributes(&mut self) -> usize {
        let mut words = 0;
        for attribute in &self.rules.attributes {
            let read = match attribute.origin {
                Origin::Event => {
                    let first = self.rules.attributes.len() - self.rules.aggregates.len();
                    let index = self.attributes.len().saturating_sub(first);
                    let place = Place::Event(u32::try_from(index).unwrap_or(u32::MAX));
                    Read::new(place, None, BTreeMap::new())
                }
                Origin::Customer => {
                    let slot = self.dictionary.slot(key(attribute));
                    let place = self.dictionary.get(slot).map_or(0, |slot| slot.place);
                    Read::new(Place::Customer(place), Some(slot), BTreeMap::new())
                }
                Origin::Request => {
                    let (symbols, width) = match &attribute.kind {
                        Type::OneOf(values) => (values.iter().cloned().zip(0..).collect(), 1),
                        Type::SomeOf(values) => {
                            let symbols = values.iter().cloned().zip(0..).collect();
                            (symbols, values.len().div_ceil(64).max(1))
                        }
                        _ => (BTreeMap::new(), 1),
                    };
                    let place = Place::Request(u32::try_from(words).unwrap_or(u32::MAX));
                    words += width;
                    Read::new(place, None, symbols)
                }
            };
            self.attributes.push(read);
        }
        words
    }

    /// Whether something lies in the cold part of customers: attributes, consents, what messages quote, events.
    fn reads_cold(&self, actions: &[ActionPlan]) -> bool {
        let cold = |read: &Read| matches!(read.place, Place::Customer(place) if lies_cold(place));
        let many = |action: &ActionPlan| {
            let beyond = |consent| matches!(consent, Consent::Needed(id) if id >= 64);
            action.treatments.iter().any(|treatment| beyond(treatment.consent))
        };
        let quotes = |action: &Action| {
            let mut contents = action.messages.iter().flat_map(|message| &message.contents);
            contents.any(|content| {
                let mut pieces = content.fields.iter().flat_map(|(_, template)| template);
                pieces.any(|piece| matches!(piece, Piece::Attribute { .. }))
            })
        };
        let asks =
            !self.rules.aggregates.is_empty() && !mutant!("compile_events_without_the_cold_part");
        asks || self.attributes.iter().any(cold)
            || actions.iter().any(many)
            || self.rules.actions.iter().any(quotes)
    }

    fn kinds(&self) -> BTreeMap<Place, Kind> {
        let kind = |(attribute, read): (&Attribute, &Read)| {
            let kind = match &attribute.kind {
                Type::YesNo => Kind::Flag,
                Type::Number { .. } | Type::Percent { .. } => Kind::Real,
                Type::Money { .. } | Type::Date | Type::Time => Kind::Whole,
                Type::OneOf(_) | Type::Text | Type::Code => Kind::Symbol,
                Type::SomeOf(values) => {
                    Kind::Set(u32::try_from(values.len().div_ceil(64).max(1)).unwrap_or(u32::MAX))
                }
            };
            (read.place, kind)
        };
        self.rules.attributes.iter().zip(&self.attributes).map(kind).collect()
    }

    fn request(&mut self) -> BTreeMap<String, RequestPlan> {
        let attributes = self.rules.attributes.iter().zip(&self.attributes).zip(0..);
        attributes
            .filter(|((attribute, _), _)| attribute.origin == Origin::Request)
            .map(|((attribute, read), index)| {
                let plan = RequestPlan {
                    attribute: index,
                    place: read.place,
                    symbols: read.symbols.clone(),
                    required: attribute.need == Need::Required,
                };
                (attribute.name.clone(), plan)
            })
            .collect()
    }

    /// The word of a value under an attribute; new words that rules compare with get a symbol.
    fn word(&mut self, attribute: usize, value: &Typed) -> Option<u64> {
        if self.row.is_some() || matches!(self.place(attribute), Place::Event(_)) {
            if let Typed::One(word) | Typed::Code(word) | Typed::Text(word) = value {
                self.words.insert(crate::profile::symbol(word), word.clone());
            }
            return crate::profile::encode(value, |word| Some(crate::profile::symbol(word)));
        }
        let read = self.attributes.get_mut(attribute)?;
        if let Typed::One(word) | Typed::Code(word) | Typed::Text(word) = value {
            return Some(match read.slot {
                Some(slot) => match read.known.get(word) {
                    Some(symbol) => *symbol,
                    None => {
                        let symbol = self.dictionary.symbol(slot, word);
                        read.known.insert(word.clone(), symbol);
                        symbol
                    }
                },
                None => {
                    let next = read.symbols.len() as u64;
                    *read.symbols.entry(word.clone()).or_insert(next)
                }
            });
        }
        crate::profile::encode(value, |_| None)
    }

    /// The words of a set under an attribute.
    fn words(&self, attribute: usize, values: &[String]) -> Vec<u64> {
        let Some(read) = self.attributes.get(attribute) else { return Vec::new() };
        match read.slot.and_then(|slot| self.dictionary.get(slot)) {
            Some(slot) => slot.words(values),
            None => {
                let width = read.symbols.len().div_ceil(64).max(1);
                crate::profile::set(values, width, |word| read.symbols.get(word).copied())
            }
        }
    }

    fn place(&self, attribute: usize) -> Place {
        if let Some((_, columns)) = &self.row {
            return Place::Field(columns.get(attribute).copied().unwrap_or(u32::MAX));
        }
        self.attributes.get(attribute).map_or(Place::Customer(u32::MAX), |read| read.place)
    }

    /// What is asked about: an attribute, or a field of the row.
    fn asked_of(&self, attribute: usize) -> Option<&Attribute> {
        match &self.row {
            Some((fields, _)) => fields.get(attribute),
            None => self.rules.attributes.get(attribute),
        }
    }

    /// Whether the words under an attribute are means of amounts: floats of minor units.
    fn is_mean(&self, attribute: usize) -> bool {
        let asked = self.rules.aggregate(attribute).filter(|_| self.row.is_none());
        asked.is_some_and(|asked| asked.function == Function::Average)
    }

    fn places<'b>(&self, attributes: impl IntoIterator<Item = &'b usize>) -> Vec<Place> {
        attributes.into_iter().map(|attribute| self.place(*attribute)).collect()
    }

    fn preferred(&self) -> Option<(Place, Vec<Option<u32>>)> {
        let find = |attribute: &Attribute| {
            attribute.origin == Origin::Customer && attribute.name == "preferred_channel"
        };
        let index = self.rules.attributes.iter().position(find)?;
        let Type::OneOf(values) = &self.rules.attributes.get(index)?.kind else { return None };
        let channel = |name: &String| {
            let found = self.rules.channels.iter().position(|channel| channel.name == *name);
            found.and_then(|index| u32::try_from(index).ok())
        };
        Some((self.place(index), values.iter().map(channel).collect()))
    }
}

/// What makes two declarations share a slot.
fn key(attribute: &Attribute) -> SlotKey {
    SlotKey {
        name: attribute.name.clone(),
        kind: attribute.kind.clone(),
        personal: attribute.personal_data,
        was: attribute.was.clone(),
        renamed: attribute.renamed.clone(),
    }
}

/// Segments, each after those that it reads, and how deep each reads. Not recursive: a chain of segments may
/// be as long as a file allows.
pub(crate) fn segment_order(rules: &Rules) -> (Vec<u32>, Vec<u32>) {
    let count = rules.segments.len();
    let reads: Vec<Vec<usize>> =
        rules.segments.iter().map(|segment| segments_read(&segment.conditions)).collect();
    let mut order = Vec::with_capacity(count);
    let mut depths = vec![0_u32; count];
    // 0 not seen, 1 on the way, 2 done
    let mut state = vec![0_u8; count];
    for start in 0..count {
        let mut stack = vec![start];
        while let Some(at) = stack.last().copied() {
            let read = reads.get(at).map_or(&[][..], Vec::as_slice);
            match state.get(at).copied() {
                Some(0) => {
                    if let Some(state) = state.get_mut(at) {
                        *state = 1;
                    }
                    let open = |next: &&usize| state.get(**next) == Some(&0);
                    stack.extend(read.iter().filter(open));
                }
                Some(1) => {
                    let below = read.iter().filter_map(|next| depths.get(*next)).max();
                    let depth = below.map_or(0, |depth| depth + 1);
                    if let (Some(own), Some(state)) = (depths.get_mut(at), state.get_mut(at)) {
                        *own = depth;
                        *state = 2;
                    }
                    order.push(u32::try_from(at).unwrap_or(u32::MAX));
                    stack.pop();
                }
                _ => {
                    stack.pop();
                }
            }
        }
    }
    (order, depths)
}

/// Segments that conditions name directly.
pub(crate) fn segments_read(conditions: &[Condition]) -> Vec<usize> {
    let mut found = Vec::new();
    for condition in conditions {
        match condition {
            Condition::Test(_) | Condition::Entry(_) => {}
            Condition::Segment(test) => found.push(test.segment),
            Condition::Any(inner, _) | Condition::None(inner, _) => {
                found.extend(segments_read(inner));
            }
        }
    }
    found
}
