//! Explain: every candidate, line by line, with the value seen.

use onward::decision::{Standing, Trace, Truth};
use onward::{Customer, Request};

use super::{HOME, Shop, noon, offer};

fn shop() -> Shop {
    let lines = "who {
  in segment adult
  plan in [a, b]
  any {
    vip is yes
    name is \"Lea\"
  }
}
never { age > 90 (if_unknown: no) }";
    Shop::new(&format!(
        "customer {{ age: optional number, plan: optional one of [a, b, c], vip: yes_no default no
  name: optional text personal_data }}
segment adult {{ age >= 18 }}
{}{HOME}",
        offer("a", lines)
    ))
}

fn lines(traces: &[Trace], depth: usize, into: &mut Vec<String>) {
    for trace in traces {
        let truth = match trace.truth {
            Truth::True => "true",
            Truth::False => "false",
            Truth::Unknown => "unknown",
        };
        let seen = trace.seen.as_ref().map(|seen| format!(" ({seen})")).unwrap_or_default();
        let answered = if trace.answered { " answered" } else { "" };
        let head = trace.line.text.lines().next().unwrap_or_default().trim_end_matches(" {");
        into.push(format!("{}{head}: {truth}{seen}{answered}", "  ".repeat(depth)));
        lines(&trace.inner, depth + 1, into);
    }
}

#[test]
fn each_line_says_what_it_saw() {
    let shop =
        shop().with(Customer::new("c").set("age", 17_i64).set("plan", "c").set("name", "Lea"));
    let explained = shop.engine.explain(&Request::new("c", "home").at(noon())).unwrap();
    let candidate = &explained.candidates[0];
    let mut who = Vec::new();
    lines(&candidate.who, 0, &mut who);
    assert_eq!(
        who,
        [
            "in segment adult: false",
            "  age >= 18: false (17)",
            "plan in [a, b]: false (c)",
            "any: true",
            "  vip is yes: false (no)",
            "  name is \"Lea\": true ((personal data))",
        ]
    );
    assert!(candidate.who.iter().all(|trace| trace.line.line > 10 && trace.line.column > 0));
    let Standing::Blocked { reasons } = &candidate.standing else { panic!("{candidate:?}") };
    assert!(reasons[0].text.contains("in segment adult"), "{reasons:?}");
    assert!(!format!("{explained:?}").contains("seen: Some(\"Lea\")"));
}

#[test]
fn an_answer_for_the_unknown_is_marked() {
    let shop = shop().with(Customer::new("c"));
    let explained = shop.engine.explain(&Request::new("c", "home").at(noon())).unwrap();
    let mut never = Vec::new();
    lines(&explained.candidates[0].never, 0, &mut never);
    assert_eq!(never, ["age > 90 (if_unknown: no): false answered"]);
}

#[test]
fn candidates_come_chosen_then_outranked_then_blocked() {
    let actions = offer("d", "weight: 3")
        + &offer("c", "weight: 2")
        + &offer("e", "")
        + &offer("b", "who { x >= 1 }")
        + &offer("a", "who { x >= 1 }");
    let home = HOME.replace("show: 3", "show: 1");
    let shop = Shop::new(&format!("customer {{ x: optional number }}\n{actions}{home}"));
    shop.ask(&Request::anonymous("home").at(noon()));
    let explained = shop.engine.explain(&Request::anonymous("home").at(noon())).unwrap();
    let order: Vec<&str> = explained.candidates.iter().map(|c| c.action.as_str()).collect();
    assert_eq!(order, ["d", "c", "e", "a", "b"]);
    assert_eq!(explained.customer, None);
    assert_eq!(explained.placement, "home");
}

#[test]
fn segments_can_be_asked_by_themselves() {
    let shop = shop().with(Customer::new("c").set("age", 18_i64));
    let ask = |id| shop.engine.segments(id, noon());
    assert_eq!(ask(Some("c")), [("adult".to_owned(), Truth::True)]);
    assert_eq!(ask(None), [("adult".to_owned(), Truth::Unknown)]);
}

#[test]
fn personal_numbers_stay_out_of_the_account() {
    let shop = Shop::new(&format!(
        "customer {{ salary: optional money EUR 0 to EUR 1000000 personal_data }}
{}{HOME}",
        offer("a", "who { salary >= EUR 1 }").replace("value: EUR 10", "value: salary")
    ))
    .with(Customer::new("c").set("salary", "EUR 4321.09"));
    let explained = shop.engine.explain(&Request::new("c", "home").at(noon())).unwrap();
    let value = explained.candidates[0].factors.iter().find(|factor| factor.name == "value");
    assert_eq!(value.map(|factor| factor.value), Some(None));
    assert_eq!(value.map(|factor| factor.shown.as_str()), Some("(personal data)"));
    let refused = shop.engine.put(&Customer::new("d").set("salary", "EUR 4321,09")).unwrap_err();
    assert!(!refused.to_string().contains("4321"), "{refused}");
}

#[test]
fn a_segment_is_opened_where_it_is_first_met() {
    // Each level names the one below twenty times: without care, 20^4 lines.
    let mut rules = String::from("customer { age: optional number }\nsegment s0 { age >= 18 }\n");
    for level in 1..=6 {
        let below = format!("in segment s{}, ", level - 1).repeat(20);
        rules.push_str(&format!(
            "segment s{level} {{ any {{ {} }} }}\n",
            below.trim_end_matches(", ")
        ));
    }
    let shop = Shop::new(&format!("{rules}{}{HOME}", offer("a", "who { in segment s6 }")))
        .with(Customer::new("c").set("age", 20_i64));
    let explained = shop.engine.explain(&Request::new("c", "home").at(noon())).unwrap();
    let mut who = Vec::new();
    lines(&explained.candidates[0].who, 0, &mut who);
    assert!(who.len() < 200, "{} lines", who.len());
    assert!(who.iter().all(|line| line.contains(": true")), "{who:?}");
}

#[test]
fn numbers_of_a_ranking_are_shown_as_they_are_written() {
    let home = HOME.replace("ranking: plain", "ranking: mixed");
    let shop = Shop::new(&format!(
        "ranking mixed {{ score: max of [value * 12.5% * 1.5, EUR 2.50] }}\n{}{home}",
        offer("a", "")
    ));
    let explained = shop.engine.explain(&Request::anonymous("home").at(noon())).unwrap();
    let shown: Vec<&str> =
        explained.candidates[0].factors.iter().map(|factor| factor.shown.as_str()).collect();
    assert_eq!(shown, ["EUR 10.00", "12.5%", "1.5", "EUR 2.50"]);
}

#[test]
fn a_question_without_a_time_is_answered_as_of_1970_and_said_so() {
    let shop = Shop::who("x: optional number", "x is unknown");
    let notes = |request: Request| shop.engine.explain(&request).unwrap().notes;
    let said = |notes: &[String]| notes.iter().any(|note| note.contains("1970-01-01"));
    assert!(said(&notes(Request::new("c", "home"))));
    assert!(!said(&notes(Request::new("c", "home").at(noon()))));
}
