//! The checker itself on broken and strange workspaces: it always answers, soon, with problems that point into
//! the text, and the same twice.

use std::time::Duration;

use onward::check::Context;
use onward::diagnostic::source_of;
use onward::{Source, check};

use super::cases::cases;
use super::hostile::timed;
use crate::syntax::generate::Dice;
use crate::syntax::promises::mutated;

/// Small workspaces; a tenth of them without optimisation.
const RUNS: u64 = 20_000;

/// No text of this size may take longer, whatever it says.
const SLOWEST: Duration = Duration::from_millis(250);

/// The rule files of all cases, as bytes.
fn seeds() -> Vec<Vec<u8>> {
    let folders = ["check", "journeys", "limits", "meaning"];
    let all = folders.into_iter().flat_map(cases).flat_map(|case| case.sources);
    let rules = all.filter(|source| source.name().ends_with(".journey"));
    rules.map(|source| source.text().as_bytes().to_vec()).collect()
}

#[test]
fn any_workspace_is_answered_soon_and_in_order() {
    let plain = std::env::var("CARGO_PROFILE_TEST_OPT_LEVEL").is_ok_and(|level| level == "0");
    let (runs, slowest) = if plain { (RUNS / 10, SLOWEST * 5) } else { (RUNS, SLOWEST) };
    let seeds = seeds();
    let mut dice = Dice(0x0c4e_c4ed);
    let (mut clean, mut most) = (0, Duration::ZERO);
    for run in 0..runs {
        let rules = mutated(&seeds, &mut dice);
        let mut sources = vec![Source::new("rules.journey", rules)];
        if !sources[0].text().contains("workspace ") {
            let base = super::BASE.as_bytes().to_vec();
            // Now and then what all stand on is broken too.
            let base = if dice.one_in(4) { mutated(&[base], &mut dice) } else { base };
            sources.push(Source::new("base.journey", base));
            if run % 3 == 0 {
                sources.push(Source::new("shop.journey", super::journeys::SHOP));
            }
        }
        let answer = |sources: &[Source]| check(sources, &Context::default());
        let (mut found, mut took) = timed(&sources);
        if took > slowest {
            // Once more: other work on the machine is not the checker's.
            let (again, quicker) = timed(&sources);
            (found, took) = (again, took.min(quicker));
        }
        most = most.max(took);
        assert!(took <= slowest, "run {run} takes {took:?}: {:?}", sources[0].text());
        assert_eq!(found.rules.is_some(), !found.diagnostics.has_errors(), "run {run}");
        clean += u64::from(found.rules.is_some());
        for problem in &found.diagnostics {
            let edits = problem.fixes.iter().flat_map(|fix| &fix.edits);
            let places = edits.map(|edit| (&edit.file, edit.span)).chain(
                std::iter::once(&problem.primary)
                    .chain(&problem.others)
                    .map(|label| (&label.file, label.span)),
            );
            for (file, span) in places.filter(|(file, _)| !file.is_empty()) {
                let text = source_of(&sources, file).map_or("", |source| source.text());
                assert!(text.get(span.range()).is_some(), "run {run}: {problem:?}");
            }
            assert!(problem.code.info().is_some(), "{} is not registered", problem.code);
            assert!(!problem.headline.is_empty(), "run {run}: {problem:?}");
        }
        if run % 16 == 0 {
            sources.reverse();
            assert_eq!(answer(&sources).diagnostics, found.diagnostics, "run {run}");
        }
    }
    println!("{runs} workspaces, {clean} without an error, slowest {most:?}");
    assert!(clean > runs / 100, "hardly any workspace stays whole: {clean} of {runs}");
}
