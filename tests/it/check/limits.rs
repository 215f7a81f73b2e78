//! Limits, pauses, budgets and sends: what their authors are told, and what the rules hold.

use onward::check::rules::{CalendarUnit, CapPer, Outcome, ScenarioAct, ScenarioExpect};
use onward::check::{Context, Rules};
use onward::decision::Stage;
use onward::syntax::{Limits, parse, print};
use onward::{Checked, Source, check};

use super::cases;

#[test]
fn authors_are_told_what_the_cases_say() {
    cases::run("limits");
}

#[test]
fn a_certain_fix_mends_its_problem_and_breaks_nothing() {
    cases::certain_fixes_mend("limits");
}

/// The rules of `text` beside the cases' world.
fn rules(text: &str) -> Rules {
    let checked = on_world(text);
    assert!(!checked.diagnostics.has_errors(), "{}", checked.diagnostics);
    checked.rules.unwrap()
}

fn on_world(text: &str) -> Checked {
    let sources = [Source::new("world.journey", WORLD), Source::new("rules.journey", text)];
    check(&sources, &Context::default())
}

fn codes(text: &str) -> Vec<&'static str> {
    on_world(text).diagnostics.iter().map(|found| found.code.0).collect()
}

const WORLD: &str = r#"
workspace acme { currency: EUR, timezone: "Europe/Paris", languages: [en], stages: [grow, keep] }
purpose marketing { consent_needed: [email, sms], consent_free: [web] }
purpose service { consent_free: [email, sms] }
channel email { }
channel sms { }
channel web { }
ranking best { score: value * propensity }
action a { purpose: marketing, value: EUR 1, propensity: 1%, message email { en { t: "x" } }, message web { en { t: "x" } } }
action b { purpose: service, use: only in journeys, message email { en { t: "x" } }, message sms { en { t: "x" } } }
placement home { channel: web, show: 1, candidates: all, ranking: best, fallback: nothing }
"#;

const HOUR: i64 = 3_600_000_000;
const DAY: i64 = 24 * HOUR;

#[test]
fn rules_hold_what_limits_say() {
    let rules = rules(
        "# Not too much.\nlimits pressure {\n  purpose: [service, marketing], action: b\n  \
         at most 6 shown per 2 weeks on [sms, email] each\n  at most 1 per 24 hours\n  \
         at most 4 per calendar month on email\n  at most 9 in total\n  \
         after 3 rejected in the last 30 days pause 12 hours\n}\nlimits all_of_it { at most 1 per 1 minute }",
    );
    let names: Vec<&str> = rules.limits.iter().map(|limits| limits.name.as_str()).collect();
    assert_eq!(names, ["all_of_it", "pressure"]);
    let everything = &rules.limits[0];
    assert_eq!((&everything.purposes, &everything.actions), (&None, &None));
    let pressure = &rules.limits[1];
    assert_eq!(pressure.description, "Not too much.");
    assert_eq!(pressure.purposes, Some([0, 1].into()));
    assert_eq!(pressure.actions, Some([1].into()));
    let caps: Vec<_> = pressure
        .caps
        .iter()
        .map(|cap| (cap.most, cap.shown, cap.per, cap.channels.clone(), cap.each, cap.line.line))
        .collect();
    let rolling = |micros| CapPer::Rolling { micros };
    assert_eq!(
        caps,
        [
            (6, true, rolling(14 * DAY), Some([0, 1].into()), true, 4),
            (1, false, rolling(DAY), None, false, 5),
            (4, false, CapPer::Calendar(CalendarUnit::Month), Some([0].into()), false, 6),
            (9, false, CapPer::Total, None, false, 7),
        ]
    );
    assert_eq!(pressure.caps[0].line.text, "at most 6 shown per 2 weeks on [sms, email] each");
    let pause = &pressure.pauses[0];
    assert_eq!((pause.count, pause.outcome), (3, Outcome::Rejected));
    assert_eq!((pause.reach, pause.pause, pause.line.line), (30 * DAY, 12 * HOUR, 8));
}

