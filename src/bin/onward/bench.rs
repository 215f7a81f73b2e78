//! `onward bench`: how fast a workspace decides for a file of customers, on this machine.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::ValueEnum;
use indicatif::ProgressBar;
use onward::scenario::load;
use onward::syntax::{Limits, parse};
use onward::value::Timestamp;
use onward::{Answer, BindError, Engine, Request, Rules, View, check};
use serde_json::json;

use crate::customers::{self, Loaded};
use crate::decide::{at, misfit, pair, per_second, placement_named, processors, question, time};
use crate::out::{self, Outcome, Run};
use crate::render;
use crate::rules::{context, now};
use crate::table::Sheet;
use crate::workspace::Workspace;

/// Measure how fast the rules decide for the customers of a file.
///
/// Prints how long the rules took to become a program, by stage; how large the program and a customer are; and
/// for each placement decisions a second and percentiles of the time of one decision, with how many of its
/// candidates were looked at one by one. Decisions are made for every customer in turn, over and over, with
/// their answers thrown away; nothing is written.
///
/// Percentiles are of decisions timed one at a time, so each holds what reading the clock costs (about 50 ns);
/// decisions a second are counted without. Other programs on the machine change all of them.
///
/// --format json prints one object: at, threads, rules (seconds by stage, sizes), customers, placements (name,
/// decisions_per_second, nanoseconds by percentile, candidates, looked_at, empty).
#[derive(clap::Args)]
#[command(verbatim_doc_comment, after_long_help = customers::MAPPING)]
pub(crate) struct Args {
    /// The workspace folder, or one .journey file.
    path: PathBuf,
    #[command(flatten)]
    source: customers::Source,
    /// Where it is asked; every placement, one after the other, where not said.
    #[arg(long, value_name = "NAME")]
    placement: Option<String>,
    /// When it is asked, such as 2018-08-01T10:00:00Z; now, where not said.
    #[arg(long, value_name = "TIME", value_parser = at)]
    at: Option<Timestamp>,
    /// How the figures are printed.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// An attribute of the question, declared in `request { ... }`; may be given several times.
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    request: Vec<(String, String)>,
    /// How many threads decide; all processors where not said.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Human,
    Json,
}

/// How long each part of the measurement lasts at least.
const LASTS: Duration = Duration::from_millis(500);
/// Timed decisions kept of one thread.
const KEPT: usize = 1 << 20;
/// Below this many customers the memory they take is lost among the rest.
const MANY: usize = 1_000;
const PERCENTILES: [(&str, f64); 5] =
    [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999), ("max", 1.0)];

/// How long it took from files to a program.
struct Stages {
    files: Duration,
    parse: Duration,
    check: Duration,
    scenarios: Duration,
    compile: Duration,
}

impl Stages {
    fn named(&self) -> [(&'static str, &'static str, Duration); 5] {
        [
            ("files", "reading the files", self.files),
            ("parse", "reading the rules, one thread", self.parse),
            ("check", "reading and checking", self.check),
            ("scenarios", "running the scenarios", self.scenarios),
            ("compile", "compiling", self.compile),
        ]
    }
}

pub(crate) fn run(args: &Args) -> Run {
    if args.source.store.is_some() {
        return out::usage("a bench reads its customers from a file: name it with --customers");
    }
    let started = Instant::now();
    let workspace = Workspace::read(&args.path)?;
    let files = started.elapsed();
    let known = context(None)?;
    let started = Instant::now();
    // With its scenarios first: rules that would not run are not measured either.
    let loaded = load(&workspace.sources, &known);
    let whole = started.elapsed();
    let rules = match loaded {
        Ok(loaded) => loaded.rules,
        Err(found) => {
            render::complain(&found, &workspace.sources, render::Format::Human);
            return Ok(Outcome::Wrong);
        }
    };
    if let Some(name) = &args.placement {
        placement_named(&rules, name)?;
    }
    let (checked, check) = timed(|| check(&workspace.sources, &known));
    drop(checked);
    let limits = Limits::default();
    let ((), parse) = timed(|| workspace.rule_files().for_each(|file| drop(parse(file, &limits))));
    let (engine, compile) = timed(|| Engine::new(&rules));
    let scenarios = whole.saturating_sub(check);
    let stages = Stages { files, parse, check, scenarios, compile };

    let asked = args.at.or_else(now).unwrap_or_default();
    let placements: Vec<&str> = match &args.placement {
        Some(name) => vec![name],
        None => rules.placements.iter().map(|placement| placement.name.as_str()).collect(),
    };
    for placement in &placements {
        let question = question("", placement, asked, &args.request);
        engine.decide(&question).map_err(|error| misfit(&error, &rules))?;
    }
    let before = resident();
    let loaded = args.source.load(&engine, &rules)?;
    if loaded.ids.is_empty() && !loaded.refused {
        out::complain("error", "there is no customer to decide for");
    }
    if loaded.refused || loaded.ids.is_empty() {
        return Ok(Outcome::Wrong);
    }
    let grown = resident().zip(before).map(|(after, before)| after.saturating_sub(before));
    let grown = grown.filter(|_| loaded.ids.len() >= MANY);
    let threads = args.threads.map_or_else(processors, usize::from).min(loaded.ids.len()).max(1);
    let mut lines = Vec::new();
    let steps = placements.len() as u64 * 2 * threads as u64;
    let bar = customers::bar(steps, "deciding");
    for placement in placements {
        let ask = |id: &String| question(id, placement, asked, &args.request);
        let questions: Vec<Request> = loaded.ids.iter().map(ask).collect();
        let line = measure(&engine, placement, &questions, threads, &bar);
        lines.push(line.map_err(|error| misfit(&error, &rules))?);
    }
    bar.finish_and_clear();
    let told =
        Told { stages, rules: &rules, engine: &engine, loaded: &loaded, grown, threads, lines };
    match args.format {
        Format::Human => out::print(&told.human(asked))?,
        Format::Json => out::print(&told.json(asked))?,
    }
    Ok(loaded.outcome())
}

