//! `t0` and `t1` in times and values of estimates, and of rows that have times of their own, against closed forms.

use std::fs;

use sdec_driver::{BlockResult, EstimateResult, Options, Session};
use sdec_tests::run;

/// Runs a program beside a file of data, or its fit's gradient.
fn results(text: &str, data: Option<&str>, gradient: bool) -> Vec<EstimateResult> {
    let folder = tempfile::tempdir().expect("the folder can be made");
    let file = folder.path().join("m.sde");
    fs::write(&file, text).expect("the program can be written");
    if let Some(data) = data {
        fs::write(folder.path().join("d.csv"), data).expect("the data can be written");
    }
    if gradient {
        let session = Session::open(&file, &Options::default()).expect("the program is read");
        return vec![session.grad(&mut ()).expect("the gradient is found")];
    }
    let results = run(&file, &Options::default()).expect("the program runs");
    let of = |result| match result {
        BlockResult::Estimate(result) => Some(result),
        BlockResult::Sample(_) | BlockResult::Fit(_) | BlockResult::Expression(_) => None,
    };
    results.into_iter().filter_map(of).collect()
}

#[test]
fn times_of_an_estimate_count_from_both_ends() {
    let text = "model Decay
  param k : Positive = 0.5
  state x : Real
  init  x = 1
  let   slope = -k * x
  dx = -k * x dt

estimate fall of Decay
  value  = (x(t1) - x(t0 + 0.5)) / (t1 - t0) + slope(t1 - 1) + 0 * x(2)
  wrt    = [k]
  paths  = 1
  start  = 0.25
  solver = rk4(dt = 0.01)

estimate start of Decay
  value  = x(t0) + t0
  paths  = 1
  start  = 3
";
    let found = results(text, None, false);
    let (k, e) = (0.5_f64, |t: f64| (-0.5 * t).exp());
    let value = (e(1.75) - e(0.5)) / 1.75 - k * e(0.75);
    let slope = (-1.75 * e(1.75) + 0.5 * e(0.5)) / 1.75 - e(0.75) + k * 0.75 * e(0.75);
    assert!((found[0].value - value).abs() < 1e-10, "{}", found[0].value);
    assert!((found[0].gradient[0].value[0] - slope).abs() < 1e-10);
    assert_eq!(found[1].value.to_bits(), 4.0_f64.to_bits());
}

/// `x(t) = eᵃᵗ`, where `a` is divided by the last time of each row: at it, every row has `eᵃ`.
#[test]
fn rows_know_their_last_times() {
    let text = "data D(id) = csv \"d.csv\" by \"id\"
  y : id => Series(Float) at \"t\"

model Growth
  param a : Real = 0.3
  state x : Real
  init  x = 1
  dx = a * x / t1 dt
  observe y ~ Normal(x, 1)

fit Growth to D as growth
  start  = 0
  solver = rk4(dt = 0.05)
";
    let data = "id,t,y\n1,1,2\n1,2,3\n2,0.5,1\n2,3,4\n2,5,1\n";
    let found = &results(text, Some(data), true)[0];
    let rows: [(f64, f64, f64); 5] =
        [(1.0, 2.0, 2.0), (2.0, 3.0, 2.0), (0.5, 1.0, 5.0), (3.0, 4.0, 5.0), (5.0, 1.0, 5.0)];
    let (mut value, mut slope) = (0.0_f64, 0.0_f64);
    for (t, y, last) in rows {
        let x = (0.3 * t / last).exp();
        value += 0.5 * (y - x).powi(2) + 0.5 * (2.0 * std::f64::consts::PI).ln();
        slope += (x - y) * x * t / last;
    }
    assert!((found.value - value).abs() < 1e-7, "{} is not {value}", found.value);
    let found = found.gradient[0].value[0];
    assert!((found - slope).abs() < 1e-6, "{found} is not {slope}");
}