#[test]
fn actions_hold_repeat_budget_and_pauses() {
    let rules = rules(
        "action c { purpose: marketing, value: EUR 1, propensity: 1%\n  repeat: at most 2 per 30 days on web\n  \
         budget: at most 500 per calendar day\n  after 1 dismissed in the last 1 day pause 7 days\n  \
         message web { en { t: \"x\" } }\n}\n\
         action d { purpose: marketing, value: EUR 1, propensity: 1%, budget: at most 10 in total, message web { en { t: \"x\" } } }",
    );
    let of = |name: &str| rules.actions.iter().find(|action| action.name == name).unwrap();
    let repeat = of("c").repeat.as_ref().unwrap();
    assert_eq!((repeat.most, repeat.per), (2, CapPer::Rolling { micros: 30 * DAY }));
    assert_eq!((repeat.channels.clone(), repeat.line.line), (Some([2].into()), 2));
    assert_eq!(repeat.line.text, "repeat: at most 2 per 30 days on web");
    let budget = of("c").budget.as_ref().unwrap();
    assert_eq!((budget.most, budget.per), (500, Some(CalendarUnit::Day)));
    assert_eq!(of("c").pauses[0].outcome, Outcome::Dismissed);
    assert_eq!(of("d").budget.as_ref().map(|budget| (budget.most, budget.per)), Some((10, None)));
    assert_eq!((&of("a").repeat, &of("a").budget), (&None, &None));
}

#[test]
fn a_scenario_holds_what_is_sent_and_taken_away() {
    let rules = rules(
        "limits pressure { at most 3 per 7 days }\nscenario \"s\" {\n  \
         at 2026-09-08 10:00 send a by web expect sent\n  \
         at 2026-09-08 10:00 send a by email expect blocked by consent email\n  \
         at 2026-09-08 10:00 send a by web expect blocked by limits pressure\n  \
         at 2026-09-08 10:00 send a by web expect blocked by pause\n  \
         at 2026-09-08 10:00 ask home expect a blocked by repeat\n  \
         at 2026-09-08 10:00 withdraw consent sms\n  \
         at 2026-09-08 10:00 grant consent email for marketing\n}",
    );
    let steps = &rules.scenarios[0].steps;
    let refused = |at: usize| match &steps[at].expect {
        Some(ScenarioExpect::Refused { stage, name }) => (*stage, name.as_deref()),
        other => panic!("{other:?}"),
    };
    assert!(matches!(steps[0].act, ScenarioAct::Send { action: 0, channel: 2 }));
    assert_eq!(steps[0].expect, Some(ScenarioExpect::Sent));
    assert_eq!(refused(1), (Stage::Consent, Some("email")));
    assert_eq!(refused(2), (Stage::ContactPolicy, Some("pressure")));
    assert_eq!(refused(3), (Stage::ContactPolicy, Some("pause")));
    let blocked = ScenarioExpect::Blocked {
        action: 0,
        stage: Stage::ContactPolicy,
        name: Some("repeat".into()),
    };
    assert_eq!(steps[4].expect, Some(blocked));
    let consent = |at: usize| match steps[at].act {
        ScenarioAct::Consent { channel, purpose, granted } => (channel, purpose, granted),
        _ => panic!(),
    };
    assert_eq!(consent(5), (1, None, false));
    assert_eq!(consent(6), (0, Some(0), true));
}

#[test]
fn a_week_alone_is_asked_about() {
    assert_eq!(codes("limits l { at most 3 per week }"), ["E0551"]);
    assert_eq!(codes("limits l { at most 3 per 1 week }"), [""; 0]);
}

#[test]
fn a_list_says_how_it_shares() {
    assert_eq!(codes("limits l { at most 3 per 7 days on [email, sms] }"), ["E0543"]);
    assert_eq!(codes("limits l { at most 3 per 7 days on [email, sms] together }"), [""; 0]);
    assert_eq!(codes("limits l { at most 3 per 7 days on [email] }"), [""; 0]);
}

#[test]
fn no_limit_reaches_further_back_than_contacts_are_kept() {
    assert_eq!(codes("limits l { at most 3 per 800 days }"), [""; 0]);
    assert_eq!(codes("limits l { at most 3 per 801 days }"), ["E0549"]);
    assert_eq!(codes("limits l { at most 3 per 19200 hours }"), [""; 0]);
    assert_eq!(codes("limits l { at most 3 per 19201 hours }"), ["E0549"]);
}

