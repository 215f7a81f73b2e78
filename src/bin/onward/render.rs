//! Problems, drawn for people (`human`), said in sentences (`plain`, for screen readers), or as data (`json`).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use clap::ValueEnum;
use onward::Source;
use onward::diagnostic::{Diagnostic, Diagnostics, Label, LineIndex, Place, Severity, source_of};
use serde_json::{Value, json};

use crate::out::{self, Run, tame};

/// How problems are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// The line with the mark under it.
    Human,
    /// Full sentences without drawings, one problem per line.
    Plain,
    /// One array: code, severity, headline, why, file, start, end, span, others, notes, help, fixes.
    Json,
}

/// Longer lines, and texts over more lines, are named but not drawn.
const DRAWN_LINE: usize = 240;
const DRAWN_LINES: u32 = 24;
/// Problems drawn, errors before warnings; all are counted, and the other forms give all.
const DRAWN: usize = 200;

/// Prints all problems to standard output and their number to standard error.
pub(crate) fn print(found: &Diagnostics, sources: &[Source], format: Format) -> Run<()> {
    let text = render(found, sources, format);
    if !text.is_empty() {
        out::print(&text)?;
    }
    if format != Format::Json {
        tell_count(found, format);
    }
    Ok(())
}

/// Prints all problems, and their number, to standard error.
pub(crate) fn complain(found: &Diagnostics, sources: &[Source], format: Format) {
    out::tell(render(found, sources, format).trim_end());
    tell_count(found, format);
}

fn tell_count(found: &Diagnostics, format: Format) {
    let errors = found.iter().filter(|one| one.severity == Severity::Error).count();
    let warnings = found.len() - errors;
    match (errors, warnings) {
        (0, 0) => {}
        (0, _) => out::tell(&out::count(warnings, "warning")),
        (_, 0) => out::tell(&out::count(errors, "error")),
        _ => out::tell(&format!(
            "{}, {}",
            out::count(errors, "error"),
            out::count(warnings, "warning")
        )),
    }
    if format == Format::Human && found.len() > DRAWN {
        out::tell(&format!("{DRAWN} of them are shown; `--format plain` gives all"));
    }
}

/// As text, colours included in `human`.
pub(crate) fn render(found: &Diagnostics, sources: &[Source], format: Format) -> String {
    let touched: BTreeSet<&str> = found.iter().flat_map(files).collect();
    let texts: Texts<'_> = sources
        .iter()
        .filter(|source| touched.contains(source.name()))
        .map(|source| (source.name(), LineIndex::new(source.text())))
        .collect();
    match format {
        Format::Human => drawn(found).map(|one| human(one, sources, &texts) + "\n\n").collect(),
        Format::Plain => found.iter().map(|one| plain(one, &texts) + "\n").collect(),
        Format::Json => {
            let all: Vec<Value> = found.iter().map(|one| as_json(one, &texts)).collect();
            serde_json::to_string_pretty(&all).unwrap_or_default() + "\n"
        }
    }
}

type Texts<'a> = BTreeMap<&'a str, LineIndex<'a>>;

fn files(found: &Diagnostic) -> impl Iterator<Item = &str> {
    std::iter::once(&found.primary).chain(&found.others).map(|label| label.file.as_str())
}

/// The problems that are drawn, in their order: warnings only where the errors leave room.
fn drawn(found: &Diagnostics) -> impl Iterator<Item = &Diagnostic> {
    let errors = found.iter().filter(|one| one.severity == Severity::Error).count().min(DRAWN);
    let mut room = (errors, DRAWN - errors);
    found.iter().filter(move |one| {
        let room = if one.severity == Severity::Error { &mut room.0 } else { &mut room.1 };
        let fits = *room > 0;
        *room = room.saturating_sub(1);
        fits
    })
}

fn places(label: &Label, texts: &Texts<'_>) -> Option<(Place, Place)> {
    let index = texts.get(label.file.as_str())?;
    let range = label.span.range();
    Some((index.place(range.start), index.place(range.end.max(range.start))))
}

