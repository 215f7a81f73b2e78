//! A line as text: words in between, blocks and lists kept apart, because only those can be broken.
//!
//! One spelling of every shape, shared by the formatter, the canonical text and the single lines that
//! other stages show.

use super::ast::{
    Act, AgainHow, Aggregate, AggregateKind, Atom, BaseType, Body, By, Cap, CapOn, CapPer,
    CapShare, Choice, ChoiceKind, Clause, CompareOp, Condition, Counted, Definition, Duration,
    Entries, Entry, EventPhrase, Expect, Formula, IfUnknown, Key, List, Name, Outcome, Presence,
    ProductOp, Range, Reach, SegmentTest, Shape, Subject, SumOp, Test, TypeSpec, Unit, Value, Wait,
    WaitKind, WhenCondition, Word,
};

use crate::mutant::mutant;

/// A stretch of a line.
#[derive(Debug)]
pub(super) enum Piece<'a> {
    /// Words, with the blanks between them.
    Words(String),
    /// A block, with the word that says what it is.
    Block(&'a Body, &'a str),
    /// A list, and whether its order means something.
    List(&'a List, bool),
}

/// Collects the pieces of one line, or writes it out at once.
#[derive(Debug, Default)]
pub(super) struct Line<'a> {
    pub(super) pieces: Vec<Piece<'a>>,
    /// The text so far, where nobody asks for the pieces.
    pub(super) written: Option<Written>,
}

/// A line written out as it goes along.
#[derive(Debug, Default)]
pub(super) struct Written {
    pub(super) text: String,
    /// Without the order that means nothing.
    pub(super) normal: bool,
}

impl<'a> Line<'a> {
    pub(super) fn of(shape: &'a Shape) -> Self {
        let mut line = Self::default();
        line.shape(shape);
        line
    }

    /// The heading of a definition and its block.
    pub(super) fn of_definition(definition: &'a Definition) -> Self {
        let mut line = Self::default();
        line.definition(definition, &definition.clauses);
        line
    }

    /// The heading of a definition, with these clauses, and its block.
    pub(super) fn definition(&mut self, definition: &'a Definition, clauses: &[Clause]) {
        self.heading(definition, clauses);
        self.put(" ");
        self.block(&definition.body, &definition.kind.text);
    }

    /// The heading of a definition, with these clauses.
    pub(super) fn heading(&mut self, definition: &Definition, clauses: &[Clause]) {
        self.put(&definition.kind.text);
        if let Some(name) = &definition.name {
            self.put(" ");
            self.name(name);
        }
        if let Some(every) = &definition.every {
            self.put(" every ");
            self.put(&every.kind.text);
            if let Some((fact, value)) = &every.with {
                self.put(" with ");
                self.put(&fact.text);
                self.put(" ");
                self.put(&value.text);
            }
        }
        self.clauses(clauses);
    }

    /// What `write` says, words alone, lists written out; blocks as `{ ... }`.
    pub(super) fn flat(write: impl FnOnce(&mut Self)) -> String {
        Self::written(false, write)
    }

