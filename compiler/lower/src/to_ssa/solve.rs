//! A solve: initial state, then a `scan` over the steps of the time grid whose body is the method's
//! step.
//!
//! ```text
//! y ← init                                             draws of `Model.x`
//! c ← start(drift, diffusion, t₀, y)                   where the method carries something
//! for k in 0 .. steps:
//!     w ← √hₖ · z(k)                                   draws of `Model.W`, or given increments
//!     y, c ← step(drift, diffusion, tₖ, hₖ, c, y, w)
//!     row rows[k] of the result ← y                    where rows[k] ≥ 0
//! ```
//!
//! The state is a record of the model's states, the increment a record of its noises.

use sdec_base::Diagnostic;
use sdec_hir::{self as hir, BaseLaw, Stage, Ty};
use sdec_ssa::{Binary, DrawLaw, Emit, Scalar, Type, Value};

use super::adaptive::Adaptive;
use super::advance::Point;
use super::backward::Backward;
use super::density::Estimator;
use super::drawn::Paths;
use super::env::Env;
use super::evidence::Evidence;
use super::impulses::Impulses;
use super::retrace::Record;
use super::states_at::StateAt;
use super::steps::{Normals, Steps};
use super::types::Result;
use super::value::Val;
use super::{Lowered, Lowerer, coordinates};

/// What is solved, and how.
#[derive(Clone, Debug)]
pub struct Solve<'a> {
    /// The model.
    pub model: hir::ModelId,
    /// Numbers of its sizes.
    pub instance: &'a hir::Instance,
    /// Whether numbers are `f32`.
    pub single: bool,
    /// The method, of the noise's convention.
    pub method: hir::MethodId,
    /// The shape of the time grid.
    pub grid: Grid,
    /// How steps are chosen, where they are not those of the grid.
    pub adaptive: Option<Adaptive>,
    /// Whether increments are given rather than drawn.
    pub given_increments: bool,
    /// Inputs of which each row of data has its own.
    pub inputs: Vec<hir::LocalId>,
    /// Parameters of which each row of data has its own.
    pub row_params: Vec<hir::LocalId>,
    /// What is wanted of a path.
    pub objective: Objective<'a>,
    /// What moves states at times of its own.
    pub impulses: Impulses,
    /// Whether the logarithms of positive states are carried instead of them.
    pub logs: bool,
    /// What becomes of a path whose state leaves its support; `None` where nobody looks.
    pub boundary: Option<hir::Boundary>,
    /// Derivatives of the objective, a value, by a solve backwards.
    pub backward: Option<Backward>,
}

/// The shape of a time grid; its times, steps and rows are parameters of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    /// Number of steps.
    pub steps: u64,
    /// Whether all of them are equally long, to the bit.
    pub is_even: bool,
    /// Whether the initial state is kept, as row 0 of the result.
    pub keeps_start: bool,
    /// How many states after steps are kept.
    pub rows: u64,
    /// Whether the last of them is the state after the last step.
    pub keeps_last: bool,
    /// Where each row of data has landmarks of its own, which are what is kept: the most steps that any
    /// row has from one to the next.
    pub own: Option<u64>,
}

impl Grid {
    /// Whether the only kept state is the one after the last step.
    pub(super) fn keeps_only_last(self) -> bool {
        self.rows == 1 && !self.keeps_start && self.keeps_last
    }
}

/// What is wanted of a path.
#[derive(Clone, Debug)]
pub enum Objective<'a> {
    /// All kept states: one array `[kept, …]` for each state.
    States,
    /// The same, then a draw of what is observed: an array `[kept, …]` for each observation that is drawn, or of one
    /// time, where the number of a kept one is given for it.
    Sample(Vec<Option<u64>>),
    /// The log-likelihood of a row of data.
    Evidence(Evidence),
    /// An expression of the states at kept times.
    Value {
        /// The expression, of type `Float`.
        value: &'a hir::Expr,
        /// Each state at a time in it.
        kept: Vec<StateAt<'a>>,
        /// What is drawn in it.
        draws: &'a [(BaseLaw, hir::LocalId, String)],
        /// The paths that are drawn in it.
        paths: Paths<'a>,
        /// How its expectation will be differentiated.
        estimator: Estimator,
    },
}

