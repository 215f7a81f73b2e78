//! Contact policy: caps, pauses and budgets, counted anew from a plain log of everything that was promised.
//!
//! In: the log, the records of what was shown, the trees. Out: every line that refuses a treatment, with the instant
//! at which it stops to. Nothing is ever taken out of the log: what expired, went back, was sent or is forgotten by
//! now is found by looking through all of it.

use std::collections::{BTreeMap, BTreeSet};

use chrono_tz::Tz;
use onward::decision::Stage;
use onward::syntax::ast::{
    Body, Cap, CapPer, CapShare, Counted, Duration, Entries, Item, Literal, Pause, Shape, Unit,
    Value,
};

use super::calendar;
use super::decide::Why;
use super::literal;
use super::logic::Asked;
use super::names::{self, Rules};

const HOUR: i64 = 3_600_000_000;

/// One treatment by the names it had when it was taken.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Taken {
    pub(crate) action: String,
    pub(crate) channel: String,
    pub(crate) purpose: Option<String>,
}

/// One entry of the log; times are in Unix microseconds.
#[derive(Clone, Debug)]
pub(crate) enum Entry {
    /// A decision was given these, at the customer's effective time; whether some of it has a budget.
    Reserved {
        customer: String,
        id: String,
        taken: Vec<Taken>,
        at: i64,
        expires: i64,
        budget: bool,
    },
    /// It may be sent, at the customer's effective time.
    Committed { customer: String, id: String, at: i64 },
    /// It was given back, or may not be sent any more.
    Over { customer: String, id: String },
    /// Something was asked of a promise to this customer at this time.
    Acted { customer: String, at: i64 },
    /// What expired by this time was looked for: all that this customer has, or the budgets of everybody.
    Collected { customer: Option<String>, at: i64 },
    /// Nobody knows the customer any more, and what was promised and not sent comes back.
    Forgotten { customer: String },
    /// What a decision sent was shown: one action of it, or all.
    Shown { customer: String, id: String, action: Option<String>, at: i64 },
    /// Data says that the customer was shown this.
    Told { customer: String, of: Taken, at: i64 },
    /// What became of a contact.
    Outcome { customer: String, id: Option<String>, of: Taken, word: String, at: i64 },
}

/// What was promised to everybody, as one of them sees it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Promises {
    /// Whose budgets and caps are asked.
    pub(crate) customer: String,
    pub(crate) log: Vec<Entry>,
}

/// For how long contacts, and what became of them, are remembered: 800 days; and how many of a customer.
const KEPT: i64 = 800 * 24 * HOUR;
const MOST: usize = 10_000;
/// For how long a decision is remembered behind its hold: 7 days; and how many that are over.
const DECISIONS_KEPT: i64 = 7 * 24 * HOUR;
const MOST_DECISIONS: usize = 1_000;

/// A contact, by the names it had.
#[derive(Debug)]
struct Contact {
    of: Taken,
    committed: i64,
    shown: Option<i64>,
    /// The decision that sent it; none where data told of it.
    id: Option<String>,
}

impl Contact {
    fn shown(&self) -> i64 {
        self.shown.unwrap_or(self.committed)
    }
}

/// What became of a contact.
#[derive(Debug)]
struct Came {
    id: Option<String>,
    of: Taken,
    word: String,
    at: i64,
}

/// What is remembered of how one customer was reached, oldest first.
#[derive(Debug, Default)]
pub(super) struct Memory {
    contacts: Vec<Contact>,
    /// What was forgotten: it still counts in total, and the newest time of it is known.
    gone: Vec<Contact>,
    lost: Option<i64>,
    outcomes: Vec<Came>,
    outcomes_lost: Option<i64>,
    acted: Option<i64>,
}

impl Memory {
    fn tell(&mut self, of: &Taken, at: i64) {
        let known = |it: &Contact| {
            it.id.is_none()
                && it.committed == at
                && (&it.of.action, &it.of.channel) == (&of.action, &of.channel)
        };
        // Told again, it is the same contact.
        if !self.contacts.iter().rev().take_while(|it| it.committed >= at).any(known) {
            self.add(Contact { of: of.clone(), committed: at, shown: Some(at), id: None });
        }
    }

    fn add(&mut self, new: Contact) {
        let place = self.contacts.iter().rposition(|it| it.committed <= new.committed);
        self.contacts.insert(place.map_or(0, |at| at + 1), new);
        self.forget();
    }

