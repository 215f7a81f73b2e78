//! What single steps do: wait, send, branch, split, transfer.
//!
//! In: a line of a path. Out: a [`Does`] whose ways on are settled; `None` is always reported.

use super::super::action::{ReadAction, message_channels};
use super::super::fields::{Blocks, Fields, atoms, may, must, value_span};
use super::super::literal::atom_span;
use super::super::rules::{Arm, Case, Channels, Does, IfAlreadyIn, Until};
use super::super::scope::{Kind, Problems, Scope};
use super::entry::is_error;
use super::lines::when_line;
use super::steps::{At, Reader};
use super::waits::{awaited, length, spoken, until};
use crate::diagnostic::{Code, Diagnostic};
use crate::mutant::mutant;
use crate::syntax::ast::{
    Atom, Block, Body, By, ChoiceKind, Duration, Key, Literal, Outcome, SendStep, Shape, Value,
    Wait, WaitKind, When, WhenCondition, Word,
};
use crate::syntax::{Source, Span, print_item};

/// A whole, in millionths.
const WHOLE: u64 = 1_000_000;

type Steps<'r, 'b, 'a> = Reader<'r, 'b, 'a>;

/// `wait ...`.
pub(super) fn wait<'b, 'a: 'b>(
    reader: &mut Steps<'_, 'b, 'a>,
    wait: &Wait,
    at: At,
    scope: &mut Scope<'a>,
    problems: &mut Problems,
) -> Option<Does> {
    let file = reader.place.file;
    match &wait.how {
        WaitKind::Duration(duration) => {
            let long = bounded(reader, duration, scope, problems);
            let next = reader.behind(at, problems);
            Some(Does::Wait { until: Until::Span(long?), next: next? })
        }
        WaitKind::Until { weekday, to } => {
            let until = until(weekday.as_ref(), to, file, scope, problems);
            let next = reader.behind(at, problems);
            Some(Does::Wait { until: until?, next: next? })
        }
        WaitKind::UpTo { duration, event, filter, body } => {
            let most = bounded(reader, duration, scope, problems);
            let found = awaited(event, filter.as_ref(), reader.per, reader.place, scope, problems);
            let what = format!("wait for `{}`", event.text);
            let expected =
                [must("if_seen", "if_seen: finish returned"), must("if_not", "if_not: continue")];
            let fields =
                Fields::read(body, file, &what, event.span, &expected, Blocks::None, problems);
            let seen = way(reader, &fields, "if_seen", at, scope, problems);
            let not = way(reader, &fields, "if_not", at, scope, problems);
            let (event, filter) = found?;
            Some(Does::WaitFor { most: most?, event, filter, seen: seen?, not: not? })
        }
    }
}

/// A length that a run can live through.
fn bounded(
    reader: &Steps<'_, '_, '_>,
    duration: &Duration,
    scope: &Scope<'_>,
    problems: &mut Problems,
) -> Option<i64> {
    let file = reader.place.file;
    let long = length(file, duration, scope, problems)?;
    if let Some(longest) = reader.longest
        && long >= longest
        && !mutant!("a_wait_may_outlast_the_journey")
    {
        let name = reader.place.name;
        problems.push(
            Diagnostic::new(
                Code("E1015"),
                file.name(),
                duration.span,
                format!("nobody is here for {}", spoken(long)),
                format!("journey `{name}` ends for everyone after {}", spoken(longest)),
            )
            .paste(format!("longest: {}", spoken(long.saturating_mul(2))))
            .advice("wait for less, or let the journey last longer"),
        );
        return None;
    }
    Some(long)
}

/// The outcome behind a key.
fn way<'b, 'a: 'b>(
    reader: &mut Steps<'_, 'b, 'a>,
    fields: &Fields<'_>,
    key: &str,
    at: At,
    scope: &mut Scope<'a>,
    problems: &mut Problems,
) -> Option<usize> {
    match fields.value(key)? {
        Value::Outcome(outcome) => reader.outcome(outcome, at, scope, problems),
        _ => {
            fields.wrong(key, "what happens then, such as `finish done` or `continue`", problems);
            None
        }
    }
}

