//! Scores a second time, from typed values, with their factors.

use crate::check::rules::{Action, Formula, Operand, Placement, Ranking};
use crate::compile::number;
use crate::decision::Factor;
use crate::value::{Type, Typed};

use super::Case;

impl Case<'_> {
    /// The score of an action; absent where a number that it needs is not known.
    pub(super) fn score(&self, placement: &Placement, action: &Action) -> Option<f64> {
        let ranking = self.rules.rankings.get(placement.ranking)?;
        let score = self.evaluate(&ranking.score, action)?;
        let score = if score.is_finite() { score } else { ranking.if_failed.unwrap_or(0.0) };
        Some(if score == 0.0 { 0.0 } else { score })
    }

    fn evaluate(&self, formula: &Formula, action: &Action) -> Option<f64> {
        match formula {
            Formula::Propensity => self.operand(action.propensity.as_ref()?),
            Formula::Value => self.operand(action.value.as_ref()?),
            Formula::Weight => self.operand(&action.weight),
            Formula::Constant(number, _) => Some(*number),
            Formula::Operand(operand) => self.operand(operand),
            Formula::Sum(first, rest) => {
                let mut sum = self.evaluate(first, action)?;
                for (plus, part) in rest {
                    let part = self.evaluate(part, action)?;
                    sum = if *plus { sum + part } else { sum - part };
                }
                Some(sum)
            }
            Formula::Product(first, rest) => {
                let mut product = self.evaluate(first, action)?;
                for (times, part) in rest {
                    let part = self.evaluate(part, action)?;
                    product = if *times { product * part } else { product / part };
                }
                Some(product)
            }
            Formula::Min(parts) => self.pick(parts, action, f64::min),
            Formula::Max(parts) => self.pick(parts, action, f64::max),
        }
    }

    fn pick(&self, parts: &[Formula], action: &Action, better: fn(f64, f64) -> f64) -> Option<f64> {
        let mut best = None;
        for part in parts {
            let number = self.evaluate(part, action)?;
            best = Some(best.map_or(number, |best| better(best, number)));
        }
        best
    }

    fn operand(&self, operand: &Operand) -> Option<f64> {
        match operand {
            Operand::Constant(number) => Some(*number),
            Operand::Attribute { attribute, otherwise, .. } => {
                self.facts.value(*attribute).and_then(number).or(*otherwise)
            }
        }
    }

    /// What the score is made of, in the order of the formula.
    pub(super) fn factors(&self, ranking: &Ranking, action: &Action) -> Vec<Factor> {
        let mut factors = Vec::new();
        self.collect(&ranking.score, action, &mut factors);
        factors
    }

    fn collect(&self, formula: &Formula, action: &Action, into: &mut Vec<Factor>) {
        match formula {
            Formula::Propensity => into.extend(
                action.propensity.as_ref().and_then(|own| self.factor("propensity", own, &PERCENT)),
            ),
            Formula::Value => {
                let money = Type::Money { currency: self.rules.workspace.currency, range: None };
                let own = action.value.as_ref();
                into.extend(own.and_then(|own| self.factor("value", own, &money)));
            }
            Formula::Weight => into.extend(self.factor("weight", &action.weight, &NUMBER)),
            Formula::Constant(number, kind) => {
                into.extend(self.factor("constant", &Operand::Constant(*number), kind));
            }
            Formula::Operand(operand) => {
                let (name, kind) = match operand {
                    Operand::Constant(_) => ("constant", &NUMBER),
                    Operand::Attribute { attribute, model, .. } => {
                        let found = self.rules.attributes.get(*attribute);
                        let name = found.map_or("", |attribute| attribute.name.as_str());
                        let kind = found.map_or(&NUMBER, |attribute| &attribute.kind);
                        (model.as_deref().unwrap_or(name), kind)
                    }
                };
                into.extend(self.factor(name, operand, kind));
            }
            Formula::Sum(first, rest) | Formula::Product(first, rest) => {
                self.collect(first, action, into);
                for (_, part) in rest {
                    self.collect(part, action, into);
                }
            }
            Formula::Min(parts) | Formula::Max(parts) => {
                for part in parts {
                    self.collect(part, action, into);
                }
            }
        }
    }

    fn factor(&self, name: &str, operand: &Operand, kind: &Type) -> Option<Factor> {
        let value = self.operand(operand)?;
        let (stand_in, personal) = match operand {
            Operand::Constant(_) => (false, false),
            Operand::Attribute { attribute, .. } => (
                self.facts.stood_in(*attribute),
                self.rules.attributes.get(*attribute).is_some_and(|found| found.personal_data),
            ),
        };
        let shown = if personal { "(personal data)".to_owned() } else { show(value, kind) };
        let value = (!personal).then_some(value);
        Some(Factor { name: name.to_owned(), value, shown, stand_in })
    }
}

const PERCENT: Type = Type::Percent { range: (0.0, 1.0) };
const NUMBER: Type = Type::Number { range: None };

/// A number of a score as authors write it.
#[allow(
    clippy::cast_possible_truncation,
    reason = "money is a whole number of minor units below 2^53"
)]
pub(super) fn show(value: f64, kind: &Type) -> String {
    let typed = match kind {
        Type::Money { .. } => Typed::Money(value.round_ties_even() as i64),
        Type::Percent { .. } => Typed::Percent(value),
        _ => Typed::Number(value),
    };
    typed.show(kind)
}
