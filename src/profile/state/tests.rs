//! What is written is read again, whatever it is, and what is damaged is refused.

use std::sync::Arc;

use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::{Rng, SeedableRng};

use super::super::contacts::{Came, Contact, Contacts, Key, name};
use super::super::events::{Incoming, NEVER, NOTHING};
use super::super::reservations::{Given, Slot, State};
use super::super::runs::{NO_TIME, Outgoing, Run, Runs};
use super::{Dictionary, Kind, Record, Zones};
use crate::check::rules::{Fingerprint, Outcome};
use crate::customer::Customer;
use crate::decision::{Decision, Stage, Summary, Treatment};
use crate::value::{Timestamp, Value};

fn below(rng: &mut Pcg64Mcg, bound: u64) -> u64 {
    rng.next_u64() % bound
}

fn time(rng: &mut Pcg64Mcg) -> Timestamp {
    Timestamp::from_micros(1_700_000_000_000_000 + below(rng, 50).cast_signed() * 1_000_003)
}

fn value(rng: &mut Pcg64Mcg) -> Value {
    match below(rng, 6) {
        0 => Value::Null,
        1 => Value::YesNo(below(rng, 2) == 0),
        2 => Value::Number(format!("{}.5", below(rng, 1000))),
        3 => Value::Text("é—ß".repeat(usize::try_from(below(rng, 40)).unwrap())),
        4 => Value::Text(format!("word {}", below(rng, 9))),
        _ => Value::List((0..below(rng, 4)).map(|n| format!("item {n}")).collect()),
    }
}

/// A record with something of every kind, mostly.
fn record(rng: &mut Pcg64Mcg, dictionary: &Dictionary, zones: &Zones) -> Record {
    let mut record = Record::default();
    for _ in 0..below(rng, 4) {
        let mut news = Customer::new("x").updated(time(rng));
        for _ in 0..below(rng, 6) {
            news = news.set(format!("attribute {}", below(rng, 9)), value(rng));
        }
        let (channel, purpose) = (format!("c{}", below(rng, 3)), format!("p{}", below(rng, 3)));
        news = match below(rng, 4) {
            0 => news.grant(channel, purpose),
            1 => news.withdraw(channel, purpose),
            2 => news.withdraw_all(channel),
            _ => news,
        };
        news = news.shown(format!("action {}", below(rng, 5)), "web", time(rng));
        record.merge(&news, dictionary, zones, |action| name(action) ^ 1);
    }
    for _ in 0..below(rng, 4) {
        record.change_contacts(|contacts| promise(rng, contacts));
    }
    let mut runs = record.take_runs();
    for _ in 0..below(rng, 3) {
        travel(rng, &mut runs);
    }
    record.put_runs(runs);
    for _ in 0..below(rng, 12) {
        let words: Vec<u64> = (0..below(rng, 4))
            .map(|_| match below(rng, 4) {
                0 => NOTHING,
                1 => below(rng, 5000),
                2 => 12.5_f64.to_bits(),
                _ => rng.next_u64(),
            })
            .collect();
        record.happened(Incoming {
            kind: u32::try_from(below(rng, 4)).unwrap(),
            time: time(rng).micros(),
            id: below(rng, 3) * below(rng, 40),
            words: &words,
            oldest: NEVER,
            most: 6,
        });
    }
    record
}

/// Something promised, mostly sent, and an outcome of it.
fn promise(rng: &mut Pcg64Mcg, contacts: &mut Contacts) {
    let taken = contacts.act(time(rng).micros());
    let text = |rng: &mut Pcg64Mcg, of: &str| format!("{of} {}", below(rng, 5));
    let (action, id) = (text(rng, "action"), 1 + below(rng, 40));
    let key = Key { action: name(&action), channel: name("sms"), purpose: name("news") };
    let treatment = Treatment {
        action,
        channel: "sms".to_owned(),
        language: "en".to_owned(),
        score: (below(rng, 2) == 0).then_some(0.25),
        fallback: below(rng, 2) == 0,
        probability: 1.0,
    };
    let decision = Decision {
        treatments: vec![treatment],
        summary: Summary { candidates: 7, refused: vec![(Stage::Consent, 3)] },
        generation: below(rng, 9),
        fingerprint: Fingerprint(u128::from(rng.next_u64()) << 40),
        view_version: below(rng, 300),
        decision_id: Some(format!("d-{id}")),
        at: time(rng),
    };
    let spent = (below(rng, 2) == 0).then(|| (Arc::default(), 19_000));
    let slot = Slot { key, consent: (below(rng, 2) == 0).then_some(3), spent };
    let given = Given { decision, slots: Box::new([slot]), taken, expires: taken + 5_000_000 };
    contacts.reservations.add(id, Arc::new(given));
    if below(rng, 3) > 0 {
        let given = Arc::clone(contacts.reservations.find(id).unwrap().0);
        contacts.reservations.settle(id, &given, State::Committed);
        contacts.add(Contact::new(key, taken, id));
        contacts.shown(id, None, taken + 7);
    }
    let outcome = Outcome::ALL[usize::try_from(below(rng, 8)).unwrap()];
    let decision = id * below(rng, 2);
    contacts.came(Came { key, outcome, at: taken + 9, decision });
}

