//! Actions, placements, content, governance and scenarios: what their authors are told, and what an approval
//! and a fingerprint hang on.

use onward::check::Context;
use onward::check::rules::{Channels, Operand, Piece};
use onward::{Checked, Source, check};

use super::cases;

const WORLD: &str = r#"
workspace acme { currency: EUR, timezone: "Europe/Paris", languages: [en, fr], stages: [grow, keep] }
team platform { folder: ".", central: yes }
team retail_crm { folder: "retail" }
purpose marketing { consent_needed: [email], consent_free: [web] }
channel email { }
channel web { }
customer { first_name: optional text, churn_risk: optional percent, visits: number 0 to 100 default 0 }
model m { reads: churn_risk, gives: percent, if_unknown: 4% }
ranking best { score: propensity * value * weight }
"#;

const OFFER: &str = r#"
action offer {
  purpose: marketing, value: EUR 20, propensity: m, approved_by: "legal, 2026-08-14"
  message web { en { banner: "Hi {first_name else you}" }, fr { banner: file "fr.html" } }
}
"#;

fn checked(files: &[(&str, &str)], context: &Context) -> Checked {
    let sources: Vec<Source> = files.iter().map(|(name, text)| Source::new(*name, *text)).collect();
    check(&sources, context)
}

fn world(offer: &str, content: &str, context: &Context) -> Checked {
    checked(&[("world.journey", WORLD), ("offer.journey", offer), ("fr.html", content)], context)
}

fn codes(checked: &Checked) -> Vec<&'static str> {
    checked.diagnostics.iter().map(|found| found.code.0).collect()
}

#[test]
fn authors_are_told_what_the_cases_say() {
    cases::run("meaning");
}

#[test]
fn a_certain_fix_mends_its_problem_and_breaks_nothing() {
    cases::certain_fixes_mend("meaning");
}

#[test]
fn the_complete_example_lacks_only_what_is_not_yet_supported() {
    let text = std::fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/cases/meaning/complete.journey"
    ));
    let text = text.unwrap();
    let (_, problems) = text.split_once("--- problems\n").unwrap();
    let headlines: Vec<&str> = problems.lines().filter(|line| !line.starts_with("  ")).collect();
    assert_eq!(headlines.len(), 3);
    for line in headlines {
        assert!(
            line.starts_with("E0901 error") && line.ends_with("is not yet supported"),
            "{line}"
        );
    }
}

#[test]
fn an_edit_voids_the_approval_until_a_new_one_is_written() {
    let first = world(OFFER, "Salut", &Context::default());
    let rules = first.rules.unwrap();
    let context = Context { previous: Some(rules.manifest), ..Context::default() };
    let laid_out = OFFER.replace("value: EUR 20, ", "# dear\n  value: EUR 20\n  ");
    assert_eq!(
        codes(&world(&laid_out, "Salut", &context)),
        [""; 0],
        "layout and comments are no edit"
    );
    assert_eq!(codes(&world(&OFFER.replace("EUR 20", "EUR 21"), "Salut", &context)), ["E0705"]);
    assert_eq!(codes(&world(OFFER, "Salut !", &context)), ["E0705"], "content is part of it");
    let renamed = OFFER.replace("action offer", "action gift was offer");
    assert_eq!(codes(&world(&renamed, "Salut", &context)), [""; 0]);
    let renamed = renamed.replace("EUR 20", "EUR 21");
    assert_eq!(codes(&world(&renamed, "Salut", &context)), ["E0705"], "a new name hides no edit");
    let again = OFFER.replace("EUR 20", "EUR 21").replace("08-14", "09-01");
    assert_eq!(codes(&world(&again, "Salut !", &context)), [""; 0]);
}

