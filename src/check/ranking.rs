//! Rankings: a score that is money, whose factors cannot be negative and whose failures have an answer.
//!
//! In: a `ranking` block, the models, and how large the actions' own factors can be. Out: a [`Ranking`]. Units
//! and bounds are followed through the formula: a sum takes one unit only, a product adds them up, and what can
//! grow without bound or divides must say `if_failed`. Knows nothing of single customers.

use std::collections::BTreeSet;

use super::fields::{Blocks, Fields, may, must};
use super::literal::{atom_span, literal};
use super::operand::{
    Bounds, Known, Models, Quantity, Setting, asked, negative, number_of, operand,
};
use super::rules::{Formula, Operand, Ranking};
use super::scope::{Def, Problems, Scope};
use crate::diagnostic::{Code, Diagnostic};
use crate::mutant::mutant;
use crate::syntax::ast::{self, Atom, ProductOp, SumOp, Value};
use crate::syntax::{Source, Span, print_heading};
use crate::value::{Currency, Type};

/// How large the factors that actions bring can be, over all of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Factors {
    pub(crate) value: Bounds,
    pub(crate) weight: Bounds,
}

/// A part of a formula and what is known of it.
struct Part {
    formula: Formula,
    /// How many times money is multiplied in; 1 is an amount, 0 a plain number.
    money: i32,
    bounds: Bounds,
    divides: bool,
    span: Span,
}

/// Everything a formula is read with.
struct Reader<'r, 'a, 's> {
    scope: &'r mut Scope<'a>,
    problems: &'r mut Problems,
    setting: Setting<'s>,
    factors: Factors,
    currency: Option<Currency>,
    required: BTreeSet<usize>,
}

/// Reads one ranking; `None` where it could not be read, which is reported or excused.
pub(crate) fn ranking(
    name: &str,
    def: Def<'_>,
    models: &Models,
    factors: Factors,
    scope: &mut Scope<'_>,
    problems: &mut Problems,
) -> Option<Ranking> {
    let what = format!("ranking `{name}`");
    let expected =
        [must("score", "score: propensity * value * weight"), may("if_failed", "if_failed: EUR 0")];
    let at = def.name_span();
    let fields =
        Fields::read(&def.node.body, def.file, &what, at, &expected, Blocks::None, problems);
    let currency = scope.workspace.as_ref().map(|workspace| workspace.currency);
    let if_failed = if_failed(&fields, def.file, currency, scope, problems);
    let nothing = BTreeSet::new();
    let user = format!("ranking {name}");
    let setting = Setting { file: def.file, user: &user, models, known: &nothing };
    let mut reader =
        Reader { scope, problems, setting, factors, currency, required: BTreeSet::new() };
    let before = reader.problems.0.len();
    let part = match fields.value("score")? {
        Value::Formula(formula) => reader.part(formula),
        Value::Atom(atom) => reader.atom(atom, None),
        _ => {
            fields.wrong("score", "a formula", reader.problems);
            None
        }
    };
    let required = std::mem::take(&mut reader.required);
    let part = part?;
    if part.money != 1 {
        let headline = if part.money == 0 {
            "this score is not an amount of money".to_owned()
        } else {
            format!("this score multiplies money {} times", part.money)
        };
        problems.push(
            Diagnostic::new(
                Code("E0506"),
                def.file.name(),
                part.span,
                headline,
                "scores are compared as amounts, so that one unit fits all actions",
            )
            .paste("score: propensity * value * weight"),
        );
    }
    // A factor without a lower end is reported as such, and its range gives it an upper end too.
    let negative = problems.0.iter().skip(before).any(|found| found.code == Code("E0503"));
    let can_fail = part.divides || !negative && !part.bounds.finite();
    if can_fail && fields.value("if_failed").is_none() && !mutant!("division_needs_no_plan") {
        let why = if part.divides {
            "it divides, and for some customers by zero"
        } else {
            "nothing says how large it can become"
        };
        let zero = currency.map_or("EUR 0".to_owned(), |currency| format!("{} 0", currency.code()));
        let end = part.span.end as usize;
        let text = format!("if_failed: {zero}");
        problems.push(
            Diagnostic::new(
                Code("E0511"),
                def.file.name(),
                part.span,
                "this score does not say what counts when it has no result",
                why,
            )
            .choice(text.clone(), Span::new(end, end), format!(", {text}")),
        );
    }
    if !can_fail && !negative && fields.value("if_failed").is_some() {
        problems.push(
            Diagnostic::new(
                Code("W0502"),
                def.file.name(),
                fields.key_span("if_failed"),
                "this `if_failed` is never used",
                "the score always has a result",
            )
            .advice("remove it"),
        );
    }
    let heading = print_heading(def.node);
    let line = scope.line(def.file, at, heading);
    Some(Ranking { name: name.to_owned(), score: part.formula, if_failed, required, line })
}

