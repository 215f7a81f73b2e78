//! Names and texts that nobody made up for this language: Thai, Indonesian, Italian, tricky Unicode.

use std::path::PathBuf;

use onward::syntax::ast::{Atom, Test};
use onward::syntax::ast::{Name, Shape};
use onward::syntax::{Limits, Source, parse, print};

fn strings() -> Option<Vec<String>> {
    let folder = std::env::var_os("ONWARD_DATA_DIR").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data"),
        PathBuf::from,
    );
    let path = folder.join("text/multilingual_strings.jsonl");
    let Ok(text) = std::fs::read_to_string(&path) else {
        assert!(
            std::env::var("ONWARD_DATA").as_deref() != Ok("required"),
            "{} is required",
            path.display()
        );
        println!("skipped: {} is absent", path.display());
        return None;
    };
    let mut found = Vec::new();
    for line in text.lines() {
        collect(&serde_json::from_str(line).unwrap(), &mut found);
    }
    assert!(found.len() >= 70);
    Some(found)
}

fn collect(value: &serde_json::Value, into: &mut Vec<String>) {
    match value {
        serde_json::Value::String(text) => into.push(text.clone()),
        serde_json::Value::Array(all) => all.iter().for_each(|one| collect(one, into)),
        serde_json::Value::Object(all) => all.values().for_each(|one| collect(one, into)),
        _ => {}
    }
}

#[test]
fn texts_come_back_as_they_were() {
    let Some(strings) = strings() else { return };
    let mut read = 0;
    for string in strings {
        let raw = string.replace('\\', "\\\\").replace('"', "\\\"").replace('{', "\\{");
        let source =
            Source::new("a.journey", format!("segment \"{raw}\" {{ plan is \"{raw}\" }}\n"));
        let (file, problems) = parse(&source, &Limits::default());
        let strange = |c: char| {
            c.is_control()
                || matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}' | '\u{2028}' | '\u{2029}')
        };
        if string.contains(strange) {
            assert!(!problems.is_empty(), "{string:?}");
            continue;
        }
        assert!(problems.is_empty(), "{string:?}: {problems:#?}");
        let definition = &file.definitions[0];
        assert!(matches!(&definition.name, Some(Name::Text(text)) if text.raw == raw));
        let Shape::Condition(condition) = &definition.body.items[0].shape else {
            panic!("{string:?}")
        };
        assert!(matches!(&condition.test, Test::Is(Atom::Text(text)) if text.raw == raw));
        let printed = print(&file);
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(words(&printed), words(source.text()));
        read += 1;
    }
    assert!(read >= 60, "{read}");
}

#[test]
fn any_string_as_a_rule_file_gets_an_answer() {
    let Some(strings) = strings() else { return };
    for string in strings {
        let source = Source::new("a.journey", format!("segment a {{ {string} is yes }}"));
        let (file, problems) = parse(&source, &Limits::default());
        let unreadable = |shape: &Shape| matches!(shape, Shape::Unreadable(_));
        let bad = file
            .definitions
            .iter()
            .any(|d| d.body.items.iter().any(|item| unreadable(&item.shape)));
        assert!(!bad || !problems.is_empty(), "{string:?}");
    }
}
