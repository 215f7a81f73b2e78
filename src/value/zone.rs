//! A time zone, and what was last found out about its clocks.
//!
//! Most questions are about the last few weeks and the same few midnights. How far clocks are ahead then is kept
//! beside the zone, in one word for some weeks or one midnight: pure facts of the calendar, so that nothing can
//! get stale, and whoever finds others there asks jiff.

use std::sync::atomic::{AtomicU64, Ordering};

use jiff::tz::TimeZone;

use super::time::{DAY, Date, Day, MINUTE, TimeError, Timestamp};
use crate::mutant::mutant;

/// Midnights that are kept of a zone.
const MIDNIGHTS: usize = 16;

/// Runs of days that are kept of a zone, and the days of one.
const RUNS: usize = 8;
const RUN: i64 = 64;

/// Seconds of a day of 24 hours, microseconds of a second.
const DAY_SECONDS: i64 = DAY / SECOND;
const SECOND: i64 = 1_000_000;

/// Nobody's clocks are further ahead, in seconds: more than a day.
const MOST: i64 = 1 << 17;

/// A time zone of the IANA database.
#[derive(Debug)]
pub struct Zone {
    jiff: TimeZone,
    kept: Box<Kept>,
}

/// Words of [`Run`] and [`Midnight`]; 0 for nothing.
#[derive(Debug, Default)]
struct Kept {
    runs: [AtomicU64; RUNS],
    midnights: [AtomicU64; MIDNIGHTS],
}

impl Clone for Zone {
    fn clone(&self) -> Self {
        Self::new(self.jiff.clone())
    }
}

impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        self.jiff == other.jiff
    }
}

impl Eq for Zone {}

/// The instant at which a day begins, by how far it is before that of UTC, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Midnight {
    date: i32,
    ahead: i32,
}

impl Midnight {
    /// Of a whole second within a day and a half of that of UTC, as all are.
    fn new(date: Date, at: Timestamp) -> Option<Self> {
        let (seconds, rest) = (at.micros().div_euclid(SECOND), at.micros().rem_euclid(SECOND));
        let ahead = i64::from(date.days()) * DAY_SECONDS - seconds;
        let fits = rest == 0 && (-MOST..MOST).contains(&ahead);
        fits.then(|| Self { date: date.days(), ahead: ahead as i32 })
    }

    fn micros(self) -> i64 {
        (i64::from(self.date) * DAY_SECONDS - i64::from(self.ahead)) * SECOND
    }

    /// In one word, so that it is read whole; never 0.
    fn word(self) -> u64 {
        u64::from(self.date.cast_unsigned()) << 32
            | u64::from((self.ahead << 1).cast_unsigned())
            | 1
    }

    fn read(word: u64) -> Option<Self> {
        let half = |shift: u32| ((word >> shift) as u32).cast_signed();
        (word != 0).then(|| Self { date: half(32), ahead: half(0) >> 1 })
    }
}

/// Days of UTC during which clocks were so many seconds ahead of it, whole days only, within days that are counted
/// off by [`RUN`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Run {
    first: i64,
    /// The day behind the last.
    end: i64,
    ahead: i64,
}

impl Run {
    /// In one word; never 0. Days of the years that have instants are far from the ends of 24 bits.
    fn word(self) -> u64 {
        let (first, days) = (self.first.cast_unsigned(), self.end - self.first);
        first << 40
            | days.cast_unsigned() << 32
            | (self.ahead << 1).cast_unsigned() & 0xffff_ffff
            | 1
    }

    fn read(word: u64) -> Option<Self> {
        let first = word.cast_signed() >> 40;
        let end = first + i64::from((word >> 32) as u8);
        (word != 0).then(|| Self { first, end, ahead: i64::from((word as u32).cast_signed() >> 1) })
    }
}

impl Zone {
    fn new(jiff: TimeZone) -> Self {
        Self { jiff, kept: Box::default() }
    }

    /// The zone of an IANA name such as `Europe/Paris`; `UTC` is one.
    ///
    /// # Errors
    /// [`TimeError::Zone`].
    pub fn named(name: &str) -> Result<Self, TimeError> {
        if name == "UTC" {
            return Ok(Self::new(TimeZone::UTC));
        }
        TimeZone::get(name).map(Self::new).map_err(|_| TimeError::Zone)
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.jiff.iana_name().unwrap_or("UTC")
    }

    /// The instant at which clocks here show `day`; a skipped time moves forward by the gap, a repeated one
    /// is its first occurrence.
    ///
    /// Cost: a midnight that was asked about lately, a few nanoseconds; else what the calendar takes, some hundred.
    #[must_use]
    pub fn instant(&self, day: Day) -> Timestamp {
        if day.minute != 0 {
            return self.work_out(day);
        }
        let place = day.date.days() as usize % MIDNIGHTS;
        let Some(kept) = self.kept.midnights.get(place) else { return self.work_out(day) };
        if let Some(midnight) = Midnight::read(kept.load(Ordering::Relaxed))
            && (midnight.date == day.date.days() || mutant!("zone_midnight_of_another_day"))
        {
            return Timestamp::from_micros(midnight.micros());
        }
        let at = self.work_out(day);
        if let Some(midnight) = Midnight::new(day.date, at) {
            kept.store(midnight.word(), Ordering::Relaxed);
        }
        at
    }

