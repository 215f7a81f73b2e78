//! The reference's player: a log of everything, and the customer put together anew for each step.

use std::collections::{BTreeMap, BTreeSet};

use onward::syntax::ast::File;
use onward::value::Timestamp;
use onward::{Customer, Request};

use super::{Play, Step, What, answer, reason, reasons};
use crate::reference::{Account, Entry, Fate, Person, Promises, Rules, Taken, Why};

/// Trees, records and the log.
pub(crate) struct ByReference {
    trees: Vec<Vec<File>>,
    /// The trees that serve, from 0.
    now: usize,
    records: BTreeMap<String, Vec<Customer>>,
    log: Vec<Entry>,
    /// Whom permits were given, and under which ids: nothing else can be committed or released.
    permits: BTreeSet<(String, String)>,
    paused: BTreeSet<String>,
}

impl ByReference {
    /// The first of these workspaces serves.
    pub(crate) fn new(trees: Vec<Vec<File>>) -> Self {
        let records = BTreeMap::new();
        let (permits, paused) = (BTreeSet::new(), BTreeSet::new());
        Self { trees, now: 0, records, log: Vec::new(), permits, paused }
    }

    /// With these actions paused.
    pub(crate) fn without(mut self, paused: BTreeSet<String>) -> Self {
        self.paused = paused;
        self
    }

    /// A record arrives.
    pub(crate) fn put(&mut self, news: &Customer) {
        let rules = Rules::new(&self.trees[self.now]);
        for it in news.history() {
            let (action, channel) = (it.action.clone(), it.channel.clone());
            let of = Taken { purpose: rules.purpose_of(&action), action, channel };
            let (customer, at) = (news.id().to_owned(), it.at.micros());
            self.log.push(Entry::Told { customer, of, at });
        }
        self.records.entry(news.id().to_owned()).or_default().push(news.clone());
    }

    fn person(&self, rules: &Rules<'_>, who: &str) -> Person {
        let own = self.records.get(who).map_or(&[][..], Vec::as_slice);
        let mut person = rules.person(own);
        // They stand in the log, with the purposes of their time.
        person.shown.clear();
        person.promises = Promises { customer: who.to_owned(), log: self.log.clone() };
        person
    }

