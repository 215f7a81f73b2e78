//! Numbers of a score: fixed ones, attributes, and models that read an attribute.
//!
//! In: what stands behind `value:`, `propensity:`, `weight:` or in a formula. Out: an [`Operand`] with its
//! [`Quantity`] and the bounds it can reach. A missing value always has an answer: `else`, the model's
//! `if_unknown`, or a `who` that proves it known. Knows nothing of rankings.

use std::collections::{BTreeMap, BTreeSet};

use super::fields::{Blocks, Fields, may, must};
use super::literal::{atom_span, atom_text, literal};
use super::nearest::nearest;
use super::rules::{Attribute, Need, Operand, Origin};
use super::scope::{Def, Kind, Problems, Scope};
use super::template::never_used;
use crate::diagnostic::{Code, Diagnostic};
use crate::mutant::mutant;
use crate::syntax::ast::{Aggregate, Atom, LiteralKind, Shape, Value, Word};
use crate::syntax::{Source, Span};
use crate::value::{Currency, Money, Type, Typed};

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quantity {
    /// Numbers and percentages: they have no unit.
    Plain,
    /// Minor units of one currency.
    Money(Currency),
}

/// The smallest and largest that something can be; infinite where nothing says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Bounds {
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl Bounds {
    /// Only this.
    pub(crate) fn only(value: f64) -> Self {
        Self { low: value, high: value }
    }

    /// Both and what lies between.
    pub(crate) fn and(self, other: Self) -> Self {
        Self { low: self.low.min(other.low), high: self.high.max(other.high) }
    }

    /// Neither end is infinite.
    pub(crate) fn finite(self) -> bool {
        self.low.is_finite() && self.high.is_finite()
    }
}

/// An operand with what the checker knows of it.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) operand: Operand,
    pub(crate) quantity: Quantity,
    pub(crate) bounds: Bounds,
    /// Whether it is a percentage rather than a number.
    pub(crate) percent: bool,
    /// The required attribute that it reads.
    pub(crate) required: Option<usize>,
}

/// A `model` block.
#[derive(Clone, Debug)]
pub(crate) struct Model {
    attribute: Option<usize>,
    otherwise: Option<f64>,
}

/// The models, by name; one that could not be read says nothing when it is used.
pub(crate) type Models = BTreeMap<String, Model>;

/// Reads every `model` block.
pub(crate) fn models(scope: &mut Scope<'_>, problems: &mut Problems) -> Models {
    let all = scope.all("model");
    all.into_iter().map(|(name, def)| (name.clone(), model(&name, def, scope, problems))).collect()
}

fn model(name: &str, def: Def<'_>, scope: &mut Scope<'_>, problems: &mut Problems) -> Model {
    let mut read = Model { attribute: None, otherwise: None };
    let what = format!("model `{name}`");
    let expected = [
        may("reads", "reads: buy_probability"),
        may("learns", "reads: buy_probability"),
        must("gives", "gives: percent"),
        may("if_unknown", "if_unknown: 4%"),
    ];
    let at = def.name_span();
    let fields =
        Fields::read(&def.node.body, def.file, &what, at, &expected, Blocks::None, problems);
    if fields.get("learns").is_some() {
        return read;
    }
    let unreadable = def.node.body.items.iter().any(|i| matches!(i.shape, Shape::Unreadable(_)));
    if fields.get("reads").is_none() {
        if !unreadable {
            problems.push(
                Diagnostic::new(
                    Code("E0508"),
                    def.file.name(),
                    at,
                    format!("{what} does not say where its numbers come from"),
                    "a model reads an attribute that the data team fills",
                )
                .paste("reads: buy_probability"),
            );
        }
        return read;
    }
    if let Some(gives) = fields.word("gives", problems)
        && gives.text != "percent"
    {
        problems.push(
            Diagnostic::new(
                Code("E0509"),
                def.file.name(),
                gives.span,
                "a model gives a percentage",
                "it says how likely a customer accepts",
            )
            .fix("gives: percent", gives.span, "percent"),
        );
    }
    let Some(reads) = fields.word("reads", problems) else { return read };
    let Some(index) = scope.attribute(Origin::Customer, reads, def.file, problems) else {
        return read;
    };
    let Some(attribute) = scope.attributes.get(index).cloned() else { return read };
    if !matches!(attribute.kind, Type::Percent { .. }) {
        problems.push(
            Diagnostic::new(
                Code("E0509"),
                def.file.name(),
                reads.span,
                format!("`{}` is no percentage", reads.text),
                format!(
                    "it is declared as `{}`, and a model reads a percentage",
                    attribute.kind.word()
                ),
            )
            .advice(format!("declare `{}: optional percent`", reads.text)),
        );
        return read;
    }
    let answer = fields.value("if_unknown");
    if let Some(Value::Atom(atom)) = answer {
        let value = literal(scope, def.file, atom, &attribute.kind, "if_unknown", problems);
        read.otherwise = value.and_then(number_of);
        if read.otherwise.is_none() {
            return read;
        }
    } else if answer.is_some() {
        fields.wrong("if_unknown", "a percentage", problems);
        return read;
    }
    match &attribute.need {
        Need::Optional if answer.is_none() => {
            if unreadable {
                return read;
            }
            let unknown = &reads.text;
            problems.push(
                Diagnostic::new(
                    Code("E0510"),
                    def.file.name(),
                    at,
                    format!("{what} does not say what counts when `{unknown}` is unknown"),
                    "some customers have none",
                )
                .paste("if_unknown: 4%"),
            );
            return read;
        }
        need @ (Need::Required | Need::Default(_)) if answer.is_some() => {
            problems.push(
                Diagnostic::new(
                    Code("W0501"),
                    def.file.name(),
                    fields.key_span("if_unknown"),
                    format!("the `if_unknown` of {what} is never used"),
                    never_used(need),
                )
                .advice("remove it"),
            );
            read.otherwise = None;
        }
        _ => {}
    }
    read.attribute = Some(index);
    read
}