#[test]
fn the_fingerprint_hangs_on_what_is_said_and_on_content() {
    let of = |files: &[(&str, &str)]| {
        checked(files, &Context::default()).rules.map(|rules| rules.fingerprint).unwrap()
    };
    let plain = of(&[("a.journey", WORLD), ("b.journey", OFFER), ("fr.html", "Salut")]);
    let mut lines: Vec<&str> = WORLD.trim().lines().collect();
    lines.reverse();
    let turned = format!("# turned\n{OFFER}\n{}", lines.join("\n\n"));
    assert_eq!(of(&[("fr.html", "Salut"), ("c.journey", &turned)]), plain);
    let other_order =
        OFFER.replace("value: EUR 20, propensity: m", "propensity: m\n  value: EUR 20");
    assert_eq!(
        of(&[("a.journey", WORLD), ("b.journey", &other_order), ("fr.html", "Salut")]),
        plain
    );
    let moved = OFFER.replace("fr.html", "../fr.html");
    assert_eq!(
        of(&[("a.journey", WORLD), ("deep/b.journey", &moved), ("fr.html", "Salut")]),
        plain
    );
    assert_ne!(of(&[("a.journey", WORLD), ("b.journey", OFFER), ("fr.html", "Salut !")]), plain);
    let with_notes =
        [("a.journey", WORLD), ("b.journey", OFFER), ("fr.html", "Salut"), ("README.md", "Notes")];
    assert_eq!(of(&with_notes), plain, "what no rule names is no part of the rules");
    let dearer = OFFER.replace("EUR 20", "EUR 21");
    assert_ne!(of(&[("a.journey", WORLD), ("b.journey", &dearer), ("fr.html", "Salut")]), plain);
}

#[test]
fn content_that_is_no_utf8_is_refused_where_it_breaks() {
    let sources = [
        Source::new("world.journey", WORLD),
        Source::new("offer.journey", OFFER),
        Source::new("fr.html", b"Caf\xe9".to_vec()),
    ];
    let found = check(&sources, &Context::default());
    assert_eq!(codes(&found), ["E0607"]);
    let label = found.diagnostics.iter().next().map(|found| found.primary.clone()).unwrap();
    assert_eq!((label.file.as_str(), label.span.start), ("fr.html", 3));
    let sources = [
        Source::new("world.journey", WORLD),
        Source::new("offer.journey", OFFER),
        Source::refused("fr.html", 100 << 20),
    ];
    assert_eq!(codes(&check(&sources, &Context::default())), ["E0607"]);
}

#[test]
fn rules_hold_what_the_author_wrote() {
    let more = format!(
        "{OFFER}action page {{ purpose: marketing, message web {{ en {{ b: \"x\" }}, fr {{ b: \"x\" }} }} }}
action later {{ purpose: marketing, value: EUR 1, propensity: 1%, use: only in journeys
  message web {{ en {{ b: \"x\" }}, fr {{ b: \"x\" }} }} }}
placement home {{ channels: preferred of [web, email], show: 3, candidates: all, ranking: best, fallback: page }}"
    );
    let rules = world(&more, "<b>\\{x} {visits}</b>", &Context::default()).rules.unwrap();
    let names: Vec<&str> = rules.actions.iter().map(|action| action.name.as_str()).collect();
    assert_eq!(names, ["later", "offer", "page"]);
    let offer = &rules.actions[1];
    assert_eq!(offer.value, Some(Operand::Constant(2000.0)));
    let Some(Operand::Attribute { otherwise, model, .. }) = &offer.propensity else { panic!() };
    assert_eq!((*otherwise, model.as_deref()), (Some(0.04), Some("m")));
    assert_eq!(offer.weight, Operand::Constant(1.0));
    let message = &offer.messages[0];
    let pieces = |at: usize| message.contents[at].fields[0].1.clone();
    assert_eq!(pieces(0)[0], Piece::Text("Hi ".into()));
    let [open, Piece::Attribute { otherwise: None, .. }, close] = &pieces(1)[..] else { panic!() };
    assert_eq!((open, close), (&Piece::Text("<b>{x} ".into()), &Piece::Text("</b>".into())));
    let home = &rules.placements[0];
    assert_eq!((home.show, &home.candidates[..], home.fallback), (3, &[1][..], Some(2)));
    assert_eq!(home.channels, Channels::Preferred(vec![1, 0]));
}