/// A run of a journey, a memory of another, and a message.
fn travel(rng: &mut Pcg64Mcg, runs: &mut Runs) {
    runs.id = "id 0".into();
    runs.count += 1;
    runs.clock = runs.clock.max(time(rng).micros());
    let journey = name(&format!("journey {}", below(rng, 3)));
    let entered = time(rng).micros();
    runs.live.push(Run {
        journey,
        key: below(rng, 2),
        number: runs.count,
        sent: 1,
        version: rng.next_u64(),
        entered,
        ends: entered + 1_000_000,
        step: name("pause"),
        arrived: entered + 5,
        due: if below(rng, 2) == 0 { NO_TIME } else { entered + 9 },
        tried: NEVER,
        entry: (0..below(rng, 3)).map(|_| rng.next_u64()).collect(),
    });
    runs.remember(name("old journey"), below(rng, 5), entered);
    runs.last = Some((journey, name("goal"), entered));
    let word = |text: &str| -> Box<str> { text.into() };
    runs.outbox.push(Outgoing {
        id: format!("id 0#{}.1", runs.count).into(),
        journey: word("journey 1"),
        step: word("pause"),
        action: word("a"),
        channel: word("sms"),
        language: word("en"),
        at: entered,
    });
}

/// What is kept of contacts, promises apart.
fn contacts(record: &Record) -> Vec<u8> {
    let mut out = Vec::new();
    let known = record.contacts().cloned().unwrap_or_default();
    Kind::encode(&known, &mut out);
    let newest = known.newest.iter().flat_map(|(action, at)| [action.cast_signed(), *at]);
    out.extend(newest.flat_map(i64::to_le_bytes));
    out
}

/// A record that others were merged into.
fn person(rng: &mut Pcg64Mcg, dictionary: &Dictionary, zones: &Zones) -> Record {
    let mut own = record(rng, dictionary, zones);
    for other in 0..below(rng, 4) {
        let mut loser = record(rng, dictionary, zones);
        if below(rng, 2) == 0 {
            let mut inner = record(rng, dictionary, zones);
            inner.identity_mut().name(&format!("inner {other}"));
            loser.identity_mut().name(&format!("id {other}"));
            loser.absorb(&inner, time(rng), 6, dictionary, zones);
        }
        loser.identity_mut().name(&format!("id {other}"));
        own.identity_mut().name("first");
        own.absorb(&loser, time(rng), 6, dictionary, zones);
    }
    own
}

#[test]
fn ten_thousand_records_are_read_as_they_were_written() {
    let (dictionary, zones) = (Dictionary::default(), Zones::default());
    let mut rng = Pcg64Mcg::seed_from_u64(7);
    let (mut most, mut merged) = (0, 0);
    for _ in 0..10_000 {
        let record = person(&mut rng, &dictionary, &zones);
        let bytes = record.encode();
        let again = Record::decode(&bytes, &dictionary, &zones).unwrap();
        assert_eq!(again.encode(), bytes);
        assert_eq!(again.hot.version, record.hot.version);
        assert_eq!(again.hot.shown, record.hot.shown);
        let (a, b) = (&again.cold, &record.cold);
        assert_eq!((&a.raw, &a.consents), (&b.raw, &b.consents));
        assert_eq!(contacts(&again), contacts(&record));
        assert_eq!(again.runs(), record.runs());
        assert_eq!(a.events, b.events);
        assert_eq!(a.identity.ids(), b.identity.ids());
        most = most.max(bytes.len());
        merged += usize::from(record.identity().merges() > 0);
    }
    assert!(most > 1_000 && merged > 3_000, "{most} {merged}");
}

#[test]
fn damaged_bytes_are_refused_and_never_panic() {
    let (dictionary, zones) = (Dictionary::default(), Zones::default());
    let mut rng = Pcg64Mcg::seed_from_u64(8);
    let mut decoded = 0;
    for round in 0..20_000_u32 {
        let record = person(&mut rng, &dictionary, &zones);
        let mut bytes = record.encode();
        let at = usize::try_from(below(&mut rng, bytes.len() as u64)).unwrap();
        match round % 4 {
            0 => bytes[at] ^= 1 << below(&mut rng, 8),
            1 => bytes.truncate(at),
            2 => bytes.insert(at, 0xff),
            _ => bytes[at] = bytes[at].wrapping_add(1),
        }
        assert!(Record::decode(&bytes, &dictionary, &zones).is_err());
        // With a sum that fits: what reads the kinds is on its own. It may understand; it must not panic.
        bytes.truncate(bytes.len().saturating_sub(8));
        let sum = xxhash_rust::xxh3::xxh3_64(&bytes);
        bytes.extend(sum.to_le_bytes());
        decoded += u32::from(Record::decode(&bytes, &dictionary, &zones).is_ok());
    }
    assert!(decoded > 100, "{decoded}: the kinds were never reached");
}

