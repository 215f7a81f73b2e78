//! Questions about events: `count of purchase where { ... } in the last 30 days` becomes something to be asked.
//!
//! In: the subject of a condition, or a number of a score. Out: an index into the attributes, under which the
//! answer is read like any attribute; the same question asked twice is one. A question says over what time, not
//! further back than its event is kept, and makes of a field only what its type allows.

use std::collections::BTreeMap;

use super::conditions;
use super::events::kept_words;
use super::rules::{
    Aggregate, Attribute, Conditions, Function, Need, Origin, RelativeSpan, SpanLength,
};
use super::scope::{Kind, Problems, Scope};
use super::spans::span;
use crate::diagnostic::{Code, Diagnostic};
use crate::mutant::mutant;
use crate::syntax::ast::{self, AggregateKind, Word};
use crate::syntax::{Source, Span, print_aggregate};
use crate::value::{DAY, Type, Typed};

/// Above every number of events that anybody can have.
const MANY: f64 = 9_007_199_254_740_991.0;

/// The attribute under which a question about events is asked; what is wrong with it is reported.
pub(crate) fn aggregate(
    scope: &mut Scope<'_>,
    asked: &ast::Aggregate,
    file: &Source,
    problems: &mut Problems,
) -> Option<usize> {
    let user = scope.user_at(file, asked.span);
    let event = scope.find(Kind::Event, &asked.event, file, &user, problems);
    let function = function(asked.function);
    // A filter is read even where the rest is wrong: all problems in one run.
    let filter = match (&asked.filter, event) {
        (Some(body), Some(event)) => {
            let before = errors(problems);
            let list = conditions::filter(scope, body, file, event, problems);
            (errors(problems) == before).then_some(list)
        }
        (Some(_), None) => None,
        (None, _) => Some(Conditions::new()),
    };
    let event = event?;
    let field = field(scope, asked, function, event, file, problems);
    let over = over(scope, asked, function, event, file, problems);
    let (field, over, filter) = (field?, over?, filter?);
    let kind = kind(scope, asked, function, event, field, file, problems)?;
    let name = print_aggregate(asked);
    let known = scope
        .attributes
        .iter()
        .position(|attribute| attribute.origin == Origin::Event && attribute.name == name);
    if let Some(index) = known {
        return Some(index);
    }
    if !scope.may_declare() {
        return None;
    }
    let need = match function {
        Function::Count => Need::Default(Typed::Number(0.0)),
        Function::Total if matches!(kind, Type::Money { .. }) => Need::Default(Typed::Money(0)),
        Function::Total => Need::Default(Typed::Number(0.0)),
        _ => Need::Optional,
    };
    let personal_data = field.is_some_and(|field| {
        let declared = scope.events.get(event).and_then(|event| event.fields.get(field));
        declared.is_some_and(|field| field.personal_data)
    });
    let attribute = scope.attributes.len();
    scope.attributes.push(Attribute {
        origin: Origin::Event,
        name,
        kind,
        need,
        personal_data,
        was: Vec::new(),
        renamed: BTreeMap::new(),
    });
    scope.aggregates.push(Aggregate { attribute, event, function, field, filter, span: over });
    Some(attribute)
}

fn errors(problems: &Problems) -> usize {
    let all = problems.0.iter();
    all.filter(|found| found.severity == crate::diagnostic::Severity::Error).count()
}

fn function(kind: AggregateKind) -> Function {
    match kind {
        AggregateKind::Count => Function::Count,
        AggregateKind::Total => Function::Total,
        AggregateKind::Average => Function::Average,
        AggregateKind::Largest => Function::Largest,
        AggregateKind::Smallest => Function::Smallest,
        AggregateKind::DaysSinceLast => Function::DaysSinceLast,
        AggregateKind::First => Function::First,
        AggregateKind::Last => Function::Last,
    }
}

