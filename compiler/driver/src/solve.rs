//! What `sample` and `estimate` share: settings, time grid, program, machine code, inputs.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use sdec_base::{Diagnostic, Span};
use sdec_codegen::Backend;
use sdec_engine::{Statuses, Stopped};
use sdec_hir::{self as hir, Convention, NoiseClass};
use sdec_lower::to_ssa::{
    self, Backward, Binding, Constant, Constants, Estimator, Grid, Lowered, Objective,
};

use crate::columns::Columns;
use crate::common;
use crate::compile::{MEMORY, Machine, Runs, Took, compile_optimised, optimise};
use crate::constants::{Evaluator, Starts, Values};
use crate::ends::{self, Reads};
use crate::gradient::{self, Maker, Mode, Pair, Wanted};
use crate::grid::{landmarks_only, time_grid_by};
use crate::impulses::{Impulses, Times};
use crate::inputs::{HostArray, Owned};
use crate::{Failure, GridError, Session, TimeGrid, brownian, params};

/// Steps over the whole interval where neither the file nor the command line says.
const DEFAULT_STEPS: f64 = 100.0;

/// Tolerances and attempts where a method chooses its steps and nothing is said.
const RTOL: f64 = 1e-6;
const ATOL: f64 = 1e-8;
const ATTEMPTS: u64 = 4096;

/// How steps are chosen.
struct Adaptive {
    /// Relative, absolute, and the first step, 0 where it is found.
    tolerances: Vec<f64>,
    attempts: u64,
}

/// A block that solves a model, with what its settings and the options say.
pub(crate) struct Plan<'a> {
    pub(crate) session: &'a Session,
    pub(crate) program: &'a hir::Program,
    pub(crate) model: &'a hir::Model,
    pub(crate) model_id: hir::ModelId,
    pub(crate) instance: &'a hir::Instance,
    pub(crate) single: bool,
    method: hir::MethodId,
    /// Those of the models of which paths are drawn.
    pub(crate) methods: BTreeMap<hir::ModelId, hir::MethodId>,
    /// As the user is told: `euler(dt = 1 / 252)`.
    pub(crate) solver: String,
    pub(crate) paths: u64,
    pub(crate) seed: u64,
    /// What becomes of a path whose state leaves its support.
    boundary: hir::Boundary,
    start: f64,
    /// The first and the last time.
    ends: [f64; 2],
    pub(crate) grid: TimeGrid,
    /// How steps are chosen, where they are not those of the grid.
    adaptive: Option<Adaptive>,
    /// Distinct kept times, increasing.
    pub(crate) kept: Vec<f64>,
    values: Values,
    pub(crate) remarks: Vec<String>,
    /// Inputs of which each row of data has its own.
    pub(crate) row_inputs: Vec<hir::LocalId>,
    /// Parameters of which each row of data has its own.
    pub(crate) row_params: Vec<hir::LocalId>,
    /// Where each row of data has landmarks of its own: how many, and the most steps from one to the
    /// next.
    pub(crate) legs: Option<[u64; 2]>,
    /// Whether the logarithms of positive states are integrated.
    logs: bool,
    /// What moves states at times of its own.
    pub(crate) impulses: Impulses,
    /// For each observation that a sample draws, the kept time that is its only one, by number.
    pub(crate) at: Vec<Option<u64>>,
}

/// What a block wants, before settings are numbers.
pub(crate) struct Request<'a> {
    pub(crate) model: hir::ModelId,
    pub(crate) instance: &'a hir::Instance,
    pub(crate) settings: &'a hir::Settings,
    /// The clause that the block is, for messages.
    pub(crate) span: Span,
    /// Times at which states are wanted: numbers, or tables of them.
    pub(crate) times: Vec<Cow<'a, hir::Expr>>,
    /// Times that observations have for themselves, which are kept as well.
    pub(crate) also: Vec<&'a hir::Expr>,
    /// More of them, as numbers.
    pub(crate) landmarks: Vec<f64>,
    /// The first time, where nothing says another.
    pub(crate) start: f64,
    /// Whether the solve runs from the last time back to the first: its times are counted from there.
    pub(crate) is_backwards: bool,
    /// Expressions that are evaluated along a path or at its end.
    pub(crate) readers: Vec<&'a hir::Expr>,
    /// Whether the times must increase as they stand, as save times do.
    pub(crate) ordered: bool,
    /// Whether rows of data say when inputs move states.
    pub(crate) own_impulses: bool,
    /// What is evaluated at the end of a path.
    pub(crate) value: Option<&'a hir::Expr>,
    /// The paths that are drawn in it.
    pub(crate) drawn: Vec<&'a hir::Drawn>,
    /// Whether anything else is drawn in it.
    pub(crate) draws: bool,
    pub(crate) default_paths: u64,
    /// Whether what is observed is drawn as well.
    pub(crate) observes: bool,
    /// Whether it is computed in doubles, whatever the program and the options say.
    pub(crate) doubles: bool,
}

