//! Random trees, seeded: every shape of the language, as a parse of good text could give it.

use onward::syntax::ast::*;

/// A small generator of numbers (splitmix64), so that a seed means the same everywhere.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.roll() % n.max(1) as u64) as usize
    }

    pub(crate) fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub(crate) fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }
}

const WORDS: [&str; 12] = [
    "plan",
    "vip",
    "fibre_upgrade",
    "country",
    "สมาชิก",
    "café",
    "x1",
    "_y",
    "email",
    "retail",
    "ก่อน",
    "value",
];
const TEXTS: [&str; 8] = [
    "",
    "Hello",
    "say \\\"hi\\\" \\{ \\\\",
    "{first_name else there}",
    "สวัสดี # {",
    "👩‍👩‍👧 “ok”",
    "a, b: [c]",
    "prix\u{A0}: 5 €",
];
const COMMENTS: [&str; 4] = ["#", "# why", "# สวัสดี { \" }", "#: x, y"];

impl Dice {
    fn word(&mut self) -> Word {
        Word { text: self.pick(&WORDS).to_owned(), span: Span::default() }
    }

    fn text(&mut self) -> Text {
        Text { raw: self.pick(&TEXTS).to_owned(), span: Span::default() }
    }

    fn name(&mut self) -> Name {
        if self.one_in(4) { Name::Text(self.text()) } else { Name::Word(self.word()) }
    }

    fn literal(&mut self, kind: LiteralKind) -> Literal {
        let raw = match kind {
            LiteralKind::Number => self.pick(&["0", "1", "1.5", "-3", "1250.50"]),
            LiteralKind::Percent => self.pick(&["60%", "0.5%", "-1%"]),
            LiteralKind::Money => self.pick(&["EUR 40", "THB 1250.50", "EUR -3"]),
            LiteralKind::Date => self.pick(&["2026-09-01", "2026-02-30"]),
            LiteralKind::Clock => self.pick(&["09:00", "23:59", "99:99"]),
            LiteralKind::Moment => self.pick(&["2026-09-08 10:00", "2026-09-08 11:01"]),
        };
        Literal { kind, raw: raw.to_owned(), span: Span::default() }
    }

    fn any_literal(&mut self) -> Literal {
        use LiteralKind::*;
        let kind = [Number, Percent, Money, Date, Clock, Moment][self.below(6)];
        self.literal(kind)
    }

    fn duration(&mut self) -> Duration {
        use Unit::*;
        let count = self.pick(&["1", "2", "30", "1.5"]).to_owned();
        Duration {
            count: Literal { kind: LiteralKind::Number, raw: count, span: Span::default() },
            calendar: self.one_in(3),
            unit: [Minute, Hour, Day, Week, Month, Quarter, Year][self.below(7)],
            span: Span::default(),
        }
    }

    fn atom(&mut self) -> Atom {
        match self.below(6) {
            0 => Atom::Path(self.word(), self.word()),
            1 => Atom::Duration(self.duration()),
            2 => Atom::Text(self.text()),
            3 => Atom::Literal(self.any_literal()),
            _ => Atom::Word(self.word()),
        }
    }

    fn range(&mut self) -> Range {
        Range { low: self.atom(), high: self.atom(), span: Span::default() }
    }

    fn list(&mut self, at_least: usize) -> List {
        let many = if self.one_in(20) { 40 } else { at_least + self.below(4) };
        let entry = |dice: &mut Self| match dice.below(5) {
            0 => Entry::Range(Box::new(dice.range())),
            _ => Entry::Atom(dice.atom()),
        };
        List { entries: (0..many).map(|_| entry(self)).collect(), span: Span::default() }
    }

    fn choice(&mut self, at_least: usize) -> Choice {
        let how = if self.one_in(2) { ChoiceKind::First } else { ChoiceKind::Preferred };
        Choice { how, list: self.list(at_least) }
    }

