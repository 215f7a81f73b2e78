//! Contact policy as a decision asks it: gates, and which of them stand before which treatment.
//!
//! A gate is a cap or a pause with the contacts that it counts. Treatments before which the same limits stand share
//! one list of gates; what an action says of itself (`repeat`, its pauses) is its own list.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::check::rules::{Action, CalendarUnit, Cap, CapPer, Limits, Outcome, Pause};
use crate::profile::{Key, NO_PURPOSE, Spent, name_hash};

use super::Compiler;
use crate::mutant::mutant;

/// The contacts that a gate counts: hashes of names, sorted; absent: all.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope {
    pub(crate) actions: Option<Box<[u64]>>,
    pub(crate) purposes: Option<Box<[u64]>>,
    pub(crate) channels: Option<Box<[u64]>>,
}

impl Scope {
    /// Whether a contact is in it.
    #[inline]
    pub(crate) fn holds(&self, key: &Key) -> bool {
        let within = |list: &Option<Box<[u64]>>, name: u64| match list.as_deref() {
            None => true,
            Some([only]) => *only == name,
            Some(list) => list.binary_search(&name).is_ok(),
        };
        within(&self.channels, key.channel)
            && within(&self.purposes, key.purpose)
            && within(&self.actions, key.action)
    }
}

/// What may stand before a treatment.
#[derive(Debug)]
pub(crate) enum Gate {
    /// At most so many contacts.
    Cap {
        /// Which contacts count.
        scope: Scope,
        /// How many.
        most: u32,
        /// By the time they were shown.
        shown: bool,
        /// Over what time.
        per: CapPer,
    },
    /// Shut for a while after outcomes.
    Pause {
        /// Which outcomes count.
        scope: Scope,
        /// How many it takes, at least 1.
        count: usize,
        /// Which.
        outcome: Outcome,
        /// Microseconds over which they are counted.
        reach: i64,
        /// Microseconds for which it shuts.
        pause: i64,
    },
}

/// A budget, and what is used of it.
#[derive(Debug)]
pub(crate) struct BudgetPlan {
    pub(crate) most: u64,
    /// The period it is given anew; absent: in total.
    pub(crate) per: Option<CalendarUnit>,
    pub(crate) spent: Arc<Spent>,
}

/// All gates of a program.
#[derive(Debug, Default)]
pub(crate) struct Gates {
    pub(crate) all: Vec<Gate>,
    /// Lists of gates that treatments share; the first is empty.
    pub(crate) classes: Vec<Box<[u32]>>,
}

/// Gives treatments their lists of gates.
#[derive(Debug)]
pub(super) struct Gatekeeper {
    gates: Gates,
    /// Per limits, its gates with the channels of the treatments before which each stands; absent: all.
    limits: Vec<Vec<(u32, Option<BTreeSet<usize>>)>>,
    classes: BTreeMap<Vec<u32>, u32>,
}

fn index(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

fn hashes<'a>(names: impl Iterator<Item = &'a str>) -> Box<[u64]> {
    let found: BTreeSet<u64> = names.map(name_hash).collect();
    found.into_iter().collect()
}

/// The hashes of an action's names, today's first.
pub(super) fn action_keys(action: &Action) -> Box<[u64]> {
    let heard = if mutant!("limits_earlier_names_do_not_count") { 1 } else { usize::MAX };
    let names = std::iter::once(&action.name).chain(&action.was).take(heard);
    names.map(|name| name_hash(name)).collect()
}

