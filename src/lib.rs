//! Onward answers one question for any application: what is the next best thing to do for this customer,
//! here and now, and why?

pub mod diagnostic;
pub mod syntax;

mod mutant;
