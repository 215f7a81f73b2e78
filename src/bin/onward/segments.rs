//! `onward segments`: how many customers are in each segment.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::ValueEnum;
use onward::decision::Truth;
use onward::value::Timestamp;
use serde_json::json;

use crate::customers;
use crate::decide::at;
use crate::out::{self, Outcome, Run};
use crate::rules;
use crate::table::Sheet;

/// Count the customers in each segment, and those of whom it is not known.
///
/// --format json prints one object: at, customers, and segments with name, customers (in it), share (of all,
/// 0 to 1) and unknown (neither surely in it nor surely not).
#[derive(clap::Args)]
#[command(verbatim_doc_comment, after_long_help = customers::mappings())]
pub(crate) struct Args {
    /// The workspace folder, or one .journey file.
    path: PathBuf,
    #[command(flatten)]
    source: customers::Source,
    /// When it is asked, such as 2018-08-01T10:00:00Z.
    #[arg(long, value_name = "TIME", value_parser = at)]
    at: Timestamp,
    /// How the counts are printed.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Table,
    Json,
}

pub(crate) fn run(args: &Args) -> Run {
    let rules = match rules::running(&args.path)? {
        Ok(rules) => rules,
        Err(outcome) => return Ok(outcome),
    };
    let engine = args.source.engine(&rules)?;
    let mut loaded = args.source.load(&engine, &rules)?;
    if loaded.refused || (loaded.report.stopped.is_some() && loaded.report.kept == 0) {
        return Ok(Outcome::Wrong);
    }
    if args.source.happened(&engine, &rules, args.at, &mut loaded)? {
        return Ok(Outcome::Wrong);
    }
    let mut counts: BTreeMap<String, (u64, u64)> =
        rules.segments.iter().map(|segment| (segment.name.clone(), (0, 0))).collect();
    let bar = customers::bar(loaded.ids.len() as u64, "counting");
    for id in &loaded.ids {
        for (name, truth) in engine.segments(Some(id), args.at) {
            let (inside, unknown) = counts.entry(name).or_default();
            match truth {
                Truth::True => *inside += 1,
                Truth::Unknown => *unknown += 1,
                Truth::False => {}
            }
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    let all = loaded.ids.len() as u64;
    let share = |number: u64| number as f64 / all.max(1) as f64;
    match args.format {
        Format::Table => {
            let mut sheet = Sheet::new(&["segment", ">customers", ">share", ">unknown"]);
            for (name, (inside, unknown)) in &counts {
                let percent = format!("{:.1}%", share(*inside) * 100.0);
                sheet.row([name.clone(), out::grouped(*inside), percent, out::grouped(*unknown)]);
            }
            out::print(&sheet.show())?;
            out::tell(&format!("{} customers at {}", out::grouped(all), args.at));
        }
        Format::Json => {
            let segments: Vec<_> = counts
                .iter()
                .map(|(name, (inside, unknown))| {
                    json!({"name": name, "customers": inside, "share": share(*inside), "unknown": unknown})
                })
                .collect();
            let all = json!({"at": args.at, "customers": all, "segments": segments});
            out::print(&(serde_json::to_string_pretty(&all).unwrap_or_default() + "\n"))?;
        }
    }
    Ok(loaded.outcome())
}
