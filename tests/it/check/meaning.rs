//! Actions, placements, content, governance and scenarios: one file per mistake, with what the author reads.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use onward::diagnostic::{Diagnostic, LineIndex, Severity, source_of};
use onward::{Context, Source, check};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/meaning")
}

/// The sources of a case: `--- file: PATH` starts a further one, `--- problems` ends them.
fn sources(case: &str, name: &str) -> (Vec<Source>, String) {
    let (text, expected) = case.split_once("--- problems\n").unwrap_or((case, ""));
    let mut files = vec![(format!("{name}.journey"), String::new())];
    for line in text.split_inclusive('\n') {
        match line.strip_prefix("--- file: ") {
            Some(path) => files.push((path.trim().to_owned(), String::new())),
            None => files.last_mut().unwrap().1.push_str(line),
        }
    }
    if !case.lines().any(|line| line.starts_with("workspace ")) {
        let base = std::fs::read_to_string(folder().join("_base.journey")).unwrap();
        files.push(("_base.journey".to_owned(), base));
    }
    let files = files.into_iter().map(|(name, text)| Source::new(name, text)).collect();
    (files, expected.to_owned())
}

fn plain(found: &Diagnostic, sources: &[Source]) -> String {
    let text = source_of(sources, &found.primary.file).map_or("", Source::text);
    let lines = LineIndex::new(text);
    let (from, to) = (
        lines.place(found.primary.span.start as usize),
        lines.place(found.primary.span.end as usize),
    );
    let severity = if found.severity == Severity::Error { "error" } else { "warning" };
    let mut out = String::new();
    writeln!(
        out,
        "{} {severity}  {}:{}:{}-{}:{}  {}",
        found.code, found.primary.file, from.line, from.column, to.line, to.column, found.headline
    )
    .unwrap();
    writeln!(out, "  why: {}", found.primary.text).unwrap();
    for other in &found.others {
        let text = source_of(sources, &other.file).map_or("", Source::text);
        let place = LineIndex::new(text).place(other.span.start as usize);
        writeln!(out, "  also: {}:{}:{}  {}", other.file, place.line, place.column, other.text)
            .unwrap();
    }
    for note in &found.notes {
        writeln!(out, "  note: {note}").unwrap();
    }
    for fix in &found.fixes {
        let sure = if fix.certain { "fix!" } else { "fix" };
        writeln!(out, "  {sure}: {}", fix.paste).unwrap();
    }
    out
}

fn run(name: &str) {
    let path = folder().join(format!("{name}.journey"));
    let case = std::fs::read_to_string(&path).unwrap();
    let (sources, expected) = sources(&case, name);
    let checked = check(&sources, &Context::default());
    let found: String = checked.diagnostics.iter().map(|one| plain(one, &sources)).collect();
    if std::env::var("UPDATE_EXPECT").is_ok_and(|v| v == "1") {
        let text = case.split_once("--- problems\n").map_or(case.as_str(), |(text, _)| text);
        std::fs::write(&path, format!("{text}--- problems\n{found}")).unwrap();
        return;
    }
    assert_eq!(found, expected, "{name}");
    assert_eq!(checked.rules.is_some(), !checked.diagnostics.has_errors());
}

macro_rules! cases {
    ($($name:ident),* $(,)?) => { $(#[test] fn $name() { run(stringify!($name)); })* };
}

cases!(
    actions,
    amounts,
    clean,
    complete,
    content_files,
    fallback,
    governance,
    languages,
    models,
    not_yet,
    placeholders,
    placements,
    rankings,
    scenarios,
    sms_too_long,
);
