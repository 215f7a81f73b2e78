//! One JSON value of one line, read by `serde_json`; numbers by their text, no key twice.
//!
//! One pass: the library gives numbers as numbers, in the order in which they stand in the line, and their text is
//! looked up beside it. The feature that would keep it, `arbitrary_precision`, changes every other user of
//! `serde_json` in the process.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::mutant::mutant;

/// A JSON value; numbers keep their spelling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Json {
    Null,
    YesNo(bool),
    Number(String),
    Text(String),
    List(Vec<Json>),
    Object(BTreeMap<String, Json>),
}

/// The field `a.b` of an object: the key itself, or `b` within the object `a`.
pub(crate) fn field<'a>(object: &'a BTreeMap<String, Json>, path: &str) -> Option<&'a Json> {
    if let Some(found) = object.get(path) {
        return Some(found);
    }
    let (first, rest) = path.split_once('.')?;
    match object.get(first)? {
        Json::Object(inner) => field(inner, rest),
        _ => None,
    }
}

/// Reads a whole text as one value.
pub(crate) fn read(text: &str) -> Result<Json, String> {
    let mut numbers = Numbers { text };
    let mut from = serde_json::Deserializer::from_str(text);
    let found = Taken(&mut numbers).deserialize(&mut from);
    found.and_then(|json| from.end().map(|()| json)).map_err(|error| no_json(text, &error))
}

/// The library's reason without its place, then the column in characters.
fn no_json(text: &str, error: &serde_json::Error) -> String {
    let told = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    let why = match told.strip_suffix(&place).unwrap_or(&told) {
        _ if error.is_eof() => "the line ends too early",
        "expected value" | "expected ident" => "a value is expected here",
        "trailing characters" => "nothing may follow the value",
        "recursion limit exceeded" => "too many brackets within each other",
        why => why,
    };
    let before = text.as_bytes().get(..error.column().saturating_sub(1)).unwrap_or_default();
    let column = String::from_utf8_lossy(before).chars().count() + 1;
    format!("no JSON: {why} (column {column})")
}

/// The numbers of a line that is not read yet, as they are written.
struct Numbers<'a> {
    text: &'a str,
}

impl<'a> Numbers<'a> {
    /// The next one. What is no number by then was found to be well formed, as far as this has come.
    fn next(&mut self) -> &'a str {
        let bytes = self.text.as_bytes();
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'"' => at = past(bytes, at + 1),
                b'-' | b'0'..=b'9' => break,
                _ => at += 1,
            }
        }
        let rest = self.text.get(at..).unwrap_or_default();
        let is_of_it = |c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.' | 'e' | 'E');
        let (number, rest) = rest.split_at(rest.find(|c| !is_of_it(c)).unwrap_or(rest.len()));
        self.text = rest;
        number
    }
}

/// Behind the end of a text in quotes.
fn past(bytes: &[u8], mut at: usize) -> usize {
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' if !mutant!("ingest_escaped_quote_ends_a_text") => at += 2,
            _ => at += 1,
        }
    }
    at
}

/// A value: well formed, not too deep (the library's own limit), no key twice.
struct Taken<'n, 't>(&'n mut Numbers<'t>);

impl<'de> DeserializeSeed<'de> for Taken<'_, '_> {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Taken<'_, '_> {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }
    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }
    fn visit_bool<E>(self, yes: bool) -> Result<Json, E> {
        Ok(Json::YesNo(yes))
    }
    fn visit_i64<E>(self, _: i64) -> Result<Json, E> {
        Ok(Json::Number(self.0.next().to_owned()))
    }
    fn visit_u64<E>(self, _: u64) -> Result<Json, E> {
        Ok(Json::Number(self.0.next().to_owned()))
    }
    fn visit_f64<E>(self, _: f64) -> Result<Json, E> {
        Ok(Json::Number(self.0.next().to_owned()))
    }
    fn visit_str<E>(self, text: &str) -> Result<Json, E> {
        Ok(Json::Text(text.to_owned()))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Json, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element_seed(Taken(&mut *self.0))? {
            values.push(value);
        }
        Ok(Json::List(values))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Json, A::Error> {
        let mut fields = BTreeMap::new();
        while let Some(Key(key)) = object.next_key::<Key<'de>>()? {
            if fields.contains_key(&*key) && !mutant!("ingest_last_key_wins") {
                return Err(A::Error::custom(format_args!("the key `{key}` stands there twice")));
            }
            let value = object.next_value_seed(Taken(&mut *self.0))?;
            fields.insert(key.into_owned(), value);
        }
        Ok(Json::Object(fields))
    }
}

/// A key, borrowed from the line unless an escape stands in it.
#[derive(serde::Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);
