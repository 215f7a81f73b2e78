//! Promises: what may be sent is reserved first, then committed, and given back where it was not sent.
//!
//! A walk decides on a frozen copy. Then, under the customer's own entry, it is taken if the copy is still the state
//! of now, caps, consent and budgets together or not at all; else the walk is done again with that state. One entry
//! is held at a time; budgets are taken under it, each in one step.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::permit::LONGEST_HOLD;
use super::{Answer, Commit, Engine, Permit, ReserveError};
use crate::compile::{Consent, Program};
use crate::customer::{CustomerError, Feedback};
use crate::decision::Decision;
use crate::explain;
use crate::mutant::mutant;
use crate::profile::{Came, Contact, Given, Key, Record, Slot, State, message, name_hash};
use crate::request::{BindError, Request};
use crate::runtime::{self, Hit, Moment, Walk};
use crate::value::Timestamp;

/// How often a walk is done again on a fresh copy before it is done under the customer's entry.
const TRIES: usize = 2;

/// What is asked for.
enum Ask<'a> {
    Place(&'a Request),
    Send { request: Request, action: u32, channel: u32, asked: (&'a str, &'a str) },
}

impl Ask<'_> {
    fn request(&self) -> &Request {
        match self {
            Ask::Place(request) => request,
            Ask::Send { request, .. } => request,
        }
    }
}

/// The rules and switches of one call, and how it names and holds what it takes.
pub(super) struct Terms<'a> {
    pub(super) program: &'a Arc<Program>,
    pub(super) paused: &'a BTreeSet<String>,
    pub(super) decision_id: &'a str,
    pub(super) hold: i64,
}

impl Terms<'_> {
    fn fit(&self) -> Result<(), ReserveError> {
        if self.decision_id.is_empty() || self.decision_id.len() > 512 {
            return Err(ReserveError::DecisionId);
        }
        if self.hold <= 0 || self.hold > LONGEST_HOLD {
            return Err(ReserveError::Hold);
        }
        Ok(())
    }

    /// Whether something can be reserved on them.
    pub(super) fn are_good(&self) -> bool {
        self.fit().is_ok()
    }
}

/// What came of trying to take an answer.
enum Taken {
    /// This, now or before.
    Given(Arc<Given>),
    /// Nothing: the customer or a budget is not what the walk saw.
    Moved,
}

impl Engine {
    /// Decides and reserves: what the answer holds is taken off the caps and budgets that apply, for `hold_for`
    /// microseconds (more than 0, at most 30 days) of the customer's effective time.
    ///
    /// - Idempotent: the same decision id for the same customer is given the same permit and takes nothing, until
    ///   7 days after its hold.
    /// - A customer of whom nothing is known becomes one.
    /// - Cost: a decision, its names, and a write under the customer's entry.
    ///
    /// # Errors
    /// [`ReserveError`]; nothing is taken then. An empty answer is no error.
    pub fn reserve(
        &self,
        request: &Request,
        decision_id: &str,
        hold_for: i64,
    ) -> Result<Permit, ReserveError> {
        let (program, paused) = (self.program.load_full(), self.paused.load_full());
        let terms = Terms { program: &program, paused: &paused, decision_id, hold: hold_for };
        self.reserve_by(&terms, &Ask::Place(request), &mut Answer::default())
    }

    /// Reserves one treatment by hand, whatever placements say: every check is asked, required data too.
    ///
    /// Otherwise as [`reserve`](Self::reserve); a refused send is not remembered.
    ///
    /// # Errors
    /// [`ReserveError`], with all reasons where a check refuses it; nothing is taken then.
    pub fn reserve_send(
        &self,
        customer: &str,
        action: &str,
        channel: &str,
        at: Timestamp,
        decision_id: &str,
        hold_for: i64,
    ) -> Result<Permit, ReserveError> {
        let (program, paused) = (self.program.load_full(), self.paused.load_full());
        let found = program.action_names.get(action).copied();
        let on = program.rules.channels.iter().position(|one| one.is_called(channel));
        let on = on.and_then(|on| u32::try_from(on).ok());
        let written = found.zip(on).filter(|(action, channel)| {
            let plan = program.actions.get(*action as usize);
            plan.is_some_and(|plan| plan.treatments.iter().any(|one| one.channel == *channel))
        });
        let Some((index, on)) = written else {
            let (action, channel) = (action.to_owned(), channel.to_owned());
            return Err(ReserveError::NoMessage { action, channel });
        };
        let request = Request::new(customer, "").at(at);
        let asked = (action, channel);
        let ask = Ask::Send { request, action: index, channel: on, asked };
        let terms = Terms { program: &program, paused: &paused, decision_id, hold: hold_for };
        self.reserve_by(&terms, &ask, &mut Answer::default())
    }

