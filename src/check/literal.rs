//! Literals: what an author wrote, read under the type of what it is written for.

use super::nearest::listed;
use super::scope::{Problems, Scope, renamed};
use crate::diagnostic::{Code, Diagnostic};
use crate::mutant::mutant;
use crate::syntax::ast::{Atom, Literal, LiteralKind, Text};
use crate::syntax::{Source, Span};
use crate::value::{
    Currency, Date, Day, Money, MoneyError, Type, Typed, Unit, Value, Zone, nfc, read,
};

/// What stands between the quotes, escapes undone.
pub(crate) fn plain(text: &Text) -> String {
    let mut out = String::with_capacity(text.raw.len());
    let mut letters = text.raw.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => out.extend(letters.next()),
            _ => out.push(letter),
        }
    }
    nfc(&out)
}

/// Where an atom stands.
pub(crate) fn atom_span(atom: &Atom) -> Span {
    match atom {
        Atom::Word(word) => word.span,
        Atom::Path(first, last) => first.span.to(last.span),
        Atom::Literal(literal) => literal.span,
        Atom::Duration(duration) => duration.span,
        Atom::Text(text) => text.span,
    }
}

/// An atom as written.
pub(crate) fn atom_text(atom: &Atom, file: &Source) -> String {
    match atom {
        Atom::Word(word) => word.text.clone(),
        Atom::Path(first, last) => format!("{}.{}", first.text, last.text),
        Atom::Literal(literal) => literal.raw.clone(),
        Atom::Text(text) => format!("\"{}\"", text.raw),
        Atom::Duration(duration) => {
            file.text().get(duration.span.range()).unwrap_or("a duration").to_owned()
        }
    }
}

/// A literal or symbol read under a type; what is wrong with it is reported. `name` is what it is written
/// for (`churn_risk`), as messages say it. A value outside the declared range is given all the same: see
/// [`literal_in_range`].
pub(crate) fn literal(
    scope: &Scope<'_>,
    file: &Source,
    atom: &Atom,
    kind: &Type,
    name: &str,
    problems: &mut Problems,
) -> Option<Typed> {
    let reader = Reader { scope, file, name, span: atom_span(atom), clock: None };
    reader.read(atom, kind, problems)
}

/// As [`literal_in_range`], with times as `clock` shows them; absent, as the workspace's does.
pub(crate) fn literal_by_clock(
    scope: &Scope<'_>,
    (file, clock): (&Source, Option<&Zone>),
    atom: &Atom,
    kind: &Type,
    name: &str,
    problems: &mut Problems,
) -> Option<Typed> {
    let clock = clock.filter(|_| !mutant!("a_persona_lives_by_the_workspace_clock"));
    let reader = Reader { scope, file, name, span: atom_span(atom), clock };
    let value = reader.read(atom, kind, problems)?;
    in_range(value, file, atom, kind, name, problems)
}

/// As [`literal`], and a value outside the type's declared range is an error.
pub(crate) fn literal_in_range(
    scope: &Scope<'_>,
    file: &Source,
    atom: &Atom,
    kind: &Type,
    name: &str,
    problems: &mut Problems,
) -> Option<Typed> {
    let value = literal(scope, file, atom, kind, name, problems)?;
    in_range(value, file, atom, kind, name, problems)
}

fn in_range(
    value: Typed,
    file: &Source,
    atom: &Atom,
    kind: &Type,
    name: &str,
    problems: &mut Problems,
) -> Option<Typed> {
    let Some((low, high)) = outside(&value, kind) else { return Some(value) };
    problems.push(
        Diagnostic::new(
            Code("E0319"),
            file.name(),
            atom_span(atom),
            format!("{} is outside what `{name}` can be", value.show(kind)),
            format!("`{name}` goes from {low} to {high}"),
        )
        .advice(format!("a value from {low} to {high}")),
    );
    None
}

