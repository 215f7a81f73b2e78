//! `key: value` lines and blocks of a definition, read by what the definition allows.
//!
//! In: a body and the keys and blocks that belong into it. Out: typed access, each wrong shape reported with
//! the right one. A line that belongs elsewhere, an unknown key, a key twice and a missing one are reported
//! once, when the body is read.

use std::collections::{BTreeMap, BTreeSet};

use super::literal::{atom_span, plain};
use super::nearest::{listed, nearest};
use super::scope::Problems;
use crate::diagnostic::{Code, Diagnostic};
use crate::syntax::ast::{
    Atom, Block, Body, Entry, Field, Item, Key, List, Literal, LiteralKind, Name, Shape, Text,
    Value, Word,
};
use crate::syntax::{Source, Span};
use crate::value::{Date, nfc};

/// A key that may stand in a block.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expected {
    /// What stands before the colon.
    pub(crate) key: &'static str,
    /// A line to paste, such as `owner: retail_crm`.
    pub(crate) example: &'static str,
    /// Whether it must be written.
    pub(crate) required: bool,
}

/// A key that must be written.
pub(crate) const fn must(key: &'static str, example: &'static str) -> Expected {
    Expected { key, example, required: true }
}

/// A key that may be written.
pub(crate) const fn may(key: &'static str, example: &'static str) -> Expected {
    Expected { key, example, required: false }
}

/// Which blocks may stand in a body.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Blocks<'s> {
    /// None at all.
    None,
    /// Those with one of these headings.
    Named(&'s [&'static str]),
}

/// What a body says, by key and heading.
#[derive(Debug)]
pub(crate) struct Fields<'b> {
    file: &'b Source,
    what: String,
    fields: BTreeMap<&'b str, &'b Field>,
    blocks: Vec<(&'b Block, Span)>,
    expected: Vec<Expected>,
}

/// The text of a heading or a name, and where it stands.
pub(crate) fn name_text(name: &Name) -> (String, Span) {
    match name {
        Name::Word(word) => (nfc(&word.text), word.span),
        Name::Text(text) => (plain(text), text.span),
    }
}

impl<'b> Fields<'b> {
    /// Reads a body; `what` names it in messages (``action `x` ``), `at` is where its name stands.
    pub(crate) fn read(
        body: &'b Body,
        file: &'b Source,
        what: &str,
        at: Span,
        expected: &[Expected],
        blocks: Blocks<'_>,
        problems: &mut Problems,
    ) -> Self {
        Self::read_beside(body, file, (what, at), expected, blocks, |_| false, problems)
    }

    /// As [`Fields::read`], beside lines of other shapes, which the caller reads: those that `is_own` knows.
    pub(crate) fn read_beside(
        body: &'b Body,
        file: &'b Source,
        (what, at): (&str, Span),
        expected: &[Expected],
        blocks: Blocks<'_>,
        is_own: impl Fn(&Shape) -> bool,
        problems: &mut Problems,
    ) -> Self {
        let mut read = Self {
            file,
            what: what.to_owned(),
            fields: BTreeMap::new(),
            blocks: Vec::new(),
            expected: expected.to_vec(),
        };
        let mut unreadable = false;
        for item in &body.items {
            match &item.shape {
                Shape::Field(field) => read.field(field, item, problems),
                Shape::Block(block) => read.block_line(block, item, blocks, problems),
                Shape::Unreadable(_) => unreadable = true,
                own if is_own(own) => {}
                _ => read.foreign(item, problems),
            }
        }
        for expected in expected.iter().filter(|expected| expected.required) {
            // A broken line may be the one that is missing.
            if unreadable || read.fields.contains_key(expected.key) {
                continue;
            }
            problems.push(
                Diagnostic::new(
                    Code("E0213"),
                    file.name(),
                    at,
                    format!("{what} does not say its `{}`", expected.key),
                    format!("every {} needs one", what.split(' ').next().unwrap_or("definition")),
                )
                .paste(expected.example),
            );
        }
        read
    }