/// The bare number of a value, money in minor units.
pub(crate) fn number_of(value: Typed) -> Option<f64> {
    match value {
        Typed::Number(number) | Typed::Percent(number) => Some(number),
        #[allow(clippy::cast_precision_loss, reason = "scores are 64-bit floats by definition")]
        Typed::Money(minor) => Some(minor as f64),
        _ => None,
    }
}

/// The quantity and the bounds of an attribute's type; `None` where it is no number.
fn range_of(kind: &Type) -> Option<(Quantity, Bounds, bool)> {
    let all = Bounds { low: f64::NEG_INFINITY, high: f64::INFINITY };
    #[allow(clippy::cast_precision_loss, reason = "bounds of scores are 64-bit floats too")]
    let money = |(low, high): (i64, i64)| Bounds { low: low as f64, high: high as f64 };
    match kind {
        Type::Number { range } => {
            let bounds = range.map_or(all, |(low, high)| Bounds { low, high });
            Some((Quantity::Plain, bounds, false))
        }
        Type::Percent { range } => {
            Some((Quantity::Plain, Bounds { low: range.0, high: range.1 }, true))
        }
        Type::Money { currency, range } => {
            Some((Quantity::Money(*currency), range.map_or(all, money), false))
        }
        _ => None,
    }
}

/// Where an operand stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setting<'s> {
    pub(crate) file: &'s Source,
    /// `action NAME`, `ranking NAME`.
    pub(crate) user: &'s str,
    pub(crate) models: &'s Models,
    /// Attributes known wherever this is read.
    pub(crate) known: &'s BTreeSet<usize>,
}

/// Reads an atom with its `else`. A literal is read as it is; whether it fits its place is the caller's.
pub(crate) fn operand(
    atom: &Atom,
    otherwise: Option<&Atom>,
    setting: Setting<'_>,
    scope: &mut Scope<'_>,
    problems: &mut Problems,
) -> Option<Known> {
    match atom {
        Atom::Literal(_) => constant(atom, otherwise, setting, scope, problems),
        Atom::Word(word) => {
            let is_script =
                scope.definitions.get("script").is_some_and(|s| s.contains_key(&word.text));
            if is_script || scope.excused.contains(&("model", word.text.clone())) {
                return None;
            }
            if setting.models.contains_key(&word.text) {
                return through_model(word, otherwise, setting, scope, problems);
            }
            if nearly_a_model(word, setting.models, scope) {
                scope.find(Kind::Model, word, setting.file, setting.user, problems);
                return None;
            }
            attribute(Origin::Customer, word, atom_span(atom), otherwise, setting, scope, problems)
        }
        Atom::Path(first, second) if first.text == "request" => {
            attribute(Origin::Request, second, atom_span(atom), otherwise, setting, scope, problems)
        }
        Atom::Path(..) | Atom::Text(_) | Atom::Duration(_) => {
            no_number(atom, setting.file, problems);
            None
        }
    }
}

