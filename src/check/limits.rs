//! `limits` blocks: how often customers may be reached, and what holds messages back for a while.
//!
//! In: the blocks, the purposes and the actions. Out: [`Limits`] by name. A limit that can never apply, to nobody or
//! beside a stricter one, is told. Knows nothing of counting.

use std::collections::BTreeSet;

use super::action::ReadAction;
use super::caps::{ReadCap, Spot, beyond, cap, pause};
use super::fields::{Blocks, Expected, Fields, may};
use super::nearest::listed;
use super::rules::{CalendarUnit, Cap, CapPer, Limits, Pause};
use super::scope::{Def, Kind, Problems, Scope};
use crate::diagnostic::{Code, Diagnostic};
use crate::mutant::mutant;
use crate::syntax::ast::{Shape, Word};
use crate::syntax::{Source, Span, print_heading, print_item};
use crate::value::DAY;

const FIELDS: [Expected; 2] =
    [may("purpose", "purpose: marketing"), may("action", "action: fibre_upgrade")];

/// Names by which scenarios and reasons call something else.
const TAKEN: [&str; 2] = ["pause", "repeat"];

/// So many caps of one block are held against each other.
const MOST_COMPARED: usize = 200;

/// Reads every `limits` block.
pub(crate) fn limits(
    actions: &[Option<ReadAction<'_>>],
    scope: &mut Scope<'_>,
    problems: &mut Problems,
) -> Vec<Limits> {
    let all = scope.all("limits");
    all.into_iter().map(|(name, def)| one(&name, def, actions, scope, problems)).collect()
}

/// The caps and pauses of a block, those that could be read.
pub(crate) struct Lines<'b> {
    pub(crate) caps: Vec<(ReadCap<'b>, Span)>,
    pub(crate) pauses: Vec<Pause>,
    /// Whether a line was wrong, or could not be read at all.
    pub(crate) broken: bool,
}

/// Reads the lines of a block that limit or pause.
pub(crate) fn lines<'b>(
    def: Def<'b>,
    user: &str,
    scope: &mut Scope<'_>,
    problems: &mut Problems,
) -> Lines<'b> {
    let mut read = Lines { caps: Vec::new(), pauses: Vec::new(), broken: false };
    for item in &def.node.body.items {
        let line = scope.line(def.file, item.span, print_item(item));
        let spot = Spot { file: def.file, user, line: &line };
        match &item.shape {
            Shape::Cap(written) => match cap(written, spot, scope, problems) {
                Some(found) => read.caps.push((found, item.span)),
                None => read.broken = true,
            },
            Shape::Pause(written) => match pause(written, spot, scope, problems) {
                Some(found) => read.pauses.push(found),
                None => read.broken = true,
            },
            Shape::Unreadable(_) => read.broken = true,
            _ => {}
        }
    }
    read
}

