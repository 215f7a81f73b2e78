//! Onward inside an application: four threads decide by the host's clock while new rules are swapped in.
//!
//! `cargo run --release --example embed`

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use onward::scenario::load;
use onward::value::Timestamp;
use onward::{Answer, Context, Customer, Engine, Request, Source};

const RULES: &str = r#"
workspace cafe { currency: EUR, timezone: "Europe/Rome", languages: [en, it], stages: [grow] }
team crm { folder: ".", central: yes, email: "crm@cafe.example" }
purpose news { consent_free: [web] }
channel web { }
customer { visits: number 0 to 10000 default 0, first_name: optional text personal_data }
ranking best { score: propensity * value }
action free_refill {
  owner: crm, purpose: news, stage: grow, value: EUR 2, propensity: 30%
  who { visits >= 10 }
  message web {
    en { banner: "A refill on us, {first_name else friend}" }
    it { banner: "Offriamo noi, {first_name else amico}" }
  }
}
action welcome {
  owner: crm, purpose: news, stage: grow, value: EUR 1, propensity: 20%
  message web { en { banner: "Welcome, {first_name else friend}" }, it { banner: "Benvenuto" } }
}
placement home { channel: web, show: 1, candidates: all, ranking: best, fallback: nothing }
scenario "A regular gets a refill" {
  given regular
  at 2026-09-08 10:00 ask home expect shown free_refill in it
}
persona regular { visits: 12, language: it }
"#;

/// The library reads no clock: the host says when.
fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let rules = |text: &str| load(&[Source::new("cafe.journey", text)], &Context::default());
    let engine = Engine::new(&rules(RULES)?.rules);
    for n in 0..1_000_i64 {
        let customer = Customer::new(format!("guest-{n}")).updated(now()).set("visits", n % 20);
        engine.put(&customer.set("first_name", format!("Guest {n}")))?;
    }

    // From ten visits to five: five more of every twenty guests get the refill.
    let generous = rules(&RULES.replace("visits >= 10", "visits >= 5"))?.rules;
    let by_generation = [const { AtomicU64::new(0) }; 3];
    std::thread::scope(|scope| -> Result<(), onward::engine::SwapError> {
        for thread in 0..4 {
            let (engine, by_generation) = (&engine, &by_generation);
            scope.spawn(move || {
                let mut answer = Answer::default();
                for turn in 0..100_000 {
                    let guest = format!("guest-{}", (turn * 4 + thread) % 1_000);
                    let question = Request::new(guest, "home").at(now());
                    if engine.decide_into(&question, &mut answer).is_ok()
                        && let Some(count) = usize::try_from(answer.generation())
                            .ok()
                            .and_then(|g| by_generation.get(g))
                    {
                        count.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
        engine.swap(engine.compile(&generous)).map(|_| ())
    })?;

    let [_, first, second] = by_generation.map(AtomicU64::into_inner);
    println!("{} decisions on four threads while the rules were swapped:", first + second);
    println!("{first} by the first rules, {second} by the second, none refused, none by a mixture");

    let mut answer = Answer::default();
    engine.decide_into(&Request::new("guest-7", "home").at(now()), &mut answer)?;
    let mut text = String::new();
    engine.render(&answer, 0, "banner", &mut text)?;
    println!("guest-7, who came seven times, now reads: {text}");
    Ok(())
}
