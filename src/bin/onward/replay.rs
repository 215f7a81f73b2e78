//! `onward replay`: what a placement would have sent along a history, and what would have held it back.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use clap::ValueEnum;
use onward::check::rules::Rules;
use onward::engine::ReserveError;
use onward::replay::{Asked, Holdback, Replay, Tally};
use onward::value::Timestamp;
use onward::{Engine, Event, Tracked};
use serde_json::json;

use crate::customers::{self, Source};
use crate::decide::{misfit, pair, placement_named, question};
use crate::happened::Happened;
use crate::kept::{self, told};
use crate::out::{self, Outcome, Run, Stop, nearest_or_all, tame};
use crate::rules;
use crate::table::Sheet;

/// Walk a history and ask a placement at each event of a kind: what is sent, and what limits hold back.
///
/// The history is that of a store (--store), of files (--events, with or without --customers), or both. It is
/// walked in the order of time. What the placement answers counts as sent at that moment, so limits, repeat, pauses
/// and budgets hold as they would have; nobody was reached and no budget used before. Customers and their consent
/// are taken as they stand now, events as of each moment.
///
/// Nothing is written: the store stays as it is.
///
/// --format text prints how often each action was sent, and in how many of the requests without an answer each
/// line held something back (several may share one).
///
/// --format jsonl prints one object per request: customer, event, at, sent (the treatments), held_back (stage,
/// name, file, line, text; where no candidate stands). The summary goes to standard error.
#[derive(clap::Args)]
#[command(verbatim_doc_comment, after_long_help = customers::mappings())]
pub(crate) struct Args {
    /// The workspace folder, or one .journey file.
    path: PathBuf,
    /// A store that `onward import` filled: its customers, and what happened to them.
    #[arg(long, value_name = "DIR")]
    store: Option<PathBuf>,
    /// Customers as JSON lines or CSV, plain or gzip; `-` reads standard input. Without --map each line is a Segment
    /// `identify` call.
    #[arg(long, value_name = "FILE")]
    customers: Option<PathBuf>,
    /// What the fields of the customers mean (shown below).
    #[arg(long, value_name = "MAP.toml", requires = "customers")]
    map: Option<PathBuf>,
    /// Do nothing where one row of the files is wrong; the exit code is 1.
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    happened: Happened,
    /// Where it is asked.
    #[arg(long, value_name = "NAME")]
    placement: String,
    /// The event at which it is asked; may be given several times.
    #[arg(long, value_name = "EVENT", required = true)]
    on: Vec<String>,
    /// How the outcome is printed.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// An attribute of the question, declared in `request { ... }`; may be given several times.
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    request: Vec<(String, String)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Jsonl,
}

/// Events shown of those refused; all are counted.
const SHOWN: u64 = 10;

pub(crate) fn run(args: &Args) -> Run {
    let rules = match rules::running(&args.path)? {
        Ok(rules) => Arc::new(rules),
        Err(outcome) => return Ok(outcome),
    };
    placement_named(&rules, &args.placement)?;
    for event in &args.on {
        declared(&rules, event)?;
    }
    if args.store.is_none() && !args.happened.any() {
        return out::usage("a replay needs a history: name it with --store or --events");
    }
    let engine = match &args.store {
        None => Engine::shared(Arc::clone(&rules)),
        Some(folder) => {
            let store = kept::store(folder, false)?;
            Engine::rehearsal(Arc::clone(&rules), &*store).map_err(|error| told(&error))?
        }
    };
    let source = Source {
        customers: args.customers.clone(),
        store: None,
        map: args.map.clone(),
        strict: args.strict,
        happened: args.happened.clone(),
    };
    let loaded = source.load(&engine, &rules)?;
    if loaded.refused {
        return Ok(Outcome::Wrong);
    }
    let mut news = Vec::new();
    let read = args.happened.each(&rules, &mut |_, event| {
        news.push(event);
        Ok(())
    })?;
    if args.strict && (read.refused > 0 || read.stopped) {
        out::complain("error", "--strict: nothing is asked, because events are wrong");
        return Ok(Outcome::Wrong);
    }
    // Of one moment, in the order of the files.
    news.sort_by_key(Event::time);
    let mut walk = Walk::new(args, &rules, engine);
    walk.all(&news)?;
    walk.end()?;
    let good = loaded.outcome() == Outcome::Good && !read.stopped;
    Ok(if good && !(args.strict && walk.refused > 0) { Outcome::Good } else { Outcome::Wrong })
}

