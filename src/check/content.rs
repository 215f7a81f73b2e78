//! Messages: every channel's texts, in every language of the workspace, with the same fields in each.
//!
//! In: the `message` blocks of one action and the content files among the sources. Out: [`Message`]s, sorted by
//! channel. Looks at places, languages, fields and files; placeholders are `template`'s, the price of a text
//! message is `sms`'s. Knows nothing of eligibility except which attributes `who` proves.

use std::collections::{BTreeMap, BTreeSet};

use super::nearest::{listed, nearest};
use super::rules::{Attribute, Content, Message, Piece, Template};
use super::scope::{Kind, Problems, Scope};
use super::sms;
use super::template::{Passage, template};
use crate::diagnostic::{Code, Diagnostic, source_of};
use crate::mutant::mutant;
use crate::syntax::ast::{Atom, Block, Item, Key, LiteralKind, Name, Shape, Text, Value};
use crate::syntax::{Source, Span};
use crate::value::Type;

/// Whose messages are read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Author<'t> {
    /// The rule file.
    pub(crate) file: &'t Source,
    /// The action's name.
    pub(crate) action: &'t str,
    /// `action NAME`, as references are recorded.
    pub(crate) user: &'t str,
    /// Attributes that `who` proves.
    pub(crate) known: &'t BTreeSet<usize>,
}

/// The text of a name and where it stands.
pub(crate) fn name_of(name: &Name) -> (String, Span) {
    match name {
        Name::Word(word) => (word.text.clone(), word.span),
        Name::Text(text) => (text.raw.clone(), text.span),
    }
}

/// Whether a block's heading is this one word.
pub(crate) fn is_headed(block: &Block, heading: &str) -> bool {
    matches!(&block.heading, Name::Word(word) if word.text == heading)
}

/// A language tag in the author's words where they are common: `French`, else the tag itself.
fn language_name(tag: &str) -> String {
    const NAMES: [(&str, &str); 20] = [
        ("ar", "Arabic"),
        ("cs", "Czech"),
        ("da", "Danish"),
        ("de", "German"),
        ("en", "English"),
        ("es", "Spanish"),
        ("fi", "Finnish"),
        ("fr", "French"),
        ("id", "Indonesian"),
        ("it", "Italian"),
        ("ja", "Japanese"),
        ("ko", "Korean"),
        ("nl", "Dutch"),
        ("no", "Norwegian"),
        ("pl", "Polish"),
        ("pt", "Portuguese"),
        ("sv", "Swedish"),
        ("th", "Thai"),
        ("tr", "Turkish"),
        ("zh", "Chinese"),
    ];
    NAMES
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(tag))
        .map_or_else(|| format!("`{tag}`"), |(_, name)| (*name).to_owned())
}

/// Reads the `message` blocks among `items`.
pub(crate) fn messages(
    items: &[Item],
    author: Author<'_>,
    scope: &mut Scope<'_>,
    problems: &mut Problems,
) -> Vec<Message> {
    let mut found: BTreeMap<usize, Message> = BTreeMap::new();
    let mut places: BTreeMap<usize, Span> = BTreeMap::new();
    for item in items {
        let Shape::Block(block) = &item.shape else { continue };
        if !is_headed(block, "message") {
            continue;
        }
        let heading = Span::new(item.span.start as usize, block.body.span.start as usize);
        let Some(Name::Word(word)) = &block.name else {
            problems.push(
                Diagnostic::new(
                    Code("E0611"),
                    author.file.name(),
                    trimmed(author.file, heading),
                    "this message does not say its channel",
                    "texts differ from channel to channel",
                )
                .paste("message email { en { subject: \"...\", body: \"...\" } }"),
            );
            continue;
        };
        let channel = scope.find(Kind::Channel, word, author.file, author.user, problems);
        let message = message(block, word.text.as_str(), word.span, author, scope, problems);
        let Some(channel) = channel else { continue };
        if let Some(first) = places.get(&channel) {
            twice(author.file, word.span, *first, &format!("message {}", word.text), problems);
            continue;
        }
        places.insert(channel, word.span);
        found.insert(channel, Message { channel, ..message });
    }
    found.into_values().collect()
}

fn trimmed(file: &Source, span: Span) -> Span {
    let text = file.text().get(span.range()).unwrap_or("");
    Span::new(span.start as usize, span.start as usize + text.trim_end().len())
}

