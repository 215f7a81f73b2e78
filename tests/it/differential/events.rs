//! Worlds in which things happen: events, windows, filters, what is late, double, too old or too far ahead.
//!
//! A world of the other generators is drawn, then questions about events go into its lists and scores; the engine
//! is handed every event one by one, and the reference scans all of them for each question.

use std::collections::{BTreeMap, BTreeSet};

use onward::decision::Truth;
use onward::event::EventError;
use onward::syntax::ast::{
    Aggregate, AggregateKind, Clause, CompareOp, Condition, Definition, Formula, Item, Key, Reach,
    Shape, Span, Subject, Test, Unit, Value,
};
use onward::value::{Date, Day, Timestamp, Zone};
use onward::{Customer, Event, Tracked};

use super::compare::{self, Trouble};
use super::measure::Measure;
use super::tree::{self, Dice, lit, word};
use super::world::{self, World, ZONES};
use crate::reference::Rules;

const DAY: i64 = 86_400_000_000;
const HOUR: i64 = DAY / 24;
const KINDS: [&str; 3] = ["gold", "silver", "ฟรี"];
const TEXTS: [&str; 3] = ["Straße", "STRASSE", "x"];

/// A world with what happens in it, each with the host's time of its arrival.
#[derive(Clone)]
struct Eventful {
    world: World,
    events: Vec<(Event, i64)>,
}

/// What a run met.
#[derive(Debug, Default)]
struct Seen {
    kept: usize,
    duplicate: usize,
    refused: BTreeMap<&'static str, usize>,
    questions: BTreeMap<String, usize>,
    in_segments: BTreeMap<String, usize>,
    answered: usize,
    requests: usize,
    unknown: usize,
    notes: usize,
}

fn eventful(seed: u64) -> Eventful {
    let mut dice = Dice::new(seed);
    let mut world = world::world(&mut dice, 6);
    let currency = currency_of(&world);
    let mut questions = Questions { currency, used: BTreeSet::new() };
    for (_, file) in &mut world.files {
        for definition in &mut file.definitions {
            questions.enter(&mut dice, definition);
        }
    }
    let (long, short) = (event("bought", "70", bought_fields()), event("opened", "3", vec![]));
    let file = &mut world.files[0].1;
    file.definitions.push(long);
    file.definitions.push(short);
    let moments: Vec<i64> = world.requests.iter().map(|it| it.time().micros()).collect();
    let ids: BTreeSet<String> =
        world.requests.iter().filter_map(|it| it.customer()).map(str::to_owned).collect();
    let mut events = Vec::new();
    for id in &ids {
        for _ in 0..dice.below(9) {
            let at = instant(&mut dice, &moments);
            let mut happened = drawn(&mut dice, id, at, currency);
            if dice.percent(60) {
                happened = happened.message(format!("m{}", dice.below(6)));
            }
            let late =
                [0, 0, 0, HOUR, DAY, 2 * DAY, 20 * DAY, 72 * DAY, -HOUR, -23 * HOUR, -25 * HOUR];
            events.push((happened, at + dice.pick(&late)));
        }
    }
    dice.shuffle(&mut events);
    Eventful { world, events }
}

fn currency_of(world: &World) -> &'static str {
    let text =
        compare::sources(&world.files).iter().map(|it| it.text().to_owned()).collect::<String>();
    let found =
        ["EUR", "JPY", "KWD"].into_iter().find(|code| text.contains(&format!("currency: {code}")));
    found.unwrap()
}

fn event(name: &str, days: &str, fields: Vec<Item>) -> Definition {
    let mut it = tree::definition("event", Some(name), fields);
    let days = days.parse().unwrap();
    it.clauses.push(Clause::Kept(tree::duration(days, false, Unit::Day)));
    it
}

