//! The front door while it runs: customers in, decisions out, rules swapped. The only file with arc-swap.
//!
//! In: checked [`Rules`], [`Customer`] news, [`Request`]s. Out: decisions, each from one version of the rules
//! and one frozen view of the customer. Knows nothing of clocks, files or rule text.

mod answer;
mod budgets;
mod guard;
mod identity;
mod journeys;
mod many;
mod permit;
mod rehearsal;
mod render;
mod reserve;
mod store;
mod swap;
mod track;

pub use answer::{Answer, RenderError};
pub use guard::{Guard, Loss, Outline};
pub use identity::{Aliased, IdentityError, MOST_IDS};
pub use journeys::{Activation, Arrived, Entered, JourneyError, Stranded, Travel, Travels};
pub use many::{Decided, Reserved};
pub use permit::{Commit, LONGEST_HOLD, Permit, ReserveError};
pub use swap::{Earlier, KEPT, Stats, SwapError};

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use arc_swap::ArcSwap;

pub use crate::compile::{Program, ProgramSize};
pub use crate::profile::View;
pub use crate::profile::{
    Exported, ExportedAttribute, ExportedConsent, ExportedContact, ExportedEvents, ExportedGone,
    ExportedMerge, ExportedOutcome, ExportedPromise, ExportedRow, ExportedRun,
};

use crate::check::Rules;
use crate::check::rules::Need;
use crate::compile::compile;
use crate::customer::{Customer, CustomerError};
use crate::decision::{Decision, Explanation, Truth};
use crate::event::MOST_EVENTS;
use crate::explain::explain;
use crate::profile::{Cache, Dictionary, Record, Zones};
use crate::request::{BindError, CustomerKey, Request};
use crate::runtime::{self, Memo, Moment, Outcome, Room, SegmentTruth, Walk};
use crate::value::{Timestamp, Type, Typed, Unit, Value, read};
use store::Kept;
use swap::Swapping;

/// Rules and customers in memory; shared by reference between threads.
///
/// A decision takes one version of the rules without waiting and a frozen copy of one customer, and holds no
/// lock while it matches. A swap replaces all rules at once; customers stay, with what they were given before
/// a rule knew of it.
///
/// # Example
/// ```
/// use onward::{Context, Customer, Engine, Request, Source, check, value::Timestamp};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let rules = r#"
/// workspace shop { currency: EUR, timezone: "Europe/Paris", languages: [en] }
/// purpose service { consent_free: [web] }
/// channel web { }
/// customer { vip: yes_no default no }
/// ranking plain { score: propensity * value }
/// action hello {
///   purpose: service, value: EUR 2, propensity: 50%
///   who { vip is yes }
///   message web { en { text: "Hello" } }
/// }
/// placement home { channel: web, show: 1, candidates: all, ranking: plain, fallback: nothing }
/// "#;
/// let checked = check(&[Source::new("shop.journey", rules)], &Context::default());
/// # let Some(rules) = checked.rules else { return Ok(()) };
/// let engine = Engine::new(&rules);
/// engine.put(&Customer::new("lea").set("vip", true))?;
/// let at = Timestamp::parse("2026-09-08T08:00:00Z")?;
/// let decision = engine.decide(&Request::new("lea", "home").at(at))?;
/// assert_eq!(decision.actions().collect::<Vec<_>>(), ["hello"]);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Engine {
    token: Arc<()>,
    program: Published,
    paused: Paused,
    dictionary: RwLock<Dictionary>,
    zones: Arc<Zones>,
    cache: Cache,
    /// What is promised to customers.
    promises: budgets::Promises,
    board: journeys::Board,
    /// Taken by whoever compiles: new ids are given one compile after the other.
    compiling: Mutex<()>,
    /// Events of one kind that are kept of one customer.
    most_events: usize,
    /// Ids that may stand for one person.
    most_ids: usize,
    /// What outlasts the process.
    kept: Option<Kept>,
    /// Taken by whoever swaps, one after the other.
    swapping: Mutex<Swapping>,
    /// Replaced pauses that a decision may still read.
    pausing: Mutex<Vec<Arc<BTreeSet<String>>>>,
}

/// The program that decides now. A decision whose answer already holds it sees so from its address alone.
#[derive(Debug)]
struct Published {
    program: ArcSwap<Program>,
    /// The address of `program`; ahead of it for the instant of a swap. Nothing else can have the address of a
    /// program that somebody holds.
    address: AtomicUsize,
}

