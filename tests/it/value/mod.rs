//! Values at the door: decimals, money, days, zones, text, each on both sides of its edge.

mod zones;

use onward::value::{
    Currency, Date, Day, Money, MoneyError, ReadError, Timestamp, Type, Typed, Unit, Value, Zone,
    fold, nfc, read,
};

fn percent(low: f64, high: f64) -> Type {
    Type::Percent { range: (low, high) }
}

fn money() -> Type {
    Type::Money { currency: Currency::new("EUR").unwrap(), range: None }
}

fn number(text: &str) -> Value {
    Value::Number(text.to_owned())
}

#[test]
fn a_percentage_and_its_fraction_are_the_same_bits() {
    let any = percent(0.0, 1.0);
    let mut division_is_wrong = 0;
    for tenths in 0..1000_u32 {
        let points = format!("{}.{}", tenths / 10, tenths % 10);
        let decimal: f64 = format!("0.{tenths:03}").parse().unwrap();
        let expected = Ok(Some(Typed::Percent(decimal)));
        let written = Value::Text(format!("{points}%"));
        assert_eq!(read(&written, &any, Unit::None), expected);
        assert_eq!(read(&number(&decimal.to_string()), &any, Unit::Fraction), expected);
        assert_eq!(read(&number(&points), &any, Unit::Percent), expected);
        let shown = Value::Text(Typed::Percent(decimal).show(&any));
        assert_eq!(read(&shown, &any, Unit::None), expected);
        let divided = points.parse::<f64>().unwrap() / 100.0;
        division_is_wrong += u32::from(divided.to_bits() != decimal.to_bits());
    }
    assert!(division_is_wrong > 0, "dividing by 100 would have done as well");
}

#[test]
fn a_percentage_is_shown_with_its_own_digits_and_no_neighbours() {
    let any = percent(-10.0, 10.0);
    let mean = f64::midpoint(0.07, 0.6);
    for (fraction, shown) in [
        (mean, "33.499999999999996%"),
        (0.07 / 3.0, "2.3333333333333334%"),
        (0.335, "33.5%"),
        (2.5, "250%"),
        (1.0, "100%"),
        (0.001, "0.1%"),
        (-0.125, "-12.5%"),
        (0.0, "0%"),
    ] {
        let text = Typed::Percent(fraction).show(&any);
        assert_eq!(text, shown);
        let read_back = read(&Value::Text(text), &any, Unit::None);
        assert_eq!(read_back, Ok(Some(Typed::Percent(fraction))));
    }
}

#[test]
fn a_bare_number_is_no_percentage_and_no_money() {
    let bare = ReadError::BareNumber { found: "0.6".to_owned() };
    assert_eq!(read(&number("0.6"), &percent(0.0, 1.0), Unit::None), Err(bare.clone()));
    assert_eq!(read(&number("0.6"), &money(), Unit::None), Err(bare));
}

#[test]
fn the_ends_of_a_range_belong_to_it() {
    let ends = percent(0.0, 1.0);
    assert_eq!(read(&"100%".into(), &ends, Unit::None), Ok(Some(Typed::Percent(1.0))));
    assert_eq!(read(&"0%".into(), &ends, Unit::None), Ok(Some(Typed::Percent(0.0))));
    assert!(matches!(read(&"100.1%".into(), &ends, Unit::None), Err(ReadError::Range { .. })));
    assert!(matches!(read(&"-1%".into(), &ends, Unit::None), Err(ReadError::Range { .. })));
    let ages = Type::Number { range: Some((18.0, 29.0)) };
    assert_eq!(read(&number("29"), &ages, Unit::None), Ok(Some(Typed::Number(29.0))));
    assert!(matches!(read(&number("29.5"), &ages, Unit::None), Err(ReadError::Range { .. })));
}

#[test]
fn nan_and_infinities_are_refused_at_the_door() {
    let any = Type::Number { range: None };
    for text in ["NaN", "inf", "-inf", "Infinity", "1e400", "-1e400"] {
        assert_eq!(
            read(&number(text), &any, Unit::None),
            Err(ReadError::NotFinite { found: text.to_owned() }),
            "{text}"
        );
    }
    for text in ["", "0x10", "1_000", "1,5", "١٢"] {
        assert!(matches!(read(&number(text), &any, Unit::None), Err(ReadError::Kind { .. })));
    }
}

#[test]
fn minus_zero_is_zero() {
    let Ok(Some(Typed::Number(zero))) =
        read(&number("-0.0"), &Type::Number { range: None }, Unit::None)
    else {
        panic!("-0.0 is a number")
    };
    assert_eq!(zero.to_bits(), 0.0_f64.to_bits());
}

