//! Programs by hand, `bench/limit`: compiled for vectors of some width.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::repository;

use super::folder;

/// Compilers that are looked for where `CXX` names none. They must know clang's vectors.
const COMPILERS: [&str; 3] = ["clang++-22", "clang++-19", "clang++"];

/// The compiler and its version.
pub(super) fn compiler() -> Result<(String, String), String> {
    let named = std::env::var("CXX").ok();
    let candidates =
        named.map_or_else(|| COMPILERS.map(str::to_owned).to_vec(), |named| vec![named]);
    candidates.into_iter().find_map(|name| Some((name.clone(), version(&name)?))).ok_or_else(|| {
        "programs by hand need clang: `apt-get install clang-19`, or name it in CXX".to_owned()
    })
}

fn version(name: &str) -> Option<String> {
    let output = Command::new(name).arg("--version").stdin(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let line = text.lines().next().filter(|line| line.contains("clang"))?;
    Some(line.split('(').next().unwrap_or(line).trim().to_owned())
}

/// A program, compiled for vectors of so many bits.
pub(super) fn compile(source: &str, flags: &[&str], width: u32) -> Result<PathBuf, String> {
    let folder = folder()?;
    let file = repository::root().join("bench/limit").join(source);
    let program = folder.join(format!("{source}{}-{width}", flags.concat()));
    let (compiler, _) = compiler()?;
    let mut command = Command::new(compiler);
    command.args(["-std=c++20", "-O3", "-march=native", "-pthread"]).args(flags);
    command.arg(format!("-mprefer-vector-width={width}")).arg(format!("-DWIDTH={width}"));
    command.arg(file).arg("-o").arg(&program);
    let status = command.status().map_err(|error| error.to_string())?;
    if status.success() { Ok(program) } else { Err(format!("{source} does not compile")) }
}
