//! A shape moved to where its line stands again.
//!
//! In: the shape of a line, and how far away the same line stands. Out: the shape with all its places moved. Only
//! shapes that common lines have can move.

use super::ast::{
    Atom, Condition, Duration, Entry, Field, IfUnknown, Key, List, Literal, Name, Range, Reach,
    SegmentTest, Shape, Span, Subject, Test, Text, Value, Word,
};

/// What has places.
pub(super) trait Moved {
    /// Whether all its places can be moved.
    fn can_move(&self) -> bool {
        true
    }

    /// Moves all its places by so many bytes.
    fn moved(&mut self, by: i64);
}

impl Moved for Span {
    fn moved(&mut self, by: i64) {
        let moved = |at: u32| u32::try_from(i64::from(at).saturating_add(by)).unwrap_or(u32::MAX);
        *self = Self { start: moved(self.start), end: moved(self.end) };
    }
}

impl Moved for Word {
    fn moved(&mut self, by: i64) {
        self.span.moved(by);
    }
}

impl Moved for Text {
    fn moved(&mut self, by: i64) {
        self.span.moved(by);
    }
}

impl Moved for Literal {
    fn moved(&mut self, by: i64) {
        self.span.moved(by);
    }
}

impl Moved for Name {
    fn moved(&mut self, by: i64) {
        match self {
            Self::Word(word) => word.moved(by),
            Self::Text(text) => text.moved(by),
        }
    }
}

impl Moved for Duration {
    fn moved(&mut self, by: i64) {
        self.count.moved(by);
        self.span.moved(by);
    }
}

impl Moved for Atom {
    fn moved(&mut self, by: i64) {
        match self {
            Self::Word(word) => word.moved(by),
            Self::Path(first, last) => {
                first.moved(by);
                last.moved(by);
            }
            Self::Literal(literal) => literal.moved(by),
            Self::Duration(duration) => duration.moved(by),
            Self::Text(text) => text.moved(by),
        }
    }
}

impl Moved for Range {
    fn moved(&mut self, by: i64) {
        self.low.moved(by);
        self.high.moved(by);
        self.span.moved(by);
    }
}

impl Moved for List {
    fn moved(&mut self, by: i64) {
        for entry in &mut self.entries {
            match entry {
                Entry::Atom(atom) => atom.moved(by),
                Entry::Range(range) => range.moved(by),
            }
        }
        self.span.moved(by);
    }
}

impl Moved for Reach {
    fn moved(&mut self, by: i64) {
        self.duration.moved(by);
    }
}

impl Moved for IfUnknown {
    fn moved(&mut self, by: i64) {
        self.answer.moved(by);
        self.span.moved(by);
    }
}

impl Moved for Test {
    fn moved(&mut self, by: i64) {
        match self {
            Self::Is(atom)
            | Self::IsNot(atom)
            | Self::Compare(_, atom)
            | Self::Has(atom)
            | Self::Lacks(atom) => atom.moved(by),
            Self::IsKnown | Self::IsUnknown => {}
            Self::InList(list)
            | Self::NotInList(list)
            | Self::HasAny(list)
            | Self::HasAll(list) => {
                list.moved(by);
            }
            Self::InRange(range) | Self::NotInRange(range) => range.moved(by),
            Self::Within(reach) | Self::NotWithin(reach) => reach.moved(by),
        }
    }
}

impl Moved for Condition {
    fn can_move(&self) -> bool {
        !matches!(self.subject, Subject::Aggregate(_))
    }

    fn moved(&mut self, by: i64) {
        match &mut self.subject {
            Subject::Word(word) => word.moved(by),
            Subject::Path(first, last) => {
                first.moved(by);
                last.moved(by);
            }
            Subject::Aggregate(_) => {}
        }
        self.test.moved(by);
        if let Some(answer) = &mut self.if_unknown {
            answer.moved(by);
        }
        self.span.moved(by);
    }
}

impl Moved for SegmentTest {
    fn moved(&mut self, by: i64) {
        self.segment.moved(by);
        if let Some(answer) = &mut self.if_unknown {
            answer.moved(by);
        }
        self.span.moved(by);
    }
}

impl Moved for Field {
    fn can_move(&self) -> bool {
        let value = matches!(self.value, Value::Atom(_) | Value::Range(_) | Value::List(_));
        value && matches!(self.key, Key::Word(_)) && self.clauses.is_empty()
    }

    fn moved(&mut self, by: i64) {
        if let Key::Word(word) = &mut self.key {
            word.moved(by);
        }
        match &mut self.value {
            Value::Atom(atom) => atom.moved(by),
            Value::Range(range) => range.moved(by),
            Value::List(list) => list.moved(by),
            _ => {}
        }
    }
}

impl Moved for Shape {
    /// A block moves without its lines.
    fn can_move(&self) -> bool {
        match self {
            Self::Field(field) => field.can_move(),
            Self::Block(block) => block.body.items.is_empty(),
            Self::Condition(condition) => condition.can_move(),
            Self::SegmentTest(_) => true,
            _ => false,
        }
    }

    fn moved(&mut self, by: i64) {
        match self {
            Self::Field(field) => field.moved(by),
            Self::Block(block) => {
                block.heading.moved(by);
                if let Some(name) = &mut block.name {
                    name.moved(by);
                }
            }
            Self::Condition(condition) => condition.moved(by),
            Self::SegmentTest(test) => test.moved(by),
            _ => {}
        }
    }
}
