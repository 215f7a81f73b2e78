//! What is declared, and how names are looked up: every other file of the checker stands on this.
//!
//! Built in two passes: first every definition is registered by kind and name (duplicates reported), then
//! the ones that others refer to by index are resolved. Look-ups report an unknown name once, with the
//! nearest one as its fix, and record who refers to whom.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Context;
use super::forks::{Marks, References};
use super::journey::Entered;
use super::nearest::{listed, nearest};
use super::rules::{
    Aggregate, Attribute, Channel, EventType, Line, Origin, Product, Purpose, Segment, SendHours,
    Team, Workspace,
};
use crate::diagnostic::{Code, Diagnostic, LineIndex};
use crate::mutant::mutant;
use crate::syntax::ast::{Definition, Name, Word};
use crate::syntax::{Source, Span, ast};
use crate::value::{Currency, Date};

/// A file with its tree.
#[derive(Debug)]
pub(crate) struct ParsedFile<'a> {
    pub(crate) source: &'a Source,
    pub(crate) tree: Arc<ast::File>,
}

/// A definition and the file it stands in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Def<'a> {
    pub(crate) file: &'a Source,
    pub(crate) node: &'a Definition,
}

impl Def<'_> {
    /// Where its name stands; its kind, where it has none.
    pub(crate) fn name_span(&self) -> Span {
        match &self.node.name {
            Some(Name::Word(word)) => word.span,
            Some(Name::Text(text)) => text.span,
            None => self.node.kind.span,
        }
    }

    /// The comment lines above it, as one text.
    pub(crate) fn description(&self) -> String {
        let lines = self.node.comments.iter().map(|comment| comment.text.trim_start_matches('#'));
        lines.map(str::trim).collect::<Vec<_>>().join("\n").trim().to_owned()
    }

    /// Its earlier names.
    pub(crate) fn was(&self) -> Vec<String> {
        earlier_names(&self.node.clauses)
    }
}

/// The names in `was` clauses, sorted.
pub(crate) fn earlier_names(clauses: &[ast::Clause]) -> Vec<String> {
    let mut names: Vec<String> = clauses
        .iter()
        .filter_map(|clause| match clause {
            ast::Clause::Was(word) => Some(word.text.clone()),
            ast::Clause::Kept(_) | ast::Clause::Retired(_) => None,
        })
        .collect();
    names.sort();
    names.dedup();
    names
}

/// The problems found so far.
#[derive(Debug, Default)]
pub(crate) struct Problems(pub(crate) Vec<Diagnostic>);

impl Problems {
    pub(crate) fn push(&mut self, found: Diagnostic) {
        self.0.push(found);
    }
}

/// What is known of a segment once its lines are read; segments are read before whoever uses them.
#[derive(Clone, Debug, Default)]
pub(crate) struct SegmentFacts {
    /// Whether it can be unknown though every required attribute is present.
    pub(crate) may_be_unknown: bool,
    /// One line of it that can be unknown, for messages.
    pub(crate) unknown_line: Option<Line>,
    /// Attributes surely known of its members.
    pub(crate) proves: BTreeSet<usize>,
}

/// Everything that is declared, and what is noted while it is read.
///
/// Several threads may read with forks of one scope: what is declared is shared between them and does not change
/// any more, what they note is their own.
#[derive(Debug)]
pub(crate) struct Scope<'a> {
    pub(super) declared: Arc<Declared<'a>>,
    /// The event whose fields the lines of a filter read.
    pub(crate) filtered: Option<usize>,
    /// For the lines of a journey: what `entry.` reads.
    pub(crate) entered: Option<Entered>,
    /// Who refers to whom.
    pub(crate) references: References,
    /// Where the conditions stand that `Line`s point at.
    pub(super) marks: Marks,
    /// How many names may still be compared in search of nearest ones.
    pub(super) comparisons: Cell<usize>,
    /// Whether the last search for a nearest name was left undone.
    pub(super) unsought: Cell<bool>,
    /// How many values may still be touched in search of lines that exclude each other.
    pub(crate) touched: Cell<usize>,
    /// The file last asked for, by its place among the sources.
    pub(super) file: Cell<usize>,
    /// For a fork: whether it would have had to declare something.
    pub(super) fork: Option<bool>,
}

