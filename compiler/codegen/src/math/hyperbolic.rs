//! Hyperbolic sine and cosine of `e = exp|x| - 1`, to twice the precision:
//! `sinh |x| = (e + e/(e + 1))/2`, `cosh x = (e + 1 + 1/(e + 1))/2`.

use sdec_noise::{Machine, Precision};

use super::exp::{expm1_pair, half_exp};
use super::pair::{Pair, quick_sum, quotient, sum};

/// Beyond it, `exp(-|x|)` no longer counts.
fn last(precision: Precision) -> f64 {
    match precision {
        Precision::F32 => 12.0,
        Precision::F64 => 24.0,
    }
}

/// `sinh x`
pub(super) fn sinh<M: Machine>(m: &mut M, x: M::Float) -> M::Float {
    let size = m.abs(x);
    let (e, base) = exponential(m, size);
    let (rest, rest_low) = quotient(m, e, base);
    let near = half_sum(m, e, (rest, rest_low));
    let sinh = or_far(m, size, near);
    let negated = m.neg(sinh);
    let zero = m.float(0.0);
    let negative = m.lt(x, zero);
    let signed = m.select(negative, negated, sinh);
    // Zeros of either sign, and NaN, stay what they are.
    let nonzero = m.lt(zero, size);
    m.select(nonzero, signed, x)
}

/// `cosh x`
pub(super) fn cosh<M: Machine>(m: &mut M, x: M::Float) -> M::Float {
    let size = m.abs(x);
    let (_, base) = exponential(m, size);
    let (zero, one) = (m.float(0.0), m.float(1.0));
    let inverse = quotient(m, (one, zero), base);
    let near = half_sum(m, base, inverse);
    let cosh = or_far(m, size, near);
    let number = m.eq(x, x);
    m.select(number, cosh, x)
}

/// `exp(size) - 1` and `exp(size)` as pairs, for sizes that are not large.
fn exponential<M: Machine>(m: &mut M, size: M::Float) -> (Pair<M>, Pair<M>) {
    let last = last(m.precision());
    let last = m.float(last);
    let clamped = m.min(size, last);
    let (linear, tail) = expm1_pair(m, clamped, 1.0);
    let e = quick_sum(m, linear, tail);
    let one = m.float(1.0);
    let (base, error) = sum(m, one, e.0);
    let low = m.add(error, e.1);
    (e, (base, low))
}

/// `(x + y)/2`
fn half_sum<M: Machine>(m: &mut M, x: Pair<M>, y: Pair<M>) -> M::Float {
    let (high, error) = sum(m, x.0, y.0);
    let low = m.add(x.1, y.1);
    let low = m.add(low, error);
    let total = m.add(high, low);
    let half = m.float(0.5);
    m.mul(half, total)
}

/// `near`, or `exp(size)/2` where the size is large.
fn or_far<M: Machine>(m: &mut M, size: M::Float, near: M::Float) -> M::Float {
    let far = half_exp(m, size);
    let last = last(m.precision());
    let last = m.float(last);
    let is_far = m.lt(last, size);
    m.select(is_far, far, near)
}
