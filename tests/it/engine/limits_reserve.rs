//! Reserve, commit, release: what each takes and gives back, and what comes back by itself.

use onward::check::rules::CalendarUnit;
use onward::value::Timestamp;
use onward::{Customer, Engine, Request, ReserveError};

use super::limits::{DAY, HOUR, budget, cap, four, four_rules, limits, plus, rolling};
use super::{HEAD, Shop, noon, offer, rules};

fn one_a_week() -> Shop {
    four(1, |rules| rules.limits = vec![limits("week", vec![cap(1, rolling(7))])])
}

#[test]
fn what_is_reserved_counts_until_its_hold_is_over() {
    let shop = one_a_week();
    let permit = shop.reserve("c", "1", noon());
    assert_eq!(permit.decision().actions().collect::<Vec<_>>(), ["a"]);
    assert_eq!(shop.mail("c", plus(noon(), DAY - 1)), "");
    assert_eq!(shop.mail("c", plus(noon(), DAY)), "a:email", "nobody came for it");
    assert!(!shop.engine.commit(&permit, plus(noon(), DAY)).is_go());
}

#[test]
fn a_commit_counts_once_and_for_good() {
    let shop = one_a_week();
    let permit = shop.reserve("c", "1", noon());
    assert!(shop.engine.commit(&permit, plus(noon(), DAY - 1)).is_go());
    assert!(shop.engine.commit(&permit, plus(noon(), 2 * DAY)).is_go(), "again: the same");
    assert_eq!(shop.mail("c", plus(noon(), 2 * DAY)), "");
    // It counts from its commit.
    assert_eq!(shop.mail("c", plus(noon(), 8 * DAY - 2)), "");
    assert_eq!(shop.mail("c", plus(noon(), 8 * DAY - 1)), "a:email");
}

#[test]
fn a_commit_after_the_hold_is_no_permission() {
    let shop = one_a_week();
    let permit = shop.reserve("c", "1", noon());
    assert!(!shop.engine.commit(&permit, plus(noon(), DAY)).is_go());
    assert!(!shop.engine.commit(&permit, noon()).is_go(), "nor is one with an earlier clock");
    assert_eq!(shop.mail("c", plus(noon(), DAY)), "a:email");
}

#[test]
fn a_release_gives_back_what_was_reserved_or_sent() {
    let shop = one_a_week();
    let permit = shop.reserve("c", "1", noon());
    assert!(shop.engine.release(&permit, noon()).unwrap());
    assert!(!shop.engine.release(&permit, noon()).unwrap(), "once");
    assert!(!shop.engine.commit(&permit, noon()).is_go());
    assert_eq!(shop.mail("c", noon()), "a:email");
    let permit = shop.reserve("c", "2", noon());
    assert!(shop.engine.commit(&permit, noon()).is_go());
    assert_eq!(shop.mail("c", noon()), "");
    assert!(shop.engine.release(&permit, plus(noon(), HOUR)).unwrap(), "not delivered");
    assert_eq!(shop.mail("c", plus(noon(), HOUR)), "a:email");
}

#[test]
fn one_decision_is_given_one_permit() {
    let shop = four(1, |rules| rules.limits = vec![limits("week", vec![cap(2, rolling(7))])]);
    let first = shop.reserve("c", "1", noon());
    let again = shop.reserve("c", "1", plus(noon(), HOUR));
    assert_eq!(first.decision(), again.decision());
    assert_eq!(first.expires_at(), again.expires_at());
    assert_eq!(shop.mail("c", noon()), "a:email", "one of two is taken");
    assert!(
        shop.engine.commit(&again, noon()).is_go() && shop.engine.commit(&first, noon()).is_go()
    );
    assert_eq!(shop.mail("c", noon()), "a:email");
    // Another customer's decision by the same id is another.
    assert_eq!(shop.reserve("d", "1", noon()).decision().treatments.len(), 1);
    // An empty one is remembered as well.
    assert_eq!(shop.send("c", "2", noon()), "a");
    let empty = shop.reserve("c", "3", noon());
    assert!(empty.is_empty());
    assert!(!shop.engine.commit(&empty, noon()).is_go());
    assert!(shop.reserve("c", "3", plus(noon(), 7 * DAY)).is_empty());
    assert!(!shop.reserve("c", "4", plus(noon(), 7 * DAY)).is_empty());
}

