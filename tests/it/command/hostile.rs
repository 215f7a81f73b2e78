//! Folders and files that nobody should have: a clear error, quickly, and never a panic.

use std::time::Instant;

use super::{SHOP, folder, put, run};

/// Runs `check` there and wants this exit code and these words.
fn check(folder: &tempfile::TempDir, path: &str, code: i32, says: &str) {
    let ran = run(folder.path(), &["check", path]);
    let all = format!("{}{}", ran.out, ran.err);
    assert_eq!(ran.code, code, "{all}");
    assert!(all.contains(says), "no `{says}` in {all}");
    assert!(!all.contains("panicked"), "{all}");
}

#[test]
fn a_missing_path_is_usage_with_the_nearest_name() {
    let folder = folder(&[("coffee/rules.journey", SHOP)]);
    check(&folder, "cofee", 2, "error: there is no `cofee`; did you mean `coffee`?");
    check(&folder, "zzz", 2, "error: there is no `zzz`\n");
}

#[test]
fn an_empty_folder_and_one_without_rules_are_usage() {
    let folder = folder(&[("docs/readme.md", "hello")]);
    std::fs::create_dir(folder.path().join("empty")).expect("made");
    check(&folder, "empty", 2, "there is no .journey file in `empty`");
    check(&folder, "docs", 2, "there is no .journey file in `docs`");
    check(&folder, "docs/readme.md", 2, "is neither a folder nor a .journey file");
    check(&folder, "/dev/null", 2, "`/dev/null` is neither a folder nor a .journey file");
}

#[test]
fn a_hundred_megabytes_are_refused_without_reading_them() {
    let folder = folder(&[("rules.journey", SHOP)]);
    let file = std::fs::File::create(folder.path().join("huge.journey")).expect("made");
    file.set_len(100 << 20).expect("as large as that");
    let quickest = (0..3)
        .map(|_| {
            let started = Instant::now();
            check(&folder, ".", 1, "huge.journey");
            started.elapsed()
        })
        .min()
        .expect("three runs");
    // The whole process, start included.
    assert!(quickest.as_millis() < 500, "{quickest:?}");
}

#[test]
fn a_million_brackets_are_refused() {
    let folder = folder(&[("rules.journey", SHOP)]);
    for bracket in ["{", "[", "("] {
        put(folder.path(), "deep.journey", &format!("segment s {}\n", bracket.repeat(1_000_000)));
        check(&folder, ".", 1, "deep.journey:1:");
    }
}

#[test]
fn a_huge_line_is_named_but_not_drawn() {
    let folder = folder(&[("rules.journey", SHOP)]);
    put(
        folder.path(),
        "long.journey",
        &format!("segment s {{ {}aeg >= 3 }}\n", " ".repeat(100_000)),
    );
    let ran = run(folder.path(), &["check", "."]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.len() < 10_000, "{} bytes", ran.out.len());
    assert!(ran.out.contains("long.journey:1:1000"), "{}", ran.out);
}

#[test]
fn broken_utf8_has_its_place() {
    let folder = folder(&[("rules.journey", SHOP)]);
    std::fs::write(folder.path().join("latin.journey"), b"segment caf\xe9 { age >= 3 }\n")
        .expect("written");
    check(&folder, ".", 1, "latin.journey:1:12");
    // And it is never written back.
    let ran = run(folder.path(), &["fmt", "."]);
    assert_eq!(ran.code, 1);
    let _ = run(folder.path(), &["check", ".", "--fix"]);
    let bytes = std::fs::read(folder.path().join("latin.journey")).expect("there");
    assert_eq!(bytes, b"segment caf\xe9 { age >= 3 }\n");
}

#[test]
fn a_folder_named_like_a_rule_file_is_refused() {
    let folder = folder(&[("w/rules.journey", SHOP), ("w/x.journey/y.txt", "")]);
    check(&folder, "w", 2, "`x.journey` is no file, though it is named like one");
}

#[test]
fn large_letters_in_the_ending_are_not_passed_over() {
    let folder = folder(&[("w/rules.journey", SHOP), ("w/MORE.JOURNEY", "segment t { }")]);
    check(&folder, "w", 2, "`MORE.JOURNEY` must end in `.journey`, in small letters");
}

#[cfg(unix)]
#[test]
fn links_that_leave_the_workspace_are_refused() {
    let folder =
        folder(&[("w/rules.journey", SHOP), ("outside.journey", "segment t { age >= 3 }\n")]);
    let link = folder.path().join("w/link.journey");
    std::os::unix::fs::symlink("../outside.journey", &link).expect("linked");
    check(&folder, "w", 2, "`link.journey` is a link that leaves the workspace folder");
    std::fs::remove_file(&link).expect("removed");
    std::os::unix::fs::symlink("nowhere", &link).expect("linked");
    check(
        &folder,
        "w",
        2,
        "`link.journey` is a link that leaves the workspace folder (or leads nowhere)",
    );
    std::fs::remove_file(&link).expect("removed");
    // A circle of folders is not walked.
    std::os::unix::fs::symlink(".", folder.path().join("w/circle")).expect("linked");
    check(&folder, "w", 0, "");
}

