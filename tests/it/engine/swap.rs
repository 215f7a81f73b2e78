//! SEMANTICS A6, D5: rules are swapped whole, customers stay, and answers stay with what decided them.

use onward::engine::SwapError;
use onward::{Answer, Customer, Engine, Request};

use super::{HEAD, HOME, Shop, noon, offer, rules};

fn swap(shop: &Shop, text: &str) {
    swap_whole(shop, &format!("{HEAD}{text}"));
}

fn swap_whole(shop: &Shop, text: &str) {
    let program = shop.engine.compile(&rules(text));
    shop.engine.swap(program).expect("its own program");
}

fn who(customer: &str, lines: &str) -> String {
    let action = offer("a", &format!("who {{ {lines} }}"));
    format!("customer {{ {customer} }}\n{action}{HOME}")
}

#[test]
fn an_attribute_declared_by_a_swap_is_there_for_those_who_carried_it() {
    let shop = Shop::new(&who("x: optional number", "x >= 5"))
        .with(Customer::new("c").set("colour", "red"))
        .with(Customer::new("d").set("colour", "blue"));
    assert!(!shop.passes("c"));
    swap(&shop, &who("colour: optional one of [red, blue]", "colour is red"));
    assert!(shop.passes("c"));
    assert!(!shop.passes("d"));
    assert_eq!(shop.engine.generation(), 2);
}

#[test]
fn a_word_that_rules_newly_compare_with_is_found_in_kept_values() {
    let shop = Shop::new(&who("code: optional code", "code is \"A\""))
        .with(Customer::new("c").set("code", "B"));
    assert!(!shop.passes("c"));
    swap(&shop, &who("code: optional code", "code is \"B\""));
    assert!(shop.passes("c"));
}

#[test]
fn a_type_changed_by_a_swap_reads_the_kept_values_anew() {
    let shop = Shop::new(&who("x: optional text", "x is \"7\""))
        .with(Customer::new("number").set("x", "7"))
        .with(Customer::new("word").set("x", "seven"));
    assert!(shop.passes("number"));
    swap(&shop, &who("x: optional code", "x is \"seven\""));
    assert!(shop.passes("word"));
    swap(&shop, &who("x: optional one of [seven, eight]", "x is seven"));
    assert!(shop.passes("word"));
    // `7` fits no longer: unknown, and counted.
    assert!(!shop.passes("number"));
    assert_eq!(shop.engine.stats().unfit, 1);
    swap(&shop, &who("x: optional text", "x is \"7\""));
    assert!(shop.passes("number"));
}

#[test]
fn a_renamed_attribute_takes_its_values_along() {
    let shop = Shop::new(&who("tariff: optional one of [a, b]", "tariff is a"))
        .with(Customer::new("c").set("tariff", "a"));
    swap(&shop, &who("plan: optional one of [a, b] was tariff", "plan is a"));
    assert!(shop.passes("c"));
    // The data may go on under the old name for a while.
    shop.engine.put(&Customer::new("c").set("tariff", "b")).unwrap();
    assert!(!shop.passes("c"));
    shop.engine.put(&Customer::new("c").updated(noon()).set("plan", "a")).unwrap();
    assert!(shop.passes("c"));
}

