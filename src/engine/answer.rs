//! An answer as the hot path leaves it: ids and scores, with the program and the view that decided.

use std::sync::Arc;

use crate::compile::Program;
use crate::decision::{Decision, Stage, Summary, Treatment};
use crate::profile::{View, Zones};
use crate::request::Request;
use crate::runtime::{self, Bound, Hit, Memo, Moment, NOBODY, Outcome, Room, Walk};
use crate::value::Timestamp;

/// A reusable answer: ids and score bits, no text; keeps the program and the view that decided, so that its
/// messages are filled as decided even after a swap.
#[derive(Debug, Default)]
pub struct Answer {
    pub(super) program: Option<Arc<Program>>,
    pub(super) view: View,
    pub(super) outcome: Outcome,
    pub(super) bound: Bound,
    pub(super) memo: Memo,
    pub(super) room: Room,
    /// Of the engine that decided.
    pub(super) zones: Option<Arc<Zones>>,
    /// Index of the placement.
    pub(super) placement: Option<usize>,
    at: Timestamp,
    id: String,
    has_id: bool,
}

/// Why a message could not be filled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RenderError {
    /// The answer has fewer treatments.
    #[error("the answer has no treatment number {n}")]
    NoTreatment {
        /// As asked, from 0.
        n: usize,
    },
    /// The message has no such field.
    #[error("the message has no field `{field}`")]
    NoField {
        /// As asked.
        field: String,
    },
}

impl Answer {
    /// Forgets the last answer; keeps its buffers.
    pub(super) fn begin(&mut self, program: &Arc<Program>, zones: &Arc<Zones>, request: &Request) {
        // Most answers stay with one program: then its count of holders is left alone.
        if !self.program.as_ref().is_some_and(|kept| Arc::ptr_eq(kept, program)) {
            self.program = Some(Arc::clone(program));
        }
        if !self.zones.as_ref().is_some_and(|kept| Arc::ptr_eq(kept, zones)) {
            self.zones = Some(Arc::clone(zones));
        }
        self.again(request);
    }

    /// As [`begin`](Self::begin), with the program and engine of before.
    pub(super) fn again(&mut self, request: &Request) {
        let program = self.program.as_deref();
        self.placement = program.and_then(|program| match self.placement {
            // Most questions are of the placement of the last one.
            Some(last) if program.is_placement(last, request.placement()) => Some(last),
            _ => program.placement(request.placement()),
        });
        self.room.held.clear();
        self.outcome.clear();
        self.at = request.time();
        self.has_id = request.id().is_some();
        if let Some(id) = request.id() {
            self.id.clear();
            self.id.push_str(id);
        }
    }

    /// How many treatments it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.outcome.hits.len()
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.outcome.hits.is_empty()
    }

    /// Why no candidate stands in it; without counts where one does.
    ///
    /// Cost: counted when it is asked for, with a look at every candidate.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let counted = self.outcome.uncounted.then(|| self.count()).flatten();
        let outcome = counted.as_ref().unwrap_or(&self.outcome);
        let refused = Stage::ALL.into_iter().zip(outcome.refused);
        Summary {
            candidates: outcome.candidates,
            refused: refused.filter(|(_, count)| *count > 0).collect(),
        }
    }

    /// How many candidate actions were looked at one by one: those that the index let through before the walk
    /// could stop.
    #[must_use]
    pub fn looked_at(&self) -> u32 {
        self.outcome.looked_at
    }

    /// What refused the candidates: of the same program, customer and moment.
    fn count(&self) -> Option<Outcome> {
        let program = self.program.as_deref()?;
        let mut memo = Memo::default();
        memo.reset(program);
        let zone = self.zones.as_deref().and_then(|zones| zones.get(self.view.zone()));
        let mut walk = Walk {
            program,
            view: &self.view,
            request: &self.bound,
            moment: Moment::new(self.at, zone, &program.zone),
            excluded: &NOBODY,
            paused: &NOBODY,
            memo: &mut memo,
        };
        Some(runtime::count(&mut walk, self.placement?))
    }

    /// The actions, best first, by name.
    pub fn actions(&self) -> impl Iterator<Item = &str> {
        self.outcome.hits.iter().filter_map(|hit| {
            let rules = &self.program.as_deref()?.rules;
            rules.actions.get(hit.action as usize).map(|action| action.name.as_str())
        })
    }

    /// Scores, best first, in minor units; a fallback has none.
    pub fn scores(&self) -> impl Iterator<Item = Option<f64>> {
        self.outcome.hits.iter().map(|hit| hit.score)
    }

    /// Which program decided; 0 for an answer that was never used.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.program.as_ref().map_or(0, |program| program.generation)
    }

    /// With names: the convenient form. `None` for an answer that was never used.
    #[must_use]
    pub fn decision(&self) -> Option<Decision> {
        self.program.is_some().then(|| self.named())
    }

    pub(super) fn named(&self) -> Decision {
        let program = self.program.as_deref();
        let treatment = |hit: &Hit| {
            let rules = &program?.rules;
            let action = rules.actions.get(hit.action as usize)?;
            let channel = rules.channels.get(hit.channel as usize)?;
            let message = action.messages.iter().find(|m| m.channel == hit.channel as usize)?;
            let content = message.contents.get(hit.content as usize)?;
            Some(Treatment {
                action: action.name.clone(),
                channel: channel.name.clone(),
                language: content.language.clone(),
                score: hit.score,
                fallback: hit.score.is_none(),
                probability: 1.0,
            })
        };
        Decision {
            treatments: self.outcome.hits.iter().filter_map(treatment).collect(),
            summary: self.summary(),
            generation: self.generation(),
            fingerprint: program.map(Program::fingerprint).unwrap_or_default(),
            view_version: self.view.version(),
            decision_id: self.has_id.then(|| self.id.clone()),
            at: self.at,
        }
    }
}
