//! The exponential function: `x = k log 2 + r`, `exp x = 2ᵏ (1 + r + r² P(r))`.

use sdec_noise::{Machine, Precision};

use super::pair::{Pair, quick_sum};

struct Constants {
    /// `log 2` in two parts.
    log2: [f64; 2],
    /// `(exp r - 1 - r) / r²` on `|r| <= 0.3467`, lowest coefficient first.
    tail: &'static [f64],
    /// Below it `x exp x` is 0, above the other `exp` is infinite; in between `k` cannot overflow.
    range: [f64; 2],
}

/// Error of the tail 2⁻²⁶ of `expm1`.
const F32: Constants = Constants {
    log2: [0.693_147_182_464_599_6, -1.904_654_2e-9],
    tail: &[0.5, 0.166_665_45, 0.041_666_605, 0.008_366_341, 0.001_392_387_8],
    range: [-112.0, 89.0],
};

/// Error of the tail 2⁻⁵⁵ of `expm1`.
const F64: Constants = Constants {
    log2: [std::f64::consts::LN_2, 2.319_046_813_846_299_6e-17],
    tail: &[
        0.500_000_000_000_000_6,
        0.166_666_666_666_666_66,
        0.041_666_666_666_573_96,
        0.008_333_333_333_336_837,
        0.001_388_888_893_272_869,
        0.000_198_412_698_321_491_45,
        2.480_150_368_548_577_4e-5,
        2.755_731_369_450_948e-6,
        2.762_669_845_697_164e-7,
        2.508_036_204_906_138_2e-8,
    ],
    range: [-760.0, 710.0],
};

fn constants(precision: Precision) -> &'static Constants {
    match precision {
        Precision::F32 => &F32,
        Precision::F64 => &F64,
    }
}

/// Below it `exp x` and `x exp x` are 0.
pub(super) fn lowest(precision: Precision) -> f64 {
    constants(precision).range[0]
}

/// `exp x`
pub(super) fn exp<M: Machine>(m: &mut M, x: M::Float) -> M::Float {
    let clamped = clamp(m, x);
    let Reduced { shifted, r, .. } = reduce(m, clamped);
    let expm1 = expm1_reduced(m, r);
    let one = m.float(1.0);
    let mantissa = m.add(expm1, one);
    let exp = scale(m, mantissa, shifted);
    let number = m.eq(x, x);
    m.select(number, exp, x)
}

/// `exp(high + low)`, where `low` is a rounding error of `high`. A NaN in `high` gives some number.
pub(super) fn exp_sum<M: Machine>(m: &mut M, high: M::Float, low: M::Float) -> M::Float {
    let (expm1, shifted) = expm1_sum(m, high, low);
    let one = m.float(1.0);
    let mantissa = m.add(expm1, one);
    scale(m, mantissa, shifted)
}

/// `exp(high + low) · factor`, as [`exp_sum`]; the factor is near 1 and has an error of its own.
pub(super) fn exp_times<M: Machine>(
    m: &mut M,
    high: M::Float,
    low: M::Float,
    (factor, factor_low): Pair<M>,
) -> M::Float {
    let (expm1, shifted) = expm1_sum(m, high, low);
    let rest = m.fma(expm1, factor, factor_low);
    let mantissa = m.add(factor, rest);
    scale(m, mantissa, shifted)
}

/// `e` and the bits of `k + magic` with `exp(high + low) = 2ᵏ (1 + e)`.
fn expm1_sum<M: Machine>(m: &mut M, high: M::Float, low: M::Float) -> (M::Float, M::Bits) {
    let clamped = clamp(m, high);
    let inside = m.eq(clamped, high);
    let zero = m.float(0.0);
    let low = m.select(inside, low, zero);
    let Reduced { shifted, r, .. } = reduce(m, clamped);
    let r = m.add(r, low);
    (expm1_reduced(m, r), shifted)
}

/// The nearest number in range; the lowest for NaN.
fn clamp<M: Machine>(m: &mut M, x: M::Float) -> M::Float {
    let [lowest, highest] = constants(m.precision()).range;
    let (lowest, highest) = (m.float(lowest), m.float(highest));
    let clamped = m.max(x, lowest);
    m.min(clamped, highest)
}

/// `x = k log 2 + exact + low`, where the last two sum to `r`, `|r| <= log(2)/2`.
struct Reduced<M: Machine> {
    /// The bits of `k + magic`.
    shifted: M::Bits,
    r: M::Float,
    exact: M::Float,
    low: M::Float,
}

/// `exact` is `x - k · log2[0]` without an error: it is below 1 and a multiple of the last bit of
/// `log2[0]` or of `x`.
fn reduce<M: Machine>(m: &mut M, x: M::Float) -> Reduced<M> {
    let [high, low] = constants(m.precision()).log2;
    let log2_e = m.float(std::f64::consts::LOG2_E);
    let magic = m.float(m.precision().magic());
    let shifted = m.fma(x, log2_e, magic);
    let k = m.sub(shifted, magic);
    let high = m.float(-high);
    let exact = m.fma(k, high, x);
    let low = m.float(-low);
    let low = m.mul(k, low);
    let r = m.add(exact, low);
    Reduced { shifted: m.to_bits(shifted), r, exact, low }
}

