//! What is kept of events (SEMANTICS F3): how long, how many, how exactly, and what is said where it is not all.

use onward::event::EventError;
use onward::value::Timestamp;
use onward::{Engine, Event, Request, Tracked};

use super::{HEAD, HOME, Shop, at, noon, offer, rules};

fn text(kept: &str, fields: &str, lines: &str) -> String {
    let action = offer("a", &format!("who {{\n{lines}\n}}"));
    format!("{HEAD}event purchase kept {kept} {{ {fields} }}\n{action}{HOME}")
}

fn engine(kept: &str, fields: &str, lines: &str) -> Engine {
    Engine::new(&rules(&text(kept, fields, lines)))
}

fn bought(time: &str) -> Event {
    Event::new("lea", "purchase", at(time))
}

fn passes(engine: &Engine, moment: Timestamp) -> bool {
    let request = Request::new("lea", "home").at(moment);
    !engine.decide(&request).expect("a good question").treatments.is_empty()
}

#[test]
fn a_message_id_counts_once() {
    let engine = engine("30 days", "", "count of purchase in the last 30 days is 1");
    let event = bought("2026-09-08T09:00:00Z").message("m1");
    assert_eq!(engine.track(&event, noon()), Ok(Tracked::Kept));
    assert_eq!(engine.track(&event, noon()), Ok(Tracked::Duplicate));
    // The id is what makes it the same, not the time.
    let moved = bought("2026-09-08T09:30:00Z").message("m1");
    assert_eq!(engine.track(&moved, noon()), Ok(Tracked::Duplicate));
    assert!(passes(&engine, noon()));
    assert_eq!(
        engine.track(&bought("2026-09-08T09:00:00Z").message("m2"), noon()),
        Ok(Tracked::Kept)
    );
    assert!(!passes(&engine, noon()));
}

#[test]
fn without_a_message_id_every_call_counts() {
    let engine = engine("30 days", "", "count of purchase ever is 2");
    for id in ["", ""] {
        let event = bought("2026-09-08T09:00:00Z").message(id);
        assert_eq!(engine.track(&event, noon()), Ok(Tracked::Kept));
    }
    assert!(passes(&engine, noon()));
}

#[test]
fn an_event_older_than_it_is_kept_is_refused_with_the_reason() {
    let engine = engine("30 days", "", "count of purchase in the last 30 days is 0");
    let old = engine.track(&bought("2026-08-09T10:00:00Z"), noon());
    let time = at("2026-08-09T10:00:00Z");
    assert_eq!(old, Err(EventError::Old { time, kept: 30 }));
    let told = old.unwrap_err().to_string();
    assert_eq!(
        told,
        "it happened at 2026-08-09T10:00:00Z, and what is older than 30 days is not kept"
    );
    assert!(passes(&engine, noon()));
    assert_eq!(engine.track(&bought("2026-08-09T10:00:00.000001Z"), noon()), Ok(Tracked::Kept));
    assert!(!passes(&engine, noon()));
}

#[test]
fn an_event_more_than_a_day_ahead_is_refused_with_the_reason() {
    let engine = engine("30 days", "", "count of purchase ever is 0");
    let ahead = engine.track(&bought("2026-09-09T10:00:00.000001Z"), noon());
    assert_eq!(
        ahead.unwrap_err().to_string(),
        "it happens at 2026-09-09T10:00:00.000001Z, more than 24 hours ahead of 2026-09-08T10:00:00Z"
    );
    assert_eq!(engine.track(&bought("2026-09-09T10:00:00Z"), noon()), Ok(Tracked::Kept));
    assert!(passes(&engine, noon()), "it has not happened yet");
    assert!(!passes(&engine, at("2026-09-09T10:00:00Z")));
}

