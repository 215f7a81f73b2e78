//! The lines of a journey: which is called what, which comes behind which, and what each asks.
//!
//! In: the tree of a journey, a place in it. Out: places, names, answers. Whoever plays them is in `journeys`.

use std::collections::{BTreeMap, BTreeSet};

use onward::decision::Truth;
use onward::syntax::ast::{
    Atom, Block, Body, By, Choice, ChoiceKind, Condition, Definition, Duration, Item, Key, Outcome,
    Shape, Subject, Test, Unit, Value, WaitKind, WhenCondition,
};

use super::calendar;
use super::decide;
use super::literal::{self, Val};
use super::logic::{Asked, and, not, or};
use super::names::{self, Person, Rules};

const MINUTE: i64 = 60_000_000;
const WEEK: [&str; 7] =
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// Where a run can be.
#[derive(Clone, Debug)]
pub(super) enum Place<'a> {
    /// A line of a path.
    Line(String, usize),
    /// What a line does by itself, with where it stands.
    Outcome(&'a Outcome, String, usize),
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Again {
    Never,
    After(i64),
    Always,
    Restart,
}

/// A definition wherever it stands.
pub(super) fn text(definition: &Definition) -> String {
    serde_json::to_string(definition).unwrap()
}

/// `2 hours` in microseconds.
pub(super) fn length(duration: &Duration) -> i64 {
    let minutes = match duration.unit {
        Unit::Minute => 1,
        Unit::Hour => 60,
        Unit::Day => 1440,
        Unit::Week => 7 * 1440,
        other => panic!("{other:?} has no length"),
    };
    duration.count.raw.parse::<i64>().unwrap() * minutes * MINUTE
}

pub(super) fn duration(value: Option<&Value>) -> i64 {
    match value {
        Some(Value::Atom(Atom::Duration(duration))) => length(duration),
        other => panic!("{other:?} is no length"),
    }
}

pub(super) fn again(journey: &Definition) -> (Again, Option<String>) {
    use onward::syntax::ast::AgainHow;
    match names::field(&journey.body, "again").unwrap() {
        Value::Atom(Atom::Word(word)) => match word.text.as_str() {
            "never" => (Again::Never, None),
            "always" => (Again::Always, None),
            "restart" => (Again::Restart, None),
            other => panic!("again {other}"),
        },
        Value::AfterLeaving(rest) => (Again::After(length(rest)), None),
        Value::AlwaysPer(word) => (Again::Always, Some(word.text.clone())),
        Value::AgainPer(again) => {
            let how = match &again.how {
                AgainHow::Never => Again::Never,
                AgainHow::Restart => Again::Restart,
                AgainHow::After(rest) => Again::After(length(rest)),
            };
            (how, Some(again.per.text.clone()))
        }
        other => panic!("again {other:?}"),
    }
}

pub(super) fn at_once(journey: &Definition) -> usize {
    match names::field(&journey.body, "at_once") {
        Some(Value::Atom(Atom::Literal(number))) => number.raw.parse().unwrap(),
        None => 1,
        other => panic!("at_once {other:?}"),
    }
}

/// By which event one enters, which of them, and whether only by the first.
pub(super) fn entered_by(journey: &Definition) -> Option<(String, Option<&Body>, bool)> {
    match names::field(&journey.body, "enter").unwrap() {
        Value::Atom(Atom::Word(word)) if word.text == "request" => None,
        Value::Atom(Atom::Word(word)) => Some((word.text.clone(), None, false)),
        Value::Event(phrase) => {
            Some((phrase.event.text.clone(), phrase.filter.as_ref(), phrase.first))
        }
        other => panic!("enter {other:?}"),
    }
}

/// The fields of the entry event that the lines of each journey read, or those of one that it hands over to.
pub(super) fn keeps(rules: &Rules<'_>) -> BTreeMap<String, BTreeSet<String>> {
    let mut keeps: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    loop {
        let before = keeps.clone();
        for name in rules.names("journey") {
            let journey = rules.the("journey", &name);
            let mut own = BTreeSet::new();
            mentioned(&serde_json::to_value(journey).unwrap(), &keeps, &mut own);
            own.extend(again(journey).1);
            let fields = entered_by(journey).map(|(event, ..)| &rules.the("event", &event).body);
            own.retain(|field| fields.is_some_and(|body| names::field(body, field).is_some()));
            keeps.insert(name, own);
        }
        if keeps == before {
            return keeps;
        }
    }
}

/// Every `entry.x` in a tree, and what the journeys of its transfers keep.
fn mentioned(
    tree: &serde_json::Value,
    keeps: &BTreeMap<String, BTreeSet<String>>,
    into: &mut BTreeSet<String>,
) {
    use serde_json::Value as Json;
    let word = |json: &Json| json.get("text").and_then(Json::as_str).map(str::to_owned);
    match tree {
        Json::Array(all) => all.iter().for_each(|one| mentioned(one, keeps, into)),
        Json::Object(map) => {
            for (key, value) in map {
                let pair = value.as_array().filter(|all| all.len() == 2);
                match (key.as_str(), pair) {
                    ("path", Some(pair)) if word(&pair[0]).as_deref() == Some("entry") => {
                        into.extend(word(&pair[1]));
                    }
                    ("transfer", Some(pair)) => {
                        let to = word(&pair[0]).and_then(|to| keeps.get(&to));
                        into.extend(to.into_iter().flatten().cloned());
                    }
                    _ => {}
                }
                mentioned(value, keeps, into);
            }
        }
        _ => {}
    }
}

// Places.

fn is_headed(item: &Item, heading: &str) -> bool {
    matches!(&item.shape, Shape::Block(block) if names::text(&block.heading) == heading)
}

/// The lines of `steps`, or of a path.
fn path<'a>(journey: &'a Definition, name: &str) -> &'a [Item] {
    let found = journey.body.items.iter().find_map(|item| match &item.shape {
        Shape::Block(block) if name == "steps" && is_headed(item, "steps") => Some(block),
        Shape::Block(block) if is_headed(item, "path") => {
            (block.name.as_ref().map(names::text).as_deref() == Some(name)).then_some(block)
        }
        _ => None,
    });
    &found.unwrap_or_else(|| panic!("no path {name}")).body.items
}

