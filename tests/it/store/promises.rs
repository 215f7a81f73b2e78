//! What was promised and sent, across restarts, power cuts, merges and a smaller cache: caps and budgets stay exact.

use std::collections::BTreeMap;
use std::sync::Arc;

use onward::store::{Folder, Store};
use onward::value::Timestamp;
use onward::{BindError, Commit, Customer, CustomerError, Engine, Permit, ReserveError, Rules};
use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::SeedableRng;

use super::disk::{FaultDisk, Trouble};
use super::{RULES, below, chance, everybody, folder, noon, rules_of};

const MINUTE: i64 = 60_000_000;
const HOUR: i64 = 60 * MINUTE;
const BUDGET: usize = 25;

/// At most two contacts a day and one mail of `gift` a week, of which there are 25 in all.
fn strict() -> Rules {
    rules_of(&format!(
        r#"{RULES}
limits day {{
  purpose: marketing
  at most 2 per 24 hours on [web, email] together
}}
action gift {{
  owner: crm, purpose: marketing, stage: grow, value: EUR 20, propensity: 50%
  repeat: at most 1 per 7 days
  budget: at most {BUDGET} in total
  message web {{ en {{ banner: "gift" }} }}
  message email {{ en {{ subject: "gift", body: "gift" }} }}
}}
"#
    ))
}

pub(super) fn over(path: &std::path::Path, seed: u64) -> Engine {
    let store: Arc<dyn Store> = folder(path, seed).expect("a good store");
    Engine::open(&strict(), store).expect("a good store")
}

fn send(
    engine: &Engine,
    who: &str,
    action: &str,
    id: &str,
    at: Timestamp,
) -> Result<Permit, ReserveError> {
    engine.reserve_send(who, action, "web", at, id, 3 * HOUR)
}

fn vip(engine: &Engine, id: &str) {
    engine.put(&Customer::new(id).set("vip", true)).unwrap();
}

fn is_refused(found: &Result<Permit, ReserveError>) -> bool {
    matches!(found, Err(ReserveError::Refused { .. }))
}

/// How many more of `gift` can be promised, each to somebody new.
fn free(engine: &Engine, now: Timestamp) -> usize {
    let new = (0..).map(|n| format!("nobody {n}"));
    let id = format!("free {now}");
    new.take_while(|who| send(engine, who, "gift", &id, now).is_ok()).count()
}

#[test]
fn what_was_promised_and_sent_counts_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let engine = over(dir.path(), 1);
    vip(&engine, "lea");
    let sent = send(&engine, "lea", "for_vips", "1", noon()).unwrap();
    assert!(engine.commit(&sent, noon()).is_go());
    let open = send(&engine, "lea", "gift", "2", noon()).unwrap();
    engine.durable().unwrap();
    let before = engine.export("lea").unwrap();
    assert_eq!((before.contacts.len(), before.promises.len()), (1, 2));
    assert_eq!(before.contacts[0].action, "for_vips");
    drop(engine);

    let engine = over(dir.path(), 2);
    engine.load(["lea"]).unwrap();
    assert_eq!(engine.export("lea").unwrap(), before);
    // One sent and one promised: the day's two are used.
    assert!(is_refused(&send(&engine, "lea", "for_vips", "3", noon())));
    // Asked again under its id, the promise of before is given, and may be sent.
    let again = send(&engine, "lea", "gift", "2", noon()).unwrap();
    assert_eq!(again.decision(), open.decision());
    assert_eq!((again.taken_at(), again.expires_at()), (open.taken_at(), open.expires_at()));
    let late = noon().plus_micros(30 * MINUTE);
    assert!(engine.commit(&again, late).is_go());
    assert_eq!(engine.commit(&sent, late), Commit::Go(late), "committed before, and again");
    engine.durable().unwrap();
    drop(engine);

    // Sent on the 8th: not again for 7 days, and then it may be.
    let engine = over(dir.path(), 3);
    engine.load(["lea"]).unwrap();
    let week = late.plus_micros(7 * 24 * HOUR);
    assert!(is_refused(&send(&engine, "lea", "gift", "4", week.plus_micros(-1))));
    assert!(send(&engine, "lea", "gift", "4", week).is_ok());
}

