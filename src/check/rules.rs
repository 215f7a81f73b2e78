//! Typed rules: what a workspace means once every name, type and unit is settled.
//!
//! Everything is sorted by name, so that the order of files, definitions and lines never matters; places
//! point back at the author's lines for `explain`. What is here cannot fail at run time.

mod journeys;
mod placements;
mod policy;

pub use journeys::{
    Again, Arm, Case, Does, Ending, Enter, EntryTest, EventFilter, Goal, GoalBy, IfAlreadyIn,
    Journey, JourneyPath, Lift, OnChange, Per, SameAsEntry, Step, Until,
};
pub use placements::{Alike, Channels, Placement, Share};
pub use policy::{Budget, Cap, CapPer, KEPT_DAYS, Limits, Outcome, Pause};

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::value::{Currency, Date, Day, ReadError, Type, Typed, Unit, Value, Zone, read, renamed};

/// A whole workspace, checked.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Name, currency, zone, languages.
    pub workspace: Workspace,
    /// Sorted by name, as are all lists here.
    pub teams: Vec<Team>,
    /// Why messages are sent, and what each purpose may use.
    pub purposes: Vec<Purpose>,
    /// Ways to reach a customer.
    pub channels: Vec<Channel>,
    /// What is offered.
    pub products: Vec<Product>,
    /// Customer attributes (built-in ones included) and request attributes, sorted by origin, then name; behind
    /// them, in the order in which lines ask for them, the questions about events ([`Rules::aggregates`]).
    pub attributes: Vec<Attribute>,
    /// What may happen to a customer, sorted by name.
    pub events: Vec<EventType>,
    /// What lines ask about events, each once; every one is an attribute too, as if it were the customer's.
    pub aggregates: Vec<Aggregate>,
    /// Named conditions. They stand by name, so that one may read another that stands behind it.
    pub segments: Vec<Segment>,
    /// Formulas that order actions.
    pub rankings: Vec<Ranking>,
    /// What can be done.
    pub actions: Vec<Action>,
    /// How often customers may be reached.
    pub limits: Vec<Limits>,
    /// Where it is asked.
    pub placements: Vec<Placement>,
    /// What customers go through.
    pub journeys: Vec<Journey>,
    /// Example customers of the scenarios.
    pub personas: Vec<Persona>,
    /// The authors' own tests.
    pub scenarios: Vec<Scenario>,
    /// Of the normalised tree and the content files: equal for equal rules, whatever the order or layout.
    pub fingerprint: Fingerprint,
    /// What the next check must know of this workspace.
    pub manifest: Manifest,
}

impl Rules {
    /// The question about events that an attribute stands for.
    #[must_use]
    pub fn aggregate(&self, attribute: usize) -> Option<&Aggregate> {
        let first = self.attributes.len().checked_sub(self.aggregates.len())?;
        let found = self.aggregates.get(attribute.checked_sub(first)?)?;
        (found.attribute == attribute).then_some(found)
    }
}

/// 128 bits that name a set of rules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint(pub u128);

impl std::fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        u128::from_str_radix(&text, 16).map(Self).map_err(serde::de::Error::custom)
    }
}

/// What stays of a checked workspace for the check of the next one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Every definition, as `kind name`.
    pub names: BTreeSet<String>,
    /// Who refers to whom, as (`kind name`, `kind name`): references that existed survive a retirement.
    pub references: BTreeSet<(String, String)>,
    /// What each `approved_by` was given for: action → (approval, digest of the approved action).
    pub approvals: BTreeMap<String, (String, Fingerprint)>,
    /// What is kept of each event: its days and its fields.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub events: BTreeMap<String, Kept>,
}

/// What is kept of an event.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// For so many microseconds from its own time.
    pub micros: i64,
    /// With these fields.
    pub fields: BTreeSet<String>,
}

