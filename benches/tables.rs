//! The tables of `benches/README.md`, each by one command that prints Markdown:
//! `cargo bench --bench tables -- loops` (or `floor`, `growth`, `personal`, `limits`, `track`, `compile`, `reload`; none: all).
//!
//! Contenders of one table are timed in turn in one run, round by round; a ratio is the median of the rounds'
//! ratios, with their range. Answers are compared before the clock starts. One thread, except where text is read.
//! Numbers behind the name choose sizes: `loops 1000`. The target of each line stands beside what was reached.

#![allow(clippy::expect_used, reason = "a bench that cannot start must stop")]

mod workload;

use std::fmt::Display;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use dashmap::DashMap;
use foldhash::quality::RandomState;
use onward::check::KeptFiles;
use onward::syntax::{self, Limits};
use onward::{Answer, Context, Engine, Source, View, check};
use workload::rounds::{Contender, Spread, Times, contender, nanos, short};
use workload::world::{World, customer, events, external, rules, sources};
use workload::{Match, Scores, Shape, Workload};

/// How often each contender is timed, and for how many milliseconds.
#[derive(Clone, Copy)]
struct Effort {
    rounds: usize,
    millis: f64,
    test: bool,
}

fn row(cells: &[&dyn Display]) {
    let cells: Vec<String> = cells.iter().map(ToString::to_string).collect();
    println!("| {} |", cells.join(" | "));
}

/// A target and whether the median reaches it.
fn least(target: Option<f64>, reached: Spread) -> String {
    target.map_or_else(String::new, |target| {
        let verdict = if reached.median >= target { "held" } else { "short" };
        format!("≥ {target}x {verdict}")
    })
}

fn most(target: Option<f64>, reached: Spread) -> String {
    target.map_or_else(String::new, |target| {
        let verdict = if reached.median <= target { "held" } else { "short" };
        format!("≤ {target}x {verdict}")
    })
}

/// Targets against the plain and the flat loop.
fn targets(all: bool, matching: Match, n: usize) -> (Option<f64>, Option<f64>) {
    let place = [10, 100, 1_000, 10_000, 100_000].iter().position(|size| *size == n);
    let Some(place) = place else { return (None, None) };
    match (all, matching) {
        (true, Match::One) => {
            (Some([0.8, 8.0, 35.0, 45.0, 70.0][place]), Some([0.7, 7.0, 25.0, 25.0, 12.0][place]))
        }
        (false, Match::One) => {
            (Some([0.8, 8.0, 25.0, 22.0, 22.0][place]), Some([0.7, 7.0, 17.0, 15.0, 15.0][place]))
        }
        (false, Match::Ten) => ((2..4).contains(&place).then_some(2.0), None),
        (true, Match::Ten) => (None, None),
    }
}

fn loops(sizes: &[usize], effort: Effort) {
    println!(
        "| query | rules | engine ns | plain ns | flat ns | plain : engine | target | flat : engine | target |"
    );
    println!("|---|---:|---:|---:|---:|---:|---|---:|---|");
    for n in sizes {
        for (matching, share) in [(Match::One, "1 %"), (Match::Ten, "10 %")] {
            let shape = Shape::new(*n, matching);
            pair(shape, share, true, effort);
            if matching == Match::One {
                pair(Shape { scores: Scores::Equal, ..shape }, "1 %, scores equal", false, effort);
                let personal = Shape { scores: Scores::Personal, ..shape };
                pair(personal, "1 %, scores personal", false, effort);
                let dated = Shape { dates: true, ..shape };
                pair(dated, "1 %, dates and request", false, effort);
                // The loops ask neither, which everybody passes.
                pair(shape.strict(4, 4), "1 %, 4 windows and 4 limits", false, effort);
            }
        }
    }
}

