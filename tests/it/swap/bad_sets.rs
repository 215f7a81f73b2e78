//! PROMISES 13: a bad rule file never replaces a good one. Hundreds of bad sets, each loaded, then restarted with.

use std::collections::BTreeSet;

use onward::diagnostic::Severity;
use onward::watch::{Problem, Serving};
use onward::{Context, Source, scenario};
use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::Rng;

use super::{Hour, Place, rules, shop, shown};

/// Files of one set, by name.
type Set = Vec<(String, Vec<u8>)>;

/// One bad set, and what it is.
struct Bad {
    what: String,
    files: Set,
}

fn one(text: impl Into<Vec<u8>>) -> Set {
    vec![("shop.journey".to_owned(), text.into())]
}

/// What the rules alone say of a set: codes of errors; `None` where it is good.
fn errors(files: &Set) -> Option<BTreeSet<String>> {
    let sources: Vec<Source> =
        files.iter().map(|(name, bytes)| Source::new(name.clone(), bytes.clone())).collect();
    let context = Context { now: Some(Hour::at(0)), ..Context::default() };
    let found = scenario::load(&sources, &context).err()?;
    let errors = found.iter().filter(|found| found.severity == Severity::Error);
    Some(errors.map(|found| found.code.to_string()).collect())
}

/// The cases of the checker and of the reader, each as a set of its own.
fn of_the_cases() -> Vec<Bad> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut found = Vec::new();
    let cases = ["check", "limits", "meaning"].into_iter().flat_map(crate::check::cases::cases);
    for (n, case) in cases.enumerate() {
        let files = case.sources.iter().map(|s| (s.name().to_owned(), s.text().into())).collect();
        found.push(Bad { what: format!("case {n}"), files });
    }
    let mut paths: Vec<_> = std::fs::read_dir(root.join("syntax"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    for path in paths {
        let text = std::fs::read_to_string(&path).unwrap();
        let text = text.split("\n---").next().unwrap_or_default().to_owned();
        // Beside good rules, so that nothing else is wrong.
        let files = vec![
            ("shop.journey".to_owned(), shop(10, 10).into()),
            ("more.journey".to_owned(), text.into()),
        ];
        found.push(Bad { what: path.to_string_lossy().into_owned(), files });
    }
    found
}

/// Every so many bytes of a good file: what an editor has written when the disk is full.
fn half_saved(step: usize) -> Vec<Bad> {
    let text = shop(20, 10);
    (0..text.len())
        .step_by(step)
        .map(|end| Bad { what: format!("{end} bytes"), files: one(&text.as_bytes()[..end]) })
        .collect()
}

/// Bytes and lines changed, lost, doubled and moved.
fn mutated(seed: u64, count: usize) -> Vec<Bad> {
    let mut dice = Pcg64Mcg::new(u128::from(seed));
    let mut below = |end: usize| usize::try_from(dice.next_u64()).unwrap_or(0) % end;
    let good = shop(20, 10);
    (0..count)
        .map(|n| {
            let mut bytes = good.clone().into_bytes();
            let at = below(bytes.len());
            match below(6) {
                0 => bytes[at] = b"{}[]\":,%#\xff\0 a1"[below(14)],
                1 => drop(bytes.drain(at..(at + 1 + below(40)).min(good.len()))),
                2 => bytes
                    .splice(at..at, b"{ any never \"".iter().copied().take(1 + below(12)))
                    .for_each(drop),
                3 => {
                    let mut lines: Vec<&str> = good.lines().collect();
                    let (a, b) = (below(lines.len()), below(lines.len()));
                    lines.swap(a, b);
                    bytes = lines.join("\n").into_bytes();
                }
                4 => {
                    let mut lines: Vec<&str> = good.lines().collect();
                    let a = below(lines.len());
                    lines.insert(below(lines.len()), lines[a]);
                    bytes = lines.join("\n").into_bytes();
                }
                _ => {
                    let words =
                        ["visits", "crm", "news", "web", "best", "grow", "EUR", "50%", "home"];
                    let word = words[below(words.len())];
                    let other = words[below(words.len())];
                    bytes = good.replacen(word, other, 1 + below(3)).into_bytes();
                }
            }
            Bad { what: format!("seed {seed}, mutation {n}"), files: one(bytes) }
        })
        .collect()
}

/// Good by themselves, and not meant.
fn guarded() -> Vec<Bad> {
    let fewer = (1..7).map(|stay| one(shop(20, stay)));
    let elsewhere = one(shop(20, 10).replace("placement home", "placement house"));
    let journeys =
        one(shop(20, 10).replace("  owner: crm", "  use: only in journeys\n  owner: crm"));
    fewer
        .chain([elsewhere, journeys])
        .enumerate()
        .map(|(n, files)| Bad { what: format!("guard {n}"), files })
        .collect()
}

fn run(sets: Vec<Bad>) -> (usize, usize, BTreeSet<String>) {
    let place = Place::new(&shop(10, 10));
    let good = rules(&shop(10, 10)).fingerprint;
    let kept = |place: &Place| std::fs::read(place.keep.join("last_good.onward")).unwrap();
    drop(place.start());
    let first = kept(&place);
    let (mut bad, mut tripped, mut codes) = (0, 0, BTreeSet::new());
    let mut watch = place.start();
    for Bad { what, files } in sets {
        let errors = errors(&files);
        place.replace(&files);
        let status = watch.reload();
        if errors.is_none() && !matches!(status.problem, Some(Problem::Loses(_))) {
            // A change that is good is no bad set: back to the beginning.
            assert!(status.problem.is_none(), "{what}: {status}");
            place.replace(&one(shop(10, 10)));
            assert_eq!(watch.reload().fingerprint, good, "{what}");
            continue;
        }
        match &status.problem {
            Some(Problem::Rules(..) | Problem::Folder(_)) => {
                assert!(errors.is_some(), "{what}: {status}")
            }
            Some(Problem::Loses(_)) => tripped += 1,
            other => panic!("{what}: {other:?}"),
        }
        assert_eq!(status.fingerprint, good, "{what}: replaced after a load");
        assert_eq!(shown(watch.engine())[0].1, Some(750.0), "{what}");
        drop(watch);
        watch = place.start();
        let status = watch.status();
        assert_eq!(status.fingerprint, good, "{what}: replaced after a restart");
        assert_eq!(status.serving, Serving::LastGood, "{what}");
        assert!(status.problem.is_some(), "{what}: nothing is said");
        assert_eq!(shown(watch.engine())[0].1, Some(750.0), "{what}");
        bad += 1;
        codes.extend(errors.into_iter().flatten());
    }
    drop(watch);
    // Served throughout, and kept as it was: good sets in between were taken back.
    place.replace(&one("broken"));
    assert_eq!(place.start().status().fingerprint, good);
    assert!(!first.is_empty());
    println!("{bad} bad sets, {tripped} by the guard, {} codes: {codes:?}", codes.len());
    (bad, tripped, codes)
}

#[test]
fn two_hundred_bad_sets_replace_nothing_not_even_after_a_restart() {
    let mut sets = of_the_cases();
    sets.extend(half_saved(97));
    sets.extend(mutated(20_260_908, 120));
    sets.extend(guarded());
    let (bad, tripped, codes) = run(sets);
    assert!(bad >= 200, "{bad} bad sets");
    assert!(tripped >= 8, "{tripped} tripped the guard");
    assert!(codes.len() >= 125, "{} codes", codes.len());
}

#[test]
#[ignore = "a longer run, by name: for_long"]
fn two_thousand_bad_sets_replace_nothing_for_long() {
    let mut sets = of_the_cases();
    sets.extend(half_saved(7));
    for seed in 0..20 {
        sets.extend(mutated(seed, 100));
    }
    sets.extend(guarded());
    let (bad, tripped, _) = run(sets);
    assert!(bad >= 2_000 && tripped >= 8, "{bad} bad sets, {tripped} by the guard");
}