/// Where a program reads an array of an input or a parameter.
#[derive(Clone, Copy, Debug)]
struct Places {
    /// Along the path.
    path: Option<usize>,
    /// In the density of the path, where that has parameters of its own.
    density: Option<usize>,
}

impl Places {
    fn any(self) -> Option<usize> {
        self.path.or(self.density)
    }

    fn both(self) -> Option<[usize; 2]> {
        self.path.zip(self.density).map(|(path, density)| [path, density])
    }
}

/// A program that is ready to run.
pub(crate) struct Ready {
    pub(crate) machine: Machine,
    pub(crate) inputs: Vec<Owned>,
    /// The output that says how paths ended.
    pub(crate) status: Option<usize>,
}

impl<'a> Plan<'a> {
    /// Evaluates settings and makes the time grid. Also returns, for each time expression, its
    /// numbers.
    pub(crate) fn new(
        session: &'a Session,
        evaluator: &Evaluator<'_>,
        request: &Request<'a>,
    ) -> Result<(Self, Vec<Vec<f64>>), Failure> {
        let program = session.checked()?;
        let model = &program.models[request.model];
        let settings = request.settings;
        let refuse = |diagnostic: Diagnostic| session.sources.refuse(&diagnostic);
        let single = !request.doubles && (session.options.single || program.single);
        let mut wanted = Constants { instance: Some(request.instance), ..Constants::default() };
        let drawn: BTreeSet<hir::ModelId> = request.drawn.iter().map(|path| path.model).collect();
        wanted.models = vec![model];
        let others = drawn.iter().filter(|&&id| id != request.model);
        wanted.models.extend(others.map(|&id| &program.models[id]));
        let own = model.constants(program);
        let of_drawn = request.drawn.iter().flat_map(|path| constants_of(program, path));
        for (local, value) in own.into_iter().chain(of_drawn) {
            let is_known = wanted.locals.iter().any(|&(known, _)| known == local);
            if let Some(value) = value.filter(|_| !is_known) {
                wanted.locals.push((local, value));
            }
        }
        wanted.readers.extend(wanted.models.iter().flat_map(|model| model.path_exprs()));
        wanted.readers.extend(request.value);
        wanted.readers.extend(&request.readers);
        if request.observes {
            wanted.readers.extend(model.drawn().map(|(_, draw)| &draw.value));
        }
        let dt = settings.solver.as_ref().and_then(|solver| solver.dt.as_ref());
        let chosen = settings.solver.as_ref().and_then(|solver| solver.adaptive.as_ref());
        let tolerance = |of: fn(&hir::Adaptive) -> Option<&hir::Expr>| chosen.and_then(of);
        let optional = [
            settings.start.as_ref(),
            dt,
            settings.paths.as_ref(),
            settings.seed.as_ref(),
            tolerance(|chosen| chosen.rtol.as_ref()),
            tolerance(|chosen| chosen.atol.as_ref()),
            tolerance(|chosen| chosen.attempts.as_ref()),
        ];
        let asked = request.times.len();
        let times = request.times.iter().map(Cow::as_ref);
        let all: Vec<&hir::Expr> = times.chain(request.also.iter().copied()).collect();
        let reads = all.iter().map(|time| ends::read(model, time)).collect::<Vec<_>>();
        let known = all.iter().zip(&reads).filter(|(_, read)| **read == Reads::Neither);
        let impulses: Vec<&hir::Expr> = match request.own_impulses {
            true => Vec::new(),
            false => model.impulse_times().collect(),
        };
        let known = known.map(|(time, _)| *time).chain(impulses.iter().copied());
        wanted.exprs.extend(optional.into_iter().flatten().chain(known));
        let mut given = params::Given::new();
        if let Some(file) = &session.options.params {
            for model in &wanted.models {
                given.extend(params::given(file, program, Some(model), request.instance)?);
            }
        }
        let models = wanted.models.clone();
        let own = |local| {
            let params = models.iter().flat_map(|model| &model.params).chain(&program.shared);
            // What each row of a fit has for itself is no value of the model.
            params.filter(|param| param.per.is_none()).any(|param| param.local == local)
        };
        let fitted = evaluator.fitted.iter().filter(|((local, _), _)| own(*local));
        given.extend(fitted.map(|(place, array)| (*place, array.clone())));
        wanted.given = given.keys().copied().collect();
        let seed = drawn_by(evaluator, settings, &wanted, request.span)?;
        let starts = Starts { seed, given };
        let settings_only = wanted.of_exprs();
        let first = if single { &settings_only } else { &wanted };
        let mut values = evaluator.evaluate(first, &starts, false)?;
        let times_of_impulses = values.exprs.len() - impulses.len();
        let (numbers, impulses) = values.exprs.split_at(times_of_impulses);
        let mut numbers = numbers.iter().map(|(_, arrays)| arrays[0].to_floats());
        let impulses: Vec<Vec<HostArray>> =
            impulses.iter().map(|(_, arrays)| arrays.clone()).collect();
        let [start, dt_value, paths, seed, rtol, atol, attempts] =
            optional.map(|expr| expr.and_then(|_| numbers.next()).map(|numbers| numbers[0]));
        let mut known = numbers.collect::<Vec<_>>().into_iter();
        let known = |read: &Reads| (*read == Reads::Neither).then(|| known.next()).flatten();
        let known: Vec<Option<Vec<f64>>> = reads.iter().map(known).collect();
        let ends =
            ends::Ends { model, start: start.unwrap_or(request.start), reads: &reads, times: &all };
        let times = ends.numbers(known, &settings_only, &starts, evaluator)?;
        if single {
            wanted.exprs.clear();
            let took = values.took;
            values = evaluator.evaluate(&wanted, &starts, true)?;
            values.took = values.took + took;
        }

        let mut start = start.unwrap_or(request.start);
        let (times, also) = times.split_at(asked);
        let mut kept: Vec<f64> = times.iter().flatten().copied().collect();
        kept.extend(&request.landmarks);
        let increases = kept.is_sorted_by(|a, b| a < b);
        if !request.ordered || increases {
            kept.extend(also.iter().flatten());
            kept.sort_by(f64::total_cmp);
            kept.dedup();
        }
        let mut also = also.iter().flatten();
        let mut row_of_next =
            || also.next().and_then(|time| kept.iter().position(|kept| kept == time));
        let of_observation = |observation: &hir::Observation| {
            observation.at.as_ref().and_then(|_| row_of_next()).map(|row| row as u64)
        };
        let at = match request.observes {
            true => model.drawn().map(|(observation, _)| observation).map(of_observation).collect(),
            false => Vec::new(),
        };
        let last = kept.last().copied().unwrap_or(start);
        let ends = [start, last];
        if request.is_backwards {
            kept.iter_mut().for_each(|time| *time -= start);
            start = 0.0;
        }
        let Some(&end) = kept.last() else {
            return Err(refuse(no_times(program, model, request)));
        };
        let mut remarks = Vec::new();
        let dt = dt_value.unwrap_or((end - start) / DEFAULT_STEPS);
        let at_dt = settings.solver.as_ref().and_then(|solver| solver.dt.as_ref());
        let at_dt = at_dt.map_or(request.span, |expr| expr.span);
        let at_times = request.times.first().map_or(request.span, |expr| expr.span);
        let still = end == start && kept.len() == 1;
        let mut impulses = impulses.iter().map(Vec::as_slice);
        let impulses = Times::new(program, model, &mut impulses, start, &kept);
        let stops = impulses.stops(start, end);
        let grid = if still {
            time_grid_by(start, &kept, &[], 1.0)
        } else if chosen.is_some() {
            landmarks_only(start, &kept, dt_value)
        } else {
            time_grid_by(start, &kept, &stops, dt)
        };
        let grid = grid.map_err(|error| refuse(no_grid(&error, at_dt, at_times)))?;
        let impulses = match chosen.is_some() && !still {
            true => impulses.along_landmarks(start, &kept),
            false => impulses.along(start, end, &grid),
        };
        let adaptive = match chosen.filter(|_| !still) {
            None => None,
            Some(chosen) => Some(Adaptive {
                tolerances: [
                    positive(rtol.unwrap_or(RTOL), "rtol", chosen.rtol.as_ref(), request.span),
                    positive(atol.unwrap_or(ATOL), "atol", chosen.atol.as_ref(), request.span),
                    Ok(dt_value.unwrap_or(0.0)),
                ]
                .into_iter()
                .collect::<Result<_, _>>()
                .map_err(|error| refuse(*error))?,
                attempts: match attempts {
                    None => ATTEMPTS,
                    Some(n) => count(n, "attempts", chosen.attempts.as_ref(), request.span)
                        .map_err(|error| refuse(*error))?,
                },
            }),
        };
        let channels = to_ssa::channels(program, model, request.instance);
        let draws = grid.steps() as f64 * channels as f64;
        if draws > crate::grid::MOST_DRAWS {
            return Err(refuse(no_grid(&GridError::TooManyDraws(draws), at_dt, at_times)));
        }
        let (method, name) = method(program, model, settings);
        let of_drawn = |&id| (id, self::method(program, &program.models[id], settings).0);
        let methods = drawn.iter().map(of_drawn).collect();
        let solver = match (&settings.solver, dt_value) {
            (Some(solver), _) if chosen.is_some() => {
                if rtol.is_none() && atol.is_none() {
                    remarks.push(format!("no tolerances given: rtol = {RTOL:e}, atol = {ATOL:e}"));
                }
                session.sources.map.slice(solver.span).to_owned()
            }
            (Some(solver), Some(_)) => session.sources.map.slice(solver.span).to_owned(),
            (given, _) => {
                let missing = if given.is_some() { "dt" } else { "solver" };
                remarks.push(format!("no {missing} given: {name}(dt = {dt})"));
                format!("{name}(dt = {dt})")
            }
        };
        let logs = settings.solver.as_ref().is_some_and(|solver| solver.logs.is_some());
        let class = model.class_in(program, logs);
        if program.methods[method].converts(model.convention, class) {
            remarks.push(program.methods[method].conversion(model));
        }
        let (shortest, longest) = grid.step_range;
        if adaptive.is_none() && grid.steps() > 0 && shortest < dt * (1.0 - 1e-9) {
            let [shortest, longest, dt] =
                [shortest, longest, dt].map(|length| format!("{length:.6}"));
            let to = if shortest == longest { String::new() } else { format!(" to {longest}") };
            let what = if stops.is_empty() { "save times" } else { "save times or events" };
            remarks.push(format!(
                "steps are {shortest}{to} long, not {dt}: {what} are off the grid of dt"
            ));
        }
        let is_certain = |model: &&hir::Model| {
            model.noises.is_empty() && model.inits.iter().all(|init| init.draw.is_none())
        };
        let deterministic = models.iter().all(is_certain)
            && !request.draws
            && !(request.observes && model.drawn().next().is_some());
        let paths = match paths {
            Some(paths) => count(paths, "paths", settings.paths.as_ref(), request.span)
                .map_err(|error| refuse(*error))?,
            None if deterministic || request.default_paths == 1 => 1,
            None => {
                remarks.push(format!("no paths given: {}", request.default_paths));
                request.default_paths
            }
        };
        if paths == 0 {
            let at = settings.paths.as_ref().map_or(request.span, |expr| expr.span);
            return Err(refuse(
                Diagnostic::error("E0413", "no paths to run", at)
                    .label(at, "this is 0; expected 1 or more"),
            ));
        }
        let seed = match seed {
            Some(seed) => count(seed, "seed", settings.seed.as_ref(), request.span)
                .map_err(|error| refuse(*error))?,
            None => 0,
        };
        let plan = Self {
            session,
            program,
            model,
            model_id: request.model,
            instance: request.instance,
            single,
            method,
            methods,
            solver,
            paths,
            seed,
            boundary: settings.boundary.map(|(boundary, _)| boundary).unwrap_or_default(),
            start,
            ends,
            grid,
            adaptive,
            kept,
            values,
            remarks,
            row_inputs: Vec::new(),
            row_params: Vec::new(),
            legs: None,
            logs,
            impulses,
            at,
        };
        Ok((plan, times.to_vec()))
    }

