//! What every backend needs done to a kernel first.

use sdec_kernel::{Kernel, verify_lowered};

use crate::{CodegenError, math};

/// The kernel with all that no processor has expanded into the project's own formulas; debug builds
/// verify it, others when it is compiled.
///
/// # Errors
///
/// [`CodegenError::Malformed`]: a bug of the pass that made the kernel, or of the expansion.
pub fn prepare(kernel: &Kernel) -> Result<Kernel, CodegenError> {
    let expanded = kernel.rewrite(math::expand);
    if cfg!(debug_assertions) {
        verify_lowered(&expanded)?;
    }
    Ok(expanded)
}
