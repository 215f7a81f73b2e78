//! Values, factors and assumptions in the words in which explain must show them.

use onward::syntax::ast::{Aggregate, Atom, Body, Formula};

use super::calendar;
use super::decide::{formula_of, score_of};
use super::literal::{self, Kind, Val};
use super::logic::Asked;
use super::names::{self, Need, Read};

/// What explain must show of one factor of a score.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Factor {
    pub(crate) name: String,
    /// The bits of its value; none for personal data.
    pub(crate) value: Option<u64>,
    pub(crate) shown: String,
    /// Whether the customer brought no value of their own.
    pub(crate) stand_in: bool,
}

/// `EUR 12.50`, with all decimals of the currency.
fn money(currency: &str, minor: i64) -> String {
    let decimals = literal::decimals(currency);
    let digits = format!("{:0>width$}", minor.unsigned_abs(), width = decimals + 1);
    let (whole, rest) = digits.split_at(digits.len() - decimals);
    let point = if decimals == 0 { "" } else { "." };
    format!("{currency} {}{whole}{point}{rest}", if minor < 0 { "-" } else { "" })
}

/// The shortest decimal of the fraction, its point moved two places to the right.
fn percent(fraction: f64) -> String {
    let text = fraction.abs().to_string();
    let (whole, rest) = text.split_once('.').unwrap_or((&text, ""));
    let rest = format!("{rest:0<2}");
    let (moved, rest) = rest.split_at(2);
    let whole = format!("{whole}{moved}");
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let sign = if fraction < 0.0 { "-" } else { "" };
    let point = if rest.is_empty() { "" } else { "." };
    format!("{sign}{whole}{point}{rest}%")
}

/// A value as authors write it.
fn value(value: &Val, kind: &Kind) -> String {
    match value {
        Val::YesNo(yes) => (if *yes { "yes" } else { "no" }).to_owned(),
        Val::Number(number) if *kind == Kind::Percent => percent(*number),
        Val::Number(number) => number.to_string(),
        Val::Minor(minor) => match kind {
            Kind::Money(currency) => money(currency, *minor),
            other => panic!("{other:?} is no money"),
        },
        Val::Day(day) => {
            let (year, month, day) = calendar::civil_from_days(*day);
            format!("{year:04}-{month:02}-{day:02}")
        }
        Val::Instant(micros) => chrono::DateTime::from_timestamp_micros(*micros)
            .unwrap()
            .to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true),
        Val::Word(word) => word.clone(),
        Val::Set(words) => {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            format!("[{}]", words.join(", "))
        }
        Val::Folded(text) => text.written.clone(),
    }
}

