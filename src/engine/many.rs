//! Many questions at once, on several threads, by one version of the rules.

use std::borrow::Borrow;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use super::reserve::Terms;
use super::{Answer, Engine, Permit, ReserveError};
use crate::compile::Program;
use crate::decision::Decision;
use crate::mutant::mutant;
use crate::request::{BindError, Request};
use crate::runtime::{self, Hit};

/// Questions handed to a thread at a time.
const SHARE: usize = 256;

/// What came of one reservation of a batch.
pub type Reserved = Result<Permit, ReserveError>;

/// The customer's key, and what a walk found for it.
type Found = (u64, Decision, Vec<Hit>);

/// What came of one question of a batch.
pub type Decided = Result<Decision, BindError>;

impl Engine {
    /// Answers many questions, on all processors; the answers stand in the order of the questions.
    ///
    /// - The same answers as one by one, for any number of threads. All are decided by one version of the
    ///   rules and one set of pauses, those of the moment of the call, even where rules are swapped meanwhile.
    /// - Errors: each question has its own, as of [`decide`](Self::decide); one that does not fit leaves the
    ///   others alone.
    ///
    /// # Example
    /// ```
    /// # use onward::{Context, Engine, Request, Source, check};
    /// # let rules = r#"
    /// # workspace shop { currency: EUR, timezone: "Europe/Paris", languages: [en] }
    /// # channel web { }
    /// # purpose service { consent_free: [web] }
    /// # customer { vip: yes_no default no }
    /// # ranking plain { score: propensity * value }
    /// # action hello { purpose: service, value: EUR 2, propensity: 50%, message web { en { text: "Hello" } } }
    /// # placement home { channel: web, show: 1, candidates: all, ranking: plain, fallback: nothing }
    /// # "#;
    /// # let checked = check(&[Source::new("shop.journey", rules)], &Context::default());
    /// # let Some(rules) = checked.rules else { return };
    /// # let engine = Engine::new(&rules);
    /// let questions = ["lea", "tim"].map(|customer| Request::new(customer, "home"));
    /// let answers = engine.decide_many(&questions);
    /// assert_eq!(answers.len(), 2);
    /// # for (question, answer) in questions.iter().zip(answers) {
    /// #     assert_eq!(answer, engine.decide(question));
    /// # }
    /// ```
    #[must_use]
    pub fn decide_many(&self, requests: &[Request]) -> Vec<Decided> {
        let mut out = Vec::new();
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        self.decide_many_into(requests, threads, &mut out);
        out
    }

    /// As [`decide_many`](Self::decide_many), on at most this many threads, into a list that is used again:
    /// what stood in it is replaced.
    pub fn decide_many_into(&self, requests: &[Request], threads: usize, out: &mut Vec<Decided>) {
        self.decide_each(requests, threads, |request| request, out);
    }

    /// As [`decide_many_into`](Self::decide_many_into), for things that a question is made of: `ask` makes it,
    /// on the thread that decides it.
    pub fn decide_each<'a, T: Sync, R: Borrow<Request>>(
        &self,
        things: &'a [T],
        threads: usize,
        ask: impl Fn(&'a T) -> R + Sync,
        out: &mut Vec<Decided>,
    ) {
        let program = self.program();
        let paused = self.paused.load_full();
        let decide = |thing: &'a T, answer: &mut Answer| {
            let request = ask(thing);
            self.decide_by(&program, &paused, request.borrow(), answer)?;
            Ok(answer.named())
        };
        out.clear();
        let threads = threads.min(things.len().div_ceil(SHARE));
        if threads <= 1 {
            let mut answer = Answer::default();
            out.extend(things.iter().map(|thing| decide(thing, &mut answer)));
            return;
        }
        // Each place is written before anybody reads the list: a thread that panics takes the call with it.
        let unasked = || Err(BindError::UnknownPlacement { placement: String::new() });
        out.resize_with(things.len(), unasked);
        let shares = Mutex::new(things.chunks(SHARE).zip(out.chunks_mut(SHARE)));
        let work = || {
            let mut answer = Answer::default();
            loop {
                let share = shares.lock().unwrap_or_else(PoisonError::into_inner).next();
                let Some((things, places)) = share else { break };
                let backwards = mutant!("many_answers_out_of_order");
                let things = things.iter().cycle().skip(usize::from(backwards));
                for (thing, place) in things.zip(places) {
                    *place = decide(thing, &mut answer);
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..threads {
                scope.spawn(work);
            }
            work();
        });
    }

    /// Reserves for many questions, each with the id of its decision: evaluated on all processors, then taken in
    /// the order of the questions.
    ///
    /// The same permits as one [`reserve`](Self::reserve) after the other, for any number of threads, where
    /// nobody else reserves meanwhile; all by one version of the rules and one set of pauses.
    #[must_use]
    pub fn reserve_many(&self, requests: &[(Request, String)], hold_for: i64) -> Vec<Reserved> {
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        self.reserve_many_on(requests, hold_for, threads)
    }

    /// As [`reserve_many`](Self::reserve_many), on at most this many threads.
    #[must_use]
    pub fn reserve_many_on(
        &self,
        requests: &[(Request, String)],
        hold_for: i64,
        threads: usize,
    ) -> Vec<Reserved> {
        let (program, paused) = (self.program(), self.paused.load_full());
        let before = self.promises.all_returned();
        let mut found: Vec<Option<Found>> = Vec::new();
        found.resize_with(requests.len(), || None);
        let shares = Mutex::new(requests.chunks(SHARE).zip(found.chunks_mut(SHARE)));
        let work = || {
            let mut answer = Answer::default();
            loop {
                let share = shares.lock().unwrap_or_else(PoisonError::into_inner).next();
                let Some((requests, places)) = share else { break };
                for ((request, _), place) in requests.iter().zip(places) {
                    let Some(key) = self.key_of(request) else { continue };
                    if self.decide_by(&program, &paused, request, &mut answer).is_ok() {
                        *place = Some((key, answer.named(), answer.outcome.hits.clone()));
                    }
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..threads.min(requests.len().div_ceil(SHARE)) {
                scope.spawn(work);
            }
            work();
        });
        let mut answer = Answer::default();
        let one = |((request, id), found): (&(Request, String), Option<Found>)| {
            let terms =
                Terms { program: &program, paused: &paused, decision_id: id, hold: hold_for };
            self.return_expired(request.time().micros());
            // What was found may be taken as long as nothing came back that it could have had.
            let same = self.promises.all_returned() == before;
            let permit =
                found.filter(|_| same && terms.are_good()).and_then(|(key, decision, hits)| {
                    self.reserve_found(&terms, request, key, (decision, hits))
                });
            match permit {
                Some(permit) => Ok(permit),
                None => self.reserve_place(&terms, request, &mut answer),
            }
        };
        requests.iter().zip(found).map(one).collect()
    }

    /// One question by these rules and these pauses.
    fn decide_by(
        &self,
        program: &Arc<Program>,
        paused: &BTreeSet<String>,
        request: &Request,
        answer: &mut Answer,
    ) -> Result<(), BindError> {
        answer.begin(program, &self.zones, request);
        let key = self.key_of(request);
        self.ask_begun(paused, request, key, answer, |walk, placement, room, outcome| {
            runtime::decide(walk, placement, Some(room), outcome);
        })
    }
}
