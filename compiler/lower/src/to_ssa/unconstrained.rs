//! From the unconstrained numbers that a fit moves to the parameters of a model, and the density of their
//! priors.
//!
//! | constraint | from ℝ |
//! |---|---|
//! | `Real` | itself |
//! | `Positive`, `NonNeg` | `log(1 + exp u)` |
//! | `Unit`, `Interval(a, b)` | `a + (b − a) / (1 + exp(−u))` |
//! | of several numbers | see `tied` |

use sdec_base::{Diagnostic, Span, Special};
use sdec_hir::{self as hir, Constraint};
use sdec_ssa::{Binary, Scalar, Type, Unary, Value};

use super::env::Env;
use super::types::{Result, not_built};
use super::{Binding, Lowered, Lowerer};

/// Which parameters, and what of them.
#[derive(Clone, Debug)]
pub struct Unconstrained<'a> {
    /// The model whose parameters they are.
    pub model: &'a hir::Model,
    /// Numbers of its sizes.
    pub instance: &'a hir::Instance,
    /// Inputs of which each row has its own.
    pub inputs: &'a [hir::LocalId],
    /// The parameters that move, with their declarations.
    pub params: &'a [&'a hir::Param],
    /// How many rows there are: so many values has a parameter of which each has its own.
    pub rows: u64,
    /// Whether the density of the priors is wanted.
    pub priors: bool,
    /// Whether it is that of the unconstrained numbers.
    pub jacobian: bool,
}

/// The extents of the free numbers of an array of a parameter.
///
/// # Errors
///
/// It is tied so that nothing is free.
pub(super) fn free_shape(constraint: &Constraint, shape: &[u64], at: Span) -> Result<Vec<u64>> {
    let free = constraint.free_shape(shape);
    if constraint.axes() > 0 && free.contains(&0) {
        return not_built("a fit of a parameter that has no free number", at);
    }
    Ok(free)
}

/// A program from the unconstrained arrays to the arrays of all parameters, in order, then logarithms of
/// densities, `F64`: that of all constraints, 0 where it is not wanted, and those of the priors, if wanted.
///
/// # Errors
///
/// A located refusal of what cannot be run yet.
pub fn unconstrained<'a>(
    program: &'a hir::Program,
    wanted: &Unconstrained<'a>,
) -> std::result::Result<Lowered, Box<Diagnostic>> {
    let mut lowerer = Lowerer::new(program, "parameters", false);
    let mut env = lowerer.top(Some(wanted.instance));
    let mut results = Vec::new();
    let mut slopes = lowerer.b.float(Scalar::F64, 0.0);
    for param in wanted.params {
        let local = &program.locals[param.local];
        let ty = lowerer.sizes.concrete(&local.ty, &env.generics);
        let mut values = Vec::new();
        for (k, (leaf, of)) in param.leaves.iter().zip(lowerer.sizes.leaves(&ty)).enumerate() {
            let name = format!("{}{}", local.name, leaf.name);
            let rows = param.per.as_ref().map(|_| wanted.rows);
            let shape: Vec<u64> = rows.into_iter().chain(of.shape).collect();
            let free = free_shape(&leaf.constraint, &shape, local.span)?;
            let of = Type { scalar: of.scalar, shape: free };
            let free = lowerer.parameter(Binding::Free(param.local, k), &name, of);
            let (value, jacobian) = lowerer.constrained(free, &leaf.constraint, &shape);
            if let Some(jacobian) = jacobian.filter(|_| wanted.jacobian) {
                let entries = lowerer.b.ty(jacobian).entries();
                let flat = lowerer.b.reshape(jacobian, &[entries]);
                let sum = lowerer.b.sum(flat);
                slopes = lowerer.b.binary(Binary::Add, slopes, sum);
            }
            values.push(value);
        }
        results.extend(&values);
        let value = lowerer.assemble(&ty, &mut values.into_iter());
        env.bind(param.local, value);
    }
    results.push(slopes);
    if wanted.priors {
        lowerer.inputs_of_params(wanted.model, wanted.inputs, &mut env)?;
    }
    for param in wanted.params.iter().filter(|_| wanted.priors) {
        let Some(prior) = &param.prior else { continue };
        results.push(match param.per {
            None => lowerer.prior(wanted.model, prior, &env)?,
            Some(_) => lowerer.prior_of_rows(wanted, param, prior, &env)?,
        });
    }
    Ok(lowerer.finish(results))
}