#[test]
fn a_language_and_a_consent_that_rules_newly_name_are_found_as_well() {
    let shop = Shop::new(&who("x: optional number", "x is unknown"))
        .with(Customer::new("c").set("language", "de").grant("email", "alerts"));
    let text = "customer { x: optional number }
purpose alerts { consent_needed: [email] }
action b { owner: crm, purpose: alerts, stage: grow, value: EUR 1, propensity: 5%
  message email { en { subject: \"e\", body: \"e\" }, fr { subject: \"f\", body: \"f\" }, de { subject: \"d\", body: \"d\" } } }
placement mail { channel: email, show: 1, candidates: all, ranking: plain, fallback: nothing }\n";
    let german = HEAD.replace("[en, fr]", "[en, fr, de]");
    swap_whole(&shop, &format!("{german}{text}"));
    let decision = shop.ask(&Request::new("c", "mail").at(noon()));
    assert_eq!(decision.treatments[0].language, "de");
}

#[test]
fn a_program_of_another_engine_is_refused() {
    let text = format!("{HEAD}{}", who("x: optional number", "x >= 5"));
    let one = Engine::new(&rules(&text));
    let other = Engine::new(&rules(&text));
    assert_eq!(one.swap(other.compile(&rules(&text))), Err(SwapError::Foreign));
    assert_eq!(one.generation(), 1);
}

#[test]
fn an_answer_is_filled_by_the_rules_and_the_customer_that_decided_it() {
    let text = |banner: &str| {
        format!(
            "customer {{ name: optional text }}
action a {{ owner: crm, purpose: marketing, stage: grow, value: EUR 1, propensity: 5%
  message web {{ en {{ banner: \"{banner} {{name else you}}\" }}, fr {{ banner: \"x\" }} }} }}
{HOME}"
        )
    };
    let shop = Shop::new(&text("old")).with(Customer::new("c").set("name", "Lea"));
    let question = Request::new("c", "home").at(noon());
    let mut answer = Answer::default();
    shop.engine.decide_into(&question, &mut answer).unwrap();
    swap(&shop, &text("new"));
    shop.engine.put(&Customer::new("c").set("name", "Leo")).unwrap();
    let filled = |answer: &Answer| {
        let mut text = String::new();
        shop.engine.render(answer, 0, "banner", &mut text).unwrap();
        text
    };
    assert_eq!(filled(&answer), "old Lea");
    assert_eq!(answer.generation(), 1);
    shop.engine.decide_into(&question, &mut answer).unwrap();
    assert_eq!(filled(&answer), "new Leo");
    assert_eq!(answer.generation(), 2);
}

#[test]
fn a_reused_answer_keeps_nothing_of_the_last() {
    let text = format!("{}{}", who("x: optional number", "x >= 5"), "");
    let shop = Shop::new(&text).with(Customer::new("c").set("x", 5_i64));
    let mut answer = Answer::default();
    let yes = Request::new("c", "home").at(noon()).decision_id("one");
    shop.engine.decide_into(&yes, &mut answer).unwrap();
    assert_eq!(answer.actions().collect::<Vec<_>>(), ["a"]);
    assert!(shop.engine.decide_into(&Request::new("c", "nowhere"), &mut answer).is_err());
    assert!(answer.is_empty());
    let no = Request::new("d", "home").at(noon());
    shop.engine.decide_into(&no, &mut answer).unwrap();
    assert_eq!(answer.decision().unwrap(), shop.engine.decide(&no).unwrap());
    assert_eq!(Answer::default().decision(), None);
}

#[test]
fn a_pause_holds_across_swaps_and_renames() {
    let shop = Shop::new(&who("x: optional number", "x is unknown"));
    shop.engine.pause("a");
    assert_eq!(shop.home("c", noon()), "");
    swap(&shop, &who("x: optional number", "x is unknown").replace("action a ", "action b was a "));
    assert_eq!(shop.home("c", noon()), "");
    assert!(shop.engine.resume("a"));
    assert_eq!(shop.home("c", noon()), "b");
}

#[test]
fn replaced_programs_go_when_no_answer_holds_them() {
    let text = who("x: optional number", "x is unknown");
    let shop = Shop::new(&text);
    let mut answer = Answer::default();
    shop.engine.decide_into(&Request::anonymous("home"), &mut answer).unwrap();
    swap(&shop, &text);
    assert_eq!(shop.engine.stats().retired, 1);
    drop(answer);
    swap(&shop, &text);
    assert_eq!(shop.engine.stats().retired, 0);
}

#[test]
fn decisions_go_on_while_rules_and_customers_change() {
    fn shared<T: Send + Sync>(_: &T) {}
    let text =
        |limit: u32| format!("{HEAD}{}", who("x: optional number", &format!("x >= {limit}")));
    let engine = Engine::new(&rules(&text(5)));
    shared(&engine);
    engine.put(&Customer::new("c").set("x", 6_i64)).unwrap();
    let programs: Vec<_> = (0..40).map(|n| engine.compile(&rules(&text(5 + n % 2 * 5)))).collect();
    std::thread::scope(|scope| {
        let decide = || {
            let mut answer = Answer::default();
            for _ in 0..2_000 {
                engine.decide_into(&Request::new("c", "home").at(noon()), &mut answer).unwrap();
                // The first rules ask for 5, then 5 and 10 take turns: generation 2 for 5, 3 for 10.
                let generation = answer.generation();
                let asks_for_ten = generation > 1 && generation % 2 == 1;
                assert_eq!(answer.is_empty(), asks_for_ten, "generation {generation}");
            }
        };
        let deciding = [scope.spawn(decide), scope.spawn(decide)];
        for program in programs {
            engine.swap(program).unwrap();
            engine.put(&Customer::new("c").set("x", 6_i64)).unwrap();
        }
        for thread in deciding {
            thread.join().unwrap();
        }
    });
    assert_eq!(engine.generation(), 41);
}