    fn came(&mut self, new: Came) {
        let is_it = |old: &Came| {
            (&old.id, &old.of.action, &old.word) == (&new.id, &new.of.action, &new.word)
        };
        // The same of one decision counts once.
        if new.id.is_some() && self.outcomes.iter().any(is_it) {
            return;
        }
        let place = self.outcomes.iter().rposition(|it| it.at <= new.at);
        self.outcomes.insert(place.map_or(0, |at| at + 1), new);
        self.forget_outcomes(i64::MIN);
    }

    fn act(&mut self, at: i64) {
        self.acted = self.acted.max(Some(at));
        self.forget();
    }

    /// What is too old by the time that was acted on, and what is too much.
    fn forget(&mut self) {
        let oldest = self.acted.map_or(i64::MIN, |acted| acted - KEPT);
        while self.contacts.len() > MOST
            || self.contacts.first().is_some_and(|it| it.committed <= oldest)
        {
            let went = self.contacts.remove(0);
            self.lost = self.lost.max(Some(went.committed.max(went.shown())));
            self.gone.push(went);
        }
        self.forget_outcomes(oldest);
    }

    fn forget_outcomes(&mut self, oldest: i64) {
        while self.outcomes.len() > MOST || self.outcomes.first().is_some_and(|it| it.at <= oldest)
        {
            self.outcomes_lost = self.outcomes_lost.max(Some(self.outcomes.remove(0).at));
        }
    }
}

/// A reservation as the log tells it.
struct Reservation<'a> {
    customer: &'a str,
    id: &'a str,
    taken: &'a [Taken],
    at: i64,
    expires: i64,
    budget: bool,
    committed: Option<i64>,
    over: bool,
    /// Whether somebody came upon it after it expired.
    collected: bool,
    /// Whether its customer is gone.
    forgotten: bool,
    /// Whether the decision is still known; what it sent is known for longer.
    remembered: bool,
}

impl Reservation<'_> {
    fn lives(&self, now: i64) -> bool {
        let open = self.committed.is_none() && !self.over && !self.collected;
        open && now < self.expires && !self.taken.is_empty()
    }
}

/// The newest of a decision's, after whatever was promised under its id long ago.
fn newest<'a, 'b>(
    all: &'b mut [Reservation<'a>],
    customer: &str,
    id: &str,
) -> Option<&'b mut Reservation<'a>> {
    all.iter_mut().rev().find(|it| it.customer == customer && it.id == id && !it.forgotten)
}