fn declared(rules: &Rules, event: &str) -> Run<()> {
    let names: Vec<&str> = rules.events.iter().map(|event| event.name.as_str()).collect();
    if names.contains(&event) {
        return Ok(());
    }
    out::usage(format!("no event is called `{event}`{}", nearest_or_all(event, &names)))
}

/// One replay, from its first moment to its last.
struct Walk<'a> {
    args: &'a Args,
    rules: &'a Rules,
    replay: Replay,
    /// Whom to ask, when, at which event, of those that are there from the start.
    moments: Vec<(Timestamp, String, &'a str)>,
    lines: Box<dyn Write>,
    asked: BTreeSet<String>,
    span: Option<(Timestamp, Timestamp)>,
    refused: u64,
}

impl<'a> Walk<'a> {
    fn new(args: &'a Args, rules: &'a Rules, engine: Engine) -> Self {
        let replay = Replay::new(engine);
        let mut moments = Vec::new();
        for event in args.on.iter().collect::<BTreeSet<_>>() {
            let all = replay.engine().moments(event);
            moments.extend(all.into_iter().map(|(id, at)| (at, id, event.as_str())));
        }
        moments.sort();
        let lines: Box<dyn Write> = Box::new(out::stdout());
        let asked = BTreeSet::new();
        Self { args, rules, replay, moments, lines, asked, span: None, refused: 0 }
    }

    /// Moment by moment: all that happened then is told before anybody is asked.
    fn all(&mut self, news: &[Event]) -> Run<()> {
        let bar = customers::bar((self.moments.len() + news.len()) as u64, "replaying");
        let moments = std::mem::take(&mut self.moments);
        let (mut old, mut new) = (moments.iter().peekable(), news.iter().peekable());
        loop {
            let next = [old.peek().map(|moment| moment.0), new.peek().map(|event| event.time())];
            let Some(at) = next.into_iter().flatten().min() else { break };
            let mut whom = Vec::new();
            while let Some((_, id, event)) = old.next_if(|moment| moment.0 == at) {
                whom.push((id.as_str(), *event));
            }
            while let Some(event) = new.next_if(|event| event.time() == at) {
                if self.track(event)?
                    && let Some(on) = self.args.on.iter().find(|on| *on == event.name())
                {
                    whom.push((event.customer(), on));
                }
                bar.inc(1);
            }
            for (id, event) in whom {
                self.ask(id, event, at)?;
            }
            bar.set_position((moments.len() - old.len() + news.len() - new.len()) as u64);
        }
        bar.finish_and_clear();
        Ok(())
    }

    /// Tells the engine what happened; whether it was news.
    fn track(&mut self, event: &Event) -> Run<bool> {
        match self.replay.engine().track(event, event.time()) {
            Ok(Tracked::Kept) => Ok(true),
            Ok(_) => Ok(false),
            Err(error) => {
                self.refused += 1;
                if self.refused <= SHOWN {
                    let what = format!("{} of {}: {error}", event.name(), event.customer());
                    out::complain("warning", &tame(&what));
                }
                Ok(false)
            }
        }
    }

