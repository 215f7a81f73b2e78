//! Random scenarios, and whether the engine's own runner finds of them what the reference finds.
//!
//! A story is drawn without expectations; the reference lives through it. Then it is written twice: with
//! expectations that hold, of which no step may fail, and with wrong ones, of which every question must.

use std::collections::BTreeSet;

use onward::decision::Stage;
use onward::syntax::ast::{
    Act, At, Atom, Body, Definition, Entries, Expect, File, Given, Item, LiteralKind, Shape,
    Value as Written, Word,
};
use onward::{Context, Source};

use super::compare::{self, Trouble};
use super::conditions;
use super::measure::Measure;
use super::tree::{self, Dice, definition, field, word};
use super::world::{self, Attr, Facts, Need, Ty, World, ZONES};
use crate::reference::{Account, Fate, Rules, Told, Why};

/// `persona lea { ... }`, mostly with a value for every required attribute.
pub(crate) fn persona(dice: &mut Dice, facts: &Facts) -> Definition {
    let mut items = Vec::new();
    for attr in facts.attrs.iter().filter(|attr| !attr.request) {
        let often = if attr.need == Need::Required { 92 } else { 45 };
        if dice.percent(often) {
            items.push(given(dice, facts, attr));
        }
    }
    let channels = dice.some(&facts.channels, 0, 4);
    items.push(field("consent", Written::List(tree::names(&channels))));
    dice.shuffle(&mut items);
    definition("persona", Some("lea"), items)
}

/// A value as an author gives it to a persona or a question.
fn given(dice: &mut Dice, facts: &Facts, attr: &Attr) -> Item {
    let value = match &attr.ty {
        _ if attr.name == "timezone" => Written::Atom(tree::atom(&dice.word(&ZONES))),
        _ if attr.name == "language" => {
            Written::Atom(tree::atom(&dice.word(&["en", "fr", "fr-CA", "th", "it-CH", "de"])))
        }
        Ty::SomeOf(words) => Written::List(tree::names(&dice.some(words, 0, 2))),
        ty => Written::Atom(conditions::value(dice, facts, ty)),
    };
    field(&attr.name, value)
}

/// Stories of the persona, without expectations.
pub(crate) fn stories(dice: &mut Dice, facts: &Facts) -> Vec<Definition> {
    let count = dice.between(1, 2);
    (0..count).map(|_| story(dice, facts)).collect()
}

fn story(dice: &mut Dice, facts: &Facts) -> Definition {
    let own = facts.attrs.iter().filter(|attr| !attr.request);
    let changes: Vec<Item> = own
        .filter(|_| dice.percent(12))
        .collect::<Vec<_>>()
        .into_iter()
        .map(|attr| given(dice, facts, attr))
        .collect();
    let body = (!changes.is_empty()).then(|| tree::body(changes));
    let mut items = vec![tree::item(Shape::Given(Box::new(Given { persona: word("lea"), body })))];
    let mut moments: Vec<String> = (0..dice.between(1, 4))
        .map(|_| {
            let day = facts.base + [-31, -1, 0, 0, 0, 1, 2][dice.below(7)];
            let clock = dice.word(&["00:00", "01:30", "02:30", "08:59", "09:00", "12:00", "20:00"]);
            format!("{} {clock}", world::day_text(day))
        })
        .collect();
    moments.sort();
    for moment in moments {
        let needed: Vec<(&str, &str)> = facts
            .purposes
            .iter()
            .flat_map(|it| it.needed.iter().map(move |channel| (it.name, *channel)))
            .collect();
        let act = match dice.below(8) {
            2 | 3 => {
                let action = dice.pick(&facts.actions);
                Act::Send(word(&action.name), word(&dice.word(&action.channels)))
            }
            4 if !needed.is_empty() => {
                let (purpose, channel) = *dice.pick(&needed);
                let purpose = dice.percent(50).then(|| word(purpose));
                if dice.percent(50) {
                    Act::Grant(word(channel), purpose)
                } else {
                    Act::Withdraw(word(channel), purpose)
                }
            }
            0 => {
                let action = dice.pick(&facts.actions).name.as_str();
                Act::Shown(word(action), word(&dice.word(&facts.channels)))
            }
            _ => {
                let asked = facts.attrs.iter().filter(|attr| attr.request).collect::<Vec<_>>();
                let mut values = Vec::new();
                for attr in asked {
                    if attr.need == Need::Required || dice.percent(60) {
                        values.push(given(dice, facts, attr));
                    }
                }
                let body: Option<Body> = (!values.is_empty()).then(|| tree::body(values));
                Act::Ask(word(dice.pick(&facts.placements).as_str()), body)
            }
        };
        let moment = tree::literal(LiteralKind::Moment, moment);
        items.push(tree::item(Shape::At(Box::new(At { moment, act: Some(act), expect: None }))));
    }
    definition("scenario", Some("a story"), items)
}

