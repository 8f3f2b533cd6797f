//! What a step of a solve is made of: the grid, the increments of the noise, the model's drift and
//! diffusion as functions, the method.

use sdec_hir::{self as hir, Convention, NoiseClass, Stage, Ty};
use sdec_ssa::{DrawLaw, Scalar, Type, Unary, Value};

use super::advance::{Scheme, System};
use super::boundary::Walls;
use super::env::Env;
use super::impulses::Source;
use super::solve::Solve;
use super::types::Result;
use super::value::{Function, Val};
use super::{Binding, Lowerer};

/// What all steps of a solve have in common.
pub(super) struct Steps<'a> {
    pub(super) model: &'a hir::Model,
    pub(super) scheme: Scheme<'a>,
    /// Start times, `F64 [steps]`.
    times: Value,
    /// Lengths, `F64 [steps]`.
    lengths: Value,
    /// Whether the first length is that of all, and what follows from it the same in every step.
    is_even: bool,
    /// The row that keeps the state after each step, negative for none.
    pub(super) slots: Value,
    /// Given increments, `[steps, channels]`.
    brownian: Option<Value>,
    /// A record of the states.
    pub(super) state: Ty,
    /// A record of the noises.
    pub(super) noise: Ty,
    /// What keeps states in their supports.
    pub(super) walls: Walls,
    /// What moves states at times of its own.
    pub(super) sources: Vec<Source<'a>>,
    /// What is solved, where it is not the model.
    pub(super) system: Option<System>,
}

/// Standard normals that drive a step.
pub(super) enum Normals<'a> {
    /// Those of this step, drawn here.
    Of(Value),
    /// Row `row` of those that were drawn for several steps: an array for each noise.
    Row {
        /// By [`Lowerer::normals_of_block`].
        drawn: &'a [Value],
        /// Which row.
        row: Value,
    },
}