    /// As [`reserve`](Self::reserve), by rules, pauses and buffers of the caller.
    pub(super) fn reserve_place(
        &self,
        terms: &Terms<'_>,
        request: &Request,
        answer: &mut Answer,
    ) -> Result<Permit, ReserveError> {
        self.reserve_by(terms, &Ask::Place(request), answer)
    }

    /// Takes an answer that was found before, if the customer is still the one it was found for.
    pub(super) fn reserve_found(
        &self,
        terms: &Terms<'_>,
        request: &Request,
        key: u64,
        found: (Decision, Vec<Hit>),
    ) -> Option<Permit> {
        let (mut decision, hits) = found;
        decision.decision_id = Some(terms.decision_id.to_owned());
        let (id, at) = (message(Some(terms.decision_id)), request.time().micros());
        let taken = self.change_at(key, |record| self.take(record, terms, id, at, decision, &hits));
        match taken {
            Some(Taken::Given(given)) => {
                self.mind_end(key, id, &given);
                Some(Permit { key, id, given })
            }
            _ => None,
        }
    }

    fn reserve_by(
        &self,
        terms: &Terms<'_>,
        ask: &Ask<'_>,
        answer: &mut Answer,
    ) -> Result<Permit, ReserveError> {
        terms.fit()?;
        if let Some(why) = self.refuses() {
            return Err(ReserveError::Store { why });
        }
        let request = ask.request();
        if request.customer().is_some_and(|id| id.is_empty() || id.len() > 512) {
            return Err(ReserveError::Customer);
        }
        let at = request.time().micros();
        self.return_expired(at);
        let id = message(Some(terms.decision_id));
        let mut tries = 0;
        loop {
            let key = self.key_of(request);
            let before = key.and_then(|key| self.given_before(key, id));
            if let (Some(key), Some(given)) = (key, before) {
                return Ok(Permit { key, id, given });
            }
            if key.and_then(|key| self.cache.look(key, |_| ())).is_none()
                && self.is_elsewhere(request)
            {
                return Err(BindError::NotLoaded.into());
            }
            let mut own = key;
            let taken = if let (Some(key), TRIES..) = (key, tries) {
                // Somebody else is always faster: with the entry in hand nobody is.
                self.change_at(key, |record| {
                    answer.begin(terms.program, &self.zones, request);
                    answer.view = record.view();
                    let decision = self.evaluate(terms, ask, answer)?;
                    answer.view.let_contacts_go();
                    Ok(self.take(record, terms, id, at, decision, &answer.outcome.hits))
                })
            } else {
                answer.begin(terms.program, &self.zones, request);
                answer.view =
                    key.and_then(|key| self.cache.look(key, Record::view)).unwrap_or_default();
                let decision = self.evaluate(terms, ask, answer)?;
                answer.view.let_contacts_go();
                let key = key.map_or_else(|| self.key_of_new(terms.program, request), Ok)?;
                own = Some(key);
                let hits = &answer.outcome.hits;
                self.change_at(key, |record| Ok(self.take(record, terms, id, at, decision, hits)))
            };
            tries += 1;
            match taken {
                Some(Err(refused)) => return Err(refused),
                Some(Ok(Taken::Given(given))) => {
                    // Of the record that it was taken from: it may be forgotten by now, and somebody new be there.
                    let key = own.ok_or(ReserveError::NoCustomer)?;
                    self.mind_end(key, id, &given);
                    return Ok(Permit { key, id, given });
                }
                // Forgotten meanwhile: there is somebody new by that id.
                None | Some(Ok(Taken::Moved)) => {}
            }
            if request.customer().is_none()
                && key.is_none_or(|key| self.cache.look(key, |_| ()).is_none())
            {
                return Err(ReserveError::NoCustomer);
            }
        }
    }

    /// Sees to it that budgets come back where nobody commits.
    fn mind_end(&self, key: u64, id: u64, given: &Given) {
        if given.slots.iter().any(|slot| slot.spent.is_some()) {
            self.promises.note(given.expires, key, id);
        }
    }