impl Asked<'_> {
    /// What a line that reads this shows; personal data stays out.
    pub(crate) fn seen(&self, read: &Read) -> Option<String> {
        let declared = self.rules.declared(read);
        let own = self.value(read)?;
        Some(if declared.personal { hidden() } else { value(&own, &declared.kind) })
    }

    /// Sentences on what was assumed, each by the word that it must name.
    pub(crate) fn notes(&self) -> Vec<String> {
        let zone = self.own_zone().is_none().then(|| self.rules.zone().name().to_owned());
        let language =
            self.word("language").is_none().then(|| self.rules.languages().swap_remove(0));
        zone.into_iter().chain(language).collect()
    }

    /// The factors of an action's score in the order of the formula, without those that nobody knows, and
    /// whether all are known.
    pub(crate) fn factors(&self, ranking: &Body, action: &Body) -> (Vec<Factor>, bool) {
        let (mut found, mut all) = (Vec::new(), true);
        self.collect(&score_of(ranking), action, &mut found, &mut all);
        (found, all)
    }

    fn collect(&self, formula: &Formula, action: &Body, into: &mut Vec<Factor>, all: &mut bool) {
        match formula {
            Formula::Sum(first, rest) => {
                self.collect(first, action, into, all);
                rest.iter().for_each(|(_, part)| self.collect(part, action, into, all));
            }
            Formula::Product(first, rest) => {
                self.collect(first, action, into, all);
                rest.iter().for_each(|(_, part)| self.collect(part, action, into, all));
            }
            Formula::Group(inner) => self.collect(inner, action, into, all),
            Formula::Min(parts) | Formula::Max(parts) => {
                parts.iter().for_each(|part| self.collect(part, action, into, all));
            }
            Formula::Aggregate(asked, otherwise) => {
                let name = onward::syntax::print_aggregate(asked);
                let kind = self.rules.asked_kind(asked);
                self.factor_asked(&name, &kind, asked, otherwise.as_ref(), into, all);
            }
            Formula::Operand(Atom::Word(word), None)
                if ["propensity", "value", "weight"].contains(&word.text.as_str()) =>
            {
                let kind = match word.text.as_str() {
                    "propensity" => Kind::Percent,
                    "value" => Kind::Money(self.rules.currency()),
                    _ => Kind::Number,
                };
                match names::field(action, &word.text).map(formula_of) {
                    None => into.push(Factor {
                        name: word.text.clone(),
                        value: Some(1_f64.to_bits()),
                        shown: "1".to_owned(),
                        stand_in: false,
                    }),
                    Some(Formula::Operand(atom, otherwise)) => {
                        self.factor(&word.text, Some(kind), &atom, otherwise.as_ref(), into, all);
                    }
                    Some(Formula::Aggregate(asked, otherwise)) => {
                        let otherwise = otherwise.as_ref();
                        self.factor_asked(&word.text, &kind, &asked, otherwise, into, all);
                    }
                    Some(other) => panic!("{other:?} is no operand of an action"),
                }
            }
            Formula::Operand(atom, otherwise) => {
                let name = match atom {
                    Atom::Word(word) | Atom::Path(_, word) => word.text.as_str(),
                    _ => "constant",
                };
                self.factor(name, None, atom, otherwise.as_ref(), into, all);
            }
        }
    }

    /// What a line that asks this shows.
    pub(crate) fn seen_asked(&self, asked: &Aggregate) -> Option<String> {
        Some(shown_asked(&self.happened(asked)?, &self.rules.asked_kind(asked)))
    }

    fn factor_asked(
        &self,
        name: &str,
        kind: &Kind,
        asked: &Aggregate,
        otherwise: Option<&Atom>,
        into: &mut Vec<Factor>,
        all: &mut bool,
    ) {
        let own = self.happened(asked);
        let stand_in = own.is_none();
        let stated = otherwise.map(|atom| match atom {
            Atom::Literal(literal) => literal::literal(literal),
            other => panic!("{other:?} is no number"),
        });
        let Some(number) = own.or(stated) else {
            *all = false;
            return;
        };
        let (value, shown) = (Some(number.score().to_bits()), shown_asked(&number, kind));
        into.push(Factor { name: name.to_owned(), value, shown, stand_in });
    }

    fn factor(
        &self,
        name: &str,
        kind: Option<Kind>,
        atom: &Atom,
        otherwise: Option<&Atom>,
        into: &mut Vec<Factor>,
        all: &mut bool,
    ) {
        let (name, stated) = (name.to_owned(), |atom: &Atom| match atom {
            Atom::Literal(literal) => literal::literal(literal),
            other => panic!("{other:?} is no number"),
        });
        let Some((read, stand_in)) = self.source(atom) else {
            let constant = stated(atom);
            let kind = kind.unwrap_or_else(|| literal::kind(atom));
            let (value, shown) = (Some(constant.score().to_bits()), value(&constant, &kind));
            return into.push(Factor { name, value, shown, stand_in: false });
        };
        let declared = self.rules.declared(&read);
        // Nothing stands in for what was promised to be there.
        let may_stand_in = declared.need != Need::Required;
        let stand_in = stand_in.or_else(|| otherwise.map(stated)).filter(|_| may_stand_in);
        let Some(number) = self.value(&read).or(stand_in) else {
            *all = false;
            return;
        };
        let kind = kind.unwrap_or_else(|| declared.kind.clone());
        let stand_in = match (self.value(&read), &declared.need) {
            (None, _) => true,
            (Some(_), Need::Default(_)) => !self.brought(&read),
            (Some(_), _) => false,
        };
        let hide = declared.personal;
        let shown = if hide { hidden() } else { value(&number, &kind) };
        let value = (!hide).then(|| number.score().to_bits());
        into.push(Factor { name, value, shown, stand_in });
    }

    /// Whether the customer or the request brought a value.
    fn brought(&self, read: &Read) -> bool {
        let known = if read.request { &self.request } else { &self.person.attributes };
        known.contains_key(&read.name)
    }
}

/// A mean of amounts is shown to the nearest minor unit.
fn shown_asked(own: &Val, kind: &Kind) -> String {
    match (own, kind) {
        (Val::Number(mean), Kind::Money(currency)) => {
            money(currency, mean.round_ties_even() as i64)
        }
        _ => value(own, kind),
    }
}

fn hidden() -> String {
    "(personal data)".to_owned()
}

#[test]
fn values_are_shown_as_authors_write_them() {
    for (raw, shown) in [
        ("60%", "60%"),
        ("7%", "7%"),
        ("0%", "0%"),
        ("12.5%", "12.5%"),
        ("250%", "250%"),
        ("0.1%", "0.1%"),
        ("29%", "29%"),
    ] {
        assert_eq!(percent(literal::percent(raw)), shown);
    }
    assert_eq!(money("EUR", 1250), "EUR 12.50");
    assert_eq!(money("EUR", -5), "EUR -0.05");
    assert_eq!(money("JPY", 120), "JPY 120");
    assert_eq!(money("KWD", 1), "KWD 0.001");
}
