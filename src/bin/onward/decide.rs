//! `onward decide`: one decision per customer, and what came of them together.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::ValueEnum;
use onward::check::rules::{Origin, Rules};
use onward::decision::{Stage, Summary};
use onward::value::{Currency, Timestamp, Value};
use onward::{BindError, Decision, Request};

use crate::customers::{self, Loaded};
use crate::out::{self, Outcome, Run, Stop, nearest_or_all, usage};
use crate::rules;
use crate::story::scored;
use crate::table::Sheet;

/// Decide for every customer of a file, and sum up.
///
/// --format table prints the decisions of the first ten customers, in a pipe too, and the summary;
/// jsonl, csv and --out give the decisions of all.
///
/// jsonl: one object per customer: customer and the fields of the decision (treatments with action,
/// channel, language, score, fallback, probability; summary; generation; fingerprint; view_version; at).
///
/// csv: one line per treatment: customer, rank, action, channel, language, score, fallback, refused;
/// a customer for whom nothing fits has one line without rank.
///
/// Scores are money in the table and minor units (cents) in jsonl and csv. With jsonl and csv the summary
/// goes to standard error.
///
/// The same customers, rules and --at give the same output, whatever the number of threads.
#[derive(clap::Args)]
#[command(verbatim_doc_comment, after_long_help = customers::mappings())]
pub(crate) struct Args {
    /// The workspace folder, or one .journey file.
    path: PathBuf,
    #[command(flatten)]
    source: customers::Source,
    /// Where it is asked.
    #[arg(long, value_name = "NAME")]
    placement: String,
    /// When it is asked, such as 2018-08-01T10:00:00Z.
    #[arg(long, value_name = "TIME", value_parser = at)]
    at: Timestamp,
    /// How decisions are printed.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// Write the decisions of all customers here; with --format table, as JSON lines (or CSV, where the name
    /// ends in .csv).
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// An attribute of the question, declared in `request { ... }`; may be given several times.
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    request: Vec<(String, String)>,
    /// How many threads decide; all processors where not said.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Table,
    Jsonl,
    Csv,
}

/// Customers decided together before their decisions are written: this many decisions are held at most.
const BLOCK: usize = 1 << 16;
/// Decisions worth a thread of their own: less costs more than it saves.
const FEW: usize = 1 << 10;
/// Decisions shown in a table.
const SHOWN: usize = 10;

pub(crate) fn at(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse(text).map_err(|error| error.to_string())
}

pub(crate) fn pair(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("write KEY=VALUE, such as page=cart")?;
    Ok((key.trim().to_owned(), value.to_owned()))
}

/// A request as the arguments give it, for one customer.
pub(crate) fn question(
    customer: &str,
    placement: &str,
    at: Timestamp,
    pairs: &[(String, String)],
) -> Request {
    let base = Request::new(customer, placement).at(at);
    pairs.iter().fold(base, |request, (key, text)| {
        let list = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
        match list {
            Some(list) => {
                let words = list.split(',').map(|word| word.trim().to_owned());
                request.attribute(key, Value::List(words.filter(|word| !word.is_empty()).collect()))
            }
            None => request.attribute(key, text.as_str()),
        }
    })
}

/// What the rules say to a question that does not fit them.
pub(crate) fn misfit(error: &BindError, rules: &Rules) -> Stop {
    let help = match error {
        BindError::UnknownPlacement { placement } => {
            let names: Vec<&str> = rules.placements.iter().map(|p| p.name.as_str()).collect();
            nearest_or_all(placement, &names)
        }
        BindError::UnknownAttribute { attribute } => {
            let declared = rules.attributes.iter().filter(|a| a.origin == Origin::Request);
            let names: Vec<&str> = declared.map(|a| a.name.as_str()).collect();
            nearest_or_all(attribute, &names)
        }
        BindError::MissingAttribute { attribute } => format!("; add --request {attribute}=..."),
        _ => String::new(),
    };
    Stop::Usage(format!("{error}{help}"))
}

