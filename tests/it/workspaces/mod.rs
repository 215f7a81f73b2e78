//! Whole workspaces, and real data.

pub(crate) mod data;
