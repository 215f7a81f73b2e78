//! Segment's `identify` calls.

use onward::Customer;
use onward::ingest::Format;
use onward::value::{Timestamp, Value};

use super::{problems, read};

/// A call with this in it, received on the first of March.
fn call(rest: &str) -> Result<Customer, String> {
    bare(&format!("\"receivedAt\":\"2026-03-01T00:00:00Z\",{rest}"))
}

fn bare(rest: &str) -> Result<Customer, String> {
    let line = format!("{{\"type\":\"identify\",{rest}}}");
    let (customers, report) = read(line.as_bytes(), &Format::Identify);
    customers.into_iter().next().ok_or_else(|| problems(&report).join("\n"))
}

#[test]
fn user_id_is_preferred_and_anonymous_id_is_enough() {
    let id = |rest: &str| call(rest).map(|customer| customer.id().to_owned());
    assert_eq!(id("\"userId\":\"u\",\"anonymousId\":\"a\""), Ok("u".into()));
    assert_eq!(id("\"userId\":null,\"anonymousId\":\"a\""), Ok("a".into()));
    assert_eq!(id("\"userId\":17"), Ok("17".into()));
    assert_eq!(
        id("\"traits\":{}"),
        Err("line 1, `userId`: missing, and so is `anonymousId`".into())
    );
    assert!(id("\"userId\":\"\"").is_err());
    assert!(id("\"userId\":true").is_err());
}

#[test]
fn traits_keep_their_kind_and_null_clears() {
    let traits = r#""userId":"u","traits":{"age":41,"ltv":1234.50,"vip":true,"name":"Chiara D’Angelo","gone":null,"tags":["a",1]}"#;
    let customer = call(traits).expect("good");
    let got = |name: &str| customer.attributes()[name].clone();
    assert_eq!(got("age"), Value::Number("41".into()));
    assert_eq!(got("ltv"), Value::Number("1234.50".into()));
    assert_eq!(got("vip"), Value::YesNo(true));
    assert_eq!(got("name"), Value::Text("Chiara D’Angelo".into()));
    assert_eq!(got("gone"), Value::Null);
    assert_eq!(got("tags"), Value::List(vec!["a".into(), "1".into()]));
}

#[test]
fn objects_are_left_out_and_lists_with_null_are_refused() {
    let customer =
        call(r#""userId":"u","traits":{"address":{"city":"Roma"},"orders":[{"n":1}],"age":41}"#);
    let names: Vec<String> = customer.expect("good").attributes().keys().cloned().collect();
    assert_eq!(names, ["age"]);
    let wrong = call(r#""userId":"u","traits":{"tags":["a",null]}"#);
    assert_eq!(wrong, Err("line 1, `tags`: a list may hold texts and numbers only".into()));
}

#[test]
fn the_time_is_the_timestamp_and_a_wrong_one_refuses_the_row() {
    let time =
        |rest: &str| call(&format!("\"userId\":\"u\",{rest}")).map(|customer| customer.time());
    let want = Timestamp::parse("2026-11-22T12:26:28.069Z").expect("an instant");
    assert_eq!(time("\"timestamp\":\"2026-11-22T12:26:28.069+00:00\""), Ok(want));
    assert_eq!(time("\"sentAt\":\"2026-11-22T12:26:28.069Z\""), Ok(want));
    let received = Timestamp::parse("2026-03-01T00:00:00Z").expect("an instant");
    assert_eq!(time("\"traits\":{}"), Ok(received));
    assert_eq!(
        time("\"timestamp\":\"2026-11-22\""),
        Err("line 1, `timestamp`: `2026-11-22` is not an instant such as 2026-10-01T09:30:00Z"
            .into())
    );
}

#[test]
fn consent_is_granted_or_withdrawn_by_these_words_only() {
    let consent = |word: &str| {
        let customer = call(&format!(
            "\"userId\":\"u\",\"traits\":{{\"consent\":{{\"sms\":{{\"marketing\":{word}}}}}}}"
        ))?;
        Ok::<_, String>(customer.consents()["sms"]["marketing"])
    };
    assert_eq!(consent("\"granted\""), Ok(true));
    assert_eq!(consent("\"withdrawn\""), Ok(false));
    for word in ["\"Granted\"", "\"yes\"", "true", "1", "null", "\"denied\""] {
        let want = "line 1, `traits.consent.sms.marketing`: must be \"granted\" or \"withdrawn\"";
        assert_eq!(consent(word), Err(want.into()), "{word}");
    }
    // A grant names its purpose; a withdrawal need not.
    let flat = call(r#""userId":"u","traits":{"consent":{"sms":"granted"}}"#);
    assert!(flat.expect_err("flat consent").contains("`traits.consent.sms`: must be an object"));
}

#[test]
fn other_calls_are_passed_over_and_unknown_ones_refused() {
    let lines = "{\"type\":\"track\",\"event\":\"x\"}\n{\"type\":\"page\"}\n{\"type\":\"identfy\",\"userId\":\"u\"}\n{\"userId\":\"u\"}\n";
    let (customers, report) = read(lines.as_bytes(), &Format::Identify);
    assert!(customers.is_empty());
    assert_eq!((report.rows, report.passed_over, report.refused), (4, 2, 2));
    assert_eq!(
        problems(&report),
        [
            "line 3, `type`: `identfy` is no type of call",
            "line 4, `type`: missing: this is no `identify` call; other shapes need a mapping (--map)",
        ]
    );
}

#[test]
fn recorded_calls_of_real_senders_are_read() {
    let name = "wire/segment_analytics_python_2.4.0.jsonl";
    let Some(bytes) = crate::workspaces::data::data(name) else { return };
    let recorded: serde_json::Value =
        serde_json::from_slice(bytes.split(|byte| *byte == b'\n').next().expect("a line"))
            .expect("JSON");
    let body: serde_json::Value =
        serde_json::from_str(recorded["body"].as_str().expect("a text")).expect("JSON");
    let lines: String =
        body["batch"].as_array().expect("a list").iter().map(|call| format!("{call}\n")).collect();
    let (customers, report) = read(lines.as_bytes(), &Format::Identify);
    assert_eq!(problems(&report), Vec::<String>::new());
    assert_eq!((report.kept, report.passed_over), (1, 8));
    let traits = customers[0].attributes();
    assert_eq!(traits["ltv"], Value::Number("1234.5".into()));
    assert_eq!(traits["name"], Value::Text("Chiara D\u{2019}Angelo".into()));
}

#[test]
fn a_call_without_a_time_is_refused_and_says_what_to_add() {
    let refused = bare("\"userId\":\"u\",\"traits\":{\"age\":41}");
    assert_eq!(
        refused,
        Err("line 1, `timestamp`: missing, and so are `originalTimestamp`, `sentAt` and `receivedAt`: without \
             a time nobody knows whether this is news; add one such as \"timestamp\": \
             \"2026-10-01T09:30:00Z\""
            .into())
    );
    assert!(bare("\"userId\":\"u\",\"timestamp\":null,\"sentAt\":null").is_err());
    assert!(bare("\"userId\":\"u\",\"receivedAt\":\"2026-03-01T00:00:00Z\"").is_ok());
}