/// Best three and all of one shape; `aimed` where the targets are meant.
fn pair(shape: Shape, share: &str, aimed: bool, effort: Effort) {
    let mut world = World::new(shape, 1_000);
    let matching = world.assert_answers(sample(shape.actions, effort));
    let n = shape.actions;
    let size = world.engine.program().index_size("home");
    eprintln!("{share}, {n} rules: {:.2} % of pairs match, {size:?}", matching * 100.0);
    let World { engine, requests, names, .. } = &world;
    for all in [false, true] {
        let mut answer = Answer::default();
        let mut question = world.question();
        let engine = contender("engine", |id: usize| {
            // Where customers bring attributes to the question, each has one of its own.
            let question = if shape.dates {
                &requests[id]
            } else {
                question.set_customer(names.get(id));
                &question
            };
            if all {
                engine.count_eligible(question, &mut answer).expect("a good question");
            } else {
                engine.decide_into(question, &mut answer).expect("a good question");
            }
        });
        let plain = contender("plain", |id| {
            black_box(if all { world.plain_all(id) } else { world.plain_best(id) });
        });
        let flat = contender("flat", |id| {
            black_box(if all { world.flat_all(id) } else { world.flat_best(id) });
        });
        let times = Times::of(&mut [engine, plain, flat], 1_000, effort.rounds, effort.millis);
        let (plain, flat) = (times.ratio(1, 0), times.ratio(2, 0));
        let aims = if aimed { targets(all, shape.matching, n) } else { (None, None) };
        let query = format!("{}, {share}", if all { "all" } else { "best 3" });
        row(&[
            &query,
            &n,
            &nanos(times.nanos(0)),
            &nanos(times.nanos(1)),
            &nanos(times.nanos(2)),
            &plain,
            &least(aims.0, plain),
            &flat,
            &least(aims.1, flat),
        ]);
    }
}

fn sample(actions: usize, effort: Effort) -> usize {
    if effort.test { 20 } else { (500_000 / actions).clamp(20, 500) }
}

/// As many words as a decision reads of a customer.
const WORDS: usize = View::READ.div_ceil(8);

/// As much of each customer.
type Customers = DashMap<u64, [u64; WORDS], RandomState>;

/// A word of each line of what lies in the map.
#[inline(never)]
fn touch(words: &[u64; WORDS]) -> u64 {
    words.iter().step_by(8).fold(0, |sum, word| sum.wrapping_add(*word))
}

/// Asked for one customer after the other. In a chain the next one is not known before the answer is there, as with
/// an application that asks one question at a time; else a processor may begin with the next.
#[derive(Clone, Copy)]
struct Chain(bool);

impl Chain {
    /// Nothing, which the processor cannot know before `of` is there.
    #[inline(always)]
    fn link(self, of: usize) -> usize {
        if self.0 { black_box(of) >> 32 } else { 0 }
    }
}

fn floor(sizes: &[usize], effort: Effort) {
    println!(
        "| customers | rules | each waits for the last | floor ns | floor by id ns | best 3 ns | best 3 by id ns | best 3 : floor | target | best 3 by id : floor by id |"
    );
    println!("|---:|---:|---|---:|---:|---:|---:|---:|---|---:|");
    let n = if effort.test { 100 } else { 10_000 };
    for customers in sizes {
        let mut world = World::new(Shape::new(n, Match::One), *customers);
        world.assert_answers(sample(n, effort));
        let map: Customers = DashMap::default();
        let ids: DashMap<Box<str>, u64, RandomState> = DashMap::default();
        for id in 0..*customers {
            // What is added up is 0, so that a chain stays with the customers drawn.
            map.insert(id as u64, [0; WORDS]);
            ids.insert(external(id).into(), id as u64);
        }
        // Its keys lie in memory as the engine's do.
        let keys: Vec<u64> = (0..*customers as u64).collect();
        for chained in [Chain(true), Chain(false)] {
            floor_line(&world, (&map, &keys, &ids), chained, (*customers, n), effort);
        }
    }
}

fn floor_line(
    world: &World,
    (map, own_keys, ids): (&Customers, &[u64], &DashMap<Box<str>, u64, RandomState>),
    chained: Chain,
    (customers, n): (usize, usize),
    effort: Effort,
) {
    let World { engine, keys, names, .. } = world;
    let (mut by_key, mut by_id) = (Answer::default(), Answer::default());
    let (mut key_question, mut id_question) = (world.question(), world.question());
    let mut carried = [0; 4];
    let [c0, c1, c2, c3] = &mut carried;
    let mut lines = [
        contender("best 3", |id: usize| {
            key_question.set_key(keys[id + *c0]);
            engine.decide_into(&key_question, &mut by_key).expect("a good question");
            *c0 = chained.link(by_key.len());
        }),
        contender("best 3 by id", |id| {
            id_question.set_customer(names.get(id + *c1));
            engine.decide_into(&id_question, &mut by_id).expect("a good question");
            *c1 = chained.link(by_id.len());
        }),
        contender("floor", |id| {
            let sum = touch(&map.get(&own_keys[id + *c2]).expect("it was put"));
            *c2 = chained.link(sum as usize);
            black_box(sum);
        }),
        contender("floor by id", |id| {
            let id = ids.get(names.get(id + *c3)).expect("it was put");
            let sum = touch(&map.get(&*id).expect("it was put"));
            *c3 = chained.link(sum as usize);
            black_box(sum);
        }),
    ];
    let times = Times::of(&mut lines, customers, effort.rounds, effort.millis);
    let target = match customers {
        1_000 => Some(10.0),
        100_000 => Some(2.5),
        1_000_000 => Some(2.0),
        _ => None,
    };
    let ratio = times.ratio(0, 2);
    row(&[
        &customers,
        &n,
        &if chained.0 { "yes" } else { "no" },
        &nanos(times.nanos(2)),
        &nanos(times.nanos(3)),
        &nanos(times.nanos(0)),
        &nanos(times.nanos(1)),
        &ratio,
        &most(target.filter(|_| chained.0), ratio),
        &times.ratio(1, 3),
    ]);
}

