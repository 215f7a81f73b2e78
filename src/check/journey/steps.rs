//! The steps of a journey: lines and blocks of `steps` and of every `path` become one table.
//!
//! In: the blocks of a journey. Out: a [`Table`]. First every line that stands for a step gets its place, then
//! each says where it goes; what an outcome does by itself (`finish`, `transfer`) becomes a step of its own
//! behind them. A place without anything behind it is reported once.

use std::collections::{BTreeMap, BTreeSet};

use super::super::content::is_headed;
use super::super::fields::name_text;
use super::super::rules::{Does, Ending, JourneyPath, Line, OnChange, Per, Step};
use super::super::scope::{Def, Problems, Scope};
use super::{Seat, graph, sends};
use crate::diagnostic::{Code, Diagnostic};
use crate::mutant::mutant;
use crate::syntax::ast::{Block, Item, Name, Outcome, Shape, Word};
use crate::syntax::{Span, print_item};

/// All steps of a journey.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) paths: Vec<JourneyPath>,
    pub(super) steps: Vec<Step>,
    pub(super) outcomes: Vec<String>,
    /// Where each step stands.
    pub(super) spans: Vec<Span>,
}

/// What a line of a path comes to.
#[derive(Clone, Copy, Debug)]
pub(super) enum Slot {
    /// A step of its own.
    Step(usize),
    /// `go to x`: the way on leads to the beginning of a path.
    Go(usize),
    /// Reported, or kept from being read.
    Broken,
}

/// A path while its steps are read.
struct Draft<'b> {
    name: String,
    span: Span,
    block: &'b Block,
    slots: Vec<Slot>,
    /// Whether it was said that nothing follows its last line.
    open_end: bool,
}

/// A step while its ways on are settled.
struct Unread {
    name: String,
    named: bool,
    path: usize,
    line: Line,
    span: Span,
    does: Option<Does>,
}

/// Reads the steps of one journey.
pub(super) struct Reader<'r, 'b, 'a> {
    pub(super) place: Seat<'r, 'a>,
    pub(super) longest: Option<i64>,
    pub(super) per: Option<Per>,
    paths: Vec<Draft<'b>>,
    index: BTreeMap<String, usize>,
    steps: Vec<Unread>,
    outcomes: Vec<String>,
    names: BTreeSet<String>,
    /// The last number that was given behind a name.
    numbers: BTreeMap<String, u32>,
    /// The steps that paths begin with, as far as they were looked for.
    begins: BTreeMap<usize, usize>,
    /// Whether something is missing from the table; it was reported.
    pub(super) broken: bool,
}

/// Where an outcome stands: its path, its line in it, and where to point at.
#[derive(Clone, Copy, Debug)]
pub(super) struct At {
    pub(super) path: usize,
    pub(super) line: usize,
    pub(super) span: Span,
}

/// The table; `None` where something in it could not be read, which is reported.
pub(super) fn table<'a>(
    def: Def<'a>,
    longest: Option<i64>,
    per: Option<Per>,
    on_change: Option<OnChange>,
    place: Seat<'_, 'a>,
    scope: &mut Scope<'a>,
    problems: &mut Problems,
) -> Option<Table> {
    let mut reader = Reader {
        place,
        longest,
        per,
        paths: Vec::new(),
        index: BTreeMap::new(),
        steps: Vec::new(),
        outcomes: Vec::new(),
        names: BTreeSet::new(),
        numbers: BTreeMap::new(),
        begins: BTreeMap::new(),
        broken: false,
    };
    reader.find_paths(def, problems);
    if reader.paths.first().is_none_or(|path| path.name != "steps") {
        let unread =
            def.node.body.items.iter().any(|item| matches!(item.shape, Shape::Unreadable(_)));
        if !unread {
            problems.push(
                Diagnostic::new(
                    Code("E1008"),
                    place.file.name(),
                    def.name_span(),
                    format!("journey `{}` has no steps", place.name),
                    "whoever entered it would stand nowhere",
                )
                .paste("steps { wait 2 hours, finish done }"),
            );
        }
        return None;
    }
    reader.label_names(problems);
    for path in 0..reader.paths.len() {
        reader.lay_out(path, on_change == Some(OnChange::Move), scope, problems);
    }
    for path in 0..reader.paths.len() {
        reader.settle_path(path, scope, problems);
    }
    reader.finish(scope, problems)
}

