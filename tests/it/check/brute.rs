//! The analysis of contradictions against brute force: random lists of conditions, and every combination of
//! values on and beside the edges that they name, asked of the reference. Where somebody passes, no E0403 may be
//! told; where nobody does, most are found.

use std::collections::BTreeSet;

use onward::decision::Truth;
use onward::syntax::ast::File;
use onward::syntax::{Limits, parse};
use onward::value::{Date, Timestamp, Value};
use onward::{Context, Customer, Source, check};

use super::BASE;
use crate::differential::Dice;
use crate::reference::Rules;

/// Segments that lists may name: the name, and whether it can be unknown.
const NAMED: [(&str, bool); 3] = [("of_fibre", false), ("maybe_old", true), ("film_or_vip", true)];
const SEGMENTS: &str = "\
segment of_fibre { plan is fibre }
segment maybe_old { age >= 60 }
segment film_or_vip { any { interests has films, vip is yes } }
";
/// Everything an action needs besides its lists.
const ACTION: &str = "\
ranking plain { score: propensity * value }
placement home { channel: web, show: 1, candidates: all, ranking: plain, fallback: nothing }
";
const MOMENTS: [&str; 5] = [
    "2026-09-15T12:00:00Z",
    "2025-12-20T12:00:00Z",
    "2026-01-01T00:30:00Z",
    "2026-12-31T23:30:00Z",
    "2027-01-03T12:00:00Z",
];