#[test]
fn what_does_not_fit_is_refused_and_nothing_of_it_is_taken() {
    let engine = engine(
        "30 days",
        "amount: required money, plan: optional one of [a, b]",
        "count of purchase ever is 0",
    );
    let told = |event: Event| engine.track(&event, noon()).unwrap_err().to_string();
    let event = || bought("2026-09-08T09:00:00Z");
    assert_eq!(told(event()), "`amount` is required and missing");
    assert_eq!(
        told(event().set("amount", "GBP 3")),
        "`amount`: `GBP 3` is not in EUR; nothing is converted"
    );
    assert_eq!(
        told(event().set("amount", "EUR 3").set("plan", "c")),
        "`plan`: `c` is not one of a, b"
    );
    let unknown = Event::new("lea", "bought", noon());
    assert_eq!(told(unknown), "no event is called `bought`");
    assert_eq!(
        told(Event::new("", "purchase", noon())),
        "an event needs a customer's id of 1 to 512 bytes"
    );
    assert!(passes(&engine, noon()));
    assert_eq!(engine.customers(), 0);
    // What the rules do not declare is not kept, and is no reason to refuse.
    let more = event().set("amount", "EUR 3").set("colour", "red");
    assert_eq!(engine.track(&more, noon()), Ok(Tracked::Kept));
}

#[test]
fn the_first_the_last_and_the_number_of_times_are_kept_for_ever() {
    let lines = "count of purchase ever is 3\ndays since last purchase is 100";
    let engine = engine("30 days", "", lines);
    for time in ["2026-05-01T09:00:00Z", "2026-05-20T09:00:00Z", "2026-05-31T09:00:00Z"] {
        assert_eq!(engine.track(&bought(time), at(time)), Ok(Tracked::Kept));
    }
    assert!(passes(&engine, noon()));
    assert_eq!(engine.expire(noon()), 3, "all are older than they are kept");
    assert!(passes(&engine, noon()), "and are counted all the same");
    assert!(!passes(&engine, at("2026-09-09T10:00:00Z")), "a day later it is a day more");
}

#[test]
fn raising_how_long_an_event_is_kept_leaves_longer_windows_unknown_until_they_are_whole() {
    let lines = "count of purchase in the last 60 days >= 1";
    let before = engine("30 days", "", "count of purchase in the last 30 days >= 1");
    for time in ["2026-07-20T10:00:00Z", "2026-09-01T10:00:00Z"] {
        before.track(&bought(time), at(time)).unwrap();
    }
    assert_eq!(before.expire(noon()), 0, "the one of July went with the news of September");
    let long = before.compile(&rules(&text("60 days", "", lines)));
    before.swap(long).unwrap();
    // The window reaches to 10 July; the purchase of the 20th is gone, and nobody may say that there was one.
    assert!(!passes(&before, noon()));
    let explained = before.explain(&Request::new("lea", "home").at(noon())).unwrap();
    let note = "`count of purchase in the last 60 days` is not known: events of `purchase` up to \
                2026-07-20T10:00:00Z are not all kept";
    assert!(explained.notes.iter().any(|own| own == note), "{:?}", explained.notes);
    // From the day on which the window begins behind what is gone, the answer is whole.
    assert!(!passes(&before, at("2026-09-18T09:59:59Z")));
    assert!(passes(&before, at("2026-09-18T10:00:00Z")));
    // Nobody is excluded or let in by a history that is not whole.
    let zero =
        before.compile(&rules(&text("60 days", "", "count of purchase in the last 60 days is 0")));
    before.swap(zero).unwrap();
    assert!(!passes(&before, noon()));
}

#[test]
fn a_customer_who_lost_nothing_is_exact_at_once() {
    let engine = engine("30 days", "", "count of purchase in the last 30 days >= 1");
    engine.track(&bought("2026-09-01T10:00:00Z"), noon()).unwrap();
    let longer = text("60 days", "", "count of purchase in the last 60 days is 1");
    engine.swap(engine.compile(&rules(&longer))).unwrap();
    assert!(passes(&engine, noon()));
}

