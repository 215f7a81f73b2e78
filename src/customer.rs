//! A customer as the host hands it over: raw values, consent, what was shown.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::check::rules::Outcome;
use crate::value::{ReadError, Timestamp, Value};

/// What is newly known of one customer; absent attributes stay as they are, `Value::Null` clears one.
///
/// Per attribute the newest `updated` wins; equal times go to what arrives later.
///
/// # Example
/// ```
/// use onward::{Customer, value::Timestamp};
/// let lea = Customer::new("lea")
///     .set("country", "FR")
///     .set("churn_risk", "80%")
///     .grant("email", "marketing")
///     .shown("fibre_upgrade", "web", Timestamp::from_millis(0));
/// assert_eq!(lea.id(), "lea");
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Customer {
    id: String,
    #[serde(default)]
    updated: Timestamp,
    #[serde(default)]
    attributes: BTreeMap<String, Value>,
    /// channel → purpose → granted
    #[serde(default)]
    consent: BTreeMap<String, BTreeMap<String, bool>>,
    /// Channels on which consent is withdrawn for every purpose.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    withdrawn: BTreeSet<String>,
    /// Nobody knows when it was said: it is newer than what came before it, and older than what is dated later.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    undated: bool,
    #[serde(default)]
    shown: Vec<Shown>,
}

/// One record of an action having been shown or sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// The action's name.
    pub action: String,
    /// The channel's name.
    pub channel: String,
    /// When.
    pub at: Timestamp,
}

/// What became of a contact, as an application reports it to [`Engine::outcome`](crate::Engine::outcome).
///
/// # Example
/// ```
/// use onward::check::rules::Outcome;
/// use onward::{Feedback, value::Timestamp};
/// let at = Timestamp::from_millis(0);
/// let no = Feedback::new("lea", "fibre_upgrade", "email", Outcome::Rejected, at).decision("d-17");
/// assert_eq!(no.decision_id.as_deref(), Some("d-17"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feedback {
    /// External id.
    pub customer: String,
    /// The action's name.
    pub action: String,
    /// The channel's name.
    pub channel: String,
    /// What became of it.
    pub outcome: Outcome,
    /// When.
    pub at: Timestamp,
    /// Of which decision: the same outcome of the same action in it counts once.
    #[serde(default)]
    pub decision_id: Option<String>,
}

impl Feedback {
    /// An outcome of no decision in particular: every report counts.
    pub fn new(
        customer: impl Into<String>,
        action: impl Into<String>,
        channel: impl Into<String>,
        outcome: Outcome,
        at: Timestamp,
    ) -> Self {
        let (customer, action, channel) = (customer.into(), action.into(), channel.into());
        Self { customer, action, channel, outcome, at, decision_id: None }
    }

    /// Of this decision.
    #[must_use]
    pub fn decision(mut self, id: impl Into<String>) -> Self {
        self.decision_id = Some(id.into());
        self
    }
}

