//! The mapping file: which field of the data is which attribute of the rules, and how it is written there.

use std::collections::BTreeMap;

use toml::{Table, Value as Toml};

use super::decimal;
use crate::value::{Currency, Value, Zone};

/// How the rows of a JSON lines or CSV file become customers.
///
/// Only what the mapping names is taken; every other field of the data stays outside.
///
/// ```toml
/// format = "jsonl"             # or "csv", then separator = ";" where it is not the comma
/// id = "id"                    # the field with the customer's id; `a.b` looks into objects; "#line" where
///                              # the data has none: the number of the line stands in
/// updated = "changed_at"       # optional: when the row was true (RFC 3339)
/// [attributes.age]             # the attribute of the rules
/// from = "age"                 # the field of the data; the attribute's own name where not said
/// unknown = ["118", ""]        # raw values that mean "not known"; null and empty CSV fields always do
/// [attributes.member_since]
/// from = "became_member_on"
/// date = "%Y%m%d"              # or time = "%Y-%m-%d %H:%M", zone = "Europe/Paris"; or time = "unix"
/// [attributes.income]
/// unit = "major"               # "major" or "minor" with currency; "fraction" or "percent"
/// currency = "USD"
/// decimal = ","                # where the data writes 12,50
/// [attributes.gender]
/// values = { M = "male", F = "female" }   # other values stay as they are
/// [attributes.interests]
/// split = ";"                  # one field with several values
/// [attributes.vip]
/// yes = ["Y", "1"]
/// no = ["N", "0"]
/// [constants]
/// country = "US"               # the same for every row
/// [consent]                    # channel = { purpose = ... }
/// email = { marketing = "granted" }
/// sms = { marketing = { from = "sms_ok", granted = ["Y"] } }   # any other value is a withdrawal
/// ```
#[derive(Clone, Debug)]
pub struct Mapping {
    pub(super) separator: Option<u8>,
    pub(super) id: String,
    pub(super) updated: Option<String>,
    pub(super) columns: Vec<Column>,
    pub(super) constants: Vec<(String, Value)>,
    pub(super) consent: Vec<Consent>,
}

/// One attribute and how to read it.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) attribute: String,
    pub(super) from: String,
    pub(super) unknown: Vec<String>,
    pub(super) values: BTreeMap<String, String>,
    pub(super) reading: Reading,
}

/// How the raw text becomes a value.
#[derive(Clone, Debug)]
pub(super) enum Reading {
    Plain,
    Decimal,
    Split(String),
    YesNo { yes: Vec<String>, no: Vec<String> },
    Date(String),
    Time { format: String, zone: jiff::tz::TimeZone },
    Unix { micros: i64 },
    Percent { shift: i64, comma: bool },
    Money { code: String, shift: i64, comma: bool },
}

/// One consent of every row.
#[derive(Clone, Debug)]
pub(super) struct Consent {
    pub(super) channel: String,
    pub(super) purpose: String,
    pub(super) source: ConsentSource,
}

#[derive(Clone, Debug)]
pub(super) enum ConsentSource {
    Constant(bool),
    Field { from: String, granted: Vec<String> },
}

/// Why a mapping cannot be used; names the key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct MappingError(String);

/// The id of data without one: the line that a row begins on.
pub(super) const LINE_ID: &str = "#line";

const TOP: [&str; 7] =
    ["format", "separator", "id", "updated", "attributes", "constants", "consent"];
const COLUMN: [&str; 12] = [
    "from", "unknown", "date", "time", "zone", "unit", "currency", "values", "split", "yes", "no",
    "decimal",
];

