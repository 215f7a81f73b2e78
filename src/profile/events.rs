//! What happened to one customer: per kind of event a column store in the order of time, and what stays for ever.
//!
//! A row is the event's time, the hash of its message id, and one word per declared field; originals are not
//! kept. First time, last time and number of times of each kind stay when rows go. Every log knows the newest
//! event that it lacks, so that whoever asks about an earlier time is told that the answer is not whole.

use std::sync::Arc;

use xxhash_rust::xxh3::xxh3_64;

use crate::mutant::mutant;
use crate::value::DAY;

/// The word of a field that an event did not bring: no number (`-0` is 0), amount, day or symbol has it.
pub(crate) const NOTHING: u64 = 1 << 63;

/// No time at all.
pub(crate) const NEVER: i64 = i64::MIN;

/// Words of a row before its fields: its time, and the hash of its message id.
pub(super) const HEAD: usize = 2;

/// The word of a text, code or listed value: a hash, so that what a later rule names needs no second look at
/// the data. Two of a customer's words fall together once in 10^19.
pub(crate) fn symbol(word: &str) -> u64 {
    match xxh3_64(word.as_bytes()) {
        NOTHING => 1,
        hash => hash,
    }
}

/// The hash of a message id; 0 where there is none. A log of 10,000 has two alike once in 10^11.
pub(crate) fn message(id: Option<&str>) -> u64 {
    id.map_or(0, |id| xxh3_64(id.as_bytes()).max(1))
}

/// All that happened to a customer, by kind of event.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Events {
    /// Sorted by kind. Shared with views: a change copies one kind's log, not all.
    pub(super) logs: Vec<Arc<Log>>,
}

/// One kind's.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Log {
    pub(super) kind: u32,
    /// Words of fields in a row.
    pub(super) width: u32,
    pub(super) first: i64,
    pub(super) last: i64,
    pub(super) times: u64,
    /// The newest event whose row went.
    pub(super) gone: i64,
    /// The newest event that is not here: its row went, or it came too late to be kept.
    pub(super) lost: i64,
    /// Columns that came to be kept later, each with the newest event that lacks it.
    pub(super) late: Vec<(u32, i64)>,
    pub(super) rows: Vec<u64>,
}

/// What is kept of one event.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row<'a>(&'a [u64]);

impl Row<'_> {
    /// A field; `None` where the event did not bring it, or it was not kept then.
    #[inline]
    pub(crate) fn word(self, column: u32) -> Option<u64> {
        self.0.get(HEAD + column as usize).copied().filter(|word| *word != NOTHING)
    }

    /// When it happened.
    pub(crate) fn time(self) -> Option<i64> {
        self.0.first().map(|time| time.cast_signed())
    }
}

/// An event at the door, as words.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Incoming<'a> {
    pub(crate) kind: u32,
    pub(crate) time: i64,
    /// The hash of its message id.
    pub(crate) id: u64,
    /// One word per column of its kind.
    pub(crate) words: &'a [u64],
    /// What is at this time or before is not kept any more.
    pub(crate) oldest: i64,
    /// At most so many rows of a kind.
    pub(crate) most: usize,
}

/// What became of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// It is in.
    Kept,
    /// It was in before.
    Duplicate,
    /// It is too old to be kept.
    Old,
    /// It is older than all of the customer's events of its kind, of which there are as many as are kept.
    Full,
}

impl Events {
    /// Takes an event in where it belongs.
    pub(crate) fn take(&mut self, new: Incoming<'_>) -> Taken {
        let at = match self.logs.binary_search_by_key(&new.kind, |log| log.kind) {
            Ok(at) => at,
            Err(at) => {
                self.logs.insert(at, Arc::new(Log::new(new.kind)));
                at
            }
        };
        self.logs.get_mut(at).map_or(Taken::Old, |log| Arc::make_mut(log).take(new))
    }

    /// The log of a kind.
    pub(crate) fn of(&self, kind: u32) -> Option<&Log> {
        let at = self.logs.binary_search_by_key(&kind, |log| log.kind).ok()?;
        self.logs.get(at).map(|log| &**log)
    }

    /// Lets go of what is older than its kind is kept; of a kind that is not kept, all. How many rows went.
    pub(crate) fn expire(&mut self, oldest: impl Fn(u32) -> Option<i64>) -> u64 {
        let mut went = 0;
        self.logs.retain_mut(|log| match oldest(log.kind) {
            None => {
                went += log.len() as u64;
                false
            }
            Some(oldest) => {
                if log.time(0).is_some_and(|time| time <= oldest) {
                    went += Arc::make_mut(log).purge(oldest);
                }
                true
            }
        });
        went
    }

    /// Whether nothing is kept.
    pub(crate) fn is_empty(&self) -> bool {
        self.logs.is_empty()
    }

