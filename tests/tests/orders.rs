//! Every method converges at the orders that its file states.
//!
//! Strong orders are slopes of the mean error at time 1 over step sizes, against closed forms, on 256
//! independent Brownian paths with a fixed seed, refined to 2⁻¹⁰. With 9 other seeds the slopes had a
//! standard deviation of 0.034 around the stated orders and lay within 0.10, against a tolerance of 0.15.
//! Orders without noise are those of three step sizes, without the next order's term. Geometric Brownian motion is solved in both conventions,
//! the one that is not the method's own converted by the compiler.

mod refine;

use std::fs;
use std::path::Path;

use libtest_mimic::{Arguments, Failed, Trial};
use refine::{CHANNELS, brownian, within};
use sdec_driver::{BlockResult, MethodInfo, Options, methods};
use sdec_tests::run;

const STRONG: f64 = 0.15;
const ODE: f64 = 0.1;

/// A problem `dx = drift dt + diffusion dW` from `start`, and its solution at time 1 given `W(1)` where
/// that suffices; else the method's own at 1024 steps stands for it.
#[derive(Clone, Copy)]
struct Problem {
    fact: &'static str,
    drift: [&'static str; 2],
    diffusion: &'static str,
    start: f64,
    exact: Option<fn(f64) -> f64>,
}

/// The drift is given in the Itô and in the Stratonovich sense.
const PROBLEMS: [Problem; 3] = [
    Problem {
        fact: "strong",
        drift: ["1.01 * x", "(1.01 - 0.5 * 0.87 ^ 2) * x"],
        diffusion: "0.87 * x",
        start: 0.5,
        exact: Some(|w| 0.5 * (1.01 - 0.5 * 0.87_f64.powi(2) + 0.87 * w).exp()),
    },
    Problem {
        fact: "commutative",
        drift: ["-0.25 * x .* (1 - x .* x)", "0 * x"],
        diffusion: "0.5 * (1 - x .* x)",
        start: 0.5,
        exact: Some(|w| (0.5 * w + 0.5_f64.atanh()).tanh()),
    },
    Problem {
        fact: "additive",
        drift: ["sin(3 * x)"; 2],
        diffusion: "0.6",
        start: 0.5,
        exact: None,
    },
];

fn main() {
    let args = Arguments::from_args();
    let mut trials = Vec::new();
    for method in methods() {
        for problem in PROBLEMS {
            let Some(order) = strong_order(&method, problem.fact) else { continue };
            let own = method.convention == "Stratonovich";
            let name = format!("{}::{}", method.name, problem.fact);
            let clone = method.clone();
            trials.push(Trial::test(name.clone(), move || strong(&clone, &problem, own, order)));
            if problem.fact == "strong" {
                let clone = method.clone();
                let test = move || strong(&clone, &problem, !own, order);
                trials.push(Trial::test(format!("{name}_converted"), test));
            }
        }
        if let Some(order) = fact(&method, "strong") {
            let clone = method.clone();
            let name = format!("{}::general", method.name);
            trials.push(Trial::test(name, move || general(&clone, order)));
        }
        if let Some(order) = fact(&method, "ode") {
            let name = format!("{}::ode", method.name);
            trials.push(Trial::test(name, move || ode(&method, order)));
        }
    }
    libtest_mimic::run(&args, trials).exit();
}

/// The order on a problem of this class. Both multiplicative problems have one channel a state, so a
/// method's order for diagonal or commutative noise is its order there.
fn strong_order(method: &MethodInfo, class: &str) -> Option<f64> {
    let larger = fact(method, "commutative").or(fact(method, "strong"));
    let own = if class == "additive" { "additive" } else { "diagonal" };
    fact(method, own).or(larger)
}

/// `1 / 2` is 0.5.
fn fact(method: &MethodInfo, key: &str) -> Option<f64> {
    let (_, text) = method.facts.iter().find(|(name, _)| name == key)?;
    let mut parts = text.split('/').map(|part| part.trim().parse::<f64>().expect("a number"));
    let first = parts.next()?;
    Some(parts.next().map_or(first, |second| first / second))
}

fn strong(
    method: &MethodInfo,
    problem: &Problem,
    stratonovich: bool,
    order: f64,
) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let (path, ends) = brownian(folder.path())?;
    let program = format!(
        "model M(n = {CHANNELS})\n  state x : n => Real\n  noise W : n => {}\n  init  x = for i. {}\n  \
         dx = {} dt + {} dW\n\nsample M as s\n  times  = [1.0]\n  paths  = 1\n  solver = {}(dt = 1)\n",
        if stratonovich { "Stratonovich" } else { "Brownian" },
        problem.start,
        problem.drift[usize::from(stratonovich)],
        problem.diffusion,
        method.name
    );
    let exact = match problem.exact {
        Some(exact) => ends.iter().map(|&w| exact(w)).collect(),
        None => {
            fs::write(folder.path().join("m.sde"), &program)?;
            end(folder.path(), method, Some(&path), 1024)?
        }
    };
    let steps = [8, 16, 32, 64, 128];
    within(slope(folder.path(), &program, method, Some(&path), &steps, &exact)?, order, STRONG)
}

