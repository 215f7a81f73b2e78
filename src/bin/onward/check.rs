//! `onward check`: all problems of a workspace in one run.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::ValueEnum;
use onward::diagnostic::{Diagnostics, Edit, all_codes};
use onward::{Checked, check};

use crate::out::{self, Outcome, Run, nearest, usage};
use crate::render::{self, Format};
use crate::rules::context;
use crate::workspace::Workspace;

/// Look for problems in a workspace; silent when there are none.
///
/// Every .journey file below PATH is read, and every other text file up to 1 MiB as content that `file "..."`
/// may name (.toml, .jsonl, .csv, .gz and .rhai files, hidden files and binaries are passed over). Links that
/// leave the folder are refused.
///
/// --format json prints one array. Each entry: code, severity (error, warning), headline, why, file,
/// start and end (line, column, column_utf16, column_utf8, all from 1), span (bytes), others (file, start,
/// end, span, text), notes, help, fixes (paste, edits with file, span and text, certain).
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    /// The workspace folder, or one .journey file.
    #[arg(required_unless_present = "explain")]
    path: Option<PathBuf>,
    /// How problems are shown.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// `--deny warnings` makes warnings count as wrong.
    #[arg(long, value_enum)]
    deny: Option<Deny>,
    /// Apply the fixes that can only be meant one way, then look again.
    #[arg(long)]
    fix: bool,
    /// Tell the long story of a code such as E0203; without a code, list them all.
    #[arg(long, value_name = "CODE")]
    explain: Option<Option<String>>,
    /// The manifest of the rules that run now: retired names and voided approvals are judged against it.
    #[arg(long, value_name = "MANIFEST.json")]
    against: Option<PathBuf>,
    /// Write the manifest of these rules, for a later --against.
    #[arg(long, value_name = "MANIFEST.json")]
    save_manifest: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Deny {
    Warnings,
}

pub(crate) fn run(args: &Args) -> Run {
    match &args.explain {
        Some(Some(code)) => return explain(code),
        Some(None) => return list(),
        None => {}
    }
    let Some(path) = &args.path else { return usage("name a workspace folder") };
    let context = context(args.against.as_deref())?;
    let mut workspace = Workspace::read(path)?;
    let mut checked = check(&workspace.sources, &context);
    let mut fixed = Fixed::default();
    let rounds = if args.fix { ROUNDS } else { 0 };
    for _ in 0..rounds {
        let round = apply(&workspace, &checked.diagnostics)?;
        if round.problems == 0 {
            break;
        }
        fixed.problems += round.problems;
        fixed.files.extend(round.files);
        workspace = Workspace::read(path)?;
        checked = check(&workspace.sources, &context);
    }
    if args.fix {
        out::tell(&format!(
            "fixed {} in {}",
            out::count(fixed.problems, "problem"),
            out::count(fixed.files.len(), "file")
        ));
    }
    let Checked { rules, diagnostics } = checked;
    if !diagnostics.is_empty() || args.format == Format::Json {
        render::print(&diagnostics, &workspace.sources, args.format)?;
        if let (Format::Human, Some(one)) = (args.format, diagnostics.iter().next()) {
            out::tell(&format!("`onward check --explain {}` tells more", one.code));
        }
    }
    if let (Some(rules), Some(path)) = (&rules, &args.save_manifest) {
        let text = serde_json::to_string_pretty(&rules.manifest).unwrap_or_default() + "\n";
        if let Err(error) = std::fs::write(path, text) {
            return usage(format!("cannot write `{}`: {error}", path.display()));
        }
    }
    let wrong = diagnostics.has_errors() || (args.deny.is_some() && !diagnostics.is_empty());
    Ok(if wrong { Outcome::Wrong } else { Outcome::Good })
}

/// A fix may bring another problem to light; this often it is looked again.
const ROUNDS: usize = 10;

#[derive(Default)]
struct Fixed {
    problems: usize,
    files: std::collections::BTreeSet<String>,
}

/// Applies each problem's certain fix, whole or not at all, unless it touches one already applied.
fn apply(workspace: &Workspace, found: &Diagnostics) -> Run<Fixed> {
    let mut edits: BTreeMap<&str, Vec<&Edit>> = BTreeMap::new();
    let mut problems = 0;
    for one in found {
        let Some(fix) = one.fixes.iter().find(|fix| fix.certain && !fix.edits.is_empty()) else {
            continue;
        };
        let overlaps = |a: &Edit, b: &Edit| {
            let (a, b) = (a.span.range(), b.span.range());
            a.start == b.start || (a.start < b.end && b.start < a.end)
        };
        let clear = fix.edits.iter().all(|edit| {
            let taken = edits.get(edit.file.as_str());
            let apart = taken.is_none_or(|taken| !taken.iter().any(|other| overlaps(edit, other)));
            let known = workspace.sources.iter().any(|source| source.name() == edit.file);
            apart && known
        });
        if clear {
            problems += 1;
            for edit in &fix.edits {
                edits.entry(&edit.file).or_default().push(edit);
            }
        }
    }
    let mut files = std::collections::BTreeSet::new();
    for (file, mut edits) in edits {
        let Some(source) = workspace.sources.iter().find(|source| source.name() == file) else {
            continue;
        };
        // A file with broken UTF-8 is not ours to write: its text here is not what it holds.
        if source.bad_utf8_at().is_some() {
            continue;
        }
        edits.sort_by_key(|edit| std::cmp::Reverse(edit.span.start));
        let mut text = source.text().to_owned();
        for edit in edits {
            let range = edit.span.range();
            if text.get(range.clone()).is_some() {
                text.replace_range(range, &edit.text);
            }
        }
        if text != source.text() {
            workspace.write(file, &text)?;
            files.insert(file.to_owned());
        }
    }
    // Fixes that change nothing must not be counted, or looking again would never end.
    let problems = if files.is_empty() { 0 } else { problems };
    Ok(Fixed { problems, files })
}

fn list() -> Run {
    let mut codes: Vec<_> = all_codes().collect();
    codes.sort_by_key(|info| info.code.get(1..));
    for info in codes {
        out::print(&format!("{}  {}\n", info.code, info.title))?;
    }
    Ok(Outcome::Good)
}

fn explain(code: &str) -> Run {
    let upper = code.to_uppercase();
    match all_codes().find(|info| info.code == upper) {
        Some(info) => {
            out::print(&format!("{}: {}\n\n{}\n", info.code, info.title, info.story.trim()))?;
            Ok(Outcome::Good)
        }
        None => {
            let codes = all_codes().map(|info| info.code);
            let near = nearest(&upper, codes);
            usage(format!(
                "no problem has the code `{code}`{near}; `--explain` alone lists them all"
            ))
        }
    }
}
