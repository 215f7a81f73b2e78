//! Files that did not change are not read again; nothing of what a check gives shows it.

use onward::check::{Context, KeptFiles};
use onward::syntax::Limits;
use onward::{Checked, Source, check};

use super::BASE;
use crate::syntax::generate::Dice;
use crate::syntax::promises::mutated;
use crate::workspaces::{sources, workspaces};

/// All that a check gives, as text.
fn told(checked: &Checked) -> String {
    format!("{:?}\n{:?}", checked.diagnostics, checked.rules)
}

fn assert_as_read_anew(files: &mut KeptFiles, sources: &[Source], context: &Context, what: &str) {
    let again = told(&files.check(sources, context));
    let anew = told(&check(sources, context));
    assert!(again == anew, "{what}:\n{again}\n--- anew ---\n{anew}");
}

#[test]
fn a_reload_says_what_a_fresh_reading_says_whatever_was_edited() {
    let mut dice = Dice(0x6b65_7074);
    let (mut good, mut bad) = (0, 0);
    for folder in workspaces() {
        let original = sources(&folder);
        let mut now = original.clone();
        let mut files = KeptFiles::default();
        for round in 0..40 {
            let at = dice.below(now.len());
            let name = now[at].name().to_owned();
            match dice.below(6) {
                // As it was once.
                0 => now = original.clone(),
                1 if now.len() > 1 => drop(now.remove(at)),
                2 => {
                    let text = format!("# {round}\n\n{}", now[at].text());
                    now[at] = Source::new(name, text);
                }
                // The same text under another name, also within another folder.
                3 => now.push(Source::new(format!("other/{round}.journey"), now[at].text())),
                _ => {
                    let text = mutated(&[now[at].text().as_bytes().to_vec()], &mut dice);
                    now[at] = Source::new(name, text);
                }
            }
            let what = format!("{} round {round}", folder.display());
            assert_as_read_anew(&mut files, &now, &Context::default(), &what);
            let broken = check(&now, &Context::default()).rules.is_none();
            *(if broken { &mut bad } else { &mut good }) += 1;
        }
    }
    assert!(good > 10 && bad > 10, "{good} good, {bad} bad");
}

#[test]
fn a_word_for_another_of_the_same_length_is_an_edit() {
    let of = |plan: &str| {
        let text = format!("segment chosen {{ plan is {plan} }}\n");
        vec![Source::new("base.journey", BASE), Source::new("rules.journey", text)]
    };
    let mut files = KeptFiles::default();
    for plan in ["fibre", "fibra", "fibre"] {
        assert_as_read_anew(&mut files, &of(plan), &Context::default(), plan);
    }
}

#[test]
fn other_limits_read_all_files_anew() {
    let text = "segment chosen { plan is fibre }\n".to_owned() + &"# a comment\n".repeat(20);
    let all = vec![Source::new("base.journey", BASE), Source::new("rules.journey", text)];
    let mut files = KeptFiles::default();
    for most in [4 << 20, 200, 4 << 20] {
        let limits = Limits { file_bytes: most, ..Limits::default() };
        let context = Context { limits, ..Context::default() };
        assert_as_read_anew(&mut files, &all, &context, &format!("{most} bytes a file"));
    }
}

#[test]
fn what_is_remembered_is_bounded_and_goes_with_its_file() {
    let segments: String = (0..8_000)
        .map(|n| format!("segment s{n:05} {{ age >= {} }} # {n:090}\n", n % 99))
        .collect();
    let file = |n: usize| {
        Source::new(
            format!("f{n}.journey"),
            segments.replace("segment s", &format!("segment s{n}_")),
        )
    };
    let mut all = vec![Source::new("base.journey", BASE)];
    all.extend((0..6).map(file));
    let bytes: u64 = all.iter().map(Source::bytes).sum();
    assert!(bytes > 5 << 20, "{bytes} bytes are all remembered");
    let mut files = KeptFiles::default();
    assert!(files.check(&all, &Context::default()).rules.is_some());
    assert!((3 << 20..=4 << 20).contains(&files.bytes()), "{}", files.bytes());
    assert!(files.check(&all[..2], &Context::default()).rules.is_some());
    assert_eq!(files.bytes(), all[..2].iter().map(Source::bytes).sum::<u64>());
}
