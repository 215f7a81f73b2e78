//! Each kind of edge, on both sides of it.

use onward::machinery::index::{
    Accept, BuildError, Condition, Index, Item, LevelKind, Options, Reading, SetTest, Span,
    real_key,
};
use onward::machinery::walk::Scratch;

use super::world::{Customer, Policy, Value, World, literal};

fn item(rank: u32, bound: f64, condition: Condition) -> Item {
    Item { bound, rank, condition }
}

fn numbers(low: i64, high: i64) -> Accept {
    Accept::Numbers { spans: vec![Span { low, high }], unknown: false }
}

fn symbols(listed: &[u32]) -> Accept {
    Accept::Symbols { listed: listed.to_vec(), except: false, unknown: false }
}

/// Whether the only item, tested on the only level, is met.
fn met(kind: LevelKind, accept: &Accept, value: Value) -> bool {
    let items = vec![item(0, 1.0, literal(0, accept.clone()))];
    let world = World::new(&[kind], items, Options::default());
    let customer = Customer::new(vec![value]);
    let expected = world.check(&customer, &Policy::plain(1), &mut Scratch::new());
    expected.2.len() == 1
}

#[test]
fn a_range_holds_both_its_ends_and_nothing_beyond() {
    let accept = numbers(18, 29);
    let age = |years| met(LevelKind::Number, &accept, Value::Number(years));
    assert_eq!([17, 18, 29, 30].map(age), [false, true, true, false]);
}

#[test]
fn an_open_end_stops_one_key_earlier() {
    let span = Span::between(Some((3, false)), Some((5, false)));
    assert_eq!((span.low, span.high), (4, 4));
    assert!(Span::between(Some((i64::MAX, false)), None).is_empty());
    assert!(Span::between(None, Some((i64::MIN, false))).is_empty());
}

#[test]
fn real_keys_order_as_the_numbers_do() {
    let numbers = [f64::NEG_INFINITY, -1.5, -f64::MIN_POSITIVE, 0.0, 5e-324, 0.6, f64::INFINITY];
    assert!(numbers.windows(2).all(|two| real_key(two[0]) < real_key(two[1])));
    assert_eq!(real_key(-0.0), real_key(0.0));
    assert_eq!(real_key(5e-324), real_key(0.0) + 1);
    assert!(Reading::real(f64::NAN).is_unknown());
}

#[test]
fn an_unknown_number_is_not_the_lowest_number() {
    let accept = Accept::Numbers { spans: vec![Span { low: i64::MIN, high: 5 }], unknown: false };
    assert!(!met(LevelKind::Number, &accept, Value::Unknown));
    assert!(met(LevelKind::Number, &accept, Value::Number(i64::MIN + 1)));
    let accept = Accept::Numbers { spans: vec![Span { low: 6, high: i64::MAX }], unknown: true };
    assert!(met(LevelKind::Number, &accept, Value::Unknown));
    assert!(!met(LevelKind::Number, &accept, Value::Number(i64::MIN + 1)));
}

#[test]
fn symbols_that_no_rule_lists_read_as_others() {
    let value = |symbol| Value::Symbol(symbol);
    let not_1 = Accept::Symbols { listed: vec![1], except: true, unknown: false };
    assert!(met(LevelKind::Symbol, &not_1, value(900)));
    assert!(!met(LevelKind::Symbol, &not_1, value(1)));
    assert!(!met(LevelKind::Symbol, &not_1, Value::Unknown));
    assert!(!met(LevelKind::Symbol, &symbols(&[1, 80_000]), value(u32::MAX)));
    assert!(met(LevelKind::Symbol, &symbols(&[1, 80_000]), value(80_000)));
}

#[test]
fn levels_beyond_the_readings_are_unknown() {
    let accept = Accept::Flags { yes: false, no: false, unknown: true };
    let world = World::new(
        &[LevelKind::Flag; 3],
        vec![item(0, 1.0, literal(2, accept))],
        Options::default(),
    );
    assert_eq!(world.best(&Customer::new(vec![]), &Policy::plain(1)).0, [0]);
}

#[test]
fn every_reading_of_every_flag_is_told_apart() {
    // Every item asks one reading of one level.
    let items: Vec<_> = (0..18)
        .map(|n: u32| {
            let (level, asked) = (n / 3, n % 3);
            let accept = Accept::Flags { unknown: asked == 0, no: asked == 1, yes: asked == 2 };
            item(n, 1.0, literal(level, accept))
        })
        .collect();
    let world = World::new(&[LevelKind::Flag; 6], items, Options::default());
    let mut scratch = Scratch::new();
    for code in 0..729_u32 {
        let value = |level: u32| match code / 3_u32.pow(level) % 3 {
            0 => Value::Unknown,
            reading => Value::Flag(reading == 2),
        };
        let customer = Customer::new((0..6).map(value).collect());
        let expected = world.check(&customer, &Policy::plain(32), &mut scratch);
        assert_eq!(expected.0, 6);
    }
}

