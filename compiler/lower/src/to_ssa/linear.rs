//! Linear systems, and roots of functions by Newton's method.
//!
//! A root is found before anything is differentiated; what it depends on is said by `implicit`, so that
//! no derivative goes through the iteration.

use sdec_ad::directions::along_entries;
use sdec_base::Span;
use sdec_hir::Ty;
use sdec_ssa::{
    Binary, Builder, Compare, Extremum, Func, Scalar, Type, Unary, Value, inline, outline,
};

use super::Lowerer;
use super::types::{Result, not_built};
use super::value::Val;

/// Steps of Newton's method after which there is no root to be found.
const STEPS: u64 = 60;

impl Lowerer<'_> {
    /// `A⁻¹ b`, for every part of `b` if it is a table of records.
    pub(super) fn solve_linear(&mut self, a: &Val, b: &Val, at: Span) -> Result<Val> {
        self.ensure_floats(b, at)?;
        let a = a.array();
        Ok(b.map(|part| self.b.solve(a, part)))
    }

    /// Where `f` is zero, from `guess : ty` on; not finite if that is not found.
    pub(super) fn root(&mut self, f: &Val, guess: &Val, ty: &Ty, at: Span) -> Result<Val> {
        self.ensure_floats(guess, at)?;
        let start = self.flattened(guess);
        let vector = self.b.ty(start).clone();
        if vector.shape == [0] {
            return Ok(guess.clone());
        }
        let x = self.b.open_region(std::slice::from_ref(&vector))[0];
        let point = self.unflattened(x, guess);
        let value = self.call(f, vec![point], at).map(|value| {
            let value = self.materialise_concrete(&value, ty);
            self.flattened(&value)
        });
        let region = self.b.close_region(value.iter().copied().collect());
        value?;
        let (func, captured) = outline(&self.b, "zero", region);

        let fixed: Vec<Value> = captured.iter().map(|&value| self.stopped(value)).collect();
        let start = self.stopped(start);
        let found = newton(&mut self.b, &func, start, &fixed);
        let x = self.b.open_region(&[vector])[0];
        let zero = inline(&mut self.b, &func, &[&[x], captured.as_slice()].concat());
        let region = self.b.close_region(zero);
        let root = self.b.implicit(found, region);
        Ok(self.unflattened(root, guess))
    }

    fn ensure_floats(&self, value: &Val, at: Span) -> Result<()> {
        let floats = value.leaves().iter().all(|&leaf| self.b.ty(leaf).is_float());
        if floats { Ok(()) } else { not_built("an equation between counts", at) }
    }

    pub(super) fn stopped(&mut self, value: Value) -> Value {
        if self.b.ty(value).is_float() { self.b.unary(Unary::StopGradient, value) } else { value }
    }

    /// All numbers in a value as one vector.
    fn flattened(&mut self, value: &Val) -> Value {
        let mut parts = Vec::new();
        for leaf in value.leaves() {
            let entries = self.b.ty(leaf).entries();
            parts.push(self.b.reshape(leaf, &[entries]));
        }
        match parts[..] {
            [] => self.b.filled(&Type::array(self.sizes.float, &[0]), 0.0),
            [part] => part,
            _ => self.b.concat(parts),
        }
    }

    /// A value like another one, of the numbers in a vector.
    fn unflattened(&mut self, vector: Value, like: &Val) -> Val {
        let mut first = 0;
        like.map(|leaf| {
            let ty = self.b.ty(leaf).clone();
            let part = self.b.slice(vector, first, ty.entries());
            first += ty.entries();
            self.b.reshape(part, &ty.shape)
        })
    }
}

/// Newton's method from `start`; NaN unless its steps have become small.
fn newton(f: &mut Builder, func: &Func, start: Value, fixed: &[Value]) -> Value {
    let vector = f.ty(start).clone();
    let n = vector.shape[0];
    // The next step would be about the square of the last one.
    let tolerance = if vector.scalar == Scalar::F32 { 1e-5 } else { 1e-10 };
    let tolerance = f.float(vector.scalar, tolerance);
    let reach = largest(f, start);
    let go = f.bool(true);
    let last = f.while_loop(STEPS, vec![go, start], |f, _, carries| {
        let x = carries[1];
        let args = [&[x], fixed].concat();
        let (value, columns) = along_entries(f, func, &args, &[0], 0).expect("roots are floats");
        let jacobian = f.transpose(columns, vec![1, 0]);
        let step = f.solve(jacobian, value[0]);
        let next = f.binary(Binary::Sub, x, step);
        let (moved, size) = (largest(f, step), largest(f, next));
        let size = f.binary(Binary::Max, size, reach);
        let small = f.binary(Binary::Mul, tolerance, size);
        vec![f.compare(Compare::Gt, moved, small), next]
    });
    let (lost, nan) = (f.broadcast(last[0], &[n]), f.filled(&vector, f64::NAN));
    f.select(lost, nan, last[1])
}

/// The size of the largest entry.
fn largest(f: &mut Builder, x: Value) -> Value {
    let sizes = f.unary(Unary::Abs, x);
    f.extremum(Extremum::Max, sizes)
}
