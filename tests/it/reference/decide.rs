//! One decision in full: every candidate treatment, every reason, scores, order, the answer.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use onward::Request;
use onward::decision::{Stage, Truth};
use onward::syntax::ast::{
    Atom, Body, CapPer, Choice, ChoiceKind, Formula, Key, ProductOp, Shape, SumOp, Value,
};

use super::calendar;
use super::literal::{self, Val};
use super::logic::{Asked, Said, direct_reads};
use super::names::{self, Person, Read, Rules};
use super::policy::Taken;
use super::shown::Factor;

/// A reason without its wording.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Why {
    pub(crate) stage: Stage,
    pub(crate) name: Option<String>,
    pub(crate) missing_required: Option<String>,
    /// The text of the cap, pause or budget.
    pub(crate) line: Option<String>,
    /// When it stops to refuse, in Unix microseconds.
    pub(crate) until: Option<i64>,
}

/// What became of one candidate treatment.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fate {
    /// Rank, from 1.
    Chosen(u32),
    /// By the last action of the answer, with the bits of the margin.
    Outranked(String, u64),
    /// Left out: the answer has its share of this kind, by this name.
    Crowded(String, String),
    /// On that channel instead.
    OtherChannel(String),
    /// For all of these reasons.
    Blocked(BTreeSet<Why>),
}

/// One treatment of the answer, with the bits of its score.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hit {
    pub(crate) action: String,
    pub(crate) channel: String,
    pub(crate) language: String,
    pub(crate) score: Option<u64>,
    pub(crate) fallback: bool,
}

/// Everything there is to compare of one decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) answer: Vec<Hit>,
    pub(crate) candidates: u32,
    pub(crate) refused: BTreeMap<Stage, u32>,
    /// By action and channel; the fallback is not among them.
    pub(crate) fates: BTreeMap<(String, String), Fate>,
    /// By action: the lines of `who`, those of `never`, and when it was last shown.
    pub(crate) lines: BTreeMap<String, Lines>,
    /// The fallback's treatments by channel: why each is refused, and whether it is the answer.
    pub(crate) fallback: BTreeMap<(String, String), Fate>,
    /// By action: the bits of its score where all its numbers are known, and what it is made of.
    pub(crate) scores: BTreeMap<String, (Option<u64>, Vec<Factor>)>,
    /// What was assumed, each by the word that the note must name.
    pub(crate) notes: Vec<String>,
    /// Whether `who` or `never` of some candidate refused because it was unknown.
    pub(crate) by_unknown: bool,
    /// Whether there would be another answer, had every line that nobody can decide held, or had none.
    pub(crate) decided_by_unknown: bool,
    /// Whether a treatment gave way to those that the answer took before it.
    pub(crate) crowded: bool,
    /// Whether two actions of equal score were put in order.
    pub(crate) tied: bool,
}

/// What explain must say of an action, line by line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lines {
    pub(crate) who: Vec<Said>,
    pub(crate) never: Vec<Said>,
    /// Unix microseconds.
    pub(crate) last_shown: Option<i64>,
}

/// How deep explain opens segments within segments.
const OPENED: usize = 4;

/// An action that passed every check on some channel.
struct Passed {
    action: String,
    /// The channels on which it passed, in order, with the language of its content.
    open: Vec<(String, String)>,
    score: f64,
    last_shown: Option<i64>,
}

