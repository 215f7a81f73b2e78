//! Why, and why not: every candidate of one decision, line by line.
//!
//! In: the program's typed rules, a frozen [`View`], the request, and the [`Decision`] taken on them. Out: an
//! [`Explanation`]. Conditions and scores are worked out here a second time, three-valued and from typed
//! values, so that this path and the fast one check each other. Slow on purpose; a decision never comes here.

mod facts;
mod policy;
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
use policy::On;

/// What an explanation is made from.
pub(crate) struct Case<'a> {
    program: &'a Program,
    rules: &'a Rules,
    facts: Facts<'a>,
    view: &'a View,
    request: &'a Request,
    paused: &'a BTreeSet<String>,
    moment: Moment<'a>,
    /// By the workspace's clock.
    workspace: Moment<'a>,
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
    let case = Case::new(program, view, zone, request, paused);
    let rules = &*program.rules;
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

/// Every reason why a treatment, an action on a channel, may not be sent by hand.
pub(crate) fn refusals(
    program: &Program,
    view: &View,
    zone: Option<&Zone>,
    request: &Request,
    paused: &BTreeSet<String>,
    (action, channel): (usize, usize),
) -> Vec<Reason> {
    let case = Case::new(program, view, zone, request, paused);
    let found = program.rules.actions.get(action).and_then(|found| {
        let message = found.messages.iter().find(|message| message.channel == channel)?;
        Some(case.reasons(None, On { index: action, action: found, channel }, message, false))
    });
    found.unwrap_or_default()
}

impl<'a> Case<'a> {
    fn new(
        program: &'a Program,
        view: &'a View,
        zone: Option<&'a Zone>,
        request: &'a Request,
        paused: &'a BTreeSet<String>,
    ) -> Self {
        let moment = Moment::new(request.time(), zone, &program.zone);
        let workspace = Moment::new(request.time(), Some(&program.zone), &program.zone);
        let facts = Facts::new(program, view, request, moment.clone());
        let rules = &*program.rules;
        Self { program, rules, facts, view, request, paused, moment, workspace }
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
            let channel = *channel;
            let on = On { index, action, channel };
            let reasons = self.reasons(Some(placement), on, message, fallback);
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
            (_, chosen) => {
                let ahead = self.ahead(placement, action, treated, decision);
                let crowded =
                    ahead.as_ref().and_then(|ahead| self.crowded(placement, action, ahead));
                let refused = ahead
                    .filter(|_| crowded.is_none())
                    .and_then(|ahead| self.crowded_out(action, treated, &ahead));
                let better = || self.better_channel(placement, action, treated, channels);
                if let Some(reasons) = refused {
                    Standing::Blocked { reasons }
                } else if let Some(chosen) = chosen {
                    Standing::OtherChannel { channel: chosen.channel.clone() }
                } else if let Some(channel) = better() {
                    Standing::OtherChannel { channel }
                } else {
                    crowded.unwrap_or_else(|| {
                        let last = decision.treatments.last();
                        let margin = last.and_then(|last| last.score).zip(treated.score);
                        Standing::Outranked {
                            by: last.map(|last| last.action.clone()).unwrap_or_default(),
                            margin: margin.map_or(0.0, |(theirs, own)| theirs - own),
                        }
                    })
                }
            }
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

    /// The actions of the answer that stand before a treatment, with their channels; `None` behind a whole answer,
    /// where nobody looks.
    fn ahead(
        &self,
        placement: &Placement,
        action: &Action,
        treated: &Treated,
        decision: &Decision,
    ) -> Option<Vec<(usize, usize)>> {
        if treated.fallback {
            return None;
        }
        let mut ahead = Vec::new();
        for chosen in decision.treatments.iter().filter(|chosen| !chosen.fallback) {
            let actions = &self.rules.actions;
            let index = actions.iter().position(|one| one.name == chosen.action)?;
            let other = actions.get(index)?;
            let names = std::iter::once(&other.name).chain(&other.was).map(String::as_str);
            let by_score =
                chosen.score.partial_cmp(&treated.score).unwrap_or(Ordering::Equal).reverse();
            let order = by_score
                .then_with(|| self.view.last_shown(names).cmp(&treated.last_shown))
                .then_with(|| other.name.cmp(&action.name));
            if order.is_lt() {
                let channel = self.rules.channels.iter().position(|c| c.name == chosen.channel)?;
                ahead.push((index, channel));
            }
        }
        (ahead.len() < usize::from(placement.show)).then_some(ahead)
    }

    /// Whether as many of its kind as the placement allows stand before it.
    fn crowded(
        &self,
        placement: &Placement,
        action: &Action,
        ahead: &[(usize, usize)],
    ) -> Option<Standing> {
        let share = placement.share.as_ref()?;
        let kind = share.by.of(action, self.rules)?;
        let alike = ahead.iter().filter(|(other, _)| {
            let other = self.rules.actions.get(*other);
            other.and_then(|other| share.by.of(other, self.rules)) == Some(kind)
        });
        let crowded = Standing::Crowded { by: share.by, name: kind.to_owned() };
        (alike.count() >= usize::from(share.most)).then_some(crowded)
    }

    /// What refuses a treatment that would pass alone, because of what stands before it in the answer.
    fn crowded_out(
        &self,
        action: &Action,
        treated: &Treated,
        ahead: &[(usize, usize)],
    ) -> Option<Vec<Reason>> {
        if ahead.is_empty() {
            return None;
        }
        let on = On { index: treated.action, action, channel: treated.channel };
        Some(self.policy(on, ahead)).filter(|reasons| !reasons.is_empty())
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
                && {
                    let on = On { index: treated.action, action, channel: *channel };
                    self.reasons(Some(placement), on, message, treated.fallback).is_empty()
                }
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
