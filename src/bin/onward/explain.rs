//! `onward explain`: for one customer, every candidate: chosen, outranked or blocked, and why.

use std::path::PathBuf;

use clap::ValueEnum;
use onward::ingest::RowProblem;
use onward::value::Timestamp;

use crate::customers::{self, One};
use crate::decide::{at, misfit, pair, placement_named, question};
use crate::out::{self, Outcome, Run, nearest, usage};
use crate::{rules, story};

/// Tell why a customer gets what they get, and why not the rest.
///
/// --format json prints one object: decision (as `onward decide` gives it), placement, customer, candidates
/// (action, channel, standing, score, factors, who and never line by line with truth and the value seen,
/// last_shown, fallback) and notes.
#[derive(clap::Args)]
#[command(verbatim_doc_comment, after_long_help = customers::mappings())]
pub(crate) struct Args {
    /// The workspace folder, or one .journey file.
    path: PathBuf,
    #[command(flatten)]
    source: customers::Source,
    /// The customer's id in the file.
    #[arg(long, value_name = "ID")]
    customer: String,
    /// Where it is asked.
    #[arg(long, value_name = "NAME")]
    placement: String,
    /// When it is asked, such as 2018-08-01T10:00:00Z.
    #[arg(long, value_name = "TIME", value_parser = at)]
    at: Timestamp,
    /// How it is told.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// An attribute of the question, declared in `request { ... }`; may be given several times.
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    request: Vec<(String, String)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Human,
    Json,
}

pub(crate) fn run(args: &Args) -> Run {
    let rules = match rules::running(&args.path)? {
        Ok(rules) => rules,
        Err(outcome) => return Ok(outcome),
    };
    placement_named(&rules, &args.placement)?;
    let engine = args.source.engine(&rules)?;
    let One { found, taken, loaded } = args.source.load_one(&engine, &rules, &args.customer)?;
    if loaded.refused {
        return Ok(Outcome::Wrong);
    }
    let happened = &args.source.happened;
    let told = happened.load(&engine, &rules, args.at, Some(&args.customer))?;
    if args.source.strict && told.refused > 0 {
        return Ok(Outcome::Wrong);
    }
    // An event alone makes a customer.
    let (found, taken) = (found || !told.ids.is_empty(), taken || !found && !told.ids.is_empty());
    if !found {
        if let Some(why) = &loaded.report.stopped {
            out::complain("error", &out::tame(why));
            return Ok(Outcome::Wrong);
        }
        let near = nearest(&args.customer, loaded.ids.iter().map(String::as_str));
        return usage(format!(
            "no customer `{}` among {} rows{}",
            out::tame(&args.customer),
            out::grouped(loaded.report.rows),
            out::tame(&near)
        ));
    }
    let own = |problem: &&RowProblem| problem.customer.as_deref() == Some(args.customer.as_str());
    for problem in loaded.report.problems.iter().filter(own) {
        let file = args.source.file().to_string_lossy();
        out::complain("warning", &out::tame(&format!("{file} {problem}")));
    }
    if !taken {
        out::complain(
            "error",
            "the row of this customer was refused, so there is nothing to explain",
        );
        return Ok(Outcome::Wrong);
    }
    let question = question(&args.customer, &args.placement, args.at, &args.request);
    let told = engine.explain(&question).map_err(|error| misfit(&error, &rules))?;
    match args.format {
        Format::Human => out::print(&story::tell(&told, &rules))?,
        Format::Json => {
            out::print(&(serde_json::to_string_pretty(&told).unwrap_or_default() + "\n"))?;
        }
    }
    if let Some(why) = &loaded.report.stopped {
        out::complain("error", &format!("later rows may be missing: {}", out::tame(why)));
    }
    Ok(loaded.outcome())
}
