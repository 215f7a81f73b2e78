//! The tree of a rule file: what the author wrote, shape by shape, with the place of every word.
//!
//! Names are not resolved here and literals keep their spelling: what `EUR 1250.50` is worth, or whether
//! `plan` exists, is the checker's business. Order, commas and comments are kept, so that the printer can
//! give the file back. The tree reads from and writes to JSON; spans are left out there. Each block is five levels
//! of JSON: whoever reads the deepest files of [`Limits::default`](super::Limits) allows for 200 levels, where
//! `serde_json` stops at 128 unless told otherwise.

use serde::{Deserialize, Serialize};

/// A range of bytes in one source file.
///
/// Two spans always compare equal: trees are equal when they say the same, wherever it stands.
#[derive(Clone, Copy, Debug, Default, Eq)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl PartialEq for Span {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Span {
    /// The bytes `start..end`.
    #[must_use]
    pub fn new(start: usize, end: usize) -> Self {
        let narrow = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Self { start: narrow(start), end: narrow(end) }
    }

    /// From the first byte of `self` to the last of `other`.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// As a range that slices the source text.
    #[must_use]
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// A name or keyword, in NFC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Word {
    /// The word itself.
    pub text: String,
    /// Where it stands.
    #[serde(skip)]
    pub span: Span,
}

/// A text between double quotes; `raw` keeps the escapes (`\"`, `\\`, `\{`) as written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    /// What stands between the quotes, escapes included.
    pub raw: String,
    /// Where it stands, quotes included.
    #[serde(skip)]
    pub span: Span,
}

/// A whole file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct File {
    /// The definitions, in the order written.
    pub definitions: Vec<Definition>,
    /// Comments after the last definition.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub end_comments: Vec<Comment>,
}

/// A comment line, or one behind an item, from `#` to the end of the line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comment {
    /// With the `#`, without blanks at the end.
    pub text: String,
    /// Whether an empty line stands above it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub blank_above: bool,
}

/// `kind name clauses { ... }`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Definition {
    /// Comment lines directly above: the description in the catalogue.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub comments: Vec<Comment>,
    /// Whether an empty line stands above the heading.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub blank_above: bool,
    /// `action`, `segment`, `workspace` ...
    pub kind: Word,
    /// Absent for `customer`, `request` and `require`; a text for `scenario`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
    /// `require every action with purpose service`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<Every>,
    /// `kept`, `was`, `retired`, in the order written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clauses: Vec<Clause>,
    /// The lines between the braces.
    pub body: Body,
    /// A comment behind the closing brace, on its line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<Comment>,
    /// From the kind to the closing brace.
    #[serde(skip)]
    pub span: Span,
}

/// A name written as a word or, where it is no plain word, as a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Name {
    /// `fibre_upgrade`
    Word(Word),
    /// `"Lea sees the fibre offer"`
    Text(Text),
}

/// `every KIND with FACT VALUE` in a `require` heading.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Every {
    /// `action`, `journey`.
    pub kind: Word,
    /// `purpose service`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub with: Option<(Word, Word)>,
}

/// What may stand behind a name or a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Clause {
    /// `kept 800 days`
    Kept(Duration),
    /// `was buy`: the earlier name, whose history and caps are kept.
    Was(Word),
    /// `retired 2026-12-31`
    Retired(Literal),
}

/// The lines between two braces.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Body {
    /// A comment on the line of the opening brace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opening_comment: Option<Comment>,
    /// The lines.
    pub items: Vec<Item>,
    /// Comments after the last line.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub end_comments: Vec<Comment>,
    /// Whether the author wrote the whole body on one line.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub one_line: bool,
    /// Braces included.
    #[serde(skip)]
    pub span: Span,
}

/// One line of a body, with what the printer needs to give it back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// Comment lines above.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub comments: Vec<Comment>,
    /// Whether an empty line stands above the item itself.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub blank_above: bool,
    /// Whether it stands on the line of the item before it, behind a comma.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub joined: bool,
    /// What it says.
    pub shape: Shape,
    /// A comment behind it on its line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<Comment>,
    /// From its first word to its last.
    #[serde(skip)]
    pub span: Span,
}

