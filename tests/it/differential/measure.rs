//! What the generator reached: without this a differential test may agree on nothing.

use std::collections::{BTreeMap, BTreeSet};

use onward::decision::{Stage, Truth};
use onward::machinery::index::{Options, Size};
use onward::syntax::ast::File;

use crate::reference::{Account, Fate, Why};

/// Counts over all worlds of a run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Measure {
    pub(crate) worlds: usize,
    pub(crate) pairs: usize,
    /// Worlds refused because lines exclude each other; they are not compared.
    pub(crate) contradictions: usize,
    requests: usize,
    answered: usize,
    tied: usize,
    by_unknown: usize,
    decided_by_unknown: usize,
    /// Of the requests, those whose answer the index found; those at a placement of more than one block of
    /// conjunctions; of more than the blocks that stand together; with more that pass than are shown.
    indexed: usize,
    blocks: usize,
    tail: usize,
    crowded: usize,
    largest: usize,
    /// Questions of scenarios.
    steps: usize,
    stories_answered: usize,
    fallbacks: usize,
    reasons: BTreeMap<String, usize>,
    fates: BTreeMap<&'static str, usize>,
    segments: BTreeMap<String, usize>,
    constructs: BTreeMap<String, usize>,
}

/// Conjunctions of one block.
const BLOCK: usize = 512;

/// Every construct that can be drawn, as its shape's path in the JSON form of the tree.
const CONSTRUCTS: &[&str] = &[
    "kind workspace",
    "kind team",
    "kind purpose",
    "kind product",
    "kind channel",
    "kind send_hours",
    "kind customer",
    "kind request",
    "kind segment",
    "kind model",
    "kind ranking",
    "kind action",
    "kind placement",
    "kind limits",
    "cap per duration",
    "cap per calendar",
    "cap per total",
    "cap sent",
    "cap shown",
    "cap on one",
    "cap on many",
    "cap together",
    "cap each",
    "pause",
    "kind require",
    "kind persona",
    "test is",
    "test is_not",
    "test is_known",
    "test is_unknown",
    "test compare >=",
    "test compare <=",
    "test compare >",
    "test compare <",
    "moment",
    "test in_list",
    "test not_in_list",
    "test in_range",
    "test not_in_range",
    "test within last",
    "test within next",
    "test not_within last",
    "test not_within next",
    "test has",
    "test has_any",
    "test has_all",
    "test lacks",
    "segment in",
    "segment not in",
    "block any",
    "block none",
    "block who",
    "block never",
    "block message",
    "if_unknown yes",
    "if_unknown no",
    "unit minute",
    "unit hour",
    "unit day",
    "unit week",
    "calendar day",
    "calendar week",
    "calendar month",
    "calendar quarter",
    "calendar year",
    "type yes_no",
    "type number",
    "type percent",
    "type money",
    "type one_of",
    "type some_of",
    "type text",
    "type code",
    "type date",
    "type time",
    "presence required",
    "presence optional",
    "presence default",
    "formula plus",
    "formula minus",
    "formula times",
    "formula divide",
    "formula min",
    "formula max",
    "formula group",
    "formula else",
    "choice first",
    "choice preferred",
    "clause was",
    "clause retired",
    "field was",
    "field retired",
    "personal data",
    "kind scenario",
    "act ask",
    "act shown",
    "act send",
    "act withdraw",
    "act grant",
    "expect sent",
    "expect nothing",
    "expect shown",
    "expect blocked",
    "changes of a persona",
    "field channel",
    "field channels",
    "field fallback",
    "field weight",
    "field dates",
    "field if_failed",
    "field send_hours",
    "field use",
    "field show",
    "field repeat",
    "field budget",
    "field purpose",
    "field action",
    "path request",
    "share line",
    "share owner",
    "share product",
    "share purpose",
    "share stage",
];

