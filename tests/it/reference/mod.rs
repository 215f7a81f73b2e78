//! The slow and plain meaning of the language, to hold the engine against.
//!
//! In: syntax trees, a customer's records, a request. Out: the whole [`Account`] of the decision. It walks the
//! tree anew for every question, with its own names, types, literals, calendar and three-valued logic, and
//! shares no code with check, compile or engine, so that a mistake there is not made here as well.

mod calendar;
mod decide;
mod events;
mod journey_parts;
mod journeys;
mod literal;
mod logic;
mod names;
mod policy;
mod promise;
mod shown;
mod story;

pub(crate) use decide::{Account, Fate, Hit, Lines, Why};
pub(crate) use journeys::{Came, Crowd, Sent};
pub(crate) use logic::Said;
pub(crate) use names::{Person, Rules, text};
pub(crate) use policy::{Entry, Promises, Taken};
pub(crate) use shown::Factor;
pub(crate) use story::Told;

#[test]
fn the_calendar_by_hand_agrees_with_chrono() {
    use chrono::{Datelike, NaiveDate};
    for year in 1895..2105 {
        for month in 1..=12 {
            for day in [1, 2, 27, 28, 29, 30, 31] {
                let (y, m) = (i64::from(year), i64::from(month));
                let Some(date) = NaiveDate::from_ymd_opt(year, month, day) else { continue };
                let days = calendar::days_from_civil(y, m, i64::from(day));
                let epoch = NaiveDate::from_ymd_opt(1970, 1, 1).unwrap();
                assert_eq!(days, (date - epoch).num_days(), "{date}");
                assert_eq!(calendar::civil_from_days(days), (y, m, i64::from(day)), "{date}");
                let weekday = usize::try_from(date.weekday().num_days_from_monday()).unwrap();
                assert_eq!(calendar::weekday(days), weekday, "{date}");
            }
        }
    }
}

#[test]
fn a_percentage_is_the_nearest_float_of_its_decimal() {
    for (raw, fraction) in
        [("60%", 0.6), ("7%", 0.07), ("0.1%", 0.001), ("250%", 2.5), ("29%", 0.29)]
    {
        assert_eq!(literal::percent(raw).to_bits(), f64::to_bits(fraction), "{raw}");
    }
    assert_eq!(literal::money("EUR 12.5"), 1250);
    assert_eq!(literal::money("JPY 120"), 120);
    assert_eq!(literal::money("KWD -1.250"), -1250);
}

#[test]
fn a_skipped_time_moves_forward_and_a_repeated_one_is_its_first() {
    let paris = calendar::zone("Europe/Paris");
    let day = |text: &str| literal::date(text);
    let skipped = calendar::instant(day("2026-03-29"), 150, paris);
    assert_eq!(skipped, literal::instant("2026-03-29T01:30:00Z"));
    assert_eq!(calendar::local(skipped, paris), (day("2026-03-29"), 210));
    let repeated = calendar::instant(day("2026-10-25"), 150, paris);
    assert_eq!(repeated, literal::instant("2026-10-25T00:30:00Z"));
}
