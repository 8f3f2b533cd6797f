//! Objectives with known minima.
#![allow(dead_code, reason = "each test uses some")]

use sdec_fit::{Batch, Fault, Objective, Parameter, Stepped, Watch};

/// Rosenbrock's function of two or more numbers.
///
/// Source: Rosenbrock (1960), The Computer Journal 3(3).
pub(crate) struct Rosenbrock {
    pub(crate) start: Vec<f64>,
    pub(crate) parameters: Vec<Parameter>,
}

impl Rosenbrock {
    pub(crate) fn from(start: &[f64]) -> Self {
        Self { start: start.to_vec(), parameters: vec![parameter("x", start.len())] }
    }
}

/// A table of `n` unconstrained numbers.
pub(crate) fn parameter(name: &str, n: usize) -> Parameter {
    Parameter { name: name.to_owned(), shape: vec![n], constraint: "Real".to_owned(), free: n }
}

/// `Σ (1 - xᵢ)² + 100 (xᵢ₊₁ - xᵢ²)²`
pub(crate) fn rosenbrock(x: &[f64], gradient: &mut [f64]) -> f64 {
    gradient.fill(0.0);
    let mut value = 0.0;
    for i in 0..x.len() - 1 {
        let (a, b) = (1.0 - x[i], x[i + 1] - x[i] * x[i]);
        value += a * a + 100.0 * b * b;
        gradient[i] += -2.0 * a - 400.0 * x[i] * b;
        gradient[i + 1] += 200.0 * b;
    }
    value
}

impl Objective for Rosenbrock {
    fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    fn rows(&self) -> usize {
        1
    }

    fn start(&mut self, number: u64) -> Result<Vec<f64>, Fault> {
        Ok(if number == 0 { self.start.clone() } else { sdec_fit::scatter(&self.start, 0, number) })
    }

    fn evaluate(
        &mut self,
        at: &[f64],
        _batch: &Batch<'_>,
        gradient: &mut [f64],
    ) -> Result<f64, Fault> {
        Ok(rosenbrock(at, gradient))
    }

    fn constrain(&mut self, at: &[f64], slope: Option<&mut [f64]>) -> Result<Vec<f64>, Fault> {
        if let Some(slope) = slope {
            slope.fill(1.0);
        }
        Ok(at.to_vec())
    }
}

/// Keeps every vector.
#[derive(Default)]
pub(crate) struct Path(pub(crate) Vec<Vec<f64>>);

impl Watch for Path {
    fn stepped(&mut self, step: &Stepped<'_>) {
        self.0.push(step.at.to_vec());
    }
}