impl<'b, 'a: 'b> Reader<'_, 'b, 'a> {
    fn find_paths(&mut self, def: Def<'a>, problems: &mut Problems) {
        let blocks = || {
            def.node.body.items.iter().filter_map(|item| match &item.shape {
                Shape::Block(block) => Some((block, item.span)),
                _ => None,
            })
        };
        let mut found: Vec<(String, Span, &'a Block)> = Vec::new();
        if let Some((block, _)) = blocks().find(|(block, _)| is_headed(block, "steps")) {
            found.push(("steps".to_owned(), name_text(&block.heading).1, block));
        }
        // A second block `steps` was reported with the fields.
        let mut paths: Vec<(String, Span, &'a Block)> = Vec::new();
        for (block, _) in blocks().filter(|(block, _)| is_headed(block, "path")) {
            match &block.name {
                Some(Name::Word(word)) => paths.push((word.text.clone(), word.span, block)),
                _ => {
                    let span = name_text(&block.heading).1;
                    problems.push(
                        Diagnostic::new(
                            Code("E1009"),
                            self.place.file.name(),
                            span,
                            "this path has no name",
                            "other lines go to it by its name",
                        )
                        .paste("path vip_desk { finish called }"),
                    );
                    self.broken = true;
                }
            }
        }
        paths.sort_by(|a, b| (&a.0, a.1.start).cmp(&(&b.0, b.1.start)));
        found.extend(paths);
        for (name, span, block) in found {
            if let Some(first) = self.index.get(&name).and_then(|at| self.paths.get(*at)) {
                problems.push(
                    Diagnostic::new(
                        Code("E1009"),
                        self.place.file.name(),
                        span,
                        format!("path `{name}` exists twice"),
                        "a line that goes there could mean either",
                    )
                    .also(self.place.file.name(), first.span, "the first one")
                    .advice("rename one of them"),
                );
                self.broken = true;
                continue;
            }
            if block.body.items.is_empty() {
                problems.push(
                    Diagnostic::new(
                        Code("E0309"),
                        self.place.file.name(),
                        span,
                        format!("`{name}` has no lines"),
                        "whoever comes here would stand nowhere",
                    )
                    .paste("finish done"),
                );
                self.broken = true;
            }
            let open_end = block.body.items.is_empty();
            self.index.insert(name.clone(), self.paths.len());
            self.paths.push(Draft { name, span, block, slots: Vec::new(), open_end });
        }
    }

    /// The names that authors gave, so that none is given to another step.
    fn label_names(&mut self, problems: &mut Problems) {
        let mut first: BTreeMap<String, Span> = BTreeMap::new();
        let blocks: Vec<&'b Block> = self.paths.iter().map(|path| path.block).collect();
        for item in blocks.iter().flat_map(|block| &block.body.items) {
            let Some(label) = label(item) else { continue };
            if let Some(before) = first.get(&label.0) {
                problems.push(
                    Diagnostic::new(
                        Code("E1009"),
                        self.place.file.name(),
                        label.1,
                        format!("two steps are called `{}`", label.0),
                        "whoever stands there could stand on either",
                    )
                    .also(self.place.file.name(), *before, "the first one")
                    .advice("rename one of them"),
                );
                self.broken = true;
            } else {
                first.insert(label.0.clone(), label.1);
                self.names.insert(label.0);
            }
        }
    }

    /// A name that no other step has.
    fn free_name(&mut self, base: &str, numbered: bool) -> String {
        if !numbered && self.names.insert(base.to_owned()) {
            return base.to_owned();
        }
        // Counted on from the last one, so that thousands of a kind are named in their number's time.
        let mut number = self.numbers.get(base).copied().unwrap_or(u32::from(!numbered));
        let name = loop {
            number = number.saturating_add(1);
            let name = format!("{base}_{number}");
            if self.names.insert(name.clone()) {
                break name;
            }
        };
        self.numbers.insert(base.to_owned(), number);
        name
    }

    /// Gives every line of a path its place.
    fn lay_out(
        &mut self,
        path: usize,
        moves: bool,
        scope: &mut Scope<'a>,
        problems: &mut Problems,
    ) {
        let Some((name, block)) = self.paths.get(path).map(|p| (p.name.clone(), p.block)) else {
            return;
        };
        let prefix = if name == "steps" { String::new() } else { format!("{name}_") };
        for item in &block.body.items {
            let kind = match &item.shape {
                Shape::Wait(wait) => {
                    if wait.label.is_none() && moves && !mutant!("moved_waits_need_no_name") {
                        self.nameless_wait(item, problems);
                    }
                    Some("wait")
                }
                Shape::Send(_) => Some("send"),
                Shape::Block(block) if is_headed(block, "branch") && block.name.is_none() => {
                    Some("branch")
                }
                Shape::Block(block) if is_headed(block, "split") => Some("split"),
                Shape::Outcome(outcome) => match &**outcome {
                    Outcome::Finish(_) => Some("finish"),
                    Outcome::Transfer(..) => Some("transfer"),
                    Outcome::GoTo(_) => None,
                    Outcome::Continue | Outcome::Retry(..) => {
                        self.no_step(outcome, item, problems);
                        self.slot(path, Slot::Broken);
                        continue;
                    }
                },
                Shape::Unreadable(_) => {
                    self.broken = true;
                    self.slot(path, Slot::Broken);
                    continue;
                }
                _ => {
                    self.foreign(item, problems);
                    self.slot(path, Slot::Broken);
                    continue;
                }
            };
            if let Shape::Outcome(outcome) = &item.shape
                && let Outcome::GoTo(word) = &**outcome
            {
                let slot = match self.path_called(word, scope, problems) {
                    Some(to) => Slot::Go(to),
                    None => Slot::Broken,
                };
                self.slot(path, slot);
                continue;
            }
            let (name, named) = match (&item.shape, label(item)) {
                (_, Some((label, _))) => (label, true),
                (Shape::Send(send), None) => (self.free_name(&send.action.text, false), true),
                (Shape::Outcome(outcome), None) => (self.outcome_step_name(outcome), false),
                _ => (self.free_name(&format!("{prefix}{}", kind.unwrap_or("step")), true), false),
            };
            let line = scope.line(self.place.file, item.span, print_item(item));
            let number = self.push(Unread { name, named, path, line, span: item.span, does: None });
            self.slot(path, Slot::Step(number));
        }
    }

    fn outcome_step_name(&mut self, outcome: &Outcome) -> String {
        match outcome {
            Outcome::Finish(word) => self.free_name(&format!("finish_{}", word.text), false),
            Outcome::Transfer(word, _) => self.free_name(&format!("transfer_{}", word.text), false),
            _ => self.free_name("step", true),
        }
    }

    fn push(&mut self, step: Unread) -> usize {
        self.steps.push(step);
        self.steps.len() - 1
    }

    fn slot(&mut self, path: usize, slot: Slot) {
        if matches!(slot, Slot::Broken) {
            self.broken = true;
        }
        if let Some(path) = self.paths.get_mut(path) {
            path.slots.push(slot);
        }
    }

    fn nameless_wait(&mut self, item: &Item, problems: &mut Problems) {
        let text = self.place.file.text().get(item.span.range()).unwrap_or("wait 2 hours");
        let rest = text.strip_prefix("wait").unwrap_or(text).trim_start();
        let rest = rest.lines().next().unwrap_or("2 hours").to_owned();
        let at = Span { start: item.span.start, end: item.span.start + 4 };
        self.broken = true;
        problems.push(
            Diagnostic::new(
                Code("E1024"),
                self.place.file.name(),
                at,
                "this wait has no name",
                "`on_change: move` finds people again by the names of their waits",
            )
            .choice(
                format!("wait first_pause: {rest}"),
                at,
                "wait first_pause:".to_owned(),
            ),
        );
    }

    /// An outcome that is no step of its own.
    fn no_step(&mut self, outcome: &Outcome, item: &Item, problems: &mut Problems) {
        let (headline, why, advice) = match outcome {
            Outcome::Continue => (
                "`continue` does nothing here",
                "the next line comes next by itself",
                "remove this line, or end here with `finish done`",
            ),
            _ => (
                "only what is blocked is tried again",
                "there is nothing to be tried here",
                "write it behind the `if_blocked:` of a send",
            ),
        };
        problems.push(
            Diagnostic::new(Code("E1017"), self.place.file.name(), item.span, headline, why)
                .advice(advice),
        );
    }

    fn foreign(&mut self, item: &Item, problems: &mut Problems) {
        let span = match &item.shape {
            Shape::Block(block) => name_text(&block.heading).1,
            _ => item.span,
        };
        problems.push(
            Diagnostic::new(
                Code("E1008"),
                self.place.file.name(),
                span,
                "this line is no step",
                "here stand wait, send, branch, split, finish, go to and transfer",
            )
            .advice("move it out of the steps, or remove it"),
        );
    }

    /// Reads what every line of a path does.
    fn settle_path(&mut self, path: usize, scope: &mut Scope<'a>, problems: &mut Problems) {
        let Some(draft) = self.paths.get(path) else { return };
        let (block, slots) = (draft.block, draft.slots.clone());
        for (line, (item, slot)) in block.body.items.iter().zip(&slots).enumerate() {
            let Slot::Step(number) = slot else { continue };
            let at = At { path, line, span: item.span };
            let does = match &item.shape {
                Shape::Wait(wait) => sends::wait(self, wait, at, scope, problems),
                Shape::Send(send) => sends::send(self, send, at, scope, problems),
                Shape::Block(block) if is_headed(block, "branch") => {
                    sends::branch(self, block, at, scope, problems)
                }
                Shape::Block(block) => sends::split(self, block, at, scope, problems),
                Shape::Outcome(outcome) => self.ending(outcome, at, scope, problems),
                _ => None,
            };
            self.broken |= does.is_none();
            if let Some(step) = self.steps.get_mut(*number) {
                step.does = does;
            }
        }
    }

    /// `finish x` or `transfer to x`, as a step.
    fn ending(
        &mut self,
        outcome: &Outcome,
        at: At,
        scope: &mut Scope<'a>,
        problems: &mut Problems,
    ) -> Option<Does> {
        match outcome {
            Outcome::Finish(word) => self.finish_as(word, problems),
            Outcome::Transfer(word, body) => {
                sends::transfer(self, word, body.as_ref(), at, scope, problems)
            }
            _ => None,
        }
    }

    fn finish_as(&mut self, word: &Word, problems: &mut Problems) -> Option<Does> {
        let built_in = Ending::BUILT_IN.iter().any(|ending| ending.word(&[]) == word.text);
        if built_in && !mutant!("finish_may_take_a_built_in_name") {
            problems.push(
                Diagnostic::new(
                    Code("E1009"),
                    self.place.file.name(),
                    word.span,
                    format!("no outcome of your own can be called `{}`", word.text),
                    "runs end so by themselves, and reports could not tell the two apart",
                )
                .advice("another word, such as `finish done`"),
            );
            return None;
        }
        let known = self.outcomes.iter().position(|outcome| *outcome == word.text);
        let outcome = known.unwrap_or_else(|| {
            self.outcomes.push(word.text.clone());
            self.outcomes.len() - 1
        });
        Some(Does::Finish { outcome })
    }

    /// The step that an outcome leads to; `None` is reported.
    pub(super) fn outcome(
        &mut self,
        outcome: &Outcome,
        at: At,
        scope: &mut Scope<'a>,
        problems: &mut Problems,
    ) -> Option<usize> {
        match outcome {
            Outcome::Continue => self.behind(at, problems),
            Outcome::GoTo(word) => {
                let path = self.path_called(word, scope, problems)?;
                self.resolve(path, 0, word.span, problems)
            }
            Outcome::Finish(word) | Outcome::Transfer(word, _) => {
                let does = self.ending(outcome, at, scope, problems)?;
                let verb =
                    if matches!(outcome, Outcome::Finish(_)) { "finish" } else { "transfer to" };
                let line = scope.line(self.place.file, word.span, format!("{verb} {}", word.text));
                let name = self.outcome_step_name(outcome);
                let step = Unread {
                    name,
                    named: false,
                    path: at.path,
                    line,
                    span: word.span,
                    does: Some(does),
                };
                Some(self.push(step))
            }
            Outcome::Retry(duration, _) => {
                problems.push(
                    Diagnostic::new(
                        Code("E1017"),
                        self.place.file.name(),
                        duration.span,
                        "only what is blocked is tried again",
                        "there is nothing to be tried here",
                    )
                    .advice("write `retry` behind the `if_blocked:` of a send"),
                );
                None
            }
        }
    }

    fn path_called(
        &mut self,
        word: &Word,
        scope: &Scope<'a>,
        problems: &mut Problems,
    ) -> Option<usize> {
        if let Some(path) = self.index.get(&word.text) {
            return Some(*path);
        }
        let names: Vec<&str> = self.index.keys().map(String::as_str).collect();
        let headline = format!("there is no path `{}`", word.text);
        let file = self.place.file;
        let found =
            |why: String| Diagnostic::new(Code("E1010"), file.name(), word.span, &*headline, why);
        let is_journey =
            scope.definitions.get("journey").is_some_and(|all| all.contains_key(&word.text));
        problems.push(match scope.nearest(&word.text, &names) {
            _ if is_journey => {
                found("it is a journey, and people are transferred to it".to_owned())
                    .paste(format!("transfer to {} {{ if_already_in: stay }}", word.text))
            }
            Some(near) => found(format!("the closest is `{near}`")).fix(
                format!("go to {near}"),
                word.span,
                near,
            ),
            None => found("a path stands beside `steps`".to_owned())
                .paste(format!("path {} {{ finish done }}", word.text)),
        });
        self.broken = true;
        None
    }

    /// What comes behind a line.
    pub(super) fn behind(&mut self, at: At, problems: &mut Problems) -> Option<usize> {
        self.resolve(at.path, at.line + 1, at.span, problems)
    }

    /// The step at a line of a path, or what stands there leads to.
    fn resolve(
        &mut self,
        mut path: usize,
        mut line: usize,
        from: Span,
        problems: &mut Problems,
    ) -> Option<usize> {
        let mut seen = BTreeSet::new();
        loop {
            if line == 0
                && let Some(step) = self.begins.get(&path)
            {
                return Some(*step);
            }
            let draft = self.paths.get_mut(path)?;
            match draft.slots.get(line) {
                Some(Slot::Step(step)) => {
                    let step = *step;
                    // Long chains of `go to` are walked once.
                    let chain = seen.into_iter().filter(|(_, line)| *line == 0);
                    self.begins.extend(chain.map(|(path, _)| (path, step)));
                    return Some(step);
                }
                Some(Slot::Broken) => return None,
                Some(Slot::Go(to)) => {
                    if !seen.insert((path, line)) {
                        let names: Vec<String> = seen
                            .iter()
                            .filter_map(|(path, _)| self.paths.get(*path))
                            .map(|path| path.name.clone())
                            .collect();
                        // Said once, wherever one comes in.
                        if !self.broken {
                            problems.push(graph::no_pause(&names, from, self.place.file));
                        }
                        self.broken = true;
                        return None;
                    }
                    (path, line) = (*to, 0);
                }
                None => {
                    if !std::mem::replace(&mut draft.open_end, true) {
                        let last = draft.block.body.items.last().map_or(draft.span, |i| i.span);
                        let name = draft.name.clone();
                        problems.push(no_end(
                            &name,
                            first_line(last, self.place.file),
                            self.place.file,
                        ));
                    }
                    self.broken = true;
                    return None;
                }
            }
        }
    }

    /// The whole table, once nothing in it is open.
    fn finish(mut self, scope: &Scope<'a>, problems: &mut Problems) -> Option<Table> {
        let starts: Vec<Option<usize>> = (0..self.paths.len())
            .map(|path| {
                let from = self.paths.get(path).map_or_else(Span::default, |path| path.span);
                self.resolve(path, 0, from, problems)
            })
            .collect();
        if self.broken {
            return None;
        }
        let mut sorted = self.outcomes.clone();
        sorted.sort();
        let mut steps = Vec::with_capacity(self.steps.len());
        let mut spans = Vec::with_capacity(self.steps.len());
        for step in self.steps {
            let mut does = step.does?;
            if let Does::Finish { outcome } = &mut does {
                let name = self.outcomes.get(*outcome)?;
                *outcome = sorted.binary_search(name).ok()?;
            }
            spans.push(step.span);
            let (name, named, path, line) = (step.name, step.named, step.path, step.line);
            steps.push(Step { name, named, path, does, reaches: Vec::new(), line });
        }
        let mut paths = Vec::with_capacity(self.paths.len());
        for (path, first) in self.paths.iter().zip(starts) {
            let line = scope.line(self.place.file, path.span, format!("path {}", path.name));
            paths.push(JourneyPath { name: path.name.clone(), first: first?, line });
        }
        let mut table = Table { paths, steps, outcomes: sorted, spans };
        let blocks: Vec<(&Block, &[Slot])> =
            self.paths.iter().map(|path| (path.block, path.slots.as_slice())).collect();
        graph::check(&mut table, &blocks, self.longest, self.place, problems)?;
        Some(table)
    }
}

/// The name that an author gave a wait or a split.
fn label(item: &Item) -> Option<(String, Span)> {
    match &item.shape {
        Shape::Wait(wait) => wait.label.as_ref().map(|word| (word.text.clone(), word.span)),
        Shape::Block(block) if is_headed(block, "split") => match &block.name {
            Some(Name::Word(word)) => Some((word.text.clone(), word.span)),
            _ => None,
        },
        _ => None,
    }
}

/// A place as far as its first line goes.
pub(super) fn first_line(span: Span, file: &crate::syntax::Source) -> Span {
    let text = file.text().get(span.range()).unwrap_or("");
    let line = text.lines().next().unwrap_or("").trim_end();
    let line = line.trim_end_matches('{').trim_end();
    Span::new(span.start as usize, span.start as usize + line.len())
}

fn no_end(name: &str, span: Span, file: &crate::syntax::Source) -> Diagnostic {
    let what = if name == "steps" { "`steps`".to_owned() } else { format!("path `{name}`") };
    Diagnostic::new(
        Code("E1014"),
        file.name(),
        span,
        format!("nothing comes behind the last line of {what}"),
        "whoever gets here would stand nowhere, and no report could say how it ended",
    )
    .paste("finish done")
}
