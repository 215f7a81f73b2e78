//! From what the grammar read to the tree: definitions, blocks and lines.
//!
//! In: the cleaned text of one file. Out: items with their comments and layout. A line that no shape fits
//! is reported here, once, and stays in the tree as [`Shape::Unreadable`].

use std::collections::VecDeque;
use std::ops::Range;

use unicode_normalization::UnicodeNormalization;

use super::ast::{
    Act, At, Block, Body, Clause, Comment, Definition, Every, Field, Given, Item, Key, Name,
    SendStep, Shape, Span, Text, Value, Wait, WaitKind, When, WhenCondition, Word,
};
use super::clean::Clean;
use super::known::{self, Cell, Cells, Known};
use super::parser::{self, Piece, Rule};
use super::problems::Problems;
use super::source::Limits;
use super::unreadable;

/// Reads the definitions of one file; keeps what it found wrong.
pub(super) struct Reader<'a> {
    pub(super) clean: &'a Clean<'a>,
    pub(super) limits: &'a Limits,
    pub(super) found: Problems,
    /// Start of the text being read, in the cleaned text.
    base: usize,
    /// Comments inside brackets; they move above their line.
    hoisted: Vec<Comment>,
    /// The line is a comment of another language, as is what follows it.
    foreign: Foreign,
    /// The headings around the line being read, outermost first: `action`, `who`.
    around: Vec<String>,
    /// Lines that were read more than once.
    pub(super) known: Known,
}

/// How far a comment that does not start with `#` goes on; it is reported once.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Foreign {
    No,
    ToLineEnd,
    ToSign,
}

/// A block while its lines are read.
#[derive(Default)]
struct Lines<'a> {
    inside: &'a str,
    /// Where that begins in the cleaned text.
    start: usize,
    body: Body,
    /// Comments above the next line.
    pending: Vec<Comment>,
    last_end: usize,
    /// What was read last is no comment.
    after_item: bool,
    /// Lines that were not known, in order, up to what the grammar reads next.
    new: VecDeque<Cell>,
}

impl Lines<'_> {
    fn is_empty(&self) -> bool {
        self.body.items.is_empty() && self.pending.is_empty()
    }

    /// The line breaks above a piece, which is the last one from here on.
    fn newlines(&mut self, at: &Range<usize>) -> usize {
        let last = std::mem::replace(&mut self.last_end, at.end);
        let between = self.inside.get(last..at.start).unwrap_or("");
        between.bytes().filter(|byte| *byte == b'\n').count()
    }

    /// The line that stands just there, if it may be known from now on.
    fn cell(&mut self, at: &Range<usize>) -> Option<Cell> {
        while self.new.front().is_some_and(|cell| cell.at.start < at.start) {
            self.new.pop_front();
        }
        let same = self.new.front().is_some_and(|cell| cell.at == *at);
        if same { self.new.pop_front() } else { None }
    }

    fn comment(&mut self, text: &str, at: Range<usize>) {
        let newlines = self.newlines(&at);
        let blank_above = newlines >= 2 && !self.is_empty();
        let text = text.to_owned();
        if newlines > 0 {
            self.pending.push(Comment { text, blank_above });
        } else {
            let comment = Some(Comment { text, blank_above: false });
            match self.body.items.last_mut() {
                Some(item) if self.after_item => item.comment = comment,
                _ => self.body.opening_comment = comment,
            }
        }
        self.after_item = false;
    }
}

/// One definition as the splitter found it, in offsets of the cleaned text.
#[derive(Clone, Debug)]
pub(super) struct Cut {
    /// First byte of the kind.
    pub(super) start: usize,
    /// The opening brace.
    pub(super) open: usize,
    /// The closing brace.
    pub(super) close: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(clean: &'a Clean<'a>, limits: &'a Limits, known: Known) -> Self {
        Self {
            clean,
            limits,
            found: Problems::new(limits.problems),
            base: 0,
            hoisted: Vec::new(),
            foreign: Foreign::No,
            around: Vec::new(),
            known,
        }
    }

