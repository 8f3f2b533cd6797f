//! Steps against the gradient.

use super::descent::Rule;

/// `v ← μ v + g`, `θ ← θ - r v`, or with Nesterov's look ahead `θ ← θ - r (g + μ v)`.
///
/// Source: Sutskever, Martens, Dahl & Hinton (2013), *On the importance of initialization and momentum
/// in deep learning*, ICML.
pub(crate) struct Sgd {
    momentum: f64,
    nesterov: bool,
    velocity: Vec<f64>,
}

impl Sgd {
    pub(crate) fn new(length: usize, momentum: f64, nesterov: bool) -> Self {
        Self { momentum, nesterov, velocity: vec![0.0; length] }
    }
}

impl Rule for Sgd {
    fn update(&mut self, _count: u64, rate: f64, gradient: &[f64], at: &mut [f64]) {
        for ((x, g), velocity) in at.iter_mut().zip(gradient).zip(&mut self.velocity) {
            *velocity = self.momentum * *velocity + g;
            let along = if self.nesterov { g + self.momentum * *velocity } else { *velocity };
            *x -= rate * along;
        }
    }

    fn memory(&mut self) -> Vec<(&'static str, &mut Vec<f64>)> {
        vec![("velocity", &mut self.velocity)]
    }
}
