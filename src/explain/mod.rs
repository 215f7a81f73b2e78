//! Why, and why not: every candidate of one decision, line by line.
//!
//! In: the program's typed rules, a frozen [`View`], the request, and the [`Decision`] taken on them. Out: an
//! [`Explanation`]. Conditions and scores are worked out here a second time, three-valued and from typed
//! values, so that this path and the fast one check each other. Slow on purpose; a decision never comes here.

mod facts;
mod reasons;
mod score;
mod trace;

use std::cmp::Ordering;
use std::collections::BTreeSet;

use crate::check::Rules;
use crate::check::rules::{Action, Channels, Content, Message, Placement};
use crate::compile::Program;
use crate::decision::{Candidate, Decision, Explanation, Reason, Standing};
use crate::profile::View;
use crate::request::Request;
use crate::runtime::Moment;
use crate::value::{Timestamp, Zone};

use facts::Facts;

/// What an explanation is made from.
pub(crate) struct Case<'a> {
    rules: &'a Rules,
    facts: Facts<'a>,
    view: &'a View,
    request: &'a Request,
    paused: &'a BTreeSet<String>,
    moment: Moment<'a>,
}

/// One treatment and what was found of it.
struct Treated {
    action: usize,
    channel: usize,
    fallback: bool,
    reasons: Vec<Reason>,
    score: Option<f64>,
    last_shown: Option<Timestamp>,
}

/// Accounts for a decision that was taken on the same program, view and request.
pub(crate) fn explain(
    program: &Program,
    view: &View,
    zone: Option<&Zone>,
    request: &Request,
    paused: &BTreeSet<String>,
    decision: Decision,
) -> Explanation {
    let moment = Moment::new(request.time(), zone, &program.zone);
    let rules = &*program.rules;
    let facts = Facts::new(program, view, request, moment.clone());
    let case = Case { rules, facts, view, request, paused, moment };
    let placement = rules.placements.iter().find(|p| p.name == request.placement());
    let candidates =
        placement.map_or_else(Vec::new, |placement| case.account(placement, &decision));
    Explanation {
        notes: case.notes(),
        decision,
        placement: request.placement().to_owned(),
        customer: request.customer().map(str::to_owned),
        candidates,
    }
}

