//! Seeded dice, and short ways to build pieces of a tree.

use onward::syntax::ast::{
    Atom, Block, Body, Cap, CapPer, Definition, Duration, Entry, Field, IfUnknown, Item, Key, List,
    Literal, LiteralKind, Name, Range, Shape, Span, Text, Unit, Value, Word,
};
use rand_pcg::Pcg64;
use rand_pcg::rand_core::{Rng, SeedableRng};

/// All chance of a world comes from here; the generator is named, so that a seed means the same for ever.
pub(crate) struct Dice(Pcg64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Pcg64::seed_from_u64(seed))
    }
    /// 0 to `n - 1`.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.0.next_u64() % n as u64).unwrap()
    }
    /// `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: usize, high: usize) -> usize {
        low + self.below(high - low + 1)
    }
    /// True so many times in a hundred.
    pub(crate) fn percent(&mut self, often: usize) -> bool {
        self.below(100) < often
    }
    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
    pub(crate) fn word(&mut self, from: &[&str]) -> String {
        (*self.pick(from)).to_owned()
    }
    pub(crate) fn shuffle<T>(&mut self, list: &mut [T]) {
        for end in (1..list.len()).rev() {
            list.swap(end, self.below(end + 1));
        }
    }
    /// `low` to `high` different entries.
    pub(crate) fn some<T: Clone>(&mut self, from: &[T], low: usize, high: usize) -> Vec<T> {
        let mut all = from.to_vec();
        self.shuffle(&mut all);
        let high = high.min(all.len());
        all.truncate(self.between(low.min(high), high));
        all
    }
}

pub(crate) fn word(text: &str) -> Word {
    Word { text: text.to_owned(), span: Span::default() }
}

pub(crate) fn quoted(text: &str) -> Text {
    let raw = text.replace('\\', "\\\\").replace('"', "\\\"");
    Text { raw, span: Span::default() }
}

/// Whether it can stand without quotes. Words are kept in NFC, so a text that is not must be quoted.
fn is_plain(text: &str) -> bool {
    let decomposed = |c: char| ('\u{300}'..='\u{36F}').contains(&c);
    !text.is_empty()
        && text.chars().all(|c| c.is_alphanumeric() || c == '_' || !c.is_ascii() && !decomposed(c))
        && !text.starts_with(|c: char| c.is_ascii_digit())
}

/// A name or a value: quoted only where it is no plain word.
pub(crate) fn atom(text: &str) -> Atom {
    if is_plain(text) { Atom::Word(word(text)) } else { Atom::Text(quoted(text)) }
}

pub(crate) fn name(text: &str) -> Name {
    if is_plain(text) { Name::Word(word(text)) } else { Name::Text(quoted(text)) }
}

pub(crate) fn literal(kind: LiteralKind, raw: impl Into<String>) -> Literal {
    Literal { kind, raw: raw.into(), span: Span::default() }
}

/// A literal by its spelling.
pub(crate) fn lit(raw: &str) -> Atom {
    let kind = match raw {
        _ if raw.ends_with('%') => LiteralKind::Percent,
        _ if raw.starts_with(|c: char| c.is_ascii_uppercase()) => LiteralKind::Money,
        _ if raw.len() == 10 && raw.as_bytes()[4] == b'-' => LiteralKind::Date,
        _ if raw.len() == 5 && raw.as_bytes()[2] == b':' => LiteralKind::Clock,
        _ if raw.contains(':') => LiteralKind::Moment,
        _ => LiteralKind::Number,
    };
    Atom::Literal(literal(kind, raw))
}

pub(crate) fn range(low: Atom, high: Atom) -> Range {
    Range { low, high, span: Span::default() }
}

pub(crate) fn list(atoms: impl IntoIterator<Item = Atom>) -> List {
    List { entries: atoms.into_iter().map(Entry::Atom).collect(), span: Span::default() }
}

pub(crate) fn names<T: AsRef<str>>(words: &[T]) -> List {
    list(words.iter().map(|word| atom(word.as_ref())))
}

pub(crate) fn duration(count: usize, calendar: bool, unit: Unit) -> Duration {
    let count = literal(LiteralKind::Number, count.to_string());
    Duration { count, calendar, unit, span: Span::default() }
}

pub(crate) fn answer(yes: bool) -> IfUnknown {
    IfUnknown { answer: word(if yes { "yes" } else { "no" }), span: Span::default() }
}

pub(crate) fn item(shape: Shape) -> Item {
    Item {
        comments: Vec::new(),
        blank_above: false,
        joined: false,
        shape,
        comment: None,
        span: Span::default(),
    }
}

pub(crate) fn field(key: &str, value: Value) -> Item {
    let key = Key::Word(word(key));
    item(Shape::Field(Field { key, value, clauses: Vec::new() }))
}

/// `key: word`
pub(crate) fn says(key: &str, value: &str) -> Item {
    field(key, Value::Atom(atom(value)))
}

/// `key: EUR 12`
pub(crate) fn worth(key: &str, raw: &str) -> Item {
    field(key, Value::Atom(lit(raw)))
}

/// `at most 1 per line`
pub(crate) fn share(most: usize, alike: &str) -> Item {
    item(Shape::Cap(Box::new(Cap {
        most: literal(LiteralKind::Number, most.to_string()),
        counted: None,
        per: CapPer::Word(word(alike)),
        on: None,
        span: Span::default(),
    })))
}

pub(crate) fn body(items: Vec<Item>) -> Body {
    Body { items, ..Body::default() }
}

pub(crate) fn block(heading: &str, second: Option<&str>, items: Vec<Item>) -> Item {
    let (heading, name) = (name(heading), second.map(name));
    item(Shape::Block(Block { heading, name, body: body(items) }))
}

pub(crate) fn definition(kind: &str, called: Option<&str>, items: Vec<Item>) -> Definition {
    Definition {
        comments: Vec::new(),
        blank_above: false,
        kind: word(kind),
        name: called.map(name),
        every: None,
        clauses: Vec::new(),
        body: body(items),
        comment: None,
        span: Span::default(),
    }
}
