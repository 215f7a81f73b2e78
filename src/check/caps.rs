//! Caps, pauses and budgets: one line each, wherever it stands.
//!
//! In: `at most 3 per 7 days on email`, `after 3 rejected in the last 30 days pause 60 days`. Out: a [`Cap`], a
//! [`Pause`] or a [`Budget`]. What a line leaves open (a week, a list of channels) is asked, never guessed. Knows
//! nothing of what a line applies to.

use std::collections::BTreeSet;

use super::fields::atoms;
use super::literal::atom_span;
use super::nearest::{listed, nearest};
use super::rules::{Budget, CalendarUnit, Cap, CapPer, KEPT_DAYS, Line, Outcome, Pause};
use super::scope::{Kind, Problems, Scope};
use super::spans::{self, count, days_of, word};
use crate::diagnostic::{Code, Diagnostic};
use crate::mutant::mutant;
use crate::syntax::ast::{self, Atom, CapShare, Duration, Entries, Literal, Unit};
use crate::syntax::{Source, Span};
use crate::value::{DAY, MINUTE};

/// What a length is for: that says what may be written instead.
#[derive(Clone, Copy, PartialEq, Eq)]
enum For {
    Limit,
    Budget,
    Pause,
}

/// The place a line stands in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spot<'b, 's> {
    /// Its file.
    pub(crate) file: &'b Source,
    /// `limits pressure`, `action offer`: who refers to what the line names.
    pub(crate) user: &'s str,
    /// The whole line, as `explain` shows it.
    pub(crate) line: &'s Line,
}

/// A cap, with the words of its channels.
#[derive(Debug)]
pub(crate) struct ReadCap<'b> {
    pub(crate) cap: Cap,
    /// The channels as they are named, with their indexes.
    pub(crate) named: Vec<(usize, &'b ast::Word)>,
}

/// Reads one cap; `None` where something is wrong with it, which is reported.
pub(crate) fn cap<'b>(
    written: &'b ast::Cap,
    spot: Spot<'b, '_>,
    scope: &mut Scope<'_>,
    problems: &mut Problems,
) -> Option<ReadCap<'b>> {
    let file = spot.file;
    let most = most(&written.most, "at most", file, problems);
    let per = match &written.per {
        ast::CapPer::Duration(duration) if duration.calendar => {
            several_units(duration, For::Limit, scope, file, problems);
            None
        }
        ast::CapPer::Duration(duration) => rolling(duration, For::Limit, scope, file, problems)
            .map(|micros| CapPer::Rolling { micros }),
        ast::CapPer::Calendar(unit) => {
            calendar(*unit, written.span, scope, file, problems).map(CapPer::Calendar)
        }
        ast::CapPer::Word(word) => {
            two_meanings(word, For::Limit, scope, file, problems);
            None
        }
        ast::CapPer::Total => Some(CapPer::Total),
    };
    let on = written.on.as_ref().map(|on| channels(on, spot, scope, problems));
    let (named, each) = match on {
        Some(read) => read?,
        None => (Vec::new(), false),
    };
    let channels = written.on.as_ref().map(|_| named.iter().map(|(index, _)| *index).collect());
    let cap = Cap {
        most: u32::try_from(most?).ok()?,
        shown: written.counted == Some(ast::Counted::Shown) && !mutant!("shown_is_read_as_sent"),
        per: per?,
        channels,
        each,
        line: spot.line.clone(),
    };
    Some(ReadCap { cap, named })
}

/// How many: a whole number from 1.
fn most(literal: &Literal, before: &str, file: &Source, problems: &mut Problems) -> Option<u64> {
    let raw = &literal.raw;
    let number = raw.parse::<u64>().ok();
    if let Some(number) = number.filter(|number| (1..=u64::from(u32::MAX)).contains(number)) {
        return Some(number);
    }
    let report = |headline: String, why: &str| {
        Diagnostic::new(Code("E0541"), file.name(), literal.span, headline, why)
    };
    problems.push(if number == Some(0) && before == "after" {
        report("`after 0` waits for nothing".into(), "a pause follows what happened")
            .advice("a whole number such as 1")
    } else if number == Some(0) {
        report("`at most 0` lets nothing through".into(), "what must never be sent needs no limit")
            .advice("a whole number such as 1, or remove what shall not be sent")
    } else if raw.contains('.') {
        let whole = raw.split('.').next().filter(|whole| *whole != "0").unwrap_or("1");
        report(format!("{raw} cannot be counted"), "a limit counts whole contacts").choice(
            whole,
            literal.span,
            whole,
        )
    } else {
        report(
            format!("{raw} is no number that a limit can have"),
            "a limit is a whole number from 1 to 4294967295",
        )
        .advice("a whole number such as 3")
    });
    None
}

