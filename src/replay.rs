//! A replay: what a placement would have sent, had these rules been asked all along.
//!
//! In: an [`Engine`] of its own, filled with customers and what happened to them, and requests in the order of time.
//! Out: what each sent, what held it back, and the [`Tally`] of all. Knows nothing of clocks and files: time
//! comes with the requests, and nothing but the engine that was handed over is changed.
//!
//! Each request is reserved and committed at its own moment, so limits, `repeat`, pauses and budgets count what
//! the replay itself sent before.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::check::rules::Line;
use crate::decision::{Decision, Stage, Standing, Treatment};
use crate::engine::{Engine, ReserveError};
use crate::mutant::mutant;
use crate::request::Request;
use crate::value::Timestamp;

/// How long a promise of a replay is held: it is committed at once.
const HOLD: i64 = 60_000_000;

/// What holds something back.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Holdback {
    /// Which check.
    pub stage: Stage,
    /// The limits block, `repeat`, `pause`, a channel, the hours; as [`Reason`](crate::decision::Reason) names it.
    pub name: Option<String>,
    /// File of the line that blocks, the line from 1, and what it says.
    pub line: Option<(String, u32, String)>,
}

impl Holdback {
    fn stage(stage: Stage) -> Self {
        Self { stage, name: None, line: None }
    }
}

/// What came of one request.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Asked {
    /// When.
    pub at: Timestamp,
    /// What was sent, best first.
    pub sent: Vec<Treatment>,
    /// What held candidates back, where none stands (a fallback is none): of each, all of the first check that
    /// refuses it.
    pub held_back: BTreeSet<Holdback>,
}

/// What came of all requests together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Requests.
    pub asked: u64,
    /// Requests of which a candidate was sent.
    pub answered: u64,
    /// Requests of which only the fallback was sent.
    pub fell_back: u64,
    /// Requests of which nothing was sent.
    pub nothing: u64,
    /// How often each action was sent.
    pub sent: BTreeMap<String, u64>,
    /// In how many of the requests without a candidate each held one back; several may share a request.
    pub held_back: BTreeMap<Holdback, u64>,
    /// Requests without a candidate because the placement has none for anybody.
    pub no_candidate: u64,
}

/// See the module.
///
/// # Example
/// ```
/// use onward::replay::Replay;
/// use onward::{Context, Engine, Event, Request, Source, check, value::Timestamp};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let rules = r#"
/// workspace shop { currency: EUR, timezone: "Europe/Paris", languages: [en], stages: [grow] }
/// team crm { folder: ".", central: yes }
/// purpose service { consent_free: [web] }
/// channel web { }
/// event visit kept 30 days { }
/// limits pressure { purpose: service, at most 1 per 168 hours }
/// ranking plain { score: propensity * value }
/// action hello {
///   owner: crm, purpose: service, stage: grow, value: EUR 2, propensity: 50%
///   message web { en { text: "Hello" } }
/// }
/// placement home { channel: web, show: 1, candidates: all, ranking: plain, fallback: nothing }
/// "#;
/// let checked = check(&[Source::new("shop.journey", rules)], &Context::default());
/// # let Some(rules) = checked.rules else { panic!("{:?}", checked.diagnostics) };
/// let engine = Engine::new(&rules);
/// for day in ["2026-09-01T08:00:00Z", "2026-09-08T07:59:59Z", "2026-09-08T08:00:00Z"] {
///     let at = Timestamp::parse(day)?;
///     engine.track(&Event::new("lea", "visit", at), at)?;
/// }
/// let moments = engine.moments("visit");
/// let mut replay = Replay::new(engine);
/// for (customer, at) in &moments {
///     replay.ask(&Request::new(customer, "home").at(*at))?;
/// }
/// assert_eq!((replay.tally().answered, replay.tally().nothing), (2, 1));
/// let (why, times) = replay.tally().held_back.first_key_value().ok_or("nothing held it back")?;
/// assert_eq!((why.name.as_deref(), *times), (Some("pressure"), 1));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Replay {
    engine: Engine,
    tally: Tally,
}

impl Replay {
    /// A replay on an engine of its own. What it knows of contacts and promises is let go, because the replay
    /// sends anew, and so is its store, if it has one.
    #[must_use]
    pub fn new(engine: Engine) -> Self {
        Self { engine: engine.unreached(), tally: Tally::default() }
    }

    /// The engine, to be told what happened before the next request.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// What came of all requests so far.
    #[must_use]
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Asks once, sends what stands, and counts it. The decision is called by the number of the request, so that
    /// the same history gives the same decisions.
    ///
    /// - Order: requests come in the order of time; one that is earlier than what the customer was sent before is
    ///   judged at that time, as everywhere.
    /// - Cost: a reservation; where no candidate stands and something that ends by itself holds one back (limits,
    ///   budget, consent, hours), an explanation besides.
    ///
    /// # Errors
    /// [`ReserveError`]; nothing is counted then.
    pub fn ask(&mut self, request: &Request) -> Result<Asked, ReserveError> {
        let id = format!("replay {}", self.tally.asked);
        let permit = self.engine.reserve(request, &id, HOLD)?;
        let decision = permit.decision();
        let goes = permit.is_empty() || self.engine.commit(&permit, request.time()).is_go();
        if mutant!("replay_counts_nothing_sent") {
            let _ = self.engine.release(&permit, request.time());
        }
        let sent = if goes { decision.treatments.clone() } else { Vec::new() };
        let stands = sent.iter().any(|treatment| !treatment.fallback);
        let held_back =
            if stands { BTreeSet::new() } else { self.what_held_back(request, decision)? };
        let tally = &mut self.tally;
        tally.asked += 1;
        match (stands, sent.is_empty()) {
            (true, _) => tally.answered += 1,
            (false, false) => tally.fell_back += 1,
            (false, true) => tally.nothing += 1,
        }
        tally.no_candidate += u64::from(!stands && held_back.is_empty());
        for treatment in &sent {
            *tally.sent.entry(treatment.action.clone()).or_default() += 1;
        }
        for one in &held_back {
            *tally.held_back.entry(one.clone()).or_default() += 1;
        }
        Ok(Asked { at: request.time(), sent, held_back })
    }

    fn what_held_back(
        &self,
        request: &Request,
        decision: &Decision,
    ) -> Result<BTreeSet<Holdback>, ReserveError> {
        let refused = decision.summary.refused.iter().filter(|(_, number)| *number > 0);
        let stages: BTreeSet<Stage> = refused.map(|(stage, _)| *stage).collect();
        // Only these are told apart by name.
        let named = [Stage::ContactPolicy, Stage::Budget, Stage::Consent, Stage::Hours];
        if !stages.is_empty() && named.iter().all(|stage| !stages.contains(stage)) {
            return Ok(stages.into_iter().map(Holdback::stage).collect());
        }
        let mut found = BTreeSet::new();
        for candidate in self.engine.explain(request)?.candidates {
            let Standing::Blocked { reasons } = candidate.standing else { continue };
            let Some(first) = reasons.first().map(|reason| reason.stage) else { continue };
            let of_first = reasons.into_iter().filter(|reason| reason.stage == first);
            found.extend(of_first.map(|reason| {
                let place = |line: Line| (line.file, line.line, line.text);
                Holdback { stage: first, name: reason.name, line: reason.line.map(place) }
            }));
        }
        Ok(found)
    }
}
