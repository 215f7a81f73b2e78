//! One decision: eligibility, contact policy, arbitration, in this order and on one screen.
//!
//! In: a [`Program`], the frozen [`View`] of one customer, the words of one request, the moment. Out: an
//! [`Outcome`] of ids and scores, without text; its buffers are reused, so that a warm decision allocates
//! nothing. Knows nothing of syntax, checks, clocks or files.

mod best;
mod bind;
mod clock;
mod condition;
mod events;
mod limits;
mod score;
pub mod walk;

pub(crate) use best::{NOBODY, Room, held};
pub(crate) use bind::bind;
pub(crate) use clock::Moment;
pub(crate) use condition::{Bound, Memo, SegmentTruth};
pub(crate) use events::{Asked, ask, row_holds};
pub(crate) use limits::days;

use std::cmp::Ordering;
use std::collections::BTreeSet;

use best::best;

use crate::compile::{ActionPlan, Consent, Entry, PlacementPlan, Program, TreatmentPlan};
use crate::decision::Stage;
use crate::mutant::mutant;
use crate::profile::View;
use crate::value::Timestamp;

/// What one decision reads.
#[derive(Debug)]
pub(crate) struct Walk<'a> {
    /// The rules, one version from start to end.
    pub(crate) program: &'a Program,
    /// The customer, frozen.
    pub(crate) view: &'a View,
    /// The request's attributes.
    pub(crate) request: &'a Bound,
    /// When, by the customer's clock.
    pub(crate) moment: Moment<'a>,
    /// What the request excludes, by name.
    pub(crate) excluded: &'a BTreeSet<String>,
    /// What is paused, by name.
    pub(crate) paused: &'a BTreeSet<String>,
    /// What was found out on the way.
    pub(crate) memo: &'a mut Memo,
}

/// One treatment that passed every check.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Hit {
    /// Index of the action.
    pub(crate) action: u32,
    /// Index of the channel.
    pub(crate) channel: u32,
    /// Index of the content within the message on that channel.
    pub(crate) content: u32,
    /// Minor units; absent for a fallback.
    pub(crate) score: Option<f64>,
}

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// Best first.
    pub(crate) hits: Vec<Hit>,
    /// Candidate treatments looked at.
    pub(crate) candidates: u32,
    /// Candidate actions looked at one by one: those whose conditions hold, or all without an index.
    pub(crate) looked_at: u32,
    /// How many each stage refused first, as [`Stage::ALL`].
    pub(crate) refused: [u32; Stage::ALL.len()],
    /// Whether nobody has counted them yet: it costs a look at every candidate, and few ask.
    pub(crate) uncounted: bool,
}

/// Decides for one placement: through its index, if there is room to, else by looking at every candidate.
pub(crate) fn decide(
    walk: &mut Walk<'_>,
    placement: usize,
    room: Option<&mut Room>,
    out: &mut Outcome,
) {
    out.clear();
    let Some(plan) = walk.program.placements.get(placement) else { return };
    let Some((room, candidates)) = room.zip(plan.index.as_ref()) else {
        plainly(walk, plan, out);
        limits::slate(walk, plan, None, out);
        out.hits.truncate(plan.show);
        if out.hits.is_empty() {
            fall_back(walk, plan, out);
        }
        return;
    };
    out.looked_at = best::<true>(walk, plan, candidates, room, out).matched;
    if !out.hits.is_empty() {
        if walk.program.has_policy {
            limits::slate(walk, plan, Some(room), out);
        }
        return;
    }
    // What the request excludes and what is paused is not kept with the answer.
    out.uncounted = walk.excluded.is_empty() && walk.paused.is_empty();
    if !out.uncounted || cfg!(debug_assertions) {
        let mut counted = Outcome::default();
        plainly(walk, plan, &mut counted);
        debug_assert!(counted.hits.is_empty(), "the index missed {:?}", counted.hits);
        if !out.uncounted {
            (out.candidates, out.refused) = (counted.candidates, counted.refused);
        }
    }
    fall_back(walk, plan, out);
}

/// One treatment by hand: it stands in `out` if every check lets it through.
pub(crate) fn send(walk: &mut Walk<'_>, (action, channel): (u32, u32), out: &mut Outcome) {
    out.clear();
    let Some(plan) = walk.program.actions.get(action as usize) else { return };
    let index = plan.treatments.iter().position(|treatment| treatment.channel == channel);
    let Some(index) = index.and_then(|index| u32::try_from(index).ok()) else { return };
    let complete = plan.required.iter().all(|place| walk.known(*place));
    if !walk.within_dates(plan) || !complete || !walk.holds(&plan.who) {
        return;
    }
    let not_excluded = walk.holds(&plan.not_excluded);
    let entry = Entry { action, treatments: Box::new([index]) };
    let found = walk.best_treatment(plan, &entry, None, not_excluded, |_| ());
    out.hits.extend(found.map(|(channel, content)| Hit { action, channel, content, score: None }));
}

