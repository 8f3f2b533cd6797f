//! Mean and variance over paths.

use multiversion::multiversion;

use crate::lane::{LANES, Lane, fold};

/// What is known of a number that every path has.
///
/// The order of all sums is fixed. Within a group of 16 paths they are taken by halves (8, 4, 2 and
/// 1 apart): of the values in their own precision, of the squared deviations from the group's mean
/// in `f64`. Groups are merged pairwise by the bits of their numbers, in `f64`, after Chan, Golub &
/// LeVeque (1983), *The American Statistician* 37(3). So threads and chunks cannot change a bit.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Moments {
    /// Paths.
    pub count: u64,
    /// Sum over paths.
    pub sum: f64,
    /// Sum of squared deviations from the mean.
    pub squares: f64,
}

impl Moments {
    /// Of the paths of `self` and those of `next`, which follow them.
    #[cfg(test)]
    pub(crate) fn merge(&self, next: &Self) -> Self {
        let weights = Weights::new(self.count, next.count);
        let (sum, squares) = weights.merge((self.sum, self.squares), (next.sum, next.squares));
        Self { count: self.count + next.count, sum, squares }
    }

    /// Average over paths.
    pub fn mean(&self) -> f64 {
        self.sum / self.count as f64
    }

    /// Estimate of the variance without bias; NaN for one path.
    pub fn variance(&self) -> f64 {
        self.squares / (self.count as f64 - 1.0)
    }

    /// Standard error of the mean; NaN for one path.
    pub fn standard_error(&self) -> f64 {
        (self.variance() / self.count as f64).sqrt()
    }
}

/// Sum, and squared deviations from the mean, of each entry of a group, in its first `count` lanes.
pub(crate) fn of_group<L: Lane>(
    entries: &[[L; LANES]],
    count: usize,
    sums: &mut [f64],
    squares: &mut [f64],
) {
    if count == LANES {
        return of_whole_group(entries, sums, squares);
    }
    for ((entry, sum), squares) in entries.iter().zip(sums).zip(squares) {
        (*sum, *squares) = of_entry(entry, count);
    }
}

/// The sum of each entry of a group, in its first `count` lanes.
pub(crate) fn sums_of_group<L: Lane>(entries: &[[L; LANES]], count: usize, sums: &mut [f64]) {
    if count == LANES {
        return sums_of_whole_group(entries, sums);
    }
    for (entry, sum) in entries.iter().zip(sums) {
        *sum = sum_of_entry(entry, count);
    }
}

// The width of vectors changes no bit: nothing is contracted and the order of sums is written out.
#[multiversion(targets("x86_64+avx+avx2"))]
fn of_whole_group<L: Lane>(entries: &[[L; LANES]], sums: &mut [f64], squares: &mut [f64]) {
    for ((entry, sum), squares) in entries.iter().zip(sums).zip(squares) {
        (*sum, *squares) = of_entry(entry, LANES);
    }
}

#[multiversion(targets("x86_64+avx+avx2"))]
fn sums_of_whole_group<L: Lane>(entries: &[[L; LANES]], sums: &mut [f64]) {
    for (entry, sum) in entries.iter().zip(sums) {
        let mut eight = [L::Work::default(); LANES / 2];
        for k in 0..eight.len() {
            eight[k] = entry[k].work() + entry[k + eight.len()].work();
        }
        let mut four = [L::Work::default(); LANES / 4];
        for k in 0..four.len() {
            four[k] = eight[k] + eight[k + four.len()];
        }
        // Unless it believes that somebody looks, the optimiser puts the same lane of several entries into a
        // vector, number by number: 2.2 ns for an entry instead of 1.3.
        let [a, b, c, d] = std::hint::black_box(four);
        *sum = ((a + c) + (b + d)).into();
    }
}

#[inline(always)]
fn sum_of_entry<L: Lane>(lanes: &[L; LANES], count: usize) -> f64 {
    let mut work = [L::Work::default(); LANES];
    for k in 0..count {
        work[k] = lanes[k].work();
    }
    fold(work).into()
}

