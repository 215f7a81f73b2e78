//! Questions about events (SEMANTICS C4, F1, F2; LANGUAGE 2): both sides of every edge, written before the code.

use onward::value::Timestamp;
use onward::{Customer, Event, Tracked};

use super::{HOME, Shop, at, noon, offer};

/// The events that the questions here are about.
const EVENTS: &str = r#"
product phone { }
product case { }
event purchase kept 800 days {
  amount: required money, product: required product, items: optional number, online: yes_no default no
  note: optional text, due: optional date
}
event opened kept 30 days { }
customer { vip: yes_no default no }
"#;

/// One action whose `who` is this.
fn shop(lines: &str) -> Shop {
    let action = offer("a", &format!("who {{\n{lines}\n}}"));
    Shop::new(&format!("{EVENTS}{action}{HOME}"))
}

/// A purchase of Lea's.
fn bought(shop: &Shop, time: &str, amount: &str, more: &[(&str, &str)]) {
    let product = more.iter().find(|(name, _)| *name == "product").map_or("phone", |(_, it)| it);
    let mut event = Event::new("lea", "purchase", at(time)).set("amount", amount);
    event = event.set("product", product);
    for (name, value) in more.iter().filter(|(name, _)| *name != "product") {
        event = event.set(*name, *value);
    }
    let told = shop.engine.track(&event, at(time));
    assert_eq!(told, Ok(Tracked::Kept), "{event:?}");
}

/// Whether Lea passes the line after these purchases, at a moment.
fn after(line: &str, moment: Timestamp, purchases: &[(&str, &str)]) -> bool {
    let shop = shop(line);
    for (time, amount) in purchases {
        bought(&shop, time, amount, &[]);
    }
    !shop.home("lea", moment).is_empty()
}

#[test]
fn a_rolling_window_excludes_its_older_end_and_includes_now() {
    let line = "count of purchase in the last 168 hours is 1";
    // Noon in Paris is 10:00 in UTC; 168 hours before is 1 September.
    for (time, wanted) in [
        ("2026-09-01T10:00:00Z", false),
        ("2026-09-01T10:00:00.000001Z", true),
        ("2026-09-08T10:00:00Z", true),
        ("2026-09-08T10:00:00.000001Z", false),
    ] {
        assert_eq!(after(line, noon(), &[(time, "EUR 1")]), wanted, "{time}");
    }
}

#[test]
fn a_week_is_168_hours_and_not_169() {
    let purchases = [("2026-09-01T09:30:00Z", "EUR 1"), ("2026-09-01T10:30:00Z", "EUR 1")];
    assert!(after("count of purchase in the last 1 week is 1", noon(), &purchases));
    assert!(after("count of purchase in the last 169 hours is 2", noon(), &purchases));
    assert!(!after("count of purchase in the last 168 hours is 2", noon(), &purchases));
}

#[test]
fn minutes_are_minutes() {
    let line = "count of purchase in the last 90 minutes >= 1";
    assert!(!after(line, noon(), &[("2026-09-08T08:30:00Z", "EUR 1")]));
    assert!(after(line, noon(), &[("2026-09-08T08:30:00.000001Z", "EUR 1")]));
}

#[test]
fn a_rolling_day_has_24_hours_when_clocks_change() {
    // Clocks go forward on 29 March 2026 at 01:00 UTC: the local day has 23 hours.
    let now = at("2026-03-29T12:00:00Z");
    let line = "count of purchase in the last 1 day >= 1";
    assert!(!after(line, now, &[("2026-03-28T12:00:00Z", "EUR 1")]));
    assert!(after(line, now, &[("2026-03-28T12:00:01Z", "EUR 1")]));
}

