//! `fit M to D`: the objective as compiled code.

mod derived;
mod effects;
mod explain;
mod head;
mod kept;
mod moments;
mod objective;
mod pack;
pub(crate) mod picture;
mod run;
mod series;
mod training;
mod transitions;
mod unconstrain;
mod units;

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;

use sdec_abi::Signature;
use sdec_base::Diagnostic;
use sdec_codegen::Backend;
use sdec_engine::Engine;
use sdec_fit::Batch;
use sdec_hir::{self as hir, Evidence, Partial};
use sdec_lower::to_ssa::{
    self, Aspect, Binding, Constant, Constants, FilterOf, Lowered, OfRow, TransitionOf,
};

use crate::columns::Columns;
use crate::common::{self, Common};
use crate::compile::{MEMORY, Origin, Runs, Took, compile, optimise};
use crate::constants::{Evaluator, Starts};
use crate::gradient::{self, Maker};
use crate::impulses::Impulses;
use crate::inputs::HostArray;
use crate::result::{Derivative, EstimateResult, Seconds, Solve};
use crate::solve::{Plan, Request};
use crate::{Failure, Session};
use derived::Derivatives;
pub(crate) use derived::{Differentiated, with_gradient};
pub(crate) use effects::effects;
pub(crate) use head::Free;
use head::Head;
use objective::Likelihood;
pub(crate) use objective::{Missing, Objective, Source};
use pack::ByPath;
use transitions::Seen;
use unconstrain::unconstrain;
use units::Units;

/// A fit that is ready to be evaluated.
pub(crate) struct Ready<'a> {
    pub(crate) plan: Plan<'a>,
    pub(crate) objective: Objective<'a>,
    /// Of the likelihood.
    origin: Origin,
    took: Took,
    threads: usize,
}

/// Which program of a fit is wanted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Form {
    /// What of its likelihood.
    aspect: Aspect,
    /// Of how many rows at most.
    rows: Option<usize>,
    /// The part of a single series that is to be held out: see [`series::Rows::divide`].
    tail: Option<f64>,
    /// Whether it is computed in doubles, whatever the program says.
    doubles: bool,
    /// Whether its derivatives will be wanted.
    derives: bool,
}

impl Form {
    /// That of all rows, with the numbers of the program.
    pub(crate) fn of(aspect: Aspect) -> Self {
        Self { aspect, rows: None, tail: None, doubles: false, derives: true }
    }
}