/// `exp(r) - 1` for `|r| <= log(2)/2`.
fn expm1_reduced<M: Machine>(m: &mut M, r: M::Float) -> M::Float {
    let tail = m.polynomial(r, constants(m.precision()).tail);
    let square = m.mul(r, r);
    m.fma(square, tail, r)
}

/// `exp(x) - 1`; `x` is not NaN, and `exp x` is a normal number.
pub(super) fn expm1_normal<M: Machine>(m: &mut M, x: M::Float) -> M::Float {
    let (linear, tail) = expm1_pair(m, x, 1.0);
    m.add(linear, tail)
}

/// `unit (exp(x) - 1)` as a sum of two floats for a power of two `unit`; `x` is not NaN, and
/// `unit · exp x` is a normal number.
pub(super) fn expm1_pair<M: Machine>(m: &mut M, x: M::Float, unit: f64) -> (M::Float, M::Float) {
    let precision = m.precision();
    let Reduced { shifted, r, exact, low } = reduce(m, x);
    let tail = m.polynomial(r, constants(precision).tail);
    let square = m.mul(r, r);
    let tail = m.fma(square, tail, low);
    // The low bits of `shifted` are k; adding k to the exponent of the unit gives 2ᵏ of it.
    let exponent = m.bits_shl(shifted, precision.fraction());
    let unit_bits = m.bits(precision.bits_of(unit));
    let bits = m.bits_add(exponent, unit_bits);
    let power = m.of_bits(bits);
    // (2ᵏ - 1 + 2ᵏ exact) + 2ᵏ (low + r² P(r)): here the roundings of r and of the first sum count.
    let unit = m.float(unit);
    let whole = m.sub(power, unit);
    let linear = m.fma(power, exact, whole);
    let rest = m.sub(whole, linear);
    let error = m.fma(power, exact, rest);
    (linear, m.fma(power, tail, error))
}

/// `exp(x) - 1`
pub(super) fn expm1<M: Machine>(m: &mut M, x: M::Float) -> M::Float {
    // Below the first it rounds to -1; the second has an infinite result.
    let (lowest, highest) = match m.precision() {
        Precision::F32 => (-20.0, 89.0),
        Precision::F64 => (-40.0, 710.0),
    };
    let (lowest, highest) = (m.float(lowest), m.float(highest));
    let clamped = m.max(x, lowest);
    let clamped = m.min(clamped, highest);
    let (linear, tail) = expm1_pair(m, clamped, 0.5);
    let half = m.add(linear, tail);
    let expm1 = m.add(half, half);
    // Zeros of either sign, and NaN, stay what they are.
    let zero = m.float(0.0);
    let size = m.abs(x);
    let nonzero = m.lt(zero, size);
    m.select(nonzero, expm1, x)
}

/// `exp x = 2ᵏ (high + low)`, for `x` in the range of `exp`.
pub(super) struct Parts<M: Machine> {
    /// The bits of `k + magic`, for [`scale`].
    pub(super) shifted: M::Bits,
    /// In [0.7, 1.42).
    pub(super) high: M::Float,
    /// A rounding error of `high`.
    pub(super) low: M::Float,
}

/// `exp x` to some bits more than the precision; some number for NaN.
pub(super) fn exp_parts<M: Machine>(m: &mut M, x: M::Float) -> Parts<M> {
    let clamped = clamp(m, x);
    let Reduced { shifted, r, exact, low } = reduce(m, clamped);
    let tail = m.polynomial(r, constants(m.precision()).tail);
    let square = m.mul(r, r);
    let tail = m.fma(square, tail, low);
    let one = m.float(1.0);
    let (high, error) = quick_sum(m, one, exact);
    let tail = m.add(tail, error);
    let (high, low) = quick_sum(m, high, tail);
    Parts { shifted, high, low }
}

/// `½ exp x` for `x >= 0`, also where `exp x` is infinite.
pub(super) fn half_exp<M: Machine>(m: &mut M, x: M::Float) -> M::Float {
    // Of this and larger arguments, half the exponential is infinite.
    let highest = match m.precision() {
        Precision::F32 => 90.0,
        Precision::F64 => 711.0,
    };
    let highest = m.float(highest);
    let x = m.min(x, highest);
    let Reduced { shifted, r, .. } = reduce(m, x);
    let expm1 = expm1_reduced(m, r);
    let half = m.float(0.5);
    let mantissa = m.fma(expm1, half, half);
    scale(m, mantissa, shifted)
}

/// `x · 2ᵏ` for normal `x`, rounded once: the power is two factors, of which the first is exact.
pub(super) fn scale<M: Machine>(m: &mut M, x: M::Float, shifted: M::Bits) -> M::Float {
    let precision = m.precision();
    // k and twice the bias, shared out between the exponents of the two factors.
    let base = precision.bits_of(precision.magic()) - u64::from(2 * precision.bias());
    let base = m.bits(base);
    let sum = m.bits_sub(shifted, base);
    let first = m.bits_shr(sum, 1);
    let second = m.bits_sub(sum, first);
    let mut x = x;
    for exponent in [first, second] {
        let bits = m.bits_shl(exponent, precision.fraction());
        let power = m.of_bits(bits);
        x = m.mul(x, power);
    }
    x
}
