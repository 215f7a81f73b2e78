//! Scenarios: the authors' own tests, run on the real engine; a failing one stops the load.
//!
//! In: checked [`Rules`], or the sources of a workspace. Out: a [`ScenarioResult`] each, or the rules with the
//! problems of checking and of scenarios in one list. Knows nothing of how a decision is taken.

mod journeys;
mod report;

use std::cell::{Cell, RefCell};

use crate::check::rules::{Attribute, Line, Scenario, ScenarioAct, ScenarioExpect, ScenarioStep};
use crate::check::{Checked, Context, KeptFiles, Rules, check};
use crate::customer::{Customer, CustomerError};
use crate::decision::{Candidate, Explanation, Reason, Stage, Standing};
use crate::diagnostic::Diagnostics;
use crate::engine::{Engine, Permit, ReserveError};
use crate::event::Event;
use crate::request::Request;
use crate::syntax::Source;
use crate::value::{Timestamp, Typed, Value, Zone};

/// What came of one scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct ScenarioResult {
    /// Its title.
    pub name: String,
    /// Where it is defined.
    pub line: Line,
    /// The steps that did not come out as expected; empty where it passed.
    pub failures: Vec<Failure>,
}

impl ScenarioResult {
    /// Whether every step came out as expected.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.failures.is_empty()
    }
}

/// How a step failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FailureKind {
    /// It was answered otherwise than expected.
    Answer,
    /// It could not be asked or recorded: the rules refuse it.
    Step,
    /// The rules refuse the scenario's customer, so that no step can be taken.
    Customer,
}

/// A step that did not come out as expected.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// How it failed.
    pub kind: FailureKind,
    /// The step.
    pub line: Line,
    /// What the step expects, as written: `shown fibre_upgrade in fr`.
    pub expected: String,
    /// What came: `shown brand_banner`, `nothing`.
    pub got: String,
    /// Why, one sentence each: the lines that blocked the action, with the values seen.
    pub because: Vec<String>,
}

/// A workspace that may be taken into an engine.
#[derive(Debug)]
pub struct Loaded {
    /// Its rules.
    pub rules: Rules,
    /// What is probably not meant so.
    pub warnings: Diagnostics,
}

/// Checks a workspace and runs its scenarios: what this gives may be swapped in.
///
/// # Errors
/// Every problem of checking; where there is none, every step of a scenario that did not come out as expected.
pub fn load(sources: &[Source], context: &Context) -> Result<Loaded, Diagnostics> {
    tested(sources, check(sources, context))
}

/// As [`load`], where rule files that did not change since `files` saw them last are not read again.
///
/// # Errors
/// As [`load`].
pub fn load_again(
    sources: &[Source],
    context: &Context,
    files: &mut KeptFiles,
) -> Result<Loaded, Diagnostics> {
    tested(sources, files.check(sources, context))
}

fn tested(sources: &[Source], checked: Checked) -> Result<Loaded, Diagnostics> {
    let Some(rules) = checked.rules.filter(|_| !checked.diagnostics.has_errors()) else {
        return Err(checked.diagnostics);
    };
    let failed = report::diagnostics(&run(&rules), sources);
    if failed.is_empty() {
        Ok(Loaded { rules, warnings: checked.diagnostics })
    } else {
        Err(checked.diagnostics.and(failed))
    }
}

/// Runs every scenario of the rules, each with a customer of its own, in their order.
#[must_use]
pub fn run(rules: &Rules) -> Vec<ScenarioResult> {
    if rules.scenarios.is_empty() {
        return Vec::new();
    }
    let shared = Engine::new(rules);
    // What a journey sent off a budget is not given back: the next scenario has an engine of its own.
    let spends = !rules.journeys.is_empty() && rules.actions.iter().any(|one| one.budget.is_some());
    let one = |scenario: &Scenario| {
        let own = spends.then(|| Engine::new(rules));
        let engine = own.as_ref().unwrap_or(&shared);
        let run = Run::new(engine, rules, scenario);
        let steps = scenario.steps.iter().enumerate();
        let failures = steps.filter_map(|(number, step)| run.step(number, step)).collect();
        run.give_back();
        engine.forget(&run.customer);
        ScenarioResult { name: scenario.name.clone(), line: scenario.line.clone(), failures }
    };
    rules.scenarios.iter().map(one).collect()
}

/// How long a scenario's send is held: it is committed at once.
const HOLD: i64 = 60_000_000;