    fn work_out(&self, day: Day) -> Timestamp {
        let (hour, minute) = (i64::from(day.minute / 60), i64::from(day.minute % 60));
        let time = i8::try_from(hour)
            .ok()
            .zip(i8::try_from(minute).ok())
            .and_then(|(hour, minute)| jiff::civil::Time::new(hour, minute, 0, 0).ok())
            .unwrap_or_default();
        let zoned = self.jiff.to_ambiguous_zoned(day.date.civil().to_datetime(time)).compatible();
        // The last hours of the year 9999 have no instant: they are later than all that have.
        let end = if day.date.days() < 0 { i64::MIN } else { i64::MAX };
        let micros = zoned.map_or(end, |zoned| zoned.timestamp().as_microsecond());
        Timestamp::from_micros(micros)
    }

    /// The day and minute that clocks here show; beyond the calendar's ends, those of the ends.
    ///
    /// Cost: as [`instant`](Self::instant), where some day of the same weeks was asked about lately.
    #[inline]
    pub(super) fn clock(&self, at: Timestamp) -> Day {
        let day = at.micros().div_euclid(DAY);
        let place = day.div_euclid(RUN) as usize % RUNS;
        let kept = self.kept.runs.get(place).map_or(0, |kept| kept.load(Ordering::Relaxed));
        match Run::read(kept) {
            Some(run) if (run.first..run.end).contains(&day) => shows(at.micros(), run.ahead),
            _ => self.find(at, day, place),
        }
    }

    #[inline(never)]
    fn find(&self, at: Timestamp, day: i64, place: usize) -> Day {
        let micros = at.micros();
        let end = if micros < 0 { jiff::Timestamp::MIN } else { jiff::Timestamp::MAX };
        let Ok(instant) = jiff::Timestamp::from_microsecond(micros) else {
            let clock = self.jiff.to_datetime(end);
            let minute = i32::from(clock.hour()) * 60 + i32::from(clock.minute());
            let minute = u16::try_from(minute).unwrap_or(0);
            return Day { date: Date::of(clock.date()), minute };
        };
        let ahead = i64::from(self.jiff.to_offset(instant).seconds());
        if let (Some(run), Some(kept)) = (self.run(day, ahead), self.kept.runs.get(place)) {
            kept.store(run.word(), Ordering::Relaxed);
        }
        shows(micros, ahead)
    }

    /// The days about this one on which clocks are so many seconds ahead throughout; none where they are moved on it.
    fn run(&self, day: i64, ahead: i64) -> Option<Run> {
        let mut run = Run { first: day.div_euclid(RUN) * RUN, end: 0, ahead };
        run.end = run.first + RUN;
        let start = jiff::Timestamp::from_second(run.first * DAY_SECONDS - 1).ok()?;
        for moved in self.jiff.following(start) {
            let second = moved.timestamp().as_second();
            let on = second.div_euclid(DAY_SECONDS);
            if on >= run.end {
                break;
            }
            if on >= day {
                run.end = on;
                break;
            }
            run.first = on + 1;
        }
        let run = if mutant!("zone_moved_day_is_even") {
            Run { end: run.end.max(day + 1), ..run }
        } else {
            run
        };
        (run.first..run.end).contains(&day).then_some(run)
    }
}

/// What clocks show that are so many seconds ahead of UTC.
#[inline]
fn shows(at: i64, ahead: i64) -> Day {
    let local = at.saturating_add(ahead * SECOND);
    let date = i32::try_from(local.div_euclid(DAY)).unwrap_or(0);
    let minute = u16::try_from(local.rem_euclid(DAY) / MINUTE).unwrap_or(0);
    Day { date: Date::from_days(date), minute }
}

#[cfg(test)]
mod tests {
    use super::{Date, Midnight, Run, Timestamp};

    #[test]
    fn what_is_kept_is_one_word() {
        for (date, ahead) in [(0, 0), (20_746, 7_200), (-3, -43_200), (i32::MAX, 131_071)] {
            let word = Midnight { date, ahead }.word();
            assert_eq!(Midnight::read(word), Some(Midnight { date, ahead }));
        }
        assert_eq!(Midnight::read(0), None);
        let at = |micros| Midnight::new(Date::from_days(0), Timestamp::from_micros(micros));
        assert_eq!(at(-7_200_000_000), Some(Midnight { date: 0, ahead: 7_200 }));
        assert_eq!(at(1), None, "not a whole second");
        assert_eq!(at(i64::MAX), None);
        for (first, end, ahead) in
            [(0, 64, 0), (-64, -3, -43_200), (20_736, 20_751, 7_200), (64, 65, -1)]
        {
            let run = Run { first, end, ahead };
            assert_eq!(Run::read(run.word()), Some(run));
        }
        assert_eq!(Run::read(0), None);
    }
}
