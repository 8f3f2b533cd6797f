//! Ranges of values, and which part of a range is worth showing.

/// How far beyond the band, in widths of the band, a panel reaches.
const REACH: f64 = 1.0;

/// A range of values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Spread {
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl Spread {
    /// Values beyond this could not be subtracted from each other.
    const LIMIT: f64 = 1e300;

    /// The least and the greatest of the values that can be drawn.
    pub(crate) fn of(values: impl Iterator<Item = f64>) -> Option<Self> {
        values.filter(|value| value.abs() < Self::LIMIT).fold(None, |spread, value| {
            let Spread { low, high } = spread.unwrap_or(Spread { low: value, high: value });
            Some(Spread { low: low.min(value), high: high.max(value) })
        })
    }

    /// The least range that holds both.
    pub(crate) fn union(self, other: Spread) -> Spread {
        Spread { low: self.low.min(other.low), high: self.high.max(other.high) }
    }

    /// The part that is not far from a core, and whether there is more.
    pub(crate) fn within_reach_of(self, core: Spread) -> (Spread, bool) {
        let reach = REACH * (core.high - core.low);
        if reach == 0.0 {
            return (self, false);
        }
        let near =
            Spread { low: self.low.max(core.low - reach), high: self.high.min(core.high + reach) };
        (near, near != self)
    }

    /// The value half way between its ends.
    pub(crate) fn middle(self) -> f64 {
        0.5 * self.low + 0.5 * self.high
    }

    /// Whether a value lies in it.
    pub(crate) fn holds(self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }

    /// Whether its ends differ by little more than rounding.
    pub(crate) fn is_point(self) -> bool {
        let size = self.low.abs().max(self.high.abs());
        self.high - self.low <= (1e-10 * size).max(1e-290)
    }

    /// Itself, or a range around it if it is a point.
    pub(crate) fn opened(self) -> Spread {
        let half = if self.low == 0.0 { 1.0 } else { 0.5 * self.low.abs().max(1e-280) };
        if self.is_point() { Spread { low: self.low - half, high: self.high + half } } else { self }
    }

    /// Itself with a little room at both ends.
    pub(crate) fn padded(self) -> Spread {
        let pad = 0.04 * (self.high - self.low);
        Spread { low: self.low - pad, high: self.high + pad }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spread(low: f64, high: f64) -> Spread {
        Spread { low, high }
    }

    #[test]
    fn what_cannot_be_drawn_is_left_out() {
        let values = [f64::NAN, 2.0, f64::INFINITY, -1.0, 1e305];
        assert_eq!(Spread::of(values.into_iter()), Some(spread(-1.0, 2.0)));
        assert_eq!(Spread::of([f64::NAN].into_iter()), None);
    }

    #[test]
    fn outliers_are_cut_and_the_rest_is_not() {
        assert_eq!(
            spread(-5.0, 1e9).within_reach_of(spread(0.0, 10.0)),
            (spread(-5.0, 20.0), true)
        );
        assert_eq!(
            spread(-5.0, 15.0).within_reach_of(spread(0.0, 10.0)),
            (spread(-5.0, 15.0), false)
        );
        // Most paths at one value say nothing about how far the others may be.
        assert_eq!(spread(0.0, 9.0).within_reach_of(spread(0.0, 0.0)), (spread(0.0, 9.0), false));
    }

    #[test]
    fn points_are_opened() {
        assert_eq!(spread(0.0, 0.0).opened(), spread(-1.0, 1.0));
        assert_eq!(spread(4.0, 4.0).opened(), spread(2.0, 6.0));
        assert_eq!(spread(1.0, 2.0).opened(), spread(1.0, 2.0));
        assert!(spread(1.0, 1.0 + f64::EPSILON).is_point());
    }
}
