//! Running the blocks of a file, in file order.

use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use sdec_codegen::Backend;
use sdec_hir::{self as hir, BlockKind, Gradient};
use sdec_lower::to_ssa::{Constants, Estimator, Lowered, Objective, StateAt};
use sdec_output::{
    Field, FitPicture, GradientArrays, OutputError, Precision, Refusal, SampleArrays, Slope,
    Traced, can_plot, can_save, can_save_gradient, plot_fit, plot_sample, save_gradient,
    save_sample,
};

use crate::columns::Columns;
use crate::compile::{Machine, backend, backend_once};
use crate::constants::{Evaluator, Starts};
use crate::ends::{self, Reads};
use crate::execute::{Execution, execute};
use crate::result::{
    BlockResult, Derivative, Effect, EstimateResult, ExpressionResult, FitResult, SampleResult,
    SecondDerivative, Seconds, Solve, StateSummary,
};
use crate::sampled::Sampled;
use crate::solve::{Plan, Request, estimate_by};
use crate::{Failure, Options, Session, fit, params, show, states_at, undone};

/// Paths of a sample that says nothing.
const SAMPLE_PATHS: u64 = 1_000;

/// Paths of an estimate that says nothing.
const ESTIMATE_PATHS: u64 = 100_000;

/// Watches a run and may stop it.
pub trait Observer {
    /// A block begins.
    fn started(&mut self, _block: &str) {}

    /// So much of the block's work is done.
    fn progress(&mut self, _done: u64, _total: u64) {}

    /// A step of a fit was made.
    fn fitting(&mut self, _progress: &FitProgress) {}

    /// A block is done.
    ///
    /// # Errors
    ///
    /// What keeps the run from going on.
    fn finished(&mut self, _result: &BlockResult) -> Result<(), Failure> {
        Ok(())
    }

    /// Whether to stop.
    fn is_cancelled(&self) -> bool {
        false
    }
}

impl Observer for () {}

/// How far a fit is.
#[derive(Clone, Copy, Debug)]
pub struct FitProgress {
    /// Which start, from 0.
    pub start: u64,
    /// Of how many.
    pub starts: u64,
    /// Steps made of this start.
    pub step: u64,
    /// The most that will be made.
    pub steps: u64,
    /// What is made small, before the step; NaN where it has no value.
    pub objective: f64,
    /// The norm of its gradient, likewise.
    pub gradient_norm: f64,
    /// The rate of the step.
    pub rate: f64,
    /// The objective of the rows that are held out, when it was last computed.
    pub held_out: Option<f64>,
}

/// A run in progress.
struct Run<'a> {
    session: &'a Session,
    program: &'a hir::Program,
    backend: Box<dyn Backend>,
    /// For what does not depend on a path.
    once: Box<dyn Backend>,
    columns: Columns<'a>,
    observer: &'a mut dyn Observer,
    /// What the fits so far have found, for the blocks after them.
    fitted: params::Given,
}

impl Session {
    /// Runs the blocks that the options name, or all.
    ///
    /// # Errors
    ///
    /// The first failure; nothing of the blocks before it is lost but what was not saved.
    pub fn run(&self, observer: &mut dyn Observer) -> Result<Vec<BlockResult>, Failure> {
        let program = self.checked()?;
        let mut run = self.begin(program, observer)?;
        let blocks = self.blocks(program)?;
        self.check_targets(&blocks)?;
        let mut results = Vec::new();
        for block in blocks {
            let result = run.block(block)?;
            run.observer.finished(&result)?;
            results.push(result);
        }
        Ok(results)
    }