/// Whether a reason is the one that an expectation names. `repeat` and `pause` are names of contact policy too,
/// and `limits` without a name means none of them.
fn is_meant(reason: &Reason, stage: Stage, name: Option<&str>) -> bool {
    let own = reason.name.as_deref();
    let limits = stage != Stage::ContactPolicy || !matches!(own, Some("repeat" | "pause"));
    reason.stage == stage && if name.is_some() { own == name } else { limits }
}

/// `limits marketing_pressure`, `repeat`, `send_hours daytime`, as expectations say it.
fn by(stage: Stage, name: Option<&str>) -> String {
    match (stage, name) {
        (Stage::ContactPolicy, Some(own @ ("repeat" | "pause"))) => own.to_owned(),
        (stage, Some(name)) => format!("{} {name}", stage.word()),
        (stage, None) => stage.word().to_owned(),
    }
}

/// A scenario under way.
struct Run<'a> {
    engine: &'a Engine,
    rules: &'a Rules,
    customer: String,
    zone: Zone,
    /// Why the customer could not be put, which fails every step.
    trouble: Option<String>,
    /// What was sent.
    sent: RefCell<Vec<Permit>>,
    /// The time of the last line, and the last time before it that a line has.
    last: Cell<(Option<Timestamp>, Timestamp)>,
}

impl<'a> Run<'a> {
    fn new(engine: &'a Engine, rules: &'a Rules, scenario: &Scenario) -> Self {
        let id = "the customer of this scenario".to_owned();
        let persona = scenario.persona.and_then(|index| rules.personas.get(index));
        let mut customer = Customer::new(&id);
        let mut zone = rules.workspace.zone.clone();
        let own = persona.into_iter().flat_map(|persona| &persona.attributes);
        for (index, value) in own.chain(&scenario.changes) {
            let Some(attribute) = rules.attributes.get(*index) else { continue };
            if let (true, Typed::Code(name)) = (attribute.name == "timezone", value) {
                zone = Zone::named(name).unwrap_or(zone);
            }
            customer = customer.set(&attribute.name, raw(value, attribute));
        }
        for channel in persona.into_iter().flat_map(|persona| &persona.consent) {
            let Some(found) = rules.channels.get(*channel) else { continue };
            for purpose in rules.purposes.iter().filter(|p| p.consent_needed.contains(channel)) {
                customer = customer.grant(&found.name, &purpose.name);
            }
        }
        let trouble = engine.put(&customer).err().map(|error| error.to_string());
        Self {
            engine,
            rules,
            customer: id,
            zone,
            trouble,
            sent: RefCell::default(),
            last: Cell::default(),
        }
    }

    fn step(&self, number: usize, step: &ScenarioStep) -> Option<Failure> {
        let at = self.zone.instant(step.at);
        let failure = |kind, got: String, because| {
            let expected = step.expect.as_ref().map(|expect| self.wanted(expect));
            let expected = expected.unwrap_or_else(|| "no trouble".to_owned());
            Some(Failure { kind, line: step.line.clone(), expected, got, because })
        };
        if let Some(trouble) = &self.trouble {
            let got = "a customer that the rules refuse".to_owned();
            return failure(FailureKind::Customer, got, vec![trouble.clone()]);
        }
        let looks = matches!(step.act, ScenarioAct::Ask { .. } | ScenarioAct::Time);
        if let Some(why) = self.time_passes(at, looks) {
            return failure(FailureKind::Step, "an error".into(), vec![why]);
        }
        let (placement, request) = match &step.act {
            ScenarioAct::Shown { action, channel } => {
                let news = Customer::new(&self.customer).shown(
                    self.action(*action),
                    self.channel(*channel),
                    at,
                );
                let put = self.engine.put(&news);
                let refused = |why: CustomerError| {
                    failure(FailureKind::Step, "an error".into(), vec![why.to_string()])
                };
                return put.err().and_then(refused);
            }
            ScenarioAct::Event { event, fields } => {
                let declared = self.rules.events.get(*event)?;
                let event = Event::new(&self.customer, &declared.name, at);
                let event = fields.iter().fold(event, |event, (index, value)| {
                    match declared.fields.get(*index) {
                        Some(field) => event.set(&field.name, raw(value, field)),
                        None => event,
                    }
                });
                let tracked = self.engine.track(&event, at);
                return tracked.err().and_then(|why| {
                    failure(FailureKind::Step, "an error".into(), vec![why.to_string()])
                });
            }
            ScenarioAct::Send { action, channel } => {
                return self
                    .send(step, *action, *channel, number)
                    .and_then(|(kind, got, because)| failure(kind, got, because));
            }
            ScenarioAct::Consent { channel, purpose, granted } => {
                let put = self.engine.put(&self.consent(*channel, *purpose, *granted, at));
                let refused = |why: CustomerError| {
                    failure(FailureKind::Step, "an error".into(), vec![why.to_string()])
                };
                return put.err().and_then(refused);
            }
            ScenarioAct::Time => {
                let got = self.otherwise(step.expect.as_ref()?)?;
                return failure(FailureKind::Answer, got, Vec::new());
            }
            ScenarioAct::Ask { placement, request } => (placement, request),
        };
        let expect = step.expect.as_ref()?;
        let name = self.rules.placements.get(*placement).map_or("", |placement| &placement.name);
        let mut question = Request::new(&self.customer, name).at(at);
        for (index, value) in request {
            let Some(attribute) = self.rules.attributes.get(*index) else { continue };
            question = question.attribute(&attribute.name, raw(value, attribute));
        }
        match self.engine.explain(&question) {
            Err(why) => failure(FailureKind::Step, "an error".into(), vec![why.to_string()]),
            Ok(found) if self.holds(expect, &found) => None,
            Ok(found) => failure(FailureKind::Answer, got(&found), self.because(expect, &found)),
        }
    }

