//! Steps that a method chooses: values and derivatives against ones that were computed in 50 digits.
//!
//! Values are of Taylor series in long double precision, derivatives of Taylor series in 50 digits by complex step;
//! those of DETEST's problems are closed forms.

#[path = "refine/frozen.rs"]
mod frozen;

use std::fmt::Write as _;
use std::fs;

use frozen::{Complex, Drift};
use libtest_mimic::{Arguments, Failed, Trial};
use sdec_driver::{BlockResult, EstimateResult, Options};
use sdec_tests::run;

/// An equation without noise and what is known of it.
struct Problem {
    name: &'static str,
    /// A model `M`.
    model: &'static str,
    value: &'static str,
    exact: f64,
    /// Parameters with the derivatives of the value.
    gradient: &'static [(&'static str, f64)],
}

const LORENZ: &str = "model M
  param σ : Real = 10.0
  param ρ : Real = 28.0
  param β : Real = 8 / 3
  state x, y, z : Real
  init  x, y, z = 1.0
  dx = σ * (y - x) dt
  dy = (x * (ρ - z) - y) dt
  dz = (x * y - β * z) dt
";

const LOTKA_VOLTERRA: &str = "model M
  param a : Real = 1.5
  param b : Real = 1.0
  param c : Real = 3.0
  param d : Real = 1.0
  state x, y : Real
  init  x, y = 1.0
  dx = (a * x - b * x * y) dt
  dy = (d * x * y - c * y) dt
";

const KEPLER: &str = "model M
  state x, v : 2 => Real
  init  x = [0.1, 0.0]
  init  v = [0.0, sqrt(19)]
  dx = v dt
  dv = -x / (x[0] ^ 2 + x[1] ^ 2) ^ 1.5 dt
";

const GROWTH: &str = "model M
  state x : Real
  init  x = 1.0
  dx = cos(t) * x dt
";

const PROBLEMS: &[Problem] = &[
    Problem {
        name: "lorenz",
        model: LORENZ,
        value: "x(1)",
        exact: -9.378_570_010_925_062,
        gradient: &[
            ("σ", -0.168_154_518_509_197_7),
            ("ρ", 0.309_996_417_964_985_55),
            ("β", -1.717_643_188_866_234_6),
        ],
    },
    Problem {
        name: "lotka_volterra",
        model: LOTKA_VOLTERRA,
        value: "x(10)",
        exact: 1.026_344_767_575_089_3,
        gradient: &[
            ("a", 2.160_557_523_562_618),
            ("b", 0.188_568_777_078_059_3),
            ("c", 0.563_182_794_168_197_7),
            ("d", 0.939_651_287_153_079_8),
        ],
    },
    Problem {
        name: "detest_a3",
        model: GROWTH,
        value: "x(20)",
        exact: 2.491_650_271_850_414_5,
        gradient: &[],
    },
    Problem {
        name: "detest_d5",
        model: KEPLER,
        value: "x(20)[0]",
        exact: -1.295_266_250_987_574_4,
        gradient: &[],
    },
];

fn main() {
    let args = Arguments::from_args();
    let mut trials = Vec::new();
    for problem in PROBLEMS {
        let name = problem.name;
        trials.push(Trial::test(format!("value::{name}"), || follows_the_tolerance(problem)));
        if !problem.gradient.is_empty() {
            trials.push(Trial::test(format!("gradient::{name}"), || gradient(problem)));
            let same = || gradients_of_loose_steps_agree(problem);
            trials.push(Trial::test(format!("loose_gradient::{name}"), same));
            trials.push(Trial::test(format!("adjoint::{name}"), || adjoint(problem)));
        }
    }
    for (problem, drift) in PROBLEMS.iter().zip([lorenz as Drift, lotka_volterra]) {
        let name = format!("frozen::{}", problem.name);
        trials.push(Trial::test(name, move || through_the_same_steps(problem, drift)));
    }
    trials.push(Trial::test("landmarks", landmarks_cost_nothing_in_accuracy));
    trials.push(Trial::test("backwards::several_times", several_times_backwards));
    trials.push(Trial::test("backwards::undone", attempts_are_undone));
    libtest_mimic::run(&args, trials).exit();
}