/// `per 2 calendar months`: a limit counts anew with each unit, and has one.
fn several_units(
    duration: &Duration,
    what: For,
    scope: &Scope<'_>,
    file: &Source,
    problems: &mut Problems,
) -> Option<()> {
    let times = count(file, duration, problems)?;
    let one = format!("calendar {}", word(duration.unit, 1));
    let days = days_of(duration.unit).map(|days| times.saturating_mul(days));
    let found = Diagnostic::new(
        Code("E0542"),
        file.name(),
        duration.span,
        format!("a limit counts by one calendar {}", word(duration.unit, 1)),
        "it begins anew with each, and nobody could say where several of them begin",
    );
    let shown = |text: &str| scope.line_with(file, duration.span, text);
    problems.push(match days {
        _ if times == 1 && days.is_some() => found.fix(shown(&one), duration.span, one),
        Some(days) => {
            let days = format!("{days} days");
            let found = found.choice(shown(&one), duration.span, one.clone());
            if what == For::Budget {
                found
            } else {
                found.choice(shown(&days), duration.span, days.clone())
            }
        }
        None if what == For::Budget => {
            let text = "calendar day";
            found.choice(shown(text), duration.span, text)
        }
        None => {
            let text = format!("{times} {}", word(duration.unit, times));
            found.choice(shown(&text), duration.span, text.clone())
        }
    });
    Some(())
}

/// A length that is counted from now, in microseconds: no longer than contacts are kept.
fn rolling(
    duration: &Duration,
    what: For,
    scope: &Scope<'_>,
    file: &Source,
    problems: &mut Problems,
) -> Option<i64> {
    let times = count(file, duration, problems)?;
    let unit = match duration.unit {
        Unit::Minute => MINUTE,
        Unit::Hour => 60 * MINUTE,
        Unit::Day => DAY,
        Unit::Week => 7 * DAY,
        Unit::Month | Unit::Quarter | Unit::Year => {
            differ(duration, times, what == For::Limit, scope, file, problems);
            return None;
        }
    };
    let micros = i64::from(times).checked_mul(unit)?;
    if micros > KEPT_DAYS * DAY && !mutant!("a_limit_may_reach_further_than_kept") {
        let most = format!("{KEPT_DAYS} days");
        let kept = if what == For::Pause { "outcomes" } else { "contacts" };
        let found = Diagnostic::new(
            Code("E0549"),
            file.name(),
            duration.span,
            format!("{kept} are kept for {KEPT_DAYS} days"),
            "what lies further back is forgotten, and would not be counted",
        )
        .choice(scope.line_with(file, duration.span, &most), duration.span, most.clone());
        problems.push(if what == For::Pause {
            found
        } else {
            found.advice(format!("{most} or less, or `in total`, which is kept for ever"))
        });
        return None;
    }
    Some(micros)
}

/// Months, quarters and years that are counted from now.
fn differ(
    duration: &Duration,
    times: u32,
    may_be_calendar: bool,
    scope: &Scope<'_>,
    file: &Source,
    problems: &mut Problems,
) {
    let days = days_of(duration.unit).unwrap_or(1).saturating_mul(times);
    let days = format!("{days} days");
    let line = |text: &str| scope.line_with(file, duration.span, text);
    let plural = word(duration.unit, 2);
    let found = Diagnostic::new(
        Code("E0310"),
        file.name(),
        duration.span,
        format!("{plural} differ in length"),
        if may_be_calendar {
            "a length that is counted from now needs days, or the word `calendar`"
        } else {
            "a length that is counted from now needs days"
        },
    )
    .choice(line(&days), duration.span, days.clone());
    let one = format!("calendar {}", word(duration.unit, 1));
    problems.push(if may_be_calendar && times == 1 {
        found.choice(line(&one), duration.span, one.clone())
    } else {
        found
    });
}

