//! Local rules: operations that are plainly equal to something simpler.
//!
//! ```text
//! v2: f64 = const 1.0
//! v3: f64 = mul v0, v2          v2: f64 = const 1.0
//! v4: f64 = neg v3        =>    v3: f64 = neg v0
//! v5: f64 = sub v1, v4          v4: f64 = add v0, v1
//! ```
//!
//! Every rule is exact for all inputs, with all NaNs counting as one: `x + -0` and `x - 0` are `x`,
//! but `x + 0` is not where `x` is `-0`, and `x · 0` is nothing simpler. Powers are the one exception,
//! because this is where they are defined: a whole constant exponent up to 64 means a product, by
//! repeated squaring, inverted if it is negative, and ½ means a square root.
//!
//! Operands of commutative operations are put in order, for `cse`. Loops lose carries that never
//! change and results that are plainly something from outside. What is no longer needed is left for
//! `dce`. One walk; a second may find more in loops.

use std::collections::BTreeSet;

use sdec_ssa::{
    Binary, Compare, Emit, Func, Inst, Literal, Op, Region, Scalar, Trips, Type, Unary, Value,
};

use super::rewrite::{self, Change, Rewriter, Rules};
use super::steady;

/// The function with local rules applied.
pub fn run(func: &Func) -> Func {
    rewrite::run(func, &Simplify)
}

struct Simplify;

impl Rules for Simplify {
    fn plain(&self, f: &mut Rewriter<'_>, op: &Op, ty: &Type) -> Option<Change> {
        match op {
            Op::Unary(op, x) => unary(f, *op, *x),
            Op::Binary(op, x, y) if ty.is_float() => float_binary(f, *op, *x, *y, ty),
            Op::Binary(op, x, y) if ty.scalar == Scalar::I64 => int_binary(f, *op, *x, *y),
            Op::Binary(op, x, y) => bool_binary(f, *op, *x, *y),
            Op::Compare(Compare::Eq | Compare::Ne, x, y) => in_order(op, *x, *y),
            Op::Select(c, x, y) => select(f, *c, *x, *y),
            Op::Convert(x) => convert(f, *x, ty),
            Op::Broadcast(x) => broadcast(f, *x, ty),
            Op::Stack(rows) => stack(f, rows),
            Op::Concat(parts) => parts.len().eq(&1).then(|| Change::Value(parts[0])),
            Op::Slice { array, start } => slice(f, *array, *start, ty),
            Op::Reshape(x) => reshape(f, *x, ty),
            Op::Transpose(x, permutation) => transpose(f, *x, permutation),
            Op::Index(array, index) => self::index(f, *array, *index),
            Op::AddAt { array, index: _, row } => add_at(f, *array, *row, ty),
            Op::Product(x) | Op::Extremum(_, x) => {
                (f.ty(*x).shape[0] == 1).then_some(Change::Op(Op::Reshape(*x)))
            }
            Op::Const(_)
            | Op::Compare(Compare::Lt | Compare::Le | Compare::Gt | Compare::Ge, ..)
            | Op::Contract(..)
            | Op::Solve(..)
            | Op::Sum(_)
            | Op::ArgExtremum(..)
            | Op::Draw { .. }
            | Op::Map { .. }
            | Op::Scan { .. }
            | Op::Implicit { .. }
            | Op::If { .. } => None,
        }
    }

    fn control(&self, f: &mut Rewriter<'_>, inst: Inst) {
        if let Op::Map { extent, body } = &inst.op {
            map(f, &inst, *extent, body);
        } else if let Op::Scan { .. } = &inst.op {
            scan(f, inst);
        } else if let Op::If { condition, then, otherwise } = &inst.op {
            branch(f, &inst, *condition, then, otherwise);
        } else if let Op::Implicit { .. } = &inst.op {
            f.keep(inst);
        } else {
            unreachable!("{:?} has no regions", inst.op);
        }
    }
}

fn value(value: Value) -> Option<Change> {
    Some(Change::Value(value))
}

fn op(op: Op) -> Option<Change> {
    Some(Change::Op(op))
}

/// Operands of a commutative operation in the order of their numbers.
fn in_order(op: &Op, x: Value, y: Value) -> Option<Change> {
    if x <= y {
        return None;
    }
    let mut swapped = op.clone();
    swapped.map_operands(|operand| if operand == x { y } else { x });
    Some(Change::Op(swapped))
}

