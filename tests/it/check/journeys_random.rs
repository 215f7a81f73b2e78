//! Random journeys, good and broken: never a panic, the formatter changes nothing, and what checks cleanly keeps what
//! the typed rules promise to whoever plays them.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::time::{Duration, Instant};

use onward::Source;
use onward::check::Rules;
use onward::check::rules::{Does, Journey, Until};
use onward::map::{Format, draw};
use onward::syntax::{Limits, parse, print};

use super::journeys::on_shop;

/// A small generator of its own: the same number, the same journey; a tidy one makes hardly a mistake.
struct Dice(u64, bool);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[usize::try_from(self.below(of.len() as u64)).unwrap()]
    }

    fn outcome(&mut self) -> String {
        match self.below(if self.1 { 10 } else { 12 }) {
            0..4 => "continue".into(),
            4..7 => format!("finish {}", self.one(&["done", "late", "capped"])),
            7..10 => format!("go to {}", self.one(&["one", "two", "steps"])),
            10 => format!(
                "transfer to {} {{ if_already_in: {} }}",
                self.one(&["j0", "j1"]),
                self.one(&["stay", "restart", "refuse"])
            ),
            _ => self
                .one(&["retry for 2 hours then continue", "go to nowhere", "finish goal"])
                .into(),
        }
    }

    fn condition(&mut self) -> &'static str {
        let all = [
            "vip is yes",
            "entry.value >= EUR 3",
            "in segment lapsed",
            "count of purchase in the last 3 days >= 1",
            "{ vip is no, open_complaints >= 1 }",
            "entry.note is x",
            "nothing is yes",
        ];
        self.one(&all[..if self.1 { 5 } else { 7 }])
    }

    fn line(&mut self) -> String {
        let tidy = self.1;
        match self.below(if tidy { 11 } else { 14 }) {
            0 | 1 => {
                let units = ["minutes", "hours", "days"];
                format!(
                    "wait {} {}",
                    1 + self.below(40),
                    self.one(&units[..if tidy { 2 } else { 3 }])
                )
            }
            2 => {
                let whens = ["09:00", "monday 09:00", "2026-12-24", "entry.due", "contract_end"];
                format!("wait until {}", self.one(&whens[..if tidy { 4 } else { 5 }]))
            }
            3 | 4 => format!(
                "wait up to {} hours for {} {{ if_seen: {}, if_not: {} }}",
                1 + self.below(30),
                if tidy { "cart_opened" } else { self.one(&["cart_opened", "shipped"]) },
                self.outcome(),
                self.outcome()
            ),
            5..8 => {
                let blocked = if self.below(3) == 0 {
                    "retry for 3 hours then continue".into()
                } else {
                    self.outcome()
                };
                let by = if tidy { "email" } else { self.one(&["email", "first of [email, web]"]) };
                let action = self.one(&["voucher", "reminder", "notice"]);
                format!("send {action} by {by} {{ if_blocked: {blocked} }}")
            }
            8 | 9 => format!(
                "branch {{ when {}: {}, otherwise: {} }}",
                self.condition(),
                self.outcome(),
                self.outcome()
            ),
            10 => format!("split {{ 30%: {}, 70%: {} }}", self.outcome(), self.outcome()),
            11 | 12 => format!("finish {}", self.one(&["done", "late"])),
            _ => self.outcome(),
        }
    }

    fn lines(&mut self) -> String {
        let mut text = String::new();
        for _ in 0..=self.below(4) {
            writeln!(text, "    {}", self.line()).unwrap();
        }
        if self.1 || self.below(8) > 0 {
            text.push_str("    finish last\n");
        }
        text
    }

    fn rules(&mut self) -> String {
        let mut text = String::new();
        for n in 0..2 {
            let longest = if n == 1 && !self.1 { 1 } else { 60 };
            let again = self.one(&[
                "never",
                "always",
                "restart",
                "3 days after leaving",
                "always per order_id, at_once: 4",
            ]);
            let enters = ["cart_abandoned", "cart_abandoned", "segment lapsed", "request"];
            let enter = if self.1 { enters[0] } else { self.one(&enters) };
            writeln!(text, "journey j{n} {{\n  purpose: marketing, enter: {enter}, again: {again}, longest: {longest} days").unwrap();
            for block in ["steps", "path one", "path two"] {
                if block == "steps" || self.1 || self.below(4) > 0 {
                    writeln!(text, "  {block} {{\n{}  }}", self.lines()).unwrap();
                }
            }
            text.push_str("}\n");
        }
        text
    }
}

