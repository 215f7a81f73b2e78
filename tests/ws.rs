//! local
#[path = "it/workspaces/mod.rs"]
mod workspaces;