    fn field(&mut self, field: &'b Field, item: &Item, problems: &mut Problems) {
        let Key::Word(key) = &field.key else {
            self.foreign(item, problems);
            return;
        };
        if !self.expected.iter().any(|expected| expected.key == key.text) {
            self.unknown_key(key, problems);
            return;
        }
        if let Some(first) = self.fields.get(key.text.as_str()) {
            let first = match &first.key {
                Key::Word(first) => first.span,
                _ => key.span,
            };
            problems.push(
                Diagnostic::new(
                    Code("E0211"),
                    self.file.name(),
                    key.span,
                    format!("{} says its `{}` twice", self.what, key.text),
                    "only one of the two can hold",
                )
                .also(self.file.name(), first, "first said here")
                .advice("remove one of the two lines"),
            );
            return;
        }
        self.fields.insert(key.text.as_str(), field);
    }

    fn unknown_key(&self, key: &Word, problems: &mut Problems) {
        let keys: Vec<&str> = self.expected.iter().map(|expected| expected.key).collect();
        let headline = format!("{} has no line `{}`", self.what, key.text);
        let found = |why: String| {
            Diagnostic::new(Code("E0210"), self.file.name(), key.span, headline.clone(), why)
        };
        problems.push(match nearest(&key.text, keys.iter().copied()) {
            Some(near) if !self.fields.contains_key(near) => {
                found(format!("the closest is `{near}`")).choice(near, key.span, near)
            }
            Some(near) => found(format!("the closest is `{near}`, which is already written"))
                .advice("remove this line"),
            None if keys.is_empty() => {
                found("nothing can be said here".to_owned()).advice("remove this line")
            }
            None => {
                found(format!("it can have {}", listed(&keys, "and"))).advice("remove this line")
            }
        });
    }

    fn block_line(
        &mut self,
        block: &'b Block,
        item: &Item,
        blocks: Blocks<'_>,
        problems: &mut Problems,
    ) {
        let (heading, span) = name_text(&block.heading);
        let known = match blocks {
            Blocks::None => false,
            Blocks::Named(names) => names.contains(&heading.as_str()),
        };
        if known {
            self.blocks.push((block, item.span));
            return;
        }
        let Blocks::Named(names) = blocks else {
            self.foreign(item, problems);
            return;
        };
        let found = |why: String| {
            let headline = format!("{} has no block `{heading}`", self.what);
            Diagnostic::new(Code("E0210"), self.file.name(), span, headline, why)
        };
        problems.push(match nearest(&heading, names.iter().copied()) {
            Some(near) => found(format!("the closest is `{near}`")).choice(near, span, near),
            None => {
                found(format!("it can have {}", listed(names, "and"))).advice("remove this block")
            }
        });
    }

    /// A line whose shape does not belong here.
    fn foreign(&self, item: &Item, problems: &mut Problems) {
        let kind = self.what.split(' ').next().unwrap_or("");
        let (is, advice) = match &item.shape {
            Shape::Condition(_) | Shape::SegmentTest(_) if kind == "action" => {
                ("a condition", "put it into the block `who { }` or `never { }`".to_owned())
            }
            Shape::Condition(_) | Shape::SegmentTest(_) => {
                ("a condition", "conditions stand in segments and in `who` and `never`".to_owned())
            }
            Shape::Block(_) => ("a block", "remove this block".to_owned()),
            Shape::Cap(_) | Shape::Pause(_) => {
                ("a limit", "limits stand in `limits` and behind `repeat:`".to_owned())
            }
            Shape::Wait(_) | Shape::Send(_) | Shape::Outcome(_) | Shape::When(_) => {
                ("a step", "steps stand in journeys".to_owned())
            }
            Shape::Given(_) | Shape::At(_) => {
                ("a line of a scenario", "put it into a `scenario`".to_owned())
            }
            Shape::EveryLanguage => {
                ("a demand", "demands stand in `require every action { }`".to_owned())
            }
            Shape::Field(_) | Shape::Unreadable(_) => ("a line", "remove this line".to_owned()),
        };
        let keys: Vec<&str> = self.expected.iter().map(|expected| expected.key).collect();
        let why = if keys.is_empty() {
            "it stands in the wrong block".to_owned()
        } else {
            format!("here stand {}", listed(&keys, "and"))
        };
        problems.push(
            Diagnostic::new(
                Code("E0212"),
                self.file.name(),
                item.span,
                format!("{is} does not belong into {}", self.what),
                why,
            )
            .advice(advice),
        );
    }