/// The declared ends, where a value lies outside them.
pub(crate) fn outside(value: &Typed, kind: &Type) -> Option<(String, String)> {
    let show = |low: Typed, high: Typed| Some((low.show(kind), high.show(kind)));
    match (value, kind) {
        (Typed::Number(number), Type::Number { range: Some((low, high)) })
            if !(low..=high).contains(&number) =>
        {
            show(Typed::Number(*low), Typed::Number(*high))
        }
        (Typed::Percent(fraction), Type::Percent { range: (low, high) })
            if !(low..=high).contains(&fraction) =>
        {
            show(Typed::Percent(*low), Typed::Percent(*high))
        }
        (Typed::Money(minor), Type::Money { range: Some((low, high)), .. })
            if !(low..=high).contains(&minor) =>
        {
            show(Typed::Money(*low), Typed::Money(*high))
        }
        _ => None,
    }
}

/// A date as written, or what is wrong with it.
pub(crate) fn date(file: &Source, literal: &Literal, problems: &mut Problems) -> Option<Date> {
    match Date::parse(&literal.raw) {
        Ok(date) if literal.kind == LiteralKind::Date => Some(date),
        Ok(_) | Err(_) => {
            problems.push(no_such_day(file, literal));
            None
        }
    }
}

fn no_such_day(file: &Source, literal: &Literal) -> Diagnostic {
    let raw = &literal.raw;
    if literal.kind != LiteralKind::Date {
        return Diagnostic::new(
            Code("E0305"),
            file.name(),
            literal.span,
            format!("{raw} is not a date"),
            "a date is written year-month-day",
        )
        .advice("a date such as 2026-10-01");
    }
    let headline = format!("there is no day {raw}");
    let found =
        |why: String| Diagnostic::new(Code("E0305"), file.name(), literal.span, headline, why);
    let first = raw.get(..8).map(|month| format!("{month}01"));
    let Some(first) = first.and_then(|first| Date::parse(&first).ok()) else {
        return found("months go from 01 to 12, years from 0001".to_owned())
            .advice("a date such as 2026-10-01");
    };
    let last = first.month_start(1).plus_days(-1);
    found(format!("that month ends on {last}")).choice(
        last.to_string(),
        literal.span,
        last.to_string(),
    )
}

/// Minutes since midnight of `09:00`; `24:00` is the end of the day.
pub(crate) fn clock(file: &Source, literal: &Literal, problems: &mut Problems) -> Option<u16> {
    let minutes = minutes(&literal.raw).filter(|_| literal.kind == LiteralKind::Clock);
    if minutes.is_none() {
        problems.push(
            Diagnostic::new(
                Code("E0305"),
                file.name(),
                literal.span,
                format!("{} is not a time of day", literal.raw),
                "hours go from 00 to 23, minutes from 00 to 59; 24:00 is the end of a day",
            )
            .advice("a time such as 09:00"),
        );
    }
    minutes
}

fn minutes(raw: &str) -> Option<u16> {
    let (hours, minutes) = raw.split_once(':')?;
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    let all = hours.checked_mul(60)?.checked_add(minutes)?;
    (minutes < 60 && all <= 1440).then_some(all)
}

/// Day and minute of `2026-09-08 10:00`.
pub(crate) fn moment(file: &Source, literal: &Literal, problems: &mut Problems) -> Option<Day> {
    let day = literal.raw.split_once(' ').and_then(|(date, clock)| {
        let minute = minutes(clock.trim_start()).filter(|minute| *minute < 1440)?;
        Some(Day { date: Date::parse(date).ok()?, minute })
    });
    if day.is_none() {
        problems.push(
            Diagnostic::new(
                Code("E0305"),
                file.name(),
                literal.span,
                format!("there is no such time as {}", literal.raw),
                "a day and a time of day are needed, and both must exist",
            )
            .advice("a time such as 2026-09-08 10:00"),
        );
    }
    day
}

fn bad_money(file: &Source, literal: &Literal, trouble: MoneyError) -> Diagnostic {
    let raw = &literal.raw;
    let code = raw.get(..3).unwrap_or(raw);
    let (headline, why, fix) = match trouble {
        MoneyError::UnknownCurrency => (
            format!("no currency has the code `{code}`"),
            "currencies are written by their three-letter ISO code".to_owned(),
            "a code such as EUR, GBP or USD".to_owned(),
        ),
        MoneyError::Decimals => {
            let decimals = Currency::new(code).map_or(2, |currency| currency.decimals());
            (
                format!("{raw} has more decimals than {code} has"),
                format!("{code} has {decimals} decimals"),
                "an amount without the further digits".to_owned(),
            )
        }
        MoneyError::TooLarge => (
            format!("{raw} is too large"),
            "amounts are kept exactly, up to about 92 million billion".to_owned(),
            "a smaller amount".to_owned(),
        ),
        MoneyError::Shape => (
            format!("{raw} is not an amount of money"),
            "money is a currency code and an amount".to_owned(),
            "an amount such as EUR 12.50".to_owned(),
        ),
    };
    Diagnostic::new(Code("E0312"), file.name(), literal.span, headline, why).advice(fix)
}