/// `x` if the value is `op x`.
fn operand(f: &Rewriter<'_>, wanted: Unary, value: Value) -> Option<Value> {
    if let Some(Op::Unary(op, x)) = f.definition(value) {
        return (*op == wanted).then_some(*x);
    }
    None
}

fn unary(f: &Rewriter<'_>, unary: Unary, x: Value) -> Option<Change> {
    match unary {
        Unary::Neg | Unary::Not => value(operand(f, unary, x)?),
        Unary::Abs => {
            if operand(f, Unary::Abs, x).is_some() {
                return value(x);
            }
            op(Op::Unary(Unary::Abs, operand(f, Unary::Neg, x)?))
        }
        Unary::Floor | Unary::Sign | Unary::StopGradient => {
            operand(f, unary, x).map(|_| Change::Value(x))
        }
        Unary::Sqrt
        | Unary::Exp
        | Unary::Log
        | Unary::Sin
        | Unary::Cos
        | Unary::Tanh
        | Unary::Erf
        | Unary::Erfc
        | Unary::Special(_) => None,
    }
}

fn is_bits(found: Option<f64>, wanted: f64) -> bool {
    found.is_some_and(|found| found.to_bits() == wanted.to_bits())
}

fn float_binary(
    f: &mut Rewriter<'_>,
    binary: Binary,
    x: Value,
    y: Value,
    ty: &Type,
) -> Option<Change> {
    let (a, b) = (f.float(x), f.float(y));
    let negated = |f: &Rewriter<'_>, value| operand(f, Unary::Neg, value);
    match binary {
        Binary::Add if is_bits(a, -0.0) => value(y),
        Binary::Add if is_bits(b, -0.0) => value(x),
        Binary::Add => {
            if let Some(y) = negated(f, y) {
                return op(Op::Binary(Binary::Sub, x, y));
            }
            if let Some(x) = negated(f, x) {
                return op(Op::Binary(Binary::Sub, y, x));
            }
            in_order(&Op::Binary(binary, x, y), x, y)
        }
        Binary::Sub if is_bits(b, 0.0) => value(x),
        Binary::Sub if is_bits(a, -0.0) => op(Op::Unary(Unary::Neg, y)),
        Binary::Sub => op(Op::Binary(Binary::Add, x, negated(f, y)?)),
        Binary::Mul if a == Some(1.0) => value(y),
        Binary::Mul if b == Some(1.0) => value(x),
        Binary::Mul if a == Some(-1.0) => op(Op::Unary(Unary::Neg, y)),
        Binary::Mul if b == Some(-1.0) => op(Op::Unary(Unary::Neg, x)),
        Binary::Mul => {
            if let (Some(x), Some(y)) = (negated(f, x), negated(f, y)) {
                return op(Op::Binary(Binary::Mul, x, y));
            }
            in_order(&Op::Binary(binary, x, y), x, y)
        }
        Binary::Div if b == Some(1.0) => value(x),
        Binary::Div if b == Some(-1.0) => op(Op::Unary(Unary::Neg, x)),
        Binary::Div => {
            let inverse = exact_inverse(b?, ty.scalar)?;
            let inverse = f.filled(Literal::float(inverse), ty);
            op(Op::Binary(Binary::Mul, x, inverse))
        }
        Binary::Pow => power(f, x, b?, ty),
        Binary::Max | Binary::Min => (x == y).then_some(Change::Value(x)),
        Binary::Atan2 | Binary::And | Binary::Or => None,
    }
}

/// `1 / c` if both are powers of two well inside the range of the type, so that `x / c` and
/// `x · (1 / c)` are the same number rounded once.
fn exact_inverse(c: f64, ty: Scalar) -> Option<f64> {
    let mantissa = c.to_bits() << 12;
    let range = if ty == Scalar::F32 { 2.0_f64.powi(100) } else { 2.0_f64.powi(1000) };
    let fits = mantissa == 0 && c.abs() <= range && c.abs() >= 1.0 / range;
    fits.then_some(1.0 / c)
}

/// `x^c` as a product or a root.
fn power(f: &mut Rewriter<'_>, x: Value, c: f64, ty: &Type) -> Option<Change> {
    let magnitude = c.abs();
    let power = if magnitude == 0.5 {
        f.value(Op::Unary(Unary::Sqrt, x), ty)
    } else if magnitude.fract() == 0.0 && magnitude <= 64.0 {
        match whole_power(f, x, magnitude as u64, ty) {
            Some(power) => power,
            None => return value(f.filled(Literal::float(1.0), ty)),
        }
    } else {
        return None;
    };
    if c > 0.0 {
        return value(power);
    }
    let one = f.filled(Literal::float(1.0), ty);
    op(Op::Binary(Binary::Div, one, power))
}

