//! What the workspace demands of every journey: `require every journey { longest <= 60 days, goal is known }`.
//!
//! In: the journeys and the `require` blocks about them. Out: only problems. A fact counts as known where it is
//! written, or given by the folder. Knows nothing of actions.

use super::super::governance::is_of_journeys;
use super::super::literal::atom_text;
use super::super::nearest::{listed, nearest};
use super::super::rules::Journey;
use super::super::scope::{Def, Kind, Problems, Scope};
use super::expected::Read;
use super::waits::length;
use crate::diagnostic::{Code, Diagnostic};
use crate::mutant::mutant;
use crate::syntax::ast::{
    Atom, CompareOp, Condition, Entry, Item, Key, List, Shape, Subject, Test, Word,
};
use crate::syntax::{Source, Span, print_item};

/// The facts of a journey that can be demanded, with a line to paste.
const FACTS: [(&str, &str); 5] = [
    ("owner", "owner: retail_crm"),
    ("purpose", "purpose: marketing"),
    ("goal", "goal: purchase within 3 days of entering"),
    ("exit", "exit { open_complaints >= 1 }"),
    ("longest", "longest: 30 days"),
];

/// Checks every `require every journey`.
pub(crate) fn demands(journeys: Read<'_>, scope: &mut Scope<'_>, problems: &mut Problems) {
    let defs: Vec<Def<'_>> = scope.all("journey").into_iter().map(|(_, def)| def).collect();
    for (_, def) in scope.all("require") {
        if !is_of_journeys(def) {
            continue;
        }
        let Some(with) = chosen(def, scope, problems) else { continue };
        for item in &def.node.body.items {
            let Some(asked) = line(item, def.file, scope, problems) else { continue };
            for (journey, home) in journeys.iter().zip(&defs) {
                let Some(journey) = journey else { continue };
                let meant = with.as_ref().is_none_or(|(fact, name)| {
                    named(fact, journey, scope).as_deref() == Some(name.as_str())
                });
                if meant
                    && !holds(&asked, journey, scope)
                    && !mutant!("nothing_is_demanded_of_journeys")
                {
                    broken(&asked, item, def, journey, *home, problems);
                }
            }
        }
    }
}

/// `with purpose service`; `Some(None)` for all journeys.
#[allow(clippy::option_option, reason = "refused, or all, or some")]
fn chosen(
    def: Def<'_>,
    scope: &mut Scope<'_>,
    problems: &mut Problems,
) -> Option<Option<(String, String)>> {
    let Some((fact, value)) = def.node.every.as_ref().and_then(|every| every.with.as_ref()) else {
        return Some(None);
    };
    let Some(kind) = kind_of(&fact.text) else {
        problems.push(
            Diagnostic::new(
                Code("E0701"),
                def.file.name(),
                fact.span,
                format!("journeys cannot be chosen by `{}`", fact.text),
                "they are chosen by purpose or owner",
            )
            .advice("require every journey with purpose marketing { ... }"),
        );
        return None;
    };
    scope.find(kind, value, def.file, "require", problems)?;
    Some(Some((fact.text.clone(), value.text.clone())))
}

fn kind_of(fact: &str) -> Option<Kind> {
    match fact {
        "purpose" => Some(Kind::Purpose),
        "owner" => Some(Kind::Team),
        _ => None,
    }
}

