//! The sanity guard: what a new set of rules would take away, and whether that is too much to be meant.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::check::Rules;
use crate::check::rules::Fingerprint;
use crate::mutant::mutant;

/// What of a set of rules is missed when it goes: its actions, and how many of them each placement chooses from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outline {
    /// Each action with its earlier names.
    actions: BTreeMap<String, Vec<String>>,
    /// Each placement with the number of its candidates.
    placements: BTreeMap<String, usize>,
    fingerprint: Fingerprint,
}

impl Outline {
    /// Of these rules. Cost: linear in the actions.
    #[must_use]
    pub fn of(rules: &Rules) -> Self {
        let actions = rules.actions.iter().map(|a| (a.name.clone(), a.was.clone()));
        let placements = rules.placements.iter().map(|p| (p.name.clone(), p.candidates.len()));
        Self {
            actions: actions.collect(),
            placements: placements.collect(),
            fingerprint: rules.fingerprint,
        }
    }

    /// What would be lost if `next` came in the place of these rules.
    ///
    /// An action that `next` knows by its name or as an earlier one (`was`) is not lost. A placement is lost
    /// where it had candidates and has none, or is not there any more; its fallback alone is no candidate.
    #[must_use]
    pub fn loss(&self, next: &Self) -> Loss {
        let known: BTreeSet<&str> = next
            .actions
            .iter()
            .flat_map(|(name, was)| std::iter::once(name).chain(was))
            .map(String::as_str)
            .collect();
        let gone = |name: &&String| !known.contains(name.as_str());
        let empty = |(name, had): &(&String, &usize)| {
            **had > 0 && next.placements.get(*name).is_none_or(|has| *has == 0)
        };
        Loss {
            actions: self.actions.keys().filter(gone).cloned().collect(),
            of: self.actions.len(),
            placements: self
                .placements
                .iter()
                .filter(empty)
                .map(|(name, _)| name.clone())
                .collect(),
            fingerprint: next.fingerprint,
        }
    }
}

/// What a set of rules would take away from the one that decides now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Loss {
    /// Actions that would be gone, by name.
    pub actions: Vec<String>,
    /// How many actions there are now.
    pub of: usize,
    /// Placements that would have nothing to choose from, or be gone, by name.
    pub placements: Vec<String>,
    /// The new set: what [`Guard::force`] takes.
    pub fingerprint: Fingerprint,
}

/// For the operator, in an author's words: `the new rules would drop 4 of 10 actions ...`.
impl std::fmt::Display for Loss {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the new rules would ")?;
        if !self.actions.is_empty() {
            write!(
                f,
                "drop {} of {} actions ({})",
                self.actions.len(),
                self.of,
                some(&self.actions)
            )?;
        }
        if !self.placements.is_empty() {
            let and = if self.actions.is_empty() { "" } else { " and " };
            write!(f, "{and}leave nothing to choose from at {}", some(&self.placements))?;
        }
        if self.actions.is_empty() && self.placements.is_empty() {
            write!(f, "drop nothing")?;
        }
        Ok(())
    }
}

/// The first names of a list, and how many more there are.
fn some(names: &[String]) -> String {
    const SHOWN: usize = 10;
    let shown: Vec<String> = names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
    match names.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// Refuses rules that lose so much that a file was probably lost, not an idea given up.
///
/// Refused is a set that drops more than 30 % of the actions, or leaves a placement with nothing to choose
/// from. An operator who means it forces this one set, by its fingerprint: a permission given for the rules
/// that were looked at cannot let others through that are saved meanwhile.
///
/// # Example
/// ```
/// use onward::engine::{Guard, Loss};
/// let third = Loss { actions: vec!["a".into()], of: 3, ..Loss::default() };
/// assert!(!Guard::default().allows(&third));
/// assert!(Guard::default().dropping_at_most(40).allows(&third));
/// assert!(Guard::default().force(third.fingerprint).allows(&third));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guard {
    dropped: u8,
    forced: Option<Fingerprint>,
}

impl Default for Guard {
    fn default() -> Self {
        Self { dropped: 30, forced: None }
    }
}

impl Guard {
    /// Another share of the actions than 30 % that may go at once, in percent.
    #[must_use]
    pub fn dropping_at_most(mut self, percent: u8) -> Self {
        self.dropped = percent;
        self
    }

    /// Lets this one set through, whatever it drops.
    #[must_use]
    pub fn force(mut self, rules: Fingerprint) -> Self {
        self.forced = Some(rules);
        self
    }

    /// Whether rules with this loss may come.
    #[must_use]
    pub fn allows(&self, loss: &Loss) -> bool {
        if self.forced == Some(loss.fingerprint) {
            return true;
        }
        let share = if mutant!("guard_lets_a_third_go") { 34 } else { u128::from(self.dropped) };
        // Whole numbers: exactly 30 % pass, however many actions there are.
        let few = loss.actions.len() as u128 * 100 <= loss.of as u128 * share;
        few && (loss.placements.is_empty() || mutant!("guard_passes_empty_placements"))
    }
}
