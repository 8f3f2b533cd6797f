//! Methods on one given Brownian path, against independently computed values.
//!
//! `brownian/path.csv` holds 4096 increments of four channels on [0, 1]; `brownian/expected.csv` the values at
//! time 1 of Euler–Maruyama and of Stratonovich Heun with steps of 1/64, as NumPy computes them on that path.
//! Each program states its problem in both conventions.

use std::fs;

use libtest_mimic::{Arguments, Failed, Trial};
use sdec_driver::{BackendChoice, BlockResult, Options};
use sdec_tests::{root, run};

fn main() {
    let args = Arguments::from_args();
    let folder = root().join("tests/brownian");
    let table = fs::read_to_string(folder.join("expected.csv")).expect("the table is there");
    let trials = table.lines().skip(1).flat_map(|line| {
        let cells: Vec<String> = line.split(',').map(str::to_owned).collect();
        let [problem, euler, heun] = <[String; 3]>::try_from(cells).expect("three cells a line");
        let trial = |method: &'static str, expected: &str| {
            let expected: f64 = expected.parse().expect("the table holds numbers");
            let problem = problem.clone();
            Trial::test(format!("{problem}::{method}"), move || agrees(&problem, method, expected))
        };
        [trial("euler", &euler), trial("heun", &heun)]
    });
    let trials: Vec<Trial> = trials.collect();
    libtest_mimic::run(&args, trials).exit();
}

/// The block's one path ends where it should, to rounding, on both backends.
fn agrees(problem: &str, method: &str, expected: f64) -> Result<(), Failed> {
    let folder = root().join("tests/brownian");
    for backend in [BackendChoice::Interp, BackendChoice::Cranelift] {
        let options = Options {
            backend,
            brownian: Some(folder.join("path.csv")),
            blocks: vec![method.to_owned()],
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
