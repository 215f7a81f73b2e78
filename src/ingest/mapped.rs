//! One row under a mapping: a whole record of a customer.

use super::Wrong;
use super::decimal;
use super::identify::texts;
use super::json::Json;
use super::mapping::{Column, ConsentSource, LINE_ID, Mapping, Reading};
use crate::customer::Customer;
use crate::mutant::mutant;
use crate::value::{Timestamp, Value};

/// The customer of the row on `line`; `field` gives a field of it, absent where the row has none.
pub(super) fn customer(
    mapping: &Mapping,
    line: u64,
    field: &dyn Fn(&str) -> Option<Json>,
) -> Result<Customer, Wrong> {
    let id = match field(&mapping.id) {
        _ if mapping.id == LINE_ID => line.to_string(),
        Some(Json::Text(id) | Json::Number(id)) if !id.is_empty() => id,
        None | Some(Json::Null | Json::Text(_)) => {
            return Err(Wrong::at(&mapping.id, "the id is missing"));
        }
        Some(_) => return Err(Wrong::at(&mapping.id, "the id must be a text")),
    };
    whole(mapping, &id, field)
        .map_err(|wrong| wrong.of(&id).withdrawing(withdrawals(mapping, &id, field)))
}

fn whole(
    mapping: &Mapping,
    id: &str,
    field: &dyn Fn(&str) -> Option<Json>,
) -> Result<Customer, Wrong> {
    let at = updated(mapping, field)?.unwrap_or_default();
    let customer = record(mapping, Customer::new(id).updated(at), field)?;
    Ok(consents(mapping, customer, field))
}

/// What a row withdraws, whatever else is wrong with it.
fn withdrawals(
    mapping: &Mapping,
    id: &str,
    field: &dyn Fn(&str) -> Option<Json>,
) -> Option<Customer> {
    let customer = consents(mapping, Customer::new(id), field);
    match updated(mapping, field) {
        Ok(at) => customer.updated(at.unwrap_or_default()),
        Err(_) => customer.undated(),
    }
    .only_withdrawals()
}

fn updated(
    mapping: &Mapping,
    field: &dyn Fn(&str) -> Option<Json>,
) -> Result<Option<Timestamp>, Wrong> {
    let Some(from) = &mapping.updated else { return Ok(None) };
    let found = field(from);
    let text = found.as_ref().and_then(raw).ok_or_else(|| Wrong::at(from, "missing"))?;
    let at =
        Timestamp::parse(text).map_err(|error| Wrong::at(from, format!("`{text}` is {error}")))?;
    Ok(Some(at))
}

fn record(
    mapping: &Mapping,
    mut customer: Customer,
    field: &dyn Fn(&str) -> Option<Json>,
) -> Result<Customer, Wrong> {
    for (name, value) in &mapping.constants {
        customer = customer.set(name.as_str(), value.clone());
    }
    for column in &mapping.columns {
        let found = field(&column.from);
        if found.is_none() && mutant!("ingest_absent_is_unchanged") {
            continue;
        }
        customer = customer.set(column.attribute.as_str(), value(column, found.as_ref())?);
    }
    Ok(customer)
}

fn consents(
    mapping: &Mapping,
    mut customer: Customer,
    field: &dyn Fn(&str) -> Option<Json>,
) -> Customer {
    for consent in &mapping.consent {
        let granted = match &consent.source {
            ConsentSource::Constant(granted) => *granted,
            ConsentSource::Field { from, granted } => {
                let found = field(from);
                let found = found.as_ref().and_then(raw);
                found.is_some_and(|found| granted.iter().any(|word| equal(word, found)))
            }
        };
        customer = if granted {
            customer.grant(consent.channel.as_str(), consent.purpose.as_str())
        } else {
            customer.withdraw(consent.channel.as_str(), consent.purpose.as_str())
        };
    }
    customer
}

/// A scalar by its text.
pub(super) fn raw(json: &Json) -> Option<&str> {
    match json {
        Json::Text(text) | Json::Number(text) => Some(text),
        Json::YesNo(true) => Some("true"),
        Json::YesNo(false) => Some("false"),
        Json::Null | Json::List(_) | Json::Object(_) => None,
    }
}

/// The same text, or the same number.
pub(super) fn equal(word: &str, found: &str) -> bool {
    word == found || decimal::same(word, found)
}

