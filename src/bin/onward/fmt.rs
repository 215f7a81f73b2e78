//! `onward fmt`: one style, no options.

use std::path::PathBuf;

use onward::diagnostic::Diagnostics;
use onward::syntax::{Limits, parse, print};

use crate::out::{self, Outcome, Run};
use crate::render::{self, Format};
use crate::workspace::Workspace;

/// Write the rule files of a workspace in the one style; silent when all is well.
///
/// Comments stay. A file that cannot be read is left as it is, and its problems are shown.
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    /// The workspace folder, or one .journey file.
    path: PathBuf,
    /// Change nothing: show what would change, and end with exit code 1 if anything would.
    #[arg(long)]
    check: bool,
    /// How problems are shown.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
}

pub(crate) fn run(args: &Args) -> Run {
    let workspace = Workspace::read(&args.path)?;
    let mut problems = Vec::new();
    let mut changed = 0;
    for source in workspace.rule_files() {
        let (tree, found) = parse(source, &Limits::default());
        let found = Diagnostics::new(found);
        if found.has_errors() {
            problems.extend(found.into_vec());
            continue;
        }
        let text = print(&tree);
        if text == source.text() {
            continue;
        }
        changed += 1;
        if args.check {
            out::print(&difference(source.name(), source.text(), &text))?;
        } else {
            workspace.write(source.name(), &text)?;
        }
    }
    let problems = Diagnostics::new(problems);
    if !problems.is_empty() {
        render::print(&problems, &workspace.sources, args.format)?;
    }
    let wrong = problems.has_errors() || (args.check && changed > 0);
    Ok(if wrong { Outcome::Wrong } else { Outcome::Good })
}

/// Lines around a change.
const AROUND: usize = 2;
/// Changed stretches longer than this are shown as one.
const COMPARED: usize = 2_000;

/// The difference of two texts, line by line, as `diff -u` writes it.
fn difference(name: &str, old: &str, new: &str) -> String {
    let (a, b): (Vec<&str>, Vec<&str>) = (old.split('\n').collect(), new.split('\n').collect());
    let steps = steps(&a, &b);
    let mut out = format!("\u{1b}[1m--- {name}\n+++ {name} (formatted)\u{1b}[0m\n");
    let near = |at: usize| {
        let (from, to) = (at.saturating_sub(AROUND), (at + AROUND + 1).min(steps.len()));
        steps.get(from..to).unwrap_or_default().iter().any(|step| !matches!(step, Step::Same(..)))
    };
    let mut skipped = true;
    for (at, step) in steps.iter().enumerate() {
        if !near(at) {
            skipped = true;
            continue;
        }
        let (line, text) = match step {
            Step::Same(line, text) => (*line, format!(" {text}")),
            Step::Old(line, text) => (*line, format!("\u{1b}[31m-{text}\u{1b}[0m")),
            Step::New(line, text) => (*line, format!("\u{1b}[32m+{text}\u{1b}[0m")),
        };
        if skipped {
            out.push_str(&format!("\u{1b}[36m@@ line {} @@\u{1b}[0m\n", line + 1));
            skipped = false;
        }
        out.push_str(&text.replace('\r', "\u{240d}"));
        out.push('\n');
    }
    out
}

enum Step<'a> {
    Same(usize, &'a str),
    Old(usize, &'a str),
    New(usize, &'a str),
}

fn steps<'a>(a: &[&'a str], b: &[&'a str]) -> Vec<Step<'a>> {
    let head = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (a_rest, b_rest) = (a.get(head..).unwrap_or_default(), b.get(head..).unwrap_or_default());
    let tail = a_rest.iter().rev().zip(b_rest.iter().rev()).take_while(|(a, b)| a == b).count();
    let a_mid = a_rest.get(..a_rest.len() - tail).unwrap_or_default();
    let b_mid = b_rest.get(..b_rest.len() - tail).unwrap_or_default();
    let mut out: Vec<Step<'a>> =
        a.iter().take(head).enumerate().map(|(at, line)| Step::Same(at, line)).collect();
    middle(a_mid, b_mid, head, &mut out);
    let first = a.len() - tail;
    out.extend(a.iter().enumerate().skip(first).map(|(at, line)| Step::Same(at, line)));
    out
}

/// Longest common subsequence, by the table that everybody knows.
fn middle<'a>(a: &[&'a str], b: &[&'a str], start: usize, out: &mut Vec<Step<'a>>) {
    if a.len() > COMPARED || b.len() > COMPARED {
        out.extend(a.iter().enumerate().map(|(at, line)| Step::Old(start + at, line)));
        out.extend(b.iter().map(|line| Step::New(start, line)));
        return;
    }
    let wide = b.len() + 1;
    let mut best = vec![0_u32; (a.len() + 1) * wide];
    let get = |best: &[u32], i: usize, j: usize| best.get(i * wide + j).copied().unwrap_or(0);
    for (i, left) in a.iter().enumerate().rev() {
        for (j, right) in b.iter().enumerate().rev() {
            let value = if left == right {
                get(&best, i + 1, j + 1) + 1
            } else {
                get(&best, i + 1, j).max(get(&best, i, j + 1))
            };
            if let Some(cell) = best.get_mut(i * wide + j) {
                *cell = value;
            }
        }
    }
    let (mut i, mut j) = (0, 0);
    while let (left, right) = (a.get(i), b.get(j))
        && (left.is_some() || right.is_some())
    {
        match (left, right) {
            (Some(left), Some(right)) if left == right => {
                out.push(Step::Same(start + i, left));
                (i, j) = (i + 1, j + 1);
            }
            (Some(left), right)
                if right.is_none() || get(&best, i + 1, j) >= get(&best, i, j + 1) =>
            {
                out.push(Step::Old(start + i, left));
                i += 1;
            }
            (_, Some(right)) => {
                out.push(Step::New(start + i, right));
                j += 1;
            }
            _ => break,
        }
    }
}
