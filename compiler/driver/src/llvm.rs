//! LLVM where it is built in, and the choice between it and Cranelift.
//!
//! LLVM's code is faster and takes longer to make. Both times are predicted from the kernel: how many
//! statements it has and how often each is executed, with costs that were fitted to the programs of
//! `bench/README.md` on one machine. Where these differ, the costs are those that speak for Cranelift:
//! waiting for LLVM in vain is worse than running longer than need be.

use std::sync::Arc;

use sdec_abi::Compiled;
use sdec_codegen::{Backend, Choice, CodegenError, Lower, widest_lanes};
use sdec_cranelift::Cranelift;
use sdec_kernel::{Kernel, Scalar};
use sdec_llvm::{Llvm, WIDTHS, Width};

use crate::compile::failed;
use crate::work::Work;
use crate::{Cache, Failure, Options};

/// LLVM with the width and the cache that the options name.
pub(crate) fn llvm(options: &Options) -> Result<Llvm, Failure> {
    let width = options.width.map(|bits| {
        WIDTHS.into_iter().find(|width| width.bits() == bits).ok_or_else(|| {
            Failure::Usage(format!("--width {bits}: vectors have 128, 256 or 512 bits"))
        })
    });
    let llvm = Llvm::new(width.transpose()?).map_err(failed)?;
    Ok(match &options.cache {
        Some(folder) => llvm.with_objects(Arc::new(Cache::new(folder.clone()))),
        None => llvm,
    })
}

/// LLVM.
pub(crate) fn backend(options: &Options) -> Result<Box<dyn Backend>, Failure> {
    Ok(Box::new(llvm(options)?))
}

/// Cranelift or LLVM, as a kernel's work demands.
pub(crate) fn auto(options: &Options) -> Result<Box<dyn Backend>, Failure> {
    let cranelift = Cranelift::new().map_err(failed)?;
    let threads =
        options.threads.or_else(|| std::thread::available_parallelism().ok().map(Into::into));
    Ok(Box::new(Auto { cranelift, llvm: llvm(options)?, threads: threads.unwrap_or(1) }))
}

/// Bits of the vectors that LLVM may use on this machine, narrowest first; none where it is not built in.
pub fn widths() -> Vec<u32> {
    let known = WIDTHS.into_iter().filter(|&width| Llvm::new(Some(width)).is_ok());
    known.map(Width::bits).collect()
}

/// The kernel as LLVM reads it.
pub(crate) fn ir(kernel: &Kernel, options: &Options) -> Result<String, Failure> {
    llvm(options)?.ir(kernel).map_err(failed)
}

/// The kernel as an object that defines the function `name`.
pub(crate) fn object(kernel: &Kernel, name: &str, options: &Options) -> Result<Vec<u8>, Failure> {
    llvm(options)?.object(kernel, name).map_err(failed)
}

/// The kernel's machine code.
pub(crate) fn asm(kernel: &Kernel, options: &Options) -> Result<String, Failure> {
    llvm(options)?.asm(kernel).map_err(failed)
}

struct Auto {
    cranelift: Cranelift,
    llvm: Llvm,
    threads: usize,
}

impl Backend for Auto {
    fn name(&self) -> &'static str {
        self.cranelift.name()
    }

    fn lanes(&self, widest: Scalar) -> u32 {
        self.cranelift.lanes(widest)
    }

    /// For the backend that compiles what nothing is known of.
    fn at_once(&self, scalar: Scalar) -> u64 {
        self.cranelift.at_once(scalar)
    }

    /// What nothing is known of runs once.
    fn compile(&self, kernel: &Kernel) -> Result<Arc<dyn Compiled>, CodegenError> {
        self.cranelift.compile(kernel)
    }

    fn choose(&self, lower: Lower<'_>, paths: u64) -> Option<Choice<'_>> {
        let kernel = lower(&self.cranelift)?;
        let widest = widest_lanes(&kernel);
        let mut cost =
            Cost::of(Work::of(&kernel), widest, paths, self.threads, self.llvm.width().bits());
        let mut choice = Choice { backend: &self.cranelift, kernel, why: String::new() };
        if cost.is_worth_looking() {
            let kernel = lower(&self.llvm)?;
            cost.llvm[0] = Cost::of_llvm(Work::of(&kernel));
            if self.llvm.is_kept(&kernel).unwrap_or(false) {
                cost = cost.kept();
            }
            if cost.llvm() < cost.cranelift() {
                choice = Choice { backend: &self.llvm, kernel, ..choice };
            }
        }
        let why = format!("backend {}: {cost}", choice.backend.name());
        Some(Choice { why, ..choice })
    }
}

/// Predicted milliseconds, to compile and to run.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Cost {
    cranelift: [f64; 2],
    llvm: [f64; 2],
    is_kept: bool,
}

/// Milliseconds that LLVM takes to link an object that was kept.
const LINK: f64 = 3.0;

impl Cost {
    fn of(work: Work, widest: Scalar, paths: u64, threads: usize, width: u32) -> Self {
        let written = work.written as f64;
        // Nanoseconds for a path, in vectors of 128 bits.
        let each = if widest.bytes() == 8 { 0.025 } else { 0.012 };
        let groups = paths.div_ceil(16) as f64;
        let blocks = (groups / threads as f64).ceil() * 16.0;
        let run = work.executed as f64 * blocks * each * 1e-6;
        let faster = match width {
            512 => 3.0,
            256 => 2.0,
            _ => 1.0,
        };
        Self {
            cranelift: [0.5 + 0.015 * written, run],
            llvm: [Self::of_llvm(work), run / faster],
            is_kept: false,
        }
    }

    /// Milliseconds that LLVM takes to compile.
    fn of_llvm(work: Work) -> f64 {
        5.0 + 0.15 * work.written as f64
    }

    /// Whether LLVM would be faster if nothing had to be compiled.
    fn is_worth_looking(&self) -> bool {
        LINK + self.llvm[1] < self.cranelift()
    }

    /// The same where LLVM has the object already.
    fn kept(mut self) -> Self {
        self.llvm[0] = LINK;
        self.is_kept = true;
        self
    }

    fn cranelift(&self) -> f64 {
        self.cranelift.iter().sum()
    }

    fn llvm(&self) -> f64 {
        self.llvm.iter().sum()
    }
}

impl std::fmt::Display for Cost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [compile, run] = self.cranelift;
        write!(f, "predicted {compile:.0} ms to compile and {run:.0} ms to run with cranelift, ")?;
        let [compile, run] = self.llvm;
        let compile = if self.is_kept {
            "nothing (the object is kept)".to_owned()
        } else {
            format!("{compile:.0} ms")
        };
        write!(f, "{compile} and {run:.0} ms with llvm")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn much_work_is_worth_compiling_for() {
        let work = Work { written: 1000, executed: 100_000 };
        let few = Cost::of(work, Scalar::F64, 16, 2, 512);
        assert!(few.cranelift() < few.llvm(), "{few}");
        let many = Cost::of(work, Scalar::F64, 1_000_000, 2, 512);
        assert!(many.llvm() < many.cranelift(), "{many}");
    }

    #[test]
    fn what_is_kept_costs_little() {
        let work = Work { written: 3000, executed: 100_000 };
        let some = Cost::of(work, Scalar::F64, 64_000, 2, 512);
        assert!(some.cranelift() < some.llvm(), "{some}");
        assert!(some.is_worth_looking() && some.kept().llvm() < some.cranelift(), "{some}");
    }
}