/// `steps`, then the paths by name.
fn paths(journey: &Definition) -> Vec<String> {
    let mut all: Vec<String> = journey
        .body
        .items
        .iter()
        .filter_map(|item| match &item.shape {
            Shape::Block(block) if is_headed(item, "path") => {
                Some(names::text(block.name.as_ref().unwrap()))
            }
            _ => None,
        })
        .collect();
    all.sort();
    all.insert(0, "steps".to_owned());
    all
}

/// The step that a place leads to: `go to` is none.
fn settled<'a>(journey: &Definition, name: String, line: usize) -> Place<'a> {
    match path(journey, &name).get(line).map(|item| &item.shape) {
        Some(Shape::Outcome(outcome)) => match &**outcome {
            Outcome::GoTo(to) => settled(journey, to.text.clone(), 0),
            _ => Place::Line(name, line),
        },
        Some(_) => Place::Line(name, line),
        None => panic!("nothing behind line {line} of {name}"),
    }
}

pub(super) fn first<'a>(journey: &Definition) -> Place<'a> {
    settled(journey, "steps".to_owned(), 0)
}

fn spot<'p>(place: &'p Place<'_>) -> (&'p str, usize) {
    match place {
        Place::Line(path, line) | Place::Outcome(_, path, line) => (path, *line),
    }
}

pub(super) fn behind<'a>(journey: &Definition, place: &Place<'_>) -> Place<'a> {
    let (path, line) = spot(place);
    settled(journey, path.to_owned(), line + 1)
}

pub(super) fn behind_or<'a>(journey: &Definition, place: &Place<'_>) -> Option<Place<'a>> {
    let (name, line) = spot(place);
    path(journey, name).get(line + 1).map(|_| behind(journey, place))
}

