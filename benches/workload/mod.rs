//! The workload that every benchmark and every rival runs, from one seed.
//!
//! 40 attributes (14 categories, 16 numbers, 7 flags, 3 sets); rules of 3 to 8 tests, half of them with an
//! `any` group, one fresh test in eight negated, three items in ten taken (skewed) from 60 shared segments.
//! Rules are drawn until their share of matching customers lies in the band of the [`Match`] asked for;
//! value, weight and propensity do not depend on it. The same specification is written as rule text for
//! Onward, and kept as plain trees for the loops and the other engines, which get it prebuilt.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "shared by several benches, each of which uses a part"
)]
#![allow(clippy::expect_used, clippy::panic, reason = "a bench that cannot start must stop")]

pub mod loops;
pub mod rounds;
pub mod text;
pub mod world;

use rand_pcg::Pcg64;
use rand_pcg::rand_core::{Rng, SeedableRng};

/// How many customers a rule matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Match {
    /// About 1 % (each rule 0.2 % to 2.5 %).
    One,
    /// About 10 % (each rule 2 % to 25 %).
    Ten,
}

/// What the score depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scores {
    /// Value, weight and propensity of the action alone.
    Static,
    /// All actions alike: order by rest, then name.
    Equal,
    /// Propensity from an attribute of the customer.
    Personal,
}

/// What is to be generated.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    pub seed: u64,
    pub actions: usize,
    pub matching: Match,
    pub scores: Scores,
    /// Dates of actions, a date attribute and a request attribute take part.
    pub dates: bool,
    /// Every customer has twenty events and twelve contacts.
    pub history: bool,
    /// So many questions about events, all in one segment that each action names; every customer passes all.
    pub windows: usize,
    /// So many limits of one cap each; every customer passes all.
    pub limits: usize,
    /// A `repeat` in each action, and a pause; every customer passes both.
    pub repeat: bool,
}

impl Shape {
    /// Customers with a history, and rules that ask about it.
    pub fn strict(self, windows: usize, limits: usize) -> Self {
        Self { history: true, windows, limits, ..self }
    }

    pub fn new(actions: usize, matching: Match) -> Self {
        Self {
            seed: 7,
            actions,
            matching,
            scores: Scores::Static,
            dates: false,
            history: false,
            windows: 0,
            limits: 0,
            repeat: false,
        }
    }
}

/// What an attribute is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// So many values, the first ones commoner.
    Category(u16),
    /// 0 to 1000, whole.
    Number,
    Flag,
    /// Any subset of so many values.
    Set(u8),
    /// Days from the day of the question, -200 to 200; only with `dates`.
    Date,
    /// A category that comes with the request; only with `dates`.
    Request(u16),
}

/// A customer's (or request's) reading of one attribute.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reading {
    Unknown,
    Category(u16),
    Number(i32),
    Flag(bool),
    /// One bit per value.
    Set(u32),
}

/// One test. `unknown` is what it says of an unknown reading.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Test {
    pub attribute: u8,
    pub unknown: bool,
    pub ask: Ask,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Ask {
    /// The category is among these (one bit per value).
    Among(u64),
    /// The category is not among these.
    NotAmong(u64),
    /// Both ends included.
    Between(i32, i32),
    NotBetween(i32, i32),
    Flag(bool),
    /// The set holds at least one of these.
    HasAny(u32),
    /// The set holds none of these (written as `lacks`, one value).
    Lacks(u32),
}

/// One item of a rule.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    Test(Test),
    Any(Vec<Test>),
    Segment(u8),
}

#[derive(Clone, Debug)]
pub struct Action {
    pub who: Vec<Item>,
    pub value_minor: i64,
    /// Hundredths.
    pub weight: u32,
    /// Per mille; of a personal score, the stand-in of an unknown propensity.
    pub propensity: u32,
    /// First and last day, from the day of the question.
    pub dates: Option<(i32, i32)>,
}

