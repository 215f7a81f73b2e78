//! Hand-written plays: rules, steps and what must come of each, written before anything ran.
//!
//! A file of `tests/cases/policy` is rule text, further sets behind `--- rules 2`, then `--- play`: a step a line
//! (`... 1000 times every 1 minute` is many), `2026-09-08T10:00Z send lea a by web as d1 -> sent`; a step without `->` says nothing. Each file is played by the
//! reference and by the engine.

use onward::syntax::{Limits, ast::File};
use onward::value::Timestamp;
use onward::{Context, Request, Source, check};

use super::{ByEngine, ByReference, Play, Step, What};

/// What every workspace begins with, unless it has its own.
const HEAD: &str = r#"
workspace shop { currency: EUR, timezone: "Europe/Paris", languages: [en], stages: [grow] }
purpose marketing { consent_needed: [email, sms], consent_free: [web] }
purpose service { consent_free: [email, sms, web] }
channel web { }
channel email { }
channel sms { }
ranking plain { score: propensity * value }
"#;

fn length(words: &[&str]) -> i64 {
    let [count, unit] = words else { panic!("{words:?} is no length") };
    let unit = match unit.trim_end_matches('s') {
        "minute" => 60,
        "hour" => 3600,
        "day" => 86_400,
        "microsecond" => return count.parse().unwrap(),
        "second" => 1,
        other => panic!("{other}"),
    };
    count.parse::<i64>().unwrap() * unit * 1_000_000
}

fn instant(text: &str) -> i64 {
    let whole = text.strip_suffix('Z').filter(|it| it.len() == 16);
    let text = whole.map_or(text.to_owned(), |it| format!("{it}:00Z"));
    Timestamp::parse(&text).unwrap_or_else(|why| panic!("{text}: {why}")).micros()
}

/// The steps of a line; one, but for `... 1000 times every 1 minute`.
fn steps(line: &str) -> Vec<Step> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [one @ .., count, "times", "every", number, unit] = &words[..] else {
        return vec![step(&words)];
    };
    let (first, every) = (step(one), length(&[number, unit]));
    let count: i64 = count.parse().unwrap();
    (0..count).map(|n| Step { at: first.at + n * every, what: first.what.clone() }).collect()
}

fn step(words: &[&str]) -> Step {
    let at = instant(words[0]);
    let s = |text: &str| text.to_owned();
    let what = match words[1..] {
        ["ask", who, placement] => What::Ask { request: Request::new(who, placement) },
        ["why", who, placement, action, "by", channel] => What::Why {
            who: s(who),
            placement: s(placement),
            action: s(action),
            channel: s(channel),
        },
        ["reserve", who, placement, "as", id, "for", count, unit] => {
            let hold = length(&[count, unit]);
            What::Reserve { request: Request::new(who, placement), id: s(id), hold }
        }
        ["hold", who, action, "by", channel, "as", id, "for", count, unit] => {
            let hold = length(&[count, unit]);
            What::Hold { who: s(who), action: s(action), channel: s(channel), id: s(id), hold }
        }
        ["send", who, action, "by", channel, "as", id] => {
            What::Send { who: s(who), action: s(action), channel: s(channel), id: s(id) }
        }
        ["commit", who, id] => What::Commit { who: s(who), id: s(id) },
        ["release", who, id] => What::Release { who: s(who), id: s(id) },
        ["report", who, id, "shown"] => What::Report { who: s(who), id: s(id), action: None },
        ["report", who, id, "shown", action] => {
            What::Report { who: s(who), id: s(id), action: Some(s(action)) }
        }
        ["shown", who, action, "by", channel] => {
            What::Shown { who: s(who), action: s(action), channel: s(channel) }
        }
        ["outcome", who, action, "by", channel, word] => What::Outcome {
            who: s(who),
            action: s(action),
            channel: s(channel),
            word: s(word),
            id: None,
        },
        ["outcome", who, action, "by", channel, word, "of", id] => What::Outcome {
            who: s(who),
            action: s(action),
            channel: s(channel),
            word: s(word),
            id: Some(s(id)),
        },
        ["grant", who, channel, purpose] => {
            What::Grant { who: s(who), channel: s(channel), purpose: s(purpose) }
        }
        ["withdraw", who, channel] => What::Withdraw { who: s(who), channel: s(channel) },
        ["zone", who, zone] => What::Zone { who: s(who), zone: s(zone) },
        ["swap", number] => What::Swap(number.parse().unwrap()),
        ["forget", who] => What::Forget { who: s(who) },
        _ => panic!("no step: {words:?}"),
    };
    Step { at, what }
}

fn play(name: &str, text: &str, wrong: &mut String) {
    let (rules, lines) =
        text.split_once("--- play\n").unwrap_or_else(|| panic!("{name}: --- play"));
    let sources: Vec<Source> = rules
        .split("--- rules 2\n")
        .map(|rules| {
            let head = if rules.contains("workspace ") { "" } else { HEAD };
            Source::new("shop.journey", format!("{head}{rules}"))
        })
        .collect();
    let trees = sources.iter().map(|source| {
        let (tree, problems) = onward::syntax::parse(source, &Limits::default());
        assert!(problems.is_empty(), "{name}: {problems:#?}");
        vec![tree]
    });
    let trees: Vec<Vec<File>> = trees.collect();
    let checked = sources.iter().map(|source| {
        let checked = check(std::slice::from_ref(source), &Context::default());
        checked.rules.unwrap_or_else(|| panic!("{name}: {}", checked.diagnostics))
    });
    let checked = checked.collect();
    let mut players: [(&str, Box<dyn Play>); 2] = [
        ("reference", Box::new(ByReference::new(trees))),
        ("engine", Box::new(ByEngine::new(checked))),
    ];
    for line in lines.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
        let (asked, wanted) = line.split_once(" -> ").unwrap_or((line, ""));
        let steps = steps(asked);
        for (player, by) in &mut players {
            let came = steps.iter().map(|step| by.step(step)).collect::<Vec<_>>().concat();
            if came != wanted.trim() {
                wrong.push_str(&format!("{name}, {player}: {asked}\n  {came}\n  not {wanted}\n"));
            }
        }
    }
}

#[test]
fn reference_and_engine_play_as_the_cases_say() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/policy");
    let mut paths: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.retain(|path| path.extension().is_some_and(|it| it == "journey"));
    assert!(paths.len() >= 20, "only {}", paths.len());
    let mut wrong = String::new();
    for path in paths {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        play(&name, &std::fs::read_to_string(&path).unwrap(), &mut wrong);
    }
    assert!(wrong.is_empty(), "{wrong}");
}
