//! Conditions as conjunctions: few of them, and what they leave open is verified on survivors.
//!
//! At most [`Expander::cap`] conjunctions an item. Beyond that the loosest `any` group is left out, which
//! lets too many customers through, and is verified as written on those that come through.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use super::BuildError;
use super::input::{Accept, Condition, LevelKind, Literal};
use super::passes::Passes;
use crate::mutant::mutant;

/// Every distinct [`Passes`], numbered.
#[derive(Debug, Default)]
pub(crate) struct Pool<'a> {
    pub(crate) passes: Vec<Passes>,
    ids: HashMap<Passes, u32, FixedState>,
    written: HashMap<&'a Accept, u32, FixedState>,
}

impl<'a> Pool<'a> {
    pub(crate) fn id(&mut self, passes: Passes) -> u32 {
        if let Some(id) = self.ids.get(&passes) {
            return *id;
        }
        let id = self.passes.len() as u32;
        self.passes.push(passes.clone());
        self.ids.insert(passes, id);
        id
    }

    /// The id of a literal's readings as the caller wrote them.
    pub(crate) fn written(&mut self, accept: &'a Accept) -> u32 {
        if let Some(id) = self.written.get(accept) {
            return *id;
        }
        let id = self.id(Passes::new(accept));
        self.written.insert(accept, id);
        id
    }

    pub(crate) fn get(&self, id: u32) -> Option<&Passes> {
        self.passes.get(id as usize)
    }

    fn combine(&mut self, a: u32, b: u32, or: bool) -> Option<u32> {
        let (left, right) = (self.get(a)?, self.get(b)?);
        let passes = if or { left.or(right) } else { left.and(right) }?;
        Some(self.id(passes))
    }
}

/// Tests that all must pass: at most one per level, sorted by level; and subtrees that are verified.
#[derive(Clone, Debug, Default)]
pub(crate) struct Conjunction<'a> {
    pub(crate) tests: Vec<(u32, u32)>,
    pub(crate) verify: Vec<&'a Condition>,
}

impl Conjunction<'_> {
    fn same(&self, other: &Self) -> bool {
        let same_trees = self.verify.len() == other.verify.len()
            && self.verify.iter().zip(&other.verify).all(|(a, b)| std::ptr::eq(*a, *b));
        same_trees && self.tests == other.tests
    }

    /// The share of customers that pass, by a rule of thumb: only the order of these matters.
    fn looseness(&self) -> f64 {
        0.4_f64.powi(self.tests.len().min(32) as i32)
    }
}

/// An `any` group of a list, with its own conjunctions.
struct Group<'a> {
    written: &'a Condition,
    conjunctions: Vec<Conjunction<'a>>,
}

/// Turns conditions into conjunctions. Recursion is as deep as the conditions nest.
#[derive(Debug)]
pub(crate) struct Expander<'a> {
    pub(crate) pool: Pool<'a>,
    pub(crate) levels: &'a [LevelKind],
    /// Most conjunctions an item becomes.
    pub(crate) cap: usize,
}

