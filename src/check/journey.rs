//! Journeys: how customers enter, the steps they go through, and how they leave.
//!
//! In: `journey` blocks and the actions, by index. Out: [`Journey`]s, each a flat table of steps in which every
//! way on is an index. A place without a way on, a circle without a pause and a step that nobody comes to are
//! found here. Knows nothing of how journeys are played.

pub(crate) mod demands;
mod entry;
pub(crate) mod expected;
mod graph;
pub(crate) mod lines;
mod parts;
mod sends;
mod steps;
mod transfers;
mod waits;

use std::collections::BTreeSet;

use super::action::ReadAction;
use super::conditions::{Place, conditions};
use super::fields::{Blocks, Expected, Fields, may, must};
use super::rules::{Conditions, Enter, Journey};
use super::scope::{Def, Kind, Problems, Scope};
use crate::diagnostic::{Code, Diagnostic};
use crate::syntax::ast::Block;
use crate::syntax::{Source, Span, print_heading};

const FIELDS: [Expected; 10] = [
    may("owner", "owner: retail_crm"),
    must("purpose", "purpose: marketing"),
    must("enter", "enter: cart_abandoned"),
    must("again", "again: 14 days after leaving"),
    must("longest", "longest: 30 days"),
    may("at_once", "at_once: 20"),
    may("include", "include: those already in"),
    may("goal", "goal: purchase within 3 days of entering"),
    may("on_change", "on_change: move"),
    may("moved", "moved: old_step to new_step"),
];

const BLOCKS: [&str; 6] = ["who", "goal", "exit", "steps", "path", "while"];

/// At most so many segments may be watched for entries.
const WATCHED: usize = 64;

/// A journey, with what the checks after it need.
#[derive(Debug)]
pub(super) struct Draft<'a> {
    pub(super) journey: Journey,
    pub(super) def: Def<'a>,
    /// Where each step stands.
    pub(super) spans: Vec<Span>,
}

/// What the runs of a journey entered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entered {
    /// An event: its index.
    Event(usize),
    /// A segment, a schedule or a request: there are no fields.
    Nothing,
    /// What could not be read, which is reported.
    Unread,
}

/// Where a journey stands, and what its lines are checked against.
#[derive(Clone, Copy)]
pub(super) struct Seat<'p, 'a> {
    pub(super) name: &'p str,
    pub(super) file: &'a Source,
    /// `journey cart_rescue`.
    pub(super) user: &'p str,
    pub(super) actions: &'p [Option<ReadAction<'a>>],
}

/// Reads all journeys, each by the position of its name; absent where it could not be read, which is reported.
pub(crate) fn journeys<'a>(
    actions: &[Option<ReadAction<'a>>],
    scope: &mut Scope<'a>,
    problems: &mut Problems,
) -> Vec<Option<Journey>> {
    let mut drafts: Vec<Option<Draft<'a>>> = scope
        .all("journey")
        .into_iter()
        .map(|(name, def)| {
            let read = journey(&name, def, actions, scope, problems);
            scope.entered = None;
            read
        })
        .collect();
    watched(&drafts, problems);
    transfers::settle(&mut drafts, scope, problems);
    drafts.into_iter().map(|draft| draft.map(|draft| draft.journey)).collect()
}

fn journey<'a>(
    name: &str,
    def: Def<'a>,
    actions: &[Option<ReadAction<'a>>],
    scope: &mut Scope<'a>,
    problems: &mut Problems,
) -> Option<Draft<'a>> {
    let file = def.file;
    let user = format!("journey {name}");
    let what = format!("journey `{name}`");
    let (body, at) = (&def.node.body, def.name_span());
    let blocks = Blocks::Named(&BLOCKS);
    let fields = Fields::read(body, file, &what, at, &FIELDS, blocks, problems);
    let place = Seat { name, file, user: &user, actions };

    let purpose = fields
        .word("purpose", problems)
        .and_then(|word| scope.find(Kind::Purpose, word, file, &user, problems));
    let owner = super::action::owner(name, &fields, &user, scope, problems);
    let entered = fields
        .value("enter")
        .and_then(|value| entry::enter(value, &fields, &user, scope, problems));
    scope.entered = Some(match (&entered, entered.as_ref().and_then(entry::event)) {
        (_, Some(event)) => Entered::Event(event),
        (Some(_), None) => Entered::Nothing,
        (None, None) => Entered::Unread,
    });
    let again = entry::again(&fields, scope, problems);
    let longest = parts::longest(&fields, scope, problems);
    let lines = |heading, place, scope: &mut Scope<'a>, problems: &mut Problems| -> Conditions {
        let block: Option<&Block> = fields.block(heading, problems);
        block.map(|b| conditions(scope, &b.body, file, &user, place, problems)).unwrap_or_default()
    };
    let who = lines("who", Place::Who, scope, problems);
    entry::needs_who(&entered, &fields, def, problems);
    let exit = lines("exit", Place::Never, scope, problems);
    let per = again.and_then(|(_, per)| per);
    let goal = parts::goal(&fields, per, longest, place, scope, problems);
    let while_here = parts::while_here(&fields, place, scope, problems);
    let on_change = parts::on_change(&fields, problems);
    let table = steps::table(def, longest, per, on_change, place, scope, problems);
    let moved = parts::moved(&fields, table.as_ref(), file, problems);
    let (enter, (again, per)) = (entered?, again?);
    let table = table?;
    let line = scope.line(file, at, print_heading(def.node));
    let mut journey = Journey {
        name: name.to_owned(),
        was: def.was(),
        description: def.description(),
        owner,
        purpose: purpose?,
        enter,
        who,
        again,
        per,
        goal: goal?,
        exit,
        longest: longest?,
        paths: table.paths,
        steps: table.steps,
        outcomes: table.outcomes,
        while_here: while_here?,
        on_change: on_change?,
        moved: moved?,
        keeps: BTreeSet::new(),
        line,
    };
    journey.keeps = transfers::reads(&journey);
    Some(Draft { journey, def, spans: table.spans })
}

/// Only so many segments can be watched for their answers to change.
fn watched(drafts: &[Option<Draft<'_>>], problems: &mut Problems) {
    let mut seen = BTreeSet::new();
    for draft in drafts.iter().flatten() {
        let Enter::Segment { segment, .. } = &draft.journey.enter else { continue };
        if seen.insert(*segment) && seen.len() == WATCHED + 1 {
            problems.push(
                Diagnostic::new(
                    Code("E1003"),
                    draft.def.file.name(),
                    draft.def.name_span(),
                    format!("journeys watch more than {WATCHED} segments"),
                    "for each of them every customer has an alarm clock of their own",
                )
                .advice("let journeys share segments, or begin them with an event"),
            );
        }
    }
}
