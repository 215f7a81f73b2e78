//! Small random worlds: levels, items, customers, and the plain evaluation that the index must equal.

use onward::machinery::index::{
    Accept, Condition, Index, Item, LevelKind, Literal, Options, Reading, Readings, SetTest, Span,
};
use onward::machinery::walk::{self, Candidate, Hit, Scored, Scratch, Slate};

/// SplitMix64: one seed, one world.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    /// Below `n`.
    pub(super) fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }
    /// True `percent` times of a hundred.
    pub(super) fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

/// What a customer's level is, for the plain evaluation.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Unknown,
    Symbol(u32),
    Number(i64),
    Flag(bool),
    Set(Vec<u32>),
}

/// A customer in both forms.
#[derive(Debug)]
pub(super) struct Customer {
    pub(super) values: Vec<Value>,
    levels: Vec<Reading>,
    members: Vec<u32>,
}

impl Customer {
    pub(super) fn new(values: Vec<Value>) -> Self {
        let mut members = Vec::new();
        let levels = values
            .iter()
            .map(|value| match value {
                Value::Unknown => Reading::UNKNOWN,
                Value::Symbol(symbol) => Reading::symbol(*symbol),
                Value::Number(key) => Reading::number(*key),
                Value::Flag(yes) => Reading::flag(*yes),
                Value::Set(set) => {
                    let start = members.len() as u32;
                    members.extend(set);
                    Reading::set(start, set.len() as u32)
                }
            })
            .collect();
        Self { values, levels, members }
    }
    pub(super) fn readings(&self) -> Readings<'_> {
        Readings { levels: &self.levels, members: &self.members }
    }
}

/// The plain meaning of a literal.
fn accepts(accept: &Accept, value: &Value) -> bool {
    match (accept, value) {
        (
            Accept::Symbols { unknown, .. }
            | Accept::Numbers { unknown, .. }
            | Accept::Flags { unknown, .. }
            | Accept::Set { unknown, .. },
            Value::Unknown,
        ) => *unknown,
        (Accept::Symbols { listed, except, .. }, Value::Symbol(symbol)) => {
            listed.contains(symbol) != *except
        }
        (Accept::Numbers { spans, .. }, Value::Number(key)) => {
            spans.iter().any(|span| span.low <= *key && *key <= span.high)
        }
        (Accept::Flags { yes, no, .. }, Value::Flag(flag)) => *if *flag { yes } else { no },
        (Accept::Set { test, .. }, Value::Set(set)) => match test {
            SetTest::HasAny(list) => list.iter().any(|symbol| set.contains(symbol)),
            SetTest::HasAll(list) => list.iter().all(|symbol| set.contains(symbol)),
            SetTest::Lacks(list) => !list.iter().any(|symbol| set.contains(symbol)),
        },
        _ => panic!("{accept:?} asked of {value:?}"),
    }
}

/// The plain meaning of a condition.
pub(super) fn holds(condition: &Condition, values: &[Value]) -> bool {
    match condition {
        Condition::All(list) => list.iter().all(|entry| holds(entry, values)),
        Condition::Any(list) => list.iter().any(|entry| holds(entry, values)),
        Condition::Literal(literal) => accepts(&literal.accept, &values[literal.level as usize]),
    }
}

pub(super) fn literal(level: u32, accept: Accept) -> Condition {
    Condition::Literal(Literal { level, accept })
}

/// How candidates are scored and refused.
#[derive(Clone, Copy, Debug)]
pub(super) struct Policy {
    pub(super) seed: u64,
    /// Scores below the bound, by customer.
    pub(super) personal: bool,
    /// Of a hundred candidates, how many a filter refuses.
    pub(super) refused: u64,
    /// Of a hundred candidates, how many were shown before.
    pub(super) shown: u64,
    pub(super) groups: u64,
    pub(super) per_group: usize,
    pub(super) k: usize,
}

impl Policy {
    /// Scores are the bounds, nothing refused, nothing shown.
    pub(super) fn plain(k: usize) -> Self {
        Self { seed: 0, personal: false, refused: 0, shown: 0, groups: 0, per_group: usize::MAX, k }
    }
    pub(super) fn visit(&self, candidate: Candidate) -> Option<Scored> {
        let mut dice = Dice(self.seed ^ u64::from(candidate.item) << 20);
        if dice.chance(self.refused) {
            return None;
        }
        // A quarter below the bound at most, in few steps, so that scores also tie.
        let score = if self.personal {
            candidate.bound - candidate.bound.abs() * [0.0, 0.125, 0.25][dice.below(3) as usize]
        } else {
            candidate.bound
        };
        let shown = dice.chance(self.shown).then(|| dice.below(4) as i64);
        let group = (self.groups > 0 && dice.chance(80)).then(|| dice.below(self.groups) as u32);
        Some(Scored { score, shown, group })
    }
}

