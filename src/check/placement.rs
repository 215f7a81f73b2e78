//! Placements: where is asked, which actions may answer, and what is shown when none does.
//!
//! In: `placement` blocks and the actions, by index. Out: [`Placement`]s. A fallback that could itself be
//! refused, and a candidate that could never win, are errors. Knows nothing of customers.

mod share;

use super::action::ReadAction;
use super::fields::{Blocks, Expected, Fields, atoms, may, must};
use super::rules::{Action, Channels, Need, Piece, Placement};
use super::scope::{Def, Kind, Problems, Scope};
use crate::diagnostic::{Code, Diagnostic};
use crate::mutant::mutant;
use crate::syntax::ast::{Atom, Body, ChoiceKind, Item, Key, Shape, Value, Word};
use crate::syntax::{Source, Span, print_heading};

const FIELDS: [Expected; 6] = [
    may("channel", "channel: web"),
    may("channels", "channels: preferred of [push, email]"),
    must("show", "show: 1"),
    must("candidates", "candidates: all"),
    must("ranking", "ranking: best_value"),
    must("fallback", "fallback: nothing"),
];

/// Reads one placement; `None` where a name it needs does not exist, which is reported.
pub(crate) fn placement(
    name: &str,
    def: Def<'_>,
    actions: &[Option<ReadAction<'_>>],
    scope: &mut Scope<'_>,
    problems: &mut Problems,
) -> Option<Placement> {
    let user = format!("placement {name}");
    let what = format!("placement `{name}`");
    let body = without_shares(&def.node.body);
    let fields =
        Fields::read(&body, def.file, &what, def.name_span(), &FIELDS, Blocks::None, problems);
    let channels = channels(&fields, def, &user, scope, problems);
    let show = fields.whole("show", 1, 32, problems);
    let share = share::share(def, show, scope, problems);
    let ranking = fields
        .word("ranking", problems)
        .and_then(|word| scope.find(Kind::Ranking, word, def.file, &user, problems));
    let place = Place { name, def, user: &user, channels: channels.as_ref(), actions };
    let candidates = candidates(&fields, place, scope, problems);
    let fallback = fallback(&fields, place, scope, problems);
    let line = scope.line(def.file, def.name_span(), print_heading(def.node));
    Some(Placement {
        name: name.to_owned(),
        channels: channels?,
        show: u8::try_from(show?).ok()?,
        share: share?,
        candidates: candidates?,
        ranking: ranking?,
        fallback: fallback?,
        line,
    })
}

/// A placement, and what its lines are checked against.
#[derive(Clone, Copy)]
struct Place<'p, 'a> {
    name: &'p str,
    def: Def<'p>,
    user: &'p str,
    channels: Option<&'p Channels>,
    actions: &'p [Option<ReadAction<'a>>],
}

/// What stands as `key: value`: what is no such line is read by itself.
fn without_shares(body: &Body) -> Body {
    let items: Vec<Item> = body
        .items
        .iter()
        .filter(|item| !matches!(item.shape, Shape::Cap(_) | Shape::Pause(_)))
        .cloned()
        .collect();
    Body { items, ..body.clone() }
}

/// The channels of a choice, in order.
pub(crate) fn listed_channels(channels: &Channels) -> &[usize] {
    match channels {
        Channels::One(channel) => std::slice::from_ref(channel),
        Channels::First(list) | Channels::Preferred(list) => list,
    }
}