#[cfg(unix)]
#[test]
fn an_unreadable_file_is_usage() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder(&[("w/rules.journey", SHOP)]);
    let path = folder.path().join("w/rules.journey");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).expect("set");
    if std::fs::read(&path).is_ok() {
        return; // The superuser reads everything: nothing to be seen here.
    }
    check(&folder, "w", 2, "cannot read");
}

#[test]
fn hidden_files_and_data_are_passed_over() {
    let folder =
        folder(&[("w/rules.journey", SHOP), ("w/.git/x.journey", "no"), ("w/.x.journey", "no")]);
    put(folder.path(), "w/customers.csv", "no");
    check(&folder, "w", 0, "");
}

#[test]
fn a_single_file_reads_the_content_it_names_and_no_more() {
    let rules =
        SHOP.replace("subject: \"Upgrade\"", "subject: \"Upgrade\", body: file \"mail/up.html\"");
    let folder = folder(&[
        ("rules.journey", &rules),
        ("mail/up.html", "<p>Upgrade</p>"),
        ("other.journey", "no"),
    ]);
    check(&folder, "rules.journey", 0, "");
    std::fs::remove_file(folder.path().join("mail/up.html")).expect("removed");
    check(&folder, "rules.journey", 1, "mail/up.html");
}

#[test]
fn content_that_is_too_large_is_told_as_such() {
    let rules =
        SHOP.replace("subject: \"Upgrade\"", "subject: \"Upgrade\", body: file \"up.html\"");
    let folder = folder(&[("w/rules.journey", &rules)]);
    std::fs::write(folder.path().join("w/up.html"), vec![b'x'; (1 << 20) + 1]).expect("written");
    // A picture of that size that nobody names is nobody's business.
    std::fs::write(folder.path().join("w/big.png"), vec![0; (1 << 20) + 1]).expect("written");
    for path in ["w", "w/rules.journey"] {
        check(&folder, path, 1, "this file is too large");
        check(&folder, path, 1, "it has 1048577 bytes, and content may have 1048576");
        check(&folder, path, 1, "1 error\n");
    }
    std::fs::write(folder.path().join("w/up.html"), vec![b'x'; 1 << 20]).expect("written");
    check(&folder, "w", 0, "");
}

#[test]
fn data_is_no_content_and_the_ending_says_so() {
    let rules = SHOP.replace("subject: \"Upgrade\"", "subject: \"Upgrade\", body: file \"up.CSV\"");
    let folder = folder(&[("rules.journey", &rules), ("up.CSV", "hello")]);
    for path in [".", "rules.journey"] {
        check(&folder, path, 1, "`up.CSV` is data, not content");
        check(&folder, path, 1, "files ending in toml, jsonl, csv, gz, rhai lie beside the rules");
        check(&folder, path, 1, "give it another ending than .csv, such as .txt or .html");
    }
}

#[test]
fn thousands_of_problems_are_counted_and_the_first_are_drawn() {
    let folder = folder(&[("rules.journey", SHOP)]);
    // A file tells 200 of its problems at most: 20 files of 150.
    for file in 0..20 {
        let mut text = String::new();
        for n in 0..150 {
            let name = format!("s{file}_{n}");
            text.push_str(&format!(
                "segment {name} {{ age >= 18 }}\nsegment {name} {{ age >= 18 }}\n"
            ));
        }
        put(folder.path(), &format!("twice_{file:02}.journey"), &text);
    }
    let started = Instant::now();
    let human = run(folder.path(), &["check", "."]);
    let human_took = started.elapsed();
    let plain = run(folder.path(), &["check", ".", "--format", "plain"]);
    assert_eq!((human.code, plain.code), (1, 1));
    assert_eq!(human.out.matches("error[").count(), 200);
    assert_eq!(plain.out.lines().count(), 3_000);
    assert!(human.err.contains("3,000 errors\n200 of them are shown"), "{}", human.err);
    assert!(!plain.err.contains("are shown"), "{}", plain.err);
    let plain_took = started.elapsed().saturating_sub(human_took);
    assert!(human_took < plain_took * 3 + std::time::Duration::from_secs(2), "{human_took:?}");
}

#[test]
fn errors_are_drawn_before_warnings_crowd_them_out() {
    let folder = folder(&[("rules.journey", SHOP)]);
    let mut text = String::new();
    for n in 0..300 {
        text.push_str(&format!("segment w{n} {{ age >= 0 (if_unknown: no) }}\n"));
    }
    put(folder.path(), "a.journey", &text);
    put(folder.path(), "z.journey", "segment last { aeg >= 3 }\n");
    let ran = run(folder.path(), &["check", "."]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("1 error, "), "{}", ran.err);
    assert!(ran.out.contains("z.journey:1:16"), "{}", ran.err);
    let drawn = ran.out.matches("error[").count() + ran.out.matches("warning[").count();
    assert_eq!(drawn, 200);
}