    /// The program of a path.
    pub(crate) fn lower(
        &self,
        objective: Objective<'_>,
        backward: Option<Backward>,
    ) -> Result<Lowered, Failure> {
        let wanted = self.solve(objective, backward);
        to_ssa::solve(self.program, &wanted)
            .map_err(|diagnostic| self.session.sources.refuse(&diagnostic))
    }

    /// What is solved, and how.
    pub(crate) fn solve<'o>(
        &'o self,
        objective: Objective<'o>,
        backward: Option<Backward>,
    ) -> to_ssa::Solve<'o> {
        let last = self.grid.rows.last() == Some(&(self.grid.kept.cast_signed() - 1));
        let grid = match self.legs {
            Some([landmarks, most]) => Grid {
                steps: self.grid.steps(),
                is_even: false,
                keeps_start: false,
                rows: landmarks,
                keeps_last: false,
                own: Some(most),
            },
            None => Grid {
                steps: self.grid.steps(),
                is_even: self.grid.is_even(),
                keeps_start: self.grid.keeps_start,
                rows: self.grid.kept,
                keeps_last: last || self.adaptive.is_some(),
                own: None,
            },
        };
        to_ssa::Solve {
            model: self.model_id,
            instance: self.instance,
            single: self.single,
            method: self.method,
            grid,
            adaptive: self.adaptive.as_ref().map(|chosen| to_ssa::Adaptive {
                attempts: chosen.attempts,
                first_step: chosen.tolerances[2] > 0.0,
            }),
            boundary: match objective {
                Objective::Evidence(_) => None,
                Objective::States | Objective::Sample(_) | Objective::Value { .. } => {
                    Some(self.boundary)
                }
            },
            logs: self.logs,
            impulses: self.impulses.shape(),
            given_increments: self.session.options.brownian.is_some(),
            inputs: self.row_inputs.clone(),
            row_params: self.row_params.clone(),
            objective,
            backward,
        }
    }

    /// Steps that are chosen cannot follow landmarks that each row has for itself, nor be differentiated as
    /// often as `laplace` does.
    pub(crate) fn refuse_chosen_steps(&self, integrated: bool) -> Result<(), Failure> {
        let what = match (self.adaptive.is_some(), self.legs.is_some(), integrated) {
            (true, _, true) => "`laplace` with a choice of steps cannot be run yet",
            (true, true, false) => {
                "a choice of steps for rows with times of their own cannot be run yet"
            }
            (true, false, false) | (false, _, _) => return Ok(()),
        };
        let found = Diagnostic::error("E0901", what, self.model.span)
            .label(self.model.span, "this model is fitted so")
            .help("give the step, as in  solver = rk4(dt = 0.1)");
        Err(self.session.sources.refuse(&found))
    }

    /// The program of a value and its derivatives with respect to what occurs in it.
    pub(crate) fn lower_gradient(
        &self,
        objective: Objective<'_>,
        estimate: &hir::Estimate,
    ) -> Result<Lowered, Failure> {
        let asked = estimate.settings.gradient;
        let (gradient, span) = asked.unwrap_or((hir::Gradient::Backprop, self.model.span));
        let mode = match gradient::maker(gradient) {
            Maker::Pass(mode) => mode,
            Maker::Lowering(mode) => {
                let wrt = estimate.wrt.iter().flat_map(|wrt| self.bindings(wrt)).collect();
                return self.lower(objective, Some(Backward { mode, wrt, span }));
            }
        };
        // A pass backwards inside a pass forwards would carry its whole tape along.
        let inner = if asked.is_some() { mode } else { Mode::Forward };
        let mut lowered = self.lower(objective, None)?;
        let wanted = self.wanted(&lowered, estimate);
        let func = crate::compile::optimise(lowered.func)?;
        lowered.func = gradient::run(&func, &wanted, mode, inner)
            .expect("inputs and parameters are made of floats, as the checker demands");
        Ok(lowered)
    }

    /// The derivatives that an estimate asks for, by the places of what occurs in its program.
    fn wanted(&self, lowered: &Lowered, estimate: &hir::Estimate) -> Wanted {
        let apart = estimate_by(estimate) == Estimator::Mixed;
        let mut wanted = Wanted::default();
        for wrt in &estimate.wrt {
            wanted.first.extend(self.places(lowered, wrt).into_iter().filter_map(Places::any));
        }
        for pair in &estimate.second {
            let present = self.pair_places(lowered, estimate, pair).into_iter().flatten();
            wanted.second.extend(present.map(|by| Pair { by, inner: pair.inner, apart }));
        }
        let second = estimate.second.iter().flat_map(|pair| &pair.by);
        for wrt in estimate.wrt.iter().chain(second) {
            let places = self.places(lowered, wrt).into_iter();
            wanted.together.extend(places.filter_map(Places::both));
        }
        wanted
    }

    /// For each array of an entry of `wrt` whether a program reads it.
    pub(crate) fn present(&self, lowered: &Lowered, wrt: &hir::Wrt) -> Vec<bool> {
        self.places(lowered, wrt).into_iter().map(|places| places.any().is_some()).collect()
    }

    /// For each array of the first entry of a pair with each of the second the places by which the value
    /// is differentiated twice; none where that is zero.
    pub(crate) fn pair_places(
        &self,
        lowered: &Lowered,
        estimate: &hir::Estimate,
        pair: &hir::WrtPair,
    ) -> Vec<Option<[usize; 2]>> {
        let apart = estimate_by(estimate) == Estimator::Mixed;
        let of = |k: usize| {
            let places = self.places(lowered, &pair.by[k]).into_iter();
            let along = apart && k == pair.inner;
            places.map(move |places| if along { places.path } else { places.any() })
        };
        let (a, b): (Vec<_>, Vec<_>) = (of(0).collect(), of(1).collect());
        let both = |&p: &Option<usize>| b.iter().map(move |&q| p.zip(q).map(|(p, q)| [p, q]));
        a.iter().flat_map(both).collect()
    }

    /// Where a program reads each array of an entry of `wrt`.
    fn places(&self, lowered: &Lowered, wrt: &hir::Wrt) -> Vec<Places> {
        let find = |wanted| lowered.bindings.iter().position(|&bound| bound == wanted);
        let leaf = |binding| {
            let Binding::Constant(_, leaf) = binding else {
                unreachable!("inputs and parameters are constants")
            };
            let density = Binding::Constant(Constant::Density(wrt.local), leaf);
            Places { path: find(binding), density: find(density) }
        };
        self.bindings(wrt).into_iter().map(leaf).collect()
    }

    /// What the arrays of an entry of `wrt` are to a program.
    fn bindings(&self, wrt: &hir::Wrt) -> Vec<Binding> {
        let ty = &self.program.locals[wrt.local].ty;
        let arrays = to_ssa::shapes(self.program, self.instance, ty).into_iter().enumerate();
        let of = arrays.filter(|(_, (suffix, _))| wrt.holds(suffix));
        of.map(|(leaf, _)| Binding::Constant(Constant::Local(wrt.local), leaf)).collect()
    }

    /// Compiles the program and gathers its inputs.
    pub(crate) fn ready(
        &mut self,
        mut lowered: Lowered,
        columns: &Columns<'_>,
        backend: &dyn Backend,
    ) -> Result<Ready, Failure> {
        let streams: BTreeMap<String, sdec_noise::Key> = lowered
            .func
            .streams
            .values()
            .map(|name| (format!("key.{name}"), sdec_noise::stream_key(self.seed, name, 0)))
            .collect();
        let memory = self.session.options.memory.unwrap_or(MEMORY);
        let status = lowered.status;
        let schedule = self.session.options.schedule;
        let threads = self.session.options.threads().get() as u64;
        let runs = Runs { schedule, threads, ..Runs::new(self.paths, Some(1)) };
        let begin = Instant::now();
        lowered.func = optimise(lowered.func)?;
        let shared = common::take(&mut lowered, common::of_one_run(self.paths));
        let mut handed = match &shared {
            Some(shared) => common::values(self, shared, columns, backend)?.into_iter(),
            None => Vec::new().into_iter(),
        };
        let before = begin.elapsed();
        let mut machine = compile_optimised(lowered.func, backend, memory, runs)?;
        machine.took.whole += before;
        let mut inputs = Vec::new();
        for (k, slot) in machine.code.signature().inputs.iter().enumerate() {
            inputs.push(match lowered.bindings.get(k) {
                Some(Binding::Handed(_)) => {
                    handed.next().expect("each result is handed over").into_slot(slot)
                }
                Some(&binding) => self.array(binding, columns)?.into_slot(slot),
                None => Owned::Word(streams[&slot.name].0.to_vec()),
            });
        }
        Ok(Ready { machine, inputs, status })
    }

    /// The array of a binding.
    pub(crate) fn array(
        &self,
        binding: Binding,
        columns: &Columns<'_>,
    ) -> Result<HostArray, Failure> {
        Ok(match binding {
            Binding::Column(data, column, leaf) => columns.array(data, column, leaf)?,
            Binding::Constant(constant, k) => {
                let constant = match constant {
                    Constant::Density(local) => Constant::Local(local),
                    Constant::Global(_) | Constant::Local(_) => constant,
                };
                match self.values.named.get(&constant) {
                    Some(arrays) => arrays[k].clone(),
                    None => return Err(self.no_value(constant)),
                }
            }
            Binding::Draws(_) => unreachable!("start values are evaluated before paths begin"),
            Binding::Handed(_) => unreachable!("it is computed before paths begin"),
            Binding::Times => HostArray::Float(self.grid.times.clone()),
            Binding::Steps => HostArray::Float(self.grid.lengths.clone()),
            Binding::Landmarks => {
                let after = &self.kept[usize::from(self.grid.keeps_start)..];
                HostArray::Float([&[self.start], after].concat())
            }
            Binding::Tolerances => {
                let chosen = self.adaptive.as_ref();
                HostArray::Float(chosen.map_or_else(Vec::new, |chosen| chosen.tolerances.clone()))
            }
            Binding::Ends => HostArray::Float(self.ends.to_vec()),
            Binding::Rows => HostArray::Int(self.grid.rows.clone()),
            Binding::Impulses(of) => self.impulses.array(of),
            Binding::Free(..) | Binding::Row(_) => {
                return Err(Failure::Usage("a row of data is no part of one path".to_owned()));
            }
            Binding::Brownian => {
                let file = self.session.options.brownian.as_deref();
                let file = file.expect("increments are asked for when a file is given");
                HostArray::Float(brownian::increments(file, &self.grid, self.channels())?)
            }
        })
    }

    /// How paths ended, at times: steps of the grid end paths by their number.
    pub(crate) fn timed(&self, ended: Statuses) -> Statuses {
        let of_step = |stopped: Stopped| {
            let k = stopped.time.max(0.0) as usize;
            let step = self.grid.times.get(k).zip(self.grid.lengths.get(k));
            let time = match step {
                Some((from, length)) if stopped.time >= 0.0 => from + length,
                _ => self.start,
            };
            Stopped { time, ..stopped }
        };
        if self.adaptive.is_some() {
            return ended;
        }
        Statuses { first: ended.first.map(of_step), ..ended }
    }

    fn no_value(&self, constant: Constant) -> Failure {
        let Constant::Local(local) = constant else {
            unreachable!("top-level lets that are read are evaluated")
        };
        let local = &self.program.locals[local];
        let what = if local.kind == hir::LocalKind::Input { "input" } else { "param" };
        self.session.sources.refuse(
            &Diagnostic::error("E0410", format!("`{}` has no value", local.name), local.span)
                .label(local.span, format!("this {what} is used, but nothing says what it is"))
                .help(format!("give it one here with `= …`, or run with --set {}=…", local.name)),
        )
    }

    /// How many scalar noises the model has.
    fn channels(&self) -> usize {
        to_ssa::channels(self.program, self.model, self.instance)
    }

    /// That there is no grid, because of what is written there.
    pub(crate) fn no_grid(&self, error: &GridError, at: Span) -> Failure {
        self.session.sources.refuse(&no_grid(error, at, at))
    }

    /// Time that constants took to compile.
    pub(crate) fn constants_took(&self) -> Took {
        self.values.took
    }

    /// `additive`
    pub(crate) fn noise(&self) -> &'static str {
        match self.model.class {
            NoiseClass::None => "none",
            NoiseClass::Additive => "additive",
            NoiseClass::Diagonal => "diagonal",
            NoiseClass::Commutative => "commutative",
            NoiseClass::General => "general",
        }
    }
}

