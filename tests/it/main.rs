//! The one test binary. Each folder is a stage; `tests/README.md` has the seconds per promise.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::iter_over_hash_type,
    reason = "a test that cannot go on says so by panicking"
)]

mod check;
mod command;
mod differential;
mod engine;
mod house;
mod index;
mod ingest;
mod journeys;
mod map;
mod mutants;
mod play;
mod reference;
mod store;
mod swap;
mod syntax;
mod value;
mod workspaces;
