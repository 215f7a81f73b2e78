//! From rule text to a program, by number of actions: reading alone, reading and checking, compiling with the
//! index, and all of it as a reload. Seeded workload, about 600 bytes an action. Not measured: reading files,
//! customers (there are none), dropping the replaced program.
//!
//! Large sizes, peak memory and targets: `cargo bench --bench tables -- compile reload`.

mod workload;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use onward::syntax::{Limits, parse, print};
use onward::{Context, Engine, check};
use workload::world::{World, rules, sources};
use workload::{Match, Shape, Workload};

fn compile(c: &mut Criterion) {
    let mut group = c.benchmark_group("compile");
    group.sample_size(10);
    for actions in [10, 100, 1_000] {
        // That the rules mean what was drawn is checked on a small world; here, that they are whole.
        World::new(Shape::new(actions, Match::One), 20).assert_answers(20);
        let sources = sources(&Workload::new(Shape::new(actions, Match::One)));
        for source in &sources {
            let (file, problems) = parse(source, &Limits::default());
            assert!(problems.is_empty() && !print(&file).is_empty(), "{problems:?}");
        }
        let checked = rules(&sources);
        assert_eq!(checked.actions.len(), actions);
        assert_eq!(rules(&sources).fingerprint, checked.fingerprint);
        let engine = Engine::new(&checked);
        assert_eq!(engine.compile(&checked).fingerprint(), checked.fingerprint);

        let bytes = sources.iter().map(onward::Source::bytes).sum();
        group.throughput(Throughput::Bytes(bytes));
        group.bench_function(BenchmarkId::new("read", actions), |b| {
            b.iter(|| {
                let read = sources.iter().map(|source| parse(source, &Limits::default()).0);
                read.map(|file| file.definitions.len()).sum::<usize>()
            });
        });
        group.bench_function(BenchmarkId::new("read and check", actions), |b| {
            b.iter(|| check(&sources, &Context::default()));
        });
        group.bench_function(BenchmarkId::new("compile", actions), |b| {
            b.iter_with_large_drop(|| engine.compile(&checked));
        });
        group.bench_function(BenchmarkId::new("reload", actions), |b| {
            b.iter(|| engine.swap(engine.compile(&rules(&sources))));
        });
    }
    group.finish();
}

criterion_group!(benches, compile);
criterion_main!(benches);
