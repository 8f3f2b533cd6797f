//! LLVM where it is built in, and the choice between it and Cranelift.
//!
//! LLVM's code is faster and takes longer to make. Which of both pays is not predicted from a program's
//! text: it is run with Cranelift's code and timed (`tiers.rs`).

use std::sync::Arc;

use sdec_abi::Compiled;
use sdec_codegen::{Backend, CodegenError, Next};
use sdec_cranelift::Cranelift;
use sdec_kernel::{Kernel, Scalar};
use sdec_llvm::{Llvm, WIDTHS, Width};

use crate::compile::failed;
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

/// Cranelift, and LLVM for what turns out to run for long.
pub(crate) fn auto(options: &Options) -> Result<Box<dyn Backend>, Failure> {
    let cranelift = Cranelift::new().map_err(failed)?;
    let threads = options.threads().get();
    let llvm = llvm(options)?;
    let (slower, faster) = (SLOWER, faster(llvm.width()));
    let next = Next { backend: Arc::new(llvm), slower, faster, threads };
    Ok(Box::new(Auto { cranelift, next }))
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
    next: Next,
}

impl Backend for Auto {
    fn name(&self) -> &'static str {
        self.cranelift.name()
    }

    fn lanes(&self, widest: Scalar) -> u32 {
        self.cranelift.lanes(widest)
    }

    fn fewest(&self, widest: Scalar) -> u32 {
        self.cranelift.fewest(widest)
    }

    fn at_once(&self, scalar: Scalar) -> u64 {
        self.cranelift.at_once(scalar)
    }

    fn next(&self) -> Option<Next> {
        Some(self.next.clone())
    }

    fn compile(&self, kernel: &Kernel) -> Result<Arc<dyn Compiled>, CodegenError> {
        self.cranelift.compile(kernel)
    }
}

/// Of nine programs of `bench/README.md`, LLVM took 7 to 17 times as long to compile as Cranelift.
const SLOWER: f64 = 16.0;

/// How many times as fast LLVM's code is than Cranelift's, which has vectors of 128 bits: of those programs
/// it is 2.5 to 3.6 times with 512 bits.
fn faster(width: Width) -> f64 {
    match width {
        Width::W128 => 1.0,
        Width::W256 => 1.7,
        Width::W512 => 2.4,
    }
}
