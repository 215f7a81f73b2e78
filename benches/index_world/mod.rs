//! The workload of the index benches, from one seed: rules, customers, and both in the index's own form.
//!
//! 40 attributes (14 of symbols, 16 of numbers, 7 flags, 3 sets); rules of 3 to 8 tests, half of them with an
//! `any` group, 12 % of tests negated, 30 % of the entries drawn from 60 shared segments. Rules are drawn
//! until each matches 0.2 to 2.5 % of a sample of customers (or 4 to 18 %). Score bounds do not depend on it.

#![allow(dead_code, reason = "each bench uses its part")]

pub(crate) mod loops;

use onward::machinery::index::{
    Accept, Condition, Index, Item, LevelKind, Literal, Options, Reading, Readings, SetTest, Span,
};

pub(crate) const SYMBOLS: usize = 14;
pub(crate) const NUMBERS: usize = 16;
pub(crate) const FLAGS: usize = 7;
pub(crate) const SETS: usize = 3;
/// Bit of a mask that says whether unknown passes; symbols and members are below it.
pub(crate) const UNKNOWN: u32 = 63;
/// An unknown number.
pub(crate) const NO_NUMBER: i32 = i32::MIN;

const CARDINALITY: [u32; SYMBOLS] = [3, 3, 4, 5, 6, 8, 8, 10, 12, 16, 20, 24, 40, 60];
const MEMBERS: [u32; SETS] = [12, 16, 24];

/// SplitMix64.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(n)) >> 64) as u64
    }
    pub(crate) fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
    pub(crate) fn real(&mut self) -> f64 {
        self.next() as f64 / 2.0_f64.powi(64)
    }
}

/// A typed test of one attribute.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Test {
    /// Symbols that pass, as a mask with bit 63 for unknown.
    Symbol { attribute: u8, mask: u64 },
    /// Inside (or, negated, outside) both ends.
    Number { attribute: u8, low: i32, high: i32, negated: bool, unknown: bool },
    /// Bits: 1 unknown, 2 no, 4 yes.
    Flag { attribute: u8, mask: u8 },
    /// Some member in the mask, or none.
    Set { attribute: u8, mask: u64, lacks: bool, unknown: bool },
}

/// A rule's condition.
#[derive(Clone, Debug)]
pub(crate) enum Node {
    All(Vec<Node>),
    Any(Vec<Node>),
    Test(Test),
}

#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) lines: Vec<Node>,
    pub(crate) bound: f64,
    /// Which of the customer's numbers is its propensity, in the lines with personal scores.
    pub(crate) propensity: usize,
}

/// A customer, typed and dense: 168 bytes.
#[derive(Clone, Debug)]
pub(crate) struct Customer {
    /// 63 where unknown.
    pub(crate) symbols: [u8; SYMBOLS],
    /// Codes: 0 unknown, 1 no, 2 yes.
    pub(crate) flags: [u8; FLAGS],
    pub(crate) numbers: [i32; NUMBERS],
    /// Bit 63 alone where unknown.
    pub(crate) sets: [u64; SETS],
    pub(crate) propensity: [f64; 4],
}

/// Highest value and step of a number attribute's tests.
fn scale(attribute: usize) -> (u64, u64) {
    if attribute < 8 { (100, 1) } else { (10_000, 100) }
}

