//! Running a fit: the loop of `sdec-fit` around the compiled objective.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use sdec_fit::{
    Batch, Fault, Folder, FolderError, Jacobian, Objective as _, Opening, Outcome, Parameter,
    Settings, Stepped, Trouble, Watch,
};
use sdec_hir as hir;
use sdec_output::Traced;

use super::objective::Missing;
use super::{Ready, training};
use crate::constants::Evaluator;
use crate::inputs::HostArray;
use crate::params::Given;
use crate::result::{FitResult, FittedParameter, Solve, StartSummary};
use crate::run::{FitProgress, Observer};
use crate::{Failure, Session};

/// Time between checkpoints unless the options say another.
const INTERVAL: Duration = Duration::from_secs(2);

/// More numbers than that are not shown with a value that is not finite.
const SHOWN: usize = 6;

impl<'a> Ready<'a> {
    /// Fits, and keeps in the folder what it comes to. Also gives the parameters for blocks that follow.
    ///
    /// `precise` makes the same fit in doubles.
    pub(crate) fn run(
        self,
        session: &Session,
        evaluator: &Evaluator<'_>,
        fit: &hir::Fit,
        precise: &dyn Fn() -> Result<Ready<'a>, Failure>,
        observer: &mut dyn Observer,
    ) -> Result<(FitResult, Given, Vec<Traced>), Failure> {
        let begin = Instant::now();
        let rows = self.objective.rows;
        let settings = training::settings(session, evaluator, fit, rows, self.plan.seed)?;
        if let Some(steps) = settings.all_steps() {
            let part = settings.batch.map_or(1.0, |batch| batch as f64 / rows.max(1) as f64);
            self.expect(steps, part.min(1.0));
        }
        let program = session.checked()?;
        let parameter = |free: &super::Free| Parameter {
            name: free.name.clone(),
            shape: free.whole_shape(),
            constraint: if free.constraint == hir::Constraint::Real {
                "Real".to_owned()
            } else {
                program.show_constrained(&hir::Ty::Float, &free.constraint)
            },
            free: free.free_numbers(),
        };
        let parameters: Vec<Parameter> = self.objective.free.iter().map(parameter).collect();
        let mut objective = Adapter {
            ready: self,
            parameters: parameters.clone(),
            seed: settings.seed,
            precise: Some(precise),
            failure: None,
        };
        let path = folder(session, fit)?;
        let opening = Opening {
            resume: session.options.resume,
            identity: identity(&mut objective, &settings, fit),
            interval: session.options.checkpoint.unwrap_or(INTERVAL),
        };
        let mut folder = Folder::open(&path, opening).map_err(|error| unusable(&error))?;
        let remark = folder.remark().map(str::to_owned);
        let of_all = settings.batch.filter(|&batch| batch >= rows).map(|batch| {
            let rows = if rows == 1 { "1 row".to_owned() } else { format!("{rows} rows") };
            format!("`batch = {batch}` takes all of the data, which have {rows}")
        });
        let mut watcher = Watcher { observer };
        let outcome = sdec_fit::fit(&mut objective, &settings, Some(&mut folder), &mut watcher);
        let failure = objective.failure.take();
        let outcome = match outcome {
            Ok(outcome) if outcome.is_interrupted => return Err(Failure::Interrupted),
            Ok(outcome) => outcome,
            Err(Fault::Interrupted) => return Err(Failure::Interrupted),
            Err(Fault::NotFinite(trouble)) => {
                return Err(Failure::Numeric(format!("fit `{}`: {trouble}", fit.name)));
            }
            Err(Fault::Environment(why)) => {
                return Err(failure.unwrap_or(Failure::Environment(why)));
            }
        };
        if outcome.best.objective.is_nan() {
            let what = outcome.reports.first().map_or("no value", |report| &report.what);
            return Err(Failure::Numeric(format!("fit `{}`: {what}", fit.name)));
        }
        let mut ready = objective.ready;
        ready.plan.remarks.extend(remark.into_iter().chain(of_all));
        let solve = ready.solved(begin.elapsed().as_secs_f64());
        let text = session.sources.map.text(session.source);
        let source = format!("{:016x}", sdec_noise::name_hash(text));
        let mut given = Given::new();
        let mut rest = outcome.values.as_slice();
        for free in &ready.objective.free {
            let (own, others) = rest.split_at(free.numbers());
            given.insert((free.local, free.leaf), HostArray::Float(own.to_vec()));
            rest = others;
        }
        let trace = outcome.trace.iter().filter(|row| row.start == outcome.best.start);
        let traced = |row: &sdec_fit::TraceRow| Traced {
            step: row.step as f64,
            objective: row.objective,
            held_out: row.held_out,
        };
        let trace = trace.map(traced).collect();
        let data = program.data[fit.data].name.clone();
        let result = FitResult { data, ..result(fit, outcome, &parameters, path, solve, source) };
        Ok((result, given, trace))
    }
}

