//! The density of a path, so that an expectation can be differentiated through the law of the paths
//! instead of along them.
//!
//! A step `y' = m(θ, y) + B(θ, y) w` whose increment `w ~ N(0, h)` has one entry for each entry of `y'`
//! that has noise gives `y'` the density
//!
//! ```text
//! log p(y' | y) = Σᵢ -uᵢ² / 2h - log|Bᵢ| + const      with u(θ) = w - (y'(θ, w) - y') / B(θ)
//! ```
//!
//! where `y'` stands for the state that was reached, whatever θ. So `u = w` where the path was made, and
//! all derivatives of `u` by θ are those of the increment that would have reached the same state. With
//! `ℓ` the sum over the steps, the program's value is
//!
//! ```text
//! J = value · exp(ℓ - ℓ₀)
//! ```
//!
//! where `ℓ₀` is `ℓ` without derivatives: the value itself, with the derivatives of its expectation. Entries
//! without noise move by the equations, given those that have it; so does the state at the start.
//!
//! Where a derivative is to be taken along the path and another of the law, two states are carried: one
//! that is fixed and gives `ℓ` and `u`, reading parameters of its own ([`Constant::Density`]), and one that
//! is moved by the increments `u` and gives the value. The derivative by the parameters of the second is
//! along the path, the one by both is of the law.
//!
//! Where only the states at the start are fixed, `ℓ` is the sum of the logarithms of their densities, and
//! everything after them moves with the parameters.
//!
//! Source: Broadie & Glasserman (1996), Management Science 42(2); Glasserman (2003), Monte Carlo Methods
//! in Financial Engineering, §7.3; the form of `J` is that of Foerster et al. (2018), ICML, "DiCE".

use sdec_ad::{jvp, vjp};
use sdec_base::Span;
use sdec_hir::{self as hir, Stage};
use sdec_ssa::{Binary, Compare, Unary, Value, inline, outline};

use super::Lowerer;
use super::advance::Point;
use super::derivative::no_derivative;
use super::env::Env;
use super::solve::{Grid, Path, Scope};
use super::steps::{Normals, Steps};
use super::types::Result;
use super::value::Val;

/// How the expectation of the value will be differentiated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Estimator {
    /// Along each path.
    #[default]
    Pathwise,
    /// Through the law of the paths.
    Law,
    /// Once along the path and once through its law.
    Mixed,
    /// Through the law of the start, then along the path.
    Start,
}

/// What a fixed path gives.
struct Fixed {
    /// The state that was reached.
    next: Val,
    /// The increment that reaches it.
    increment: Val,
    /// The logarithm of its density.
    log_density: Value,
}

/// A point of a method that keeps nothing from step to step, as those with a density do.
fn alone(y: Val) -> Point {
    Point { y, carry: Val::Parts(Vec::new()) }
}

impl<'a> Lowerer<'a> {
    /// A path whose states are fixed, and `exp(ℓ - ℓ₀)`.
    pub(super) fn path_with_density(
        &mut self,
        steps: &Steps<'a>,
        grid: Grid,
        first: Val,
    ) -> Result<(Path, Option<Value>)> {
        let zero = self.b.float(self.sizes.float, 0.0);
        let beside = Val::Array(zero);
        let (ended, path) =
            self.walk(steps, grid, &beside, alone(first), &mut |this, k, sum, from| {
                let fixed = this.fixed_step(steps, k, from.y)?;
                let sum = this.b.binary(Binary::Add, sum.array(), fixed.log_density);
                Ok((Val::Array(sum), alone(fixed.next)))
            })?;
        Ok((path, Some(self.ratio(ended.array()))))
    }

    /// The same where the value's states move with the parameters and the density's are fixed.
    pub(super) fn path_beside_density(
        &mut self,
        steps: &Steps<'a>,
        grid: Grid,
        instance: &hir::Instance,
        first: Val,
    ) -> Result<(Path, Option<Value>)> {
        let scope = self.scope.clone().expect("a model is being solved");
        let model = scope.model;
        self.reads_density = true;
        let mut env = self.top(Some(instance));
        let lets = self.model_lets(model, &mut env, |stage| stage <= Stage::Row);
        self.scope = Some(Scope { env: env.clone(), ..scope.clone() });
        let fixed = lets.and_then(|()| self.initial(model, &mut env));
        self.reads_density = false;
        let fixed = fixed?;
        let law = self.scope.replace(scope.clone());
        let zero = self.b.float(self.sizes.float, 0.0);
        let beside = Val::Parts(vec![Val::Array(zero), fixed]);
        let (ended, path) =
            self.walk(steps, grid, &beside, alone(first), &mut |this, k, beside, from| {
                let [sum, fixed] = beside.parts() else { unreachable!("the parts above") };
                this.scope.clone_from(&law);
                this.reads_density = true;
                let step = this.fixed_step(steps, k, fixed.clone());
                this.reads_density = false;
                this.scope = Some(scope.clone());
                let step = step?;
                let sum = this.b.binary(Binary::Add, sum.array(), step.log_density);
                let next = this.step_by(steps, k, from, step.increment)?;
                Ok((Val::Parts(vec![Val::Array(sum), step.next]), next))
            })?;
        Ok((path, Some(self.ratio(ended.parts()[0].array()))))
    }

