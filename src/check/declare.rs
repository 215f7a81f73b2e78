//! What everything else refers to: workspace, teams, hours, channels, purposes, products and attributes.
//!
//! Each list holds every definition of its kind, broken ones too, so that positions agree with names.

use std::collections::{BTreeMap, BTreeSet};

use super::events::events;
use super::fields::{Blocks, Fields, may, must};
use super::hours::hours;
use super::register::was_taken;
use super::rules::{Attribute, Channel, Need, Origin, Product, Purpose, Team, Workspace};
use super::scope::{Def, Kind, Problems, Scope, attribute_key, earlier_names};
use super::types::declared;
use crate::diagnostic::{Code, Diagnostic};
use crate::syntax::ast::{Clause, Field, Key, Shape, Word};
use crate::syntax::{Source, Span};
use crate::value::{Currency, Type, Zone, nfc};

/// Attributes that every customer has without a declaration; `consent` is built in too, but cannot be read.
const BUILT_IN: [&str; 3] = ["language", "preferred_channel", "timezone"];

/// Reads all declarations into the scope.
pub(crate) fn declare(scope: &mut Scope<'_>, problems: &mut Problems) {
    workspace(scope, problems);
    teams(scope, problems);
    for (name, def) in scope.all("send_hours") {
        scope.hours.push(hours(&name, def, problems));
    }
    channels(scope, problems);
    purposes(scope, problems);
    for (name, def) in scope.all("product") {
        let what = format!("product `{name}`");
        let keys = [may("line", "line: telco")];
        let fields = read(def, &what, &keys, problems);
        let line = fields.word("line", problems).map(|word| word.text.clone());
        scope.products.push(Product { name, line });
    }
    attributes(scope, problems);
    events(scope, problems);
}

fn read<'a>(
    def: Def<'a>,
    what: &str,
    keys: &[super::fields::Expected],
    problems: &mut Problems,
) -> Fields<'a> {
    Fields::read(&def.node.body, def.file, what, def.name_span(), keys, Blocks::None, problems)
}

fn workspace(scope: &mut Scope<'_>, problems: &mut Problems) {
    let Some((name, def)) = scope.all("workspace").into_iter().next() else {
        let excused = scope.excused.iter().any(|(kind, _)| *kind == "workspace");
        let rules = scope.sources.iter().find(|file| file.name().ends_with(".journey"));
        if let (false, Some(file)) = (excused, rules) {
            problems.push(
                Diagnostic::new(
                    Code("E0220"),
                    file.name(),
                    Span::new(0, 0),
                    "no `workspace` is defined",
                    "currency, time zone and languages are said there",
                )
                .paste("workspace acme { currency: EUR, timezone: \"Europe/Paris\", languages: [en], stages: [grow, keep] }"),
            );
        }
        return;
    };
    let keys = [
        must("currency", "currency: EUR"),
        must("timezone", "timezone: \"Europe/Paris\""),
        must("languages", "languages: [en, fr]"),
        may("stages", "stages: [prospect, onboard, grow, keep]"),
    ];
    let fields = read(def, &format!("workspace `{name}`"), &keys, problems);
    let currency = fields.word("currency", problems).and_then(|word| {
        let currency = Currency::new(&word.text);
        if currency.is_none() {
            problems.push(
                Diagnostic::new(
                    Code("E0312"),
                    def.file.name(),
                    word.span,
                    format!("no currency has the code `{}`", word.text),
                    "currencies are written by their three-letter ISO code",
                )
                .paste("currency: EUR"),
            );
        }
        currency
    });
    let zone = fields.name("timezone", problems).and_then(|(zone, span)| {
        let found = Zone::named(&zone).ok();
        if found.is_none() {
            problems.push(no_zone(def.file, span, &zone));
        }
        found
    });
    let languages = fields.names("languages", problems).map(|names| {
        let mut kept: Vec<String> = Vec::new();
        for (tag, span) in names {
            if !language_tag(&tag) {
                problems.push(
                    Diagnostic::new(
                        Code("E0317"),
                        def.file.name(),
                        span,
                        format!("`{tag}` is not a language tag"),
                        "languages are written by their short tag",
                    )
                    .advice("a tag such as en, fr or \"fr-CA\""),
                );
            } else if !kept.iter().any(|other| other.eq_ignore_ascii_case(&tag)) {
                kept.push(tag);
            }
        }
        kept
    });
    let stages = match fields.value("stages") {
        Some(_) => fields.words("stages", problems),
        None => Some(Vec::new()),
    };
    if let (Some(currency), Some(zone), Some(languages), Some(stages)) =
        (currency, zone, languages, stages)
        && !languages.is_empty()
    {
        let stages = stages.into_iter().map(|word| nfc(&word.text)).collect();
        scope.workspace = Some(Workspace { name, currency, zone, languages, stages });
    }
}

