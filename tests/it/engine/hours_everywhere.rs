//! Send-hours in every zone, each minute around each change of its clocks, by a second library of dates.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, Offset, Timelike};
use chrono_tz::{TZ_VARIANTS, Tz};
use onward::value::Timestamp;
use onward::{Answer, Customer, Engine, Request};

const HOUR: i64 = 3_600;
/// 2000-01-01 and 2038-01-01, in seconds.
const SPAN: (i64, i64) = (946_684_800, 2_145_916_800);

/// Where clocks change by half an hour, by two hours, at midnight, a minute after it, backwards in summer, for a
/// month of fasting, by a whole day; and where they stood still.
const ZONES: [&str; 20] = [
    "Africa/Cairo",
    "Africa/Casablanca",
    "America/Asuncion",
    "America/Caracas",
    "America/Havana",
    "America/New_York",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Antarctica/Troll",
    "Asia/Amman",
    "Asia/Kathmandu",
    "Asia/Pyongyang",
    "Asia/Tehran",
    "Australia/Lord_Howe",
    "Australia/Sydney",
    "Europe/Dublin",
    "Europe/Moscow",
    "Europe/Paris",
    "Pacific/Apia",
    "Pacific/Kiritimati",
];

/// From this year on the engine's release of the zones' database (2026f) knows some zones better than the second
/// library's, which is of the year before: among those above, these.
const NEWER: (i32, [&str; 2]) = (2026, ["Africa/Casablanca", "America/Havana"]);
/// And among all of them no more than so many.
const MOST_NEWER: usize = 20;

/// Per weekday from Monday: the first open minute, and the first that is not.
type Week = [Option<(u32, u32)>; 7];

const ALWAYS: fn(u32, u32) -> Week = |from, to| [Some((from, to)); 7];

/// As the rules say it, and as this test does. Their edges lie where clocks change.
fn hours() -> [(&'static str, Week); 5] {
    let weekend = [None, None, None, None, None, Some((1_320, 1_440)), Some((0, 60))];
    let mut monday = ALWAYS(180, 1_410);
    monday[0] = Some((0, 180));
    [
        ("monday to sunday: 02:00 to 03:00", ALWAYS(120, 180)),
        ("monday to sunday: 00:00 to 02:30", ALWAYS(0, 150)),
        ("monday to sunday: 01:30 to 24:00", ALWAYS(90, 1_440)),
        ("monday to friday: never, saturday: 22:00 to 24:00, sunday: 00:00 to 01:00", weekend),
        ("monday: 00:00 to 03:00, tuesday to sunday: 03:00 to 23:30", monday),
    ]
}

fn engine() -> Engine {
    let mut text = r#"
workspace shop { currency: EUR, timezone: "Europe/Paris", languages: [en], stages: [grow] }
team crm { folder: ".", central: yes, email: "crm@shop.example" }
purpose news { consent_free: [c0, c1, c2, c3, c4] }
ranking plain { score: propensity * value }
"#
    .to_owned();
    for (n, (said, _)) in hours().iter().enumerate() {
        text += &format!(
            "send_hours h{n} {{ {said} }}\nchannel c{n} {{ send_hours: h{n} }}\n\
             action a{n} {{ owner: crm, purpose: news, stage: grow, value: EUR 1, propensity: 5%\n\
             message c{n} {{ en {{ text: \"a\" }} }} }}\n\
             placement p{n} {{ channel: c{n}, show: 1, candidates: [a{n}], ranking: plain, fallback: nothing }}\n"
        );
    }
    Engine::new(&super::rules(&text))
}

fn there(zone: Tz, second: i64) -> DateTime<Tz> {
    DateTime::from_timestamp(second, 0).expect("an instant").with_timezone(&zone)
}

/// The instants, in seconds, at which clocks change.
fn changes(zone: Tz) -> Vec<i64> {
    let offset = |second: i64| there(zone, second).offset().fix().local_minus_utc();
    let mut found = Vec::new();
    let mut before = offset(SPAN.0);
    for hour in (SPAN.0 + HOUR..SPAN.1).step_by(3_600) {
        let now = offset(hour);
        if now != before {
            let first = (hour - HOUR + 1..=hour).find(|second| offset(*second) == now);
            found.push(first.expect("between the two"));
            before = now;
        }
    }
    found
}

/// How often a zone was asked, how often it was open, how many changes it has, and what was wrong, with the year.
fn asked(engine: &Engine, name: &str) -> (u64, u64, usize, Vec<(i32, String)>) {
    let zone: Tz = name.parse().expect("a zone");
    engine.put(&Customer::new(name).set("timezone", name)).expect("a zone that the engine knows");
    let week = hours();
    let mut answer = Answer::default();
    let mut requests: Vec<(Request, Request)> = (0..week.len())
        .map(|n| (Request::new(name, format!("p{n}")), Request::new("lost", format!("p{n}"))))
        .collect();
    let changes = changes(zone);
    let (mut times, mut open, mut wrong) = (0, 0, Vec::new());
    for change in &changes {
        for second in (change - 2 * HOUR..=change + 2 * HOUR).step_by(60) {
            let clock = there(zone, second);
            let minute = clock.hour() * 60 + clock.minute();
            let day = clock.weekday().num_days_from_monday() as usize;
            let at = Timestamp::from_micros(second * 1_000_000);
            for ((_, week), (known, lost)) in week.iter().zip(&mut requests) {
                let wanted = week[day].is_some_and(|(from, to)| (from..to).contains(&minute));
                *known = std::mem::replace(known, Request::anonymous("")).at(at);
                engine.decide_into(known, &mut answer).expect("a good question");
                times += 1;
                open += u64::from(wanted);
                if answer.is_empty() == wanted {
                    wrong.push((clock.year(), format!("{name} {at} ({clock}): {wanted}")));
                }
                if second % 3_600 == 0 {
                    *lost = std::mem::replace(lost, Request::anonymous("")).at(at);
                    engine.decide_into(lost, &mut answer).expect("a good question");
                    assert!(answer.is_empty(), "nobody knows the clock of `lost`, {at}");
                }
            }
        }
    }
    (times, open, changes.len(), wrong)
}

#[test]
fn send_hours_are_those_of_the_customers_clock_around_every_change() {
    let engine = engine();
    engine.put(&Customer::new("lost")).expect("a customer");
    let all = std::env::var("ONWARD_ZONES").is_ok_and(|it| it == "all");
    let zones: Vec<&str> =
        if all { TZ_VARIANTS.iter().map(|zone| zone.name()).collect() } else { ZONES.to_vec() };
    let (mut times, mut open, mut changes) = (0, 0, 0);
    let (mut wrong, mut newer) = (BTreeMap::new(), BTreeMap::new());
    for zone in &zones {
        let own = asked(&engine, zone);
        times += own.0;
        open += own.1;
        changes += own.2;
        for (year, what) in own.3 {
            let of = if year >= NEWER.0 { &mut newer } else { &mut wrong };
            of.entry(*zone).or_insert((what, 0)).1 += 1;
        }
    }
    println!("{} zones, {changes} changes, {times} questions, {open} open", zones.len());
    println!("where one library knows better: {newer:#?}");
    assert!(wrong.is_empty(), "{wrong:#?}");
    if all {
        assert!(newer.len() <= MOST_NEWER, "{}", newer.len());
    } else {
        assert!(newer.into_keys().eq(NEWER.1), "look at what is new in the zones' database");
    }
    assert!(changes > 800 && open * 10 > times && open < times);
}
