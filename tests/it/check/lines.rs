//! Single lines on each side of their edge: what passes, and what is refused.

use super::{on_base, problem_codes};

fn line(text: &str) -> Vec<&'static str> {
    problem_codes(&format!("segment a {{ {text} }}\n"))
}

#[test]
fn another_currency_is_refused() {
    assert_eq!(line("debt >= EUR 40"), [""; 0]);
    assert_eq!(line("debt >= GBP 40"), ["E0304"]);
}

#[test]
fn a_range_goes_from_its_smaller_end() {
    assert_eq!(line("age in 18 to 18"), [""; 0]);
    assert_eq!(line("age in 18 to 29"), [""; 0]);
    assert_eq!(line("age in 29 to 18"), ["E0308"]);
    assert_eq!(line("contract_end in 2026-10-01 to 2026-09-30"), ["E0308"]);
}

#[test]
fn a_day_must_exist() {
    assert_eq!(line("contract_end < 2028-02-29"), [""; 0]);
    assert_eq!(line("contract_end < 2026-02-29"), ["E0305"]);
}

#[test]
fn a_positive_line_needs_no_answer_and_a_negative_one_does() {
    assert_eq!(line("language is fr"), [""; 0]);
    assert_eq!(line("language is not fr"), ["E0401"]);
    assert_eq!(line("any { language is fr, plan is fibre }"), [""; 0]);
    assert_eq!(line("none { language is fr }"), ["E0401"]);
    // A required attribute and one with a default are never unknown.
    assert_eq!(line("plan is not fibre"), [""; 0]);
    assert_eq!(line("none { vip is yes }"), [""; 0]);
    // Whether a value is known is itself always known.
    assert_eq!(line("language is unknown"), [""; 0]);
    assert_eq!(line("none { language is known }"), [""; 0]);
}

#[test]
fn a_segment_that_can_be_unknown_needs_an_answer_where_it_is_excluded() {
    let with = |text: &str| {
        problem_codes(&format!(
            "segment risky {{ churn_risk >= 60% }}\nsegment sure {{ plan is fibre }}\nsegment a {{ {text} }}\n"
        ))
    };
    assert_eq!(with("in segment risky"), [""; 0]);
    assert_eq!(with("not in segment risky"), ["E0401"]);
    assert_eq!(with("not in segment risky (if_unknown: yes)"), [""; 0]);
    assert_eq!(with("none { in segment risky }"), ["E0401"]);
    assert_eq!(with("not in segment sure"), [""; 0]);
    assert_eq!(with("not in segment sure (if_unknown: yes)"), ["W0401"]);
}

#[test]
fn a_circle_of_segments_is_reported_once() {
    let circle =
        "segment a { in segment b }\nsegment b { in segment c }\nsegment c { in segment a }\n";
    assert_eq!(problem_codes(circle), ["E0215"]);
    let line = "segment a { in segment b }\nsegment b { in segment c }\nsegment c { vip is yes }\n";
    assert_eq!(problem_codes(line), [""; 0]);
}

#[test]
fn hours_of_one_day_may_touch_but_not_overlap() {
    let day =
        |hours: &str| problem_codes(&format!("send_hours h {{ monday to sunday: {hours} }}\n"));
    assert_eq!(day("[09:00 to 12:00, 12:00 to 20:00]"), [""; 0]);
    assert_eq!(day("[09:00 to 12:00, 11:59 to 20:00]"), ["E0313"]);
    assert_eq!(day("00:00 to 24:00"), [""; 0]);
    assert_eq!(day("20:00 to 02:00"), ["E0313"]);
}

#[test]
fn months_need_the_calendar_and_hours_need_a_time() {
    assert_eq!(line("contract_end in the last 2 months"), ["E0310"]);
    assert_eq!(line("contract_end in the last 2 calendar months"), [""; 0]);
    assert_eq!(line("contract_end in the last 2 hours"), ["E0311"]);
    assert_eq!(line("last_login in the last 2 hours"), [""; 0]);
}

#[test]
fn every_problem_of_a_run_is_reported_at_once() {
    let codes = line("chrun_risk >= 60%, plan is simonly, language is not fr, debt >= 40");
    assert_eq!(codes, ["E0203", "E0301", "E0401", "E0303"]);
}

#[test]
fn a_workspace_with_an_error_gives_no_rules_and_one_with_a_warning_does() {
    assert!(on_base("segment a { plan is simonly }\n").rules.is_none());
    let warned = on_base("segment a { vip is yes (if_unknown: no) }\n");
    assert_eq!(warned.diagnostics.len(), 1);
    assert!(warned.rules.is_some());
}
