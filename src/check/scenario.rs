//! Personas and scenarios: the authors' own tests, read with the same types as real customers.
//!
//! In: `persona` and `scenario` blocks, with the placements and actions by index. Out: [`Persona`]s and
//! [`Scenario`]s. Steps keep their order and may not go back in time. What a scenario cannot do yet is reported
//! by `unsupported` and passed over here. Knows nothing of decisions.

use std::collections::{BTreeMap, BTreeSet};

use super::action::ReadAction;
use super::aggregates::find_field;
use super::content::name_of;
use super::fields::{atoms, value_span};
use super::journey::expected::{Read, of_time};
use super::literal::{literal_by_clock, moment, plain, spelt};
use super::rules::{Need, Origin, Persona, Scenario, ScenarioAct, ScenarioExpect, ScenarioStep};
use super::scope::{Def, Kind, Problems, Scope};
use super::sends::{blocked_by, consent as consent_changes, no_send, of_a_send, send};
use crate::diagnostic::{Code, Diagnostic};
use crate::mutant::mutant;
use crate::syntax::ast::{
    Act, At, Atom, Body, Entries, Expect, Field, Given, Item, Key, Shape, Value, Word,
};
use crate::syntax::{Source, Span, print_heading, print_item};
use crate::value::{Day, Type, Typed, Zone};

/// Attribute values by index, and channels with consent where they may be given.
type ReadValues = (BTreeMap<usize, Typed>, BTreeSet<usize>);

/// Whose values a body gives.
#[derive(Clone, Copy)]
struct Values<'v> {
    file: &'v Source,
    user: &'v str,
    origin: Origin,
    /// Whether `consent` may stand here.
    consent: bool,
    /// The clock that times are read by, where it is not the workspace's.
    clock: Option<&'v Zone>,
}

/// The clock a body lives by: its own `timezone`, else the one around it, so that `at` and every time that is
/// given are of one clock.
fn clock(body: &Body, around: Option<Zone>) -> Option<Zone> {
    let own = body.items.iter().find_map(|item| match &item.shape {
        Shape::Field(Field { key: Key::Word(key), value: Value::Atom(atom), .. })
            if key.text == "timezone" =>
        {
            match atom {
                Atom::Word(word) => Zone::named(&word.text).ok(),
                Atom::Text(text) => Zone::named(&plain(text)).ok(),
                _ => None,
            }
        }
        _ => None,
    });
    own.or(around)
}

/// The clock of a persona that was read.
fn clock_of(persona: &Persona, scope: &Scope<'_>) -> Option<Zone> {
    let index = scope.attribute_index(Origin::Customer, "timezone")?;
    match persona.attributes.get(&index)? {
        Typed::Code(name) => Zone::named(name).ok(),
        _ => None,
    }
}

/// Reads one persona.
pub(crate) fn persona(
    name: &str,
    def: Def<'_>,
    scope: &mut Scope<'_>,
    problems: &mut Problems,
) -> Persona {
    let user = format!("persona {name}");
    let clock = clock(&def.node.body, None);
    let origin = Origin::Customer;
    let of = Values { file: def.file, user: &user, origin, consent: true, clock: clock.as_ref() };
    let (attributes, consent) = values(&def.node.body, of, scope, problems);
    Persona { name: name.to_owned(), attributes, consent }
}

fn values(
    body: &Body,
    of: Values<'_>,
    scope: &mut Scope<'_>,
    problems: &mut Problems,
) -> ReadValues {
    let mut found = ReadValues::default();
    let mut places: BTreeMap<String, Span> = BTreeMap::new();
    for item in &body.items {
        let (field, key) = match &item.shape {
            Shape::Field(field) => match &field.key {
                Key::Word(key) => (field, key),
                _ => {
                    stray(of, item, problems);
                    continue;
                }
            },
            Shape::Unreadable(_) => continue,
            _ => {
                stray(of, item, problems);
                continue;
            }
        };
        if let Some(first) = places.insert(key.text.clone(), key.span) {
            given_twice(key, first, of.file, problems);
            continue;
        }
        if key.text == "consent" && of.origin == Origin::Customer {
            consent(field, key, of, &mut found.1, scope, problems);
            continue;
        }
        let Some(index) = scope.attribute(of.origin, key, of.file, problems) else { continue };
        let Some(kind) = scope.attributes.get(index).map(|a| a.kind.clone()) else { continue };
        if let Some(typed) = value(field, key, &kind, of, scope, problems) {
            found.0.insert(index, typed);
        }
    }
    found
}