    fn formula(&mut self, depth: usize) -> Formula {
        if depth == 0 || self.one_in(3) {
            return self.factor(depth);
        }
        if self.one_in(2) {
            let sign = |dice: &mut Self| if dice.one_in(2) { SumOp::Plus } else { SumOp::Minus };
            let many = 1 + self.below(3);
            let rest = (0..many).map(|_| (sign(self), self.product(depth - 1))).collect();
            Formula::Sum(Box::new(self.product(depth - 1)), rest)
        } else {
            self.product(depth)
        }
    }

    fn product(&mut self, depth: usize) -> Formula {
        if self.one_in(2) {
            return self.factor(depth);
        }
        let sign =
            |dice: &mut Self| if dice.one_in(2) { ProductOp::Times } else { ProductOp::Divide };
        let many = 1 + self.below(3);
        let rest = (0..many).map(|_| (sign(self), self.factor(depth))).collect();
        Formula::Product(Box::new(self.factor(depth)), rest)
    }

    fn factor(&mut self, depth: usize) -> Formula {
        match self.below(if depth == 0 { 2 } else { 5 }) {
            0 => Formula::Operand(self.atom(), Some(self.atom())),
            2 => Formula::Group(Box::new(self.formula(depth - 1))),
            3 => Formula::Min((0..=self.below(3)).map(|_| self.formula(depth - 1)).collect()),
            4 => Formula::Max((0..=self.below(3)).map(|_| self.formula(depth - 1)).collect()),
            _ => Formula::Operand(self.atom(), None),
        }
    }

    fn cap(&mut self) -> Cap {
        let per = match self.below(4) {
            0 => CapPer::Duration(self.duration()),
            1 => CapPer::Calendar(self.duration().unit),
            2 => CapPer::Word(self.word()),
            _ => CapPer::Total,
        };
        let channels = |dice: &mut Self| {
            if dice.one_in(2) {
                Entries::One(Atom::Word(dice.word()))
            } else {
                Entries::Many(dice.list(2))
            }
        };
        let share = [None, Some(CapShare::Together), Some(CapShare::Each)][self.below(3)];
        let on = self.one_in(2).then(|| CapOn { channels: channels(self), share });
        Cap {
            most: self.literal(LiteralKind::Number),
            counted: [None, Some(Counted::Sent), Some(Counted::Shown)][self.below(3)],
            per,
            on,
            span: Span::default(),
        }
    }

    fn type_spec(&mut self) -> TypeSpec {
        let base = match self.below(3) {
            0 => BaseType::OneOf(self.list(0)),
            1 => BaseType::SomeOf(self.list(1)),
            _ => BaseType::Named(self.word(), self.one_in(3).then(|| self.range())),
        };
        let presence = [None, Some(Presence::Required), Some(Presence::Optional)][self.below(3)];
        let bare = matches!(base, BaseType::Named(_, None)) && presence.is_none();
        let default = self.one_in(3).then(|| {
            if self.one_in(2) { Entries::One(self.atom()) } else { Entries::Many(self.list(0)) }
        });
        let personal_data = self.one_in(3) || (bare && default.is_none());
        TypeSpec { presence, base, personal_data, default, span: Span::default() }
    }

    fn event(&mut self, depth: usize, flat: bool) -> EventPhrase {
        let filter = self.one_in(2).then(|| self.conditions(depth, flat));
        let within = self.one_in(2).then(|| self.duration());
        let first = self.one_in(2) || (filter.is_none() && within.is_none());
        let of_entering = within.is_some() && self.one_in(2);
        EventPhrase { first, event: self.word(), filter, within, of_entering }
    }

    fn outcome(&mut self, depth: usize, flat: bool) -> Outcome {
        match self.below(5) {
            0 => Outcome::Finish(self.word()),
            1 => Outcome::GoTo(self.word()),
            2 => Outcome::Transfer(self.word(), self.one_in(2).then(|| self.body(depth, flat))),
            3 => {
                let then = loop {
                    let then = self.outcome(depth, flat);
                    if !matches!(then, Outcome::Retry(..)) {
                        break then;
                    }
                };
                Outcome::Retry(self.duration(), Box::new(then))
            }
            _ => Outcome::Continue,
        }
    }

