//! Contact policy and budgets of one decision: each gate is asked at most once, and what the answer takes counts
//! for what stands behind it.
//!
//! Promises are judged at the customer's effective time, which never goes back; conditions stay at the moment.

use std::cell::Cell;

use crate::check::rules::{CalendarUnit, CapPer, Outcome};
use crate::compile::{ActionPlan, BudgetPlan, Gate, Gates, PlacementPlan, Program, TreatmentPlan};
use crate::decision::Stage;
use crate::mutant::mutant;
use crate::profile::{ALL_DAYS, Contacts, Days, Key};
use crate::value::{Date, Timestamp};

use super::best::{Room, best};
use super::clock::start;
use super::{Hit, Outcome as Found, Walk};

/// Calendar units with a place in the memo.
const UNITS: usize = 5;

/// How many more contacts a gate lets through.
#[derive(Clone, Copy, Debug, Default)]
struct Left {
    /// So many at least.
    least: u32,
    /// No more than that.
    exact: bool,
}

impl Left {
    fn exactly(least: u32) -> Self {
        Self { least, exact: true }
    }
}

/// What was found out of gates in one decision, and what its answer takes.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    stamp: u32,
    /// How many more contacts each gate lets through, without those of this answer.
    room: Vec<Cell<(u32, Left)>>,
    /// How many more contacts, of any kind, all gates of a list let through at least.
    classes: Vec<Cell<(u32, u32)>>,
    /// Where the customer's calendar units of the effective time begin.
    starts: Cell<(u32, [i64; UNITS])>,
    /// The day of the workspace's clock at the effective time.
    day: Cell<(u32, i32)>,
    /// How many treatments are promised.
    live: Cell<(u32, u32)>,
    /// The treatments of the answer so far.
    taken: Vec<Key>,
    /// Actions that were taken or refused while the answer was made.
    settled: Vec<u32>,
}

impl Asked {
    /// Forgets the last decision.
    pub(super) fn reset(&mut self, program: &Program, stamp: u32) {
        self.stamp = stamp;
        self.taken.clear();
        self.settled.clear();
        let Gates { all, classes } = &program.gates;
        if self.room.len() != all.len() {
            self.room.resize(all.len(), Cell::default());
        }
        if self.classes.len() != classes.len() {
            self.classes.resize(classes.len(), Cell::new((0, 0)));
        }
    }

    /// Forgets everything, before stamps begin anew.
    pub(super) fn clear(&mut self) {
        self.room.clear();
        self.classes.clear();
        self.starts.set((0, [0; UNITS]));
        self.day.set((0, 0));
        self.live.set((0, 0));
    }

    /// Whether the answer is under way: some actions are settled.
    pub(super) fn is_under_way(&self) -> bool {
        !self.settled.is_empty()
    }

    /// How many treatments the answer has so far, all of which a gate may count.
    #[inline]
    fn taken_for_gates(&self) -> usize {
        if mutant!("slate_is_not_counted") { 0 } else { self.taken.len() }
    }

    /// Whether an action was taken or refused before.
    pub(super) fn is_settled(&self, action: u32) -> bool {
        self.settled.contains(&action)
    }
}

