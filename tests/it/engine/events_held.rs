//! Events beside what is kept with a customer: rows of the index, settled treatments, bounds and late counts.
//!
//! Events come without a put, so that nothing found beforehand may hang on them.

use onward::decision::Stage;
use onward::{Answer, Customer, Engine, Event, Request, Tracked};

use super::{HOME, Shop, noon, rules};

/// One language, so that an action with one message has one content: its treatment may be settled.
const PLAIN: &str = r#"
workspace shop { currency: EUR, timezone: "Europe/Paris", languages: [en] }
team crm { folder: ".", central: yes, email: "crm@shop.example" }
purpose marketing { consent_free: [web] }
channel web { }
ranking plain { score: propensity * value }
customer { vip: yes_no default no, age: optional number }
event purchase kept 90 days { amount: required money EUR 0 to EUR 90 }
"#;

fn action(name: &str, value: &str, lines: &str) -> String {
    format!(
        "action {name} {{ owner: crm, purpose: marketing, value: {value}, propensity: 50%\n{lines}\n\
         message web {{ en {{ banner: \"{name}\" }} }} }}\n"
    )
}

fn shop(text: &str) -> Shop {
    Shop { engine: Engine::new(&rules(&format!("{PLAIN}{text}{HOME}"))) }
}

fn bought(engine: &Engine, customer: &str, amount: &str) {
    let event = Event::new(customer, "purchase", noon()).set("amount", amount);
    assert_eq!(engine.track(&event, noon()), Ok(Tracked::Kept));
}

/// A customer whose rows are found when she is put.
fn lea() -> Customer {
    Customer::new("lea").set("vip", true).set("age", 30)
}

#[test]
fn rows_that_were_kept_do_not_hang_on_events() {
    let text = [
        "segment vips { vip is yes }",
        "segment buyers { count of purchase in the last 30 days >= 1 }",
        "segment new_vips { in segment vips\nnot in segment buyers }",
        &action("open", "EUR 5", "who { count of purchase in the last 30 days >= 1\nage >= 18 }"),
        &action("closed", "EUR 4", "who { vip is yes }\nnever { count of purchase ever >= 1 }"),
        &action("short", "EUR 3", "who { in segment buyers }"),
        &action("deep", "EUR 2", "who { in segment new_vips }"),
    ]
    .join("\n");
    let shop = shop(&text);
    shop.engine.put(&lea()).unwrap();
    for _ in 0..2 {
        assert_eq!(shop.home("lea", noon()), "closed deep");
    }
    bought(&shop.engine, "lea", "EUR 1");
    for _ in 0..2 {
        assert_eq!(shop.home("lea", noon()), "open short");
    }
    // What was forgotten by a put is found again with the events that are there.
    shop.engine.put(&lea()).unwrap();
    assert_eq!(shop.home("lea", noon()), "open short");
}

#[test]
fn a_settled_treatment_asks_about_events_all_the_same() {
    let shop = shop(&action("a", "EUR 5", "who { count of purchase in the last 30 days >= 2 }"));
    shop.engine.put(&lea()).unwrap();
    for want in ["", "", "a"] {
        assert_eq!(shop.home("lea", noon()), want);
        bought(&shop.engine, "lea", "EUR 1");
    }
}

#[test]
fn an_answer_used_again_asks_about_the_next_customer() {
    let shop = shop(&action("a", "EUR 5", "who { count of purchase in the last 30 days >= 1 }"));
    bought(&shop.engine, "lea", "EUR 1");
    shop.engine.put(&Customer::new("ben")).unwrap();
    let mut answer = Answer::default();
    for (customer, want) in [("lea", 1), ("ben", 0), ("lea", 1), ("nobody", 0)] {
        let request = Request::new(customer, "home").at(noon());
        shop.engine.decide_into(&request, &mut answer).unwrap();
        assert_eq!(answer.len(), want, "{customer}");
    }
}

#[test]
fn an_empty_answer_counts_by_the_events_that_it_saw() {
    let shop = shop(&action("a", "EUR 5", "who { count of purchase in the last 30 days >= 1 }"));
    shop.engine.put(&lea()).unwrap();
    let mut answer = Answer::default();
    shop.engine.decide_into(&Request::new("lea", "home").at(noon()), &mut answer).unwrap();
    bought(&shop.engine, "lea", "EUR 1");
    assert!(answer.is_empty());
    assert_eq!(answer.summary().refused, [(Stage::Who, 1)]);
    // And the other way round: what it saw, not what the next one brings.
    let shop = self::shop(&action("a", "EUR 5", "never { count of purchase ever is 1 }"));
    bought(&shop.engine, "lea", "EUR 1");
    shop.engine.decide_into(&Request::new("lea", "home").at(noon()), &mut answer).unwrap();
    bought(&shop.engine, "lea", "EUR 1");
    assert_eq!(answer.summary().refused, [(Stage::Never, 1)]);
}

#[test]
fn a_score_is_not_bound_by_a_range_that_came_later() {
    let text = format!(
        "{PLAIN}{}{}{}",
        action("dear", "largest of purchase.amount in the last 30 days else EUR 1", ""),
        action("fixed", "EUR 20", ""),
        HOME.replace("show: 3", "show: 1"),
    );
    let shop = Shop { engine: Engine::new(&rules(&text)) };
    bought(&shop.engine, "lea", "EUR 80");
    assert_eq!(shop.home("lea", noon()), "dear");
    let narrower = rules(&text.replace("EUR 0 to EUR 90", "EUR 0 to EUR 10"));
    shop.engine.swap(shop.engine.compile(&narrower)).unwrap();
    assert_eq!(shop.home("lea", noon()), "dear", "what was kept before is still read");
    assert_eq!(shop.home("ben", noon()), "fixed");
}

#[test]
fn an_event_of_somebody_new_finds_her_rows_too() {
    let many: String = (0..70)
        .map(|n| {
            let lines = format!("who {{ age is {n}\ncount of purchase in the last 30 days >= 1 }}");
            action(&format!("a{n}"), "EUR 5", &lines)
        })
        .collect();
    let shop = shop(&(many + &action("free", "EUR 1", "who { count of purchase ever is 1 }")));
    bought(&shop.engine, "lea", "EUR 1");
    assert_eq!(shop.home("lea", noon()), "free");
    shop.engine.put(&lea()).unwrap();
    assert_eq!(shop.home("lea", noon()), "a30 free");
}
