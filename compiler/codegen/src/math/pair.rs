//! Numbers as sums of two floats: twice the precision, for what must not be lost to one rounding.

use sdec_noise::Machine;

/// A number as a float and its error.
pub(super) type Pair<M> = (<M as Machine>::Float, <M as Machine>::Float);

/// `x + y` and its error, where `|x| >= |y|` or `x = 0` (Dekker).
pub(super) fn quick_sum<M: Machine>(m: &mut M, x: M::Float, y: M::Float) -> Pair<M> {
    let sum = m.add(x, y);
    let y_part = m.sub(sum, x);
    (sum, m.sub(y, y_part))
}

/// `x + y` and its error (Knuth).
pub(super) fn sum<M: Machine>(m: &mut M, x: M::Float, y: M::Float) -> Pair<M> {
    let sum = m.add(x, y);
    let y_part = m.sub(sum, x);
    let x_part = m.sub(sum, y_part);
    let (x_rest, y_rest) = (m.sub(x, x_part), m.sub(y, y_part));
    (sum, m.add(x_rest, y_rest))
}

/// `x · y` and its error.
pub(super) fn exact_product<M: Machine>(m: &mut M, x: M::Float, y: M::Float) -> Pair<M> {
    let product = m.mul(x, y);
    let minus_product = m.neg(product);
    (product, m.fma(x, y, minus_product))
}

/// `x · y` of pairs.
pub(super) fn product<M: Machine>(m: &mut M, (x, x_low): Pair<M>, (y, y_low): Pair<M>) -> Pair<M> {
    let (product, low) = exact_product(m, x, y);
    let low = m.fma(x, y_low, low);
    let low = m.fma(x_low, y, low);
    (product, low)
}

/// `x / y` of pairs.
pub(super) fn quotient<M: Machine>(m: &mut M, (x, x_low): Pair<M>, (y, y_low): Pair<M>) -> Pair<M> {
    let quotient = m.div(x, y);
    let minus = m.neg(quotient);
    let rest = m.fma(minus, y, x);
    let rest = m.add(rest, x_low);
    let rest = m.fma(minus, y_low, rest);
    (quotient, m.div(rest, y))
}
