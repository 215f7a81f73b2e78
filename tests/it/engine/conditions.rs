//! SEMANTICS D: what each test means, on both sides of its edge.

use onward::Customer;

use super::Shop;

/// Whether each value of one attribute passes.
fn check(declared: &str, line: &str, cases: &[(&str, bool)]) {
    let shop = Shop::who(&format!("x: {declared}"), line);
    for (value, wanted) in cases {
        let value = match value.strip_prefix("n:") {
            Some(number) => onward::value::Value::Number(number.to_owned()),
            None => (*value).into(),
        };
        shop.engine.put(&Customer::new("c").set("x", value.clone())).expect("a good value");
        assert_eq!(shop.passes("c"), *wanted, "{line} with {value:?}");
    }
}

#[test]
fn a_range_of_numbers_includes_both_ends() {
    let cases = [("n:17.999", false), ("n:18", true), ("n:29", true), ("n:29.001", false)];
    check("optional number", "x in 18 to 29", &cases);
    let cases = [("n:17.999", true), ("n:18", false), ("n:29", false), ("n:29.001", true)];
    check("optional number", "x not in 18 to 29 (if_unknown: no)", &cases);
}

#[test]
fn comparisons_take_or_leave_their_end() {
    check("optional number", "x >= 5", &[("n:4.9", false), ("n:5", true)]);
    check("optional number", "x > 5", &[("n:5", false), ("n:5.1", true)]);
    check("optional number", "x <= 5", &[("n:5", true), ("n:5.1", false)]);
    check("optional number", "x < 5", &[("n:4.9", true), ("n:5", false)]);
}

#[test]
fn a_percentage_is_the_nearest_float_of_its_decimal() {
    check("optional percent", "x >= 60%", &[("60%", true), ("59.99%", false)]);
    check("optional percent", "x < 7%", &[("7%", false), ("6.99%", true)]);
}

#[test]
fn money_is_exact_to_the_minor_unit() {
    check("optional money", "x > EUR 10.00", &[("EUR 10.00", false), ("EUR 10.01", true)]);
    check("optional money", "x <= EUR 10.00", &[("EUR 10", true), ("EUR 10.01", false)]);
}

#[test]
fn a_range_of_dates_includes_both_days() {
    let cases =
        [("2026-08-31", false), ("2026-09-01", true), ("2026-09-30", true), ("2026-10-01", false)];
    check("optional date", "x in 2026-09-01 to 2026-09-30", &cases);
}

#[test]
fn text_is_compared_folded_and_code_exactly() {
    check("optional text", "x is \"Straße\"", &[("STRASSE", true), ("Strase", false)]);
    check("optional text", "x is \"Café\"", &[("cafe\u{301}", true), ("cafe", false)]);
    check("optional code", "x is \"AB\"", &[("AB", true), ("ab", false)]);
}

#[test]
fn a_word_no_rule_names_is_known_and_is_none_of_those_named() {
    let line = "x is not \"AB\" (if_unknown: no)";
    check("optional code", line, &[("AB", false), ("something else", true)]);
}

#[test]
fn one_of_is_exact_and_negations_turn_it_round() {
    let one = "optional one of [red, green, blue]";
    check(one, "x in [red, green]", &[("red", true), ("green", true), ("blue", false)]);
    let line = "x not in [red, green] (if_unknown: no)";
    check(one, line, &[("red", false), ("green", false), ("blue", true)]);
}

#[test]
fn sets_have_any_all_or_none_of_the_values() {
    let set = |values: &[&str]| Customer::new("c").set("x", values);
    let cases: [(&str, &[&str], bool); 10] = [
        ("x has sport", &["music", "sport"], true),
        ("x has sport", &["music"], false),
        ("x has any of [sport, films]", &["films"], true),
        ("x has any of [sport, films]", &["music"], false),
        ("x has all of [sport, films]", &["films", "sport"], true),
        ("x has all of [sport, films]", &["films"], false),
        ("x lacks sport (if_unknown: no)", &["films"], true),
        ("x lacks sport (if_unknown: no)", &["sport"], false),
        // An empty list is known: nothing is in it.
        ("x lacks sport (if_unknown: no)", &[], true),
        ("x is known", &[], true),
    ];
    for (line, values, wanted) in cases {
        let shop = Shop::who("x: optional some of [films, music, sport]", line).with(set(values));
        assert_eq!(shop.passes("c"), wanted, "{line} with {values:?}");
    }
}

#[test]
fn a_set_of_more_than_64_values_is_whole() {
    let names: Vec<String> = (0..130).map(|n| format!("v{n:03}")).collect();
    let declared = format!("x: optional some of [{}]", names.join(", "));
    let shop = Shop::who(&declared, "x has all of [v000, v063, v064, v129]");
    let all = ["v000", "v063", "v064", "v129"];
    shop.engine.put(&Customer::new("all").set("x", &all[..])).unwrap();
    shop.engine.put(&Customer::new("less").set("x", &all[..3])).unwrap();
    assert!(shop.passes("all"));
    assert!(!shop.passes("less"));
}

#[test]
fn attributes_beyond_the_hot_part_are_read_as_well() {
    let declared: Vec<String> = (0..40).map(|n| format!("x{n:02}: optional number")).collect();
    let lines: Vec<String> = (0..40).map(|n| format!("x{n:02} is {n}")).collect();
    let shop = Shop::who(&declared.join("\n"), &lines.join("\n"));
    let whole = (0..40_i64).fold(Customer::new("c"), |c, n| c.set(format!("x{n:02}"), n));
    shop.engine.put(&whole).unwrap();
    assert!(shop.passes("c"));
    shop.engine.put(&Customer::new("c").set("x39", 40_i64)).unwrap();
    assert!(!shop.passes("c"));
}

#[test]
fn personal_data_decides_like_any_other_value() {
    check("optional text personal_data", "x is \"Lea\"", &[("lea", true), ("leo", false)]);
}

#[test]
fn a_default_stands_in_and_is_known() {
    let shop = Shop::who("x: number default 3", "x is 3").with(Customer::new("c"));
    assert!(shop.passes("c"));
    assert!(shop.passes("nobody knows"));
    shop.engine.put(&Customer::new("c").set("x", 4_i64)).unwrap();
    assert!(!shop.passes("c"));
    let set = "x: some of [films, music] default [music]";
    assert!(Shop::who(set, "x has music").passes("nobody knows"));
    assert!(!Shop::who(set, "x has films").passes("nobody knows"));
}

#[test]
fn a_request_attribute_is_read_like_a_customers() {
    use onward::Request;
    let text = format!(
        "customer {{ x: optional number }}\nrequest {{ page: optional one of [home, cart] }}\n{}{}",
        super::offer("a", "who { request.page is cart }"),
        super::HOME
    );
    let shop = Shop::new(&text);
    let asks = |page: Option<&str>| {
        let question = Request::anonymous("home").at(super::noon());
        let question = page.iter().fold(question, |q, page| q.attribute("page", *page));
        !shop.ask(&question).treatments.is_empty()
    };
    assert!(asks(Some("cart")));
    assert!(!asks(Some("home")));
    assert!(!asks(None));
}
