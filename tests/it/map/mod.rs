//! Journeys as drawings: the same rules give the same text, every step is there, and nothing covers another.

use std::collections::BTreeMap;

use onward::check::{Context, Rules};
use onward::map::{Counts, Format, JourneyCounts, StepCounts, draw};
use onward::{Source, check};

const SHOP: &str = r#"
workspace shop { currency: EUR, timezone: "Europe/Paris", languages: [en], stages: [grow] }
purpose marketing { consent_needed: [email, push], consent_free: [web] }
channel email { }
channel push { }
channel web { }
customer { vip: yes_no default no, complaints: number default 0 }
event cart_left kept 30 days { value: required money, note: required text }
event cart_opened kept 30 days { }
event bought kept 30 days { }
action reminder { purpose: marketing, use: only in journeys, message email { en { t: "a" } }, message push { en { t: "a" } } }
action voucher { purpose: marketing, use: only in journeys, message email { en { t: "a" } } }
"#;

const RESCUE: &str = r#"
journey rescue {
  purpose: marketing, longest: 20 days, enter: cart_left where { value >= EUR 40 }, again: 14 days after leaving
  goal: bought within 3 days of entering
  exit { complaints >= 1 }
  steps {
    wait pause: 2 hours
    send reminder by first of [push, email] { if_blocked: retry for 12 hours then continue }
    wait seen: up to 22 hours for cart_opened { if_seen: finish returned, if_not: go to again }
  }
  path again {
    branch {
      when vip is yes: go to desk
      when { entry.value >= EUR 150, entry.note is "<b> & \"quoted\" # ; \\" }: go to voucher_way
      otherwise: continue
    }
    split halves { 50%: go to voucher_way, 50%: continue }
    wait until 09:00
    branch { when complaints < 3: go to steps, otherwise: finish no_incentive }
  }
  path desk { wait until monday 10:00, finish called }
  path voucher_way { send voucher by email { if_blocked: finish capped }, transfer to winback { if_already_in: stay } }
}
journey winback { purpose: marketing, longest: 2 days, enter: request, again: never, steps { wait 1 day, finish done } }
"#;

fn rules(text: &str) -> Rules {
    let sources = [Source::new("shop.journey", SHOP), Source::new("rules.journey", text)];
    let checked = check(&sources, &Context { unplayed: true, ..Context::default() });
    assert!(!checked.diagnostics.has_errors(), "{}", checked.diagnostics);
    checked.rules.unwrap()
}

/// Compares with a file; `UPDATE_EXPECT=1` writes it anew.
fn expect(name: &str, found: &str) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/map").join(name);
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, found).unwrap();
    }
    assert_eq!(found, std::fs::read_to_string(&path).unwrap(), "{name}");
}

#[test]
fn a_journey_as_mermaid_and_for_graphviz() {
    let rules = rules(RESCUE);
    expect("rescue.mmd", &draw(&rules, None, Format::Mermaid, None).unwrap());
    expect("rescue.dot", &draw(&rules, None, Format::Dot, None).unwrap());
}

#[test]
fn one_journey_is_drawn_by_its_name() {
    let rules = rules(RESCUE);
    let one = draw(&rules, Some("winback"), Format::Mermaid, None).unwrap();
    assert!(one.contains("winback") && !one.contains("rescue"));
    assert_eq!(draw(&rules, Some("rescu"), Format::Mermaid, None), None);
    let none = self::rules("");
    assert!(draw(&none, None, Format::Html, None).unwrap().contains("There is no journey."));
}

/// A box, an oval or a label of a picture: left, top, width, height.
fn frames(svg: &str, class: &str) -> Vec<[i32; 4]> {
    let number = |tag: &str, name: &str| -> i32 {
        let from = tag.split_once(&format!(" {name}=\"")).unwrap().1;
        from.split('"').next().unwrap().parse().unwrap()
    };
    svg.lines()
        .filter(|line| line.starts_with("<rect class=") && line.contains(class))
        .map(|line| {
            [number(line, "x"), number(line, "y"), number(line, "width"), number(line, "height")]
        })
        .collect()
}

fn cover(a: [i32; 4], b: [i32; 4]) -> bool {
    a[0] < b[0] + b[2] && b[0] < a[0] + a[2] && a[1] < b[1] + b[3] && b[1] < a[1] + a[3]
}