/// The story under a name, its questions with these expectations.
fn told(story: &Definition, name: &str, expected: &[Expect]) -> Definition {
    let mut told = story.clone();
    told.name = Some(tree::name(name));
    let mut expected = expected.iter();
    for item in &mut told.body.items {
        if let Shape::At(at) = &mut item.shape
            && matches!(at.act, Some(Act::Ask(..) | Act::Send(..)))
        {
            at.expect = expected.next().cloned();
        }
    }
    told
}

fn one(action: &str) -> Entries {
    Entries::One(Atom::Word(word(action)))
}

fn shown(actions: Entries, language: Option<&str>, channel: Option<&str>) -> Expect {
    Expect::Shown { actions, language: language.map(tree::name), channel: channel.map(word) }
}

fn all(account: &Account) -> Vec<&str> {
    account.answer.iter().map(|hit| hit.action.as_str()).collect()
}

/// Whether the action is refused there for this reason, by any name of it.
fn is_blocked(account: &Account, action: &str, stage: Stage, name: Option<&str>) -> bool {
    account.fates.iter().chain(&account.fallback).any(|((own, _), fate)| match fate {
        Fate::Blocked(whys) if own == action => whys
            .iter()
            .any(|why| why.stage == stage && (name.is_none() || why.name.as_deref() == name)),
        _ => false,
    })
}

/// One of these reasons as a scenario names it.
fn blocked_by(dice: &mut Dice, whys: &BTreeSet<Why>) -> (Word, Option<Word>) {
    let whys: Vec<_> = whys.iter().collect();
    let why = dice.pick(&whys);
    if let (Stage::ContactPolicy, Some(own @ ("repeat" | "pause"))) =
        (why.stage, why.name.as_deref())
    {
        return (word(if dice.percent(80) { own } else { "limits" }), None);
    }
    // A tag such as `fr-CA` is no word that could stand here.
    let name = why.name.as_deref().filter(|_| why.stage != Stage::Content);
    let name = name.filter(|_| dice.percent(60)).map(word);
    (word(why.stage.word()), name)
}

/// An expectation of a send that holds, or one that does not.
fn of_a_send(dice: &mut Dice, why: &BTreeSet<Why>, holds: bool) -> Expect {
    if why.is_empty() == holds {
        return Expect::Sent(None, None);
    }
    let (reason, name) = if holds {
        blocked_by(dice, why)
    } else {
        // What nobody can be blocked by where nothing blocks.
        (word(&dice.word(&["who", "consent", "limits", "repeat", "budget"])), None)
    };
    Expect::Blocked { action: None, reason, name }
}

/// An expectation that the account meets.
fn holds(dice: &mut Dice, account: &Account) -> Expect {
    let blocked: Vec<_> = account
        .fates
        .iter()
        .filter_map(|((action, _), fate)| match fate {
            Fate::Blocked(whys) => Some((action, whys)),
            _ => None,
        })
        .collect();
    if !blocked.is_empty() && dice.percent(45) {
        let (action, whys) = dice.pick(&blocked);
        let (reason, name) = blocked_by(dice, whys);
        let action = Some(word(action));
        return Expect::Blocked { action, reason, name };
    }
    if account.answer.is_empty() {
        return Expect::Nothing;
    }
    if dice.percent(40) {
        return shown(Entries::Many(tree::names(&all(account))), None, None);
    }
    let hit = dice.pick(&account.answer);
    let language = dice.percent(50).then_some(hit.language.as_str());
    let channel = dice.percent(50).then_some(hit.channel.as_str());
    shown(one(&hit.action), language, channel)
}