    /// The definition at `cut`; `None` where its heading cannot be read, which is then reported.
    /// Its comments are the caller's.
    pub(super) fn definition(&mut self, cut: &Cut) -> Option<Definition> {
        let clean = self.clean;
        let text = clean.text.get(cut.start..cut.open)?;
        let pieces = parser::heading(text.trim_end());
        let kind_word =
            text.split(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or("");
        self.around = vec![kind_word.to_owned()];
        let body = self.body(cut.open, cut.close);
        self.base = cut.start;
        let Some(pieces) = pieces else {
            if !clean.is_muted(cut.start..cut.open) {
                let span = clean.span(cut.start, cut.start + text.trim_end().len());
                self.found.push(unreadable::heading(clean.file, text, span));
            }
            return None;
        };
        let mut kind = None;
        let mut name = None;
        let mut every = None;
        let mut clauses = Vec::new();
        for piece in pieces {
            match piece.as_rule() {
                Rule::word => kind = Some(self.word(&piece)),
                Rule::heading => {
                    for part in piece.into_inner() {
                        match part.as_rule() {
                            Rule::word | Rule::text => name = self.name(&part),
                            Rule::every => every = self.every(part),
                            _ => clauses.extend(self.clause(part)),
                        }
                    }
                }
                _ => {}
            }
        }
        Some(Definition {
            comments: Vec::new(),
            blank_above: false,
            kind: kind?,
            name,
            every,
            clauses,
            body,
            comment: None,
            span: clean.span(cut.start, cut.close + 1),
        })
    }

    fn every(&self, piece: Piece<'a>) -> Option<Every> {
        let mut words = piece.into_inner().filter(|p| p.as_rule() == Rule::word);
        let kind = self.word(&words.next()?);
        let with = match (words.next(), words.next()) {
            (Some(fact), Some(value)) => Some((self.word(&fact), self.word(&value))),
            _ => None,
        };
        Some(Every { kind, with })
    }

    pub(super) fn clause(&mut self, piece: Piece<'a>) -> Option<Clause> {
        let rule = piece.as_rule();
        for part in piece.into_inner() {
            match (rule, part.as_rule()) {
                (Rule::kept, Rule::duration) => return self.duration(part).map(Clause::Kept),
                (Rule::was, Rule::word) => return Some(Clause::Was(self.word(&part))),
                (Rule::retired, Rule::date) => return self.literal(&part).map(Clause::Retired),
                _ => {}
            }
        }
        None
    }

    /// The block between the braces at `open` and `close` of the cleaned text.
    pub(super) fn body(&mut self, open: usize, close: usize) -> Body {
        let clean = self.clean;
        let span = clean.span(open, close + 1);
        let inside = clean.text.get(open + 1..close).unwrap_or("");
        let outer = self.base;
        let hoisted = std::mem::take(&mut self.hoisted);
        let body = Body { one_line: !inside.contains('\n'), span, ..Body::default() };
        let mut lines = Lines { inside, start: open + 1, body, ..Lines::default() };
        let mut from = 0;
        // Where characters were corrected, equal lines may differ in where their words stand.
        let cells = clean.is_as_written().then(|| Cells::new(inside));
        for cell in cells.into_iter().flatten() {
            let key = inside.get(cell.key.clone()).unwrap_or("");
            let Some(mut shape) = self.known.get(key, lines.start + cell.at.start) else {
                lines.new.push_back(cell);
                continue;
            };
            self.read(&mut lines, from..cell.at.start);
            from = cell.at.end;
            let (open, close) = (lines.start + cell.key.end - 1, lines.start + cell.at.end - 1);
            self.item(&mut lines, cell.at, |reader| {
                if let Shape::Block(block) = &mut shape {
                    reader.around.push(known::heading_word(&block.heading).to_owned());
                    block.body = reader.body(open, close);
                    reader.around.pop();
                }
                shape
            });
        }
        self.read(&mut lines, from..inside.len());
        let Lines { mut body, pending, .. } = lines;
        body.items.shrink_to_fit();
        body.end_comments = pending;
        self.base = outer;
        self.hoisted = hoisted;
        body
    }

    /// Reads a part of a block by the grammar.
    fn read(&mut self, lines: &mut Lines<'a>, part: Range<usize>) {
        let from = part.start;
        let text = lines.inside.get(part).unwrap_or("");
        if text.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b',')) {
            return;
        }
        self.base = lines.start + from;
        for piece in parser::items(text).unwrap_or_default() {
            let start = from + piece.as_span().start();
            let at = start..start + piece.as_str().trim_end().len();
            if piece.as_rule() == Rule::comment {
                lines.comment(piece.as_str().trim_end(), at);
                continue;
            }
            let cell = lines.cell(&at);
            let (inside, start) = (lines.inside, lines.start + start);
            self.item(lines, at, |reader| {
                let problems = |reader: &Self| reader.found.found.len() + reader.found.more;
                let before = problems(reader);
                let shape = reader.shape(piece);
                if let Some(cell) = cell
                    && let Some(key) = inside.get(cell.key.clone())
                    && problems(reader) == before
                    && reader.known.is_wanted(key)
                {
                    reader.known.put(key, cell.is_block(), &shape, start);
                }
                shape
            });
        }
        lines.new.clear();
    }

    /// Adds a line, with what stands above it.
    fn item(
        &mut self,
        lines: &mut Lines<'a>,
        at: Range<usize>,
        shape: impl FnOnce(&mut Self) -> Shape,
    ) {
        let newlines = lines.newlines(&at);
        let blank_above = newlines >= 2 && !lines.is_empty();
        let joined = newlines == 0 && lines.after_item;
        if newlines > 0 && self.foreign == Foreign::ToLineEnd {
            self.foreign = Foreign::No;
        }
        let shape = shape(self);
        let mut comments = std::mem::take(&mut lines.pending);
        comments.append(&mut self.hoisted);
        let span = self.clean.span(lines.start + at.start, lines.start + at.end);
        let joined = joined && comments.is_empty();
        lines.body.items.push(Item { comments, blank_above, joined, shape, comment: None, span });
        lines.after_item = true;
    }

    /// A block that the grammar skipped as a whole.
    pub(super) fn block_of(&mut self, piece: &Piece<'a>, heading: &str) -> Body {
        let open = self.base + piece.as_span().start();
        let close = self.base + piece.as_span().end() - 1;
        self.around.push(heading.to_owned());
        let body = self.body(open, close);
        self.around.pop();
        body
    }

    fn shape(&mut self, piece: Piece<'a>) -> Shape {
        let raw = piece.as_str().trim_end();
        let start = self.base + piece.as_span().start();
        if piece.as_rule() != Rule::unreadable
            && let Some(shape) = self.readable(piece)
        {
            return shape;
        }
        if !self.clean.is_muted(start..start + raw.len()) {
            if self.foreign != Foreign::No {
                if self.foreign == Foreign::ToSign && raw.contains("*/") {
                    self.foreign = Foreign::No;
                }
            } else if self.found.is_full() {
                self.found.more += 1;
            } else {
                let around: Vec<&str> = self.around.iter().map(String::as_str).collect();
                let found = unreadable::line(self.clean, start, raw, &around);
                if found.code == unreadable::FOREIGN_COMMENT {
                    let open = raw.contains("/*") && !raw.contains("*/");
                    self.foreign = if open { Foreign::ToSign } else { Foreign::ToLineEnd };
                }
                self.found.push(found);
            }
        }
        Shape::Unreadable(raw.to_owned())
    }

    fn readable(&mut self, piece: Piece<'a>) -> Option<Shape> {
        Some(match piece.as_rule() {
            Rule::plain => self.plain(piece)?,
            Rule::field => Shape::Field(self.field(piece)?),
            Rule::block => Shape::Block(self.block(piece)?),
            Rule::condition | Rule::path_test => Shape::Condition(self.condition(piece)?),
            Rule::segment_test => Shape::SegmentTest(self.segment_test(piece)?),
            Rule::every_language => Shape::EveryLanguage,
            Rule::cap_line => Shape::Cap(Box::new(self.cap(piece.into_inner().next()?)?)),
            Rule::pause_line => Shape::Pause(Box::new(self.pause(piece)?)),
            Rule::when_line => Shape::When(Box::new(self.when(piece)?)),
            Rule::wait_line => Shape::Wait(Box::new(self.wait(piece)?)),
            Rule::send_line => Shape::Send(Box::new(self.send(piece)?)),
            Rule::outcome_line => {
                Shape::Outcome(Box::new(self.outcome(piece.into_inner().next()?)?))
            }
            Rule::given_line => Shape::Given(Box::new(self.given(piece)?)),
            Rule::at_line => Shape::At(Box::new(self.at(piece)?)),
            _ => return None,
        })
    }

    /// A line that begins with one word: a fact where a colon follows, a block where a brace does, else a condition.
    fn plain(&mut self, piece: Piece<'a>) -> Option<Shape> {
        Some(match piece.clone().into_inner().nth(1)?.as_rule() {
            Rule::colon => Shape::Field(self.field(piece)?),
            Rule::body => Shape::Block(self.block(piece)?),
            _ => Shape::Condition(self.condition(piece)?),
        })
    }

    fn field(&mut self, piece: Piece<'a>) -> Option<Field> {
        let mut parts = piece.into_inner();
        let first = parts.next()?;
        let key = match first.as_rule() {
            Rule::word => Key::Word(self.word(&first)),
            _ => self.key(first.into_inner().next()?)?,
        };
        let mut value = parts.find(|part| part.as_rule() != Rule::colon)?;
        if value.as_rule() == Rule::value {
            value = value.into_inner().next()?;
        }
        let high = match parts.peek().map(|part| part.as_rule()) {
            Some(Rule::kw_to) => parts.nth(1),
            _ => None,
        };
        let value = match high {
            Some(high) => Value::Range(Box::new(self.range_of(value, high)?)),
            None => {
                let heading = match &key {
                    Key::Word(word) => word.text.as_str(),
                    _ => "",
                };
                self.value(value, heading)?
            }
        };
        let mut clauses = Vec::new();
        for part in parts {
            clauses.extend(self.clause(part));
        }
        Some(Field { key, value, clauses })
    }

    fn key(&mut self, piece: Piece<'a>) -> Option<Key> {
        if piece.as_rule() == Rule::percent {
            return self.literal(&piece).map(Key::Percent);
        }
        let rule = piece.as_rule();
        let (first, second) = self.two_words(piece)?;
        Some(if rule == Rule::key_range {
            Key::Range(first, second)
        } else {
            Key::Of(first, second)
        })
    }

    fn block(&mut self, piece: Piece<'a>) -> Option<Block> {
        let mut heading = None;
        let mut name = None;
        let mut body = None;
        for part in piece.into_inner() {
            if part.as_rule() == Rule::body {
                let word = heading.as_ref().map_or("", known::heading_word);
                body = Some(self.block_of(&part, word));
            } else if heading.is_none() {
                heading = self.name(&part);
            } else {
                name = self.name(&part);
            }
        }
        Some(Block { heading: heading?, name, body: body? })
    }

    fn when(&mut self, piece: Piece<'a>) -> Option<When> {
        let mut condition = None;
        let mut outcome = None;
        for part in piece.into_inner() {
            match part.as_rule() {
                Rule::body => condition = Some(WhenCondition::All(self.block_of(&part, "when"))),
                Rule::segment_test => {
                    condition = Some(WhenCondition::Segment(self.segment_test(part)?));
                }
                Rule::condition => {
                    condition = Some(WhenCondition::One(Box::new(self.condition(part)?)));
                }
                Rule::outcome => outcome = self.outcome(part),
                _ => {}
            }
        }
        Some(When { condition: condition?, outcome: outcome? })
    }

    fn wait(&mut self, piece: Piece<'a>) -> Option<Wait> {
        let mut label = None;
        let mut how = None;
        for part in piece.into_inner() {
            match part.as_rule() {
                Rule::word => label = Some(self.word(&part)),
                Rule::duration => how = self.duration(part).map(WaitKind::Duration),
                Rule::wait_for => how = self.wait_for(part),
                Rule::wait_until => how = self.wait_until(part),
                _ => {}
            }
        }
        Some(Wait { label, how: how? })
    }

    fn wait_for(&mut self, piece: Piece<'a>) -> Option<WaitKind> {
        let (mut duration, mut event, mut filter, mut body) = (None, None, None, None);
        for part in piece.into_inner() {
            match part.as_rule() {
                Rule::duration => duration = self.duration(part),
                Rule::word => event = Some(self.word(&part)),
                Rule::filter => filter = self.filter(part),
                Rule::body => body = Some(self.block_of(&part, "wait")),
                _ => {}
            }
        }
        Some(WaitKind::UpTo { duration: duration?, event: event?, filter, body: body? })
    }

    fn wait_until(&mut self, piece: Piece<'a>) -> Option<WaitKind> {
        let mut parts: Vec<Piece<'a>> =
            piece.into_inner().filter(|p| p.as_rule() != Rule::kw_until).collect();
        let to = parts.pop()?;
        let weekday = parts.pop().map(|p| self.word(&p));
        Some(WaitKind::Until { weekday, to: self.atom(to)? })
    }

    fn send(&mut self, piece: Piece<'a>) -> Option<SendStep> {
        let (mut action, mut by, mut body) = (None, None, None);
        for part in piece.into_inner() {
            match part.as_rule() {
                Rule::word => action = Some(self.word(&part)),
                Rule::by => by = self.by(part),
                Rule::body => body = Some(self.block_of(&part, "send")),
                _ => {}
            }
        }
        Some(SendStep { action: action?, by, body })
    }

    fn given(&mut self, piece: Piece<'a>) -> Option<Given> {
        let (persona, body) = self.word_and_body(piece, "given");
        Some(Given { persona: persona?, body })
    }

    fn at(&mut self, piece: Piece<'a>) -> Option<At> {
        let (mut moment, mut act, mut expect) = (None, None, None);
        for part in piece.into_inner() {
            match part.as_rule() {
                Rule::moment => moment = self.literal(&part),
                Rule::expect => expect = Some(self.expect(part)?),
                Rule::kw_at => {}
                _ => act = Some(self.act(part)?),
            }
        }
        Some(At { moment: moment?, act, expect })
    }

    fn act(&mut self, piece: Piece<'a>) -> Option<Act> {
        let rule = piece.as_rule();
        if matches!(rule, Rule::ask | Rule::event) {
            let (word, body) = self.word_and_body(piece, "given");
            return word
                .map(|w| if rule == Rule::ask { Act::Ask(w, body) } else { Act::Event(w, body) });
        }
        let mut words = piece.into_inner().filter(|p| p.as_rule() == Rule::word);
        let first = self.word(&words.next()?);
        let second = words.next().map(|p| self.word(&p));
        Some(match rule {
            Rule::send => Act::Send(first, second?),
            Rule::record => Act::Shown(first, second?),
            Rule::withdraw => Act::Withdraw(first, second),
            Rule::grant => Act::Grant(first, second),
            _ => return None,
        })
    }

    /// For shapes that are a keyword, a word and perhaps a block.
    pub(super) fn word_and_body(
        &mut self,
        piece: Piece<'a>,
        heading: &str,
    ) -> (Option<Word>, Option<Body>) {
        let (mut word, mut body) = (None, None);
        for part in piece.into_inner() {
            match part.as_rule() {
                Rule::word => word = Some(self.word(&part)),
                Rule::body => body = Some(self.block_of(&part, heading)),
                _ => {}
            }
        }
        (word, body)
    }

    pub(super) fn two_words(&self, piece: Piece<'a>) -> Option<(Word, Word)> {
        let mut words = piece.into_inner().filter(|p| p.as_rule() == Rule::word);
        Some((self.word(&words.next()?), self.word(&words.next()?)))
    }

    /// Where a piece stands in the file; a rule that ends in an optional part takes the blanks behind it.
    pub(super) fn span(&self, piece: &Piece<'_>) -> Span {
        let start = self.base + piece.as_span().start();
        self.clean.span(start, start + piece.as_str().trim_end().len())
    }

    pub(super) fn word(&self, piece: &Piece<'_>) -> Word {
        self.word_at(piece.as_str(), piece.as_span().start())
    }

    /// A word that starts at `start` of the text being read.
    pub(super) fn word_at(&self, raw: &str, start: usize) -> Word {
        let text = if raw.is_ascii() { raw.to_owned() } else { raw.nfc().collect() };
        let start = self.base + start;
        Word { text, span: self.clean.span(start, start + raw.len()) }
    }

    pub(super) fn text(&self, piece: &Piece<'_>) -> Text {
        let quoted = piece.as_str();
        let raw = quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or("").to_owned();
        Text { raw, span: self.span(piece) }
    }

    pub(super) fn name(&self, piece: &Piece<'_>) -> Option<Name> {
        match piece.as_rule() {
            Rule::word => Some(Name::Word(self.word(piece))),
            Rule::text => Some(Name::Text(self.text(piece))),
            _ => None,
        }
    }

    /// A comment inside brackets moves above the line.
    pub(super) fn hoist(&mut self, piece: &Piece<'_>) {
        let text = piece.as_str().trim_end().to_owned();
        self.hoisted.push(Comment { text, blank_above: false });
    }
}
