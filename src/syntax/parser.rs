//! The only place with pest: from a stretch of text to its pairs.
//!
//! `set_call_limit` and `set_error_detail` are settings of the whole process and stay untouched.

use pest::Parser;
use pest::iterators::Pair;

#[allow(missing_docs, missing_debug_implementations, reason = "written by pest")]
mod generated {
    #[derive(pest_derive::Parser)]
    #[grammar = "../grammar/journey.pest"]
    pub(super) struct Grammar;
}

pub(super) use generated::Rule;

/// A piece that the grammar has read.
pub(super) type Piece<'a> = Pair<'a, Rule>;

/// The lines of a block, without its braces: items and comments in order.
pub(super) fn items(inside: &str) -> Option<Vec<Piece<'_>>> {
    pieces(Rule::items, inside)
}

/// A heading without its brace: kind, and what follows it.
pub(super) fn heading(text: &str) -> Option<Vec<Piece<'_>>> {
    pieces(Rule::heading_line, text)
}

/// What was read; nothing is said of why not, because messages are built from the author's words.
fn pieces(rule: Rule, text: &str) -> Option<Vec<Piece<'_>>> {
    let top = generated::Grammar::parse(rule, text).ok()?.next()?;
    Some(top.into_inner().filter(|piece| piece.as_rule() != Rule::EOI).collect())
}
