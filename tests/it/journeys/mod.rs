//! Journeys as they run: entering, steps, leaving at once, time, and what is sent.

mod edges;
mod kept;
mod plain;

use onward::engine::{Activation, Travels};
use onward::value::Timestamp;
use onward::{Context, Customer, Engine, Event, Rules, Source, check};

/// What every journey below has around it.
pub(crate) const SHOP: &str = r#"
workspace shop { currency: EUR, timezone: "Europe/Paris", languages: [en], stages: [grow] }
team crm { folder: ".", central: yes, email: "crm@shop.example" }
purpose marketing { consent_needed: [email, push], consent_free: [web] }
channel email { }
channel push { }
channel web { }
customer { vip: yes_no default no, complaints: number 0 to 100 default 0, contract_end: optional date }
event cart_abandoned kept 30 days { value: required money, order_id: required code }
event cart_opened kept 30 days { order_id: optional code }
event purchase kept 400 days { amount: required money, order_id: optional code }
event app_opened kept 30 days { }
action reminder {
  owner: crm, purpose: marketing, stage: grow, value: EUR 10, propensity: 50%, use: only in journeys
  message push { en { title: "Your cart", body: "It waits" } }
  message email { en { subject: "Your cart", body: "It waits" } }
}
action voucher {
  owner: crm, purpose: marketing, stage: grow, value: EUR 10, propensity: 50%, use: only in journeys
  repeat: at most 1 per 7 days
  message email { en { subject: "5 euro", body: "For you" } }
  message web { en { banner: "5 euro" } }
}
action call_back {
  owner: crm, purpose: marketing, stage: grow, value: EUR 10, propensity: 50%, use: only in journeys
  who { vip is yes }
  message web { en { banner: "We call" } }
}
"#;

pub(crate) fn rules_of(text: &str) -> Rules {
    let checked = check(&[Source::new("shop.journey", text)], &Context::default());
    match checked.rules.filter(|_| !checked.diagnostics.has_errors()) {
        Some(rules) => rules,
        None => panic!("the rules are refused:\n{}", checked.diagnostics),
    }
}

pub(crate) fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).expect("an instant")
}

pub(crate) const MINUTE: i64 = 60_000_000;
pub(crate) const HOUR: i64 = 60 * MINUTE;
pub(crate) const DAY: i64 = 24 * HOUR;

/// A shop with journeys, and its clock: tests speak of hours since it opened.
pub(crate) struct Shop {
    pub(crate) engine: Engine,
}

impl Shop {
    pub(crate) fn new(journeys: &str) -> Self {
        Self { engine: Engine::new(&rules_of(&format!("{SHOP}{journeys}"))) }
    }

    /// So many minutes after noon of a Tuesday.
    pub(crate) fn time(minutes: i64) -> Timestamp {
        at("2026-09-08T10:00:00Z").plus_micros(minutes * MINUTE)
    }

    pub(crate) fn customer(&self, id: &str) {
        let news = Customer::new(id).grant("email", "marketing").grant("push", "marketing");
        self.engine.put(&news).unwrap();
    }

    pub(crate) fn happens(&self, id: &str, event: Event) {
        let _ = id;
        let time = event.time();
        self.engine.track(&event, time).unwrap();
    }

    pub(crate) fn cart(&self, id: &str, minutes: i64, euro: u32) {
        let event = Event::new(id, "cart_abandoned", Self::time(minutes));
        self.happens(id, event.set("value", format!("EUR {euro}")).set("order_id", "o1"));
    }

    pub(crate) fn buys(&self, id: &str, minutes: i64) {
        let event = Event::new(id, "purchase", Self::time(minutes)).set("amount", "EUR 9");
        self.happens(id, event);
    }

    pub(crate) fn until(&self, minutes: i64) -> u64 {
        self.engine.advance(Self::time(minutes)).unwrap()
    }

    /// What was sent so far, as `minutes action channel`.
    pub(crate) fn sent(&self) -> Vec<String> {
        let minutes = |one: &Activation| (one.at.micros() - Self::time(0).micros()) / MINUTE;
        let all = self.engine.activations();
        all.iter().map(|one| format!("{} {} {}", minutes(one), one.action, one.channel)).collect()
    }

    /// Where somebody stands: `journey step`, or how the last run ended.
    pub(crate) fn stands(&self, id: &str) -> String {
        let Travels { runs, ended, .. } = self.engine.travels(id);
        let here: Vec<String> =
            runs.iter().map(|run| format!("{} {}", run.journey, run.step)).collect();
        match ended {
            _ if !here.is_empty() => here.join(", "),
            Some(ended) => format!("{} ended as {}", ended.journey, ended.outcome),
            None => String::new(),
        }
    }
}
