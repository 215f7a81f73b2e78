//! Condition lists: each line becomes a typed test, and says what it does about the unknown.
//!
//! A line that reads optional data needs `(if_unknown: ...)` where it is negative or stands under `none` or
//! `never`; where nothing can be unknown the answer is superfluous.

use std::collections::BTreeSet;

use super::aggregates::{aggregate, find_field};
use super::contradictions;
use super::fields::{atoms, name_text, wrong_way_round};
use super::journey::lines::entry_test;
use super::literal::{atom_span, atom_text, literal, outside};
use super::rules::{
    Attribute, AttributeTest, Bound, Condition, Conditions, Line, Need, Origin, SegmentTest, Test,
};
use super::scope::{Kind, Problems, Scope};
use super::sets;
use super::spans::span;
use super::unknowns;
use crate::diagnostic::{Code, Diagnostic, Edit};
use crate::mutant::mutant;
use crate::syntax::ast::{self, Atom, Body, CompareOp, IfUnknown, Item, List, Shape, Subject};
use crate::syntax::{Source, Span, print_condition, print_segment_test};
use crate::value::{Type, Typed, fold};

/// Where a list of conditions stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// All must hold.
    Who,
    /// None may hold.
    Never,
    /// All must hold.
    Segment,
}

/// How far a line stands under words that turn its answer round.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Under {
    /// Under any `never` or `none`.
    pub(crate) negative: bool,
    /// Whether a true line keeps the customer out.
    pub(crate) turned: bool,
}

/// The conditions of a body, in the order written; `user` is `action x` or `segment x`.
pub(crate) fn conditions(
    scope: &mut Scope<'_>,
    body: &Body,
    file: &Source,
    user: &str,
    place: Place,
    problems: &mut Problems,
) -> Conditions {
    let negative = place == Place::Never;
    let under = Under { negative, turned: negative };
    let before = problems.0.len();
    let list = entries(scope, body, file, user, under, problems);
    let clean =
        !problems.0.iter().skip(before).any(|p| p.severity == crate::diagnostic::Severity::Error);
    if clean && place != Place::Never {
        contradictions::report(scope, file, user, &list, problems);
    }
    list
}

/// The required attributes that the lines themselves read, not through segments.
pub(crate) fn required(list: &[Condition], attributes: &[Attribute]) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    let mut rest: Vec<&Condition> = list.iter().collect();
    while let Some(condition) = rest.pop() {
        match condition {
            Condition::Test(test) => {
                let need = attributes.get(test.attribute).map(|attribute| &attribute.need);
                if need == Some(&Need::Required) {
                    found.insert(test.attribute);
                }
            }
            Condition::Segment(_) | Condition::Entry(_) => {}
            Condition::Any(inner, _) | Condition::None(inner, _) => rest.extend(inner),
        }
    }
    found
}

/// The lines of a filter: they read the fields of one event and nothing else.
pub(crate) fn filter(
    scope: &mut Scope<'_>,
    body: &Body,
    file: &Source,
    event: usize,
    problems: &mut Problems,
) -> Conditions {
    if body.items.is_empty() {
        problems.push(
            Diagnostic::new(
                Code("E0309"),
                file.name(),
                body.span,
                "`where` has no lines",
                "all events would count",
            )
            .advice("add lines, or remove `where { }`"),
        );
    }
    let around = scope.filtered.replace(event);
    let under = Under { negative: false, turned: false };
    let list = entries(scope, body, file, "", under, problems);
    scope.filtered = around;
    list
}

fn no_field(file: &Source, span: Span) -> Diagnostic {
    Diagnostic::new(
        Code("E0336"),
        file.name(),
        span,
        "a filter reads the fields of its event only",
        "an event keeps what it brought, and nothing of the customer or the request",
    )
    .advice("put this line beside the question, not into `where { }`")
}

pub(super) fn entries(
    scope: &mut Scope<'_>,
    body: &Body,
    file: &Source,
    user: &str,
    under: Under,
    problems: &mut Problems,
) -> Conditions {
    body.items.iter().filter_map(|item| one(scope, item, file, user, under, problems)).collect()
}