impl Published {
    fn new(program: Program) -> Self {
        let program = Arc::new(program);
        let address = AtomicUsize::new(Arc::as_ptr(&program).addr());
        Self { program: ArcSwap::new(program), address }
    }

    fn load(&self) -> arc_swap::Guard<Arc<Program>> {
        self.program.load()
    }

    fn load_full(&self) -> Arc<Program> {
        self.program.load_full()
    }

    /// Callers take turns. The address comes first: whoever has seen the new program finds that of no older one.
    fn swap(&self, program: Arc<Program>) -> Arc<Program> {
        self.address.store(Arc::as_ptr(&program).addr(), Ordering::SeqCst);
        self.program.swap(program)
    }

    fn is(&self, held: &Arc<Program>) -> bool {
        self.address.load(Ordering::SeqCst) == Arc::as_ptr(held).addr()
    }
}

/// What is paused; mostly nothing, which a decision sees without loading the set.
#[derive(Debug, Default)]
struct Paused {
    names: ArcSwap<BTreeSet<String>>,
    /// Whether there may be names: set before the first is there, taken back after the last is gone.
    any: AtomicBool,
}

impl Paused {
    fn load(&self) -> arc_swap::Guard<Arc<BTreeSet<String>>> {
        self.names.load()
    }

    fn load_full(&self) -> Arc<BTreeSet<String>> {
        self.names.load_full()
    }

    /// What was there before. Callers take turns.
    fn swap(&self, names: Arc<BTreeSet<String>>) -> Arc<BTreeSet<String>> {
        let any = !names.is_empty();
        if any {
            self.any.store(true, Ordering::SeqCst);
        }
        let old = self.names.swap(names);
        self.any.store(any, Ordering::SeqCst);
        old
    }

    fn any(&self) -> bool {
        self.any.load(Ordering::SeqCst)
    }
}

impl Engine {
    /// An engine with its first rules, generation 1, and no customers.
    #[must_use]
    pub fn new(rules: &Rules) -> Self {
        Self::shared(Arc::new(rules.clone()))
    }

    /// As [`new`](Self::new), with rules that are handed over or shared: many are not copied in vain.
    #[must_use]
    pub fn shared(rules: Arc<Rules>) -> Self {
        Self::begun(rules, Dictionary::default(), None)
    }

    fn begun(rules: Arc<Rules>, mut dictionary: Dictionary, kept: Option<Kept>) -> Self {
        let token = Arc::new(());
        let mut program = compile(rules, &mut dictionary, &token);
        program.index();
        program.generation = 1;
        let _ = dictionary.take_stale();
        Self {
            token,
            program: Published::new(program),
            paused: Paused::default(),
            dictionary: RwLock::new(dictionary),
            zones: Arc::default(),
            cache: Cache::default(),
            promises: budgets::Promises::default(),
            board: journeys::Board::default(),
            compiling: Mutex::default(),
            most_events: MOST_EVENTS,
            most_ids: MOST_IDS,
            kept,
            swapping: Mutex::default(),
            pausing: Mutex::default(),
        }
    }

    /// News of a customer: merged per attribute by time; all or nothing.
    ///
    /// # Errors
    /// [`CustomerError`], where a value does not fit what the rules declare now; nothing is taken then.
    pub fn put(&self, customer: &Customer) -> Result<(), CustomerError> {
        self.accept(customer, false)
    }

    /// A whole record: as [`put`](Self::put), and refused where a required attribute is missing from it; one
    /// of nothing but withdrawals of consent is no such record and is taken.
    ///
    /// # Errors
    /// [`CustomerError`]; nothing is taken then.
    pub fn put_whole(&self, customer: &Customer) -> Result<(), CustomerError> {
        self.accept(customer, true)
    }

    fn accept(&self, customer: &Customer, whole: bool) -> Result<(), CustomerError> {
        if customer.id().is_empty() || customer.id().len() > 512 {
            return Err(CustomerError::Id);
        }
        let program = self.program.load();
        self.fits(&program, customer)?;
        if whole && !customer.only_withdraws() {
            complete(&program, customer)?;
        }
        match (self.refuses(), customer.only_withdrawals()) {
            (None, _) => self.merge(&program, customer),
            (Some(why), only) => {
                // What is refused may still be a person's no: it holds at once, and is not acknowledged.
                only.map_or(Ok(()), |only| self.merge(&program, &only))?;
                Err(CustomerError::Store { why })
            }
        }
    }

