//! `ssa` to `kernel`.
