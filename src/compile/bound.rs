//! How high a score can be, whoever asks: interval arithmetic over the ranking, in its own order of steps.
//!
//! Rounding never turns the order of two numbers round, so the ends of the intervals bound the rounded
//! results too. Where a step might give no finite number, all bets are off: the end is infinity.

use crate::mutant::mutant;

use super::{ActionPlan, RankingPlan, Score, Term};

/// All numbers from `low` to `high`; `fails` where a step may give none.
#[derive(Clone, Copy, Debug)]
struct Range {
    low: f64,
    high: f64,
    fails: bool,
}

const ANYTHING: Range = Range { low: f64::NEG_INFINITY, high: f64::INFINITY, fails: true };

/// The bound of an action's score under a ranking: no customer's score is above it.
pub(super) fn bound(ranking: &RankingPlan, action: &ActionPlan) -> f64 {
    let range = range(&ranking.score, action);
    // A score that is not finite becomes `if_failed`.
    if range.fails { range.high.max(ranking.if_failed) } else { range.high }
}

/// What a product reads, each with the most that it can be: bound and score differ by these factors alone.
pub(super) type Factors = Vec<(Term, f64)>;

/// The factors of an action's score that hang on who asks; `None` where it is no plain product of numbers that
/// are not negative.
pub(super) fn factors(ranking: &RankingPlan, action: &ActionPlan) -> Option<Factors> {
    let mut terms = Vec::new();
    match &ranking.score {
        Score::Product(first, rest) => {
            terms.push(&**first);
            for (times, part) in rest {
                terms.push(times.then_some(part)?);
            }
        }
        other => terms.push(other),
    }
    let [value, propensity, weight] = &action.terms;
    let mut found = Factors::new();
    for part in terms {
        let read = match part {
            Score::Propensity => propensity,
            Score::Value => value,
            Score::Weight => weight,
            Score::Term(read) => read,
            Score::Sum(..) | Score::Product(..) | Score::Min(_) | Score::Max(_) => return None,
        };
        let Range { low, high, .. } = term(read);
        if !(low >= 0.0 && high < f64::INFINITY) {
            return None;
        }
        if let Term::Read { place, whole, .. } = *read {
            // Where it is unknown every action may have a stand-in of its own: nothing is lowered then.
            let (otherwise, range) = (f64::INFINITY, (0.0, high));
            found.push((Term::Read { place, whole, otherwise, range }, high));
        }
    }
    Some(found)
}

/// The score of an action that nothing can change: neither the customer nor the request.
pub(super) fn settled(ranking: &RankingPlan, action: &ActionPlan) -> Option<f64> {
    let range = range(&ranking.score, action);
    let alone = !range.fails && range.low.to_bits() == range.high.to_bits();
    (alone && fixed(&ranking.score, action)).then_some(range.high + 0.0)
}

/// Whether a formula reads nothing.
fn fixed(score: &Score, action: &ActionPlan) -> bool {
    let [value, propensity, weight] = &action.terms;
    let alone = |term: &Term| matches!(term, Term::Fixed(_));
    match score {
        Score::Propensity => alone(propensity),
        Score::Value => alone(value),
        Score::Weight => alone(weight),
        Score::Term(term) => alone(term),
        Score::Sum(first, rest) | Score::Product(first, rest) => {
            fixed(first, action) && rest.iter().all(|(_, part)| fixed(part, action))
        }
        Score::Min(parts) | Score::Max(parts) => parts.iter().all(|part| fixed(part, action)),
    }
}

fn range(score: &Score, action: &ActionPlan) -> Range {
    let [value, propensity, weight] = &action.terms;
    match score {
        Score::Propensity => term(propensity),
        Score::Value => term(value),
        Score::Weight => term(weight),
        Score::Term(fixed) => term(fixed),
        Score::Sum(first, rest) => rest.iter().fold(range(first, action), |sum, (plus, part)| {
            let part = range(part, action);
            let ends = if *plus {
                [sum.low + part.low, sum.high + part.high]
            } else {
                [sum.low - part.high, sum.high - part.low]
            };
            hull(&ends, sum.fails || part.fails)
        }),
        Score::Product(first, rest) => {
            rest.iter().fold(range(first, action), |product, (times, part)| {
                let part = range(part, action);
                let fails = product.fails || part.fails;
                if *times {
                    corners(product, part, fails, |a, b| a * b)
                } else if part.low > 0.0 || part.high < 0.0 {
                    corners(product, part, fails, |a, b| a / b)
                } else {
                    ANYTHING
                }
            })
        }
        Score::Min(parts) => pick(parts, action, f64::min),
        Score::Max(parts) => pick(parts, action, f64::max),
    }
}

fn pick(parts: &[Score], action: &ActionPlan, better: fn(f64, f64) -> f64) -> Range {
    let parts: Vec<Range> = parts.iter().map(|part| range(part, action)).collect();
    let both = |a: Range, b: Range| {
        let (low, high, fails) = (a.low.min(b.low), a.high.max(b.high), a.fails || b.fails);
        // Beside a part that gives no number, another part is taken, whichever it is.
        if fails {
            return Range { low, high, fails };
        }
        Range { low: better(a.low, b.low), high: better(a.high, b.high), fails }
    };
    parts.into_iter().reduce(both).unwrap_or(ANYTHING)
}

fn corners(a: Range, b: Range, fails: bool, step: fn(f64, f64) -> f64) -> Range {
    let ends = [step(a.low, b.low), step(a.low, b.high), step(a.high, b.low), step(a.high, b.high)];
    hull(&ends, fails)
}

fn hull(ends: &[f64], fails: bool) -> Range {
    if !ends.iter().all(|end| end.is_finite()) {
        return ANYTHING;
    }
    let low = ends.iter().copied().fold(f64::INFINITY, f64::min);
    let high = ends.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    Range { low, high, fails }
}

fn term(term: &Term) -> Range {
    match term {
        Term::Fixed(number) => hull(&[*number], false),
        // Where nothing stands in for it, the action is blocked without it and never scored.
        Term::Read { otherwise, range: (low, high), .. } if otherwise.is_nan() => {
            hull(&[*low, *high], true)
        }
        Term::Read { range: (low, high), .. } if mutant!("bound_forgets_the_stand_in") => {
            hull(&[*low, *high], false)
        }
        Term::Read { otherwise, range: (low, high), .. } => hull(&[*low, *high, *otherwise], false),
    }
}
