//! A folder of rule files, or one file, as sources. Sizes are looked at before anything is read.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use onward::Source;
use onward::check::DATA_ENDINGS;
use onward::syntax::Limits;

use crate::out::{Run, Stop, nearest, tame, usage};

/// All files of one workspace together.
const TOTAL_BYTES: u64 = 256 << 20;
/// Files of one workspace.
const FILES: usize = 20_000;

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
            && within(&root_of(&root)?, &path);
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

fn within(root: &Path, path: &Path) -> bool {
    path.canonicalize().is_ok_and(|real| real.starts_with(root))
}

fn folder(path: &Path) -> Run<Workspace> {
    let root = root_of(path)?;
    let hidden = |entry: &walkdir::DirEntry| {
        entry.depth() > 0 && entry.file_name().to_string_lossy().starts_with('.')
    };
    let walk = walkdir::WalkDir::new(&root).sort_by_file_name().into_iter();
    let (mut sources, mut total) = (Vec::new(), 0_u64);
    for entry in walk.filter_entry(|entry| !hidden(entry)) {
        let entry = entry.map_err(|error| {
            let at = error.path().map(|at| tame(&at.to_string_lossy())).unwrap_or_default();
            Stop::Usage(format!(
                "cannot read `{at}`: {}",
                error.io_error().map_or("a loop of links".to_owned(), ToString::to_string)
            ))
        })?;
        let Some(name) = name_within(&root, entry.path()) else { continue };
        if let Some(source) = one(&root, &entry, name)? {
            total = total.saturating_add(source.text().len() as u64);
            sources.push(source);
        }
        if sources.len() > FILES || total > TOTAL_BYTES {
            return usage(format!(
                "`{}` has more than {FILES} files or {} MiB: is this the workspace folder?",
                tame(&path.to_string_lossy()),
                TOTAL_BYTES >> 20
            ));
        }
    }
    let workspace = Workspace { sources, root };
    if workspace.rule_files().next().is_none() {
        return usage(format!(
            "there is no .journey file in `{}`; `onward --help` shows a first one",
            tame(&path.to_string_lossy())
        ));
    }
    Ok(workspace)
}

fn name_within(root: &Path, path: &Path) -> Option<String> {
    let relative = path.strip_prefix(root).ok()?;
    let parts: Vec<String> =
        relative.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    (!parts.is_empty()).then(|| parts.join("/"))
}

/// A source, `None` for what is none, an error for what pretends to be one.
fn one(root: &Path, entry: &walkdir::DirEntry, name: String) -> Run<Option<Source>> {
    let path = entry.path();
    let extension =
        path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
    let is_rules = extension == "journey";
    let refuse = |why: &str| usage(format!("`{}` {why}", tame(&name)));
    if entry.path_is_symlink() && !within(root, path) {
        return refuse("is a link that leaves the workspace folder (or leads nowhere)");
    }
    let meta = match std::fs::metadata(path) {
        Ok(meta) => meta,
        Err(error) => return refuse(&format!("cannot be read: {error}")),
    };
    if is_rules && !meta.is_file() {
        return refuse("is no file, though it is named like one");
    }
    if is_rules && !name.ends_with(".journey") {
        return refuse("must end in `.journey`, in small letters");
    }
    if !meta.is_file() || (!is_rules && DATA_ENDINGS.contains(&extension.as_str())) {
        return Ok(None);
    }
    let source = read(path, name)?;
    // Pictures and other binaries are no content.
    let binary = source.text().bytes().take(8192).any(|byte| byte == 0);
    Ok((is_rules || !binary).then_some(source))
}

fn read(path: &Path, name: String) -> Run<Source> {
    let Limits { file_bytes, content_bytes, .. } = Limits::default();
    let limit = if name.ends_with(".journey") { file_bytes } else { content_bytes };
    let told = |error: std::io::Error| {
        Stop::Usage(format!("cannot read `{}`: {error}", tame(&path.to_string_lossy())))
    };
    let file = File::open(path).map_err(told)?;
    let size = file.metadata().map_err(told)?.len();
    if size > limit {
        return Ok(Source::refused(name, size));
    }
    let mut bytes = Vec::new();
    // It may have grown since.
    file.take(limit + 1).read_to_end(&mut bytes).map_err(told)?;
    if bytes.len() as u64 > limit {
        return Ok(Source::refused(name, bytes.len() as u64));
    }
    Ok(Source::new(name, bytes))
}