impl Customer {
    /// News of the customer with this external id, as of Unix time 0.
    pub fn new(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            updated: Timestamp::default(),
            attributes: BTreeMap::new(),
            consent: BTreeMap::new(),
            withdrawn: BTreeSet::new(),
            undated: false,
            shown: Vec::new(),
        }
    }

    /// When this was true.
    #[must_use]
    pub fn updated(mut self, at: Timestamp) -> Self {
        self.updated = at;
        self
    }

    /// Sets an attribute; one that the rules do not declare (yet) is kept as it came.
    #[must_use]
    pub fn set(mut self, attribute: impl Into<String>, value: impl Into<Value>) -> Self {
        self.attributes.insert(attribute.into(), value.into());
        self
    }

    /// Records consent for a purpose on a channel.
    #[must_use]
    pub fn grant(self, channel: impl Into<String>, purpose: impl Into<String>) -> Self {
        self.consent(channel, purpose, true)
    }

    /// Records the withdrawal of consent for a purpose on a channel.
    #[must_use]
    pub fn withdraw(self, channel: impl Into<String>, purpose: impl Into<String>) -> Self {
        self.consent(channel, purpose, false)
    }

    /// Records the withdrawal of consent on a channel for every purpose that needs it, whatever it is called
    /// and whenever it was granted before. What the same record says of one purpose stands beside it.
    #[must_use]
    pub fn withdraw_all(mut self, channel: impl Into<String>) -> Self {
        self.withdrawn.insert(channel.into());
        self
    }

    /// Records that an action was shown or sent. The same action, channel and time again is the same contact.
    #[must_use]
    pub fn shown(
        mut self,
        action: impl Into<String>,
        channel: impl Into<String>,
        at: Timestamp,
    ) -> Self {
        self.shown.push(Shown { action: action.into(), channel: channel.into(), at });
        self
    }

    fn consent(
        mut self,
        channel: impl Into<String>,
        purpose: impl Into<String>,
        granted: bool,
    ) -> Self {
        self.consent.entry(channel.into()).or_default().insert(purpose.into(), granted);
        self
    }

    /// External id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }
    /// When this was true.
    #[must_use]
    pub fn time(&self) -> Timestamp {
        self.updated
    }
    /// The attributes set or cleared.
    #[must_use]
    pub fn attributes(&self) -> &BTreeMap<String, Value> {
        &self.attributes
    }
    /// Consent by channel, then purpose.
    #[must_use]
    pub fn consents(&self) -> &BTreeMap<String, BTreeMap<String, bool>> {
        &self.consent
    }
    /// Channels on which consent is withdrawn for every purpose.
    #[must_use]
    pub fn withdrawn_channels(&self) -> &BTreeSet<String> {
        &self.withdrawn
    }

    /// The withdrawals of consent in this record and nothing else of it; `None` where there are none.
    ///
    /// For a record that is refused for something else: a withdrawal is not to be lost with it.
    #[must_use]
    pub fn only_withdrawals(&self) -> Option<Self> {
        let mut only = Self::new(self.id.as_str()).updated(self.updated);
        only.undated = self.undated;
        only.withdrawn.clone_from(&self.withdrawn);
        for (channel, purposes) in &self.consent {
            for purpose in purposes.iter().filter(|(_, granted)| !**granted).map(|(name, _)| name) {
                only = only.withdraw(channel, purpose);
            }
        }
        (!only.withdrawn.is_empty() || !only.consent.is_empty()).then_some(only)
    }

    /// Whether withdrawals of consent are all there is.
    pub(crate) fn only_withdraws(&self) -> bool {
        let withdraws = self.consent.values().flat_map(BTreeMap::values).all(|granted| !granted);
        let something = !self.withdrawn.is_empty() || !self.consent.is_empty();
        withdraws && something && self.attributes.is_empty() && self.shown.is_empty()
    }

    /// Nobody knows when this was said; merged as news of the moment it arrives.
    #[cfg(feature = "ingest")]
    pub(crate) fn undated(mut self) -> Self {
        self.undated = true;
        self
    }

    /// When this counts as said, where the newest known before is of `kept`.
    pub(crate) fn time_after(&self, kept: Option<Timestamp>) -> Timestamp {
        match kept {
            Some(kept) if self.undated => self.updated.max(kept),
            _ => self.updated,
        }
    }
    /// What was shown.
    #[must_use]
    pub fn history(&self) -> &[Shown] {
        &self.shown
    }
}

/// Why a customer was refused; nothing of the record was taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CustomerError {
    /// The id is empty or longer than 512 bytes.
    #[error("a customer needs an id of 1 to 512 bytes")]
    Id,
    /// A value does not fit its declared type.
    #[error("`{attribute}`: {why}")]
    Value {
        /// The attribute.
        attribute: String,
        /// What does not fit.
        why: ReadError,
    },
    /// `timezone` is no IANA zone.
    #[error("`timezone`: no time zone is called `{zone}`")]
    Zone {
        /// As it came.
        zone: String,
    },
    /// The customer is kept in the store and not in memory: [`load`](crate::Engine::load) comes first.
    #[error("the customer is not loaded")]
    NotLoaded,
    /// The store takes nothing; of the record only withdrawals of consent hold, in memory.
    #[error("the store takes nothing: {why}")]
    Store {
        /// What failed.
        why: String,
    },
    /// A whole record lacks a required attribute.
    #[error("`{attribute}` is required and missing")]
    Missing {
        /// The attribute.
        attribute: String,
    },
}
