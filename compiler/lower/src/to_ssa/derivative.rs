//! `grad(f)` and its kin: `f` is cut out as a function of its own, differentiated by `ad`, and put
//! back where the derivative is called.

use sdec_ad::directions::along_entries;
use sdec_ad::trace::{self, Same};
use sdec_ad::{NotDifferentiable, jvp, vjp};
use sdec_base::{Diagnostic, Span};
use sdec_hir::{Derivative, Ty};
use sdec_ssa::{Func, Value, inline, outline};

use super::Lowerer;
use super::types::Result;
use super::value::Val;

/// A function cut out of the program in the making.
struct Cut {
    func: Func,
    captured: Vec<Value>,
    result: Val,
    /// How many parameters are the function's own, not captured.
    own: usize,
}

impl Lowerer<'_> {
    /// The derivative of `f : ty` applied to `args`.
    pub(super) fn derivative(
        &mut self,
        kind: Derivative,
        f: &Val,
        ty: &Ty,
        args: &[Val],
        at: Span,
    ) -> Result<Val> {
        let Ty::Function(params, result) = ty else { unreachable!("functions have derivatives") };
        let x = self.materialise_concrete(&args[0], &params[0]);
        let cut = self.cut(f, &x, result, at)?;
        match kind {
            Derivative::Grad => {
                let seed = self.b.float(self.sizes.float, 1.0);
                self.pull_back(&cut, &x, &[seed], at)
            }
            Derivative::Vjp => {
                let cotangent = self.materialise_concrete(&args[1], result).leaves();
                self.pull_back(&cut, &x, &cotangent, at)
            }
            Derivative::Jvp => {
                let tangent = self.materialise_concrete(&args[1], &params[0]).leaves();
                self.push_forward(&cut, &x, &tangent, at)
            }
            Derivative::Jacobian => {
                let columns = self.columns(&cut, &x, at)?;
                let axes = self.b.ty(columns).shape.len();
                let rows_first = (1..axes).chain([0]).collect();
                Ok(Val::Array(self.b.transpose(columns, rows_first)))
            }
            Derivative::Div => {
                let same = |&value: &Value| {
                    if self.b.is_fixed(value) {
                        Same::Always
                    } else if self.b.is_uniform(value) {
                        Same::Once
                    } else {
                        Same::Never
                    }
                };
                let same: Vec<Same> = cut.captured.iter().map(same).collect();
                let func = trace::run(&cut.func, &same);
                let func = func.map_err(|error| no_derivative(&error, at))?;
                let args = [x.leaves().as_slice(), &cut.captured].concat();
                Ok(Val::Array(inline(&mut self.b, &func, &args)[0]))
            }
        }
    }

    fn cut(&mut self, f: &Val, x: &Val, result: &Ty, at: Span) -> Result<Cut> {
        let types: Vec<_> = x.leaves().iter().map(|&leaf| self.b.ty(leaf).clone()).collect();
        let params = self.b.open_region(&types);
        let own = params.len();
        let value = self.call(f, vec![x.with_leaves(&mut params.into_iter())], at);
        let value = value.map(|value| self.materialise_concrete(&value, result));
        let leaves = value.as_ref().map(Val::leaves).unwrap_or_default();
        let region = self.b.close_region(leaves);
        let (func, captured) = outline(&self.b, "f", region);
        Ok(Cut { func, captured, result: value?, own })
    }

    fn pull_back(&mut self, cut: &Cut, x: &Val, cotangent: &[Value], at: Span) -> Result<Val> {
        let wrt: Vec<usize> = (0..cut.own).collect();
        let func = vjp::run(&cut.func, &wrt).map_err(|error| no_derivative(&error, at))?;
        let args = [x.leaves().as_slice(), &cut.captured, cotangent].concat();
        let results = inline(&mut self.b, &func, &args);
        let skip = cut.func.body.results.len();
        Ok(x.with_leaves(&mut results[skip..].iter().copied()))
    }

    fn push_forward(&mut self, cut: &Cut, x: &Val, tangent: &[Value], at: Span) -> Result<Val> {
        let wrt: Vec<usize> = (0..cut.own).collect();
        let func = jvp::run(&cut.func, &wrt).map_err(|error| no_derivative(&error, at))?;
        let args = [x.leaves().as_slice(), &cut.captured, tangent].concat();
        let results = inline(&mut self.b, &func, &args);
        let skip = cut.func.body.results.len();
        Ok(cut.result.with_leaves(&mut results[skip..].iter().copied()))
    }

    /// Directional derivatives along each entry of the vector `x`: `[n, …]`.
    fn columns(&mut self, cut: &Cut, x: &Val, at: Span) -> Result<Value> {
        let args = [&[x.array()], cut.captured.as_slice()].concat();
        let columns = along_entries(&mut self.b, &cut.func, &args, &[0], 0);
        Ok(columns.map_err(|error| no_derivative(&error, at))?.1)
    }
}

/// What `ad` cannot differentiate, said where it was written.
pub(super) fn no_derivative(error: &NotDifferentiable, at: Span) -> Box<Diagnostic> {
    let span = error.origin.unwrap_or(at);
    Box::new(
        Diagnostic::error("E0701", format!("{} has no derivative", error.what), span)
            .label(span, "the derivative would have to pass through this"),
    )
}