fn twice(file: &Source, span: Span, first: Span, what: &str, problems: &mut Problems) {
    problems.push(
        Diagnostic::new(
            Code("E0609"),
            file.name(),
            span,
            format!("`{what}` stands twice here"),
            "only one of the two could reach the customer",
        )
        .also(file.name(), first, "the first one")
        .advice("remove one of the two"),
    );
}

/// What fields of messages are usually called.
const USUAL: [&str; 4] = ["banner", "body", "subject", "text"];

/// One language block, before the languages are compared.
struct InLanguage<'b> {
    tag: String,
    heading: Span,
    /// Not a language of the workspace, which is reported.
    foreign: bool,
    fields: BTreeMap<String, Template>,
    /// As the author wrote them, for a block to paste.
    written: Vec<(&'b str, &'b Value)>,
    /// Where each is named.
    places: BTreeMap<String, Span>,
    /// Fields that are there but could not be read.
    broken: BTreeSet<String>,
}

fn message(
    block: &Block,
    channel: &str,
    channel_span: Span,
    author: Author<'_>,
    scope: &mut Scope<'_>,
    problems: &mut Problems,
) -> Message {
    let mut required = BTreeSet::new();
    let mut languages: Vec<InLanguage<'_>> = Vec::new();
    let mut unreadable = false;
    for item in &block.body.items {
        match &item.shape {
            Shape::Block(inner) if inner.name.is_none() => {
                let (tag, heading) = name_of(&inner.heading);
                if let Some(first) =
                    languages.iter().find(|known| known.tag.eq_ignore_ascii_case(&tag))
                {
                    twice(author.file, heading, first.heading, &tag, problems);
                    continue;
                }
                let foreign = !serves_workspace(&tag, scope);
                if foreign {
                    foreign_language(&tag, heading, author, scope, problems);
                }
                let named = (tag, heading);
                let read =
                    in_language(inner, named, channel, author, &mut required, scope, problems);
                languages.push(InLanguage { foreign, ..read });
            }
            Shape::Unreadable(_) => unreadable = true,
            _ => problems.push(
                Diagnostic::new(
                    Code("E0611"),
                    author.file.name(),
                    item.span,
                    "this line stands outside any language",
                    "every text of a message belongs to one language",
                )
                .paste(format!(
                    "{} {{ {} }}",
                    scope.workspace.as_ref().and_then(|w| w.languages.first()).map_or("en", |l| l),
                    author.file.text().get(item.span.range()).unwrap_or("...")
                )),
            ),
        }
    }
    if !unreadable {
        let place = if languages.is_empty() { block.body.span } else { channel_span };
        missing_languages(&languages, channel, place, block, author, scope, problems);
        same_fields(&languages, channel, author, problems);
    }
    let mut contents: Vec<Content> = languages
        .into_iter()
        .map(|l| Content { language: l.tag, fields: l.fields.into_iter().collect() })
        .collect();
    contents.sort_by(|a, b| a.language.cmp(&b.language));
    Message { channel: 0, contents, required }
}

/// Whether the tag, or its base, is a language of the workspace.
fn serves_workspace(tag: &str, scope: &Scope<'_>) -> bool {
    let base = tag.split('-').next().unwrap_or(tag);
    scope.workspace.as_ref().is_none_or(|workspace| {
        let has = |t: &str| workspace.languages.iter().any(|l| l.eq_ignore_ascii_case(t));
        has(tag) || has(base)
    })
}

fn foreign_language(
    tag: &str,
    span: Span,
    author: Author<'_>,
    scope: &Scope<'_>,
    problems: &mut Problems,
) {
    let languages = scope.workspace.as_ref().map(|w| w.languages.join(", ")).unwrap_or_default();
    problems.push(
        Diagnostic::new(
            Code("E0610"),
            author.file.name(),
            span,
            format!("`{tag}` is not a language of the workspace"),
            format!("workspace languages are {languages}"),
        )
        .advice(format!("write one of {languages}, or add `{tag}` to `languages`")),
    );
}

