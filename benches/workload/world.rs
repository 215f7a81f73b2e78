//! The workload behind the front door: an engine with its customers, their questions, and the loops beside it.
//!
//! The loops look their customers up as the engine does, in a map under an integer key, and keep them inline in
//! it. What differs is written in the name of a call: `by id` looks an external id up first.

use std::hint::black_box;

use dashmap::DashMap;
use foldhash::quality::RandomState;
use onward::value::{Timestamp, Value};
use onward::{Answer, Context, Customer, Engine, Event, Request, Rules, Source, check};

use super::loops::{self, Best, Flat, Hit, Plain};
use super::{Kind, Profile, Reading, Shape, Workload, text};

/// Most attributes of a customer and request.
pub const WIDTH: usize = 43;

/// A customer as the loops read it, inline in the map.
pub type Inline = [Reading; WIDTH];

pub struct World {
    pub workload: Workload,
    pub engine: Engine,
    /// One question for each customer, by external id.
    pub requests: Vec<Request>,
    /// The same, by the engine's integer key.
    pub by_key: Vec<Request>,
    /// The engine's integer keys.
    pub keys: Vec<onward::CustomerKey>,
    pub held: DashMap<u64, Inline, RandomState>,
    pub plain: Plain,
    pub flat: Flat,
    pub names: Names,
    pub answer: Answer,
}

/// The files of the workspace.
pub fn sources(workload: &Workload) -> Vec<Source> {
    text::files(workload).into_iter().map(|(name, text)| Source::new(name, text)).collect()
}

/// Checked rules; the workload must be good.
pub fn rules(sources: &[Source]) -> Rules {
    let checked = check(sources, &Context::default());
    match checked.rules {
        Some(rules) => rules,
        None => panic!("the workload is refused:\n{}", checked.diagnostics),
    }
}

/// An external id, as long as a usual one.
pub fn external(id: usize) -> String {
    format!("customer-7f3a-{id:016}")
}

/// External ids, one behind the other, as an application may hold them.
pub struct Names {
    text: String,
    length: usize,
}

impl Names {
    fn new(customers: usize) -> Self {
        let text = (0..customers).map(external).collect();
        Self { text, length: external(0).len() }
    }

    pub fn get(&self, id: usize) -> &str {
        &self.text[id * self.length..][..self.length]
    }
}

/// A customer as an application hands it over.
pub fn customer(workload: &Workload, id: usize, profile: &Profile) -> Customer {
    let known = workload.attributes.iter().zip(profile).enumerate();
    known.fold(Customer::new(external(id)), |customer, (at, (kind, reading))| {
        let Some(text) = text::value(at, *kind, *reading) else { return customer };
        let value = match (kind, reading) {
            (Kind::Request(_), _) => return customer,
            (Kind::Set(_), _) => {
                let members = text.split(", ").filter(|word| !word.is_empty());
                Value::List(members.map(str::to_owned).collect())
            }
            (_, Reading::Flag(yes)) => Value::from(*yes),
            (Kind::Number, Reading::Number(n)) if at != usize::from(super::PROPENSITY) => {
                Value::from(i64::from(*n))
            }
            _ => Value::from(text),
        };
        customer.set(text::attribute(at), value)
    })
}

/// What happened to a customer, where it has a history: twenty events of the last fifty days, and twelve contacts, one
/// in five days, of offers here and there.
fn happened(engine: &Engine, workload: &Workload, id: usize) {
    if !workload.shape.history {
        return;
    }
    for event in events(id) {
        engine.track(&event, event.time()).expect("a good event");
    }
    let contacts = (0..12).fold(Customer::new(external(id)), |customer, at| {
        let offer = (id * 31 + at * 17) % workload.actions.len();
        customer.shown(text::action_name(offer), "web", before(30 + id % 11 + at * 120))
    });
    engine.put(&contacts).expect("good contacts");
}

fn before(hours: usize) -> Timestamp {
    let hours = i64::try_from(hours).expect("a few weeks");
    Timestamp::from_millis(text::NOON - hours * 3_600_000)
}

/// Twenty events of the last fifty days, the oldest first, with message ids.
pub fn events(id: usize) -> Vec<Event> {
    let name = external(id);
    let event = |at: usize| {
        let when = before(5 + id % 11 + at * 60);
        let what = |kind: &str| Event::new(&name, kind, when).message(format!("{id}-{at}"));
        match at % 3 {
            0 => what("opened"),
            1 => what("purchase").set("amount", "EUR 12.50").set("plan", "a"),
            _ => what("purchase").set("amount", "EUR 31.00").set("plan", "b"),
        }
    };
    (0..20).rev().map(event).collect()
}

/// What is asked, of whomever.
fn question(of: Request, workload: &Workload, profile: &Profile) -> Request {
    let base = of.at(Timestamp::from_millis(text::NOON));
    let pairs = text::request(workload, profile);
    pairs.into_iter().fold(base, |request, (name, value)| request.attribute(name, value))
}

