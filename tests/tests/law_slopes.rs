//! Derivatives through distribution functions and quantiles of the library are allowed, and right: against differences of
//! values and closed forms.

use std::fs;

use sdec_driver::{BlockResult, EstimateResult, Options};
use sdec_tests::run;

/// The estimate of `value` with `wrt = [a, b, x]`.
fn estimate(value: &str, [a, b, x]: [f64; 3]) -> Result<EstimateResult, String> {
    let text = format!(
        "model M
  param a : Positive = {a}
  param b : Positive = {b}
  param x : Real     = {x}
  state y : Real
  init  y = 0.0
  dy = 0 dt

estimate v of M
  value  = {value} + 0 * (a + b + x + y(1))
  wrt    = [a, b, x]
  solver = euler(dt = 1)
"
    );
    let folder = tempfile::tempdir().expect("the folder can be made");
    let file = folder.path().join("m.sde");
    fs::write(&file, text).expect("the program can be written");
    match &run(&file, &Options::default())?[..] {
        [BlockResult::Estimate(result)] => Ok(result.clone()),
        others => panic!("{} blocks ran", others.len()),
    }
}

/// Central differences of fourth order, whose own error is some 1e-9.
#[track_caller]
fn agrees(value: &str, at: [f64; 3]) {
    let found = estimate(value, at).unwrap_or_else(|text| panic!("{value} is refused:\n{text}"));
    for (k, entry) in found.gradient.iter().enumerate() {
        let moved = |by: f64| {
            let mut at = at;
            at[k] += by;
            estimate(value, at).expect("the value is there").value
        };
        let h = 1e-3;
        let near = 8.0 * (moved(h) - moved(-h));
        let slope = (near - (moved(2.0 * h) - moved(-2.0 * h))) / (12.0 * h);
        let scale = 1.0_f64.max(slope.abs());
        let error = (entry.value[0] - slope).abs() / scale;
        assert!(error < 1e-7, "{value}, {k}: {} is not {slope}", entry.value[0]);
    }
}

#[test]
fn distribution_functions() {
    agrees("cdf(Gamma(a, b), x)", [2.3, 1.7, 0.9]);
    agrees("cdf(InverseGamma(a, b), x)", [2.3, 1.7, 0.9]);
    agrees("cdf(Beta(a, b), x)", [2.3, 1.7, 0.4]);
    agrees("cdf(StudentT(a, x, b), 0.2)", [4.5, 1.7, 0.9]);
    agrees("cdf(Weibull(a, b), x)", [2.3, 1.7, 0.9]);
    agrees("cdf(HalfNormal(a), x + 0 * b)", [2.3, 1.7, 0.9]);
    agrees("cdf(Exponential(a), x + 0 * b)", [2.3, 1.7, 0.9]);
    agrees("cdf(HalfCauchy(a), x + 0 * b)", [2.3, 1.7, 0.9]);
}

#[test]
fn quantiles() {
    agrees("quantile(Gamma(a, b), x)", [2.3, 1.7, 0.3]);
    agrees("quantile(InverseGamma(a, b), x)", [2.3, 1.7, 0.3]);
    agrees("quantile(Beta(a, b), x)", [2.3, 1.7, 0.3]);
    agrees("quantile(StudentT(a, 0.1, b), x)", [4.5, 1.7, 0.3]);
    agrees("quantile(HalfCauchy(a), x + 0 * b)", [2.3, 1.7, 0.3]);
    agrees("quantile(Cauchy(a, b), x)", [2.3, 1.7, 0.3]);
}

/// Of `P(1, x) = 1 - e^(-x)` by `x`, and of the median of `Gamma(1, r)` by `r`.
#[test]
fn closed_forms() {
    let found = estimate("cdf(Gamma(a, b), x)", [1.0, 1.7, 0.9]).expect("it is allowed");
    let slope = 1.7 * (-1.7 * 0.9_f64).exp();
    assert!((found.gradient[2].value[0] - slope).abs() < 1e-13);
    let found = estimate("quantile(Gamma(a, b), x)", [1.0, 1.7, 0.5]).expect("it is allowed");
    let slope = -(2.0_f64.ln()) / (1.7 * 1.7);
    assert!((found.gradient[1].value[0] - slope).abs() < 1e-13);
}

/// What jumps before it is made smooth still jumps.
#[test]
fn a_jump_of_what_is_read_stays_a_jump() {
    let refused = estimate("cdf(Gamma(a, b), floor(x))", [2.3, 1.7, 0.9]);
    assert!(refused.is_err_and(|text| text.contains("E0704")), "the derivative by x is refused");
}
