//! The seeded workload of the benches here: rule text, customers and questions, through the front door.
//!
//! `n` actions on the web, each with value, propensity and weight of its own and two to four lines of `who`
//! over twelve customer attributes (numbers, percentages, words, sets, dates); a quarter use one of eight
//! segments; 10 % of the customers' values are missing. 1,000 customers, asked in turn, best 3.
#![allow(dead_code, unreachable_pub, reason = "each bench uses its part")]
#![allow(clippy::expect_used, clippy::panic, reason = "a bench that cannot start must stop")]

use onward::decision::Standing;
use onward::value::Timestamp;
use onward::{Context, Customer, Engine, Request, Rules, Source, check};
use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::Rng;

/// Customers asked in turn.
pub const CUSTOMERS: usize = 1_000;

/// A die with a seed.
pub struct Dice(Pcg64Mcg);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(Pcg64Mcg::new(u128::from(seed) << 64 | 0x9e37_79b9_7f4a_7c15))
    }

    pub fn below(&mut self, end: u64) -> u64 {
        self.0.next_u64() % end
    }
}

/// Rule text with `actions` actions, as files of at most 500 actions.
pub fn sources(seed: u64, actions: usize) -> Vec<Source> {
    let mut dice = Dice::new(seed);
    let mut head = String::from(
        "workspace load { currency: EUR, timezone: \"Europe/Paris\", languages: [en], stages: [grow] }
team crm { folder: \".\", central: yes, email: \"crm@load.example\" }
purpose news { consent_free: [web] }
channel web { }
customer {
  country: optional one of [FR, BE, GB, DE, IT]
  plan: optional one of [none, prepaid, sim_only, fibre]
  interests: optional some of [music, sport, films, games]
  churn_risk: optional percent
  contract_end: optional date
  vip: yes_no default no
",
    );
    for n in 0..6 {
        head += &format!("  n{n}: optional number\n");
    }
    head += "}\nranking best { score: propensity * value * weight }\n";
    for n in 0..8 {
        head += &format!("segment s{n} {{ n{} >= {}, churn_risk >= {}% }}\n", n % 6, n * 10, n * 8);
    }
    head += "placement home { channel: web, show: 3, candidates: all, ranking: best, fallback: nothing }\n";
    let mut files = vec![Source::new("head.journey", head)];
    let mut text = String::new();
    for n in 0..actions {
        text += &action(&mut dice, n);
        if n % 500 == 499 {
            files.push(Source::new(format!("f{n:06}.journey"), std::mem::take(&mut text)));
        }
    }
    files.push(Source::new("rest.journey", text));
    files
}

fn action(dice: &mut Dice, n: usize) -> String {
    let mut lines =
        vec![format!("n{} in {} to {}", dice.below(6), dice.below(40), 50 + dice.below(50))];
    lines.push(match dice.below(5) {
        0 => format!("country in [FR, {}]", ["BE", "GB", "DE", "IT"][(n / 5) % 4]),
        1 => format!("plan is not {} (if_unknown: no)", ["none", "prepaid", "fibre"][n % 3]),
        2 => format!("interests has {}", ["music", "sport", "films", "games"][n % 4]),
        3 => format!("churn_risk >= {}%", 10 + dice.below(80)),
        _ => format!("contract_end in the next {} days", 10 + dice.below(300)),
    });
    if dice.below(4) == 0 {
        lines.push(format!("in segment s{}", dice.below(8)));
    }
    let lines = lines.join("\n    ");
    let (euros, percent, weight) = (1 + dice.below(200), 1 + dice.below(60), 1 + dice.below(3));
    format!(
        "action a{n:06} {{
  owner: crm, purpose: news, stage: grow, value: EUR {euros}, propensity: {percent}%, weight: {weight}
  who {{
    {lines}
  }}
  message web {{ en {{ banner: \"banner number {n}\" }} }}
}}
"
    )
}

/// Checked rules; the workload must be good.
pub fn rules(sources: &[Source]) -> Rules {
    let checked = check(sources, &Context::default());
    match checked.rules {
        Some(rules) => rules,
        None => panic!("the workload is refused:\n{}", checked.diagnostics),
    }
}

fn customer(dice: &mut Dice, n: usize) -> Customer {
    let mut customer = Customer::new(id(n)).set("timezone", "Europe/Paris").set("language", "en");
    let mut set = |dice: &mut Dice, name: &str, value: onward::value::Value| {
        if dice.below(10) > 0 {
            customer = customer.clone().set(name, value);
        }
    };
    for n in 0..6 {
        let value = i64::try_from(dice.below(100)).unwrap_or(0).into();
        set(dice, &format!("n{n}"), value);
    }
    let country = ["FR", "BE", "GB", "DE", "IT"][n % 5];
    set(dice, "country", country.into());
    let plan = ["none", "prepaid", "sim_only", "fibre"][(n / 7) % 4];
    set(dice, "plan", plan.into());
    set(dice, "interests", [["music"], ["sport"], ["films"], ["games"]][n % 4].as_slice().into());
    let risk = format!("{}%", dice.below(101));
    set(dice, "churn_risk", risk.into());
    let end = format!("2026-{:02}-{:02}", 1 + dice.below(12), 1 + dice.below(28));
    set(dice, "contract_end", end.into());
    customer
}

fn id(n: usize) -> String {
    format!("customer-{n:04}")
}

/// An engine with its customers, and their questions.
pub fn engine(seed: u64, actions: usize) -> (Engine, Vec<Request>) {
    let engine = Engine::new(&rules(&sources(seed, actions)));
    let mut dice = Dice::new(seed ^ 0xc057);
    for n in 0..CUSTOMERS {
        engine.put(&customer(&mut dice, n)).expect("a good customer");
    }
    let at = Timestamp::parse("2026-03-10T11:00:00Z").expect("an instant");
    let questions = (0..CUSTOMERS).map(|n| Request::new(id(n), "home").at(at)).collect();
    (engine, questions)
}

/// Every answer against the explanation, which works conditions and scores out by itself: what passes there,
/// ordered naively, is what was decided. Returns the share of answers that hold something.
pub fn assert_answers(engine: &Engine, questions: &[Request]) -> f64 {
    let mut filled = 0_u32;
    for question in questions {
        let explained = engine.explain(question).expect("a good question");
        let mut passing: Vec<(f64, &str)> = explained
            .candidates
            .iter()
            .filter(|candidate| !matches!(candidate.standing, Standing::Blocked { .. }))
            .map(|candidate| (candidate.score.unwrap_or(0.0), candidate.action.as_str()))
            .collect();
        passing.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
        let decision = engine.decide(question).expect("a good question");
        let wanted: Vec<&str> = passing.iter().take(3).map(|(_, name)| *name).collect();
        assert_eq!(decision.actions().collect::<Vec<_>>(), wanted, "{question:?}");
        filled += u32::from(!wanted.is_empty());
    }
    f64::from(filled) / questions.len() as f64
}
