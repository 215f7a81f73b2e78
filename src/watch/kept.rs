//! The last good rules on disk, and the pauses: a restart after a bad file serves what served before.
//!
//! One file holds everything, with a version and a checksum, and is replaced as a whole; the one before it is
//! kept beside it. What was found good once is checked again as of that day, so that it is good again.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_128;

use super::folder::that_matter;
use crate::check::Rules;
use crate::check::rules::{Fingerprint, Manifest};
use crate::engine::Outline;
use crate::mutant::mutant;
use crate::syntax::Source;
use crate::value::Timestamp;

const NEWEST: &str = "last_good.onward";
const BEFORE: &str = "last_good.before.onward";
const PAUSES: &str = "paused.onward";
const RULES_FORMAT: &str = "onward last good rules, format 1";
const PAUSES_FORMAT: &str = "onward paused actions, format 1";

/// Rules that were found good, with what the check knew then.
#[derive(Clone, Debug)]
pub(super) struct LastGood {
    pub(super) sources: Vec<Source>,
    pub(super) about: About,
}

/// What is said of kept rules before their text.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct About {
    /// When they were found good.
    pub(super) found: Timestamp,
    pub(super) fingerprint: Fingerprint,
    /// What the check was told of the rules before them.
    pub(super) previous: Option<Manifest>,
    /// What the check of the next rules is told of them.
    pub(super) manifest: Manifest,
    /// What the guard compares the next rules with.
    pub(super) outline: Outline,
    /// Name and length of each file, in order.
    files: Vec<(String, u64)>,
}

/// Why kept rules could not be read or written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeptError {
    /// The system says no.
    #[error("`{0}`: {1}")]
    System(String, String),
    /// The file is not as it was written.
    #[error("`{0}` is damaged")]
    Damaged(String),
    /// Another release wrote it in another form.
    #[error(
        "`{0}` was written by another release of onward, in a form that this one does not read"
    )]
    Version(String),
}

impl LastGood {
    pub(super) fn new(
        sources: &[Source],
        rules: &Rules,
        previous: Option<Manifest>,
        found: Timestamp,
    ) -> Self {
        let sources: Vec<Source> = that_matter(sources).cloned().collect();
        let files = sources.iter().map(|s| (s.name().to_owned(), s.text().len() as u64)).collect();
        let about = About {
            found,
            fingerprint: rules.fingerprint,
            previous,
            manifest: rules.manifest.clone(),
            outline: Outline::of(rules),
            files,
        };
        Self { sources, about }
    }

    /// Replaces what was kept; the file before it stays beside it.
    pub(super) fn write(&self, folder: &Path) -> Result<(), KeptError> {
        let mut body = serde_json::to_vec(&self.about)
            .map_err(|error| system(folder, &std::io::Error::other(error)))?;
        body.push(b'\n');
        for source in &self.sources {
            body.extend_from_slice(source.text().as_bytes());
        }
        let newest = folder.join(NEWEST);
        // Only what can be read is worth keeping as the one before.
        let worth = read_sealed(&newest, RULES_FORMAT).is_ok_and(|found| found.is_some());
        write_sealed(folder, NEWEST, RULES_FORMAT, &body, worth.then_some(BEFORE))
    }

    /// What was kept, or the one before where the newest is damaged; with the damage.
    pub(super) fn read(folder: &Path) -> (Option<Self>, Option<KeptError>) {
        match Self::read_one(&folder.join(NEWEST)) {
            Ok(Some(found)) => (Some(found), None),
            newest => {
                let before = Self::read_one(&folder.join(BEFORE));
                let trouble = newest.err();
                match before {
                    Ok(found) => (found, trouble),
                    Err(more) => (None, trouble.or(Some(more))),
                }
            }
        }
    }

    fn read_one(path: &Path) -> Result<Option<Self>, KeptError> {
        let Some(body) = read_sealed(path, RULES_FORMAT)? else { return Ok(None) };
        let damaged = || KeptError::Damaged(shown(path));
        let end = body.iter().position(|byte| *byte == b'\n').ok_or_else(damaged)?;
        let (head, text) = body.split_at_checked(end).ok_or_else(damaged)?;
        let about: About = serde_json::from_slice(head).map_err(|_| damaged())?;
        let mut text = text.get(1..).ok_or_else(damaged)?;
        let mut sources = Vec::new();
        for (name, length) in &about.files {
            let length = usize::try_from(*length).map_err(|_| damaged())?;
            let (own, rest) = text.split_at_checked(length).ok_or_else(damaged)?;
            sources.push(Source::new(name.clone(), own));
            text = rest;
        }
        Ok(Some(Self { sources, about }))
    }
}

/// Keeps what is paused.
pub(super) fn write_pauses(folder: &Path, paused: &[String]) -> Result<(), KeptError> {
    let body = serde_json::to_vec(paused)
        .map_err(|error| system(folder, &std::io::Error::other(error)))?;
    write_sealed(folder, PAUSES, PAUSES_FORMAT, &body, None)
}

/// What was paused.
pub(super) fn read_pauses(folder: &Path) -> Result<Vec<String>, KeptError> {
    let path = folder.join(PAUSES);
    let Some(body) = read_sealed(&path, PAUSES_FORMAT)? else { return Ok(Vec::new()) };
    serde_json::from_slice(&body).map_err(|_| KeptError::Damaged(shown(&path)))
}

/// The body of a file whose checksum fits; `None` where there is no file.
fn read_sealed(path: &Path, format: &str) -> Result<Option<Vec<u8>>, KeptError> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(system(path, &error)),
    };
    let damaged = || KeptError::Damaged(shown(path));
    let mut parts = bytes.splitn(3, |byte| *byte == b'\n');
    let (Some(first), Some(sum), Some(body)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(damaged());
    };
    let (kind, _) = format.rsplit_once(' ').unwrap_or((format, ""));
    if first != format.as_bytes() {
        let ours = first.starts_with(kind.as_bytes());
        return Err(if ours { KeptError::Version(shown(path)) } else { damaged() });
    }
    if sum != checksum(body).as_bytes() && !mutant!("kept_rules_are_not_summed") {
        return Err(damaged());
    }
    Ok(Some(body.to_vec()))
}

fn checksum(body: &[u8]) -> String {
    format!("{:032x}", xxh3_128(body))
}

/// Whoever reads sees the old file or the new one, never half, and after a power cut too.
fn write_sealed(
    folder: &Path,
    name: &str,
    format: &str,
    body: &[u8],
    before: Option<&str>,
) -> Result<(), KeptError> {
    let path = folder.join(name);
    let beside = folder.join(format!(".{name}.{}.tmp", std::process::id()));
    let write = || -> std::io::Result<()> {
        std::fs::create_dir_all(folder)?;
        let mut file = File::create(&beside)?;
        file.write_all(format!("{format}\n{}\n", checksum(body)).as_bytes())?;
        file.write_all(body)?;
        file.sync_all()?;
        if let Some(before) = before {
            std::fs::rename(&path, folder.join(before))?;
        }
        std::fs::rename(&beside, &path)?;
        sync_folder(folder)
    };
    write().map_err(|error| {
        let _ = std::fs::remove_file(&beside);
        system(&path, &error)
    })
}

/// Makes a rename last. Where folders cannot be opened there is nothing to be done.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> std::io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> std::io::Result<()> {
    Ok(())
}

fn system(path: &Path, error: &std::io::Error) -> KeptError {
    KeptError::System(shown(path), error.to_string())
}

fn shown(path: &Path) -> String {
    PathBuf::from(path).to_string_lossy().into_owned()
}
