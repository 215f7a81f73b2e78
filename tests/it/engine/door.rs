//! SEMANTICS C1, D: customers at the door, whole or as news.

use onward::customer::CustomerError;
use onward::request::BindError;
use onward::value::Value;
use onward::{Customer, Request};

use super::{HOME, Shop, at, noon, offer};

fn shop() -> Shop {
    Shop::who("x: optional number\ncountry: required one of [FR, BE]", "x >= 5")
}

#[test]
fn the_newest_news_wins_whatever_arrives_first() {
    let (early, late) = (at("2026-01-01T00:00:00Z"), at("2026-02-01T00:00:00Z"));
    let shop = shop()
        .with(Customer::new("c").updated(late).set("x", 5_i64))
        .with(Customer::new("c").updated(early).set("x", 1_i64));
    assert!(shop.passes("c"));
    shop.engine.put(&Customer::new("c").updated(late.plus_micros(1)).set("x", 1_i64)).unwrap();
    assert!(!shop.passes("c"));
}

#[test]
fn of_news_with_one_time_the_later_arrival_wins() {
    let shop = shop()
        .with(Customer::new("c").updated(noon()).set("x", 1_i64))
        .with(Customer::new("c").updated(noon()).set("x", 5_i64));
    assert!(shop.passes("c"));
}

#[test]
fn null_clears_and_an_absent_key_changes_nothing() {
    let (early, late) = (at("2026-01-01T00:00:00Z"), at("2026-02-01T00:00:00Z"));
    let shop = shop().with(Customer::new("c").set("x", 5_i64));
    shop.engine.put(&Customer::new("c").set("country", "FR")).unwrap();
    assert!(shop.passes("c"));
    shop.engine.put(&Customer::new("c").updated(late).set("x", Value::Null)).unwrap();
    assert!(!shop.passes("c"));
    // What was cleared stays cleared against older news.
    shop.engine.put(&Customer::new("c").updated(early).set("x", 5_i64)).unwrap();
    assert!(!shop.passes("c"));
}

#[test]
fn a_refused_record_changes_nothing() {
    let shop = shop().with(Customer::new("c").set("x", 5_i64));
    let bad = Customer::new("c").set("x", 1_i64).set("country", "DE").grant("email", "marketing");
    let refused = shop.engine.put(&bad);
    assert!(
        matches!(refused, Err(CustomerError::Value { ref attribute, .. }) if attribute == "country")
    );
    assert!(shop.passes("c"));
    assert_eq!(shop.engine.view("c").version(), 1);
}

#[test]
fn numbers_that_are_none_are_refused() {
    let shop = shop();
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let refused = shop.engine.put(&Customer::new("c").set("x", bad));
        assert!(matches!(refused, Err(CustomerError::Value { .. })), "{bad}");
    }
    assert_eq!(shop.engine.customers(), 0);
}

#[test]
fn a_zone_is_one_of_the_iana_names() {
    let shop = shop();
    let refused = shop.engine.put(&Customer::new("c").set("timezone", "Mars/Olympus"));
    assert_eq!(refused, Err(CustomerError::Zone { zone: "Mars/Olympus".to_owned() }));
    assert_eq!(shop.engine.put(&Customer::new("c").set("timezone", "Asia/Bangkok")), Ok(()));
}

#[test]
fn a_whole_record_needs_what_is_required_and_news_do_not() {
    let shop = shop();
    let lacks = Customer::new("c").set("x", 5_i64);
    let missing = CustomerError::Missing { attribute: "country".to_owned() };
    assert_eq!(shop.engine.put_whole(&lacks), Err(missing.clone()));
    assert_eq!(shop.engine.put_whole(&lacks.clone().set("country", Value::Null)), Err(missing));
    assert_eq!(shop.engine.put(&lacks), Ok(()));
    assert_eq!(shop.engine.put_whole(&lacks.set("country", "FR")), Ok(()));
}

