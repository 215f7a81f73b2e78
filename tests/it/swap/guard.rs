//! The sanity guard, on both sides of its edge.

use onward::Engine;
use onward::engine::{Guard, Loss, Outline, SwapError};

use super::{action, rules, shop};

const MAIL: &str = "channel email { }\npurpose letters { consent_free: [email] }
placement inbox { channel: email, show: 1, candidates: [letter], ranking: best, fallback: nothing }
action letter {
  owner: crm, purpose: letters, stage: grow, value: EUR 1, propensity: 1%
  message email { en { subject: \"s\", body: \"b\" } }
}\n";

/// The first of `had` actions that stay, swapped in for all of them.
fn swap(had: usize, stay: usize, guard: &Guard) -> Result<u64, SwapError> {
    let engine = Engine::new(&rules(&shop(10, had)));
    engine.swap_guarded(engine.compile(&rules(&shop(10, stay))), guard)
}

fn loss(result: Result<u64, SwapError>) -> Loss {
    match result {
        Err(SwapError::Loses(loss)) => loss,
        other => panic!("the guard lets it pass: {other:?}"),
    }
}

#[test]
fn thirty_percent_may_go_and_not_one_action_more() {
    assert_eq!(swap(10, 7, &Guard::default()), Ok(2));
    assert_eq!(loss(swap(10, 6, &Guard::default())).actions, ["a6", "a7", "a8", "a9"]);
    assert_eq!(swap(100, 70, &Guard::default()), Ok(2));
    assert_eq!(loss(swap(100, 69, &Guard::default())).actions.len(), 31);
    // A third is more.
    assert_eq!(loss(swap(3, 2, &Guard::default())).of, 3);
    assert_eq!(swap(3, 2, &Guard::default().dropping_at_most(34)), Ok(2));
    assert!(swap(10, 9, &Guard::default().dropping_at_most(5)).is_err());
}

#[test]
fn what_is_lost_is_said_in_words() {
    let engine = Engine::new(&rules(&format!("{}{MAIL}", shop(10, 3))));
    let without = shop(10, 2);
    let next = rules(&without);
    let error = engine.swap_guarded(engine.compile(&next), &Guard::default()).unwrap_err();
    let expected = format!(
        "the new rules would drop 2 of 4 actions (`a2`, `letter`) and leave nothing to choose from at `inbox`; \
         if this is meant, force the set {}",
        next.fingerprint
    );
    assert_eq!(error.to_string(), expected);
    assert_eq!(engine.loss(&next).placements, ["inbox"]);
    let many = loss(swap(40, 10, &Guard::default())).to_string();
    assert!(many.contains("`a18`, `a19` and 20 more)"), "{many}");
}

#[test]
fn a_placement_may_not_be_left_with_nothing() {
    let had = format!("{}{MAIL}", shop(10, 9));
    let engine = Engine::new(&rules(&had));
    let refuse = |text: &str| {
        let program = engine.compile(&rules(text));
        loss(engine.swap_guarded(program, &Guard::default()))
    };
    // The placement is gone.
    let gone: String =
        had.lines().filter(|line| !line.contains("placement inbox")).collect::<Vec<_>>().join("\n");
    assert_eq!(refuse(&gone).placements, ["inbox"]);
    assert_eq!(refuse(&gone).actions, [""; 0]);
    // It has no candidate: the one that it had goes only in journeys now.
    let empty = had
        .replace("candidates: [letter]", "candidates: all")
        .replace("action letter {", "action letter {\n  use: only in journeys");
    assert_eq!(refuse(&empty).placements, ["inbox"]);
    assert_eq!(engine.generation(), 1);
    // A placement more, with nothing yet, loses nothing.
    let more = "placement later { channel: email, show: 1, candidates: all, ranking: best, fallback: nothing }\n";
    let engine = Engine::new(&rules(&shop(10, 9)));
    let more = format!("{}{}{more}", shop(10, 9), "channel email { }\n");
    assert_eq!(engine.swap_guarded(engine.compile(&rules(&more)), &Guard::default()), Ok(2));
    assert_eq!(engine.swap_guarded(engine.compile(&rules(&more)), &Guard::default()), Ok(3));
}

#[test]
fn a_new_name_is_no_loss() {
    let engine = Engine::new(&rules(&shop(10, 3)));
    let mut text = shop(10, 1);
    for n in 1..3 {
        let renamed =
            action(n, 10).replace(&format!("action a{n} "), &format!("action b{n} was a{n} "));
        text.push_str(&renamed);
    }
    assert_eq!(engine.swap_guarded(engine.compile(&rules(&text)), &Guard::default()), Ok(2));
}

#[test]
fn a_set_is_forced_by_its_fingerprint_and_no_other_passes_with_it() {
    let engine = Engine::new(&rules(&shop(10, 10)));
    let (meant, other) = (rules(&shop(10, 2)), rules(&shop(11, 2)));
    let refused = loss(engine.swap_guarded(engine.compile(&meant), &Guard::default()));
    let forced = Guard::default().force(refused.fingerprint);
    assert!(engine.swap_guarded(engine.compile(&other), &forced).is_err());
    assert_eq!(engine.swap_guarded(engine.compile(&meant), &forced), Ok(2));
    // A swap without a guard asks nobody.
    assert_eq!(engine.swap(engine.compile(&rules(&shop(10, 1)))), Ok(3));
}

#[test]
fn an_outline_is_what_the_guard_compares() {
    let outline = |n| Outline::of(&rules(&shop(10, n)));
    assert_eq!(outline(4).loss(&outline(4)).actions, [""; 0]);
    assert_eq!(outline(4).loss(&outline(3)).actions, ["a3"]);
    assert_eq!(outline(3).loss(&outline(4)).actions, [""; 0]);
    let kept = serde_json::to_string(&outline(4)).unwrap();
    assert_eq!(serde_json::from_str::<Outline>(&kept).unwrap(), outline(4));
}
