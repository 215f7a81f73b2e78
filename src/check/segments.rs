//! Segments in the order of their references, so that each is known before it is used; circles are errors.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::conditions::{Place, conditions, required};
use super::fields::name_text;
use super::rules::{Condition, Segment};
use super::scope::{Def, Problems, Scope};
use super::unknowns;
use crate::diagnostic::{Code, Diagnostic};
use crate::mutant::mutant;
use crate::syntax::ast::{Body, Shape, WhenCondition, Word};
use crate::value::nfc;

/// Reads all segments, in order of their names.
pub(crate) fn segments(scope: &mut Scope<'_>, problems: &mut Problems) -> Vec<Segment> {
    let all = scope.all("segment");
    let uses: Vec<Vec<(usize, &Word)>> = all
        .iter()
        .map(|(_, def)| {
            let mut words = Vec::new();
            used(&def.node.body, &mut words);
            let ranks = scope.ranks.get("segment");
            let index = |word: &Word| ranks.and_then(|ranks| ranks.get(&nfc(&word.text)).copied());
            words.into_iter().filter_map(|word| Some((index(word)?, word))).collect()
        })
        .collect();
    let (order, knots) = order(&uses);
    for knot in &knots {
        circle(&all, &uses, knot, problems);
    }
    let circular: BTreeSet<usize> = knots.into_iter().flatten().collect();
    let mut read: BTreeMap<usize, Segment> = BTreeMap::new();
    for index in order {
        let Some((name, def)) = all.get(index) else { continue };
        let user = format!("segment {name}");
        if def.node.body.items.is_empty() {
            problems.push(
                Diagnostic::new(
                    Code("E0309"),
                    def.file.name(),
                    def.name_span(),
                    format!("segment `{name}` has no lines"),
                    "everyone would be in it",
                )
                .advice("add a condition such as `plan is fibre`"),
            );
        }
        let list = conditions(scope, &def.node.body, def.file, &user, Place::Segment, problems);
        let mut needed = required(&list, &scope.attributes);
        reached(&list, &mut |segment| {
            needed.extend(read.get(&segment).into_iter().flat_map(|segment| &segment.required));
        });
        let line = scope.line(def.file, def.name_span(), format!("segment {name}"));
        let segment = Segment {
            name: name.clone(),
            description: def.description(),
            conditions: list,
            required: needed,
            line,
        };
        if !circular.contains(&index) {
            let facts = unknowns::facts(&segment.conditions, scope);
            scope.segment_facts.insert(index, facts);
            scope.segments.insert(index, segment.clone());
        }
        read.insert(index, segment);
    }
    read.into_values().collect()
}

/// The segments that a list names itself.
fn reached(list: &[Condition], each: &mut impl FnMut(usize)) {
    for condition in list {
        match condition {
            Condition::Test(_) | Condition::Entry(_) => {}
            Condition::Segment(test) => each(test.segment),
            Condition::Any(inner, _) | Condition::None(inner, _) => reached(inner, each),
        }
    }
}

/// The segments that a body names, at any depth; the parser bounds the depth.
fn used<'b>(body: &'b Body, words: &mut Vec<&'b Word>) {
    for item in &body.items {
        match &item.shape {
            Shape::SegmentTest(test) => words.push(&test.segment),
            Shape::Block(block) if matches!(&*name_text(&block.heading).0, "any" | "none") => {
                used(&block.body, words);
            }
            Shape::When(when) => {
                if let WhenCondition::Segment(test) = &when.condition {
                    words.push(&test.segment);
                }
            }
            _ => {}
        }
    }
}

/// How many segments of a circle are shown.
const SHOWN: usize = 6;

