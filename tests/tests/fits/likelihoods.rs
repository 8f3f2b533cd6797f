//! Likelihoods of each kind.

use sdec_driver::{BackendChoice, Options};

use super::{agrees_with_differences, close, grad, grad_with, normal};

const DECAY: &str = include_str!("decay.sde");

const DECAY_DATA: [(&str, &str); 1] = [("d.csv", "t,y\n0.5,1.4\n1.25,0.9\n3,0.1\n")];

#[test]
fn an_equation_observed_with_noise_has_the_likelihood_of_its_laws() {
    let points = [(0.5, 1.4), (1.25, 0.9), (3.0, 0.1)];
    let expected: f64 =
        points.map(|(t, y): (f64, f64)| -normal(2.0 * (-0.7 * t).exp(), 0.3, y)).iter().sum();
    close(grad(DECAY, &DECAY_DATA).value, expected, 1e-9);
    agrees_with_differences(DECAY, &DECAY_DATA, &[("r", 0.7), ("σ", 0.3)]);
}

#[test]
fn every_gradient_mode_gives_the_same() {
    let found = grad(DECAY, &DECAY_DATA);
    for mode in ["forward", "adjoint"] {
        let options = Options { gradient: Some(mode.to_owned()), ..Options::default() };
        let other = grad_with(DECAY, &DECAY_DATA, &options);
        for (a, b) in found.gradient.iter().zip(&other.gradient) {
            close(b.value[0], a.value[0], 1e-6);
        }
    }
}

#[test]
fn the_first_time_of_the_data_is_the_start() {
    let program = DECAY.replace("  start = 0\n", "");
    let points = [(0.0, 1.4), (0.75, 0.9), (2.5, 0.1)];
    let expected: f64 =
        points.map(|(t, y): (f64, f64)| -normal(2.0 * (-0.7 * t).exp(), 0.3, y)).iter().sum();
    close(grad(&program, &DECAY_DATA).value, expected, 1e-9);
}

#[test]
fn priors_add_their_densities() {
    let laws = |jacobian: &str| {
        DECAY
            .replace("r : Positive = 0.7", "r : Positive = 0.7 ~ LogNormal(-0.5, 0.4)")
            .replace("objective = mle", &format!("objective = map{jacobian}"))
    };
    let plain = grad(DECAY, &DECAY_DATA).value;
    let prior = normal(-0.5, 0.4, 0.7_f64.ln()) - 0.7_f64.ln();
    close(grad(&laws(""), &DECAY_DATA).value, plain - prior, 1e-9);
    // Softplus has the slope 1 - exp(-value).
    let slopes = (-(-0.7_f64).exp_m1()).ln() + (-(-0.3_f64).exp_m1()).ln();
    let program = laws("(space = unconstrained)");
    close(grad(&program, &DECAY_DATA).value, plain - prior - slopes, 1e-9);
    agrees_with_differences(&program, &DECAY_DATA, &[("r", 0.7), ("σ", 0.3)]);
}

const OU: &str = include_str!("ou.sde");

const OU_POINTS: [(f64, f64); 5] = [(0.0, 0.3), (0.5, 0.9), (0.6, 1.0), (2.0, 1.4), (5.0, 0.7)];

fn ou_data() -> String {
    let lines = OU_POINTS.map(|(t, y)| format!("{t},{y}\n"));
    format!("t,y\n{}", lines.concat())
}

#[test]
fn an_affine_equation_has_its_exact_transition_density() {
    let (θ, μ, σ) = (0.8_f64, 1.1, 0.5_f64);
    let term = |pair: &[(f64, f64)]| {
        let h = pair[1].0 - pair[0].0;
        let mean = μ + (pair[0].1 - μ) * (-θ * h).exp();
        let variance = -σ * σ / (2.0 * θ) * (-2.0 * θ * h).exp_m1();
        -normal(mean, variance.sqrt(), pair[1].1)
    };
    let expected: f64 = OU_POINTS.windows(2).map(term).sum();
    let data = ou_data();
    let files = [("d.csv", data.as_str())];
    close(grad(OU, &files).value, expected, 1e-12);
    agrees_with_differences(OU, &files, &[("θ", 0.8), ("μ", 1.1), ("σ", 0.5)]);
}