pub(super) fn value(column: &Column, found: Option<&Json>) -> Result<Value, Wrong> {
    let found = match found {
        None | Some(Json::Null) => return Ok(Value::Null),
        Some(Json::Object(_)) => {
            let why = "is an object; name a field within it, such as `address.city`";
            return Err(Wrong::at(&column.from, why));
        }
        Some(Json::List(values)) => {
            let words = texts(&column.from, values)?;
            return Ok(Value::List(words.into_iter().map(|word| renamed(column, word)).collect()));
        }
        Some(found) => found,
    };
    let text = raw(found).unwrap_or_default();
    let means_unknown = column.unknown.iter().any(|word| equal(word, text));
    if means_unknown && !mutant!("ingest_unknown_is_a_value") {
        return Ok(Value::Null);
    }
    if let Some(renamed) = column.values.get(text)
        && matches!(column.reading, Reading::Plain)
    {
        return Ok(Value::Text(renamed.clone()));
    }
    let text = column.values.get(text).map_or(text, String::as_str);
    read(column, text, found)
}

fn renamed(column: &Column, word: String) -> String {
    column.values.get(&word).cloned().unwrap_or(word)
}

fn read(column: &Column, text: &str, found: &Json) -> Result<Value, Wrong> {
    let wrong = |why: String| Wrong::at(&column.from, why);
    match &column.reading {
        Reading::Plain => Ok(match found {
            Json::YesNo(yes) => Value::YesNo(*yes),
            Json::Number(number) => Value::Number(number.clone()),
            _ => Value::Text(text.to_owned()),
        }),
        Reading::Decimal => number(text, 0, true).map(Value::Number).map_err(wrong),
        Reading::Split(separator) => {
            let words =
                text.split(separator.as_str()).map(str::trim).filter(|word| !word.is_empty());
            Ok(Value::List(words.map(|word| renamed(column, word.to_owned())).collect()))
        }
        Reading::YesNo { yes, .. } if yes.iter().any(|word| equal(word, text)) => {
            Ok(Value::YesNo(true))
        }
        Reading::YesNo { no, .. } if no.iter().any(|word| equal(word, text)) => {
            Ok(Value::YesNo(false))
        }
        Reading::YesNo { yes, no } => Err(wrong(format!(
            "`{text}` is neither yes ({}) nor no ({})",
            yes.join(", "),
            no.join(", ")
        ))),
        Reading::Date(format) => {
            let date = jiff::civil::Date::strptime(format, text);
            date.map(|date| Value::Text(date.to_string()))
                .map_err(|_| wrong(format!("`{text}` is no date written as {format}")))
        }
        Reading::Time { format, zone } => {
            let clock = jiff::civil::DateTime::strptime(format, text);
            let instant = clock.and_then(|clock| zone.to_ambiguous_zoned(clock).compatible());
            instant
                .map(|zoned| Value::Text(zoned.timestamp().to_string()))
                .map_err(|_| wrong(format!("`{text}` is no time written as {format}")))
        }
        Reading::Unix { micros } => {
            let instant = decimal::shifted(text, 0).and_then(|plain| plain.parse::<i64>().ok());
            let instant =
                instant.and_then(|units| units.checked_mul(*micros)).map(Timestamp::from_micros);
            instant
                .map(|instant| Value::Text(instant.to_string()))
                .ok_or_else(|| wrong(format!("`{text}` is no whole Unix time")))
        }
        Reading::Percent { shift, comma } => {
            if text.ends_with('%') {
                return Ok(Value::Text(text.to_owned()));
            }
            number(text, *shift, *comma)
                .map(|plain| Value::Text(format!("{plain}%")))
                .map_err(wrong)
        }
        Reading::Money { code, shift, comma } => {
            let shift =
                if mutant!("ingest_every_currency_has_cents") && *shift != 0 { -2 } else { *shift };
            let plain = number(text, shift, *comma).map_err(wrong)?;
            Ok(Value::Text(format!("{code} {plain}")))
        }
    }
}

/// `text` as a plain decimal, its point moved.
fn number(text: &str, shift: i64, comma: bool) -> Result<String, String> {
    let why = || {
        format!("`{text}` is no plain number such as {}", if comma { "1250,5" } else { "1250.5" })
    };
    if comma && text.contains('.') {
        return Err(why());
    }
    let pointed = if comma { text.replacen(',', ".", 1) } else { text.to_owned() };
    decimal::shifted(&pointed, shift).ok_or_else(why)
}