    fn merge(&self, program: &Arc<Program>, customer: &Customer) -> Result<(), CustomerError> {
        let taken = self.change_keyed(customer.id(), |key, record| {
            let at = customer.time().micros();
            self.play((program, key), record, customer.id(), at, journeys::What::Before);
            let dictionary = self.dictionary.read().unwrap_or_else(PoisonError::into_inner);
            record.merge(customer, &dictionary, &self.zones, |action| program.purpose_of(action));
            drop(dictionary);
            hold(program, record);
            self.play((program, key), record, customer.id(), at, journeys::What::News);
        });
        taken.ok_or(CustomerError::NotLoaded)
    }

    fn fits(&self, program: &Program, customer: &Customer) -> Result<(), CustomerError> {
        for (name, value) in customer.attributes() {
            let declared = program.declared.get(name);
            let attribute = declared.and_then(|index| program.rules.attributes.get(*index));
            if let Some(attribute) = attribute {
                attribute.read(value).map_err(|why| {
                    let why = if attribute.personal_data { why.masked() } else { why };
                    CustomerError::Value { attribute: name.clone(), why }
                })?;
            }
            if name == "timezone" {
                let zone = read(value, &Type::Code, Unit::None)
                    .map_err(|why| CustomerError::Value { attribute: name.clone(), why })?;
                if let Some(Typed::Code(zone)) = zone
                    && self.zones.id(&zone).is_none()
                {
                    return Err(CustomerError::Zone { zone });
                }
            }
        }
        Ok(())
    }

    /// How many customers are held in memory.
    #[must_use]
    pub fn customers(&self) -> usize {
        self.cache.len()
    }

    /// The ids of all customers in memory, sorted. Cost: all of them are copied.
    #[must_use]
    pub fn customer_ids(&self) -> Vec<String> {
        self.cache.ids()
    }

    /// The key of a customer, to ask with [`Request::by_key`].
    #[must_use]
    pub fn key(&self, customer: &str) -> Option<CustomerKey> {
        self.cache.key(customer).map(CustomerKey)
    }

    /// A frozen copy of a customer, for [`decide_view`](Self::decide_view) and
    /// [`explain_view`](Self::explain_view); of an unknown one nothing is known.
    #[must_use]
    pub fn view(&self, customer: &str) -> View {
        self.cache.view(customer).unwrap_or_default()
    }

    /// Answers a question; changes nothing. The convenient form of [`decide_into`](Self::decide_into).
    ///
    /// - Shape: at most the placement's `show` treatments, best first; empty when nothing fits.
    /// - Cost: grows with the candidates that match, and far less with those that do not; allocates the names.
    ///
    /// # Errors
    /// [`BindError`], where the rules have no such placement or the request's attributes do not fit.
    pub fn decide(&self, request: &Request) -> Result<Decision, BindError> {
        let mut answer = Answer::default();
        self.decide_into(request, &mut answer)?;
        Ok(answer.named())
    }

    /// Answers a question into a reused answer: ids and scores, no names; a warm one allocates nothing.
    ///
    /// # Errors
    /// As [`decide`](Self::decide); the answer is empty then.
    pub fn decide_into(&self, request: &Request, answer: &mut Answer) -> Result<(), BindError> {
        self.ask(request, self.key_of(request), answer, |walk, placement, room, outcome| {
            runtime::decide(walk, placement, Some(room), outcome);
        })
    }

    /// As [`decide_into`](Self::decide_into), by looking at every candidate: what the index is checked against
    /// and measured beside.
    ///
    /// # Errors
    /// As [`decide`](Self::decide).
    #[doc(hidden)]
    pub fn decide_plainly(&self, request: &Request, answer: &mut Answer) -> Result<(), BindError> {
        self.ask(request, self.key_of(request), answer, |walk, placement, _, outcome| {
            runtime::decide(walk, placement, None, outcome);
        })
    }

    /// How many actions stand for a customer, every one of them looked at through the index; the answer holds
    /// the best few. What a decision costs that may not stop early.
    ///
    /// # Errors
    /// As [`decide`](Self::decide).
    #[doc(hidden)]
    pub fn count_eligible(&self, request: &Request, answer: &mut Answer) -> Result<u32, BindError> {
        self.ask(request, self.key_of(request), answer, runtime::eligible)
    }