/// `workspace acme { ... }`.
#[derive(Clone, Debug)]
pub struct Workspace {
    /// Its name.
    pub name: String,
    /// The currency of scores and of money without another.
    pub currency: Currency,
    /// For whole-day questions where the customer's zone is unknown, and for `until`.
    pub zone: Zone,
    /// In the order written; the first is the default.
    pub languages: Vec<String>,
    /// The stages that actions may name.
    pub stages: Vec<String>,
}

/// `team retail_crm { folder: "retail" }`.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "the names are the language's own")]
pub struct Team {
    pub name: String,
    pub folder: String,
    pub central: bool,
    pub email: Option<String>,
}

/// `purpose marketing { consent_needed: [...], consent_free: [...] }`; indexes into `channels`.
#[derive(Clone, Debug)]
pub struct Purpose {
    /// Its name.
    pub name: String,
    /// Earlier names; consent given or withdrawn under one is given or withdrawn.
    pub was: Vec<String>,
    /// Channels that need the customer's consent for this purpose.
    pub consent_needed: BTreeSet<usize>,
    /// Channels that need none. A channel in neither cannot carry the purpose.
    pub consent_free: BTreeSet<usize>,
    /// `send_hours: ignore`.
    pub ignores_hours: bool,
}

/// `channel sms { send_hours: daytime }`.
#[derive(Clone, Debug)]
pub struct Channel {
    /// Its name.
    pub name: String,
    /// Earlier names; consent and preferences of customers under one are of it.
    pub was: Vec<String>,
    /// When it may be used, by the customer's clock; absent: always.
    pub hours: Option<SendHours>,
}

/// `send_hours daytime { ... }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SendHours {
    /// Its name.
    pub name: String,
    /// For Monday to Sunday, the open spans in minutes since midnight, start included, end excluded, sorted.
    pub week: [Vec<(u16, u16)>; 7],
}

/// `product fibre_1g { line: telco }`.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "the names are the language's own")]
pub struct Product {
    pub name: String,
    pub line: Option<String>,
}

/// Where an attribute's value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// From the customer's profile.
    Customer,
    /// With the question: `request.page`.
    Request,
    /// From what happened: a field of an event, or a question about events (`count of purchase ever`).
    Event,
}

/// Whether an attribute may be missing.
#[derive(Clone, Debug, PartialEq)]
pub enum Need {
    /// Whole records must have it; where a customer lacks it all the same, actions that read it are blocked.
    Required,
    /// It may be unknown.
    Optional,
    /// Where missing, it is this; never unknown.
    Default(Typed),
}

/// A declared or built-in attribute.
///
/// Built in, all optional: `language` (its type is `Code`), `timezone` (`Code`, an IANA name) and
/// `preferred_channel` (`OneOf` the channels).
#[derive(Clone, Debug)]
pub struct Attribute {
    /// Customer or request.
    pub origin: Origin,
    /// Its name, without `request.`.
    pub name: String,
    /// Its type.
    pub kind: Type,
    /// Whether it may be missing.
    pub need: Need,
    /// Whether its values must stay out of logs and hot memory.
    pub personal_data: bool,
    /// Earlier names, whose values it takes over.
    pub was: Vec<String>,
    /// Earlier names of its values, with today's: those of channels, for `preferred_channel`.
    pub renamed: BTreeMap<String, String>,
}

impl Attribute {
    /// Reads a value as it arrived, under an earlier name of it too; `None` for one that clears.
    ///
    /// # Errors
    /// [`ReadError`], where it does not fit the type.
    pub fn read(&self, value: &Value) -> Result<Option<Typed>, ReadError> {
        read(&renamed(value, &self.renamed), &self.kind, Unit::None)
    }
}

impl Channel {
    /// Whether this is its name, or was.
    #[must_use]
    pub fn is_called(&self, name: &str) -> bool {
        self.name == name || self.was.iter().any(|was| was == name)
    }

    /// Its name and the earlier ones.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        names(&self.name, &self.was)
    }
}

impl Purpose {
    /// Whether this is its name, or was.
    #[must_use]
    pub fn is_called(&self, name: &str) -> bool {
        self.name == name || self.was.iter().any(|was| was == name)
    }

    /// Its name and the earlier ones.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        names(&self.name, &self.was)
    }
}

