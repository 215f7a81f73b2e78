//! Random workspaces by type: every line fits its attribute, and answers `if_unknown` where the language asks.
//!
//! In: dice. Out: trees that the checker must accept. Values come from small pools, so that edges, ties and
//! equal values are met often.

use std::collections::BTreeSet;

use onward::Customer;
use onward::Request;
use onward::syntax::ast::{
    BaseType, Choice, ChoiceKind, Clause, Definition, Entries, Every, File, Presence, Shape,
    TypeSpec, Unit, Value,
};

use super::conditions::Writer;
use super::tree::{self, Dice, block, definition, field, lit, says, word, worth};

/// What a failing run prints: rule files, customers in the order they arrive, questions.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) files: Vec<(String, File)>,
    pub(crate) customers: Vec<Customer>,
    pub(crate) requests: Vec<Request>,
    /// Actions, or their earlier names, that are paused.
    pub(crate) paused: BTreeSet<String>,
    /// Scenarios without expectations.
    pub(crate) stories: Vec<Definition>,
}

/// The types of attributes, with the values that rules and customers draw from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Ty {
    YesNo,
    /// With the values its range allows.
    Number(Option<(i32, i32)>),
    /// Up to this percentage.
    Percent(u32),
    /// In minor units of its currency, where it has a range.
    Money(Option<(i64, i64)>),
    OneOf(Vec<String>),
    SomeOf(Vec<String>),
    Text,
    Code,
    Date,
    Time,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    Required,
    Optional,
    Default,
}

#[derive(Clone, Debug)]
pub(crate) struct Attr {
    pub(crate) name: String,
    pub(crate) request: bool,
    pub(crate) ty: Ty,
    pub(crate) need: Need,
    /// Declared in the workspace, rather than built in.
    pub(crate) declared: bool,
    /// Earlier names.
    pub(crate) was: Vec<String>,
}

impl Attr {
    /// Never below zero and never without end, so that it may be a factor.
    pub(crate) fn is_factor(&self) -> bool {
        matches!(self.ty, Ty::Number(Some((0.., _))) | Ty::Percent(_) | Ty::Money(Some((0.., _))))
    }
}

/// A segment that others may name; whether it can be unknown for somebody with all required attributes.
#[derive(Clone, Debug)]
pub(crate) struct Seg {
    pub(crate) name: String,
    pub(crate) may_be_unknown: bool,
    /// Its own name, and what its lines read, through other segments too.
    pub(crate) reads: BTreeSet<String>,
}

/// All that was drawn for one workspace.
pub(crate) struct Facts {
    /// Many actions with many alternatives, so that the index has many blocks.
    pub(crate) large: bool,
    /// Whether there are limits, repeats, budgets and pauses.
    pub(crate) limited: bool,
    pub(crate) currency: &'static str,
    pub(crate) zone: &'static str,
    /// The day around which dates lie, from 1970-01-01.
    pub(crate) base: i64,
    pub(crate) languages: Vec<&'static str>,
    pub(crate) channels: Vec<&'static str>,
    pub(crate) purposes: Vec<Purpose>,
    pub(crate) attrs: Vec<Attr>,
    pub(crate) segments: Vec<Seg>,
    pub(crate) models: Vec<String>,
    pub(crate) rankings: Vec<String>,
    pub(crate) actions: Vec<Act>,
    pub(crate) placements: Vec<String>,
}

#[derive(Clone)]
pub(crate) struct Purpose {
    pub(crate) name: &'static str,
    pub(crate) needed: Vec<&'static str>,
    pub(crate) free: Vec<&'static str>,
}

#[derive(Clone)]
pub(crate) struct Act {
    pub(crate) name: String,
    pub(crate) was: Option<String>,
    pub(crate) channels: Vec<&'static str>,
    competes: bool,
    can_be_fallback: Vec<&'static str>,
}

