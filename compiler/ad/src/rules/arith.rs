//! Sums, products, choices and conversions.

use sdec_ssa::{Binary, Builder, Compare, Unary, Value};

use super::{Share, Tangents, dense, sum, zeros_like};

/// `|x|' = sign x`, zero at zero.
pub(super) fn abs(f: &mut Builder, x: Value, dx: Value) -> Value {
    let sign = f.unary(Unary::Sign, x);
    f.binary(Binary::Mul, sign, dx)
}

/// `dx - dy`
pub(super) fn difference(f: &mut Builder, dx: Option<Value>, dy: Option<Value>) -> Option<Value> {
    match (dx, dy) {
        (Some(dx), Some(dy)) => Some(f.binary(Binary::Sub, dx, dy)),
        (None, Some(dy)) => Some(f.unary(Unary::Neg, dy)),
        (dx, None) => dx,
    }
}

/// `y dx + x dy`
pub(super) fn mul(f: &mut Builder, x: Value, y: Value, d: &Tangents<'_>) -> Option<Value> {
    let left = d(x).map(|dx| f.binary(Binary::Mul, y, dx));
    let right = d(y).map(|dy| f.binary(Binary::Mul, x, dy));
    sum(f, left, right)
}

/// `(dx - (x / y) dy) / y`
pub(super) fn div(
    f: &mut Builder,
    x: Value,
    y: Value,
    out: Value,
    d: &Tangents<'_>,
) -> Option<Value> {
    let right = d(y).map(|dy| f.binary(Binary::Mul, out, dy));
    let numerator = difference(f, d(x), right)?;
    Some(f.binary(Binary::Div, numerator, y))
}

/// The tangent of the operand that `max` or `min` gives; of `y` in a tie.
pub(super) fn pick(
    f: &mut Builder,
    op: Binary,
    x: Value,
    y: Value,
    d: &Tangents<'_>,
) -> Option<Value> {
    if d(x).is_none() && d(y).is_none() {
        return None;
    }
    let compare = if op == Binary::Max { Compare::Gt } else { Compare::Lt };
    let first = f.compare(compare, x, y);
    select(f, first, x, y, d)
}

/// `c ? dx : dy`
pub(super) fn select(
    f: &mut Builder,
    c: Value,
    x: Value,
    y: Value,
    d: &Tangents<'_>,
) -> Option<Value> {
    if d(x).is_none() && d(y).is_none() {
        return None;
    }
    let (dx, dy) = (dense(f, x, d), dense(f, y, d));
    Some(f.select(c, dx, dy))
}

/// The tangent in the other precision.
pub(super) fn convert(f: &mut Builder, x: Value, out: Value, d: &Tangents<'_>) -> Option<Value> {
    let dx = d(x)?;
    let scalar = f.ty(out).scalar;
    Some(f.convert(dx, scalar))
}

pub(super) fn sub_transposed(
    f: &mut Builder,
    x: Value,
    y: Value,
    ct: Value,
    linear: &dyn Fn(Value) -> bool,
) -> Vec<Share> {
    let mut shares = vec![Share::Whole(x, ct)];
    if linear(y) {
        shares.push(Share::Whole(y, f.unary(Unary::Neg, ct)));
    }
    shares
}

pub(super) fn mul_transposed(
    f: &mut Builder,
    x: Value,
    y: Value,
    ct: Value,
    linear: &dyn Fn(Value) -> bool,
) -> Vec<Share> {
    let (to, factor) = if linear(x) { (x, y) } else { (y, x) };
    vec![Share::Whole(to, f.binary(Binary::Mul, factor, ct))]
}

pub(super) fn select_transposed(
    f: &mut Builder,
    c: Value,
    x: Value,
    y: Value,
    ct: Value,
    linear: &dyn Fn(Value) -> bool,
) -> Vec<Share> {
    let mut shares = Vec::new();
    let zeros = zeros_like(f, ct);
    if linear(x) {
        shares.push(Share::Whole(x, f.select(c, ct, zeros)));
    }
    if linear(y) {
        shares.push(Share::Whole(y, f.select(c, zeros, ct)));
    }
    shares
}

pub(super) fn convert_transposed(f: &mut Builder, x: Value, ct: Value) -> Vec<Share> {
    let scalar = f.ty(x).scalar;
    vec![Share::Whole(x, f.convert(ct, scalar))]
}