fn names<'a>(name: &'a str, was: &'a [String]) -> Vec<&'a str> {
    std::iter::once(name).chain(was.iter().map(String::as_str)).collect()
}

/// `event purchase kept 800 days { ... }`.
#[derive(Clone, Debug)]
pub struct EventType {
    /// Its name.
    pub name: String,
    /// Earlier names: what arrives under them is this.
    pub was: Vec<String>,
    /// The comment above it.
    pub description: String,
    /// How long an event is kept, in microseconds from its own time.
    pub kept: i64,
    /// Sorted by name; their origin is [`Origin::Event`].
    pub fields: Vec<Attribute>,
    /// Where it is defined.
    pub line: Line,
}

/// A question about events: `count of purchase where { product is shoes } in the last 30 days`.
#[derive(Clone, Debug)]
pub struct Aggregate {
    /// Index into [`Rules::attributes`]: its name is the question, its type the answer's.
    pub attribute: usize,
    /// Index into [`Rules::events`].
    pub event: usize,
    /// What is made of the events.
    pub function: Function,
    /// Index into [`EventType::fields`]; absent where events are counted or dated.
    pub field: Option<usize>,
    /// Which events count: those for which all lines surely hold. Tests point into [`EventType::fields`].
    pub filter: Conditions,
    /// Of which time; absent: of all.
    pub span: Option<RelativeSpan>,
}

/// What is made of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// How many; 0 of none.
    Count,
    /// The sum, exact for money; 0 of none.
    Total,
    /// The mean, a 64-bit float of minor units for money; unknown of none.
    Average,
    /// The largest; unknown of none.
    Largest,
    /// The smallest; unknown of none.
    Smallest,
    /// Whole days by the customer's calendar from the day of the last one to today; unknown of none.
    DaysSinceLast,
    /// The value of the first one; unknown of none.
    First,
    /// The value of the last one; unknown of none.
    Last,
}

/// Where a line stands, and what it says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// File within the workspace.
    pub file: String,
    /// From 1.
    pub line: u32,
    /// In characters, from 1.
    pub column: u32,
    /// The line as the formatter prints it.
    pub text: String,
}

/// A list of conditions that must all hold.
pub type Conditions = Vec<Condition>;

/// One condition of a list.
#[derive(Clone, Debug)]
pub enum Condition {
    /// A test of one attribute.
    Test(AttributeTest),
    /// Membership of a segment.
    Segment(SegmentTest),
    /// `any { ... }`: at least one holds.
    Any(Vec<Condition>, Line),
    /// `none { ... }`: none holds.
    None(Vec<Condition>, Line),
    /// A test of what a run of a journey entered with; only in the lines of a journey.
    Entry(EntryTest),
}

/// `churn_risk >= 60%`, `language is not fr (if_unknown: yes)`.
#[derive(Clone, Debug)]
pub struct AttributeTest {
    /// Index into [`Rules::attributes`].
    pub attribute: usize,
    /// What is asked, already in the attribute's type.
    pub test: Test,
    /// What the line counts as where the attribute is unknown, if the author said so.
    pub if_unknown: Option<bool>,
    /// Where it stands.
    pub line: Line,
}

/// What is asked of an attribute; `negative` turns the answer round where the value is known.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// `is known`, or `is unknown` where `negative`: never unknown itself.
    Known {
        /// `is unknown`.
        negative: bool,
    },
    /// `is`, `is not`, `in [...]`, `not in [...]`: equal to one of the values. `Text` values are folded here.
    Equals {
        /// Sorted by [`Typed::show`]; at least one.
        values: Vec<Typed>,
        /// `is not`, `not in`.
        negative: bool,
    },
    /// `>= 18`, `< 5`, `in 18 to 29`: between two ends, for numbers, percentages, money, dates and times.
    Between {
        /// Absent: no lower end.
        low: Option<Bound>,
        /// Absent: no upper end.
        high: Option<Bound>,
        /// `not in 18 to 29`.
        negative: bool,
    },
    /// `in the last 30 days`, `in the next 2 calendar months`: a date or a time, seen from `at`.
    Within {
        /// How far, and in which direction.
        span: RelativeSpan,
        /// `not in the last 30 days`.
        negative: bool,
    },
    /// `has x`, `has any of [...]`: at least one of the values; `lacks x` where `negative`. Sorted.
    HasAny {
        /// The values.
        values: Vec<String>,
        /// `lacks`.
        negative: bool,
    },
    /// `has all of [...]`, sorted.
    HasAll {
        /// The values.
        values: Vec<String>,
    },
}

