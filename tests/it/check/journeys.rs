//! Journeys: what their authors are told, and what the typed rules hold.

use onward::check::rules::{
    Again, Channels, Does, Enter, GoalBy, IfAlreadyIn, OnChange, ScenarioAct, ScenarioExpect, Until,
};
use onward::check::{Context, Rules};
use onward::syntax::Limits;
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

pub(super) fn on_shop(text: &str) -> Checked {
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

/// What is left of the one error of these rules: its code and its headline.
fn only(text: &str) -> (&'static str, String) {
    let found = on_shop(text).diagnostics.into_vec();
    assert_eq!(found.len(), 1, "{found:?}");
    (found[0].code.0, found[0].headline.clone())
}

#[test]
fn a_journey_becomes_a_table_of_steps() {
    let rules = rules(
        "journey j was k {\n  owner: shop, purpose: service, enter: cart_abandoned where { value >= EUR 40 }\n  \
         again: restart per order_id, at_once: 20, longest: 10 days\n  \
         goal: purchase within 3 days of entering\n  on_change: move, moved: old to pause\n  \
         while here { weight of reminder: 1.5 }\n  steps {\n    wait pause: 2 hours\n    \
         send reminder by preferred of [web, email] { if_blocked: retry for 12 hours then go to gifts }\n    \
         wait seen: up to 22 hours for shipped where { order_id is entry.order_id, value >= EUR 3 } \
         { if_seen: finish returned, if_not: continue }\n    \
         branch { when entry.value >= EUR 150: go to gifts, otherwise: finish no_incentive }\n  }\n  \
         path gifts { send voucher by email { if_blocked: continue }, transfer to other { if_already_in: stay } }\n}\n\
         journey other { purpose: marketing, enter: request, again: 14 days after leaving, longest: 1 week\n  \
         steps { split { 25%: finish a, 75%: continue }, wait until monday 09:30, finish b } }",
    );
    let [j, other] = &rules.journeys[..] else { panic!("{:?}", rules.journeys) };
    assert_eq!((j.name.as_str(), j.was.as_slice()), ("j", &["k".to_owned()][..]));
    assert_eq!((j.again, j.longest, j.on_change), (Again::Restart, 10 * DAY, OnChange::Move));
    let per = j.per.unwrap();
    let event = &rules.events[j.entry_event().unwrap()];
    assert_eq!((event.fields[per.field].name.as_str(), per.at_once), ("order_id", 20));
    assert!(matches!(&j.enter, Enter::Event { filter, first: false, .. } if filter.len() == 1));
    let goal = j.goal.as_ref().unwrap();
    assert_eq!(goal.within, Some(3 * DAY));
    assert!(
        matches!(&goal.by, GoalBy::Event { event, .. } if rules.events[*event].name == "purchase")
    );
    let names: Vec<&str> = j.steps.iter().map(|step| step.name.as_str()).collect();
    let wanted = [
        "pause",
        "reminder",
        "seen",
        "branch_1",
        "voucher",
        "transfer_other",
        "finish_returned",
        "finish_no_incentive",
    ];
    assert_eq!(names, wanted);
    assert_eq!(j.moved, [("old".to_owned(), 0)]);
    assert_eq!(j.outcomes, ["no_incentive", "returned"]);
    assert_eq!((j.first(), j.paths[1].first), (0, 4));
    let next = |at: usize| j.steps[at].does.next();
    assert_eq!([next(0), next(1), next(2)], [vec![1], vec![2, 4], vec![6, 3]]);
    assert_eq!([next(3), next(4), next(5)], [vec![4, 7], vec![5, 5], vec![]]);
    let Does::Send { by: Channels::Preferred(by), retry, .. } = &j.steps[1].does else { panic!() };
    assert_eq!((by.as_slice(), *retry), (&[1, 0][..], Some(12 * HOUR)));
    let Does::WaitFor { most, filter, .. } = &j.steps[2].does else { panic!() };
    assert_eq!((*most, filter.same.len(), filter.conditions.len()), (22 * HOUR, 1, 1));
    assert_eq!(filter.same[0].entry, per.field);
    // `order_id` for the filter and `per`, `value` for the branch.
    let kept: Vec<&str> = j.keeps.iter().map(|field| event.fields[*field].name.as_str()).collect();
    assert_eq!(kept, ["order_id", "value"]);
    let Does::Transfer { to: 1, if_already_in: IfAlreadyIn::Stay, carries, refused: None } =
        &j.steps[5].does
    else {
        panic!("{:?}", j.steps[5])
    };
    assert!(carries.is_empty());
    // Marketing by e-mail and web from the start; by e-mail alone once only the voucher is left; nothing at the end.
    assert_eq!(j.steps[0].reaches, [(0, 0), (0, 1)]);
    assert_eq!(j.steps[4].reaches, [(0, 0)]);
    assert!(j.steps[5].reaches.is_empty());
    assert_eq!(other.again, Again::After(14 * DAY));
    let Does::Split { arms } = &other.steps[0].does else { panic!() };
    assert_eq!(arms.iter().map(|arm| arm.share).collect::<Vec<_>>(), [250_000, 750_000]);
    let Does::Wait { until, .. } = &other.steps[1].does else { panic!() };
    assert_eq!(*until, Until::Clock { weekday: Some(0), minute: 570 });
}

#[test]
fn a_transfer_takes_along_what_later_journeys_read() {
    let text = "journey a { purpose: marketing, enter: shipped, again: never, longest: 2 days
           steps { transfer to b { if_already_in: restart } } }
         journey b { purpose: marketing, enter: cart_abandoned, again: never, longest: 2 days
           steps { transfer to c { if_already_in: restart } } }
         journey c { purpose: marketing, enter: cart_abandoned, again: never, longest: 2 days
           steps { branch { when entry.value >= EUR 3: finish rich, otherwise: finish done } } }";
    let rules = rules(text);
    let field = |event: &str, name: &str| {
        let event = rules.events.iter().find(|found| found.name == event).unwrap();
        event.fields.iter().position(|field| field.name == name).unwrap()
    };
    let (shipped, cart) = (field("shipped", "value"), field("cart_abandoned", "value"));
    let carried = |journey: usize| match &rules.journeys[journey].steps[0].does {
        Does::Transfer { carries, .. } => carries.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!([carried(0), carried(1)], [vec![(shipped, cart)], vec![(cart, cart)]]);
    assert!(rules.journeys[0].keeps.contains(&shipped) && rules.journeys[1].keeps.contains(&cart));
    let lost = text.replace("enter: shipped", "enter: purchase");
    assert_eq!(
        only(&lost),
        ("E1016", "`b` needs `entry.value`, which nobody brings from here".into())
    );
}

#[test]
fn what_a_scenario_expects_of_journeys_is_typed() {
    let rules = rules(&format!(
        "{}scenario \"s\" {{\n  at 2026-09-08 10:00 expect nothing\n  at 2026-09-08 10:00 expect sent voucher by email\n  \
         at 2026-09-08 10:00 expect at step pause\n  at 2026-09-08 10:00 expect at step gifts\n  \
         at 2026-09-08 10:00 expect in journey j\n  at 2026-09-08 10:00 expect finished as too_long\n}}",
        journey(
            "path gifts { wait rest: 1 day, finish done }",
            "wait pause: 2 hours, send voucher by email { if_blocked: continue }, go to gifts"
        ),
    ));
    let steps = &rules.scenarios[0].steps;
    assert!(steps.iter().all(|step| matches!(step.act, ScenarioAct::Time)));
    let expected: Vec<ScenarioExpect> =
        steps.iter().filter_map(|step| step.expect.clone()).collect();
    let at =
        |name: &str, step| ScenarioExpect::AtStep { name: name.into(), steps: vec![(0, step)] };
    let voucher = rules.actions.iter().position(|action| action.name == "voucher").unwrap();
    assert_eq!(
        expected,
        [
            ScenarioExpect::Nothing,
            ScenarioExpect::Activated { action: voucher, channel: Some(0) },
            at("pause", 0),
            at("gifts", 2),
            ScenarioExpect::InJourney(0),
            ScenarioExpect::FinishedAs("too_long".into()),
        ]
    );
}

#[test]
fn a_schedule_says_who_enters() {
    let text =
        journey("", "finish done").replace("enter: cart_abandoned", "enter: every day at 09:00");
    assert_eq!(only(&text), ("E1002", "this does not say who enters".into()));
    let whom = text.replace("steps {", "who { vip is yes }\n  steps {");
    assert!(codes(&whom).is_empty());
}

#[test]
fn a_run_per_field_needs_the_field_of_every_event() {
    let text = |field: &str| {
        journey("at_once: 3", "finish done")
            .replace("again: never", &format!("again: always per {field}"))
    };
    assert!(codes(&text("order_id")).is_empty());
    assert_eq!(only(&text("note")), ("E1004", "there cannot be one run per `note`".into()));
}

#[test]
fn the_event_of_another_order_moves_no_run() {
    let text = |filter: &str| {
        journey("at_once: 3", &format!("wait up to 2 hours for shipped {filter} {{ if_seen: continue, if_not: continue }}, finish done"))
            .replace("again: never", "again: always per order_id")
    };
    assert!(codes(&text("where { order_id is entry.order_id }")).is_empty());
    assert_eq!(only(&text("")).0, "E1007");
    assert_eq!(only(&text("where { value >= EUR 3 }")).0, "E1007");
    // One run per customer: any event of theirs will do.
    assert!(
        codes(&text("").replace("always per order_id, ", "always, ").replace("at_once: 3", ""))
            .is_empty()
    );
}

#[test]
fn a_wait_knows_until_when() {
    let text = |until: &str| journey("", &format!("wait until {until}, finish done"));
    for good in ["entry.due", "09:00", "monday 09:00", "2026-12-24", "2026-12-24 10:00"] {
        assert!(codes(&text(good)).is_empty(), "{good}");
    }
    assert_eq!(
        only(&text("contract_end")),
        ("E1019", "nobody can wait until `contract_end`".into())
    );
}

#[test]
fn a_wait_must_end_before_the_journey_does() {
    let text = |steps: &str| journey("", &format!("{steps}, finish done"));
    assert!(codes(&text("wait 239 hours")).is_empty());
    assert_eq!(only(&text("wait 10 days")).1, "nobody is here for 10 days");
    assert_eq!(
        only(&text("wait up to 10 days for cart_opened { if_seen: continue, if_not: continue }")).0,
        "E1015"
    );
    assert_eq!(
        only(&text("send voucher by email { if_blocked: retry for 10 days then continue }")).0,
        "E1015"
    );
}

#[test]
fn waits_in_a_row_must_end_before_the_journey_does() {
    let text = |steps: &str| journey("", &format!("{steps}, finish done"));
    assert!(codes(&text("wait 6 days, wait 95 hours")).is_empty());
    assert_eq!(only(&text("wait 6 days, wait 4 days")).1, "nobody gets to the end of this time");
    // Who sees the event is through in time.
    let seen =
        "wait up to 6 days for cart_opened { if_seen: continue, if_not: finish late }, wait 6 days";
    assert!(codes(&text(seen)).is_empty());
}

#[test]
fn waits_of_journeys_that_move_people_have_names() {
    let text = |wait: &str| journey("on_change: move", &format!("{wait}, finish done"));
    assert!(codes(&text("wait pause: 2 hours")).is_empty());
    assert_eq!(only(&text("wait 2 hours")), ("E1024", "this wait has no name".into()));
}

#[test]
fn outcomes_of_ones_own_have_names_of_their_own() {
    for word in ["goal", "exit", "too_long", "opted_out", "moved", "replaced"] {
        assert_eq!(only(&journey("", &format!("finish {word}"))).0, "E1009");
    }
    assert!(codes(&journey("", "finish finished")).is_empty());
}

#[test]
fn a_send_has_a_message_where_it_goes() {
    let text = |by: &str| {
        journey("", &format!("send voucher by {by} {{ if_blocked: continue }}, finish done"))
    };
    assert!(codes(&text("email")).is_empty());
    assert_eq!(
        only(&text("first of [email, web]")),
        ("E0521", "`voucher` has no message on `web`".into())
    );
}

#[test]
fn a_branch_leaves_nobody_without_a_way() {
    let text = |more: &str| journey("", &format!("branch {{ when vip is yes: finish vip{more} }}"));
    assert!(codes(&text(", otherwise: finish done")).is_empty());
    assert_eq!(only(&text("")), ("E1012", "some customers would have nowhere to go".into()));
}

#[test]
fn shares_of_a_split_make_a_whole() {
    let text = |first: &str| {
        journey("", &format!("split {{ {first}: continue, 66.6667%: continue }}, finish done"))
    };
    assert!(codes(&text("33.3333%")).is_empty());
    assert_eq!(only(&text("33.3334%")).0, "E1018");
}

#[test]
fn a_way_back_passes_time() {
    let text = |wait: &str| {
        journey(
            "",
            &format!("{wait}, branch {{ when vip is yes: go to steps, otherwise: finish done }}"),
        )
    };
    let paused = [
        "wait 1 minute",
        "wait until 09:00",
        "wait up to 2 hours for cart_opened { if_seen: continue, if_not: continue }",
    ];
    for wait in paused {
        assert!(codes(&text(wait)).is_empty(), "{wait}");
    }
    let sent = "send voucher by email { if_blocked: retry for 2 hours then continue }";
    assert_eq!(only(&text(sent)), ("E1013", "`voucher` can repeat without a pause".into()));
}

#[test]
fn a_fixed_day_may_be_past_and_is_no_pause() {
    for day in ["2026-12-24", "2026-12-24 10:00", "entry.due"] {
        let text = journey(
            "",
            &format!(
                "wait until {day}, branch {{ when vip is yes: go to steps, otherwise: finish done }}"
            ),
        );
        assert_eq!(only(&text).0, "E1013", "{day}");
    }
}

#[test]
fn somebody_gets_out_of_every_circle() {
    assert_eq!(
        only(&journey("", "wait 1 day, go to steps")),
        ("E1021", "nobody ever leaves from here".into())
    );
    let out = "wait up to 1 day for cart_opened { if_seen: finish seen, if_not: go to steps }";
    assert!(codes(&journey("", out)).is_empty());
}

#[test]
fn a_path_needs_a_way_in() {
    let text = |to: &str| {
        journey(
            "path gold { finish gold }",
            &format!("branch {{ when vip is yes: {to}, otherwise: finish done }}"),
        )
    };
    assert!(codes(&text("go to gold")).is_empty());
    assert_eq!(only(&text("finish vip")), ("W1001", "path `gold` is never reached".into()));
}

#[test]
fn journeys_pass_nobody_round_at_one_instant() {
    let text = |wait: &str| {
        format!(
            "journey a {{ purpose: marketing, enter: purchase, again: always, longest: 2 days\n  steps {{ transfer to b {{ if_already_in: restart }} }} }}\n\
             journey b {{ purpose: marketing, enter: purchase, again: always, longest: 2 days\n  steps {{ {wait} transfer to a {{ if_already_in: restart }} }} }}"
        )
    };
    assert!(codes(&text("wait 1 hour,")).is_empty());
    assert_eq!(only(&text("")), ("E1013", "`a` can repeat without a pause".into()));
}

#[test]
fn a_scenario_expects_only_what_a_journey_sends() {
    let text = |expected: &str| {
        let sends = journey("", "send voucher by email { if_blocked: continue }, finish done");
        format!("{sends}scenario \"s\" {{ at 2026-09-08 10:00 expect sent {expected} }}")
    };
    assert!(codes(&text("voucher by email")).is_empty() && codes(&text("voucher")).is_empty());
    assert_eq!(only(&text("notice")).1, "no journey sends `notice`");
    assert_eq!(only(&text("voucher by web")).1, "no journey sends `voucher` by `web`");
}

#[test]
fn what_is_required_of_every_journey_is_looked_at() {
    let text = |lines: &str| {
        format!(
            "{}require every journey {{ longest <= 10 days, goal is known }}",
            journey(lines, "finish done")
        )
    };
    assert!(codes(&text("goal: purchase")).is_empty());
    assert_eq!(only(&text("")), ("E0703", "`j` does not meet `goal is known`".into()));
}

#[test]
fn only_a_step_that_is_gone_is_moved() {
    let text = |old: &str| {
        journey(
            &format!("moved: {old} to pause"),
            "wait pause: 2 hours, wait rest: 1 hour, finish done",
        )
    };
    assert!(codes(&text("gone")).is_empty());
    assert_eq!(only(&text("rest")), ("E1020", "step `rest` is still there".into()));
}

#[test]
fn what_a_journey_sends_is_seen() {
    let action = "action shown { purpose: marketing, value: EUR 1, propensity: 1%, message email { en { t: \"a\" }, fr { t: \"a\" } } }\n";
    let sends = journey("", "send shown by email { if_blocked: continue }, finish done");
    assert!(codes(&format!("{action}{sends}")).is_empty());
    let nobody = journey("", "finish done");
    assert_eq!(only(&format!("{action}{nobody}")), ("W0507", "nobody can ever see `shown`".into()));
}

#[test]
fn only_so_many_segments_are_watched() {
    let text = |number: usize| {
        (0..number).fold(String::new(), |mut text, n| {
            use std::fmt::Write;
            writeln!(text, "segment s{n} {{ open_complaints >= {n} }}\njourney j{n} {{ purpose: marketing, enter: segment s{n}, again: never, longest: 2 days, steps {{ finish done }} }}").unwrap();
            text
        })
    };
    let segments = |number| codes(&text(number).replace("open_complaints >= 0", "vip is yes"));
    assert!(segments(64).is_empty());
    assert_eq!(segments(65), ["E1003"]);
}

/// The rules of a folder under `rules`, with one more file.
fn example(folder: &str, more: &str) -> Vec<Source> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources =
        onward::watch::read_folder(&root.join("rules").join(folder), &Limits::default()).unwrap();
    let file = root.join("tests/cases/journeys/examples").join(format!("{folder}.journey"));
    sources.sources.push(Source::new(more, std::fs::read_to_string(file).unwrap()));
    sources.sources
}

#[test]
fn the_examples_check_cleanly_with_their_journeys() {
    for (folder, names) in [("coffee", &["offer"][..]), ("telecom", &["cart_rescue", "winback"])] {
        let sources = example(folder, "journeys.journey");
        let context = Context { unplayed: true, ..Context::default() };
        let checked = check(&sources, &context);
        assert!(checked.diagnostics.is_empty(), "{folder}: {}", checked.diagnostics);
        let rules = checked.rules.unwrap();
        let found: Vec<&str> = rules.journeys.iter().map(|journey| journey.name.as_str()).collect();
        assert_eq!(found, names);
        let told = check(&sources, &Context::default()).diagnostics;
        let lines: Vec<String> = told.iter().map(|found| found.headline.to_string()).collect();
        let lifts = folder == "telecom";
        let refused = if lifts { vec!["`while here` is not yet supported"] } else { vec![] };
        assert_eq!(lines, refused, "{folder}: {told}");
    }
}
