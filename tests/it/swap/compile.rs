//! Nobody waits for a compile.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use onward::{Answer, Engine};

use super::{question, rules, shop, visitor};

#[test]
fn customers_are_put_and_decided_while_rules_are_compiled() {
    let engine = Engine::new(&rules(&shop(10, 10)));
    // Handed over: a copy of the rules is no compile.
    let large = std::sync::Arc::new(rules(&shop(10, 4_000)));
    engine.put(&visitor(5)).unwrap();
    let mut tried = Vec::new();
    // The machine may be busy with something else; a wait for the compile would show each time.
    for _ in 0..30 {
        let compiling = AtomicBool::new(true);
        let (took, longest, count) = std::thread::scope(|scope| {
            let putting = scope.spawn(|| {
                let mut answer = Answer::default();
                let (mut longest, mut count) = (Duration::ZERO, 0);
                while compiling.load(Ordering::Relaxed) {
                    let started = Instant::now();
                    engine.put(&visitor(5)).unwrap();
                    engine.decide_into(&question(5), &mut answer).unwrap();
                    longest = longest.max(started.elapsed());
                    count += 1;
                }
                (longest, count)
            });
            let started = Instant::now();
            let program = engine.compile_shared(std::sync::Arc::clone(&large));
            let took = started.elapsed();
            compiling.store(false, Ordering::Relaxed);
            drop(program);
            let (longest, count) = putting.join().unwrap();
            (took, longest, count)
        });
        if longest < took / 3 && count > 10 {
            return;
        }
        tried.push((took, longest, count));
    }
    panic!("putting a customer waits for a compile: {tried:?}");
}
