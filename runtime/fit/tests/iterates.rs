//! Every optimiser goes the way of PyTorch's, step by step.
//!
//! `iterates.txt` was printed by `iterates.py`.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use sdec_fit::{Ending, Lbfgs, Optimiser, Schedule, Settings, fit};
use support::{Path, Rosenbrock};

const REFERENCE: &str = include_str!("iterates.txt");

#[track_caller]
fn check(name: &str, settings: Settings) -> Ending {
    let rows = REFERENCE.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    let reference: Vec<Vec<f64>> = rows
        .map(|row| row.split(' ').skip(1).map(|number| number.parse().unwrap()).collect())
        .collect();
    assert_eq!(reference.len(), 100);
    let start = [-1.2, 1.0].repeat(reference[0].len() / 2);
    let mut path = Path::default();
    let settings = Settings { steps: 100, ..settings };
    let outcome =
        fit(&mut Rosenbrock::from(&start), &settings, None, &mut path).expect("it has values");
    // A search that is done stays where it is.
    let last = path.0.last().expect("a step").clone();
    path.0.resize(100, last);
    for (number, (found, expected)) in path.0.iter().zip(&reference).enumerate() {
        for (x, y) in found.iter().zip(expected) {
            assert!((x - y).abs() <= 1e-10, "step {}: {found:?}, not {expected:?}", number + 1);
        }
    }
    outcome.best.ending
}

fn adam(lr: f64) -> Optimiser {
    Optimiser::Adam { lr, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0.0 }
}

fn by(optimiser: Optimiser) -> Settings {
    Settings { optimiser, ..Settings::default() }
}

#[test]
fn adam_is_pytorchs() {
    assert_eq!(check("adam", by(adam(0.05))), Ending::Steps);
    let (beta1, beta2, epsilon, weight_decay) = (0.8, 0.99, 1e-6, 0.1);
    check("adamw", by(Optimiser::Adam { lr: 0.05, beta1, beta2, epsilon, weight_decay }));
}

#[test]
fn sgd_is_pytorchs() {
    let sgd = |lr, momentum, nesterov| by(Optimiser::Sgd { lr, momentum, nesterov });
    check("sgd", sgd(1e-3, 0.0, false));
    check("momentum", sgd(2e-4, 0.9, false));
    check("nesterov", sgd(2e-4, 0.9, true));
}

#[test]
fn rmsprop_is_pytorchs() {
    let epsilon = 1e-8;
    check("rmsprop", by(Optimiser::Rmsprop { lr: 0.01, alpha: 0.99, epsilon, momentum: 0.0 }));
    let momentum = Optimiser::Rmsprop { lr: 0.001, alpha: 0.9, epsilon, momentum: 0.9 };
    check("rmsprop_momentum", by(momentum));
}

#[test]
fn lbfgs_is_pytorchs() {
    let lbfgs =
        |history| by(Optimiser::Lbfgs(Lbfgs { history, tolerance: 0.0, ..Lbfgs::default() }));
    assert_eq!(check("lbfgs", lbfgs(10)), Ending::Converged);
    check("lbfgs4", lbfgs(3));
}

#[test]
fn schedules_are_pytorchs() {
    let with = |schedule| Settings { schedule, ..by(adam(0.05)) };
    check("cosine", with(Schedule::Cosine { end: 0.1 }));
    check("exponential", with(Schedule::Exponential { factor: 0.99 }));
    check("step", with(Schedule::Step { every: 30, factor: 0.5 }));
    check("warmup", Settings { warmup: 10, ..by(adam(0.05)) });
}