/// `send cart_reminder by first of [push, email] { if_blocked: ... }`.
pub(super) fn send<'b, 'a: 'b>(
    reader: &mut Steps<'_, 'b, 'a>,
    send: &SendStep,
    at: At,
    scope: &mut Scope<'a>,
    problems: &mut Problems,
) -> Option<Does> {
    let (file, user, actions) = (reader.place.file, reader.place.user, reader.place.actions);
    let action = scope.find(Kind::Action, &send.action, file, user, problems);
    let read = action.and_then(|index| actions.get(index)).and_then(Option::as_ref);
    let by = channels(send, read, file, user, scope, problems);
    let blocked = if_blocked(reader, send, at, scope, problems);
    let sent = reader.behind(at, problems);
    let (retry, blocked) = blocked?;
    // An action that could not be read is reported by itself.
    read?;
    Some(Does::Send { action: action?, by: by?, retry, sent: sent?, blocked })
}

fn channels(
    send: &SendStep,
    read: Option<&ReadAction<'_>>,
    file: &Source,
    user: &str,
    scope: &mut Scope<'_>,
    problems: &mut Problems,
) -> Option<Channels> {
    let words: Vec<&Word> = match &send.by {
        Some(By::Channel(word)) => vec![word],
        Some(By::Choice(choice)) => {
            let mut words = Vec::new();
            for atom in atoms(file, "channels", &choice.list, problems)? {
                match atom {
                    Atom::Word(word) => words.push(word),
                    _ => problems.push(
                        Diagnostic::new(
                            Code("E0214"),
                            file.name(),
                            atom_span(atom),
                            "this is not the name of a channel",
                            "a message goes out by a channel",
                        )
                        .advice("remove it from the list"),
                    ),
                }
            }
            words
        }
        None => {
            no_channel(send, read, file, problems);
            return None;
        }
    };
    let mut found = Vec::new();
    let mut complete = true;
    for word in words {
        let Some(index) = scope.find(Kind::Channel, word, file, user, problems) else {
            complete = false;
            continue;
        };
        let Some(read) = read else { continue };
        if message_channels(read.def).all(|channel| channel.text != word.text)
            && !mutant!("a_journey_sends_what_has_no_message")
        {
            let name = &send.action.text;
            problems.push(
                Diagnostic::new(
                    Code("E0521"),
                    file.name(),
                    word.span,
                    format!("`{name}` has no message on `{}`", word.text),
                    "without one nothing can be sent there",
                )
                .also(read.def.file.name(), read.def.name_span(), "defined here")
                .advice(format!("give it a message on `{}`, or send it by another one", word.text)),
            );
            complete = false;
            continue;
        }
        found.push(index);
    }
    if !complete || found.is_empty() {
        return None;
    }
    Some(match &send.by {
        Some(By::Choice(choice)) => match choice.how {
            ChoiceKind::First => Channels::First(found),
            ChoiceKind::Preferred => Channels::Preferred(found),
        },
        _ => Channels::One(*found.first()?),
    })
}

/// `send x` alone.
fn no_channel(
    send: &SendStep,
    read: Option<&ReadAction<'_>>,
    file: &Source,
    problems: &mut Problems,
) {
    let name = &send.action.text;
    let end = Span { start: send.action.span.end, end: send.action.span.end };
    let found = Diagnostic::new(
        Code("E1011"),
        file.name(),
        send.action.span,
        format!("this does not say by which channel `{name}` goes out"),
        "a journey never guesses how it reaches somebody",
    );
    let mut names: Vec<&str> = read
        .map(|read| message_channels(read.def).map(|w| w.text.as_str()).collect())
        .unwrap_or_default();
    names.sort_unstable();
    names.dedup();
    let by = match names.as_slice() {
        [] => None,
        [one] => Some(format!(" by {one}")),
        many => Some(format!(" by first of [{}]", many.join(", "))),
    };
    problems.push(match by {
        Some(by) => found.choice(format!("send {name}{by}"), end, by),
        None => found.paste(format!("send {name} by email {{ if_blocked: finish capped }}")),
    });
}

