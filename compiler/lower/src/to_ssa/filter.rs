//! The density of what was seen of a row of which at some times some states were seen and others not.
//!
//! ```text
//! ℓ, m, P ← the law of the start given what is seen of it
//! for k in 0 .. count:
//!     ℓₖ, m, P ← step(drift, diffusion, tₖ, hₖ, m, P, yₖ, seenₖ)
//! ```
//!
//! The law of a state given what was seen is normal, since the equation is affine in the states and its noise
//! free of them. A path of the program is a stretch of a row: from where all states were seen to where all of
//! them were seen again, or several such stretches one after another.

use sdec_base::Diagnostic;
use sdec_hir::{self as hir, Stage};
use sdec_ssa::{Binary, Compare, Emit, Scalar, Trips, Type, Value};

use super::evidence::Aspect;
use super::solve::Scope;
use super::transition::{TransitionOf, of_sizes};
use super::types::Result;
use super::value::{Function, Val};
use super::{Lowered, Lowerer, OfRow};

/// Which density.
#[derive(Clone, Debug)]
pub struct FilterOf<'a> {
    /// The equation and what shows it.
    pub of: TransitionOf<'a>,
    /// The library's functions.
    pub filter: hir::Filter,
    /// The most times of a path after its first.
    pub most: u64,
    /// What of the density: the sum, its terms, that of the start first, or mean and covariance of the state
    /// at each time before it is seen.
    pub aspect: Aspect,
}

/// A state where a path begins.
#[derive(Clone, Debug)]
pub(super) struct Shown {
    value: Val,
    /// Whether it was seen there.
    is_seen: Value,
}

/// A normal law, or what a path carries of it.
struct Known {
    mean: Value,
    covariance: Value,
}

/// A program of a path's log density, `F64`, or what else is asked of it.
///
/// # Errors
///
/// A located refusal of what cannot be run yet.
pub fn filter(
    program: &hir::Program,
    wanted: &FilterOf<'_>,
) -> std::result::Result<Lowered, Box<Diagnostic>> {
    let of = &wanted.of;
    let (mut lowerer, spaces) = of.begin(program)?;
    let model = &program.models[of.model];
    let (n, noises) = (lowerer.entries(&spaces.state), lowerer.entries(&spaces.noise));
    let most = wanted.most;
    let [times, lengths] =
        [(OfRow::LegTimes, "from.t"), (OfRow::LegSteps, "from.h")].map(|(binding, name)| {
            let ty = Type::array(Scalar::F64, &[most]);
            let value = lowerer.own_parameter(binding, name, ty, true);
            lowerer.b.convert(value, lowerer.sizes.float)
        });
    let count = Type::scalar(Scalar::I64);
    let count = lowerer.own_parameter(OfRow::LegCounts, "count", count, true);
    let counts = Type::array(Scalar::I64, &[1 + most]);
    let counts = lowerer.own_parameter(OfRow::Counts, "counts", counts, true);
    let (start, first) = lowerer.known_start(model, wanted, n)?;
    let zero = lowerer.b.int(0);
    let start = lowerer.where_counted(start, counts, zero);
    let mut rows = Vec::new();
    for (state, &observation) in model.states.iter().zip(of.states) {
        let local = &program.locals[state.local];
        let ty = lowerer.concrete_of(state);
        let data = lowerer.data(observation, &local.name, &ty, Some(most));
        let name = format!("{}.present", local.name);
        let marks = Type::array(Scalar::I64, &[most]);
        let marks = lowerer.own_parameter(OfRow::Present(observation), &name, marks, true);
        rows.push((data, marks));
    }

    let carries = vec![first.mean, first.covariance];
    let mut types = vec![Type::scalar(Scalar::I64)];
    types.extend(carries.iter().map(|&carry| lowerer.b.ty(carry).clone()));
    let params = lowerer.b.open_region(&types);
    let (k, known) = (params[0], Known { mean: params[1], covariance: params[2] });
    let (mut shown, mut seen) = (Vec::new(), Vec::new());
    for (data, marks) in &rows {
        let value = data.iter().map(|&rows| Val::Array(lowerer.b.index(rows, k))).collect();
        let value = Val::Parts(value);
        let mark = lowerer.b.index(*marks, k);
        seen.push(lowerer.marked(mark, &value));
        shown.push(value);
    }
    let y = lowerer.flat(&Val::Parts(shown));
    let seen = lowerer.b.concat(seen);
    let [t, h] = [times, lengths].map(|of| lowerer.b.index(of, k));
    let fields = [Function::FlatDrift(spaces.clone()), Function::FlatDiffusion(spaces)];
    let [f, g] = fields.map(|field| Val::Function(field.into()));
    let args = [t, h, known.mean, known.covariance, y, seen].map(Val::Array);
    let args = [f, g].into_iter().chain(args).collect();
    let found = lowerer.of_library(wanted.filter.step, &[n, noises], args);
    let results = found.as_ref().map(|found| {
        let one = lowerer.b.int(1);
        let place = lowerer.b.binary(Binary::Add, k, one);
        let term = lowerer.where_counted(found[0], counts, place);
        let emitted = match wanted.aspect {
            Aspect::Sum | Aspect::Modes | Aspect::Terms => vec![term],
            Aspect::Spread => {
                found[3..].iter().map(|&x| lowerer.b.convert(x, Scalar::F64)).collect()
            }
        };
        [vec![found[1], found[2]], emitted].concat()
    });
    let results = results.unwrap_or_default();
    let emits = vec![Emit::Every; results.len().saturating_sub(carries.len())];
    let region = lowerer.b.close_region(results);
    found?;
    let trips = Trips::Below(count);
    let all = lowerer.b.scan_some_of(most, trips, false, carries, emits, region);
    let emitted = &all[2..];
    let results = match wanted.aspect {
        Aspect::Spread => emitted.to_vec(),
        Aspect::Terms => {
            let start = lowerer.b.reshape(start, &[1]);
            vec![lowerer.b.concat(vec![start, emitted[0]])]
        }
        Aspect::Sum | Aspect::Modes => {
            let sum = lowerer.b.sum(emitted[0]);
            vec![lowerer.b.binary(Binary::Add, start, sum)]
        }
    };
    Ok(lowerer.finish(results))
}