/// One end of a range.
#[derive(Clone, Debug, PartialEq)]
pub struct Bound {
    /// In the attribute's type.
    pub value: Typed,
    /// Whether the end itself belongs to the range.
    pub included: bool,
}

/// A span of time that ends or starts now.
///
/// A `Rolling` span is for a `time`: last is `at - micros < t <= at`, next is `at <= t < at + micros`.
/// A `Days` span is for a `date` (last: today and the `count` days before; next: today and the `count` days
/// after), in the customer's zone. A `Calendar` span counts the current unit and the `count - 1` before (or
/// after) it; on a `date` "last" ends today and "next" starts today, on a `time` they end or start at `at`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RelativeSpan {
    /// `next` rather than `last`.
    pub next: bool,
    /// How far.
    pub length: SpanLength,
}

/// How far a span reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum SpanLength {
    Rolling { micros: i64 },
    Days { count: u32 },
    Calendar { count: u32, unit: CalendarUnit },
}

/// The calendar's units; weeks run from Monday to Sunday.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum CalendarUnit {
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

impl CalendarUnit {
    /// How many days it has at least, and at most.
    #[must_use]
    pub const fn days(self) -> (u16, u16) {
        match self {
            Self::Day => (1, 1),
            Self::Week => (7, 7),
            Self::Month => (28, 31),
            Self::Quarter => (90, 92),
            Self::Year => (365, 366),
        }
    }
}

/// `in segment loyal`, `not in segment loyal (if_unknown: no)`.
#[derive(Clone, Debug)]
pub struct SegmentTest {
    /// Index into [`Rules::segments`].
    pub segment: usize,
    /// `not in`.
    pub negative: bool,
    /// What the line counts as where membership is unknown, if the author said so.
    pub if_unknown: Option<bool>,
    /// Where it stands.
    pub line: Line,
}

/// `segment at_risk { ... }`.
#[derive(Clone, Debug)]
pub struct Segment {
    /// Its name.
    pub name: String,
    /// The comment above it.
    pub description: String,
    /// All must hold.
    pub conditions: Conditions,
    /// Required attributes that its lines read, here or through other segments: where one is missing the
    /// segment is unknown.
    pub required: BTreeSet<usize>,
    /// Where it is defined.
    pub line: Line,
}

/// A number of a score: fixed, or the customer's.
#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    /// Money in minor units, percent as a fraction.
    Constant(f64),
    /// An attribute; `otherwise` where it is unknown (absent: it is known wherever this is read).
    Attribute {
        /// Index into [`Rules::attributes`].
        attribute: usize,
        /// `else 0%`, or a model's `if_unknown`.
        otherwise: Option<f64>,
        /// The model it was read through.
        model: Option<String>,
    },
}

/// A ranking's formula, evaluated left to right as written.
#[derive(Clone, Debug, PartialEq)]
pub enum Formula {
    /// The action's propensity.
    Propensity,
    /// The action's value, in minor units.
    Value,
    /// The action's weight.
    Weight,
    /// A number of the ranking itself, with what it is: minor units, a fraction, or plain.
    Constant(f64, Type),
    /// An attribute or a model.
    Operand(Operand),
    /// First term, then `true` for plus or `false` for minus with each next term.
    Sum(Box<Formula>, Vec<(bool, Formula)>),
    /// First factor, then `true` for times or `false` for divided-by with each next factor.
    Product(Box<Formula>, Vec<(bool, Formula)>),
    /// Smallest.
    Min(Vec<Formula>),
    /// Largest.
    Max(Vec<Formula>),
}