pub(crate) fn run(args: &Args) -> Run {
    let rules = match rules::running(&args.path)? {
        Ok(rules) => rules,
        Err(outcome) => return Ok(outcome),
    };
    let engine = args.source.engine(&rules)?;
    let ask = |id: &str| question(id, &args.placement, args.at, &args.request);
    engine.decide(&ask("")).map_err(|error| misfit(&error, &rules))?;
    // Before the work, not after it: where nothing can be written nothing should be decided.
    let sink = Sink::open(args.out.as_deref())?;
    let mut loaded = args.source.load(&engine, &rules)?;
    if loaded.refused || (loaded.report.stopped.is_some() && loaded.report.kept == 0) {
        return Ok(Outcome::Wrong);
    }
    if args.source.happened(&engine, &rules, args.at, &mut loaded)? {
        return Ok(Outcome::Wrong);
    }
    let mut writer = Writer::new(args, sink, rules.workspace.currency)?;
    let threads = args.threads.map_or_else(processors, usize::from);
    let threads = threads.min(loaded.ids.len().div_ceil(FEW)).max(1);
    let mut total = Total::default();
    let bar = customers::bar(loaded.ids.len() as u64, "deciding");
    let mut decisions = Vec::new();
    for block in loaded.ids.chunks(BLOCK) {
        let started = Instant::now();
        engine.decide_each(block, threads, |id| ask(id), &mut decisions);
        total.took += started.elapsed();
        for (id, decision) in block.iter().zip(&decisions) {
            let decision = decision.as_ref().map_err(|error| misfit(error, &rules))?;
            total.count(decision);
            writer.write(id, decision)?;
        }
        bar.inc(block.len() as u64);
    }
    bar.finish_and_clear();
    let summary = total.show(args, &rules, &loaded, threads);
    writer.end(&summary, loaded.ids.len())?;
    Ok(loaded.outcome())
}

pub(crate) fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// Where decisions go: opened early, and left as it was if nothing comes of it.
struct Sink<'a> {
    file: Option<File>,
    /// Made by this run; taken away again by a run that decides nothing.
    made: Option<&'a Path>,
}

impl<'a> Sink<'a> {
    fn open(path: Option<&'a Path>) -> Run<Self> {
        let Some(path) = path else { return Ok(Self { file: None, made: None }) };
        let made = (!path.exists()).then_some(path);
        let file = File::options().write(true).create(true).truncate(false).open(path);
        let file = file.map_err(|error| {
            Stop::Usage(format!("cannot write `{}`: {error}", out::tame(&path.to_string_lossy())))
        })?;
        Ok(Self { file: Some(file), made })
    }

    /// From now on it is written to: what stood in the file is gone.
    fn begin(mut self) -> Run<Box<dyn Write>> {
        self.made = None;
        Ok(match self.file.take() {
            Some(file) => {
                if file.metadata()?.is_file() {
                    file.set_len(0)?;
                }
                Box::new(std::io::BufWriter::new(file))
            }
            None => Box::new(out::stdout()),
        })
    }
}

impl Drop for Sink<'_> {
    fn drop(&mut self) {
        if let Some(path) = self.made {
            let _ = std::fs::remove_file(path);
        }
    }
}

/// How decisions are written.
struct Writer {
    how: How,
    currency: Currency,
    table: Option<(Sheet, usize)>,
    to_file: bool,
}

enum How {
    Nowhere,
    Lines(Box<dyn Write>),
    Csv(Box<csv::Writer<Box<dyn Write>>>),
}

impl Writer {
    fn new(args: &Args, sink: Sink<'_>, currency: Currency) -> Run<Self> {
        let format = match (args.format, &args.out) {
            (Format::Table, Some(path)) if path.extension().is_some_and(|e| e == "csv") => {
                Format::Csv
            }
            (Format::Table, Some(_)) => Format::Jsonl,
            (format, _) => format,
        };
        let sink = sink.begin()?;
        let how = match format {
            Format::Table => How::Nowhere,
            Format::Jsonl => How::Lines(sink),
            Format::Csv => {
                let mut writer = csv::Writer::from_writer(sink);
                writer.write_record(CSV).map_err(csv_stop)?;
                How::Csv(Box::new(writer))
            }
        };
        let heading = ["customer", "action", "channel", "language", ">score"];
        let table = (args.format == Format::Table).then(|| (Sheet::new(&heading), 0));
        Ok(Self { how, currency, table, to_file: args.out.is_some() })
    }

