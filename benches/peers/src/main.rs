//! Onward's benchmark workload on other engines and on the plain loops, all in one run.
//!
//! `cargo run --release` in this folder runs 10 to 100,000 rules; `-- 10 1000` runs those sizes only, `-- --test`
//! compares all answers at 10 and 100 rules and times next to nothing. One thread. Every engine has its rules
//! compiled and its customers prebuilt in its own form, which favours the others: only Onward and the loops look
//! their customer up in each call. All answers are compared first; then all are timed in turn, round by round.

#![allow(clippy::expect_used, clippy::panic, reason = "a bench that cannot start must stop")]

mod a_tree;
mod cedar;
mod one_by_one;
mod spelling;
#[path = "../../workload/mod.rs"]
mod workload;

use std::hint::black_box;
use std::time::Instant;

use one_by_one::{Cel, OneByOne, Rhai, Rules, Zen};
use workload::loops::{Best, Hit};
use workload::rounds::{Contender, Times, contender, nanos};
use workload::world::World;
use workload::{Match, Profile, Shape};

const CUSTOMERS: usize = 1_000;
const ROUNDS: usize = 9;

/// Another engine with the rules and customers of one workload.
pub trait Peer {
    fn name(&self) -> &'static str;
    /// All that match: how many, and the best three of them.
    fn all(&mut self, customer: usize) -> Best;
    /// The best three; `None` for an engine that can only find all.
    fn best(&mut self, _customer: usize) -> Option<Best> {
        None
    }
}

/// The rules by score: what every engine sorts by, and gets for nothing.
#[derive(Clone)]
pub struct Ranked {
    /// Score and number of the action.
    pub order: Vec<(f64, u32)>,
}

impl Ranked {
    /// Counts matches by rank and keeps the best three.
    pub fn best_of(&self, ranks: impl Iterator<Item = u32>) -> Best {
        let (mut best, mut count) = (Best::default(), 0);
        let mut three = [u32::MAX; 3];
        for rank in ranks {
            count += 1;
            if rank < three[2] {
                three[2] = rank;
                three.sort_unstable();
            }
        }
        for rank in three.into_iter().filter(|rank| *rank != u32::MAX) {
            let (score, action) = self.order[rank as usize];
            best.offer(Hit { action, score });
        }
        best.eligible = count;
        best
    }
}

fn one_by_one<R: Rules + 'static>(rules: R, ranked: &Ranked) -> Box<dyn Peer> {
    Box::new(OneByOne { rules, ranked: ranked.clone() })
}

/// The peers that can take so many rules; what is left out is said on the way.
fn peers(world: &World, profiles: &[Profile], ranked: &Ranked) -> Vec<Box<dyn Peer>> {
    type Build<'a> = Box<dyn Fn() -> Box<dyn Peer> + 'a>;
    let workload = &world.workload;
    let n = workload.actions.len();
    let slow = "its time grows with the rules: above 0.2 s a decision there";
    let all: Vec<(&str, usize, &str, Build<'_>)> = vec![
        (
            "a-tree",
            usize::MAX,
            "",
            Box::new(|| Box::new(a_tree::Tree::new(workload, profiles, ranked))),
        ),
        (
            "zen-expression",
            usize::MAX,
            "",
            Box::new(|| one_by_one(Zen::new(workload, profiles, ranked), ranked)),
        ),
        (
            "cel",
            usize::MAX,
            "",
            Box::new(|| one_by_one(Cel::new(workload, profiles, ranked), ranked)),
        ),
        (
            "rhai",
            usize::MAX,
            "",
            Box::new(|| one_by_one(Rhai::new(workload, profiles, ranked), ranked)),
        ),
        (
            "cedar-policy",
            10_000,
            slow,
            Box::new(|| Box::new(cedar::Cedar::new(workload, profiles, ranked))),
        ),
    ];
    let mut built = Vec::new();
    for (name, most, why, build) in all {
        if n > most {
            println!("{name} is not run with {n} rules: {why}.\n");
            continue;
        }
        let start = Instant::now();
        built.push(build());
        eprintln!("{name}: {n} rules and {} customers in {:.1?}", profiles.len(), start.elapsed());
    }
    built
}

