//! What is looked for in machine code: lanes that are taken apart, and calls.

use std::path::Path;
use std::process::Command;

use crate::repository;

use super::works::Work;

/// Instructions that put a lane into a vector or take one out of it.
const LANE_BY_LANE: [&str; 4] = ["pextr", "pinsr", "extractps", "insertps"];

/// What Cranelift's code for a work has of them, in words.
pub(super) fn findings(sdec: &Path, work: &Work) -> Result<String, String> {
    let file = repository::root().join("bench").join(work.file);
    let mut command = Command::new(sdec);
    command.arg("emit").arg(file).arg(work.block).args([
        "--stage",
        "asm",
        "--backend",
        "cranelift",
    ]);
    let output = command.output().map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let instructions = || text.lines().map(str::trim).filter(|line| !line.starts_with(';'));
    let count = |part: &str| instructions().filter(|line| line.contains(part)).count();
    let calls = instructions().filter(|line| line.starts_with("call")).count();
    let lanes: usize = LANE_BY_LANE.iter().map(|part| count(part)).sum();
    Ok(format!(
        "Cranelift's code has {} instructions, {calls} calls{}, {lanes} that take a vector apart.",
        instructions().count(),
        if calls > 0 { " (of the kernel's own routines)" } else { "" },
    ))
}