fn given_twice(key: &Word, first: Span, file: &Source, problems: &mut Problems) {
    problems.push(
        Diagnostic::new(
            Code("E0211"),
            file.name(),
            key.span,
            format!("`{}` is given twice", key.text),
            "only one of the two can hold",
        )
        .also(file.name(), first, "first given here")
        .advice("remove one of the two lines"),
    );
}

fn stray(of: Values<'_>, item: &Item, problems: &mut Problems) {
    problems.push(
        Diagnostic::new(
            Code("E0530"),
            of.file.name(),
            item.span,
            "this line gives no value",
            "here stand attributes with their values",
        )
        .paste("plan: fibre"),
    );
}

fn consent(
    field: &Field,
    key: &Word,
    of: Values<'_>,
    found: &mut BTreeSet<usize>,
    scope: &mut Scope<'_>,
    problems: &mut Problems,
) {
    if !of.consent {
        problems.push(
            Diagnostic::new(
                Code("E0531"),
                of.file.name(),
                key.span,
                "consent belongs to the persona",
                "what is given here are values of attributes",
            )
            .advice("write `consent: [email]` in a persona of its own"),
        );
        return;
    }
    let listed: Vec<&Atom> = match &field.value {
        Value::Atom(atom) => vec![atom],
        Value::List(list) if list.entries.is_empty() => return,
        Value::List(list) => atoms(of.file, "`consent`", list, problems).unwrap_or_default(),
        _ => Vec::new(),
    };
    for atom in listed {
        if let Atom::Word(word) = atom
            && let Some(channel) = scope.find(Kind::Channel, word, of.file, of.user, problems)
        {
            found.insert(channel);
        } else if !matches!(atom, Atom::Word(_)) {
            problems.push(
                Diagnostic::new(
                    Code("E0531"),
                    of.file.name(),
                    super::literal::atom_span(atom),
                    "consent names channels",
                    "it is granted for every purpose that needs it there",
                )
                .paste("consent: [email, sms]"),
            );
        }
    }
}

fn value(
    field: &Field,
    key: &Word,
    kind: &Type,
    of: Values<'_>,
    scope: &Scope<'_>,
    problems: &mut Problems,
) -> Option<Typed> {
    let name = key.text.as_str();
    let typed = match (&field.value, kind) {
        (Value::List(list), Type::SomeOf(values)) => {
            let each = Type::OneOf(values.clone());
            let mut words = BTreeSet::new();
            let entries = if list.entries.is_empty() {
                Vec::new()
            } else {
                atoms(of.file, &format!("`{name}`"), list, problems)?
            };
            for atom in entries {
                if let Typed::One(word) =
                    literal_by_clock(scope, (of.file, of.clock), atom, &each, name, problems)?
                {
                    words.insert(word);
                }
            }
            Typed::Some(words.into_iter().collect())
        }
        (Value::Atom(atom), _) => {
            literal_by_clock(scope, (of.file, of.clock), atom, kind, name, problems)?
        }
        (other, _) => {
            problems.push(
                Diagnostic::new(
                    Code("E0530"),
                    of.file.name(),
                    value_span(other).unwrap_or(key.span),
                    format!("`{name}` is given one value"),
                    format!("it is declared as `{}`", kind.word()),
                )
                .advice(format!("{name}: VALUE")),
            );
            return None;
        }
    };
    if of.origin == Origin::Customer
        && name == "timezone"
        && let Typed::Code(zone) = &typed
        && Zone::named(zone).is_err()
    {
        problems.push(
            Diagnostic::new(
                Code("E0532"),
                of.file.name(),
                value_span(&field.value).unwrap_or(key.span),
                format!("no time zone is called `{zone}`"),
                "zones are named by continent and city",
            )
            .paste("timezone: \"Europe/Paris\""),
        );
        return None;
    }
    Some(typed)
}

