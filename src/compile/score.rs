//! Scores as small trees of numbers, in the order written.

use crate::check::rules::{Action, Formula, Need, Operand, Origin};
use crate::mutant::mutant;
use crate::value::{Type, Typed};

use super::{Compiler, Place};

/// A formula. Money is in minor units, a percentage a fraction.
#[derive(Clone, Debug)]
pub(crate) enum Score {
    /// The action's own.
    Propensity,
    /// The action's own.
    Value,
    /// The action's own.
    Weight,
    /// A number.
    Term(Term),
    /// First, then plus (`true`) or minus.
    Sum(Box<Score>, Box<[(bool, Score)]>),
    /// First, then times (`true`) or divided by.
    Product(Box<Score>, Box<[(bool, Score)]>),
    /// Smallest.
    Min(Box<[Score]>),
    /// Largest.
    Max(Box<[Score]>),
}

/// A number: fixed, or read for each decision.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Term {
    /// Fixed.
    Fixed(f64),
    /// The value of an attribute.
    Read {
        /// Where.
        place: Place,
        /// Whether the word is a whole number (money) rather than a float.
        whole: bool,
        /// Where it is unknown; NaN where that cannot be, which makes the formula fail safely.
        otherwise: f64,
        /// From the lowest to the highest that the declared type lets in.
        range: (f64, f64),
    },
}

/// A ranking.
#[derive(Clone, Debug)]
pub(crate) struct RankingPlan {
    /// The formula.
    pub(crate) score: Score,
    /// Where it gives no finite number.
    pub(crate) if_failed: f64,
}

impl Compiler<'_> {
    pub(super) fn ranking(&self, ranking: usize) -> RankingPlan {
        match self.rules.rankings.get(ranking) {
            Some(found) => RankingPlan {
                score: self.formula(&found.score),
                if_failed: found.if_failed.unwrap_or(0.0),
            },
            None => RankingPlan { score: Score::Term(Term::Fixed(0.0)), if_failed: 0.0 },
        }
    }

    /// Value, propensity and weight of an action, in this order.
    pub(super) fn terms(&self, action: &Action) -> [Term; 3] {
        let term = |operand: &Option<Operand>| {
            operand.as_ref().map_or(Term::Fixed(f64::NAN), |operand| self.term(operand))
        };
        [term(&action.value), term(&action.propensity), self.term(&action.weight)]
    }

    fn formula(&self, formula: &Formula) -> Score {
        let chain = |parts: &[(bool, Formula)]| -> Box<[(bool, Score)]> {
            parts.iter().map(|(sign, part)| (*sign, self.formula(part))).collect()
        };
        let list = |parts: &[Formula]| parts.iter().map(|part| self.formula(part)).collect();
        match formula {
            Formula::Propensity => Score::Propensity,
            Formula::Value => Score::Value,
            Formula::Weight => Score::Weight,
            Formula::Constant(number, _) => Score::Term(Term::Fixed(*number)),
            Formula::Operand(operand) => Score::Term(self.term(operand)),
            Formula::Sum(first, rest) => Score::Sum(Box::new(self.formula(first)), chain(rest)),
            Formula::Product(first, rest) => {
                Score::Product(Box::new(self.formula(first)), chain(rest))
            }
            Formula::Min(parts) => Score::Min(list(parts)),
            Formula::Max(parts) => Score::Max(list(parts)),
        }
    }

    fn term(&self, operand: &Operand) -> Term {
        let (attribute, otherwise) = match operand {
            Operand::Constant(number) => return Term::Fixed(*number),
            Operand::Attribute { attribute, otherwise, .. } => (*attribute, *otherwise),
        };
        let Some(found) = self.rules.attributes.get(attribute) else {
            return Term::Fixed(f64::NAN);
        };
        let default = match &found.need {
            Need::Default(value) if found.origin != Origin::Event => number(value),
            Need::Default(_) | Need::Required | Need::Optional => None,
        };
        Term::Read {
            place: self.place(attribute),
            whole: matches!(found.kind, Type::Money { .. }) && !self.is_mean(attribute),
            otherwise: default.or(otherwise).unwrap_or(f64::NAN),
            range: if self.is_bounded(attribute) { range(&found.kind) } else { ANYTHING },
        }
    }

    /// Whether what is read surely lies in the range that its type says. What is made of an event's field may
    /// not: rows from before outlive a narrower range, and a mean of floats is rounded. Numbers of times and of
    /// days do.
    fn is_bounded(&self, attribute: usize) -> bool {
        let asked = self.rules.aggregate(attribute);
        asked.is_none_or(|asked| asked.field.is_none()) || mutant!("bound_trusts_an_events_field")
    }
}

const ANYTHING: (f64, f64) = (f64::NEG_INFINITY, f64::INFINITY);

/// What a type lets in, as the numbers that scores use.
#[allow(clippy::cast_precision_loss, reason = "scores are floats of minor units by definition")]
fn range(kind: &Type) -> (f64, f64) {
    match kind {
        Type::Number { range: Some(range) } | Type::Percent { range } => *range,
        Type::Money { range: Some((low, high)), .. } => (*low as f64, *high as f64),
        _ => ANYTHING,
    }
}

/// A value as the number that scores use.
#[allow(clippy::cast_precision_loss, reason = "scores are floats of minor units by definition")]
pub(crate) fn number(value: &Typed) -> Option<f64> {
    match value {
        Typed::Number(number) | Typed::Percent(number) => Some(*number),
        Typed::Money(minor) => Some(*minor as f64),
        _ => None,
    }
}
