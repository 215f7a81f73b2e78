//! New rules for all decisions at once, and back again.
//!
//! Who frees a program: whatever a decision may still look at lies in a list here as well, so that an answer
//! that lets go of it is never the last. The list is emptied by whoever compiles, or by
//! [`free_replaced`](Engine::free_replaced).

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, MutexGuard, PoisonError};

use super::{Engine, Guard, Loss, Outline, Stranded};
use crate::check::Rules;
use crate::check::rules::Fingerprint;
use crate::compile::{Program, compile};
use crate::mutant::mutant;

/// How many earlier sets of rules an engine keeps for [`Engine::rollback`], unless told otherwise.
pub const KEPT: usize = 3;
/// Replaced programs that may wait to be freed before a swap frees them itself.
const WAITING: usize = 32;

/// Why a program was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SwapError {
    /// It was compiled by another engine, whose ids differ.
    #[error("this program was compiled by another engine")]
    Foreign,
    /// The guard refuses it: it loses too much to be meant.
    #[error("{0}; if this is meant, force the set {fingerprint}", fingerprint = .0.fingerprint)]
    Loses(Loss),
    /// Somebody stands on a step that the rules do not have.
    #[error(transparent)]
    Strands(#[from] Stranded),
    /// There are no earlier rules to go back to.
    #[error("there are no earlier rules to go back to")]
    NothingEarlier,
}

/// What an engine holds right now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Customers in memory.
    pub customers: usize,
    /// Grows with each swap; the first program is 1.
    pub generation: u64,
    /// Values kept from before the last swap that do not fit what its rules declare; they count as unknown.
    pub unfit: u64,
    /// Replaced programs that an answer still holds.
    pub retired: usize,
    /// Earlier programs kept for a rollback.
    pub earlier: usize,
    /// Reservations, commits and releases whose time was more than a minute behind what was already acted on
    /// for their customer: a clock went back.
    pub clock_behind: u64,
}

/// Rules that a rollback could bring back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Earlier {
    /// Under which number they decided.
    pub generation: u64,
    /// Which rules.
    pub fingerprint: Fingerprint,
}

/// What is changed by whoever swaps.
#[derive(Debug)]
pub(super) struct Swapping {
    /// What decided before the rules of now, oldest first.
    earlier: VecDeque<Arc<Program>>,
    keep: usize,
    /// Replaced for good; freed once nobody else holds them, never inside a decision.
    retired: Vec<Arc<Program>>,
    unfit: u64,
}

impl Default for Swapping {
    fn default() -> Self {
        Self { earlier: VecDeque::new(), keep: KEPT, retired: Vec::new(), unfit: 0 }
    }
}

impl Swapping {
    /// Takes out what nobody else holds: to be dropped once the lock is given back.
    fn free(&mut self) -> Vec<Arc<Program>> {
        self.retired.extract_if(.., |program| Arc::strong_count(program) == 1).collect()
    }

    fn trim(&mut self) {
        while self.earlier.len() > self.keep {
            self.retired.extend(self.earlier.pop_front());
        }
    }
}

impl Engine {
    /// Compiles for this engine, off the hot path; cannot fail. New attributes, words, consents and languages get
    /// ids that no swap ever changes or frees: what rules once named takes a few bytes for as long as the engine
    /// lives.
    ///
    /// Customers are put and decisions are taken meanwhile: nothing waits for a compile but another one. Frees
    /// replaced programs first. Cost: linear in the rules, and in the entries of the index.
    #[must_use]
    pub fn compile(&self, rules: &Rules) -> Program {
        self.compile_shared(Arc::new(rules.clone()))
    }

    /// As [`compile`](Self::compile), with rules that are handed over or shared: many are not copied in vain.
    #[must_use]
    pub fn compile_shared(&self, rules: Arc<Rules>) -> Program {
        self.free_replaced();
        self.compiled(rules)
    }

