//! Who is called what: look-ups in the tree by kind and name, declarations, and a customer as last known.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use onward::Customer;
use onward::syntax::ast::{
    Atom, BaseType, Body, Clause, Definition, Entries, Entry, File, Key, List, Name, Presence,
    Shape, Value,
};
use onward::value::Timestamp;

use super::calendar;
use super::literal::{self, Kind, Val};

/// A workspace: nothing but its definitions.
pub(crate) struct Rules<'a> {
    definitions: Vec<&'a Definition>,
    /// Kind, then name: a look-up and nothing more, so that large workspaces can be walked too.
    named: BTreeMap<&'a str, BTreeMap<String, &'a Definition>>,
}

/// Whether an attribute may be missing.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Need {
    Required,
    Optional,
    Default(Val),
}

/// What the tree says of one attribute.
#[derive(Clone, Debug)]
pub(crate) struct Declared {
    pub(crate) kind: Kind,
    pub(crate) need: Need,
    pub(crate) personal: bool,
}

/// `churn_risk`, or `request.page`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Read {
    pub(crate) request: bool,
    pub(crate) name: String,
}

/// A customer, all records put together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Person {
    pub(crate) attributes: BTreeMap<String, Val>,
    /// Every word about consent, in the order of arrival.
    pub(crate) consent: Vec<Spoken>,
    pub(crate) shown: Vec<Record>,
    /// What was promised, sent and reported, to everybody.
    pub(crate) promises: super::policy::Promises,
    /// What happened, besides the records.
    pub(crate) history: super::events::History,
}

/// A record of something shown, as data says.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) action: String,
    pub(crate) channel: String,
    pub(crate) at: Timestamp,
    /// That of the action when the record arrived.
    pub(crate) purpose: Option<String>,
}

/// One word about consent.
#[derive(Clone, Debug)]
pub(crate) struct Spoken {
    pub(crate) channel: String,
    /// Absent: a withdrawal for every purpose.
    pub(crate) purpose: Option<String>,
    pub(crate) time: i64,
    pub(crate) granted: bool,
}

/// The name of a definition or block, whichever way it is written.
pub(crate) fn text(name: &Name) -> String {
    match name {
        Name::Word(word) => word.text.clone(),
        Name::Text(text) => literal::unescape(&text.raw),
    }
}

/// The value of `key: value`.
pub(crate) fn field<'a>(body: &'a Body, key: &str) -> Option<&'a Value> {
    body.items.iter().find_map(|item| match &item.shape {
        Shape::Field(field) => match &field.key {
            Key::Word(word) if word.text == key => Some(&field.value),
            _ => None,
        },
        _ => None,
    })
}

/// `who { ... }`
pub(crate) fn block<'a>(body: &'a Body, heading: &str) -> Option<&'a Body> {
    body.items.iter().find_map(|item| match &item.shape {
        Shape::Block(block) if block.name.is_none() && text(&block.heading) == heading => {
            Some(&block.body)
        }
        _ => None,
    })
}

/// The words of a list.
pub(crate) fn words(list: &List) -> Vec<String> {
    list.entries
        .iter()
        .map(|entry| match entry {
            Entry::Atom(atom) => literal::word_of(atom),
            Entry::Range(range) => panic!("{range:?} is no word"),
        })
        .collect()
}

/// The words of `key: [a, b]`; none where it is not written.
pub(crate) fn word_list(body: &Body, key: &str) -> Vec<String> {
    match field(body, key) {
        Some(Value::List(list)) => words(list),
        Some(other) => panic!("{key}: {other:?} is no list"),
        None => Vec::new(),
    }
}

/// The word of `key: word`.
pub(crate) fn word_field(body: &Body, key: &str) -> Option<String> {
    match field(body, key)? {
        Value::Atom(Atom::Literal(literal)) => Some(literal.raw.clone()),
        Value::Atom(atom) => Some(literal::word_of(atom)),
        other => panic!("{key}: {other:?} is no word"),
    }
}

impl<'a> Rules<'a> {
    /// All definitions of these files; in which file one stands means nothing.
    pub(crate) fn new(files: &'a [File]) -> Self {
        let definitions: Vec<_> = files.iter().flat_map(|file| &file.definitions).collect();
        let mut named: BTreeMap<&str, BTreeMap<String, &Definition>> = BTreeMap::new();
        for definition in &definitions {
            if let Some(name) = &definition.name {
                let of_kind = named.entry(definition.kind.text.as_str()).or_default();
                of_kind.entry(text(name)).or_insert(definition);
            }
        }
        Self { definitions, named }
    }

