//! SEMANTICS B: by score, then by rest, then by name; and what a score is.

use onward::{Customer, Request};

use super::{HOME, Shop, at, noon, offer};

const NOBODY: &str = "customer { x: optional number }\n";

#[test]
fn the_higher_score_goes_first() {
    let actions = offer("a", "weight: 1") + &offer("b", "weight: 3") + &offer("c", "weight: 2");
    let shop = Shop::new(&format!("{NOBODY}{actions}{HOME}"));
    assert_eq!(shop.home("c", noon()), "b c a");
}

#[test]
fn only_as_many_as_the_placement_shows() {
    let actions = offer("a", "") + &offer("b", "weight: 2") + &offer("c", "weight: 3");
    let home = HOME.replace("show: 3", "show: 2");
    let shop = Shop::new(&format!("{NOBODY}{actions}{home}"));
    assert_eq!(shop.home("c", noon()), "c b");
}

#[test]
fn ties_go_to_the_never_shown_then_the_longest_ago_then_the_name() {
    let actions = offer("a", "") + &offer("b", "") + &offer("c", "");
    let shop = Shop::new(&format!("{NOBODY}{actions}{HOME}"));
    assert_eq!(shop.home("c", noon()), "a b c");
    let day = |day: &str| at(&format!("2026-09-{day}T10:00:00Z"));
    shop.engine.put(&Customer::new("c").shown("a", "web", day("02"))).unwrap();
    assert_eq!(shop.home("c", noon()), "b c a");
    shop.engine.put(&Customer::new("c").shown("b", "email", day("01"))).unwrap();
    assert_eq!(shop.home("c", noon()), "c b a");
    // The newest show counts, in whatever order they arrive and on whatever channel.
    shop.engine.put(&Customer::new("c").shown("b", "web", day("03"))).unwrap();
    shop.engine.put(&Customer::new("c").shown("b", "web", day("01"))).unwrap();
    assert_eq!(shop.home("c", noon()), "c a b");
    shop.engine.put(&Customer::new("c").shown("c", "web", day("03"))).unwrap();
    assert_eq!(shop.home("c", noon()), "a b c");
}

#[test]
fn a_higher_score_is_not_moved_by_rest() {
    let actions = offer("a", "weight: 2") + &offer("b", "");
    let shop = Shop::new(&format!("{NOBODY}{actions}{HOME}")).with(Customer::new("c").shown(
        "a",
        "web",
        noon(),
    ));
    assert_eq!(shop.home("c", noon()), "a b");
}

#[test]
fn a_show_under_an_earlier_name_counts() {
    let renamed = offer("a", "").replace("action a ", "action a was old ");
    let shop = Shop::new(&format!("{NOBODY}{renamed}{}{HOME}", offer("b", "")))
        .with(Customer::new("c").shown("old", "web", noon()));
    assert_eq!(shop.home("c", noon()), "b a");
}

fn scored(customer: &str, value: &str, propensity: &str, ranking: &str) -> Shop {
    Shop::new(&format!(
        "customer {{ {customer} }}
ranking own {{ {ranking} }}
action a {{ owner: crm, purpose: marketing, stage: grow, value: {value}, propensity: {propensity}
  message web {{ en {{ banner: \"a\" }}, fr {{ banner: \"a\" }} }} }}
placement home {{ channel: web, show: 1, candidates: all, ranking: own, fallback: nothing }}\n"
    ))
}

fn score(shop: &Shop, id: &str) -> Option<f64> {
    shop.ask(&Request::new(id, "home").at(noon())).treatments.first().and_then(|t| t.score)
}

#[test]
fn a_score_is_in_minor_units_and_left_to_right() {
    let shop = scored("x: optional number", "EUR 12.34", "10%", "score: propensity * value * 3");
    assert_eq!(score(&shop, "c"), Some(0.1 * 1234.0 * 3.0));
}

#[test]
fn a_personal_factor_is_the_customers_or_its_stand_in() {
    let customer = "p: optional percent, x: optional number";
    let shop = scored(customer, "EUR 10", "p else 5%", "score: propensity * value")
        .with(Customer::new("c").set("p", "50%"));
    assert_eq!(score(&shop, "c"), Some(0.5 * 1000.0));
    assert_eq!(score(&shop, "nobody"), Some(0.05 * 1000.0));
    let explained = shop.engine.explain(&Request::new("nobody", "home").at(noon())).unwrap();
    let factors = &explained.candidates[0].factors;
    assert_eq!(factors[0].name, "propensity");
    assert_eq!((&*factors[0].shown, factors[0].stand_in), ("5%", true));
    assert_eq!((&*factors[1].shown, factors[1].stand_in), ("EUR 10.00", false));
}

#[test]
fn a_formula_that_gives_no_number_takes_the_declared_score() {
    let ranking = "score: propensity * value / x, if_failed: EUR 2";
    let shop = scored("x: number 0 to 9 default 0", "EUR 10", "5%", ranking)
        .with(Customer::new("one").set("x", 1_i64));
    assert_eq!(score(&shop, "one"), Some(0.05 * 1000.0 / 1.0));
    assert_eq!(score(&shop, "zero"), Some(200.0));
}

#[test]
fn a_score_of_zero_still_ranks() {
    let shop = scored("p: percent default 0%", "EUR 10", "p", "score: propensity * value");
    assert_eq!(score(&shop, "c"), Some(0.0));
}

#[test]
fn an_outranked_action_says_by_whom_and_by_how_much() {
    use onward::decision::Standing;
    let actions = offer("a", "weight: 2") + &offer("b", "");
    let home = HOME.replace("show: 3", "show: 1");
    let shop = Shop::new(&format!("{NOBODY}{actions}{home}"));
    let explained = shop.engine.explain(&Request::anonymous("home").at(noon())).unwrap();
    let wanted = Standing::Outranked { by: "a".to_owned(), margin: 500.0 };
    assert_eq!(explained.candidates[1].standing, wanted);
}
