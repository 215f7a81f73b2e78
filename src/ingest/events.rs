//! Events in: Segment's `track` calls, or rows of any shape through a mapping of their own.
//!
//! In: any reader. Out: each good row as an [`Event`] to a closure, and a [`Report`]. Knows nothing of rules:
//! whether an event is declared and its fields fit, the engine says, through the closure.

use std::collections::BTreeMap;
use std::io::BufRead;

use toml::Table;

use super::identify::{id, time, trait_value};
use super::json::{self, Json};
use super::lines::Lines;
use super::mapped::{equal, raw, value};
use super::mapping::{
    Column, MappingError, Reading, column, instant, keys, raws, separator, sub, word, wrong,
};
use super::{Report, Wrong, each_line, table};
use crate::event::{Event, EventError};
use crate::mutant::mutant;
use crate::value::{Timestamp, Value};

/// What becomes of each event, with the line it stands on.
pub type KeepEvent<'a> = &'a mut dyn FnMut(u64, Event) -> Result<(), EventError>;

/// The shape that events come in.
#[derive(Clone, Debug)]
pub enum EventFormat {
    /// JSON lines as Segment's `track` calls: `userId`, `event`, `properties`, `timestamp`, `messageId`. Calls of
    /// other types are passed over and counted.
    Track,
    /// JSON lines or CSV of any shape.
    Mapped(Box<EventMapping>),
}

/// How the rows of a JSON lines or CSV file become events.
///
/// Rows of events that it does not name are passed over.
///
/// ```toml
/// format = "jsonl"             # or "csv", then separator = ";" where it is not the comma
/// customer = "person"          # the field with the customer's id; `a.b` looks into objects
/// event = "event"              # the field that says what happened; left out where all rows are one event
/// message = "id"               # optional: the sender's id of the row, which makes reading it twice harmless
/// [time]
/// from = "time"                # when it happened, such as 2026-10-01T09:30:00Z;
/// hours_since = "2018-07-25T00:00:00Z"   # or hours since a start; or time = "%Y-%m-%d %H:%M", "unix", "unix_ms"
/// [events.transaction]         # what the event field says
/// name = "purchase"            # the event of the rules, where it has another name
/// only = { channel = ["web"] } # optional: other rows are passed over
/// [events.transaction.fields.amount]      # a field of the event, read as an attribute of customers is
/// from = "value.amount"
/// unit = "major"
/// currency = "USD"
/// ```
#[derive(Clone, Debug)]
pub struct EventMapping {
    separator: Option<u8>,
    customer: String,
    event: Option<String>,
    message: Option<String>,
    time: String,
    clock: Clock,
    kinds: BTreeMap<String, Kind>,
}

/// How an instant is written.
#[derive(Clone, Debug)]
enum Clock {
    Written(Box<Column>),
    Hours(Timestamp),
}

/// Rows of one event.
#[derive(Clone, Debug)]
struct Kind {
    name: String,
    only: Vec<(String, Vec<String>)>,
    columns: Vec<Column>,
}

const TOP: [&str; 7] = ["format", "separator", "customer", "event", "message", "time", "events"];

impl EventMapping {
    /// Reads a mapping file.
    ///
    /// # Errors
    /// [`MappingError`], which names the key.
    ///
    /// # Example
    /// ```
    /// use onward::ingest::EventMapping;
    /// let text = "format = \"jsonl\"\ncustomer = \"id\"\n[time]\nfrom = \"at\"\n[events.purchase]\n";
    /// assert!(EventMapping::parse(text).is_ok());
    /// let wrong = EventMapping::parse(&text.replace("customer", "custmer")).unwrap_err();
    /// assert_eq!(wrong.to_string(), "`custmer` is no key of a mapping; the closest is `customer`");
    /// ```
    pub fn parse(text: &str) -> Result<Self, MappingError> {
        let table = super::mapping::table(text)?;
        keys(&table, &TOP, "a mapping")?;
        let separator = separator(&table)?;
        let customer = word(&table, "customer", "customer")?
            .ok_or_else(|| wrong("customer", "must name the field with the customer's id"))?;
        let event = word(&table, "event", "event")?;
        let message = word(&table, "message", "message")?;
        let (time, clock) = clock(&table)?;
        let mut kinds = BTreeMap::new();
        for (said, value) in sub(&table, "events", "events")? {
            let path = format!("events.{said}");
            let entry = value.as_table().ok_or_else(|| wrong(&path, "must be a table"))?;
            kinds.insert(said.clone(), kind(said, entry, &path)?);
        }
        match (&event, kinds.len()) {
            (_, 0) => return Err(wrong("events", "must name the events to be read")),
            (None, 2..) => {
                let why = "must name the field that says which of the events a row is";
                return Err(wrong("event", why));
            }
            _ => {}
        }
        Ok(Self { separator, customer, event, message, time, clock, kinds })
    }