impl Walk<'_> {
    /// The stage of contact policy or budget that refuses a treatment.
    pub(super) fn refused_by_policy(
        &self,
        action: &ActionPlan,
        treatment: &TreatmentPlan,
    ) -> Option<Stage> {
        if !self.within_policy(action, treatment) {
            return Some(Stage::ContactPolicy);
        }
        let spent = action.budget.as_ref().is_some_and(|budget| !self.within_budget(budget));
        spent.then_some(Stage::Budget)
    }

    /// Whether contact policy lets a treatment through.
    fn within_policy(&self, action: &ActionPlan, treatment: &TreatmentPlan) -> bool {
        let open = self.class_is_open(treatment.class)
            && action.gates.iter().all(|gate| self.is_open(*gate));
        open || mutant!("limits_are_not_asked")
    }

    /// Whether every one of these gates has room for one more.
    pub(super) fn are_open(&self, gates: &[u32]) -> bool {
        gates.iter().all(|gate| self.is_open(*gate))
    }

    fn class_is_open(&self, class: u32) -> bool {
        if class == 0 {
            return true;
        }
        let asked = &self.memo.policy;
        let Some(kept) = asked.classes.get(class as usize) else { return false };
        let (stamp, least) = kept.get();
        let list = || self.program.gates.classes.get(class as usize);
        let least = if stamp == asked.stamp {
            least
        } else {
            let all = list().map_or(&[][..], |list| list);
            let least = all.iter().map(|gate| self.left(*gate).least).min().unwrap_or(0);
            kept.set((asked.stamp, least));
            least
        };
        least as usize > asked.taken_for_gates() || list().is_some_and(|list| self.are_open(list))
    }

    /// Whether a gate has room for one more behind what the answer takes.
    #[inline]
    fn is_open(&self, gate: u32) -> bool {
        let left = self.left(gate);
        // No gate counts more than all that is taken.
        left.least as usize > self.memo.policy.taken_for_gates() || self.has_room(gate, left)
    }

    /// What is left of a gate, worked out once.
    #[inline]
    fn left(&self, gate: u32) -> Left {
        let asked = &self.memo.policy;
        match asked.room.get(gate as usize).map(Cell::get) {
            Some((stamp, left)) if stamp == asked.stamp => left,
            _ => self.find_left(gate),
        }
    }

    #[inline(never)]
    fn find_left(&self, gate: u32) -> Left {
        let left = self.program.gates.all.get(gate as usize).map(|plan| self.at_least(plan));
        let left = left.unwrap_or(Left::exactly(0));
        self.note(gate, left);
        left
    }

    fn note(&self, gate: u32, left: Left) {
        if let Some(kept) = self.memo.policy.room.get(gate as usize) {
            kept.set((self.memo.policy.stamp, left));
        }
    }

    #[inline(never)]
    fn has_room(&self, gate: u32, left: Left) -> bool {
        let asked = &self.memo.policy;
        let Some(plan) = self.program.gates.all.get(gate as usize) else { return false };
        let taken = match plan {
            Gate::Cap { scope, .. } if asked.taken_for_gates() > 0 => {
                asked.taken.iter().filter(|key| scope.holds(key)).count()
            }
            _ => 0,
        };
        if left.least as usize > taken {
            return true;
        }
        if left.exact || mutant!("limits_what_is_left_at_least_is_all") {
            return false;
        }
        let room = self.room(plan);
        self.note(gate, Left::exactly(room));
        room as usize > taken
    }

    /// How many more contacts a gate lets through at least, without a look at those that were made.
    fn at_least(&self, gate: &Gate) -> Left {
        let (Gate::Cap { scope, most, shown, per }, Some(contacts)) = (gate, self.view.contacts())
        else {
            return Left::exactly(self.room(gate));
        };
        let now = contacts.effective(self.moment.micros());
        let (first, total) = self.counts_from(*per, now);
        if total || contacts.lost() >= first {
            return Left::exactly(self.room(gate));
        }
        let made = contacts.at_most(first, *shown, scope.actions.as_deref());
        let used = made + self.promised(contacts, now) as usize;
        let least = most.saturating_sub(u32::try_from(used).unwrap_or(u32::MAX));
        Left { least, exact: used == 0 }
    }

    /// How many treatments are promised, of whatever kind.
    fn promised(&self, contacts: &Contacts, now: i64) -> u32 {
        let asked = &self.memo.policy;
        match asked.live.get() {
            (stamp, live) if stamp == asked.stamp => live,
            _ => {
                let live = contacts.reservations.live(now).count();
                let live = u32::try_from(live).unwrap_or(u32::MAX);
                asked.live.set((asked.stamp, live));
                live
            }
        }
    }

    /// From when on a cap counts, and whether that is all the time.
    fn counts_from(&self, per: CapPer, now: i64) -> (i64, bool) {
        match per {
            CapPer::Rolling { micros } => {
                let late = i64::from(!mutant!("limits_older_end_is_included"));
                let more = 3_600_000_000 * i64::from(mutant!("limits_hour_too_long"));
                (now.saturating_sub(micros).saturating_add(late).saturating_sub(more), false)
            }
            CapPer::Calendar(unit) => (self.start_of(unit, now), false),
            CapPer::Total => (i64::MIN, true),
        }
    }

    /// How many more contacts a gate lets through, counted.
    fn room(&self, gate: &Gate) -> u32 {
        let contacts = self.view.contacts();
        match gate {
            Gate::Cap { scope, most, shown, per } => {
                let Some(contacts) = contacts else { return *most };
                let now = contacts.effective(self.moment.micros());
                let (first, total) = self.counts_from(*per, now);
                if !total && contacts.lost() >= first && !mutant!("limits_lost_is_ignored") {
                    return 0;
                }
                let kept = contacts.since(first, *shown).filter(|row| scope.holds(&row.key));
                let live = contacts.reservations.live(now).filter(|(key, _)| scope.holds(key));
                // More than there may be need not be counted.
                let mut used = kept.take(*most as usize).count() + live.count();
                if total {
                    let gone = contacts.gone().filter(|(key, _)| scope.holds(key));
                    let gone: u64 = gone.map(|(_, times)| times).sum();
                    used = used.saturating_add(usize::try_from(gone).unwrap_or(usize::MAX));
                }
                most.saturating_sub(u32::try_from(used).unwrap_or(u32::MAX))
            }
            Gate::Pause { .. } => {
                let ends = contacts.and_then(|contacts| {
                    let now = contacts.effective(self.moment.micros());
                    ends(gate, contacts, now)
                });
                if ends.is_some() { 0 } else { u32::MAX }
            }
        }
    }

    /// Where a calendar unit of the customer begins.
    fn start_of(&self, unit: CalendarUnit, now: i64) -> i64 {
        let asked = &self.memo.policy;
        let (stamp, mut starts) = asked.starts.get();
        if stamp != asked.stamp {
            starts = [i64::MAX; UNITS];
        }
        let Some(kept) = starts.get_mut(unit as usize) else { return i64::MIN };
        if *kept == i64::MAX {
            *kept = if now == self.moment.micros() {
                self.moment.unit_start(unit, 0)
            } else {
                self.moment.at(Timestamp::from_micros(now)).unit_start(unit, 0)
            };
            asked.starts.set((asked.stamp, starts));
        }
        starts.get(unit as usize).copied().unwrap_or(i64::MIN)
    }

    /// The time at which promises to this customer are judged.
    pub(crate) fn effective(&self) -> i64 {
        let at = self.moment.micros();
        self.view.contacts().map_or(at, |contacts| contacts.effective(at))
    }

    /// The day of the workspace's clock that units of budgets belong to.
    pub(crate) fn budget_day(&self) -> i32 {
        let asked = &self.memo.policy;
        match asked.day.get() {
            (stamp, day) if stamp == asked.stamp => day,
            _ => {
                let now = Timestamp::from_micros(self.effective());
                let day = now.on_clock(&self.program.zone).date.days();
                asked.day.set((asked.stamp, day));
                day
            }
        }
    }

    /// Whether a budget has something left.
    fn within_budget(&self, budget: &BudgetPlan) -> bool {
        // Without a period no calendar is asked.
        let day = budget.per.map_or(0, |_| self.budget_day());
        budget.spent.within(&days(day, budget.per)) < budget.most
    }

    /// The hashes of an action on a channel, as a contact made now would have them.
    pub(crate) fn key(&self, action: u32, channel: u32) -> Option<Key> {
        let plan = self.program.actions.get(action as usize)?;
        let channel = *self.program.channel_keys.get(channel as usize)?;
        Some(Key { action: *plan.keys.first()?, channel, purpose: plan.purpose })
    }

    /// Whether contact policy and budget let an action through on a channel, behind what the answer takes.
    #[inline(never)]
    pub(super) fn lets_through(&self, action: u32, channel: u32) -> bool {
        let Some(action) = self.program.actions.get(action as usize) else { return false };
        let treatment = action.treatments.iter().find(|treatment| treatment.channel == channel);
        treatment.is_some_and(|one| !one.gated || self.refused_by_policy(action, one).is_none())
    }

    /// Channel and content of an action whose conditions hold, behind what the answer takes.
    fn stands(&self, plan: &PlacementPlan, action: u32) -> Option<(u32, u32)> {
        let at = plan.candidates.binary_search_by_key(&action, |entry| entry.action).ok()?;
        let entry = plan.candidates.get(at)?;
        let found = self.program.actions.get(action as usize)?;
        self.best_treatment(found, entry, self.preferred(plan), true, |_| ())
    }

    /// Takes hits in their order as long as there is room; whether one was refused.
    /// `complete` says that `hits` are all there are.
    fn take(
        &mut self,
        plan: &PlacementPlan,
        complete: bool,
        hits: &mut Vec<Hit>,
        into: &mut Vec<Hit>,
    ) -> bool {
        let mut refused = false;
        for mut hit in hits.drain(..) {
            if into.len() >= plan.show {
                break;
            }
            self.memo.policy.settled.push(hit.action);
            if is_crowded(plan, hit.action, into) {
                refused = true;
                continue;
            }
            // What was taken shuts gates and opens none: where those of the best treatment are open, it still is.
            if !self.memo.policy.taken.is_empty() && !self.lets_through(hit.action, hit.channel) {
                let Some((channel, content)) = self.stands(plan, hit.action) else {
                    refused = true;
                    // One of its kind that the walk left out for it may stand in its place.
                    if plan.share.is_some() && !complete {
                        break;
                    }
                    continue;
                };
                (hit.channel, hit.content) = (channel, content);
            }
            self.memo.policy.taken.extend(self.key(hit.action, hit.channel));
            into.push(hit);
        }
        refused
    }
}

