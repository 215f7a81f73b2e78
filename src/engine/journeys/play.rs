//! One customer's journeys at one moment, under the customer's own entry: what is due first, then what happened.
//!
//! On an event the order is consent, identity (before this is reached), exit, goal, step, entry. Runs come in the
//! order in which they entered. What was due before the moment comes first, at its own time, so that it makes no
//! difference how often anybody asks.

use std::collections::BTreeSet;
use std::sync::Arc;

use xxhash_rust::xxh3::Xxh3;

use super::super::reserve::Terms;
use super::super::{Answer, Engine};
use crate::check::rules::{Again, Channels, IfAlreadyIn, OnChange, Until};
use crate::compile::{
    DoesPlan, EnterPlan, GoalByPlan, JourneyPlan, Predicate, Program, StepPlan, UntilPlan,
    WaitedPlan,
};
use crate::mutant::mutant;
use crate::profile::{NEVER, NO_TIME, NOTHING, Outgoing, Record, Run, Runs, View, name_hash};
use crate::runtime::{self, Moment, Walk};
use crate::value::{DAY, Day, MINUTE, Timestamp};

/// More steps at one moment than a journey can have: no circle is without a wait.
const MOST_STEPS: usize = 100_000;

/// What happened.
#[derive(Clone, Copy, Debug)]
pub(in crate::engine) enum What<'a> {
    /// An event of a kind, at its own time, with its words; whether it is the first one ever.
    Event { kind: u32, time: i64, words: &'a [u64], first: bool },
    /// Something else is about to become known of the customer: what is due earlier does not know it yet.
    Before,
    /// Something else became known of the customer.
    News,
    /// The application asks that the customer enters a journey.
    Enter(u32),
    /// Nothing but time.
    Time,
}

/// Whether somebody entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine) enum Came {
    In,
    /// `who` does not surely hold.
    NotFor,
    /// A run lasts, or the last one ended too lately.
    NotAgain,
    /// As many runs as may be at once.
    Many,
}

/// See the module.
pub(in crate::engine) struct Play<'a> {
    pub(in crate::engine) engine: &'a Engine,
    /// The rules of now.
    pub(in crate::engine) program: &'a Arc<Program>,
    pub(in crate::engine) paused: &'a BTreeSet<String>,
    pub(in crate::engine) record: &'a mut Record,
    pub(in crate::engine) runs: Runs,
    pub(in crate::engine) answer: Answer,
    pub(in crate::engine) now: i64,
}

/// What comes after a step.
enum Then {
    /// This step, at once.
    Step(u32),
    /// Time passes.
    Rest,
    /// The run is over.
    Over,
}

