//! One journey and one customer, step by step.

use onward::engine::Entered;
use onward::{Customer, Engine, Event, Request};

use super::{DAY, HOUR, MINUTE, SHOP, Shop, rules_of};

const RESCUE: &str = r#"
journey cart_rescue {
  owner: crm, purpose: marketing, longest: 10 days
  enter: cart_abandoned where { value >= EUR 40 }, again: 14 days after leaving
  goal: purchase within 3 days of entering
  exit { complaints >= 1 }
  steps {
    wait first_pause: 2 hours
    send reminder by first of [push, email] { if_blocked: retry for 12 hours then continue }
    wait up to 22 hours for cart_opened { if_seen: finish returned, if_not: continue }
    branch {
      when vip is yes: go to vip_desk
      when entry.value >= EUR 150: go to voucher
      otherwise: finish no_incentive
    }
  }
  path vip_desk { send call_back by web { if_blocked: finish unreachable }, finish called }
  path voucher  { send voucher by email { if_blocked: finish capped }, finish given }
}
"#;

#[test]
fn a_cart_of_160_euro_ends_with_a_voucher() {
    let shop = Shop::new(RESCUE);
    shop.customer("lea");
    shop.cart("lea", 0, 160);
    assert_eq!(shop.stands("lea"), "cart_rescue first_pause");
    assert_eq!(shop.until(119), 0);
    assert_eq!(shop.sent(), [""; 0]);
    assert_eq!(shop.until(120), 1);
    assert_eq!(shop.sent(), ["120 reminder push"]);
    shop.until(3 * 24 * 60);
    assert_eq!(shop.sent(), ["120 reminder push", "1440 voucher email"]);
    assert_eq!(shop.stands("lea"), "cart_rescue ended as given");
}

#[test]
fn who_buys_is_out_at_once() {
    let shop = Shop::new(RESCUE);
    for id in ["lea", "tim"] {
        shop.customer(id);
        shop.cart(id, 0, 160);
    }
    shop.buys("lea", 60);
    assert_eq!(shop.stands("lea"), "cart_rescue ended as goal");
    shop.engine
        .put(&Customer::new("tim").updated(Shop::time(61)).set("complaints", 1_i64))
        .unwrap();
    assert_eq!(shop.stands("tim"), "cart_rescue ended as exit");
    assert_eq!(shop.until(10 * 24 * 60), 0, "no timer is left of them");
    assert_eq!(shop.sent(), [""; 0]);
}

#[test]
fn small_carts_do_not_enter_and_nobody_enters_twice_within_14_days() {
    let shop = Shop::new(RESCUE);
    shop.customer("lea");
    shop.cart("lea", 0, 39);
    assert_eq!(shop.stands("lea"), "");
    shop.cart("lea", 1, 40);
    shop.cart("lea", 2, 60);
    assert_eq!(shop.engine.travels("lea").runs.len(), 1);
    shop.buys("lea", 10);
    let day = 24 * 60;
    shop.cart("lea", 9 + 14 * day, 60);
    assert_eq!(shop.stands("lea"), "cart_rescue ended as goal");
    shop.cart("lea", 10 + 14 * day, 60);
    assert_eq!(shop.stands("lea"), "cart_rescue first_pause");
}

#[test]
fn the_event_that_is_waited_for_counts_at_the_very_end_and_not_after() {
    for (minutes, ending) in
        [(120, "returned"), (120 + 22 * 60, "returned"), (121 + 22 * 60, "no_incentive")]
    {
        let shop = Shop::new(RESCUE);
        shop.customer("lea");
        shop.cart("lea", 0, 40);
        shop.until(120);
        shop.happens("lea", Event::new("lea", "cart_opened", Shop::time(minutes)));
        assert_eq!(shop.stands("lea"), format!("cart_rescue ended as {ending}"), "{minutes}");
    }
}

#[test]
fn the_goal_counts_within_its_time_and_the_journey_goes_on_after_it() {
    let day = 24 * 60;
    let long = RESCUE.replace("wait first_pause: 2 hours", "wait first_pause: 5 days");
    for (minutes, found) in
        [(3 * day, "cart_rescue ended as goal"), (3 * day + 1, "cart_rescue first_pause")]
    {
        let shop = Shop::new(&long);
        shop.customer("lea");
        shop.cart("lea", 0, 40);
        shop.buys("lea", minutes);
        assert_eq!(shop.stands("lea"), found, "{minutes}");
    }
}

