//! A gradient a step: what the methods that work so have in common.

use super::{Evaluate, Made, Method};
use crate::vector::norm;
use crate::{Ending, Fault};

/// Steps without a value, one after the other, after which it is no use to try another.
const PATIENCE: f64 = 8.0;

/// How one gradient changes the vector.
pub(crate) trait Rule {
    /// Changes `at` for the `count`th time, counted from 1.
    fn update(&mut self, count: u64, rate: f64, gradient: &[f64], at: &mut [f64]);

    /// All that it remembers, by name.
    fn memory(&mut self) -> Vec<(&'static str, &mut Vec<f64>)>;
}

/// Steps by a rule.
///
/// Where the objective has no value, the step that led there is halved instead, and what was learnt so
/// far stays as it was.
pub(crate) struct Descent<R> {
    rule: R,
    clip: Option<f64>,
    gradient: Vec<f64>,
    /// Updates made, and steps without a value since the last.
    counts: Vec<f64>,
    /// Where the objective last had a value; empty before it has one.
    good: Vec<f64>,
}

impl<R: Rule> Descent<R> {
    pub(crate) fn new(rule: R, clip: Option<f64>) -> Self {
        Self { rule, clip, gradient: Vec::new(), counts: vec![0.0; 2], good: Vec::new() }
    }
}

impl<R: Rule> Method for Descent<R> {
    fn step(
        &mut self,
        at: &mut [f64],
        rate: f64,
        evaluate: &mut Evaluate<'_>,
    ) -> Result<Made, Fault> {
        self.gradient.resize(at.len(), 0.0);
        let objective = match evaluate(at, &mut self.gradient) {
            Ok(objective) => objective,
            Err(Fault::NotFinite(trouble)) => {
                self.counts[1] += 1.0;
                let is_last = self.counts[1] >= PATIENCE;
                for (at, good) in at.iter_mut().zip(&self.good) {
                    *at = if is_last { *good } else { 0.5 * (*at + good) };
                }
                let ending = is_last.then_some(Ending::Failed);
                let (objective, gradient_norm) = (f64::NAN, f64::NAN);
                return Ok(Made { objective, gradient_norm, trouble: Some(trouble), ending });
            }
            Err(fault) => return Err(fault),
        };
        self.good.clear();
        self.good.extend_from_slice(at);
        self.counts = vec![self.counts[0] + 1.0, 0.0];
        let gradient_norm = norm(&self.gradient);
        if let Some(clip) = self.clip.filter(|clip| gradient_norm > *clip) {
            self.gradient.iter_mut().for_each(|g| *g *= clip / gradient_norm);
        }
        self.rule.update(self.counts[0] as u64, rate, &self.gradient, at);
        Ok(Made { objective, gradient_norm, trouble: None, ending: None })
    }

    fn good(&self) -> Option<&[f64]> {
        (!self.good.is_empty()).then_some(&self.good)
    }

    fn memory(&mut self) -> Vec<(&'static str, &mut Vec<f64>)> {
        let mut memory = self.rule.memory();
        memory.push(("counts", &mut self.counts));
        memory.push(("good", &mut self.good));
        memory
    }
}