fn bought_fields() -> Vec<Item> {
    let text = "event e kept 3 days { amount: required money, points: optional number, \
                kind: optional one of [gold, silver, ฟรี], note: optional text, online: yes_no default no, \
                due: optional date, share: optional percent }";
    let source = onward::Source::new("e.journey", text);
    let (file, problems) = onward::syntax::parse(&source, &onward::syntax::Limits::default());
    assert!(problems.is_empty(), "{problems:#?}");
    file.definitions[0].body.items.clone()
}

/// An instant on or beside the edge of a window that some question reaches back to from a moment.
fn instant(dice: &mut Dice, moments: &[i64]) -> i64 {
    let at = *dice.pick(moments);
    let minute = HOUR / 60;
    let back = [
        0,
        minute,
        90 * minute,
        24 * HOUR,
        168 * HOUR,
        169 * HOUR,
        3 * DAY,
        7 * DAY,
        14 * DAY,
        30 * DAY,
        70 * DAY,
        71 * DAY,
        100 * DAY,
    ];
    let edge = if dice.percent(55) {
        at - dice.pick(&back)
    } else {
        let zone = Zone::named(&dice.word(&ZONES)).unwrap();
        let today = Timestamp::from_micros(at).on_clock(&zone).date;
        let starts: [Date; 7] = [
            today,
            today.plus_days(-1),
            today.plus_days(1),
            today.week_start(),
            today.week_start().plus_days(-7),
            today.month_start(0),
            today.month_start(-1),
        ];
        zone.instant(Day { date: *dice.pick(&starts), minute: 0 }).micros()
    };
    edge + [0, 0, -1, 1, 30 * minute][dice.below(5)]
}

fn drawn(dice: &mut Dice, id: &str, at: i64, currency: &str) -> Event {
    let name = dice.word(&["bought", "bought", "bought", "opened"]);
    let mut it = Event::new(id, &name, Timestamp::from_micros(at));
    if name == "opened" || dice.percent(3) {
        return it;
    }
    let minor = *dice.pick(&[0, 1, 100, 1250, 4000, 99_999, -100]);
    it = it.set("amount", world::money(currency, minor));
    if dice.percent(70) {
        it = it.set(
            "points",
            onward::value::Value::Number(dice.word(&["0", "1", "2.5", "-3", "0.1"])),
        );
    }
    if dice.percent(70) {
        it = it.set("kind", dice.word(&KINDS));
    }
    if dice.percent(60) {
        it = it.set("note", dice.word(&TEXTS));
    }
    if dice.percent(40) {
        it = it.set("online", dice.percent(50));
    }
    if dice.percent(60) {
        let day = Timestamp::from_micros(at).on_clock(&Zone::named("UTC").unwrap()).date;
        it = it.set("due", day.plus_days([-3, 0, 1, 7][dice.below(4)]).to_string());
    }
    if dice.percent(50) {
        it = it.set("share", dice.word(&["0%", "7%", "60%"]));
    }
    it
}

/// Draws questions; none twice in a world, so that no two lines contradict each other.
struct Questions {
    currency: &'static str,
    used: BTreeSet<String>,
}

impl Questions {
    /// Puts questions into the lists and numbers of a definition.
    fn enter(&mut self, dice: &mut Dice, definition: &mut Definition) {
        match definition.kind.text.as_str() {
            "segment" if dice.percent(70) => {
                let lines = self.line(dice);
                definition.body.items.extend(lines);
            }
            "action" => {
                let competes = names_field(&definition.body, "value");
                for item in &mut definition.body.items {
                    match &mut item.shape {
                        Shape::Block(block) if block.name.is_none() && dice.percent(50) => {
                            block.body.items.extend(self.line(dice));
                        }
                        Shape::Field(field)
                            if dice.percent(50)
                                && matches!(&field.key, Key::Word(word) if word.text == "weight") =>
                        {
                            field.value = Value::Formula(Box::new(self.weight(dice)));
                        }
                        _ => {}
                    }
                }
                if competes && !names_field(&definition.body, "weight") && dice.percent(15) {
                    let weight = Value::Formula(Box::new(self.weight(dice)));
                    definition.body.items.push(tree::field("weight", weight));
                }
            }
            _ => {}
        }
    }

