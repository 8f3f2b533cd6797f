//! Release builds of `sdec`: one as it is by default, and one with LLVM where that is installed.

use std::path::PathBuf;

use crate::{llvm, repository, step};

use super::folder;

/// The programs that are measured.
pub(super) struct Binaries {
    pub(super) plain: PathBuf,
    pub(super) llvm: Option<PathBuf>,
}

/// Builds them.
pub(super) fn build() -> Result<Binaries, String> {
    const ARGS: [&str; 5] = ["build", "--release", "--locked", "--package", "sdec"];
    if llvm::found().is_some() {
        let args = [&ARGS[..], &["--features", "llvm"]].concat();
        step::run("build with LLVM", step::cargo(&args))?;
        keep("sdec-llvm")?;
    }
    step::run("build", step::cargo(&ARGS))?;
    keep("sdec")?;
    built()
}

fn keep(name: &str) -> Result<(), String> {
    let from = repository::root().join("target/release/sdec");
    let to = folder()?.join(name);
    std::fs::copy(&from, &to).map_err(|error| format!("{}: {error}", from.display()))?;
    Ok(())
}

/// Those that were built before.
pub(super) fn built() -> Result<Binaries, String> {
    let plain = folder()?.join("sdec");
    let llvm = folder()?.join("sdec-llvm");
    if !plain.is_file() {
        return Err("nothing is built: leave --built out".to_owned());
    }
    Ok(Binaries { plain, llvm: llvm.is_file().then_some(llvm) })
}