impl Mapping {
    /// Reads a mapping file.
    ///
    /// # Errors
    /// [`MappingError`] for a text that is no TOML, a key that is none (with the nearest that is), a value
    /// of the wrong kind, a date format that cannot be read, a currency or zone that does not exist.
    ///
    /// # Example
    /// ```
    /// use onward::ingest::Mapping;
    /// assert!(Mapping::parse("format = \"jsonl\"\nid = \"id\"\n[attributes.age]\n").is_ok());
    /// let wrong = Mapping::parse("format = \"jsonl\"\nid = \"id\"\n[atributes.age]\n").unwrap_err();
    /// assert_eq!(wrong.to_string(), "`atributes` is no key of a mapping; the closest is `attributes`");
    /// ```
    pub fn parse(text: &str) -> Result<Self, MappingError> {
        let table = self::table(text)?;
        keys(&table, &TOP, "a mapping")?;
        let separator = separator(&table)?;
        let id = word(&table, "id", "id")?
            .ok_or_else(|| wrong("id", "must name the field with the customer's id"))?;
        let mut columns = Vec::new();
        for (attribute, value) in sub(&table, "attributes", "attributes")? {
            let path = format!("attributes.{attribute}");
            let entry = value.as_table().ok_or_else(|| wrong(&path, "must be a table"))?;
            columns.push(column(attribute, entry, &path)?);
        }
        let mut constants = Vec::new();
        for (attribute, value) in sub(&table, "constants", "constants")? {
            if columns.iter().any(|column| column.attribute == *attribute) {
                let why = "has a field of the data too; one of the two is too many";
                return Err(wrong(&format!("constants.{attribute}"), why));
            }
            constants.push((attribute.clone(), constant(attribute, value)?));
        }
        let mut consent = Vec::new();
        for (channel, value) in sub(&table, "consent", "consent")? {
            let path = format!("consent.{channel}");
            let why = "must be a table such as { marketing = \"granted\" }";
            let purposes = value.as_table().ok_or_else(|| wrong(&path, why))?;
            for (purpose, value) in purposes {
                let source = consent_source(value, &format!("{path}.{purpose}"))?;
                let (channel, purpose) = (channel.clone(), purpose.clone());
                consent.push(Consent { channel, purpose, source });
            }
        }
        let updated = word(&table, "updated", "updated")?;
        Ok(Self { separator, id, updated, columns, constants, consent })
    }

    /// Whether the rows are CSV.
    #[must_use]
    pub fn is_csv(&self) -> bool {
        self.separator.is_some()
    }

    /// The attributes it fills, from fields or constants, in order of their names: a host compares them with
    /// what the rules declare.
    #[must_use]
    pub fn attributes(&self) -> Vec<&str> {
        let columns = self.columns.iter().map(|column| column.attribute.as_str());
        let mut names: Vec<&str> =
            columns.chain(self.constants.iter().map(|(name, _)| name.as_str())).collect();
        names.sort_unstable();
        names
    }

    /// The consents it can record, as (channel, purpose).
    #[must_use]
    pub fn consents(&self) -> Vec<(&str, &str)> {
        self.consent.iter().map(|c| (c.channel.as_str(), c.purpose.as_str())).collect()
    }

    /// Every field of the data that it reads, once.
    pub(super) fn fields(&self) -> Vec<String> {
        let columns = self.columns.iter().map(|column| &column.from);
        let consents = self.consent.iter().filter_map(|consent| match &consent.source {
            ConsentSource::Field { from, .. } => Some(from),
            ConsentSource::Constant(_) => None,
        });
        let mut fields: Vec<String> = [&self.id]
            .into_iter()
            .chain(&self.updated)
            .chain(columns)
            .chain(consents)
            .cloned()
            .collect();
        fields.retain(|field| field != LINE_ID);
        fields.sort();
        fields.dedup();
        fields
    }
}

/// The nearest of some words, if any is near.
pub(super) fn nearest<'a>(word: &str, words: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let near = |known: &'a str| (strsim::jaro_winkler(word, known), known);
    let best = words.into_iter().map(near).max_by(|a, b| a.0.total_cmp(&b.0))?;
    (best.0 > 0.75).then_some(best.1)
}

pub(super) fn wrong(key: &str, why: &str) -> MappingError {
    MappingError(format!("`{key}` {why}"))
}

pub(super) fn keys(table: &Table, known: &[&str], of: &str) -> Result<(), MappingError> {
    for key in table.keys() {
        if !known.contains(&key.as_str()) {
            let help = match nearest(key, known.iter().copied()) {
                Some(near) => format!("the closest is `{near}`"),
                None => format!("it can be {}", known.join(", ")),
            };
            return Err(MappingError(format!("`{key}` is no key of {of}; {help}")));
        }
    }
    Ok(())
}

pub(super) fn word(table: &Table, key: &str, path: &str) -> Result<Option<String>, MappingError> {
    match table.get(key) {
        None => Ok(None),
        Some(Toml::String(text)) if !text.is_empty() => Ok(Some(text.clone())),
        Some(_) => Err(wrong(path, "must be a text that is not empty")),
    }
}

pub(super) fn sub<'a>(
    table: &'a Table,
    key: &str,
    path: &str,
) -> Result<Vec<(&'a String, &'a Toml)>, MappingError> {
    match table.get(key) {
        None => Ok(Vec::new()),
        Some(Toml::Table(inner)) => Ok(inner.iter().collect()),
        Some(_) => Err(wrong(path, "must be a table")),
    }
}

/// A list of raw values; numbers and yes/no may stand without quotes.
pub(super) fn raws(table: &Table, key: &str, path: &str) -> Result<Vec<String>, MappingError> {
    let path = format!("{path}.{key}");
    let raw = |value: &Toml| {
        raw(value).ok_or_else(|| wrong(&path, "must hold texts, numbers, true or false"))
    };
    match table.get(key) {
        None => Ok(Vec::new()),
        Some(Toml::Array(values)) => values.iter().map(raw).collect(),
        Some(one) => Ok(vec![raw(one)?]),
    }
}

