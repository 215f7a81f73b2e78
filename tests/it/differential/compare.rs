//! One world through the front door and through the reference: what differs, in words.

use std::collections::{BTreeMap, BTreeSet};

use onward::decision::{self, Decision, Explanation, Standing, Trace};
use onward::syntax::ast::File;
use onward::{Answer, Context, Customer, Diagnostics, Engine, Request, Source};

use super::measure::Measure;
use super::world::World;
use crate::reference::{Account, Factor, Fate, Hit, Lines, Rules, Said, Why};

/// Why a world fails.
#[derive(Clone, Debug)]
pub(crate) enum Trouble {
    /// The checker refuses a workspace that is well typed; the codes and the reports.
    Refused(String, String),
    /// The engine refuses a customer or a question.
    Failed(String),
    /// Engine and reference disagree.
    Differs(String),
}

impl Trouble {
    /// Lines that exclude each other are well typed, and rightly refused: the dice draw them now and then.
    pub(crate) fn is_contradiction(&self) -> bool {
        matches!(self, Self::Refused(codes, _) if codes == "{\"E0403\"}")
    }

    /// What must stay the same while a world is made smaller.
    pub(crate) fn kind(&self) -> String {
        match self {
            Self::Refused(codes, _) => format!("refused {codes}"),
            Self::Failed(_) => "failed".to_owned(),
            Self::Differs(what) => format!("differs {}", what.split(':').next().unwrap_or("")),
        }
    }
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Refused(codes, reports) => write!(f, "refused {codes}\n{reports}"),
            Self::Failed(why) => write!(f, "failed: {why}"),
            Self::Differs(what) => write!(f, "the engine differs: {what}"),
        }
    }
}

/// The files as text.
pub(crate) fn sources(files: &[(String, File)]) -> Vec<Source> {
    let texts = files.iter().map(|(name, file)| (name, onward::syntax::print(file)));
    texts.map(|(name, text)| Source::new(name.clone(), text)).collect()
}

/// An engine for these sources, or the reports that refuse them.
pub(crate) fn engine(sources: &[Source]) -> Result<Engine, Trouble> {
    let checked = onward::check(sources, &Context::default());
    match checked.rules {
        Some(rules) => Ok(Engine::new(&rules)),
        None => Err(refused(&checked.diagnostics, sources)),
    }
}

/// The errors in short.
pub(crate) fn refused(diagnostics: &Diagnostics, sources: &[Source]) -> Trouble {
    let errors: Vec<_> = diagnostics.iter().filter(|it| it.code.0.starts_with('E')).collect();
    let codes: BTreeSet<&str> = errors.iter().map(|it| it.code.0).collect();
    let shown = errors.iter().map(|it| {
        let source = sources.iter().find(|source| source.name() == it.primary.file);
        let line = source.and_then(|source| {
            let before = source.text().get(..it.primary.span.start as usize)?;
            source.text().lines().nth(before.matches('\n').count())
        });
        let line = line.unwrap_or("").trim();
        format!("{} {} — {} | {line}\n", it.code, it.headline, it.primary.text)
    });
    Trouble::Refused(format!("{codes:?}"), shown.collect())
}