#[test]
fn a_refused_old_event_is_missing_from_longer_windows() {
    let engine = engine("30 days", "", "count of purchase in the last 30 days is 0");
    engine.track(&bought("2026-08-01T10:00:00Z"), noon()).unwrap_err();
    assert!(passes(&engine, noon()), "the window does not reach there");
    let longer = text("60 days", "", "count of purchase in the last 60 days is 0");
    engine.swap(engine.compile(&rules(&longer))).unwrap();
    assert!(!passes(&engine, noon()), "something happened then, and it was not kept");
}

#[test]
fn a_field_that_is_new_is_unknown_where_earlier_events_lack_it() {
    let engine = engine("90 days", "", "count of purchase in the last 90 days is 1");
    engine.track(&bought("2026-09-01T10:00:00Z"), at("2026-09-01T10:00:00Z")).unwrap();
    assert!(passes(&engine, noon()));
    let lines = "count of purchase where { online is yes } in the last 30 days is 0";
    let fields = "online: optional yes_no";
    engine.swap(engine.compile(&rules(&text("90 days", fields, lines)))).unwrap();
    assert!(!passes(&engine, noon()), "nobody knows whether that purchase was online");
    let later = bought("2026-09-07T10:00:00Z").set("online", false);
    engine.track(&later, at("2026-09-07T10:00:00Z")).unwrap();
    assert!(!passes(&engine, noon()));
    assert!(!passes(&engine, at("2026-10-01T09:59:59Z")));
    assert!(passes(&engine, at("2026-10-01T10:00:00Z")), "the window begins behind it");
}

#[test]
fn a_new_value_of_a_list_and_a_new_word_need_no_new_history() {
    let fields = "plan: optional one of [a, b], note: optional text";
    let engine = engine("90 days", fields, "count of purchase ever is 1");
    let event = bought("2026-09-01T10:00:00Z").set("plan", "b").set("note", "Grüße");
    engine.track(&event, noon()).unwrap();
    let fields = "plan: optional one of [a, b, c], note: optional text";
    let lines =
        "count of purchase where { plan is b, note is \"GRÜSSE\" } in the last 90 days is 1";
    engine.swap(engine.compile(&rules(&text("90 days", fields, lines)))).unwrap();
    assert!(passes(&engine, noon()));
}

#[test]
fn a_renamed_event_and_field_keep_their_history() {
    let engine = engine("90 days", "plan: optional code", "count of purchase ever is 1");
    engine.track(&bought("2026-09-01T10:00:00Z").set("plan", "b"), noon()).unwrap();
    let action =
        offer("a", "who { count of order where { tariff is b } in the last 90 days is 2 }");
    let renamed = format!(
        "{HEAD}event order was purchase kept 90 days {{ tariff: optional code was plan }}\n{action}{HOME}"
    );
    engine.swap(engine.compile(&rules(&renamed))).unwrap();
    // What still arrives under the earlier names is the same.
    engine.track(&bought("2026-09-02T10:00:00Z").set("plan", "b"), noon()).unwrap();
    assert!(passes(&engine, noon()));
}

#[test]
fn beyond_the_most_that_are_kept_the_oldest_goes() {
    let lines = "count of purchase in the last 30 days is 3";
    let engine = engine("30 days", "", lines).most_events(3);
    let days = ["05", "06", "07"];
    for day in days {
        engine.track(&bought(&format!("2026-09-{day}T10:00:00Z")), noon()).unwrap();
    }
    assert!(passes(&engine, noon()));
    // An older one has no room, and a newer one pushes the oldest out: the window is not whole any more.
    let full = engine.track(&bought("2026-09-04T10:00:00Z"), noon());
    assert!(matches!(full, Err(EventError::Full { most: 3, .. })), "{full:?}");
    assert!(!passes(&engine, noon()));
    let ever = text(
        "30 days",
        "",
        "count of purchase ever is 4\ncount of purchase in the last 2 days is 2",
    );
    engine.track(&bought("2026-09-08T09:00:00Z"), noon()).unwrap();
    engine.swap(engine.compile(&rules(&ever))).unwrap();
    assert!(passes(&engine, noon()), "all are counted, and the last two days are whole");
}

