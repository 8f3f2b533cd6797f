//! Between the Itô and the Stratonovich form of an equation: the drift ½ Σⱼ (∂gⱼ) gⱼ, where gⱼ is the
//! diffusion of channel j and ∂ its derivative with respect to the state, taken by `ad`.

use sdec_base::Span;
use sdec_hir::{Arith, Convention, Derivative, NoiseClass, Ty};
use sdec_ssa::{Compare, Scalar, Type, Value};

use super::Lowerer;
use super::advance::System;
use super::types::Result;
use super::value::{Function, Val};

impl Lowerer<'_> {
    /// The drift of the model in the form that a method of this convention solves.
    pub(super) fn corrected_drift(&mut self, to: Convention, args: &[Val]) -> Result<Val> {
        if let Some(entries) = self.entries_of_paths() {
            let one = &mut |this: &mut Self, y: &[Val]| {
                this.corrected_drift(to, &[args[0].clone(), y[0].clone()])
            };
            return self.each_path(entries, &args[1..], one);
        }
        let drift = self.drift(args)?;
        let scope = self.scope.as_ref().expect("drift and diffusion are called in a solve");
        let (model, env) = (scope.model, scope.env.clone());
        let system = self.model_system(model, &env);
        let at = model.noises.first().map_or(model.span, |noise| noise.span);
        let class = model.class_in(self.program, !self.logs.is_empty());
        let term = self.correction(&system, class, args[0].array(), &args[1], at)?;
        let op = match to {
            Convention::Ito => Arith::Add,
            Convention::Stratonovich => Arith::Sub,
        };
        Ok(self.arith(op, &drift, &term))
    }

    /// ½ Σⱼ (∂gⱼ) gⱼ at time `t` and state `y`: the Itô drift less the Stratonovich drift is this.
    ///
    /// Where no channel reads what another drives, (∂gⱼ) gₖ = 0 for j ≠ k, so that one derivative of
    /// Σⱼ gⱼ along itself suffices.
    pub(super) fn correction(
        &mut self,
        system: &System,
        class: NoiseClass,
        t: Value,
        y: &Val,
        at: Span,
    ) -> Result<Val> {
        let sum = match class {
            NoiseClass::None | NoiseClass::Additive => return Ok(Val::Zero),
            NoiseClass::Diagonal | NoiseClass::Commutative => {
                let ones = self.filled(&system.noise, 1.0);
                self.along_itself(system, t, y, ones, at)?
            }
            NoiseClass::General => self.over_channels(&system.noise, &mut |this, w| {
                this.along_itself(system, t, y, w, at)
            })?,
        };
        let half = Val::Array(self.b.float(self.sizes.float, 0.5));
        Ok(self.arith(Arith::Mul, &half, &sum))
    }

    /// (∂g(·, w)) g(y, w)
    fn along_itself(
        &mut self,
        system: &System,
        t: Value,
        y: &Val,
        w: Val,
        at: Span,
    ) -> Result<Val> {
        let g =
            Val::Function(Function::At { g: system.diffusion.clone(), t: Val::Array(t), w }.into());
        let value = self.call(&g, vec![y.clone()], at)?;
        let ty = Ty::Function(vec![system.state.clone()], Box::new(system.state.clone()));
        self.derivative(Derivative::Jvp, &g, &ty, &[y.clone(), value], at)
    }

    /// The sum of what each channel gives, one after another, of its unit increment.
    pub(super) fn over_channels(
        &mut self,
        noise: &Ty,
        of: &mut dyn FnMut(&mut Self, Val) -> Result<Val>,
    ) -> Result<Val> {
        let zero = self.filled(noise, 0.0);
        let leaves = zero.leaves();
        let mut sum = Val::Zero;
        for (place, &leaf) in leaves.iter().enumerate() {
            let ty = self.b.ty(leaf).clone();
            if ty.entries() == 0 {
                continue;
            }
            let unit = |one: Value| {
                let mut with = leaves.clone();
                with[place] = one;
                zero.with_leaves(&mut with.into_iter())
            };
            let term = if ty.shape.is_empty() {
                let one = self.b.float(ty.scalar, 1.0);
                of(self, unit(one))?
            } else {
                let channel = self.b.open_region(&[Type::scalar(Scalar::I64)])[0];
                let one = self.unit(channel, &ty);
                let term = of(self, unit(one));
                let results = term.as_ref().map(Val::leaves).unwrap_or_default();
                let region = self.b.close_region(results);
                let terms = self.b.map_of(ty.entries(), region);
                let sums: Vec<Value> = terms.into_iter().map(|terms| self.b.sum(terms)).collect();
                term?.with_leaves(&mut sums.into_iter())
            };
            sum = self.arith(Arith::Add, &sum, &term);
        }
        Ok(sum)
    }

    /// One in entry `place`, counted row by row, and zero elsewhere.
    fn unit(&mut self, place: Value, ty: &Type) -> Value {
        let (one, zero) = (self.b.float(ty.scalar, 1.0), self.b.float(ty.scalar, 0.0));
        let flat = self.b.map(ty.entries(), |b, k| {
            let here = b.compare(Compare::Eq, k, place);
            vec![b.select(here, one, zero)]
        })[0];
        self.b.reshape(flat, &ty.shape)
    }
}