/// The shapes a line can have.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// `value: EUR 120`
    Field(Field),
    /// `who { ... }`, `message email { ... }`, `fr { ... }`
    Block(Block),
    /// `churn_risk >= 60%`
    Condition(Condition),
    /// `not in segment loyal`
    SegmentTest(SegmentTest),
    /// `message in every language`
    EveryLanguage,
    /// `at most 3 per 7 days on email`
    Cap(Box<Cap>),
    /// `after 3 clicked in the last 30 days pause 60 days`
    Pause(Box<Pause>),
    /// `when vip is yes: go to vip_desk`
    When(Box<When>),
    /// `wait 2 hours`
    Wait(Box<Wait>),
    /// `send cart_reminder by email { ... }`
    Send(Box<SendStep>),
    /// `finish no_incentive`
    Outcome(Box<Outcome>),
    /// `given lea`
    Given(Box<Given>),
    /// `at 2026-09-08 10:00 ask home_banner expect nothing`
    At(Box<At>),
    /// A line that fits no shape, word for word; only in a tree that came with errors.
    Unreadable(String),
}

/// `key: value`, with `was` and `retired` behind it where the key names something.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Field {
    /// What stands before the colon.
    pub key: Key,
    /// What stands behind it.
    pub value: Value,
    /// `was tariff`, `retired 2026-12-31`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clauses: Vec<Clause>,
}

/// What stands before a colon.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Key {
    /// `owner`
    Word(Word),
    /// `monday to friday`
    Range(Word, Word),
    /// `weight of cart_reminder`
    Of(Word, Word),
    /// `50%`, in a `split`
    Percent(Literal),
}

/// `heading { ... }`; the heading is one or two words (or texts).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Block {
    /// `who`, `message`, `arm`, `fr`, `"fr-CA"`.
    pub heading: Name,
    /// `email` in `message email`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
    /// The lines.
    pub body: Body,
}

/// A literal, as spelt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Literal {
    /// What it looks like.
    pub kind: LiteralKind,
    /// The spelling: `1.5`, `60%`, `EUR 1250.50`, `2026-09-01`, `09:00`, `2026-09-08 10:00`.
    pub raw: String,
    /// Where it stands.
    #[serde(skip)]
    pub span: Span,
}

/// What a literal looks like; whether it is one (30 February) is checked later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LiteralKind {
    /// `1.5`
    Number,
    /// `60%`
    Percent,
    /// `EUR 1250.50`; one space between code and amount in `raw`
    Money,
    /// `2026-09-01`
    Date,
    /// `09:00`
    Clock,
    /// `2026-09-08 10:00`; one space between day and clock in `raw`
    Moment,
}

/// `30 days`, `2 calendar months`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Duration {
    /// The number, as spelt.
    pub count: Literal,
    /// Whether `calendar` stands before the unit.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub calendar: bool,
    /// The unit.
    pub unit: Unit,
    /// Where it stands.
    #[serde(skip)]
    pub span: Span,
}

/// Units of time; the printer picks `day` or `days`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Unit {
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

/// One value, name or path, in a condition, list, range or formula.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Atom {
    /// `fibre`, `yes`, `churn_risk`
    Word(Word),
    /// `request.page`
    Path(Word, Word),
    /// `60%`
    Literal(Literal),
    /// `2 hours`
    Duration(Duration),
    /// `"sim-only"`
    Text(Text),
}

/// `18 to 29`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Range {
    /// Included.
    pub low: Atom,
    /// Included (excluded between times of day).
    pub high: Atom,
    /// Where it stands.
    #[serde(skip)]
    pub span: Span,
}

/// `[a, b]`; entries are atoms or, in send-hours, ranges.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct List {
    /// The entries, in the order written.
    pub entries: Vec<Entry>,
    /// Brackets included.
    #[serde(skip)]
    pub span: Span,
}

/// One entry of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entry {
    /// `prepaid`
    Atom(Atom),
    /// `09:00 to 12:00`
    Range(Box<Range>),
}