/// The author's words for a function, as they stand before the event.
fn words(function: Function) -> &'static str {
    match function {
        Function::Count => "count of",
        Function::Total => "total of",
        Function::Average => "average of",
        Function::Largest => "largest of",
        Function::Smallest => "smallest of",
        Function::DaysSinceLast => "days since last",
        Function::First => "first",
        Function::Last => "last",
    }
}

/// The field that is asked about; `Some(None)` where none is needed.
fn field(
    scope: &Scope<'_>,
    asked: &ast::Aggregate,
    function: Function,
    event: usize,
    file: &Source,
    problems: &mut Problems,
) -> Option<Option<usize>> {
    let name = &asked.event.text;
    let bare = matches!(function, Function::Count | Function::DaysSinceLast);
    match (&asked.field, bare) {
        (None, true) => Some(None),
        (Some(word), false) => find_field(scope, event, word, file, problems).map(Some),
        (Some(word), true) => {
            let span = asked.event.span.to(word.span);
            let why = match function {
                Function::Count => "events are counted whole, whatever their fields say",
                _ => "what is asked is when the event last happened",
            };
            problems.push(
                Diagnostic::new(
                    Code("E0333"),
                    file.name(),
                    span,
                    format!("`{}` takes an event, not a field of it", words(function)),
                    why,
                )
                .fix(scope.line_with(file, span, name), span, name.clone()),
            );
            None
        }
        (None, false) => {
            let fields = scope.events.get(event).map_or(&[][..], |event| &event.fields);
            let fits = fields.iter().find(|field| allowed(function, &field.kind));
            let found = Diagnostic::new(
                Code("E0333"),
                file.name(),
                asked.event.span,
                format!("`{}` needs a field of `{name}`", words(function)),
                "an event as a whole is neither large nor small",
            );
            problems.push(match fits {
                Some(field) => {
                    let text = format!("{name}.{}", field.name);
                    let line = format!("{} {text}", words(function));
                    found.choice(line, asked.event.span, text)
                }
                None => found.paste(format!("count of {name} in the last 30 days >= 1")),
            });
            None
        }
    }
}

/// The field of an event, by its name.
pub(crate) fn find_field(
    scope: &Scope<'_>,
    event: usize,
    word: &Word,
    file: &Source,
    problems: &mut Problems,
) -> Option<usize> {
    let declared = scope.events.get(event)?;
    let name = crate::value::nfc(&word.text);
    if let Ok(index) = declared.fields.binary_search_by(|field| field.name.cmp(&name)) {
        return Some(index);
    }
    let event = &declared.name;
    if scope.excused.contains(&("field", format!("{event}.{name}"))) {
        return None;
    }
    let headline = format!("`{event}` has no field `{name}`");
    let found =
        |why: String| Diagnostic::new(Code("E0334"), file.name(), word.span, &*headline, why);
    let names: Vec<&str> = declared.fields.iter().map(|field| field.name.as_str()).collect();
    let renamed = declared.fields.iter().find(|field| field.was.contains(&name));
    problems.push(match (renamed, scope.nearest(&name, &names)) {
        (Some(field), _) => found(format!("it is now called `{}`", field.name)).fix(
            field.name.clone(),
            word.span,
            field.name.clone(),
        ),
        (None, Some(near)) => {
            let place = scope.declared("event", event);
            let line = scope.line_with(file, word.span, near);
            found(format!("the closest is `{near}`{place}")).fix(line, word.span, near)
        }
        (None, None) if names.is_empty() => found("it is declared without fields".to_owned())
            .advice(format!("declare it in the event: `{name}: optional text`")),
        (None, None) => {
            let all = super::nearest::listed(&names, "and");
            found(format!("it has {all}")).advice("use one of these, or declare it in the event")
        }
    });
    None
}