type Outcome<T> = Result<T, Box<Diagnostic>>;

struct Reader<'r, 'a> {
    scope: &'r Scope<'a>,
    file: &'r Source,
    name: &'r str,
    span: Span,
    /// Whose clock times are read by; the workspace's where absent.
    clock: Option<&'r Zone>,
}

impl Reader<'_, '_> {
    fn found(&self, code: &'static str, headline: String, why: impl Into<String>) -> Diagnostic {
        Diagnostic::new(Code(code), self.file.name(), self.span, headline, why)
    }

    /// One more problem whose only fix replaces the literal.
    fn certain(&self, found: Diagnostic, text: &str) -> Box<Diagnostic> {
        let line = self.scope.line_with(self.file, self.span, text);
        Box::new(found.fix(line, self.span, text))
    }

    fn other(&self, atom: &Atom, is: &str, example: &str) -> Box<Diagnostic> {
        let written = atom_text(atom, self.file);
        let kind = match atom {
            Atom::Word(_) => "a word",
            Atom::Path(..) => "a name",
            Atom::Duration(_) => "a length of time",
            Atom::Text(_) => "a text",
            Atom::Literal(literal) => match literal.kind {
                LiteralKind::Number => "a plain number",
                LiteralKind::Percent => "a percentage",
                LiteralKind::Money => "money",
                LiteralKind::Date => "a date",
                LiteralKind::Clock => "a time of day",
                LiteralKind::Moment => "a day with a time",
            },
        };
        let headline = format!("`{}` is {is} and {written} is {kind}", self.name);
        let line = self.scope.line_with(self.file, self.span, example);
        Box::new(
            self.found("E0306", headline, format!("write {is}, such as {example}")).paste(line),
        )
    }

    fn read(&self, atom: &Atom, kind: &Type, problems: &mut Problems) -> Option<Typed> {
        let outcome = match kind {
            Type::YesNo => self.yes_no(atom),
            Type::Number { .. } => self.number(atom),
            Type::Percent { .. } => self.percent(atom),
            Type::Money { currency, .. } => self.money(atom, *currency),
            Type::Date => self.date(atom),
            Type::Time => self.time(atom),
            Type::OneOf(values) => self.symbol(atom, values).map(Typed::One),
            Type::SomeOf(values) => self.symbol(atom, values).map(|value| Typed::Some(vec![value])),
            Type::Text => self.text(atom).map(Typed::Text),
            Type::Code => self.text(atom).map(Typed::Code),
        };
        match outcome {
            Ok(value) => Some(value),
            Err(found) => {
                problems.push(*found);
                None
            }
        }
    }

    fn yes_no(&self, atom: &Atom) -> Outcome<Typed> {
        if let Atom::Word(word) = atom {
            match word.text.as_str() {
                "yes" => return Ok(Typed::YesNo(true)),
                "no" => return Ok(Typed::YesNo(false)),
                other => {
                    let meant = match other.to_lowercase().as_str() {
                        "true" | "yes" | "on" => Some("yes"),
                        "false" | "no" | "off" => Some("no"),
                        _ => None,
                    };
                    if let Some(meant) = meant {
                        let headline = format!("`{other}` is not a value of `{}`", self.name);
                        return Err(self
                            .certain(self.found("E0301", headline, "it can be yes or no"), meant));
                    }
                }
            }
        }
        Err(self.other(atom, "yes or no", "yes"))
    }

    fn number(&self, atom: &Atom) -> Outcome<Typed> {
        match atom {
            Atom::Literal(literal) if literal.kind == LiteralKind::Number => {
                self.finite(&literal.raw).map(Typed::Number)
            }
            _ => Err(self.other(atom, "a number", "12.5")),
        }
    }

