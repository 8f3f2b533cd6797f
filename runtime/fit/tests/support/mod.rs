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

    fn constrain(&mut self, at: &[f64]) -> Result<Vec<f64>, Fault> {
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

/// `Σ wᵢ (x - rowᵢ)²/2` over the rows of a batch: the minimum is their mean.
pub(crate) struct Means {
    pub(crate) rows: Vec<f64>,
    pub(crate) parameters: Vec<Parameter>,
}

impl Means {
    pub(crate) fn of(rows: &[f64]) -> Self {
        Self { rows: rows.to_vec(), parameters: vec![parameter("mean", 1)] }
    }
}

impl Objective for Means {
    fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    fn rows(&self) -> usize {
        self.rows.len()
    }

    fn start(&mut self, number: u64) -> Result<Vec<f64>, Fault> {
        Ok(vec![number as f64])
    }

    fn evaluate(
        &mut self,
        at: &[f64],
        batch: &Batch<'_>,
        gradient: &mut [f64],
    ) -> Result<f64, Fault> {
        let off = batch.rows.iter().map(|&row| at[0] - self.rows[row]);
        gradient[0] = batch.weight * off.clone().sum::<f64>();
        Ok(batch.weight * off.map(|d| 0.5 * d * d).sum::<f64>())
    }

    fn constrain(&mut self, at: &[f64]) -> Result<Vec<f64>, Fault> {
        Ok(at.to_vec())
    }
}

/// A function of unconstrained numbers, given as value and gradient.
pub(crate) struct Function<F> {
    pub(crate) start: Vec<f64>,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) function: F,
}

/// A function of the numbers with these names.
pub(crate) fn function<F>(names: &[&str], start: &[f64], function: F) -> Function<F>
where
    F: FnMut(&[f64], &mut [f64]) -> f64,
{
    let parameters = names.iter().map(|name| Parameter { shape: Vec::new(), ..parameter(name, 1) });
    Function { start: start.to_vec(), parameters: parameters.collect(), function }
}

impl<F: FnMut(&[f64], &mut [f64]) -> f64> Objective for Function<F> {
    fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    fn rows(&self) -> usize {
        1
    }

    fn start(&mut self, number: u64) -> Result<Vec<f64>, Fault> {
        Ok(self.start.iter().map(|x| x + number as f64).collect())
    }

    fn evaluate(
        &mut self,
        at: &[f64],
        _batch: &Batch<'_>,
        gradient: &mut [f64],
    ) -> Result<f64, Fault> {
        Ok((self.function)(at, gradient))
    }

    fn constrain(&mut self, at: &[f64]) -> Result<Vec<f64>, Fault> {
        Ok(at.to_vec())
    }
}

/// Stops a fit after so many steps.
pub(crate) struct Patience(pub(crate) u64);

impl Watch for Patience {
    fn stepped(&mut self, _step: &Stepped<'_>) {
        self.0 = self.0.saturating_sub(1);
    }

    fn is_cancelled(&self) -> bool {
        self.0 == 0
    }
}
