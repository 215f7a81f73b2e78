//! What is kept with a customer is what the program of today makes of it, and never another's.

use std::fmt::Write as _;

use onward::{Answer, Customer, Request};

use super::{HEAD, HOME, Shop, at, noon, offer, rules};

/// Ten actions, each from a threshold on.
fn ladder(step: i64) -> String {
    let mut text = "customer { x: optional number }\n".to_owned();
    for n in 0..10 {
        text += &offer(&format!("a{n}"), &format!("who {{ x >= {} }}", n * step));
    }
    text + &HOME.replace("show: 3", "show: 10")
}

#[test]
fn rows_of_another_program_are_never_taken() {
    let shop = Shop::new(&ladder(1))
        .with(Customer::new("low").set("x", 2_i64))
        .with(Customer::new("high").set("x", 25_i64));
    assert_eq!(shop.home("low", noon()), "a0 a1 a2");
    for (step, low, high) in [(2, "a0 a1", 10), (5, "a0", 6), (1, "a0 a1 a2", 10)] {
        let program = shop.engine.compile(&rules(&format!("{HEAD}{}", ladder(step))));
        shop.engine.swap(program).unwrap();
        // The second question finds what the first one kept.
        for _ in 0..2 {
            assert_eq!(shop.home("low", noon()), low, "steps of {step}");
            assert_eq!(shop.home("high", noon()).split(' ').count(), high, "steps of {step}");
        }
    }
}

#[test]
fn news_of_a_customer_count_at_once() {
    let shop = Shop::new(&ladder(1)).with(Customer::new("c").set("x", 2_i64));
    assert_eq!(shop.home("c", noon()), "a0 a1 a2");
    shop.engine.put(&Customer::new("c").set("x", 0_i64)).unwrap();
    assert_eq!(shop.home("c", noon()), "a0");
    shop.engine.put(&Customer::new("c").set("x", onward::value::Value::Null)).unwrap();
    assert_eq!(shop.home("c", noon()), "");
}

#[test]
fn what_hangs_on_the_day_or_the_request_is_not_kept() {
    let shop = Shop::new(&format!(
        "customer {{ ends: optional date, seen: optional time }}\n\
         request {{ page: optional one of [home, cart] }}\n\
         segment ending {{ ends in the next 10 days }}\n{}{}{}{}{HOME}",
        offer("a", "who { ends in the next 2 days }"),
        offer("b", "who { in segment ending }"),
        offer("c", "who { seen in the last 1 days }"),
        offer("d", "who { request.page is cart }"),
    ))
    .with(Customer::new("c").set("ends", "2026-09-15").set("seen", "2026-09-08T09:00:00Z"));
    assert_eq!(shop.home("c", noon()), "b c");
    assert_eq!(shop.home("c", at("2026-09-14T10:00:00Z")), "a b");
    assert_eq!(shop.home("c", at("2026-09-20T10:00:00Z")), "");
    let cart = Request::new("c", "home").at(noon()).attribute("page", "cart");
    let decision = shop.engine.decide(&cart).unwrap();
    assert_eq!(decision.actions().collect::<Vec<_>>(), ["b", "c", "d"]);
}

/// A segment of the day is read test by test; what it requires must be there even so.
#[test]
fn a_segment_of_the_day_that_lacks_what_it_requires_does_not_hold() {
    let shop = Shop::new(&format!(
        "customer {{ ends: required date, vip: yes_no default no }}\n\
         segment open {{ any {{ vip is yes, ends in the next 10 days }} }}\n\
         segment ending {{ vip is yes, ends in the last 10 days (if_unknown: yes) }}\n{}{}{HOME}",
        offer("a", "who { in segment ending }"),
        offer("b", "who { in segment open }"),
    ))
    .with(Customer::new("lacks").set("vip", true))
    .with(Customer::new("has").set("vip", true).set("ends", "2026-09-01"));
    assert_eq!(shop.home("has", noon()), "a b");
    assert_eq!(shop.home("lacks", noon()), "");
}

#[test]
fn a_day_before_1970_keeps_its_sign() {
    let shop = Shop::new(&format!(
        "customer {{ born: optional date }}\n{}{}{HOME}",
        offer("older", "who { born <= 1965-12-31 }"),
        offer("younger", "who { born >= 1966-01-01 }"),
    ))
    .with(Customer::new("c").set("born", "1965-12-31"));
    assert_eq!(shop.home("c", noon()), "older");
}

/// More attributes than the hot part has room for, of every width.
#[test]
fn attributes_beyond_the_hot_part_are_read_all_the_same() {
    let mut text = "customer {\n".to_owned();
    for n in 0..30 {
        let _ = writeln!(text, "  n{n:02}: optional number\n  d{n:02}: optional date");
        let _ = writeln!(text, "  f{n:02}: optional yes_no\n  w{n:02}: optional one of [a, b]");
    }
    text += "}\n";
    for n in 0..30 {
        text += &offer(
            &format!("o{n:02}"),
            &format!(
                "who {{ n{n:02} is {n}, d{n:02} <= 2026-01-01, f{n:02} is yes, w{n:02} is b }}"
            ),
        );
    }
    let shop = Shop::new(&(text + &HOME.replace("show: 3", "show: 32")));
    for n in 0..30_i64 {
        let customer = Customer::new("c")
            .set(format!("n{n:02}"), n)
            .set(format!("d{n:02}"), "1999-12-31")
            .set(format!("f{n:02}"), true)
            .set(format!("w{n:02}"), "b");
        shop.engine.put(&customer).unwrap();
        assert_eq!(shop.home("c", noon()).split(' ').count() as i64, n + 1);
    }
}

