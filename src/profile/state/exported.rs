//! All that is kept of a person, for whoever asks for it: plain data, to be written as JSON.

use std::collections::BTreeMap;

use serde::Serialize;

use super::super::contacts::NO_PURPOSE;
use super::Dictionary;
use crate::check::rules::Outcome;
use crate::value::{Timestamp, Value};

/// All that is kept of one customer.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Exported {
    /// Every id that stands for the person, the first one first.
    pub ids: Vec<String>,
    /// Counts the accepted news of the customer.
    pub version: u64,
    /// Attributes by name, as they came; a cleared one is kept as nothing, with its time.
    pub attributes: BTreeMap<String, ExportedAttribute>,
    /// What was said about consent, word by word.
    pub consent: Vec<ExportedConsent>,
    /// With what the customer was reached, oldest first.
    pub contacts: Vec<ExportedContact>,
    /// Contacts that are no longer kept one by one.
    pub earlier_contacts: Vec<ExportedGone>,
    /// What became of contacts, oldest first.
    pub outcomes: Vec<ExportedOutcome>,
    /// What was promised, in the order in which it was taken.
    pub promises: Vec<ExportedPromise>,
    /// What happened, by event.
    pub events: BTreeMap<String, ExportedEvents>,
    /// Where the person stands in journeys, and what ended of those that are not entered again at will.
    pub journeys: Vec<ExportedRun>,
    /// What was merged into the person and can be undone, oldest first.
    pub merges: Vec<ExportedMerge>,
}

/// One attribute.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ExportedAttribute {
    /// As it came.
    pub value: Value,
    /// When that was true.
    pub updated: Timestamp,
}

/// One contact. A name that the rules no longer know is `#` and sixteen digits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExportedContact {
    /// When it counts as sent.
    pub at: Timestamp,
    /// The action.
    pub action: String,
    /// The channel.
    pub channel: String,
    /// The purpose that the action had; absent where the rules did not know the action.
    pub purpose: Option<String>,
    /// When it was reported as shown.
    pub shown: Option<Timestamp>,
}

/// Contacts of which only the number is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExportedGone {
    /// The action.
    pub action: String,
    /// The channel.
    pub channel: String,
    /// The purpose that the action had.
    pub purpose: Option<String>,
    /// How many.
    pub times: u64,
    /// The newest of them.
    pub newest: Timestamp,
}

/// What became of a contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExportedOutcome {
    /// When.
    pub at: Timestamp,
    /// The action.
    pub action: String,
    /// The channel.
    pub channel: String,
    /// What.
    pub outcome: Outcome,
}

/// What a decision was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExportedPromise {
    /// The decision's id.
    pub decision_id: Option<String>,
    /// When it was taken.
    pub taken: Timestamp,
    /// When it ends, or ended, unless it is sent.
    pub expires: Timestamp,
    /// `promised`, `sent` or `over`.
    pub state: &'static str,
    /// Actions, each with its channel.
    pub treatments: Vec<(String, String)>,
}

/// A run of a journey: where it stands, or when the last of its kind ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExportedRun {
    /// The journey.
    pub journey: String,
    /// The step that it stands on; absent where it ended.
    pub step: Option<String>,
    /// When it entered; absent where it ended.
    pub entered: Option<Timestamp>,
    /// When it ended.
    pub ended: Option<Timestamp>,
}

/// What the numbers in a record are called.
pub(crate) struct Names<'a> {
    pub(crate) dictionary: &'a Dictionary,
    /// Names of actions, channels, purposes, journeys and steps by their hashes.
    pub(crate) words: BTreeMap<u64, &'a str>,
}

impl Names<'_> {
    pub(super) fn word(&self, hash: u64) -> String {
        self.words.get(&hash).map_or_else(|| format!("#{hash:016x}"), |word| (*word).to_owned())
    }

    pub(super) fn purpose(&self, hash: u64) -> Option<String> {
        (hash != NO_PURPOSE).then(|| self.word(hash))
    }
}

/// One word on consent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExportedConsent {
    /// The channel.
    pub channel: String,
    /// The purpose; absent: all of them.
    pub purpose: Option<String>,
    /// Whether it was granted.
    pub granted: bool,
    /// When it was said.
    pub at: Timestamp,
}

/// What is kept of one event.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ExportedEvents {
    /// The first time ever.
    pub first: Option<Timestamp>,
    /// The last time ever.
    pub last: Option<Timestamp>,
    /// How often in all.
    pub times: u64,
    /// Nothing newer than this is missing from the rows.
    pub complete_since: Option<Timestamp>,
    /// What is kept of each, oldest first.
    pub rows: Vec<ExportedRow>,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExportedRow {
    /// When.
    pub at: Timestamp,
    /// Its fields; of texts and codes only a hash is kept, written `#` and sixteen digits.
    pub fields: BTreeMap<String, String>,
}

/// One merge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExportedMerge {
    /// When it was recorded.
    pub at: Timestamp,
    /// The ids that came by it.
    pub ids: Vec<String>,
}
