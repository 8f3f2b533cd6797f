//! From a program of one path to machine code.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sdec_abi::Compiled;
use sdec_codegen::{Backend, CodegenError, Interpreter, prepare};
use sdec_kernel::{Block, Kernel, Literal, Op, Stmt, Value};
use sdec_lower::to_kernel::{self, Target};
use sdec_ssa::Func;

use crate::options::BackendChoice;
use crate::{Failure, pipeline};

/// A kernel holds a whole group side by side until a backend schedules it.
pub(crate) const GROUP_WIDE: u32 = 16;

/// Bytes that the tapes of a group of paths may take in each thread, where nothing else is said.
pub(crate) const MEMORY: u64 = 64 << 20;

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

/// Operations below which a kernel that runs once is interpreted: compiling takes longer.
const WORTH_COMPILING: u64 = 200_000;

/// Optimises, lowers and compiles a program that runs once. A small one is interpreted, which gives
/// the same bits sooner.
pub(crate) fn compile_once(func: Func, backend: &dyn Backend) -> Result<Machine, Failure> {
    let begin = Instant::now();
    let kernel = kernel(optimise(func)?, backend, MEMORY)?;
    let code = if work(&kernel.body, &mut BTreeMap::new()) < WORTH_COMPILING {
        Interpreter.compile(&kernel)
    } else {
        backend.compile(&kernel)
    };
    Ok(Machine { code: code.map_err(failed)?, seconds: begin.elapsed() })
}

/// Operations that one execution of a block takes. Loops whose bounds are not literals count as long.
fn work(block: &Block, literals: &mut BTreeMap<Value, i64>) -> u64 {
    const UNKNOWN: u64 = WORTH_COMPILING;
    let mut total = 0_u64;
    for stmt in &block.stmts {
        let one = match stmt {
            Stmt::Inst(inst) => {
                if let Op::Const(Literal::I64(n)) = inst.op {
                    literals.insert(inst.result, n);
                }
                1
            }
            Stmt::Store { .. } | Stmt::Draw { .. } => 1,
            Stmt::For { start, end, body, .. } => {
                let times = match (literals.get(start), literals.get(end)) {
                    (Some(start), Some(end)) => u64::try_from(end - start).unwrap_or(0),
                    _ => UNKNOWN,
                };
                times.saturating_mul(work(body, literals).saturating_add(1))
            }
            Stmt::If { then, otherwise, .. } => {
                work(then, literals).max(work(otherwise, literals)).saturating_add(1)
            }
        };
        total = total.saturating_add(one);
    }
    total
}

/// Optimises, lowers and compiles a program whose tapes may take so many bytes.
pub(crate) fn compile(func: Func, backend: &dyn Backend, memory: u64) -> Result<Machine, Failure> {
    let begin = Instant::now();
    let kernel = kernel(optimise(func)?, backend, memory)?;
    let code = backend.compile(&kernel).map_err(failed)?;
    Ok(Machine { code, seconds: begin.elapsed() })
}

/// The passes on `ssa`.
pub(crate) fn optimise(func: Func) -> Result<Func, Failure> {
    pipeline::run_ssa(func, &mut |_, _| {}).map_err(broken)
}

/// To a kernel that backends take.
pub(crate) fn kernel(func: Func, backend: &dyn Backend, memory: u64) -> Result<Kernel, Failure> {
    let kernel = to_kernel::run(&func, Target { lanes: GROUP_WIDE, memory });
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