/// Where an outcome leads that stands on a line.
pub(super) fn way<'a>(journey: &Definition, place: &Place<'_>, outcome: &'a Outcome) -> Place<'a> {
    match outcome {
        Outcome::Continue => behind(journey, place),
        Outcome::GoTo(to) => settled(journey, to.text.clone(), 0),
        Outcome::Retry(_, then) => way(journey, place, then),
        Outcome::Finish(_) | Outcome::Transfer(..) => {
            let (path, line) = spot(place);
            Place::Outcome(outcome, path.to_owned(), line)
        }
    }
}

pub(super) fn shape<'a>(journey: &'a Definition, place: &Place<'_>) -> Option<&'a Shape> {
    match place {
        Place::Line(name, line) => path(journey, name).get(*line).map(|item| &item.shape),
        Place::Outcome(..) => None,
    }
}

/// The lines with names.
pub(super) type Named = Vec<(String, Place<'static>)>;

/// The lines with names, in the order in which names are given.
pub(super) fn all_named(journey: &Definition) -> Named {
    let mut taken: BTreeSet<String> = BTreeSet::new();
    let label = |item: &Item| match &item.shape {
        Shape::Wait(wait) => wait.label.as_ref().map(|word| word.text.clone()),
        Shape::Block(block) => block.name.as_ref().map(names::text),
        _ => None,
    };
    for name in paths(journey) {
        taken.extend(path(journey, &name).iter().filter_map(label));
    }
    let mut found = Vec::new();
    for of in paths(journey) {
        let prefix = if of == "steps" { String::new() } else { format!("{of}_") };
        for (line, item) in path(journey, &of).iter().enumerate() {
            let mut free = |base: String, numbered: bool| {
                let all = (1..).map(|number| match number {
                    1 if !numbered => base.clone(),
                    _ => format!("{base}_{number}"),
                });
                all.into_iter().find(|name| taken.insert(name.clone())).unwrap()
            };
            let name = match (&item.shape, label(item)) {
                (_, Some(label)) => label,
                (Shape::Send(send), None) => free(send.action.text.clone(), false),
                (Shape::Wait(_), None) => free(format!("{prefix}wait"), true),
                (Shape::Block(block), None) => {
                    free(format!("{prefix}{}", names::text(&block.heading)), true)
                }
                _ => continue,
            };
            found.push((name, Place::Line(of.clone(), line)));
        }
    }
    found
}

/// The place of a step by its name.
pub(super) fn named<'a>(all: &Named, name: &str) -> Option<Place<'a>> {
    all.iter().find(|(known, _)| known == name).map(|(_, place)| {
        let (path, line) = spot(place);
        Place::Line(path.to_owned(), line)
    })
}

/// The name of a step that one can stand on.
pub(super) fn name(all: &Named, place: &Place<'_>) -> Option<String> {
    if matches!(place, Place::Outcome(..)) {
        return None;
    }
    let found = all.iter().find(|(_, other)| spot(other) == spot(place));
    found.map(|(name, _)| name.clone())
}

/// What a step is called since it was renamed.
pub(super) fn moved(journey: &Definition, step: &str) -> String {
    match names::field(&journey.body, "moved") {
        Some(Value::Range(range)) if literal::word_of(&range.low) == step => {
            literal::word_of(&range.high)
        }
        _ => step.to_owned(),
    }
}

/// Actions and channels of every message that may follow a step, itself included.
pub(super) fn reachable(journey: &Definition, from: Place<'_>) -> BTreeSet<(String, String)> {
    let mut seen: BTreeSet<(String, usize)> = BTreeSet::new();
    let mut found = BTreeSet::new();
    let mut open = vec![from];
    while let Some(place) = open.pop() {
        let Some(shape) = shape(journey, &place) else {
            if let Place::Outcome(outcome, ..) = &place {
                open.extend(refused(journey, &place, outcome));
            }
            continue;
        };
        if !seen.insert((spot(&place).0.to_owned(), spot(&place).1)) {
            continue;
        }
        match shape {
            Shape::Wait(wait) => match &wait.how {
                WaitKind::UpTo { body, .. } => {
                    open.push(way(journey, &place, outcome(body, "if_seen")));
                    open.push(way(journey, &place, outcome(body, "if_not")));
                }
                _ => open.push(behind(journey, &place)),
            },
            Shape::Send(send) => {
                let all = listed(send.by.as_ref().unwrap());
                found.extend(all.into_iter().map(|one| (send.action.text.clone(), one)));
                let blocked = outcome(send.body.as_ref().unwrap(), "if_blocked");
                open.push(way(journey, &place, blocked));
                open.push(behind(journey, &place));
            }
            Shape::Block(block) => {
                for item in &block.body.items {
                    match &item.shape {
                        Shape::When(when) => open.push(way(journey, &place, &when.outcome)),
                        Shape::Field(field) => match &field.value {
                            Value::Outcome(one) => open.push(way(journey, &place, one)),
                            other => panic!("{other:?} is no way"),
                        },
                        other => panic!("{other:?}"),
                    }
                }
            }
            Shape::Outcome(one) => open.extend(refused(journey, &place, one)),
            other => panic!("{other:?}"),
        }
    }
    found
}

fn refused<'a>(journey: &Definition, place: &Place<'_>, outcome: &Outcome) -> Option<Place<'a>> {
    let Outcome::Transfer(_, Some(body)) = outcome else { return None };
    let word = names::word_field(body, "if_already_in");
    (word.as_deref() == Some("refuse")).then(|| behind(journey, place))
}