    /// Runs the estimate that the options name, or the only one; of a fit, evaluates the objective where
    /// it starts.
    ///
    /// # Errors
    ///
    /// No estimate or several, or what keeps it from being run.
    pub fn grad(&self, observer: &mut dyn Observer) -> Result<EstimateResult, Failure> {
        let program = self.checked()?;
        let has_gradient = |block: &&hir::Block| {
            matches!(block.kind, BlockKind::Estimate(_) | BlockKind::Fit(_) | BlockKind::Planned(_))
        };
        let mut blocks = self.blocks(program)?.into_iter().filter(has_gradient);
        let (Some(block), None) = (blocks.next(), blocks.next()) else {
            return Err(Failure::Usage("name one estimate or fit".to_owned()));
        };
        if let Some(path) = &self.options.save {
            can_save_gradient(path).map_err(refused)?;
        }
        let mut result = self.grad_of(block, program, observer)?;
        if let Some(path) = &self.options.save {
            save_gradient(&arrays_of(&result), path).map_err(|error| unwritten(&error))?;
            result.saved = Some(path.clone());
        }
        Ok(result)
    }

    fn grad_of(
        &self,
        block: &hir::Block,
        program: &hir::Program,
        observer: &mut dyn Observer,
    ) -> Result<EstimateResult, Failure> {
        let mut run = self.begin(program, observer)?;
        match &block.kind {
            BlockKind::Estimate(estimate) => {
                run.observer.started(&estimate.name);
                run.estimate(estimate, block)
            }
            BlockKind::Fit(fit) => {
                run.observer.started(&fit.name);
                let cancel = AtomicBool::new(false);
                let (evaluator, backend) = (run.evaluator(), &*run.backend);
                let both = (&**fit, block);
                let ready =
                    fit::ready(self, &evaluator, &run.columns, backend, both, (&cancel, false))?;
                ready.grad(fit)
            }
            BlockKind::Planned(planned) => Err(self.sources.refuse(&(&planned.unbuilt).into())),
            BlockKind::Sample(_) | BlockKind::Show(_) => unreachable!("they have no gradient"),
        }
    }

    fn begin<'a>(
        &'a self,
        program: &'a hir::Program,
        observer: &'a mut dyn Observer,
    ) -> Result<Run<'a>, Failure> {
        Ok(Run {
            session: self,
            program,
            backend: backend(self.options.backend, &self.options)?,
            once: backend_once(&self.options)?,
            columns: Columns::new(program, &self.folder, &self.sources),
            observer,
            fitted: params::Given::new(),
        })
    }

    /// Asks before anything runs whether `--save` and `--plot` have one sample each, and can be written.
    fn check_targets(&self, blocks: &[&hir::Block]) -> Result<(), Failure> {
        let named = |is_wanted: fn(&BlockKind) -> bool| -> Vec<&str> {
            let wanted = blocks.iter().filter(|block| is_wanted(&block.kind));
            wanted.filter_map(|block| name(&block.kind)).collect()
        };
        let is_fit = |kind: &BlockKind| matches!(kind, BlockKind::Fit(_));
        let Options { save, plot, .. } = &self.options;
        let targets = [
            ("--save", "sample", save, named(is_sample)),
            ("--plot", "sample or fit", plot, named(is_drawn)),
        ];
        for (option, what, target, names) in targets {
            if target.is_some() && names.len() != 1 {
                return Err(Failure::Usage(match names.as_slice() {
                    [] => format!("{option}: no {what} is run"),
                    names => format!("{option}: name one {what} to run, of {}", names.join(", ")),
                }));
            }
        }
        for (option, asked) in
            [("--out", self.options.out.is_some()), ("--resume", self.options.resume)]
        {
            if asked && named(is_fit).is_empty() {
                return Err(Failure::Usage(format!("{option}: no fit is run")));
            }
        }
        save.as_deref().map_or(Ok(()), can_save).map_err(refused)?;
        plot.as_deref().map_or(Ok(()), can_plot).map_err(refused)
    }

    /// The blocks that the options name, in file order.
    pub(crate) fn blocks<'p>(
        &self,
        program: &'p hir::Program,
    ) -> Result<Vec<&'p hir::Block>, Failure> {
        let wanted = &self.options.blocks;
        if wanted.is_empty() {
            return Ok(program.blocks.iter().collect());
        }
        let names: Vec<&str> =
            program.blocks.iter().filter_map(|block| name(&block.kind)).collect();
        for block in wanted {
            if !names.contains(&block.as_str()) {
                return Err(Failure::Usage(if names.is_empty() {
                    format!("no block is named `{block}`: this file has no named blocks")
                } else {
                    format!("no block is named `{block}`; there are {}", names.join(", "))
                }));
            }
        }
        let is_wanted = |block: &&hir::Block| {
            name(&block.kind).is_some_and(|name| wanted.iter().any(|wanted| wanted == name))
        };
        Ok(program.blocks.iter().filter(is_wanted).collect())
    }
}

