//! Random limits, repeats, budgets and pauses, that the checker accepts.
//!
//! Windows and numbers come from small pools, so that caps are met, and met exactly at their edges, by what people
//! draw from the same pools.

use onward::syntax::ast::{
    Cap, CapOn, CapPer, CapShare, Counted, Definition, Duration, Entries, Item, LiteralKind, Pause,
    Reach, Shape, Span, Unit, Value,
};

use super::tree::{self, Dice, definition, field, word};
use super::world::Facts;

/// Outcomes that are drawn; more would meet each other less often.
pub(crate) const OUTCOMES: [&str; 3] = ["rejected", "dismissed", "clicked"];

fn length(dice: &mut Dice) -> Duration {
    let (count, unit) = *dice.pick(&[
        (1, Unit::Day),
        (24, Unit::Hour),
        (2, Unit::Day),
        (30, Unit::Day),
        (4, Unit::Week),
        (90, Unit::Minute),
    ]);
    tree::duration(count, false, unit)
}

fn calendar(dice: &mut Dice) -> CapPer {
    let units = [Unit::Day, Unit::Day, Unit::Week, Unit::Month, Unit::Quarter, Unit::Year];
    CapPer::Calendar(*dice.pick(&units))
}

/// A cap on some of these channels, or on all.
fn cap(dice: &mut Dice, channels: &[&str]) -> Cap {
    let most = tree::literal(LiteralKind::Number, dice.between(1, 3).to_string());
    let counted = match dice.below(6) {
        0 => Some(Counted::Sent),
        1 | 2 => Some(Counted::Shown),
        _ => None,
    };
    let per = match dice.below(10) {
        0 => CapPer::Total,
        1..=3 => calendar(dice),
        _ => CapPer::Duration(length(dice)),
    };
    let on = (!channels.is_empty() && dice.percent(60)).then(|| {
        let named = dice.some(channels, 1, 3);
        match named.as_slice() {
            [one] => CapOn { channels: Entries::One(tree::atom(one)), share: None },
            several => {
                let together = dice.percent(50);
                let share = if together { CapShare::Together } else { CapShare::Each };
                CapOn { channels: Entries::Many(tree::names(several)), share: Some(share) }
            }
        }
    });
    Cap { most, counted, per, on, span: Span::default() }
}

fn pause(dice: &mut Dice) -> Item {
    let count = tree::literal(LiteralKind::Number, dice.between(1, 2).to_string());
    let outcome = word(&dice.word(&OUTCOMES));
    let reach = Reach { next: false, duration: length(dice) };
    let pause = length(dice);
    tree::item(Shape::Pause(Box::new(Pause { count, outcome, reach, pause })))
}

/// What an action may say of itself, given the channels it has messages on.
pub(crate) fn own(dice: &mut Dice, channels: &[&str], items: &mut Vec<Item>) -> bool {
    let before = items.len();
    if dice.percent(18) {
        items.push(field("repeat", Value::Cap(Box::new(cap(dice, channels)))));
    }
    if dice.percent(10) {
        let most = tree::literal(LiteralKind::Number, dice.between(1, 3).to_string());
        let per = if dice.percent(50) { CapPer::Total } else { calendar(dice) };
        let cap = Cap { most, counted: None, per, on: None, span: Span::default() };
        items.push(field("budget", Value::Cap(Box::new(cap))));
    }
    if dice.percent(8) {
        items.push(pause(dice));
    }
    items.len() > before
}

/// No, one or two blocks of limits.
pub(crate) fn limits(dice: &mut Dice, facts: &Facts, all: &mut Vec<Definition>) {
    for name in ["pressure", "แรงกดดัน"].into_iter().take([0, 1, 1, 2][dice.below(4)])
    {
        let mut items = Vec::new();
        let mut usable: Vec<&str> = facts.channels.clone();
        if dice.percent(60) {
            let named = dice.some(&facts.purposes, 1, 2);
            let uses = |channel: &&str| {
                named.iter().any(|it| it.needed.contains(channel) || it.free.contains(channel))
            };
            usable.retain(uses);
            let names: Vec<&str> = named.iter().map(|it| it.name).collect();
            items.push(several("purpose", &names));
        } else {
            let uses = |channel: &&str| {
                let mut all = facts.purposes.iter();
                all.any(|it| it.needed.contains(channel) || it.free.contains(channel))
            };
            usable.retain(uses);
        }
        if !facts.actions.is_empty() && dice.percent(25) {
            let named = dice.some(&facts.actions, 1, 3);
            usable.retain(|channel| named.iter().any(|it| it.channels.contains(channel)));
            let names: Vec<&str> = named.iter().map(|it| it.name.as_str()).collect();
            items.push(several("action", &names));
        }
        for _ in 0..dice.between(1, 3) {
            items.push(tree::item(Shape::Cap(Box::new(cap(dice, &usable)))));
        }
        if dice.percent(25) {
            items.push(pause(dice));
        }
        dice.shuffle(&mut items);
        all.push(definition("limits", Some(name), items));
    }
}

/// `purpose: marketing`, `action: [a, b]`
fn several(key: &str, names: &[&str]) -> Item {
    match names {
        [one] => tree::says(key, one),
        several => field(key, Value::List(tree::names(several))),
    }
}
