//! Events against the rules that ran before, and the edge of what is kept.

use onward::check::{Context, Manifest, check};
use onward::value::Date;
use onward::{Checked, Source};

const SHOP: &str =
    "workspace shop { currency: EUR, timezone: \"Europe/Paris\", languages: [en] }\n";

fn checked(text: &str, previous: Option<Manifest>) -> Checked {
    let today = Date::parse("2026-09-08").ok();
    let context = Context { previous, today, ..Context::default() };
    check(&[Source::new("shop.journey", format!("{SHOP}{text}"))], &context)
}

fn headlines(checked: &Checked) -> Vec<String> {
    let all = checked.diagnostics.iter();
    all.map(|found| format!("{} {}: {}", found.code, found.headline, found.primary.text)).collect()
}

#[test]
fn a_window_is_as_long_as_its_event_is_kept_and_no_longer() {
    let asked = |window: &str| {
        let text = format!(
            "event e kept 62 days {{ }}\nsegment s {{ count of e in the last {window} >= 1 }}"
        );
        let found = checked(&text, None);
        found.diagnostics.iter().map(|found| found.code.0).collect::<Vec<_>>()
    };
    assert_eq!(asked("62 days"), [""; 0]);
    assert_eq!(asked("1488 hours"), [""; 0]);
    assert_eq!(asked("2 calendar months"), [""; 0]);
    assert_eq!(asked("63 days"), ["E0332"]);
    assert_eq!(asked("1489 hours"), ["E0332"]);
    assert_eq!(asked("3 calendar months"), ["E0332"]);
}

#[test]
fn keeping_more_than_before_is_told_with_the_day_from_which_it_is_exact() {
    let before = checked("event purchase kept 30 days { plan: optional code }", None);
    let manifest = before.rules.expect("good rules").manifest;
    let after = |text: &str| headlines(&checked(text, Some(manifest.clone())));
    assert_eq!(after("event purchase kept 30 days { plan: optional code }"), [""; 0]);
    assert_eq!(after("event purchase kept 20 days { }"), [""; 0], "less is no trouble");
    assert_eq!(
        after("event order was purchase kept 30 days { tariff: optional code was plan }"),
        [""; 0]
    );
    assert_eq!(after("event opened kept 30 days { plan: optional code }"), [""; 0], "a new event");
    assert_eq!(
        after("event purchase kept 60 days { plan: optional code }"),
        [
            "W0330 `purchase` was kept for 30 days until now: what is older is gone, so that windows of more than \
          30 days are unknown for some customers; from 2026-10-09 on they are exact"
        ]
    );
    assert_eq!(
        after("event purchase kept 30 days { plan: optional code, amount: optional money }"),
        [
            "W0330 `purchase` had no field `amount` until now: events from before lack it, so that windows that read \
          it are unknown for customers who have such events; from 2026-10-09 on they are exact"
        ]
    );
}