    /// Gives back what was sent: budgets are for all customers together, and the next scenario has its own.
    fn give_back(&self) {
        for permit in self.sent.borrow_mut().drain(..) {
            let _ = self.engine.release(&permit, permit.taken_at());
        }
    }

    /// Sends by hand; how it came out otherwise than expected.
    fn send(
        &self,
        step: &ScenarioStep,
        action: usize,
        channel: usize,
        number: usize,
    ) -> Option<(FailureKind, String, Vec<String>)> {
        let at = self.zone.instant(step.at);
        let (action, channel) = (self.action(action), self.channel(channel));
        let id = format!("step {number}");
        let reserved = self.engine.reserve_send(&self.customer, action, channel, at, &id, HOLD);
        let sent = match reserved {
            Ok(permit) => {
                let sent = self.engine.commit(&permit, at).is_go();
                self.sent.borrow_mut().push(permit);
                sent
            }
            Err(ReserveError::Refused { reasons, .. }) => {
                let meant = match &step.expect {
                    Some(ScenarioExpect::Refused { stage, name }) => {
                        reasons.iter().any(|reason| is_meant(reason, *stage, name.as_deref()))
                    }
                    _ => false,
                };
                if meant {
                    return None;
                }
                let words: Vec<String> = reasons.iter().map(report::word).collect();
                let because = reasons.iter().map(|one| report::sentence(action, channel, one));
                let got = format!("blocked by {}", words.first().map_or("", String::as_str));
                return Some((FailureKind::Answer, got, because.collect()));
            }
            Err(why) => {
                return Some((FailureKind::Step, "an error".into(), vec![why.to_string()]));
            }
        };
        if sent && !matches!(step.expect, Some(ScenarioExpect::Refused { .. })) {
            return None;
        }
        if sent {
            let because = vec![format!("every check let `{action}` go out by {channel}")];
            return Some((FailureKind::Answer, "sent".to_owned(), because));
        }
        let because = vec![format!("`{action}` was reserved on {channel} and could not be sent")];
        Some((FailureKind::Answer, "not sent".to_owned(), because))
    }

    /// News of what the customer consents to from now on.
    fn consent(
        &self,
        channel: usize,
        purpose: Option<usize>,
        granted: bool,
        at: Timestamp,
    ) -> Customer {
        let name = self.channel(channel);
        let news = Customer::new(&self.customer).updated(at);
        let needs = self.rules.purposes.iter().filter(|one| one.consent_needed.contains(&channel));
        match purpose.map(|purpose| self.rules.purposes.get(purpose)) {
            None if granted => needs.fold(news, |news, one| news.grant(name, &one.name)),
            None => news.withdraw_all(name),
            Some(Some(one)) if granted => news.grant(name, &one.name),
            Some(Some(one)) => news.withdraw(name, &one.name),
            Some(None) => news,
        }
    }

    fn holds(&self, expect: &ScenarioExpect, found: &Explanation) -> bool {
        let treatments = &found.decision.treatments;
        match expect {
            ScenarioExpect::Nothing => treatments.is_empty(),
            ScenarioExpect::Shown { action, language, channel } => treatments.iter().any(|t| {
                t.action == self.action(*action)
                    && language.as_ref().is_none_or(|tag| t.language.eq_ignore_ascii_case(tag))
                    && channel.is_none_or(|channel| t.channel == self.channel(channel))
            }),
            ScenarioExpect::Sent
            | ScenarioExpect::Refused { .. }
            | ScenarioExpect::Activated { .. }
            | ScenarioExpect::AtStep { .. }
            | ScenarioExpect::InJourney(_)
            | ScenarioExpect::FinishedAs(_) => false,
            ScenarioExpect::ShownAll(actions) => {
                found.decision.actions().eq(actions.iter().map(|action| self.action(*action)))
            }
            ScenarioExpect::Blocked { action, stage, name } => {
                candidates(found, self.action(*action)).any(|candidate| match &candidate.standing {
                    Standing::Blocked { reasons } => {
                        reasons.iter().any(|reason| is_meant(reason, *stage, name.as_deref()))
                    }
                    _ => false,
                })
            }
        }
    }