/// What the loop over steps gives.
pub(super) struct Path {
    /// The start.
    pub(super) first: Point,
    /// After the last step.
    pub(super) last: Point,
    /// The kept states: `[kept, …]`.
    pub(super) kept: Val,
    /// How the path ended, where it can end early: see [`Lowered::status`].
    pub(super) status: Option<Value>,
    /// What is known of each attempt, where steps are chosen and a solve backwards follows.
    pub(super) record: Option<Record>,
}

/// The model that is being solved, as [`Function::Drift`] and [`Function::Diffusion`] need it.
#[derive(Clone)]
pub(super) struct Scope<'a> {
    pub(super) model: &'a hir::Model,
    /// With the lets that do not change along a path.
    pub(super) env: Env,
    /// Each state at a time in the objective, with what is known of it.
    pub(super) states_at: Vec<(StateAt<'a>, Val)>,
    /// What stands before the names of noises and states in those of their streams.
    pub(super) stream: String,
    /// Of how many paths, of a table that is drawn.
    pub(super) entries: Option<u64>,
    /// Tables of what inputs and parameters of each of them are given.
    pub(super) given: Vec<(hir::LocalId, Val)>,
}

impl<'a> Scope<'a> {
    /// A model that is solved for its own sake.
    pub(super) fn new(model: &'a hir::Model, env: Env) -> Self {
        let (stream, states_at, given) = (model.name.clone(), Vec::new(), Vec::new());
        Self { model, env, states_at, stream, entries: None, given }
    }
}

/// What step `k` makes of what is carried beside the point, and of the point.
type Stepper<'s, L> = dyn FnMut(&mut L, Value, Val, Point) -> Result<(Val, Point)> + 's;

/// What a state at the start is taken as, given its value.
pub(super) type Held<'f, 'a> =
    dyn FnMut(&mut Lowerer<'a>, &'a hir::Init, Val, &mut Env) -> Result<Val> + 'f;

/// A program of what one path computes: the objective, then its derivatives if they are wanted.
///
/// # Errors
///
/// A located refusal of what cannot be run yet.
pub fn solve<'a>(
    program: &'a hir::Program,
    wanted: &'a Solve<'a>,
) -> std::result::Result<Lowered, Box<Diagnostic>> {
    let model = &program.models[wanted.model];
    let mut lowerer = Lowerer::new(program, &model.name, wanted.single);
    lowerer.solved = Some(wanted);
    lowerer.legs = wanted.grid.own.map(|_| wanted.grid.rows);
    let mut env = lowerer.top(Some(wanted.instance));
    lowerer.events_of_rows = model
        .impulses
        .iter()
        .zip(&wanted.impulses.of)
        .filter(|(impulse, _)| wanted.inputs.contains(&impulse.input))
        .map(|(impulse, of)| (impulse.input, of.times))
        .collect();
    if let Objective::Evidence(evidence) = &wanted.objective {
        if let Some(integral) = evidence.integral {
            lowerer.own_values(model, &wanted.inputs, &[], &mut env)?;
            let values = lowerer.integrated(wanted, evidence, integral, env)?;
            return Ok(lowerer.finish(values));
        }
        lowerer.own_values(model, &wanted.inputs, &wanted.row_params, &mut env)?;
    }
    lowerer.model_lets(model, &mut env, |stage| stage <= Stage::Row)?;
    lowerer.scope = Some(Scope::new(model, env.clone()));
    let estimator = match &wanted.objective {
        Objective::States | Objective::Sample(_) | Objective::Evidence(_) => Estimator::Pathwise,
        Objective::Value { estimator, .. } => *estimator,
    };
    let (first, of_start) = match estimator {
        Estimator::Start => lowerer.fixed_start(model, &mut env.clone())?,
        Estimator::Pathwise | Estimator::Law | Estimator::Mixed => {
            (lowerer.initial(model, &mut env.clone())?, None)
        }
    };
    lowerer.logs = if wanted.logs { coordinates::logs_of(model) } else { Vec::new() };
    let steps = lowerer.steps(wanted, model, &env)?;
    let start = lowerer.b.int(0);
    let (first, _) = lowerer.moved(&steps, start, None, &first)?;
    let first = lowerer.carried(&first);
    let first = lowerer.inside(&steps.walls, &first, &first);
    let (path, ratio) = match estimator {
        Estimator::Pathwise | Estimator::Start => {
            let path = match (wanted.adaptive, wanted.grid.own) {
                (None, Some(most)) => lowerer.own_path(&steps, wanted.grid, most, first)?,
                (None, None) => lowerer.path(&steps, wanted.grid, first)?,
                (Some(adaptive), _) => {
                    let how = (wanted.impulses.points, wanted.backward.is_some());
                    lowerer.adaptive_path(&steps, wanted.grid, adaptive, first, how)?
                }
            };
            (path, of_start)
        }
        Estimator::Law => lowerer.path_with_density(&steps, wanted.grid, first)?,
        Estimator::Mixed => {
            lowerer.path_beside_density(&steps, wanted.grid, wanted.instance, first)?
        }
    };
    let path = lowerer.path_of_states(path);
    let mut results = match &wanted.objective {
        Objective::States => path.kept.leaves(),
        Objective::Sample(at) => {
            let observed = lowerer.observed(model, wanted.grid, &path, at)?;
            [path.kept.leaves(), observed].concat()
        }
        Objective::Evidence(evidence) => lowerer.evidence(model, evidence, wanted.grid, &path)?,
        Objective::Value { value, kept: places, draws, .. } => {
            let mut states_at = Vec::new();
            for at in places {
                states_at.push((at.clone(), lowerer.known_at(model, &path.kept, at)));
            }
            for (law, local, stream) in *draws {
                let ty = lowerer.sizes.concrete(&program.locals[*local].ty, &env.generics);
                let first = lowerer.b.int(0);
                let drawn = lowerer.draws(stream, draw_law(*law), first, &ty);
                env.bind(*local, drawn);
            }
            let scope = Scope { states_at, ..Scope::new(model, env.clone()) };
            lowerer.scope = Some(scope);
            let result = lowerer.eval(value, &env)?;
            lowerer.materialise(&result, &value.ty, &env).leaves()
        }
    };
    if let Some(ratio) = ratio {
        results[0] = lowerer.b.binary(Binary::Mul, results[0], ratio);
    }
    let status = lowerer.first_status(path.status).map(|status| {
        results.push(status);
        results.len() - 1
    });
    if let Some(backward) = &wanted.backward {
        let value = results[0];
        results.extend(lowerer.derivatives(backward, &steps, wanted.grid, &path, value)?);
    }
    Ok(Lowered { status, ..lowerer.finish(results) })
}

