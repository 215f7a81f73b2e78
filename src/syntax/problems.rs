//! Problems of one pass, up to the limit; the rest is only counted, so that a file of nothing but mistakes
//! costs no memory.

use crate::diagnostic::Diagnostic;

/// A list that stops growing.
#[derive(Debug)]
pub(super) struct Problems {
    pub(super) found: Vec<Diagnostic>,
    limit: usize,
    /// How many came after the limit.
    pub(super) more: usize,
}

impl Problems {
    pub(super) fn new(limit: usize) -> Self {
        Self { found: Vec::new(), limit, more: 0 }
    }

    /// Whether a further problem would only be counted; then it need not be worded.
    pub(super) fn is_full(&self) -> bool {
        self.found.len() >= self.limit
    }

    pub(super) fn push(&mut self, found: Diagnostic) {
        if self.is_full() {
            self.more += 1;
        } else {
            self.found.push(found);
        }
    }

    /// Adds those of a later pass.
    pub(super) fn append(&mut self, other: Self) {
        self.found.extend(other.found);
        self.more += other.more;
    }
}