fn in_language<'b>(
    block: &'b Block,
    (tag, heading): (String, Span),
    channel: &str,
    author: Author<'_>,
    required: &mut BTreeSet<usize>,
    scope: &mut Scope<'_>,
    problems: &mut Problems,
) -> InLanguage<'b> {
    let mut read = InLanguage {
        tag,
        heading,
        foreign: false,
        fields: BTreeMap::new(),
        written: Vec::new(),
        places: BTreeMap::new(),
        broken: BTreeSet::new(),
    };
    let mut places: BTreeMap<String, Span> = BTreeMap::new();
    let mut allowed_parts = 1;
    let mut text_span = None;
    for item in &block.body.items {
        let field = match &item.shape {
            Shape::Field(field) => field,
            Shape::Unreadable(_) => {
                read.broken.insert(String::new());
                continue;
            }
            _ => {
                wrong_field(author, item.span, problems);
                continue;
            }
        };
        let Key::Word(key) = &field.key else {
            wrong_field(author, item.span, problems);
            continue;
        };
        if let Some(first) = places.insert(key.text.clone(), key.span) {
            twice(author.file, key.span, first, &key.text, problems);
            continue;
        }
        if key.text == "parts" && channel == "sms" {
            match parts_of(&field.value) {
                Some(parts) => allowed_parts = parts,
                None => problems.push(
                    Diagnostic::new(
                        Code("E0611"),
                        author.file.name(),
                        item.span,
                        "`parts` is a whole number of messages",
                        "it says how many messages one text may be charged as",
                    )
                    .choice("parts: 2", item.span, "parts: 2"),
                ),
            }
            continue;
        }
        read.written.push((key.text.as_str(), &field.value));
        let before = problems.0.len();
        let made = match &field.value {
            Value::Atom(Atom::Text(text)) => {
                if key.text == "text" {
                    text_span = Some(text.span);
                }
                Some(template(
                    passage_of(author.file, text),
                    author.known,
                    required,
                    scope,
                    problems,
                ))
            }
            Value::File(reference) => content_file(reference, author, required, scope, problems),
            _ => {
                wrong_field(author, item.span, problems);
                None
            }
        };
        match made {
            Some(made) if problems.0.len() == before => {
                read.fields.insert(key.text.clone(), made);
            }
            Some(made) => {
                // Kept, so that a text with a broken placeholder is not also reported as missing.
                read.broken.insert(key.text.clone());
                read.fields.insert(key.text.clone(), made);
            }
            None => {
                read.broken.insert(key.text.clone());
            }
        }
    }
    read.places = places;
    if read.written.is_empty() && read.broken.is_empty() {
        problems.push(
            Diagnostic::new(
                Code("E0611"),
                author.file.name(),
                heading,
                format!("this {} message is empty", language_name(&read.tag)),
                "the customer would get nothing",
            )
            .paste(format!("{} {{ text: \"...\" }}", read.tag)),
        );
    }
    if channel == "sms"
        && let (Some(span), Some(text)) = (text_span, read.fields.get("text"))
        && !read.broken.contains("text")
    {
        too_long(text, span, &read.tag, allowed_parts, author, &scope.attributes, problems);
    }
    read
}

fn passage_of<'t>(file: &'t Source, text: &'t Text) -> Passage<'t> {
    Passage { file, text: &text.raw, start: text.span.start as usize + 1, content_file: false }
}

fn parts_of(value: &Value) -> Option<usize> {
    match value {
        Value::Atom(Atom::Literal(literal)) if literal.kind == LiteralKind::Number => {
            literal.raw.parse().ok().filter(|parts| (1..=255).contains(parts))
        }
        _ => None,
    }
}

fn wrong_field(author: Author<'_>, span: Span, problems: &mut Problems) {
    problems.push(
        Diagnostic::new(
            Code("E0611"),
            author.file.name(),
            span,
            "this is neither a text nor a file",
            "a line of a message is a name with a text between quotes or a content file",
        )
        .advice("text: \"...\", or body: file \"offer.html\""),
    );
}