/// How many actions stand, every one of them looked at through the index; `out` holds the best few, and no
/// fallback.
pub(crate) fn eligible(
    walk: &mut Walk<'_>,
    placement: usize,
    room: &mut Room,
    out: &mut Outcome,
) -> u32 {
    out.clear();
    let plan = walk.program.placements.get(placement);
    let Some((plan, candidates)) = plan.and_then(|plan| Some((plan, plan.index.as_ref()?))) else {
        return 0;
    };
    let tally = best::<false>(walk, plan, candidates, room, out);
    out.looked_at = tally.matched;
    tally.passed
}

/// Counts what each stage refuses first, where no candidate stands.
pub(crate) fn count(walk: &mut Walk<'_>, placement: usize) -> Outcome {
    let mut out = Outcome::default();
    if let Some(plan) = walk.program.placements.get(placement) {
        plainly(walk, plan, &mut out);
    }
    out
}

/// Every candidate in turn.
fn plainly(walk: &mut Walk<'_>, plan: &PlacementPlan, out: &mut Outcome) {
    let program = walk.program;
    let preferred = walk.preferred(plan);
    for entry in &plan.candidates {
        let Some(action) = program.actions.get(entry.action as usize) else { continue };
        out.candidates += count_of(entry);
        out.looked_at += 1;
        if let Some(stage) = walk.refuses_action(plan, action) {
            out.refuse(stage, count_of(entry));
            continue;
        }
        // `never` stands behind the message's own attributes in the order of checks.
        let not_excluded = walk.holds(&action.not_excluded);
        let refuse = |stage| out.refuse(stage, 1);
        let found = walk.best_treatment(action, entry, preferred, not_excluded, refuse);
        if let Some((channel, content)) = found {
            let score = Some(walk.score(&plan.ranking, action));
            out.hits.push(Hit { action: entry.action, channel, content, score });
        }
    }
    if !out.hits.is_empty() {
        // As the index, which does not look at the others.
        out.uncount();
    }
    out.hits.sort_unstable_by(|a, b| order(a, b, walk));
}

/// What is shown where no candidate stands.
fn fall_back(walk: &mut Walk<'_>, plan: &PlacementPlan, out: &mut Outcome) {
    if let Some(entry) = &plan.fallback
        && let Some(action) = walk.program.actions.get(entry.action as usize)
        && walk.within_dates(action)
        && let Some((channel, content)) =
            walk.best_treatment(action, entry, walk.preferred(plan), true, |_| ())
    {
        out.hits.push(Hit { action: entry.action, channel, content, score: None });
    }
}

/// Score descending; then never shown, then longest ago; then name (actions are sorted by it).
fn order(a: &Hit, b: &Hit, walk: &Walk<'_>) -> Ordering {
    let by_score = b.score.partial_cmp(&a.score).unwrap_or(Ordering::Equal);
    // `None`, never, sorts before every time.
    by_score
        .then_with(|| walk.shown(a.action).cmp(&walk.shown(b.action)))
        .then_with(|| a.action.cmp(&b.action))
}

/// When an action was last shown to the customer, under any of its names.
pub(crate) fn last_shown(program: &Program, view: &View, action: u32) -> Option<Timestamp> {
    let names = &program.actions.get(action as usize)?.keys;
    view.last_contact(names.iter().copied())
}

fn count_of(entry: &Entry) -> u32 {
    u32::try_from(entry.treatments.len()).unwrap_or(u32::MAX)
}

impl Outcome {
    /// Empty again; keeps its room.
    pub(crate) fn clear(&mut self) {
        self.hits.clear();
        self.looked_at = 0;
        self.uncount();
    }

    /// Without counts: a candidate stands, and the index would not have looked at the others.
    fn uncount(&mut self) {
        self.uncounted = false;
        self.candidates = 0;
        self.refused = [0; Stage::ALL.len()];
    }

    fn refuse(&mut self, stage: Stage, treatments: u32) {
        if let Some(count) = self.refused.get_mut(stage as usize) {
            *count += treatments;
        }
    }
}

