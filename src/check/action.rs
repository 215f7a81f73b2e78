//! Actions: who owns them, what they are for, what they are worth, and whom they are for.
//!
//! In: an `action` block. Out: an [`Action`] with what the checks after it need ([`ReadAction`]). Messages are
//! `content`'s, amounts `operand`'s, conditions `conditions`'s. Knows nothing of placements.

use std::collections::BTreeSet;

use super::caps::{Spot, budget, cap, pause};
use super::conditions::{Place, conditions, required};
use super::content::{Author, messages};
use super::fields::{Blocks, Expected, Fields, may, must, value_span};
use super::limits::unused;
use super::literal::{atom_span, literal_in_range, plain};
use super::nearest::{listed, nearest};
use super::operand::{Bounds, Known, Models, Quantity, Setting, asked, negative, operand};
use super::ranking::mixed;
use super::rules::{Action, Budget, Cap, Line, Operand, Pause};
use super::scope::{Def, Kind, Problems, Scope};
use super::unknowns::proves_known;
use crate::diagnostic::{Code, Diagnostic};
use crate::mutant::mutant;
use crate::syntax::ast::{Aggregate, Atom, Field, Formula, Key, Name, Shape, Value};
use crate::syntax::{Source, Span, print_heading, print_item};
use crate::value::{Date, Type};

/// An action, and what is known of it besides.
#[derive(Debug)]
pub(crate) struct ReadAction<'a> {
    pub(crate) action: Action,
    pub(crate) def: Def<'a>,
    pub(crate) approved_by: Option<(String, Span)>,
    pub(crate) value: Option<Bounds>,
    pub(crate) propensity: Option<Bounds>,
    pub(crate) weight: Bounds,
}

const FIELDS: [Expected; 12] = [
    may("owner", "owner: retail_crm"),
    must("purpose", "purpose: marketing"),
    may("product", "product: phone"),
    may("stage", "stage: grow"),
    may("dates", "dates: 2026-09-01 to 2026-12-31"),
    may("value", "value: EUR 20"),
    may("propensity", "propensity: 8%"),
    may("weight", "weight: 1.5"),
    may("repeat", "repeat: at most 1 per 30 days"),
    may("budget", "budget: at most 10000 in total"),
    may("use", "use: only in journeys"),
    may("approved_by", "approved_by: \"legal, 2026-08-14\""),
];

