//! Journeys as whoever plays them reads them: conditions as predicates, names as hashes, ways on as indexes.
//!
//! What a run entered with lies behind the request's attributes, in the order of the fields that it keeps.

use xxhash_rust::xxh3::Xxh3;

use super::{Compiler, Consent, EventPlan, Place, Predicate};
use crate::check::rules::{
    Again, Channels, Condition, Does, Enter, EntryTest, EventFilter, GoalBy, IfAlreadyIn, Journey,
    OnChange, Per, Until,
};
use crate::profile::{NOTHING, name_hash};
use crate::value::Type;

/// One journey.
#[derive(Debug)]
pub(crate) struct JourneyPlan {
    /// The hashes of its names, today's first.
    pub(crate) keys: Box<[u64]>,
    /// What it says, beside where it stands: a run of another version entered under other rules.
    pub(crate) version: u64,
    pub(crate) enter: EnterPlan,
    pub(crate) who: Predicate,
    pub(crate) again: Again,
    /// The column of the entry event that tells runs apart, and how many may be at once.
    pub(crate) per: Option<(u32, u32)>,
    /// The columns of the entry event that a run keeps.
    pub(crate) kept: Box<[u32]>,
    pub(crate) goal: Option<GoalPlan>,
    /// Holds where the run ends.
    pub(crate) exit: Predicate,
    pub(crate) longest: i64,
    pub(crate) first: u32,
    pub(crate) steps: Vec<StepPlan>,
    /// Steps by the hash of their name and of earlier ones, sorted.
    pub(crate) by_name: Box<[(u64, u32)]>,
    pub(crate) on_change: OnChange,
}

/// What makes somebody enter.
#[derive(Debug)]
pub(crate) enum EnterPlan {
    /// An event of this kind.
    Event { kind: u32, filter: Predicate, first: bool },
    /// The application asks.
    Request,
    /// Nothing that is played yet; the checker says so.
    Nothing,
}

#[derive(Debug)]
pub(crate) struct GoalPlan {
    pub(crate) by: GoalByPlan,
    pub(crate) within: Option<i64>,
}

#[derive(Debug)]
pub(crate) enum GoalByPlan {
    Event(WaitedPlan),
    State(Predicate),
}

/// An event that a run waits for.
#[derive(Debug)]
pub(crate) struct WaitedPlan {
    pub(crate) kind: u32,
    pub(crate) filter: Predicate,
    /// Columns of it that must be what the run keeps at these places.
    pub(crate) same: Box<[(u32, u32)]>,
}

#[derive(Debug)]
pub(crate) struct StepPlan {
    /// The hash of its name.
    pub(crate) name: u64,
    pub(crate) does: DoesPlan,
    /// The consents of the messages that may still be sent; empty where one needs none, or there are none.
    pub(crate) consents: Box<[u32]>,
}

#[derive(Debug)]
pub(crate) enum DoesPlan {
    Wait {
        until: UntilPlan,
        next: u32,
    },
    WaitFor {
        most: i64,
        event: WaitedPlan,
        seen: u32,
        not: u32,
    },
    Send {
        action: u32,
        by: Channels,
        retry: Option<i64>,
        sent: u32,
        blocked: u32,
    },
    Branch {
        cases: Box<[(Predicate, u32)]>,
        otherwise: u32,
    },
    Split {
        arms: Box<[(u32, u32)]>,
    },
    /// The hash of the outcome's name.
    Finish {
        ending: u64,
    },
    Transfer {
        to: u32,
        already: IfAlreadyIn,
        carries: Box<[(u32, u32)]>,
        refused: Option<u32>,
    },
}

#[derive(Debug)]
pub(crate) enum UntilPlan {
    /// A span, an hour or a day.
    Fixed(Until),
    /// A date or a time that lies there; the flag says a date.
    Value(Place, bool),
}

fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// What a journey says, whatever the place in its file.
fn version(journey: &Journey) -> u64 {
    let mut bare = journey.clone();
    bare.description.clear();
    let text = format!("{bare:?}");
    let mut hash = Xxh3::new();
    // Places stand as `file: ..., line: ..., column: ...` before the words of each line.
    for part in text.split("Line {") {
        let words = part.split_once("text: ").map_or(part, |(_, words)| words);
        hash.update(words.as_bytes());
    }
    hash.digest()
}

impl Compiler<'_> {
    /// The journeys, in the order of the rules.
    pub(super) fn journeys(&mut self, events: &[EventPlan], words: usize) -> Vec<JourneyPlan> {
        let rules = self.rules;
        rules.journeys.iter().map(|journey| self.journey(journey, events, small(words))).collect()
    }

    fn journey(&mut self, journey: &Journey, events: &[EventPlan], base: u32) -> JourneyPlan {
        let rules = self.rules;
        let fields = journey.entry_event().and_then(|at| rules.events.get(at));
        let fields = fields.map_or(&[][..], |event| &event.fields);
        let plan = journey.entry_event().and_then(|at| events.get(at));
        let column = |field: usize| {
            plan.and_then(|plan| plan.columns.get(field)).copied().unwrap_or(u32::MAX)
        };
        // A field lies where it stands among those that are kept.
        let places: Vec<u32> = (0..fields.len())
            .map(|field| {
                journey.keeps.iter().position(|kept| *kept == field).map_or(u32::MAX, small)
            })
            .collect();
        self.entry = Some((fields.to_vec(), places.clone(), base));
        let waited = |this: &mut Self, event: usize, filter: &EventFilter| {
            this.waited(events, event, filter, &places)
        };
        let enter = match &journey.enter {
            Enter::Event { event, filter, first } => EnterPlan::Event {
                kind: events.get(*event).map_or(u32::MAX, |plan| plan.kind),
                filter: self.of_event(events, *event, filter),
                first: *first,
            },
            Enter::Request => EnterPlan::Request,
            Enter::Segment { .. } | Enter::Schedule { .. } => EnterPlan::Nothing,
        };
        let goal = journey.goal.as_ref().map(|goal| GoalPlan {
            by: match &goal.by {
                GoalBy::Event { event, filter } => GoalByPlan::Event(waited(self, *event, filter)),
                GoalBy::State(lines) => GoalByPlan::State(self.sure_list(lines, true)),
            },
            within: goal.within,
        });
        let who = self.sure_list(&journey.who, true);
        let exit = self.one_of(&journey.exit);
        let steps = journey.steps.iter().map(|step| StepPlan {
            name: name_hash(&step.name),
            does: self.does(&step.does, &journey.outcomes, events, &places, base),
            consents: self.needed(&step.reaches),
        });
        let steps: Vec<StepPlan> = steps.collect();
        self.entry = None;
        let own = steps.iter().zip(0..).map(|(step, at)| (step.name, at));
        let earlier = journey.moved.iter().map(|(name, at)| (name_hash(name), small(*at)));
        let mut by_name: Vec<(u64, u32)> = own.chain(earlier).collect();
        by_name.sort_unstable();
        let Per { field, at_once } = journey.per.unwrap_or(Per { field: 0, at_once: 1 });
        JourneyPlan {
            keys: std::iter::once(&journey.name)
                .chain(&journey.was)
                .map(|name| name_hash(name))
                .collect(),
            version: version(journey),
            enter,
            who,
            again: journey.again,
            per: journey.per.map(|_| (column(field), at_once)),
            kept: journey.keeps.iter().map(|field| column(*field)).collect(),
            goal,
            exit,
            longest: journey.longest,
            first: small(journey.first()),
            steps,
            by_name: by_name.into(),
            on_change: journey.on_change,
        }
    }

    /// Where at least one line surely holds.
    fn one_of(&mut self, lines: &[Condition]) -> Predicate {
        let parts = lines.iter().map(|line| self.sure_list(std::slice::from_ref(line), true));
        super::predicate::any(parts.collect())
    }

    /// Lines about the fields of an event.
    fn of_event(&mut self, events: &[EventPlan], event: usize, lines: &[Condition]) -> Predicate {
        let rules = self.rules;
        let fields = rules.events.get(event).map_or(&[][..], |event| &event.fields);
        let columns = events.get(event).map_or(&[][..], |plan| &plan.columns);
        self.of_row(fields, columns.to_vec(), lines)
    }

    fn waited(
        &mut self,
        events: &[EventPlan],
        event: usize,
        filter: &EventFilter,
        places: &[u32],
    ) -> WaitedPlan {
        let plan = events.get(event);
        let column = |field: usize| {
            plan.and_then(|plan| plan.columns.get(field)).copied().unwrap_or(u32::MAX)
        };
        let place = |field: usize| places.get(field).copied().unwrap_or(u32::MAX);
        WaitedPlan {
            kind: plan.map_or(u32::MAX, |plan| plan.kind),
            filter: self.of_event(events, event, &filter.conditions),
            same: filter.same.iter().map(|one| (column(one.field), place(one.entry))).collect(),
        }
    }

    /// A test of what a run entered with.
    pub(super) fn entry_test(&mut self, test: &EntryTest, want: bool) -> Predicate {
        let Some((fields, places, base)) = self.entry.take() else {
            return Predicate::Always(false);
        };
        let lies = places.iter().map(|place| place.saturating_add(base)).collect();
        let line = crate::check::rules::AttributeTest {
            attribute: test.field,
            test: test.test.clone(),
            if_unknown: test.if_unknown,
            line: test.line.clone(),
        };
        self.row = Some((fields.clone(), lies));
        let mut found = self.sure_list(&[Condition::Test(line)], want);
        self.row = None;
        from_entry(&mut found);
        self.entry = Some((fields, places, base));
        found
    }

    /// The consents without which nothing can be sent any more; none where something needs none.
    fn needed(&mut self, reaches: &[(usize, usize)]) -> Box<[u32]> {
        let mut needed = Vec::new();
        for (purpose, channel) in reaches {
            match self.consent_for(*purpose, *channel) {
                Consent::Free => return Box::default(),
                Consent::Needed(id) => needed.push(id),
                Consent::Impossible => {}
            }
        }
        needed.into()
    }

    fn does(
        &mut self,
        does: &Does,
        outcomes: &[String],
        events: &[EventPlan],
        places: &[u32],
        base: u32,
    ) -> DoesPlan {
        let place = |field: usize| places.get(field).copied().unwrap_or(u32::MAX);
        match does {
            Does::Wait { until, next } => {
                DoesPlan::Wait { until: self.until(*until, base, &place), next: small(*next) }
            }
            Does::WaitFor { most, event, filter, seen, not } => DoesPlan::WaitFor {
                most: *most,
                event: self.waited(events, *event, filter, places),
                seen: small(*seen),
                not: small(*not),
            },
            Does::Send { action, by, retry, sent, blocked } => DoesPlan::Send {
                action: small(*action),
                by: by.clone(),
                retry: *retry,
                sent: small(*sent),
                blocked: small(*blocked),
            },
            Does::Branch { cases, otherwise } => {
                let cases = cases
                    .iter()
                    .map(|case| (self.sure_list(&case.conditions, true), small(case.next)));
                DoesPlan::Branch { cases: cases.collect(), otherwise: small(*otherwise) }
            }
            Does::Split { arms } => {
                let arms = arms.iter().map(|arm| (arm.share, small(arm.next))).collect();
                DoesPlan::Split { arms }
            }
            Does::Finish { outcome } => {
                let word = outcomes.get(*outcome).map_or("", String::as_str);
                DoesPlan::Finish { ending: name_hash(word) }
            }
            Does::Transfer { to, if_already_in, carries, refused } => DoesPlan::Transfer {
                to: small(*to),
                already: *if_already_in,
                carries: self.carried(*to, carries, &place),
                refused: refused.map(small),
            },
        }
    }

    /// From where here to where there the kept values go.
    fn carried(
        &self,
        to: usize,
        carries: &[(usize, usize)],
        place: &impl Fn(usize) -> u32,
    ) -> Box<[(u32, u32)]> {
        let Some(other) = self.rules.journeys.get(to) else { return Box::default() };
        let there = |field: usize| other.keeps.iter().position(|kept| *kept == field).map(small);
        let pairs = carries.iter().filter_map(|(own, their)| Some((place(*own), there(*their)?)));
        pairs.collect()
    }

    fn until(&self, until: Until, base: u32, place: &impl Fn(usize) -> u32) -> UntilPlan {
        let is_date = |kind: Option<&Type>| matches!(kind, Some(Type::Date));
        match until {
            Until::Attribute(at) => {
                let kind = self.rules.attributes.get(at).map(|attribute| &attribute.kind);
                UntilPlan::Value(self.place(at), is_date(kind))
            }
            Until::Entry(at) => {
                let kind = self.entry.as_ref().and_then(|(fields, ..)| fields.get(at));
                let lies = Place::Request(place(at).saturating_add(base));
                UntilPlan::Value(lies, is_date(kind.map(|field| &field.kind)))
            }
            fixed => UntilPlan::Fixed(fixed),
        }
    }
}