/// Where a fit is kept: a folder that is named is shared by several fits.
fn folder(session: &Session, fit: &hir::Fit) -> Result<PathBuf, Failure> {
    let Some(out) = session.options.out.clone() else {
        return Ok(PathBuf::from(format!("fit-{}", fit.name)));
    };
    let blocks = session.blocks(session.checked()?)?;
    let fits = blocks.iter().filter(|block| matches!(block.kind, hir::BlockKind::Fit(_)));
    if fits.count() == 1 {
        return Ok(out);
    }
    std::fs::create_dir_all(&out)
        .map_err(|error| Failure::Environment(format!("{}: {error}", out.display())))?;
    Ok(out.join(&fit.name))
}

/// The objective as the loop sees it.
struct Adapter<'p, 'a> {
    ready: Ready<'a>,
    parameters: Vec<Parameter>,
    seed: u64,
    /// Makes the same in doubles.
    precise: Option<&'p dyn Fn() -> Result<Ready<'a>, Failure>>,
    /// Why nothing can be evaluated, where that is the case.
    failure: Option<Failure>,
}

impl Adapter<'_, '_> {
    fn fault(&mut self, at: &[f64], missing: Missing) -> Fault {
        match missing {
            Missing::Failure(Failure::Interrupted) => Fault::Interrupted,
            Missing::Failure(failure) => {
                self.failure = Some(failure);
                Fault::Environment("the objective cannot be evaluated".to_owned())
            }
            Missing::NotFinite { path, time, why } => {
                let path = path.and_then(|path| usize::try_from(path).ok());
                let row = path.map(|path| self.ready.objective.in_row(path)).unwrap_or_default();
                let values = self.values(at);
                Fault::NotFinite(Trouble { path: None, time, values, why: format!("{why}{row}") })
            }
        }
    }

    /// The parameters by name, where they are few.
    fn values(&self, at: &[f64]) -> Vec<(String, f64)> {
        let names = self.parameters.iter().flat_map(Parameter::names);
        match self.ready.objective.constrained(at) {
            Ok(values) if values.len() <= SHOWN => names.zip(values).collect(),
            Ok(_) | Err(_) => Vec::new(),
        }
    }
}

impl sdec_fit::Objective for Adapter<'_, '_> {
    fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    fn rows(&self) -> usize {
        self.ready.objective.rows
    }

    fn start(&mut self, number: u64) -> Result<Vec<f64>, Fault> {
        let start = &self.ready.objective.start;
        Ok(if number == 0 { start.clone() } else { sdec_fit::scatter(start, self.seed, number) })
    }

    fn evaluate(
        &mut self,
        at: &[f64],
        batch: &Batch<'_>,
        gradient: &mut [f64],
    ) -> Result<f64, Fault> {
        match self.ready.objective.evaluate(at, batch) {
            Ok(found) => {
                gradient.copy_from_slice(&found.gradient);
                Ok(found.value)
            }
            Err(missing) => Err(self.fault(at, missing)),
        }
    }

    fn value(&mut self, at: &[f64], batch: &Batch<'_>) -> Result<f64, Fault> {
        let found = self.ready.objective.value(at, batch);
        found.map_err(|missing| self.fault(at, missing))
    }

    fn constrain(&mut self, at: &[f64]) -> Result<Vec<f64>, Fault> {
        let values = self.ready.objective.constrained(at);
        values.map_err(|failure| self.fault(at, Missing::Failure(failure)))
    }

    fn slopes(&mut self, at: &[f64]) -> Result<Jacobian, Fault> {
        let slopes = self.ready.objective.head.slopes(at);
        slopes.map_err(|failure| self.fault(at, Missing::Failure(failure)))
    }

    fn held(&self) -> Option<&[usize]> {
        let held = &self.ready.objective.likelihood.units.held;
        (!held.is_empty()).then_some(held)
    }

    fn rounding(&self) -> f64 {
        if self.ready.plan.single { f64::from(f32::EPSILON) } else { f64::EPSILON }
    }

