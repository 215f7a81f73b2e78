//! Onward answers one question for any application: what is the next best thing to do for this customer,
//! here and now, and why?

pub mod check;
pub mod customer;
pub mod decision;
pub mod diagnostic;
pub mod engine;
#[cfg(feature = "ingest")]
pub mod ingest;
pub mod request;
pub mod scenario;
pub mod syntax;
pub mod value;

mod compile;
mod explain;
mod mutant;
mod profile;
mod runtime;

pub use check::{Checked, Context, Rules, check};
pub use customer::{Customer, CustomerError};
pub use decision::{Decision, Explanation};
pub use diagnostic::{Diagnostic, Diagnostics};
pub use engine::{Answer, Engine, Program, View};
pub use request::{BindError, Request};
pub use syntax::Source;
