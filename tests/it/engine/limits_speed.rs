//! What contact policy costs a decision: no allocation, and the figure of the page on measuring.

use std::time::Instant;

use onward::check::rules::{CalendarUnit, Cap, CapPer};
use onward::{Answer, Customer, Engine, Request, Rules};

use super::limits::{DAY, budget, cap, four, limits, pause, plus, rolling};
use super::{HEAD, noon, rules};

/// Four limits with five windows, `repeat` on every action, a pause and a budget.
fn policy(rules: &mut Rules) {
    let index = |name: &str| rules.channels.iter().position(|one| one.name == name).unwrap();
    let both = [index("email"), index("sms")];
    let of = |most, per| Cap { channels: Some(both.into()), ..cap(most, per) };
    rules.limits = vec![
        limits("day", vec![cap(30, CapPer::Calendar(CalendarUnit::Day))]),
        limits("month", vec![of(40, CapPer::Calendar(CalendarUnit::Month)), of(60, rolling(90))]),
        limits("each", vec![Cap { each: true, ..of(50, rolling(30)) }]),
        limits("week", vec![cap(35, rolling(7))]),
    ];
    rules.limits[3].pauses = vec![pause(3)];
    for action in &mut rules.actions {
        action.repeat = Some(cap(9, rolling(30)));
    }
    rules.actions[0].budget = Some(budget(1_000_000, Some(CalendarUnit::Day)));
}

/// Thirty contacts over sixty days.
fn reached(id: &str) -> Customer {
    let customer = Customer::new(id).set("x", 7_i64).set("timezone", "Europe/Paris");
    (0..30).fold(customer, |customer, n| {
        customer.shown(
            "d",
            if n % 2 == 0 { "email" } else { "sms" },
            plus(noon(), (n - 30) * 2 * DAY),
        )
    })
}

fn allocations(engine: &Engine, request: &Request, answer: &mut Answer) -> u64 {
    for _ in 0..3 {
        engine.decide_into(request, answer).unwrap();
    }
    allocation_counter::measure(|| {
        let _ = engine.decide_into(request, answer);
    })
    .count_total
}

#[test]
fn a_warm_decision_under_limits_allocates_nothing() {
    let engine = four(3, policy).engine;
    engine.put(&reached("c")).unwrap();
    let request = Request::new("c", "mail").at(noon());
    let mut answer = Answer::default();
    assert_eq!(allocations(&engine, &request, &mut answer), 0);
    assert_eq!(answer.len(), 3);
    // One contact left: the answer is short, and walked for again.
    let engine =
        four(3, |rules| rules.limits = vec![limits("one", vec![cap(31, rolling(90))])]).engine;
    engine.put(&reached("c")).unwrap();
    assert_eq!(allocations(&engine, &request, &mut answer), 0);
    assert_eq!(answer.len(), 1);
}

#[test]
#[ignore = "a figure, not a promise of the suite: run it alone and optimised"]
fn what_four_limits_and_five_windows_cost_at_a_thousand_actions() {
    let mut text = format!("{HEAD}customer {{ x: optional number }}\n");
    for n in 0..1_000 {
        let (lowest, share) = (n % 40, 10 + n * 7 % 80);
        text += &format!(
            "action a{n:04} {{ owner: crm, purpose: service, stage: grow, value: EUR {}, propensity: {share}%\n\
             approved_by: \"legal, 2026-08-14\", who {{ x >= {lowest} }}\n\
             message email {{ en {{ subject: \"s\", body: \"b\" }}, fr {{ subject: \"s\", body: \"b\" }} }}\n\
             message sms {{ en {{ text: \"s\" }}, fr {{ text: \"s\" }} }} }}\n",
            1 + n % 50,
        );
    }
    text += &super::limits::mail(3);
    let plain = rules(&text);
    let mut strict = plain.clone();
    policy(&mut strict);
    let mut full = plain.clone();
    full.limits = vec![limits("none left", vec![cap(5, rolling(90))])];
    let mut answer = Answer::default();
    let request = Request::new("c", "mail").at(noon());
    for (name, rules) in [("without", plain), ("four limits", strict), ("used up", full)] {
        let engine = Engine::new(&rules);
        engine.put(&reached("c")).unwrap();
        let mut best = f64::MAX;
        for _ in 0..20 {
            let started = Instant::now();
            for _ in 0..5_000 {
                engine.decide_into(&request, &mut answer).unwrap();
            }
            best = best.min(started.elapsed().as_secs_f64() / 5_000.0);
        }
        println!("{name}: {:.0} ns, {} treatments", best * 1e9, answer.len());
    }
}
