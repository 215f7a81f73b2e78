//! From what the grammar read to the tree: values, formulas, conditions, caps and outcomes.

use super::ast::{
    AgainHow, AgainPer, Aggregate, AggregateKind, Atom, BaseType, Body, By, Cap, CapOn, CapPer,
    CapShare, Choice, ChoiceKind, CompareOp, Condition, Counted, Duration, Entries, Entry,
    EventPhrase, Expect, Formula, IfUnknown, List, Literal, LiteralKind, Outcome, Pause, Presence,
    ProductOp, Range, Reach, SegmentTest, Subject, SumOp, Test, TypeSpec, Unit, Value,
};
use super::lower::Reader;
use super::parser::{Piece, Rule};
use super::unreadable;

impl<'a> Reader<'a> {
    pub(super) fn value(&mut self, piece: Piece<'a>, key: &str) -> Option<Value> {
        Some(match piece.as_rule() {
            Rule::value_type => Value::Type(Box::new(self.type_spec(piece)?)),
            Rule::value_cap => Value::Cap(Box::new(self.cap(piece.into_inner().next()?)?)),
            Rule::outcome => Value::Outcome(Box::new(self.outcome(piece)?)),
            Rule::again => self.again(piece)?,
            Rule::choice => Value::Choice(self.choice(piece)?),
            Rule::file => {
                let text = piece.into_inner().find(|p| p.as_rule() == Rule::text)?;
                Value::File(self.text(&text))
            }
            Rule::phrase => self.phrase(piece)?,
            Rule::event_phrase => Value::Event(Box::new(self.event_phrase(piece)?)),
            Rule::pair => {
                let (first, second) = self.two_words(piece)?;
                Value::Pair(first, second)
            }
            Rule::range => Value::Range(Box::new(self.range(piece)?)),
            Rule::list => Value::List(self.list(piece)?),
            Rule::formula => {
                let span = self.span(&piece);
                let operators = piece.as_str().matches(['+', '-', '*', '/']).count();
                let formula = self.formula(piece)?;
                if operators > self.limits.operators {
                    let counted = count_operators(&formula);
                    if counted > self.limits.operators {
                        let found = unreadable::long_formula(
                            self.clean.file,
                            span,
                            key,
                            self.limits.operators,
                        );
                        self.found.push(found);
                    }
                }
                match formula {
                    Formula::Operand(atom, None) => Value::Atom(atom),
                    formula => Value::Formula(Box::new(formula)),
                }
            }
            _ => Value::Atom(self.atom(piece)?),
        })
    }

    fn type_spec(&mut self, piece: Piece<'a>) -> Option<TypeSpec> {
        let span = self.span(&piece);
        let (mut presence, mut base, mut personal_data, mut default) = (None, None, false, None);
        for part in piece.into_inner() {
            match part.as_rule() {
                Rule::presence => {
                    let required = part.as_str().starts_with("required");
                    presence = Some(if required { Presence::Required } else { Presence::Optional });
                }
                Rule::choice_type => base = self.choice_type(part),
                Rule::type_word => {
                    let word = part.into_inner().find(|p| p.as_rule() == Rule::word)?;
                    base = Some(BaseType::Named(self.word(&word), None));
                }
                Rule::of_range => {
                    let range = self.range(part.into_inner().next()?);
                    if let Some(BaseType::Named(_, slot)) = &mut base {
                        *slot = range;
                    }
                }
                Rule::type_note => {
                    for note in part.into_inner() {
                        match note.as_rule() {
                            Rule::kw_personal_data => personal_data = true,
                            Rule::kw_default => {}
                            Rule::list => default = self.list(note).map(Entries::Many),
                            _ => default = self.atom(note).map(Entries::One),
                        }
                    }
                }
                _ => {}
            }
        }
        Some(TypeSpec { presence, base: base?, personal_data, default, span })
    }

    fn choice_type(&mut self, piece: Piece<'a>) -> Option<BaseType> {
        let one = piece.as_str().starts_with("one");
        let list = self.list(piece.into_inner().find(|p| p.as_rule() == Rule::list)?)?;
        Some(if one { BaseType::OneOf(list) } else { BaseType::SomeOf(list) })
    }