fn is_sample(kind: &BlockKind) -> bool {
    matches!(kind, BlockKind::Sample(_))
}

/// Whether a block can be drawn.
fn is_drawn(kind: &BlockKind) -> bool {
    matches!(kind, BlockKind::Sample(_) | BlockKind::Fit(_))
}

/// The name of a block; bare expressions have none.
pub(crate) fn name(kind: &BlockKind) -> Option<&str> {
    match kind {
        BlockKind::Sample(sample) => Some(&sample.name),
        BlockKind::Estimate(estimate) => Some(&estimate.name),
        BlockKind::Fit(fit) => Some(&fit.name),
        BlockKind::Planned(planned) => Some(&planned.name),
        BlockKind::Show(_) => None,
    }
}

impl Run<'_> {
    fn block(&mut self, block: &hir::Block) -> Result<BlockResult, Failure> {
        self.observer.started(name(&block.kind).unwrap_or("expression"));
        if self.observer.is_cancelled() {
            return Err(Failure::Interrupted);
        }
        match &block.kind {
            BlockKind::Show(expr) => self.show(expr, block),
            BlockKind::Sample(sample) => self.sample(sample, block),
            BlockKind::Estimate(estimate) => {
                Ok(BlockResult::Estimate(self.estimate(estimate, block)?))
            }
            BlockKind::Fit(fit) => {
                let (mut result, fitted, trace) = self.fit(fit, block)?;
                self.fitted.extend(fitted);
                let (effects, fitted) = self.effects(fit, block)?;
                result.effects = effects;
                self.fitted.extend(fitted);
                if let Some(path) = &self.session.options.plot {
                    self.draw(fit, block, trace, path)?;
                    result.plotted = Some(path.clone());
                }
                Ok(BlockResult::Fit(Box::new(result)))
            }
            BlockKind::Planned(planned) => {
                Err(self.session.sources.refuse(&(&planned.unbuilt).into()))
            }
        }
    }

    fn fit(
        &mut self,
        fit: &hir::Fit,
        block: &hir::Block,
    ) -> Result<(FitResult, params::Given, Vec<Traced>), Failure> {
        let cancel = AtomicBool::new(false);
        let evaluator = Evaluator {
            program: self.program,
            columns: &self.columns,
            backend: &*self.backend,
            sources: &self.session.sources,
            fitted: &self.fitted,
        };
        let (session, backend, both) = (self.session, &*self.backend, (fit, block));
        let columns = &self.columns;
        let make = |doubles: bool| {
            fit::ready(session, &evaluator, columns, backend, both, (&cancel, doubles))
        };
        let precise = || make(true);
        let ready = make(false)?.with_values(session, &evaluator, columns, backend, both)?;
        ready.run(session, &evaluator, fit, &precise, self.observer)
    }

    /// What the rows of a fit have of what it integrated over.
    fn effects(
        &self,
        fit: &hir::Fit,
        block: &hir::Block,
    ) -> Result<(Vec<Effect>, params::Given), Failure> {
        let (session, evaluator, backend) = (self.session, self.evaluator(), &*self.backend);
        fit::effects(session, &evaluator, &self.columns, backend, (fit, block))
    }

    /// Draws a fit at the parameters that it found.
    fn draw(
        &self,
        fit: &hir::Fit,
        block: &hir::Block,
        trace: Vec<Traced>,
        path: &std::path::Path,
    ) -> Result<(), Failure> {
        let (session, evaluator, backend) = (self.session, self.evaluator(), &*self.backend);
        let both = (fit, block);
        let picture = fit::picture::picture(session, &evaluator, &self.columns, backend, both)?;
        let picture = FitPicture { trace, ..picture };
        plot_fit(&picture, &fit.name, path).map_err(|error| unwritten(&error))
    }

    fn evaluator(&self) -> Evaluator<'_> {
        Evaluator {
            program: self.program,
            columns: &self.columns,
            backend: &*self.once,
            sources: &self.session.sources,
            fitted: &self.fitted,
        }
    }

    fn show(&self, expr: &hir::Expr, block: &hir::Block) -> Result<BlockResult, Failure> {
        let mut wanted = Constants { exprs: vec![expr], ..Constants::default() };
        for param in &self.program.shared {
            wanted.locals.extend(param.init.as_ref().map(|init| (param.local, init)));
        }
        let mut given = match &self.session.options.params {
            Some(file) => params::given(file, self.program, None, &hir::Instance::default())?,
            None => params::Given::new(),
        };
        let shared = |local| self.program.shared.iter().any(|param| param.local == local);
        let fitted = self.fitted.iter().filter(|((local, _), _)| shared(*local));
        given.extend(fitted.map(|(place, array)| (*place, array.clone())));
        wanted.given = given.keys().copied().collect();
        let starts = Starts { seed: self.session.options.seed.unwrap_or(0), given };
        let single = self.session.options.single || self.program.single;
        let values = self.evaluator().evaluate(&wanted, &starts, single)?;
        let (ty, arrays) = &values.exprs[0];
        let text = self.session.sources.map.slice(block.span);
        Ok(BlockResult::Expression(ExpressionResult {
            text: text.split_whitespace().collect::<Vec<_>>().join(" "),
            value: show::value(self.program, ty, arrays),
            ty: self.program.show_ty(ty),
        }))
    }

    fn sample(&mut self, sample: &hir::Sample, block: &hir::Block) -> Result<BlockResult, Failure> {
        let (mut plan, _) = Plan::new(
            self.session,
            &self.evaluator(),
            &sample_request(self.program, sample, block),
        )?;
        let lowered = plan.lower(Objective::Sample(plan.at.clone()), None)?;
        let ready = plan.ready(lowered, &self.columns, &*self.backend)?;
        let written = sample.settings.save.as_ref().map(|(file, _)| PathBuf::from(file));
        let saved = self.session.options.save.clone().or(written);
        let plotted = self.session.options.plot.clone();
        let keep = saved.is_some() || plotted.is_some();
        let done = execute(&ready, &plan, keep, &self.session.options, self.observer)?;
        if let Some(text) = done.stopped().or_else(|| done.not_finite()) {
            plan.remarks.push(text);
        }
        plan.remarks.extend(plan.not_drawn().collect::<Vec<_>>());
        let [states, observed] = summaries(&plan, &done);
        if keep {
            write(&plan, &done, saved.as_deref(), plotted.as_deref(), &sample.name)?;
        }
        let solve = self.solved(&plan, &ready.machine, &done);
        let times = plan.kept.clone();
        Ok(BlockResult::Sample(SampleResult {
            name: sample.name.clone(),
            solve,
            times,
            states,
            observed,
            saved,
            plotted,
        }))
    }

    fn estimate(
        &mut self,
        estimate: &hir::Estimate,
        block: &hir::Block,
    ) -> Result<EstimateResult, Failure> {
        let (mut plan, lowered) =
            estimate_program(self.session, &self.evaluator(), estimate, block, true)?;
        let first = estimate.wrt.iter().map(|wrt| plan.present(&lowered, wrt)).collect();
        let in_pairs = |pair| {
            let places = plan.pair_places(&lowered, estimate, pair);
            places.iter().map(Option::is_some).collect()
        };
        let second = estimate.second.iter().map(in_pairs).collect();
        let present = Present { first, second };
        let ready = plan.ready(lowered, &self.columns, &*self.backend)?;
        let done = execute(&ready, &plan, false, &self.session.options, self.observer)?;
        let is_undone = matches!(estimate.settings.gradient, Some((Gradient::Reversible, _)));
        let missed =
            if is_undone && !estimate.wrt.is_empty() { undone::missed(&plan, &done) } else { None };
        if let Some(text) = missed.or_else(|| done.stopped()).or_else(|| done.not_finite()) {
            return Err(Failure::Numeric(format!("estimate `{}`: {text}", estimate.name)));
        }
        let solve = self.solved(&plan, &ready.machine, &done);
        let mut moments = Moments { done: &done, result: 0 };
        let gradient = self.gradient(estimate, &present, &mut moments);
        let second = self.second(estimate, &present, &mut moments);
        let method = estimate.settings.gradient.map_or(Gradient::Backprop, |(method, _)| method);
        Ok(EstimateResult {
            name: estimate.name.clone(),
            value: done.mean(0)[0],
            stderr: done.stderr(0)[0],
            is_exact: false,
            gradient,
            second,
            estimator: estimator(estimate).to_owned(),
            method: method.name().to_owned(),
            saved: None,
            solve,
        })
    }

    /// First derivatives, one for each array of an entry of `wrt`.
    fn gradient(
        &self,
        estimate: &hir::Estimate,
        present: &Present,
        moments: &mut Moments<'_>,
    ) -> Vec<Derivative> {
        let mut gradient = Vec::new();
        for (wrt, present) in estimate.wrt.iter().zip(&present.first) {
            let is_input = self.program.locals[wrt.local].kind == hir::LocalKind::Input;
            for ((name, shape), &is_present) in self.leaves(estimate, wrt).into_iter().zip(present)
            {
                let (value, stderr) = moments.next(is_present, &shape);
                gradient.push(Derivative { name, is_input, shape, value, stderr });
            }
        }
        gradient
    }

    /// Second derivatives, one for each array of the first entry of a pair with each of the second.
    fn second(
        &self,
        estimate: &hir::Estimate,
        present: &Present,
        moments: &mut Moments<'_>,
    ) -> Vec<SecondDerivative> {
        let mut second = Vec::new();
        for (pair, present) in estimate.second.iter().zip(&present.second) {
            let [a, b] = pair.by.each_ref().map(|wrt| self.leaves(estimate, wrt));
            let blocks = a.iter().flat_map(|first| b.iter().map(move |last| (first, last)));
            for (((a, s), (b, t)), &is_present) in blocks.zip(present) {
                let (value, stderr) = moments.next(is_present, &[s.as_slice(), t].concat());
                let (names, shapes) = ([a.clone(), b.clone()], [s.clone(), t.clone()]);
                second.push(SecondDerivative { names, shapes, value, stderr });
            }
        }
        second
    }

    /// Names and extents of the arrays of an entry of `wrt`.
    fn leaves(&self, estimate: &hir::Estimate, wrt: &hir::Wrt) -> Vec<(String, Vec<usize>)> {
        let local = &self.program.locals[wrt.local];
        let leaves = sdec_lower::to_ssa::shapes(self.program, &estimate.instance, &local.ty);
        let named = |(suffix, shape)| (format!("{}{suffix}", local.name), shape);
        leaves.into_iter().filter(|(suffix, _)| wrt.holds(suffix)).map(named).collect()
    }

    fn solved(&self, plan: &Plan<'_>, machine: &Machine, done: &Execution) -> Solve {
        let why = machine.origin.why().filter(|_| self.session.options.verbose);
        Solve {
            model: plan.model.name.clone(),
            noise: plan.noise().to_owned(),
            solver: plan.solver.clone(),
            backend: machine.origin.name().to_owned(),
            single: plan.single,
            paths: plan.paths,
            seed: plan.seed,
            steps: done.attempts().unwrap_or_else(|| plan.grid.steps()),
            threads: done.threads,
            memory: done.memory,
            seconds: Seconds::new(
                self.session.check_seconds(),
                plan.constants_took() + machine.took,
                done.seconds,
            ),
            remarks: plan.remarks.iter().cloned().chain(why).collect(),
        }
    }
}

