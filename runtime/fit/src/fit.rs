//! The loop of a fit.

use crate::batches::Batches;
use crate::information;
use crate::optimiser::Made;
use crate::state::{Current, State};
use crate::value::{evaluate, value};
use crate::vector::norm;
use crate::{
    Ending, Fault, Folder, Objective, Optimiser, Outcome, Report, Run, Settings, Stepped, TraceRow,
    Trouble, Unknown, Watch,
};

/// Makes `objective` small. With a folder, goes on from what is in it, and keeps there what it comes to.
///
/// # Errors
///
/// What keeps any value from being computed, or a file from being written; what the folder held before
/// is still there then. A user who stops the fit gets what it has come to.
pub fn fit(
    objective: &mut dyn Objective,
    settings: &Settings,
    mut folder: Option<&mut Folder>,
    watch: &mut dyn Watch,
) -> Result<Outcome, Fault> {
    let is_fixed = matches!(settings.optimiser, Optimiser::Lbfgs(_));
    let batches = Batches::new(objective.rows(), objective.held(), settings, is_fixed);
    let length = objective.parameters().iter().map(|parameter| parameter.free).sum();
    let found = match &mut folder {
        Some(folder) => folder.state(settings, length)?,
        None => None,
    };
    let state = found.unwrap_or_else(State::new);
    let mut fit = Fit { objective, settings, watch, batches, state, folder };
    let is_interrupted = match fit.all() {
        Ok(()) => false,
        Err(Fault::Interrupted) => true,
        Err(fault) => return Err(fault),
    };
    let mut current = fit.state.current.take();
    fit.keep(current.as_mut())?;
    fit.state.current = current;
    fit.outcome(is_interrupted)
}

struct Fit<'a> {
    objective: &'a mut dyn Objective,
    settings: &'a Settings,
    watch: &'a mut dyn Watch,
    batches: Batches,
    state: State,
    folder: Option<&'a mut Folder>,
}