/// Everything that is declared.
#[derive(Clone, Debug)]
pub(crate) struct Declared<'a> {
    pub(crate) context: &'a Context,
    /// All sources, rules and content alike, sorted by name.
    pub(crate) sources: &'a [Source],
    /// kind → name → definition (the first one where a name stands twice). Scenario names are their texts;
    /// `customer`, `request` have the empty name; `require` blocks are numbered.
    pub(crate) definitions: BTreeMap<&'static str, BTreeMap<String, Def<'a>>>,
    /// Absent where the workspace block is missing or broken; its absence is reported once.
    pub(crate) workspace: Option<Workspace>,
    pub(crate) teams: Vec<Team>,
    pub(crate) hours: Vec<SendHours>,
    pub(crate) channels: Vec<Channel>,
    pub(crate) purposes: Vec<Purpose>,
    pub(crate) products: Vec<Product>,
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) events: Vec<EventType>,
    /// Questions about events, in the order in which they were first met.
    pub(crate) aggregates: Vec<Aggregate>,
    /// The segments read so far, by index.
    pub(crate) segments: BTreeMap<usize, Segment>,
    /// What is known of them.
    pub(crate) segment_facts: BTreeMap<usize, SegmentFacts>,
    /// Names that were declared but are broken or not yet supported: a reference to one is not reported again.
    /// Attributes are excused as (`attribute`, name) or (`request`, name); a broken block as (`customer`, ``).
    pub(crate) excused: BTreeSet<(&'static str, String)>,
    /// kind → name → position in `definitions[kind]`.
    pub(crate) ranks: BTreeMap<&'static str, BTreeMap<String, usize>>,
    /// (kind, earlier name) → name of today; attributes under the kind `attribute`.
    pub(crate) earlier: BTreeMap<(&'static str, String), String>,
    /// `kind name` → the day it retires; attributes as `attribute name`.
    pub(crate) retired: BTreeMap<String, Date>,
    /// Where each attribute is declared; built-in ones are not here.
    pub(crate) attribute_places: BTreeMap<(Origin, String), (&'a Source, Span)>,
    /// file → (first byte, end, `kind name`) of its definitions, in order.
    pub(crate) users: BTreeMap<&'a str, Vec<User>>,
    /// Where the lines of each source begin.
    lines: Vec<LineIndex<'a>>,
}

/// Where a definition stands, as first byte and end, and its `kind name`.
pub(crate) type User = (u32, u32, Arc<str>);

/// The kinds that can be referred to by name and index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Team,
    Channel,
    Purpose,
    Product,
    SendHours,
    Segment,
    Model,
    Ranking,
    Action,
    Placement,
    Persona,
    Event,
    Limits,
    Journey,
}

impl Kind {
    /// As authors write it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Team => "team",
            Self::Channel => "channel",
            Self::Purpose => "purpose",
            Self::Product => "product",
            Self::SendHours => "send_hours",
            Self::Segment => "segment",
            Self::Model => "model",
            Self::Ranking => "ranking",
            Self::Action => "action",
            Self::Placement => "placement",
            Self::Persona => "persona",
            Self::Event => "event",
            Self::Limits => "limits",
            Self::Journey => "journey",
        }
    }
}

/// `a segment`, `an action`.
pub(crate) fn with_article(noun: &str) -> String {
    // One block of them is many already.
    if noun == "limits" {
        return noun.to_owned();
    }
    let vowel = noun.starts_with(['a', 'e', 'i', 'o']);
    format!("{} {noun}", if vowel { "an" } else { "a" })
}

/// Beyond this many comparisons of names a run gives no further nearest ones: a folder of noise must not
/// take minutes.
const COMPARISONS: usize = 5_000_000;

/// Of a line longer than this, in bytes, a fix shows the changed words only.
const LONGEST_LINE: usize = 2_000;

/// How many values all searches for lines that exclude each other may touch: some, and more for more text.
const TOUCHED: usize = 2_000_000;
const TOUCHED_PER_BYTE: usize = 4;