    fn again(&mut self, piece: Piece<'a>) -> Option<Value> {
        let (mut how, mut after) = (None, None);
        for part in piece.into_inner() {
            match part.as_rule() {
                Rule::kw_never => how = Some(AgainHow::Never),
                Rule::kw_restart => how = Some(AgainHow::Restart),
                Rule::duration => after = self.duration(part),
                Rule::word => {
                    let per = self.word(&part);
                    return Some(match how.or(after.map(AgainHow::After)) {
                        Some(how) => Value::AgainPer(Box::new(AgainPer { how, per })),
                        None => Value::AlwaysPer(per),
                    });
                }
                _ => {}
            }
        }
        after.map(Value::AfterLeaving)
    }

    fn phrase(&mut self, piece: Piece<'a>) -> Option<Value> {
        let mut parts = piece.into_inner();
        let start = parts.next()?.as_rule();
        match start {
            Rule::kw_only => return Some(Value::OnlyInJourneys),
            Rule::kw_those => return Some(Value::ThoseAlreadyIn),
            _ => {}
        }
        let word = self.word(&parts.find(|p| p.as_rule() == Rule::word)?);
        if start == Rule::kw_segment {
            return Some(Value::Segment(word));
        }
        let clock = parts.find(|p| p.as_rule() == Rule::clock).and_then(|p| self.literal(&p));
        Some(Value::Every(word, clock))
    }

