//! One step of a chore: a command with a name, run from the root of the repository.

use std::env;
use std::process::{Command, Stdio};

use crate::repository;

/// A `cargo` command to be run in the root of the repository.
pub(crate) fn cargo(args: &[&str]) -> Command {
    // The path in CARGO names one toolchain; rustup's proxy knows about components too.
    let program = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.args(args).current_dir(repository::root());
    command
}

/// Runs `command` under a heading that names it; fails with the same name.
pub(crate) fn run(name: &str, mut command: Command) -> Result<(), String> {
    eprintln!("\n── {name}");
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("step `{name}` failed ({status})")),
        Err(error) => Err(format!("step `{name}` could not start: {error}")),
    }
}

/// Whether `cargo SUBCOMMAND` is installed.
pub(crate) fn has(subcommand: &str) -> bool {
    let mut command = cargo(&[subcommand, "--version"]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