#[test]
fn a_blocked_message_is_tried_again_when_something_happens_or_a_reason_ends() {
    let shop = Shop::new(RESCUE);
    // Push is not consented to, and mails are: the second channel is used.
    shop.engine.put(&Customer::new("lea").grant("email", "marketing")).unwrap();
    shop.cart("lea", 0, 40);
    shop.until(120);
    assert_eq!(shop.sent(), ["120 reminder email"]);
    // Nobody consents to anything but the web: the run is over where no message can follow.
    let shop = Shop::new(&RESCUE.replace("when vip is yes: go to vip_desk\n", "").replace(
        "path vip_desk { send call_back by web { if_blocked: finish unreachable }, finish called }\n",
        "",
    ));
    shop.cart("tim", 0, 40);
    shop.until(119);
    assert_eq!(shop.stands("tim"), "cart_rescue first_pause");
    shop.until(120);
    assert_eq!(shop.stands("tim"), "cart_rescue ended as opted_out");
    // With a way left it goes on, tries again with the news, and is sent.
    let shop = Shop::new(RESCUE);
    shop.cart("tim", 0, 40);
    shop.until(300);
    assert_eq!(shop.stands("tim"), "cart_rescue reminder");
    let news = Customer::new("tim").updated(Shop::time(301)).grant("push", "marketing");
    shop.engine.put(&news).unwrap();
    assert_eq!(shop.sent(), ["301 reminder push"]);
    // Twelve hours after the first try it goes on without.
    let shop = Shop::new(RESCUE);
    shop.cart("tim", 0, 40);
    shop.until(120 + 12 * 60 - 1);
    assert_eq!(shop.stands("tim"), "cart_rescue reminder");
    shop.until(120 + 12 * 60);
    assert!(shop.sent().is_empty() && shop.stands("tim") != "cart_rescue reminder");
}

#[test]
fn consent_that_is_withdrawn_ends_the_run_where_nothing_can_follow() {
    let shop = Shop::new(&RESCUE.replace("when vip is yes: go to vip_desk\n", "").replace(
        "path vip_desk { send call_back by web { if_blocked: finish unreachable }, finish called }\n",
        "",
    ));
    shop.customer("lea");
    shop.cart("lea", 0, 40);
    let news = Customer::new("lea").updated(Shop::time(1));
    shop.engine.put(&news.clone().withdraw("push", "marketing")).unwrap();
    assert_eq!(shop.stands("lea"), "cart_rescue first_pause");
    shop.engine.put(&news.withdraw("email", "marketing")).unwrap();
    assert_eq!(shop.stands("lea"), "cart_rescue ended as opted_out");
}

#[test]
fn a_run_is_over_when_it_lasted_as_long_as_it_may() {
    let long = RESCUE
        .replace("longest: 10 days", "longest: 6 days")
        .replace("wait first_pause: 2 hours", "wait until 2027-01-01");
    let shop = Shop::new(&long);
    shop.customer("lea");
    shop.cart("lea", 0, 40);
    let day = 24 * 60;
    assert_eq!(shop.until(6 * day - 1), 0);
    assert_eq!(shop.until(6 * day), 1);
    assert_eq!(shop.stands("lea"), "cart_rescue ended as too_long");
}

#[test]
fn time_may_be_cut_as_one_likes() {
    let whole = Shop::new(RESCUE);
    let cut = Shop::new(RESCUE);
    for shop in [&whole, &cut] {
        for (n, id) in ["lea", "tim", "ada", "bob"].iter().enumerate() {
            shop.customer(id);
            shop.cart(id, 7 * i64::try_from(n).unwrap(), 160);
        }
    }
    whole.until(3 * 24 * 60);
    for minutes in 0..3 * 24 * 60 / 5 {
        cut.until(minutes * 5);
    }
    cut.until(3 * 24 * 60);
    assert_eq!(whole.engine.activations(), cut.engine.activations());
    assert_eq!(whole.engine.activations().len(), 8);
    // An event first plays what was due for its customer before it.
    let late = Shop::new(RESCUE);
    late.customer("lea");
    late.cart("lea", 0, 160);
    late.buys("lea", 130);
    assert_eq!(late.sent(), ["120 reminder push"]);
    assert_eq!(late.stands("lea"), "cart_rescue ended as goal");
}

#[test]
fn a_message_keeps_its_name_until_it_is_taken() {
    let shop = Shop::new(RESCUE);
    shop.customer("lea");
    shop.cart("lea", 0, 160);
    shop.until(24 * 60);
    let all = shop.engine.activations();
    assert_eq!(all.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), ["lea#1.1", "lea#1.2"]);
    assert_eq!((all[0].journey.as_str(), all[0].step.as_str()), ("cart_rescue", "reminder"));
    assert!(shop.engine.taken(&all[0]));
    assert!(!shop.engine.taken(&all[0]), "once");
    assert_eq!(shop.engine.activations(), all[1..]);
}

