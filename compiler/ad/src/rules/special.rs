//! Roots, powers and transcendental functions.

use std::f64::consts::{FRAC_2_SQRT_PI, PI, TAU};

use sdec_base::Special;
use sdec_ssa::{Binary, Builder, Compare, Literal, Op, Unary, Value};

use super::arith::difference;
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

/// `f'(x) dx` of a special function; one row for each.
pub(super) fn tangent(
    f: &mut Builder,
    function: Special,
    x: Value,
    out: Value,
    dx: Value,
) -> Value {
    let special = |f: &mut Builder, function| f.unary(Unary::Special(function), x);
    let factor = match function {
        Special::Expm1 => f.unary(Unary::Exp, x),
        Special::Log1p => {
            let one = filled_like(f, x, 1.0);
            let sum = f.binary(Binary::Add, one, x);
            return f.binary(Binary::Div, dx, sum);
        }
        Special::Tan => one_plus_square(f, out),
        Special::Sinh => special(f, Special::Cosh),
        Special::Cosh => special(f, Special::Sinh),
        Special::Atan => {
            let sum = one_plus_square(f, x);
            return f.binary(Binary::Div, dx, sum);
        }
        Special::Sigmoid => {
            let mirrored = f.unary(Unary::Neg, x);
            let rest = f.unary(Unary::Special(Special::Sigmoid), mirrored);
            f.binary(Binary::Mul, out, rest)
        }
        Special::Softplus => special(f, Special::Sigmoid),
        Special::Silu => {
            // s + x s (1 - s), s the logistic function; 1 - s is 0 long before the bound.
            let [one, bound] = [1.0, 1e3].map(|c| filled_like(f, x, c));
            let logistic = special(f, Special::Sigmoid);
            let rest = f.binary(Binary::Sub, one, logistic);
            let bounded = f.binary(Binary::Min, out, bound);
            let slope = f.binary(Binary::Mul, bounded, rest);
            f.binary(Binary::Add, logistic, slope)
        }
        Special::NormalCdf => normal_density(f, x),
        Special::NormalQuantile => {
            let density = normal_density(f, out);
            let [zero, infinity] = [0.0, f64::INFINITY].map(|c| filled_like(f, x, c));
            let at_end = f.compare(Compare::Eq, density, zero);
            let density = f.select(at_end, infinity, density);
            return f.binary(Binary::Div, dx, density);
        }
        Special::Lgamma => special(f, Special::Digamma),
        Special::Digamma => special(f, Special::Trigamma),
        Special::Trigamma => tetragamma(f, x),
    };
    f.binary(Binary::Mul, factor, dx)
}

/// `1 + x²`
fn one_plus_square(f: &mut Builder, x: Value) -> Value {
    let one = filled_like(f, x, 1.0);
    let square = f.binary(Binary::Mul, x, x);
    f.binary(Binary::Add, one, square)
}

/// `exp(-x²/2) / √(2π)`
fn normal_density(f: &mut Builder, x: Value) -> Value {
    let half = filled_like(f, x, -0.5);
    let half = f.binary(Binary::Mul, half, x);
    let exponent = f.binary(Binary::Mul, half, x);
    let exp = f.unary(Unary::Exp, exponent);
    let scale = filled_like(f, x, TAU.sqrt().recip());
    f.binary(Binary::Mul, scale, exp)
}

/// The third derivative of `log Γ`, by the recurrence up to 10 and the asymptotic series from there;
/// by reflection below 0.
fn tetragamma(f: &mut Builder, x: Value) -> Value {
    let number = |f: &mut Builder, c| filled_like(f, x, c);
    let [zero, one, half] = [0.0, 1.0, 0.5].map(|c| number(f, c));
    let negative = f.compare(Compare::Lt, x, zero);
    let mirrored = f.binary(Binary::Sub, one, x);
    let mut y = f.select(negative, mirrored, x);
    let mut sum = number(f, 0.0);
    for _ in 0..10 {
        let square = f.binary(Binary::Mul, y, y);
        let cube = f.binary(Binary::Mul, square, y);
        let term = f.binary(Binary::Div, one, cube);
        sum = f.binary(Binary::Add, sum, term);
        y = f.binary(Binary::Add, y, one);
    }
    // -1/y² (1 + 1/y + w/2 - w²/6 + w³/6 - 3 w⁴/10 + 5 w⁵/6) with w = 1/y²
    let inverse = f.binary(Binary::Div, one, y);
    let w = f.binary(Binary::Mul, inverse, inverse);
    let mut series = number(f, 5.0 / 6.0);
    for c in [-0.3, 1.0 / 6.0, -1.0 / 6.0, 0.5, 1.0] {
        let product = f.binary(Binary::Mul, series, w);
        let c = number(f, c);
        series = f.binary(Binary::Add, c, product);
    }
    let series = f.binary(Binary::Add, series, inverse);
    let series = f.binary(Binary::Mul, series, w);
    let minus_two = number(f, -2.0);
    let sum = f.binary(Binary::Mul, minus_two, sum);
    let above = f.binary(Binary::Sub, sum, series);

    // Where x is not negative, the reflection is computed at ½, where nothing is infinite.
    let pi = number(f, PI);
    let angle = f.select(negative, x, half);
    let angle = f.binary(Binary::Mul, pi, angle);
    let (sin, cos) = (f.unary(Unary::Sin, angle), f.unary(Unary::Cos, angle));
    let ratio = f.binary(Binary::Div, pi, sin);
    let square = f.binary(Binary::Mul, ratio, ratio);
    let cube = f.binary(Binary::Mul, square, ratio);
    let product = f.binary(Binary::Mul, cube, cos);
    let product = f.binary(Binary::Mul, minus_two, product);
    let below = f.binary(Binary::Add, above, product);
    f.select(negative, below, above)
}

/// `(x dy - y dx) / (x² + y²)` of the angle of (x, y); zero at the origin. The sizes are divided out
/// first, so that the squares stay in range.
pub(super) fn atan2(f: &mut Builder, y: Value, x: Value, d: &Tangents<'_>) -> Option<Value> {
    let (dy, dx) = (d(y), d(x));
    if dy.is_none() && dx.is_none() {
        return None;
    }
    let (zero, infinity) = (filled_like(f, x, 0.0), filled_like(f, x, f64::INFINITY));
    let (height, width) = (f.unary(Unary::Abs, y), f.unary(Unary::Abs, x));
    let size = f.binary(Binary::Max, height, width);
    let origin = f.compare(Compare::Eq, size, zero);
    let size = f.select(origin, infinity, size);
    let (u, v) = (f.binary(Binary::Div, y, size), f.binary(Binary::Div, x, size));
    let (u2, v2) = (f.binary(Binary::Mul, u, u), f.binary(Binary::Mul, v, v));
    let square = f.binary(Binary::Add, u2, v2);
    let one = filled_like(f, x, 1.0);
    let square = f.select(origin, one, square);
    let square = f.binary(Binary::Mul, square, size);
    let (to_y, to_x) = (f.binary(Binary::Div, v, square), f.binary(Binary::Div, u, square));
    let left = dy.map(|dy| f.binary(Binary::Mul, to_y, dy));
    let right = dx.map(|dx| f.binary(Binary::Mul, to_x, dx));
    difference(f, left, right)
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