/// Reports segments that are all defined through each other, by the shortest way round of the first one.
fn circle(
    all: &[(String, Def<'_>)],
    uses: &[Vec<(usize, &Word)>],
    knot: &BTreeSet<usize>,
    problems: &mut Problems,
) {
    let circle = way_round(uses, knot);
    let named: Vec<(&str, Def<'_>)> =
        circle.iter().filter_map(|at| all.get(*at)).map(|(name, def)| (&**name, *def)).collect();
    let Some((first, def)) = named.first().copied() else { return };
    let next = circle.get(1).or(circle.first()).copied();
    let word = circle
        .first()
        .and_then(|at| uses.get(*at))
        .and_then(|uses| uses.iter().find(|(to, _)| Some(*to) == next));
    let span = word.map_or_else(|| def.name_span(), |(_, word)| word.span);
    let headline = match named.as_slice() {
        [_] => format!("`{first}` is defined through itself"),
        [(a, _), (b, _)] => format!("`{a}` and `{b}` are defined through each other"),
        _ => format!("`{first}` is defined through itself by way of other segments"),
    };
    let mut path: Vec<&str> = named.iter().take(SHOWN).map(|(name, _)| *name).collect();
    if named.len() > SHOWN {
        path.push("…");
    }
    let path = format!("{} → {first}", path.join(" → "));
    let mut found = Diagnostic::new(Code("E0215"), def.file.name(), span, headline, path);
    for (name, def) in named.iter().take(SHOWN).skip(1) {
        found = found.also(def.file.name(), def.name_span(), format!("`{name}`"));
    }
    if knot.len() > circle.len() {
        let more = knot.len() - circle.len();
        let others = if more == 1 { "one more segment is" } else { "more segments are" };
        let count = if more == 1 { String::new() } else { format!("{more} ") };
        found =
            found.note(format!("{count}{others} defined through these and the other way round"));
    }
    let fix = if named.len() == 1 {
        "remove this line"
    } else {
        "move the shared lines into a third segment"
    };
    problems.push(found.advice(fix));
}

/// The shortest way from the first segment of a knot back to itself.
fn way_round(uses: &[Vec<(usize, &Word)>], knot: &BTreeSet<usize>) -> Vec<usize> {
    let Some(first) = knot.first().copied() else { return Vec::new() };
    let mut before: BTreeMap<usize, usize> = BTreeMap::new();
    let mut open = VecDeque::from([first]);
    while let Some(at) = open.pop_front() {
        for (to, _) in uses.get(at).into_iter().flatten() {
            if *to == first {
                let mut way = vec![at];
                while let Some(from) = way.last().and_then(|last| before.get(last)) {
                    way.push(*from);
                }
                way.reverse();
                return way;
            }
            if knot.contains(to) && !before.contains_key(to) {
                before.insert(*to, at);
                open.push_back(*to);
            }
        }
    }
    vec![first]
}

/// A segment while the order is looked for: when it was met, and the earliest one that it leads back to.
#[derive(Clone, Copy, Default)]
struct Met {
    number: usize,
    lowest: usize,
    open: bool,
}

/// An order in which whatever is used comes first, and the knots: all that are defined through each other, each
/// segment in one at most. By Tarjan's algorithm; no recursion, as chains may be long.
fn order(uses: &[Vec<(usize, &Word)>]) -> (Vec<usize>, Vec<BTreeSet<usize>>) {
    let mut met: Vec<Option<Met>> = vec![None; uses.len()];
    let (mut order, mut knots) = (Vec::with_capacity(uses.len()), Vec::new());
    let mut open: Vec<usize> = Vec::new();
    let mut count = 0;
    for start in 0..uses.len() {
        let mut path: Vec<(usize, usize)> = Vec::new();
        if met.get(start).is_some_and(Option::is_none) {
            path.push((start, 0));
        }
        while let Some((at, next)) = path.last().copied() {
            let Some(slot) = met.get_mut(at) else { break };
            if slot.is_none() {
                *slot = Some(Met { number: count, lowest: count, open: true });
                count += 1;
                open.push(at);
            }
            let used = uses.get(at).and_then(|uses| uses.get(next)).map(|(to, _)| *to);
            if let Some(to) = used {
                if let Some(top) = path.last_mut() {
                    top.1 += 1;
                }
                match met.get(to).copied().flatten() {
                    None => path.push((to, 0)),
                    Some(there) if there.open => lower(&mut met, at, there.number),
                    Some(_) => {}
                }
                continue;
            }
            path.pop();
            let Some(done) = met.get(at).copied().flatten() else { continue };
            if let Some((below, _)) = path.last() {
                lower(&mut met, *below, done.lowest);
            }
            if done.lowest != done.number {
                continue;
            }
            // Whatever was opened since belongs together.
            let from = open.iter().rposition(|on| *on == at).unwrap_or(0);
            let together: BTreeSet<usize> = open.drain(from..).collect();
            for on in &together {
                if let Some(Some(one)) = met.get_mut(*on) {
                    one.open = false;
                }
            }
            let itself = uses.get(at).is_some_and(|uses| uses.iter().any(|(to, _)| *to == at));
            order.extend(&together);
            if (together.len() > 1 || itself) && !mutant!("circles_unseen") {
                knots.push(together);
            }
        }
    }
    (order, knots)
}

fn lower(met: &mut [Option<Met>], at: usize, number: usize) {
    if let Some(Some(one)) = met.get_mut(at) {
        one.lowest = one.lowest.min(number);
    }
}