#[derive(Debug)]
pub(super) struct World {
    pub(super) items: Vec<Item>,
    pub(super) index: Index,
}

/// What the index must answer: matched, passed, hits.
pub(super) type Expected = (u32, u32, Vec<Hit>);

impl World {
    pub(super) fn new(levels: &[LevelKind], items: Vec<Item>, options: Options) -> Self {
        // Two levels in three are the customer's alone.
        let held: Vec<bool> = (0..levels.len()).map(|level| level % 3 != 2).collect();
        let index = Index::build_held(levels, &held, &items, options).unwrap();
        Self { items, index }
    }

    /// Of everything that matches: sorted by score, last shown, name; then taken from the top.
    pub(super) fn plainly(&self, customer: &Customer, policy: &Policy) -> Expected {
        let (mut matched, mut hits) = (0, Vec::new());
        for (item, number) in self.items.iter().zip(0..) {
            if holds(&item.condition, &customer.values) {
                matched += 1;
                let scored = policy.visit(Candidate { item: number, bound: item.bound });
                hits.extend(scored.map(|s| Hit {
                    item: number,
                    rank: item.rank,
                    score: s.score,
                    shown: s.shown,
                    group: s.group,
                }));
            }
        }
        hits.sort_by(|a, b| {
            let longest_ago = |hit: &Hit| hit.shown.map_or(i64::MIN, |time| time);
            b.score
                .partial_cmp(&a.score)
                .unwrap()
                .then(longest_ago(a).cmp(&longest_ago(b)))
                .then(a.rank.cmp(&b.rank))
        });
        let passed = hits.len() as u32;
        let mut taken: Vec<Hit> = Vec::new();
        for hit in hits {
            let same = taken.iter().filter(|t| t.group.is_some() && t.group == hit.group).count();
            if taken.len() < policy.k && same < policy.per_group {
                taken.push(hit);
            }
        }
        (matched, passed, taken)
    }

    /// Both walks against the plain answer; returns it.
    pub(super) fn check(
        &self,
        customer: &Customer,
        policy: &Policy,
        scratch: &mut Scratch,
    ) -> Expected {
        self.check_early(customer, policy, scratch).0
    }

    /// As [`check`](Self::check); also whether the best-few walk stopped before the end.
    pub(super) fn check_early(
        &self,
        customer: &Customer,
        policy: &Policy,
        scratch: &mut Scratch,
    ) -> (Expected, bool) {
        let expected = self.plainly(customer, policy);
        let mut slate = Slate::new(policy.k).per_group(policy.per_group);
        let readings = customer.readings();
        let mut visited = Vec::new();
        let tally = walk::all(&self.index, &readings, scratch, &mut slate, |candidate| {
            visited.push(candidate.item);
            policy.visit(candidate)
        });
        assert_eq!(
            (tally.matched, tally.passed, slate.hits()),
            (expected.0, expected.1, &expected.2[..]),
            "all: {policy:?} {customer:?}"
        );
        let order = |item: &u32| {
            let item = &self.items[*item as usize];
            (-item.bound, item.rank)
        };
        assert!(visited.windows(2).all(|pair| order(&pair[0]) < order(&pair[1])), "{visited:?}");

        let mut met = Vec::new();
        walk::best(&self.index, &readings, scratch, &mut slate, |candidate| {
            met.push(candidate.item);
            policy.visit(candidate)
        });
        assert_eq!(slate.hits(), &expected.2[..], "best: {policy:?} {customer:?}");
        assert!(visited.starts_with(&met), "the best-few walk leaves the order: {met:?}");

        let mut held = Vec::new();
        self.index.hold(&readings, &mut held);
        assert_eq!(Some(held.len()), self.index.held());
        walk::best_held(&self.index, &held, &readings, scratch, &mut slate, |candidate| {
            policy.visit(candidate)
        });
        assert_eq!(slate.hits(), &expected.2[..], "from kept rows: {policy:?} {customer:?}");
        (expected, met.len() < visited.len())
    }

    /// The answer of the best-few walk, as item numbers, and how many it met.
    pub(super) fn best(&self, customer: &Customer, policy: &Policy) -> (Vec<u32>, u32) {
        let mut slate = Slate::new(policy.k).per_group(policy.per_group);
        let tally = walk::best(
            &self.index,
            &customer.readings(),
            &mut Scratch::for_index(&self.index),
            &mut slate,
            |candidate| policy.visit(candidate),
        );
        (slate.hits().iter().map(|hit| hit.item).collect(), tally.matched)
    }
}

/// The makings of a random world.
pub(super) struct Maker {
    pub(super) dice: Dice,
    pub(super) levels: Vec<LevelKind>,
    /// Values of levels lie below it.
    pub(super) spread: u64,
}

