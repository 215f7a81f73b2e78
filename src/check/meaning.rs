//! The second half of a check: what the declared things mean together.
//!
//! In: a [`Scope`] in which every declaration is read. Out: [`Meaning`]: models are folded into the operands
//! that read them, then rankings, actions, placements, personas and scenarios, each by the position of its name.
//! Governance comes last, when every action is known.

use std::collections::BTreeSet;

use super::action::ReadAction;
use super::actions::{Actions, actions};
use super::journey::demands::demands;
use super::journey::journeys;
use super::limits::limits;
use super::operand::{Bounds, models};
use super::placement::placement;
use super::ranking::{Factors, ranking};
use super::rules::{
    Action, Does, Fingerprint, Journey, Limits, Manifest, Persona, Placement, Ranking, Scenario,
};
use super::scenario::{persona, scenario};
use super::scope::{Problems, Scope};
use super::{governance, manifest, unsupported};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::mutant::mutant;

/// What [`meaning`] gives; lists miss what could not be read, which is always reported.
#[derive(Debug)]
pub(crate) struct Meaning {
    pub(crate) rankings: Vec<Ranking>,
    pub(crate) actions: Vec<Action>,
    pub(crate) limits: Vec<Limits>,
    pub(crate) placements: Vec<Placement>,
    pub(crate) journeys: Vec<Journey>,
    pub(crate) personas: Vec<Persona>,
    pub(crate) scenarios: Vec<Scenario>,
    pub(crate) manifest: Manifest,
    pub(crate) fingerprint: Fingerprint,
}

/// Reads everything after the declarations and segments, and reports what is not yet supported.
pub(crate) fn meaning(scope: &mut Scope<'_>, problems: &mut Problems) -> Meaning {
    unsupported::report(scope, problems);
    let models = models(scope, problems);
    let Actions { read: actions, never } = actions(scope, &models, problems);
    let factors = factors(&actions);
    let rankings: Vec<Ranking> = scope
        .all("ranking")
        .into_iter()
        .filter_map(|(name, def)| ranking(&name, def, &models, factors, scope, problems))
        .collect();
    let limits = limits(&actions, scope, problems);
    let placements: Vec<Placement> = scope
        .all("placement")
        .into_iter()
        .filter_map(|(name, def)| placement(&name, def, &actions, scope, problems))
        .collect();
    let journeys = journeys(&actions, scope, problems);
    unseen(&actions, (&placements, &journeys), scope, problems);
    let personas: Vec<Persona> = scope
        .all("persona")
        .into_iter()
        .map(|(name, def)| persona(&name, def, scope, problems))
        .collect();
    let scenarios = scope
        .all("scenario")
        .into_iter()
        .map(|(name, def)| scenario(&name, def, (&personas, &actions, &journeys), scope, problems))
        .collect();
    governance::check(&actions, scope, problems);
    demands(&journeys, scope, problems);
    let journeys = journeys.into_iter().flatten().collect();
    let manifest = manifest::manifest(scope, &actions);
    let fingerprint = manifest::fingerprint(scope);
    problems.0.extend(never.0);
    let actions = actions.into_iter().flatten().map(|read| read.action).collect();
    Meaning {
        rankings,
        actions,
        limits,
        placements,
        journeys,
        personas,
        scenarios,
        manifest,
        fingerprint,
    }
}

/// Actions that no placement asks for: nobody can ever see them.
fn unseen(
    actions: &[Option<ReadAction<'_>>],
    (placements, journeys): (&[Placement], &[Option<Journey>]),
    scope: &Scope<'_>,
    problems: &mut Problems,
) {
    // Where something is wrong it may be the reason, and what is asked for is not known.
    if problems.0.iter().any(|found| found.severity == Severity::Error) {
        return;
    }
    // A workspace without placements and journeys is not asked anything yet.
    if placements.is_empty() && journeys.is_empty() {
        return;
    }
    let steps = journeys.iter().flatten().flat_map(|journey| &journey.steps);
    let sent = steps.filter_map(|step| match &step.does {
        Does::Send { action, .. } if !mutant!("journey_sends_are_unseen") => Some(*action),
        _ => None,
    });
    let fallbacks = placements.iter().filter_map(|placement| placement.fallback);
    let fallbacks = fallbacks.filter(|_| !mutant!("a_fallback_counts_as_unseen"));
    let candidates = placements.iter().flat_map(|placement| placement.candidates.iter().copied());
    let asked: BTreeSet<usize> = candidates.chain(fallbacks).chain(sent).collect();
    for (index, read) in actions.iter().enumerate() {
        let Some(read) = read.as_ref().filter(|read| !read.action.only_in_journeys) else {
            continue;
        };
        if asked.contains(&index) {
            continue;
        }
        let name = &read.action.name;
        let channel = read.action.messages.first().and_then(|m| scope.channels.get(m.channel));
        let ranking = scope.all("ranking").into_iter().next().map(|(name, _)| name);
        let way_out = match (channel, ranking) {
            (Some(channel), Some(ranking)) if read.action.competes() => format!(
                "placement ask_for_{name} {{ channel: {}, show: 1, candidates: [{name}], \
                 ranking: {ranking}, fallback: nothing }}",
                channel.name
            ),
            _ => format!("fallback: {name}"),
        };
        problems.push(
            Diagnostic::new(
                Code("W0507"),
                read.def.file.name(),
                read.def.name_span(),
                format!("nobody can ever see `{name}`"),
                if journeys.is_empty() {
                    "no placement has it among its candidates, and none falls back on it"
                } else {
                    "no placement has it among its candidates or falls back on it, and no journey sends it"
                },
            )
            .paste(way_out)
            .paste("use: only in journeys"),
        );
    }
}

/// The bounds of the factors that actions bring, over all that were read; never less than from 0 to 1, so that
/// what a ranking must say does not hang on there being an action yet.
fn factors(actions: &[Option<ReadAction<'_>>]) -> Factors {
    let least = Bounds { low: 0.0, high: 1.0 };
    let read = || actions.iter().flatten();
    Factors {
        value: read().filter_map(|read| read.value).fold(least, Bounds::and),
        weight: read().map(|read| read.weight).fold(least, Bounds::and),
    }
}