/// Whether a name that nobody declared is closer to a model than to any attribute.
fn nearly_a_model(word: &Word, models: &Models, scope: &Scope<'_>) -> bool {
    let attributes: Vec<&str> = scope.attributes.iter().map(|a| a.name.as_str()).collect();
    !attributes.contains(&word.text.as_str())
        && nearest(&word.text, attributes.iter().copied()).is_none()
        && nearest(&word.text, models.keys().map(String::as_str)).is_some()
}

fn no_number(atom: &Atom, file: &Source, problems: &mut Problems) {
    problems.push(
        Diagnostic::new(
            Code("E0501"),
            file.name(),
            atom_span(atom),
            format!("{} is no number to reckon with", shown(atom, file)),
            "a score is made of amounts, percentages, numbers and the attributes that hold them",
        )
        .advice("EUR 20, 8%, 1.5, or the name of an attribute"),
    );
}

fn shown(atom: &Atom, file: &Source) -> String {
    match atom {
        Atom::Text(text) => format!("\"{}\"", text.raw),
        _ => format!("`{}`", atom_text(atom, file)),
    }
}

fn constant(
    atom: &Atom,
    otherwise: Option<&Atom>,
    setting: Setting<'_>,
    scope: &mut Scope<'_>,
    problems: &mut Problems,
) -> Option<Known> {
    let Atom::Literal(written) = atom else { return None };
    let (kind, quantity) = match written.kind {
        LiteralKind::Number => (Type::Number { range: None }, Quantity::Plain),
        LiteralKind::Percent => (Type::Percent { range: (f64::MIN, f64::MAX) }, Quantity::Plain),
        LiteralKind::Money => {
            let currency = match (Money::parse(&written.raw), &scope.workspace) {
                (Ok(money), _) => money.currency,
                (Err(_), Some(workspace)) => workspace.currency,
                (Err(_), None) => return None,
            };
            (Type::Money { currency, range: None }, Quantity::Money(currency))
        }
        LiteralKind::Date | LiteralKind::Clock | LiteralKind::Moment => {
            no_number(atom, setting.file, problems);
            return None;
        }
    };
    if let Some(otherwise) = otherwise {
        useless_else(atom, otherwise, "a fixed number is never missing", setting.file, problems);
    }
    let value = number_of(literal(scope, setting.file, atom, &kind, "score", problems)?)?;
    Some(Known {
        operand: Operand::Constant(value),
        quantity,
        bounds: Bounds::only(value),
        percent: written.kind == LiteralKind::Percent,
        required: None,
    })
}

fn useless_else(atom: &Atom, otherwise: &Atom, why: &str, file: &Source, problems: &mut Problems) {
    let whole = atom_span(atom).to(atom_span(otherwise));
    let right = atom_text(atom, file);
    problems.push(
        Diagnostic::new(
            Code("W0501"),
            file.name(),
            whole,
            format!("the `else` of `{right}` is never used"),
            why,
        )
        .fix(right.clone(), whole, right),
    );
}

fn through_model(
    word: &Word,
    otherwise: Option<&Atom>,
    setting: Setting<'_>,
    scope: &mut Scope<'_>,
    problems: &mut Problems,
) -> Option<Known> {
    scope.find(Kind::Model, word, setting.file, setting.user, problems);
    let model = setting.models.get(&word.text)?;
    if let Some(otherwise) = otherwise {
        let whole = word.span.to(atom_span(otherwise));
        problems.push(
            Diagnostic::new(
                Code("E0507"),
                setting.file.name(),
                whole,
                format!("model `{}` already says what counts when it is unknown", word.text),
                "two answers to one question would contradict each other",
            )
            .fix(word.text.clone(), whole, word.text.clone()),
        );
    }
    let index = model.attribute?;
    let attribute = scope.attributes.get(index)?;
    let (quantity, bounds, percent) = range_of(&attribute.kind)?;
    let bounds = model.otherwise.map_or(bounds, |value| bounds.and(Bounds::only(value)));
    Some(Known {
        operand: Operand::Attribute {
            attribute: index,
            otherwise: model.otherwise,
            model: Some(word.text.clone()),
        },
        quantity,
        bounds,
        percent,
        required: matches!(attribute.need, Need::Required).then_some(index),
    })
}

fn attribute(
    origin: Origin,
    word: &Word,
    span: Span,
    otherwise: Option<&Atom>,
    setting: Setting<'_>,
    scope: &mut Scope<'_>,
    problems: &mut Problems,
) -> Option<Known> {
    let index = scope.attribute(origin, word, setting.file, problems)?;
    read(index, span, otherwise, setting, scope, problems)
}

