//! What several threads read with at once: forks of one scope, and what each of them notes.
//!
//! What is declared is shared and does not change any more. References and marks are a fork's own, and so is an
//! allowance as large as the whole: who shares out looks afterwards whether all together kept to it.

use std::cell::Cell;
use std::collections::{BTreeSet, HashMap};
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use foldhash::fast::FixedState;

use super::scope::{Declared, Scope};
use crate::mutant::mutant;
use crate::syntax::Span;

/// What forks of a scope begin with.
#[derive(Debug)]
pub(crate) struct Seed<'a> {
    declared: Arc<Declared<'a>>,
    marks: Vec<Arc<Places>>,
    comparisons: usize,
    touched: usize,
}

/// (Place of the file among the sources, line, column) → where it stands; looked up, never walked.
type Places = HashMap<(usize, u32, u32), Span, FixedState>;

/// What a scope has marked, and what was marked before it was forked.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    before: Vec<Arc<Places>>,
    own: Places,
}

impl Marks {
    pub(super) fn put(&mut self, at: (usize, u32, u32), span: Span) {
        self.own.insert(at, span);
    }

    pub(super) fn get(&self, at: (usize, u32, u32)) -> Span {
        let before = || self.before.iter().find_map(|places| places.get(&at));
        self.own.get(&at).or_else(before).copied().unwrap_or_default()
    }
}

/// Who refers to whom, each as `kind name`.
#[derive(Debug, Default)]
pub(crate) struct References {
    /// The user, and the number of what it uses.
    all: Vec<(Arc<str>, u32)>,
    names: Vec<String>,
    /// Looked up, never walked.
    numbers: HashMap<String, u32, FixedState>,
}

impl References {
    pub(super) fn add(&mut self, user: &str, used: &str) {
        let number = self.number(used);
        let same = self.all.last().filter(|last| *last.0 == *user);
        let user = same.map_or_else(|| Arc::from(user), |last| Arc::clone(&last.0));
        self.all.push((user, number));
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// Forgets all but the first ones.
    pub(super) fn truncate(&mut self, length: usize) {
        self.all.truncate(length);
    }

    fn number(&mut self, name: &str) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        self.names.push(name.to_owned());
        self.numbers.insert(name.to_owned(), number);
        number
    }

    /// Takes over what a fork noted.
    pub(crate) fn absorb(&mut self, other: Self) {
        let numbers: Vec<u32> = other.names.iter().map(|name| self.number(name)).collect();
        let number = |old: u32| match numbers.get(old as usize) {
            Some(number) if !mutant!("check_forks_number_references_alike") => *number,
            _ => old,
        };
        self.all.extend(other.all.into_iter().map(|(user, used)| (user, number(used))));
    }

    /// (User, used), each pair once.
    pub(crate) fn pairs(&self) -> BTreeSet<(String, String)> {
        let name = |number: u32| self.names.get(number as usize).map_or("", String::as_str);
        let mut all: Vec<(&str, &str)> = Vec::with_capacity(self.all.len());
        // What stands together is of one user, and users mostly stand in order: little is left to be sorted.
        let mut used_by_one: Vec<(&str, u32)> = Vec::new();
        for group in self.all.chunk_by(|a, b| Arc::ptr_eq(&a.0, &b.0)) {
            let Some((user, _)) = group.first() else { continue };
            used_by_one.clear();
            used_by_one.extend(group.iter().map(|(_, used)| (name(*used), *used)));
            used_by_one.sort_unstable();
            used_by_one.dedup_by_key(|pair| pair.1);
            all.extend(used_by_one.iter().map(|pair| (&**user, pair.0)));
        }
        all.sort();
        all.dedup();
        all.into_iter().map(|(user, used)| (user.to_owned(), used.to_owned())).collect()
    }
}

impl<'a> Deref for Scope<'a> {
    type Target = Declared<'a>;

    fn deref(&self) -> &Declared<'a> {
        &self.declared
    }
}

impl DerefMut for Scope<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        Arc::make_mut(&mut self.declared)
    }
}

impl<'a> Seed<'a> {
    /// A scope of its own, with all that is declared and the whole allowance.
    pub(crate) fn fork(&self) -> Scope<'a> {
        Scope {
            declared: Arc::clone(&self.declared),
            filtered: None,
            entered: None,
            references: References::default(),
            marks: Marks { before: self.marks.clone(), own: Places::default() },
            comparisons: Cell::new(self.comparisons),
            unsought: Cell::new(false),
            touched: Cell::new(self.touched),
            file: Cell::new(0),
            fork: Some(false),
        }
    }

    /// How much of the allowances a fork has used: comparisons of names, and values touched.
    pub(crate) fn used_by(&self, fork: &Scope<'_>) -> (usize, usize) {
        let comparisons = self.comparisons.saturating_sub(fork.comparisons.get());
        (comparisons, self.touched.saturating_sub(fork.touched.get()))
    }
}

impl<'a> Scope<'a> {
    /// What forks begin with. What was marked so far is theirs too.
    pub(crate) fn seed(&mut self) -> Seed<'a> {
        self.marks.before.push(Arc::new(std::mem::take(&mut self.marks.own)));
        Seed {
            declared: Arc::clone(&self.declared),
            marks: self.marks.before.clone(),
            comparisons: self.comparisons.get(),
            touched: self.touched.get(),
        }
    }

    /// Takes so much off the allowances: comparisons of names, and values touched; `false` where they have less
    /// than twice that, and nothing is taken.
    pub(crate) fn spend(&self, (comparisons, touched): (usize, usize)) -> bool {
        let left = |of: &Cell<usize>, used: usize| {
            let enough = used <= of.get() / 2;
            enough.then(|| of.get() - used)
        };
        let (Some(names), Some(values)) =
            (left(&self.comparisons, comparisons), left(&self.touched, touched))
        else {
            return false;
        };
        self.comparisons.set(names);
        self.touched.set(values);
        true
    }

    /// Whether something can be declared here. A fork cannot, and says so once it is through.
    pub(crate) fn may_declare(&mut self) -> bool {
        self.fork = self.fork.map(|_| true);
        self.fork.is_none()
    }

    /// For a fork: whether it had to declare something since it was asked last. Forgets its marks.
    pub(crate) fn has_given_up(&mut self) -> bool {
        self.marks.own.clear();
        self.fork.replace(false).unwrap_or(false)
    }

    /// All that is declared, once nothing is left to be read.
    pub(crate) fn into_declared(self) -> Declared<'a> {
        Arc::unwrap_or_clone(self.declared)
    }
}
