//! One JSON value of one line, read by `serde_json`; numbers by their text, no key twice.
//!
//! Two passes: the first looks over the whole value (form, depth, keys), so that a problem has its column; the
//! second takes it apart by `RawValue`, which keeps the text of numbers. The feature that would keep it in one
//! pass, `arbitrary_precision`, changes every other user of `serde_json` in the process.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

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
    serde_json::from_str::<Sound>(text)
        .and_then(|Sound| serde_json::from_str::<&RawValue>(text))
        .and_then(taken_apart)
        .map_err(|error| no_json(text, &error))
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

/// A value that was looked over: well formed, not too deep (the library's own limit), no key twice.
struct Sound;

impl<'de> Deserialize<'de> for Sound {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LookOver)
    }
}

struct LookOver;

impl<'de> Visitor<'de> for LookOver {
    type Value = Sound;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }
    fn visit_unit<E>(self) -> Result<Sound, E> {
        Ok(Sound)
    }
    fn visit_bool<E>(self, _: bool) -> Result<Sound, E> {
        Ok(Sound)
    }
    fn visit_i64<E>(self, _: i64) -> Result<Sound, E> {
        Ok(Sound)
    }
    fn visit_u64<E>(self, _: u64) -> Result<Sound, E> {
        Ok(Sound)
    }
    fn visit_f64<E>(self, _: f64) -> Result<Sound, E> {
        Ok(Sound)
    }
    fn visit_str<E>(self, _: &str) -> Result<Sound, E> {
        Ok(Sound)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Sound, A::Error> {
        while let Some(Sound) = list.next_element()? {}
        Ok(Sound)
    }
    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Sound, A::Error> {
        let mut keys = BTreeSet::new();
        while let Some(key) = object.next_key::<Key<'de>>()? {
            if keys.contains(&key.0) && !mutant!("ingest_last_key_wins") {
                return Err(A::Error::custom(format_args!(
                    "the key `{}` stands there twice",
                    key.0
                )));
            }
            keys.insert(key.0);
            object.next_value::<Sound>()?;
        }
        Ok(Sound)
    }
}

/// A key, borrowed from the line unless an escape stands in it.
#[derive(serde::Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

/// What was looked over, level by level; the depth is bounded by then.
fn taken_apart(raw: &RawValue) -> serde_json::Result<Json> {
    let text = raw.get();
    Ok(match text.as_bytes().first() {
        Some(b'n') => Json::Null,
        Some(b't') => Json::YesNo(true),
        Some(b'f') => Json::YesNo(false),
        Some(b'"') => Json::Text(serde_json::from_str(text)?),
        Some(b'[') => {
            let values: Vec<&RawValue> = serde_json::from_str(text)?;
            Json::List(values.into_iter().map(taken_apart).collect::<Result<_, _>>()?)
        }
        Some(b'{') => {
            let fields: BTreeMap<String, &RawValue> = serde_json::from_str(text)?;
            let field = |(key, raw)| Ok((key, taken_apart(raw)?));
            Json::Object(fields.into_iter().map(field).collect::<serde_json::Result<_>>()?)
        }
        _ => Json::Number(text.to_owned()),
    })
}