/// A question about events as a number of a score.
pub(crate) fn asked(
    aggregate: &Aggregate,
    otherwise: Option<&Atom>,
    setting: Setting<'_>,
    scope: &mut Scope<'_>,
    problems: &mut Problems,
) -> Option<Known> {
    let index = super::aggregates::aggregate(scope, aggregate, setting.file, problems)?;
    let mut known = read(index, aggregate.span, otherwise, setting, scope, problems)?;
    // 0 where nothing happened; where the history is not whole there is no score, so the action waits.
    let counted = matches!(&known.operand, Operand::Attribute { otherwise: None, .. });
    known.required = (counted && !mutant!("a_count_in_a_score_needs_no_history")).then_some(index);
    Some(known)
}

/// An attribute as a number.
fn read(
    index: usize,
    span: Span,
    otherwise: Option<&Atom>,
    setting: Setting<'_>,
    scope: &Scope<'_>,
    problems: &mut Problems,
) -> Option<Known> {
    let declared = scope.attributes.get(index)?.clone();
    let Some((quantity, bounds, percent)) = range_of(&declared.kind) else {
        problems.push(
            Diagnostic::new(
                Code("E0501"),
                setting.file.name(),
                span,
                format!("`{}` is no number to reckon with", declared.name),
                format!("it is declared as `{}`", declared.kind.word()),
            )
            .advice("use an attribute that is a number, a percentage or money"),
        );
        return None;
    };
    let name = setting.file.text().get(span.range()).unwrap_or(&declared.name).to_owned();
    let whole = otherwise.map_or(span, |atom| span.to(atom_span(atom)));
    let answer = match (&declared.need, otherwise) {
        (Need::Optional, None)
            if !setting.known.contains(&index) && !mutant!("operand_needs_no_else") =>
        {
            let right = format!("{name} else {}", zero(&declared));
            problems.push(
                Diagnostic::new(
                    Code("E0502"),
                    setting.file.name(),
                    whole,
                    format!("`{name}` may be missing here"),
                    "without a number there is no score for such a customer",
                )
                .choice(right.clone(), whole, right),
            );
            return None;
        }
        (Need::Optional, Some(atom)) => {
            let kind = declared.kind.clone();
            Some(number_of(literal(scope, setting.file, atom, &kind, &name, problems)?)?)
        }
        (Need::Optional, None) => None,
        (need, Some(_)) => {
            problems.push(
                Diagnostic::new(
                    Code("W0501"),
                    setting.file.name(),
                    whole,
                    format!("the `else` of `{name}` is never used"),
                    match declared.origin {
                        Origin::Event => "where nothing happened it is 0",
                        _ => never_used(need),
                    },
                )
                .fix(name.clone(), whole, name.clone()),
            );
            None
        }
        (_, None) => None,
    };
    let bounds = answer.map_or(bounds, |value| bounds.and(Bounds::only(value)));
    Some(Known {
        operand: Operand::Attribute { attribute: index, otherwise: answer, model: None },
        quantity,
        bounds,
        percent,
        required: matches!(declared.need, Need::Required).then_some(index),
    })
}

fn zero(attribute: &Attribute) -> String {
    match &attribute.kind {
        Type::Percent { .. } => "0%".to_owned(),
        Type::Money { currency, .. } => format!("{} 0", currency.code()),
        _ => "0".to_owned(),
    }
}

/// A factor that can be negative turns the best into the worst.
pub(crate) fn negative(
    name: &str,
    span: Span,
    bounds: Bounds,
    kind: Quantity,
    file: &Source,
    problems: &mut Problems,
) {
    // What is written as a number is negative; there is no range to declare.
    if bounds.low == bounds.high || name.trim_start().starts_with('-') {
        problems.push(
            Diagnostic::new(
                Code("E0503"),
                file.name(),
                span,
                format!("`{name}` is negative"),
                "a negative factor turns the best into the worst",
            )
            .advice("use zero or more"),
        );
        return;
    }
    let why = if bounds.low == f64::NEG_INFINITY {
        "nothing says how small it can be, and a negative factor turns the best into the worst"
            .to_owned()
    } else {
        "a negative factor turns the best into the worst".to_owned()
    };
    let range = match kind {
        Quantity::Plain => "0 to 10".to_owned(),
        Quantity::Money(currency) => format!("{0} 0 to {0} 500", currency.code()),
    };
    problems.push(
        Diagnostic::new(Code("E0503"), file.name(), span, format!("`{name}` can be negative"), why)
            .advice(format!("declare its range, such as {range}, or use max of [0, ...]")),
    );
}
