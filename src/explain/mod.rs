//! Why, and why not.
use crate::compile::Program;
use crate::decision::{Decision, Explanation};
use crate::profile::View;
use crate::request::Request;
use crate::value::Zone;
use std::collections::BTreeSet;

pub(crate) fn explain(
    _program: &Program,
    _view: &View,
    _zone: Option<&Zone>,
    request: &Request,
    _paused: &BTreeSet<String>,
    decision: Decision,
) -> Explanation {
    Explanation {
        decision,
        placement: request.placement().to_owned(),
        customer: request.customer().map(str::to_owned),
        candidates: Vec::new(),
        notes: Vec::new(),
    }
}
