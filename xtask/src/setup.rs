//! `cargo xtask setup`: what the tests use beyond a compiler.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::step;

/// The subcommands of cargo that come as components of Rust.
const COMPONENTS: [(&str, &str); 2] = [("fmt", "rustfmt"), ("clippy", "clippy")];

/// Where a Python with NumPy is kept.
const PYTHON: &str = "target/python";

/// Adds the missing components through rustup, where Rust came that way, and a Python with NumPy.
pub(crate) fn run() -> Result<(), String> {
    for (subcommand, component) in COMPONENTS {
        if step::has(subcommand) {
            continue;
        }
        if !has_rustup() {
            eprintln!("xtask: {component} is not installed; its step will be left out");
            continue;
        }
        let mut command = Command::new("rustup");
        command.args(["component", "add", component]);
        step::run(&format!("rustup component add {component}"), command)?;
    }
    add_numpy();
    Ok(())
}

/// NumPy from PyPI, which the recipe of `docs/numpy.md` needs; without it that test is left out.
fn add_numpy() {
    let folder = crate::repository::root().join(PYTHON);
    let python = folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    let has_numpy = |python: &Path| is_done(Command::new(python).args(["-c", "import numpy"]));
    if has_numpy(&python) || has_numpy(Path::new("python3")) {
        return;
    }
    let made = is_done(Command::new("python3").args(["-m", "venv"]).arg(&folder));
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "numpy"];
    if !made || !is_done(Command::new(&python).args(pip)) {
        eprintln!(
            "xtask: NumPy could not be installed; the recipe of docs/numpy.md will not be tried"
        );
    }
}

/// Whether a command ends well; what it says is of no interest.
fn is_done(command: &mut Command) -> bool {
    let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}

fn has_rustup() -> bool {
    let mut command = Command::new("rustup");
    command.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
