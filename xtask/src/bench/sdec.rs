//! What `sdec` says of a program.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// What `sdec run --json` says of a file.
pub(super) fn run(sdec: &Path, file: &PathBuf, args: &[&str]) -> Result<Value, String> {
    let mut command = Command::new(sdec);
    // Nothing that an earlier run compiled is taken.
    command.env("SDEC_CACHE_DIR", "");
    command.arg("run").arg(file).args(["--json", "--quiet"]).args(args);
    let output = command.output().map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())
}

/// Of one block.
pub(super) fn block(
    sdec: &Path,
    file: &PathBuf,
    name: &str,
    args: &[&str],
) -> Result<Value, String> {
    let document = run(sdec, file, &[&[name], args].concat())?;
    let block = document["blocks"].as_array().and_then(|blocks| blocks.first()).cloned();
    block.ok_or_else(|| format!("{} has no block `{name}`", file.display()))
}

/// A number of a document.
pub(super) fn number(value: &Value) -> Result<f64, String> {
    value.as_f64().ok_or_else(|| format!("`{value}` is no number"))
}