/// A value of a type, to be pasted.
fn example(kind: &Type) -> String {
    match kind {
        Type::YesNo => "yes".to_owned(),
        Type::Number { .. } => "1".to_owned(),
        Type::Percent { .. } => "10%".to_owned(),
        Type::Money { currency, .. } => format!("{} 10", currency.code()),
        Type::Date => "2026-10-01".to_owned(),
        Type::Time => "2026-10-01 09:30".to_owned(),
        Type::OneOf(values) | Type::SomeOf(values) => {
            values.first().map_or_else(String::new, |value| spelt(value))
        }
        Type::Text | Type::Code => "\"text\"".to_owned(),
    }
}

/// The fields of an event that happens in a scenario.
fn happened(
    event: usize,
    body: &Body,
    of: Values<'_>,
    scope: &Scope<'_>,
    problems: &mut Problems,
) -> Option<BTreeMap<usize, Typed>> {
    let declared = scope.events.get(event)?;
    let mut found = BTreeMap::new();
    let mut given: BTreeMap<usize, Span> = BTreeMap::new();
    let mut broken = false;
    for item in &body.items {
        let (field, key) = match &item.shape {
            Shape::Field(field @ Field { key: Key::Word(key), .. }) => (field, key),
            Shape::Unreadable(_) => {
                broken = true;
                continue;
            }
            _ => {
                stray(of, item, problems);
                continue;
            }
        };
        let Some(index) = find_field(scope, event, key, of.file, problems) else {
            broken = true;
            continue;
        };
        if let Some(first) = given.insert(index, key.span) {
            given_twice(key, first, of.file, problems);
            continue;
        }
        let Some(kind) = declared.fields.get(index).map(|field| &field.kind) else { continue };
        match value(field, key, kind, of, scope, problems) {
            Some(typed) => {
                found.insert(index, typed);
            }
            None => broken = true,
        }
    }
    for (index, field) in declared.fields.iter().enumerate() {
        if field.need == Need::Required && !given.contains_key(&index) && !broken {
            problems.push(
                Diagnostic::new(
                    Code("E0337"),
                    of.file.name(),
                    body.span,
                    format!("`{}` needs its `{}`", declared.name, field.name),
                    "the field is required, and an event without it is refused",
                )
                .paste(format!("{}: {}", field.name, example(&field.kind))),
            );
            broken = true;
        }
    }
    (!broken).then_some(found)
}

/// Reads one scenario.
pub(crate) fn scenario(
    name: &str,
    def: Def<'_>,
    (personas, actions, journeys): (&[Persona], &[Option<ReadAction<'_>>], Read<'_>),
    scope: &mut Scope<'_>,
    problems: &mut Problems,
) -> Scenario {
    let user = format!("scenario {name}");
    let line = scope.line(def.file, def.name_span(), print_heading(def.node));
    let mut read = Scenario {
        name: name.to_owned(),
        persona: None,
        changes: BTreeMap::new(),
        steps: Vec::new(),
        line,
    };
    let mut given_at: Option<Span> = None;
    let mut last: Option<(Day, Span)> = None;
    let mut clock: Option<Zone> = None;
    for item in &def.node.body.items {
        match &item.shape {
            Shape::Given(given) => {
                if let Some(first) = given_at {
                    second_given(def.file, item.span, first, problems);
                    continue;
                }
                given_at = Some(item.span);
                clock = self::given(given, &mut read, personas, (def.file, &user), scope, problems);
            }
            Shape::At(at) => {
                let Some(day) = moment(def.file, &at.moment, problems) else { continue };
                if let Some((before, place)) = last
                    && day < before
                    && !mutant!("a_scenario_may_go_back")
                {
                    back_in_time(def.file, at.moment.span, place, problems);
                    continue;
                }
                last = Some((day, at.moment.span));
                let clock = clock.as_ref();
                let of = Teller { file: def.file, user: &user, clock, actions, journeys };
                let made = step((at, day), item, of, scope, problems);
                read.steps.extend(made);
            }
            Shape::Unreadable(_) => {}
            _ => problems.push(
                Diagnostic::new(
                    Code("E0533"),
                    def.file.name(),
                    item.span,
                    "this line is no step of a scenario",
                    "a scenario has one `given` and lines that begin with `at`",
                )
                .paste("at 2026-09-08 10:00 ask home_banner expect nothing"),
            ),
        }
    }
    read
}

/// Gives the clock of the customer from here on.
fn given(
    given: &Given,
    read: &mut Scenario,
    personas: &[Persona],
    (file, user): (&Source, &str),
    scope: &mut Scope<'_>,
    problems: &mut Problems,
) -> Option<Zone> {
    read.persona = scope.find(Kind::Persona, &given.persona, file, user, problems);
    let persona = read.persona.and_then(|index| personas.get(index));
    let mut own = persona.and_then(|persona| clock_of(persona, scope));
    if let Some(body) = &given.body {
        own = clock(body, own);
        let of =
            Values { file, user, origin: Origin::Customer, consent: false, clock: own.as_ref() };
        read.changes = values(body, of, scope, problems).0;
    }
    own
}

fn second_given(file: &Source, span: Span, first: Span, problems: &mut Problems) {
    problems.push(
        Diagnostic::new(
            Code("E0533"),
            file.name(),
            span,
            "this scenario has two customers",
            "a scenario tells the story of one",
        )
        .also(file.name(), first, "the first one")
        .advice("write a second scenario"),
    );
}

fn back_in_time(file: &Source, span: Span, before: Span, problems: &mut Problems) {
    problems.push(
        Diagnostic::new(
            Code("E0534"),
            file.name(),
            span,
            "this step lies before the one above it",
            "what happens later cannot be undone by going back",
        )
        .also(file.name(), before, "the step above")
        .advice("put the steps in the order in which they happen"),
    );
}

/// The scenario that a step is told in.
#[derive(Clone, Copy)]
struct Teller<'t, 'a> {
    file: &'t Source,
    user: &'t str,
    clock: Option<&'t Zone>,
    actions: &'t [Option<ReadAction<'a>>],
    journeys: Read<'t>,
}