impl Measure {
    pub(crate) fn account(&mut self, account: &Account) {
        self.requests += 1;
        self.answered += usize::from(!account.answer.is_empty());
        self.tied += usize::from(account.tied);
        self.by_unknown += usize::from(account.by_unknown);
        self.decided_by_unknown += usize::from(account.decided_by_unknown);
        self.fallbacks += usize::from(account.answer.iter().any(|hit| hit.fallback));
        if account.crowded {
            *self.reasons.entry("limits in the answer".to_owned()).or_default() += 1;
        }
        for fate in account.fates.values() {
            let word = match fate {
                Fate::Chosen(_) => "chosen",
                Fate::Outranked(..) => "outranked",
                Fate::Crowded(..) => "crowded",
                Fate::OtherChannel(_) => "other channel",
                Fate::Blocked(_) => "blocked",
            };
            *self.fates.entry(word).or_default() += 1;
            if let Fate::Blocked(whys) = fate {
                for why in whys {
                    let missing = if why.missing_required.is_some() { " missing" } else { "" };
                    let word = format!("{}{missing}", why.stage.word());
                    *self.reasons.entry(word).or_default() += 1;
                    if let (Stage::ContactPolicy, Some(name)) = (why.stage, &why.name) {
                        *self.reasons.entry(format!("limits {name}")).or_default() += 1;
                    }
                }
            }
        }
    }

    /// A question of a scenario.
    pub(crate) fn step(&mut self, account: &Account) {
        self.steps += 1;
        self.stories_answered += usize::from(!account.answer.is_empty());
    }

    /// A send of a scenario.
    pub(crate) fn sent(&mut self, why: &BTreeSet<Why>) {
        let word = if why.is_empty() { "a send goes out" } else { "a send is refused" };
        *self.reasons.entry(word.to_owned()).or_default() += 1;
    }

    /// What the index had to do for a request.
    pub(crate) fn index(&mut self, account: &Account, size: Option<Size>) {
        let Some(size) = size else { return };
        let stands = account.answer.iter().any(|hit| !hit.fallback);
        self.largest = self.largest.max(size.conjunctions);
        self.indexed += usize::from(stands);
        self.blocks += usize::from(stands && size.conjunctions > BLOCK);
        self.tail +=
            usize::from(stands && size.conjunctions > BLOCK * Options::default().head_blocks);
        let outranked = |fate: &&Fate| matches!(fate, Fate::Outranked(..));
        let left_out = account.fates.values().filter(outranked).count();
        self.crowded += usize::from(size.conjunctions > BLOCK && left_out > 3);
    }

    /// Answers that the index found where it has more blocks than stand together.
    pub(crate) fn beyond_the_head(&self) -> usize {
        self.tail
    }

    pub(crate) fn segment(&mut self, truth: Truth) {
        *self.segments.entry(format!("{truth:?}")).or_default() += 1;
    }

    /// Counts the constructs of some trees, in their JSON form.
    pub(crate) fn trees(&mut self, files: &[(String, File)]) {
        for (_, file) in files {
            let json = serde_json::to_value(file).unwrap();
            self.construct(&json);
        }
    }

    fn saw(&mut self, what: String) {
        *self.constructs.entry(what).or_default() += 1;
    }

