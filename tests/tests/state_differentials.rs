//! `g dx` in the equation of another state, against equations that are written out, and against the rules of
//! calculus.

use sdec_driver::{Options, Session};
use sdec_tests::estimate;

/// Values and derivatives are those of the other equations, and so is the class of the noise.
#[track_caller]
fn same(text: &str, short: &str, long: &str) {
    let [short, long] =
        [short, long].map(|equations| estimate(&text.replace("EQUATIONS", equations)));
    assert_eq!(short.solve.noise, long.solve.noise);
    let close =
        |a: f64, b: f64| assert!((a - b).abs() <= 1e-12 * a.abs().max(1.0), "{a} is not {b}");
    close(short.value, long.value);
    close(short.stderr, long.stderr);
    assert_eq!(short.gradient.len(), long.gradient.len());
    for (a, b) in short.gradient.iter().zip(&long.gradient) {
        a.value.iter().zip(&b.value).for_each(|(&a, &b)| close(a, b));
        a.stderr.iter().zip(&b.stderr).for_each(|(&a, &b)| close(a, b));
    }
}

const CHAIN: &str = "model Chain
  param a : Positive = 0.7
  state z, y, x : Real
  noise W : KIND
  noise B : KIND
  init  x = 1
  init  y, z = 0
  EQUATIONS

estimate chain of Chain
  value  = z(1) + y(0.5)
  wrt    = [a]
  paths  = 200
  solver = METHOD(dt = 0.125)
";

#[test]
fn a_chain_of_differentials_is_what_it_is_written_out() {
    let short = "dz = 2 dy - a * x dx + 0.1 dB
  dy = x dx - y dt
  dx = -a * x dt + 0.3 * x dW";
    let long = "dz = (2 * (x * (-a * x) - y) - a * x * (-a * x)) dt + (2 * x - a * x) * 0.3 * x dW + 0.1 dB
  dy = (x * (-a * x) - y) dt + x * 0.3 * x dW
  dx = -a * x dt + 0.3 * x dW";
    for (kind, method) in [("Brownian", "euler"), ("Brownian", "heun"), ("Stratonovich", "heun")] {
        same(&CHAIN.replace("KIND", kind).replace("METHOD", method), short, long);
    }
}

const TABLES: &str = "model Tables
  param A : 3 => 2 => Float = [[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]]
  param s : Positive = 0.4
  state u, v : 2 => Real
  state w : 3 => Real
  state n : Real
  noise W like u
  init  u = [1, 2]
  init  v, w = zeros
  init  n = 0
  EQUATIONS

estimate tables of Tables
  value  = (sum i. v(1)[i]) + (sum i. w(1)[i]) + n(1)
  wrt    = [s, A]
  paths  = 200
  solver = euler(dt = 0.125)
";

#[test]
fn entries_tables_and_matrices_are_what_they_are_written_out() {
    let short = "du[i] = -u[i] dt + s dW[i]
  dv[i] = u[i] du[i] - v[i] dt
  dw = A du - w dt
  dn = u[0] dv[1] + u du";
    let long = "du[i] = -u[i] dt + s dW[i]
  dv[i] = (-u[i] ^ 2 - v[i]) dt + u[i] * s dW[i]
  dw = (-(A @ u) - w) dt + s * A dW
  dn = (u[0] * (-u[1] ^ 2 - v[1]) - u @ u) dt + u[0] * u[1] * s dW[1] + s * u dW";
    same(TABLES, short, long);
}

#[test]
fn a_diagonal_noise_stays_one() {
    let text = TABLES.replace("w : 3 => Real", "w : 2 => Real");
    let rest = "\n  dw = -w dt\n  dn = -n dt";
    let short = format!("du[i] = -u[i] dt\n  dv[i] = s * v[i] dW[i]{rest}");
    let found = estimate(&text.replace("EQUATIONS", &short));
    assert_eq!(found.solve.noise, "diagonal");
    let driven = format!("du[i] = 2 dv[i]\n  dv[i] = s * v[i] dW[i]{rest}");
    let found = estimate(&text.replace("EQUATIONS", &driven));
    assert_eq!(found.solve.noise, "commutative");
}

/// Half the square of a state: in Stratonovich's sense the chain rule, in Itô's the rule with the correction.
#[test]
fn the_differential_of_a_square_follows_the_rules_of_calculus() {
    let text = "model Square
  state y, c, x : Real
  noise W : KIND
  init  x = 1
  init  y, c = 0
  dx = -0.5 * x dt + 0.4 * x dW
  dy = x dx
  dc = 0.5 * (0.4 * x) ^ 2 dt

estimate error of Square
  value  = (y(1) CORRECTION - 0.5 * (x(1) ^ 2 - 1)) ^ 2
  paths  = 1000
  solver = METHOD
";
    let error = |kind: &str, correction: &str, method: &str| {
        let text = text.replace("KIND", kind).replace("CORRECTION", correction);
        estimate(&text.replace("METHOD", method)).value.sqrt()
    };
    // Heun's method follows the chain rule to order one along each path, and Euler's rule to one half.
    assert!(error("Stratonovich", "", "heun(dt = 0.001)") < 1e-3);
    assert!(error("Stratonovich", "+ c(1)", "heun(dt = 0.001)") > 3e-2);
    assert!(error("Brownian", "+ c(1)", "euler(dt = 0.001)") < 1e-2);
    assert!(error("Brownian", "", "euler(dt = 0.001)") > 3e-2);
}

