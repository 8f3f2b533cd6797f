//! `sdec build`: blocks of a program as a library with a C interface.
//!
//! A block's kernel is compiled by LLVM; around it stands a page of C (`source.rs`) that gives it its
//! inputs and adds up its outputs in the order of every other run. The library needs nothing of sdec,
//! and threads are its host's: a call is for a range of groups of 16 paths.

mod fit;
mod header;
mod names;
mod source;
mod unit;

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use sdec_hir::BlockKind;

use crate::columns::Columns;
use crate::compile::backend;
use crate::constants::Evaluator;
use crate::options::BackendChoice;
use crate::run::name;
use crate::{Failure, Session};

use self::names::Names;
use self::unit::Unit;

impl Session {
    /// Writes a shared library of the program's samples, estimates and fits, or of those that the options
    /// name, and its header.
    ///
    /// # Errors
    ///
    /// What keeps a block from being compiled, no LLVM, no C compiler, a file that cannot be written.
    pub fn build(&self, library: &Path, header: Option<&Path>) -> Result<(), Failure> {
        let program = self.checked()?;
        let units = self.units(program)?;
        let declared = header::text(&units);
        let source = source::text(&declared, &units);
        let parts = Parts::beside(library)?;
        let mut inputs = vec![write(&parts.0.join("library.c"), source.as_bytes())?];
        for unit in &units {
            inputs.push(write(&parts.0.join(format!("{}.o", unit.symbol)), &unit.object)?);
        }
        let made = parts.0.join("library.so");
        link(&inputs, &made)?;
        fs::rename(&made, library).map_err(|error| unwritten(library, &error))?;
        if let Some(header) = header {
            write(header, declared.as_bytes())?;
        }
        Ok(())
    }

    fn units(&self, program: &sdec_hir::Program) -> Result<Vec<Unit>, Failure> {
        // Whether there is an LLVM is said before anything is computed.
        let llvm = backend(BackendChoice::Llvm, &self.options)?;
        let interpreter = backend(BackendChoice::Interp, &self.options)?;
        let columns = Columns::new(program, &self.folder, &self.sources);
        let fitted = crate::params::Given::new();
        let evaluator = Evaluator {
            program,
            columns: &columns,
            backend: &*interpreter,
            sources: &self.sources,
            fitted: &fitted,
        };
        let file = Path::new(self.sources.map.name(self.source));
        let prefix = names::identifier(&file.file_stem().unwrap_or_default().to_string_lossy());
        let mut names = Names::default();
        let mut units = Vec::new();
        for block in self.blocks(program)? {
            let gradients: &[bool] = match &block.kind {
                BlockKind::Show(_) => continue,
                BlockKind::Fit(fit) => {
                    let symbol = names.new_name(&format!("{prefix}_{}", fit.name));
                    units.push(fit::unit(self, &evaluator, &*llvm, (fit, block), symbol)?);
                    continue;
                }
                BlockKind::Planned(planned) => {
                    return Err(self.sources.refuse(&(&planned.unbuilt).into()));
                }
                BlockKind::Sample(_) => &[false],
                BlockKind::Estimate(estimate) if estimate.is_differentiated() => &[false, true],
                BlockKind::Estimate(_) => &[false],
            };
            let block_name = name(&block.kind).unwrap_or_default();
            for &gradient in gradients {
                let ending = if gradient { "_gradient" } else { "" };
                let symbol = names.new_name(&format!("{prefix}_{block_name}{ending}"));
                units.push(Unit::new(self, &evaluator, &*llvm, block, gradient, symbol)?);
            }
        }
        if units.is_empty() {
            return Err(Failure::Usage(
                "no sample, no estimate and no fit to build a library of".to_owned(),
            ));
        }
        Ok(units)
    }
}

/// The folder of what becomes the library, which goes when it is done.
struct Parts(PathBuf);

impl Parts {
    fn beside(library: &Path) -> Result<Self, Failure> {
        let mut name = library.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.parts", std::process::id()));
        let folder = library.with_file_name(name);
        fs::create_dir(&folder).map_err(|error| unwritten(library, &error))?;
        Ok(Self(folder))
    }
}

impl Drop for Parts {
    fn drop(&mut self) {
        // A folder that stays is no reason to fail.
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<OsString, Failure> {
    fs::write(path, bytes).map_err(|error| unwritten(path, &error))?;
    Ok(path.as_os_str().to_owned())
}

fn unwritten(path: &Path, error: &std::io::Error) -> Failure {
    Failure::Environment(format!("{}: cannot be written: {error}", path.display()))
}

/// Compiles the page of C and links it with the kernels.
fn link(inputs: &[OsString], library: &Path) -> Result<(), Failure> {
    let compiler = std::env::var_os("CC").filter(|name| !name.is_empty());
    let compiler = compiler.unwrap_or_else(|| "cc".into());
    let shown = compiler.to_string_lossy().into_owned();
    let mut command = Command::new(compiler);
    command.args(["-std=c11", "-O2", "-ffp-contract=off", "-fPIC", "-shared"]);
    command.arg("-fvisibility=hidden").args(inputs).arg("-o").arg(library).arg("-lm");
    let output = command.output().map_err(|error| {
        Failure::Environment(format!(
            "`{shown}` cannot be started: {error}; a library needs a C compiler, which CC may name"
        ))
    })?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(Failure::Environment(format!("`{shown}` makes no library:\n{said}")));
    }
    Ok(())
}
