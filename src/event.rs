//! Something that happened to a customer, as the host hands it over, and what may come of that.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::value::{ReadError, Timestamp, Value};

/// How far ahead of the host's clock an event's own time may lie: 24 hours, for clocks that go wrong.
pub const AHEAD: i64 = 24 * 3_600_000_000;

/// Events of one kind that are kept of one customer, where the host does not say otherwise.
pub const MOST_EVENTS: usize = 10_000;

/// Something that happened to a customer: under which name, when, and with which fields.
///
/// The time is the event's own, not that of its arrival; late ones count where they belong. A message id makes
/// handing it in again harmless; without one every call counts.
///
/// # Example
/// ```
/// use onward::{Event, value::Timestamp};
/// let at = Timestamp::from_millis(0);
/// let event = Event::new("lea", "purchase", at).message("m-17").set("amount", "EUR 12.50");
/// assert_eq!((event.customer(), event.name()), ("lea", "purchase"));
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    customer: String,
    name: String,
    time: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    fields: BTreeMap<String, Value>,
}

impl Event {
    /// What happened to the customer with this external id at that time.
    pub fn new(customer: impl Into<String>, name: impl Into<String>, time: Timestamp) -> Self {
        let (customer, name) = (customer.into(), name.into());
        Self { customer, name, time, message: None, fields: BTreeMap::new() }
    }

    /// The sender's id of this event: one with the same id is the same event.
    #[must_use]
    pub fn message(mut self, id: impl Into<String>) -> Self {
        self.message = Some(id.into());
        self
    }

    /// Sets a field; one that the rules do not declare is not kept.
    #[must_use]
    pub fn set(mut self, field: impl Into<String>, value: impl Into<Value>) -> Self {
        self.fields.insert(field.into(), value.into());
        self
    }

    /// External id of the customer.
    #[must_use]
    pub fn customer(&self) -> &str {
        &self.customer
    }
    /// What happened.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
    /// When it happened.
    #[must_use]
    pub fn time(&self) -> Timestamp {
        self.time
    }
    /// The sender's id of it.
    #[must_use]
    pub fn message_id(&self) -> Option<&str> {
        self.message.as_deref().filter(|id| !id.is_empty())
    }
    /// The fields.
    #[must_use]
    pub fn fields(&self) -> &BTreeMap<String, Value> {
        &self.fields
    }
}

/// What became of an event that was not refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Tracked {
    /// It counts from now on.
    Kept,
    /// One with this message id was there before; nothing changed.
    Duplicate,
}

/// Why an event was refused; nothing of it was taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EventError {
    /// The customer's id is empty or longer than 512 bytes.
    #[error("an event needs a customer's id of 1 to 512 bytes")]
    Customer,
    /// The customer is kept in the store and not in memory: [`load`](crate::Engine::load) comes first.
    #[error("the customer is not loaded")]
    NotLoaded,
    /// The store takes nothing.
    #[error("the store takes nothing: {why}")]
    Store {
        /// What failed.
        why: String,
    },
    /// The rules declare no such event.
    #[error("no event is called `{event}`")]
    Unknown {
        /// As it came.
        event: String,
    },
    /// A field does not fit its declared type.
    #[error("`{field}`: {why}")]
    Field {
        /// The field.
        field: String,
        /// What does not fit.
        why: ReadError,
    },
    /// A required field is missing.
    #[error("`{field}` is required and missing")]
    Missing {
        /// The field.
        field: String,
    },
    /// It is older than its kind is kept, or than what is still there of this customer. What is asked about that
    /// time is unknown from then on, rather than too low.
    #[error("it happened at {time}, and what is older than {kept} days is not kept")]
    Old {
        /// When it happened.
        time: Timestamp,
        /// For how many days its kind is kept.
        kept: i64,
    },
    /// The customer has as many newer events of this kind as are kept.
    #[error(
        "it happened at {time}, before the {most} events of this kind that are kept of one customer"
    )]
    Full {
        /// When it happened.
        time: Timestamp,
        /// How many are kept.
        most: usize,
    },
    /// Its time lies more than 24 hours ahead of the host's.
    #[error("it happens at {time}, more than 24 hours ahead of {now}")]
    Ahead {
        /// When it is said to happen.
        time: Timestamp,
        /// The host's time.
        now: Timestamp,
    },
}
