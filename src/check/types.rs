//! Declared types: what stands behind an attribute's name becomes its type and whether it may be missing.

use super::fields::{atoms, value_span, wrong_way_round};
use super::literal::{atom_span, atom_text, literal, literal_in_range, plain};
use super::nearest::nearest;
use super::rules::Need;
use super::scope::{Problems, Scope};
use crate::diagnostic::{Code, Diagnostic};
use crate::syntax::ast::{
    Atom, BaseType, Entries, List, LiteralKind, Presence, Range, TypeSpec, Value, Word,
};
use crate::syntax::{Source, Span};
use crate::value::{Currency, Money, Type, Typed, nfc};

/// The type words of the language.
const WORDS: [&str; 8] = ["code", "date", "money", "number", "percent", "text", "time", "yes_no"];

/// What an attribute is declared as.
#[derive(Debug)]
pub(crate) struct Declared {
    pub(crate) kind: Type,
    pub(crate) need: Need,
    pub(crate) personal_data: bool,
}

/// Reads the declaration of attribute `name`; what is wrong with it is reported.
pub(crate) fn declared(
    scope: &Scope<'_>,
    file: &Source,
    name: &str,
    value: &Value,
    problems: &mut Problems,
) -> Option<Declared> {
    let reader = Types { scope, file, name };
    match value {
        Value::Type(spec) => reader.spec(spec, problems),
        Value::Atom(Atom::Word(word)) => {
            let kind = reader.named(word, None, true, problems)?;
            problems.push(reader.no_presence(word.span));
            let _ = kind;
            None
        }
        _ => {
            let span = value_span(value).unwrap_or_default();
            problems.push(
                Diagnostic::new(
                    Code("E0314"),
                    file.name(),
                    span,
                    format!("`{name}` needs a type"),
                    "an attribute says what its values are and whether it may be missing",
                )
                .paste(format!("{name}: optional text")),
            );
            None
        }
    }
}

struct Types<'t, 'a> {
    scope: &'t Scope<'a>,
    file: &'t Source,
    name: &'t str,
}

impl Types<'_, '_> {
    fn spec(&self, spec: &TypeSpec, problems: &mut Problems) -> Option<Declared> {
        let kind = match &spec.base {
            BaseType::OneOf(list) => Type::OneOf(self.values(list, problems)?),
            BaseType::SomeOf(list) => Type::SomeOf(self.values(list, problems)?),
            BaseType::Named(word, range) => {
                let bare = spec.presence.is_none() && spec.default.is_none();
                self.named(word, range.as_ref(), bare, problems)?
            }
        };
        let need = match (&spec.presence, &spec.default) {
            (Some(Presence::Required), None) => Need::Required,
            (Some(Presence::Optional), None) => Need::Optional,
            (None, Some(default)) => Need::Default(self.default(default, &kind, problems)?),
            (None, None) => {
                problems.push(self.no_presence(spec.span));
                return None;
            }
            (Some(presence), Some(_)) => {
                let word = match presence {
                    Presence::Required => "required",
                    Presence::Optional => "optional",
                };
                problems.push(
                    Diagnostic::new(
                        Code("E0315"),
                        self.file.name(),
                        spec.span,
                        format!("`{}` is {word} and has a default", self.name),
                        "with a default the value is never missing, so it is neither required nor optional",
                    )
                    .advice(format!("remove `{word}` or the default")),
                );
                return None;
            }
        };
        Some(Declared { kind, need, personal_data: spec.personal_data })
    }

    fn no_presence(&self, span: Span) -> Diagnostic {
        let written = self.file.text().get(span.range()).unwrap_or("");
        let line = |word: &str| format!("{}: {word} {written}", self.name);
        Diagnostic::new(
            Code("E0315"),
            self.file.name(),
            span,
            format!("`{}` does not say whether it may be missing", self.name),
            "customers without it are treated differently when it is required",
        )
        .choice(line("optional"), span, format!("optional {written}"))
        .choice(line("required"), span, format!("required {written}"))
    }