impl Play<'_> {
    /// Plays what is due and what happened; whether somebody entered who asked to.
    pub(in crate::engine) fn play(&mut self, at: i64, what: What<'_>) -> Option<Came> {
        let now = at.max(self.runs.clock);
        // At one instant, what happens comes before what is due.
        let ahead = i64::from(
            !matches!(what, What::Time) && !mutant!("journey_event_comes_after_what_is_due"),
        );
        self.move_on();
        if matches!(what, What::Before) && mutant!("journey_knows_news_too_early") {
            return None;
        }
        self.fire(now.saturating_sub(ahead));
        if matches!(what, What::Before) {
            return None;
        }
        (self.now, self.runs.clock) = (now, now);
        match what {
            What::Event { .. } => {
                self.pass(what);
                self.enter_by(what);
                None
            }
            What::News => {
                self.pass(what);
                None
            }
            What::Enter(journey) => {
                let program = Arc::clone(self.program);
                Some(self.enter(&program, journey, &[], true))
            }
            What::Time | What::Before => None,
        }
    }

    /// Runs of journeys that move with their rules follow those of now from here on.
    fn move_on(&mut self) {
        for run in &mut self.runs.live {
            let index = self.program.journey_names.get(&run.journey).copied();
            let Some(of) = index.and_then(|index| plan(self.program, index)) else { continue };
            if of.version == run.version || of.on_change != OnChange::Move {
                continue;
            }
            let step = of.step(run.step).and_then(|step| of.steps.get(step as usize));
            let Some(step) = step.map(|step| step.name) else { continue };
            if let Some(old) = self.engine.board.version(run.journey, run.version)
                && let Some(index) = old.journey_names.get(&run.journey)
                && let Some(before) = plan(&old, *index)
                && !mutant!("journey_moves_with_foreign_values")
            {
                run.entry = of.taken_over(before, &run.entry);
            }
            if !mutant!("journey_moves_and_forgets_it") {
                (run.version, run.step) = (of.version, step);
            }
        }
    }

    /// Plays what is due by a time, one after the other, each at its own.
    fn fire(&mut self, to: i64) {
        while let Some((due, number)) = self.next_due().filter(|(due, _)| *due <= to) {
            let now = due.max(self.runs.clock);
            (self.now, self.runs.clock) = (now, now);
            self.due(number);
        }
    }

    fn next_due(&self) -> Option<(i64, u32)> {
        self.runs.live.iter().map(|run| (run.due.min(run.ends), run.number)).min()
    }

    /// A run whose time came.
    fn due(&mut self, number: u32) {
        let Some(run) = self.run(number) else { return };
        if run.ends <= self.now {
            self.end(number, "too_long");
            return;
        }
        let Some((program, journey, step)) = self.place(number) else {
            // Nobody knows the step any more: it rests until its journey is over.
            self.change(number, |run| run.due = NO_TIME);
            return;
        };
        let next = match plan(&program, journey).and_then(|plan| plan.steps.get(step as usize)) {
            Some(StepPlan { does: DoesPlan::Wait { next, .. }, .. }) => Some(*next),
            Some(StepPlan { does: DoesPlan::WaitFor { not, .. }, .. }) => Some(*not),
            _ => None,
        };
        match next {
            Some(next) => self.go(number, next),
            None => self.on(number),
        }
    }

    /// What happened, to the runs that last.
    fn pass(&mut self, what: What<'_>) {
        let numbers: Vec<u32> = self.runs.live.iter().map(|run| run.number).collect();
        for number in &numbers {
            self.end_where_opted_out(*number);
        }
        for number in &numbers {
            self.end_where_exit(*number);
        }
        for number in &numbers {
            self.end_where_goal(*number, Some(what));
        }
        for number in numbers {
            self.step_by(number, what);
        }
    }

    /// A step that waited for this, or whose message is tried again.
    fn step_by(&mut self, number: u32, what: What<'_>) {
        let Some((program, journey, step)) = self.place(number) else { return };
        let Some(of) = plan(&program, journey) else { return };
        let Some(run) = self.run(number) else { return };
        match of.steps.get(step as usize).map(|step| &step.does) {
            Some(DoesPlan::WaitFor { event, seen, .. }) => {
                let (arrived, seen) = (run.arrived, *seen);
                if self.is_it(&program, event, number, what, arrived) {
                    self.go(number, seen);
                }
            }
            Some(DoesPlan::Send { .. }) => {
                let tried = run.tried;
                if tried != NEVER && self.now.saturating_sub(tried) >= MINUTE {
                    self.on(number);
                }
            }
            _ => {}
        }
    }

    /// Whether this is the event that a run waits for, not earlier than a time.
    fn is_it(
        &mut self,
        program: &Program,
        wanted: &WaitedPlan,
        number: u32,
        what: What<'_>,
        from: i64,
    ) -> bool {
        let What::Event { kind, time, words, .. } = what else { return false };
        if kind != wanted.kind || time < from {
            return false;
        }
        let Some(run) = self.run(number) else { return false };
        let word =
            |column: u32| words.get(column as usize).copied().filter(|word| *word != NOTHING);
        let same = wanted.same.iter().all(|(column, place)| {
            let kept = run.entry.get(*place as usize).copied().filter(|word| *word != NOTHING);
            word(*column).is_some_and(|word| kept == Some(word))
        });
        same && {
            let view = self.record.view();
            let moment = self.moment(program, &view);
            runtime::row_holds(&wanted.filter, &word, &program.windows, &moment)
        }
    }

    /// Who enters by this.
    fn enter_by(&mut self, what: What<'_>) {
        let What::Event { kind, words, first: is_first, .. } = what else { return };
        let program = Arc::clone(self.program);
        for (index, of) in (0_u32..).zip(&program.journeys) {
            let EnterPlan::Event { kind: by, filter, first } = &of.enter else { continue };
            if *by != kind || *first && !is_first {
                continue;
            }
            let word =
                |column: u32| words.get(column as usize).copied().filter(|word| *word != NOTHING);
            let view = self.record.view();
            let moment = self.moment(&program, &view);
            if runtime::row_holds(filter, &word, &program.windows, &moment) {
                drop(view);
                self.enter(&program, index, &of.entry(words), true);
            }
        }
    }

    /// Enters a journey with these values, if its rules allow; `again` is not asked where a run of it was just replaced.
    fn enter(&mut self, program: &Arc<Program>, index: u32, entry: &[u64], ask: bool) -> Came {
        let Some(of) = plan(program, index) else { return Came::NotFor };
        let key = of.key(entry);
        if !self.holds(program, &of.who, entry) {
            return Came::NotFor;
        }
        let lasting = self.runs.of(&of.keys, key).map(|run| run.number);
        if ask {
            let ended = self.runs.ended(&of.keys, key);
            let may = match of.again {
                Again::Never => lasting.is_none() && ended.is_none(),
                Again::After(rest) => {
                    let over = |ended: i64| ended.saturating_add(rest) <= self.now;
                    lasting.is_none() && ended.is_none_or(over)
                }
                Again::Always => lasting.is_none(),
                Again::Restart => true,
            };
            if !may && !mutant!("journey_enters_again") {
                return Came::NotAgain;
            }
        }
        let at_once = of.per.map_or(1, |(_, at_once)| at_once) as usize;
        let other = |run: &&Run| of.keys.contains(&run.journey) && Some(run.number) != lasting;
        if lasting.is_some() && mutant!("journey_loses_who_cannot_restart") {
            lasting.into_iter().for_each(|older| self.end(older, "replaced"));
        }
        if self.runs.live.iter().filter(other).count() >= at_once {
            return Came::Many;
        }
        let Some(first) = of.steps.get(of.first as usize) else { return Came::NotFor };
        if let Some(older) = lasting.filter(|_| !mutant!("journey_restart_leaves_the_older_run")) {
            self.end(older, "replaced");
        }
        let longest = of.longest + i64::from(mutant!("journey_lasts_longer")) * DAY;
        self.runs.count += 1;
        let number = self.runs.count;
        self.runs.live.push(Run {
            journey: of.keys.first().copied().unwrap_or_default(),
            key,
            number,
            sent: 0,
            version: of.version,
            entered: self.now,
            ends: self.now.saturating_add(longest),
            step: first.name,
            arrived: self.now,
            due: NO_TIME,
            tried: NEVER,
            entry: entry.into(),
        });
        self.on(number);
        Came::In
    }

    /// Goes to a step and on from there.
    fn go(&mut self, number: u32, step: u32) {
        if self.arrive(number, step) {
            self.on(number);
        }
    }

    /// Puts a run on a step; whether it lasts.
    fn arrive(&mut self, number: u32, step: u32) -> bool {
        let Some((program, journey, _)) = self.place(number) else { return false };
        let name = plan(&program, journey).and_then(|of| of.steps.get(step as usize));
        let Some(name) = name.map(|step| step.name) else { return false };
        let now = self.now;
        self.change(number, |run| {
            (run.step, run.arrived, run.due, run.tried) = (name, now, NO_TIME, NEVER);
        });
        true
    }

    /// Does what the step says that a run stands on, and the ones after it, until time must pass.
    fn on(&mut self, number: u32) {
        for _ in 0..MOST_STEPS {
            let Some((program, journey, step)) = self.place(number) else { return };
            let Some(of) = plan(&program, journey) else { return };
            let Some(does) = of.steps.get(step as usize).map(|step| &step.does) else { return };
            match self.does(number, &program, does) {
                Then::Step(next) => {
                    if !self.arrive(number, next) {
                        return;
                    }
                }
                Then::Rest | Then::Over => return,
            }
        }
    }

    fn does(&mut self, number: u32, program: &Arc<Program>, does: &DoesPlan) -> Then {
        match does {
            DoesPlan::Wait { until, next } => {
                let due = self.until(number, program, until);
                if due <= self.now {
                    return Then::Step(*next);
                }
                self.change(number, |run| run.due = due);
                Then::Rest
            }
            DoesPlan::WaitFor { most, .. } => {
                let due = self.now.saturating_add(*most);
                self.change(number, |run| run.due = due);
                Then::Rest
            }
            DoesPlan::Send { action, by, retry, sent, blocked } => {
                if self.end_where_opted_out(number)
                    || self.end_where_exit(number)
                    || self.end_where_goal(number, None)
                {
                    return Then::Over;
                }
                self.send(number, program, (*action, by), *retry, (*sent, *blocked))
            }
            DoesPlan::Branch { cases, otherwise } => {
                let entry = self.entry(number);
                let taken = cases.iter().find(|(lines, _)| self.holds(program, lines, &entry));
                Then::Step(taken.map_or(*otherwise, |(_, next)| *next))
            }
            DoesPlan::Split { arms } => Then::Step(self.split(number, arms)),
            DoesPlan::Finish { ending } => {
                self.end_as(number, *ending);
                Then::Over
            }
            DoesPlan::Transfer { to, already, carries, refused } => {
                self.transfer(number, program, *to, *already, carries, *refused)
            }
        }
    }

    fn send(
        &mut self,
        number: u32,
        program: &Arc<Program>,
        (action, by): (u32, &Channels),
        retry: Option<i64>,
        (sent, blocked): (u32, u32),
    ) -> Then {
        let Some(run) = self.run(number) else { return Then::Over };
        let id = format!("{}#{}.{}", self.runs.id, run.number, run.sent + 1);
        let (journey, step, first) = (run.journey, run.step, run.arrived);
        let mut ends: Option<i64> = None;
        for channel in self.order(program, by) {
            let (sending, treatment) = self.sent_by(program, (action, channel));
            let terms =
                Terms { program: &sending, paused: self.paused, decision_id: &id, hold: MINUTE };
            let (now, answer) = (self.now, &mut self.answer);
            match self.engine.send_at_once(&terms, self.record, treatment, now, answer) {
                Ok((at, language)) => {
                    let of = program.journey_names.get(&journey).map(|at| *at as usize);
                    let index = of.and_then(|at| program.journeys.get(at)?.step(step));
                    let of = of.and_then(|at| program.rules.journeys.get(at));
                    let step = of.zip(index).and_then(|(of, at)| of.steps.get(at as usize));
                    let text = |name: Option<&String>| -> Box<str> {
                        name.map_or("", String::as_str).into()
                    };
                    let rules = &sending.rules;
                    let on = rules.channels.get(treatment.1 as usize).map(|on| &on.name);
                    let what = rules.actions.get(treatment.0 as usize).map(|what| &what.name);
                    self.runs.outbox.push(Outgoing {
                        id: id.into(),
                        journey: text(of.map(|of| &of.name)),
                        step: text(step.map(|step| &step.name)),
                        action: text(what),
                        channel: text(on),
                        language: language.into(),
                        at,
                    });
                    if !mutant!("journey_names_two_messages_alike") {
                        self.change(number, |run| run.sent += 1);
                    }
                    return Then::Step(sent);
                }
                Err(until) => {
                    let opens = self.opens(&sending, treatment);
                    ends = [ends, until, opens].into_iter().flatten().min();
                }
            }
        }
        let more = i64::from(mutant!("journey_retry_gives_up_late")) * DAY;
        let last = first.saturating_add(retry.unwrap_or(0)).saturating_add(more);
        if self.now >= last {
            return Then::Step(blocked);
        }
        let soon = self.now.saturating_add(MINUTE);
        let (now, due) = (self.now, ends.unwrap_or(last).max(soon).min(last));
        self.change(number, |run| (run.tried, run.due) = (now, due));
        Then::Rest
    }

    /// The rules that a message goes out by: limits, hours and consent are those of now, whatever a run follows. Where
    /// these do not know the action or the channel any more, it is as the run's say.
    fn sent_by(&self, own: &Arc<Program>, treatment: (u32, u32)) -> (Arc<Program>, (u32, u32)) {
        let find = || {
            let (old, new) = (&own.rules, &self.program.rules);
            let action = &old.actions.get(treatment.0 as usize)?.name;
            let channel = &old.channels.get(treatment.1 as usize)?.name;
            let is_it =
                |name: &String, was: &[String], then: &String| name == then || was.contains(then);
            let action = new.actions.iter().position(|it| is_it(&it.name, &it.was, action))?;
            let channel = new.channels.iter().position(|it| is_it(&it.name, &it.was, channel))?;
            Some((u32::try_from(action).ok()?, u32::try_from(channel).ok()?))
        };
        if Arc::ptr_eq(own, self.program) || mutant!("journey_sends_by_the_limits_of_before") {
            return (Arc::clone(own), treatment);
        }
        match find() {
            Some(now) => (Arc::clone(self.program), now),
            None => (Arc::clone(own), treatment),
        }
    }

    /// When dates or hours that stand in the way now let a message through.
    fn opens(&self, program: &Program, (action, channel): (u32, u32)) -> Option<i64> {
        let rules = &program.rules;
        let action = rules.actions.get(action as usize)?;
        let view = self.record.view();
        let own = self.engine.zones.get(view.zone());
        let later = |instant: i64| (instant > self.now).then_some(instant);
        let begins = action.dates.as_ref().and_then(|(first, ..)| {
            let day = Day { date: *first, minute: 0 };
            later(own.unwrap_or(&program.zone).instant(day).micros())
        });
        let ignores =
            rules.purposes.get(action.purpose).is_some_and(|purpose| purpose.ignores_hours);
        let hours = rules.channels.get(channel as usize).and_then(|on| on.hours.as_ref());
        let opens = hours.zip(own).filter(|_| !ignores).and_then(|(hours, zone)| {
            let moment =
                |at: i64| Moment::new(Timestamp::from_micros(at), Some(zone), &program.zone);
            if moment(self.now).within(&hours.week) || mutant!("journey_waits_for_no_hours") {
                return None;
            }
            let today = Timestamp::from_micros(self.now).on_clock(zone).date;
            let days = (0..9).map(|ahead| today.plus_days(ahead));
            let spans = days.flat_map(|date| {
                let spans = hours.week.get(usize::from(date.weekday()));
                let starts = spans.into_iter().flatten().map(|(start, _)| *start);
                starts.map(move |minute| zone.instant(Day { date, minute }).micros())
            });
            // A span that is skipped where clocks go forward opens nothing.
            spans.filter(|at| *at > self.now).find(|at| moment(*at).within(&hours.week))
        });
        [begins, opens].into_iter().flatten().min()
    }

    /// The channels, the customer's own first where that is wanted.
    fn order(&self, program: &Program, by: &Channels) -> Vec<u32> {
        let small = |at: &usize| u32::try_from(*at).unwrap_or(u32::MAX);
        match by {
            Channels::One(channel) => vec![small(channel)],
            Channels::First(all) => all.iter().map(small).collect(),
            Channels::Preferred(all) => {
                let mut all: Vec<u32> = all.iter().map(small).collect();
                let view = self.record.view();
                let own = program.preferred.as_ref().and_then(|(place, channels)| {
                    let crate::compile::Place::Customer(place) = place else { return None };
                    let symbol = usize::try_from(view.word(*place)?).ok()?;
                    channels.get(symbol).copied().flatten()
                });
                // The others keep their order.
                all.sort_by_key(|channel| Some(*channel) != own);
                all
            }
        }
    }

    fn transfer(
        &mut self,
        number: u32,
        program: &Arc<Program>,
        to: u32,
        already: IfAlreadyIn,
        carries: &[(u32, u32)],
        refused: Option<u32>,
    ) -> Then {
        let Some(of) = plan(program, to) else {
            self.end(number, "moved");
            return Then::Over;
        };
        let own = self.entry(number);
        let mut entry = vec![NOTHING; of.kept.len()];
        for (from, there) in carries {
            if let (Some(word), Some(kept)) =
                (own.get(*from as usize), entry.get_mut(*there as usize))
            {
                *kept = *word;
            }
        }
        // Whoever enters does so by the rules of now, by what these keep of the entry.
        let (mut rules, mut there) = (Arc::clone(program), to);
        if let Some(index) = of.keys.first().and_then(|name| self.program.journey_names.get(name))
            && let Some(now) = plan(self.program, *index)
            && !Arc::ptr_eq(program, self.program)
            && !mutant!("journey_transfers_by_the_rules_of_before")
        {
            let before = self.place(number).and_then(|(_, index, _)| plan(program, index));
            entry = match before {
                Some(before) if before.enters_as(now) => now.taken_over(before, &own),
                _ => now.taken_over(of, &entry),
            }
            .into_vec();
            (rules, there) = (Arc::clone(self.program), *index);
        }
        let Some(of) = plan(&rules, there) else { return Then::Over };
        let lasting = self.runs.of(&of.keys, of.key(&entry)).map(|run| run.number);
        // Where it would be taken in, this run is over first: one step, and never in both.
        let saved = self.runs.clone();
        match (lasting, already, refused) {
            (Some(_), IfAlreadyIn::Refuse, Some(step)) => return Then::Step(step),
            (Some(_), IfAlreadyIn::Stay | IfAlreadyIn::Refuse, _) => {
                self.end(number, "moved");
                return Then::Over;
            }
            (None, ..) | (Some(_), IfAlreadyIn::Restart, _) => {}
        }
        if !mutant!("journey_transfer_stays_in_both") {
            self.end(number, "moved");
        }
        let came = self.enter(&rules, there, &entry, lasting.is_none());
        match refused {
            Some(step) if came != Came::In => {
                self.runs = saved;
                Then::Step(step)
            }
            _ => Then::Over,
        }
    }

    /// By a hash that is the same for ever of customer, journey and step.
    fn split(&self, number: u32, arms: &[(u32, u32)]) -> u32 {
        let mut hash = Xxh3::new();
        hash.update(self.runs.id.as_bytes());
        if let Some(run) = self.run(number) {
            hash.update(&run.journey.to_le_bytes());
            hash.update(&run.step.to_le_bytes());
        }
        let mut lot = hash.digest() % 1_000_000;
        for (share, next) in arms {
            if lot < u64::from(*share) {
                return *next;
            }
            lot -= u64::from(*share);
        }
        arms.last().map_or(0, |(_, next)| *next)
    }

    /// When a wait that begins now is over.
    fn until(&self, number: u32, program: &Program, until: &UntilPlan) -> i64 {
        let view = self.record.view();
        let zone = self.engine.zones.get(view.zone()).unwrap_or(&program.zone);
        let instant = |day: Day| zone.instant(day).micros();
        match until {
            UntilPlan::Fixed(Until::Span(span)) => self.now.saturating_add(*span),
            UntilPlan::Fixed(Until::Moment(day)) => instant(*day),
            UntilPlan::Fixed(Until::Clock { weekday, minute }) => {
                let today = Timestamp::from_micros(self.now).on_clock(zone).date;
                let days = (0..9).map(|ahead| today.plus_days(ahead));
                let days = days.filter(|date| weekday.is_none_or(|day| date.weekday() == day));
                let mut times = days.map(|date| instant(Day { date, minute: *minute }));
                times.find(|time| *time > self.now).unwrap_or(self.now)
            }
            UntilPlan::Fixed(Until::Attribute(_) | Until::Entry(_)) => self.now,
            UntilPlan::Value(place, is_date) => {
                let entry = self.entry(number);
                let word = self.with(program, &view, &entry, |walk| walk.word(*place, 0));
                match word.map(u64::cast_signed) {
                    None => self.now,
                    Some(days) if *is_date => i32::try_from(days).map_or(self.now, |days| {
                        instant(Day { date: crate::value::Date::from_days(days), minute: 0 })
                    }),
                    Some(micros) => micros,
                }
            }
        }
    }

    fn end_where_opted_out(&mut self, number: u32) -> bool {
        let Some((program, journey, step)) = self.place(number) else { return false };
        let step = plan(&program, journey).and_then(|of| of.steps.get(step as usize));
        let Some(consents) = step.map(|step| &step.consents) else { return false };
        let over = !consents.is_empty()
            && !consents.iter().any(|id| self.record.granted(*id))
            && !mutant!("journey_goes_on_after_opting_out");
        if over {
            self.end(number, "opted_out");
        }
        over
    }

    fn end_where_exit(&mut self, number: u32) -> bool {
        let Some((program, journey, _)) = self.place(number) else { return false };
        let Some(of) = plan(&program, journey) else { return false };
        let entry = self.entry(number);
        let over = self.holds(&program, &of.exit, &entry) && !mutant!("journey_exit_is_not_seen");
        if over {
            self.end(number, "exit");
        }
        over
    }

    fn end_where_goal(&mut self, number: u32, what: Option<What<'_>>) -> bool {
        let Some((program, journey, _)) = self.place(number) else { return false };
        let Some(goal) = plan(&program, journey).and_then(|of| of.goal.as_ref()) else {
            return false;
        };
        let Some(entered) = self.run(number).map(|run| run.entered) else { return false };
        let within = |at: i64| {
            let late = goal.within.is_some_and(|within| at > entered.saturating_add(within));
            !late || mutant!("journey_goal_counts_for_ever")
        };
        let over = match &goal.by {
            GoalByPlan::Event(wanted) => {
                let Some(what @ What::Event { time, .. }) = what else { return false };
                within(time) && self.is_it(&program, wanted, number, what, entered)
            }
            GoalByPlan::State(lines) => {
                let entry = self.entry(number);
                within(self.now) && self.holds(&program, lines, &entry)
            }
        };
        if over {
            self.end(number, "goal");
        }
        over
    }

    fn end(&mut self, number: u32, word: &str) {
        self.end_as(number, name_hash(word));
    }

    /// Ends a run; remembers it where that decides who may enter again.
    fn end_as(&mut self, number: u32, ending: u64) {
        let Some(at) = self.runs.place(number) else { return };
        let run = self.runs.live.remove(at);
        self.runs.last = Some((run.journey, ending, self.now));
        let of = self.program.journey_names.get(&run.journey);
        let again = of.and_then(|at| self.program.journeys.get(*at as usize)).map(|of| of.again);
        if !matches!(again, Some(Again::Always | Again::Restart)) {
            self.runs.remember(run.journey, run.key, self.now);
        }
    }

    /// The rules that a run follows, with the journey and the step in them; `None` where nobody knows them.
    fn place(&self, number: u32) -> Option<(Arc<Program>, u32, u32)> {
        let run = self.run(number)?;
        let of_now = self.program.journey_names.get(&run.journey).copied();
        let now = of_now.and_then(|index| plan(self.program, index).map(|of| (index, of)));
        let here = |index: u32, step: u32| (Arc::clone(self.program), index, step);
        if let Some((index, of)) = now
            && (of.version == run.version || of.on_change == OnChange::Move)
            && let Some(step) = of.step(run.step)
        {
            return Some(here(index, step));
        }
        if let Some(old) = self.engine.board.version(run.journey, run.version) {
            let index = *old.journey_names.get(&run.journey)?;
            let step = plan(&old, index)?.step(run.step)?;
            return Some((old, index, step));
        }
        // Its rules went with an earlier process: it goes on by those of now, as far as they know its step.
        let (index, of) = now?;
        Some(here(index, of.step(run.step)?))
    }

    fn run(&self, number: u32) -> Option<&Run> {
        self.runs.live.iter().find(|run| run.number == number)
    }

    fn change(&mut self, number: u32, change: impl FnOnce(&mut Run)) {
        if let Some(run) = self.runs.live.iter_mut().find(|run| run.number == number) {
            change(run);
        }
    }

    fn entry(&self, number: u32) -> Box<[u64]> {
        self.run(number).map(|run| run.entry.clone()).unwrap_or_default()
    }

    fn moment<'b>(&'b self, program: &'b Program, view: &View) -> Moment<'b> {
        let zone = self.engine.zones.get(view.zone());
        Moment::new(Timestamp::from_micros(self.now), zone, &program.zone)
    }

    /// Whether lines surely hold of the customer and of what a run entered with.
    fn holds(&self, program: &Program, lines: &Predicate, entry: &[u64]) -> bool {
        match lines {
            Predicate::Always(value) => *value,
            lines => {
                let view = self.record.view();
                self.with(program, &view, entry, |walk| walk.holds(lines))
            }
        }
    }

    fn with<T>(
        &self,
        program: &Program,
        view: &View,
        entry: &[u64],
        look: impl FnOnce(&mut Walk<'_>) -> T,
    ) -> T {
        let (mut bound, mut memo) = (runtime::Bound::default(), runtime::Memo::default());
        bound.reset(program.entry_words);
        for (place, word) in (program.request_words..).zip(entry) {
            if *word != NOTHING {
                bound.set(u32::try_from(place).unwrap_or(u32::MAX), *word);
            }
        }
        memo.reset(program);
        let mut walk = Walk {
            program,
            view,
            request: &bound,
            moment: self.moment(program, view),
            excluded: &runtime::NOBODY,
            paused: &runtime::NOBODY,
            memo: &mut memo,
        };
        look(&mut walk)
    }
}

fn plan(program: &Program, journey: u32) -> Option<&JourneyPlan> {
    program.journeys.get(journey as usize)
}