    /// The states at the start, fixed where they are drawn, and `exp(ℓ - ℓ₀)` of their density.
    pub(super) fn fixed_start(
        &mut self,
        model: &'a hir::Model,
        env: &mut Env,
    ) -> Result<(Val, Option<Value>)> {
        let mut log_density = self.b.float(self.sizes.float, 0.0);
        let first = self.start(model, env, &mut |this, init, value, env| {
            let Some(of) = &init.log_density else { return Ok(value) };
            let fixed = value.map(|leaf| this.b.unary(Unary::StopGradient, leaf));
            env.bind(init.state, fixed.clone());
            for log in this.logs_of(of, env)? {
                log_density = this.b.binary(Binary::Add, log_density, log);
            }
            Ok(fixed)
        })?;
        Ok((first, Some(self.ratio(log_density))))
    }

    /// `exp(ℓ - ℓ₀)`, which is 1.
    fn ratio(&mut self, log: Value) -> Value {
        let held = self.b.unary(Unary::StopGradient, log);
        let difference = self.b.binary(Binary::Sub, log, held);
        self.b.unary(Unary::Exp, difference)
    }

    /// One step from `y` to a state that is fixed where there is noise.
    fn fixed_step(&mut self, steps: &Steps<'a>, k: Value, y: Val) -> Result<Fixed> {
        let (_, h) = self.interval(steps, k);
        let w = self.increments(steps, k, h, &Normals::Of(k));
        let types: Vec<_> = w.leaves().iter().map(|&leaf| self.b.ty(leaf).clone()).collect();
        let params = self.b.open_region(&types);
        let increment = w.with_leaves(&mut params.into_iter());
        let moved = self.step_by(steps, k, alone(y), increment).map(|next| next.y);
        let results = moved.as_ref().map(Val::leaves).unwrap_or_default();
        let region = self.b.close_region(results);
        let shape = moved?;
        let (func, captured) = outline(&self.b, "step", region);

        let own: Vec<usize> = (0..types.len()).collect();
        let at = steps.model.span;
        let pushed = jvp::run(&func, &own).map_err(|error| no_derivative(&error, at))?;
        let ones: Vec<Value> = types.iter().map(|ty| self.b.filled(ty, 1.0)).collect();
        let args = [w.leaves().as_slice(), &captured, &ones].concat();
        let results = inline(&mut self.b, &pushed, &args);
        let (moved, factors) = results.split_at(func.body.results.len());

        let mut held = Vec::new();
        let mut pulls = Vec::new();
        let mut log_density = self.b.float(self.sizes.float, 0.0);
        for (&next, &factor) in moved.iter().zip(factors) {
            let ty = self.b.ty(next).clone();
            let (zero, one) = (self.b.filled(&ty, 0.0), self.b.filled(&ty, 1.0));
            let still = self.b.compare(Compare::Eq, factor, zero);
            let factor = self.b.select(still, one, factor);
            let fixed = self.b.unary(Unary::StopGradient, next);
            let change = self.b.binary(Binary::Sub, next, fixed);
            let square = self.b.binary(Binary::Mul, factor, factor);
            let pull = self.b.binary(Binary::Div, change, square);
            pulls.push(self.b.select(still, zero, pull));
            held.push(self.b.select(still, next, fixed));
            let size = self.b.unary(Unary::Abs, factor);
            let log = self.b.unary(Unary::Log, size);
            let log = self.sum_of(log);
            log_density = self.b.binary(Binary::Sub, log_density, log);
        }
        let increment = self.reaching(&func, &captured, &w, &pulls, at)?;
        let h = self.b.convert(h, self.sizes.float);
        let double = self.b.binary(Binary::Add, h, h);
        for u in increment.leaves() {
            let square = self.b.binary(Binary::Mul, u, u);
            let square = self.sum_of(square);
            let exponent = self.b.binary(Binary::Div, square, double);
            log_density = self.b.binary(Binary::Sub, log_density, exponent);
        }
        let next = shape.with_leaves(&mut held.into_iter());
        Ok(Fixed { next, increment, log_density })
    }

    /// `u = w - (y' - y'₀) / B`, where `pulls` is `(y' - y'₀) / B²` and `func` gives `y'` of `w`: its
    /// transposed derivative multiplies by `B` and brings each entry to its channel.
    fn reaching(
        &mut self,
        func: &sdec_ssa::Func,
        captured: &[Value],
        w: &Val,
        pulls: &[Value],
        at: Span,
    ) -> Result<Val> {
        let leaves = w.leaves();
        let own: Vec<usize> = (0..leaves.len()).collect();
        let pulled = vjp::run(func, &own).map_err(|error| no_derivative(&error, at))?;
        let args = [leaves.as_slice(), captured, pulls].concat();
        let results = inline(&mut self.b, &pulled, &args);
        let back = &results[func.body.results.len()..];
        let mut reached = Vec::new();
        for (&w, &back) in leaves.iter().zip(back) {
            reached.push(self.b.binary(Binary::Sub, w, back));
        }
        Ok(w.with_leaves(&mut reached.into_iter()))
    }

    /// The logarithm of a density, of each array of what has it.
    pub(super) fn logs_of(&mut self, law: &hir::Expr, env: &Env) -> Result<Vec<Value>> {
        let logs = self.eval(law, env)?;
        let leaves = self.materialise(&logs, &law.ty, env).leaves();
        Ok(leaves.into_iter().map(|leaf| self.sum_of(leaf)).collect())
    }

    /// The sum of all entries.
    fn sum_of(&mut self, array: Value) -> Value {
        let ty = self.b.ty(array).clone();
        if ty.shape.is_empty() {
            return array;
        }
        let flat = self.b.reshape(array, &[ty.entries()]);
        self.b.sum(flat)
    }
}
