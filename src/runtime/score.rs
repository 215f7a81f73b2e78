//! Scores: floats in minor units, evaluated left to right as written.

use crate::compile::{ActionPlan, Candidates, RankingPlan, Score, Term};
use crate::mutant::mutant;

use super::Walk;

impl Walk<'_> {
    /// The score of an action; always finite, and `-0` is 0.
    pub(super) fn score(&self, ranking: &RankingPlan, action: &ActionPlan) -> f64 {
        let score = self.formula(&ranking.score, action);
        let score = if score.is_finite() { score } else { ranking.if_failed };
        if score == 0.0 { 0.0 } else { score }
    }

    /// What every bound may be lowered to for this customer, as a share of it; `None` where it is nothing less.
    pub(super) fn share_of_bounds(&self, candidates: &Candidates) -> Option<f64> {
        let mut most = None;
        for factors in &candidates.factors {
            let mut share = 1.0;
            for (term, high) in factors {
                let value = self.term(term);
                // A bound of 0 is as low as it gets; an unknown value is beyond every bound.
                if *high > 0.0 && !value.is_nan() {
                    share *= value / high;
                }
            }
            most = Some(share.max(most.unwrap_or(0.0)));
        }
        // Room for what rounding may add to a score of a few factors.
        let most = most? * (1.0 + 1e-12) + f64::MIN_POSITIVE;
        (most < 1.0).then_some(if mutant!("share_of_bounds_too_low") { most / 2.0 } else { most })
    }

    fn formula(&self, score: &Score, action: &ActionPlan) -> f64 {
        let [value, propensity, weight] = &action.terms;
        match score {
            Score::Propensity => self.term(propensity),
            Score::Value => self.term(value),
            Score::Weight => self.term(weight),
            Score::Term(term) => self.term(term),
            Score::Sum(first, rest) => {
                rest.iter().fold(self.formula(first, action), |sum, (plus, part)| {
                    let part = self.formula(part, action);
                    if *plus { sum + part } else { sum - part }
                })
            }
            Score::Product(first, rest) => {
                rest.iter().fold(self.formula(first, action), |product, (times, part)| {
                    let part = self.formula(part, action);
                    if *times { product * part } else { product / part }
                })
            }
            Score::Min(parts) => self.pick(parts, action, f64::min),
            Score::Max(parts) => self.pick(parts, action, f64::max),
        }
    }

    fn pick(&self, parts: &[Score], action: &ActionPlan, better: fn(f64, f64) -> f64) -> f64 {
        let numbers = parts.iter().map(|part| self.formula(part, action));
        // The checker lets no list be empty; should one be, the declared score stands in.
        numbers.reduce(better).unwrap_or(f64::NAN)
    }

    #[allow(clippy::cast_precision_loss, reason = "scores are floats of minor units by definition")]
    fn term(&self, term: &Term) -> f64 {
        match term {
            Term::Fixed(number) => *number,
            Term::Read { place, whole, otherwise, .. } => match self.word(*place, 0) {
                Some(word) if *whole => word.cast_signed() as f64,
                Some(word) => f64::from_bits(word),
                None => *otherwise,
            },
        }
    }
}
