//! cedar-policy: one permit policy per rule; it evaluates every policy and names those that permit.

use std::str::FromStr;

use cedar_policy::{
    Authorizer, Context, Decision, Entities, EntityUid, Policy, PolicyId, PolicySet, Request,
    RestrictedExpression,
};

use crate::spelling::{Dialect, Numbers, Plain, plain};
use crate::workload::loops::Best;
use crate::workload::text::attribute;
use crate::workload::{Profile, Workload};
use crate::{Peer, Ranked};

const DIALECT: Dialect = Dialect {
    and: " && ",
    or: " || ",
    quote: '"',
    numbers: Numbers::Minus,
    before: "context.",
    among: |name, words| match words {
        [word] => format!("{name} == {word}"),
        words => format!("[{}].contains({name})", words.join(", ")),
    },
    not_among: |name, words| match words {
        [word] => format!("{name} != {word}"),
        words => format!("!([{}].contains({name}))", words.join(", ")),
    },
    between: |name, low, high| format!("{name} >= {low} && {name} <= {high}"),
    has_any: |name, words| match words {
        [word] => format!("{name}.contains({word})"),
        words => format!("{name}.containsAny([{}])", words.join(", ")),
    },
    lacks: |name, words| format!("!({name}.containsAny([{}]))", words.join(", ")),
    absent: |_| String::new(),
};

pub struct Cedar {
    authorizer: Authorizer,
    policies: PolicySet,
    entities: Entities,
    requests: Vec<Request>,
    ranked: Ranked,
}

fn uid(text: &str) -> EntityUid {
    EntityUid::from_str(text).expect("a name")
}

impl Cedar {
    pub fn new(workload: &Workload, profiles: &[Profile], ranked: &Ranked) -> Self {
        let mut policies = PolicySet::new();
        for (rank, (_, action)) in ranked.order.iter().enumerate() {
            let rule = DIALECT.rule(workload, &workload.actions[*action as usize]);
            let text = format!("permit(principal, action, resource) when {{ {rule} }};");
            let policy = Policy::parse(Some(PolicyId::new(rank.to_string())), &text);
            policies.add(policy.unwrap_or_else(|e| panic!("{text}: {e}"))).expect("a new policy");
        }
        let string = RestrictedExpression::new_string;
        let requests = profiles
            .iter()
            .map(|profile| {
                let pairs = workload.attributes.iter().zip(profile).enumerate();
                let pairs = pairs.map(|(at, (kind, reading))| {
                    let value = match plain(*kind, *reading) {
                        Plain::Word(word) => string(word),
                        Plain::Words(words) => {
                            RestrictedExpression::new_set(words.into_iter().map(string))
                        }
                        Plain::Number(n) => RestrictedExpression::new_long(n.into()),
                        Plain::NoNumber => RestrictedExpression::new_long(-1),
                    };
                    (attribute(at), value)
                });
                let context = Context::from_pairs(pairs).expect("a context");
                let (who, what, home) =
                    (uid("C::\"c\""), uid("Action::\"show\""), uid("P::\"home\""));
                Request::new(who, what, home, context, None).expect("a request")
            })
            .collect();
        let (authorizer, entities) = (Authorizer::new(), Entities::empty());
        Self { authorizer, policies, entities, requests, ranked: ranked.clone() }
    }
}

impl Peer for Cedar {
    fn name(&self) -> &'static str {
        "cedar-policy 4.14.1"
    }
    fn all(&mut self, customer: usize) -> Best {
        let request = &self.requests[customer];
        let response = self.authorizer.is_authorized(request, &self.policies, &self.entities);
        assert_eq!(response.diagnostics().errors().count(), 0, "a policy could not be evaluated");
        let reasons = response.diagnostics().reason();
        let best = self.ranked.best_of(reasons.map(|id| {
            let id: &str = id.as_ref();
            id.parse().expect("a rank")
        }));
        assert_eq!(best.eligible > 0, response.decision() == Decision::Allow);
        best
    }
}
