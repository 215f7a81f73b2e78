//! Two ids, one person: what each kind of state becomes, and that every call follows.

use onward::engine::{Aliased, IdentityError};
use onward::{Customer, Request, Tracked};

use super::{ago, asked, buy, engine, home, noon, purchase};

#[test]
fn two_ids_stand_for_one_person_in_every_call() {
    let engine = engine();
    engine.put(&Customer::new("device").set("vip", true)).unwrap();
    engine.put(&Customer::new("lea").updated(ago(10)).set("visits", 3_i64)).unwrap();
    let (device, lea) = (engine.key("device").unwrap(), engine.key("lea").unwrap());
    assert_eq!(engine.alias("device", "lea", noon()), Ok(Aliased::Merged));
    assert_eq!(engine.customers(), 1);
    assert_eq!(engine.key("device"), Some(lea));
    for id in ["device", "lea"] {
        assert_eq!(home(&engine, id), "for_vips", "{id}");
        assert_eq!(engine.export(id).unwrap().ids, ["lea", "device"]);
        assert_eq!(engine.view(id).version(), engine.view("lea").version());
    }
    // A key of before leads to the person too.
    for key in [device, lea] {
        let decision = engine.decide(&Request::by_key(key, "home").at(noon())).unwrap();
        assert_eq!(decision.actions().collect::<Vec<_>>(), ["for_vips"]);
    }
    engine.put(&Customer::new("device").updated(ago(1)).set("vip", false)).unwrap();
    assert_eq!(home(&engine, "lea"), "");
    buy(&engine, "device", 5, "a");
    buy(&engine, "lea", 6, "b");
    assert_eq!(home(&engine, "device"), "for_buyers");
    assert_eq!(engine.alias("lea", "device", noon()), Ok(Aliased::Same));
    assert!(engine.forget("device"));
    assert_eq!((engine.customers(), engine.key("lea")), (0, None));
}

#[test]
fn an_id_that_nobody_had_is_added() {
    let engine = engine();
    engine.put(&Customer::new("device").set("vip", true)).unwrap();
    assert_eq!(engine.alias("device", "lea", noon()), Ok(Aliased::Added));
    assert_eq!(home(&engine, "lea"), "for_vips");
    assert_eq!(engine.alias("tablet", "lea", noon()), Ok(Aliased::Added));
    assert_eq!(home(&engine, "tablet"), "for_vips");
    assert_eq!(engine.alias("x", "y", noon()), Ok(Aliased::Added));
    assert_eq!(engine.key("x"), engine.key("y"));
    assert_eq!(engine.unmerge("lea"), Err(IdentityError::NothingMerged));
    assert_eq!(engine.alias("", "lea", noon()), Err(IdentityError::Id));
}

#[test]
fn a_message_id_that_both_have_counts_once_and_totals_add_up() {
    let engine = engine();
    for (id, message) in [("device", "a"), ("device", "b"), ("lea", "b"), ("lea", "c")] {
        buy(&engine, id, 10, message);
    }
    buy(&engine, "device", 90_000, "");
    buy(&engine, "lea", 20, "");
    engine.alias("device", "lea", noon()).unwrap();
    let exported = engine.export("lea").unwrap();
    let purchases = &exported.events["purchase"];
    assert_eq!((purchases.rows.len(), purchases.times), (5, 5));
    assert_eq!(purchases.first, Some(ago(90_000)));
    assert_eq!(purchases.last, Some(ago(10)));
    // Whoever sends it again, under whichever id.
    assert_eq!(buy(&engine, "lea", 10, "a"), Tracked::Duplicate);
    assert_eq!(buy(&engine, "device", 10, "c"), Tracked::Duplicate);
}

#[test]
fn of_an_attribute_the_newer_time_stays() {
    for (device, lea, expected) in [(20, 10, "lea"), (10, 20, "device"), (10, 10, "lea")] {
        let engine = engine();
        engine.put(&Customer::new("device").updated(ago(device)).set("city", "device")).unwrap();
        engine.put(&Customer::new("lea").updated(ago(lea)).set("city", "lea")).unwrap();
        engine.alias("device", "lea", noon()).unwrap();
        let city = &engine.export("lea").unwrap().attributes["city"];
        assert_eq!(city.value, expected.into(), "{device} and {lea} minutes ago");
    }
}

#[test]
fn of_consent_the_more_restrictive_word_stays_whenever_it_was_said() {
    let says = |id: &str, word: &str, minutes: i64| {
        let news = Customer::new(id).updated(ago(minutes)).set("vip", true);
        match word {
            "yes" => news.grant("email", "marketing"),
            "no" => news.withdraw("email", "marketing"),
            "all no" => news.withdraw_all("email"),
            _ => news,
        }
    };
    for (device, lea, allowed) in [
        ("yes", "yes", true),
        ("yes", "", true),
        ("", "yes", true),
        ("", "", false),
        ("no", "yes", false),
        ("yes", "no", false),
        ("no", "no", false),
        ("all no", "yes", false),
        ("yes", "all no", false),
        ("all no", "", false),
    ] {
        for (first, second) in [(10, 20), (20, 10), (10, 10)] {
            let engine = engine();
            engine.put(&says("device", device, first)).unwrap();
            engine.put(&says("lea", lea, second)).unwrap();
            engine.alias("device", "lea", noon()).unwrap();
            let answer = asked(&engine, "lea", "mail");
            assert_eq!(answer == "for_vips", allowed, "{device:?} {first}, {lea:?} {second}");
            // A word said after the merge counts as ever.
            engine.put(&says("device", "yes", 1)).unwrap();
            assert_eq!(asked(&engine, "lea", "mail"), "for_vips");
        }
    }
}

