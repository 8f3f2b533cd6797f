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
use super::{Binding, Lowerer, OfRow};

/// An observation in the likelihood of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Its number in the model.
    pub observation: usize,
    /// Whether it is missing at some landmark of some row.
    pub missing: bool,
}

/// A landmark of an observation, whose region is open.
struct Place {
    /// Its number.
    k: Value,
    t: Value,
    y: Val,
    /// What was observed.
    entry: Val,
}

/// An observation over the landmarks of a row.
struct Series {
    place: Place,
    ty: Ty,
    /// Marks of what counts.
    present: Option<Value>,
}

/// What is asked of a likelihood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The observations.
    pub seen: Vec<Seen>,
    /// What of them.
    pub aspect: Aspect,
    /// The library's function of the log density over what each row has for itself; none where that is given.
    pub integral: Option<hir::DefId>,
}

/// What is asked of the laws of observations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aspect {
    /// The log-likelihood of the row.
    Sum,
    /// What a row has for itself where its density is largest: each array of each parameter, `F64`.
    Modes,
    /// Each of its terms, `[landmarks]` for each observation.
    Terms,
    /// For each observation whose law has them, `[landmarks, …]` each: the quantiles of [`LEVELS`], and the
    /// probabilities of at most what was observed, and of at most that less one.
    Spread,
}

/// The probabilities whose quantiles show how a law spreads.
pub const LEVELS: [f64; 3] = [0.05, 0.5, 0.95];

impl<'a> Lowerer<'a> {
    /// The log-likelihood of a row, `F64`, or what else is asked of its laws.
    pub(super) fn evidence(
        &mut self,
        model: &'a hir::Model,
        evidence: &Evidence,
        grid: Grid,
        path: &Path,
    ) -> Result<Vec<Value>> {
        let landmarks = grid.rows + u64::from(grid.keeps_start);
        let ty = Type::array(Scalar::F64, &[landmarks]);
        let times = self.own_parameter(OfRow::ObservedTimes, "seen.t", ty, grid.own.is_some());
        let mut all = Vec::new();
        for seen in &evidence.seen {
            let observation = &model.observations[seen.observation];
            let Observed::Law { datum, log_prob: Some(log_prob), spread, .. } =
                &observation.observed
            else {
                unreachable!("the checker lets laws with densities be solved for")
            };
            let Series { place: Place { k, t, y, entry }, ty, present } =
                self.series(*seen, observation, *datum, (landmarks, times, &path.kept));
            let found = match (evidence.aspect, spread) {
                (Aspect::Sum | Aspect::Modes | Aspect::Terms, _) => self
                    .term(t, &y, *datum, entry, log_prob)
                    .map(|term| vec![self.counted(term, present, k)]),
                (Aspect::Spread, Some(spread)) => {
                    self.law_spread(t, &y, (*datum, entry, &ty), spread)
                }
                (Aspect::Spread, None) => Ok(Vec::new()),
            };
            let region = self.b.close_region(found.iter().flatten().copied().collect());
            found?;
            all.extend(self.b.map_of(landmarks, region));
        }
        if matches!(evidence.aspect, Aspect::Terms | Aspect::Spread) {
            return Ok(all);
        }
        let mut total = self.b.float(Scalar::F64, 0.0);
        for terms in all {
            let sum = self.b.sum(terms);
            total = self.b.binary(Binary::Add, total, sum);
        }
        Ok(vec![total])
    }

    /// Opens the region of a landmark of an observation.
    fn series(
        &mut self,
        seen: Seen,
        observation: &hir::Observation,
        datum: hir::LocalId,
        (landmarks, times, kept): (u64, Value, &Val),
    ) -> Series {
        let generics = self.scope.as_ref().map(|scope| scope.env.generics.clone());
        let declared = &self.program.locals[datum].ty;
        let ty = self.sizes.concrete(declared, &generics.unwrap_or_default());
        let data = self.data(seen.observation, &observation.name, &ty, Some(landmarks));
        let present = seen.missing.then(|| {
            let name = format!("{}.present", observation.name);
            let ty = Type::array(Scalar::I64, &[landmarks]);
            self.own_parameter(OfRow::Present(seen.observation), &name, ty, true)
        });
        let k = self.b.open_region(&[Type::scalar(Scalar::I64)])[0];
        let y = kept.map(|rows| self.b.index(rows, k));
        let t = self.b.index(times, k);
        let entry = data.iter().map(|&rows| self.b.index(rows, k)).collect::<Vec<_>>();
        let entry = self.assemble(&ty, &mut entry.into_iter());
        Series { place: Place { k, t, y, entry }, ty, present }
    }