/// A contender that owns its world.
fn owned(shape: Shape, name: &str, effort: Effort) -> Contender<'_> {
    let mut world = World::new(shape, 1_000);
    world.assert_answers(sample(shape.actions, effort));
    contender(name, move |id| world.best_by_id(id))
}

fn growth(effort: Effort) {
    let sizes = if effort.test { [10, 100, 1_000] } else { [1_000, 10_000, 100_000] };
    let mut lines = sizes.map(|n| owned(Shape::new(n, Match::One), "", effort));
    let times = Times::of(&mut lines, 1_000, effort.rounds, effort.millis);
    println!("| best 3, 1 % match | ns | : first line | target |\n|---:|---:|---:|---|");
    for (at, n) in sizes.iter().enumerate() {
        let ratio = times.ratio(at, 0);
        row(&[n, &nanos(times.nanos(at)), &ratio, &most((at == 2).then_some(1.3), ratio)]);
    }
}

fn personal(effort: Effort) {
    let shape = Shape::new(if effort.test { 100 } else { 10_000 }, Match::One);
    let with = |scores| Shape { scores, ..shape };
    let mut lines = [
        owned(with(Scores::Static), "static", effort),
        owned(with(Scores::Equal), "equal", effort),
        owned(with(Scores::Personal), "personal", effort),
    ];
    let times = Times::of(&mut lines, 1_000, effort.rounds, effort.millis);
    println!("| best 3 of {} rules, scores | ns | : static | target |", shape.actions);
    println!("|---|---:|---:|---|");
    for (at, line) in lines.iter().enumerate() {
        let ratio = times.ratio(at, 0);
        let target = most((at == 2).then_some(3.0), ratio);
        row(&[&line.name, &nanos(times.nanos(at)), &ratio, &target]);
    }
}

/// What questions about events and contact policy cost, where everybody passes them.
fn limits(sizes: &[usize], effort: Effort) {
    println!("| best 3, 1 % match | rules | ns | : without | target |\n|---|---:|---:|---:|---|");
    for n in sizes {
        let with = |windows, limits| Shape::new(*n, Match::One).strict(windows, limits);
        let mut lines = [
            owned(with(0, 0), "without", effort),
            owned(with(5, 0), "5 windows", effort),
            owned(with(0, 4), "4 limits", effort),
            owned(with(5, 4), "5 windows and 4 limits", effort),
            owned(
                Shape { repeat: true, ..with(5, 4) },
                "5 windows, 4 limits, a `repeat` in each action and a pause",
                effort,
            ),
        ];
        let times = Times::of(&mut lines, 1_000, effort.rounds, effort.millis);
        for (at, line) in lines.iter().enumerate() {
            let ratio = times.ratio(at, 0);
            let target = most((at == 3 && *n == 1_000).then_some(2.0), ratio);
            row(&[&line.name, n, &nanos(times.nanos(at)), &ratio, &target]);
        }
    }
}

