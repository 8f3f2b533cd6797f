//! What the caller asks for beside the file.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use crate::schedule::Schedule;

/// Options of a run; each overrides what a block says.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// `--set NAME=VALUE`: inputs, or start values of parameters; the value is an expression.
    pub set: Vec<(String, String)>,
    /// `--size NAME=N`
    pub sizes: Vec<(String, u64)>,
    /// `--data NAME=PATH`: another file for a `data` declaration, relative to the working directory.
    pub data: Vec<(String, PathBuf)>,
    /// `--paths N`
    pub paths: Option<u64>,
    /// `--seed N`
    pub seed: Option<u64>,
    /// `--times EXPR`
    pub times: Option<String>,
    /// `--solver 'euler(dt = 0.01)'`
    pub solver: Option<String>,
    /// `--gradient backprop|forward|adjoint|reversible`
    pub gradient: Option<String>,
    /// `--wrt NAMES`: by what an estimate is differentiated, as its setting `wrt` says it.
    pub wrt: Option<String>,
    /// `--f32`
    pub single: bool,
    /// `--backend`
    pub backend: BackendChoice,
    /// `--width BITS`: of the vectors that the backend `llvm` uses; the processor's if absent. Never
    /// changes a result.
    pub width: Option<u32>,
    /// `--schedule paths|axis`; what takes less if absent. Never changes a result.
    pub schedule: Option<Schedule>,
    /// The folder in which the backend `llvm` keeps what it compiled; none if absent.
    pub cache: Option<PathBuf>,
    /// `--verbose`: choices are explained among the remarks of a result.
    pub verbose: bool,
    /// `--threads N`; all cores if absent.
    pub threads: Option<usize>,
    /// `--repeat N`: blocks are run so often, and the time of a run is the median; once if absent.
    pub repeat: Option<u64>,
    /// `--memory SIZE`: bytes that the tapes of a gradient may take in each thread, for a group of
    /// paths; 64 MiB if absent. Never changes a result.
    pub memory: Option<u64>,
    /// `--brownian FILE.csv`
    pub brownian: Option<PathBuf>,
    /// `--params FILE.safetensors`
    pub params: Option<PathBuf>,
    /// `--save FILE`
    pub save: Option<PathBuf>,
    /// `--plot FILE`
    pub plot: Option<PathBuf>,
    /// `--out DIR`: where a fit writes; of several fits, each in a folder of its name below.
    pub out: Option<PathBuf>,
    /// `--resume`: go on with the fit that is there.
    pub resume: bool,
    /// `--steps N`: the most steps of a fit.
    pub steps: Option<u64>,
    /// `--checkpoint SECONDS`: time between checkpoints of a fit.
    pub checkpoint: Option<Duration>,
    /// Blocks to run; all if empty.
    pub blocks: Vec<String>,
}

impl Options {
    /// Threads that share a run.
    pub(crate) fn threads(&self) -> NonZeroUsize {
        let all = || std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        self.threads.and_then(NonZeroUsize::new).unwrap_or_else(all)
    }
}

/// Which code generator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum BackendChoice {
    /// Whatever is best: Cranelift, or where it is built in and worth its time LLVM.
    #[default]
    Auto,
    /// The interpreter of kernels.
    Interp,
    /// Cranelift.
    Cranelift,
    /// LLVM.
    Llvm,
}