impl<'a> Lowerer<'a> {
    /// A path whose states are those of the model, whatever was carried.
    fn path_of_states(&mut self, path: Path) -> Path {
        let kept = self.states_of(&path.kept);
        let y = self.states_of(&path.last.y);
        Path { kept, last: Point { y, ..path.last }, ..path }
    }

    /// Evaluates the model's lets of the stages that `at` accepts.
    pub(super) fn model_lets(
        &mut self,
        model: &'a hir::Model,
        env: &mut Env,
        at: impl Fn(Stage) -> bool,
    ) -> Result<()> {
        for binding in model.lets.iter().filter(|binding| at(binding.stage)) {
            let value = self.eval(&binding.value, env)?;
            self.bind(&binding.pattern, &value, &binding.value.ty, env);
        }
        Ok(())
    }

    /// The states at the start, in order.
    pub(super) fn initial(&mut self, model: &'a hir::Model, env: &mut Env) -> Result<Val> {
        match self.entries_of_paths() {
            Some(entries) => self.start_of_paths(model, entries),
            None => self.start(model, env, &mut |_, _, value, _| Ok(value)),
        }
    }

    /// The states at the start, in order, each as `held` says, which may bind it for what it evaluates.
    pub(super) fn start(
        &mut self,
        model: &'a hir::Model,
        env: &mut Env,
        held: &mut Held<'_, 'a>,
    ) -> Result<Val> {
        let mut states = Vec::new();
        self.model_lets(model, env, |stage| stage == Stage::Time)?;
        for init in &model.inits {
            let state = &self.program.locals[init.state];
            let ty = self.sizes.concrete(&state.ty, &env.generics);
            // For the paths of a table all is drawn at once.
            if let Some((law, draws)) = init.draw.filter(|&(_, draws)| env.get(draws).is_none()) {
                let (stream, step) = (self.stream(model, &state.name), self.b.int(0));
                let drawn = self.draws(&stream, draw_law(law), step, &ty);
                env.bind(draws, drawn);
            }
            let value = self.eval(&init.value, env)?;
            let value = self.materialise_concrete(&value, &ty);
            let value = self.spread(&value, &ty);
            let value = held(self, init, value, env)?;
            env.bind(init.state, value.clone());
            states.push(value);
        }
        Ok(Val::Parts(states))
    }