#[test]
fn money_is_exact_minor_units_of_its_own_currency() {
    let minor = |text: &str| read(&Value::Text(text.to_owned()), &money(), Unit::None);
    assert_eq!(minor("EUR 1250.50"), Ok(Some(Typed::Money(125_050))));
    assert_eq!(minor("EUR 0.07"), Ok(Some(Typed::Money(7))));
    assert_eq!(minor("EUR -12.5"), Ok(Some(Typed::Money(-1_250))));
    assert_eq!(minor("EUR 12.500"), Ok(Some(Typed::Money(1_250))));
    assert!(matches!(minor("EUR 12.505"), Err(ReadError::Money { why: MoneyError::Decimals, .. })));
    assert!(matches!(minor("GBP 12.50"), Err(ReadError::Currency { .. })));
    assert!(matches!(minor("EUR 92233720368547758.07"), Ok(Some(Typed::Money(i64::MAX)))));
    assert!(matches!(
        minor("EUR 92233720368547758.08"),
        Err(ReadError::Money { why: MoneyError::TooLarge, .. })
    ));
    assert_eq!(Money::parse("JPY 500").unwrap().minor, 500);
    assert_eq!(Money::parse("JPY 500.5"), Err(MoneyError::Decimals));
    assert_eq!(Money::parse("KWD 1.234").unwrap().minor, 1_234);
    assert_eq!(Money::parse("XYZ 1"), Err(MoneyError::UnknownCurrency));
    assert_eq!(Money::parse("EUR -0.05").unwrap().to_string(), "EUR -0.05");
}

#[test]
fn bare_amounts_need_their_unit() {
    assert_eq!(read(&number("12.5"), &money(), Unit::Major), Ok(Some(Typed::Money(1_250))));
    assert_eq!(
        read(&number("112000.0"), &money(), Unit::Major),
        Ok(Some(Typed::Money(11_200_000)))
    );
    assert_eq!(read(&number("1250"), &money(), Unit::Minor), Ok(Some(Typed::Money(1_250))));
    assert!(read(&number("1250.5"), &money(), Unit::Minor).is_err());
}

#[test]
fn a_listed_value_is_exact_and_an_empty_list_is_known() {
    let plans = Type::OneOf(vec!["fibre".to_owned(), "prepaid".to_owned()]);
    assert_eq!(read(&"fibre".into(), &plans, Unit::None), Ok(Some(Typed::One("fibre".into()))));
    assert!(matches!(read(&"Fibre".into(), &plans, Unit::None), Err(ReadError::NotListed { .. })));
    let likes = Type::SomeOf(vec!["music".to_owned(), "sport".to_owned()]);
    assert_eq!(read(&Value::List(vec![]), &likes, Unit::None), Ok(Some(Typed::Some(vec![]))));
    let twice = Value::from(&["sport", "music", "sport"][..]);
    assert_eq!(
        read(&twice, &likes, Unit::None),
        Ok(Some(Typed::Some(vec!["music".into(), "sport".into()])))
    );
    assert_eq!(read(&Value::Null, &likes, Unit::None), Ok(None));
}

#[test]
fn texts_fold_and_codes_do_not() {
    assert_eq!(fold("STRASSE"), fold("Straße"));
    assert_eq!(fold("e\u{301}"), fold("É"));
    assert_ne!(fold(" a"), fold("a"));
    assert_eq!(nfc("e\u{301}"), "é");
    assert_eq!(read(&"É".into(), &Type::Code, Unit::None), Ok(Some(Typed::Code("É".into()))));
}

#[test]
fn days_are_days_of_the_calendar() {
    let date = |text: &str| Date::parse(text).unwrap();
    assert_eq!(date("1970-01-01").days(), 0);
    assert_eq!(date("2024-02-29").plus_days(1), date("2024-03-01"));
    assert!(Date::parse("2026-02-29").is_err());
    assert!(Date::parse("2026-2-28").is_err());
    assert!(Date::parse("20260228").is_err());
    assert_eq!(date("2026-11-22").weekday(), 6);
    assert_eq!(date("2026-11-22").week_start(), date("2026-11-16"));
    assert_eq!(date("2026-11-23").week_start(), date("2026-11-23"));
    assert_eq!(date("2026-01-31").month_start(1), date("2026-02-01"));
    assert_eq!(date("2026-01-31").month_start(-1), date("2025-12-01"));
    assert_eq!(date("2026-11-22").quarter_start(), date("2026-10-01"));
    assert_eq!(date("2026-11-22").year_start(), date("2026-01-01"));
    for days in -800_000..800_000 {
        let day = Date::from_days(days);
        if days % 997 == 0 && (1..=9999).contains(&day.year()) {
            assert_eq!(date(&day.to_string()), day);
        }
    }
}