    /// As [`view`](Self::view), by integer key.
    #[doc(hidden)]
    #[must_use]
    pub fn view_at(&self, key: CustomerKey) -> View {
        self.cache.look(key.0, Record::view).unwrap_or_default()
    }

    /// Decides for a frozen customer; the request's customer is not looked up.
    ///
    /// # Errors
    /// As [`decide`](Self::decide).
    pub fn decide_view(&self, view: &View, request: &Request) -> Result<Decision, BindError> {
        let mut answer = Answer::default();
        self.begin(request, &mut answer);
        answer.view = view.clone();
        let paused = self.paused.load();
        self.run_without(&paused, request, &mut answer, |walk, placement, room, outcome| {
            runtime::decide(walk, placement, Some(room), outcome);
        })?;
        Ok(answer.named())
    }

    fn key_of(&self, request: &Request) -> Option<u64> {
        match (request.key(), request.customer()) {
            (Some(key), _) => Some(key.0),
            (None, Some(id)) => self.cache.key(id),
            (None, None) => None,
        }
    }

    /// Takes the rules of now into an answer.
    fn begin(&self, request: &Request, answer: &mut Answer) {
        if answer.program.as_ref().is_some_and(|held| self.program.is(held)) {
            answer.again(request);
        } else {
            answer.begin(&self.program.load(), &self.zones, request);
        }
    }