pub(crate) const ZONES: [&str; 9] = [
    "Europe/Paris",
    "UTC",
    "Asia/Bangkok",
    "America/New_York",
    "Africa/Cairo",
    "Asia/Beirut",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "America/Sao_Paulo",
];
/// Days on which something turns: clocks, months, years, a leap day.
const BASES: [&str; 8] = [
    "2026-03-29",
    "2026-10-25",
    "2028-02-29",
    "2026-12-31",
    "2026-04-24",
    "2026-06-30",
    "2026-08-19",
    "2027-01-01",
];
const WORDS: [&str; 7] = ["gold", "silver", "sim-only", "ฟรี", "città", "größe", "none_yet"];
const NAMES: [&str; 14] = [
    "plan",
    "età",
    "ระดับ",
    "会員",
    "größe",
    "points",
    "score_a",
    "score_b",
    "vip",
    "joined",
    "seen",
    "spend",
    "city",
    "likes",
];

/// One workspace with its customers and questions.
pub(crate) fn world(dice: &mut Dice, customers: usize) -> World {
    let actions = dice.between(1, 8);
    world_with(dice, customers, actions)
}

/// One with so many actions.
pub(crate) fn world_with(dice: &mut Dice, customers: usize, actions: usize) -> World {
    // More would leave too few answers, ties and unknowns that decide.
    let limited = dice.percent(10);
    drawn(dice, customers, actions, limited)
}

/// One in which limits, repeats, budgets and pauses are common.
pub(crate) fn limited(dice: &mut Dice, customers: usize) -> World {
    let actions = dice.between(1, 8);
    drawn(dice, customers, actions, true)
}

fn drawn(dice: &mut Dice, customers: usize, actions: usize, limited: bool) -> World {
    let (files, facts, stories) = workspace(dice, actions, limited);
    let (customers, requests) = super::people::people(dice, &facts, customers);
    let names = facts.actions.iter().flat_map(|act| [Some(&act.name), act.was.as_ref()]);
    let paused = names.flatten().filter(|_| dice.percent(3)).cloned().collect();
    World { files, customers, requests, paused, stories }
}

fn workspace(
    dice: &mut Dice,
    actions: usize,
    limited: bool,
) -> (Vec<(String, File)>, Facts, Vec<Definition>) {
    let base = BASES[dice.below(BASES.len())];
    let languages: &[&[&str]] = &[&["en"], &["en", "fr"], &["fr", "en", "fr-CA"], &["th", "it"]];
    let all_channels = ["email", "sms", "push", "web"];
    let mut facts = Facts {
        large: actions > 8,
        limited,
        currency: ["EUR", "EUR", "JPY", "KWD"][dice.below(4)],
        zone: ZONES[dice.below(ZONES.len())],
        base: day_number(base),
        languages: languages[dice.below(languages.len())].to_vec(),
        channels: dice.some(&all_channels, 2, 4),
        purposes: Vec::new(),
        attrs: Vec::new(),
        segments: Vec::new(),
        models: Vec::new(),
        rankings: Vec::new(),
        actions: Vec::new(),
        placements: Vec::new(),
    };
    let mut all: Vec<Definition> = Vec::new();
    let staged = dice.percent(50);
    let mut items = vec![
        says("currency", facts.currency),
        field("timezone", Value::Atom(onward::syntax::ast::Atom::Text(tree::quoted(facts.zone)))),
        field("languages", Value::List(tree::names(&facts.languages))),
    ];
    if staged {
        items.push(field("stages", Value::List(tree::names(&["grow", "keep"]))));
    }
    all.push(definition("workspace", Some("acme"), items));
    let teams = dice.percent(40);
    if teams {
        let mail = |it: &str| {
            field("email", Value::Atom(onward::syntax::ast::Atom::Text(tree::quoted(it))))
        };
        let folder = |it: &str| {
            field("folder", Value::Atom(onward::syntax::ast::Atom::Text(tree::quoted(it))))
        };
        all.push(definition(
            "team",
            Some("platform"),
            vec![folder("."), says("central", "yes"), mail("a@acme.example")],
        ));
        all.push(definition("team", Some("crm"), vec![folder("crm"), mail("b@acme.example")]));
    }
    let product = dice.percent(50);
    if product {
        for (name, line) in [("phone", "retail"), ("tablet", "retail"), ("fibre", "telco")] {
            all.push(definition("product", Some(name), vec![says("line", line)]));
        }
        all.push(definition("product", Some("sim"), Vec::new()));
    }
    channels_and_purposes(dice, &mut facts, &mut all);
    attributes(dice, &mut facts, &mut all);
    segments(dice, &mut facts, &mut all);
    models(dice, &mut facts, &mut all);
    rankings(dice, &mut facts, &mut all);
    let mut of_team = Vec::new();
    for _ in 0..actions {
        let owner = teams.then(|| if dice.percent(50) { "crm" } else { "platform" });
        let Some(it) = action(dice, &mut facts, owner, product, staged) else { continue };
        if owner == Some("crm") { of_team.push(it) } else { all.push(it) }
    }
    placements(dice, &mut facts, &mut all);
    if limited {
        super::limits::limits(dice, &facts, &mut all);
    }
    if dice.percent(25) {
        let mut items = vec![tree::item(Shape::EveryLanguage)];
        if teams {
            items.push(tree::item(Shape::Condition(super::conditions::is_known("owner"))));
        }
        let mut it = definition("require", None, items);
        it.every = Some(Every { kind: word("action"), with: None });
        all.push(it);
    }
    let mut stories = Vec::new();
    if dice.percent(25) {
        all.push(super::scenarios::persona(dice, &facts));
        if dice.percent(60) {
            stories = super::scenarios::stories(dice, &facts);
        }
    }
    for definition in &mut all {
        // Long gone or still to come: without a day of today it changes nothing.
        let names = ["segment", "action", "ranking", "model", "placement"];
        if names.contains(&definition.kind.text.as_str()) && dice.percent(3) {
            definition.clauses.push(retired(dice));
        }
    }
    dice.shuffle(&mut all);
    let cut = dice.below(all.len());
    let rest = all.split_off(cut);
    let file = |definitions| File { definitions, end_comments: Vec::new() };
    let mut files =
        vec![("main.journey".to_owned(), file(all)), ("more.journey".to_owned(), file(rest))];
    if !of_team.is_empty() {
        files.push(("crm/offers.journey".to_owned(), file(of_team)));
    }
    (files, facts, stories)
}