#[test]
fn consent_that_is_gone_after_a_restart_stops_what_was_promised() {
    let dir = tempfile::tempdir().unwrap();
    let engine = over(dir.path(), 1);
    engine.put(&Customer::new("lea").set("vip", true).grant("email", "marketing")).unwrap();
    for id in ["1", "2"] {
        engine.reserve_send("lea", "for_vips", "email", noon(), id, HOUR).unwrap();
    }
    engine.durable().unwrap();
    drop(engine);
    let engine = over(dir.path(), 2);
    engine.load(["lea"]).unwrap();
    let again =
        |id: &str| engine.reserve_send("lea", "for_vips", "email", noon(), id, HOUR).unwrap();
    let (first, second) = (again("1"), again("2"));
    assert!(engine.commit(&first, noon()).is_go());
    engine.put(&Customer::new("lea").updated(noon()).withdraw("email", "marketing")).unwrap();
    assert_eq!(engine.commit(&second, noon()), Commit::Expired);
}

#[test]
fn a_budget_has_after_a_restart_what_it_had_and_open_promises_end() {
    let dir = tempfile::tempdir().unwrap();
    let engine = over(dir.path(), 1);
    for n in 0..10 {
        let id = format!("c{n}");
        let permit = send(&engine, &id, "gift", "1", noon()).unwrap();
        match n {
            0..4 => assert!(engine.commit(&permit, noon()).is_go()),
            4..6 => assert!(engine.release(&permit, noon()).unwrap()),
            _ => {}
        }
    }
    engine.durable().unwrap();
    drop(engine);
    // Four are sent and four are open, whose customers are in memory, as nobody else would end them.
    let engine = over(dir.path(), 2);
    assert_eq!(engine.customer_ids(), ["c6", "c7", "c8", "c9"]);
    assert_eq!(engine.evict(["c6", "c7"]), 0);
    let held = send(&engine, "c6", "gift", "1", noon()).unwrap();
    assert!(engine.release(&held, noon()).unwrap());
    assert!(!engine.release(&held, noon()).unwrap(), "once");
    engine.durable().unwrap();
    assert_eq!(engine.evict(["c6", "c7"]), 1);
    assert_eq!(engine.load(["c6"]), Ok(1));
    let later = noon().plus_micros(3 * HOUR);
    // Nobody came for the three others.
    assert_eq!(free(&engine, noon()), BUDGET - 7);
    assert_eq!(free(&engine, later), BUDGET - 4);
    engine.durable().unwrap();
    drop(engine);
    // Forgetting somebody gives back what was promised, not what was sent.
    let engine = over(dir.path(), 3);
    engine.load_all().unwrap();
    for n in 0..10 {
        assert!(engine.forget(&format!("c{n}")), "{n}");
    }
    assert_eq!(free(&engine, later.plus_micros(3 * HOUR)), BUDGET - 4);
}

#[test]
fn who_is_not_in_memory_is_promised_nothing_and_can_be_asked_again() {
    let dir = tempfile::tempdir().unwrap();
    let engine = over(dir.path(), 1);
    vip(&engine, "lea");
    let permit = send(&engine, "lea", "for_vips", "1", noon()).unwrap();
    engine.durable().unwrap();
    assert_eq!(engine.evict(["lea"]), 1);
    assert_eq!(engine.commit(&permit, noon()), Commit::NotNow);
    assert_eq!(engine.release(&permit, noon()), Err(CustomerError::NotLoaded));
    assert_eq!(engine.report_shown("lea", "1", None, noon()), Err(CustomerError::NotLoaded));
    let another = send(&engine, "lea", "for_vips", "2", noon());
    assert!(matches!(another, Err(ReserveError::Bind(BindError::NotLoaded))), "{another:?}");
    engine.load(["lea"]).unwrap();
    assert!(engine.commit(&permit, noon()).is_go());
    assert_eq!(engine.report_shown("lea", "1", None, noon()), Ok(true));
    engine.forget("lea");
    assert_eq!(engine.commit(&permit, noon()), Commit::Expired);
    assert_eq!(engine.release(&permit, noon()), Ok(false));
}

