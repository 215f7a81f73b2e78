//! Instants, whole days and time zones. jiff does the calendar; none of it shows in the public API.

use serde::{Deserialize, Serialize};

use super::zone::Zone;
use crate::mutant::mutant;

/// A minute and a day of 24 hours, in microseconds.
pub(crate) const MINUTE: i64 = 60_000_000;
pub(crate) const DAY: i64 = 1440 * MINUTE;

/// An instant, in Unix microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// A whole day, counted from 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(i32);

/// A day of some clock with its time of day: what `at 2026-09-08 10:00` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Day {
    /// The day.
    pub date: Date,
    /// Minutes since midnight, below 1440.
    pub minute: u16,
}

/// Why a text is no date, instant or zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TimeError {
    /// Not `2026-10-01`, or no such day.
    #[error("not a date such as 2026-10-01")]
    Date,
    /// Not RFC 3339 with an offset.
    #[error("not an instant such as 2026-10-01T09:30:00Z")]
    Instant,
    /// No zone has this name.
    #[error("not a time zone such as Europe/Paris")]
    Zone,
}

/// Days from the first of March of the year 0 to 1970-01-01, and days of 400 years.
const MARCH_OF_0: i32 = 719_468;
const ERA: i32 = 146_097;

impl Timestamp {
    /// Unix microseconds.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Unix milliseconds; saturates beyond ±292,000 years.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis.saturating_mul(1000))
    }

    /// Unix microseconds.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Moved by microseconds; saturates.
    #[must_use]
    pub const fn plus_micros(self, micros: i64) -> Self {
        Self(self.0.saturating_add(micros))
    }

    /// Reads RFC 3339 with an offset, `2026-10-01T09:30:00Z` or `2026-10-01T11:30:00.250+02:00`.
    ///
    /// # Errors
    /// [`TimeError::Instant`].
    pub fn parse(text: &str) -> Result<Self, TimeError> {
        let instant: jiff::Timestamp = text.parse().map_err(|_| TimeError::Instant)?;
        Ok(Self(instant.as_microsecond()))
    }

    /// The day and minute that clocks in `zone` show. Instants beyond the years -9999 to 9999 show as the
    /// nearest that the calendar has.
    #[must_use]
    pub fn on_clock(self, zone: &Zone) -> Day {
        if mutant!("clocks_change_an_hour_late") {
            let late = zone.clock(self.plus_micros(-60 * MINUTE));
            let (days, minute) = ((late.minute + 60) / 1440, (late.minute + 60) % 1440);
            return Day { date: late.date.plus_days(i32::from(days)), minute };
        }
        zone.clock(self)
    }
}

impl std::fmt::Display for Timestamp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match jiff::Timestamp::from_microsecond(self.0) {
            Ok(instant) => write!(f, "{instant}"),
            Err(_) => write!(f, "{} microseconds", self.0),
        }
    }
}

impl Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        // Beyond the years of RFC 3339 it is written as a number.
        if let Some(micros) = text.strip_suffix(" microseconds").and_then(|text| text.parse().ok())
        {
            return Ok(Self(micros));
        }
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

impl Date {
    /// Days since 1970-01-01.
    #[must_use]
    pub const fn from_days(days: i32) -> Self {
        Self(days)
    }

    /// Days since 1970-01-01.
    #[must_use]
    pub const fn days(self) -> i32 {
        self.0
    }

    /// Moved by whole days; saturates.
    #[must_use]
    pub const fn plus_days(self, days: i32) -> Self {
        Self(self.0.saturating_add(days))
    }

    /// Reads `2026-10-01`, years 0001 to 9999.
    ///
    /// # Errors
    /// [`TimeError::Date`].
    pub fn parse(text: &str) -> Result<Self, TimeError> {
        let bytes = text.as_bytes();
        let shaped = bytes.len() == 10
            && bytes.iter().enumerate().all(|(at, byte)| match at {
                4 | 7 => *byte == b'-',
                _ => byte.is_ascii_digit(),
            });
        if !shaped {
            return Err(TimeError::Date);
        }
        let date: jiff::civil::Date = text.parse().map_err(|_| TimeError::Date)?;
        if date.year() == 0 { Err(TimeError::Date) } else { Ok(Self::of(date)) }
    }

