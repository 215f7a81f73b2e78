//! Order, stopping, filters and limits of the walks.

use onward::machinery::index::{Condition, Item, Options};
use onward::machinery::walk::{self, Scored, Scratch, Slate};

use super::world::{Customer, World};

/// Items that everybody matches, by bound; names in the order given.
fn world(bounds: &[f64]) -> World {
    let items = bounds
        .iter()
        .zip(0..)
        .map(|(bound, rank)| Item { bound: *bound, rank, condition: Condition::All(vec![]) })
        .collect();
    World::new(&[], items, Options::default())
}

/// The best `k` of a world, with what a closure says of each item; and how many candidates were met.
fn best(
    world: &World,
    slate: Slate,
    visit: impl Fn(u32, f64) -> Option<Scored>,
) -> (Vec<u32>, u32) {
    let mut slate = slate;
    let customer = Customer::new(vec![]);
    let tally = walk::best(
        &world.index,
        &customer.readings(),
        &mut Scratch::for_index(&world.index),
        &mut slate,
        |candidate| visit(candidate.item, candidate.bound),
    );
    (slate.hits().iter().map(|hit| hit.item).collect(), tally.matched)
}

fn shown(score: f64, time: i64) -> Option<Scored> {
    Some(Scored { score, shown: Some(time), group: None })
}

#[test]
fn the_walk_stops_when_k_hits_beat_what_is_left() {
    let world = world(&[5.0, 4.0, 3.0, 2.0, 1.0]);
    assert_eq!(best(&world, Slate::new(2), |_, bound| Some(Scored::new(bound))), (vec![0, 1], 2));
}

#[test]
fn a_personal_score_in_a_later_block_wins() {
    // The bounds fall slowly, scores in the first block are halved: the best stands in the second.
    let bounds: Vec<f64> = (0..1_200).map(|n| 100.0 - f64::from(n) / 100.0).collect();
    let world = world(&bounds);
    let score = |item, bound| Some(Scored::new(if item == 700 { bound } else { bound / 2.0 }));
    assert_eq!(best(&world, Slate::new(1), score), (vec![700], 701));
}

#[test]
fn equal_scores_go_to_the_one_never_shown_then_longest_ago_then_by_name() {
    let world = world(&[1.0; 6]);
    let visit = |item, bound| match item {
        0 => shown(bound, 30),
        1 => shown(bound, 10),
        2 => shown(bound, 20),
        _ => Some(Scored::new(bound)),
    };
    assert_eq!(best(&world, Slate::new(6), visit).0, [3, 4, 5, 1, 2, 0]);
}

#[test]
fn a_tied_group_is_walked_through_while_the_last_hit_was_shown() {
    let world = world(&[1.0, 1.0, 1.0, 1.0, 0.5]);
    let visit = |item, bound| match item {
        3 => Some(Scored::new(bound)),
        _ => shown(bound, 50 - i64::from(item)),
    };
    // All four that tie are met, and the one of lower bound is not.
    assert_eq!(best(&world, Slate::new(1), visit), (vec![3], 4));
}

#[test]
fn a_tied_group_is_left_at_once_where_the_last_hit_was_never_shown() {
    let world = world(&[1.0; 2_000]);
    assert_eq!(best(&world, Slate::new(3), |_, bound| Some(Scored::new(bound))).1, 3);
}

#[test]
fn a_filter_that_refuses_makes_the_walk_go_on() {
    let bounds: Vec<f64> = (0..5_000).map(|n| 5_000.0 - f64::from(n)).collect();
    let world = world(&bounds);
    let visit = |item: u32, bound| (item % 1_000 == 999).then(|| Scored::new(bound));
    assert_eq!(best(&world, Slate::new(3), visit), (vec![999, 1_999, 2_999], 3_000));
}

#[test]
fn a_full_group_gives_way_to_its_better_member_only() {
    // Personal scores: the second of group 1 is better than the first, the third is worse.
    let world = world(&[10.0, 9.0, 8.0, 7.0]);
    let visit = |item: u32, _| {
        let (score, group) =
            [(5.0, Some(1)), (6.0, Some(1)), (4.0, Some(1)), (1.0, None)][item as usize];
        Some(Scored { score, shown: None, group })
    };
    assert_eq!(best(&world, Slate::new(3).per_group(1), visit).0, [1, 3]);
    assert_eq!(best(&world, Slate::new(3).per_group(2), visit).0, [1, 0, 3]);
}

#[test]
fn minus_zero_is_zero_and_a_score_that_is_no_number_is_the_lowest() {
    let world = world(&[1.0; 3]);
    let visit = |item: u32, _| Some(Scored::new([f64::NAN, -0.0, 0.0][item as usize]));
    assert_eq!(best(&world, Slate::new(3), visit).0, [1, 2, 0]);
}

#[test]
fn an_item_of_two_conjunctions_is_met_once() {
    let mut maker = super::world::Maker::new(5);
    maker.levels = vec![onward::machinery::index::LevelKind::Flag; 2];
    let yes = |level| {
        let accept =
            onward::machinery::index::Accept::Flags { yes: true, no: false, unknown: false };
        super::world::literal(level, accept)
    };
    let items = vec![Item { bound: 1.0, rank: 0, condition: Condition::Any(vec![yes(0), yes(1)]) }];
    let world = World::new(&maker.levels, items, Options::default());
    assert_eq!(world.index.size().conjunctions, 2);
    let customer = Customer::new(vec![super::world::Value::Flag(true); 2]);
    let mut slate = Slate::new(3);
    let tally = walk::all(
        &world.index,
        &customer.readings(),
        &mut Scratch::new(),
        &mut slate,
        |candidate| Some(Scored::new(candidate.bound)),
    );
    assert_eq!((tally.matched, slate.hits().len()), (1, 1));
}