impl<'a> Lowerer<'a> {
    /// The log density of what is seen where a path begins, and the law of the state there given that. Only
    /// where the law of the start is normal may something be missing.
    fn known_start(
        &mut self,
        model: &'a hir::Model,
        wanted: &FilterOf<'_>,
        n: u64,
    ) -> Result<(Value, Known)> {
        let mut shown = Vec::new();
        for (state, &observation) in model.states.iter().zip(wanted.of.states) {
            let ty = self.concrete_of(state);
            let name = format!("{}.before", self.program.locals[state.local].name);
            let mut values = Vec::new();
            for (leaf, of) in self.sizes.leaves(&ty).into_iter().enumerate() {
                let binding = OfRow::Before(observation, leaf);
                values.push(self.own_parameter(binding, &name, of, true));
            }
            shown.push(self.assemble(&ty, &mut values.into_iter()));
        }
        let y = self.flat(&Val::Parts(shown.clone()));
        let float = self.sizes.float;
        if let (true, Some(start)) = (wanted.of.start, wanted.filter.start) {
            let (mut seen, mut all) = (Vec::new(), Vec::new());
            let mut draws = 0;
            for ((init, value), &observation) in model.inits.iter().zip(shown).zip(wanted.of.states)
            {
                let name = format!("{}.known", self.program.locals[init.state].name);
                let mark = Type::scalar(Scalar::I64);
                let mark = self.own_parameter(OfRow::Known(observation), &name, mark, true);
                // What begins at a value has no density there.
                let counted = if init.draw.is_some() { mark } else { self.b.int(0) };
                seen.push(self.marked(counted, &value));
                let zero = self.b.int(0);
                let is_seen = self.b.compare(Compare::Ne, mark, zero);
                let entries: u64 =
                    value.leaves().iter().map(|&leaf| self.b.ty(leaf).entries()).sum();
                draws += if init.draw.is_some() { entries } else { 0 };
                all.push(Shown { value, is_seen });
            }
            let seen = self.b.concat(seen);
            let s = Val::Function(Function::FlatStart(all).into());
            let args = vec![s, Val::Array(y), Val::Array(seen)];
            let found = self.of_library(start, &[draws, n], args)?;
            return Ok((found[0], Known { mean: found[1], covariance: found[2] }));
        }
        let mut log = self.b.float(Scalar::F64, 0.0);
        if wanted.of.start {
            let mut env = self.scope_env();
            for (state, value) in model.states.iter().zip(shown) {
                env.bind(state.local, value);
            }
            log = self.log_of_start(model, &env)?;
        }
        let covariance = self.b.filled(&Type::array(float, &[n, n]), 0.0);
        Ok((log, Known { mean: y, covariance }))
    }