/// Everything of one seed.
#[derive(Clone, Debug)]
pub struct Workload {
    pub shape: Shape,
    pub attributes: Vec<Kind>,
    pub segments: Vec<Vec<Test>>,
    pub actions: Vec<Action>,
    /// Share of (action, customer) pairs that match, measured on the sample.
    pub measured: f64,
}

pub type Profile = Vec<Reading>;

const SAMPLE: usize = 1024;
type Sampled = [u64; SAMPLE / 64];

/// Which attribute a personal propensity is read from: the first number, as per mille.
pub const PROPENSITY: u8 = 14;

pub struct Chance(Pcg64);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self(Pcg64::seed_from_u64(seed))
    }
    /// Below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        ((u128::from(self.0.next_u64()) * u128::from(end)) >> 64) as u64
    }
    pub fn among(&mut self, low: i64, high: i64) -> i64 {
        low + self.below((high - low + 1) as u64) as i64
    }
    /// True in `percent` of cases.
    pub fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

impl Workload {
    pub fn new(shape: Shape) -> Self {
        let mut chance = Chance::new(shape.seed);
        let attributes = attributes(shape.dates);
        let sample: Vec<Profile> = (0..SAMPLE).map(|_| profile(&attributes, &mut chance)).collect();
        let sampled = |test: &Test| {
            let mut bits: Sampled = [0; SAMPLE / 64];
            for (at, profile) in sample.iter().enumerate() {
                bits[at / 64] |= u64::from(loops::holds(test, profile)) << (at % 64);
            }
            bits
        };
        let mut segments = Vec::new();
        let mut segment_bits = Vec::new();
        while segments.len() < 60 {
            let tests: Vec<Test> =
                (0..chance.among(1, 3)).map(|_| test(&attributes, &mut chance)).collect();
            let bits = tests.iter().map(&sampled).fold([!0; SAMPLE / 64], and);
            if (SAMPLE / 5..SAMPLE * 4 / 5).contains(&ones(&bits)) {
                segments.push(tests);
                segment_bits.push(bits);
            }
        }
        let band = match shape.matching {
            Match::One => SAMPLE * 2 / 1000..=SAMPLE * 25 / 1000,
            Match::Ten => SAMPLE * 20 / 1000..=SAMPLE * 250 / 1000,
        };
        let mut actions = Vec::new();
        let mut matched = 0;
        while actions.len() < shape.actions {
            let who = rule(&attributes, shape.matching, &mut chance);
            let mut bits = [!0; SAMPLE / 64];
            for item in &who {
                bits = and(
                    bits,
                    match item {
                        Item::Test(test) => sampled(test),
                        Item::Any(tests) => tests.iter().map(&sampled).fold([0; SAMPLE / 64], or),
                        Item::Segment(segment) => segment_bits[usize::from(*segment)],
                    },
                );
                if !band.contains(&ones(&bits)) && ones(&bits) < *band.start() {
                    break;
                }
            }
            if band.contains(&ones(&bits)) {
                matched += ones(&bits);
                actions.push(action(who, shape, &mut chance));
            }
        }
        let measured = matched as f64 / (shape.actions.max(1) * SAMPLE) as f64;
        Self { shape, attributes, segments, actions, measured }
    }

    /// Customers without end, from a seed of their own.
    pub fn draw(&self) -> impl Iterator<Item = Profile> {
        let mut chance = Chance::new(self.shape.seed ^ 0x5eed_c057);
        std::iter::repeat_with(move || profile(&self.attributes, &mut chance))
    }

    /// The first `count` of them.
    pub fn profiles(&self, count: usize) -> Vec<Profile> {
        self.draw().take(count).collect()
    }

    /// The score of an action for a customer, in minor units, left to right as the ranking writes it.
    pub fn score(&self, action: usize, profile: &[Reading]) -> f64 {
        let action = &self.actions[action];
        let propensity = match (self.shape.scores, profile[usize::from(PROPENSITY)]) {
            (Scores::Personal, Reading::Number(number)) => per_mille(number as u32),
            _ => per_mille(action.propensity),
        };
        propensity * action.value_minor as f64 * hundredths(action.weight)
    }