/// What happens where a send is blocked: how long it is tried again, and the step then.
fn if_blocked<'b, 'a: 'b>(
    reader: &mut Steps<'_, 'b, 'a>,
    send: &SendStep,
    at: At,
    scope: &mut Scope<'a>,
    problems: &mut Problems,
) -> Option<(Option<i64>, usize)> {
    let file = reader.place.file;
    let name = &send.action.text;
    let empty = Body { span: send.action.span, ..Body::default() };
    let body = send.body.as_ref().unwrap_or(&empty);
    let what = format!("send `{name}`");
    let expected = [may("if_blocked", "if_blocked: finish capped")];
    let fields =
        Fields::read(body, file, &what, send.action.span, &expected, Blocks::None, problems);
    let unread = body.items.iter().any(|item| matches!(item.shape, Shape::Unreadable(_)));
    let Some(value) = fields.value("if_blocked") else {
        if !unread {
            let found = Diagnostic::new(
                Code("E1011"),
                file.name(),
                send.action.span,
                "what should happen when this send is blocked?",
                "limits, hours, budgets or consent can stop it",
            );
            let written = file.text().get(at.span.range()).unwrap_or("").trim_end();
            problems.push(if send.body.is_none() && send.by.is_some() {
                let end = Span { start: at.span.end, end: at.span.end };
                let plans = ["finish capped", "retry for 12 hours then continue"];
                plans.into_iter().fold(found, |found, plan| {
                    let plan = format!(" {{ if_blocked: {plan} }}");
                    found.choice(format!("{written}{plan}"), end, plan)
                })
            } else {
                found
                    .paste("if_blocked: finish capped")
                    .paste("if_blocked: retry for 12 hours then continue")
            });
        }
        return None;
    };
    match value {
        Value::Outcome(outcome) => match &**outcome {
            Outcome::Retry(duration, then) => {
                let long = bounded(reader, duration, scope, problems);
                let then = reader.outcome(then, at, scope, problems);
                Some((Some(long?), then?))
            }
            other => Some((None, reader.outcome(other, at, scope, problems)?)),
        },
        _ => {
            let wanted = "what happens then, such as `finish capped` or `continue`";
            fields.wrong("if_blocked", wanted, problems);
            None
        }
    }
}

