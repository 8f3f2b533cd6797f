//! Mean and variance over paths.

use std::ops::Add;

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
    /// Of the first `count` lanes of a group.
    pub(crate) fn of_group<L: Lane>(lanes: &[L], count: usize) -> Self {
        // Apart, since loops over all lanes are made of vectors.
        if let Ok(all) = <&[L; LANES]>::try_from(lanes)
            && count == LANES
        {
            return Self::of_lanes(all.map(Lane::work), all.map(Lane::double), LANES);
        }
        let mut work = [L::Work::default(); LANES];
        let mut double = [0.0; LANES];
        for (k, lane) in lanes[..count].iter().enumerate() {
            (work[k], double[k]) = (lane.work(), lane.double());
        }
        Self::of_lanes(work, double, count)
    }

    /// The sum alone, of the first `count` lanes of a group.
    pub(crate) fn sum_of_group<L: Lane>(lanes: &[L], count: usize) -> f64 {
        if let Ok(all) = <&[L; LANES]>::try_from(lanes)
            && count == LANES
        {
            return fold(all.map(Lane::work)).into();
        }
        let mut work = [L::Work::default(); LANES];
        for (work, lane) in work.iter_mut().zip(&lanes[..count]) {
            *work = lane.work();
        }
        fold(work).into()
    }

    /// Of the first `count` lanes; the others are 0.
    #[inline]
    fn of_lanes<W: Copy + Add<Output = W> + Into<f64>>(
        work: [W; LANES],
        double: [f64; LANES],
        count: usize,
    ) -> Self {
        let sum: f64 = fold(work).into();
        let mean = sum / count as f64;
        let mut squares = double.map(|x| (x - mean) * (x - mean));
        squares[count..].fill(0.0);
        Self { count: count as u64, sum, squares: fold(squares) }
    }

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

/// How many paths two sides have that are merged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Weights {
    left: f64,
    right: f64,
    /// The number of one by that of the other, over that of both.
    product: f64,
}

impl Weights {
    pub(crate) fn new(left: u64, right: u64) -> Self {
        let product = left as f64 * right as f64 / (left + right) as f64;
        Self { left: left as f64, right: right as f64, product }
    }

    /// Sum and squared deviations of both.
    pub(crate) fn merge(&self, left: (f64, f64), right: (f64, f64)) -> (f64, f64) {
        let apart = right.0 / self.right - left.0 / self.left;
        (left.0 + right.0, left.1 + right.1 + apart * apart * self.product)
    }
}

/// The groups of an output with lanes: of each, `[entry][16]` and how many lanes count.
pub(crate) fn groups<L>(
    lanes: &[L],
    entries: usize,
    paths: usize,
) -> impl Iterator<Item = (&[L], usize)> {
    let groups = lanes.chunks(entries.max(1) * LANES);
    groups.enumerate().map(move |(k, group)| (group, (paths - k * LANES).min(LANES)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_agrees_with_the_definition() {
        let lanes: Vec<f64> = (0..16).map(|k| f64::from(k * k) - 3.5).collect();
        for count in 1..=16 {
            let moments = Moments::of_group(&lanes, count);
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
        let sum = |lanes: [f32; 16]| Moments::of_group(&lanes, 16).sum;
        assert_eq!(sum(lanes([0, 8], [1, 9])), 4.0);
        assert_eq!(sum(lanes([0, 2], [1, 9])), 4.0);
        assert_eq!(sum(lanes([0, 2], [4, 9])), 3.0);
        assert_eq!(Moments::of_group(&lanes([0, 2], [4, 9]).map(f64::from), 16).sum, 4.0);
    }

    #[test]
    fn a_variance_far_from_zero_keeps_its_digits() {
        let lanes: Vec<f64> = (0..16).map(|k| 1e9 + f64::from(k % 2)).collect();
        let group = Moments::of_group(&lanes, 16);
        let both = group.merge(&group);
        assert_eq!(both.squares, 8.0);
        assert!((both.standard_error() - (8.0 / 31.0 / 32.0_f64).sqrt()).abs() < 1e-15);
    }
}
