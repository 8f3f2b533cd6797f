//! The stochastic adjoint (Li et al. 2020; Chen et al. 2018 for ODEs): the state, its cotangent and
//! those of what the fields read solve, in reversed time `s = −t` on the same noise,
//!
//! ```text
//! d(y, ȳ, θ̄) = (−f, ∂f/∂yᵀ ȳ, ∂f/∂θᵀ ȳ) ds + (−g, ∂g/∂yᵀ ȳ, ∂g/∂θᵀ ȳ) ∘ dW
//! ```
//!
//! A step back is a step of the solve's own method from `s = −(t + h)`; one that keeps something from
//! step to step begins anew, since the cotangent jumps at kept times. So the derivative is that of the equation, not of the scheme, up to the method's order. The equation is that of the model's
//! Stratonovich form, since only there the adjoint is that of the paths; a method for Itô noise is given
//! the Itô form of the whole. Channels that do not read what others drive do not do so here either: an
//! entry of `ȳ` is read by the channels that drive the state's, and driven by those that read it.

use sdec_ad::vjp;
use sdec_base::Span;
use sdec_hir::{self as hir, Convention, Ty};
use sdec_ssa::{Binary, Func, Scalar, Type, Unary, Value, inline, outline};

use super::Lowerer;
use super::advance::System;
use super::backward::{Arrived, Backwards};
use super::derivative::no_derivative;
use super::steps::is_one_form;
use super::types::Result;
use super::value::{Function, Val};

/// A field of the adjoint equation: `(s, (y, ȳ, θ̄))`, and an increment for a diffusion.
#[derive(Debug)]
pub(super) struct Field {
    /// From `t`, `y`, the increment, what is captured and `ȳ` to the field, then `∂/∂yᵀ ȳ` and `∂/∂θᵀ ȳ`.
    pulled: Func,
    captured: Vec<Value>,
    /// The state's space and the noise's.
    spaces: [Ty; 2],
    /// For each of `θ`, its place among the results; none where this field does not read it.
    places: Vec<Option<usize>>,
}

/// Drift or diffusion of a system, cut out: of time, state and, for a diffusion, increment.
pub(super) struct Cut {
    func: Func,
    /// What it reads beside them: its last parameters.
    pub(super) captured: Vec<Value>,
}

impl<'a> Lowerer<'a> {
    /// Drift and diffusion of the model.
    pub(super) fn fields(&mut self, system: &System, at: Span) -> Result<[Cut; 2]> {
        let drift = self.cut_field(&system.drift, system, false, at)?;
        Ok([drift, self.cut_field(&system.diffusion, system, true, at)?])
    }

    /// The solve backwards.
    pub(super) fn adjoint(
        &mut self,
        backwards: &Backwards<'_, 'a>,
        system: &System,
        fields: [Cut; 2],
    ) -> Result<Arrived> {
        let steps = backwards.steps;
        let mut augmented = self.augmented(backwards, system, fields)?;
        let class = steps.model.class;
        if steps.scheme.method.convention == Convention::Ito && !is_one_form(class) {
            let form = Function::ItoDrift { system: augmented.clone(), class };
            augmented.drift = Val::Function(form.into());
        }
        let last = self.last_cotangent(backwards);
        let carry = Val::Parts(vec![backwards.path.last.y.clone(), last]);
        let (carry, read) = self.solve_back(backwards, carry, &mut |this, passed, at, sums| {
            let [y, ct] = at.parts() else { unreachable!("the carry has two parts") };
            let y = this.kept_state_at(backwards, passed, y);
            let ct = this.at_kept(backwards, passed, ct);
            let end = this.b.binary(Binary::Add, passed.t, passed.length);
            let s = this.b.unary(Unary::Neg, end);
            let h = this.b.convert(passed.length, this.sizes.float);
            let z = Val::Parts(vec![y, ct, sums]);
            let from = this.begin(steps.scheme, &augmented, s, z)?;
            let w = passed.w.clone();
            let next = this.advance(steps.scheme, &augmented, [s, h], from, w)?;
            let [y, ct, sums] = next.y.parts() else { unreachable!("the space has three parts") };
            Ok((Val::Parts(vec![y.clone(), ct.clone()]), sums.clone()))
        })?;
        Ok(Arrived { point: carry.parts()[1].leaves(), read, results: Vec::new() })
    }