    fn write(&mut self, id: &str, decision: &Decision) -> Run<()> {
        match &mut self.how {
            How::Nowhere => {}
            How::Lines(sink) => {
                let mut line = serde_json::Map::new();
                line.insert("customer".to_owned(), id.into());
                if let Ok(serde_json::Value::Object(fields)) = serde_json::to_value(decision) {
                    line.extend(fields);
                }
                serde_json::to_writer(&mut *sink, &line).map_err(std::io::Error::from)?;
                sink.write_all(b"\n")?;
            }
            How::Csv(writer) => {
                for (rank, treatment) in decision.treatments.iter().enumerate() {
                    let score = treatment.score.map(|score| score.to_string()).unwrap_or_default();
                    let fallback = if treatment.fallback { "yes" } else { "no" };
                    let rank = (rank + 1).to_string();
                    let fields = [
                        id,
                        &rank,
                        &treatment.action,
                        &treatment.channel,
                        &treatment.language,
                        &score,
                        fallback,
                        "",
                    ];
                    writer.write_record(fields).map_err(csv_stop)?;
                }
                if decision.treatments.is_empty() {
                    let why = refused(&decision.summary);
                    writer.write_record([id, "", "", "", "", "", "", &why]).map_err(csv_stop)?;
                }
            }
        }
        if let Some((table, rows)) = &mut self.table
            && *rows < SHOWN
        {
            *rows += 1;
            let name = out::tame(id);
            match decision.treatments.first() {
                None => {
                    let why = format!("nothing: {}", refused(&decision.summary));
                    table.row([name, why, String::new(), String::new(), String::new()]);
                }
                Some(_) => {
                    for (rank, treatment) in decision.treatments.iter().enumerate() {
                        let name = if rank == 0 { name.clone() } else { String::new() };
                        let score = treatment
                            .score
                            .map_or("fallback".to_owned(), |score| scored(score, self.currency));
                        let (action, channel) =
                            (treatment.action.clone(), treatment.channel.clone());
                        table.row([name, action, channel, treatment.language.clone(), score]);
                    }
                }
            }
        }
        Ok(())
    }

    /// The summary stands behind the decisions, or beside them where they are data on standard output.
    fn end(self, summary: &str, customers: usize) -> Run<()> {
        match self.how {
            How::Nowhere => {}
            How::Lines(mut sink) => sink.flush()?,
            How::Csv(mut writer) => writer.flush()?,
        }
        match self.table {
            Some((table, rows)) => {
                let more = customers.saturating_sub(rows);
                let more = if more == 0 || self.to_file {
                    String::new()
                } else {
                    format!(
                        "... and {}; --format jsonl, --format csv or --out FILE gives all\n",
                        out::count(more, "more customer")
                    )
                };
                out::print(&format!("{}{more}\n{summary}", table.show()))
            }
            None if self.to_file => out::print(summary),
            None => {
                out::tell(summary.trim_end());
                Ok(())
            }
        }
    }
}

const CSV: [&str; 8] =
    ["customer", "rank", "action", "channel", "language", "score", "fallback", "refused"];

fn csv_stop(error: csv::Error) -> Stop {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error.into(),
        other => Stop::Usage(format!("cannot write CSV: {other:?}")),
    }
}

/// `who 3, consent 2`: which stages refused how many treatments.
pub(crate) fn refused(summary: &Summary) -> String {
    if summary.refused.is_empty() {
        return "no candidate".to_owned();
    }
    let parts: Vec<String> = summary
        .refused
        .iter()
        .filter(|(_, number)| *number > 0)
        .map(|(stage, number)| format!("{} {number}", stage.word()))
        .collect();
    parts.join(", ")
}

