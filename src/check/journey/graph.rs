//! The ways through a journey: circles without a pause, steps that nobody comes to, places without an end.
//!
//! In: a table in which every way on is settled. Out: problems, and of each step the messages that may follow it.
//! Linear in the steps, but for the time they are reached at, which takes a logarithm more.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

use super::super::placement::listed_channels;
use super::super::rules::{Does, Step, Until};
use super::super::scope::Problems;
use super::Seat;
use super::steps::{Slot, Table, first_line};
use super::waits::spoken;
use crate::diagnostic::{Code, Diagnostic};
use crate::mutant::mutant;
use crate::syntax::ast::Block;
use crate::syntax::{Source, Span};

/// How many names a circle shows.
const SHOWN: usize = 6;

/// A circle in which no time passes.
pub(super) fn no_pause(names: &[String], span: Span, file: &Source) -> Diagnostic {
    let mut way: Vec<&str> = names.iter().take(SHOWN).map(String::as_str).collect();
    if names.len() > SHOWN {
        way.push("…");
    }
    let first = names.first().map_or("", String::as_str);
    Diagnostic::new(
        Code("E1013"),
        file.name(),
        span,
        format!("`{first}` can repeat without a pause"),
        format!("{} → {first}", way.join(" → ")),
    )
    .paste("wait 1 day")
    .advice("put a `wait` into the circle, or end it")
}

/// Checks the ways, and notes what each step may still send; `None` where a problem is an error.
pub(super) fn check(
    table: &mut Table,
    blocks: &[(&Block, &[Slot])],
    longest: Option<i64>,
    seat: Seat<'_, '_>,
    problems: &mut Problems,
) -> Option<()> {
    let ways: Vec<Vec<usize>> = table.steps.iter().map(|step| step.does.next()).collect();
    let instant: Vec<Vec<usize>> = table
        .steps
        .iter()
        .zip(&ways)
        .map(|(step, ways)| if pauses(&step.does) { Vec::new() } else { ways.clone() })
        .collect();
    let mut clean = true;
    for circle in knots(&instant).iter().filter(|knot| is_circle(knot, &instant)) {
        if mutant!("circles_need_no_wait") {
            continue;
        }
        clean = false;
        let Some(first) = circle.iter().min_by_key(|at| place_of(table, **at).start) else {
            continue;
        };
        let round = round(*first, circle, &instant);
        let names: Vec<String> = round.iter().map(|at| called(table, *at)).collect();
        let span = first_line(place_of(table, *first), seat.file);
        problems.push(no_pause(&names, span, seat.file));
    }
    let start = table.paths.first()?.first;
    let reached = reached(start, &ways);
    // Where a circle takes no time at all, that is the cause.
    clean = clean && ends(table, &ways, &reached, seat, problems);
    unreached(table, blocks, &reached, seat, problems);
    if let Some(longest) = longest {
        clean &= in_time(table, start, longest, seat, problems);
    }
    reaches(table, &ways, seat);
    clean.then_some(())
}

/// Whether time surely passes on this step. A day that is fixed may be past.
pub(super) fn pauses(does: &Does) -> bool {
    match does {
        Does::Wait { until, .. } => match until {
            Until::Span(_) | Until::Clock { .. } => true,
            Until::Moment(_) | Until::Attribute(_) | Until::Entry(_) => {
                mutant!("a_past_day_is_a_pause")
            }
        },
        Does::WaitFor { .. } => true,
        _ => false,
    }
}

fn place_of(table: &Table, step: usize) -> Span {
    table.spans.get(step).copied().unwrap_or_default()
}

/// A step in the author's words: its own name, or its path's.
fn called(table: &Table, at: usize) -> String {
    let Some(step) = table.steps.get(at) else { return String::new() };
    if step.named {
        return step.name.clone();
    }
    match &step.does {
        Does::Branch { .. } => "branch".to_owned(),
        Does::Split { .. } => "split".to_owned(),
        Does::Wait { .. } | Does::WaitFor { .. } => "wait".to_owned(),
        _ => table.paths.get(step.path).map_or_else(String::new, |path| path.name.clone()),
    }
}

