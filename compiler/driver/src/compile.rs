//! From a program of one path to machine code.

use std::ops::Add;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sdec_abi::Compiled;
use sdec_codegen::{Backend, CodegenError, Interpreter, prepare, widest};
use sdec_kernel::{Kernel, Scalar};
use sdec_lower::to_kernel::{self, AtOnce, Beside, Target};
use sdec_ssa::Func;

use crate::options::BackendChoice;
use crate::schedule::{Schedule, scheduled};
use crate::tiers::Tiers;
use crate::work::Work;
use crate::{Failure, Options, llvm, pipeline};

/// A kernel holds a whole group side by side until a backend schedules it.
pub(crate) const GROUP_WIDE: u32 = 16;

/// Bytes that the tapes of a group of paths may take in each thread, where nothing else is said.
pub(crate) const MEMORY: u64 = 64 << 20;

/// How long a program took to compile.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Took {
    /// From the checked program to machine code.
    pub(crate) whole: Duration,
    /// Of which the backend.
    pub(crate) codegen: Duration,
}

impl Add for Took {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { whole: self.whole + other.whole, codegen: self.codegen + other.codegen }
    }
}

/// A compiled program.
pub(crate) struct Machine {
    pub(crate) code: Arc<dyn Compiled>,
    pub(crate) took: Took,
    pub(crate) origin: Origin,
}

/// Whose code runs.
#[derive(Clone)]
pub(crate) struct Origin {
    name: &'static str,
    /// Where another backend may have taken over.
    tiers: Option<Arc<Tiers>>,
}

impl Origin {
    /// The name of the backend, by now.
    pub(crate) fn name(&self) -> &'static str {
        self.tiers.as_ref().and_then(|tiers| tiers.second()).unwrap_or(self.name)
    }

    /// The program is run for so many paths in all.
    pub(crate) fn expect(&self, paths: u64) {
        if let Some(tiers) = &self.tiers {
            tiers.expect(paths);
        }
    }

    /// Why it is that one, where there was a choice.
    pub(crate) fn why(&self) -> Option<String> {
        Some(format!("backend {}: {}", self.name(), self.tiers.as_ref()?.why()))
    }
}

/// A code generator for this machine.
///
/// # Errors
///
/// The machine, or this build, lacks what the backend needs.
pub(crate) fn backend(
    choice: BackendChoice,
    options: &Options,
) -> Result<Box<dyn Backend>, Failure> {
    match choice {
        BackendChoice::Interp => Ok(Box::new(Interpreter)),
        BackendChoice::Auto => llvm::auto(options),
        BackendChoice::Cranelift => {
            let cranelift = sdec_cranelift::Cranelift::new().map_err(failed)?;
            Ok(Box::new(cranelift))
        }
        BackendChoice::Llvm => llvm::backend(options),
    }
}

/// A code generator for what runs once: LLVM would take longer to compile than to run it.
///
/// # Errors
///
/// The machine lacks what the backend needs.
pub(crate) fn backend_once(options: &Options) -> Result<Box<dyn Backend>, Failure> {
    let choice = match options.backend {
        BackendChoice::Interp => BackendChoice::Interp,
        BackendChoice::Auto | BackendChoice::Cranelift | BackendChoice::Llvm => {
            BackendChoice::Cranelift
        }
    };
    backend(choice, options)
}

/// Operations that are interpreted in the time in which one is compiled.
const INTERPRETED: u64 = 1200;

/// Optimises, lowers and compiles a program that runs once. A small one is interpreted, which gives
/// the same bits sooner.
pub(crate) fn compile_once(func: Func, backend: &dyn Backend) -> Result<Machine, Failure> {
    let begin = Instant::now();
    let kernel = kernel(&optimise(func)?, backend, MEMORY, Schedule::Axis, GROUP_WIDE)?;
    let work = Work::of(&kernel);
    let soon = work.executed < work.written.saturating_mul(INTERPRETED);
    let backend: &dyn Backend = if soon { &Interpreter } else { backend };
    let generating = Instant::now();
    let code = backend.compile(&kernel).map_err(failed)?;
    let codegen = generating.elapsed();
    let origin = Origin { name: backend.name(), tiers: None };
    Ok(Machine { code, took: Took { whole: begin.elapsed(), codegen }, origin })
}

/// What a program is compiled for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Runs {
    /// The paths of a run.
    pub(crate) paths: u64,
    /// How often it is run, if that is known.
    pub(crate) times: Option<u64>,
    /// What is done side by side, if that was asked for.
    pub(crate) schedule: Option<Schedule>,
    /// Threads that share a run.
    pub(crate) threads: u64,
}

