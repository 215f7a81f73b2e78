//! Who is who: several ids for one person, two persons that turn out to be one, and back again.

use std::sync::PoisonError;

use super::Engine;
use super::journeys::Seen;
use crate::profile::Joined;
use crate::value::Timestamp;

/// Ids that may stand for one person, where the host does not say otherwise.
pub const MOST_IDS: usize = 100;

/// What came of naming two ids one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Aliased {
    /// They were one person before; nothing changed.
    Same,
    /// One of the ids was new, and stands for the other's person now.
    Added,
    /// Two persons became one.
    Merged,
}

/// Why two ids were not made one person, or one person not two.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// An id is empty or longer than 512 bytes.
    #[error("a customer needs an id of 1 to 512 bytes")]
    Id,
    /// The person would have too many ids: a shared device, mostly.
    #[error("more than {most} ids would stand for one person")]
    TooMany {
        /// How many are allowed.
        most: usize,
    },
    /// One of them is kept in the store and not in memory: [`load`](Engine::load) comes first.
    #[error("the customer is not loaded")]
    NotLoaded,
    /// Nothing was merged into this person that could be undone.
    #[error("nothing was merged into this customer")]
    NothingMerged,
    /// The store takes nothing.
    #[error("the store takes nothing: {why}")]
    Store {
        /// What failed.
        why: String,
    },
}

impl Engine {
    /// At most so many ids for one person, instead of [`MOST_IDS`]; at least one.
    #[must_use]
    pub fn most_ids(mut self, most: usize) -> Self {
        self.most_ids = most.max(1);
        self
    }

    /// Makes two ids stand for one person: whoever was `anonymous` turned out to be `known`.
    ///
    /// Where both have a state, it is merged, by a law per kind:
    /// - attributes: the newest time wins, one by one; of one time, what was known under `known`;
    /// - consent: the more restrictive word per channel and purpose, whenever it was said; where one said
    ///   nothing, the other's word;
    /// - contacts and what became of them: all of both, so that caps count both; a report of one decision that
    ///   both have counts once; the clock of promises is the later one;
    /// - journeys: of two runs of one journey (and key) the one that entered first stays, the other ends as `moved`;
    ///   "never again" holds for both;
    /// - promises: the survivor's, to whom the permits of both lead; a budget is what it was;
    /// - events: all of both, one of each message id; totals add up, first and last are those of both, and what
    ///   either lacks the person lacks.
    ///
    /// From then on every call with either id, or with a key of either, means that person. It is written down, so
    /// that [`unmerge`](Self::unmerge) can undo it. Others may put, track and decide meanwhile; a decision sees the
    /// state before or after, and nothing that is written is lost. One of two ids that are both new begins the
    /// person.
    ///
    /// # Errors
    /// [`IdentityError`]; nothing is changed then.
    ///
    /// # Example
    /// ```
    /// use onward::{Context, Customer, Engine, Source, check, engine::Aliased, value::Timestamp};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let rules = r#"
    /// # workspace shop { currency: EUR, timezone: "Europe/Paris", languages: [en] }
    /// # customer { vip: yes_no default no }
    /// # "#;
    /// # let checked = check(&[Source::new("shop.journey", rules)], &Context::default());
    /// # let Some(rules) = checked.rules else { panic!("{:?}", checked.diagnostics) };
    /// let engine = Engine::new(&rules);
    /// engine.put(&Customer::new("device-7").set("vip", true))?;
    /// engine.put(&Customer::new("lea"))?;
    /// let at = Timestamp::parse("2026-09-08T08:00:00Z")?;
    /// assert_eq!(engine.alias("device-7", "lea", at)?, Aliased::Merged);
    /// assert_eq!(engine.key("device-7"), engine.key("lea"));
    /// assert_eq!(engine.customers(), 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn alias(
        &self,
        anonymous: &str,
        known: &str,
        at: Timestamp,
    ) -> Result<Aliased, IdentityError> {
        let is_id = |id: &str| (1..=512).contains(&id.len());
        if !is_id(anonymous) || !is_id(known) {
            return Err(IdentityError::Id);
        }
        if let Some(why) = self.refuses() {
            return Err(IdentityError::Store { why });
        }
        let identities = self.cache.identities();
        if self.is_outside(anonymous) || self.is_outside(known) {
            return Err(IdentityError::NotLoaded);
        }
        loop {
            let program = self.program.load();
            let mut seen = None;
            let joined = identities.join(anonymous, known, self.most_ids, |survivor, loser| {
                let (own, theirs) = (Seen::of(survivor.runs()), Seen::of(loser.runs()));
                let dictionary = self.dictionary.read().unwrap_or_else(PoisonError::into_inner);
                survivor.absorb(loser, at, self.most_events, &dictionary, &self.zones);
                drop(dictionary);
                super::hold(&program, survivor);
                seen = Some((own, theirs, Seen::of(survivor.runs())));
            });
            match joined {
                Joined::Same => return Ok(Aliased::Same),
                Joined::Added { key } => {
                    self.changed(key);
                    return Ok(Aliased::Added);
                }
                Joined::Merged { key, gone } => {
                    if let Some((own, theirs, both)) = seen {
                        self.board.note(gone, &theirs, &Seen::default());
                        self.board.note(key, &own, &both);
                    }
                    self.gone(gone, Vec::new());
                    self.changed(key);
                    return Ok(Aliased::Merged);
                }
                Joined::TooMany => return Err(IdentityError::TooMany { most: self.most_ids }),
                Joined::Again => {}
            }
        }
    }

    /// Undoes the newest merge of a person, who is known by any of the ids; the ids that are a person of their
    /// own again.
    ///
    /// Both have what they had before the merge. What came after it stays with the person who was `known`, even
    /// where it came under one of the other's ids: nobody wrote down whose it was. So does what was promised to
    /// either and not sent, because a unit of a budget can be held once only. Ids that were only added stay,
    /// and so does a key of before. Columns of events that the merge made incomplete stay so.
    ///
    /// # Errors
    /// [`IdentityError`]; nothing is changed then.
    pub fn unmerge(&self, id: &str) -> Result<Vec<String>, IdentityError> {
        if let Some(why) = self.refuses() {
            return Err(IdentityError::Store { why });
        }
        let identities = self.cache.identities();
        if self.is_outside(id) {
            return Err(IdentityError::NotLoaded);
        }
        let key = identities.key(id).ok_or(IdentityError::NothingMerged)?;
        let program = self.program.load();
        let parted = identities.part(key, |record| {
            let dictionary = self.dictionary.read().unwrap_or_else(PoisonError::into_inner);
            let mut other = record.unmerge(&dictionary, &self.zones)?;
            drop(dictionary);
            super::hold(&program, record);
            super::hold(&program, &mut other);
            Some(other)
        });
        let (new, ids) = parted.ok_or(IdentityError::NothingMerged)?;
        self.changed(key);
        self.changed(new);
        Ok(ids.iter().map(|id| id.to_string()).collect())
    }
}