/// What an estimate's program must hold, so that its derivatives can be taken.
pub(crate) fn estimate_by(estimate: &hir::Estimate) -> Estimator {
    let twice = !estimate.second.is_empty();
    match estimate.estimator {
        hir::Estimator::Pathwise => Estimator::Pathwise,
        hir::Estimator::LikelihoodRatio { continuous: true } if twice => Estimator::Mixed,
        hir::Estimator::LikelihoodRatio { .. } => Estimator::Law,
        hir::Estimator::Score => Estimator::Start,
    }
}

/// What a path that is drawn reads before it begins, but for what it is given and what follows from that.
fn constants_of<'a>(
    program: &'a hir::Program,
    drawn: &hir::Drawn,
) -> impl Iterator<Item = (hir::LocalId, Option<&'a hir::Expr>)> {
    let model = &program.models[drawn.model];
    let mut given: Vec<hir::LocalId> = drawn.given.iter().map(|&(local, _)| local).collect();
    let following = model.following(program, &given);
    given.extend(following.into_iter().map(|(local, _)| local));
    let constants = model.constants(program).into_iter();
    constants.filter(move |(local, _)| !given.contains(local))
}

/// The method that the block names, or the plainest of the model's convention that the gradient allows.
fn method(
    program: &hir::Program,
    model: &hir::Model,
    settings: &hir::Settings,
) -> (hir::MethodId, String) {
    let is_undone = matches!(settings.gradient, Some((hir::Gradient::Reversible, _)));
    let default = match (model.noises.is_empty(), model.convention) {
        _ if is_undone => "reversible_heun",
        (true, _) => "rk4",
        (false, Some(Convention::Stratonovich)) => "heun",
        (false, Some(Convention::Ito) | None) => "euler",
    };
    let id = match &settings.solver {
        Some(solver) => solver.method,
        None => {
            let mut methods = program.methods.iter();
            let found = methods.find(|(_, method)| method.name == default);
            found.expect("the standard library has the default methods").0
        }
    };
    (id, program.methods[id].name.clone())
}