#[test]
fn calendar_days_begin_at_the_customers_midnight() {
    let line = "count of purchase in the last 2 calendar days >= 1";
    let zones = [
        // 7 September 00:00 in Paris is 22:00 the day before in UTC.
        ("Europe/Paris", "2026-09-06T21:59:59Z", false),
        ("Europe/Paris", "2026-09-06T22:00:00Z", true),
        ("Asia/Bangkok", "2026-09-06T16:59:59Z", false),
        ("Asia/Bangkok", "2026-09-06T17:00:00Z", true),
    ];
    for (zone, time, wanted) in zones {
        let shop = shop(line).with(Customer::new("lea").set("timezone", zone));
        bought(&shop, time, "EUR 1", &[]);
        assert_eq!(!shop.home("lea", noon()).is_empty(), wanted, "{zone} {time}");
    }
    // Nobody knows the zone: the workspace's, which is Paris.
    assert!(after(line, noon(), &[("2026-09-06T22:00:00Z", "EUR 1")]));
    assert!(!after(line, noon(), &[("2026-09-06T21:59:59Z", "EUR 1")]));
}

#[test]
fn calendar_weeks_begin_on_monday() {
    // 8 September 2026 is a Tuesday.
    let line = "count of purchase in the last 1 calendar week >= 1";
    assert!(!after(line, noon(), &[("2026-09-06T21:59:59Z", "EUR 1")]));
    assert!(after(line, noon(), &[("2026-09-06T22:00:00Z", "EUR 1")]));
}

#[test]
fn calendar_months_are_this_one_and_those_before() {
    let line = "count of purchase in the last 2 calendar months >= 1";
    assert!(!after(line, noon(), &[("2026-07-31T21:59:59Z", "EUR 1")]));
    assert!(after(line, noon(), &[("2026-07-31T22:00:00Z", "EUR 1")]));
    assert!(!after(line, noon(), &[("2026-09-08T10:00:01Z", "EUR 1")]));
}

#[test]
fn counts_and_totals_of_nothing_are_zero() {
    assert!(after("count of purchase in the last 30 days is 0", noon(), &[]));
    assert!(after("total of purchase.amount in the last 30 days is EUR 0", noon(), &[]));
    assert!(after("total of purchase.items in the last 30 days is 0", noon(), &[]));
    assert!(after("count of purchase ever is 0", noon(), &[]));
    assert!(!after("count of purchase in the last 30 days >= 1", noon(), &[]));
    // Neither does what is older count.
    let old = [("2026-01-01T00:00:00Z", "EUR 5")];
    assert!(after("total of purchase.amount in the last 30 days is EUR 0", noon(), &old));
}

#[test]
fn means_ends_and_days_of_nothing_are_unknown() {
    for question in [
        "average of purchase.amount in the last 30 days",
        "largest of purchase.amount in the last 30 days",
        "smallest of purchase.amount in the last 30 days",
        "days since last purchase",
        "first purchase.amount",
        "last purchase.amount",
    ] {
        assert!(after(&format!("{question} is unknown"), noon(), &[]), "{question}");
        assert!(!after(&format!("{question} is known"), noon(), &[]), "{question}");
        let now = [("2026-09-08T09:00:00Z", "EUR 5")];
        assert!(after(&format!("{question} is known"), noon(), &now), "{question}");
        let value = if question.starts_with("days") { "0" } else { "EUR 5" };
        let other = if question.starts_with("days") { "1" } else { "EUR 5.01" };
        assert!(after(&format!("{question} is {value}"), noon(), &now), "{question}");
        assert!(!after(&format!("{question} is {other}"), noon(), &now), "{question}");
        // Unknown never passes by accident, and a negative line says what it means.
        assert!(!after(&format!("{question} is {value}"), noon(), &[]), "{question}");
        let not = |answer| format!("{question} is not {other} (if_unknown: {answer})");
        assert!(after(&not("yes"), noon(), &[]), "{question}");
        assert!(!after(&not("no"), noon(), &[]), "{question}");
        assert!(after(&not("no"), noon(), &now), "{question}");
    }
}

