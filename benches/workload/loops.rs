//! The loops to beat, written with care: typed, no strings, no allocation per question.
//!
//! `Plain` keeps one expression tree per rule; `Flat` keeps all tests of all rules in one array of 16-byte
//! entries, most selective first. Both are sorted by the bound of the score and stop early for the best
//! three; both can count every eligible rule instead.

use super::{Action, Ask, Item, Profile, Reading, Test, Workload};

/// Whether a test holds of a profile.
#[inline]
pub fn holds(test: &Test, profile: &[Reading]) -> bool {
    match (test.ask, profile[usize::from(test.attribute)]) {
        (_, Reading::Unknown) => test.unknown,
        (Ask::Among(values), Reading::Category(value)) => values >> value & 1 == 1,
        (Ask::NotAmong(values), Reading::Category(value)) => values >> value & 1 == 0,
        (Ask::Between(low, high), Reading::Number(n)) => low <= n && n <= high,
        (Ask::NotBetween(low, high), Reading::Number(n)) => !(low <= n && n <= high),
        (Ask::Flag(yes), Reading::Flag(value)) => yes == value,
        (Ask::HasAny(values), Reading::Set(set)) => set & values != 0,
        (Ask::Lacks(values), Reading::Set(set)) => set & values == 0,
        _ => false,
    }
}

/// Whether an action's dates and rule hold: the plainest form, used to check answers.
pub fn eligible(action: &Action, segments: &[Vec<Test>], profile: &[Reading]) -> bool {
    action.dates.is_none_or(|(first, last)| first <= 0 && 0 <= last)
        && action.who.iter().all(|item| match item {
            Item::Test(test) => holds(test, profile),
            Item::Any(tests) => tests.iter().any(|test| holds(test, profile)),
            Item::Segment(segment) => {
                segments[usize::from(*segment)].iter().all(|test| holds(test, profile))
            }
        })
}

/// One hit: the action's number and its score.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Hit {
    pub action: u32,
    pub score: f64,
}

/// The best three, best first; equal scores by number (numbers are in order of names).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Best {
    pub hits: [Hit; 3],
    pub len: usize,
    /// How many were eligible; only of `all`.
    pub eligible: usize,
}

impl Best {
    #[inline]
    pub fn offer(&mut self, hit: Hit) {
        let better = |a: &Hit, b: &Hit| (b.score, a.action) < (a.score, b.action);
        let mut at = self.len;
        while at > 0 && better(&hit, &self.hits[at - 1]) {
            at -= 1;
        }
        if at < 3 {
            let end = self.len.min(2);
            self.hits.copy_within(at..end, at + 1);
            self.hits[at] = hit;
            self.len = (self.len + 1).min(3);
        }
    }
    /// Whether nothing with this bound can still come in.
    #[inline]
    pub fn closed_for(&self, bound: f64) -> bool {
        self.len == 3 && self.hits[2].score > bound
    }
}

/// One tree per rule.
pub enum Tree {
    Test(Test),
    All(Vec<Tree>),
    Any(Vec<Tree>),
}

pub struct Plain {
    /// Bound, number, tree: by bound descending, then number.
    rules: Vec<(f64, u32, Tree)>,
}

impl Plain {
    pub fn new(workload: &Workload) -> Self {
        let mut rules: Vec<_> = order(workload)
            .into_iter()
            .filter(|(_, at)| in_dates(&workload.actions[*at as usize]))
            .map(|(bound, at)| {
                (bound, at, tree(&workload.actions[at as usize], &workload.segments))
            })
            .collect();
        rules.shrink_to_fit();
        Self { rules }
    }

    pub fn best(&self, workload: &Workload, profile: &[Reading]) -> Best {
        let mut best = Best::default();
        for (bound, at, tree) in &self.rules {
            if best.closed_for(*bound) {
                break;
            }
            if tree.holds(profile) {
                let score = personal(workload, *at, *bound, profile);
                best.offer(Hit { action: *at, score });
            }
        }
        best
    }

    pub fn all(&self, workload: &Workload, profile: &[Reading]) -> Best {
        let mut best = Best::default();
        for (bound, at, tree) in &self.rules {
            if tree.holds(profile) {
                let score = personal(workload, *at, *bound, profile);
                best.offer(Hit { action: *at, score });
                best.eligible += 1;
            }
        }
        best
    }
}

/// Static scores are the bound itself.
#[inline]
fn personal(workload: &Workload, at: u32, bound: f64, profile: &[Reading]) -> f64 {
    match workload.shape.scores {
        super::Scores::Personal => match profile[usize::from(super::PROPENSITY)] {
            Reading::Number(n) => {
                let action = &workload.actions[at as usize];
                PER_MILLE.with(|table| table[n as usize & 1023])
                    * action.value_minor as f64
                    * HUNDREDTHS.with(|table| table[action.weight as usize & 1023])
            }
            _ => workload.score(at as usize, profile),
        },
        _ => bound,
    }
}

thread_local! {
    static PER_MILLE: [f64; 1024] = std::array::from_fn(|n| super::per_mille(n as u32));
    static HUNDREDTHS: [f64; 1024] = std::array::from_fn(|n| super::hundredths(n as u32));
}

impl Tree {
    #[inline]
    fn holds(&self, profile: &[Reading]) -> bool {
        match self {
            Self::Test(test) => holds(test, profile),
            Self::All(trees) => trees.iter().all(|tree| tree.holds(profile)),
            Self::Any(trees) => trees.iter().any(|tree| tree.holds(profile)),
        }
    }
}