    /// The words alone of pieces, lists written out; blocks as `{ ... }`.
    pub(super) fn joined(pieces: &[Piece<'a>]) -> String {
        Self::flat(|line| {
            for piece in pieces {
                match piece {
                    Piece::Words(words) => line.put(words),
                    Piece::List(list, ordered) => line.list(list, *ordered),
                    Piece::Block(body, heading) => line.block(body, heading),
                }
            }
        })
    }

    /// What `write` says as text, in the normal order or as it stands.
    pub(super) fn written(normal: bool, write: impl FnOnce(&mut Self)) -> String {
        let text = String::with_capacity(64);
        let mut line = Self { pieces: Vec::new(), written: Some(Written { text, normal }) };
        write(&mut line);
        line.written.map(|written| written.text).unwrap_or_default()
    }

    pub(super) fn put(&mut self, words: &str) {
        if let Some(written) = &mut self.written {
            return written.text.push_str(words);
        }
        match self.pieces.last_mut() {
            Some(Piece::Words(before)) => before.push_str(words),
            _ => self.pieces.push(Piece::Words(words.to_owned())),
        }
    }

    fn block(&mut self, body: &'a Body, heading: &'a str) {
        match &self.written {
            None => self.pieces.push(Piece::Block(body, heading)),
            Some(written) if written.normal => self.normal_block(body, heading),
            Some(_) if body.items.is_empty() => self.put("{ }"),
            Some(_) => {
                for (at, item) in body.items.iter().enumerate() {
                    self.put(if at > 0 { ", " } else { "{ " });
                    self.shape(&item.shape);
                }
                self.put(" }");
            }
        }
    }

    fn list(&mut self, list: &'a List, ordered: bool) {
        match &self.written {
            None => self.pieces.push(Piece::List(list, ordered)),
            Some(written) if written.normal && !ordered => self.normal_list(list),
            Some(_) => {
                self.put("[");
                for (at, entry) in list.entries.iter().enumerate() {
                    if at > 0 {
                        self.put(", ");
                    }
                    self.entry(entry);
                }
                self.put("]");
            }
        }
    }

    pub(super) fn entry(&mut self, entry: &Entry) {
        match entry {
            Entry::Atom(atom) => self.atom(atom),
            Entry::Range(range) => self.range(range),
        }
    }

    pub(super) fn shape(&mut self, shape: &'a Shape) {
        match shape {
            Shape::Field(field) => {
                let languages = matches!(&field.key, Key::Word(key) if key.text == "languages");
                self.key(&field.key);
                self.put(": ");
                self.value(&field.value, languages);
                self.clauses(&field.clauses);
            }
            Shape::Block(block) => {
                self.name(&block.heading);
                self.put(" ");
                if let Some(name) = &block.name {
                    self.name(name);
                    self.put(" ");
                }
                let heading = match &block.heading {
                    Name::Word(word) => word.text.as_str(),
                    Name::Text(_) => "",
                };
                self.block(&block.body, heading);
            }
            Shape::Condition(condition) => self.condition(condition),
            Shape::SegmentTest(test) => self.segment_test(test),
            Shape::EveryLanguage => self.put("message in every language"),
            Shape::Cap(cap) => self.cap(cap),
            Shape::Pause(pause) => {
                self.put("after ");
                self.put(&pause.count.raw);
                self.put(" ");
                self.put(&pause.outcome.text);
                self.put(" ");
                self.reach(&pause.reach);
                self.put(" pause ");
                self.duration(&pause.pause);
            }
            Shape::When(when) => {
                self.put("when ");
                match &when.condition {
                    WhenCondition::One(condition) => self.condition(condition),
                    WhenCondition::Segment(test) => self.segment_test(test),
                    WhenCondition::All(body) => self.block(body, "when"),
                }
                self.put(": ");
                self.outcome(&when.outcome);
            }
            Shape::Wait(wait) => self.wait(wait),
            Shape::Send(send) => {
                self.put("send ");
                self.put(&send.action.text);
                if let Some(by) = &send.by {
                    self.put(" by ");
                    self.by(by);
                }
                self.optional_block(send.body.as_ref(), "send");
            }
            Shape::Outcome(outcome) => self.outcome(outcome),
            Shape::Given(given) => {
                self.put("given ");
                self.put(&given.persona.text);
                self.optional_block(given.body.as_ref(), "given");
            }
            Shape::At(at) => {
                self.put("at ");
                self.put(&at.moment.raw);
                if let Some(act) = &at.act {
                    self.put(" ");
                    self.act(act);
                }
                if let Some(expect) = &at.expect {
                    self.put(" expect ");
                    self.expect(expect);
                }
            }
            Shape::Unreadable(raw) => self.put(raw),
        }
    }

    fn optional_block(&mut self, body: Option<&'a Body>, heading: &'a str) {
        if let Some(body) = body {
            self.put(" ");
            self.block(body, heading);
        }
    }

    fn name(&mut self, name: &Name) {
        match name {
            Name::Word(word) => self.put(&word.text),
            Name::Text(text) => self.text(&text.raw),
        }
    }

    fn text(&mut self, raw: &str) {
        self.put("\"");
        self.put(raw);
        self.put("\"");
    }

    fn clauses(&mut self, clauses: &[Clause]) {
        for clause in clauses {
            match clause {
                Clause::Kept(duration) => {
                    self.put(" kept ");
                    self.duration(duration);
                }
                Clause::Was(word) => {
                    self.put(" was ");
                    self.put(&word.text);
                }
                Clause::Retired(date) => {
                    self.put(" retired ");
                    self.put(&date.raw);
                }
            }
        }
    }

    fn key(&mut self, key: &Key) {
        match key {
            Key::Word(word) => self.put(&word.text),
            Key::Range(low, high) => {
                self.put(&low.text);
                self.put(" to ");
                self.put(&high.text);
            }
            Key::Of(what, owner) => {
                self.put(&what.text);
                self.put(" of ");
                self.put(&owner.text);
            }
            Key::Percent(percent) => self.put(&percent.raw),
        }
    }

    fn value(&mut self, value: &'a Value, languages: bool) {
        match value {
            Value::Atom(atom) => self.atom(atom),
            Value::Range(range) => self.range(range),
            Value::List(list) => self.list(list, languages),
            Value::Type(spec) => self.type_spec(spec),
            Value::Choice(choice) => self.choice(choice),
            Value::File(text) => {
                self.put("file ");
                self.text(&text.raw);
            }
            Value::Formula(formula) => self.formula(formula),
            Value::Cap(cap) => self.cap(cap),
            Value::Event(phrase) => self.event_phrase(phrase),
            Value::AfterLeaving(duration) => self.after_leaving(duration),
            Value::AlwaysPer(word) => self.named("always per ", word),
            Value::AgainPer(again) => {
                match &again.how {
                    AgainHow::Never => self.put("never"),
                    AgainHow::Restart => self.put("restart"),
                    AgainHow::After(duration) => self.after_leaving(duration),
                }
                self.named(" per ", &again.per);
            }
            Value::Outcome(outcome) => self.outcome(outcome),
            Value::Pair(what, owner) => {
                self.put(&what.text);
                self.put(" of ");
                self.put(&owner.text);
            }
            Value::OnlyInJourneys => self.put("only in journeys"),
            Value::ThoseAlreadyIn => self.put("those already in"),
            Value::Segment(word) => {
                self.put("segment ");
                self.put(&word.text);
            }
            Value::Every(word, clock) => {
                self.put("every ");
                self.put(&word.text);
                if let Some(clock) = clock {
                    self.put(" at ");
                    self.put(&clock.raw);
                }
            }
        }
    }

    fn type_spec(&mut self, spec: &'a TypeSpec) {
        match spec.presence {
            Some(Presence::Required) => self.put("required "),
            Some(Presence::Optional) => self.put("optional "),
            None => {}
        }
        match &spec.base {
            BaseType::OneOf(list) => {
                self.put("one of ");
                self.list(list, false);
            }
            BaseType::SomeOf(list) => {
                self.put("some of ");
                self.list(list, false);
            }
            BaseType::Named(word, range) => {
                self.put(&word.text);
                if let Some(range) = range {
                    self.put(" ");
                    self.range(range);
                }
            }
        }
        if spec.personal_data {
            self.put(" personal_data");
        }
        match &spec.default {
            Some(Entries::One(atom)) => {
                self.put(" default ");
                self.atom(atom);
            }
            Some(Entries::Many(list)) => {
                self.put(" default ");
                self.list(list, false);
            }
            None => {}
        }
    }

    fn choice(&mut self, choice: &'a Choice) {
        self.put(match choice.how {
            ChoiceKind::First => "first of ",
            ChoiceKind::Preferred => "preferred of ",
        });
        self.list(&choice.list, true);
    }

    /// `first of [email]` is `email`: one channel is no choice.
    fn by(&mut self, by: &'a By) {
        match by {
            By::Channel(word) => self.put(&word.text),
            By::Choice(choice) => match choice.list.entries.as_slice() {
                [Entry::Atom(Atom::Word(word))] => self.put(&word.text),
                _ => self.choice(choice),
            },
        }
    }

    fn event_phrase(&mut self, phrase: &'a EventPhrase) {
        if phrase.first {
            self.put("first ");
        }
        self.put(&phrase.event.text);
        self.filter(phrase.filter.as_ref());
        if let Some(within) = &phrase.within {
            self.put(" within ");
            self.duration(within);
            if phrase.of_entering {
                self.put(" of entering");
            }
        }
    }

    fn filter(&mut self, filter: Option<&'a Body>) {
        if let Some(filter) = filter {
            self.put(" where ");
            self.block(filter, "where");
        }
    }

    pub(super) fn formula(&mut self, formula: &'a Formula) {
        match formula {
            Formula::Sum(first, rest) => {
                self.formula(first);
                for (sign, term) in rest {
                    self.put(if *sign == SumOp::Plus { " + " } else { " - " });
                    self.grouped(term, matches!(term, Formula::Sum(..)));
                }
            }
            Formula::Product(first, rest) => {
                self.grouped(first, matches!(**first, Formula::Sum(..)));
                for (sign, factor) in rest {
                    self.put(if *sign == ProductOp::Times { " * " } else { " / " });
                    self.grouped(factor, matches!(factor, Formula::Sum(..) | Formula::Product(..)));
                }
            }
            Formula::Group(inner) => self.grouped(inner, true),
            Formula::Min(entries) => self.extreme("min of [", entries),
            Formula::Max(entries) => self.extreme("max of [", entries),
            Formula::Operand(atom, otherwise) => {
                self.atom(atom);
                if let Some(otherwise) = otherwise {
                    self.put(" else ");
                    self.atom(otherwise);
                }
            }
            Formula::Aggregate(aggregate, otherwise) => {
                self.aggregate(aggregate);
                if let Some(otherwise) = otherwise {
                    self.put(" else ");
                    self.atom(otherwise);
                }
            }
        }
    }

    fn grouped(&mut self, formula: &'a Formula, brackets: bool) {
        if brackets {
            self.put("(");
        }
        self.formula(formula);
        if brackets {
            self.put(")");
        }
    }

    fn extreme(&mut self, start: &str, entries: &'a [Formula]) {
        self.put(start);
        for (at, entry) in entries.iter().enumerate() {
            if at > 0 {
                self.put(", ");
            }
            self.formula(entry);
        }
        self.put("]");
    }

    pub(super) fn condition(&mut self, condition: &'a Condition) {
        match &condition.subject {
            Subject::Word(word) => self.put(&word.text),
            Subject::Path(owner, field) => {
                self.put(&owner.text);
                self.put(".");
                self.put(&field.text);
            }
            Subject::Aggregate(aggregate) => self.aggregate(aggregate),
        }
        self.put(" ");
        self.test(&condition.test);
        self.if_unknown(condition.if_unknown.as_ref());
    }

    pub(super) fn segment_test(&mut self, test: &SegmentTest) {
        self.put(if test.negative { "not in segment " } else { "in segment " });
        self.put(&test.segment.text);
        self.if_unknown(test.if_unknown.as_ref());
    }

    fn if_unknown(&mut self, answer: Option<&IfUnknown>) {
        if let Some(answer) = answer {
            self.put(" (if_unknown: ");
            self.put(&answer.answer.text);
            self.put(")");
        }
    }

    pub(super) fn aggregate(&mut self, aggregate: &'a Aggregate) {
        self.put(match aggregate.function {
            AggregateKind::Count => "count of ",
            AggregateKind::Total => "total of ",
            AggregateKind::Average => "average of ",
            AggregateKind::Largest => "largest of ",
            AggregateKind::Smallest => "smallest of ",
            AggregateKind::DaysSinceLast => "days since last ",
            AggregateKind::First => "first ",
            AggregateKind::Last => "last ",
        });
        self.put(&aggregate.event.text);
        if let Some(field) = &aggregate.field {
            self.put(".");
            self.put(&field.text);
        }
        self.filter(aggregate.filter.as_ref());
        if let Some(reach) = &aggregate.reach {
            self.put(" ");
            self.reach(reach);
        }
        if aggregate.ever {
            self.put(" ever");
        }
    }

    fn reach(&mut self, reach: &Reach) {
        self.put(if reach.next { "in the next " } else { "in the last " });
        self.duration(&reach.duration);
    }

    fn test(&mut self, test: &'a Test) {
        let (words, atom, list) = match test {
            Test::Is(atom) => ("is ", Some(atom), None),
            Test::IsNot(atom) => ("is not ", Some(atom), None),
            Test::IsKnown => ("is known", None, None),
            Test::IsUnknown => ("is unknown", None, None),
            Test::Compare(CompareOp::AtLeast, atom) => (">= ", Some(atom), None),
            Test::Compare(CompareOp::AtMost, atom) => ("<= ", Some(atom), None),
            Test::Compare(CompareOp::Above, atom) => ("> ", Some(atom), None),
            Test::Compare(CompareOp::Below, atom) => ("< ", Some(atom), None),
            Test::InList(list) => ("in ", None, Some(list)),
            Test::NotInList(list) => ("not in ", None, Some(list)),
            Test::Has(atom) => ("has ", Some(atom), None),
            Test::HasAny(list) => ("has any of ", None, Some(list)),
            Test::HasAll(list) => ("has all of ", None, Some(list)),
            Test::Lacks(atom) => ("lacks ", Some(atom), None),
            Test::InRange(range) | Test::NotInRange(range) => {
                self.put(if matches!(test, Test::InRange(_)) { "in " } else { "not in " });
                return self.range(range);
            }
            Test::Within(reach) | Test::NotWithin(reach) => {
                if matches!(test, Test::NotWithin(_)) {
                    self.put("not ");
                }
                return self.reach(reach);
            }
        };
        self.put(words);
        if let Some(atom) = atom {
            self.atom(atom);
        }
        if let Some(list) = list {
            self.list(list, false);
        }
    }

    fn cap(&mut self, cap: &'a Cap) {
        self.put("at most ");
        self.put(&cap.most.raw);
        match cap.counted {
            Some(Counted::Sent) => self.put(" sent"),
            Some(Counted::Shown) => self.put(" shown"),
            None => {}
        }
        match &cap.per {
            CapPer::Duration(duration) => {
                self.put(" per ");
                self.duration(duration);
            }
            CapPer::Calendar(unit) => {
                self.put(" per calendar ");
                self.put(unit_word(*unit));
            }
            CapPer::Word(word) => {
                self.put(" per ");
                self.put(&word.text);
            }
            CapPer::Total => self.put(" in total"),
        }
        if let Some(on) = &cap.on {
            self.cap_on(on);
        }
    }

    /// `on [email]` is `on email`.
    fn cap_on(&mut self, on: &'a CapOn) {
        self.put(" on ");
        match &on.channels {
            Entries::One(atom) => self.atom(atom),
            Entries::Many(list) => match list.entries.as_slice() {
                [Entry::Atom(Atom::Word(word))] if !mutant!("keeps_single_brackets") => {
                    self.put(&word.text)
                }
                _ => self.list(list, false),
            },
        }
        match on.share {
            Some(CapShare::Together) => self.put(" together"),
            Some(CapShare::Each) => self.put(" each"),
            None => {}
        }
    }

    fn wait(&mut self, wait: &'a Wait) {
        self.put("wait ");
        if let Some(label) = &wait.label {
            self.put(&label.text);
            self.put(": ");
        }
        match &wait.how {
            WaitKind::Duration(duration) => self.duration(duration),
            WaitKind::UpTo { duration, event, filter, body } => {
                self.put("up to ");
                self.duration(duration);
                self.put(" for ");
                self.put(&event.text);
                self.filter(filter.as_ref());
                self.put(" ");
                self.block(body, "wait");
            }
            WaitKind::Until { weekday, to } => {
                self.put("until ");
                if let Some(weekday) = weekday {
                    self.put(&weekday.text);
                    self.put(" ");
                }
                self.atom(to);
            }
        }
    }

    fn outcome(&mut self, outcome: &'a Outcome) {
        match outcome {
            Outcome::Finish(word) => {
                self.put("finish ");
                self.put(&word.text);
            }
            Outcome::Continue => self.put("continue"),
            Outcome::GoTo(word) => {
                self.put("go to ");
                self.put(&word.text);
            }
            Outcome::Transfer(word, body) => {
                self.put("transfer to ");
                self.put(&word.text);
                self.optional_block(body.as_ref(), "transfer");
            }
            Outcome::Retry(duration, then) => {
                self.put("retry for ");
                self.duration(duration);
                self.put(" then ");
                self.outcome(then);
            }
        }
    }

    fn act(&mut self, act: &'a Act) {
        let (verb, first, body, joint, second) = match act {
            Act::Ask(word, body) => ("ask ", word, body.as_ref(), "", None),
            Act::Event(word, body) => ("event ", word, body.as_ref(), "", None),
            Act::Send(word, by) => ("send ", word, None, " by ", Some(by)),
            Act::Shown(word, by) => ("shown ", word, None, " by ", Some(by)),
            Act::Withdraw(word, of) => ("withdraw consent ", word, None, " for ", of.as_ref()),
            Act::Grant(word, of) => ("grant consent ", word, None, " for ", of.as_ref()),
        };
        self.put(verb);
        self.put(&first.text);
        self.optional_block(body, "given");
        if let Some(second) = second {
            self.put(joint);
            self.put(&second.text);
        }
    }

    fn expect(&mut self, expect: &'a Expect) {
        match expect {
            Expect::Nothing => self.put("nothing"),
            Expect::Shown { actions, language, channel } => {
                self.put("shown ");
                match actions {
                    Entries::One(atom) => self.atom(atom),
                    Entries::Many(list) => self.list(list, true),
                }
                if let Some(language) = language {
                    self.put(" in ");
                    self.name(language);
                }
                if let Some(channel) = channel {
                    self.put(" by ");
                    self.put(&channel.text);
                }
            }
            Expect::Blocked { action, reason, name } => {
                if let Some(action) = action {
                    self.put(&action.text);
                    self.put(" ");
                }
                self.put("blocked by ");
                self.put(&reason.text);
                if let Some(name) = name {
                    self.put(" ");
                    self.put(&name.text);
                }
            }
            Expect::Sent(action, channel) => {
                self.put("sent");
                if let Some(action) = action {
                    self.put(" ");
                    self.put(&action.text);
                }
                if let Some(channel) = channel {
                    self.put(" by ");
                    self.put(&channel.text);
                }
            }
            Expect::AtStep(word) => self.named("at step ", word),
            Expect::InJourney(word) => self.named("in journey ", word),
            Expect::FinishedAs(word) => self.named("finished as ", word),
        }
    }

    fn named(&mut self, before: &'a str, word: &'a Word) {
        self.put(before);
        self.put(&word.text);
    }

    fn after_leaving(&mut self, duration: &'a Duration) {
        self.duration(duration);
        self.put(" after leaving");
    }

    fn range(&mut self, range: &Range) {
        self.atom(&range.low);
        self.put(" to ");
        self.atom(&range.high);
    }

    pub(super) fn atom(&mut self, atom: &Atom) {
        match atom {
            Atom::Word(word) => self.put(&word.text),
            Atom::Path(owner, field) => {
                self.put(&owner.text);
                self.put(".");
                self.put(&field.text);
            }
            Atom::Literal(literal) => self.put(&literal.raw),
            Atom::Duration(duration) => self.duration(duration),
            Atom::Text(text) => self.text(&text.raw),
        }
    }

    /// `1 day`, `2 days`.
    fn duration(&mut self, duration: &Duration) {
        self.put(&duration.count.raw);
        self.put(if duration.calendar { " calendar " } else { " " });
        self.put(unit_word(duration.unit));
        if duration.count.raw != "1" {
            self.put("s");
        }
    }
}

/// One entry of a list.
pub(super) fn flat_entry(entry: &Entry) -> String {
    Line::flat(|line| line.entry(entry))
}

/// `[a, b]`
pub(super) fn flat_list(list: &List) -> String {
    Line::flat(|line| line.list(list, true))
}

fn unit_word(unit: Unit) -> &'static str {
    match unit {
        Unit::Minute => "minute",
        Unit::Hour => "hour",
        Unit::Day => "day",
        Unit::Week => "week",
        Unit::Month => "month",
        Unit::Quarter => "quarter",
        Unit::Year => "year",
    }
}