impl Case<'_> {
    fn account(&self, placement: &Placement, decision: &Decision) -> Vec<Candidate> {
        let channels = self.channels(placement);
        let mut found = Vec::new();
        for action in &placement.candidates {
            self.treatments(placement, *action, &channels, false, &mut found);
        }
        if let Some(fallback) = placement.fallback {
            self.treatments(placement, fallback, &channels, true, &mut found);
        }
        let mut accounts: Vec<(Treated, Candidate)> = Vec::new();
        for treated in found {
            let Some(candidate) = self.candidate(placement, &treated, &channels, decision) else {
                continue;
            };
            accounts.push((treated, candidate));
        }
        accounts.sort_by(|(a, left), (b, right)| self.by_standing(a, left, b, right));
        accounts.into_iter().map(|(_, candidate)| candidate).collect()
    }

    /// The placement's channels in the order they are tried for this customer.
    fn channels(&self, placement: &Placement) -> Vec<usize> {
        match &placement.channels {
            Channels::One(channel) => vec![*channel],
            Channels::First(channels) => channels.clone(),
            Channels::Preferred(channels) => {
                let own = self.facts.customer_word("preferred_channel");
                let is_own = |channel: &usize| {
                    let name = self.rules.channels.get(*channel).map(|found| &found.name);
                    own.as_ref() == name
                };
                let first = channels.iter().filter(|channel| is_own(channel));
                first.chain(channels.iter().filter(|channel| !is_own(channel))).copied().collect()
            }
        }
    }

    fn treatments(
        &self,
        placement: &Placement,
        index: usize,
        channels: &[usize],
        fallback: bool,
        into: &mut Vec<Treated>,
    ) {
        let Some(action) = self.rules.actions.get(index) else { return };
        let names = std::iter::once(&action.name).chain(&action.was).map(String::as_str);
        let last_shown = self.view.last_shown(names);
        let score = if fallback { None } else { self.score(placement, action) };
        for channel in channels {
            let Some(message) = action.messages.iter().find(|m| m.channel == *channel) else {
                continue;
            };
            let reasons = self.reasons(placement, action, message, fallback);
            let channel = *channel;
            into.push(Treated { action: index, channel, fallback, reasons, score, last_shown });
        }
    }

    fn candidate(
        &self,
        placement: &Placement,
        treated: &Treated,
        channels: &[usize],
        decision: &Decision,
    ) -> Option<Candidate> {
        let action = self.rules.actions.get(treated.action)?;
        let channel = &self.rules.channels.get(treated.channel)?.name;
        let own = |chosen: &crate::decision::Treatment| {
            chosen.action == action.name && chosen.fallback == treated.fallback
        };
        let rank = decision.treatments.iter().position(own);
        let chosen = rank.and_then(|rank| decision.treatments.get(rank));
        let standing = match (rank, chosen) {
            _ if !treated.reasons.is_empty() => {
                Standing::Blocked { reasons: treated.reasons.clone() }
            }
            (Some(rank), Some(chosen)) if chosen.channel == *channel => {
                Standing::Chosen { rank: u32::try_from(rank + 1).unwrap_or(u32::MAX) }
            }
            (_, Some(chosen)) => Standing::OtherChannel { channel: chosen.channel.clone() },
            _ => match self.better_channel(placement, action, treated, channels) {
                Some(channel) => Standing::OtherChannel { channel },
                None => self.crowded(placement, action, treated, decision).unwrap_or_else(|| {
                    let last = decision.treatments.last();
                    let margin = last.and_then(|last| last.score).zip(treated.score);
                    Standing::Outranked {
                        by: last.map(|last| last.action.clone()).unwrap_or_default(),
                        margin: margin.map_or(0.0, |(theirs, own)| theirs - own),
                    }
                }),
            },
        };
        let traces = |lines| if treated.fallback { Vec::new() } else { self.facts.traces(lines) };
        let ranked = self.rules.rankings.get(placement.ranking).filter(|_| !treated.fallback);
        Some(Candidate {
            action: action.name.clone(),
            channel: channel.clone(),
            standing,
            score: treated.score,
            factors: ranked.map_or_else(Vec::new, |ranking| self.factors(ranking, action)),
            who: traces(&action.who),
            never: traces(&action.never),
            last_shown: treated.last_shown,
            fallback: treated.fallback,
        })
    }

    /// Whether as many of its kind as the placement allows stand in the answer, and but for them it would too.
    fn crowded(
        &self,
        placement: &Placement,
        action: &Action,
        treated: &Treated,
        decision: &Decision,
    ) -> Option<Standing> {
        let share = placement.share.as_ref().filter(|_| !treated.fallback)?;
        let named = |name: &str| self.rules.actions.iter().find(|action| action.name == name);
        let chosen: Vec<&Action> = decision
            .treatments
            .iter()
            .filter(|treatment| !treatment.fallback)
            .filter_map(|treatment| named(&treatment.action))
            .collect();
        let kind = share.by.of(action, self.rules)?;
        let crowded = Standing::Crowded { by: share.by, name: kind.to_owned() };
        let alike = chosen.iter().filter(|other| share.by.of(other, self.rules) == Some(kind));
        if alike.count() < usize::from(share.most) {
            return None;
        }
        let last = chosen.last().zip(decision.treatments.last());
        let Some((last, treatment)) = last.filter(|_| chosen.len() >= usize::from(placement.show))
        else {
            return Some(crowded);
        };
        let names = std::iter::once(&last.name).chain(&last.was).map(String::as_str);
        let score = |score: Option<f64>| score.unwrap_or(f64::NEG_INFINITY);
        score(treatment.score)
            .total_cmp(&score(treated.score))
            .then_with(|| treated.last_shown.cmp(&self.view.last_shown(names)))
            .then_with(|| action.name.cmp(&last.name))
            .is_lt()
            .then_some(crowded)
    }

    /// An earlier channel on which the same action passes too.
    fn better_channel(
        &self,
        placement: &Placement,
        action: &Action,
        treated: &Treated,
        channels: &[usize],
    ) -> Option<String> {
        let earlier = channels.iter().take_while(|channel| **channel != treated.channel);
        for channel in earlier {
            let message = action.messages.iter().find(|m| m.channel == *channel);
            if let Some(message) = message
                && self.reasons(placement, action, message, treated.fallback).is_empty()
            {
                return self.rules.channels.get(*channel).map(|found| found.name.clone());
            }
        }
        None
    }

    /// Chosen by rank, then outranked by score, rest and name, then other channels and blocked by name.
    fn by_standing(
        &self,
        a: &Treated,
        left: &Candidate,
        b: &Treated,
        right: &Candidate,
    ) -> Ordering {
        let class = |candidate: &Candidate| match candidate.standing {
            Standing::Chosen { rank } => (0, rank),
            Standing::Outranked { .. } => (1, 0),
            Standing::Crowded { .. } => (1, 0),
            Standing::OtherChannel { .. } => (2, 0),
            Standing::Blocked { .. } => (3, 0),
        };
        let score = |candidate: &Candidate| match candidate.standing {
            Standing::Outranked { .. } | Standing::Crowded { .. } => {
                candidate.score.unwrap_or(f64::NEG_INFINITY)
            }
            _ => 0.0,
        };
        class(left)
            .cmp(&class(right))
            .then_with(|| score(right).total_cmp(&score(left)))
            .then_with(|| match left.standing {
                Standing::Outranked { .. } | Standing::Crowded { .. } => {
                    a.last_shown.cmp(&b.last_shown)
                }
                _ => Ordering::Equal,
            })
            .then_with(|| left.action.cmp(&right.action))
            .then_with(|| left.channel.cmp(&right.channel))
            .then_with(|| a.fallback.cmp(&b.fallback))
    }

    /// The content in the customer's language, or the tag that has none.
    fn content<'m>(&self, message: &'m Message) -> Result<&'m Content, String> {
        let written = |tag: &str| {
            message.contents.iter().find(|content| content.language.eq_ignore_ascii_case(tag))
        };
        let own = self.facts.customer_word("language");
        let first = self.rules.workspace.languages.first();
        let Some(tag) = own.as_ref().or(first) else { return Err(String::new()) };
        let base = tag.split('-').next().filter(|_| own.is_some());
        written(tag).or_else(|| written(base?)).ok_or_else(|| tag.clone())
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.request.time() == Timestamp::default() {
            notes.push("the question gives no time: it is answered as of 1970-01-01".to_owned());
        }
        if !self.moment.own() {
            notes.push(format!(
                "the customer's time zone is not known: days are those of {}, and send-hours block",
                self.rules.workspace.zone.name()
            ));
        }
        if self.facts.customer_word("language").is_none() {
            let first = self.rules.workspace.languages.first().map_or("", String::as_str);
            notes.push(format!(
                "the customer's language is not known: the workspace's first, {first}, stands in"
            ));
        }
        notes.extend(self.facts.partly().iter().cloned());
        notes
    }
}
