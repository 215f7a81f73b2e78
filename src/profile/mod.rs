//! Customers in memory: what is known of each, laid out so that a decision reads numbers only.
//!
//! In: [`Customer`](crate::Customer) news, what is promised to and done with a customer, and the attributes that
//! compiled rules read. Out: a frozen [`View`] per decision. The [`Dictionary`] gives ids that no swap ever changes; the [`Cache`] is the only place with
//! the concurrent map. Knows nothing of conditions, placements or rule text.

mod cache;
mod consent;
mod contacts;
mod dictionary;
mod events;
mod held;
mod hot;
mod name;
mod raw;
mod record;
mod reservations;
mod runs;
mod spent;
mod state;
mod zones;

pub(crate) use cache::{Cache, Identities, Joined};
pub(crate) use contacts::{Came, Contact, Contacts, Key, NO_PURPOSE, name as name_hash};
pub(crate) use dictionary::{Dictionary, OTHER, SlotKey, encode, set};
pub(crate) use events::{Incoming, Log, NEVER, NOTHING, Row, Taken, message, symbol};
pub(crate) use held::Kept;
pub(crate) use hot::lies_cold;
pub(crate) use record::Record;
pub use record::View;
pub(crate) use reservations::{Given, Slot, State};
pub(crate) use runs::{NO_TIME, Outgoing, Run, Runs};
pub(crate) use spent::{ALL_DAYS, Days, Spent};
pub(crate) use state::{Damage, Names, Reader, put_bytes, put_number, put_signed};
pub use state::{
    Exported, ExportedAttribute, ExportedConsent, ExportedContact, ExportedEvents, ExportedGone,
    ExportedMerge, ExportedOutcome, ExportedPromise, ExportedRow, ExportedRun,
};
pub(crate) use zones::Zones;
