//! Journeys, played by their trees: where everybody stands after all that happened, and what was sent.
//!
//! In: the workspaces that served one after the other, and what happens, one by one. Out: the runs that last, how the
//! last one ended, and the messages. A run stands on a line of a tree; nothing is compiled, and no timer is kept: the
//! next thing that is due is looked for anew each time.

use std::collections::{BTreeMap, BTreeSet};

use onward::syntax::ast::{Atom, Body, Definition, Outcome, Shape, Value, WaitKind};
use onward::{Customer, Event};

use super::journey_parts::{self as parts, Again, Place};
use super::literal::Val;
use super::names::{self, Person, Rules};
use super::policy::{Entry, Promises};

pub(super) const MINUTE: i64 = 60_000_000;

/// One way through one journey; times are Unix microseconds.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub(crate) journey: String,
    /// The line that it stands on, by its name.
    pub(crate) step: String,
    pub(crate) entered: i64,
    /// When its step goes on by itself.
    pub(crate) due: Option<i64>,
    number: usize,
    /// The workspace whose rules it follows.
    version: usize,
    /// What tells it apart from others of the journey.
    key: Option<Val>,
    /// What it entered with, as far as its rules read it.
    pub(super) entry: BTreeMap<String, Val>,
    /// When it came to its step: the first try of a message that is tried again.
    arrived: i64,
    /// The last try.
    tried: Option<i64>,
    /// When it is over at the latest.
    ends: i64,
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Sent {
    pub(crate) at: i64,
    pub(crate) customer: String,
    pub(crate) journey: String,
    pub(crate) step: String,
    pub(crate) action: String,
    pub(crate) channel: String,
}

/// What came of asking to enter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Came {
    In,
    NotFor,
    NotAgain,
    Many,
}

/// One customer, by all that is known.
#[derive(Clone, Debug, Default)]
pub(crate) struct Someone {
    records: Vec<Customer>,
    happened: Vec<(Event, i64)>,
    /// The newest time that was acted on, from the first run on.
    clock: Option<i64>,
    entered: usize,
    /// In the order in which they entered.
    pub(crate) runs: Vec<Run>,
    /// Every run that ended: its journey, its key, how and when.
    pub(crate) ended: Vec<(String, Option<Val>, String, i64)>,
}

/// What was met on the way, for whoever asks whether enough was.
pub(crate) type Met = BTreeMap<String, usize>;

/// Everybody.
pub(crate) struct Crowd<'a> {
    rules: Vec<Rules<'a>>,
    /// Of each workspace and journey: the lines that have names, and what is kept of the entry. Found once.
    known: Vec<BTreeMap<String, (parts::Named, BTreeSet<String>)>>,
    now: usize,
    pub(crate) people: BTreeMap<String, Someone>,
    pub(crate) sent: Vec<Sent>,
    log: Vec<Entry>,
    pub(crate) met: Met,
}

/// What happened to one customer.
#[derive(Clone, Copy)]
enum What<'e> {
    Event(&'e Event),
    News,
}

/// What comes behind a step.
pub(super) enum Then<'a> {
    Go(Place<'a>),
    Rest,
    Over,
}

