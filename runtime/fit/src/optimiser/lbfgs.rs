//! Limited-memory BFGS.
//!
//! Source: Nocedal & Wright (2006), *Numerical Optimization*, 2nd ed., algorithms 7.4 and 7.5. First
//! steps, scale and limits are those of `torch.optim.LBFGS`, whose iterates these are.

use super::wolfe::{self, Along, Line};
use super::{Evaluate, Made, Method};
use crate::vector::{dot, largest, norm};
use crate::{Ending, Fault, Lbfgs, Trouble};

/// Changes of the gradient whose product with the step is no larger say nothing about curvature.
const FLAT: f64 = 1e-10;

/// A step that would lower the objective by less than this part of it cannot be told from rounding.
const ROUNDING: f64 = 1e-10;

/// The method with its history.
pub(crate) struct Search {
    numbers: Lbfgs,
    /// The objective where the vector is, the scale of the first approximation, steps since the history
    /// began. Empty before the first step.
    scalars: Vec<f64>,
    gradient: Vec<f64>,
    direction: Vec<f64>,
    /// Steps and changes of the gradient, one after the other, and the inverses of their products.
    steps: Vec<f64>,
    changes: Vec<f64>,
    curvatures: Vec<f64>,
}

const VALUE: usize = 0;
const SCALE: usize = 1;
const STEPS: usize = 2;

impl Search {
    pub(crate) fn new(numbers: Lbfgs) -> Self {
        let none = Vec::new;
        Self {
            numbers,
            scalars: none(),
            gradient: none(),
            direction: none(),
            steps: none(),
            changes: none(),
            curvatures: none(),
        }
    }

    /// Takes the step to `found` into the history.
    fn remember(&mut self, found: &Along) {
        let n = self.gradient.len();
        let change = found.gradient.iter().zip(&self.gradient).map(|(new, old)| new - old);
        let change: Vec<f64> = change.collect();
        let step: Vec<f64> = self.direction.iter().map(|d| d * found.length).collect();
        let product = dot(&change, &step);
        if product <= FLAT {
            return;
        }
        if self.curvatures.len() == self.numbers.history {
            self.steps.drain(..n);
            self.changes.drain(..n);
            self.curvatures.remove(0);
        }
        self.scalars[SCALE] = product / dot(&change, &change);
        self.steps.extend(step);
        self.changes.extend(change);
        self.curvatures.push(1.0 / product);
    }

    /// The quasi-Newton direction: minus the approximate inverse of the second derivatives times the
    /// gradient.
    fn direct(&mut self) {
        let n = self.gradient.len();
        let mut q: Vec<f64> = self.gradient.iter().map(|g| -g).collect();
        let pairs = self.steps.chunks_exact(n).zip(self.changes.chunks_exact(n));
        let pairs: Vec<_> = pairs.zip(&self.curvatures).collect();
        let mut factors = Vec::with_capacity(pairs.len());
        for ((step, change), curvature) in pairs.iter().rev() {
            let factor = dot(step, &q) * *curvature;
            q.iter_mut().zip(*change).for_each(|(q, y)| *q -= factor * y);
            factors.push(factor);
        }
        q.iter_mut().for_each(|q| *q *= self.scalars[SCALE]);
        for (((step, change), curvature), factor) in pairs.iter().zip(factors.iter().rev()) {
            let correction = factor - dot(change, &q) * *curvature;
            q.iter_mut().zip(*step).for_each(|(q, s)| *q += correction * s);
        }
        self.direction = q;
    }

    fn forget(&mut self) {
        for history in [&mut self.steps, &mut self.changes, &mut self.curvatures] {
            history.clear();
        }
        self.scalars[SCALE] = 1.0;
        self.scalars[STEPS] = 0.0;
    }

    fn made(&self, trouble: Option<Trouble>, ending: Option<Ending>) -> Made {
        let (objective, gradient_norm) = (self.scalars[VALUE], norm(&self.gradient));
        Made { objective, gradient_norm, trouble, ending }
    }
}

impl Method for Search {
    fn step(
        &mut self,
        at: &mut [f64],
        rate: f64,
        evaluate: &mut Evaluate<'_>,
    ) -> Result<Made, Fault> {
        if self.scalars.is_empty() {
            self.gradient = vec![0.0; at.len()];
            match evaluate(at, &mut self.gradient) {
                Ok(value) => self.scalars = vec![value, 1.0, 0.0],
                Err(Fault::NotFinite(trouble)) => {
                    let (objective, ending) = (f64::NAN, Some(Ending::Failed));
                    let trouble = Some(trouble);
                    return Ok(Made { objective, gradient_norm: f64::NAN, trouble, ending });
                }
                Err(fault) => return Err(fault),
            }
        }
        let value = self.scalars[VALUE];
        let steepest = largest(&self.gradient);
        if steepest <= self.numbers.tolerance * value.abs().max(1.0) {
            return Ok(self.made(None, Some(Ending::Converged)));
        }
        self.direct();
        if dot(&self.gradient, &self.direction) >= 0.0 {
            self.forget();
            self.direct();
        }
        let is_first = self.scalars[STEPS] == 0.0;
        let total: f64 = self.gradient.iter().fold(0.0, |sum, g| sum + g.abs());
        let length = if is_first { (1.0 / total).min(1.0) * rate } else { rate };
        let slope = dot(&self.gradient, &self.direction);
        let made = self.made(None, None);

        let mut line = Line { at, direction: &self.direction, evaluate, trouble: None };
        let start = Along { length: 0.0, value, slope, gradient: self.gradient.clone() };
        let found = wolfe::search(&mut line, start, length)?;
        let trouble = line.trouble.take();

        let is_still = found.length == 0.0;
        let has_history = !self.curvatures.is_empty();
        for (x, d) in at.iter_mut().zip(&self.direction) {
            *x += found.length * d;
        }
        self.scalars[VALUE] = found.value;
        self.remember(&found);
        self.gradient = found.gradient;
        self.scalars[STEPS] += 1.0;
        let ending = match (is_still, has_history) {
            (false, _) => None,
            (true, _) if slope.abs() <= ROUNDING * value.abs().max(1.0) => Some(Ending::Converged),
            (true, true) => {
                self.forget();
                None
            }
            (true, false) => Some(Ending::Stuck),
        };
        Ok(Made { trouble, ending, ..made })
    }

    fn good(&self) -> Option<&[f64]> {
        None
    }

    fn memory(&mut self) -> Vec<(&'static str, &mut Vec<f64>)> {
        vec![
            ("scalars", &mut self.scalars),
            ("gradient", &mut self.gradient),
            ("steps", &mut self.steps),
            ("changes", &mut self.changes),
            ("curvatures", &mut self.curvatures),
        ]
    }
}