    fn finite(&self, raw: &str) -> Outcome<f64> {
        let plain = Type::Number { range: None };
        match read(&Value::Number(raw.to_owned()), &plain, Unit::None) {
            Ok(Some(Typed::Number(number))) => Ok(number),
            _ => Err(Box::new(
                self.found(
                    "E0318",
                    "this number is too large".to_owned(),
                    "numbers go up to about 1.8 followed by 308 zeros",
                )
                .advice("a smaller number"),
            )),
        }
    }

    fn percent(&self, atom: &Atom) -> Outcome<Typed> {
        let Atom::Literal(literal) = atom else {
            return Err(self.other(atom, "a percentage", "60%"));
        };
        let raw = &literal.raw;
        match literal.kind {
            LiteralKind::Percent => {
                let wide = Type::Percent { range: (f64::MIN, f64::MAX) };
                match read(&Value::Text(raw.clone()), &wide, Unit::None) {
                    Ok(Some(value)) => Ok(value),
                    _ => Err(self
                        .finite("1e999")
                        .err()
                        .unwrap_or_else(|| self.other(atom, "a percentage", "60%"))),
                }
            }
            LiteralKind::Number => {
                let headline =
                    format!("`{}` is a percentage and {raw} is a plain number", self.name);
                let found = self.found("E0302", headline, "the sign % belongs to a percentage");
                let fraction = self.finite(raw)?;
                let whole = format!("{raw}%");
                if fraction.abs() >= 1.0 {
                    return Err(self.certain(found, &whole));
                }
                // As a fraction it would be this; only the author knows which is meant.
                let shown = Typed::Percent(fraction).show(&Type::Percent { range: (0.0, 1.0) });
                let line = |text: &str| self.scope.line_with(self.file, self.span, text);
                let mut found = found.choice(line(&shown), self.span, shown.clone());
                if fraction != 0.0 {
                    found = found
                        .note(format!("write {whole} if you mean less than one percent"))
                        .choice(line(&whole), self.span, whole.clone());
                }
                Err(Box::new(found))
            }
            _ => Err(self.other(atom, "a percentage", "60%")),
        }
    }

    fn money(&self, atom: &Atom, currency: Currency) -> Outcome<Typed> {
        let code = currency.code();
        let Atom::Literal(literal) = atom else {
            return Err(self.other(atom, "money", &format!("{code} 40")));
        };
        let raw = &literal.raw;
        match literal.kind {
            LiteralKind::Money => {
                let money = Money::parse(raw)
                    .map_err(|trouble| Box::new(bad_money(self.file, literal, trouble)))?;
                // Without a workspace nobody knows its currency; that is reported by itself.
                let settled = self.scope.workspace.is_some();
                if money.currency != currency && settled && !mutant!("currencies_mix") {
                    let other = money.currency.code();
                    let headline = format!("{other} cannot be compared with {code}");
                    let why = format!("`{}` is in {code}, and nothing is converted", self.name);
                    let line = self.scope.line_with(self.file, self.span, &format!("{code} …"));
                    // What is asked about events is declared elsewhere.
                    let declare = match self.name.contains(' ') {
                        true => String::new(),
                        false => format!(", or declare `{}: money {other} …`", self.name),
                    };
                    return Err(Box::new(
                        self.found("E0304", headline, why)
                            .advice(format!("give the amount in {code}: `{line}`{declare}")),
                    ));
                }
                Ok(Typed::Money(money.minor))
            }
            LiteralKind::Number => {
                let headline = format!("{raw} of which currency?");
                let why = format!("`{}` is money", self.name);
                let fixed = format!("{code} {raw}");
                let found = self.found("E0303", headline, why);
                match Money::parse(&fixed) {
                    Ok(_) => Err(self.certain(found, &fixed)),
                    Err(_) => {
                        Err(Box::new(found.advice(format!("an amount such as {code} 12.50"))))
                    }
                }
            }
            _ => Err(self.other(atom, "money", &format!("{code} 40"))),
        }
    }

    fn date(&self, atom: &Atom) -> Outcome<Typed> {
        match atom {
            Atom::Literal(literal) if literal.kind == LiteralKind::Date => {
                Date::parse(&literal.raw)
                    .map(Typed::Date)
                    .map_err(|_| Box::new(no_such_day(self.file, literal)))
            }
            _ => Err(self.other(atom, "a date", "2026-10-01")),
        }
    }