    /// What this decision was given before, if it is remembered.
    fn given_before(&self, key: u64, id: u64) -> Option<Arc<Given>> {
        if mutant!("reserve_takes_anew_each_time") {
            return None;
        }
        let found = self.cache.look(key, |record| {
            let (given, _) = record.contacts()?.reservations.find(id)?;
            Some(Arc::clone(given))
        });
        found.flatten()
    }

    /// The key of a customer of whom nothing was known.
    fn key_of_new(&self, program: &Program, request: &Request) -> Result<u64, ReserveError> {
        let id = request.customer().ok_or(ReserveError::NoCustomer)?;
        loop {
            let begun = self.change(id, |record| {
                if record.is_new() {
                    super::hold(program, record);
                }
            });
            begun.ok_or(BindError::NotLoaded)?;
            // None where it was forgotten at once.
            if let Some(key) = self.cache.key(id) {
                return Ok(key);
            }
        }
    }

    /// Walks for an answer that has its rules and its view.
    fn evaluate(
        &self,
        terms: &Terms<'_>,
        ask: &Ask<'_>,
        answer: &mut Answer,
    ) -> Result<Decision, ReserveError> {
        let mut decision = match ask {
            Ask::Place(request) => {
                self.run_without(terms.paused, request, answer, |walk, placement, room, out| {
                    runtime::decide(walk, placement, Some(room), out);
                })?;
                answer.named()
            }
            Ask::Send { request, action, channel, asked } => {
                self.walk_send(terms, request, (*action, *channel), answer);
                if answer.is_empty() {
                    let zone = self.zones.get(answer.view.zone());
                    let treatment = (*action as usize, *channel as usize);
                    let reasons = explain::refusals(
                        terms.program,
                        &answer.view,
                        zone,
                        request,
                        terms.paused,
                        treatment,
                    );
                    let (action, channel) = (asked.0.to_owned(), asked.1.to_owned());
                    return Err(ReserveError::Refused { action, channel, reasons });
                }
                let mut decision = answer.named();
                for treatment in &mut decision.treatments {
                    treatment.fallback = false;
                }
                decision
            }
        };
        decision.decision_id = Some(terms.decision_id.to_owned());
        Ok(decision)
    }

    fn walk_send(
        &self,
        terms: &Terms<'_>,
        request: &Request,
        treatment: (u32, u32),
        answer: &mut Answer,
    ) {
        let program = &**terms.program;
        answer.bound.reset(program.request_words);
        answer.memo.reset(program);
        let mut walk = Walk {
            program,
            view: &answer.view,
            request: &answer.bound,
            moment: Moment::new(request.time(), self.zones.get(answer.view.zone()), &program.zone),
            excluded: request.excluded(),
            paused: terms.paused,
            memo: &mut answer.memo,
        };
        runtime::send(&mut walk, treatment, &mut answer.outcome);
    }

    /// Sends one treatment at once, on a record that nobody else can change meanwhile: when it counts and in which
    /// language, or when the first of the reasons that block it ends, where that is known.
    pub(super) fn send_at_once(
        &self,
        terms: &Terms<'_>,
        record: &mut Record,
        treatment: (u32, u32),
        at: i64,
        answer: &mut Answer,
    ) -> Result<(i64, String), Option<i64>> {
        let program = terms.program;
        let request = Request::anonymous("").at(Timestamp::from_micros(at));
        answer.begin(program, &self.zones, &request);
        answer.view = record.view();
        self.walk_send(terms, &request, treatment, answer);
        let now = record.contacts().map_or(at, |contacts| contacts.effective(at));
        if answer.is_empty() {
            let zone = self.zones.get(answer.view.zone());
            let asked = (treatment.0 as usize, treatment.1 as usize);
            let paused = terms.paused;
            let reasons = explain::refusals(program, &answer.view, zone, &request, paused, asked);
            answer.view.let_go();
            let ends = reasons.iter().filter_map(|reason| reason.until).map(Timestamp::micros);
            return Err(ends.filter(|end| *end > now).min());
        }
        let language = answer.named().treatments.pop().map(|one| one.language);
        answer.view.let_go();
        let Some(slots) = self.slots(program, now, &answer.outcome.hits) else { return Err(None) };
        self.promises.mind(record.contacts().map(|contacts| contacts.acted), at);
        let decision = message(Some(terms.decision_id));
        let returned = record.change_contacts(|contacts| {
            let now = contacts.act(at);
            let returned = contacts.reservations.expire(now);
            for slot in &slots {
                contacts.add(Contact::new(slot.key, now, decision));
            }
            returned
        });
        self.promises.returned(returned);
        Ok((now, language.unwrap_or_default()))
    }