fn one(
    scope: &mut Scope<'_>,
    item: &Item,
    file: &Source,
    user: &str,
    under: Under,
    problems: &mut Problems,
) -> Option<Condition> {
    match &item.shape {
        Shape::Condition(condition) => test(scope, condition, file, under, problems),
        Shape::SegmentTest(test) => {
            segment(scope, test, file, user, under, problems).map(Condition::Segment)
        }
        Shape::Block(block) if block.name.is_none() => {
            let (heading, span) = name_text(&block.heading);
            let none = match heading.as_str() {
                "any" => false,
                "none" => true,
                _ => {
                    problems.push(no_condition(file, item.span));
                    return None;
                }
            };
            if block.body.items.is_empty() {
                problems.push(
                    Diagnostic::new(
                        Code("E0309"),
                        file.name(),
                        block.body.span,
                        format!("`{heading}` has no lines"),
                        if none {
                            "it would hold for everyone"
                        } else {
                            "it would hold for nobody"
                        },
                    )
                    .advice("add lines, or remove the block"),
                );
                return None;
            }
            let under = Under { negative: under.negative || none, turned: under.turned != none };
            let inner = entries(scope, &block.body, file, user, under, problems);
            let line = scope.mark(file, span, heading);
            Some(if none { Condition::None(inner, line) } else { Condition::Any(inner, line) })
        }
        Shape::Unreadable(_) => None,
        _ => {
            problems.push(no_condition(file, item.span));
            None
        }
    }
}

fn no_condition(file: &Source, span: Span) -> Diagnostic {
    Diagnostic::new(
        Code("E0212"),
        file.name(),
        span,
        "this line is not a condition",
        "here stand conditions, `any { }` and `none { }`",
    )
    .advice("a condition such as `plan is fibre`")
}

/// `yes` or `no` behind `if_unknown`.
fn answer(file: &Source, written: Option<&IfUnknown>, problems: &mut Problems) -> Option<bool> {
    let word = &written?.answer;
    match word.text.as_str() {
        "yes" => Some(true),
        "no" => Some(false),
        other => {
            problems.push(
                Diagnostic::new(
                    Code("E0402"),
                    file.name(),
                    word.span,
                    format!("`{other}` is no answer to `if_unknown`"),
                    "the line counts as true or as false where the value is unknown",
                )
                .choice("(if_unknown: yes)", word.span, "yes")
                .choice("(if_unknown: no)", word.span, "no"),
            );
            // So that the line is not reported again as having no answer.
            Some(false)
        }
    }
}

pub(super) fn segment(
    scope: &mut Scope<'_>,
    test: &ast::SegmentTest,
    file: &Source,
    user: &str,
    under: Under,
    problems: &mut Problems,
) -> Option<SegmentTest> {
    if scope.filtered.is_some() {
        problems.push(no_field(file, test.span));
        return None;
    }
    let index = scope.find(Kind::Segment, &test.segment, file, user, problems)?;
    let if_unknown = answer(file, test.if_unknown.as_ref(), problems);
    let line = scope.mark(file, test.span, print_segment_test(test));
    unknowns::segment_line(scope, test, index, file, under, problems);
    Some(SegmentTest { segment: index, negative: test.negative, if_unknown, line })
}

pub(super) fn test(
    scope: &mut Scope<'_>,
    condition: &ast::Condition,
    file: &Source,
    under: Under,
    problems: &mut Problems,
) -> Option<Condition> {
    let (origin, word) = match &condition.subject {
        Subject::Word(word) => (Origin::Customer, word),
        Subject::Path(first, word) if first.text == "request" => (Origin::Request, word),
        Subject::Path(first, last) if first.text == "entry" && scope.entered.is_some() => {
            return entry_test(scope, last, condition, file, under, problems);
        }
        Subject::Path(first, last) => {
            problems.push(no_path(file, first, last));
            return None;
        }
        Subject::Aggregate(asked) if scope.filtered.is_none() => {
            let index = aggregate(scope, asked, file, problems)?;
            return asked_of(scope, (None, index), condition, file, under, problems)
                .map(Condition::Test);
        }
        Subject::Aggregate(asked) => {
            problems.push(no_field(file, asked.span));
            return None;
        }
    };
    if let Some(event) = scope.filtered {
        if origin == Origin::Request {
            problems.push(no_field(file, condition.span));
            return None;
        }
        let index = find_field(scope, event, word, file, problems)?;
        return asked_of(scope, (Some(event), index), condition, file, under, problems)
            .map(Condition::Test);
    }
    let before = problems.0.len();
    let Some(index) = scope.attribute(origin, word, file, problems) else {
        if let Some(found) = problems.0.get_mut(before) {
            value_as_well(scope, origin, word, condition, file, found);
        }
        return None;
    };
    asked_of(scope, (None, index), condition, file, under, problems).map(Condition::Test)
}

