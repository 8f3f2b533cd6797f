//! A method's functions applied: its first carry, its step, its step undone.
//!
//! Drift and diffusion are given as values, so that a method solves any equation, not only a model's.

use sdec_hir::{self as hir, DefId, NoiseClass, Ty};
use sdec_ssa::Value;

use super::Lowerer;
use super::env::{Env, Generics};
use super::types::Result;
use super::value::Val;

/// A method and which of its steps.
#[derive(Clone, Copy)]
pub(super) struct Scheme<'a> {
    pub(super) method: &'a hir::Method,
    /// Of the noise.
    pub(super) class: NoiseClass,
}

/// What a method is applied to: fields over two vector spaces.
#[derive(Clone, Debug)]
pub(super) struct System {
    /// `(Time, s) -> s`
    pub(super) drift: Val,
    /// `(Time, s, m) -> s`
    pub(super) diffusion: Val,
    /// `s`, without generic names.
    pub(super) state: Ty,
    /// `m`, without generic names.
    pub(super) noise: Ty,
}

/// Where a solve stands between two steps.
#[derive(Clone)]
pub(super) struct Point {
    /// The state.
    pub(super) y: Val,
    /// What the method keeps; no parts where it keeps nothing.
    pub(super) carry: Val,
}

impl Point {
    /// The run-time values in it: those of the state, then those of the carry.
    pub(super) fn leaves(&self) -> Vec<Value> {
        [self.y.leaves(), self.carry.leaves()].concat()
    }

    /// The same structure around other run-time values.
    pub(super) fn with_leaves(&self, leaves: &mut impl Iterator<Item = Value>) -> Self {
        Self { y: self.y.with_leaves(leaves), carry: self.carry.with_leaves(leaves) }
    }
}

impl Lowerer<'_> {
    /// The point at the start of a solve, at time `t`.
    pub(super) fn begin(
        &mut self,
        scheme: Scheme<'_>,
        system: &System,
        t: Value,
        y: Val,
    ) -> Result<Point> {
        let Some(start) = scheme.method.start else {
            return Ok(Point { y, carry: Val::Parts(Vec::new()) });
        };
        let (drift, diffusion) = (system.drift.clone(), system.diffusion.clone());
        let args = vec![drift, diffusion, Val::Array(t), y.clone()];
        let carry = self.method_def(system, start, args)?;
        Ok(Point { y, carry })
    }

    /// The point a step further, from time `t` to `t + h` by the increment `w`.
    pub(super) fn advance(
        &mut self,
        scheme: Scheme<'_>,
        system: &System,
        [t, h]: [Value; 2],
        from: Point,
        w: Val,
    ) -> Result<Point> {
        let step = scheme.method.step(scheme.class).expect("the checker lets methods fit");
        Ok(self.move_by(scheme, system, step, [t, h], from, w)?.0)
    }

    /// As [`Lowerer::advance`], with the estimate of the error, of a method that makes one.
    pub(super) fn attempt(
        &mut self,
        scheme: Scheme<'_>,
        system: &System,
        interval: [Value; 2],
        from: Point,
    ) -> Result<(Point, Val)> {
        let step = scheme.method.step(scheme.class).expect("the checker lets methods fit");
        let still = self.filled(&system.noise, 0.0);
        let (point, error) = self.move_by(scheme, system, step, interval, from, still)?;
        Ok((point, error.expect("the checker wants `err` of a method that is said to estimate it")))
    }

    /// The point a step before, at time `t`: undoes the step to `t + h` by the increment `w`.
    pub(super) fn retreat(
        &mut self,
        scheme: Scheme<'_>,
        system: &System,
        [t, h]: [Value; 2],
        from: Point,
        w: Val,
    ) -> Result<Point> {
        let back = scheme.method.back.expect("the checker lets reversible methods be undone");
        Ok(self.move_by(scheme, system, back, [t, h], from, w)?.0)
    }

    /// The point to which a step, or a step undone, leads, and the estimate of its error.
    fn move_by(
        &mut self,
        scheme: Scheme<'_>,
        system: &System,
        def: DefId,
        [t, h]: [Value; 2],
        from: Point,
        w: Val,
    ) -> Result<(Point, Option<Val>)> {
        let (drift, diffusion) = (system.drift.clone(), system.diffusion.clone());
        let carries = scheme.method.start.is_some();
        let mut args = vec![drift, diffusion, Val::Array(t), Val::Array(h)];
        args.extend(carries.then(|| from.carry.clone()));
        args.extend([from.y, w]);
        let result = self.method_def(system, def, args)?;
        // A record at this place is the function's own: the type of the state is generic in it.
        if !matches!(self.program.defs[def].body.ty, Ty::Record(_)) {
            return Ok((Point { y: result, carry: from.carry }, None));
        }
        let mut parts = result.parts().iter().cloned();
        let mut next = || parts.next().expect("the checker wants `y`, `carry` and `err`");
        let y = next();
        let carry = if carries { next() } else { from.carry };
        Ok((Point { y, carry }, parts.next()))
    }

    /// A function of the method, its result as its type says.
    fn method_def(&mut self, system: &System, def: DefId, args: Vec<Val>) -> Result<Val> {
        let declared = &self.program.defs[def];
        let mut generics = Generics::default();
        for (&var, ty) in declared.types.iter().zip([&system.state, &system.noise]) {
            generics.types.insert(var, ty.clone());
        }
        for &var in &declared.sizes {
            let of = self.program.sizes[var].dimension_of.and_then(|of| generics.types.get(&of));
            let numbers = self.sizes.leaves(of.expect("methods have no other sizes"));
            let count: u64 = numbers.iter().map(|leaf| leaf.shape.iter().product::<u64>()).sum();
            let count = i64::try_from(count).expect("sizes fit");
            generics.sizes.insert(var, hir::IndexSet::Size(hir::Size::number(count)));
        }
        let ty = self.sizes.concrete(&declared.body.ty, &generics);
        let result = self.call_def(def, Env::default().with_generics(generics), args)?;
        Ok(self.conform(&result, &ty))
    }

    /// The value with arrays for zeros that were not computed, in the precision of its type: what is
    /// made of times is in double precision.
    pub(super) fn conform(&mut self, value: &Val, ty: &Ty) -> Val {
        let value = self.materialise_concrete(value, ty);
        let types = self.sizes.leaves(ty);
        let converted: Vec<Value> = value
            .leaves()
            .into_iter()
            .zip(types)
            .map(|(leaf, ty)| self.b.convert(leaf, ty.scalar))
            .collect();
        value.with_leaves(&mut converted.into_iter())
    }
}
