//! Events at the door: `track` calls and rows under a mapping.

use onward::Event;
use onward::event::EventError;
use onward::ingest::{EventFormat, EventMapping, Report, read_events};
use onward::value::Timestamp;

fn read(text: &str, format: &EventFormat) -> (Vec<Event>, Report) {
    let mut events = Vec::new();
    let report = read_events(text.as_bytes(), format, &mut |_, event| {
        if event.name() == "refused" {
            return Err(EventError::Unknown { event: "refused".to_owned() });
        }
        events.push(event);
        Ok(())
    });
    (events, report)
}

fn mapped(text: &str) -> EventFormat {
    EventFormat::Mapped(Box::new(EventMapping::parse(text).expect("a good mapping")))
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).expect("an instant")
}

#[test]
fn a_track_call_is_an_event() {
    let line = r#"{"type":"track","userId":"lea","event":"purchase","messageId":"m1","timestamp":"2026-03-01T00:00:00Z","properties":{"amount":"EUR 12.50","items":2,"gift":true,"cart":{"id":1}}}"#;
    let (events, report) = read(line, &EventFormat::Track);
    let wanted = Event::new("lea", "purchase", at("2026-03-01T00:00:00Z")).message("m1");
    let wanted = wanted.set("amount", "EUR 12.50").set("items", 2.0).set("gift", true);
    assert_eq!(serde_json::to_value(&events[0]).unwrap()["fields"].as_object().unwrap().len(), 3);
    assert_eq!((events[0].time(), events[0].message_id()), (wanted.time(), wanted.message_id()));
    assert_eq!(events[0].fields()["amount"], wanted.fields()["amount"]);
    assert_eq!((report.kept, report.refused), (1, 0));
}

#[test]
fn other_calls_are_passed_over_and_wrong_ones_say_why() {
    let lines = [
        r#"{"type":"identify","userId":"lea"}"#,
        r#"{"type":"track","userId":"lea","timestamp":"2026-03-01T00:00:00Z"}"#,
        r#"{"type":"track","userId":"lea","event":"purchase"}"#,
        r#"{"type":"track","event":"purchase","timestamp":"2026-03-01T00:00:00Z"}"#,
        r#"{"type":"trck","userId":"lea"}"#,
        r#"{"userId":"lea"}"#,
        r#"{"type":"track","userId":"lea","event":"refused","timestamp":"2026-03-01T00:00:00Z"}"#,
        "[]",
    ];
    let (events, report) = read(&lines.join("\n"), &EventFormat::Track);
    assert_eq!((events.len(), report.passed_over, report.refused), (0, 1, 7));
    let whys: Vec<String> = report.problems.iter().map(ToString::to_string).collect();
    assert!(whys[0].starts_with("line 2, `event`: missing"), "{}", whys[0]);
    assert!(whys[1].starts_with("line 3, `timestamp`: missing"), "{}", whys[1]);
    assert!(whys[2].starts_with("line 4, `userId`: missing"), "{}", whys[2]);
    assert!(whys[3].contains("`trck` is no type of call"), "{}", whys[3]);
    assert!(whys[4].contains("--events-map"), "{}", whys[4]);
    assert_eq!(whys[5], "line 7: no event is called `refused`");
    assert_eq!(report.problems[5].customer.as_deref(), Some("lea"));
}

const LOG: &str = r#"
format = "jsonl"
customer = "person"
event = "event"
[time]
from = "time"
hours_since = "2018-07-25T00:00:00Z"
[events.transaction]
name = "purchase"
only = { place = ["web", "7"] }
[events.transaction.fields.amount]
from = "value.amount"
unit = "major"
currency = "USD"
"#;

#[test]
fn hours_since_a_start_are_hours() {
    let line = |place: &str, time: &str| {
        format!(
            r#"{{"person":"p","event":"transaction","place":{place},"value":{{"amount":1.5}},"time":{time}}}"#
        )
    };
    let lines = [
        line("\"web\"", "167"),
        line("7.0", "0.5"),
        line("\"shop\"", "1"),
        line("\"web\"", "\"x\""),
        r#"{"person":"p","event":"offer viewed","time":1}"#.to_owned(),
    ];
    let (events, report) = read(&lines.join("\n"), &mapped(LOG));
    assert_eq!((report.kept, report.passed_over, report.refused), (2, 2, 1));
    assert_eq!(events[0].time(), at("2018-07-31T23:00:00Z"));
    assert_eq!(events[1].time(), at("2018-07-25T00:30:00Z"));
    assert_eq!((events[0].name(), events[0].customer()), ("purchase", "p"));
    assert_eq!(format!("{:?}", events[0].fields()["amount"]), r#"Text("USD 1.5")"#);
    assert_eq!(report.problems[0].to_string(), "line 4, `time`: `x` is no number of hours");
}

#[test]
fn csv_of_one_event_needs_no_field_that_names_it() {
    let mapping = "format = \"csv\"\ncustomer = \"who\"\nmessage = \"id\"\n[time]\nfrom = \"when\"\n\
                   time = \"%d/%m/%Y %H:%M\"\nzone = \"Europe/Paris\"\n[events.purchase.fields.plan]\nunknown = [\"-\"]\n";
    let rows = "who,when,id,plan\nlea,01/09/2026 12:00,m1,a\nlea,02/09/2026 12:00,m2,-\n,x,y,z\n";
    let (events, report) = read(rows, &mapped(mapping));
    assert_eq!((report.kept, report.refused), (2, 1));
    assert_eq!(events[0].time(), at("2026-09-01T10:00:00Z"));
    assert_eq!(events[0].message_id(), Some("m1"));
    assert_eq!((events[0].fields().len(), events[1].fields().len()), (1, 0));
    let (_, report) = read("who,when,plan\n", &mapped(mapping));
    assert!(report.stopped.unwrap().contains("no column is called `id`"));
}

#[test]
fn a_mapping_that_cannot_be_used_says_which_key() {
    let told =
        |from: &str, to: &str| EventMapping::parse(&LOG.replace(from, to)).unwrap_err().to_string();
    assert_eq!(told("format = \"jsonl\"", ""), "`format` must be \"jsonl\" or \"csv\"");
    assert_eq!(
        told("customer = \"person\"", ""),
        "`customer` must name the field with the customer's id"
    );
    assert!(
        told("hours_since = \"2018-07-25T00:00:00Z\"", "hours_since = \"July\"")
            .starts_with("`time.hours_since` is")
    );
    assert!(
        told("unit = \"major\"", "unit = \"cents\"")
            .starts_with("`events.transaction.fields.amount.unit`")
    );
    assert!(told("name = \"purchase\"", "nme = \"purchase\"").contains("the closest is `name`"));
    let two = format!("{}\n[events.other]\n", LOG.replace("event = \"event\"\n", ""));
    assert!(
        EventMapping::parse(&two)
            .unwrap_err()
            .to_string()
            .starts_with("`event` must name the field")
    );
}
