//! `onward import`: customers and events from files into a store, and on from where a broken import ended.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use onward::ingest::{
    EventFormat, EventMapping, Format, Mapping, Report, Row, read_events, read_rows,
};
use onward::store::{Store, StoreError};
use onward::{Customer, CustomerError, Engine, Event, EventError};
use serde_json::json;
use xxhash_rust::xxh3::xxh3_128;

use crate::customers::{self, opened};
use crate::kept::{store, told};
use crate::out::{self, Outcome, Run, Stop, tame};
use crate::{happened, rules};

/// Bring customers and what happened to them into a store.
///
/// Without --map each line is a Segment `identify` or `track` call; with it, each row is a customer or an event,
/// as the mapping says. What is said to be imported outlasts a crash and a power cut.
///
/// An import that broke off goes on where it ended: run it again with the same files. A file that was read to its
/// end is passed over.
#[derive(clap::Args)]
#[command(verbatim_doc_comment, after_long_help = customers::mappings())]
pub(crate) struct Args {
    /// The workspace folder, or one .journey file.
    path: PathBuf,
    /// The folder of the store; made where there is none.
    #[arg(long, value_name = "DIR")]
    store: PathBuf,
    /// What the fields of the data mean: a mapping of customers or one of events (shown below).
    #[arg(long, value_name = "MAP.toml")]
    map: Option<PathBuf>,
    /// Write rows that were refused here, as JSON lines with file, line, field and why; the first 1,000 of a file.
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// JSON lines or CSV, plain or gzip.
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
}

/// Rows between two commits.
const ROWS: u64 = 50_000;
/// Customers held in memory; beyond it those who are safe go.
const HELD: usize = 500_000;
/// The mark of a file that was read to its end.
const WHOLE: u64 = u64::MAX;

/// What the rows of a file are.
enum Rows {
    Calls,
    Customers(Format),
    Events(EventFormat),
}

pub(crate) fn run(args: &Args) -> Run {
    let rules = match rules::running(&args.path)? {
        Ok(rules) => rules,
        Err(outcome) => return Ok(outcome),
    };
    let rows = rows(args.map.as_deref())?;
    for file in &args.files {
        if file.as_os_str() == "-" {
            return out::usage(
                "an import goes on where it ended, and standard input cannot: name a file",
            );
        }
    }
    let mut rejects = args.rejects.as_deref().map(reject_file).transpose()?;
    let folder: Arc<dyn Store> = store(&args.store, true)?;
    let engine = Engine::open(&rules, Arc::clone(&folder)).map_err(|error| told(&error))?;
    let started = Instant::now();
    let (mut total, mut clean) = (0, true);
    for file in &args.files {
        let mut import = Import::begin(&engine, &*folder, file)?;
        let reports = import.read(&rows, file)?;
        for report in &reports {
            total += report.kept;
            clean &= report.is_clean();
            happened::tell(file, report);
            if let Some(rejects) = &mut rejects {
                reject(rejects, file, report)?;
            }
        }
        import.end(reports.iter().any(|report| report.stopped.is_some()))?;
    }
    if let Some(mut rejects) = rejects {
        rejects.flush()?;
    }
    let took = started.elapsed().as_secs_f64();
    let rate = if took > 0.0 { (total as f64 / took) as u64 } else { 0 };
    let done = format!(
        "{} rows imported in {took:.1} s, {} a second",
        out::grouped(total),
        out::grouped(rate)
    );
    out::tell(&done);
    Ok(if clean { Outcome::Good } else { Outcome::Wrong })
}

fn rows(map: Option<&Path>) -> Run<Rows> {
    let Some(path) = map else { return Ok(Rows::Calls) };
    let shown = tame(&path.to_string_lossy());
    let text = std::fs::read_to_string(path)
        .map_err(|error| Stop::Usage(format!("cannot read `{shown}`: {error}")))?;
    // Only a mapping of events says where the time stands.
    let events = text.lines().any(|line| line.trim_start().starts_with("[time]"));
    let told =
        |error: &dyn std::fmt::Display| Stop::Usage(format!("in the mapping `{shown}`: {error}"));
    if events {
        let mapping = EventMapping::parse(&text).map_err(|error| told(&error))?;
        return Ok(Rows::Events(EventFormat::Mapped(Box::new(mapping))));
    }
    let mapping = Mapping::parse(&text).map_err(|error| told(&error))?;
    Ok(Rows::Customers(Format::Mapped(mapping)))
}

fn reject_file(path: &Path) -> Run<BufWriter<File>> {
    let file = File::create(path).map_err(|error| {
        Stop::Usage(format!("cannot write `{}`: {error}", tame(&path.to_string_lossy())))
    })?;
    Ok(BufWriter::new(file))
}

