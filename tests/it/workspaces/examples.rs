//! Every folder of `rules/` is a good example: no problem found, formatted, and all its scenarios hold.

use onward::check::{Context, check, rules::Message};
use onward::ingest::Mapping;
use onward::scenario;
use onward::syntax::{Limits, Source, ast, parse, print};

use super::{check_example, listed, package, sources, workspaces};

#[test]
fn these_are_the_examples() {
    let names: Vec<_> =
        workspaces().iter().map(|folder| folder.file_name().expect("a name").to_owned()).collect();
    assert_eq!(names, ["bank", "cafe", "coffee", "telecom"]);
}

#[test]
fn every_file_is_formatted() {
    let mut wrong = Vec::new();
    for folder in workspaces() {
        for source in sources(&folder).iter().filter(|file| file.name().ends_with(".journey")) {
            let (tree, problems) = parse(source, &Limits::default());
            assert!(problems.is_empty(), "{}: {problems:#?}", source.name());
            let printed = print(&tree);
            if printed != source.text() {
                if std::env::var_os("UPDATE_EXPECT").is_some() {
                    std::fs::write(folder.join(source.name()), &printed).expect("writable");
                }
                wrong.push(folder.join(source.name()));
            }
        }
    }
    assert!(wrong.is_empty(), "`onward fmt` would change {wrong:#?}");
}

#[test]
fn every_tree_survives_the_way_to_json_and_back() {
    let mut files = 0;
    for folder in workspaces() {
        for source in sources(&folder).iter().filter(|file| file.name().ends_with(".journey")) {
            let (tree, _) = parse(source, &Limits::default());
            let json = serde_json::to_string(&tree).expect("a tree is JSON");
            let back: ast::File = serde_json::from_str(&json).expect("and reads back");
            assert_eq!(back, tree, "{}", source.name());
            assert_eq!(print(&back), source.text(), "{}", source.name());
            files += 1;
        }
    }
    assert!(files >= 15, "only {files} rule files were seen");
}

#[test]
fn every_example_is_checked_without_a_problem() {
    for folder in workspaces() {
        let checked = check(&sources(&folder), &Context::default());
        assert!(checked.diagnostics.is_empty(), "{}", listed(&checked.diagnostics));
        assert!(checked.rules.is_some(), "{}", folder.display());
    }
}

/// The ten offers have the kinds, the channels and the numbers of the offers that the rewards app made.
#[test]
fn the_rewards_app_has_ten_offers_a_fallback_and_four_languages() {
    let rules = check_example("coffee").rules.expect("checked");
    assert_eq!(rules.workspace.languages, ["en", "th", "id", "it"]);
    let offers: Vec<_> = rules.actions.iter().filter(|action| action.competes()).collect();
    assert_eq!(offers.len(), 10);
    assert_eq!(rules.actions.len(), 11);
    for action in &rules.actions {
        for message in &action.messages {
            let languages: Vec<_> =
                message.contents.iter().map(|content| content.language.as_str()).collect();
            assert_eq!(languages, ["en", "id", "it", "th"], "{}", action.name);
        }
    }
    let channels = |name: &str| {
        let action = rules.actions.iter().find(|action| action.name == name).expect(name);
        let channel = |message: &Message| rules.channels[message.channel].name.clone();
        action.messages.iter().map(channel).collect::<Vec<_>>()
    };
    assert_eq!(channels("duo_week"), ["email", "mobile", "social"]);
    assert_eq!(channels("big_basket"), ["email", "web"]);
    assert_eq!(channels("bring_a_friend"), ["email", "mobile", "social", "web"]);
    assert_eq!(offers.iter().map(|action| action.messages.len()).sum::<usize>(), 33);
}