/// The plan of a fit, the program of some aspect of its likelihood, and what its paths read.
pub(crate) fn program<'a>(
    session: &'a Session,
    evaluator: &Evaluator<'_>,
    columns: &Columns<'_>,
    fit: &'a hir::Fit,
    block: &hir::Block,
    form: Form,
) -> Result<(Plan<'a>, Lowered, Units), Failure> {
    let aspect = form.aspect;
    let program = session.checked()?;
    let model = &program.models[fit.model];
    let [start, dt, at] = times(session, evaluator, fit)?;
    let mut fixed = at.into_iter();
    let at: Vec<Option<f64>> =
        model.observations.iter().map(|seen| seen.at.as_ref().and_then(|_| fixed.next())).collect();
    let mut rows = series::read(columns, program, fit, &at)?;
    let is_given =
        |impulse: &&hir::Impulse| rows.events.iter().any(|(input, _)| *input == impulse.input);
    let all = model.impulses.iter().find(|impulse| !is_given(impulse));
    if let (false, Some(all)) = (rows.shared, all) {
        return Err(session.sources.refuse(&own_times(program, all)));
    }
    if let Some(most) = form.rows {
        rows.keep(most);
    }
    if let Some(part) = form.tail {
        let from_before = matches!(fit.objective.evidence, Evidence::Transition { .. });
        rows.divide(part, from_before);
    }
    if aspect == Aspect::Spread {
        rows.refine();
    }
    let (start, dt) = (start.first().copied(), dt.first().copied());
    // A picture, and what says which transition has no density, look at transitions alone.
    let counts_start = aspect == Aspect::Sum && form.rows.is_none();
    let mut units = match &fit.objective.evidence {
        Evidence::Solved | Evidence::Flow { .. } => units::rows(&rows, start, dt),
        Evidence::Transition { states, start: law, partial, .. } => {
            let of =
                Seen { program, model, states, law: *law, counts_start, start, partial: *partial };
            transitions::paths(&of, &rows).map_err(|found| session.sources.refuse(&found))?
        }
    };
    units.held = rows.held;
    if units.first.last() == Some(&0) {
        let span = program.data[fit.data].span;
        let name = &program.data[fit.data].name;
        return Err(session.sources.refuse(&too_few(name, span)));
    }
    let first = fit.times.and(units.landmarks.first().copied());
    let is_flow = matches!(fit.objective.evidence, Evidence::Flow { .. });
    let is_transition = matches!(fit.objective.evidence, Evidence::Transition { .. });
    let spread = (aspect == Aspect::Spread).then(|| model.spread_exprs());
    let request = Request {
        model: fit.model,
        instance: &fit.instance,
        settings: &fit.settings,
        span: block.span,
        times: Vec::new(),
        also: Vec::new(),
        landmarks: if is_transition { vec![start.unwrap_or(0.0)] } else { units.landmarks.clone() },
        start: first.unwrap_or(0.0),
        is_backwards: is_flow,
        own_impulses: !rows.events.is_empty(),
        ordered: false,
        value: None,
        drawn: Vec::new(),
        draws: false,
        readers: model.likelihood_exprs().chain(spread.into_iter().flatten()).collect(),
        default_paths: 1,
        observes: false,
        doubles: form.doubles,
    };
    let (mut plan, _) = Plan::new(session, evaluator, &request)?;
    plan.row_inputs = fit.inputs.iter().map(|&(local, _)| local).collect();
    // To say which term of a likelihood is not finite, what rows have for themselves stays at its start.
    if aspect != Aspect::Terms {
        plan.row_params = own_params(program, fit).map(|param| param.local).collect();
    }
    plan.legs = units.legs;
    if let Some(own) = &units.impulses {
        plan.impulses = Impulses::of_rows(own.clone());
    }
    if is_transition {
        plan.remarks.clear();
        if units.starts_before {
            let remark = "the law of the start is left out where the first observation is later";
            plan.remarks.push(remark.to_owned());
        }
        plan.solver = "none".to_owned();
    }
    let refuse = |diagnostic: Box<Diagnostic>| session.sources.refuse(&diagnostic);
    let lowered = match &fit.objective.evidence {
        Evidence::Solved => {
            let integral = fit.objective.integral.and_then(|integral| match aspect {
                Aspect::Sum => Some(integral.value),
                Aspect::Modes => Some(integral.mode),
                Aspect::Terms | Aspect::Spread => None,
            });
            plan.refuse_chosen_steps(integral.is_some())?;
            let evidence = to_ssa::Evidence { seen: units.seen.clone(), aspect, integral };
            let objective = to_ssa::Objective::Evidence(evidence);
            match maker(fit) {
                Maker::Lowering(mode) if aspect == Aspect::Sum && form.derives => {
                    let (_, span) = fit.settings.gradient.expect("the mode was asked for");
                    let free = moving(program, fit);
                    let wrt = free.iter().map(Free::binding).collect();
                    plan.lower(objective, Some(to_ssa::Backward { mode, wrt, span }))?
                }
                Maker::Lowering(_) | Maker::Pass(_) => plan.lower(objective, None)?,
            }
        }
        Evidence::Transition { density, states, start, partial, .. } => {
            let of = TransitionOf {
                model: fit.model,
                instance: &fit.instance,
                single: plan.single,
                density: *density,
                states,
                start: *start && (counts_start || units.most.is_some()),
                inputs: &plan.row_inputs,
                row_params: &plan.row_params,
            };
            match (units.most, partial) {
                (Some(most), &Some(Partial::Filter(filter))) => {
                    to_ssa::filter(program, &FilterOf { of, filter, most, aspect })
                }
                (Some(_) | None, _) => to_ssa::transition(program, &of),
            }
            .map_err(refuse)?
        }
        Evidence::Flow { trace } => {
            let solve = plan.solve(to_ssa::Objective::States, None);
            to_ssa::flow(program, &solve, *trace).map_err(refuse)?
        }
    };
    Ok((plan, lowered, units))
}