/// The content file that `file "..."` names, among the sources.
fn content_file(
    reference: &Text,
    author: Author<'_>,
    required: &mut BTreeSet<usize>,
    scope: &mut Scope<'_>,
    problems: &mut Problems,
) -> Option<Template> {
    let report = |headline: String, why: String| {
        Diagnostic::new(Code("E0606"), author.file.name(), reference.span, headline, why)
    };
    let Some(path) = author.file.resolve(&reference.raw) else {
        problems.push(
            report(
                format!("`{}` does not lie in the workspace", reference.raw),
                "content is read from the workspace's own folder, with `/` between folders"
                    .to_owned(),
            )
            .advice("file \"offer.en.html\", beside this rule file"),
        );
        return None;
    };
    if let Some(ending) = data_ending(&path) {
        problems.push(
            report(
                format!("`{path}` is data, not content"),
                format!(
                    "files ending in {} lie beside the rules and are not read as content",
                    DATA_ENDINGS.join(", ")
                ),
            )
            .advice(format!("give it another ending than .{ending}, such as .txt or .html")),
        );
        return None;
    }
    let sources = scope.sources;
    let Some(source) = source_of(sources, &path) else {
        let mut problem = report(
            format!("there is no file `{path}`"),
            "names of files are taken from the folder of this rule file".to_owned(),
        );
        if let Some(near) = nearest_file(sources, author.file, &path) {
            problem.primary.text = format!("the closest is `{near}`");
            let right = format!("\"{near}\"");
            problem = problem.choice(format!("file {right}"), reference.span, right);
        } else {
            problem = problem.advice(format!("put the file at `{path}`"));
        }
        problems.push(problem);
        return None;
    };
    if path.ends_with(".journey") {
        problems.push(
            report(
                format!("`{path}` is a rule file"),
                "rules are not for customers to read".to_owned(),
            )
            .advice("file \"offer.en.html\""),
        );
        return None;
    }
    let most = scope.context.limits.content_bytes;
    let utf8 = "save it as UTF-8".to_owned();
    let broken = match source.bad_utf8_at() {
        Some(at) => Some((
            at,
            "this file is not UTF-8",
            "the customer would get broken content".into(),
            utf8,
        )),
        None if source.is_refused() || source.bytes() > most => Some((
            0,
            "this file is too large",
            format!("it has {} bytes, and content may have {most}", source.bytes()),
            "make it smaller, or cut it into several files".to_owned(),
        )),
        None => None,
    };
    if let Some((at, headline, why, way_out)) = broken {
        problems.push(
            Diagnostic::new(Code("E0607"), source.name(), Span::new(at, at), headline, why)
                .also(author.file.name(), reference.span, "named here")
                .advice(way_out),
        );
        return None;
    }
    let passage = Passage { file: source, text: source.text(), start: 0, content_file: true };
    Some(template(passage, author.known, required, scope, problems))
}

/// Endings of files that lie beside the rules and are never content: mappings, data, scripts.
pub const DATA_ENDINGS: [&str; 5] = ["toml", "jsonl", "csv", "gz", "rhai"];

fn data_ending(path: &str) -> Option<&'static str> {
    let (_, ending) = path.rsplit('/').next()?.rsplit_once('.')?;
    DATA_ENDINGS.into_iter().find(|known| ending.eq_ignore_ascii_case(known))
}

/// The content file whose path is most like `path`, as a reference from `from`'s folder.
fn nearest_file(sources: &[Source], from: &Source, path: &str) -> Option<String> {
    let close = |name: &str| strsim::damerau_levenshtein(name, path);
    let best = sources
        .iter()
        .map(Source::name)
        .filter(|name| !name.ends_with(".journey") && close(name) <= path.len().div_ceil(3).max(2))
        .min_by_key(|name| (close(name), (*name).to_owned()))?;
    let folder = from.folder();
    let inside =
        if folder.is_empty() { Some(best) } else { best.strip_prefix(folder)?.strip_prefix('/') };
    inside.map(str::to_owned)
}

fn missing_languages(
    there: &[InLanguage<'_>],
    channel: &str,
    place: Span,
    block: &Block,
    author: Author<'_>,
    scope: &Scope<'_>,
    problems: &mut Problems,
) {
    let Some(workspace) = &scope.workspace else { return };
    let missing: Vec<&String> = workspace
        .languages
        .iter()
        .filter(|language| {
            let there = there.iter().any(|l| l.tag.eq_ignore_ascii_case(language));
            let last = workspace.languages.last() == Some(language);
            !(there || last && mutant!("last_language_may_be_missing"))
        })
        .collect();
    if !missing.is_empty() {
        let blocks: Vec<String> =
            missing.iter().map(|language| block_to_paste(language, there.first())).collect();
        let names: Vec<String> = missing.iter().map(|language| language_name(language)).collect();
        let joint = if block.body.one_line { ", " } else { "\n" };
        let paste = blocks.join(joint);
        let end = block.body.span.end.saturating_sub(1) as usize;
        let separator = if there.is_empty() || !block.body.one_line { "" } else { ", " };
        let text =
            if block.body.one_line { format!("{separator}{paste} ") } else { format!("{paste}\n") };
        // Before the blank in front of the closing brace, so that the comma follows the last block.
        let at = if block.body.one_line && !there.is_empty() {
            let before = author.file.text().get(..end).unwrap_or("");
            before.trim_end().len()
        } else {
            end
        };
        problems.push(
            Diagnostic::new(
                Code("E0602"),
                author.file.name(),
                place,
                format!("`{}` has no {} `{channel}`", author.action, listed(&names, "or")),
                format!("workspace languages are {}", workspace.languages.join(", ")),
            )
            .choice(blocks.join("\n"), Span::new(at, at), text),
        );
    }
}

/// `fr { subject: "...", body: file "fibre.fr.html" }`, after the block that is there.
fn block_to_paste(language: &str, model: Option<&InLanguage<'_>>) -> String {
    let heading = if language.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        language.to_owned()
    } else {
        format!("\"{language}\"")
    };
    let fields: Vec<String> = model.map_or_else(
        || vec!["text: \"...\"".to_owned()],
        |model| {
            model
                .written
                .iter()
                .map(|(key, value)| match value {
                    Value::File(text) => {
                        let own = format!(".{}.", model.tag);
                        let file = text.raw.replace(&own, &format!(".{language}."));
                        format!("{key}: file \"{file}\"")
                    }
                    _ => format!("{key}: \"...\""),
                })
                .collect()
        },
    );
    format!("{heading} {{ {} }}", fields.join(", "))
}

