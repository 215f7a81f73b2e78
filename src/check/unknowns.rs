//! The unknown: which lines must say what happens, which cannot, and what a list proves to be known.

use std::collections::BTreeSet;

use super::conditions::Under;
use super::rules::{Attribute, Condition, Line, Need, Test};
use super::scope::{Problems, Scope, SegmentFacts};
use crate::diagnostic::{Code, Diagnostic};
use crate::mutant::mutant;
use crate::syntax::ast::{self, IfUnknown};
use crate::syntax::{Source, Span, print_condition, print_segment_test};

/// Reports a line about an attribute that lacks its answer, or has one that can never count.
pub(crate) fn test_line(
    attribute: &Attribute,
    name: &str,
    test: &Test,
    condition: &ast::Condition,
    file: &Source,
    under: Under,
    problems: &mut Problems,
) {
    let can = attribute.need == Need::Optional && !matches!(test, Test::Known { .. });
    if !can {
        if let Some(answer) = &condition.if_unknown {
            let why = match (test, &attribute.need) {
                (Test::Known { .. }, _) => "whether a value is known is always known".to_owned(),
                (_, Need::Required) => format!("`{name}` is required"),
                _ if attribute.origin == super::rules::Origin::Event => {
                    "where nothing happened it is 0".to_owned()
                }
                _ => format!("`{name}` has a default"),
            };
            problems.push(superfluous(file, answer, why, &print_condition_alone(condition)));
        }
        return;
    }
    let needed = under.negative || is_negative(test) || mutant!("positive_needs_answer");
    if needed && condition.if_unknown.is_none() {
        let subject = format!("`{name}`");
        let why = match attribute.origin {
            super::rules::Origin::Customer => "some customers have none",
            super::rules::Origin::Request => "some requests carry none",
            super::rules::Origin::Event if !name.contains(' ') => "some events have none",
            super::rules::Origin::Event => "for some customers there is nothing to answer it from",
        };
        let headline = format!("this line does not say what happens when {subject} is unknown");
        problems.push(missing(file, condition.span, headline, why.to_owned(), under));
    }
}

/// Reports a line about a segment that lacks its answer, or has one that can never count.
pub(crate) fn segment_line(
    scope: &Scope<'_>,
    test: &ast::SegmentTest,
    index: usize,
    file: &Source,
    under: Under,
    problems: &mut Problems,
) {
    let Some(facts) = scope.segment_facts.get(&index) else { return };
    let name = &test.segment.text;
    if !facts.may_be_unknown {
        if let Some(answer) = &test.if_unknown {
            let why = format!("it is always known who is in `{name}`");
            let alone = ast::SegmentTest { if_unknown: None, ..test.clone() };
            problems.push(superfluous(file, answer, why, &print_segment_test(&alone)));
        }
        return;
    }
    let needed = (test.negative && !mutant!("not_in_segment_needs_nothing")) || under.negative;
    if needed && test.if_unknown.is_none() {
        let headline =
            format!("this line does not say what happens when it is unknown who is in `{name}`");
        let why = match &facts.unknown_line {
            Some(line) => format!(
                "`{name}` reads what some customers lack: `{}`, {} line {}",
                line.text, line.file, line.line
            ),
            None => format!("`{name}` reads what some customers lack"),
        };
        problems.push(missing(file, test.span, headline, why, under));
    }
}

fn print_condition_alone(condition: &ast::Condition) -> String {
    print_condition(&ast::Condition { if_unknown: None, ..condition.clone() })
}

fn is_negative(test: &Test) -> bool {
    match test {
        Test::Known { .. } | Test::HasAll { .. } => false,
        Test::Equals { negative, .. }
        | Test::Between { negative, .. }
        | Test::Within { negative, .. }
        | Test::HasAny { negative, .. } => *negative,
    }
}

fn missing(file: &Source, at: Span, headline: String, why: String, under: Under) -> Diagnostic {
    let end = Span { start: at.end, end: at.end };
    let (yes, no) = match under.turned {
        false => ("to keep them", "to leave them out"),
        true => ("to leave them out, as the line then counts as true", "to keep them"),
    };
    Diagnostic::new(Code("E0401"), file.name(), at, headline, why)
        .choice(format!("add `(if_unknown: yes)` {yes}"), end, " (if_unknown: yes)")
        .choice(format!("add `(if_unknown: no)` {no}"), end, " (if_unknown: no)")
}

fn superfluous(file: &Source, answer: &IfUnknown, why: String, line: &str) -> Diagnostic {
    // The blank before the bracket goes with it.
    let text = file.text().get(..answer.span.start as usize).unwrap_or("");
    let start = text.trim_end_matches([' ', '\t']).len();
    let span = Span::new(start, answer.span.end as usize);
    let mut found = Diagnostic::new(
        Code("W0401"),
        file.name(),
        answer.span,
        "nothing can be unknown here",
        why,
    );
    found = found.fix(line, span, "");
    found
}

/// The attributes surely known of everyone for whom the list holds: by a positive line that unknown does not
/// pass, by `is known`, or through a segment; not from inside `any` and `none`.
pub(crate) fn proves_known(list: &[Condition], scope: &Scope<'_>) -> BTreeSet<usize> {
    let mut known = BTreeSet::new();
    for condition in list {
        match condition {
            Condition::Test(test) => {
                let proves = match &test.test {
                    Test::Known { negative } => !negative,
                    _ => test.if_unknown != Some(true),
                };
                if proves {
                    known.insert(test.attribute);
                }
            }
            Condition::Segment(test) if !test.negative && test.if_unknown != Some(true) => {
                if let Some(facts) = scope.segment_facts.get(&test.segment) {
                    known.extend(&facts.proves);
                }
            }
            _ => {}
        }
    }
    known
}

/// What is known of a segment by its lines.
pub(crate) fn facts(list: &[Condition], scope: &Scope<'_>) -> SegmentFacts {
    let unknown_line = unknown_line(list, scope).cloned();
    SegmentFacts {
        may_be_unknown: unknown_line.is_some(),
        unknown_line,
        proves: proves_known(list, scope),
    }
}

/// A line that can be unknown though every required attribute is present.
fn unknown_line<'l>(list: &'l [Condition], scope: &Scope<'_>) -> Option<&'l Line> {
    list.iter().find_map(|condition| match condition {
        Condition::Test(test) => {
            let optional = scope
                .attributes
                .get(test.attribute)
                .is_some_and(|attribute| attribute.need == Need::Optional);
            let can =
                optional && test.if_unknown.is_none() && !matches!(test.test, Test::Known { .. });
            can.then_some(&test.line)
        }
        Condition::Segment(test) => {
            let facts = scope.segment_facts.get(&test.segment);
            let can = test.if_unknown.is_none() && facts.is_some_and(|facts| facts.may_be_unknown);
            can.then_some(&test.line)
        }
        Condition::Any(inner, _) | Condition::None(inner, _) => unknown_line(inner, scope),
        Condition::Entry(_) => None,
    })
}