    /// A line, or an `any` or `none` of two.
    fn line(&mut self, dice: &mut Dice) -> Option<Item> {
        if dice.percent(75) {
            return self.condition(dice);
        }
        let lines: Vec<Item> = (0..2).filter_map(|_| self.condition(dice)).collect();
        let heading = if dice.percent(50) { "any" } else { "none" };
        (!lines.is_empty()).then(|| tree::block(heading, None, lines))
    }

    fn condition(&mut self, dice: &mut Dice) -> Option<Item> {
        let asked = self.question(dice)?;
        let test = self.test(dice, &asked);
        // A count is never unknown to the checker; all others say what they mean, wherever they stand.
        let silent = matches!(asked.function, AggregateKind::Count | AggregateKind::Total);
        let definite = matches!(test, Test::IsKnown | Test::IsUnknown);
        let if_unknown = (!silent && !definite).then(|| tree::answer(dice.percent(50)));
        let subject = Subject::Aggregate(Box::new(asked));
        let span = Span::default();
        Some(tree::item(Shape::Condition(Condition { subject, test, if_unknown, span })))
    }

    fn weight(&mut self, dice: &mut Dice) -> Formula {
        for _ in 0..20 {
            if let Some(asked) = self.question(dice)
                && asked.function == AggregateKind::Count
            {
                return Formula::Aggregate(Box::new(asked), None);
            }
        }
        Formula::Operand(lit("1"), None)
    }

    fn question(&mut self, dice: &mut Dice) -> Option<Aggregate> {
        use AggregateKind::{Average, Count, DaysSinceLast, First, Largest, Last, Smallest, Total};
        let function = *dice.pick(&[
            Count,
            Count,
            Count,
            Total,
            Total,
            Average,
            Largest,
            Smallest,
            DaysSinceLast,
            First,
            Last,
        ]);
        let fields: &[&str] = match function {
            Count | DaysSinceLast => &[],
            Total => &["amount", "amount", "points"],
            Average => &["amount", "points", "share"],
            Largest | Smallest => &["amount", "points", "due", "share"],
            // What explain shows of a text that no rule names is not the text.
            First | Last => &["amount", "kind", "online", "due"],
        };
        let field = (!fields.is_empty()).then(|| word(&dice.word(fields)));
        let short = fields.is_empty() && dice.percent(30);
        let event = word(if short { "opened" } else { "bought" });
        let ever = function == Count && dice.percent(20);
        let filter = (!short && !ever && dice.percent(40)).then(|| tree::body(self.filter(dice)));
        let open = ever
            || function == DaysSinceLast
            || matches!(function, First | Last) && dice.percent(40);
        let reach = (!open).then(|| Reach { next: false, duration: window(dice, short) });
        let span = Span::default();
        let asked = Aggregate { function, event, field, filter, reach, ever, span };
        self.used.insert(onward::syntax::print_aggregate(&asked)).then_some(asked)
    }

