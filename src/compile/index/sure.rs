//! What stands of a block once its conditions hold, counted without a look at each.
//!
//! In: an [`Index`], and which items are settled. Out: masks of their conjunctions, by which a walk that only counts
//! them takes a whole line at once. Knows nothing of what else may be asked of an item.

use super::{BLOCK, Index, Line};
use crate::mutant::mutant;

/// Items of one block of which nothing is left to be asked where their conditions hold. The conjunctions of each lie
/// in one word, side by side.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Sure {
    /// All their conjunctions.
    pub(crate) all: [u64; 8],
    /// The last one of each.
    pub(crate) last: [u64; 8],
}

impl Sure {
    /// Per block, the items that `settles` says are settled once their conditions hold, if their conjunctions lie in one
    /// word and none is left to be verified.
    pub(crate) fn of(index: &Index, settles: impl Fn(u32) -> bool) -> Vec<Self> {
        let mut blocks = vec![Self::default(); index.entries.len().div_ceil(BLOCK)];
        let mut first = 0;
        for run in index.entries.chunk_by(|a, b| a.item == b.item) {
            let (start, end) = (first, first + run.len() - 1);
            first = end + 1;
            let settled = run.first().is_some_and(|entry| settles(entry.item));
            if !settled || start / 64 != end / 64 {
                continue;
            }
            let (word, last) = (start % BLOCK / 64, 1_u64 << (end % 64));
            // From the first bit to the last.
            let all = last | (last - (1 << (start % 64)));
            let verified = index.check.get(start / BLOCK).and_then(|check| check.0.get(word));
            if verified.is_none_or(|verified| verified & all != 0) {
                continue;
            }
            if let Some(block) = blocks.get_mut(start / BLOCK)
                && let (Some(into), Some(ends)) =
                    (block.all.get_mut(word), block.last.get_mut(word))
            {
                *into |= all;
                *ends |=
                    if mutant!("sure_item_of_many_conjunctions_counts_each") { all } else { last };
            }
        }
        blocks
    }

    /// How many of them have a bit in a line; those bits are taken out of it.
    #[inline]
    pub(crate) fn take(&self, line: &mut Line) -> u32 {
        let mut count = 0;
        for ((bits, all), last) in line.0.iter_mut().zip(&self.all).zip(&self.last) {
            let before = all & !last;
            // Where one of the bits before the last is set, the sum carries into the last.
            let either = (*bits & before).wrapping_add(before) | (*bits & all);
            count += (either & last).count_ones();
            *bits &= !all;
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::{Line, Sure};

    #[test]
    fn an_item_counts_once_however_many_of_its_conjunctions_hold() {
        // Items of one, two, three and one conjunctions, a bit that is nobody's, and one at the very end.
        let runs = [0..1, 1..3, 3..6, 6..7, 61..64_u32];
        let mut sure = Sure::default();
        for run in &runs {
            for bit in run.clone() {
                sure.all[0] |= 1 << bit;
            }
            sure.last[0] |= 1 << (run.end - 1);
        }
        for low in 0..1_u64 << 8 {
            for high in 0..8_u64 {
                let bits = low | high << 61;
                let mut line = Line([bits, 0, 0, 0, 0, 0, 0, bits]);
                let met = |run: &std::ops::Range<u32>| run.clone().any(|bit| bits >> bit & 1 == 1);
                let wanted = runs.iter().filter(|run| met(run)).count();
                assert_eq!(sure.take(&mut line) as usize, wanted, "{bits:b}");
                assert_eq!(line.0, [bits & 1 << 7, 0, 0, 0, 0, 0, 0, bits], "{bits:b}");
            }
        }
    }
}