    fn precise(&mut self) -> Result<Option<Box<dyn sdec_fit::Objective + '_>>, Fault> {
        let Some(precise) = self.precise.filter(|_| self.ready.plan.single) else {
            return Ok(None);
        };
        match precise() {
            Ok(ready) => {
                let (parameters, seed) = (self.parameters.clone(), self.seed);
                Ok(Some(Box::new(Adapter {
                    ready,
                    parameters,
                    seed,
                    precise: None,
                    failure: None,
                })))
            }
            Err(failure) => Err(self.fault(&[], Missing::Failure(failure))),
        }
    }
}

/// Passes on what the loop says.
struct Watcher<'a> {
    observer: &'a mut dyn Observer,
}

impl Watch for Watcher<'_> {
    fn stepped(&mut self, step: &Stepped<'_>) {
        self.observer.fitting(&FitProgress {
            start: step.start,
            starts: step.starts,
            step: step.step,
            steps: step.steps,
            objective: step.objective,
            gradient_norm: step.gradient_norm,
            rate: step.rate,
            held_out: step.held_out,
        });
    }

    fn is_cancelled(&self) -> bool {
        self.observer.is_cancelled()
    }
}

/// What is fitted, in three parts: settings, parameters, and the bits of value and gradient at the start, which no
/// change of program, data, inputs or precision leaves as they are.
fn identity(objective: &mut Adapter<'_, '_>, settings: &Settings, fit: &hir::Fit) -> String {
    let mut text = String::new();
    let at = objective.ready.objective.start.clone();
    let rows = objective.ready.objective.all_rows();
    let batch = Batch::whole(&rows);
    let mut gradient = vec![0.0; at.len()];
    // Where there is no value the fit itself says why.
    let value = objective.evaluate(&at, &batch, &mut gradient).unwrap_or(f64::NAN);
    objective.failure = None;
    for number in at.iter().chain(&gradient).chain([&value]) {
        text.push_str(&format!("{:016x}", number.to_bits()));
    }
    let parts =
        [format!("{settings:?}\n{}", fit.name), format!("{:?}", objective.parameters), text];
    parts.map(|part| format!("{:016x}", sdec_noise::name_hash(&part))).join(".")
}

fn unusable(error: &FolderError) -> Failure {
    let help = error.help().map(|help| format!("; {help}")).unwrap_or_default();
    Failure::Environment(format!("{error}{help}"))
}

fn result(
    fit: &hir::Fit,
    outcome: Outcome,
    parameters: &[Parameter],
    out: PathBuf,
    solve: Solve,
    source: String,
) -> FitResult {
    let missing = vec![f64::NAN; outcome.values.len()];
    let unknown = outcome.information.as_ref().err().map(ToString::to_string);
    let information = outcome.information.as_ref().ok();
    let stderr = information.map_or(missing.as_slice(), |found| &found.stderr);
    let mut params = Vec::new();
    let (mut first, mut place) = (0, 0);
    for parameter in parameters {
        let Parameter { name, shape, constraint, free } = parameter;
        let own = place..place + parameter.numbers();
        params.push(FittedParameter {
            name: name.clone(),
            shape: shape.clone(),
            constraint: constraint.clone(),
            value: outcome.values[own.clone()].to_vec(),
            unconstrained: outcome.best.at[first..first + free].to_vec(),
            stderr: stderr[own.clone()].to_vec(),
        });
        (first, place) = (first + free, own.end);
    }
    let start = |run: &sdec_fit::Run| StartSummary {
        status: run.ending.name().to_owned(),
        steps: run.steps,
        objective: run.objective,
        held_out: (!run.held_out.is_nan()).then_some(run.held_out),
    };
    let what = |report: &sdec_fit::Report| format!("step {}: {}", report.step, report.what);
    let best = &outcome.best;
    FitResult {
        name: fit.name.clone(),
        data: String::new(),
        optimizer: fit.optimizer.as_ref().map_or("adam", |chosen| &chosen.name).to_owned(),
        status: best.ending.name().to_owned(),
        steps: best.steps,
        objective: best.objective,
        gradient_norm: best.gradient_norm,
        held_out: (!best.held_out.is_nan()).then_some(best.held_out),
        params,
        unknown,
        effects: Vec::new(),
        is_saddle: information.is_some_and(|found| found.is_saddle),
        ties: information
            .map_or(Vec::new(), |found| found.ties.iter().map(|tie| tie.parts.clone()).collect()),
        starts: outcome.runs.iter().map(start).collect(),
        troubles: outcome.troubles,
        reports: outcome.reports.iter().map(what).collect(),
        source,
        out,
        plotted: None,
        solve,
    }
}