#[test]
fn totals_of_money_are_exact() {
    let tenths: Vec<(String, &str)> =
        (0..10).map(|minute| (format!("2026-09-08T09:0{minute}:00Z"), "EUR 0.10")).collect();
    let tenths: Vec<(&str, &str)> = tenths.iter().map(|(time, it)| (&**time, *it)).collect();
    assert!(after("total of purchase.amount in the last 1 day is EUR 1.00", noon(), &tenths));
    assert!(!after("total of purchase.amount in the last 1 day is EUR 0.99", noon(), &tenths));
    let large = "EUR 90071992547409.93";
    let sum = [("2026-09-08T09:00:00Z", large), ("2026-09-08T09:01:00Z", "EUR 0.01")];
    let line = |sum: &str| format!("total of purchase.amount in the last 1 day >= {sum}");
    assert!(after(&line("EUR 90071992547409.94"), noon(), &sum));
    assert!(!after(&line("EUR 90071992547409.95"), noon(), &sum));
}

#[test]
fn a_total_beyond_what_can_be_counted_is_unknown() {
    let most = "EUR 92233720368547758.07";
    let once = [("2026-09-08T09:00:00Z", most)];
    let twice = [once[0], ("2026-09-08T09:01:00Z", "EUR 0.01")];
    let line = "total of purchase.amount in the last 1 day >= EUR 1";
    assert!(after(line, noon(), &once));
    assert!(!after(line, noon(), &twice));
}

#[test]
fn a_mean_is_not_rounded() {
    let purchases = [
        ("2026-09-08T08:00:00Z", "EUR 1.00"),
        ("2026-09-08T08:10:00Z", "EUR 1.00"),
        ("2026-09-08T08:20:00Z", "EUR 1.01"),
    ];
    let line = |end: &str| format!("average of purchase.amount in the last 1 day {end}");
    assert!(after(&line("> EUR 1.00"), noon(), &purchases));
    assert!(after(&line("< EUR 1.01"), noon(), &purchases));
    assert!(!after(&line("is EUR 1.00"), noon(), &purchases));
    assert!(after(&line("in EUR 1 to EUR 1.01"), noon(), &purchases));
    assert!(after(&line("is EUR 1.00"), noon(), &purchases[..2]));
}

#[test]
fn the_largest_and_the_smallest_lie_in_the_window() {
    let purchases = [
        ("2026-08-01T00:00:00Z", "EUR 99"),
        ("2026-09-07T00:00:00Z", "EUR 7"),
        ("2026-09-08T00:00:00Z", "EUR 3"),
    ];
    assert!(after("largest of purchase.amount in the last 7 days is EUR 7", noon(), &purchases));
    assert!(after("smallest of purchase.amount in the last 7 days is EUR 3", noon(), &purchases));
    assert!(after("largest of purchase.amount in the last 60 days is EUR 99", noon(), &purchases));
    assert!(!after("largest of purchase.amount in the last 7 days >= EUR 8", noon(), &purchases));
}

#[test]
fn numbers_that_an_event_did_not_bring_are_passed_over() {
    let shop = shop(
        "total of purchase.items in the last 1 day is 3\naverage of purchase.items in the last 1 day is 1.5",
    );
    bought(&shop, "2026-09-08T08:00:00Z", "EUR 1", &[("items", "1")]);
    bought(&shop, "2026-09-08T08:01:00Z", "EUR 1", &[("items", "2")]);
    assert!(shop.passes("lea"));
    bought(&shop, "2026-09-08T08:02:00Z", "EUR 1", &[]);
    assert!(shop.passes("lea"), "one without items changes neither");
    bought(&shop, "2026-09-08T08:03:00Z", "EUR 1", &[("items", "0")]);
    assert!(!shop.passes("lea"), "one with none changes the mean");
}

