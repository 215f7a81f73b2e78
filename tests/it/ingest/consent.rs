//! Consent at the door: a withdrawal is not lost, whatever else is wrong with its row.

use onward::ingest::{Format, Report, Row, read_rows};
use onward::value::Timestamp;
use onward::{Context, Customer, Engine, Request, Source, check};

use super::{mapping, problems};

const RULES: &str = r#"
workspace shop { currency: EUR, timezone: "Europe/Paris", languages: [en] }
purpose marketing { consent_needed: [email, sms], consent_free: [web] }
purpose survey { consent_needed: [email] }
channel web { }
channel email { }
channel sms { }
customer { age: optional number 0 to 120, plan: required one of [basic, gold] }
ranking best { score: value }
action offer { purpose: marketing, value: EUR 2, propensity: 50%, message email { en { subject: "Offer" } }
  message sms { en { text: "Offer" } } }
action ask { purpose: survey, value: EUR 1, propensity: 50%, message email { en { subject: "Well?" } } }
placement mail { channel: email, show: 5, candidates: all, ranking: best, fallback: nothing }
placement text { channel: sms, show: 5, candidates: all, ranking: best, fallback: nothing }
"#;

/// What is read as it was said: `at` is the day of 2026-03.
fn engine() -> Engine {
    let checked = check(&[Source::new("shop.journey", RULES)], &Context::default());
    assert!(!checked.diagnostics.has_errors(), "{:#?}", checked.diagnostics);
    let engine = Engine::new(&checked.rules.expect("good rules"));
    let lea = Customer::new("lea").updated(day(10)).set("plan", "basic");
    engine
        .put(&lea.grant("email", "marketing").grant("email", "survey").grant("sms", "marketing"))
        .expect("fits");
    assert_eq!(shown(&engine), "mail: offer ask; text: offer");
    engine
}

fn day(day: u32) -> Timestamp {
    Timestamp::parse(&format!("2026-03-{day:02}T00:00:00Z")).expect("an instant")
}

fn shown(engine: &Engine) -> String {
    let at = |placement: &str| {
        let request = Request::new("lea", placement).at(day(28));
        let decision = engine.decide(&request).expect("decided");
        format!("{placement}: {}", decision.actions().collect::<Vec<_>>().join(" "))
    };
    format!("{}; {}", at("mail"), at("text"))
}

fn put(engine: &Engine, format: &Format, text: &str) -> Report {
    read_rows(text.as_bytes(), format, &mut |Row { customer, only_withdrawals, .. }| {
        let alone = customer.only_withdrawals().as_ref() == Some(&customer);
        assert!(alone || !only_withdrawals, "{customer:?}");
        if format.is_whole() { engine.put_whole(&customer) } else { engine.put(&customer) }
    })
}

/// What is shown after one call with these fields.
fn after(rest: &str) -> (String, Report) {
    let engine = engine();
    let report = put(
        &engine,
        &Format::Identify,
        &format!("{{\"type\":\"identify\",\"userId\":\"lea\",{rest}}}"),
    );
    (shown(&engine), report)
}

const LATER: &str = r#""timestamp":"2026-03-20T00:00:00Z""#;