fn raw(value: &Toml) -> Option<String> {
    match value {
        Toml::String(text) => Some(text.clone()),
        Toml::Integer(number) => Some(number.to_string()),
        Toml::Float(number) => Some(number.to_string()),
        Toml::Boolean(yes) => Some(yes.to_string()),
        _ => None,
    }
}

/// A mapping file as TOML.
pub(super) fn table(text: &str) -> Result<Table, MappingError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    text.parse().map_err(|error: toml::de::Error| {
        MappingError(format!("the mapping is no TOML: {}", error.to_string().trim_end()))
    })
}

/// `format` and `separator`: the separator of CSV, `None` for JSON lines.
pub(super) fn separator(table: &Table) -> Result<Option<u8>, MappingError> {
    match word(table, "format", "format")?.as_deref() {
        Some("csv") => {}
        Some("jsonl") if table.contains_key("separator") => {
            return Err(wrong("separator", "belongs to format = \"csv\""));
        }
        Some("jsonl") => return Ok(None),
        _ => return Err(wrong("format", "must be \"jsonl\" or \"csv\"")),
    }
    let Some(text) = word(table, "separator", "separator")? else { return Ok(Some(b',')) };
    match text.as_bytes() {
        [one] if one.is_ascii() && !matches!(one, b'"' | b'\n' | b'\r') => Ok(Some(*one)),
        _ => Err(wrong("separator", "must be one ASCII character, no quote and no line end")),
    }
}

pub(super) fn column(attribute: &str, table: &Table, path: &str) -> Result<Column, MappingError> {
    keys(table, &COLUMN, &format!("`{path}`"))?;
    let from = word(table, "from", &format!("{path}.from"))?;
    let mut values = BTreeMap::new();
    for (raw_value, value) in sub(table, "values", &format!("{path}.values"))? {
        let to = raw(value).ok_or_else(|| wrong(&format!("{path}.values"), "must hold texts"))?;
        values.insert(raw_value.clone(), to);
    }
    Ok(Column {
        attribute: attribute.to_owned(),
        from: from.unwrap_or_else(|| attribute.to_owned()),
        unknown: raws(table, "unknown", path)?,
        values,
        reading: reading(table, path)?,
    })
}

fn reading(table: &Table, path: &str) -> Result<Reading, MappingError> {
    let at = |key: &str| format!("{path}.{key}");
    let ways: Vec<&str> = ["date", "time", "unit", "split", "yes", "no"]
        .into_iter()
        .filter(|way| table.contains_key(*way))
        .collect();
    if ways.len() > 1 && ways != ["yes", "no"] {
        return Err(wrong(path, &format!("cannot have {} together", ways.join(" and "))));
    }
    for (key, needs) in [("zone", "time"), ("currency", "unit")] {
        if table.contains_key(key) && !table.contains_key(needs) {
            return Err(wrong(&at(key), &format!("belongs to `{needs}`")));
        }
    }
    let comma = match word(table, "decimal", &at("decimal"))?.as_deref() {
        None | Some(".") => false,
        Some(",") => true,
        Some(_) => return Err(wrong(&at("decimal"), "must be \",\" or \".\"")),
    };
    if comma && ways.first().is_some_and(|way| *way != "unit") {
        return Err(wrong(&at("decimal"), "belongs to numbers"));
    }
    match ways.first().copied() {
        Some("date") => {
            let format = word(table, "date", &at("date"))?.unwrap_or_default();
            date_format(&format).map_err(|why| wrong(&at("date"), &why))?;
            Ok(Reading::Date(format))
        }
        Some("time") => instant(table, path),
        Some("unit") => unit(table, path, comma),
        Some("split") => {
            Ok(Reading::Split(word(table, "split", &at("split"))?.unwrap_or_default()))
        }
        Some(_) => {
            let (yes, no) = (raws(table, "yes", path)?, raws(table, "no", path)?);
            if yes.is_empty() || no.is_empty() || yes.iter().any(|word| no.contains(word)) {
                return Err(wrong(path, "needs `yes` and `no`, with different values"));
            }
            Ok(Reading::YesNo { yes, no })
        }
        None if comma => Ok(Reading::Decimal),
        None => Ok(Reading::Plain),
    }
}

