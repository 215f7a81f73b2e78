//! PROMISES 12: a swap under full load is invisible. Every decision replays under the rules it is stamped with.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::ThreadId;

use onward::{Answer, Engine, Request};

use super::{noon, question, rules, shop, visitor};

const THREADS: usize = 4;
const VISITORS: i64 = 12;

/// Actions and score bits of an answer.
type Heard = Vec<(String, Option<u64>)>;

fn heard(answer: &Answer) -> Heard {
    let scores = answer.scores().map(|score| score.map(f64::to_bits));
    answer.actions().map(str::to_owned).zip(scores).collect()
}

/// What an engine of its own, which never swaps, answers by these rules.
fn replay(text: &str) -> Vec<Heard> {
    let engine = Engine::new(&rules(text));
    let mut answer = Answer::default();
    (0..VISITORS)
        .map(|visits| {
            engine.put(&visitor(visits)).expect("a good customer");
            engine.decide_into(&question(visits), &mut answer).expect("a good question");
            heard(&answer)
        })
        .collect()
}

/// Says on which thread it was freed.
struct Rider(&'static Mutex<Vec<ThreadId>>);

impl Drop for Rider {
    fn drop(&mut self) {
        let mut freed = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        freed.push(std::thread::current().id());
    }
}

#[test]
fn three_hundred_swaps_under_load_are_invisible() {
    static FREED: Mutex<Vec<ThreadId>> = Mutex::new(Vec::new());
    swaps_under_load(300, &FREED);
}

#[test]
#[ignore = "a longer run, by name: for_long"]
fn ten_thousand_swaps_under_load_are_invisible_for_long() {
    static FREED: Mutex<Vec<ThreadId>> = Mutex::new(Vec::new());
    swaps_under_load(10_000, &FREED);
}

fn swaps_under_load(swaps: usize, freed: &'static Mutex<Vec<ThreadId>>) {
    // Odd generations have ten actions, even ones thirteen at another price.
    let texts = [shop(100, 13), shop(10, 10)];
    let expected = [replay(&texts[0]), replay(&texts[1])];
    assert_ne!(expected[0], expected[1]);
    let both = [rules(&texts[0]), rules(&texts[1])];
    let engine = Engine::new(&both[1]);
    for visits in 0..VISITORS {
        engine.put(&visitor(visits)).unwrap();
    }
    let stop = AtomicBool::new(false);
    let decided: [AtomicU64; THREADS] = Default::default();
    let decide = |own: usize| {
        let mut answer = Answer::default();
        // A second answer that is rarely used holds on to old rules for long.
        let mut idle = Answer::default();
        let mut generations = BTreeSet::new();
        let mut last = 0;
        let mut count = 0_u64;
        while !stop.load(Ordering::Relaxed) {
            let visits = (count % VISITORS as u64) as usize;
            let slow = count.is_multiple_of(1_000);
            let answer = if slow { &mut idle } else { &mut answer };
            engine.decide_into(&question(visits as i64), answer).expect("no decision fails");
            let generation = answer.generation();
            assert!(generation >= last, "{generation} after {last}");
            last = generation;
            generations.insert(generation);
            // Blocked would be empty; mixed would be neither.
            assert_eq!(heard(answer), expected[(generation % 2) as usize][visits]);
            count += 1;
            decided[own].store(count, Ordering::Relaxed);
        }
        (generations, std::thread::current().id())
    };
    let mut settled = None;
    let deciding: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|own| scope.spawn(move || decide(own))).collect();
        for swap in 0..swaps {
            settled = settled.or_else(|| (swap == SETTLED).then(resident).flatten());
            let mut program = engine.compile(&both[swap % 2]);
            program.carry(Rider(freed));
            assert_eq!(engine.swap(program), Ok(swap as u64 + 2));
            if swap % 10 == 0 {
                // Every thread decides with this generation, or a later one, before the next swap.
                let before: Vec<u64> = decided.iter().map(|n| n.load(Ordering::Relaxed)).collect();
                while decided.iter().zip(&before).any(|(n, b)| n.load(Ordering::Relaxed) < b + 2) {
                    assert!(threads.iter().all(|thread| !thread.is_finished()), "a thread failed");
                    std::thread::yield_now();
                }
            }
        }
        stop.store(true, Ordering::Relaxed);
        threads.into_iter().map(|thread| thread.join().expect("no decision fails")).collect()
    });
    for (generations, _) in &deciding {
        assert!(generations.len() >= swaps / 10, "{} generations seen", generations.len());
    }
    engine.free_replaced();
    let freed = freed.lock().unwrap();
    // All but the one that decides and those kept for a rollback.
    assert_eq!(freed.len(), swaps - 1 - onward::engine::KEPT);
    if let Some((before, after)) = settled.zip(resident()) {
        println!("resident after {SETTLED} swaps {before} KiB, after {swaps} {after} KiB");
        // What this test writes down itself: who freed, and the generations that each thread saw.
        let own = swaps as u64 * (8 + THREADS as u64 * 16) / 1024;
        assert!(after <= before + before / 20 + own, "{before} KiB grew to {after}");
    }
    let theirs: Vec<_> = deciding.iter().filter(|(_, thread)| freed.contains(thread)).collect();
    assert!(theirs.is_empty(), "a deciding thread freed a program");
}

/// Swaps after which memory has settled.
const SETTLED: usize = 1_000;

/// KiB of memory in use by this process, where the system tells.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

static FREED_LATE: Mutex<Vec<ThreadId>> = Mutex::new(Vec::new());

#[test]
fn an_answer_that_moves_on_frees_nothing() {
    let engine = Engine::new(&rules(&shop(10, 2)));
    engine.keep_earlier(0);
    let ask = Request::new("v5", "home").at(noon());
    let mut program = engine.compile(&rules(&shop(20, 2)));
    program.carry(Rider(&FREED_LATE));
    engine.swap(program).unwrap();
    let mut answer = Answer::default();
    engine.decide_into(&ask, &mut answer).unwrap();
    engine.swap(engine.compile(&rules(&shop(30, 2)))).unwrap();
    assert_eq!(engine.stats().retired, 1);
    assert_eq!(engine.free_replaced(), 0, "the answer still holds it");
    // The answer was the last to hold it: what it lets go of is not freed by it, though.
    engine.decide_into(&ask, &mut answer).unwrap();
    assert_eq!(FREED_LATE.lock().unwrap().len(), 0);
    assert_eq!(engine.stats().retired, 0);
    let engine = &engine;
    let other = std::thread::scope(|scope| {
        scope.spawn(|| (engine.free_replaced(), std::thread::current().id())).join().unwrap()
    });
    assert_eq!(other.0, 1);
    assert_eq!(*FREED_LATE.lock().unwrap(), [other.1]);
}

#[test]
fn each_swap_has_a_number_of_its_own() {
    let engine = Engine::new(&rules(&shop(10, 2)));
    for expected in 2..6 {
        let generation = engine.swap(engine.compile(&rules(&shop(expected, 2)))).unwrap();
        assert_eq!(generation, u64::from(expected));
        assert_eq!(engine.generation(), generation);
        assert_eq!(engine.decide(&question(1)).unwrap().generation, generation);
    }
}
