//! Contact policy as it is settled: how often somebody may be reached, what pauses it, and how much there is to give.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{CalendarUnit, Line};

/// For so many days single contacts and outcomes are kept: no window reaches further back.
pub const KEPT_DAYS: i64 = 800;

/// `limits marketing_pressure { ... }`: holds for every treatment in its scope, and counts the contacts in it.
///
/// A contact belongs to the scope by the action, the channel and the purpose that it had when it was made.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Its name.
    pub name: String,
    /// The comment above it.
    pub description: String,
    /// Indexes into [`Rules::purposes`](super::Rules::purposes); absent: every purpose.
    pub purposes: Option<BTreeSet<usize>>,
    /// Indexes into [`Rules::actions`](super::Rules::actions); absent: every action.
    pub actions: Option<BTreeSet<usize>>,
    /// All must hold.
    pub caps: Vec<Cap>,
    /// What pauses its scope for a customer.
    pub pauses: Vec<Pause>,
    /// Where it is defined.
    pub line: Line,
}

/// `at most 3 per 7 days on [email, sms] together`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cap {
    /// How many, at least 1.
    pub most: u32,
    /// `shown`: a contact counts at the time it was reported as shown, and at its commit until one is; else at
    /// its commit alone.
    pub shown: bool,
    /// Over what time.
    pub per: CapPer,
    /// Indexes into [`Rules::channels`](super::Rules::channels); absent: all channels. Only treatments on them
    /// are capped, and only contacts on them count.
    pub channels: Option<BTreeSet<usize>>,
    /// `each`: every channel is counted by itself; else all of them together.
    pub each: bool,
    /// Where it stands.
    pub line: Line,
}

/// What a cap is counted over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CapPer {
    /// `per 7 days`: the time ending now, older end excluded, now included.
    Rolling {
        /// How long.
        micros: i64,
    },
    /// `per calendar month`: the month of now, by the customer's clock (the workspace's where its zone is unknown).
    Calendar(CalendarUnit),
    /// `in total`: ever.
    Total,
}

/// `after 3 rejected in the last 30 days pause 60 days`.
///
/// From the instant `t` of an outcome with which there are `count` of them in `(t - reach, t]`, the scope is paused
/// up to `t + pause`, that end excluded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pause {
    /// How many, at least 1.
    pub count: u32,
    /// What became of a contact.
    pub outcome: Outcome,
    /// Microseconds over which they are counted.
    pub reach: i64,
    /// Microseconds for which it pauses.
    pub pause: i64,
    /// Where it stands.
    pub line: Line,
}

/// What became of a contact, as an application reports it.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names are the language's own")]
pub enum Outcome {
    Accepted,
    Bounced,
    Clicked,
    Complained,
    Converted,
    Dismissed,
    Opened,
    Rejected,
}

impl Outcome {
    /// All, by name.
    pub const ALL: [Self; 8] = [
        Self::Accepted,
        Self::Bounced,
        Self::Clicked,
        Self::Complained,
        Self::Converted,
        Self::Dismissed,
        Self::Opened,
        Self::Rejected,
    ];

    /// The word of rules and data.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Bounced => "bounced",
            Self::Clicked => "clicked",
            Self::Complained => "complained",
            Self::Converted => "converted",
            Self::Dismissed => "dismissed",
            Self::Opened => "opened",
            Self::Rejected => "rejected",
        }
    }

    /// The outcome of a word.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.word() == word)
    }
}

/// `budget: at most 500 per calendar day`: for all customers together, by the workspace's clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Budget {
    /// How many, at least 1.
    pub most: u64,
    /// The period it is given anew; absent: `in total`.
    pub per: Option<CalendarUnit>,
    /// Where it stands.
    pub line: Line,
}
