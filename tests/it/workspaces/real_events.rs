//! What 17,000 members of a rewards app did in thirty days: 306,534 events, counted by the engine.

use std::sync::Arc;
use std::time::Instant;

use onward::decision::Truth;
use onward::ingest::{EventFormat, EventMapping, read_events};
use onward::store::{Folder, Store};
use onward::value::Timestamp;
use onward::{Context, Engine, Source, check};

use super::data;

const RULES: &str = r#"
workspace rewards { currency: USD, timezone: "UTC", languages: [en] }
event offer_received kept 30 days  { offer: required code }
event offer_viewed kept 30 days    { offer: required code }
event offer_completed kept 30 days { offer: required code, reward: required money }
event purchase kept 30 days        { amount: required money }
segment bought_once     { count of purchase in the last 168 hours >= 1 }
segment bought_thrice   { count of purchase in the last 168 hours >= 3 }
segment ever_bought     { count of purchase ever >= 1 }
segment paid_a_thousand { largest of purchase.amount in the last 30 days >= USD 1000 }
segment busy            { total of purchase.amount in the last 30 days >= USD 100 }
"#;

pub(super) const LOG: &str = r#"
format = "jsonl"
customer = "person"
event = "event"
[time]
from = "time"
hours_since = "2018-07-25T00:00:00Z"
[events."offer received"]
name = "offer_received"
[events."offer received".fields.offer]
from = "value.offer id"
[events."offer viewed"]
name = "offer_viewed"
[events."offer viewed".fields.offer]
from = "value.offer id"
[events."offer completed"]
name = "offer_completed"
[events."offer completed".fields.offer]
from = "value.offer_id"
[events."offer completed".fields.reward]
from = "value.reward"
unit = "major"
currency = "USD"
[events.transaction]
name = "purchase"
[events.transaction.fields.amount]
from = "value.amount"
unit = "major"
currency = "USD"
"#;

fn hour(hour: i64) -> Timestamp {
    let start = Timestamp::parse("2018-07-25T00:00:00Z").expect("an instant");
    Timestamp::from_micros(start.micros() + hour * 3_600_000_000)
}

fn surely(engine: &Engine, ids: &[String], segment: &str, at: Timestamp) -> usize {
    let inside = |id: &&String| {
        let all = engine.segments(Some(id), at);
        all.iter().any(|(name, truth)| name == segment && *truth == Truth::True)
    };
    ids.iter().filter(inside).count()
}

#[test]
fn the_log_of_the_rewards_app_gives_the_published_counts() {
    let Some(bytes) = data::unpacked("starbucks/transcript.jsonl.gz") else { return };
    let checked = check(&[Source::new("rewards.journey", RULES)], &Context::default());
    let engine = Engine::new(&checked.rules.expect("good rules"));
    let format = EventFormat::Mapped(Box::new(EventMapping::parse(LOG).expect("a good mapping")));
    let started = Instant::now();
    let mut cents = 0_i64;
    let report = read_events(bytes.as_slice(), &format, &mut |_, event| {
        if let Some(onward::value::Value::Text(amount)) = event.fields().get("amount") {
            cents += onward::value::Money::parse(amount).expect("an amount").minor;
        }
        engine.track(&event, event.time()).map(|_| ())
    });
    println!("read and kept in {:.1?}", started.elapsed());
    assert!(report.is_clean(), "{:?}", report.problems.first());
    assert_eq!((report.rows, report.kept), (306_534, 306_534));
    assert_eq!(cents, 177_545_197);
    assert_eq!(engine.customers(), 17_000);
    let ids = engine.customer_ids();
    // Hours 0 to 167: the window ends at 167, and its older end lies before the start.
    assert_eq!(surely(&engine, &ids, "bought_once", hour(167)), 11_256);
    assert_eq!(surely(&engine, &ids, "bought_thrice", hour(167)), 3_688);
    assert_eq!(surely(&engine, &ids, "ever_bought", hour(714)), 16_578);
    // An hour later the window begins at hour 1.
    assert_ne!(surely(&engine, &ids, "bought_once", hour(168)), 11_256);
    assert!(surely(&engine, &ids, "paid_a_thousand", hour(714)) > 0);
    assert_eq!(surely(&engine, &ids, "paid_a_thousand", hour(-1)), 0);
    assert!(surely(&engine, &ids, "busy", hour(714)) > 1_000);
}

/// The same into a store, safe every 50,000 events; then a second process's engine finds it all.
#[test]
fn the_log_of_the_rewards_app_outlasts_a_restart() {
    let Some(bytes) = data::unpacked("starbucks/transcript.jsonl.gz") else { return };
    let checked = check(&[Source::new("rewards.journey", RULES)], &Context::default());
    let rules = checked.rules.expect("good rules");
    let dir = tempfile::tempdir().expect("a folder for a while");
    let open = |seed: u64| {
        let store = Folder::open(dir.path(), crate::store::chance(seed)).expect("a store");
        let store: Arc<dyn Store> = Arc::new(store);
        Engine::open(&rules, store).expect("a store")
    };
    let engine = open(1);
    let format = EventFormat::Mapped(Box::new(EventMapping::parse(LOG).expect("a good mapping")));
    let started = Instant::now();
    let mut rows = 0;
    let report = read_events(bytes.as_slice(), &format, &mut |_, event| {
        rows += 1;
        if rows % 50_000 == 0 {
            engine.durable().expect("room on the disk");
        }
        engine.track(&event, event.time()).map(|_| ())
    });
    engine.durable().expect("room on the disk");
    println!("read and safe in {:.1?}", started.elapsed());
    assert!(report.is_clean(), "{:?}", report.problems.first());
    drop(engine);
    let started = Instant::now();
    let engine = open(2);
    let opened = started.elapsed();
    assert_eq!(engine.load_all().expect("a whole store"), 17_000);
    println!("opened in {opened:.1?}, all in memory after {:.1?}", started.elapsed());
    let ids = engine.customer_ids();
    assert_eq!(surely(&engine, &ids, "bought_once", hour(167)), 11_256);
    assert_eq!(surely(&engine, &ids, "bought_thrice", hour(167)), 3_688);
    assert_eq!(surely(&engine, &ids, "ever_bought", hour(714)), 16_578);
    let kept = |name: &str| std::fs::metadata(dir.path().join(name)).expect("a file").len();
    println!("{} bytes of customers, {} of keys", kept("customers.onward"), kept("keys.onward"));
}
