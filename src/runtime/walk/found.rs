//! Where the bits of one block are set.

use crate::compile::index::BLOCK;

/// Where the bits of one block are set, ascending. How many bits a word has is chance, and a processor that guesses
/// it wrong loses more than the first few cost without a guess.
#[derive(Debug)]
pub(super) struct Found {
    places: [u16; BLOCK],
    count: usize,
}

impl Default for Found {
    fn default() -> Self {
        Self { places: [0; BLOCK], count: 0 }
    }
}

impl Found {
    #[inline(always)]
    pub(super) fn clear(&mut self) {
        self.count = 0;
    }

    /// Takes in the bits of a word whose first one has the number `first`.
    #[inline(always)]
    pub(super) fn take(&mut self, mut bits: u64, first: u16) {
        // As many as most words have at most, then what is left.
        for _ in 0..2 {
            self.put(first + bits.trailing_zeros() as u16);
            self.count += usize::from(bits != 0);
            bits &= bits.wrapping_sub(1);
        }
        while bits != 0 {
            self.put(first + bits.trailing_zeros() as u16);
            self.count += 1;
            bits &= bits - 1;
        }
    }

    #[inline(always)]
    fn put(&mut self, place: u16) {
        if let Some(next) = self.places.get_mut(self.count % BLOCK) {
            *next = place;
        }
    }

    #[inline(always)]
    pub(super) fn places(&self) -> &[u16] {
        self.places.get(..self.count).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::Found;

    #[test]
    fn every_bit_is_found_once_and_in_order() {
        let mut found = Found::default();
        let words = [0, 1, 1 << 63, 3, 0b111, !0, 0x8421_8421_8421_8421, !1];
        for words in [words, [!0; 8], [0; 8]] {
            found.clear();
            let mut wanted = Vec::new();
            for (word, first) in words.into_iter().zip((0..).step_by(64)) {
                found.take(word, first);
                wanted.extend((0..64).filter(|bit| word >> bit & 1 == 1).map(|bit| first + bit));
            }
            assert_eq!(found.places(), wanted);
        }
    }
}
