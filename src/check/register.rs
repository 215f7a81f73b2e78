//! Every definition by kind and name, before any of them is read: kinds, duplicates, earlier names,
//! retirements, and which folder may hold what.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::literal::plain;
use super::nearest::nearest;
use super::scope::{Def, ParsedFile, Problems, Scope, User, with_article};
use crate::diagnostic::{Code, Diagnostic};
use crate::mutant::mutant;
use crate::syntax::Source;
use crate::syntax::ast::{Clause, Name};
use crate::value::nfc;

/// Every kind of definition there is; those after `limits` are not supported yet.
pub(crate) const KINDS: [&str; 22] = [
    "workspace",
    "team",
    "purpose",
    "product",
    "channel",
    "send_hours",
    "customer",
    "request",
    "segment",
    "model",
    "ranking",
    "action",
    "placement",
    "require",
    "persona",
    "scenario",
    "event",
    "limits",
    "holdout",
    "experiment",
    "journey",
    "script",
];

/// Kinds of which one exists, without a name.
const NAMELESS: [&str; 3] = ["customer", "request", "require"];

/// Registers all definitions of all files.
pub(crate) fn register<'a>(
    scope: &mut Scope<'a>,
    files: &'a [ParsedFile<'a>],
    problems: &mut Problems,
) {
    for kind in KINDS {
        scope.definitions.insert(kind, BTreeMap::new());
    }
    for file in files {
        for node in &file.tree.definitions {
            one(scope, Def { file: file.source, node }, problems);
        }
    }
    let mut all = BTreeMap::new();
    let mut users: BTreeMap<&str, Vec<User>> = BTreeMap::new();
    for (kind, named) in &scope.definitions {
        let ranks: BTreeMap<String, usize> = named.keys().cloned().zip(0..).collect();
        all.insert(*kind, ranks);
        for (name, def) in named {
            let span = def.node.span;
            let user = Arc::from(format!("{kind} {name}").trim_end());
            let of_file = users.entry(def.file.name()).or_default();
            of_file.push((span.start, span.end, user));
        }
    }
    for users in users.values_mut() {
        users.sort();
    }
    scope.ranks = all;
    scope.users = users;
    earlier(scope, problems);
    similar(scope, problems);
}

fn one<'a>(scope: &mut Scope<'a>, def: Def<'a>, problems: &mut Problems) {
    let file = def.file.name();
    let node = def.node;
    let Some(kind) = KINDS.into_iter().find(|kind| *kind == node.kind.text) else {
        let headline = format!("there is no kind of definition called `{}`", node.kind.text);
        let span = node.kind.span;
        let found = |why: String| Diagnostic::new(Code("E0201"), file, span, &*headline, why);
        problems.push(match nearest(&node.kind.text, KINDS) {
            Some(near) => {
                // Whoever refers to it is not told again.
                let name = match &node.name {
                    Some(Name::Word(word)) => nfc(&word.text),
                    Some(Name::Text(_)) | None => String::new(),
                };
                let line = format!("{near} {name}");
                scope.excused.insert((near, name));
                found(format!("the closest is `{near}`")).choice(line.trim_end(), span, near)
            }
            None => found("a definition begins with a word such as `action` or `segment`".into())
                .advice("one of workspace, team, purpose, product, channel, send_hours, customer, request, segment, model, ranking, action, placement, require, persona, scenario, event and limits"),
        });
        return;
    };
    let Some(name) = name_of(scope, def, kind, problems) else { return };
    clauses(scope, def, kind, &name, problems);
    let first = scope.definitions.get(kind).and_then(|named| {
        let same = named.get(&name);
        if kind == "workspace" { named.values().next() } else { same }
    });
    if let Some(first) = first.copied() {
        let (here, there) =
            (scope.place(def.file, def.name_span()), scope.place(first.file, first.name_span()));
        let headline = if NAMELESS.contains(&kind) || kind == "workspace" {
            format!("the {kind} block exists twice")
        } else {
            format!("`{name}` exists twice")
        };
        let found = Diagnostic::new(
            Code("E0202"),
            file,
            def.name_span(),
            headline,
            format!("{there} and {here}"),
        )
        .also(first.file.name(), first.name_span(), "the first one");
        problems.push(if NAMELESS.contains(&kind) || kind == "workspace" {
            found.advice("put all lines into one block")
        } else if kind == "scenario" {
            found.advice("give one of them another title")
        } else {
            found.advice(format!(
                "rename one of them; keep its reports with `{kind} NEW_NAME was {name} {{`"
            ))
        });
        return;
    }
    scope.definitions.entry(kind).or_default().insert(name, def);
}