    /// The file it stands in.
    pub(crate) fn file(&self) -> &'b Source {
        self.file
    }

    /// The field of a key, as parsed.
    pub(crate) fn get(&self, key: &str) -> Option<&'b Field> {
        self.fields.get(key).copied()
    }

    /// The value of a key, as parsed.
    pub(crate) fn value(&self, key: &str) -> Option<&'b Value> {
        self.get(key).map(|field| &field.value)
    }

    /// Where the key itself stands.
    pub(crate) fn key_span(&self, key: &str) -> Span {
        match self.get(key).map(|field| &field.key) {
            Some(Key::Word(word)) => word.span,
            _ => Span::default(),
        }
    }

    /// The block of a heading; a second one is reported.
    pub(crate) fn block(&self, heading: &str, problems: &mut Problems) -> Option<&'b Block> {
        let mut same =
            self.blocks.iter().filter(|(block, _)| name_text(&block.heading).0 == heading);
        let (first, _) = same.next()?;
        let (_, at) = name_text(&first.heading);
        for (again, _) in same {
            let (_, span) = name_text(&again.heading);
            problems.push(
                Diagnostic::new(
                    Code("E0211"),
                    self.file.name(),
                    span,
                    format!("{} has the block `{heading}` twice", self.what),
                    "all lines of one kind stand together",
                )
                .also(self.file.name(), at, "the first one")
                .advice("move the lines into the first block"),
            );
        }
        Some(first)
    }

    /// Reports a value of the wrong shape, with the example of its key as the way out.
    pub(crate) fn wrong(&self, key: &str, wanted: &str, problems: &mut Problems) {
        let Some(value) = self.value(key) else { return };
        let expected = self.expected.iter().find(|expected| expected.key == key);
        let span = value_span(value).unwrap_or_else(|| self.key_span(key));
        problems.push(
            Diagnostic::new(
                Code("E0214"),
                self.file.name(),
                span,
                format!("`{key}` needs {wanted}"),
                format!("this is not {wanted}"),
            )
            .paste(expected.map_or("", |expected| expected.example)),
        );
    }

    /// A single word.
    pub(crate) fn word(&self, key: &str, problems: &mut Problems) -> Option<&'b Word> {
        match self.value(key)? {
            Value::Atom(Atom::Word(word)) => Some(word),
            _ => {
                self.wrong(key, "one name", problems);
                None
            }
        }
    }

    /// A single word or quoted text, as its text.
    pub(crate) fn name(&self, key: &str, problems: &mut Problems) -> Option<(String, Span)> {
        match self.value(key)? {
            Value::Atom(Atom::Word(word)) => Some((nfc(&word.text), word.span)),
            Value::Atom(Atom::Text(text)) => Some((plain(text), text.span)),
            _ => {
                self.wrong(key, "one name", problems);
                None
            }
        }
    }

    /// A text in quotes.
    pub(crate) fn text(&self, key: &str, problems: &mut Problems) -> Option<&'b Text> {
        match self.value(key)? {
            Value::Atom(Atom::Text(text)) => Some(text),
            _ => {
                self.wrong(key, "a text in quotes", problems);
                None
            }
        }
    }

    /// `yes` or `no`.
    pub(crate) fn yes_no(&self, key: &str, problems: &mut Problems) -> Option<bool> {
        match self.value(key)? {
            Value::Atom(Atom::Word(word)) if word.text == "yes" => Some(true),
            Value::Atom(Atom::Word(word)) if word.text == "no" => Some(false),
            _ => {
                self.wrong(key, "yes or no", problems);
                None
            }
        }
    }

    /// A single literal of one kind.
    pub(crate) fn literal(
        &self,
        key: &str,
        kind: LiteralKind,
        wanted: &str,
        problems: &mut Problems,
    ) -> Option<&'b Literal> {
        match self.value(key)? {
            Value::Atom(Atom::Literal(literal)) if literal.kind == kind => Some(literal),
            _ => {
                self.wrong(key, wanted, problems);
                None
            }
        }
    }

    /// A whole number between two ends.
    pub(crate) fn whole(
        &self,
        key: &str,
        low: u32,
        high: u32,
        problems: &mut Problems,
    ) -> Option<u32> {
        let wanted = format!("a whole number from {low} to {high}");
        let literal = self.literal(key, LiteralKind::Number, &wanted, problems)?;
        let number = literal.raw.parse().ok().filter(|number| (low..=high).contains(number));
        if number.is_none() {
            self.wrong(key, &wanted, problems);
        }
        number
    }

    /// A list of words, or one word; a value twice is a warning.
    pub(crate) fn words(&self, key: &str, problems: &mut Problems) -> Option<Vec<&'b Word>> {
        match self.value(key)? {
            Value::Atom(Atom::Word(word)) => Some(vec![word]),
            Value::List(list) => {
                let words = self.list(key, list, problems)?;
                let mut kept = Vec::new();
                for atom in words {
                    match atom {
                        Atom::Word(word) => kept.push(word),
                        _ => self.wrong_entry(key, atom, problems),
                    }
                }
                Some(kept)
            }
            _ => {
                self.wrong(key, "a list of names", problems);
                None
            }
        }
    }

    /// A list of words or quoted texts, or one of them.
    pub(crate) fn names(&self, key: &str, problems: &mut Problems) -> Option<Vec<(String, Span)>> {
        let mut kept = Vec::new();
        let atoms: Vec<&Atom> = match self.value(key)? {
            Value::Atom(atom @ (Atom::Word(_) | Atom::Text(_))) => vec![atom],
            Value::List(list) => self.list(key, list, problems)?,
            _ => {
                self.wrong(key, "a list of names", problems);
                return None;
            }
        };
        for atom in atoms {
            match atom {
                Atom::Word(word) => kept.push((nfc(&word.text), word.span)),
                Atom::Text(text) => kept.push((plain(text), text.span)),
                _ => self.wrong_entry(key, atom, problems),
            }
        }
        Some(kept)
    }

    fn wrong_entry(&self, key: &str, atom: &Atom, problems: &mut Problems) {
        problems.push(
            Diagnostic::new(
                Code("E0214"),
                self.file.name(),
                atom_span(atom),
                format!("`{key}` lists names"),
                "this is not a name",
            )
            .advice("remove it from the list"),
        );
    }

    fn list(&self, key: &str, list: &'b List, problems: &mut Problems) -> Option<Vec<&'b Atom>> {
        atoms(self.file, &format!("`{key}`"), list, problems)
    }

    /// First and last day of `2026-09-01 to 2026-12-31`, with where they stand.
    pub(crate) fn dates(&self, key: &str, problems: &mut Problems) -> Option<(Date, Date, Span)> {
        let range = match self.value(key)? {
            Value::Range(range) => range,
            Value::Atom(Atom::Literal(literal)) if literal.kind == LiteralKind::Date => {
                let raw = &literal.raw;
                problems.push(
                    Diagnostic::new(
                        Code("E0214"),
                        self.file.name(),
                        literal.span,
                        format!("`{key}` needs a first and a last day"),
                        "one day alone could mean from, until or only then",
                    )
                    .choice(
                        format!("{key}: {raw} to {raw}"),
                        literal.span,
                        format!("{raw} to {raw}"),
                    ),
                );
                return None;
            }
            _ => {
                self.wrong(key, "a first and a last day", problems);
                return None;
            }
        };
        let (Atom::Literal(low), Atom::Literal(high)) = (&range.low, &range.high) else {
            self.wrong(key, "a first and a last day", problems);
            return None;
        };
        let first = super::literal::date(self.file, low, problems);
        let last = super::literal::date(self.file, high, problems);
        let (first, last) = (first?, last?);
        if first > last {
            problems.push(wrong_way_round(self.file, range.span, &low.raw, &high.raw));
            return None;
        }
        Some((first, last, range.span))
    }
}

