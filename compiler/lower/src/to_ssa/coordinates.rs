//! `coords = log`: instead of a positive state `x` the solve carries `z = log x`, whose equation follows by Itô's
//! formula from that of `x`.
//!
//! ```text
//! dx = f dt + Σⱼ gⱼ dWⱼ          dz = (f / x − ½ Σⱼ (gⱼ / x)²) dt + Σⱼ gⱼ / x dWⱼ
//! ```
//!
//! In Stratonovich's sense there is no second term. Drift and diffusion of a model are those of what is carried, so
//! that methods and conversions know nothing of it; whatever else reads a state gets `x = exp z`.

use sdec_hir::{self as hir, Constraint, Convention};
use sdec_ssa::{Binary, Compare, Unary, Value};

use super::Lowerer;
use super::types::Result;
use super::value::Val;

/// The arrays of a model's state of which logarithms are carried.
pub(super) fn logs_of(model: &hir::Model) -> Vec<usize> {
    let leaves = model.states.iter().flat_map(|state| &state.leaves).enumerate();
    leaves.filter(|(_, of)| of.constraint == Constraint::Positive).map(|(k, _)| k).collect()
}

impl<'a> Lowerer<'a> {
    /// The states, given what is carried.
    pub(super) fn states_of(&mut self, carried: &Val) -> Val {
        self.in_logs(carried, |this, z| this.b.unary(Unary::Exp, z))
    }

    /// What is carried, given the states; −∞ where one is not positive.
    pub(super) fn carried(&mut self, states: &Val) -> Val {
        self.in_logs(states, |this, x| {
            let ty = this.b.ty(x).clone();
            let [zero, never] = [0.0, f64::NEG_INFINITY].map(|end| this.b.filled(&ty, end));
            let inside = this.b.compare(Compare::Gt, x, zero);
            let log = this.b.unary(Unary::Log, x);
            this.b.select(inside, log, never)
        })
    }

    fn in_logs(&mut self, value: &Val, mut map: impl FnMut(&mut Self, Value) -> Value) -> Val {
        if self.logs.is_empty() {
            return value.clone();
        }
        let mut leaves = value.leaves();
        for k in self.logs.clone() {
            leaves[k] = map(self, leaves[k]);
        }
        value.with_leaves(&mut leaves.into_iter())
    }

    /// The drift of what is carried, given that of the states `x` at time `t`.
    pub(super) fn drift_in_logs(&mut self, drift: &Val, t: &Val, x: &Val) -> Result<Val> {
        if self.logs.is_empty() {
            return Ok(drift.clone());
        }
        let drift = self.relative(drift, x);
        let scope = self.scope.as_ref().expect("drift and diffusion are called in a solve");
        let model = scope.model;
        if model.convention != Some(Convention::Ito) {
            return Ok(drift);
        }
        let (_, noise) = self.spaces_of_scope();
        let mut once = |this: &mut Self, w: Val| {
            let g = this.diffusion_of_states(&[t.clone(), x.clone(), w])?;
            let g = this.relative(&g, x);
            let mut leaves = g.leaves();
            for (k, leaf) in leaves.iter_mut().enumerate() {
                *leaf = match this.logs.contains(&k) {
                    true => this.b.binary(Binary::Mul, *leaf, *leaf),
                    false => {
                        let ty = this.b.ty(*leaf).clone();
                        this.b.filled(&ty, 0.0)
                    }
                };
            }
            Ok(g.with_leaves(&mut leaves.into_iter()))
        };
        // Where each entry has a channel of its own, all of them at once give each its square.
        let squares = if model.unpaired.is_none() {
            let ones = self.filled(&noise, 1.0);
            once(self, ones)?
        } else {
            self.over_channels(&noise, &mut once)?
        };
        let half = Val::Array(self.working(0.5));
        let squares = self.arith(hir::Arith::Mul, &half, &squares);
        Ok(self.arith(hir::Arith::Sub, &drift, &squares))
    }

    /// Each entry of a change of the states `x` of which logarithms are carried over that state.
    pub(super) fn relative(&mut self, change: &Val, x: &Val) -> Val {
        if self.logs.is_empty() {
            return change.clone();
        }
        let (state, _) = self.spaces_of_scope();
        let change = self.conform(change, &state);
        let (mut leaves, states) = (change.leaves(), x.leaves());
        for k in self.logs.clone() {
            leaves[k] = self.b.binary(Binary::Div, leaves[k], states[k]);
        }
        change.with_leaves(&mut leaves.into_iter())
    }

    /// A record of the states of the model that is being solved, and one of its noises.
    fn spaces_of_scope(&self) -> (hir::Ty, hir::Ty) {
        let scope = self.scope.as_ref().expect("drift and diffusion are called in a solve");
        self.spaces(scope.model, &scope.env)
    }
}
