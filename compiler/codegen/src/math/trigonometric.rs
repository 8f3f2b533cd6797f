//! Sine, cosine and tangent: `x = k π/2 + r`, and polynomials in `r`.
//!
//! π/2 is taken in three parts (Cody and Waite), each a full float: by fma the first difference is
//! exact, the second is kept with its rounding error.

use sdec_noise::{Machine, Precision, turn};

use super::pair::{quick_sum, quotient};

struct Constants {
    /// π/2 in three parts.
    half_pi: [f64; 3],
    /// Beyond it no reduction is tried.
    limit: f64,
    /// `(sin r - r) / r³` in `r²`, lowest coefficient first.
    sin: &'static [f64],
    /// `(cos r - 1 + r²/2) / r⁴` in `r²`, lowest coefficient first.
    cos: &'static [f64],
}

/// Polynomials on `|r| <= 0.83`; errors 2⁻²⁷ and 2⁻³².
const F32: Constants = Constants {
    half_pi: [1.570_796_370_506_286_6, -4.371_138_828_673_793e-8, -1.715_124_510_005_881_9e-15],
    limit: 1_048_576.0, // 2²⁰
    sin: &[-0.166_666_51, 0.008_331_911, -0.000_194_813_27],
    cos: &[0.041_666_638, -0.001_388_694_7, 2.439_151_6e-5],
};

/// Polynomials on `|r| <= 0.795`; errors 2⁻⁵⁷ and 2⁻⁶³.
const F64: Constants = Constants {
    half_pi: [std::f64::consts::FRAC_PI_2, 6.123_233_995_736_766e-17, -1.497_384_904_859_169_8e-33],
    limit: 140_737_488_355_328.0, // 2⁴⁷
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

/// `sin x`; 0 for finite `x` beyond the limit.
pub(super) fn sin<M: Machine>(m: &mut M, x: M::Float) -> M::Float {
    let (sin, _, inside) = sincos(m, x);
    let beyond = m.sub(x, x);
    m.select(inside, sin, beyond)
}

/// `cos x`; 1 for finite `x` beyond the limit.
pub(super) fn cos<M: Machine>(m: &mut M, x: M::Float) -> M::Float {
    let (_, cos, inside) = sincos(m, x);
    let one = m.float(1.0);
    let beyond = m.sub(x, x);
    let beyond = m.add(beyond, one);
    m.select(inside, cos, beyond)
}

/// `tan x`, of sine and cosine to twice the precision; 0 for finite `x` beyond the limit.
pub(super) fn tan<M: Machine>(m: &mut M, x: M::Float) -> M::Float {
    let Quarter { number, sin, cos, inside } = quarter(m, x);
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
    let beyond = m.sub(x, x);
    m.select(inside, tan, beyond)
}

/// Sine, cosine, and whether `x` is within the limit.
fn sincos<M: Machine>(m: &mut M, x: M::Float) -> (M::Float, M::Float, M::Bool) {
    let Quarter { number, sin, cos, inside } = quarter(m, x);
    let (sin, cos) = (m.add(sin.0, sin.1), m.add(cos.0, cos.1));
    let (sin, cos) = turn(m, number, sin, cos);
    (sin, cos, inside)
}

/// Sine and cosine of what is left of an angle.
struct Quarter<M: Machine> {
    /// The nearest quarter turn, in the low bits.
    number: M::Bits,
    /// The sine of the rest, and the cosine, each a float and what is to be added to it.
    sin: (M::Float, M::Float),
    cos: (M::Float, M::Float),
    /// Whether the angle is within the limit.
    inside: M::Bool,
}

fn quarter<M: Machine>(m: &mut M, x: M::Float) -> Quarter<M> {
    let constants = match m.precision() {
        Precision::F32 => &F32,
        Precision::F64 => &F64,
    };
    let size = m.abs(x);
    let limit = m.float(constants.limit);
    let inside = m.lt(size, limit);
    let zero = m.float(0.0);
    let x = m.select(inside, x, zero);
    let (number, r, low) = reduce(m, x, constants.half_pi);

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
    Quarter { number, sin: (r, sin_tail), cos: (parabola, cos_tail), inside }
}

/// The nearest quarter turn, in the low bits, and what is left, as a sum: `x = k π/2 + r + low`.
fn reduce<M: Machine>(m: &mut M, x: M::Float, half_pi: [f64; 3]) -> (M::Bits, M::Float, M::Float) {
    let inverse = m.float(std::f64::consts::FRAC_2_PI);
    let magic = m.float(m.precision().magic());
    let shifted = m.fma(x, inverse, magic);
    let k = m.sub(shifted, magic);
    let [first, second, third] = half_pi.map(|part| m.float(-part));
    let a = m.fma(k, first, x);
    // -k · second = b + b_error, then a + b = r + error by Knuth's two-sum.
    let b = m.mul(k, second);
    let minus_b = m.neg(b);
    let b_error = m.fma(k, second, minus_b);
    let r = m.add(a, b);
    let b_part = m.sub(r, a);
    let a_part = m.sub(r, b_part);
    let a_rest = m.sub(a, a_part);
    let b_rest = m.sub(b, b_part);
    let error = m.add(a_rest, b_rest);
    let low = m.add(error, b_error);
    let low = m.fma(k, third, low);
    (m.to_bits(shifted), r, low)
}