impl Promises {
    /// Every reservation of everybody, in the order in which they were taken.
    fn reservations(&self) -> Vec<Reservation<'_>> {
        let mut found: Vec<Reservation<'_>> = Vec::new();
        let mut acted: BTreeMap<&str, i64> = BTreeMap::new();
        for entry in &self.log {
            match entry {
                Entry::Acted { customer, at } => {
                    let newest = acted.entry(customer).or_insert(*at);
                    *newest = (*newest).max(*at);
                }
                Entry::Reserved { customer, id, taken, at, expires, budget } => {
                    let own = found.iter_mut().filter(|it| it.customer == customer);
                    let over = own.filter(|it| it.remembered && !it.lives(*at));
                    let mut over: Vec<_> = over.collect();
                    for it in over.iter_mut().filter(|it| it.expires + DECISIONS_KEPT <= *at) {
                        it.remembered = false;
                    }
                    let own = found.iter().filter(|it| it.customer == customer && it.remembered);
                    if own.count() >= MOST_DECISIONS {
                        let mut own = found.iter_mut().filter(|it| it.customer == customer);
                        if let Some(it) = own.find(|it| it.remembered && !it.lives(*at)) {
                            it.remembered = false;
                        }
                    }
                    found.push(Reservation {
                        customer,
                        id,
                        taken,
                        at: *at,
                        expires: *expires,
                        budget: *budget,
                        committed: None,
                        over: false,
                        collected: false,
                        forgotten: false,
                        remembered: true,
                    });
                }
                Entry::Committed { customer, id, at } => {
                    let own = newest(&mut found, customer, id);
                    own.into_iter().for_each(|it| it.committed = Some(*at));
                }
                Entry::Over { customer, id } => {
                    // What was sent so long ago that it is forgotten cannot be taken back.
                    let oldest = acted.get(&**customer).map_or(i64::MIN, |acted| acted - KEPT);
                    let own = newest(&mut found, customer, id);
                    let own = own.filter(|it| it.committed.is_none_or(|sent| sent > oldest));
                    own.into_iter().for_each(|it| it.over = true);
                }
                Entry::Collected { customer, at } => {
                    for it in found.iter_mut().filter(|it| it.expires <= *at) {
                        let own = customer.as_ref().map(|customer| it.customer == customer);
                        if own.unwrap_or(it.budget) {
                            it.collected |= it.committed.is_none();
                        }
                    }
                }
                Entry::Forgotten { customer } => {
                    for it in found.iter_mut().filter(|it| it.customer == customer) {
                        it.over |= it.committed.is_none();
                        it.forgotten = true;
                    }
                    acted.remove(&**customer);
                }
                _ => {}
            }
        }
        found
    }

    /// The log since the customer was last forgotten.
    fn own_log(&self) -> &[Entry] {
        let is_it = |entry: &Entry| matches!(entry, Entry::Forgotten { customer } if *customer == self.customer);
        let from = self.log.iter().rposition(is_it).map_or(0, |at| at + 1);
        &self.log[from..]
    }

    /// The reservations of this customer.
    fn own(&self) -> Vec<Reservation<'_>> {
        let mut all = self.reservations();
        all.retain(|it| it.customer == self.customer && !it.forgotten);
        all
    }

    /// What this decision was given before.
    pub(crate) fn given(&self, id: &str) -> Option<Vec<Taken>> {
        self.remembered(id).map(|it| it.taken.to_vec())
    }

    fn remembered(&self, id: &str) -> Option<Reservation<'_>> {
        self.own().into_iter().rev().find(|it| it.id == id && it.remembered)
    }

    /// Whether a reservation of this id is there, may still be committed, was committed.
    pub(crate) fn state(&self, id: &str) -> Option<(Vec<Taken>, i64, bool, bool)> {
        let found = self.remembered(id)?;
        let over = found.over || found.collected || found.taken.is_empty();
        Some((found.taken.to_vec(), found.expires, found.committed.is_some(), over))
    }

    /// The later of this moment and the newest that was acted on for this customer.
    pub(crate) fn effective(&self, at: i64) -> i64 {
        let acted = self.own_log().iter().filter_map(|entry| match entry {
            Entry::Acted { customer, at } if *customer == self.customer => Some(*at),
            _ => None,
        });
        acted.chain([at]).max().unwrap()
    }
}

/// A line that limits, with the printed text of its item.
struct Line<'a, T> {
    said: &'a T,
    text: String,
}

/// What a cap or a pause is of; absent: everything.
struct Scope {
    purposes: Option<Vec<String>>,
    actions: Option<Vec<String>>,
}

fn whole(literal: &Literal) -> usize {
    literal.raw.parse().unwrap()
}

fn length(duration: &Duration) -> i64 {
    let unit = match duration.unit {
        Unit::Minute => HOUR / 60,
        Unit::Hour => HOUR,
        Unit::Day => 24 * HOUR,
        Unit::Week => 168 * HOUR,
        other => panic!("{other:?} has no length"),
    };
    duration.count.raw.parse::<i64>().unwrap() * unit
}

fn items<'a, T>(body: &'a Body, own: impl Fn(&'a Shape) -> Option<&'a T>) -> Vec<Line<'a, T>> {
    let line = |item: &'a Item| {
        let text = onward::syntax::print_item(item);
        own(&item.shape).map(|said| Line { said, text })
    };
    body.items.iter().filter_map(line).collect()
}

fn pauses(body: &Body) -> Vec<Line<'_, Pause>> {
    items(body, |shape| match shape {
        Shape::Pause(pause) => Some(&**pause),
        _ => None,
    })
}

/// `repeat: at most ...`, `budget: at most ...`
fn cap_of<'a>(body: &'a Body, key: &str) -> Option<Line<'a, Cap>> {
    let found = items(body, |shape| match shape {
        Shape::Field(field) => match (&field.key, &field.value) {
            (onward::syntax::ast::Key::Word(word), Value::Cap(cap)) if word.text == key => {
                Some(&**cap)
            }
            _ => None,
        },
        _ => None,
    });
    found.into_iter().next()
}