impl Runs {
    /// So many paths, so often.
    pub(crate) fn new(paths: u64, times: Option<u64>) -> Self {
        Self { paths, times, schedule: None, threads: 1 }
    }
}

/// Optimises, lowers and compiles a program, whose tapes may take so many bytes.
pub(crate) fn compile(
    func: Func,
    backend: &dyn Backend,
    memory: u64,
    runs: Runs,
) -> Result<Machine, Failure> {
    let begin = Instant::now();
    let func = optimise(func)?;
    let optimising = begin.elapsed();
    let mut machine = compile_optimised(func, backend, memory, runs)?;
    machine.took.whole += optimising;
    Ok(machine)
}

/// Lowers and compiles a program that was optimised.
pub(crate) fn compile_optimised(
    func: Func,
    backend: &dyn Backend,
    memory: u64,
    Runs { paths, times, schedule, threads }: Runs,
) -> Result<Machine, Failure> {
    let begin = Instant::now();
    let held = (paths, share(&func, paths, threads));
    let kernel = scheduled(&func, backend, memory, schedule, held)?;
    let generating = Instant::now();
    let mut code = backend.compile(&kernel).map_err(failed)?;
    let codegen = generating.elapsed();
    let mut origin = Origin { name: backend.name(), tiers: None };
    if let Some(next) = backend.next() {
        let paths = if code.signature().lanes { paths } else { 1 };
        let lower = move |backend: &dyn Backend| scheduled(&func, backend, memory, schedule, held);
        let all = times.map(|times| paths.saturating_mul(times));
        let tiers = Arc::new(Tiers::new(code, next, Box::new(lower), codegen, all));
        origin.tiers = Some(Arc::clone(&tiers));
        code = tiers;
    }
    Ok(Machine { code, took: Took { whole: begin.elapsed(), codegen }, origin })
}

/// The passes on `ssa`.
pub(crate) fn optimise(func: Func) -> Result<Func, Failure> {
    pipeline::run_ssa(func, &mut |_, _| {}).map_err(broken)
}

/// How many paths a kernel may hold side by side at most, so that threads can share a group where there
/// are fewer groups than threads. Rows of data are not shared so.
pub(crate) fn share(func: &Func, paths: u64, threads: u64) -> u32 {
    let has_own = func.params.iter().any(|param| param.each);
    if has_own || sdec_abi::groups(paths) >= threads {
        return GROUP_WIDE;
    }
    let most = paths.div_ceil(threads).next_power_of_two();
    u32::try_from(most).unwrap_or(GROUP_WIDE).min(GROUP_WIDE)
}

/// To a kernel that backends take, with so many paths side by side at most.
pub(crate) fn kernel(
    func: &Func,
    backend: &dyn Backend,
    memory: u64,
    schedule: Schedule,
    most: u32,
) -> Result<Kernel, Failure> {
    let kernel = to_kernel::run(func, target(backend, memory, schedule, most));
    let kernel = pipeline::run_kernel(kernel, &mut |_, _| {}).map_err(broken)?;
    let kernel = match schedule {
        Schedule::Paths => backend.schedule(kernel, most),
        Schedule::Axis => kernel,
    };
    let kernel = prepare(&kernel).map_err(failed)?;
    let kernel = pipeline::run_called(kernel, &mut |_, _| {}).map_err(broken)?;
    match schedule {
        Schedule::Paths => Ok(kernel),
        Schedule::Axis => {
            let lanes = backend.lanes(widest(&kernel));
            pipeline::run_wide(&kernel, lanes, &mut |_, _| {}).map_err(broken)
        }
    }
}

/// What a kernel is made for.
fn target(backend: &dyn Backend, memory: u64, schedule: Schedule, most: u32) -> Target {
    // Where values take fewer registers there is room for more of them.
    let [single, double] = [Scalar::F32, Scalar::F64].map(|scalar| {
        let halved = backend.lanes(scalar) / backend.held(scalar, most);
        backend.at_once(scalar) * u64::from(halved)
    });
    let at_once = AtOnce { single, double };
    match schedule {
        Schedule::Paths => {
            let [single, double] =
                [Scalar::F32, Scalar::F64].map(|scalar| backend.at_once_by_part(scalar));
            let by_part = single.zip(double).map(|(single, double)| AtOnce { single, double });
            Target { lanes: GROUP_WIDE, memory, at_once, by_part, beside: None }
        }
        Schedule::Axis => {
            let [single, double] = [Scalar::F32, Scalar::F64].map(|scalar| backend.lanes(scalar));
            let beside = Some(Beside { single, double });
            Target { lanes: 1, memory, at_once, by_part: None, beside }
        }
    }
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
