//! The one test binary. Each folder is a stage; `tests/README.md` has the seconds per promise.

mod check;
mod command;
mod differential;
mod engine;
mod ingest;
mod reference;
mod syntax;
mod workspaces;
