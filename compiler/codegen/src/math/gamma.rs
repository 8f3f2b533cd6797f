//! The logarithm of the gamma function.
//!
//! From 4½ on, Stirling's formula; below, a polynomial of `lgamma(2 + z)`, `|z| <= ½`, and the
//! logarithm of the product that leads there. For negative arguments,
//! `lgamma x = -log|sin(πx) / π| - lgamma(1 - x)`.

use sdec_noise::{Machine, Precision, sincos_turns};

use super::log::log;
use super::pair::{exact_product, sum};
use super::pow::log_pair;

struct Constants {
    /// `(lgamma(2 + z) / z - (1 - γ)) / z` on `|z| <= ½`, lowest coefficient first.
    near: &'static [f64],
    /// `1 - γ` in two parts.
    slope: [f64; 2],
    /// `x (lgamma x - ((x - ½) log x - x + ½ log 2π))` in `1/x²` from 4½ on.
    far: &'static [f64],
}

/// Errors 2⁻²⁶ and 2⁻³³.
const F32: Constants = Constants {
    near: &[
        0.322_467_03,
        -0.067_352_24,
        0.020_581_523,
        -0.007_387_201_3,
        0.002_879_599_6,
        -0.001_178_734_9,
        0.000_568_684_8,
        -0.000_268_669_48,
    ],
    slope: [0.422_784_328_460_693_36, 6.637_773_886_097_875e-9],
    far: &[0.083_333_33, -0.002_776_767_8, 0.000_748_156_16],
};

/// Errors 2⁻⁵⁵ and 2⁻⁶².
const F64: Constants = Constants {
    near: &[
        0.322_467_033_424_113_2,
        -0.067_352_301_053_198_13,
        0.020_580_808_427_784_87,
        -0.007_385_551_028_669_31,
        0.002_890_510_330_716_215_5,
        -0.001_192_753_911_961_472_4,
        0.000_509_669_525_629_204_4,
        -0.000_223_154_751_467_894_46,
        9.945_749_594_552_962e-5,
        -4.492_634_342_272_093e-5,
        2.050_740_318_592_271e-5,
        -9.438_507_701_465_865e-6,
        4.373_531_020_291_755_4e-6,
        -2.044_735_517_043_916_6e-6,
        9.609_761_992_115_934e-7,
        -4.307_347_999_367_138_7e-7,
        1.967_908_429_010_765e-7,
        -1.338_018_762_222_172_6e-7,
        6.908_539_812_011_147e-8,
    ],
    slope: [0.422_784_335_098_467_13, 4.942_915_152_430_645e-18],
    far: &[
        0.083_333_333_333_333_3,
        -0.002_777_777_777_737_562,
        0.000_793_650_778_959_630_5,
        -0.000_595_235_640_919_685,
        0.000_841_526_285_918_723_7,
        -0.001_905_219_196_914_555_7,
        0.005_987_302_395_071_015,
        -0.020_231_702_429_368_35,
        0.044_978_290_011_547_68,
    ],
};

/// `½ log 2π - ½`
const STIRLING: f64 = 0.418_938_533_204_672_7;

/// `log |Γ(x)|`
pub(super) fn lgamma<M: Machine>(m: &mut M, x: M::Float) -> M::Float {
    let (zero, infinity) = (m.float(0.0), m.float(f64::INFINITY));
    let (negative, mirrored) = mirror(m, x);
    let above = lgamma_positive(m, mirrored);

    let (fraction, _) = half_turns(m, x);
    let fraction = m.select(negative, fraction, zero);
    let (sin, _) = of_half_turns(m, fraction);
    let size = m.abs(sin);
    let inverse = m.float(std::f64::consts::FRAC_1_PI);
    let ratio = m.mul(size, inverse);
    let reflection = log(m, ratio);
    let sum = m.add(reflection, above);
    let below = m.neg(sum);

    let lgamma = m.select(negative, below, above);
    let size = m.abs(x);
    let infinite = m.eq(size, infinity);
    m.select(infinite, infinity, lgamma)
}

/// Whether `x` is negative, and `1 - x` where it is, else `x`.
pub(super) fn mirror<M: Machine>(m: &mut M, x: M::Float) -> (M::Bool, M::Float) {
    let (zero, one) = (m.float(0.0), m.float(1.0));
    let negative = m.lt(x, zero);
    let mirrored = m.sub(one, x);
    (negative, m.select(negative, mirrored, x))
}

