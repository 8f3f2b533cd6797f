//! `hir` to `ssa`.