/// `if_seen: ...`
pub(super) fn outcome<'a>(body: &'a Body, key: &str) -> &'a Outcome {
    match names::field(body, key) {
        Some(Value::Outcome(outcome)) => outcome,
        other => panic!("{key}: {other:?}"),
    }
}

fn listed(by: &By) -> Vec<String> {
    match by {
        By::Channel(word) => vec![word.text.clone()],
        By::Choice(choice) => names::words(&choice.list),
    }
}

/// The channels in the order in which they are tried.
pub(super) fn channels(by: &By, person: &Person) -> Vec<String> {
    let mut all = listed(by);
    if let By::Choice(Choice { how: ChoiceKind::Preferred, .. }) = by
        && let Some(Val::Word(own)) = person.attributes.get("preferred_channel")
        && let Some(at) = all.iter().position(|one| one == own)
    {
        let own = all.remove(at);
        all.insert(0, own);
    }
    all
}

// Questions.

pub(super) fn asked<'r>(rules: &'r Rules<'r>, person: &'r Person, at: i64) -> Asked<'r> {
    let contacts = std::cell::OnceCell::new();
    Asked { rules, person, request: BTreeMap::new(), at, forced: None, contacts }
}

/// Whether all lines surely hold.
pub(super) fn all(
    asked: &Asked<'_>,
    body: &Body,
    journey: &Definition,
    entry: &BTreeMap<String, Val>,
) -> bool {
    and(lines(asked, body, journey, entry)) == Truth::True
}

/// Whether some line surely holds.
pub(super) fn some(
    asked: &Asked<'_>,
    body: &Body,
    journey: &Definition,
    entry: &BTreeMap<String, Val>,
) -> bool {
    lines(asked, body, journey, entry).contains(&Truth::True)
}

pub(super) fn when(
    asked: &Asked<'_>,
    condition: &WhenCondition,
    journey: &Definition,
    entry: &BTreeMap<String, Val>,
) -> bool {
    let truth = match condition {
        WhenCondition::All(body) => return all(asked, body, journey, entry),
        WhenCondition::One(one) => line(asked, &Shape::Condition((**one).clone()), journey, entry),
        WhenCondition::Segment(test) => asked.line(&Shape::SegmentTest(test.clone())),
    };
    truth == Truth::True
}