const REPEATING: &str = r#"
journey weekly {
  owner: crm, purpose: marketing, longest: 60 days
  enter: app_opened, again: restart
  steps { go to again }
  path again {
    wait pause: 7 days
    send reminder by email { if_blocked: continue }
    branch {
      when complaints >= 50: finish spared
      otherwise: go to again
    }
  }
}
"#;

#[test]
fn who_restarts_is_replaced_and_a_circle_sends_each_time() {
    let shop = Shop::new(REPEATING);
    shop.customer("lea");
    let opens = |minutes: i64| {
        shop.happens("lea", Event::new("lea", "app_opened", Shop::time(minutes)));
    };
    opens(0);
    let week = 7 * 24 * 60;
    shop.until(2 * week + 5);
    assert_eq!(shop.sent().len(), 2);
    opens(2 * week + 10);
    assert_eq!(shop.engine.travels("lea").ended.unwrap().outcome, "replaced");
    assert_eq!(shop.engine.travels("lea").runs.len(), 1);
    shop.until(3 * week + 9);
    assert_eq!(shop.sent().len(), 2);
    shop.until(3 * week + 10);
    assert_eq!(shop.sent().len(), 3);
    shop.until(52 * week);
    assert_eq!(shop.stands("lea"), "weekly ended as too_long");
    let ids: std::collections::BTreeSet<String> =
        shop.engine.activations().into_iter().map(|one| one.id).collect();
    assert_eq!(ids.len(), shop.sent().len(), "no two are called alike");
}

const ORDERS: &str = r#"
journey order {
  owner: crm, purpose: marketing, longest: 20 days
  enter: cart_abandoned, again: never per order_id, at_once: 3
  goal: purchase where { order_id is entry.order_id }
  steps {
    wait pause: 3 days
    send reminder by email { if_blocked: continue }
    transfer to winback { if_already_in: refuse }
    finish lost
  }
}
journey winback {
  owner: crm, purpose: marketing, longest: 40 days
  enter: request, again: 14 days after leaving
  who { complaints < 5 }
  steps {
    wait calm: 10 days
    finish quiet
  }
}
"#;

#[test]
fn runs_are_told_apart_by_the_order_and_handed_on_in_one_step() {
    let shop = Shop::new(ORDERS);
    shop.customer("lea");
    let cart = |minutes: i64, order: &str| {
        let event = Event::new("lea", "cart_abandoned", Shop::time(minutes)).set("value", "EUR 5");
        shop.happens("lea", event.set("order_id", order));
    };
    for (minutes, order) in [(0, "a"), (1, "b"), (2, "a"), (3, "c"), (4, "d")] {
        cart(minutes, order);
    }
    assert_eq!(shop.engine.travels("lea").runs.len(), 3, "a, b and c; d is one too many");
    let event = Event::new("lea", "purchase", Shop::time(9)).set("amount", "EUR 5");
    shop.happens("lea", event.set("order_id", "b"));
    assert_eq!(shop.engine.travels("lea").runs.len(), 2);
    cart(20, "b");
    assert_eq!(shop.engine.travels("lea").runs.len(), 2, "never again for b");
    shop.until(3 * 24 * 60);
    assert_eq!(shop.stands("lea"), "order pause, winback calm");
    shop.until(4 * 24 * 60);
    // The second one found somebody there.
    let travels = shop.engine.travels("lea");
    assert_eq!(travels.runs.len(), 1);
    assert_eq!(
        (travels.ended.clone().unwrap().journey, travels.ended.unwrap().outcome),
        ("order".into(), "lost".into())
    );
    assert_eq!(shop.engine.enter("lea", "winback", Shop::time(5 * 24 * 60)), Ok(Entered::NotAgain));
    assert_eq!(shop.engine.enter("tim", "winback", Shop::time(0)), Ok(Entered::In));
    shop.engine.put(&Customer::new("ada").set("complaints", 9_i64)).unwrap();
    assert_eq!(shop.engine.enter("ada", "winback", Shop::time(0)), Ok(Entered::NotFor));
    assert!(shop.engine.enter("ada", "order", Shop::time(0)).is_err());
    assert!(shop.engine.enter("ada", "nothing", Shop::time(0)).is_err());
}