#[test]
fn a_reservation_that_lives_over_the_end_of_the_window_counts_with_its_commit() {
    let shop = one_a_week();
    let request = Request::new("c", "mail").at(noon());
    let permit = shop.engine.reserve(&request, "1", 20 * DAY).unwrap();
    assert_eq!(shop.mail("c", plus(noon(), 19 * DAY)), "", "whatever the window");
    assert!(shop.engine.commit(&permit, plus(noon(), 19 * DAY)).is_go());
    assert_eq!(shop.mail("c", plus(noon(), 26 * DAY - 1)), "");
    assert_eq!(shop.mail("c", plus(noon(), 26 * DAY)), "a:email");
}

#[test]
fn consent_is_asked_again_when_it_is_sent() {
    let shop = Shop::new(&format!(
        "customer {{ x: optional number }}\n\
         action a {{ owner: crm, purpose: marketing, stage: grow, value: EUR 1, propensity: 5%\n\
         message email {{ en {{ subject: \"s\", body: \"b\" }}, fr {{ subject: \"s\", body: \"b\" }} }} }}\n{}",
        super::limits::mail(1)
    ))
    .with(Customer::new("c").grant("email", "marketing"));
    let permit = shop.reserve("c", "1", noon());
    assert!(!permit.is_empty());
    let later = plus(noon(), HOUR);
    shop.engine.put(&Customer::new("c").updated(later).withdraw_all("email")).unwrap();
    assert!(!shop.engine.commit(&permit, later).is_go());
    assert!(shop.reserve("c", "2", later).is_empty());
    shop.engine
        .put(&Customer::new("c").updated(plus(later, 1)).grant("email", "marketing"))
        .unwrap();
    assert!(!shop.engine.commit(&permit, later).is_go(), "what expired stays so");
}

#[test]
fn a_budget_comes_back_from_whoever_does_not_send() {
    let shop = four(1, |rules| rules.actions[0].budget = Some(budget(1, None)));
    let permit = shop.reserve("c", "1", noon());
    assert_eq!(shop.mail("d", noon()), "b:email");
    assert!(shop.engine.release(&permit, noon()).unwrap());
    assert_eq!(shop.mail("d", noon()), "a:email");
    // Abandoned: the next reservation of anybody brings it back.
    let _abandoned = shop.reserve("c", "2", noon());
    assert_eq!(shop.mail("d", plus(noon(), DAY)), "b:email", "nobody looked");
    let taken = shop.reserve("d", "1", plus(noon(), DAY));
    assert_eq!(taken.decision().actions().collect::<Vec<_>>(), ["a"]);
    // Sent, then not delivered.
    assert!(shop.engine.commit(&taken, plus(noon(), DAY)).is_go());
    assert_eq!(shop.mail("e", plus(noon(), DAY)), "b:email");
    assert!(shop.engine.release(&taken, plus(noon(), DAY)).unwrap());
    assert_eq!(shop.mail("e", plus(noon(), DAY)), "a:email");
    // `expire` looks too, and forgetting a customer gives back what was only reserved.
    let _abandoned = shop.reserve("e", "1", plus(noon(), DAY));
    shop.engine.expire(plus(noon(), 2 * DAY));
    assert_eq!(shop.mail("f", plus(noon(), 2 * DAY)), "a:email");
    let _forgotten = shop.reserve("f", "1", plus(noon(), 2 * DAY));
    assert_eq!(shop.mail("g", plus(noon(), 2 * DAY)), "b:email");
    assert!(shop.engine.forget("f"));
    assert_eq!(shop.mail("g", plus(noon(), 2 * DAY)), "a:email");
}

#[test]
fn a_budget_unit_belongs_to_the_day_of_its_reservation() {
    let shop = four(1, |rules| {
        rules.actions[0].budget = Some(budget(1, Some(CalendarUnit::Day)));
    });
    let before_midnight = super::at("2026-09-08T21:00:00Z");
    let permit = shop.reserve("c", "1", before_midnight);
    let after = super::at("2026-09-08T23:00:00Z");
    assert!(shop.engine.commit(&permit, after).is_go());
    assert_eq!(shop.mail("d", after), "a:email", "of the new day none is used");
    assert_eq!(shop.mail("d", before_midnight), "b:email");
}

