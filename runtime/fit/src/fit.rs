//! The loop of a fit.

use crate::batches::Batches;
use crate::optimiser::{self, Made, Method};
use crate::vector::{is_finite, norm};
use crate::{
    Batch, Ending, Fault, Objective, Optimiser, Outcome, Parameter, Report, Run, Settings, Stepped,
    TraceRow, Trouble, Watch,
};

/// Reports that are kept in full.
const REPORTS: usize = 20;

/// Makes `objective` small.
///
/// # Errors
///
/// What keeps any value from being computed. A user who stops the fit gets what it has come to.
pub fn fit(
    objective: &mut dyn Objective,
    settings: &Settings,
    watch: &mut dyn Watch,
) -> Result<Outcome, Fault> {
    let is_fixed = matches!(settings.optimiser, Optimiser::Lbfgs(_));
    let batches = Batches::new(objective.rows(), settings, is_fixed);
    let first = Current::new(objective, settings, 0)?;
    let mut fit = Fit {
        objective,
        settings,
        watch,
        batches,
        current: first,
        runs: Vec::new(),
        trace: Vec::new(),
        reports: Vec::new(),
        troubles: 0,
    };
    let is_interrupted = fit.all()?;
    fit.outcome(is_interrupted)
}

/// A start on its way.
struct Current {
    start: u64,
    step: u64,
    at: Vec<f64>,
    method: Box<dyn Method>,
    /// The value of the held-out rows when it was last computed.
    held_out: Option<f64>,
    /// Its lowest value so far, with step and vector.
    best: Option<(f64, u64, Vec<f64>)>,
}

impl Current {
    fn new(objective: &mut dyn Objective, settings: &Settings, start: u64) -> Result<Self, Fault> {
        let at = objective.start(start)?;
        let method = optimiser::method(settings, at.len());
        Ok(Self { start, step: 0, at, method, held_out: None, best: None })
    }
}

struct Fit<'a> {
    objective: &'a mut dyn Objective,
    settings: &'a Settings,
    watch: &'a mut dyn Watch,
    batches: Batches,
    current: Current,
    runs: Vec<Run>,
    trace: Vec<TraceRow>,
    reports: Vec<Report>,
    troubles: u64,
}

