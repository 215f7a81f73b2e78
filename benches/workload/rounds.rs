//! Timing in rounds: every contender once a round, in turn, so that what disturbs the machine disturbs all.
//!
//! A ratio is taken within each round; what is told is the median of the rounds and their range. Batches last a
//! good part of a millisecond, because reading the clock costs about as much as the smallest call.

use std::fmt;
use std::hint::black_box;
use std::time::Instant;

use super::Chance;

/// Each turn of a contender is timed in so many parts, of which the fastest counts: another program that takes the
/// processor away for a while would else be all that is measured.
const PARTS: usize = 4;

/// One that is timed: a name and a call that takes the number of a customer.
pub struct Contender<'a> {
    pub name: &'a str,
    pub call: Box<dyn FnMut(usize) + 'a>,
}

pub fn contender<'a>(name: &'a str, call: impl FnMut(usize) + 'a) -> Contender<'a> {
    Contender { name, call: Box::new(call) }
}

/// Nanoseconds a call: for each contender, of each round.
pub struct Times(Vec<Vec<f64>>);

/// Median and range.
#[derive(Clone, Copy, Debug)]
pub struct Spread {
    pub median: f64,
    pub low: f64,
    pub high: f64,
}

impl Spread {
    pub fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let median = values[values.len() / 2];
        Self { median, low: values[0], high: values[values.len() - 1] }
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { median, low, high } = self;
        write!(f, "{}x ({} to {})", short(*median), short(*low), short(*high))
    }
}

/// Three digits or so.
pub fn short(value: f64) -> String {
    match value {
        v if v < 10.0 => format!("{v:.2}"),
        v if v < 100.0 => format!("{v:.1}"),
        v => format!("{v:.0}"),
    }
}

/// Nanoseconds with a sign between the thousands.
pub fn nanos(value: f64) -> String {
    let digits = if value < 10.0 { return format!("{value:.1}") } else { format!("{value:.0}") };
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

impl Times {
    /// Times every contender once in each of `rounds` rounds, each time for about `millis` in all, over customers drawn
    /// at random from so many. In one round all meet the same customers.
    pub fn of(
        contenders: &mut [Contender<'_>],
        customers: usize,
        rounds: usize,
        millis: f64,
    ) -> Self {
        let mut chance = Chance::new(1);
        let ids: Vec<u32> = (0..1 << 20).map(|_| chance.below(customers as u64) as u32).collect();
        let calls: Vec<usize> = contenders
            .iter_mut()
            .map(|contender| {
                // Once to warm up, once to see how many calls fill a batch.
                let mut count = |budget: f64| {
                    let (start, mut calls) = (Instant::now(), 0);
                    while calls < 1 || start.elapsed().as_secs_f64() * 1e3 < budget {
                        (contender.call)(ids[calls & (ids.len() - 1)] as usize);
                        calls += 1;
                    }
                    calls
                };
                count(millis / PARTS as f64);
                count(millis / PARTS as f64)
            })
            .collect();
        let mut times = vec![Vec::with_capacity(rounds); contenders.len()];
        let mut from = 0;
        for _ in 0..rounds {
            for ((contender, calls), times) in contenders.iter_mut().zip(&calls).zip(&mut times) {
                let mut least = f64::INFINITY;
                for part in 0..PARTS {
                    let first = from + part * calls;
                    let start = Instant::now();
                    for at in first..first + calls {
                        (contender.call)(black_box(ids[at & (ids.len() - 1)] as usize));
                    }
                    least = least.min(start.elapsed().as_nanos() as f64 / *calls as f64);
                }
                times.push(least);
            }
            from += PARTS * calls.iter().max().copied().unwrap_or(1);
        }
        Self(times)
    }

    /// Nanoseconds a call, median of the rounds.
    pub fn nanos(&self, who: usize) -> f64 {
        Spread::of(self.0[who].clone()).median
    }

    /// How often `other` takes the time of `who`.
    pub fn ratio(&self, other: usize, who: usize) -> Spread {
        let rounds = self.0[other].iter().zip(&self.0[who]);
        Spread::of(rounds.map(|(other, who)| other / who).collect())
    }
}