/// Reads one action; `None` where it says no purpose that exists, which is reported.
pub(crate) fn action<'a>(
    name: &str,
    def: Def<'a>,
    models: &Models,
    scope: &mut Scope<'a>,
    problems: &mut Problems,
) -> Option<ReadAction<'a>> {
    let file = def.file;
    let user = format!("action {name}");
    let what = format!("action `{name}`");
    let blocks = Blocks::Named(&["who", "never", "message"]);
    let (body, at) = (&def.node.body, def.name_span());
    let is_own = |shape: &Shape| matches!(shape, Shape::Pause(_));
    let fields = Fields::read_beside(body, file, (&what, at), &FIELDS, blocks, is_own, problems);

    let purpose = fields
        .word("purpose", problems)
        .and_then(|word| scope.find(Kind::Purpose, word, file, &user, problems));
    let owner = owner(name, &fields, &user, scope, problems);
    let product = fields.word("product", problems).and_then(|word| {
        service_sells(&fields, word.span, file, problems);
        scope.find(Kind::Product, word, file, &user, problems)
    });
    let stage = stage(&fields, scope, problems);
    let dates = dates(&fields, def, scope, problems);
    let only_in_journeys = match fields.value("use") {
        None => false,
        Some(Value::OnlyInJourneys) => true,
        Some(_) => {
            fields.wrong("use", "`only in journeys`", problems);
            false
        }
    };
    let approved_by = fields.text("approved_by", problems).map(|text| (plain(text), text.span));

    let read = |heading: &str, place: Place, scope: &mut Scope<'a>, problems: &mut Problems| {
        fields
            .block(heading, problems)
            .map(|block| conditions(scope, &block.body, file, &user, place, problems))
            .unwrap_or_default()
    };
    let who = read("who", Place::Who, scope, problems);
    let never = read("never", Place::Never, scope, problems);
    let known = proves_known(&who, scope);
    let mut needed: BTreeSet<usize> = required(&who, &scope.attributes);
    needed.extend(required(&never, &scope.attributes));

    let setting = Setting { file, user: &user, models, known: &known };
    let value = amount("value", &fields, setting, scope, problems);
    let propensity = amount("propensity", &fields, setting, scope, problems);
    let weight = amount("weight", &fields, setting, scope, problems);
    for part in [&value, &propensity, &weight].into_iter().flatten() {
        needed.extend(part.required);
    }
    half_an_offer(&what, &fields, def, problems);

    let policy = policy(&fields, def, &user, scope, problems);
    let author = Author { file, action: name, user: &user, known: &known };
    let messages = messages(&def.node.body.items, author, scope, problems);
    if let Some(purpose) = purpose {
        carried(def, purpose, scope, problems);
    }
    no_message(&what, def, problems);

    let bounds = |part: &Option<Known>| part.as_ref().map(|part| part.bounds);
    let (value_bounds, propensity_bounds) = (bounds(&value), bounds(&propensity));
    let weight_bounds = bounds(&weight).unwrap_or(Bounds::only(1.0));
    let line = scope.line(file, def.name_span(), print_heading(def.node));
    let action = Action {
        name: name.to_owned(),
        was: def.was(),
        description: def.description(),
        owner,
        purpose: purpose?,
        product,
        stage,
        dates,
        value: value.map(|part| part.operand),
        propensity: propensity.map(|part| part.operand),
        weight: weight.map_or(Operand::Constant(1.0), |part| part.operand),
        who,
        never,
        repeat: policy.repeat,
        budget: policy.budget,
        pauses: policy.pauses,
        only_in_journeys,
        messages,
        required: needed,
        line,
    };
    Some(ReadAction {
        action,
        def,
        approved_by,
        value: value_bounds,
        propensity: propensity_bounds,
        weight: weight_bounds,
    })
}

/// How often an action may be sent, and when it pauses.
#[derive(Default)]
struct Policy {
    repeat: Option<Cap>,
    budget: Option<Budget>,
    pauses: Vec<Pause>,
}

fn policy(
    fields: &Fields<'_>,
    def: Def<'_>,
    user: &str,
    scope: &mut Scope<'_>,
    problems: &mut Problems,
) -> Policy {
    let file = def.file;
    let mut read = Policy::default();
    for item in &def.node.body.items {
        let (key, is_pause) = match &item.shape {
            Shape::Field(Field { key: Key::Word(key), .. }) => (key.text.as_str(), false),
            Shape::Pause(_) => ("", true),
            _ => continue,
        };
        if !is_pause && !matches!(key, "repeat" | "budget") {
            continue;
        }
        let line = scope.line(file, item.span, print_item(item));
        let spot = Spot { file, user, line: &line };
        match &item.shape {
            Shape::Pause(written) => {
                read.pauses.extend(pause(written, spot, scope, problems));
            }
            // A second one is reported where the fields are read.
            Shape::Field(field)
                if fields.get(key).is_none_or(|first| !std::ptr::eq(first, field)) => {}
            Shape::Field(Field { value: Value::Cap(written), .. }) if key == "repeat" => {
                let found = cap(written, spot, scope, problems);
                for word in found.iter().flat_map(|found| &found.named).map(|(_, word)| *word) {
                    let mut sent = message_channels(def);
                    if !has_unreadable(def) && sent.all(|channel| channel.text != word.text) {
                        let why = "this action has no message on it".to_owned();
                        problems.push(unused(word, file, why));
                    }
                }
                read.repeat =
                    found.map(|found| found.cap).filter(|_| !mutant!("repeat_is_ignored"));
            }
            Shape::Field(Field { value: Value::Cap(written), .. }) => {
                read.budget = budget(written, spot, scope, problems);
            }
            _ => {
                let example = if key == "repeat" {
                    "`at most 1 per 30 days`"
                } else {
                    "`at most 500 per calendar day`"
                };
                fields.wrong(key, &format!("a limit such as {example}"), problems);
            }
        }
    }
    read
}

