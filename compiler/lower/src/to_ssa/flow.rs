//! The density that an equation without noise carries along from the law of its start.
//!
//! ```text
//! log p(x at T) = log p₀(z(t₀)) − ∫ tr ∂f/∂z dt        along the solution that ends in x
//! ```
//!
//! State and integral are solved together from the datum backwards. The method sees an equation in
//! `s = T − t`: its times run from 0 to `T − t₀`.

use sdec_base::{Diagnostic, Span};
use sdec_hir::{self as hir, Derivative, Ty};
use sdec_ssa::{Binary, Scalar, Unary, Value};

use super::advance::System;
use super::solve::{Scope, Solve};
use super::types::{Result, not_built};
use super::value::{Function, Val};
use super::{Lowered, Lowerer, OfRow};

/// The field of the state and of the integral.
#[derive(Clone, Debug)]
pub(super) struct Backwards {
    /// `T`
    end: Value,
    /// Of the state.
    ty: Ty,
    /// Along which the trace is estimated, if it is.
    direction: Option<Value>,
    span: Span,
}

/// A program of the log density of a row, `F64`, by the steps of a solve.
///
/// # Errors
///
/// A located refusal of what cannot be run yet.
pub fn flow(
    program: &hir::Program,
    wanted: &Solve<'_>,
    trace: hir::Trace,
) -> std::result::Result<Lowered, Box<Diagnostic>> {
    let model = &program.models[wanted.model];
    let mut lowerer = Lowerer::new(program, &model.name, wanted.single);
    let mut env = lowerer.top(Some(wanted.instance));
    lowerer.own_values(model, &wanted.inputs, &wanted.row_params, &mut env)?;
    lowerer.model_lets(model, &mut env, |stage| stage <= hir::Stage::Row)?;
    lowerer.scope = Some(Scope::new(model, env.clone()));
    let (state, init, seen) = (&model.states[0], &model.inits[0], &model.observations[0]);
    let ty = lowerer.sizes.concrete(&program.locals[state.local].ty, &env.generics);
    let is_vector = matches!(&ty, Ty::Table(_, of) if **of == Ty::Float);
    if ty != Ty::Float && !is_vector {
        return not_built("a flow of a state that is neither a number nor a vector", seen.span);
    }
    let at = seen.at.as_ref().expect("the checker wants a time of flows");
    let end = lowerer.eval(at, &env)?.array();
    let end = lowerer.b.convert(end, Scalar::F64);
    let data = lowerer.data(0, &seen.name, &ty, None);
    let direction = match trace {
        hir::Trace::Exact => None,
        hir::Trace::Hutchinson => {
            let of = lowerer.sizes.leaves(&ty).remove(0);
            Some(lowerer.own_parameter(OfRow::Direction, "direction", of, true))
        }
    };
    let back = Backwards { end, ty: ty.clone(), direction, span: seen.span };
    let sum = ("∫".to_owned(), Ty::Float);
    let name = program.locals[state.local].name.clone();
    let system = System {
        drift: Val::Function(Function::Flow(back).into()),
        diffusion: Val::Function(Function::Still.into()),
        state: Ty::Record(vec![(name, ty.clone()), sum]),
        noise: Ty::Record(Vec::new()),
    };
    let zero = lowerer.b.float(lowerer.sizes.float, 0.0);
    let first = Val::Parts(vec![Val::Array(data[0]), Val::Array(zero)]);
    let mut steps = lowerer.steps(wanted, model, &env)?;
    steps.system = Some(system);
    let path = match wanted.adaptive {
        None => lowerer.path(&steps, wanted.grid, first)?,
        Some(adaptive) => {
            lowerer.adaptive_path(&steps, wanted.grid, adaptive, first, (0, false))?
        }
    };
    let kept = path.kept.map(|rows| lowerer.b.row(rows, 0));
    let [start, integral] = kept.parts() else { unreachable!("a state and an integral") };
    env.bind(state.local, start.clone());
    let densities = init.log_density.as_ref().expect("the checker wants a law of the start");
    let first = lowerer.eval(densities, &env)?;
    let first = lowerer.materialise(&first, &densities.ty, &env);
    let first = lowerer.flat(&first);
    let first = lowerer.b.sum(first);
    let both = [first, integral.array()].map(|value| lowerer.b.convert(value, Scalar::F64));
    let density = lowerer.b.binary(Binary::Add, both[0], both[1]);
    let mut results = vec![density];
    let status = path.status.map(|status| {
        results.push(status);
        results.len() - 1
    });
    Ok(Lowered { status, ..lowerer.finish(results) })
}

impl Lowerer<'_> {
    /// The field in `s = T − t`: of the state `−f`, of the integral `−tr ∂f/∂z`.
    pub(super) fn flow_field(&mut self, back: &Backwards, args: &[Val]) -> Result<Val> {
        let s = self.b.convert(args[0].array(), Scalar::F64);
        let t = self.b.binary(Binary::Sub, back.end, s);
        let z = args[1].parts()[0].clone();
        let f = Val::Function(Function::AtTime(Box::new(Val::Array(t)), back.ty.clone()).into());
        let ty = Ty::Function(vec![back.ty.clone()], Box::new(back.ty.clone()));
        let drift = self.call(&f, vec![z.clone()], back.span)?;
        let trace = match back.direction {
            Some(v) => {
                let args = [z, Val::Array(v)];
                let along = self.derivative(Derivative::Jvp, &f, &ty, &args, back.span)?.array();
                let product = self.b.binary(Binary::Mul, along, v);
                if back.ty == Ty::Float { product } else { self.b.sum(product) }
            }
            None if back.ty == Ty::Float => {
                let one = self.b.float(self.sizes.float, 1.0);
                let args = [z, Val::Array(one)];
                self.derivative(Derivative::Jvp, &f, &ty, &args, back.span)?.array()
            }
            None => self.derivative(Derivative::Div, &f, &ty, &[z], back.span)?.array(),
        };
        let backwards = drift.map(|x| self.b.unary(Unary::Neg, x));
        let trace = self.b.unary(Unary::Neg, trace);
        Ok(Val::Parts(vec![backwards, Val::Array(trace)]))
    }

    /// The drift of the only state at a time, a function of the state.
    pub(super) fn drift_at_time(&mut self, t: &Val, ty: &Ty, z: Val) -> Result<Val> {
        let drift = self.drift(&[t.clone(), Val::Parts(vec![z])])?;
        Ok(self.conform(&drift.parts()[0].clone(), ty))
    }
}
