//! LANGUAGE 2: `was` keeps the history of a channel and of a purpose, which is consent and preferences.

use onward::{Customer, Request};

use super::{Shop, at, noon, rules};

/// Consent is asked for `offer` on one renamed channel, for one renamed purpose.
fn shop(channel: &str, purpose: &str) -> String {
    let name = |heading: &str| heading.split(' ').next().unwrap_or_default().to_owned();
    let (c, p) = (name(channel), name(purpose));
    format!(
        r#"workspace shop {{ currency: EUR, timezone: "Europe/Paris", languages: [en] }}
purpose {purpose} {{ consent_needed: [{c}], consent_free: [web] }}
channel {channel} {{ }}
channel web {{ }}
ranking plain {{ score: propensity * value }}
action offer {{
  purpose: {p}, value: EUR 10, propensity: 50%
  message {c} {{ en {{ text: "x" }} }}
  message web {{ en {{ text: "x" }} }}
}}
placement mail {{ channel: {c}, show: 1, candidates: all, ranking: plain, fallback: nothing }}
placement either {{ channels: preferred of [web, {c}], show: 1, candidates: all, ranking: plain, fallback: nothing }}
"#
    )
}

fn engine(channel: &str, purpose: &str) -> Shop {
    Shop { engine: onward::Engine::new(&rules(&shop(channel, purpose))) }
}

fn swap(shop: &Shop, text: &str) {
    shop.engine.swap(shop.engine.compile(&rules(text))).expect("its own program");
}

fn mailed(shop: &Shop, customer: &str) -> bool {
    !shop.ask(&Request::new(customer, "mail").at(noon())).treatments.is_empty()
}

fn day(day: u32) -> onward::value::Timestamp {
    at(&format!("2026-03-{day:02}T00:00:00Z"))
}

fn news(on: u32) -> Customer {
    Customer::new("c").updated(day(on))
}

const NEW: (&str, &str) = ("mail was email", "promo was marketing");

#[test]
fn consent_given_before_a_renaming_swap_holds_after_it() {
    let shop_of = engine("email", "marketing")
        .with(Customer::new("granted").grant("email", "marketing"))
        .with(Customer::new("withdrawn").withdraw("email", "marketing"))
        .with(Customer::new("all").grant("email", "marketing"))
        .with(Customer::new("all").updated(day(1)).withdraw_all("email"));
    assert!(mailed(&shop_of, "granted") && !mailed(&shop_of, "all"));
    swap(&shop_of, &shop(NEW.0, NEW.1));
    assert!(mailed(&shop_of, "granted"));
    for customer in ["withdrawn", "all", "nobody"] {
        assert!(!mailed(&shop_of, customer), "{customer}");
    }
    // The data may go on under the old names, and speak under both.
    shop_of
        .engine
        .put(&Customer::new("withdrawn").updated(day(2)).grant("email", "promo"))
        .unwrap();
    assert!(mailed(&shop_of, "withdrawn"));
    // Without `was` nothing is known of the old names.
    swap(&shop_of, &shop("mail", "promo"));
    assert!(!mailed(&shop_of, "granted"));
}

#[test]
fn a_program_that_still_decides_by_the_old_names_is_left_alone() {
    let shop_of = engine("email", "marketing").with(news(1).grant("email", "marketing"));
    let next = shop_of.engine.compile(&rules(&shop(NEW.0, NEW.1)));
    shop_of.engine.put(&news(2).withdraw("mail", "promo")).unwrap();
    assert!(mailed(&shop_of, "c"), "nobody said yet that `mail` is `email`");
    shop_of.engine.swap(next).unwrap();
    assert!(!mailed(&shop_of, "c"));
}

#[test]
fn the_newest_word_under_any_name_wins() {
    for (old, new, holds) in [(1, 2, true), (2, 1, false)] {
        let shop = engine(NEW.0, NEW.1)
            .with(news(old).withdraw("email", "marketing"))
            .with(news(new).grant("mail", "promo"));
        assert_eq!(mailed(&shop, "c"), holds, "withdrawn {old}, granted {new}");
        let shop = engine(NEW.0, NEW.1)
            .with(news(old).withdraw("mail", "promo"))
            .with(news(new).grant("email", "marketing"));
        assert_eq!(mailed(&shop, "c"), holds, "withdrawn {old}, granted {new} under the old names");
    }
}

#[test]
fn of_words_of_one_time_under_two_names_the_more_restrictive_holds() {
    for order in [[0, 1], [1, 0]] {
        let both = [news(1).withdraw("mail", "marketing"), news(1).grant("mail", "promo")];
        let shop =
            order.into_iter().fold(engine(NEW.0, NEW.1), |shop, n| shop.with(both[n].clone()));
        assert!(!mailed(&shop, "c"), "{order:?}");
    }
}

#[test]
fn a_withdrawal_for_all_purposes_under_the_old_name_of_a_channel_withdraws() {
    for (grant, all, holds) in [(1, 2, false), (2, 2, false), (3, 2, true)] {
        for first in [true, false] {
            let (grant, all) =
                (news(grant).grant("mail", "promo"), news(all).withdraw_all("email"));
            let shop = engine(NEW.0, NEW.1);
            let shop = if first { shop.with(grant).with(all) } else { shop.with(all).with(grant) };
            assert_eq!(mailed(&shop, "c"), holds, "grant first: {first}");
        }
    }
    // What the same record says of one purpose stands beside it, by whatever name that purpose is called.
    let shop = engine(NEW.0, NEW.1)
        .with(news(1).grant("mail", "marketing"))
        .with(news(2).withdraw_all("mail").grant("mail", "promo"));
    assert!(mailed(&shop, "c"));
}

#[test]
fn a_preferred_channel_is_known_by_its_old_name() {
    let shop_of = engine("email", "marketing")
        .with(news(1).grant("email", "marketing").set("preferred_channel", "email"));
    let channel = |shop: &Shop| {
        let decision = shop.ask(&Request::new("c", "either").at(noon()));
        decision.treatments[0].channel.clone()
    };
    assert_eq!(channel(&shop_of), "email");
    swap(&shop_of, &shop(NEW.0, NEW.1));
    assert_eq!(channel(&shop_of), "mail");
    assert_eq!(shop_of.engine.stats().unfit, 0);
    shop_of.engine.put(&news(2).set("preferred_channel", "web")).unwrap();
    assert_eq!(channel(&shop_of), "web");
    shop_of.engine.put(&news(3).set("preferred_channel", "email")).unwrap();
    assert_eq!(channel(&shop_of), "mail");
    assert!(shop_of.engine.put(&news(4).set("preferred_channel", "e_mail")).is_err());
}