#[test]
fn limits_hold_for_journeys_as_for_everybody() {
    let shop = Shop::new(RESCUE);
    shop.customer("lea");
    let by_hand =
        shop.engine.reserve_send("lea", "voucher", "web", Shop::time(0), "by hand", HOUR).unwrap();
    assert!(shop.engine.commit(&by_hand, Shop::time(0)).is_go());
    shop.cart("lea", 1, 160);
    shop.until(3 * 24 * 60);
    assert_eq!(shop.sent(), ["121 reminder push"]);
    assert_eq!(shop.stands("lea"), "cart_rescue ended as capped");
    // And what a journey sent counts for everybody.
    let shop = Shop::new(RESCUE);
    shop.customer("lea");
    shop.cart("lea", 0, 160);
    shop.until(24 * 60);
    let again = shop.engine.reserve_send("lea", "voucher", "web", Shop::time(24 * 60), "x", HOUR);
    assert!(again.is_err());
    let week = Shop::time(24 * 60).plus_micros(7 * DAY);
    assert!(shop.engine.reserve_send("lea", "voucher", "web", week, "y", HOUR).is_ok());
    let _ = (MINUTE, Request::anonymous("home"));
}

const SPLIT: &str = r#"
journey lot {
  owner: crm, purpose: marketing, longest: 20 days
  enter: app_opened, again: never
  steps {
    split half { 50%: continue, 30%: go to b, 20%: go to c }
    finish a
  }
  path b { finish b }
  path c { finish c }
}
"#;

#[test]
fn a_split_is_fair_and_stays_the_same() {
    let shop = Shop::new(SPLIT);
    let mut ended = std::collections::BTreeMap::new();
    for n in 0..4_000 {
        let id = format!("customer {n}");
        shop.happens(&id, Event::new(id.as_str(), "app_opened", Shop::time(n)));
        *ended.entry(shop.stands(&id)).or_insert(0) += 1;
    }
    let counts: Vec<i32> = ended.values().copied().collect();
    assert_eq!(counts.len(), 3);
    // Within four standard deviations.
    for (count, share) in counts.iter().zip([2_000, 1_200, 800]) {
        assert!((count - share).abs() < 130, "{ended:?}");
    }
    let again = Shop::new(SPLIT);
    for n in 0..50 {
        let id = format!("customer {n}");
        again.happens(&id, Event::new(id.as_str(), "app_opened", Shop::time(n)));
        assert_eq!(again.stands(&id), shop.stands(&id));
    }
}

#[test]
fn a_swap_moves_who_waits_or_lets_them_finish_by_what_they_entered_under() {
    // Stay, which is what it is where nothing is said: they finish by the rules of before.
    let shop = Shop::new(RESCUE);
    shop.customer("lea");
    shop.cart("lea", 0, 160);
    let without = RESCUE.replace("    wait first_pause: 2 hours\n", "    wait other: 9 hours\n");
    let swap = |engine: &Engine, text: &str| {
        let program = engine.compile(&rules_of(&format!("{SHOP}{text}")));
        engine.swap(program)
    };
    swap(&shop.engine, &without).unwrap();
    shop.until(120);
    assert_eq!(shop.sent(), ["120 reminder push"]);
    shop.customer("tim");
    shop.cart("tim", 121, 160);
    assert_eq!(shop.stands("tim"), "cart_rescue other");

    // Move: a step that somebody stands on may not go, unless it is said where to.
    let moving = RESCUE
        .replace("longest: 10 days", "longest: 10 days, on_change: move")
        .replace("wait up to 22 hours", "wait opened: up to 22 hours");
    let shop = Shop::new(&moving);
    shop.customer("lea");
    shop.cart("lea", 0, 160);
    let gone = moving.replace("    wait first_pause: 2 hours\n", "    wait other: 9 hours\n");
    let why = swap(&shop.engine, &gone).unwrap_err().to_string();
    assert!(why.starts_with("1 stand on step `first_pause` of `cart_rescue`"), "{why}");
    assert_eq!(shop.engine.generation(), 1);
    let moved = gone.replace(
        "longest: 10 days, on_change: move",
        "longest: 10 days, on_change: move, moved: first_pause to other",
    );
    swap(&shop.engine, &moved).unwrap();
    assert_eq!(shop.stands("lea"), "cart_rescue other");
    // The time that was settled on arrival stands.
    shop.until(120);
    assert_eq!(shop.sent(), ["120 reminder push"]);
}

#[test]
fn two_identities_in_one_journey_are_one_run_of_one_person() {
    let shop = Shop::new(RESCUE);
    for (id, minutes) in [("device", 0), ("lea", 30)] {
        shop.customer(id);
        shop.cart(id, minutes, 160);
    }
    shop.engine.alias("device", "lea", Shop::time(40)).unwrap();
    let travels = shop.engine.travels("lea");
    assert_eq!(travels.runs.len(), 1);
    assert_eq!(travels.runs[0].entered, Shop::time(0), "the older one stays");
    assert_eq!(travels.ended.unwrap().outcome, "moved");
    shop.until(3 * 24 * 60);
    assert_eq!(shop.sent(), ["120 reminder push", "1440 voucher email"]);
    shop.engine.forget("lea");
    assert!(shop.engine.activations().is_empty());
}