    /// Takes what a walk found, if the record is still of the version that it saw.
    fn take(
        &self,
        record: &mut Record,
        terms: &Terms<'_>,
        id: u64,
        at: i64,
        decision: Decision,
        hits: &[Hit],
    ) -> Taken {
        let known = record.contacts().and_then(|contacts| contacts.reservations.find(id));
        if let Some((given, _)) = known
            && !mutant!("reserve_takes_anew_each_time")
        {
            return Taken::Given(Arc::clone(given));
        }
        if record.version() != decision.view_version && !mutant!("reserve_ignores_what_moved") {
            return Taken::Moved;
        }
        let now = record.contacts().map_or(at, |contacts| contacts.effective(at));
        let Some(slots) = self.slots(terms.program, now, hits) else { return Taken::Moved };
        let expires = now.saturating_add(terms.hold);
        let given = Arc::new(Given { decision, slots: slots.into(), taken: now, expires });
        self.promises.mind(record.contacts().map(|contacts| contacts.acted), at);
        let returned = record.change_contacts(|contacts| {
            let now = contacts.act(at);
            let returned = contacts.reservations.expire(now);
            contacts.reservations.add(id, Arc::clone(&given));
            returned
        });
        self.promises.returned(returned);
        Taken::Given(given)
    }

    /// The slots of hits, with a unit of every budget taken; none where a budget has none left.
    fn slots(&self, program: &Program, now: i64, hits: &[Hit]) -> Option<Vec<Slot>> {
        let mut slots: Vec<Slot> = Vec::with_capacity(hits.len());
        let mut order: Vec<(u32, usize)> = Vec::with_capacity(hits.len());
        for (place, hit) in hits.iter().enumerate() {
            let plan = program.actions.get(hit.action as usize)?;
            let treatment = plan.treatments.iter().find(|one| one.channel == hit.channel)?;
            let consent = match treatment.consent {
                Consent::Needed(id) => Some(id),
                Consent::Free | Consent::Impossible => None,
            };
            let key = Key {
                action: *plan.keys.first()?,
                channel: *program.channel_keys.get(hit.channel as usize)?,
                purpose: plan.purpose,
            };
            slots.push(Slot { key, consent, spent: None });
            order.push((hit.action, place));
        }
        order.sort_unstable();
        for (action, place) in order {
            let plan = program.actions.get(action as usize)?;
            let (Some(spent), Some(slot)) = (&plan.spent, slots.get_mut(place)) else { continue };
            let day = Timestamp::from_micros(now).on_clock(&program.zone).date.days();
            let (most, days) = match &plan.budget {
                Some(budget) => (budget.most, runtime::days(day, budget.per)),
                // It had a budget once: what is used goes on being counted.
                None => (u64::MAX, runtime::days(day, None)),
            };
            if !spent.take(day, &days, most) {
                slots.iter().for_each(Slot::give_back);
                return None;
            }
            slot.spent = Some((Arc::clone(spent), day));
        }
        Some(slots)
    }

    /// The permission to send what was reserved. A contact counts from here on, for good.
    ///
    /// Committing again gives the same answer and counts nothing. With a store, [`durable`](Self::durable) stands
    /// between this and the sending: what was sent must be known after a crash.
    pub fn commit(&self, permit: &Permit, at: Timestamp) -> Commit {
        let at = at.micros();
        if self.refuses().is_some() {
            return Commit::NotNow;
        }
        let done = self.change_at(permit.key, |record| {
            self.promises.mind(record.contacts().map(|contacts| contacts.acted), at);
            let slots = &permit.given.slots;
            let consented =
                slots.iter().all(|slot| slot.consent.is_none_or(|id| record.granted(id)))
                    || mutant!("commit_asks_no_consent");
            record.change_contacts(|contacts| {
                let now = contacts.act(at);
                match contacts.reservations.state(permit.id, &permit.given) {
                    Some(State::Committed) if consented => Commit::Go(Timestamp::from_micros(now)),
                    Some(State::Live) => {
                        let late = permit.given.expires <= now && !mutant!("commit_after_expiry");
                        if late || !consented {
                            self.promises.returned(slots.len());
                            contacts.reservations.settle(permit.id, &permit.given, State::Over);
                            slots.iter().for_each(Slot::give_back);
                            return Commit::Expired;
                        }
                        let state = State::Committed;
                        contacts.reservations.settle(permit.id, &permit.given, state);
                        for slot in slots {
                            let (key, decision) = (slot.key, permit.id);
                            contacts.add(Contact::new(key, now, decision));
                        }
                        Commit::Go(Timestamp::from_micros(now))
                    }
                    _ => Commit::Expired,
                }
            })
        });
        match done {
            Some(done) => done,
            None if self.key_is_outside(permit.key) => Commit::NotNow,
            None => Commit::Expired,
        }
    }