pub(crate) fn owner(
    name: &str,
    fields: &Fields<'_>,
    user: &str,
    scope: &mut Scope<'_>,
    problems: &mut Problems,
) -> Option<String> {
    let file = fields.file();
    let written = fields.word("owner", problems);
    let home = scope.team_of(file).cloned();
    let Some(word) = written else {
        return home.map(|team| team.name);
    };
    let index = scope.find(Kind::Team, word, file, user, problems)?;
    let owner = scope.teams.get(index)?.name.clone();
    if let Some(home) = home
        && !home.central
        && home.name != owner
    {
        problems.push(
            Diagnostic::new(
                Code("E0513"),
                file.name(),
                word.span,
                format!("`{name}` lies in the folder of `{}`", home.name),
                format!("what lies under `{}` belongs to that team", home.folder),
            )
            .choice(format!("owner: {}", home.name), word.span, home.name.clone())
            .advice(format!("move it into the folder of `{owner}`")),
        );
    }
    Some(owner)
}

/// Mistake 29: service messages are exempt from marketing's limits, so they may not sell.
fn service_sells(fields: &Fields<'_>, span: Span, file: &Source, problems: &mut Problems) {
    let purpose = fields.value("purpose");
    if !matches!(purpose, Some(Value::Atom(Atom::Word(word))) if word.text == "service") {
        return;
    }
    problems.push(
        Diagnostic::new(
            Code("E0516"),
            file.name(),
            span,
            "a service message may not sell",
            "it would ignore the limits of marketing",
        )
        .paste("purpose: marketing")
        .advice("remove `product`"),
    );
}

fn stage(fields: &Fields<'_>, scope: &Scope<'_>, problems: &mut Problems) -> Option<String> {
    let (stage, span) = fields.name("stage", problems)?;
    let workspace = scope.workspace.as_ref()?;
    if workspace.stages.contains(&stage) {
        return Some(stage);
    }
    let headline = format!("no stage is called `{stage}`");
    let found =
        |why: String| Diagnostic::new(Code("E0514"), fields.file().name(), span, &*headline, why);
    let stages = &workspace.stages;
    problems.push(match nearest(&stage, stages.iter().map(String::as_str)) {
        Some(near) => {
            found(format!("the closest is `{near}`")).fix(format!("stage: {near}"), span, near)
        }
        None if stages.is_empty() => found("the workspace declares no stages".to_owned())
            .advice(format!("add `stages: [{stage}]` to the workspace")),
        None => found(format!("the workspace has {}", listed(stages, "and")))
            .advice(format!("use one of these, or add `{stage}` to `stages`")),
    });
    None
}

fn dates(
    fields: &Fields<'_>,
    def: Def<'_>,
    scope: &Scope<'_>,
    problems: &mut Problems,
) -> Option<(Date, Date, Line)> {
    let (first, last, _) = fields.dates("dates", problems)?;
    let is_dates = |shape: &Shape| {
        matches!(shape, Shape::Field(field)
            if matches!(&field.key, crate::syntax::ast::Key::Word(word) if word.text == "dates"))
    };
    let item = def.node.body.items.iter().find(|item| is_dates(&item.shape))?;
    Some((first, last, scope.line(def.file, item.span, print_item(item))))
}

