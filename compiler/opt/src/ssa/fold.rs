//! Computes operations on constants.
//!
//! ```text
//! v1: f64 = const 2.0
//! v2: f64 = const 3.0    =>    v3: f64 = const 6.0
//! v3: f64 = mul v1, v2
//! ```
//!
//! Arrays all of whose entries are one literal count as constants. Only what IEEE 754 defines to the
//! bit is computed: sums, products, quotients, square roots, comparisons, conversions. `exp` and the
//! like are left, since their bits are those of compiled code. Operands that are no longer needed are
//! left for `dce`.

use sdec_ssa::{Binary, Func, Inst, Literal, Op, Scalar, Type, Unary, scalar};

use super::rewrite::{self, Change, Rewriter, Rules};

/// The function with constants computed.
pub fn run(func: &Func) -> Func {
    rewrite::run(func, &Fold)
}

struct Fold;

impl Rules for Fold {
    fn plain(&self, f: &mut Rewriter<'_>, op: &Op, ty: &Type) -> Option<Change> {
        let literal = folded(f, op, ty)?;
        if ty.shape.is_empty() {
            return Some(Change::Op(Op::Const(literal)));
        }
        let entry = f.filled(literal, &Type::scalar(ty.scalar));
        Some(Change::Op(Op::Broadcast(entry)))
    }

    fn control(&self, f: &mut Rewriter<'_>, inst: Inst) {
        f.keep(inst);
    }
}

/// What every entry of the result is.
fn folded(f: &Rewriter<'_>, op: &Op, ty: &Type) -> Option<Literal> {
    match op {
        Op::Unary(op, x) => unary(*op, f.literal(*x)?, f.ty(*x).scalar),
        Op::Binary(op, x, y) => binary(*op, f.literal(*x)?, f.literal(*y)?, ty.scalar),
        Op::Compare(op, x, y) => {
            let (x, y) =
                (typed(f.literal(*x)?, f.ty(*x).scalar), typed(f.literal(*y)?, f.ty(*y).scalar));
            match (x, y) {
                (Literal::Float(x), Literal::Float(y)) => {
                    let (x, y) = (f64::from_bits(x), f64::from_bits(y));
                    Some(Literal::Bool(scalar::compare(*op, x, y)))
                }
                (Literal::Int(x), Literal::Int(y)) => {
                    Some(Literal::Bool(scalar::compare(*op, x, y)))
                }
                (Literal::Float(_) | Literal::Int(_) | Literal::Bool(_), _) => None,
            }
        }
        Op::Select(c, x, y) => {
            let (x, y) = (f.literal(*x)?, f.literal(*y)?);
            if x == y { Some(x) } else { Some(if f.bool(*c)? { x } else { y }) }
        }
        Op::Convert(x) => match typed(f.literal(*x)?, f.ty(*x).scalar) {
            Literal::Int(n) => Some(typed(Literal::float(n as f64), ty.scalar)),
            float @ Literal::Float(_) => Some(typed(float, ty.scalar)),
            Literal::Bool(_) => None,
        },
        Op::Slice { array: x, .. } | Op::Reshape(x) | Op::Transpose(x, _) | Op::Index(x, _) => {
            f.literal(*x)
        }
        Op::Stack(parts) | Op::Concat(parts) => {
            let first = f.literal(*parts.first()?)?;
            parts.iter().all(|&part| f.literal(part) == Some(first)).then_some(first)
        }
        // Sums start from 0.0, so that a sum of zeros of either sign is 0.0.
        Op::Sum(x) => {
            let zero = if f.ty(*x).is_float() { f.float(*x)? == 0.0 } else { f.int(*x)? == 0 };
            let sum = if ty.is_float() { Literal::float(0.0) } else { Literal::Int(0) };
            zero.then_some(sum)
        }
        Op::Const(_)
        | Op::Broadcast(_)
        | Op::AddAt { .. }
        | Op::Contract(..)
        | Op::Solve(..)
        | Op::Product(_)
        | Op::Extremum(..)
        | Op::ArgExtremum(..)
        | Op::Draw { .. }
        | Op::Map { .. }
        | Op::Scan { .. }
        | Op::Implicit { .. }
        | Op::If { .. } => None,
    }
}

/// A float literal of this type, rounded to it.
fn typed(literal: Literal, ty: Scalar) -> Literal {
    match literal {
        Literal::Float(bits) => Literal::float(scalar::round(ty, f64::from_bits(bits))),
        Literal::Int(_) | Literal::Bool(_) => literal,
    }
}

