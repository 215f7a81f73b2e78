//! `onward test`: the authors' own scenarios.

use std::path::PathBuf;

use onward::check;
use onward::diagnostic::Diagnostics;
use onward::scenario::{self, Loaded, load};

use crate::out::{self, Outcome, Run, tame};
use crate::render::{self, Format};
use crate::rules::context;
use crate::workspace::Workspace;

/// Run the scenarios of a workspace; silent when all pass.
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    /// The workspace folder, or one .journey file.
    path: PathBuf,
    /// How problems are shown.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// Name each scenario with its result.
    #[arg(short, long)]
    verbose: bool,
}

pub(crate) fn run(args: &Args) -> Run {
    let workspace = Workspace::read(&args.path)?;
    let (rules, found) = match load(&workspace.sources, &context(None)?) {
        Ok(Loaded { rules, .. }) => (Some(rules), Diagnostics::default()),
        Err(found) => (None, found),
    };
    if rules.as_ref().is_some_and(|rules| rules.scenarios.is_empty()) {
        out::tell("there is no scenario to run");
    } else if args.verbose {
        tell(rules, &workspace)?;
    }
    // Warnings are for `check`; what keeps the rules from loading is for here too.
    if found.has_errors() || args.format == Format::Json {
        render::print(&found, &workspace.sources, args.format)?;
    }
    Ok(if found.has_errors() { Outcome::Wrong } else { Outcome::Good })
}

/// A line per scenario, and their number.
fn tell(rules: Option<onward::Rules>, workspace: &Workspace) -> Run<()> {
    let rules = match rules {
        Some(rules) => Some(rules),
        None => check(&workspace.sources, &context(None)?).rules,
    };
    let Some(rules) = rules else { return Ok(()) };
    let results = scenario::run(&rules);
    for result in &results {
        let word =
            if result.passed() { "\u{1b}[32mpassed\u{1b}[0m" } else { "\u{1b}[31mfailed\u{1b}[0m" };
        out::print(&format!(
            "{word} {}:{} \"{}\"\n",
            tame(&result.line.file),
            result.line.line,
            tame(&result.name)
        ))?;
    }
    let failed = results.iter().filter(|result| !result.passed()).count();
    out::tell(&format!("{}, {failed} failed", out::count(results.len(), "scenario")));
    Ok(())
}
