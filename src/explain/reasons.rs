//! Every reason why a treatment is blocked, in the order of the checks.

use std::collections::BTreeSet;

use crate::check::rules::{Action, Condition, Message, Placement};
use crate::decision::{Reason, Stage, Truth};

use super::trace::line;
use super::{Case, On};

impl Case<'_> {
    /// All reasons; none where the treatment passes.
    pub(super) fn reasons(
        &self,
        placement: Option<&Placement>,
        on: On<'_>,
        message: &Message,
        fallback: bool,
    ) -> Vec<Reason> {
        let action = on.action;
        let mut reasons = Vec::new();
        let mut block = |stage, name: Option<String>, text: String| {
            reasons.push(Reason {
                stage,
                name,
                text,
                missing_required: None,
                line: None,
                until: None,
            });
        };
        let today = self.moment.today();
        if let Some((first, last, _)) = &action.dates
            && !(*first..=*last).contains(&today)
        {
            let text = format!("today, {today}, is not within {first} to {last}");
            block(Stage::Dates, None, text);
        }
        if !fallback {
            if let Some(text) = self.unmet(&action.who, Truth::True) {
                block(Stage::Who, None, text);
            }
            if let Some(text) = self.unmet(&action.never, Truth::False) {
                block(Stage::Never, None, text);
            }
        }
        self.channel_policy(action, message, &mut block);
        if let Err(tag) = self.content(message) {
            block(Stage::Content, Some(tag.clone()), format!("no content in {tag}"));
        }
        if self.request.excluded().contains(&action.name) {
            block(Stage::Excluded, None, "the request excludes this action".to_owned());
        }
        let mut names = std::iter::once(&action.name).chain(&action.was);
        if names.any(|name| self.paused.contains(name)) {
            block(Stage::Paused, None, "this action is paused".to_owned());
        }
        reasons.extend(self.policy(on, &[]));
        reasons.extend(self.missing(placement, action, message, fallback));
        // Stable: the missing attributes of a stage come after its own line.
        reasons.sort_by_key(|reason| reason.stage);
        reasons
    }

    fn channel_policy(
        &self,
        action: &Action,
        message: &Message,
        block: &mut impl FnMut(Stage, Option<String>, String),
    ) {
        let Some(channel) = self.rules.channels.get(message.channel) else { return };
        let Some(purpose) = self.rules.purposes.get(action.purpose) else { return };
        let name = &channel.name;
        if purpose.consent_needed.contains(&message.channel) {
            let kept = self.view.consent(&channel.names(), &purpose.names());
            if kept != Some(true) {
                let why = if kept.is_none() { "is not known" } else { "was withdrawn" };
                let text = format!("consent to {} on {name} {why}", purpose.name);
                block(Stage::Consent, Some(name.clone()), text);
            }
        } else if !purpose.consent_free.contains(&message.channel) {
            let text = format!("{name} cannot carry {}", purpose.name);
            block(Stage::Consent, Some(name.clone()), text);
        }
        if let Some(hours) = channel.hours.as_ref().filter(|_| !purpose.ignores_hours)
            && !self.moment.within(&hours.week)
        {
            let text = if self.moment.own() {
                let clock = self.moment.clock();
                let (hour, minute) = (clock.minute / 60, clock.minute % 60);
                format!("{} {hour:02}:{minute:02} is outside {}", clock.date, hours.name)
            } else {
                format!("the customer's time zone is not known, so {} blocks", hours.name)
            };
            block(Stage::Hours, Some(hours.name.clone()), text);
        }
    }

    /// One reason per required attribute that the treatment reads and the customer lacks, by name.
    fn missing(
        &self,
        placement: Option<&Placement>,
        action: &Action,
        message: &Message,
        fallback: bool,
    ) -> Vec<Reason> {
        let ranking = placement.and_then(|one| self.rules.rankings.get(one.ranking));
        let scored = action.required.iter().chain(ranking.into_iter().flat_map(|r| &r.required));
        let read: BTreeSet<usize> =
            scored.filter(|_| !fallback).chain(&message.required).copied().collect();
        let missing = read.into_iter().filter(|attribute| self.facts.missing(*attribute));
        let mut names: Vec<&String> = missing
            .filter_map(|attribute| self.rules.attributes.get(attribute))
            .map(|attribute| &attribute.name)
            .collect();
        names.sort();
        names
            .into_iter()
            .map(|name| Reason {
                stage: Stage::Who,
                name: None,
                text: format!("missing required {name}"),
                missing_required: Some(name.clone()),
                line: None,
                until: None,
            })
            .collect()
    }

    /// The first line that is not what it must be, in words.
    fn unmet(&self, lines: &[Condition], wanted: Truth) -> Option<String> {
        let found = lines.iter().find(|line| self.facts.verdict(line).truth != wanted)?;
        let verdict = self.facts.verdict(found);
        let truth = match verdict.truth {
            Truth::True => "holds",
            Truth::False => "does not hold",
            Truth::Unknown => "is not known",
        };
        let line = line(found);
        let saw = match found {
            Condition::Test(test) => self.facts.seen(test.attribute),
            _ => None,
        };
        let saw = match (saw, verdict.answered) {
            (Some(value), _) => format!(": the value is {value}"),
            (None, true) => ", as `if_unknown` says".to_owned(),
            (None, false) => String::new(),
        };
        // The head of a block stands for it.
        let text = line.text.lines().next().unwrap_or_default();
        Some(format!("line {}, `{text}`, {truth}{saw}", line.line))
    }
}
