//! The derivative of each operation, forwards and backwards.
//!
//! [`tangent`] and [`transpose`] are the tables: one row per operation, no wildcard, so that a new
//! operation does not compile until its derivative is written. Control operations are not here:
//! `jvp` and `transpose` walk them.
//!
//! At a kink the derivative is that of the branch that the operation takes. Where a factor would be
//! infinite (`√x` and `x^y`, `y < 1`, at zero) it is zero, so that a derivative of zero stays zero
//! behind it.

mod arith;
mod index;
mod linalg;
mod random;
mod reduce;
mod special;

pub(crate) use index::padded;

use sdec_ssa::{Binary, Builder, Op, Type, Unary, Value};

/// Looks up the tangent of an operand; none where it is zero whatever the inputs.
pub(crate) type Tangents<'a> = dyn Fn(Value) -> Option<Value> + 'a;

/// What an operation passes back to one of its operands.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Share {
    /// A cotangent of the whole operand.
    Whole(Value, Value),
    /// A cotangent of one row of it.
    Row {
        /// The operand.
        array: Value,
        /// Which row.
        index: Value,
        /// Its cotangent.
        row: Value,
    },
}

/// Whether the derivative of the operation is zero wherever there is one.
pub(crate) fn is_flat(op: &Op) -> bool {
    match op {
        Op::Unary(Unary::Floor | Unary::Sign | Unary::StopGradient | Unary::Not, _)
        | Op::Binary(Binary::And | Binary::Or, ..)
        | Op::Const(_)
        | Op::Compare(..)
        | Op::ArgExtremum(..)
        | Op::Draw { .. } => true,
        Op::Unary(..)
        | Op::Binary(..)
        | Op::Select(..)
        | Op::Convert(_)
        | Op::Broadcast(_)
        | Op::Stack(_)
        | Op::Concat(_)
        | Op::Slice { .. }
        | Op::Reshape(_)
        | Op::Transpose(..)
        | Op::Index(..)
        | Op::AddAt { .. }
        | Op::Contract(..)
        | Op::Solve(..)
        | Op::Sum(_)
        | Op::Product(_)
        | Op::Extremum(..)
        | Op::Map { .. }
        | Op::Scan { .. }
        | Op::Implicit { .. }
        | Op::If { .. } => false,
    }
}

/// The tangent of `out`, which `op` defines, or none where it is zero whatever the inputs.
pub(crate) fn tangent(f: &mut Builder, op: &Op, out: Value, d: &Tangents<'_>) -> Option<Value> {
    match op {
        Op::Const(_) | Op::Compare(..) | Op::ArgExtremum(..) => None,
        Op::Unary(op, x) => unary_tangent(f, *op, *x, out, d),
        Op::Binary(op, x, y) => binary_tangent(f, *op, *x, *y, out, d),
        Op::Select(c, x, y) => arith::select(f, *c, *x, *y, d),
        Op::Convert(x) => arith::convert(f, *x, out, d),
        Op::Broadcast(x) => index::broadcast(f, *x, out, d),
        Op::Stack(rows) => index::stack(f, rows, d),
        Op::Concat(parts) => index::concat(f, parts, d),
        Op::Slice { array, start } => index::slice(f, *array, *start, out, d),
        Op::Reshape(x) => index::reshape(f, *x, out, d),
        Op::Transpose(x, permutation) => index::transpose(f, *x, permutation, d),
        Op::Index(array, index) => index::index(f, *array, *index, d),
        Op::AddAt { array, index, row } => index::add_at(f, *array, *index, *row, d),
        Op::Contract(a, b) => linalg::contract(f, *a, *b, d),
        Op::Solve(a, b) => linalg::solve(f, *a, *b, out, d),
        Op::Sum(x) => reduce::sum(f, *x, d),
        Op::Product(x) => reduce::product(f, *x, d),
        Op::Extremum(which, x) => reduce::extremum(f, *which, *x, d),
        Op::Draw { .. } => random::draw(),
        Op::Map { .. } | Op::Scan { .. } | Op::Implicit { .. } | Op::If { .. } => {
            unreachable!("control operations are walked, not tabled")
        }
    }
}

fn unary_tangent(
    f: &mut Builder,
    op: Unary,
    x: Value,
    out: Value,
    d: &Tangents<'_>,
) -> Option<Value> {
    let dx = d(x)?;
    Some(match op {
        Unary::Floor | Unary::Sign | Unary::StopGradient | Unary::Not => return None,
        Unary::Neg => f.unary(Unary::Neg, dx),
        Unary::Abs => arith::abs(f, x, dx),
        Unary::Sqrt => special::sqrt(f, x, out, dx),
        Unary::Exp => f.binary(Binary::Mul, out, dx),
        Unary::Log => f.binary(Binary::Div, dx, x),
        Unary::Sin => special::sin(f, x, dx),
        Unary::Cos => special::cos(f, x, dx),
        Unary::Tanh => special::tanh(f, out, dx),
        Unary::Erf => special::erf(f, x, dx),
        Unary::Erfc => special::erfc(f, x, dx),
        Unary::Special(function) => special::tangent(f, function, x, out, dx),
    })
}

