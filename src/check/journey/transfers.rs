//! From one journey to another: what a run takes along, and that nobody is sent round without a pause.
//!
//! In: all journeys. Out: what each keeps of its entry, and what its transfers carry. A field that the other
//! journey reads and this one does not have is an error.

use std::collections::{BTreeMap, BTreeSet};

use super::super::rules::{Condition, Does, EventFilter, GoalBy, Journey, Need, Until};
use super::super::scope::{Problems, Scope};
use super::{Draft, graph};
use crate::diagnostic::{Code, Diagnostic};
use crate::mutant::mutant;

/// The entry fields that a journey reads itself.
pub(super) fn reads(journey: &Journey) -> BTreeSet<usize> {
    let mut found: BTreeSet<usize> = journey.per.iter().map(|per| per.field).collect();
    tested(&journey.who, &mut found);
    tested(&journey.exit, &mut found);
    match journey.goal.as_ref().map(|goal| &goal.by) {
        Some(GoalBy::Event { filter, .. }) => compared(filter, &mut found),
        Some(GoalBy::State(lines)) => tested(lines, &mut found),
        None => {}
    }
    for step in &journey.steps {
        match &step.does {
            Does::Wait { until: Until::Entry(field), .. } => {
                found.insert(*field);
            }
            Does::WaitFor { filter, .. } => compared(filter, &mut found),
            Does::Branch { cases, .. } => {
                for case in cases {
                    tested(&case.conditions, &mut found);
                }
            }
            _ => {}
        }
    }
    found
}

fn tested(list: &[Condition], found: &mut BTreeSet<usize>) {
    for condition in list {
        match condition {
            Condition::Entry(test) => {
                found.insert(test.field);
            }
            Condition::Any(inner, _) | Condition::None(inner, _) => tested(inner, found),
            Condition::Test(_) | Condition::Segment(_) => {}
        }
    }
}

fn compared(filter: &EventFilter, found: &mut BTreeSet<usize>) {
    found.extend(filter.same.iter().map(|same| same.entry));
}

/// Settles what every transfer carries, and reports what it cannot, and circles without a pause.
pub(super) fn settle(drafts: &mut [Option<Draft<'_>>], scope: &Scope<'_>, problems: &mut Problems) {
    circles(drafts, problems);
    // What one keeps for another, the one before must carry: round until nothing is added.
    let mut told: BTreeSet<(usize, usize, usize)> = BTreeSet::new();
    let mut open: BTreeSet<usize> = (0..drafts.len()).collect();
    let before = senders(drafts);
    while let Some(to) = open.pop_first() {
        for (from, step) in before.get(&to).cloned().unwrap_or_default() {
            if carry(drafts, (from, step, to), &mut told, scope, problems) {
                open.insert(from);
            }
        }
    }
}

/// Journey → who transfers to it, and by which step.
fn senders(drafts: &[Option<Draft<'_>>]) -> BTreeMap<usize, Vec<(usize, usize)>> {
    let mut found: BTreeMap<usize, Vec<(usize, usize)>> = BTreeMap::new();
    for (from, draft) in drafts.iter().enumerate() {
        let steps = draft.iter().flat_map(|draft| draft.journey.steps.iter().enumerate());
        for (step, does) in steps.map(|(at, step)| (at, &step.does)) {
            if let Does::Transfer { to, .. } = does {
                found.entry(*to).or_default().push((from, step));
            }
        }
    }
    found
}

/// Matches the fields of one transfer; whether the journey it leaves must now keep more.
fn carry(
    drafts: &mut [Option<Draft<'_>>],
    (from, step, to): (usize, usize, usize),
    told: &mut BTreeSet<(usize, usize, usize)>,
    scope: &Scope<'_>,
    problems: &mut Problems,
) -> bool {
    let Some(Some(target)) = drafts.get(to) else { return false };
    let wanted: Vec<usize> = target.journey.keeps.iter().copied().collect();
    let (name, event) = (target.journey.name.clone(), target.journey.entry_event());
    let fields = |event: Option<usize>| {
        event.and_then(|event| scope.events.get(event)).map_or(&[][..], |event| &event.fields)
    };
    let there = fields(event);
    let Some(Some(source)) = drafts.get_mut(from) else { return false };
    let here = fields(source.journey.entry_event());
    let mut carries = Vec::new();
    let mut more = false;
    for field in wanted {
        let Some(declared) = there.get(field) else { continue };
        let own = here.iter().position(|own| {
            own.name == declared.name
                && own.kind == declared.kind
                && (declared.need == Need::Optional || own.need != Need::Optional)
        });
        match own {
            Some(own) => {
                carries.push((own, field));
                more |= source.journey.keeps.insert(own);
            }
            None if mutant!("a_transfer_may_lose_entry_values") => {}
            None if told.insert((from, step, field)) => {
                let span = source.spans.get(step).copied().unwrap_or_default();
                let file = source.def.file;
                problems.push(
                    Diagnostic::new(
                        Code("E1016"),
                        file.name(),
                        super::steps::first_line(span, file),
                        format!(
                            "`{name}` needs `entry.{}`, which nobody brings from here",
                            declared.name
                        ),
                        format!(
                            "it is what `{name}` is entered with, declared as {}",
                            declared.kind.word()
                        ),
                    )
                    .advice(format!(
                        "begin this journey with an event that has the same field, or let `{name}` \
                         not read it"
                    )),
                );
            }
            None => {}
        }
    }
    if let Some(found) = source.journey.steps.get_mut(step)
        && let Does::Transfer { carries: known, .. } = &mut found.does
    {
        *known = carries;
    }
    more
}

/// Journeys that hand somebody round at one instant.
fn circles(drafts: &[Option<Draft<'_>>], problems: &mut Problems) {
    let ways: Vec<Vec<usize>> =
        drafts.iter().map(|draft| draft.as_ref().map_or_else(Vec::new, at_once)).collect();
    for mut knot in graph::knots(&ways) {
        if knot.len() < 2 || mutant!("journeys_may_pass_people_round") {
            continue;
        }
        knot.sort_unstable();
        let Some(Some(first)) = knot.first().and_then(|at| drafts.get(*at)) else { continue };
        let names: Vec<String> = knot
            .iter()
            .filter_map(|at| drafts.get(*at)?.as_ref())
            .map(|draft| draft.journey.name.clone())
            .collect();
        problems.push(graph::no_pause(&names, first.def.name_span(), first.def.file));
    }
}

/// The journeys that somebody can be handed to at the very instant of entering.
fn at_once(draft: &Draft<'_>) -> Vec<usize> {
    let steps = &draft.journey.steps;
    let mut seen = vec![false; steps.len()];
    let mut open = vec![draft.journey.first()];
    let mut found = Vec::new();
    while let Some(at) = open.pop() {
        let Some(step) = steps.get(at) else { continue };
        match seen.get_mut(at) {
            Some(seen) if !*seen => *seen = true,
            _ => continue,
        }
        if let Does::Transfer { to, .. } = &step.does {
            found.push(*to);
        }
        if !graph::pauses(&step.does) {
            open.extend(step.does.next());
        }
    }
    found
}