impl Rules<'_> {
    fn asked<'b>(&'b self, person: &'b Person, request: &Request) -> Asked<'b> {
        let mut attributes = BTreeMap::new();
        for (name, value) in request.attributes() {
            let read = Read { request: true, name: name.clone() };
            if let Some(value) = literal::arrived(value, &self.declared(&read).kind) {
                attributes.insert(name.clone(), value);
            }
        }
        let at = request.time().micros();
        Asked {
            rules: self,
            person,
            request: attributes,
            at,
            forced: None,
            contacts: OnceCell::new(),
        }
    }

    /// Every segment by name.
    pub(crate) fn segments(&self, person: &Person, at: i64) -> Vec<(String, Truth)> {
        let asked = Asked {
            rules: self,
            person,
            request: BTreeMap::new(),
            at,
            forced: None,
            contacts: OnceCell::new(),
        };
        let names = self.names("segment").into_iter();
        names.map(|name| (name.clone(), asked.segment(&name))).collect()
    }

    /// One segment.
    pub(crate) fn segment(&self, name: &str, person: &Person, at: i64) -> Truth {
        let request = BTreeMap::new();
        Asked { rules: self, person, request, at, forced: None, contacts: OnceCell::new() }
            .segment(name)
    }

    /// The whole account of one request.
    pub(crate) fn decide(&self, person: &Person, request: &Request) -> Account {
        self.decide_without(person, request, &BTreeSet::new())
    }

    /// Whether an action is paused, by its own name or an earlier one.
    pub(super) fn is_paused(&self, action: &str, paused: &BTreeSet<String>) -> bool {
        let was = Rules::was(self.the("action", action));
        paused.contains(action) || was.iter().any(|name| paused.contains(name))
    }

    /// The account where some actions are paused.
    pub(crate) fn decide_without(
        &self,
        person: &Person,
        request: &Request,
        paused: &BTreeSet<String>,
    ) -> Account {
        let mut account = self.account(person, request, paused, None);
        account.decided_by_unknown = account.by_unknown
            && [true, false].into_iter().any(|forced| {
                self.account(person, request, paused, Some(forced)).answer != account.answer
            });
        account
    }

    /// `forced` is what a line counts as that nobody can decide; `None` leaves it unknown, as it is meant.
    fn account(
        &self,
        person: &Person,
        request: &Request,
        paused: &BTreeSet<String>,
        forced: Option<bool>,
    ) -> Account {
        let asked = Asked { forced, ..self.asked(person, request) };
        let placement = &self.the("placement", request.placement()).body;
        let channels = asked.channels(placement);
        let ranking = names::word_field(placement, "ranking").unwrap();
        let ranking = &self.the("ranking", &ranking).body;
        let show: usize = names::word_field(placement, "show").unwrap().parse().unwrap();

        let mut fates = BTreeMap::new();
        let mut refused: BTreeMap<Stage, u32> = BTreeMap::new();
        let (mut lines, mut scores) = (BTreeMap::new(), BTreeMap::new());
        let mut by_unknown = false;
        let (mut candidates, mut best) = (0, Vec::<Passed>::new());
        for action in self.candidates(placement, &channels) {
            let body = &self.the("action", &action).body;
            by_unknown |= asked.refuses_as_unknown(body);
            if forced.is_none() {
                lines.insert(action.clone(), asked.lines_of(&action));
                let (factors, known) = asked.factors(ranking, body);
                let score = known.then(|| asked.score(ranking, body).to_bits());
                scores.insert(action.clone(), (score, factors));
            }
            let mut open = Vec::new();
            for channel in &channels {
                let Some(message) = message(body, channel) else { continue };
                candidates += 1;
                let mut why = BTreeSet::new();
                asked.check_action(body, Some(ranking), message, &mut why);
                asked.check_channel(body, channel, message, &mut why);
                why.extend(asked.policy(&action, channel, &[]));
                if request.excluded().contains(&action) {
                    why.insert(plain(Stage::Excluded));
                }
                if self.is_paused(&action, paused) {
                    why.insert(plain(Stage::Paused));
                }
                if let Some(first) = why.iter().map(|why| why.stage).min() {
                    *refused.entry(first).or_default() += 1;
                    fates.insert((action.clone(), channel.clone()), Fate::Blocked(why));
                } else {
                    open.push((channel.clone(), asked.language(message).unwrap()));
                }
            }
            if !open.is_empty() {
                best.push(Passed {
                    score: asked.score(ranking, body),
                    last_shown: asked.last_contact(&action),
                    action,
                    open,
                });
            }
        }
        // Score descending, never shown first, then longest ago, then name.
        best.sort_by(|a, b| {
            let stamps = (a.last_shown.is_some(), a.last_shown);
            let score = b.score.partial_cmp(&a.score).unwrap();
            score
                .then(stamps.cmp(&(b.last_shown.is_some(), b.last_shown)))
                .then(a.action.as_bytes().cmp(b.action.as_bytes()))
        });
        let tied = best.windows(2).any(|two| two[0].score == two[1].score);
        // One after the other: what is taken counts for those behind it.
        let mut crowded = false;
        let (mut answer, mut taken, mut behind) = (Vec::new(), Vec::new(), Vec::new());
        let share = share(placement);
        let mut alike: BTreeMap<String, usize> = BTreeMap::new();
        for passed in best {
            if answer.len() >= show {
                behind.push(passed);
                continue;
            }
            let kind = share.as_ref().and_then(|(_, by)| self.kind(&passed.action, by));
            if let (Some((most, by)), Some(kind)) = (&share, &kind)
                && alike.get(kind).is_some_and(|standing| standing >= most)
            {
                for (place, (channel, _)) in passed.open.iter().enumerate() {
                    let fate = match place {
                        0 => Fate::Crowded(by.clone(), kind.clone()),
                        _ => Fate::OtherChannel(passed.open[0].0.clone()),
                    };
                    fates.insert((passed.action.clone(), channel.clone()), fate);
                }
                continue;
            }
            let mut placed: Option<&String> = None;
            for (channel, language) in &passed.open {
                let key = (passed.action.clone(), channel.clone());
                let why = asked.policy(&passed.action, channel, &taken);
                crowded |= !why.is_empty();
                let fate = match placed {
                    _ if !why.is_empty() => Fate::Blocked(why),
                    Some(better) => Fate::OtherChannel(better.clone()),
                    None => {
                        placed = Some(channel);
                        answer.push(Hit {
                            action: passed.action.clone(),
                            channel: channel.clone(),
                            language: language.clone(),
                            score: Some(passed.score.to_bits()),
                            fallback: false,
                        });
                        Fate::Chosen(u32::try_from(answer.len()).unwrap())
                    }
                };
                fates.insert(key, fate);
            }
            if placed.is_some() {
                kind.into_iter().for_each(|kind| *alike.entry(kind).or_default() += 1);
            }
            taken.extend(placed.map(|channel| Taken {
                purpose: self.purpose_of(&passed.action),
                action: passed.action.clone(),
                channel: channel.clone(),
            }));
        }
        for passed in behind {
            let last = answer.last().unwrap();
            let margin = f64::from_bits(last.score.unwrap()) - passed.score;
            for (place, (channel, _)) in passed.open.iter().enumerate() {
                let fate = if place == 0 {
                    Fate::Outranked(last.action.clone(), margin.to_bits())
                } else {
                    Fate::OtherChannel(passed.open[0].0.clone())
                };
                fates.insert((passed.action.clone(), channel.clone()), fate);
            }
        }
        if answer.is_empty() {
            answer.extend(asked.fallback(placement, &channels, request, paused));
        }
        let fallback = asked.fallback_fates(placement, &channels, request, paused, &answer);
        Account {
            answer,
            candidates,
            refused,
            fates,
            lines,
            fallback,
            scores,
            notes: asked.notes(),
            by_unknown,
            decided_by_unknown: false,
            crowded,
            tied,
        }
    }

    /// What an action has of a kind: the line of its product, its owner ...
    fn kind(&self, action: &str, by: &str) -> Option<String> {
        let body = &self.the("action", action).body;
        if by == "line" {
            let product = names::word_field(body, "product")?;
            return names::word_field(&self.the("product", &product).body, "line");
        }
        names::word_field(body, by)
    }

    /// Names of the candidates: those listed, or all that compete and have a message here.
    fn candidates(&self, placement: &Body, channels: &[String]) -> Vec<String> {
        let mut names = match names::field(placement, "candidates").unwrap() {
            Value::List(list) => names::words(list),
            Value::Atom(_) => self.names("action"),
            other => panic!("candidates: {other:?}"),
        };
        names.retain(|name| {
            let body = &self.the("action", name).body;
            let competes = names::field(body, "value").is_some()
                && names::field(body, "propensity").is_some()
                && names::field(body, "use").is_none();
            competes && channels.iter().any(|channel| message(body, channel).is_some())
        });
        names.sort();
        names.dedup();
        names
    }
}