    /// A term, or nothing where its observation was not made.
    fn counted(&mut self, term: Value, present: Option<Value>, k: Value) -> Value {
        let Some(present) = present else { return term };
        let (mark, zero) = (self.b.index(present, k), self.b.int(0));
        let counts = self.b.compare(Compare::Ne, mark, zero);
        let nothing = self.b.float(Scalar::F64, 0.0);
        self.b.select(counts, term, nothing)
    }

    /// How the law of an observation spreads at a time, in a state.
    fn law_spread(
        &mut self,
        t: Value,
        y: &Val,
        (datum, entry, ty): (hir::LocalId, Val, &Ty),
        spread: &'a hir::Spread,
    ) -> Result<Vec<Value>> {
        let (_, env) = self.along_path(&[Val::Array(t), y.clone()])?;
        let mut values = Vec::new();
        for level in LEVELS {
            let mut env = env.clone();
            env.bind(spread.level, self.filled(ty, level));
            values.push(self.entries_of(&spread.quantile, &env)?);
        }
        let one = self.filled(ty, 1.0);
        let less = self.minus(&entry, &one);
        for at in [entry, less] {
            let mut env = env.clone();
            env.bind(datum, at);
            values.push(self.entries_of(&spread.below, &env)?);
        }
        Ok(values)
    }

    /// The numbers of an expression, `F64`.
    fn entries_of(&mut self, expr: &'a hir::Expr, env: &Env) -> Result<Value> {
        let value = self.eval(expr, env)?;
        let value = self.materialise(&value, &expr.ty, env).array();
        Ok(self.b.convert(value, Scalar::F64))
    }

    fn minus(&mut self, x: &Val, y: &Val) -> Val {
        Val::Array(self.b.binary(Binary::Sub, x.array(), y.array()))
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
            let binding = OfRow::Datum(observation, leaf);
            values.push(self.own_parameter(binding, name, of, true));
        }
        values
    }

    /// A parameter; `each` says whether every row has its own.
    pub(super) fn own_parameter(&mut self, of: OfRow, name: &str, ty: Type, each: bool) -> Value {
        let binding = Binding::Row(of);
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

    /// What rows have for themselves: inputs whose values are in the data, and parameters.
    pub(super) fn own_values(
        &mut self,
        model: &'a hir::Model,
        inputs: &[hir::LocalId],
        params: &[hir::LocalId],
        env: &mut Env,
    ) -> Result<()> {
        let inputs_of = inputs.iter().map(|&local| (local, false));
        for (local, is_param) in inputs_of.chain(params.iter().map(|&local| (local, true))) {
            let declared = &self.program.locals[local];
            let ty = self.sizes.concrete(&declared.ty, &env.generics);
            if let Some(&most) = self.events_of_rows.get(&local) {
                let events = self.own_events(local, &ty, most);
                env.bind(local, events);
                continue;
            }
            let mut values = Vec::new();
            for (leaf, of) in self.sizes.leaves(&ty).into_iter().enumerate() {
                let binding = match is_param {
                    false => OfRow::Input(local, leaf),
                    true => OfRow::Param(local, leaf),
                };
                values.push(self.own_parameter(binding, &declared.name, of, true));
            }
            let value = self.assemble(&ty, &mut values.into_iter());
            env.bind(local, value);
        }
        self.inputs_of_params(model, inputs, env)
    }

    /// The events of a row.
    fn own_events(&mut self, local: hir::LocalId, ty: &Ty, most: u64) -> Val {
        let name = &self.program.locals[local].name;
        let marks = ty.mark().map_or_else(Vec::new, |mark| self.sizes.leaves(mark));
        let times = Type::array(self.sizes.float, &[most]);
        let marks = marks.into_iter().map(|mut leaf| {
            leaf.shape.insert(0, most);
            leaf
        });
        let of: Vec<Type> = [Type::scalar(Scalar::I64), times].into_iter().chain(marks).collect();
        let values = of.into_iter().enumerate().map(|(leaf, of)| {
            self.own_parameter(OfRow::Input(local, leaf), &format!("{name}.{leaf}"), of, true)
        });
        let values: Vec<Value> = values.collect();
        let mut parts = vec![Val::Array(values[0]), Val::Array(values[1])];
        if let Some(mark) = ty.mark() {
            parts.push(self.assemble(mark, &mut values[2..].iter().copied()));
        }
        Val::Parts(parts)
    }

    /// Inputs that are made of parameters.
    pub(super) fn inputs_of_params(
        &mut self,
        model: &'a hir::Model,
        given: &[hir::LocalId],
        env: &mut Env,
    ) -> Result<()> {
        for (local, value) in model.inputs_of_params(self.program, given) {
            for stmt in model.lets_read(value, self.program) {
                let value = self.eval(&stmt.value, env)?;
                self.bind(&stmt.pattern, &value, &stmt.value.ty, env);
            }
            let value = self.eval(value, env)?;
            let value = self.materialise(&value, &self.program.locals[local].ty, env);
            env.bind(local, value);
        }
        Ok(())
    }
}
