//! `onward demo`.

use crate::out::{Outcome, Run};

/// See the engine at work: no files needed.
#[derive(clap::Args)]
pub(crate) struct Args {}

pub(crate) fn run(_args: &Args) -> Run {
    Ok(Outcome::Good)
}