/// Where the start is drawn, what is observed first has the density of its law.
#[test]
fn the_law_of_the_start_counts_where_it_is_observed() {
    let drawn = OU.replace(
        "  init x = 0\n",
        "  param m : Real = 0.1\n  param s : Positive = 0.7\n  init x ~ Normal(m, s)\n",
    );
    let data = ou_data();
    let files = [("d.csv", data.as_str())];
    let transitions = grad(OU, &files).value;
    close(grad(&drawn, &files).value, transitions - normal(0.1, 0.7, 0.3), 1e-12);
    let at = [("θ", 0.8), ("μ", 1.1), ("σ", 0.5), ("m", 0.1), ("s", 0.7)];
    agrees_with_differences(&drawn, &files, &at);
    // At a later time than the start it is what the equation has made of it, where that is known.
    let earlier = OU.replace("init x = 0", "init x ~ Normal(0.1, 0.7)") + "  start = -1\n";
    let mean = 1.1 + (0.1 - 1.1) * (-0.8_f64).exp();
    let variance = 0.49 * (-1.6_f64).exp() - 0.25 / 1.6 * (-1.6_f64).exp_m1();
    let first = normal(mean, variance.sqrt(), 0.3);
    close(grad(&earlier, &files).value, transitions - first, 1e-12);
    agrees_with_differences(&earlier, &files, &[("θ", 0.8), ("μ", 1.1), ("σ", 0.5)]);
    let uniform = earlier.replace("Normal(0.1, 0.7)", "Uniform(0, 1)");
    close(grad(&uniform, &files).value, transitions, 1e-12);
    let exactly = earlier.replace("start = -1", "start = 0");
    close(grad(&exactly, &files).value, transitions - normal(0.1, 0.7, 0.3), 1e-12);
}

/// Each row has a start, also one that was observed once; what does not count may be outside of the law's support.
#[test]
fn each_row_has_its_start() {
    let of_rows = |init: &str| {
        OU.replace(
            "data D(k) = csv \"d.csv\"\n  t : k => Time\n  y : k => Float",
            "data D(id) = csv \"d.csv\" by \"id\"\n  y : id => Series(Float) at \"t\"",
        )
        .replace("init x = 0", init)
    };
    let data = [("d.csv", "id,t,y\na,0,0.3\na,0.5,1.9\nb,2,0.7\nc,1,0.4\nc,3,-0.5\n")];
    let transitions = grad(&of_rows("init x = 0"), &data).value;
    let uniform = grad(&of_rows("init x ~ Uniform(0, 0.8)"), &data);
    close(uniform.value, transitions + 3.0 * 0.8_f64.ln(), 1e-12);
    assert!(uniform.gradient.iter().all(|d| d.value[0].is_finite()), "{:?}", uniform.gradient);
    let normal = |x: f64| normal(0.0, 1.0, x);
    let starts = normal(0.3) + normal(0.7) + normal(0.4);
    close(grad(&of_rows("init x ~ Normal(0, 1)"), &data).value, transitions - starts, 1e-12);
}

#[test]
fn linearised_and_exact_are_one_where_the_equation_is_affine() {
    let data = ou_data();
    let files = [("d.csv", data.as_str())];
    let exact = grad(OU, &files);
    let linearised = grad(&OU.replace("= mle", "= mle(transition = linearised)"), &files);
    close(linearised.value, exact.value, 1e-11);
    for (a, b) in exact.gradient.iter().zip(&linearised.gradient) {
        close(b.value[0], a.value[0], 1e-9);
    }
}

#[test]
fn an_euler_step_is_gaussian() {
    let term = |pair: &[(f64, f64)]| {
        let h = pair[1].0 - pair[0].0;
        let mean = pair[0].1 + 0.8 * (1.1 - pair[0].1) * h;
        -normal(mean, 0.5 * h.sqrt(), pair[1].1)
    };
    let expected: f64 = OU_POINTS.windows(2).map(term).sum();
    let data = ou_data();
    let program = OU.replace("= mle", "= mle(transition = euler)");
    close(grad(&program, &[("d.csv", data.as_str())]).value, expected, 1e-12);
}

const OSCILLATOR: &str = "
data D(k) = csv \"d.csv\"
  t : k => Time
  a : k => Float
  b : k => Float

model Oscillator
  param k : Positive = 1.3
  param c : Positive = 0.4
  param s : Positive = 0.6
  state x, v : Real
  noise W : Brownian
  init x = 0
  init v = 0
  dx = v dt
  dv = (-k * x - c * v) dt + s dW
  observe a = x
  observe b = v

fit Oscillator to D
  objective = mle(transition = exact)
";