/// Every tag is closed, in order, and no text breaks out of its place.
fn is_well_formed(xml: &str) {
    let mut open: Vec<&str> = Vec::new();
    for part in xml.split('<').skip(1) {
        let (tag, rest) = part.split_once('>').unwrap_or_else(|| panic!("not closed: {part}"));
        assert!(!rest.contains('>') || open.contains(&"style"), "{part}");
        let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap();
        if tag.starts_with('!') || ["meta"].contains(&name) {
            continue;
        }
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name));
        } else if !tag.ends_with('/') {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn a_picture_is_well_formed_and_covers_nothing() {
    let rules = rules(RESCUE);
    let svg = draw(&rules, Some("rescue"), Format::Svg, None).unwrap();
    is_well_formed(&svg);
    let boxes = frames(&svg, "class=\"b ");
    let labels = frames(&svg, "class=\"p\"");
    assert!(boxes.len() >= 10 && labels.len() >= 8, "{} {}", boxes.len(), labels.len());
    for (at, a) in boxes.iter().enumerate() {
        assert!(boxes[at + 1..].iter().all(|b| !cover(*a, *b)), "{a:?} in {boxes:?}");
        assert!(labels.iter().all(|b| !cover(*a, *b)), "{a:?} in {labels:?}");
    }
    for (at, a) in labels.iter().enumerate() {
        assert!(labels[at + 1..].iter().all(|b| !cover(*a, *b)), "{a:?} in {labels:?}");
    }
    // The way back, and the text of the rules as text.
    assert!(svg.contains("class=\"a back\""));
    assert!(svg.contains("&lt;b&gt; &amp;") && !svg.contains("<b>"));
    assert_eq!(svg.matches("http").count(), 1, "nothing from elsewhere but the name of the format");
}

#[test]
fn a_page_has_a_picture_per_journey_and_no_script() {
    let rules = rules(RESCUE);
    let html = draw(&rules, None, Format::Html, None).unwrap();
    is_well_formed(html.trim_start_matches("<!doctype html>\n"));
    assert_eq!((html.matches("<svg ").count(), html.matches("<figure").count()), (2, 2));
    assert!(!html.contains("<script") && !html.contains("src=") && !html.contains("<b>"));
}

#[test]
fn the_same_rules_give_the_same_drawing() {
    let (one, two) =
        (rules(RESCUE), rules(&RESCUE.replace("  path desk", "\n# moved down\n  path desk")));
    for format in [Format::Mermaid, Format::Dot, Format::Svg, Format::Html] {
        assert_eq!(draw(&one, None, format, None), draw(&two, None, format, None));
    }
}

#[test]
fn people_who_were_counted_are_shown_where_they_stand() {
    let rules = rules(RESCUE);
    let mut steps = BTreeMap::new();
    steps.insert("pause".to_owned(), StepCounts { standing: 1_234, passed: 56_789 });
    steps.insert("reminder".to_owned(), StepCounts { standing: 0, passed: 7 });
    let endings = BTreeMap::from([("goal".to_owned(), 4_321)]);
    let counts = JourneyCounts { entered: 60_000, steps, endings };
    let counts: Counts = BTreeMap::from([("rescue".to_owned(), counts)]);
    for format in [Format::Mermaid, Format::Dot, Format::Svg, Format::Html] {
        let drawn = draw(&rules, None, format, Some(&counts)).unwrap();
        for words in ["60,000 entered", "1,234 here, 56,789 passed", "7 passed"] {
            assert!(drawn.contains(words), "{words} in {drawn}");
        }
    }
    assert!(
        draw(&rules, None, Format::Svg, Some(&counts)).unwrap().contains("ended as: goal 4,321")
    );
}

/// Twenty steps and more with Thai names: nothing covers another, and marks make no box wider.
#[test]
fn thai_names_fit_their_boxes() {
    let mut text = String::from(
        "journey ตะกร้า { purpose: marketing, enter: cart_left, again: never, longest: 40 days\n  steps {\n",
    );
    for n in 0..24 {
        let line = match n % 4 {
            0 => format!("wait พักที่{n}: 1 day"),
            1 => "send voucher by email { if_blocked: finish ส่งไม่ได้ }".to_owned(),
            2 => "branch { when vip is yes: go to โต๊ะ, otherwise: continue }".to_owned(),
            _ => "wait up to 2 hours for cart_opened { if_seen: finish เปิดแล้ว, if_not: continue }"
                .to_owned(),
        };
        text.push_str(&format!("    {line}\n"));
    }
    text.push_str("    finish เงียบ\n  }\n  path โต๊ะ { finish โทรแล้ว }\n}\n");
    let svg = draw(&rules(&text), None, Format::Svg, None).unwrap();
    is_well_formed(&svg);
    let (boxes, labels) = (frames(&svg, "class=\"b "), frames(&svg, "class=\"p\""));
    for (at, a) in boxes.iter().enumerate() {
        assert!(
            boxes[at + 1..].iter().all(|b| !cover(*a, *b)) && labels.iter().all(|b| !cover(*a, *b))
        );
    }
    assert!(svg.contains("พักที่0") && boxes.len() > 30);
}
