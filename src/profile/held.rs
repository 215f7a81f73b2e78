//! What a program makes of one customer alone: the numbers of the bit rows that its index reads.
//!
//! Found when the customer is put, or by the first decision after a swap; tagged with the program, so that
//! another program's are never taken. Where they are not there a decision finds them itself, more slowly.

use crate::mutant::mutant;

/// Rows that lie in the record itself.
const INLINE: usize = 52;

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
    /// They are no longer those of the customer.
    pub(crate) fn forget(&mut self) {
        self.serial = 0;
    }

    /// Copies the rows from `first` to `end` of a program; `false` where they are not there.
    #[inline]
    pub(crate) fn copy(&self, serial: u64, (first, end): (u32, u32), into: &mut Vec<u16>) -> bool {
        into.clear();
        if self.serial != serial && !mutant!("codes_of_another_program_taken") {
            return false;
        }
        let (first, end) = (first as usize, end as usize);
        if let Some(rows) = self.rows.get(first..end) {
            into.extend_from_slice(rows);
            return true;
        }
        into.extend_from_slice(self.rows.get(first..).unwrap_or_default());
        let more = first.saturating_sub(INLINE)..end.saturating_sub(INLINE);
        into.extend_from_slice(self.more.get(more).unwrap_or_default());
        into.len() == end - first
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
    use super::Held;

    #[test]
    fn rows_are_given_to_their_program_alone_and_whole() {
        let mut held = Held::default();
        let mut got = Vec::new();
        assert!(!held.copy(7, (0, 3), &mut got));
        let rows: Vec<u16> = (0..90).collect();
        held.keep(7, &rows, false);
        assert!(!held.copy(7, (0, 3), &mut got), "no room was to be taken");
        held.keep(7, &rows, true);
        for (first, end) in [(0, 3), (40, 60), (52, 90), (60, 61), (90, 90)] {
            assert!(held.copy(7, (first, end), &mut got));
            assert_eq!(got, rows[first as usize..end as usize]);
        }
        assert!(!held.copy(7, (80, 91), &mut got), "beyond what was kept");
        assert!(!held.copy(8, (0, 3), &mut got), "another program's");
        held.keep(8, &[5, 6], false);
        assert!(held.copy(8, (0, 2), &mut got));
        assert_eq!(got, [5, 6]);
        held.forget();
        assert!(!held.copy(8, (0, 2), &mut got));
    }
}