/// `per calendar month`.
fn calendar(
    unit: Unit,
    span: Span,
    scope: &Scope<'_>,
    file: &Source,
    problems: &mut Problems,
) -> Option<CalendarUnit> {
    if let Some(found) = spans::calendar(unit) {
        return Some(found);
    }
    let text = file.text().get(span.range()).unwrap_or("");
    let at = text.find("calendar").unwrap_or(0);
    let end = text.get(at..).and_then(|rest| rest.find(word(unit, 1)));
    let end = at + end.unwrap_or(0) + word(unit, 1).len();
    let start = span.start as usize;
    let wrong = Span::new(start + at, start + end);
    let right = format!("1 {}", word(unit, 1));
    problems.push(
        Diagnostic::new(
            Code("E0311"),
            file.name(),
            wrong,
            "hours and minutes have no calendar",
            "the calendar has days, weeks, months, quarters and years",
        )
        .choice(scope.line_with(file, wrong, &right), wrong, right.clone()),
    );
    None
}

/// Mistake 11: `per week` is seven days back from each send, or Monday to Sunday.
fn two_meanings(
    written: &ast::Word,
    what: For,
    scope: &Scope<'_>,
    file: &Source,
    problems: &mut Problems,
) {
    let text = written.text.as_str();
    let choices = match text.trim_end_matches('s') {
        "day" => Some(("24 hours", "calendar day", "midnight to midnight")),
        "week" => Some(("7 days", "calendar week", "Monday to Sunday")),
        "month" => Some(("30 days", "calendar month", "the first of a month to its last")),
        "quarter" => Some(("90 days", "calendar quarter", "January to March, and so on")),
        "year" => Some(("365 days", "calendar year", "January to December")),
        _ => None,
    };
    let line = |right: &str| scope.line_with(file, written.span, right);
    let report = |headline: String, why: String| {
        Diagnostic::new(Code("E0551"), file.name(), written.span, headline, why)
    };
    if what == For::Budget {
        // What rolls is no way out for a budget.
        let right = choices.map_or("calendar day", |(_, calendar, _)| calendar);
        problems.push(
            report(
                format!("a budget is not given per `{text}`"),
                "it is given anew with each unit of the calendar, or once".into(),
            )
            .choice(line(right), written.span, right),
        );
        return;
    }
    problems.push(match (choices, text) {
        (Some((back, calendar, how)), _) => report(
            format!("`{text}` can mean two things"),
            format!("{back} back from each send, or {how}"),
        )
        .choice(line(back), written.span, back)
        .choice(line(calendar), written.span, calendar),
        (None, "hour" | "hours" | "minute" | "minutes") => {
            let right = format!("1 {}", text.trim_end_matches('s'));
            report(format!("`{text}` is no length"), "a length has a number".into()).fix(
                line(&right),
                written.span,
                right,
            )
        }
        (None, "line" | "product" | "owner" | "purpose" | "stage") => report(
            format!("this limit is not over time, but over `{text}`"),
            "how many of a kind one answer may hold is said by its placement".into(),
        )
        .advice("put it into the placement, or say over what time: `per 7 days`"),
        (None, _) => report(
            format!("nothing can be limited per `{text}`"),
            "a limit is over a time that ends now, over a calendar unit, or in total".into(),
        )
        .choice(line("7 days"), written.span, "7 days")
        .choice(line("calendar week"), written.span, "calendar week"),
    });
}

/// Channels as they are named, and whether each is counted by itself.
type On<'b> = (Vec<(usize, &'b ast::Word)>, bool);