/// `retired 2026-12-31`
fn retired(dice: &mut Dice) -> Clause {
    let day = dice.word(&["2019-12-31", "2031-01-01"]);
    Clause::Retired(tree::literal(onward::syntax::ast::LiteralKind::Date, day))
}

/// Days from 1970-01-01, by the library's own reading: this only draws values, it judges none.
pub(crate) fn day_number(text: &str) -> i64 {
    i64::from(onward::value::Date::parse(text).unwrap().days())
}

pub(crate) fn day_text(day: i64) -> String {
    onward::value::Date::from_days(i32::try_from(day).unwrap()).to_string()
}

fn channels_and_purposes(dice: &mut Dice, facts: &mut Facts, all: &mut Vec<Definition>) {
    let hours = dice.percent(60);
    if hours {
        let span = |from: &str, to: &str| tree::range(lit(from), lit(to));
        let day = |dice: &mut Dice| match dice.below(4) {
            0 => Value::Atom(tree::atom("never")),
            1 => Value::List(onward::syntax::ast::List {
                entries: vec![
                    onward::syntax::ast::Entry::Range(Box::new(span("09:00", "12:00"))),
                    onward::syntax::ast::Entry::Range(Box::new(span("14:00", "20:00"))),
                ],
                span: onward::syntax::Span::default(),
            }),
            2 => Value::Range(Box::new(span("00:00", "09:00"))),
            _ => Value::Range(Box::new(span("09:00", "20:00"))),
        };
        let mut week = tree::field("monday", day(dice));
        if let Shape::Field(it) = &mut week.shape {
            it.key = onward::syntax::ast::Key::Range(word("monday"), word("friday"));
        }
        let items = vec![week, field("saturday", day(dice)), field("sunday", day(dice))];
        all.push(definition("send_hours", Some("daytime"), items));
    }
    for channel in &facts.channels {
        let items =
            if hours && dice.percent(40) { vec![says("send_hours", "daytime")] } else { vec![] };
        all.push(definition("channel", Some(channel), items));
    }
    for name in ["marketing", "service"].into_iter().take(dice.between(1, 2)) {
        let mut purpose = Purpose { name, needed: Vec::new(), free: Vec::new() };
        for channel in &facts.channels {
            match dice.below(10) {
                0 => {}
                1..=4 => purpose.needed.push(*channel),
                _ => purpose.free.push(*channel),
            }
        }
        if purpose.free.is_empty() {
            purpose.needed.retain(|channel| *channel != facts.channels[0]);
            purpose.free.push(facts.channels[0]);
        }
        let mut items = vec![field("consent_free", Value::List(tree::names(&purpose.free)))];
        if !purpose.needed.is_empty() {
            items.push(field("consent_needed", Value::List(tree::names(&purpose.needed))));
        }
        if dice.percent(25) {
            items.push(says("send_hours", "ignore"));
        }
        all.push(definition("purpose", Some(name), items));
        facts.purposes.push(purpose);
    }
}