/// Which derivatives of an estimate are in its program; the others are zero.
struct Present {
    /// By entry of `wrt` and array of it.
    first: Vec<Vec<bool>>,
    /// By pair and array of the one with array of the other.
    second: Vec<Vec<bool>>,
}

/// Means and standard errors of the results of a program after its value, one by one.
struct Moments<'a> {
    done: &'a Execution,
    result: usize,
}

impl Moments<'_> {
    /// Those of the next result if it is in the program, else zeros.
    fn next(&mut self, is_present: bool, shape: &[usize]) -> (Vec<f64>, Vec<f64>) {
        if is_present {
            self.result += 1;
            return (self.done.mean(self.result), self.done.stderr(self.result));
        }
        let zeros = vec![0.0; shape.iter().product()];
        (zeros.clone(), zeros)
    }
}

/// What the derivatives of an estimate are of, as its setting says.
fn estimator(estimate: &hir::Estimate) -> &'static str {
    match estimate.estimator {
        hir::Estimator::Pathwise => "pathwise",
        hir::Estimator::LikelihoodRatio { .. } => "likelihood_ratio",
        hir::Estimator::Score => "score",
    }
}

/// What a sample asks of a solve.
pub(crate) fn sample_request<'a>(
    program: &'a hir::Program,
    sample: &'a hir::Sample,
    block: &hir::Block,
) -> Request<'a> {
    let model = &program.models[sample.model];
    // Times of a list that count from the ends of the path are times by themselves.
    let counts = |time: &hir::Expr| ends::read(model, time) != Reads::Neither;
    let times = match sample.settings.times.as_ref() {
        Some(hir::Expr { kind: hir::ExprKind::List(entries), .. })
            if entries.iter().any(counts) =>
        {
            entries.iter().map(Cow::Borrowed).collect()
        }
        times => times.into_iter().map(Cow::Borrowed).collect(),
    };
    Request {
        model: sample.model,
        instance: &sample.instance,
        settings: &sample.settings,
        span: block.span,
        times,
        also: model.drawn().filter_map(|(observation, _)| observation.at.as_ref()).collect(),
        landmarks: Vec::new(),
        start: 0.0,
        is_backwards: false,
        own_impulses: false,
        readers: Vec::new(),
        ordered: true,
        value: None,
        drawn: Vec::new(),
        draws: false,
        doubles: false,
        default_paths: SAMPLE_PATHS,
        observes: true,
    }
}