/// `at most 1 per line` of a placement.
fn share(placement: &Body) -> Option<(usize, String)> {
    placement.items.iter().find_map(|item| match &item.shape {
        Shape::Cap(cap) => {
            let CapPer::Word(by) = &cap.per else { panic!("a share over time") };
            Some((cap.most.raw.parse().unwrap(), by.text.clone()))
        }
        _ => None,
    })
}

/// A reason that says no more than its stage.
pub(super) fn plain(stage: Stage) -> Why {
    Why { stage, name: None, missing_required: None, line: None, until: None }
}

/// `message email { ... }`
pub(super) fn message<'a>(action: &'a Body, channel: &str) -> Option<&'a Body> {
    action.items.iter().find_map(|item| match &item.shape {
        Shape::Block(block) if names::text(&block.heading) == "message" => {
            (names::text(block.name.as_ref()?) == channel).then_some(&block.body)
        }
        _ => None,
    })
}

/// The attributes named between braces in the texts of a message, in any language.
fn placeholders(message: &Body, into: &mut BTreeSet<Read>) {
    for item in &message.items {
        match &item.shape {
            Shape::Block(block) => placeholders(&block.body, into),
            Shape::Field(field) => {
                if let Value::Atom(Atom::Text(text)) = &field.value {
                    braces(&text.raw, into);
                }
            }
            _ => {}
        }
    }
}