    fn ask(&mut self, id: &str, event: &str, at: Timestamp) -> Run<()> {
        let request = question(id, &self.args.placement, at, &self.args.request);
        let asked = self.replay.ask(&request).map_err(|error| match error {
            ReserveError::Bind(error) => misfit(&error, self.rules),
            other => Stop::Usage(other.to_string()),
        })?;
        if !self.asked.contains(id) {
            self.asked.insert(id.to_owned());
        }
        self.span = Some((self.span.map_or(at, |span| span.0), at));
        if self.args.format == Format::Jsonl {
            self.write(id, event, &asked)?;
        }
        Ok(())
    }

    fn write(&mut self, id: &str, event: &str, asked: &Asked) -> Run<()> {
        let held_back: Vec<_> = asked.held_back.iter().map(as_json).collect();
        let line = json!({"customer": id, "event": event, "at": asked.at, "sent": asked.sent, "held_back": held_back});
        writeln!(self.lines, "{line}")?;
        Ok(())
    }

    fn end(&mut self) -> Run<()> {
        self.lines.flush()?;
        if self.refused > SHOWN {
            let more = out::grouped(self.refused - SHOWN);
            out::complain("warning", &format!("{more} more events are wrong"));
        }
        let summary = self.summary();
        if self.args.format == Format::Jsonl {
            out::tell(summary.trim_end());
            return Ok(());
        }
        out::print(&summary)
    }

    fn summary(&self) -> String {
        let tally = self.replay.tally();
        let on = self.args.on.join(", ");
        let mut out = format!("{} at {on}: ", self.args.placement);
        match self.span {
            None => out.push_str("it never happened, so nothing was asked\n"),
            Some((first, last)) => {
                out.push_str(&format!(
                    "{} requests of {}, {first} to {last}\n\n{}",
                    out::grouped(tally.asked),
                    out::count(self.asked.len(), "customer"),
                    table(tally)
                ));
            }
        }
        out
    }
}

fn as_json(one: &Holdback) -> serde_json::Value {
    let line = one.line.as_ref();
    json!({
        "stage": one.stage.word(),
        "name": one.name,
        "file": line.map(|line| &line.0),
        "line": line.map(|line| line.1),
        "text": line.map(|line| &line.2),
    })
}

fn table(tally: &Tally) -> String {
    let share = |number: u64| format!("{:.1}%", number as f64 * 100.0 / tally.asked.max(1) as f64);
    let row = |name: String, number: u64| [name, out::grouped(number), share(number)];
    let mut sheet = Sheet::new(&["sent", ">requests", ">share"]);
    let mut sent: Vec<_> = tally.sent.iter().collect();
    sent.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
    for (action, number) in sent {
        sheet.row(row(tame(action), *number));
    }
    if tally.fell_back > 0 {
        sheet.row(row("(of these the fallback alone)".to_owned(), tally.fell_back));
    }
    sheet.row(row("nothing".to_owned(), tally.nothing));
    let mut out = sheet.show();
    let mut why: BTreeMap<(std::cmp::Reverse<u64>, String), u64> = BTreeMap::new();
    for (one, number) in &tally.held_back {
        why.insert((std::cmp::Reverse(*number), named(one)), *number);
    }
    if tally.no_candidate > 0 {
        let number = tally.no_candidate;
        why.insert((std::cmp::Reverse(number), "no candidate".to_owned()), number);
    }
    if !why.is_empty() {
        let mut sheet = Sheet::new(&["held back by", ">requests", ">share"]);
        for ((_, name), number) in why {
            sheet.row(row(name, number));
        }
        out.push_str(&format!("\n{}", sheet.show()));
    }
    out
}

/// `limits pressure (limits.journey:5: at most 1 per 168 hours)`
fn named(one: &Holdback) -> String {
    let mut name = one.stage.word().to_owned();
    if let Some(own) = &one.name {
        name.push_str(&format!(" {}", tame(own)));
    }
    if let Some((file, line, text)) = &one.line {
        name.push_str(&format!(" ({}:{line}: {})", tame(file), tame(text)));
    }
    name
}
