//! Names, folders and retirements.

use std::collections::BTreeSet;

use onward::check::{Context, Manifest};
use onward::value::{Date, Timestamp};
use onward::{Source, check};

use super::{BASE, on_base, problem_codes};

fn codes(sources: &[(&str, &str)], context: &Context) -> Vec<&'static str> {
    let mut all = vec![Source::new("base.journey", BASE)];
    all.extend(sources.iter().map(|(name, text)| Source::new(*name, *text)));
    check(&all, context).diagnostics.iter().map(|found| found.code.0).collect()
}

#[test]
fn an_empty_folder_is_said_to_be_empty() {
    let found = check(&[], &Context::default());
    assert!(found.rules.is_none());
    assert_eq!(found.diagnostics.iter().map(|p| p.code.0).collect::<Vec<_>>(), ["E0223"]);
}

const RETIRED: &str =
    "segment old retired 2026-12-31 { plan is fibre }\nsegment user { in segment old }\n";

fn at(day: &str, previous: Option<Manifest>) -> Context {
    Context { today: Some(Date::parse(day).unwrap()), previous, ..Context::default() }
}

#[test]
fn a_retired_name_warns_to_its_last_day_and_refuses_new_users_after_it() {
    let rules = [("rules.journey", RETIRED)];
    assert_eq!(codes(&rules, &Context::default()), ["W0202"]);
    assert_eq!(codes(&rules, &at("2026-12-31", None)), ["W0202"]);
    assert_eq!(codes(&rules, &at("2027-01-01", None)), ["E0207"]);
}

#[test]
fn the_last_day_of_a_retired_name_is_that_of_the_workspace() {
    // The workspace is in Paris, an hour ahead of UTC in winter.
    let rules = [("rules.journey", RETIRED)];
    let now =
        |text: &str| Context { now: Some(Timestamp::parse(text).unwrap()), ..Context::default() };
    assert_eq!(codes(&rules, &now("2026-12-31T22:59:59Z")), ["W0202"]);
    assert_eq!(codes(&rules, &now("2026-12-31T23:00:00Z")), ["E0207"]);
    let told = Context { today: Date::parse("2026-12-31").ok(), ..now("2026-12-31T23:00:00Z") };
    assert_eq!(codes(&rules, &told), ["W0202"], "a host that says the day means it");
}

#[test]
fn who_used_a_retired_name_before_may_go_on() {
    let reference = ("segment user".to_owned(), "segment old".to_owned());
    let manifest = Manifest { references: BTreeSet::from([reference]), ..Manifest::default() };
    let rules = [("rules.journey", RETIRED)];
    assert_eq!(codes(&rules, &at("2027-01-01", Some(manifest.clone()))), ["W0202"]);
    let another = "segment newcomer { in segment old }\n";
    let rules = [("rules.journey", RETIRED), ("more.journey", another)];
    assert_eq!(codes(&rules, &at("2027-01-01", Some(manifest))), ["E0207", "W0202"]);
}

#[test]
fn the_manifest_remembers_who_uses_what() {
    let checked = on_base("segment a { plan is fibre }\nsegment b { in segment a }\n");
    let references = checked.rules.unwrap().manifest.references;
    let has = |user: &str, used: &str| references.contains(&(user.to_owned(), used.to_owned()));
    assert!(has("segment b", "segment a"));
    assert!(has("segment a", "attribute plan"));
    assert!(!has("segment b", "attribute plan"));
}

#[test]
fn what_binds_everyone_stands_in_a_central_folder() {
    let purpose = "purpose extra { consent_free: [web] }\n";
    let none = Context::default();
    assert_eq!(codes(&[("extra.journey", purpose)], &none), [""; 0]);
    assert_eq!(codes(&[("retail/extra.journey", purpose)], &none), ["E0208"]);
    assert_eq!(codes(&[("retail/deep/extra.journey", purpose)], &none), ["E0208"]);
    // `platform` owns the top and whatever no other team owns; `retailer` is not `retail`.
    assert_eq!(codes(&[("retailer/extra.journey", purpose)], &none), [""; 0]);
}