/// What came of all decisions together.
#[derive(Default)]
pub(crate) struct Total {
    decisions: u64,
    empty: u64,
    actions: BTreeMap<String, Count>,
    refused: BTreeMap<Stage, u64>,
    pub(crate) took: Duration,
}

#[derive(Default)]
struct Count {
    customers: u64,
    value: f64,
    fallback: bool,
}

impl Total {
    pub(crate) fn count(&mut self, decision: &Decision) {
        self.decisions += 1;
        if decision.treatments.is_empty() {
            self.empty += 1;
            for (stage, number) in &decision.summary.refused {
                *self.refused.entry(*stage).or_default() += u64::from(*number);
            }
        }
        for treatment in &decision.treatments {
            let count = self.actions.entry(treatment.action.clone()).or_default();
            count.customers += 1;
            count.value += treatment.score.unwrap_or(0.0);
            count.fallback |= treatment.fallback;
        }
    }

    fn show(&self, args: &Args, rules: &Rules, loaded: &Loaded, threads: usize) -> String {
        let mut out = format!("{} at {}\n\n", args.placement, args.at);
        out.push_str(&self.table(rules.workspace.currency));
        out.push_str(&format!(
            "\n{} decisions in {} ({} a second, {}); {} customers loaded in {}\n",
            out::grouped(self.decisions),
            time(self.took),
            out::grouped(per_second(self.decisions, self.took)),
            out::count(threads, "thread"),
            out::grouped(loaded.ids.len() as u64),
            time(loaded.took),
        ));
        out
    }

    /// Per action: customers, their share, and the sum of scores.
    pub(crate) fn table(&self, currency: Currency) -> String {
        let share = |number: u64| {
            let all = self.decisions.max(1);
            format!("{:.1}%", number as f64 * 100.0 / all as f64)
        };
        let mut sheet = Sheet::new(&["action", ">customers", ">share", ">expected value"]);
        let mut rows: Vec<(&String, &Count)> = self.actions.iter().collect();
        rows.sort_by(|a, b| b.1.customers.cmp(&a.1.customers).then(a.0.cmp(b.0)));
        for (action, count) in rows {
            let name = if count.fallback { format!("{action} (fallback)") } else { action.clone() };
            sheet.row([
                name,
                out::grouped(count.customers),
                share(count.customers),
                money(currency, count.value),
            ]);
        }
        sheet.row([
            "nothing".to_owned(),
            out::grouped(self.empty),
            share(self.empty),
            String::new(),
        ]);
        let mut out = sheet.show();
        if self.empty > 0 {
            let parts = self
                .refused
                .iter()
                .map(|(stage, number)| format!("{} {}", stage.word(), out::grouped(*number)));
            let why = parts.collect::<Vec<_>>().join(", ");
            out.push_str(&format!("nothing, because treatments were refused by: {why}\n"));
        }
        out
    }
}

/// A sum of scores, to the minor unit.
fn money(currency: Currency, minor: f64) -> String {
    let whole = minor.round_ties_even();
    if whole.abs() < 9e15 {
        currency.show(whole as i64)
    } else {
        format!("{} {whole:e}", currency.code())
    }
}

pub(crate) fn per_second(number: u64, took: Duration) -> u64 {
    let seconds = took.as_secs_f64();
    if seconds > 0.0 { (number as f64 / seconds) as u64 } else { 0 }
}

/// `12.3 ms`
pub(crate) fn time(took: Duration) -> String {
    let seconds = took.as_secs_f64();
    match seconds {
        s if s < 1e-3 => format!("{:.0} µs", s * 1e6),
        s if s < 1.0 => format!("{:.1} ms", s * 1e3),
        s => format!("{s:.2} s"),
    }
}

/// So that unknown placements are a matter of usage in every command.
pub(crate) fn placement_named(rules: &Rules, name: &str) -> Run<()> {
    if rules.placements.iter().any(|placement| placement.name == name) {
        return Ok(());
    }
    let error = BindError::UnknownPlacement { placement: name.to_owned() };
    match misfit(&error, rules) {
        Stop::Usage(message) => usage(message),
        other => Err(other),
    }
}
