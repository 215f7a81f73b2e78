//! `onward map`: journeys drawn from the rules themselves.

use std::path::PathBuf;

use clap::ValueEnum;
use onward::check::Context;
use onward::map;

use crate::out::{self, Outcome, Run, nearest, tame, usage};
use crate::render;
use crate::rules;
use crate::workspace::Workspace;

/// Draw the journeys: how people enter, what happens to them, and how they leave.
///
/// The drawing goes to standard output: `onward map shop --format html > journeys.html`. The svg and the html need
/// nothing else.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The workspace folder, or one .journey file.
    path: PathBuf,
    /// Only this journey; without it all of them.
    #[arg(long, value_name = "NAME")]
    journey: Option<String>,
    /// How it is drawn.
    #[arg(long, value_enum, default_value_t = Format::Mermaid)]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Text that README files and chats draw
    Mermaid,
    /// Text for Graphviz
    Dot,
    /// One picture
    Svg,
    /// One page for a browser
    Html,
}

pub(crate) fn run(args: &Args) -> Run {
    let workspace = Workspace::read(&args.path)?;
    let context = Context { unplayed: true, ..rules::context(None)? };
    let checked = onward::check(&workspace.sources, &context);
    let Some(rules) = checked.rules else {
        render::complain(&checked.diagnostics, &workspace.sources, render::Format::Human);
        return Ok(Outcome::Wrong);
    };
    let format = match args.format {
        Format::Mermaid => map::Format::Mermaid,
        Format::Dot => map::Format::Dot,
        Format::Svg => map::Format::Svg,
        Format::Html => map::Format::Html,
    };
    let Some(drawn) = map::draw(&rules, args.journey.as_deref(), format, None) else {
        let wanted = args.journey.as_deref().unwrap_or("");
        let names = rules.journeys.iter().map(|journey| journey.name.as_str());
        let near = nearest(wanted, names);
        return usage(format!("no journey is called `{}`{near}", tame(wanted)));
    };
    if rules.journeys.is_empty() {
        out::tell("there is no journey in these rules");
    }
    out::print(&drawn)?;
    Ok(Outcome::Good)
}
