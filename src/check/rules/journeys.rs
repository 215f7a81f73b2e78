//! Journeys, checked: how customers enter, the steps they go through, and how they leave.
//!
//! Steps are a flat table. Every way on is an index into it, so that where somebody stands is a journey, a key
//! and a step. Whoever plays journeys keeps to what is written here. Times are microseconds.

use std::collections::BTreeSet;

use super::{Channels, Conditions, Line, Test};
use crate::value::Day;

/// `journey cart_rescue { ... }`.
///
/// On each event the order is: consent, identity, exit, goal, step, entry, then decisions. Exit, goal and
/// consent are looked at once more right before each send.
#[derive(Clone, Debug)]
pub struct Journey {
    /// Its name.
    pub name: String,
    /// Earlier names, under which runs may be kept.
    pub was: Vec<String>,
    /// The comment above it.
    pub description: String,
    /// The team.
    pub owner: Option<String>,
    /// Index into [`Rules::purposes`](super::Rules::purposes): for holdouts and reports. Each message keeps the
    /// purpose of its action.
    pub purpose: usize,
    /// What makes somebody enter.
    pub enter: Enter,
    /// Looked at when somebody would enter, by a transfer too: all must surely hold.
    pub who: Conditions,
    /// Whether somebody who was here may enter again.
    pub again: Again,
    /// `per order_id`: one run for each value of an entry field; absent: one run per customer.
    pub per: Option<Per>,
    /// What the journey is for.
    pub goal: Option<Goal>,
    /// A run ends as [`Ending::Exit`] as soon as one of these surely holds.
    pub exit: Conditions,
    /// A run ends as [`Ending::TooLong`] this long after it entered.
    pub longest: i64,
    /// `steps` first, then the paths by name.
    pub paths: Vec<JourneyPath>,
    /// All steps; those written as lines come first, path by path.
    pub steps: Vec<Step>,
    /// What `finish` names, sorted.
    pub outcomes: Vec<String>,
    /// Weights while somebody is in the journey: each multiplies the action's own. Sorted by action.
    pub while_here: Vec<Lift>,
    /// What becomes of runs when the rules are changed.
    pub on_change: OnChange,
    /// Earlier names of steps, and the index of the step that goes on for each; sorted by name.
    pub moved: Vec<(String, usize)>,
    /// Fields of the entry event that must be kept with a run: all that lines, `per` and transfers read.
    /// Indexes into the fields of [`Journey::entry_event`].
    pub keeps: BTreeSet<usize>,
    /// Where it is defined.
    pub line: Line,
}

impl Journey {
    /// The event whose fields `entry.` reads, as an index into [`Rules::events`](super::Rules::events).
    #[must_use]
    pub fn entry_event(&self) -> Option<usize> {
        match &self.enter {
            Enter::Event { event, .. } => Some(*event),
            Enter::Segment { .. } | Enter::Schedule { .. } | Enter::Request => None,
        }
    }

    /// The index of a step by its name.
    #[must_use]
    pub fn step(&self, name: &str) -> Option<usize> {
        self.steps.iter().position(|step| step.name == name)
    }

    /// The step that whoever enters comes to first.
    #[must_use]
    pub fn first(&self) -> usize {
        self.paths.first().map_or(0, |path| path.first)
    }
}

/// What makes somebody enter a journey.
#[derive(Clone, Debug)]
pub enum Enter {
    /// `enter: cart_abandoned where { value >= EUR 40 }`, `enter: first app_opened`: with each such event.
    Event {
        /// Index into [`Rules::events`](super::Rules::events).
        event: usize,
        /// Lines about its fields: all must surely hold. Tests point into [`EventType::fields`](super::EventType).
        filter: Conditions,
        /// Only the first event of this type that ever happened to the customer, whatever the filter says of it.
        first: bool,
    },
    /// `enter: segment lapsed`: when its answer turns from not true to true, at that instant.
    Segment {
        /// Index into [`Rules::segments`](super::Rules::segments).
        segment: usize,
        /// `include: those already in`: those who are in it when the journey is loaded first enter too. Without
        /// it a swap, or an import of what is long past, makes nobody enter.
        already_in: bool,
    },
    /// `enter: every monday at 09:00`, by the customer's clock (the workspace's where it is unknown). `who` says
    /// for whom.
    Schedule {
        /// 0 is Monday; absent: every day.
        weekday: Option<u8>,
        /// Minutes since midnight.
        minute: u16,
    },
    /// `enter: request`: when the application asks for it.
    Request,
}

/// Whether somebody may enter again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// `never`: once, for ever (with `per`: once for each value).
    Never,
    /// `14 days after leaving`: not while a run lasts, and not before this long after it ended.
    After(i64),
    /// `always`: whenever no run lasts.
    Always,
    /// `restart`: always; a run that lasts ends as [`Ending::Replaced`] first.
    Restart,
}

/// `again: always per order_id`, with `at_once: 20`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Per {
    /// A required field of the entry event, by its index.
    pub field: usize,
    /// How many runs a customer may have in the journey at once. One more does not enter.
    pub at_once: u32,
}

