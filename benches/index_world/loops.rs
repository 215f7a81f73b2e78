//! The two loops to be beaten, typed and without allocation: one expression tree per rule, and one array of
//! flat tests. Rules stand best first, so the best three stop at the third hit.

use super::{Customer, NO_NUMBER, Node, Rule, Test, UNKNOWN};

/// The best three places, or fewer.
pub(crate) type Three = [u32; 3];
pub(crate) const NOBODY: Three = [u32::MAX; 3];

/// One expression tree per rule.
pub(crate) struct Trees {
    rules: Vec<Rule>,
}

impl Trees {
    pub(crate) fn new(rules: &[Rule]) -> Self {
        Self { rules: rules.to_vec() }
    }
    #[inline(never)]
    pub(crate) fn best(&self, customer: &Customer) -> Three {
        let (mut out, mut found) = (NOBODY, 0);
        for (rule, place) in self.rules.iter().zip(0..) {
            if rule.lines.iter().all(|line| line.holds(customer)) {
                out[found] = place;
                found += 1;
                if found == 3 {
                    break;
                }
            }
        }
        out
    }
    #[inline(never)]
    pub(crate) fn all(&self, customer: &Customer) -> (u32, Three) {
        let (mut out, mut found) = (NOBODY, 0_u32);
        for (rule, place) in self.rules.iter().zip(0..) {
            if rule.lines.iter().all(|line| line.holds(customer)) {
                if let Some(slot) = out.get_mut(found as usize) {
                    *slot = place;
                }
                found += 1;
            }
        }
        (found, out)
    }
    /// Personal scores: bound times one of the customer's propensities.
    #[inline(never)]
    pub(crate) fn personal(&self, customer: &Customer) -> Three {
        let (mut out, mut scores) = (NOBODY, [f64::NEG_INFINITY; 3]);
        for (rule, place) in self.rules.iter().zip(0..) {
            if scores[2] > rule.bound {
                break;
            }
            if rule.lines.iter().all(|line| line.holds(customer)) {
                enter(
                    &mut out,
                    &mut scores,
                    place,
                    rule.bound * customer.propensity[rule.propensity],
                );
            }
        }
        out
    }
}

/// Takes a hit into the best three; an earlier place wins a tie.
pub(crate) fn enter(out: &mut Three, scores: &mut [f64; 3], place: u32, score: f64) {
    let rank = scores.iter().take_while(|other| **other >= score).count();
    if rank < 3 {
        out.copy_within(rank..2, rank + 1);
        scores.copy_within(rank..2, rank + 1);
        out[rank] = place;
        scores[rank] = score;
    }
}

/// A test in 16 bytes, with where to go on, relative to itself.
#[derive(Clone, Copy)]
struct Flat {
    kind: u8,
    attribute: u8,
    /// 0: the rule fails.
    on_false: u8,
    on_true: u8,
    low: i32,
    payload: u64,
}

/// One array of typed tests for all rules, most selective first.
pub(crate) struct FlatTests {
    tests: Vec<Flat>,
    /// Where each rule's tests start, and where the last ends.
    starts: Vec<u32>,
    rules: Vec<(f64, u32)>,
}

impl FlatTests {
    /// `sample` tells which tests are selective.
    pub(crate) fn new(rules: &[Rule], sample: &[Customer]) -> Self {
        let mut flat = Self { tests: Vec::new(), starts: vec![0], rules: Vec::new() };
        let sample = &sample[..sample.len().min(200)];
        let share = |node: &Node| sample.iter().filter(|c| node.holds(c)).count();
        for rule in rules {
            let mut lines: Vec<&Node> = Vec::new();
            for line in &rule.lines {
                match line {
                    Node::All(list) => lines.extend(list),
                    other => lines.push(other),
                }
            }
            lines.sort_by_cached_key(|line| share(line));
            for line in lines {
                match line {
                    Node::Test(test) => flat.push(*test, 0, 1),
                    Node::Any(list) => {
                        let mut list: Vec<&Node> = list.iter().collect();
                        list.sort_by_cached_key(|line| std::cmp::Reverse(share(line)));
                        let length =
                            |node: &Node| if let Node::All(all) = node { all.len() } else { 1 };
                        let mut left: usize = list.iter().map(|node| length(node)).sum();
                        for (place, alternative) in list.iter().enumerate() {
                            let last = place + 1 == list.len();
                            let mut tests: Vec<&Node> = match alternative {
                                Node::All(all) => all.iter().collect(),
                                other => vec![other],
                            };
                            tests.sort_by_cached_key(|test| share(test));
                            for (step, test) in tests.iter().enumerate() {
                                let Node::Test(test) = test else { panic!("deeper than two") };
                                let to_next = tests.len() - step;
                                let passed = step + 1 == tests.len();
                                let on_true = if passed { left } else { 1 };
                                flat.push(*test, if last { 0 } else { to_next }, on_true);
                                left -= 1;
                            }
                        }
                    }
                    Node::All(_) => panic!("deeper than two"),
                }
            }
            flat.starts.push(flat.tests.len() as u32);
            flat.rules.push((rule.bound, rule.propensity as u32));
        }
        flat
    }