/// Fields that one language alone has, and whose name is nearly that of a field of all the others: each is
/// reported, and neither is taken as missing.
fn misspelt_fields(
    languages: &[InLanguage<'_>],
    author: Author<'_>,
    problems: &mut Problems,
) -> BTreeSet<String> {
    let mut misspelt = BTreeSet::new();
    let has =
        |language: &InLanguage<'_>, key: &str| language.written.iter().any(|(k, _)| *k == key);
    for language in languages {
        let others: Vec<&InLanguage<'_>> =
            languages.iter().filter(|other| other.tag != language.tag).collect();
        let Some(model) = others.first() else { continue };
        for (key, _) in &language.written {
            if USUAL.contains(key) || others.iter().any(|other| has(other, key)) {
                continue;
            }
            let common = model.written.iter().map(|(key, _)| *key).filter(|common| {
                !has(language, common) && others.iter().all(|other| has(other, common))
            });
            let Some(near) = nearest(key, common) else { continue };
            // Of two languages neither is right by number: then the usual names are.
            if others.len() == 1 && !USUAL.contains(&near) && misspelt.contains(near) {
                continue;
            }
            let Some(span) = language.places.get(*key).copied() else { continue };
            misspelt.insert((*key).to_owned());
            problems.push(
                Diagnostic::new(
                    Code("E0603"),
                    author.file.name(),
                    span,
                    format!("only {} has a field `{key}`", language_name(&language.tag)),
                    format!("the closest that the other languages have is `{near}`"),
                )
                .choice(format!("{near}: \"...\""), span, near),
            );
        }
    }
    misspelt
}

fn same_fields(
    languages: &[InLanguage<'_>],
    channel: &str,
    author: Author<'_>,
    problems: &mut Problems,
) {
    if languages.iter().any(|l| l.broken.contains("")) {
        return;
    }
    let mut first_with: BTreeMap<&str, &InLanguage<'_>> = BTreeMap::new();
    for language in languages {
        for (key, _) in &language.written {
            first_with.entry(key).or_insert(language);
        }
    }
    let misspelt = misspelt_fields(languages, author, problems);
    for language in languages.iter().filter(|l| !l.written.is_empty() && !l.foreign) {
        for (key, other) in &first_with {
            let own = language.written.iter().any(|(own, _)| own == key);
            if own || misspelt.contains(*key) {
                continue;
            }
            // What stands under a misspelt name is not missing.
            let meant = |(own, _): &(&str, &Value)| {
                misspelt.contains(*own) && nearest(own, [*key]).is_some()
            };
            if language.written.iter().any(meant) {
                continue;
            }
            let place = author.file.name();
            problems.push(
                Diagnostic::new(
                    Code("E0603"),
                    place,
                    language.heading,
                    format!("the {} `{channel}` has no `{key}`", language_name(&language.tag)),
                    format!(
                        "the {} one has it, and both must look alike",
                        language_name(&other.tag)
                    ),
                )
                .also(place, other.heading, format!("`{key}` stands in this one"))
                .paste(format!("{key}: \"...\"")),
            );
        }
    }
}

/// What a placeholder can become, or one text of the length that is guessed.
fn values_of(attribute: &Attribute) -> (Vec<String>, Option<String>) {
    let guess = |length: usize| {
        let note = format!("`{}` is taken as {length} characters", attribute.name);
        (vec!["x".repeat(length)], Some(note))
    };
    let one = |text: &str| (vec![text.to_owned()], None);
    match &attribute.kind {
        Type::OneOf(values) => (values.clone(), None),
        Type::SomeOf(values) => (vec![values.join(", ")], None),
        Type::Date => one("2026-10-01"),
        Type::Time => one("2026-10-01T09:30:00Z"),
        Type::YesNo => one("yes"),
        Type::Percent { .. } => guess(5),
        Type::Number { .. } => guess(8),
        Type::Money { currency, range: Some((low, high)) } => {
            (vec![currency.show(*low), currency.show(*high)], None)
        }
        Type::Money { .. } => guess(14),
        Type::Text | Type::Code => guess(20),
    }
}

/// The dearest of some texts: one outside the short alphabet first, then the longest.
fn longest_of(texts: impl Iterator<Item = String>) -> String {
    texts.max_by_key(|text| (!sms::is_short(text), text.encode_utf16().count())).unwrap_or_default()
}

/// The text as the customer gets it who is charged most, and what had to be guessed for that.
///
/// One value outside the short alphabet makes the whole text dear, and the others may still be the longest
/// there are: so each piece in turn is the foreign one.
fn dearest(text: &Template, attributes: &[Attribute]) -> (String, BTreeSet<String>) {
    const TRIED: usize = 16;
    let mut notes = BTreeSet::new();
    let mut pieces: Vec<(String, String)> = Vec::new();
    for piece in text {
        match piece {
            Piece::Text(text) => pieces.push((text.clone(), text.clone())),
            Piece::Attribute { attribute, otherwise } => {
                let Some(attribute) = attributes.get(*attribute) else { continue };
                let (values, note) = values_of(attribute);
                notes.extend(note);
                let all = || values.iter().cloned().chain(otherwise.clone());
                let longest = all().max_by_key(|v| v.encode_utf16().count()).unwrap_or_default();
                pieces.push((longest, longest_of(all())));
            }
        }
    }
    let foreign = (0..pieces.len()).filter(|at| pieces.get(*at).is_some_and(|(a, b)| a != b));
    std::iter::once(pieces.len())
        .chain(foreign.take(TRIED))
        .map(|foreign| {
            let each = pieces.iter().enumerate();
            each.map(|(at, (long, dear))| if at == foreign { &**dear } else { &**long })
                .collect::<String>()
        })
        .max_by_key(|full| sms::parts(full).parts)
        .map_or((String::new(), BTreeSet::new()), |full| (full, notes))
}

fn too_long(
    text: &Template,
    span: Span,
    tag: &str,
    allowed: usize,
    author: Author<'_>,
    attributes: &[Attribute],
    problems: &mut Problems,
) {
    let (full, notes) = dearest(text, attributes);
    let filled = text.iter().any(|piece| matches!(piece, Piece::Attribute { .. }));
    let cost = sms::parts(&full);
    if cost.parts <= allowed {
        return;
    }
    let (single, each) = cost.room();
    let longest = if filled { " with the longest values" } else { "" };
    let why = match cost.odd {
        Some(odd) => {
            format!("{} characters{longest}, and `{odd}` cuts each part to {each}", cost.characters)
        }
        None => match cost.double {
            // Or the author counts less than a message holds, and wonders.
            Some(double) => format!(
                "{} characters{longest}, {double} counted twice, and each part holds {each}",
                cost.units
            ),
            None => format!("{} characters{longest}, and each part holds {each}", cost.characters),
        },
    };
    let mut problem = Diagnostic::new(
        Code("E0608"),
        author.file.name(),
        span,
        format!("this text is charged as {} messages in {}", cost.parts, language_name(tag)),
        why,
    );
    if let Some(odd) = cost.odd {
        let plain: String = full.chars().filter(|c| sms::is_short(&c.to_string())).collect();
        let parts = sms::parts(&plain).parts;
        let unit = if parts == 1 { "part" } else { "parts" };
        problem = problem.advice(format!("drop `{odd}` and its like ({parts} {unit})"));
    }
    problem = problem.advice(format!("shorten to {single} characters"));
    let after = Span::new(span.end as usize, span.end as usize);
    let accept = format!("parts: {}", cost.parts);
    problem = if allowed == 1 {
        problem.choice(accept.clone(), after, format!(", {accept}"))
    } else {
        problem.paste(accept)
    };
    for note in notes {
        problem = problem.note(note);
    }
    problems.push(problem);
}
