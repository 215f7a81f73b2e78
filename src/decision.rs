//! What comes back: the treatments chosen, and, on a path of its own, why and why not.

use serde::Serialize;

use crate::check::rules::{Alike, Fingerprint, Line};
use crate::value::Timestamp;

/// The stages that can refuse a treatment, in the order they are checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The customer is held out of this purpose. Reserved.
    Holdout,
    /// Today is not within the action's `dates`.
    Dates,
    /// `who` does not surely hold, or reads a required attribute that is missing.
    Who,
    /// `never` is not surely false.
    Never,
    /// A limit, `repeat` or a pause.
    ContactPolicy,
    /// The budget is used up.
    Budget,
    /// The customer has not consented to this purpose on this channel.
    Consent,
    /// Outside the channel's send-hours, or the customer's clock is not known.
    Hours,
    /// No content in the customer's language.
    Content,
    /// The request excludes the action.
    Excluded,
    /// The action is paused.
    Paused,
}

impl Stage {
    /// All, in order.
    pub const ALL: [Self; 11] = [
        Self::Holdout,
        Self::Dates,
        Self::Who,
        Self::Never,
        Self::ContactPolicy,
        Self::Budget,
        Self::Consent,
        Self::Hours,
        Self::Content,
        Self::Excluded,
        Self::Paused,
    ];

    /// The word that scenarios and outputs use: `who`, `send_hours` ...
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Holdout => "holdout",
            Self::Dates => "dates",
            Self::Who => "who",
            Self::Never => "never",
            Self::ContactPolicy => "limits",
            Self::Budget => "budget",
            Self::Consent => "consent",
            Self::Hours => "send_hours",
            Self::Content => "content",
            Self::Excluded => "excluded",
            Self::Paused => "paused",
        }
    }

    /// The stage of a word.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.word() == word)
    }
}

/// One treatment of an answer: an action on a channel, in a language.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Treatment {
    /// The action's name.
    pub action: String,
    /// The channel's name.
    pub channel: String,
    /// The language of the content, as the rules write it.
    pub language: String,
    /// Minor units of the workspace's currency; a fallback has none.
    pub score: Option<f64>,
    /// Whether it is the placement's fallback.
    pub fallback: bool,
    /// Probability with which it was chosen: 1 where no chance was involved.
    pub probability: f64,
}

/// Why an answer is empty or holds only the fallback: how many candidate treatments each stage refused first.
///
/// Without counts where a candidate stands in the answer: then most others were never looked at. `explain`
/// says of every candidate how it fared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Candidate treatments looked at; 0 where one stands in the answer.
    pub candidates: u32,
    /// Stage with the number it refused (each treatment counts for its first refusing stage), in order.
    pub refused: Vec<(Stage, u32)>,
}

/// The answer to one request. Fields are only ever added.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Decision {
    /// Best first; empty when nothing fits.
    pub treatments: Vec<Treatment>,
    /// Why no candidate fits, where none does.
    pub summary: Summary,
    /// Which program of this engine decided; grows with each swap.
    pub generation: u64,
    /// Which rules decided.
    pub fingerprint: Fingerprint,
    /// Version of the customer's profile that was read; 0 for a customer of whom nothing is known.
    pub view_version: u64,
    /// As asked.
    pub decision_id: Option<String>,
    /// As asked.
    pub at: Timestamp,
}

impl Decision {
    /// Names of the actions, best first.
    pub fn actions(&self) -> impl Iterator<Item = &str> {
        self.treatments.iter().map(|treatment| treatment.action.as_str())
    }
}

/// One reason why a treatment is blocked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// Which check.
    pub stage: Stage,
    /// What is named: the limits block, or `repeat` or `pause` where the action itself says so; the channel for
    /// consent, the hours' name, the language tag for content.
    pub name: Option<String>,
    /// A sentence for people.
    pub text: String,
    /// `missing required NAME`: the required attribute that is missing.
    pub missing_required: Option<String>,
    /// The line that blocks: of a cap, a pause, a budget.
    pub line: Option<Line>,
    /// When it stops to block, as things stand now; absent where it never does, or nobody knows.
    pub until: Option<Timestamp>,
}

/// What a line of a rule said about this customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Truth {
    /// Surely.
    True,
    /// Surely not.
    False,
    /// Some value that it reads is not known.
    Unknown,
}

/// One line of a rule, with what it saw.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Trace {
    /// Where it stands and what it says.
    pub line: Line,
    /// What came of it (after `if_unknown`, where it answered).
    pub truth: Truth,
    /// The value seen, as authors write it; absent where unknown.
    pub seen: Option<String>,
    /// Whether `if_unknown` gave the answer.
    pub answered: bool,
    /// The lines within: of a segment, `any` or `none`.
    pub inner: Vec<Trace>,
}

/// How one candidate treatment fared.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// In the answer.
    Chosen {
        /// From 1.
        rank: u32,
    },
    /// Passed every check; others were better.
    Outranked {
        /// The last action of the answer, which it would have had to beat.
        by: String,
        /// How much less it scores, in minor units; 0 for a tie decided by rest or name.
        margin: f64,
    },
    /// Passed every check; better ones of its kind stand in the answer already, as many as the placement allows.
    Crowded {
        /// What they are alike in: `line` in `at most 1 per line`.
        by: Alike,
        /// Of which line, owner, product, purpose or stage.
        name: String,
    },
    /// Passed every check; the same action is better placed on another channel.
    OtherChannel {
        /// That channel.
        channel: String,
    },
    /// Refused, for all of these reasons.
    Blocked {
        /// In the order of the checks.
        reasons: Vec<Reason>,
    },
}

/// One factor of a score.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Factor {
    /// `propensity`, `value`, `weight`, an attribute, a model.
    pub name: String,
    /// As a fraction, in minor units, or plain; absent for personal data.
    pub value: Option<f64>,
    /// As authors write it: `4%`, `EUR 120.00`, `1.5`.
    pub shown: String,
    /// Whether the customer's own value was missing and the declared one stood in.
    pub stand_in: bool,
}

/// Everything there is to say about one candidate treatment.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Candidate {
    /// The action.
    pub action: String,
    /// The channel.
    pub channel: String,
    /// What became of it.
    pub standing: Standing,
    /// Minor units; absent for a fallback.
    pub score: Option<f64>,
    /// What the score is made of, in the order of the formula.
    pub factors: Vec<Factor>,
    /// The lines of `who`.
    pub who: Vec<Trace>,
    /// The lines of `never`.
    pub never: Vec<Trace>,
    /// When this action was last shown to this customer.
    pub last_shown: Option<Timestamp>,
    /// Whether it is the placement's fallback.
    pub fallback: bool,
}

/// The whole account of one decision: what was chosen, what was not, and why.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// The same decision that `decide` gives.
    pub decision: Decision,
    /// The placement asked.
    pub placement: String,
    /// The customer asked about.
    pub customer: Option<String>,
    /// Every candidate treatment: chosen by rank, then outranked by score, then those of actions that are better
    /// placed on another channel by name, then blocked by name.
    pub candidates: Vec<Candidate>,
    /// Sentences on what was assumed: an unknown time zone, an unknown language.
    pub notes: Vec<String>,
}