/// Noise in one of two states: the covariance is regular at every h > 0, which one Euler step is not.
#[test]
fn states_without_noise_are_reached_by_the_others() {
    let files = [("d.csv", "t,a,b\n0,0.1,0.2\n0.3,0.2,0.1\n1,0.2,-0.1\n1.4,0,0.3\n")];
    let exact = grad(OSCILLATOR, &files);
    let program = OSCILLATOR.replace("exact", "linearised");
    close(grad(&program, &files).value, exact.value, 1e-9);
    agrees_with_differences(OSCILLATOR, &files, &[("k", 1.3), ("c", 0.4), ("s", 0.6)]);
}

fn flow(model: &str) -> String {
    format!(
        "
data P(n) = csv \"p.csv\"
  x : n => 2 => Float from [\"x\", \"y\"]

model Flow
{model}
  state z : 2 => Float
  init z ~ Normal(0, 1)
  dz = f(z) dt
  observe x at 1.0 = z

fit Flow to P
  objective = mle
  solver = rk4(dt = 0.01)
"
    )
}

const POINT: [(&str, &str); 1] = [("p.csv", "x,y\n0.7,-1.1\n")];

#[test]
fn flows_carry_densities_along() {
    let planar = flow(
        "  param u : 2 => Float = [0.5, 0.9]
  param w : 2 => Float = [1.2, -0.7]
  param b : Real = 0.3
  def f(z: 2 => Float) -> 2 => Float = u * tanh(w @ z + b)",
    );
    close(grad(&planar, &POINT).value, 3.785_408_017_347_729_4, 1e-9);
    let linear = flow(
        "  param A : 2 => 2 => Float = [[-0.3, 0.8], [-0.5, 0.1]]
  def f(z: 2 => Float) -> 2 => Float = A @ z",
    );
    close(grad(&linear, &POINT).value, 3.166_022_221_233_945_7, 1e-9);
}

/// The same of rows with times of their own.
fn of_series(program: &str) -> String {
    program
        .replace("D(k) = csv \"d.csv\"", "D(row) = csv \"d.csv\" by \"id\"")
        .replace("  t : k => Time\n", "")
        .replace("y : k => Float", "y : row => Series(Float) at \"t\"")
}

/// Rows with times of their own, also repeated ones, are what they are alone.
#[test]
fn the_likelihood_of_several_series_is_the_sum_of_those_of_each() {
    let rows =
        ["a,0.5,1.4\na,1.25,0.9\na,3,0.1\n", "b,0,1.9\nb,0.3,1.5\nb,0.3,1.7\nb,1.7,0.6\nb,4,0.2\n"];
    let text = |rows: &[&str]| format!("id,t,y\n{}", rows.concat());
    let program = of_series(DECAY);
    let both = grad(&program, &[("d.csv", &text(&rows))]);
    let each = rows.map(|row| grad(&program, &[("d.csv", &text(&[row]))]));
    close(both.value, each[0].value + each[1].value, 1e-12);
    for (k, derivative) in both.gradient.iter().enumerate() {
        let sum = each[0].gradient[k].value[0] + each[1].gradient[k].value[0];
        close(derivative.value[0], sum, 1e-11);
    }
    let points = [
        (0.5, 1.4),
        (1.25, 0.9),
        (3.0, 0.1),
        (0.0, 1.9),
        (0.3, 1.5),
        (0.3, 1.7),
        (1.7, 0.6),
        (4.0, 0.2),
    ];
    let term = |(t, y): (f64, f64)| -normal(2.0 * (-0.7 * t).exp(), 0.3, y);
    close(both.value, points.map(term).iter().sum(), 1e-9);
}

#[test]
fn what_is_missing_says_nothing() {
    let program =
        DECAY.replace("y : k => Float", "y : k => Float?").replace("observe y ~", "observe y? ~");
    let files = [("d.csv", "t,y\n0.5,1.4\n1,\n1.25,0.9\n3,0.1\n")];
    close(grad(&program, &files).value, grad(DECAY, &DECAY_DATA).value, 1e-9);
    agrees_with_differences(&program, &files, &[("r", 0.7), ("σ", 0.3)]);
}

/// Of a row whose every cell is empty, and of one that a transition would need more than one line of.
#[test]
fn a_row_without_evidence_says_nothing() {
    let rows = "b,0.3,1.5\nb,1.7,0.6\nb,4,0.2\n";
    let maybe = of_series(DECAY).replace("Float)", "Float?)").replace("observe y", "observe y?");
    let of = |program: &str, more: &str| {
        grad(program, &[("d.csv", &format!("id,t,y\n{more}{rows}"))]).value
    };
    close(of(&maybe, "a,0.5,\na,1.25,\n"), of(&maybe, ""), 1e-12);
    let transitions = of_series(OU);
    close(of(&transitions, "a,0.5,2.5\n"), of(&transitions, ""), 1e-12);
}

/// A row has the law's density, with an input of its own.
#[test]
fn inputs_are_read_from_the_rows_of_the_data() {
    let program = "
data D(row) = csv \"d.csv\"
  a : row => Float
  y : row => Float

model M
  param r : Positive = 0.5
  input a : Real
  state x : Real
  init x = a
  dx = -r * x dt
  observe y at 2.0 ~ Normal(x, 1)

fit M to D
  objective = mle
  solver = rk4(dt = 0.01)
";
    let rows = [(1.0, 0.3), (2.0, 0.8), (-1.0, 0.1)];
    let lines = rows.map(|(a, y)| format!("{a},{y}\n"));
    let data = format!("a,y\n{}", lines.concat());
    let expected: f64 = rows.map(|(a, y)| -normal(a * (-1.0_f64).exp(), 1.0, y)).iter().sum();
    close(grad(program, &[("d.csv", &data)]).value, expected, 1e-9);
}

/// The mean of Hutchinson's estimates over 4,096 copies of a point is within 4.5 standard errors of the exact
/// trace, which an unbiased estimator misses once in 150,000 seeds; this is one. For a linear drift `A z` the
/// estimate of a normal direction has the variance 2 ‖(A + Aᵀ) / 2‖².
#[test]
fn random_directions_estimate_the_trace_without_bias() {
    let linear = flow(
        "  param A : 2 => 2 => Float = [[-0.3, 0.8], [-0.5, 0.1]]
  def f(z: 2 => Float) -> 2 => Float = A @ z",
    );
    const COPIES: usize = 4_096;
    let copies = format!("x,y\n{}", "0.7,-1.1\n".repeat(COPIES));
    let program = linear.replace("mle", "mle(trace = hutchinson)");
    let found = grad(&program, &[("p.csv", &copies)]).value / COPIES as f64;
    let squares = 0.3_f64.powi(2) + 0.1_f64.powi(2) + 2.0 * 0.15_f64.powi(2);
    let error = (2.0 * squares / COPIES as f64).sqrt();
    close(found, 3.166_022_221_233_945_7, 4.5 * error);
    assert!((found - 3.166_022_221_233_945_7).abs() > 1e-6, "directions are random");
}

#[test]
fn fixed_parameters_do_not_move() {
    let program = DECAY.replace("  objective = mle\n", "  objective = mle\n  fix = [\"σ\"]\n");
    let (found, all) = (grad(&program, &DECAY_DATA), grad(DECAY, &DECAY_DATA));
    assert_eq!(found.value, all.value);
    let names: Vec<&str> = found.gradient.iter().map(|d| d.name.as_str()).collect();
    assert_eq!(names, ["r"]);
    assert_eq!(found.gradient[0].value, all.gradient[0].value);
}

#[test]
fn the_interpreter_gives_the_same_bits() {
    let data = ou_data();
    for (program, files) in [(DECAY, DECAY_DATA), (OU, [("d.csv", data.as_str())])] {
        let interp = Options { backend: BackendChoice::Interp, ..Options::default() };
        let cranelift = Options { backend: BackendChoice::Cranelift, ..Options::default() };
        let [a, b] = [interp, cranelift].map(|options| grad_with(program, &files, &options));
        assert_eq!(a.value.to_bits(), b.value.to_bits());
        for (a, b) in a.gradient.iter().zip(&b.gradient) {
            assert_eq!(a.value, b.value, "{}", a.name);
        }
    }
}

#[test]
fn singles_agree_to_their_rounding() {
    let data = ou_data();
    for (program, files) in [(DECAY, DECAY_DATA), (OU, [("d.csv", data.as_str())])] {
        let single = Options { single: true, ..Options::default() };
        let (a, b) = (grad_with(program, &files, &single), grad(program, &files));
        assert_ne!(a.value, b.value);
        close(a.value, b.value, 1e-5 * b.value.abs().max(1.0));
        for (a, b) in a.gradient.iter().zip(&b.gradient) {
            close(a.value[0], b.value[0], 1e-4 * b.value[0].abs().max(1.0));
        }
    }
}
