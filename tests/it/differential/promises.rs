//! Worlds in which things are promised: reservations, commits, releases, expiries, reports and outcomes, by several
//! customers in turn; engine and reference must say the same of each step, and explain every question alike.

use std::collections::BTreeMap;

use onward::syntax::ast::{File, Shape};
use onward::value::Timestamp;
use onward::{Answer, Context, Request, check};

use super::compare;
use super::limits::OUTCOMES;
use super::tree::Dice;
use super::world::{self, World};
use crate::play::{ByEngine, ByReference, Play, Step, What};
use crate::reference::{Rules, text};

const HOUR: i64 = 3_600_000_000;
const DAY: i64 = 24 * HOUR;

/// What a run met.
#[derive(Debug, Default)]
struct Seen {
    worlds: usize,
    steps: BTreeMap<&'static str, usize>,
    /// The words of what came, without instants and names.
    came: BTreeMap<String, usize>,
    questions: usize,
    /// Questions whose answer would be another one without the promises.
    by_promises: usize,
    /// Questions in which a candidate gave way to those before it.
    crowded: usize,
}

/// A world, and what is done in it.
struct Played {
    world: World,
    steps: Vec<Step>,
}

/// What steps may name.
struct Names {
    /// Good questions of the customers.
    requests: Vec<Request>,
    /// Actions with the channels of their messages.
    messages: Vec<(String, String)>,
    channels: Vec<String>,
    purposes: Vec<String>,
}

fn names(files: &[File], requests: &[Request]) -> Names {
    let rules = Rules::new(files);
    let mut messages = Vec::new();
    for name in rules.names("action") {
        for item in &rules.the("action", &name).body.items {
            if let Shape::Block(block) = &item.shape
                && let Some(channel) = &block.name
                && text(&block.heading) == "message"
            {
                messages.push((name.clone(), text(channel)));
            }
        }
    }
    let own = |it: &&Request| it.customer().is_some_and(|who| who != "nobody");
    let requests = requests.iter().filter(own).cloned().collect();
    let (channels, purposes) = (rules.names("channel"), rules.names("purpose"));
    Names { requests, messages, channels, purposes }
}

fn played(seed: u64) -> Option<Played> {
    let mut dice = Dice::new(seed);
    let mut world = world::limited(&mut dice, 3);
    world.stories.clear();
    let files: Vec<File> = world.files.iter().map(|(_, file)| file.clone()).collect();
    let names = names(&files, &world.requests);
    if names.messages.is_empty() || names.requests.is_empty() {
        return None;
    }
    let who: Vec<String> = (0..2).map(|number| format!("c{number}")).collect();
    let mut now = dice.pick(&names.requests).time().micros();
    let mut steps = Vec::new();
    for number in 0..dice.between(6, 24) {
        now +=
            *dice.pick(&[0, 0, 1, 60_000_000, HOUR, 90 * 60_000_000, DAY - 1, DAY, DAY, 2 * DAY]);
        // A clock that is a little behind now and then.
        let at = if dice.percent(8) { now - dice.pick(&[1, 30_000_000, HOUR]) } else { now };
        steps.push(Step { at, what: what(&mut dice, &names, &who, number) });
    }
    Some(Played { world, steps })
}

fn what(dice: &mut Dice, names: &Names, who: &[String], number: usize) -> What {
    let who = dice.pick(who).clone();
    let (action, channel) = dice.pick(&names.messages).clone();
    // A decision of now, or one of the last days: the engine remembers them for 7 days after their hold.
    let fresh = format!("d{number}");
    let before = format!("d{}", number.saturating_sub(dice.below(4)));
    let hold = *dice.pick(&[1, 60_000_000, HOUR, DAY, 30 * DAY]);
    let request = dice.pick(&names.requests).clone();
    match dice.below(20) {
        0..=3 => {
            let id = if dice.percent(10) { before } else { fresh };
            What::Reserve { request, id, hold }
        }
        4..=7 => What::Send { who, action, channel, id: fresh },
        8 => What::Hold { who, action, channel, id: fresh, hold },
        9..=10 => What::Commit { who, id: before },
        11 => What::Release { who, id: before },
        12 => {
            let action = dice.percent(40).then_some(action);
            What::Report { who, id: before, action }
        }
        13 => What::Shown { who, action, channel },
        14..=16 => {
            let (word, id) = (dice.word(&OUTCOMES), dice.percent(60).then_some(before));
            What::Outcome { who, action, channel, word, id }
        }
        17 => {
            let (channel, purpose) = (dice.pick(&names.channels), dice.pick(&names.purposes));
            What::Grant { who, channel: channel.clone(), purpose: purpose.clone() }
        }
        18 => What::Withdraw { who, channel: dice.pick(&names.channels).clone() },
        _ => What::Ask { request },
    }
}

fn kind(what: &What) -> &'static str {
    match what {
        What::Ask { .. } => "ask",
        What::Why { .. } => "why",
        What::Reserve { .. } => "reserve",
        What::Hold { .. } => "hold",
        What::Send { .. } => "send",
        What::Commit { .. } => "commit",
        What::Release { .. } => "release",
        What::Report { .. } => "report",
        What::Shown { .. } => "shown",
        What::Outcome { .. } => "outcome",
        What::Grant { .. } => "grant",
        What::Withdraw { .. } => "withdraw",
        What::Zone { .. } => "zone",
        What::Swap(_) => "swap",
        What::Forget { .. } => "forget",
    }
}

