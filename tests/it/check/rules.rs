//! What the typed rules hold: tests in the attribute's type, spans, answers, required attributes.

use onward::check::rules::{
    CalendarUnit, Condition, Conditions, Need, Origin, RelativeSpan, Rules, SpanLength, Test,
};
use onward::value::{Type, Typed};

use super::on_base;

fn rules(text: &str) -> Rules {
    let checked = on_base(text);
    assert!(!checked.diagnostics.has_errors(), "{}", checked.diagnostics);
    checked.rules.unwrap()
}

fn first_test(list: &Conditions) -> &Test {
    match &list[0] {
        Condition::Test(test) => &test.test,
        other => panic!("{other:?}"),
    }
}

fn test_of(line: &str) -> Test {
    let rules = rules(&format!("segment a {{ {line} }}\n"));
    first_test(&rules.segments[0].conditions).clone()
}

#[test]
fn signs_become_ends_that_are_open_or_closed() {
    let ends = |line: &str| match test_of(line) {
        Test::Between { low, high, negative: false } => {
            (low.map(|bound| bound.included), high.map(|bound| bound.included))
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(ends("age >= 18"), (Some(true), None));
    assert_eq!(ends("age > 18"), (Some(false), None));
    assert_eq!(ends("age <= 18"), (None, Some(true)));
    assert_eq!(ends("age < 18"), (None, Some(false)));
    assert_eq!(ends("age in 18 to 29"), (Some(true), Some(true)));
}

#[test]
fn values_are_read_in_the_type_of_their_attribute() {
    let value = |line: &str| match test_of(line) {
        Test::Equals { mut values, negative: false } => values.remove(0),
        other => panic!("{other:?}"),
    };
    assert_eq!(value("churn_risk is 60%"), Typed::Percent(0.6));
    assert_eq!(value("debt is EUR 12.50"), Typed::Money(1250));
    assert_eq!(value("plan is fibre"), Typed::One("fibre".into()));
    assert_eq!(value("vip is yes"), Typed::YesNo(true));
    assert_eq!(value("first_name is \"STRASSE\""), Typed::Text("strasse".into()));
    assert_eq!(value("language is fr"), Typed::Code("fr".into()));
}

#[test]
fn spans_are_days_on_a_date_and_rolling_on_a_time() {
    let span = |line: &str| match test_of(line) {
        Test::Within { span, negative: false } => span,
        other => panic!("{other:?}"),
    };
    let days = |count| SpanLength::Days { count };
    let last = |length| RelativeSpan { next: false, length };
    assert_eq!(span("contract_end in the last 2 weeks"), last(days(14)));
    let next = RelativeSpan { next: true, length: days(45) };
    assert_eq!(span("contract_end in the next 45 days"), next);
    let three = SpanLength::Rolling { micros: 3 * 86_400_000_000 };
    assert_eq!(span("last_login in the last 3 days"), last(three));
    let hour = SpanLength::Rolling { micros: 3_600_000_000 };
    assert_eq!(span("last_login in the last 60 minutes"), last(hour));
    let months = SpanLength::Calendar { count: 2, unit: CalendarUnit::Month };
    assert_eq!(span("last_login in the last 2 calendar months"), last(months));
}

#[test]
fn a_segment_names_the_required_attributes_it_reads_through_others() {
    let rules = rules(
        "segment a { in segment b, vip is yes }\nsegment b { any { in segment c, age > 3 } }\nsegment c { plan is fibre }\n",
    );
    let plan = rules.attributes.iter().position(|attribute| attribute.name == "plan").unwrap();
    for segment in &rules.segments {
        assert_eq!(segment.required.iter().collect::<Vec<_>>(), [&plan], "{}", segment.name);
    }
}

#[test]
fn attributes_are_sorted_and_hold_the_built_in_ones() {
    let rules = rules("segment a { plan is fibre }\n");
    let names: Vec<_> = rules.attributes.iter().map(|a| (a.origin, a.name.as_str())).collect();
    assert!(names.is_sorted());
    let find = |name: &str| rules.attributes.iter().find(|a| a.name == name).unwrap();
    assert_eq!(find("timezone").kind, Type::Code);
    let channels = Type::OneOf(vec!["email".into(), "web".into()]);
    assert_eq!(find("preferred_channel").kind, channels);
    assert_eq!(find("language").need, Need::Optional);
    assert_eq!(find("page").origin, Origin::Request);
    assert_eq!(find("vip").need, Need::Default(Typed::YesNo(false)));
    assert!(find("first_name").personal_data);
    assert!(!names.iter().any(|(_, name)| *name == "consent"));
}

#[test]
fn a_line_points_at_its_text_as_the_formatter_prints_it() {
    let rules = rules("segment a {\n  vip   is yes\n  language  is not  fr (if_unknown: yes)\n}\n");
    let Condition::Test(test) = &rules.segments[0].conditions[1] else { panic!() };
    assert_eq!((test.line.line, test.line.column), (3, 3));
    assert_eq!(test.line.text, "language is not fr (if_unknown: yes)");
    assert_eq!(test.if_unknown, Some(true));
}

#[test]
fn hours_open_on_the_days_that_are_said() {
    let rules = rules(
        "send_hours day { monday to friday: [14:00 to 20:00, 09:00 to 12:00], saturday: 10:00 to 24:00, sunday: never }\nchannel sms { send_hours: day }\n",
    );
    let sms = rules.channels.iter().find(|channel| channel.name == "sms").unwrap();
    let week = &sms.hours.as_ref().unwrap().week;
    assert_eq!(week[0], [(540, 720), (840, 1200)]);
    assert_eq!(week[4], week[0]);
    assert_eq!(week[5], [(600, 1440)]);
    assert_eq!(week[6], []);
}