/// A number as it is written: a literal or a name, or a question about events.
#[derive(Clone, Copy)]
enum Number<'v> {
    Atom(&'v Atom),
    Asked(&'v Aggregate),
}

/// One of an action's three numbers.
fn amount(
    key: &str,
    fields: &Fields<'_>,
    setting: Setting<'_>,
    scope: &mut Scope<'_>,
    problems: &mut Problems,
) -> Option<Known> {
    let value = fields.value(key)?;
    let (number, otherwise) = match value {
        Value::Atom(atom) => (Number::Atom(atom), None),
        Value::Formula(formula) => match &**formula {
            Formula::Operand(atom, otherwise) => (Number::Atom(atom), otherwise.as_ref()),
            Formula::Aggregate(aggregate, otherwise) => {
                (Number::Asked(aggregate), otherwise.as_ref())
            }
            _ => {
                let span = value_span(value).unwrap_or_else(|| fields.key_span(key));
                problems.push(
                    Diagnostic::new(
                        Code("E0517"),
                        setting.file.name(),
                        span,
                        format!("`{key}` is one number or one name"),
                        "sums and products stand in a ranking, once for all actions",
                    )
                    .advice("put the formula into the ranking"),
                );
                return None;
            }
        },
        _ => {
            let wanted = match key {
                "value" => "an amount of money",
                "propensity" => "a percentage",
                _ => "a number",
            };
            fields.wrong(key, wanted, problems);
            return None;
        }
    };
    let start = match number {
        Number::Atom(atom) => atom_span(atom),
        Number::Asked(aggregate) => aggregate.span,
    };
    let span = otherwise.map_or(start, |more| start.to(atom_span(more)));
    let fixed = matches!(number, Number::Atom(Atom::Literal(_)));
    let currency = scope.workspace.as_ref().map(|workspace| workspace.currency);
    let wanted = match key {
        "value" => Type::Money { currency: currency?, range: None },
        "propensity" => Type::Percent { range: (0.0, 1.0) },
        _ => Type::Number { range: None },
    };
    if let Number::Atom(atom @ Atom::Literal(_)) = number {
        // Read under its type, so that a missing currency or a bare 0.6 gets its own message.
        literal_in_range(scope, setting.file, atom, &wanted, key, problems)?;
    }
    let known = match number {
        Number::Atom(atom) => operand(atom, otherwise, setting, scope, problems)?,
        Number::Asked(aggregate) => asked(aggregate, otherwise, setting, scope, problems)?,
    };
    let fits = match &wanted {
        Type::Money { currency, .. } => match known.quantity {
            Quantity::Money(found) if found != *currency => {
                problems.push(mixed(found, *currency, setting.file, span));
                return None;
            }
            quantity => matches!(quantity, Quantity::Money(_)),
        },
        Type::Percent { .. } => known.percent,
        _ => matches!(known.quantity, Quantity::Plain) && !known.percent,
    };
    if !fits {
        let (is, example) = match key {
            "value" => ("money", "value: EUR 20"),
            "propensity" => ("a percentage", "propensity: 8%"),
            _ => ("a plain number", "weight: 1.5"),
        };
        let name = setting.file.text().get(span.range()).unwrap_or(key);
        problems.push(
            Diagnostic::new(
                Code("E0517"),
                setting.file.name(),
                span,
                format!("`{key}` is {is}, and `{name}` is not"),
                "each number of an action has one unit",
            )
            .paste(example),
        );
        return None;
    }
    let name = setting.file.text().get(span.range()).unwrap_or(key);
    if known.bounds.low < 0.0 && !mutant!("a_value_may_be_negative") {
        if fixed {
            let (example, zero) = match key {
                "value" => ("value: EUR 20", "an offer that is worth nothing says zero"),
                "propensity" => ("propensity: 8%", "an offer that nobody accepts says zero"),
                _ => ("weight: 1", "an action that shall come late has a weight below 1"),
            };
            problems.push(
                Diagnostic::new(
                    Code("E0503"),
                    setting.file.name(),
                    span,
                    format!("a {key} cannot be negative"),
                    zero,
                )
                .paste(example),
            );
            return None;
        }
        negative(name, span, known.bounds, known.quantity, setting.file, problems);
        return None;
    }
    if key == "propensity" && known.bounds.high > 1.0 {
        problems.push(
            Diagnostic::new(
                Code("E0518"),
                setting.file.name(),
                span,
                format!("`{name}` can be more than 100%"),
                "a propensity says how many of a hundred accept",
            )
            .advice("use a percentage between 0% and 100%"),
        );
        return None;
    }
    Some(known)
}

/// One without the other competes nowhere, and nobody would notice.
fn half_an_offer(what: &str, fields: &Fields<'_>, def: Def<'_>, problems: &mut Problems) {
    if has_unreadable(def) {
        return;
    }
    let has = |key: &str| fields.value(key).is_some();
    let report = |there: &str, missing: &str, example: &str| {
        Diagnostic::new(
            Code("E0512"),
            def.file.name(),
            fields.key_span(there),
            format!("{what} gives a {there} but no {missing}"),
            "only an action that gives both takes part in rankings",
        )
        .paste(example)
        .advice(format!("remove `{there}` if it shall never compete"))
    };
    match (has("value"), has("propensity")) {
        (true, false) => problems.push(report("value", "propensity", "propensity: 8%")),
        (false, true) => problems.push(report("propensity", "value", "value: EUR 20")),
        (false, false) if has("weight") => problems.push(
            Diagnostic::new(
                Code("W0503"),
                def.file.name(),
                fields.key_span("weight"),
                format!("the weight of {what} is never used"),
                "without value and propensity it takes part in no ranking",
            )
            .advice("remove `weight`, or add `value` and `propensity`"),
        ),
        _ => {}
    }
}

fn has_unreadable(def: Def<'_>) -> bool {
    def.node.body.items.iter().any(|item| matches!(item.shape, Shape::Unreadable(_)))
}

/// The channels that an action's messages name, with where they are named.
pub(crate) fn message_channels<'n>(
    def: Def<'n>,
) -> impl Iterator<Item = &'n crate::syntax::ast::Word> {
    def.node.body.items.iter().filter_map(|item| match &item.shape {
        Shape::Block(block) if super::content::is_headed(block, "message") => match &block.name {
            Some(Name::Word(word)) => Some(word),
            _ => None,
        },
        _ => None,
    })
}

