//! Many actions are read on several threads; what they say and note is as if one had read them in turn.

use onward::check::rules::Condition;
use onward::{Checked, Context, Rules, Source, check};

use super::BASE;

/// How many actions; enough to be shared out on any machine with two processors.
const ACTIONS: usize = 420;

fn action(name: &str, conditions: &str) -> String {
    format!(
        "action {name} {{\n  purpose: marketing, value: EUR 10, propensity: 5%\n{conditions}\
         \n  message web {{ en {{ text: \"x\" }}, fr {{ text: \"x\" }} }}\n}}\n"
    )
}

/// Actions `a000` on, over 13 files whose order is not that of the names.
fn workspace(conditions: impl Fn(usize) -> String) -> Vec<Source> {
    let mut files = vec![BASE.to_owned() + "event bought kept 60 days { }\n"];
    files.resize(14, String::new());
    for n in (0..ACTIONS).rev() {
        files[1 + (n * 5) % 13] += &action(&format!("a{n:03}"), &conditions(n));
    }
    let name = |at: usize| format!("f{at:02}.journey");
    files.into_iter().enumerate().map(|(at, text)| Source::new(name(at), text)).collect()
}

fn read(sources: &[Source]) -> Checked {
    check(sources, &Context::default())
}

/// How many days action `n` looks back, if it asks about events at all.
fn days(n: usize) -> Option<usize> {
    n.is_multiple_of(3).then_some(1 + (n * 11) % 47)
}

fn asking() -> Rules {
    let sources = workspace(|n| match days(n) {
        Some(days) => format!("  who {{ count of bought in the last {days} days >= 1 }}"),
        None => "  who { plan is fibre }".to_owned(),
    });
    let Checked { rules, diagnostics } = read(&sources);
    rules.unwrap_or_else(|| panic!("{diagnostics:?}"))
}

fn question(days: usize) -> String {
    format!("count of bought in the last {days} day{}", if days == 1 { "" } else { "s" })
}

#[test]
fn questions_about_events_are_numbered_in_the_order_of_the_names() {
    let rules = asking();
    let mut expected: Vec<String> = Vec::new();
    for days in (0..ACTIONS).filter_map(days) {
        if !expected.contains(&question(days)) {
            expected.push(question(days));
        }
    }
    assert!(expected.len() > 40);
    let name = |attribute: usize| rules.attributes[attribute].name.clone();
    let asked: Vec<String> = rules.aggregates.iter().map(|asked| name(asked.attribute)).collect();
    assert_eq!(asked, expected);
    assert_eq!(rules.actions.len(), ACTIONS);
    for (n, action) in rules.actions.iter().enumerate() {
        let [Condition::Test(test)] = &action.who[..] else { panic!("{n}: {:?}", action.who) };
        let expected = days(n).map_or_else(|| "plan".to_owned(), question);
        assert_eq!(name(test.attribute), expected, "{}", action.name);
    }
}

#[test]
fn every_action_is_noted_with_what_it_refers_to() {
    let rules = asking();
    let noted: Vec<(String, String)> = rules.manifest.references.into_iter().collect();
    let noted: Vec<_> = noted.into_iter().filter(|(user, _)| user.starts_with("action ")).collect();
    let mut expected = Vec::new();
    for n in 0..ACTIONS {
        let read = if days(n).is_some() { "event bought" } else { "attribute plan" };
        for used in [read, "channel web", "purpose marketing"] {
            expected.push((format!("action a{n:03}"), used.to_owned()));
        }
    }
    expected.sort();
    assert_eq!(noted, expected);
}

#[test]
fn what_is_wrong_with_one_of_many_is_told_as_if_it_stood_alone() {
    let wrong = |n: usize| match n % 10 {
        3 => "  who { plam is fibre }".to_owned(),
        5 => "  who {\n    plan is fibre\n    plan is prepaid\n  }".to_owned(),
        7 => "  who { plan is fibre }\n  never { plan is fibre }".to_owned(),
        _ => "  who { plan is fibre }".to_owned(),
    };
    let sources = workspace(wrong);
    let found = read(&sources).diagnostics;
    let at = |name: &str, text: &str, span: std::ops::Range<usize>| {
        let from = text.find(&format!("action {name} ")).unwrap();
        span.start.checked_sub(from).map(|start| start..span.end - from)
    };
    let mut told = 0;
    for n in (0..ACTIONS).filter(|n| matches!(n % 10, 3 | 5 | 7)) {
        let name = format!("a{n:03}");
        let text = action(&name, &wrong(n));
        let alone = [sources[0].clone(), Source::new("alone.journey", text.clone())];
        let alone = read(&alone).diagnostics;
        let [alone] = &alone.iter().collect::<Vec<_>>()[..] else { panic!("{alone:?}") };
        let file = format!("f{:02}.journey", 1 + (n * 5) % 13);
        let whole = sources.iter().find(|source| source.name() == file).unwrap().text();
        let expected = at(&name, &text, alone.primary.span.range());
        assert!(expected.is_some());
        let same = found.iter().filter(|one| {
            one.primary.file == file
                && one.code == alone.code
                && one.headline == alone.headline
                && at(&name, whole, one.primary.span.range()) == expected
                && one.fixes.len() == alone.fixes.len()
        });
        assert_eq!(same.count(), 1, "{name}: {}", alone.headline);
        told += 1;
    }
    assert_eq!(found.iter().count(), told);
}

#[test]
fn many_actions_are_read_alike_every_time() {
    let first = format!("{:?}", asking());
    for _ in 0..3 {
        assert!(format!("{:?}", asking()) == first, "two readings differ");
    }
}