    /// Bytes on the heap.
    #[cfg(test)]
    pub(crate) fn bytes(&self) -> usize {
        let of = |log: &Arc<Log>| {
            16 + size_of::<Log>() + log.rows.capacity() * 8 + log.late.capacity() * 16
        };
        self.logs.capacity() * size_of::<Arc<Log>>() + self.logs.iter().map(of).sum::<usize>()
    }
}

impl Log {
    pub(super) fn new(kind: u32) -> Self {
        Self {
            kind,
            width: 0,
            first: NEVER,
            last: NEVER,
            times: 0,
            gone: NEVER,
            lost: NEVER,
            late: Vec::new(),
            rows: Vec::new(),
        }
    }

    fn take(&mut self, new: Incoming<'_>) -> Taken {
        let seen = new.id != 0
            && self.rows.chunks_exact(self.stride()).any(|row| row.get(1) == Some(&new.id));
        if seen && !mutant!("events_duplicate_counts_twice") {
            return Taken::Duplicate;
        }
        if new.time <= new.oldest || new.time <= self.gone {
            self.lost = self.lost.max(new.time);
            return Taken::Old;
        }
        self.purge(new.oldest.saturating_sub(DAY));
        if self.len() >= new.most.max(1) {
            if self.time(0).is_some_and(|oldest| new.time < oldest) {
                self.gone = self.gone.max(new.time);
                self.lost = self.lost.max(new.time);
                return Taken::Full;
            }
            self.drop_rows(1);
        }
        self.widen(new.words.len());
        let at = self.until(new.time);
        let late = at < self.len() && mutant!("events_late_one_is_lost");
        if !late {
            self.insert(at, new);
        }
        self.first = if self.times == 0 { new.time } else { self.first.min(new.time) };
        self.last = if self.times == 0 { new.time } else { self.last.max(new.time) };
        self.times += 1;
        Taken::Kept
    }

    fn insert(&mut self, row: usize, new: Incoming<'_>) {
        let stride = self.stride();
        if self.rows.len() + stride > self.rows.capacity() {
            // A quarter more: most customers have few events, and memory is counted.
            self.rows.reserve_exact(stride.max(self.len() / 4 * stride));
        }
        let words = [new.time.cast_unsigned(), new.id];
        let words = words.into_iter().chain(new.words.iter().copied());
        let missing = (stride - HEAD).saturating_sub(new.words.len());
        let at = row * stride;
        if at == self.rows.len() {
            self.rows.extend(words);
            self.rows.extend(std::iter::repeat_n(NOTHING, missing));
        } else {
            let words = words.chain(std::iter::repeat_n(NOTHING, missing));
            self.rows.splice(at..at, words);
        }
    }

    /// Room for columns that came to be kept since the last event.
    pub(super) fn widen(&mut self, width: usize) {
        let old = self.width as usize;
        if width <= old {
            return;
        }
        let newest = self.len().checked_sub(1).and_then(|last| self.time(last));
        if let Some(newest) = newest {
            let rows = self.rows.chunks_exact(HEAD + old);
            let missing = || std::iter::repeat_n(NOTHING, width - old);
            self.rows = rows.flat_map(|row| row.iter().copied().chain(missing())).collect();
            self.late.extend(
                (old..width).map(|column| (u32::try_from(column).unwrap_or(u32::MAX), newest)),
            );
        }
        self.width = u32::try_from(width).unwrap_or(u32::MAX);
    }

    /// Lets go of rows at this time or before; how many.
    fn purge(&mut self, oldest: i64) -> u64 {
        let rows = self.until(oldest);
        self.drop_rows(rows);
        rows as u64
    }

    pub(super) fn drop_rows(&mut self, rows: usize) {
        let Some(newest) = rows.checked_sub(1).and_then(|last| self.time(last)) else { return };
        self.gone = self.gone.max(newest);
        self.lost = self.lost.max(newest);
        self.rows.drain(..rows * self.stride());
    }

    pub(super) fn stride(&self) -> usize {
        HEAD + self.width as usize
    }