#[test]
fn records_in_records_are_refused() {
    let mut bytes = vec![];
    for _ in 0..200_000 {
        let mut outer = vec![5, 1];
        let mut body = vec![0, 1, 0, 0];
        body.truncate(4);
        let mut around = Vec::new();
        super::put_bytes(&mut around, &[]);
        super::put_bytes(&mut around, &bytes);
        body.truncate(2);
        body.extend([0, 0]);
        body.extend(around);
        super::put_bytes(&mut outer, &body);
        bytes = outer;
        if bytes.len() > 200_000 {
            break;
        }
    }
    assert!(super::decode_state(&mut super::Reader::new(&bytes)).is_err());
}

#[test]
fn a_merge_is_undone_and_what_came_after_stays() {
    let (dictionary, zones) = (Dictionary::default(), Zones::default());
    let mut rng = Pcg64Mcg::seed_from_u64(9);
    for round in 0..5_000 {
        let mut own = record(&mut rng, &dictionary, &zones);
        let mut loser = record(&mut rng, &dictionary, &zones);
        own.identity_mut().name("known");
        loser.identity_mut().name("anonymous");
        let (before, other) = (own.clone(), loser.clone());
        own.absorb(&loser, time(&mut rng), 1_000, &dictionary, &zones);
        let merged = own.clone();
        let back = own.unmerge(&dictionary, &zones).unwrap();
        assert_eq!(back.cold.raw, other.cold.raw);
        assert_eq!(back.cold.consents, other.cold.consents);
        assert_eq!(back.cold.events, other.cold.events);
        assert_eq!(contacts(&back), contacts(&other));
        // Where they stand is the survivor's too, once for each journey and key; what ended is both's.
        let live = |record: &Record| record.runs().map_or(0, |runs| runs.live.len());
        let past =
            |record: &Record| record.runs().map(|runs| runs.past.clone()).unwrap_or_default();
        assert_eq!((live(&back), past(&back)), (0, past(&other)));
        assert!(live(&own) >= live(&before).max(usize::from(live(&other) > 0)));
        assert!(past(&other).iter().all(|one| {
            past(&own).iter().any(|kept| kept.key == one.key && kept.ended >= one.ended)
        }));
        // What was promised to either is the survivor's, and is held once.
        assert_eq!(back.contacts().map_or(0, |of| of.reservations.all.len()), 0);
        let promised =
            |record: &Record| record.contacts().map_or(0, |of| of.reservations.all.len());
        assert_eq!(promised(&own), promised(&before) + promised(&other));
        assert_eq!(own.cold.raw, before.cold.raw, "round {round}");
        let said = |record: &Record| {
            let mut consents = record.cold.consents.clone();
            consents.said.retain(|_, purposes| !purposes.is_empty());
            consents
        };
        assert_eq!(said(&own), said(&before), "round {round}");
        // The clock of promises stays where it got to.
        let acted = |record: &Record| record.contacts().map_or(NEVER, |of| of.acted);
        assert_eq!(acted(&own), acted(&before).max(acted(&other)));
        let later = acted(&own);
        let (mut own_now, mut own_then) = (own.clone(), before.clone());
        for record in [&mut own_now, &mut own_then] {
            record.change_contacts(|contacts| contacts.acted = later);
        }
        assert_eq!(contacts(&own_now), contacts(&own_then), "round {round}");
        let rows = |record: &Record| -> Vec<Vec<(Option<i64>, Option<u64>)>> {
            let log = |log: &Arc<super::super::events::Log>| {
                log.rows(0..log.len()).map(|row| (row.time(), row.word(0))).collect()
            };
            record.cold.events.logs.iter().map(log).collect()
        };
        assert_eq!(rows(&own), rows(&before), "round {round}");
        assert!(own.unmerge(&dictionary, &zones).is_none());
        // What came after the merge stays.
        let mut own = merged;
        let later = Timestamp::from_micros(1_900_000_000_000_000);
        let news = Customer::new("x").updated(later).set("attribute 1", "later");
        own.merge(&news, &dictionary, &zones, |_| 0);
        own.unmerge(&dictionary, &zones).unwrap();
        let kept = own.cold.raw.all().remove("attribute 1").unwrap();
        assert_eq!(kept, (later, Value::Text("later".to_owned())));
    }
}
