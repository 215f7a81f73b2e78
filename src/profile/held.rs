//! What a program makes of one customer alone: the numbers of the bit rows that its index reads.
//!
//! Found when the customer is put, or by the first decision after a swap; tagged with the program, so that
//! another program's are never taken. Where they are not there a decision finds them itself, more slowly.

use crate::mutant::mutant;

/// Rows that lie in the record itself.
const INLINE: usize = 52;

/// A copy of one program's share of them, as a decision takes it along; used again.
#[derive(Debug)]
pub(crate) struct Kept {
    /// All that lie in the record itself: copied as a whole, which is quicker than a part.
    rows: [u16; INLINE],
    /// The share within them.
    first: usize,
    end: usize,
    /// The share, where it reaches beyond them.
    spread: Vec<u16>,
    is_there: bool,
}

impl Default for Kept {
    fn default() -> Self {
        Self { rows: [0; INLINE], first: 0, end: 0, spread: Vec::new(), is_there: false }
    }
}

impl Kept {
    /// There are none.
    #[inline]
    pub(crate) fn clear(&mut self) {
        self.is_there = false;
    }

    /// Whether they are there.
    #[inline]
    pub(crate) fn is_there(&self) -> bool {
        self.is_there
    }

    /// The rows.
    #[inline]
    pub(crate) fn rows(&self) -> &[u16] {
        self.rows.get(self.first..self.end).unwrap_or(&self.spread)
    }
}

/// See the module.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    /// Which program's; 0 for none.
    serial: u64,
    rows: [u16; INLINE],
    /// Those beyond them.
    more: Box<[u16]>,
}

impl Default for Held {
    fn default() -> Self {
        Self { serial: 0, rows: [0; INLINE], more: Box::default() }
    }
}

impl Held {
    /// Bytes that a decision reads.
    pub(crate) const READ: usize = 8 + 2 * INLINE;

    /// They are no longer those of the customer.
    pub(crate) fn forget(&mut self) {
        self.serial = 0;
    }

    /// Copies the rows from `first` to `end` of a program, where they are there.
    #[inline]
    pub(crate) fn copy(&self, serial: u64, (first, end): (u32, u32), into: &mut Kept) {
        into.is_there = self.serial == serial || mutant!("codes_of_another_program_taken");
        if !into.is_there {
            return;
        }
        (into.first, into.end) = (first as usize, end as usize);
        if into.end <= INLINE {
            into.rows = self.rows;
        } else {
            self.spread(into);
        }
    }

    #[inline(never)]
    fn spread(&self, into: &mut Kept) {
        let (first, end) = (into.first, into.end);
        into.spread.clear();
        into.spread.extend_from_slice(self.rows.get(first..).unwrap_or_default());
        let more = first.saturating_sub(INLINE)..end.saturating_sub(INLINE);
        into.spread.extend_from_slice(self.more.get(more).unwrap_or_default());
        into.is_there = into.spread.len() == end - first;
    }

    /// Keeps the rows of a program; where they need more room, only with `grow`.
    pub(crate) fn keep(&mut self, serial: u64, rows: &[u16], grow: bool) {
        let (inline, more) = rows.split_at(rows.len().min(INLINE));
        if more.len() != self.more.len() && !(grow || more.is_empty()) {
            return;
        }
        for (kept, row) in self.rows.iter_mut().zip(inline) {
            *kept = *row;
        }
        if more.len() == self.more.len() {
            self.more.copy_from_slice(more);
        } else if grow {
            self.more = more.into();
        }
        self.serial = serial;
    }
}

#[cfg(test)]
mod tests {
    use super::{Held, Kept};

    #[test]
    fn rows_are_given_to_their_program_alone_and_whole() {
        let mut held = Held::default();
        let mut kept = Kept::default();
        let mut copy = |held: &Held, serial, share| {
            held.copy(serial, share, &mut kept);
            kept.is_there().then(|| kept.rows().to_vec())
        };
        assert_eq!(copy(&held, 7, (0, 3)), None);
        let rows: Vec<u16> = (0..90).collect();
        held.keep(7, &rows, false);
        assert_eq!(copy(&held, 7, (0, 3)), None, "no room was to be taken");
        held.keep(7, &rows, true);
        for (first, end) in [(0, 3), (40, 60), (2, 52), (52, 90), (60, 61), (0, 0), (90, 90)] {
            let wanted = rows[first as usize..end as usize].to_vec();
            assert_eq!(copy(&held, 7, (first, end)), Some(wanted));
        }
        assert_eq!(copy(&held, 7, (80, 91)), None, "beyond what was kept");
        assert_eq!(copy(&held, 8, (0, 3)), None, "another program's");
        held.keep(8, &[5, 6], false);
        assert_eq!(copy(&held, 8, (0, 2)), Some(vec![5, 6]));
        held.forget();
        assert_eq!(copy(&held, 8, (0, 2)), None);
    }
}