impl Maker {
    pub(super) fn new(seed: u64) -> Self {
        let mut dice = Dice(seed);
        let kinds = [LevelKind::Symbol, LevelKind::Number, LevelKind::Flag, LevelKind::Set];
        let levels = (0..2 + dice.below(6)).map(|_| kinds[dice.below(4) as usize]).collect();
        let spread = [3, 6, 20][dice.below(3) as usize];
        Self { dice, levels, spread }
    }

    /// Mostly small; at times one that only a search can find.
    fn symbol(&mut self) -> u32 {
        let symbol = self.dice.below(self.spread) as u32;
        if symbol + 1 == self.spread as u32 { 70_000 + symbol } else { symbol }
    }

    fn symbols(&mut self) -> Vec<u32> {
        (0..self.dice.below(4)).map(|_| self.symbol()).collect()
    }

    fn key(&mut self) -> i64 {
        match self.dice.below(20) {
            0 => i64::MAX,
            1 => i64::MIN + 1,
            _ => self.dice.below(self.spread) as i64 - 2,
        }
    }

    fn span(&mut self) -> Span {
        let mut end = |dice: u64| (dice > 0).then(|| (self.key(), self.dice.chance(50)));
        let (low, high) = (end(1), end(1));
        match self.dice.below(4) {
            0 => Span::between(low, None),
            1 => Span::between(None, high),
            _ => Span::between(low.min(high), low.max(high)),
        }
    }

    pub(super) fn accept(&mut self, kind: LevelKind) -> Accept {
        let unknown = self.dice.chance(20);
        match kind {
            LevelKind::Symbol => {
                Accept::Symbols { listed: self.symbols(), except: self.dice.chance(40), unknown }
            }
            LevelKind::Number => {
                let spans = (0..1 + self.dice.below(2)).map(|_| self.span()).collect();
                Accept::Numbers { spans, unknown }
            }
            LevelKind::Flag => {
                Accept::Flags { yes: self.dice.chance(60), no: self.dice.chance(40), unknown }
            }
            LevelKind::Set => {
                let symbols = self.symbols();
                let test = match self.dice.below(4) {
                    0 => SetTest::HasAll(symbols),
                    1 => SetTest::Lacks(symbols),
                    _ => SetTest::HasAny(symbols),
                };
                Accept::Set { test, unknown }
            }
        }
    }

    pub(super) fn condition(&mut self, depth: u32) -> Condition {
        let list = |maker: &mut Self, most: u64| {
            (0..maker.dice.below(most + 1)).map(|_| maker.condition(depth - 1)).collect()
        };
        match if depth == 0 { 9 } else { self.dice.below(10) } {
            0..=2 => Condition::All(list(self, 4)),
            3..=5 => Condition::Any(list(self, 5)),
            _ => {
                let level = self.dice.below(self.levels.len() as u64);
                let kind = self.levels[level as usize];
                literal(level as u32, self.accept(kind))
            }
        }
    }

    pub(super) fn items(&mut self, count: usize) -> Vec<Item> {
        let bounds = 1 + self.dice.below(8);
        let mut ranks: Vec<u32> = (0..count as u32).collect();
        for place in (1..count).rev() {
            ranks.swap(place, self.dice.below(place as u64 + 1) as usize);
        }
        ranks
            .into_iter()
            .map(|rank| {
                let lines = (0..1 + self.dice.below(4)).map(|_| self.condition(3)).collect();
                let bound = self.dice.below(bounds) as f64 * 0.5 - 1.0;
                Item { bound, rank, condition: Condition::All(lines) }
            })
            .collect()
    }

    pub(super) fn customer(&mut self) -> Customer {
        let values = self
            .levels
            .clone()
            .into_iter()
            .map(|kind| match kind {
                _ if self.dice.chance(20) => Value::Unknown,
                LevelKind::Symbol => Value::Symbol(self.symbol()),
                LevelKind::Number => Value::Number(self.key()),
                LevelKind::Flag => Value::Flag(self.dice.chance(50)),
                LevelKind::Set => Value::Set(self.symbols()),
            })
            .collect();
        Customer::new(values)
    }

    pub(super) fn options(&mut self) -> Options {
        Options {
            conjunctions: [1, 2, 8, 8][self.dice.below(4) as usize],
            number_edges: [1, 3, 255, 255][self.dice.below(4) as usize],
            head_blocks: [0, 1, 8][self.dice.below(3) as usize],
            joint_lines: [0, 16, 512, 512][self.dice.below(4) as usize],
            part: [1, 3, 7, 512][self.dice.below(4) as usize],
        }
    }

    pub(super) fn policy(&mut self) -> Policy {
        Policy {
            seed: self.dice.next(),
            personal: self.dice.chance(50),
            refused: [0, 0, 50, 90][self.dice.below(4) as usize],
            shown: [0, 30, 100][self.dice.below(3) as usize],
            groups: [0, 2, 5][self.dice.below(3) as usize],
            per_group: [1, 2, usize::MAX][self.dice.below(3) as usize],
            k: [1, 3, 32][self.dice.below(3) as usize],
        }
    }
}