/// The error is within the tolerance, times what the problem makes of an error, and falls with it.
fn follows_the_tolerance(problem: &Problem) -> Result<(), Failed> {
    let error = |tolerance: &str| {
        let solver = format!("tsit5(rtol = {tolerance}, atol = {tolerance})");
        let result = estimate(problem, &solver, "", "")?;
        Ok::<f64, Failed>((result.value - problem.exact).abs())
    };
    let errors = [error("1e-5")?, error("1e-8")?, error("1e-11")?];
    for (error, tolerance) in errors.iter().zip([1e-5, 1e-8, 1e-11]) {
        if *error > 1e4 * tolerance || error.is_nan() {
            return Err(format!("an error of {error:e} at a tolerance of {tolerance:e}").into());
        }
    }
    let per_decade = (errors[0] / errors[2]).log10() / 6.0;
    // Long steps are longer than where the order rules, so that the error falls faster.
    if !(0.75..=1.5).contains(&per_decade) {
        return Err(format!("{per_decade:.2} decades of error for one of tolerance").into());
    }
    Ok(())
}

/// Derivatives through the attempts are those of the equation, where steps are short.
fn gradient(problem: &Problem) -> Result<(), Failed> {
    let solver = "tsit5(rtol = 1e-13, atol = 1e-13, attempts = 10000)";
    for mode in ["backprop", "forward"] {
        let result = estimate(problem, solver, &wrt(problem), mode)?;
        for (entry, (name, exact)) in result.gradient.iter().zip(problem.gradient) {
            let error = (entry.value[0] - exact).abs() / exact.abs();
            if error > 1e-9 || error.is_nan() {
                return Err(
                    format!("{mode}, {name}: {:.17}, not {exact:.17}", entry.value[0]).into()
                );
            }
        }
    }
    Ok(())
}

/// Backwards and forwards through the same long steps, many of which are rejected.
fn gradients_of_loose_steps_agree(problem: &Problem) -> Result<(), Failed> {
    let solver = "tsit5(rtol = 1e-3, atol = 1e-4, dt = 1.0)";
    let backwards = estimate(problem, solver, &wrt(problem), "backprop")?;
    let forwards = estimate(problem, solver, &wrt(problem), "forward")?;
    for (a, b) in backwards.gradient.iter().zip(&forwards.gradient) {
        let (a, b) = (a.value[0], b.value[0]);
        if (a - b).abs() > 1e-12 * b.abs() || a.is_nan() {
            return Err(format!("{a:.17} is not {b:.17}").into());
        }
    }
    Ok(())
}

fn lorenz(p: &[Complex], y: &[Complex]) -> Vec<Complex> {
    let (x, y, z) = (y[0], y[1], y[2]);
    vec![p[0] * (y - x), x * (p[1] - z) - y, x * y - p[2] * z]
}

fn lotka_volterra(p: &[Complex], y: &[Complex]) -> Vec<Complex> {
    let (x, y) = (y[0], y[1]);
    vec![p[0] * x - p[1] * x * y, p[3] * x * y - p[2] * y]
}

/// At a loose tolerance derivatives are those of the scheme with its steps held: what another program finds by a
/// complex step along the steps that it takes.
fn through_the_same_steps(problem: &Problem, drift: Drift) -> Result<(), Failed> {
    let (p, y, end): (&[f64], &[f64], f64) = match problem.gradient.len() {
        3 => (&[10.0, 28.0, 8.0 / 3.0], &[1.0; 3], 1.0),
        _ => (&[1.5, 1.0, 3.0, 1.0], &[1.0; 2], 10.0),
    };
    let (lengths, rejected) = frozen::steps(drift, p, y.to_vec(), end, [1e-3, 1e-4, 1.0]);
    let solver = "tsit5(rtol = 1e-3, atol = 1e-4, dt = 1.0)";
    let found = estimate(problem, solver, &wrt(problem), "backprop")?;
    if rejected == 0 || found.solve.steps != (lengths.len() + rejected) as u64 {
        return Err(format!("{} attempts, not {lengths:?}", found.solve.steps).into());
    }
    for (by, entry) in found.gradient.iter().enumerate() {
        let (value, derivative) = frozen::through(drift, p, y, &lengths, by);
        let errors = [found.value / value - 1.0, entry.value[0] / derivative - 1.0];
        // The tolerance is far from what the equation's derivative would meet.
        let off = (entry.value[0] / problem.gradient[by].1 - 1.0).abs();
        if errors.iter().any(|error| error.abs() > 1e-9 || error.is_nan()) || off < 1e-6 {
            return Err(format!("relative errors {errors:?}, {off:e} off the equation's").into());
        }
    }
    Ok(())
}