impl Fit<'_> {
    /// Goes through all starts.
    fn all(&mut self) -> Result<(), Fault> {
        while (self.state.runs.len() as u64) < self.settings.starts {
            let mut current = match self.state.current.take() {
                Some(current) => current,
                None => {
                    let next = self.state.runs.len() as u64;
                    Current::new(self.objective, self.settings, next)?
                }
            };
            let ending = self.start(&mut current);
            let done = match ending {
                Ok(ending) => self.run(&mut current, ending),
                Err(fault) => Err(fault),
            };
            match done {
                Ok(run) => self.state.runs.push(run),
                Err(fault) => {
                    self.state.current = Some(current);
                    return Err(fault);
                }
            }
        }
        Ok(())
    }

    /// Takes steps until there is a reason to end.
    fn start(&mut self, current: &mut Current) -> Result<Ending, Fault> {
        loop {
            if let Some(ending) = current.ending {
                return Ok(ending);
            }
            if self.watch.is_cancelled() {
                return Err(Fault::Interrupted);
            }
            if self.folder.as_ref().is_some_and(|folder| folder.is_due()) {
                self.keep(Some(current))?;
            }
            if current.step >= self.settings.steps {
                current.ending = Some(Ending::Steps);
            } else {
                self.step(current)?;
            }
        }
    }

    /// One step. Nothing changes where it is interrupted.
    fn step(&mut self, current: &mut Current) -> Result<(), Fault> {
        let rate = self.settings.rate(current.step);
        let held_out = self.held_out(current)?;
        let batch = self.batches.of(current.step);
        let objective = &mut *self.objective;
        let mut evaluate =
            |at: &[f64], gradient: &mut [f64]| evaluate(objective, at, &batch, gradient);
        let before = held_out.map(|_| current.at.clone());
        let made = current.method.step(&mut current.at, rate, &mut evaluate)?;
        current.judge(held_out, before);
        if let Some(trouble) = &made.trouble {
            self.report(current, trouble.to_string());
        }
        current.step += 1;
        current.ending = made.ending;
        if self.is_out_of_patience(current) {
            current.ending = current.ending.or(Some(Ending::Patience));
        }
        self.record(current, &made, rate, held_out);
        Ok(())
    }

    fn report(&mut self, current: &Current, what: String) {
        let report = Report { start: current.start, step: current.step, what };
        self.watch.troubled(&report);
        self.state.report(report);
    }

    /// After every pass over the rows: the value of those that are held out.
    fn held_out(&mut self, current: &Current) -> Result<Option<f64>, Fault> {
        let is_due = current.step.is_multiple_of(self.batches.per_pass());
        let Some(held) = self.batches.held().filter(|_| is_due) else { return Ok(None) };
        match self.objective.value(&current.at, &held) {
            Ok(value) => Ok(Some(if value.is_finite() { value } else { f64::NAN })),
            Err(Fault::NotFinite(_)) => Ok(Some(f64::NAN)),
            Err(fault) => Err(fault),
        }
    }

    fn is_out_of_patience(&self, current: &Current) -> bool {
        let Some(patience) = self.settings.patience else { return false };
        if self.batches.held().is_none() {
            return false;
        }
        let best = current.best.as_ref().map_or(0, |best| best.step);
        current.step - best >= patience.max(self.batches.per_pass())
    }

    fn record(&mut self, current: &Current, made: &Made, rate: f64, held_out: Option<f64>) {
        let Made { objective, gradient_norm, .. } = *made;
        self.state.trace.push(TraceRow {
            start: current.start,
            step: current.step - 1,
            objective,
            gradient_norm,
            rate,
            held_out: held_out.unwrap_or(f64::NAN),
        });
        self.watch.stepped(&Stepped {
            start: current.start,
            starts: self.settings.starts,
            step: current.step,
            steps: self.settings.steps,
            objective,
            gradient_norm,
            rate,
            held_out: current.held_out,
            at: &current.at,
        });
    }

    /// What a start has come to.
    fn run(&mut self, current: &mut Current, ending: Ending) -> Result<Run, Fault> {
        let held_out = self.held_out(current)?;
        let last = current.at.clone();
        current.judge(held_out, Some(last));
        let (at, held_out) = current.end();
        let (start, steps) = (current.start, current.step);
        let (mut at, mut ending) = (at.to_vec(), ending);
        let found = match self.value(&at, steps)? {
            Ok(found) => Some(found),
            Err(trouble) => {
                self.report(current, trouble.to_string());
                at = current.method.good().map_or(at, <[f64]>::to_vec);
                self.value(&at, steps)?.ok()
            }
        };
        if found.is_none() {
            ending = Ending::Failed;
        }
        let (objective, gradient_norm) = found.unwrap_or((f64::NAN, f64::NAN));
        Ok(Run { start, ending, steps, objective, gradient_norm, held_out, at })
    }

    /// Value and norm of the gradient over all rows that are learnt from.
    fn value(&mut self, at: &[f64], step: u64) -> Result<Result<(f64, f64), Trouble>, Fault> {
        let all = self.batches.all(if self.batches.is_fixed() { 0 } else { step });
        match value(self.objective, at, &all) {
            Ok((value, gradient)) => Ok(Ok((value, norm(&gradient)))),
            Err(Fault::NotFinite(trouble)) => Ok(Err(trouble)),
            Err(fault) => Err(fault),
        }
    }

    /// Puts what there is so far into the folder.
    fn keep(&mut self, current: Option<&mut Current>) -> Result<(), Fault> {
        let Some(folder) = self.folder.as_mut() else { return Ok(()) };
        let at = match (self.state.best(), &current) {
            (Some(best), _) => &best.at,
            (None, Some(current)) => current.end().0,
            (None, None) => return Ok(()),
        };
        let values = self.objective.constrain(at)?;
        folder.keep(&self.state, current, self.objective.parameters(), &values)?;
        Ok(())
    }

    fn outcome(mut self, is_interrupted: bool) -> Result<Outcome, Fault> {
        if let Some(mut current) = self.state.current.take() {
            let run = self.run(&mut current, Ending::Steps)?;
            self.state.runs.push(run);
        }
        let best = self.state.best().expect("a fit has at least one start").clone();
        let values = self.objective.constrain(&best.at)?;
        let information = if is_interrupted {
            Err(Unknown::Stopped)
        } else {
            let all = self.batches.all(if self.batches.is_fixed() { 0 } else { best.steps });
            information::of(self.objective, &best.at, &all)?
        };
        let State { runs, trace, reports, troubles, .. } = self.state;
        Ok(Outcome { best, runs, values, information, trace, reports, troubles, is_interrupted })
    }
}
