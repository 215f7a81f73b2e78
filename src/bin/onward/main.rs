//! The `onward` command: one file per subcommand. The only place with arguments, files, clocks and printing.

mod check;
mod customers;
mod decide;
mod demo;
mod explain;
mod fmt;
mod out;
mod render;
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
/// Exit codes: 0 good; 1 the rules, a scenario or the data are wrong (of data: under --strict, where none of it
/// could be read, or where the one customer asked for was refused); 2 the command was not understood, or a file
/// or a name it needs is not there.
#[derive(Parser)]
#[command(name = "onward", version, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Check(check::Args),
    Fmt(fmt::Args),
    Test(test::Args),
    Decide(decide::Args),
    Explain(explain::Args),
    Segments(segments::Args),
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
