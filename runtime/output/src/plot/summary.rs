//! Means and quantiles over paths.

use crate::sample::{Field, SampleArrays};

/// With fewer paths than this, a 5 % quantile would be no more than the extremes.
pub(crate) const MIN_PATHS_FOR_BAND: usize = 20;

/// Times at which means and quantiles are taken; a panel shows no more.
const MAX_TIMES: usize = 400;

/// The law of one entry over paths at one time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Moment {
    /// When.
    pub(crate) time: f64,
    /// The mean of the finite values; NaN where there are none.
    pub(crate) mean: f64,
    /// Their 5 % quantile.
    pub(crate) low: f64,
    /// Their 95 % quantile.
    pub(crate) high: f64,
}

/// The law of one entry at all times, or at 400 of them.
pub(crate) fn moments(sample: &SampleArrays, field: &Field, entry: usize) -> Vec<Moment> {
    let mut values = Vec::with_capacity(sample.paths);
    chosen(sample.times.len(), MAX_TIMES)
        .map(|time| {
            finite_at(sample, field, entry, time, &mut values);
            Moment {
                time: sample.times[time],
                mean: mean(&values),
                low: quantile(&mut values, 0.05),
                high: quantile(&mut values, 0.95),
            }
        })
        .collect()
}

/// The finite values of one entry at one time, over paths.
pub(crate) fn finite_at(
    sample: &SampleArrays,
    field: &Field,
    entry: usize,
    time: usize,
    values: &mut Vec<f64>,
) {
    values.clear();
    let all = (0..sample.paths).map(|path| field.at(sample.times.len(), path, time, entry));
    values.extend(all.filter(|value| value.is_finite()));
}

/// At most `limit` of `count` indices, evenly spaced, the first and the last among them.
fn chosen(count: usize, limit: usize) -> impl Iterator<Item = usize> {
    let taken = count.min(limit);
    (0..taken).map(move |k| if taken < 2 { k } else { k * (count - 1) / (taken - 1) })
}

/// The mean; NaN of nothing.
pub(crate) fn mean(values: &[f64]) -> f64 {
    // Dividing first keeps the sum of large values finite.
    let count = values.len() as f64;
    if values.is_empty() { f64::NAN } else { values.iter().map(|value| value / count).sum() }
}

/// The quantile of level `q`, interpolated linearly between order statistics; NaN of nothing.
///
/// Linear time; reorders the values. *Source:* Hyndman and Fan (1996), definition 7.
pub(crate) fn quantile(values: &mut [f64], q: f64) -> f64 {
    if values.is_empty() {
        return f64::NAN;
    }
    let at = q * (values.len() - 1) as f64;
    let below = at.floor() as usize;
    let (_, &mut low, above) = values.select_nth_unstable_by(below, f64::total_cmp);
    let high = above.iter().copied().fold(f64::INFINITY, f64::min);
    let fraction = at - below as f64;
    if fraction == 0.0 { low } else { low * (1.0 - fraction) + high * fraction }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_interpolate() {
        let mut values: Vec<f64> = (0..=20).rev().map(f64::from).collect();
        assert_eq!(quantile(&mut values, 0.05), 1.0);
        assert_eq!(quantile(&mut values, 0.5), 10.0);
        assert_eq!(quantile(&mut values, 1.0), 20.0);
        assert!((quantile(&mut [1.0, 3.0], 0.25) - 1.5).abs() < 1e-15);
        assert!(quantile(&mut [], 0.5).is_nan());
    }

    #[test]
    fn moments_skip_what_is_not_finite() {
        let field = Field {
            name: "x".to_owned(),
            shape: vec![],
            values: vec![1.0, f64::NAN, 3.0, f64::NAN, f64::INFINITY, f64::NAN],
        };
        let sample = SampleArrays { paths: 3, times: vec![0.0, 1.0], fields: vec![field.clone()] };
        let moments = moments(&sample, &field, 0);
        assert_eq!((moments[0].mean, moments[0].time), (2.0, 0.0));
        assert!(moments[1].mean.is_nan() && moments[1].low.is_nan());
    }

    #[test]
    fn many_times_are_thinned_to_both_ends() {
        let times: Vec<usize> = chosen(10_000, 400).collect();
        assert_eq!((times.len(), times[0], times[399]), (400, 0, 9_999));
        assert_eq!(chosen(3, 400).collect::<Vec<_>>(), [0, 1, 2]);
        assert_eq!(chosen(1, 400).collect::<Vec<_>>(), [0]);
        assert_eq!(chosen(0, 400).count(), 0);
    }
}