/// `goal: purchase within 3 days of entering`, `goal { plan is fibre }`.
#[derive(Clone, Debug)]
pub struct Goal {
    /// What must happen.
    pub by: GoalBy,
    /// Counted from entering, its end included; afterwards the run goes on and the goal no longer counts.
    /// Absent: as long as the run lasts.
    pub within: Option<i64>,
    /// Where it stands.
    pub line: Line,
}

/// What reaches a goal; the run ends as [`Ending::Goal`].
#[derive(Clone, Debug)]
pub enum GoalBy {
    /// An event after the run entered; the one it entered with does not count.
    Event {
        /// Index into [`Rules::events`](super::Rules::events).
        event: usize,
        /// Which of them.
        filter: EventFilter,
    },
    /// Lines that all surely hold, at any event or right before a send.
    State(Conditions),
}

/// `where { order_id is entry.order_id, amount >= EUR 10 }`: all must surely hold.
#[derive(Clone, Debug, Default)]
pub struct EventFilter {
    /// Tests point into the fields of the event.
    pub conditions: Conditions,
    /// Fields that must be the same as when the run entered; unknown is the same as nothing.
    pub same: Vec<SameAsEntry>,
}

/// `order_id is entry.order_id`: equal as the two types' equal values are.
#[derive(Clone, Debug)]
pub struct SameAsEntry {
    /// A field of the event, by its index.
    pub field: usize,
    /// A field of the entry event, by its index; of the same type.
    pub entry: usize,
    /// Where it stands.
    pub line: Line,
}

/// `entry.value >= EUR 150`: a test of what the run entered with, which never changes.
#[derive(Clone, Debug)]
pub struct EntryTest {
    /// A field of the entry event, by its index; in [`Journey::keeps`].
    pub field: usize,
    /// What is asked.
    pub test: Test,
    /// What the line counts as where the field is unknown, if the author said so.
    pub if_unknown: Option<bool>,
    /// Where it stands.
    pub line: Line,
}

/// `steps` or a `path`.
#[derive(Clone, Debug)]
pub struct JourneyPath {
    /// `steps`, or the name of the path.
    pub name: String,
    /// The step it begins with.
    pub first: usize,
    /// Where it stands.
    pub line: Line,
}

/// One step of a journey.
#[derive(Clone, Debug)]
pub struct Step {
    /// Unique within the journey, and the same as long as the author keeps the line: the name of a wait or
    /// split, the action of a send; others are numbered within their path.
    pub name: String,
    /// Whether the author named it, by a label or by its action.
    pub named: bool,
    /// Index into [`Journey::paths`].
    pub path: usize,
    /// What it does.
    pub does: Does,
    /// The messages that may still be sent from here on, this step included, as (purpose, channel), sorted.
    /// Where it is not empty and consent is needed and lacking for every one of them, a withdrawal ends the run
    /// as [`Ending::OptedOut`].
    pub reaches: Vec<(usize, usize)>,
    /// Where it stands.
    pub line: Line,
}

/// What a step does. Only [`Does::Wait`], [`Does::WaitFor`] and a [`Does::Send`] that is tried again let time
/// pass; no circle is without a wait that must pass time.
#[derive(Clone, Debug)]
pub enum Does {
    /// `wait 2 hours`, `wait until 09:00`.
    Wait {
        /// Until when, settled on arrival.
        until: Until,
        /// The step then.
        next: usize,
    },
    /// `wait up to 22 hours for cart_opened { if_seen: ..., if_not: ... }`: events after arriving count.
    WaitFor {
        /// At most so long; an event at the very end counts.
        most: i64,
        /// Index into [`Rules::events`](super::Rules::events).
        event: usize,
        /// Which of them.
        filter: EventFilter,
        /// The step when it happens.
        seen: usize,
        /// The step when the time is over.
        not: usize,
    },
    /// `send cart_reminder by first of [push, email] { if_blocked: retry for 12 hours then continue }`.
    Send {
        /// Index into [`Rules::actions`](super::Rules::actions).
        action: usize,
        /// The channels it tries, each with a message of the action; the first one that nothing blocks is used.
        by: Channels,
        /// For so long after the first try it is tried again: at each event of the customer and when a blocking
        /// reason ends, at most once a minute.
        retry: Option<i64>,
        /// The step once it is sent.
        sent: usize,
        /// The step where every channel is blocked (after the last try).
        blocked: usize,
    },
    /// `branch { when vip is yes: go to vip_desk, otherwise: continue }`.
    Branch {
        /// The first whose lines all surely hold is taken.
        cases: Vec<Case>,
        /// The step where none does.
        otherwise: usize,
    },
    /// `split { 50%: continue, 50%: go to other }`: by a stable hash of customer, journey and step.
    Split {
        /// In the order written; the shares make 1,000,000 together.
        arms: Vec<Arm>,
    },
    /// `finish no_incentive`: the run ends.
    Finish {
        /// Index into [`Journey::outcomes`].
        outcome: usize,
    },
    /// `transfer to winback { if_already_in: stay }`: the run ends as [`Ending::Moved`] and the customer enters
    /// the other journey, as one step. The other one's `who` and `again` are asked as at any entry; where they
    /// refuse, the run ends as moved all the same, unless it says `refuse`.
    Transfer {
        /// Index into [`Rules::journeys`](super::Rules::journeys).
        to: usize,
        /// What happens where a run of it lasts already.
        if_already_in: IfAlreadyIn,
        /// What the other run gets as its entry values: (field here, field there), of the same type. What it
        /// keeps besides is unknown there.
        carries: Vec<(usize, usize)>,
        /// The step where the other journey did not take the customer; present with `refuse`, and only there.
        refused: Option<usize>,
    },
}

