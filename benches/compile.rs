//! From rule text to a program, by number of actions: parse and check together, compile alone, and a swap of
//! what is compiled already. Workload of seed 7 (see `workload/mod.rs`), about 300 bytes an action, one thread.
//! Not measured: reading files, customers (there are none), dropping the replaced program.

#![allow(clippy::expect_used, reason = "a bench that cannot start must stop")]

mod workload;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use onward::{Context, Engine, check};

fn compile(c: &mut Criterion) {
    let mut group = c.benchmark_group("compile");
    group.sample_size(10);
    for actions in [10, 100, 1_000] {
        let sources = workload::sources(7, actions);
        let rules = workload::rules(&sources);
        assert_eq!(rules.actions.len(), actions);
        let again = check(&sources, &Context::default()).rules.expect("good rules");
        assert_eq!(again.fingerprint, rules.fingerprint);
        let engine = Engine::new(&rules);
        assert_eq!(engine.compile(&rules).fingerprint(), rules.fingerprint);

        let bytes = sources.iter().map(onward::Source::bytes).sum();
        group.throughput(Throughput::Bytes(bytes));
        group.bench_function(BenchmarkId::new("check", actions), |b| {
            b.iter(|| check(&sources, &Context::default()));
        });
        group.bench_function(BenchmarkId::new("compile", actions), |b| {
            b.iter_with_large_drop(|| engine.compile(&rules));
        });
        group.bench_function(BenchmarkId::new("swap", actions), |b| {
            let ready = || engine.compile(&rules);
            b.iter_batched(ready, |program| engine.swap(program), BatchSize::LargeInput);
        });
    }
    group.finish();
}

criterion_group!(benches, compile);
criterion_main!(benches);