/// What a condition asks of what it reads: an attribute, a question about events, or a field in a filter.
pub(super) fn asked_of(
    scope: &mut Scope<'_>,
    (event, index): (Option<usize>, usize),
    condition: &ast::Condition,
    file: &Source,
    under: Under,
    problems: &mut Problems,
) -> Option<AttributeTest> {
    let if_unknown = answer(file, condition.if_unknown.as_ref(), problems);
    let attribute = match event {
        Some(event) => scope.events.get(event)?.fields.get(index)?,
        None => scope.attributes.get(index)?,
    };
    let of_entry = event.is_some() && scope.filtered.is_none();
    let name = match attribute.origin {
        Origin::Event if of_entry => format!("entry.{}", attribute.name),
        Origin::Customer | Origin::Event => attribute.name.clone(),
        Origin::Request => format!("request.{}", attribute.name),
    };
    let reader = TestReader { scope, file, attribute, name: &name };
    let read = reader.test(&condition.test, condition.span, problems)?;
    unknowns::test_line(attribute, &name, &read, condition, file, under, problems);
    for_everyone(file, attribute, &name, &read, if_unknown, condition.span, problems);
    let line = scope.mark(file, condition.span, print_condition(condition));
    Some(AttributeTest { attribute: index, test: read, if_unknown, line })
}

/// Where the name of an attribute was misspelt and the value is none of its values either, the fix mends both:
/// what is pasted must not be the next mistake.
fn value_as_well(
    scope: &Scope<'_>,
    origin: Origin,
    word: &ast::Word,
    condition: &ast::Condition,
    file: &Source,
    found: &mut Diagnostic,
) {
    let (ast::Test::Is(Atom::Word(value))
    | ast::Test::IsNot(Atom::Word(value))
    | ast::Test::Has(Atom::Word(value))
    | ast::Test::Lacks(Atom::Word(value))) = &condition.test
    else {
        return;
    };
    let Some(fix) = found.fixes.first_mut() else { return };
    let Some(name) = fix.edits.first().map(|edit| edit.text.clone()) else { return };
    let attribute = scope.attribute_index(origin, &name).and_then(|at| scope.attributes.get(at));
    let Some(Type::OneOf(values) | Type::SomeOf(values)) = attribute.map(|a| &a.kind) else {
        return;
    };
    if values.contains(&value.text) {
        return;
    }
    let known: Vec<&str> = values.iter().map(String::as_str).collect();
    let Some(near) = scope.nearest(&value.text, &known) else { return };
    // A value that is no plain word would have to stand in quotes.
    if !near.chars().all(|letter| letter.is_alphanumeric() || letter == '_') {
        return;
    }
    let text = |from: u32, to: u32| file.text().get(from as usize..to as usize).unwrap_or("");
    let (start, end) = (condition.span.start, condition.span.end);
    let head = text(start, word.span.start);
    let middle = text(word.span.end, value.span.start);
    fix.paste = format!("{head}{name}{middle}{near}{}", text(value.span.end, end));
    let span = value.span;
    fix.edits.push(Edit { file: file.name().to_owned(), span, text: near.to_owned() });
}

fn no_path(file: &Source, first: &ast::Word, last: &ast::Word) -> Diagnostic {
    let headline = format!("`{}.{}` cannot be read here", first.text, last.text);
    let why = if first.text == "entry" {
        "`entry` is what a journey began with, and this is no journey"
    } else {
        "only `request.` stands before the name of an attribute"
    };
    Diagnostic::new(Code("E0203"), file.name(), first.span.to(last.span), headline, why)
        .advice("the bare name of a customer attribute, or `request.` and a request attribute")
}

