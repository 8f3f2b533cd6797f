//! `coords = log`: the same equations as those that are written for the logarithms by hand.

use sdec_driver::{BlockResult, EstimateResult, Options};
use sdec_tests::{estimate, run};

#[track_caller]
fn close(found: f64, expected: f64, tolerance: f64) {
    let scale = expected.abs().max(1.0);
    assert!((found - expected).abs() <= tolerance * scale, "{found} is not {expected}");
}

#[track_caller]
fn same(found: &EstimateResult, expected: &EstimateResult, tolerance: f64) {
    close(found.value, expected.value, tolerance);
    close(found.stderr, expected.stderr, tolerance);
    assert_eq!(found.gradient.len(), expected.gradient.len());
    for (a, b) in found.gradient.iter().zip(&expected.gradient) {
        a.value.iter().zip(&b.value).for_each(|(&a, &b)| close(a, b, tolerance));
    }
}

#[test]
fn steps_of_a_geometric_motion_are_exact() {
    let text = "model Price
  param r : Real = 0.05
  param σ : Positive = 0.3
  state S : Positive
  state B : Real
  noise W : KIND
  init  S = 100
  init  B = 0
  dS = r * S dt + σ * S dW
  dB = dW

estimate gap of Price
  value  = abs(S(1.5) / (100 * exp((r - ITO * σ ^ 2 / 2) * 1.5 + σ * B(1.5))) - 1)
  paths  = 256
  solver = METHOD(dt = 0.5, coords = log)
";
    for method in ["euler", "milstein", "heun", "midpoint", "reversible_heun"] {
        for (kind, ito) in [("Brownian", "1"), ("Stratonovich", "0")] {
            let text = text.replace("METHOD", method).replace("KIND", kind).replace("ITO", ito);
            let found = estimate(&text);
            assert!(found.value < 1e-14, "{method}, {kind}: {}", found.value);
        }
    }
}

#[test]
fn entries_of_tables_each_have_their_own_term() {
    let short = "model Rates
  param a : Positive = 0.8
  param s : 3 => Positive = [0.1, 0.2, 0.3]
  state x : 3 => Positive
  noise W like x
  init  x = [0.5, 1, 2]
  dx[i] = a * (1 - x[i]) dt + s[i] * sqrt(x[i]) dW[i]
";
    let long = "model Rates
  param a : Positive = 0.8
  param s : 3 => Positive = [0.1, 0.2, 0.3]
  state x : 3 => Real
  noise W like x
  init  x = for i. log([0.5, 1, 2][i])
  dx[i] = (a * (1 - exp(x[i])) / exp(x[i]) - 0.5 * s[i] ^ 2 / exp(x[i])) dt + s[i] / exp(0.5 * x[i]) dW[i]
";
    for method in ["euler", "milstein", "heun"] {
        let settings = |of: &str| {
            format!(
                "estimate rates of Rates
  value  = sum i. float(ordinal(i) + 1) * {of}(1)[i]) + {of}(0.25)[i])
  wrt    = [a, s]
  paths  = 100
  solver = {method}(dt = 0.125COORDS)
"
            )
        };
        let found =
            estimate(&format!("{short}\n{}", settings("(x").replace("COORDS", ", coords = log")));
        let expected = estimate(&format!("{long}\n{}", settings("exp(x").replace("COORDS", "")));
        same(&found, &expected, 1e-12);
    }
}

#[test]
fn channels_that_share_entries_are_taken_one_by_one() {
    let short = "model Pair
  param a : Positive = 0.4
  state x, y : Positive
  state u : Real
  noise W : 2 => Brownian
  noise B : Brownian
  init  x = 1
  init  y = 2
  init  u = 0
  dx = (a * y - x) dt + (0.1 * y) dW[0] + 0.2 * x dW[1] + 0.1 dB
  dy = -0.1 * y dt + 0.3 * y dW[1] + a * 0.2 * sqrt(x) dB
  du = x dt + y dW[0]
";
    let long = "model Pair
  param a : Positive = 0.4
  state x, y, u : Real
  noise W : 2 => Brownian
  noise B : Brownian
  init  x = 0
  init  y = log(2)
  init  u = 0
  let p = exp(x)
  let q = exp(y)
  dx = ((a * q - p) / p - 0.5 * ((0.1 * q / p) ^ 2 + 0.2 ^ 2 + (0.1 / p) ^ 2)) dt + 0.1 * q / p dW[0] + 0.2 dW[1] + 0.1 / p dB
  dy = (-0.1 - 0.5 * (0.3 ^ 2 + (a * 0.2 * sqrt(p) / q) ^ 2)) dt + 0.3 dW[1] + a * 0.2 * sqrt(p) / q dB
  du = p dt + q dW[0]
";
    let settings = |x: &str, y: &str, coords: &str| {
        format!(
            "estimate pair of Pair
  value  = {x} * {y} + u(1)
  wrt    = [a]
  paths  = 100
  solver = METHOD(dt = 0.125{coords})
"
        )
    };
    for method in ["euler", "heun"] {
        let found = format!("{short}\n{}", settings("x(1)", "y(0.5)", ", coords = log"));
        let expected = format!("{long}\n{}", settings("exp(x(1))", "exp(y(0.5))", ""));
        let [found, expected] =
            [found, expected].map(|text| estimate(&text.replace("METHOD", method)));
        same(&found, &expected, 1e-12);
    }
}