/// What may stand behind `key:`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// A single word, path or literal.
    Atom(Atom),
    /// `2026-09-01 to 2026-12-31`
    Range(Box<Range>),
    /// `[fibre_upgrade]`
    List(List),
    /// `required one of [FR, BE, GB]`; a bare type word such as `text` is an `Atom`.
    Type(Box<TypeSpec>),
    /// `preferred of [push, email]`
    Choice(Choice),
    /// `file "fibre.en.html"`
    File(Text),
    /// `propensity * value`; a formula of one atom without `else` is an `Atom`.
    Formula(Box<Formula>),
    /// `at most 1 per 30 days`
    Cap(Box<Cap>),
    /// `cart_abandoned where { ... }`, `purchase within 3 days of entering`, `first app_opened`
    Event(Box<EventPhrase>),
    /// `14 days after leaving`
    AfterLeaving(Duration),
    /// `always per order_id`
    AlwaysPer(Word),
    /// `restart per offer`, `never per order_id`, `14 days after leaving per order_id`
    AgainPer(Box<AgainPer>),
    /// `finish returned`; `continue`
    Outcome(Box<Outcome>),
    /// `email of fibre_upgrade`
    Pair(Word, Word),
    /// `only in journeys`
    OnlyInJourneys,
    /// `those already in`
    ThoseAlreadyIn,
    /// `segment lapsed`
    Segment(Word),
    /// `every monday at 09:00`
    Every(Word, Option<Literal>),
}

/// Whether somebody may come again, for each value of a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgainPer {
    /// Whether, or when.
    pub how: AgainHow,
    /// The field.
    pub per: Word,
}

/// Whether somebody may come again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgainHow {
    /// `never`
    Never,
    /// `restart`
    Restart,
    /// `14 days after leaving`
    After(Duration),
}

/// The declaration of a type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TypeSpec {
    /// `required` or `optional`; absent where neither is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub presence: Option<Presence>,
    /// The type itself.
    pub base: BaseType,
    /// Whether `personal_data` is written.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub personal_data: bool,
    /// `default 0`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Entries>,
    /// Where it stands.
    #[serde(skip)]
    pub span: Span,
}

/// One atom, or a list of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entries {
    /// `0`
    One(Atom),
    /// `[music]`
    Many(List),
}

/// `required` or `optional`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// Every whole record must have it.
    Required,
    /// It may be missing.
    Optional,
}

/// The types, as written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BaseType {
    /// `one of [FR, BE]`
    OneOf(List),
    /// `some of [music, sport]`
    SomeOf(List),
    /// `text`, `number 0 to 10`, `money EUR 0 to EUR 500`
    Named(Word, Option<Range>),
}

/// `first of [push, email]` or `preferred of [push, email]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// Which of the two.
    pub how: ChoiceKind,
    /// The channels, in order.
    pub list: List,
}

/// How a channel is chosen from a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChoiceKind {
    /// In the order of the list.
    First,
    /// The customer's preferred channel first, then the order of the list.
    Preferred,
}

/// `first EVENT where { ... } within 3 days of entering`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EventPhrase {
    /// Whether `first` stands before it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub first: bool,
    /// The event.
    pub event: Word,
    /// `where { ... }`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<Body>,
    /// `within 3 days`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<Duration>,
    /// `of entering` behind the duration.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub of_entering: bool,
}

/// A formula. Chains are flat, so that a long one costs no stack.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Formula {
    /// First term, then each sign with its term, left to right.
    Sum(Box<Formula>, Vec<(SumOp, Formula)>),
    /// First factor, then each sign with its factor, left to right.
    Product(Box<Formula>, Vec<(ProductOp, Formula)>),
    /// `( ... )`
    Group(Box<Formula>),
    /// `min of [a, b]`
    Min(Vec<Formula>),
    /// `max of [a, b]`
    Max(Vec<Formula>),
    /// `churn_risk`, `churn_risk else 0%`
    Operand(Atom, Option<Atom>),
    /// `average of purchase.amount in the last 90 days else EUR 20`
    Aggregate(Box<Aggregate>, Option<Atom>),
}

/// `+` or `-`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum SumOp {
    Plus,
    Minus,
}

/// `*` or `/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum ProductOp {
    Times,
    Divide,
}

