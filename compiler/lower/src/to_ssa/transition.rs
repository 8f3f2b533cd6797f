//! The density of a state given the one before it, of an equation with noise whose states are all seen.
//!
//! A path of the program is one transition: from `x` at `t` to `y` at `t + h`. The library's function of
//! the density is given drift and diffusion over vectors: all states one after another.

use sdec_base::Diagnostic;
use sdec_hir::{self as hir, IndexSet, Size, Stage, Ty};
use sdec_ssa::{Binary, Compare, Scalar, Type, Value};

use super::env::{Env, Generics};
use super::solve::Scope;
use super::types::Result;
use super::value::{Function, Val};
use super::{Lowered, Lowerer, OfRow};

/// Which density.
#[derive(Clone, Debug)]
pub struct TransitionOf<'a> {
    /// The model.
    pub model: hir::ModelId,
    /// Numbers of its sizes.
    pub instance: &'a hir::Instance,
    /// Whether numbers are `f32`.
    pub single: bool,
    /// The library's function `(f, g, t, h, x, y) -> Float`.
    pub density: hir::DefId,
    /// For each state, the observation that shows it.
    pub states: &'a [usize],
    /// Whether the density of the law of the start counts, at what each row shows first.
    pub start: bool,
    /// Inputs of which each row has its own.
    pub inputs: &'a [hir::LocalId],
    /// Parameters of which each row has its own.
    pub row_params: &'a [hir::LocalId],
}

/// The spaces of a model whose fields are taken over vectors.
#[derive(Clone, Debug)]
pub(super) struct Spaces {
    /// A record of the states.
    pub(super) state: Ty,
    /// A record of the noises.
    pub(super) noise: Ty,
}

/// A program of one transition's log density, `F64`.
///
/// # Errors
///
/// A located refusal of what cannot be run yet.
pub fn transition(
    program: &hir::Program,
    wanted: &TransitionOf<'_>,
) -> std::result::Result<Lowered, Box<Diagnostic>> {
    let (mut lowerer, spaces) = wanted.begin(program)?;
    let model = &program.models[wanted.model];
    let [n, m] = [&spaces.state, &spaces.noise].map(|ty| lowerer.entries(ty));
    let number = Type::scalar(Scalar::F64);
    let [t, h] =
        [(OfRow::LegTimes, "from.t"), (OfRow::LegSteps, "from.h")].map(|(binding, name)| {
            let value = lowerer.own_parameter(binding, name, number.clone(), true);
            Val::Array(lowerer.b.convert(value, lowerer.sizes.float))
        });
    let [x, y] = [false, true].map(|after| lowerer.shown(model, wanted.states, after));
    let fields = [Function::FlatDrift(spaces.clone()), Function::FlatDiffusion(spaces)];
    let [f, g] = fields.map(|field| Val::Function(field.into()));
    let def = &program.defs[wanted.density];
    let env = of_sizes(def, &[n, m]);
    let args = vec![f, g, t, h, Val::Array(x), Val::Array(y)];
    let density = lowerer.call_def(wanted.density, env.clone(), args)?;
    let density = lowerer.materialise(&density, &def.body.ty, &env).array();
    let mut density = lowerer.b.convert(density, Scalar::F64);
    if wanted.start {
        density = lowerer.with_start(model, wanted.states, density)?;
    }
    Ok(lowerer.finish(vec![density]))
}

impl TransitionOf<'_> {
    /// A program with what a path reads that is not observed.
    pub(super) fn begin<'a>(&self, program: &'a hir::Program) -> Result<(Lowerer<'a>, Spaces)> {
        let model = &program.models[self.model];
        let mut lowerer = Lowerer::new(program, &model.name, self.single);
        let mut env = lowerer.top(Some(self.instance));
        lowerer.own_values(model, self.inputs, self.row_params, &mut env)?;
        lowerer.model_lets(model, &mut env, |stage| stage <= Stage::Row)?;
        lowerer.scope = Some(Scope::new(model, env.clone()));
        let system = lowerer.model_system(model, &env);
        Ok((lowerer, Spaces { state: system.state, noise: system.noise }))
    }
}

/// What the sizes of a function are.
pub(super) fn of_sizes(def: &hir::Def, sizes: &[u64]) -> Env {
    let mut generics = Generics::default();
    for (&var, &n) in def.sizes.iter().zip(sizes) {
        let n = i64::try_from(n).expect("the checker bounds sizes");
        generics.sizes.insert(var, IndexSet::Size(Size::number(n)));
    }
    Env::default().with_generics(generics)
}