fn channels<'b>(
    on: &'b ast::CapOn,
    spot: Spot<'b, '_>,
    scope: &mut Scope<'_>,
    problems: &mut Problems,
) -> Option<On<'b>> {
    let file = spot.file;
    let (listed, span): (Vec<&Atom>, Span) = match &on.channels {
        Entries::One(atom) => (vec![atom], atom_span(atom)),
        Entries::Many(list) => (atoms(file, "channels", list, problems)?, list.span),
    };
    let mut named = Vec::new();
    let mut complete = true;
    for atom in &listed {
        if let Atom::Word(word) = atom {
            match scope.find(Kind::Channel, word, file, spot.user, problems) {
                Some(index) => named.push((index, word)),
                None => complete = false,
            }
        } else {
            complete = false;
            problems.push(
                Diagnostic::new(
                    Code("E0214"),
                    file.name(),
                    atom_span(atom),
                    "a limit names its channels",
                    "this is not the name of a channel",
                )
                .advice("on email, or on [email, sms] together"),
            );
        }
    }
    let text = file.text().get(span.range()).unwrap_or("").to_owned();
    let whole = whole_of(on, span, file);
    match (listed.len(), on.share) {
        (1, Some(_)) => {
            let alone = listed.first().map_or(span, |atom| atom_span(atom));
            let alone = file.text().get(alone.range()).unwrap_or("").to_owned();
            let line = scope.line_with(file, whole, &alone);
            let share = share_word(on.share);
            problems.push(
                Diagnostic::new(
                    Code("E0543"),
                    file.name(),
                    whole,
                    format!("one channel is not counted `{share}`"),
                    "the word says how several channels share a limit",
                )
                .fix(line, whole, alone),
            );
            return None;
        }
        (2.., None) if !mutant!("a_list_needs_no_share") => {
            let both = |share: &str| format!("{text} {share}");
            let line = |share: &str| scope.line_with(file, span, &both(share));
            problems.push(
                Diagnostic::new(
                    Code("E0543"),
                    file.name(),
                    span,
                    "this does not say how the channels share the limit",
                    "so many on all of them, or so many on each",
                )
                .choice(line("together"), span, both("together"))
                .choice(line("each"), span, both("each")),
            );
            return None;
        }
        _ => {}
    }
    named.sort_by_key(|(index, _)| *index);
    complete.then_some((named, on.share == Some(CapShare::Each)))
}

fn share_word(share: Option<CapShare>) -> &'static str {
    if share == Some(CapShare::Each) { "each" } else { "together" }
}

/// The channels with the word behind them.
fn whole_of(on: &ast::CapOn, channels: Span, file: &Source) -> Span {
    let share = share_word(on.share);
    let end = channels.end as usize;
    let rest = file.text().get(end..).unwrap_or("");
    let found = rest.find(share).filter(|_| on.share.is_some());
    Span::new(channels.start as usize, end + found.map_or(0, |at| at + share.len()))
}

/// `budget: at most 500 per calendar day`: of all customers, so without channels and in whole periods.
pub(crate) fn budget(
    written: &ast::Cap,
    spot: Spot<'_, '_>,
    scope: &Scope<'_>,
    problems: &mut Problems,
) -> Option<Budget> {
    let file = spot.file;
    let most = most(&written.most, "at most", file, problems);
    let refuse = |headline: &str, why: &str, problems: &mut Problems| {
        problems.push(
            Diagnostic::new(Code("E0547"), file.name(), written.span, headline, why)
                .paste(format!("budget: at most {} per calendar day", written.most.raw))
                .paste(format!("budget: at most {} in total", written.most.raw)),
        );
    };
    if written.on.is_some() {
        let why = "it is there to be given away, on whatever channel";
        refuse("a budget has no channels", why, problems);
        return None;
    }
    if written.counted.is_some() {
        let why = "a unit is taken when the action is reserved, and used when it is sent";
        refuse("a budget does not count what was shown or sent", why, problems);
        return None;
    }
    let per = match &written.per {
        ast::CapPer::Total => None,
        ast::CapPer::Calendar(unit) => Some(calendar(*unit, written.span, scope, file, problems)?),
        ast::CapPer::Duration(duration) if duration.calendar => {
            several_units(duration, For::Budget, scope, file, problems);
            return None;
        }
        ast::CapPer::Duration(_) if mutant!("a_budget_may_roll") => None,
        ast::CapPer::Duration(_) => {
            let why = "it is given anew with each calendar period, or once";
            refuse("a budget does not roll", why, problems);
            return None;
        }
        ast::CapPer::Word(word) => {
            two_meanings(word, For::Budget, scope, file, problems);
            return None;
        }
    };
    Some(Budget { most: most?, per, line: spot.line.clone() })
}

