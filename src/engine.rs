//! The front door while it runs: customers in, decisions out, rules swapped. The only file with arc-swap.
//!
//! Boundary draft: signatures stand, bodies follow.

use crate::check::Rules;
use crate::check::rules::Fingerprint;
use crate::customer::{Customer, CustomerError};
use crate::decision::{Decision, Explanation, Summary, Truth};
use crate::request::{BindError, Request};
use crate::value::Timestamp;

/// Compiled rules, bound to the engine that compiled them (symbol and attribute ids are its own).
#[derive(Debug)]
pub struct Program;

/// A reusable answer: ids and score bits, no text; keeps the program and the view that decided.
#[derive(Debug, Default)]
pub struct Answer;

impl Answer {
    /// How many treatments it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        0
    }
    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        true
    }
    /// Why it is not longer.
    #[must_use]
    pub fn summary(&self) -> Summary {
        Summary::default()
    }
    /// With names: the convenient form.
    #[must_use]
    pub fn decision(&self) -> Option<Decision> {
        None
    }
}

/// Why a program was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SwapError {
    /// It was compiled by another engine, whose ids differ.
    #[error("this program was compiled by another engine")]
    Foreign,
}

/// Why a message could not be filled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RenderError {
    /// The answer has fewer treatments.
    #[error("the answer has no treatment number {n}")]
    NoTreatment {
        /// As asked, from 0.
        n: usize,
    },
    /// The message has no such field.
    #[error("the message has no field `{field}`")]
    NoField {
        /// As asked.
        field: String,
    },
}

/// Rules and customers in memory; shared by reference between threads.
#[derive(Debug)]
pub struct Engine;

#[allow(missing_docs, clippy::missing_errors_doc, unused_variables, reason = "boundary draft")]
impl Engine {
    #[must_use]
    pub fn new(rules: &Rules) -> Self {
        Self
    }
    /// Off the hot path; cannot fail. New attributes and symbols get ids that no swap ever changes.
    #[must_use]
    pub fn compile(&self, rules: &Rules) -> Program {
        Program
    }
    /// Atomically; customers stay. Returns the new generation.
    pub fn swap(&self, program: Program) -> Result<u64, SwapError> {
        Ok(0)
    }
    #[must_use]
    pub fn generation(&self) -> u64 {
        0
    }
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint(0)
    }
    /// News of a customer: merged per attribute by time; all or nothing.
    pub fn put(&self, customer: &Customer) -> Result<(), CustomerError> {
        Ok(())
    }
    /// A whole record: as `put`, and refused where a required attribute is missing.
    pub fn put_whole(&self, customer: &Customer) -> Result<(), CustomerError> {
        Ok(())
    }
    /// Forgets a customer; whether there was one.
    pub fn forget(&self, id: &str) -> bool {
        false
    }
    /// How many customers are held.
    #[must_use]
    pub fn customers(&self) -> usize {
        0
    }
    pub fn decide(&self, request: &Request) -> Result<Decision, BindError> {
        Err(BindError::UnknownPlacement { placement: request.placement().to_owned() })
    }
    pub fn decide_into(&self, request: &Request, answer: &mut Answer) -> Result<(), BindError> {
        Err(BindError::UnknownPlacement { placement: request.placement().to_owned() })
    }
    pub fn explain(&self, request: &Request) -> Result<Explanation, BindError> {
        Err(BindError::UnknownPlacement { placement: request.placement().to_owned() })
    }
    /// Appends field `field` (`subject`, `text` ...) of treatment `n` (from 0), filled for the customer.
    pub fn render(
        &self,
        answer: &Answer,
        n: usize,
        field: &str,
        into: &mut String,
    ) -> Result<(), RenderError> {
        Err(RenderError::NoTreatment { n })
    }
    /// Every segment by name, with what it says of the customer at that moment.
    #[must_use]
    pub fn segments(&self, customer: Option<&str>, at: Timestamp) -> Vec<(String, Truth)> {
        Vec::new()
    }
}