/// The words of `key: word` or `key: [a, b]`.
fn some_words(body: &Body, key: &str) -> Option<Vec<String>> {
    match names::field(body, key)? {
        Value::List(list) => Some(names::words(list)),
        Value::Atom(atom) => Some(vec![literal::word_of(atom)]),
        other => panic!("{key}: {other:?}"),
    }
}

fn channels_of(cap: &Cap) -> Option<Vec<String>> {
    match &cap.on.as_ref()?.channels {
        Entries::One(atom) => Some(vec![literal::word_of(atom)]),
        Entries::Many(list) => Some(names::words(list)),
    }
}

impl Rules<'_> {
    /// Whether this is what something of today was called then.
    fn is_called(&self, kind: &str, today: &str, then: &str) -> bool {
        today == then || Rules::was(self.the(kind, today)).iter().any(|was| was == then)
    }

    /// The name of today of what was called so then; the same where nobody knows it any more.
    fn today(&self, kind: &str, then: &str) -> String {
        if self.find(kind, then).is_some() {
            return then.to_owned();
        }
        let mut all = self.names(kind).into_iter();
        all.find(|it| self.is_called(kind, it, then)).unwrap_or_else(|| then.to_owned())
    }

    fn named_today(&self, of: &Taken) -> Taken {
        Taken {
            action: self.today("action", &of.action),
            channel: self.today("channel", &of.channel),
            purpose: of.purpose.as_ref().map(|purpose| self.today("purpose", purpose)),
        }
    }

    /// The purpose of an action, by any of its names; none of an action that nobody knows.
    pub(crate) fn purpose_of(&self, action: &str) -> Option<String> {
        let today = self.find("action", &self.today("action", action))?;
        names::word_field(&today.body, "purpose")
    }
}

