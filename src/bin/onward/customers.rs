//! Customers from a file: plain or gzip, JSON lines or CSV, with a bar on a terminal.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use onward::check::rules::{Origin, Rules};
use onward::ingest::{Format, Keep, Mapping, Report, Row, read_rows};
use onward::value::Timestamp;
use onward::{Customer, Engine};

use crate::happened::Happened;
use crate::kept;

use crate::out::{self, Outcome, Run, Stop, nearest, tame, usage};

/// What a mapping can say; the tests read it as it stands here.
pub(crate) const MAPPING: &str = r##"A mapping (--map) says what the fields of the data mean:

  format = "csv"                # or "jsonl"
  separator = ";"               # of CSV, where it is not the comma
  id = "customer_id"            # the field with the customer's id; "#line" where the data has none
  updated = "changed_at"        # optional: when the row was true, such as 2026-10-01T09:30:00Z

  [attributes.age]              # an attribute of the rules
  from = "AGE"                  # the field of the data, where it has another name; a.b looks into objects
  unknown = ["118", "n/a"]      # what means "not known"; null and an empty field always do

  [attributes.joined]
  date = "%d/%m/%Y"             # how the day is written: %Y year, %m month, %d day
  [attributes.last_login]
  time = "%Y-%m-%d %H:%M"       # or "unix", "unix_ms"
  zone = "Europe/Paris"
  [attributes.income]
  unit = "major"                # money: "major" or "minor" with currency; percent: "fraction" or "percent"
  currency = "USD"
  decimal = ","                 # where the data writes 12,50
  [attributes.gender]
  values = { M = "male", F = "female" }
  [attributes.interests]
  split = "|"                   # several values in one field
  [attributes.vip]
  yes = ["Y"]
  no = ["N"]

  [constants]                   # the same for every row
  country = "US"

  [consent]                     # channel = { purpose = ... }
  web = { marketing = "granted" }
  email = { marketing = { from = "mail_ok", granted = ["Y"] } }   # any other value is a withdrawal
"##;

/// Both mappings, for the long help.
pub(crate) fn mappings() -> String {
    format!("{MAPPING}{}", crate::happened::MAPPING)
}

/// How customers come in; shared by all commands that read them.
#[derive(Clone, clap::Args)]
pub(crate) struct Source {
    /// Customers as JSON lines or CSV, plain or gzip; `-` reads standard input. Without --map each line is a
    /// Segment `identify` call: {"type":"identify","userId":"lea","traits":{"age":31},
    /// "timestamp":"2026-03-01T00:00:00Z"}.
    #[arg(long, value_name = "FILE", required_unless_present = "store")]
    pub(crate) customers: Option<PathBuf>,
    /// Customers of a store that `onward import` filled, all of them; those of --customers come on top, for this
    /// run only.
    #[arg(long, value_name = "DIR")]
    pub(crate) store: Option<PathBuf>,
    /// What the fields of the data mean; needed for CSV and for other JSON lines (shown below).
    #[arg(long, value_name = "MAP.toml")]
    pub(crate) map: Option<PathBuf>,
    /// Refuse all customers where one row is wrong: nothing is answered, and the exit code is 1.
    #[arg(long)]
    pub(crate) strict: bool,
    #[command(flatten)]
    pub(crate) happened: Happened,
}

/// What came in.
pub(crate) struct Loaded {
    /// External ids, each once, in the order of their first row.
    pub(crate) ids: Vec<String>,
    pub(crate) report: Report,
    pub(crate) took: Duration,
    /// Whether nothing may be answered: nobody came in, or `--strict` refuses this input.
    pub(crate) refused: bool,
    /// Whether an input of events broke off.
    pub(crate) broke_off: bool,
}

impl Loaded {
    /// How a command ends that answered for those who came in: an input that broke off is not good.
    pub(crate) fn outcome(&self) -> Outcome {
        let stopped = self.report.stopped.is_some() || self.broke_off;
        if stopped { Outcome::Wrong } else { Outcome::Good }
    }
}

/// What came in of one customer.
pub(crate) struct One {
    /// Whether a row is theirs.
    pub(crate) found: bool,
    /// Whether such a row was taken.
    pub(crate) taken: bool,
    pub(crate) loaded: Loaded,
}

