//! Two steps down: `hir` to `ssa` (specialise, inline, flatten, solve) and `ssa` to `kernel` (fuse,
//! schedule, bufferise, vectorise).

pub mod to_kernel;
pub mod to_ssa;
