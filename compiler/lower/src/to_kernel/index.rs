//! Indices as sums of loop variables, so that known parts are folded while views are composed.

use sdec_kernel::{Binary, Value};

use super::Lowering;

/// `known + Σ value · factor`
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Index {
    known: i64,
    terms: Vec<(Value, i64)>,
}

impl Index {
    /// A number.
    pub(super) fn known(n: u64) -> Self {
        Self { known: i64::try_from(n).expect("extents fit i64"), terms: Vec::new() }
    }

    /// A uniform count.
    pub(super) fn of(value: Value) -> Self {
        Self { known: 0, terms: vec![(value, 1)] }
    }

    /// The number, if it is one.
    pub(super) fn as_known(&self) -> Option<u64> {
        self.terms.is_empty().then(|| u64::try_from(self.known).expect("indices are not negative"))
    }

    /// `self + other · factor`
    pub(super) fn plus(&self, other: &Self, factor: i64) -> Self {
        let mut sum = self.clone();
        sum.known += other.known * factor;
        for &(value, times) in &other.terms {
            match sum.terms.iter_mut().find(|(known, _)| *known == value) {
                Some((_, total)) => *total += times * factor,
                None => sum.terms.push((value, times * factor)),
            }
        }
        sum.terms.retain(|&(_, factor)| factor != 0);
        sum
    }

    /// `self + n`
    pub(super) fn plus_known(&self, n: u64) -> Self {
        self.plus(&Self::known(n), 1)
    }
}

/// All indices of a shape, in row-major order.
pub(super) fn all(shape: &[u64]) -> Vec<Vec<Index>> {
    let entries: u64 = shape.iter().product();
    (0..entries).map(|flat| unflatten(flat, shape)).collect()
}

/// The index of an entry of known place.
pub(super) fn unflatten(mut flat: u64, shape: &[u64]) -> Vec<Index> {
    let mut at = vec![Index::default(); shape.len()];
    for (index, &extent) in at.iter_mut().zip(shape).rev() {
        *index = Index::known(flat % extent);
        flat /= extent;
    }
    at
}

/// The place of an entry, if its index is known.
pub(super) fn flatten(at: &[Index], shape: &[u64]) -> Option<usize> {
    let place = at.iter().zip(shape).try_fold(0, |place, (index, &extent)| {
        index.as_known().map(|index| place * extent + index)
    });
    place.map(|place| usize::try_from(place).expect("entries in registers are few"))
}

impl Lowering<'_> {
    /// The index as a value.
    pub(super) fn index_value(&mut self, index: &Index) -> Value {
        let mut sum: Option<Value> = None;
        for &(value, factor) in &index.terms {
            let term = if factor == 1 {
                value
            } else {
                let factor = self.int(factor);
                self.kernel.binary(Binary::Mul, value, factor)
            };
            sum = Some(match sum {
                Some(sum) => self.kernel.binary(Binary::Add, sum, term),
                None => term,
            });
        }
        match sum {
            None => self.int(index.known),
            Some(sum) if index.known == 0 => sum,
            Some(sum) => {
                let known = self.int(index.known);
                self.kernel.binary(Binary::Add, sum, known)
            }
        }
    }

    /// A uniform count as an index, known if it was made by [`Self::int`].
    pub(super) fn index_of(&self, value: Value) -> Index {
        match self.ints.get(&value) {
            Some(&known) => Index { known, terms: Vec::new() },
            None => Index::of(value),
        }
    }
}