const REFUSED: &str = "--strict: no customer is taken, because rows are wrong";

/// Rows shown of those refused; all are counted.
const SHOWN: usize = 10;

impl Source {
    /// An engine with the customers of the store, or with none.
    pub(crate) fn engine(&self, rules: &Rules) -> Run<Engine> {
        let Some(folder) = &self.store else { return Ok(Engine::new(rules)) };
        let store = kept::store(folder, false)?;
        let engine = Engine::open(rules, store).map_err(|error| kept::told(&error))?;
        engine.load_all().map_err(|error| kept::told(&error))?;
        Ok(engine)
    }

    /// The file of customers as it is named, for messages.
    pub(crate) fn file(&self) -> &Path {
        self.customers.as_deref().unwrap_or(Path::new(""))
    }

    /// Puts every good row into the engine and says on standard error what was wrong with the others.
    pub(crate) fn load(&self, engine: &Engine, rules: &Rules) -> Run<Loaded> {
        let format = self.format(rules)?;
        // Of a store, every person once.
        let mut people = BTreeSet::new();
        let mut ids = engine.customer_ids();
        ids.retain(|id| people.insert(engine.key(id)));
        let mut seen: HashSet<String> = ids.iter().cloned().collect();
        let whole = format.is_whole();
        let started = Instant::now();
        let mut strangers = Strangers::new(rules, &format);
        let report = self.read(&format, &mut |Row { line, customer, only_withdrawals }| {
            strangers.look_at(line, &customer);
            // A withdrawal saved from a refused row makes nobody a customer who is to be answered.
            if only_withdrawals {
                return engine.put(&customer);
            }
            if whole { engine.put_whole(&customer) } else { engine.put(&customer) }?;
            if seen.insert(customer.id().to_owned()) {
                ids.push(customer.id().to_owned());
            }
            Ok(())
        })?;
        let took = started.elapsed();
        self.tell(&report);
        strangers.tell(self.file());
        let mut refused = self.strict && !report.is_clean();
        if self.nobody(&report) {
            refused = true;
        } else if refused {
            out::complain("error", REFUSED);
        }
        Ok(Loaded { ids, report, took, refused, broke_off: false })
    }

    /// As [`load`](Self::load) for one customer only; whether there is such a one. Rows of others are not
    /// checked against the rules, except under `--strict`.
    pub(crate) fn load_one(&self, engine: &Engine, rules: &Rules, id: &str) -> Run<One> {
        let format = self.format(rules)?;
        let whole = format.is_whole();
        let there = engine.key(id).is_some();
        let (mut found, mut taken, mut ids) = (there, there, Vec::new());
        let started = Instant::now();
        let mut strangers = Strangers::new(rules, &format);
        let report = self.read(&format, &mut |Row { line, customer, only_withdrawals }| {
            let asked = customer.id() == id;
            found |= asked;
            if asked {
                strangers.look_at(line, &customer);
            }
            if only_withdrawals {
                return engine.put(&customer);
            }
            if asked || self.strict {
                if whole { engine.put_whole(&customer) } else { engine.put(&customer) }?;
                taken |= asked;
            }
            // For the nearest name, should this one not be there.
            if !found && ids.len() < 100_000 {
                ids.push(customer.id().to_owned());
            }
            Ok(())
        })?;
        strangers.tell(self.file());
        let mut refused = self.strict && !report.is_clean();
        found |= report.problems.iter().any(|problem| problem.customer.as_deref() == Some(id));
        if !found && report.kept == 0 && report.rows > 0 {
            self.tell(&report);
            refused = self.nobody(&report) || refused;
        } else if refused {
            self.tell(&report);
            out::complain("error", REFUSED);
        }
        let took = started.elapsed();
        let loaded = Loaded { ids, report, took, refused, broke_off: false };
        Ok(One { found, taken, loaded })
    }

    /// Says so where the input has rows and none of them is a customer.
    fn nobody(&self, report: &Report) -> bool {
        let nobody = report.kept == 0 && report.rows > 0 && report.stopped.is_none();
        if nobody {
            let hint = match &self.map {
                None => {
                    "; without --map each line must be an `identify` call; `onward decide --help` shows a mapping"
                }
                Some(_) => "",
            };
            out::complain("error", &format!("no row is a customer{hint}"));
        }
        nobody
    }