#[test]
fn records_have_logarithms_of_their_positive_fields() {
    let short = "model Both
  state s : { x : Positive, v : Real }
  noise W : Brownian
  init  s = { x = 2, v = 0 }
  ds = { x = s.v - s.x, v = s.x - s.v } dt + { x = 0.2 * s.x, v = 0.1 } dW

estimate both of Both
  value  = s(1).v
  paths  = 50
  solver = euler(dt = 0.1, coords = log)
";
    let long = "model Both
  state s : { x : Real, v : Real }
  noise W : Brownian
  init  s = { x = log(2), v = 0 }
  ds = { x = (s.v - exp(s.x)) / exp(s.x) - 0.02, v = exp(s.x) - s.v } dt + { x = 0.2, v = 0.1 } dW

estimate both of Both
  value  = s(1).v
  paths  = 50
  solver = euler(dt = 0.1)
";
    same(&estimate(short), &estimate(long), 1e-12);
}

#[test]
fn an_equation_without_noise_has_the_same_solution() {
    let text = "model Logistic
  param r : Positive = 1.3
  state x : Positive
  init  x = 0.01
  dx = r * x * (1 - x) dt

estimate grown of Logistic
  value  = x(4)
  wrt    = [r]
  GRADIENT
  solver = METHOD
";
    let x = |r: f64| 1.0 / (1.0 + 99.0 * (-4.0 * r).exp());
    let by_r = (x(1.3 + 1e-5) - x(1.3 - 1e-5)) / 2e-5;
    for (method, tolerance) in [
        ("rk4(dt = 0.01, coords = log)", 1e-9),
        ("tsit5(rtol = 1e-10, atol = 1e-10, coords = log)", 1e-8),
        ("tsit5(dt = 0.01, coords = log)", 1e-11),
    ] {
        for gradient in ["gradient = backprop", "gradient = forward"] {
            let found = estimate(&text.replace("METHOD", method).replace("GRADIENT", gradient));
            close(found.value, x(1.3), tolerance);
            close(found.gradient[0].value[0], by_r, 1e-7);
        }
    }
}

#[test]
fn doses_are_added_to_the_state_and_not_to_its_logarithm() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("model.sde");
    std::fs::write(folder.path().join("doses.csv"), "t,dose\n0,3\n1.5,2\n1.5,1\n4,5\n")
        .expect("a file");
    // The logarithm of what only decays is a line, on which a step of Euler's method lies.
    let text = "data D = csv \"doses.csv\"
  dose : Events(Float) from \"dose\" at \"t\"

model Decay
  param k : Positive = 0.7
  input E : Events(Float) = D.dose
  state A : Positive
  init  A = 0.5
  dA = -k * A dt + E.mark dE

estimate left of Decay
  value  = A(5)
  wrt    = [k]
  solver = METHOD
";
    let doses = [(0.0, 3.5), (1.5, 3.0), (4.0, 5.0)];
    let left = |k: f64| doses.iter().map(|(t, dose)| dose * (-k * (5.0 - t)).exp()).sum::<f64>();
    let by_k =
        doses.iter().map(|(t, dose)| -(5.0 - t) * dose * (-0.7 * (5.0 - t)).exp()).sum::<f64>();
    for method in ["euler(dt = 3, coords = log)", "tsit5(rtol = 1e-9, atol = 1e-9, coords = log)"] {
        std::fs::write(&file, text.replace("METHOD", method)).expect("a file");
        let results = run(&file, &Options::default()).expect("it runs");
        let Some(BlockResult::Estimate(found)) = results.into_iter().next() else {
            panic!("an estimate")
        };
        close(found.value, left(0.7), 1e-13);
        close(found.gradient[0].value[0], by_k, 1e-12);
    }
}

#[test]
fn a_square_root_process_stays_positive() {
    let text = "model Rate
  state r : Positive
  noise W : Brownian
  init  r = 0.04
  dr = 2 * (0.04 - r) dt + 0.3 * sqrt(r) dW

estimate least of Rate
  value  = min(min(r(0.25), r(0.5)), min(r(0.75), r(1)))
  paths  = 2000
  solver = euler(dt = 0.01COORDS)
";
    // 2 κ θ = 0.16 > ξ² = 0.09: the process itself stays positive, its Euler steps do not.
    let found = estimate(&text.replace("COORDS", ", coords = log"));
    assert!(found.value > 0.0 && found.stderr.is_finite(), "{}", found.value);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("model.sde");
    std::fs::write(&file, text.replace("COORDS", "")).expect("a file");
    let said = run(&file, &Options::default()).err();
    assert!(
        said.is_some_and(|said| said.contains("coords = log")),
        "Euler's steps leave the support"
    );
}