fn ty(dice: &mut Dice, which: usize) -> Ty {
    let words = dice.some(&WORDS, 2, 4).into_iter().map(str::to_owned).collect();
    match which {
        0 => Ty::YesNo,
        1 => Ty::Number(*dice.pick(&[None, Some((0, 10)), Some((0, 2)), Some((-5, 5))])),
        2 => Ty::Percent(*dice.pick(&[100, 100, 300])),
        3 => Ty::Money(*dice.pick(&[None, Some((0, 100_000)), Some((-5000, 5000))])),
        4 => Ty::OneOf(words),
        5 => Ty::SomeOf(words),
        6 => Ty::Text,
        7 => Ty::Code,
        8 => Ty::Date,
        _ => Ty::Time,
    }
}

/// `EUR 12.50` for 1250 minor units.
pub(crate) fn money(currency: &str, minor: i64) -> String {
    onward::value::Currency::new(currency).unwrap().show(minor)
}

fn spec(dice: &mut Dice, facts: &Facts, attr: &Attr) -> Value {
    let whole = |n: i32| lit(&n.to_string());
    let named = |name: &str, range| BaseType::Named(word(name), range);
    let base = match &attr.ty {
        Ty::YesNo => named("yes_no", None),
        Ty::Number(range) => {
            named("number", range.map(|(low, high)| tree::range(whole(low), whole(high))))
        }
        Ty::Percent(100) => named("percent", None),
        Ty::Percent(high) => {
            named("percent", Some(tree::range(lit("0%"), lit(&format!("{high}%")))))
        }
        Ty::Money(range) => {
            let amount = |minor| lit(&money(facts.currency, minor));
            named("money", range.map(|(low, high)| tree::range(amount(low), amount(high))))
        }
        Ty::OneOf(words) => BaseType::OneOf(tree::names(words)),
        Ty::SomeOf(words) => BaseType::SomeOf(tree::names(words)),
        Ty::Text => named("text", None),
        Ty::Code => named("code", None),
        Ty::Date => named("date", None),
        Ty::Time => named("time", None),
    };
    let (presence, default) = match attr.need {
        Need::Required => (Some(Presence::Required), None),
        Need::Optional => (Some(Presence::Optional), None),
        Need::Default => (
            None,
            Some(match &attr.ty {
                Ty::SomeOf(words) => Entries::Many(tree::names(&dice.some(words, 0, 1))),
                _ => Entries::One(super::conditions::value(dice, facts, &attr.ty)),
            }),
        ),
    };
    let personal_data = dice.percent(if matches!(attr.ty, Ty::Text) { 30 } else { 4 });
    let span = onward::syntax::Span::default();
    Value::Type(Box::new(TypeSpec { presence, base, personal_data, default, span }))
}

fn attributes(dice: &mut Dice, facts: &mut Facts, all: &mut Vec<Definition>) {
    for (request, kind, most) in [(false, "customer", 9), (true, "request", 3)] {
        let fewest = if request { 0 } else { 3 };
        let mut items = Vec::new();
        for name in dice.some(&NAMES, fewest, most) {
            let which = dice.below(10);
            let ty = ty(dice, which);
            let need = match dice.below(10) {
                0..=1 => Need::Required,
                2..=3 if ty != Ty::Time => Need::Default,
                _ => Need::Optional,
            };
            let mut was = Vec::new();
            if !request && dice.percent(25) {
                was.push(format!("old_{name}"));
                was.extend(dice.percent(25).then(|| format!("older_{name}")));
            }
            let attr = Attr { name: name.to_owned(), request, ty, need, declared: true, was };
            let mut declared = field(name, spec(dice, facts, &attr));
            if let Shape::Field(it) = &mut declared.shape {
                it.clauses.extend(attr.was.iter().map(|name| Clause::Was(word(name))));
                it.clauses.extend(dice.percent(3).then(|| retired(dice)));
            }
            items.push(declared);
            facts.attrs.push(attr);
        }
        if !items.is_empty() {
            all.push(definition(kind, None, items));
        }
    }
    let channels = facts.channels.iter().map(|&channel| channel.to_owned()).collect();
    for (name, ty) in
        [("language", Ty::Code), ("timezone", Ty::Code), ("preferred_channel", Ty::OneOf(channels))]
    {
        let name = name.to_owned();
        let need = Need::Optional;
        let was = Vec::new();
        facts.attrs.push(Attr { name, request: false, ty, need, declared: false, was });
    }
}

