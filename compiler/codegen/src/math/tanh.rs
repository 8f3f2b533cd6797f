//! The hyperbolic tangent: with `e = exp(±2 |x|) - 1`, `tanh |x| = ± e / (e + 2)`.
//!
//! The sign is minus for small arguments and plus for large ones. The other way round, the
//! rounding of the denominator would cost a whole ulp more.

use sdec_noise::{Machine, Precision};

use super::exp::expm1_normal;

/// Arguments below it are small: `exp` does not reduce their doubles.
const SMALL: f64 = 0.173;

/// `tanh x`
pub(super) fn tanh<M: Machine>(m: &mut M, x: M::Float) -> M::Float {
    // Where tanh rounds to 1.
    let last = match m.precision() {
        Precision::F32 => 9.5,
        Precision::F64 => 20.0,
    };
    let size = m.abs(x);
    let last = m.float(last);
    let clamped = m.min(size, last);
    let (two, minus_two) = (m.float(2.0), m.float(-2.0));
    let small = m.float(SMALL);
    let is_small = m.lt(size, small);
    let signed_two = m.select(is_small, minus_two, two);
    let doubled = m.mul(clamped, signed_two);

    let e = expm1_normal(m, doubled);
    let denominator = m.add(e, two);
    let quotient = m.div(e, denominator);
    let tanh = m.abs(quotient);
    let negated = m.neg(tanh);
    let zero = m.float(0.0);
    let negative = m.lt(x, zero);
    let signed = m.select(negative, negated, tanh);
    // Zeros of either sign, and NaN, are their own tangents.
    let nonzero = m.lt(zero, size);
    m.select(nonzero, signed, x)
}
