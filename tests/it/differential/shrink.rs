//! Makes a failing world smaller while it still fails in the same way, so that a person can read it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use onward::Customer;
use onward::syntax::ast::{Body, Shape};
use serde_json::Value;

use super::compare::{self, Trouble};
use super::measure::Measure;
use super::world::World;

/// What a world fails with; a panic is a failure too.
pub(crate) fn trouble(world: &World, measure: &mut Measure) -> Result<(), Trouble> {
    catch_unwind(AssertUnwindSafe(|| compare::check(world, measure))).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|&text| text.to_owned()));
        Err(Trouble::Failed(format!("panicked: {}", text.unwrap_or_default())))
    })
}

/// The smallest world found that fails as this one does.
pub(crate) fn shrink(world: World, first: Trouble) -> (World, Trouble) {
    let (mut best, mut found) = (world, first);
    let mut tries = 0;
    loop {
        let mut smaller = None;
        for edit in candidates(&best) {
            tries += 1;
            let mut candidate = best.clone();
            edit(&mut candidate);
            if let Err(again) = trouble(&candidate, &mut Measure::default())
                && again.kind() == found.kind()
            {
                smaller = Some((candidate, again));
                break;
            }
            if tries > 1500 {
                return (best, found);
            }
        }
        match smaller {
            Some((next, again)) => (best, found) = (next, again),
            None => return (best, found),
        }
    }
}

/// Makes a world smaller by one thing.
type Edit = Box<dyn Fn(&mut World)>;

/// Every way to make a world smaller, the largest things first. A large world is copied only when one is tried.
fn candidates(world: &World) -> Vec<Edit> {
    let mut all: Vec<Edit> = Vec::new();
    if world.requests.len() > 1 {
        for request in world.requests.clone() {
            all.push(Box::new(move |less| less.requests = vec![request.clone()]));
        }
    } else if world.requests.len() == 1 {
        all.push(Box::new(|less| less.requests.clear()));
    }
    for (place, story) in world.stories.iter().enumerate() {
        all.push(Box::new(move |less| drop(less.stories.remove(place))));
        for step in 0..story.body.items.len() {
            all.push(Box::new(move |less| drop(less.stories[place].body.items.remove(step))));
        }
    }
    for (file, (_, tree)) in world.files.iter().enumerate() {
        let count = tree.definitions.len();
        // Of many definitions whole stretches first.
        for size in [count / 2, count / 8].into_iter().filter(|size| *size > 4).chain([1]) {
            for start in (0..count).step_by(size) {
                let end = (start + size).min(count);
                all.push(Box::new(move |less| {
                    drop(less.files[file].1.definitions.drain(start..end))
                }));
            }
        }
    }
    for place in 0..world.customers.len() {
        all.push(Box::new(move |less| drop(less.customers.remove(place))));
    }
    for (file, (_, tree)) in world.files.iter().enumerate() {
        for (place, definition) in tree.definitions.iter().enumerate() {
            for line in 0..lines(&definition.body) {
                all.push(Box::new(move |less| {
                    let mut left = line;
                    remove(&mut less.files[file].1.definitions[place].body, &mut left);
                }));
            }
        }
    }
    for (place, customer) in world.customers.iter().enumerate() {
        for smaller in smaller_customers(customer) {
            all.push(Box::new(move |less| less.customers[place] = smaller.clone()));
        }
    }
    all
}

fn lines(body: &Body) -> usize {
    let inner = |item: &onward::syntax::ast::Item| match &item.shape {
        Shape::Block(block) => 1 + lines(&block.body),
        _ => 1,
    };
    body.items.iter().map(inner).sum()
}

fn remove(body: &mut Body, left: &mut usize) -> bool {
    for place in 0..body.items.len() {
        if *left == 0 {
            body.items.remove(place);
            return true;
        }
        *left -= 1;
        if let Shape::Block(block) = &mut body.items[place].shape
            && remove(&mut block.body, left)
        {
            return true;
        }
    }
    false
}

fn smaller_customers(customer: &Customer) -> Vec<Customer> {
    let json = serde_json::to_value(customer).unwrap();
    let mut all = Vec::new();
    for part in ["attributes", "consent"] {
        for key in json[part].as_object().into_iter().flat_map(serde_json::Map::keys) {
            let mut less = json.clone();
            if let Value::Object(map) = &mut less[part] {
                map.shift_remove(key);
            }
            all.push(less);
        }
    }
    for place in 0..json["shown"].as_array().map_or(0, Vec::len) {
        let mut less = json.clone();
        if let Value::Array(list) = &mut less["shown"] {
            list.remove(place);
        }
        all.push(less);
    }
    all.into_iter().map(|json| serde_json::from_value(json).unwrap()).collect()
}