/// The product of `x^(2^k)` over the bits `k` of `n`, lowest first; none if `n` is zero.
fn whole_power(f: &mut Rewriter<'_>, x: Value, n: u64, ty: &Type) -> Option<Value> {
    let mut product = None;
    let mut square = x;
    for bit in 0..u64::BITS - n.leading_zeros() {
        if bit > 0 {
            square = f.value(Op::Binary(Binary::Mul, square, square), ty);
        }
        if n >> bit & 1 == 1 {
            product = Some(match product {
                Some(product) => f.value(Op::Binary(Binary::Mul, product, square), ty),
                None => square,
            });
        }
    }
    product
}

fn int_binary(f: &Rewriter<'_>, binary: Binary, x: Value, y: Value) -> Option<Change> {
    match (binary, f.int(x), f.int(y)) {
        (Binary::Add, Some(0), _) | (Binary::Mul, Some(1), _) => value(y),
        (Binary::Add | Binary::Sub, _, Some(0)) | (Binary::Mul, _, Some(1)) => value(x),
        (Binary::Mul, Some(0), _) => value(x),
        (Binary::Mul, _, Some(0)) => value(y),
        (Binary::Max | Binary::Min, ..) if x == y => value(x),
        (Binary::Add | Binary::Mul, ..) => in_order(&Op::Binary(binary, x, y), x, y),
        (
            Binary::Sub
            | Binary::Div
            | Binary::Pow
            | Binary::Atan2
            | Binary::Max
            | Binary::Min
            | Binary::And
            | Binary::Or,
            ..,
        ) => None,
    }
}

fn bool_binary(f: &Rewriter<'_>, binary: Binary, x: Value, y: Value) -> Option<Change> {
    let neutral = binary == Binary::And;
    for (one, other) in [(x, y), (y, x)] {
        match f.bool(one) {
            Some(b) if b == neutral => return value(other),
            Some(_) => return value(one),
            None => {}
        }
    }
    if x == y { value(x) } else { in_order(&Op::Binary(binary, x, y), x, y) }
}

fn select(f: &Rewriter<'_>, c: Value, x: Value, y: Value) -> Option<Change> {
    if x == y {
        return value(x);
    }
    if let Some(c) = f.bool(c) {
        return value(if c { x } else { y });
    }
    op(Op::Select(operand(f, Unary::Not, c)?, y, x))
}

fn convert(f: &Rewriter<'_>, x: Value, ty: &Type) -> Option<Change> {
    if f.ty(x) == ty {
        return value(x);
    }
    // Single to double and back.
    let Some(Op::Convert(first)) = f.definition(x) else { return None };
    (f.ty(*first) == ty && ty.scalar == Scalar::F32).then_some(Change::Value(*first))
}

fn broadcast(f: &Rewriter<'_>, x: Value, ty: &Type) -> Option<Change> {
    if f.ty(x) == ty {
        return value(x);
    }
    let Some(Op::Broadcast(first)) = f.definition(x) else { return None };
    op(Op::Broadcast(*first))
}

/// All rows of one array in order are that array.
fn stack(f: &Rewriter<'_>, rows: &[Value]) -> Option<Change> {
    let Some(Op::Index(array, _)) = f.definition(*rows.first()?) else { return None };
    let is_row = |(k, row): (usize, &Value)| {
        let Some(Op::Index(other, index)) = f.definition(*row) else { return false };
        other == array && f.int(*index) == i64::try_from(k).ok()
    };
    let all = f.ty(*array).shape[0] == rows.len() as u64 && rows.iter().enumerate().all(is_row);
    all.then_some(Change::Value(*array))
}

fn slice(f: &Rewriter<'_>, array: Value, start: u64, ty: &Type) -> Option<Change> {
    if f.ty(array) == ty {
        return value(array);
    }
    let definition = f.definition(array)?;
    if let Op::Slice { array, start: first } = definition {
        return op(Op::Slice { array: *array, start: first + start });
    }
    if let Op::Concat(parts) = definition {
        let mut first = 0;
        for &part in parts {
            if first == start && f.ty(part) == ty {
                return value(part);
            }
            first += f.ty(part).shape[0];
        }
    }
    None
}