/// The plan of an estimate and the program of a path, with derivatives if it asks for any and they are
/// wanted.
pub(crate) fn estimate_program<'a>(
    session: &'a Session,
    evaluator: &Evaluator<'_>,
    estimate: &'a hir::Estimate,
    block: &hir::Block,
    gradient: bool,
) -> Result<(Plan<'a>, Lowered), Failure> {
    let program = session.checked()?;
    let wanted = states_at::find(program, &estimate.value);
    let (places, times): (Vec<StateAt<'_>>, Vec<_>) =
        wanted.into_iter().map(|wanted| (wanted.at, wanted.time)).unzip();
    let request = Request {
        model: estimate.model,
        instance: &estimate.instance,
        settings: &estimate.settings,
        span: block.span,
        times,
        also: Vec::new(),
        landmarks: Vec::new(),
        start: 0.0,
        is_backwards: false,
        own_impulses: false,
        readers: Vec::new(),
        ordered: false,
        value: Some(&estimate.value),
        drawn: estimate.value.drawn_paths(),
        draws: !estimate.draws.is_empty(),
        doubles: false,
        default_paths: ESTIMATE_PATHS,
        observes: false,
    };
    let (plan, times) = Plan::new(session, evaluator, &request)?;
    let row = |time: f64| plan.kept.iter().position(|&kept| kept == time);
    let row = |time| row(time).expect("every time is kept") as u64;
    let kept = places.into_iter().zip(&times).map(|(at, times)| {
        let rows = times.iter().map(|&time| row(time)).collect();
        StateAt { rows, ..at }
    });
    let (of_drawn, kept): (Vec<_>, Vec<_>) =
        kept.partition(|at| matches!(at.expr.kind, hir::ExprKind::PathAt(..)));
    let paths = crate::drawn::paths(&plan, estimate, of_drawn)?;
    let estimator = if gradient { estimate_by(estimate) } else { Estimator::Pathwise };
    if matches!(estimator, Estimator::Law | Estimator::Mixed) && session.options.brownian.is_some()
    {
        let why = "--brownian: increments that are given have no law, which \
                   `estimator = likelihood_ratio` differentiates";
        return Err(Failure::Usage(why.to_owned()));
    }
    let objective =
        Objective::Value { value: &estimate.value, kept, draws: &estimate.draws, paths, estimator };
    let lowered = if gradient && estimate.is_differentiated() {
        plan.lower_gradient(objective, estimate)?
    } else {
        plan.lower(objective, None)?
    };
    Ok((plan, lowered))
}

/// Moments of every state over the paths, and of every observation.
fn summaries(plan: &Plan<'_>, done: &Execution) -> [Vec<StateSummary>; 2] {
    let mut both = [Vec::new(), Vec::new()];
    for (result, sampled) in plan.sampled().into_iter().enumerate() {
        let [mean, sd] = [done.mean(result), done.sd(result)].map(|all| sampled.over(all, plan));
        let Sampled { name, shape, is_observed, .. } = sampled;
        both[usize::from(is_observed)].push(StateSummary { name, shape, mean, sd });
    }
    both
}

fn write(
    plan: &Plan<'_>,
    done: &Execution,
    saved: Option<&std::path::Path>,
    plotted: Option<&std::path::Path>,
    name: &str,
) -> Result<(), Failure> {
    let fields = plan.sampled().into_iter().enumerate().map(|(result, sampled)| {
        let values = sampled.over(done.all(result), plan);
        Field { name: sampled.name, shape: sampled.shape, values }
    });
    let sample = SampleArrays {
        paths: usize::try_from(plan.paths).unwrap_or(usize::MAX),
        times: plan.kept.clone(),
        fields: fields.collect(),
    };
    let precision = if plan.single { Precision::F32 } else { Precision::F64 };
    if let Some(path) = saved {
        save_sample(&sample, precision, path).map_err(|error| unwritten(&error))?;
    }
    if let Some(path) = plotted {
        plot_sample(&sample, name, path).map_err(|error| unwritten(&error))?;
    }
    Ok(())
}

/// Why a file that was asked for cannot be written, before anything runs.
fn refused(error: OutputError) -> Failure {
    match error.refusal {
        Refusal::UnknownSuffix { .. } => Failure::Usage(error.to_string()),
        Refusal::NoFolder
        | Refusal::IsFolder
        | Refusal::NotAFolder
        | Refusal::NotAFile
        | Refusal::NotAllowed
        | Refusal::DiskFull
        | Refusal::InUse
        | Refusal::Other { .. } => unwritten(&error),
    }
}

/// A value with its derivatives, as a file holds them.
fn arrays_of(result: &EstimateResult) -> GradientArrays {
    let known = |errors: &[f64]| (!result.is_exact).then(|| errors.to_vec());
    let first = result.gradient.iter().map(|entry| Slope {
        by: vec![entry.name.clone()],
        shape: entry.shape.clone(),
        values: entry.value.clone(),
        stderr: known(&entry.stderr),
    });
    let second = result.second.iter().map(|entry| Slope {
        by: entry.names.to_vec(),
        shape: entry.shapes.concat(),
        values: entry.value.clone(),
        stderr: known(&entry.stderr),
    });
    let stderr = (!result.is_exact).then_some(result.stderr);
    GradientArrays { value: result.value, stderr, slopes: first.chain(second).collect() }
}

fn unwritten(error: &OutputError) -> Failure {
    let help = error.help().map(|help| format!("; {help}")).unwrap_or_default();
    Failure::Environment(format!("{error}{help}"))
}