/// A line that every known value passes, or none: it does nothing, or too much.
fn for_everyone(
    file: &Source,
    attribute: &Attribute,
    name: &str,
    test: &Test,
    if_unknown: Option<bool>,
    span: Span,
    problems: &mut Problems,
) {
    let optional = attribute.need == Need::Optional;
    if let (Test::Known { negative }, false) = (test, optional) {
        let truth = if *negative { "false" } else { "true" };
        let why = match attribute.origin {
            Origin::Event if attribute.name.contains(' ') => {
                format!("`{name}` is 0 where nothing happened")
            }
            _ => format!("`{name}` is never unknown, it is required or has a default"),
        };
        problems.push(
            Diagnostic::new(
                Code("W0402"),
                file.name(),
                span,
                format!("this line is {truth} for everyone"),
                why,
            )
            .advice("remove this line"),
        );
        return;
    }
    if matches!(test, Test::Known { .. }) {
        return;
    }
    let set = sets::passes(test, attribute);
    let truth = if sets::is_empty(&set, &attribute.kind) {
        "false"
    } else if sets::is_everything(&set, attribute) {
        "true"
    } else {
        return;
    };
    let same_for_unknown = if_unknown.map(|yes| if yes { "true" } else { "false" }) == Some(truth);
    let whom = if optional && !same_for_unknown && (truth == "true" || if_unknown.is_some()) {
        format!("everyone whose `{name}` is known")
    } else {
        "everyone".to_owned()
    };
    let why = reach(attribute, name).unwrap_or_else(|| "no value makes a difference".to_owned());
    problems.push(
        Diagnostic::new(
            Code("W0402"),
            file.name(),
            span,
            format!("this line is {truth} for {whom}"),
            why,
        )
        .advice("correct the value, or remove this line"),
    );
}

/// What the attribute can be, where that explains a line that holds for everyone.
fn reach(attribute: &Attribute, name: &str) -> Option<String> {
    let kind = &attribute.kind;
    let counted = attribute.origin == Origin::Event && attribute.name.contains(' ');
    if counted && attribute.need != Need::Optional {
        let sum = name.starts_with("total");
        return Some(format!("a {} is never below zero", if sum { "total" } else { "count" }));
    }
    let ends = match kind {
        Type::Number { range: Some((low, high)) } => (Typed::Number(*low), Typed::Number(*high)),
        Type::Percent { range: (low, high) } => (Typed::Percent(*low), Typed::Percent(*high)),
        Type::Money { range: Some((low, high)), .. } => (Typed::Money(*low), Typed::Money(*high)),
        Type::OneOf(_) | Type::YesNo => return Some(format!("`{name}` has no other value")),
        _ => return None,
    };
    Some(format!("`{name}` goes from {} to {}", ends.0.show(kind), ends.1.show(kind)))
}

/// Words that other tools have for a value that is not there.
const NOTHING: [&str; 10] =
    ["null", "nil", "none", "empty", "blank", "missing", "undefined", "na", "NULL", "None"];

struct TestReader<'t, 'a> {
    scope: &'t Scope<'a>,
    file: &'t Source,
    attribute: &'t Attribute,
    name: &'t str,
}

impl TestReader<'_, '_> {
    /// `first_name is null`: what is not there is called unknown, unless that is a declared value.
    fn nothing_there(&self, test: &ast::Test, at: Span) -> Option<Diagnostic> {
        let (atom, negative) = match test {
            ast::Test::Is(atom) => (atom, false),
            ast::Test::IsNot(atom) => (atom, true),
            _ => return None,
        };
        let Atom::Word(word) = atom else { return None };
        let declared = matches!(&self.attribute.kind, Type::OneOf(values) | Type::SomeOf(values)
            if values.contains(&word.text));
        if declared || !NOTHING.contains(&word.text.as_str()) {
            return None;
        }
        let name = self.name;
        let text = self.file.text().get(at.range()).unwrap_or(name);
        let right = if negative { "is known" } else { "is unknown" };
        let found = |headline: String, why: String| {
            Diagnostic::new(Code("E0143"), self.file.name(), at, headline, why)
        };
        let headline = format!("use `{right}` to ask whether `{name}` is there");
        Some(match (self.attribute.need == Need::Optional, &self.attribute.kind) {
            (false, _) => found(
                format!("`{name}` is always there"),
                "it is required or has a default, so that it is never unknown".to_owned(),
            )
            .advice("remove this line"),
            (true, Type::SomeOf(_)) => found(
                headline,
                "an empty list is known, and only a list that nobody gave is unknown".to_owned(),
            )
            .choice(format!("{name} {right}"), at, format!("{name} {right}")),
            (true, Type::Text | Type::Code) => {
                found(headline, format!("`{text}` would compare with the word `{}`", word.text))
                    .choice(format!("{name} {right}"), at, format!("{name} {right}"))
                    .note(format!(
                        "where that word is meant it stands in quotes: \"{}\"",
                        word.text
                    ))
            }
            (true, _) => found(headline, format!("`{}` is no value of it", word.text)).fix(
                format!("{name} {right}"),
                at,
                format!("{name} {right}"),
            ),
        })
    }

