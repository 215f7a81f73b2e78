//! The `onward` command: one file per subcommand. The only place with arguments, files, clocks and printing.

mod bench;
mod check;
mod customer;
mod customers;
mod decide;
mod demo;
mod explain;
mod fmt;
mod happened;
mod import;
mod kept;
mod map;
mod out;
mod render;
mod replay;
mod rules;
mod segments;
mod story;
mod table;
mod test;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The next best thing to do for this customer, here and now, and why.
///
/// Rules are text files ending in .journey; a folder of them is one workspace. Start with `onward demo`, which
/// needs no files.
///
/// Exit codes: 0 good; 1 the rules, a scenario or the data are wrong (of data: under --strict, where it
/// could not be read to its end, or the one customer asked for was refused); 2 the command was not understood, or a file
/// or a name it needs is not there.
#[derive(Parser)]
#[command(name = "onward", version, propagate_version = true, verbatim_doc_comment, after_long_help = FIRST)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// A whole first workspace; the tests run it as it stands here.
const FIRST: &str = r#"A first workspace: save this as shop/rules.journey

  workspace shop { currency: EUR, timezone: "Europe/Paris", languages: [en], stages: [grow] }
  purpose marketing { consent_needed: [email], consent_free: [web] }
  channel web { }
  channel email { }

  customer {
    age: optional number
    plan: required one of [basic, gold]
  }

  action upgrade {
    purpose: marketing, stage: grow
    value: EUR 20, propensity: 10%
    who {
      plan is basic
      age >= 18
    }
    message web { en { banner: "Go gold" } }
  }

  ranking best { score: propensity * value }
  placement home { channel: web, show: 1, candidates: all, ranking: best, fallback: nothing }
  persona lea { plan: basic, age: 31 }

  scenario "Lea sees the upgrade" {
    given lea
    at 2026-03-02 10:00 ask home expect shown upgrade
  }

and this as customers.csv

  id,plan,age
  1,basic,31
  2,gold,44

and this as map.toml

  format = "csv"
  id = "id"
  [attributes.plan]
  [attributes.age]

Then

  onward check shop
  onward test shop --verbose
  onward decide shop --customers customers.csv --map map.toml --placement home --at 2026-03-02T10:00:00Z
"#;

#[derive(Subcommand)]
enum Command {
    Check(check::Args),
    Fmt(fmt::Args),
    Test(test::Args),
    Decide(decide::Args),
    Explain(explain::Args),
    Segments(segments::Args),
    Replay(replay::Args),
    Import(import::Args),
    Customer(customer::Args),
    Map(map::Args),
    Bench(bench::Args),
    Demo(demo::Args),
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Check(args) => check::run(&args),
        Command::Fmt(args) => fmt::run(&args),
        Command::Test(args) => test::run(&args),
        Command::Decide(args) => decide::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Segments(args) => segments::run(&args),
        Command::Replay(args) => replay::run(&args),
        Command::Import(args) => import::run(&args),
        Command::Customer(args) => customer::run(&args),
        Command::Map(args) => map::run(&args),
        Command::Bench(args) => bench::run(&args),
        Command::Demo(args) => demo::run(&args),
    };
    match done {
        Ok(out::Outcome::Good) | Err(out::Stop::Pipe) => ExitCode::SUCCESS,
        Ok(out::Outcome::Wrong) => ExitCode::from(1),
        Err(out::Stop::Usage(message)) => {
            out::complain("error", &message);
            ExitCode::from(2)
        }
    }
}
