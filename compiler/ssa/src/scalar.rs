//! The meaning of elementwise operations on single numbers, for evaluation and constant folding.

use crate::special;
use crate::{Binary, Compare, Scalar, Unary};

/// `x` as a value of a float type: rounded to single where that is the type.
pub fn round(scalar: Scalar, x: f64) -> f64 {
    match scalar {
        Scalar::F32 => f64::from(x as f32),
        Scalar::F64 | Scalar::I64 | Scalar::Bool => x,
    }
}

/// `f(x)` in double. Transcendental functions are those of the host, which differ from compiled
/// code in the last bits.
///
/// # Panics
///
/// On `Not`, which floats do not have.
pub fn float_unary(op: Unary, x: f64) -> f64 {
    match op {
        Unary::Neg => -x,
        Unary::Abs => x.abs(),
        Unary::Sqrt => x.sqrt(),
        Unary::Exp => x.exp(),
        Unary::Log => x.ln(),
        Unary::Sin => x.sin(),
        Unary::Cos => x.cos(),
        Unary::Tanh => x.tanh(),
        Unary::Erf => libm::erf(x),
        Unary::Erfc => libm::erfc(x),
        Unary::Special(function) => special::eval(function, x),
        Unary::Floor => x.floor(),
        Unary::Sign => f64::from(i8::from(x > 0.0) - i8::from(x < 0.0)),
        Unary::StopGradient => x,
        Unary::Not => unreachable!("floats have no `not`"),
    }
}

/// `f(x)` on counts, wrapping.
///
/// # Panics
///
/// On operations that counts do not have.
pub fn int_unary(op: Unary, x: i64) -> i64 {
    match op {
        Unary::Neg => x.wrapping_neg(),
        Unary::Abs => x.wrapping_abs(),
        Unary::Sign => x.signum(),
        Unary::StopGradient => x,
        Unary::Sqrt
        | Unary::Exp
        | Unary::Log
        | Unary::Sin
        | Unary::Cos
        | Unary::Tanh
        | Unary::Erf
        | Unary::Erfc
        | Unary::Special(_)
        | Unary::Floor
        | Unary::Not => unreachable!("counts have no `{}`", op.name()),
    }
}

/// `f(x, y)` in double.
///
/// # Panics
///
/// On `And` and `Or`, which floats do not have.
pub fn float_binary(op: Binary, x: f64, y: f64) -> f64 {
    match op {
        Binary::Add => x + y,
        Binary::Sub => x - y,
        Binary::Mul => x * y,
        Binary::Div => x / y,
        Binary::Pow => x.powf(y),
        Binary::Atan2 => x.atan2(y),
        Binary::Max => pick(x > y, x, y),
        Binary::Min => pick(x < y, x, y),
        Binary::And | Binary::Or => unreachable!("floats have no `{}`", op.name()),
    }
}

/// `f(x, y)` on counts, wrapping.
///
/// # Panics
///
/// On operations that counts do not have.
pub fn int_binary(op: Binary, x: i64, y: i64) -> i64 {
    match op {
        Binary::Add => x.wrapping_add(y),
        Binary::Sub => x.wrapping_sub(y),
        Binary::Mul => x.wrapping_mul(y),
        Binary::Max => pick(x > y, x, y),
        Binary::Min => pick(x < y, x, y),
        Binary::Div | Binary::Pow | Binary::Atan2 | Binary::And | Binary::Or => {
            unreachable!("counts have no `{}`", op.name())
        }
    }
}

/// `f(x, y)` on truth values.
///
/// # Panics
///
/// On operations that truth values do not have.
pub fn bool_binary(op: Binary, x: bool, y: bool) -> bool {
    match op {
        Binary::And => x && y,
        Binary::Or => x || y,
        Binary::Add
        | Binary::Sub
        | Binary::Mul
        | Binary::Div
        | Binary::Pow
        | Binary::Atan2
        | Binary::Max
        | Binary::Min => unreachable!("truth values have no `{}`", op.name()),
    }
}

/// `x < y` and the like.
pub fn compare<T: PartialOrd>(op: Compare, x: T, y: T) -> bool {
    match op {
        Compare::Eq => x == y,
        Compare::Ne => x != y,
        Compare::Lt => x < y,
        Compare::Le => x <= y,
        Compare::Gt => x > y,
        Compare::Ge => x >= y,
    }
}

fn pick<T>(first: bool, x: T, y: T) -> T {
    if first { x } else { y }
}
