//! Many files are read on several threads; nothing of what is said or decided shows it.

use onward::{Context, Source, check};

use super::BASE;

/// Files of different lengths, so that threads overtake each other; together enough to share out.
fn files(wrong: bool) -> Vec<Source> {
    let mut files = vec![Source::new("base.journey", BASE)];
    files.extend((0..60).map(|n| {
        let filler: String = (0..10 + (n * 37) % 60)
            .map(|m| {
                let age = 1 + m % 99;
                format!(
                    "segment f{n:02}_{m} {{\n  age >= {age}\n  plan in [prepaid, sim_only]\n}}\n"
                )
            })
            .collect();
        let name = if wrong { format!("nope_{n:02}") } else { "age".to_owned() };
        Source::new(
            format!("f{n:02}.journey"),
            format!("segment first_{n:02} {{ {name} >= 3 }}\n{filler}"),
        )
    }));
    files
}

#[test]
fn a_mistake_is_told_of_the_file_it_stands_in() {
    let bytes: u64 = files(true).iter().map(Source::bytes).sum();
    assert!(bytes > 2 * (64 << 10), "{bytes} bytes are read on one thread");
    for _ in 0..3 {
        let found = check(&files(true), &Context::default()).diagnostics;
        assert_eq!(found.iter().count(), 60);
        for (n, found) in found.iter().enumerate() {
            let (file, word) = (format!("f{n:02}.journey"), format!("`nope_{n:02}`"));
            assert_eq!(found.primary.file, file, "{}", found.headline);
            assert!(found.headline.contains(&word), "{file}: {}", found.headline);
        }
    }
}

#[test]
fn rules_are_the_same_whatever_order_threads_ran_in() {
    let rules = || check(&files(false), &Context::default()).rules.expect("good rules");
    let first = rules();
    assert!(first.segments.len() > 2_000, "{}", first.segments.len());
    for _ in 0..3 {
        let again = rules();
        assert_eq!(again.fingerprint, first.fingerprint);
        let names = |rules: &onward::Rules| {
            rules.segments.iter().map(|segment| segment.name.clone()).collect::<Vec<_>>()
        };
        assert_eq!(names(&again), names(&first));
    }
}

#[test]
fn a_line_that_stands_in_many_files_is_told_of_where_it_stands_in_each() {
    let mut files = vec![Source::new("base.journey", BASE)];
    files.extend((0..40).map(|n| {
        let above = "# one more line above\n".repeat(n % 7);
        let text = format!("{above}segment s{n:02} {{\n  age >= 3\n  plan is nope\n}}\n");
        Source::new(format!("f{n:02}.journey"), text)
    }));
    let found = check(&files, &Context::default()).diagnostics;
    assert_eq!(found.iter().count(), 40);
    for (found, source) in found.iter().zip(&files[1..]) {
        assert_eq!(found.primary.file, source.name());
        assert_eq!(&source.text()[found.primary.span.range()], "nope");
    }
}
