//! Random scores, the numbers actions give to them, and texts with placeholders.

use std::collections::BTreeSet;

use onward::syntax::ast::{Atom, Formula, Item, ProductOp, Span, SumOp, Text, Value};

use super::tree::{Dice, field, lit, word};
use super::world::{self, Attr, Facts, Need, Ty};

fn leaf(atom: Atom) -> Formula {
    Formula::Operand(atom, None)
}

/// An attribute as an operand, with `else` where it may be unknown.
fn operand(facts: &Facts, attr: &Attr) -> Formula {
    let atom = if attr.request {
        Atom::Path(word("request"), word(&attr.name))
    } else {
        Atom::Word(word(&attr.name))
    };
    let stand_in = match attr.ty {
        Ty::Number(_) => "1".to_owned(),
        Ty::Percent(_) => "7%".to_owned(),
        _ => world::money(facts.currency, 1250),
    };
    Formula::Operand(atom, (attr.need == Need::Optional).then(|| lit(&stand_in)))
}

/// An attribute of such a type that can never be negative, if there is one.
fn factor(dice: &mut Dice, facts: &Facts, fits: impl Fn(&Ty) -> bool) -> Option<Formula> {
    let found: Vec<&Attr> =
        facts.attrs.iter().filter(|attr| attr.is_factor() && fits(&attr.ty)).collect();
    (!found.is_empty()).then(|| {
        let attr = *dice.pick(&found);
        operand(facts, attr)
    })
}

/// A plain number or percentage: something to multiply money by.
fn scale(dice: &mut Dice, facts: &Facts, depth: usize) -> Formula {
    match dice.below(7) {
        0 => leaf(Atom::Word(word("weight"))),
        1 => leaf(lit(["2", "0.5", "1.1", "3"][dice.below(4)])),
        2 => factor(dice, facts, |ty| matches!(ty, Ty::Number(_)))
            .unwrap_or_else(|| leaf(lit("1.5"))),
        3 => factor(dice, facts, |ty| matches!(ty, Ty::Percent(_)))
            .unwrap_or_else(|| leaf(lit("60%"))),
        4 if !facts.models.is_empty() => leaf(Atom::Word(word(dice.pick(&facts.models).as_str()))),
        5 if depth < 2 => {
            let parts = vec![leaf(Atom::Word(word("weight"))), leaf(lit("1.5"))];
            if dice.percent(50) { Formula::Min(parts) } else { Formula::Max(parts) }
        }
        _ => leaf(Atom::Word(word("propensity"))),
    }
}

/// An amount of money.
fn amount(dice: &mut Dice, facts: &Facts, depth: usize, divides: &mut bool) -> Formula {
    match dice.below(10) {
        0 if depth < 2 => {
            let parts =
                (0..dice.between(1, 3)).map(|_| amount(dice, facts, depth + 1, divides)).collect();
            if dice.percent(50) { Formula::Min(parts) } else { Formula::Max(parts) }
        }
        1 if depth < 2 => Formula::Group(Box::new(sum(dice, facts, depth + 1, divides))),
        2 => factor(dice, facts, |ty| matches!(ty, Ty::Money(_)))
            .unwrap_or_else(|| leaf(Atom::Word(word("value")))),
        3 => leaf(lit(&world::money(facts.currency, 1250))),
        _ => leaf(Atom::Word(word("value"))),
    }
}

fn product(dice: &mut Dice, facts: &Facts, depth: usize, divides: &mut bool) -> Formula {
    let count = dice.below(4);
    let mut rest: Vec<(ProductOp, Formula)> =
        (0..count).map(|_| (ProductOp::Times, scale(dice, facts, depth))).collect();
    if dice.percent(15) {
        *divides = true;
        rest.push((ProductOp::Divide, scale(dice, facts, depth)));
    }
    let first = amount(dice, facts, depth, divides);
    // The amount may stand behind a factor: the order of multiplying shows in the bits.
    if let Some((ProductOp::Times, scale)) = rest.first().cloned()
        && dice.percent(50)
    {
        rest[0].1 = first;
        return Formula::Product(Box::new(scale), rest);
    }
    if rest.is_empty() { first } else { Formula::Product(Box::new(first), rest) }
}

