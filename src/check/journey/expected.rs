//! What scenarios expect of journeys: `sent x by push`, `at step x`, `in journey x`, `finished as x`, `nothing`.
//!
//! In: an `at` line in which nothing happens but time. Out: a [`ScenarioExpect`]. An expectation that could never
//! hold is an error. Knows nothing of how scenarios are played.

use super::super::action::{ReadAction, message_channels};
use super::super::nearest::listed;
use super::super::rules::{Does, Ending, Journey, ScenarioExpect};
use super::super::scope::{Kind, Problems, Scope};
use crate::diagnostic::{Code, Diagnostic};
use crate::mutant::mutant;
use crate::syntax::ast::{Expect, Item, Word};
use crate::syntax::{Source, Span};

/// All journeys by the position of their names; absent where one could not be read.
pub(crate) type Read<'j> = &'j [Option<Journey>];

/// What is expected at a moment at which nothing happens but time.
pub(crate) fn of_time(
    expected: &Expect,
    item: &Item,
    (journeys, actions): (Read<'_>, &[Option<ReadAction<'_>>]),
    (file, user): (&Source, &str),
    scope: &mut Scope<'_>,
    problems: &mut Problems,
) -> Option<ScenarioExpect> {
    match expected {
        Expect::Nothing => Some(ScenarioExpect::Nothing),
        Expect::Sent(Some(action), channel) => {
            sent(action, channel.as_ref(), (journeys, actions), (file, user), scope, problems)
        }
        Expect::InJourney(word) => {
            let index = scope.find(Kind::Journey, word, file, user, problems)?;
            Some(ScenarioExpect::InJourney(index))
        }
        Expect::AtStep(word) => at_step(word, journeys, file, scope, problems),
        Expect::FinishedAs(word) => finished_as(word, journeys, file, scope, problems),
        Expect::Sent(None, _) | Expect::Shown { .. } | Expect::Blocked { .. } => {
            problems.push(
                Diagnostic::new(
                    Code("E0533"),
                    file.name(),
                    item.span,
                    "this needs a question or a send",
                    "where nothing happens but time, only journeys do something",
                )
                .paste("at 2026-09-08 10:00 ask home_banner expect nothing")
                .paste("at 2026-09-08 10:00 expect sent cart_reminder by push"),
            );
            None
        }
    }
}

/// `sent cart_reminder by push`: some journey sends it, there.
fn sent(
    word: &Word,
    channel: Option<&Word>,
    (journeys, actions): (Read<'_>, &[Option<ReadAction<'_>>]),
    (file, user): (&Source, &str),
    scope: &mut Scope<'_>,
    problems: &mut Problems,
) -> Option<ScenarioExpect> {
    let action = scope.find(Kind::Action, word, file, user, problems);
    let by = match channel {
        Some(word) => Some(scope.find(Kind::Channel, word, file, user, problems)?),
        None => None,
    };
    let action = action?;
    let ways: Vec<&super::super::rules::Channels> = steps(journeys)
        .filter_map(|(_, _, does)| match does {
            Does::Send { action: sent, by, .. } if *sent == action => Some(by),
            _ => None,
        })
        .collect();
    let all_read = journeys.iter().all(Option::is_some);
    let sent = ways.iter().any(|ways| {
        by.is_none_or(|by| super::super::placement::listed_channels(ways).contains(&by))
    });
    if !sent && all_read && !mutant!("a_scenario_expects_what_nobody_sends") {
        let name = &word.text;
        let (span, headline) = match channel {
            Some(channel) if !ways.is_empty() => {
                (channel.span, format!("no journey sends `{name}` by `{}`", channel.text))
            }
            _ => (word.span, format!("no journey sends `{name}`")),
        };
        let mut found = Diagnostic::new(
            Code("E1022"),
            file.name(),
            span,
            headline,
            "what is sent by itself, journeys send",
        );
        let read = actions.get(action).and_then(Option::as_ref);
        let by = read.and_then(|read| message_channels(read.def).next());
        if ways.is_empty()
            && let Some(by) = by
        {
            found =
                found.paste(format!("at 2026-09-08 10:00 send {name} by {} expect sent", by.text));
        }
        problems.push(found.advice("expect what a journey sends, and where it sends it"));
        return None;
    }
    Some(ScenarioExpect::Activated { action, channel: by })
}

fn steps<'j>(journeys: Read<'j>) -> impl Iterator<Item = (usize, usize, &'j Does)> {
    journeys.iter().enumerate().flat_map(|(number, journey)| {
        let steps = journey.iter().flat_map(|journey| journey.steps.iter().enumerate());
        steps.map(move |(at, step)| (number, at, &step.does))
    })
}

/// `at step vip_desk`: a step, or any of a path.
fn at_step(
    word: &Word,
    journeys: Read<'_>,
    file: &Source,
    scope: &Scope<'_>,
    problems: &mut Problems,
) -> Option<ScenarioExpect> {
    let mut found = Vec::new();
    let mut names: Vec<&str> = Vec::new();
    for (number, journey) in journeys.iter().enumerate() {
        let Some(journey) = journey else { continue };
        for (at, step) in journey.steps.iter().enumerate() {
            // Nobody stands where something is done at once.
            let stands = matches!(
                step.does,
                Does::Wait { .. } | Does::WaitFor { .. } | Does::Send { retry: Some(_), .. }
            );
            let path = journey.paths.get(step.path).map_or("", |path| path.name.as_str());
            if stands && path != "steps" {
                names.push(path);
            }
            if stands {
                names.push(&step.name);
            }
            if stands && (step.name == word.text || path == word.text && path != "steps") {
                found.push((number, at));
            }
        }
    }
    if found.is_empty() {
        if journeys.iter().all(Option::is_some) {
            names.sort_unstable();
            names.dedup();
            let headline = format!("nobody can stand at step `{}`", word.text);
            problems.push(unknown(word, headline, &names, "people stand", file, scope));
        }
        return None;
    }
    Some(ScenarioExpect::AtStep { name: word.text.clone(), steps: found })
}

/// `finished as no_incentive`.
fn finished_as(
    word: &Word,
    journeys: Read<'_>,
    file: &Source,
    scope: &Scope<'_>,
    problems: &mut Problems,
) -> Option<ScenarioExpect> {
    let built_in = Ending::BUILT_IN.map(|ending| ending.word(&[]));
    let own = journeys.iter().flatten().flat_map(|journey| &journey.outcomes);
    let mut names: Vec<&str> = own.map(String::as_str).chain(built_in).collect();
    if names.contains(&word.text.as_str()) {
        return Some(ScenarioExpect::FinishedAs(word.text.clone()));
    }
    if journeys.iter().all(Option::is_some) {
        names.sort_unstable();
        names.dedup();
        let headline = format!("no journey finishes as `{}`", word.text);
        problems.push(unknown(word, headline, &names, "runs end as", file, scope));
    }
    None
}

fn unknown(
    word: &Word,
    headline: String,
    names: &[&str],
    what: &str,
    file: &Source,
    scope: &Scope<'_>,
) -> Diagnostic {
    let span: Span = word.span;
    let found = |why: String| Diagnostic::new(Code("E1022"), file.name(), span, headline, why);
    match scope.nearest(&word.text, names) {
        Some(near) => found(format!("the closest is `{near}`")).fix(near, span, near),
        None if names.is_empty() => found("no journey waits anywhere".to_owned())
            .advice("expect how the run finished, or let a journey wait"),
        None => {
            let at = if what == "people stand" { "at " } else { "" };
            found(format!("{what} {at}{}", listed(names, "or"))).advice("use one of these")
        }
    }
}