/// What differs, in words.
fn compared(played: &Played, seen: &mut Seen) -> Result<(), String> {
    let sources = compare::sources(&played.world.files);
    let checked = check(&sources, &Context::default());
    let Some(rules) = checked.rules else {
        let trouble = compare::refused(&checked.diagnostics, &sources);
        return if trouble.is_contradiction() { Ok(()) } else { Err(trouble.to_string()) };
    };
    seen.worlds += 1;
    let trees: Vec<File> = played.world.files.iter().map(|(_, file)| file.clone()).collect();
    let mut by_engine = ByEngine::new(vec![rules]);
    let mut by_reference = ByReference::new(vec![trees]).without(played.world.paused.clone());
    for record in &played.world.customers {
        by_engine.engine.put(record).map_err(|why| why.to_string())?;
        by_reference.put(record);
    }
    played.world.paused.iter().for_each(|name| by_engine.engine.pause(name));
    for (number, step) in played.steps.iter().enumerate() {
        let (came, wanted) = (by_engine.step(step), by_reference.step(step));
        *seen.steps.entry(kind(&step.what)).or_default() += 1;
        for word in wanted.split("; ") {
            let word = word.split(" until ").next().unwrap_or("");
            let word = if word.contains(" by ") { "given" } else { word };
            let said = format!("{} {word}", kind(&step.what));
            *seen.came.entry(said.trim_end().to_owned()).or_default() += 1;
        }
        if came != wanted {
            return Err(format!("step {number}: {step:?}\n  {came}\n  not {wanted}"));
        }
        // Everybody is asked about after each step that may change something.
        for asked in &played.world.requests {
            if asked.customer() == Some("nobody") || number % 3 != 0 {
                continue;
            }
            let at = Timestamp::from_micros(step.at);
            let request = asked.clone().at(at);
            let account = by_reference.account(&request);
            seen.questions += 1;
            let (mut fast, mut slow) = (Answer::default(), Answer::default());
            by_engine.engine.decide_into(&request, &mut fast).map_err(|why| why.to_string())?;
            by_engine.engine.decide_plainly(&request, &mut slow).map_err(|why| why.to_string())?;
            let (decision, plainly) = (fast.decision().unwrap(), slow.decision().unwrap());
            let found = by_engine.engine.explain(&request).map_err(|why| why.to_string())?;
            let place = |why: String| format!("after step {number}, {request:?}: {why}");
            compare::decided(&decision, &account).map_err(place)?;
            if decision != plainly {
                return Err(place(format!("index: {decision:?}\n  not {plainly:?}")));
            }
            if found.decision != decision {
                return Err(place("explain decides otherwise".to_owned()));
            }
            compare::explained(&found, &account).map_err(place)?;
            let without = by_reference.before(&request).answer;
            seen.by_promises += usize::from(without != account.answer);
            seen.crowded += usize::from(account.crowded);
        }
    }
    Ok(())
}

/// Drops steps as long as it still fails.
fn shrunk(mut played: Played, mut why: String) -> (Played, String) {
    let mut at = 0;
    while at < played.steps.len() {
        let steps = played.steps.clone();
        played.steps.remove(at);
        match compared(&played, &mut Seen::default()) {
            Err(other) => why = other,
            Ok(()) => {
                played.steps = steps;
                at += 1;
            }
        }
    }
    (played, why)
}

fn run(seed: u64, worlds: u64) -> Seen {
    let mut seen = Seen::default();
    for number in 0..worlds {
        let Some(played) = played(seed.wrapping_add(number)) else { continue };
        if let Err(why) = compared(&played, &mut seen) {
            let (played, why) = shrunk(played, why);
            let steps: Vec<String> =
                played.steps.iter().map(|step| format!("{step:?}\n")).collect();
            let steps = steps.concat();
            panic!("seed {seed}, world {number}: {why}\n{steps}{}", compare::show(&played.world));
        }
    }
    seen
}

#[test]
fn promises_are_kept_as_the_reference_keeps_them() {
    let seen = run(super::SEED + 400_000, 1_200);
    println!("{seen:#?}");
    demand(&seen);
}

#[test]
#[ignore = "a longer run: ONWARD_DIFF_PAIRS worlds from ONWARD_DIFF_SEED"]
fn promises_are_kept_for_long() {
    let seed = super::number("ONWARD_DIFF_SEED").unwrap_or(super::SEED + 500_000);
    let seen = run(seed, super::number("ONWARD_DIFF_PAIRS").unwrap_or(20_000));
    println!("{seen:#?}");
    demand(&seen);
}

/// What a run must have met to count.
fn demand(seen: &Seen) {
    assert!(seen.by_promises * 100 >= 5 * seen.questions, "promises change too little: {seen:?}");
    assert!(seen.crowded > 0, "nothing gives way in an answer: {seen:?}");
    let came = |word: &str| seen.came.get(word).copied().unwrap_or(0);
    for word in [
        "reserve given",
        "reserve nothing",
        "hold given",
        "send sent",
        "commit go",
        "commit expired",
        "send limits pressure",
        "send repeat",
        "send pause",
    ] {
        assert!(came(word) > 0, "`{word}` never came: {seen:?}");
    }
    let budgets = seen.came.keys().filter(|word| word.ends_with(" budget")).count();
    assert!(budgets > 0, "no budget is ever used up: {seen:?}");
}
