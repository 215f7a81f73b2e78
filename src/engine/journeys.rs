//! Journeys while they run: who enters, what is due, and the messages that wait to be taken.
//!
//! Everything that happens to a customer's runs happens under the customer's own entry, together with what caused it.
//! What has no cause but time is due, and happens in [`Engine::advance`].

mod board;
mod play;

pub(in crate::engine) use board::{Board, Seen};
pub(in crate::engine) use play::{Came, Play, What};

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use super::{Answer, Engine, SwapError};
use crate::check::rules::{Ending, OnChange};
use crate::compile::{EnterPlan, Program};
use crate::mutant::mutant;
use crate::profile::{NO_TIME, Record, Run, name_hash};
use crate::value::Timestamp;

/// A message that a journey sends: checked, counted, and to be delivered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Activation {
    /// Names this message for good: the same after a restart, never of two.
    pub id: String,
    /// An id of the customer.
    pub customer: String,
    /// The journey.
    pub journey: String,
    /// The step.
    pub step: String,
    /// The action.
    pub action: String,
    /// The channel.
    pub channel: String,
    /// The language that its content is written in.
    pub language: String,
    /// When it counts as sent.
    pub at: Timestamp,
}

/// Why a journey was not entered, or could not go on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JourneyError {
    /// The customer's id is empty or longer than 512 bytes.
    #[error("a customer needs an id of 1 to 512 bytes")]
    Customer,
    /// The rules have no such journey.
    #[error("no journey is called `{journey}`")]
    Unknown {
        /// As asked.
        journey: String,
    },
    /// The journey is entered otherwise: only `enter: request` can be asked for.
    #[error("`{journey}` is not entered by request")]
    NotByRequest {
        /// As asked.
        journey: String,
    },
    /// The customer is in the store and not in memory: [`load`](Engine::load) comes first.
    #[error("the customer is not loaded")]
    NotLoaded,
    /// The store takes nothing.
    #[error("the store takes nothing: {why}")]
    Store {
        /// What failed.
        why: String,
    },
}

/// What came of asking for a customer to enter a journey.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Entered {
    /// The customer is in.
    In,
    /// `who` does not surely hold.
    NotFor,
    /// A run lasts, or the last one ended too lately for `again`.
    NotAgain,
    /// There are as many runs as `at_once` allows.
    Many,
}

/// Where a customer stands in journeys.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Travels {
    /// The runs that last, in the order in which they entered.
    pub runs: Vec<Travel>,
    /// The one that ended last.
    pub ended: Option<Arrived>,
}

/// A run of a journey.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Travel {
    /// The journey.
    pub journey: String,
    /// The step that it stands on.
    pub step: String,
    /// When it entered.
    pub entered: Timestamp,
    /// When its step goes on by itself.
    pub due: Option<Timestamp>,
}

/// A run that ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Arrived {
    /// The journey.
    pub journey: String,
    /// How: a built-in outcome, or one of the journey's own.
    pub outcome: String,
    /// When.
    pub at: Timestamp,
}

/// People who stand on a step that new rules do not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{people} stand on step `{step}` of `{journey}`, which is not there any more; give it back, or say \
     `moved: {step} to` another"
)]
pub struct Stranded {
    /// The journey.
    pub journey: String,
    /// The step.
    pub step: String,
    /// How many runs.
    pub people: u64,
}

impl Engine {
    /// Plays what is due and what happened to one customer, under the customer's entry.
    pub(super) fn play(
        &self,
        (program, key): (&Arc<Program>, u64),
        record: &mut Record,
        id: &str,
        at: i64,
        what: What<'_>,
    ) -> Option<Came> {
        let nobody = record.runs().is_none();
        let nothing = match what {
            What::Event { kind, .. } => {
                let enters = |plan: &crate::compile::JourneyPlan| matches!(plan.enter, EnterPlan::Event { kind: by, .. } if by == kind);
                !program.journeys.iter().any(enters)
            }
            What::Before | What::News | What::Time => true,
            What::Enter(_) => false,
        };
        if nobody && nothing {
            return None;
        }
        let before = Seen::of(record.runs());
        let mut runs = record.take_runs();
        if runs.id.is_empty() {
            runs.id = id.into();
        }
        let paused = self.paused.load_full();
        let mut play = Play {
            engine: self,
            program,
            paused: &paused,
            record,
            runs,
            answer: Answer::default(),
            now: at,
        };
        let came = play.play(at, what);
        let runs = play.runs;
        record.put_runs(runs);
        self.board.note(key, &before, &Seen::of(record.runs()));
        came
    }

