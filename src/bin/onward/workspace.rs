//! A folder of rule files, or one file, as sources.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};

use onward::Source;
use onward::syntax::Limits;
use onward::watch::{Folder, FolderError, lies_within, read_file, read_folder};

use crate::out::{Run, Stop, nearest, tame, usage};

/// What was read.
pub(crate) struct Workspace {
    /// Rule files and content, in order of their names.
    pub(crate) sources: Vec<Source>,
    /// The folder that the names of the sources start from.
    root: PathBuf,
}

impl Workspace {
    /// Reads a folder, or a single `.journey` file with the content files it names.
    pub(crate) fn read(path: &Path) -> Run<Self> {
        let meta = match std::fs::metadata(path) {
            Ok(meta) => meta,
            Err(error) => return Err(missing(path, &error)),
        };
        if meta.is_dir() {
            return folder(path);
        }
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        match name {
            Some(name) if meta.is_file() && name.ends_with(".journey") => single(path, name),
            _ => usage(format!(
                "`{}` is neither a folder nor a .journey file",
                tame(&path.to_string_lossy())
            )),
        }
    }

    /// Only the rule files.
    pub(crate) fn rule_files(&self) -> impl Iterator<Item = &Source> {
        self.sources.iter().filter(|source| source.name().ends_with(".journey"))
    }

    /// Replaces a file at once: whoever reads it sees the old text or the new, never half.
    pub(crate) fn write(&self, name: &str, text: &str) -> Run<()> {
        let path = self.root.join(name);
        let told =
            |error: std::io::Error| Stop::Usage(format!("cannot write `{}`: {error}", tame(name)));
        // A link stays a link: what it points to is replaced.
        let path = path.canonicalize().map_err(told)?;
        let permissions = std::fs::metadata(&path).map_err(told)?.permissions();
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let beside = path.with_file_name(format!(".{file}.{}.tmp", std::process::id()));
        let done = std::fs::write(&beside, text)
            .and_then(|()| std::fs::set_permissions(&beside, permissions))
            .and_then(|()| File::open(&beside)?.sync_all())
            .and_then(|()| std::fs::rename(&beside, &path));
        if done.is_err() {
            let _ = std::fs::remove_file(&beside);
        }
        done.map_err(told)
    }
}

fn missing(path: &Path, error: &std::io::Error) -> Stop {
    let shown = tame(&path.to_string_lossy());
    if error.kind() != std::io::ErrorKind::NotFound {
        return Stop::Usage(format!("cannot read `{shown}`: {error}"));
    }
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let siblings: BTreeSet<String> = std::fs::read_dir(parent.unwrap_or(Path::new(".")))
        .map(|entries| {
            entries
                .flatten()
                .map(|entry| entry.file_name().to_string_lossy().into_owned())
                .collect()
        })
        .unwrap_or_default();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Stop::Usage(format!(
        "there is no `{shown}`{}",
        nearest(&name, siblings.iter().map(String::as_str))
    ))
}

fn single(path: &Path, name: String) -> Run<Workspace> {
    let root = path.parent().map(Path::to_owned).unwrap_or_default();
    let rules = read(path, name)?;
    let mut sources = Vec::new();
    for reference in references(rules.text()) {
        let Some(name) = rules.resolve(&reference) else { continue };
        let path = root.join(name.as_ref());
        let inside = std::fs::metadata(&path).is_ok_and(|meta| meta.is_file())
            && lies_within(&root_of(&root)?, &path);
        if inside && !name.ends_with(".journey") {
            sources.push(read(&path, name.into_owned())?);
        }
    }
    sources.push(rules);
    sources.sort_by(|a, b| a.name().cmp(b.name()));
    sources.dedup_by(|a, b| a.name() == b.name());
    Ok(Workspace { sources, root })
}

/// What `file "..."` names, found by its look: reading the rules properly is not this file's business.
fn references(text: &str) -> BTreeSet<String> {
    text.split("file \"")
        .skip(1)
        .filter_map(|rest| rest.split_once('"'))
        .map(|(name, _)| name.to_owned())
        .collect()
}

fn root_of(root: &Path) -> Run<PathBuf> {
    let root = if root.as_os_str().is_empty() { Path::new(".") } else { root };
    root.canonicalize().map_err(|error| {
        Stop::Usage(format!("cannot read `{}`: {error}", tame(&root.to_string_lossy())))
    })
}

fn folder(path: &Path) -> Run<Workspace> {
    match read_folder(path, &Limits::default()) {
        Ok(Folder { sources, root }) => Ok(Workspace { sources, root }),
        Err(error) => {
            let first = match error {
                FolderError::NoRules(_) => "; `onward --help` shows a first one",
                _ => "",
            };
            usage(format!("{}{first}", tame(&error.to_string())))
        }
    }
}

fn read(path: &Path, name: String) -> Run<Source> {
    read_file(path, name, &Limits::default()).map_err(|error| {
        Stop::Usage(format!("cannot read `{}`: {error}", tame(&path.to_string_lossy())))
    })
}