impl Fit<'_> {
    /// Goes through all starts; says whether it was stopped before the end.
    fn all(&mut self) -> Result<bool, Fault> {
        loop {
            match self.start() {
                Ok(ending) => {
                    let run = self.run(ending)?;
                    self.runs.push(run);
                }
                Err(Fault::Interrupted) => return Ok(true),
                Err(fault) => return Err(fault),
            }
            let next = self.runs.len() as u64;
            if next >= self.settings.starts {
                return Ok(false);
            }
            self.current = Current::new(self.objective, self.settings, next)?;
        }
    }

    /// Takes steps until there is a reason to end.
    fn start(&mut self) -> Result<Ending, Fault> {
        loop {
            if self.watch.is_cancelled() {
                return Err(Fault::Interrupted);
            }
            if self.current.step >= self.settings.steps {
                return Ok(Ending::Steps);
            }
            if let Some(ending) = self.step()? {
                return Ok(ending);
            }
        }
    }

    fn step(&mut self) -> Result<Option<Ending>, Fault> {
        let Self { objective, settings, current, .. } = self;
        let rate = settings.rate(current.step);
        let batch = self.batches.of(current.step);
        let mut evaluate =
            |at: &[f64], gradient: &mut [f64]| evaluate(&mut **objective, at, &batch, gradient);
        let made = current.method.step(&mut current.at, rate, &mut evaluate)?;
        let ending = made.ending;
        let (start, step) = (current.start, current.step);
        if let Some(trouble) = &made.trouble {
            self.trouble(Report { start, step, trouble: trouble.clone() });
        }
        self.current.step += 1;
        let held_out = self.judge()?;
        self.record(&made, rate, held_out);
        Ok(ending.or_else(|| self.is_out_of_patience().then_some(Ending::Patience)))
    }

    fn trouble(&mut self, report: Report) {
        self.troubles += 1;
        self.watch.troubled(&report);
        if self.reports.len() < REPORTS {
            self.reports.push(report);
        }
    }

    /// After every pass over the rows: the value of those that are held out.
    fn judge(&mut self) -> Result<Option<f64>, Fault> {
        let current = &mut self.current;
        let is_due = current.step % self.batches.per_pass() == 0;
        let Some(held) = self.batches.held().filter(|_| is_due) else { return Ok(None) };
        let value = match value(self.objective, &current.at, &held) {
            Ok((value, _)) => value,
            Err(Fault::NotFinite(_)) => f64::NAN,
            Err(fault) => return Err(fault),
        };
        current.held_out = Some(value);
        let best = current.best.as_ref().map_or(f64::INFINITY, |(best, ..)| *best);
        if value < best {
            current.best = Some((value, current.step, current.at.clone()));
        }
        Ok(Some(value))
    }

    fn is_out_of_patience(&self) -> bool {
        let Some(patience) = self.settings.patience else { return false };
        if self.batches.held().is_none() {
            return false;
        }
        let best = self.current.best.as_ref().map_or(0, |&(_, step, _)| step);
        self.current.step - best >= patience.max(self.batches.per_pass())
    }

    fn record(&mut self, made: &Made, rate: f64, held_out: Option<f64>) {
        let Current { start, step, at, held_out: last, .. } = &self.current;
        let Made { objective, gradient_norm, .. } = *made;
        self.trace.push(TraceRow {
            start: *start,
            step: step - 1,
            objective,
            gradient_norm,
            rate,
            held_out: held_out.unwrap_or(f64::NAN),
        });
        self.watch.stepped(&Stepped {
            start: *start,
            starts: self.settings.starts,
            step: *step,
            steps: self.settings.steps,
            objective,
            gradient_norm,
            rate,
            held_out: *last,
            at,
        });
    }

    /// What the current start has come to.
    fn run(&mut self, ending: Ending) -> Result<Run, Fault> {
        let current = &mut self.current;
        let (held_out, at) = match &current.best {
            Some((value, _, at)) => (*value, at.clone()),
            None => (current.held_out.unwrap_or(f64::NAN), current.at.clone()),
        };
        let all = self.batches.all(if self.batches.is_fixed() { 0 } else { current.step });
        let (start, steps) = (current.start, current.step);
        let mut run = Run {
            start,
            ending,
            steps,
            objective: f64::NAN,
            gradient_norm: f64::NAN,
            held_out,
            at,
        };
        match value(self.objective, &run.at, &all) {
            Ok((objective, gradient)) => {
                (run.objective, run.gradient_norm) = (objective, norm(&gradient));
            }
            Err(Fault::NotFinite(trouble)) => {
                run.ending = Ending::Failed;
                self.trouble(Report { start, step: steps, trouble });
            }
            Err(fault) => return Err(fault),
        }
        Ok(run)
    }

    fn outcome(mut self, is_interrupted: bool) -> Result<Outcome, Fault> {
        if is_interrupted {
            let run = self.run(Ending::Steps)?;
            self.runs.push(run);
        }
        let mark = |run: &&Run| {
            let mark = if run.held_out.is_nan() { run.objective } else { run.held_out };
            if mark.is_nan() { f64::INFINITY } else { mark }
        };
        let best = self.runs.iter().min_by(|a, b| mark(a).total_cmp(&mark(b)));
        let best = best.expect("a fit has at least one start").clone();
        let values = self.objective.constrain(&best.at, None)?;
        Ok(Outcome {
            best,
            runs: self.runs,
            values,
            trace: self.trace,
            reports: self.reports,
            troubles: self.troubles,
            is_interrupted,
        })
    }
}

/// Value and gradient.
fn value(
    objective: &mut dyn Objective,
    at: &[f64],
    batch: &Batch<'_>,
) -> Result<(f64, Vec<f64>), Fault> {
    let mut gradient = vec![0.0; at.len()];
    let value = evaluate(objective, at, batch, &mut gradient)?;
    Ok((value, gradient))
}

/// The value, where it and the gradient are finite.
fn evaluate(
    objective: &mut dyn Objective,
    at: &[f64],
    batch: &Batch<'_>,
    gradient: &mut [f64],
) -> Result<f64, Fault> {
    let value = objective.evaluate(at, batch, gradient)?;
    if value.is_finite() && is_finite(gradient) {
        return Ok(value);
    }
    let why = if value.is_finite() {
        let bad = gradient.iter().position(|g| !g.is_finite()).unwrap_or(0);
        let name = owner(objective.parameters(), bad);
        format!("the derivative by `{name}` is {}", gradient[bad])
    } else {
        format!("the objective is {value}")
    };
    Err(Fault::NotFinite(Trouble { why, ..Trouble::default() }))
}

/// The name of the parameter that an entry of the flat vector belongs to.
fn owner(parameters: &[Parameter], entry: usize) -> &str {
    let mut end = 0;
    let owner = parameters.iter().find(|parameter| {
        end += parameter.free;
        entry < end
    });
    owner.map_or("", |parameter| &parameter.name)
}
