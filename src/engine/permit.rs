//! What a reservation gives, and why it may give nothing.

use std::sync::Arc;

use crate::decision::{Decision, Reason};
use crate::profile::Given;
use crate::request::BindError;
use crate::value::{DAY, Timestamp};

/// The longest hold: 30 days, in microseconds.
pub const LONGEST_HOLD: i64 = 30 * DAY;

/// Why nothing could be reserved.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ReserveError {
    /// The question does not fit the rules.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// The request is anonymous, or by a key of nobody: there is no one to promise anything to.
    #[error("a reservation is for a customer, and the request names none")]
    NoCustomer,
    /// The customer's id is empty or longer than 512 bytes.
    #[error("a customer needs an id of 1 to 512 bytes")]
    Customer,
    /// The id of the decision is empty or longer than 512 bytes.
    #[error("a reservation needs a decision id of 1 to 512 bytes")]
    DecisionId,
    /// The hold is not positive, or longer than 30 days.
    #[error("a reservation is held for more than 0 and at most 30 days")]
    Hold,
    /// The store takes nothing, so that no promise could be kept.
    #[error("the store takes nothing: {why}")]
    Store {
        /// What failed.
        why: String,
    },
    /// The rules have no such action on such a channel.
    #[error("the rules have no message of `{action}` on `{channel}`")]
    NoMessage {
        /// As asked.
        action: String,
        /// As asked.
        channel: String,
    },
    /// A send by hand is refused, for all of these reasons.
    #[error("`{action}` may not be sent by {channel}")]
    Refused {
        /// As asked.
        action: String,
        /// As asked.
        channel: String,
        /// In the order of the checks.
        reasons: Vec<Reason>,
    },
}

/// What was reserved for one decision: the permission to [`commit`](crate::Engine::commit).
///
/// Live until it is committed, released, or its hold is over; then what it took is free again, without a call.
#[derive(Clone, Debug)]
pub struct Permit {
    /// The customer's.
    pub(super) key: u64,
    /// The hash of the decision's id.
    pub(super) id: u64,
    pub(super) given: Arc<Given>,
}

impl Permit {
    /// What was decided and taken; empty where nothing stands, with the reasons.
    #[must_use]
    pub fn decision(&self) -> &Decision {
        &self.given.decision
    }

    /// Whether nothing was taken: there is nothing to commit.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.given.slots.is_empty()
    }

    /// The customer's effective time at which it was taken.
    #[must_use]
    pub fn taken_at(&self) -> Timestamp {
        Timestamp::from_micros(self.given.taken)
    }

    /// The customer's effective time from which on it is expired.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        Timestamp::from_micros(self.given.expires)
    }
}

/// Whether what was reserved may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "only `Go` permits to send"]
pub enum Commit {
    /// Send. The contact counts, with this effective time, whether or not it is sent.
    Go(Timestamp),
    /// Do not send: the hold is over, the consent is gone, it was released, or the customer is forgotten.
    Expired,
    /// Do not send now: the customer is in the store and not in memory ([`load`](crate::Engine::load) comes first),
    /// or the store takes nothing. Nothing changed; ask again.
    NotNow,
}

impl Commit {
    /// Whether it may be sent.
    #[must_use]
    pub fn is_go(self) -> bool {
        matches!(self, Self::Go(_))
    }
}
