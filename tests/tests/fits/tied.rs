//! Parameters whose numbers are tied to each other: volumes, derivatives along the ties, standard errors.

use sdec_driver::{BlockResult, FitResult, Options};

use super::{close, grad, normal, session};

const LAWS: &str = "
data D(k) = csv \"d.csv\"
  t : k => Time
  y : k => Float

model Mixed
  param w : Simplex(3) = [0.2, 0.5, 0.3] ~ Dirichlet([2, 3, 4])
  param c : Ordered(3) = [-1, 0.5, 0.75]
  param L : Chol(2) = [[0.5, 0], [-0.3, 2]]
  param R : Corr(3) = [[1, 0, 0], [0.6, 0.8, 0], [0.48, 0.64, 0.6]] ~ LKJ(2)
  state x : Real
  init x = 1
  dx = -x dt
  observe y ~ Normal(x * (w @ c) + R[2] @ w + L[1, 0] * R[1, 0], L[1, 1] + L[0, 0] * w[2])

fit Mixed to D
  objective = mle
  start = 0
";

const DATA: [(&str, &str); 1] = [("d.csv", "t,y\n0.5,1.4\n1.25,0.9\n3,0.1\n")];

fn likelihood(w: [f64; 3], c: [f64; 3], l: [f64; 3], r: [[f64; 3]; 3]) -> f64 {
    let dot = |a: [f64; 3], b: [f64; 3]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let points = [(0.5, 1.4), (1.25, 0.9), (3.0, 0.1)];
    let term = |(t, y): (f64, f64)| {
        let mean = (-t).exp() * dot(w, c) + dot(r[2], w) + l[1] * r[1][0];
        -normal(mean, l[2] + l[0] * w[2], y)
    };
    points.map(term).iter().sum()
}

const W: [f64; 3] = [0.2, 0.5, 0.3];
const C: [f64; 3] = [-1.0, 0.5, 0.75];
const L: [f64; 3] = [0.5, -0.3, 2.0];
const R: [[f64; 3]; 3] = [[1.0, 0.0, 0.0], [0.6, 0.8, 0.0], [0.48, 0.64, 0.6]];

#[test]
fn values_come_back_from_their_free_numbers() {
    close(grad(LAWS, &DATA).value, likelihood(W, C, L, R), 1e-9);
}

/// Off-diagonal entries of the correlation matrix of partial correlations.
fn correlations(u: [f64; 3]) -> [f64; 3] {
    let z = u.map(f64::tanh);
    let c = |z: f64| (1.0 - z * z).sqrt();
    [z[0], z[1], z[1] * z[0] + z[2] * c(z[1]) * c(z[0])]
}

#[test]
fn volumes_are_determinants_of_derivatives() {
    let with = |objective: &str| {
        let program = LAWS.replace("objective = mle", &format!("objective = {objective}"));
        grad(&program, &DATA).value
    };
    let volume = with("map") - with("map(space = unconstrained)");
    let simplex = W.iter().product::<f64>().ln();
    let ordered = ((C[1] - C[0]) * (C[2] - C[1])).ln();
    let factor = (-(-L[0]).exp_m1()).ln() + (-(-L[2]).exp_m1()).ln();
    // z₁₀ = 0.6, z₂₀ = 0.48, z₂₁ = 0.64 / √(0.64² + 0.6²)
    let u = [0.6_f64, 0.48, 0.64 / 0.7696_f64.sqrt()].map(f64::atanh);
    let h = 1e-5;
    let column = |k: usize| {
        let moved = |by: f64| {
            let mut u = u;
            u[k] += by;
            correlations(u)
        };
        let (up, down) = (moved(h), moved(-h));
        [0, 1, 2].map(|i| (up[i] - down[i]) / (2.0 * h))
    };
    let [a, b, c] = [0, 1, 2].map(column);
    let determinant = a[0] * (b[1] * c[2] - b[2] * c[1]) - b[0] * (a[1] * c[2] - a[2] * c[1])
        + c[0] * (a[1] * b[2] - a[2] * b[1]);
    close(volume, simplex + ordered + factor + determinant.ln(), 1e-8);
}

