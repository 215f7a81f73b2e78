//! The authors' own tests, run on the real engine; a failing one stops the load.

use onward::scenario::{load, run};
use onward::{Context, Source};

use super::{HEAD, HOME, offer, rules};

fn text(steps: &str) -> String {
    let brand = "action brand { owner: crm, purpose: marketing, stage: grow
  message web { en { banner: \"b\" }, fr { banner: \"b\" } } }\n";
    let home = HOME.replace("fallback: nothing", "fallback: brand").replace("show: 3", "show: 2");
    let text_message =
        "action note { owner: crm, purpose: marketing, stage: grow, value: EUR 1, propensity: 5%
  message sms { en { text: \"n\" }, fr { text: \"n\" } } }
placement desk { channel: sms, show: 1, candidates: [note], ranking: plain, fallback: nothing }\n";
    format!(
        "{HEAD}customer {{ plan: required one of [a, b, c], gift: optional money }}
request {{ page: optional one of [home, cart] }}
{}{}{brand}{text_message}{home}
persona lea {{ plan: a, gift: EUR 12.50, language: fr, timezone: \"Asia/Bangkok\", consent: [sms] }}
scenario \"Lea\" {{
  given lea
{steps}
}}\n",
        offer("first", "who { plan in [a, b] }"),
        offer("second", "who { gift > EUR 12.49 }"),
    )
}

fn failures(steps: &str) -> Vec<(String, String, String)> {
    let results = run(&rules(&text(steps)));
    assert_eq!(results.len(), 1);
    assert_eq!(results[0].passed(), results[0].failures.is_empty());
    let told = |failure: &onward::scenario::Failure| {
        (failure.expected.clone(), failure.got.clone(), failure.because.join("; "))
    };
    results[0].failures.iter().map(told).collect()
}

#[test]
fn what_comes_out_as_expected_passes() {
    let steps = "  at 2026-09-08 10:00 ask home expect shown [first, second]
  at 2026-09-08 10:00 ask home expect shown second in fr by web
  at 2026-09-08 10:01 ask home { page: cart } expect shown first
  at 2026-09-08 10:02 shown first by web
  at 2026-09-08 10:03 ask home expect shown [second, first]
  at 2026-09-08 10:04 ask desk expect shown note
  at 2026-09-08 20:00 ask desk expect nothing
  at 2026-09-08 20:00 ask desk expect note blocked by send_hours daytime
  at 2026-09-08 20:00 ask desk expect note blocked by send_hours";
    assert_eq!(failures(steps), []);
}

#[test]
fn the_customers_clock_is_the_personas() {
    // 09:00 in Bangkok is 04:00 in Paris: open there, closed at home.
    assert_eq!(failures("  at 2026-09-08 09:00 ask desk expect shown note"), []);
    assert_eq!(failures("  at 2026-09-08 08:59 ask desk expect nothing"), []);
}

#[test]
fn each_way_to_fail_is_told() {
    let failed = failures("  at 2026-09-08 10:00 ask home expect nothing");
    assert_eq!(failed[0].0, "nothing");
    assert_eq!(failed[0].1, "shown [first, second]");
    let why = &failed[0].2;
    assert!(
        why.contains("`who` of `first`: `plan in [a, b]`, the value is a (shop.journey"),
        "{why}"
    );
    assert!(why.contains("`who` of `second`: `gift > EUR 12.49`, the value is EUR 12.50"), "{why}");
    assert!(why.contains("one of the lines of `who` would have had to fail"), "{why}");
    let failed = failures("  at 2026-09-08 10:00 ask home expect shown [second, first]");
    assert_eq!(failed[0].0, "shown [second, first]");
    let failed = failures("  at 2026-09-08 10:00 ask home expect shown first in en");
    assert_eq!(failed[0].0, "shown first in en");
    let failed = failures("  at 2026-09-08 10:00 ask home expect shown note");
    assert!(failed[0].2.contains("`note` is no candidate of `home`"), "{failed:?}");
    let failed = failures("  at 2026-09-08 10:00 ask home expect first blocked by who");
    assert_eq!(failed[0].0, "first blocked by who");
    let failed = failures("  at 2026-09-08 20:00 ask desk expect note blocked by consent sms");
    assert!(failed[0].2.contains("send_hours blocked `note` on sms"), "{failed:?}");
}

#[test]
fn changes_of_a_persona_hold_for_its_scenario_only() {
    let changed = text("  at 2026-09-08 10:00 ask home expect shown brand")
        .replace("  given lea\n", "  given lea { plan: c, gift: EUR 1 }\n");
    let more = "scenario \"Lea again\" {\n  given lea\n  at 2026-09-08 10:00 ask home expect shown first\n}\n";
    let results = run(&rules(&format!("{changed}{more}")));
    assert!(results.iter().all(|result| result.passed()), "{results:?}");
}

#[test]
fn a_failing_scenario_stops_the_load_and_names_the_line_that_decided() {
    let bad = text("  at 2026-09-08 10:00 ask home expect shown first")
        .replace("persona lea { plan: a", "persona lea { plan: c");
    let source = [Source::new("shop.journey", bad.as_str())];
    let found = load(&source, &Context::default()).expect_err("the scenario fails");
    let found: Vec<_> = found.iter().filter(|d| d.code.0 == "E0801").collect();
    assert_eq!(found.len(), 1);
    let found = found[0];
    assert_eq!(found.headline, "\"Lea\" expected `shown first`, got `shown second in fr by web`");
    assert!(found.primary.text.contains("`who` of `first` failed"), "{found:?}");
    assert!(found.primary.text.contains("the value is c"), "{found:?}");
    let marked = &bad[found.primary.span.range()];
    assert_eq!(marked, "at 2026-09-08 10:00 ask home expect shown first");
    assert!(found.code.info().is_some());
    assert!(found.help[0].contains("expect shown second in fr by web"));
}

#[test]
fn a_good_workspace_loads_with_its_warnings() {
    let good = text("  at 2026-09-08 10:00 ask home expect shown first");
    let loaded = load(&[Source::new("shop.journey", good)], &Context::default()).expect("good");
    assert_eq!(loaded.rules.scenarios.len(), 1);
    assert!(!loaded.warnings.has_errors());
}

/// A workspace with a regional language and an instant, and one scenario.
fn regional(rest: &str) -> String {
    format!(
        "workspace acme {{ currency: EUR, timezone: \"Europe/Paris\", languages: [en, \"fr-CA\"] }}
purpose marketing {{ consent_free: [web] }}
channel web {{ }}
customer {{ seen: optional time }}
request {{ since: optional time }}
ranking plain {{ score: propensity * value }}
action first {{
  purpose: marketing, value: EUR 10, propensity: 10%
  never {{ seen in the last 2 hours (if_unknown: no), request.since >= 2026-09-08 05:00 (if_unknown: no) }}
  message web {{ en {{ t: \"a\" }}, \"fr-CA\" {{ t: \"b\" }} }}
}}
placement home {{ channel: web, show: 1, candidates: all, ranking: plain, fallback: nothing }}
persona nok {{ timezone: \"Asia/Bangkok\", language: \"fr-CA\", seen: 2026-09-08 10:00 }}
persona léa {{ seen: 2026-09-08 10:00 }}
{rest}\n"
    )
}

fn regional_failures(rest: &str) -> Vec<(String, String)> {
    let results = run(&rules(&regional(rest)));
    let failures = results.iter().flat_map(|result| &result.failures);
    failures.map(|failure| (failure.expected.clone(), failure.got.clone())).collect()
}

#[test]
fn all_times_of_a_scenario_are_on_the_personas_clock() {
    // Seen at ten o'clock on each persona's own clock: two hours later the older end is out.
    let own = "scenario \"a\" { given nok
  at 2026-09-08 11:59 ask home expect nothing
  at 2026-09-08 12:00 ask home expect shown first }
scenario \"b\" { given léa
  at 2026-09-08 11:59 ask home expect nothing
  at 2026-09-08 12:00 ask home expect shown first }
scenario \"c\" { given nok { seen: 2026-09-08 13:00 }
  at 2026-09-08 14:59 ask home expect nothing
  at 2026-09-08 15:00 ask home expect shown first }
scenario \"d\" { given nok { timezone: \"America/New_York\", seen: 2026-09-08 13:00 }
  at 2026-09-08 14:59 ask home expect nothing
  at 2026-09-08 15:00 ask home expect shown first }";
    assert_eq!(regional_failures(own), []);
}

#[test]
fn a_time_in_a_rule_is_on_the_workspaces_clock() {
    // 10:00 in Bangkok is 05:00 in Paris, which is what the rule says.
    let own = "scenario \"a\" { given nok { seen: 2026-09-01 10:00 }
  at 2026-09-08 12:00 ask home { since: 2026-09-08 09:59 } expect shown first
  at 2026-09-08 12:00 ask home { since: 2026-09-08 10:00 } expect nothing }";
    assert_eq!(regional_failures(own), []);
}

#[test]
fn a_language_with_a_region_is_quoted_and_found() {
    let own = "scenario \"exact\" { given nok
  at 2026-09-08 15:00 ask home expect shown first in \"fr-CA\" by web
  at 2026-09-08 15:00 ask home expect shown first in \"FR-ca\" }
scenario \"its base is not there\" { given nok { language: fr }
  at 2026-09-08 15:00 ask home expect first blocked by content fr }
scenario \"base of another region\" { given nok { language: \"en-GB\" }
  at 2026-09-08 15:00 ask home expect shown first in en }";
    assert_eq!(regional_failures(own), []);
    let wrong = "scenario \"x\" { given nok
  at 2026-09-08 15:00 ask home expect shown first in fr }";
    let (expected, got) = (&regional_failures(wrong)[0].0, &regional_failures(wrong)[0].1);
    assert_eq!(expected, "shown first in fr");
    assert_eq!(got, "shown first in fr-CA by web");
}
