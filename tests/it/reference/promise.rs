//! Reserve, commit, release: what may be sent is promised first, and the log says what became of it.
//!
//! In: the trees, the log, what a caller asks for. Out: what was given, and further entries of the log.

use std::collections::{BTreeMap, BTreeSet};

use onward::Request;
use onward::decision::Stage;

use super::decide::Why;
use super::logic::Asked;
use super::names::{self, Person, Rules};
use super::policy::{Entry, Taken};

impl Rules<'_> {
    pub(super) fn taken(&self, action: &str, channel: &str) -> Taken {
        let (purpose, channel) = (self.purpose_of(action), channel.to_owned());
        Taken { action: action.to_owned(), channel, purpose }
    }

    /// Decides and takes the answer, for so long; the same decision is given the same again.
    pub(crate) fn reserve(
        &self,
        person: &mut Person,
        request: &Request,
        paused: &BTreeSet<String>,
        id: &str,
        hold: i64,
    ) -> Vec<Taken> {
        let at = request.time().micros();
        person.promises.log.push(Entry::Collected { customer: None, at });
        if let Some(given) = person.promises.given(id) {
            return given;
        }
        let answer = self.decide_without(person, request, paused).answer;
        let taken = answer.iter().map(|hit| self.taken(&hit.action, &hit.channel)).collect();
        self.promise(person, id, taken, at, hold)
    }

    /// As [`Rules::reserve`], one treatment by hand; all reasons, where a check refuses it.
    #[allow(clippy::too_many_arguments, reason = "what a caller says, one by one")]
    pub(crate) fn reserve_send(
        &self,
        person: &mut Person,
        action: &str,
        channel: &str,
        at: i64,
        paused: &BTreeSet<String>,
        id: &str,
        hold: i64,
    ) -> Result<Vec<Taken>, BTreeSet<Why>> {
        person.promises.log.push(Entry::Collected { customer: None, at });
        if let Some(given) = person.promises.given(id) {
            return Ok(given);
        }
        let why = self.refuses(person, action, channel, at, paused);
        if !why.is_empty() {
            return Err(why);
        }
        Ok(self.promise(person, id, vec![self.taken(action, channel)], at, hold))
    }

    /// Every reason why an action may not be sent by hand on a channel.
    pub(crate) fn refuses(
        &self,
        person: &Person,
        action: &str,
        channel: &str,
        at: i64,
        paused: &BTreeSet<String>,
    ) -> BTreeSet<Why> {
        let asked = Asked {
            rules: self,
            person,
            request: BTreeMap::new(),
            at,
            forced: None,
            contacts: std::cell::OnceCell::new(),
        };
        let body = &self.the("action", action).body;
        let text = super::decide::message(body, channel).unwrap();
        let mut why = BTreeSet::new();
        asked.check_action(body, None, text, &mut why);
        asked.check_channel(body, channel, text, &mut why);
        why.extend(asked.policy(action, channel, &[]));
        if self.is_paused(action, paused) {
            why.insert(super::decide::plain(Stage::Paused));
        }
        why
    }

    fn promise(
        &self,
        person: &mut Person,
        id: &str,
        taken: Vec<Taken>,
        at: i64,
        hold: i64,
    ) -> Vec<Taken> {
        let now = person.promises.effective(at);
        let customer = person.promises.customer.clone();
        let log = &mut person.promises.log;
        log.push(Entry::Acted { customer: customer.clone(), at: now });
        // Whoever takes something comes upon what expired of the same customer.
        log.push(Entry::Collected { customer: Some(customer.clone()), at: now });
        let (id, expires) = (id.to_owned(), now + hold);
        let has_one = |of: &Taken| names::field(&self.the("action", &of.action).body, "budget");
        let budget = taken.iter().any(|of| has_one(of).is_some());
        log.push(Entry::Reserved { customer, id, taken: taken.clone(), at: now, expires, budget });
        taken
    }

    /// Whether what was reserved may be sent; then it counts.
    pub(crate) fn commit(&self, person: &mut Person, id: &str, at: i64) -> bool {
        let now = person.promises.effective(at);
        let customer = person.promises.customer.clone();
        person.promises.log.push(Entry::Acted { customer: customer.clone(), at: now });
        let Some((taken, expires, committed, over)) = person.promises.state(id) else {
            return false;
        };
        if over {
            return false;
        }
        let consents = taken.iter().all(|of| self.may_receive(person, of));
        if committed {
            return consents;
        }
        let id = id.to_owned();
        let entry = if now < expires && consents {
            Entry::Committed { customer, id, at: now }
        } else {
            Entry::Over { customer, id }
        };
        let goes = matches!(entry, Entry::Committed { .. });
        person.promises.log.push(entry);
        goes
    }

    /// Gives back what was reserved, or sent and not delivered.
    pub(crate) fn release(&self, person: &mut Person, id: &str, at: i64) {
        let now = person.promises.effective(at);
        let customer = person.promises.customer.clone();
        let log = &mut person.promises.log;
        log.push(Entry::Acted { customer: customer.clone(), at: now });
        log.push(Entry::Collected { customer: Some(customer.clone()), at: now });
        log.push(Entry::Over { customer, id: id.to_owned() });
    }

    /// Whether the consent is there that this needs.
    fn may_receive(&self, person: &Person, of: &Taken) -> bool {
        let Some(purpose) = &of.purpose else { return true };
        let is_it = |kind: &str, today: &String, then: &str| {
            today == then || Rules::was(self.the(kind, today)).iter().any(|was| was == then)
        };
        let today = self.names("purpose").into_iter().find(|it| is_it("purpose", it, purpose));
        let channel =
            self.names("channel").into_iter().find(|it| is_it("channel", it, &of.channel));
        let (Some(purpose), Some(channel)) = (today, channel) else { return true };
        let needed = names::word_list(&self.the("purpose", &purpose).body, "consent_needed");
        !needed.contains(&channel) || self.consents(person, &channel, &purpose)
    }
}