    /// The events that it gives, in order of their names: a host compares them with what the rules declare.
    #[must_use]
    pub fn events(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.kinds.values().map(|kind| kind.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Every field of the data that it reads, once.
    fn fields(&self) -> Vec<String> {
        let kinds = self.kinds.values();
        let of = kinds.flat_map(|kind| {
            let only = kind.only.iter().map(|(field, _)| field);
            kind.columns.iter().map(|column| &column.from).chain(only)
        });
        let own = [&self.customer, &self.time].into_iter().chain(&self.event).chain(&self.message);
        let mut fields: Vec<String> = own.chain(of).cloned().collect();
        fields.sort();
        fields.dedup();
        fields
    }

    /// The event of a row; `None` for one that the mapping does not name.
    fn row(&self, field: &dyn Fn(&str) -> Option<Json>) -> Result<Option<Event>, Wrong> {
        let said = match &self.event {
            None => self.kinds.keys().next().cloned().unwrap_or_default(),
            Some(event) => text(event, field)?,
        };
        let Some(kind) = self.kinds.get(&said) else { return Ok(None) };
        let fits = |(from, wanted): &(String, Vec<String>)| {
            let found = field(from);
            let found = found.as_ref().and_then(raw);
            found.is_some_and(|found| wanted.iter().any(|word| equal(word, found)))
        };
        if !kind.only.iter().all(fits) {
            return Ok(None);
        }
        let id = text(&self.customer, field)?;
        let read = || {
            let at = self.when(field)?;
            let mut event = Event::new(id.as_str(), kind.name.as_str(), at);
            if let Some(message) = &self.message {
                event = event.message(text(message, field)?);
            }
            for column in &kind.columns {
                let value = value(column, field(&column.from).as_ref())?;
                if value != Value::Null {
                    event = event.set(column.attribute.as_str(), value);
                }
            }
            Ok(event)
        };
        read().map(Some).map_err(|wrong: Wrong| wrong.of(&id))
    }

    fn when(&self, field: &dyn Fn(&str) -> Option<Json>) -> Result<Timestamp, Wrong> {
        match &self.clock {
            Clock::Hours(start) => {
                let text = text(&self.time, field)?;
                let hours = text.parse::<f64>().ok().filter(|hours| hours.is_finite());
                let hours = hours.ok_or_else(|| {
                    Wrong::at(&self.time, format!("`{text}` is no number of hours"))
                })?;
                #[allow(clippy::cast_possible_truncation, reason = "a float beyond is its end")]
                let micros = (hours * 3_600_000_000.0).round() as i64;
                let micros = if mutant!("ingest_hours_are_days") { micros * 24 } else { micros };
                Ok(Timestamp::from_micros(start.micros().saturating_add(micros)))
            }
            Clock::Written(column) => {
                let read = value(column, field(&self.time).as_ref())?;
                let Value::Text(text) = read else { return Err(Wrong::at(&self.time, "missing")) };
                Timestamp::parse(&text)
                    .map_err(|error| Wrong::at(&self.time, format!("`{text}` is {error}")))
            }
        }
    }
}

fn clock(table: &Table) -> Result<(String, Clock), MappingError> {
    let Some(entry) = table.get("time").and_then(toml::Value::as_table) else {
        return Err(wrong("time", "must be a table such as { from = \"timestamp\" }"));
    };
    let from = word(entry, "from", "time.from")?
        .ok_or_else(|| wrong("time.from", "must name the field that says when it happened"))?;
    if let Some(start) = word(entry, "hours_since", "time.hours_since")? {
        keys(entry, &["from", "hours_since"], "`time`")?;
        let start = Timestamp::parse(&start).map_err(|error| {
            wrong("time.hours_since", &format!("is {error}, such as 2026-10-01T00:00:00Z"))
        })?;
        return Ok((from, Clock::Hours(start)));
    }
    keys(entry, &["from", "time", "zone", "hours_since"], "`time`")?;
    let reading = if entry.contains_key("time") { instant(entry, "time")? } else { Reading::Plain };
    let column = Column {
        attribute: "time".to_owned(),
        from: from.clone(),
        unknown: Vec::new(),
        values: BTreeMap::new(),
        reading,
    };
    Ok((from, Clock::Written(Box::new(column))))
}

fn kind(said: &str, table: &Table, path: &str) -> Result<Kind, MappingError> {
    keys(table, &["name", "only", "fields"], &format!("`{path}`"))?;
    let name = word(table, "name", &format!("{path}.name"))?.unwrap_or_else(|| said.to_owned());
    let mut only = Vec::new();
    let only_path = format!("{path}.only");
    for (field, _) in sub(table, "only", &only_path)? {
        let Some(inner) = table.get("only").and_then(toml::Value::as_table) else { continue };
        only.push((field.clone(), raws(inner, field, &only_path)?));
    }
    let mut columns = Vec::new();
    for (field, value) in sub(table, "fields", &format!("{path}.fields"))? {
        let path = format!("{path}.fields.{field}");
        let entry = value.as_table().ok_or_else(|| wrong(&path, "must be a table"))?;
        columns.push(column(field, entry, &path)?);
    }
    Ok(Kind { name, only, columns })
}

/// A field of a row that must be there, as text.
fn text(name: &str, field: &dyn Fn(&str) -> Option<Json>) -> Result<String, Wrong> {
    match field(name) {
        Some(Json::Text(text) | Json::Number(text)) if !text.is_empty() => Ok(text),
        None | Some(Json::Null | Json::Text(_)) => Err(Wrong::at(name, "missing")),
        Some(_) => Err(Wrong::at(name, "must be a text")),
    }
}

/// Reads events, row by row, and hands each good one with its line number to `keep`.
///
/// - Order: as in the input. Cost: linear in the input; memory is one row and the problems kept.
/// - What `keep` refuses becomes that row's problem.
///
/// # Example
/// ```
/// use onward::ingest::{EventFormat, read_events};
/// let line = r#"{"type":"track","userId":"lea","event":"purchase","properties":{"amount":"EUR 12.50"},
/// "timestamp":"2026-03-01T00:00:00Z","messageId":"m-17"}"#.replace('\n', "");
/// let mut names = Vec::new();
/// let report = read_events(line.as_bytes(), &EventFormat::Track, &mut |_, event| {
///     names.push(event.name().to_owned());
///     Ok(())
/// });
/// assert_eq!((report.kept, names), (1, vec!["purchase".to_owned()]));
/// ```
pub fn read_events(reader: impl BufRead, format: &EventFormat, keep: KeepEvent<'_>) -> Report {
    let mut report = Report::default();
    let mut lines = Lines::new(reader);
    match format {
        EventFormat::Track => each_line(&mut lines, &mut report, &mut |line, text, report| {
            let read = json::read(text).map_err(Wrong::row).and_then(call);
            taken(line, read, keep, report);
        }),
        EventFormat::Mapped(mapping) => {
            let fields = mapping.fields();
            if let Some(separator) = mapping.separator {
                table::rows(
                    &mut lines,
                    separator,
                    &fields,
                    &mut report,
                    &mut |line, field, report| {
                        taken(line, mapping.row(field), keep, report);
                    },
                );
                return report;
            }
            each_line(&mut lines, &mut report, &mut |line, text, report| {
                let read = match json::read(text) {
                    Ok(Json::Object(row)) => {
                        mapping.row(&|field| json::field(&row, field).cloned())
                    }
                    Ok(_) => Err(Wrong::row("a row is an object, `{...}`")),
                    Err(why) => Err(Wrong::row(why)),
                };
                taken(line, read, keep, report);
            });
        }
    }
    report
}

fn taken(line: u64, read: Result<Option<Event>, Wrong>, keep: KeepEvent<'_>, report: &mut Report) {
    let event = match read {
        Ok(Some(event)) => event,
        Ok(None) => {
            report.passed_over += 1;
            return;
        }
        Err(wrong) => return report.refuse(wrong.on(line)),
    };
    let id = event.customer().to_owned();
    match keep(line, event) {
        Ok(()) => report.kept += 1,
        Err(error) => {
            let wrong = match error {
                EventError::Field { field, why } => Wrong::at(&field, why.to_string()),
                EventError::Missing { field } => Wrong::at(&field, "required and missing"),
                other => Wrong::row(other.to_string()),
            };
            report.refuse(wrong.of(&id).on(line));
        }
    }
}

/// Calls of the same protocol that say of nothing that happened, or of what has no fields here.
const OTHER_TYPES: [&str; 5] = ["identify", "page", "screen", "group", "alias"];

/// The event of a call; `None` for a call of another type.
fn call(json: Json) -> Result<Option<Event>, Wrong> {
    let Json::Object(call) = json else {
        return Err(Wrong::row("a row is an object, `{...}`"));
    };
    match call.get("type") {
        Some(Json::Text(kind)) if kind == "track" => {}
        Some(Json::Text(kind)) if OTHER_TYPES.contains(&kind.as_str()) => return Ok(None),
        Some(Json::Text(kind)) => {
            return Err(Wrong::at("type", format!("`{kind}` is no type of call")));
        }
        Some(_) => return Err(Wrong::at("type", "must be a text")),
        None => {
            let why =
                "missing: this is no `track` call; other shapes need a mapping (--events-map)";
            return Err(Wrong::at("type", why));
        }
    }
    let id = id(&call)?;
    let read = || {
        let Some(Json::Text(name)) = call.get("event") else {
            return Err(Wrong::at("event", "missing, or no text"));
        };
        let mut event = Event::new(id.as_str(), name.as_str(), time(&call)?);
        match call.get("messageId") {
            None | Some(Json::Null) => {}
            Some(Json::Text(message) | Json::Number(message)) => {
                event = event.message(message.as_str());
            }
            Some(_) => return Err(Wrong::at("messageId", "must be a text")),
        }
        match call.get("properties") {
            None | Some(Json::Null) => {}
            Some(Json::Object(properties)) => {
                for (name, value) in properties {
                    if let Some(value) = trait_value(name, value)? {
                        event = event.set(name.as_str(), value);
                    }
                }
            }
            Some(_) => return Err(Wrong::at("properties", "must be an object")),
        }
        Ok(event)
    };
    read().map(Some).map_err(|wrong| wrong.of(&id))
}