/// Whether as many of an action's group as may stand are taken.
fn is_crowded(plan: &PlacementPlan, action: u32, taken: &[Hit]) -> bool {
    let Some((most, _)) = &plan.share else { return false };
    let Some(group) = plan.group(action) else { return false };
    let alike = taken.iter().filter(|hit| plan.group(hit.action) == Some(group)).count();
    alike >= *most && !mutant!("plain_slate_forgets_the_share")
}

/// The days of a budget's period; all where it has none.
pub(crate) fn days(day: i32, per: Option<CalendarUnit>) -> Days {
    per.map_or(ALL_DAYS, |unit| period(day, unit))
}

/// The first and the last day of a budget's period.
fn period(day: i32, unit: CalendarUnit) -> Days {
    let today = Date::from_days(day);
    let late = i32::from(mutant!("budget_unit_of_the_wrong_day"));
    start(today, unit, 0).days() + late..=start(today, unit, 1).days().saturating_sub(1) + late
}

/// When a pause ends that is on now.
fn ends(gate: &Gate, contacts: &Contacts, now: i64) -> Option<i64> {
    let Gate::Pause { scope, count, outcome, reach, pause } = gate else { return None };
    let whole = reach.saturating_add(*pause);
    let lost = contacts.outcomes_lost();
    let mut end = (lost > now.saturating_sub(whole)).then(|| lost.saturating_add(whole));
    let own = |outcome: Outcome| {
        let rows = contacts.outcomes().iter();
        rows.filter(move |row| row.outcome == outcome && scope.holds(&row.key)).map(|row| row.at)
    };
    // With each of them, the one with which there are so many.
    for (oldest, at) in own(*outcome).zip(own(*outcome).skip(count.saturating_sub(1))) {
        let many = oldest > at.saturating_sub(*reach) || mutant!("pause_has_no_reach");
        let until = at.saturating_add(*pause);
        if many && at <= now && (now < until || mutant!("pause_end_is_included") && now == until) {
            end = end.max(Some(until));
        }
    }
    end
}