    /// Lets time pass: everything that is due by then happens, each at its own time, earliest first, of one time in the
    /// order of customers' keys. How many times something was due.
    ///
    /// It makes no difference in how many calls a span of time is cut. Nothing else fires by itself; what happens to
    /// a customer first plays what was due for that customer before.
    ///
    /// - Cost: what is due, not what waits.
    ///
    /// # Errors
    /// [`JourneyError::Store`]; nothing happens then.
    pub fn advance(&self, to: Timestamp) -> Result<u64, JourneyError> {
        if let Some(why) = self.refuses() {
            return Err(JourneyError::Store { why });
        }
        let mut fired = 0;
        while let Some((due, key)) = self.board.due(to.micros()) {
            let program = self.program.load_full();
            let done = self.change_at_now(key, |now, record| {
                self.play((&program, now), record, "", due, What::Time);
                now
            });
            if done != Some(key) {
                // Merged or forgotten: who has the runs now has a timer for them.
                self.board.drop_timer((due, key));
            }
            fired += 1;
        }
        Ok(fired)
    }

    /// Lets a customer enter a journey that is entered by request; one of whom nothing is known becomes one.
    ///
    /// # Errors
    /// [`JourneyError`]; nothing happens then.
    pub fn enter(
        &self,
        customer: &str,
        journey: &str,
        at: Timestamp,
    ) -> Result<Entered, JourneyError> {
        if customer.is_empty() || customer.len() > 512 {
            return Err(JourneyError::Customer);
        }
        if let Some(why) = self.refuses() {
            return Err(JourneyError::Store { why });
        }
        let program = self.program.load_full();
        let index = program.journey_names.get(&name_hash(journey)).copied();
        let plan = index.and_then(|at| program.journeys.get(at as usize));
        let (Some(index), Some(plan)) = (index, plan) else {
            return Err(JourneyError::Unknown { journey: journey.to_owned() });
        };
        if !matches!(plan.enter, EnterPlan::Request) {
            return Err(JourneyError::NotByRequest { journey: journey.to_owned() });
        }
        let came = self.change_keyed(customer, |key, record| {
            if record.is_new() {
                super::hold(&program, record);
            }
            self.play((&program, key), record, customer, at.micros(), What::Enter(index))
        });
        match came.ok_or(JourneyError::NotLoaded)? {
            Some(Came::In) => Ok(Entered::In),
            Some(Came::NotFor) | None => Ok(Entered::NotFor),
            Some(Came::NotAgain) => Ok(Entered::NotAgain),
            Some(Came::Many) => Ok(Entered::Many),
        }
    }

    /// The messages that journeys sent and nobody has taken yet: by time, of one time by customer and in the order in
    /// which they were sent.
    ///
    /// They stay until [`taken`](Self::taken), across restarts: whoever delivers hands their ids on, so that one that
    /// is delivered twice is known as one.
    #[must_use]
    pub fn activations(&self) -> Vec<Activation> {
        let mut found = Vec::new();
        for key in self.board.pending() {
            self.cache.look(key, |record| {
                let Some(runs) = record.runs() else { return };
                found.extend(runs.outbox.iter().map(|one| Activation {
                    id: one.id.to_string(),
                    customer: runs.id.to_string(),
                    journey: one.journey.to_string(),
                    step: one.step.to_string(),
                    action: one.action.to_string(),
                    channel: one.channel.to_string(),
                    language: one.language.to_string(),
                    at: Timestamp::from_micros(one.at),
                }));
            });
        }
        found.sort_by(|a, b| (a.at, &a.customer).cmp(&(b.at, &b.customer)));
        found
    }