    /// One or two lines over different fields.
    fn filter(&self, dice: &mut Dice) -> Vec<Item> {
        let mut lines = Vec::new();
        for name in dice.some(&["amount", "points", "kind", "note", "online", "due"], 1, 2) {
            let always = matches!(name, "amount" | "online");
            let kind = || tree::atom(KINDS[0]);
            let (test, negative) = match name {
                "amount" => (
                    Test::Compare(CompareOp::AtLeast, lit(&world::money(self.currency, 100))),
                    false,
                ),
                "points" if dice.percent(50) => (Test::IsNot(lit("1")), true),
                "points" => (Test::Compare(CompareOp::Below, lit("2")), false),
                "kind" if dice.percent(50) => (Test::IsNot(kind()), true),
                "kind" => (Test::InList(tree::list([kind(), tree::atom(KINDS[2])])), false),
                "note" => (Test::Is(tree::atom("strasse")), false),
                "online" => (Test::Is(tree::atom("yes")), false),
                _ if dice.percent(30) => (Test::IsUnknown, false),
                _ => {
                    let duration = tree::duration(3, false, Unit::Day);
                    (Test::Within(Reach { next: dice.percent(50), duration }), false)
                }
            };
            let answered = negative && !always;
            let if_unknown = answered.then(|| tree::answer(dice.percent(50)));
            let subject = Subject::Word(word(name));
            let span = Span::default();
            lines.push(tree::item(Shape::Condition(Condition { subject, test, if_unknown, span })));
        }
        if lines.len() == 2 && dice.percent(30) {
            lines = vec![tree::block("any", None, lines)];
        }
        lines
    }

    fn test(&self, dice: &mut Dice, asked: &Aggregate) -> Test {
        use AggregateKind::{Average, Count, DaysSinceLast, First, Largest, Last, Smallest, Total};
        let ops = [CompareOp::AtLeast, CompareOp::AtMost, CompareOp::Above, CompareOp::Below];
        let field = asked.field.as_ref().map_or("", |field| field.text.as_str());
        let known =
            matches!(asked.function, Average | Largest | Smallest | DaysSinceLast | First | Last);
        if known && dice.percent(12) {
            return if dice.percent(50) { Test::IsKnown } else { Test::IsUnknown };
        }
        let amounts = |dice: &mut Dice| {
            let minor = *dice.pick(&[0, 1, 100, 1250, 1350, 2500, 5250]);
            lit(&world::money(self.currency, minor))
        };
        let value = |dice: &mut Dice| match (asked.function, field) {
            (Count, _) => lit(&dice.word(&["1", "2", "3"])),
            (DaysSinceLast, _) => lit(&dice.word(&["1", "3", "7", "30"])),
            (Total | Average | Largest | Smallest | First | Last, "amount") => amounts(dice),
            (_, "points") => lit(&dice.word(&["0", "1", "2.5", "3.5", "0.30000000000000004"])),
            (_, "share") => lit(&dice.word(&["7%", "60%", "33.5%"])),
            (_, "kind") => tree::atom(&dice.word(&KINDS)),
            (_, "note") => tree::atom(&dice.word(&TEXTS)),
            (_, "online") => tree::atom(&dice.word(&["yes", "no"])),
            (_, "due") => {
                lit(&dice.word(&["2026-03-29", "2026-10-25", "2028-02-29", "2026-12-31"]))
            }
            other => panic!("{other:?}"),
        };
        let ordered = !matches!(field, "kind" | "note" | "online");
        match dice.below(10) {
            0..=4 if ordered => Test::Compare(*dice.pick(&ops), value(dice)),
            5 if field == "due" => Test::Within(Reach {
                next: dice.percent(50),
                duration: tree::duration(7, false, Unit::Day),
            }),
            6 => Test::IsNot(value(dice)),
            7 if !ordered && field != "online" => Test::NotInList(tree::list([value(dice)])),
            _ => Test::Is(value(dice)),
        }
    }
}

fn names_field(body: &onward::syntax::ast::Body, name: &str) -> bool {
    body.items.iter().any(|item| {
        matches!(&item.shape, Shape::Field(field) if matches!(&field.key, Key::Word(word) if word.text == name))
    })
}

fn window(dice: &mut Dice, short: bool) -> onward::syntax::ast::Duration {
    let all: &[(usize, bool, Unit)] = &[
        (90, false, Unit::Minute),
        (24, false, Unit::Hour),
        (1, false, Unit::Day),
        (3, false, Unit::Day),
        (1, true, Unit::Day),
        (2, true, Unit::Day),
        (168, false, Unit::Hour),
        (169, false, Unit::Hour),
        (30, false, Unit::Day),
        (70, false, Unit::Day),
        (1, false, Unit::Week),
        (2, false, Unit::Week),
        (1, true, Unit::Week),
        (2, true, Unit::Week),
        (1, true, Unit::Month),
        (2, true, Unit::Month),
    ];
    let (count, calendar, unit) = *dice.pick(if short { &all[..6] } else { all });
    tree::duration(count, calendar, unit)
}

