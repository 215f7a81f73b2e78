//! Events from files, beside the customers: what happened up to the moment that is asked about.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use onward::check::rules::Rules;
use onward::ingest::{EventFormat, EventMapping, KeepEvent, Report, read_events};
use onward::value::Timestamp;
use onward::{Engine, Event};

use crate::customers::opened;
use crate::out::{self, Run, Stop, nearest, tame};

/// What a mapping of events can say; the tests read it as it stands here.
pub(crate) const MAPPING: &str = r##"
A mapping of events (--events-map) says what the rows of --events mean:

  format = "jsonl"              # or "csv"
  customer = "person"           # the field with the customer's id
  event = "event"               # the field that says what happened; left out where all rows are one event
  message = "id"                # optional: the sender's id, which makes reading a row twice harmless

  [time]
  from = "time"                 # when it happened, such as 2026-10-01T09:30:00Z
  hours_since = "2018-07-25T00:00:00Z"   # or hours since a start; or time = "%Y-%m-%d %H:%M", "unix", "unix_ms"

  [events.transaction]          # what the event field says; rows of others are passed over
  name = "purchase"             # the event of the rules, where it has another name
  only = { channel = ["web"] }  # optional: other rows are passed over

  [events.transaction.fields.amount]     # a field, read as an attribute of customers is
  from = "value.amount"
  unit = "major"
  currency = "USD"
"##;

/// How events come in; shared by all commands that read customers.
#[derive(Clone, clap::Args)]
pub(crate) struct Happened {
    /// What happened, as JSON lines or CSV, plain or gzip; may be given several times. Without --events-map each
    /// line is a Segment `track` call: {"type":"track","userId":"lea","event":"purchase",
    /// "properties":{"amount":"EUR 12.50"},"timestamp":"2026-03-01T00:00:00Z","messageId":"m-17"}. What happened
    /// after --at is passed over.
    #[arg(long, value_name = "FILE")]
    events: Vec<PathBuf>,
    /// What the rows of --events mean; needed for CSV and for other JSON lines (shown below).
    #[arg(long, value_name = "MAP.toml", requires = "events")]
    events_map: Option<PathBuf>,
}

/// What came in.
pub(crate) struct Told {
    /// Rows that were refused.
    pub(crate) refused: u64,
    /// Whether an input broke off.
    pub(crate) stopped: bool,
    /// Customers of whom an event came in, each once, in the order of their first one.
    pub(crate) ids: Vec<String>,
}

/// Rows shown of those refused; all are counted.
const SHOWN: usize = 10;

impl Happened {
    /// Hands every good event to the engine, as if each had arrived when it happened, and says on standard error
    /// what was wrong with the others; `only` leaves out all other customers.
    pub(crate) fn load(
        &self,
        engine: &Engine,
        rules: &Rules,
        at: Timestamp,
        only: Option<&str>,
    ) -> Run<Told> {
        let (mut seen, mut ids) = (BTreeSet::new(), Vec::new());
        let told = self.each(rules, &mut |_, event: Event| {
            if event.time() > at || only.is_some_and(|id| id != event.customer()) {
                return Ok(());
            }
            engine.track(&event, event.time())?;
            if !seen.contains(event.customer()) {
                seen.insert(event.customer().to_owned());
                ids.push(event.customer().to_owned());
            }
            Ok(())
        })?;
        Ok(Told { ids, ..told })
    }

    /// Whether events come in at all.
    pub(crate) fn any(&self) -> bool {
        !self.events.is_empty()
    }

    /// Hands every good event to `keep`, in the order of the files, and says on standard error what was wrong with
    /// the others.
    pub(crate) fn each(&self, rules: &Rules, keep: KeepEvent<'_>) -> Run<Told> {
        let mut told = Told { refused: 0, stopped: false, ids: Vec::new() };
        let format = self.format(rules)?;
        for path in &self.events {
            let report =
                opened(path, "reading events", |reader| read_events(reader, &format, keep))?;
            tell(path, &report);
            told.refused += report.refused;
            told.stopped |= report.stopped.is_some();
        }
        Ok(told)
    }

    fn format(&self, rules: &Rules) -> Run<EventFormat> {
        let Some(path) = &self.events_map else { return Ok(EventFormat::Track) };
        let shown = tame(&path.to_string_lossy());
        let text = std::fs::read_to_string(path)
            .map_err(|error| Stop::Usage(format!("cannot read `{shown}`: {error}")))?;
        let mapping = EventMapping::parse(&text)
            .map_err(|error| Stop::Usage(format!("in the mapping `{shown}`: {error}")))?;
        let declared: Vec<&str> = rules.events.iter().map(|event| event.name.as_str()).collect();
        for name in mapping.events() {
            if !declared.contains(&name) {
                let near = nearest(name, declared.iter().copied());
                out::complain(
                    "warning",
                    &format!("the mapping gives `{name}`, which is no event of the rules{near}"),
                );
            }
        }
        Ok(EventFormat::Mapped(Box::new(mapping)))
    }
}

/// Says on standard error what was wrong with the rows of a file of events.
pub(crate) fn tell(path: &Path, report: &Report) {
    let file = tame(&path.to_string_lossy());
    for problem in report.problems.iter().take(SHOWN) {
        out::complain("warning", &format!("{file} {}", tame(&problem.to_string())));
    }
    let more = report.refused.saturating_sub(SHOWN as u64);
    if more > 0 {
        let more = out::grouped(more);
        out::complain("warning", &format!("{file}: {more} more rows are wrong"));
    }
    if report.refused > 0 {
        out::tell(&format!(
            "{} of {} events kept, {} wrong",
            out::grouped(report.kept),
            out::grouped(report.rows),
            out::grouped(report.refused)
        ));
    }
    if let Some(why) = &report.stopped {
        out::complain("error", &format!("{file}: {}", tame(why)));
    }
}