impl<'a> Lowerer<'a> {
    /// The logarithm of the density of a prior.
    pub(super) fn prior(
        &mut self,
        model: &'a hir::Model,
        prior: &'a hir::Expr,
        env: &Env,
    ) -> Result<Value> {
        let mut env = env.clone();
        for stmt in model.lets_read(prior, self.program) {
            let value = self.eval(&stmt.value, &env)?;
            self.bind(&stmt.pattern, &value, &stmt.value.ty, &mut env);
        }
        let value = self.eval(prior, &env)?;
        Ok(self.materialise(&value, &prior.ty, &env).array())
    }

    /// The sum over the rows of that of a parameter of which each row has its own.
    fn prior_of_rows(
        &mut self,
        wanted: &Unconstrained<'a>,
        param: &hir::Param,
        prior: &'a hir::Expr,
        env: &Env,
    ) -> Result<Value> {
        let all = env.get(param.local).expect("parameters are bound before their priors");
        let k = self.b.open_region(&[Type::scalar(Scalar::I64)])[0];
        let mut env = env.clone();
        let own = all.map(|rows| self.b.index(rows, k));
        env.bind(param.local, own);
        let value = self.prior(wanted.model, prior, &env);
        let region = self.b.close_region(value.iter().copied().collect());
        value?;
        let terms = self.b.map_of(wanted.rows, region)[0];
        Ok(self.b.sum(terms))
    }

    /// The array of this shape that a constraint makes of free numbers, and the logarithms of the slopes or of the
    /// volumes; none where all are 1.
    pub(super) fn constrained(
        &mut self,
        free: Value,
        constraint: &Constraint,
        shape: &[u64],
    ) -> (Value, Option<Value>) {
        let (value, slopes) = match *constraint {
            Constraint::Real => (free, None),
            Constraint::Positive | Constraint::NonNeg => {
                let value = self.b.unary(Unary::Special(Special::Softplus), free);
                (value, Some(self.log_sigmoid(free)))
            }
            Constraint::Unit => self.between(free, 0.0, 1.0),
            Constraint::Interval(low, high) => self.between(free, low, high),
            Constraint::Simplex | Constraint::Ordered | Constraint::Chol | Constraint::Corr => {
                let (value, volume) = self.tied(free, constraint, shape);
                (value, Some(volume))
            }
        };
        (self.b.reshape(value, shape), slopes)
    }

    fn between(&mut self, free: Value, low: f64, high: f64) -> (Value, Option<Value>) {
        let ty = self.b.ty(free).clone();
        let part = self.b.unary(Unary::Special(Special::Sigmoid), free);
        let (start, width) = (self.b.filled(&ty, low), self.b.filled(&ty, high - low));
        let scaled = self.b.binary(Binary::Mul, part, width);
        let value = self.b.binary(Binary::Add, scaled, start);
        let opposite = self.b.unary(Unary::Neg, free);
        let (a, b) = (self.log_sigmoid(free), self.log_sigmoid(opposite));
        let slope = self.b.binary(Binary::Add, a, b);
        let factor = self.b.filled(&ty, (high - low).ln());
        (value, Some(self.b.binary(Binary::Add, slope, factor)))
    }

    /// `−log(1 + exp(−u))`
    pub(super) fn log_sigmoid(&mut self, free: Value) -> Value {
        let opposite = self.b.unary(Unary::Neg, free);
        let above = self.b.unary(Unary::Special(Special::Softplus), opposite);
        self.b.unary(Unary::Neg, above)
    }
}