fn check(of: &Eventful, seen: &mut Seen) -> Result<(), Trouble> {
    let world = &of.world;
    let engine = compare::engine(&compare::sources(&world.files))?;
    let trees: Vec<_> = world.files.iter().map(|(_, file)| file.clone()).collect();
    let rules = Rules::new(&trees);
    let mut records: BTreeMap<&str, Vec<Customer>> = BTreeMap::new();
    for record in &world.customers {
        engine.put(record).map_err(|why| Trouble::Failed(format!("put {}: {why}", record.id())))?;
        records.entry(record.id()).or_default().push(record.clone());
    }
    for (event, now) in &of.events {
        match engine.track(event, Timestamp::from_micros(*now)) {
            Ok(Tracked::Kept) => seen.kept += 1,
            Ok(Tracked::Duplicate) => seen.duplicate += 1,
            Ok(other) => return Err(Trouble::Failed(format!("{other:?}"))),
            Err(why) => {
                let word = match why {
                    EventError::Old { .. } => "old",
                    EventError::Ahead { .. } => "ahead",
                    EventError::Missing { .. } => "missing",
                    other => return Err(Trouble::Failed(format!("track: {other}"))),
                };
                *seen.refused.entry(word).or_default() += 1;
            }
        }
    }
    world.paused.iter().for_each(|name| engine.pause(name));
    let mut measure = Measure::default();
    for request in &world.requests {
        // First: the reference does not know of a placement that is not there.
        let failed = |why: onward::BindError| Trouble::Failed(format!("decide: {why}"));
        let decision = engine.decide(request).map_err(failed)?;
        let id = request.customer().unwrap_or_default();
        let mut person = rules.person(records.get(id).map_or(&[], Vec::as_slice));
        if request.customer().is_some() {
            person.history = rules.history(id, &of.events);
        }
        let wanted = rules.decide_without(&person, request, &world.paused);
        measure.account(&wanted);
        seen.requests += 1;
        seen.answered += usize::from(!wanted.answer.is_empty());
        seen.unknown += usize::from(wanted.by_unknown);
        let mut explanation = engine.explain(request).map_err(failed)?;
        // In the order of the rules' own list, which the reference does not have.
        let before = explanation.notes.len();
        explanation.notes.retain(|note| !note.contains("are not all kept"));
        seen.notes += before - explanation.notes.len();
        compare::decided(&decision, &wanted).map_err(Trouble::Differs)?;
        compare::explained(&explanation, &wanted).map_err(Trouble::Differs)?;
        let segments = engine.segments(request.customer(), request.time());
        let expected = rules.segments(&person, request.time().micros());
        for (_, truth) in &segments {
            let word = match truth {
                Truth::True => "true",
                Truth::False => "false",
                Truth::Unknown => "unknown",
            };
            *seen.in_segments.entry(word.to_owned()).or_default() += 1;
        }
        if segments != expected {
            return Err(Trouble::Differs(format!("segments: {segments:?} not {expected:?}")));
        }
    }
    Ok(())
}

/// Fewer events and fewer questions, while it still fails alike.
fn smaller(mut of: Eventful, kind: &str) -> Eventful {
    let fails = |of: &Eventful| matches!(check(of, &mut Seen::default()), Err(trouble) if trouble.kind() == kind);
    for request in of.world.requests.clone() {
        let world = World { requests: vec![request], ..of.world.clone() };
        let less = Eventful { world, events: of.events.clone() };
        if fails(&less) {
            of = less;
            break;
        }
    }
    let mut place = 0;
    while place < of.events.len() {
        let mut less = of.clone();
        less.events.remove(place);
        if fails(&less) { of = less } else { place += 1 }
    }
    for file in 0..of.world.files.len() {
        let mut place = 0;
        while place < of.world.files[file].1.definitions.len() {
            let mut less = of.clone();
            less.world.files[file].1.definitions.remove(place);
            if fails(&less) { of = less } else { place += 1 }
        }
    }
    of
}

