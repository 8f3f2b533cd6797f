//! From a program of one path to machine code.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sdec_abi::Compiled;
use sdec_codegen::{Backend, CodegenError, Interpreter, prepare};
use sdec_kernel::Kernel;
use sdec_lower::to_kernel;
use sdec_ssa::Func;

use crate::options::BackendChoice;
use crate::{Failure, pipeline};

/// A kernel holds a whole group side by side until a backend schedules it.
pub(crate) const GROUP_WIDE: u32 = 16;

/// A compiled program and how long it took.
pub(crate) struct Machine {
    pub(crate) code: Arc<dyn Compiled>,
    pub(crate) seconds: Duration,
}

/// A code generator for this machine.
///
/// # Errors
///
/// The machine lacks what the backend needs.
pub(crate) fn backend(choice: BackendChoice) -> Result<Box<dyn Backend>, Failure> {
    match choice {
        BackendChoice::Interp => Ok(Box::new(Interpreter)),
        BackendChoice::Auto | BackendChoice::Cranelift => {
            let cranelift = sdec_cranelift::Cranelift::new().map_err(failed)?;
            Ok(Box::new(cranelift))
        }
    }
}

/// Optimises, lowers and compiles.
pub(crate) fn compile(func: Func, backend: &dyn Backend) -> Result<Machine, Failure> {
    let begin = Instant::now();
    let kernel = kernel(optimise(func)?, backend)?;
    let code = backend.compile(&kernel).map_err(failed)?;
    Ok(Machine { code, seconds: begin.elapsed() })
}

/// The passes on `ssa`.
pub(crate) fn optimise(func: Func) -> Result<Func, Failure> {
    pipeline::run_ssa(func, &mut |_, _| {}).map_err(broken)
}

/// To a kernel that backends take.
pub(crate) fn kernel(func: Func, backend: &dyn Backend) -> Result<Kernel, Failure> {
    let kernel = to_kernel::run(&func, GROUP_WIDE);
    let kernel = pipeline::run_kernel(kernel, &mut |_, _| {}).map_err(broken)?;
    prepare(&backend.schedule(kernel)).map_err(failed)
}

/// A malformed program is a bug of ours, and said to be one.
pub(crate) fn broken(broken: pipeline::Broken) -> Failure {
    Failure::Environment(format!(
        "this is a bug of sdec, not of your program: pass `{}` made a malformed program: {}",
        broken.pass, broken.why
    ))
}

pub(crate) fn failed(error: CodegenError) -> Failure {
    if error.is_bug() {
        Failure::Environment(format!("this is a bug of sdec, not of your program: {error}"))
    } else {
        Failure::Environment(error.to_string())
    }
}