    /// A number where a table was wanted goes to every entry.
    pub(super) fn spread(&mut self, value: &Val, ty: &Ty) -> Val {
        let leaves = self.sizes.leaves(ty);
        if let (Val::Array(x), [leaf]) = (value, leaves.as_slice())
            && self.b.ty(*x).shape.is_empty()
        {
            return Val::Array(self.b.broadcast(*x, &leaf.shape));
        }
        value.clone()
    }

    /// Independent standard draws for every entry of a type, in the order of [`Lowerer::flat`].
    pub(super) fn draws(&mut self, name: &str, law: DrawLaw, step: Value, ty: &Ty) -> Val {
        let stream = self.b.stream(name);
        let leaves = self.sizes.leaves(ty);
        if let [leaf] = leaves.as_slice() {
            return Val::Array(self.b.draw(stream, law, step, leaf.clone()));
        }
        let entries = leaves.iter().map(Type::entries).sum();
        let all = Type::array(self.sizes.float, &[entries]);
        let flat = self.b.draw(stream, law, step, all);
        self.unflat(flat, ty)
    }

    /// The scan over steps.
    pub(super) fn path(&mut self, steps: &Steps<'a>, grid: Grid, first: Val) -> Result<Path> {
        let nothing = Val::Parts(Vec::new());
        let first = self.first_point(steps, grid, first)?;
        let (_, path) =
            self.walk(steps, grid, &nothing, first, &mut |this, k, nothing, from| {
                let (_, h) = this.interval(steps, k);
                let w = this.increments(steps, k, h, &Normals::Of(k));
                Ok((nothing, this.step_by(steps, k, from, w)?))
            })?;
        Ok(path)
    }

    /// The scan over steps, which carries `beside` next to the point. Returns what `beside` ends as, too.
    pub(super) fn walk(
        &mut self,
        steps: &Steps<'a>,
        grid: Grid,
        beside: &Val,
        first: Point,
        step: &mut Stepper<'_, Self>,
    ) -> Result<(Val, Path)> {
        let Grid { keeps_start, rows, .. } = grid;
        let points = first.leaves();
        let mut carries = [points.as_slice(), &beside.leaves()].concat();
        let stops = steps.walls.stop() && grid.steps > 0;
        if stops {
            carries.push(self.first_left(&steps.walls, grid.steps, &first.y));
        }
        let mut types = vec![Type::scalar(Scalar::I64)];
        types.extend(carries.iter().map(|&carry| self.b.ty(carry).clone()));
        let params = self.b.open_region(&types);
        let mut carried = params[1..].iter().copied();
        let from = first.with_leaves(&mut carried);
        let next = step(self, params[0], beside.with_leaves(&mut carried), from.clone());
        let next = next.and_then(|(beside, next)| {
            let next = self.end_of_step(steps, params[0], next)?;
            let y = self.inside(&steps.walls, &from.y, &next.y);
            Ok((beside, Point { y, ..next }))
        });
        let left = carried.next();
        let (mut results, states) = match &next {
            Ok((beside, next)) => {
                let mut results = [next.leaves(), beside.leaves()].concat();
                let left = left
                    .map(|left| self.left_by(&steps.walls, grid.steps, left, (params[0], &next.y)));
                results.extend(left);
                let kept = self.unless_left(&steps.walls, grid.steps, left, &next.y);
                (results, kept.leaves())
            }
            Err(_) => (Vec::new(), Vec::new()),
        };
        let emits = match rows {
            0 => Vec::new(),
            _ if grid.keeps_only_last() => Vec::new(),
            _ => vec![Emit::Slots { slots: steps.slots, rows }; states.len()],
        };
        if !emits.is_empty() {
            results.extend(states);
        }
        let region = self.b.close_region(results);
        next?;
        let all = self.b.scan_of(grid.steps, false, carries.clone(), emits.clone(), region);
        let left = stops.then(|| all[carries.len() - 1]);
        let end = first.y.with_leaves(&mut all.iter().copied());
        let end = self.unless_left(&steps.walls, grid.steps, left, &end).leaves();
        let mut kept = Vec::new();
        for (k, start) in first.y.leaves().into_iter().enumerate() {
            let mut parts = Vec::new();
            if keeps_start {
                parts.push(self.b.broadcast(start, &[1]));
            }
            if !emits.is_empty() {
                parts.push(all[carries.len() + k]);
            } else if grid.keeps_only_last() {
                parts.push(self.b.broadcast(end[k], &[1]));
            }
            kept.push(if parts.len() == 1 { parts[0] } else { self.b.concat(parts) });
        }
        let mut ends = all.into_iter();
        let last = first.with_leaves(&mut ends);
        let ended = beside.with_leaves(&mut ends);
        let kept = first.y.with_leaves(&mut kept.into_iter());
        let status = left.map(|left| self.status_of_left(grid.steps, left));
        Ok((ended, Path { first, last, kept, status, record: None }))
    }

