//! Actions and placements as a decision walks them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::check::rules::{Action, Channels, Message, Placement, Share};
use crate::profile::Spent;

use super::limits::{BudgetPlan, Gatekeeper, Gates, action_keys};
use super::score::{RankingPlan, Term};
use super::{Candidates, Compiler, Place, Predicate};
use crate::mutant::mutant;

/// Open spans of Monday to Sunday, in minutes since midnight, end excluded.
pub(crate) type Week = [Vec<(u16, u16)>; 7];

/// An action.
#[derive(Debug)]
pub(crate) struct ActionPlan {
    /// Its name and its earlier ones.
    pub(crate) names: Box<[Box<str>]>,
    /// First and last day, as days since 1970.
    pub(crate) dates: Option<(i32, i32)>,
    /// Surely holds.
    pub(crate) who: Predicate,
    /// Every exclusion is surely false.
    pub(crate) not_excluded: Predicate,
    /// Attributes without which it is blocked.
    pub(crate) required: Vec<Place>,
    /// Value, propensity, weight.
    pub(crate) terms: [Term; 3],
    /// One per message, sorted by channel.
    pub(crate) treatments: Box<[TreatmentPlan]>,
    /// The hashes of its names, today's first.
    pub(crate) keys: Box<[u64]>,
    /// The hash of its purpose.
    pub(crate) purpose: u64,
    /// The gates that it asks for itself: `repeat`, its pauses.
    pub(crate) gates: Box<[u32]>,
    /// How much there is to give.
    pub(crate) budget: Option<BudgetPlan>,
    /// The counter of what it used: that of its budget, or of one that it had.
    pub(crate) spent: Option<Arc<Spent>>,
}

impl ActionPlan {
    /// First and last day on which it may be shown.
    pub(crate) fn days(&self) -> Option<(i32, i32)> {
        let excluded = i32::from(mutant!("runtime_last_day_is_excluded"));
        self.dates.map(|(first, last)| (first, last - excluded))
    }
}

/// An action on a channel.
#[derive(Debug)]
pub(crate) struct TreatmentPlan {
    /// Index of the channel.
    pub(crate) channel: u32,
    /// Attributes that its message reads and that must not be missing.
    pub(crate) required: Vec<Place>,
    /// What consent it needs.
    pub(crate) consent: Consent,
    /// Open spans by weekday, in minutes since midnight, end excluded; absent: always open.
    pub(crate) hours: Option<Box<Week>>,
    /// Language id and index of its content.
    pub(crate) contents: Vec<(u16, u32)>,
    /// Content in the workspace's first language.
    pub(crate) first_language: Option<u32>,
    /// The list of gates that limits put before it; 0 where there are none.
    pub(crate) class: u32,
    /// Whether anything of contact policy or a budget stands before it.
    pub(crate) gated: bool,
}

/// Consent that a treatment needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Consent {
    /// None.
    Free,
    /// This one.
    Needed(u32),
    /// The channel cannot carry the purpose.
    Impossible,
}

/// A candidate of a placement.
#[derive(Debug)]
pub(crate) struct Entry {
    /// Index of the action.
    pub(crate) action: u32,
    /// Indexes of its treatments, in the placement's order of channels.
    pub(crate) treatments: Box<[u32]>,
}

/// A placement.
#[derive(Debug)]
pub(crate) struct PlacementPlan {
    /// Whether the customer's own channel goes first.
    pub(crate) preferred: bool,
    /// At most so many actions.
    pub(crate) show: usize,
    /// At most so many of them of one group, and the group of each candidate.
    pub(crate) share: Option<(usize, Box<[Option<u32>]>)>,
    /// Sorted by the action's name.
    pub(crate) candidates: Box<[Entry]>,
    /// How they are ordered.
    pub(crate) ranking: RankingPlan,
    /// Attributes that the ranking reads and that must not be missing.
    pub(crate) required: Vec<Place>,
    /// When nothing else fits.
    pub(crate) fallback: Option<Entry>,
    /// The candidates by what can match them.
    pub(crate) index: Option<Candidates>,
    /// The gates that stand before every candidate.
    pub(crate) common: Box<[u32]>,
}

impl PlacementPlan {
    /// The group of an action, where the placement limits them and it is in one.
    pub(crate) fn group(&self, action: u32) -> Option<u32> {
        let (_, groups) = self.share.as_ref()?;
        let item = self.candidates.binary_search_by_key(&action, |entry| entry.action).ok()?;
        groups.get(item).copied().flatten()
    }
}

