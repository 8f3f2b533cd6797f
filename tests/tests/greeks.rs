//! Derivatives of option prices agree with Black–Scholes, by every estimator that is valid for them.
//!
//! The time of the model runs from 0 to 1 and is scaled by `T`, and the state is the logarithm, which one step of Euler
//! makes exactly: so nothing is left but the error of sampling. Each number lies within three standard errors of the
//! formula, which a right one fails to do with probability 0.0027; the seeds are fixed. With sixteen numbers a wrong factor
//! of 1 % would be seen in those whose standard error is below that.

use sdec_driver::{BlockResult, EstimateResult, Options};
use sdec_tests::run;

/// `call` and `digital` with `steps` steps.
fn program(estimator: &str, steps: u32) -> String {
    format!(
        "\
model GBM
  input S0 : Positive = 100.0
  input r  : Real     = 0.05
  input σ  : Positive = 0.2
  input T  : Positive = 1.5
  state x : Real
  noise W : Brownian
  init  x = log(S0)
  dx = (r - 0.5 * σ ^ 2) * T dt + σ * sqrt(T) dW

estimate call of GBM
  value     = exp(-r * T) * max(exp(x(1)) - 105, 0)
  wrt       = [S0, σ, r, T{gamma}]
  paths     = 200_000
  seed      = 1
  solver    = euler(dt = 1 / {steps})
  estimator = {estimator}
{digital}",
        gamma = if estimator == "pathwise" { "" } else { ", [S0, S0], [S0, σ]" },
        digital = if estimator == "pathwise" {
            String::new()
        } else {
            format!(
                "
estimate digital of GBM
  value     = if exp(x(1)) > 105 then exp(-r * T) else 0
  wrt       = [S0, σ, r, T, [S0, S0], [S0, σ]]
  paths     = 200_000
  seed      = 2
  solver    = euler(dt = 1 / {steps})
  estimator = {estimator}
"
            )
        },
    )
}

/// Runs a program and gives its estimates.
fn estimates(text: &str, options: &Options) -> Vec<EstimateResult> {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let file = folder.path().join("gbm.sde");
    std::fs::write(&file, text).expect("the folder can be written to");
    let results = run(&file, options).unwrap_or_else(|message| panic!("{message}"));
    let estimates = results.into_iter().map(|result| match result {
        BlockResult::Estimate(result) => result,
        BlockResult::Sample(_) | BlockResult::Fit(_) | BlockResult::Expression(_) => {
            panic!("only estimates")
        }
    });
    estimates.collect()
}

/// Value, then derivatives by `S0 σ r T`, then by `[S0, S0]` and `[S0, σ]`, with standard errors.
fn numbers(result: &EstimateResult) -> Vec<(f64, f64)> {
    let mut numbers = vec![(result.value, result.stderr)];
    numbers.extend(result.gradient.iter().map(|entry| (entry.value[0], entry.stderr[0])));
    numbers.extend(result.second.iter().map(|entry| (entry.value[0], entry.stderr[0])));
    numbers
}

/// The standard normal density and distribution function, the latter by its series.
fn normal(x: f64) -> (f64, f64) {
    let density = (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt();
    let (mut term, mut sum) = (x, x);
    for k in 1..100 {
        term *= x * x / f64::from(2 * k + 1);
        sum += term;
    }
    (density, 0.5 + density * sum)
}

/// The same numbers by formula.
fn formulas() -> [Vec<f64>; 2] {
    let (s, k, r, v, t) = (100.0_f64, 105.0, 0.05, 0.2, 1.5_f64);
    let root = v * t.sqrt();
    let d1 = ((s / k).ln() + (r + 0.5 * v * v) * t) / root;
    let d2 = d1 - root;
    let ((f1, n1), (f2, n2)) = (normal(d1), normal(d2));
    let paid = (-r * t).exp();
    // Derivatives of d2 by S0, σ, r, T.
    let by = [1.0 / (s * root), -d1 / v, t.sqrt() / v, (r - 0.5 * v * v) / root - d2 / (2.0 * t)];
    let call = vec![
        s * n1 - k * paid * n2,
        n1,
        s * f1 * t.sqrt(),
        k * t * paid * n2,
        s * f1 * v / (2.0 * t.sqrt()) + r * k * paid * n2,
        f1 / (s * root),
        -f1 * d2 / v,
    ];
    let digital = vec![
        paid * n2,
        paid * f2 * by[0],
        paid * f2 * by[1],
        paid * (f2 * by[2] - t * n2),
        paid * (f2 * by[3] - r * n2),
        -paid * f2 * (d2 * by[0] * by[0] + by[0] / s),
        -paid * f2 * (d2 * by[0] * by[1] + by[0] / v),
    ];
    [call, digital]
}

#[track_caller]
fn agree(name: &str, result: &EstimateResult, expected: &[f64]) {
    for (k, ((value, stderr), exact)) in numbers(result).into_iter().zip(expected).enumerate() {
        let distance = (value - exact).abs() / stderr;
        assert!(stderr > 0.0, "{name} {k}: {stderr} is no standard error");
        assert!(
            distance < 3.0,
            "{name} {k}: {value} ± {stderr} is {distance:.1} errors from {exact}"
        );
    }
}

#[test]
fn paths_give_first_derivatives() {
    let [call, _] = formulas();
    let found = estimates(&program("pathwise", 1), &Options::default());
    agree("call", &found[0], &call[..5]);
    assert_eq!(numbers(&found[0]).len(), 5);
}

#[test]
fn a_likelihood_ratio_gives_first_and_second_derivatives() {
    let [call, digital] = formulas();
    for steps in [1, 3] {
        let found = estimates(&program("likelihood_ratio", steps), &Options::default());
        assert_eq!(numbers(&found[0]).len(), 7);
        agree(&format!("call in {steps} steps"), &found[0], &call);
        agree(&format!("digital in {steps} steps"), &found[1], &digital);
    }
}

/// Of a continuous value only one of two derivatives is one of the law: with three steps its error is about a third of that of
/// the digital option's kind.
#[test]
fn gamma_of_a_call_scatters_little() {
    let found = estimates(&program("likelihood_ratio", 3), &Options::default());
    let gamma = &found[0].second[0];
    assert!(gamma.stderr[0] < 0.01 * gamma.value[0], "{} ± {}", gamma.value[0], gamma.stderr[0]);
}

#[test]
fn derivatives_forward_and_backward_agree() {
    let gradient = |mode: &str| {
        let gradient = Some(mode.to_owned());
        let options = Options { paths: Some(1_000), gradient, ..Options::default() };
        estimates(&program("likelihood_ratio", 3), &options)
    };
    for (backward, forward) in gradient("backprop").iter().zip(&gradient("forward")) {
        for ((a, _), (b, _)) in numbers(backward).iter().zip(&numbers(forward)) {
            assert!((a - b).abs() <= 1e-12 * b.abs().max(1.0), "{}: {a} is not {b}", backward.name);
        }
    }
}
