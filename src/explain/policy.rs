//! Limits, `repeat`, pauses and budgets in words: what each counts, and when it ends.
//!
//! Counted from the typed rules, name by name, apart from the gates of a decision.

use std::collections::BTreeSet;

use crate::check::rules::{Action, Budget, Cap, CapPer, Limits, Line, Pause};
use crate::decision::{Reason, Stage};
use crate::profile::{Key, name_hash};
use crate::runtime::days;
use crate::value::Timestamp;

use super::Case;

/// Treatments that stand before one in the same answer: action and channel.
pub(super) type Ahead = [(usize, usize)];

/// A treatment: an action, by its index, on a channel.
#[derive(Clone, Copy)]
pub(super) struct On<'a> {
    pub(super) index: usize,
    pub(super) action: &'a Action,
    pub(super) channel: usize,
}

/// What a cap or a pause counts.
struct Counted<'a> {
    actions: Option<Vec<&'a Action>>,
    purposes: Option<&'a BTreeSet<usize>>,
    channels: Option<BTreeSet<usize>>,
}

impl Case<'_> {
    /// Every cap, pause and budget that refuses a treatment behind those ahead of it.
    pub(super) fn policy(&self, on: On<'_>, ahead: &Ahead) -> Vec<Reason> {
        let mut reasons = Vec::new();
        for limits in &self.rules.limits {
            if !self.concerns(limits, on) {
                continue;
            }
            let actions = limits.actions.as_ref();
            let actions = actions
                .map(|all| all.iter().filter_map(|one| self.rules.actions.get(*one)).collect());
            for cap in &limits.caps {
                let counted = Counted {
                    actions: actions.clone(),
                    purposes: limits.purposes.as_ref(),
                    channels: None,
                };
                reasons.extend(self.cap(&limits.name, cap, counted, on, ahead));
            }
            for pause in &limits.pauses {
                let purposes = limits.purposes.as_ref();
                let counted = Counted { actions: actions.clone(), purposes, channels: None };
                reasons.extend(self.pause(&limits.name, pause, &counted));
            }
        }
        let own = || Counted { actions: Some(vec![on.action]), purposes: None, channels: None };
        if let Some(cap) = &on.action.repeat {
            reasons.extend(self.cap("repeat", cap, own(), on, ahead));
        }
        for pause in &on.action.pauses {
            reasons.extend(self.pause("pause", pause, &own()));
        }
        reasons.extend(on.action.budget.as_ref().and_then(|budget| self.budget(on.index, budget)));
        reasons
    }

    fn concerns(&self, limits: &Limits, on: On<'_>) -> bool {
        let purpose = limits.purposes.as_ref().is_none_or(|all| all.contains(&on.action.purpose));
        purpose && limits.actions.as_ref().is_none_or(|all| all.contains(&on.index))
    }

    fn effective(&self) -> i64 {
        let at = self.request.time().micros();
        self.view.contacts().map_or(at, |contacts| contacts.effective(at))
    }

    fn cap(
        &self,
        name: &str,
        cap: &Cap,
        mut counted: Counted<'_>,
        on: On<'_>,
        ahead: &Ahead,
    ) -> Option<Reason> {
        if cap.channels.as_ref().is_some_and(|all| !all.contains(&on.channel)) {
            return None;
        }
        counted.channels =
            if cap.each { Some(BTreeSet::from([on.channel])) } else { cap.channels.clone() };
        let now = self.effective();
        let most = cap.most as usize;
        let before = ahead.iter().filter(|(action, channel)| {
            self.key(*action, *channel).is_some_and(|key| self.counts(&counted, &key))
        });
        let before = before.count();
        let mut times = Vec::new();
        let mut ends = Vec::new();
        let (mut gone, mut lost) = (0_u64, i64::MIN);
        if let Some(contacts) = self.view.contacts() {
            let all = contacts.since(i64::MIN, cap.shown);
            let own = all.filter(|row| self.counts(&counted, &row.key));
            times.extend(own.map(|row| row.counts_at(cap.shown)));
            let live = contacts.reservations.live(now);
            let own = live.filter(|(key, _)| self.counts(&counted, key));
            ends.extend(own.map(|(_, end)| end));
            let went = contacts.gone().filter(|(key, _)| self.counts(&counted, key));
            gone = went.map(|(_, times)| times).sum();
            lost = contacts.lost();
        }
        let start = match cap.per {
            CapPer::Rolling { micros } => Some(now.saturating_sub(micros).saturating_add(1)),
            CapPer::Calendar(unit) => {
                Some(self.moment.at(Timestamp::from_micros(now)).unit_start(unit, 0))
            }
            CapPer::Total => None,
        };
        let kept = times.iter().filter(|time| start.is_none_or(|start| **time >= start)).count();
        let old = if start.is_none() { usize::try_from(gone).unwrap_or(usize::MAX) } else { 0 };
        let used = kept.saturating_add(ends.len()).saturating_add(old);
        let whole = start.is_none_or(|start| lost == i64::MIN || lost < start);
        if whole && used + before < most {
            return None;
        }
        let until = match cap.per {
            _ if whole && used < most => None,
            CapPer::Rolling { micros } => {
                let lost = Some(lost).filter(|lost| *lost != i64::MIN);
                rolling_end(now, micros, most, &times, &ends, lost)
            }
            CapPer::Calendar(unit) => {
                Some(self.moment.at(Timestamp::from_micros(now)).unit_start(unit, 1))
            }
            CapPer::Total => None,
        };
        let text = if whole {
            let said = |count: usize, what: &str| (count > 0).then(|| format!("{count} {what}"));
            let parts = [
                said(kept.saturating_add(old), if cap.shown { "shown" } else { "sent" }),
                said(ends.len(), "reserved"),
                said(before, "before it in this answer"),
            ];
            let parts: Vec<String> = parts.into_iter().flatten().collect();
            format!("`{}`: {}", cap.line.text, parts.join(", "))
        } else {
            format!("`{}`: contacts of that time are not kept any more", cap.line.text)
        };
        Some(reason(Stage::ContactPolicy, Some(name), text, &cap.line, until))
    }

    fn pause(&self, name: &str, pause: &Pause, counted: &Counted<'_>) -> Option<Reason> {
        let contacts = self.view.contacts()?;
        let now = self.effective();
        let own: Vec<i64> = contacts
            .outcomes()
            .iter()
            .filter(|row| row.outcome == pause.outcome && self.counts(counted, &row.key))
            .map(|row| row.at)
            .collect();
        let shuts = |at: &&i64| {
            let first = at.saturating_sub(pause.reach);
            let many = own.iter().filter(|other| **other > first && *other <= *at).count();
            many >= pause.count as usize && **at <= now && now < at.saturating_add(pause.pause)
        };
        let end = own.iter().filter(shuts).max().map(|at| at.saturating_add(pause.pause));
        let whole = pause.reach.saturating_add(pause.pause);
        let lost = contacts.outcomes_lost();
        let lost = (lost > now.saturating_sub(whole)).then(|| lost.saturating_add(whole));
        let until = end.max(lost)?;
        let text = match end {
            Some(_) => format!("`{}`", pause.line.text),
            None => format!("`{}`: outcomes of that time are not kept any more", pause.line.text),
        };
        Some(reason(Stage::ContactPolicy, Some(name), text, &pause.line, Some(until)))
    }

    fn budget(&self, index: usize, budget: &Budget) -> Option<Reason> {
        let plan = self.program.actions.get(index)?.budget.as_ref()?;
        let now = Timestamp::from_micros(self.effective());
        let day = now.on_clock(&self.program.zone).date.days();
        let used = plan.spent.within(&days(day, budget.per));
        if used < budget.most {
            return None;
        }
        let clock = self.workspace.at(now);
        let until = budget.per.map(|unit| clock.unit_start(unit, 1));
        let text = format!("`{}`: {used} are given", budget.line.text);
        Some(reason(Stage::Budget, None, text, &budget.line, until))
    }

    fn key(&self, action: usize, channel: usize) -> Option<Key> {
        let action = self.rules.actions.get(action)?;
        let purpose = self.rules.purposes.get(action.purpose)?;
        let channel = self.rules.channels.get(channel)?;
        let [action, channel, purpose] =
            [&action.name, &channel.name, &purpose.name].map(|name| name_hash(name));
        Some(Key { action, channel, purpose })
    }

    /// Whether a contact counts, by any of the names.
    fn counts(&self, counted: &Counted<'_>, key: &Key) -> bool {
        let is = |name: &str, hash: u64| name_hash(name) == hash;
        let action = counted.actions.as_ref().is_none_or(|all| {
            let mut names = all.iter().flat_map(|one| std::iter::once(&one.name).chain(&one.was));
            names.any(|name| is(name, key.action))
        });
        let purpose = counted.purposes.is_none_or(|all| {
            let mut own = all.iter().filter_map(|one| self.rules.purposes.get(*one));
            own.any(|one| one.names().iter().any(|name| is(name, key.purpose)))
        });
        let channel = counted.channels.as_ref().is_none_or(|all| {
            let mut own = all.iter().filter_map(|one| self.rules.channels.get(*one));
            own.any(|one| one.names().iter().any(|name| is(name, key.channel)))
        });
        action && purpose && channel
    }
}

fn reason(
    stage: Stage,
    name: Option<&str>,
    text: String,
    line: &Line,
    until: Option<i64>,
) -> Reason {
    Reason {
        stage,
        name: name.map(str::to_owned),
        text,
        missing_required: None,
        line: Some(line.clone()),
        until: until.map(Timestamp::from_micros),
    }
}

/// The first instant, not before now, at which a rolling window has room for one more.
fn rolling_end(
    now: i64,
    micros: i64,
    most: usize,
    times: &[i64],
    ends: &[i64],
    lost: Option<i64>,
) -> Option<i64> {
    let leaves = |time: &i64| time.saturating_add(micros);
    let mut instants: Vec<i64> = times
        .iter()
        .map(leaves)
        .chain(ends.iter().copied())
        .chain(lost.as_ref().map(leaves))
        .collect();
    instants.retain(|instant| *instant >= now);
    instants.push(now);
    instants.sort_unstable();
    instants.into_iter().find(|instant| {
        let first = instant.saturating_sub(micros);
        let kept = times.iter().filter(|time| **time > first).count();
        let live = ends.iter().filter(|end| **end > *instant).count();
        kept + live < most && lost.is_none_or(|lost| lost <= first)
    })
}