#[test]
fn promises_survive_a_swap_and_follow_a_name() {
    let change = |rules: &mut onward::Rules| {
        rules.limits = vec![limits("week", vec![cap(1, rolling(7))])];
        rules.actions[0].budget = Some(budget(2, None));
        rules.actions[0].repeat = Some(cap(1, rolling(30)));
    };
    let shop = four(1, change);
    let permit = shop.reserve("c", "1", noon());
    assert!(shop.engine.commit(&permit, noon()).is_go());
    let open = shop.reserve("d", "1", noon());
    // `a` is called `alpha` from now on.
    let renamed = four_rules(1, |rules| {
        change(rules);
        rules.actions[0].name = "alpha".into();
        rules.actions[0].was = vec!["a".into()];
    });
    shop.engine.swap(shop.engine.compile(&renamed)).unwrap();
    assert_eq!(shop.mail("c", plus(noon(), 6 * DAY)), "");
    assert_eq!(
        shop.mail("c", plus(noon(), 8 * DAY)),
        "b:email",
        "its repeat counts for the new name"
    );
    assert_eq!(shop.mail("e", noon()), "b:email", "both of the budget are taken");
    assert!(shop.engine.commit(&open, plus(noon(), HOUR)).is_go());
    assert!(shop.engine.release(&open, plus(noon(), HOUR)).unwrap());
    assert_eq!(shop.mail("e", plus(noon(), HOUR)), "alpha:email");
    assert_eq!(shop.mail("c", plus(noon(), 8 * DAY)), "b:email", "the budget does not hide it");
}

#[test]
fn a_customer_of_whom_nothing_is_known_becomes_one() {
    let shop = one_a_week();
    assert!(!shop.reserve("new", "1", noon()).is_empty());
    assert_eq!(shop.engine.customer_ids(), ["new"]);
    shop.engine.put(&Customer::new("new").set("x", 3_i64)).unwrap();
    assert_eq!(shop.mail("new", noon()), "");
    // By key, too.
    let key = shop.engine.key("new").unwrap();
    let by_key = Request::by_key(key, "mail").at(plus(noon(), 2 * DAY));
    assert!(!shop.engine.reserve(&by_key, "2", DAY).unwrap().is_empty());
    assert!(shop.engine.forget("new"));
    assert_eq!(shop.engine.reserve(&by_key, "3", DAY).err(), Some(ReserveError::NoCustomer));
}

#[test]
fn what_cannot_be_reserved_says_why() {
    let shop = one_a_week();
    let good = Request::new("c", "mail").at(noon());
    let refused = |request: &Request, id: &str, hold: i64| {
        shop.engine.reserve(request, id, hold).expect_err("refused")
    };
    assert_eq!(refused(&good, "", DAY), ReserveError::DecisionId);
    assert_eq!(refused(&good, "1", 0), ReserveError::Hold);
    assert_eq!(refused(&good, "1", 30 * DAY + 1), ReserveError::Hold);
    assert!(shop.engine.reserve(&good, "1", 30 * DAY).is_ok());
    assert_eq!(refused(&Request::anonymous("mail"), "1", DAY), ReserveError::NoCustomer);
    assert_eq!(refused(&Request::new("", "mail"), "1", DAY), ReserveError::Customer);
    assert!(matches!(refused(&Request::new("n", "nowhere"), "1", DAY), ReserveError::Bind(_)));
    assert_eq!(shop.engine.key("n"), None, "what is refused makes nobody");
    let hand = |action: &str, channel: &str| {
        shop.engine.reserve_send("c", action, channel, noon(), "h", DAY).expect_err("refused")
    };
    assert!(matches!(hand("zz", "email"), ReserveError::NoMessage { .. }));
    assert!(matches!(hand("a", "web"), ReserveError::NoMessage { .. }));
    assert!(matches!(hand("a", "email"), ReserveError::Refused { .. }));
}

