//! Many small worlds, and a few of the sizes where blocks begin and end.

use onward::machinery::index::Options;
use onward::machinery::walk::Scratch;

use super::world::{Maker, World};

#[test]
fn two_hundred_thousand_random_pairs_equal_the_plain_evaluation() {
    let mut scratch = Scratch::new();
    let (mut pairs, mut met, mut tied, mut verified, mut unknown, mut cut) = (0, 0, 0, 0, 0, 0);
    let mut early = 0;
    for seed in 0..2_000 {
        let mut maker = Maker::new(seed);
        let count = maker.dice.below(40) as usize;
        let (items, options) = (maker.items(count), maker.options());
        let world = World::new(&maker.levels, items, options);
        verified += usize::from(world.index.size().verified > 0);
        for _ in 0..100 {
            let (customer, policy) = (maker.customer(), maker.policy());
            let ((_, passed, hits), stopped) = world.check_early(&customer, &policy, &mut scratch);
            pairs += 1;
            early += usize::from(stopped);
            met += usize::from(!hits.is_empty());
            tied += usize::from(hits.windows(2).any(|two| two[0].score == two[1].score));
            unknown += usize::from(customer.values.contains(&super::world::Value::Unknown));
            cut += usize::from(hits.len() < passed as usize);
        }
    }
    // Worlds that decide nothing would prove nothing.
    assert!(pairs >= 200_000, "{pairs} pairs");
    for (what, count) in [("met", met), ("tied", tied), ("unknown", unknown), ("cut", cut)] {
        assert!(count * 5 >= pairs, "{what}: {count} of {pairs}");
    }
    assert!(verified >= 500, "{verified} of 2000 worlds verify something");
    assert!(early * 20 >= pairs, "{early} of {pairs} walks stop early");
}

#[test]
fn sizes_around_a_block_equal_the_plain_evaluation() {
    let mut scratch = Scratch::new();
    let (mut early, mut tail) = (0, 0);
    for (count, customers) in [(0, 20), (1, 50), (511, 40), (512, 40), (513, 40), (5_000, 12)] {
        for seed in 0..4 {
            let mut maker = Maker::new(10_000 + seed);
            let (items, options) = (maker.items(count), maker.options());
            let world = World::new(&maker.levels, items, options);
            let beyond_the_head = world.index.size().conjunctions > 512 * options.head_blocks;
            for _ in 0..customers {
                let customer = maker.customer();
                for k in [0, 1, 3, 32] {
                    let mut policy = maker.policy();
                    (policy.k, policy.refused) = (k, [0, 90][maker.dice.below(2) as usize]);
                    let (_, stopped) = world.check_early(&customer, &policy, &mut scratch);
                    early += usize::from(stopped && k > 0);
                    tail += usize::from(beyond_the_head && stopped && k > 0);
                }
            }
        }
    }
    assert!(early >= 400, "only {early} walks stop early");
    assert!(tail >= 50, "only {tail} of them over more blocks than the head");
}

#[test]
fn one_scratch_serves_indexes_of_any_size() {
    let mut scratch = Scratch::new();
    let mut maker = Maker::new(3);
    let worlds: Vec<_> = [600, 2, 1_500]
        .into_iter()
        .map(|count| {
            let items = maker.items(count);
            World::new(&maker.levels, items, Options::default())
        })
        .collect();
    for _ in 0..20 {
        for world in &worlds {
            world.check(&maker.customer(), &maker.policy(), &mut scratch);
        }
    }
}