#[test]
fn of_two_identities_every_contact_counts_and_both_permits_hold() {
    let engine = Engine::new(&strict());
    vip(&engine, "device");
    vip(&engine, "lea");
    let sent = send(&engine, "device", "for_vips", "1", noon()).unwrap();
    assert!(engine.commit(&sent, noon()).is_go());
    // One decision's id for two customers, and at one time.
    let (theirs, own) = (
        send(&engine, "device", "gift", "2", noon()).unwrap(),
        send(&engine, "lea", "gift", "2", noon()).unwrap(),
    );
    engine.alias("device", "lea", noon()).unwrap();
    assert!(is_refused(&send(&engine, "lea", "for_vips", "3", noon())), "two of two, and one more");
    assert!(engine.commit(&theirs, noon()).is_go());
    let kept = engine.export("lea").unwrap();
    assert_eq!(kept.contacts.len(), 2);
    assert_eq!(kept.promises.iter().filter(|one| one.state == "promised").count(), 1);
    assert!(engine.release(&own, noon()).unwrap());
    assert!(!engine.release(&own, noon()).unwrap());
    assert_eq!(engine.export("lea").unwrap().contacts.len(), 2, "the other's was sent");
    assert!(engine.release(&theirs, noon()).unwrap(), "not delivered");
    assert_eq!(engine.export("lea").unwrap().contacts.len(), 1);
    assert_eq!(free(&engine, noon()), BUDGET);
}

#[test]
fn a_merge_that_is_undone_leaves_promises_with_the_survivor() {
    let engine = Engine::new(&strict());
    vip(&engine, "device");
    vip(&engine, "lea");
    for (id, action) in [("device", "for_vips"), ("lea", "for_vips")] {
        let permit = send(&engine, id, action, "1", noon()).unwrap();
        assert!(engine.commit(&permit, noon()).is_go());
    }
    let open = send(&engine, "device", "gift", "2", noon()).unwrap();
    engine.alias("device", "lea", noon()).unwrap();
    assert_eq!(engine.export("lea").unwrap().contacts.len(), 2);
    engine.unmerge("lea").unwrap();
    for id in ["device", "lea"] {
        assert_eq!(engine.export(id).unwrap().contacts.len(), 1, "{id}");
    }
    // Who was promised something is the one the permit leads to; a unit is held once.
    assert_eq!(free(&engine, noon()), BUDGET - 1);
    assert!(engine.commit(&open, noon()).is_go());
    assert_eq!(engine.export("lea").unwrap().contacts.len(), 2);
    assert_eq!(engine.export("device").unwrap().promises.len(), 0);
}

#[test]
fn nothing_is_promised_while_the_store_takes_nothing() {
    let disk = FaultDisk::default();
    let store = Folder::on(Box::new(disk.clone()), chance(1)).unwrap();
    let engine = Engine::open(&strict(), Arc::new(store)).unwrap();
    vip(&engine, "lea");
    let permit = send(&engine, "lea", "for_vips", "1", noon()).unwrap();
    engine.durable().unwrap();
    disk.fail(0, Trouble::Full);
    vip(&engine, "tim");
    assert!(engine.durable().is_err());
    let refused = send(&engine, "lea", "gift", "2", noon());
    assert!(matches!(refused, Err(ReserveError::Store { .. })), "{refused:?}");
    assert_eq!(engine.commit(&permit, noon()), Commit::NotNow);
    // What needs no promise goes on.
    assert_eq!(super::asked(&engine, "lea", "home"), "gift", "one is promised, and one is left");
    disk.mend();
    engine.durable().unwrap();
    assert!(engine.commit(&permit, noon()).is_go());
}

/// What an application sent, after it was told that this outlasts a crash.
#[derive(Default)]
struct Sent(Vec<(String, String, i64)>);

