//! Calendars, zones and clocks under promises.

use onward::check::rules::{CalendarUnit, CapPer};
use onward::{Customer, Request};

use super::limits::{DAY, HOUR, cap, four, limits, plus, rolling};
use super::{Shop, at, noon};

fn one_per(unit: CalendarUnit) -> Shop {
    four(1, |rules| {
        rules.limits = vec![limits("unit", vec![cap(1, CapPer::Calendar(unit))])];
    })
    .with(Customer::new("paris").set("timezone", "Europe/Paris"))
    .with(Customer::new("york").set("timezone", "America/New_York"))
}

/// Sent at one instant, refused at the second, and let through at the third.
fn edges(unit: CalendarUnit, customer: &str, [sent, refused, free]: [&str; 3]) {
    let shop = one_per(unit);
    assert_eq!(shop.send(customer, "1", at(sent)), "a");
    assert_eq!(shop.mail(customer, at(refused)), "", "{unit:?} {customer} {refused}");
    assert_eq!(shop.mail(customer, at(free)), "a:email", "{unit:?} {customer} {free}");
    let until = format!("limits unit until {free} line 40");
    assert_eq!(shop.refused(customer, "a", at(refused)), [until]);
}

#[test]
fn calendar_days_are_the_customers() {
    edges(
        CalendarUnit::Day,
        "paris",
        ["2026-09-07T22:00:00Z", "2026-09-08T21:59:59Z", "2026-09-08T22:00:00Z"],
    );
    edges(
        CalendarUnit::Day,
        "york",
        ["2026-09-08T04:00:00Z", "2026-09-09T03:59:59Z", "2026-09-09T04:00:00Z"],
    );
    // Nobody knows where this one is: Paris, as the workspace.
    edges(
        CalendarUnit::Day,
        "lost",
        ["2026-09-07T22:00:00Z", "2026-09-08T21:59:59Z", "2026-09-08T22:00:00Z"],
    );
}

#[test]
fn a_calendar_week_begins_on_monday() {
    // Sunday 13 September 2026 is the last day of its week.
    edges(
        CalendarUnit::Week,
        "paris",
        ["2026-09-06T22:00:00Z", "2026-09-13T21:59:59Z", "2026-09-13T22:00:00Z"],
    );
    let shop = one_per(CalendarUnit::Week);
    assert_eq!(shop.send("paris", "1", at("2026-09-12T10:00:00Z")), "a");
    assert_eq!(shop.mail("paris", at("2026-09-13T10:00:00Z")), "");
}

#[test]
fn calendar_days_of_23_and_25_hours_are_one_day() {
    // Paris: 29 March 2026 has 23 hours, 25 October 25; New York: 8 March 23, 1 November 25.
    edges(
        CalendarUnit::Day,
        "paris",
        ["2026-03-28T23:00:00Z", "2026-03-29T21:59:59Z", "2026-03-29T22:00:00Z"],
    );
    edges(
        CalendarUnit::Day,
        "paris",
        ["2026-10-24T22:00:00Z", "2026-10-25T22:59:59Z", "2026-10-25T23:00:00Z"],
    );
    edges(
        CalendarUnit::Day,
        "york",
        ["2026-03-08T05:00:00Z", "2026-03-09T03:59:59Z", "2026-03-09T04:00:00Z"],
    );
    edges(
        CalendarUnit::Day,
        "york",
        ["2026-11-01T04:00:00Z", "2026-11-02T04:59:59Z", "2026-11-02T05:00:00Z"],
    );
}

#[test]
fn months_quarters_and_years_end_with_their_last_day() {
    edges(
        CalendarUnit::Month,
        "paris",
        ["2026-02-28T22:59:59Z", "2026-02-28T22:59:59Z", "2026-02-28T23:00:00Z"],
    );
    edges(
        CalendarUnit::Quarter,
        "york",
        ["2026-07-01T04:00:00Z", "2026-10-01T03:59:59Z", "2026-10-01T04:00:00Z"],
    );
    edges(
        CalendarUnit::Year,
        "paris",
        ["2025-12-31T23:00:00Z", "2026-12-31T22:59:59Z", "2026-12-31T23:00:00Z"],
    );
}

#[test]
fn a_clock_that_goes_back_opens_nothing() {
    let shop = four(1, |rules| rules.limits = vec![limits("day", vec![cap(1, rolling(1))])]);
    assert_eq!(shop.send("c", "1", noon()), "a");
    for back in [HOUR, DAY, 400 * DAY] {
        assert_eq!(shop.mail("c", plus(noon(), -back)), "", "{back}");
        assert!(shop.reserve("c", &back.to_string(), plus(noon(), -back)).is_empty());
    }
    assert_eq!(shop.engine.stats().clock_behind, 3);
    // A leap is believed, and what is sent after it counts from there.
    let leap = plus(noon(), 365 * DAY);
    assert_eq!(shop.send("c", "2", leap), "a");
    assert!(shop.reserve("c", "3", plus(noon(), 2 * DAY)).is_empty());
    assert_eq!(shop.refused("c", "a", noon()), ["limits day until 2027-09-09T10:00:00Z line 40"]);
    assert_eq!(shop.mail("c", plus(leap, DAY)), "a:email");
    // What is sent by a clock that went back counts where the customer's time stood.
    let shop = four(1, |rules| rules.limits = vec![limits("day", vec![cap(2, rolling(1))])]);
    assert_eq!(shop.send("c", "1", noon()), "a");
    assert_eq!(shop.send("c", "2", plus(noon(), -2 * DAY)), "a");
    assert_eq!(shop.mail("c", plus(noon(), HOUR)), "");
    // Imports move no clock, and conditions stay at the moment.
    shop.engine.put(&Customer::new("d").shown("a", "web", leap)).unwrap();
    let permit = shop.engine.reserve(&Request::new("d", "mail").at(noon()), "1", HOUR).unwrap();
    assert_eq!(permit.taken_at(), noon());
}