    /// Gives back what was reserved, or what was committed and not delivered: caps and budgets have it again.
    /// Whether there was something to give back.
    ///
    /// # Errors
    /// [`CustomerError::NotLoaded`]; nothing is given back then.
    pub fn release(&self, permit: &Permit, at: Timestamp) -> Result<bool, CustomerError> {
        let at = at.micros();
        let done = self.change_at(permit.key, |record| {
            self.promises.mind(record.contacts().map(|contacts| contacts.acted), at);
            record.change_contacts(|contacts| {
                let now = contacts.act(at);
                let returned = contacts.reservations.expire(now);
                self.promises.returned(returned);
                if mutant!("release_gives_nothing_back") {
                    return true;
                }
                let slots = &permit.given.slots;
                match contacts.reservations.settle(permit.id, &permit.given, State::Over) {
                    Some(State::Live) => {
                        slots.iter().for_each(Slot::give_back);
                        self.promises.returned(slots.len());
                        return true;
                    }
                    Some(State::Over) => return false,
                    // Sent, whether or not that is still remembered.
                    Some(State::Committed) | None => {}
                }
                let taken = contacts.take_back(permit.id, slots.iter().map(|slot| slot.key));
                for key in &taken {
                    let own = slots.iter().find(|slot| slot.key == *key);
                    own.into_iter().for_each(Slot::give_back);
                }
                self.promises.returned(taken.len());
                !taken.is_empty()
            })
        });
        match done {
            None if self.key_is_outside(permit.key) => Err(CustomerError::NotLoaded),
            done => Ok(done.unwrap_or(false)),
        }
    }

    /// Reports that what a decision sent was shown: caps on `shown` count it then. The first report stands;
    /// whether this is it.
    ///
    /// `action` where only one treatment of the decision was shown.
    ///
    /// # Errors
    /// [`CustomerError::NotLoaded`] and [`CustomerError::Store`]; nothing is noted then.
    pub fn report_shown(
        &self,
        customer: &str,
        decision_id: &str,
        action: Option<&str>,
        at: Timestamp,
    ) -> Result<bool, CustomerError> {
        if let Some(why) = self.refuses() {
            return Err(CustomerError::Store { why });
        }
        let Some(key) = self.cache.key(customer) else {
            return if self.is_outside(customer) {
                Err(CustomerError::NotLoaded)
            } else {
                Ok(false)
            };
        };
        let (id, action) = (message(Some(decision_id)), action.map(name_hash));
        let noted = self.change_at(key, |record| {
            record.contacts()?;
            Some(record.change_contacts(|contacts| contacts.shown(id, action, at.micros())))
        });
        match noted {
            None if self.key_is_outside(key) => Err(CustomerError::NotLoaded),
            noted => Ok(noted.flatten().is_some_and(|noted| noted > 0)),
        }
    }

    /// Takes in what became of a contact; `false` where the same was there before (by decision id).
    ///
    /// # Errors
    /// [`CustomerError::Id`], [`CustomerError::NotLoaded`] and [`CustomerError::Store`]; nothing is taken then.
    pub fn outcome(&self, news: &Feedback) -> Result<bool, CustomerError> {
        if news.customer.is_empty() || news.customer.len() > 512 {
            return Err(CustomerError::Id);
        }
        if let Some(why) = self.refuses() {
            return Err(CustomerError::Store { why });
        }
        let program = self.program.load();
        let came = Came {
            key: Key {
                action: name_hash(&news.action),
                channel: name_hash(&news.channel),
                purpose: program.purpose_of(&news.action),
            },
            outcome: news.outcome,
            at: news.at.micros(),
            decision: message(news.decision_id.as_deref()),
        };
        let taken = self.change(&news.customer, |record| {
            let is_new = record.is_new();
            let taken = record.change_contacts(|contacts| contacts.came(came));
            if is_new {
                super::hold(&program, record);
            }
            taken
        });
        taken.ok_or(CustomerError::NotLoaded)
    }
}