    fn value(&mut self, depth: usize, flat: bool) -> Value {
        match self.below(20) {
            0 => Value::Range(Box::new(self.range())),
            1 => Value::List(self.list(0)),
            2 => Value::Type(Box::new(self.type_spec())),
            3 => Value::Choice(self.choice(0)),
            4 => Value::File(self.text()),
            5 | 6 => match self.formula(2) {
                Formula::Operand(atom, None) => Value::Atom(atom),
                formula => Value::Formula(Box::new(formula)),
            },
            7 => Value::Cap(Box::new(self.cap())),
            8 => Value::Event(Box::new(self.event(depth, flat))),
            9 => Value::AfterLeaving(self.duration()),
            10 => Value::AlwaysPer(self.word()),
            11 => Value::Outcome(Box::new(self.outcome(depth, flat))),
            12 => Value::Pair(self.word(), self.word()),
            13 => Value::OnlyInJourneys,
            14 => Value::ThoseAlreadyIn,
            15 => Value::Segment(self.word()),
            17 => {
                let how = match self.below(3) {
                    0 => AgainHow::Never,
                    1 => AgainHow::Restart,
                    _ => AgainHow::After(self.duration()),
                };
                Value::AgainPer(Box::new(AgainPer { how, per: self.word() }))
            }
            16 => {
                Value::Every(self.word(), self.one_in(2).then(|| self.literal(LiteralKind::Clock)))
            }
            _ => Value::Atom(self.atom()),
        }
    }

    fn clauses(&mut self, kept: bool) -> Vec<Clause> {
        if !self.one_in(4) {
            return Vec::new();
        }
        let many = 1 + self.below(2);
        (0..many)
            .map(|_| match self.below(if kept { 3 } else { 2 }) {
                0 => Clause::Was(self.word()),
                1 => Clause::Retired(self.literal(LiteralKind::Date)),
                _ => Clause::Kept(self.duration()),
            })
            .collect()
    }

    fn key(&mut self) -> Key {
        match self.below(8) {
            0 => Key::Range(self.word(), self.word()),
            1 => Key::Of(self.word(), self.word()),
            2 => Key::Percent(self.literal(LiteralKind::Percent)),
            _ => Key::Word(self.word()),
        }
    }

    fn reach(&mut self) -> Reach {
        Reach { next: self.one_in(2), duration: self.duration() }
    }

    fn if_unknown(&mut self) -> Option<IfUnknown> {
        self.one_in(4).then(|| IfUnknown { answer: self.word(), span: Span::default() })
    }

    fn condition(&mut self, depth: usize, flat: bool) -> Condition {
        let mut open_ended = false;
        let subject = match self.below(4) {
            0 => Subject::Path(self.word(), self.word()),
            1 => {
                use AggregateKind::*;
                let function =
                    [Count, Total, Average, Largest, Smallest, DaysSinceLast, First, Last]
                        [self.below(8)];
                let reach = self.one_in(2).then(|| self.reach());
                let ever = reach.is_none() && self.one_in(2);
                open_ended = reach.is_none() && !ever;
                let field = self.one_in(2) || matches!(function, First | Last);
                Subject::Aggregate(Box::new(Aggregate {
                    function,
                    event: self.word(),
                    field: field.then(|| self.word()),
                    filter: self.one_in(3).then(|| self.conditions(depth, flat)),
                    reach,
                    ever,
                    span: Span::default(),
                }))
            }
            _ => Subject::Word(self.word()),
        };
        let test = match self.below(15) {
            0 => Test::IsNot(self.atom()),
            1 => Test::IsKnown,
            2 => Test::IsUnknown,
            3 => Test::Compare(CompareOp::AtLeast, self.atom()),
            4 => Test::Compare(CompareOp::AtMost, self.atom()),
            5 => Test::Compare([CompareOp::Above, CompareOp::Below][self.below(2)], self.atom()),
            6 => Test::InList(self.list(0)),
            7 => Test::NotInList(self.list(1)),
            8 => Test::InRange(Box::new(self.range())),
            9 => Test::NotInRange(Box::new(self.range())),
            10 if !open_ended => Test::Within(self.reach()),
            11 => Test::NotWithin(self.reach()),
            12 => Test::Has(self.atom()),
            13 => [Test::HasAny(self.list(0)), Test::HasAll(self.list(1))][self.below(2)].clone(),
            14 => Test::Lacks(self.atom()),
            _ => Test::Is(self.atom()),
        };
        Condition { subject, test, if_unknown: self.if_unknown(), span: Span::default() }
    }