fn segments(dice: &mut Dice, facts: &mut Facts, all: &mut Vec<Definition>) {
    for name in ["at_risk", "loyal", "ลูกค้า", "lapsed"].into_iter().take(dice.below(5))
    {
        let must_answer = dice.percent(40);
        let mut writer = Writer::new(facts, false);
        let items = writer.list(dice, 0, must_answer, 3);
        let may_be_unknown = writer.may_be_unknown;
        let mut reads = std::mem::take(&mut writer.used);
        reads.insert(format!("segment {name}"));
        all.push(definition("segment", Some(name), items));
        facts.segments.push(Seg { name: name.to_owned(), may_be_unknown, reads });
    }
}

fn models(dice: &mut Dice, facts: &mut Facts, all: &mut Vec<Definition>) {
    let percents: Vec<&Attr> =
        facts.attrs.iter().filter(|attr| !attr.request && attr.ty == Ty::Percent(100)).collect();
    if percents.is_empty() || dice.percent(30) {
        return;
    }
    let reads = dice.pick(&percents).name.clone();
    let items = vec![says("reads", &reads), says("gives", "percent"), worth("if_unknown", "4%")];
    all.push(definition("model", Some("likely"), items));
    facts.models.push("likely".to_owned());
}

fn rankings(dice: &mut Dice, facts: &mut Facts, all: &mut Vec<Definition>) {
    for name in ["best", "other"].into_iter().take(dice.between(1, 2)) {
        let (score, divides) = super::formulas::score(dice, facts);
        let mut items = vec![field("score", score)];
        if divides || dice.percent(20) {
            items.push(worth("if_failed", &money(facts.currency, 100)));
        }
        all.push(definition("ranking", Some(name), items));
        facts.rankings.push(name.to_owned());
    }
}

const ACTIONS: [&str; 8] =
    ["fibre", "เน็ต", "brand", "città", "upgrade", "notice", "größer", "a_offer"];