    fn event_phrase(&mut self, piece: Piece<'a>) -> Option<EventPhrase> {
        let (mut first, mut event, mut filter) = (false, None, None);
        let (mut within, mut of_entering) = (None, false);
        for part in piece.into_inner() {
            match part.as_rule() {
                Rule::kw_first => first = true,
                Rule::word => event = Some(self.word(&part)),
                Rule::filter => filter = self.filter(part),
                Rule::within => {
                    for of in part.into_inner() {
                        match of.as_rule() {
                            Rule::duration => within = self.duration(of),
                            Rule::kw_entering => of_entering = true,
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
        Some(EventPhrase { first, event: event?, filter, within, of_entering })
    }

    pub(super) fn filter(&mut self, piece: Piece<'a>) -> Option<Body> {
        let body = piece.into_inner().find(|p| p.as_rule() == Rule::body)?;
        Some(self.block_of(&body, "where"))
    }

    fn formula(&mut self, piece: Piece<'a>) -> Option<Formula> {
        let mut first = None;
        let mut rest = Vec::new();
        let mut sign = SumOp::Plus;
        for part in piece.into_inner() {
            match part.as_rule() {
                Rule::sum_op => {
                    sign = if part.as_str() == "-" { SumOp::Minus } else { SumOp::Plus }
                }
                Rule::product => {
                    let product = self.product(part)?;
                    match first {
                        None => first = Some(product),
                        Some(_) => rest.push((sign, product)),
                    }
                }
                _ => {}
            }
        }
        let first = first?;
        Some(if rest.is_empty() { first } else { Formula::Sum(Box::new(first), rest) })
    }

    fn product(&mut self, piece: Piece<'a>) -> Option<Formula> {
        let mut first = None;
        let mut rest = Vec::new();
        let mut sign = ProductOp::Times;
        for part in piece.into_inner() {
            if part.as_rule() == Rule::product_op {
                sign = if part.as_str() == "/" { ProductOp::Divide } else { ProductOp::Times };
                continue;
            }
            let factor = self.factor(part)?;
            match first {
                None => first = Some(factor),
                Some(_) => rest.push((sign, factor)),
            }
        }
        let first = first?;
        Some(if rest.is_empty() { first } else { Formula::Product(Box::new(first), rest) })
    }

    fn factor(&mut self, piece: Piece<'a>) -> Option<Formula> {
        match piece.as_rule() {
            Rule::group => {
                let mut inner = None;
                for part in piece.into_inner() {
                    match part.as_rule() {
                        Rule::comment => self.hoist(&part),
                        Rule::formula => inner = self.formula(part),
                        _ => {}
                    }
                }
                Some(Formula::Group(Box::new(inner?)))
            }
            Rule::extreme => {
                let least = piece.as_str().starts_with("min");
                let mut entries = Vec::new();
                for part in piece.into_inner() {
                    match part.as_rule() {
                        Rule::comment => self.hoist(&part),
                        Rule::formula => entries.push(self.formula(part)?),
                        _ => {}
                    }
                }
                Some(if least { Formula::Min(entries) } else { Formula::Max(entries) })
            }
            Rule::asked => {
                let (mut asked, mut otherwise) = (None, None);
                for part in piece.into_inner() {
                    match part.as_rule() {
                        Rule::aggregate => asked = self.aggregate(part),
                        Rule::kw_else => {}
                        _ => otherwise = Some(self.atom(part)?),
                    }
                }
                Some(Formula::Aggregate(Box::new(asked?), otherwise))
            }
            _ => {
                let mut atoms = piece.into_inner().filter(|p| p.as_rule() != Rule::kw_else);
                let first = self.atom(atoms.next()?)?;
                let otherwise = match atoms.next() {
                    Some(atom) => Some(self.atom(atom)?),
                    None => None,
                };
                Some(Formula::Operand(first, otherwise))
            }
        }
    }

    pub(super) fn condition(&mut self, piece: Piece<'a>) -> Option<Condition> {
        let mut span = self.span(&piece);
        let (mut subject, mut test, mut if_unknown) = (None, None, None);
        for part in piece.into_inner() {
            match part.as_rule() {
                Rule::if_unknown => if_unknown = self.if_unknown(part),
                Rule::word => subject = Some(Subject::Word(self.word(&part))),
                Rule::path => {
                    let (owner, field) = self.two_words(part)?;
                    subject = Some(Subject::Path(owner, field));
                }
                Rule::aggregate | Rule::valued => {
                    subject = Some(Subject::Aggregate(Box::new(self.aggregate(part)?)));
                }
                _ => {
                    span.end = self.span(&part).end;
                    test = self.test(part);
                }
            }
        }
        Some(Condition { subject: subject?, test: test?, if_unknown, span })
    }

    pub(super) fn segment_test(&mut self, piece: Piece<'a>) -> Option<SegmentTest> {
        let mut span = self.span(&piece);
        let (mut negative, mut segment, mut if_unknown) = (false, None, None);
        for part in piece.into_inner() {
            match part.as_rule() {
                Rule::kw_not => negative = true,
                Rule::word => {
                    span.end = self.span(&part).end;
                    segment = Some(self.word(&part));
                }
                Rule::if_unknown => if_unknown = self.if_unknown(part),
                _ => {}
            }
        }
        Some(SegmentTest { negative, segment: segment?, if_unknown, span })
    }

    fn if_unknown(&mut self, piece: Piece<'a>) -> Option<IfUnknown> {
        let span = self.span(&piece);
        let answer = piece.into_inner().find(|p| p.as_rule() == Rule::word)?;
        Some(IfUnknown { answer: self.word(&answer), span })
    }

    fn aggregate(&mut self, piece: Piece<'a>) -> Option<Aggregate> {
        let span = self.span(&piece);
        let (mut function, mut event, mut field) = (None, None, None);
        let (mut filter, mut reach, mut ever) = (None, None, false);
        for part in piece.into_inner() {
            match part.as_rule() {
                Rule::aggregate_of => function = aggregate_kind(part.as_str()),
                Rule::word => event = Some(self.word(&part)),
                Rule::path => {
                    let (owner, of) = self.two_words(part)?;
                    event = Some(owner);
                    field = Some(of);
                }
                Rule::filter => filter = self.filter(part),
                Rule::reach => reach = self.reach(part),
                Rule::kw_ever => ever = true,
                _ => {}
            }
        }
        Some(Aggregate { function: function?, event: event?, field, filter, reach, ever, span })
    }

    fn reach(&mut self, piece: Piece<'a>) -> Option<Reach> {
        reach_of(self, piece.into_inner().find(|part| part.as_rule() == Rule::far)?)
    }

    fn test(&mut self, piece: Piece<'a>) -> Option<Test> {
        let rule = piece.as_rule();
        let mut parts = piece
            .into_inner()
            .filter(|part| !matches!(part.as_rule(), Rule::kw_has | Rule::kw_lacks | Rule::kw_of));
        let part = parts.next()?;
        Some(match rule {
            Rule::is_test => match part.as_rule() {
                Rule::kw_known => Test::IsKnown,
                Rule::kw_unknown => Test::IsUnknown,
                Rule::kw_not => Test::IsNot(self.atom(parts.next()?)?),
                _ => Test::Is(self.atom(part)?),
            },
            Rule::in_test => match part.as_rule() {
                Rule::far => Test::Within(reach_of(self, part)?),
                Rule::list => Test::InList(self.list(part)?),
                _ => Test::InRange(Box::new(self.range_of(part, parts.nth(1)?)?)),
            },
            Rule::not_test => match part.as_rule() {
                Rule::far => Test::NotWithin(reach_of(self, part)?),
                Rule::list => Test::NotInList(self.list(part)?),
                _ => Test::NotInRange(Box::new(self.range_of(part, parts.nth(1)?)?)),
            },
            Rule::has_test => match part.as_rule() {
                Rule::kw_any => Test::HasAny(self.list(parts.next()?)?),
                Rule::kw_all => Test::HasAll(self.list(parts.next()?)?),
                _ => Test::Has(self.atom(part)?),
            },
            Rule::lacks => Test::Lacks(self.atom(part)?),
            Rule::compare => {
                let sign = match part.as_str() {
                    ">=" => CompareOp::AtLeast,
                    "<=" => CompareOp::AtMost,
                    ">" => CompareOp::Above,
                    _ => CompareOp::Below,
                };
                Test::Compare(sign, self.atom(parts.next()?)?)
            }
            _ => return None,
        })
    }

    pub(super) fn cap(&mut self, piece: Piece<'a>) -> Option<Cap> {
        let span = self.span(&piece);
        let (mut most, mut counted, mut per, mut on) = (None, None, None, None);
        for part in piece.into_inner() {
            match part.as_rule() {
                Rule::number => most = self.literal(&part),
                Rule::counted => {
                    let sent = part.as_str().starts_with("sent");
                    counted = Some(if sent { Counted::Sent } else { Counted::Shown });
                }
                Rule::per => {
                    let last = part.into_inner().last()?;
                    per = Some(match last.as_rule() {
                        Rule::duration => CapPer::Duration(self.duration(last)?),
                        Rule::unit => CapPer::Calendar(unit(last.as_str())?),
                        _ => CapPer::Word(self.word(&last)),
                    });
                }
                Rule::in_total => per = Some(CapPer::Total),
                Rule::cap_on => on = self.cap_on(part),
                _ => {}
            }
        }
        Some(Cap { most: most?, counted, per: per?, on, span })
    }

    fn cap_on(&mut self, piece: Piece<'a>) -> Option<CapOn> {
        let (mut channels, mut share) = (None, None);
        for part in piece.into_inner() {
            match part.as_rule() {
                Rule::list => channels = self.list(part).map(Entries::Many),
                Rule::word => channels = Some(Entries::One(Atom::Word(self.word(&part)))),
                Rule::kw_together => share = Some(CapShare::Together),
                Rule::kw_each => share = Some(CapShare::Each),
                _ => {}
            }
        }
        Some(CapOn { channels: channels?, share })
    }

    pub(super) fn pause(&mut self, piece: Piece<'a>) -> Option<Pause> {
        let (mut count, mut outcome, mut reach, mut pause) = (None, None, None, None);
        for part in piece.into_inner() {
            match part.as_rule() {
                Rule::number => count = self.literal(&part),
                Rule::word => outcome = Some(self.word(&part)),
                Rule::reach => reach = self.reach(part),
                Rule::duration => pause = self.duration(part),
                _ => {}
            }
        }
        Some(Pause { count: count?, outcome: outcome?, reach: reach?, pause: pause? })
    }

    pub(super) fn by(&mut self, piece: Piece<'a>) -> Option<By> {
        let last = piece.into_inner().last()?;
        Some(match last.as_rule() {
            Rule::choice => By::Choice(self.choice(last)?),
            _ => By::Channel(self.word(&last)),
        })
    }

    fn choice(&mut self, piece: Piece<'a>) -> Option<Choice> {
        let first = piece.as_str().starts_with("first");
        let how = if first { ChoiceKind::First } else { ChoiceKind::Preferred };
        let list = self.list(piece.into_inner().find(|p| p.as_rule() == Rule::list)?)?;
        Some(Choice { how, list })
    }

    /// The outcome inside `outcome`, or behind `then`.
    pub(super) fn outcome(&mut self, piece: Piece<'a>) -> Option<Outcome> {
        let piece =
            if piece.as_rule() == Rule::outcome { piece.into_inner().next()? } else { piece };
        Some(match piece.as_rule() {
            Rule::proceed => Outcome::Continue,
            Rule::transfer => {
                let (word, body) = self.word_and_body(piece, "transfer");
                Outcome::Transfer(word?, body)
            }
            Rule::retry => {
                let mut duration = None;
                let mut then = None;
                for part in piece.into_inner() {
                    match part.as_rule() {
                        Rule::duration => duration = self.duration(part),
                        Rule::kw_retry | Rule::kw_for | Rule::kw_then => {}
                        _ => then = self.outcome(part),
                    }
                }
                Outcome::Retry(duration?, Box::new(then?))
            }
            rule => {
                let word = piece.into_inner().find(|p| p.as_rule() == Rule::word)?;
                let word = self.word(&word);
                if rule == Rule::finish { Outcome::Finish(word) } else { Outcome::GoTo(word) }
            }
        })
    }

    pub(super) fn expect(&mut self, piece: Piece<'a>) -> Option<Expect> {
        let piece = piece.into_inner().find(|p| p.as_rule() != Rule::kw_expect)?;
        let rule = piece.as_rule();
        if rule == Rule::nothing {
            return Some(Expect::Nothing);
        }
        if rule == Rule::exp_shown {
            return self.expect_shown(piece);
        }
        let mut before = Vec::new();
        let mut after = Vec::new();
        let mut seen_blocked = false;
        for part in piece.into_inner() {
            match part.as_rule() {
                Rule::kw_blocked => seen_blocked = true,
                Rule::word if seen_blocked => after.push(self.word(&part)),
                Rule::word => before.push(self.word(&part)),
                _ => {}
            }
        }
        let mut before = before.into_iter();
        let mut after = after.into_iter();
        Some(match rule {
            Rule::exp_blocked => {
                Expect::Blocked { action: before.next(), reason: after.next()?, name: after.next() }
            }
            Rule::exp_sent => Expect::Sent(before.next(), before.next()),
            Rule::exp_step => Expect::AtStep(before.next()?),
            Rule::exp_in => Expect::InJourney(before.next()?),
            Rule::exp_finished => Expect::FinishedAs(before.next()?),
            _ => return None,
        })
    }

    fn expect_shown(&mut self, piece: Piece<'a>) -> Option<Expect> {
        let (mut actions, mut language, mut channel) = (None, None, None);
        let mut behind = Rule::kw_shown;
        for part in piece.into_inner() {
            match part.as_rule() {
                Rule::kw_in | Rule::kw_by => behind = part.as_rule(),
                Rule::list => actions = self.list(part).map(Entries::Many),
                Rule::word | Rule::text if behind == Rule::kw_in => language = self.name(&part),
                Rule::word if behind == Rule::kw_by => channel = Some(self.word(&part)),
                Rule::word => actions = Some(Entries::One(Atom::Word(self.word(&part)))),
                _ => {}
            }
        }
        Some(Expect::Shown { actions: actions?, language, channel })
    }

    pub(super) fn range(&mut self, piece: Piece<'a>) -> Option<Range> {
        let mut parts = piece.into_inner();
        self.range_of(parts.next()?, parts.nth(1)?)
    }

    /// The range between two atoms that were read.
    pub(super) fn range_of(&mut self, low: Piece<'a>, high: Piece<'a>) -> Option<Range> {
        let span = self.span(&low).to(self.span(&high));
        Some(Range { low: self.atom(low)?, high: self.atom(high)?, span })
    }

    pub(super) fn list(&mut self, piece: Piece<'a>) -> Option<List> {
        let span = self.span(&piece);
        let mut entries = Vec::new();
        let mut parts = piece.into_inner();
        while let Some(part) = parts.next() {
            if part.as_rule() == Rule::comment {
                self.hoist(&part);
            } else if parts.peek().is_some_and(|next| next.as_rule() == Rule::kw_to) {
                entries.push(Entry::Range(Box::new(self.range_of(part, parts.nth(1)?)?)));
            } else {
                entries.push(Entry::Atom(self.atom(part)?));
            }
        }
        Some(List { entries, span })
    }

    pub(super) fn atom(&mut self, piece: Piece<'a>) -> Option<Atom> {
        Some(match piece.as_rule() {
            Rule::dotted | Rule::capital => match piece.as_str().find('.') {
                None => Atom::Word(self.word(&piece)),
                Some(dot) => {
                    let (owner, field) =
                        (piece.as_str().get(..dot)?, piece.as_str().get(dot + 1..)?);
                    let start = piece.as_span().start();
                    Atom::Path(self.word_at(owner, start), self.word_at(field, start + dot + 1))
                }
            },
            Rule::amount => {
                let mut parts = piece.clone().into_inner();
                let number = parts.next()?;
                match parts.next() {
                    Some(_) => Atom::Duration(self.duration(piece)?),
                    None => Atom::Literal(self.literal(&number)?),
                }
            }
            Rule::word => Atom::Word(self.word(&piece)),
            Rule::text => Atom::Text(self.text(&piece)),
            Rule::path => {
                let (owner, field) = self.two_words(piece)?;
                Atom::Path(owner, field)
            }
            _ => Atom::Literal(self.literal(&piece)?),
        })
    }

    pub(super) fn literal(&self, piece: &Piece<'_>) -> Option<Literal> {
        let kind = match piece.as_rule() {
            Rule::number => LiteralKind::Number,
            Rule::percent => LiteralKind::Percent,
            Rule::money => LiteralKind::Money,
            Rule::date => LiteralKind::Date,
            Rule::clock => LiteralKind::Clock,
            Rule::moment => LiteralKind::Moment,
            _ => return None,
        };
        let raw = match kind {
            LiteralKind::Money | LiteralKind::Moment => {
                piece.as_str().split_whitespace().collect::<Vec<_>>().join(" ")
            }
            _ => piece.as_str().to_owned(),
        };
        Some(Literal { kind, raw, span: self.span(piece) })
    }

    pub(super) fn duration(&mut self, piece: Piece<'a>) -> Option<Duration> {
        let span = self.span(&piece);
        let (mut count, mut calendar, mut of) = (None, false, None);
        for part in piece.into_inner() {
            match part.as_rule() {
                Rule::number => count = self.literal(&part),
                Rule::kw_calendar => calendar = true,
                Rule::unit => of = unit(part.as_str()),
                _ => {}
            }
        }
        Some(Duration { count: count?, calendar, unit: of?, span })
    }
}

/// `the last 30 days`, from its parts.
fn reach_of<'a>(reader: &mut Reader<'a>, far: Piece<'a>) -> Option<Reach> {
    let (mut next, mut duration) = (false, None);
    for part in far.into_inner() {
        match part.as_rule() {
            Rule::kw_next => next = true,
            Rule::duration => duration = reader.duration(part),
            _ => {}
        }
    }
    Some(Reach { next, duration: duration? })
}

fn count_operators(formula: &Formula) -> usize {
    match formula {
        Formula::Sum(first, rest) => {
            count_operators(first) + rest.iter().map(|(_, f)| 1 + count_operators(f)).sum::<usize>()
        }
        Formula::Product(first, rest) => {
            count_operators(first) + rest.iter().map(|(_, f)| 1 + count_operators(f)).sum::<usize>()
        }
        Formula::Group(inner) => count_operators(inner),
        Formula::Min(entries) | Formula::Max(entries) => entries.iter().map(count_operators).sum(),
        Formula::Operand(..) | Formula::Aggregate(..) => 0,
    }
}

fn aggregate_kind(words: &str) -> Option<AggregateKind> {
    Some(match words.split_whitespace().next()? {
        "count" => AggregateKind::Count,
        "total" => AggregateKind::Total,
        "average" => AggregateKind::Average,
        "largest" => AggregateKind::Largest,
        "smallest" => AggregateKind::Smallest,
        "days" => AggregateKind::DaysSinceLast,
        "first" => AggregateKind::First,
        "last" => AggregateKind::Last,
        _ => return None,
    })
}

fn unit(word: &str) -> Option<Unit> {
    Some(match word.trim_end().trim_end_matches('s') {
        "minute" => Unit::Minute,
        "hour" => Unit::Hour,
        "day" => Unit::Day,
        "week" => Unit::Week,
        "month" => Unit::Month,
        "quarter" => Unit::Quarter,
        "year" => Unit::Year,
        _ => return None,
    })
}