#[test]
fn a_hundred_ids_stand_for_one_person_and_not_one_more() {
    let engine = engine();
    engine.put(&Customer::new("lea").set("vip", true)).unwrap();
    for device in 1..100 {
        let id = format!("device {device}");
        if device % 2 == 0 {
            buy(&engine, &id, device, "");
        }
        engine.alias(&id, "lea", noon()).unwrap();
    }
    assert_eq!(engine.export("lea").unwrap().ids.len(), 100);
    let too_many = Err(IdentityError::TooMany { most: 100 });
    assert_eq!(engine.alias("one more", "lea", noon()), too_many);
    buy(&engine, "one more", 1, "");
    assert_eq!(engine.alias("one more", "lea", noon()), too_many);
    assert_eq!(engine.alias("lea", "one more", noon()), too_many);
    assert_eq!(engine.customers(), 2);
    let engine = super::engine().most_ids(2);
    assert_eq!(engine.alias("a", "b", noon()), Ok(Aliased::Added));
    assert_eq!(engine.alias("c", "b", noon()), Err(IdentityError::TooMany { most: 2 }));
    assert_eq!(engine.alias("a", "b", noon()), Ok(Aliased::Same));
}

#[test]
fn a_merge_is_undone_and_what_came_after_stays_with_the_survivor() {
    let engine = engine();
    engine
        .put(&Customer::new("device").updated(ago(5)).set("city", "Rome").set("vip", true))
        .unwrap();
    engine.put(&Customer::new("lea").updated(ago(9)).set("city", "Paris")).unwrap();
    engine.put(&Customer::new("lea").updated(ago(9)).grant("email", "marketing")).unwrap();
    engine.put(&Customer::new("device").updated(ago(9)).withdraw("email", "marketing")).unwrap();
    buy(&engine, "device", 10, "a");
    buy(&engine, "device", 11, "both");
    buy(&engine, "lea", 11, "both");
    let before = (engine.export("device").unwrap(), engine.export("lea").unwrap());
    engine.alias("device", "lea", noon()).unwrap();
    assert_eq!(engine.export("lea").unwrap().merges[0].ids, ["device"]);
    buy(&engine, "device", 1, "after");
    engine.put(&Customer::new("device").updated(ago(1)).set("visits", 7_i64)).unwrap();
    assert_eq!(engine.unmerge("device"), Ok(vec!["device".to_owned()]));
    assert_eq!(engine.customers(), 2);
    assert_ne!(engine.key("device"), engine.key("lea"));
    let (device, lea) = (engine.export("device").unwrap(), engine.export("lea").unwrap());
    assert_eq!(device.attributes, before.0.attributes);
    assert_eq!((&device.consent, &device.events), (&before.0.consent, &before.0.events));
    assert_eq!(lea.attributes["city"], before.1.attributes["city"]);
    assert_eq!(lea.attributes["visits"].value, 7_i64.into());
    assert!(!lea.attributes.contains_key("vip"));
    assert_eq!(lea.consent, before.1.consent);
    let rows = |minutes: &[i64]| minutes.iter().map(|minutes| ago(*minutes)).collect::<Vec<_>>();
    let of = |exported: &onward::engine::Exported| {
        exported.events["purchase"].rows.iter().map(|row| row.at).collect::<Vec<_>>()
    };
    assert_eq!(of(&lea), rows(&[11, 1]));
    assert_eq!(lea.events["purchase"].times, 2);
    assert_eq!(
        (home(&engine, "device").as_str(), home(&engine, "lea").as_str()),
        ("for_buyers for_vips", "for_buyers")
    );
    assert_eq!(engine.unmerge("lea"), Err(IdentityError::NothingMerged));
    // And again: nothing of the first merge is left.
    assert_eq!(engine.alias("device", "lea", noon()), Ok(Aliased::Merged));
    assert_eq!(engine.export("lea").unwrap().events["purchase"].times, 3);
}

#[test]
fn merges_of_a_merged_person_come_back_with_it() {
    let engine = engine();
    for (minutes, id) in (1..).zip(["a", "b", "c", "d"]) {
        engine.track(&purchase(id, minutes, id), noon()).unwrap();
    }
    engine.alias("a", "b", noon()).unwrap();
    engine.alias("c", "d", noon()).unwrap();
    engine.alias("b", "d", noon()).unwrap();
    let ids = |id: &str| engine.export(id).unwrap().ids;
    assert_eq!(ids("a"), ["d", "c", "b", "a"]);
    assert_eq!(engine.unmerge("a"), Ok(vec!["b".to_owned(), "a".to_owned()]));
    assert_eq!(
        (ids("a"), ids("d")),
        (vec!["b".to_owned(), "a".to_owned()], vec!["d".to_owned(), "c".to_owned()])
    );
    assert_eq!(engine.unmerge("a"), Ok(vec!["a".to_owned()]));
    assert_eq!(engine.unmerge("d"), Ok(vec!["c".to_owned()]));
    for id in ["a", "b", "c", "d"] {
        assert_eq!(ids(id), [id]);
        assert_eq!(engine.export(id).unwrap().events["purchase"].times, 1);
    }
}