/// What [`Journey`] promises of its steps.
fn keeps_its_promises(journey: &Journey) {
    let steps = &journey.steps;
    let names: BTreeSet<&str> = steps.iter().map(|step| step.name.as_str()).collect();
    assert_eq!(names.len(), steps.len(), "two steps of one name");
    assert!(journey.first() < steps.len());
    for step in steps {
        assert!(
            step.does.next().iter().all(|next| *next < steps.len())
                && step.path < journey.paths.len()
        );
        if let Does::Finish { outcome } = step.does {
            assert!(outcome < journey.outcomes.len());
        }
    }
    // Whoever is somewhere gets out, and passes time on every way round.
    let ends = |at: usize| matches!(steps[at].does, Does::Finish { .. } | Does::Transfer { .. });
    let pauses = |at: usize| match &steps[at].does {
        Does::Wait { until, .. } => matches!(until, Until::Span(_) | Until::Clock { .. }),
        Does::WaitFor { .. } => true,
        _ => false,
    };
    let walk = |from: usize, stop: &dyn Fn(usize) -> bool| {
        let (mut seen, mut open) = (BTreeSet::new(), steps[from].does.next());
        while let Some(at) = open.pop() {
            if seen.insert(at) && !stop(at) {
                open.extend(steps[at].does.next());
            }
        }
        seen
    };
    let reached = walk(journey.first(), &|_| false);
    for at in reached.into_iter().chain([journey.first()]) {
        assert!(
            ends(at) || walk(at, &|_| false).into_iter().any(ends),
            "nobody leaves {}",
            steps[at].name
        );
        assert!(
            pauses(at) || !walk(at, &pauses).contains(&at),
            "round without a pause at {}",
            steps[at].name
        );
        let sends = walk(at, &|_| false)
            .into_iter()
            .chain([at])
            .any(|at| matches!(steps[at].does, Does::Send { .. }));
        assert_eq!(sends, !steps[at].reaches.is_empty(), "{}", steps[at].name);
    }
}

fn drawn_whole(rules: &Rules) {
    for format in [Format::Mermaid, Format::Dot, Format::Svg, Format::Html] {
        let drawn = draw(rules, None, format, None).unwrap();
        assert!(rules.journeys.iter().all(|journey| drawn.contains(&journey.name)));
    }
}

#[test]
fn random_journeys_are_read_alike_however_they_are_laid_out() {
    let (mut clean, mut broken) = (0, BTreeSet::new());
    for seed in 0..300 {
        let text = Dice(seed, seed % 2 == 0).rules();
        let checked = on_shop(&text);
        let codes: Vec<_> = checked.diagnostics.iter().map(|found| found.code.0).collect();
        let (tree, problems) =
            parse(&Source::new("rules.journey", text.as_str()), &Limits::default());
        assert!(problems.is_empty(), "{problems:?}\n{text}");
        let printed = print(&tree);
        let again: Vec<_> =
            on_shop(&printed).diagnostics.iter().map(|found| found.code.0).collect();
        assert_eq!(codes, again, "seed {seed}\n{text}\n{printed}");
        broken.extend(codes);
        if let Some(rules) = checked.rules {
            clean += 1;
            rules.journeys.iter().for_each(keeps_its_promises);
            drawn_whole(&rules);
        }
    }
    // What is generated is worth it: some of it is good, and most mistakes are in it.
    assert!(clean >= 15, "only {clean} are clean");
    for code in
        ["E1006", "E1007", "E1009", "E1010", "E1013", "E1014", "E1015", "E1016", "E1017", "W1001"]
    {
        assert!(broken.contains(code), "no {code} in {broken:?}");
    }
}

/// A long journey in which every step can lead to every path.
fn long(steps: usize) -> String {
    let mut text = String::from(
        "journey long { purpose: marketing, enter: cart_abandoned, again: never, longest: 30000 days\n  steps {\n",
    );
    for n in 0..steps {
        let to = (n * 7919) % 50;
        match n % 3 {
            0 => writeln!(text, "    wait w{n}: 1 hour").unwrap(),
            1 => writeln!(text, "    send voucher by email {{ if_blocked: go to p{to} }}").unwrap(),
            _ => writeln!(
                text,
                "    branch {{ when entry.value >= EUR {n}: go to p{to}, otherwise: continue }}"
            )
            .unwrap(),
        }
    }
    text.push_str("    finish done\n  }\n");
    for n in 0..50 {
        writeln!(text, "  path p{n} {{ wait q{n}: 2 hours, branch {{ when vip is yes: go to steps, otherwise: finish f{n} }} }}").unwrap();
    }
    text + "}\n"
}

#[test]
fn a_journey_of_thousands_of_steps_takes_time_by_its_length() {
    let took = |steps: usize| {
        let text = long(steps);
        let once = || {
            let start = Instant::now();
            let checked = on_shop(&text);
            let took = start.elapsed();
            assert!(checked.rules.is_some(), "{}", checked.diagnostics);
            took
        };
        (0..3).map(|_| once()).min().unwrap_or(Duration::MAX)
    };
    let (short, long) = (took(600), took(3_600));
    // Six times the steps: thirty-six times the time would be quadratic.
    assert!(long < short * 18, "{short:?} and {long:?}");
}