impl<'a> Scope<'a> {
    /// The nearest of some names, while the run's allowance for looking lasts.
    pub(crate) fn nearest<'n>(&self, wanted: &str, names: &[&'n str]) -> Option<&'n str> {
        let left = self.comparisons.get().checked_sub(names.len());
        self.unsought.set(left.is_none());
        self.comparisons.set(left?);
        nearest(wanted, names.iter().copied())
    }

    /// Says so where the nearest name was not looked for just now, or the message would mean that there is none.
    pub(crate) fn say_unsought(&self, found: Diagnostic) -> Diagnostic {
        if self.unsought.take() {
            found.note("no similar name was looked for, because very many names are wrong")
        } else {
            found
        }
    }

    /// The place of a file among the sources.
    fn file(&self, file: &Source) -> Option<usize> {
        let last = self.file.get();
        if self.sources.get(last).is_some_and(|source| std::ptr::eq(source, file)) {
            return Some(last);
        }
        let found = self.file_called(file.name())?;
        self.file.set(found);
        Some(found)
    }

    fn file_called(&self, name: &str) -> Option<usize> {
        self.sources.binary_search_by(|source| source.name().cmp(name)).ok()
    }

    /// Nothing declared yet; `lines` are of the sources, in their order.
    pub(crate) fn new(
        context: &'a Context,
        sources: &'a [Source],
        lines: Vec<LineIndex<'a>>,
    ) -> Self {
        let rules = sources.iter().filter(|source| source.name().ends_with(".journey"));
        let bytes = rules.fold(0_usize, |sum, source| sum.saturating_add(source.text().len()));
        let touched = TOUCHED.saturating_add(bytes.saturating_mul(TOUCHED_PER_BYTE));
        let declared = Declared {
            context,
            sources,
            definitions: BTreeMap::new(),
            workspace: None,
            teams: Vec::new(),
            hours: Vec::new(),
            channels: Vec::new(),
            purposes: Vec::new(),
            products: Vec::new(),
            attributes: Vec::new(),
            events: Vec::new(),
            aggregates: Vec::new(),
            segments: BTreeMap::new(),
            segment_facts: BTreeMap::new(),
            excused: BTreeSet::new(),
            ranks: BTreeMap::new(),
            earlier: BTreeMap::new(),
            retired: BTreeMap::new(),
            attribute_places: BTreeMap::new(),
            users: BTreeMap::new(),
            lines,
        };
        Self {
            declared: Arc::new(declared),
            filtered: None,
            entered: None,
            references: References::default(),
            marks: Marks::default(),
            comparisons: Cell::new(COMPARISONS),
            unsought: Cell::new(false),
            touched: Cell::new(touched),
            file: Cell::new(0),
            fork: None,
        }
    }

    /// The definitions of a kind, in order of their names.
    pub(crate) fn all(&self, kind: &'static str) -> Vec<(String, Def<'a>)> {
        let Some(named) = self.definitions.get(kind) else { return Vec::new() };
        named.iter().map(|(name, def)| (name.clone(), *def)).collect()
    }

    /// The index of a named thing in the sorted list that `Rules` will hold (for segments, actions,
    /// rankings, placements, personas, models: the position of the name in `definitions[kind]`). Reports an
    /// unknown name with the nearest as its fix, a retired one as K demands, and records the reference made
    /// by `user` (`action fibre_upgrade`). `None` where unknown (reported, or excused).
    pub(crate) fn find(
        &mut self,
        kind: Kind,
        word: &Word,
        file: &Source,
        user: &str,
        problems: &mut Problems,
    ) -> Option<usize> {
        let noun = kind.word();
        let name = word.text.as_str();
        if let Some(index) = self.ranks.get(noun).and_then(|ranks| ranks.get(name)).copied() {
            self.used(user, &format!("{noun} {name}"), word, file, problems);
            return Some(index);
        }
        if self.excused.contains(&(noun, name.to_owned())) {
            return None;
        }
        if let Some(today) = self.earlier.get(&(noun, name.to_owned())) {
            problems.push(renamed(noun, name, today, file, word.span));
            return None;
        }
        if let Some(other) = self.other_kind(noun, name) {
            problems.push(self.another_kind(name, other, noun, file, word.span));
            return None;
        }
        let names: Vec<&str> =
            self.ranks.get(noun).into_iter().flat_map(|r| r.keys()).map(String::as_str).collect();
        let is = if kind == Kind::Limits { "are" } else { "is" };
        let headline = format!("no {noun} {is} called `{name}`");
        let found = match self.nearest(name, &names) {
            Some(near) => {
                let why = format!("the closest is `{near}`{}", self.declared(noun, near));
                Diagnostic::new(Code("E0204"), file.name(), word.span, headline, why)
                    .fix(near, word.span, near)
            }
            None if names.is_empty() => {
                let why = format!("no {noun} {is} declared yet");
                Diagnostic::new(Code("E0204"), file.name(), word.span, headline, why)
                    .paste(first_form(noun, name))
            }
            None => {
                let why = format!("declared are {}", listed(&names, "and"));
                Diagnostic::new(Code("E0204"), file.name(), word.span, headline, why)
                    .advice(format!("use one of these, or declare `{noun} {name}`"))
            }
        };
        problems.push(self.say_unsought(found));
        None
    }

    /// The index of an attribute; a bare word is the customer's, `request.x` the request's. Reports as `find`.
    pub(crate) fn attribute(
        &mut self,
        origin: Origin,
        word: &Word,
        file: &Source,
        problems: &mut Problems,
    ) -> Option<usize> {
        let name = word.text.as_str();
        if let Some(index) = self.attribute_index(origin, name) {
            let user = self.user_at(file, word.span);
            self.used(&user, &attribute_key(origin, name), word, file, problems);
            return Some(index);
        }
        let (excuse, block) = match origin {
            Origin::Customer => ("attribute", "customer"),
            Origin::Request => ("request", "request"),
            // Fields and questions are looked up with their events.
            Origin::Event => return None,
        };
        if self.excused.contains(&(excuse, name.to_owned()))
            || self.excused.contains(&(block, String::new()))
        {
            return None;
        }
        if origin == Origin::Customer && name == "consent" {
            problems.push(
                Diagnostic::new(
                    Code("E0216"),
                    file.name(),
                    word.span,
                    "consent cannot be tested in rules",
                    "consent is checked for every message by itself, as `purpose` says",
                )
                .advice("remove this line; name the channel in `consent_needed` of its purpose"),
            );
            return None;
        }
        if let Some(today) = self.earlier.get(&(excuse, name.to_owned())) {
            problems.push(renamed("attribute", name, today, file, word.span));
            return None;
        }
        let other_origin = match origin {
            Origin::Customer => Origin::Request,
            Origin::Request | Origin::Event => Origin::Customer,
        };
        if self.attribute_index(other_origin, name).is_some() {
            let (headline, right) = match origin {
                Origin::Customer => (
                    format!("`{name}` comes with the request, not from the customer"),
                    format!("request.{name}"),
                ),
                Origin::Request | Origin::Event => {
                    (format!("`{name}` is the customer's, not the request's"), name.to_owned())
                }
            };
            let why = format!("what comes with a question is read as `{right}`");
            let why = if origin == Origin::Customer {
                why
            } else {
                format!("the customer's attributes are read by their bare name, `{right}`")
            };
            let found = Diagnostic::new(Code("E0205"), file.name(), word.span, headline, why);
            problems.push(match origin {
                Origin::Customer => found.fix(right.clone(), word.span, right),
                Origin::Request | Origin::Event => found.advice(format!("write `{right}`")),
            });
            return None;
        }
        if origin == Origin::Customer
            && let Some(other) = self.other_kind("attribute", name)
        {
            problems.push(self.another_kind(name, other, "attribute", file, word.span));
            return None;
        }
        let found = self.unknown_attribute(origin, name, word.span, file);
        problems.push(self.say_unsought(found));
        None
    }

    fn unknown_attribute(
        &self,
        origin: Origin,
        name: &str,
        span: Span,
        file: &Source,
    ) -> Diagnostic {
        let (headline, prefix) = match origin {
            Origin::Customer => (format!("no customer attribute is called `{name}`"), ""),
            Origin::Request | Origin::Event => {
                (format!("no request attribute is called `{name}`"), "request.")
            }
        };
        let names: Vec<&str> = self
            .attributes
            .iter()
            .filter(|attribute| attribute.origin == origin)
            .map(|attribute| attribute.name.as_str())
            .collect();
        let found =
            |why: String| Diagnostic::new(Code("E0203"), file.name(), span, &*headline, why);
        let kind = type_compared(file.text().get(span.range().end..).unwrap_or(""));
        match self.nearest(name, &names) {
            Some(near) => {
                let place = match self.attribute_places.get(&(origin, near.to_owned())) {
                    Some((file, span)) => format!(", declared in {}", self.place(file, *span)),
                    None => ", which is built in".to_owned(),
                };
                let line = self.line_with(file, span, near);
                found(format!("the closest is `{prefix}{near}`{place}")).fix(line, span, near)
            }
            None if names.is_empty() => found(format!("no {} is declared", block_of(origin)))
                .paste(format!("{} {{ {name}: optional {kind} }}", block_of(origin))),
            None => found(format!("declared are {}", listed(&names, "and"))).advice(format!(
                "use one of these, or declare it in the `{}` block: `{name}: optional {kind}`",
                block_of(origin)
            )),
        }
    }

    /// Today as the host says, else the day of its moment in the workspace's zone.
    fn today(&self) -> Option<Date> {
        let zone = &self.workspace.as_ref()?.zone;
        self.context.today.or_else(|| Some(self.context.now?.on_clock(zone).date))
    }

    /// The workspace's currency; euros while there is no workspace, whose absence is reported by itself.
    pub(crate) fn currency(&self) -> Currency {
        self.workspace.as_ref().map_or(Currency::EUR, |workspace| workspace.currency)
    }

    /// The team whose folder a file lies in: the innermost one.
    pub(crate) fn team_of(&self, file: &Source) -> Option<&Team> {
        let holds = |team: &&Team| {
            let folder = file.folder();
            team.folder.is_empty()
                || folder == team.folder
                || folder.strip_prefix(&*team.folder).is_some_and(|rest| rest.starts_with('/'))
        };
        self.teams.iter().filter(holds).max_by_key(|team| team.folder.len())
    }

    /// Whether a file may hold what binds everyone: at the top, or in a central team's folder.
    pub(crate) fn is_central(&self, file: &Source) -> bool {
        file.folder().is_empty() || self.team_of(file).is_some_and(|team| team.central)
    }

    /// The position of an attribute in the sorted list.
    pub(crate) fn attribute_index(&self, origin: Origin, name: &str) -> Option<usize> {
        self.attributes
            .binary_search_by(|attribute| {
                (attribute.origin, attribute.name.as_str()).cmp(&(origin, name))
            })
            .ok()
    }

    /// File, line, column and printed text of a node.
    pub(crate) fn line(&self, file: &Source, span: Span, text: String) -> Line {
        let lines = self.file(file).and_then(|file| self.lines.get(file));
        let place = lines.map(|lines| lines.place(span.start as usize));
        let (line, column) = place.map_or((1, 1), |place| (place.line, place.column));
        Line { file: file.name().to_owned(), line, column, text }
    }

    /// As [`Scope::line`], and remembers the span, so that a later report can point there.
    pub(crate) fn mark(&mut self, file: &Source, span: Span, text: String) -> Line {
        let line = self.line(file, span, text);
        if let Some(file) = self.file(file) {
            self.marks.put((file, line.line, line.column), span);
        }
        line
    }

    /// Where a marked line stands.
    pub(crate) fn span_of(&self, line: &Line) -> Span {
        let Some(file) = self.file_called(&line.file) else { return Span::default() };
        let key = (file, line.line, line.column);
        self.marks.get(key)
    }

    /// `retail/cart.journey line 7`.
    pub(crate) fn place(&self, file: &Source, span: Span) -> String {
        let line = self.line(file, span, String::new());
        format!("{} line {}", line.file, line.line)
    }

    /// `, declared in retail/cart.journey line 7`; empty for what is not declared.
    pub(crate) fn declared(&self, kind: &str, name: &str) -> String {
        let def = self.definitions.get(kind).and_then(|named| named.get(name));
        def.map_or_else(String::new, |def| {
            format!(", declared in {}", self.place(def.file, def.name_span()))
        })
    }

    /// The author's line with `span` replaced by `text`, without comment and blanks around it.
    pub(crate) fn line_with(&self, file: &Source, span: Span, text: &str) -> String {
        line_with(file, span, text)
    }

    /// `action fibre_upgrade`: the definition that a span stands in.
    pub(crate) fn user_at(&self, file: &Source, span: Span) -> Arc<str> {
        let Some(users) = self.users.get(file.name()) else { return Arc::from("") };
        let after = users.partition_point(|(start, _, _)| *start <= span.start);
        let user = after.checked_sub(1).and_then(|at| users.get(at));
        user.filter(|(_, end, _)| span.end <= *end).map_or_else(|| Arc::from(""), |u| u.2.clone())
    }

    /// Records a reference and says what `retired` says of it.
    fn used(
        &mut self,
        user: &str,
        used: &str,
        word: &Word,
        file: &Source,
        problems: &mut Problems,
    ) {
        if let Some(day) = self.retired.get(used).copied()
            && user != used
        {
            let reference = (user.to_owned(), used.to_owned());
            let previous = self.context.previous.as_ref();
            let old = previous.is_some_and(|manifest| manifest.references.contains(&reference));
            let past = self.today().is_some_and(|today| today > day);
            let name = &word.text;
            if past && (!old || mutant!("retired_refuses_old_references")) {
                problems.push(
                    Diagnostic::new(
                        Code("E0207"),
                        file.name(),
                        word.span,
                        format!("`{name}` is retired since {day}"),
                        "what used it before may go on, nothing new may start to",
                    )
                    .advice(format!("use another name, or move `retired {day}` to a later day")),
                );
            } else {
                problems.push(
                    Diagnostic::new(
                        Code("W0202"),
                        file.name(),
                        word.span,
                        format!("`{name}` retires on {day}"),
                        "after that day no new line may use it",
                    )
                    .advice(format!("replace `{name}` before {day}")),
                );
            }
        }
        self.references.add(user, used);
    }

    /// Another kind under which this name is declared.
    fn other_kind(&self, not: &str, name: &str) -> Option<&'static str> {
        if not != "attribute" && self.attribute_index(Origin::Customer, name).is_some() {
            return Some("attribute");
        }
        let mut kinds = self.definitions.iter().filter(|(kind, named)| {
            !matches!(**kind, "scenario" | "customer" | "request" | "require" | "workspace")
                && **kind != not
                && named.contains_key(name)
        });
        kinds.next().map(|(kind, _)| *kind)
    }

    fn another_kind(
        &self,
        name: &str,
        is: &'static str,
        not: &str,
        file: &Source,
        span: Span,
    ) -> Diagnostic {
        let not = if not == "attribute" { "attribute of the customer" } else { not };
        let headline = format!("`{name}` is {}, not {}", with_article(is), with_article(not));
        let why = match is {
            "attribute" => format!("a name of {} is needed here", with_article(not)),
            _ => format!("it is declared in {}", {
                let def = self.definitions.get(is).and_then(|named| named.get(name));
                def.map_or_else(String::new, |def| self.place(def.file, def.name_span()))
            }),
        };
        let found = Diagnostic::new(Code("E0205"), file.name(), span, headline, why);
        match (is, not) {
            ("segment", "attribute of the customer") => found.paste(format!("in segment {name}")),
            _ => found.advice(format!("use the name of {}", with_article(not))),
        }
    }
}