/// A range whose first end lies behind its second.
pub(crate) fn wrong_way_round(file: &Source, span: Span, low: &str, high: &str) -> Diagnostic {
    let fixed = format!("{high} to {low}");
    Diagnostic::new(
        Code("E0308"),
        file.name(),
        span,
        format!("{low} comes after {high}"),
        "a range goes from the smaller end to the larger one",
    )
    .fix(fixed.clone(), span, fixed)
}

/// The atoms of a list: an empty list and a range in it are errors, the same entry twice is a warning.
pub(crate) fn atoms<'b>(
    file: &'b Source,
    what: &str,
    list: &'b List,
    problems: &mut Problems,
) -> Option<Vec<&'b Atom>> {
    if list.entries.is_empty() {
        problems.push(
            Diagnostic::new(
                Code("E0309"),
                file.name(),
                list.span,
                format!("the list of {what} is empty"),
                "an empty list can never do anything",
            )
            .advice("name at least one, or remove the line"),
        );
        return None;
    }
    let mut kept: Vec<&Atom> = Vec::with_capacity(list.entries.len());
    if is_in_order(list) {
        kept.extend(list.entries.iter().filter_map(|entry| match entry {
            Entry::Atom(atom) => Some(atom),
            Entry::Range(_) => None,
        }));
        return Some(kept);
    }
    let mut seen: BTreeSet<String> = BTreeSet::new();
    for entry in &list.entries {
        match entry {
            Entry::Atom(atom) if !seen.insert(super::literal::atom_text(atom, file)) => {
                let text = super::literal::atom_text(atom, file);
                problems.push(
                    Diagnostic::new(
                        Code("W0203"),
                        file.name(),
                        atom_span(atom),
                        format!("{text} stands twice in this list"),
                        "the second one changes nothing",
                    )
                    .advice(format!("remove one `{text}`")),
                );
            }
            Entry::Atom(atom) => kept.push(atom),
            Entry::Range(range) => problems.push(
                Diagnostic::new(
                    Code("E0214"),
                    file.name(),
                    range.span,
                    "a range does not belong into this list",
                    "a list has single values, a range stands by itself",
                )
                .advice("write the range without the brackets, or list its values"),
            ),
        }
    }
    Some(kept)
}

/// Whether a list is words in the order of their letters, as most lists are: then none stands twice.
fn is_in_order(list: &List) -> bool {
    let mut last = "";
    list.entries.iter().all(|entry| match entry {
        Entry::Atom(Atom::Word(word)) => {
            let before = std::mem::replace(&mut last, &word.text);
            before < last
        }
        Entry::Atom(_) | Entry::Range(_) => false,
    })
}

/// Where a value stands, as far as the tree says.
pub(crate) fn value_span(value: &Value) -> Option<Span> {
    match value {
        Value::Atom(atom) => Some(atom_span(atom)),
        Value::Range(range) => Some(range.span),
        Value::List(list) => Some(list.span),
        Value::Type(spec) => Some(spec.span),
        Value::Choice(choice) => Some(choice.list.span),
        Value::File(text) => Some(text.span),
        Value::Cap(cap) => Some(cap.span),
        Value::Pair(first, last) => Some(first.span.to(last.span)),
        Value::Segment(word) | Value::AlwaysPer(word) => Some(word.span),
        Value::AgainPer(again) => Some(again.per.span),
        Value::AfterLeaving(duration) => Some(duration.span),
        Value::Every(word, _) => Some(word.span),
        _ => None,
    }
}
