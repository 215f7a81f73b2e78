//! The last rules come back under a number of their own; pauses and customers stay.

use onward::engine::SwapError;
use onward::{Answer, Engine};

use super::{noon, question, rules, shop, shown, visitor};

/// An engine that had rules at 10, 20, 30 and so on, each a swap.
fn after(swaps: u32) -> Engine {
    let engine = Engine::new(&rules(&shop(10, 2)));
    for n in 1..=swaps {
        engine.swap(engine.compile(&rules(&shop(10 + 10 * n, 2)))).unwrap();
    }
    engine
}

/// The price that the rules were written with.
fn price(engine: &Engine) -> i64 {
    let score = shown(engine)[0].1.unwrap();
    // a1 costs one euro more, at 50 %.
    (score / 50.0) as i64 - 1
}

#[test]
fn each_rollback_goes_one_further_back() {
    let engine = after(3);
    assert_eq!((price(&engine), engine.generation()), (40, 4));
    for (euros, generation) in [(30, 5), (20, 6), (10, 7)] {
        assert_eq!(engine.rollback(), Ok(generation));
        assert_eq!((price(&engine), engine.generation()), (euros, generation));
        assert_eq!(engine.decide(&question(5)).unwrap().generation, generation);
    }
    assert_eq!(engine.rollback(), Err(SwapError::NothingEarlier));
    assert_eq!((price(&engine), engine.generation()), (10, 7));
}

#[test]
fn only_so_many_earlier_rules_are_kept() {
    let engine = after(5);
    let kept: Vec<u64> = engine.earlier().iter().map(|earlier| earlier.generation).collect();
    assert_eq!(kept, [5, 4, 3]);
    engine.keep_earlier(1);
    assert_eq!(engine.stats().earlier, 1);
    assert_eq!(engine.rollback(), Ok(7));
    assert_eq!(price(&engine), 50);
    assert_eq!(engine.rollback(), Err(SwapError::NothingEarlier));
    engine.keep_earlier(0);
    engine.swap(engine.compile(&rules(&shop(70, 2)))).unwrap();
    assert_eq!(engine.rollback(), Err(SwapError::NothingEarlier));
}

#[test]
fn the_same_rules_again_are_no_earlier_rules() {
    let engine = after(1);
    for _ in 0..5 {
        engine.swap(engine.compile(&rules(&shop(20, 2)))).unwrap();
    }
    assert_eq!(engine.rollback(), Ok(8));
    assert_eq!(price(&engine), 10);
}

#[test]
fn a_swap_after_a_rollback_can_be_rolled_back_too() {
    let engine = after(2);
    engine.rollback().unwrap();
    engine.swap(engine.compile(&rules(&shop(90, 2)))).unwrap();
    assert_eq!(engine.rollback(), Ok(6));
    assert_eq!(price(&engine), 20);
    assert_eq!(engine.rollback(), Ok(7));
    assert_eq!(price(&engine), 10);
}

#[test]
fn rules_that_an_answer_holds_come_back_as_well_and_the_answer_keeps_its_number() {
    let engine = Engine::new(&rules(&shop(10, 2)));
    engine.put(&visitor(5)).unwrap();
    let mut answer = Answer::default();
    engine.decide_into(&question(5), &mut answer).unwrap();
    engine.swap(engine.compile(&rules(&shop(20, 2)))).unwrap();
    assert_eq!(engine.rollback(), Ok(3));
    assert_eq!(price(&engine), 10);
    assert_eq!(answer.generation(), 1);
    let mut text = String::new();
    engine.render(&answer, 0, "banner", &mut text).unwrap();
    assert_eq!(text, "a1 at 10");
    engine.decide_into(&question(5), &mut answer).unwrap();
    assert_eq!(answer.generation(), 3);
}

#[test]
fn a_pause_holds_across_swaps_and_rollbacks() {
    let engine = after(1);
    engine.pause("a1");
    assert_eq!(engine.paused(), ["a1"]);
    engine.rollback().unwrap();
    assert_eq!(shown(&engine)[0].0, "a0");
    engine.swap(engine.compile(&rules(&shop(50, 2)))).unwrap();
    assert_eq!(shown(&engine)[0].0, "a0");
    engine.rollback().unwrap();
    assert!(engine.resume("a1"));
    assert_eq!(shown(&engine)[0].0, "a1");
    assert!(!engine.resume("a1"));
}

#[test]
fn customers_who_came_meanwhile_are_decided_by_the_rules_that_came_back() {
    let plain = shop(10, 2);
    let other = plain
        .replace("visits: number default 0", "visits: number default 0\n calls: optional number");
    let engine = Engine::new(&rules(&other.replace("visits >= 1", "calls >= 3")));
    engine.swap(engine.compile(&rules(&plain))).unwrap();
    // These rules know nothing of calls.
    engine.put(&visitor(0).set("calls", 4_i64)).unwrap();
    let actions = |engine: &Engine| {
        let decision = engine.decide(&question(0).at(noon())).unwrap();
        decision.actions().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(actions(&engine), ["a0"]);
    engine.rollback().unwrap();
    assert_eq!(actions(&engine), ["a1", "a0"]);
}
