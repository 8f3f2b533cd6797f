//! Adam, with decoupled weight decay.

use super::descent::Rule;

/// `θ ← θ - r (m̂ / (√v̂ + ε) + λ θ)` with means `m` of the gradient and `v` of its square, both over
/// their weights.
///
/// Source: Kingma & Ba (2015), arXiv:1412.6980, algorithm 1; Loshchilov & Hutter (2019),
/// arXiv:1711.05101, algorithm 2.
pub(crate) struct Adam {
    betas: [f64; 2],
    epsilon: f64,
    weight_decay: f64,
    mean: Vec<f64>,
    square: Vec<f64>,
}

impl Adam {
    pub(crate) fn new(length: usize, betas: [f64; 2], epsilon: f64, weight_decay: f64) -> Self {
        let zeros = vec![0.0; length];
        Self { betas, epsilon, weight_decay, mean: zeros.clone(), square: zeros }
    }
}

impl Rule for Adam {
    fn update(&mut self, count: u64, rate: f64, gradient: &[f64], at: &mut [f64]) {
        let [beta1, beta2] = self.betas;
        let weights = self.betas.map(|beta| 1.0 - libm::pow(beta, count as f64));
        let (step, root) = (rate / weights[0], weights[1].sqrt());
        let kept = 1.0 - rate * self.weight_decay;
        let means = self.mean.iter_mut().zip(&mut self.square);
        for ((x, g), (mean, square)) in at.iter_mut().zip(gradient).zip(means) {
            *mean = beta1 * *mean + (1.0 - beta1) * g;
            *square = beta2 * *square + (1.0 - beta2) * (g * g);
            *x = *x * kept - step * (*mean / (square.sqrt() / root + self.epsilon));
        }
    }

    fn memory(&mut self) -> Vec<(&'static str, &mut Vec<f64>)> {
        vec![("mean", &mut self.mean), ("square", &mut self.square)]
    }
}
