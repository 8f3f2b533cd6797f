//! `gradient = adjoint` converges to the derivative of the solution with the order of the method.
//!
//! Orders are slopes of the mean error of a derivative over step sizes, against closed forms; with noise on
//! 256 independent Brownian paths with a fixed seed. Three of them are the picture in `docs/methods.md`, which
//! `BLESS=1` draws.

#[path = "refine/figure.rs"]
mod figure;
mod refine;

use std::fs;
use std::path::Path;

use figure::Line;
use libtest_mimic::{Arguments, Failed, Trial};
use refine::{CHANNELS, brownian, errors, mean_error, slope, within};
use sdec_driver::{BlockResult, Options};
use sdec_tests::{root, run};

const TOLERANCE: f64 = 0.15;
const STEPS: [u32; 5] = [8, 16, 32, 64, 128];

/// `dx = drift dt + diffusion dW` from 0.5 for each channel, the parameter `s` of each, and the derivative
/// of the solution at time 1 with respect to it, given `W(1)`.
struct Problem {
    name: &'static str,
    method: &'static str,
    noise: &'static str,
    drift: &'static str,
    diffusion: &'static str,
    s: f64,
    exact: fn(f64) -> f64,
    order: f64,
}

const PROBLEMS: [Problem; 7] = [
    Problem {
        name: "heun::linear",
        method: "heun",
        noise: "Stratonovich",
        drift: "0.6 * x[i]",
        diffusion: "s[i] * x[i]",
        s: 0.87,
        exact: |w| 0.5 * w * (0.6 + 0.87 * w).exp(),
        order: 1.0,
    },
    Problem {
        name: "heun::nonlinear",
        method: "heun",
        noise: "Stratonovich",
        drift: "0 * x[i]",
        diffusion: "s[i] * (1 - x[i] * x[i])",
        s: 0.5,
        exact: |w| w * (1.0 - (0.5 * w + 0.5_f64.atanh()).tanh().powi(2)),
        order: 1.0,
    },
    Problem {
        name: "midpoint::linear",
        method: "midpoint",
        noise: "Stratonovich",
        drift: "0.6 * x[i]",
        diffusion: "s[i] * x[i]",
        s: 0.87,
        exact: |w| 0.5 * w * (0.6 + 0.87 * w).exp(),
        order: 1.0,
    },
    // It begins anew at each step back.
    Problem {
        name: "reversible_heun::linear",
        method: "reversible_heun",
        noise: "Stratonovich",
        drift: "0.6 * x[i]",
        diffusion: "s[i] * x[i]",
        s: 0.87,
        exact: |w| 0.5 * w * (0.6 + 0.87 * w).exp(),
        order: 1.0,
    },
    Problem {
        name: "euler::linear",
        method: "euler",
        noise: "Brownian",
        drift: "0.6 * x[i]",
        diffusion: "s[i] * x[i]",
        s: 0.87,
        exact: |w| 0.5 * (w - 0.87) * (0.6 - 0.5 * 0.87 * 0.87 + 0.87 * w).exp(),
        order: 0.5,
    },
    Problem {
        name: "milstein::linear",
        method: "milstein",
        noise: "Brownian",
        drift: "0.6 * x[i]",
        diffusion: "s[i] * x[i]",
        s: 0.87,
        exact: |w| 0.5 * (w - 0.87) * (0.6 - 0.5 * 0.87 * 0.87 + 0.87 * w).exp(),
        order: 1.0,
    },
    Problem {
        name: "heun::converted",
        method: "heun",
        noise: "Brownian",
        drift: "0.6 * x[i]",
        diffusion: "s[i] * x[i]",
        s: 0.87,
        exact: |w| 0.5 * (w - 0.87) * (0.6 - 0.5 * 0.87 * 0.87 + 0.87 * w).exp(),
        order: 1.0,
    },
];

/// Those of the picture, beside rk4.
const PICTURED: [&str; 2] = ["heun::linear", "euler::linear"];