fn run(shape: Shape, label: &str, test: bool) {
    let n = shape.actions;
    let start = Instant::now();
    let mut world = World::new(shape, CUSTOMERS);
    eprintln!("onward: {n} rules from text and {CUSTOMERS} customers in {:.1?}", start.elapsed());
    let compared = if test { 50 } else { (200_000 / n).clamp(5, 200) };
    let matching = world.assert_answers(compared);
    let profiles = world.workload.profiles(CUSTOMERS);
    let mut order: Vec<_> = (0..n).map(|at| (world.workload.bound(at), at as u32)).collect();
    order.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let ranked = Ranked { order };
    let mut peers = peers(&world, &profiles, &ranked);
    for customer in 0..compared {
        let wanted = world.plain_all(customer);
        for peer in &mut peers {
            let got = peer.all(customer);
            assert_eq!(got, wanted, "{}, all, customer {customer}", peer.name());
            if let Some(best) = peer.best(customer) {
                let wanted = Best { eligible: 0, ..wanted };
                assert_eq!(best, wanted, "{}, best 3, customer {customer}", peer.name());
            }
        }
    }
    eprintln!(
        "{compared} customers answered alike by all; {:.2} % of pairs match",
        matching * 100.0
    );
    let (rounds, millis) = if test { (1, 0.1) } else { (ROUNDS, 2.0) };
    let promised = matches!(shape.matching, Match::One) && !test;
    for best in [false, true] {
        let query = Query { best, label, rules: n, promised };
        time(&query, &world, &mut peers, rounds, millis);
    }
}

/// What is asked of all contenders.
struct Query<'a> {
    best: bool,
    label: &'a str,
    rules: usize,
    /// Whether the line that Onward promises to be ahead by is shown.
    promised: bool,
}

impl Query<'_> {
    /// How many times as long as Onward a contender must take.
    fn target(&self, name: &str) -> Option<f64> {
        let size = [10, 100, 1_000, 10_000, 100_000].iter().position(|size| *size == self.rules)?;
        let targets = match (name.split(' ').next()?, self.best) {
            ("a-tree", false) => [3.0, 25.0, 50.0, 60.0, 100.0],
            ("zen-expression", true) => [8.0, 80.0, 140.0, 140.0, 140.0],
            _ => return None,
        };
        targets.get(size).copied().filter(|_| self.promised)
    }
}

fn time(query: &Query<'_>, world: &World, peers: &mut [Box<dyn Peer>], rounds: usize, millis: f64) {
    let best = query.best;
    let mut answer = onward::Answer::default();
    let World { engine, requests, .. } = world;
    let mut lines: Vec<Contender<'_>> = vec![
        contender("Onward", move |id| {
            let request = &requests[id];
            if best {
                engine.decide_into(request, &mut answer).expect("a good question");
            } else {
                engine.count_eligible(request, &mut answer).expect("a good question");
            }
        }),
        contender("plain loop", |id| {
            black_box(if best { world.plain_best(id) } else { world.plain_all(id) });
        }),
        contender("flat loop", |id| {
            black_box(if best { world.flat_best(id) } else { world.flat_all(id) });
        }),
    ];
    for peer in peers {
        if best && peer.best(0).is_none() {
            continue;
        }
        let name = peer.name();
        lines.push(contender(name, move |id| {
            if best {
                black_box(peer.best(id));
            } else {
                black_box(peer.all(id));
            }
        }));
    }
    let times = Times::of(&mut lines, CUSTOMERS, rounds, millis);
    let asked = if best { "best 3" } else { "all" };
    println!(
        "| {asked}, {}, {} rules | ns, median of {rounds} | time : Onward's (range) | target |\n|---|---:|---:|---|",
        query.label, query.rules
    );
    for (at, line) in lines.iter().enumerate() {
        let ratio = times.ratio(at, 0);
        let target = query.target(line.name).map_or(String::new(), |target| {
            let word = if ratio.median >= target { "held" } else { "short" };
            format!("{target}x: {word}")
        });
        println!("| {} | {} | {ratio} | {target} |", line.name, nanos(times.nanos(at)));
    }
    println!();
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let test = arguments.iter().any(|argument| argument == "--test");
    let wanted: Vec<usize> = arguments.iter().filter_map(|a| a.parse().ok()).collect();
    let sizes = match (test, wanted.is_empty()) {
        (true, _) => vec![10, 100],
        (false, true) => vec![10, 100, 1_000, 10_000, 100_000],
        (false, false) => wanted,
    };
    for n in sizes {
        run(Shape::new(n, Match::One), "1 % match", test);
        if test || n == 1_000 || n == 10_000 {
            run(Shape::new(n, Match::Ten), "10 % match", test);
        }
    }
}
