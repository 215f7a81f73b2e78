//! The engines that evaluate one expression at a time: zen-expression, cel and rhai. Rules are sorted by score,
//! so that the best three stop at the third hit.

use rhai::Dynamic;
use serde_json::{Value, json};
use zen_expression::vm::VM;
use zen_expression::{Scope, Variable};

use crate::spelling::{Dialect, Numbers, Plain, plain};
use crate::workload::loops::{Best, Hit};
use crate::workload::text::attribute;
use crate::workload::{Profile, Workload};
use crate::{Peer, Ranked};

/// An engine that answers whether the rule of a rank holds for a customer.
pub trait Rules {
    const NAME: &'static str;
    fn holds(&mut self, rank: usize, customer: usize) -> bool;
}

/// The loop over such an engine.
pub struct OneByOne<R> {
    pub rules: R,
    pub ranked: Ranked,
}

impl<R: Rules> Peer for OneByOne<R> {
    fn name(&self) -> &'static str {
        R::NAME
    }
    fn all(&mut self, customer: usize) -> Best {
        let ranks = 0..self.ranked.order.len() as u32;
        let rules = &mut self.rules;
        self.ranked.best_of(ranks.filter(|rank| rules.holds(*rank as usize, customer)))
    }
    fn best(&mut self, customer: usize) -> Option<Best> {
        let mut best = Best::default();
        for (rank, (score, action)) in self.ranked.order.iter().enumerate() {
            if best.closed_for(*score) {
                break;
            }
            if self.rules.holds(rank, customer) {
                best.offer(Hit { action: *action, score: *score });
            }
        }
        Some(best)
    }
}

fn rules<T>(
    workload: &Workload,
    ranked: &Ranked,
    dialect: &Dialect,
    read: impl Fn(&str) -> T,
) -> Vec<T> {
    let action = |action: &u32| &workload.actions[*action as usize];
    ranked.order.iter().map(|(_, a)| read(&dialect.rule(workload, action(a)))).collect()
}

fn any(name: &str, words: &[String], or: &str) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("{word} in {name}")).collect();
    if words.len() == 1 { words[0].clone() } else { format!("({})", words.join(or)) }
}

pub struct Zen {
    rules: Vec<zen_expression::Expression<zen_expression::expression::Standard>>,
    scopes: Vec<Scope>,
    vm: VM,
}

const ZEN: Dialect = Dialect {
    and: " and ",
    or: " or ",
    quote: '"',
    numbers: Numbers::Minus,
    before: "",
    among: |name, words| match words {
        [word] => format!("{name} == {word}"),
        words => format!("{name} in [{}]", words.join(", ")),
    },
    not_among: |name, words| match words {
        [word] => format!("{name} != {word}"),
        words => format!("{name} not in [{}]", words.join(", ")),
    },
    between: |name, low, high| format!("{name} in [{low}..{high}]"),
    has_any: |name, words| any(name, words, " or "),
    lacks: |name, words| format!("not({})", any(name, words, " or ")),
    absent: |_| String::new(),
};

/// A customer as JSON.
pub fn object(workload: &Workload, profile: &Profile) -> Value {
    let pairs = workload.attributes.iter().zip(profile).enumerate();
    Value::Object(
        pairs
            .map(|(at, (kind, reading))| {
                let value = match plain(*kind, *reading) {
                    Plain::Word(word) => json!(word),
                    Plain::Words(words) => json!(words),
                    Plain::Number(number) => json!(number),
                    Plain::NoNumber => json!(-1),
                };
                (attribute(at), value)
            })
            .collect(),
    )
}

impl Zen {
    pub fn new(workload: &Workload, profiles: &[Profile], ranked: &Ranked) -> Self {
        let read = |rule: &str| {
            zen_expression::compile_expression(rule).unwrap_or_else(|e| panic!("{rule}: {e}"))
        };
        let scope = |profile: &Profile| Scope::new(Variable::from(object(workload, profile)));
        Self {
            rules: rules(workload, ranked, &ZEN, read),
            scopes: profiles.iter().map(scope).collect(),
            vm: VM::new(),
        }
    }
}

