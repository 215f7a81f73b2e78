//! A folder of rule files as sources. Sizes are looked at before anything is read.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::Xxh3;

use crate::check::DATA_ENDINGS;
use crate::mutant::mutant;
use crate::syntax::{Limits, Source};

/// All files of one workspace together.
const TOTAL_BYTES: u64 = 256 << 20;
/// Files of one workspace.
const FILES: usize = 20_000;

/// What was read.
#[derive(Clone, Debug)]
pub struct Folder {
    /// Rule files and content, in order of their names.
    pub sources: Vec<Source>,
    /// The folder that the names of the sources start from, with all links followed.
    pub root: PathBuf,
}

/// Why a folder could not be read as a workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FolderError {
    /// A file or a folder could not be read: its path, and the reason.
    Unreadable(String, String),
    /// A file is not what it is named like: its name within the folder, and how.
    Refused(String, String),
    /// There are far too many files, or bytes: the path.
    TooMuch(String),
    /// There is no rule file: the path.
    NoRules(String),
}

impl std::fmt::Display for FolderError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unreadable(path, why) => write!(f, "cannot read `{path}`: {why}"),
            Self::Refused(name, why) => write!(f, "`{name}` {why}"),
            Self::TooMuch(path) => write!(
                f,
                "`{path}` has more than {FILES} files or {} MiB: is this the workspace folder?",
                TOTAL_BYTES >> 20
            ),
            Self::NoRules(path) => write!(f, "there is no .journey file in `{path}`"),
        }
    }
}

impl std::error::Error for FolderError {}

fn unreadable(path: &Path, why: impl ToString) -> FolderError {
    FolderError::Unreadable(path.to_string_lossy().into_owned(), why.to_string())
}

/// Reads a folder: rule files, and what they may name as content. Hidden files and data are passed over.
///
/// # Errors
/// [`FolderError`], at the first thing that makes the folder no workspace; what is wrong *in* a file is for
/// the check to say.
pub fn read_folder(path: &Path, limits: &Limits) -> Result<Folder, FolderError> {
    let at = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    let root = at.canonicalize().map_err(|error| unreadable(at, error))?;
    let hidden = |entry: &walkdir::DirEntry| {
        entry.depth() > 0 && entry.file_name().to_string_lossy().starts_with('.')
    };
    let walk = walkdir::WalkDir::new(&root).sort_by_file_name().into_iter();
    let (mut sources, mut total) = (Vec::new(), 0_u64);
    for entry in walk.filter_entry(|entry| !hidden(entry)) {
        let entry = entry.map_err(|error| {
            let why = error.io_error().map_or("a loop of links".to_owned(), ToString::to_string);
            unreadable(error.path().unwrap_or(&root), why)
        })?;
        let Some(name) = name_within(&root, entry.path()) else { continue };
        if let Some(source) = one(&root, &entry, name, limits)? {
            total = total.saturating_add(source.text().len() as u64);
            sources.push(source);
        }
        if sources.len() > FILES || total > TOTAL_BYTES {
            return Err(FolderError::TooMuch(path.to_string_lossy().into_owned()));
        }
    }
    if !sources.iter().any(|source| source.name().ends_with(".journey")) {
        return Err(FolderError::NoRules(path.to_string_lossy().into_owned()));
    }
    Ok(Folder { sources, root })
}

/// Whether a path, with all links followed, lies in a folder.
pub fn lies_within(root: &Path, path: &Path) -> bool {
    path.canonicalize().is_ok_and(|real| real.starts_with(root))
}

fn name_within(root: &Path, path: &Path) -> Option<String> {
    let relative = path.strip_prefix(root).ok()?;
    let parts: Vec<String> =
        relative.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    (!parts.is_empty()).then(|| parts.join("/"))
}

/// A source, `None` for what is none, an error for what pretends to be one.
fn one(
    root: &Path,
    entry: &walkdir::DirEntry,
    name: String,
    limits: &Limits,
) -> Result<Option<Source>, FolderError> {
    let path = entry.path();
    let extension =
        path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
    let is_rules = extension == "journey";
    let refuse = |why: String| Err(FolderError::Refused(name.clone(), why));
    if entry.path_is_symlink() && !lies_within(root, path) {
        return refuse("is a link that leaves the workspace folder (or leads nowhere)".to_owned());
    }
    let meta = match std::fs::metadata(path) {
        Ok(meta) => meta,
        Err(error) => return refuse(format!("cannot be read: {error}")),
    };
    if is_rules && !meta.is_file() {
        return refuse("is no file, though it is named like one".to_owned());
    }
    if is_rules && !name.ends_with(".journey") {
        return refuse("must end in `.journey`, in small letters".to_owned());
    }
    if !meta.is_file() || (!is_rules && DATA_ENDINGS.contains(&extension.as_str())) {
        return Ok(None);
    }
    let source = read_file(path, name, limits).map_err(|error| unreadable(path, error))?;
    // Pictures and other binaries are no content.
    let binary = source.text().bytes().take(8192).any(|byte| byte == 0);
    Ok((is_rules || !binary).then_some(source))
}

/// Reads one file, unless it is larger than its kind may be.
///
/// # Errors
/// What the system says.
pub fn read_file(path: &Path, name: String, limits: &Limits) -> std::io::Result<Source> {
    let limit = if name.ends_with(".journey") { limits.file_bytes } else { limits.content_bytes };
    let file = File::open(path)?;
    let size = file.metadata()?.len();
    if size > limit {
        return Ok(Source::refused(name, size));
    }
    let mut bytes = Vec::new();
    // It may have grown since.
    file.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Ok(Source::refused(name, bytes.len() as u64));
    }
    Ok(Source::new(name, bytes))
}

/// The rule files, and the content that they name: what else lies in the folder may change as it likes.
///
/// Named is what stands between two quotes, whichever two: more than the rules name, never less.
pub(super) fn that_matter(sources: &[Source]) -> impl Iterator<Item = &Source> {
    let rules = |source: &&Source| source.name().ends_with(".journey");
    let last = |name: &str| name.rsplit('/').next().unwrap_or(name).to_owned();
    let content = sources.iter().filter(|source| !rules(source));
    let known: BTreeSet<String> = content.map(|source| last(source.name())).collect();
    let mut named = BTreeSet::new();
    if !known.is_empty() {
        for source in sources.iter().filter(rules) {
            let quoted = source.text().split('"');
            let near = quoted.filter(|text| text.len() < 4096 && known.contains(&last(text)));
            named.extend(near.filter_map(|text| Some(source.resolve(text)?.into_owned())));
        }
    }
    sources.iter().filter(move |source| rules(source) || named.contains(source.name()))
}

/// What stands in the files that matter, under their names.
pub(super) fn content_hash(sources: &[Source]) -> u128 {
    let mut hash = Xxh3::new();
    for source in that_matter(sources) {
        for part in [source.name(), source.text()] {
            hash.update(&(part.len() as u64).to_le_bytes());
            if !mutant!("watch_compares_names_and_lengths") {
                hash.update(part.as_bytes());
            }
        }
        // Of these the text is not the whole truth.
        hash.update(&source.bytes().to_le_bytes());
        hash.update(&source.bad_utf8_at().map_or(u64::MAX, |at| at as u64).to_le_bytes());
    }
    hash.digest128()
}