fn reshape(f: &Rewriter<'_>, x: Value, ty: &Type) -> Option<Change> {
    if f.ty(x) == ty {
        return value(x);
    }
    let definition = f.definition(x)?;
    if let Op::Reshape(first) = definition {
        return op(Op::Reshape(*first));
    }
    of_scalar(f, definition)
}

fn transpose(f: &Rewriter<'_>, x: Value, permutation: &[usize]) -> Option<Change> {
    if permutation.is_sorted() {
        return value(x);
    }
    let shape = &f.ty(x).shape;
    if permutation.iter().filter(|&&axis| shape[axis] != 1).is_sorted() {
        return op(Op::Reshape(x));
    }
    let definition = f.definition(x)?;
    if let Op::Transpose(first, inner) = definition {
        let both = permutation.iter().map(|&axis| inner[axis]).collect();
        return op(Op::Transpose(*first, both));
    }
    of_scalar(f, definition)
}

/// A scalar repeated is the same in any shape.
fn of_scalar(f: &Rewriter<'_>, definition: &Op) -> Option<Change> {
    let Op::Broadcast(x) = definition else { return None };
    f.ty(*x).shape.is_empty().then_some(Change::Op(Op::Broadcast(*x)))
}

fn index(f: &mut Rewriter<'_>, array: Value, index: Value) -> Option<Change> {
    let row = f.int(index).and_then(|k| u64::try_from(k).ok());
    let definition = f.definition(array)?.clone();
    if let Op::Broadcast(x) = definition {
        let one_axis = f.ty(array).shape.len() == f.ty(x).shape.len() + 1;
        return if one_axis { value(x) } else { op(Op::Broadcast(x)) };
    }
    if let Op::Stack(rows) = definition {
        return value(*rows.get(usize::try_from(row?).ok()?)?);
    }
    if let Op::Slice { array, start } = definition {
        let row = f.count(start + row?);
        return op(Op::Index(array, row));
    }
    if let Op::Concat(parts) = definition {
        let mut row = row?;
        for part in parts {
            let rows = f.ty(part).shape[0];
            if row < rows {
                let row = f.count(row);
                return op(Op::Index(part, row));
            }
            row -= rows;
        }
    }
    None
}

/// An array of one row has no other place to add to.
fn add_at(f: &mut Rewriter<'_>, array: Value, row: Value, ty: &Type) -> Option<Change> {
    if ty.shape[0] != 1 {
        return None;
    }
    let of_row = f.ty(row).clone();
    let only = f.value(Op::Reshape(array), &of_row);
    let sum = f.value(Op::Binary(Binary::Add, only, row), &of_row);
    op(Op::Reshape(sum))
}

fn map(f: &mut Rewriter<'_>, inst: &Inst, extent: u64, body: &Region) {
    let body = f.region(body);
    let plain = rows_from_outside(f, &inst.results, &body, &body.results);
    f.push(Inst { op: Op::Map { extent, body }, ..inst.clone() });
    replace(f, plain);
}

fn scan(f: &mut Rewriter<'_>, inst: Inst) {
    let Op::Scan { extent, trips, reverse, init, emits, body } = inst.op else {
        unreachable!("asked for a scan");
    };
    let n = init.len();
    let steady = steady::carries(f, &init, &body);
    for (k, &first) in init.iter().enumerate() {
        let param = body.params[1 + k];
        if body.results[k] == param || steady[k] {
            f.rename(param, first);
            f.rename(inst.results[k], first);
        }
    }
    let body = f.region(&body);
    let mut every = Vec::new();
    let mut rows = Vec::new();
    for (k, emit) in emits.iter().enumerate() {
        if *emit == Emit::Every && trips == Trips::All {
            every.push(inst.results[n + k]);
            rows.push(body.results[n + k]);
        }
    }
    let plain = rows_from_outside(f, &every, &body, &rows);
    let op = Op::Scan { extent, trips, reverse, init, emits, body };
    f.push(Inst { op, ..inst });
    replace(f, plain);
}

