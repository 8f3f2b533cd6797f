//! `estimator = score`: derivatives of the law of what is drawn at the start, against closed forms.

use sdec_driver::EstimateResult;
use sdec_tests::estimate;

/// Each number is within four of its standard errors of what is expected, and these are small.
#[track_caller]
fn near(found: &[(f64, f64)], expected: &[f64], error: f64) {
    assert_eq!(found.len(), expected.len());
    for (&(value, stderr), &exact) in found.iter().zip(expected) {
        assert!(stderr < error, "{value} ± {stderr}, exactly {exact}");
        assert!((value - exact).abs() <= 4.0 * stderr, "{value} ± {stderr}, exactly {exact}");
    }
}

fn first(result: &EstimateResult) -> Vec<(f64, f64)> {
    result.gradient.iter().map(|entry| (entry.value[0], entry.stderr[0])).collect()
}

/// The probability that `x e^(-k)` is above 0.2, for `x` of mean `m` and standard deviation `s`.
const ABOVE: &str = "model M
  param m : Real     = 0.3
  param s : Positive = 0.8
  state x : Real
  init  x ~ Normal(m, s)
  dx = -0.5 * x dt

estimate above of M
  value     = if x(1) > 0.2 then 1 else 0
  wrt       = [m, s, [m, m], [m, s]]
  paths     = 100_000
  solver    = METHOD
  estimator = score
";

#[test]
fn a_probability_has_the_derivatives_of_the_normal_law() {
    let (m, s, c) = (0.3_f64, 0.8_f64, 0.2 * 0.5_f64.exp());
    let z = (m - c) / s;
    let density = (-0.5 * z * z).exp() / (2.0 * std::f64::consts::PI).sqrt();
    let expected = [density / s, -z * density / s];
    let second = [-z * density / (s * s), (z * z - 1.0) * density / (s * s)];
    for method in ["rk4(dt = 0.1)", "tsit5(rtol = 1e-8, atol = 1e-8)"] {
        let found = estimate(&ABOVE.replace("METHOD", method));
        near(&first(&found), &expected, 4e-3);
        let pairs = found.second.iter().map(|entry| (entry.value[0], entry.stderr[0]));
        near(&pairs.collect::<Vec<_>>(), &second, 2e-2);
    }
}

/// `E[x₀² e^(-2k)]`: the start by its law, the decay along the path, by every gradient of a solve.
#[test]
fn what_follows_the_start_moves_along_the_path() {
    let (m, s, k) = (0.7_f64, 0.5_f64, 0.4_f64);
    let decay = (-2.0 * k).exp();
    let expected = [2.0 * m * decay, 2.0 * s * decay, -2.0 * (m * m + s * s) * decay];
    for gradient in ["backprop", "forward", "adjoint"] {
        let found = estimate(&format!(
            "model M
  param m : Real     = {m}
  param s : Positive = {s}
  param k : Positive = {k}
  state x : Real
  init  x ~ Normal(m, s)
  dx = -k * x dt

estimate square of M
  value     = x(1) ^ 2
  wrt       = [m, s, k]
  paths     = 100_000
  solver    = rk4(dt = 0.1)
  gradient  = {gradient}
  estimator = score
"
        ));
        assert_eq!(found.estimator, "score");
        near(&first(&found), &expected, 2e-2);
    }
}

/// `E[n²] = λ + λ²`, whose draws have no derivative, and a table of independent draws beside.
#[test]
fn whole_numbers_have_a_score() {
    let found = estimate(
        "model M
  param λ : Positive      = 1.3
  param p : 3 => Positive = [0.2, 0.5, 0.7]
  state n : Real
  state b : 3 => Real
  init  n ~ Poisson(λ)
  init  b ~ for i. Bernoulli(p[i])
  dn = 0 dt
  db = zeros dt

estimate square of M
  value     = n(0) ^ 2 + (sum i. 2 * b(0)[i]) + b(0)[0] * b(0)[2]
  wrt       = [λ, p]
  paths     = 200_000
  solver    = rk4(dt = 1)
  estimator = score
",
    );
    let [rate, probabilities] = &found.gradient[..] else { panic!("two derivatives") };
    near(&[(rate.value[0], rate.stderr[0])], &[1.0 + 2.0 * 1.3], 0.1);
    let pairs = probabilities.value.iter().copied().zip(probabilities.stderr.iter().copied());
    near(&pairs.collect::<Vec<_>>(), &[2.7, 2.0, 2.2], 0.1);
}