fn level(found: &Diagnostic) -> Level<'static> {
    match found.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    }
}

/// The joiner in emoji such as an astronaut. The drawing leaves it out of source lines, because terminals
/// disagree on how wide a joined emoji is and the mark must stand under its word. A headline or a fix must keep
/// it, or what is pasted is another text.
const JOINER: char = '\u{200d}';
/// Stands for the joiner while the drawing is made: a character that means nothing to anybody.
const JOINER_KEPT: char = '\u{10fffd}';

fn human(found: &Diagnostic, sources: &[Source], texts: &Texts<'_>) -> String {
    let joined =
        |text: &mut String| *text = text.replace(JOINER, JOINER_KEPT.encode_utf8(&mut [0; 4]));
    let mut found = found.clone();
    joined(&mut found.headline);
    found.notes.iter_mut().for_each(joined);
    found.help.iter_mut().for_each(joined);
    found.fixes.iter_mut().for_each(|fix| joined(&mut fix.paste));
    let labels = std::iter::once(&mut found.primary).chain(&mut found.others);
    labels.for_each(|label| joined(&mut label.text));
    let drawn = draw(&found, sources, texts);
    drawn.replace(JOINER_KEPT, JOINER.encode_utf8(&mut [0; 4]))
}

fn draw<'a>(found: &'a Diagnostic, sources: &'a [Source], texts: &'a Texts<'a>) -> String {
    let primary = drawing(&found.primary, sources, texts);
    let mut group =
        Group::with_title(level(found).primary_title(found.headline.as_str()).id(found.code.0));
    // Labels of one file near each other share a drawing; the others have their own.
    let mut apart = Vec::new();
    match primary {
        Some(mut part) => {
            for other in &found.others {
                if !part.take_in(other, sources, texts) {
                    apart.push(other);
                }
            }
            group = group.element(part.snippet());
        }
        None => {
            group = group.element(origin(&found.primary, texts));
            if !found.primary.text.is_empty() {
                group = group
                    .element(Level::NOTE.with_name("why").message(found.primary.text.as_str()));
            }
            apart.extend(&found.others);
        }
    }
    for other in apart {
        match drawing(other, sources, texts) {
            Some(part) => group = group.element(part.context().snippet()),
            None => {
                group = group.element(origin(other, texts));
                if !other.text.is_empty() {
                    group = group.element(Level::NOTE.message(other.text.as_str()));
                }
            }
        }
    }
    for note in &found.notes {
        group = group.element(Level::NOTE.message(note.as_str()));
    }
    for help in &found.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    for fix in &found.fixes {
        group = group.element(Level::HELP.with_name("fix").message(fix.paste.as_str()));
    }
    Renderer::styled().term_width(usize::from(u16::MAX)).render(&[group])
}

fn origin(label: &Label, texts: &Texts<'_>) -> Origin<'static> {
    let origin = Origin::path(tame(&label.file));
    match places(label, texts) {
        Some((start, _)) => origin.line(start.line as usize).char_column(start.column as usize),
        None => origin,
    }
}

/// Some whole lines of one file, with marks.
struct Drawing<'a> {
    file: &'a str,
    text: &'a str,
    index: &'a LineIndex<'a>,
    first: u32,
    last: u32,
    marks: Vec<(std::ops::Range<usize>, &'a str, bool)>,
}

/// `None` where the place cannot be drawn: no such file, too many lines, lines too long.
fn drawing<'a>(
    label: &'a Label,
    sources: &'a [Source],
    texts: &'a Texts<'a>,
) -> Option<Drawing<'a>> {
    let source = source_of(sources, &label.file)?;
    let (start, end) = places(label, texts)?;
    if source.text().is_empty() || end.line - start.line > DRAWN_LINES {
        return None;
    }
    let lines = start.line..=end.line;
    let index = texts.get(label.file.as_str())?;
    if lines.clone().any(|line| index.line(line).len() > DRAWN_LINE) {
        return None;
    }
    let marks = vec![(label.span.range(), label.text.as_str(), true)];
    Some(Drawing {
        file: &label.file,
        text: source.text(),
        index,
        first: start.line,
        last: end.line,
        marks,
    })
}

