//! What the compiler knows of a code generator.

use std::sync::Arc;

use sdec_abi::Compiled;
use sdec_kernel::{Kernel, Scalar};

use crate::{CodegenError, widest};

/// A backend that takes longer to compile and makes faster code with the same bits: for what turns out
/// to run for long.
#[derive(Clone)]
pub struct Next {
    /// This one.
    pub backend: Arc<dyn Backend + Send + Sync>,
    /// How many times as long it takes to compile, at most.
    pub slower: f64,
    /// How many times as fast its code is, at least.
    pub faster: f64,
    /// Threads that share the work.
    pub threads: usize,
}

/// One code generator. The only interface between the compiler and a code-generation library.
pub trait Backend {
    /// For the user: `interp`, `cranelift`, `llvm`.
    fn name(&self) -> &'static str;

    /// How many paths to hold side by side in a kernel whose widest lanes are of this type: 1, 2,
    /// 4, 8 or 16, chosen for the registers of the target. Never changes a bit.
    fn lanes(&self, widest: Scalar) -> u32;

    /// How many paths at least: with fewer, registers would not be full.
    fn fewest(&self, widest: Scalar) -> u32 {
        self.lanes(widest)
    }

    /// How many paths to hold side by side where `most` are enough.
    fn held(&self, widest: Scalar, most: u32) -> u32 {
        self.lanes(widest).min(most.max(self.fewest(widest)))
    }

    /// The kernel with as many paths side by side as suit this backend, where `most` are enough.
    fn schedule(&self, kernel: Kernel, most: u32) -> Kernel {
        let lanes = self.held(widest(&kernel), most);
        kernel.with_lanes(lanes)
    }

    /// How many entries of a table of this type are computed at once where they share operands:
    /// enough to keep the units for arithmetic busy, few enough for the registers. Never changes a
    /// bit.
    fn at_once(&self, _scalar: Scalar) -> u64 {
        4
    }

    /// The same for loops whose paths are gone through by the register, where values take several and
    /// that is done.
    fn at_once_by_part(&self, _scalar: Scalar) -> Option<u64> {
        None
    }

    /// What takes over where running takes long enough, if there is anything.
    fn next(&self) -> Option<Next> {
        None
    }

    /// Whether it has the kernel's code already, so that compiling takes next to nothing.
    fn is_kept(&self, _kernel: &Kernel) -> bool {
        false
    }

    /// Compiles a kernel that [`crate::prepare`] returned.
    ///
    /// # Errors
    ///
    /// What the machine lacks, or a bug of ours.
    fn compile(&self, kernel: &Kernel) -> Result<Arc<dyn Compiled>, CodegenError>;
}
