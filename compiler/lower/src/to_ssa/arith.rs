//! Arithmetic on vector spaces: entrywise, with scalars going to every entry and zeros for free.

use sdec_hir as hir;
use sdec_ssa::{Binary, Compare, Scalar, Unary, Value};

use super::Lowerer;
use super::env::Env;
use super::types::Result;
use super::value::Val;

impl Lowerer<'_> {
    /// `a op b`: equal structures, or one of them a scalar.
    pub(super) fn arith(&mut self, op: hir::Arith, a: &Val, b: &Val) -> Val {
        use hir::Arith::{Add, Div, Mul, Pow, Sub};
        match (op, a, b) {
            (Add, Val::Zero, other) | (Add | Sub, other, Val::Zero) => other.clone(),
            (Sub, Val::Zero, other) => other.map(|x| self.b.unary(Unary::Neg, x)),
            (Mul, Val::Zero, _) | (Mul, _, Val::Zero) | (Div, Val::Zero, _) => Val::Zero,
            (Div | Pow, ..) | (Add | Sub | Mul, Val::Array(_) | Val::Parts(_), _) | (..) => {
                let op = match op {
                    Add => Binary::Add,
                    Sub => Binary::Sub,
                    Mul => Binary::Mul,
                    Div => Binary::Div,
                    Pow => Binary::Pow,
                };
                self.zip(a, b, &mut |this, x, y| this.b.binary(op, x, y))
            }
        }
    }

    /// A comparison, entrywise against a scalar.
    pub(super) fn compare(&mut self, op: hir::Compare, a: &Val, b: &Val) -> Val {
        let op = match op {
            hir::Compare::Eq => Compare::Eq,
            hir::Compare::Ne => Compare::Ne,
            hir::Compare::Lt => Compare::Lt,
            hir::Compare::Le => Compare::Le,
            hir::Compare::Gt => Compare::Gt,
            hir::Compare::Ge => Compare::Ge,
        };
        self.zip(a, b, &mut |this, x, y| this.b.compare(op, x, y))
    }

    pub(super) fn logical(
        &mut self,
        op: Binary,
        a: &hir::Expr,
        b: &hir::Expr,
        env: &Env,
    ) -> Result<Val> {
        let (a, b) = (self.eval(a, env)?, self.eval(b, env)?);
        Ok(self.zip(&a, &b, &mut |this, x, y| this.b.binary(op, x, y)))
    }

    /// The last axis of `a` with the first of `b`; `b` may hold records.
    pub(super) fn contract(&mut self, a: &Val, b: &Val) -> Val {
        match (a, b) {
            (Val::Zero, _) | (_, Val::Zero) => Val::Zero,
            (a, b) => {
                let a = a.array();
                b.map(|b| self.b.contract(a, b))
            }
        }
    }

    /// `f` over equal structures, or over one structure and a scalar.
    pub(super) fn zip(
        &mut self,
        a: &Val,
        b: &Val,
        f: &mut dyn FnMut(&mut Self, Value, Value) -> Value,
    ) -> Val {
        match (a, b) {
            (Val::Parts(xs), Val::Parts(ys)) => {
                Val::Parts(xs.iter().zip(ys).map(|(x, y)| self.zip(x, y, f)).collect())
            }
            (Val::Parts(xs), y) => Val::Parts(xs.iter().map(|x| self.zip(x, y, f)).collect()),
            (x, Val::Parts(ys)) => Val::Parts(ys.iter().map(|y| self.zip(x, y, f)).collect()),
            (Val::Zero, Val::Zero) => {
                let zero = self.b.float(self.sizes.float, 0.0);
                Val::Array(f(self, zero, zero))
            }
            (Val::Zero, y) => {
                let x = self.zero_like(y.array());
                self.zip(&Val::Array(x), y, f)
            }
            (x, Val::Zero) => {
                let y = self.zero_like(x.array());
                self.zip(x, &Val::Array(y), f)
            }
            (x, y) => {
                let (x, y) = self.meet(x.array(), y.array());
                Val::Array(f(self, x, y))
            }
        }
    }

    fn zero_like(&mut self, x: Value) -> Value {
        let ty = self.b.ty(x).clone();
        self.b.filled(&ty, 0.0)
    }

    /// The same type for both: a scalar is broadcast, and beside a time in `f64` the other becomes
    /// one too.
    fn meet(&mut self, mut x: Value, mut y: Value) -> (Value, Value) {
        if (self.b.ty(x).scalar, self.b.ty(y).scalar) == (Scalar::F64, Scalar::F32) {
            y = self.b.convert(y, Scalar::F64);
        } else if (self.b.ty(x).scalar, self.b.ty(y).scalar) == (Scalar::F32, Scalar::F64) {
            x = self.b.convert(x, Scalar::F64);
        }
        let (left, right) = (self.b.ty(x).shape.clone(), self.b.ty(y).shape.clone());
        if left.is_empty() && !right.is_empty() {
            x = self.b.broadcast(x, &right);
        } else if right.is_empty() && !left.is_empty() {
            y = self.b.broadcast(y, &left);
        }
        (x, y)
    }
}