fn channels(
    fields: &Fields<'_>,
    def: Def<'_>,
    user: &str,
    scope: &mut Scope<'_>,
    problems: &mut Problems,
) -> Option<Channels> {
    let file = def.file;
    match (fields.value("channel"), fields.value("channels")) {
        (Some(_), Some(_)) => {
            problems.push(
                Diagnostic::new(
                    Code("E0211"),
                    file.name(),
                    fields.key_span("channels"),
                    "this placement says both `channel` and `channels`",
                    "only one of the two can hold",
                )
                .also(file.name(), fields.key_span("channel"), "the other one")
                .advice("remove one of the two"),
            );
            None
        }
        (Some(_), None) => {
            let word = fields.word("channel", problems)?;
            scope.find(Kind::Channel, word, file, user, problems).map(Channels::One)
        }
        (None, Some(Value::Choice(choice))) => {
            let listed = atoms(file, "`channels`", &choice.list, problems)?;
            let mut found = Vec::new();
            for atom in listed {
                match atom {
                    Atom::Word(word) => {
                        found.push(scope.find(Kind::Channel, word, file, user, problems));
                    }
                    _ => fields.wrong("channels", "a list of channels", problems),
                }
            }
            let found: Vec<usize> = found.into_iter().collect::<Option<_>>()?;
            Some(match choice.how {
                ChoiceKind::First => Channels::First(found),
                ChoiceKind::Preferred => Channels::Preferred(found),
            })
        }
        (None, Some(Value::List(list))) => {
            let text = file.text().get(list.span.range()).unwrap_or("[push, email]").to_owned();
            problems.push(
                Diagnostic::new(
                    Code("E0519"),
                    file.name(),
                    list.span,
                    "this does not say which channel goes first",
                    "an action is shown on one of them",
                )
                .choice(
                    format!("channels: preferred of {text}"),
                    list.span,
                    format!("preferred of {text}"),
                )
                .choice(
                    format!("channels: first of {text}"),
                    list.span,
                    format!("first of {text}"),
                ),
            );
            None
        }
        (None, Some(_)) => {
            fields.wrong("channels", "a choice such as `preferred of [push, email]`", problems);
            None
        }
        (None, None) => {
            let unreadable =
                def.node.body.items.iter().any(|i| matches!(i.shape, Shape::Unreadable(_)));
            if !unreadable {
                problems.push(
                    Diagnostic::new(
                        Code("E0213"),
                        file.name(),
                        def.name_span(),
                        format!("{} does not say its `channel`", quoted(user)),
                        "an answer is shown or sent on a channel",
                    )
                    .paste("channel: web")
                    .paste("channels: preferred of [push, email]"),
                );
            }
            None
        }
    }
}

/// `placement x` → ``placement `x` ``.
fn quoted(user: &str) -> String {
    user.split_once(' ').map_or(user.to_owned(), |(kind, name)| format!("{kind} `{name}`"))
}

/// Whether it says what would make it compete, and that could not be read: this is reported there.
fn is_misread(read: &ReadAction<'_>) -> bool {
    let says = |word: &str| {
        let is_it = |shape: &Shape| matches!(shape, Shape::Field(field) if matches!(&field.key, Key::Word(key) if key.text == word));
        read.def.node.body.items.iter().any(|item| is_it(&item.shape))
    };
    !read.action.competes() && says("value") && says("propensity")
}

/// Whether the action has a message on one of the channels.
fn reaches(action: &Action, channels: &Channels) -> bool {
    let listed = listed_channels(channels);
    action.messages.iter().any(|message| listed.contains(&message.channel))
}