fn main() {
    let args = Arguments::from_args();
    let mut trials = vec![Trial::test("picture", picture)];
    for problem in PROBLEMS.into_iter().filter(|problem| !PICTURED.contains(&problem.name)) {
        trials.push(Trial::test(problem.name, move || with_noise(&problem).map(|_| ())));
    }
    libtest_mimic::run(&args, trials).exit();
}

/// The orders of three methods, and the picture of their errors.
fn picture() -> Result<(), Failed> {
    let mut lines = vec![Line { label: "rk4".to_owned(), points: without_noise()? }];
    for problem in PROBLEMS.iter().filter(|problem| PICTURED.contains(&problem.name)) {
        let points = with_noise(problem)?;
        lines.push(Line { label: problem.method.to_owned(), points });
    }
    for line in &mut lines {
        line.label += &format!(", order {:.2}", slope(&line.points));
    }
    let (file, found) = (root().join("docs/adjoint.svg"), figure::svg(&lines));
    if std::env::var_os("BLESS").is_some() {
        return Ok(fs::write(file, found)?);
    }
    match fs::read_to_string(&file)? == found {
        true => Ok(()),
        false => Err("docs/adjoint.svg is another picture: run `cargo xtask bless`".into()),
    }
}

fn with_noise(problem: &Problem) -> Result<Vec<(u32, f64)>, Failed> {
    let folder = tempfile::tempdir()?;
    let (path, ends) = brownian(folder.path())?;
    let Problem { noise, drift, diffusion, s, .. } = problem;
    let program = format!(
        "model M\n  param s : {CHANNELS} => Real = for i. {s}\n  state x : {CHANNELS} => Real\n  \
         noise W : {CHANNELS} => {noise}\n  init  x = for i. 0.5\n  \
         dx = (for i. {drift}) dt + (for i. {diffusion}) dW\n\nestimate v of M\n  \
         value = sum i. x(1.0)[i]\n  wrt = [s]\n  gradient = adjoint\n  paths = 1\n"
    );
    let file = folder.path().join("m.sde");
    fs::write(&file, program)?;
    let exact: Vec<f64> = ends.iter().map(|&w| (problem.exact)(w)).collect();
    let errors = errors(&STEPS, |steps| {
        let found = derivative(&file, Some(&path), problem.method, steps)?;
        Ok(mean_error(&found, &exact))
    })?;
    within(slope(&errors), problem.order, TOLERANCE)?;
    Ok(errors)
}

/// `x = exp(a sin t)`.
fn without_noise() -> Result<Vec<(u32, f64)>, Failed> {
    let folder = tempfile::tempdir()?;
    let program = "model M\n  param a : Real = 1.1\n  state x : Real\n  init  x = 1.0\n  \
                   dx = a * cos(t) * x dt\n\nestimate v of M\n  value = x(1.0)\n  wrt = [a]\n  \
                   gradient = adjoint\n";
    let file = folder.path().join("m.sde");
    fs::write(&file, program)?;
    let sine = 1.0_f64.sin();
    let errors = errors(&STEPS, |steps| {
        let found = derivative(&file, None, "rk4", steps)?;
        Ok(mean_error(&found, &[sine * (1.1 * sine).exp()]))
    })?;
    within(slope(&errors), 4.0, TOLERANCE)?;
    Ok(errors)
}

/// The derivative that the program's only estimate asks for.
fn derivative(
    file: &Path,
    brownian: Option<&Path>,
    method: &str,
    steps: u32,
) -> Result<Vec<f64>, Failed> {
    let options = Options {
        brownian: brownian.map(Path::to_owned),
        solver: Some(format!("{method}(dt = 1 / {steps})")),
        ..Options::default()
    };
    match &run(file, &options)?[..] {
        [BlockResult::Estimate(estimate)] => Ok(estimate.gradient[0].value.clone()),
        blocks => Err(format!("{} blocks ran", blocks.len()).into()),
    }
}
