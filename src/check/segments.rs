//! Segments in the order of their references, so that each is known before it is used; circles are errors.

use std::collections::{BTreeMap, BTreeSet};

use super::conditions::{Place, conditions, required};
use super::fields::name_text;
use super::rules::{Condition, Segment};
use super::scope::{Problems, Scope};
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
    let (order, circles) = order(&uses);
    for circle in &circles {
        let names: Vec<&str> =
            circle.iter().filter_map(|at| all.get(*at)).map(|(name, _)| &**name).collect();
        let (Some(first), Some((_, def))) =
            (names.first(), circle.first().and_then(|at| all.get(*at)))
        else {
            continue;
        };
        let next = circle.get(1).or(circle.first()).copied();
        let word = circle
            .first()
            .and_then(|at| uses.get(*at))
            .and_then(|uses| uses.iter().find(|(to, _)| Some(*to) == next));
        let span = word.map_or_else(|| def.name_span(), |(_, word)| word.span);
        let headline = match names.as_slice() {
            [only] => format!("`{only}` is defined through itself"),
            [a, b] => format!("`{a}` and `{b}` are defined through each other"),
            _ => format!("`{first}` is defined through itself by way of other segments"),
        };
        let path = format!("{} → {first}", names.join(" → "));
        let mut found = Diagnostic::new(Code("E0215"), def.file.name(), span, headline, path);
        for at in circle.iter().skip(1) {
            if let Some((name, def)) = all.get(*at) {
                found = found.also(def.file.name(), def.name_span(), format!("`{name}`"));
            }
        }
        let fix = if names.len() == 1 {
            "remove this line"
        } else {
            "move the shared lines into a third segment"
        };
        problems.push(found.advice(fix));
    }
    let circular: BTreeSet<usize> = circles.into_iter().flatten().collect();
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
            Condition::Test(_) => {}
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

/// An order in which whatever is used comes first, and the circles, each once. No recursion: chains may be long.
fn order(uses: &[Vec<(usize, &Word)>]) -> (Vec<usize>, Vec<Vec<usize>>) {
    #[derive(Clone, Copy, PartialEq)]
    enum State {
        New,
        Open,
        Done,
    }
    let mut states = vec![State::New; uses.len()];
    let (mut order, mut circles) = (Vec::new(), Vec::new());
    for start in 0..uses.len() {
        let mut path: Vec<(usize, usize)> = Vec::new();
        if states.get(start) == Some(&State::New) {
            path.push((start, 0));
        }
        while let Some((at, next)) = path.last().copied() {
            if let Some(state) = states.get_mut(at) {
                *state = State::Open;
            }
            match uses.get(at).and_then(|uses| uses.get(next)) {
                Some((to, _)) => {
                    if let Some(top) = path.last_mut() {
                        top.1 += 1;
                    }
                    match states.get(*to).copied() {
                        Some(State::New) => path.push((*to, 0)),
                        Some(State::Open) if !mutant!("circles_unseen") => {
                            let from = path.iter().position(|(on, _)| on == to).unwrap_or(0);
                            let circle: Vec<usize> =
                                path.iter().skip(from).map(|(on, _)| *on).collect();
                            circles.push(circle);
                        }
                        _ => {}
                    }
                }
                None => {
                    if let Some(state) = states.get_mut(at) {
                        *state = State::Done;
                    }
                    order.push(at);
                    path.pop();
                }
            }
        }
    }
    (order, circles)
}