fn tree(action: &Action, segments: &[Vec<Test>]) -> Tree {
    let tests = |tests: &[Test]| tests.iter().map(|test| Tree::Test(*test)).collect();
    Tree::All(
        action
            .who
            .iter()
            .map(|item| match item {
                Item::Test(test) => Tree::Test(*test),
                Item::Any(group) => Tree::Any(tests(group)),
                Item::Segment(segment) => Tree::All(tests(&segments[usize::from(*segment)])),
            })
            .collect(),
    )
}

/// One test in 16 bytes: what it asks, of which attribute, and two numbers.
#[derive(Clone, Copy)]
struct FlatTest {
    ask: u8,
    attribute: u8,
    unknown: bool,
    /// Within an `any` group: how many further tests of the group follow.
    group_left: u8,
    low: i32,
    values: u64,
}

const _: () = assert!(std::mem::size_of::<FlatTest>() == 16);

pub struct Flat {
    tests: Vec<FlatTest>,
    /// Bound, number, first test and one past the last.
    rules: Vec<(f64, u32, u32, u32)>,
}

impl Flat {
    pub fn new(workload: &Workload) -> Self {
        let sample = workload.profiles(256);
        let rate = |tests: &[Test]| {
            sample.iter().filter(|p: &&Profile| tests.iter().any(|t| holds(t, p))).count()
        };
        let mut flat = Self { tests: Vec::new(), rules: Vec::new() };
        for (bound, at) in order(workload) {
            let action = &workload.actions[at as usize];
            if !in_dates(action) {
                continue;
            }
            let mut groups: Vec<(usize, Vec<Test>)> = Vec::new();
            for item in &action.who {
                match item {
                    Item::Test(test) => groups.push((rate(&[*test]), vec![*test])),
                    Item::Any(tests) => {
                        // Within a group the likeliest first; the group itself counts by its share.
                        let mut tests = tests.clone();
                        tests.sort_by_key(|test| std::cmp::Reverse(rate(&[*test])));
                        groups.push((rate(&tests), tests));
                    }
                    Item::Segment(segment) => {
                        for test in &workload.segments[usize::from(*segment)] {
                            groups.push((rate(&[*test]), vec![*test]));
                        }
                    }
                }
            }
            groups.sort_by_key(|(rate, _)| *rate);
            let first = flat.tests.len() as u32;
            for (_, tests) in groups {
                for (left, test) in tests.iter().enumerate() {
                    flat.tests.push(flat_test(test, (tests.len() - 1 - left) as u8));
                }
            }
            flat.rules.push((bound, at, first, flat.tests.len() as u32));
        }
        flat.tests.shrink_to_fit();
        flat.rules.shrink_to_fit();
        flat
    }

    pub fn best(&self, workload: &Workload, profile: &[Reading]) -> Best {
        let mut best = Best::default();
        for (bound, at, first, end) in &self.rules {
            if best.closed_for(*bound) {
                break;
            }
            if self.holds(*first, *end, profile) {
                let score = personal(workload, *at, *bound, profile);
                best.offer(Hit { action: *at, score });
            }
        }
        best
    }

    pub fn all(&self, workload: &Workload, profile: &[Reading]) -> Best {
        let mut best = Best::default();
        for (bound, at, first, end) in &self.rules {
            if self.holds(*first, *end, profile) {
                let score = personal(workload, *at, *bound, profile);
                best.offer(Hit { action: *at, score });
                best.eligible += 1;
            }
        }
        best
    }

    #[inline]
    fn holds(&self, first: u32, end: u32, profile: &[Reading]) -> bool {
        let tests = &self.tests[first as usize..end as usize];
        let mut at = 0;
        while at < tests.len() {
            let test = &tests[at];
            if test.holds(profile) {
                at += 1 + usize::from(test.group_left);
            } else if test.group_left == 0 {
                return false;
            } else {
                at += 1;
            }
        }
        true
    }
}

impl FlatTest {
    #[inline]
    fn holds(&self, profile: &[Reading]) -> bool {
        match profile[usize::from(self.attribute)] {
            Reading::Unknown => self.unknown,
            Reading::Category(value) => (self.values >> value & 1 == 1) == (self.ask == 0),
            Reading::Number(n) => {
                (self.low <= n && i64::from(n) <= self.values as i64) == (self.ask == 0)
            }
            Reading::Flag(value) => value == (self.ask == 0),
            Reading::Set(set) => (u64::from(set) & self.values != 0) == (self.ask == 0),
        }
    }
}

fn flat_test(test: &Test, group_left: u8) -> FlatTest {
    let (ask, low, values) = match test.ask {
        Ask::Among(values) => (0, 0, values),
        Ask::NotAmong(values) => (1, 0, values),
        Ask::Between(low, high) => (0, low, i64::from(high) as u64),
        Ask::NotBetween(low, high) => (1, low, i64::from(high) as u64),
        Ask::Flag(yes) => (u8::from(!yes), 0, 0),
        Ask::HasAny(values) => (0, 0, u64::from(values)),
        Ask::Lacks(values) => (1, 0, u64::from(values)),
    };
    FlatTest { ask, attribute: test.attribute, unknown: test.unknown, group_left, low, values }
}

fn in_dates(action: &Action) -> bool {
    action.dates.is_none_or(|(first, last)| first <= 0 && 0 <= last)
}

/// Bound and number of every action, by bound descending, then number.
fn order(workload: &Workload) -> Vec<(f64, u32)> {
    let mut order: Vec<_> =
        (0..workload.actions.len()).map(|at| (workload.bound(at), at as u32)).collect();
    order.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    order
}