#[test]
fn the_mappings_fill_only_what_the_rules_declare() {
    for name in ["bank", "coffee"] {
        let rules = check_example(name).rules.expect("checked");
        let path = package().join("rules").join(name).join("customers.toml");
        let text = std::fs::read_to_string(path).expect("readable");
        let mapping = Mapping::parse(&text).expect("a mapping");
        let declared: Vec<_> = rules.attributes.iter().map(|one| one.name.as_str()).collect();
        for attribute in mapping.attributes() {
            assert!(declared.contains(&attribute), "{name}: {attribute} is not declared");
        }
        for (channel, purpose) in mapping.consents() {
            let known = rules.channels.iter().position(|one| one.name == channel);
            let needed = rules.purposes.iter().find(|one| one.name == purpose);
            let (known, needed) = (known.expect(channel), needed.expect(purpose));
            assert!(needed.consent_needed.contains(&known), "{name}: {channel} needs no consent");
        }
    }
}

#[test]
fn every_scenario_of_every_example_holds() {
    for folder in workspaces() {
        let loaded = scenario::load(&sources(&folder), &Context::default());
        let loaded = loaded.unwrap_or_else(|problems| panic!("{}", listed(&problems)));
        assert!(loaded.warnings.is_empty(), "{}", listed(&loaded.warnings));
        let results = scenario::run(&loaded.rules);
        // The first ten minutes have one scenario, a real workspace has more.
        let wanted = if folder.ends_with("cafe") { 1 } else { 8 };
        assert!(results.len() >= wanted, "{} has {} scenarios", folder.display(), results.len());
        assert!(results.iter().all(scenario::ScenarioResult::passed), "{results:#?}");
    }
}

/// A scenario that cannot fail says nothing: with the offer's conditions turned round, some must.
#[test]
fn a_changed_rule_fails_a_scenario() {
    let folder = package().join("rules/telecom");
    let changed: Vec<Source> = sources(&folder)
        .into_iter()
        .map(|source| {
            let text = source.text().replace("churn_risk >= 60%", "churn_risk < 60%");
            Source::new(source.name(), text)
        })
        .collect();
    let problems = scenario::load(&changed, &Context::default()).expect_err("a scenario fails");
    assert!(problems.iter().all(|found| found.code.0.starts_with("E08")), "{}", listed(&problems));
    let told = listed(&problems);
    assert!(told.contains("Lea sees the fibre offer on the home page"), "{told}");
}

/// Files in another order, and the definitions of each file the other way round, are the same rules.
#[test]
fn the_order_of_files_and_definitions_does_not_matter() {
    for folder in workspaces() {
        let written = check(&sources(&folder), &Context::default()).rules.expect("checked");
        let turned: Vec<Source> = sources(&folder)
            .into_iter()
            .rev()
            .map(|source| {
                if !source.name().ends_with(".journey") {
                    return source;
                }
                let (mut tree, _) = parse(&source, &Limits::default());
                tree.definitions.reverse();
                Source::new(source.name(), print(&tree))
            })
            .collect();
        let loaded = scenario::load(&turned, &Context::default());
        let loaded = loaded.unwrap_or_else(|problems| panic!("{}", listed(&problems)));
        assert_eq!(loaded.rules.fingerprint, written.fingerprint, "{}", folder.display());
    }
}

/// And one changed digit is another set of rules, in a rule file as in a content file.
#[test]
fn a_changed_digit_changes_the_fingerprint() {
    let folder = package().join("rules/coffee");
    let written = check(&sources(&folder), &Context::default()).rules.expect("checked");
    let files = ["loyalty/discounts.journey", "loyalty/mail/big_basket.id.html"];
    for (file, old, new) in [(files[0], "USD 9.00", "USD 9.01"), (files[1], "$20", "$21")] {
        let changed = sources(&folder).into_iter().map(|source| {
            if source.name() != file {
                return source;
            }
            assert!(source.text().contains(old), "{file} has no {old}");
            Source::new(source.name(), source.text().replace(old, new))
        });
        let changed: Vec<_> = changed.collect();
        let changed = check(&changed, &Context::default()).rules.expect("still good");
        assert_ne!(changed.fingerprint, written.fingerprint, "{file}");
    }
}
