//! SEMANTICS G and E: consent, send-hours, dates; what is not surely allowed is not done.

use onward::{Customer, Request};

use super::{HEAD, Shop, at, noon};

/// An action `a` on SMS for marketing, `b` on SMS for service, and a placement for each.
fn messages(dates: &str) -> Shop {
    let action = |name: &str, purpose: &str, line: &str| {
        let approved =
            if purpose == "service" { ", approved_by: \"legal, 2026-08-14\"" } else { "" };
        format!(
            "action {name} {{ owner: crm, purpose: {purpose}, stage: grow, value: EUR 1, propensity: 5%{approved}\n{line}\n\
             message sms {{ en {{ text: \"{name}\" }}, fr {{ text: \"{name}\" }} }} }}\n"
        )
    };
    Shop::new(&format!(
        "customer {{ x: optional number }}\n{}{}\
         placement a_sms {{ channel: sms, show: 1, candidates: [a], ranking: plain, fallback: nothing }}\n\
         placement b_sms {{ channel: sms, show: 1, candidates: [b], ranking: plain, fallback: nothing }}\n",
        action("a", "marketing", dates),
        action("b", "service", ""),
    ))
}

fn in_paris(id: &str) -> Customer {
    Customer::new(id).set("timezone", "Europe/Paris").grant("sms", "marketing")
}

fn goes(shop: &Shop, id: &str, placement: &str, moment: &str) -> bool {
    !shop.ask(&Request::new(id, placement).at(at(moment))).treatments.is_empty()
}

#[test]
fn consent_is_per_channel_and_purpose_and_unknown_is_no() {
    let shop = messages("")
        .with(in_paris("granted"))
        .with(Customer::new("unknown").set("timezone", "Europe/Paris"))
        .with(
            Customer::new("elsewhere").set("timezone", "Europe/Paris").grant("email", "marketing"),
        )
        .with(in_paris("withdrawn"))
        .with(
            Customer::new("withdrawn")
                .updated(at("2026-01-01T00:00:00Z"))
                .withdraw("sms", "marketing"),
        );
    let noon = "2026-09-08T10:00:00Z";
    assert!(goes(&shop, "granted", "a_sms", noon));
    for id in ["unknown", "elsewhere", "withdrawn", "nobody"] {
        assert!(!goes(&shop, id, "a_sms", noon), "{id}");
        let question = Request::new(id, "a_sms").at(at(noon));
        assert!(shop.blocked(&question, "a").contains(&"consent sms".to_owned()), "{id}");
        // Service messages need none here.
        assert!(goes(&shop, id, "b_sms", noon), "{id}");
    }
}

#[test]
fn older_news_of_consent_does_not_undo_newer() {
    let early = at("2026-01-01T00:00:00Z");
    let late = at("2026-02-01T00:00:00Z");
    let shop = messages("")
        .with(in_paris("c").updated(early))
        .with(Customer::new("c").updated(late).withdraw("sms", "marketing"))
        .with(Customer::new("c").updated(early).grant("sms", "marketing"));
    assert!(!goes(&shop, "c", "a_sms", "2026-09-08T10:00:00Z"));
}

#[test]
fn send_hours_open_with_their_first_minute_and_close_before_their_last() {
    let shop = messages("").with(in_paris("c"));
    // A Tuesday: 09:00 to 20:00, two hours ahead of UTC.
    assert!(!goes(&shop, "c", "a_sms", "2026-09-08T06:59:59Z"));
    assert!(goes(&shop, "c", "a_sms", "2026-09-08T07:00:00Z"));
    assert!(goes(&shop, "c", "a_sms", "2026-09-08T17:59:59Z"));
    assert!(!goes(&shop, "c", "a_sms", "2026-09-08T18:00:00Z"));
    // A Saturday, 10:00 to 18:00; never on Sunday.
    assert!(!goes(&shop, "c", "a_sms", "2026-09-12T07:59:59Z"));
    assert!(goes(&shop, "c", "a_sms", "2026-09-12T08:00:00Z"));
    assert!(!goes(&shop, "c", "a_sms", "2026-09-13T10:00:00Z"));
    let question = Request::new("c", "a_sms").at(at("2026-09-13T10:00:00Z"));
    assert_eq!(shop.blocked(&question, "a"), ["send_hours daytime"]);
}