/// Steps that can reach each other, in an order in which what follows comes first. By Tarjan's algorithm; no
/// recursion, as journeys may be long.
pub(super) fn knots(ways: &[Vec<usize>]) -> Vec<Vec<usize>> {
    #[derive(Clone, Copy)]
    struct Met {
        number: usize,
        lowest: usize,
        open: bool,
    }
    let mut met: Vec<Option<Met>> = vec![None; ways.len()];
    let (mut found, mut open, mut count) = (Vec::new(), Vec::new(), 0);
    for start in 0..ways.len() {
        let mut way = vec![(start, 0)];
        if met.get(start).is_some_and(Option::is_some) {
            way.clear();
        }
        while let Some((at, next)) = way.last().copied() {
            let Some(slot) = met.get_mut(at) else { break };
            if slot.is_none() {
                *slot = Some(Met { number: count, lowest: count, open: true });
                count += 1;
                open.push(at);
            }
            if let Some(to) = ways.get(at).and_then(|ways| ways.get(next)).copied() {
                if let Some(top) = way.last_mut() {
                    top.1 += 1;
                }
                match met.get(to).copied().flatten() {
                    None => way.push((to, 0)),
                    Some(there) if there.open => {
                        if let Some(Some(here)) = met.get_mut(at) {
                            here.lowest = here.lowest.min(there.number);
                        }
                    }
                    Some(_) => {}
                }
                continue;
            }
            way.pop();
            let Some(done) = met.get(at).copied().flatten() else { continue };
            if let Some((below, _)) = way.last()
                && let Some(Some(below)) = met.get_mut(*below)
            {
                below.lowest = below.lowest.min(done.lowest);
            }
            if done.lowest == done.number {
                let from = open.iter().rposition(|on| *on == at).unwrap_or(0);
                let knot: Vec<usize> = open.drain(from..).collect();
                for on in &knot {
                    if let Some(Some(one)) = met.get_mut(*on) {
                        one.open = false;
                    }
                }
                found.push(knot);
            }
        }
    }
    found
}

fn is_circle(knot: &[usize], ways: &[Vec<usize>]) -> bool {
    match knot {
        [one] => ways.get(*one).is_some_and(|ways| ways.contains(one)),
        _ => true,
    }
}

/// The shortest way from a step back to itself within a circle.
fn round(first: usize, circle: &[usize], ways: &[Vec<usize>]) -> Vec<usize> {
    let inside: BTreeSet<usize> = circle.iter().copied().collect();
    let mut before = std::collections::BTreeMap::new();
    let mut open = std::collections::VecDeque::from([first]);
    while let Some(at) = open.pop_front() {
        for to in ways.get(at).into_iter().flatten() {
            if *to == first {
                let mut way = vec![at];
                while let Some(from) = way.last().and_then(|last| before.get(last)) {
                    way.push(*from);
                }
                way.reverse();
                return way;
            }
            if inside.contains(to) && !before.contains_key(to) {
                before.insert(*to, at);
                open.push_back(*to);
            }
        }
    }
    vec![first]
}

fn reached(start: usize, ways: &[Vec<usize>]) -> Vec<bool> {
    let mut reached = vec![false; ways.len()];
    let mut open = vec![start];
    while let Some(at) = open.pop() {
        let Some(seen) = reached.get_mut(at) else { continue };
        if !std::mem::replace(seen, true) {
            open.extend(ways.get(at).into_iter().flatten());
        }
    }
    reached
}

/// Whether everybody can leave. Waits in a circle alone let nobody out but by `longest`.
fn ends(
    table: &Table,
    ways: &[Vec<usize>],
    reached: &[bool],
    seat: Seat<'_, '_>,
    problems: &mut Problems,
) -> bool {
    let mut back: Vec<Vec<usize>> = vec![Vec::new(); ways.len()];
    for (from, ways) in ways.iter().enumerate() {
        for to in ways {
            if let Some(back) = back.get_mut(*to) {
                back.push(from);
            }
        }
    }
    let mut leaves = vec![false; ways.len()];
    let is_end = |step: &Step| matches!(step.does, Does::Finish { .. } | Does::Transfer { .. });
    let mut open: Vec<usize> =
        table.steps.iter().enumerate().filter(|(_, s)| is_end(s)).map(|(at, _)| at).collect();
    while let Some(at) = open.pop() {
        let Some(seen) = leaves.get_mut(at) else { continue };
        if !std::mem::replace(seen, true) {
            open.extend(back.get(at).into_iter().flatten());
        }
    }
    let stuck = (0..ways.len())
        .filter(|at| reached.get(*at) == Some(&true) && leaves.get(*at) == Some(&false))
        .min_by_key(|at| place_of(table, *at).start);
    let Some(stuck) = stuck else { return true };
    if mutant!("nobody_needs_to_leave") {
        return true;
    }
    problems.push(
        Diagnostic::new(
            Code("E1021"),
            seat.file.name(),
            first_line(place_of(table, stuck), seat.file),
            "nobody ever leaves from here",
            "all ways on lead round in a circle, until `longest` ends it",
        )
        .advice("let one of the ways on end with `finish` or `transfer to`"),
    );
    false
}

