//! `cargo xtask setup`: what the tests use beyond a compiler.

use std::process::{Command, Stdio};

use crate::step;

/// The subcommands of cargo that come as components of Rust.
const COMPONENTS: [(&str, &str); 2] = [("fmt", "rustfmt"), ("clippy", "clippy")];

/// Adds the missing components through rustup, where Rust came that way.
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
    Ok(())
}

fn has_rustup() -> bool {
    let mut command = Command::new("rustup");
    command.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
