//! Lines that stand in a file more than once are read once; nothing of the tree shows it, no place either.

use onward::syntax::{Limits, Source, parse};

use super::generate::Dice;
use super::promises::mutated;

/// Lines that the grammar reads alike wherever they stand, and lines that only look so.
const LINES: [&str; 34] = [
    "in segment loyal",
    "not in segment loyal (if_unknown: no)",
    "plan is fibre",
    "plan in [fibre, prepaid,\n    none]",
    "age in 18 to 29 (if_unknown: yes)",
    "contract_end in the next 45 days",
    "last_login not in the last 2 calendar months",
    "request.page is \"home, or # cart\"",
    "count of purchase where { value >= EUR 40 } in the last 60 days >= 2",
    "purpose: marketing, stage: grow",
    "purpose: marketing , stage: grow # why, so",
    "value: EUR 57.47, propensity: 18.6%, weight: 1.50",
    "valid: 2026-09-01 to 2026-12-31",
    "candidates: [a, b, c]",
    "score: (propensity *\n      value) + 1",
    "tariff: yes was fee",
    "title: \"one { two\", text: \"a \\\" b\"",
    "any { plan is fibre, plan is fibre }",
    "any {\n      plan is fibre\n      in segment loyal\n    }",
    "message email { en { subject: \"Hi\" } }",
    "\"fr-CA\" { subject: \"Hi\" }",
    "finish { plan is fibre }",
    "send a { at: 09:00 }",
    "wait 2 hours",
    "# plan is fibre",
    "",
    "plan is fibre [",
    "plan is fibre ]",
    "plan is fibre (",
    "plan is \"fibre",
    "plan = fibre",
    "plan is fibre\r",
    "plan is fibre {} plan",
    "/* plan is fibre",
];

/// Definitions of lines drawn from the first ones of [`LINES`].
fn definitions(dice: &mut Dice, most: usize) -> Vec<String> {
    (0..2 + dice.below(5))
        .map(|n| {
            let lines = (0..dice.below(8)).map(|_| format!("  {}\n", LINES[dice.below(most)]));
            let lines: String = lines.collect();
            if dice.one_in(3) {
                format!("action a{n} {{\n  who {{\n{lines}  }}\n  never {{\n{lines}  }}\n}}\n")
            } else {
                format!("segment s{n} {{\n{lines}}}\n")
            }
        })
        .collect()
}

/// Blanks where a text stood, so that the others keep their places.
fn blank(text: &str) -> String {
    text.chars().map(|letter| if letter == '\n' { '\n' } else { ' ' }).collect()
}

#[test]
fn a_line_is_read_alike_however_often_it_stood_before() {
    let mut dice = Dice(0x6b6e_6f77);
    let read = |text: &str| parse(&Source::new("a.journey", text), &Limits::default());
    let (mut compared, mut places) = (0, std::collections::BTreeSet::new());
    for round in 0..600 {
        let most = if dice.one_in(2) { 24 } else { LINES.len() };
        let all = definitions(&mut dice, most);
        let (file, problems) = read(&all.concat());
        // Brackets that do not match are the whole file's business.
        if problems.iter().any(|found| found.code.0 < "E0120") || file.definitions.len() < all.len()
        {
            continue;
        }
        for (at, definition) in file.definitions.iter().enumerate() {
            let alone: Vec<String> = all
                .iter()
                .enumerate()
                .map(|(n, text)| if n == at { text.clone() } else { blank(text) })
                .collect();
            let (alone, _) = read(&alone.concat());
            let alone = alone.definitions.first().expect("it is read alone as well");
            // As text: trees are equal wherever they stand, and it is the places that are compared.
            let (here, there) = (format!("{:?}", definition.body), format!("{:?}", alone.body));
            assert!(here == there, "round {round}:\n{}\n{here}\n{there}", all.concat());
            compared += 1;
            places.insert(definition.body.items.len());
        }
    }
    assert!(compared > 400 && places.len() > 6, "{compared} compared, {places:?}");
}

#[test]
fn two_files_in_one_say_what_both_say() {
    let mut dice = Dice(0x7477_6f66);
    let mut same = 0;
    for _ in 0..1_000 {
        let seeds: Vec<Vec<u8>> = vec![definitions(&mut dice, 13).concat().into_bytes()];
        let text = if dice.one_in(2) { mutated(&seeds, &mut dice) } else { seeds[0].clone() };
        let read = |text: Vec<u8>| parse(&Source::new("a.journey", text), &Limits::default());
        let (once, problems) = read(text.clone());
        let (twice, _) = read([&text[..], b"\n", &text[..]].concat());
        if !problems.is_empty() || twice.definitions.len() != 2 * once.definitions.len() {
            continue;
        }
        let bodies = |at: usize| {
            let part = twice.definitions[at..].iter().take(once.definitions.len());
            part.map(|definition| definition.body.clone()).collect::<Vec<_>>()
        };
        let own: Vec<_> = once.definitions.iter().map(|one| one.body.clone()).collect();
        assert_eq!(bodies(0), own);
        assert_eq!(bodies(once.definitions.len()), own);
        same += usize::from(!own.is_empty());
    }
    assert!(same > 100, "{same} compared");
}