/// `ranking best_value { score: ... }`.
#[derive(Clone, Debug)]
pub struct Ranking {
    /// Its name.
    pub name: String,
    /// Gives money in minor units.
    pub score: Formula,
    /// The score where the formula gives no finite number; compulsory where that can happen.
    pub if_failed: Option<f64>,
    /// Required attributes the formula reads.
    pub required: BTreeSet<usize>,
    /// Where it stands.
    pub line: Line,
}

/// `action fibre_upgrade { ... }`.
#[derive(Clone, Debug)]
pub struct Action {
    /// Its name.
    pub name: String,
    /// Earlier names.
    pub was: Vec<String>,
    /// The comment above it.
    pub description: String,
    /// The team.
    pub owner: Option<String>,
    /// Index into [`Rules::purposes`].
    pub purpose: usize,
    /// Index into [`Rules::products`].
    pub product: Option<usize>,
    /// The customer's stage it serves.
    pub stage: Option<String>,
    /// First and last day, both included, in the customer's zone, with the line that says so.
    pub dates: Option<(Date, Date, Line)>,
    /// Money; absent: it competes nowhere.
    pub value: Option<Operand>,
    /// Percent; absent: it competes nowhere.
    pub propensity: Option<Operand>,
    /// A number, 1 where not written.
    pub weight: Operand,
    /// All must hold.
    pub who: Conditions,
    /// None may hold, and none may be unknown.
    pub never: Conditions,
    /// `repeat: at most 1 per 30 days`: counts this action's contacts only.
    pub repeat: Option<Cap>,
    /// `budget: at most 500 per calendar day`.
    pub budget: Option<Budget>,
    /// `after 3 rejected in the last 30 days pause 60 days`: of this action's outcomes.
    pub pauses: Vec<Pause>,
    /// `use: only in journeys`: not a candidate of `candidates: all`.
    pub only_in_journeys: bool,
    /// Sorted by channel; one at most per channel.
    pub messages: Vec<Message>,
    /// Required attributes that `who` and `never` (not through segments), value, propensity, weight read.
    pub required: BTreeSet<usize>,
    /// Where it is defined.
    pub line: Line,
}

impl Action {
    /// Whether it takes part in rankings.
    #[must_use]
    pub fn competes(&self) -> bool {
        self.value.is_some() && self.propensity.is_some()
    }
}

/// `message email { en { ... } fr { ... } }`.
#[derive(Clone, Debug)]
pub struct Message {
    /// Index into [`Rules::channels`].
    pub channel: usize,
    /// One per language of the workspace at least, sorted by tag.
    pub contents: Vec<Content>,
    /// Required attributes that the placeholders read.
    pub required: BTreeSet<usize>,
}

/// The message in one language.
#[derive(Clone, Debug)]
pub struct Content {
    /// Language tag, as written.
    pub language: String,
    /// `subject`, `body`, `text`, `banner` ... with their texts, sorted by name.
    pub fields: Vec<(String, Template)>,
}

/// A text with placeholders.
pub type Template = Vec<Piece>;

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// As it stands.
    Text(String),
    /// `{first_name else there}`.
    Attribute {
        /// Index into [`Rules::attributes`].
        attribute: usize,
        /// What stands there where it is unknown.
        otherwise: Option<String>,
    },
}

/// A consent that a persona gives, for every purpose that needs it: indexes of channels.
#[derive(Clone, Debug)]
pub struct Persona {
    /// Its name.
    pub name: String,
    /// Index of the attribute with its value, sorted.
    pub attributes: BTreeMap<usize, Typed>,
    /// Channels with consent for all purposes that need it.
    pub consent: BTreeSet<usize>,
}

/// `scenario "..." { ... }`.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Its title.
    pub name: String,
    /// Index into [`Rules::personas`]; absent: a customer of whom nothing is known.
    pub persona: Option<usize>,
    /// What differs from the persona here.
    pub changes: BTreeMap<usize, Typed>,
    /// In the order written.
    pub steps: Vec<ScenarioStep>,
    /// Where it is defined.
    pub line: Line,
}

