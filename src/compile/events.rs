//! Events as the door writes them and as decisions ask about them: columns, and one plan per question.
//!
//! Columns belong to the engine and are only ever appended. A column is found by the field's name and by what its
//! words are, so that a list of values may change without a change of what is kept.

use std::collections::BTreeMap;

use crate::check::rules::{
    Aggregate, Attribute, Condition, EventType, Function, RelativeSpan, SpanLength,
};
use crate::mutant::mutant;
use crate::value::Type;

use super::{Compiler, Predicate, Window};

/// An event at the door.
#[derive(Debug)]
pub(crate) struct EventPlan {
    /// Index into the rules' events.
    pub(crate) event: usize,
    /// The engine's number of it.
    pub(crate) kind: u32,
    /// For how long it is kept.
    pub(crate) kept: i64,
    /// The columns of a row, of fields that are no longer declared too.
    pub(crate) width: usize,
    /// The column of each field.
    pub(crate) columns: Vec<u32>,
    /// Fields by their earlier names.
    pub(crate) earlier: BTreeMap<String, usize>,
}

/// A question about events.
#[derive(Debug)]
pub(crate) struct AggregatePlan {
    /// The engine's number of the event.
    pub(crate) kind: u32,
    /// What is made of the rows.
    pub(crate) function: Function,
    /// Of which column.
    pub(crate) column: Option<u32>,
    /// Whether its words are whole numbers rather than floats.
    pub(crate) whole: bool,
    /// Which rows count; absent: all.
    pub(crate) filter: Option<Predicate>,
    /// Of which time; absent: of all.
    pub(crate) window: Option<Window>,
    /// The columns without which there is no answer.
    pub(crate) columns: Vec<u32>,
}

/// What the words of a column are.
pub(crate) fn class(kind: &Type) -> String {
    match kind {
        Type::Money { currency, .. } => format!("money {}", currency.code()),
        // Both are the hash of the word as it is; a text is folded first.
        Type::OneOf(_) | Type::Code => "code".to_owned(),
        other => other.word().to_owned(),
    }
}

/// Whether the words of a type are whole numbers rather than floats.
pub(crate) fn is_whole(kind: &Type) -> bool {
    !matches!(kind, Type::Number { .. } | Type::Percent { .. })
}

impl Compiler<'_> {
    /// The events at the door, in the order of the rules.
    pub(super) fn events(&mut self) -> Vec<EventPlan> {
        let rules = self.rules;
        let plans = rules.events.iter().enumerate().map(|(index, event)| self.event(index, event));
        let mut plans: Vec<EventPlan> = plans.collect();
        // Two events that were one share its columns, whichever was read first.
        for plan in &mut plans {
            plan.width = self.dictionary.event_width(plan.kind);
        }
        plans
    }

    fn event(&mut self, index: usize, event: &EventType) -> EventPlan {
        let kind = self.dictionary.event(&event.name, &event.was);
        let columns = event.fields.iter().map(|field| {
            self.dictionary.column(kind, &field.name, &field.was, &class(&field.kind))
        });
        let columns = columns.collect();
        let earlier = event.fields.iter().zip(0..);
        let earlier = earlier
            .flat_map(|(field, index)| field.was.iter().map(move |was| (was.clone(), index)))
            .collect();
        EventPlan { event: index, kind, kept: event.kept, width: 0, columns, earlier }
    }

    pub(super) fn aggregate(&mut self, asked: &Aggregate, events: &[EventPlan]) -> AggregatePlan {
        let rules = self.rules;
        let plan = events.get(asked.event);
        let fields = rules.events.get(asked.event).map_or(&[][..], |event| &event.fields);
        let column = |field: usize| {
            plan.and_then(|plan| plan.columns.get(field)).copied().unwrap_or(u32::MAX)
        };
        let mut read = std::collections::BTreeSet::new();
        tested(&asked.filter, &mut read);
        read.extend(asked.field);
        let columns: Vec<u32> = read.into_iter().map(column).collect();
        let places: Vec<u32> = (0..fields.len()).map(column).collect();
        let filter = (!asked.filter.is_empty()).then(|| self.of_row(fields, places, &asked.filter));
        AggregatePlan {
            kind: plan.map_or(u32::MAX, |plan| plan.kind),
            function: asked.function,
            column: asked.field.map(column),
            whole: asked
                .field
                .and_then(|field| fields.get(field))
                .is_some_and(|field| is_whole(&field.kind)),
            filter,
            window: asked.span.map(|span| Window { span: shorter(span), instants: true }),
            columns,
        }
    }

    /// The lines of a filter, read from a row.
    pub(super) fn of_row(
        &mut self,
        fields: &[Attribute],
        columns: Vec<u32>,
        lines: &[Condition],
    ) -> Predicate {
        self.row = Some((fields.to_vec(), columns));
        let filter = self.sure_list(lines, true);
        self.row = None;
        filter
    }
}

/// The span as it is; with a planted fault, a calendar's without its first unit.
fn shorter(mut span: RelativeSpan) -> RelativeSpan {
    if let SpanLength::Calendar { count, .. } = &mut span.length {
        *count -= u32::from(*count > 1 && mutant!("events_calendar_is_one_unit_short"));
    }
    span
}

/// The fields that lines test.
fn tested(lines: &[Condition], into: &mut std::collections::BTreeSet<usize>) {
    for line in lines {
        match line {
            Condition::Test(test) => {
                into.insert(test.attribute);
            }
            Condition::Segment(_) | Condition::Entry(_) => {}
            Condition::Any(inner, _) | Condition::None(inner, _) => tested(inner, into),
        }
    }
}
