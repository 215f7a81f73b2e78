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

#[test]
fn the_fingerprint_hangs_on_what_is_said_and_on_content() {
    let of = |files: &[(&str, &str)]| {
        checked(files, &Context::default()).rules.map(|rules| rules.fingerprint).unwrap()
    };
    let plain = of(&[("a.journey", WORLD), ("b.journey", OFFER), ("fr.html", "Salut")]);
    let mut lines: Vec<&str> = WORLD.trim().lines().collect();
    lines.reverse();
    let turned = format!("# turned\n{OFFER}\n{}", lines.join("\n\n"));
    assert_eq!(of(&[("fr.html", "Salut"), ("c.journey", &turned)]), plain);
    let other_order =
        OFFER.replace("value: EUR 20, propensity: m", "propensity: m\n  value: EUR 20");
    assert_eq!(
        of(&[("a.journey", WORLD), ("b.journey", &other_order), ("fr.html", "Salut")]),
        plain
    );
    let moved = OFFER.replace("fr.html", "../fr.html");
    assert_eq!(
        of(&[("a.journey", WORLD), ("deep/b.journey", &moved), ("fr.html", "Salut")]),
        plain
    );
    assert_ne!(of(&[("a.journey", WORLD), ("b.journey", OFFER), ("fr.html", "Salut !")]), plain);
    let with_notes =
        [("a.journey", WORLD), ("b.journey", OFFER), ("fr.html", "Salut"), ("README.md", "Notes")];
    assert_eq!(of(&with_notes), plain, "what no rule names is no part of the rules");
    let dearer = OFFER.replace("EUR 20", "EUR 21");
    assert_ne!(of(&[("a.journey", WORLD), ("b.journey", &dearer), ("fr.html", "Salut")]), plain);
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
