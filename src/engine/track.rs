//! Events at the door: read under the rules that run, and kept under the customer's own entry.

use super::Engine;
use super::journeys::What;
use crate::check::rules::{Attribute, Need};
use crate::compile::{EventPlan, Program};
use crate::event::{AHEAD, Event, EventError, Tracked};
use crate::mutant::mutant;
use crate::profile::{Incoming, NOTHING, Taken, encode, message, symbol};
use crate::value::{DAY, ReadError, Timestamp, Typed, Unit, Value, read};

impl Engine {
    /// Keeps at most so many events of one kind for one customer, instead of
    /// [`MOST_EVENTS`](crate::event::MOST_EVENTS); at least one. Beyond it the oldest goes.
    #[must_use]
    pub fn most_events(mut self, most: usize) -> Self {
        self.most_events = most.max(1);
        self
    }

    /// Takes in what happened to a customer, who may be new; `now` is the host's time.
    ///
    /// It counts at its own time, however late it arrives and in whatever order. An event whose message id was
    /// there before changes nothing. Fields that the rules do not declare are not kept.
    ///
    /// - Cost: constant for news, and linear in what is kept of its kind for an event with a message id.
    /// - Whoever decides afterwards sees it; a view that was taken before does not.
    ///
    /// # Errors
    /// [`EventError`]; nothing is taken then. One that is too old is remembered as missing, so that a question
    /// about its time is unknown rather than too low.
    ///
    /// # Example
    /// ```
    /// use onward::{Context, Engine, Event, Source, Tracked, check, value::Timestamp};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let rules = r#"
    /// workspace shop { currency: EUR, timezone: "Europe/Paris", languages: [en] }
    /// event purchase kept 90 days { amount: required money }
    /// segment regulars { count of purchase in the last 30 days >= 1 }
    /// "#;
    /// let checked = check(&[Source::new("shop.journey", rules)], &Context::default());
    /// # let Some(rules) = checked.rules else { panic!("{:?}", checked.diagnostics) };
    /// let engine = Engine::new(&rules);
    /// let at = Timestamp::parse("2026-09-08T08:00:00Z")?;
    /// let event = Event::new("lea", "purchase", at).message("m-17").set("amount", "EUR 12.50");
    /// assert_eq!(engine.track(&event, at)?, Tracked::Kept);
    /// assert_eq!(engine.track(&event, at)?, Tracked::Duplicate);
    /// # Ok(())
    /// # }
    /// ```
    pub fn track(&self, event: &Event, now: Timestamp) -> Result<Tracked, EventError> {
        let id = event.customer();
        if id.is_empty() || id.len() > 512 {
            return Err(EventError::Customer);
        }
        if let Some(why) = self.refuses() {
            return Err(EventError::Store { why });
        }
        let program = self.program.load();
        let plan = program.event_names.get(event.name()).and_then(|at| program.events.get(*at));
        let Some(plan) = plan else {
            return Err(EventError::Unknown { event: event.name().to_owned() });
        };
        let time = event.time();
        if time.micros() > now.micros().saturating_add(AHEAD) {
            return Err(EventError::Ahead { time, now });
        }
        let words = words(&program, plan, event)?;
        let oldest = now.micros().saturating_sub(plan.kept);
        let incoming = Incoming {
            kind: plan.kind,
            time: time.micros(),
            id: message(event.message_id()),
            words: &words,
            oldest,
            most: self.most_events,
        };
        let taken = self.change_keyed(id, |key, record| {
            let is_new = record.is_new();
            let taken = record.happened(incoming);
            // No row hangs on events: those of a customer who was there before stay as they are.
            if is_new {
                super::hold(&program, record);
            }
            if taken == Taken::Kept && (record.runs().is_some() || !program.journeys.is_empty()) {
                let (kind, time) = (plan.kind, time.micros());
                let first = record.happened_times(kind) == 1;
                let what = What::Event { kind, time, words: &words, first };
                self.play((&program, key), record, id, time, what);
            }
            taken
        });
        match taken.ok_or(EventError::NotLoaded)? {
            Taken::Kept => Ok(Tracked::Kept),
            Taken::Duplicate => Ok(Tracked::Duplicate),
            Taken::Old => Err(EventError::Old { time, kept: plan.kept / DAY }),
            Taken::Full => Err(EventError::Full { time, most: self.most_events }),
        }
    }

    /// Lets go of every event that is older than its kind is kept, and of all of a kind that the rules no longer
    /// declare; how many. Events go by themselves when their customer has news of the kind; this is for those
    /// who have none. Budgets that ended reservations hold are given back. Cost: linear in the customers.
    pub fn expire(&self, now: Timestamp) -> u64 {
        self.return_expired(now.micros());
        let program = self.program.load();
        let oldest = |kind: u32| {
            let plan = program.events.iter().find(|plan| plan.kind == kind)?;
            Some(now.micros().saturating_sub(plan.kept))
        };
        let mut went = 0;
        self.cache.sweep(|record| {
            if record.has_events() {
                went += record.expire(oldest);
            }
        });
        went
    }
}

/// One word per column.
fn words(program: &Program, plan: &EventPlan, event: &Event) -> Result<Vec<u64>, EventError> {
    let fields = program.rules.events.get(plan.event).map_or(&[][..], |event| &event.fields);
    let mut words = vec![NOTHING; plan.width];
    for ((field, column), index) in fields.iter().zip(&plan.columns).zip(0..) {
        let own = event.fields().get(&field.name);
        let value = own.or_else(|| {
            let earlier = plan.earlier.iter().filter(|(_, of)| **of == index);
            earlier.filter_map(|(name, _)| event.fields().get(name)).next()
        });
        let word = match value.map(|value| word(field, value)).transpose()?.flatten() {
            Some(word) => word,
            None => match &field.need {
                Need::Required => {
                    return Err(EventError::Missing { field: field.name.clone() });
                }
                Need::Default(default) => encoded(default).unwrap_or(NOTHING),
                Need::Optional => continue,
            },
        };
        if let Some(kept) = words.get_mut(*column as usize) {
            *kept = word;
        }
    }
    Ok(words)
}

fn word(field: &Attribute, value: &Value) -> Result<Option<u64>, EventError> {
    let refuse = |why: ReadError| {
        let why = if field.personal_data { why.masked() } else { why };
        EventError::Field { field: field.name.clone(), why }
    };
    let typed = read(value, &field.kind, Unit::None).map_err(refuse)?;
    let Some(typed) = typed else { return Ok(None) };
    match encoded(&typed) {
        Some(word) if word != NOTHING => Ok(Some(word)),
        // The one amount and the one instant that stand for nothing.
        _ => Err(refuse(ReadError::NotFinite { found: typed.show(&field.kind) })),
    }
}

fn encoded(value: &Typed) -> Option<u64> {
    if let Typed::Text(text) = value
        && mutant!("events_text_is_compared_exactly")
    {
        return Some(symbol(text));
    }
    encode(value, |word| Some(symbol(word)))
}
