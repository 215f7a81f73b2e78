//! Planted faults that prove the tests: each must make a named test fail (`tests/mutants.md`).
//!
//! `mutant!("name")` is `false`, at no cost, unless the library was built with `--cfg mutants` and the
//! variable `ONWARD_MUTANT` names it. Never part of a normal build.

#[cfg(mutants)]
pub(crate) fn active(name: &str) -> bool {
    use std::sync::OnceLock;
    static CHOSEN: OnceLock<Option<String>> = OnceLock::new();
    CHOSEN.get_or_init(|| std::env::var("ONWARD_MUTANT").ok()).as_deref() == Some(name)
}

#[cfg(mutants)]
macro_rules! mutant {
    ($name:literal) => {
        crate::mutant::active($name)
    };
}

#[cfg(not(mutants))]
macro_rules! mutant {
    ($name:literal) => {
        false
    };
}

#[allow(unused_imports, reason = "stages use it as they get their mutants")]
pub(crate) use mutant;