/// The seed of what start values are drawn from: known before the settings that may read them.
fn drawn_by(
    evaluator: &Evaluator<'_>,
    settings: &hir::Settings,
    wanted: &Constants<'_>,
    span: Span,
) -> Result<u64, Failure> {
    let Some(seed) = &settings.seed else { return Ok(0) };
    let mut draws = false;
    for (_, value) in &wanted.locals {
        value.walk(&mut |expr| draws |= matches!(expr.kind, hir::ExprKind::Draws(_)));
    }
    if !draws {
        return Ok(0);
    }
    let only = Constants { exprs: vec![seed], ..Constants::default() };
    let values = evaluator.evaluate(&only, &Starts::default(), false)?;
    let number = values.exprs[0].1[0].to_floats()[0];
    count(number, "seed", Some(seed), span).map_err(|error| evaluator.sources.refuse(&error))
}

fn positive(
    x: f64,
    what: &str,
    expr: Option<&hir::Expr>,
    span: Span,
) -> Result<f64, Box<Diagnostic>> {
    if x > 0.0 && x.is_finite() {
        return Ok(x);
    }
    let at = expr.map_or(span, |expr| expr.span);
    Err(Box::new(
        Diagnostic::error("E0413", format!("`{what}` must be positive"), at)
            .label(at, format!("this is {x}")),
    ))
}

