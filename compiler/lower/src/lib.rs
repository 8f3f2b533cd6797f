//! Two steps down: `hir` to `ssa` (specialise, inline, flatten, solve) and `ssa` to `kernel` (fuse,
//! schedule, bufferise, vectorise).

pub mod to_kernel;
pub mod to_ssa;

/// Steps that are taken together: noise is made ahead for so many, and what is summed over steps is summed
/// over so many before it is added to the rest.
pub(crate) const BLOCK: u64 = 16;