/// `SUBJECT TEST (if_unknown: yes)`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Condition {
    /// What is looked at.
    pub subject: Subject,
    /// What is asked of it.
    pub test: Test,
    /// The author's answer where the value is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub if_unknown: Option<IfUnknown>,
    /// From the subject to the end of the test, without the answer.
    #[serde(skip)]
    pub span: Span,
}

/// `(if_unknown: yes)`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IfUnknown {
    /// `yes` or `no`; anything else is the checker's to refuse.
    pub answer: Word,
    /// Brackets included.
    #[serde(skip)]
    pub span: Span,
}

/// What a condition looks at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// `churn_risk`
    Word(Word),
    /// `request.page`, `entry.value`
    Path(Word, Word),
    /// `count of purchase where { ... } in the last 30 days`
    Aggregate(Box<Aggregate>),
}

/// A question about events.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Aggregate {
    /// Which question.
    pub function: AggregateKind,
    /// The event.
    pub event: Word,
    /// Its field, where the question needs one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<Word>,
    /// `where { ... }`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<Body>,
    /// `in the last 30 days`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reach: Option<Reach>,
    /// `ever`
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ever: bool,
    /// Where it stands.
    #[serde(skip)]
    pub span: Span,
}

/// The questions about events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum AggregateKind {
    Count,
    Total,
    Average,
    Largest,
    Smallest,
    DaysSinceLast,
    First,
    Last,
}

/// `in the last 30 days`, `in the next 45 days`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reach {
    /// `next` rather than `last`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub next: bool,
    /// How far.
    pub duration: Duration,
}

/// What a condition asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Test {
    /// `is fibre`
    Is(Atom),
    /// `is not BE`
    IsNot(Atom),
    /// `is known`
    IsKnown,
    /// `is unknown`
    IsUnknown,
    /// `>= 18`
    Compare(CompareOp, Atom),
    /// `in [prepaid, sim_only]`
    InList(List),
    /// `not in [none]`
    NotInList(List),
    /// `in 18 to 29`
    InRange(Box<Range>),
    /// `not in 18 to 29`
    NotInRange(Box<Range>),
    /// `in the next 45 days`
    Within(Reach),
    /// `not in the last 3 days`
    NotWithin(Reach),
    /// `has films`
    Has(Atom),
    /// `has any of [music, sport]`
    HasAny(List),
    /// `has all of [music, sport]`
    HasAll(List),
    /// `lacks films`
    Lacks(Atom),
}

/// The comparison signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CompareOp {
    /// `>=`
    #[serde(rename = ">=")]
    AtLeast,
    /// `<=`
    #[serde(rename = "<=")]
    AtMost,
    /// `>`
    #[serde(rename = ">")]
    Above,
    /// `<`
    #[serde(rename = "<")]
    Below,
}

/// `in segment loyal`, `not in segment loyal (if_unknown: no)`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentTest {
    /// Whether `not` stands before it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub negative: bool,
    /// The segment.
    pub segment: Word,
    /// The author's answer where membership is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub if_unknown: Option<IfUnknown>,
    /// Without the answer.
    #[serde(skip)]
    pub span: Span,
}

/// `at most 3 shown per 7 days on [email, sms] together`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cap {
    /// How many.
    pub most: Literal,
    /// `sent` or `shown`, where written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counted: Option<Counted>,
    /// Per what.
    pub per: CapPer,
    /// On what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<CapOn>,
    /// Where it stands.
    #[serde(skip)]
    pub span: Span,
}

/// The moment a cap counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Counted {
    Sent,
    Shown,
}

/// What a cap is per.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CapPer {
    /// `per 7 days`
    Duration(Duration),
    /// `per calendar month`
    Calendar(Unit),
    /// `per line`; `per week` parses here too, and is refused by the checker
    Word(Word),
    /// `in total`
    Total,
}

/// `on email`, `on [email, sms] together`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CapOn {
    /// The channels.
    pub channels: Entries,
    /// `together` or `each`, where written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<CapShare>,
}

/// How several channels share a cap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum CapShare {
    Together,
    Each,
}