/// What was compiled as fields of a row lies behind the request.
fn from_entry(predicate: &mut Predicate) {
    let turn = |place: &mut Place| {
        if let Place::Field(at) = place {
            *place = Place::Request(*at);
        }
    };
    match predicate {
        Predicate::Known(place, _) => turn(place),
        Predicate::Leaf(leaf) => turn(&mut leaf.place),
        Predicate::All(parts) | Predicate::Any(parts) => parts.iter_mut().for_each(from_entry),
        Predicate::Always(_) | Predicate::Segment(..) => {}
    }
}

impl JourneyPlan {
    /// The step that a name's hash, or an earlier name's, leads to.
    pub(crate) fn step(&self, name: u64) -> Option<u32> {
        let at = self.by_name.binary_search_by_key(&name, |(known, _)| *known).ok()?;
        self.by_name.get(at).map(|(_, step)| *step)
    }

    /// What tells runs apart, of what one enters with; 0 where there is one per customer.
    pub(crate) fn key(&self, entry: &[u64]) -> u64 {
        let place =
            self.per.and_then(|(column, _)| self.kept.iter().position(|one| *one == column));
        place.and_then(|at| entry.get(at)).copied().unwrap_or(0)
    }

    /// Whether both are entered by events of one kind.
    pub(crate) fn enters_as(&self, other: &Self) -> bool {
        match (&self.enter, &other.enter) {
            (EnterPlan::Event { kind: own, .. }, EnterPlan::Event { kind: their, .. }) => {
                own == their
            }
            _ => false,
        }
    }

    /// What this keeps of what a run kept under other rules; of the rest nothing is known.
    pub(crate) fn taken_over(&self, before: &Self, entry: &[u64]) -> Box<[u64]> {
        let known = |column: &u32| {
            let at = before.kept.iter().position(|kept| kept == column)?;
            entry.get(at).copied()
        };
        let known = |column: &u32| known(column).filter(|_| self.enters_as(before));
        self.kept.iter().map(|column| known(column).unwrap_or(NOTHING)).collect()
    }

    /// What of an event's words a run keeps.
    pub(crate) fn entry(&self, words: &[u64]) -> Box<[u64]> {
        let word = |column: &u32| words.get(*column as usize).copied().unwrap_or(NOTHING);
        self.kept.iter().map(word).collect()
    }
}