fn lines(
    asked: &Asked<'_>,
    body: &Body,
    journey: &Definition,
    entry: &BTreeMap<String, Val>,
) -> Vec<Truth> {
    body.items.iter().map(|item| line(asked, &item.shape, journey, entry)).collect()
}

fn line(
    asked: &Asked<'_>,
    shape: &Shape,
    journey: &Definition,
    entry: &BTreeMap<String, Val>,
) -> Truth {
    match shape {
        Shape::Condition(condition) => match &condition.subject {
            Subject::Path(first, field) if first.text == "entry" => {
                let (event, ..) = entered_by(journey).unwrap();
                test(asked, condition, &event, &field.text, entry.get(&field.text))
            }
            _ => asked.line(shape),
        },
        Shape::Block(block) => combined(block, lines(asked, &block.body, journey, entry)),
        _ => asked.line(shape),
    }
}

fn combined(block: &Block, truths: Vec<Truth>) -> Truth {
    match names::text(&block.heading).as_str() {
        "any" => or(truths),
        "none" => not(or(truths)),
        other => panic!("{other} is no list of conditions"),
    }
}

/// A test of a field of an event.
fn test(
    asked: &Asked<'_>,
    condition: &Condition,
    event: &str,
    field: &str,
    value: Option<&Val>,
) -> Truth {
    let sure = |holds| if holds { Truth::True } else { Truth::False };
    let kind = asked.rules.field(asked.rules.the("event", event), field).kind;
    match (&condition.test, value) {
        (Test::IsKnown, value) => sure(value.is_some()),
        (Test::IsUnknown, value) => sure(value.is_none()),
        (_, None) => match &condition.if_unknown {
            Some(said) => sure(said.answer.text == "yes"),
            None => Truth::Unknown,
        },
        (test, Some(value)) => sure(asked.holds(value, test, &kind)),
    }
}

/// Whether an event fits a filter, which may compare it with what a run entered with.
pub(super) fn fits(
    asked: &Asked<'_>,
    filter: &Body,
    event: &str,
    fields: &BTreeMap<String, Val>,
    entry: &BTreeMap<String, Val>,
) -> bool {
    let all = filter.items.iter().map(|item| fit(asked, item, event, fields, entry));
    and(all.collect::<Vec<_>>()) == Truth::True
}

fn fit(
    asked: &Asked<'_>,
    item: &Item,
    event: &str,
    fields: &BTreeMap<String, Val>,
    entry: &BTreeMap<String, Val>,
) -> Truth {
    match &item.shape {
        Shape::Condition(condition) => {
            let Subject::Word(field) = &condition.subject else { panic!("{condition:?}") };
            if let Test::Is(Atom::Path(_, own)) = &condition.test {
                return match (fields.get(&field.text), entry.get(&own.text)) {
                    (Some(came), Some(own)) if came == own => Truth::True,
                    _ => Truth::False,
                };
            }
            test(asked, condition, event, &field.text, fields.get(&field.text))
        }
        Shape::Block(block) => {
            let inner = block.body.items.iter();
            combined(block, inner.map(|item| fit(asked, item, event, fields, entry)).collect())
        }
        other => panic!("{other:?} in a filter"),
    }
}

// Time and chance.

pub(super) fn kind_of_wait(how: &WaitKind) -> &'static str {
    match how {
        WaitKind::Duration(_) => "wait a while",
        WaitKind::UpTo { .. } => "wait for",
        WaitKind::Until { weekday: Some(_), .. } => "wait until a weekday",
        WaitKind::Until { to: Atom::Word(_), .. } => "wait until an attribute",
        WaitKind::Until { to: Atom::Path(..), .. } => "wait until an entry",
        WaitKind::Until { to: Atom::Literal(literal), .. } if literal.raw.len() == 5 => {
            "wait until a clock"
        }
        WaitKind::Until { .. } => "wait until a day",
    }
}

