//! What may be done with promises, step by step, by the engine and by the reference alike.
//!
//! In: steps, from a case file (`cases`) or from dice (`differential::promises`). Out: what came of each, in the
//! words of a case. The two players share the words and nothing else.

mod by_engine;
mod by_reference;
mod cases;

use std::collections::BTreeSet;

use onward::Request;
use onward::decision::Stage;
use onward::value::Timestamp;

pub(crate) use by_engine::ByEngine;
pub(crate) use by_reference::ByReference;

/// One step; `at` is in Unix microseconds.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) at: i64,
    pub(crate) what: What,
}

/// What is done. `who` is a customer, `id` a decision, `hold` in microseconds; a request is asked at the time of its
/// step.
#[derive(Clone, Debug)]
pub(crate) enum What {
    /// `ask lea home`: what would be given, and nothing is taken.
    Ask { request: Request },
    /// `why lea home a by web`: what refuses it there.
    Why { who: String, placement: String, action: String, channel: String },
    /// `reserve lea home as d1 for 10 minutes`
    Reserve { request: Request, id: String, hold: i64 },
    /// `hold lea a by web as d1 for 10 minutes`
    Hold { who: String, action: String, channel: String, id: String, hold: i64 },
    /// `send lea a by web as d1`: held and committed at once.
    Send { who: String, action: String, channel: String, id: String },
    /// `commit lea d1`
    Commit { who: String, id: String },
    /// `release lea d1`
    Release { who: String, id: String },
    /// `report lea d1 shown`, `report lea d1 shown a`
    Report { who: String, id: String, action: Option<String> },
    /// `shown lea a by web`: as data says.
    Shown { who: String, action: String, channel: String },
    /// `outcome lea a by web rejected`, `... of d1`
    Outcome { who: String, action: String, channel: String, word: String, id: Option<String> },
    /// `grant lea email marketing`
    Grant { who: String, channel: String, purpose: String },
    /// `withdraw lea email`
    Withdraw { who: String, channel: String },
    /// `zone lea Europe/Paris`
    Zone { who: String, zone: String },
    /// `swap 2`: the rules of this number, from 1, take over.
    Swap(usize),
    /// `forget lea`
    Forget { who: String },
}

/// Who can do it: what came of a step, in words.
pub(crate) trait Play {
    fn step(&mut self, step: &Step) -> String;
}

/// A reason in words: `limits pressure until 2026-03-11T09:00:00Z`.
pub(crate) fn reason(stage: Stage, name: Option<&str>, until: Option<i64>) -> String {
    let name = match (stage, name) {
        (Stage::ContactPolicy, Some(own @ ("repeat" | "pause"))) => own.to_owned(),
        (stage, name) => {
            let name = name.map(|name| format!(" {name}")).unwrap_or_default();
            format!("{}{name}", stage.word())
        }
    };
    let until = until.map(|until| format!(" until {}", Timestamp::from_micros(until)));
    format!("{name}{}", until.unwrap_or_default())
}

/// Several, in byte order.
pub(crate) fn reasons(all: impl IntoIterator<Item = String>) -> String {
    let all: BTreeSet<String> = all.into_iter().collect();
    all.into_iter().collect::<Vec<_>>().join("; ")
}

/// `a by web, b by email`, or `nothing`.
pub(crate) fn answer<'a>(all: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let all: Vec<String> = all.into_iter().map(|(a, c)| format!("{a} by {c}")).collect();
    if all.is_empty() { "nothing".to_owned() } else { all.join(", ") }
}
