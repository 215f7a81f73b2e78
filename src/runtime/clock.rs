//! The moment of a decision on the customer's clock, and spans of time seen from it.

use crate::check::rules::{CalendarUnit, SpanLength};
use crate::compile::Window;
use crate::mutant::mutant;
use crate::value::{Date, Day, Timestamp, Zone};

const DAY_MICROS: i64 = 86_400_000_000;

/// When, by the customer's clock, or by the workspace's where the customer's is not known.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment<'a> {
    at: Timestamp,
    zone: &'a Zone,
    clock: Day,
    own: bool,
}

impl<'a> Moment<'a> {
    /// An instant as the customer's zone shows it.
    pub(crate) fn new(at: Timestamp, own: Option<&'a Zone>, workspace: &'a Zone) -> Self {
        let zone = own.unwrap_or(workspace);
        Self { at, zone, clock: at.on_clock(zone), own: own.is_some() }
    }

    /// The day.
    pub(crate) fn today(&self) -> Date {
        self.clock.date
    }

    /// The day and the time of day.
    pub(crate) fn clock(&self) -> Day {
        self.clock
    }

    /// Whether the customer's own clock is known.
    pub(crate) fn own(&self) -> bool {
        self.own
    }

    /// Whether send-hours are open; never where the customer's clock is not known.
    pub(crate) fn within(&self, week: &[Vec<(u16, u16)>; 7]) -> bool {
        let today = week.get(usize::from(self.clock.date.weekday()));
        let minute = self.clock.minute;
        let open = |(from, to): &(u16, u16)| {
            minute >= *from
                && (minute < *to || mutant!("runtime_closing_minute_is_open") && minute == *to)
        };
        (self.own || mutant!("runtime_unknown_clock_is_open"))
            && today.is_some_and(|spans| spans.iter().any(open))
    }

    /// First and last word of a window: days, or microseconds. Ends that do not belong are moved in by one.
    pub(crate) fn window(&self, window: &Window) -> (i64, i64) {
        if window.instants { self.instants(window) } else { self.days(window) }
    }

    fn days(&self, window: &Window) -> (i64, i64) {
        let today = self.clock.date;
        let (first, last) = match (window.span.length, window.span.next) {
            (SpanLength::Days { count }, false) => (today.plus_days(-signed(count)), today),
            (SpanLength::Days { count }, true) => (today, today.plus_days(signed(count))),
            (SpanLength::Calendar { count, unit }, false) => {
                (start(today, unit, back(count)), today)
            }
            (SpanLength::Calendar { count, unit }, true) => {
                (today, start(today, unit, signed(count)).plus_days(-1))
            }
            // The checker lets no rolling span onto a date.
            (SpanLength::Rolling { .. }, _) => (today, today.plus_days(-1)),
        };
        (i64::from(first.days()), i64::from(last.days()))
    }

    fn instants(&self, window: &Window) -> (i64, i64) {
        let at = self.at.micros();
        let midnight = |date: Date| self.zone.instant(Day { date, minute: 0 }).micros();
        let today = self.clock.date;
        let rolling = |micros: i64| {
            if window.span.next {
                (at, at.saturating_add(micros).saturating_sub(1))
            } else {
                let open = i64::from(!mutant!("runtime_window_old_end_is_included"));
                (at.saturating_sub(micros).saturating_add(open), at)
            }
        };
        match (window.span.length, window.span.next) {
            (SpanLength::Rolling { micros }, _) => rolling(micros),
            (SpanLength::Days { count }, _) => rolling(i64::from(count).saturating_mul(DAY_MICROS)),
            (SpanLength::Calendar { count, unit }, false) => {
                (midnight(start(today, unit, back(count))), at)
            }
            (SpanLength::Calendar { count, unit }, true) => {
                (at, midnight(start(today, unit, signed(count))).saturating_sub(1))
            }
        }
    }
}

/// First day of the unit that is `step` after the current one.
fn start(today: Date, unit: CalendarUnit, step: i32) -> Date {
    match unit {
        CalendarUnit::Day => today.plus_days(step),
        CalendarUnit::Week => today.week_start().plus_days(step.saturating_mul(7)),
        CalendarUnit::Month => today.month_start(step),
        CalendarUnit::Quarter => today.quarter_start().month_start(step.saturating_mul(3)),
        CalendarUnit::Year => today.year_start().month_start(step.saturating_mul(12)),
    }
}

/// The current unit counts as one.
fn back(count: u32) -> i32 {
    -signed(count.saturating_sub(1))
}

fn signed(count: u32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}