/// Checks a whole world; counts what it saw.
pub(crate) fn check(world: &World, measure: &mut Measure) -> Result<(), Trouble> {
    let engine = engine(&sources(&world.files))?;
    let trees: Vec<File> = world.files.iter().map(|(_, file)| file.clone()).collect();
    let rules = Rules::new(&trees);
    let mut records: BTreeMap<&str, Vec<Customer>> = BTreeMap::new();
    for record in &world.customers {
        engine.put(record).map_err(|why| Trouble::Failed(format!("put {}: {why}", record.id())))?;
        records.entry(record.id()).or_default().push(record.clone());
    }
    world.paused.iter().for_each(|name| engine.pause(name));
    let (mut fast, mut slow) = (Answer::default(), Answer::default());
    let program = engine.program();
    for request in &world.requests {
        let own = request.customer().and_then(|id| records.get(id));
        let person = rules.person(own.map_or(&[], Vec::as_slice));
        let wanted = rules.decide_without(&person, request, &world.paused);
        measure.account(&wanted);
        measure.index(&wanted, program.index_size(request.placement()));
        let failed = |what: &str, why| Trouble::Failed(format!("{what}: {why}"));
        engine.decide_into(request, &mut fast).map_err(|why| failed("decide", why))?;
        engine.decide_plainly(request, &mut slow).map_err(|why| failed("plainly", why))?;
        let (decision, plainly) = (fast.decision().unwrap(), slow.decision().unwrap());
        if decision != plainly {
            let why = format!("index: {decision:?}\n  not {plainly:?}");
            return Err(Trouble::Differs(why));
        }
        let explanation =
            engine.explain(request).map_err(|why| Trouble::Failed(format!("explain: {why}")))?;
        decided(&decision, &wanted).map_err(Trouble::Differs)?;
        if explanation.decision != decision {
            return Err(Trouble::Differs("explain decides otherwise".to_owned()));
        }
        explained(&explanation, &wanted).map_err(Trouble::Differs)?;
        let segments = engine.segments(request.customer(), request.time());
        let expected = rules.segments(&person, request.time().micros());
        segments.iter().for_each(|(_, truth)| measure.segment(*truth));
        if segments != expected {
            return Err(Trouble::Differs(format!("segments: {segments:?} not {expected:?}")));
        }
    }
    super::scenarios::check(world, &rules, measure)
}

/// Whether a decision is what the reference says: treatments, score bits, and the summary of an answer in which
/// no candidate stands.
pub(crate) fn decided(decision: &Decision, wanted: &Account) -> Result<(), String> {
    let answer: Vec<Hit> = decision
        .treatments
        .iter()
        .map(|it| Hit {
            action: it.action.clone(),
            channel: it.channel.clone(),
            language: it.language.clone(),
            score: it.score.map(f64::to_bits),
            fallback: it.fallback,
        })
        .collect();
    if answer != wanted.answer {
        let scores: Vec<_> = decision.treatments.iter().map(|it| it.score).collect();
        let expected: Vec<_> =
            wanted.answer.iter().map(|it| it.score.map(f64::from_bits)).collect();
        let answers = format!("{answer:?}\n  not {:?}", wanted.answer);
        return Err(format!("answer: {answers}\n  scores {scores:?} not {expected:?}"));
    }
    let summary = &decision.summary;
    let refused: BTreeMap<_, u32> =
        summary.refused.iter().copied().filter(|(_, count)| *count > 0).collect();
    if wanted.answer.iter().any(|hit| !hit.fallback) {
        let counts = summary.candidates > 0 || !refused.is_empty();
        return if counts { Err(format!("summary: {summary:?} of a good answer")) } else { Ok(()) };
    }
    if summary.candidates != wanted.candidates || refused != wanted.refused {
        let (own, other) = (summary.candidates, wanted.candidates);
        return Err(format!("summary: {own} {refused:?} not {other} {:?}", wanted.refused));
    }
    Ok(())
}

fn fate(standing: &Standing) -> Fate {
    match standing {
        Standing::Chosen { rank } => Fate::Chosen(*rank),
        Standing::Outranked { by, margin } => Fate::Outranked(by.clone(), (margin + 0.0).to_bits()),
        Standing::Crowded { by, name } => Fate::Crowded(by.word().to_owned(), name.clone()),
        Standing::OtherChannel { channel } => Fate::OtherChannel(channel.clone()),
        Standing::Blocked { reasons } => {
            let whys = reasons.iter().map(|reason| Why {
                stage: reason.stage,
                name: reason.name.clone(),
                missing_required: reason.missing_required.clone(),
                line: reason.line.as_ref().map(|line| line.text.clone()),
                until: reason.until.map(onward::value::Timestamp::micros),
            });
            Fate::Blocked(whys.collect())
        }
    }
}

/// Whether the lines of an explanation say what the reference says. A segment is opened where it is first
/// named; a later mention may show its verdict only.
fn same(lines: &[Trace], wanted: &[Said], opened: &mut BTreeSet<String>) -> bool {
    lines.len() == wanted.len()
        && lines.iter().zip(wanted).all(|(line, wanted)| {
            let alike = (line.truth, line.answered, &line.seen)
                == (wanted.truth, wanted.answered, &wanted.seen);
            let named = line.line.text.split_once("in segment ").map(|(_, name)| {
                name.split(|c: char| c.is_whitespace()).next().unwrap_or("").to_owned()
            });
            let again = named.as_ref().is_some_and(|name| opened.contains(name));
            opened.extend(named);
            let shut = again && line.inner.is_empty();
            alike && (shut || same(&line.inner, &wanted.inner, opened))
        })
}