/// Green's theorem: what `½ (x dy − y dx)` sums up along a circle is the area within.
#[test]
fn an_area_is_swept() {
    let text = "model Circle
  param r : Positive = 2
  state area, x, y : Real
  init  x = r
  init  y, area = 0
  dx = -y dt
  dy = x dt
  darea = 0.5 * x dy - 0.5 * y dx

estimate swept of Circle
  value  = area(2 * π)
  wrt    = [r]
  paths  = 1
  solver = rk4(dt = 0.01)
";
    let (found, area) = (estimate(text), 4.0 * std::f64::consts::PI);
    assert!((found.value - area).abs() < 1e-8, "{}", found.value);
    assert!((found.gradient[0].value[0] - area).abs() < 1e-8, "{}", found.gradient[0].value[0]);
}

/// Every way through the solve gives the derivative of the same discrete scheme.
#[test]
fn derivatives_agree_whichever_way_they_are_taken() {
    let text = "model Square
  param a : Positive = 0.5
  param s : Positive = 0.4
  state y, x : Real
  noise W : Stratonovich
  init  x = a
  init  y = 0
  dy = x dx - a * y dt
  dx = -a * x dt + s * x dW

estimate square of Square
  value    = y(1) + x(0.5) ^ 2
  wrt      = [a, s]
  paths    = 64
  gradient = MODE
  solver   = reversible_heun(dt = 0.0625)
";
    let of = |mode: &str| {
        let found = estimate(&text.replace("MODE", mode));
        found.gradient.iter().map(|entry| entry.value[0]).collect::<Vec<_>>()
    };
    let forward = of("forward");
    for mode in ["backprop", "reversible"] {
        for (a, b) in of(mode).iter().zip(&forward) {
            assert!((a - b).abs() < 1e-9 * b.abs().max(1.0), "{mode}: {a} is not {b}");
        }
    }
    for (a, b) in of("adjoint").iter().zip(&forward) {
        assert!((a - b).abs() < 0.05, "adjoint: {a} is far from {b}");
    }
}

/// Differences of the estimate itself, on the same noise.
#[test]
fn derivatives_are_limits_of_differences() {
    let text = CHAIN.replace("KIND", "Brownian").replace("METHOD", "euler");
    let text = text.replace(
        "EQUATIONS",
        "dz = 2 dy - a * x dx + 0.1 dB\n  dy = sin(x) dx - y dt\n  dx = -a * x dt + 0.3 * x dW",
    );
    let at = |a: f64| estimate(&text.replace("= 0.7", &format!("= {a}")));
    let step = 1e-5;
    let slope = (at(0.7 + step).value - at(0.7 - step).value) / (2.0 * step);
    let found = at(0.7).gradient[0].value[0];
    assert!((found - slope).abs() < 1e-8, "{found} is not {slope}");
}

/// A fit sees the equation that is meant: its likelihood is that of the equation written out.
#[test]
fn a_likelihood_is_that_of_the_equation_written_out() {
    let text = "data D(row) = csv \"d.csv\"
  t : row => Time
  v : row => Float

model Driven
  param k : Positive = 0.6
  state u, w : Real
  init  u = 1
  init  w = 0
  du = -k * u dt
  EQUATION
  observe v ~ Normal(w, 0.5)

fit Driven to D as driven
  solver = rk4(dt = 0.05)
";
    let folder = tempfile::tempdir().expect("the folder can be made");
    let file = folder.path().join("m.sde");
    std::fs::write(folder.path().join("d.csv"), "t,v\n0,0\n1,0.2\n2.5,0.4\n")
        .expect("data are written");
    let of = |equation: &str| {
        std::fs::write(&file, text.replace("EQUATION", equation)).expect("the program is written");
        let session = Session::open(&file, &Options::default()).expect("the program is read");
        let found = session.grad(&mut ()).expect("the gradient is found");
        (found.value, found.gradient[0].value[0])
    };
    let (short, long) = (of("dw = 2 * u du - w dt"), of("dw = (-2 * k * u ^ 2 - w) dt"));
    assert!((short.0 - long.0).abs() < 1e-12 && (short.1 - long.1).abs() < 1e-10);
}
