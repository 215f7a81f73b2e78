//! Where a plain reading of the pages decides: what was due before the news, hours that open, rules that changed.

use onward::engine::SwapError;
use onward::{Customer, Engine, Event};

use super::{SHOP, Shop, rules_of};

const DAY: i64 = 24 * 60;

/// A shop by a whole text.
fn shop(text: &str) -> Shop {
    Shop { engine: Engine::new(&rules_of(text)) }
}

fn swap(shop: &Shop, text: &str) -> Result<u64, SwapError> {
    shop.engine.swap(shop.engine.compile(&rules_of(text)))
}

const TWICE: &str = r#"
journey twice {
  owner: crm, purpose: marketing, longest: 10 days
  enter: cart_abandoned, again: never
  exit { complaints >= 1 }
  steps {
    wait first: 2 hours
    send reminder by push { if_blocked: retry for 30 hours then finish capped }
    wait second: 2 hours
    send voucher by email { if_blocked: finish capped }
    finish given
  }
}
"#;

#[test]
fn what_was_due_before_the_news_does_not_know_it() {
    let shop = Shop::new(TWICE);
    shop.customer("lea");
    shop.cart("lea", 0, 160);
    let news = Customer::new("lea").updated(Shop::time(121)).set("complaints", 1_i64);
    shop.engine.put(&news).unwrap();
    assert_eq!(shop.sent(), ["120 reminder push"]);
    assert_eq!(shop.stands("lea"), "twice ended as exit");
    // Of one time, the news comes first.
    let shop = Shop::new(TWICE);
    shop.customer("lea");
    shop.cart("lea", 0, 160);
    let news = Customer::new("lea").updated(Shop::time(120)).set("complaints", 1_i64);
    shop.engine.put(&news).unwrap();
    assert_eq!(shop.sent(), [""; 0]);
}

#[test]
fn a_message_goes_out_when_its_hours_open() {
    let text = format!("{SHOP}{TWICE}").replace(
        "channel push { }",
        "send_hours daytime { monday to sunday: 09:00 to 20:00 }\nchannel push { send_hours: daytime }",
    );
    let shop = shop(&text);
    shop.customer("lea");
    let zone = Customer::new("lea").updated(Shop::time(0)).set("timezone", "Europe/Paris");
    shop.engine.put(&zone).unwrap();
    // Noon in Paris: two hours after six in the evening they close, and they open at nine.
    shop.cart("lea", 6 * 60, 160);
    shop.until(21 * 60 - 1);
    assert_eq!(shop.stands("lea"), "twice reminder");
    shop.until(21 * 60);
    assert_eq!(shop.sent(), ["1260 reminder push"]);
}

#[test]
fn a_message_goes_out_when_its_dates_begin() {
    let text = format!("{SHOP}{TWICE}").replace(
        "  message push { en { title",
        "  dates: 2026-09-09 to 2026-12-31\n  message push { en { title",
    );
    let shop = shop(&text);
    shop.customer("lea");
    shop.cart("lea", 0, 160);
    // Midnight in Paris.
    shop.until(12 * 60 - 1);
    assert_eq!(shop.stands("lea"), "twice reminder");
    shop.until(12 * 60);
    assert_eq!(shop.sent(), ["720 reminder push"]);
}

#[test]
fn who_finishes_by_old_steps_is_reached_by_the_limits_of_now() {
    let shop = Shop::new(TWICE);
    shop.customer("lea");
    shop.cart("lea", 0, 160);
    let limits =
        "limits calm { purpose: marketing, at most 1 per 30 days on [email, push] together }";
    let changed = TWICE.replace("wait first: 2 hours", "wait first: 5 hours");
    swap(&shop, &format!("{SHOP}{limits}\n{changed}")).unwrap();
    shop.until(DAY);
    assert_eq!(shop.sent(), ["120 reminder push"]);
    assert_eq!(shop.stands("lea"), "twice ended as capped");
}

const HANDED: &str = r#"
journey lost_cart {
  owner: crm, purpose: marketing, longest: 20 days
  enter: cart_abandoned, again: never
  steps {
    wait pause: 3 days
    transfer to winback { if_already_in: stay }
  }
}
journey winback {
  owner: crm, purpose: marketing, longest: 40 days
  enter: request, again: never
  steps {
    wait calm: 10 days
    finish quiet
  }
}
"#;

#[test]
fn who_is_handed_over_enters_by_the_rules_of_now() {
    let shop = Shop::new(HANDED);
    shop.customer("lea");
    shop.cart("lea", 0, 160);
    let changed = HANDED
        .replace("wait pause: 3 days", "wait pause: 4 days")
        .replace("wait calm: 10 days", "wait rest: 1 days");
    swap(&shop, &format!("{SHOP}{changed}")).unwrap();
    shop.until(3 * DAY);
    assert_eq!(shop.stands("lea"), "winback rest");
    shop.until(4 * DAY);
    assert_eq!(shop.stands("lea"), "winback ended as quiet");
}

const MOVING: &str = r#"
journey moving {
  owner: crm, purpose: marketing, longest: 20 days, on_change: move
  enter: cart_abandoned, again: restart per order_id, at_once: 3
  steps {
    wait one: 2 hours
    branch { when entry.order_id is o1: finish first, otherwise: finish other }
  }
}
"#;

#[test]
fn who_moves_takes_along_what_it_entered_with() {
    let first = "entry.order_id is o1";
    let one = MOVING.replace("restart per order_id, at_once: 3", "restart");
    for (reads, adds) in
        [(first, "entry.value >= EUR 500"), ("entry.value >= EUR 150", "entry.order_id is another")]
    {
        let before = one.replace(first, reads);
        let after = before.replace("  steps {", &format!("  exit {{ {adds} }}\n  steps {{"));
        let shop = Shop::new(&before);
        shop.customer("lea");
        shop.cart("lea", 0, 160);
        swap(&shop, &format!("{SHOP}{after}")).unwrap();
        shop.until(120);
        assert_eq!(shop.stands("lea"), "moving ended as first", "{reads}");
    }
}

#[test]
fn nobody_who_moved_on_is_lost_when_the_rules_go_back() {
    let shop = Shop::new(MOVING);
    shop.customer("lea");
    shop.cart("lea", 0, 160);
    let longer = MOVING.replace("    branch", "    wait two: 2 hours\n    branch");
    swap(&shop, &format!("{SHOP}{longer}")).unwrap();
    shop.until(120);
    assert_eq!(shop.stands("lea"), "moving two");
    let why = swap(&shop, &format!("{SHOP}{MOVING}")).unwrap_err().to_string();
    assert!(why.starts_with("1 stand on step `two` of `moving`"), "{why}");
    shop.until(240);
    assert_eq!(shop.stands("lea"), "moving ended as first");
}

#[test]
fn who_cannot_begin_anew_goes_on() {
    let shop = Shop::new(MOVING);
    shop.customer("lea");
    let cart = |minutes: i64, order: &str| {
        let event = Event::new("lea", "cart_abandoned", Shop::time(minutes));
        shop.happens("lea", event.set("value", "EUR 50").set("order_id", order));
    };
    cart(0, "a");
    cart(1, "b");
    swap(&shop, &format!("{SHOP}{}", MOVING.replace("at_once: 3", "at_once: 1"))).unwrap();
    cart(2, "a");
    let travels = shop.engine.travels("lea");
    assert_eq!((travels.runs.len(), travels.ended), (2, None));
    assert_eq!(travels.runs[0].entered, Shop::time(0));
}