#[test]
fn a_send_by_hand_asks_every_check() {
    let shop = Shop::new(&format!(
        "customer {{ x: optional number, y: required number }}\n{}{}",
        offer(
            "a",
            "dates: 2026-09-08 to 2026-09-09\nwho { x >= 5 }\nnever { x >= 9 (if_unknown: no) }"
        ),
        offer("b", "who { y >= 5 }"),
    ))
    .with(Customer::new("good").set("x", 6_i64))
    .with(Customer::new("low").set("x", 4_i64))
    .with(Customer::new("high").set("x", 10_i64));
    let hand = |customer: &str, action: &str, at: Timestamp| {
        shop.send_hand(customer, (action, "web"), at, "1").map(onward::Commit::is_go)
    };
    let no = |reasons: &[&str]| Err(reasons.iter().map(|one| (*one).to_owned()).collect());
    assert_eq!(hand("low", "a", noon()), no(&["who"]));
    assert_eq!(hand("high", "a", noon()), no(&["never"]));
    assert_eq!(hand("good", "a", plus(noon(), 2 * DAY)), no(&["dates"]));
    assert_eq!(hand("good", "b", noon()), no(&["who", "who"]), "with the missing attribute");
    assert_eq!(hand("good", "a", noon()), Ok(true));
    shop.engine.pause("a");
    let paused = shop.engine.reserve_send("good", "a", "web", noon(), "2", DAY);
    assert!(matches!(paused, Err(ReserveError::Refused { .. })));
}

#[test]
fn a_batch_takes_in_the_order_of_its_questions() {
    let change = |rules: &mut onward::Rules| {
        rules.limits = vec![limits("week", vec![cap(2, rolling(7))])];
        rules.actions[0].budget = Some(budget(300, None));
        rules.actions[1].budget = Some(budget(200, None));
        rules.actions[0].repeat = Some(cap(1, rolling(7)));
    };
    let who = |n: i32| if n < 200 { n % 40 } else { n * 13 % 701 };
    let requests: Vec<(Request, String)> = (0..1500)
        .map(|n| (Request::new(format!("c{}", who(n)), "mail").at(noon()), format!("d{n}")))
        .collect();
    let told = |permits: Vec<onward::engine::Reserved>| -> Vec<String> {
        let one = |permit: onward::engine::Reserved| {
            let permit = permit.expect("a good question");
            permit.decision().actions().collect::<Vec<_>>().join(" ")
        };
        permits.into_iter().map(one).collect()
    };
    let single = four(1, change);
    let wanted = told(
        requests.iter().map(|(request, id)| single.engine.reserve(request, id, DAY)).collect(),
    );
    for threads in [1, 2, 5] {
        let shop = Shop { engine: Engine::new(&four_rules(1, change)) };
        // Half of them are known before.
        for n in 0..350 {
            shop.engine.put(&Customer::new(format!("c{n}")).set("x", 1_i64)).unwrap();
        }
        let got = told(shop.engine.reserve_many_on(&requests, DAY, threads));
        assert_eq!(got, wanted, "{threads} threads");
    }
    let count = |action: &str| wanted.iter().filter(|one| *one == action).count();
    assert_eq!((count("a"), count("b")), (300, 200));
    assert!(count("c") > 0 && count("") > 0);
}

#[test]
fn more_consents_than_bits_are_asked_again_too() {
    let mut text = String::from("customer { x: optional number }\n");
    for n in 0..70 {
        text += &format!("purpose p{n:02} {{ consent_needed: [email] }}\n");
        text += &format!(
            "action a{n:02} {{ owner: crm, purpose: p{n:02}, stage: grow, value: EUR 1, propensity: 5%\n\
             message email {{ en {{ subject: \"s\", body: \"b\" }}, fr {{ subject: \"s\", body: \"b\" }} }} }}\n"
        );
    }
    let shop = Shop { engine: Engine::new(&rules(&format!("{HEAD}{text}"))) }
        .with(Customer::new("c").grant("email", "p69"));
    let permit = shop.engine.reserve_send("c", "a69", "email", noon(), "1", DAY).unwrap();
    shop.engine.put(&Customer::new("c").updated(noon()).withdraw("email", "p69")).unwrap();
    assert!(!shop.engine.commit(&permit, noon()).is_go());
}
