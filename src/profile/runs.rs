//! Where one customer stands in journeys, what was left behind of ended runs, and what is to be sent.
//!
//! Journeys, steps and endings are kept as hashes of their names, so that a run goes on under new rules. Knows nothing
//! of what a step does.

use super::events::NEVER;

/// No time is due: the latest there is.
pub(crate) const NO_TIME: i64 = i64::MAX;

/// One customer's way through one journey.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    /// The hash of the journey's name.
    pub(crate) journey: u64,
    /// The word of the field that tells runs apart; 0 where there is one run per customer.
    pub(crate) key: u64,
    /// Which of the customer's runs it is; never given again.
    pub(crate) number: u32,
    /// How many messages it sent.
    pub(crate) sent: u32,
    /// Which version of the journey it follows.
    pub(crate) version: u64,
    /// When it entered.
    pub(crate) entered: i64,
    /// When it is over at the latest.
    pub(crate) ends: i64,
    /// The hash of the name of the step that it stands on.
    pub(crate) step: u64,
    /// When it came there; where a message is tried again, when it was first tried.
    pub(crate) arrived: i64,
    /// When its step goes on by itself.
    pub(crate) due: i64,
    /// When a blocked message was last tried; [`NEVER`] where none is.
    pub(crate) tried: i64,
    /// What it entered with.
    pub(crate) entry: Box<[u64]>,
}

/// What is left of an ended run, so that nobody enters again too early.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Past {
    pub(crate) journey: u64,
    pub(crate) key: u64,
    /// When the last one ended.
    pub(crate) ended: i64,
}

/// A message that is to be sent, until somebody says that it was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outgoing {
    /// Names it, for good.
    pub(crate) id: Box<str>,
    pub(crate) journey: Box<str>,
    pub(crate) step: Box<str>,
    pub(crate) action: Box<str>,
    pub(crate) channel: Box<str>,
    pub(crate) language: Box<str>,
    pub(crate) at: i64,
}

/// All of one customer's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Runs {
    /// An id of the customer, the first that entered anything: names runs and splits.
    pub(crate) id: Box<str>,
    /// The newest time that was acted on.
    pub(crate) clock: i64,
    /// How many runs there were.
    pub(crate) count: u32,
    /// In the order of their numbers.
    pub(crate) live: Vec<Run>,
    /// Sorted.
    pub(crate) past: Vec<Past>,
    /// The run that ended last: its journey, the hash of the ending's word, and when.
    pub(crate) last: Option<(u64, u64, i64)>,
    /// Oldest first.
    pub(crate) outbox: Vec<Outgoing>,
}

impl Default for Runs {
    fn default() -> Self {
        Self {
            id: Box::default(),
            clock: NEVER,
            count: 0,
            live: Vec::new(),
            past: Vec::new(),
            last: None,
            outbox: Vec::new(),
        }
    }
}

impl Runs {
    /// Whether there is nothing to keep.
    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0 && self.live.is_empty() && self.past.is_empty() && self.outbox.is_empty()
    }

    /// The place of a run by its number.
    pub(crate) fn place(&self, number: u32) -> Option<usize> {
        self.live.iter().position(|run| run.number == number)
    }

    /// The run of a journey and key that lasts.
    pub(crate) fn of(&self, names: &[u64], key: u64) -> Option<&Run> {
        self.live.iter().find(|run| names.contains(&run.journey) && run.key == key)
    }

    /// When the last run of a journey and key ended, under any of its names.
    pub(crate) fn ended(&self, names: &[u64], key: u64) -> Option<i64> {
        let own = |past: &&Past| names.contains(&past.journey) && past.key == key;
        self.past.iter().filter(own).map(|past| past.ended).max()
    }

    /// Remembers when a run ended.
    pub(crate) fn remember(&mut self, journey: u64, key: u64, ended: i64) {
        let place =
            self.past.binary_search_by_key(&(journey, key), |past| (past.journey, past.key));
        match place {
            Ok(at) => {
                if let Some(past) = self.past.get_mut(at) {
                    past.ended = past.ended.max(ended);
                }
            }
            Err(at) => self.past.insert(at, Past { journey, key, ended }),
        }
    }
}
