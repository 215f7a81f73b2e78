//! Who is who, and what outlasts the process: merges, the store on disk, and what may happen to a disk.

mod crash;
mod damage;
mod disk;
mod erase;
mod fails;
mod folder;
mod identity;
mod kill;
mod promises;
mod snapshot;
mod threads;

use std::path::Path;
use std::sync::Arc;

use onward::store::{Folder, Store, StoreError};
use onward::value::Timestamp;
use onward::{Context, Customer, Engine, Event, Request, Rules, Source, Tracked, check};
use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::{Rng, SeedableRng};

/// Attributes, consent, shows and events, each read by an action.
const RULES: &str = r#"
workspace shop { currency: EUR, timezone: "Europe/Paris", languages: [en], stages: [grow] }
team crm { folder: ".", central: yes, email: "crm@shop.example" }
purpose marketing { consent_needed: [email], consent_free: [web] }
channel web { }
channel email { }
customer { vip: yes_no default no, city: optional text, visits: number 0 to 100000 default 0 }
event purchase kept 400 days { amount: required money, product: optional one of [phone, case] }
event opened kept 30 days { }
ranking plain { score: propensity * value }
placement home { channel: web, show: 3, candidates: all, ranking: plain, fallback: nothing }
placement mail { channel: email, show: 3, candidates: all, ranking: plain, fallback: nothing }
action for_vips {
  owner: crm, purpose: marketing, stage: grow, value: EUR 10, propensity: 50%
  who { vip is yes }
  message web { en { banner: "vip" } }
  message email { en { subject: "vip", body: "vip" } }
}
action for_buyers {
  owner: crm, purpose: marketing, stage: grow, value: EUR 10, propensity: 50%
  who { count of purchase in the last 30 days >= 2 }
  message web { en { banner: "buyer" } }
}
"#;

fn rules_of(text: &str) -> Rules {
    let checked = check(&[Source::new("shop.journey", text)], &Context::default());
    match checked.rules {
        Some(rules) => rules,
        None => panic!("the rules are refused:\n{}", checked.diagnostics),
    }
}

fn rules() -> Rules {
    rules_of(RULES)
}

fn engine() -> Engine {
    Engine::new(&rules())
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).expect("an instant")
}

fn noon() -> Timestamp {
    at("2026-09-08T10:00:00Z")
}

/// So many minutes before noon.
fn ago(minutes: i64) -> Timestamp {
    noon().plus_micros(-minutes * 60_000_000)
}

fn purchase(customer: &str, minutes_ago: i64, message: &str) -> Event {
    let event = Event::new(customer, "purchase", ago(minutes_ago)).set("amount", "EUR 12.50");
    if message.is_empty() { event } else { event.message(message) }
}

fn buy(engine: &Engine, customer: &str, minutes_ago: i64, message: &str) -> Tracked {
    engine.track(&purchase(customer, minutes_ago, message), noon()).expect("a good event")
}

fn home(engine: &Engine, customer: &str) -> String {
    asked(engine, customer, "home")
}

fn asked(engine: &Engine, customer: &str, placement: &str) -> String {
    let decision = engine.decide(&Request::new(customer, placement).at(noon()));
    decision.expect("a good question").actions().collect::<Vec<_>>().join(" ")
}

/// Chance for keys, from a seed.
pub(crate) fn chance(seed: u64) -> impl FnMut(&mut [u8]) + Send + 'static {
    let mut rng = Pcg64Mcg::seed_from_u64(seed ^ 0x006f_6e77_6172_6400);
    move |bytes| {
        for chunk in bytes.chunks_mut(8) {
            let word = rng.next_u64().to_le_bytes();
            chunk.copy_from_slice(&word[..chunk.len()]);
        }
    }
}

/// The store of a folder.
fn folder(path: &Path, seed: u64) -> Result<Arc<Folder>, StoreError> {
    Folder::open(path, chance(seed)).map(Arc::new)
}

/// An engine over the store of a folder, with nobody in memory.
fn opened(path: &Path, seed: u64) -> (Engine, Arc<Folder>) {
    let store = folder(path, seed).expect("a good store");
    let kept: Arc<dyn Store> = Arc::clone(&store) as Arc<dyn Store>;
    (Engine::open(&rules(), kept).expect("a good store"), store)
}

/// Everybody in memory with all that is kept of them, as JSON.
fn everybody(engine: &Engine) -> Vec<(String, String)> {
    let all = engine.customer_ids().into_iter().map(|id| {
        let exported = engine.export(&id).expect("somebody who is there");
        (id, serde_json::to_string(&exported).expect("JSON"))
    });
    all.collect()
}

fn below(rng: &mut Pcg64Mcg, bound: u64) -> u64 {
    rng.next_u64() % bound
}

/// Something happens to one of a few customers.
fn happen(engine: &Engine, rng: &mut Pcg64Mcg, customers: u64) {
    let id = format!("customer {}", below(rng, customers));
    let other = format!("customer {}", below(rng, customers));
    let minutes = i64::try_from(below(rng, 50_000)).unwrap();
    match below(rng, 12) {
        0..4 => {
            let vip = below(rng, 2) == 0;
            let visits = i64::try_from(below(rng, 1000)).unwrap();
            let news = Customer::new(id.as_str()).updated(ago(minutes)).set("vip", vip);
            engine.put(&news.set("visits", visits).set("city", "Paris")).unwrap();
        }
        4..8 => {
            buy(engine, &id, minutes, &format!("m{}", below(rng, 500)));
        }
        8 => engine
            .put(&Customer::new(id.as_str()).updated(ago(minutes)).grant("email", "marketing"))
            .unwrap(),
        9 => engine
            .put(&Customer::new(id.as_str()).updated(ago(minutes)).withdraw("email", "marketing"))
            .unwrap(),
        10 => {
            let _ = engine.alias(&id, &other, noon());
        }
        _ => {
            if below(rng, 2) == 0 {
                engine.forget(&id);
            } else {
                let _ = engine.unmerge(&id);
            }
        }
    }
}
