//! Answers of several treatments: each counts for those behind it.

use onward::check::rules::{Alike, Cap, Limits, Share};
use onward::{Answer, Customer, Request};

use super::limits::{cap, four, limits, mail, rolling, service};
use super::{HEAD, Shop, noon, rules};

#[test]
fn what_is_taken_counts_for_what_stands_behind_it() {
    let shop = four(3, |rules| rules.limits = vec![limits("week", vec![cap(2, rolling(7))])]);
    assert_eq!(shop.mail("c", noon()), "a:email b:email");
    shop.engine.put(&Customer::new("c").shown("z", "web", noon())).unwrap();
    assert_eq!(shop.mail("c", noon()), "a:email", "one contact is left");
    assert_eq!(shop.send("c", "1", noon()), "a");
    assert_eq!(shop.mail("c", noon()), "");
}

#[test]
fn what_is_refused_behind_others_makes_room_for_the_next() {
    // One of `a` and `b` together: behind `a` come `c` and `d`.
    let shop = four(3, |rules| {
        let own = limits("pair", vec![cap(1, rolling(7))]);
        rules.limits = vec![Limits { actions: Some([0, 1].into()), ..own }];
    });
    assert_eq!(shop.mail("c", noon()), "a:email c:email d:email");
    let shop = four(2, |rules| {
        let own = limits("pair", vec![cap(1, rolling(7))]);
        rules.limits = vec![Limits { actions: Some([0, 1, 2].into()), ..own }];
    });
    assert_eq!(shop.mail("c", noon()), "a:email d:email");
}

#[test]
fn a_channel_that_is_used_up_within_the_answer_leaves_the_next() {
    let shop = four(3, |rules| {
        let email = rules.channels.iter().position(|one| one.name == "email").unwrap();
        let own = Cap { channels: Some([email].into()), ..cap(2, rolling(7)) };
        rules.limits = vec![limits("mails", vec![own])];
    });
    assert_eq!(shop.mail("c", noon()), "a:email b:email c:sms");
}

#[test]
fn the_index_takes_what_a_look_at_every_candidate_takes() {
    // Forty actions in ten groups of four, at most one of a group and two of an even number.
    let actions: String = (0..40).map(|n| service(&format!("a{n:02}"), 99 - n)).collect();
    let text = format!("{HEAD}customer {{ x: optional number }}\n{actions}{}", mail(12));
    let mut rules = rules(&text);
    for group in 0..10 {
        let own = limits(&format!("g{group}"), vec![cap(1, rolling(7))]);
        let members = (group * 4..group * 4 + 4).collect();
        rules.limits.push(Limits { actions: Some(members), ..own });
    }
    let even = (0..40).filter(|n| n % 2 == 0).collect();
    let own = limits("x", vec![cap(2, rolling(7))]);
    rules.limits.push(Limits { actions: Some(even), ..own });
    let shop = Shop { engine: onward::Engine::new(&rules) };
    let request = Request::new("c", "mail").at(noon());
    let (mut fast, mut plain) = (Answer::default(), Answer::default());
    for _ in 0..2 {
        shop.engine.decide_into(&request, &mut fast).unwrap();
        shop.engine.decide_plainly(&request, &mut plain).unwrap();
        assert_eq!(fast.decision(), plain.decision());
    }
    let names: Vec<&str> = fast.actions().collect();
    assert_eq!(names, ["a00", "a04", "a09", "a13", "a17", "a21", "a25", "a29", "a33", "a37"]);
    assert_eq!(shop.ask(&request).treatments.len(), 10);
}

/// A fallback is checked like any: its limits may leave the answer empty, and it counts when it is sent.
#[test]
fn a_fallback_is_under_the_limits_of_its_purpose() {
    let brand = "action brand { owner: crm, purpose: marketing, stage: grow\n\
                 message web { en { banner: \"b\" }, fr { banner: \"b\" } } }\n";
    let home = super::HOME.replace("fallback: nothing", "fallback: brand");
    let text = format!(
        "{HEAD}customer {{ x: optional number }}\n{}{brand}{home}",
        super::offer("a", "who { x >= 5 }")
    );
    let mut rules = rules(&text);
    rules.limits = vec![limits("week", vec![cap(2, rolling(7))])];
    let shop = Shop { engine: onward::Engine::new(&rules) };
    assert_eq!(shop.home("c", noon()), "brand");
    for id in ["1", "2"] {
        let request = Request::new("c", "home").at(noon());
        let permit = shop.engine.reserve(&request, id, super::limits::DAY).unwrap();
        assert!(permit.decision().treatments[0].fallback);
        assert!(shop.engine.commit(&permit, noon()).is_go());
    }
    assert_eq!(shop.home("c", noon()), "");
    let request = Request::new("c", "home").at(noon());
    assert_eq!(shop.blocked(&request, "brand"), ["limits week"]);
}

/// What a limit refuses leaves its place in a share to the next of its kind.
#[test]
fn a_share_counts_what_is_taken_and_not_what_is_refused() {
    let shop = four(3, |rules| {
        for (action, stage) in rules.actions.iter_mut().zip(["x", "x", "y", "y"]) {
            action.stage = Some(stage.into());
        }
        let mail = rules.placements.iter_mut().find(|one| one.name == "mail").unwrap();
        let line = super::limits::line(60, "at most 1 per stage");
        mail.share = Some(Share { most: 1, by: Alike::Stage, line });
        let own = limits("pair", vec![cap(1, rolling(7))]);
        rules.limits = vec![Limits { actions: Some([0, 2].into()), ..own }];
    });
    assert_eq!(shop.mail("c", noon()), "a:email d:email");
    let request = Request::new("c", "mail").at(noon());
    let mut plain = Answer::default();
    shop.engine.decide_plainly(&request, &mut plain).unwrap();
    assert_eq!(plain.actions().collect::<Vec<_>>(), ["a", "d"]);
    assert_eq!(shop.refused("c", "c", noon()), ["limits pair line 40"]);
    assert_eq!(shop.refused("c", "b", noon()), [""; 0], "it passes, and stands behind its like");
}

/// Explain tells of the channel that was used up within the answer, and of the one that was taken.
#[test]
fn a_channel_used_up_within_the_answer_is_told() {
    let shop = four(3, |rules| {
        let email = rules.channels.iter().position(|one| one.name == "email").unwrap();
        let own = Cap { channels: Some([email].into()), ..cap(2, rolling(7)) };
        rules.limits = vec![limits("mails", vec![own])];
    });
    assert_eq!(shop.refused("c", "c", noon()), ["limits mails line 40"]);
    assert_eq!(shop.refused("c", "b", noon()), [""; 0]);
    assert_eq!(shop.refused("c", "d", noon()), [""; 0], "nobody looked behind a whole answer");
}