/// An expectation that the account does not meet.
fn fails(dice: &mut Dice, account: &Account, actions: &[String], channels: &[String]) -> Expect {
    let shown_here = all(account);
    let absent: Vec<&String> =
        actions.iter().filter(|name| !shown_here.contains(&name.as_str())).collect();
    for _ in 0..8 {
        match dice.below(6) {
            0 if !shown_here.is_empty() => return Expect::Nothing,
            1 if !absent.is_empty() => return shown(one(dice.pick(&absent).as_str()), None, None),
            2 if !account.answer.is_empty() => {
                let hit = dice.pick(&account.answer);
                let other = dice.pick(channels);
                if *other != hit.channel {
                    return shown(one(&hit.action), None, Some(other));
                }
            }
            3 if !account.answer.is_empty() => {
                let hit = dice.pick(&account.answer);
                return shown(one(&hit.action), Some("xx"), None);
            }
            4 if shown_here.len() > 1 => {
                let mut turned = shown_here.clone();
                turned.rotate_left(1);
                return shown(Entries::Many(tree::names(&turned)), None, None);
            }
            _ => {
                let stages = [Stage::Dates, Stage::Who, Stage::Never, Stage::Consent];
                let (action, stage) = (dice.pick(actions), *dice.pick(&stages));
                if !is_blocked(account, action, stage, None) {
                    let (action, reason) = (Some(word(action)), word(stage.word()));
                    return Expect::Blocked { action, reason, name: None };
                }
            }
        }
    }
    // Nobody is shown an action twice in one answer.
    let twice = vec![actions[0].as_str(); 2];
    shown(Entries::Many(tree::names(&twice)), None, None)
}

/// Runs the stories of a world by the engine's own runner.
pub(crate) fn check(
    world: &World,
    rules: &Rules<'_>,
    measure: &mut Measure,
) -> Result<(), Trouble> {
    if world.stories.is_empty() {
        return Ok(());
    }
    let dice = &mut Dice::new(world.requests.len() as u64);
    let (actions, channels) = (rules.names("action"), rules.names("channel"));
    let (mut definitions, mut questions) = (Vec::new(), Vec::new());
    for (number, story) in world.stories.iter().enumerate() {
        let accounts = rules.story(story);
        for it in &accounts {
            match it {
                Told::Asked(account) => measure.step(account),
                Told::Sent(why) => measure.sent(why),
            }
        }
        let good = accounts.iter().map(|it| match it {
            Told::Asked(account) => holds(dice, account),
            Told::Sent(why) => of_a_send(dice, why, true),
        });
        let good: Vec<Expect> = good.collect();
        let bad = accounts.iter().map(|it| match it {
            Told::Asked(account) => fails(dice, account, &actions, &channels),
            Told::Sent(why) => of_a_send(dice, why, false),
        });
        let bad: Vec<Expect> = bad.collect();
        definitions.push(told(story, &format!("good {number}"), &good));
        definitions.push(told(story, &format!("bad {number}"), &bad));
        questions.push(accounts.len());
    }
    let file = File { definitions, end_comments: Vec::new() };
    let files = [("stories.journey".to_owned(), file)];
    measure.trees(&files);
    let sources: Vec<Source> =
        compare::sources(&world.files).into_iter().chain(compare::sources(&files)).collect();
    let checked = onward::check(&sources, &Context::default());
    let Some(checked) = checked.rules else {
        return Err(compare::refused(&checked.diagnostics, &sources));
    };
    for result in onward::scenario::run(&checked) {
        let (kind, number) = result.name.split_once(' ').unwrap();
        let number: usize = number.parse().unwrap();
        let wanted = if kind == "good" { 0 } else { questions[number] };
        if result.failures.len() != wanted {
            let (failures, text) = (&result.failures, sources.last().unwrap().text());
            let found = failures.len();
            let why = format!("story: {}: {found} steps fail, not {wanted}", result.name);
            return Err(Trouble::Differs(format!("{why}\n{failures:#?}\n{text}")));
        }
    }
    Ok(())
}