/// Reads one pause; `None` where something is wrong with it, which is reported.
pub(crate) fn pause(
    written: &ast::Pause,
    spot: Spot<'_, '_>,
    scope: &Scope<'_>,
    problems: &mut Problems,
) -> Option<Pause> {
    let file = spot.file;
    let times = most(&written.count, "after", file, problems);
    let outcome = outcome(&written.outcome, file, problems);
    let reach = if written.reach.next {
        let span = written.reach.duration.span;
        problems.push(
            Diagnostic::new(
                Code("E0548"),
                file.name(),
                span,
                "what comes next cannot be counted",
                "a pause follows what happened",
            )
            .advice("`in the last` instead of `in the next`"),
        );
        None
    } else {
        back(&written.reach.duration, scope, file, problems)
    };
    let length = back(&written.pause, scope, file, problems);
    let (reach, length) = (reach?, length?);
    let times = u32::try_from(times?).ok()?;
    // What was counted must be remembered up to the end of the pause.
    if times > 1 && reach.saturating_add(length) > KEPT_DAYS * DAY {
        problems.push(
            Diagnostic::new(
                Code("E0549"),
                file.name(),
                written.pause.span,
                format!("outcomes are kept for {KEPT_DAYS} days"),
                "the first of those that are counted would be forgotten before the pause ends",
            )
            .advice(format!("both lengths together are {KEPT_DAYS} days at most")),
        );
        return None;
    }
    Some(Pause { count: times, outcome: outcome?, reach, pause: length, line: spot.line.clone() })
}

/// A length of a pause: counted from now, never by the calendar.
fn back(
    duration: &Duration,
    scope: &Scope<'_>,
    file: &Source,
    problems: &mut Problems,
) -> Option<i64> {
    if !duration.calendar {
        return rolling(duration, For::Pause, scope, file, problems);
    }
    let times = count(file, duration, problems)?;
    let right = match days_of(duration.unit) {
        Some(days) => format!("{} days", days.saturating_mul(times)),
        None => format!("{times} {}", word(duration.unit, times)),
    };
    problems.push(
        Diagnostic::new(
            Code("E0548"),
            file.name(),
            duration.span,
            "a pause is not counted by the calendar",
            "it begins with what happened, at whatever hour that was",
        )
        .choice(scope.line_with(file, duration.span, &right), duration.span, right.clone()),
    );
    None
}

fn outcome(written: &ast::Word, file: &Source, problems: &mut Problems) -> Option<Outcome> {
    if let Some(outcome) = Outcome::named(&written.text) {
        return Some(outcome);
    }
    let known: Vec<&str> = Outcome::ALL.into_iter().map(Outcome::word).collect();
    let headline = format!("nobody reports that something was `{}`", written.text);
    let found =
        |why: String| Diagnostic::new(Code("E0546"), file.name(), written.span, &*headline, why);
    problems.push(match nearest(&written.text, known.iter().copied()) {
        Some(near) => found(format!("the closest is `{near}`")).fix(near, written.span, near),
        None if matches!(written.text.as_str(), "sent" | "shown") => {
            found("what was sent or shown is counted by a limit".to_owned())
                .paste("at most 3 shown per 7 days")
        }
        None => found(format!("what is reported is {}", listed(&known, "or")))
            .advice("use one of these"),
    });
    None
}

/// The channels of a cap that are not among those that could be used, each with its word.
pub(crate) fn beyond<'b>(read: &ReadCap<'b>, usable: &BTreeSet<usize>) -> Vec<&'b ast::Word> {
    let far = read.named.iter().filter(|(index, _)| !usable.contains(index));
    far.map(|(_, word)| *word).collect()
}