impl<'a> Drawing<'a> {
    /// Marks another place too, if it is near enough.
    fn take_in(&mut self, label: &'a Label, sources: &'a [Source], texts: &'a Texts<'a>) -> bool {
        let near = |other: &Drawing<'_>| {
            other.file == self.file
                && other.first.abs_diff(self.first) <= DRAWN_LINES
                && (other.last < self.first || self.last < other.first || other.first == self.first)
        };
        match drawing(label, sources, texts).filter(near) {
            Some(other) => {
                self.first = self.first.min(other.first);
                self.last = self.last.max(other.last);
                self.marks.push((label.span.range(), label.text.as_str(), false));
                true
            }
            None => false,
        }
    }

    fn context(mut self) -> Self {
        for mark in &mut self.marks {
            mark.2 = false;
        }
        self
    }

    fn snippet(self) -> Snippet<'a, Annotation<'a>> {
        let (from, to) = (self.index.start(self.first), self.index.start(self.last + 1));
        let text = self.text.get(from..to).unwrap_or("");
        let inner = |at: usize| at.saturating_sub(from).min(text.len());
        let marks = self.marks.into_iter().map(|(range, label, primary)| {
            let kind = if primary { AnnotationKind::Primary } else { AnnotationKind::Context };
            let label = (!label.is_empty()).then_some(label);
            kind.span(inner(range.start)..inner(range.end.max(range.start))).label(label)
        });
        Snippet::source(text)
            .path(tame(self.file))
            .line_start(self.first as usize)
            .annotations(marks)
    }
}

fn plain(found: &Diagnostic, texts: &Texts<'_>) -> String {
    let word = match found.severity {
        Severity::Error => "Error",
        Severity::Warning => "Warning",
    };
    let mut out = format!(
        "{word} {} in {}: {}.",
        found.code,
        said_place(&found.primary, texts),
        found.headline
    );
    if !found.primary.text.is_empty() {
        let _ = write!(out, " Why: {}.", found.primary.text);
    }
    for other in &found.others {
        let _ = write!(out, " See also {}", said_place(other, texts));
        let _ =
            if other.text.is_empty() { write!(out, ".") } else { write!(out, ": {}.", other.text) };
    }
    for note in &found.notes {
        let _ = write!(out, " Note: {note}.");
    }
    for help in &found.help {
        let _ = write!(out, " Help: {help}.");
    }
    for (at, fix) in found.fixes.iter().enumerate() {
        let which = if at == 0 { "Fix" } else { "Or" };
        let _ = write!(
            out,
            " {which}: {}.",
            fix.paste.split('\n').map(str::trim).collect::<Vec<_>>().join(" ")
        );
    }
    tame(&out)
}

fn said_place(label: &Label, texts: &Texts<'_>) -> String {
    match places(label, texts) {
        Some((start, _)) => format!("{}, line {}, column {}", label.file, start.line, start.column),
        None => label.file.clone(),
    }
}

fn as_json(found: &Diagnostic, texts: &Texts<'_>) -> Value {
    let label = |label: &Label| {
        let range = label.span.range();
        let place = places(label, texts);
        json!({
            "file": label.file,
            "start": place.map(|(start, _)| start),
            "end": place.map(|(_, end)| end),
            "span": [range.start, range.end],
            "text": label.text,
        })
    };
    let mut one = json!({
        "code": found.code,
        "severity": found.severity,
        "headline": found.headline,
        "why": found.primary.text,
    });
    let place = label(&found.primary);
    if let (Some(one), Value::Object(place)) = (one.as_object_mut(), place) {
        one.extend(place.into_iter().filter(|(key, _)| key != "text"));
        one.insert("others".to_owned(), found.others.iter().map(label).collect());
        one.insert("notes".to_owned(), json!(found.notes));
        one.insert("help".to_owned(), json!(found.help));
        one.insert("fixes".to_owned(), json!(found.fixes));
    }
    one
}
