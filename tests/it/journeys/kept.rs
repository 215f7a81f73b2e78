//! Journeys across restarts, crashes and a smaller cache.

use std::path::Path;
use std::sync::Arc;

use onward::store::{Folder, Store};
use onward::{Customer, Engine, Event};

use super::{SHOP, Shop, rules_of};
use crate::store::chance;

const WAITING: &str = r#"
journey rescue {
  owner: crm, purpose: marketing, longest: 10 days
  enter: cart_abandoned, again: never
  goal: purchase
  steps {
    wait pause: 2 hours
    send reminder by email { if_blocked: continue }
    wait longer: 3 days
    send voucher by email { if_blocked: continue }
    finish done
  }
}
"#;

fn opened(path: &Path, seed: u64) -> Shop {
    let store: Arc<dyn Store> = Arc::new(Folder::open(path, chance(seed)).unwrap());
    Shop { engine: Engine::open(&rules_of(&format!("{SHOP}{WAITING}")), store).unwrap() }
}

#[test]
fn runs_timers_and_messages_outlast_the_process() {
    let dir = tempfile::tempdir().unwrap();
    let shop = opened(dir.path(), 1);
    for id in ["lea", "tim"] {
        shop.customer(id);
        shop.cart(id, 0, 50);
    }
    shop.engine.put(&Customer::new("ada")).unwrap();
    shop.until(120);
    let sent = shop.engine.activations();
    assert_eq!(sent.len(), 2);
    assert!(shop.engine.taken(&sent[1]));
    shop.engine.durable().unwrap();
    drop(shop);

    // Whoever is on a journey is in memory, because it goes on by itself.
    let shop = opened(dir.path(), 2);
    assert_eq!(shop.engine.customer_ids(), ["lea", "tim"]);
    assert_eq!(shop.engine.activations(), sent[..1]);
    assert_eq!(shop.engine.standing().values().sum::<u64>(), 2);
    assert_eq!(shop.engine.evict(["lea", "tim"]), 0);
    shop.buys("tim", 200);
    shop.until(10 * 24 * 60);
    assert_eq!(shop.sent(), ["120 reminder email", "4440 voucher email"]);
    assert_eq!(shop.stands("lea"), "rescue ended as done");
    shop.engine.durable().unwrap();
    drop(shop);

    // Never again, also now that nothing else is left of it; and a message has the name it had.
    let shop = opened(dir.path(), 3);
    assert_eq!(shop.engine.activations()[0].id, sent[0].id);
    shop.engine.load(["tim"]).unwrap();
    shop.cart("tim", 20 * 24 * 60, 50);
    assert_eq!(shop.stands("tim"), "rescue ended as goal");
    assert_eq!(shop.engine.export("tim").unwrap().journeys.len(), 1);
    assert!(shop.engine.erase("lea").unwrap());
    assert!(shop.engine.activations().is_empty());
}

#[test]
fn what_was_not_acknowledged_is_played_again_under_the_same_names() {
    let dir = tempfile::tempdir().unwrap();
    let shop = opened(dir.path(), 1);
    shop.customer("lea");
    shop.cart("lea", 0, 50);
    shop.engine.durable().unwrap();
    shop.until(5 * 24 * 60);
    let first = shop.engine.activations();
    assert_eq!(first.len(), 2);
    // The process ends here, and nobody had been told that this is safe.
    drop(shop);
    let shop = opened(dir.path(), 2);
    assert!(shop.engine.activations().is_empty());
    shop.until(5 * 24 * 60);
    assert_eq!(shop.engine.activations(), first);
}

#[test]
fn an_event_of_somebody_who_is_out_of_memory_is_not_lost_on_a_journey() {
    let dir = tempfile::tempdir().unwrap();
    let shop = opened(dir.path(), 1);
    shop.customer("lea");
    shop.engine.durable().unwrap();
    assert_eq!(shop.engine.evict(["lea"]), 1);
    let cart = Event::new("lea", "cart_abandoned", Shop::time(0)).set("value", "EUR 5");
    let cart = cart.set("order_id", "a");
    assert!(shop.engine.track(&cart, Shop::time(0)).is_err(), "not loaded");
    shop.engine.load(["lea"]).unwrap();
    shop.engine.track(&cart, Shop::time(0)).unwrap();
    assert_eq!(shop.stands("lea"), "rescue pause");
}
