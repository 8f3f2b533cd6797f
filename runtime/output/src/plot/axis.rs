//! Ticks: round numbers in a range, and how they are written.

/// The marks of one axis.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ticks {
    /// Where they are.
    pub(crate) values: Vec<f64>,
    /// What stands there.
    pub(crate) labels: Vec<String>,
}

/// Exponents of ten from which, and up to which, numbers are written with a power of ten.
const LARGE: i32 = 5;
const SMALL: i32 = -4;

impl Ticks {
    /// At least `count` round numbers, as far apart as that allows, in the range from `low` to `high`,
    /// which must be finite and rise. There are at most three times as many.
    pub(crate) fn new(low: f64, high: f64, count: usize) -> Self {
        let mut step = round_step((high - low) / (count - 1) as f64);
        let within = |step: f64| ((low / step).ceil(), (high / step).floor());
        let mut range = within(step);
        while range.1 - range.0 + 1.0 < count as f64 {
            step = finer_step(step);
            range = within(step);
        }
        let values: Vec<f64> =
            (0..=(range.1 - range.0) as usize).map(|k| (range.0 + k as f64) * step).collect();
        let labels = label_all(&values, step);
        Ticks { values, labels }
    }

    /// As [`Ticks::new`], whole numbers only: for counts.
    pub(crate) fn whole(low: f64, high: f64, count: usize) -> Self {
        let ticks = Ticks::new(low, high, count);
        let kept: Vec<usize> =
            (0..ticks.values.len()).filter(|&k| ticks.values[k].fract() == 0.0).collect();
        Ticks {
            values: kept.iter().map(|&k| ticks.values[k]).collect(),
            labels: kept.iter().map(|&k| format_fixed(ticks.values[k], 0)).collect(),
        }
    }
}

/// The least of 1, 2 and 5 times a power of ten that is not less than `step`.
fn round_step(step: f64) -> f64 {
    let power = 10_f64.powi(exponent(step));
    let ratio = step / power;
    let factor = [1.0, 2.0, 5.0].into_iter().find(|&f| ratio <= f * (1.0 + 1e-9));
    factor.unwrap_or(10.0) * power
}

/// The round step below a round step.
fn finer_step(step: f64) -> f64 {
    let power = 10_f64.powi(exponent(step));
    let factor = [5.0, 2.0, 1.0].into_iter().find(|&f| f * (1.0 + 1e-9) < step / power);
    factor.unwrap_or(0.5) * power
}

fn label_all(values: &[f64], step: f64) -> Vec<String> {
    let largest = values.iter().fold(0.0_f64, |max, value| max.max(value.abs()));
    let magnitude = if largest > 0.0 { exponent(largest) } else { 0 };
    if (SMALL + 1..LARGE).contains(&magnitude) {
        let decimals = decimals(step);
        return values.iter().map(|&value| format_fixed(value, decimals)).collect();
    }
    let power = 10_f64.powi(magnitude);
    let decimals = decimals(step / power);
    let with_power = |value: f64| {
        if value == 0.0 {
            return "0".to_owned();
        }
        let factor = format_fixed(value / power, decimals);
        match factor.as_str() {
            "1" => format!("10{}", superscript(magnitude)),
            "−1" => format!("−10{}", superscript(magnitude)),
            _ => format!("{factor}×10{}", superscript(magnitude)),
        }
    };
    values.iter().map(|&value| with_power(value)).collect()
}

/// Decimals that multiples of a round step need.
fn decimals(step: f64) -> usize {
    usize::try_from(-exponent(step)).unwrap_or(0)
}

fn format_fixed(value: f64, decimals: usize) -> String {
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
    exponent
        .to_string()
        .chars()
        .map(|c| match c {
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
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(low: f64, high: f64, count: usize, expected: &str) {
        assert_eq!(Ticks::new(low, high, count).labels.join(" "), expected);
    }

    #[test]
    fn round_numbers() {
        check(0.0, 1.0, 5, "0.0 0.2 0.4 0.6 0.8 1.0");
        check(0.0, 1.0, 3, "0.0 0.5 1.0");
        check(-3.2, 3.1, 4, "−3 −2 −1 0 1 2 3");
        check(-1.0, 1.0, 4, "−1.0 −0.5 0.0 0.5 1.0");
        check(87.0, 131.0, 4, "90 100 110 120 130");
        check(0.0, 1000.0, 5, "0 200 400 600 800 1000");
        check(99_990.0, 99_999.0, 2, "99990 99995");
    }

    #[test]
    fn large_and_small_numbers_have_a_power_of_ten() {
        check(0.0, 4e6, 4, "0 10⁶ 2×10⁶ 3×10⁶ 4×10⁶");
        check(-2e-7, 2e-7, 4, "−2×10⁻⁷ −10⁻⁷ 0 10⁻⁷ 2×10⁻⁷");
        check(0.0, 1.8e5, 4, "0 0.5×10⁵ 1.0×10⁵ 1.5×10⁵");
    }

    #[test]
    fn counts_have_whole_numbers() {
        assert_eq!(Ticks::whole(0.0, 2.0, 4).labels, ["0", "1", "2"]);
        assert_eq!(Ticks::whole(0.0, 0.5, 4).labels, ["0"]);
    }

    #[test]
    fn extreme_ranges_end() {
        for (low, high) in [(1e300, 1.5e300), (-1e-300, 1e-300), (1.0, 1.0 + 1e-9), (-1e15, 1e15)] {
            let ticks = Ticks::new(low, high, 5);
            assert!((1..12).contains(&ticks.values.len()), "{low} {high}: {ticks:?}");
        }
    }
}