/// As [`Scope::line_with`].
pub(crate) fn line_with(file: &Source, span: Span, text: &str) -> String {
    let whole = file.text();
    let reach = |from: usize, to: usize| whole.as_bytes().get(from..to).unwrap_or(&[]);
    let (first, last) = (span.start as usize, span.end as usize);
    let near = first.saturating_sub(LONGEST_LINE);
    let start = reach(near, first).iter().rposition(|byte| *byte == b'\n');
    let far = last.saturating_add(LONGEST_LINE).min(whole.len());
    let end = reach(last, far).iter().position(|byte| *byte == b'\n');
    // Nobody reads, or pastes, a line as long as a file.
    let start = match start {
        Some(at) => near + at + 1,
        None if near == 0 => 0,
        None => return text.to_owned(),
    };
    let end = match end {
        Some(at) => last + at,
        None if far == whole.len() => far,
        None => return text.to_owned(),
    };
    let before = whole.get(start..span.start as usize).unwrap_or("");
    let after = whole.get(span.end as usize..end).unwrap_or("");
    // Only the item itself: what stands between the braces and commas around it.
    let (mut brackets, mut quoted, mut from) = (0_i32, false, 0);
    let mut outer = Vec::new();
    for (at, letter) in before.char_indices() {
        match letter {
            '"' => quoted = !quoted,
            _ if quoted => {}
            '[' => brackets += 1,
            ']' => brackets -= 1,
            '{' => {
                outer.push(from);
                (brackets, from) = (0, at + 1);
            }
            // What was closed again is part of the item around it.
            '}' => from = outer.pop().unwrap_or(at + 1),
            ',' if brackets <= 0 => from = at + 1,
            _ => {}
        }
    }
    if quoted {
        return text.to_owned();
    }
    let before = before.get(from..).unwrap_or("").trim_start();
    let (mut depth, mut open, mut in_text) = (brackets, Vec::new(), false);
    let stop = after.char_indices().find_map(|(at, letter)| {
        match letter {
            '"' => in_text = !in_text,
            _ if in_text => {}
            '[' => depth += 1,
            ']' => depth -= 1,
            '{' => open.push(at),
            '}' if open.pop().is_none() => return Some(at),
            ',' if depth <= 0 && open.is_empty() => return Some(at),
            '#' => return Some(at),
            _ => {}
        }
        None
    });
    // A block that goes on over further lines is left out.
    let stop = open.first().copied().or(stop);
    let after = after.get(..stop.unwrap_or(after.len())).unwrap_or("").trim_end();
    format!("{before}{text}{after}").trim().to_owned()
}

