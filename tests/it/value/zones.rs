//! What is kept of a zone's clocks never differs from what the calendar says.

use jiff::tz::TimeZone;
use onward::value::{Date, Day, Timestamp, Zone};

const MINUTE: i64 = 60_000_000;

/// What jiff says, without anything kept.
fn plainly(zone: &TimeZone, at: i64) -> Day {
    let clock = zone.to_datetime(jiff::Timestamp::from_microsecond(at).unwrap());
    let minute =
        u16::from(clock.hour().unsigned_abs()) * 60 + u16::from(clock.minute().unsigned_abs());
    Day { date: Date::parse(&clock.date().to_string()).unwrap(), minute }
}

/// Zones whose clocks move at midnight, across it, by half an hour, by a day, or never.
const ODD: [&str; 9] = [
    "UTC",
    "Europe/Paris",
    "America/Sao_Paulo",
    "America/Havana",
    "America/Asuncion",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Asia/Kathmandu",
    "Africa/Casablanca",
];

#[test]
fn clocks_and_midnights_are_those_of_the_calendar_whatever_was_asked_before() {
    let mut asked = 0;
    for name in ODD {
        let (zone, bare) = (Zone::named(name).unwrap(), TimeZone::get(name).unwrap());
        let start = jiff::Timestamp::from_second(1_262_300_000).unwrap();
        let moves = bare.following(start).take(30).map(|one| one.timestamp().as_microsecond());
        for moved in moves.chain([1_788_948_000_000_000]) {
            // Two days about it, forth and back, so that each day is asked about first from either side; then months.
            let steps = (-170..170_i64).chain((-170..170).rev()).chain((-90..90).map(|n| n * 85));
            let near = steps.map(|step| moved + step * 17 * MINUTE);
            for at in near.chain([moved - 1, moved, moved + 1]) {
                let day = Timestamp::from_micros(at).on_clock(&zone);
                assert_eq!(day, plainly(&bare, at), "{name} {at}");
                let midnight = Day { date: day.date, minute: 0 };
                let anew = Zone::named(name).unwrap().instant(midnight);
                assert_eq!(zone.instant(midnight), anew, "{name} {at}");
                asked += 1;
            }
        }
    }
    assert!(asked > 100_000, "{asked}");
}

#[test]
fn midnights_sixteen_days_apart_are_not_taken_for_each_other() {
    let zone = Zone::named("Europe/Paris").unwrap();
    let midnight = |day| zone.instant(Day { date: Date::parse(day).unwrap(), minute: 0 });
    let (summer, winter) = (midnight("2026-10-20"), midnight("2026-11-05"));
    assert_eq!(winter.micros() - summer.micros(), (16 * 24 + 1) * 60 * MINUTE);
    assert_eq!(midnight("2026-10-20"), summer);
}

#[test]
fn instants_beyond_the_calendar_show_its_ends() {
    let zone = Zone::named("Europe/Paris").unwrap();
    for _ in 0..2 {
        assert_eq!(Timestamp::from_micros(i64::MAX).on_clock(&zone).date.year(), 9999);
        assert_eq!(Timestamp::from_micros(i64::MIN).on_clock(&zone).date.year(), -9999);
    }
}
