//! The order of passes. These lists are the compiler's table of contents.

use sdec_kernel::Kernel;
use sdec_ssa::Func;

/// A transformation of an `ssa` function.
pub struct SsaPass {
    /// For `sdec emit --after NAME`, and for messages about our own bugs.
    pub name: &'static str,
    /// The work.
    pub run: fn(&Func) -> Func,
}

/// A transformation of a kernel.
pub struct KernelPass {
    /// For `sdec emit --after NAME`, and for messages about our own bugs.
    pub name: &'static str,
    /// The work.
    pub run: fn(&Kernel) -> Kernel,
}

/// After lowering, and again after differentiating.
pub const SSA: &[SsaPass] = &[
    SsaPass { name: "simplify", run: sdec_opt::ssa::simplify::run },
    SsaPass { name: "fold", run: sdec_opt::ssa::fold::run },
    SsaPass { name: "cse", run: sdec_opt::ssa::cse::run },
    SsaPass { name: "licm", run: sdec_opt::ssa::licm::run },
    SsaPass { name: "split", run: sdec_opt::ssa::split::run },
    SsaPass { name: "licm", run: sdec_opt::ssa::licm::run },
    SsaPass { name: "simplify", run: sdec_opt::ssa::simplify::run },
    SsaPass { name: "dce", run: sdec_opt::ssa::dce::run },
];

/// Before code is made.
pub const KERNEL: &[KernelPass] = &[
    KernelPass { name: "simplify", run: sdec_opt::kernel::simplify::run },
    KernelPass { name: "cse", run: sdec_opt::kernel::cse::run },
    KernelPass { name: "contract", run: sdec_opt::kernel::contract::run },
    KernelPass { name: "expand", run: sdec_codegen::math::expand },
    KernelPass { name: "simplify", run: sdec_opt::kernel::simplify::run },
    KernelPass { name: "cse", run: sdec_opt::kernel::cse::run },
    KernelPass { name: "licm", run: sdec_opt::kernel::licm::run },
    KernelPass { name: "cse", run: sdec_opt::kernel::cse::run },
    KernelPass { name: "simplify", run: sdec_opt::kernel::simplify::run },
    KernelPass { name: "dce", run: sdec_opt::kernel::dce::run },
];

/// After it is decided how many paths are held.
pub const CALLED: &[KernelPass] =
    &[KernelPass { name: "outline", run: sdec_opt::kernel::outline::run }];

/// Where one path is held, after parts of its work were put side by side. By then pieces that a kernel has twice
/// are routines, each of whose buffers has memory of its own.
pub const WIDE: &[KernelPass] = &[
    KernelPass { name: "cse", run: sdec_opt::kernel::cse::run },
    KernelPass { name: "licm", run: sdec_opt::kernel::licm::run },
    KernelPass { name: "dce", run: sdec_opt::kernel::dce::run },
];

/// A pass whose output breaks an invariant: a bug of that pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The pass.
    pub pass: &'static str,
    /// The invariant.
    pub why: String,
}

/// Runs the passes in order, showing each result to `observe`; debug builds verify after each.
///
/// # Errors
///
/// The first pass whose output is malformed.
pub fn run_ssa(func: Func, observe: &mut dyn FnMut(&'static str, &Func)) -> Result<Func, Broken> {
    SSA.iter().try_fold(func, |func, pass| {
        let func = (pass.run)(&func);
        observe(pass.name, &func);
        if cfg!(debug_assertions) {
            sdec_ssa::verify(&func)
                .map_err(|why| Broken { pass: pass.name, why: format!("{why:?}") })?;
        }
        Ok(func)
    })
}

/// Runs the passes in order, showing each result to `observe`; debug builds verify after each.
///
/// # Errors
///
/// The first pass whose output is malformed.
pub fn run_kernel(
    kernel: Kernel,
    observe: &mut dyn FnMut(&'static str, &Kernel),
) -> Result<Kernel, Broken> {
    kernel_passes(KERNEL, kernel, observe)
}

/// Makes routines of what a kernel has several times, likewise.
///
/// # Errors
///
/// The first pass whose output is malformed.
pub fn run_called(
    kernel: Kernel,
    observe: &mut dyn FnMut(&'static str, &Kernel),
) -> Result<Kernel, Broken> {
    kernel_passes(CALLED, kernel, observe)
}

/// Puts parts of the work of one path side by side, in so many lanes at most.
///
/// # Errors
///
/// The first pass whose output is malformed.
pub fn run_wide(
    kernel: &Kernel,
    lanes: u32,
    observe: &mut dyn FnMut(&'static str, &Kernel),
) -> Result<Kernel, Broken> {
    let kernel = sdec_opt::kernel::axis::run(kernel, lanes);
    observe("axis", &kernel);
    if cfg!(debug_assertions) {
        verified("axis", &kernel)?;
    }
    kernel_passes(WIDE, kernel, observe)
}

fn verified(pass: &'static str, kernel: &Kernel) -> Result<(), Broken> {
    sdec_kernel::verify(kernel).map_err(|why| Broken { pass, why: format!("{why:?}") })
}

fn kernel_passes(
    passes: &[KernelPass],
    kernel: Kernel,
    observe: &mut dyn FnMut(&'static str, &Kernel),
) -> Result<Kernel, Broken> {
    passes.iter().try_fold(kernel, |kernel, pass| {
        let kernel = kernel.rewrite(pass.run);
        observe(pass.name, &kernel);
        if cfg!(debug_assertions) {
            verified(pass.name, &kernel)?;
        }
        Ok(kernel)
    })
}