/// One `at` line.
#[derive(Clone, Debug)]
pub struct ScenarioStep {
    /// The customer's clock (the workspace's where the persona has no zone).
    pub at: Day,
    /// What happens.
    pub act: ScenarioAct,
    /// What must come of it.
    pub expect: Option<ScenarioExpect>,
    /// Where it stands.
    pub line: Line,
}

/// What happens in a scenario.
#[derive(Clone, Debug)]
pub enum ScenarioAct {
    /// `ask home_banner { page: cart }`
    Ask {
        /// Index into [`Rules::placements`].
        placement: usize,
        /// Request attributes.
        request: BTreeMap<usize, Typed>,
    },
    /// `shown fibre_upgrade by web`: recorded as shown at this time.
    Shown {
        /// Index into [`Rules::actions`].
        action: usize,
        /// Index into [`Rules::channels`].
        channel: usize,
    },
    /// `event purchase { amount: EUR 10 }`: happens at this time.
    Event {
        /// Index into [`Rules::events`].
        event: usize,
        /// Its fields, by their index.
        fields: BTreeMap<usize, Typed>,
    },
    /// `send fibre_upgrade by sms`: reserved and committed at this time, whatever the placements say.
    Send {
        /// Index into [`Rules::actions`].
        action: usize,
        /// Index into [`Rules::channels`].
        channel: usize,
    },
    /// `withdraw consent sms`, `grant consent sms for marketing`.
    Consent {
        /// Index into [`Rules::channels`].
        channel: usize,
        /// Index into [`Rules::purposes`]; absent: all that need consent there.
        purpose: Option<usize>,
        /// `grant`.
        granted: bool,
    },
    /// Nothing but time: what journeys do by themselves until this moment, and at it, is looked at.
    Time,
}

/// What a scenario expects of an `ask`, of a `send`, or of its journeys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScenarioExpect {
    /// An empty answer; with [`ScenarioAct::Time`]: no journey sent anything since the last line of an earlier time.
    Nothing,
    /// `shown x`: the action is in the answer (in that language, on that channel, where said).
    Shown {
        /// Index into [`Rules::actions`].
        action: usize,
        /// Language tag.
        language: Option<String>,
        /// Index into [`Rules::channels`].
        channel: Option<usize>,
    },
    /// `sent`: the `send` of this step went out.
    Sent,
    /// `blocked by repeat`: the `send` of this step did not go out, for this reason among others.
    Refused {
        /// The stage.
        stage: crate::decision::Stage,
        /// As in [`Blocked`](Self::Blocked).
        name: Option<String>,
    },
    /// `shown [x, y]`: the whole answer, in this order.
    ShownAll(Vec<usize>),
    /// `x blocked by who`: the reason is among those that explain gives for the action.
    Blocked {
        /// Index into [`Rules::actions`].
        action: usize,
        /// The stage.
        stage: crate::decision::Stage,
        /// `daytime` in `send_hours daytime`, `sms` in `consent sms`.
        name: Option<String>,
    },
    /// `sent cart_reminder by push`, with [`ScenarioAct::Time`]: a journey sent it since the last line of an
    /// earlier time, this moment included.
    Activated {
        /// Index into [`Rules::actions`].
        action: usize,
        /// Index into [`Rules::channels`].
        channel: Option<usize>,
    },
    /// `at step vip_desk`, with [`ScenarioAct::Time`]: a run of the customer stands on one of these.
    AtStep {
        /// The name of a step or of a path.
        name: String,
        /// Index into [`Rules::journeys`] with index into [`Journey::steps`], sorted.
        steps: Vec<(usize, usize)>,
    },
    /// `in journey cart_rescue`, with [`ScenarioAct::Time`]: a run of the customer lasts there. Index into
    /// [`Rules::journeys`].
    InJourney(usize),
    /// `finished as no_incentive`, with [`ScenarioAct::Time`]: the run of the customer that ended last ended so.
    FinishedAs(String),
}