#[test]
fn a_set_that_has_a_forbidden_member_is_refused() {
    let lacks = Accept::Set { test: SetTest::Lacks(vec![4, 7]), unknown: false };
    let set = |members: &[u32]| met(LevelKind::Set, &lacks, Value::Set(members.to_vec()));
    assert!(set(&[]));
    assert!(set(&[1, 2]));
    assert!(!set(&[1, 7]));
    assert!(!met(LevelKind::Set, &lacks, Value::Unknown));
}

/// An item that wants all of 4 and 7, and one that names so many members.
fn both_of_many(members: u32) -> World {
    let has_all = Accept::Set { test: SetTest::HasAll(vec![4, 7]), unknown: false };
    let others = SetTest::HasAny((4..4 + members).collect());
    let others = Accept::Set { test: others, unknown: false };
    let items = vec![item(0, 2.0, literal(0, has_all)), item(1, 1.0, literal(0, others))];
    World::new(&[LevelKind::Set], items, Options::default())
}

#[test]
fn a_second_clause_on_one_set_is_verified() {
    // Few members: a row for every subset. More: rows of parts, or of members, and the rest is verified.
    for (members, verified) in [(8, 0), (9, 1), (48, 1), (49, 1)] {
        let world = both_of_many(members);
        assert_eq!(world.index.size().verified, verified, "{members} members");
        for (set, wanted) in
            [(vec![7, 4], 2), (vec![4], 1), (vec![7, 9], 1), (vec![4 + members], 0), (vec![], 0)]
        {
            let customer = Customer::new(vec![Value::Set(set.clone())]);
            let found = world.check(&customer, &Policy::plain(2), &mut Scratch::new());
            assert_eq!(found.2.len(), wanted, "{set:?} of {members} members");
        }
    }
}

#[test]
fn sets_in_parts_ask_forbid_and_do_not_know() {
    let accept = |test: SetTest, unknown: bool| literal(0, Accept::Set { test, unknown });
    for members in [8_u32, 9, 13, 48, 49] {
        let mut items: Vec<Item> = (0..members)
            .map(|member| {
                let test = match member % 3 {
                    0 => SetTest::HasAny(vec![member, (member + 5) % members]),
                    1 => SetTest::Lacks(vec![member, (member + 1) % members]),
                    _ => SetTest::HasAll(vec![member]),
                };
                item(member, 1.0, accept(test, member % 2 == 0))
            })
            .collect();
        items.push(item(members, 1.0, accept(SetTest::Lacks(vec![]), false)));
        let world = World::new(&[LevelKind::Set], items, Options::default());
        let mut dice = super::world::Dice(u64::from(members));
        let mut scratch = Scratch::new();
        world.check(&Customer::new(vec![Value::Unknown]), &Policy::plain(64), &mut scratch);
        for _ in 0..200 {
            let set = (0..members + 2).filter(|_| dice.chance(20)).collect();
            let customer = Customer::new(vec![Value::Set(set)]);
            world.check(&customer, &Policy::plain(64), &mut scratch);
        }
    }
}

#[test]
fn an_unknown_symbol_is_not_the_first_symbol() {
    assert!(met(LevelKind::Symbol, &symbols(&[0]), Value::Symbol(0)));
    assert!(!met(LevelKind::Symbol, &symbols(&[0]), Value::Unknown));
    assert!(!met(
        LevelKind::Flag,
        &Accept::Flags { yes: false, no: true, unknown: false },
        Value::Unknown
    ));
}

#[test]
fn levels_of_few_readings_share_rows() {
    // Twelve levels of two rows each: 2^12 combinations, of which a joint holds 512.
    let items = |count: u32| -> Vec<Item> {
        (0..count).map(|n| item(n, 1.0, literal(n, symbols(&[1])))).collect()
    };
    let build = |joint_lines: usize| {
        let options = Options { joint_lines, ..Options::default() };
        Index::build(&[LevelKind::Symbol; 12], &items(12), options).unwrap()
    };
    assert_eq!(build(0).held(), Some(12));
    assert_eq!(build(512).held(), Some(2));
    let world = World::new(&[LevelKind::Symbol; 12], items(12), Options::default());
    for code in 0..4_096_u32 {
        let value = |level: u32| Value::Symbol(code >> level & 1);
        let customer = Customer::new((0..12).map(value).collect());
        let found = world.check(&customer, &Policy::plain(32), &mut Scratch::new());
        assert_eq!(found.0, code.count_ones());
    }
}

#[test]
fn every_item_may_ask_for_the_same_member() {
    let accept = Accept::Set { test: SetTest::HasAny(vec![4]), unknown: false };
    assert!(met(LevelKind::Set, &accept, Value::Set(vec![4])));
    assert!(!met(LevelKind::Set, &accept, Value::Set(vec![5])));
}

