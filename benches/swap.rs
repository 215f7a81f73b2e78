//! What a swap costs: the one who swaps, and the one who decides meanwhile.
//!
//! `cargo bench --bench swap` times one store by criterion; `-- stores` gives the percentiles of 10,000 stores
//! without readers; `-- latency` the 99.9th percentile of one deciding thread while programs are swapped in every
//! 5 ms, against a control whose second thread does the same work without storing; the two take turns every
//! 100 ms. Ratios of 9 runs, their median and spread. Programs are compiled before the clock starts, and answers are
//! checked: each decision against the program that it is stamped with.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a bench that cannot go on says so by panicking"
)]

mod workload;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use criterion::{BatchSize, Criterion};
use onward::{Answer, Engine, Program, Request, Rules};
use workload::world::{World, rules, sources};
use workload::{Match, Shape, Workload};

const ACTIONS: usize = 100;
const PAIRS: usize = 9;
const EVERY: Duration = Duration::from_millis(5);

/// Two sets of rules that decide differently, an engine on the first, and questions.
fn engine(actions: usize) -> (Engine, [Rules; 2], Vec<Request>) {
    let shape = Shape::new(actions, Match::Ten);
    let World { engine, requests: questions, .. } = World::new(shape, 200);
    let both = [7, 8].map(|seed| rules(&sources(&Workload::new(Shape { seed, ..shape }))));
    let expected: Vec<Vec<String>> = both
        .iter()
        .map(|rules| {
            engine.swap(engine.compile(rules)).expect("its own program");
            questions.iter().map(|question| told(&engine, question)).collect()
        })
        .collect();
    assert_ne!(expected[0], expected[1], "both rules decide the same: nothing would be seen");
    for turn in 0..6 {
        let generation = engine.swap(engine.compile(&both[turn % 2])).expect("its own program");
        for (question, expected) in questions.iter().zip(&expected[turn % 2]) {
            assert_eq!(told(&engine, question), *expected);
            assert_eq!(engine.decide(question).expect("a good question").generation, generation);
        }
    }
    (engine, both, questions)
}

fn told(engine: &Engine, question: &Request) -> String {
    let decision = engine.decide(question).expect("a good question");
    format!("{:?}", decision.treatments)
}

fn store(c: &mut Criterion) {
    let (engine, both, _) = engine(10);
    let mut turn = 0;
    c.bench_function("swap/store", |b| {
        b.iter_batched(
            || {
                turn += 1;
                engine.compile(&both[turn % 2])
            },
            |program| engine.swap(program),
            BatchSize::NumIterations(16),
        );
    });
}

fn percentile(sorted: &[u64], share: f64) -> u64 {
    sorted[((sorted.len() - 1) as f64 * share) as usize]
}

/// 10,000 stores, nobody deciding.
fn stores() {
    const STORES: usize = 10_000;
    const AT_ONCE: usize = 250;
    let (engine, both, _) = engine(10);
    let mut took = Vec::with_capacity(STORES);
    while took.len() < STORES {
        let programs: Vec<Program> =
            (0..AT_ONCE).map(|turn| engine.compile(&both[turn % 2])).collect();
        for program in programs {
            let started = Instant::now();
            let done = engine.swap(program);
            took.push(started.elapsed().as_nanos() as u64);
            assert!(done.is_ok());
        }
    }
    took.sort_unstable();
    let [median, p90, p99] = [0.5, 0.9, 0.99].map(|share| percentile(&took, share));
    println!("{STORES} stores without readers: median {median} ns, p90 {p90} ns, p99 {p99} ns");
}

/// The 99.9th percentiles of decisions while a second thread works through programs, in nanoseconds: while it
/// stores them, and while it does as much work without storing. The two take turns every 100 ms, so that a drift
/// of the machine favours neither.
fn run(engine: &Engine, questions: &[Request], programs: Vec<Program>, first: bool) -> [u64; 2] {
    let (over, storing) = (AtomicBool::new(false), AtomicBool::new(first));
    std::thread::scope(|scope| {
        let deciding = scope.spawn(|| {
            let mut answer = Answer::default();
            let mut took = [Vec::with_capacity(4 << 20), Vec::with_capacity(4 << 20)];
            for question in questions.iter().cycle() {
                if over.load(Ordering::Relaxed) {
                    break;
                }
                let took = &mut took[usize::from(!storing.load(Ordering::Relaxed))];
                let started = Instant::now();
                engine.decide_into(question, &mut answer).expect("a good question");
                if took.len() < took.capacity() {
                    took.push(started.elapsed().as_nanos() as u64);
                }
            }
            took.map(|mut took| {
                took.sort_unstable();
                percentile(&took, 0.999)
            })
        });
        let mut replaced: Vec<Arc<Program>> = Vec::new();
        for (turn, program) in programs.into_iter().enumerate() {
            let stores = (turn / 20 % 2 == 0) == first;
            storing.store(stores, Ordering::Relaxed);
            std::thread::sleep(EVERY);
            if stores {
                engine.swap(program).expect("its own program");
                engine.free_replaced();
            } else {
                // As much work: a program moved, put aside, and one before it freed.
                replaced.push(Arc::new(program));
                if replaced.len() > onward::engine::KEPT {
                    replaced.remove(0);
                }
            }
        }
        over.store(true, Ordering::Relaxed);
        deciding.join().expect("no decision fails")
    })
}

fn latency() {
    let (engine, both, questions) = engine(ACTIONS);
    let programs = || (0..400).map(|turn| engine.compile(&both[turn % 2])).collect();
    let mut ratios = Vec::new();
    println!("| pair | swapping p99.9 | control p99.9 | ratio |\n| ---: | ---: | ---: | ---: |");
    for pair in 0..PAIRS {
        let [swapping, control] = run(&engine, &questions, programs(), pair % 2 == 0);
        let ratio = swapping as f64 / control as f64;
        ratios.push(ratio);
        println!("| {} | {swapping} ns | {control} ns | {ratio:.2} |", pair + 1);
    }
    ratios.sort_unstable_by(f64::total_cmp);
    println!(
        "median ratio {:.2}, from {:.2} to {:.2}, quartiles {:.2} and {:.2}; {} generations",
        ratios[PAIRS / 2],
        ratios[0],
        ratios[PAIRS - 1],
        ratios[PAIRS / 4],
        ratios[PAIRS * 3 / 4],
        engine.generation(),
    );
}

fn main() {
    let asked = |word: &str| std::env::args().any(|argument| argument == word);
    if asked("stores") {
        stores();
    } else if asked("latency") {
        latency();
    } else {
        let mut criterion = Criterion::default().configure_from_args();
        store(&mut criterion);
        criterion.final_summary();
    }
}
