//! Order never matters, and the same question has the same answer.

use onward::syntax::ast::File;
use onward::{Engine, Request};
use serde_json::Value;

use super::tree::Dice;
use super::world::World;
use super::{SEED, compare, sound_world};

/// The same rules in another order: files, definitions, lines, and entries of lists without order.
fn shuffled(dice: &mut Dice, world: &World) -> Vec<(String, File)> {
    let mut files = world.files.clone();
    // Definitions of the root move between its two files.
    let (first, rest) = files.split_at_mut(1);
    let mut root: Vec<_> = first[0].1.definitions.drain(..).collect();
    root.append(&mut rest[0].1.definitions);
    dice.shuffle(&mut root);
    let cut = dice.below(root.len() + 1);
    rest[0].1.definitions = root.split_off(cut);
    first[0].1.definitions = root;
    let mut files: Vec<(String, File)> = files
        .into_iter()
        .map(|(name, file)| {
            let mut json = serde_json::to_value(&file).unwrap();
            shuffle_lists(dice, &mut json, true);
            (name, serde_json::from_value(json).unwrap())
        })
        .collect();
    dice.shuffle(&mut files);
    files
}

/// Lines of blocks and entries of lists; channels in `first of` and `preferred of` and `languages` keep theirs.
fn shuffle_lists(dice: &mut Dice, json: &mut Value, free: bool) {
    match json {
        Value::Array(all) => all.iter_mut().for_each(|it| shuffle_lists(dice, it, free)),
        Value::Object(map) => {
            let languages = map
                .get("key")
                .and_then(|key| key["word"]["text"].as_str())
                .is_some_and(|key| key == "languages");
            let scenario = map.get("kind").is_some_and(|kind| kind["text"] == "scenario");
            for (key, inner) in map.iter_mut() {
                let free = free && !languages && key != "choice" && !scenario;
                if let (true, "items" | "entries" | "definitions", Value::Array(list)) =
                    (free, key.as_str(), &mut *inner)
                {
                    dice.shuffle(list);
                }
                shuffle_lists(dice, inner, free);
            }
        }
        _ => {}
    }
}

fn filled(files: &[(String, File)], world: &World) -> Engine {
    let sources = compare::sources(files);
    let engine = compare::engine(&sources).unwrap_or_else(|trouble| panic!("{trouble}"));
    world.customers.iter().for_each(|customer| engine.put(customer).unwrap());
    engine
}

/// The decisions as JSON, asked on so many threads.
fn decisions(engine: &Engine, requests: &[Request], threads: usize) -> Vec<String> {
    let mut all = vec![String::new(); requests.len()];
    let size = requests.len().div_ceil(threads).max(1);
    std::thread::scope(|scope| {
        for (requests, answers) in requests.chunks(size).zip(all.chunks_mut(size)) {
            scope.spawn(move || {
                for (request, answer) in requests.iter().zip(answers) {
                    let decision = engine.decide(request).unwrap();
                    *answer = serde_json::to_string(&decision).unwrap();
                }
            });
        }
    });
    all
}

#[test]
fn order_never_matters() {
    let (mut shuffles, mut number) = (0, 0);
    while shuffles < 50 {
        let world = sound_world(SEED + 9, &mut number);
        let engine = filled(&world.files, &world);
        let wanted = decisions(&engine, &world.requests, 1);
        for shuffle in 0..5 {
            let mut dice = Dice::new(number * 100 + shuffle);
            let files = shuffled(&mut dice, &world);
            let other = filled(&files, &world);
            let shown = || {
                let other = World { files: files.clone(), ..world.clone() };
                format!(
                    "{}\n=== in another order\n{}",
                    compare::show(&world),
                    compare::show(&other)
                )
            };
            assert_eq!(other.fingerprint(), engine.fingerprint(), "{}", shown());
            let threads = dice.between(1, 4);
            assert_eq!(decisions(&other, &world.requests, threads), wanted, "{}", shown());
            shuffles += 1;
        }
    }
    println!("{shuffles} shuffles");
}

#[test]
fn another_rule_is_another_fingerprint() {
    let world = sound_world(SEED + 9, &mut 0);
    let engine = filled(&world.files, &world);
    let text = |world: &World| -> Vec<(String, String)> {
        let sources = compare::sources(&world.files);
        sources.iter().map(|it| (it.name().to_owned(), it.text().to_owned())).collect()
    };
    let mut changed = text(&world);
    changed[0].1.push_str("\nsegment one_more { language is known }\n");
    let sources: Vec<_> =
        changed.into_iter().map(|(name, text)| onward::Source::new(name, text)).collect();
    let other = compare::engine(&sources).unwrap_or_else(|trouble| panic!("{trouble}"));
    assert_ne!(other.fingerprint(), engine.fingerprint());
}

#[test]
fn a_replayed_request_gives_the_same_decision() {
    let (mut replayed, mut number) = (0, 0);
    while replayed < 10_000 {
        let world = sound_world(SEED + 10, &mut number);
        let first = filled(&world.files, &world);
        let wanted = decisions(&first, &world.requests, 1);
        // From their serialised forms, in an engine that never saw anything else.
        let again = World {
            paused: world.paused.clone(),
            stories: Vec::new(),
            files: world.files.clone(),
            customers: through_json(&world.customers),
            requests: through_json(&world.requests),
        };
        let fresh = filled(&again.files, &again);
        assert_eq!(decisions(&fresh, &again.requests, 2), wanted, "{}", compare::show(&world));
        replayed += world.requests.len();
    }
    println!("{replayed} requests replayed");
}

fn through_json<T: serde::Serialize + serde::de::DeserializeOwned>(list: &[T]) -> Vec<T> {
    let lines = list.iter().map(|it| serde_json::to_string(it).unwrap());
    lines.map(|line| serde_json::from_str(&line).unwrap()).collect()
}