/// `sdec grad` gives the derivative along the ties: its product with a step that keeps them is the slope.
#[test]
fn derivatives_point_along_the_ties() {
    let found = grad(LAWS, &DATA);
    let of = |name: &str| found.gradient.iter().find(|d| d.name == name).unwrap().value.clone();
    let slope = |f: &dyn Fn(f64) -> f64| (f(1e-5) - f(-1e-5)) / 2e-5;
    let w = of("w");
    close(w.iter().sum(), 0.0, 1e-12);
    let along = slope(&|e| likelihood([0.2 + e, 0.5 - 2.0 * e, 0.3 + e], C, L, R));
    close(w[0] - 2.0 * w[1] + w[2], along, 1e-8);
    for k in 0..3 {
        let moved = |e: f64, mut of: [f64; 3]| {
            of[k] += e;
            of
        };
        close(of("c")[k], slope(&|e| likelihood(W, moved(e, C), L, R)), 1e-8);
        close(of("L")[[0, 2, 3][k]], slope(&|e| likelihood(W, C, moved(e, L), R)), 1e-8);
    }
    close(of("L")[1], 0.0, 1e-12);
    // Turning the last row of the factor within its first two entries keeps its length.
    let turned = |e: f64| {
        let (s, c) = e.sin_cos();
        [R[0], R[1], [0.48 * c - 0.64 * s, 0.48 * s + 0.64 * c, 0.6]]
    };
    let r = of("R");
    close(-0.64 * r[6] + 0.48 * r[7], slope(&|e| likelihood(W, C, L, turned(e))), 1e-8);
    assert!(r[0].abs() < 1e-12 && r[1].abs() < 1e-12 && r[2].abs() < 1e-12);
}

#[test]
fn a_start_outside_of_its_ties_says_which_is_broken() {
    let says = |from: &str, to: &str| {
        let (_folder, session) = session(&LAWS.replace(from, to), &DATA, &Options::default());
        format!("{:?}", session.grad(&mut ()).unwrap_err())
    };
    assert!(says("[0.2, 0.5, 0.3]", "[0.2, 0.5, 0.2]").contains("which is not 1"));
    assert!(says("[0.2, 0.5, 0.3]", "[0.2, 0.8, 0]").contains("which is not above 0"));
    assert!(says("[-1, 0.5, 0.75]", "[-1, 0.5, 0.5]").contains("which is not above it"));
    assert!(says("[[0.5, 0], ", "[[0.5, 0.1], ").contains("above the diagonal"));
    assert!(says("[0.6, 0.8, 0]", "[0.6, 0.7, 0]").contains("squares of row 1"));
}

fn fitted(program: &str, files: &[(&str, &str)]) -> FitResult {
    let out = tempfile::tempdir().unwrap();
    let options = Options { out: Some(out.path().join("fit")), ..Options::default() };
    let (_folder, session) = session(program, files, &options);
    match session.run(&mut ()).unwrap().remove(0) {
        BlockResult::Fit(fit) => *fit,
        BlockResult::Sample(_) | BlockResult::Estimate(_) | BlockResult::Expression(_) => {
            panic!("a fit")
        }
    }
}

/// The frequencies of a table are its maximum, with the errors of the multinomial law.
#[test]
fn frequencies_have_the_errors_of_counts() {
    let program = "
data D(k) = csv \"d.csv\"
  t : k => Time
  c : k => Class(3)

model Table
  param p : Simplex(3) = [0.4, 0.3, 0.3]
  state x : Real
  init x = 0
  dx = 0 dt
  observe c ~ Categorical(log(p))

fit Table to D
  objective = mle
  optimizer = lbfgs(steps = 200)
";
    let counts = [12, 5, 23];
    let classes = counts.iter().enumerate().flat_map(|(class, &n)| vec![class; n]);
    let lines: Vec<String> = classes.enumerate().map(|(t, c)| format!("{t},{c}\n")).collect();
    let data = format!("t,c\n{}", lines.concat());
    let fit = fitted(program, &[("d.csv", &data)]);
    let p = &fit.params[0];
    assert_eq!((p.value.len(), p.unconstrained.len(), p.stderr.len()), (3, 2, 3));
    for (k, &count) in counts.iter().enumerate() {
        let expected = count as f64 / 40.0;
        close(p.value[k], expected, 1e-6);
        close(p.stderr[k], (expected * (1.0 - expected) / 40.0).sqrt(), 1e-5);
    }
}