    /// First day of the month that is `months` after this day's month (negative: before).
    #[must_use]
    pub fn month_start(self, months: i32) -> Self {
        let (year, month, _) = self.parts();
        let months = i64::from(year) * 12 + i64::from(month) - 1 + i64::from(months);
        let year = months.div_euclid(12).clamp(-9999, 9999) as i32;
        Self::of_parts(year, months.rem_euclid(12) as i32 + 1, 1)
    }

    /// Monday of this day's week.
    #[must_use]
    pub fn week_start(self) -> Self {
        self.plus_days(-i32::from(self.weekday()))
    }

    /// 0 for Monday to 6 for Sunday.
    #[must_use]
    pub fn weekday(self) -> u8 {
        u8::try_from((i64::from(self.0) + 3).rem_euclid(7)).unwrap_or(0)
    }

    /// The calendar year.
    #[must_use]
    pub fn year(self) -> i16 {
        i16::try_from(self.parts().0).unwrap_or(9999)
    }

    /// First day of this day's calendar quarter.
    #[must_use]
    pub fn quarter_start(self) -> Self {
        self.month_start(-((self.parts().1 - 1) % 3))
    }

    /// First day of this day's calendar year.
    #[must_use]
    pub fn year_start(self) -> Self {
        self.month_start(1 - self.parts().1)
    }

    /// Exact for every day of the calendar: whole days are counted, no instants.
    pub(super) fn of(date: jiff::civil::Date) -> Self {
        Self::of_parts(date.year().into(), date.month().into(), date.day().into())
    }

    /// Years begin in March here, so that the day that comes and goes is the last one.
    const fn of_parts(year: i32, month: i32, day: i32) -> Self {
        let years = if month < 3 { year - 1 } else { year };
        let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        let leap = years.div_euclid(4) - years.div_euclid(100) + years.div_euclid(400);
        Self(years * 365 + leap + day_of_year - MARCH_OF_0)
    }

    /// Year, month and day. Days beyond the calendar's ends are its ends.
    const fn parts(self) -> (i32, i32, i32) {
        let (first, last) = (Self::of_parts(-9999, 1, 1).0, Self::of_parts(9999, 12, 31).0);
        let days = if self.0 < first {
            first
        } else if self.0 > last {
            last
        } else {
            self.0
        };
        let days = days + MARCH_OF_0;
        let (era, day) = (days.div_euclid(ERA), days.rem_euclid(ERA));
        let year_of_era = (day - day / 1_460 + day / 36_524 - day / (ERA - 1)) / 365;
        let day_of_year = day - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month + 2) / 5 + 1;
        let year = era * 400 + year_of_era;
        if month < 10 { (year, month + 3, day) } else { (year + 1, month - 9, day) }
    }

    pub(super) fn civil(self) -> jiff::civil::Date {
        let (year, month, day) = self.parts();
        let end = if self.0 < 0 { jiff::civil::Date::MIN } else { jiff::civil::Date::MAX };
        jiff::civil::Date::new(year as i16, month as i8, day as i8).unwrap_or(end)
    }
}

impl std::fmt::Display for Date {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.civil())
    }
}

impl Serialize for Date {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::Date;

    #[test]
    fn days_are_those_of_the_calendar_from_end_to_end() {
        let (first, last) = (jiff::civil::Date::MIN, jiff::civil::Date::MAX);
        let mut day = Date::of(first);
        assert_eq!(Date::from_days(day.days() - 1).civil(), first, "beyond the end is the end");
        // Every day of the years about now, and of the rest one in seven.
        let mut date = first;
        while date < last {
            assert_eq!((Date::of(date), day.civil()), (day, date));
            let step = if (1600..2500).contains(&date.year()) { 1 } else { 7 };
            let next = date.checked_add(jiff::Span::new().days(step));
            (date, day) = (next.unwrap_or(last), day.plus_days(i32::from(step as i8)));
        }
        let end = Date::of(last);
        assert_eq!(end.civil(), last);
        assert_eq!(Date::from_days(i32::MAX).civil(), last);
        assert_eq!(Date::from_days(i32::MIN).civil(), first);
        assert_eq!(Date::of(jiff::civil::date(1970, 1, 1)).days(), 0);
    }
}