fn if_failed(
    fields: &Fields<'_>,
    file: &Source,
    currency: Option<Currency>,
    scope: &Scope<'_>,
    problems: &mut Problems,
) -> Option<f64> {
    match fields.value("if_failed")? {
        Value::Atom(atom) => {
            let kind = Type::Money { currency: currency?, range: None };
            number_of(literal(scope, file, atom, &kind, "if_failed", problems)?)
        }
        _ => {
            fields.wrong("if_failed", "an amount", problems);
            None
        }
    }
}

impl Reader<'_, '_, '_> {
    fn part(&mut self, formula: &ast::Formula) -> Option<Part> {
        match formula {
            ast::Formula::Operand(atom, otherwise) => self.atom(atom, otherwise.as_ref()),
            ast::Formula::Aggregate(aggregate, otherwise) => {
                let end = otherwise.as_ref().map_or(aggregate.span, atom_span);
                let (setting, otherwise) = (self.setting, otherwise.as_ref());
                let known = asked(aggregate, otherwise, setting, self.scope, self.problems)?;
                self.read(known, aggregate.span.to(end))
            }
            ast::Formula::Group(inner) => self.part(inner),
            ast::Formula::Sum(first, rest) => self.sum(first, rest),
            ast::Formula::Product(first, rest) => self.product(first, rest),
            ast::Formula::Min(parts) => self.extreme(parts, true),
            ast::Formula::Max(parts) => self.extreme(parts, false),
        }
    }

    fn atom(&mut self, atom: &Atom, otherwise: Option<&Atom>) -> Option<Part> {
        let span = otherwise.map_or(atom_span(atom), |o| atom_span(atom).to(atom_span(o)));
        if let Atom::Word(word) = atom
            && let Some((formula, money, bounds)) = match word.text.as_str() {
                "propensity" => Some((Formula::Propensity, 0, Bounds { low: 0.0, high: 1.0 })),
                "value" => Some((Formula::Value, 1, self.factors.value)),
                "weight" => Some((Formula::Weight, 0, self.factors.weight)),
                _ => None,
            }
        {
            if otherwise.is_some() {
                let name = word.text.clone();
                let why = "an action without it does not compete";
                self.problems.push(
                    Diagnostic::new(
                        Code("W0501"),
                        self.setting.file.name(),
                        span,
                        format!("the `else` of `{name}` is never used"),
                        why,
                    )
                    .fix(name.clone(), span, name),
                );
            }
            return Some(Part { formula, money, bounds, divides: false, span });
        }
        let known = operand(atom, otherwise, self.setting, self.scope, self.problems)?;
        self.read(known, span)
    }

    fn read(&mut self, known: Known, span: Span) -> Option<Part> {
        self.required.extend(known.required);
        let money = match known.quantity {
            Quantity::Plain => 0,
            Quantity::Money(currency) => {
                self.same_currency(currency, span)?;
                1
            }
        };
        let formula = match (known.operand, known.quantity) {
            (Operand::Constant(number), Quantity::Money(currency)) => {
                Formula::Constant(number, Type::Money { currency, range: None })
            }
            (Operand::Constant(number), Quantity::Plain) if known.percent => {
                Formula::Constant(number, Type::Percent { range: (0.0, 1.0) })
            }
            (Operand::Constant(number), Quantity::Plain) => {
                Formula::Constant(number, Type::Number { range: None })
            }
            (operand, _) => Formula::Operand(operand),
        };
        Some(Part { formula, money, bounds: known.bounds, divides: false, span })
    }

    /// Scores are in the workspace's currency; nothing is converted.
    fn same_currency(&mut self, currency: Currency, span: Span) -> Option<()> {
        let wanted = self.currency?;
        if currency == wanted {
            return Some(());
        }
        self.problems.push(mixed(currency, wanted, self.setting.file, span));
        None
    }

    fn sum(&mut self, first: &ast::Formula, rest: &[(SumOp, ast::Formula)]) -> Option<Part> {
        let parts: Vec<Option<Part>> = std::iter::once(first)
            .chain(rest.iter().map(|(_, formula)| formula))
            .map(|formula| self.part(formula))
            .collect();
        let mut parts = parts.into_iter().collect::<Option<Vec<Part>>>()?.into_iter();
        let mut sum = parts.next()?;
        let mut terms = Vec::new();
        for ((sign, _), part) in rest.iter().zip(parts) {
            let plus = matches!(sign, SumOp::Plus);
            self.one_unit(&sum, &part, if plus { "adds" } else { "subtracts" })?;
            let (low, high) = if plus {
                (part.bounds.low, part.bounds.high)
            } else {
                (-part.bounds.high, -part.bounds.low)
            };
            let ends = (sum.bounds.low + low, sum.bounds.high + high);
            sum.bounds = Bounds {
                low: if ends.0.is_nan() { f64::NEG_INFINITY } else { ends.0 },
                high: if ends.1.is_nan() { f64::INFINITY } else { ends.1 },
            };
            sum.divides |= part.divides;
            sum.span = sum.span.to(part.span);
            terms.push((plus, part.formula));
        }
        let formula = Formula::Sum(Box::new(sum.formula), terms);
        Some(Part { formula, ..sum })
    }

    /// An amount can be compared with and added to an amount only.
    fn one_unit(&mut self, left: &Part, right: &Part, verb: &str) -> Option<()> {
        if left.money == right.money {
            return Some(());
        }
        let unit = |part: &Part| if part.money == 0 { "a plain number" } else { "money" };
        self.problems.push(
            Diagnostic::new(
                Code("E0505"),
                self.setting.file.name(),
                right.span,
                format!("this {verb} money and plain numbers"),
                format!("what stands before is {}, this is {}", unit(left), unit(right)),
            )
            .advice("use amounts on both sides, or multiply"),
        );
        None
    }

    fn product(
        &mut self,
        first: &ast::Formula,
        rest: &[(ProductOp, ast::Formula)],
    ) -> Option<Part> {
        let parts: Vec<Option<Part>> = std::iter::once(first)
            .chain(rest.iter().map(|(_, formula)| formula))
            .map(|formula| {
                let part = self.part(formula)?;
                self.no_negative(&part);
                Some(part)
            })
            .collect();
        let mut parts = parts.into_iter().collect::<Option<Vec<Part>>>()?.into_iter();
        let mut product = parts.next()?;
        let mut factors = Vec::new();
        for ((sign, _), part) in rest.iter().zip(parts) {
            let times = matches!(sign, ProductOp::Times);
            product.money += if times { part.money } else { -part.money };
            product.divides |= part.divides || !times;
            product.bounds = if times {
                multiplied(product.bounds, part.bounds)
            } else {
                divided(product.bounds, part.bounds)
            };
            product.span = product.span.to(part.span);
            factors.push((times, part.formula));
        }
        let formula = Formula::Product(Box::new(product.formula), factors);
        Some(Part { formula, ..product })
    }

    fn no_negative(&mut self, part: &Part) {
        if part.bounds.low >= 0.0 || mutant!("a_factor_may_be_negative") {
            return;
        }
        let file = self.setting.file;
        let name = file.text().get(part.span.range()).unwrap_or("this");
        let kind = match (part.money, self.currency) {
            (1, Some(currency)) => Quantity::Money(currency),
            _ => Quantity::Plain,
        };
        negative(name, part.span, part.bounds, kind, file, self.problems);
    }

    fn extreme(&mut self, formulas: &[ast::Formula], smallest: bool) -> Option<Part> {
        let parts: Vec<Option<Part>> = formulas.iter().map(|formula| self.part(formula)).collect();
        let mut parts = parts.into_iter().collect::<Option<Vec<Part>>>()?.into_iter();
        let first = parts.next()?;
        let (money, mut bounds, mut divides, mut span) =
            (first.money, first.bounds, first.divides, first.span);
        let mut inner = vec![first.formula];
        for part in parts {
            let probe = Part { formula: Formula::Value, money, bounds, divides, span };
            self.one_unit(&probe, &part, "compares")?;
            let pick = if smallest { f64::min } else { f64::max };
            bounds = Bounds {
                low: pick(bounds.low, part.bounds.low),
                high: pick(bounds.high, part.bounds.high),
            };
            divides |= part.divides;
            span = span.to(part.span);
            inner.push(part.formula);
        }
        let formula = if smallest { Formula::Min(inner) } else { Formula::Max(inner) };
        Some(Part { formula, money, bounds, divides, span })
    }
}