fn run(seed: u64, worlds: u64) -> Seen {
    let mut seen = Seen::default();
    for number in 0..worlds {
        let of = eventful(seed ^ number.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        for (_, file) in &of.world.files {
            let json = serde_json::to_value(file).unwrap();
            questions(&json, &mut seen.questions);
        }
        match check(&of, &mut seen) {
            Ok(()) => {}
            Err(trouble) if trouble.is_contradiction() => {}
            Err(trouble) => {
                let of = smaller(of, &trouble.kind());
                let again = check(&of, &mut Seen::default()).err();
                let again = again.map_or_else(String::new, |again| again.to_string());
                let events: String = of
                    .events
                    .iter()
                    .map(|(event, now)| {
                        let now = Timestamp::from_micros(*now);
                        format!("{now} {}\n", serde_json::to_string(event).unwrap())
                    })
                    .collect();
                let shown = compare::show(&of.world);
                panic!("seed {seed}, world {number}: {again}\n--- events\n{events}{shown}");
            }
        }
    }
    seen
}

/// Counts every question by its function, its window and whether it has a filter.
fn questions(json: &serde_json::Value, into: &mut BTreeMap<String, usize>) {
    use serde_json::Value::{Array, Object};
    match json {
        Array(all) => all.iter().for_each(|it| questions(it, into)),
        Object(map) => {
            if let Some(function) = map.get("function").and_then(|it| it.as_str()) {
                *into.entry(function.to_owned()).or_default() += 1;
                if map.contains_key("filter") {
                    *into.entry("filter".to_owned()).or_default() += 1;
                }
                let ever = if map.contains_key("ever") { "ever" } else { "" };
                let reach = map.get("reach").map(|reach| {
                    let of = &reach["duration"];
                    let calendar = of.get("calendar").map_or("", |_| "calendar ");
                    format!("{calendar}{}", of["unit"].as_str().unwrap_or(""))
                });
                let window = reach.unwrap_or_else(|| ever.to_owned());
                *into.entry(format!("window {window}")).or_default() += 1;
            }
            map.values().for_each(|it| questions(it, into));
        }
        _ => {}
    }
}

#[test]
fn a_short_run_with_events_agrees() {
    run(41, 60);
}

#[test]
fn the_engine_asks_about_events_as_the_reference() {
    let seed = super::number("ONWARD_DIFF_SEED").unwrap_or(20_260_909);
    let seen = run(seed, super::number("ONWARD_DIFF_WORLDS").unwrap_or(3_000));
    println!("seed {seed}: {seen:?}");
    assert!(seen.answered * 100 >= 20 * seen.requests, "too few answers: {seen:?}");
    assert!(seen.unknown * 100 >= 5 * seen.requests, "too few unknowns: {seen:?}");
    assert!(seen.duplicate > 0 && seen.kept > 1_000 && seen.notes > 0, "{seen:?}");
    assert_eq!(seen.refused.len(), 3, "a refusal never seen: {seen:?}");
    assert_eq!(seen.in_segments.len(), 3, "a truth never seen: {seen:?}");
    for wanted in [
        "count",
        "total",
        "average",
        "largest",
        "smallest",
        "days_since_last",
        "first",
        "last",
        "filter",
        "window minute",
        "window hour",
        "window day",
        "window week",
        "window calendar day",
        "window calendar week",
        "window calendar month",
        "window ever",
        "window ",
    ] {
        assert!(seen.questions.contains_key(wanted), "no question with {wanted}: {seen:?}");
    }
}