/// Events taken in by one thread, of customers who are known and of such who are not.
fn track(effort: Effort) {
    println!("| events | of | events a second, best of the rounds | target |\n|---:|---|---:|---|");
    let customers = if effort.test { 100 } else { 20_000 };
    let workload = Workload::new(Shape::new(10, Match::One).strict(5, 0));
    let rules = rules(&sources(&workload));
    // One event of each customer after the other, as they come in.
    let of_each: Vec<_> = (0..customers).map(events).collect();
    let all: Vec<_> =
        (0..20).flat_map(|at| of_each.iter().filter_map(move |own| own.get(at))).collect();
    for known in [true, false] {
        let mut best = f64::INFINITY;
        for _ in 0..effort.rounds.min(5) {
            let engine = Engine::new(&rules);
            if known {
                for (id, profile) in workload.draw().take(customers).enumerate() {
                    engine.put(&customer(&workload, id, &profile)).expect("a good customer");
                }
            }
            let start = Instant::now();
            for event in &all {
                engine.track(event, event.time()).expect("a good event");
            }
            best = best.min(start.elapsed().as_secs_f64());
        }
        let rate = all.len() as f64 / best;
        let verdict = if rate >= 500_000.0 { "≥ 500,000 held" } else { "≥ 500,000 short" };
        let of = if known { "known customers" } else { "new customers" };
        row(&[&all.len(), &of, &nanos(rate), &verdict]);
    }
}

/// Seconds of each stage, for sources that lie in memory.
#[derive(Clone, Copy, Default)]
struct Stages {
    /// Reading alone, one thread.
    parse: f64,
    /// Reading and checking, as the engine's users get it.
    check: f64,
    /// From typed rules to an engine with its index.
    compile: f64,
}

fn stages(sources: &[Source], parse_too: bool) -> Stages {
    let mut took = Stages::default();
    if parse_too {
        let start = Instant::now();
        for source in sources {
            black_box(syntax::parse(source, &Limits::default()));
        }
        took.parse = start.elapsed().as_secs_f64();
    }
    let start = Instant::now();
    let checked = check(sources, &Context::default());
    took.check = start.elapsed().as_secs_f64();
    let rules = Arc::new(checked.rules.expect("good rules"));
    let start = Instant::now();
    let engine = Engine::shared(Arc::clone(&rules));
    took.compile = start.elapsed().as_secs_f64();
    assert_eq!(engine.program().fingerprint(), rules.fingerprint);
    took
}

/// The most memory this process has held, in MiB.
fn peak() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse::<f64>().ok().map(|kib| kib / 1024.0)
}

/// One size in a process of its own: a line for the parent.
fn compile_child(n: usize) {
    let sources = sources(&Workload::new(Shape::new(n, Match::One)));
    let bytes: u64 = sources.iter().map(Source::bytes).sum();
    let before = peak().unwrap_or(f64::NAN);
    let took = stages(&sources, false);
    let peak = peak().unwrap_or(f64::NAN);
    // Apart, so that its trees are not in the peak.
    let parse = stages(&sources, true).parse;
    println!("{} {bytes} {before} {peak} {parse} {} {}", sources.len(), took.check, took.compile);
}

fn compile(sizes: &[usize], effort: Effort) {
    println!(
        "| rules | files | MB of text | bytes a rule | read alone, 1 thread s | read + check s | compile s | total s | µs a rule | peak MiB (before the text was read) | target |"
    );
    println!("|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---|");
    let mut per_rule = None;
    for n in sizes {
        let mut runs: Vec<Vec<f64>> = Vec::new();
        for _ in 0..if effort.test { 1 } else { 3 } {
            let own = std::env::current_exe().expect("this program");
            let child = std::process::Command::new(own).args(["child", &n.to_string()]).output();
            let child = child.expect("the child runs");
            let text = String::from_utf8_lossy(&child.stdout).into_owned();
            let errors = String::from_utf8_lossy(&child.stderr);
            assert!(child.status.success(), "the child failed: {errors}");
            runs.push(
                text.split_whitespace().map(|word| word.parse().expect("a number")).collect(),
            );
        }
        runs.sort_by(|a, b| (a[5] + a[6]).total_cmp(&(b[5] + b[6])));
        let run = &runs[runs.len() / 2];
        let (total, rules) = (run[5] + run[6], *n as f64);
        let last = (total / rules, *n);
        let verdict = match n {
            100_000 => {
                let growth =
                    per_rule.filter(|(_, n)| *n == 10_000).map(|(first, _)| last.0 / first);
                let held = total <= 5.0 && run[3] <= 2_048.0 && growth.is_none_or(|g| g <= 1.2);
                let growth = growth.map_or_else(String::new, |g| format!(", {g:.2}x linear"));
                let word = if held { "held" } else { "short" };
                format!("≤ 5 s, ≤ 2,048 MiB, ≤ 1.2x linear from 10,000: {word}{growth}")
            }
            _ => String::new(),
        };
        per_rule = Some(last);
        row(&[
            n,
            &run[0],
            &short(run[1] / 1e6),
            &short(run[1] / rules),
            &short(run[4]),
            &short(run[5]),
            &short(run[6]),
            &short(total),
            &short(total / rules * 1e6),
            &format!("{:.0} ({:.0})", run[3], run[2]),
            &verdict,
        ]);
    }
}