pub(super) fn instant(table: &Table, path: &str) -> Result<Reading, MappingError> {
    let at = |key: &str| format!("{path}.{key}");
    let format = word(table, "time", &at("time"))?.unwrap_or_default();
    let micros = match format.as_str() {
        "unix" => Some(1_000_000),
        "unix_ms" => Some(1_000),
        _ => None,
    };
    if let Some(micros) = micros {
        if table.contains_key("zone") {
            return Err(wrong(&at("zone"), "has no meaning for Unix times"));
        }
        return Ok(Reading::Unix { micros });
    }
    let probe = jiff::civil::date(2031, 11, 28).at(21, 43, 0, 0);
    let text = jiff::fmt::strtime::format(&format, probe)
        .map_err(|error| wrong(&at("time"), &format!("is no format of a time: {error}")))?;
    if jiff::civil::DateTime::strptime(&format, &text).ok() != Some(probe) {
        return Err(wrong(&at("time"), "must give year, month, day, hour and minute"));
    }
    let name = word(table, "zone", &at("zone"))?.unwrap_or_else(|| "UTC".to_owned());
    Zone::named(&name).map_err(|_| wrong(&at("zone"), &format!("`{name}` is no time zone")))?;
    let zone =
        if name == "UTC" { Ok(jiff::tz::TimeZone::UTC) } else { jiff::tz::TimeZone::get(&name) };
    let zone = zone.map_err(|_| wrong(&at("zone"), &format!("`{name}` is no time zone")))?;
    Ok(Reading::Time { format, zone })
}

fn unit(table: &Table, path: &str, comma: bool) -> Result<Reading, MappingError> {
    let at = |key: &str| format!("{path}.{key}");
    let unit = word(table, "unit", &at("unit"))?.unwrap_or_default();
    let code = word(table, "currency", &at("currency"))?;
    let money = |code: Option<String>, minor: bool| {
        let code = code.ok_or_else(|| wrong(&at("unit"), "needs `currency` beside it"))?;
        let why = || wrong(&at("currency"), &format!("`{code}` is no currency code such as EUR"));
        let currency = Currency::new(&code).ok_or_else(why)?;
        let shift = if minor { -i64::from(currency.decimals()) } else { 0 };
        Ok(Reading::Money { code: code.clone(), shift, comma })
    };
    match unit.as_str() {
        "major" => money(code, false),
        "minor" => money(code, true),
        "fraction" | "percent" if code.is_some() => {
            Err(wrong(&at("currency"), "belongs to unit = \"major\" or \"minor\""))
        }
        "fraction" => Ok(Reading::Percent { shift: 2, comma }),
        "percent" => Ok(Reading::Percent { shift: 0, comma }),
        _ => Err(wrong(&at("unit"), "must be \"major\", \"minor\", \"fraction\" or \"percent\"")),
    }
}

/// A date format must give back the day it was asked to write.
fn date_format(format: &str) -> Result<(), String> {
    let probe = jiff::civil::date(2031, 11, 28);
    let text = jiff::fmt::strtime::format(format, probe)
        .map_err(|error| format!("is no format of a date: {error}"))?;
    if jiff::civil::Date::strptime(format, &text).ok() == Some(probe) {
        return Ok(());
    }
    Err("must give year, month and day, such as \"%Y-%m-%d\"".to_owned())
}

fn constant(attribute: &str, value: &Toml) -> Result<Value, MappingError> {
    let path = format!("constants.{attribute}");
    Ok(match value {
        Toml::String(text) => Value::Text(text.clone()),
        Toml::Boolean(yes) => Value::YesNo(*yes),
        Toml::Integer(number) => Value::Number(number.to_string()),
        Toml::Float(number) if number.is_finite() => {
            let text = number.to_string();
            Value::Number(decimal::shifted(&text, 0).unwrap_or(text))
        }
        Toml::Datetime(when) => Value::Text(when.to_string()),
        Toml::Array(values) => {
            let raws: Option<Vec<String>> = values.iter().map(raw).collect();
            Value::List(raws.ok_or_else(|| wrong(&path, "may list texts only"))?)
        }
        _ => return Err(wrong(&path, "must be a text, a number, true, false or a list of texts")),
    })
}

fn consent_source(value: &Toml, path: &str) -> Result<ConsentSource, MappingError> {
    match value {
        Toml::String(word) if word == "granted" => Ok(ConsentSource::Constant(true)),
        Toml::String(word) if word == "withdrawn" => Ok(ConsentSource::Constant(false)),
        Toml::Table(table) => {
            keys(table, &["from", "granted"], &format!("`{path}`"))?;
            let from = word(table, "from", &format!("{path}.from"))?;
            let granted = raws(table, "granted", path)?;
            match from {
                Some(from) if !granted.is_empty() => Ok(ConsentSource::Field { from, granted }),
                _ => Err(wrong(path, "needs `from` and the values that mean `granted`")),
            }
        }
        _ => Err(wrong(path, "must be \"granted\", \"withdrawn\" or { from, granted }")),
    }
}