fn step(
    (at, day): (&At, Day),
    item: &Item,
    Teller { file, user, clock, actions, journeys }: Teller<'_, '_>,
    scope: &mut Scope<'_>,
    problems: &mut Problems,
) -> Option<ScenarioStep> {
    let report = |headline: &str, why: &str| {
        Diagnostic::new(Code("E0533"), file.name(), item.span, headline, why)
    };
    let act = match &at.act {
        Some(Act::Ask(placement, body)) => {
            let index = scope.find(Kind::Placement, placement, file, user, problems);
            let request = body.as_ref().map_or_else(BTreeMap::new, |body| {
                let origin = Origin::Request;
                let of = Values { file, user, origin, consent: false, clock };
                values(body, of, scope, problems).0
            });
            if at.expect.is_none() {
                problems.push(
                    Diagnostic::new(
                        Code("W0506"),
                        file.name(),
                        item.span,
                        "this question expects no answer",
                        "a test that expects nothing can never fail",
                    )
                    .advice("add `expect shown ACTION` or `expect nothing`"),
                );
            }
            index.map(|placement| ScenarioAct::Ask { placement, request })
        }
        Some(Act::Event(event, body)) => {
            told(at, item, file, problems);
            let index = scope.find(Kind::Event, event, file, user, problems);
            let empty = Body { span: event.span, ..Body::default() };
            let body = body.as_ref().unwrap_or(&empty);
            index.and_then(|event| {
                let origin = Origin::Event;
                let of = Values { file, user, origin, consent: false, clock };
                let fields = happened(event, body, of, scope, problems)?;
                Some(ScenarioAct::Event { event, fields })
            })
        }
        Some(Act::Shown(action, channel)) => {
            told(at, item, file, problems);
            let action = scope.find(Kind::Action, action, file, user, problems);
            let channel = scope.find(Kind::Channel, channel, file, user, problems);
            action.zip(channel).map(|(action, channel)| ScenarioAct::Shown { action, channel })
        }
        Some(Act::Send(action, channel)) => {
            send((action, channel), actions, (file, user), scope, problems)
        }
        Some(Act::Withdraw(channel, purpose) | Act::Grant(channel, purpose)) => {
            told(at, item, file, problems);
            let granted = matches!(&at.act, Some(Act::Grant(..)));
            let named = (channel, purpose.as_ref());
            consent_changes(named, granted, (file, user), scope, problems)
        }
        None if at.expect.is_some() && !scope.all("journey").is_empty() => Some(ScenarioAct::Time),
        None => {
            problems.push(
                report("nothing happens at this time", "an expectation needs a question")
                    .paste("at 2026-09-08 10:00 ask home_banner expect nothing"),
            );
            None
        }
    };
    let expect = match &at.expect {
        Some(expected) if matches!(&at.act, Some(Act::Send(..))) => {
            Some(of_a_send(expected, item, file, user, scope, problems)?)
        }
        Some(expected) if matches!(act, Some(ScenarioAct::Time)) => {
            let read = (journeys, actions);
            Some(of_time(expected, item, read, (file, user), scope, problems)?)
        }
        // What it expects is told above.
        Some(_) if !matches!(&at.act, Some(Act::Ask(..))) => return None,
        Some(expected) => Some(expectation(expected, item, file, user, scope, problems)?),
        None => None,
    };
    let line = scope.line(file, item.span, print_item(item));
    Some(ScenarioStep { at: day, act: act?, expect, line })
}

