//! Counts as sums of other counts, so that it is known what an index does from one round to the next.

use sdec_kernel::Value;

/// `known + Σ factor · count`, in the order of the counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Linear {
    known: i64,
    terms: Vec<(Value, i64)>,
}

impl Linear {
    /// A number.
    pub(super) fn number(known: i64) -> Self {
        Self { known, terms: Vec::new() }
    }

    /// A count.
    pub(super) fn count(value: Value) -> Self {
        Self { known: 0, terms: vec![(value, 1)] }
    }

    /// The number, if it is one.
    pub(super) fn as_number(&self) -> Option<i64> {
        self.terms.is_empty().then_some(self.known)
    }

    /// How often it contains a count.
    pub(super) fn factor(&self, value: Value) -> i64 {
        self.terms.iter().find(|(term, _)| *term == value).map_or(0, |&(_, factor)| factor)
    }

    /// The counts in it.
    pub(super) fn counts(&self) -> impl Iterator<Item = Value> {
        self.terms.iter().map(|&(value, _)| value)
    }

    /// `self + factor · other`, if no number is too large.
    pub(super) fn plus(&self, other: &Self, factor: i64) -> Option<Self> {
        let known = self.known.checked_add(other.known.checked_mul(factor)?)?;
        let mut terms = self.terms.clone();
        for &(value, times) in &other.terms {
            let more = times.checked_mul(factor)?;
            match terms.binary_search_by_key(&value, |&(term, _)| term) {
                Ok(place) => terms[place].1 = terms[place].1.checked_add(more)?,
                Err(place) => terms.insert(place, (value, more)),
            }
        }
        terms.retain(|&(_, factor)| factor != 0);
        Some(Self { known, terms })
    }

    /// `factor · self`, likewise.
    pub(super) fn times(&self, factor: i64) -> Option<Self> {
        Self::default().plus(self, factor)
    }
}
