//! The AND of a customer's rows: one straight function per layout, no closures, no branches per conjunction.

use crate::compile::index::{Index, Line, Rows};

/// One block whose rows stand together; `own` are rows to be ANDed beside those of `rows`.
#[inline(never)]
pub(super) fn head(lines: &[Line], own: &[u16], rows: &Rows) -> Line {
    let Some(live) = lines.first() else { return Line::NONE };
    let mut sum = live.0;
    let (pairs, odd) = own.as_chunks::<2>();
    for [a, b] in pairs {
        let (Some(a), Some(b)) = (lines.get(usize::from(*a)), lines.get(usize::from(*b))) else {
            return Line::NONE;
        };
        for (sum, word) in sum.iter_mut().zip(&a.0) {
            *sum &= word;
        }
        for (sum, word) in sum.iter_mut().zip(&b.0) {
            *sum &= word;
        }
    }
    for row in odd {
        let Some(line) = lines.get(usize::from(*row)) else { return Line::NONE };
        for (sum, word) in sum.iter_mut().zip(&line.0) {
            *sum &= word;
        }
    }
    for row in &rows.all {
        let Some(line) = lines.get(*row as usize) else { return Line::NONE };
        for (sum, word) in sum.iter_mut().zip(&line.0) {
            *sum &= word;
        }
    }
    let mut start = 0;
    for end in &rows.ends {
        let mut either = [0_u64; 8];
        for row in rows.any.get(start..*end as usize).unwrap_or_default() {
            let Some(line) = lines.get(*row as usize) else { return Line::NONE };
            for (either, word) in either.iter_mut().zip(&line.0) {
                *either |= word;
            }
        }
        for (sum, word) in sum.iter_mut().zip(&either) {
            *sum &= word;
        }
        start = *end as usize;
    }
    Line(sum)
}

/// Blocks `from..to` of the tail, row by row, into `sums`.
#[inline(never)]
pub(super) fn tail<'a>(
    index: &Index,
    from: usize,
    to: usize,
    rows: &Rows,
    sums: &'a mut Sums,
) -> &'a [Line] {
    let Some(out) = sums.all.get_mut(..to - from) else { return &[] };
    let Some(either) = sums.any.get_mut(..to - from) else { return &[] };
    let length = index.blocks - index.head_blocks;
    let start = from - index.head_blocks;
    let row = |row: u32| {
        let first = row as usize * length + start;
        index.tail.get(first..first + (to - from)).unwrap_or_default()
    };
    out.copy_from_slice(row(0));
    // Four rows at a time, so that the sums are loaded and stored less often.
    let (fours, odd) = rows.all.as_chunks::<4>();
    for [a, b, c, d] in fours {
        let lines = row(*a).iter().zip(row(*b)).zip(row(*c)).zip(row(*d));
        for (sum, (((a, b), c), d)) in out.iter_mut().zip(lines) {
            for (word, sum) in sum.0.iter_mut().enumerate() {
                *sum &= (a.0[word] & b.0[word]) & (c.0[word] & d.0[word]);
            }
        }
    }
    for number in odd {
        for (sum, line) in out.iter_mut().zip(row(*number)) {
            for (sum, word) in sum.0.iter_mut().zip(&line.0) {
                *sum &= word;
            }
        }
    }
    let mut start = 0;
    for end in &rows.ends {
        either.fill(Line::NONE);
        for number in rows.any.get(start..*end as usize).unwrap_or_default() {
            for (either, line) in either.iter_mut().zip(row(*number)) {
                for (either, word) in either.0.iter_mut().zip(&line.0) {
                    *either |= word;
                }
            }
        }
        for (sum, either) in out.iter_mut().zip(&*either) {
            for (sum, word) in sum.0.iter_mut().zip(&either.0) {
                *sum &= word;
            }
        }
        start = *end as usize;
    }
    out
}

/// Room for the sums of one chunk of the tail.
#[derive(Debug, Default)]
pub(super) struct Sums {
    all: Vec<Line>,
    any: Vec<Line>,
}

impl Sums {
    /// Room for so many blocks.
    pub(super) fn grow(&mut self, blocks: usize) {
        if self.all.len() < blocks {
            self.all.resize(blocks, Line::NONE);
            self.any.resize(blocks, Line::NONE);
        }
    }
}