    fn compiled(&self, rules: Arc<Rules>) -> Program {
        let _one = self.compiling.lock().unwrap_or_else(PoisonError::into_inner);
        // On a copy: whoever puts a customer reads the dictionary under that customer's lock, and a decision
        // on a neighbour would wait for it.
        if mutant!("compile_holds_the_dictionary") {
            let mut now = self.dictionary.write().unwrap_or_else(PoisonError::into_inner);
            return compile(rules, &mut now, &self.token);
        }
        let mut next = self.dictionary.read().unwrap_or_else(PoisonError::into_inner).clone();
        let mut program = compile(rules, &mut next, &self.token);
        let old = {
            let mut now = self.dictionary.write().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *now, next)
        };
        drop(old);
        program.index();
        program
    }

    /// Takes new rules for all decisions that start from now on; customers stay. Returns the new generation.
    ///
    /// Attributes that the rules newly declare are filled from what customers brought earlier before any
    /// decision sees the rules. Cost: linear in the customers where there are such attributes, else that of
    /// one store: what was replaced is freed later, by [`compile`](Self::compile) or
    /// [`free_replaced`](Self::free_replaced).
    ///
    /// # Errors
    /// [`SwapError::Foreign`] for a program that another engine compiled, [`SwapError::Strands`] where a journey that
    /// says `on_change: move` lost a step that somebody stands on.
    pub fn swap(&self, program: Program) -> Result<u64, SwapError> {
        self.replace(program, None)
    }

    /// As [`swap`](Self::swap), unless the guard finds that the rules lose too much compared to those that
    /// decide now.
    ///
    /// # Errors
    /// [`SwapError::Loses`] names what would be lost; [`SwapError::Foreign`] as for `swap`.
    pub fn swap_guarded(&self, program: Program, guard: &Guard) -> Result<u64, SwapError> {
        self.replace(program, Some(guard))
    }

    fn replace(&self, program: Program, guard: Option<&Guard>) -> Result<u64, SwapError> {
        if !Arc::ptr_eq(&program.engine, &self.token) {
            return Err(SwapError::Foreign);
        }
        let mut swapping = self.swapping();
        if let Some(guard) = guard {
            // Under the lock: nobody else's swap comes between the comparison and the store.
            let loss = Outline::of(&self.program().rules).loss(&Outline::of(&program.rules));
            if !guard.allows(&loss) {
                return Err(SwapError::Loses(loss));
            }
        }
        self.strands(&program)?;
        let new = program.fingerprint();
        let (generation, old) = self.publish(&mut swapping, program);
        if old.fingerprint() == new {
            // Going back to the same rules would change nothing.
            swapping.retired.push(old);
        } else if !mutant!("swap_leaves_the_last_reference_to_an_answer") {
            swapping.earlier.push_back(old);
        }
        swapping.trim();
        let free = if swapping.retired.len() > WAITING { swapping.free() } else { Vec::new() };
        drop(swapping);
        drop(free);
        Ok(generation)
    }

    /// Brings back the rules that decided before those of now, under a new generation; returns it.
    ///
    /// Again, it goes one further back; [`earlier`](Self::earlier) lists how far. The rules it takes away are
    /// gone: only a swap brings them again. Customers and pauses stay. At once, unless an answer still holds
    /// those rules: they are compiled anew then.
    ///
    /// # Errors
    /// [`SwapError::NothingEarlier`] where no earlier rules are kept.
    pub fn rollback(&self) -> Result<u64, SwapError> {
        let mut swapping = self.swapping();
        if mutant!("rollback_goes_one_too_far") && swapping.earlier.len() > 1 {
            let skipped = swapping.earlier.pop_back();
            swapping.retired.extend(skipped);
        }
        let back = swapping.earlier.pop_back().ok_or(SwapError::NothingEarlier)?;
        let mut program = Arc::try_unwrap(back).unwrap_or_else(|held| {
            // An answer speaks of it under the generation it had.
            let again = self.compiled(Arc::clone(&held.rules));
            swapping.retired.push(held);
            again
        });
        program.renew();
        let (generation, old) = self.publish(&mut swapping, program);
        swapping.retired.push(old);
        Ok(generation)
    }

    /// The rules that [`rollback`](Self::rollback) would bring back, the next one first.
    #[must_use]
    pub fn earlier(&self) -> Vec<Earlier> {
        let swapping = self.swapping();
        let one = |program: &Arc<Program>| Earlier {
            generation: program.generation,
            fingerprint: program.fingerprint(),
        };
        swapping.earlier.iter().rev().map(one).collect()
    }

    /// Keeps this many earlier sets of rules for a rollback instead of [`KEPT`]; each is a program in memory.
    pub fn keep_earlier(&self, number: usize) {
        let mut swapping = self.swapping();
        swapping.keep = number;
        swapping.trim();
    }

    /// Frees replaced programs that no answer holds, on the calling thread; how many.
    ///
    /// A decision never frees a program, so somebody else must: [`compile`](Self::compile) does, and whoever
    /// watches a folder does. An engine that swaps rarely, and has much to free, may call it after a swap.
    pub fn free_replaced(&self) -> usize {
        let free = self.swapping().free();
        free.len()
    }

    /// What [`swap_guarded`](Self::swap_guarded) would hold against these rules.
    #[must_use]
    pub fn loss(&self, rules: &Rules) -> Loss {
        Outline::of(&self.program().rules).loss(&Outline::of(rules))
    }

    /// Stamps a program and lets it decide; the new generation, and what decided before.
    fn publish(&self, swapping: &mut Swapping, mut program: Program) -> (u64, Arc<Program>) {
        swapping.unfit = self.fill();
        self.board.keep(&self.program(), &program);
        let generation = self.generation() + 1;
        program.generation =
            if mutant!("swap_stamps_a_stale_generation") { generation - 1 } else { generation };
        (generation, self.program.swap(Arc::new(program)))
    }

    fn swapping(&self) -> MutexGuard<'_, Swapping> {
        self.swapping.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Fills what rules newly read from what customers brought earlier; how many values did not fit.
    fn fill(&self) -> u64 {
        let mut unfit = 0;
        let (slots, derived) = {
            let mut dictionary = self.dictionary.write().unwrap_or_else(PoisonError::into_inner);
            dictionary.take_stale()
        };
        if (slots.is_empty() && !derived) || mutant!("engine_swap_fills_nothing") {
            return unfit;
        }
        self.cache.sweep(|record| {
            // Read inside, so that a `put` on this customer came wholly before or comes wholly after.
            let dictionary = self.dictionary.read().unwrap_or_else(PoisonError::into_inner);
            for slot in slots.iter().filter_map(|slot| dictionary.get(*slot)) {
                unfit += u64::from(record.fill(slot));
            }
            if derived {
                record.derive(&dictionary, &self.zones);
            }
        });
        unfit
    }

    /// Which program decides now; grows with each swap.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.program.load().generation
    }

    /// Which rules decide now.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        self.program.load().fingerprint()
    }

    /// The program that decides now.
    #[must_use]
    pub fn program(&self) -> Arc<Program> {
        self.program.load_full()
    }

    /// Customers, generation, and what the last swap could not use.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let swapping = self.swapping();
        let held = |program: &&Arc<Program>| Arc::strong_count(program) > 1;
        Stats {
            customers: self.cache.len(),
            generation: self.generation(),
            unfit: swapping.unfit,
            retired: swapping.retired.iter().chain(&swapping.earlier).filter(held).count(),
            earlier: swapping.earlier.len(),
            clock_behind: self.promises.behind(),
        }
    }

    /// Takes an action out of every answer at once, without a change of rules; holds across swaps and
    /// rollbacks.
    ///
    /// An action is found by its name or an earlier one. Pausing a name that no action has is remembered.
    pub fn pause(&self, action: &str) {
        self.change_pauses(|paused| paused.insert(action.to_owned()));
    }

    /// Ends a pause; whether there was one.
    pub fn resume(&self, action: &str) -> bool {
        self.change_pauses(|paused| paused.remove(action))
    }

    /// What is paused, by name: for a host that keeps pauses across a restart.
    #[must_use]
    pub fn paused(&self) -> Vec<String> {
        self.paused.load().iter().cloned().collect()
    }

    fn change_pauses(&self, change: impl FnOnce(&mut BTreeSet<String>) -> bool) -> bool {
        let mut replaced = self.pausing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut paused = BTreeSet::clone(&self.paused.load());
        let changed = change(&mut paused);
        replaced.push(self.paused.swap(Arc::new(paused)));
        replaced.retain(|old| Arc::strong_count(old) > 1);
        changed
    }
}
