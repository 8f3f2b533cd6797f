//! What the compiler knows of a code generator.

use std::sync::Arc;

use sdec_abi::Compiled;
use sdec_kernel::{Kernel, Scalar};

use crate::CodegenError;

/// One code generator. The only interface between the compiler and a code-generation library.
pub trait Backend {
    /// For the user: `interp`, `cranelift`, `llvm`.
    fn name(&self) -> &'static str;

    /// How many paths to hold side by side in a kernel whose widest lanes are of this type: 1, 2,
    /// 4, 8 or 16, chosen for the registers of the target. Never changes a bit.
    fn lanes(&self, widest: Scalar) -> u32;

    /// The kernel with as many paths side by side as suit this backend.
    fn schedule(&self, kernel: Kernel) -> Kernel {
        let lanes = self.lanes(widest_lanes(&kernel));
        kernel.with_lanes(lanes)
    }

    /// The backend to which a kernel is given that so many paths are run through, and why. None where
    /// there is nothing to choose from: this one.
    fn choose(&self, _kernel: &Kernel, _paths: u64) -> Option<(&dyn Backend, String)> {
        None
    }

    /// Whether code that is called in several places is compiled in less time than its copies.
    fn calls_routines(&self) -> bool {
        true
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