/// Rows of times of their own that all meet the same events.
fn own_times(program: &hir::Program, impulse: &hir::Impulse) -> Diagnostic {
    let name = &program.locals[impulse.input].name;
    let title =
        format!("rows with times of their own that all meet the events `{name}` cannot be run yet");
    let help = format!("give each row its events in a column called `{name}`");
    Diagnostic::error("E0901", title, impulse.span)
        .label(impulse.span, "each row would meet them between other times")
        .help(help)
}

/// The parameters of which each row has its own.
fn own_params<'a>(
    program: &'a hir::Program,
    fit: &'a hir::Fit,
) -> impl Iterator<Item = &'a hir::Param> {
    let params = program.models[fit.model].params.iter();
    params.filter(|param| param.per.is_some() && !fit.fix.contains(&param.local))
}

/// What makes the derivatives of a fit.
fn maker(fit: &hir::Fit) -> Maker {
    gradient::maker(fit.settings.gradient.map_or(hir::Gradient::Backprop, |(mode, _)| mode))
}

fn constant(local: hir::LocalId, leaf: usize) -> Binding {
    Binding::Constant(Constant::Local(local), leaf)
}

/// The place of an array among the parameters of a program.
fn place(lowered: &Lowered, free: &Free) -> Option<usize> {
    lowered.bindings.iter().position(|&binding| binding == free.binding())
}

/// The arrays of the parameters that a fit moves, in order.
fn moving(program: &hir::Program, fit: &hir::Fit) -> Vec<Free> {
    let mut free = Vec::new();
    for param in moving_params(program, fit) {
        let local = &program.locals[param.local];
        let shapes = to_ssa::shapes(program, &fit.instance, &local.ty);
        for (k, (leaf, (_, shape))) in param.leaves.iter().zip(shapes).enumerate() {
            free.push(Free {
                local: param.local,
                leaf: k,
                name: format!("{}{}", local.name, leaf.name),
                shape,
                constraint: leaf.constraint.clone(),
                rows: param.per.is_some().then_some(1),
                span: local.span,
            });
        }
    }
    free
}

fn moving_params<'a>(program: &'a hir::Program, fit: &hir::Fit) -> Vec<&'a hir::Param> {
    let own = program.models[fit.model].params.iter().chain(&program.shared);
    let integrated = |param: &hir::Param| param.per.is_some() && fit.objective.integral.is_some();
    own.filter(|param| !fit.fix.contains(&param.local) && !integrated(param)).collect()
}

/// Where each input of a program comes from.
fn sources(
    signature: &Signature,
    bindings: &[Binding],
    free: &[Free],
    mut own: BTreeMap<OfRow, ByPath>,
    landmarks: &[f64],
    plan: &Plan<'_>,
    columns: &Columns<'_>,
) -> Result<Vec<Source>, Failure> {
    let mut sources = Vec::new();
    for (k, slot) in signature.inputs.iter().enumerate() {
        let Some(&binding) = bindings.get(k) else {
            sources.push(Source::Key(slot.name.trim_start_matches("key.").to_owned()));
            continue;
        };
        let moves = |free: &Free| binding == free.binding();
        sources.push(if let Some(array) = free.iter().position(moves) {
            if free[array].rows.is_some() { Source::RowParam(array) } else { Source::Param(array) }
        } else if let Binding::Free(local, leaf) = binding {
            let start = plan.array(constant(local, leaf), columns)?.to_floats();
            let integrated = integrated(plan, local, leaf);
            let start = unconstrain(&start, &integrated);
            let start = start.map_err(|error| plan.session.sources.refuse(&error))?;
            Source::Constant(HostArray::Float(start).into_slot(slot))
        } else if let Binding::Row(of) = binding
            && let Some(rows) = own.remove(&of)
        {
            Source::Own(rows)
        } else if let Binding::Handed(number) = binding {
            Source::Handed(number)
        } else if binding == Binding::Row(OfRow::Direction) {
            Source::Direction(format!("{}.trace", plan.model.name))
        } else if binding == Binding::Row(OfRow::ObservedTimes) {
            Source::Constant(HostArray::Float(landmarks.to_vec()).into_slot(slot))
        } else {
            Source::Constant(plan.array(binding, columns)?.into_slot(slot))
        });
    }
    Ok(sources)
}