/// Goals 19 and 20 with crashes: the power goes at any moment, and comes back.
#[test]
fn power_cuts_neither_break_a_cap_nor_leak_a_budget() {
    let mut rng = Pcg64Mcg::seed_from_u64(19);
    let rules = strict();
    let (mut disk, mut sent) = (FaultDisk::default(), Sent::default());
    let (mut safe, mut now, mut number) = (Vec::new(), noon(), 0_u64);
    let (mut cut_off, mut refused, mut blocked) = (0, 0, 0);
    for round in 0..120 {
        disk.fail(15 + below(&mut rng, 70), Trouble::Power);
        let mut may = None;
        if let Ok(store) = Folder::on(Box::new(disk.clone()), chance(round)) {
            let engine = Engine::open(&rules, Arc::new(store)).unwrap();
            engine.load_all().unwrap();
            assert_eq!(everybody(&engine), safe, "round {round}");
            let mut open: Vec<(String, Permit)> = Vec::new();
            while may.is_none() {
                let mut going = Vec::new();
                for _ in 0..below(&mut rng, 12) {
                    now = now.plus_micros(i64::try_from(below(&mut rng, 90)).unwrap() * MINUTE);
                    let who = format!("c{}", below(&mut rng, 8));
                    number += 1;
                    match below(&mut rng, 10) {
                        0..5 => {
                            let action = if below(&mut rng, 3) == 0 { "gift" } else { "for_vips" };
                            vip(&engine, &who);
                            match send(&engine, &who, action, &number.to_string(), now) {
                                Ok(permit) => open.push((who, permit)),
                                Err(ReserveError::Refused { .. }) => blocked += 1,
                                Err(other) => panic!("{other}"),
                            }
                        }
                        5..8 if !open.is_empty() => {
                            let at = usize::try_from(below(&mut rng, open.len() as u64)).unwrap();
                            let (who, permit) = open.swap_remove(at);
                            match engine.commit(&permit, now) {
                                Commit::Go(when) => {
                                    let action = permit.decision().actions().next().unwrap();
                                    going.push((who, action.to_owned(), when.micros()));
                                }
                                Commit::Expired => refused += 1,
                                Commit::NotNow => panic!("all are loaded"),
                            }
                        }
                        8 if !open.is_empty() => {
                            let _ = engine.release(&open.swap_remove(0).1, now).unwrap();
                        }
                        _ => {
                            if below(&mut rng, 6) == 0 {
                                let other = format!("c{}", below(&mut rng, 8));
                                let _ = engine.alias(&other, &who, now);
                            }
                        }
                    }
                }
                match engine.durable() {
                    Ok(()) => {
                        // Now, and not before, it goes out.
                        sent.0.extend(going);
                        safe = everybody(&engine);
                    }
                    Err(_) => may = Some(everybody(&engine)),
                }
            }
        }
        (disk, _) = disk.after_power_cut(&mut rng);
        if let Some(may) = may {
            let found = {
                let store = Folder::on(Box::new(disk.copy()), chance(round)).unwrap();
                let engine = Engine::open(&rules, Arc::new(store)).unwrap();
                engine.load_all().unwrap();
                everybody(&engine)
            };
            assert!(found == safe || found == may, "round {round}");
            cut_off += 1;
            safe = found;
        }
        // What is free and what is used are the budget, whatever was under way: asked of a copy, after all holds.
        let store = Folder::on(Box::new(disk.copy()), chance(round)).unwrap();
        let engine = Engine::open(&rules, Arc::new(store)).unwrap();
        engine.load_all().unwrap();
        let used = engine.customer_ids();
        let mut gifts: BTreeMap<String, usize> = BTreeMap::new();
        for id in used {
            let of = engine.export(&id).unwrap();
            let count = of.contacts.iter().filter(|one| one.action == "gift").count();
            gifts.insert(of.ids[0].clone(), count);
        }
        let used: usize = gifts.values().sum();
        assert_eq!(used + free(&engine, now.plus_micros(4 * HOUR)), BUDGET, "round {round}");
    }
    // By hand: what was sent within any 24 hours, and any 7 days, to whom it was said to go.
    for (who, _, when) in &sent.0 {
        let day = sent
            .0
            .iter()
            .filter(|(other, _, at)| other == who && *at <= *when && *at > when - 24 * HOUR);
        assert!(day.count() <= 2, "{who}");
        let gifts = sent.0.iter().filter(|(other, action, at)| {
            other == who && action == "gift" && *at <= *when && *at > when - 7 * 24 * HOUR
        });
        assert!(gifts.count() <= 1, "{who}");
    }
    let gifts = sent.0.iter().filter(|(_, action, _)| action == "gift").count();
    assert!(gifts <= BUDGET, "{gifts}");
    println!(
        "{} sent, {gifts} of a budget, {blocked} blocked, {refused} expired, {cut_off} batches cut off",
        sent.0.len()
    );
    assert!(
        cut_off > 40 && blocked > 100 && sent.0.len() > 100 && gifts > 5,
        "{cut_off} {blocked}"
    );
}