    fn named(
        &self,
        word: &Word,
        range: Option<&Range>,
        bare: bool,
        problems: &mut Problems,
    ) -> Option<Type> {
        let kind = match word.text.as_str() {
            "yes_no" => Type::YesNo,
            "number" => Type::Number { range: None },
            "percent" => Type::Percent { range: (0.0, 1.0) },
            "money" => Type::Money { currency: self.currency(range), range: None },
            "date" => Type::Date,
            "time" => Type::Time,
            "text" => Type::Text,
            "code" => Type::Code,
            other => {
                problems.push(self.no_type(word, other, bare));
                return None;
            }
        };
        let Some(range) = range else { return Some(kind) };
        let plain = matches!(kind, Type::Number { .. } | Type::Percent { .. } | Type::Money { .. });
        if !plain {
            problems.push(
                Diagnostic::new(
                    Code("E0314"),
                    self.file.name(),
                    range.span,
                    format!("`{}` cannot have a range", word.text),
                    "ranges are for numbers, percentages and money",
                )
                .advice("remove the range"),
            );
            return None;
        }
        // The range itself is not held against the range of every percentage.
        let wide = match &kind {
            Type::Percent { .. } => Type::Percent { range: (f64::MIN, f64::MAX) },
            other => other.clone(),
        };
        let low = literal(self.scope, self.file, &range.low, &wide, self.name, problems);
        let high = literal(self.scope, self.file, &range.high, &wide, self.name, problems);
        let (low, high) = (low?, high?);
        let turned = || {
            let (low, high) = (&range.low, &range.high);
            let text = |atom| atom_text(atom, self.file);
            wrong_way_round(self.file, range.span, &text(low), &text(high))
        };
        match (low, high, kind) {
            (Typed::Number(low), Typed::Number(high), Type::Number { .. }) if low <= high => {
                Some(Type::Number { range: Some((low, high)) })
            }
            (Typed::Percent(low), Typed::Percent(high), Type::Percent { .. }) if low <= high => {
                Some(Type::Percent { range: (low, high) })
            }
            (Typed::Money(low), Typed::Money(high), Type::Money { currency, .. })
                if low <= high =>
            {
                Some(Type::Money { currency, range: Some((low, high)) })
            }
            _ => {
                problems.push(turned());
                None
            }
        }
    }

    fn no_type(&self, word: &Word, other: &str, bare: bool) -> Diagnostic {
        let meant = match other.to_lowercase().as_str() {
            "string" | "str" | "varchar" => Some("text"),
            "bool" | "boolean" | "flag" => Some("yes_no"),
            "integer" | "int" | "float" | "decimal" => Some("number"),
            "datetime" | "timestamp" => Some("time"),
            "currency" | "amount" => Some("money"),
            _ => nearest(other, WORDS),
        };
        let headline = format!("there is no type `{other}`");
        let why = "types are text, code, number, percent, money, date, time, yes_no, one of [...] and some of [...]";
        let found = Diagnostic::new(Code("E0314"), self.file.name(), word.span, headline, why);
        match meant {
            Some(meant) => {
                // What is pasted must not be the next mistake: whether it may be missing belongs to it.
                let text = if bare { format!("optional {meant}") } else { meant.to_owned() };
                let line = self.scope.line_with(self.file, word.span, &text);
                found.choice(line, word.span, text)
            }
            None => found.paste(format!("{}: optional text", self.name)),
        }
    }

    /// The range's own currency, else the workspace's.
    fn currency(&self, range: Option<&Range>) -> Currency {
        let written = range.and_then(|range| match &range.low {
            Atom::Literal(literal) if literal.kind == LiteralKind::Money => {
                Money::parse(&literal.raw).ok().map(|money| money.currency)
            }
            _ => None,
        });
        written.unwrap_or_else(|| self.scope.currency())
    }

    /// The declared values, in NFC and sorted.
    fn values(&self, list: &List, problems: &mut Problems) -> Option<Vec<String>> {
        let mut values = Vec::new();
        for atom in atoms(self.file, &format!("values of `{}`", self.name), list, problems)? {
            match atom {
                Atom::Word(word) => values.push(nfc(&word.text)),
                Atom::Text(text) => values.push(plain(text)),
                _ => {
                    let span = atom_span(atom);
                    let text = format!("\"{}\"", atom_text(atom, self.file));
                    problems.push(
                        Diagnostic::new(
                            Code("E0306"),
                            self.file.name(),
                            span,
                            format!("{} is not a word", atom_text(atom, self.file)),
                            "a value that is no plain word is written in quotes",
                        )
                        .fix(text.clone(), span, text),
                    );
                }
            }
        }
        values.sort();
        values.dedup();
        (!values.is_empty()).then_some(values)
    }

    fn default(&self, default: &Entries, kind: &Type, problems: &mut Problems) -> Option<Typed> {
        let list = match default {
            Entries::One(atom) => {
                return literal_in_range(self.scope, self.file, atom, kind, self.name, problems);
            }
            Entries::Many(list) => list,
        };
        let Type::SomeOf(_) = kind else {
            problems.push(
                Diagnostic::new(
                    Code("E0306"),
                    self.file.name(),
                    list.span,
                    format!("the default of `{}` is one value, not a list", self.name),
                    "only `some of` holds several values",
                )
                .advice("write one value without brackets"),
            );
            return None;
        };
        if list.entries.is_empty() {
            return Some(Typed::Some(Vec::new()));
        }
        let mut values = Vec::new();
        for atom in atoms(self.file, &format!("defaults of `{}`", self.name), list, problems)? {
            match literal(self.scope, self.file, atom, kind, self.name, problems)? {
                Typed::Some(read) => values.extend(read),
                _ => return None,
            }
        }
        values.sort();
        values.dedup();
        Some(Typed::Some(values))
    }
}
