//! Somebody who looks on while a fit goes on.

use crate::Report;

/// A step that was made.
#[derive(Clone, Copy, Debug)]
pub struct Stepped<'a> {
    /// Which start, from 0.
    pub start: u64,
    /// Of how many.
    pub starts: u64,
    /// Steps made of this start.
    pub step: u64,
    /// The most that will be made.
    pub steps: u64,
    /// The objective before the step; NaN where it had no value.
    pub objective: f64,
    /// The norm of its gradient, likewise.
    pub gradient_norm: f64,
    /// The rate of the step.
    pub rate: f64,
    /// The value of the held-out rows when it was last computed.
    pub held_out: Option<f64>,
    /// The unconstrained vector after the step.
    pub at: &'a [f64],
}

/// Looks on, and may stop the fit.
pub trait Watch {
    /// A step was made.
    fn stepped(&mut self, _step: &Stepped<'_>) {}

    /// A step was shortened or left out.
    fn troubled(&mut self, _report: &Report) {}

    /// Whether to stop after this step.
    fn is_cancelled(&self) -> bool {
        false
    }
}

impl Watch for () {}