impl Compiler<'_> {
    pub(super) fn action(
        &mut self,
        index: usize,
        action: &Action,
        keeper: &mut Gatekeeper,
    ) -> ActionPlan {
        let (own, budget, spent) = self.own_policy(action, keeper);
        let gates = own.everywhere();
        let alone = gates.is_empty() && budget.is_none();
        ActionPlan {
            keys: action_keys(action),
            purpose: self.purpose_key(action),
            names: std::iter::once(&action.name)
                .chain(&action.was)
                .map(|name| name.as_str().into())
                .collect(),
            dates: action.dates.as_ref().map(|(first, last, _)| (first.days(), last.days())),
            who: self.sure_list(&action.who, true),
            not_excluded: self.surely_none(&action.never),
            required: self.places(&action.required),
            terms: self.terms(action),
            treatments: action
                .messages
                .iter()
                .map(|message| {
                    let class = self.class(index, message.channel, &own, keeper);
                    let gated = !alone || class != 0;
                    TreatmentPlan { class, gated, ..self.treatment(action, message) }
                })
                .collect(),
            gates,
            budget,
            spent,
        }
    }

    /// The consent that a message of a purpose needs on a channel.
    pub(super) fn consent_for(&mut self, purpose: usize, channel: usize) -> Consent {
        let rules = self.rules;
        let (Some(of), Some(on)) = (rules.purposes.get(purpose), rules.channels.get(channel))
        else {
            return Consent::Impossible;
        };
        if of.consent_needed.contains(&channel) {
            let all = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect::<Vec<_>>();
            Consent::Needed(self.dictionary.consent(&all(on.names()), &all(of.names())))
        } else if of.consent_free.contains(&channel) {
            Consent::Free
        } else {
            Consent::Impossible
        }
    }

    fn treatment(&mut self, action: &Action, message: &Message) -> TreatmentPlan {
        let rules = self.rules;
        let purpose = rules.purposes.get(action.purpose);
        let channel = rules.channels.get(message.channel);
        let consent = self.consent_for(action.purpose, message.channel);
        let hours = channel
            .filter(|_| !purpose.is_some_and(|purpose| purpose.ignores_hours))
            .and_then(|channel| channel.hours.as_ref())
            .map(|hours| Box::new(hours.week.clone()));
        let first = rules.workspace.languages.first();
        let is_first = |tag: &str| first.is_some_and(|first| first.eq_ignore_ascii_case(tag));
        let mut contents = Vec::with_capacity(message.contents.len());
        let mut first_language = None;
        for (index, content) in (0..).zip(&message.contents) {
            contents.push((self.dictionary.language(&content.language), index));
            if is_first(&content.language) {
                first_language = Some(index);
            }
        }
        TreatmentPlan {
            channel: u32::try_from(message.channel).unwrap_or(u32::MAX),
            required: self.places(&message.required),
            consent,
            hours,
            contents,
            first_language,
            class: 0,
            gated: false,
        }
    }

    fn groups(&self, placement: &Placement, share: &Share) -> (usize, Box<[Option<u32>]>) {
        let mut numbers = BTreeMap::new();
        let mut group = |action: &usize| {
            let name = share.by.of(self.rules.actions.get(*action)?, self.rules)?;
            let next = u32::try_from(numbers.len()).ok()?;
            Some(*numbers.entry(name).or_insert(next))
        };
        (usize::from(share.most), placement.candidates.iter().map(&mut group).collect())
    }

    pub(super) fn placement(
        &self,
        placement: &Placement,
        actions: &[ActionPlan],
        gates: &Gates,
    ) -> PlacementPlan {
        let (channels, preferred) = match &placement.channels {
            Channels::One(channel) => (std::slice::from_ref(channel), false),
            Channels::First(channels) => (channels.as_slice(), false),
            Channels::Preferred(channels) => (channels.as_slice(), true),
        };
        let entry = |action: usize| {
            let plan = actions.get(action)?;
            let treatments = channels
                .iter()
                .filter_map(|channel| {
                    plan.treatments.iter().position(|t| t.channel as usize == *channel)
                })
                .filter_map(|index| u32::try_from(index).ok())
                .collect();
            Some(Entry { action: u32::try_from(action).ok()?, treatments })
        };
        let ranking = self.rules.rankings.get(placement.ranking);
        let candidates: Box<[Entry]> =
            placement.candidates.iter().filter_map(|action| entry(*action)).collect();
        let treatments = candidates.iter().flat_map(|entry: &Entry| {
            let treatments = actions.get(entry.action as usize).map(|plan| &plan.treatments);
            let numbers = entry.treatments.iter();
            numbers.filter_map(move |number| treatments?.get(*number as usize))
        });
        let classes: BTreeSet<u32> = treatments.map(|treatment| treatment.class).collect();
        PlacementPlan {
            common: gates.common(&classes),
            preferred,
            show: usize::from(placement.show),
            share: placement.share.as_ref().map(|share| self.groups(placement, share)),
            candidates,
            ranking: self.ranking(placement.ranking),
            required: ranking.map(|ranking| self.places(&ranking.required)).unwrap_or_default(),
            fallback: placement.fallback.and_then(entry),
            index: None,
        }
    }
}