fn candidates(
    fields: &Fields<'_>,
    place: Place<'_, '_>,
    scope: &mut Scope<'_>,
    problems: &mut Problems,
) -> Option<Vec<usize>> {
    let file = place.def.file;
    if let Value::Atom(Atom::Word(word)) = fields.value("candidates")?
        && word.text == "all"
    {
        // With an action that could not be read, who competes is not known.
        let known = place.actions.iter().flatten().all(|read| !is_misread(read))
            && place.actions.iter().all(Option::is_some)
            && !scope.excused.iter().any(|(kind, _)| *kind == "action");
        let channels = place.channels?;
        let all: Vec<usize> = place
            .actions
            .iter()
            .enumerate()
            .filter_map(|(index, read)| Some((index, &read.as_ref()?.action)))
            .filter(|(_, action)| {
                action.competes()
                    && (!action.only_in_journeys || mutant!("all_takes_journey_actions"))
                    && reaches(action, channels)
            })
            .map(|(index, _)| index)
            .collect();
        if all.is_empty() && known {
            problems.push(
                Diagnostic::new(
                    Code("W0505"),
                    file.name(),
                    place.def.name_span(),
                    format!("placement `{}` has no candidate", place.name),
                    "no action gives value and propensity and has a message on its channel",
                )
                .advice("give an action `value`, `propensity` and a message on this channel"),
            );
        }
        return Some(all);
    }
    let words = fields.words("candidates", problems)?;
    let mut found = Vec::new();
    let mut complete = true;
    for word in words {
        let Some(index) = scope.find(Kind::Action, word, file, place.user, problems) else {
            complete = false;
            continue;
        };
        found.push(index);
        if let Some(read) = place.actions.get(index).and_then(Option::as_ref) {
            can_win(word, &read.action, place, scope, problems);
        }
    }
    found.sort_unstable();
    found.dedup();
    complete.then_some(found)
}

fn can_win(
    word: &Word,
    action: &Action,
    place: Place<'_, '_>,
    scope: &Scope<'_>,
    problems: &mut Problems,
) {
    let name = &word.text;
    let file = place.def.file;
    let report = |code: &'static str, headline: String, why: &str| {
        Diagnostic::new(Code(code), file.name(), word.span, headline, why).also(
            &action.line.file,
            place_of(place, name),
            "defined here",
        )
    };
    if !action.competes() {
        problems.push(
            report(
                "E0520",
                format!("`{name}` cannot compete"),
                "it gives no value and no propensity, so no ranking can order it",
            )
            .advice("give it `value` and `propensity`, or take it off the list"),
        );
    } else if action.only_in_journeys {
        problems.push(
            report("E0520", format!("`{name}` cannot compete"), "it is for use `only in journeys`")
                .advice("remove its `use`, or take it off the list"),
        );
    }
    if let Some(channels) = place.channels
        && !reaches(action, channels)
    {
        let listed = channel_names(channels, scope);
        problems.push(
            report(
                "E0521",
                format!("`{name}` has no message on {listed}"),
                "without one this placement cannot show it",
            )
            .advice(format!("give it a message on {listed}, or take it off the list")),
        );
    }
}

fn channel_names(channels: &Channels, scope: &Scope<'_>) -> String {
    let names: Vec<String> = listed_channels(channels)
        .iter()
        .filter_map(|index| scope.channels.get(*index))
        .map(|channel| format!("`{}`", channel.name))
        .collect();
    super::nearest::listed(&names, "or")
}

/// Where the named action is defined.
fn place_of(place: Place<'_, '_>, name: &str) -> Span {
    let read = place.actions.iter().flatten().find(|read| read.action.name == name);
    read.map_or_else(Span::default, |read| read.def.name_span())
}

/// `Some(None)` for `fallback: nothing`.
fn fallback(
    fields: &Fields<'_>,
    place: Place<'_, '_>,
    scope: &mut Scope<'_>,
    problems: &mut Problems,
) -> Option<Option<usize>> {
    let word = fields.word("fallback", problems)?;
    if word.text == "nothing" {
        return Some(None);
    }
    let index = scope.find(Kind::Action, word, place.def.file, place.user, problems)?;
    if let Some(read) = place.actions.get(index).and_then(Option::as_ref) {
        never_refused(word, read, place, scope, problems);
    }
    Some(Some(index))
}

