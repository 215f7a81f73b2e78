//! SEMANTICS C: unknown is a third answer that never lets anybody through by accident.

use onward::decision::Truth;
use onward::{Customer, Request};

use super::{HOME, Shop, noon, offer};

/// Two required attributes behind segments `s` and `t`: in, out, or unknown where the attribute is missing.
const MEMBERS: &str = "customer { x: required yes_no, y: required yes_no }
segment s { x is yes }
segment t { y is yes }
";

/// Nine customers: `s` and `t` each in, out, unknown.
fn nine() -> Vec<Customer> {
    let set = |customer: Customer, name: &str, value| match value {
        'T' => customer.set(name, true),
        'F' => customer.set(name, false),
        _ => customer,
    };
    let mut all = Vec::new();
    for s in ['T', 'F', 'U'] {
        for t in ['T', 'F', 'U'] {
            let customer = Customer::new(format!("{s}{t}"));
            all.push(set(set(customer, "x", s), "y", t));
        }
    }
    all
}

/// What a line comes to for the nine: `who` passes where it is true, `never` where it is false.
fn table(line: &str) -> String {
    let text = format!(
        "{MEMBERS}{}{}{HOME}",
        offer("if_true", &format!("who {{ {line} }}")),
        offer("if_false", &format!("never {{ {line} }}")),
    );
    let shop = Shop::new(&text);
    let verdict = |customer: Customer| {
        shop.engine.put(&customer).expect("a good customer");
        match shop.home(customer.id(), noon()).as_str() {
            "if_true" => 'T',
            "if_false" => 'F',
            "" => 'U',
            both => panic!("{line} is true and false for {}: {both}", customer.id()),
        }
    };
    nine().into_iter().map(verdict).collect()
}

/// The nine columns: s,t = TT TF TU  FT FF FU  UT UF UU.
#[test]
fn a_line_alone_keeps_its_value() {
    assert_eq!(table("in segment s"), "TTTFFFUUU");
    assert_eq!(table("not in segment s"), "FFFTTTUUU");
}

#[test]
fn any_is_true_where_one_is_and_false_where_all_are() {
    assert_eq!(table("any { in segment s, in segment t }"), "TTTTFUTUU");
    assert_eq!(table("any { in segment s, not in segment t }"), "TTTFTUUTU");
}

#[test]
fn none_is_false_where_one_is_true_and_true_where_all_are_false() {
    assert_eq!(table("none { in segment s, in segment t }"), "FFFFTUFUU");
    assert_eq!(table("none { in segment s, not in segment t }"), "FFFTFUUFU");
}

#[test]
fn any_within_any() {
    assert_eq!(table("any { any { in segment s }, in segment t }"), "TTTTFUTUU");
}

#[test]
fn none_within_any() {
    assert_eq!(table("any { none { in segment s }, in segment t }"), "TFUTTTTUU");
}

#[test]
fn any_within_none() {
    assert_eq!(table("none { any { in segment s, in segment t } }"), "FFFFTUFUU");
}

#[test]
fn none_within_none() {
    assert_eq!(table("none { none { in segment s }, in segment t }"), "FTUFFFFUU");
    assert_eq!(table("none { none { in segment s, in segment t } }"), "TTTTFUTUU");
}

/// A segment that reads a required attribute through another is unknown outright where it is missing.
#[test]
fn a_segment_is_unknown_where_a_required_attribute_is_missing_however_deep() {
    let text = format!(
        "{MEMBERS}segment either {{ any {{ in segment s, in segment t }} }}\n{}{HOME}",
        offer("a", "who { in segment either }")
    );
    let shop = Shop::new(&text);
    for customer in nine() {
        shop.engine.put(&customer).unwrap();
        let id = customer.id();
        let truth = |name: &str| {
            let all = shop.engine.segments(Some(id), noon());
            all.into_iter().find(|(segment, _)| segment == name).expect("the segment").1
        };
        let wanted = match id {
            "TT" | "TF" | "FT" => Truth::True,
            "FF" => Truth::False,
            _ => Truth::Unknown,
        };
        assert_eq!(truth("either"), wanted, "{id}");
        assert_eq!(shop.passes(id), wanted == Truth::True, "{id}");
    }
}

/// With optional attributes the values flow through a segment: `any` and the list itself.
#[test]
fn a_segment_of_optional_attributes_follows_its_lines() {
    let text = format!(
        "customer {{ x: optional yes_no, y: optional yes_no }}
segment both {{ x is yes, y is yes }}
segment either {{ any {{ x is yes, y is yes }} }}
{}{HOME}",
        offer("a", "")
    );
    let shop = Shop::new(&text);
    let mut both = String::new();
    let mut either = String::new();
    for customer in nine() {
        shop.engine.put(&customer).unwrap();
        for (name, truth) in shop.engine.segments(Some(customer.id()), noon()) {
            let letter = match truth {
                Truth::True => 'T',
                Truth::False => 'F',
                Truth::Unknown => 'U',
            };
            if name == "both" { both.push(letter) } else { either.push(letter) }
        }
    }
    assert_eq!(both, "TFUFFFUFU");
    assert_eq!(either, "TTTTFUTUU");
}