fn one(
    name: &str,
    def: Def<'_>,
    actions: &[Option<ReadAction<'_>>],
    scope: &mut Scope<'_>,
    problems: &mut Problems,
) -> Limits {
    let (file, user) = (def.file, format!("limits {name}"));
    let what = format!("limits `{name}`");
    taken(name, def, problems);
    let is_own = |shape: &Shape| matches!(shape, Shape::Cap(_) | Shape::Pause(_));
    let body = &def.node.body;
    let (at, none) = (def.name_span(), Blocks::None);
    let fields = Fields::read_beside(body, file, (&what, at), &FIELDS, none, is_own, problems);
    let mut index = |kind, key: &str, problems: &mut Problems| {
        fields.value(key)?;
        let words = fields.words(key, problems).unwrap_or_default();
        let found = words.into_iter().map(|word| scope.find(kind, word, file, &user, problems));
        let found: Vec<Option<usize>> = found.collect();
        Some((found.contains(&None), found.into_iter().flatten().collect::<BTreeSet<usize>>()))
    };
    let (purposes, bounds) =
        (index(Kind::Purpose, "purpose", problems), index(Kind::Action, "action", problems));
    let unknown = |read: &Option<(bool, BTreeSet<usize>)>| read.as_ref().is_some_and(|r| r.0);
    let read = lines(def, &user, scope, problems);
    let complete = !unknown(&purposes) && !unknown(&bounds);
    let limits = Limits {
        name: name.to_owned(),
        description: def.description(),
        purposes: purposes.map(|read| read.1),
        actions: bounds.map(|read| read.1),
        caps: read.caps.iter().map(|(read, _)| read.cap.clone()).collect(),
        pauses: read.pauses,
        line: scope.line(file, def.name_span(), print_heading(def.node)),
    };
    if read.caps.is_empty() && limits.pauses.is_empty() && !read.broken {
        problems.push(
            Diagnostic::new(
                Code("E0550"),
                file.name(),
                def.name_span(),
                format!("{what} limits nothing"),
                "it has no line that begins with `at most` or `after`",
            )
            .paste("at most 3 per 7 days"),
        );
    }
    stricter(&read.caps, file, problems);
    if complete {
        let within = Within { limits: &limits, actions, file };
        within.channels(&read.caps, scope, problems);
        within.nobody(def, scope, problems);
    }
    limits
}

/// `blocked by repeat` means something else.
fn taken(name: &str, def: Def<'_>, problems: &mut Problems) {
    if !TAKEN.contains(&name) || mutant!("limits_may_be_called_repeat") {
        return;
    }
    problems.push(
        Diagnostic::new(
            Code("E0545"),
            def.file.name(),
            def.name_span(),
            format!("no limits can be called `{name}`"),
            format!("reasons and scenarios mean the `{name}` of an action by this word"),
        )
        .advice("give them a name that says what they limit, such as `marketing_pressure`"),
    );
}

/// Limits, and what they are checked against.
struct Within<'w, 'a> {
    limits: &'w Limits,
    actions: &'w [Option<ReadAction<'a>>],
    file: &'w Source,
}

