//! Memory of an ensemble of which only moments are kept: independent of steps and paths.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::repository;

use super::binaries::Binaries;
use super::report::{digits, machine, table};

/// Paths and steps of W1's model.
const SIZES: [(u64, u64); 4] = [(1 << 12, 16), (1 << 12, 1 << 14), (1 << 20, 16), (1 << 20, 256)];

/// The section.
pub(super) fn section(binaries: &Binaries) -> Result<String, String> {
    let mut rows = Vec::new();
    for (paths, steps) in SIZES {
        let peak = peak(&binaries.plain, paths, steps)?;
        rows.push(vec![format!("{paths} × {steps}"), digits(peak)]);
    }
    Ok(format!(
        "memory: the most that the process of an estimate takes\n\n{}; model of W1, two threads.\n\n{}",
        machine(),
        table(&["paths × steps", "MiB"], &rows)
    ))
}

/// The most resident memory of a process while it could be seen, in MiB.
fn peak(sdec: &Path, paths: u64, steps: u64) -> Result<f64, String> {
    let file = repository::root().join("bench/gbm.sde");
    let mut command = Command::new(sdec);
    command.arg("run").arg(file).args(["--quiet", "--threads", "2", "--backend", "cranelift"]);
    command.args(["--paths", &paths.to_string()]);
    command.args(["--solver", &format!("euler(dt = 1 / {steps})")]);
    let mut child = command.stdout(Stdio::null()).spawn().map_err(|error| error.to_string())?;
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0.0_f64;
    while child.try_wait().map_err(|error| error.to_string())?.is_none() {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let size = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
        peak = peak.max(size.unwrap_or(0.0) / 1024.0);
        std::thread::sleep(Duration::from_millis(1));
    }
    Ok(peak)
}
