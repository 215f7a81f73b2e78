//! Customers in memory, by how many there are: putting one anew, putting news of a known one, a frozen copy by
//! external id and by integer key, and beside them a bare map that keeps as many bytes. Seeded workload, 40
//! attributes, 100 actions, one thread. Bytes a profile: `cargo bench --bench counts`.
//!
//! `ONWARD_BENCH=large` adds 1,000,000 customers.

#![allow(clippy::expect_used, reason = "a bench that cannot start must stop")]

mod workload;

use std::hint::black_box;

use criterion::{BatchSize, BenchmarkId, Criterion, criterion_group, criterion_main};
use dashmap::DashMap;
use foldhash::quality::RandomState;
use onward::{Customer, Engine, View};
use workload::world::{World, customer, external};
use workload::{Chance, Match, Shape};

const WORDS: usize = size_of::<View>().div_ceil(8);

fn profiles(c: &mut Criterion) {
    let once = std::env::args().any(|argument| argument == "--test");
    let large = std::env::var("ONWARD_BENCH").is_ok_and(|size| size == "large");
    let mut sizes = vec![1_000];
    sizes.extend((!once).then_some(100_000));
    sizes.extend(large.then_some(1_000_000));
    let mut group = c.benchmark_group("profiles");
    group.sample_size(20);
    for customers in sizes {
        let mut world = World::new(Shape::new(100, Match::One), customers);
        world.assert_answers(100);
        let World { workload, engine, requests, keys, .. } = &world;
        let news: Vec<Customer> = workload
            .draw()
            .skip(customers)
            .take(1_000)
            .enumerate()
            .map(|(id, profile)| customer(workload, id, &profile))
            .collect();
        let mut chance = Chance::new(3);
        let mut any = |end: usize| chance.below(end as u64) as usize;

        let rules = engine.program();
        let empty = Engine::new(rules.rules());
        group.bench_function(BenchmarkId::new("put a new one", customers), |b| {
            b.iter_batched(
                || {
                    let customer = &news[any(news.len())];
                    let _ = empty.forget(customer.id());
                    customer
                },
                |customer| empty.put(customer),
                BatchSize::SmallInput,
            );
        });
        let before = engine.customers();
        group.bench_function(BenchmarkId::new("put news", customers), |b| {
            b.iter(|| engine.put(&news[any(news.len())]));
        });
        assert_eq!(engine.customers(), before, "the news is of known customers");

        for (id, key) in keys.iter().enumerate().take(100) {
            let (by_id, by_key) = (engine.view(&external(id)), engine.view_at(*key));
            assert!(by_id.version() > 0 && by_id.version() == by_key.version());
        }
        group.bench_function(BenchmarkId::new("view by external id", customers), |b| {
            b.iter(|| engine.view(requests[any(customers)].customer().unwrap_or_default()));
        });
        group.bench_function(BenchmarkId::new("view by key", customers), |b| {
            b.iter(|| engine.view_at(keys[any(customers)]));
        });
        let map: DashMap<u64, [u64; WORDS], RandomState> = DashMap::default();
        for id in 0..customers as u64 {
            map.insert(id, [id; WORDS]);
        }
        group.bench_function(BenchmarkId::new("bare map, copied", customers), |b| {
            b.iter(|| black_box(map.get(&(any(customers) as u64)).map(|found| *found)));
        });
    }
    group.finish();
}

criterion_group!(benches, profiles);
criterion_main!(benches);
