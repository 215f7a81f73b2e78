//! Analysis is right: 40 lists that nobody can pass are found, 40 that somebody can pass stay silent.

use super::problem_codes;

/// Each is the body of a segment that nobody can be in; `|` stands for a new line.
const NOBODY: [&str; 40] = [
    // values that exclude each other
    "plan is fibre | plan is prepaid",
    "plan is fibre | plan is not fibre",
    "plan in [fibre, prepaid] | plan in [none, sim_only]",
    "plan in [fibre, prepaid] | plan not in [fibre, prepaid]",
    "plan in [fibre, prepaid] | plan is not fibre | plan is not prepaid",
    "vip is yes | vip is no",
    "vip is yes | vip is not yes",
    "first_name is Ann | first_name is Bob",
    "first_name is Ann | first_name is not ANN (if_unknown: yes)",
    // ranges without a common value
    "age > 60 | age < 18",
    "age >= 18 | age < 18",
    "age > 18 | age < 18",
    "age in 18 to 29 | age in 30 to 40",
    "age is 20 | age in 30 to 40",
    "age in 18 to 29 | age not in 10 to 40 (if_unknown: no)",
    "churn_risk >= 60% | churn_risk <= 59%",
    "churn_risk > 60% | churn_risk < 60%",
    "debt >= EUR 40 | debt < EUR 40",
    "debt > EUR 40 | debt < EUR 40.01",
    "contract_end < 2026-01-01 | contract_end > 2026-12-31",
    "contract_end > 2026-01-01 | contract_end < 2026-01-02",
    "last_login < 2026-09-01 10:00 | last_login > 2026-09-01 10:00",
    "open_complaints > 2 | open_complaints is 1",
    // from today
    "contract_end in the last 5 days | contract_end not in the last 30 days (if_unknown: yes)",
    "last_login in the last 3 days | last_login in the next 3 days | last_login not in the last 1 hour (if_unknown: no)",
    "contract_end in the last 2 calendar months | contract_end not in the last 2 calendar months (if_unknown: no)",
    // several values
    "interests has films | interests lacks films (if_unknown: no)",
    "interests has all of [films, music] | interests lacks music (if_unknown: yes)",
    "interests has any of [films, music] | interests lacks films (if_unknown: no) | interests lacks music (if_unknown: no)",
    // the unknown
    "language is known | language is unknown",
    "language is fr | language is unknown",
    "age >= 18 (if_unknown: no) | age is unknown",
    "age >= 60 (if_unknown: yes) | age < 18",
    // any and none
    "plan is fibre | any { plan is prepaid, plan is none }",
    "age >= 60 | any { age < 18, age in 20 to 30 }",
    "plan is fibre | none { plan is fibre, vip is yes }",
    "none { vip is yes } | none { vip is no }",
    "none { age >= 18 (if_unknown: yes) } | age > 20",
    // through segments
    "in segment of_fibre | plan is prepaid",
    "in segment of_both | not in segment of_fibre",
];

/// Each is the body of a segment that somebody can be in.
const SOMEBODY: [&str; 40] = [
    "plan is fibre | vip is yes",
    "plan in [fibre, prepaid] | plan in [prepaid, none]",
    "plan in [fibre, prepaid] | plan is not fibre",
    "plan is not fibre | plan is not prepaid",
    "first_name is Ann | first_name is ann",
    "first_name is Ann | first_name is not Bob (if_unknown: no)",
    "age >= 18 | age <= 18",
    "age > 18 | age < 18.5",
    "age in 18 to 29 | age in 29 to 40",
    "age is 20 | age in 20 to 40",
    "age in 18 to 29 | age not in 20 to 40 (if_unknown: no)",
    "churn_risk >= 60% | churn_risk <= 60%",
    "churn_risk > 59% | churn_risk < 60%",
    "debt > EUR 40 | debt < EUR 40.02",
    "debt >= EUR 40 | debt < EUR 40.01",
    "contract_end > 2026-01-01 | contract_end < 2026-01-03",
    "contract_end in the last 30 days | contract_end in the next 45 days",
    "contract_end in the last 30 days | contract_end not in the last 5 days (if_unknown: no)",
    "contract_end in the last 2 calendar months | contract_end not in the last 1 calendar months (if_unknown: no)",
    "contract_end in the last 30 days | contract_end > 2026-01-01",
    "last_login in the last 30 days | last_login not in the last 3 days (if_unknown: no)",
    "interests has films | interests lacks music (if_unknown: no)",
    "interests has any of [films, music] | interests lacks films (if_unknown: no)",
    "interests has films | interests has music",
    "language is known | language is fr",
    "age >= 60 (if_unknown: yes) | age < 18 (if_unknown: yes)",
    "age is unknown | age >= 18 (if_unknown: yes)",
    "language is not fr (if_unknown: yes) | language is unknown",
    "interests lacks films (if_unknown: yes) | interests has films (if_unknown: yes)",
    "plan is fibre | any { plan is prepaid, plan is fibre }",
    "age >= 60 | any { age < 18, age in 50 to 70 }",
    "any { plan is fibre, vip is yes } | any { plan is prepaid, vip is no }",
    "any { plan is fibre, plan is prepaid } | vip is no",
    "plan is fibre | none { plan is prepaid, vip is yes }",
    "none { age >= 18 (if_unknown: no) } | age is unknown",
    "none { none { plan is fibre } } | plan is fibre",
    "in segment of_fibre | vip is yes",
    "not in segment of_both | plan is fibre",
    "in segment of_fibre | in segment of_both",
    "in segment maybe_old (if_unknown: yes) | age is unknown",
];

const SEGMENTS: &str = "\
segment of_fibre { plan is fibre }
segment of_both { plan is fibre, vip is yes }
segment maybe_old { age >= 60 }
";

fn found(body: &str) -> Vec<&'static str> {
    let body = body.replace(" | ", "\n  ");
    problem_codes(&format!("{SEGMENTS}segment planted {{\n  {body}\n}}\n"))
}

#[test]
fn forty_planted_contradictions_are_found() {
    for body in NOBODY {
        assert_eq!(found(body), ["E0403"], "{body}");
    }
}

#[test]
fn forty_clean_lists_stay_silent() {
    for body in SOMEBODY {
        assert_eq!(found(body), [""; 0], "{body}");
    }
}

#[test]
fn the_unknown_saves_two_lines_that_exclude_each_other() {
    assert_eq!(found("age >= 60 (if_unknown: yes) | age < 18 (if_unknown: yes)"), [""; 0]);
    assert_eq!(found("age >= 60 (if_unknown: yes) | age < 18 (if_unknown: no)"), ["E0403"]);
}

#[test]
fn an_open_end_does_not_meet_a_closed_one() {
    assert_eq!(found("age < 18 | age >= 18"), ["E0403"]);
    assert_eq!(found("age <= 18 | age >= 18"), [""; 0]);
}

#[test]
fn a_long_chain_of_segments_is_read_without_recursion() {
    use std::fmt::Write;
    let mut text = "segment s0 { plan is fibre }\n".to_owned();
    for at in 1..5_000 {
        writeln!(text, "segment s{at} {{ in segment s{} }}", at - 1).unwrap();
    }
    assert_eq!(problem_codes(&text), [""; 0]);
}
