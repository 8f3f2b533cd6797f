//! The processor of this machine, as Cranelift sees it.

use cranelift_codegen::isa::OwnedTargetIsa;
use cranelift_codegen::settings::{self, Configurable, Flags};
use sdec_codegen::CodegenError;

/// What Cranelift is told besides the processor's features.
const FLAGS: &[(&str, &str)] = &[
    // Kernels are optimised before Cranelift sees them, and instructions are in the order that they
    // should have.
    ("opt_level", "none"),
    // Spilled lanes can make a frame larger than the guard page.
    ("enable_probestack", "true"),
    ("probestack_strategy", "inline"),
    ("enable_verifier", if cfg!(debug_assertions) { "true" } else { "false" }),
    ("is_pic", "false"),
    ("unwind_info", "false"),
];

/// Features that are better not used: with AVX-512 DQ Cranelift multiplies 64 by 64 bits (3
/// operations, 15 cycles) where 32 by 32 would do.
const UNUSED: &[&str] = if cfg!(target_arch = "x86_64") { &["has_avx512dq"] } else { &[] };

/// Code generation for this machine.
///
/// # Errors
///
/// [`CodegenError::Host`] if the processor is unknown or lacks what vectors need.
pub(crate) fn isa() -> Result<OwnedTargetIsa, CodegenError> {
    let builder = cranelift_native::builder().map_err(|e| CodegenError::Host(e.to_owned()))?;
    finish(builder)
}

/// Code generation for this machine as if it had no fused multiply-add.
#[cfg(test)]
pub(crate) fn isa_without_fma() -> Result<OwnedTargetIsa, CodegenError> {
    let mut builder = cranelift_native::builder().map_err(|e| CodegenError::Host(e.to_owned()))?;
    if cfg!(target_arch = "x86_64") {
        builder.set("has_fma", "false").map_err(|e| CodegenError::Host(e.to_string()))?;
    }
    finish(builder)
}

fn finish(mut builder: cranelift_codegen::isa::Builder) -> Result<OwnedTargetIsa, CodegenError> {
    for feature in UNUSED {
        builder.set(feature, "false").map_err(|e| CodegenError::Host(e.to_string()))?;
    }
    let mut flags = settings::builder();
    for (name, value) in FLAGS {
        flags.set(name, value).map_err(|e| CodegenError::Host(e.to_string()))?;
    }
    let isa = builder.finish(Flags::new(flags)).map_err(|e| CodegenError::Host(e.to_string()))?;
    for needed in ["has_ssse3", "has_sse41", "has_sse42"] {
        let feature = isa.isa_flags().into_iter().find(|flag| flag.name == needed);
        if feature.is_some_and(|flag| flag.as_bool() == Some(false)) {
            let feature = needed.trim_start_matches("has_");
            return Err(CodegenError::Host(format!("the processor lacks {feature}")));
        }
    }
    Ok(isa)
}
