//! How much of an action's budget is used, by all customers together, day by day of the workspace's clock.
//!
//! By day, so that a budget whose period changes with the rules still knows what was used of the new one.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::mutant::mutant;

/// The days of a budget's period, both included; all days where there is no period.
pub(crate) type Days = std::ops::RangeInclusive<i32>;

/// Committed and reserved units. Shared by all programs that know the action, under any of its names.
#[derive(Debug, Default)]
pub(crate) struct Spent {
    used: Mutex<Used>,
}

#[derive(Debug, Default)]
struct Used {
    total: u64,
    days: BTreeMap<i32, u64>,
}

impl Used {
    fn within(&self, days: &Days) -> u64 {
        if *days == ALL_DAYS {
            return self.total;
        }
        if days.is_empty() {
            return 0;
        }
        self.days.range(days.clone()).map(|(_, units)| units).sum()
    }
}

/// The period of a budget in total.
pub(crate) const ALL_DAYS: Days = i32::MIN..=i32::MAX;

impl Spent {
    fn used(&self) -> MutexGuard<'_, Used> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// With so many units of each day used.
    pub(crate) fn of(days: BTreeMap<i32, u64>) -> Self {
        let total = days.values().fold(0, |total: u64, units| total.saturating_add(*units));
        Self { used: Mutex::new(Used { total, days }) }
    }

    /// The units of each day.
    pub(crate) fn days(&self) -> BTreeMap<i32, u64> {
        self.used().days.clone()
    }

    /// How many units of a period are used.
    pub(crate) fn within(&self, days: &Days) -> u64 {
        self.used().within(days)
    }

    /// Takes a unit of a day, if fewer than `most` of its period are used; looks and takes in one.
    pub(crate) fn take(&self, day: i32, days: &Days, most: u64) -> bool {
        let mut used = self.used();
        if used.within(days) >= most && !mutant!("budget_taken_without_a_look") {
            return false;
        }
        used.total += 1;
        *used.days.entry(day).or_default() += 1;
        true
    }

    /// Gives a unit of a day back.
    pub(crate) fn give_back(&self, day: i32) {
        let mut used = self.used();
        used.total = used.total.saturating_sub(1);
        if let Some(units) = used.days.get_mut(&day) {
            *units = units.saturating_sub(1);
            if *units == 0 {
                used.days.remove(&day);
            }
        }
    }
}