/// Results of a loop all of whose rows are one value from outside, or the rows of an array from
/// outside.
fn rows_from_outside(
    f: &Rewriter<'_>,
    results: &[Value],
    body: &Region,
    rows: &[Value],
) -> Vec<(Value, Op)> {
    let mut inside: BTreeSet<Value> = body.params.iter().copied().collect();
    inside.extend(body.insts.iter().flat_map(|inst| &inst.results));
    let mut plain = Vec::new();
    for (&result, row) in results.iter().zip(rows) {
        if !inside.contains(row) {
            plain.push((result, Op::Broadcast(*row)));
        } else if let Some(Op::Index(array, index)) = f.definition(*row) {
            let own = *index == body.params[0] && !inside.contains(array);
            if own && f.ty(*array) == f.ty(result) {
                // The identity, which the rules see through.
                plain.push((result, Op::Reshape(*array)));
            }
        }
    }
    plain
}

fn replace(f: &mut Rewriter<'_>, plain: Vec<(Value, Op)>) {
    for (result, op) in plain {
        let ty = f.ty(result).clone();
        let value = f.value(op, &ty);
        f.rename(result, value);
    }
}

fn branch(f: &mut Rewriter<'_>, inst: &Inst, condition: Value, then: &Region, otherwise: &Region) {
    if let Some(condition) = f.bool(condition) {
        let values = f.inline(if condition { then } else { otherwise });
        for (&result, value) in inst.results.iter().zip(values) {
            f.rename(result, value);
        }
        return;
    }
    let [then, otherwise] = [then, otherwise].map(|region| f.region(region));
    for ((&result, &x), &y) in inst.results.iter().zip(&then.results).zip(&otherwise.results) {
        if x == y {
            f.rename(result, x);
        }
    }
    f.push(Inst { op: Op::If { condition, then, otherwise }, ..inst.clone() });
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::super::test::check;

    #[track_caller]
    fn simplifies(body: &str, after: Expect) {
        check(|func| super::super::dce::run(&super::run(func)), body, after);
    }

    #[test]
    fn signed_zeros_stay_apart() {
        simplifies(
            "v2: f64 = const 0.0
             v3: f64 = const -0.0
             v4: f64 = add v0, v2
             v5: f64 = add v0, v3
             v6: f64 = sub v0, v2
             v7: f64 = sub v0, v3
             v8: f64 = mul v0, v2
             return v4, v5, v6, v7, v8",
            expect![[r#"
                func f(v0: f64 "x", v1: f64[3] "a") {
                  v2: f64 = const 0.0
                  v3: f64 = const -0.0
                  v4: f64 = add v0, v2
                  v5: f64 = sub v0, v3
                  v6: f64 = mul v0, v2
                  return v4, v0, v0, v5, v6
                }
            "#]],
        );
    }

    #[test]
    fn factors_of_one_and_signs() {
        simplifies(
            "v2: f64 = const 1.0
             v3: f64 = const -1.0
             v4: f64 = mul v2, v0
             v5: f64 = mul v4, v3
             v6: f64 = div v5, v2
             v7: f64 = sub v0, v6
             v8: f64 = neg v6
             return v7, v8",
            expect![[r#"
                func f(v0: f64 "x", v1: f64[3] "a") {
                  v2: f64 = add v0, v0
                  return v2, v0
                }
            "#]],
        );
    }

    #[test]
    fn quotients_by_powers_of_two() {
        simplifies(
            "v2: f64 = const 8.0
             v3: f64 = const 3.0
             v4: f64 = div v0, v2
             v5: f64 = div v0, v3
             return v4, v5",
            expect![[r#"
                func f(v0: f64 "x", v1: f64[3] "a") {
                  v2: f64 = const 3.0
                  v3: f64 = const 0.125
                  v4: f64 = mul v0, v3
                  v5: f64 = div v0, v2
                  return v4, v5
                }
            "#]],
        );
    }

    #[test]
    fn powers() {
        simplifies(
            "v2: f64 = const 0.0
             v3: f64 = pow v0, v2
             v4: f64 = const 3.0
             v5: f64 = pow v0, v4
             v6: f64 = const -1.0
             v7: f64 = pow v0, v6
             v8: f64 = const 0.5
             v9: f64 = pow v0, v8
             v10: f64 = const 2.5
             v11: f64 = pow v0, v10
             v12: f64 = const 2.0
             v13: f64[3] = broadcast v12
             v14: f64[3] = pow v1, v13
             return v3, v5, v7, v9, v11, v14",
            expect![[r#"
                func f(v0: f64 "x", v1: f64[3] "a") {
                  v2: f64 = const 1.0
                  v3: f64 = mul v0, v0
                  v4: f64 = mul v0, v3
                  v5: f64 = const 1.0
                  v6: f64 = div v5, v0
                  v7: f64 = sqrt v0
                  v8: f64 = const 2.5
                  v9: f64 = pow v0, v8
                  v10: f64[3] = mul v1, v1
                  return v2, v4, v6, v7, v9, v10
                }
            "#]],
        );
    }

    #[test]
    fn shapes() {
        simplifies(
            "v2: f64[3, 1] = reshape v1
             v3: f64[1, 3] = transpose v2 [1, 0]
             v4: f64[3] = reshape v3
             v5: f64[2, 3] = broadcast v4
             v6: i64 = const 1
             v7: f64[3] = index v5, v6
             v8: f64[2] = slice v7 from 1
             v9: f64 = index v8, v6
             v10: f64[2, 2, 3] = broadcast v5
             v11: f64[3, 2, 2] = transpose v10 [2, 0, 1]
             v12: f64[2, 3, 2] = transpose v11 [2, 0, 1]
             return v7, v9, v12",
            expect![[r#"
                func f(v0: f64 "x", v1: f64[3] "a") {
                  v2: i64 = const 2
                  v3: f64 = index v1, v2
                  v4: f64[2, 2, 3] = broadcast v1
                  v5: f64[2, 3, 2] = transpose v4 [1, 2, 0]
                  return v1, v3, v5
                }
            "#]],
        );
    }

    #[test]
    fn adding_to_the_only_row() {
        simplifies(
            "v2: f64 = const 0.0
             v3: f64[1, 3] = broadcast v2
             v4: i64 = const 0
             v5: f64[1, 3] = add_at v3, v4, v1
             return v5",
            expect![[r#"
                func f(v0: f64 "x", v1: f64[3] "a") {
                  v2: f64 = const 0.0
                  v3: f64[3] = broadcast v2
                  v4: f64[3] = add v1, v3
                  v5: f64[1, 3] = reshape v4
                  return v5
                }
            "#]],
        );
    }

    #[test]
    fn rows() {
        simplifies(
            "v2: f64 = exp v0
             v3: f64[2] = stack v0, v2
             v4: i64 = const 1
             v5: f64 = index v3, v4
             v6: f64[5] = concat v3, v1
             v7: f64[3] = slice v6 from 2
             v8: i64 = const 3
             v9: f64 = index v6, v8
             v10: i64 = const 0
             v11: f64 = index v3, v10
             v12: f64[2] = stack v11, v5
             return v5, v7, v9, v12",
            expect![[r#"
                func f(v0: f64 "x", v1: f64[3] "a") {
                  v2: f64 = exp v0
                  v3: i64 = const 1
                  v4: f64 = index v1, v3
                  v5: f64[2] = stack v0, v2
                  return v2, v1, v4, v5
                }
            "#]],
        );
    }

    #[test]
    fn choices() {
        simplifies(
            "v2: bool = const true
             v3: bool = lt v0, v0
             v4: bool = and v2, v3
             v5: bool = not v4
             v6: f64 = neg v0
             v7: f64 = select v5, v0, v6
             v8: f64 = if v2 {
               v9: f64 = exp v0
               yield v9
             } else {
               yield v0
             }
             return v7, v8",
            expect![[r#"
                func f(v0: f64 "x", v1: f64[3] "a") {
                  v2: bool = lt v0, v0
                  v3: f64 = neg v0
                  v4: f64 = select v2, v3, v0
                  v5: f64 = exp v0
                  return v4, v5
                }
            "#]],
        );
    }

    #[test]
    fn loops_that_keep_what_they_were_given() {
        simplifies(
            "v2: f64[3], v3: f64[3] = map 3 (v4: i64) {
               v5: f64 = index v1, v4
               yield v5, v5
             }
             v6: f64 = exp v0
             v12: f64, v13: f64, v14: f64[3] = scan 3 from v0, v6 emit every (v7: i64, v8: f64, v9: f64) {
               v10: f64 = mul v8, v9
               v11: f64 = neg v9
               yield v10, v9, v9
             }
             return v3, v12, v13, v14",
            expect![[r#"
                func f(v0: f64 "x", v1: f64[3] "a") {
                  v2: f64 = exp v0
                  v6: f64 = scan 3 from v0 (v3: i64, v4: f64) {
                    v5: f64 = mul v2, v4
                    yield v5
                  }
                  v7: f64[3] = broadcast v2
                  return v1, v6, v2, v7
                }
            "#]],
        );
    }
}