    fn test(&self, test: &ast::Test, at: Span, problems: &mut Problems) -> Option<Test> {
        let kind = &self.attribute.kind;
        match test {
            ast::Test::IsKnown => return Some(Test::Known { negative: false }),
            ast::Test::IsUnknown => return Some(Test::Known { negative: true }),
            _ => {}
        }
        if let Some(found) = self.nothing_there(test, at) {
            problems.push(found);
            return None;
        }
        if let Some(found) = self.misfit(test, at) {
            problems.push(found);
            return None;
        }
        match test {
            ast::Test::IsKnown | ast::Test::IsUnknown => None,
            ast::Test::Is(atom) => self.equals(&[atom], false, problems),
            ast::Test::IsNot(atom) => self.equals(&[atom], true, problems),
            ast::Test::InList(list) => self.in_list(list, false, problems),
            ast::Test::NotInList(list) => self.in_list(list, true, problems),
            ast::Test::Compare(sign, atom) => {
                let value = self.literal(atom, problems)?;
                let end = |included| Some(Bound { value: value.clone(), included });
                let (low, high) = match sign {
                    CompareOp::AtLeast => (end(true), None),
                    CompareOp::Above => (end(mutant!("above_is_at_least")), None),
                    CompareOp::AtMost => (None, end(true)),
                    CompareOp::Below => (None, end(false)),
                };
                Some(Test::Between { low, high, negative: false })
            }
            ast::Test::InRange(range) => self.range(range, false, problems),
            ast::Test::NotInRange(range) => self.range(range, true, problems),
            ast::Test::Within(reach) => Some(Test::Within {
                span: span(self.scope, self.file, reach, kind, self.name, problems)?,
                negative: false,
            }),
            ast::Test::NotWithin(reach) => Some(Test::Within {
                span: span(self.scope, self.file, reach, kind, self.name, problems)?,
                negative: true,
            }),
            ast::Test::Has(atom) => {
                Some(Test::HasAny { values: self.tags(&[atom], problems)?, negative: false })
            }
            ast::Test::Lacks(atom) => {
                Some(Test::HasAny { values: self.tags(&[atom], problems)?, negative: true })
            }
            ast::Test::HasAny(list) => {
                let tags = atoms(self.file, &format!("`{}`", self.name), list, problems)?;
                Some(Test::HasAny { values: self.tags(&tags, problems)?, negative: false })
            }
            ast::Test::HasAll(list) => {
                let tags = atoms(self.file, &format!("`{}`", self.name), list, problems)?;
                Some(Test::HasAll { values: self.tags(&tags, problems)? })
            }
        }
    }

    /// A test that this type cannot be asked.
    fn misfit(&self, test: &ast::Test, at: Span) -> Option<Diagnostic> {
        let kind = &self.attribute.kind;
        let name = self.name;
        let several = matches!(kind, Type::SomeOf(_));
        let scaled = matches!(
            kind,
            Type::Number { .. }
                | Type::Percent { .. }
                | Type::Money { .. }
                | Type::Date
                | Type::Time
        );
        let dated = matches!(kind, Type::Date | Type::Time);
        let word = |atom: &Atom| atom_text(atom, self.file);
        let (why, fix) = match test {
            ast::Test::Is(atom) if several => {
                ("it holds several values".to_owned(), format!("{name} has {}", word(atom)))
            }
            ast::Test::IsNot(atom) if several => {
                ("it holds several values".to_owned(), format!("{name} lacks {}", word(atom)))
            }
            ast::Test::InList(list) if several => ("it holds several values".to_owned(), {
                let text = self.file.text().get(list.span.range()).unwrap_or("[...]");
                format!("{name} has any of {text}")
            }),
            ast::Test::NotInList(_) if several => (
                "it holds several values".to_owned(),
                format!("none {{ {name} has any of [...] }}"),
            ),
            ast::Test::Compare(..) | ast::Test::InRange(_) | ast::Test::NotInRange(_)
                if !scaled =>
            {
                (
                    "only numbers, percentages, money, dates and times have an order".to_owned(),
                    if several { format!("{name} has ...") } else { format!("{name} is ...") },
                )
            }
            ast::Test::Within(_) | ast::Test::NotWithin(_) if !dated => (
                "only dates and times lie before or behind today".to_owned(),
                format!("{name} is ..."),
            ),
            ast::Test::Has(atom) if !several => {
                ("it holds one value".to_owned(), format!("{name} is {}", word(atom)))
            }
            ast::Test::Lacks(atom) if !several => {
                ("it holds one value".to_owned(), format!("{name} is not {}", word(atom)))
            }
            ast::Test::HasAny(list) | ast::Test::HasAll(list) if !several => {
                ("it holds one value".to_owned(), {
                    let text = self.file.text().get(list.span.range()).unwrap_or("[...]");
                    format!("{name} in {text}")
                })
            }
            _ => return None,
        };
        let type_word = match kind {
            Type::OneOf(_) => "one of a list".to_owned(),
            Type::SomeOf(_) => "some of a list".to_owned(),
            Type::YesNo => "yes or no".to_owned(),
            other => format!("declared as {}", other.word()),
        };
        let headline = format!("`{name}` is {type_word}, so it cannot be asked this");
        let found = Diagnostic::new(Code("E0307"), self.file.name(), at, headline, why);
        Some(if fix.contains("...") {
            found.advice(fix)
        } else {
            found.choice(fix.clone(), at, fix)
        })
    }