#[test]
fn a_withdrawal_without_a_purpose_withdraws_them_all_on_that_channel() {
    let (shown, report) =
        after(&format!(r#"{LATER},"traits":{{"consent":{{"email":"withdrawn"}}}}"#));
    assert_eq!((shown.as_str(), report.is_clean()), ("mail: ; text: offer", true));
    let (shown, _) =
        after(r#""timestamp":"2026-03-05T00:00:00Z","traits":{"consent":{"email":"withdrawn"}}"#);
    assert_eq!(shown, "mail: offer ask; text: offer", "older than the grants");
}

#[test]
fn the_order_of_arrival_is_nothing_to_a_withdrawal_of_all() {
    let engine = engine();
    engine.put(&Customer::new("lea").updated(day(20)).withdraw_all("email")).expect("fits");
    // Older grants that come late, under a name the withdrawal never heard of too.
    engine.forget("lea");
    engine.put(&Customer::new("lea").updated(day(20)).withdraw_all("email")).expect("fits");
    let late = Customer::new("lea").updated(day(15)).set("plan", "basic");
    engine.put(&late.grant("email", "survey").grant("sms", "marketing")).expect("fits");
    assert_eq!(shown(&engine), "mail: ; text: offer");
    let newer = Customer::new("lea").updated(day(21)).grant("email", "marketing");
    engine.put(&newer).expect("fits");
    assert_eq!(shown(&engine), "mail: offer; text: offer");
    // What the same record says of one purpose stands beside it.
    let both = Customer::new("lea").updated(day(22)).withdraw_all("email").grant("email", "survey");
    engine.put(&both).expect("fits");
    assert_eq!(shown(&engine), "mail: ask; text: offer");
}

#[test]
fn explain_says_that_it_was_withdrawn() {
    let engine = engine();
    engine.forget("lea");
    let lea = Customer::new("lea").updated(day(20)).set("plan", "basic").withdraw_all("sms");
    engine.put(&lea).expect("fits");
    let found = engine.explain(&Request::new("lea", "text").at(day(28))).expect("explained");
    let told = format!("{found:?}");
    assert!(told.contains("withdrawn"), "{told}");
}

#[test]
fn a_withdrawal_is_taken_from_a_row_that_is_refused() {
    let withdrawn = r#""consent":{"email":{"marketing":"withdrawn","survey":"granted"}}"#;
    let refused = [
        // The rules refuse a value.
        format!(r#"{LATER},"traits":{{"age":"old",{withdrawn}}}"#),
        // The row itself is not understood, before or behind the consent.
        format!(r#"{LATER},"traits":{{"a":["x",null],{withdrawn}}}"#),
        format!(r#"{LATER},"traits":{{{withdrawn},"z":["x",null]}}"#),
        format!(
            r#"{LATER},"traits":{{"consent":{{"email":{{"marketing":"withdrawn","x":"?"}}}}}}"#
        ),
        format!(
            r#"{LATER},"traits":{{"consent":{{"aaa":1,"email":{{"marketing":"withdrawn"}}}}}}"#
        ),
        // Nobody knows when: believed as news of now.
        format!(r#""traits":{{{withdrawn}}}"#),
        format!(r#""timestamp":"soon","traits":{{{withdrawn}}}"#),
    ];
    for rest in refused {
        let (shown, report) = after(&rest);
        assert_eq!(shown, "mail: ask; text: offer", "{rest}");
        assert_eq!((report.kept, report.refused, report.withdrawals_taken), (0, 1, 1), "{rest}");
        let told = problems(&report).join("\n");
        assert!(told.ends_with(" (its withdrawal of consent is taken)"), "{told}");
    }
    let (shown, report) = after(r#""traits":{"consent":{"email":"withdrawn"}}"#);
    assert_eq!((shown.as_str(), report.withdrawals_taken), ("mail: ; text: offer", 1));
}

#[test]
fn nothing_but_the_withdrawal_is_taken_from_a_refused_row() {
    let grants = r#""consent":{"email":{"marketing":"granted"}},"plan":"gold","age":"old""#;
    let (shown, report) = after(&format!(r#"{LATER},"traits":{{{grants}}}"#));
    assert_eq!(shown, "mail: offer ask; text: offer");
    assert_eq!((report.refused, report.withdrawals_taken), (1, 0));
    assert!(!problems(&report).join("").contains("withdrawal"), "{report:?}");
}

#[test]
fn an_undated_withdrawal_gives_way_to_a_later_grant() {
    let engine = engine();
    let line = r#"{"type":"identify","userId":"lea","traits":{"consent":{"email":"withdrawn"}}}"#;
    put(&engine, &Format::Identify, line);
    assert_eq!(shown(&engine), "mail: ; text: offer");
    let again = Customer::new("lea").updated(day(11)).grant("email", "survey");
    engine.put(&again).expect("fits");
    assert_eq!(shown(&engine), "mail: ask; text: offer");
}

#[test]
fn a_mapped_row_that_is_refused_withdraws_too() {
    let format = |more: &str| {
        mapping(&format!(
            "format = \"csv\"\nid = \"id\"\n{more}[attributes.plan]\n[attributes.age]\ndecimal = \",\"\n\
             [consent]\nemail = {{ marketing = {{ from = \"ok\", granted = [\"Y\"] }} }}\n"
        ))
    };
    let rows = [
        // A required attribute is missing, a value does not fit, a number is none, a time is none.
        ("id,plan,age,ok,when\nlea,,31,N,2026-03-20T00:00:00Z\n", "plan"),
        ("id,plan,age,ok,when\nlea,tin,31,N,2026-03-20T00:00:00Z\n", "plan"),
        ("id,plan,age,ok,when\nlea,gold,3.1,N,2026-03-20T00:00:00Z\n", "age"),
        ("id,plan,age,ok,when\nlea,gold,31,N,soon\n", "when"),
    ];
    for (text, field) in rows {
        let engine = engine();
        let report = put(&engine, &format("updated = \"when\"\n"), text);
        assert_eq!(report.problems[0].field.as_deref(), Some(field), "{text}");
        assert_eq!((report.refused, report.withdrawals_taken), (1, 1), "{text}");
        assert_eq!(shown(&engine), "mail: ask; text: offer", "{text}");
    }
}