#[test]
fn the_calendar_ends_where_its_years_do() {
    let date = |text: &str| Date::parse(text).unwrap();
    // The customary "no end date" of customer records.
    assert_eq!(date("9999-12-31").days(), 2_932_896);
    assert_eq!(date("9999-12-31").to_string(), "9999-12-31");
    assert!(date("9999-12-30") < date("9999-12-31"));
    assert_eq!(date("0001-01-01").days(), -719_162);
    assert_eq!(date("0001-01-01").to_string(), "0001-01-01");
    assert!(Date::parse("0000-12-31").is_err());
    assert!(Date::parse("10000-01-01").is_err());
    let late = Day { date: date("9999-12-31"), minute: 23 * 60 + 59 };
    let utc = Zone::named("UTC").unwrap();
    assert!(utc.instant(late) > Timestamp::parse("9999-12-01T00:00:00Z").unwrap());
    let early = Day { date: date("0001-01-01"), minute: 0 };
    assert!(utc.instant(early) < Timestamp::parse("0001-01-02T00:00:00Z").unwrap());
    assert!(Timestamp::from_micros(i64::MAX).on_clock(&utc).date >= date("9999-12-30"));
    assert!(Timestamp::from_micros(i64::MIN).on_clock(&utc).date.year() <= -9998);
}

#[test]
fn clocks_follow_their_zone_and_its_changes() {
    let paris = Zone::named("Europe/Paris").unwrap();
    let at = |text: &str| Timestamp::parse(text).unwrap();
    let clock = |text: &str| at(text).on_clock(&paris);
    let day = |date: &str, minute| Day { date: Date::parse(date).unwrap(), minute };
    assert_eq!(clock("2026-07-01T22:30:00Z"), day("2026-07-02", 30));
    assert_eq!(clock("2026-12-01T22:30:00Z"), day("2026-12-01", 23 * 60 + 30));
    // 29 March 2026: 02:00 becomes 03:00; a skipped time moves forward by the gap.
    assert_eq!(clock("2026-03-29T00:59:00Z"), day("2026-03-29", 119));
    assert_eq!(clock("2026-03-29T01:00:00Z"), day("2026-03-29", 180));
    assert_eq!(paris.instant(day("2026-03-29", 150)), at("2026-03-29T01:30:00Z"));
    // 25 October 2026: 03:00 becomes 02:00; a repeated time is its first occurrence.
    assert_eq!(paris.instant(day("2026-10-25", 150)), at("2026-10-25T00:30:00Z"));
    assert!(Zone::named("Europe/Pari").is_err());
    assert_eq!(Zone::named("UTC").unwrap().name(), "UTC");
}

#[test]
fn an_instant_needs_its_offset() {
    let micros = Timestamp::parse("2026-10-01T11:30:00.250+02:00").unwrap().micros();
    assert_eq!(micros, Timestamp::parse("2026-10-01T09:30:00.25Z").unwrap().micros());
    assert!(Timestamp::parse("2026-10-01T11:30:00").is_err());
    assert!(Timestamp::parse("2026-10-01").is_err());
    let text = Timestamp::from_micros(micros).to_string();
    assert_eq!(Timestamp::parse(&text).unwrap().micros(), micros);
}

#[test]
fn an_instant_beyond_the_calendar_reads_back_from_its_stored_form() {
    for micros in [i64::MIN, -1, 0, 1_789_000_000_123_456, i64::MAX] {
        let instant = Timestamp::from_micros(micros);
        let stored = serde_json::to_string(&instant).unwrap();
        assert_eq!(serde_json::from_str::<Timestamp>(&stored).unwrap(), instant, "{stored}");
    }
    assert!(serde_json::from_str::<Timestamp>("\"many microseconds\"").is_err());
}

#[test]
fn amounts_are_read_to_the_last_unit_that_fits() {
    let euro = Currency::EUR;
    assert_eq!(euro.minor("92233720368547758.07"), Ok(i64::MAX));
    assert_eq!(euro.minor("-92233720368547758.08"), Ok(i64::MIN));
    for amount in ["92233720368547758.08", "-92233720368547758.09", "100000000000000000000"] {
        assert_eq!(euro.minor(amount), Err(MoneyError::TooLarge), "{amount}");
    }
    assert_eq!(euro.minor("0012.5"), Ok(1250));
    assert_eq!(euro.minor("-0.01"), Ok(-1));
}

#[test]
fn percentages_of_any_length_are_read_by_their_decimals() {
    let percent = Type::Percent { range: (0.0, 1.0) };
    let long = format!("12.5{}%", "0".repeat(80));
    for text in ["12.5%", long.as_str()] {
        assert_eq!(read(&text.into(), &percent, Unit::None), Ok(Some(Typed::Percent(0.125))));
    }
}
