//! The index beside two plain loops, interleaved in one run: best three and all, as ratios.
//!
//! One thread, 1,000 customers already in each contender's own form, so neither the lookup of a customer nor
//! the reading of its profile is measured. Answers are compared before the clock starts. Each round times all
//! contenders one after the other; what is printed is the median of the rounds' ratios and their quartiles.
//!
//! `cargo bench --bench ratios`, or `-- 1000 10000` for some sizes only. `-- count best 1000` decides 1,000
//! times and ends, for an instruction count: `valgrind --tool=callgrind --collect-atstart=no
//! --toggle-collect='*Engine::best*' target/release/deps/ratios-... count best 1000`.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a bench that cannot go on says so by panicking"
)]

mod index_world;

use std::hint::black_box;
use std::time::Instant;

use index_world::loops::{FlatTests, NOBODY, Three, Trees};
use index_world::{Dice, Match, Scores, Workload};
use onward::machinery::walk::{self, Candidate, Scored, Scratch, Slate};

const ROUNDS: usize = 41;

struct Engine<'a> {
    workload: &'a Workload,
    scratch: Scratch,
    slate: Slate,
}

impl<'a> Engine<'a> {
    fn new(workload: &'a Workload) -> Self {
        let scratch = Scratch::for_index(&workload.index);
        Self { workload, scratch, slate: Slate::new(3) }
    }
    fn three(&self) -> Three {
        let mut out = NOBODY;
        for (place, hit) in out.iter_mut().zip(self.slate.hits()) {
            *place = hit.item;
        }
        out
    }
    #[inline(never)]
    fn best(&mut self, customer: usize) -> Three {
        let readings = self.workload.readings(customer);
        let visit = |candidate: Candidate| Some(Scored::new(candidate.bound));
        let (scratch, slate) = (&mut self.scratch, &mut self.slate);
        walk::best(&self.workload.index, &readings, scratch, slate, visit);
        self.three()
    }
    #[inline(never)]
    fn all(&mut self, customer: usize) -> (u32, Three) {
        let readings = self.workload.readings(customer);
        let visit = |candidate: Candidate| Some(Scored::new(candidate.bound));
        let (scratch, slate) = (&mut self.scratch, &mut self.slate);
        let tally = walk::all(&self.workload.index, &readings, scratch, slate, visit);
        (tally.matched, self.three())
    }
    #[inline(never)]
    fn personal(&mut self, customer: usize) -> Three {
        let readings = self.workload.readings(customer);
        let (rules, propensity) =
            (&self.workload.rules, &self.workload.customers[customer].propensity);
        let visit = |candidate: Candidate| {
            let factor = propensity[rules[candidate.item as usize].propensity];
            Some(Scored::new(candidate.bound * factor))
        };
        let (scratch, slate) = (&mut self.scratch, &mut self.slate);
        walk::best(&self.workload.index, &readings, scratch, slate, visit);
        self.three()
    }
}

/// Nanoseconds a call, over as many calls as take about `millis`.
struct Timer {
    calls: usize,
}

impl Timer {
    fn new(millis: f64, mut call: impl FnMut(usize)) -> Self {
        let start = Instant::now();
        let mut calls = 0;
        while calls < 2 || start.elapsed().as_secs_f64() * 1e3 < millis {
            call(calls);
            calls += 1;
        }
        Self { calls }
    }
    fn time(&self, ids: &[usize], mut call: impl FnMut(usize)) -> f64 {
        let start = Instant::now();
        for id in ids.iter().cycle().take(self.calls) {
            call(*id);
        }
        start.elapsed().as_nanos() as f64 / self.calls as f64
    }
}

/// Median and quartiles.
fn median(mut values: Vec<f64>) -> (f64, f64, f64) {
    values.sort_by(f64::total_cmp);
    (values[values.len() / 2], values[values.len() / 4], values[values.len() * 3 / 4])
}

/// Times the contenders in turn and prints one line.
fn line(name: &str, n: usize, ids: &[usize], contenders: &mut [&mut dyn FnMut(usize)]) {
    let timers: Vec<Timer> =
        contenders.iter_mut().map(|call| Timer::new(0.4, |n| call(ids[n % ids.len()]))).collect();
    let mut rounds: Vec<Vec<f64>> = vec![Vec::new(); contenders.len()];
    for _ in 0..ROUNDS {
        for ((call, timer), times) in contenders.iter_mut().zip(&timers).zip(&mut rounds) {
            times.push(timer.time(ids, &mut **call));
        }
    }
    let ratio = |other: usize| {
        let ratios = rounds[other].iter().zip(&rounds[0]).map(|(a, b)| a / b).collect();
        let (middle, low, high) = median(ratios);
        format!("{middle:.1}x ({low:.1} to {high:.1})")
    };
    let nanos = |who: usize| format!("{:.0}", median(rounds[who].clone()).0);
    println!(
        "| {name} | {n} | {} | {} | {} | {} | {} |",
        nanos(0),
        nanos(1),
        nanos(2),
        ratio(1),
        ratio(2)
    );
}