fn braces(raw: &str, into: &mut BTreeSet<Read>) {
    let (mut inside, mut escaped) = (None::<String>, false);
    for next in raw.chars() {
        match (&mut inside, next) {
            _ if escaped => escaped = false,
            (None, '\\') => escaped = true,
            (None, '{') => inside = Some(String::new()),
            (Some(name), '}') => {
                let name = name.split(" else ").next().unwrap().trim().to_owned();
                into.insert(match name.strip_prefix("request.") {
                    Some(name) => Read { request: true, name: name.to_owned() },
                    None => Read { request: false, name },
                });
                inside = None;
            }
            (Some(name), _) => name.push(next),
            (None, _) => {}
        }
    }
}

impl Asked<'_> {
    /// The placement's channels, in the order in which they are tried for this customer.
    fn channels(&self, placement: &Body) -> Vec<String> {
        if let Some(one) = names::word_field(placement, "channel") {
            return vec![one];
        }
        let Some(Value::Choice(Choice { how, list })) = names::field(placement, "channels") else {
            panic!("a placement without channels");
        };
        let mut channels = names::words(list);
        if *how == ChoiceKind::Preferred
            && let Some(own) = self.word("preferred_channel")
            && let Some(place) = channels.iter().position(|channel| *channel == own)
        {
            let own = channels.remove(place);
            channels.insert(0, own);
        }
        channels
    }

    /// For the measure of the generator.
    fn refuses_as_unknown(&self, action: &Body) -> bool {
        let who = names::block(action, "who").map(|who| self.all(who));
        let never = names::block(action, "never").map(|never| self.any(never));
        who == Some(Truth::Unknown) || never == Some(Truth::Unknown)
    }

    /// Dates, who and never, and required attributes that are missing.
    pub(super) fn check_action(
        &self,
        action: &Body,
        ranking: Option<&Body>,
        text: &Body,
        why: &mut BTreeSet<Why>,
    ) {
        if let Some(Value::Range(dates)) = names::field(action, "dates") {
            let day = |atom: &Atom| match atom {
                Atom::Literal(literal) => literal::date(&literal.raw),
                other => panic!("{other:?} is no date"),
            };
            if !(day(&dates.low)..=day(&dates.high)).contains(&self.today()) {
                why.insert(plain(Stage::Dates));
            }
        }
        let mut reads = BTreeSet::new();
        for block in ["who", "never"].into_iter().filter_map(|it| names::block(action, it)) {
            direct_reads(block, &mut reads);
        }
        placeholders(text, &mut reads);
        for key in ["value", "propensity", "weight"] {
            if let Some(value) = names::field(action, key) {
                self.operand_reads(&formula_of(value), &mut reads);
            }
        }
        let mut unanswered = Vec::new();
        if let Some(ranking) = ranking {
            self.operand_reads(&score_of(ranking), &mut reads);
            self.unanswered(&score_of(ranking), &mut unanswered);
        }
        for value in ["value", "propensity", "weight"].map(|key| names::field(action, key)) {
            value.into_iter().for_each(|it| self.unanswered(&formula_of(it), &mut unanswered));
        }
        for name in unanswered {
            why.insert(Why { missing_required: Some(name), ..plain(Stage::Who) });
        }
        for read in reads.into_iter().filter(|read| self.lacks_required(read)) {
            let missing_required = Some(read.name);
            why.insert(Why { missing_required, ..plain(Stage::Who) });
        }
        // `who` passes only if surely true; `never` only if every line is surely false.
        if names::block(action, "who").is_some_and(|who| self.all(who) != Truth::True) {
            why.insert(plain(Stage::Who));
        }
        if names::block(action, "never").is_some_and(|never| self.any(never) != Truth::False) {
            why.insert(plain(Stage::Never));
        }
    }

    /// Consent, hours and content.
    pub(super) fn check_channel(
        &self,
        action: &Body,
        channel: &str,
        text: &Body,
        why: &mut BTreeSet<Why>,
    ) {
        let named = |stage, name: &str| Why { name: Some(name.to_owned()), ..plain(stage) };
        let purpose = names::word_field(action, "purpose").unwrap();
        let rules = &self.rules.the("purpose", &purpose).body;
        if names::word_list(rules, "consent_needed").iter().any(|needed| needed == channel)
            && !self.rules.consents(self.person, channel, &purpose)
        {
            why.insert(named(Stage::Consent, channel));
        }
        let ignores = names::word_field(rules, "send_hours").is_some_and(|word| word == "ignore");
        let hours = names::word_field(&self.rules.the("channel", channel).body, "send_hours");
        if let Some(hours) = hours
            && !ignores
            && !self.own_zone().is_some_and(|zone| {
                let (day, minute) = calendar::local(self.at, zone);
                open(&self.rules.the("send_hours", &hours).body, day, minute)
            })
        {
            why.insert(named(Stage::Hours, &hours));
        }
        if self.language(text).is_none() {
            why.insert(named(Stage::Content, &self.wanted_language()));
        }
    }

    fn wanted_language(&self) -> String {
        self.word("language").unwrap_or_else(|| self.rules.languages().swap_remove(0))
    }

    /// The tag of the content for this customer: the exact one, else its base.
    fn language(&self, message: &Body) -> Option<String> {
        let wanted = self.wanted_language();
        let base = wanted.split('-').next().unwrap().to_owned();
        [wanted, base].iter().find_map(|wanted| {
            message.items.iter().find_map(|item| match &item.shape {
                Shape::Block(block) => {
                    let tag = names::text(&block.heading);
                    tag.eq_ignore_ascii_case(wanted).then_some(tag)
                }
                _ => None,
            })
        })
    }

    fn lines_of(&self, action: &str) -> Lines {
        let body = &self.rules.the("action", action).body;
        let said =
            |name| names::block(body, name).map_or_else(Vec::new, |lines| self.said(lines, OPENED));
        Lines { who: said("who"), never: said("never"), last_shown: self.last_contact(action) }
    }

    /// How the fallback fares on every channel: refused, the answer, or better placed; a fallback that is not
    /// needed stands behind the last of the answer, without a margin.
    fn fallback_fates(
        &self,
        placement: &Body,
        channels: &[String],
        request: &Request,
        paused: &BTreeSet<String>,
        answer: &[Hit],
    ) -> BTreeMap<(String, String), Fate> {
        let mut fates = BTreeMap::new();
        let name = names::word_field(placement, "fallback").filter(|name| name != "nothing");
        let Some(name) = name else { return fates };
        let body = &self.rules.the("action", &name).body;
        let mut placed: Option<String> = None;
        for channel in channels {
            let Some(text) = message(body, channel) else { continue };
            let mut why = BTreeSet::new();
            self.check_channel(body, channel, text, &mut why);
            why.extend(self.policy(&name, channel, &[]));
            if request.excluded().contains(&name) {
                why.insert(plain(Stage::Excluded));
            }
            if self.rules.is_paused(&name, paused) {
                why.insert(plain(Stage::Paused));
            }
            let fate = if !why.is_empty() {
                Fate::Blocked(why)
            } else if let Some(better) = &placed {
                Fate::OtherChannel(better.clone())
            } else {
                placed = Some(channel.clone());
                match answer.last() {
                    Some(last) if !last.fallback => Fate::Outranked(last.action.clone(), 0),
                    _ => Fate::Chosen(1),
                }
            };
            fates.insert((name.clone(), channel.clone()), fate);
        }
        fates
    }

    fn fallback(
        &self,
        placement: &Body,
        channels: &[String],
        request: &Request,
        paused: &BTreeSet<String>,
    ) -> Option<Hit> {
        let name = names::word_field(placement, "fallback").filter(|name| name != "nothing")?;
        if request.excluded().contains(&name) || self.rules.is_paused(&name, paused) {
            return None;
        }
        let action = &self.rules.the("action", &name).body;
        channels.iter().find_map(|channel| {
            let text = message(action, channel)?;
            let mut why = BTreeSet::new();
            self.check_channel(action, channel, text, &mut why);
            why.extend(self.policy(&name, channel, &[]));
            why.is_empty().then(|| Hit {
                action: name.clone(),
                channel: channel.clone(),
                language: self.language(text).unwrap(),
                score: None,
                fallback: true,
            })
        })
    }

    /// What a formula reads, through models too; the action's own three words are not looked into.
    fn operand_reads(&self, formula: &Formula, into: &mut BTreeSet<Read>) {
        match formula {
            Formula::Sum(first, rest) => {
                self.operand_reads(first, into);
                rest.iter().for_each(|(_, term)| self.operand_reads(term, into));
            }
            Formula::Product(first, rest) => {
                self.operand_reads(first, into);
                rest.iter().for_each(|(_, factor)| self.operand_reads(factor, into));
            }
            Formula::Group(inner) => self.operand_reads(inner, into),
            Formula::Min(parts) | Formula::Max(parts) => {
                parts.iter().for_each(|part| self.operand_reads(part, into));
            }
            Formula::Operand(atom, _) => into.extend(self.source(atom).map(|(read, _)| read)),
            Formula::Aggregate(..) => {}
        }
    }

    /// The attribute behind a word of a formula, and a model's answer where it is unknown.
    pub(super) fn source(&self, atom: &Atom) -> Option<(Read, Option<Val>)> {
        match atom {
            Atom::Word(word) if ["propensity", "value", "weight"].contains(&word.text.as_str()) => {
                None
            }
            Atom::Word(word) => Some(match self.rules.find("model", &word.text) {
                Some(model) => {
                    let name = names::word_field(&model.body, "reads").unwrap();
                    let stand_in = names::field(&model.body, "if_unknown").map(constant);
                    (Read { request: false, name }, stand_in)
                }
                None => (Read { request: false, name: word.text.clone() }, None),
            }),
            Atom::Path(_, name) => Some((Read { request: true, name: name.text.clone() }, None)),
            _ => None,
        }
    }

    fn score(&self, ranking: &Body, action: &Body) -> f64 {
        let score = self.formula(&score_of(ranking), action);
        let score = if score.is_finite() {
            score
        } else {
            constant(names::field(ranking, "if_failed").unwrap()).score()
        };
        if score == 0.0 { 0.0 } else { score }
    }

    /// In 64-bit floats, left to right as written.
    fn formula(&self, formula: &Formula, action: &Body) -> f64 {
        match formula {
            Formula::Sum(first, rest) => {
                let first = self.formula(first, action);
                rest.iter().fold(first, |sum, (op, term)| match op {
                    SumOp::Plus => sum + self.formula(term, action),
                    SumOp::Minus => sum - self.formula(term, action),
                })
            }
            Formula::Product(first, rest) => {
                let first = self.formula(first, action);
                rest.iter().fold(first, |product, (op, factor)| match op {
                    ProductOp::Times => product * self.formula(factor, action),
                    ProductOp::Divide => product / self.formula(factor, action),
                })
            }
            Formula::Group(inner) => self.formula(inner, action),
            Formula::Min(parts) => {
                let parts = parts.iter().map(|part| self.formula(part, action));
                parts.reduce(f64::min).unwrap()
            }
            Formula::Max(parts) => {
                let parts = parts.iter().map(|part| self.formula(part, action));
                parts.reduce(f64::max).unwrap()
            }
            Formula::Operand(atom, otherwise) => self.operand(atom, otherwise.as_ref(), action),
            Formula::Aggregate(asked, otherwise) => self.number_asked(asked, otherwise.as_ref()),
        }
    }

    fn operand(&self, atom: &Atom, otherwise: Option<&Atom>, action: &Body) -> f64 {
        if let Atom::Literal(literal) = atom {
            return literal::literal(literal).score();
        }
        let Some((read, stand_in)) = self.source(atom) else {
            let Atom::Word(key) = atom else { panic!("{atom:?} is no number") };
            return match names::field(action, &key.text) {
                Some(value) => self.formula(&formula_of(value), action),
                // `weight` is 1 where it is not written; the others always are.
                None => 1.0,
            };
        };
        let own = self.value(&read).or(stand_in);
        let own = own.or_else(|| match otherwise? {
            Atom::Literal(literal) => Some(literal::literal(literal)),
            other => panic!("else {other:?}"),
        });
        own.unwrap().score()
    }
}

