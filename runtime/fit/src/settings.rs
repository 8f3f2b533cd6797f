//! How a fit goes about it.

/// How a fit goes about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The fit's name, which keys its random numbers.
    pub name: String,
    /// How a gradient becomes a step.
    pub optimiser: Optimiser,
    /// The most steps of a start.
    pub steps: u64,
    /// How the rate changes from step to step.
    pub schedule: Schedule,
    /// Steps over which the rate rises from nothing to its first value.
    pub warmup: u64,
    /// The longest gradient that is used as it is; a longer one is shortened to this norm.
    pub clip: Option<f64>,
    /// Rows of a step; all if absent.
    pub batch: Option<usize>,
    /// The part of the rows that is kept for validation, from 0 up to but not including 1.
    pub holdout: f64,
    /// Steps without a lower value of the held-out rows after which a fit stops.
    pub patience: Option<u64>,
    /// From how many places the fit starts; the best is kept.
    pub starts: u64,
    /// The seed of its random numbers.
    pub seed: u64,
}

impl Settings {
    /// The steps of all starts, where a fit does take them all: no search along a line, which evaluates more often
    /// and ends where nothing is gained, and nothing that stops it early.
    pub fn all_steps(&self) -> Option<u64> {
        let is_known = self.patience.is_none() && !matches!(self.optimiser, Optimiser::Lbfgs(_));
        is_known.then(|| self.steps.saturating_mul(self.starts))
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            name: String::new(),
            optimiser: Optimiser::default(),
            steps: 1_000,
            schedule: Schedule::Constant,
            warmup: 0,
            clip: None,
            batch: None,
            holdout: 0.0,
            patience: None,
            starts: 1,
            seed: 0,
        }
    }
}

/// How a gradient becomes a step.
#[derive(Clone, Debug, PartialEq)]
pub enum Optimiser {
    /// Steps along a mean of gradients over the root of a mean of their squares.
    ///
    /// Source: Kingma & Ba (2015), arXiv:1412.6980; Loshchilov & Hutter (2019), arXiv:1711.05101.
    Adam {
        /// The rate.
        lr: f64,
        /// The weight of the past in the mean of gradients.
        beta1: f64,
        /// The weight of the past in the mean of squares.
        beta2: f64,
        /// What is added to the root.
        epsilon: f64,
        /// By how much of itself times the rate a parameter shrinks in each step.
        weight_decay: f64,
    },
    /// Steps against the gradient, with momentum.
    ///
    /// Source: Sutskever, Martens, Dahl & Hinton (2013), ICML.
    Sgd {
        /// The rate.
        lr: f64,
        /// How much of the last step is made again.
        momentum: f64,
        /// Whether the gradient is that after the momentum's step.
        nesterov: bool,
    },
    /// Steps along the gradient over the root of a mean of squares.
    ///
    /// Source: Tieleman & Hinton (2012), lecture 6.5 of *Neural networks for machine learning*.
    Rmsprop {
        /// The rate.
        lr: f64,
        /// The weight of the past in the mean of squares.
        alpha: f64,
        /// What is added to the root.
        epsilon: f64,
        /// How much of the last step is made again.
        momentum: f64,
    },
    /// Steps of a limited-memory quasi-Newton method.
    Lbfgs(Lbfgs),
}

/// Limited-memory BFGS with a search for the strong Wolfe conditions.
///
/// Source: Nocedal & Wright (2006), *Numerical Optimization*, algorithms 3.5, 3.6, 7.5.
#[derive(Clone, Debug, PartialEq)]
pub struct Lbfgs {
    /// The length of a step that is tried first, in units of the quasi-Newton step.
    pub lr: f64,
    /// How many changes of the gradient are remembered.
    pub history: usize,
    /// The largest entry of the gradient, relative to the value where that is above 1, at which the fit
    /// has converged.
    pub tolerance: f64,
}

impl Default for Lbfgs {
    fn default() -> Self {
        Self { lr: 1.0, history: 10, tolerance: 1e-8 }
    }
}

impl Default for Optimiser {
    fn default() -> Self {
        Self::Adam { lr: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0.0 }
    }
}

impl Optimiser {
    /// The rate before any schedule.
    pub fn lr(&self) -> f64 {
        match self {
            Self::Adam { lr, .. } | Self::Sgd { lr, .. } | Self::Rmsprop { lr, .. } => *lr,
            Self::Lbfgs(lbfgs) => lbfgs.lr,
        }
    }
}

/// How the rate changes after the warm-up, as a factor of its first value.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Schedule {
    /// It does not.
    #[default]
    Constant,
    /// Down to `end` over all steps, along half a wave.
    ///
    /// Source: Loshchilov & Hutter (2017), arXiv:1608.03983.
    Cosine {
        /// The last factor.
        end: f64,
    },
    /// By `factor` from step to step.
    Exponential {
        /// Of each step.
        factor: f64,
    },
    /// By `factor` after every so many steps.
    Step {
        /// Steps of equal rate.
        every: u64,
        /// From one run of them to the next.
        factor: f64,
    },
}

impl Settings {
    /// The rate of a step.
    pub fn rate(&self, step: u64) -> f64 {
        let lr = self.optimiser.lr();
        if step < self.warmup {
            return lr * ((step + 1) as f64 / self.warmup as f64);
        }
        let step = step - self.warmup;
        lr * match self.schedule {
            Schedule::Constant => 1.0,
            Schedule::Cosine { end } => {
                let part = step as f64 / self.steps.saturating_sub(self.warmup).max(1) as f64;
                let wave = libm::cos(std::f64::consts::PI * part.min(1.0));
                end + (1.0 - end) * (1.0 + wave) / 2.0
            }
            Schedule::Exponential { factor } => libm::pow(factor, step as f64),
            Schedule::Step { every, factor } => libm::pow(factor, (step / every.max(1)) as f64),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(schedule: Schedule, warmup: u64, rates: &[(u64, f64)]) {
        let optimiser = Optimiser::Sgd { lr: 2.0, momentum: 0.0, nesterov: false };
        let settings = Settings { optimiser, schedule, warmup, steps: 100, ..Settings::default() };
        for &(step, rate) in rates {
            assert!((settings.rate(step) - rate).abs() < 1e-15, "{schedule:?} at {step}");
        }
    }

    #[test]
    fn schedules_are_as_defined() {
        check(Schedule::Constant, 0, &[(0, 2.0), (99, 2.0)]);
        check(Schedule::Constant, 4, &[(0, 0.5), (3, 2.0), (50, 2.0)]);
        check(Schedule::Cosine { end: 0.1 }, 0, &[(0, 2.0), (50, 1.1), (100, 0.2), (200, 0.2)]);
        check(Schedule::Cosine { end: 0.0 }, 20, &[(19, 2.0), (60, 1.0), (100, 0.0)]);
        check(Schedule::Exponential { factor: 0.5 }, 0, &[(0, 2.0), (1, 1.0), (3, 0.25)]);
        check(Schedule::Step { every: 10, factor: 0.5 }, 0, &[(9, 2.0), (10, 1.0), (25, 0.5)]);
    }
}