impl Customer {
    fn new(dice: &mut Dice) -> Self {
        let mut customer = Self {
            symbols: [0; SYMBOLS],
            flags: [0; FLAGS],
            numbers: [0; NUMBERS],
            sets: [0; SETS],
            propensity: [0.0; 4],
        };
        for (value, n) in customer.symbols.iter_mut().zip(CARDINALITY) {
            *value = if dice.chance(5) { UNKNOWN as u8 } else { dice.below(n.into()) as u8 };
        }
        for (attribute, value) in customer.numbers.iter_mut().enumerate() {
            let most = scale(attribute).0;
            *value = if dice.chance(8) { NO_NUMBER } else { dice.below(most + 1) as i32 };
        }
        for value in &mut customer.flags {
            *value = if dice.chance(5) { 0 } else { 1 + dice.below(2) as u8 };
        }
        for (value, n) in customer.sets.iter_mut().zip(MEMBERS) {
            *value = if dice.chance(5) { 1 << UNKNOWN } else { 0 };
            if *value == 0 {
                for _ in 0..dice.below(6) {
                    *value |= 1 << dice.below(n.into());
                }
            }
        }
        for value in &mut customer.propensity {
            *value = dice.real();
        }
        customer
    }
}

impl Test {
    pub(crate) fn holds(&self, customer: &Customer) -> bool {
        match *self {
            Self::Symbol { attribute, mask } => {
                mask >> customer.symbols[attribute as usize] & 1 == 1
            }
            Self::Number { attribute, low, high, negated, unknown } => {
                let value = customer.numbers[attribute as usize];
                if value == NO_NUMBER {
                    unknown
                } else {
                    (low <= value && value <= high) != negated
                }
            }
            Self::Flag { attribute, mask } => mask >> customer.flags[attribute as usize] & 1 == 1,
            Self::Set { attribute, mask, lacks, unknown } => {
                let value = customer.sets[attribute as usize];
                if value >> UNKNOWN == 1 { unknown } else { (value & mask != 0) != lacks }
            }
        }
    }

    fn random(dice: &mut Dice) -> Self {
        let negated = dice.chance(12);
        let unknown = negated && dice.chance(30);
        let bit = |yes: bool| if yes { 1_u64 << UNKNOWN } else { 0 };
        match dice.below(40) {
            n @ 0..14 => {
                let of = CARDINALITY[n as usize];
                let mut mask = 0_u64;
                let listed = if negated { 1 } else { 1 + dice.below(u64::from(of).div_ceil(3)) };
                for _ in 0..listed {
                    mask |= 1 << dice.below(of.into());
                }
                let all = (1 << of) - 1;
                let mask = if negated { all & !mask } else { mask };
                Self::Symbol { attribute: n as u8, mask: mask | bit(unknown) }
            }
            n @ 14..30 => {
                let attribute = (n - 14) as u8;
                let (most, step) = scale(attribute.into());
                let point = |dice: &mut Dice| (dice.below(most / step) * step) as i32;
                let (low, high) = match dice.below(3) {
                    // An open range leaves most customers in.
                    0 => (point(dice) / 2 / step as i32 * step as i32, i32::MAX),
                    1 => (i32::MIN + 1, most as i32 - point(dice) / 2 / step as i32 * step as i32),
                    _ => {
                        let (a, b) = (point(dice), point(dice));
                        (a.min(b), a.max(b) + step as i32)
                    }
                };
                Self::Number { attribute, low, high, negated, unknown }
            }
            n @ 30..37 => {
                let mask = if negated { 2 } else { 4 } | u8::from(unknown);
                Self::Flag { attribute: (n - 30) as u8, mask }
            }
            n => {
                let attribute = (n - 37) as usize;
                let mut mask = 0_u64;
                for _ in 0..1 + dice.below(3) {
                    mask |= 1 << dice.below(MEMBERS[attribute].into());
                }
                Self::Set { attribute: attribute as u8, mask, lacks: negated, unknown }
            }
        }
    }