/// A field's value as a formula.
pub(super) fn formula_of(value: &Value) -> Formula {
    match value {
        Value::Formula(formula) => Formula::clone(formula),
        Value::Atom(atom) => Formula::Operand(atom.clone(), None),
        other => panic!("{other:?} is no formula"),
    }
}

pub(super) fn score_of(ranking: &Body) -> Formula {
    formula_of(names::field(ranking, "score").unwrap())
}

fn constant(value: &Value) -> Val {
    match value {
        Value::Atom(Atom::Literal(literal)) => literal::literal(literal),
        other => panic!("{other:?} is no constant"),
    }
}

/// Whether a weekday's spans contain the minute: start included, end excluded.
pub(super) fn open(hours: &Body, day: i64, minute: i64) -> bool {
    const WEEK: [&str; 7] =
        ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let place = |word: &str| WEEK.iter().position(|day| *day == word).unwrap();
    let today = calendar::weekday(day);
    let spans = |value: &Value| -> Vec<(i64, i64)> {
        let clock = |atom: &Atom| match atom {
            Atom::Literal(literal) => literal::clock(&literal.raw),
            other => panic!("{other:?} is no time of day"),
        };
        match value {
            Value::Range(range) => vec![(clock(&range.low), clock(&range.high))],
            Value::List(list) => {
                let ranges = list.entries.iter().map(|entry| match entry {
                    onward::syntax::ast::Entry::Range(range) => {
                        (clock(&range.low), clock(&range.high))
                    }
                    onward::syntax::ast::Entry::Atom(atom) => panic!("{atom:?} is no span"),
                });
                ranges.collect()
            }
            _ => Vec::new(), // never
        }
    };
    hours.items.iter().any(|item| {
        let Shape::Field(field) = &item.shape else { return false };
        let meant = match &field.key {
            Key::Word(word) => place(&word.text) == today,
            Key::Range(from, to) => (place(&from.text)..=place(&to.text)).contains(&today),
            other => panic!("{other:?} is no weekday"),
        };
        meant && spans(&field.value).iter().any(|(start, end)| (*start..*end).contains(&minute))
    })
}