/// `after 3 clicked in the last 30 days pause 60 days`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// How many.
    pub count: Literal,
    /// The outcome that is counted.
    pub outcome: Word,
    /// Over what time.
    pub reach: Reach,
    /// For how long.
    pub pause: Duration,
}

/// `when vip is yes: go to vip_desk`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct When {
    /// One condition, or a block of them.
    pub condition: WhenCondition,
    /// What then happens.
    pub outcome: Outcome,
}

/// What a `when` asks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhenCondition {
    /// `vip is yes`
    One(Box<Condition>),
    /// `in segment loyal`
    Segment(SegmentTest),
    /// `{ vip is yes, entry.value >= EUR 90 }`
    All(Body),
}

/// `wait 2 hours` and its relatives; `label` names the wait.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Wait {
    /// `first_pause` in `wait first_pause: 2 hours`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<Word>,
    /// How long.
    pub how: WaitKind,
}

/// How long a wait lasts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitKind {
    /// `2 hours`
    Duration(Duration),
    /// `up to 22 hours for cart_opened where { ... } { if_seen: ..., if_not: ... }`
    UpTo {
        /// At most so long.
        duration: Duration,
        /// For this event.
        event: Word,
        /// `where { ... }`
        #[serde(default, skip_serializing_if = "Option::is_none")]
        filter: Option<Body>,
        /// `if_seen`, `if_not`.
        body: Body,
    },
    /// `until 09:00`, `until monday 09:00`, `until entry.date`
    Until {
        /// The weekday, where one is named.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        weekday: Option<Word>,
        /// The time, date or attribute.
        to: Atom,
    },
}

/// `send cart_reminder by first of [push, email] { if_blocked: ... }`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SendStep {
    /// The action.
    pub action: Word,
    /// The channel or channels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<By>,
    /// `{ if_blocked: ... }`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Body>,
}

/// One channel, or a choice of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// `by email`
    Channel(Word),
    /// `by first of [push, email]`
    Choice(Choice),
}

/// What happens next in a journey.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// `finish no_incentive`
    Finish(Word),
    /// `continue`
    Continue,
    /// `go to voucher`
    GoTo(Word),
    /// `transfer to winback { if_already_in: stay }`
    Transfer(Word, Option<Body>),
    /// `retry for 12 hours then continue`
    Retry(Duration, Box<Outcome>),
}

/// `given lea { plan: fibre }`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Given {
    /// The persona.
    pub persona: Word,
    /// What differs from the persona in this scenario.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Body>,
}

/// `at 2026-09-08 10:00 ask home_banner expect shown fibre_upgrade in fr`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct At {
    /// The customer's clock.
    pub moment: Literal,
    /// What happens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<Act>,
    /// What must come of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect: Option<Expect>,
}

/// What happens in a scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// `ask home_banner { page: cart }`
    Ask(Word, Option<Body>),
    /// `event cart_abandoned { value: EUR 160 }`
    Event(Word, Option<Body>),
    /// `send fibre_upgrade by sms`
    Send(Word, Word),
    /// `withdraw consent sms for marketing`
    Withdraw(Word, Option<Word>),
    /// `grant consent sms for marketing`
    Grant(Word, Option<Word>),
    /// `shown fibre_upgrade by web`
    Shown(Word, Word),
}

/// What a scenario expects.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expect {
    /// `nothing`
    Nothing,
    /// `shown fibre_upgrade in fr by web`; a list is the whole answer in order
    Shown {
        /// The action or actions.
        actions: Entries,
        /// The language.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        language: Option<Name>,
        /// The channel.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        channel: Option<Word>,
    },
    /// `blocked by send_hours daytime`, `fibre_upgrade blocked by who`
    Blocked {
        /// The action, where it is not the one just sent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        action: Option<Word>,
        /// `who`, `consent`, `send_hours` ...
        reason: Word,
        /// `daytime`, `sms` ...
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<Word>,
    },
    /// `sent`, `sent cart_voucher by email`
    Sent(Option<Word>, Option<Word>),
    /// `at step vip_desk`
    AtStep(Word),
    /// `in journey cart_rescue`
    InJourney(Word),
    /// `finished as no_incentive`
    FinishedAs(Word),
}
