//! A journey as boxes and arrows, in the author's words.
//!
//! In: a typed journey. Out: a [`Chart`]. Knows nothing of how it is drawn.

use super::JourneyCounts;
use crate::check::rules::{
    Again, Channels, Condition, Conditions, Does, Enter, EventFilter, GoalBy, IfAlreadyIn, Journey,
    Line, Rules, Step,
};

/// What a box stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    Start,
    Wait,
    Send,
    Choice,
    End,
    Transfer,
}

/// A box.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) look: Look,
    /// Its words, a line each.
    pub(super) lines: Vec<String>,
    /// How many people, if counted.
    pub(super) note: Option<String>,
}

/// An arrow.
#[derive(Clone, Debug)]
pub(super) struct Edge {
    pub(super) from: usize,
    pub(super) to: usize,
    /// What must be so, a line each.
    pub(super) label: Vec<String>,
}

/// One journey.
#[derive(Clone, Debug)]
pub(super) struct Chart {
    pub(super) name: String,
    /// Who may come again, the goal, the exits: (word, what it says).
    pub(super) facts: Vec<(&'static str, String)>,
    /// The way in first, then the steps in their order.
    pub(super) nodes: Vec<Node>,
    pub(super) edges: Vec<Edge>,
    /// (box, journey): transfers to others.
    pub(super) leaves: Vec<(usize, String)>,
}

impl Chart {
    pub(super) fn of(rules: &Rules, journey: &Journey, counts: Option<&JourneyCounts>) -> Self {
        let mut nodes = vec![Node {
            look: Look::Start,
            lines: enter(rules, journey),
            note: counts.map(|counts| format!("{} entered", grouped(counts.entered))),
        }];
        let mut edges = vec![Edge { from: 0, to: journey.first() + 1, label: Vec::new() }];
        let mut leaves = Vec::new();
        for (at, step) in journey.steps.iter().enumerate() {
            nodes.push(Node {
                look: look(&step.does),
                lines: words(rules, journey, step),
                note: counts.and_then(|counts| note(counts, step)),
            });
            for (to, label) in ways(&step.does) {
                edges.push(Edge { from: at + 1, to: to + 1, label });
            }
            if let Does::Transfer { to, .. } = &step.does
                && let Some(other) = rules.journeys.get(*to)
            {
                leaves.push((at + 1, other.name.clone()));
            }
        }
        let facts = facts(rules, journey, counts);
        Self { name: journey.name.clone(), facts, nodes, edges, leaves }.without_lost()
    }