/// Where each input of what is computed once for all rows comes from.
fn common_sources(
    signature: &Signature,
    bindings: &[Binding],
    free: &[Free],
    landmarks: &[f64],
    plan: &Plan<'_>,
    columns: &Columns<'_>,
) -> Result<Vec<common::Source>, Failure> {
    let sources =
        sources(signature, bindings, free, BTreeMap::new(), landmarks, plan, columns)?.into_iter();
    let common = sources.map(|source| match source {
        Source::Param(array) => common::Source::Moving(array),
        Source::Constant(owned) => common::Source::Fixed(owned),
        Source::RowParam(_)
        | Source::Own(_)
        | Source::Key(_)
        | Source::Direction(_)
        | Source::Handed(_) => unreachable!("it is the same for all rows"),
    });
    Ok(common.collect())
}

/// An array that is integrated over.
fn integrated(plan: &Plan<'_>, local: hir::LocalId, leaf: usize) -> Free {
    let param = plan.model.params.iter().find(|param| param.local == local);
    let param = param.expect("what is integrated over is a parameter of the model");
    let declared = &plan.program.locals[local];
    let shapes = to_ssa::shapes(plan.program, plan.instance, &declared.ty);
    Free {
        local,
        leaf,
        name: format!("{}{}", declared.name, param.leaves[leaf].name),
        shape: shapes.get(leaf).map_or_else(Vec::new, |(_, shape)| shape.clone()),
        constraint: param.leaves[leaf].constraint.clone(),
        rows: None,
        span: declared.span,
    }
}

/// Start, step and the times of observations that have one, as numbers: none or one each of the first
/// two.
fn times(
    session: &Session,
    evaluator: &Evaluator<'_>,
    fit: &hir::Fit,
) -> Result<[Vec<f64>; 3], Failure> {
    let program = session.checked()?;
    let model = &program.models[fit.model];
    let start = fit.settings.start.as_ref();
    let dt = fit.settings.solver.as_ref().and_then(|solver| solver.dt.as_ref());
    let at: Vec<&hir::Expr> =
        model.observations.iter().filter_map(|seen| seen.at.as_ref()).collect();
    let exprs: Vec<&hir::Expr> = start.into_iter().chain(dt).chain(at).collect();
    if exprs.is_empty() {
        return Ok([Vec::new(), Vec::new(), Vec::new()]);
    }
    let mut wanted = Constants { exprs, models: vec![model], ..Constants::default() };
    wanted.instance = Some(&fit.instance);
    for (local, value) in model.constants(program) {
        wanted.locals.extend(value.map(|value| (local, value)));
    }
    let values = evaluator.evaluate(&wanted, &Starts::default(), false)?;
    let mut numbers = values.exprs.iter().map(|(_, arrays)| arrays[0].to_floats()[0]);
    let start = start.and_then(|_| numbers.next());
    let dt = dt.and_then(|_| numbers.next());
    Ok([start.into_iter().collect(), dt.into_iter().collect(), numbers.collect()])
}

