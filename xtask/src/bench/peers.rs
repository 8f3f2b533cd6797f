//! Other tools, `bench/peers`, in an environment that is made for them.

use std::path::PathBuf;
use std::process::Command;

use crate::{repository, step};

use super::folder;

/// The interpreter of the environment, which is made where it is missing. It takes some 6 GB: what
/// torch is made of comes with the libraries of graphics processors.
fn python() -> Result<PathBuf, String> {
    let environment = folder()?.join("venv");
    let python = environment.join("bin/python");
    let wanted = repository::root().join("bench/peers/requirements.txt");
    let text = std::fs::read(&wanted).map_err(|error| error.to_string())?;
    let mark = environment.join("installed.txt");
    if std::fs::read(&mark).is_ok_and(|installed| installed == text) {
        return Ok(python);
    }
    let mut make = Command::new("python3");
    make.args(["-m", "venv"]).arg(&environment);
    step::run("virtual environment", make)?;
    let mut install = Command::new(&python);
    install.args(["-m", "pip", "install", "--requirement"]).arg(&wanted);
    step::run("pip install", install)?;
    std::fs::write(&mark, text).map_err(|error| error.to_string())?;
    Ok(python)
}

/// A peer at a work: `script` is the program's name without `with_`, `work` what it is to do.
pub(super) fn command(script: &str, work: &str) -> Result<Command, String> {
    let file = repository::root().join(format!("bench/peers/with_{script}.py"));
    let mut command = Command::new(python()?);
    command.arg(file).arg(work).env("JAX_PLATFORMS", "cpu");
    Ok(command)
}