    fn construct(&mut self, json: &serde_json::Value) {
        use serde_json::Value::{Array, Object, String as Text};
        let text = |it: &serde_json::Value| {
            it.get("text").or(Some(it)).and_then(|it| it.as_str()).unwrap_or("").to_owned()
        };
        match json {
            Array(all) => all.iter().for_each(|it| self.construct(it)),
            Object(map) => {
                for (key, inner) in map {
                    match (key.as_str(), inner) {
                        ("kind", Object(_)) => self.saw(format!("kind {}", text(inner))),
                        ("test", Text(word)) => self.saw(format!("test {word}")),
                        ("test", Object(test)) => {
                            for (word, asked) in test {
                                let more = match word.as_str() {
                                    "compare" => format!(" {}", asked[0].as_str().unwrap_or("")),
                                    "within" | "not_within" => {
                                        let next = asked.get("next").is_some();
                                        (if next { " next" } else { " last" }).to_owned()
                                    }
                                    _ => String::new(),
                                };
                                self.saw(format!("test {word}{more}"));
                            }
                        }
                        ("segment_test", _) => {
                            let negative = inner.get("negative").is_some();
                            let word = if negative { "segment not in" } else { "segment in" };
                            self.saw(word.to_owned());
                        }
                        ("heading", _) => self.saw(format!("block {}", text(&inner["word"]))),
                        ("answer", _) => self.saw(format!("if_unknown {}", text(inner))),
                        ("duration", _) => {
                            let unit = inner["unit"].as_str().unwrap_or("");
                            let calendar = inner.get("calendar").is_some();
                            let word = if calendar { "calendar" } else { "unit" };
                            self.saw(format!("{word} {unit}"));
                        }
                        ("base", Object(base)) => {
                            for (word, inner) in base {
                                let named = word == "named";
                                let word = if named { text(&inner[0]) } else { word.clone() };
                                self.saw(format!("type {word}"));
                            }
                        }
                        ("presence", Text(word)) => self.saw(format!("presence {word}")),
                        ("default", _) => self.saw("presence default".to_owned()),
                        ("sum" | "product", Array(parts)) => {
                            for step in parts[1].as_array().into_iter().flatten() {
                                let word = step[0].as_str().unwrap_or("");
                                self.saw(format!("formula {word}"));
                            }
                        }
                        ("operand", Array(parts)) if !parts[1].is_null() => {
                            self.saw("formula else".to_owned());
                        }
                        ("min" | "max" | "group", _) => self.saw(format!("formula {key}")),
                        ("how", Text(word)) => self.saw(format!("choice {word}")),
                        ("kind", Text(word)) if word == "moment" => self.saw("moment".to_owned()),
                        ("clauses", Array(all)) => {
                            let of = if map.contains_key("key") { "field" } else { "clause" };
                            for clause in all.iter().filter_map(|it| it.as_object()) {
                                let word = clause.keys().next().map_or("", String::as_str);
                                self.saw(format!("{of} {word}"));
                            }
                        }
                        ("per", Object(per)) => {
                            let word = per.get("word").map(text).unwrap_or_default();
                            self.saw(format!("share {word}"));
                        }
                        ("personal_data", _) => self.saw("personal data".to_owned()),
                        ("given", _) if inner.get("body").is_some() => {
                            self.saw("changes of a persona".to_owned());
                        }
                        ("act" | "expect", Text(word)) => self.saw(format!("{key} {word}")),
                        ("act" | "expect", Object(it)) => {
                            let word = it.keys().next().map_or("", String::as_str);
                            self.saw(format!("{key} {word}"));
                        }
                        ("cap", Object(cap)) => self.cap(cap),
                        ("pause", Object(it)) if it.contains_key("outcome") => {
                            self.saw("pause".to_owned());
                        }
                        ("key", _) => self.saw(format!("field {}", text(&inner["word"]))),
                        ("path", Array(parts)) => self.saw(format!("path {}", text(&parts[0]))),
                        _ => {}
                    }
                    self.construct(inner);
                }
            }
            _ => {}
        }
    }

    fn cap(&mut self, cap: &serde_json::Map<String, serde_json::Value>) {
        let per = match &cap["per"] {
            serde_json::Value::String(word) => word.clone(),
            other => other.as_object().and_then(|it| it.keys().next().cloned()).unwrap_or_default(),
        };
        self.saw(format!("cap per {per}"));
        if let Some(counted) = cap.get("counted").and_then(|it| it.as_str()) {
            self.saw(format!("cap {counted}"));
        }
        let Some(on) = cap.get("on") else { return };
        let how = on["channels"].as_object().and_then(|it| it.keys().next().cloned());
        self.saw(format!("cap on {}", how.unwrap_or_default()));
        if let Some(share) = on.get("share").and_then(|it| it.as_str()) {
            self.saw(format!("cap {share}"));
        }
    }