    /// The largest score the action can have.
    pub fn bound(&self, action: usize) -> f64 {
        let action = &self.actions[action];
        let propensity = match self.shape.scores {
            Scores::Personal => 1.0,
            _ => per_mille(action.propensity),
        };
        propensity * action.value_minor as f64 * hundredths(action.weight)
    }
}

/// The nearest float of `n` per mille, as the rule text `4.5%` gives it.
pub fn per_mille(n: u32) -> f64 {
    format!("{n}e-3").parse().unwrap_or(0.0)
}

/// The nearest float of `n` hundredths, as the rule text `1.25` gives it.
pub fn hundredths(n: u32) -> f64 {
    format!("{n}e-2").parse().unwrap_or(0.0)
}

fn attributes(dates: bool) -> Vec<Kind> {
    let mut kinds = Vec::new();
    for size in [4, 6, 8, 8, 10, 12, 12, 16, 20, 24, 30, 40, 50, 60] {
        kinds.push(Kind::Category(size));
    }
    kinds.extend([Kind::Number; 16]);
    kinds.extend([Kind::Flag; 7]);
    kinds.extend([Kind::Set(8), Kind::Set(12), Kind::Set(16)]);
    if dates {
        kinds.extend([Kind::Date, Kind::Date, Kind::Request(6)]);
    }
    kinds
}

/// One reading in twelve is unknown (never of the propensity and the request).
fn profile(attributes: &[Kind], chance: &mut Chance) -> Profile {
    let mut readings = Vec::with_capacity(attributes.len());
    for (at, kind) in attributes.iter().enumerate() {
        let unknown = chance.below(12) == 0 && at != usize::from(PROPENSITY);
        let reading = match kind {
            Kind::Category(size) => Reading::Category(skewed(*size, chance)),
            Kind::Number => Reading::Number(chance.among(0, 1000) as i32),
            Kind::Flag => Reading::Flag(chance.percent(50)),
            Kind::Set(size) => {
                let all = (1_u64 << size) - 1;
                Reading::Set((chance.below(all + 1) & chance.below(all + 1)) as u32)
            }
            Kind::Date => Reading::Number(chance.among(-200, 200) as i32),
            Kind::Request(size) => Reading::Category(skewed(*size, chance)),
        };
        let never = matches!(kind, Kind::Request(_));
        readings.push(if unknown && !never { Reading::Unknown } else { reading });
    }
    readings
}

/// The smaller of two draws: the first values are commoner.
fn skewed(size: u16, chance: &mut Chance) -> u16 {
    chance.below(u64::from(size)).min(chance.below(u64::from(size))) as u16
}