/// Pairs of states, each of which is driven in proportion to the other: noise that does not commute. Both conventions
/// mean the same, as (∂gⱼ) gⱼ = 0. The method's own at 1024 steps stands for the solution.
fn general(method: &MethodInfo, order: f64) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let (path, _) = brownian(folder.path())?;
    let noise = if method.convention == "Stratonovich" { "Stratonovich" } else { "Brownian" };
    let program = format!(
        "model M(n = {})\n  state x, y : n => Real\n  noise W, B : n => {noise}\n  init  x, y = for i. 1.0\n  \
         dx[i] = y[i] dW[i]\n  dy[i] = x[i] dB[i]\n\nsample M as s\n  times  = [1.0]\n  paths  = 1\n  \
         solver = {}(dt = 1)\n",
        CHANNELS / 2,
        method.name
    );
    fs::write(folder.path().join("m.sde"), &program)?;
    let exact = end(folder.path(), method, Some(&path), 1024)?;
    let steps = [8, 16, 32, 64, 128];
    within(slope(folder.path(), &program, method, Some(&path), &steps, &exact)?, order, STRONG)
}

fn ode(method: &MethodInfo, order: f64) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let program = format!(
        "model M\n  state x : 1 => Real\n  init  x = [1.0]\n  dx = cos(t) * x dt\n\n\
         sample M as s\n  times  = [1.0]\n  solver = {}(dt = 1)\n",
        method.name
    );
    // x = exp(sin t). Errors of higher orders are small before steps are.
    let exact = 1.0_f64.sin().exp();
    fs::write(folder.path().join("m.sde"), program)?;
    let steps = if order > 4.0 { 8 } else { 32 };
    let error =
        |steps| Ok::<f64, Failed>((end(folder.path(), method, None, steps)?[0] - exact).abs());
    let errors = [error(steps)?, error(2 * steps)?, error(4 * steps)?];
    let [coarse, fine] = [errors[0] / errors[1], errors[1] / errors[2]].map(f64::log2);
    // The next order's term halves from the one to the other.
    within(2.0 * fine - coarse, order, ODE)
}

/// The slope of the mean error over step sizes, doubly logarithmic.
fn slope(
    folder: &Path,
    program: &str,
    method: &MethodInfo,
    brownian: Option<&Path>,
    steps: &[u32],
    exact: &[f64],
) -> Result<f64, Failed> {
    fs::write(folder.join("m.sde"), program)?;
    let errors = refine::errors(steps, |steps| {
        Ok(refine::mean_error(&end(folder, method, brownian, steps)?, exact))
    })?;
    Ok(refine::slope(&errors))
}

/// The state at time 1 of the program in `folder`.
fn end(
    folder: &Path,
    method: &MethodInfo,
    brownian: Option<&Path>,
    steps: u32,
) -> Result<Vec<f64>, Failed> {
    let options = Options {
        brownian: brownian.map(Path::to_owned),
        solver: Some(format!("{}(dt = 1 / {steps})", method.name)),
        ..Options::default()
    };
    match &run(&folder.join("m.sde"), &options)?[..] {
        [BlockResult::Sample(sample)] => Ok(sample.states[0].mean.clone()),
        blocks => Err(format!("{} blocks ran", blocks.len()).into()),
    }
}