    /// How many rows there are.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        // A division of half the width takes a fraction of the time.
        match (u32::try_from(self.rows.len()), u32::try_from(self.stride())) {
            (Ok(words), Ok(stride)) => (words / stride.max(1)) as usize,
            _ => self.rows.len() / self.stride(),
        }
    }

    /// When the event of a row happened.
    pub(crate) fn time(&self, row: usize) -> Option<i64> {
        self.rows.get(row * self.stride()).map(|time| time.cast_signed())
    }

    /// The rows of a range.
    pub(crate) fn rows(
        &self,
        range: std::ops::Range<usize>,
    ) -> impl DoubleEndedIterator<Item = Row<'_>> {
        let stride = self.stride();
        let rows = self.rows.get(range.start * stride..range.end * stride).unwrap_or_default();
        rows.chunks_exact(stride).map(Row)
    }

    /// How many rows are at this time or before: the first row behind it.
    pub(crate) fn until(&self, time: i64) -> usize {
        let (mut low, mut high) = (0, self.len());
        // Most questions are about the newest, and most news are newer still.
        if high.checked_sub(1).and_then(|last| self.time(last)).is_none_or(|last| last <= time) {
            return high;
        }
        while low < high {
            let middle = low.midpoint(high);
            if self.time(middle).is_some_and(|at| at <= time) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    /// The rows from `first` to `last`, both included.
    pub(crate) fn between(&self, first: i64, last: i64) -> std::ops::Range<usize> {
        let start = first.checked_sub(1).map_or(0, |before| self.until(before));
        let end = self.until(last);
        start.min(end)..end
    }

    /// The newest event that is missing, or misses one of these columns; [`NEVER`] where all are there.
    pub(crate) fn lost(&self, columns: &[u32]) -> i64 {
        let lost = if mutant!("events_complete_since_is_ignored") { NEVER } else { self.lost };
        if self.late.is_empty() && columns.iter().all(|column| *column < self.width) {
            return lost;
        }
        let newest = self.len().checked_sub(1).and_then(|last| self.time(last)).unwrap_or(NEVER);
        let late = |column: &u32| {
            if *column >= self.width {
                return newest;
            }
            self.late
                .iter()
                .filter(|(own, _)| own == column)
                .map(|(_, time)| *time)
                .max()
                .unwrap_or(NEVER)
        };
        columns.iter().map(late).fold(lost, i64::max)
    }

    /// The newest event whose row went, [`NEVER`] where none did.
    pub(crate) fn gone(&self) -> i64 {
        self.gone
    }

    /// The first and the last time, and how many times in all, of events that were kept once.
    pub(crate) fn ever(&self) -> (i64, i64, u64) {
        (self.first, self.last, self.times)
    }
}

#[cfg(test)]
mod tests {
    use super::{Events, Incoming, NEVER, Taken, message};

    fn event(time: i64, id: &str, words: &'static [u64]) -> Incoming<'static> {
        let id = message((!id.is_empty()).then_some(id));
        Incoming { kind: 3, time, id, words, oldest: NEVER, most: 3 }
    }

    #[test]
    fn rows_lie_in_the_order_of_time_and_of_arrival() {
        let mut events = Events::default();
        for (time, word) in [(5, &[1_u64][..]), (2, &[2]), (5, &[3])] {
            assert_eq!(events.take(Incoming { words: word, ..event(time, "", &[]) }), Taken::Kept);
        }
        let log = events.of(3).unwrap();
        let rows: Vec<_> = log.rows(0..log.len()).map(|row| (row.time(), row.word(0))).collect();
        assert_eq!(rows, [(Some(2), Some(2)), (Some(5), Some(1)), (Some(5), Some(3))]);
        assert_eq!(log.between(2, 4), 0..1);
        assert_eq!(log.between(3, 5), 1..3);
        assert_eq!(log.ever(), (2, 5, 3));
    }

    #[test]
    fn the_oldest_goes_where_there_are_too_many_and_its_time_is_remembered() {
        let mut events = Events::default();
        for time in [1, 2, 3, 4] {
            assert_eq!(events.take(event(time, "", &[])), Taken::Kept);
        }
        assert_eq!(events.take(event(1, "", &[])), Taken::Old);
        let log = events.of(3).unwrap();
        assert_eq!((log.len(), log.lost(&[]), log.ever()), (3, 1, (1, 4, 4)));
        let mut events = Events::default();
        for time in [2, 3, 4] {
            assert_eq!(events.take(event(time, "", &[])), Taken::Kept);
        }
        assert_eq!(events.take(event(1, "", &[])), Taken::Full);
        assert_eq!(events.of(3).unwrap().lost(&[]), 1);
    }

    #[test]
    fn a_column_that_came_later_knows_which_events_lack_it() {
        let mut events = Events::default();
        events.take(event(1, "a", &[7]));
        events.take(event(2, "b", &[7]));
        assert_eq!(events.of(3).unwrap().lost(&[1]), 2);
        events.take(event(9, "c", &[7, 8]));
        let log = events.of(3).unwrap();
        assert_eq!((log.lost(&[0]), log.lost(&[1])), (NEVER, 2));
        let column = |column| log.rows(0..3).map(|row| row.word(column)).collect::<Vec<_>>();
        assert_eq!((column(0), column(1)), (vec![Some(7); 3], vec![None, None, Some(8)]));
        assert_eq!(events.take(event(30, "b", &[7, 8])), Taken::Duplicate);
    }

    #[test]
    fn twenty_events_take_less_than_a_kilobyte() {
        let mut events = Events::default();
        for time in 0..20 {
            let kind = u32::try_from(time % 3).unwrap();
            let id = message(Some(&time.to_string()));
            let new = Incoming { kind, id, most: 100, ..event(time, "", &[1, 2]) };
            assert_eq!(events.take(new), Taken::Kept);
        }
        assert!(events.bytes() <= 1024, "{}", events.bytes());
    }
}