/// Goes through the hits of a placement in their order and takes each that what was taken before leaves room for;
/// looks for further ones as long as some are refused.
pub(super) fn slate(
    walk: &mut Walk<'_>,
    plan: &PlacementPlan,
    room: Option<&mut Room>,
    out: &mut Found,
) {
    if plan.show < 2 || out.hits.len() < 2 {
        return;
    }
    let Some((room, candidates)) = room.zip(plan.index.as_ref()) else {
        let mut all = std::mem::take(&mut out.hits);
        if walk.program.has_policy {
            let _ = walk.take(plan, true, &mut all, &mut out.hits);
        } else {
            for hit in all {
                if !is_crowded(plan, hit.action, &out.hits) {
                    out.hits.push(hit);
                }
            }
        }
        return;
    };
    let (mut next, mut taken) = (std::mem::take(&mut room.next), std::mem::take(&mut room.taken));
    taken.clear();
    std::mem::swap(&mut next, &mut out.hits);
    loop {
        let all = next.len() < plan.show && plan.share.is_none();
        let refused = walk.take(plan, false, &mut next, &mut taken);
        if all || !refused || taken.len() >= plan.show {
            break;
        }
        out.hits.clear();
        best::<true>(walk, plan, candidates, room, out);
        std::mem::swap(&mut next, &mut out.hits);
    }
    std::mem::swap(&mut taken, &mut out.hits);
    (room.next, room.taken) = (next, taken);
}
