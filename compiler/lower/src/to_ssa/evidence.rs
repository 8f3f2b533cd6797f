//! The likelihood of a row of data along the solution of an equation without noise.
//!
//! ```text
//! ℓ = Σ over observations, Σ over landmarks k where it is present: log p(datumₖ; y(tₖ))
//! ```
//!
//! Every observation has an entry for each landmark of the row; where it was not made, its entry is some
//! number that its law can give, and a mark says that it does not count.

use sdec_hir::{self as hir, Observed, Ty};
use sdec_ssa::{Binary, Compare, Scalar, Type, Value};

use super::env::Env;
use super::solve::{Grid, Path};
use super::types::Result;
use super::value::Val;
use super::{Binding, Lowerer};

/// An observation in the likelihood of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Its number in the model.
    pub observation: usize,
    /// Whether it is missing at some landmark of some row.
    pub missing: bool,
}

/// What is asked of a likelihood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The observations.
    pub seen: Vec<Seen>,
    /// Whether each term is wanted by itself, `[landmarks]` for each observation, rather than their sum.
    pub terms: bool,
}

impl<'a> Lowerer<'a> {
    /// The log-likelihood of a row, `F64`, or its terms.
    pub(super) fn evidence(
        &mut self,
        model: &'a hir::Model,
        evidence: &Evidence,
        grid: Grid,
        path: &Path,
    ) -> Result<Vec<Value>> {
        let landmarks = grid.rows + u64::from(grid.keeps_start);
        let ty = Type::array(Scalar::F64, &[landmarks]);
        let times = self.own_parameter(Binding::ObservedTimes, "seen.t", ty, grid.own.is_some());
        let mut all = Vec::new();
        for seen in &evidence.seen {
            all.push(self.terms(model, *seen, landmarks, times, &path.kept)?);
        }
        if evidence.terms {
            return Ok(all);
        }
        let mut total = self.b.float(Scalar::F64, 0.0);
        for terms in all {
            let sum = self.b.sum(terms);
            total = self.b.binary(Binary::Add, total, sum);
        }
        Ok(vec![total])
    }

    /// The terms of an observation, `F64 [landmarks]`.
    fn terms(
        &mut self,
        model: &'a hir::Model,
        seen: Seen,
        landmarks: u64,
        times: Value,
        kept: &Val,
    ) -> Result<Value> {
        let observation = &model.observations[seen.observation];
        let Observed::Law { datum, log_prob: Some(log_prob) } = &observation.observed else {
            unreachable!("the checker lets laws with densities be solved for")
        };
        let generics = self.scope.as_ref().map(|scope| scope.env.generics.clone());
        let declared = &self.program.locals[*datum].ty;
        let ty = self.sizes.concrete(declared, &generics.unwrap_or_default());
        let data = self.data(seen.observation, &observation.name, &ty, Some(landmarks));
        let present = seen.missing.then(|| {
            let name = format!("{}.present", observation.name);
            let ty = Type::array(Scalar::I64, &[landmarks]);
            self.own_parameter(Binding::Present(seen.observation), &name, ty, true)
        });
        let k = self.b.open_region(&[Type::scalar(Scalar::I64)])[0];
        let y = kept.map(|rows| self.b.index(rows, k));
        let t = self.b.index(times, k);
        let entry = data.iter().map(|&rows| self.b.index(rows, k)).collect::<Vec<_>>();
        let entry = self.assemble(&ty, &mut entry.into_iter());
        let term = self.term(t, &y, *datum, entry, log_prob).map(|term| match present {
            None => term,
            Some(present) => {
                let (mark, zero) = (self.b.index(present, k), self.b.int(0));
                let counts = self.b.compare(Compare::Ne, mark, zero);
                let nothing = self.b.float(Scalar::F64, 0.0);
                self.b.select(counts, term, nothing)
            }
        });
        let region = self.b.close_region(term.iter().copied().collect());
        term?;
        Ok(self.b.map_of(landmarks, region)[0])
    }

    /// The log density of what was observed at a time, in a state.
    fn term(
        &mut self,
        t: Value,
        y: &Val,
        datum: hir::LocalId,
        entry: Val,
        log_prob: &'a hir::Expr,
    ) -> Result<Value> {
        let (_, mut env) = self.along_path(&[Val::Array(t), y.clone()])?;
        env.bind(datum, entry);
        let value = self.eval(log_prob, &env)?;
        let value = self.materialise(&value, &log_prob.ty, &env).array();
        Ok(self.b.convert(value, Scalar::F64))
    }

    /// The arrays of an observation of a type, of which each row of the data has its own, with one entry
    /// for each of so many landmarks.
    pub(super) fn data(
        &mut self,
        observation: usize,
        name: &str,
        ty: &Ty,
        landmarks: Option<u64>,
    ) -> Vec<Value> {
        let mut values = Vec::new();
        for (leaf, mut of) in self.sizes.leaves(ty).into_iter().enumerate() {
            of.shape.splice(0..0, landmarks);
            let binding = Binding::Datum(observation, leaf);
            values.push(self.own_parameter(binding, name, of, true));
        }
        values
    }

    /// A parameter; `each` says whether every row has its own.
    pub(super) fn own_parameter(
        &mut self,
        binding: Binding,
        name: &str,
        ty: Type,
        each: bool,
    ) -> Value {
        if !each {
            return self.parameter(binding, name, ty);
        }
        if let Some(&known) = self.bound.get(&binding) {
            return known;
        }
        let value = self.b.param_of_each(name, ty);
        self.bindings.push(binding);
        self.bound.insert(binding, value);
        value
    }

    /// Inputs whose values are in the data.
    pub(super) fn row_inputs(&mut self, inputs: &[hir::LocalId], env: &mut Env) {
        for &local in inputs {
            let declared = &self.program.locals[local];
            let ty = self.sizes.concrete(&declared.ty, &env.generics);
            let mut values = Vec::new();
            for (leaf, of) in self.sizes.leaves(&ty).into_iter().enumerate() {
                let binding = Binding::RowInput(local, leaf);
                values.push(self.own_parameter(binding, &declared.name, of, true));
            }
            let value = self.assemble(&ty, &mut values.into_iter());
            env.bind(local, value);
        }
    }
}