#[test]
fn today_is_the_day_by_the_workspaces_clock() {
    use onward::value::Timestamp;
    // In Paris it is half past midnight on the 11th while Greenwich still has the 10th.
    let text = "segment a retired 2026-07-10 { plan is fibre }\nsegment b { in segment a }\n";
    let sources = [
        onward::Source::new("base.journey", super::BASE),
        onward::Source::new("rules.journey", text),
    ];
    let codes_at = |millis: i64, today: Option<Date>| {
        let now = Some(Timestamp::from_millis(millis));
        let context = Context { now, today, ..Context::default() };
        let found = onward::check(&sources, &context).diagnostics;
        found.iter().map(|problem| problem.code.0).collect::<Vec<_>>()
    };
    let half_past_ten_pm = 1_783_722_600_000;
    assert_eq!(codes_at(half_past_ten_pm, None), ["E0207"]);
    assert_eq!(codes_at(half_past_ten_pm - 3_600_000, None), ["W0202"]);
    let said = Date::parse("2026-07-10").ok();
    assert_eq!(codes_at(half_past_ten_pm, said), ["W0202"], "a day that is said wins");
}

#[test]
fn an_earlier_name_must_be_free() {
    assert_eq!(problem_codes("segment a was b { plan is fibre }\n"), [""; 0]);
    let both = "segment a was b { plan is fibre }\nsegment b { plan is fibre }\n";
    assert_eq!(problem_codes(both), ["E0206"]);
}

#[test]
fn the_order_of_files_and_definitions_changes_no_rule() {
    let (a, b) = ("segment a { in segment b }\n", "segment b { plan is fibre }\n");
    let one = on_base(&format!("{a}{b}")).rules.unwrap();
    let two = on_base(&format!("{b}{a}")).rules.unwrap();
    let names = |rules: &onward::Rules| {
        rules.segments.iter().map(|segment| segment.name.clone()).collect::<Vec<_>>()
    };
    assert_eq!(names(&one), ["a", "b"]);
    assert_eq!(names(&one), names(&two));
    assert_eq!(one.fingerprint, two.fingerprint);
}

#[test]
fn a_file_that_was_not_read_may_hold_the_workspace() {
    let huge = onward::Source::refused("all.journey", 100 << 20);
    let found = onward::check(&[huge], &onward::Context::default()).diagnostics;
    assert_eq!(found.iter().map(|problem| problem.code.0).collect::<Vec<_>>(), ["E0101"]);
}

#[test]
fn a_message_says_where_no_nearest_name_was_looked_for() {
    use std::fmt::Write;
    let mut declared = String::new();
    for number in 0..2_600 {
        let _ = writeln!(declared, "segment known_{number:04} {{ plan is fibre }}");
    }
    let mut sources =
        vec![Source::new("base.journey", BASE), Source::new("declared.journey", declared)];
    for file in 0..11 {
        let mut lines = String::new();
        for number in 0..190 {
            let _ =
                writeln!(lines, "segment user_{file}_{number} {{ in segment knwon_{number:04} }}");
        }
        sources.push(Source::new(format!("f{file:02}.journey"), lines));
    }
    let found = check(&sources, &Context::default()).diagnostics;
    let unsought = "no similar name was looked for, because very many names are wrong";
    let said = |one: &onward::diagnostic::Diagnostic| one.notes.iter().any(|note| note == unsought);
    // The users are segments too, and are looked through with the others.
    let of_names: Vec<_> = found.iter().filter(|one| one.code.0 == "E0204").collect();
    assert_eq!(of_names.len(), 11 * 190);
    let (looked, left): (Vec<_>, Vec<_>) = of_names.into_iter().partition(|one| !said(one));
    assert!(looked.len() > 900 && left.len() > 500, "{} and {}", looked.len(), left.len());
    assert!(looked.iter().all(|one| one.primary.text.starts_with("the closest is `known_")));
    assert!(left.iter().all(|one| one.fixes.is_empty()));
}