/// A time zone that does not exist.
pub(crate) fn no_zone(file: &Source, span: Span, zone: &str) -> Diagnostic {
    Diagnostic::new(
        Code("E0316"),
        file.name(),
        span,
        format!("there is no time zone `{zone}`"),
        "time zones are named by continent and city, as in the IANA database",
    )
    .paste("timezone: \"Europe/Paris\"")
}

/// `fr`, `fr-CA`, `zh-Hant`: letters first, then parts of letters and digits.
pub(crate) fn language_tag(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let base = parts.next().unwrap_or("");
    (2..=3).contains(&base.len())
        && base.bytes().all(|b| b.is_ascii_alphabetic())
        && parts.all(|part| {
            (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
        })
}

fn teams(scope: &mut Scope<'_>, problems: &mut Problems) {
    let mut folders: BTreeMap<String, (String, Def<'_>)> = BTreeMap::new();
    for (name, def) in scope.all("team") {
        let keys = [
            must("folder", "folder: \"retail\""),
            may("central", "central: yes"),
            may("email", "email: \"crm@acme.example\""),
        ];
        let fields = read(def, &format!("team `{name}`"), &keys, problems);
        let text = |key, problems: &mut Problems| fields.name(key, problems).map(|(text, _)| text);
        let written = fields.name("folder", problems);
        let folder = match &written {
            Some((folder, span)) => {
                // `./retail/` is `retail`: whoever compares folders compares them in this form.
                let parts = folder.split('/').filter(|part| !matches!(*part, "" | "."));
                let trimmed = parts.collect::<Vec<_>>().join("/");
                let nowhere = folder.bytes().all(|byte| byte == b'/');
                if nowhere || trimmed.contains("..") || trimmed.contains('\\') {
                    problems.push(
                        Diagnostic::new(
                            Code("E0209"),
                            def.file.name(),
                            *span,
                            format!("`{folder}` is not a folder of this workspace"),
                            "a team's folder lies within the workspace",
                        )
                        .advice("folder: \"retail\", or folder: \".\" for the top"),
                    );
                }
                if nowhere { format!("\0{name}") } else { trimmed }
            }
            // Not a folder that any file lies in.
            None => format!("\0{name}"),
        };
        if let (Some((_, span)), Some((other, first))) = (&written, folders.get(&folder)) {
            problems.push(
                Diagnostic::new(
                    Code("E0209"),
                    def.file.name(),
                    *span,
                    format!("`{name}` and `{other}` have the same folder"),
                    "what stands in a folder belongs to one team",
                )
                .also(first.file.name(), first.name_span(), "the other team")
                .advice("give each team a folder of its own"),
            );
        }
        folders.entry(folder.clone()).or_insert((name.clone(), def));
        let central = fields.yes_no("central", problems).unwrap_or(false);
        let email = text("email", problems);
        scope.teams.push(Team { name, folder, central, email });
    }
}

fn channels(scope: &mut Scope<'_>, problems: &mut Problems) {
    for (name, def) in scope.all("channel") {
        let what = format!("channel `{name}`");
        let keys = [may("send_hours", "send_hours: daytime")];
        let fields = read(def, &what, &keys, problems);
        let hours = fields.word("send_hours", problems).and_then(|word| {
            let user = format!("channel {name}");
            scope.find(Kind::SendHours, word, def.file, &user, problems)
        });
        let hours = hours.and_then(|index| scope.hours.get(index).cloned());
        scope.channels.push(Channel { name, was: def.was(), hours });
    }
}

fn purposes(scope: &mut Scope<'_>, problems: &mut Problems) {
    for (name, def) in scope.all("purpose") {
        let what = format!("purpose `{name}`");
        let keys = [
            may("consent_needed", "consent_needed: [email, sms]"),
            may("consent_free", "consent_free: [web]"),
            may("send_hours", "send_hours: ignore"),
        ];
        let fields = read(def, &what, &keys, problems);
        let user = format!("purpose {name}");
        let mut listed = |key: &str, problems: &mut Problems| -> BTreeMap<usize, Word> {
            let words = fields.words(key, problems).unwrap_or_default();
            let found = words.into_iter().filter_map(|word| {
                let index = scope.find(Kind::Channel, word, def.file, &user, problems)?;
                Some((index, word.clone()))
            });
            found.collect()
        };
        let needed = listed("consent_needed", problems);
        let free = listed("consent_free", problems);
        for (index, word) in &free {
            if let Some(other) = needed.get(index) {
                problems.push(
                    Diagnostic::new(
                        Code("E0221"),
                        def.file.name(),
                        word.span,
                        format!("`{}` cannot both need consent and be free of it", word.text),
                        format!("{what} names it in both lists"),
                    )
                    .also(def.file.name(), other.span, "named here as well")
                    .advice(format!("remove `{}` from one of the two lists", word.text)),
                );
            }
        }
        if fields.value("consent_needed").is_none() && fields.value("consent_free").is_none() {
            problems.push(
                Diagnostic::new(
                    Code("E0213"),
                    def.file.name(),
                    def.name_span(),
                    format!("{what} names no channel"),
                    "a channel that a purpose does not name cannot carry it",
                )
                .paste("consent_needed: [email, sms], consent_free: [web]"),
            );
        }
        let ignores_hours = match fields.word("send_hours", problems) {
            Some(word) if word.text == "ignore" => true,
            Some(_) => {
                fields.wrong("send_hours", "the word `ignore`", problems);
                false
            }
            None => false,
        };
        let keys = |map: BTreeMap<usize, Word>| map.into_keys().collect::<BTreeSet<_>>();
        let (consent_needed, consent_free) = (keys(needed), keys(free));
        let was = def.was();
        scope.purposes.push(Purpose { name, was, consent_needed, consent_free, ignores_hours });
    }
}

fn attributes(scope: &mut Scope<'_>, problems: &mut Problems) {
    let mut channels: Vec<String> = scope.channels.iter().map(|c| c.name.clone()).collect();
    channels.sort();
    for name in BUILT_IN {
        let kind = match name {
            "preferred_channel" => Type::OneOf(channels.clone()),
            _ => Type::Code,
        };
        let renamed = match name {
            "preferred_channel" => earlier_channels(scope),
            _ => BTreeMap::new(),
        };
        scope.attributes.push(Attribute {
            origin: Origin::Customer,
            name: name.to_owned(),
            kind,
            need: Need::Optional,
            personal_data: false,
            was: Vec::new(),
            renamed,
        });
    }
    let mut found: BTreeMap<(Origin, String), Attribute> = BTreeMap::new();
    for (origin, kind) in [(Origin::Customer, "customer"), (Origin::Request, "request")] {
        for (_, def) in scope.all(kind) {
            block(scope, def, origin, &mut found, problems);
        }
    }
    earlier(scope, &found, problems);
    scope.attributes.extend(found.into_values());
    scope.attributes.sort_by(|a, b| (a.origin, &a.name).cmp(&(b.origin, &b.name)));
}

/// Earlier names of channels, with today's.
fn earlier_channels(scope: &Scope<'_>) -> BTreeMap<String, String> {
    let names = |channel: &Channel| {
        let today = channel.name.clone();
        channel.was.clone().into_iter().map(move |earlier| (earlier, today.clone()))
    };
    scope.channels.iter().flat_map(names).collect()
}

fn block<'a>(
    scope: &mut Scope<'a>,
    def: Def<'a>,
    origin: Origin,
    found: &mut BTreeMap<(Origin, String), Attribute>,
    problems: &mut Problems,
) {
    let excuse = match origin {
        Origin::Customer => "attribute",
        Origin::Request | Origin::Event => "request",
    };
    let mut capitals = BTreeMap::new();
    for item in &def.node.body.items {
        let (field, key) = match &item.shape {
            Shape::Field(field) => match &field.key {
                Key::Word(key) => (field, key),
                _ => {
                    problems.push(no_attribute(def.file, item.span));
                    continue;
                }
            },
            Shape::Unreadable(text) => {
                let name = text.split(|letter: char| !(letter.is_alphanumeric() || letter == '_'));
                let name = name.into_iter().find(|part| !part.is_empty()).unwrap_or("");
                scope.excused.insert((excuse, nfc(name)));
                continue;
            }
            _ => {
                problems.push(no_attribute(def.file, item.span));
                continue;
            }
        };
        let name = nfc(&key.text);
        if origin == Origin::Customer && (BUILT_IN.contains(&&*name) || name == "consent") {
            problems.push(
                Diagnostic::new(
                    Code("E0222"),
                    def.file.name(),
                    item.span,
                    format!("`{name}` is built in"),
                    "every customer has it without a declaration",
                )
                .advice("remove this line"),
            );
            continue;
        }
        if let Some((file, span)) = scope.attribute_places.get(&(origin, name.clone())).copied() {
            problems.push(
                Diagnostic::new(
                    Code("E0202"),
                    def.file.name(),
                    key.span,
                    format!("`{name}` exists twice"),
                    format!("{} and {}", scope.place(file, span), scope.place(def.file, key.span)),
                )
                .also(file.name(), span, "the first one")
                .advice("remove one of the two lines"),
            );
            continue;
        }
        scope.attribute_places.insert((origin, name.clone()), (def.file, key.span));
        similar(scope, def.file, key, origin, &mut capitals, problems);
        retired(scope, def.file, field, &attribute_key(origin, &name), problems);
        match declared(scope, def.file, &name, &field.value, problems) {
            Some(read) => {
                let attribute = Attribute {
                    origin,
                    name: name.clone(),
                    kind: read.kind,
                    need: read.need,
                    personal_data: read.personal_data,
                    was: earlier_names(&field.clauses),
                    renamed: BTreeMap::new(),
                };
                found.insert((origin, name), attribute);
            }
            None => {
                scope.excused.insert((excuse, name));
            }
        }
    }
}

fn no_attribute(file: &Source, span: Span) -> Diagnostic {
    Diagnostic::new(
        Code("E0212"),
        file.name(),
        span,
        "this line declares no attribute",
        "here stand names with their types",
    )
    .paste("plan: required one of [prepaid, fibre]")
}

fn similar(
    scope: &Scope<'_>,
    file: &Source,
    key: &Word,
    origin: Origin,
    capitals: &mut BTreeMap<(Origin, String), String>,
    problems: &mut Problems,
) {
    let twin = capitals.insert((origin, key.text.to_lowercase()), key.text.clone());
    if let Some(twin) = twin {
        let place = scope.attribute_places.get(&(origin, twin.clone()));
        let place = place.map_or_else(String::new, |(file, span)| {
            format!(", declared in {}", scope.place(file, *span))
        });
        problems.push(
            Diagnostic::new(
                Code("W0201"),
                file.name(),
                key.span,
                format!("`{}` and `{twin}` differ only in capitals", key.text),
                format!("they are two different names{place}"),
            )
            .advice("rename one of them"),
        );
    }
}

fn retired(
    scope: &mut Scope<'_>,
    file: &Source,
    field: &Field,
    key: &str,
    problems: &mut Problems,
) {
    for clause in &field.clauses {
        if let Clause::Retired(literal) = clause
            && let Some(day) = super::literal::date(file, literal, problems)
        {
            scope.retired.insert(key.to_owned(), day);
        }
    }
}

/// Earlier names of attributes: one that is still declared, or claimed twice, is an error.
fn earlier(
    scope: &mut Scope<'_>,
    found: &BTreeMap<(Origin, String), Attribute>,
    problems: &mut Problems,
) {
    for (origin, kind) in [(Origin::Customer, "customer"), (Origin::Request, "request")] {
        let excuse = if kind == "customer" { "attribute" } else { "request" };
        for (_, def) in scope.all(kind) {
            for item in &def.node.body.items {
                let Shape::Field(field) = &item.shape else { continue };
                let Key::Word(key) = &field.key else { continue };
                for clause in &field.clauses {
                    let Clause::Was(word) = clause else { continue };
                    let old = nfc(&word.text);
                    let name = nfc(&key.text);
                    let exists = found.contains_key(&(origin, old.clone()))
                        || (kind == "customer" && BUILT_IN.contains(&&*old));
                    let claim = (excuse, old.clone());
                    let taken = if exists {
                        Some(format!("`{old}` still exists"))
                    } else {
                        let other = scope.earlier.get(&claim).filter(|other| **other != name);
                        other.map(|other| format!("`{other}` was `{old}` as well"))
                    };
                    match taken {
                        Some(why) => problems.push(was_taken(def.file, clause, &old, &why)),
                        None => {
                            scope.earlier.insert(claim, name);
                        }
                    }
                }
            }
        }
    }
}
