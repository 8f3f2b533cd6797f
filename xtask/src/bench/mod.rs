//! `cargo xtask bench`: how long compiling and running take, on a release build.

mod compile;
mod long;
mod work;

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::{repository, step};

/// Prints the tables, and writes them to `bench/results.md`; `only` names examples to compile.
pub(crate) fn run(only: &[&str]) -> Result<(), String> {
    let build = step::cargo(&["build", "--release", "--locked", "--package", "sdec"]);
    step::run("build", build)?;
    let sdec = repository::root().join("target/release/sdec");
    let compiling = compile::table(&sdec, only)?;
    eprintln!("\n{compiling}");
    if !only.is_empty() {
        return Ok(());
    }
    let running = work::table(&sdec)?;
    eprintln!("{running}");
    let results = repository::root().join("bench/results.md");
    let text = format!("# Last figures\n\n{}\n\n{compiling}\n{running}", machine());
    std::fs::write(&results, text).map_err(|error| format!("{}: {error}", results.display()))
}

/// What the figures were measured on.
fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("a processor", |(_, model)| model);
    format!("Cores: {cores} of {model}. Written by `cargo xtask bench`.")
}

/// What `sdec run --json` says of a file.
fn run_json(sdec: &Path, file: &PathBuf, args: &[&str]) -> Result<Value, String> {
    let mut command = Command::new(sdec);
    command.arg("run").arg(file).args(["--json", "--quiet"]).args(args);
    json(&mut command)
}

/// The JSON that a command prints.
fn json(command: &mut Command) -> Result<Value, String> {
    let output = command.output().map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())
}

/// The middle one of some times, and the least.
fn median(mut times: Vec<f64>) -> (f64, f64) {
    times.sort_by(f64::total_cmp);
    (times[times.len() / 2], times[0])
}