/// Compiles a fit; its numbers are doubles where that is asked for, whatever the program says.
pub(crate) fn ready<'a>(
    session: &'a Session,
    evaluator: &Evaluator<'_>,
    columns: &Columns<'_>,
    backend: &dyn Backend,
    (fit, block): (&'a hir::Fit, &hir::Block),
    (cancel, doubles): (&'a AtomicBool, bool),
) -> Result<Ready<'a>, Failure> {
    let program = session.checked()?;
    let tail = training::tail(session, evaluator, fit)?;
    let form = Form { tail, doubles, ..Form::of(Aspect::Sum) };
    let mut made = Differentiated::new(session, evaluator, columns, (fit, block), (form, true))?;
    let rows = made.units.first.len() - 1;
    let memory = session.options.memory.unwrap_or(MEMORY);
    let status = made.lowered.status;
    let schedule = session.options.schedule;
    let runs = Runs { schedule, ..Runs::new(made.units.paths(), None) };
    let func = std::mem::take(&mut made.lowered.func);
    let mut machine = compile(func, backend, memory, runs)?;
    let sources = made.sources(machine.code.signature(), columns)?;
    let Differentiated { plan, units, free, derivatives, .. } = made;
    let Derivatives { by_free: derivatives, shared } = derivatives;
    let common = match &shared {
        Some((shared, outputs)) => {
            let sources = |signature: &Signature| {
                let bindings = &shared.bindings;
                common_sources(signature, bindings, &free, &units.landmarks, &plan, columns)
            };
            let (common, took) = Common::new(shared, sources, backend, true)?;
            machine.took = machine.took + took;
            Some((common, outputs.clone()))
        }
        None => None,
    };
    let params = moving_params(program, fit);
    let head = Head::new(&plan, fit, &free, &params, (columns, rows), backend)?;
    let mut start = Vec::new();
    for free in &free {
        let values = plan.array(constant(free.local, free.leaf), columns)?.to_floats();
        let numbers = unconstrain(&values, free);
        let numbers = numbers.map_err(|diagnostic| session.sources.refuse(&diagnostic))?;
        start.extend(numbers.repeat(free.rows.unwrap_or(1)));
    }
    let engine = Engine::new(session.options.threads())
        .map_err(|error| Failure::Environment(error.to_string()))?;
    let likelihood = Likelihood {
        code: machine.code,
        sources,
        derivatives,
        common,
        status,
        units,
        seed: plan.seed,
        packed: None,
    };
    let objective = Objective {
        free,
        head,
        likelihood,
        plain: None,
        engine,
        start,
        rows,
        priors: fit.objective.priors,
        cancel,
    };
    let threads = objective.engine.threads();
    let mut ready = Ready { plan, objective, origin: machine.origin, took: machine.took, threads };
    let (at, rows) = (ready.objective.start.clone(), ready.objective.all_rows());
    if let Err(missing) = ready.objective.evaluate(&at, &Batch::whole(&rows)) {
        let engine = &ready.objective.engine;
        let seen = explain::explain(session, evaluator, columns, backend, engine, (fit, block))?;
        let why = match seen {
            Some(why) => Some(why),
            None => ready.explain_priors(fit)?,
        };
        return Err(why.unwrap_or_else(|| ready.failure(fit, missing)));
    }
    Ok(ready)
}

