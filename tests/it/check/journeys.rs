//! Journeys: what their authors are told, and what the typed rules hold.

use onward::check::rules::{
    Again, Channels, Does, Enter, GoalBy, IfAlreadyIn, Journey, OnChange, ScenarioAct, ScenarioExpect, Until,
};
use onward::check::{Context, Rules};
use onward::syntax::{Limits, parse, print};
use onward::{Checked, Source, check};

use super::{BASE, cases};

/// What the cases about journeys stand on, beside [`BASE`]; its file is `shop.journey`.
pub(crate) const SHOP: &str = r#"
team shop { folder: "shop" }
purpose service { consent_free: [email] }
event cart_abandoned kept 30 days { value: required money, order_id: required code, due: required date, note: optional text }
event cart_opened kept 30 days { }
event shipped kept 30 days { order_id: required code, value: required money }
event purchase kept 800 days { amount: required money }
segment lapsed { count of purchase in the last 60 days is 0 }
ranking best { score: value * propensity * weight }
action reminder { purpose: marketing, value: EUR 20, propensity: 8%, message email { en { t: "a" }, fr { t: "a" } }, message web { en { t: "a" }, fr { t: "a" } } }
action voucher { purpose: marketing, use: only in journeys, message email { en { t: "a" }, fr { t: "a" } } }
action notice { purpose: service, use: only in journeys, message email { en { t: "a" }, fr { t: "a" } } }
placement home { channel: web, show: 1, candidates: all, ranking: best, fallback: nothing }
"#;

const MINUTE: i64 = 60_000_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

#[test]
fn authors_are_told_what_the_cases_say() {
    cases::run("journeys");
}

#[test]
fn a_certain_fix_mends_its_problem_and_breaks_nothing() {
    cases::certain_fixes_mend("journeys");
}

#[test]
fn each_code_of_journeys_is_produced_by_a_case() {
    let mut produced = std::collections::BTreeSet::new();
    for case in cases::cases("journeys") {
        let found = check(&case.sources, &case.context).diagnostics;
        produced.extend(found.iter().map(|problem| problem.code.0));
    }
    // By more journeys than anybody reads, see `only_so_many_segments_are_watched`.
    produced.insert("E1003");
    let ours = onward::diagnostic::all_codes().map(|info| info.code);
    let missing: Vec<_> =
        ours.filter(|code| code[1..].starts_with("10") && !produced.contains(code)).collect();
    assert!(missing.is_empty(), "no case produces {missing:?}");
}

fn on_shop(text: &str) -> Checked {
    let sources = [
        Source::new("base.journey", BASE),
        Source::new("shop.journey", SHOP),
        Source::new("rules.journey", text),
    ];
    check(&sources, &Context { unplayed: true, ..Context::default() })
}

fn codes(text: &str) -> Vec<&'static str> {
    on_shop(text).diagnostics.iter().map(|found| found.code.0).collect()
}

fn rules(text: &str) -> Rules {
    let checked = on_shop(text);
    assert!(!checked.diagnostics.has_errors(), "{}", checked.diagnostics);
    checked.rules.unwrap()
}

/// A journey with these lines and steps.
fn journey(lines: &str, steps: &str) -> String {
    format!(
        "journey j {{\n  purpose: marketing, enter: cart_abandoned, again: never, longest: 10 days\n  \
         {lines}\n  steps {{ {steps} }}\n}}\n"
    )
}