/// Paths and lines that nobody comes to.
fn unreached(
    table: &Table,
    blocks: &[(&Block, &[Slot])],
    reached: &[bool],
    seat: Seat<'_, '_>,
    problems: &mut Problems,
) {
    let came = |slot: &Slot| match slot {
        Slot::Step(step) => reached.get(*step) == Some(&true),
        Slot::Go(_) | Slot::Broken => false,
    };
    for (number, (path, (block, slots))) in table.paths.iter().zip(blocks).enumerate() {
        let steps = slots.iter().filter(|slot| matches!(slot, Slot::Step(_))).count();
        if number > 0 && steps > 0 && !slots.iter().any(came) && !mutant!("paths_need_no_way_in") {
            let span = match &block.name {
                Some(name) => super::super::fields::name_text(name).1,
                None => super::super::fields::name_text(&block.heading).1,
            };
            problems.push(
                Diagnostic::new(
                    Code("W1001"),
                    seat.file.name(),
                    span,
                    format!("path `{}` is never reached", path.name),
                    "no line that anybody comes to goes there",
                )
                .advice(format!("write `go to {}` into a branch, or remove the path", path.name)),
            );
            continue;
        }
        let mut before: Option<&Slot> = None;
        for (item, slot) in block.body.items.iter().zip(*slots) {
            let lost = match (before, slot) {
                (None, _) | (_, Slot::Broken) => false,
                (Some(Slot::Go(_)), _) => true,
                (Some(Slot::Step(above)), Slot::Go(_)) => {
                    table.steps.get(*above).is_some_and(|step| step.does.next().is_empty())
                }
                (Some(_), Slot::Step(step)) => reached.get(*step) == Some(&false),
                (Some(Slot::Broken), Slot::Go(_)) => false,
            };
            if lost {
                problems.push(
                    Diagnostic::new(
                        Code("W1001"),
                        seat.file.name(),
                        first_line(item.span, seat.file),
                        "this line is never reached",
                        "the lines above it leave on every way",
                    )
                    .advice("remove it, or let a line above `continue`"),
                );
                break;
            }
            before = Some(slot);
        }
    }
}

/// Whether `longest` leaves time for every wait: counted on the shortest way there.
fn in_time(
    table: &Table,
    start: usize,
    longest: i64,
    seat: Seat<'_, '_>,
    problems: &mut Problems,
) -> bool {
    let mut at: Vec<Option<i64>> = vec![None; table.steps.len()];
    let mut heap = BinaryHeap::from([Reverse((0_i64, start))]);
    let mut clean = true;
    while let Some(Reverse((time, step))) = heap.pop() {
        let Some(known) = at.get_mut(step) else { continue };
        if known.is_some() {
            continue;
        }
        *known = Some(time);
        let Some(found) = table.steps.get(step) else { continue };
        for (to, takes) in timed(&found.does) {
            let then = time.saturating_add(takes);
            if then < longest || mutant!("the_sum_of_waits_is_not_counted") {
                heap.push(Reverse((then, to)));
                continue;
            }
            clean = false;
            problems.push(
                Diagnostic::new(
                    Code("E1015"),
                    seat.file.name(),
                    first_line(place_of(table, step), seat.file),
                    "nobody gets to the end of this time",
                    format!(
                        "whoever comes here entered at least {} ago, and after {} the journey ends \
                         for everyone",
                        spoken(time),
                        spoken(longest)
                    ),
                )
                .paste(format!("longest: {}", spoken(then.saturating_mul(2))))
                .advice("wait for less, or let the journey last longer"),
            );
        }
    }
    clean
}

/// The ways on, with the time that each takes at least.
fn timed(does: &Does) -> Vec<(usize, i64)> {
    match does {
        Does::Wait { until: Until::Span(long), next } => vec![(*next, *long)],
        Does::WaitFor { most, seen, not, .. } => vec![(*seen, 0), (*not, *most)],
        Does::Send { retry, sent, blocked, .. } => {
            vec![(*sent, 0), (*blocked, retry.unwrap_or(0))]
        }
        other => other.next().into_iter().map(|next| (next, 0)).collect(),
    }
}

/// What each step may still send.
fn reaches(table: &mut Table, ways: &[Vec<usize>], seat: Seat<'_, '_>) {
    let mut sends: Vec<BTreeSet<(usize, usize)>> = vec![BTreeSet::new(); ways.len()];
    for knot in knots(ways) {
        let mut together = BTreeSet::new();
        for at in &knot {
            if let Some(Does::Send { action, by, .. }) = table.steps.get(*at).map(|s| &s.does)
                && let Some(read) = seat.actions.get(*action).and_then(Option::as_ref)
            {
                let purpose = read.action.purpose;
                together.extend(listed_channels(by).iter().map(|channel| (purpose, *channel)));
            }
            for to in ways.get(*at).into_iter().flatten() {
                together.extend(sends.get(*to).into_iter().flatten());
            }
        }
        for at in knot {
            if let Some(own) = sends.get_mut(at) {
                own.clone_from(&together);
            }
        }
    }
    for (step, sends) in table.steps.iter_mut().zip(sends) {
        step.reaches = sends.into_iter().collect();
    }
}