    fn segment_test(&mut self) -> SegmentTest {
        SegmentTest {
            negative: self.one_in(2),
            segment: self.word(),
            if_unknown: self.if_unknown(),
            span: Span::default(),
        }
    }

    fn shape(&mut self, depth: usize, flat: bool) -> Shape {
        let deeper = depth.saturating_sub(1);
        match self.below(16) {
            0 if depth > 0 => Shape::Block(Block {
                heading: self.name(),
                name: self.one_in(2).then(|| self.name()),
                body: self.body(deeper, flat),
            }),
            1 => Shape::SegmentTest(self.segment_test()),
            2 => Shape::EveryLanguage,
            3 => Shape::Cap(Box::new(self.cap())),
            4 => Shape::Pause(Box::new(Pause {
                count: self.literal(LiteralKind::Number),
                outcome: self.word(),
                reach: self.reach(),
                pause: self.duration(),
            })),
            5 => {
                let condition = match self.below(3) {
                    0 => WhenCondition::One(Box::new(self.condition(deeper, flat))),
                    1 => WhenCondition::Segment(self.segment_test()),
                    _ => WhenCondition::All(self.conditions(deeper, flat)),
                };
                Shape::When(Box::new(When { condition, outcome: self.outcome(deeper, flat) }))
            }
            6 => Shape::Wait(Box::new(self.wait(deeper, flat))),
            7 => {
                let by = match self.below(3) {
                    0 => None,
                    1 => Some(By::Channel(self.word())),
                    _ => Some(By::Choice(self.choice(2))),
                };
                let body = self.one_in(2).then(|| self.body(deeper, flat));
                Shape::Send(Box::new(SendStep { action: self.word(), by, body }))
            }
            8 => Shape::Outcome(Box::new(self.outcome(deeper, flat))),
            9 => Shape::Given(Box::new(Given {
                persona: self.word(),
                body: self.one_in(2).then(|| self.body(deeper, flat)),
            })),
            10 => Shape::At(Box::new(self.at(deeper, flat))),
            11 | 12 => Shape::Condition(self.condition(deeper, flat)),
            _ => Shape::Field(Field {
                key: self.key(),
                value: self.value(deeper, flat),
                clauses: self.clauses(false),
            }),
        }
    }

    fn wait(&mut self, depth: usize, flat: bool) -> Wait {
        let how = match self.below(3) {
            0 => WaitKind::Duration(self.duration()),
            1 => WaitKind::UpTo {
                duration: self.duration(),
                event: self.word(),
                filter: self.one_in(3).then(|| self.conditions(depth, flat)),
                body: self.body(depth, flat),
            },
            _ => match self.below(4) {
                0 => WaitKind::Until {
                    weekday: Some(self.word()),
                    to: Atom::Literal(self.literal(LiteralKind::Clock)),
                },
                1 => WaitKind::Until {
                    weekday: None,
                    to: Atom::Literal(self.literal(LiteralKind::Moment)),
                },
                2 => WaitKind::Until { weekday: None, to: Atom::Path(self.word(), self.word()) },
                _ => WaitKind::Until { weekday: None, to: Atom::Word(self.word()) },
            },
        };
        Wait { label: self.one_in(4).then(|| self.word()), how }
    }