    fn push(&mut self, test: Test, on_false: usize, on_true: usize) {
        let (kind, attribute, low, payload) = match test {
            Test::Symbol { attribute, mask } => (0, attribute, 0, mask),
            Test::Number { attribute, low, high, negated, unknown } => {
                let kind = 1 + u8::from(negated) + 2 * u8::from(unknown);
                (kind, attribute, low, u64::from(high as u32))
            }
            Test::Flag { attribute, mask } => (5, attribute, 0, mask.into()),
            Test::Set { attribute, mask, lacks, unknown } => {
                (6 + u8::from(lacks), attribute, 0, mask | u64::from(unknown) << UNKNOWN)
            }
        };
        let (on_false, on_true) = (on_false as u8, on_true as u8);
        self.tests.push(Flat { kind, attribute, on_false, on_true, low, payload });
    }

    #[inline(always)]
    fn holds(&self, from: u32, to: u32, customer: &Customer) -> bool {
        let mut at = from as usize;
        while at < to as usize {
            let test = &self.tests[at];
            let passes = match test.kind {
                0 => test.payload >> customer.symbols[test.attribute as usize] & 1 == 1,
                kind @ 1..=4 => {
                    let value = customer.numbers[test.attribute as usize];
                    let inside = test.low <= value && value <= test.payload as u32 as i32;
                    if value == NO_NUMBER { kind > 2 } else { inside != (kind & 1 == 0) }
                }
                5 => test.payload >> customer.flags[test.attribute as usize] & 1 == 1,
                kind => {
                    // An unknown set is bit 63 alone, which the mask answers.
                    let value = customer.sets[test.attribute as usize];
                    let any = value & test.payload != 0;
                    if kind == 6 || value >> UNKNOWN == 1 { any } else { !any }
                }
            };
            if passes {
                at += test.on_true as usize;
            } else if test.on_false == 0 {
                return false;
            } else {
                at += test.on_false as usize;
            }
        }
        true
    }

    #[inline(never)]
    pub(crate) fn best(&self, customer: &Customer) -> Three {
        let (mut out, mut found) = (NOBODY, 0);
        for (span, place) in self.starts.windows(2).zip(0..) {
            if self.holds(span[0], span[1], customer) {
                out[found] = place;
                found += 1;
                if found == 3 {
                    break;
                }
            }
        }
        out
    }
    #[inline(never)]
    pub(crate) fn all(&self, customer: &Customer) -> (u32, Three) {
        let (mut out, mut found) = (NOBODY, 0_u32);
        for (span, place) in self.starts.windows(2).zip(0..) {
            if self.holds(span[0], span[1], customer) {
                if let Some(slot) = out.get_mut(found as usize) {
                    *slot = place;
                }
                found += 1;
            }
        }
        (found, out)
    }
    #[inline(never)]
    pub(crate) fn personal(&self, customer: &Customer) -> Three {
        let (mut out, mut scores) = (NOBODY, [f64::NEG_INFINITY; 3]);
        for ((span, place), rule) in self.starts.windows(2).zip(0..).zip(&self.rules) {
            if scores[2] > rule.0 {
                break;
            }
            if self.holds(span[0], span[1], customer) {
                let score = rule.0 * customer.propensity[rule.1 as usize];
                enter(&mut out, &mut scores, place, score);
            }
        }
        out
    }
}
