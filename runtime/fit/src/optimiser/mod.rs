//! How a gradient becomes a step.

mod adam;
mod descent;
mod lbfgs;
mod rmsprop;
mod sgd;
mod wolfe;

use crate::{Ending, Fault, Optimiser, Settings, Trouble};

/// The objective and its gradient over the rows of a step.
pub(crate) type Evaluate<'a> = dyn FnMut(&[f64], &mut [f64]) -> Result<f64, Fault> + 'a;

/// A way from one vector to the next, with what it remembers.
pub(crate) trait Method {
    /// Makes a step from `at`.
    ///
    /// # Errors
    ///
    /// What keeps every step from being made.
    fn step(
        &mut self,
        at: &mut [f64],
        rate: f64,
        evaluate: &mut Evaluate<'_>,
    ) -> Result<Made, Fault>;

    /// Where the objective last had a value, if that need not be where the last step ended.
    fn good(&self) -> Option<&[f64]>;

    /// All that it remembers, by name. A method that is given the same goes on the same.
    fn memory(&mut self) -> Vec<(&'static str, &mut Vec<f64>)>;
}

/// What a step came to.
#[derive(Clone, Debug)]
pub(crate) struct Made {
    /// The objective before it; NaN where it has no value.
    pub(crate) objective: f64,
    /// The norm of its gradient, likewise.
    pub(crate) gradient_norm: f64,
    /// Why it is shorter than it would have been.
    pub(crate) trouble: Option<Trouble>,
    /// Why there will be no other.
    pub(crate) ending: Option<Ending>,
}

/// The method that the settings name, for a vector of `length` entries.
pub(crate) fn method(settings: &Settings, length: usize) -> Box<dyn Method> {
    let clip = settings.clip;
    match &settings.optimiser {
        &Optimiser::Adam { beta1, beta2, epsilon, weight_decay, .. } => {
            let adam = adam::Adam::new(length, [beta1, beta2], epsilon, weight_decay);
            Box::new(descent::Descent::new(adam, clip))
        }
        &Optimiser::Sgd { momentum, nesterov, .. } => {
            Box::new(descent::Descent::new(sgd::Sgd::new(length, momentum, nesterov), clip))
        }
        &Optimiser::Rmsprop { alpha, epsilon, momentum, .. } => {
            let rmsprop = rmsprop::Rmsprop::new(length, alpha, epsilon, momentum);
            Box::new(descent::Descent::new(rmsprop, clip))
        }
        Optimiser::Lbfgs(numbers) => Box::new(lbfgs::Search::new(numbers.clone())),
    }
}