/// `attribute plan`, `request page`: how references and retirements name an attribute.
pub(crate) fn attribute_key(origin: Origin, name: &str) -> String {
    match origin {
        Origin::Customer => format!("attribute {name}"),
        Origin::Request => format!("request {name}"),
        Origin::Event => format!("field {name}"),
    }
}

/// The block that declares an origin's attributes.
fn block_of(origin: Origin) -> &'static str {
    match origin {
        Origin::Customer => "customer",
        Origin::Request => "request",
        Origin::Event => "event",
    }
}

/// An earlier name where today's belongs.
pub(crate) fn renamed(
    noun: &str,
    name: &str,
    today: &str,
    file: &Source,
    span: Span,
) -> Diagnostic {
    Diagnostic::new(
        Code("E0219"),
        file.name(),
        span,
        format!("`{name}` is now called `{today}`"),
        format!("this {noun} was renamed, and its history goes on under the new name"),
    )
    .fix(today, span, today)
}

/// The least that declares a name, where an empty block would be the next problem.
fn first_form(noun: &str, name: &str) -> String {
    match noun {
        "purpose" => format!("purpose {name} {{ consent_needed: [email], consent_free: [web] }}"),
        "limits" => format!("limits {name} {{ at most 3 per 7 days }}"),
        "ranking" => format!("ranking {name} {{ score: propensity * value }}"),
        "journey" => format!(
            "journey {name} {{ purpose: marketing, enter: request, again: never, longest: 30 days, steps {{ finish done }} }}"
        ),
        _ => format!("{noun} {name} {{ }}"),
    }
}

/// The type to offer for an attribute that is not declared, by what it is compared with.
fn type_compared(rest: &str) -> &'static str {
    let line = rest.lines().next().unwrap_or("").split(['#', '}', ',']).next().unwrap_or("");
    let mut words = line.split(|c: char| c.is_whitespace() || "<>=[]".contains(c));
    let mut words = words.by_ref().filter(|word| !matches!(*word, "" | "is" | "not" | "in"));
    let Some(value) = words.next() else { return "text" };
    if matches!(value, "has" | "lacks") {
        return "some of [...]";
    }
    if matches!(value, "yes" | "no") {
        return "yes_no";
    }
    if value == "the" && matches!(words.next(), Some("last" | "next")) {
        return "date";
    }
    let code = value.len() == 3 && value.bytes().all(|byte| byte.is_ascii_uppercase());
    if code && words.next().is_some_and(|amount| amount.starts_with(|c: char| c.is_ascii_digit())) {
        return "money";
    }
    let digits = value.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    match digits.chars().next() {
        _ if digits == value => "text",
        None => "number",
        Some('%') => "percent",
        Some('-') => "date",
        Some(_) => "text",
    }
}
