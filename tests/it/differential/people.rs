//! Random customers and questions for a workspace, with values on and beside the edges of its rules.

use onward::value::{Timestamp, Value, Zone};
use onward::{Customer, Request};

use super::conditions;
use super::tree::Dice;
use super::world::{self, Attr, Facts, Need, Ty, ZONES};

const DAY: i64 = 86_400_000_000;

/// `customers` customers in one to three records each, and one to two questions for each of them.
pub(crate) fn people(
    dice: &mut Dice,
    facts: &Facts,
    customers: usize,
) -> (Vec<Customer>, Vec<Request>) {
    let (mut records, mut requests) = (Vec::new(), Vec::new());
    for number in 0..customers {
        let id = format!("c{number}");
        let moments: Vec<i64> = (0..2).map(|_| moment(dice, facts)).collect();
        let generous = dice.percent(75);
        for _ in 0..[1, 1, 1, 2, 3][dice.below(5)] {
            records.push(record(dice, facts, &id, moments[0], generous));
        }
        for at in moments.into_iter().take(dice.between(1, 2)) {
            requests.push(request(dice, facts, &id, at));
        }
    }
    if dice.percent(10) {
        let at = moment(dice, facts);
        requests.push(request(dice, facts, "nobody", at));
        if let Some(placement) = facts.placements.first() {
            let mut anonymous = Request::anonymous(placement).at(Timestamp::from_micros(at));
            anonymous = with_attributes(dice, facts, anonymous, at);
            requests.push(anonymous);
        }
    }
    dice.shuffle(&mut records);
    (records, requests)
}

/// An instant: often a midnight or the start or end of send-hours, or next to it.
fn moment(dice: &mut Dice, facts: &Facts) -> i64 {
    let zone = Zone::named(&dice.word(&ZONES)).unwrap();
    let date = onward::value::Date::from_days(i32::try_from(facts.base).unwrap());
    let date = date.plus_days([-31, -1, 0, 0, 0, 1, 1, 30][dice.below(8)]);
    let minute = *dice.pick(&[0, 1, 539, 540, 600, 719, 720, 840, 1199, 1200, 1439, 90, 150, 180]);
    let at = zone.instant(onward::value::Day { date, minute }).micros();
    at + [0, 0, 0, -1, 1, 59_999_999][dice.below(6)]
}

fn record(dice: &mut Dice, facts: &Facts, id: &str, at: i64, generous: bool) -> Customer {
    let mut it = Customer::new(id).updated(Timestamp::from_millis(dice.below(4) as i64 * 1000));
    for attr in facts.attrs.iter().filter(|attr| !attr.request) {
        let often = match attr.need {
            Need::Required => 94,
            _ if attr.name == "timezone" => 85,
            // Half the lines that ask for it cannot be decided.
            _ => 40,
        };
        if !dice.percent(often) {
            continue;
        }
        let mut names = vec![&attr.name];
        names.extend(&attr.was);
        let two = if dice.percent(15) { 2 } else { 1 };
        // Mostly under one of its names; at times under two, of which its own must win.
        for name in dice.some(&names, 1, two) {
            let value = if dice.percent(4) { Value::Null } else { arrived(dice, facts, attr, at) };
            it = it.set(name, value);
        }
    }
    if dice.percent(5) {
        it = it.set("undeclared", "x");
    }
    for channel in &facts.channels {
        for purpose in &facts.purposes {
            let often = if generous { 85 } else { 20 };
            if dice.percent(often) {
                it = it.grant(*channel, purpose.name);
            } else if dice.percent(30) {
                it = it.withdraw(*channel, purpose.name);
            }
        }
    }
    for act in &facts.actions {
        let name = match &act.was {
            Some(was) if dice.percent(50) => was,
            _ => &act.name,
        };
        let times = if facts.large { [0, 0, 0, 0, 1] } else { [0, 0, 1, 1, 2] };
        for _ in 0..times[dice.below(5)] {
            let when = at - [0, DAY, DAY, 2 * DAY, 30 * DAY, -DAY][dice.below(6)];
            it = it.shown(name, dice.word(&facts.channels), Timestamp::from_micros(when));
        }
    }
    it
}

/// A raw value as the host would hand it over.
fn arrived(dice: &mut Dice, facts: &Facts, attr: &Attr, at: i64) -> Value {
    match &attr.ty {
        _ if attr.name == "timezone" => Value::Text(dice.word(&ZONES)),
        _ if attr.name == "language" => {
            let tags = ["en", "fr", "fr-CA", "FR-ca", "th", "it", "it-CH", "fr-CH", "de", "en-GB"];
            let own = !facts.languages.is_empty() && dice.percent(60);
            Value::Text(if own { dice.word(&facts.languages) } else { dice.word(&tags) })
        }
        Ty::YesNo => match dice.below(4) {
            0 => Value::Text("yes".to_owned()),
            _ => Value::YesNo(dice.percent(50)),
        },
        Ty::Number(_) => Value::Number(conditions::number(dice, &attr.ty)),
        Ty::Percent(high) => Value::Text(conditions::percent(dice, *high)),
        Ty::Money(range) => {
            Value::Text(world::money(facts.currency, conditions::minor(dice, *range)))
        }
        Ty::OneOf(words) => Value::Text(dice.pick(words).clone()),
        Ty::SomeOf(words) => Value::List(dice.some(words, 0, 3)),
        Ty::Text => Value::Text(dice.word(&conditions::TEXTS)),
        Ty::Code => Value::Text(dice.word(&conditions::CODES)),
        Ty::Date => Value::Text(world::day_text(conditions::day(dice, facts))),
        Ty::Time => Value::Text(Timestamp::from_micros(instant(dice, facts, at)).to_string()),
    }
}

/// An instant at the end of a rolling window seen from `at`, or at a local midnight, or next to it.
fn instant(dice: &mut Dice, facts: &Facts, at: i64) -> i64 {
    let minute = 60_000_000;
    let edge = if dice.percent(50) {
        let lengths = [
            0,
            minute,
            24 * minute,
            90 * minute,
            60 * minute,
            DAY,
            2 * DAY,
            7 * DAY,
            14 * DAY,
            30 * DAY,
            31 * DAY,
        ];
        let length = *dice.pick(&lengths);
        if dice.percent(50) { at - length } else { at + length }
    } else {
        let zone = Zone::named(&dice.word(&ZONES)).unwrap();
        let day = i32::try_from(conditions::day(dice, facts)).unwrap();
        let date = onward::value::Date::from_days(day);
        zone.instant(onward::value::Day { date, minute: 0 }).micros()
    };
    edge + [0, 0, -1, 1][dice.below(4)]
}

fn request(dice: &mut Dice, facts: &Facts, id: &str, at: i64) -> Request {
    let placement = dice.pick(&facts.placements).as_str();
    let it = Request::new(id, placement).at(Timestamp::from_micros(at)).seed(dice.below(9) as u64);
    let it = if dice.percent(10) { it.decision_id("d") } else { it };
    let mut it = with_attributes(dice, facts, it, at);
    for act in &facts.actions {
        if dice.percent(4) {
            it = it.exclude(&act.name);
        }
    }
    it
}

fn with_attributes(dice: &mut Dice, facts: &Facts, mut it: Request, at: i64) -> Request {
    for attr in facts.attrs.iter().filter(|attr| attr.request) {
        if attr.need == Need::Required || dice.percent(60) {
            it = it.attribute(&attr.name, arrived(dice, facts, attr, at));
        }
    }
    it
}