/// The adjoint equation, solved backwards over the accepted steps, has derivatives whose error falls with the
/// tolerance.
fn adjoint(problem: &Problem) -> Result<(), Failed> {
    let error = |tolerance: &str| {
        let solver = format!("tsit5(rtol = {tolerance}, atol = {tolerance}, attempts = 10000)");
        let result = estimate(problem, &solver, &wrt(problem), "adjoint")?;
        let pairs = result.gradient.iter().zip(problem.gradient);
        let errors = pairs.map(|(entry, (_, exact))| (entry.value[0] - exact).abs() / exact.abs());
        Ok::<f64, Failed>(errors.fold(0.0, f64::max))
    };
    let errors = [error("1e-5")?, error("1e-8")?, error("1e-11")?];
    let per_decade = (errors[0] / errors[2]).log10() / 6.0;
    if errors[2] < 1e-5 && (0.7..=1.5).contains(&per_decade) {
        Ok(())
    } else {
        Err(format!("errors of {errors:?}, {per_decade:.2} decades for one of tolerance").into())
    }
}

/// States at several times, the start among them, hand their cotangents to the solve backwards where they are.
fn several_times_backwards() -> Result<(), Failed> {
    let problem = &PROBLEMS[1];
    let model = problem.model.replace("init  x, y = 1.0", "init  x, y = a / 1.5");
    let value = "x(0) * y(1.7) + x(3.1) ^ 2 + y(3.1) - x(4) * y(4)";
    let problem = &Problem { model: model.leak(), value, ..*problem };
    let solver = "tsit5(rtol = 1e-12, atol = 1e-12, attempts = 10000)";
    agree(problem, solver, "adjoint", 1e-8)
}

/// A method whose steps are chosen and can be undone.
fn attempts_are_undone() -> Result<(), Failed> {
    let problem = &PROBLEMS[1];
    let method = "
method careful_heun : Stratonovich
  ode      = 2
  embedded = 1
  def start(f, g, t, y) = { z = y, f = f(t, y) }
  def step(f, g, t, h, c, y, w) =
    let z = 2 * y - c.z + h * c.f
    let fz = f(t + h, z)
    { y = y + 0.5 * h * (c.f + fz), carry = { z = z, f = fz }, err = 0.5 * h * (fz - c.f) }
  def back(f, g, t, h, c, y, w) =
    let z = 2 * y - c.z - h * c.f
    let fz = f(t, z)
    { y = y - 0.5 * h * (c.f + fz), carry = { z = z, f = fz } }
";
    let model = format!("{}{method}", problem.model);
    let problem = &Problem { model: model.leak(), value: "x(1.5) * y(0.7) + x(0.2)", ..*problem };
    let solver = "careful_heun(rtol = 1e-3, atol = 1e-3, dt = 0.5)";
    agree(problem, solver, "reversible", 1e-9)
}

/// Derivatives of a mode and those backwards through the steps.
fn agree(problem: &Problem, solver: &str, mode: &str, tolerance: f64) -> Result<(), Failed> {
    let found = estimate(problem, solver, &wrt(problem), mode)?;
    let expected = estimate(problem, solver, &wrt(problem), "backprop")?;
    for (a, b) in found.gradient.iter().zip(&expected.gradient) {
        let (a, b) = (a.value[0], b.value[0]);
        if (a - b).abs() > tolerance * b.abs() || a.is_nan() {
            return Err(format!("{a:.17} is not {b:.17}").into());
        }
    }
    Ok(())
}

/// Steps that are cut off at landmarks make no error of their own.
fn landmarks_cost_nothing_in_accuracy() -> Result<(), Failed> {
    let problem = &PROBLEMS[0];
    let value = format!("{} + 0 * (x(0.1) + x(0.10001) + x(0.5) + x(0.77))", problem.value);
    let problem = &Problem { value: value.leak(), ..*problem };
    let result = estimate(problem, "tsit5(rtol = 1e-9, atol = 1e-9)", "", "")?;
    let error = (result.value - problem.exact).abs();
    if error <= 1e-6 { Ok(()) } else { Err(format!("an error of {error:e}").into()) }
}

fn wrt(problem: &Problem) -> String {
    let names: Vec<&str> = problem.gradient.iter().map(|(name, _)| *name).collect();
    names.join(", ")
}

fn estimate(
    problem: &Problem,
    solver: &str,
    wrt: &str,
    gradient: &str,
) -> Result<EstimateResult, Failed> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("m.sde");
    let mut text = problem.model.to_owned();
    write!(text, "\nestimate v of M\n  value  = {}\n  solver = {solver}\n", problem.value)?;
    if !wrt.is_empty() {
        writeln!(text, "  wrt    = [{wrt}]\n  gradient = {gradient}")?;
    }
    fs::write(&file, text)?;
    match <[BlockResult; 1]>::try_from(run(&file, &Options::default())?) {
        Ok([BlockResult::Estimate(result)]) => Ok(result),
        _ => Err("one estimate was to be run".into()),
    }
}