/// `x` less the nearest whole number, and whether it is one (or infinite, or NaN).
pub(super) fn half_turns<M: Machine>(m: &mut M, x: M::Float) -> (M::Float, M::Bool) {
    let (zero, half) = (m.float(0.0), m.float(0.5));
    let shifted = m.add(x, half);
    let whole = m.floor(shifted);
    let fraction = m.sub(x, whole);
    // Where ½ more is rounded up, x is whole.
    let size = m.abs(fraction);
    let beyond = m.lt(half, size);
    let fraction = m.select(beyond, zero, fraction);
    let size = m.abs(fraction);
    let broken = m.lt(zero, size);
    (fraction, m.not(broken))
}

/// `(sin πx, cos πx)` for `|x| <= ½`; of some number for NaN.
pub(super) fn of_half_turns<M: Machine>(m: &mut M, x: M::Float) -> (M::Float, M::Float) {
    let half = m.float(0.5);
    let x = m.min(x, half);
    let turns = m.mul(half, x);
    sincos_turns(m, turns)
}

/// For `x >= 0`, infinite at 0; NaN for NaN.
fn lgamma_positive<M: Machine>(m: &mut M, x: M::Float) -> M::Float {
    let constants = match m.precision() {
        Precision::F32 => &F32,
        Precision::F64 => &F64,
    };
    let (zero, one, two) = (m.float(0.0), m.float(1.0), m.float(2.0));
    let [a, b, c, d] = [0.5, 1.5, 2.5, 3.5].map(|edge| m.float(edge));
    let [below_a, below_b, below_c, below_d] = [a, b, c, d].map(|edge| m.lt(x, edge));
    let start = m.float(4.5);
    let near = m.lt(x, start);

    // z, and the product whose logarithm is taken, with the sign of that.
    let [three, four] = [3.0, 4.0].map(|n| m.float(n));
    let shift = m.select(below_d, three, four);
    let shift = m.select(below_c, two, shift);
    let shift = m.select(below_b, one, shift);
    let shift = m.select(below_a, zero, shift);
    let z = m.sub(x, shift);
    let (less_one, less_two, more_one) = (m.sub(x, one), m.sub(x, two), m.add(x, one));
    let rising = m.mul(x, more_one);
    let falling = m.mul(less_one, less_two);
    let base = m.select(below_d, less_one, falling);
    let base = m.select(below_c, one, base);
    let base = m.select(below_b, x, base);
    let base = m.select(below_a, rising, base);
    let base = m.select(near, base, x);
    let (log, log_low) = log_pair(m, base);

    // lgamma(2 + z) = (1 - γ) z + z² P(z), the first product exact.
    let [slope, slope_low] = constants.slope.map(|part| m.float(part));
    let (main, error) = exact_product(m, z, slope);
    let error = m.fma(z, slope_low, error);
    let ratio = m.polynomial(z, constants.near);
    let square = m.mul(z, z);
    let tail = m.fma(square, ratio, error);
    let (minus, minus_low) = (m.neg(log), m.neg(log_low));
    let signed = (m.select(below_b, minus, log), m.select(below_b, minus_low, log_low));
    let (high, error) = sum(m, signed.0, main);
    let low = m.add(error, signed.1);
    let low = m.add(low, tail);
    let near_value = m.add(high, low);

    // (x - ½) (log x - 1) + ½ log 2π - ½ + Q/x
    let minus_one = m.float(-1.0);
    let (less, error) = sum(m, log, minus_one);
    let less_low = m.add(error, log_low);
    let half = m.float(-0.5);
    let factor = m.add(x, half);
    let (product, error) = exact_product(m, factor, less);
    let low = m.fma(factor, less_low, error);
    let inverse = m.div(one, x);
    let square = m.mul(inverse, inverse);
    let tail = m.polynomial(square, constants.far);
    let constant = m.float(STIRLING);
    let tail = m.fma(inverse, tail, constant);
    let low = m.add(low, tail);
    let far = m.add(product, low);
    let infinity = m.float(f64::INFINITY);
    let finite = m.lt(product, infinity);
    let far = m.select(finite, far, product);

    let value = m.select(near, near_value, far);
    let at_zero = m.eq(x, zero);
    m.select(at_zero, infinity, value)
}