/// The name a definition goes by; a name too many or too few is reported.
fn name_of(
    scope: &Scope<'_>,
    def: Def<'_>,
    kind: &'static str,
    problems: &mut Problems,
) -> Option<String> {
    let report = |headline: String, why: &str, advice: String| {
        Diagnostic::new(Code("E0217"), def.file.name(), def.name_span(), headline, why)
            .advice(advice)
    };
    if NAMELESS.contains(&kind) {
        if def.node.name.is_some() {
            let why = "there is one such block in a workspace";
            problems.push(report(format!("`{kind}` has no name"), why, format!("{kind} {{")));
        }
        let number = scope.definitions.get(kind).map_or(0, BTreeMap::len);
        return Some(if kind == "require" { format!("{number:05}") } else { String::new() });
    }
    match &def.node.name {
        Some(Name::Word(word)) if kind != "scenario" => Some(nfc(&word.text)),
        Some(Name::Text(text)) if kind == "scenario" => Some(plain(text)),
        Some(Name::Word(word)) => {
            let fixed = format!("\"{}\"", word.text);
            problems.push(
                Diagnostic::new(
                    Code("E0217"),
                    def.file.name(),
                    word.span,
                    "the title of a scenario stands in quotes",
                    "it is a sentence that says what must hold",
                )
                .fix(format!("scenario {fixed} {{"), word.span, fixed),
            );
            None
        }
        Some(Name::Text(_)) => {
            let why = "names are words of letters, digits and `_`";
            let headline = format!("the name of {} stands without quotes", with_article(kind));
            problems.push(report(headline, why, format!("{kind} NAME {{")));
            None
        }
        None => {
            let why = "other lines refer to it by its name";
            let headline = format!("this {kind} has no name");
            problems.push(report(headline, why, format!("{kind} NAME {{")));
            None
        }
    }
}

/// `was`, `retired` and `kept` behind the name.
fn clauses(
    scope: &mut Scope<'_>,
    def: Def<'_>,
    kind: &'static str,
    name: &str,
    problems: &mut Problems,
) {
    for clause in &def.node.clauses {
        let (word, span, allowed) = match clause {
            Clause::Kept(duration) => ("kept", duration.span, kind == "event"),
            Clause::Was(word) => {
                ("was", word.span, !NAMELESS.contains(&kind) && kind != "scenario")
            }
            Clause::Retired(literal) => (
                "retired",
                literal.span,
                !NAMELESS.contains(&kind) && !matches!(kind, "scenario" | "workspace" | "persona"),
            ),
        };
        if !allowed {
            let why = if word == "kept" {
                "only events are kept for some time"
            } else {
                "nothing refers to it by name"
            };
            let headline = format!("`{word}` does not belong behind {}", with_article(kind));
            problems.push(
                Diagnostic::new(Code("E0218"), def.file.name(), span, headline, why)
                    .advice(format!("remove `{word} ...`")),
            );
        } else if let Clause::Retired(literal) = clause
            && let Some(day) = super::literal::date(def.file, literal, problems)
        {
            scope.retired.insert(format!("{kind} {name}"), day);
        }
    }
}

