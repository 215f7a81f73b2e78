//! Runs the files under `tests/cases/check`, `journeys`, `limits` and `meaning`.
//!
//! A case is the text of `rules.journey`; `--- file: retail/x.journey` begins a further file, `--- today:
//! 2027-01-01` sets the day, and what stands behind `--- problems` is expected word for word. A case without
//! a workspace stands on `base.journey`. `UPDATE_EXPECT=1` writes the last block anew.

use std::fmt::Write;
use std::path::PathBuf;

use onward::check::Context;
use onward::diagnostic::{Diagnostic, Diagnostics, LineIndex, Severity, source_of};
use onward::value::Date;
use onward::{Source, check};

const PROBLEMS: &str = "--- problems\n";

/// One case file.
pub(crate) struct Case {
    path: PathBuf,
    text: String,
    pub(crate) sources: Vec<Source>,
    pub(crate) context: Context,
    expected: String,
}

/// The cases of a folder under `tests/cases`, in order of their names.
pub(crate) fn cases(folder: &str) -> Vec<Case> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(folder);
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.retain(|path| path.extension().is_some_and(|e| e == "journey"));
    paths.into_iter().map(read).collect()
}

fn read(path: PathBuf) -> Case {
    let text = std::fs::read_to_string(&path).unwrap();
    let (rules, expected) = text.split_once(PROBLEMS).unwrap_or((&text, ""));
    let of_journeys = path.parent().is_some_and(|folder| folder.ends_with("journeys"));
    let mut context = Context { unplayed: of_journeys, ..Context::default() };
    let mut files: Vec<(String, String)> = vec![("rules.journey".into(), String::new())];
    for line in rules.lines() {
        if let Some(name) = line.strip_prefix("--- file: ") {
            files.push((name.trim().to_owned(), String::new()));
        } else if let Some(day) = line.strip_prefix("--- today: ") {
            context.today = Some(Date::parse(day.trim()).unwrap());
        } else {
            let (_, text) = files.last_mut().unwrap();
            text.push_str(line);
            text.push('\n');
        }
    }
    if !rules.contains("workspace ") {
        files.push(("base.journey".into(), super::BASE.into()));
    }
    if of_journeys && !rules.contains("workspace ") {
        files.push(("shop.journey".into(), super::journeys::SHOP.into()));
    }
    let sources = files.into_iter().map(|(name, text)| Source::new(name, text)).collect();
    let (text, expected) = (rules.to_owned(), expected.to_owned());
    Case { path, text, sources, context, expected }
}

/// Every problem in lines that a person can review.
pub(crate) fn render(found: &Diagnostics, sources: &[Source]) -> String {
    let mut out = String::new();
    for problem in found {
        let place = |file: &str, at: u32| {
            let text = source_of(sources, file).map_or("", |source| source.text());
            let place = LineIndex::new(text).place(at as usize);
            format!("{}:{}", place.line, place.column)
        };
        let label = &problem.primary;
        let severity = match problem.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let (start, end) =
            (place(&label.file, label.span.start), place(&label.file, label.span.end));
        let file = &label.file;
        writeln!(out, "{} {severity}  {file}:{start}-{end}  {}", problem.code, problem.headline)
            .unwrap();
        if !label.text.is_empty() {
            writeln!(out, "  why: {}", label.text).unwrap();
        }
        for other in &problem.others {
            let at = place(&other.file, other.span.start);
            writeln!(out, "  also: {}:{at}  {}", other.file, other.text).unwrap();
        }
        for note in &problem.notes {
            writeln!(out, "  note: {note}").unwrap();
        }
        for help in &problem.help {
            writeln!(out, "  help: {help}").unwrap();
        }
        for fix in &problem.fixes {
            writeln!(out, "  fix: {}", fix.paste.replace('\n', "\n       ")).unwrap();
        }
    }
    out
}

/// Fails with the difference of every case that says something else than it expects.
pub(crate) fn run(folder: &str) {
    let update = std::env::var_os("UPDATE_EXPECT").is_some();
    let mut wrong = String::new();
    let all = cases(folder);
    assert!(!all.is_empty(), "no cases in {folder}");
    for case in all {
        let found = check(&case.sources, &case.context).diagnostics;
        let shown = render(&found, &case.sources);
        if shown == case.expected {
            continue;
        }
        if update {
            std::fs::write(&case.path, format!("{}{PROBLEMS}{shown}", case.text)).unwrap();
        } else {
            let (path, expected) = (case.path.display(), &case.expected);
            writeln!(wrong, "{path}\n--- expected\n{expected}--- found\n{shown}").unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// Applies each certain fix: its problem must go, and no new error may come.
pub(crate) fn certain_fixes_mend(folder: &str) {
    let mut tried = 0;
    for case in cases(folder) {
        let found = check(&case.sources, &case.context).diagnostics;
        for problem in &found {
            for fix in problem.fixes.iter().filter(|fix| fix.certain) {
                tried += 1;
                let mended = apply(&case.sources, fix);
                let after = check(&mended, &case.context).diagnostics;
                let same = |other: &&Diagnostic| {
                    other.code == problem.code
                        && other.headline == problem.headline
                        && other.severity == problem.severity
                };
                let count = |all: &Diagnostics| all.iter().filter(same).count();
                let errors = |all: &Diagnostics| {
                    all.iter().filter(|p| p.severity == Severity::Error).count()
                };
                assert!(
                    count(&after) < count(&found) && errors(&after) <= errors(&found),
                    "{}: the fix `{}` of `{}` leaves\n{after}",
                    case.path.display(),
                    fix.paste,
                    problem.headline
                );
            }
        }
    }
    assert!(tried > 0, "no certain fix in {folder}");
}

fn apply(sources: &[Source], fix: &onward::diagnostic::Fix) -> Vec<Source> {
    let edited = |source: &Source| {
        let mut edits: Vec<_> = fix.edits.iter().filter(|e| e.file == source.name()).collect();
        edits.sort_by_key(|edit| std::cmp::Reverse(edit.span.start));
        let mut text = source.text().to_owned();
        for edit in edits {
            text.replace_range(edit.span.range(), &edit.text);
        }
        Source::new(source.name(), text)
    };
    sources.iter().map(edited).collect()
}

#[test]
fn authors_are_told_what_the_cases_say() {
    run("check");
}

#[test]
fn a_certain_fix_mends_its_problem_and_breaks_nothing() {
    certain_fixes_mend("check");
}

/// What stands behind `fix:` without an edit is a line, or a definition, that can be read as it stands.
#[test]
fn what_is_shown_to_paste_can_be_read() {
    let reads = |text: String| {
        let limits = onward::syntax::Limits::default();
        onward::syntax::parse(&Source::new("a.journey", text), &limits).1.is_empty()
    };
    let mut seen = 0;
    for folder in ["check", "limits", "meaning", "journeys"] {
        for case in cases(folder) {
            for problem in check(&case.sources, &case.context).diagnostics.into_vec() {
                for fix in problem.fixes.iter().filter(|fix| fix.edits.is_empty()) {
                    seen += 1;
                    let line = format!("action a {{\n{}\n}}\n", fix.paste);
                    let good = reads(fix.paste.clone()) || reads(line);
                    assert!(good, "{}: {}: `{}`", case.path.display(), problem.code, fix.paste);
                }
                for help in &problem.help {
                    assert!(help.contains(' '), "{}: `{help}`", problem.code);
                }
            }
        }
    }
    assert!(seen >= 20, "only {seen}");
}