impl<'a> Crowd<'a> {
    /// The first of these workspaces serves.
    pub(crate) fn new(rules: Vec<Rules<'a>>) -> Self {
        let known = |rules: &Rules<'_>| {
            let lines = |name: &String| parts::all_named(rules.the("journey", name));
            let all = parts::keeps(rules).into_iter();
            all.map(|(name, keeps)| (name.clone(), (lines(&name), keeps))).collect()
        };
        let known = rules.iter().map(known).collect();
        let (people, log) = (BTreeMap::new(), Vec::new());
        Self { rules, known, now: 0, people, sent: Vec::new(), log, met: Met::new() }
    }

    /// An event, at its own time.
    pub(crate) fn event(&mut self, event: &Event) {
        let (who, time) = (event.customer().to_owned(), event.time().micros());
        let own = self.people.entry(who.clone()).or_default();
        let is_first = !own.happened.iter().any(|(before, _)| before.name() == event.name());
        own.happened.push((event.clone(), time));
        self.play(&who, time, |crowd, play| {
            crowd.pass(play, What::Event(event));
            for name in crowd.rules[crowd.now].names("journey") {
                crowd.enter_by(play, &name, event, is_first);
            }
        });
    }

    /// A record arrives: what was due before it knew nothing of it.
    pub(crate) fn news(&mut self, news: &Customer) {
        let (who, time) = (news.id().to_owned(), news.time().micros());
        self.play(&who, time, |_, _| {});
        self.people.entry(who.clone()).or_default().records.push(news.clone());
        self.play(&who, time, |crowd, play| crowd.pass(play, What::News));
    }

    /// Somebody asks that a customer enters.
    pub(crate) fn ask(&mut self, who: &str, journey: &str, at: i64) -> Came {
        self.people.entry(who.to_owned()).or_default();
        let mut came = Came::NotFor;
        self.play(who, at, |crowd, play| {
            came = crowd.enter(play, journey, BTreeMap::new(), true);
        });
        came
    }

    /// Something is sent by hand; whether it went.
    pub(crate) fn by_hand(&mut self, who: &str, action: &str, channel: &str, at: i64) -> bool {
        let rules = &self.rules[self.now];
        let own = self.people.entry(who.to_owned()).or_default();
        let person = person(rules, who, own, &self.log);
        let goes = rules.refuses(&person, action, channel, at, &BTreeSet::new()).is_empty();
        if goes {
            let at = person.promises.effective(at);
            self.count(who, action, channel, at, self.now);
        }
        goes
    }

    /// Time passes, for everybody.
    pub(crate) fn advance(&mut self, to: i64) {
        for who in self.people.keys().cloned().collect::<Vec<_>>() {
            let mut play = self.begin(&who, 0);
            self.fire(&mut play, to);
            self.people.insert(who, play.own);
        }
    }

    /// Other rules; whether nobody would be left on a step that they do not have.
    pub(crate) fn swap(&mut self, to: usize) -> bool {
        let mut people = self.people.clone();
        for run in people.values_mut().flat_map(|own| &mut own.runs) {
            let Some(new) = self.rules[to].find("journey", &run.journey) else { continue };
            let old = self.rules[run.version].the("journey", &run.journey);
            let same = parts::text(new) == parts::text(old);
            if !same && names::word_field(&new.body, "on_change").as_deref() != Some("move") {
                *self.met.entry("stays".to_owned()).or_default() += 1;
                continue;
            }
            let step = parts::moved(new, &run.step);
            if parts::named(&self.known[to][&run.journey].0, &step).is_none() {
                *self.met.entry("strands".to_owned()).or_default() += 1;
                return false;
            }
            if !same {
                let how = if step == run.step { "moves" } else { "moves by name" };
                *self.met.entry(how.to_owned()).or_default() += 1;
            }
            (run.version, run.step) = (to, step);
        }
        (self.people, self.now) = (people, to);
        true
    }

    fn met(&mut self, what: impl Into<String>) {
        *self.met.entry(what.into()).or_default() += 1;
    }

    fn begin(&mut self, who: &str, now: i64) -> Play {
        Play { who: who.to_owned(), own: self.people[who].clone(), now }
    }

    /// What is due earlier comes first; of one time, what happens does.
    fn play(&mut self, who: &str, at: i64, act: impl FnOnce(&mut Self, &mut Play)) {
        let Some(own) = self.people.get(who) else { return };
        let now = own.clock.map_or(at, |clock| clock.max(at));
        let mut play = self.begin(who, now);
        self.fire(&mut play, now - 1);
        play.now = now;
        act(self, &mut play);
        if play.own.entered > 0 {
            play.own.clock = Some(play.own.clock.map_or(now, |clock| clock.max(now)));
        }
        self.people.insert(who.to_owned(), play.own);
    }

    /// Everything that is due for one customer by a time, each at its own.
    fn fire(&mut self, play: &mut Play, to: i64) {
        loop {
            let times = play
                .own
                .runs
                .iter()
                .map(|run| (run.due.map_or(run.ends, |due| due.min(run.ends)), run.number));
            let Some((due, number)) = times.min().filter(|(due, _)| *due <= to) else { return };
            play.now = play.own.clock.map_or(due, |clock| clock.max(due));
            play.own.clock = Some(play.now);
            let run = play.run(number).clone();
            if run.ends <= play.now {
                self.end(play, number, "too_long");
                continue;
            }
            let journey = self.journey(&run);
            let place = self.place(&run);
            match parts::shape(journey, &place) {
                Some(Shape::Wait(wait)) => {
                    let next = match &wait.how {
                        WaitKind::UpTo { body, .. } => {
                            self.met("wait for over");
                            parts::way(journey, &place, parts::outcome(body, "if_not"))
                        }
                        _ => parts::behind(journey, &place),
                    };
                    self.go(play, number, next);
                }
                _ => self.again(play, number, "when it ends"),
            }
        }
    }

    /// What happened, to the runs that last: consent, exit, goal, step.
    fn pass(&mut self, play: &mut Play, what: What<'_>) {
        let numbers: Vec<usize> = play.own.runs.iter().map(|run| run.number).collect();
        for number in &numbers {
            self.opted_out(play, *number);
        }
        for number in numbers.iter().filter(|it| play.lasts(**it)).collect::<Vec<_>>() {
            self.left(play, *number);
        }
        for number in numbers.iter().filter(|it| play.lasts(**it)).collect::<Vec<_>>() {
            self.reached(play, *number, Some(what));
        }
        for number in numbers {
            if play.lasts(number) {
                self.step_by(play, number, what);
            }
        }
    }

    fn step_by(&mut self, play: &mut Play, number: usize, what: What<'_>) {
        let run = play.run(number).clone();
        let journey = self.journey(&run);
        let place = self.place(&run);
        match parts::shape(journey, &place) {
            Some(Shape::Wait(wait)) => {
                let (WaitKind::UpTo { event, filter, body, .. }, What::Event(came)) =
                    (&wait.how, what)
                else {
                    return;
                };
                if came.time().micros() >= run.arrived
                    && self.is_it(play, number, came, &event.text, filter.as_ref())
                {
                    self.met("wait for seen");
                    let next = parts::way(journey, &place, parts::outcome(body, "if_seen"));
                    self.go(play, number, next);
                }
            }
            Some(Shape::Send(_)) => {
                if run.tried.is_some_and(|tried| play.now - tried >= MINUTE) {
                    let word = if matches!(what, What::News) { "by news" } else { "by an event" };
                    self.again(play, number, word);
                }
            }
            other => panic!("{other:?} is no place to stand on"),
        }
    }

    /// Whether this is the event, in the eyes of a run.
    fn is_it(
        &self,
        play: &Play,
        number: usize,
        came: &Event,
        name: &str,
        filter: Option<&Body>,
    ) -> bool {
        let run = play.run(number);
        let rules = &self.rules[run.version];
        let Some(fields) = rules.fields_of(rules.the("event", name), came) else { return false };
        came.name() == name
            && filter.is_none_or(|filter| {
                let person = person(rules, &play.who, &play.own, &self.log);
                let asked = parts::asked(rules, &person, play.now);
                parts::fits(&asked, filter, name, &fields, &run.entry)
            })
    }

    fn enter_by(&mut self, play: &mut Play, name: &str, event: &Event, is_first: bool) {
        let rules = &self.rules[self.now];
        let journey = rules.the("journey", name);
        let Some((by, filter, first)) = parts::entered_by(journey) else { return };
        if by != event.name() || first && !is_first {
            return;
        }
        let fields = rules.fields_of(rules.the("event", &by), event).unwrap();
        let fits = filter.is_none_or(|filter| {
            let person = person(rules, &play.who, &play.own, &self.log);
            let asked = parts::asked(rules, &person, play.now);
            parts::fits(&asked, filter, &by, &fields, &BTreeMap::new())
        });
        if fits {
            let came = self.enter(play, name, fields, true);
            self.met(format!("by event {came:?}"));
        } else {
            self.met("does not fit");
        }
    }

    /// Enters by the rules of now with these values; one that is refused changes nothing.
    fn enter(
        &mut self,
        play: &mut Play,
        name: &str,
        fields: BTreeMap<String, Val>,
        ask: bool,
    ) -> Came {
        let rules = &self.rules[self.now];
        let journey = rules.the("journey", name);
        let keeps = &self.known[self.now][name].1;
        let entry: BTreeMap<String, Val> =
            fields.into_iter().filter(|(field, _)| keeps.contains(field)).collect();
        let (again, per) = parts::again(journey);
        let key = per.as_ref().and_then(|field| entry.get(field).cloned());
        if let Some(who) = names::block(&journey.body, "who") {
            let person = person(rules, &play.who, &play.own, &self.log);
            let asked = parts::asked(rules, &person, play.now);
            if !parts::all(&asked, who, journey, &entry) {
                return Came::NotFor;
            }
        }
        let lasting = play.own.runs.iter().find(|it| it.journey == name && it.key == key);
        let lasting = lasting.map(|it| it.number);
        let mut before = play.own.ended.iter().filter(|it| it.0 == name && it.1 == key);
        let may = match again {
            _ if !ask => true,
            Again::Never => lasting.is_none() && before.next().is_none(),
            Again::After(rest) => lasting.is_none() && before.all(|it| it.3 + rest <= play.now),
            Again::Always => lasting.is_none(),
            Again::Restart => true,
        };
        if !may {
            return Came::NotAgain;
        }
        let others =
            play.own.runs.iter().filter(|it| it.journey == name && Some(it.number) != lasting);
        if others.count() >= parts::at_once(journey) {
            return Came::Many;
        }
        let longest = parts::duration(names::field(&journey.body, "longest"));
        if let Some(older) = lasting {
            self.end(play, older, "replaced");
        }
        play.own.entered += 1;
        let number = play.own.entered;
        play.own.runs.push(Run {
            journey: name.to_owned(),
            step: String::new(),
            entered: play.now,
            due: None,
            number,
            version: self.now,
            key,
            entry,
            arrived: play.now,
            tried: None,
            ends: play.now + longest,
        });
        self.go(play, number, parts::first(self.rules[self.now].the("journey", name)));
        Came::In
    }

    fn journey(&self, run: &Run) -> &'a Definition {
        self.rules[run.version].the("journey", &run.journey)
    }

    /// The line that a run stands on.
    fn place(&self, run: &Run) -> Place<'a> {
        parts::named(&self.known[run.version][&run.journey].0, &run.step).unwrap()
    }

    fn name(&self, run: &Run, place: &Place<'_>) -> Option<String> {
        parts::name(&self.known[run.version][&run.journey].0, place)
    }

    /// Goes to a place and on from there until time must pass.
    fn go(&mut self, play: &mut Play, number: usize, place: Place<'a>) {
        let mut place = place;
        loop {
            let now = play.now;
            let name = self.name(play.run(number), &place);
            let run = play.change(number);
            if let Some(name) = name {
                (run.step, run.arrived, run.due, run.tried) = (name, now, None, None);
            }
            match self.does(play, number, &place) {
                Then::Go(next) => place = next,
                Then::Rest | Then::Over => return,
            }
        }
    }

    /// Tries a message once more.
    fn again(&mut self, play: &mut Play, number: usize, why: &str) {
        let place = self.place(play.run(number));
        let before = self.sent.len();
        match self.does(play, number, &place) {
            Then::Go(next) => {
                let how = if self.sent.len() > before { "late" } else { "not" };
                self.met(format!("sent {how}, {why}"));
                self.go(play, number, next);
            }
            Then::Rest => self.met(format!("still blocked, {why}")),
            Then::Over => {}
        }
    }

    fn does(&mut self, play: &mut Play, number: usize, place: &Place<'a>) -> Then<'a> {
        let journey = self.journey(play.run(number));
        if let Place::Outcome(outcome, ..) = place {
            return self.leaves(play, number, outcome, place);
        }
        match parts::shape(journey, place).unwrap() {
            Shape::Wait(wait) => {
                let due = match &wait.how {
                    WaitKind::UpTo { duration, .. } => play.now + parts::length(duration),
                    how => {
                        let run = play.run(number);
                        let rules = &self.rules[run.version];
                        let person = person(rules, &play.who, &play.own, &self.log);
                        let asked = parts::asked(rules, &person, play.now);
                        parts::until(&asked, how, journey, &run.entry)
                    }
                };
                self.met(parts::kind_of_wait(&wait.how));
                if due <= play.now {
                    self.met("wait passed at once");
                    return Then::Go(parts::behind(journey, place));
                }
                play.change(number).due = Some(due);
                Then::Rest
            }
            Shape::Send(send) => {
                if self.opted_out(play, number)
                    || self.left(play, number)
                    || self.reached(play, number, None)
                {
                    self.met("over before a send");
                    return Then::Over;
                }
                self.send(play, number, send, place)
            }
            Shape::Block(block) if names::text(&block.heading) == "branch" => {
                let run = play.run(number);
                let rules = &self.rules[run.version];
                let person = person(rules, &play.who, &play.own, &self.log);
                let asked = parts::asked(rules, &person, play.now);
                let whens = block.body.items.iter().filter_map(|item| match &item.shape {
                    Shape::When(when) => Some(when),
                    _ => None,
                });
                let taken = whens
                    .into_iter()
                    .find(|when| parts::when(&asked, &when.condition, journey, &run.entry));
                let next = match taken {
                    Some(when) => parts::way(journey, place, &when.outcome),
                    None => parts::way(journey, place, parts::outcome(&block.body, "otherwise")),
                };
                self.met(if taken.is_some() { "branch when" } else { "branch otherwise" });
                Then::Go(next)
            }
            Shape::Block(block) => {
                self.met("split");
                let step = self.name(play.run(number), place).unwrap();
                let lot = parts::lot(&play.who, &play.run(number).journey, &step);
                Then::Go(parts::way(journey, place, parts::arm(&block.body, lot)))
            }
            Shape::Outcome(outcome) => self.leaves(play, number, outcome, place),
            other => panic!("{other:?} is no step"),
        }
    }

    /// `finish x`, `transfer to y`.
    fn leaves(
        &mut self,
        play: &mut Play,
        number: usize,
        outcome: &'a Outcome,
        place: &Place<'a>,
    ) -> Then<'a> {
        match outcome {
            Outcome::Finish(word) => {
                self.end(play, number, &word.text);
                Then::Over
            }
            Outcome::Transfer(to, body) => {
                let journey = self.journey(play.run(number));
                let word = names::word_field(body.as_ref().unwrap(), "if_already_in").unwrap();
                let entry = play.run(number).entry.clone();
                self.transfer(
                    play,
                    number,
                    &to.text,
                    &word,
                    entry,
                    parts::behind_or(journey, place),
                )
            }
            other => panic!("{other:?} leads nowhere"),
        }
    }

    fn transfer(
        &mut self,
        play: &mut Play,
        number: usize,
        to: &str,
        word: &str,
        entry: BTreeMap<String, Val>,
        behind: Option<Place<'a>>,
    ) -> Then<'a> {
        let rules = &self.rules[self.now];
        let (_, per) = parts::again(rules.the("journey", to));
        let key = per.as_ref().and_then(|field| entry.get(field).cloned());
        let lasting = play.own.runs.iter().any(|it| it.journey == to && it.key == key);
        if lasting && word == "stay" {
            self.met("transfer stays");
            self.end(play, number, "moved");
            return Then::Over;
        }
        if lasting && word == "refuse" {
            self.met("transfer refused, in already");
            return Then::Go(behind.unwrap());
        }
        // What would be: as one step, or not at all.
        let (before, sent, log) = (play.own.clone(), self.sent.len(), self.log.len());
        self.end(play, number, "moved");
        let came = self.enter(play, to, entry, !lasting);
        self.met(format!("transfer {word} {came:?}"));
        if came != Came::In && word == "refuse" {
            play.own = before;
            assert_eq!((sent, log), (self.sent.len(), self.log.len()));
            return Then::Go(behind.unwrap());
        }
        Then::Over
    }

    fn send(
        &mut self,
        play: &mut Play,
        number: usize,
        send: &'a onward::syntax::ast::SendStep,
        place: &Place<'a>,
    ) -> Then<'a> {
        let run = play.run(number).clone();
        let journey = self.journey(&run);
        // Limits, hours and consent are those of now, whatever rules the run follows.
        let rules = &self.rules[self.now];
        let person = person(rules, &play.who, &play.own, &self.log);
        let mut ends = Vec::new();
        for channel in parts::channels(send.by.as_ref().unwrap(), &person) {
            let action = &send.action.text;
            let why = rules.refuses(&person, action, &channel, play.now, &BTreeSet::new());
            if why.is_empty() {
                let at = person.promises.effective(play.now);
                let sent = Sent {
                    at,
                    customer: play.who.clone(),
                    journey: run.journey.clone(),
                    step: run.step.clone(),
                    action: action.clone(),
                    channel: channel.clone(),
                };
                self.sent.push(sent);
                self.count(&play.who, action, &channel, at, self.now);
                self.met("sent");
                return Then::Go(parts::behind(journey, place));
            }
            let asked = parts::asked(rules, &person, play.now);
            let acted = person.promises.effective(play.now);
            ends.extend(why.iter().filter_map(|why| why.until).filter(|end| *end > acted));
            ends.extend(parts::opens(&asked, action, &channel));
            for one in why {
                *self.met.entry(format!("blocked by {:?}", one.stage)).or_default() += 1;
            }
        }
        let if_blocked = parts::outcome(send.body.as_ref().unwrap(), "if_blocked");
        let (then, last) = match if_blocked {
            Outcome::Retry(span, then) => (&**then, run.arrived + parts::length(span)),
            other => (other, run.arrived),
        };
        if play.now >= last {
            self.met("blocked for good");
            return Then::Go(parts::way(journey, place, then));
        }
        // The first reason that ends, not within the minute, and the last try at the end.
        let next = ends.into_iter().min().unwrap_or(last).max(play.now + MINUTE).min(last);
        let now = play.now;
        let run = play.change(number);
        (run.tried, run.due) = (Some(now), Some(next));
        Then::Rest
    }

    /// A message that went out counts.
    fn count(&mut self, who: &str, action: &str, channel: &str, at: i64, now: usize) {
        let customer = who.to_owned();
        let taken = vec![self.rules[now].taken(action, channel)];
        let id = format!("{}", self.log.len());
        self.log.push(Entry::Acted { customer: customer.clone(), at });
        let (expires, budget) = (at + MINUTE, false);
        self.log.push(Entry::Reserved {
            customer: customer.clone(),
            id: id.clone(),
            taken,
            at,
            expires,
            budget,
        });
        self.log.push(Entry::Committed { customer, id, at });
    }

    /// Ends a run where no message that could follow may be sent any more.
    fn opted_out(&mut self, play: &mut Play, number: usize) -> bool {
        let run = play.run(number);
        let rules = &self.rules[run.version];
        let journey = rules.the("journey", &run.journey);
        let messages = parts::reachable(journey, self.place(run));
        let person = person(rules, &play.who, &play.own, &self.log);
        let mut some = false;
        for (action, channel) in messages {
            let purpose = rules.purpose_of(&action).unwrap();
            let body = &rules.the("purpose", &purpose).body;
            if names::word_list(body, "consent_free").contains(&channel)
                || rules.consents(&person, &channel, &purpose)
            {
                return false;
            }
            some = true;
        }
        if some {
            self.end(play, number, "opted_out");
        }
        some
    }

    /// Ends a run where a line of `exit` surely holds.
    fn left(&mut self, play: &mut Play, number: usize) -> bool {
        let run = play.run(number);
        let rules = &self.rules[run.version];
        let journey = rules.the("journey", &run.journey);
        let Some(exit) = names::block(&journey.body, "exit") else { return false };
        let person = person(rules, &play.who, &play.own, &self.log);
        let asked = parts::asked(rules, &person, play.now);
        let over = parts::some(&asked, exit, journey, &run.entry);
        if over {
            self.end(play, number, "exit");
        }
        over
    }

    /// Ends a run whose goal is reached.
    fn reached(&mut self, play: &mut Play, number: usize, what: Option<What<'_>>) -> bool {
        let run = play.run(number).clone();
        let journey = self.journey(&run);
        let (entered, rules) = (run.entered, &self.rules[run.version]);
        let over = match (names::field(&journey.body, "goal"), what) {
            (Some(goal), Some(What::Event(came))) => {
                let time = came.time().micros();
                let (name, filter, within) = match goal {
                    Value::Atom(Atom::Word(word)) => (&word.text, None, None),
                    Value::Event(phrase) => {
                        (&phrase.event.text, phrase.filter.as_ref(), phrase.within.as_ref())
                    }
                    other => panic!("{other:?} is no goal"),
                };
                let in_time = within.is_none_or(|span| time <= entered + parts::length(span));
                let is_it = time >= entered && self.is_it(play, number, came, name, filter);
                if is_it && !in_time {
                    self.met("goal too late");
                }
                is_it && in_time
            }
            (Some(_), _) => false,
            (None, _) => names::block(&journey.body, "goal").is_some_and(|goal| {
                let person = person(rules, &play.who, &play.own, &self.log);
                let asked = parts::asked(rules, &person, play.now);
                parts::all(&asked, goal, journey, &run.entry)
            }),
        };
        if over {
            self.end(play, number, "goal");
        }
        over
    }

    fn end(&mut self, play: &mut Play, number: usize, how: &str) {
        let at = play.own.runs.iter().position(|run| run.number == number).unwrap();
        let run = play.own.runs.remove(at);
        self.met(format!("ended as {how}"));
        play.own.ended.push((run.journey, run.key, how.to_owned(), play.now));
    }
}

/// One customer at one moment.
struct Play {
    who: String,
    own: Someone,
    now: i64,
}

impl Play {
    fn lasts(&self, number: usize) -> bool {
        self.own.runs.iter().any(|run| run.number == number)
    }

    fn run(&self, number: usize) -> &Run {
        self.own.runs.iter().find(|run| run.number == number).unwrap()
    }

    fn change(&mut self, number: usize) -> &mut Run {
        self.own.runs.iter_mut().find(|run| run.number == number).unwrap()
    }
}

/// The customer as the rules see them.
fn person(rules: &Rules<'_>, who: &str, own: &Someone, log: &[Entry]) -> Person {
    let mut person = rules.person(&own.records);
    // There are no budgets here: what others were promised changes nothing.
    let is_own = |entry: &&Entry| match entry {
        Entry::Acted { customer, .. }
        | Entry::Reserved { customer, .. }
        | Entry::Committed { customer, .. } => customer == who,
        other => panic!("{other:?}"),
    };
    let log = log.iter().filter(is_own).cloned().collect();
    person.promises = Promises { customer: who.to_owned(), log };
    person.history = rules.history(who, &own.happened);
    person
}
