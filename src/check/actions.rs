//! All actions of a workspace, read on several threads where that pays.
//!
//! In: a [`Scope`] in which every declaration and segment is read. Out: the actions in the order of their names,
//! and what they noted, as if one thread had read them one after another: forks declare nothing, and an action
//! that asks about events what nobody asked before is read again by the caller, in its turn.

use super::action::{ReadAction, action};
use super::contradictions;
use super::forks::{References, Seed};
use super::operand::Models;
use super::scope::{Def, Problems, Scope};
use crate::mutant::mutant;
use crate::shares::shared_out;

/// Actions that are read by one fork, and how many of them are worth a thread.
const PART: usize = 32;
const WORTH: usize = 100;

/// The actions, and what is wrong with `who` and `never` of each together, which is told after all else.
pub(crate) struct Actions<'a> {
    pub(crate) read: Vec<Option<ReadAction<'a>>>,
    pub(crate) never: Problems,
}

/// One action as a fork read it.
struct Forked<'a> {
    /// The action, what is wrong with it, and what is wrong with its `who` and `never` together; absent where the
    /// fork would have had to declare something.
    read: Option<(Option<ReadAction<'a>>, Problems, Problems)>,
}

/// What one fork read.
struct Part<'a> {
    actions: Vec<Forked<'a>>,
    references: References,
    used: (usize, usize),
}

/// Reads all actions.
pub(crate) fn actions<'a>(
    scope: &mut Scope<'a>,
    models: &Models,
    problems: &mut Problems,
) -> Actions<'a> {
    let all = scope.all("action");
    let seed = scope.seed();
    let parts = shared_out(all.len().div_ceil(PART), all.len() / WORTH, |number| {
        let from = number * PART;
        let own = all.get(from..all.len().min(from + PART)).unwrap_or_default();
        part(&seed, own, models)
    });
    drop(seed);
    let used = parts.iter().fold((0_usize, 0_usize), |sum, part| {
        (sum.0.saturating_add(part.used.0), sum.1.saturating_add(part.used.1))
    });
    let mut found = Actions { read: Vec::with_capacity(all.len()), never: Problems::default() };
    if !scope.spend(used) {
        // What all of them may look for together is used up: the first ones in order come first.
        for (name, def) in &all {
            found.read.push(action(name, *def, models, scope, problems));
        }
        for read in found.read.iter().flatten() {
            contradictions::who_and_never(scope, &read.action, &mut found.never);
        }
        return found;
    }
    let mut again = all.iter();
    for part in parts {
        scope.references.absorb(part.references);
        for forked in part.actions {
            let next = again.next();
            let (read, own, never) = match (forked.read, next) {
                (Some(read), _) => read,
                (None, Some((name, def))) => one(name, *def, models, scope),
                (None, None) => continue,
            };
            found.read.push(read);
            problems.0.extend(own.0);
            found.never.0.extend(never.0);
        }
    }
    found
}

/// Reads some actions with a fork.
fn part<'a>(seed: &Seed<'a>, own: &[(String, Def<'a>)], models: &Models) -> Part<'a> {
    let mut fork = seed.fork();
    let actions = own
        .iter()
        .map(|(name, def)| {
            let before = fork.references.len();
            let read = one(name, *def, models, &mut fork);
            let gave_up =
                fork.has_given_up() && !mutant!("check_a_fork_leaves_out_what_it_cannot_declare");
            if gave_up {
                fork.references.truncate(before);
            }
            Forked { read: (!gave_up).then_some(read) }
        })
        .collect();
    let used = seed.used_by(&fork);
    Part { actions, references: std::mem::take(&mut fork.references), used }
}

fn one<'a>(
    name: &str,
    def: Def<'a>,
    models: &Models,
    scope: &mut Scope<'a>,
) -> (Option<ReadAction<'a>>, Problems, Problems) {
    let (mut problems, mut never) = (Problems::default(), Problems::default());
    let read = action(name, def, models, scope, &mut problems);
    if let Some(read) = &read {
        contradictions::who_and_never(scope, &read.action, &mut never);
    }
    (read, problems, never)
}