/// Whether a function can be made of a field of this type.
fn allowed(function: Function, kind: &Type) -> bool {
    match function {
        Function::Total => matches!(kind, Type::Number { .. } | Type::Money { .. }),
        Function::Average => {
            matches!(kind, Type::Number { .. } | Type::Money { .. } | Type::Percent { .. })
        }
        Function::Largest | Function::Smallest => matches!(
            kind,
            Type::Number { .. }
                | Type::Money { .. }
                | Type::Percent { .. }
                | Type::Date
                | Type::Time
        ),
        _ => true,
    }
}

/// The type of the answer.
fn kind(
    scope: &Scope<'_>,
    asked: &ast::Aggregate,
    function: Function,
    event: usize,
    field: Option<usize>,
    file: &Source,
    problems: &mut Problems,
) -> Option<Type> {
    let Some(field) = field else { return Some(Type::Number { range: Some((0.0, MANY)) }) };
    let declared = scope.events.get(event)?.fields.get(field)?;
    if !allowed(function, &declared.kind) {
        let (name, of) = (&declared.name, &asked.event);
        let span = asked.field.as_ref().map_or(of.span, |field| of.span.to(field.span));
        let numbers = match function {
            Function::Largest | Function::Smallest => {
                "only numbers, percentages, money, dates and times have an order"
            }
            Function::Average => "only numbers, percentages and money have a mean",
            _ => "only numbers and money can be added up",
        };
        problems.push(
            Diagnostic::new(
                Code("E0335"),
                file.name(),
                span,
                format!(
                    "`{}.{name}` is declared as {}, so there is no `{}` it",
                    of.text,
                    declared.kind.word(),
                    words(function)
                ),
                numbers,
            )
            .paste(format!("count of {} in the last 30 days >= 1", of.text)),
        );
        return None;
    }
    Some(match (function, &declared.kind) {
        // None is negative: then no sum of them is.
        (Function::Total, Type::Number { range: Some((low, _)) }) if *low >= 0.0 => {
            Type::Number { range: Some((0.0, f64::MAX)) }
        }
        (Function::Total, Type::Number { .. }) => Type::Number { range: None },
        (Function::Total, Type::Money { currency, range: Some((low, _)) }) if *low >= 0 => {
            Type::Money { currency: *currency, range: Some((0, i64::MAX)) }
        }
        (Function::Total, Type::Money { currency, .. }) => {
            Type::Money { currency: *currency, range: None }
        }
        (_, kind) => kind.clone(),
    })
}