    /// The states at the start with what the method carries.
    fn first_point(&mut self, steps: &Steps<'a>, grid: Grid, y: Val) -> Result<Point> {
        let t = if grid.steps == 0 {
            self.b.float(Scalar::F64, 0.0)
        } else {
            let first = self.b.int(0);
            self.interval(steps, first).0
        };
        let system = self.system(steps);
        self.begin(steps.scheme, &system, t, y)
    }

    /// The point after step `k` with what happens at its end.
    fn end_of_step(&mut self, steps: &Steps<'a>, k: Value, next: Point) -> Result<Point> {
        if steps.sources.is_empty() {
            return Ok(next);
        }
        let (t, h) = self.interval(steps, k);
        let end = self.b.binary(Binary::Add, t, h);
        let one = self.b.int(1);
        let at = self.b.binary(Binary::Add, k, one);
        self.landed(steps, (at, end), None, next)
    }

    /// One step of the method by the increment `w`.
    pub(super) fn step_by(
        &mut self,
        steps: &Steps<'a>,
        k: Value,
        from: Point,
        w: Val,
    ) -> Result<Point> {
        let (t, h) = self.interval(steps, k);
        let h = self.b.convert(h, self.sizes.float);
        let system = self.system(steps);
        self.advance(steps.scheme, &system, [t, h], from, w)
    }
}

pub(super) fn draw_law(law: BaseLaw) -> DrawLaw {
    match law {
        BaseLaw::Normal => DrawLaw::Normal,
        BaseLaw::Uniform => DrawLaw::Uniform,
    }
}

/// How many scalar noises drive a model.
pub fn channels(program: &hir::Program, model: &hir::Model, instance: &hir::Instance) -> usize {
    let lowerer = Lowerer::new(program, "", false);
    let env = lowerer.top(Some(instance));
    usize::try_from(lowerer.channels(model, &env)).expect("the checker bounds sizes")
}

/// How many elements an index set has.
pub fn extent(program: &hir::Program, instance: &hir::Instance, set: &hir::IndexSet) -> u64 {
    let lowerer = Lowerer::new(program, "", false);
    let env = lowerer.top(Some(instance));
    lowerer.sizes.extents(set, &env.generics).iter().product()
}

/// The arrays that hold a value of a type: what follows its name (`.A` for a field), and extents.
pub fn shapes(
    program: &hir::Program,
    instance: &hir::Instance,
    ty: &Ty,
) -> Vec<(String, Vec<usize>)> {
    let lowerer = Lowerer::new(program, "", false);
    let env = lowerer.top(Some(instance));
    let ty = lowerer.sizes.concrete(ty, &env.generics);
    let shape = |ty: Type| {
        ty.shape.iter().map(|&n| usize::try_from(n).expect("the checker bounds sizes")).collect()
    };
    let shapes = lowerer.sizes.leaves(&ty).into_iter().map(shape);
    suffixes(&ty).into_iter().zip(shapes).collect()
}

/// What follows the name of each array that holds a value of a type.
fn suffixes(ty: &Ty) -> Vec<String> {
    if let Ty::Table(_, entry) = ty {
        return suffixes(entry);
    }
    if let Ty::Ix(hir::IndexSet::Product(sets)) = ty {
        let parts = sets.iter().map(|set| suffixes(&Ty::Ix(set.clone()))).enumerate();
        return parts
            .flat_map(|(k, rest)| rest.into_iter().map(move |rest| format!(".{k}{rest}")))
            .collect();
    }
    let parts: Vec<(String, &Ty)> = if let Ty::Record(fields) = ty {
        fields.iter().map(|(name, ty)| (name.clone(), ty)).collect()
    } else if let Ty::Tuple(parts) = ty {
        parts.iter().enumerate().map(|(k, ty)| (k.to_string(), ty)).collect()
    } else {
        return vec![String::new()];
    };
    let named = |(name, ty): (String, &Ty)| {
        suffixes(ty).into_iter().map(move |rest| format!(".{name}{rest}")).collect::<Vec<_>>()
    };
    parts.into_iter().flat_map(named).collect()
}
