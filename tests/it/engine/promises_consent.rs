//! PROMISES 21: no decision that starts after a withdrawal was acknowledged uses the channel; unknown is no.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use onward::{Answer, Customer, Engine, Request};
use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::Rng;

use super::limits::{HOUR, mail};
use super::promises::requests;
use super::{HEAD, noon, rules};

const THREADS: usize = 8;
const CUSTOMERS: usize = 12;

/// What is known of one customer's consent: by its remainder by three it is surely no, changing, or surely yes.
/// Whoever changes it holds the lock, which also gives out the times.
struct Known {
    state: AtomicU64,
    time: Mutex<i64>,
}

const NO: u64 = 0;
const OPEN: u64 = 1;
const YES: u64 = 2;

impl Known {
    fn state(&self) -> u64 {
        self.state.load(Ordering::SeqCst)
    }

    /// The next state of a kind.
    fn becomes(&self, kind: u64) {
        let now = self.state();
        let next = (now / 3 + 1) * 3 + kind;
        self.state.store(next, Ordering::SeqCst);
    }
}

/// How often each thing was put to the test.
#[derive(Default, Debug)]
struct Seen {
    refused: u64,
    shown: u64,
    expired: u64,
    sent: u64,
}

fn steps(engine: &Engine, known: &[Known], thread: usize, steps: usize) -> Seen {
    let mut chance = Pcg64Mcg::new(0xfeed << 64 | (thread as u128) << 1 | 1);
    let mut answer = Answer::default();
    let mut seen = Seen::default();
    let mut permit = None;
    for step in 0..steps {
        let who = (chance.next_u64() % CUSTOMERS as u64) as usize;
        let (customer, own) = (format!("c{who}"), &known[who]);
        let request = Request::new(&customer, "mail").at(noon());
        match chance.next_u64() % 20 {
            kind @ 0..3 => {
                let mut time = own.time.lock().unwrap();
                *time += 1;
                let news = Customer::new(&customer).updated(noon().plus_micros(*time));
                // Until it is acknowledged, either answer is right.
                own.becomes(OPEN);
                if kind == 0 {
                    engine.put(&news.grant("email", "marketing")).unwrap();
                    own.becomes(YES);
                } else {
                    if kind == 1 {
                        engine.put(&news.withdraw_all("email")).unwrap();
                    } else {
                        engine.put(&news.withdraw("email", "marketing")).unwrap();
                    }
                    own.becomes(NO);
                }
            }
            3 if step % 5 == 0 => {
                let _time = own.time.lock().unwrap();
                own.becomes(OPEN);
                engine.forget(&customer);
                own.becomes(NO);
            }
            3..13 => {
                let before = own.state();
                engine.decide_into(&request, &mut answer).unwrap();
                if own.state() == before {
                    match before % 3 {
                        NO => {
                            assert!(answer.is_empty(), "{customer}: shown after the withdrawal");
                            seen.refused += 1;
                        }
                        YES => {
                            assert!(!answer.is_empty(), "{customer}: consent was given");
                            seen.shown += 1;
                        }
                        _ => {}
                    }
                }
            }
            13..17 => {
                let before = own.state();
                let id = format!("{thread} {step}");
                let made = engine.reserve(&request, &id, HOUR).unwrap();
                if own.state() == before && before % 3 == NO {
                    assert!(made.is_empty(), "{customer}: reserved after the withdrawal");
                    seen.refused += 1;
                }
                permit = Some((who, made)).filter(|(_, made)| !made.is_empty()).or(permit);
            }
            _ => {
                let Some((who, permit)) = permit.take() else { continue };
                let own = &known[who];
                let before = own.state();
                let done = engine.commit(&permit, noon());
                if own.state() == before && before % 3 == NO {
                    assert!(!done.is_go(), "c{who}: sent after the withdrawal");
                    seen.expired += 1;
                }
                seen.sent += u64::from(done.is_go());
            }
        }
    }
    seen
}

#[test]
fn no_decision_after_an_acknowledged_withdrawal_uses_the_channel() {
    let action = "action a { owner: crm, purpose: marketing, stage: grow, value: EUR 1, propensity: 5%\n\
                  message email { en { subject: \"s\", body: \"b\" }, fr { subject: \"s\", body: \"b\" } } }\n";
    let text = format!("{HEAD}customer {{ x: optional number }}\n{action}{}", mail(1));
    let engine = Engine::new(&rules(&text));
    let one = |_| Known { state: AtomicU64::new(NO), time: Mutex::new(0) };
    let known: Vec<Known> = (0..CUSTOMERS).map(one).collect();
    let all = requests(1_000_000);
    let seen: Vec<Seen> = std::thread::scope(|scope| {
        let (engine, known) = (&engine, &known[..]);
        let start = |thread| scope.spawn(move || steps(engine, known, thread, all / THREADS));
        let threads: Vec<_> = (0..THREADS).map(start).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    println!("{all} steps: {seen:?}");
    let sum = |of: fn(&Seen) -> u64| seen.iter().map(of).sum::<u64>();
    let least = all as u64 / 2_000;
    assert!(sum(|seen| seen.refused) > least && sum(|seen| seen.shown) > least);
    assert!(sum(|seen| seen.expired) > 0 && sum(|seen| seen.sent) > least);
}