#[test]
fn days_since_last_are_the_customers_days() {
    // 23:30 and 00:30 in Paris are two days; so are they in no other zone here.
    let late = [("2026-09-07T21:30:00Z", "EUR 1")];
    let line = |days: u32| format!("days since last purchase is {days}");
    assert!(after(&line(1), at("2026-09-07T22:30:00Z"), &late));
    assert!(after(&line(0), at("2026-09-07T21:59:00Z"), &late));
    let shop = shop(&line(0)).with(Customer::new("lea").set("timezone", "UTC"));
    bought(&shop, late[0].0, "EUR 1", &[]);
    assert_eq!(shop.home("lea", at("2026-09-07T22:30:00Z")), "a");
    assert_eq!(shop.home("lea", at("2026-09-08T00:00:00Z")), "");
    // The last one counts, and none that is still to come.
    let two = [late[0], ("2026-09-08T11:00:00Z", "EUR 1")];
    assert!(after(&line(1), noon(), &two));
    assert!(after(&line(0), at("2026-09-08T11:00:00Z"), &two));
}

#[test]
fn the_first_and_the_last_give_their_own_value() {
    let with = |line: &str| {
        let shop = shop(line);
        bought(&shop, "2026-09-01T08:00:00Z", "EUR 1", &[("product", "phone")]);
        bought(&shop, "2026-09-02T08:00:00Z", "EUR 2", &[("product", "case"), ("note", "Straße")]);
        shop.passes("lea")
    };
    assert!(with("last purchase.product is case"));
    assert!(!with("last purchase.product is phone"));
    assert!(with("first purchase.product is phone"));
    assert!(with("last purchase.product in [case]"));
    assert!(with("last purchase.amount >= EUR 2"));
    assert!(!with("first purchase.amount >= EUR 2"));
    assert!(with("last purchase.note is \"STRASSE\""));
    assert!(with("first purchase.note is unknown"));
    assert!(with("last purchase.amount where { product is phone } is EUR 1"));
    // In a window, the first and last of that time.
    assert!(with("first purchase.amount in the last 7 days is EUR 2"));
    assert!(with("last purchase.amount in the last 7 days is EUR 2"));
    assert!(with("first purchase.amount in the last 5 days is unknown"));
}

#[test]
fn a_filter_lets_in_what_surely_fits() {
    let with = |line: &str| {
        let shop = shop(line);
        bought(&shop, "2026-09-08T08:00:00Z", "EUR 10", &[("product", "phone"), ("items", "2")]);
        bought(&shop, "2026-09-08T08:01:00Z", "EUR 20", &[("product", "case"), ("online", "yes")]);
        bought(&shop, "2026-09-08T08:02:00Z", "EUR 30", &[("product", "case"), ("items", "5")]);
        shop.passes("lea")
    };
    let count = |filter: &str, n: u32| {
        format!("count of purchase where {{ {filter} }} in the last 1 day is {n}")
    };
    assert!(with(&count("product is case", 2)));
    assert!(with(&count("product is not case", 1)));
    assert!(with(&count("amount in EUR 10 to EUR 20", 2)));
    assert!(with(&count("amount > EUR 10, product is case", 2)));
    assert!(with(&count("any { amount is EUR 10, online is yes }", 2)));
    assert!(with(&count("none { amount is EUR 10, online is yes }", 1)));
    assert!(with(&count("online is no", 2)), "a default is kept with its event");
    // Items are unknown in one of them: positive lines pass it over, negative ones say what they mean.
    assert!(with(&count("items >= 1", 2)));
    assert!(with(&count("items is unknown", 1)));
    assert!(with(&count("items is not 5 (if_unknown: yes)", 2)));
    assert!(with(&count("items is not 5 (if_unknown: no)", 1)));
    assert!(with("total of purchase.amount where { product is case } in the last 1 day is EUR 50"));
    assert!(!with(
        "total of purchase.amount where { product is case } in the last 1 day is EUR 60"
    ));
}

#[test]
fn a_date_in_a_filter_is_seen_from_the_moment() {
    let line = "count of purchase where { due in the next 3 days } in the last 30 days >= 1";
    let shop = shop(line);
    bought(&shop, "2026-09-01T08:00:00Z", "EUR 10", &[("due", "2026-09-11")]);
    assert_eq!(shop.home("lea", noon()), "a");
    assert_eq!(shop.home("lea", at("2026-09-07T10:00:00Z")), "");
    assert_eq!(shop.home("lea", at("2026-09-12T10:00:00Z")), "");
}