fn reject(into: &mut impl Write, file: &Path, report: &Report) -> Run<()> {
    for problem in &report.problems {
        let row = json!({"file": file.to_string_lossy(), "line": problem.line, "field": problem.field, "why": problem.why});
        writeln!(into, "{row}")?;
    }
    Ok(())
}

/// One file on its way into the store.
struct Import<'a> {
    engine: &'a Engine,
    /// What the store calls the file: by its content, so that another name or an older date changes nothing.
    name: String,
    /// Rows up to this line are in the store.
    done: u64,
    /// Rows since the last commit.
    since: u64,
    failed: Option<StoreError>,
}

impl<'a> Import<'a> {
    fn begin(engine: &'a Engine, store: &dyn Store, file: &Path) -> Run<Self> {
        let bytes = std::fs::read(file).map_err(|error| {
            Stop::Usage(format!("cannot read `{}`: {error}", tame(&file.to_string_lossy())))
        })?;
        let name = format!("import {:032x}", xxh3_128(&bytes));
        let mark = store.note(&name).map_err(|error| told(&error))?;
        let done = mark.and_then(|mark| mark.first_chunk().map(|mark| u64::from_le_bytes(*mark)));
        let done = done.unwrap_or(0);
        if done > 0 {
            let shown = tame(&file.to_string_lossy());
            out::tell(&match done {
                WHOLE => format!("{shown}: imported before"),
                line => format!("{shown}: goes on behind line {}", out::grouped(line)),
            });
        }
        Ok(Self { engine, name, done, since: 0, failed: None })
    }

    fn read(&mut self, rows: &Rows, file: &Path) -> Run<Vec<Report>> {
        if self.done == WHOLE {
            return Ok(Vec::new());
        }
        let customers = |import: &mut Self, format: &Format| {
            let whole = format.is_whole();
            opened(file, "importing customers", |reader| {
                read_rows(reader, format, &mut |row| import.customer(row, whole))
            })
        };
        let events = |import: &mut Self, format: &EventFormat| {
            opened(file, "importing events", |reader| {
                read_events(reader, format, &mut |line, event| import.event(line, &event))
            })
        };
        let reports = match rows {
            Rows::Customers(format) => vec![customers(self, format)?],
            Rows::Events(format) => vec![events(self, format)?],
            Rows::Calls => {
                // Two passes: customers first. Their calls are news with times of their own, events have ids or
                // are marked by their line.
                let first = customers(self, &Format::Identify)?;
                let second = events(self, &EventFormat::Track)?;
                vec![first, second]
            }
        };
        match self.failed.take() {
            Some(error) => Err(told(&error)),
            None => Ok(reports),
        }
    }

    fn customer(&mut self, row: Row, whole: bool) -> Result<(), CustomerError> {
        if row.line <= self.done || self.failed.is_some() {
            return Ok(());
        }
        let put = |customer: &Customer| match (row.only_withdrawals, whole) {
            (false, true) => self.engine.put_whole(customer),
            _ => self.engine.put(customer),
        };
        let taken = match put(&row.customer) {
            Err(CustomerError::NotLoaded) => {
                if let Err(error) = self.engine.load([row.customer.id()]) {
                    self.failed = Some(error);
                    return Ok(());
                }
                put(&row.customer)
            }
            taken => taken,
        };
        // Calls come in two passes: only the second one can say how far all came.
        self.count(if whole { Some(row.line) } else { None });
        taken
    }

    fn event(&mut self, line: u64, event: &Event) -> Result<(), EventError> {
        if line <= self.done || self.failed.is_some() {
            return Ok(());
        }
        let track = || self.engine.track(event, event.time());
        let taken = match track() {
            Err(EventError::NotLoaded) => {
                if let Err(error) = self.engine.load([event.customer()]) {
                    self.failed = Some(error);
                    return Ok(());
                }
                track()
            }
            taken => taken,
        };
        self.count(Some(line));
        taken.map(|_| ())
    }

    /// Counts a row; after many of them all is made safe, with the mark of how far it came.
    fn count(&mut self, line: Option<u64>) {
        self.since += 1;
        if self.since < ROWS {
            return;
        }
        self.since = 0;
        if let Some(line) = line {
            self.engine.note(self.name.as_str(), line.to_le_bytes());
        }
        if let Err(error) = self.engine.durable() {
            self.failed = Some(error);
        } else if self.engine.customers() > HELD {
            self.engine.evict(self.engine.customer_ids());
        }
    }

    fn end(&mut self, stopped: bool) -> Run<()> {
        if self.done != WHOLE && !stopped {
            self.engine.note(self.name.as_str(), WHOLE.to_le_bytes());
        }
        self.engine.durable().map_err(|error| told(&error))
    }
}