#[test]
fn a_budget_does_not_roll() {
    let with = |budget: &str| {
        codes(&format!(
            "action c {{ purpose: marketing, value: EUR 1, propensity: 1%, budget: {budget}, message web {{ en {{ t: \"x\" }} }} }}"
        ))
    };
    assert_eq!(with("at most 500 per 7 days"), ["E0547"]);
    assert_eq!(with("at most 500 per calendar week"), [""; 0]);
}

#[test]
fn limits_are_not_called_repeat() {
    assert_eq!(codes("limits repeat { at most 3 per 7 days }"), ["E0545"]);
    assert_eq!(codes("limits repeated { at most 3 per 7 days }"), [""; 0]);
}

#[test]
fn limits_that_nobody_falls_under_are_told() {
    assert_eq!(codes("limits l { purpose: service, action: a, at most 3 per 7 days }"), ["W0541"]);
    assert_eq!(codes("limits l { purpose: service, action: b, at most 3 per 7 days }"), [""; 0]);
}

#[test]
fn a_limit_beside_a_stricter_one_is_told() {
    let two = |one: &str, other: &str| codes(&format!("limits l {{ {one}, {other} }}"));
    assert_eq!(two("at most 5 per 24 hours", "at most 3 per 7 days"), ["W0542"]);
    assert_eq!(two("at most 2 per 24 hours", "at most 3 per 7 days"), [""; 0]);
}

#[test]
fn limits_repeat_and_budget_are_part_of_the_fingerprint() {
    let of = |text: &str| rules(text).fingerprint;
    let action = |more: &str| {
        format!(
            "action c {{ purpose: marketing, value: EUR 1, propensity: 1%{more}, message web {{ en {{ t: \"x\" }} }} }}"
        )
    };
    let limits = |lines: &str| format!("limits l {{ {lines} }}");
    let plain = of(&limits("at most 3 per 7 days on [email, sms] together, at most 9 in total"));
    let turned = "# turned\nlimits l {\n  at most 9 in total\n  at most 3 per 7 days on [sms, email] together\n}";
    assert_eq!(of(turned), plain);
    for other in [
        "at most 3 per 7 days on [email, sms] each, at most 9 in total",
        "at most 3 shown per 7 days on [email, sms] together, at most 9 in total",
        "at most 3 per 8 days on [email, sms] together, at most 9 in total",
        "at most 3 per 7 days on [email, sms] together",
        "purpose: marketing, at most 3 per 7 days on [email, sms] together, at most 9 in total",
    ] {
        assert_ne!(of(&limits(other)), plain, "{other}");
    }
    let bare = of(&action(""));
    for more in [
        ", repeat: at most 1 per 30 days",
        ", budget: at most 5 in total",
        ", after 1 rejected in the last 30 days pause 60 days",
    ] {
        assert_ne!(of(&action(more)), bare, "{more}");
    }
}

/// The tree of limits as JSON and back, and the formatter's layout, change nothing that is said.
#[test]
fn limits_go_through_json_and_the_formatter_unchanged() {
    let text = "limits l {\n  purpose: marketing\n  at most 6 shown per 2 weeks on [sms, email] each\n  at most 1 per calendar week on email\n  at most 9 in total\n  after 3 rejected in the last 30 days pause 12 hours\n}\n\naction c {\n  purpose: marketing, repeat: at most 2 per 30 days on web\n  budget: at most 500 per calendar day\n  after 1 dismissed in the last 1 day pause 7 days\n  message web { en { t: \"x\" } }\n}\n";
    let read = |text: &str| parse(&Source::new("a.journey", text), &Limits::default());
    let (tree, problems) = read(text);
    assert!(problems.is_empty(), "{problems:?}");
    assert_eq!(print(&tree), text);
    let json = serde_json::to_string(&tree).unwrap();
    let back: onward::syntax::ast::File = serde_json::from_str(&json).unwrap();
    assert_eq!(back, tree);
    assert_eq!(print(&back), text);
}