/// More placements than rows fit into the record itself; each has rows of its own.
#[test]
fn every_placement_finds_its_own_rows() {
    let mut text = "customer {\n".to_owned();
    for n in 0..20 {
        let _ = writeln!(text, "  n{n:02}: optional number");
    }
    text += "}\n";
    for n in 0..20 {
        for step in 0..40 {
            text += &offer(&format!("o{n:02}_{step:02}"), &format!("who {{ n{n:02} >= {step} }}"));
        }
    }
    for p in 0..20 {
        let list: Vec<String> =
            (0..200).map(|i| format!("o{:02}_{:02}", (p + i / 40) % 20, i % 40)).collect();
        let _ = writeln!(
            text,
            "placement p{p:02} {{ channel: web, show: 32, candidates: [{}], ranking: plain, fallback: nothing }}",
            list.join(", ")
        );
    }
    let shop = Shop::new(&text);
    let customer =
        (0..20_i64).fold(Customer::new("c"), |customer, n| customer.set(format!("n{n:02}"), n - 3));
    shop.engine.put(&customer).unwrap();
    let check = || {
        let (mut fast, mut slow) = (Answer::default(), Answer::default());
        for p in 0..20 {
            let request = Request::new("c", format!("p{p:02}")).at(noon());
            for _ in 0..2 {
                shop.engine.decide_into(&request, &mut fast).unwrap();
                shop.engine.decide_plainly(&request, &mut slow).unwrap();
                assert_eq!(fast.decision(), slow.decision(), "{p}");
                assert!(!fast.is_empty());
            }
        }
    };
    check();
    let program = shop.engine.compile(&rules(&format!("{HEAD}{text}")));
    shop.engine.swap(program).unwrap();
    check();
}

#[test]
fn a_customer_is_asked_by_key_as_by_id() {
    let shop = Shop::new(&ladder(1)).with(Customer::new("c").set("x", 1_i64));
    let key = shop.engine.key("c").expect("a customer");
    assert_eq!(shop.engine.key("nobody"), None);
    let by_key = Request::by_key(key, "home").at(noon());
    assert_eq!((by_key.key(), by_key.customer()), (Some(key), None));
    let by_id = Request::new("c", "home").at(noon());
    assert_eq!(shop.engine.decide(&by_key).unwrap(), shop.engine.decide(&by_id).unwrap());
    let explained = |request| shop.engine.explain(request).unwrap().candidates;
    assert_eq!(explained(&by_key), explained(&by_id));
    // A key is never given to anybody else.
    assert!(shop.engine.forget("c"));
    shop.engine.put(&Customer::new("c").set("x", 5_i64)).unwrap();
    assert!(shop.engine.decide(&by_key).unwrap().treatments.is_empty());
    assert_eq!(shop.home("c", noon()), "a0 a1 a2 a3 a4 a5");
}

/// One language, one channel, no consent: what is settled of such an action is settled when it is compiled.
#[test]
fn an_action_of_one_content_is_shown_to_those_it_is_written_for() {
    let head = HEAD.replace("languages: [en, fr]", "languages: [en]");
    let offer = offer("a", "").replace(", fr { banner: \"a fr\" }", "");
    let text = format!("{head}customer {{ }}\n{offer}{HOME}").replace("customer { }\n", "");
    let shop = Shop { engine: onward::Engine::new(&rules(&text)) };
    for (language, wanted) in [("en", "a"), ("EN-gb", "a"), ("fr", ""), ("", "a")] {
        let customer = Customer::new(format!("c{language}"));
        let customer = match language {
            "" => customer,
            tag => customer.set("language", tag),
        };
        shop.engine.put(&customer).unwrap();
        assert_eq!(shop.home(&format!("c{language}"), noon()), wanted, "{language}");
    }
    // Switches are asked even so.
    let request = Request::new("c", "home").at(noon());
    assert!(shop.engine.decide(&request.clone().exclude("a")).unwrap().treatments.is_empty());
    shop.engine.pause("a");
    assert!(shop.engine.decide(&request).unwrap().treatments.is_empty());
    assert!(shop.engine.resume("a"));
    assert_eq!(shop.home("c", noon()), "a");
}

/// The reasons of an empty answer are counted when somebody asks, of the customer as it was.
#[test]
fn the_summary_of_an_empty_answer_is_of_the_moment_that_was_decided() {
    let shop = Shop::new(&ladder(1)).with(Customer::new("c").set("x", -1_i64));
    let mut answer = Answer::default();
    shop.engine.decide_into(&Request::new("c", "home").at(noon()), &mut answer).unwrap();
    shop.engine.put(&Customer::new("c").set("x", 9_i64)).unwrap();
    let program = shop.engine.compile(&rules(&format!("{HEAD}{}", ladder(-1))));
    shop.engine.swap(program).unwrap();
    let summary = answer.summary();
    assert_eq!(summary.candidates, 10);
    assert_eq!(summary.refused.iter().map(|refused| refused.1).sum::<u32>(), 10);
    assert_eq!(answer.decision().unwrap().summary, summary);
}