impl Does {
    /// The steps that may follow, in the order written; empty where the run ends.
    #[must_use]
    pub fn next(&self) -> Vec<usize> {
        match self {
            Self::Wait { next, .. } => vec![*next],
            Self::WaitFor { seen, not, .. } => vec![*seen, *not],
            Self::Send { sent, blocked, .. } => vec![*sent, *blocked],
            Self::Branch { cases, otherwise } => {
                cases.iter().map(|case| case.next).chain([*otherwise]).collect()
            }
            Self::Split { arms } => arms.iter().map(|arm| arm.next).collect(),
            Self::Finish { .. } => Vec::new(),
            Self::Transfer { refused, .. } => refused.iter().copied().collect(),
        }
    }
}

/// Until when a wait lasts. Clocks are the customer's, the workspace's where theirs is unknown; a local time
/// that is skipped or repeated is as everywhere in [`Zone::instant`](crate::value::Zone::instant).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// `wait 2 hours`.
    Span(i64),
    /// `wait until 09:00`, `wait until monday 09:00`: the next time later than now that the clock shows this.
    Clock {
        /// 0 is Monday; absent: any day.
        weekday: Option<u8>,
        /// Minutes since midnight.
        minute: u16,
    },
    /// `wait until 2026-12-24 10:00`, `wait until 2026-12-24` (at midnight); past: the step is passed at once.
    Moment(Day),
    /// `wait until contract_end`: an attribute that is a date (its midnight) or a time, as it is on arrival.
    /// Past, or missing though it is required: the step is passed at once.
    Attribute(usize),
    /// `wait until entry.due`: the same of an entry field, by its index.
    Entry(usize),
}

/// `when vip is yes: go to vip_desk`.
#[derive(Clone, Debug)]
pub struct Case {
    /// All must surely hold.
    pub conditions: Conditions,
    /// The step then.
    pub next: usize,
    /// Where it stands.
    pub line: Line,
}

/// `50%: continue`.
#[derive(Clone, Debug)]
pub struct Arm {
    /// In millionths.
    pub share: u32,
    /// The step then.
    pub next: usize,
    /// Where it stands.
    pub line: Line,
}

/// `if_already_in: stay`: what a transfer does with a run of the other journey that lasts (of the same key,
/// where it has runs per field).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IfAlreadyIn {
    /// The other run goes on as it is; this one ends.
    Stay,
    /// The other run ends as [`Ending::Replaced`], and the customer enters anew.
    Restart,
    /// Neither: this run goes on behind the transfer.
    Refuse,
}

/// `weight of cart_reminder: 1.5`.
#[derive(Clone, Debug)]
pub struct Lift {
    /// Index into [`Rules::actions`](super::Rules::actions).
    pub action: usize,
    /// Not negative; finite.
    pub factor: f64,
    /// Where it stands.
    pub line: Line,
}

/// What becomes of runs when the rules are changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnChange {
    /// `stay`: they finish by the rules they entered under.
    #[default]
    Stay,
    /// `move`: they go on at the step of the same name (by [`Journey::moved`] where it was renamed).
    Move,
}

/// How a run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ending {
    /// The goal was reached.
    Goal,
    /// A line of `exit` held.
    Exit,
    /// It lasted as long as `longest` says.
    TooLong,
    /// Every message that could follow lacks its consent.
    OptedOut,
    /// It was transferred, or merged into the run of another identity.
    Moved,
    /// The customer entered anew.
    Replaced,
    /// `finish`: index into [`Journey::outcomes`].
    Named(usize),
}

impl Ending {
    /// The built-in ones, which `finish` may not name.
    pub const BUILT_IN: [Self; 6] =
        [Self::Goal, Self::Exit, Self::TooLong, Self::OptedOut, Self::Moved, Self::Replaced];

    /// Its word, as in `expect finished as goal`; of a named one, what `outcomes` says.
    #[must_use]
    pub fn word(self, outcomes: &[String]) -> &str {
        match self {
            Self::Goal => "goal",
            Self::Exit => "exit",
            Self::TooLong => "too_long",
            Self::OptedOut => "opted_out",
            Self::Moved => "moved",
            Self::Replaced => "replaced",
            Self::Named(index) => outcomes.get(index).map_or("", String::as_str),
        }
    }
}