/// Passes with the attribute yes, no, unknown.
fn three(lines: &str) -> [bool; 3] {
    three_of("x: optional yes_no", "", lines)
}

fn three_of(customer: &str, more: &str, lines: &str) -> [bool; 3] {
    let action = offer("a", lines);
    let shop = Shop::new(&format!("customer {{ {customer} }}\n{more}\n{action}{HOME}"))
        .with(Customer::new("yes").set("x", true))
        .with(Customer::new("no").set("x", false));
    ["yes", "no", "unknown"].map(|id| shop.passes(id))
}

#[test]
fn an_unknown_value_never_passes_a_positive_line() {
    assert_eq!(three("who { x is yes }"), [true, false, false]);
    assert_eq!(three("who { any { x is yes } }"), [true, false, false]);
}

#[test]
fn if_unknown_answers_the_line_as_written() {
    assert_eq!(three("who { x is not yes (if_unknown: yes) }"), [false, true, true]);
    assert_eq!(three("who { x is not yes (if_unknown: no) }"), [false, true, false]);
    assert_eq!(three("who { x is yes (if_unknown: yes) }"), [true, false, true]);
}

#[test]
fn an_answer_of_yes_excludes_within_never_and_none() {
    assert_eq!(three("never { x is yes (if_unknown: yes) }"), [false, true, false]);
    assert_eq!(three("never { x is yes (if_unknown: no) }"), [false, true, true]);
    assert_eq!(three("who { none { x is yes (if_unknown: yes) } }"), [false, true, false]);
    assert_eq!(three("who { none { x is yes (if_unknown: no) } }"), [false, true, true]);
}

#[test]
fn is_known_and_is_unknown_are_never_undecided() {
    assert_eq!(three("who { x is known }"), [true, true, false]);
    assert_eq!(three("who { x is unknown }"), [false, false, true]);
    assert_eq!(three("never { x is known }"), [false, false, true]);
    assert_eq!(three("never { x is unknown }"), [true, true, false]);
}

#[test]
fn an_unknown_segment_is_answered_by_the_line_that_uses_it() {
    let of = |lines: &str| three_of("x: optional yes_no", "segment s { x is yes }", lines);
    assert_eq!(of("who { in segment s }"), [true, false, false]);
    assert_eq!(of("who { not in segment s (if_unknown: yes) }"), [false, true, true]);
    assert_eq!(of("who { not in segment s (if_unknown: no) }"), [false, true, false]);
    assert_eq!(of("never { in segment s (if_unknown: yes) }"), [false, true, false]);
    assert_eq!(of("never { in segment s (if_unknown: no) }"), [false, true, true]);
}

#[test]
fn a_missing_required_attribute_blocks_whatever_the_line_says() {
    for lines in [
        "who { x is yes }",
        "who { x is not yes }",
        "never { x is yes }",
        "who { none { x is yes } }",
    ] {
        let shop =
            Shop::new(&format!("customer {{ x: required yes_no }}\n{}{HOME}", offer("a", lines)))
                .with(Customer::new("c"));
        assert!(!shop.passes("c"), "{lines}");
        let blocked = shop.blocked(&Request::new("c", "home").at(noon()), "a");
        assert!(blocked.contains(&"missing x".to_owned()), "{lines}: {blocked:?}");
    }
}

#[test]
fn a_missing_required_attribute_blocks_where_only_the_score_or_the_message_reads_it() {
    let score =
        "action a { owner: crm, purpose: marketing, stage: grow, value: EUR 10, propensity: p
  message web { en { banner: \"a\" }, fr { banner: \"a\" } } }\n";
    let message =
        "action a { owner: crm, purpose: marketing, stage: grow, value: EUR 10, propensity: 5%
  message web { en { banner: \"{p}\" }, fr { banner: \"{p}\" } } }\n";
    for action in [score, message] {
        let shop = Shop::new(&format!("customer {{ p: required percent }}\n{action}{HOME}"))
            .with(Customer::new("lacks"))
            .with(Customer::new("has").set("p", "5%"));
        assert!(shop.passes("has"));
        assert!(!shop.passes("lacks"));
        let blocked = shop.blocked(&Request::new("lacks", "home").at(noon()), "a");
        assert_eq!(blocked, ["missing p"]);
    }
}

/// A chain of segments far deeper than a stack would like is worked out from the bottom.
#[test]
fn a_chain_of_thousands_of_segments_is_no_danger() {
    let mut text = String::from("customer { x: optional yes_no }\nsegment s0000 { x is yes }\n");
    for n in 1..3_000 {
        text += &format!("segment s{n:04} {{ in segment s{:04} }}\n", n - 1);
    }
    text += &offer("a", "who { in segment s2999 }");
    text += HOME;
    let shop = Shop::new(&text)
        .with(Customer::new("in").set("x", true))
        .with(Customer::new("out").set("x", false));
    assert!(shop.passes("in"));
    assert!(!shop.passes("out"));
    assert!(!shop.passes("unknown"));
}
