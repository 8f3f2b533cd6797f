//! The hyperbolic tangent: `x + x³ P(x²)` for small arguments, and with `e = exp(2 |x|) - 1`,
//! `tanh |x| = e / (e + 2)` for large ones.

use sdec_noise::{Machine, Precision};

use super::exp::expm1_normal;

/// Arguments up to it are small: where the tangent is ¼, and the quotient's error halves.
const SMALL: f64 = 0.255_4;

/// `(tanh x / x - 1) / x²` in `x²` on `|x| <= 0.2555`, lowest coefficient first; errors 2⁻²⁸ and 2⁻⁵⁷.
const TAIL_F32: [f64; 3] = [-0.333_332_27, 0.133_234_11, -0.051_318_72];
const TAIL_F64: [f64; 7] = [
    -0.333_333_333_333_326_15,
    0.133_333_333_330_521_86,
    -0.053_968_253_595_574_216,
    0.021_869_465_085_498_543,
    -0.008_862_444_659_873_707,
    0.003_577_408_147_924_810_7,
    -0.001_312_354_162_517_378_4,
];

/// `tanh x`, of which the size is computed: zeros of either sign, and NaN, are their own tangents.
pub(super) fn tanh<M: Machine>(m: &mut M, x: M::Float) -> M::Float {
    let size = m.abs(x);
    let square = m.mul(size, size);
    // The second: where tanh rounds to 1.
    let (tail, last) = match m.precision() {
        Precision::F32 => (m.polynomial(square, &TAIL_F32), 9.5),
        Precision::F64 => (m.polynomial(square, &TAIL_F64), 20.0),
    };
    let tail = m.mul(square, tail);
    let near = m.fma(size, tail, size);

    let last = m.float(last);
    let clamped = m.min(size, last);
    let doubled = m.add(clamped, clamped);
    let e = expm1_normal(m, doubled);
    let two = m.float(2.0);
    let denominator = m.add(e, two);
    let far = m.div(e, denominator);

    let small = m.float(SMALL);
    let is_far = m.lt(small, size);
    let tanh = m.select(is_far, far, near);
    m.signed(x, tanh)
}
