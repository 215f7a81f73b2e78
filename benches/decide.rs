//! One `decide_into` on a warm engine, one thread, a reused answer, by number of actions; beside it the same answer
//! by looking at every candidate, and the convenient `decide`, which names what it found. Workload of seed 7 (see `workload/mod.rs`): 1,000 customers in turn, best
//! 3 of all actions. Not measured: parsing, checking, compiling, putting customers.

#![allow(clippy::expect_used, reason = "a bench that cannot start must stop")]

mod workload;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use onward::Answer;

fn decide(c: &mut Criterion) {
    let mut group = c.benchmark_group("decide");
    for actions in [10, 100, 1_000, 10_000] {
        let (engine, questions) = workload::engine(7, actions);
        // Explaining is slow where there are many actions.
        let sample = (100_000 / actions).clamp(10, questions.len());
        let filled = workload::assert_answers(&engine, &questions[..sample]);
        assert!(filled > 0.2, "{filled} of the answers hold something: too few to measure");

        let mut answer = Answer::default();
        let mut turn = questions.iter().cycle();
        group.bench_function(BenchmarkId::new("into", actions), |b| {
            b.iter(|| {
                let question = turn.next().expect("a cycle");
                engine.decide_into(question, &mut answer).expect("a good question");
                answer.len()
            });
        });
        let mut turn = questions.iter().cycle();
        group.bench_function(BenchmarkId::new("plainly", actions), |b| {
            b.iter(|| {
                let question = turn.next().expect("a cycle");
                engine.decide_plainly(question, &mut answer).expect("a good question");
                answer.len()
            });
        });
        let mut turn = questions.iter().cycle();
        group.bench_function(BenchmarkId::new("named", actions), |b| {
            b.iter(|| engine.decide(turn.next().expect("a cycle")));
        });
    }
    group.finish();
}

criterion_group!(benches, decide);
criterion_main!(benches);