/// The time that is asked about: `Some(None)` is all of it.
#[allow(clippy::option_option, reason = "refused, or of all time, or of a span")]
fn over(
    scope: &Scope<'_>,
    asked: &ast::Aggregate,
    function: Function,
    event: usize,
    file: &Source,
    problems: &mut Problems,
) -> Option<Option<RelativeSpan>> {
    let kept = scope.events.get(event)?.kept;
    let def = scope.all("event").into_iter().nth(event)?.1;
    let (name, days) = (&asked.event.text, kept_words(def));
    let end = Span { start: asked.span.end, end: asked.span.end };
    let refuse = |headline: String, why: &str| {
        Diagnostic::new(Code("E0333"), file.name(), asked.span, headline, why)
    };
    let longest = format!(" in the last {days}");
    // A filter's own braces would cut the line short.
    let line = |span: Span, text: &str| match asked.filter {
        None => scope.line_with(file, span, text),
        Some(_) => text.trim_start().to_owned(),
    };
    let Some(reach) = &asked.reach else {
        let whole = match function {
            Function::DaysSinceLast | Function::First | Function::Last => !asked.ever,
            Function::Count => asked.ever && asked.filter.is_none(),
            _ => false,
        };
        if whole {
            return Some(None);
        }
        let ever = ever_span(asked, file);
        problems.push(match (function, asked.ever) {
            (Function::DaysSinceLast | Function::First | Function::Last, _) => refuse(
                format!("`{}` has no `ever`", words(function)),
                "it looks at all that is known without that word",
            )
            .fix(whole_text(asked, file, ever), ever, ""),
            (Function::Count, true) => refuse(
                "`ever` counts all, and cannot look into the fields".to_owned(),
                "for ever kept are the first time, the last time and the number of times",
            )
            .choice(line(ever, &longest), ever, longest.clone()),
            (_, true) => refuse(
                format!("there is no `{} ... ever`", words(function)),
                "for ever kept are the first time, the last time and the number of times",
            )
            .choice(line(ever, &longest), ever, longest.clone()),
            (_, false) => {
                let found = refuse(
                    "this line does not say over what time".to_owned(),
                    "without it nobody knows whether last week or last year is meant",
                )
                .choice(line(end, &longest), end, longest.clone());
                if function == Function::Count && asked.filter.is_none() {
                    found.choice(line(end, " ever"), end, " ever")
                } else {
                    found
                }
            }
        });
        return None;
    };
    if function == Function::DaysSinceLast {
        let span = Span { start: reach_start(asked, file), end: asked.span.end };
        problems.push(
            refuse(
                "`days since last` says by itself how far it looks back".to_owned(),
                "the number of days is what is compared",
            )
            .fix(whole_text(asked, file, span), span, ""),
        );
        return None;
    }
    if reach.next {
        let span = reach.duration.span;
        problems.push(
            Diagnostic::new(
                Code("E0333"),
                file.name(),
                span,
                "events lie in the past",
                "what will happen is known of nobody",
            )
            .advice(format!("write `in the last {}`", kept_text(file, reach.duration.span))),
        );
        return None;
    }
    let read = span(scope, file, reach, &Type::Time, name, problems)?;
    if longest_of(read.length) > kept && !mutant!("a_window_may_be_longer_than_kept") {
        let span = reach.duration.span;
        let wanted = kept_text(file, span);
        let found = Diagnostic::new(
            Code("E0332"),
            file.name(),
            span,
            format!("`{name}` is kept for {days}"),
            format!("of the last {wanted} the oldest are gone, and the answer would be too low"),
        );
        let ask = format!("declare `event {name} kept {}`", enough(read.length));
        let line = line(span, &days);
        problems.push(found.choice(line, span, days).advice(ask));
        return None;
    }
    Some(Some(read))
}

fn kept_text(file: &Source, span: Span) -> String {
    file.text().get(span.range()).unwrap_or("30 days").trim().to_owned()
}

/// The word `ever` with the blank before it.
fn ever_span(asked: &ast::Aggregate, file: &Source) -> Span {
    let text = file.text().get(asked.span.range()).unwrap_or("");
    let start =
        text.trim_end().strip_suffix("ever").map_or(text.len(), |rest| rest.trim_end().len());
    Span::new(asked.span.start as usize + start, asked.span.end as usize)
}

/// Where ` in the last ...` begins.
fn reach_start(asked: &ast::Aggregate, file: &Source) -> u32 {
    let text = file.text().get(asked.span.range()).unwrap_or("");
    let start = text.rfind(" in").unwrap_or(text.len());
    asked.span.start.saturating_add(u32::try_from(start).unwrap_or(0))
}

/// The question without what stands in `span`.
fn whole_text(asked: &ast::Aggregate, file: &Source, span: Span) -> String {
    let before = Span { start: asked.span.start, end: span.start };
    file.text().get(before.range()).unwrap_or("").trim().to_owned()
}

/// How far back a span can reach at most, in microseconds.
fn longest_of(length: SpanLength) -> i64 {
    match length {
        SpanLength::Rolling { micros } => micros,
        SpanLength::Days { count } => i64::from(count) * DAY,
        // A day may have 25 hours.
        SpanLength::Calendar { count, unit } => i64::from(count) * i64::from(unit.days().1) * DAY,
    }
}

fn enough(length: SpanLength) -> String {
    format!("{} days", (longest_of(length) + DAY - 1) / DAY)
}
