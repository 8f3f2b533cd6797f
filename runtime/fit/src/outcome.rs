//! What a fit found.

use crate::{Information, Unknown};

/// How a fit ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ending {
    /// The gradient is as good as zero.
    Converged,
    /// All steps were made.
    Steps,
    /// The held-out rows were not fitted better for as long as patience lasts.
    Patience,
    /// No step along the gradient makes the objective smaller.
    Stuck,
    /// The objective had no value several times in a row; what is kept is where it last had one.
    Failed,
}

impl Ending {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Converged, Self::Steps, Self::Patience, Self::Stuck, Self::Failed];

    /// Its place in [`Ending::ALL`].
    pub(crate) fn number(self) -> usize {
        Self::ALL.iter().position(|ending| *ending == self).expect("all endings are listed")
    }

    /// In a word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Converged => "converged",
            Self::Steps => "steps",
            Self::Patience => "patience",
            Self::Stuck => "stuck",
            Self::Failed => "failed",
        }
    }
}

/// One row of the trace.
#[derive(Clone, Copy, Debug)]
pub struct TraceRow {
    /// Which start, from 0.
    pub start: u64,
    /// Which step, from 0.
    pub step: u64,
    /// The objective before the step; NaN where it had no value.
    pub objective: f64,
    /// The norm of its gradient before it is shortened, likewise.
    pub gradient_norm: f64,
    /// The rate of the step.
    pub rate: f64,
    /// The value of the held-out rows after the step; NaN where it was not computed.
    pub held_out: f64,
}

/// A step that was shortened or left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Which start, from 0.
    pub start: u64,
    /// Which step, from 0.
    pub step: u64,
    /// What was wrong, as a clause.
    pub what: String,
}

/// What one start came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Which start, from 0.
    pub start: u64,
    /// How it ended.
    pub ending: Ending,
    /// Steps made.
    pub steps: u64,
    /// The objective over all rows that were learnt from; NaN if it has no value.
    pub objective: f64,
    /// The norm of its gradient.
    pub gradient_norm: f64,
    /// The value of the held-out rows; NaN if there are none.
    pub held_out: f64,
    /// The unconstrained vector.
    pub at: Vec<f64>,
}

/// What a fit found.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The best run.
    pub best: Run,
    /// All runs, by their starts.
    pub runs: Vec<Run>,
    /// The values of the parameters, one after the other.
    pub values: Vec<f64>,
    /// How well the data determine them, or why that is not known.
    pub information: Result<Information, Unknown>,
    /// Every step of every run.
    pub trace: Vec<TraceRow>,
    /// Steps that were shortened or left out: the first few.
    pub reports: Vec<Report>,
    /// How many there were in all.
    pub troubles: u64,
    /// Whether the user stopped it before its end.
    pub is_interrupted: bool,
}