impl Walk<'_> {
    /// The first stage that refuses all treatments of an action, of those that come before its channels.
    fn refuses_action(&mut self, plan: &PlacementPlan, action: &ActionPlan) -> Option<Stage> {
        if !self.within_dates(action) {
            return Some(Stage::Dates);
        }
        let complete = action.required.iter().chain(&plan.required).all(|place| self.known(*place));
        if !complete || !self.holds(&action.who) {
            return Some(Stage::Who);
        }
        None
    }

    /// Whole days of the customer's clock, both ends included.
    fn within_dates(&self, action: &ActionPlan) -> bool {
        let today = self.moment.today().days();
        action.days().is_none_or(|(first, last)| (first..=last).contains(&today))
    }

    /// When an action was last shown, in microseconds; settles equal scores.
    fn shown(&self, action: u32) -> Option<i64> {
        if !self.view.seen_anything() {
            return None;
        }
        let shown = last_shown(self.program, self.view, action)?.micros();
        Some(if mutant!("runtime_tie_goes_to_the_latest_shown") { -shown } else { shown })
    }

    /// The treatment on the first channel that lets the action pass: the preferred one, then in list order.
    fn best_treatment(
        &self,
        action: &ActionPlan,
        entry: &Entry,
        preferred: Option<u32>,
        not_excluded: bool,
        mut refuse: impl FnMut(Stage),
    ) -> Option<(u32, u32)> {
        let switched_off = self.switched_off(action);
        let mut best = None;
        for index in &entry.treatments {
            let Some(treatment) = action.treatments.get(*index as usize) else { continue };
            match self.treatment(action, treatment, not_excluded, switched_off) {
                Ok(content) => {
                    let favoured = Some(treatment.channel) == preferred
                        && !mutant!("runtime_preferred_channel_is_ignored");
                    if best.is_none() || favoured {
                        best = Some((treatment.channel, content));
                    }
                }
                Err(stage) => refuse(stage),
            }
        }
        best
    }

    /// The content that would be shown, or the first stage that refuses the treatment.
    fn treatment(
        &self,
        action: &ActionPlan,
        treatment: &TreatmentPlan,
        not_excluded: bool,
        switched_off: Option<Stage>,
    ) -> Result<u32, Stage> {
        if !treatment.required.iter().all(|place| self.known(*place)) {
            return Err(Stage::Who);
        }
        if !not_excluded {
            return Err(Stage::Never);
        }
        if treatment.gated
            && let Some(stage) = self.refused_by_policy(action, treatment)
        {
            return Err(stage);
        }
        let consented = match treatment.consent {
            Consent::Free => true,
            Consent::Needed(id) => {
                self.view.granted(id) || mutant!("runtime_unknown_consent_is_a_yes")
            }
            Consent::Impossible => false,
        };
        if !consented {
            return Err(Stage::Consent);
        }
        if let Some(week) = &treatment.hours
            && !self.moment.within(week)
        {
            return Err(Stage::Hours);
        }
        let content = self.content(treatment).ok_or(Stage::Content)?;
        switched_off.map_or(Ok(content), Err)
    }

    /// The customer's exact language, then its base; the workspace's first where none is known.
    fn content(&self, treatment: &TreatmentPlan) -> Option<u32> {
        let (language, base) = self.view.language();
        if language == 0 {
            return treatment.first_language;
        }
        let written = |tag: u16| {
            let found = treatment.contents.iter().find(|(id, _)| *id == tag);
            found.map(|(_, content)| *content)
        };
        written(language).or_else(|| written(base))
    }

    /// Whether the request excludes the action, or it is paused.
    #[inline]
    fn switched_off(&self, action: &ActionPlan) -> Option<Stage> {
        if self.excluded.is_empty() && self.paused.is_empty() {
            return None;
        }
        self.is_switched_off(action)
    }

    fn is_switched_off(&self, action: &ActionPlan) -> Option<Stage> {
        let name = action.names.first()?;
        if !self.excluded.is_empty() && self.excluded.contains(&**name) {
            return Some(Stage::Excluded);
        }
        let paused = !self.paused.is_empty()
            && action.names.iter().any(|name| self.paused.contains(&**name));
        paused.then_some(Stage::Paused)
    }

    /// The customer's own channel, where the placement puts it first.
    fn preferred(&self, plan: &PlacementPlan) -> Option<u32> {
        if !plan.preferred {
            return None;
        }
        let (place, channels) = self.program.preferred.as_ref()?;
        let symbol = usize::try_from(self.word(*place, 0)?).ok()?;
        channels.get(symbol).copied().flatten()
    }
}
