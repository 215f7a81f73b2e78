//! Instants, whole days and time zones. jiff does the calendar; none of it shows in the public API.

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

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

/// A time zone of the IANA database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone(TimeZone);

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

const EPOCH: jiff::civil::Date = jiff::civil::date(1970, 1, 1);

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
        let instant = jiff::Timestamp::from_microsecond(self.0).unwrap_or(if self.0 < 0 {
            jiff::Timestamp::MIN
        } else {
            jiff::Timestamp::MAX
        });
        let clock = zone.0.to_datetime(instant);
        let minute = i32::from(clock.hour()) * 60 + i32::from(clock.minute());
        Day { date: Date::of(clock.date()), minute: u16::try_from(minute).unwrap_or(0) }
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
        let date = self.civil();
        let months = i64::from(date.year()) * 12 + i64::from(date.month()) - 1 + i64::from(months);
        let year = i16::try_from(months.div_euclid(12)).unwrap_or(9999).clamp(-9999, 9999);
        let month = i8::try_from(months.rem_euclid(12) + 1).unwrap_or(1);
        jiff::civil::Date::new(year, month, 1).map_or(self, Self::of)
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
        self.civil().year()
    }

    /// First day of this day's calendar quarter.
    #[must_use]
    pub fn quarter_start(self) -> Self {
        self.month_start(-(i32::from(self.civil().month() - 1) % 3))
    }

    /// First day of this day's calendar year.
    #[must_use]
    pub fn year_start(self) -> Self {
        self.month_start(-i32::from(self.civil().month() - 1))
    }

    /// Exact for every day of the calendar: whole days are counted, no instants.
    fn of(date: jiff::civil::Date) -> Self {
        let hours = date.duration_since(EPOCH).as_hours();
        Self(i32::try_from(hours.div_euclid(24)).unwrap_or(0))
    }

    /// Days beyond the calendar's ends are its ends.
    fn civil(self) -> jiff::civil::Date {
        let end = if self.0 < 0 { jiff::civil::Date::MIN } else { jiff::civil::Date::MAX };
        let span = jiff::Span::new().try_days(self.0).ok();
        span.and_then(|span| EPOCH.checked_add(span).ok()).unwrap_or(end)
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

impl Zone {
    /// The zone of an IANA name such as `Europe/Paris`; `UTC` is one.
    ///
    /// # Errors
    /// [`TimeError::Zone`].
    pub fn named(name: &str) -> Result<Self, TimeError> {
        if name == "UTC" {
            return Ok(Self(TimeZone::UTC));
        }
        TimeZone::get(name).map(Self).map_err(|_| TimeError::Zone)
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// The instant at which clocks here show `day`; a skipped time moves forward by the gap, a repeated one
    /// is its first occurrence.
    #[must_use]
    pub fn instant(&self, day: Day) -> Timestamp {
        let (hour, minute) = (i64::from(day.minute / 60), i64::from(day.minute % 60));
        let time = i8::try_from(hour)
            .ok()
            .zip(i8::try_from(minute).ok())
            .and_then(|(hour, minute)| jiff::civil::Time::new(hour, minute, 0, 0).ok())
            .unwrap_or_default();
        let zoned = self.0.to_ambiguous_zoned(day.date.civil().to_datetime(time)).compatible();
        // The last hours of the year 9999 have no instant: they are later than all that have.
        let end = Timestamp(if day.date.0 < 0 { i64::MIN } else { i64::MAX });
        zoned.map_or(end, |zoned| Timestamp(zoned.timestamp().as_microsecond()))
    }
}