/// A channel that the purpose does not name cannot carry it.
fn carried(def: Def<'_>, purpose: usize, scope: &Scope<'_>, problems: &mut Problems) {
    let Some(purpose) = scope.purposes.get(purpose) else { return };
    for word in message_channels(def) {
        let Some(channel) = scope.channels.iter().position(|c| c.name == word.text) else {
            continue;
        };
        if purpose.consent_needed.contains(&channel) || purpose.consent_free.contains(&channel) {
            continue;
        }
        let name = &purpose.name;
        problems.push(
            Diagnostic::new(
                Code("E0515"),
                def.file.name(),
                word.span,
                format!("`{}` cannot carry purpose `{name}`", word.text),
                "the purpose does not name this channel, so nobody said whether it needs consent",
            )
            .advice(format!(
                "name `{}` in `consent_needed` or `consent_free` of purpose `{name}`",
                word.text
            )),
        );
    }
}

fn no_message(what: &str, def: Def<'_>, problems: &mut Problems) {
    let is_message = |shape: &Shape| matches!(shape, Shape::Block(block) if super::content::is_headed(block, "message"));
    if has_unreadable(def) || def.node.body.items.iter().any(|item| is_message(&item.shape)) {
        return;
    }
    problems.push(
        Diagnostic::new(
            Code("W0504"),
            def.file.name(),
            def.name_span(),
            format!("{what} has no message"),
            "without one it can reach nobody",
        )
        .paste("message email { en { subject: \"...\", body: \"...\" } }"),
    );
}