#[test]
fn send_hours_follow_the_clock_when_it_changes() {
    let shop = messages("").with(in_paris("c"));
    // Friday 27 and Monday 30 March 2026: 09:00 is 08:00Z before the change and 07:00Z after it.
    assert!(!goes(&shop, "c", "a_sms", "2026-03-27T07:30:00Z"));
    assert!(goes(&shop, "c", "a_sms", "2026-03-30T07:30:00Z"));
    // And back in autumn.
    assert!(goes(&shop, "c", "a_sms", "2026-10-23T07:30:00Z"));
    assert!(!goes(&shop, "c", "a_sms", "2026-10-26T07:30:00Z"));
}

#[test]
fn an_unknown_clock_keeps_send_hours_closed() {
    let shop = messages("").with(Customer::new("c").grant("sms", "marketing"));
    assert!(!goes(&shop, "c", "a_sms", "2026-09-08T10:00:00Z"));
    let question = Request::new("c", "a_sms").at(noon());
    assert_eq!(shop.blocked(&question, "a"), ["send_hours daytime"]);
    // The purpose `service` ignores hours.
    assert!(goes(&shop, "c", "b_sms", "2026-09-13T10:00:00Z"));
}

#[test]
fn dates_include_both_days_of_the_customers_clock() {
    let shop = messages("dates: 2026-09-08 to 2026-09-09")
        .with(in_paris("paris"))
        .with(in_paris("bangkok").updated(noon()).set("timezone", "Asia/Bangkok"));
    assert!(!goes(&shop, "paris", "a_sms", "2026-09-07T10:00:00Z"));
    assert!(goes(&shop, "paris", "a_sms", "2026-09-08T10:00:00Z"));
    assert!(goes(&shop, "paris", "a_sms", "2026-09-09T10:00:00Z"));
    assert!(!goes(&shop, "paris", "a_sms", "2026-09-10T10:00:00Z"));
    // 02:00Z on the 10th is 09:00 on the 10th in Bangkok, and still night in Paris.
    assert!(goes(&shop, "bangkok", "a_sms", "2026-09-09T02:00:00Z"));
    assert!(!goes(&shop, "bangkok", "a_sms", "2026-09-10T02:00:00Z"));
}

#[test]
fn every_reason_is_told_at_once() {
    let shop = messages(
        "dates: 2026-09-08 to 2026-09-09\nwho { x >= 5 }\nnever { x <= 4 (if_unknown: no) }",
    )
    .with(Customer::new("c").set("x", 3_i64).set("language", "de"));
    let question = Request::new("c", "a_sms").at(at("2026-09-13T10:00:00Z")).exclude("a");
    shop.engine.pause("a");
    assert_eq!(
        shop.blocked(&question, "a"),
        [
            "dates",
            "who",
            "never",
            "consent sms",
            "send_hours daytime",
            "content de",
            "excluded",
            "paused"
        ]
    );
    let decision = shop.ask(&question);
    let refused: Vec<_> = decision.summary.refused.iter().map(|(s, n)| (s.word(), *n)).collect();
    assert_eq!(refused, [("dates", 1)]);
}

#[test]
fn more_consents_than_one_word_has_bits_are_kept_apart() {
    // 70 purposes on one channel: the seventieth lies beyond the hot word.
    let mut text = String::from("customer { x: optional number }\n");
    for n in 0..70 {
        text += &format!("purpose p{n:02} {{ consent_needed: [email] }}\n");
        text += &format!(
            "action a{n:02} {{ owner: crm, purpose: p{n:02}, stage: grow, value: EUR 1, propensity: 5%\n\
             message email {{ en {{ subject: \"s\", body: \"b\" }}, fr {{ subject: \"s\", body: \"b\" }} }} }}\n"
        );
    }
    text += "placement mail { channel: email, show: 32, candidates: all, ranking: plain, fallback: nothing }\n";
    let rules = super::rules(&format!("{HEAD}{text}"));
    let shop = Shop { engine: onward::Engine::new(&rules) }
        .with(Customer::new("c").grant("email", "p03").grant("email", "p69"));
    let decision = shop.ask(&Request::new("c", "mail").at(noon()));
    assert_eq!(decision.actions().collect::<Vec<_>>(), ["a03", "a69"]);
}
