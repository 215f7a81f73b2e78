//! One walk over the index, one thread, warm; 1,000 customers already read. Not measured: looking a customer
//! up, reading its profile, contact policy. The ratios to plain loops are in `ratios.rs`.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a bench that cannot go on says so by panicking"
)]

mod index_world;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use index_world::loops::Trees;
use index_world::{Match, Scores, Workload};
use onward::machinery::walk::{self, Scored, Scratch, Slate};

fn walks(c: &mut Criterion) {
    let mut group = c.benchmark_group("index");
    for n_rules in [100, 1_000, 10_000] {
        let workload = Workload::new(7, n_rules, Match::One, Scores::Spread);
        let trees = Trees::new(&workload.rules);
        let mut scratch = Scratch::for_index(&workload.index);
        let mut slate = Slate::new(3);
        for (id, customer) in workload.customers.iter().enumerate().take(100) {
            let readings = workload.readings(id);
            let visit = |candidate: walk::Candidate| Some(Scored::new(candidate.bound));
            let tally = walk::all(&workload.index, &readings, &mut scratch, &mut slate, visit);
            assert_eq!(tally.matched, trees.all(customer).0, "customer {id}");
        }
        let mut ids = (0..workload.customers.len()).cycle();
        group.bench_function(BenchmarkId::new("best 3", n_rules), |b| {
            b.iter(|| {
                let readings = workload.readings(ids.next().unwrap_or(0));
                walk::best(&workload.index, &readings, &mut scratch, &mut slate, |candidate| {
                    Some(Scored::new(candidate.bound))
                })
            });
        });
        group.bench_function(BenchmarkId::new("all", n_rules), |b| {
            b.iter(|| {
                let readings = workload.readings(ids.next().unwrap_or(0));
                walk::all(&workload.index, &readings, &mut scratch, &mut slate, |candidate| {
                    Some(Scored::new(candidate.bound))
                })
            });
        });
    }
    group.finish();
}

criterion_group!(benches, walks);
criterion_main!(benches);