fn count(x: f64, what: &str, expr: Option<&hir::Expr>, span: Span) -> Result<u64, Box<Diagnostic>> {
    if x.fract() == 0.0 && (0.0..9e15).contains(&x) {
        return Ok(x as u64);
    }
    let at = expr.map_or(span, |expr| expr.span);
    Err(Box::new(
        Diagnostic::error("E0413", format!("`{what}` is not a count"), at)
            .label(at, format!("this is {x}; expected a whole number from 0")),
    ))
}

fn no_times(program: &hir::Program, model: &hir::Model, request: &Request<'_>) -> Diagnostic {
    let title = "nothing says when the solve ends";
    let Some(value) = request.value else {
        return Diagnostic::error("E0414", title, request.span)
            .label(request.span, "no time is asked for")
            .help("add a line to the block:  times = linspace(0, 1, 101)");
    };
    let state = model.states.first().map_or("x", |state| &program.locals[state.local].name);
    Diagnostic::error("E0414", title, value.span)
        .label(value.span, "reads no state at a time")
        .help(format!("read a state at a time, as in  {state}(1.0)"))
}

fn no_grid(error: &GridError, at_dt: Span, at_times: Span) -> Diagnostic {
    match *error {
        GridError::Step(dt) => {
            Diagnostic::error("E0415", "the step is not a positive number", at_dt)
                .label(at_dt, format!("dt is {dt}"))
        }
        GridError::NotFinite(time) => {
            Diagnostic::error("E0415", "a time is not a number", at_times)
                .label(at_times, format!("one of these is {time}"))
        }
        GridError::BeforeStart { time, start } => {
            Diagnostic::error("E0415", "a time lies before the start", at_times)
                .label(at_times, format!("{time} is before {start}"))
                .help(format!("add to the block:  start = {time}"))
        }
        GridError::Order(a, b) => Diagnostic::error("E0415", "times must increase", at_times)
            .label(at_times, format!("{b} comes after {a}")),
        GridError::TooMany(steps) => Diagnostic::error("E0415", "too many steps", at_dt)
            .label(at_dt, format!("this step makes {steps:.3e} steps"))
            .help(format!("take a longer dt: at most {:.0e} steps are run", crate::MOST_STEPS)),
        GridError::TooManyDraws(draws) => Diagnostic::error("E0415", "too many steps", at_dt)
            .label(at_dt, format!("this step makes {draws:.3e} draws along a path"))
            .help("take a longer dt, or a smaller size: a path has at most 2³³ draws"),
    }
}
