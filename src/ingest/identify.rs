//! Segment's `identify` call: who (`userId`, else `anonymousId`), what is newly known (`traits`), and when.

use std::collections::BTreeMap;

use super::Wrong;
use super::json::Json;
use crate::customer::Customer;
use crate::mutant::mutant;
use crate::value::{Timestamp, Value};

/// Calls of the same protocol that say nothing of a customer's attributes.
const OTHER_TYPES: [&str; 5] = ["track", "page", "screen", "group", "alias"];

/// The customer of a call; `None` for a call of another type.
pub(super) fn customer(json: Json) -> Result<Option<Customer>, Wrong> {
    let Json::Object(call) = json else {
        return Err(Wrong::row("a row is an object, `{...}`"));
    };
    match call.get("type") {
        Some(Json::Text(kind)) if kind == "identify" => {}
        Some(Json::Text(kind)) if OTHER_TYPES.contains(&kind.as_str()) => return Ok(None),
        Some(Json::Text(kind)) => {
            return Err(Wrong::at("type", format!("`{kind}` is no type of call")));
        }
        Some(_) => return Err(Wrong::at("type", "must be a text")),
        None => {
            let why = "missing: this is no `identify` call; other shapes need a mapping (--map)";
            return Err(Wrong::at("type", why));
        }
    }
    let id = id(&call)?;
    traits(Customer::new(id.as_str()), &call)
        .map(Some)
        .map_err(|wrong| wrong.of(&id).withdrawing(withdrawals(&id, &call)))
}

/// What a call withdraws, whatever else is wrong with it.
fn withdrawals(id: &str, call: &BTreeMap<String, Json>) -> Option<Customer> {
    let customer = match time(call) {
        Ok(at) => Customer::new(id).updated(at),
        Err(_) => Customer::new(id).undated(),
    };
    let Some(Json::Object(traits)) = call.get("traits") else { return None };
    let Some(Json::Object(channels)) = traits.get("consent") else { return None };
    let withdrawn = |word: &Json| matches!(word, Json::Text(word) if word == WITHDRAWN);
    channels
        .iter()
        .fold(customer, |customer, (channel, said)| match said {
            said if withdrawn(said) => customer.withdraw_all(channel),
            Json::Object(purposes) => purposes
                .iter()
                .filter(|(_, word)| withdrawn(word))
                .fold(customer, |customer, (purpose, _)| customer.withdraw(channel, purpose)),
            _ => customer,
        })
        .only_withdrawals()
}

fn traits(customer: Customer, call: &BTreeMap<String, Json>) -> Result<Customer, Wrong> {
    let mut customer = customer.updated(time(call)?);
    match call.get("traits") {
        None | Some(Json::Null) => {}
        Some(Json::Object(traits)) => {
            for (name, value) in traits {
                if name == "consent" {
                    customer = consents(customer, value)?;
                } else if let Some(value) = trait_value(name, value)? {
                    customer = customer.set(name.as_str(), value);
                }
            }
        }
        Some(_) => return Err(Wrong::at("traits", "must be an object")),
    }
    Ok(customer)
}

pub(super) fn id(call: &BTreeMap<String, Json>) -> Result<String, Wrong> {
    for field in ["userId", "anonymousId"] {
        match call.get(field) {
            None | Some(Json::Null) => {}
            Some(Json::Text(id) | Json::Number(id)) if !id.is_empty() => return Ok(id.clone()),
            Some(_) => return Err(Wrong::at(field, "must be a text that is not empty")),
        }
    }
    Err(Wrong::at("userId", "missing, and so is `anonymousId`"))
}

/// When it was true: `timestamp`, else what the senders' libraries and the receiver write beside it.
pub(super) fn time(call: &BTreeMap<String, Json>) -> Result<Timestamp, Wrong> {
    for field in ["timestamp", "originalTimestamp", "sentAt", "receivedAt"] {
        match call.get(field) {
            None | Some(Json::Null) => {}
            Some(Json::Text(text)) => {
                return Timestamp::parse(text)
                    .map_err(|error| Wrong::at(field, format!("`{text}` is {error}")));
            }
            Some(_) => return Err(Wrong::at(field, "must be a text")),
        }
    }
    if mutant!("ingest_undated_is_of_1970") {
        return Ok(Timestamp::default());
    }
    let why = "missing, and so are `originalTimestamp`, `sentAt` and `receivedAt`: without a time nobody knows \
               whether this is news; add one such as \"timestamp\": \"2026-10-01T09:30:00Z\"";
    Err(Wrong::at("timestamp", why))
}

/// A trait as a value. Objects, and lists of lists or objects, are left out: no rule can read one (a mapping
/// reaches into objects by a dotted field).
pub(super) fn trait_value(name: &str, value: &Json) -> Result<Option<Value>, Wrong> {
    Ok(Some(match value {
        Json::Null => Value::Null,
        Json::YesNo(yes) => Value::YesNo(*yes),
        Json::Number(text) => Value::Number(text.clone()),
        Json::Text(text) => Value::Text(text.clone()),
        Json::Object(_) => return Ok(None),
        Json::List(values) => {
            if values.iter().any(|value| matches!(value, Json::List(_) | Json::Object(_))) {
                return Ok(None);
            }
            Value::List(texts(name, values)?)
        }
    }))
}

pub(super) fn texts(field: &str, values: &[Json]) -> Result<Vec<String>, Wrong> {
    let text = |value: &Json| match value {
        Json::Text(text) | Json::Number(text) => Ok(text.clone()),
        _ => Err(Wrong::at(field, "a list may hold texts and numbers only")),
    };
    values.iter().map(text).collect()
}

const WITHDRAWN: &str = "withdrawn";

/// `{"sms": {"marketing": "granted"}}`; `withdrawn` takes back, for a channel as a whole too, and nothing else is
/// understood: consent is not guessed.
fn consents(mut customer: Customer, value: &Json) -> Result<Customer, Wrong> {
    let Json::Object(channels) = value else {
        let why = "must be an object such as {\"sms\": {\"marketing\": \"granted\"}}";
        return Err(Wrong::at("traits.consent", why));
    };
    for (channel, purposes) in channels {
        let purposes = match purposes {
            Json::Object(purposes) => purposes,
            Json::Text(word) if word == WITHDRAWN => {
                customer = customer.withdraw_all(channel);
                continue;
            }
            _ => {
                let why =
                    "must be an object such as {\"marketing\": \"granted\"}, or \"withdrawn\"";
                return Err(Wrong::at(&format!("traits.consent.{channel}"), why));
            }
        };
        for (purpose, word) in purposes {
            customer = match word {
                Json::Text(word) if word == "granted" => customer.grant(channel, purpose),
                Json::Text(word) if word == WITHDRAWN => customer.withdraw(channel, purpose),
                _ if mutant!("ingest_consent_by_any_word") => customer.grant(channel, purpose),
                _ => {
                    let field = format!("traits.consent.{channel}.{purpose}");
                    return Err(Wrong::at(&field, "must be \"granted\" or \"withdrawn\""));
                }
            };
        }
    }
    Ok(customer)
}