    /// Says that a message was taken; whether it was there.
    pub fn taken(&self, activation: &Activation) -> bool {
        let Some(key) = self.cache.key(&activation.customer) else { return false };
        let done = self.change_at_now(key, |now, record| {
            let before = Seen::of(record.runs());
            let mut runs = record.take_runs();
            let at = runs.outbox.iter().position(|one| *one.id == *activation.id);
            if let Some(at) = at {
                runs.outbox.remove(at);
            }
            record.put_runs(runs);
            self.board.note(now, &before, &Seen::of(record.runs()));
            at.is_some()
        });
        done == Some(true)
    }

    /// Where a customer stands in journeys, as the rules of now call them.
    #[must_use]
    pub fn travels(&self, customer: &str) -> Travels {
        let program = self.program.load();
        let found = self
            .cache
            .key(customer)
            .and_then(|key| self.cache.look(key, |record| record.runs().cloned()));
        let Some(runs) = found.flatten() else { return Travels::default() };
        let of = |journey: u64| {
            let at = program.journey_names.get(&journey)?;
            program.rules.journeys.get(*at as usize)
        };
        let name = |journey: u64| {
            of(journey).map_or_else(|| format!("#{journey:016x}"), |of| of.name.clone())
        };
        let ending = |journey: u64, ending: u64| {
            let own = of(journey).map_or(&[][..], |of| &of.outcomes);
            let built_in = Ending::BUILT_IN.iter().map(|one| one.word(&[]));
            let mut all = built_in.chain(own.iter().map(String::as_str));
            let word = all.find(|word| name_hash(word) == ending);
            word.map_or_else(|| format!("#{ending:016x}"), str::to_owned)
        };
        let last = runs.last.map(|(journey, how, at)| Arrived {
            journey: name(journey),
            outcome: ending(journey, how),
            at: Timestamp::from_micros(at),
        });
        let travel = |run: &Run| Travel {
            journey: name(run.journey),
            step: self.step_name(&program, (run.journey, run.version, run.step)),
            entered: Timestamp::from_micros(run.entered),
            due: (run.due != NO_TIME).then(|| Timestamp::from_micros(run.due)),
        };
        Travels { runs: runs.live.iter().map(travel).collect(), ended: last }
    }

    /// How many runs stand on each step, by journey and step as the rules of now call them.
    #[must_use]
    pub fn standing(&self) -> BTreeMap<(String, String), u64> {
        let program = self.program.load();
        let mut found = BTreeMap::new();
        for (place, count) in self.board.standing() {
            let of = program.journey_names.get(&place.0).copied();
            let of = of.and_then(|at| program.rules.journeys.get(at as usize));
            let name = of.map_or_else(|| format!("#{:016x}", place.0), |of| of.name.clone());
            let at = self.step_name(&program, place);
            *found.entry((name, at)).or_default() += count;
        }
        found
    }

    /// What a step is called: by the rules of now, where they know it, else by those that the run follows.
    fn step_name(&self, now: &Program, (journey, version, step): board::Place) -> String {
        let find = |program: &Program| {
            let at = *program.journey_names.get(&journey)? as usize;
            let index = program.journeys.get(at)?.step(step)?;
            Some(program.rules.journeys.get(at)?.steps.get(index as usize)?.name.clone())
        };
        let old = || find(&*self.board.version(journey, version)?);
        find(now).or_else(old).unwrap_or_else(|| format!("#{step:016x}"))
    }

    /// Whether new rules would leave somebody on a step that they do not have.
    pub(super) fn strands(&self, new: &Program) -> Result<(), SwapError> {
        let old = self.program.load();
        for ((journey, version, step), people) in self.board.standing() {
            let index = new.journey_names.get(&journey);
            let Some(of) = index.and_then(|at| new.journeys.get(*at as usize)) else { continue };
            let moves = of.version != version && of.on_change == OnChange::Move;
            if !moves || of.step(step).is_some() || mutant!("swap_strands_people") {
                continue;
            }
            let known = old.journey_names.get(&journey);
            let known = known.and_then(|at| old.rules.journeys.get(*at as usize));
            let name = known.map_or("", |of| &of.name).to_owned();
            let step = self.step_name(&old, (journey, version, step));
            return Err(SwapError::Strands(Stranded { journey: name, step, people }));
        }
        Ok(())
    }
}
