//! What the workspace demands of every action: `require` blocks, and approvals that an edit voids.
//!
//! In: the actions and the manifest of the rules that ran before. Out: only problems. A fact counts as known
//! where it is written or has a default; all `require`s hold together. `message in every language` needs no work
//! here: `content` demands it of every message, required or not. Knows nothing of customers.

use super::action::ReadAction;
use super::literal::{atom_span, literal, plain};
use super::manifest::approval_digest;
use super::nearest::{listed, nearest};
use super::operand::{Bounds, number_of};
use super::scope::{Def, Kind, Problems, Scope};
use crate::diagnostic::{Code, Diagnostic};
use crate::mutant::mutant;
use crate::syntax::ast::{Atom, CompareOp, Condition, Item, Key, List, Shape, Subject, Test, Word};
use crate::syntax::{Source, Span, print_item};
use crate::value::Type;

/// The facts of an action that can be demanded, with a line to paste.
const FACTS: [(&str, &str); 9] = [
    ("owner", "owner: retail_crm"),
    ("purpose", "purpose: marketing"),
    ("product", "product: phone"),
    ("stage", "stage: grow"),
    ("dates", "dates: 2026-09-01 to 2026-12-31"),
    ("value", "value: EUR 20"),
    ("propensity", "propensity: 8%"),
    ("weight", "weight: 1"),
    ("approved_by", "approved_by: \"legal, 2026-08-14\""),
];

/// What an action says of a fact.
enum Fact {
    Unknown,
    /// A name, or a text.
    Name(String),
    /// Known, and nothing to compare.
    There,
    Number(Bounds),
}

