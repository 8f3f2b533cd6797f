//! Steps along the gradient over the root of a mean of its squares.

use super::descent::Rule;

/// `s ← α s + (1 - α) g²`, `v ← μ v + g / (√s + ε)`, `θ ← θ - r v`.
///
/// Source: Tieleman & Hinton (2012), lecture 6.5 of *Neural networks for machine learning*.
pub(crate) struct Rmsprop {
    alpha: f64,
    epsilon: f64,
    momentum: f64,
    square: Vec<f64>,
    velocity: Vec<f64>,
}

impl Rmsprop {
    pub(crate) fn new(length: usize, alpha: f64, epsilon: f64, momentum: f64) -> Self {
        let zeros = vec![0.0; length];
        Self { alpha, epsilon, momentum, square: zeros.clone(), velocity: zeros }
    }
}

impl Rule for Rmsprop {
    fn update(&mut self, _count: u64, rate: f64, gradient: &[f64], at: &mut [f64]) {
        let means = self.square.iter_mut().zip(&mut self.velocity);
        for ((x, g), (square, velocity)) in at.iter_mut().zip(gradient).zip(means) {
            *square = self.alpha * *square + (1.0 - self.alpha) * (g * g);
            *velocity = self.momentum * *velocity + g / (square.sqrt() + self.epsilon);
            *x -= rate * *velocity;
        }
    }

    fn memory(&mut self) -> Vec<(&'static str, &mut Vec<f64>)> {
        vec![("square", &mut self.square), ("velocity", &mut self.velocity)]
    }
}