impl<'a> Expander<'a> {
    /// The conjunctions of one condition; none where it can never hold.
    pub(crate) fn expand(
        &mut self,
        condition: &'a Condition,
    ) -> Result<Vec<Conjunction<'a>>, BuildError> {
        self.expand_within(condition, self.cap)
    }

    fn expand_within(
        &mut self,
        condition: &'a Condition,
        cap: usize,
    ) -> Result<Vec<Conjunction<'a>>, BuildError> {
        match condition {
            Condition::Any(list) => self.any(condition, list, cap),
            other => self.all(other, cap),
        }
    }

    fn literal(&mut self, literal: &'a Literal) -> Result<u32, BuildError> {
        let id = self.pool.written(&literal.accept);
        let kind = self.levels.get(literal.level as usize);
        match (kind, self.pool.get(id)) {
            (None, _) => Err(BuildError::UnknownLevel { level: literal.level }),
            (Some(kind), Some(passes)) if passes.kind() != *kind => {
                Err(BuildError::OtherKind { level: literal.level })
            }
            _ => Ok(id),
        }
    }

    /// Adds a test; `false` where the conjunction can no longer hold.
    fn restrict(&mut self, into: &mut Conjunction<'a>, level: u32, id: u32) -> bool {
        let never = |pool: &Pool<'_>, id| pool.get(id).is_some_and(Passes::is_never);
        if never(&self.pool, id) {
            return false;
        }
        if self.pool.get(id).is_some_and(Passes::is_always) {
            return true;
        }
        match into.tests.binary_search_by_key(&level, |test| test.0) {
            Err(place) => into.tests.insert(place, (level, id)),
            Ok(place) => {
                if let Some(test) = into.tests.get_mut(place)
                    && let Some(both) = self.pool.combine(test.1, id, false)
                {
                    test.1 = both;
                    return !never(&self.pool, both);
                }
            }
        }
        true
    }

    /// Adds another conjunction; `false` where both cannot hold.
    fn join(&mut self, into: &mut Conjunction<'a>, other: &Conjunction<'a>) -> bool {
        for (level, id) in &other.tests {
            if !self.restrict(into, *level, *id) {
                return false;
            }
        }
        into.verify.extend_from_slice(&other.verify);
        true
    }

    fn all(
        &mut self,
        condition: &'a Condition,
        cap: usize,
    ) -> Result<Vec<Conjunction<'a>>, BuildError> {
        let mut base = Conjunction::default();
        let mut groups = Vec::new();
        if !self.collect(condition, cap, &mut base, &mut groups)? {
            return Ok(Vec::new());
        }
        let product = |groups: &[Group<'_>]| {
            groups.iter().fold(1_usize, |n, group| n.saturating_mul(group.conjunctions.len()))
        };
        while product(&groups) > cap {
            let looseness = |group: &Group<'_>| -> f64 {
                group.conjunctions.iter().map(Conjunction::looseness).sum()
            };
            let loosest = groups
                .iter()
                .enumerate()
                .max_by(|a, b| looseness(a.1).total_cmp(&looseness(b.1)))
                .map_or(0, |(place, _)| place);
            let group = groups.remove(loosest);
            if !mutant!("index_group_left_out_unverified") {
                base.verify.push(group.written);
            }
        }
        let mut found = vec![base];
        for group in &groups {
            let mut next: Vec<Conjunction<'a>> = Vec::new();
            for so_far in &found {
                for alternative in &group.conjunctions {
                    let mut both = so_far.clone();
                    if self.join(&mut both, alternative)
                        && !next.iter().any(|other| other.same(&both))
                    {
                        next.push(both);
                    }
                }
            }
            found = next;
        }
        Ok(found)
    }

    /// Gathers the tests and groups of nested lists; `false` where the list can never hold.
    fn collect(
        &mut self,
        condition: &'a Condition,
        cap: usize,
        base: &mut Conjunction<'a>,
        groups: &mut Vec<Group<'a>>,
    ) -> Result<bool, BuildError> {
        match condition {
            Condition::Literal(literal) => {
                let id = self.literal(literal)?;
                Ok(self.restrict(base, literal.level, id))
            }
            Condition::All(list) => {
                let mut possible = true;
                for entry in list {
                    possible &= self.collect(entry, cap, base, groups)?;
                }
                Ok(possible)
            }
            Condition::Any(list) => {
                let conjunctions = self.any(condition, list, cap)?;
                match &conjunctions[..] {
                    [] => Ok(false),
                    [only] => Ok(self.join(base, only)),
                    _ => {
                        groups.push(Group { written: condition, conjunctions });
                        Ok(true)
                    }
                }
            }
        }
    }

    fn any(
        &mut self,
        written: &'a Condition,
        list: &'a [Condition],
        cap: usize,
    ) -> Result<Vec<Conjunction<'a>>, BuildError> {
        let mut parts = Vec::with_capacity(list.len());
        for entry in list {
            parts.push((entry, self.expand_within(entry, cap)?));
        }
        // First as they are; if those are too many, each entry as one superset.
        for narrow in [false, true] {
            let mut found: Vec<Conjunction<'a>> = Vec::new();
            for (entry, part) in &parts {
                if narrow && part.len() > 1 {
                    self.absorb(&mut found, superset(part, entry));
                } else {
                    for conjunction in part {
                        self.absorb(&mut found, conjunction.clone());
                    }
                }
            }
            if found.len() <= cap {
                return Ok(found);
            }
        }
        Ok(vec![Conjunction { tests: Vec::new(), verify: vec![written] }])
    }

    /// Adds an alternative: two that test one level alone, and the same one, become one test.
    fn absorb(&mut self, found: &mut Vec<Conjunction<'a>>, new: Conjunction<'a>) {
        if found.iter().any(|other| other.same(&new)) {
            return;
        }
        if let ([(level, id)], []) = (&new.tests[..], &new.verify[..]) {
            for other in found.iter_mut() {
                if let ([(same, other_id)], []) = (&mut other.tests[..], &other.verify[..])
                    && same == level
                    && let Some(either) = self.pool.combine(*other_id, *id, true)
                {
                    *other_id = either;
                    return;
                }
            }
        }
        found.push(new);
    }
}

/// One conjunction for several: what they have in common, and the condition itself to be verified.
fn superset<'a>(part: &[Conjunction<'a>], written: &'a Condition) -> Conjunction<'a> {
    let Some((first, rest)) = part.split_first() else { return Conjunction::default() };
    let common = |test: &&(u32, u32)| rest.iter().all(|other| other.tests.contains(test));
    Conjunction {
        tests: first.tests.iter().filter(common).copied().collect(),
        verify: vec![written],
    }
}