fn timed<T>(run: impl FnOnce() -> T) -> (T, Duration) {
    let started = Instant::now();
    let done = run();
    (done, started.elapsed())
}

/// Memory of this process, in bytes, where the system tells it.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kib| kib * 1024)
}

/// What one placement's decisions came to.
struct Line {
    placement: String,
    decisions: u64,
    per_second: u64,
    /// Nanoseconds, as [`PERCENTILES`].
    nanos: Vec<u64>,
    /// Per decision.
    looked_at: f64,
    /// Share of answers without a treatment.
    empty: f64,
}

/// What one thread did.
#[derive(Default)]
struct Part {
    decisions: u64,
    took: Duration,
    /// Of one decision for each customer, so that it does not hang on how fast a thread is.
    looked_at: u64,
    empty: u64,
    nanos: Vec<u64>,
}

/// All threads for half a second without reading the clock, and half a second more reading it each time.
fn measure(
    engine: &Engine,
    placement: &str,
    questions: &[Request],
    threads: usize,
    bar: &ProgressBar,
) -> Result<Line, BindError> {
    let share = questions.len().div_ceil(threads).max(1);
    let both = std::thread::scope(|scope| {
        let parts: Vec<_> = questions
            .chunks(share)
            .map(|part| scope.spawn(move || one_thread(engine, part, bar)))
            .collect();
        let joined =
            parts.into_iter().map(|part| part.join().unwrap_or_else(|_| Ok(Part::default())));
        joined.collect::<Result<Vec<Part>, BindError>>()
    })?;
    let mut nanos: Vec<u64> = both.iter().flat_map(|part| part.nanos.iter().copied()).collect();
    nanos.sort_unstable();
    let decisions: u64 = both.iter().map(|part| part.decisions).sum();
    let mean = |sum: u64| sum as f64 / questions.len().max(1) as f64;
    Ok(Line {
        placement: placement.to_owned(),
        decisions,
        per_second: both.iter().map(|part| per_second(part.decisions, part.took)).sum(),
        nanos: PERCENTILES.iter().map(|(_, share)| percentile(&nanos, *share)).collect(),
        looked_at: mean(both.iter().map(|part| part.looked_at).sum()),
        empty: mean(both.iter().map(|part| part.empty).sum()),
    })
}

/// The smallest of the sorted values that so large a share of them does not exceed.
fn percentile(sorted: &[u64], share: f64) -> u64 {
    let place = (sorted.len() as f64 * share).ceil() as usize;
    sorted.get(place.saturating_sub(1)).copied().unwrap_or(0)
}

fn one_thread(
    engine: &Engine,
    questions: &[Request],
    bar: &ProgressBar,
) -> Result<Part, BindError> {
    let (mut part, mut answer) = (Part::default(), Answer::default());
    // Once, so that nothing is met for the first time.
    for question in questions {
        engine.decide_into(question, &mut answer)?;
        part.looked_at += u64::from(answer.looked_at());
        part.empty += u64::from(answer.is_empty());
    }
    let started = Instant::now();
    while part.decisions == 0 || started.elapsed() < LASTS {
        for question in questions {
            engine.decide_into(question, &mut answer)?;
        }
        part.decisions += questions.len() as u64;
    }
    part.took = started.elapsed();
    bar.inc(1);
    part.nanos.reserve_exact(KEPT);
    let started = Instant::now();
    for question in questions.iter().cycle().take(KEPT) {
        let begun = Instant::now();
        engine.decide_into(question, &mut answer)?;
        let took = begun.elapsed();
        part.nanos.push(u64::try_from(took.as_nanos()).unwrap_or(u64::MAX));
        if started.elapsed() >= LASTS && part.nanos.len() >= questions.len() {
            break;
        }
    }
    bar.inc(1);
    Ok(part)
}