fn factors(found: &[decision::Factor]) -> Vec<Factor> {
    let factor = |it: &decision::Factor| Factor {
        name: it.name.clone(),
        value: it.value.map(f64::to_bits),
        shown: it.shown.clone(),
        stand_in: it.stand_in,
    };
    found.iter().map(factor).collect()
}

/// Whether every candidate fared as the reference says: standing, reasons, lines, and when it was last shown.
pub(crate) fn explained(explanation: &Explanation, wanted: &Account) -> Result<(), String> {
    let (mut fates, mut fallback) = (BTreeMap::new(), BTreeMap::new());
    for candidate in &explanation.candidates {
        let key = (candidate.action.clone(), candidate.channel.clone());
        let into = if candidate.fallback { &mut fallback } else { &mut fates };
        if into.insert(key, fate(&candidate.standing)).is_some() {
            return Err(format!("fates: {} twice", candidate.action));
        }
        if candidate.fallback {
            let plain = candidate.score.is_none() && candidate.factors.is_empty();
            if !candidate.who.is_empty() || !candidate.never.is_empty() || !plain {
                return Err(format!(
                    "lines: the fallback {} has some, or a score",
                    candidate.action
                ));
            }
            continue;
        }
        let Some(Lines { who, never, last_shown }) = wanted.lines.get(&candidate.action) else {
            return Err(format!("lines: {} is no candidate", candidate.action));
        };
        let mut opened = [BTreeSet::new(), BTreeSet::new()];
        if !same(&candidate.who, who, &mut opened[0])
            || !same(&candidate.never, never, &mut opened[1])
        {
            let (own, other) = (&candidate.who, &candidate.never);
            return Err(format!("lines: {own:?} {other:?}\n  not {who:?} {never:?}"));
        }
        if candidate.last_shown.map(onward::value::Timestamp::micros) != *last_shown {
            let own = candidate.last_shown;
            return Err(format!("last shown: {} {own:?} not {last_shown:?}", candidate.action));
        }
        let own = (candidate.score.map(f64::to_bits), factors(&candidate.factors));
        if Some(&own) != wanted.scores.get(&candidate.action) {
            let wanted = wanted.scores.get(&candidate.action);
            return Err(format!("score: {} {own:?}\n  not {wanted:?}", candidate.action));
        }
    }
    let named = |(note, word): (&String, &String)| note.contains(word.as_str());
    let (own, other) = (&explanation.notes, &wanted.notes);
    if own.len() != other.len() || !own.iter().zip(other).all(named) {
        return Err(format!("notes: {own:?}\n  not of {other:?}"));
    }
    if fates == wanted.fates && fallback == wanted.fallback {
        return Ok(());
    }
    for (own, other) in [(&fates, &wanted.fates), (&fallback, &wanted.fallback)] {
        for (key, fate) in other {
            if own.get(key) != Some(fate) {
                return Err(format!("fates: {key:?} {:?}\n  not {fate:?}", own.get(key)));
            }
        }
    }
    Err(format!("fates: more candidates: {:?} {:?}", fates.keys(), fallback.keys()))
}

/// A world as text: rule files, customers, questions.
pub(crate) fn show(world: &World) -> String {
    let files = sources(&world.files);
    let mut shown: String =
        files.iter().map(|it| format!("--- {}\n{}", it.name(), it.text())).collect();
    let json = |it: Result<String, serde_json::Error>| it.unwrap_or_default() + "\n";
    shown.push_str("--- customers\n");
    shown.extend(world.customers.iter().map(|it: &Customer| json(serde_json::to_string(it))));
    shown.push_str(&format!("--- paused\n{:?}\n", world.paused));
    let stories = File { definitions: world.stories.clone(), end_comments: Vec::new() };
    shown.push_str(&format!("--- stories\n{}", onward::syntax::print(&stories)));
    shown.push_str("--- requests\n");
    shown.extend(world.requests.iter().map(|it: &Request| json(serde_json::to_string(it))));
    shown
}
