//! How long the compiler takes: each program is checked by a fresh process, and run with few paths
//! to read off the time of compilation.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use crate::repository;

use super::binaries::Binaries;
use super::report::machine;
use super::{long, median, sdec};

const REPEATS: usize = 7;

/// A section with a table in milliseconds, medians of some processes and the least; `only` names programs.
pub(super) fn section(binaries: &Binaries, only: &[&str]) -> Result<String, String> {
    let sdec = binaries.plain.as_path();
    let mut out = format!(
        "compile: ms, median (best) of {REPEATS} processes\n\n{}.\n\n| | process of `check` | check | compile |\n|---|---|---|---|\n",
        machine()
    );
    let long = repository::root().join("target/long.sde");
    std::fs::write(&long, long::program(2000)).map_err(|error| error.to_string())?;
    if only.is_empty() || only.contains(&"2000 lines") {
        let process = repeat(|| check(sdec, &long))?;
        writeln!(out, "| 2000 lines | {process} | – | – |").expect("texts take text");
    }
    for (name, file) in programs() {
        if !only.is_empty() && !only.contains(&name.as_str()) {
            continue;
        }
        let process = repeat(|| check(sdec, &file))?;
        let inside = reported(sdec, &file, "check")?;
        let compile = reported(sdec, &file, "compile")?;
        writeln!(out, "| `{name}` | {process} | {inside} | {compile} |").expect("texts take text");
    }
    Ok(out)
}

/// The examples and what is measured: name and file, in order of name.
fn programs() -> Vec<(String, PathBuf)> {
    let root = repository::root();
    let mut found = Vec::new();
    for folder in ["examples", "bench"] {
        let entries = root.join(folder).read_dir().expect("the repository has this folder");
        for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
            let Some(name) = path.file_stem().and_then(|name| name.to_str()) else { continue };
            let inside = path.join(name).with_extension("sde");
            let file = if path.is_dir() { inside } else { path.clone() };
            if file.is_file() && file.extension().is_some_and(|extension| extension == "sde") {
                found.push((format!("{folder}/{name}"), file));
            }
        }
    }
    found.sort();
    found
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
fn reported(sdec: &Path, file: &PathBuf, stage: &str) -> Result<String, String> {
    let mut is_solved = false;
    let time = repeat(|| {
        let document = sdec::run(sdec, file, &["--paths", "16", "--backend", "cranelift"])?;
        let blocks = document["blocks"].as_array().map_or(&[][..], Vec::as_slice);
        let times = blocks.iter().filter_map(|block| block["seconds"][stage].as_f64());
        let times: Vec<f64> = times.collect();
        is_solved = !times.is_empty();
        Ok(times.iter().sum::<f64>() * 1e3)
    })?;
    Ok(if is_solved { time } else { "–".to_owned() })
}

/// `median (least)` of what is measured again and again.
fn repeat(mut measure: impl FnMut() -> Result<f64, String>) -> Result<String, String> {
    let times: Result<Vec<f64>, String> = (0..REPEATS).map(|_| measure()).collect();
    let (median, least) = median(times?);
    Ok(format!("{median:.2} ({least:.2})"))
}
