//! Arrays in memory: a buffer, where the first entry is, and how far apart the others are. Slices,
//! rows, transposes and most reshapes of an array in memory are other views of the same buffer.

use sdec_kernel::BufferId;

use super::index::Index;

/// Entry `[i, j, …]` is at `offset + i · strides[0] + j · strides[1] + …` of the buffer.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct View {
    pub(super) buffer: BufferId,
    pub(super) offset: Index,
    pub(super) strides: Vec<u64>,
    /// Truth values, which are counts in memory.
    pub(super) is_truth: bool,
}

impl View {
    /// All of a buffer, row-major.
    pub(super) fn whole(buffer: BufferId, shape: &[u64], is_truth: bool) -> Self {
        Self { buffer, offset: Index::default(), strides: row_major(shape), is_truth }
    }

    /// Where an entry is.
    pub(super) fn place(&self, at: &[Index]) -> Index {
        at.iter()
            .zip(&self.strides)
            .fold(self.offset.clone(), |place, (index, &stride)| place.plus(index, signed(stride)))
    }

    /// Row `index` of axis 0.
    pub(super) fn row(&self, index: &Index) -> Self {
        let offset = self.offset.plus(index, signed(self.strides[0]));
        Self { offset, strides: self.strides[1..].to_vec(), ..self.clone() }
    }

    /// All entries of an array that is row-major, in another shape.
    pub(super) fn as_whole(&self, shape: &[u64]) -> Self {
        Self { strides: row_major(shape), ..self.clone() }
    }

    /// All entries of rows that are row-major each, in another shape.
    pub(super) fn as_rows(&self, shape: &[u64]) -> Self {
        let mut strides = row_major(shape);
        strides[0] = self.strides[0];
        Self { strides, ..self.clone() }
    }

    /// The same memory as that of the rows from `first` on.
    pub(super) fn counted_from(&self, first: &Index) -> Self {
        let offset = self.offset.plus(first, -signed(self.strides[0]));
        Self { offset, ..self.clone() }
    }

    /// From row `start` on.
    pub(super) fn slice(&self, start: u64) -> Self {
        let offset = self.offset.plus(&Index::known(start), signed(self.strides[0]));
        Self { offset, ..self.clone() }
    }

    /// The same entries under new leading axes.
    pub(super) fn broadcast(&self, axes: usize) -> Self {
        Self { strides: [vec![0; axes], self.strides.clone()].concat(), ..self.clone() }
    }

    /// Axis `k` of the result is axis `permutation[k]`.
    pub(super) fn transpose(&self, permutation: &[usize]) -> Self {
        Self {
            strides: permutation.iter().map(|&axis| self.strides[axis]).collect(),
            ..self.clone()
        }
    }

    /// The same entries in row-major order under another shape, if strides can say so.
    pub(super) fn reshape(&self, from: &[u64], to: &[u64]) -> Option<Self> {
        if self.is_row_major(from) {
            return Some(Self { strides: row_major(to), ..self.clone() });
        }
        let groups = split(from, to)?;
        let mut strides = vec![0; to.len()];
        for (group, &stride) in groups.iter().zip(&self.strides) {
            for axis in group.clone() {
                strides[axis] = stride * to[axis + 1..group.end].iter().product::<u64>();
            }
        }
        Some(Self { strides, ..self.clone() })
    }

    /// Whether entries lie one after the other.
    pub(super) fn is_row_major(&self, shape: &[u64]) -> bool {
        let expected = row_major(shape);
        let mut axes = shape.iter().zip(&self.strides).zip(expected);
        axes.all(|((&extent, &stride), expected)| extent == 1 || stride == expected)
    }
}

fn signed(stride: u64) -> i64 {
    i64::try_from(stride).expect("strides fit i64")
}

fn row_major(shape: &[u64]) -> Vec<u64> {
    (0..shape.len()).map(|axis| shape[axis + 1..].iter().product()).collect()
}

/// For each axis of `from` the axes of `to` into which it is split, if `to` is got by splitting axes
/// and adding or removing those of extent 1.
pub(super) fn split(from: &[u64], to: &[u64]) -> Option<Vec<std::ops::Range<usize>>> {
    let mut groups = Vec::new();
    let mut next = 0;
    for &extent in from {
        while extent != 1 && to.get(next) == Some(&1) {
            next += 1;
        }
        let start = next;
        let mut product = 1;
        while product < extent {
            product *= to.get(next)?;
            next += 1;
        }
        if product != extent {
            return None;
        }
        groups.push(start..next);
    }
    to[next..].iter().all(|&extent| extent == 1).then_some(groups)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_are_found_and_merges_refused() {
        assert_eq!(split(&[6, 4], &[2, 3, 4]), Some(vec![0..2, 2..3]));
        assert_eq!(split(&[6, 1], &[1, 2, 3]), Some(vec![1..3, 3..3]));
        assert_eq!(split(&[4, 3], &[4, 3, 1]), Some(vec![0..1, 1..2]));
        assert_eq!(split(&[2, 3], &[6]), None);
        assert_eq!(split(&[6], &[4, 2]), None);
    }
}