/// Loops and no `map`, which would be calls.
#[inline(always)]
fn of_entry<L: Lane>(lanes: &[L; LANES], count: usize) -> (f64, f64) {
    let sum = sum_of_entry(lanes, count);
    let mean = sum / count as f64;
    let mut squares = [0.0; LANES];
    for k in 0..count {
        let apart = lanes[k].double() - mean;
        squares[k] = apart * apart;
    }
    (sum, fold(squares))
}

/// How many paths two sides have that are merged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Weights {
    /// One over the number of either side.
    left: f64,
    right: f64,
    /// The number of one by that of the other, over that of both.
    product: f64,
}

impl Weights {
    pub(crate) fn new(left: u64, right: u64) -> Self {
        let product = left as f64 * right as f64 / (left + right) as f64;
        Self { left: 1.0 / left as f64, right: 1.0 / right as f64, product }
    }

    /// Sum and squared deviations of both.
    #[inline(always)]
    pub(crate) fn merge(&self, left: (f64, f64), right: (f64, f64)) -> (f64, f64) {
        let apart = right.0 * self.right - left.0 * self.left;
        (left.0 + right.0, left.1 + right.1 + apart * apart * self.product)
    }
}

/// The groups of an output with lanes: of each, `[entry][16]` and how many lanes count.
pub(crate) fn groups<L>(
    lanes: &[L],
    entries: usize,
    paths: usize,
) -> impl Iterator<Item = (&[[L; LANES]], usize)> {
    let (entries_of_all, rest) = lanes.as_chunks();
    debug_assert!(rest.is_empty(), "an entry has a number for each lane");
    let groups = entries_of_all.chunks(entries.max(1));
    groups.enumerate().map(move |(k, group)| (group, (paths - k * LANES).min(LANES)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_lanes<L: Lane>(lanes: &[L; LANES], count: usize) -> Moments {
        let (mut sum, mut squares, mut alone) = ([0.0], [0.0], [0.0]);
        of_group(&[*lanes], count, &mut sum, &mut squares);
        sums_of_group(&[*lanes], count, &mut alone);
        assert_eq!(sum, alone);
        Moments { count: count as u64, sum: sum[0], squares: squares[0] }
    }

    #[test]
    fn a_group_agrees_with_the_definition() {
        let lanes: [f64; 16] = std::array::from_fn(|k| (k * k) as f64 - 3.5);
        for count in 1..=16 {
            let moments = of_lanes(&lanes, count);
            let mean = lanes[..count].iter().sum::<f64>() / count as f64;
            let squares: f64 = lanes[..count].iter().map(|x| (x - mean).powi(2)).sum();
            assert_eq!(moments.count, count as u64);
            assert!((moments.mean() - mean).abs() < 1e-13);
            assert!((moments.squares - squares).abs() < 1e-10);
        }
    }

    /// In single precision 1e8 swallows a 1 that it meets before it is taken away again.
    #[test]
    fn lanes_are_added_by_halves_in_their_own_precision() {
        let lanes = |big: [usize; 2], small: [usize; 2]| {
            let mut lanes = [0.0_f32; 16];
            (lanes[big[0]], lanes[big[1]]) = (1e8, -1e8);
            (lanes[small[0]], lanes[small[1]]) = (1.0, 3.0);
            lanes
        };
        let sum = |lanes: [f32; 16]| of_lanes(&lanes, 16).sum;
        assert_eq!(sum(lanes([0, 8], [1, 9])), 4.0);
        assert_eq!(sum(lanes([0, 2], [1, 9])), 4.0);
        assert_eq!(sum(lanes([0, 2], [4, 9])), 3.0);
        assert_eq!(of_lanes(&lanes([0, 2], [4, 9]).map(f64::from), 16).sum, 4.0);
    }

    #[test]
    fn a_variance_far_from_zero_keeps_its_digits() {
        let lanes: [f64; 16] = std::array::from_fn(|k| 1e9 + (k % 2) as f64);
        let group = of_lanes(&lanes, 16);
        let both = group.merge(&group);
        assert_eq!(both.squares, 8.0);
        assert!((both.standard_error() - (8.0 / 31.0 / 32.0_f64).sqrt()).abs() < 1e-15);
    }
}