/// Mistake 27: the last resort may not itself be refused (SEMANTICS E4).
fn never_refused(
    word: &Word,
    read: &ReadAction<'_>,
    place: Place<'_, '_>,
    scope: &Scope<'_>,
    problems: &mut Problems,
) {
    let name = &word.text;
    let mut reasons: Vec<(String, Span)> = Vec::new();
    for item in &read.def.node.body.items {
        let (key, why) = match &item.shape {
            Shape::Block(block) if super::content::is_headed(block, "who") => {
                ("who", "excludes some")
            }
            Shape::Block(block)
                if super::content::is_headed(block, "never")
                    && !mutant!("a_fallback_may_have_never") =>
            {
                ("never", "excludes some")
            }
            Shape::Pause(_) => ("after", "pauses it"),
            Shape::Field(field) => match &field.key {
                crate::syntax::ast::Key::Word(key) => match key.text.as_str() {
                    "dates" => ("dates", "end"),
                    "repeat" => ("repeat", "holds it back"),
                    "budget" => ("budget", "runs out"),
                    _ => continue,
                },
                _ => continue,
            },
            _ => continue,
        };
        reasons.push((format!("its `{key}` {why}"), first_word(read.def.file, item.span)));
    }
    if let Some(channels) = place.channels {
        if !reaches(&read.action, channels) {
            let listed = channel_names(channels, scope);
            problems.push(
                Diagnostic::new(
                    Code("E0521"),
                    place.def.file.name(),
                    word.span,
                    format!("`{name}` has no message on {listed}"),
                    "without one this placement cannot show it",
                )
                .also(read.def.file.name(), read.def.name_span(), "defined here")
                .advice(format!("give it a message on {listed}, or `fallback: nothing`")),
            );
        }
        reasons.extend(refusing_messages(read, channels, scope));
    }
    let Some(((first, span), more)) = reasons.split_first() else { return };
    let mut problem = Diagnostic::new(
        Code("E0522"),
        place.def.file.name(),
        word.span,
        format!("`{name}` can be refused, so it cannot be a fallback"),
        first.clone(),
    )
    .also(read.def.file.name(), *span, "here");
    for (why, span) in more {
        problem = problem.note(why.clone()).also(read.def.file.name(), *span, "and here");
    }
    problems.push(problem.advice("another action").choice(
        "fallback: nothing",
        word.span,
        "nothing",
    ));
}

/// Messages on the placement's channels that need a consent, or a value that some customers lack.
fn refusing_messages(
    read: &ReadAction<'_>,
    channels: &Channels,
    scope: &Scope<'_>,
) -> Vec<(String, Span)> {
    let mut reasons = Vec::new();
    let listed = listed_channels(channels);
    for message in read.action.messages.iter().filter(|m| listed.contains(&m.channel)) {
        let Some(channel) = scope.channels.get(message.channel) else { continue };
        let place = super::action::message_channels(read.def)
            .find(|word| word.text == channel.name)
            .map_or_else(|| read.def.name_span(), |word| word.span);
        let purpose = scope.purposes.get(read.action.purpose);
        if let Some(purpose) = purpose
            && purpose.consent_needed.contains(&message.channel)
        {
            reasons.push((
                format!("`{}` needs consent for purpose `{}`", channel.name, purpose.name),
                place,
            ));
        }
        let pieces = message.contents.iter().flat_map(|c| &c.fields).flat_map(|(_, text)| text);
        let mut lacking: Vec<&str> = pieces
            .filter_map(|piece| match piece {
                Piece::Attribute { attribute, .. } => scope.attributes.get(*attribute),
                Piece::Text(_) => None,
            })
            .filter(|attribute| matches!(attribute.need, Need::Required))
            .map(|attribute| attribute.name.as_str())
            .collect();
        lacking.sort_unstable();
        lacking.dedup();
        for name in lacking {
            reasons.push((
                format!("its message shows `{name}`, and is held back where that is missing"),
                place,
            ));
        }
    }
    reasons
}

fn first_word(file: &Source, span: Span) -> Span {
    let text = file.text().get(span.range()).unwrap_or("");
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(text.len());
    Span::new(span.start as usize, span.start as usize + end)
}