/// An attribute, whether it is optional, and tests of it: positive ones, then negative ones.
type Asked = (&'static str, bool, &'static [&'static str], &'static [&'static str]);
const ASKED: [Asked; 8] = [
    (
        "plan",
        false,
        &["is fibre", "is prepaid", "in [fibre, prepaid]", "in [none, sim_only, prepaid]"],
        &["is not fibre", "is not prepaid", "not in [fibre, prepaid]", "not in [none, sim_only]"],
    ),
    ("vip", false, &["is yes", "is no"], &["is not yes", "is not no"]),
    (
        "age",
        true,
        &[
            ">= 18",
            "> 18",
            "< 18",
            "<= 18",
            ">= 60",
            "< 60",
            "> 60",
            "<= 30",
            "is 18",
            "is 60",
            "in 18 to 30",
            "in 30 to 60",
            "is known",
            "is unknown",
        ],
        &["is not 18", "is not 60", "not in 18 to 60", "not in 30 to 60"],
    ),
    (
        "churn_risk",
        true,
        &[">= 60%", "< 60%", "> 4%", "<= 4%", "in 4% to 60%", "is 60%", "is unknown"],
        &["not in 4% to 60%", "is not 60%"],
    ),
    (
        "debt",
        false,
        &[">= EUR 40", "< EUR 40", "> EUR 40", "<= EUR 40.01", "is EUR 40", "in EUR 40 to EUR 50"],
        &["is not EUR 40", "not in EUR 0 to EUR 40"],
    ),
    (
        "interests",
        true,
        &[
            "has films",
            "has any of [films, music]",
            "has all of [films, music]",
            "has sport",
            "is unknown",
        ],
        &["lacks films", "lacks music", "lacks sport"],
    ),
    (
        "contract_end",
        true,
        &[
            "< 2026-01-01",
            ">= 2026-01-01",
            "> 2026-12-31",
            "in 2026-01-01 to 2026-12-31",
            "in the last 5 days",
            "in the last 30 days",
            "in the next 30 days",
            "in the last 2 calendar months",
            "in the next 1 calendar month",
            "is unknown",
        ],
        &[
            "not in the last 5 days",
            "not in the last 30 days",
            "not in the next 30 days",
            "is not 2026-01-01",
        ],
    ),
    (
        "first_name",
        true,
        &["is Ann", "is ANN", "in [Ann, Bob]", "is known"],
        &["is not ann", "not in [Bob, Eve]"],
    ),
];

struct Drawn {
    text: String,
    /// Whether blocks or segments are in it.
    nested: bool,
}

fn answer(dice: &mut Dice) -> &'static str {
    if dice.percent(50) { " (if_unknown: yes)" } else { " (if_unknown: no)" }
}

fn line(dice: &mut Dice, asked: &[Asked], depth: usize, must_answer: bool, into: &mut Drawn) {
    match dice.below(10) {
        0 | 1 if depth < 2 => {
            into.nested = true;
            let none = dice.percent(50);
            into.text.push_str(if none { "none {\n" } else { "any {\n" });
            for _ in 0..dice.between(1, 3) {
                line(dice, asked, depth + 1, must_answer || none, into);
            }
            into.text.push_str("}\n");
        }
        2 => {
            into.nested = true;
            let (name, unknown) = *dice.pick(&NAMED);
            let negative = dice.percent(40);
            let not = if negative { "not " } else { "" };
            let needs = unknown && (negative || must_answer);
            let said = if needs || unknown && dice.percent(20) { answer(dice) } else { "" };
            into.text.push_str(&format!("{not}in segment {name}{said}\n"));
        }
        _ => {
            let (name, optional, positive, negative) = *dice.pick(asked);
            let against = dice.percent(35);
            let test = *dice.pick(if against { negative } else { positive });
            let definite = test.ends_with("known");
            let optional = optional && !definite;
            let needs = optional && (against || must_answer);
            let said = if needs || optional && dice.percent(20) { answer(dice) } else { "" };
            into.text.push_str(&format!("{name} {test}{said}\n"));
        }
    }
}

fn list(dice: &mut Dice, asked: &[Asked], must_answer: bool, most: usize) -> Drawn {
    let mut drawn = Drawn { text: String::new(), nested: false };
    for _ in 0..dice.between(1, most) {
        line(dice, asked, 0, must_answer, &mut drawn);
    }
    drawn
}

/// Values on the edges, beside them and between them; `None` is unknown.
fn values(name: &str, at: Timestamp) -> Vec<Option<Value>> {
    let texts = |all: &[&str]| -> Vec<Option<Value>> {
        all.iter().map(|text| Some(Value::Text((*text).to_owned()))).collect()
    };
    let mut found = match name {
        "plan" => return texts(&["none", "prepaid", "sim_only", "fibre"]),
        "vip" => return vec![Some(Value::YesNo(true)), Some(Value::YesNo(false))],
        "debt" => {
            return texts(&[
                "EUR -1",
                "EUR 0",
                "EUR 39.99",
                "EUR 40",
                "EUR 40.01",
                "EUR 45",
                "EUR 50",
                "EUR 50.01",
            ]);
        }
        "age" => ["0", "17.5", "18", "18.5", "29", "30", "30.5", "45", "59.5", "60", "60.5", "120"]
            .map(|raw| Some(Value::Number(raw.to_owned())))
            .to_vec(),
        "churn_risk" => {
            texts(&["0%", "3.9%", "4%", "4.1%", "30%", "59.9%", "60%", "60.1%", "100%"])
        }
        "first_name" => texts(&["Ann", "Bob", "Eve", "Zoe"]),
        "interests" => (0..8)
            .map(|bits| {
                let words = ["films", "music", "sport"];
                let chosen = (0..3).filter(|bit| bits & (1 << bit) != 0);
                Some(Value::List(chosen.map(|bit| words[bit].to_owned()).collect()))
            })
            .collect(),
        "contract_end" => {
            let today = i32::try_from(at.micros().div_euclid(86_400_000_000)).unwrap();
            let fixed = ["2026-01-01", "2026-12-31"].map(|day| Date::parse(day).unwrap().days());
            let away =
                [-800, -45, -31, -30, -29, -6, -5, -1, 0, 1, 14, 15, 16, 30, 31, 32, 46, 800];
            let mut days: BTreeSet<i32> = away.map(|away| today + away).into();
            days.extend(fixed.iter().flat_map(|day| [day - 1, *day, day + 1]));
            texts(&[])
                .into_iter()
                .chain(
                    days.into_iter().map(|day| Some(Value::Text(Date::from_days(day).to_string()))),
                )
                .collect()
        }
        other => panic!("{other} has no values"),
    };
    found.push(None);
    found
}

/// Whether some customer, at some moment, is surely in the segment `planted`.
fn somebody(trees: &[File], text: &str) -> bool {
    let rules = Rules::new(trees);
    let mut read: BTreeSet<&str> =
        ASKED.iter().map(|(name, ..)| *name).filter(|name| text.contains(name)).collect();
    read.extend(text.contains("of_fibre").then_some("plan"));
    read.extend(text.contains("maybe_old").then_some("age"));
    if text.contains("film_or_vip") {
        read.extend(["interests", "vip"]);
    }
    MOMENTS.iter().any(|moment| {
        // Only windows look at the clock.
        if !read.contains("contract_end") && *moment != MOMENTS[0] {
            return false;
        }
        let at = Timestamp::parse(moment).unwrap();
        let domains: Vec<_> = read.iter().map(|name| (*name, values(name, at))).collect();
        let combinations: usize = domains.iter().map(|(_, all)| all.len()).product();
        (0..combinations).any(|mut number| {
            let mut person = Customer::new("c").set("timezone", "UTC");
            for (name, all) in &domains {
                if let Some(value) = &all[number % all.len()] {
                    person = person.set(*name, value.clone());
                }
                number /= all.len();
            }
            let person = rules.person(&[person]);
            rules.segment("planted", &person, at.micros()) == Truth::True
        })
    })
}

fn trees(text: &str) -> Vec<File> {
    [BASE, text]
        .map(|text| {
            let (tree, problems) = parse(&Source::new("a.journey", text), &Limits::default());
            assert!(problems.is_empty(), "{problems:#?}\n{text}");
            tree
        })
        .to_vec()
}

/// All errors that are told of these rules.
fn errors(text: &str) -> BTreeSet<&'static str> {
    let sources = [Source::new("base.journey", BASE), Source::new("rules.journey", text)];
    let checked = check(&sources, &Context::default());
    checked.diagnostics.iter().map(|it| it.code.0).filter(|code| code.starts_with('E')).collect()
}

#[derive(Debug, Default)]
struct Tally {
    clean: usize,
    found: usize,
    missed: usize,
    missed_plain: Vec<String>,
    missed_nested: Vec<String>,
}

impl Tally {
    fn count(&mut self, rules: &str, lists: &str, nested: bool, planted: &str) {
        let told = errors(rules);
        assert!(told.iter().all(|code| *code == "E0403"), "{told:?}\n{rules}");
        let possible = somebody(&trees(planted), lists);
        match (possible, told.contains("E0403")) {
            (true, true) => panic!("a false alarm: somebody passes\n{rules}"),
            (true, false) => self.clean += 1,
            (false, true) => self.found += 1,
            (false, false) => {
                self.missed += 1;
                let list = if nested { &mut self.missed_nested } else { &mut self.missed_plain };
                list.push(lists.to_owned());
            }
        }
    }
}

impl Tally {
    /// Lists without blocks and segments: none is missed. Of the others some are out of reach, and only these may
    /// be: windows of the calendar beside fixed days (how long a month is depends on the day, and no day is tried),
    /// and blocks whose choices are more than are tried.
    fn assert_few_missed(&self) {
        assert!(self.missed_plain.is_empty(), "plain lists are missed: {self:?}");
        assert!(self.missed * 10 <= self.found, "too many are missed: {self:?}");
    }
}

/// Few attributes, so that lines meet.
fn few(dice: &mut Dice) -> Vec<Asked> {
    dice.some(&ASKED, 1, 2)
}

#[test]
fn two_thousand_random_segments_give_no_false_alarm() {
    let mut tally = Tally::default();
    for seed in 0..2_000 {
        let dice = &mut Dice::new(seed);
        let asked = few(dice);
        let Drawn { text: lines, nested } = list(dice, &asked, false, 4);
        let rules = format!("{SEGMENTS}segment planted {{\n{lines}}}\n");
        tally.count(&rules, &lines, nested, &rules);
    }
    println!("{tally:?}");
    assert!(tally.clean >= 800 && tally.found >= 200, "too few of one kind: {tally:?}");
    tally.assert_few_missed();
}

#[test]
fn random_lists_of_who_and_never_give_no_false_alarm() {
    let mut tally = Tally::default();
    for seed in 0..700 {
        let dice = &mut Dice::new(1_000_000 + seed);
        let asked = few(dice);
        let who = list(dice, &asked, false, 3);
        let never = list(dice, &asked, true, 2);
        let (nested, who, never) = (who.nested || never.nested, who.text, never.text);
        let rules = format!(
            "{SEGMENTS}{ACTION}action a {{\npurpose: marketing, stage: grow, owner: platform\n\
             value: EUR 1, propensity: 50%\nwho {{\n{who}}}\nnever {{\n{never}}}\n\
             message web {{ en {{ text: \"a\" }}, fr {{ text: \"b\" }} }}\n}}\n"
        );
        // `never` passes where each of its lines is surely false, as `none` does.
        let planted = format!("{SEGMENTS}segment planted {{\n{who}none {{\n{never}}}\n}}\n");
        tally.count(&rules, &format!("{who}never {{\n{never}}}\n"), nested, &planted);
    }
    println!("{tally:?}");
    assert!(tally.clean >= 200 && tally.found >= 100, "too few of one kind: {tally:?}");
    tally.assert_few_missed();
}
