//! The example workspaces of `rules/`, the language page, and the engine on real customers.

#[allow(
    dead_code,
    reason = "the helper of every test on real data; some parts are used by other stages"
)]
pub(crate) mod data;
mod examples;
mod language_page;
mod readme;
mod real;
mod real_events;
mod real_replay;

use std::path::{Path, PathBuf};

use onward::check::{Checked, Context, check};
use onward::diagnostic::Diagnostics;
use onward::syntax::Source;

/// The package's own folder.
pub(crate) fn package() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The example workspaces, by folder, sorted.
pub(crate) fn workspaces() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = std::fs::read_dir(package().join("rules"))
        .expect("rules/ is there")
        .map(|entry| entry.expect("readable").path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    folders
}

/// Every file of a workspace that rules are made of, sorted by name; mappings are not among them.
pub(crate) fn sources(folder: &Path) -> Vec<Source> {
    let mut names = Vec::new();
    walk(folder, "", &mut names);
    names.sort();
    names
        .into_iter()
        .map(|name| {
            let bytes = std::fs::read(folder.join(&name)).expect("readable");
            Source::new(name, bytes)
        })
        .collect()
}

fn walk(folder: &Path, inside: &str, names: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).expect("readable") {
        let path = entry.expect("readable").path();
        let own = path.file_name().and_then(|name| name.to_str()).expect("a plain name");
        let name = if inside.is_empty() { own.to_owned() } else { format!("{inside}/{own}") };
        if path.is_dir() {
            walk(&path, &name, names);
        } else if ![".toml", ".jsonl"].iter().any(|ending| name.ends_with(ending)) {
            names.push(name);
        }
    }
}

/// Checks the workspace in `rules/NAME`.
pub(crate) fn check_example(name: &str) -> Checked {
    check(&sources(&package().join("rules").join(name)), &Context::default())
}

/// All problems, a line each, for a failing test's reader.
pub(crate) fn listed(problems: &Diagnostics) -> String {
    problems
        .iter()
        .map(|found| {
            let place = &found.primary;
            format!(
                "{} {}@{}: {} ({})\n",
                found.code, place.file, place.span.start, found.headline, place.text
            )
        })
        .collect()
}