impl Ready<'_> {
    /// Compiles the likelihood without derivatives too, where rows are held out: their value is all that is wanted.
    pub(crate) fn with_values(
        mut self,
        session: &Session,
        evaluator: &Evaluator<'_>,
        columns: &Columns<'_>,
        backend: &dyn Backend,
        (fit, block): (&hir::Fit, &hir::Block),
    ) -> Result<Self, Failure> {
        let Some(tail) = training::tail(session, evaluator, fit)? else { return Ok(self) };
        let form = Form { tail: Some(tail), derives: false, ..Form::of(Aspect::Sum) };
        let (plan, mut lowered, mut units) =
            program(session, evaluator, columns, fit, block, form)?;
        let memory = session.options.memory.unwrap_or(MEMORY);
        let schedule = session.options.schedule;
        let runs = Runs { schedule, ..Runs::new(units.paths(), None) };
        lowered.func = optimise(lowered.func)?;
        let shared = common::take(&mut lowered, common::of_many_runs(units.paths()));
        let func = std::mem::take(&mut lowered.func);
        let machine = compile(func, backend, memory, runs)?;
        let own = std::mem::take(&mut units.own);
        let (signature, free) = (machine.code.signature(), &self.objective.free);
        let landmarks = &units.landmarks;
        let sources = sources(signature, &lowered.bindings, free, own, landmarks, &plan, columns)?;
        self.took = self.took + machine.took;
        let mut common = None;
        if let Some(shared) = &shared {
            let sources = |signature: &Signature| {
                common_sources(signature, &shared.bindings, free, landmarks, &plan, columns)
            };
            let (made, took) = Common::new(shared, sources, backend, false)?;
            self.took = self.took + took;
            common = Some((made, Vec::new()));
        }
        self.objective.plain = Some(Likelihood {
            code: machine.code,
            sources,
            derivatives: vec![None; free.len()],
            common,
            status: lowered.status,
            units,
            seed: plan.seed,
            packed: None,
        });
        Ok(self)
    }

    /// Value and gradient of the objective at the start, by the parameters as they are written.
    pub(crate) fn grad(mut self, fit: &hir::Fit) -> Result<EstimateResult, Failure> {
        let begin = std::time::Instant::now();
        let at = self.objective.start.clone();
        let rows = self.objective.all_rows();
        let found = self
            .objective
            .evaluate(&at, &Batch::whole(&rows))
            .map_err(|missing| self.failure(fit, missing))?;
        let slopes = self.objective.head.slopes(&at)?;
        let mut slopes = slopes.as_slice();
        let mut gradient = Vec::new();
        for free in &self.objective.free {
            let (own, rest) = slopes.split_at(free.numbers());
            slopes = rest;
            let value = sdec_fit::shortest(own, &found.gradient);
            let (name, shape) = (free.name.clone(), free.whole_shape());
            let stderr = vec![f64::NAN; value.len()];
            gradient.push(Derivative { name, is_input: false, shape, value, stderr });
        }
        let method = fit.settings.gradient.map_or(hir::Gradient::Backprop, |(mode, _)| mode);
        Ok(EstimateResult {
            name: fit.name.clone(),
            value: found.value,
            stderr: f64::NAN,
            is_exact: true,
            gradient,
            second: Vec::new(),
            estimator: "pathwise".to_owned(),
            method: method.name().to_owned(),
            saved: None,
            solve: self.solved(begin.elapsed().as_secs_f64()),
        })
    }

    /// Why an evaluation gave nothing, for a user.
    fn failure(&self, fit: &hir::Fit, missing: Missing) -> Failure {
        match missing {
            Missing::Failure(failure) => failure,
            Missing::NotFinite { path, time, why } => {
                let path = path.and_then(|path| usize::try_from(path).ok());
                let row = path.map(|path| self.objective.in_row(path)).unwrap_or_default();
                let time = time.map(|time| format!(" at t = {time}")).unwrap_or_default();
                Failure::Numeric(format!("fit `{}`: {why}{row}{time}", fit.name))
            }
        }
    }

    /// Lets the compiler know how much work is to come, where that is known: this many evaluations for a part
    /// of the rows.
    fn expect(&self, evaluations: u64, part: f64) {
        let paths = self.objective.likelihood.units.paths() as f64 * part;
        self.origin.expect((paths as u64).saturating_mul(evaluations));
    }

    fn solved(&self, run: f64) -> Solve {
        let plan = &self.plan;
        let why = self.origin.why().filter(|_| plan.session.options.verbose);
        Solve {
            model: plan.model.name.clone(),
            noise: plan.noise().to_owned(),
            solver: plan.solver.clone(),
            backend: self.origin.name().to_owned(),
            single: plan.single,
            paths: self.objective.rows_of_data() as u64,
            seed: plan.seed,
            steps: plan
                .legs
                .map_or_else(|| plan.grid.steps(), |[landmarks, most]| landmarks * most),
            threads: self.threads,
            memory: self.objective.likelihood.code.signature().scratch_bytes,
            seconds: Seconds::new(
                plan.session.check_seconds(),
                plan.constants_took() + self.took,
                run,
            ),
            remarks: plan.remarks.iter().cloned().chain(why).collect(),
        }
    }
}

fn too_few(name: &str, at: sdec_base::Span) -> Diagnostic {
    Diagnostic::error("E0616", format!("`{name}` has nothing to fit"), at)
        .label(at, "a transition needs two observations of one row, and no row has them")
}
