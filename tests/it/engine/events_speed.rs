//! What questions about events cost: no allocation in a warm decision, and the figures of the page on measuring.

use std::time::Instant;

use onward::value::Timestamp;
use onward::{Answer, Engine, Event, Request, Tracked};

use super::{HEAD, HOME, noon, offer, rules};

const EVENTS: &str = "event purchase kept 90 days { amount: required money, plan: optional one of [a, b] }\n\
                      event opened kept 90 days { }\n";

const QUESTIONS: &str = "count of purchase in the last 30 days >= 1\n\
                         total of purchase.amount in the last 2 calendar months >= EUR 1\n\
                         average of purchase.amount where { plan is a } in the last 60 days >= EUR 1 (if_unknown: yes)\n\
                         days since last opened <= 60 (if_unknown: yes)\n\
                         count of opened ever < 1000";

fn with_questions() -> Engine {
    let regulars = "segment regulars { count of purchase in the last 7 days >= 1 }\n";
    let action = offer("a", &format!("who {{\n{QUESTIONS}\nin segment regulars\n}}"));
    Engine::new(&rules(&format!("{HEAD}{EVENTS}{regulars}{action}{HOME}")))
}

/// Twenty events of each customer, over the sixty days before noon.
fn history(customer: &str) -> Vec<Event> {
    let event = |number: i64| {
        let at = Timestamp::from_micros(noon().micros() - (60 - 3 * number) * 86_400_000_000);
        let id = format!("m{number}");
        match number % 3 {
            0 => Event::new(customer, "opened", at).message(id),
            _ => Event::new(customer, "purchase", at)
                .message(id)
                .set("amount", "EUR 12.50")
                .set("plan", "a"),
        }
    };
    (1..=20).map(event).collect()
}

#[test]
fn a_warm_decision_over_events_allocates_nothing() {
    let engine = with_questions();
    for event in history("lea") {
        assert_eq!(engine.track(&event, noon()), Ok(Tracked::Kept));
    }
    let request = Request::new("lea", "home").at(noon());
    let mut answer = Answer::default();
    for _ in 0..3 {
        engine.decide_into(&request, &mut answer).unwrap();
    }
    assert_eq!(answer.len(), 1, "every question is asked");
    let counted = allocation_counter::measure(|| {
        engine.decide_into(&request, &mut answer).unwrap();
    });
    assert_eq!(counted.count_total, 0);
}

#[test]
#[ignore = "a figure, not a promise of the suite: run it alone and optimised"]
fn how_many_events_a_second_one_core_takes_in() {
    let engine = with_questions();
    let events: Vec<Event> =
        (0..20_000).flat_map(|number| history(&format!("customer {number}"))).collect();
    let started = Instant::now();
    for event in &events {
        let _ = engine.track(event, event.time());
    }
    let took = started.elapsed();
    let rate = events.len() as f64 / took.as_secs_f64();
    println!("{} events in {took:.2?}: {rate:.0} a second", events.len());
    let request = Request::new("customer 7", "home").at(noon());
    let mut answer = Answer::default();
    let started = Instant::now();
    for _ in 0..100_000 {
        engine.decide_into(&request, &mut answer).unwrap();
    }
    println!("a decision over six questions: {:.0?}", started.elapsed() / 100_000);
    assert_eq!(answer.len(), 1);
}