/// Earlier names: one that is still in use, or claimed twice, is an error.
fn earlier(scope: &mut Scope<'_>, problems: &mut Problems) {
    let mut claimed: BTreeMap<(&'static str, String), String> = BTreeMap::new();
    for (kind, named) in &scope.definitions {
        for (name, def) in named {
            for clause in &def.node.clauses {
                let Clause::Was(word) = clause else { continue };
                let old = nfc(&word.text);
                if old == *name {
                    problems.push(
                        Diagnostic::new(
                            Code("E0206"),
                            def.file.name(),
                            word.span,
                            format!("`{old}` is its name today"),
                            "an earlier name is one that it no longer has",
                        )
                        .advice(format!("remove `was {old}`")),
                    );
                    continue;
                }
                let taken = if named.contains_key(&old) && !mutant!("was_may_be_taken") {
                    let place = scope.declared(kind, &old);
                    Some(format!("`{old}` still exists{place}"))
                } else {
                    let other = claimed.get(&(*kind, old.clone()));
                    other.map(|other| format!("`{other}` was `{old}` as well"))
                };
                match taken {
                    Some(why) => problems.push(was_taken(def.file, clause, &old, &why)),
                    None => {
                        claimed.insert((*kind, old), name.clone());
                    }
                }
            }
        }
    }
    scope.earlier = claimed;
}

/// An earlier name that something else has.
pub(crate) fn was_taken(file: &Source, clause: &Clause, old: &str, why: &str) -> Diagnostic {
    let span = match clause {
        Clause::Was(word) => word.span,
        Clause::Kept(duration) => duration.span,
        Clause::Retired(literal) => literal.span,
    };
    Diagnostic::new(
        Code("E0206"),
        file.name(),
        span,
        format!("the earlier name `{old}` is taken"),
        why,
    )
    .advice(format!("remove `was {old}`, or rename the other one"))
}

/// What names look like. A letter of ASCII looks the same wherever it stands, and is asked for once.
#[derive(Default)]
struct Looks(BTreeMap<char, String>);

impl Looks {
    fn of(&mut self, name: &str) -> String {
        if !name.is_ascii() {
            return unicode_security::skeleton(name).collect();
        }
        let mut look = String::with_capacity(name.len() + 4);
        for letter in name.chars() {
            let alone = || unicode_security::skeleton(letter.encode_utf8(&mut [0; 4])).collect();
            look.push_str(self.0.entry(letter).or_insert_with(alone));
        }
        look
    }
}

/// Names that differ only in capitals, or look alike.
fn similar(scope: &Scope<'_>, problems: &mut Problems) {
    for (kind, named) in &scope.definitions {
        if *kind == "scenario" {
            continue;
        }
        let mut seen: BTreeMap<String, &str> = BTreeMap::new();
        let mut looks = Looks::default();
        for (name, def) in named {
            let lower = name.to_lowercase();
            let look = looks.of(&lower);
            let look = if mutant!("look_is_not_compared") { lower.clone() } else { look };
            match seen.insert(look.to_lowercase(), name) {
                None => {}
                Some(other) => problems.push(
                    Diagnostic::new(
                        Code("W0201"),
                        def.file.name(),
                        def.name_span(),
                        if other.to_lowercase() == lower {
                            format!("`{name}` and `{other}` differ only in capitals")
                        } else {
                            format!("`{name}` and `{other}` look alike")
                        },
                        format!("they are two different names{}", scope.declared(kind, other)),
                    )
                    .advice("rename one of them"),
                ),
            }
        }
    }
}

/// What only a central folder may hold stands in one.
pub(crate) fn folders(scope: &Scope<'_>, problems: &mut Problems) {
    for kind in ["workspace", "purpose", "limits", "holdout", "require"] {
        for (_, def) in scope.definitions.get(kind).into_iter().flatten() {
            if scope.is_central(def.file) || mutant!("central_anywhere") {
                continue;
            }
            let folder = def.file.folder();
            let why = match scope.team_of(def.file) {
                Some(team) => format!("folder `{folder}` is the team `{}`'s", team.name),
                None => format!("folder `{folder}` belongs to no central team"),
            };
            problems.push(
                Diagnostic::new(
                    Code("E0208"),
                    def.file.name(),
                    def.node.kind.span,
                    format!("`{kind}` does not belong into this folder"),
                    format!("{why}, and what binds everyone stands in a central folder"),
                )
                .advice(
                    "move it to a file at the top, or to the folder of a team with `central: yes`",
                ),
            );
        }
    }
}

/// Names that stand in files the parser could not read whole: a reference to one is not reported again.
pub(crate) fn excuse_broken(scope: &mut Scope<'_>, source: &Source) {
    for line in source.text().lines() {
        let mut words = line.split_whitespace();
        let Some(kind) = words.next().and_then(|first| {
            let first = first.trim_end_matches('{');
            KINDS.into_iter().find(|kind| *kind == first)
        }) else {
            continue;
        };
        let name: String = words
            .next()
            .unwrap_or("")
            .chars()
            .take_while(|letter| letter.is_alphanumeric() || *letter == '_')
            .collect();
        let name = if NAMELESS.contains(&kind) { String::new() } else { nfc(&name) };
        let read = scope.definitions.get(kind).is_some_and(|named| named.contains_key(&name));
        if !read {
            scope.excused.insert((kind, name));
        }
    }
}