impl Within<'_, '_> {
    /// A cap on a channel that nothing within the limits can use.
    fn channels(&self, caps: &[(ReadCap<'_>, Span)], scope: &Scope<'_>, problems: &mut Problems) {
        let all = scope.purposes.iter().enumerate();
        let listed_ones = self.limits.purposes.as_ref();
        let ours = all.filter(|(index, _)| listed_ones.is_none_or(|list| list.contains(index)));
        let ours: Vec<_> = ours.map(|(_, purpose)| purpose).collect();
        let usable = ours.iter().flat_map(|p| p.consent_needed.iter().chain(&p.consent_free));
        let usable: BTreeSet<usize> = usable.copied().collect();
        let sent = self.limits.actions.as_ref().and_then(|list| {
            let named = list.iter().map(|index| self.actions.get(*index).and_then(Option::as_ref));
            let read: Option<Vec<&ReadAction<'_>>> = named.collect();
            let messages = read?.into_iter().flat_map(|read| &read.action.messages);
            Some(messages.map(|message| message.channel).collect::<BTreeSet<usize>>())
        });
        for (read, _) in caps {
            for word in beyond(read, &usable) {
                let names: Vec<String> = ours.iter().map(|p| format!("`{}`", p.name)).collect();
                let names = listed(&names, "and");
                let why = match &*ours {
                    [_] => format!("purpose {names} does not name this channel"),
                    _ => format!("none of the purposes {names} names this channel"),
                };
                problems.push(unused(word, self.file, why));
            }
            let Some(sent) = &sent else { continue };
            for word in beyond(read, sent) {
                if scope
                    .channels
                    .iter()
                    .position(|c| c.name == word.text)
                    .is_some_and(|at| usable.contains(&at))
                {
                    let why = "no action of these limits has a message on it".to_owned();
                    problems.push(unused(word, self.file, why));
                }
            }
        }
    }

    /// Limits that no action falls under.
    fn nobody(&self, def: Def<'_>, scope: &Scope<'_>, problems: &mut Problems) {
        // With an action that could not be read, what falls under them is not known.
        let known = self.actions.iter().all(Option::is_some)
            && !scope.excused.iter().any(|(kind, _)| *kind == "action");
        if !known || mutant!("empty_limits_are_not_told") {
            return;
        }
        let fits = |read: &Option<ReadAction<'_>>| {
            let purpose = read.as_ref().map(|read| read.action.purpose);
            purpose.is_some_and(|purpose| {
                self.limits.purposes.as_ref().is_none_or(|list| list.contains(&purpose))
            })
        };
        let falls = match &self.limits.actions {
            Some(list) => list.iter().any(|index| self.actions.get(*index).is_some_and(fits)),
            None => self.actions.iter().any(fits),
        };
        if falls {
            return;
        }
        let why = match (&self.limits.purposes, &self.limits.actions) {
            (Some(_), Some(_)) => "the actions that are named have other purposes",
            (Some(_), None) => "no action has a purpose that is named",
            (None, _) => "there is no action",
        };
        problems.push(
            Diagnostic::new(
                Code("W0541"),
                def.file.name(),
                def.name_span(),
                format!("no action falls under limits `{}`", self.limits.name),
                why,
            )
            .advice("name other purposes or actions, or remove the limits"),
        );
    }
}

/// A channel on which nothing can be counted.
pub(crate) fn unused(word: &Word, file: &Source, why: String) -> Diagnostic {
    Diagnostic::new(
        Code("E0544"),
        file.name(),
        word.span,
        format!("nothing can be counted on `{}`", word.text),
        why,
    )
    .advice(format!("take `{}` out of the line", word.text))
}

/// Mistake 28: a cap beside another that always refuses first.
fn stricter(caps: &[(ReadCap<'_>, Span)], file: &Source, problems: &mut Problems) {
    // Nobody reads more, and each is held against each.
    let caps = caps.get(..MOST_COMPARED).unwrap_or(caps);
    for (at, (weak, span)) in caps.iter().enumerate() {
        let strict = caps.iter().enumerate().find(|(other, (strict, _))| {
            *other != at
                && always_first(&strict.cap, &weak.cap)
                // Of two that say the same, the first stays.
                && (!always_first(&weak.cap, &strict.cap) || *other < at)
        });
        let Some((other, (strict, place))) = strict else { continue };
        let same = always_first(&weak.cap, &strict.cap);
        let text = &strict.cap.line.text;
        let which = if other > at { "the first" } else { "this" };
        let found = |headline: String, why: String, other: &str| {
            Diagnostic::new(Code("W0542"), file.name(), *span, headline, why).also(
                file.name(),
                *place,
                other,
            )
        };
        problems.push(if same {
            let why = format!("`{text}` already says it");
            found("this limit says nothing new".to_owned(), why, "the other one")
                .advice("remove one of the two")
        } else {
            let headline = format!("{which} limit can never apply");
            found(headline, format!("`{text}` is always stricter"), "the stricter one")
                .advice("remove it, or swap the numbers")
        });
    }
}

/// Whether `strict` refuses wherever `weak` does.
fn always_first(strict: &Cap, weak: &Cap) -> bool {
    if strict.most > weak.most
        || strict.shown != weak.shown
        || !covers(strict.per, weak.per)
        || mutant!("no_limit_is_stricter")
    {
        return false;
    }
    match (&strict.channels, &weak.channels) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(strictly), Some(weakly)) if strict.each => {
            // Each by itself: what the weak one adds up must lie on one channel.
            weakly.is_subset(strictly) && (weak.each || weakly.len() == 1)
        }
        (Some(strictly), Some(weakly)) => weakly.is_subset(strictly),
    }
}

/// Whether every contact that counts for `short` counts for `long`.
fn covers(long: CapPer, short: CapPer) -> bool {
    match (long, short) {
        (CapPer::Total, _) => true,
        (_, CapPer::Total) => false,
        (CapPer::Rolling { micros: long }, CapPer::Rolling { micros: short }) => long >= short,
        // A clock that is put back makes a unit one hour longer; one day more covers every zone.
        (CapPer::Rolling { micros }, CapPer::Calendar(unit)) => {
            micros >= (i64::from(unit.days().1) + 1) * DAY
        }
        (CapPer::Calendar(_), CapPer::Rolling { .. }) => false,
        (CapPer::Calendar(long), CapPer::Calendar(short)) => {
            long == short
                || short == CalendarUnit::Day
                || short != CalendarUnit::Week
                    && long != CalendarUnit::Week
                    && long.days().1 > short.days().1
        }
    }
}