/// `branch { when ...: ..., otherwise: ... }`.
pub(super) fn branch<'b, 'a: 'b>(
    reader: &mut Steps<'_, 'b, 'a>,
    block: &Block,
    at: At,
    scope: &mut Scope<'a>,
    problems: &mut Problems,
) -> Option<Does> {
    let file = reader.place.file;
    let heading = super::super::fields::name_text(&block.heading).1;
    let mut cases = Vec::new();
    let mut broken = false;
    for item in &block.body.items {
        let when = match &item.shape {
            Shape::When(when) => when,
            Shape::Field(_) | Shape::Block(_) => continue,
            Shape::Unreadable(_) => {
                broken = true;
                continue;
            }
            _ => {
                broken = true;
                no_way(item.span, file, problems);
                continue;
            }
        };
        let before = problems.0.len();
        let conditions = when_line(scope, &when.condition, file, reader.place.user, problems);
        empty_when(when, file, problems);
        let wrong = problems.0.iter().skip(before).any(is_error);
        let next = reader.outcome(&when.outcome, At { span: item.span, ..at }, scope, problems);
        let line = scope.line(file, item.span, print_item(item));
        match next {
            Some(next) if !wrong => cases.push(Case { conditions, next, line }),
            _ => broken = true,
        }
    }
    let expected = [may("otherwise", "otherwise: finish done")];
    let is_own = |shape: &Shape| !matches!(shape, Shape::Field(_) | Shape::Block(_));
    let (what, blocks) = ("this branch", Blocks::None);
    let fields = Fields::read_beside(
        &block.body,
        file,
        (what, heading),
        &expected,
        blocks,
        is_own,
        problems,
    );
    if fields.get("otherwise").is_none() {
        if !broken && !mutant!("a_branch_needs_no_otherwise") {
            problems.push(
                Diagnostic::new(
                    Code("E1012"),
                    file.name(),
                    heading,
                    "some customers would have nowhere to go",
                    "a branch says where all others go, too",
                )
                .paste("otherwise: finish not_concerned")
                .paste("otherwise: continue"),
            );
        }
        return None;
    }
    let otherwise = way(reader, &fields, "otherwise", at, scope, problems);
    if cases.is_empty() && !broken {
        problems.push(
            Diagnostic::new(
                Code("E1012"),
                file.name(),
                heading,
                "this branch has one way only",
                "without a line `when` everybody goes the same way",
            )
            .paste("when vip is yes: go to vip_desk"),
        );
        return None;
    }
    (!broken).then_some(Does::Branch { cases, otherwise: otherwise? })
}

fn no_way(span: Span, file: &Source, problems: &mut Problems) {
    problems.push(
        Diagnostic::new(
            Code("E1012"),
            file.name(),
            span,
            "this line is no way of a branch",
            "a branch has lines `when` and one line `otherwise`",
        )
        .paste("when vip is yes: go to vip_desk"),
    );
}

fn empty_when(when: &When, file: &Source, problems: &mut Problems) {
    if let WhenCondition::All(body) = &when.condition
        && body.items.is_empty()
    {
        problems.push(
            Diagnostic::new(
                Code("E0309"),
                file.name(),
                body.span,
                "`when` has no lines",
                "it would hold for everyone",
            )
            .advice("add lines, or write the way behind `otherwise`"),
        );
    }
}

/// `split { 50%: continue, 50%: go to other }`.
pub(super) fn split<'b, 'a: 'b>(
    reader: &mut Steps<'_, 'b, 'a>,
    block: &Block,
    at: At,
    scope: &mut Scope<'a>,
    problems: &mut Problems,
) -> Option<Does> {
    let file = reader.place.file;
    let heading = super::super::fields::name_text(&block.heading).1;
    let mut arms = Vec::new();
    let mut sum = 0;
    let mut broken = false;
    for item in &block.body.items {
        let (share, value) = match &item.shape {
            Shape::Field(field) => match &field.key {
                Key::Percent(share) => (share, &field.value),
                _ => {
                    broken = true;
                    no_arm(item.span, file, problems);
                    continue;
                }
            },
            Shape::Unreadable(_) => {
                broken = true;
                continue;
            }
            _ => {
                broken = true;
                no_arm(item.span, file, problems);
                continue;
            }
        };
        let millionths = millionths(share, file, problems);
        let next = match value {
            Value::Outcome(outcome) => {
                reader.outcome(outcome, At { span: item.span, ..at }, scope, problems)
            }
            _ => {
                no_arm(value_span(value).unwrap_or(item.span), file, problems);
                None
            }
        };
        let line = scope.line(file, item.span, print_item(item));
        match (millionths, next) {
            (Some(share), Some(next)) => {
                sum += u64::from(share);
                arms.push(Arm { share, next, line });
            }
            _ => broken = true,
        }
    }
    if broken {
        return None;
    }
    if sum != WHOLE && !mutant!("shares_of_a_split_need_not_add_up") {
        #[allow(clippy::cast_precision_loss, reason = "shown to people, and far below 2^52")]
        let percent = sum as f64 / 10_000.0;
        problems.push(
            Diagnostic::new(
                Code("E1018"),
                file.name(),
                heading,
                format!("these shares add up to {percent}%"),
                "everybody goes exactly one way",
            )
            .advice("change the shares so that they add up to 100%"),
        );
        return None;
    }
    Some(Does::Split { arms })
}