    fn format(&self, rules: &Rules) -> Run<Format> {
        let Some(path) = &self.map else { return Ok(Format::Identify) };
        let shown = tame(&path.to_string_lossy());
        let text = std::fs::read_to_string(path)
            .map_err(|error| Stop::Usage(format!("cannot read `{shown}`: {error}")))?;
        let mapping = Mapping::parse(&text)
            .map_err(|error| Stop::Usage(format!("in the mapping `{shown}`: {error}")))?;
        warn_of_strangers(&mapping, rules);
        Ok(Format::Mapped(mapping))
    }

    fn read(&self, format: &Format, keep: Keep<'_>) -> Run<Report> {
        let Some(file) = &self.customers else { return Ok(Report::default()) };
        opened(file, "reading customers", |reader| read_rows(reader, format, keep))
    }

    /// What happened to the customers, up to `at`: who is known by an event alone joins them. Whether nothing may
    /// be answered, because `--strict` refuses this input.
    pub(crate) fn happened(
        &self,
        engine: &Engine,
        rules: &Rules,
        at: Timestamp,
        loaded: &mut Loaded,
    ) -> Run<bool> {
        let told = self.happened.load(engine, rules, at, None)?;
        let known: HashSet<&str> = loaded.ids.iter().map(String::as_str).collect();
        let new: Vec<String> =
            told.ids.into_iter().filter(|id| !known.contains(id.as_str())).collect();
        loaded.ids.extend(new);
        loaded.broke_off |= told.stopped;
        let refused = self.strict && (told.refused > 0 || told.stopped);
        if refused {
            out::complain("error", "--strict: nothing is answered, because events are wrong");
        }
        Ok(refused)
    }

    fn tell(&self, report: &Report) {
        let file = tame(&self.file().to_string_lossy());
        for problem in report.problems.iter().take(SHOWN) {
            out::complain("warning", &format!("{file} {}", tame(&problem.to_string())));
        }
        let more = report.refused.saturating_sub(SHOWN as u64);
        if more > 0 {
            out::complain(
                "warning",
                &format!("{file}: {} more rows are wrong", out::grouped(more)),
            );
        }
        if report.refused > 0 {
            let withdrawals = match report.withdrawals_taken {
                0 => String::new(),
                taken => format!("; of {} the withdrawal of consent is taken", out::grouped(taken)),
            };
            out::tell(&format!(
                "{} of {} rows kept, {} wrong{withdrawals}",
                out::grouped(report.kept),
                out::grouped(report.rows),
                out::grouped(report.refused)
            ));
        }
        if let Some(why) = &report.stopped {
            out::complain("error", &format!("{file}: {}", tame(why)));
        }
        for field in &report.absent_fields {
            out::complain("warning", &format!("{file}: no row has the field `{}`", tame(field)));
        }
    }
}

/// Reads a file, plain or gzip, `-` being standard input, with a bar on a terminal.
pub(crate) fn opened<T>(
    path: &Path,
    what: &'static str,
    read: impl FnOnce(&mut dyn BufRead) -> T,
) -> Run<T> {
    let shown = tame(&path.to_string_lossy());
    let told = |error: std::io::Error| Stop::Usage(format!("cannot read `{shown}`: {error}"));
    let (raw, bytes): (Box<dyn Read>, u64) = if path == Path::new("-") {
        (Box::new(std::io::stdin().lock()), 0)
    } else {
        let file = File::open(path).map_err(told)?;
        let meta = file.metadata().map_err(told)?;
        if meta.is_dir() {
            let noun = what.strip_prefix("reading ").unwrap_or("rows");
            return usage(format!("`{shown}` is a folder; name a file of {noun}"));
        }
        (Box::new(file), meta.len())
    };
    let bar = bar(bytes, what);
    let mut reader = BufReader::with_capacity(1 << 16, bar.wrap_read(raw));
    let gzip = reader.fill_buf().map_err(told)?.starts_with(&[0x1f, 0x8b]);
    let report = if gzip {
        let unpacked = flate2::bufread::MultiGzDecoder::new(reader);
        read(&mut BufReader::with_capacity(1 << 16, unpacked))
    } else {
        read(&mut reader)
    };
    bar.finish_and_clear();
    Ok(report)
}