/// Checks every `require every action` and every approval.
pub(crate) fn check(
    actions: &[Option<ReadAction<'_>>],
    scope: &mut Scope<'_>,
    problems: &mut Problems,
) {
    for (_, def) in scope.all("require") {
        if is_of_journeys(def) {
            continue;
        }
        let Some(demand) = demand(def, scope, problems) else { continue };
        for item in &def.node.body.items {
            line(item, def, &demand, actions, scope, problems);
        }
    }
    approvals(actions, scope, problems);
}

/// Whether the definition demands something of journeys.
pub(crate) fn is_of_journeys(def: Def<'_>) -> bool {
    def.node.every.as_ref().is_some_and(|every| every.kind.text == "journey")
}

/// `every action with purpose service`.
struct Demand {
    with: Option<(String, String)>,
}

fn demand(def: Def<'_>, scope: &mut Scope<'_>, problems: &mut Problems) -> Option<Demand> {
    let report = |span: Span, headline: String, why: &str| {
        Diagnostic::new(Code("E0701"), def.file.name(), span, headline, why)
    };
    let Some(every) = &def.node.every else {
        problems.push(
            report(
                def.node.kind.span,
                "this does not say of what it is required".to_owned(),
                "a demand holds for every action, or for some of them",
            )
            .paste("require every action { owner is known }"),
        );
        return None;
    };
    if every.kind.text != "action" {
        problems.push(
            report(
                every.kind.span,
                format!("nothing can be required of every `{}`", every.kind.text),
                "demands are made of actions and of journeys",
            )
            .choice("require every action", every.kind.span, "action")
            .choice("require every journey", every.kind.span, "journey"),
        );
        return None;
    }
    let Some((fact, value)) = &every.with else { return Some(Demand { with: None }) };
    if !matches!(fact.text.as_str(), "purpose" | "owner" | "product" | "stage") {
        problems.push(
            report(
                fact.span,
                format!("actions cannot be chosen by `{}`", fact.text),
                "they are chosen by purpose, owner, product or stage",
            )
            .advice("require every action with purpose service { ... }"),
        );
        return None;
    }
    named(&fact.text, value, def.file, scope, problems)?;
    Some(Demand { with: Some((fact.text.clone(), value.text.clone())) })
}

/// Whether the value of a fact exists at all.
fn named(
    fact: &str,
    word: &Word,
    file: &Source,
    scope: &mut Scope<'_>,
    problems: &mut Problems,
) -> Option<()> {
    let kind = match fact {
        "purpose" => Kind::Purpose,
        "owner" => Kind::Team,
        "product" => Kind::Product,
        _ => {
            let stages = scope.workspace.as_ref().map(|w| w.stages.clone())?;
            if stages.contains(&word.text) {
                return Some(());
            }
            let name = &word.text;
            let mut problem = Diagnostic::new(
                Code("E0514"),
                file.name(),
                word.span,
                format!("no stage is called `{name}`"),
                format!("the workspace has {}", listed(&stages, "and")),
            );
            problem = match nearest(name, stages.iter().map(String::as_str)) {
                Some(near) => problem.fix(near, word.span, near),
                None => problem.advice(format!("use one of these, or add `{name}` to `stages`")),
            };
            problems.push(problem);
            return None;
        }
    };
    scope.find(kind, word, file, "require", problems).map(|_| ())
}

fn fact_of(fact: &str, read: &ReadAction<'_>, scope: &Scope<'_>) -> Fact {
    let action = &read.action;
    let name = |name: Option<String>| name.map_or(Fact::Unknown, Fact::Name);
    let number = |bounds: Option<Bounds>| bounds.map_or(Fact::Unknown, Fact::Number);
    match fact {
        "owner" => name(action.owner.clone()),
        "purpose" => name(scope.purposes.get(action.purpose).map(|p| p.name.clone())),
        "product" => {
            name(action.product.and_then(|at| scope.products.get(at)).map(|p| p.name.clone()))
        }
        "stage" => name(action.stage.clone()),
        "dates" => action.dates.as_ref().map_or(Fact::Unknown, |_| Fact::There),
        "value" => number(read.value),
        "propensity" => number(read.propensity),
        "weight" => Fact::Number(read.weight),
        _ => name(read.approved_by.as_ref().map(|(text, _)| text.clone())),
    }
}

/// What a line demands of its fact.
enum Asked {
    Known(bool),
    /// One of these, or none of them.
    Names(Vec<String>, bool),
    /// Within these ends, or outside them; an open end excludes itself.
    Within {
        low: Option<(f64, bool)>,
        high: Option<(f64, bool)>,
        outside: bool,
    },
}

fn line(
    item: &Item,
    def: Def<'_>,
    demand: &Demand,
    actions: &[Option<ReadAction<'_>>],
    scope: &mut Scope<'_>,
    problems: &mut Problems,
) {
    let condition = match &item.shape {
        Shape::Condition(condition) => condition,
        Shape::EveryLanguage | Shape::Unreadable(_) => return,
        _ => {
            problems.push(
                Diagnostic::new(
                    Code("E0702"),
                    def.file.name(),
                    item.span,
                    "this line demands nothing of an action",
                    "a demand is a fact and a test, one per line",
                )
                .paste("owner is known"),
            );
            return;
        }
    };
    let Some(fact) = known_fact(condition, def.file, problems) else { return };
    let Some(asked) = asked(fact, condition, def.file, scope, problems) else { return };
    let answer = match &condition.if_unknown {
        None => None,
        Some(written) if matches!(written.answer.text.as_str(), "yes" | "no") => {
            Some(written.answer.text == "yes")
        }
        Some(written) => {
            problems.push(
                Diagnostic::new(
                    Code("E0702"),
                    def.file.name(),
                    written.answer.span,
                    format!("`{}` is no answer", written.answer.text),
                    "an unknown fact passes or does not",
                )
                .choice("(if_unknown: yes)", written.answer.span, "yes")
                .choice("(if_unknown: no)", written.answer.span, "no"),
            );
            return;
        }
    };
    let negative = matches!(&asked, Asked::Names(_, true) | Asked::Within { outside: true, .. });
    if negative && answer.is_none() && !matches!(fact, "purpose" | "weight") {
        let end = condition.span.end as usize;
        let text = def.file.text().get(condition.span.range()).unwrap_or(fact);
        problems.push(
            Diagnostic::new(
                Code("E0704"),
                def.file.name(),
                condition.span,
                format!("this line does not say what happens when `{fact}` is not written"),
                "some actions do not say it",
            )
            .choice(format!("{text} (if_unknown: yes)"), Span::new(end, end), " (if_unknown: yes)")
            .choice(
                format!("{text} (if_unknown: no)"),
                Span::new(end, end),
                " (if_unknown: no)",
            ),
        );
        return;
    }
    for read in actions.iter().flatten() {
        if let Some((by, value)) = &demand.with
            && !matches!(fact_of(by, read, scope), Fact::Name(name) if name == *value)
        {
            continue;
        }
        if !holds(&asked, &fact_of(fact, read, scope), answer) {
            let example = example(fact, scope);
            broken(fact, &example, item, def, read, demand, &asked, problems);
        }
    }
}

fn known_fact(
    condition: &Condition,
    file: &Source,
    problems: &mut Problems,
) -> Option<&'static str> {
    let names: Vec<&str> = FACTS.iter().map(|(name, _)| *name).collect();
    let (text, span) = match &condition.subject {
        Subject::Word(word) => (word.text.clone(), word.span),
        Subject::Path(first, second) => {
            (format!("{}.{}", first.text, second.text), first.span.to(second.span))
        }
        // Reported as not yet supported.
        Subject::Aggregate(_) => return None,
    };
    if let Some((known, _)) = FACTS.iter().find(|(name, _)| *name == text) {
        return Some(known);
    }
    let headline = format!("actions have no fact called `{text}`");
    let found = |why: String| Diagnostic::new(Code("E0702"), file.name(), span, &*headline, why);
    problems.push(match nearest(&text, names.iter().copied()) {
        Some(near) => found(format!("the closest is `{near}`")).fix(near, span, near),
        None => found(format!("they have {}", listed(&names, "and"))).paste("owner is known"),
    });
    None
}

fn asked(
    fact: &str,
    condition: &Condition,
    file: &Source,
    scope: &mut Scope<'_>,
    problems: &mut Problems,
) -> Option<Asked> {
    let is_number = matches!(fact, "value" | "propensity" | "weight");
    let number = |atom: &Atom, problems: &mut Problems| {
        let kind = match fact {
            "value" => Type::Money { currency: scope.workspace.as_ref()?.currency, range: None },
            "propensity" => Type::Percent { range: (0.0, 1.0) },
            _ => Type::Number { range: None },
        };
        number_of(literal(scope, file, atom, &kind, fact, problems)?)
    };
    let within = |low: Option<(f64, bool)>, high: Option<(f64, bool)>, outside: bool| {
        Some(Asked::Within { low, high, outside })
    };
    match &condition.test {
        Test::IsKnown => Some(Asked::Known(true)),
        Test::IsUnknown => Some(Asked::Known(false)),
        Test::Compare(op, atom) if is_number => {
            let end = number(atom, problems)?;
            match op {
                CompareOp::AtLeast => within(Some((end, true)), None, false),
                CompareOp::Above => within(Some((end, false)), None, false),
                CompareOp::AtMost => {
                    within(None, Some((end, !mutant!("a_demand_excludes_its_end"))), false)
                }
                CompareOp::Below => within(None, Some((end, false)), false),
            }
        }
        Test::InRange(range) | Test::NotInRange(range) if is_number => {
            let (low, high) = (number(&range.low, problems)?, number(&range.high, problems)?);
            let outside = matches!(condition.test, Test::NotInRange(_));
            within(Some((low, true)), Some((high, true)), outside)
        }
        Test::Is(atom) | Test::IsNot(atom) if is_number => {
            let end = Some((number(atom, problems)?, true));
            within(end, end, matches!(condition.test, Test::IsNot(_)))
        }
        Test::Is(atom) | Test::IsNot(atom) if fact != "dates" => {
            let name = name_in(fact, atom, file, scope, problems)?;
            Some(Asked::Names(vec![name], matches!(condition.test, Test::IsNot(_))))
        }
        Test::InList(list) | Test::NotInList(list) if !is_number && fact != "dates" => {
            let names = names_in(fact, list, file, scope, problems)?;
            Some(Asked::Names(names, matches!(condition.test, Test::NotInList(_))))
        }
        _ => {
            problems.push(
                Diagnostic::new(
                    Code("E0702"),
                    file.name(),
                    condition.span,
                    format!("`{fact}` of an action cannot be tested like this"),
                    "names are compared with `is` and `in`, numbers with `<=`, `>=` and ranges",
                )
                .paste(format!("{fact} is known")),
            );
            None
        }
    }
}

fn name_in(
    fact: &str,
    atom: &Atom,
    file: &Source,
    scope: &mut Scope<'_>,
    problems: &mut Problems,
) -> Option<String> {
    match atom {
        Atom::Word(word) if fact != "approved_by" => {
            named(fact, word, file, scope, problems)?;
            Some(word.text.clone())
        }
        Atom::Text(text) if fact == "approved_by" => Some(plain(text)),
        _ => {
            problems.push(
                Diagnostic::new(
                    Code("E0702"),
                    file.name(),
                    atom_span(atom),
                    format!("`{fact}` is not compared with this"),
                    if fact == "approved_by" { "it is a text" } else { "it is a name" },
                )
                .paste(format!("{fact} is known")),
            );
            None
        }
    }
}

fn names_in(
    fact: &str,
    list: &List,
    file: &Source,
    scope: &mut Scope<'_>,
    problems: &mut Problems,
) -> Option<Vec<String>> {
    let atoms = super::fields::atoms(file, "names", list, problems)?;
    let names: Vec<Option<String>> =
        atoms.into_iter().map(|atom| name_in(fact, atom, file, scope, problems)).collect();
    names.into_iter().collect()
}

fn holds(asked: &Asked, fact: &Fact, answer: Option<bool>) -> bool {
    match (asked, fact) {
        (Asked::Known(wanted), fact) => *wanted != matches!(fact, Fact::Unknown),
        (_, Fact::Unknown) => answer.unwrap_or(false),
        (Asked::Names(names, negative), Fact::Name(name)) => names.contains(name) != *negative,
        (Asked::Within { low, high, outside }, Fact::Number(bounds)) => {
            let from = |value: f64| {
                low.is_none_or(|(end, included)| value > end || included && value >= end)
            };
            let to = |value: f64| {
                high.is_none_or(|(end, included)| value < end || included && value <= end)
            };
            if *outside {
                !to(bounds.low) || !from(bounds.high)
            } else {
                from(bounds.low) && to(bounds.high)
            }
        }
        _ => true,
    }
}

/// A line for a fact to paste, with names that the workspace has.
fn example(fact: &str, scope: &Scope<'_>) -> String {
    let own = match fact {
        "owner" => {
            let named = scope.teams.iter().find(|team| !team.central);
            named.or_else(|| scope.teams.first()).map(|team| team.name.clone())
        }
        "purpose" => scope.purposes.first().map(|purpose| purpose.name.clone()),
        "product" => scope.products.first().map(|product| product.name.clone()),
        "stage" => scope.workspace.as_ref().and_then(|w| w.stages.first().cloned()),
        "value" => {
            scope.workspace.as_ref().map(|workspace| format!("{} 20", workspace.currency.code()))
        }
        _ => None,
    };
    let common = FACTS.iter().find(|(known, _)| *known == fact).map_or("", |(_, line)| line);
    own.map_or_else(|| common.to_owned(), |own| format!("{fact}: {own}"))
}

#[expect(
    clippy::too_many_arguments,
    reason = "one call, and each says another part of the message"
)]
fn broken(
    fact: &str,
    example: &str,
    item: &Item,
    def: Def<'_>,
    read: &ReadAction<'_>,
    demand: &Demand,
    asked: &Asked,
    problems: &mut Problems,
) {
    let name = &read.action.name;
    let field = read.def.node.body.items.iter().find_map(|item| match &item.shape {
        Shape::Field(field) => match &field.key {
            Key::Word(key) if key.text == fact => Some(item.span),
            _ => None,
        },
        _ => None,
    });
    let who = demand.with.as_ref().map_or_else(
        || "every action".to_owned(),
        |(by, value)| format!("every action with {by} `{value}`"),
    );
    let found = Diagnostic::new(
        Code("E0703"),
        read.def.file.name(),
        field.unwrap_or_else(|| read.def.name_span()),
        format!("`{name}` does not meet `{}`", print_item(item)),
        format!("the workspace requires it of {who}"),
    )
    .also(def.file.name(), item.span, "required here");
    problems.push(match asked {
        Asked::Known(true) => found.paste(example),
        Asked::Known(false) => found.advice(format!("remove `{fact}`")),
        _ => found.advice(format!("change `{fact}`, or write `{example}`")),
    });
}

/// An approval stands for what was approved: an edit voids it (SEMANTICS K3).
fn approvals(actions: &[Option<ReadAction<'_>>], scope: &Scope<'_>, problems: &mut Problems) {
    let Some(previous) = &scope.context.previous else { return };
    for read in actions.iter().flatten() {
        let Some((approval, span)) = &read.approved_by else { continue };
        // A renaming keeps what was approved, and does not shake off the approval's condition either.
        let names = std::iter::once(&read.action.name).chain(&read.action.was);
        let mut before = names.filter_map(|name| previous.approvals.get(name));
        let Some((old, digest)) = before.next() else { continue };
        if old != approval
            || *digest == approval_digest(read.def, scope)
            || mutant!("an_edit_keeps_the_approval")
        {
            continue;
        }
        problems.push(
            Diagnostic::new(
                Code("E0705"),
                read.def.file.name(),
                *span,
                format!("the approval of `{}` is void", read.action.name),
                "the action or its content was edited since, and nobody approved that",
            )
            .advice("ask for a new approval and write it here, or undo the edit"),
        );
    }
}
