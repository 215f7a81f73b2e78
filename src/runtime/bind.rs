//! The request at the door: its attributes as words, or why they do not fit.

use crate::check::rules::Attribute;
use crate::compile::{Place, Program, RequestPlan};
use crate::profile::{OTHER, encode, set};
use crate::request::{BindError, Request};
use crate::value::{Type, Typed, Unit, Value, fold_into, nfc_into, read};

use super::Bound;

/// Reads a request's attributes; what fits allocates nothing once the buffers of `into` are warm, but for texts
/// of lists that are not in Unicode's normal form.
pub(crate) fn bind(
    program: &Program,
    request: &Request,
    into: &mut Bound,
) -> Result<(), BindError> {
    into.reset(program.request_words);
    if program.request.is_empty() && request.attributes().is_empty() {
        return Ok(());
    }
    for (name, value) in request.attributes() {
        let Some(plan) = program.request.get(name) else {
            return Err(BindError::UnknownAttribute { attribute: name.clone() });
        };
        let Some(attribute) = program.rules.attributes.get(plan.attribute) else { continue };
        let known = write(plan, attribute, value, into)?;
        if plan.required && !known {
            return Err(BindError::MissingAttribute { attribute: name.clone() });
        }
    }
    let missing = |(name, plan): &(&String, &RequestPlan)| {
        plan.required && !request.attributes().contains_key(*name)
    };
    match program.request.iter().find(missing) {
        Some((name, _)) => Err(BindError::MissingAttribute { attribute: name.clone() }),
        None => Ok(()),
    }
}

fn write(
    plan: &RequestPlan,
    attribute: &Attribute,
    value: &Value,
    into: &mut Bound,
) -> Result<bool, BindError> {
    let Place::Request(place) = plan.place else { return Ok(false) };
    let symbol = |word: &str| plan.symbols.get(word).copied();
    // Texts are brought into their form in a buffer that is used again and again.
    match (&attribute.kind, value) {
        (Type::OneOf(_), Value::Text(text)) => {
            if let Some(symbol) = symbol(text) {
                into.set(place, symbol);
                return Ok(true);
            }
        }
        (Type::Code, Value::Text(text) | Value::Number(text)) => {
            let symbol = symbol(into.form(text, nfc_into)).unwrap_or(OTHER);
            into.set(place, symbol);
            return Ok(true);
        }
        (Type::Text, Value::Text(text) | Value::Number(text)) => {
            let symbol = symbol(into.form(text, fold_into)).unwrap_or(OTHER);
            into.set(place, symbol);
            return Ok(true);
        }
        (Type::SomeOf(_), Value::List(texts))
            if texts.iter().all(|text| symbol(text).is_some()) =>
        {
            let width = plan.symbols.len().div_ceil(64).max(1);
            for word in (place..).take(width) {
                into.set(word, 0);
            }
            for bit in texts.iter().filter_map(|text| symbol(text)) {
                into.add(place, bit);
            }
            return Ok(true);
        }
        _ => {}
    }
    let typed = read(value, &attribute.kind, Unit::None)
        .map_err(|why| BindError::Value { attribute: attribute.name.clone(), why })?;
    match typed {
        None => return Ok(false),
        Some(Typed::Some(values)) => {
            let width = plan.symbols.len().div_ceil(64).max(1);
            for (place, word) in (place..).zip(set(&values, width, symbol)) {
                into.set(place, word);
            }
        }
        Some(value) => {
            if let Some(word) = encode(&value, symbol) {
                into.set(place, word);
            }
        }
    }
    Ok(true)
}