/// Names that consent in the data is given under and no rule has: mostly slips, and each warned of once.
struct Strangers<'a> {
    rules: &'a Rules,
    /// A mapping was looked over as a whole.
    looking: bool,
    /// A refused row may come twice.
    last: u64,
    /// (is a purpose, name) → rows
    rows: BTreeMap<(bool, String), u64>,
}

/// Strangers remembered: what comes from outside may not fill the memory.
const STRANGERS: usize = 100;

impl<'a> Strangers<'a> {
    fn new(rules: &'a Rules, format: &Format) -> Self {
        let looking = matches!(format, Format::Identify);
        Self { rules, looking, last: 0, rows: BTreeMap::new() }
    }

    fn look_at(&mut self, line: u64, customer: &Customer) {
        if !self.looking || self.last == line {
            return;
        }
        self.last = line;
        let consents = customer.consents();
        for channel in consents.keys().chain(customer.withdrawn_channels()) {
            if !self.rules.channels.iter().any(|known| known.is_called(channel)) {
                self.count(false, channel);
            }
        }
        let purposes: BTreeSet<&String> = consents.values().flat_map(BTreeMap::keys).collect();
        for purpose in purposes {
            if !self.rules.purposes.iter().any(|known| known.is_called(purpose)) {
                self.count(true, purpose);
            }
        }
    }

    fn count(&mut self, is_purpose: bool, name: &str) {
        let key = (is_purpose, name.to_owned());
        if self.rows.len() < STRANGERS || self.rows.contains_key(&key) {
            *self.rows.entry(key).or_default() += 1;
        }
    }

    fn tell(&self, file: &Path) {
        let file = tame(&file.to_string_lossy());
        for ((is_purpose, name), rows) in self.rows.iter().take(SHOWN) {
            let (word, kind, near) = if *is_purpose {
                let names = self.rules.purposes.iter().map(|known| known.name.as_str());
                ("for", "purpose", nearest(name, names))
            } else {
                let names = self.rules.channels.iter().map(|known| known.name.as_str());
                ("on", "channel", nearest(name, names))
            };
            let rows = usize::try_from(*rows).unwrap_or(usize::MAX);
            out::complain(
                "warning",
                &format!(
                    "{file}: {} consent {word} `{}`, which is no {kind} of the rules{near}",
                    if rows == 1 {
                        "1 row gives".to_owned()
                    } else {
                        out::count(rows, "row") + " give"
                    },
                    tame(name)
                ),
            );
        }
        let more = self.rows.len().saturating_sub(SHOWN);
        if more > 0 {
            let more = out::count(more, "further name");
            out::complain("warning", &format!("{file}: consent under {more} that no rule has"));
        }
    }
}

/// A mapping that fills what no rule declares is mostly a slip.
fn warn_of_strangers(mapping: &Mapping, rules: &Rules) {
    let declared: Vec<&str> = rules
        .attributes
        .iter()
        .filter(|attribute| attribute.origin == Origin::Customer)
        .flat_map(|attribute| std::iter::once(&attribute.name).chain(&attribute.was))
        .map(String::as_str)
        .collect();
    for name in mapping.attributes() {
        if !declared.contains(&name) {
            let near = nearest(name, declared.iter().copied());
            out::complain(
                "warning",
                &format!("the mapping fills `{name}`, which the rules do not declare{near}"),
            );
        }
    }
    for (channel, purpose) in mapping.consents() {
        if !rules.channels.iter().any(|known| known.is_called(channel)) {
            out::complain(
                "warning",
                &format!(
                    "the mapping gives consent on `{channel}`, which is no channel of the rules"
                ),
            );
        }
        if !rules.purposes.iter().any(|known| known.is_called(purpose)) {
            out::complain(
                "warning",
                &format!(
                    "the mapping gives consent for `{purpose}`, which is no purpose of the rules"
                ),
            );
        }
    }
}

/// A bar on standard error, on a terminal only; drawn after a moment, so that short work shows none.
pub(crate) fn bar(length: u64, what: &'static str) -> ProgressBar {
    let bar = if length == 0 { ProgressBar::hidden() } else { ProgressBar::new(length) };
    if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {percent}%") {
        bar.set_style(style);
    }
    bar.with_message(what)
}
