//! SEMANTICS E: treatments, languages, channels, fallbacks, and messages filled for the customer.

use onward::engine::RenderError;
use onward::{Answer, Customer, Request};

use super::{HOME, Shop, noon, offer};

fn language_of(shop: &Shop, id: &str) -> Option<String> {
    let decision = shop.ask(&Request::new(id, "home").at(noon()));
    decision.treatments.first().map(|treatment| treatment.language.clone())
}

#[test]
fn the_exact_language_then_its_base_else_blocked() {
    let shop = Shop::new(&format!("customer {{ x: optional number }}\n{}{HOME}", offer("a", "")));
    let tags = [
        ("fr", Some("fr")),
        ("FR", Some("fr")),
        ("fr-BE", Some("fr")),
        ("FR-ca-x", Some("fr")),
        ("en", Some("en")),
        ("frc", None),
        ("de", None),
        ("de-AT", None),
    ];
    for (tag, wanted) in tags {
        shop.engine.put(&Customer::new("c").set("language", tag)).unwrap();
        assert_eq!(language_of(&shop, "c").as_deref(), wanted, "{tag}");
    }
    let question = Request::new("c", "home").at(noon());
    assert_eq!(shop.blocked(&question, "a"), ["content de-AT"]);
}

#[test]
fn an_unknown_language_is_the_workspaces_first_and_said_so() {
    let shop = Shop::new(&format!("customer {{ x: optional number }}\n{}{HOME}", offer("a", "")));
    assert_eq!(language_of(&shop, "nobody").as_deref(), Some("en"));
    let notes = shop.engine.explain(&Request::anonymous("home").at(noon())).unwrap().notes;
    assert!(notes.iter().any(|note| note.contains("first, en,")), "{notes:?}");
}

/// An action on three channels, all free of consent.
fn on_channels(channels: &str) -> Shop {
    let text = format!(
        "customer {{ x: optional number }}
channel push {{ }}
purpose news {{ consent_free: [web, email, push] }}
action a {{ owner: crm, purpose: news, stage: grow, value: EUR 1, propensity: 5%
  message web {{ en {{ banner: \"a\" }}, fr {{ banner: \"a\" }} }}
  message email {{ en {{ subject: \"a\", body: \"a\" }}, fr {{ subject: \"a\", body: \"a\" }} }}
  message push {{ en {{ text: \"a\" }}, fr {{ text: \"a\" }} }} }}
placement p {{ {channels}, show: 3, candidates: all, ranking: plain, fallback: nothing }}\n"
    );
    Shop::new(&text)
        .with(Customer::new("mail").set("preferred_channel", "email"))
        .with(Customer::new("texts").set("preferred_channel", "sms"))
}

fn channel_of(shop: &Shop, id: &str) -> Vec<String> {
    let decision = shop.ask(&Request::new(id, "p").at(noon()));
    decision.treatments.iter().map(|treatment| treatment.channel.clone()).collect()
}

#[test]
fn the_preferred_channel_goes_first_where_it_is_listed() {
    let shop = on_channels("channels: preferred of [push, email, web]");
    assert_eq!(channel_of(&shop, "mail"), ["email"]);
    assert_eq!(channel_of(&shop, "texts"), ["push"]);
    assert_eq!(channel_of(&shop, "nobody"), ["push"]);
}

#[test]
fn first_of_keeps_to_its_order_whatever_is_preferred() {
    let shop = on_channels("channels: first of [web, email]");
    assert_eq!(channel_of(&shop, "mail"), ["web"]);
    assert_eq!(channel_of(&shop, "nobody"), ["web"]);
}

#[test]
fn a_fallback_comes_only_where_nothing_else_does() {
    let text = format!(
        "customer {{ x: optional number }}\n{}
action brand {{ owner: crm, purpose: marketing, stage: grow
  message web {{ en {{ banner: \"b\" }}, fr {{ banner: \"b\" }} }} }}
placement home {{ channel: web, show: 3, candidates: all, ranking: plain, fallback: brand }}\n",
        offer("a", "who { x >= 5 }")
    );
    let shop = Shop::new(&text)
        .with(Customer::new("rich").set("x", 5_i64))
        .with(Customer::new("poor").set("x", 4_i64))
        .with(Customer::new("german").set("language", "de"));
    assert_eq!(shop.home("rich", noon()), "a");
    assert_eq!(shop.home("poor", noon()), "brand");
    assert_eq!(shop.home("german", noon()), "");
    let decision = shop.ask(&Request::new("poor", "home").at(noon()));
    assert_eq!(decision.treatments[0].score, None);
    assert!(decision.treatments[0].fallback);
    // A request may exclude the fallback too.
    let excluded = shop.ask(&Request::new("poor", "home").at(noon()).exclude("brand"));
    assert!(excluded.treatments.is_empty());
    shop.engine.pause("brand");
    assert_eq!(shop.home("poor", noon()), "");
    assert!(shop.engine.resume("brand"));
    assert!(!shop.engine.resume("brand"));
    assert_eq!(shop.home("poor", noon()), "brand");
}

#[test]
fn an_excluded_or_paused_action_leaves_its_place_to_the_next() {
    let actions = offer("a", "weight: 2") + &offer("b", "");
    let shop = Shop::new(&format!("customer {{ x: optional number }}\n{actions}{HOME}"));
    assert_eq!(shop.home("c", noon()), "a b");
    let without = shop.ask(&Request::new("c", "home").at(noon()).exclude("a"));
    assert_eq!(without.actions().collect::<Vec<_>>(), ["b"]);
    shop.engine.pause("a");
    assert_eq!(shop.home("c", noon()), "b");
}

#[test]
fn a_message_is_filled_as_authors_write_values() {
    let action = r#"action a { owner: crm, purpose: marketing, stage: grow, value: EUR 1, propensity: 5%
  message web { en { banner: "{n} {p} {m} {d} {y} {s} {who else you}" }, fr { banner: "x" } } }
"#;
    let shop = Shop::new(&format!(
        "customer {{ n: required number, p: required percent, m: required money, d: required date
  y: required yes_no, s: required some of [films, music], who: optional text personal_data }}
{action}{HOME}"
    ))
    .with(
        Customer::new("c")
            .set("n", 0.1)
            .set("p", "60%")
            .set("m", "EUR 12.5")
            .set("d", "2026-10-01")
            .set("y", true)
            .set("s", &["music", "films"][..]),
    );
    let mut answer = Answer::default();
    let mut text = String::from("> ");
    let question = Request::new("c", "home").at(noon());
    shop.engine.decide_into(&question, &mut answer).unwrap();
    shop.engine.render(&answer, 0, "banner", &mut text).unwrap();
    assert_eq!(text, "> 0.1 60% EUR 12.50 2026-10-01 yes films, music you");

    assert_eq!(shop.engine.fields(&answer, 0), ["banner"]);
    assert_eq!(shop.engine.fields(&answer, 1), [""; 0]);
    let missing = shop.engine.render(&answer, 1, "banner", &mut text);
    assert_eq!(missing, Err(RenderError::NoTreatment { n: 1 }));
    let missing = shop.engine.render(&answer, 0, "subject", &mut text);
    assert_eq!(missing, Err(RenderError::NoField { field: "subject".to_owned() }));
}