#[test]
fn a_late_event_counts_where_it_belongs() {
    let shop = shop("count of purchase in the last 7 days is 2");
    let last_purchase = ["2026-09-08T09:00:00Z", "2026-09-03T09:00:00Z", "2026-08-01T09:00:00Z"];
    for time in last_purchase {
        bought(&shop, time, "EUR 1", &[]);
    }
    assert!(shop.passes("lea"));
    assert_eq!(shop.home("lea", at("2026-09-08T08:59:59Z")), "", "as it was before the last one");
    bought(&shop, "2026-09-02T09:00:00Z", "EUR 1", &[]);
    assert!(!shop.passes("lea"));
}

#[test]
fn events_of_others_and_of_other_kinds_do_not_count() {
    let shop = shop("count of purchase in the last 7 days >= 1");
    let now = noon();
    shop.engine
        .track(
            &Event::new("ben", "purchase", now).set("amount", "EUR 1").set("product", "case"),
            now,
        )
        .unwrap();
    shop.engine.track(&Event::new("lea", "opened", now), now).unwrap();
    assert!(!shop.passes("lea"));
    assert!(shop.passes("ben"));
}

#[test]
fn segments_and_never_ask_about_events_too() {
    let text = format!(
        "{EVENTS}segment regulars {{ count of purchase in the last 30 days >= 2 }}\n{}{}{HOME}",
        offer("gift", "who { in segment regulars }"),
        offer("hello", "never { count of purchase in the last 30 days >= 1 }"),
    );
    let shop = Shop::new(&text);
    assert_eq!(shop.home("lea", noon()), "hello");
    bought(&shop, "2026-09-07T08:00:00Z", "EUR 1", &[]);
    assert_eq!(shop.home("lea", noon()), "");
    bought(&shop, "2026-09-07T09:00:00Z", "EUR 1", &[]);
    assert_eq!(shop.home("lea", noon()), "gift");
}

#[test]
fn an_event_alone_makes_a_customer() {
    let shop = shop("count of opened ever is 1\nvip is no");
    assert!(!shop.passes("lea"));
    shop.engine.track(&Event::new("lea", "opened", noon()), noon()).unwrap();
    assert!(shop.passes("lea"));
    assert_eq!(shop.engine.customers(), 1);
}

#[test]
fn scores_read_events() {
    let events = EVENTS.replace("amount: required money", "amount: required money EUR 0 to EUR 90");
    let score = |numbers: &str, purchases: &[&str]| {
        let action = format!(
            "action a {{ owner: crm, purpose: marketing, propensity: 50%, {numbers}\n\
             message web {{ en {{ banner: \"a\" }}, fr {{ banner: \"a\" }} }} }}\n"
        );
        let shop = Shop::new(&format!("{events}{action}{HOME}"));
        for (minute, amount) in purchases.iter().enumerate() {
            bought(&shop, &format!("2026-09-08T08:0{minute}:00Z"), amount, &[]);
        }
        let request = onward::Request::new("lea", "home").at(noon());
        shop.ask(&request).treatments[0].score
    };
    let weight = "value: EUR 10, weight: count of purchase in the last 30 days";
    assert_eq!(score(weight, &[]), Some(0.0), "a count of nothing is a number too");
    assert_eq!(score(weight, &["EUR 1", "EUR 1", "EUR 1"]), Some(1500.0));
    let value = "value: average of purchase.amount in the last 30 days else EUR 20";
    assert_eq!(score(value, &[]), Some(1000.0));
    assert_eq!(score(value, &["EUR 1", "EUR 2"]), Some(75.0), "half of EUR 1.50");
    assert_eq!(score(value, &["EUR 1.00", "EUR 1.00", "EUR 1.01"]), Some(301.0 / 3.0 / 2.0));
    let days = "value: EUR 10, weight: days since last purchase else 7";
    assert_eq!(score(days, &[]), Some(3500.0));
    assert_eq!(score(days, &["EUR 1"]), Some(0.0));
}