impl Rules for Zen {
    const NAME: &'static str = "zen-expression 2.1.6";
    fn holds(&mut self, rank: usize, customer: usize) -> bool {
        let value = self.rules[rank].evaluate_with_scope(&self.scopes[customer], &mut self.vm);
        value.expect("a value").as_bool().expect("yes or no")
    }
}

pub struct Cel {
    rules: Vec<cel::Program>,
    contexts: Vec<cel::Context<'static, 'static>>,
}

/// As cel and rhai write it.
const C_LIKE: Dialect = Dialect {
    and: " && ",
    or: " || ",
    quote: '"',
    numbers: Numbers::Minus,
    before: "",
    among: |name, words| match words {
        [word] => format!("{name} == {word}"),
        words => format!("{name} in [{}]", words.join(", ")),
    },
    not_among: |name, words| match words {
        [word] => format!("{name} != {word}"),
        words => format!("!({name} in [{}])", words.join(", ")),
    },
    between: |name, low, high| format!("{name} >= {low} && {name} <= {high}"),
    has_any: |name, words| any(name, words, " || "),
    lacks: |name, words| format!("!({})", any(name, words, " || ")),
    absent: |_| String::new(),
};

impl Cel {
    pub fn new(workload: &Workload, profiles: &[Profile], ranked: &Ranked) -> Self {
        let read =
            |rule: &str| cel::Program::compile(rule).unwrap_or_else(|e| panic!("{rule}: {e}"));
        let context = |profile: &Profile| {
            let mut context = cel::Context::default();
            let pairs = workload.attributes.iter().zip(profile).enumerate();
            for (at, (kind, reading)) in pairs {
                match plain(*kind, *reading) {
                    Plain::Word(word) => context.add_variable_from_value(attribute(at), word),
                    Plain::Words(words) => context.add_variable_from_value(attribute(at), words),
                    Plain::Number(n) => {
                        context.add_variable_from_value(attribute(at), i64::from(n))
                    }
                    Plain::NoNumber => context.add_variable_from_value(attribute(at), -1_i64),
                };
            }
            context
        };
        Self {
            rules: rules(workload, ranked, &C_LIKE, read),
            contexts: profiles.iter().map(context).collect(),
        }
    }
}

impl Rules for Cel {
    const NAME: &'static str = "cel 0.15.0";
    fn holds(&mut self, rank: usize, customer: usize) -> bool {
        let value = self.rules[rank].execute(&self.contexts[customer]).expect("a value");
        matches!(value, cel::Value::Bool(true))
    }
}

pub struct Rhai {
    engine: rhai::Engine,
    rules: Vec<rhai::AST>,
    scopes: Vec<rhai::Scope<'static>>,
}

impl Rhai {
    pub fn new(workload: &Workload, profiles: &[Profile], ranked: &Ranked) -> Self {
        let mut engine = rhai::Engine::new();
        engine.set_max_expr_depths(0, 0);
        let read =
            |rule: &str| engine.compile_expression(rule).unwrap_or_else(|e| panic!("{rule}: {e}"));
        let rules = rules(workload, ranked, &C_LIKE, read);
        let scope = |profile: &Profile| {
            let mut scope = rhai::Scope::new();
            let pairs = workload.attributes.iter().zip(profile).enumerate();
            for (at, (kind, reading)) in pairs {
                let value = match plain(*kind, *reading) {
                    Plain::Word(word) => Dynamic::from(word),
                    Plain::Words(words) => {
                        Dynamic::from_array(words.into_iter().map(Dynamic::from).collect())
                    }
                    Plain::Number(number) => Dynamic::from_int(number.into()),
                    Plain::NoNumber => Dynamic::from_int(-1),
                };
                scope.push_constant_dynamic(attribute(at), value);
            }
            scope
        };
        Self { scopes: profiles.iter().map(scope).collect(), engine, rules }
    }
}

impl Rules for Rhai {
    const NAME: &'static str = "rhai 1.27.0";
    fn holds(&mut self, rank: usize, customer: usize) -> bool {
        let scope = &mut self.scopes[customer];
        self.engine.eval_ast_with_scope::<bool>(scope, &self.rules[rank]).expect("yes or no")
    }
}