/// Two currencies in one place.
pub(crate) fn mixed(found: Currency, wanted: Currency, file: &Source, span: Span) -> Diagnostic {
    Diagnostic::new(
        Code("E0504"),
        file.name(),
        span,
        format!("scores are in {}, this is in {}", wanted.code(), found.code()),
        "the engine never converts by itself",
    )
    .advice(format!("give it in {}", wanted.code()))
}

fn multiplied(a: Bounds, b: Bounds) -> Bounds {
    // Zero times something without bound is zero: a factor of zero wins over not knowing.
    let times = |x: f64, y: f64| if x == 0.0 || y == 0.0 { 0.0 } else { x * y };
    let all =
        [times(a.low, b.low), times(a.low, b.high), times(a.high, b.low), times(a.high, b.high)];
    Bounds {
        low: all.iter().copied().fold(f64::INFINITY, f64::min),
        high: all.iter().copied().fold(f64::NEG_INFINITY, f64::max),
    }
}

fn divided(a: Bounds, b: Bounds) -> Bounds {
    if b.low > 0.0 {
        return multiplied(a, Bounds { low: 1.0 / b.high, high: 1.0 / b.low });
    }
    let low = if a.low >= 0.0 && b.low >= 0.0 { 0.0 } else { f64::NEG_INFINITY };
    Bounds { low, high: f64::INFINITY }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_follow_the_arithmetic() {
        let of = |low, high| Bounds { low, high };
        assert_eq!(multiplied(of(0.0, 1.0), of(2.0, 3.0)), of(0.0, 3.0));
        assert_eq!(multiplied(of(-1.0, 2.0), of(3.0, 4.0)), of(-4.0, 8.0));
        assert_eq!(multiplied(of(0.0, 0.0), of(0.0, f64::INFINITY)), of(0.0, 0.0));
        assert_eq!(divided(of(1.0, 8.0), of(2.0, 4.0)), of(0.25, 4.0));
        assert_eq!(divided(of(1.0, 8.0), of(0.0, 4.0)), of(0.0, f64::INFINITY));
        assert!(!multiplied(of(0.0, 1e300), of(0.0, 1e300)).finite());
    }
}