/// Two means that are ordered by name only have the errors of means.
#[test]
fn ordered_means_have_the_errors_of_means() {
    let program = "
data D(k) = csv \"d.csv\"
  t : k => Time
  a : k => Float
  b : k => Float

model Means
  param m : Ordered(2) = [0, 1]
  state x : Real
  init x = 0
  dx = 0 dt
  observe a ~ Normal(m[0], 0.5)
  observe b ~ Normal(m[1], 2)

fit Means to D
  objective = mle
  optimizer = lbfgs(steps = 200)
";
    let fit = fitted(program, &[("d.csv", "t,a,b\n0,0.5,2\n1,0.25,5\n2,-0.15,3\n3,0.6,4\n")]);
    let m = &fit.params[0];
    for (k, (value, error)) in [(0.3, 0.25), (3.5, 1.0)].into_iter().enumerate() {
        close(m.value[k], value, 1e-6);
        close(m.stderr[k], error, 1e-5);
    }
}

/// The factor of a covariance: its maximum is that of the scatter about a known mean.
#[test]
fn a_factor_of_a_covariance_is_that_of_the_scatter() {
    let program = "
data D(k) = csv \"d.csv\"
  t : k => Time
  y : k => 2 => Float from [\"a\", \"b\"]

model Pair
  param L : Chol(2) = [[1, 0], [0, 1]]
  state x : Real
  init x = 0
  dx = 0 dt
  observe y ~ MultiNormal([0, 0], L)

fit Pair to D
  objective = mle
  optimizer = lbfgs(steps = 200)
";
    let rows = [[1.0, 0.5], [-0.5, 0.2], [0.3, -1.0], [2.0, 1.5], [-1.2, -0.4]];
    let lines: Vec<String> =
        rows.iter().enumerate().map(|(t, [a, b])| format!("{t},{a},{b}\n")).collect();
    let fit = fitted(program, &[("d.csv", &format!("t,a,b\n{}", lines.concat()))]);
    let mean = |i: usize, j: usize| rows.iter().map(|r| r[i] * r[j]).sum::<f64>() / 5.0;
    let a = mean(0, 0).sqrt();
    let b = mean(0, 1) / a;
    let c = (mean(1, 1) - b * b).sqrt();
    let l = &fit.params[0];
    for (value, expected) in l.value.iter().zip([a, 0.0, b, c]) {
        close(*value, expected, 1e-6);
    }
    // A standard deviation has the error σ / √(2n); what is always 0 has none.
    close(l.stderr[0], a / 10.0_f64.sqrt(), 1e-5);
    assert_eq!(l.stderr[1], 0.0);
}

/// Of a simplex of two numbers the first is a `Unit` whose law is the corresponding Beta.
#[test]
fn rows_may_integrate_over_what_is_tied() {
    let program = |param: &str, value: &str| {
        format!(
            "
data D(id) = csv \"d.csv\" by \"id\"
  y : id => Series(Float) at \"t\"

model Level
  param σ : Positive = 0.4
  param {param} per id
  state x : Real
  init x = {value}
  dx = -x dt
  observe y ~ Normal(x, σ)

fit Level to D
  objective = laplace
  solver = rk4(dt = 0.05)
  start = 0
"
        )
    };
    let data = [("d.csv", "id,t,y\na,0,0.4\na,1,0.2\na,1.5,0.1\nb,0.5,0.5\nb,2,0.1\n")];
    let one = grad(&program("p : Unit = 0.5 ~ Beta(2, 3)", "p"), &data);
    let two = grad(&program("p : Simplex(2) = [0.5, 0.5] ~ Dirichlet([2, 3])", "p[0]"), &data);
    close(two.value, one.value, 1e-9);
    close(two.gradient[0].value[0], one.gradient[0].value[0], 1e-8);
}