impl World {
    /// Rules from text, `customers` put one by one.
    pub fn new(shape: Shape, customers: usize) -> Self {
        let workload = Workload::new(shape);
        let engine = Engine::new(&rules(&sources(&workload)));
        let held = DashMap::with_hasher(RandomState::default());
        let (mut requests, mut by_key, mut keys) = (Vec::new(), Vec::new(), Vec::new());
        for (id, profile) in workload.draw().take(customers).enumerate() {
            engine.put(&customer(&workload, id, &profile)).expect("a good customer");
            happened(&engine, &workload, id);
            let key = engine.key(&external(id)).expect("it was put");
            keys.push(key);
            requests.push(question(Request::new(external(id), "home"), &workload, &profile));
            by_key.push(question(Request::by_key(key, "home"), &workload, &profile));
            held.insert(
                id as u64,
                std::array::from_fn(|at| match profile.get(at) {
                    Some(reading) => *reading,
                    None => Reading::Unknown,
                }),
            );
        }
        let (plain, flat) = (Plain::new(&workload), Flat::new(&workload));
        let answer = Answer::default();
        let names = Names::new(customers);
        Self { workload, engine, requests, by_key, keys, names, held, plain, flat, answer }
    }

    /// A question for nobody yet, to be asked of one customer after the other.
    pub fn question(&self) -> Request {
        Request::anonymous("home").at(Timestamp::from_millis(text::NOON))
    }

    /// The engine's best three, its customer found by integer key.
    #[inline(never)]
    pub fn best(&mut self, id: usize) {
        self.engine.decide_into(&self.by_key[id], &mut self.answer).expect("a good question");
        black_box(self.answer.len());
    }

    /// The engine's best three, its customer found by external id.
    #[inline(never)]
    pub fn best_by_id(&mut self, id: usize) {
        self.engine.decide_into(&self.requests[id], &mut self.answer).expect("a good question");
        black_box(self.answer.len());
    }

    /// How many actions stand, none left out, by external id.
    #[inline(never)]
    pub fn all(&mut self, id: usize) -> u32 {
        self.engine.count_eligible(&self.requests[id], &mut self.answer).expect("a good question")
    }

    /// The engine looking at every candidate, without its index.
    #[inline(never)]
    pub fn unindexed(&mut self, id: usize) {
        let decided = self.engine.decide_plainly(&self.requests[id], &mut self.answer);
        decided.expect("a good question");
        black_box(self.answer.len());
    }

    #[inline(never)]
    pub fn plain_best(&self, id: usize) -> Best {
        self.plain.best(&self.workload, &*self.inline(id))
    }

    #[inline(never)]
    pub fn plain_all(&self, id: usize) -> Best {
        self.plain.all(&self.workload, &*self.inline(id))
    }

    #[inline(never)]
    pub fn flat_best(&self, id: usize) -> Best {
        self.flat.best(&self.workload, &*self.inline(id))
    }

    #[inline(never)]
    pub fn flat_all(&self, id: usize) -> Best {
        self.flat.all(&self.workload, &*self.inline(id))
    }

    fn inline(&self, id: usize) -> dashmap::mapref::one::Ref<'_, u64, Inline> {
        self.held.get(&(id as u64)).expect("it was put")
    }

    /// The last answer, as the loops give theirs.
    pub fn answered(&self) -> Vec<Hit> {
        let number = |name: &str| name.trim_start_matches("offer_").parse().expect("a number");
        let scores = self.answer.scores().map(|score| score.expect("no fallback"));
        self.answer
            .actions()
            .zip(scores)
            .map(|(n, score)| Hit { action: number(n), score })
            .collect()
    }

    /// Compares every contender with the plainest meaning for `count` customers spread over all: the same
    /// actions, in order, scores to the bit, and as many that stand. Returns the share of pairs that match.
    pub fn assert_answers(&mut self, count: usize) -> f64 {
        let step = (self.requests.len() / count.max(1)).max(1);
        let (mut matched, mut asked) = (0, 0);
        for id in (0..self.requests.len()).step_by(step) {
            let profile = *self.inline(id);
            let mut wanted: Vec<Hit> = (0..self.workload.actions.len())
                .filter(|at| {
                    let action = &self.workload.actions[*at];
                    loops::eligible(action, &self.workload.segments, &profile)
                })
                .map(|at| Hit { action: at as u32, score: self.workload.score(at, &profile) })
                .collect();
            wanted.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.action.cmp(&b.action)));
            let three = &wanted[..wanted.len().min(3)];
            for (name, best) in [("plain", self.plain_best(id)), ("flat", self.flat_best(id))] {
                assert_eq!(&best.hits[..best.len], three, "{name}, customer {id}");
            }
            for (name, all) in [("plain", self.plain_all(id)), ("flat", self.flat_all(id))] {
                assert_eq!(
                    (&all.hits[..all.len], all.eligible),
                    (three, wanted.len()),
                    "{name} {id}"
                );
            }
            self.best(id);
            assert_eq!(self.answered(), three, "by key, customer {id}");
            self.best_by_id(id);
            assert_eq!(self.answered(), three, "by id, customer {id}");
            assert_eq!(self.all(id) as usize, wanted.len(), "all, customer {id}");
            assert_eq!(self.answered(), three, "all, customer {id}");
            self.unindexed(id);
            assert_eq!(self.answered(), three, "without index, customer {id}");
            matched += wanted.len();
            asked += 1;
        }
        assert!(matched > 0, "nothing matches anybody: nothing is measured");
        matched as f64 / (asked * self.workload.actions.len()) as f64
    }
}
