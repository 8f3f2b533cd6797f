//! The logistic function and its integral, of `e = exp(-|x|)` to twice the precision.

use sdec_noise::Machine;

use super::exp::{self, Parts, exp_parts, scale};
use super::log::log_pair_sum;
use super::pair::{Pair, quick_sum, quotient};

/// `1 / (1 + exp(-x))`: `1 / (1 + e)` above 0, `e / (1 + e)` below.
pub(super) fn sigmoid<M: Machine>(m: &mut M, x: M::Float) -> M::Float {
    let Falling { shifted, mantissa, base, .. } = falling(m, x);
    let (zero, one) = (m.float(0.0), m.float(1.0));
    let negative = m.lt(x, zero);
    let numerator = m.select(negative, mantissa.0, one);
    let numerator_low = m.select(negative, mantissa.1, zero);
    let (quotient, low) = quotient(m, (numerator, numerator_low), base);
    let above = m.add(quotient, low);
    // The factor 2ᵏ comes last, so that subnormal results are rounded once.
    let below = scale(m, above, shifted);
    let sigmoid = m.select(negative, below, above);
    let number = m.eq(x, x);
    m.select(number, sigmoid, x)
}

/// `x / (1 + exp(-x))`: the logistic function as a pair, times `x`, times 2ᵏ below 0.
pub(super) fn silu<M: Machine>(m: &mut M, x: M::Float) -> M::Float {
    let lowest = m.float(exp::lowest(m.precision()));
    let clamped = m.max(x, lowest);
    let Falling { shifted, mantissa, base, .. } = falling(m, clamped);
    let (zero, one) = (m.float(0.0), m.float(1.0));
    let negative = m.lt(x, zero);
    let numerator = m.select(negative, mantissa.0, one);
    let numerator_low = m.select(negative, mantissa.1, zero);
    let (quotient, low) = quotient(m, (numerator, numerator_low), base);
    let low = m.mul(clamped, low);
    let above = m.fma(clamped, quotient, low);
    let below = scale(m, above, shifted);
    let silu = m.select(negative, below, above);
    // From here on it is its argument; a NaN stays one.
    let high = m.float(1e3);
    let inside = m.lt(x, high);
    m.select(inside, silu, x)
}

/// `log(1 + exp x) = max(x, 0) + log(1 + e)`
pub(super) fn softplus<M: Machine>(m: &mut M, x: M::Float) -> M::Float {
    let Falling { base: (base, low), .. } = falling(m, x);
    let log = log_pair_sum(m, base, low);
    let zero = m.float(0.0);
    let above = m.max(x, zero);
    let softplus = m.add(above, log);
    let number = m.eq(x, x);
    m.select(number, softplus, x)
}

/// `e = exp(-|x|) = 2ᵏ · mantissa`, and `base = 1 + e`.
struct Falling<M: Machine> {
    shifted: M::Bits,
    mantissa: Pair<M>,
    base: Pair<M>,
}

fn falling<M: Machine>(m: &mut M, x: M::Float) -> Falling<M> {
    let size = m.abs(x);
    let minus = m.neg(size);
    let Parts { shifted, high, low } = exp_parts(m, minus);
    let e = scale(m, high, shifted);
    let e_low = scale(m, low, shifted);
    let one = m.float(1.0);
    let (base, error) = quick_sum(m, one, e);
    let base_low = m.add(error, e_low);
    Falling { shifted, mantissa: (high, low), base: (base, base_low) }
}
