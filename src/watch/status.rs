//! What a host can read: which rules serve, and what is wrong with those that do not.

use std::sync::Arc;

use super::folder::FolderError;
use super::kept::KeptError;
use crate::check::rules::Fingerprint;
use crate::diagnostic::Diagnostics;
use crate::engine::{Engine, Loss};
use crate::syntax::Source;
use crate::value::Timestamp;

/// Where the rules that serve came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Serving {
    /// The watched folder.
    Folder,
    /// The last good rules on disk: at the start the folder's were bad.
    LastGood,
    /// The host: rules it built the engine with, swapped in or rolled back to.
    Host,
}

/// Which rules serve, and what of the folder does not.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Status {
    /// The rules that serve: the last good ones.
    pub fingerprint: Fingerprint,
    /// Under which number.
    pub generation: u64,
    /// Since when, by the host's clock.
    pub since: Timestamp,
    /// Where they came from.
    pub serving: Serving,
    /// Why the folder does not serve as it stands; absent where it does.
    pub problem: Option<Problem>,
    /// When the folder was last tried, by the host's clock.
    pub tried: Timestamp,
    /// Why the rules that serve are not kept on disk, though they should be. Tried again with each poll.
    pub not_kept: Option<KeptError>,
    /// What was wrong with the kept rules at the start.
    pub kept_trouble: Option<KeptError>,
    /// Whether file events come; without, changes are found with the next poll.
    pub events: bool,
    /// How often rules were checked and compiled.
    pub compiles: u64,
    /// How often the folder was read.
    pub looks: u64,
}

impl Status {
    pub(super) fn new(engine: &Engine, serving: Serving, now: Timestamp) -> Self {
        Self {
            fingerprint: engine.fingerprint(),
            generation: engine.generation(),
            since: now,
            serving,
            problem: None,
            tried: now,
            not_kept: None,
            kept_trouble: None,
            events: false,
            compiles: 0,
            looks: 0,
        }
    }
}

/// One sentence for a log: `the last good rules go on serving (generation 3, ...): ...`.
impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (generation, fingerprint, since) = (self.generation, self.fingerprint, self.since);
        match &self.problem {
            None => {
                write!(f, "rules {fingerprint} serve (generation {generation}, since {since})")?
            }
            Some(problem) => write!(
                f,
                "the last good rules go on serving ({fingerprint}, generation {generation}, since {since}): \
                 {problem}"
            )?,
        }
        if let Some(trouble) = &self.kept_trouble {
            write!(f, "; of the rules kept on disk: {trouble}")?;
        }
        if let Some(trouble) = &self.not_kept {
            write!(f, "; they are not kept for a restart: {trouble}")?;
        }
        Ok(())
    }
}

/// Why the rules of the folder do not serve.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Problem {
    /// The folder could not be read.
    Folder(FolderError),
    /// What stands there is wrong: every problem, and the sources to draw it with.
    Rules(Diagnostics, Arc<[Source]>),
    /// The guard refuses it; [`Watch::force`](super::Watch::force) takes it all the same.
    Loses(Loss),
    /// The files have not been still for two reads in a row.
    Restless,
    /// A fault of this library, caught: the watching goes on.
    Internal(String),
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Folder(error) => error.fmt(f),
            Self::Rules(found, _) => {
                let errors =
                    found.iter().filter(|d| d.severity == crate::diagnostic::Severity::Error);
                let first = errors.clone().next();
                let first = first.map(|d| format!("{}: {} {}", d.primary.file, d.code, d.headline));
                write!(f, "{}", first.unwrap_or_default())?;
                match errors.count() {
                    0 | 1 => Ok(()),
                    many => write!(f, ", and {} more", many - 1),
                }
            }
            Self::Loses(loss) => {
                write!(f, "{loss}; if this is meant, force the set {}", loss.fingerprint)
            }
            Self::Restless => f.write_str("the files of the folder keep changing"),
            Self::Internal(why) => write!(f, "a fault within onward: {why}"),
        }
    }
}

/// Why there is nothing to serve.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The folder's rules are bad, and no last good ones can be read.
    #[error("there are no rules to serve: {problem}{}", no_last(.trouble.as_ref()))]
    Nothing {
        /// What is wrong with the folder.
        problem: Box<Problem>,
        /// What is wrong with the kept rules; absent where none are kept.
        trouble: Option<KeptError>,
    },
    /// The folder's rules are bad, and the last good ones are none for this release.
    #[error(
        "there are no rules to serve: {problem}; and the last good ones are good no longer: {last}"
    )]
    Both {
        /// What is wrong with the folder.
        problem: Box<Problem>,
        /// What is wrong with the kept rules.
        last: Box<Problem>,
    },
    /// It cannot be read which actions are paused: to go on would show what somebody stopped.
    #[error("it is not known which actions are paused: {0}; delete that file to start with none")]
    Pauses(KeptError),
}

fn no_last(trouble: Option<&KeptError>) -> String {
    match trouble {
        Some(trouble) => format!("; of the last good ones: {trouble}"),
        None => "; no last good ones are kept".to_owned(),
    }
}