fn sum(dice: &mut Dice, facts: &Facts, depth: usize, divides: &mut bool) -> Formula {
    let first = product(dice, facts, depth, divides);
    let rest: Vec<(SumOp, Formula)> = (0..[0, 0, 1, 2][dice.below(4)])
        .map(|_| {
            // A factor must not be able to fall below zero; a whole score may.
            let plus = depth > 0 || dice.percent(60);
            let op = if plus { SumOp::Plus } else { SumOp::Minus };
            (op, product(dice, facts, depth, divides))
        })
        .collect();
    if rest.is_empty() { first } else { Formula::Sum(Box::new(first), rest) }
}

/// A formula of one atom without `else` is written as the atom.
fn as_value(formula: Formula) -> Value {
    match formula {
        Formula::Operand(atom, None) => Value::Atom(atom),
        other => Value::Formula(Box::new(other)),
    }
}

/// A ranking's score, and whether it divides.
pub(crate) fn score(dice: &mut Dice, facts: &Facts) -> (Value, bool) {
    let mut divides = false;
    let formula = if dice.percent(45) {
        let word = |text| leaf(Atom::Word(word(text)));
        let rest = vec![(ProductOp::Times, word("value")), (ProductOp::Times, word("weight"))];
        Formula::Product(Box::new(word("propensity")), rest)
    } else {
        sum(dice, facts, 0, &mut divides)
    };
    (as_value(formula), divides)
}

/// `value`, `propensity` and sometimes `weight` of an action.
pub(crate) fn operands(dice: &mut Dice, facts: &Facts, items: &mut Vec<Item>) {
    let value = match dice.below(5) {
        0 => factor(dice, facts, |ty| matches!(ty, Ty::Money(_))),
        _ => None,
    };
    let minor = *dice.pick(&[0, 1000, 1000, 1000, 2000, 12_000]);
    let plain = leaf(lit(&world::money(facts.currency, minor)));
    items.push(field("value", as_value(value.unwrap_or(plain))));
    let propensity = match dice.below(5) {
        0 => factor(dice, facts, |ty| *ty == Ty::Percent(100)),
        1 if !facts.models.is_empty() => {
            Some(leaf(Atom::Word(word(dice.pick(&facts.models).as_str()))))
        }
        _ => None,
    };
    let plain = leaf(lit(["8%", "8%", "8%", "8%", "60%", "0.1%"][dice.below(6)]));
    items.push(field("propensity", as_value(propensity.unwrap_or(plain))));
    if dice.percent(40) {
        let weight = match dice.below(4) {
            0 => factor(dice, facts, |ty| matches!(ty, Ty::Number(_))),
            _ => None,
        };
        let plain = leaf(lit(["1", "1.5", "2"][dice.below(3)]));
        items.push(field("weight", as_value(weight.unwrap_or(plain))));
    }
}

/// A text, with a placeholder where it is personal.
pub(crate) fn text(
    dice: &mut Dice,
    facts: &Facts,
    personal: bool,
    proven: &BTreeSet<String>,
) -> Value {
    let mut raw = ["Hi", "Bonjour \\\"toi\\\"", "ฟรี 10\\{x"][dice.below(3)].to_owned();
    let own = |attr: &&Attr| attr.declared && !attr.request;
    let shown: Vec<&Attr> = facts.attrs.iter().filter(own).collect();
    if personal && !shown.is_empty() {
        let attr = *dice.pick(&shown);
        let open = attr.need == Need::Optional && !proven.contains(&attr.name);
        let otherwise = if open { " else you" } else { "" };
        raw.push_str(&format!(" {{{}{otherwise}}}", attr.name));
    }
    Value::Atom(Atom::Text(Text { raw, span: Span::default() }))
}
