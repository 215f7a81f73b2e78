//! local
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "local")]
#[path = "it/workspaces/mod.rs"]
mod workspaces;
