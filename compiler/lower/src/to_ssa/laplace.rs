//! The likelihood of a row of data whatever it has for itself: an integral over that, as a function of the
//! library makes it of the density.
//!
//! ```text
//! height(u) = Σ log p(datum; y(η)) + log p(η) + log |∂η/∂u|        η = constrained(u)
//! ```

use sdec_hir::{self as hir, IndexSet, Size, Stage};
use sdec_ssa::{Binary, Scalar, Type, Value};

use super::env::{Env, Generics};
use super::evidence::{Aspect, Evidence};
use super::solve::{Scope, Solve};
use super::types::Result;
use super::unconstrained::free_shape;
use super::value::{Function, Val};
use super::{Binding, Lowerer};

/// A row of data, as [`Function::Row`] needs it.
#[derive(Clone)]
pub(super) struct Row<'a> {
    model: &'a hir::Model,
    wanted: &'a Solve<'a>,
    evidence: &'a Evidence,
    /// With inputs, before anything that reads what the row has for itself.
    env: Env,
    /// What it has for itself.
    params: Vec<&'a hir::Param>,
}

impl<'a> Lowerer<'a> {
    /// The logarithm of the density of a row, `F64`, by the library's `integral`; or where it is largest, by its
    /// `mode`.
    pub(super) fn integrated(
        &mut self,
        wanted: &'a Solve<'a>,
        evidence: &'a Evidence,
        integral: hir::DefId,
        env: Env,
    ) -> Result<Vec<Value>> {
        let model = &self.program.models[wanted.model];
        let of_rows = |param: &&hir::Param| wanted.row_params.contains(&param.local);
        let params: Vec<&hir::Param> = model.params.iter().filter(of_rows).collect();
        let mut starts = Vec::new();
        for param in &params {
            let local = &self.program.locals[param.local];
            let ty = self.sizes.concrete(&local.ty, &env.generics);
            for (k, (leaf, of)) in param.leaves.iter().zip(self.sizes.leaves(&ty)).enumerate() {
                let name = format!("{}{}.start", local.name, leaf.name);
                let shape = free_shape(&leaf.constraint, &of.shape, local.span)?;
                let of = Type { scalar: Scalar::F64, shape };
                let entries = of.entries();
                let start = self.parameter(Binding::Free(param.local, k), &name, of);
                let start = self.b.convert(start, self.sizes.float);
                starts.push(self.b.reshape(start, &[entries]));
            }
        }
        let start = if starts.len() == 1 { starts[0] } else { self.b.concat(starts) };
        let n = self.b.ty(start).shape[0];
        self.row = Some(Row { model, wanted, evidence, env: env.clone(), params: params.clone() });
        let def = &self.program.defs[integral];
        let mut generics = Generics::default();
        for &var in &def.sizes {
            let n = i64::try_from(n).expect("the checker bounds sizes");
            generics.sizes.insert(var, IndexSet::Size(Size::number(n)));
        }
        let scope = Env::default().with_generics(generics);
        let args = vec![Val::Function(Function::Row.into()), Val::Array(start)];
        let value = self.call_def(integral, scope.clone(), args)?;
        let value = self.materialise(&value, &def.body.ty, &scope).array();
        if evidence.aspect != Aspect::Modes {
            return Ok(vec![self.b.convert(value, Scalar::F64)]);
        }
        let (parts, _) = self.parts(&params, value, &env);
        Ok(parts.concat().into_iter().map(|part| self.b.convert(part, Scalar::F64)).collect())
    }

    /// The arrays of each parameter that a vector of unconstrained numbers makes, and the logarithm of the slope.
    fn parts(&mut self, params: &[&hir::Param], u: Value, env: &Env) -> (Vec<Vec<Value>>, Value) {
        let mut total = self.b.float(self.sizes.float, 0.0);
        let mut first = 0;
        let mut all = Vec::new();
        for param in params {
            let local = &self.program.locals[param.local];
            let ty = self.sizes.concrete(&local.ty, &env.generics);
            let mut values = Vec::new();
            for (leaf, of) in param.leaves.iter().zip(self.sizes.leaves(&ty)) {
                let entries = leaf.constraint.free_shape(&of.shape).iter().product();
                let part = self.b.slice(u, first, entries);
                first += entries;
                let (value, slopes) = self.constrained(part, &leaf.constraint, &of.shape);
                if let Some(slopes) = slopes {
                    let entries = self.b.ty(slopes).entries();
                    let slopes = self.b.reshape(slopes, &[entries]);
                    let slopes = self.b.sum(slopes);
                    total = self.b.binary(Binary::Add, total, slopes);
                }
                values.push(value);
            }
            all.push(values);
        }
        (all, total)
    }

    /// [`Function::Row`] at `u`.
    pub(super) fn row_density(&mut self, u: Value) -> Result<Val> {
        let Row { model, wanted, evidence, mut env, params } =
            self.row.clone().expect("an integral has a row");
        let (parts, mut total) = self.parts(&params, u, &env);
        for (param, values) in params.iter().zip(parts) {
            let ty = self.sizes.concrete(&self.program.locals[param.local].ty, &env.generics);
            let value = self.assemble(&ty, &mut values.into_iter());
            env.bind(param.local, value);
        }
        self.inputs_of_params(model, &wanted.inputs, &mut env)?;
        for law in params.iter().filter_map(|param| param.prior.as_ref()) {
            let value = self.prior(model, law, &env)?;
            total = self.b.binary(Binary::Add, total, value);
        }
        self.model_lets(model, &mut env, |stage| stage <= Stage::Row)?;
        self.scope = Some(Scope::new(model, env.clone()));
        let start = self.initial(model, &mut env.clone())?;
        let steps = self.steps(wanted, model, &env)?;
        let at = self.b.int(0);
        let (start, _) = self.moved(&steps, at, None, &start)?;
        let path = match wanted.grid.own {
            Some(most) => self.own_path(&steps, wanted.grid, most, start)?,
            None => self.path(&steps, wanted.grid, start)?,
        };
        let density = self.evidence(model, evidence, wanted.grid, &path)?[0];
        let density = self.b.convert(density, self.sizes.float);
        Ok(Val::Array(self.b.binary(Binary::Add, total, density)))
    }
}