impl Asked<'_> {
    pub(super) fn effective(&self) -> i64 {
        self.person.promises.effective(self.at)
    }

    /// The clock by which this customer's calendar runs.
    fn calendar_zone(&self) -> Tz {
        self.own_zone().unwrap_or_else(|| self.rules.zone())
    }

    /// What is remembered of how this customer was reached.
    fn memory(&self) -> &Memory {
        self.contacts.get_or_init(|| self.remembered())
    }

    fn remembered(&self) -> Memory {
        let promises = &self.person.promises;
        let mut memory = Memory::default();
        for record in &self.person.shown {
            let (action, channel) = (record.action.clone(), record.channel.clone());
            let of = Taken { action, channel, purpose: record.purpose.clone() };
            memory.tell(&of, record.at.micros());
        }
        // What each decision was given last.
        let mut given: BTreeMap<&str, &[Taken]> = BTreeMap::new();
        let mut sent = BTreeSet::new();
        for entry in promises.own_log() {
            match entry {
                Entry::Acted { customer, at } if *customer == promises.customer => memory.act(*at),
                Entry::Reserved { customer, id, taken, .. } if *customer == promises.customer => {
                    given.insert(id, taken);
                    sent.remove(id);
                }
                Entry::Committed { customer, id, at } if *customer == promises.customer => {
                    sent.insert(id);
                    for of in given.get(&**id).copied().unwrap_or_default() {
                        let (of, id) = (of.clone(), Some(id.clone()));
                        memory.add(Contact { of, committed: *at, shown: None, id });
                    }
                }
                Entry::Over { customer, id }
                    if *customer == promises.customer && sent.remove(id) =>
                {
                    for of in given.get(&**id).copied().unwrap_or_default() {
                        let own = |it: &Contact| it.id.as_ref() == Some(id) && it.of == *of;
                        if let Some(at) = memory.contacts.iter().position(own) {
                            memory.contacts.remove(at);
                        }
                    }
                }
                Entry::Shown { customer, id, action, at } if *customer == promises.customer => {
                    let own = memory.contacts.iter_mut().filter(|it| it.id.as_ref() == Some(id));
                    let is_it = |of: &Taken| action.as_ref().is_none_or(|it| *it == of.action);
                    for it in own.filter(|it| is_it(&it.of)) {
                        // The first report stands.
                        it.shown = it.shown.or(Some(*at));
                    }
                }
                Entry::Told { customer, of, at } if *customer == promises.customer => {
                    memory.tell(of, *at);
                }
                Entry::Outcome { customer, id, of, word, at } if *customer == promises.customer => {
                    let (id, of, word) = (id.clone(), of.clone(), word.clone());
                    memory.came(Came { id, of, word, at: *at });
                }
                _ => {}
            }
        }
        memory
    }

    /// The newest contact of an action, by any of its names.
    pub(super) fn last_contact(&self, action: &str) -> Option<i64> {
        let memory = self.memory();
        let own = |it: &&Contact| self.rules.today("action", &it.of.action) == action;
        memory.contacts.iter().chain(&memory.gone).filter(own).map(|it| it.committed).max()
    }

    /// Whether this counts, by the names of today.
    fn counts(scope: &Scope, channels: Option<&[String]>, of: &Taken) -> bool {
        scope.actions.as_ref().is_none_or(|names| names.contains(&of.action))
            && scope.purposes.as_ref().is_none_or(|names| {
                of.purpose.as_ref().is_some_and(|purpose| names.contains(purpose))
            })
            && channels.is_none_or(|names| names.contains(&of.channel))
    }

    /// Every cap, pause and budget that refuses an action on a channel, behind what the answer took before.
    pub(super) fn policy(&self, action: &str, channel: &str, ahead: &[Taken]) -> BTreeSet<Why> {
        let mut why = BTreeSet::new();
        let body = &self.rules.the("action", action).body;
        let purpose = names::word_field(body, "purpose").unwrap();
        for name in self.rules.names("limits") {
            let limits = &self.rules.the("limits", &name).body;
            let scope = Scope {
                purposes: some_words(limits, "purpose"),
                actions: some_words(limits, "action"),
            };
            if scope.purposes.as_ref().is_some_and(|all| !all.contains(&purpose))
                || scope.actions.as_ref().is_some_and(|all| !all.iter().any(|it| it == action))
            {
                continue;
            }
            let caps = items(limits, |shape| match shape {
                Shape::Cap(cap) => Some(&**cap),
                _ => None,
            });
            for cap in caps {
                why.extend(self.cap(&name, &cap, &scope, channel, ahead));
            }
            for pause in pauses(limits) {
                why.extend(self.pause(&name, &pause, &scope));
            }
        }
        let own = Scope { purposes: None, actions: Some(vec![action.to_owned()]) };
        if let Some(cap) = cap_of(body, "repeat") {
            why.extend(self.cap("repeat", &cap, &own, channel, ahead));
        }
        for pause in pauses(body) {
            why.extend(self.pause("pause", &pause, &own));
        }
        if let Some(budget) = cap_of(body, "budget") {
            why.extend(self.budget(action, &budget));
        }
        why
    }

    fn cap(
        &self,
        name: &str,
        line: &Line<'_, Cap>,
        scope: &Scope,
        channel: &str,
        ahead: &[Taken],
    ) -> Option<Why> {
        let cap = line.said;
        let mut channels = channels_of(cap);
        if channels.as_ref().is_some_and(|all| !all.iter().any(|it| it == channel)) {
            return None;
        }
        if cap.on.as_ref().is_some_and(|on| on.share == Some(CapShare::Each)) {
            channels = Some(vec![channel.to_owned()]);
        }
        let counts = |of: &Taken| Self::counts(scope, channels.as_deref(), of);
        let most = whole(&cap.most);
        let memory = self.memory();
        let is_it = |it: &&Contact| counts(&self.rules.named_today(&it.of));
        let by_shown = cap.counted == Some(Counted::Shown);
        let time = |it: &Contact| if by_shown { it.shown() } else { it.committed };
        let times: Vec<i64> = memory.contacts.iter().filter(is_it).map(time).collect();
        let gone = memory.gone.iter().filter(is_it).count();
        let promises = &self.person.promises;
        // The ends of what may still be sent.
        let ends = |now: i64| -> Vec<i64> {
            let all = promises.own();
            let live =
                all.iter().filter(|it| it.committed.is_none() && !it.over && now < it.expires);
            live.flat_map(|it| {
                it.taken.iter().filter(|of| counts(&self.rules.named_today(of))).map(|_| it.expires)
            })
            .collect()
        };
        // How many count at an instant.
        let used = |now: i64| -> usize {
            let held = ends(now).len();
            held + match &cap.per {
                CapPer::Duration(duration) => {
                    times.iter().filter(|time| **time > now - length(duration)).count()
                }
                CapPer::Calendar(unit) => {
                    let start = self.unit_of(now, *unit, 0, self.calendar_zone());
                    times.iter().filter(|time| **time >= start).count()
                }
                CapPer::Total => times.len() + gone,
                CapPer::Word(word) => panic!("per {}", word.text),
            }
        };
        let now = self.effective();
        // Whether all that was at this time or later is remembered.
        let whole = |start: i64| memory.lost.is_none_or(|lost| lost < start);
        let is_whole = match &cap.per {
            CapPer::Duration(duration) => whole(now - length(duration) + 1),
            CapPer::Calendar(unit) => whole(self.unit_of(now, *unit, 0, self.calendar_zone())),
            CapPer::Total | CapPer::Word(_) => true,
        };
        let before = ahead.iter().filter(|of| counts(of)).count();
        if is_whole && used(now) + before < most {
            return None;
        }
        let until = match &cap.per {
            // Alone it would not refuse: it ends with this answer.
            _ if is_whole && used(now) < most => None,
            CapPer::Duration(duration) => {
                // It can only end when a contact leaves the window, remembered or not, or a reservation expires.
                let all = times.iter().chain(&memory.lost);
                let leave = all.map(|time| time + length(duration)).chain(ends(now));
                let mut instants: Vec<i64> = leave.filter(|instant| *instant > now).collect();
                instants.sort_unstable();
                let free = |now: i64| used(now) < most && whole(now - length(duration) + 1);
                instants.into_iter().find(|instant| free(*instant))
            }
            CapPer::Calendar(unit) => Some(self.unit_of(now, *unit, 1, self.calendar_zone())),
            CapPer::Total | CapPer::Word(_) => None,
        };
        Some(refused(Stage::ContactPolicy, Some(name), &line.text, until))
    }

    /// The start of the unit that lies so many after the one of an instant.
    fn unit_of(&self, now: i64, unit: Unit, offset: i64, zone: Tz) -> i64 {
        let (day, _) = calendar::local(now, zone);
        calendar::instant(calendar::unit_start(day, unit, offset), 0, zone)
    }

    fn pause(&self, name: &str, line: &Line<'_, Pause>, scope: &Scope) -> Option<Why> {
        let pause = line.said;
        let memory = self.memory();
        let counts = |it: &&Came| {
            it.word == pause.outcome.text
                && Self::counts(scope, None, &self.rules.named_today(&it.of))
        };
        let times: Vec<i64> = memory.outcomes.iter().filter(counts).map(|it| it.at).collect();
        let (reach, lasts) = (length(&pause.reach.duration), length(&pause.pause));
        let now = self.effective();
        let shuts = |at: &&i64| {
            let so_many = times.iter().filter(|it| **it <= **at && **it > **at - reach).count();
            so_many >= whole(&pause.count) && **at <= now && now < **at + lasts
        };
        let until = times.iter().filter(shuts).max().map(|at| at + lasts);
        // Of what is forgotten nobody knows that it did not.
        let lost = memory.outcomes_lost.map(|lost| lost + reach + lasts).filter(|end| *end > now);
        let until = until.max(lost)?;
        Some(refused(Stage::ContactPolicy, Some(name), &line.text, Some(until)))
    }

    fn budget(&self, action: &str, line: &Line<'_, Cap>) -> Option<Why> {
        let cap = line.said;
        let (now, zone) = (self.effective(), self.rules.zone());
        let unit = match &cap.per {
            CapPer::Calendar(unit) => Some(*unit),
            CapPer::Total => None,
            other => panic!("{other:?} is no budget"),
        };
        let same_period = |at: i64| match unit {
            None => true,
            Some(unit) => self.unit_of(at, unit, 0, zone) == self.unit_of(now, unit, 0, zone),
        };
        let promises = &self.person.promises;
        let all = promises.reservations();
        let held = all.iter().filter(|it| !it.over && !it.collected && same_period(it.at));
        let own = |of: &&Taken| self.rules.is_called("action", action, &of.action);
        let used = held.map(|it| it.taken.iter().filter(own).count()).sum::<usize>();
        if used < whole(&cap.most) {
            return None;
        }
        let until = unit.map(|unit| self.unit_of(now, unit, 1, zone));
        Some(refused(Stage::Budget, None, &line.text, until))
    }
}

fn refused(stage: Stage, name: Option<&str>, text: &str, until: Option<i64>) -> Why {
    let (name, line) = (name.map(str::to_owned), Some(text.to_owned()));
    Why { stage, name, missing_required: None, line, until }
}
