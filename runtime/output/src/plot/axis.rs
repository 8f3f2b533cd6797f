//! Axes: their ranges, where plotters puts ticks, and how numbers are written there.

use std::ops::Range;

use plotters::coord::ranged1d::BoldPoints;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::Ranged;

use super::spread::Spread;
use super::style;

/// Exponents of ten from which, and up to which, numbers are written with a power of ten.
const LARGE: i32 = 5;
const SMALL: i32 = -4;

/// Most ticks of an axis.
const TICKS: usize = 8;

/// Height of the numbers at ticks.
pub(crate) const LABEL_SIZE: f64 = 10.0;

/// Room between numbers side by side.
const ROOM: f64 = 12.0;

/// One axis. It counts in powers of ten if its numbers are very large or small.
pub(crate) struct Axis {
    /// The quantity along it.
    pub(crate) name: String,
    /// Its ends, in its own unit.
    pub(crate) range: Spread,
    /// How many ticks it has at most.
    pub(crate) limit: usize,
    exponent: i32,
    ticks: Vec<f64>,
}

impl Axis {
    /// An axis with at most `limit` round numbers.
    fn new(name: String, range: Spread, limit: usize) -> Self {
        let magnitude = exponent(range.low.abs().max(range.high.abs()));
        let exponent = if (SMALL + 1..LARGE).contains(&magnitude) { 0 } else { magnitude };
        let mut axis = Axis { name, range, limit, exponent, ticks: Vec::new() };
        axis.range = Spread { low: axis.place(range.low), high: axis.place(range.high) };
        axis.ticks = RangedCoordf64::from(axis.ends()).key_points(BoldPoints(limit));
        axis
    }

    /// An axis without numbers.
    pub(crate) fn bare(name: String) -> Self {
        let range = Spread { low: 0.0, high: 1.0 };
        Axis { name, range, limit: 0, exponent: 0, ticks: Vec::new() }
    }

    /// An axis on which numbers stand above each other.
    pub(crate) fn vertical(name: String, range: Spread) -> Self {
        Axis::new(name, range, TICKS)
    }

    /// An axis on which numbers stand side by side and share some points of room.
    pub(crate) fn horizontal(name: String, range: Spread, room: f64) -> Self {
        let axis = |ticks| Axis::new(name.clone(), range, ticks);
        let fits = |axis: &Axis| {
            let number = style::text(LABEL_SIZE, style::FAINT_TEXT);
            axis.labels().map(|label| style::width(&label, &number) + ROOM).sum::<f64>() < room
        };
        (2..=TICKS).rev().map(axis).find(fits).unwrap_or_else(|| axis(2))
    }

    /// An axis from 0 to a little over `most`, with whole numbers only.
    pub(crate) fn of_counts(name: String, most: usize) -> Self {
        let most = most.max(1);
        // More numbers than there are whole ones would lie closer than 1.
        let range = Spread { low: 0.0, high: 1.04 * most as f64 };
        Axis::new(name, range, TICKS.min(most + 1))
    }

    /// Where a value is, in the axis's own unit.
    pub(crate) fn place(&self, value: f64) -> f64 {
        value / 10_f64.powi(self.exponent)
    }

    /// Its range as plotters wants it.
    pub(crate) fn ends(&self) -> Range<f64> {
        self.range.low..self.range.high
    }

    /// What stands at ticks.
    pub(crate) fn labels(&self) -> impl Iterator<Item = String> {
        self.ticks.iter().map(|&tick| self.label(tick))
    }

    /// What stands at one tick.
    pub(crate) fn label(&self, tick: f64) -> String {
        let Spread { low, high } = self.range;
        let step = self.ticks.get(1).map_or(high - low, |second| second - self.ticks[0]);
        let number = fixed(tick, usize::try_from(-exponent(step)).unwrap_or(0));
        if self.exponent == 0 {
            return number;
        }
        let power = format!("10{}", superscript(self.exponent));
        match number.trim_end_matches(['.', '0']) {
            "" => "0".to_owned(),
            "1" => power,
            "−1" => format!("−{power}"),
            _ => format!("{number}×{power}"),
        }
    }
}

/// A number with some decimals, a minus sign of full width, and no negative zero.
fn fixed(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    match text.strip_prefix('-') {
        Some(digits) if digits.chars().all(|c| c == '0' || c == '.') => digits.to_owned(),
        Some(digits) => format!("−{digits}"),
        None => text,
    }
}

/// The power of ten of a number's first digit.
fn exponent(value: f64) -> i32 {
    // The rounding of log10 must not put 1000 below 10³.
    (value.log10() + 1e-9).floor() as i32
}

fn superscript(exponent: i32) -> String {
    let raised = |c: char| match c {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        '4' => '⁴',
        '5' => '⁵',
        '6' => '⁶',
        '7' => '⁷',
        '8' => '⁸',
        '9' => '⁹',
        _ => '⁰',
    };
    exponent.to_string().chars().map(raised).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(low: f64, high: f64, count: usize, expected: &str) {
        let axis = Axis::new(String::new(), Spread { low, high }, count);
        assert_eq!(axis.labels().collect::<Vec<_>>().join(" "), expected);
    }

    #[test]
    fn round_numbers() {
        check(0.0, 1.0, 6, "0.0 0.2 0.4 0.6 0.8 1.0");
        check(0.0, 1.0, 5, "0.0 0.5 1.0");
        check(-3.2, 3.1, 8, "−3 −2 −1 0 1 2 3");
        check(-1.0, 1.0, 6, "−1.0 −0.5 0.0 0.5 1.0");
        check(87.0, 131.0, 6, "90 100 110 120 130");
        check(0.0, 1000.0, 6, "0 200 400 600 800 1000");
        check(99_990.0, 99_999.0, 3, "99990 99995");
    }

    #[test]
    fn large_and_small_numbers_have_a_power_of_ten() {
        check(0.0, 4e6, 5, "0 10⁶ 2×10⁶ 3×10⁶ 4×10⁶");
        check(-2e-7, 2e-7, 5, "−2×10⁻⁷ −10⁻⁷ 0 10⁻⁷ 2×10⁻⁷");
        check(0.0, 1.8e5, 5, "0 0.5×10⁵ 10⁵ 1.5×10⁵");
        check(0.0, 2.5e11, 5, "0 10¹¹ 2×10¹¹");
    }

    #[test]
    fn counts_have_whole_numbers() {
        let labels = |most| Axis::of_counts(String::new(), most).labels().collect::<Vec<_>>();
        assert_eq!(labels(1), ["0", "1"]);
        assert_eq!(labels(2), ["0", "1", "2"]);
        for most in 0..200 {
            assert!(labels(most).len() <= TICKS);
            assert!(labels(most).iter().all(|label| !label.contains('.')), "{most}");
        }
    }

    #[test]
    fn extreme_ranges_end() {
        for (low, high) in [(1e300, 1.5e300), (-1e-300, 1e-300), (1.0, 1.0 + 1e-9), (-1e15, 1e15)] {
            let axis = Axis::vertical(String::new(), Spread { low, high });
            assert!((2..=TICKS).contains(&axis.ticks.len()), "{low} {high}: {:?}", axis.ticks);
        }
    }

    #[test]
    fn fewer_numbers_where_room_is_scarce() {
        let range = Spread { low: 0.0, high: 1000.0 };
        let count = |room| Axis::horizontal(String::new(), range, room).ticks.len();
        assert_eq!((count(500.0), count(150.0), count(60.0)), (6, 3, 2));
    }
}