impl<'a> Lowerer<'a> {
    /// The parameters of the grid, and the spaces.
    pub(super) fn steps(
        &mut self,
        wanted: &Solve<'_>,
        model: &'a hir::Model,
        env: &Env,
    ) -> Result<Steps<'a>> {
        let steps = wanted.grid.steps;
        let times = self.parameter(Binding::Times, "grid.t", Type::array(Scalar::F64, &[steps]));
        let lengths = self.parameter(Binding::Steps, "grid.h", Type::array(Scalar::F64, &[steps]));
        let slots = self.parameter(Binding::Rows, "grid.row", Type::array(Scalar::I64, &[steps]));
        let brownian = wanted.given_increments.then(|| {
            let ty = Type::array(self.sizes.float, &[steps, self.channels(model, env)]);
            self.parameter(Binding::Brownian, "brownian", ty)
        });
        let (state, noise) = self.spaces(model, env);
        let (state, noise) = (self.each_of_paths(state), self.each_of_paths(noise));
        let method = &self.program.methods[wanted.method];
        let class = model.class_in(self.program, !self.logs.is_empty());
        let scheme = Scheme { method, class };
        let is_even = wanted.grid.is_even;
        let walls = Walls::new(model, wanted);
        let sources = self.sources(model, &wanted.impulses, env)?;
        Ok(Steps {
            model,
            scheme,
            times,
            lengths,
            is_even,
            slots,
            brownian,
            state,
            noise,
            walls,
            sources,
            system: None,
        })
    }

    /// Start and length of step `k`, in double precision.
    pub(super) fn interval(&mut self, steps: &Steps<'_>, k: Value) -> (Value, Value) {
        let t = self.b.index(steps.times, k);
        let k = if steps.is_even { self.b.int(0) } else { k };
        (t, self.b.index(steps.lengths, k))
    }

    /// The increments of the noise over step `k` of length `h`.
    pub(super) fn increments(
        &mut self,
        steps: &Steps<'_>,
        k: Value,
        h: Value,
        normals: &Normals<'_>,
    ) -> Val {
        if let Some(given) = steps.brownian {
            let row = self.b.index(given, k);
            return self.unflat(row, &steps.noise);
        }
        let root = self.b.unary(Unary::Sqrt, h);
        let root = Val::Array(self.b.convert(root, self.sizes.float));
        let Ty::Record(fields) = &steps.noise else { unreachable!("noises are a record") };
        let mut increments = Vec::new();
        for (n, (_, ty)) in fields.iter().enumerate() {
            let z = match *normals {
                Normals::Of(k) => {
                    let stream = self.noise_stream(steps.model, n);
                    self.draws(&stream, DrawLaw::Normal, k, ty)
                }
                Normals::Row { drawn, row } => {
                    let row = self.b.index(drawn[n], row);
                    if self.sizes.leaves(ty).len() == 1 {
                        Val::Array(row)
                    } else {
                        self.unflat(row, ty)
                    }
                }
            };
            increments.push(self.arith(hir::Arith::Mul, &root, &z));
        }
        Val::Parts(increments)
    }

    /// The normals of `count` steps, from step `block · count` on: for each noise an array with a row for
    /// each step. None where increments are given.
    pub(super) fn normals_of_block(
        &mut self,
        steps: &Steps<'_>,
        block: Value,
        count: u64,
    ) -> Vec<Value> {
        let Ty::Record(fields) = &steps.noise else { unreachable!("noises are a record") };
        let mut drawn = Vec::new();
        for (n, (_, ty)) in fields.iter().enumerate().filter(|_| steps.brownian.is_none()) {
            let leaves = self.sizes.leaves(ty);
            let shape = match leaves.as_slice() {
                [leaf] => leaf.shape.clone(),
                several => vec![several.iter().map(Type::entries).sum()],
            };
            let ty = Type::array(self.sizes.float, &[&[count], shape.as_slice()].concat());
            let stream = self.noise_stream(steps.model, n);
            let stream = self.b.stream(&stream);
            drawn.push(self.b.draw(stream, DrawLaw::Normal, block, ty));
        }
        drawn
    }

    /// A record of the model's states, and one of its noises.
    pub(super) fn spaces(&self, model: &hir::Model, env: &Env) -> (Ty, Ty) {
        let record = |locals: &mut dyn Iterator<Item = hir::LocalId>| {
            let field = |local| {
                let local: &hir::Local = &self.program.locals[local];
                (local.name.clone(), self.sizes.concrete(&local.ty, &env.generics))
            };
            Ty::Record(locals.map(field).collect())
        };
        let state = record(&mut model.states.iter().map(|state| state.local));
        let noise = record(&mut model.noises.iter().map(|noise| noise.increment));
        (state, noise)
    }

    /// The stream of a model's noise of this number.
    fn noise_stream(&self, model: &hir::Model, n: usize) -> String {
        self.stream(model, &model.noises[n].name)
    }

    /// The system that a method is applied to: the model in the form that the method solves.
    pub(super) fn system(&self, steps: &Steps<'_>) -> System {
        if let Some(system) = &steps.system {
            return system.clone();
        }
        let Scheme { method, .. } = steps.scheme;
        let drift = match method.converts(steps.model.convention, steps.scheme.class) {
            true => Function::Corrected(method.convention),
            false => Function::Drift,
        };
        System {
            drift: Val::Function(drift.into()),
            diffusion: Val::Function(Function::Diffusion.into()),
            state: steps.state.clone(),
            noise: steps.noise.clone(),
        }
    }

    /// The system that a model is, as written.
    pub(super) fn model_system(&self, model: &hir::Model, env: &Env) -> System {
        let (state, noise) = self.spaces(model, env);
        System {
            drift: Val::Function(Function::Drift.into()),
            diffusion: Val::Function(Function::Diffusion.into()),
            state,
            noise,
        }
    }

    /// The model's Stratonovich form, in which the rules of calculus hold.
    pub(super) fn stratonovich(&self, steps: &Steps<'_>) -> System {
        let is_ito = steps.model.convention == Some(Convention::Ito);
        let drift = match is_ito && !is_one_form(steps.scheme.class) {
            true => Function::Corrected(Convention::Stratonovich),
            false => Function::Drift,
        };
        System { drift: Val::Function(drift.into()), ..self.system(steps) }
    }

    /// How many scalar noises drive the model.
    pub(super) fn channels(&self, model: &hir::Model, env: &Env) -> u64 {
        let entries = |noise: &hir::Noise| -> u64 {
            let ty = &self.program.locals[noise.increment].ty;
            let ty = self.sizes.concrete(ty, &env.generics);
            self.sizes.leaves(&ty).iter().map(Type::entries).sum()
        };
        model.noises.iter().map(entries).sum()
    }

    /// `f(t, y)`: the drift of what is carried of every state.
    pub(super) fn drift(&mut self, args: &[Val]) -> Result<Val> {
        if let Some(entries) = self.entries_of_paths() {
            let one =
                &mut |this: &mut Self, y: &[Val]| this.drift(&[args[0].clone(), y[0].clone()]);
            return self.each_path(entries, &args[1..], one);
        }
        let x = self.states_of(&args[1]);
        let (model, env) = self.along_path(&[args[0].clone(), x.clone()])?;
        let mut drifts = Vec::new();
        for equation in &model.equations {
            drifts.push(self.eval(&equation.drift, &env)?);
        }
        self.drift_in_logs(&Val::Parts(drifts), &args[0], &x)
    }

    /// `g(t, y, w)`: the diffusion of what is carried of every state applied to increments.
    pub(super) fn diffusion(&mut self, args: &[Val]) -> Result<Val> {
        if let Some(entries) = self.entries_of_paths() {
            let one = &mut |this: &mut Self, of: &[Val]| {
                this.diffusion(&[args[0].clone(), of[0].clone(), of[1].clone()])
            };
            return self.each_path(entries, &args[1..], one);
        }
        let x = self.states_of(&args[1]);
        let diffusion = self.diffusion_of_states(&[args[0].clone(), x.clone(), args[2].clone()])?;
        Ok(self.relative(&diffusion, &x))
    }

    /// The diffusion of every state applied to increments.
    pub(super) fn diffusion_of_states(&mut self, args: &[Val]) -> Result<Val> {
        let (model, mut env) = self.along_path(args)?;
        for (noise, increment) in model.noises.iter().zip(args[2].parts()) {
            env.bind(noise.increment, increment.clone());
        }
        let mut diffusions = Vec::new();
        for equation in &model.equations {
            diffusions.push(match &equation.diffusion {
                Some(diffusion) => self.eval(diffusion, &env)?,
                None => Val::Zero,
            });
        }
        Ok(Val::Parts(diffusions))
    }

    /// The model, and an environment with time, states and the lets that read them.
    pub(super) fn along_path(&mut self, args: &[Val]) -> Result<(&'a hir::Model, Env)> {
        let scope = self.scope.as_ref().expect("drift and diffusion are called in a solve");
        let model = scope.model;
        let mut env = scope.env.clone();
        let t = self.b.convert(args[0].array(), self.sizes.float);
        env.bind(model.time, Val::Array(t));
        for (state, value) in model.states.iter().zip(args[1].parts()) {
            env.bind(state.local, value.clone());
        }
        self.model_lets(model, &mut env, |stage| stage > Stage::Row)?;
        Ok((model, env))
    }
}

/// Whether the Itô and the Stratonovich form are the same.
pub(super) fn is_one_form(class: NoiseClass) -> bool {
    matches!(class, NoiseClass::None | NoiseClass::Additive)
}
