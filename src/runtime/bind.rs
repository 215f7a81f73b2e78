//! The request at the door: its attributes as words, or why they do not fit.

use crate::check::rules::Attribute;
use crate::compile::{Place, Program, RequestPlan};
use crate::profile::{encode, set};
use crate::request::{BindError, Request};
use crate::value::{Type, Typed, Unit, Value, read};

use super::Bound;

/// Reads a request's attributes. Words that the rules declare are found without allocating.
pub(crate) fn bind(
    program: &Program,
    request: &Request,
    into: &mut Bound,
) -> Result<(), BindError> {
    into.reset(program.request_words);
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
    if let (Type::OneOf(_) | Type::Code, Value::Text(text)) = (&attribute.kind, value)
        && let Some(symbol) = symbol(text)
    {
        into.set(place, symbol);
        return Ok(true);
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
