//! Sine, cosine and tangent: polynomials in what is left of an angle by whole quarter turns.

use sdec_noise::{Machine, Precision, turn};

use super::pair::{quick_sum, quotient};
use super::quarters::Quarters;

struct Constants {
    /// `(sin r - r) / r³` in `r²`, lowest coefficient first.
    sin: &'static [f64],
    /// `(cos r - 1 + r²/2) / r⁴` in `r²`, lowest coefficient first.
    cos: &'static [f64],
}

/// Polynomials on `|r| <= 0.83`; errors 2⁻²⁷ and 2⁻³².
const F32: Constants = Constants {
    sin: &[-0.166_666_51, 0.008_331_911, -0.000_194_813_27],
    cos: &[0.041_666_638, -0.001_388_694_7, 2.439_151_6e-5],
};

/// Polynomials on `|r| <= 0.795`; errors 2⁻⁵⁷ and 2⁻⁶³.
const F64: Constants = Constants {
    sin: &[
        -0.166_666_666_666_666_27,
        0.008_333_333_333_321_058,
        -0.000_198_412_698_286_748_8,
        2.755_731_328_503_194_6e-6,
        -2.505_069_254_964_494e-8,
        1.589_290_129_761_688_3e-10,
    ],
    cos: &[
        0.041_666_666_666_666_59,
        -0.001_388_888_888_887_205_6,
        2.480_158_728_814_475_3e-5,
        -2.755_731_395_431_504_3e-7,
        2.087_566_777_459_642e-9,
        -1.135_671_015_151_227_1e-11,
    ],
};

/// `sin x`, of the quarters of `x`.
pub(super) fn sin<M: Machine>(m: &mut M, x: M::Float, quarters: Quarters<M>) -> M::Float {
    let (sin, _) = sincos(m, quarters);
    none_at_infinity(m, sin, x)
}

/// `cos x`, of the quarters of `x`.
pub(super) fn cos<M: Machine>(m: &mut M, x: M::Float, quarters: Quarters<M>) -> M::Float {
    let (_, cos) = sincos(m, quarters);
    none_at_infinity(m, cos, x)
}

/// `tan x`, of sine and cosine to twice the precision.
pub(super) fn tan<M: Machine>(m: &mut M, x: M::Float, quarters: Quarters<M>) -> M::Float {
    let Parts { number, sin, cos } = parts(m, quarters);
    let (sin, cos) = (quick_sum(m, sin.0, sin.1), quick_sum(m, cos.0, cos.1));
    let (zero, one) = (m.bits(0), m.bits(1));
    let odd = m.bits_and(number, one);
    let even = m.bits_eq(odd, zero);
    let numerator = (m.select(even, sin.0, cos.0), m.select(even, sin.1, cos.1));
    let denominator = (m.select(even, cos.0, sin.0), m.select(even, cos.1, sin.1));
    let (quotient, low) = quotient(m, numerator, denominator);
    let tan = m.add(quotient, low);
    let negated = m.neg(tan);
    let tan = m.select(even, tan, negated);
    // Keeps the sign of zero.
    let zero = m.float(0.0);
    let at_zero = m.eq(x, zero);
    let tan = m.select(at_zero, x, tan);
    none_at_infinity(m, tan, x)
}

/// `value`, but NaN at infinite `x` and NaN; keeps the sign of zero.
fn none_at_infinity<M: Machine>(m: &mut M, value: M::Float, x: M::Float) -> M::Float {
    let nothing = m.sub(x, x);
    m.sub(value, nothing)
}

fn sincos<M: Machine>(m: &mut M, quarters: Quarters<M>) -> (M::Float, M::Float) {
    let Parts { number, sin, cos } = parts(m, quarters);
    let (sin, cos) = (m.add(sin.0, sin.1), m.add(cos.0, cos.1));
    turn(m, number, sin, cos)
}

/// Sine and cosine of what is left of an angle.
struct Parts<M: Machine> {
    /// The nearest quarter turn, in the low bits.
    number: M::Bits,
    /// The sine of the rest, and the cosine, each a float and what is to be added to it.
    sin: (M::Float, M::Float),
    cos: (M::Float, M::Float),
}

fn parts<M: Machine>(m: &mut M, quarters: Quarters<M>) -> Parts<M> {
    let constants = match m.precision() {
        Precision::F32 => &F32,
        Precision::F64 => &F64,
    };
    let [shifted, r, low] = quarters;
    let number = m.to_bits(shifted);

    let (one, half) = (m.float(1.0), m.float(-0.5));
    let square = m.mul(r, r);
    let parabola = m.fma(square, half, one);

    // sin(r + low) = r + (r³ S + low cos r)
    let tail = m.polynomial(square, constants.sin);
    let tail = m.mul(square, tail);
    let low_part = m.mul(low, parabola);
    let sin_tail = m.fma(r, tail, low_part);

    // cos(r + low) = (1 - r²/2) + (rounding error of that + r⁴ C - r low)
    let tail = m.polynomial(square, constants.cos);
    let error = m.sub(one, parabola);
    let error = m.fma(square, half, error);
    let fourth = m.mul(square, square);
    let tail = m.fma(fourth, tail, error);
    let minus_r = m.neg(r);
    let cos_tail = m.fma(minus_r, low, tail);
    Parts { number, sin: (r, sin_tail), cos: (parabola, cos_tail) }
}