    /// Adds the counts of another thread.
    pub(crate) fn add(&mut self, other: Self) {
        self.worlds += other.worlds;
        self.pairs += other.pairs;
        self.contradictions += other.contradictions;
        self.requests += other.requests;
        self.answered += other.answered;
        self.tied += other.tied;
        self.by_unknown += other.by_unknown;
        self.decided_by_unknown += other.decided_by_unknown;
        self.indexed += other.indexed;
        self.blocks += other.blocks;
        self.tail += other.tail;
        self.crowded += other.crowded;
        self.largest = self.largest.max(other.largest);
        self.steps += other.steps;
        self.stories_answered += other.stories_answered;
        self.fallbacks += other.fallbacks;
        let add = |into: &mut BTreeMap<String, usize>, from: BTreeMap<String, usize>| {
            from.into_iter().for_each(|(key, count)| *into.entry(key).or_default() += count);
        };
        add(&mut self.reasons, other.reasons);
        add(&mut self.segments, other.segments);
        add(&mut self.constructs, other.constructs);
        for (key, count) in other.fates {
            *self.fates.entry(key).or_default() += count;
        }
    }

    /// The figures, for people.
    pub(crate) fn report(&self) -> String {
        let share = |count: usize| 100.0 * count as f64 / self.requests.max(1) as f64;
        let rarest = CONSTRUCTS
            .iter()
            .map(|word| (self.constructs.get(*word).copied().unwrap_or(0), *word))
            .min()
            .unwrap_or_default();
        format!(
            "{} rule sets ({} contradict themselves), {} rule-set x customer pairs, {} requests; answered {:.1} %, ties {:.1} %, \
             an unknown refuses {:.1} %, another answer without unknowns {:.1} %, fallbacks {:.1} %; \
             found by the index {:.1} %, over more than 512 conjunctions {}, over more than the head's {} (largest {}), with \
             more left out than shown {}; {} questions of scenarios, {} answered; \
             fates {:?}; reasons {:?}; segments {:?}; {} constructs, the rarest {:?}",
            self.worlds,
            self.contradictions,
            self.pairs,
            self.requests,
            share(self.answered),
            share(self.tied),
            share(self.by_unknown),
            share(self.decided_by_unknown),
            share(self.fallbacks),
            share(self.indexed),
            self.blocks,
            self.tail,
            self.largest,
            self.crowded,
            self.steps,
            self.stories_answered,
            self.fates,
            self.reasons,
            self.segments,
            CONSTRUCTS.len(),
            rarest,
        )
    }

    /// What a run must have reached to count.
    pub(crate) fn demand(&self) {
        let report = self.report();
        assert!(self.contradictions * 100 <= self.worlds, "too many contradictions: {report}");
        assert!(self.answered * 100 >= 20 * self.requests, "too few answers: {report}");
        assert!(self.tied * 100 >= 5 * self.requests, "too few ties: {report}");
        let unknowns = self.decided_by_unknown;
        assert!(unknowns * 100 >= 5 * self.requests, "too few unknowns that decide: {report}");
        assert!(self.indexed * 100 >= 20 * self.requests, "too little for the index: {report}");
        for (what, count) in [("blocks", self.blocks), ("crowded", self.crowded)] {
            assert!(count >= 50, "{what}: too few large placements: {report}");
        }
        assert!(self.steps >= 1000, "too few questions of scenarios: {report}");
        assert!(self.stories_answered * 5 >= self.steps, "too few are answered: {report}");
        assert!(self.fallbacks > 0, "no fallback: {report}");
        let wanted = [
            Stage::Dates,
            Stage::Who,
            Stage::Never,
            Stage::ContactPolicy,
            Stage::Consent,
            Stage::Hours,
            Stage::Content,
            Stage::Excluded,
            Stage::Paused,
        ];
        let mut missing: BTreeSet<String> =
            wanted.iter().map(|stage| stage.word().to_owned()).collect();
        missing.insert("who missing".to_owned());
        missing.extend(
            [
                "limits repeat",
                "limits pressure",
                "limits in the answer",
                "a send goes out",
                "a send is refused",
            ]
            .map(str::to_owned),
        );
        missing.retain(|word| !self.reasons.contains_key(word));
        assert!(missing.is_empty(), "reasons never seen {missing:?}: {report}");
        assert_eq!(self.fates.len(), 5, "a fate never seen: {report}");
        assert_eq!(self.segments.len(), 3, "a truth of segments never seen: {report}");
        let unseen: Vec<&&str> =
            CONSTRUCTS.iter().filter(|word| !self.constructs.contains_key(**word)).collect();
        assert!(unseen.is_empty(), "constructs never seen: {unseen:?}");
    }
}