#[test]
fn an_event_that_went_cannot_come_back() {
    let engine = engine("30 days", "", "count of purchase ever is 4").most_events(3);
    for day in ["04", "05", "06", "07"] {
        let event = bought(&format!("2026-09-{day}T10:00:00Z")).message(day);
        assert_eq!(engine.track(&event, noon()), Ok(Tracked::Kept));
    }
    let again = bought("2026-09-04T10:00:00Z").message("04");
    assert!(matches!(engine.track(&again, noon()), Err(EventError::Old { .. })));
    assert!(passes(&engine, noon()), "it is not counted twice");
}

#[test]
fn a_view_is_as_it_was_when_it_was_taken() {
    let engine = engine("30 days", "", "count of purchase in the last 30 days is 0");
    engine.track(&bought("2026-07-01T10:00:00Z"), noon()).unwrap_err();
    let view = engine.view("lea");
    engine.track(&bought("2026-09-08T09:00:00Z"), noon()).unwrap();
    let request = Request::new("lea", "home").at(noon());
    assert_eq!(engine.decide_view(&view, &request).unwrap().treatments.len(), 1);
    assert!(engine.decide(&request).unwrap().treatments.is_empty());
    assert!(engine.forget("lea"));
    assert_eq!(engine.decide(&request).unwrap().treatments.len(), 1, "erased, and nothing is left");
}

#[test]
fn explain_shows_what_was_seen() {
    let shop = Shop::new(&format!(
        "event purchase kept 90 days {{ amount: required money, note: optional code }}\n{}{HOME}",
        offer(
            "a",
            "who {\ncount of purchase in the last 30 days >= 3\naverage of purchase.amount in the last 30 days >= EUR 1\nlast purchase.note is x\n}"
        )
    ));
    for (minute, amount) in [("01", "EUR 1.00"), ("02", "EUR 1.01")] {
        let event = bought(&format!("2026-09-08T09:{minute}:00Z")).set("amount", amount);
        shop.engine
            .track(&event.set("note", if minute == "01" { "x" } else { "y" }), noon())
            .unwrap();
    }
    let explained = shop.engine.explain(&Request::new("lea", "home").at(noon())).unwrap();
    let seen: Vec<_> = explained.candidates[0].who.iter().map(|line| line.seen.clone()).collect();
    let wanted = ["2", "EUR 1.00", "a word that no rule names"];
    assert_eq!(seen, wanted.map(|it| Some(it.to_owned())));
    assert_eq!(shop.blocked(&Request::new("lea", "home").at(noon()), "a"), ["who"]);
}

#[test]
fn a_count_in_a_score_waits_for_a_whole_history() {
    let action = |kept: &str, window: &str| {
        format!(
            "{HEAD}event purchase kept {kept} {{ }}\naction a {{ owner: crm, purpose: marketing, value: EUR 10, \
             propensity: 50%, weight: count of purchase in the last {window}\nmessage web {{ en {{ banner: \"a\" }}, \
             fr {{ banner: \"a\" }} }} }}\n{HOME}"
        )
    };
    let engine = Engine::new(&rules(&action("30 days", "30 days")));
    engine.track(&bought("2026-08-01T10:00:00Z"), noon()).unwrap_err();
    assert!(passes(&engine, noon()));
    engine.swap(engine.compile(&rules(&action("60 days", "60 days")))).unwrap();
    assert!(!passes(&engine, noon()));
    let explained = engine.explain(&Request::new("lea", "home").at(noon())).unwrap();
    let standing = format!("{:?}", explained.candidates[0].standing);
    assert!(standing.contains("count of purchase in the last 60 days"), "{standing}");
}
