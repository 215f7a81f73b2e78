//! What the engine does with checked rules: small workspaces, one feature each, both sides of every edge.
//!
//! Every question asked here is also explained, and the explanation, which works conditions and scores out by
//! itself, must account for the decision exactly ([`Shop::ask`]).

mod allocations;
mod conditions;
pub(crate) mod consents;
mod content;
mod door;
mod events;
mod events_held;
mod events_kept;
mod events_speed;
mod explained;
mod hours_everywhere;
mod indexed;
mod kept;
mod limits;
mod limits_reserve;
mod limits_scenarios;
mod limits_slate;
mod limits_speed;
mod limits_time;
mod order;
mod policy;
mod promises;
mod promises_consent;
mod renamed;
mod scenarios;
mod share;
mod swap;
mod unknowns;
mod windows;

use onward::decision::{Decision, Explanation, Stage, Standing, Summary};
use onward::value::Timestamp;
use onward::{Context, Customer, Engine, Request, Rules, Source, check};

/// What every workspace here begins with.
const HEAD: &str = r#"
workspace shop { currency: EUR, timezone: "Europe/Paris", languages: [en, fr], stages: [grow] }
team crm { folder: ".", central: yes, email: "crm@shop.example" }
purpose marketing { consent_needed: [email, sms], consent_free: [web] }
purpose service { consent_free: [web, email, sms], send_hours: ignore }
send_hours daytime { monday to friday: 09:00 to 20:00, saturday: 10:00 to 18:00, sunday: never }
channel web { }
channel email { }
channel sms { send_hours: daytime }
ranking plain { score: propensity * value * weight }
"#;

/// A placement on the web that takes every action.
const HOME: &str = "placement home { channel: web, show: 3, candidates: all, ranking: plain, fallback: nothing }\n";

/// An action with a banner on the web.
fn offer(name: &str, lines: &str) -> String {
    format!(
        "action {name} {{\n  owner: crm, purpose: marketing, stage: grow, value: EUR 10, propensity: 50%\n  \
         {lines}\n  message web {{ en {{ banner: \"{name}\" }}, fr {{ banner: \"{name} fr\" }} }}\n}}\n"
    )
}

/// Rules of a text, which must be good.
fn rules(text: &str) -> Rules {
    let checked = check(&[Source::new("shop.journey", text)], &Context::default());
    match checked.rules {
        Some(rules) => rules,
        None => panic!("the rules are refused:\n{}\n{text}", checked.diagnostics),
    }
}

/// An instant.
fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).expect("an instant")
}

/// An ordinary Tuesday noon in Paris.
fn noon() -> Timestamp {
    at("2026-09-08T10:00:00Z")
}

/// An engine over a small workspace.
struct Shop {
    engine: Engine,
}

impl Shop {
    /// `HEAD`, then this.
    fn new(text: &str) -> Self {
        Self { engine: Engine::new(&rules(&format!("{HEAD}{text}"))) }
    }

    /// One action `a` with these lines of `who`, for customers declared so.
    fn who(customer: &str, lines: &str) -> Self {
        let action = offer("a", &format!("who {{\n{lines}\n}}"));
        Self::new(&format!("customer {{\n{customer}\n}}\n{action}{HOME}"))
    }

    fn with(self, customer: Customer) -> Self {
        self.engine.put(&customer).expect("a good customer");
        self
    }

    /// The decision, checked against its explanation.
    fn ask(&self, request: &Request) -> Decision {
        let decision = self.engine.decide(request).expect("a good question");
        let explained = self.engine.explain(request).expect("a good question");
        assert_accounts(&decision, &explained);
        decision
    }

    /// Names of the actions that a customer gets at `home`.
    fn home(&self, customer: &str, at: Timestamp) -> String {
        let decision = self.ask(&Request::new(customer, "home").at(at));
        decision.actions().collect::<Vec<_>>().join(" ")
    }

    /// Whether the one action passes for a customer at noon.
    fn passes(&self, customer: &str) -> bool {
        !self.home(customer, noon()).is_empty()
    }

    /// Stages that refuse the treatments of an action, all of them, with their names.
    fn blocked(&self, request: &Request, action: &str) -> Vec<String> {
        let explained = self.engine.explain(request).expect("a good question");
        let mut blocked: Vec<String> = explained
            .candidates
            .iter()
            .filter(|candidate| candidate.action == action)
            .filter_map(|candidate| match &candidate.standing {
                Standing::Blocked { reasons } => Some(reasons),
                _ => None,
            })
            .flatten()
            .map(|reason| match (&reason.missing_required, &reason.name) {
                (Some(missing), _) => format!("missing {missing}"),
                (None, Some(name)) => format!("{} {name}", reason.stage.word()),
                (None, None) => reason.stage.word().to_owned(),
            })
            .collect();
        blocked.dedup();
        blocked
    }
}

/// The explanation, worked out on its own, says what the decision did.
fn assert_accounts(decision: &Decision, explained: &Explanation) {
    assert_eq!(explained.decision, *decision);
    let mut chosen: Vec<(u32, &str, &str, Option<u64>)> = Vec::new();
    let mut refused = [0_u32; Stage::ALL.len()];
    let mut candidates = 0;
    for candidate in &explained.candidates {
        candidates += u32::from(!candidate.fallback);
        match &candidate.standing {
            Standing::Chosen { rank } => {
                let score = candidate.score.map(f64::to_bits);
                chosen.push((*rank, &candidate.action, &candidate.channel, score));
            }
            Standing::Blocked { reasons } if !candidate.fallback => {
                let first = reasons.iter().map(|reason| reason.stage).min().expect("a reason");
                refused[first as usize] += 1;
            }
            Standing::Outranked { by, margin } => {
                assert!(!by.is_empty(), "{candidate:?} passes, and nothing stands before it");
                assert!(*margin >= 0.0, "{candidate:?}");
            }
            Standing::Blocked { .. } | Standing::OtherChannel { .. } | Standing::Crowded { .. } => {
            }
        }
    }
    let answer: Vec<_> = (1..)
        .zip(&decision.treatments)
        .map(|(rank, t)| (rank, &*t.action, &*t.channel, t.score.map(f64::to_bits)))
        .collect();
    assert_eq!(chosen, answer, "{explained:#?}");
    let refused: Vec<_> =
        Stage::ALL.into_iter().zip(refused).filter(|(_, count)| *count > 0).collect();
    let summary = if decision.treatments.iter().any(|treatment| !treatment.fallback) {
        Summary::default()
    } else {
        Summary { candidates, refused }
    };
    assert_eq!(decision.summary, summary, "{explained:#?}");
}
