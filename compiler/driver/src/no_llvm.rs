//! What stands for LLVM where it is not built in.

use sdec_codegen::Backend;
use sdec_cranelift::Cranelift;
use sdec_kernel::Kernel;

use crate::compile::failed;
use crate::{Failure, Options};

/// LLVM is asked for.
pub(crate) fn backend(_options: &Options) -> Result<Box<dyn Backend>, Failure> {
    Err(absent())
}

/// The best that there is.
pub(crate) fn auto(_options: &Options) -> Result<Box<dyn Backend>, Failure> {
    Ok(Box::new(Cranelift::new().map_err(failed)?))
}

/// Bits of the vectors that LLVM may use on this machine, narrowest first; none where it is not built in.
pub fn widths() -> Vec<u32> {
    Vec::new()
}

/// LLVM's text is asked for.
pub(crate) fn ir(_kernel: &Kernel, _options: &Options) -> Result<String, Failure> {
    Err(absent())
}

/// An object is asked for.
pub(crate) fn object(
    _kernel: &Kernel,
    _name: &str,
    _options: &Options,
) -> Result<Vec<u8>, Failure> {
    Err(absent())
}

/// LLVM's machine code is asked for.
pub(crate) fn asm(_kernel: &Kernel, _options: &Options) -> Result<String, Failure> {
    Err(absent())
}

fn absent() -> Failure {
    Failure::Environment(
        "this sdec was built without LLVM; in its sources, `cargo xtask setup --llvm` says what is \
         needed, and `cargo install --path cli --features llvm` builds it in"
            .to_owned(),
    )
}