    /// Without the boxes that nobody comes to: the checker warns of them.
    fn without_lost(mut self) -> Self {
        let mut ways: Vec<Vec<usize>> = vec![Vec::new(); self.nodes.len()];
        for edge in &self.edges {
            if let Some(ways) = ways.get_mut(edge.from) {
                ways.push(edge.to);
            }
        }
        let mut seen = vec![false; self.nodes.len()];
        let mut open = vec![0];
        while let Some(at) = open.pop() {
            match seen.get_mut(at) {
                Some(seen) if !*seen => *seen = true,
                _ => continue,
            }
            open.extend(ways.get(at).into_iter().flatten());
        }
        let mut number = 0;
        let new: Vec<Option<usize>> = seen
            .iter()
            .map(|seen| {
                seen.then(|| {
                    number += 1;
                    number - 1
                })
            })
            .collect();
        let find = |old: usize| new.get(old).copied().flatten();
        self.nodes =
            self.nodes.into_iter().zip(&seen).filter(|(_, seen)| **seen).map(|(n, _)| n).collect();
        self.edges = self
            .edges
            .into_iter()
            .filter_map(|edge| Some(Edge { from: find(edge.from)?, to: find(edge.to)?, ..edge }))
            .collect();
        self.leaves =
            self.leaves.into_iter().filter_map(|(at, name)| Some((find(at)?, name))).collect();
        self
    }
}

fn note(counts: &JourneyCounts, step: &Step) -> Option<String> {
    let found = counts.steps.get(&step.name)?;
    Some(match found.standing {
        0 => format!("{} passed", grouped(found.passed)),
        here => format!("{} here, {} passed", grouped(here), grouped(found.passed)),
    })
}

/// `12,345`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A length as authors write it.
fn length(micros: i64) -> String {
    const MINUTE: i64 = 60_000_000;
    let units = [(1440 * MINUTE, "day"), (60 * MINUTE, "hour"), (MINUTE, "minute")];
    let found =
        units.into_iter().find(|(unit, _)| micros % unit == 0).unwrap_or((1, "microsecond"));
    let number = micros / found.0;
    format!("{number} {}{}", found.1, if number == 1 { "" } else { "s" })
}

fn look(does: &Does) -> Look {
    match does {
        Does::Wait { .. } | Does::WaitFor { .. } => Look::Wait,
        Does::Send { .. } => Look::Send,
        Does::Branch { .. } | Does::Split { .. } => Look::Choice,
        Does::Finish { .. } => Look::End,
        Does::Transfer { .. } => Look::Transfer,
    }
}

fn line_of(condition: &Condition) -> &Line {
    match condition {
        Condition::Test(test) => &test.line,
        Condition::Segment(test) => &test.line,
        Condition::Entry(test) => &test.line,
        Condition::Any(_, line) | Condition::None(_, line) => line,
    }
}

/// A list of lines, blocks opened up.
fn said(list: &Conditions) -> Vec<String> {
    list.iter()
        .map(|condition| match condition {
            Condition::Any(inner, _) => format!("any of: {}", said(inner).join("; ")),
            Condition::None(inner, _) => format!("none of: {}", said(inner).join("; ")),
            other => line_of(other).text.clone(),
        })
        .collect()
}

fn filtered(filter: &EventFilter) -> Vec<String> {
    let mut lines = said(&filter.conditions);
    lines.extend(filter.same.iter().map(|same| same.line.text.clone()));
    lines
}

fn where_lines(mut first: String, lines: Vec<String>) -> Vec<String> {
    let mut all = Vec::new();
    if !lines.is_empty() {
        first.push_str(" where");
    }
    all.push(first);
    all.extend(lines);
    all
}

const WEEKDAYS: [&str; 7] =
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

fn enter(rules: &Rules, journey: &Journey) -> Vec<String> {
    let event = |index: usize| rules.events.get(index).map_or("", |event| event.name.as_str());
    let mut lines = match &journey.enter {
        Enter::Event { event: index, filter, first } => {
            let first = if *first { "first " } else { "" };
            where_lines(format!("{first}{}", event(*index)), said(filter))
        }
        Enter::Segment { segment, .. } => {
            let name = rules.segments.get(*segment).map_or("", |segment| segment.name.as_str());
            vec![format!("enters segment {name}")]
        }
        Enter::Schedule { weekday, minute } => {
            let day = weekday.and_then(|day| WEEKDAYS.get(usize::from(day)));
            let day = day.copied().unwrap_or("day");
            vec![format!("every {day} at {:02}:{:02}", minute / 60, minute % 60)]
        }
        Enter::Request => vec!["on request".to_owned()],
    };
    lines.extend(said(&journey.who));
    lines
}

fn channels(rules: &Rules, by: &Channels) -> String {
    let name = |index: &usize| rules.channels.get(*index).map_or("", |one| one.name.as_str());
    let list = |all: &[usize]| all.iter().map(name).collect::<Vec<_>>().join(", ");
    match by {
        Channels::One(one) => format!("by {}", name(one)),
        Channels::First(all) => format!("by first of {}", list(all)),
        Channels::Preferred(all) => format!("by preferred of {}", list(all)),
    }
}

/// The words of a box.
fn words(rules: &Rules, journey: &Journey, step: &Step) -> Vec<String> {
    let head = step.line.text.lines().next().unwrap_or("");
    let head = head.split(" {").next().unwrap_or(head).trim_end();
    match &step.does {
        Does::Wait { .. } => vec![head.to_owned()],
        Does::WaitFor { filter, .. } => {
            let head = head.strip_suffix(" where").unwrap_or(head);
            where_lines(head.to_owned(), filtered(filter))
        }
        Does::Send { action, by, retry, .. } => {
            let action = rules.actions.get(*action).map_or("", |action| action.name.as_str());
            let mut lines = vec![format!("send {action}"), channels(rules, by)];
            lines.extend(retry.map(|long| format!("tried for {}", length(long))));
            lines
        }
        Does::Branch { .. } => vec!["branch".to_owned()],
        Does::Split { .. } => {
            vec![if step.named { format!("split {}", step.name) } else { "split".to_owned() }]
        }
        Does::Finish { outcome } => {
            let name = journey.outcomes.get(*outcome).map_or("", String::as_str);
            vec![format!("finish {name}")]
        }
        Does::Transfer { to, if_already_in, .. } => {
            let to = rules.journeys.get(*to).map_or("", |other| other.name.as_str());
            let how = match if_already_in {
                IfAlreadyIn::Stay => "stay",
                IfAlreadyIn::Restart => "restart",
                IfAlreadyIn::Refuse => "refuse",
            };
            vec![format!("transfer to {to}"), format!("if already in: {how}")]
        }
    }
}

/// The ways on, with what must be so.
fn ways(does: &Does) -> Vec<(usize, Vec<String>)> {
    let plain = |word: &str| vec![word.to_owned()];
    match does {
        Does::Wait { next, .. } => vec![(*next, Vec::new())],
        Does::WaitFor { seen, not, .. } => vec![(*seen, plain("seen")), (*not, plain("not seen"))],
        Does::Send { sent, blocked, .. } => {
            if sent == blocked {
                vec![(*sent, plain("sent or blocked"))]
            } else {
                vec![(*sent, plain("sent")), (*blocked, plain("blocked"))]
            }
        }
        Does::Branch { cases, otherwise } => {
            let mut ways: Vec<(usize, Vec<String>)> =
                cases.iter().map(|case| (case.next, said(&case.conditions))).collect();
            ways.push((*otherwise, plain("otherwise")));
            ways
        }
        Does::Split { arms } => arms
            .iter()
            .map(|arm| {
                let share = arm.line.text.split(':').next().unwrap_or("");
                (arm.next, plain(share))
            })
            .collect(),
        Does::Finish { .. } => Vec::new(),
        Does::Transfer { refused, .. } => {
            refused.iter().map(|next| (*next, plain("refused"))).collect()
        }
    }
}

fn facts(
    rules: &Rules,
    journey: &Journey,
    counts: Option<&JourneyCounts>,
) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    if let Some(goal) = &journey.goal {
        let text = match &goal.by {
            GoalBy::Event { .. } => {
                let text = goal.line.text.split_whitespace().collect::<Vec<_>>().join(" ");
                text.strip_prefix("goal: ").unwrap_or(&text).to_owned()
            }
            GoalBy::State(lines) => said(lines).join("; "),
        };
        facts.push(("goal", text));
    }
    if !journey.exit.is_empty() {
        facts.push(("exit", said(&journey.exit).join("; ")));
    }
    let again = match journey.again {
        Again::Never => "never".to_owned(),
        Again::After(long) => format!("{} after leaving", length(long)),
        Again::Always => "always".to_owned(),
        Again::Restart => "restart".to_owned(),
    };
    let key = journey.per.and_then(|per| {
        let event = rules.events.get(journey.entry_event()?)?;
        event.fields.get(per.field).map(|field| field.name.clone())
    });
    facts.push(("again", key.map_or(again.clone(), |key| format!("{again} per {key}"))));
    facts.push(("longest", length(journey.longest)));
    let lifts: Vec<String> = journey.while_here.iter().map(|lift| lift.line.text.clone()).collect();
    if !lifts.is_empty() {
        facts.push(("while here", lifts.join("; ")));
    }
    if let Some(counts) = counts {
        let ended: Vec<String> = counts
            .endings
            .iter()
            .map(|(word, number)| format!("{word} {}", grouped(*number)))
            .collect();
        if !ended.is_empty() {
            facts.push(("ended as", ended.join(", ")));
        }
    }
    facts
}