    fn at(&mut self, depth: usize, flat: bool) -> At {
        let body = |dice: &mut Self| dice.one_in(2).then(|| dice.body(depth, flat));
        let act = match self.below(7) {
            0 => Some(Act::Ask(self.word(), body(self))),
            1 => Some(Act::Event(self.word(), body(self))),
            2 => Some(Act::Send(self.word(), self.word())),
            3 => Some(Act::Withdraw(self.word(), self.one_in(2).then(|| self.word()))),
            4 => Some(Act::Grant(self.word(), self.one_in(2).then(|| self.word()))),
            5 => Some(Act::Shown(self.word(), self.word())),
            _ => None,
        };
        let expect = match self.below(8) {
            0 => Some(Expect::Nothing),
            1 => Some(Expect::Shown {
                actions: if self.one_in(2) {
                    Entries::One(Atom::Word(self.word()))
                } else {
                    Entries::Many(self.list(0))
                },
                language: self.one_in(2).then(|| self.name()),
                channel: self.one_in(2).then(|| self.word()),
            }),
            2 => Some(Expect::Blocked {
                action: self.one_in(2).then(|| self.word()),
                reason: self.word(),
                name: self.one_in(2).then(|| self.word()),
            }),
            3 => {
                let action = self.one_in(2).then(|| self.word());
                let channel = action.as_ref().and_then(|_| self.one_in(2).then(|| self.word()));
                Some(Expect::Sent(action, channel))
            }
            4 => Some(Expect::AtStep(self.word())),
            5 => Some(Expect::FinishedAs(self.word())),
            6 => Some(Expect::InJourney(self.word())),
            _ => None,
        };
        At { moment: self.literal(LiteralKind::Moment), act, expect }
    }

    fn comment(&mut self) -> Comment {
        Comment { text: self.pick(&COMMENTS).to_owned(), blank_above: self.one_in(3) }
    }

    fn comments(&mut self) -> Vec<Comment> {
        if self.one_in(6) {
            (0..=self.below(2)).map(|_| self.comment()).collect()
        } else {
            Vec::new()
        }
    }

    fn conditions(&mut self, depth: usize, flat: bool) -> Body {
        self.body(depth.min(1), flat)
    }

    /// A block; `flat` when the one around it stands on one line.
    fn body(&mut self, depth: usize, flat: bool) -> Body {
        let flat = flat || self.one_in(2);
        let many = if depth == 0 { self.below(2) } else { self.below(5) };
        let mut body = Body { one_line: flat, ..Body::default() };
        for at in 0..many {
            let shape = self.shape(depth, flat);
            let after_comment = body.items.last().is_some_and(|item: &Item| item.comment.is_some());
            let comments = if flat { Vec::new() } else { self.comments() };
            let joined =
                at > 0 && comments.is_empty() && !after_comment && (flat || self.one_in(2));
            let comment = (!flat && self.one_in(8)).then(|| self.comment());
            body.items.push(Item {
                comments,
                blank_above: !flat && self.one_in(5),
                joined,
                shape,
                comment,
                span: Span::default(),
            });
        }
        if !flat {
            body.opening_comment = self.one_in(8).then(|| self.comment());
            body.end_comments = self.comments();
        }
        body
    }

    /// A whole file of one to three definitions.
    pub(crate) fn file(&mut self) -> File {
        let many = 1 + self.below(3);
        let definitions = (0..many)
            .map(|_| {
                let (name, every) = match self.below(6) {
                    0 => (None, None),
                    1 => (
                        None,
                        Some(Every {
                            kind: self.word(),
                            with: self.one_in(2).then(|| (self.word(), self.word())),
                        }),
                    ),
                    _ => (Some(self.name()), None),
                };
                let clauses = if name.is_some() { self.clauses(true) } else { Vec::new() };
                Definition {
                    comments: self.comments(),
                    blank_above: self.one_in(2),
                    kind: self.word(),
                    name,
                    every,
                    clauses,
                    body: self.body(3, false),
                    comment: self.one_in(8).then(|| self.comment()),
                    span: Span::default(),
                }
            })
            .collect();
        File { definitions, end_comments: self.comments() }
    }
}