    fn literal(&self) -> Condition {
        let bits = |mask: u64| (0..UNKNOWN).filter(|bit| mask >> bit & 1 == 1).collect();
        let (level, accept) = match *self {
            Self::Symbol { attribute, mask } => {
                // More than half of them: all but the others.
                let all = (1_u64 << CARDINALITY[attribute as usize]) - 1;
                let except = (mask & all).count_ones() * 2 > all.count_ones();
                let listed = bits(if except { all & !mask } else { mask & all });
                let unknown = mask >> UNKNOWN == 1;
                (attribute.into(), Accept::Symbols { listed, except, unknown })
            }
            Self::Number { attribute, low, high, negated, unknown } => {
                let inside =
                    |value: i32, open: i32| (value != open).then_some((i64::from(value), true));
                let spans = if negated {
                    let below = (low != i32::MIN + 1)
                        .then(|| Span::between(None, Some((low.into(), false))));
                    let above =
                        (high != i32::MAX).then(|| Span::between(Some((high.into(), false)), None));
                    below.into_iter().chain(above).collect()
                } else {
                    vec![Span::between(inside(low, i32::MIN + 1), inside(high, i32::MAX))]
                };
                (u32::from(attribute) + 14, Accept::Numbers { spans, unknown })
            }
            Self::Flag { attribute, mask } => {
                let bit = |bit: u8| mask >> bit & 1 == 1;
                let accept = Accept::Flags { yes: bit(2), no: bit(1), unknown: bit(0) };
                (u32::from(attribute) + 30, accept)
            }
            Self::Set { attribute, mask, lacks, unknown } => {
                let test =
                    if lacks { SetTest::Lacks(bits(mask)) } else { SetTest::HasAny(bits(mask)) };
                (u32::from(attribute) + 37, Accept::Set { test, unknown })
            }
        };
        Condition::Literal(Literal { level, accept })
    }
}

impl Node {
    pub(crate) fn holds(&self, customer: &Customer) -> bool {
        match self {
            Self::All(list) => list.iter().all(|node| node.holds(customer)),
            Self::Any(list) => list.iter().any(|node| node.holds(customer)),
            Self::Test(test) => test.holds(customer),
        }
    }
    fn condition(&self) -> Condition {
        match self {
            Self::All(list) => Condition::All(list.iter().map(Self::condition).collect()),
            Self::Any(list) => Condition::Any(list.iter().map(Self::condition).collect()),
            Self::Test(test) => test.literal(),
        }
    }
    /// Which of 512 sample customers pass.
    fn sampled(&self, sample: &[Customer]) -> [u64; 8] {
        let mut out = [0; 8];
        for (word, customers) in out.iter_mut().zip(sample.chunks(64)) {
            for (bit, customer) in customers.iter().enumerate() {
                *word |= u64::from(self.holds(customer)) << bit;
            }
        }
        out
    }
}

/// How many customers a rule matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Match {
    /// 0.2 to 2.5 %, 3 to 8 tests.
    One,
    /// 4 to 18 %, 3 to 6 tests.
    Ten,
}

/// How scores are spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scores {
    /// Weight times value, all different in practice.
    Spread,
    /// All equal.
    Equal,
}

/// Rules and customers in every form.
pub(crate) struct Workload {
    /// Sorted as the index sorts them: (bound descending, name); a rule's name is its place here.
    pub(crate) rules: Vec<Rule>,
    pub(crate) customers: Vec<Customer>,
    pub(crate) index: Index,
    pub(crate) build: std::time::Duration,
    readings: Vec<Vec<Reading>>,
    members: Vec<Vec<u32>>,
}

