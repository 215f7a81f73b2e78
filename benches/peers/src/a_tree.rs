//! a-tree: all expressions in one tree; it gives every match, so it can only be asked for all.

use a_tree::{ATree, AttributeDefinition, Event};

use crate::spelling::{Dialect, Numbers, Plain, plain};
use crate::workload::loops::Best;
use crate::workload::{Kind, Profile, Workload};
use crate::{Peer, Ranked};

const DIALECT: Dialect = Dialect {
    and: " and ",
    or: " or ",
    quote: '"',
    numbers: Numbers::Absent,
    before: "",
    among: |name, words| match words {
        [word] => format!("{name} = {word}"),
        words => format!("{name} in [{}]", words.join(", ")),
    },
    not_among: |name, words| format!("{name} not in [{}]", words.join(", ")),
    between: |name, low, high| format!("({name} >= {low} and {name} <= {high})"),
    has_any: |name, words| format!("{name} one of [{}]", words.join(", ")),
    lacks: |name, words| format!("{name} none of [{}]", words.join(", ")),
    absent: |name| format!("{name} is null"),
};

pub struct Tree {
    tree: ATree<u32>,
    events: Vec<Event>,
    ranked: Ranked,
}

impl Tree {
    pub fn new(workload: &Workload, profiles: &[Profile], ranked: &Ranked) -> Self {
        let definitions: Vec<_> = workload
            .attributes
            .iter()
            .enumerate()
            .map(|(at, kind)| {
                let name = crate::workload::text::attribute(at);
                match kind {
                    Kind::Number | Kind::Date => AttributeDefinition::integer(&name),
                    Kind::Set(_) => AttributeDefinition::string_list(&name),
                    _ => AttributeDefinition::string(&name),
                }
            })
            .collect();
        let mut tree = ATree::new(&definitions).expect("definitions");
        for (rank, (_, action)) in (0..).zip(&ranked.order) {
            let rule = DIALECT.rule(workload, &workload.actions[*action as usize]);
            tree.insert(&rank, &rule).expect("a rule");
        }
        let events = profiles
            .iter()
            .map(|profile| {
                let mut event = tree.make_event();
                for (at, (kind, reading)) in workload.attributes.iter().zip(profile).enumerate() {
                    let name = crate::workload::text::attribute(at);
                    match plain(*kind, *reading) {
                        Plain::Word(word) => event.with_string(&name, &word),
                        Plain::Words(words) => {
                            let words: Vec<&str> = words.iter().map(String::as_str).collect();
                            event.with_string_list(&name, &words)
                        }
                        Plain::Number(number) => event.with_integer(&name, number.into()),
                        Plain::NoNumber => event.with_undefined(&name),
                    }
                    .expect("a value");
                }
                event.build().expect("an event")
            })
            .collect();
        Self { tree, events, ranked: ranked.clone() }
    }
}

impl Peer for Tree {
    fn name(&self) -> &'static str {
        "a-tree 0.6.1"
    }
    fn all(&mut self, customer: usize) -> Best {
        let report = self.tree.search(&self.events[customer]).expect("a search");
        self.ranked.best_of(report.matches().iter().map(|rank| **rank))
    }
}