    /// [`Function::FlatStart`] of standard normal numbers.
    pub(super) fn flat_start(&mut self, shown: &[Shown], z: &Val) -> Result<Val> {
        let Scope { model, mut env, .. } = self.scope.clone().expect("a filter has a model");
        self.model_lets(model, &mut env, |stage| stage == Stage::Time)?;
        let (mut states, mut first) = (Vec::new(), 0);
        for (init, shown) in model.inits.iter().zip(shown) {
            let ty = self.sizes.concrete(&self.program.locals[init.state].ty, &env.generics);
            if let Some((_, draws)) = init.draw {
                let entries = self.entries(&ty);
                let drawn = if matches!(z, Val::Zero) {
                    self.filled(&ty, 0.0)
                } else {
                    let own = self.b.slice(z.array(), first, entries);
                    self.unflat(own, &ty)
                };
                first += entries;
                env.bind(draws, drawn);
            }
            let value = self.eval(&init.value, &env)?;
            let value = self.materialise_concrete(&value, &ty);
            let mut value = self.spread(&value, &ty);
            if init.draw.is_none() {
                value = self.chosen(shown.is_seen, &shown.value, &value);
            }
            env.bind(init.state, value.clone());
            states.push(value);
        }
        Ok(Val::Array(self.flat(&Val::Parts(states))))
    }

    /// One or the other, all of it.
    fn chosen(&mut self, condition: Value, x: &Val, y: &Val) -> Val {
        let mut leaves = Vec::new();
        for (x, y) in x.leaves().into_iter().zip(y.leaves()) {
            let shape = self.b.ty(x).shape.clone();
            let condition = self.b.broadcast(condition, &shape);
            leaves.push(self.b.select(condition, x, y));
        }
        x.with_leaves(&mut leaves.into_iter())
    }

    /// A mark as a number for each entry of a value.
    fn marked(&mut self, mark: Value, value: &Val) -> Value {
        let entries = value.leaves().iter().map(|&leaf| self.b.ty(leaf).entries()).sum();
        let mark = self.b.convert(mark, self.sizes.float);
        self.b.broadcast(mark, &[entries])
    }

    /// A term where it is marked in a row, else nothing; `F64`.
    fn where_counted(&mut self, term: Value, marks: Value, place: Value) -> Value {
        let term = self.b.convert(term, Scalar::F64);
        let (mark, zero) = (self.b.index(marks, place), self.b.int(0));
        let is_counted = self.b.compare(Compare::Ne, mark, zero);
        let nothing = self.b.float(Scalar::F64, 0.0);
        self.b.select(is_counted, term, nothing)
    }

    /// The arrays that a function of the library gives, whose sizes are these numbers.
    fn of_library(&mut self, def: hir::DefId, sizes: &[u64], args: Vec<Val>) -> Result<Vec<Value>> {
        let env = of_sizes(&self.program.defs[def], sizes);
        let found = self.call_def(def, env.clone(), args)?;
        Ok(self.materialise(&found, &self.program.defs[def].body.ty, &env).leaves())
    }
}
