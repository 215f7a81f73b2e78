//! Reading: rule text to a tree, and back.
//!
//! In: the [`Source`]s of a workspace. Out: a [`File`](ast::File) each and [`Diagnostics`](crate::diagnostic::Diagnostics).
//! The only place with pest. Knows nothing of schemas, types or running rules.

pub mod ast;
mod source;

pub use ast::Span;
pub use source::{Limits, Source};