impl Compiler<'_> {
    /// The gates of all limits.
    pub(super) fn gatekeeper(&self) -> Gatekeeper {
        let mut keeper = Gatekeeper {
            gates: Gates { all: Vec::new(), classes: vec![Box::default()] },
            limits: Vec::new(),
            classes: BTreeMap::from([(Vec::new(), 0)]),
        };
        for limits in &self.rules.limits {
            let scope = self.scope(limits);
            let mut own = Vec::new();
            for cap in &limits.caps {
                self.cap(cap, &scope, &mut keeper, &mut own);
            }
            for pause in &limits.pauses {
                own.push((keeper.pause(pause, scope.clone()), None));
            }
            keeper.limits.push(own);
        }
        keeper
    }

    fn scope(&self, limits: &Limits) -> Scope {
        let actions = limits.actions.as_ref().map(|actions| {
            let all = actions.iter().filter_map(|action| self.rules.actions.get(*action));
            hashes(all.flat_map(|action| {
                std::iter::once(action.name.as_str()).chain(action.was.iter().map(String::as_str))
            }))
        });
        let purposes = limits.purposes.as_ref().map(|purposes| {
            let all = purposes.iter().filter_map(|purpose| self.rules.purposes.get(*purpose));
            hashes(all.flat_map(|purpose| purpose.names()))
        });
        Scope { actions, purposes, channels: None }
    }

    fn channels(&self, channels: impl Iterator<Item = usize>) -> Box<[u64]> {
        hashes(channels.filter_map(|at| self.rules.channels.get(at)).flat_map(|one| one.names()))
    }

    fn cap(
        &self,
        cap: &Cap,
        scope: &Scope,
        keeper: &mut Gatekeeper,
        own: &mut Vec<(u32, Option<BTreeSet<usize>>)>,
    ) {
        let mut gate = |channels: Option<BTreeSet<usize>>| {
            let mut scope = scope.clone();
            scope.channels = channels.as_ref().map(|list| self.channels(list.iter().copied()));
            let Cap { most, shown, per, .. } = *cap;
            own.push((keeper.add(Gate::Cap { scope, most, shown, per }), channels));
        };
        if !cap.each || mutant!("limits_each_is_together") {
            return gate(cap.channels.clone());
        }
        match &cap.channels {
            Some(channels) => channels.iter().for_each(|one| gate(Some(BTreeSet::from([*one])))),
            None => {
                for one in 0..self.rules.channels.len() {
                    gate(Some(BTreeSet::from([one])));
                }
            }
        }
    }

    /// What an action says of itself: its gates, its budget, and the counter of what it used.
    pub(super) fn own_policy(
        &mut self,
        action: &Action,
        keeper: &mut Gatekeeper,
    ) -> (OwnGates, Option<BudgetPlan>, Option<Arc<Spent>>) {
        let scope = || Scope { actions: Some(sorted(action_keys(action))), ..Scope::default() };
        let mut gates = Vec::new();
        if let Some(cap) = &action.repeat {
            self.cap(cap, &scope(), keeper, &mut gates);
        }
        gates.extend(action.pauses.iter().map(|pause| (keeper.pause(pause, scope()), None)));
        let own = OwnGates(gates);
        let spent = self.dictionary.spent(&action.name, &action.was, action.budget.is_some());
        let budget = action.budget.as_ref().zip(spent.clone());
        let budget =
            budget.map(|(budget, spent)| BudgetPlan { most: budget.most, per: budget.per, spent });
        (own, budget, spent)
    }

    /// The list of gates that stand before an action on a channel and not before others: of all limits, and of
    /// its `repeat`, where that names channels.
    pub(super) fn class(
        &self,
        index: usize,
        channel: usize,
        own: &OwnGates,
        keeper: &mut Gatekeeper,
    ) -> u32 {
        let Some(action) = self.rules.actions.get(index) else { return 0 };
        let mut list = Vec::new();
        for (limits, gates) in self.rules.limits.iter().zip(&keeper.limits) {
            let in_scope = limits.purposes.as_ref().is_none_or(|all| all.contains(&action.purpose))
                && limits.actions.as_ref().is_none_or(|all| all.contains(&index));
            if !in_scope {
                continue;
            }
            let on_channel = |channels: &Option<BTreeSet<usize>>| {
                channels.as_ref().is_none_or(|all| all.contains(&channel))
            };
            let stand = gates.iter().filter(|(_, channels)| on_channel(channels));
            list.extend(stand.map(|(gate, _)| *gate));
        }
        list.extend(own.on(channel));
        keeper.class(list)
    }

    /// The hash of an action's purpose.
    pub(super) fn purpose_key(&self, action: &Action) -> u64 {
        let purpose = self.rules.purposes.get(action.purpose);
        purpose.map_or(NO_PURPOSE, |purpose| name_hash(&purpose.name))
    }
}

/// The gates of one action, each with the channels it stands before; absent: all.
pub(super) struct OwnGates(Vec<(u32, Option<BTreeSet<usize>>)>);

impl OwnGates {
    /// Those that stand before every channel.
    pub(super) fn everywhere(&self) -> Box<[u32]> {
        self.0.iter().filter(|(_, channels)| channels.is_none()).map(|(gate, _)| *gate).collect()
    }

    /// Those that stand before this channel and not before all.
    fn on(&self, channel: usize) -> impl Iterator<Item = u32> {
        let named = self.0.iter().filter(move |(_, channels)| {
            channels.as_ref().is_some_and(|all| all.contains(&channel))
        });
        named.map(|(gate, _)| *gate)
    }
}

fn sorted(mut hashes: Box<[u64]>) -> Box<[u64]> {
    hashes.sort_unstable();
    hashes
}

impl Gatekeeper {
    fn add(&mut self, gate: Gate) -> u32 {
        self.gates.all.push(gate);
        index(self.gates.all.len() - 1)
    }

    fn pause(&mut self, pause: &Pause, scope: Scope) -> u32 {
        let Pause { count, outcome, reach, pause, .. } = *pause;
        let count = usize::try_from(count).unwrap_or(usize::MAX).max(1);
        self.add(Gate::Pause { scope, count, outcome, reach, pause })
    }

    fn class(&mut self, list: Vec<u32>) -> u32 {
        if let Some(known) = self.classes.get(&list) {
            return *known;
        }
        let new = index(self.gates.classes.len());
        self.gates.classes.push(list.as_slice().into());
        self.classes.insert(list, new);
        new
    }

    pub(super) fn done(self) -> Gates {
        self.gates
    }
}

impl Gates {
    /// The gates that stand before every one of these lists.
    pub(crate) fn common(&self, classes: &BTreeSet<u32>) -> Box<[u32]> {
        let mut lists = classes.iter().filter_map(|class| self.classes.get(*class as usize));
        let Some(first) = lists.next() else { return Box::default() };
        let mut common: BTreeSet<u32> = first.iter().copied().collect();
        for list in lists {
            common.retain(|gate| list.contains(gate));
        }
        common.into_iter().collect()
    }
}
