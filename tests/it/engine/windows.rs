//! SEMANTICS F and D1: spans of time on dates and instants, in the customer's zone, over clock changes.

use onward::Customer;

use super::{Shop, at};

/// Whether a value passes at a moment, for a customer in a zone.
fn check(kind: &str, line: &str, zone: &str, cases: &[(&str, &str, bool)]) {
    let shop = Shop::who(&format!("x: optional {kind}"), line);
    for (moment, value, wanted) in cases {
        let customer = Customer::new("c").set("x", *value).set("timezone", zone);
        shop.engine.put(&customer).expect("a good value");
        let got = !shop.home("c", at(moment)).is_empty();
        assert_eq!(got, *wanted, "{line} with {value} at {moment} in {zone}");
    }
}

const PARIS: &str = "Europe/Paris";

#[test]
fn the_last_days_are_today_and_those_before() {
    let now = "2026-09-08T10:00:00Z";
    let cases = [
        (now, "2026-09-04", false),
        (now, "2026-09-05", true),
        (now, "2026-09-08", true),
        (now, "2026-09-09", false),
    ];
    check("date", "x in the last 3 days", PARIS, &cases);
}

#[test]
fn the_next_days_are_today_and_those_after() {
    let now = "2026-09-08T10:00:00Z";
    let cases = [
        (now, "2026-09-07", false),
        (now, "2026-09-08", true),
        (now, "2026-09-22", true),
        (now, "2026-09-23", false),
    ];
    check("date", "x in the next 2 weeks", PARIS, &cases);
}

#[test]
fn today_is_the_customers_day() {
    // 22:30 in London is the next day in Bangkok.
    let late = "2026-09-08T22:30:00Z";
    check("date", "x in the last 1 calendar day", "Asia/Bangkok", &[(late, "2026-09-09", true)]);
    check("date", "x in the last 1 calendar day", "Europe/London", &[(late, "2026-09-09", false)]);
}

#[test]
fn calendar_months_of_dates_begin_on_the_first() {
    let now = "2026-03-31T10:00:00Z";
    let cases = [
        (now, "2026-01-31", false),
        (now, "2026-02-01", true),
        (now, "2026-03-31", true),
        (now, "2026-04-01", false),
    ];
    check("date", "x in the last 2 calendar months", PARIS, &cases);
    let cases = [
        (now, "2026-03-30", false),
        (now, "2026-03-31", true),
        (now, "2026-04-30", true),
        (now, "2026-05-01", false),
    ];
    check("date", "x in the next 2 calendar months", PARIS, &cases);
}

#[test]
fn calendar_weeks_begin_on_monday_and_quarters_and_years_on_their_first_day() {
    // A Sunday.
    let now = "2026-09-13T10:00:00Z";
    let cases = [(now, "2026-09-06", false), (now, "2026-09-07", true)];
    check("date", "x in the last 1 calendar week", PARIS, &cases);
    let cases = [(now, "2026-06-30", false), (now, "2026-07-01", true)];
    check("date", "x in the last 1 calendar quarter", PARIS, &cases);
    let cases = [(now, "2024-12-31", false), (now, "2025-01-01", true)];
    check("date", "x in the last 2 calendar years", PARIS, &cases);
}

#[test]
fn a_rolling_window_leaves_its_older_end_out_and_takes_now_in() {
    let now = "2026-09-08T10:00:00Z";
    let cases = [
        (now, "2026-09-05T10:00:00Z", false),
        (now, "2026-09-05T10:00:00.000001Z", true),
        (now, "2026-09-08T10:00:00Z", true),
        (now, "2026-09-08T10:00:00.000001Z", false),
    ];
    check("time", "x in the last 3 days", PARIS, &cases);
}

#[test]
fn a_rolling_window_ahead_takes_now_in_and_leaves_its_later_end_out() {
    let now = "2026-09-08T10:00:00Z";
    let cases = [
        (now, "2026-09-08T09:59:59.999999Z", false),
        (now, "2026-09-08T10:00:00Z", true),
        (now, "2026-09-09T09:59:59.999999Z", true),
        (now, "2026-09-09T10:00:00Z", false),
    ];
    check("time", "x in the next 24 hours", PARIS, &cases);
}

#[test]
fn a_rolling_day_has_24_hours_when_clocks_change() {
    // Clocks went forward at 01:00Z.
    let now = "2026-03-29T10:00:00Z";
    let cases = [(now, "2026-03-28T10:00:00Z", false), (now, "2026-03-28T10:00:01Z", true)];
    check("time", "x in the last 1 day", PARIS, &cases);
}

#[test]
fn a_calendar_day_begins_at_the_customers_midnight() {
    // Midnight in Paris is 22:00Z the day before, in summer.
    let now = "2026-09-08T10:00:00Z";
    let cases = [(now, "2026-09-07T21:59:59Z", false), (now, "2026-09-07T22:00:00Z", true)];
    check("time", "x in the last 1 calendar day", PARIS, &cases);
    // A day of 25 hours ends 25 hours after it began.
    let now = "2026-10-25T10:00:00Z";
    let cases = [(now, "2026-10-25T22:59:59Z", true), (now, "2026-10-25T23:00:00Z", false)];
    check("time", "x in the next 1 calendar day", PARIS, &cases);
}

#[test]
fn a_midnight_that_clocks_skip_moves_forward() {
    // Clocks in Beirut went from 00:00 to 01:00 on 2026-03-29, which was 22:00Z the day before.
    let now = "2026-03-29T10:00:00Z";
    let cases = [(now, "2026-03-28T21:59:59Z", false), (now, "2026-03-28T22:00:00Z", true)];
    check("time", "x in the last 1 calendar day", "Asia/Beirut", &cases);
}

#[test]
fn not_in_a_window_is_its_other_side_where_known() {
    let now = "2026-09-08T10:00:00Z";
    let line = "x not in the last 3 days (if_unknown: no)";
    check("date", line, PARIS, &[(now, "2026-09-04", true), (now, "2026-09-05", false)]);
}

#[test]
fn an_unknown_zone_counts_days_by_the_workspaces() {
    let shop = Shop::who("x: optional date", "x in the last 1 calendar day")
        .with(Customer::new("c").set("x", "2026-09-09"));
    // 22:30Z is the ninth in Paris.
    assert_eq!(shop.home("c", at("2026-09-08T22:30:00Z")), "a");
    assert_eq!(shop.home("c", at("2026-09-08T21:30:00Z")), "");
    let question = onward::Request::new("c", "home").at(at("2026-09-08T22:30:00Z"));
    let notes = shop.engine.explain(&question).unwrap().notes;
    assert!(notes.iter().any(|note| note.contains("Europe/Paris")), "{notes:?}");
}

#[test]
fn a_default_date_is_seen_from_the_moment() {
    let shop = Shop::who("x: date default 2026-09-05", "x in the last 3 days");
    assert_eq!(shop.home("c", at("2026-09-08T10:00:00Z")), "a");
    assert_eq!(shop.home("c", at("2026-09-09T10:00:00Z")), "");
}