impl<'a> Lowerer<'a> {
    /// A transition's density if it counts, with that of the law of the start in the first path of a row. The latter
    /// is computed in all paths of a row, at the same place, so that it is finite in all where it is in the first.
    fn with_start(
        &mut self,
        model: &'a hir::Model,
        states: &[usize],
        density: Value,
    ) -> Result<Value> {
        let mut env = self.scope_env();
        for (state, &observation) in model.states.iter().zip(states) {
            let ty = self.concrete_of(state);
            let name = format!("{}.first", self.program.locals[state.local].name);
            let mut values = Vec::new();
            for (leaf, of) in self.sizes.leaves(&ty).into_iter().enumerate() {
                values.push(self.own_parameter(OfRow::Start(observation, leaf), &name, of, true));
            }
            let value = self.assemble(&ty, &mut values.into_iter());
            env.bind(state.local, value);
        }
        let start = self.log_of_start(model, &env)?;
        let pair = Type::array(Scalar::I64, &[2]);
        let counts = self.own_parameter(OfRow::Counts, "counts", pair, true);
        let (nothing, zero) = (self.b.float(Scalar::F64, 0.0), self.b.int(0));
        let [start, density] = [(0, start), (1, density)].map(|(place, term)| {
            let mark = self.b.row(counts, place);
            let is_counted = self.b.compare(Compare::Ne, mark, zero);
            self.b.select(is_counted, term, nothing)
        });
        Ok(self.b.binary(Binary::Add, start, density))
    }
}

impl<'a> Lowerer<'a> {
    /// The log density of states as the law of the start has it, `F64`.
    pub(super) fn log_of_start(&mut self, model: &'a hir::Model, env: &Env) -> Result<Value> {
        let mut start = self.b.float(Scalar::F64, 0.0);
        for law in model.inits.iter().filter_map(|init| init.log_density.as_ref()) {
            for log in self.logs_of(law, env)? {
                let log = self.b.convert(log, Scalar::F64);
                start = self.b.binary(Binary::Add, start, log);
            }
        }
        Ok(start)
    }

    /// What the model's equations read beside states.
    pub(super) fn scope_env(&self) -> Env {
        self.scope.as_ref().expect("a transition has a model").env.clone()
    }

    /// The type of a state.
    pub(super) fn concrete_of(&self, state: &hir::State) -> Ty {
        let generics = self.scope_env().generics;
        self.sizes.concrete(&self.program.locals[state.local].ty, &generics)
    }

    /// How many numbers a value has.
    pub(super) fn entries(&self, ty: &Ty) -> u64 {
        self.sizes.leaves(ty).iter().map(Type::entries).sum()
    }

    /// All states of a transition one after another, before it or after.
    fn shown(&mut self, model: &hir::Model, states: &[usize], after: bool) -> Value {
        let mut values = Vec::new();
        for (state, &observation) in model.states.iter().zip(states) {
            let ty = self.concrete_of(state);
            let declared = &self.program.locals[state.local];
            let name = format!("{}.{}", declared.name, if after { "after" } else { "before" });
            for (leaf, of) in self.sizes.leaves(&ty).into_iter().enumerate() {
                let binding = match after {
                    false => OfRow::Before(observation, leaf),
                    true => OfRow::Datum(observation, leaf),
                };
                values.push(Val::Array(self.own_parameter(binding, &name, of, true)));
            }
        }
        self.flat(&Val::Parts(values))
    }

    /// `f(t, v)`: the drift over vectors.
    pub(super) fn flat_drift(&mut self, spaces: &Spaces, args: &[Val]) -> Result<Val> {
        let y = self.unflat(args[1].array(), &spaces.state);
        let drift = self.drift(&[args[0].clone(), y])?;
        let drift = self.conform(&drift, &spaces.state);
        Ok(Val::Array(self.flat(&drift)))
    }

    /// `g(t, v, w)`: the diffusion over vectors, applied to an increment.
    pub(super) fn flat_diffusion(&mut self, spaces: &Spaces, args: &[Val]) -> Result<Val> {
        let y = self.unflat(args[1].array(), &spaces.state);
        let w = self.unflat(args[2].array(), &spaces.noise);
        let diffusion = self.diffusion(&[args[0].clone(), y, w])?;
        let diffusion = self.conform(&diffusion, &spaces.state);
        Ok(Val::Array(self.flat(&diffusion)))
    }
}