    /// Why it came out otherwise: for the actions that were expected, what became of each.
    fn because(&self, expect: &ScenarioExpect, found: &Explanation) -> Vec<String> {
        let expected: Vec<usize> = match expect {
            ScenarioExpect::Nothing => return report::why_shown(found),
            ScenarioExpect::Sent
            | ScenarioExpect::Refused { .. }
            | ScenarioExpect::Activated { .. }
            | ScenarioExpect::AtStep { .. }
            | ScenarioExpect::InJourney(_)
            | ScenarioExpect::FinishedAs(_) => return Vec::new(),
            ScenarioExpect::Shown { action, .. } | ScenarioExpect::Blocked { action, .. } => {
                vec![*action]
            }
            ScenarioExpect::ShownAll(actions) => actions.clone(),
        };
        let mut because = Vec::new();
        for action in expected {
            let name = self.action(action);
            let mut any = false;
            for candidate in candidates(found, name) {
                any = true;
                because.extend(report::standing(candidate, self.rules));
            }
            if !any {
                because.push(format!("`{name}` is no candidate of `{}`", found.placement));
            }
        }
        because.dedup();
        because
    }

    fn wanted(&self, expect: &ScenarioExpect) -> String {
        match expect {
            ScenarioExpect::Nothing => "nothing".to_owned(),
            ScenarioExpect::Sent => "sent".to_owned(),
            ScenarioExpect::Refused { stage, name } => {
                format!("blocked by {}", by(*stage, name.as_deref()))
            }
            ScenarioExpect::Shown { action, language, channel } => {
                let language = language.as_ref().map(|tag| format!(" in {tag}"));
                let channel = channel.map(|channel| format!(" by {}", self.channel(channel)));
                let (language, channel) =
                    (language.unwrap_or_default(), channel.unwrap_or_default());
                format!("shown {}{language}{channel}", self.action(*action))
            }
            ScenarioExpect::ShownAll(actions) => {
                let names: Vec<&str> = actions.iter().map(|action| self.action(*action)).collect();
                format!("shown [{}]", names.join(", "))
            }
            ScenarioExpect::Blocked { action, stage, name } => {
                let by = by(*stage, name.as_deref());
                format!("{} blocked by {by}", self.action(*action))
            }
            ScenarioExpect::Activated { action, channel } => {
                let channel = channel.map(|channel| format!(" by {}", self.channel(channel)));
                format!("sent {}{}", self.action(*action), channel.unwrap_or_default())
            }
            ScenarioExpect::AtStep { name, .. } => format!("at step {name}"),
            ScenarioExpect::InJourney(journey) => {
                let journey = self.rules.journeys.get(*journey);
                format!("in journey {}", journey.map_or("", |journey| &journey.name))
            }
            ScenarioExpect::FinishedAs(outcome) => format!("finished as {outcome}"),
        }
    }

    fn action(&self, index: usize) -> &str {
        self.rules.actions.get(index).map_or("", |action| &action.name)
    }

    fn channel(&self, index: usize) -> &str {
        self.rules.channels.get(index).map_or("", |channel| &channel.name)
    }
}

fn candidates<'a>(found: &'a Explanation, action: &str) -> impl Iterator<Item = &'a Candidate> {
    found.candidates.iter().filter(move |candidate| candidate.action == action)
}

/// What came, in the words of an expectation.
fn got(found: &Explanation) -> String {
    match found.decision.treatments.as_slice() {
        [] => "nothing".to_owned(),
        [one] => format!("shown {} in {} by {}", one.action, one.language, one.channel),
        _ => {
            let names: Vec<&str> = found.decision.actions().collect();
            format!("shown [{}]", names.join(", "))
        }
    }
}

/// A typed value as it would arrive.
fn raw(value: &Typed, attribute: &Attribute) -> Value {
    match (value, &attribute.kind) {
        (Typed::YesNo(yes), _) => Value::YesNo(*yes),
        (Typed::Number(number), _) => Value::from(*number),
        (Typed::Some(words), _) => Value::List(words.clone()),
        _ => Value::Text(value.show(&attribute.kind)),
    }
}