    fn literal(&self, atom: &Atom, problems: &mut Problems) -> Option<Typed> {
        literal(self.scope, self.file, atom, &self.attribute.kind, self.name, problems)
    }

    fn equals(&self, atoms: &[&Atom], negative: bool, problems: &mut Problems) -> Option<Test> {
        let kind = &self.attribute.kind;
        let mut values: Vec<Typed> = Vec::with_capacity(atoms.len());
        let mut broken = false;
        for atom in atoms {
            match self.literal(atom, problems) {
                Some(Typed::Text(text)) => values.push(Typed::Text(fold(&text))),
                Some(value) => {
                    // Alone it is reported as true or false for everyone.
                    if atoms.len() > 1
                        && let Some((low, high)) = outside(&value, kind)
                    {
                        problems.push(
                            Diagnostic::new(
                                Code("W0402"),
                                self.file.name(),
                                atom_span(atom),
                                format!("`{}` is never {}", self.name, value.show(kind)),
                                format!("`{}` goes from {low} to {high}", self.name),
                            )
                            .advice("remove it from the list"),
                        );
                    }
                    values.push(value);
                }
                None => broken = true,
            }
        }
        values.sort_by(|a, b| match (a, b) {
            (
                Typed::One(a) | Typed::Code(a) | Typed::Text(a),
                Typed::One(b) | Typed::Code(b) | Typed::Text(b),
            ) => a.cmp(b),
            _ => a.show(kind).cmp(&b.show(kind)),
        });
        values.dedup();
        (!broken && !values.is_empty()).then_some(Test::Equals { values, negative })
    }

    fn in_list(&self, list: &List, negative: bool, problems: &mut Problems) -> Option<Test> {
        let atoms = atoms(self.file, &format!("`{}`", self.name), list, problems)?;
        self.equals(&atoms, negative, problems)
    }

    fn range(&self, range: &ast::Range, negative: bool, problems: &mut Problems) -> Option<Test> {
        let (low, high) = (self.literal(&range.low, problems), self.literal(&range.high, problems));
        let (low, high) = (low?, high?);
        let turned = match (&low, &high) {
            (Typed::Number(low), Typed::Number(high))
            | (Typed::Percent(low), Typed::Percent(high)) => low > high,
            (Typed::Money(low), Typed::Money(high)) => low > high,
            (Typed::Date(low), Typed::Date(high)) => low > high,
            (Typed::Time(low), Typed::Time(high)) => low > high,
            _ => false,
        };
        if turned && !mutant!("range_may_be_turned") {
            let text = |atom| atom_text(atom, self.file);
            let (low, high) = (text(&range.low), text(&range.high));
            problems.push(wrong_way_round(self.file, range.span, &low, &high));
            return None;
        }
        let end = |value| Some(Bound { value, included: true });
        Some(Test::Between { low: end(low), high: end(high), negative })
    }

    fn tags(&self, atoms: &[&Atom], problems: &mut Problems) -> Option<Vec<String>> {
        let mut values = BTreeSet::new();
        let mut broken = false;
        for atom in atoms {
            match self.literal(atom, problems) {
                Some(Typed::Some(read)) => values.extend(read),
                _ => broken = true,
            }
        }
        (!broken).then(|| values.into_iter().collect())
    }
}

/// The line that a condition carries.
pub(crate) fn line_of(condition: &Condition) -> &Line {
    match condition {
        Condition::Test(test) => &test.line,
        Condition::Segment(test) => &test.line,
        Condition::Entry(test) => &test.line,
        Condition::Any(_, line) | Condition::None(_, line) => line,
    }
}
