//! One decision on a warm engine, one thread, a reused answer, by number of actions: best three and all that are
//! eligible, beside the plain and the flat loop, sorted, with early exit. Seeded workload (`workload/mod.rs`),
//! 1,000 customers in random order, each looked up in every call. Not measured: parsing, checking, compiling,
//! putting customers.
//!
//! Answers are compared before the clock starts. The ratios that count are those of one run in turn
//! (`cargo bench --bench tables`); this one shows how each changes from run to run. `ONWARD_BENCH=large` adds
//! 100,000 actions, and 100,000 and 1,000,000 customers.

#![allow(clippy::expect_used, reason = "a bench that cannot start must stop")]

mod workload;

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use onward::{Answer, Engine, Request};
use workload::loops::{Best, Flat, Plain};
use workload::rounds::{Contender, contender};
use workload::world::{Inline, World};
use workload::{Chance, Match, Scores, Shape, Workload};

fn lines(
    c: &mut Criterion,
    group: &str,
    parameter: usize,
    customers: usize,
    lines: Vec<Contender<'_>>,
) {
    let mut group = c.benchmark_group(group);
    for Contender { name, mut call } in lines {
        let mut chance = Chance::new(2);
        group.bench_function(BenchmarkId::new(name, parameter), |b| {
            b.iter(|| call(chance.below(customers as u64) as usize));
        });
    }
    group.finish();
}

/// The engine beside both loops on one query; each call answers one customer's question.
fn query(
    c: &mut Criterion,
    name: &str,
    shape: Shape,
    engine: fn(&Engine, &Request, &mut Answer),
    plain: fn(&Plain, &Workload, &Inline) -> Best,
    flat: fn(&Flat, &Workload, &Inline) -> Best,
) {
    let mut world = World::new(shape, 1_000);
    world.assert_answers((200_000 / shape.actions).clamp(20, 1_000));
    let mut answer = Answer::default();
    let profile = |id: usize| *world.held.get(&(id as u64)).expect("it was put");
    lines(
        c,
        name,
        shape.actions,
        1_000,
        vec![
            contender("engine", |id| engine(&world.engine, &world.requests[id], &mut answer)),
            contender("plain loop", |id| {
                black_box(plain(&world.plain, &world.workload, &profile(id)));
            }),
            contender("flat loop", |id| {
                black_box(flat(&world.flat, &world.workload, &profile(id)));
            }),
        ],
    );
}

fn best(c: &mut Criterion, name: &str, shape: Shape) {
    let engine = |engine: &Engine, request: &Request, answer: &mut Answer| {
        engine.decide_into(request, answer).expect("a good question");
    };
    query(c, name, shape, engine, |l, w, p| l.best(w, p), |l, w, p| l.best(w, p));
}

fn all(c: &mut Criterion, name: &str, shape: Shape) {
    let engine = |engine: &Engine, request: &Request, answer: &mut Answer| {
        black_box(engine.count_eligible(request, answer).expect("a good question"));
    };
    query(c, name, shape, engine, |l, w, p| l.all(w, p), |l, w, p| l.all(w, p));
}

fn decide(c: &mut Criterion) {
    let once = std::env::args().any(|argument| argument == "--test");
    let large = std::env::var("ONWARD_BENCH").is_ok_and(|size| size == "large");
    let mut sizes = vec![10, 100, 1_000];
    sizes.extend((!once).then_some(10_000));
    sizes.extend(large.then_some(100_000));
    for n in &sizes {
        for (matching, share) in [(Match::One, "1 %"), (Match::Ten, "10 %")] {
            let shape = Shape::new(*n, matching);
            best(c, &format!("best 3, {share} match"), shape);
            all(c, &format!("all, {share} match"), shape);
        }
    }
    let n = if once { 1_000 } else { 10_000 };
    let shape = Shape::new(n, Match::One);
    best(c, "best 3, all scores equal", Shape { scores: Scores::Equal, ..shape });
    best(c, "best 3, personal scores", Shape { scores: Scores::Personal, ..shape });
    let dated = Shape { dates: true, ..shape };
    best(c, "best 3, dates and request", dated);
    all(c, "all, dates and request", dated);
    for customers in [100_000, 1_000_000].into_iter().filter(|_| large) {
        let mut world = World::new(Shape::new(10_000, Match::One), customers);
        world.assert_answers(100);
        let World { engine, requests, by_key: keyed, .. } = &world;
        let (mut answer, mut by_key) = (Answer::default(), Answer::default());
        lines(
            c,
            "best 3 of 10,000 actions, by customers",
            customers,
            customers,
            vec![
                contender("by key", |id| {
                    engine.decide_into(&keyed[id], &mut by_key).expect("a good question");
                }),
                contender("by external id", |id| {
                    engine.decide_into(&requests[id], &mut answer).expect("a good question");
                }),
            ],
        );
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20);
    targets = decide
}
criterion_main!(benches);
