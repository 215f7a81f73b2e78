//! Batches: the same answers as one by one, in the order of the questions, by one version of the rules.

use std::sync::atomic::{AtomicBool, Ordering};

use onward::{Engine, Request};

use super::{noon, question, rules, shop, visitor};

const MANY: i64 = 3_000;

fn engine() -> Engine {
    let engine = Engine::new(&rules(&shop(10, 40)));
    for visits in 0..60 {
        engine.put(&visitor(visits)).unwrap();
    }
    engine
}

/// Questions of many kinds: also such that do not fit, and of nobody.
fn questions() -> Vec<Request> {
    (0..MANY)
        .map(|n| match n % 10 {
            3 => question(n % 60).decision_id(format!("d{n}")).exclude("a3"),
            5 => Request::anonymous("home").at(noon()),
            7 => Request::new(format!("v{n}"), "nowhere"),
            9 => question(n % 60).attribute("page", "cart"),
            _ => question(n * 7 % 60),
        })
        .collect()
}

#[test]
fn a_batch_answers_as_one_by_one_on_any_number_of_threads() {
    let engine = engine();
    let questions = questions();
    let single: Vec<_> = questions.iter().map(|question| engine.decide(question)).collect();
    assert!(single.iter().any(Result::is_err) && single.iter().any(Result::is_ok));
    assert_eq!(engine.decide_many(&questions), single);
    let mut out = Vec::new();
    for threads in [0, 1, 2, 3, 8, 64] {
        engine.decide_many_into(&questions, threads, &mut out);
        assert_eq!(out, single, "{threads} threads");
    }
    let ids: Vec<i64> = (0..MANY).collect();
    engine.decide_each(&ids, 4, |visits| question(visits * 7 % 60), &mut out);
    for (n, answer) in ids.iter().zip(&out) {
        assert_eq!(*answer, engine.decide(&question(n * 7 % 60)));
    }
}

#[test]
fn a_batch_of_nothing_and_a_list_used_again() {
    let engine = engine();
    assert_eq!(engine.decide_many(&[]).len(), 0);
    let mut out = engine.decide_many(&questions());
    engine.decide_many_into(&questions()[..2], 8, &mut out);
    assert_eq!(out.len(), 2);
}

#[test]
fn a_batch_is_decided_by_one_version_of_the_rules() {
    let engine = engine();
    let questions = questions();
    let both = [rules(&shop(10, 40)), rules(&shop(99, 40))];
    let (engine, stop) = (&engine, AtomicBool::new(false));
    let mut seen = std::collections::BTreeSet::new();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for n in 0.. {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                engine.swap(engine.compile(&both[n % 2])).unwrap();
            }
        });
        for _ in 0..30 {
            let answers = engine.decide_many(&questions);
            let generations: std::collections::BTreeSet<u64> =
                answers.iter().flatten().map(|decision| decision.generation).collect();
            assert_eq!(generations.len(), 1, "{generations:?}");
            seen.extend(generations);
        }
        stop.store(true, Ordering::Relaxed);
    });
    assert!(seen.len() > 1, "no swap came between two batches");
}
