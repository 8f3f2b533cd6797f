//! What the compiler knows of a code generator.

use std::sync::Arc;

use sdec_abi::Compiled;
use sdec_kernel::{Kernel, Scalar};

use crate::CodegenError;

/// Makes a program's kernel for a backend, if that can be done.
pub type Lower<'a> = &'a mut dyn FnMut(&dyn Backend) -> Option<Kernel>;

/// One backend of several.
pub struct Choice<'b> {
    /// This one.
    pub backend: &'b dyn Backend,
    /// The kernel, for it.
    pub kernel: Kernel,
    /// Why, for the user.
    pub why: String,
}

/// One code generator. The only interface between the compiler and a code-generation library.
pub trait Backend {
    /// For the user: `interp`, `cranelift`, `llvm`.
    fn name(&self) -> &'static str;

    /// How many paths to hold side by side in a kernel whose widest lanes are of this type: 1, 2,
    /// 4, 8 or 16, chosen for the registers of the target. Never changes a bit.
    fn lanes(&self, widest: Scalar) -> u32;

    /// The kernel with as many paths side by side as suit this backend and a run of so many. A path
    /// that is alone has no others beside it: its arithmetic is that of plain numbers.
    fn schedule(&self, kernel: Kernel, paths: u64) -> Kernel {
        let lanes = if paths == 1 { 1 } else { self.lanes(widest_lanes(&kernel)) };
        kernel.with_lanes(lanes)
    }

    /// How many entries of a table of this type are computed at once where they share operands:
    /// enough to keep the units for arithmetic busy, few enough for the registers. Never changes a
    /// bit.
    fn at_once(&self, _scalar: Scalar) -> u64 {
        4
    }

    /// The backend that a program is given to which so many paths are run through. `lower` makes its
    /// kernel for a backend. None where there is nothing to choose from, or no kernel.
    fn choose(&self, _lower: Lower<'_>, _paths: u64) -> Option<Choice<'_>> {
        None
    }

    /// Compiles a kernel that [`crate::prepare`] returned.
    ///
    /// # Errors
    ///
    /// What the machine lacks, or a bug of ours.
    fn compile(&self, kernel: &Kernel) -> Result<Arc<dyn Compiled>, CodegenError>;
}

/// The type of a kernel's widest values with lanes; doubles where it has none.
pub fn widest_lanes(kernel: &Kernel) -> Scalar {
    let lanes = kernel.types.values().filter(|ty| ty.lanes);
    let widest = lanes.map(|ty| ty.scalar).max_by_key(|scalar| scalar.bytes());
    widest.unwrap_or(Scalar::F64)
}