fn action(
    dice: &mut Dice,
    facts: &mut Facts,
    owner: Option<&str>,
    product: bool,
    staged: bool,
) -> Option<Definition> {
    let number = facts.actions.len();
    let name =
        ACTIONS.get(number).map_or_else(|| format!("bulk_{number:04}"), |it| (*it).to_owned());
    let purpose = dice.pick(&facts.purposes).clone();
    let service = purpose.name == "service";
    let named: Vec<&'static str> = purpose.needed.iter().chain(&purpose.free).copied().collect();
    let channels = dice.some(&named, 1, 3);
    let mut items = vec![says("purpose", purpose.name)];
    items.extend(owner.map(|owner| says("owner", owner)));
    if product && !service && dice.percent(50) {
        items.push(says("product", &dice.word(&["phone", "tablet", "fibre", "sim"])));
    }
    if staged && dice.percent(50) {
        items.push(says("stage", &dice.word(&["grow", "keep"])));
    }
    let competes = dice.percent(85);
    if competes {
        super::formulas::operands(dice, facts, &mut items);
    }
    let in_journeys = dice.percent(4);
    if in_journeys {
        items.push(field("use", Value::OnlyInJourneys));
    }
    let guarded = competes && dice.percent(if facts.large { 95 } else { 75 });
    let (mut plain, mut any_personal) = (true, false);
    if guarded && dice.percent(35) {
        plain = false;
        let days = [-30, -1, 0, 0, 1, 30];
        let first = facts.base + dice.pick(&days);
        let last = first + [0, 1, 31, 90][dice.below(4)];
        let range = tree::range(lit(&day_text(first)), lit(&day_text(last)));
        items.push(field("dates", Value::Range(Box::new(range))));
    }
    let mut proven = BTreeSet::new();
    // One writer for both: what `who` wants, `never` must not exclude.
    let mut writer = Writer::new(facts, true);
    if guarded && dice.percent(75) {
        plain = false;
        let mut lines = writer.list(dice, 0, false, 2);
        if facts.large {
            lines.extend(writer.any(dice));
            lines.extend(writer.any(dice));
        }
        proven = super::conditions::proven(&lines);
        items.push(block("who", None, lines));
    }
    if guarded && dice.percent(35) {
        plain = false;
        let lines = writer.list(dice, 0, true, 2);
        if !lines.is_empty() {
            items.push(block("never", None, lines));
        }
    }
    for channel in &channels {
        let personal = competes && dice.percent(30);
        any_personal |= personal;
        let languages = facts.languages.iter().copied();
        let regional = (facts.languages.contains(&"fr") && dice.percent(20)).then_some("fr-CH");
        let texts = languages.chain(regional).map(|tag| {
            let text = super::formulas::text(dice, facts, personal, &proven);
            block(tag, None, vec![field("text", text)])
        });
        let texts = texts.collect();
        items.push(block("message", Some(channel), texts));
    }
    if guarded && facts.limited && super::limits::own(dice, &channels, &mut items) {
        plain = false;
    }
    dice.shuffle(&mut items);
    let mut it = definition("action", Some(&name), items);
    let was = dice.percent(20).then(|| format!("old_{}", facts.actions.len()));
    it.clauses.extend(was.as_deref().map(|was| Clause::Was(word(was))));
    let free = channels.iter().filter(|channel| purpose.free.contains(*channel)).copied();
    let only_free = channels.iter().all(|channel| purpose.free.contains(channel));
    let can_be_fallback =
        if plain && only_free && !any_personal { free.collect() } else { Vec::new() };
    let competes = competes && !in_journeys;
    facts.actions.push(Act { name, was, channels, competes, can_be_fallback });
    Some(it)
}

fn placements(dice: &mut Dice, facts: &mut Facts, all: &mut Vec<Definition>) {
    for name in ["home", "nightly"].into_iter().take(dice.between(1, 2)) {
        let chosen = dice.some(&facts.channels, 1, 3);
        let mut items = if chosen.len() == 1 && dice.percent(80) {
            vec![says("channel", chosen[0])]
        } else {
            let list = tree::names(&chosen);
            let how = if dice.percent(50) { ChoiceKind::First } else { ChoiceKind::Preferred };
            vec![field("channels", Value::Choice(Choice { how, list }))]
        };
        let show = dice.between(1, 4);
        items.push(worth("show", &show.to_string()));
        if show > 1 && dice.percent(40) {
            let alike = ["line", "line", "owner", "product", "purpose", "stage"];
            items.push(tree::share(dice.between(1, show - 1), &dice.word(&alike)));
        }
        let here = |act: &&Act| act.channels.iter().any(|channel| chosen.contains(channel));
        let possible: Vec<&Act> =
            facts.actions.iter().filter(here).filter(|act| act.competes).collect();
        if dice.percent(if facts.large { 90 } else { 60 }) || possible.is_empty() {
            items.push(says("candidates", "all"));
        } else {
            let listed = dice.some(&possible, 1, 8);
            let listed: Vec<&str> = listed.iter().map(|act| act.name.as_str()).collect();
            items.push(field("candidates", Value::List(tree::names(&listed))));
        }
        items.push(says("ranking", dice.pick(&facts.rankings).as_str()));
        let fits = |act: &&Act| act.can_be_fallback.iter().any(|channel| chosen.contains(channel));
        let fallbacks: Vec<&Act> = facts.actions.iter().filter(fits).collect();
        if fallbacks.is_empty() || dice.percent(20) {
            items.push(says("fallback", "nothing"));
        } else {
            items.push(says("fallback", &dice.pick(&fallbacks).name));
        }
        dice.shuffle(&mut items);
        all.push(definition("placement", Some(name), items));
        facts.placements.push(name.to_owned());
    }
}

pub(crate) const UNITS: [Unit; 7] =
    [Unit::Minute, Unit::Hour, Unit::Day, Unit::Week, Unit::Month, Unit::Quarter, Unit::Year];
