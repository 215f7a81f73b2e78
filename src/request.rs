//! What an application asks: for whom, where, when, with what chance.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::value::{Timestamp, Value};

/// What an engine calls a customer inside: an integer, found once by
/// [`Engine::key`](crate::Engine::key) and asked with [`Request::by_key`].
///
/// It is that engine's own, and never given to another customer, not even after the first is forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CustomerKey(pub(crate) u64);

/// One question: which actions fit this customer at this placement, at this moment?
///
/// Time and chance come in here; the library has neither a clock nor a random source, so the same request
/// over the same rules and profile has the same answer.
///
/// # Example
/// ```
/// use onward::{Request, value::Timestamp};
/// let at = Timestamp::parse("2026-09-08T08:00:00Z")?;
/// let request = Request::new("lea", "home_banner").at(at).attribute("page", "cart");
/// assert_eq!(request.placement(), "home_banner");
/// # Ok::<(), onward::value::TimeError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    customer: Option<String>,
    #[serde(skip)]
    key: Option<CustomerKey>,
    placement: String,
    at: Timestamp,
    #[serde(default)]
    seed: u64,
    #[serde(default)]
    decision_id: Option<String>,
    #[serde(default)]
    attributes: BTreeMap<String, Value>,
    #[serde(default)]
    exclude: BTreeSet<String>,
}

impl Request {
    /// A question for one customer, by external id.
    ///
    /// Say with [`at`](Self::at) of which moment: until then it is of Unix time 0, when most dates do not hold,
    /// and `explain` notes it.
    pub fn new(customer: impl Into<String>, placement: impl Into<String>) -> Self {
        Self { customer: Some(customer.into()), ..Self::anonymous(placement) }
    }

    /// A question for somebody of whom nothing is known, on purpose; of Unix time 0 until [`at`](Self::at).
    pub fn anonymous(placement: impl Into<String>) -> Self {
        Self {
            customer: None,
            key: None,
            placement: placement.into(),
            at: Timestamp::default(),
            seed: 0,
            decision_id: None,
            attributes: BTreeMap::new(),
            exclude: BTreeSet::new(),
        }
    }

    /// A question for the customer with this key of the engine that is asked: spares it the look into its table
    /// of external ids. A key of nobody (any more) stands for somebody of whom nothing is known. It is not
    /// written out with the request.
    pub fn by_key(key: CustomerKey, placement: impl Into<String>) -> Self {
        Self { key: Some(key), ..Self::anonymous(placement) }
    }

    /// Asks the same of another customer, by external id; a request that is used again allocates nothing.
    ///
    /// # Example
    /// ```
    /// use onward::Request;
    /// let mut request = Request::anonymous("home_banner");
    /// for customer in ["lea", "tim"] {
    ///     request.set_customer(customer);
    ///     assert_eq!(request.customer(), Some(customer));
    /// }
    /// ```
    pub fn set_customer(&mut self, customer: &str) {
        self.key = None;
        let kept = self.customer.get_or_insert_default();
        kept.clear();
        kept.push_str(customer);
    }

    /// Asks the same of another customer, by the key of the engine that is asked.
    pub fn set_key(&mut self, key: CustomerKey) {
        self.customer = None;
        self.key = Some(key);
    }

    /// The moment asked about.
    #[must_use]
    pub fn at(mut self, at: Timestamp) -> Self {
        self.at = at;
        self
    }

    /// The chance that comes with the request; without experiments nothing depends on it.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// The application's own name for this decision, echoed in the answer.
    #[must_use]
    pub fn decision_id(mut self, id: impl Into<String>) -> Self {
        self.decision_id = Some(id.into());
        self
    }

    /// An attribute of the question, declared in `request { ... }` and read as `request.NAME`.
    #[must_use]
    pub fn attribute(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.attributes.insert(name.into(), value.into());
        self
    }

    /// An action that must not be in the answer, such as one already on the page.
    #[must_use]
    pub fn exclude(mut self, action: impl Into<String>) -> Self {
        self.exclude.insert(action.into());
        self
    }

    /// The key asked by, if it is.
    #[must_use]
    pub fn key(&self) -> Option<CustomerKey> {
        self.key
    }
    /// External id; `None` for an anonymous question and for one by key.
    #[must_use]
    pub fn customer(&self) -> Option<&str> {
        self.customer.as_deref()
    }
    /// The placement's name.
    #[must_use]
    pub fn placement(&self) -> &str {
        &self.placement
    }
    /// The moment asked about.
    #[must_use]
    pub fn time(&self) -> Timestamp {
        self.at
    }
    /// The chance that came with it.
    #[must_use]
    pub fn chance(&self) -> u64 {
        self.seed
    }
    /// The application's name for the decision.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.decision_id.as_deref()
    }
    /// The attributes, by name.
    #[must_use]
    pub fn attributes(&self) -> &BTreeMap<String, Value> {
        &self.attributes
    }
    /// The actions excluded.
    #[must_use]
    pub fn excluded(&self) -> &BTreeSet<String> {
        &self.exclude
    }
}

/// Why a question cannot be asked of these rules.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BindError {
    /// No placement has this name.
    #[error("no placement is called `{placement}`")]
    UnknownPlacement {
        /// As asked.
        placement: String,
    },
    /// The customer is kept in the store and not in memory: [`load`](crate::Engine::load) comes first.
    #[error("the customer is not loaded")]
    NotLoaded,
    /// The request carries an attribute that `request {{ ... }}` does not declare.
    #[error("the rules declare no request attribute `{attribute}`")]
    UnknownAttribute {
        /// As asked.
        attribute: String,
    },
    /// A required request attribute is missing.
    #[error("the request lacks `{attribute}`, which the rules require")]
    MissingAttribute {
        /// Its name.
        attribute: String,
    },
    /// A request attribute does not fit its type.
    #[error("request attribute `{attribute}`: {why}")]
    Value {
        /// Its name.
        attribute: String,
        /// What does not fit.
        why: crate::value::ReadError,
    },
}
