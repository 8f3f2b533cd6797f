//! The natural logarithm, for all arguments.

use sdec_noise::{Machine, Precision, log_of_parts, split};

use super::pair::sum;

/// Least positive number, least normal number, and the exponent of the power of two that makes all
/// subnormal numbers normal.
pub(super) struct Subnormal {
    pub(super) least: f64,
    pub(super) normal: f64,
    pub(super) exponent: i32,
}

pub(super) fn subnormal(precision: Precision) -> Subnormal {
    match precision {
        Precision::F32 => Subnormal {
            least: f64::from(f32::from_bits(1)),
            normal: f64::from(f32::MIN_POSITIVE),
            exponent: 24,
        },
        Precision::F64 => {
            Subnormal { least: f64::from_bits(1), normal: f64::MIN_POSITIVE, exponent: 54 }
        }
    }
}

/// The least positive normal number.
pub(super) fn least_normal(precision: Precision) -> f64 {
    subnormal(precision).normal
}

/// `log x`: `-∞` at 0, NaN below.
pub(super) fn log<M: Machine>(m: &mut M, x: M::Float) -> M::Float {
    let (k, f) = split_all(m, x);
    let log = log_of_parts(m, k, f);
    let (zero, infinity) = (m.float(0.0), m.float(f64::INFINITY));
    let finite = m.lt(x, infinity);
    let above = m.select(finite, log, x);
    let (pole, none) = (m.float(f64::NEG_INFINITY), m.float(f64::NAN));
    let at_zero = m.eq(x, zero);
    let below = m.select(at_zero, pole, none);
    let positive = m.lt(zero, x);
    m.select(positive, above, below)
}

/// `log x` for positive normal `x`, and infinity; the bits of [`log`].
pub(super) fn log_normal<M: Machine>(m: &mut M, x: M::Float) -> M::Float {
    let (k, f) = split(m, x);
    let log = log_of_parts(m, k, f);
    let infinity = m.float(f64::INFINITY);
    let finite = m.lt(x, infinity);
    m.select(finite, log, x)
}

/// `log(1 + x)`: `-∞` at -1, NaN below.
pub(super) fn log1p<M: Machine>(m: &mut M, x: M::Float) -> M::Float {
    let (zero, one) = (m.float(0.0), m.float(1.0));
    let (base, error) = sum(m, one, x);
    let log = log_pair_sum(m, base, error);
    let infinity = m.float(f64::INFINITY);
    let finite = m.lt(x, infinity);
    let above = m.select(finite, log, x);
    let (pole, none) = (m.float(f64::NEG_INFINITY), m.float(f64::NAN));
    let at_pole = m.eq(base, zero);
    let below = m.select(at_pole, pole, none);
    let inside = m.lt(zero, base);
    let log1p = m.select(inside, above, below);
    // Keeps the sign of zero.
    let at_zero = m.eq(x, zero);
    m.select(at_zero, x, log1p)
}

/// `log(base + error)` for a positive normal `base`, where `error` is below its last bit:
/// relatively accurate near 1 too.
pub(super) fn log_pair_sum<M: Machine>(m: &mut M, base: M::Float, error: M::Float) -> M::Float {
    let number = base_or_one(m, base);
    let (k, f) = split(m, number);
    let log = log_of_parts(m, k, f);
    let correction = m.div(error, base);
    m.add(log, correction)
}

/// `base`, but 1 for NaN, whose bits nothing may look at.
fn base_or_one<M: Machine>(m: &mut M, base: M::Float) -> M::Float {
    let one = m.float(1.0);
    let number = m.eq(base, base);
    m.select(number, base, one)
}

/// `(k, f)` with `x = 2ᵏ (1 + f)` as [`split`], for positive finite `x`; for all others, those of
/// some positive number.
pub(super) fn split_all<M: Machine>(m: &mut M, x: M::Float) -> (M::Float, M::Float) {
    let Subnormal { least, normal, exponent } = subnormal(m.precision());
    let least = m.float(least);
    let x = m.max(x, least);
    let normal = m.float(normal);
    let tiny = m.lt(x, normal);
    let up = m.float(2.0_f64.powi(exponent));
    let scaled = m.mul(x, up);
    let x = m.select(tiny, scaled, x);
    let (k, f) = split(m, x);
    let (zero, down) = (m.float(0.0), m.float(f64::from(-exponent)));
    let correction = m.select(tiny, down, zero);
    (m.add(k, correction), f)
}
