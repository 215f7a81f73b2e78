//! The readings that pass, in one normal form per meaning, with and, or and the test itself.

use super::input::{Accept, LevelKind, Reading, Readings, SetTest, Span};

/// The normal form of an [`Accept`]: lists sorted, spans disjoint.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Passes {
    /// The listed ones, or all but them.
    Symbols { listed: Vec<u32>, except: bool, unknown: bool },
    /// Sorted, disjoint and not adjacent.
    Numbers { spans: Vec<Span>, unknown: bool },
    /// Bits: 1 unknown, 2 no, 4 yes.
    Flags(u8),
    /// At least one of each list of `any`, none of `lacks`.
    Set { any: Vec<Vec<u32>>, lacks: Vec<u32>, unknown: bool },
}

fn sorted(list: &[u32]) -> Vec<u32> {
    let mut list = list.to_vec();
    list.sort_unstable();
    list.dedup();
    list
}

fn union(a: &[u32], b: &[u32]) -> Vec<u32> {
    sorted(&[a, b].concat())
}

/// Those of `a` that are (or are not) in `b`.
fn filtered(a: &[u32], b: &[u32], kept: bool) -> Vec<u32> {
    a.iter().copied().filter(|symbol| b.binary_search(symbol).is_ok() == kept).collect()
}

/// Sorted, with what overlaps or touches made one.
fn joined(mut spans: Vec<Span>) -> Vec<Span> {
    spans.retain(|span| !span.is_empty());
    spans.sort_unstable();
    let mut out: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        match out.last_mut() {
            Some(last) if span.low <= last.high.saturating_add(1) => {
                last.high = last.high.max(span.high);
            }
            _ => out.push(span),
        }
    }
    out
}

impl Passes {
    /// The normal form of what a caller gave.
    pub(crate) fn new(accept: &Accept) -> Self {
        match accept {
            Accept::Symbols { listed, except, unknown } => {
                Self::Symbols { listed: sorted(listed), except: *except, unknown: *unknown }
            }
            Accept::Numbers { spans, unknown } => {
                Self::Numbers { spans: joined(spans.clone()), unknown: *unknown }
            }
            Accept::Flags { yes, no, unknown } => {
                Self::Flags(u8::from(*unknown) | u8::from(*no) << 1 | u8::from(*yes) << 2)
            }
            Accept::Set { test, unknown } => {
                let (any, lacks) = match test {
                    SetTest::HasAny(list) => (vec![sorted(list)], Vec::new()),
                    SetTest::HasAll(list) => {
                        (sorted(list).into_iter().map(|symbol| vec![symbol]).collect(), Vec::new())
                    }
                    SetTest::Lacks(list) => (Vec::new(), sorted(list)),
                };
                Self::Set { any, lacks, unknown: *unknown }
            }
        }
    }

    /// The kind of level it tests.
    pub(crate) const fn kind(&self) -> LevelKind {
        match self {
            Self::Symbols { .. } => LevelKind::Symbol,
            Self::Numbers { .. } => LevelKind::Number,
            Self::Flags(_) => LevelKind::Flag,
            Self::Set { .. } => LevelKind::Set,
        }
    }

    /// Whether no reading passes.
    pub(crate) fn is_never(&self) -> bool {
        match self {
            Self::Symbols { listed, except, unknown } => !except && listed.is_empty() && !unknown,
            Self::Numbers { spans, unknown } => spans.is_empty() && !unknown,
            Self::Flags(bits) => *bits == 0,
            Self::Set { any, unknown, .. } => !unknown && any.iter().any(Vec::is_empty),
        }
    }

    /// Whether every reading passes.
    pub(crate) fn is_always(&self) -> bool {
        match self {
            Self::Symbols { listed, except, unknown } => *except && listed.is_empty() && *unknown,
            Self::Numbers { spans, unknown } => *unknown && spans[..] == [Span::ALL],
            Self::Flags(bits) => *bits == 7,
            Self::Set { any, lacks, unknown } => *unknown && any.is_empty() && lacks.is_empty(),
        }
    }

