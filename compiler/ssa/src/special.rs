//! The meaning of the special functions on the host: simple formulas, independent of those that are
//! compiled.

use std::f64::consts::{FRAC_1_SQRT_2, PI, TAU};

use sdec_base::Special;

/// `f(x)` in double, to about 14 digits.
pub fn eval(function: Special, x: f64) -> f64 {
    match function {
        Special::Expm1 => x.exp_m1(),
        Special::Log1p => x.ln_1p(),
        Special::Tan => x.tan(),
        Special::Sinh => x.sinh(),
        Special::Cosh => x.cosh(),
        Special::Atan => x.atan(),
        Special::Sigmoid if x < 0.0 => x.exp() / (1.0 + x.exp()),
        Special::Sigmoid => 1.0 / (1.0 + (-x).exp()),
        Special::Softplus => x.max(0.0) + (-x.abs()).exp().ln_1p(),
        Special::Silu if x < -1e3 => -0.0,
        Special::Silu => x / (1.0 + (-x).exp()),
        Special::NormalCdf => normal_cdf(x),
        Special::NormalQuantile => normal_quantile(x),
        Special::Lgamma => libm::lgamma(x),
        Special::Digamma => digamma(x),
        Special::Trigamma => trigamma(x),
    }
}

fn normal_cdf(x: f64) -> f64 {
    0.5 * libm::erfc(-x * FRAC_1_SQRT_2)
}

/// Newton's method for the logarithm of the distribution function, which is concave, from the left.
fn normal_quantile(p: f64) -> f64 {
    if p > 0.5 {
        return -normal_quantile(1.0 - p);
    }
    if p <= 0.0 {
        return if p == 0.0 { f64::NEG_INFINITY } else { f64::NAN };
    }
    let mut x = -(-2.0 * (2.0 * p).ln()).max(0.0).sqrt();
    for _ in 0..12 {
        let (cdf, density) = (normal_cdf(x), (-0.5 * x * x).exp() / TAU.sqrt());
        x -= (cdf / p).ln() * (cdf / density);
    }
    x
}

/// By the recurrence up to 10, where the asymptotic series is exact to 17 digits.
fn digamma(x: f64) -> f64 {
    if x < 0.0 {
        return digamma(1.0 - x) - PI / (PI * (x - x.floor())).tan();
    }
    let (mut x, mut sum) = (x, 0.0);
    while x < 10.0 {
        sum -= 1.0 / x;
        x += 1.0;
    }
    let w = 1.0 / (x * x);
    let series = w
        * (1.0 / 12.0
            - w * (1.0 / 120.0
                - w * (1.0 / 252.0 - w * (1.0 / 240.0 - w * (1.0 / 132.0 - w * 691.0 / 32760.0)))));
    sum + x.ln() - 0.5 / x - series
}

fn trigamma(x: f64) -> f64 {
    if x < 0.0 {
        let sin = (PI * (x - x.floor())).sin();
        return (PI / sin).powi(2) - trigamma(1.0 - x);
    }
    let (mut x, mut sum) = (x, 0.0);
    while x < 10.0 {
        sum += 1.0 / (x * x);
        x += 1.0;
    }
    let w = 1.0 / (x * x);
    let series = w
        * (1.0 / 6.0
            - w * (1.0 / 30.0
                - w * (1.0 / 42.0 - w * (1.0 / 30.0 - w * (5.0 / 66.0 - w * 691.0 / 2730.0)))));
    sum + (1.0 + 0.5 / x + series) / x
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(function: Special, x: f64, expected: f64) {
        let found = eval(function, x);
        let error = (found - expected).abs() / expected.abs();
        assert!(error < 1e-14, "{}({x}) is {found}, not {expected}", function.name());
    }

    /// Values to 40 digits, rounded.
    #[test]
    fn known_values() {
        check(Special::NormalQuantile, 0.975, 1.959_963_984_540_053_8);
        check(Special::NormalQuantile, 1e-300, -37.047_096_299_361_2);
        check(Special::NormalCdf, -2.0, 0.022_750_131_948_179_21);
        check(Special::Digamma, 0.5, -1.963_510_026_021_423_5);
        check(Special::Digamma, -2.25, 4.158_583_564_657_973);
        check(Special::Digamma, 30.0, 3.384_438_132_685_525);
        check(Special::Trigamma, 0.5, 4.934_802_200_544_679);
        check(Special::Trigamma, -2.25, 19.379_410_511_869_137);
        check(Special::Sigmoid, -3.0, 0.047_425_873_177_566_78);
        check(Special::Softplus, -3.0, 0.048_587_351_573_742_06);
    }
}
