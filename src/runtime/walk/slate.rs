//! The hits that stand: at most `k`, best first, at most so many of one group.

use std::cmp::Ordering;

use crate::compile::index::Entry;
use crate::mutant::mutant;

/// What the caller's closure says of a candidate that it lets through.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scored {
    /// Personal score, never above the candidate's bound; NaN counts as the lowest.
    pub score: f64,
    /// When it was last shown to this customer, in any unit that grows; `None`: never.
    pub shown: Option<i64>,
    /// The group whose share of the slate is limited, if it is in one.
    pub group: Option<u32>,
}

impl Scored {
    /// Never shown, in no group.
    #[must_use]
    pub const fn new(score: f64) -> Self {
        Self { score, shown: None, group: None }
    }
}

/// A hit that stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit {
    /// The item's number.
    pub item: u32,
    /// Its name's position.
    pub rank: u32,
    /// Its score; `-0` is 0.
    pub score: f64,
    /// When it was last shown.
    pub shown: Option<i64>,
    /// Its group.
    pub group: Option<u32>,
}

impl Hit {
    /// Best first: score descending, then never shown, then shown longest ago, then name.
    fn order(&self, other: &Self) -> Ordering {
        // `None` sorts before every time.
        other
            .score
            .total_cmp(&self.score)
            .then(self.shown.cmp(&other.shown))
            .then(self.rank.cmp(&other.rank))
    }
}

/// The hits that stand, owned by the caller and used again.
///
/// With a limit per group it holds, at any moment, what a walk over all candidates so far in final order
/// would have taken: a new hit takes the place of the worst of its group where the group is full, else of
/// the worst of all.
#[derive(Debug)]
pub struct Slate {
    hits: Vec<Hit>,
    k: usize,
    per_group: usize,
    /// No score of this walk is above this share of its bound.
    share: Option<f64>,
    /// A lower score has no place: that of the last hit once `k` stand.
    least: f64,
}

impl Slate {
    /// Room for `k` hits.
    #[must_use]
    pub fn new(k: usize) -> Self {
        Self {
            hits: Vec::with_capacity(k.min(1 << 16)),
            k,
            per_group: usize::MAX,
            share: None,
            least: f64::NEG_INFINITY,
        }
    }
    /// Room for `k` hits from now on; forgets those that stand.
    pub fn resize(&mut self, k: usize) {
        self.clear();
        self.hits.reserve(k.min(1 << 16));
        self.k = k;
        self.share = None;
    }
    /// Until it is resized: no score is above this share of its bound, so that a walk may stop earlier.
    pub fn lower_bounds(&mut self, share: f64) {
        self.share = Some(share);
    }
    /// At most `most` hits of one group.
    #[must_use]
    pub const fn per_group(mut self, most: usize) -> Self {
        self.share(most);
        self
    }
    /// At most `most` hits of one group from now on.
    pub const fn share(&mut self, most: usize) {
        self.per_group = most;
    }
    /// How many hits it can hold.
    #[must_use]
    pub const fn k(&self) -> usize {
        self.k
    }
    /// The hits, best first.
    #[must_use]
    pub fn hits(&self) -> &[Hit] {
        &self.hits
    }
    /// Whether `k` hits stand.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.hits.len() >= self.k
    }

    pub(super) fn clear(&mut self) {
        self.hits.clear();
        self.least = f64::NEG_INFINITY;
    }

    /// Whether neither this candidate nor any after it can enter.
    #[inline]
    pub(super) fn stands_against(&self, next: &Entry) -> bool {
        if !self.is_full() {
            return false;
        }
        let Some(last) = self.hits.last() else { return true };
        if let Some(share) = self.share {
            // Lowered bounds are not in the order of names where they are equal: only a higher score stops.
            return last.score > next.bound * share;
        }
        let never = last.shown.is_none() || mutant!("index_tie_stops_though_shown");
        last.score > next.bound || (last.score == next.bound && never && last.rank < next.rank)
    }

    /// Whether no score within this bound, or any after it, has a place.
    #[inline]
    pub(super) fn is_closed_to(&self, next: &Entry) -> bool {
        self.is_full() && next.bound < self.least
    }

    /// Takes a hit in where it belongs.
    #[inline(always)]
    pub(super) fn offer(&mut self, entry: &Entry, scored: Scored) {
        let Scored { score, .. } = scored;
        debug_assert!(score.is_nan() || score <= entry.bound, "a score above its bound: {score}");
        // A full slate refuses most hits at its last place.
        if score < self.least {
            return;
        }
        // Candidates come best bound first: mostly the next one belongs at the end.
        let ends = self.hits.last().is_none_or(|last| score < last.score);
        if ends && scored.group.is_none() && score.is_finite() && !self.is_full() {
            let Scored { shown, group, .. } = scored;
            let score = score + 0.0;
            self.hits.push(Hit { item: entry.item, rank: entry.rank, score, shown, group });
        } else {
            self.take_in(entry, scored);
        }
        if self.is_full() {
            self.least = self.hits.last().map_or(f64::INFINITY, |last| last.score);
        }
    }

    #[inline(never)]
    fn take_in(&mut self, entry: &Entry, scored: Scored) {
        let score = if scored.score.is_nan() { f64::NEG_INFINITY } else { scored.score + 0.0 };
        let Scored { shown, group, .. } = scored;
        let hit = Hit { item: entry.item, rank: entry.rank, score, shown, group };
        if self.is_full() && self.hits.last().is_none_or(|last| last.order(&hit).is_lt()) {
            return;
        }
        let before = self.hits.iter().rposition(|other| other.order(&hit).is_lt());
        let place = before.map_or(0, |place| place + 1);
        if group.is_some() && self.per_group != usize::MAX {
            let mut same = self.hits.iter().enumerate().filter(|(_, other)| other.group == group);
            let worst = same.next_back().map(|(place, _)| place);
            let standing = same.count() + usize::from(worst.is_some());
            if standing >= self.per_group {
                match worst {
                    Some(worst) if worst >= place || mutant!("index_group_keeps_its_worst") => {
                        self.hits.remove(worst);
                    }
                    _ => return,
                }
            }
        }
        if self.is_full() {
            self.hits.pop();
        }
        self.hits.insert(place.min(self.hits.len()), hit);
    }
}
