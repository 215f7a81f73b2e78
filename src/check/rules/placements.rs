//! Placements as they are settled: where is asked, of whom, and how an answer is mixed.

use serde::Serialize;

use super::{Action, Line, Rules};

/// How a placement or a send chooses its channel; indexes into [`Rules::channels`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Channels {
    /// `channel: web`
    One(usize),
    /// `channels: first of [...]`
    First(Vec<usize>),
    /// `channels: preferred of [...]`: the customer's own first where it is among them, then this order.
    Preferred(Vec<usize>),
}

/// `at most 1 per line` of a placement: the actions of one answer that are alike in this.
///
/// Taken best first; an action that has no line (no product, no owner ...) shares nothing with others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// How many, at least 1 and fewer than the placement shows.
    pub most: u8,
    /// What they are alike in.
    pub by: Alike,
    /// Where it stands.
    pub line: Line,
}

/// What actions of one answer may be alike in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Alike {
    /// The line of their product.
    Line,
    /// Their team.
    Owner,
    /// Their product.
    Product,
    /// Their purpose.
    Purpose,
    /// Their stage.
    Stage,
}

impl Alike {
    /// All, by name.
    pub const ALL: [Self; 5] = [Self::Line, Self::Owner, Self::Product, Self::Purpose, Self::Stage];

    /// The word of rules.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Line => "line",
            Self::Owner => "owner",
            Self::Product => "product",
            Self::Purpose => "purpose",
            Self::Stage => "stage",
        }
    }

    /// What an action has of it, by name.
    #[must_use]
    pub fn of<'r>(self, action: &'r Action, rules: &'r Rules) -> Option<&'r str> {
        let product = || action.product.and_then(|product| rules.products.get(product));
        match self {
            Self::Line => product()?.line.as_deref(),
            Self::Owner => action.owner.as_deref(),
            Self::Product => product().map(|product| product.name.as_str()),
            Self::Purpose => rules.purposes.get(action.purpose).map(|found| found.name.as_str()),
            Self::Stage => action.stage.as_deref(),
        }
    }
}

/// `placement home_banner { ... }`.
#[derive(Clone, Debug)]
pub struct Placement {
    /// Its name.
    pub name: String,
    /// Where it can be shown or sent.
    pub channels: Channels,
    /// How many actions an answer has at most, 1 to 32.
    pub show: u8,
    /// `at most 1 per line`: how many of one kind among them.
    pub share: Option<Share>,
    /// Indexes into [`Rules::actions`], sorted: all that compete here, or those listed.
    pub candidates: Vec<usize>,
    /// Index into [`Rules::rankings`].
    pub ranking: usize,
    /// Index into [`Rules::actions`]; absent for `fallback: nothing`.
    pub fallback: Option<usize>,
    /// Where it is defined.
    pub line: Line,
}
