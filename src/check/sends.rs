//! What a scenario does by hand: `send`, `withdraw consent`, `grant consent`; and what blocks a treatment, by its word.
//!
//! In: the words of a step. Out: what happens, or a stage and a name. A step that could never come out otherwise is
//! an error. Knows nothing of the other steps.

use super::action::{ReadAction, message_channels};
use super::nearest::{listed, nearest};
use super::rules::{ScenarioAct, ScenarioExpect};
use super::scope::{Kind, Problems, Scope};
use crate::decision::Stage;
use crate::diagnostic::{Code, Diagnostic};
use crate::mutant::mutant;
use crate::syntax::ast::{Expect, Item, Word};
use crate::syntax::{Source, Span};

/// `send fibre_upgrade by sms`.
pub(super) fn send(
    (action, channel): (&Word, &Word),
    actions: &[Option<ReadAction<'_>>],
    (file, user): (&Source, &str),
    scope: &mut Scope<'_>,
    problems: &mut Problems,
) -> Option<ScenarioAct> {
    let found = scope.find(Kind::Action, action, file, user, problems);
    let by = scope.find(Kind::Channel, channel, file, user, problems);
    let (index, by) = (found?, by?);
    let read = actions.get(index)?.as_ref()?;
    if message_channels(read.def).all(|word| word.text != channel.text) {
        problems.push(
            Diagnostic::new(
                Code("E0521"),
                file.name(),
                channel.span,
                format!("`{}` has no message on `{}`", action.text, channel.text),
                "without one nothing can be sent there",
            )
            .also(read.def.file.name(), read.def.name_span(), "defined here")
            .advice(format!("give it a message on `{}`, or send it by another one", channel.text)),
        );
        return None;
    }
    Some(ScenarioAct::Send { action: index, channel: by })
}

/// `withdraw consent sms for marketing`.
pub(super) fn consent(
    (channel, purpose): (&Word, Option<&Word>),
    granted: bool,
    (file, user): (&Source, &str),
    scope: &mut Scope<'_>,
    problems: &mut Problems,
) -> Option<ScenarioAct> {
    let found = scope.find(Kind::Channel, channel, file, user, problems);
    let named = purpose.map(|word| scope.find(Kind::Purpose, word, file, user, problems));
    let index = found?;
    let named = match named {
        Some(found) => Some(found?),
        None => None,
    };
    let mut asked = scope.purposes.iter().enumerate();
    let needed = asked.any(|(at, purpose)| {
        named.is_none_or(|named| named == at) && purpose.consent_needed.contains(&index)
    });
    if !needed && !mutant!("consent_may_be_nobodys") {
        let name = &channel.text;
        let headline = match purpose {
            Some(word) => format!("purpose `{}` needs no consent on `{name}`", word.text),
            None => format!("no purpose needs consent on `{name}`"),
        };
        problems.push(
            Diagnostic::new(
                Code("E0536"),
                file.name(),
                channel.span,
                headline,
                "so giving it or taking it away changes nothing",
            )
            .advice("name a channel that stands in `consent_needed`"),
        );
        return None;
    }
    Some(ScenarioAct::Consent { channel: index, purpose: named, granted })
}

/// What a send is expected to come to.
pub(super) fn of_a_send(
    expected: &Expect,
    item: &Item,
    file: &Source,
    user: &str,
    scope: &mut Scope<'_>,
    problems: &mut Problems,
) -> Option<ScenarioExpect> {
    match expected {
        Expect::Sent(None, None) => Some(ScenarioExpect::Sent),
        Expect::Blocked { action: None, reason, name } => {
            let (stage, name) = blocked_by(reason, name.as_ref(), file, user, scope, problems)?;
            Some(ScenarioExpect::Refused { stage, name })
        }
        Expect::Blocked { action: Some(word), .. } | Expect::Sent(Some(word), _) => {
            let headline = "this line already says what is sent".to_owned();
            let why = "the expectation is of this send, and names it not again";
            problems.push(
                Diagnostic::new(Code("E0533"), file.name(), word.span, headline, why)
                    .advice("expect sent, or expect blocked by who"),
            );
            None
        }
        _ => {
            problems.push(
                Diagnostic::new(
                    Code("E0533"),
                    file.name(),
                    item.span,
                    "a send is not answered like a question",
                    "it goes out, or it is blocked",
                )
                .advice("expect sent, or expect blocked by who"),
            );
            None
        }
    }
}

/// A question that is expected to send something, or to be blocked as a whole.
pub(super) fn no_send(expected: &Expect, item: &Item, file: &Source, problems: &mut Problems) {
    let (headline, why, advice) = match expected {
        Expect::Sent(..) => (
            "a question sends nothing",
            "it is answered, and nothing else happens",
            "expect shown fibre_upgrade",
        ),
        _ => (
            "this does not say which action is blocked",
            "a question has many candidates",
            "expect fibre_upgrade blocked by who",
        ),
    };
    problems
        .push(Diagnostic::new(Code("E0533"), file.name(), item.span, headline, why).advice(advice));
}

/// The words that something is blocked by.
const WORDS: [&str; 10] = [
    "dates",
    "who",
    "never",
    "limits",
    "repeat",
    "pause",
    "budget",
    "consent",
    "send_hours",
    "content",
];

/// `blocked by send_hours daytime`: the stage and the name.
pub(super) fn blocked_by(
    reason: &Word,
    name: Option<&Word>,
    file: &Source,
    user: &str,
    scope: &mut Scope<'_>,
    problems: &mut Problems,
) -> Option<(Stage, Option<String>)> {
    let word = reason.text.as_str();
    if let ("repeat" | "pause", false) = (word, mutant!("repeat_is_any_limit")) {
        nameless(reason, name, file, problems)?;
        return Some((Stage::ContactPolicy, Some(word.to_owned())));
    }
    // What this would be blocked by does not exist yet.
    if word == "holdout" {
        problems.push(
            Diagnostic::new(
                Code("E0901"),
                file.name(),
                reason.span,
                format!("`blocked by {word}` is not yet supported"),
                "nothing that is written may be silently ignored, so these rules do not load",
            )
            .advice("leave it out for now"),
        );
        return None;
    }
    let Some(stage) = Stage::named(word) else {
        unknown(reason, file, problems);
        return None;
    };
    let kind = match stage {
        Stage::Hours => Some(Kind::SendHours),
        Stage::Consent => Some(Kind::Channel),
        Stage::ContactPolicy => Some(Kind::Limits),
        Stage::Content => None,
        _ => {
            nameless(reason, name, file, problems)?;
            None
        }
    };
    if let (Some(kind), Some(name)) = (kind, name) {
        scope.find(kind, name, file, user, problems)?;
    }
    Some((stage, name.map(|word| word.text.clone())))
}

/// There is one of it, so it has no name.
fn nameless(
    reason: &Word,
    name: Option<&Word>,
    file: &Source,
    problems: &mut Problems,
) -> Option<()> {
    let Some(name) = name else { return Some(()) };
    let span = Span::new(reason.span.start as usize, name.span.end as usize);
    let word = reason.text.clone();
    problems.push(
        Diagnostic::new(
            Code("E0535"),
            file.name(),
            span,
            format!("`{word}` has no name"),
            "every action has one at most",
        )
        .fix(word.clone(), span, word),
    );
    None
}

fn unknown(reason: &Word, file: &Source, problems: &mut Problems) {
    let headline = format!("nothing is blocked by `{}`", reason.text);
    let found =
        |why: String| Diagnostic::new(Code("E0535"), file.name(), reason.span, &*headline, why);
    problems.push(match nearest(&reason.text, WORDS) {
        Some(near) => found(format!("the closest is `{near}`")).fix(near, reason.span, near),
        None => found(format!("an action is blocked by {}", listed(&WORDS, "or")))
            .advice("fibre_upgrade blocked by who"),
    });
}