impl Workload {
    pub(crate) fn new(seed: u64, n_rules: usize, matching: Match, scores: Scores) -> Self {
        let mut dice = Dice(seed);
        let sample: Vec<Customer> = (0..512).map(|_| Customer::new(&mut dice)).collect();
        let segments: Vec<Node> = (0..60)
            .map(|_| {
                let mut lines: Vec<Node> =
                    (0..1 + dice.below(2)).map(|_| Node::Test(Test::random(&mut dice))).collect();
                if dice.chance(30) {
                    lines.push(Node::Any(
                        (0..2).map(|_| Node::Test(Test::random(&mut dice))).collect(),
                    ));
                }
                Node::All(lines)
            })
            .collect();
        let (least, most, tests) = match matching {
            Match::One => (1, 12, 6),
            Match::Ten => (20, 92, 4),
        };
        let mut rules = Vec::with_capacity(n_rules);
        while rules.len() < n_rules {
            let mut count = 0;
            let wanted = 3 + dice.below(tests);
            let mut lines = Vec::new();
            let mut passing = [u64::MAX; 8];
            if dice.chance(30) {
                // Skewed: the first segments are drawn most.
                let (a, b) = (dice.below(60), dice.below(60));
                lines.push(segments[a.min(b) as usize].clone());
                count += 2;
            }
            if dice.chance(51) {
                let alternatives = 2 + dice.below(2);
                let alternative = |dice: &mut Dice| match dice.chance(25) {
                    true => Node::All((0..2).map(|_| Node::Test(Test::random(dice))).collect()),
                    false => Node::Test(Test::random(dice)),
                };
                lines.push(Node::Any((0..alternatives).map(|_| alternative(&mut dice)).collect()));
                count += alternatives;
            }
            while count < wanted {
                lines.push(Node::Test(Test::random(&mut dice)));
                count += 1;
            }
            for line in &lines {
                for (all, word) in passing.iter_mut().zip(line.sampled(&sample)) {
                    *all &= word;
                }
            }
            let met: u32 = passing.iter().map(|word| word.count_ones()).sum();
            if met < least || met > most {
                continue;
            }
            let value = (dice.real() * 5.0).exp();
            let bound = match scores {
                Scores::Spread => (0.5 + dice.real() * 1.5) * value * 100.0,
                Scores::Equal => 100.0,
            };
            rules.push(Rule { lines, bound, propensity: dice.below(4) as usize });
        }
        rules.sort_by(|a, b| b.bound.total_cmp(&a.bound));

        let customers: Vec<Customer> = (0..1_000).map(|_| Customer::new(&mut dice)).collect();
        let levels: Vec<LevelKind> = [
            (LevelKind::Symbol, SYMBOLS),
            (LevelKind::Number, NUMBERS),
            (LevelKind::Flag, FLAGS),
            (LevelKind::Set, SETS),
        ]
        .into_iter()
        .flat_map(|(kind, count)| std::iter::repeat_n(kind, count))
        .collect();
        let items: Vec<Item> = rules
            .iter()
            .zip(0..)
            .map(|(rule, rank)| Item {
                bound: rule.bound,
                rank,
                condition: Condition::All(rule.lines.iter().map(Node::condition).collect()),
            })
            .collect();
        let start = std::time::Instant::now();
        let index = Index::build(&levels, &items, Options::default()).expect("levels fit");
        let build = start.elapsed();
        let (readings, members) = customers.iter().map(read).unzip();
        Self { rules, customers, index, build, readings, members }
    }

    pub(crate) fn readings(&self, customer: usize) -> Readings<'_> {
        Readings { levels: &self.readings[customer], members: &self.members[customer] }
    }
}

/// A customer in the index's form.
fn read(customer: &Customer) -> (Vec<Reading>, Vec<u32>) {
    let mut members = Vec::new();
    let mut readings = Vec::new();
    for value in customer.symbols {
        let unknown = u32::from(value) == UNKNOWN;
        readings.push(if unknown { Reading::UNKNOWN } else { Reading::symbol(value.into()) });
    }
    for value in customer.numbers {
        let unknown = value == NO_NUMBER;
        readings.push(if unknown { Reading::UNKNOWN } else { Reading::number(value.into()) });
    }
    for value in customer.flags {
        readings.push(if value == 0 { Reading::UNKNOWN } else { Reading::flag(value == 2) });
    }
    for value in customer.sets {
        if value >> UNKNOWN == 1 {
            readings.push(Reading::UNKNOWN);
            continue;
        }
        let start = members.len() as u32;
        members.extend((0..UNKNOWN).filter(|bit| value >> bit & 1 == 1));
        readings.push(Reading::set(start, members.len() as u32 - start));
    }
    (readings, members)
}