/// When a wait that begins now is over.
pub(super) fn until(
    asked: &Asked<'_>,
    how: &WaitKind,
    journey: &Definition,
    entry: &BTreeMap<String, Val>,
) -> i64 {
    let (now, zone) = (asked.at, asked.zone());
    let of = |value: Option<&Val>| match value {
        None => now,
        Some(Val::Day(day)) => calendar::instant(*day, 0, zone),
        Some(Val::Instant(at)) => *at,
        Some(other) => panic!("{other:?} is no time"),
    };
    match how {
        WaitKind::Duration(duration) => now + length(duration),
        WaitKind::Until { weekday, to } => match to {
            Atom::Word(word) => of(asked.person.attributes.get(&word.text)),
            Atom::Path(_, field) => {
                assert!(entered_by(journey).is_some());
                of(entry.get(&field.text))
            }
            Atom::Literal(literal) => match literal.raw.len() {
                5 => {
                    let today = calendar::local(now, zone).0;
                    let fits = |day: &i64| {
                        weekday.as_ref().is_none_or(|it| it.text == WEEK[calendar::weekday(*day)])
                    };
                    let days = (today - 1..today + 10).filter(fits);
                    let minute = literal::clock(&literal.raw);
                    let mut times = days.map(|day| calendar::instant(day, minute, zone));
                    times.find(|at| *at > now).unwrap()
                }
                10 => calendar::instant(literal::date(&literal.raw), 0, zone),
                _ => literal::moment(&literal.raw, zone),
            },
            other => panic!("until {other:?}"),
        },
        WaitKind::UpTo { .. } => panic!("an event is waited for"),
    }
}

/// When the hours of a channel open next, and when an action may go out at all, where these stand in the way now.
pub(super) fn opens(asked: &Asked<'_>, action: &str, channel: &str) -> Vec<i64> {
    let body = &asked.rules.the("action", action).body;
    let purpose = asked.rules.purpose_of(action).unwrap();
    let mut found = Vec::new();
    if let Some(Value::Range(dates)) = names::field(body, "dates")
        && let Atom::Literal(first) = &dates.low
    {
        let begins = calendar::instant(literal::date(&first.raw), 0, asked.zone());
        found.extend((begins > asked.at).then_some(begins));
    }
    let ignores = names::word_field(&asked.rules.the("purpose", &purpose).body, "send_hours");
    let hours = names::word_field(&asked.rules.the("channel", channel).body, "send_hours");
    if let (Some(hours), Some(zone), None) = (hours, asked.own_zone(), ignores) {
        let hours = &asked.rules.the("send_hours", &hours).body;
        let open = |at: i64| {
            let (day, minute) = calendar::local(at, zone);
            decide::open(hours, day, minute)
        };
        if !open(asked.at) {
            // Minute by minute would find the same: hours begin at a quarter of an hour here.
            let step = 15 * MINUTE;
            let first = asked.at.div_euclid(step) + 1;
            found.extend((first..first + 8 * 96).map(|at| at * step).find(|at| open(*at)));
        }
    }
    found
}

/// The lot of a customer at a split, in millionths; the one definition that is the engine's as well.
pub(super) fn lot(customer: &str, journey: &str, step: &str) -> u64 {
    let hash = |text: &str| xxhash_rust::xxh3::xxh3_64(text.as_bytes()).to_le_bytes();
    let all = [customer.as_bytes(), &hash(journey), &hash(step)].concat();
    xxhash_rust::xxh3::xxh3_64(&all) % 1_000_000
}

/// The way of a lot.
pub(super) fn arm(split: &Body, lot: u64) -> &Outcome {
    let mut upto = 0;
    for item in &split.items {
        let Shape::Field(field) = &item.shape else { panic!("{item:?}") };
        let (Key::Percent(share), Value::Outcome(outcome)) = (&field.key, &field.value) else {
            panic!("{field:?} is no arm")
        };
        let (whole, part) = share
            .raw
            .trim_end_matches('%')
            .split_once('.')
            .unwrap_or((share.raw.trim_end_matches('%'), ""));
        upto += format!("{whole}{part:0<4}").parse::<u64>().unwrap();
        if lot < upto {
            return outcome;
        }
    }
    panic!("the shares make less than a whole")
}
