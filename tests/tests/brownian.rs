//! Methods on one given Brownian path, against independently computed values.
//!
//! `brownian/path.csv` holds 4096 increments of four channels on [0, 1]; `brownian/expected.csv` the values at
//! time 1 of Euler–Maruyama, Stratonovich Heun and Milstein's method with steps of 1/64, as NumPy computes them on that
//! path. Each program states its problem in both conventions, in blocks `euler` and `heun`, and each method solves
//! both: the one of its own convention, and the other one converted by the compiler.
//!
//! `brownian/gradients.csv` holds derivatives of closed solutions at time 1 on the same path, which those of
//! the schemes reach to their order.

use std::fs;

use libtest_mimic::{Arguments, Failed, Trial};
use sdec_driver::{BackendChoice, BlockResult, EstimateResult, Options};
use sdec_tests::{root, run};

/// Pairs of estimates in `conversion.sde`.
const CONVERSIONS: [(&str, &str); 3] =
    [("strat", "ito"), ("wheel", "wheeled"), ("each", "each_ito")];

/// Columns of the table.
const METHODS: [&str; 3] = ["euler", "heun", "milstein"];

fn main() {
    let args = Arguments::from_args();
    let folder = root().join("tests/brownian");
    let table = fs::read_to_string(folder.join("expected.csv")).expect("the table is there");
    let mut trials = Vec::new();
    for line in table.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let [problem, values @ ..] = &cells[..] else { panic!("a line has cells") };
        for (method, value) in
            METHODS.into_iter().zip(values).filter(|(_, value)| !value.is_empty())
        {
            let expected: f64 = value.parse().expect("the table holds numbers");
            for block in METHODS[..2].iter().copied() {
                let problem = (*problem).to_owned();
                let name = format!("{problem}::{method}_on_the_model_for_{block}");
                let test = move || agrees(&problem, block, method, expected);
                trials.push(Trial::test(name, test));
            }
        }
    }
    for (converted, by_hand) in CONVERSIONS {
        trials.push(Trial::test(format!("conversion::{converted}"), move || {
            same(converted, by_hand)
        }));
    }
    for block in ["gbm_ito", "gbm_stratonovich", "arctan", "additive"] {
        let test = move || gradient_agrees(block);
        trials.push(Trial::test(format!("gradients::{block}"), test));
    }
    libtest_mimic::run(&args, trials).exit();
}

/// Value and derivatives of two estimates of `conversion.sde` are the same, to rounding.
fn same(converted: &str, by_hand: &str) -> Result<(), Failed> {
    let folder = root().join("tests/brownian");
    for gradient in ["backprop", "forward"] {
        let options = Options {
            brownian: Some(folder.join("path.csv")),
            blocks: vec![converted.to_owned(), by_hand.to_owned()],
            gradient: Some(gradient.to_owned()),
            ..Options::default()
        };
        let results = run(&folder.join("conversion.sde"), &options)?;
        let [BlockResult::Estimate(a), BlockResult::Estimate(b)] = &results[..] else {
            return Err(format!("{} blocks ran", results.len()).into());
        };
        let numbers = |result: &EstimateResult| {
            let gradient = result.gradient.iter().flat_map(|entry| entry.value.clone());
            std::iter::once(result.value).chain(gradient).collect::<Vec<f64>>()
        };
        for (x, y) in numbers(a).into_iter().zip(numbers(b)) {
            if x == 0.0 || (x - y).abs() > 1e-12 * y.abs() || x.is_nan() {
                return Err(format!("{gradient}: {x:.17} is not {y:.17}").into());
            }
        }
    }
    Ok(())
}

/// The block's one path ends where it should, to rounding, on both backends.
fn agrees(problem: &str, block: &str, method: &str, expected: f64) -> Result<(), Failed> {
    let folder = root().join("tests/brownian");
    for backend in [BackendChoice::Interp, BackendChoice::Cranelift] {
        let options = Options {
            backend,
            brownian: Some(folder.join("path.csv")),
            blocks: vec![block.to_owned()],
            solver: Some(format!("{method}(dt = 1 / 64)")),
            ..Options::default()
        };
        let results = run(&folder.join(problem).with_extension("sde"), &options)?;
        let [BlockResult::Sample(sample)] = &results[..] else {
            return Err(format!("{} blocks ran", results.len()).into());
        };
        let found = sample.states[0].mean[0];
        let error = (found - expected).abs() / expected.abs();
        if error.is_nan() || error > 1e-12 {
            return Err(
                format!("{backend:?}: {found:.17} is not {expected:.17}: {error:.1e}").into()
            );
        }
    }
    Ok(())
}

/// Derivatives at 4096 steps are within the scheme's error of the closed form's, and nearer than those at 64 steps.
fn gradient_agrees(block: &str) -> Result<(), Failed> {
    let folder = root().join("tests/brownian");
    let derivatives = |steps: u32| -> Result<Vec<(String, f64)>, Failed> {
        let method = match block {
            "gbm_ito" => "milstein",
            "additive" => "euler",
            _ => "heun",
        };
        let options = Options {
            brownian: Some(folder.join("path.csv")),
            blocks: vec![block.to_owned()],
            solver: Some(format!("{method}(dt = 1 / {steps})")),
            ..Options::default()
        };
        match run(&folder.join("gradients.sde"), &options)?.into_iter().next() {
            Some(BlockResult::Estimate(result)) => {
                Ok(result.gradient.into_iter().map(|by| (by.name, by.value[0])).collect())
            }
            _ => Err("no estimate ran".into()),
        }
    };
    let table = fs::read_to_string(folder.join("gradients.csv"))?;
    let (fine, coarse) = (derivatives(4096)?, derivatives(64)?);
    for ((by, fine), (_, coarse)) in fine.into_iter().zip(coarse) {
        let row = table.lines().find_map(|line| line.strip_prefix(&format!("{block},{by},")));
        let expected: f64 = row.ok_or("no row")?.parse()?;
        let (near, far) = ((fine - expected).abs(), (coarse - expected).abs());
        if near.is_nan() || near > 2e-3 || near > far / 8.0 {
            return Err(format!("{by}: {fine} and {coarse} are not {expected}").into());
        }
    }
    Ok(())
}