fn binary_tangent(
    f: &mut Builder,
    op: Binary,
    x: Value,
    y: Value,
    out: Value,
    d: &Tangents<'_>,
) -> Option<Value> {
    match op {
        Binary::Add => sum(f, d(x), d(y)),
        Binary::Sub => arith::difference(f, d(x), d(y)),
        Binary::Mul => arith::mul(f, x, y, d),
        Binary::Div => arith::div(f, x, y, out, d),
        Binary::Pow => special::pow(f, x, y, out, d),
        Binary::Atan2 => special::atan2(f, x, y, d),
        Binary::Max | Binary::Min => arith::pick(f, op, x, y, d),
        Binary::And | Binary::Or => None,
    }
}

/// What `op` passes back to those of its operands that are `linear`, given the cotangent of its
/// result.
///
/// Operands in linear places that are not linear are zeros, since `jvp` makes them so; nothing is
/// passed back to them.
pub(crate) fn transpose(
    f: &mut Builder,
    op: &Op,
    ct: Value,
    linear: &dyn Fn(Value) -> bool,
) -> Vec<Share> {
    match op {
        Op::Unary(Unary::Neg, x) => vec![Share::Whole(*x, f.unary(Unary::Neg, ct))],
        Op::Binary(Binary::Add, x, y) => vec![Share::Whole(*x, ct), Share::Whole(*y, ct)],
        Op::Binary(Binary::Sub, x, y) => arith::sub_transposed(f, *x, *y, ct, linear),
        Op::Binary(Binary::Mul, x, y) => arith::mul_transposed(f, *x, *y, ct, linear),
        Op::Binary(Binary::Div, x, y) => {
            vec![Share::Whole(*x, f.binary(Binary::Div, ct, *y))]
        }
        Op::Select(c, x, y) => arith::select_transposed(f, *c, *x, *y, ct, linear),
        Op::Convert(x) => arith::convert_transposed(f, *x, ct),
        Op::Broadcast(x) => index::broadcast_transposed(f, *x, ct),
        Op::Stack(rows) => index::stack_transposed(f, rows, ct, linear),
        Op::Concat(parts) => index::concat_transposed(f, parts, ct, linear),
        Op::Slice { array, start } => index::slice_transposed(f, *array, *start, ct),
        Op::Reshape(x) => index::reshape_transposed(f, *x, ct),
        Op::Transpose(x, permutation) => index::transpose_transposed(f, *x, permutation, ct),
        Op::Index(array, index) => vec![Share::Row { array: *array, index: *index, row: ct }],
        Op::AddAt { array, index, row } => {
            index::add_at_transposed(f, *array, *index, *row, ct, linear)
        }
        Op::Contract(a, b) => linalg::contract_transposed(f, *a, *b, ct, linear),
        Op::Solve(a, b) => linalg::solve_transposed(f, *a, *b, ct),
        Op::Sum(x) => reduce::sum_transposed(f, *x, ct),
        Op::Unary(
            Unary::Abs
            | Unary::Sqrt
            | Unary::Exp
            | Unary::Log
            | Unary::Sin
            | Unary::Cos
            | Unary::Tanh
            | Unary::Erf
            | Unary::Erfc
            | Unary::Special(_)
            | Unary::Floor
            | Unary::Sign
            | Unary::StopGradient
            | Unary::Not,
            _,
        )
        | Op::Binary(
            Binary::Pow | Binary::Atan2 | Binary::Max | Binary::Min | Binary::And | Binary::Or,
            ..,
        )
        | Op::Const(_)
        | Op::Compare(..)
        | Op::Product(_)
        | Op::Extremum(..)
        | Op::ArgExtremum(..)
        | Op::Draw { .. }
        | Op::Map { .. }
        | Op::Scan { .. }
        | Op::Implicit { .. }
        | Op::If { .. } => unreachable!("tangents are linear: no {op:?} of them"),
    }
}

/// The sum of two tangents or cotangents.
pub(crate) fn sum(f: &mut Builder, x: Option<Value>, y: Option<Value>) -> Option<Value> {
    match (x, y) {
        (Some(x), Some(y)) => Some(f.binary(Binary::Add, x, y)),
        (one, None) | (None, one) => one,
    }
}

/// Zeros of the type of `value`.
pub(crate) fn zeros_like(f: &mut Builder, value: Value) -> Value {
    let ty = f.ty(value).clone();
    f.filled(&ty, 0.0)
}

/// The tangent of `value`, written out if it is zero.
fn dense(f: &mut Builder, value: Value, d: &Tangents<'_>) -> Value {
    d(value).unwrap_or_else(|| zeros_like(f, value))
}

fn filled_like(f: &mut Builder, value: Value, x: f64) -> Value {
    let ty: Type = f.ty(value).clone();
    f.filled(&ty, x)
}
