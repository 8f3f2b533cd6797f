//! What is the same for all rows is computed once: values, derivatives and held-out rows are those of rows by
//! themselves.

use sdec_driver::{BlockResult, EstimateResult, Options};
use sdec_tests::backends;

use super::{close, grad, grad_with, session};

/// A net of the time makes what moves all rows.
const PULLED: &str = "
data D(k) = csv \"d.csv\"
  x0 : k => Float
  y  : k => Float

param f : MLP(1, 4, width = 16, depth = 1, act = tanh)

model Pulled
  param θ : Positive = 0.7
  param σ : Positive = 0.5
  input x0 : Float = D.x0[0]
  state x : Real
  init x = x0
  let w = f([t])
  dx = ((sum k. w[k]) * cos(x) - θ * x) dt
  observe y at 1.0 ~ Normal(x, σ)

fit Pulled to D
  objective = mle
  solver    = rk4(dt = 0.125)
";

/// Some rows of the data.
fn rows(of: std::ops::Range<u32>) -> String {
    let row = |k: u32| {
        let k = f64::from(k);
        format!("{},{}\n", (1.3 * k).sin(), 0.5 * (0.7 * k).cos())
    };
    "x0,y\n".to_owned() + &of.map(row).collect::<String>()
}

fn kernels(program: &str, data: &str) -> usize {
    let (_folder, session) = session(program, &[("d.csv", data)], &Options::default());
    let text = session.emit("kernel", None, None).unwrap();
    text.lines().filter(|line| line.starts_with("kernel ")).count()
}

#[track_caller]
fn agree(found: &EstimateResult, value: f64, gradient: &[Vec<f64>]) {
    close(found.value, value, 1e-11);
    assert_eq!(found.gradient.len(), gradient.len());
    for (found, expected) in found.gradient.iter().zip(gradient) {
        assert_eq!(found.value.len(), expected.len());
        found.value.iter().zip(expected).for_each(|(&x, &y)| close(x, y, 1e-11));
    }
}

/// Sixteen rows are one group, whose program computes everything: then there is nothing to sum before.
#[test]
fn an_objective_is_the_sum_of_those_of_few_rows() {
    let all = rows(0..40);
    assert_eq!(kernels(PULLED, &all), 3, "once forwards, once backwards, and the rows");
    let (mut value, mut gradient) = (0.0, Vec::<Vec<f64>>::new());
    for part in [0..16, 16..32, 32..40] {
        let data = rows(part);
        assert_eq!(kernels(PULLED, &data), 1);
        let found = grad(PULLED, &[("d.csv", &data)]);
        value += found.value;
        gradient.resize(found.gradient.len(), Vec::new());
        for (sum, own) in gradient.iter_mut().zip(found.gradient) {
            sum.resize(own.value.len(), 0.0);
            sum.iter_mut().zip(own.value).for_each(|(sum, x)| *sum += x);
        }
    }
    assert!(gradient.iter().flatten().all(|x| x.abs() > 1e-6), "every number has an effect");
    agree(&grad(PULLED, &[("d.csv", &all)]), value, &gradient);
}

#[test]
fn derivatives_are_those_forwards() {
    let data = rows(0..40);
    let forwards = format!("{PULLED}  gradient  = forward\n");
    assert_eq!(kernels(&forwards, &data), 1, "there are as many tangents as numbers");
    let expected = grad(&forwards, &[("d.csv", &data)]);
    let gradient: Vec<Vec<f64>> = expected.gradient.into_iter().map(|by| by.value).collect();
    agree(&grad(PULLED, &[("d.csv", &data)]), expected.value, &gradient);
}

/// A solution that all rows share is computed once as a whole.
#[test]
fn a_shared_solution_is_solved_once() {
    let shared =
        PULLED.replace("init x = x0", "init x = 0.3").replace("Normal(x, σ)", "Normal(x + x0, σ)");
    let data = rows(0..40);
    let forwards = format!("{shared}  gradient  = forward\n");
    assert_eq!(kernels(&shared, &data), 3);
    let expected = grad(&forwards, &[("d.csv", &data)]);
    let gradient: Vec<Vec<f64>> = expected.gradient.into_iter().map(|by| by.value).collect();
    agree(&grad(&shared, &[("d.csv", &data)]), expected.value, &gradient);
}

#[test]
fn the_bits_are_those_of_every_backend_and_number_of_threads() {
    let data = rows(0..100);
    for single in [false, true] {
        let mut all = Vec::new();
        let setups = backends().into_iter().flat_map(|way| [(way, 1), (way, 3)]);
        for ((backend, width), threads) in setups {
            let threads = Some(threads);
            let options = Options { backend, width, threads, single, ..Options::default() };
            let found = grad_with(PULLED, &[("d.csv", &data)], &options);
            let numbers = found.gradient.iter().flat_map(|by| &by.value);
            let bits = numbers.map(|x| x.to_bits()).chain([found.value.to_bits()]);
            all.push(bits.collect::<Vec<u64>>());
        }
        assert!(all.iter().all(|bits| *bits == all[0]));
    }
}

#[test]
fn held_out_rows_and_batches() {
    let settings =
        "  optimizer = adam(lr = 0.01, steps = 4)\n  batch     = 20\n  holdout   = 0.25\n";
    let fitted = |gradient: &str| {
        let program = format!("{PULLED}{settings}  gradient  = {gradient}\n");
        let data = rows(0..80);
        let out = tempfile::tempdir().unwrap();
        let folder = Some(out.path().join("fit"));
        let options = Options { out: folder, ..Options::default() };
        let (_folder, session) = session(&program, &[("d.csv", &data)], &options);
        let mut results = session.run(&mut ()).unwrap();
        let BlockResult::Fit(fit) = results.remove(0) else { panic!("a fit was run") };
        fit
    };
    let (found, expected) = (fitted("backprop"), fitted("forward"));
    close(found.objective, expected.objective, 1e-8);
    close(found.held_out.unwrap(), expected.held_out.unwrap(), 1e-8);
    for (found, expected) in found.params.iter().zip(&expected.params) {
        found.value.iter().zip(&expected.value).for_each(|(&x, &y)| close(x, y, 1e-9));
    }
}
