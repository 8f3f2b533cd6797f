//! The derivatives of reversible Heun's scheme, by undoing its steps and otherwise, against those by a complex
//! step of 1e-40 in NumPy: a neural SDE with 42 weights, 64 steps on the path of `brownian/path.csv`.

use libtest_mimic::{Arguments, Failed, Trial};
use sdec_driver::{BackendChoice, BlockResult, EstimateResult, Options};
use sdec_tests::{root, run};

const TOLERANCE: f64 = 1e-12;

const LOSS: f64 = 0.26791892766233755;

/// The derivative with respect to an entry of a table.
const DERIVATIVES: [(&str, usize, f64); 7] = [
    ("W1", 0, -0.07003890130423629),
    ("W1", 15, 0.019718223356952204),
    ("b1", 3, 0.0812143220016245),
    ("W2", 13, -0.07063571942162768),
    ("b2", 0, 0.7721685303981899),
    ("y0", 0, 0.6110957223260327),
    ("y0", 1, 0.3922129093799845),
];

/// Σ |∂loss/∂weight|
const SUM_OF_SIZES: f64 = 5.513036054618197;

fn main() {
    let args = Arguments::from_args();
    let trial = |gradient: &'static str| Trial::test(gradient, move || agrees(gradient));
    let trials = ["reversible", "backprop"].map(trial);
    libtest_mimic::run(&args, trials.into()).exit();
}

fn agrees(gradient: &str) -> Result<(), Failed> {
    let folder = root().join("tests/brownian");
    let options = Options {
        backend: BackendChoice::Cranelift,
        brownian: Some(folder.join("path.csv")),
        gradient: Some(gradient.to_owned()),
        ..Options::default()
    };
    let results = run(&folder.join("neural_sde.sde"), &options)?;
    let [BlockResult::Estimate(result)] = &results[..] else {
        return Err(format!("{} blocks ran", results.len()).into());
    };
    close("the loss", result.value, LOSS)?;
    for (table, entry, expected) in DERIVATIVES {
        close(&format!("{table}[{entry}]"), entries(result, table)[entry], expected)?;
    }
    let weights = ["W1", "b1", "W2", "b2"].map(|table| entries(result, table));
    let sum = weights.concat().iter().map(|derivative| derivative.abs()).sum();
    close("the sum of sizes", sum, SUM_OF_SIZES)
}

fn entries(result: &EstimateResult, table: &str) -> Vec<f64> {
    let found = result.gradient.iter().find(|derivative| derivative.name == table);
    found.expect("the program asks for it").value.clone()
}

fn close(what: &str, found: f64, expected: f64) -> Result<(), Failed> {
    let error = (found - expected).abs() / expected.abs();
    if error <= TOLERANCE {
        Ok(())
    } else {
        Err(format!("{what}: {found:.17} is not {expected:.17}: {error:.1e}").into())
    }
}
