//! Days, units and clocks, by hand; zones by chrono-tz, which is not what the engine uses.

use chrono::{
    DateTime, LocalResult, NaiveDate, NaiveDateTime, Offset, TimeDelta, TimeZone, Timelike,
};
use chrono_tz::Tz;
use onward::syntax::ast::Unit;

/// Days from 1970-01-01 of a civil date (proleptic Gregorian).
pub(crate) fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let shifted = if month <= 2 { year - 1 } else { year };
    let era = shifted.div_euclid(400);
    let year_of_era = shifted - era * 400;
    let day_of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// Year, month and day of a count of days.
pub(crate) fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let mut year = 1968 + days.div_euclid(366);
    while days_from_civil(year + 1, 1, 1) <= days {
        year += 1;
    }
    let mut month = 1;
    while month < 12 && days_from_civil(year, month + 1, 1) <= days {
        month += 1;
    }
    (year, month, days - days_from_civil(year, month, 1) + 1)
}

/// 0 for Monday; 1970-01-01 was a Thursday.
pub(crate) fn weekday(day: i64) -> usize {
    usize::try_from((day + 3).rem_euclid(7)).unwrap()
}

/// First day of the unit that is `offset` units after the one `day` lies in.
pub(crate) fn unit_start(day: i64, unit: Unit, offset: i64) -> i64 {
    let (year, month, _) = civil_from_days(day);
    let first_of =
        |months: i64| days_from_civil(months.div_euclid(12), months.rem_euclid(12) + 1, 1);
    match unit {
        Unit::Day => day + offset,
        Unit::Week => day - i64::try_from(weekday(day)).unwrap() + 7 * offset,
        Unit::Month => first_of(year * 12 + month - 1 + offset),
        Unit::Quarter => first_of(year * 12 + (month - 1) / 3 * 3 + 3 * offset),
        Unit::Year => days_from_civil(year + offset, 1, 1),
        Unit::Minute | Unit::Hour => panic!("no calendar has minutes or hours here"),
    }
}

/// The zone of a name.
pub(crate) fn zone(name: &str) -> Tz {
    name.parse().unwrap()
}

/// Day and minute that clocks in `zone` show at an instant.
pub(crate) fn local(micros: i64, zone: Tz) -> (i64, i64) {
    let there = DateTime::from_timestamp_micros(micros).unwrap().with_timezone(&zone).naive_local();
    let day = (there.date() - NaiveDate::from_ymd_opt(1970, 1, 1).unwrap()).num_days();
    (day, i64::from(there.hour() * 60 + there.minute()))
}

/// The instant at which clocks in `zone` show a day and minute: a skipped time moves forward by the gap, a
/// repeated one is its first occurrence.
pub(crate) fn instant(day: i64, minute: i64, zone: Tz) -> i64 {
    let date = NaiveDate::from_ymd_opt(1970, 1, 1).unwrap() + TimeDelta::days(day);
    let local = NaiveDateTime::new(date, chrono::NaiveTime::MIN) + TimeDelta::minutes(minute);
    match zone.from_local_datetime(&local) {
        LocalResult::Single(there) | LocalResult::Ambiguous(there, _) => there.timestamp_micros(),
        LocalResult::None => {
            // The offset that held before the gap, applied to the skipped time.
            let before = zone.offset_from_utc_datetime(&(local - TimeDelta::days(1))).fix();
            (local - before).and_utc().timestamp_micros()
        }
    }
}
