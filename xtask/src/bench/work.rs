//! How long kernels take, beside programs written by hand that do the same work on the same random
//! numbers (`bench/limit`). Both are run by turns, on one thread, and must agree.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::repository;

use super::{json, median, run_json};

const REPEATS: usize = 7;

/// How programs by hand are compiled: the vectors that Cranelift has.
const FLAGS: &[&str] =
    &["-std=c++20", "-O3", "-march=native", "-mprefer-vector-width=128", "-pthread"];

/// How far two means may lie apart, in standard errors of their difference.
const FAR: f64 = 5.0;

/// Something to be computed.
struct Work {
    name: &'static str,
    /// The program in `bench`, and its block.
    file: &'static str,
    block: &'static str,
    /// The program by hand in `bench/limit`.
    by_hand: Option<&'static str>,
}

const fn work(
    name: &'static str,
    file: &'static str,
    block: &'static str,
    by_hand: Option<&'static str>,
) -> Work {
    Work { name, file, block, by_hand }
}

const ALL: &[Work] = &[
    work("W1", "gbm.sde", "end", Some("gbm.cpp")),
    work("W1b", "lorenz.sde", "end", None),
    work("W3", "neural_sde.sde", "loss", None),
    work("W3f", "neural_sde.sde", "forward", None),
    work("W5", "lorenz_ode.sde", "end", None),
    work("W7", "matvec.sde", "end", None),
];

/// A table of medians of 7 runs, and the least.
pub(super) fn table(sdec: &Path) -> Result<String, String> {
    let mut out = String::from(
        "| running, one thread | precision | paths × steps | ms (best) | million path-steps a second \
         | by hand, ms (best) | speed of by hand |\n|---|---|---|---|---|---|---|\n",
    );
    for work in ALL {
        out += &work.row(sdec)?;
    }
    Ok(out)
}

impl Work {
    fn row(&self, sdec: &Path) -> Result<String, String> {
        let by_hand = self.by_hand.map(compile).transpose()?;
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        let mut block = Value::Null;
        for _ in 0..REPEATS {
            block = self.run(sdec)?;
            ours.push(number(&block["seconds"]["run"])? * 1e3);
            if let Some(program) = &by_hand {
                let other = json(&mut Command::new(program))?;
                theirs.push(number(&other["seconds"])? * 1e3);
                self.compare(&block, &other)?;
            }
        }
        let (middle, least) = median(ours);
        let (paths, steps) = (number(&block["paths"])?, number(&block["steps"])?);
        let rate = paths * steps / middle / 1e3;
        let mut row = format!(
            "| {} `{}` | {} | {paths} × {steps} | {middle:.2} ({least:.2}) | {rate:.1} |",
            self.name,
            self.block,
            block["precision"].as_str().unwrap_or("f64")
        );
        if theirs.is_empty() {
            row += " – | – |\n";
        } else {
            let (other, best) = median(theirs);
            writeln!(row, " {other:.2} ({best:.2}) | {:.2} |", other / middle)
                .expect("texts take text");
        }
        Ok(row)
    }

    /// The block's result.
    fn run(&self, sdec: &Path) -> Result<Value, String> {
        let file = repository::root().join("bench").join(self.file);
        let document = run_json(sdec, &file, &["--threads", "1"])?;
        let blocks = document["blocks"].as_array().map_or(&[][..], Vec::as_slice);
        let found = blocks.iter().find(|block| block["name"] == self.block);
        found.cloned().ok_or_else(|| format!("{} has no block `{}`", self.file, self.block))
    }

    fn compare(&self, ours: &Value, other: &Value) -> Result<(), String> {
        let (x, y) = (number(&ours["value"])?, number(&other["value"])?);
        let far = FAR * std::f64::consts::SQRT_2 * number(&ours["stderr"])?;
        if (x - y).abs() <= far {
            return Ok(());
        }
        Err(format!("{}: {x} and, by hand, {y} are not the same mean", self.name))
    }
}

fn number(value: &Value) -> Result<f64, String> {
    value.as_f64().ok_or_else(|| format!("`{value}` is no number"))
}

/// The program by hand, compiled.
fn compile(file: &str) -> Result<PathBuf, String> {
    let root = repository::root();
    let folder = root.join("target/bench");
    std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    let program = folder.join(file).with_extension("");
    let mut command = Command::new("c++");
    command.args(FLAGS).arg(root.join("bench/limit").join(file)).arg("-o").arg(&program);
    let status = command.status().map_err(|error| format!("c++: {error}"))?;
    if status.success() { Ok(program) } else { Err(format!("{file} does not compile")) }
}
