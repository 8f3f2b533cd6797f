//! Paths whose results are infinite or NaN.

use crate::lane::{LANES, Lane};

/// Paths with a result that is infinite or not a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotFinite {
    /// How many.
    pub paths: u64,
    /// The first one's path number.
    pub first: u64,
}

/// One bit per lane of a group: set where an entry is not finite. Of the first `count` lanes.
pub(crate) fn mask<L: Lane>(group: &[[L; LANES]], count: usize) -> u16 {
    let mut bad = [false; LANES];
    for entry in group {
        for (bad, x) in bad.iter_mut().zip(entry) {
            *bad |= !x.is_finite();
        }
    }
    bad[..count].iter().enumerate().map(|(lane, &bad)| u16::from(bad) << lane).sum()
}

impl NotFinite {
    /// Of a group whose first path has number `first`.
    pub(crate) fn of_mask(mask: u16, first: u64) -> Option<Self> {
        (mask != 0).then(|| Self {
            paths: mask.count_ones().into(),
            first: first.wrapping_add(mask.trailing_zeros().into()),
        })
    }

    /// Of the paths of both, the second following the first.
    pub(crate) fn join(before: Option<Self>, next: Option<Self>) -> Option<Self> {
        match (before, next) {
            (Some(a), Some(b)) => Some(Self { paths: a.paths + b.paths, first: a.first }),
            (a, b) => a.or(b),
        }
    }
}
