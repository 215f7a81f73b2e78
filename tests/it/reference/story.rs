//! Scenarios: a persona lived through step by step; what each question is answered.

use std::collections::BTreeSet;

use onward::Request;
use onward::syntax::ast::{Act, Atom, Body, Definition, Item, Key, Shape, Value};
use onward::value::Timestamp;

use super::calendar;
use super::decide::{Account, Why};
use super::literal::{self, Kind, Val};
use super::logic::Asked;
use super::names::{self, Person, Read, Rules, Spoken};

/// What came of one step of a scenario.
#[derive(Clone, Debug)]
pub(crate) enum Told {
    /// A question, with its account.
    Asked(Account),
    /// A send: why it was refused; for no reason, where it went out.
    Sent(BTreeSet<Why>),
}

impl Rules<'_> {
    /// What came of every question and every send of a scenario, in order; what its lines expect is not looked at.
    pub(crate) fn story(&self, scenario: &Definition) -> Vec<Told> {
        let (mut person, mut accounts) = (Person::default(), Vec::new());
        let nobody = BTreeSet::new();
        person.promises.customer = "somebody".to_owned();
        for item in &scenario.body.items {
            match &item.shape {
                Shape::Given(given) => {
                    let persona = &self.the("persona", &given.persona.text).body;
                    let changes = given.body.as_ref();
                    // The clock first: times of the persona and of the changes are read on their own clocks.
                    self.given(&mut person, persona, zone_of(persona));
                    if let Some(changes) = changes {
                        let zone = zone_of(changes).or_else(|| zone_of(persona));
                        self.given(&mut person, changes, zone);
                    }
                    self.consented(&mut person, persona);
                }
                Shape::At(at) => {
                    let micros = literal::moment(&at.moment.raw, self.clock(&person));
                    let time = Timestamp::from_micros(micros);
                    match &at.act {
                        Some(Act::Shown(action, channel)) => {
                            person.shown.push(self.shown(&action.text, &channel.text, time));
                        }
                        Some(Act::Send(action, channel)) => {
                            let id = format!("send {}", accounts.len());
                            let (action, channel) = (&action.text, &channel.text);
                            let sent = self.reserve_send(
                                &mut person,
                                action,
                                channel,
                                micros,
                                &nobody,
                                &id,
                                1,
                            );
                            if sent.is_ok() {
                                assert!(self.commit(&mut person, &id, micros));
                            }
                            accounts.push(Told::Sent(sent.err().unwrap_or_default()));
                        }
                        Some(Act::Withdraw(channel, purpose)) => {
                            let purpose = purpose.as_ref().map(|word| word.text.clone());
                            let (channel, granted) = (channel.text.clone(), false);
                            person.consent.push(Spoken { channel, purpose, time: micros, granted });
                        }
                        Some(Act::Grant(channel, purpose)) => {
                            let one = purpose.as_ref().map(|word| word.text.clone());
                            self.grant(&mut person, &channel.text, one.as_deref(), micros);
                        }
                        Some(Act::Ask(placement, body)) => {
                            let request = Request::new("somebody", &placement.text).at(time);
                            let clock = self.clock(&person);
                            let asked = self.with_values(request, body.as_ref(), clock);
                            accounts.push(Told::Asked(self.decide(&person, &asked)));
                        }
                        other => panic!("{other:?} is not yet supported"),
                    }
                }
                other => panic!("{other:?} is no step"),
            }
        }
        accounts
    }

    fn clock(&self, person: &Person) -> chrono_tz::Tz {
        let request = std::collections::BTreeMap::new();
        Asked {
            rules: self,
            person,
            request,
            at: 0,
            forced: None,
            contacts: std::cell::OnceCell::new(),
        }
        .zone()
    }

    fn given(&self, person: &mut Person, body: &Body, zone: Option<chrono_tz::Tz>) {
        for (name, value) in fields(body).filter(|(name, _)| *name != "consent") {
            let kind = self.declared(&Read { request: false, name: name.to_owned() }).kind;
            let value = match (value, &kind) {
                (Value::List(list), _) => Val::Set(names::words(list).into_iter().collect()),
                (Value::Atom(Atom::Literal(literal)), Kind::Time) => {
                    let zone = zone.unwrap_or_else(|| self.zone());
                    Val::Instant(literal::moment(&literal.raw, zone))
                }
                (Value::Atom(atom), _) => literal::atom(atom, &kind),
                other => panic!("{other:?} is no value"),
            };
            person.attributes.insert(name.to_owned(), value);
        }
    }

    /// `consent: [email]` is for every purpose that needs it there.
    fn consented(&self, person: &mut Person, persona: &Body) {
        for channel in names::word_list(persona, "consent") {
            self.grant(person, &channel, None, 0);
        }
    }

    /// For one purpose, or for all that need it there.
    pub(crate) fn grant(&self, person: &mut Person, channel: &str, one: Option<&str>, time: i64) {
        for purpose in self.names("purpose") {
            let needed = names::word_list(&self.the("purpose", &purpose).body, "consent_needed");
            let needed = needed.iter().any(|it| it == channel);
            if one.map_or(needed, |one| one == purpose) {
                let (channel, purpose) = (channel.to_owned(), Some(purpose));
                person.consent.push(Spoken { channel, purpose, time, granted: true });
            }
        }
    }

    /// The values of `ask home { page: cart }`, as the host would hand them over.
    fn with_values(
        &self,
        mut request: Request,
        body: Option<&Body>,
        clock: chrono_tz::Tz,
    ) -> Request {
        use onward::value::Value as Raw;
        for (name, value) in body.into_iter().flat_map(fields) {
            let kind = self.declared(&Read { request: true, name: name.to_owned() }).kind;
            let raw = match (value, &kind) {
                (Value::List(list), _) => Raw::List(names::words(list)),
                (Value::Atom(Atom::Literal(literal)), Kind::Time) => {
                    let micros = literal::moment(&literal.raw, clock);
                    Raw::Text(Timestamp::from_micros(micros).to_string())
                }
                (Value::Atom(atom), Kind::Number) => Raw::Number(literal::word_of(atom)),
                (Value::Atom(atom), _) => Raw::Text(literal::word_of(atom)),
                other => panic!("{other:?} is no value"),
            };
            request = request.attribute(name, raw);
        }
        request
    }
}

fn fields(body: &Body) -> impl Iterator<Item = (&str, &Value)> {
    body.items.iter().map(|item: &Item| match &item.shape {
        Shape::Field(field) => match &field.key {
            Key::Word(word) => (word.text.as_str(), &field.value),
            other => panic!("{other:?} is no name"),
        },
        other => panic!("{other:?} is no field"),
    })
}

fn zone_of(body: &Body) -> Option<chrono_tz::Tz> {
    names::word_field(body, "timezone").map(|name| calendar::zone(&name))
}