/// What a line demands.
enum Asked {
    /// That a fact is written, or not.
    Known(&'static str, bool),
    /// One of these names, or none of them; the answer for a journey that says nothing.
    Named(&'static str, Vec<String>, bool, bool),
    /// How long it lasts, compared with this.
    Longest(CompareOp, i64),
}

impl Asked {
    fn fact(&self) -> &'static str {
        match self {
            Self::Known(fact, _) | Self::Named(fact, ..) => fact,
            Self::Longest(..) => "longest",
        }
    }
}

fn line(
    item: &Item,
    file: &Source,
    scope: &mut Scope<'_>,
    problems: &mut Problems,
) -> Option<Asked> {
    let condition = match &item.shape {
        Shape::Condition(condition) => condition,
        Shape::Unreadable(_) => return None,
        _ => {
            problems.push(
                Diagnostic::new(
                    Code("E0702"),
                    file.name(),
                    item.span,
                    "this line demands nothing of a journey",
                    "a demand is a fact and a test, one per line",
                )
                .paste("goal is known"),
            );
            return None;
        }
    };
    let fact = fact(condition, file, problems)?;
    let wrong = |problems: &mut Problems| {
        problems.push(
            Diagnostic::new(
                Code("E0702"),
                file.name(),
                condition.span,
                format!("`{fact}` of a journey cannot be tested like this"),
                "names are compared with `is` and `in`, `longest` with `<=` and a length",
            )
            .paste(if fact == "longest" {
                "longest <= 60 days".to_owned()
            } else {
                format!("{fact} is known")
            }),
        );
    };
    let answer = condition.if_unknown.as_ref().is_some_and(|unknown| unknown.answer.text == "yes");
    match (&condition.test, kind_of(fact)) {
        (Test::IsKnown, _) => Some(Asked::Known(fact, true)),
        (Test::IsUnknown, _) => Some(Asked::Known(fact, false)),
        (Test::Compare(op, Atom::Duration(duration)), _) if fact == "longest" => {
            Some(Asked::Longest(*op, length(file, duration, scope, problems)?))
        }
        (Test::Is(Atom::Word(word)), Some(kind)) => {
            scope.find(kind, word, file, "require", problems)?;
            Some(Asked::Named(fact, vec![word.text.clone()], false, answer))
        }
        (Test::IsNot(Atom::Word(word)), Some(kind)) => {
            scope.find(kind, word, file, "require", problems)?;
            Some(Asked::Named(fact, vec![word.text.clone()], true, answer))
        }
        (Test::InList(list) | Test::NotInList(list), Some(kind)) => {
            let not = matches!(condition.test, Test::NotInList(_));
            let Some(words) = words(list) else {
                wrong(problems);
                return None;
            };
            for word in &words {
                scope.find(kind, word, file, "require", problems)?;
            }
            let names = words.into_iter().map(|word| word.text.clone()).collect();
            Some(Asked::Named(fact, names, not, answer))
        }
        _ => {
            wrong(problems);
            None
        }
    }
}

fn words(list: &List) -> Option<Vec<&Word>> {
    let word = |entry: &'_ Entry| matches!(entry, Entry::Atom(Atom::Word(_)));
    if list.entries.is_empty() || !list.entries.iter().all(word) {
        return None;
    }
    let words = list.entries.iter().filter_map(|entry| match entry {
        Entry::Atom(Atom::Word(word)) => Some(word),
        _ => None,
    });
    Some(words.collect())
}

fn fact(condition: &Condition, file: &Source, problems: &mut Problems) -> Option<&'static str> {
    let names: Vec<&str> = FACTS.iter().map(|(name, _)| *name).collect();
    let (text, span) = match &condition.subject {
        Subject::Word(word) => (word.text.clone(), word.span),
        Subject::Path(first, last) => {
            let atom = Atom::Path(first.clone(), last.clone());
            (atom_text(&atom, file), first.span.to(last.span))
        }
        Subject::Aggregate(asked) => ("this question".to_owned(), asked.span),
    };
    if let Some((known, _)) = FACTS.iter().find(|(name, _)| *name == text) {
        return Some(known);
    }
    let headline = format!("journeys have no fact called `{text}`");
    let found = |why: String| Diagnostic::new(Code("E0702"), file.name(), span, headline, why);
    problems.push(match nearest(&text, names.iter().copied()) {
        Some(near) => found(format!("the closest is `{near}`")).fix(near, span, near),
        None => found(format!("they have {}", listed(&names, "and"))).paste("goal is known"),
    });
    None
}

fn named(fact: &str, journey: &Journey, scope: &Scope<'_>) -> Option<String> {
    match fact {
        "owner" => journey.owner.clone(),
        _ => scope.purposes.get(journey.purpose).map(|purpose| purpose.name.clone()),
    }
}

fn holds(asked: &Asked, journey: &Journey, scope: &Scope<'_>) -> bool {
    match asked {
        Asked::Known(fact, wanted) => {
            let known = match *fact {
                "owner" => journey.owner.is_some(),
                "goal" => journey.goal.is_some(),
                "exit" => !journey.exit.is_empty(),
                _ => true,
            };
            known == *wanted
        }
        Asked::Named(fact, names, not, answer) => match named(fact, journey, scope) {
            Some(name) => names.contains(&name) != *not,
            None => *answer,
        },
        Asked::Longest(op, end) => match op {
            CompareOp::AtMost => journey.longest <= *end,
            CompareOp::Below => journey.longest < *end,
            CompareOp::AtLeast => journey.longest >= *end,
            CompareOp::Above => journey.longest > *end,
        },
    }
}

fn broken(
    asked: &Asked,
    item: &Item,
    def: Def<'_>,
    journey: &Journey,
    home: Def<'_>,
    problems: &mut Problems,
) {
    let fact = asked.fact();
    let written = home.node.body.items.iter().find_map(|item| match &item.shape {
        Shape::Field(field) => match &field.key {
            Key::Word(key) if key.text == fact => Some(item.span),
            _ => None,
        },
        _ => None,
    });
    let place: Span = written.unwrap_or_else(|| home.name_span());
    let whom = match def.node.every.as_ref().and_then(|every| every.with.as_ref()) {
        Some((by, value)) => format!("every journey with {} `{}`", by.text, value.text),
        None => "every journey".to_owned(),
    };
    let example = FACTS.iter().find(|(name, _)| *name == fact).map_or("", |(_, line)| line);
    let found = Diagnostic::new(
        Code("E0703"),
        home.file.name(),
        place,
        format!("`{}` does not meet `{}`", journey.name, print_item(item)),
        format!("the workspace requires it of {whom}"),
    )
    .also(def.file.name(), item.span, "required here");
    problems.push(match asked {
        Asked::Known(_, true) => found.paste(example),
        Asked::Known(_, false) => found.advice(format!("remove `{fact}`")),
        _ => found.advice(format!("change `{fact}`")),
    });
}
