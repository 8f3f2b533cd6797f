//! Roots, powers and transcendental functions.

use std::f64::consts::FRAC_2_SQRT_PI;

use sdec_ssa::{Binary, Builder, Compare, Literal, Op, Unary, Value};

use super::{Tangents, filled_like, sum};

/// `dx / (2 √x)`, zero at zero.
pub(super) fn sqrt(f: &mut Builder, x: Value, out: Value, dx: Value) -> Value {
    let [zero, infinity, half] = [0.0, f64::INFINITY, 0.5].map(|c| filled_like(f, x, c));
    let at_zero = f.compare(Compare::Eq, x, zero);
    let root = f.select(at_zero, infinity, out);
    let factor = f.binary(Binary::Div, half, root);
    f.binary(Binary::Mul, factor, dx)
}

/// `cos x dx`
pub(super) fn sin(f: &mut Builder, x: Value, dx: Value) -> Value {
    let cos = f.unary(Unary::Cos, x);
    f.binary(Binary::Mul, cos, dx)
}

/// `-sin x dx`
pub(super) fn cos(f: &mut Builder, x: Value, dx: Value) -> Value {
    let sin = f.unary(Unary::Sin, x);
    let factor = f.unary(Unary::Neg, sin);
    f.binary(Binary::Mul, factor, dx)
}

/// `(1 - tanh² x) dx`
pub(super) fn tanh(f: &mut Builder, out: Value, dx: Value) -> Value {
    let square = f.binary(Binary::Mul, out, out);
    let one = filled_like(f, out, 1.0);
    let factor = f.binary(Binary::Sub, one, square);
    f.binary(Binary::Mul, factor, dx)
}

/// `2/√π exp(-x²) dx`
pub(super) fn erf(f: &mut Builder, x: Value, dx: Value) -> Value {
    gauss(f, x, FRAC_2_SQRT_PI, dx)
}

/// `-2/√π exp(-x²) dx`
pub(super) fn erfc(f: &mut Builder, x: Value, dx: Value) -> Value {
    gauss(f, x, -FRAC_2_SQRT_PI, dx)
}

fn gauss(f: &mut Builder, x: Value, scale: f64, dx: Value) -> Value {
    let square = f.binary(Binary::Mul, x, x);
    let exponent = f.unary(Unary::Neg, square);
    let exp = f.unary(Unary::Exp, exponent);
    let scale = filled_like(f, x, scale);
    let factor = f.binary(Binary::Mul, scale, exp);
    f.binary(Binary::Mul, factor, dx)
}

/// `y x^(y-1) dx + x^y log x dy`; each factor zero at `x = 0` where it would be infinite or
/// undefined there.
pub(super) fn pow(
    f: &mut Builder,
    x: Value,
    y: Value,
    out: Value,
    d: &Tangents<'_>,
) -> Option<Value> {
    let left = d(x).map(|dx| {
        let exponent = reduced_exponent(f, x, y);
        let power = f.binary(Binary::Pow, x, exponent);
        let factor = f.binary(Binary::Mul, y, power);
        f.binary(Binary::Mul, factor, dx)
    });
    let right = d(y).map(|dy| {
        let [zero, one] = [0.0, 1.0].map(|c| filled_like(f, x, c));
        let at_zero = f.compare(Compare::Eq, x, zero);
        let base = f.select(at_zero, one, x);
        let log = f.unary(Unary::Log, base);
        let factor = f.binary(Binary::Mul, out, log);
        f.binary(Binary::Mul, factor, dy)
    });
    sum(f, left, right)
}

/// `y - 1`, but `1` where `x = 0` and `y < 1`, so that `x^(y-1)` is finite at zero.
fn reduced_exponent(f: &mut Builder, x: Value, y: Value) -> Value {
    if let Some(y0) = constant(f, y).filter(|&y0| y0 >= 1.0) {
        return filled_like(f, y, y0 - 1.0);
    }
    let [zero, one] = [0.0, 1.0].map(|c| filled_like(f, x, c));
    let at_zero = f.compare(Compare::Eq, x, zero);
    let steep = f.compare(Compare::Lt, y, one);
    let singular = f.binary(Binary::And, at_zero, steep);
    let reduced = f.binary(Binary::Sub, y, one);
    f.select(singular, one, reduced)
}

/// The number that every entry of `value` is, if that is plain to see.
fn constant(f: &Builder, value: Value) -> Option<f64> {
    let op = f.definition(value)?;
    if let Op::Broadcast(x) = op {
        return constant(f, *x);
    }
    if let Op::Const(Literal::Float(bits)) = op {
        return Some(f64::from_bits(*bits));
    }
    None
}