    /// Something done with the promises to a customer.
    fn with<T>(&mut self, who: &str, act: impl FnOnce(&Rules<'_>, &mut Person) -> T) -> T {
        let rules = Rules::new(&self.trees[self.now]);
        let mut person = self.person(&rules, who);
        let done = act(&rules, &mut person);
        let log = person.promises.log;
        self.log = log;
        done
    }

    /// The account of a question, had nothing ever been promised, shown or reported.
    pub(crate) fn before(&self, request: &Request) -> Account {
        let rules = Rules::new(&self.trees[self.now]);
        let own = request.customer().and_then(|who| self.records.get(who));
        let mut person = rules.person(own.map_or(&[][..], Vec::as_slice));
        person.shown.clear();
        rules.decide_without(&person, request, &self.paused)
    }

    /// The whole account of a question.
    pub(crate) fn account(&self, request: &Request) -> Account {
        let rules = Rules::new(&self.trees[self.now]);
        let person = match request.customer() {
            Some(who) => self.person(&rules, who),
            // Nobody is promised anything; budgets are everybody's.
            None => Person {
                promises: Promises { customer: String::new(), log: self.log.clone() },
                ..rules.person(&[])
            },
        };
        rules.decide_without(&person, request, &self.paused)
    }

    fn hold(
        &mut self,
        at: i64,
        who: &str,
        (action, channel): (&str, &str),
        id: &str,
        hold: i64,
    ) -> Result<Vec<Taken>, BTreeSet<Why>> {
        let paused = self.paused.clone();
        let held = self.with(who, |rules, person| {
            rules.reserve_send(person, action, channel, at, &paused, id, hold)
        });
        if held.is_ok() {
            self.permits.insert((who.to_owned(), id.to_owned()));
        }
        held
    }
}

fn words(all: &BTreeSet<Why>) -> String {
    reasons(all.iter().map(|why| reason(why.stage, why.name.as_deref(), why.until)))
}

fn given(taken: &[Taken]) -> String {
    answer(taken.iter().map(|of| (&*of.action, &*of.channel)))
}

impl Play for ByReference {
    fn step(&mut self, step: &Step) -> String {
        let (at, time) = (step.at, Timestamp::from_micros(step.at));
        match &step.what {
            What::Ask { request } => {
                let account = self.account(&request.clone().at(time));
                answer(account.answer.iter().map(|hit| (&*hit.action, &*hit.channel)))
            }
            What::Why { who, placement, action, channel } => {
                let account = self.account(&Request::new(who, placement).at(time));
                let key = (action.clone(), channel.clone());
                match account.fates.get(&key).or(account.fallback.get(&key)).unwrap() {
                    Fate::Blocked(why) => words(why),
                    _ => "free".to_owned(),
                }
            }
            What::Reserve { request, id, hold } => {
                let request = request.clone().at(time);
                let who = request.customer().unwrap_or_default().to_owned();
                let paused = self.paused.clone();
                let taken = self.with(&who, |rules, person| {
                    rules.reserve(person, &request, &paused, id, *hold)
                });
                self.permits.insert((who.clone(), id.clone()));
                self.records.entry(who).or_default();
                given(&taken)
            }
            What::Hold { who, action, channel, id, hold } => {
                match self.hold(at, who, (action, channel), id, *hold) {
                    Ok(taken) => given(&taken),
                    Err(why) => words(&why),
                }
            }
            What::Send { who, action, channel, id } => {
                match self.hold(at, who, (action, channel), id, 1) {
                    Ok(_) if self.with(who, |rules, person| rules.commit(person, id, at)) => {
                        "sent".to_owned()
                    }
                    Ok(_) => "expired".to_owned(),
                    Err(why) => words(&why),
                }
            }
            What::Commit { who, id } => {
                if !self.permits.contains(&(who.clone(), id.clone())) {
                    return "expired".to_owned();
                }
                let goes = self.with(who, |rules, person| rules.commit(person, id, at));
                (if goes { "go" } else { "expired" }).to_owned()
            }
            What::Release { who, id } => {
                if !self.permits.contains(&(who.clone(), id.clone())) {
                    return String::new();
                }
                self.with(who, |rules, person| rules.release(person, id, at));
                String::new()
            }
            What::Report { who, id, action } => {
                let (customer, id, action) = (who.clone(), id.clone(), action.clone());
                self.log.push(Entry::Shown { customer, id, action, at });
                String::new()
            }
            What::Shown { who, action, channel } => {
                self.put(&Customer::new(who).shown(action, channel, time));
                String::new()
            }
            What::Outcome { who, action, channel, word, id } => {
                let rules = Rules::new(&self.trees[self.now]);
                let purpose = rules.purpose_of(action);
                let of = Taken { action: action.clone(), channel: channel.clone(), purpose };
                let (customer, id, word) = (who.clone(), id.clone(), word.clone());
                self.log.push(Entry::Outcome { customer, id, of, word, at });
                String::new()
            }
            What::Grant { who, channel, purpose } => {
                self.put(&Customer::new(who).updated(time).grant(channel, purpose));
                String::new()
            }
            What::Withdraw { who, channel } => {
                self.put(&Customer::new(who).updated(time).withdraw_all(channel));
                String::new()
            }
            What::Zone { who, zone } => {
                self.put(&Customer::new(who).updated(time).set("timezone", zone.as_str()));
                String::new()
            }
            What::Swap(number) => {
                self.now = number - 1;
                String::new()
            }
            What::Forget { who } => {
                self.records.remove(who);
                self.permits.retain(|(customer, _)| customer != who);
                self.log.push(Entry::Forgotten { customer: who.clone() });
                String::new()
            }
        }
    }
}