    /// An instant is written as a clock shows it: the persona's, in rules the workspace's.
    fn time(&self, atom: &Atom) -> Outcome<Typed> {
        match atom {
            Atom::Literal(literal) if literal.kind == LiteralKind::Moment => {
                let mut problems = Problems::default();
                let day = moment(self.file, literal, &mut problems);
                let workspace = self.scope.workspace.as_ref().map(|workspace| &workspace.zone);
                let zone = self.clock.or(workspace).cloned();
                let zone = zone.or_else(|| Zone::named("UTC").ok());
                match (day, zone, problems.0.pop()) {
                    (Some(day), Some(zone), _) => Ok(Typed::Time(zone.instant(day))),
                    (_, _, Some(found)) => Err(Box::new(found)),
                    _ => Err(self.other(atom, "a time", "2026-10-01 09:30")),
                }
            }
            Atom::Literal(literal)
                if literal.kind == LiteralKind::Date && Date::parse(&literal.raw).is_ok() =>
            {
                let name = self.name;
                let headline = format!("`{name}` is a time and {} is a whole day", literal.raw);
                let text = format!("{} 00:00", literal.raw);
                let line = self.scope.line_with(self.file, self.span, &text);
                Err(Box::new(
                    self.found("E0306", headline, "say at which time of that day")
                        .choice(line, self.span, text),
                ))
            }
            _ => Err(self.other(atom, "a time", "2026-10-01 09:30")),
        }
    }

    /// One of the declared values.
    fn symbol(&self, atom: &Atom, values: &[String]) -> Outcome<String> {
        let written = match atom {
            Atom::Word(word) => nfc(&word.text),
            Atom::Text(text) => plain(text),
            Atom::Literal(literal) => literal.raw.clone(),
            _ => atom_text(atom, self.file),
        };
        let quoted = matches!(atom, Atom::Text(_));
        if matches!(atom, Atom::Word(_) | Atom::Text(_)) && values.binary_search(&written).is_ok() {
            return Ok(written);
        }
        if self.name == "preferred_channel"
            && let Some(today) = self.scope.earlier.get(&("channel", written.clone()))
        {
            return Err(Box::new(renamed("channel", &written, today, self.file, self.span)));
        }
        let headline = format!("`{written}` is not a value of `{}`", self.name);
        let why = format!("it can be {}", listed(values, "or"));
        if !quoted && values.binary_search(&written).is_ok() {
            let text = format!("\"{written}\"");
            let why = "a value that is no plain word is written in quotes";
            return Err(self.certain(self.found("E0301", headline, why), &text));
        }
        let found = self.found("E0301", headline, why);
        let names: Vec<&str> = values.iter().map(String::as_str).collect();
        match self.scope.nearest(&written, &names) {
            Some(near) => Err(self.certain(found, &spelt(near))),
            None => {
                let first = values.first().map_or_else(String::new, |value| spelt(value));
                let line = self.scope.line_with(self.file, self.span, &first);
                Err(Box::new(self.scope.say_unsought(found.paste(line))))
            }
        }
    }

    /// A text or a code: quoted, or a plain word.
    fn text(&self, atom: &Atom) -> Outcome<String> {
        match atom {
            Atom::Word(word) => Ok(nfc(&word.text)),
            Atom::Text(text) => Ok(plain(text)),
            Atom::Literal(literal) => {
                let raw = &literal.raw;
                let headline = format!("`{}` is a text and {raw} is not in quotes", self.name);
                let why = "a text that is no plain word is written in quotes";
                Err(self.certain(self.found("E0306", headline, why), &format!("\"{raw}\"")))
            }
            _ => Err(self.other(atom, "a text", "\"...\"")),
        }
    }
}

/// A value as authors write it: a word as it is, anything else in quotes.
pub(crate) fn spelt(value: &str) -> String {
    let word = value.chars().next().is_some_and(|first| first.is_alphabetic() || first == '_')
        && value.chars().all(|letter| letter.is_alphanumeric() || letter == '_')
        && !RESERVED.contains(&value);
    if word {
        value.to_owned()
    } else {
        format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"").replace('{', "\\{"))
    }
}

/// Joining words, which are no values unless quoted.
const RESERVED: [&str; 14] = [
    "is", "in", "not", "to", "by", "of", "per", "else", "within", "then", "for", "where", "known",
    "unknown",
];