    /// The definition of this kind and name.
    pub(crate) fn find(&self, kind: &str, name: &str) -> Option<&'a Definition> {
        self.named.get(kind)?.get(name).copied()
    }

    /// The definition, which is known to be there.
    pub(crate) fn the(&self, kind: &str, name: &str) -> &'a Definition {
        self.find(kind, name).unwrap_or_else(|| panic!("no {kind} {name}"))
    }

    /// Names of this kind, in byte order.
    pub(crate) fn names(&self, kind: &str) -> Vec<String> {
        self.named.get(kind).into_iter().flat_map(BTreeMap::keys).cloned().collect()
    }

    fn workspace(&self) -> &'a Body {
        let found = self.definitions.iter().find(|definition| definition.kind.text == "workspace");
        &found.unwrap().body
    }

    /// The currency of money without another.
    pub(crate) fn currency(&self) -> String {
        word_field(self.workspace(), "currency").unwrap()
    }

    /// The workspace's zone.
    pub(crate) fn zone(&self) -> Tz {
        calendar::zone(&word_field(self.workspace(), "timezone").unwrap())
    }

    /// The workspace's languages; the first is the default.
    pub(crate) fn languages(&self) -> Vec<String> {
        word_list(self.workspace(), "languages")
    }

    /// What `customer { ... }` or `request { ... }` says of a name, built-in attributes included.
    pub(crate) fn declared(&self, read: &Read) -> Declared {
        let kind = if read.request { "request" } else { "customer" };
        let blocks = self.definitions.iter().filter(|definition| definition.kind.text == kind);
        if let Some(value) = blocks.filter_map(|block| field(&block.body, &read.name)).next() {
            return self.declaration(value);
        }
        match read.name.as_str() {
            "language" | "timezone" if !read.request => {
                Declared { kind: Kind::Code, need: Need::Optional, personal: false }
            }
            "preferred_channel" if !read.request => {
                Declared { kind: Kind::OneOf, need: Need::Optional, personal: false }
            }
            other => panic!("nobody declared {other}"),
        }
    }

    pub(crate) fn declaration(&self, value: &Value) -> Declared {
        let (base, presence, default) = match value {
            Value::Type(spec) => (spec.base.clone(), spec.presence, spec.default.clone()),
            Value::Atom(Atom::Word(word)) => (BaseType::Named(word.clone(), None), None, None),
            other => panic!("{other:?} is no type"),
        };
        let kind = match base {
            BaseType::OneOf(_) => Kind::OneOf,
            BaseType::SomeOf(_) => Kind::SomeOf,
            BaseType::Named(word, range) => match word.text.as_str() {
                "yes_no" => Kind::YesNo,
                "number" => Kind::Number,
                "percent" => Kind::Percent,
                "date" => Kind::Date,
                "time" => Kind::Time,
                "text" => Kind::Text,
                "code" => Kind::Code,
                "money" => Kind::Money(match range.map(|range| range.low) {
                    Some(Atom::Literal(low)) => low.raw.split(' ').next().unwrap().to_owned(),
                    _ => self.currency(),
                }),
                other => panic!("no type is called {other}"),
            },
        };
        let need = match (presence, default) {
            (_, Some(Entries::One(atom))) => Need::Default(literal::atom(&atom, &kind)),
            (_, Some(Entries::Many(list))) => {
                Need::Default(Val::Set(words(&list).into_iter().collect()))
            }
            (Some(Presence::Required), None) => Need::Required,
            (Some(Presence::Optional), None) => Need::Optional,
            (None, None) => panic!("neither required, optional nor default"),
        };
        let personal = matches!(value, Value::Type(spec) if spec.personal_data);
        Declared { kind, need, personal }
    }

    /// A customer from their records, in the order they arrived: per attribute the newest wins, equal times
    /// go to what arrives later; `Null` clears; what the rules do not declare is not looked at.
    pub(crate) fn person(&self, records: &[Customer]) -> Person {
        let mut newest: BTreeMap<&str, &Customer> = BTreeMap::new();
        let mut person = Person::default();
        for record in records {
            for name in record.attributes().keys() {
                let before = newest.get(name.as_str()).map(|found| found.time());
                if before.is_none_or(|before| record.time() >= before) {
                    newest.insert(name, record);
                }
            }
            let time = record.time().micros();
            // What a record says of one purpose stands beside what it withdraws for all.
            for channel in record.withdrawn_channels() {
                let (channel, purpose) = (channel.clone(), None);
                person.consent.push(Spoken { channel, purpose, time, granted: false });
            }
            for (channel, purposes) in record.consents() {
                for (purpose, granted) in purposes {
                    let (channel, purpose) = (channel.clone(), Some(purpose.clone()));
                    person.consent.push(Spoken { channel, purpose, time, granted: *granted });
                }
            }
            for shown in record.history() {
                person.shown.push(self.shown(&shown.action, &shown.channel, shown.at));
            }
            record.id().clone_into(&mut person.promises.customer);
        }
        for (name, earlier) in self.attributes() {
            // The newest of all its names; of equal times its own name, then the order in which they are written.
            let mut found: Option<(&str, &Customer)> = None;
            for name in std::iter::once(&name).chain(&earlier) {
                if let Some((name, record)) = newest.get_key_value(name.as_str())
                    && found.is_none_or(|(_, before)| record.time() > before.time())
                {
                    found = Some((*name, *record));
                }
            }
            let Some((arrived_as, record)) = found else { continue };
            let kind = self.declared(&Read { request: false, name: name.clone() }).kind;
            if let Some(value) = literal::arrived(&record.attributes()[arrived_as], &kind) {
                let value = self.by_todays_name(&name, value);
                person.attributes.insert(name, value);
            }
        }
        person
    }

    /// A record that arrives under these rules.
    pub(crate) fn shown(&self, action: &str, channel: &str, at: Timestamp) -> Record {
        let purpose = self.purpose_of(action);
        Record { action: action.to_owned(), channel: channel.to_owned(), at, purpose }
    }

    /// The customer's attributes, built-in ones included, each with the names it had before.
    fn attributes(&self) -> BTreeMap<String, Vec<String>> {
        let built_in = ["language", "timezone", "preferred_channel"];
        let mut all: BTreeMap<String, Vec<String>> =
            built_in.iter().map(|name| ((*name).to_owned(), Vec::new())).collect();
        for block in self.definitions.iter().filter(|it| it.kind.text == "customer") {
            for item in &block.body.items {
                if let Shape::Field(field) = &item.shape
                    && let Key::Word(name) = &field.key
                {
                    all.insert(name.text.clone(), earlier_names(&field.clauses));
                }
            }
        }
        all
    }

    /// A preferred channel that was renamed since is meant by the name it has now.
    fn by_todays_name(&self, attribute: &str, value: Val) -> Val {
        match value {
            Val::Word(word) if attribute == "preferred_channel" => {
                let now = self
                    .names("channel")
                    .into_iter()
                    .find(|channel| Rules::was(self.the("channel", channel)).contains(&word));
                Val::Word(now.unwrap_or(word))
            }
            value => value,
        }
    }

    /// All names of a definition.
    fn all_names(&self, kind: &str, name: &str) -> Vec<String> {
        let mut names = Rules::was(self.the(kind, name));
        names.push(name.to_owned());
        names
    }

    /// Whether a person consents to a purpose on a channel: some grant under any of their names stands against
    /// every withdrawal. Under one name the later word stands (of one time, the one that arrived later); a
    /// withdrawal under another name stands against a grant that is not newer.
    pub(crate) fn consents(&self, person: &Person, channel: &str, purpose: &str) -> bool {
        let (channels, purposes) =
            (self.all_names("channel", channel), self.all_names("purpose", purpose));
        let meant = |word: &Spoken| {
            channels.contains(&word.channel)
                && word.purpose.as_ref().is_none_or(|purpose| purposes.contains(purpose))
        };
        let words: Vec<&Spoken> = person.consent.iter().filter(|word| meant(word)).collect();
        // A word that was taken back under its own name says nothing any more.
        let stands = |place: usize, word: &Spoken| {
            words.iter().enumerate().all(|(other, against)| {
                against.channel != word.channel
                    || against.purpose != word.purpose && against.purpose.is_some()
                    || (against.time, other) <= (word.time, place)
            })
        };
        let standing: Vec<&Spoken> = words
            .iter()
            .enumerate()
            .filter(|(place, word)| stands(*place, word))
            .map(|(_, word)| *word)
            .collect();
        let beaten = |grant: &Spoken| {
            standing.iter().any(|word| {
                let elsewhere = word.channel != grant.channel
                    || word.purpose.is_some() && word.purpose != grant.purpose;
                !word.granted && elsewhere && word.time >= grant.time
            })
        };
        standing.iter().any(|word| word.granted && !beaten(word))
    }

    /// Earlier names of a definition.
    pub(crate) fn was(definition: &Definition) -> Vec<String> {
        earlier_names(&definition.clauses)
    }
}

fn earlier_names(clauses: &[Clause]) -> Vec<String> {
    let earlier = clauses.iter().filter_map(|clause| match clause {
        Clause::Was(word) => Some(word.text.clone()),
        _ => None,
    });
    earlier.collect()
}