    /// What passes both; `None` where the kinds differ.
    pub(crate) fn and(&self, other: &Self) -> Option<Self> {
        Some(match (self, other) {
            (
                Self::Symbols { listed: a, except: not_a, unknown: ua },
                Self::Symbols { listed: b, except: not_b, unknown: ub },
            ) => {
                let (listed, except) = match (not_a, not_b) {
                    (false, false) => (filtered(a, b, true), false),
                    (false, true) => (filtered(a, b, false), false),
                    (true, false) => (filtered(b, a, false), false),
                    (true, true) => (union(a, b), true),
                };
                Self::Symbols { listed, except, unknown: *ua && *ub }
            }
            (Self::Numbers { spans: a, unknown: ua }, Self::Numbers { spans: b, unknown: ub }) => {
                let both = |x: &Span| {
                    let x = *x;
                    b.iter().map(move |y| Span { low: x.low.max(y.low), high: x.high.min(y.high) })
                };
                Self::Numbers {
                    spans: joined(a.iter().flat_map(both).collect()),
                    unknown: *ua && *ub,
                }
            }
            (Self::Flags(a), Self::Flags(b)) => Self::Flags(a & b),
            (
                Self::Set { any: a, lacks: la, unknown: ua },
                Self::Set { any: b, lacks: lb, unknown: ub },
            ) => {
                let mut any = [a.as_slice(), b.as_slice()].concat();
                any.sort_unstable();
                any.dedup();
                Self::Set { any, lacks: union(la, lb), unknown: *ua && *ub }
            }
            _ => return None,
        })
    }

    /// What passes one or the other; `None` where no single form says it.
    pub(crate) fn or(&self, other: &Self) -> Option<Self> {
        Some(match (self, other) {
            (
                Self::Symbols { listed: a, except: not_a, unknown: ua },
                Self::Symbols { listed: b, except: not_b, unknown: ub },
            ) => {
                let (listed, except) = match (not_a, not_b) {
                    (false, false) => (union(a, b), false),
                    (false, true) => (filtered(b, a, false), true),
                    (true, false) => (filtered(a, b, false), true),
                    (true, true) => (filtered(a, b, true), true),
                };
                Self::Symbols { listed, except, unknown: *ua || *ub }
            }
            (Self::Numbers { spans: a, unknown: ua }, Self::Numbers { spans: b, unknown: ub }) => {
                Self::Numbers {
                    spans: joined([a.as_slice(), b.as_slice()].concat()),
                    unknown: *ua || *ub,
                }
            }
            (Self::Flags(a), Self::Flags(b)) => Self::Flags(a | b),
            (
                Self::Set { any: a, lacks: la, unknown: ua },
                Self::Set { any: b, lacks: lb, unknown: ub },
            ) if la.is_empty() && lb.is_empty() => match (&a[..], &b[..]) {
                ([a], [b]) => {
                    Self::Set { any: vec![union(a, b)], lacks: Vec::new(), unknown: *ua || *ub }
                }
                _ => return None,
            },
            _ => return None,
        })
    }

    /// Whether a reading passes; `readings` holds the members of sets.
    pub(crate) fn test(&self, reading: Reading, readings: &Readings<'_>) -> bool {
        match self {
            Self::Symbols { listed, except, unknown } => {
                if reading.is_unknown() {
                    return *unknown;
                }
                let found = u32::try_from(reading.0)
                    .is_ok_and(|symbol| listed.binary_search(&symbol).is_ok());
                found != *except
            }
            Self::Numbers { spans, unknown } => {
                if reading.is_unknown() {
                    return *unknown;
                }
                let after = spans.partition_point(|span| span.low <= reading.0);
                after.checked_sub(1).and_then(|i| spans.get(i)).is_some_and(|s| s.holds(reading.0))
            }
            Self::Flags(bits) => bits & 1 << (reading.0.max(-1) + 1).min(2) != 0,
            Self::Set { any, lacks, unknown } => {
                if reading.is_unknown() {
                    return *unknown;
                }
                let members = readings.set(reading);
                let holds = |list: &[u32]| members.iter().any(|m| list.binary_search(m).is_ok());
                any.iter().all(|list| holds(list)) && !holds(lacks)
            }
        }
    }
}