    /// The adjoint equation of a system.
    fn augmented(
        &mut self,
        backwards: &Backwards<'_, 'a>,
        system: &System,
        [drift, diffusion]: [Cut; 2],
    ) -> Result<System> {
        let mut field = |of: Cut| -> Result<Val> {
            let field = self.field(of, system, backwards)?;
            Ok(Val::Function(Function::Adjoint(field).into()))
        };
        let (drift, diffusion) = (field(drift)?, field(diffusion)?);
        let read = backwards.read.iter().map(|&value| table(&self.b.ty(value).shape)).collect();
        let state = Ty::Tuple(vec![system.state.clone(), system.state.clone(), Ty::Tuple(read)]);
        Ok(System { drift, diffusion, state, noise: system.noise.clone() })
    }

    fn field(&mut self, of: Cut, system: &System, backwards: &Backwards<'_, 'a>) -> Result<Field> {
        let Cut { func, captured } = of;
        let own = func.params.len() - captured.len();
        let leaves = self.sizes.leaves(&system.state).len();
        let mut wrt: Vec<usize> = (1..=leaves).collect();
        let mut places = Vec::new();
        for value in &backwards.read {
            places.push(captured.iter().position(|other| other == value).map(|at| {
                wrt.push(own + at);
                leaves + wrt.len() - 1
            }));
        }
        let pulled =
            vjp::run(&func, &wrt).map_err(|error| no_derivative(&error, backwards.span))?;
        let spaces = [system.state.clone(), system.noise.clone()];
        Ok(Field { pulled, captured, spaces, places })
    }

    fn cut_field(
        &mut self,
        of: &Val,
        system: &System,
        is_diffusion: bool,
        at: Span,
    ) -> Result<Cut> {
        let mut types = vec![Type::scalar(Scalar::F64)];
        types.extend(self.sizes.leaves(&system.state));
        if is_diffusion {
            types.extend(self.sizes.leaves(&system.noise));
        }
        let params = self.b.open_region(&types);
        let mut rest = params[1..].iter().copied();
        let mut args = vec![Val::Array(params[0]), self.assemble(&system.state, &mut rest)];
        if is_diffusion {
            args.push(self.assemble(&system.noise, &mut rest));
        }
        let value = self.call(of, args, at);
        let value = value.map(|value| self.materialise_concrete(&value, &system.state));
        let leaves = value.as_ref().map(Val::leaves).unwrap_or_default();
        let region = self.b.close_region(leaves);
        value?;
        let (func, captured) = outline(&self.b, "field", region);
        Ok(Cut { func, captured })
    }

    /// A field of the adjoint equation applied to `(s, (y, ȳ, θ̄))` and, if it is a diffusion, an
    /// increment.
    pub(super) fn adjoint_field(&mut self, field: &Field, args: &[Val]) -> Val {
        let [state, noise] = &field.spaces;
        let s = self.b.convert(args[0].array(), Scalar::F64);
        let (y, ct) = (&args[1].parts()[0], &args[1].parts()[1]);
        let (y, ct) = (self.materialise_concrete(y, state), self.materialise_concrete(ct, state));
        let mut values = vec![self.b.unary(Unary::Neg, s)];
        values.extend(y.leaves());
        if let Some(w) = args.get(2) {
            values.extend(self.materialise_concrete(w, noise).leaves());
        }
        values.extend(&field.captured);
        values.extend(ct.leaves());
        let results = inline(&mut self.b, &field.pulled, &values);
        let (value, pulled) = results.split_at(y.leaves().len());
        let value: Vec<Value> = value.iter().map(|&x| self.b.unary(Unary::Neg, x)).collect();
        let read = field.places.iter().map(|place| match place {
            Some(at) => Val::Array(results[*at]),
            None => Val::Zero,
        });
        let read = Val::Parts(read.collect());
        let value = y.with_leaves(&mut value.into_iter());
        Val::Parts(vec![value, y.with_leaves(&mut pulled.iter().copied()), read])
    }
}

/// The type of an array of floats.
fn table(shape: &[u64]) -> Ty {
    shape.iter().rev().fold(Ty::Float, |entry, &extent| {
        let extent = i64::try_from(extent).expect("extents fit i64");
        let set = hir::IndexSet::Size(hir::Size::number(extent));
        Ty::Table(set, Box::new(entry))
    })
}
