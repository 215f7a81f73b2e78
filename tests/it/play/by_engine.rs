//! The engine's player.

use std::collections::BTreeMap;

use onward::check::rules::Outcome;
use onward::decision::{Reason, Standing};
use onward::value::Timestamp;
use onward::{Customer, Engine, Feedback, Permit, Request, ReserveError, Rules};

use super::{Play, Step, What, answer, reason, reasons};

/// An engine with what it was asked to promise.
pub(crate) struct ByEngine {
    pub(crate) engine: Engine,
    rules: Vec<Rules>,
    permits: BTreeMap<(String, String), Permit>,
}

impl ByEngine {
    /// The first of these rules serves.
    pub(crate) fn new(rules: Vec<Rules>) -> Self {
        Self { engine: Engine::new(&rules[0]), rules, permits: BTreeMap::new() }
    }

    fn put(&self, news: &Customer) -> String {
        self.engine.put(news).unwrap();
        String::new()
    }

    fn hold(
        &mut self,
        at: Timestamp,
        who: &str,
        (action, channel): (&str, &str),
        id: &str,
        hold: i64,
    ) -> Result<Permit, String> {
        match self.engine.reserve_send(who, action, channel, at, id, hold) {
            Ok(permit) => {
                self.permits.insert((who.to_owned(), id.to_owned()), permit.clone());
                Ok(permit)
            }
            Err(ReserveError::Refused { reasons, .. }) => Err(words(&reasons)),
            Err(why) => panic!("{why}"),
        }
    }
}

fn words(all: &[Reason]) -> String {
    let word =
        |one: &Reason| reason(one.stage, one.name.as_deref(), one.until.map(Timestamp::micros));
    reasons(all.iter().map(word))
}

fn given(permit: &Permit) -> String {
    answer(permit.decision().treatments.iter().map(|it| (&*it.action, &*it.channel)))
}

impl Play for ByEngine {
    fn step(&mut self, step: &Step) -> String {
        let at = Timestamp::from_micros(step.at);
        let permit = |who: &String, id: &String| self.permits.get(&(who.clone(), id.clone()));
        match &step.what {
            What::Ask { request } => {
                let request = request.clone().at(at);
                let decision = self.engine.decide(&request).unwrap();
                answer(decision.treatments.iter().map(|it| (&*it.action, &*it.channel)))
            }
            What::Why { who, placement, action, channel } => {
                let request = Request::new(who, placement).at(at);
                let found = self.engine.explain(&request).unwrap();
                let one = found
                    .candidates
                    .iter()
                    .find(|it| it.action == *action && it.channel == *channel)
                    .unwrap();
                match &one.standing {
                    Standing::Blocked { reasons } => words(reasons),
                    _ => "free".to_owned(),
                }
            }
            What::Reserve { request, id, hold } => {
                let request = request.clone().at(at);
                let who = request.customer().unwrap_or_default().to_owned();
                let permit = self.engine.reserve(&request, id, *hold).unwrap();
                let said = given(&permit);
                self.permits.insert((who, id.clone()), permit);
                said
            }
            What::Hold { who, action, channel, id, hold } => {
                match self.hold(at, who, (action, channel), id, *hold) {
                    Ok(permit) => given(&permit),
                    Err(why) => why,
                }
            }
            What::Send { who, action, channel, id } => {
                match self.hold(at, who, (action, channel), id, 1) {
                    Ok(permit) if self.engine.commit(&permit, at).is_go() => "sent".to_owned(),
                    Ok(_) => "expired".to_owned(),
                    Err(why) => why,
                }
            }
            What::Commit { who, id } => match permit(who, id) {
                Some(permit) if self.engine.commit(permit, at).is_go() => "go".to_owned(),
                _ => "expired".to_owned(),
            },
            What::Release { who, id } => {
                if let Some(permit) = permit(who, id) {
                    self.engine.release(permit, at).unwrap();
                }
                String::new()
            }
            What::Report { who, id, action } => {
                self.engine.report_shown(who, id, action.as_deref(), at).unwrap();
                String::new()
            }
            What::Shown { who, action, channel } => {
                self.put(&Customer::new(who).shown(action, channel, at))
            }
            What::Outcome { who, action, channel, word, id } => {
                let outcome = Outcome::named(word).unwrap();
                let news = Feedback::new(who, action, channel, outcome, at);
                let news = match id {
                    Some(id) => news.decision(id),
                    None => news,
                };
                self.engine.outcome(&news).unwrap();
                String::new()
            }
            What::Grant { who, channel, purpose } => {
                self.put(&Customer::new(who).updated(at).grant(channel, purpose))
            }
            What::Withdraw { who, channel } => {
                self.put(&Customer::new(who).updated(at).withdraw_all(channel))
            }
            What::Zone { who, zone } => {
                self.put(&Customer::new(who).updated(at).set("timezone", zone.as_str()))
            }
            What::Swap(number) => {
                let program = self.engine.compile(&self.rules[number - 1]);
                self.engine.swap(program).unwrap();
                String::new()
            }
            What::Forget { who } => {
                self.engine.forget(who);
                String::new()
            }
        }
    }
}
