//! A rule of the workload in each engine's own language, spelt so that it costs that engine least.
//!
//! Unknown readings are values of their own where that is cheaper than asking: category `?`, set `["?"]`, flag
//! `?`, and for numbers what [`Numbers`] says. Segments are written out, as none of the engines shares them by
//! name; one that finds equal parts by itself (a-tree) may do so.

use crate::workload::{Action, Ask, Item, Kind, Reading, Test, Workload, text};

/// How an engine says that a number is not known.
#[derive(Clone, Copy, PartialEq)]
pub enum Numbers {
    /// Tests of an attribute that is not there hold in no direction.
    Absent,
    /// -1, below all that there are.
    Minus,
}

/// A language.
pub struct Dialect {
    pub and: &'static str,
    pub or: &'static str,
    pub quote: char,
    pub numbers: Numbers,
    /// Goes before an attribute's name.
    pub before: &'static str,
    /// The category (or flag) is one of these words.
    pub among: fn(&str, &[String]) -> String,
    /// It is none of them.
    pub not_among: fn(&str, &[String]) -> String,
    /// The number lies between, both ends included.
    pub between: fn(&str, i32, i32) -> String,
    /// The set has one of these words.
    pub has_any: fn(&str, &[String]) -> String,
    /// The set has none of these words.
    pub lacks: fn(&str, &[String]) -> String,
    /// The attribute is not there; only with [`Numbers::Absent`].
    pub absent: fn(&str) -> String,
}

impl Dialect {
    pub fn rule(&self, workload: &Workload, action: &Action) -> String {
        let mut parts = Vec::new();
        for item in &action.who {
            match item {
                Item::Test(test) => parts.push(self.test(workload, test)),
                Item::Any(tests) => {
                    let tests: Vec<_> = tests.iter().map(|t| self.test(workload, t)).collect();
                    parts.push(format!("({})", tests.join(self.or)));
                }
                Item::Segment(segment) => {
                    let tests = &workload.segments[usize::from(*segment)];
                    parts.extend(tests.iter().map(|test| self.test(workload, test)));
                }
            }
        }
        parts.join(self.and)
    }

    fn test(&self, workload: &Workload, test: &Test) -> String {
        let at = usize::from(test.attribute);
        let name = format!("{}{}", self.before, text::attribute(at));
        let words = |bits: u64, unknown: bool| {
            let named = (0..64).filter(|bit| bits >> bit & 1 == 1).map(word);
            let all = named.chain(unknown.then(|| "?".to_owned()));
            all.map(|word| format!("{0}{word}{0}", self.quote)).collect::<Vec<_>>()
        };
        match test.ask {
            Ask::Among(values) => (self.among)(&name, &words(values, false)),
            Ask::NotAmong(values) => (self.not_among)(&name, &words(values, !test.unknown)),
            Ask::Flag(yes) => (self.among)(&name, &words(1 << u8::from(yes), false)),
            Ask::HasAny(values) => (self.has_any)(&name, &words(values.into(), false)),
            Ask::Lacks(values) => (self.lacks)(&name, &words(values.into(), !test.unknown)),
            Ask::Between(low, high) => self.number(workload.attributes[at], &name, low, high),
            Ask::NotBetween(low, high) => {
                let outside = format!("({name} < {low}{}{name} > {high})", self.or);
                match (self.numbers, test.unknown) {
                    (Numbers::Absent, true) => {
                        format!(
                            "({name} < {low}{}{name} > {high}{}{})",
                            self.or,
                            self.or,
                            (self.absent)(&name)
                        )
                    }
                    (Numbers::Absent, false) | (Numbers::Minus, true) => outside,
                    (Numbers::Minus, false) => {
                        format!(
                            "(({name} >= 0{}{name} < {low}){}{name} > {high})",
                            self.and, self.or
                        )
                    }
                }
            }
        }
    }

    fn number(&self, _kind: Kind, name: &str, low: i32, high: i32) -> String {
        match (low, high) {
            (low, 1_000) => format!("{name} >= {low}"),
            (0, high) if self.numbers != Numbers::Minus => format!("{name} <= {high}"),
            (low, high) => (self.between)(name, low, high),
        }
    }
}

/// A value's word.
pub fn word(value: u32) -> String {
    format!("v{value:02}")
}

/// A reading as the engines get it.
pub enum Plain {
    Word(String),
    Words(Vec<String>),
    Number(i32),
    NoNumber,
}

pub fn plain(kind: Kind, reading: Reading) -> Plain {
    match (kind, reading) {
        (Kind::Number | Kind::Date, Reading::Unknown) => Plain::NoNumber,
        (Kind::Set(_), Reading::Unknown) => Plain::Words(vec!["?".to_owned()]),
        (_, Reading::Unknown) => Plain::Word("?".to_owned()),
        (_, Reading::Category(value)) => Plain::Word(word(value.into())),
        (_, Reading::Flag(yes)) => Plain::Word(word(yes.into())),
        (_, Reading::Set(set)) => {
            Plain::Words((0..32).filter(|bit| set >> bit & 1 == 1).map(word).collect())
        }
        (_, Reading::Number(number)) => Plain::Number(number),
    }
}