fn test(attributes: &[Kind], chance: &mut Chance) -> Test {
    let attribute = chance.below(attributes.len() as u64) as u8;
    let negated = chance.percent(12);
    let ask = match attributes[usize::from(attribute)] {
        Kind::Category(size) | Kind::Request(size) => {
            let wanted = if negated { 15 } else { chance.among(25, 70) as u64 };
            let mut values = 0_u64;
            let mut weight = 0;
            while weight < wanted {
                let value = chance.below(u64::from(size));
                if values >> value & 1 == 0 {
                    values |= 1 << value;
                    // P(min of two draws = v), in per cent.
                    let size = u64::from(size);
                    weight += (100 * (2 * (size - value) - 1) / (size * size)).max(1);
                }
            }
            if values.count_ones() == u32::from(size) {
                values &= !(1 << (size - 1));
            }
            if negated { Ask::NotAmong(values) } else { Ask::Among(values) }
        }
        Kind::Number => {
            let edge = |chance: &mut Chance, low, high| (chance.among(low, high) * 10) as i32;
            if negated {
                let low = edge(chance, 10, 80);
                Ask::NotBetween(low, low + 150)
            } else {
                match chance.below(3) {
                    0 => Ask::Between(edge(chance, 25, 75), 1000),
                    1 => Ask::Between(0, edge(chance, 25, 75)),
                    _ => {
                        let low = edge(chance, 5, 50);
                        Ask::Between(low, low + edge(chance, 25, 45))
                    }
                }
            }
        }
        Kind::Date => {
            let days = chance.among(4, 20) as i32 * 10;
            if chance.percent(50) { Ask::Between(0, days) } else { Ask::Between(-days, 0) }
        }
        Kind::Flag => Ask::Flag(chance.percent(50)),
        Kind::Set(size) => {
            if negated {
                Ask::Lacks(1 << chance.below(u64::from(size)))
            } else {
                let mut values = 0_u32;
                for _ in 0..chance.among(1, 3) {
                    values |= 1 << chance.below(u64::from(size));
                }
                Ask::HasAny(values)
            }
        }
    };
    let negative = matches!(ask, Ask::NotAmong(_) | Ask::NotBetween(..) | Ask::Lacks(_));
    let unknown = negative
        && chance.percent(50)
        && !matches!(attributes[usize::from(attribute)], Kind::Request(_));
    Test { attribute, unknown, ask }
}

/// 3 to 8 tests (mean 5.9; 4.5 for 10 %), counting those within `any` groups and a segment as one.
fn rule(attributes: &[Kind], matching: Match, chance: &mut Chance) -> Vec<Item> {
    let wanted = match matching {
        Match::One => [3, 4, 4, 5, 5, 5, 6, 6, 7, 8][chance.below(10) as usize],
        Match::Ten => [3, 4, 4, 4, 5, 5, 5, 6][chance.below(8) as usize],
    };
    let mut items = Vec::new();
    let mut tests = 0;
    if chance.percent(51) {
        let group = chance.among(2, 3) as usize;
        items.push(Item::Any((0..group).map(|_| test(attributes, chance)).collect()));
        tests += group;
    }
    while tests < wanted {
        items.push(if chance.percent(30) {
            Item::Segment(skewed(60, chance) as u8)
        } else {
            Item::Test(test(attributes, chance))
        });
        tests += 1;
    }
    // The same attribute twice in one list is either a contradiction or idle: draw again.
    let mut seen = [false; 64];
    for item in &items {
        let key = match item {
            Item::Test(test) => usize::from(test.attribute),
            Item::Segment(_) | Item::Any(_) => continue,
        };
        if std::mem::replace(&mut seen[key], true) {
            return rule(attributes, matching, chance);
        }
    }
    let mut segments: Vec<_> = items
        .iter()
        .filter_map(|i| if let Item::Segment(s) = i { Some(*s) } else { None })
        .collect();
    segments.sort_unstable();
    if segments.windows(2).any(|pair| pair[0] == pair[1]) {
        return rule(attributes, matching, chance);
    }
    items
}

fn action(who: Vec<Item>, shape: Shape, chance: &mut Chance) -> Action {
    let equal = shape.scores == Scores::Equal;
    let dates = (shape.dates && chance.percent(50)).then(|| {
        let first = chance.among(-60, 5) as i32;
        (first, first + chance.among(30, 120) as i32)
    });
    Action {
        who,
        value_minor: if equal { 2_000 } else { chance.among(500, 50_000) },
        weight: if equal { 100 } else { chance.among(50, 300) as u32 },
        propensity: if equal { 100 } else { chance.among(1, 600) as u32 },
        dates,
    }
}

fn and(a: Sampled, b: Sampled) -> Sampled {
    std::array::from_fn(|at| a[at] & b[at])
}
fn or(a: Sampled, b: Sampled) -> Sampled {
    std::array::from_fn(|at| a[at] | b[at])
}
fn ones(bits: &Sampled) -> usize {
    bits.iter().map(|word| word.count_ones() as usize).sum()
}