fn no_arm(span: Span, file: &Source, problems: &mut Problems) {
    problems.push(
        Diagnostic::new(
            Code("E1018"),
            file.name(),
            span,
            "this is no share with its way",
            "a split has lines with a percentage and what happens to so many",
        )
        .paste("50%: continue"),
    );
}

/// A share that is above zero, with four decimals at most.
fn millionths(share: &Literal, file: &Source, problems: &mut Problems) -> Option<u32> {
    let raw = share.raw.trim_end_matches('%');
    let (whole, part) = raw.split_once('.').unwrap_or((raw, ""));
    let digits = part.trim_end_matches('0');
    let read = (digits.len() <= 4)
        .then(|| format!("{whole}{digits:0<4}").parse::<u32>().ok())
        .flatten()
        .filter(|found| (1..=1_000_000).contains(found));
    if read.is_none() {
        problems.push(
            Diagnostic::new(
                Code("E1018"),
                file.name(),
                share.span,
                format!("`{}` is no share", share.raw),
                "a share is above 0%, at most 100%, and has four decimals at most",
            )
            .advice("a percentage such as 50% or 33.34%"),
        );
    }
    read
}

/// `transfer to winback { if_already_in: stay }`.
pub(super) fn transfer<'b, 'a: 'b>(
    reader: &mut Steps<'_, 'b, 'a>,
    word: &Word,
    body: Option<&Body>,
    at: At,
    scope: &mut Scope<'a>,
    problems: &mut Problems,
) -> Option<Does> {
    let (file, user) = (reader.place.file, reader.place.user);
    let to = if word.text == reader.place.name {
        problems.push(
            Diagnostic::new(
                Code("E1016"),
                file.name(),
                word.span,
                "nobody can be transferred to where they are",
                "a transfer leaves this journey and enters another one",
            )
            .choice("go to steps", at.span, "go to steps")
            .advice("go back to the beginning, or name another journey"),
        );
        None
    } else {
        scope.find(Kind::Journey, word, file, user, problems)
    };
    let what = format!("transfer to `{}`", word.text);
    let empty = Body { span: word.span, ..Body::default() };
    let expected = [may("if_already_in", "if_already_in: stay")];
    let fields = Fields::read(
        body.unwrap_or(&empty),
        file,
        &what,
        word.span,
        &expected,
        Blocks::None,
        problems,
    );
    let how = match fields.value("if_already_in") {
        Some(Value::Atom(Atom::Word(word))) if word.text == "stay" => IfAlreadyIn::Stay,
        Some(Value::Atom(Atom::Word(word))) if word.text == "restart" => IfAlreadyIn::Restart,
        Some(Value::Atom(Atom::Word(word))) if word.text == "refuse" => IfAlreadyIn::Refuse,
        Some(_) => {
            fields.wrong("if_already_in", "stay, restart or refuse", problems);
            return None;
        }
        None => {
            problems.push(
                Diagnostic::new(
                    Code("E1016"),
                    file.name(),
                    word.span,
                    format!("what if somebody is in `{}` already?", word.text),
                    "the run there stays, begins anew, or takes nobody",
                )
                .paste(format!("transfer to {} {{ if_already_in: stay }}", word.text))
                .paste(format!("transfer to {} {{ if_already_in: restart }}", word.text))
                .paste(format!("transfer to {} {{ if_already_in: refuse }}", word.text)),
            );
            return None;
        }
    };
    let refused = match how {
        IfAlreadyIn::Refuse => Some(reader.behind(at, problems)?),
        IfAlreadyIn::Stay | IfAlreadyIn::Restart => None,
    };
    Some(Does::Transfer { to: to?, if_already_in: how, carries: Vec::new(), refused })
}