/// Another weight in one file, each time in another one: what a marketer does before a reload.
fn edit(sources: &[Source], round: usize) -> Vec<Source> {
    let mut edited = sources.to_vec();
    let offers = |source: &Source| source.text().contains("propensity: ");
    let at: Vec<usize> = (0..edited.len()).filter(|at| offers(&edited[*at])).collect();
    let at = at[round % at.len()];
    let weight = format!("weight: 1.{:02} # ", round % 90 + 10);
    let text = edited[at].text().replacen("weight: ", &weight, 1);
    edited[at] = Source::new(edited[at].name(), text);
    edited
}

fn reload(effort: Effort) {
    let n = if effort.test { 100 } else { 1_000 };
    let sources = sources(&Workload::new(Shape::new(n, Match::One)));
    let engine = Engine::new(&rules(&sources));
    let millis = |start: Instant| start.elapsed().as_secs_f64() * 1e3;
    println!("| reload of {n} rules, {} files | ms, median (range) | target |", sources.len());
    println!("|---|---:|---|");
    for what in ["one file edited", "all files read anew"] {
        let mut files = KeptFiles::default();
        drop(files.check(&sources, &Context::default()));
        let mut took: [Vec<f64>; 4] = Default::default();
        for round in 0..effort.rounds.max(3) {
            let edited = edit(&sources, round);
            assert_ne!(edited, sources);
            let start = Instant::now();
            let rules = if what.starts_with("one") {
                files.check(&edited, &Context::default()).rules.expect("good rules")
            } else {
                rules(&edited)
            };
            took[0].push(millis(start));
            let compiling = Instant::now();
            let program = engine.compile_shared(Arc::new(rules));
            took[1].push(millis(compiling));
            let swapping = Instant::now();
            engine.swap(program).expect("its own program");
            took[2].push(millis(swapping));
            took[3].push(millis(start));
            assert_eq!(engine.fingerprint(), self::rules(&edited).fingerprint);
        }
        for (name, took) in ["read + check", "compile", "swap", "all"].iter().zip(took) {
            let Spread { median, low, high } = Spread::of(took);
            let verdict = match (what, *name) {
                ("one file edited", "all") if median <= 50.0 => "≤ 50 ms held",
                ("one file edited", "all") => "≤ 50 ms short",
                _ => "",
            };
            let cell = format!("{} ({} to {})", short(median), short(low), short(high));
            row(&[&format!("{what}: {name}"), &cell, &verdict]);
        }
    }
}

fn main() {
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|a| a != "--bench" && a != "--nocapture").collect();
    if let [first, n] = &arguments[..]
        && first == "child"
    {
        return compile_child(n.parse().expect("a number of rules"));
    }
    let test = arguments.iter().any(|argument| argument == "--test");
    let effort = if test {
        Effort { rounds: 1, millis: 0.05, test }
    } else {
        Effort { rounds: 15, millis: 2.0, test }
    };
    let sizes = |standard: &[usize], tested: &[usize]| -> Vec<usize> {
        let named: Vec<usize> = arguments.iter().filter_map(|a| a.parse().ok()).collect();
        match (named.is_empty(), test) {
            (false, _) => named,
            (true, true) => tested.to_vec(),
            (true, false) => standard.to_vec(),
        }
    };
    let tables = ["loops", "floor", "growth", "personal", "limits", "track", "compile", "reload"];
    let named: Vec<&str> =
        tables.into_iter().filter(|t| arguments.iter().any(|a| a == t)).collect();
    for table in if named.is_empty() { tables.to_vec() } else { named } {
        println!("\n## {table}\n");
        match table {
            "loops" => loops(&sizes(&[10, 100, 1_000, 10_000, 100_000], &[10, 100]), effort),
            "floor" => floor(&sizes(&[1_000, 100_000, 1_000_000], &[1_000]), effort),
            "growth" => growth(effort),
            "personal" => personal(effort),
            "limits" => limits(&sizes(&[1_000], &[100]), effort),
            "track" => track(effort),
            "compile" => compile(&sizes(&[1_000, 10_000, 100_000], &[100]), effort),
            _ => reload(effort),
        }
    }
}
