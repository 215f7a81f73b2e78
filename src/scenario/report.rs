//! Failing scenarios as problems an author can mend.

use crate::check::Rules;
use crate::check::rules::Line;
use crate::decision::{Candidate, Explanation, Reason, Stage, Standing, Trace};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, source_of};
use crate::syntax::{Source, Span};
use crate::value::{Type, Typed};

use super::{Failure, FailureKind, ScenarioResult};

/// One problem per step that did not come out as expected.
pub(super) fn diagnostics(results: &[ScenarioResult], sources: &[Source]) -> Diagnostics {
    let found = results.iter().flat_map(|result| {
        result.failures.iter().map(|failure| diagnostic(&result.name, failure, sources))
    });
    Diagnostics::new(found.collect())
}

fn diagnostic(name: &str, failure: &Failure, sources: &[Source]) -> Diagnostic {
    let Failure { kind, line, expected, got, because } = failure;
    let span =
        source_of(sources, &line.file).map_or(Span::new(0, 0), |source| span(source.text(), line));
    let played = *kind == FailureKind::Answer;
    let code = if played { Code("E0801") } else { Code("E0802") };
    let headline = format!("\"{name}\" expected `{expected}`, got `{got}`");
    let mut because = because.iter();
    let why = because.next().cloned().unwrap_or_else(|| format!("the answer was {got}"));
    let mut found = Diagnostic::new(code, &line.file, span, headline, why);
    for more in because {
        found = found.note(more.clone());
    }
    if played {
        found = found.note("the running rules stay unchanged");
        found.advice(format!("correct the rule, or the expectation: `expect {got}`"))
    } else {
        found.advice("give the step what the rules ask for")
    }
}

/// The bytes of a step: from its column to the end of its line.
fn span(text: &str, line: &Line) -> Span {
    let mut start = 0;
    for (number, whole) in (1_u32..).zip(text.split_inclusive('\n')) {
        if number == line.line {
            let column = (line.column as usize).saturating_sub(1);
            let skipped: usize = whole.chars().take(column).map(char::len_utf8).sum();
            let end = start + whole.trim_end().len();
            return Span::new((start + skipped).min(end), end);
        }
        start += whole.len();
    }
    Span::new(text.len(), text.len())
}

/// Why an answer that was to be empty is not: for each action shown, the lines that held, and what would have had
/// to refuse it.
pub(super) fn why_shown(found: &Explanation) -> Vec<String> {
    let chosen = found
        .candidates
        .iter()
        .filter(|candidate| matches!(candidate.standing, Standing::Chosen { .. }));
    chosen.flat_map(|candidate| lines_that_held(candidate, &found.placement)).collect()
}

fn lines_that_held(candidate: &Candidate, placement: &str) -> Vec<String> {
    let Candidate { action, channel, .. } = candidate;
    if candidate.fallback {
        return vec![format!(
            "`{action}` is the fallback of `{placement}`, which has no `who`: with `fallback: nothing` the answer would be empty"
        )];
    }
    let said = |trace: &Trace| {
        let Trace { line, seen, answered, .. } = trace;
        let value = match (seen, answered) {
            (_, true) => ", as its `(if_unknown)` says".to_owned(),
            (Some(seen), false) => format!(", the value is {seen}"),
            (None, false) => String::new(),
        };
        format!("`{}`{value} ({} line {})", line.text, line.file, line.line)
    };
    let mut why: Vec<String> = Vec::new();
    let who = candidate.who.iter().take(LINES).map(|trace| format!("{} held", said(trace)));
    let never =
        candidate.never.iter().take(LINES).map(|trace| format!("{} did not hold", said(trace)));
    why.extend(who.map(|line| format!("`who` of `{action}`: {line}")));
    why.extend(never.map(|line| format!("`never` of `{action}`: {line}")));
    why.push(if candidate.who.is_empty() && candidate.never.is_empty() {
        format!("`{action}` has no `who` and no `never`, so dates, consent, hours or content on {channel} would have had to refuse it")
    } else {
        format!("one of the lines of `who` would have had to fail, or one of `never` to hold; dates, consent, hours and content on {channel} passed as well")
    });
    why
}

/// How many lines of a list are shown.
const LINES: usize = 12;

/// What became of a treatment that was expected, one sentence per reason.
pub(super) fn standing(candidate: &Candidate, rules: &Rules) -> Vec<String> {
    let Candidate { action, channel, .. } = candidate;
    match &candidate.standing {
        Standing::Chosen { rank } => {
            vec![format!("`{action}` was shown on {channel}, rank {rank}")]
        }
        Standing::OtherChannel { channel: better } => {
            vec![format!("`{action}` was better placed on {better} than on {channel}")]
        }
        Standing::Crowded { by, name } => vec![format!(
            "`{action}` passed on {channel}, but better ones of {} `{name}` fill its share",
            by.word()
        )],
        Standing::Outranked { by, margin } => {
            let money = Type::Money { currency: rules.workspace.currency, range: None };
            vec![if by.is_empty() {
                format!("`{action}` passed on {channel}")
            } else if *margin == 0.0 {
                format!("`{action}` stands behind `{by}` on {channel}")
            } else {
                let margin = minor(*margin).show(&money);
                format!("`{by}` scores {margin} more than `{action}`")
            }]
        }
        Standing::Blocked { reasons } => {
            reasons.iter().map(|reason| sentence(action, channel, reason)).collect()
        }
    }
}

/// A reason as an expectation would name it.
pub(super) fn word(reason: &Reason) -> String {
    super::by(reason.stage, reason.name.as_deref())
}

pub(super) fn sentence(action: &str, channel: &str, reason: &Reason) -> String {
    let text = &reason.text;
    let place = reason.line.as_ref().map(|line| format!(" ({} line {})", line.file, line.line));
    let until = reason.until.map(|until| format!(", until {until}"));
    let (place, until) = (place.unwrap_or_default(), until.unwrap_or_default());
    match reason.stage {
        Stage::ContactPolicy | Stage::Budget => {
            format!("{} blocked `{action}` on {channel}: {text}{place}{until}", word(reason))
        }
        Stage::Who | Stage::Never => {
            format!("`{}` of `{action}` failed: {}", reason.stage.word(), reason.text)
        }
        stage => format!("{} blocked `{action}` on {channel}: {}", stage.word(), reason.text),
    }
}

#[allow(clippy::cast_possible_truncation, reason = "shown to people, rounded to whole minor units")]
fn minor(margin: f64) -> Typed {
    Typed::Money(margin.round_ties_even() as i64)
}