#[test]
fn ids_have_1_to_512_bytes() {
    let shop = shop();
    let put = |id: String| shop.engine.put(&Customer::new(id));
    assert_eq!(put(String::new()), Err(CustomerError::Id));
    assert_eq!(put("i".repeat(513)), Err(CustomerError::Id));
    assert_eq!(put("i".repeat(512)), Ok(()));
}

#[test]
fn a_forgotten_customer_is_one_of_whom_nothing_is_known() {
    let shop = shop().with(Customer::new("c").set("x", 5_i64)).with(Customer::new("b"));
    assert_eq!(shop.engine.customer_ids(), ["b", "c"]);
    assert!(shop.engine.forget("c"));
    assert!(!shop.engine.forget("c"));
    assert!(!shop.passes("c"));
    assert_eq!(shop.engine.customer_ids(), ["b"]);
    let decision = shop.ask(&Request::new("c", "home").at(noon()));
    assert_eq!(decision.view_version, 0);
}

#[test]
fn the_version_of_a_view_counts_accepted_news() {
    let shop = shop().with(Customer::new("c")).with(Customer::new("c").set("x", 5_i64));
    let question = Request::new("c", "home").at(noon());
    assert_eq!(shop.ask(&question).view_version, 2);
    assert_eq!(shop.ask(&Request::anonymous("home").at(noon())).view_version, 0);
}

#[test]
fn a_view_stays_as_it_was() {
    let shop = shop().with(Customer::new("c").set("x", 5_i64));
    let view = shop.engine.view("c");
    shop.engine.put(&Customer::new("c").set("x", 1_i64)).unwrap();
    let question = Request::new("c", "home").at(noon());
    let decision = shop.engine.decide_view(&view, &question).unwrap();
    assert_eq!(decision.actions().collect::<Vec<_>>(), ["a"]);
    let explained = shop.engine.explain_view(&view, &question).unwrap();
    super::assert_accounts(&decision, &explained);
    assert!(!shop.passes("c"));
}

#[test]
fn a_question_that_does_not_fit_is_refused_by_name() {
    let shop = Shop::new(&format!(
        "customer {{ x: optional number }}\nrequest {{ page: required one of [home, cart], n: optional number }}\n{}{HOME}",
        offer("a", "")
    ));
    let ask = |request: Request| shop.engine.decide(&request.at(noon()));
    let home = || Request::anonymous("home");
    assert_eq!(
        ask(Request::anonymous("nowhere")),
        Err(BindError::UnknownPlacement { placement: "nowhere".to_owned() })
    );
    assert_eq!(ask(home()), Err(BindError::MissingAttribute { attribute: "page".to_owned() }));
    let null = home().attribute("page", Value::Null);
    assert_eq!(ask(null), Err(BindError::MissingAttribute { attribute: "page".to_owned() }));
    let other = home().attribute("page", "cart").attribute("colour", "red");
    assert_eq!(ask(other), Err(BindError::UnknownAttribute { attribute: "colour".to_owned() }));
    let wrong = home().attribute("page", "basket");
    assert!(matches!(ask(wrong), Err(BindError::Value { .. })));
    assert!(ask(home().attribute("page", "cart")).is_ok());
}

#[test]
fn the_questions_own_name_and_time_come_back() {
    let shop = shop();
    let decision = shop.ask(&Request::new("c", "home").at(noon()).decision_id("d-1"));
    assert_eq!(decision.decision_id.as_deref(), Some("d-1"));
    assert_eq!(decision.at, noon());
    assert_eq!(decision.generation, 1);
    assert_eq!(decision.fingerprint, shop.engine.fingerprint());
}

#[test]
fn a_value_under_an_earlier_name_is_read_at_the_door_too() {
    let rules = format!("customer {{ age: optional number was years }}\n{}{HOME}", offer("a", ""));
    let shop = Shop::new(&rules);
    let refused = shop.engine.put(&Customer::new("c").set("years", "old")).unwrap_err();
    assert!(matches!(refused, CustomerError::Value { attribute, .. } if attribute == "years"));
    shop.engine.put(&Customer::new("c").set("years", 30_i64)).unwrap();
}