/// All that is told.
struct Told<'a> {
    stages: Stages,
    rules: &'a Rules,
    engine: &'a Engine,
    loaded: &'a Loaded,
    /// Bytes that the process grew by while customers came in.
    grown: Option<u64>,
    threads: usize,
    lines: Vec<Line>,
}

impl Told<'_> {
    fn profile(&self) -> Option<u64> {
        self.grown.map(|bytes| bytes / self.loaded.ids.len().max(1) as u64)
    }

    /// Candidates of a placement.
    fn candidates(&self, placement: &str) -> usize {
        let found = self.rules.placements.iter().find(|found| found.name == placement);
        found.map_or(0, |found| found.candidates.len())
    }

    fn human(&self, asked: Timestamp) -> String {
        let mut sheet = Sheet::new(&["rules", ">took"]);
        for (_, name, took) in self.stages.named() {
            sheet.row([name.to_owned(), time(took)]);
        }
        let mut out = sheet.show();
        let size = self.engine.program().size();
        out.push_str(&format!(
            "program: {} at {}, {} in {} of decision index\n",
            out::count(self.rules.actions.len(), "action"),
            out::count(self.rules.placements.len(), "placement"),
            out::count(size.conjunctions, "conjunction"),
            bytes(size.index_bytes as u64),
        ));
        let profile = self.profile().map_or_else(
            || format!("{} each in a decision's copy", bytes(size_of::<View>() as u64)),
            |whole| {
                format!(
                    "{} each, {} of it copied by a decision",
                    bytes(whole),
                    bytes(size_of::<View>() as u64)
                )
            },
        );
        out.push_str(&format!(
            "customers: {} loaded in {}, {profile}\n\n",
            out::grouped(self.loaded.ids.len() as u64),
            time(self.loaded.took),
        ));
        let mut heading = vec!["placement", ">decisions a second"];
        let percentiles: Vec<String> =
            PERCENTILES.iter().map(|(name, _)| format!(">{name}")).collect();
        heading.extend(percentiles.iter().map(String::as_str));
        heading.extend([">looked at", ">of candidates", ">empty"]);
        let mut sheet = Sheet::new(&heading);
        for line in &self.lines {
            let mut row = vec![line.placement.clone(), out::grouped(line.per_second)];
            row.extend(line.nanos.iter().map(|nanos| format!("{} ns", out::grouped(*nanos))));
            row.push(format!("{:.1}", line.looked_at));
            row.push(out::grouped(self.candidates(&line.placement) as u64));
            row.push(format!("{:.1}%", line.empty * 100.0));
            sheet.row(row);
        }
        out.push_str(&sheet.show());
        out.push_str(&format!("at {asked}, {}\n", out::count(self.threads, "thread")));
        out
    }

    fn json(&self, asked: Timestamp) -> String {
        let seconds: BTreeMap<&str, f64> =
            self.stages.named().iter().map(|(key, _, took)| (*key, took.as_secs_f64())).collect();
        let size = self.engine.program().size();
        let placements: Vec<_> = self
            .lines
            .iter()
            .map(|line| {
                let nanos: serde_json::Map<_, _> = PERCENTILES
                    .iter()
                    .zip(&line.nanos)
                    .map(|((name, _), nanos)| ((*name).to_owned(), json!(nanos)))
                    .collect();
                json!({
                    "name": line.placement,
                    "decisions": line.decisions,
                    "decisions_per_second": line.per_second,
                    "nanoseconds": nanos,
                    "candidates": self.candidates(&line.placement),
                    "looked_at": line.looked_at,
                    "empty": line.empty,
                })
            })
            .collect();
        let told = json!({
            "at": asked.to_string(),
            "threads": self.threads,
            "rules": {
                "seconds": seconds,
                "actions": self.rules.actions.len(),
                "conjunctions": size.conjunctions,
                "index_bytes": size.index_bytes,
            },
            "customers": {
                "count": self.loaded.ids.len(),
                "seconds": self.loaded.took.as_secs_f64(),
                "profile_bytes": self.profile(),
                "copied_bytes": size_of::<View>(),
            },
            "placements": placements,
        });
        format!("{told:#}\n")
    }
}

/// `412 B`, `3.1 KiB`
fn bytes(bytes: u64) -> String {
    match bytes {
        b if b < 1 << 10 => format!("{b} B"),
        b if b < 1 << 20 => format!("{:.1} KiB", b as f64 / 1024.0),
        b => format!("{:.1} MiB", b as f64 / 1_048_576.0),
    }
}

#[cfg(test)]
mod tests {
    use super::percentile;

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let sorted: Vec<u64> = (1..=1_000).collect();
        let found = [0.5, 0.9, 0.99, 0.999, 1.0].map(|share| percentile(&sorted, share));
        assert_eq!(found, [500, 900, 990, 999, 1_000]);
        assert_eq!(percentile(&[7], 0.5), 7);
        assert_eq!(percentile(&[], 0.5), 0);
    }
}
