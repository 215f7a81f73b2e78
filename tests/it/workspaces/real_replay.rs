//! What a rewards app's log of 76,277 offers would have been under a limit of its own, and the same by a plain count.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use onward::ingest::{EventFormat, EventMapping, read_events};
use onward::replay::Replay;
use onward::store::{Folder, Store};
use onward::value::Timestamp;
use onward::{Context, Customer, Engine, Request, Source, check};

use super::data;
use super::real_events::LOG;

/// One offer for all, held back by nothing but the limit.
fn rules(limit: &str) -> String {
    format!(
        r#"
workspace rewards {{ currency: USD, timezone: "UTC", languages: [en], stages: [grow] }}
team crm {{ folder: ".", central: yes }}
purpose offers {{ consent_free: [app] }}
channel app {{ }}
event offer_received kept 30 days  {{ offer: required code }}
event offer_viewed kept 30 days    {{ offer: required code }}
event offer_completed kept 30 days {{ offer: required code, reward: required money }}
event purchase kept 30 days        {{ amount: required money }}
limits pressure {{
  purpose: offers
  {limit}
}}
ranking best {{ score: propensity * value }}
action any_offer {{
  owner: crm, purpose: offers, stage: grow
  value: USD 5, propensity: 10%
  message app {{ en {{ banner: "An offer for you" }} }}
}}
placement app {{ channel: app, show: 1, candidates: all, ranking: best, fallback: nothing }}
"#
    )
}

fn replayed(bytes: &[u8], limit: &str, only_offers: bool) -> (Replay, Vec<(String, Timestamp)>) {
    let checked = check(&[Source::new("rewards.journey", rules(limit))], &Context::default());
    let engine = Engine::new(&checked.rules.expect("good rules"));
    let format = EventFormat::Mapped(Box::new(EventMapping::parse(LOG).expect("a good mapping")));
    let report = read_events(bytes, &format, &mut |_, event| {
        if only_offers && event.name() != "offer_received" {
            return Ok(());
        }
        engine.track(&event, event.time()).map(|_| ())
    });
    assert!(report.is_clean(), "{:?}", report.problems.first());
    let moments = engine.moments("offer_received");
    assert_eq!(moments.len(), 76_277);
    let mut replay = Replay::new(engine);
    for (id, at) in &moments {
        replay.ask(&Request::new(id, "app").at(*at)).expect("a good question");
    }
    (replay, moments)
}

/// Each customer's sends that still count, and no more.
fn plainly(moments: &[(String, Timestamp)], most: usize, hours: i64) -> u64 {
    let mut sent: BTreeMap<&str, VecDeque<i64>> = BTreeMap::new();
    let mut allowed = 0;
    for (id, at) in moments {
        let own = sent.entry(id).or_default();
        own.retain(|before| at.micros() - before < hours * 3_600_000_000);
        if own.len() < most {
            own.push_back(at.micros());
            allowed += 1;
        }
    }
    allowed
}

#[test]
fn one_offer_of_any_kind_a_week_is_what_was_published() {
    let Some(bytes) = data::unpacked("starbucks/transcript.jsonl.gz") else { return };
    let (replay, moments) = replayed(&bytes, "at most 1 per 168 hours", false);
    let tally = replay.tally();
    assert_eq!((tally.asked, tally.answered, tally.nothing), (76_277, 56_581, 19_696));
    assert_eq!(tally.sent, BTreeMap::from([("any_offer".to_owned(), 56_581)]));
    let [(why, times)] = &tally.held_back.iter().collect::<Vec<_>>()[..] else {
        panic!("{:?}", tally.held_back)
    };
    let line = why.line.as_ref().expect("the line of the limit");
    assert_eq!((why.name.as_deref(), &*line.2), (Some("pressure"), "at most 1 per 168 hours"));
    assert_eq!(**times, 19_696);
    assert_eq!(plainly(&moments, 1, 168), 56_581);
}

#[test]
fn other_limits_hold_back_what_a_plain_count_says() {
    let Some(bytes) = data::unpacked("starbucks/transcript.jsonl.gz") else { return };
    // An hour more than lies between two waves, and two at once.
    for (most, hours) in [(1, 169), (2, 400)] {
        let (replay, moments) =
            replayed(&bytes, &format!("at most {most} per {hours} hours"), true);
        let allowed = plainly(&moments, most, hours);
        assert_eq!(replay.tally().answered, allowed, "{most} per {hours} hours");
        assert!(allowed > 0 && allowed < 76_277);
    }
}

#[test]
fn a_replay_begins_with_nobody_reached_and_tells_no_store() {
    let checked = check(
        &[Source::new("rewards.journey", rules("at most 1 per 168 hours"))],
        &Context::default(),
    );
    let at = Timestamp::parse("2018-07-25T10:00:00Z").expect("an instant");
    let lea = Customer::new("lea").shown("any_offer", "app", at);
    let dir = tempfile::tempdir().expect("a folder for a while");
    let store = Folder::open(dir.path(), crate::store::chance(1)).expect("a store");
    let store: Arc<dyn Store> = Arc::new(store);
    let rules = Arc::new(checked.rules.expect("good rules"));
    let engine = Engine::open_shared(Arc::clone(&rules), Arc::clone(&store)).expect("a store");
    engine.put(&lea).expect("a customer");
    engine.durable().expect("room on the disk");
    let request = Request::new("lea", "app").at(at);
    assert_eq!(engine.decide(&request).expect("an answer").actions().count(), 0);
    let kept = engine.export("lea");
    let copies = [Engine::rehearsal(Arc::clone(&rules), &*store).expect("a store"), engine];
    for copy in copies {
        let mut replay = Replay::new(copy);
        for answers in [1, 0] {
            assert_eq!(replay.ask(&request).expect("an answer").sent.len(), answers);
        }
        replay.engine().durable().expect("there is nothing to write to");
    }
    let again = Engine::open_shared(rules, store).expect("a store");
    again.load_all().expect("a whole store");
    assert_eq!(again.export("lea"), kept);
    assert_eq!(again.decide(&request).expect("an answer").actions().count(), 0);
}
