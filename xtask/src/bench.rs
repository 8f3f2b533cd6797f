//! `cargo xtask bench`: how long the compiler takes, on a release build.
//!
//! Each example is checked by a fresh process, and run with few paths to read off the time of compilation.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use serde_json::Value;

use crate::{repository, step};

const REPEATS: usize = 21;

/// Prints a table in milliseconds, medians of 21 processes; `only` names examples.
pub(crate) fn run(only: &[&str]) -> Result<(), String> {
    let build = step::cargo(&["build", "--release", "--locked", "--package", "sdec"]);
    step::run("build", build)?;
    let sdec = repository::root().join("target/release/sdec");
    eprintln!("\n{:<14} {:>10} {:>10} {:>10}", "example", "process", "check", "compile");
    let long = repository::root().join("target/long.sde");
    std::fs::write(&long, long_program(2000)).map_err(|error| error.to_string())?;
    if only.is_empty() || only.contains(&"2000 lines") {
        eprintln!("{:<14} {:>10.2}", "2000 lines", median(|| check(&sdec, &long))?);
    }
    for (name, file) in examples() {
        if only.is_empty() || only.contains(&name.as_str()) {
            let process = median(|| check(&sdec, &file))?;
            let inside = reported(&sdec, &file, "check")?;
            let compile = reported(&sdec, &file, "compile")?;
            eprintln!("{name:<14} {process:>10.2} {inside:>10} {compile:>10}");
        }
    }
    Ok(())
}

/// The examples: name and file, in order of name.
fn examples() -> Vec<(String, PathBuf)> {
    let folder = repository::root().join("examples");
    let entries = folder.read_dir().expect("the repository has examples");
    let mut examples: Vec<(String, PathBuf)> = entries
        .filter_map(|entry| {
            let folder = entry.ok()?.path();
            let name = folder.file_name()?.to_str()?.to_owned();
            let file = folder.join(&name).with_extension("sde");
            file.is_file().then_some((name, file))
        })
        .collect();
    examples.sort();
    examples
}

/// A program of at least so many lines, as somebody writes who keeps every variant in one file:
/// models with nets, tables and two kinds of noise, functions, estimates.
fn long_program(lines: usize) -> String {
    const VARIANT: &str = "\
## Two species with food that grows back, variant @.
model Field@(n@ = 4)
  param growth@, decay@ : Positive = 0.5
  param coupling@ : n@ => n@ => Float = zeros
  param net@ : MLP(n@ + 1, n@, width = 8)
  input season@ : Real = 1
  let total@ = sum i. z@[i]
  let drift@ = net@(cat(z@, [t]))
  state z@ : n@ => Float
  state food@ : Positive
  noise W@ like z@
  noise B@ : Brownian
  init z@ = for i. 1 + 0.1 * float(ordinal(i))
  init food@ = 1.0
  dz@ = (drift@ + coupling@ @@ z@ - decay@ * z@) dt + growth@ * 0.1 dW@
  dfood@ = (growth@ - 0.1 * total@ * food@ * season@) dt + 0.1 * food@ dB@

## The share of the first, of variant @.
def share@(x: n => Float, weight: Float) -> Float =
  let whole = sum i. x[i]
  let scaled = for i. weight * x[i] / whole
  if whole > 0 then max i. scaled[i] else 0

estimate mean@ of Field@
  value = food@(1) + share@(z@(1), 0.5)
  solver = euler(dt = 0.01)
  paths = 100

";
    let mut out = String::new();
    for number in 0..lines.div_ceil(VARIANT.lines().count()) {
        let parts: Vec<String> =
            VARIANT.split("@@").map(|part| part.replace('@', &number.to_string())).collect();
        out += &parts.join("@");
    }
    out
}

/// Milliseconds of a whole process that checks `file`.
fn check(sdec: &Path, file: &Path) -> Result<f64, String> {
    let begin = Instant::now();
    let output = Command::new(sdec).arg("check").arg(file).output();
    let elapsed = begin.elapsed().as_secs_f64() * 1e3;
    match output {
        Ok(output) if output.status.success() => Ok(elapsed),
        Ok(output) => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// Milliseconds that runs of 16 paths say they took for `stage`, over all blocks that are solved.
fn reported(sdec: &Path, file: &Path, stage: &str) -> Result<String, String> {
    let mut is_solved = false;
    let time = median(|| {
        let document = run_json(sdec, file)?;
        let blocks = document["blocks"].as_array().map_or(&[][..], Vec::as_slice);
        let times = blocks.iter().filter_map(|block| block["seconds"][stage].as_f64());
        let times: Vec<f64> = times.collect();
        is_solved = !times.is_empty();
        Ok(times.iter().sum::<f64>() * 1e3)
    })?;
    Ok(if is_solved { format!("{time:.2}") } else { "–".to_owned() })
}

fn run_json(sdec: &Path, file: &Path) -> Result<Value, String> {
    let mut command = Command::new(sdec);
    command.arg("run").arg(file).args(["--json", "--quiet", "--paths", "16"]);
    let output = command.output().map_err(|error| error.to_string())?;
    serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())
}

fn median(mut measure: impl FnMut() -> Result<f64, String>) -> Result<f64, String> {
    let times: Result<Vec<f64>, String> = (0..REPEATS).map(|_| measure()).collect();
    let mut times = times?;
    times.sort_by(f64::total_cmp);
    Ok(times[REPEATS / 2])
}
