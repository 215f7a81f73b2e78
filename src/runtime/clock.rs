//! The moment of a decision on the customer's clock, and spans of time seen from it.

use std::cell::OnceCell;

use crate::check::rules::{CalendarUnit, SpanLength};
use crate::compile::Window;
use crate::mutant::mutant;
use crate::value::{Date, Day, Timestamp, Zone};

/// When, by the customer's clock, or by the workspace's where the customer's is not known.
#[derive(Clone, Debug)]
pub(crate) struct Moment<'a> {
    at: Timestamp,
    zone: &'a Zone,
    /// Read where somebody asks: most decisions need no calendar.
    clock: OnceCell<Day>,
    own: bool,
}

impl<'a> Moment<'a> {
    /// An instant as the customer's zone shows it.
    pub(crate) fn new(at: Timestamp, own: Option<&'a Zone>, workspace: &'a Zone) -> Self {
        let zone = own.unwrap_or(workspace);
        Self { at, zone, clock: OnceCell::new(), own: own.is_some() }
    }

    /// The same clock at another instant.
    pub(crate) fn at(&self, at: Timestamp) -> Self {
        Self { at, zone: self.zone, clock: OnceCell::new(), own: self.own }
    }

    /// The instant at which the calendar unit begins that is `step` after the current one.
    pub(crate) fn unit_start(&self, unit: CalendarUnit, step: i32) -> i64 {
        let week = unit == CalendarUnit::Week;
        let early = i32::from(week && mutant!("limits_week_begins_on_sunday"));
        let date = start(self.today().plus_days(early), unit, step).plus_days(-early);
        self.zone.instant(Day { date, minute: 0 }).micros()
    }

    /// The day.
    pub(crate) fn today(&self) -> Date {
        self.clock().date
    }

    /// The day and the time of day.
    pub(crate) fn clock(&self) -> Day {
        *self.clock.get_or_init(|| self.at.on_clock(self.zone))
    }

    /// The day of an instant by the same clock.
    pub(crate) fn day_of(&self, at: Timestamp) -> Date {
        at.on_clock(self.zone).date
    }

    /// Whether the customer's own clock is known.
    pub(crate) fn own(&self) -> bool {
        self.own
    }

    /// Whether send-hours are open; never where the customer's clock is not known.
    pub(crate) fn within(&self, week: &[Vec<(u16, u16)>; 7]) -> bool {
        let Day { date, minute } = self.clock();
        let today = week.get(usize::from(date.weekday()));
        let open = |(from, to): &(u16, u16)| {
            minute >= *from
                && (minute < *to || mutant!("runtime_closing_minute_is_open") && minute == *to)
        };
        (self.own || mutant!("runtime_unknown_clock_is_open"))
            && today.is_some_and(|spans| spans.iter().any(open))
    }

    /// First and last word of a window: days, or microseconds.
    pub(crate) fn window(&self, window: &Window) -> (i64, i64) {
        let now = if window.instants { self.micros() } else { i64::from(self.today().days()) };
        match (window.distance(), window.span.length) {
            (Some((first, last)), _) => (now.saturating_add(first), now.saturating_add(last)),
            (None, SpanLength::Calendar { count, unit }) => self.calendar(window, now, unit, count),
            (None, _) => (now, now.saturating_sub(1)),
        }
    }

    /// The moment, in microseconds since 1970.
    pub(crate) fn micros(&self) -> i64 {
        self.at.micros()
    }

    fn calendar(&self, window: &Window, now: i64, unit: CalendarUnit, count: u32) -> (i64, i64) {
        let edge = |step: i32| {
            let date = start(self.today(), unit, step);
            let midnight = || self.zone.instant(Day { date, minute: 0 }).micros();
            if window.instants { midnight() } else { i64::from(date.days()) }
        };
        if window.span.next {
            (now, edge(signed(count)).saturating_sub(1))
        } else {
            (edge(back(count)), now)
        }
    }
}

/// First day of the unit that is `step` after the current one.
pub(crate) fn start(today: Date, unit: CalendarUnit, step: i32) -> Date {
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