fn run(n: usize, matching: Match, scores: Scores) {
    let workload = Workload::new(7, n, matching, scores);
    let trees = Trees::new(&workload.rules);
    let flat = FlatTests::new(&workload.rules, &workload.customers);
    let mut engine = Engine::new(&workload);
    let mut matched = 0;
    for id in 0..200 {
        let customer = &workload.customers[id];
        let all = trees.all(customer);
        matched += all.0;
        assert_eq!(flat.all(customer), all, "flat, customer {id}");
        assert_eq!(engine.all(id), all, "index, customer {id}");
        assert_eq!((flat.best(customer), engine.best(id)), (trees.best(customer), all.1));
        let personal = trees.personal(customer);
        assert_eq!((flat.personal(customer), engine.personal(id)), (personal, personal));
    }
    let size = workload.index.size();
    eprintln!(
        "{matching:?} {scores:?} N={n}: {:.2} % match, built in {:.1} ms, {size:?}",
        f64::from(matched) / 200.0 / n as f64 * 100.0,
        workload.build.as_secs_f64() * 1e3,
    );
    let mut dice = Dice(1);
    let ids: Vec<usize> =
        (0..4_096).map(|_| dice.below(workload.customers.len() as u64) as usize).collect();
    let customers = &workload.customers;
    let label = match (matching, scores) {
        (Match::One, Scores::Spread) => "1 %",
        (Match::Ten, Scores::Spread) => "10 %",
        (_, Scores::Equal) => "all scores equal",
    };
    line(
        &format!("best 3, {label}"),
        n,
        &ids,
        &mut [
            &mut |id| {
                black_box(engine.best(id));
            },
            &mut |id| {
                black_box(trees.best(&customers[id]));
            },
            &mut |id| {
                black_box(flat.best(&customers[id]));
            },
        ],
    );
    if scores == Scores::Equal {
        return;
    }
    line(
        &format!("all, {label}"),
        n,
        &ids,
        &mut [
            &mut |id| {
                black_box(engine.all(id));
            },
            &mut |id| {
                black_box(trees.all(&customers[id]));
            },
            &mut |id| {
                black_box(flat.all(&customers[id]));
            },
        ],
    );
    line(
        &format!("best 3 of personal scores, {label}"),
        n,
        &ids,
        &mut [
            &mut |id| {
                black_box(engine.personal(id));
            },
            &mut |id| {
                black_box(trees.personal(&customers[id]));
            },
            &mut |id| {
                black_box(flat.personal(&customers[id]));
            },
        ],
    );
}

/// A fixed number of decisions, for an instruction count of `Engine::best`, `Trees::best` ...
fn count(what: &str, n: usize) {
    let workload = Workload::new(7, n, Match::One, Scores::Spread);
    let trees = Trees::new(&workload.rules);
    let flat = FlatTests::new(&workload.rules, &workload.customers);
    let mut engine = Engine::new(&workload);
    for id in 0..workload.customers.len() {
        let customer = &workload.customers[id];
        if what == "best" {
            black_box((engine.best(id), trees.best(customer), flat.best(customer)));
        } else {
            black_box((engine.all(id), trees.all(customer), flat.all(customer)));
        }
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    if let [first, what, n] = &arguments[..]
        && first == "count"
    {
        return count(what, n.parse().expect("a number of rules"));
    }
    let wanted: Vec<usize> = arguments.iter().filter_map(|a| a.parse().ok()).collect();
    println!("| query | rules | index ns | tree ns | flat ns | tree : index | flat : index |");
    println!("|---|---:|---:|---:|---:|---:|---:|");
    for n in [10, 100, 1_000, 10_000, 100_000] {
        if !wanted.is_empty() && !wanted.contains(&n) {
            continue;
        }
        run(n, Match::One, Scores::Spread);
        run(n, Match::Ten, Scores::Spread);
        run(n, Match::One, Scores::Equal);
    }
}
