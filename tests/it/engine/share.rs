//! `at most 1 per line`: one answer is mixed, best first.

use onward::Customer;
use onward::decision::Standing;

use super::{HOME, Shop, noon, offer};

const PRODUCTS: &str = "customer { x: optional number }
product phone { line: retail }
product tablet { line: retail }
product fibre { line: telco }
product sim { }\n";

/// `offer` with a product.
fn of(name: &str, product: &str, weight: u32) -> String {
    offer(name, &format!("weight: {weight}, product: {product}"))
}

fn shop(actions: &str, share: &str) -> Shop {
    let home = HOME.replace("show: 3", &format!("show: 3, {share}"));
    Shop::new(&format!("{PRODUCTS}{actions}{home}"))
}

fn standing(shop: &Shop, action: &str) -> Standing {
    let explained = shop.engine.explain(&onward::Request::new("c", "home").at(noon())).unwrap();
    let found = explained.candidates.into_iter().find(|candidate| candidate.action == action);
    found.unwrap().standing
}

#[test]
fn the_best_of_a_line_keeps_the_others_of_it_out() {
    let actions = of("a", "phone", 9) + &of("b", "tablet", 8) + &of("c", "fibre", 7);
    let actions = actions + &of("d", "phone", 6) + &of("e", "sim", 5);
    let shop = shop(&actions, "at most 1 per line");
    assert_eq!(shop.home("c", noon()), "a c e");
    let Standing::Crowded { by, name } = standing(&shop, "b") else { panic!("b is not crowded") };
    assert_eq!((by.word(), &*name), ("line", "retail"));
    assert!(matches!(standing(&shop, "d"), Standing::Crowded { .. }));
}

#[test]
fn two_of_a_line_may_stand_where_two_are_allowed() {
    let actions = of("a", "phone", 9) + &of("b", "tablet", 8) + &of("c", "phone", 7);
    let shop = shop(&(actions + &of("d", "fibre", 1)), "at most 2 per line");
    assert_eq!(shop.home("c", noon()), "a b d");
}

#[test]
fn what_has_no_line_shares_nothing() {
    let actions = of("a", "sim", 9) + &of("b", "sim", 8) + &offer("c", "weight: 7");
    let shop = shop(&(actions + &of("d", "fibre", 1)), "at most 1 per line");
    assert_eq!(shop.home("c", noon()), "a b c");
    assert!(matches!(standing(&shop, "d"), Standing::Outranked { .. }));
}

#[test]
fn a_product_is_not_its_line() {
    let actions = of("a", "phone", 9) + &of("b", "tablet", 8) + &of("c", "phone", 7);
    let shop = shop(&(actions + &of("d", "fibre", 1)), "at most 1 per product");
    assert_eq!(shop.home("c", noon()), "a b d");
}

#[test]
fn a_short_answer_is_not_filled_up_with_the_crowded() {
    let actions = of("a", "phone", 9) + &of("b", "tablet", 8);
    let shop = shop(&actions, "at most 1 per line");
    assert_eq!(shop.home("c", noon()), "a");
}

#[test]
fn the_index_gives_what_a_look_at_every_candidate_gives() {
    // Personal scores do not come in the order of their bounds: a later one may take the place of its line.
    let mut actions = String::new();
    for number in 0..40 {
        let product = ["phone", "tablet", "fibre", "sim"][number % 4];
        let name = format!("a{number:02}");
        let weight = format!("weight: {}, product: {product}", 1 + number * 7 % 11);
        actions += &offer(&name, &weight).replace("propensity: 50%", "propensity: liking else 3%");
    }
    let customer = "customer { liking: optional percent }\n";
    let products = PRODUCTS.replace("customer { x: optional number }\n", customer);
    for share in ["at most 1 per line", "at most 2 per line", "at most 1 per product"] {
        let home = HOME.replace("show: 3", &format!("show: 8, {share}"));
        let shop = Shop::new(&format!("{products}{actions}{home}"))
            .with(Customer::new("c").set("liking", "60%"));
        for id in ["c", "nobody"] {
            let request = onward::Request::new(id, "home").at(noon());
            let (mut fast, mut plain) = (onward::Answer::default(), onward::Answer::default());
            shop.engine.decide_into(&request, &mut fast).unwrap();
            shop.engine.decide_plainly(&request, &mut plain).unwrap();
            assert!(fast.actions().eq(plain.actions()), "{share}");
            assert!(fast.len() >= 3);
        }
    }
}