fn unary(op: Unary, x: Literal, ty: Scalar) -> Option<Literal> {
    match op {
        Unary::Neg | Unary::Abs | Unary::Sqrt | Unary::Floor | Unary::Sign => {}
        Unary::StopGradient => return Some(x),
        Unary::Not => {
            return match x {
                Literal::Bool(b) => Some(Literal::Bool(!b)),
                Literal::Float(_) | Literal::Int(_) => None,
            };
        }
        Unary::Exp
        | Unary::Log
        | Unary::Sin
        | Unary::Cos
        | Unary::Tanh
        | Unary::Erf
        | Unary::Erfc
        | Unary::Special(_) => return None,
    }
    Some(match typed(x, ty) {
        Literal::Float(bits) => {
            typed(Literal::float(scalar::float_unary(op, f64::from_bits(bits))), ty)
        }
        Literal::Int(n) => Literal::Int(scalar::int_unary(op, n)),
        Literal::Bool(_) => return None,
    })
}

fn binary(op: Binary, x: Literal, y: Literal, ty: Scalar) -> Option<Literal> {
    if matches!(op, Binary::Pow | Binary::Atan2) {
        return None;
    }
    match (typed(x, ty), typed(y, ty)) {
        (Literal::Float(x), Literal::Float(y)) => {
            let z = scalar::float_binary(op, f64::from_bits(x), f64::from_bits(y));
            Some(typed(Literal::float(z), ty))
        }
        (Literal::Int(x), Literal::Int(y)) => Some(Literal::Int(scalar::int_binary(op, x, y))),
        (Literal::Bool(x), Literal::Bool(y)) => Some(Literal::Bool(scalar::bool_binary(op, x, y))),
        (Literal::Float(_) | Literal::Int(_) | Literal::Bool(_), _) => None,
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::super::test::check;

    #[track_caller]
    fn folds(body: &str, after: Expect) {
        check(super::run, body, after);
    }

    #[test]
    fn products_and_conversions() {
        folds(
            "v2: f64 = const 2.0
             v3: f64 = const -3.0
             v4: f64 = mul v2, v3
             v5: i64 = const 7
             v6: f64 = convert v5
             return v4, v6",
            expect![[r#"
                func f(v0: f64 "x", v1: f64[3] "a") {
                  v2: f64 = const 2.0
                  v3: f64 = const -3.0
                  v4: f64 = const -6.0
                  v5: i64 = const 7
                  v6: f64 = const 7.0
                  return v4, v6
                }
            "#]],
        );
    }

    #[test]
    fn singles_are_rounded() {
        folds(
            "v2: f32 = const 0.1
             v3: f32 = add v2, v2
             v4: f64 = convert v3
             return v4",
            expect![[r#"
                func f(v0: f64 "x", v1: f64[3] "a") {
                  v2: f32 = const 0.1
                  v3: f32 = const 0.20000000298023224
                  v4: f64 = const 0.20000000298023224
                  return v4
                }
            "#]],
        );
    }

    #[test]
    fn arrays_of_one_number() {
        folds(
            "v2: f64 = const 2.0
             v3: f64[3] = broadcast v2
             v4: f64[3] = sqrt v3
             v5: i64 = const 1
             v6: f64 = index v4, v5
             v7: f64[3, 1] = reshape v4
             return v6, v7",
            expect![[r#"
                func f(v0: f64 "x", v1: f64[3] "a") {
                  v2: f64 = const 2.0
                  v3: f64[3] = broadcast v2
                  v4: f64 = const 1.4142135623730951
                  v5: f64[3] = broadcast v4
                  v6: i64 = const 1
                  v7: f64 = const 1.4142135623730951
                  v8: f64 = const 1.4142135623730951
                  v9: f64[3, 1] = broadcast v8
                  return v7, v9
                }
            "#]],
        );
    }

    #[test]
    fn exponentials_are_left_to_compiled_code() {
        folds(
            "v2: f64 = const 0.0
             v3: f64 = exp v2
             return v3",
            expect![[r#"
                func f(v0: f64 "x", v1: f64[3] "a") {
                  v2: f64 = const 0.0
                  v3: f64 = exp v2
                  return v3
                }
            "#]],
        );
    }

    #[test]
    fn comparisons() {
        folds(
            "v2: f64 = const nan
             v3: bool = lt v2, v2
             v4: bool = not v3
             v5: f64 = select v4, v0, v2
             return v5",
            expect![[r#"
                func f(v0: f64 "x", v1: f64[3] "a") {
                  v2: f64 = const nan
                  v3: bool = const false
                  v4: bool = const true
                  v5: f64 = select v4, v0, v2
                  return v5
                }
            "#]],
        );
    }
}