#[test]
fn groups_beyond_the_cap_are_verified_as_written() {
    // Four groups of three: 81 conjunctions, of which 8 may stand.
    let group = |first: u32| {
        Condition::Any((first..first + 3).map(|level| literal(level, numbers(1, 1))).collect())
    };
    let condition = Condition::All([0, 3, 6, 9].map(group).to_vec());
    let world =
        World::new(&[LevelKind::Number; 12], vec![item(0, 1.0, condition)], Options::default());
    assert!(world.index.size().conjunctions <= 8);
    for lacking in 0..4 {
        let values = |level: usize| Value::Number(i64::from(level / 3 != lacking));
        let customer = Customer::new((0..12).map(values).collect());
        assert_eq!(world.best(&customer, &Policy::plain(1)).0, [0; 0], "group {lacking} fails");
    }
    let customer = Customer::new((0..12).map(|n| Value::Number(i64::from(n % 3 == 2))).collect());
    assert_eq!(world.best(&customer, &Policy::plain(1)).0, [0]);
}

#[test]
fn a_hundred_nested_groups_expand_at_once() {
    let mut condition = literal(0, numbers(1, 1));
    for depth in 0..30 {
        let mut list: Vec<_> =
            (1..10).map(|level| literal(level, numbers(depth, depth + 1))).collect();
        list.push(Condition::All(vec![condition.clone(), literal(0, numbers(0, 3))]));
        condition = Condition::Any(list);
    }
    let items = vec![item(0, 1.0, condition)];
    let world = World::new(&[LevelKind::Number; 10], items, Options::default());
    let mut scratch = Scratch::new();
    for key in -1..33 {
        let customer = Customer::new(vec![Value::Number(key); 10]);
        world.check(&customer, &Policy::plain(1), &mut scratch);
    }
}

#[test]
fn alternatives_on_one_level_are_one_conjunction() {
    let condition = Condition::Any((0..20).map(|n| literal(0, symbols(&[n]))).collect());
    let items = vec![item(0, 1.0, condition)];
    let world = World::new(&[LevelKind::Symbol], items, Options::default());
    assert_eq!(world.index.size().conjunctions, 1);
    assert_eq!(world.index.size().verified, 0);
}

#[test]
fn coarse_number_edges_are_verified() {
    let items: Vec<_> =
        (0..1_000).map(|n| item(n as u32, 1.0, literal(0, numbers(n, n + 9)))).collect();
    let options = Options { number_edges: 16, ..Options::default() };
    let world = World::new(&[LevelKind::Number], items, options);
    assert!(world.index.size().rows <= 19, "{:?}", world.index.size());
    for key in [0, 9, 500, 1_008, 1_009] {
        let customer = Customer::new(vec![Value::Number(key)]);
        let expected = world.check(&customer, &Policy::plain(32), &mut Scratch::new());
        assert_eq!(
            expected.0,
            [1, 10, 10, 1, 0]
                [[0, 9, 500, 1_008, 1_009].iter().position(|other| *other == key).unwrap()]
        );
    }
}

#[test]
fn rows_equal_in_one_block_stay_apart_in_the_next() {
    // The first block asks nothing of the level; the second tells 0 from 1.
    let items: Vec<_> = (0..1_024)
        .map(|n| match n {
            0..512 => item(n, 2.0, Condition::All(vec![])),
            _ => item(n, 1.0, literal(0, symbols(&[n % 2]))),
        })
        .collect();
    let world = World::new(&[LevelKind::Symbol], items, Options::default());
    for symbol in 0..3 {
        let customer = Customer::new(vec![Value::Symbol(symbol)]);
        let expected = world.check(&customer, &Policy::plain(3), &mut Scratch::new());
        assert_eq!(expected.0, [768, 768, 512][symbol as usize]);
    }
}

#[test]
fn equal_rows_stand_once() {
    let items: Vec<_> = (0..100).map(|n| item(n, 1.0, literal(0, symbols(&[7])))).collect();
    let world = World::new(&[LevelKind::Symbol; 2], items, Options::default());
    // Everybody, and nobody: unknown and others share.
    assert_eq!(world.index.size().rows, 2);
}

#[test]
fn a_literal_that_does_not_fit_its_level_is_refused() {
    let build = |level| {
        let items = [item(0, 1.0, literal(level, symbols(&[1])))];
        Index::build(&[LevelKind::Number], &items, Options::default()).map(|_| ())
    };
    assert_eq!(build(0), Err(BuildError::OtherKind { level: 0 }));
    assert_eq!(build(1), Err(BuildError::UnknownLevel { level: 1 }));
}

#[test]
fn the_same_items_give_the_same_index() {
    let mut maker = super::world::Maker::new(77);
    let items = maker.items(700);
    let world =
        |items: &[Item]| World::new(&maker.levels, items.to_vec(), Options::default()).index;
    assert_eq!(world(&items).image(), world(&items).image());
}

#[test]
fn an_index_built_in_parts_is_the_index_built_at_once() {
    for seed in 0..40 {
        let mut maker = super::world::Maker::new(seed);
        let count = [30, 300, 1_200, 2_500][seed as usize % 4];
        let (items, options) = (maker.items(count), maker.options());
        let built = |part: usize| {
            let options = Options { part, ..options };
            World::new(&maker.levels, items.clone(), options).index.image()
        };
        let at_once = built(usize::MAX);
        for part in [1, 7, 512, 1_000] {
            // Not `assert_eq`: nobody reads the images.
            assert!(built(part) == at_once, "seed {seed}, {count} items, {part} at a time");
        }
    }
}
