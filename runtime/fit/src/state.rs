//! All that a fit on its way consists of.

use crate::optimiser::{self, Method};
use crate::{Ending, Fault, Objective, Report, Run, Settings, TraceRow};

/// Reports that are kept in full.
const REPORTS: usize = 20;

/// All that a fit on its way consists of: given the same, it goes on the same.
pub(crate) struct State {
    /// Starts that are done.
    pub(crate) runs: Vec<Run>,
    /// The one on its way.
    pub(crate) current: Option<Current>,
    pub(crate) trace: Vec<TraceRow>,
    /// The first few steps that were shortened or left out.
    pub(crate) reports: Vec<Report>,
    /// How many there were in all.
    pub(crate) troubles: u64,
}

/// A start on its way.
pub(crate) struct Current {
    pub(crate) start: u64,
    /// Steps made.
    pub(crate) step: u64,
    pub(crate) at: Vec<f64>,
    pub(crate) method: Box<dyn Method>,
    /// The value of the held-out rows when it was last computed.
    pub(crate) held_out: Option<f64>,
    /// Its lowest value so far.
    pub(crate) best: Option<Best>,
    /// Why it takes no more steps.
    pub(crate) ending: Option<Ending>,
}

/// Where held-out rows were fitted best.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Best {
    pub(crate) value: f64,
    pub(crate) step: u64,
    pub(crate) at: Vec<f64>,
}

impl State {
    pub(crate) fn new() -> Self {
        Self {
            runs: Vec::new(),
            current: None,
            trace: Vec::new(),
            reports: Vec::new(),
            troubles: 0,
        }
    }

    pub(crate) fn report(&mut self, report: Report) {
        self.troubles += 1;
        if self.reports.len() < REPORTS {
            self.reports.push(report);
        }
    }

    /// The best of the runs that are done: by the held-out rows where there are any.
    pub(crate) fn best(&self) -> Option<&Run> {
        let mark = |run: &&Run| {
            let mark = if run.held_out.is_nan() { run.objective } else { run.held_out };
            if mark.is_nan() { f64::INFINITY } else { mark }
        };
        self.runs.iter().min_by(|a, b| mark(a).total_cmp(&mark(b)))
    }
}

impl Current {
    pub(crate) fn new(
        objective: &mut dyn Objective,
        settings: &Settings,
        start: u64,
    ) -> Result<Self, Fault> {
        let at = objective.start(start)?;
        let method = optimiser::method(settings, at.len());
        Ok(Self { start, step: 0, at, method, held_out: None, best: None, ending: None })
    }

    /// Takes in a value of the held-out rows, at `at`.
    pub(crate) fn judge(&mut self, held_out: Option<f64>, at: Option<Vec<f64>>) {
        let (Some(value), Some(at)) = (held_out, at) else { return };
        self.held_out = Some(value);
        if value < self.best.as_ref().map_or(f64::INFINITY, |best| best.value) {
            self.best = Some(Best { value, step: self.step, at });
        }
    }

    /// Where the run would end if it ended now, with the value of the held-out rows.
    pub(crate) fn end(&self) -> (&[f64], f64) {
        match &self.best {
            Some(best) => (&best.at, best.value),
            None => (&self.at, self.held_out.unwrap_or(f64::NAN)),
        }
    }
}