/// Only a question is answered, and only a send goes out.
fn told(at: &At, item: &Item, file: &Source, problems: &mut Problems) {
    if at.expect.is_some() {
        problems.push(
            Diagnostic::new(
                Code("E0533"),
                file.name(),
                item.span,
                "this line tells what happened, and cannot expect anything",
                "only a question has an answer",
            )
            .advice("write the expectation behind an `ask`"),
        );
    }
}

fn expectation(
    expected: &Expect,
    item: &Item,
    file: &Source,
    user: &str,
    scope: &mut Scope<'_>,
    problems: &mut Problems,
) -> Option<ScenarioExpect> {
    match expected {
        Expect::Nothing => Some(ScenarioExpect::Nothing),
        Expect::Shown { actions: Entries::One(Atom::Word(word)), language, channel } => {
            let action = scope.find(Kind::Action, word, file, user, problems);
            let channel = match channel {
                Some(word) => Some(scope.find(Kind::Channel, word, file, user, problems)?),
                None => None,
            };
            let language = language.as_ref().map(|name| name_of(name).0);
            Some(ScenarioExpect::Shown { action: action?, language, channel })
        }
        Expect::Shown { actions: Entries::Many(list), language: None, channel: None } => {
            let mut found = Vec::new();
            for atom in atoms(file, "expected actions", list, problems)? {
                match atom {
                    Atom::Word(word) => {
                        found.push(scope.find(Kind::Action, word, file, user, problems));
                    }
                    _ => not_an_action(atom, file, problems),
                }
            }
            found.into_iter().collect::<Option<Vec<usize>>>().map(ScenarioExpect::ShownAll)
        }
        Expect::Shown { actions: Entries::Many(_), .. } => {
            problems.push(
                Diagnostic::new(
                    Code("E0533"),
                    file.name(),
                    item.span,
                    "a list of actions has no language and no channel",
                    "each of them may have another one",
                )
                .advice("expect shown [a, b], and a line of its own for the language"),
            );
            None
        }
        Expect::Shown { actions: Entries::One(atom), .. } => {
            not_an_action(atom, file, problems);
            None
        }
        Expect::Blocked { action: Some(action), reason, name } => {
            let index = scope.find(Kind::Action, action, file, user, problems);
            let (stage, name) = blocked_by(reason, name.as_ref(), file, user, scope, problems)?;
            Some(ScenarioExpect::Blocked { action: index?, stage, name })
        }
        Expect::Blocked { .. } | Expect::Sent(..) => {
            no_send(expected, item, file, problems);
            None
        }
        Expect::AtStep(_) | Expect::InJourney(_) | Expect::FinishedAs(_) => {
            problems.push(
                Diagnostic::new(
                    Code("E0533"),
                    file.name(),
                    item.span,
                    "a question does not say where somebody stands",
                    "it is answered, and journeys are looked at by themselves",
                )
                .paste("at 2026-09-08 10:00 expect at step vip_desk"),
            );
            None
        }
    }
}

fn not_an_action(atom: &Atom, file: &Source, problems: &mut Problems) {
    problems.push(
        Diagnostic::new(
            Code("E0533"),
            file.name(),
            super::literal::atom_span(atom),
            "this is not the name of an action",
            "what is shown is an action",
        )
        .advice("expect shown fibre_upgrade"),
    );
}