    /// Takes the rules of now and the customer into an answer and runs.
    fn ask<T: Default>(
        &self,
        request: &Request,
        key: Option<u64>,
        answer: &mut Answer,
        run: impl FnOnce(&mut Walk<'_>, usize, &mut Room, &mut Outcome) -> T,
    ) -> Result<T, BindError> {
        // Rules before customer: what the rules newly read is filled before they are published.
        self.begin(request, answer);
        if self.paused.any() {
            self.ask_begun(&self.paused.load(), request, key, answer, run)
        } else {
            self.ask_begun(&runtime::NOBODY, request, key, answer, run)
        }
    }

    /// Takes the customer into an answer that has its rules, and runs.
    fn ask_begun<T: Default>(
        &self,
        paused: &BTreeSet<String>,
        request: &Request,
        key: Option<u64>,
        answer: &mut Answer,
        run: impl FnOnce(&mut Walk<'_>, usize, &mut Room, &mut Outcome) -> T,
    ) -> Result<T, BindError> {
        let Answer { program: Some(program), view, room, placement, .. } = answer else {
            return Ok(T::default());
        };
        let plan = placement.and_then(|placement| program.placements.get(placement));
        let held = plan.and_then(|plan| plan.index.as_ref()?.held);
        view.let_go();
        let found = key.and_then(|key| {
            self.cache.look(key, |record| {
                record.look(program.reads_cold, program.has_policy, view);
                if let Some(range) = held {
                    record.held.copy(program.serial, range, &mut room.held);
                }
            })?;
            Some(key)
        });
        let stale = held.is_some() && !room.held.is_there();
        if found.is_none() {
            *view = View::default();
            if self.is_elsewhere(request) {
                return Err(BindError::NotLoaded);
            }
        }
        let done = self.run_without(paused, request, answer, run);
        if let (true, Some(key)) = (stale, found) {
            self.keep(key, answer);
        }
        done
    }

    /// Keeps what a program makes of a customer alone, so that the next decision need not find it again.
    #[cold]
    #[inline(never)]
    fn keep(&self, key: u64, answer: &mut Answer) {
        let Answer { program: Some(program), view, memo, room, .. } = answer else { return };
        let mut rows = std::mem::take(&mut room.found);
        runtime::held(program, view, memo, room, &mut rows);
        self.cache.touch(key, |record| record.keep(view, program.serial, &rows, false));
        room.found = rows;
    }

    fn run_without<T: Default>(
        &self,
        paused: &BTreeSet<String>,
        request: &Request,
        answer: &mut Answer,
        run: impl FnOnce(&mut Walk<'_>, usize, &mut Room, &mut Outcome) -> T,
    ) -> Result<T, BindError> {
        let Some(program) = answer.program.as_deref() else { return Ok(T::default()) };
        let Some(placement) = answer.placement else {
            return Err(BindError::UnknownPlacement { placement: request.placement().to_owned() });
        };
        runtime::bind(program, request, &mut answer.bound)?;
        answer.memo.reset(program);
        let mut walk = Walk {
            program,
            view: &answer.view,
            request: &answer.bound,
            moment: Moment::new(request.time(), self.zones.get(answer.view.zone()), &program.zone),
            excluded: request.excluded(),
            paused,
            memo: &mut answer.memo,
        };
        Ok(run(&mut walk, placement, &mut answer.room, &mut answer.outcome))
    }

    /// The same decision as [`decide`](Self::decide), with every candidate and every reason: a slow path of
    /// its own.
    ///
    /// - Cost: every line of every candidate is worked out and put into words; some hundred times a decision.
    ///
    /// # Errors
    /// As [`decide`](Self::decide).
    pub fn explain(&self, request: &Request) -> Result<Explanation, BindError> {
        let program = self.program.load_full();
        let view = self.key_of(request).and_then(|key| self.cache.look(key, Record::view));
        if view.is_none() && self.is_elsewhere(request) {
            return Err(BindError::NotLoaded);
        }
        self.explain_with(program, view.unwrap_or_default(), request)
    }

    /// Explains the decision for a frozen customer.
    ///
    /// # Errors
    /// As [`decide`](Self::decide).
    pub fn explain_view(&self, view: &View, request: &Request) -> Result<Explanation, BindError> {
        self.explain_with(self.program.load_full(), view.clone(), request)
    }

    fn explain_with(
        &self,
        program: Arc<Program>,
        view: View,
        request: &Request,
    ) -> Result<Explanation, BindError> {
        let mut answer = Answer::default();
        answer.begin(&program, &self.zones, request);
        answer.view = view;
        // Loaded once: the decision and its account speak of the same pauses.
        let paused = self.paused.load();
        self.run_without(&paused, request, &mut answer, |walk, placement, room, outcome| {
            runtime::decide(walk, placement, Some(room), outcome);
        })?;
        let zone = self.zones.get(answer.view.zone());
        let view = answer.view.clone();
        Ok(explain(&program, &view, zone, request, &paused, answer.named()))
    }

    /// Every segment by name, with what it says of the customer at that moment.
    ///
    /// - Cost: each line of each segment once; the names are copied.
    #[must_use]
    pub fn segments(&self, customer: Option<&str>, at: Timestamp) -> Vec<(String, Truth)> {
        let program = self.program.load();
        let view = customer.map(|id| self.view(id)).unwrap_or_default();
        let mut memo = Memo::default();
        memo.reset(&program);
        let mut bound = runtime::Bound::default();
        bound.reset(program.request_words);
        let mut walk = Walk {
            program: &program,
            view: &view,
            request: &bound,
            moment: Moment::new(at, self.zones.get(view.zone()), &program.zone),
            excluded: &BTreeSet::new(),
            paused: &BTreeSet::new(),
            memo: &mut memo,
        };
        // From the bottom up, so that each is worked out once.
        for below in &program.order {
            walk.segment(*below);
        }
        (0_u32..)
            .zip(&program.rules.segments)
            .map(|(index, segment)| {
                let truth = match walk.segment(index) {
                    SegmentTruth::In => Truth::True,
                    SegmentTruth::Out => Truth::False,
                    SegmentTruth::Open | SegmentTruth::Unknown => Truth::Unknown,
                };
                (segment.name.clone(), truth)
            })
            .collect()
    }
}

/// Keeps what a program makes of a customer alone beside the profile, with the room that it takes.
fn hold(program: &Program, record: &mut Record) {
    if program.held_rows > 0 {
        let (mut view, mut rows) = (View::default(), Vec::new());
        record.look(program.reads_cold, false, &mut view);
        runtime::held(program, &view, &mut Memo::default(), &mut Room::default(), &mut rows);
        record.keep(&view, program.serial, &rows, true);
    }
}

/// Whether a whole record has every required attribute, under its own or an earlier name.
fn complete(program: &Program, customer: &Customer) -> Result<(), CustomerError> {
    for index in program.declared.values() {
        let Some(attribute) = program.rules.attributes.get(*index) else { continue };
        let mut names = std::iter::once(&attribute.name).chain(&attribute.was);
        let given = |name: &String| {
            customer.attributes().get(name).is_some_and(|value| *value != Value::Null)
        };
        if attribute.need == Need::Required && !names.any(given) {
            return Err(CustomerError::Missing { attribute: attribute.name.clone() });
        }
    }
    Ok(())
}
